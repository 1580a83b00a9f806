"""Which projects may meet which assessed needs: of the same sector, near enough or in its area, at the time.

The rules that look for needs without a project and for projects without a need ask the same of every pair.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from layers.answers import Answers, no_answers
from layers.checks import Locality, Parameter, Terms
from layers.conditions import shared_times
from layers.findings import Severity
from layers.located import Candidates, Located, candidates, within
from layers.model import Kind, Layer
from layers.p_codes import SHORTEST
from layers.scene import Scene
from layers.sectors import UNREAD, Sectors, same_sector, sector_words, sectors_of
from layers.sides import OVER, Indices, Mask, Selection, Side
from layers.single import CLEAR, CONFLICT, POSSIBLE, Judgement, answers_of
from layers.single import UNKNOWN as CANNOT_TELL
from layers.volume import Overlap
from layers.words import metres

Grades = NDArray[np.int8]

NONE, UNKNOWN, MAYBE, SURELY = 0, 1, 2, 3
"""How well a need is met, or a project needed, as far as the data tell."""

PARAMETERS = (
    Parameter("distance_m", "Distance", 5_000.0, "m", 0.0, 100_000.0, placeholder=True),
    Parameter("lasts_d", "A need lasts beyond its end for", 180.0, "days", 0.0, 3_650.0, placeholder=True),
    SHORTEST,
)


def is_suspended(layer: Layer) -> Mask:
    """Mark the projects that are on hold."""
    return np.asarray(layer.table.fields["status"] == "suspended")


def _goes_on(layer: Layer) -> Mask:
    return ~is_suspended(layer)


NEEDS = Selection((Kind.ASSESSMENT,), categories=("needs",), anywhere=True)
PROJECTS = Selection((Kind.PROJECT,), also=_goes_on, set_aside=OVER, anywhere=True)


def grades(scene: Scene, needs: Located, projects: Located, terms: Terms) -> tuple[Grades, Grades]:
    """Return how well each need is met, and how well each project is needed."""
    found = candidates(scene, needs, projects, terms.values["distance_m"])
    i, j = found.a, found.b
    grade = _place_grades(needs, projects, found, terms)
    sectors = sectors_of(needs.side), sectors_of(projects.side)
    end = needs.side.valid_to + np.timedelta64(round(terms.values["lasts_d"] * 86_400), "s")
    backwards = needs.side.valid_to <= needs.side.valid_from
    windows = needs.side.valid_from[i], np.where(backwards, needs.side.valid_to, end)[i]
    held = shared_times(needs.side, i, projects.side, j, terms, windows=windows)
    for code in (same_sector(sectors[0][i], sectors[1][j]), held.code):
        grade[code == Overlap.UNKNOWN.value] = np.minimum(grade[code == Overlap.UNKNOWN.value], UNKNOWN)
        grade[code == Overlap.NO.value] = NONE
    met, needed = (np.zeros(len(located.side), dtype=np.int8) for located in (needs, projects))
    np.maximum.at(met, i, grade)
    np.maximum.at(needed, j, grade)
    _doubt(met, needs, sectors[0], projects, sectors[1])
    _doubt(needed, projects, sectors[1], needs, sectors[0])
    return met, needed


def _place_grades(needs: Located, projects: Located, found: Candidates, terms: Terms) -> Grades:
    """Say of each pair whether the project is at the place of the need."""
    i, j, reach = found.a, found.b, terms.values["distance_m"]
    uncertainty = needs.side.uncertainty_m[i] + projects.side.uncertainty_m[j]
    lengths = np.array([len(code) for code in needs.codes], dtype=np.int64)
    named = ~needs.several & (lengths >= terms.values[SHORTEST.name])
    inside = within(projects, j, needs, i) & named[i]
    both_placed = needs.placed[i] & projects.placed[j]
    grade = np.where(both_placed, NONE, MAYBE).astype(np.int8)  # codes alone: the same or nested
    grade[found.distance_m - uncertainty <= reach] = MAYBE
    grade[(found.distance_m + uncertainty <= reach) | inside] = SURELY
    return grade


def _doubt(grade: Grades, mine: Located, sectors: Sectors, others: Located, theirs: Sectors) -> None:
    """Where nothing was found, allow for others that cannot be compared: one has a position, one a P-code."""
    for without_code, alone in (
        (mine.placed & (mine.codes == ""), ~others.placed),
        (~mine.placed, others.placed & (others.codes == "")),
    ):
        if not alone.any():
            continue
        unclear = bool(((theirs[alone] == 0) | ((theirs[alone] & UNREAD) > 0)).any())
        some = int(np.bitwise_or.reduce(theirs[alone]))
        may_share = unclear | (sectors == 0) | ((sectors & some) > 0) | ((sectors & UNREAD) > 0)
        grade[without_code & may_share & (grade == NONE)] = UNKNOWN


@dataclass(frozen=True, slots=True)
class Wording:
    """How a rule says that a feature is not met; {name}, {sector}, {distance} and {area} are filled in.

    `area` names the area of a feature with a P-code, {code}.
    """

    conflict: str
    possible: str
    unknown: str
    area: str


def judged(mine: Located, grade: Grades, terms: Terms, wording: Wording) -> Judgement:
    """Turn grades into a judgement: what is surely met is clear, what nothing meets a conflict."""
    code = np.array([CONFLICT, CANNOT_TELL, POSSIBLE, CLEAR], dtype=np.int8)[grade]
    templates = {CONFLICT: wording.conflict, POSSIBLE: wording.possible, CANNOT_TELL: wording.unknown}
    sectors = sectors_of(mine.side)
    distance = metres(terms.values["distance_m"])

    def sentence(row: int, name: str) -> str:
        return templates[int(code[row])].format(
            name=name,
            sector=sector_words(int(sectors[row])) or "its sector",
            distance=distance,
            area=wording.area.format(code=mine.codes[row]) if mine.codes[row] else "",
        )

    def sentences(rows: Indices, names: Sequence[str]) -> list[str]:
        return [sentence(int(row), name) for row, name in zip(rows, names, strict=True)]

    return Judgement(code, sentences, matter=sectors)


@dataclass(frozen=True)
class UnmatchedRule:
    """A rule that looks for features of one side that nothing of the other side meets."""

    id: str
    title: str
    question: str
    severity: Severity
    action: str
    a: Selection
    b: Selection
    manual: str
    judge: Callable[[Scene, Located, Located, Terms], Judgement]
    parameters: tuple[Parameter, ...] = ()
    same: bool = field(default=False, init=False)
    without_b: str = field(default="", init=False)
    others: tuple[Kind, ...] = ()

    @property
    def locality(self) -> Locality:
        """A P-code may join what lies far apart, and one answer may stand for a whole layer."""
        return Locality.EVERYTHING

    def around_m(self, values: Mapping[str, float]) -> float:
        """Everything matters, however far."""
        return np.inf

    def evaluate(self, scene: Scene, a: Side, b: Side | None, terms: Terms) -> Answers:
        """Judge every feature by what the other side has for it; without another side nothing is said."""
        mine, others = Located.of(a), Located.of(b if b is not None else scene.select(self.b))
        if not len(others.side):
            return no_answers(mine.side, others.side)
        judged = self.judge(scene, mine, others, terms)
        return answers_of(mine.side, judged, gathers=True, b=others.side)
