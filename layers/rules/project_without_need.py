"""A CIMIC project where no need has been assessed.

Question
    Is there an assessed need of its sector near every CIMIC project, or in its area, while it goes on?
Method
    A need calls for a project when it shares a sector and a time with it, and lies within the set
    distance, measured on the WGS 84 ellipsoid, or the project lies in the area of the P-code of the need.
    A need lasts beyond its end for the set number of days, because an assessment is often dated by its
    survey.
Assumptions
    A project that states no sector has that of its category (water, education, health). One that does not
    state who carries it out may be CIMIC, and is asked about too. Projects of civil actors are theirs to
    justify; completed and suspended projects are left out.
Limits
    Needs that are known but not loaded count for nothing. Where only the uncertainty of a position or a
    coarse P-code puts a need there, the finding is possible; where a sector or a time cannot be told, or
    one has only a position and the other only a P-code, it is unknown.
Source
    CIMIC practice: projects follow assessed needs and are agreed with those who coordinate relief. The
    numbers are placeholders of this program; to be set by the operation.
Example
    A military-built school with no need for education assessed within 5 km is reported.
"""

from dataclasses import replace

import numpy as np

from layers.checks import Terms
from layers.findings import Severity
from layers.located import Located
from layers.model import Layer
from layers.needs import NEEDS, PARAMETERS, PROJECTS, UnmatchedRule, Wording, grades, is_suspended, judged
from layers.scene import Scene
from layers.sides import Mask
from layers.single import Judgement

_WORDING = Wording(
    conflict="{name} answers no assessed need for {sector} within {distance}{area}.",
    possible=(
        "{name} may answer no assessed need for {sector} within {distance}{area}: "
        "locations are not known well enough."
    ),
    unknown=(
        "Whether {name} answers a need for {sector} within {distance}{area} is unknown: "
        "a sector, time or place cannot be told."
    ),
    area=" or for {code}",
)


def _may_be_cimic(layer: Layer) -> Mask:
    return np.asarray((layer.table.fields["actor"] != "civil") & ~is_suspended(layer))


def _judge(scene: Scene, projects: Located, needs: Located, terms: Terms) -> Judgement:
    return judged(projects, grades(scene, needs, projects, terms)[1], terms, _WORDING)


RULE = UnmatchedRule(
    id="project_without_need",
    title="Project without a need",
    question="Does every CIMIC project answer an assessed need?",
    severity=Severity.LOW,
    action=(
        "Ask those who coordinate the sector whether the project is needed there; move it to an assessed "
        "need, or record who asked for it."
    ),
    a=replace(PROJECTS, also=_may_be_cimic),
    b=NEEDS,
    manual=__doc__,
    judge=_judge,
    parameters=PARAMETERS,
)
