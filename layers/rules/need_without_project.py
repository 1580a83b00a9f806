"""An assessed need that no project meets.

Question
    Is there a project of its sector near every assessed need, or in its area, while it lasts?
Method
    A project meets a need when it shares a sector and a time with it, and lies within the set distance,
    measured on the WGS 84 ellipsoid, or in the area of the P-code of the need. A need lasts beyond its
    end for the set number of days, because an assessment is often dated by its survey.
Assumptions
    A project that states no sector has that of its category (water, education, health). Completed and
    suspended projects meet nothing.
Limits
    Whether a project is enough for the need is not known. Where only the uncertainty of a position or a
    coarse P-code puts a project there, the finding is possible; where a sector or a time cannot be told,
    or one has only a position and the other only a P-code, it is unknown.
Source
    Humanitarian programme cycle (needs, gaps, response). The numbers are placeholders of this program; to
    be set by the operation.
Example
    A need for water with only a school project within 5 km is reported.
"""

from layers.checks import Terms
from layers.findings import Severity
from layers.located import Located
from layers.needs import NEEDS, PARAMETERS, PROJECTS, UnmatchedRule, Wording, grades, judged
from layers.scene import Scene
from layers.single import Judgement

_WORDING = Wording(
    conflict="{name} has no project for {sector} within {distance}{area} while it lasts.",
    possible=(
        "{name} may have no project for {sector} within {distance}{area}: "
        "locations are not known well enough."
    ),
    unknown=(
        "Whether {name} has a project for {sector} within {distance}{area} is unknown: "
        "a sector, time or place cannot be told."
    ),
    area=" or in {code}",
)


def _judge(scene: Scene, needs: Located, projects: Located, terms: Terms) -> Judgement:
    return judged(needs, grades(scene, needs, projects, terms)[0], terms, _WORDING)


RULE = UnmatchedRule(
    id="need_without_project",
    title="Need without a project",
    question="Does a project meet every assessed need?",
    severity=Severity.LOW,
    action="Bring the need to the coordination meeting of its sector, and ask who plans to meet it.",
    a=NEEDS,
    b=PROJECTS,
    manual=__doc__,
    judge=_judge,
    parameters=PARAMETERS,
)
