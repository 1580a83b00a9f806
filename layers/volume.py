"""When and at what height a feature holds, and whether two features share an instant or a height."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.datetime64]
"""A column of `datetime64[us]` in UTC; NaT means an open end."""

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]
"""A column of `Overlap` values."""

NAT = np.datetime64("NaT", "us")
FAR_PAST = np.datetime64("0001-01-01", "us")
FAR_FUTURE = np.datetime64("9999-12-31", "us")
"""What stands for open ends where times are put in order."""
_FAR_PAST_US, _FAR_FUTURE_US = int(FAR_PAST.astype(np.int64)), int(FAR_FUTURE.astype(np.int64))
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_NOT_A_TIME = int(NAT.astype(np.int64))
_DATUMS = ["agl", "amsl", "ellipsoid"]


class Overlap(Enum):
    """Whether two volumes share anything; `UNKNOWN` is never treated as `NO`."""

    NO = 0
    YES = 1
    UNKNOWN = 2


def either_fails(first: Codes, second: Codes) -> Codes:
    """Join two answers that must both be yes: a no decides, else an unknown, else it is yes."""
    return np.asarray(_BOTH[first, second])


_BOTH = np.array([[0, 0, 0], [0, 1, 2], [0, 2, 2]], dtype=np.int8)
_BOTH.flags.writeable = False


class Outcome(StrEnum):
    """How a span of time lies to the moment that it is looked at from."""

    NOW = "now"
    FUTURE = "future"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open span of time, `[start, end)`, in aware UTC.

    A missing start means "already"; a missing end means "until further notice".
    """

    start: datetime | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        for moment in (self.start, self.end):
            if moment is not None and moment.tzinfo is None:
                raise ValueError("a window needs times with a time zone")

    @property
    def is_reversed(self) -> bool:
        """True when the end does not lie after the start, so nothing can be said of the window."""
        return self.start is not None and self.end is not None and self.end <= self.start

    def holds_at(self, moment: datetime) -> bool:
        """Tell whether `moment` lies inside the window."""
        return self.outcome(moment) is Outcome.NOW

    def outcome(self, moment: datetime) -> Outcome | None:
        """Tell whether it holds at `moment`, lies ahead, or is over; None where it is reversed."""
        if self.is_reversed:
            return None
        if self.start is not None and moment < self.start:
            return Outcome.FUTURE
        return Outcome.PAST if self.end is not None and self.end <= moment else Outcome.NOW


ALWAYS = Window()


def to_column(moment: datetime | None) -> np.datetime64:
    """Convert an aware time to a column value (UTC, microseconds); None becomes NaT."""
    if moment is None:
        return NAT
    if moment.tzinfo is None:
        raise ValueError("a time needs a time zone")
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")


