"""A relief flight or a helipad meets an airspace measure.

Question
    Does any relief flight, or any helipad, come within the set distance of an airspace measure at a height
    and a time that both share?
Method
    The shortest distance over the ground between the two is measured on the WGS 84 ellipsoid, to within 1
    cm (6 cm at 50 km). Heights are compared limit by limit; a limit counts as part of its band. The times
    of the flight, but not those of a helipad, are widened at both ends for early or late travel. Where its
    speeds are stated, the time it may be beside the measure follows from its window, its fastest speed and,
    without an end, its slowest; not from its slowest where active hours let it rest on the way.
Assumptions
    Stored edges are straight in longitude/latitude. Where its speeds count, a flight goes along its route
    once, in the direction in which it is drawn. A missing start means already, a missing end until further
    notice; active hours are local times within the window. Without a time to look from, past windows count
    too. A missing lower limit means from the ground, a missing upper limit unlimited.
Limits
    Compared are movements of the category relief flight, sites of the category helipad, and zones of the
    category airspace. Heights above different datums, or above none that is stated, cannot be compared
    without terrain: unknown, never clear; but two that both begin at the ground, or both have no upper limit,
    meet whatever their datums. A feature that states no heights counts at every height. Features
    without a usable position are listed as not compared. Cancelled and completed flights are left out. The
    rule about movements through zones asks about flights too, of every kind of zone.
Source
    Practice of airspace coordination (restricted operating zones) and of humanitarian air services. The
    distance is a placeholder of this program; to be set by the operation.
Example
    A flight at 1,200 m above mean sea level through a measure from 900 m to 1,500 m above mean sea level is
    a conflict while both hold; through one from 300 m to 600 m above ground it is unknown.
"""

from layers.checks import Parameter
from layers.findings import Severity
from layers.model import Kind
from layers.proximity import ProximityRule
from layers.sides import OVER, Selection

RULE = ProximityRule(
    id="airspace_against_flight",
    title="Airspace measure against a flight",
    question="Does a relief flight or a helipad meet an airspace measure in place, height and time?",
    severity=Severity.CRITICAL,
    action=(
        "Suspend the airspace measure or change its heights or times while the flight passes, or agree on "
        "another route, height or time with the contact of the flight or helipad."
    ),
    a=Selection(
        (Kind.MOVEMENT, Kind.HUMANITARIAN_SITE),
        categories=("relief_flight", "helipad"),
        set_aside=OVER,
    ),
    b=Selection((Kind.MILITARY_ZONE,), categories=("airspace",)),
    manual=__doc__,
    touching="{a} lies in or passes through {b}.",
    near="{a} lies or passes {distance} {direction} of {b}; at least {required} is required.",
    parameters=(
        Parameter("distance_m", "Distance", 1_000.0, "m", 0.0, 50_000.0, placeholder=True),
        Parameter("slack_min", "Early or late by", 60.0, "min", 0.0, 2_880.0),
    ),
    distance_parameter="distance_m",
    slack_parameter="slack_min",
    travelling=True,
)
