"""The smallest change of time after which pairs no longer conflict."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from layers.progress import Progress, silent
from layers.sides import Side

MOST_S = 7 * 86_400
"""No change of time larger than a week is looked for."""
_RECURRING_STEP_S, _RECURRING_MOST_S = 900, 2 * 86_400
"""Active hours come back: quarters of an hour are tried, two days either way."""


@dataclass(frozen=True, eq=False)
class PairInTime:
    """A movement and what it conflicts with, as sides of one row; `moving` says which side moves."""

    conflict: Callable[[Side, Side], bool]
    sides: tuple[Side, Side]
    moving: int

    def conflicts(self, delay_s: int) -> bool:
        """Tell whether they conflict with the movement so many seconds later."""
        delay = np.timedelta64(delay_s, "s")
        side = self.sides[self.moving]
        later = side.with_columns(valid_from=side.valid_from + delay, valid_to=side.valid_to + delay)
        first, second = (later, self.sides[1]) if self.moving == 0 else (self.sides[0], later)
        return self.conflict(first, second)


def smallest_delay(
    pairs: Sequence[PairInTime], first_s: int, *, recurring: bool, progress: Progress = silent
) -> int | None:
    """Return the smallest change, in seconds (negative = earlier), at which no pair conflicts; None without.

    Where windows only begin and end, a conflict lasts over one run of delays, whose ends are found to the
    second. With `recurring` hours, quarters of an hour are tried as well. None before `first_s` is given.
    """
    candidates: set[int] = set()
    for pair in pairs:
        candidates |= {end for end in (_end(pair, 1), _end(pair, -1)) if end is not None}
    if recurring:
        candidates |= set(range(-_RECURRING_MOST_S, _RECURRING_MOST_S + 1, _RECURRING_STEP_S))
    ordered = sorted((delay for delay in candidates if delay >= first_s), key=abs)
    for number, delay in enumerate(ordered):
        progress(number, len(ordered), "Looking for another time")
        if not any(pair.conflicts(delay) for pair in pairs):
            return delay
    return None


def _end(pair: PairInTime, sign: int) -> int | None:
    """Return the first delay in one direction at which a pair no longer conflicts, by halving."""
    if pair.conflicts(sign * MOST_S):
        return None
    low, high = 0, MOST_S
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if pair.conflicts(sign * middle) else (low, middle)
    return sign * high
