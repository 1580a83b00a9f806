"""A humanitarian site lies in a military zone.

Question
    Does any humanitarian site share interior or boundary with a military zone while both hold?
Method
    It is worked out whether the two shapes share any ground or touch, without rounding. Where only the
    uncertainty of a site reaches into the zone, the finding is possible.
Assumptions
    Stored edges are straight in longitude/latitude. A missing start means already, a missing end until
    further notice; active hours are local times within the window. Without a time to look from, past
    windows count too.
Limits
    Features without a usable position are listed as not compared. A feature that states no heights counts
    at every height; heights above different datums cannot be compared: unknown. Zones that are drafts or
    suspended count, and findings say what they are.
Source
    Additional Protocol I (1977), Article 58: military objectives away from protected persons and objects.
Example
    A school in the middle of a training area is a conflict for as long as the training area holds.
"""

from layers.findings import Severity
from layers.model import Kind
from layers.proximity import ProximityRule
from layers.sides import Selection

RULE = ProximityRule(
    id="site_inside_zone",
    title="Site inside a zone",
    question="Does a humanitarian site lie in a military zone?",
    severity=Severity.CRITICAL,
    action=(
        "Move or shrink the military zone, or change its times; tell the contact of the site what was "
        "notified."
    ),
    a=Selection((Kind.HUMANITARIAN_SITE,)),
    b=Selection((Kind.MILITARY_ZONE,)),
    manual=__doc__,
    touching="{a} lies in or touches {b}.",
    near="{a} lies {distance} {direction} of {b}.",
)
