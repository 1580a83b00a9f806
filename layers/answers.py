"""What rules answer, in columns: one row for everything that is not clear."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.findings import Verdict
from layers.sides import Indices, Side
from layers.volume import Times

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Answers:
    """What a rule says of the sides it compared: one row for every answer that is not clear.

    `a` and `b` are rows of the sides (`b` is None for a rule about single features). Numbers that do not
    apply are NaN.
    """

    side_a: Side
    side_b: Side | None
    a: Indices
    b: Indices | None
    verdict: Sequence[Verdict]
    distance_m: Floats
    required_m: Floats
    overlap_m2: Floats
    overlap_m: Floats
    start: Times
    end: Times
    places: Callable[[Indices], Objects]
    """Makes the geometry of some places, WGS 84 longitude/latitude; called only when someone looks."""
    describe: Callable[[Indices], Sequence[str]]
    """Makes the sentences of some answers, but for the window; called only when someone reads them."""
    raised: NDArray[np.bool_] | None = None
    """Marks answers that rank one step above the rule's severity; None where none do."""
    examined: int | None = None
    """How many features or pairs were looked at, where that is not what the sides say."""

    def take(self, rows: Indices) -> "Answers":
        """Return some of the answers, of the same comparison."""
        columns = ("a", "distance_m", "required_m", "overlap_m2", "overlap_m", "start", "end")
        return replace(
            self,
            **{name: getattr(self, name)[rows] for name in columns},
            b=None if self.b is None else self.b[rows],
            raised=None if self.raised is None else self.raised[rows],
            verdict=[self.verdict[int(i)] for i in rows],
            places=lambda some: self.places(rows[some]),
            describe=lambda some: self.describe(rows[some]),
        )


def no_answers(a: Side, b: Side | None) -> Answers:
    """Return that everything is clear."""
    nothing, never = np.empty(0), np.empty(0, "datetime64[us]")
    rows = np.empty(0, np.intp)
    other = None if b is None else rows
    return Answers(
        side_a=a,
        side_b=b,
        a=rows,
        b=other,
        verdict=[],
        distance_m=nothing,
        required_m=nothing,
        overlap_m2=nothing,
        overlap_m=nothing,
        start=never,
        end=never,
        places=lambda _: np.empty(0, object),
        describe=lambda _: [],
    )


def one_after_another(a: Side, b: Side | None, blocks: Sequence[tuple[int, Answers]]) -> Answers:
    """Return the answers about blocks of a side, each given with its first row, as answers about the side."""
    blocks = [(first, answers) for first, answers in blocks if len(answers.a)]
    if not blocks:
        return no_answers(a, b)
    parts = [answers for _, answers in blocks]
    ends = np.cumsum([len(part.a) for part in parts])

    def of_each(made: Callable[[Answers, Indices], Any], rows: Indices) -> Objects:
        result = np.empty(len(rows), dtype=object)
        block = np.searchsorted(ends, rows, side="right")
        for n in np.unique(block).tolist():
            here = np.flatnonzero(block == n)
            result[here] = made(parts[n], rows[here] - (ends[n] - len(parts[n].a)))
        return result

    def column(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts])

    return Answers(
        side_a=a,
        side_b=b,
        a=np.concatenate([first + answers.a for first, answers in blocks]),
        b=None if parts[0].b is None else column("b"),
        verdict=[verdict for part in parts for verdict in part.verdict],
        distance_m=column("distance_m"),
        required_m=column("required_m"),
        overlap_m2=column("overlap_m2"),
        overlap_m=column("overlap_m"),
        start=column("start"),
        end=column("end"),
        places=lambda rows: of_each(lambda part, some: part.places(some), rows),
        describe=lambda rows: of_each(lambda part, some: part.describe(some), rows).tolist(),
        raised=None if parts[0].raised is None else column("raised"),
    )
