"""Hours that come back: "Mo-Fr 22:00-06:00" in the local time of the operation.

The notation is the plain part of the `opening_hours` syntax of OpenStreetMap: days, then spans of hours;
groups are separated by semicolons. A span that ends at or before its start runs into the next day.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SPAN = re.compile(r"(\d{1,2})[:.h]?(\d{2})\s*(?:-|–|to)\s*(\d{1,2})[:.h]?(\d{2})", re.IGNORECASE)
_ALWAYS = frozenset({"24/7", "always", "continuous", "daily", "h24"})
HOW_TO_WRITE = "Write them like Mo-Fr 22:00-06:00."
"""What to do about hours that cannot be read."""
_WEEK_MIN = 7 * 1440
_TURNS = (-_WEEK_MIN, 0, _WEEK_MIN)
"""What runs from Sunday into Monday opens the week, too; with slack, what begins on Monday closes it."""
_HORIZON = timedelta(days=16)
"""How far ahead a shared time is looked for: weekly patterns repeat within a week, even as clocks change."""

_AROUND = timedelta(days=8)
"""How far hours that follow each other without a gap reach at most; else they leave no gap in the week."""
_CLOCK_CHANGE_MIN = 60

_EARLIEST, _LATEST = datetime(3, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)
"""Between these the calendar leaves room to look around."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Spans of local hours on days of the week: `(day 0 to 6, minutes from, minutes to)`, `to` up to 2880."""

    spans: tuple[tuple[int, int, int], ...]

    @property
    def is_always(self) -> bool:
        """True where the spans leave no gap in the week."""
        return _fills_week(self.spans, 0.0)

    def is_always_with(self, slack: timedelta) -> bool:
        """Tell whether the spans, each widened by `slack` at both ends, leave no gap in the week."""
        return _fills_week(self.spans, slack.total_seconds() / 60.0)

    def between(
        self, start: datetime, end: datetime, zone: ZoneInfo, slack: timedelta = timedelta()
    ) -> Iterator[Span]:
        """Yield the spans, in aware UTC and order, that share an instant with `[start, end)`.

        Each is widened by `slack` at both ends.
        """
        day = (start - slack).astimezone(zone).date() - timedelta(days=2)
        last = (end + slack).astimezone(zone).date()
        while day <= last:
            for weekday, begin, finish in self.spans:
                if weekday == day.weekday():
                    span = min(_local(day, begin, zone)) - slack, max(_local(day, finish, zone)) + slack
                    if span[0] < end and span[1] > start and span[0] < span[1]:
                        yield span
            day += timedelta(days=1)


@lru_cache(maxsize=4096)
def _fills_week(spans: tuple[tuple[int, int, int], ...], slack_min: float) -> bool:
    reached = 0.0
    for begin, end in _three_weeks(spans, slack_min):
        if begin <= reached:
            reached = max(reached, end)
    return reached >= _WEEK_MIN


@lru_cache(maxsize=4096)
def _may_join(spans: tuple[tuple[int, int, int], ...], slack_min: float) -> bool:
    """Tell whether one span may begin before or when another ends, if only as clocks change."""
    weeks = _three_weeks(spans, slack_min)
    return any(begin - end <= _CLOCK_CHANGE_MIN for (_, end), (begin, _) in pairwise(weeks))


def _three_weeks(spans: tuple[tuple[int, int, int], ...], slack_min: float) -> list[tuple[float, float]]:
    """Return spans in order, in minutes after the beginning of the week in the middle."""
    return sorted(
        (day * 1440 + begin + turn - slack_min, day * 1440 + end + turn + slack_min)
        for day, begin, end in spans
        for turn in _TURNS
    )


@lru_cache(maxsize=16_384)
def _local(day: date, minutes: int, zone: ZoneInfo) -> Span:
    """Return the moments that a clock may mean so many minutes after midnight of a local day.

    They differ only where clocks change: an hour that comes twice, or never.
    """
    days, rest = divmod(minutes, 1440)
    local = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), tzinfo=zone)
    return local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)


@lru_cache(maxsize=4096)
def parse_hours(text: str) -> Recurrence | None:
    """Read active hours; None where they cannot be understood. Text that means "always" has every hour.

    Examples: "22:00-06:00", "Mo-Fr 22:00-06:00", "Sa,Su 08:00-12:00; We 14:00-16:00", "24/7". Days may also
    follow a span that stands alone: "22:00-06:00 Mo-Fr".
    """
    if text.strip().lower() in _ALWAYS:
        return Recurrence(tuple((day, 0, 1440) for day in range(7)))
    spans: list[tuple[int, int, int]] = []
    for group in filter(None, (part.strip() for part in text.split(";"))):
        hours = list(_SPAN.finditer(group))
        days = _days(group[: hours[0].start()].strip(" ,")) if hours else None
        left_over = _SPAN.sub("", group[hours[0].start() :]).strip(" ,") if hours else group
        if left_over and len(hours) == 1 and hours[0].start() == 0:
            days, left_over = _days(left_over), ""
        if not days or left_over:
            return None
        for found in hours:
            begin, finish = (int(found[i]) * 60 + int(found[i + 1]) for i in (1, 3))
            if max(begin, finish) > 1440 or int(found[2]) > 59 or int(found[4]) > 59:
                return None
            finish = finish if finish > begin else finish + 1440
            spans += [(day, begin, finish) for day in days]
    return Recurrence(tuple(sorted(set(spans)))) if spans else None