def to_columns(moments: Sequence[datetime | None]) -> Times:
    """Convert many aware times to a column; ten times as fast as one by one."""
    numbers = (_NOT_A_TIME if at is None else (at - _EPOCH) // _MICROSECOND for at in moments)
    return np.fromiter(numbers, dtype=np.int64, count=len(moments)).view("datetime64[us]")


def from_column(value: np.datetime64) -> datetime | None:
    """Convert a column value to an aware UTC time; NaT becomes None."""
    if np.isnat(value):
        return None
    moment: datetime = value.astype("datetime64[us]").item()
    return moment.replace(tzinfo=UTC)


def outcomes_of(start: Times, end: Times, moment: datetime) -> Mapping[Outcome | None, int]:
    """Count windows by `Window.outcome` at a moment; None counts those that are reversed."""
    masks = by_outcome(start, end, moment)
    return {outcome: int(np.count_nonzero(mask)) for outcome, mask in masks.items()}


def by_outcome(start: Times, end: Times, moment: datetime) -> Mapping[Outcome | None, NDArray[np.bool_]]:
    """Mark windows by `Window.outcome` at a moment; None marks those that are reversed."""
    at = to_column(moment)
    is_reversed = reversed_windows(start, end)
    future = ~is_reversed & (start > at)
    past = ~is_reversed & ~future & (end <= at)
    now = ~(is_reversed | future | past)
    return {Outcome.NOW: now, Outcome.FUTURE: future, Outcome.PAST: past, None: is_reversed}


def closed(start: Times, end: Times) -> tuple[Times, Times]:
    """Return windows with the far past and the far future in the place of open ends."""
    return np.where(np.isnat(start), FAR_PAST, start), np.where(np.isnat(end), FAR_FUTURE, end)


def opened(start: Times, end: Times) -> tuple[Times, Times]:
    """Return windows with open ends again, as they were before `closed`."""
    return np.where(start == FAR_PAST, NAT, start), np.where(end == FAR_FUTURE, NAT, end)


def reversed_windows(start: Times, end: Times) -> NDArray[np.bool_]:
    """Mark windows whose end does not lie after their start (they cannot be evaluated)."""
    return np.asarray(end <= start)  # NaT compares False


def overlaps(
    a_from: Times, a_to: Times, b_from: Times, b_to: Times, slack_s: float = 0.0
) -> tuple[Codes, Times, Times]:
    """Compare windows pairwise, the first of each pair widened by `slack_s` seconds at both ends.

    Returns
    -------
    overlap : int8 array
        `Overlap` values. `UNKNOWN` where either window is reversed.
    start, end : datetime64[us] arrays
        The shared (widened) span; NaT where it is open, or where there is none.
    """
    from layers.kernels_times import shared_spans  # it loads numba

    windows = np.array([a_from, a_to, b_from, b_to], dtype="datetime64[us]").view(np.int64)
    code, shared = shared_spans(windows, _FAR_PAST_US, _FAR_FUTURE_US, round(slack_s * 1e6))
    start, end = shared.view("datetime64[us]")
    return code, start, end


@dataclass(frozen=True, eq=False, slots=True)
class Bands:
    """Columns of height bands: limits in metres (NaN = from the ground, or unlimited) above a datum.

    `datum` is "agl" (above ground), "amsl" (above mean sea level), "ellipsoid", or anything else for
    "not stated".
    """

    lower_m: Floats
    upper_m: Floats
    datum: NDArray[np.object_]

    def take(self, rows: NDArray[np.intp]) -> "Bands":
        """Return the bands of some rows."""
        return Bands(self.lower_m[rows], self.upper_m[rows], self.datum[rows])

    @property
    def is_everywhere(self) -> NDArray[np.bool_]:
        """Marks bands without limits: they share a height with everything."""
        return np.asarray(np.isnan(self.lower_m) & np.isnan(self.upper_m))


def heights_overlap(a: Bands, b: Bands) -> Codes:
    """Compare bands pairwise; limits count as part of a band.

    Returns
    -------
    int8 array
        `Overlap` values. Without terrain, bands with different datums cannot be compared: `UNKNOWN`, as
        with a datum that is not stated, and with a lower limit above the upper one. A band without limits
        shares a height with every other. So do, above whatever datums, two bands from the ground up, and two
        without an upper limit.
    """
    low_a, low_b = (np.where(np.isnan(side.lower_m), -np.inf, side.lower_m) for side in (a, b))
    high_a, high_b = (np.where(np.isnan(side.upper_m), np.inf, side.upper_m) for side in (a, b))
    shared = (low_a <= high_b) & (low_b <= high_a)
    result = shared.astype(np.int8)
    known = np.isin(a.datum, _DATUMS) & (a.datum == b.datum)
    result[~known | (low_a > high_a) | (low_b > high_b)] = Overlap.UNKNOWN.value
    odd = (low_a > high_a) | (low_b > high_b)
    from_ground = np.isnan(a.lower_m) & np.isnan(b.lower_m)
    unlimited = np.isnan(a.upper_m) & np.isnan(b.upper_m)
    result[(a.is_everywhere | b.is_everywhere | from_ground | unlimited) & ~odd] = Overlap.YES.value
    return result
