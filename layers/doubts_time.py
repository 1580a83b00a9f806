"""The window of each row, and the doubts about it: unreadable, ambiguous, far off, or the wrong way round."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from layers import conversion
from layers.conversion import text_of
from layers.doubted import Doubt
from layers.model import Objects
from layers.volume import Times, from_column, reversed_windows

EARLIEST = np.datetime64("1990-01-01", "us")
"""No operation on record here is older; 1900 and 1970 are what empty cells turn into."""
DATE_CODES = frozenset({"unparsable_date", "ambiguous_date", "far_dates", "reversed_dates"})
AHEAD = timedelta(days=5 * 365.25)
_TARGETS = (("valid_from", "start"), ("valid_to", "end"))


@dataclass(frozen=True, eq=False)
class Windows:
    """Two time columns (UTC, NaT = open), the doubts about them, and what holds for the whole file."""

    start: Times
    end: Times
    doubts: list[Doubt]
    note: tuple[str, str] | None
    """What was decided about the order of day and month, and what to do if that is wrong."""


def read(start: Objects, end: Objects, zone: ZoneInfo, now: datetime) -> Windows:
    """Read the partner's starts and ends.

    03/04/2026 is read in the order that other dates of the two columns prove (25/04/2026), and that is said;
    where none proves it the end is left open, and both readings are offered.
    """
    texts = [[text_of(v) for v in column.tolist()] for column in (start, end)]
    # One order for both: nobody writes the start day first and the end month first.
    order, proof = conversion.day_order(text for column in texts for text in dict.fromkeys(column))
    columns, unread = [], []
    for values, is_end in ((start, False), (end, True)):
        column, bad = conversion.times(values, zone, is_end=is_end, day_first=order)
        columns.append(column)
        unread.append(bad)
    reader = _Reader(texts, zone)
    doubts = reader.unread(unread)
    far = _far(columns, now)
    doubts += [reader.far(int(i), columns, far, now) for i in np.flatnonzero(far.any(axis=0))]
    turned = reversed_windows(columns[0], columns[1]) & ~far.any(axis=0)
    doubts += [reader.turned(int(i), order) for i in np.flatnonzero(turned)]
    return Windows(columns[0], columns[1], doubts, _order_note(texts, order, proof))


def _order_note(texts: list[list[str]], order: bool | None, proof: str) -> tuple[str, str] | None:
    unclear = [t for column in texts for t in column if t and conversion.is_ambiguous(t)]
    if order is None or not unclear:
        return None
    words = "day first" if order else "month first"
    what = (
        f"Dates such as “{unclear[0]}” ({len(unclear):,}) were read {words}, because “{proof}” in the same "
        "file can only be read so."
    )
    return what, "If that is wrong, ask the partner for dates written year first."


def _far(columns: list[Times], now: datetime) -> NDArray[np.bool_]:
    latest = np.datetime64((now + AHEAD).astimezone(UTC).replace(tzinfo=None), "us")
    return np.array([(column < EARLIEST) | (column > latest) for column in columns])


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _spoken(moment: datetime | None, zone: ZoneInfo, *, is_end: bool = False) -> str:
    if moment is None:
        return "open"
    local = moment.astimezone(zone)
    if is_end and local.time() == datetime.min.time():
        local -= timedelta(seconds=1)  # the end of a whole day is the next midnight
    return f"{local.day} {local:%B %Y}"


class _Reader:
    """Reads single rows again, in other ways, for the proposals."""

    def __init__(self, texts: list[list[str]], zone: ZoneInfo) -> None:
        self._texts = texts
        self._zone = zone

    def _window(self, i: int, day_first: bool | None, *, turned: bool = False) -> list[datetime | None]:
        pair = [self._texts[1][i], self._texts[0][i]] if turned else [self._texts[0][i], self._texts[1][i]]
        return [
            conversion.parse_time(text, self._zone, is_end=is_end, day_first=day_first)
            for text, is_end in zip(pair, (False, True), strict=True)
        ]

    def unread(self, unread: list[NDArray[np.bool_]]) -> list[Doubt]:
        """Doubt ends that could not be read; a row with an ambiguous date is doubted once."""
        found: list[Doubt] = []
        told: set[int] = set()
        for (_, word), texts, bad in zip(_TARGETS, self._texts, unread, strict=True):
            for i in np.flatnonzero(bad).tolist():
                if conversion.is_ambiguous(texts[i]):
                    if i not in told:
                        found.append(self._ambiguous(i, word, texts[i]))
                    told.add(i)
                    continue
                what = f"The {word} “{texts[i][:60]}” is not a date that can be read; it is left open."
                found.append(Doubt(i, "unparsable_date", what, f"Enter the {word} in the feature's form."))
        return found

    def _ambiguous(self, i: int, word: str, text: str) -> Doubt:
        windows = {first: self._window(i, first) for first in (True, False)}
        at = 0 if word == "start" else 1
        day, month = (_spoken(windows[first][at], self._zone, is_end=bool(at)) for first in (True, False))
        what = f"The {word} “{text}” may be {day} or {month}; it is left open."
        likely = not (_turned(windows[True]) and not _turned(windows[False]))
        fix: dict[str, Any] = {
            "day_first": likely,
            "windows": {
                name: {"from": _iso(windows[first][0]), "to": _iso(windows[first][1])}
                for name, first in (("day_first", True), ("month_first", False))
            },
        }
        return Doubt(i, "ambiguous_date", what, f"Day first: {day}. Month first: {month}.", fix)

    def far(self, i: int, columns: list[Times], far: NDArray[np.bool_], now: datetime) -> Doubt:
        """Doubt a date far off; the year of the row's other date is the proposal where it fits."""
        window = [from_column(column[i]) for column in columns]
        at = 0 if far[0, i] else 1
        word = _TARGETS[at][1]
        what = f"The {word} is {_spoken(window[at], self._zone, is_end=bool(at))}, which is far off."
        other, moment = window[1 - at], window[at]
        if other is None or moment is None or far[1 - at, i]:
            return Doubt(i, "far_dates", what, "Ask the partner for the date.")
        for year in (other.year, other.year + (1 if at else -1)):
            mended = list(window)
            mended[at] = _in_year(moment, year)
            if mended[at] is not None and not _turned(mended):
                fix = {"window": {"from": _iso(mended[0]), "to": _iso(mended[1])}}
                meant = _spoken(mended[at], self._zone, is_end=bool(at))
                return Doubt(i, "far_dates", what, f"Perhaps {meant} is meant; ask the partner.", fix)
        return Doubt(i, "far_dates", what, "Ask the partner for the date.")

    def turned(self, i: int, order: bool | None) -> Doubt:
        """Doubt a window whose end lies before its start; to exchange them is the proposal."""
        what = "Its end lies before its start, so it cannot be compared in time."
        start, end = self._window(i, order, turned=True)
        if start is None or end is None or end <= start:
            return Doubt(i, "reversed_dates", what, "Ask the partner which is right.")
        words = f"{_spoken(start, self._zone)} to {_spoken(end, self._zone, is_end=True)}"
        fix = {"window": {"from": _iso(start), "to": _iso(end)}}
        return Doubt(i, "reversed_dates", what, f"Exchange them: {words}.", fix)


def _turned(window: list[datetime | None]) -> bool:
    start, end = window
    return start is not None and end is not None and end <= start


def _in_year(moment: datetime, year: int) -> datetime | None:
    try:
        return moment.replace(year=year)
    except ValueError:  # 29 February
        return None
