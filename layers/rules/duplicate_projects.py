"""Two projects may do the same at the same place and time, at least one of them a CIMIC project.

Question
    Do any two projects, one of them CIMIC, share a sector, a place and a time?
Method
    Two projects share a place when they lie within the set distance of each other, measured on the WGS
    84 ellipsoid, or when the lowest P-codes that they state are the same. Each pair counts once.
Assumptions
    A project that states no sector has that of its category (water, education, health). A P-code shorter
    than the set length names a province, not a place. Without a time to look from, past windows count too.
Limits
    Pairs of civil projects are left to those who coordinate relief. Where only uncertainty puts two within
    the distance, the finding is possible. Where neither of two is known to be CIMIC and one does not say,
    where a sector is not stated, or where one has no position and the P-code of one lies in that of the
    other, or one states several P-codes with the same beginning, it is unknown. One with only a position
    and one with only a P-code cannot be compared; such pairs are not counted. A project with neither a
    usable position nor a P-code is listed as not compared. Completed projects are left out.
Source
    CIMIC practice and 3W coordination: relief is not duplicated. The numbers are placeholders of this
    program; to be set by the operation.
Example
    A military well 800 m from the well of a relief organisation, both drilled in May, is a conflict.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.answers import Answers
from layers.checks import Locality, Parameter, Terms
from layers.conditions import Condition, Held, joined, shared_times
from layers.findings import Severity, Verdict
from layers.located import Candidates, Located, candidates
from layers.model import Kind
from layers.p_codes import SHORTEST
from layers.scene import Scene
from layers.sectors import same_sector, sector_words, sectors_of
from layers.sides import OVER, Indices, Mask, Selection, Side
from layers.volume import Codes, Overlap
from layers.words import feature_words, metres

_MANUAL = __doc__ or ""
_VERDICTS = (Verdict.CONFLICT, Verdict.POSSIBLE, Verdict.UNKNOWN)
_CODED = "Whether they are at the same place is unknown: one is only known to lie in the area of the other."


def _actors(a: Side, i: Indices, b: Side, j: Indices, _: Terms) -> Codes:
    """Tell whether one of each pair is a CIMIC project."""
    of_a, of_b = a.texts("actor")[i], b.texts("actor")[j]
    military = (of_a == "cimic") | (of_b == "cimic")
    civil = (of_a == "civil") & (of_b == "civil")
    return np.where(military, 1, np.where(civil, 0, Overlap.UNKNOWN.value)).astype(np.int8)


def _sectors(a: Side, i: Indices, b: Side, j: Indices, _: Terms) -> Codes:
    return same_sector(sectors_of(a)[i], sectors_of(b)[j])


_CONDITIONS = (
    Condition(
        _actors, "Whether one of them is a CIMIC project is unknown: who carries them out is not stated."
    ),
    Condition(_sectors, "Whether they do the same is unknown: a sector is not stated."),
)


class DuplicateProjects:
    """See the module's page."""

    id = "duplicate_projects"
    title = "Projects doing the same"
    question = "Do two projects, one of them CIMIC, do the same at the same place and time?"
    severity = Severity.MEDIUM
    action = (
        "Agree with the other organisation on who does what and where; move or drop the CIMIC project rather "
        "than the civil one."
    )
    parameters: tuple[Parameter, ...] = (
        Parameter("distance_m", "Distance", 2_000.0, "m", 0.0, 50_000.0, placeholder=True),
        SHORTEST,
    )
    a = Selection((Kind.PROJECT,), set_aside=OVER, anywhere=True)
    b: Selection | None = a
    locality = Locality.EVERYTHING  # a pair is counted by what both are known by
    same = True
    without_b = ""
    others: tuple[Kind, ...] = ()
    manual = _MANUAL

    def around_m(self, values: Mapping[str, float]) -> float:
        """Say how far projects matter: a P-code may join what lies far apart."""
        return np.inf

    def evaluate(self, scene: Scene, a: Side, b: Side | None, terms: Terms) -> Answers:
        """Compare every project with every other."""
        of_a, of_b = Located.of(a), Located.of(b if b is not None else a)
        a, b = of_a.side, of_b.side
        pairs = _pairs(scene, of_a, of_b, terms.values["distance_m"])
        place = _places(of_a, of_b, pairs, terms)
        held = shared_times(a, pairs.a, b, pairs.b, terms)
        held = joined(held, _CONDITIONS, (a, b), (pairs.a, pairs.b), terms)
        keep = np.flatnonzero((held.code != Overlap.NO.value) & (place >= 0))
        place = np.where(held.code == Overlap.UNKNOWN.value, 2, place)
        found = _Found(of_a, of_b, pairs, [_VERDICTS[c] for c in place[keep]], held, keep)
        nothing = np.full(len(keep), np.nan)
        distance = pairs.distance_m[keep]
        return Answers(
            side_a=a,
            side_b=b,
            examined=_examined(of_a, of_b),
            a=pairs.a[keep],
            b=pairs.b[keep],
            verdict=found.verdicts,
            distance_m=distance,
            required_m=np.where(np.isnan(distance), np.nan, terms.values["distance_m"]),
            overlap_m2=nothing,
            overlap_m=nothing,
            start=held.start[keep],
            end=held.end[keep],
            places=found.places,
            describe=found.sentences,
        )


