"""A military zone comes nearer to a humanitarian site than the stand-off distance.

Question
    Is any military zone within the stand-off distance of a humanitarian site while both hold?
Method
    The shortest distance over the ground between the two is measured on the WGS 84 ellipsoid, to within 1
    cm (6 cm at 50 km). A site may carry its own stand-off distance, which then counts instead, be it more
    or less. A distance of exactly the stand-off is a conflict. A finding about a hospital, health facility,
    school or camp ranks one step higher.
Assumptions
    Stored edges are straight in longitude/latitude. A missing start means already, a missing end until
    further notice; active hours are local times within the window. Without a time to look from, past
    windows count too.
Limits
    Features without a usable position are listed as not compared. A feature that states no heights counts
    at every height; heights above different datums cannot be compared: unknown. No public numeric stand-off
    distance exists: 500 m is a placeholder until a named user confirms it. Zones that are drafts or
    suspended count, and findings say what they are.
Source
    Placeholder of this program; to be set by the operation.
Example
    A clinic 312 m from a firing area is a conflict at 500 m; with a position known to 100 m, 560 m is
    possible.
"""

from layers.checks import Parameter
from layers.findings import Severity
from layers.kinds.humanitarian_site import CROWDED
from layers.model import Kind
from layers.proximity import ProximityRule
from layers.sides import Selection

RULE = ProximityRule(
    id="zone_within_standoff_of_site",
    title="Zone within stand-off of a site",
    question="Is a military zone nearer to a humanitarian site than the stand-off distance?",
    severity=Severity.HIGH,
    action=(
        "Move or shrink the military zone until the stand-off is kept, or agree on times when it is not "
        "active."
    ),
    a=Selection((Kind.HUMANITARIAN_SITE,)),
    b=Selection((Kind.MILITARY_ZONE,)),
    manual=__doc__,
    touching="{a} lies in or touches {b}; at least {required} is required.",
    near="{a} lies {distance} {direction} of {b}; at least {required} is required.",
    parameters=(
        Parameter(
            "standoff_m",
            "Stand-off distance",
            500.0,
            "m",
            0.0,
            50_000.0,
            placeholder=True,
            by_categories=True,
        ),
    ),
    distance_parameter="standoff_m",
    override_field="standoff_m",
    raised_for=CROWDED,
)
