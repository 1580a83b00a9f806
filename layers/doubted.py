"""A doubt about a row, and how many of one sort become one about the file."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from layers.model import FeatureTable, FieldMapping, Kind, Workspace
from layers.reading import Action, Problem

MOST_ROWS = 50
"""More doubts than this of one sort, in more than half of the rows, become one about the file."""


class Doubt(NamedTuple):
    """A doubt about row `i` of the table being imported; made in a third of the time of a dataclass."""

    i: int
    code: str
    what: str
    proposal: str
    fix: Mapping[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class Subjects:
    """What is looked at: the rows about to be kept, and what the workspace holds already.

    Attributes
    ----------
    workspace : Workspace
        As it will be without the layer that is being replaced.
    mapping : FieldMapping
        Which partner columns became names and ids, so that they are not taken for places.
    """

    workspace: Workspace
    kind: Kind
    table: FeatureTable
    mapping: FieldMapping

    def __len__(self) -> int:
        return len(self.table)


def gathered(doubts: Sequence[Doubt], rows: NDArray[np.int64]) -> list[Problem]:
    """Turn doubts into problems; what most rows of the file share is said once, about the file."""
    sorts = [(doubt.code, _sort(doubt.fix) if doubt.fix else "") for doubt in doubts]
    shared = {sort for sort, count in Counter(sorts).items() if count > max(MOST_ROWS, len(rows) // 2)}
    numbers = rows[[doubt.i for doubt in doubts]].tolist() if doubts else []
    problems, told = [], set()
    for doubt, sort, row in zip(doubts, sorts, numbers, strict=True):
        if sort not in shared:
            problems.append(Problem(row, Action.DOUBT, doubt.code, doubt.what, doubt.proposal, doubt.fix))
        elif sort not in told:
            told.add(sort)
            concerned = [d for d, other in zip(doubts, sorts, strict=True) if other == sort]
            problems.append(_about_file(concerned, rows))
    return problems


def _sort(fix: Mapping[str, Any]) -> str:
    """Tell fixes apart by what they do, not by the row they do it to."""
    return ",".join(f"{k}={v}" if k == "flip" else k for k, v in sorted(fix.items()))


def _about_file(doubts: Sequence[Doubt], rows: NDArray[np.int64]) -> Problem:
    first = doubts[0]
    what = f"{len(doubts):,} of {len(rows):,} rows. The first, row {rows[first.i]}: {first.what}"
    fix: dict[str, Any] | None = None
    if any(doubt.fix for doubt in doubts):
        fix = {"each": [{"row": int(rows[d.i]), **(d.fix or {})} for d in doubts]}
        if all(d.fix == first.fix for d in doubts):
            fix = {**(first.fix or {}), "rows": [int(rows[d.i]) for d in doubts]}
    return Problem(None, Action.DOUBT, first.code, what, first.proposal, fix)
