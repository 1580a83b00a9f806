"""What must hold of a pair besides nearness: times and heights that it shares, and what a rule adds.

Each condition answers yes, no or unknown for every pair. A no makes the pair clear; an unknown makes it
*unknown*, with words that say why; it is never taken for a no.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from layers import volume
from layers.checks import Terms
from layers.recurrence import first_shared, parse_hours
from layers.sides import Indices, Side
from layers.volume import Codes, Overlap, Times, from_column, to_column

Objects = NDArray[np.object_]
Test = Callable[[Side, Indices, Side, Indices, Terms], Codes]

REVERSED = "Whether both hold at the same time is unknown: a window ends before it starts."
UNREADABLE = "Whether both hold at the same time is unknown: active hours cannot be read."
_WHY = np.array(["", "", REVERSED], dtype=object)  # by the value of `Overlap`
HEIGHTS = "Whether both are at the same height is unknown: their heights cannot be compared."


@dataclass(frozen=True)
class Condition:
    """One more thing to hold of a pair, and the words for when that cannot be told."""

    test: Test
    unknown: str


@dataclass(frozen=True, eq=False)
class Held:
    """What the conditions say of pairs: `Overlap` values, the shared span, and why where it is unknown."""

    code: Codes
    start: Times
    end: Times
    why: Objects

    def take(self, keep: Indices) -> "Held":
        """Return what is said of some of the pairs."""
        return Held(self.code[keep], self.start[keep], self.end[keep], self.why[keep])

    def put(self, rows: Indices, others: "Held") -> None:
        """Say something else of some of the pairs."""
        for column, other in zip(
            (self.code, self.start, self.end, self.why),
            (others.code, others.start, others.end, others.why),
            strict=True,
        ):
            column[rows] = other


def shared_heights(a: Side, i: Indices, b: Side, j: Indices, _: Terms) -> Codes:
    """Tell whether the height bands of pairs share a height."""
    return volume.heights_overlap(a.bands.take(i), b.bands.take(j))


_HEIGHT = (Condition(shared_heights, HEIGHTS),)


def height(a: Side, b: Side) -> tuple[Condition, ...]:
    """Return the condition that pairs share a height; none where nothing on either side states one."""
    for side in (a, b):
        if side.states("lower_m") or side.states("upper_m"):
            return _HEIGHT
    return ()


def shared_times(
    a: Side,
    i: Indices,
    b: Side,
    j: Indices,
    terms: Terms,
    *,
    slack_s: float = 0.0,
    windows: tuple[Times, Times] | None = None,
) -> Held:
    """Tell when the members of each pair hold together, active hours included.

    Parameters
    ----------
    a, i, b, j
        The pairs: rows of both sides.
    slack_s : float
        Widens the windows and the active hours of `a` at both ends.
    windows : (start, end), optional
        Windows of `a` for each pair, where they are narrower than those of the features.
    """
    start_a, end_a = windows if windows is not None else (a.valid_from[i], a.valid_to[i])
    code, start, end = volume.overlaps(start_a, end_a, b.valid_from[j], b.valid_to[j], slack_s)
    why = _WHY[code]
    if a.states("active_hours") or b.states("active_hours"):
        hours_a, hours_b = a.texts("active_hours"), b.texts("active_hours")
        slack = timedelta(seconds=slack_s)
        recurring = ((hours_a[i] != "") | (hours_b[j] != "")) & (code == Overlap.YES.value)
        for row in np.flatnonzero(recurring):
            texts = hours_a[i[row]], hours_b[j[row]]
            _narrow(int(row), texts, (slack, timedelta()), code, start, end, why, terms)
    return Held(code, start, end, why)


def _narrow(
    row: int,
    texts: tuple[str, str],
    slack: tuple[timedelta, timedelta],
    code: Codes,
    start: Times,
    end: Times,
    why: Objects,
    terms: Terms,
) -> None:
    """Narrow one shared span to the first time at which the active hours of both hold."""
    read = [(parse_hours(text), wide) for text, wide in zip(texts, slack, strict=True) if text]
    known = [(hours, wide) for hours, wide in read if hours is not None]
    if len(known) < len(read):
        code[row], why[row] = Overlap.UNKNOWN.value, UNREADABLE
        return
    known = [(hours, wide) for hours, wide in known if not hours.is_always_with(wide)]
    if not known:
        return
    hours, wide = zip(*known, strict=True)
    begins, ends = from_column(start[row]), from_column(end[row])
    found = first_shared(begins, ends, hours, terms.zone, terms.as_of, wide)
    if found is None:
        code[row] = Overlap.NO.value
        return
    start[row], end[row] = to_column(found[0]), to_column(found[1])


def joined(
    held: Held,
    conditions: tuple[Condition, ...],
    sides: tuple[Side, Side],
    pairs: tuple[Indices, Indices],
    terms: Terms,
) -> Held:
    """Add conditions to what is known of pairs: all must hold. Where one fails, no other is asked."""
    if not conditions:
        return held
    code, why = held.code.copy(), held.why.copy()
    (a, b), (i, j) = sides, pairs
    for condition in conditions:
        asked = np.flatnonzero(code != Overlap.NO.value)
        more = condition.test(a, i[asked], b, j[asked], terms)
        unknown = asked[more == Overlap.UNKNOWN.value]
        why[unknown[why[unknown] == ""]] = condition.unknown
        code[asked] = volume.either_fails(code[asked], more)
    return Held(code, held.start, held.end, why)
