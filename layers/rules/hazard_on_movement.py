"""A hazard lies on or beside the route of a movement.

Question
    Is any movement within the set distance of a hazard while both hold?
Method
    The shortest distance over the ground between the two is measured on the WGS 84 ellipsoid, to within 1
    cm (6 cm at 50 km). A finding about mines, unexploded ordnance or an improvised device ranks one step
    higher.
Assumptions
    Stored edges are straight in longitude/latitude. A missing start means already, a missing end until
    further notice; active hours are local times within the window. Without a time to look from, past
    windows count too. Within its window the movement may be anywhere on its route, whatever its speeds.
Limits
    Features without a usable position are listed as not compared. A feature that states no heights counts
    at every height; heights above different datums cannot be compared: unknown. Cancelled and completed
    movements are left out. Hazards state no heights: a relief flight above one counts like a convoy. The
    times of movements are not widened for early or late travel.
Source
    IMAS 08.10 and practice of route clearance: distance set by the operation.
Example
    Unexploded ordnance 30 m from a convoy route is a conflict at 50 m.
"""

from layers.checks import Parameter
from layers.findings import Severity
from layers.model import Kind
from layers.proximity import ProximityRule
from layers.sides import OVER, Selection

RULE = ProximityRule(
    id="hazard_on_movement",
    title="Hazard on a movement",
    question="Does a movement pass a hazard?",
    severity=Severity.HIGH,
    action=(
        "Warn the movement contact at once; move the movement to another route or time, or have the "
        "hazard cleared first."
    ),
    a=Selection(
        (Kind.MOVEMENT,),
        set_aside=OVER,
    ),
    b=Selection((Kind.HAZARD,)),
    manual=__doc__,
    touching="{a} runs into {b}.",
    near="{a} passes {distance} {direction} of {b}; at least {required} is required.",
    parameters=(Parameter("distance_m", "Distance", 50.0, "m", 0.0, 20_000.0),),
    distance_parameter="distance_m",
    raised_for=("mines", "uxo", "ied"),
)
