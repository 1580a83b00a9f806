"""A hazard lies in or close to a project.

Question
    Is any project within the set distance of a hazard while both hold?
Method
    The shortest distance over the ground between the two is measured on the WGS 84 ellipsoid, to within 1
    cm (6 cm at 50 km). A distance of exactly the minimum is a conflict. A finding about mines, unexploded
    ordnance or an improvised device ranks one step higher.
Assumptions
    Stored edges are straight in longitude/latitude. A missing start means already, a missing end until
    further notice; active hours are local times within the window. Without a time to look from, past
    windows count too. A rumour counts like a confirmed hazard.
Limits
    Features without a usable position are listed as not compared. A feature that states no heights counts
    at every height; heights above different datums cannot be compared: unknown. One distance does not suit
    every hazard: the table of the rule holds others by category. A completed project counts: people use it.
Source
    IMAS 08.10 (non-technical survey): land to be used comes early. The distance is a placeholder of this
    program; to be set by the operation.
Example
    A well to be dug 60 m from a suspected minefield is a conflict at 100 m.
"""

from layers.checks import Parameter
from layers.findings import Severity
from layers.model import Kind
from layers.proximity import ProximityRule
from layers.sides import Selection

RULE = ProximityRule(
    id="hazard_near_project",
    title="Hazard near a project",
    question="Does a hazard lie in or close to a project?",
    severity=Severity.MEDIUM,
    action=("Warn the contact of the project; hold the works, or move them, until the hazard is cleared."),
    a=Selection((Kind.PROJECT,)),
    b=Selection((Kind.HAZARD,)),
    manual=__doc__,
    touching="{a} lies in or touches {b}.",
    near="{a} lies {distance} {direction} of {b}; at least {required} is required.",
    parameters=(
        Parameter("distance_m", "Distance", 100.0, "m", 0.0, 20_000.0, placeholder=True, by_categories=True),
    ),
    distance_parameter="distance_m",
    raised_for=("mines", "uxo", "ied"),
)
