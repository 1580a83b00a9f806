"""A project is close to a humanitarian site.

Question
    Is any project within the set distance of a humanitarian site while both hold?
Method
    The shortest distance over the ground between the two is measured on the WGS 84 ellipsoid, to within 1
    cm (6 cm at 50 km). A finding about a hospital, health facility, school or camp ranks one step higher.
Assumptions
    Stored edges are straight in longitude/latitude. A missing start means already, a missing end until
    further notice; active hours are local times within the window. Without a time to look from, past
    windows count too.
Limits
    Features without a usable position are listed as not compared. A feature that states no heights counts
    at every height; heights above different datums cannot be compared: unknown. Projects that are
    suspended, completed or cancelled count while they hold, and findings say what they are.
Source
    Civil-military coordination practice: military-supported projects beside relief blur the distinction
    between them.
Example
    A CIMIC centre 180 m from a camp is a conflict at 300 m.
"""

from layers.checks import Parameter
from layers.findings import Severity
from layers.kinds.humanitarian_site import CROWDED
from layers.model import Kind
from layers.proximity import ProximityRule
from layers.sides import Selection

RULE = ProximityRule(
    id="project_near_site",
    title="Project near a site",
    question="Is a project close to a humanitarian site?",
    severity=Severity.LOW,
    action=(
        "Agree with the contact of the site on the location and visibility of the project, or move the "
        "project."
    ),
    a=Selection((Kind.PROJECT,)),
    b=Selection((Kind.HUMANITARIAN_SITE,)),
    manual=__doc__,
    touching="{a} lies in or touches {b}; at least {required} is required.",
    near="{a} lies {distance} {direction} of {b}; at least {required} is required.",
    parameters=(Parameter("distance_m", "Distance", 300.0, "m", 0.0, 20_000.0),),
    distance_parameter="distance_m",
    raised_for=CROWDED,
)
