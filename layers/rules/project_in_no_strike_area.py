"""A project lies in a no-strike area.

Question
    Does any project share interior or boundary with a no-strike area while both hold?
Method
    It is worked out whether the two shapes share any ground or touch, without rounding. Where only the
    uncertainty of a project reaches into the area, the finding is possible.
Assumptions
    Stored edges are straight in longitude/latitude. A missing start means already, a missing end until
    further notice; active hours are local times within the window. Without a time to look from, past
    windows count too.
Limits
    Features without a usable position are listed as not compared. A feature that states no heights counts
    at every height; heights above different datums cannot be compared: unknown. Projects that are
    suspended, completed or cancelled count while they hold, and findings say what they are.
Source
    Civil-military coordination practice: visible activity near a protected object may endanger it.
Example
    A bridge repair inside the no-strike area of a hospital is a conflict while the works go on.
"""

from layers.findings import Severity
from layers.model import Kind
from layers.proximity import ProximityRule
from layers.sides import Selection

RULE = ProximityRule(
    id="project_in_no_strike_area",
    title="Project in a no-strike area",
    question="Does a project lie in a no-strike area?",
    severity=Severity.MEDIUM,
    action=(
        "Move the project or agree on its conduct with the contact of the protected site before works begin."
    ),
    a=Selection((Kind.PROJECT,)),
    b=Selection((Kind.NO_STRIKE_AREA,)),
    manual=__doc__,
    touching="{a} lies in or touches {b}.",
    near="{a} lies {distance} {direction} of {b}.",
)
