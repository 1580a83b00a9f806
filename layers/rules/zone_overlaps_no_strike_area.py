"""A military zone shares ground with a no-strike area.

Question
    Does any military zone share interior or boundary with a no-strike area while both hold?
Method
    It is worked out whether the two shapes share any ground or touch, without rounding; the shared area
    is measured on the WGS 84 ellipsoid. Where only the uncertainty of an outline reaches the other, the
    finding is possible.
Assumptions
    Stored edges are straight in longitude/latitude. A missing start means already, a missing end until
    further notice; active hours are local times within the window. Without a time to look from, past
    windows count too.
Limits
    Features without a usable position are listed as not compared. A feature that states no heights counts
    at every height; heights above different datums cannot be compared: unknown. Zones that are drafts or
    suspended count, and findings say what they are.
Source
    Additional Protocol I (1977), Articles 51, 52 and 57: precautions for protected objects.
Example
    A firing area whose corner lies 40 m inside the no-strike area of a hospital is a conflict of that
    corner.
"""

from layers.findings import Severity
from layers.model import Kind
from layers.proximity import Measure, ProximityRule
from layers.sides import Selection

RULE = ProximityRule(
    id="zone_overlaps_no_strike_area",
    title="Zone over a no-strike area",
    question="Does a military zone share ground with a no-strike area?",
    severity=Severity.CRITICAL,
    action=(
        "Move or shrink the military zone, or change its times, so that it leaves the no-strike area; "
        "refer to the issuing headquarters."
    ),
    a=Selection((Kind.MILITARY_ZONE,)),
    b=Selection((Kind.NO_STRIKE_AREA,)),
    manual=__doc__,
    touching="{a} overlaps or touches {b}.",
    overlapping="{a} overlaps {b} ({shared} shared).",
    near="{a} lies {distance} {direction} of {b}.",
    measure=Measure.AREA,
)