def hours_words(hours: Recurrence) -> str:
    """Say which hours they are, for a person: "Mon to Fri from 22:00 to 06:00 the next day"."""
    if hours.is_always:
        return "all the time"
    days: dict[tuple[int, int], list[int]] = {}
    for day, begin, finish in hours.spans:
        days.setdefault((begin, finish), []).append(day)
    return "; ".join(
        f"{_days_words(on)} from {_clock(begin)} to {_clock(finish)}" for (begin, finish), on in days.items()
    )


def _days_words(days: list[int]) -> str:
    """Name days of the week, given in order; a run that goes on after Sunday is one run."""
    if len(days) == 7:
        return "every day"
    first = next(day for day in days if (day - 1) % 7 not in days)
    runs: list[list[int]] = []
    for day in sorted(days, key=lambda day: (day - first) % 7):
        if runs and day == (runs[-1][-1] + 1) % 7:
            runs[-1].append(day)
        else:
            runs.append([day])
    names = [[_NAMES[day] for day in run] for run in runs]
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(run) for run in names)


def _clock(minutes: int) -> str:
    days, rest = divmod(minutes, 1440)
    if minutes == 1440:
        return "24:00"
    return f"{rest // 60:02}:{rest % 60:02}{' the next day' if days else ''}"


def _days(text: str) -> list[int] | None:
    """Return the days that a text such as "Mo-Fr,Su" names; all of them where it names none."""
    if not text or text.lower() in ("daily", "every day"):
        return list(range(7))
    days: list[int] = []
    for part in re.split(r"\s*,\s*|\s+and\s+", text):
        ends = [_day(end.strip()) for end in re.split(r"-|–|\bto\b", part)]
        numbers = [number for number in ends if number is not None]
        if len(numbers) != len(ends) or len(ends) > 2:
            return None
        first, last = numbers[0], numbers[-1]
        days += [day % 7 for day in range(first, last + 1 if last >= first else last + 8)]
    return days


def _day(text: str) -> int | None:
    """Return the day that a name or its beginning stands for (We, Weds., Wednesdays): no weekday is one."""
    word = text.lower().removesuffix(".")
    stems = {word, word.removesuffix("s")}
    for number, name in enumerate(_DAYS):
        if any(len(stem) > 1 and name.startswith(stem) for stem in stems):
            return number
    return None


@lru_cache(maxsize=65_536)  # many pairs share a zone, and so the question
def first_shared(
    start: datetime | None,
    end: datetime | None,
    hours: tuple[Recurrence, ...],
    zone: ZoneInfo,
    as_of: datetime,
    slack: tuple[timedelta, ...] = (),
) -> Span | None:
    """Return the first span within `[start, end)` in which all of `hours` hold; None where there is none.

    Where the span lasts beyond `as_of`, the first one that is not over by then is returned if there is one.
    `slack` widens the spans of each of `hours`.
    """
    as_of = min(max(as_of, _EARLIEST), _LATEST)
    begin, end = start, None if end is None or end > _LATEST else end
    if begin is None:  # already: the last weeks tell whether it ever was
        begin = max(as_of if end is None else min(as_of, end), _EARLIEST) - _HORIZON
    widened = tuple(zip(hours, slack or (timedelta(),) * len(hours), strict=True))
    if begin < as_of and (end is None or end > as_of):
        return _search(as_of, end, start, widened, zone) or _search(begin, end, start, widened, zone)
    return _search(begin, end, start, widened, zone)


def _search(
    begin: datetime,
    end: datetime | None,
    start: datetime | None,
    hours: tuple[tuple[Recurrence, timedelta], ...],
    zone: ZoneInfo,
) -> Span | None:
    begin = min(max(begin, _EARLIEST - _HORIZON), _LATEST)
    finish = begin + _HORIZON if end is None else min(end, begin + _HORIZON)
    # What holds already is not cut where the search begins: its hours began when they did.
    shared: list[Span] = [(begin - _HORIZON if start is None else start, end or finish + _HORIZON)]
    for recurrence, slack in hours:
        if recurrence.is_always_with(slack):
            continue
        spans = _spans(recurrence, begin, finish, zone, slack)
        shared = [
            (max(a[0], b[0]), min(a[1], b[1])) for a in shared for b in spans if a[0] < b[1] and b[0] < a[1]
        ]
    found = sorted(span for span in shared if span[0] < finish and span[1] > begin)
    return found[0] if found else None


def _spans(
    recurrence: Recurrence, begin: datetime, finish: datetime, zone: ZoneInfo, slack: timedelta
) -> list[Span]:
    """Return the spans that share an instant with `[begin, finish)`; those that touch are one, and whole."""
    if not _may_join(recurrence.spans, slack.total_seconds() / 60.0):
        return list(recurrence.between(begin, finish, zone, slack))
    joined: list[Span] = []
    for start, end in sorted(recurrence.between(begin - _AROUND, finish + _AROUND, zone, slack)):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined
