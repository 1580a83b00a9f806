"""The location of a project is too coarse to tell whether another project duplicates it.

Question
    Is the location of every project known well enough to exclude a duplication?
Method
    A location is too coarse where the position is known less well than the set distance; and where there is
    no usable position and the P-code is missing, or so short that it names a large area, or one of several
    areas that do not lie in each other.
Assumptions
    The distance is that within which two projects of a sector duplicate each other. Without a stated
    uncertainty, a position counts as stated.
Limits
    A position that is precise and wrong is not found. Completed projects are left out.
Source
    Practice of 3W coordination. The numbers are placeholders of this program; to be set by the operation.
Example
    A well "somewhere in SY07", without a position, is reported; one in SY070102 is not.
"""

from collections.abc import Sequence

import numpy as np

from layers.checks import Parameter, Terms
from layers.findings import Severity
from layers.model import Kind
from layers.p_codes import SHORTEST, lowest_codes, several_codes
from layers.scene import Scene
from layers.sides import OVER, Indices, Selection, Side
from layers.single import CLEAR, CONFLICT, Judgement, SingleRule
from layers.words import metres

_VAGUE, _NOWHERE, _LARGE = 1, 2, 3


def _judge(side: Side, terms: Terms, _: Scene) -> Judgement:
    codes = lowest_codes(side)
    shortest = terms.values[SHORTEST.name]
    lengths = np.array([len(code) for code in codes], dtype=np.int64)
    placed = side.texts("unusable") == ""
    matter = np.zeros(len(side), dtype=np.int8)
    matter[placed & (side.uncertainty_m > terms.values["distance_m"])] = _VAGUE
    several = several_codes(side)
    matter[~placed & ((lengths < shortest) | several)] = _LARGE
    matter[~placed & (lengths == 0)] = _NOWHERE

    def sentence(row: int, name: str) -> str:
        if matter[row] == _VAGUE:
            known = f"is only known to within {metres(float(side.uncertainty_m[row]))}"
        elif matter[row] == _LARGE:
            known = f"is only known to lie in {codes[row]}{'…' if several[row] else ''}"
        else:
            known = "is known by neither a usable position nor a P-code"
        return f"{name} {known}: too coarse to exclude that another project does the same."

    def sentences(rows: Indices, names: Sequence[str]) -> list[str]:
        return [sentence(int(row), name) for row, name in zip(rows, names, strict=True)]

    code = np.where(matter > 0, CONFLICT, CLEAR).astype(np.int8)
    return Judgement(code, sentences, matter=matter)


RULE = SingleRule(
    id="project_too_coarse",
    title="Project located too coarsely",
    question="Is the location of each project known well enough to exclude duplication?",
    severity=Severity.LOW,
    action="Ask whoever carries out the project for its position, or for the P-code of the lowest area.",
    a=Selection((Kind.PROJECT,), set_aside=OVER, anywhere=True),
    manual=__doc__,
    judge=_judge,
    parameters=(
        Parameter("distance_m", "Distance", 2_000.0, "m", 0.0, 50_000.0, placeholder=True),
        SHORTEST,
    ),
    gathers=True,
)
