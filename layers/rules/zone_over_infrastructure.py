"""A military zone lies over or close to infrastructure that people depend on.

Question
    Is any military zone within the set distance of critical infrastructure, or of a water point, while both
    hold?
Method
    The shortest distance over the ground between the two is measured on the WGS 84 ellipsoid, to within 1
    cm (6 cm at 50 km). A distance of exactly the minimum is a conflict. A finding about a firing area
    ranks one step higher.
Assumptions
    Stored edges are straight in longitude/latitude. A missing start means already, a missing end until
    further notice; active hours are local times within the window. Without a time to look from, past
    windows count too.
Limits
    Compared are features of the reference data of the category critical infrastructure, and humanitarian
    sites of the category water point. Features without a usable position are listed as not compared. A
    feature that states no heights counts at every height; heights above different datums cannot be
    compared: unknown.
Source
    Additional Protocol I (1977), Article 54 (objects indispensable to the survival of the civilian
    population) and Article 56 (dams, dykes, nuclear power stations). The distance is a placeholder of this
    program; to be set by the operation.
Example
    A firing area that takes in the pumping station of a town is a conflict.
"""

from layers.checks import Parameter
from layers.findings import Severity
from layers.model import Kind
from layers.proximity import ProximityRule
from layers.sides import Selection

RULE = ProximityRule(
    id="zone_over_infrastructure",
    title="Zone over infrastructure",
    question="Does a military zone lie over or close to infrastructure that people depend on?",
    severity=Severity.MEDIUM,
    action=(
        "Move or shrink the military zone so that it leaves the infrastructure; tell its operator what was "
        "notified."
    ),
    a=Selection((Kind.MILITARY_ZONE,)),
    b=Selection((Kind.REFERENCE, Kind.HUMANITARIAN_SITE), categories=("infrastructure", "water_point")),
    manual=__doc__,
    touching="{a} lies over or touches {b}.",
    near="{a} lies {distance} {direction} of {b}; at least {required} is required.",
    parameters=(
        Parameter("distance_m", "Distance", 100.0, "m", 0.0, 20_000.0, placeholder=True, by_categories=True),
    ),
    distance_parameter="distance_m",
    raised_for=("firing",),
)
