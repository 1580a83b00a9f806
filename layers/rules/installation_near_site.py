"""An own fixed installation or checkpoint stands close to a humanitarian site.

Question
    Is any military installation or checkpoint within the set distance of a humanitarian site while both
    hold?
Method
    The shortest distance over the ground between the two is measured on the WGS 84 ellipsoid, to within 1
    cm (6 cm at 50 km). A distance of exactly the minimum is a conflict. A finding about a hospital,
    health facility, school or camp ranks one step higher.
Assumptions
    Stored edges are straight in longitude/latitude. A missing start means already, a missing end until
    further notice; active hours are local times within the window. Without a time to look from, past
    windows count too.
Limits
    Only zones of the categories installation and checkpoint are compared. Features without a usable
    position are listed as not compared. A feature that states no heights counts at every height; heights
    above different datums cannot be compared: unknown. The rule about the stand-off of zones asks about the
    same zones with its own distance; this one usually looks farther, because what is built stays.
Source
    Additional Protocol I (1977), Article 58, and Fourth Geneva Convention (1949), Article 18: military
    objectives and hospitals as far from each other as possible. The distance is a placeholder of this
    program; to be set by the operation.
Example
    A checkpoint 700 m from the gate of a hospital is a conflict at 1,000 m.
"""

from layers.checks import Parameter
from layers.findings import Severity
from layers.kinds.humanitarian_site import CROWDED
from layers.model import Kind
from layers.proximity import ProximityRule
from layers.sides import Selection

RULE = ProximityRule(
    id="installation_near_site",
    title="Own installation near a site",
    question="Does an own installation or checkpoint stand close to a humanitarian site?",
    severity=Severity.MEDIUM,
    action=(
        "Move the installation or checkpoint away from the site; until then refer it to the responsible "
        "headquarters and keep the contact of the site informed."
    ),
    a=Selection((Kind.MILITARY_ZONE,), categories=("installation", "checkpoint")),
    b=Selection((Kind.HUMANITARIAN_SITE,)),
    manual=__doc__,
    touching="{a} touches or takes in {b}; at least {required} is required.",
    near="{a} stands {distance} {direction} of {b}; at least {required} is required.",
    parameters=(
        Parameter(
            "distance_m", "Distance", 1_000.0, "m", 0.0, 50_000.0, placeholder=True, by_categories=True
        ),
    ),
    distance_parameter="distance_m",
    raised_for=CROWDED,
)
