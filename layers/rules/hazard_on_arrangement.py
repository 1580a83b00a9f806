"""A hazard lies in or close to a humanitarian corridor, pause or protected zone.

Question
    Is any hazard within the set distance of an arrangement while both hold?
Method
    The shortest distance over the ground between the two is measured on the WGS 84 ellipsoid, to within 1
    cm (6 cm at 50 km). A distance of exactly the minimum is a conflict. A finding about mines, unexploded
    ordnance or an improvised device ranks one step higher.
Assumptions
    Stored edges are straight in longitude/latitude. A missing start means already, a missing end until
    further notice; active hours are local times within the window. Without a time to look from, past
    windows count too.
Limits
    A corridor drawn as a line has no width: the distance stands for it. Features without a usable position
    are listed as not compared.
Source
    Practice of humanitarian corridors: the way is checked before it is opened. The distance is a
    placeholder of this program; to be set by the operation.
Example
    Unexploded ordnance 40 m from the line of a corridor is a conflict at 100 m.
"""

from layers.checks import Parameter
from layers.findings import Severity
from layers.model import Kind
from layers.proximity import ProximityRule
from layers.sides import Selection

RULE = ProximityRule(
    id="hazard_on_arrangement",
    title="Hazard on an arrangement",
    question="Does a hazard lie in or close to a corridor, pause or protected zone?",
    severity=Severity.HIGH,
    action=(
        "Tell the parties to the arrangement at once; have the hazard marked and cleared, or agree on "
        "another way, before people use it."
    ),
    a=Selection((Kind.HAZARD,)),
    b=Selection((Kind.ARRANGEMENT,)),
    manual=__doc__,
    touching="{a} lies in or touches {b}.",
    near="{a} lies {distance} {direction} of {b}; at least {required} is required.",
    parameters=(
        Parameter("distance_m", "Distance", 100.0, "m", 0.0, 20_000.0, placeholder=True, by_categories=True),
    ),
    distance_parameter="distance_m",
    raised_for=("mines", "uxo", "ied"),
)
