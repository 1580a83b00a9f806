"""A military zone shares ground and time with a protective arrangement.

Question
    Does any military zone come within the margin of a humanitarian corridor, a pause, a protected zone or
    any other arrangement, at a time when both hold?
Method
    The shortest distance over the ground between the two is measured on the WGS 84 ellipsoid, to within 1
    cm (6 cm at 50 km), and so is the area they share. Active hours of both are compared by day of the
    week and local time: the first time at which both hold is reported. A distance of exactly the margin
    is a conflict. A finding about a firing area ranks one step higher.
Assumptions
    Stored edges are straight in longitude/latitude. A missing start means already, a missing end until
    further notice; active hours are local times within the window. Without a time to look from, past
    windows count too.
Limits
    A corridor drawn as a line has no width: the margin stands for it. Features without a usable position
    are listed as not compared. A feature that states no heights counts at every height; heights above
    different datums cannot be compared: unknown. Active hours that cannot be read: unknown.
Source
    Fourth Geneva Convention (1949), Articles 14 and 15 (hospital, safety and neutralised zones); Additional
    Protocol I (1977), Articles 59 and 60; practice of humanitarian corridors and pauses. The margin is a
    placeholder of this program; to be set by the operation.
Example
    A firing area that is active from 06:00 to 12:00 in a pause from 10:00 to 14:00 is a conflict from 10:00
    to 12:00.
"""

from layers.checks import Parameter
from layers.findings import Severity
from layers.model import Kind
from layers.proximity import Measure, ProximityRule
from layers.sides import Selection

RULE = ProximityRule(
    id="zone_against_arrangement",
    title="Zone against an arrangement",
    question="Does a military zone share ground and time with a protective arrangement?",
    severity=Severity.HIGH,
    action=(
        "Suspend or move the military activity for as long as the arrangement holds; refer to the issuing "
        "headquarters at once."
    ),
    a=Selection((Kind.MILITARY_ZONE,)),
    b=Selection((Kind.ARRANGEMENT,)),
    manual=__doc__,
    touching="{a} overlaps or touches {b}.",
    overlapping="{a} overlaps {b} ({shared} shared).",
    near="{a} lies {distance} {direction} of {b}; at least {required} is required.",
    parameters=(
        Parameter("margin_m", "Margin", 100.0, "m", 0.0, 20_000.0, placeholder=True, by_categories=True),
    ),
    distance_parameter="margin_m",
    measure=Measure.AREA,
    raised_for=("firing",),
)
