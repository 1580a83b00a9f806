"""A military zone lies over or close to a populated place.

Question
    Is any military zone within the set distance of a populated place of the reference data while both hold?
Method
    The shortest distance over the ground between the two is measured on the WGS 84 ellipsoid, to within 1
    cm (6 cm at 50 km), and so is the area of the place that lies in the zone, where the place is drawn as
    an area. A distance of exactly the minimum is a conflict. A finding about a firing area ranks one step
    higher.
Assumptions
    Stored edges are straight in longitude/latitude. A missing start means already, a missing end until
    further notice; active hours are local times within the window. Without a time to look from, past
    windows count too. A place given as a point has houses around that point, within the set distance.
Limits
    Only places in the reference data of the workspace are compared; the base map is for orientation and is
    never looked at. Features without a usable position are listed as not compared. A feature that states
    no heights counts at every height; heights above different datums cannot be compared: unknown.
Source
    Additional Protocol I (1977), Articles 51 (5), 57 and 58: precautions for the civilian population. The
    distance is a placeholder of this program; to be set by the operation.
Example
    A firing area whose rim runs 200 m past the point of a village is a conflict at 500 m.
"""

from layers.checks import Parameter
from layers.findings import Severity
from layers.model import Kind
from layers.proximity import Measure, ProximityRule
from layers.sides import Selection

RULE = ProximityRule(
    id="zone_over_populated_place",
    title="Zone over a populated place",
    question="Does a military zone lie over or close to a populated place?",
    severity=Severity.MEDIUM,
    action=(
        "Move or shrink the military zone, or change its times, so that it leaves the place; refer to the "
        "issuing headquarters."
    ),
    a=Selection((Kind.MILITARY_ZONE,)),
    b=Selection((Kind.REFERENCE,), categories=("place",)),
    manual=__doc__,
    touching="{a} lies over or touches {b}.",
    overlapping="{a} lies over {b} ({shared} shared).",
    near="{a} lies {distance} {direction} of {b}; at least {required} is required.",
    parameters=(
        Parameter("distance_m", "Distance", 500.0, "m", 0.0, 20_000.0, placeholder=True, by_categories=True),
    ),
    distance_parameter="distance_m",
    measure=Measure.AREA,
    raised_for=("firing",),
)
