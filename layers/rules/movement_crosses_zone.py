"""A movement passes through or close to a military zone.

Question
    Does any movement come within its corridor of a military zone while both hold?
Method
    The shortest distance over the ground between the two is measured on the WGS 84 ellipsoid, to within 1
    cm (6 cm at 50 km), and so is the length of route inside the zone. The times of the movement, its
    active hours too, are widened at both ends for early or late travel. Where its speeds are stated, the
    time it may be beside the zone follows from its window, its fastest speed and, without an end, its
    slowest; not from its slowest where active hours let it rest on the way.
Assumptions
    Stored edges are straight in longitude/latitude. A missing start means already, a missing end until
    further notice; active hours are local times within the window. Without a time to look from, past
    windows count too. Within its window the movement may be anywhere on its route, unless its speeds say
    when it may be where: then it is taken to go along its route once, in the direction in which it is
    drawn. A way back on the same road must be drawn too, or be a movement of its own. Of a route whose
    parts do not follow each other speeds say nothing.
Limits
    Features without a usable position are listed as not compared. A feature that states no heights counts
    at every height; heights above different datums cannot be compared: unknown. Cancelled and completed
    movements are left out. Zones that are drafts or suspended count, and findings say what they are.
Source
    Practice of movement notification (OCHA humanitarian notification systems); corridor and times set by
    the operation.
Example
    A convoy due at 10:00 past a zone active until 09:30 is a conflict with 60 minutes either side.
"""

from layers.checks import Parameter
from layers.findings import Severity
from layers.model import Kind
from layers.proximity import Measure, ProximityRule
from layers.sides import OVER, Selection

RULE = ProximityRule(
    id="movement_crosses_zone",
    title="Movement through a zone",
    question="Does a movement pass through or close to a military zone?",
    severity=Severity.CRITICAL,
    action=(
        "Suspend or move the military activity while the movement passes, or agree on another time or "
        "route with the movement contact."
    ),
    a=Selection(
        (Kind.MOVEMENT,),
        set_aside=OVER,
    ),
    b=Selection((Kind.MILITARY_ZONE,)),
    manual=__doc__,
    touching="{a} runs {shared} through {b}.",
    near="{a} passes {distance} {direction} of {b}; at least {required} is required.",
    parameters=(
        Parameter("corridor_m", "Corridor either side", 250.0, "m", 0.0, 20_000.0),
        Parameter("slack_min", "Early or late by", 60.0, "min", 0.0, 2_880.0),
    ),
    distance_parameter="corridor_m",
    slack_parameter="slack_min",
    measure=Measure.LENGTH,
    travelling=True,
)