def _pairs(scene: Scene, a: Located, b: Located, reach_m: float) -> Candidates:
    """Return the candidates of which not both are civil, each once."""
    civil_a, civil_b = (side.side.texts("actor") == "civil" for side in (a, b))
    # Apart, because a relief community's list alone may hold millions of pairs that are none of CIMIC's.
    parts = []
    for rows_a, rows_b in (
        (np.flatnonzero(~civil_a), np.arange(len(b.side))),
        (np.flatnonzero(civil_a), np.flatnonzero(~civil_b)),
    ):
        found = candidates(scene, a.take(rows_a), b.take(rows_b), reach_m)
        parts.append((rows_a[found.a], rows_b[found.b], found.distance_m))
    i, j, distance = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    once = np.flatnonzero(a.side.ids[i] < b.side.ids[j])
    return Candidates(i[once], j[once], distance[once])


def _places(a: Located, b: Located, pairs: Candidates, terms: Terms) -> NDArray[np.int64]:
    """Say of each pair whether both are at the same place: as `_VERDICTS`, or -1."""
    i, j, reach = pairs.a, pairs.b, terms.values["distance_m"]
    uncertainty = a.side.uncertainty_m[i] + b.side.uncertainty_m[j]
    same = (a.codes[i] == b.codes[j]) & (_lengths(a)[i] >= terms.values[SHORTEST.name])
    same &= ~(a.several[i] | b.several[j])
    place = np.where(a.placed[i] & b.placed[j], -1, 2)  # codes alone: the same or nested
    place[pairs.distance_m - uncertainty <= reach] = 1
    place[(pairs.distance_m <= reach) | same] = 0
    return place


def _lengths(located: Located) -> NDArray[np.int64]:
    return np.array([len(code) for code in located.codes], dtype=np.int64)


def _examined(a: Located, b: Located) -> int:
    """Count the pairs that are part of the question and can be compared by position or by P-code."""

    def count(masks: tuple[Mask, Mask]) -> int:
        return int(masks[0].sum()) * int(masks[1].sum())

    civil_a, civil_b = (side.side.texts("actor") == "civil" for side in (a, b))
    total = len(a.side) * len(b.side) - count((civil_a, civil_b))
    bare_a, bare_b = (side.placed & (side.codes == "") for side in (a, b))
    for of_a, of_b in ((bare_a, ~b.placed), (~a.placed, bare_b)):
        total -= count((of_a, of_b)) - count((of_a & civil_a, of_b & civil_b))
    shared = np.isin(a.side.ids, b.side.ids)
    if not shared.all() or len(a.side) != len(b.side):
        return total
    return (total - int((shared & ~civil_a).sum())) // 2


@dataclass(frozen=True, eq=False)
class _Found:
    """The pairs that are not clear, with what is needed to show and to describe them."""

    a: Located
    b: Located
    pairs: Candidates
    verdicts: list[Verdict]
    held: Held
    keep: Indices

    def sentences(self, rows: Indices) -> list[str]:
        """Say of some pairs what both do, and how near to each other."""
        keep = self.keep[rows]
        a, b, i, j = self.a, self.b, self.pairs.a[keep], self.pairs.b[keep]
        names_a, names_b = feature_words(a.side, i), feature_words(b.side, j)
        sectors = sectors_of(a.side)[i] & sectors_of(b.side)[j]
        result = []
        for n, row in enumerate(rows.tolist()):
            verdict, distance = self.verdicts[row], self.pairs.distance_m[keep[n]]
            place = f"lie {metres(distance)} apart" if distance > 0 else "lie at the same place"
            if np.isnan(distance):
                place = f"lie in {min(a.codes[i[n]], b.codes[j[n]], key=len)}"
                place += "…" if a.several[i[n]] or b.several[j[n]] else ""
            both = f"{names_a[n]} and {names_b[n]}"
            if verdict is Verdict.UNKNOWN:
                result.append(f"{both} {place}. {self.held.why[keep[n]] or _CODED}")
                continue
            sentence = f"{both} are both about {sector_words(int(sectors[n]))} and {place}."
            if verdict is Verdict.POSSIBLE:
                known = metres(float(a.side.uncertainty_m[i[n]] + b.side.uncertainty_m[j[n]]))
                sentence += f" Positions are only known to within {known}, so they may be at the same place."
            result.append(sentence)
        return result

    def places(self, rows: Indices) -> NDArray[np.object_]:
        """Return both shapes of some pairs as one each; None where neither has a position."""
        where = np.full(len(rows), None, dtype=object)
        for n, pair in enumerate(self.keep[rows]):
            i, j = self.pairs.a[pair], self.pairs.b[pair]
            shapes = [side.side.geometry[row] for side, row in ((self.a, i), (self.b, j)) if side.placed[row]]
            if shapes:
                where[n] = shapely.multipoints(shapely.point_on_surface(shapes))
        return where


RULE = DuplicateProjects()
