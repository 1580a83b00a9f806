"""Partner text to values: times, numbers, codes. What cannot be read is reported, never guessed."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from layers.kinds.common import words
from layers.model import Code, Floats, Objects
from layers.volume import NAT, Times, to_column

_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})|(\d{4})(\d\d)(\d\d)|(\d{1,2})\.(\d{1,2})\.(\d{4})")
_TIME = re.compile(
    r"[T\s]+(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|UTC|[+-]\d\d:?(?:\d\d)?)?", re.IGNORECASE
)
_HALF_DAY = re.compile(r"(.*\D)(\d{1,2})((?::\d\d){1,2})\s*([AP])\.?M\.?", re.IGNORECASE)
_SLASHED = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d\d)(?!\d)")
_NAMED = re.compile(
    r"(\d{1,2})[\s.-]*([^\W\d_]{3,})[\s.,-]+(\d{4}|\d\d)(?!\d)|([^\W\d_]{3,})\.?\s+(\d{1,2}),?\s+(\d{4})"
)
_DTG = re.compile(r"(\d\d)(\d\d)(\d\d)\s*([A-IK-Z])\s*([A-Z]{3})\s*(\d{4}|\d\d)", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_WORDS = (
    ("jan", "ene", "янв", "січ", "يناير", "كانون الثاني"),
    ("feb", "fev", "fév", "фев", "лют", "فبراير", "شباط"),
    ("mar", "бер", "мар", "مارس", "آذار"),
    ("apr", "avr", "abr", "апр", "кві", "أبريل", "نيسان"),
    ("may", "mai", "мая", "май", "тра", "مايو", "أيار"),
    ("jun", "juin", "июн", "юни", "чер", "يونيو", "حزيران"),
    ("jul", "juil", "июл", "юли", "лип", "يوليو", "تموز"),
    ("aug", "aou", "aoû", "ago", "авг", "сер", "أغسطس", "آب"),
    ("sep", "сен", "сеп", "вер", "سبتمبر", "أيلول"),
    ("oct", "окт", "жов", "أكتوبر"),
    ("nov", "ноя", "ное", "лис", "نوفمبر"),
    ("dec", "déc", "dic", "дек", "гру", "ديسمبر"),
)
_NUMBERS = {int, float, type(None)}
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


def text_of(value: Any) -> str:
    """Return a partner's value as text; a whole number stored as a real one loses its ".0"."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()


def texts(values: Collection[Any]) -> list[str]:
    """Return a column of partner's values as text."""
    if set(map(type, values)) == {str}:
        return list(map(str.strip, values))
    return [v.strip() if type(v) is str else text_of(v) for v in values]


def parse_time(text: str, zone: ZoneInfo, *, is_end: bool, day_first: bool | None = None) -> datetime | None:
    """Read a date, a date with a time, or a military date-time group; None when it is none of them.

    A date alone is the whole local day: its first instant, or for an end the next midnight. A time without an
    offset is local; one that clocks show twice or never is taken outward.

    Parameters
    ----------
    day_first : bool, optional
        How 03/04/2026 is meant: True = 3 April, False = 4 March, None = not known, and then not guessed.

    Returns
    -------
    datetime or None
        Aware, in UTC.
    """
    try:
        return _group_time(text) or _calendar_time(text, zone, is_end, day_first)
    except (ValueError, OverflowError):
        return None


def day_order(texts: Iterable[str]) -> tuple[bool | None, str]:
    """Tell from dates such as 25/04/2026 whether a column writes the day first, and from which of them.

    None where no value shows it, or where values contradict each other.
    """
    proofs: dict[bool, str] = {}
    for text in texts:
        found = _SLASHED.match(text)
        if found is not None and (int(found[1]) > 12) != (int(found[3]) > 12):
            proofs.setdefault(int(found[1]) > 12, text)
    return next(iter(proofs.items())) if len(proofs) == 1 else (None, "")


def is_ambiguous(text: str) -> bool:
    """Tell a date whose day and month could be exchanged, such as 03/04/2026."""
    found = _SLASHED.match(text)
    return found is not None and int(found[1]) != int(found[3]) and max(int(found[1]), int(found[3])) <= 12


def _group_time(text: str) -> datetime | None:
    """Read DDHHMM, zone letter, month, year, such as 141200ZFEB26."""
    found = _DTG.fullmatch(text)
    if found is None or found[5].lower() not in _MONTHS:
        return None
    year = int(found[6]) + (2000 if len(found[6]) == 2 else 0)
    local = datetime(
        year, _MONTHS.index(found[5].lower()) + 1, int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC
    )
    return local - timedelta(hours=_zone_hours(found[4].upper()))


def _zone_hours(letter: str) -> int:
    """Return the offset of a military zone letter: A to M (without J) go east, N to Y west, Z is UTC."""
    if letter == "Z":
        return 0
    east = "ABCDEFGHIKLM"
    return east.index(letter) + 1 if letter in east else -("NOPQRSTUVWXY".index(letter) + 1)


def _day(text: str, day_first: bool | None) -> tuple[date, str] | None:
    """Read the date at the beginning of a text; returns it and the rest of the text."""
    if found := _DATE.match(text):
        parts = [int(part) for part in found.groups() if part]
        year, month, day = reversed(parts) if found[7] else parts
        return date(year, month, day), text[found.end() :]
    if found := _SLASHED.match(text):
        first, second = int(found[1]), int(found[3])
        if day_first is None and is_ambiguous(text):
            return None
        first_is_day = first > 12 if max(first, second) > 12 else bool(day_first)
        month, day = (second, first) if first_is_day else (first, second)
        return date(_year(found[4]), month, day), text[found.end() :]
    if found := _NAMED.match(text):
        number, word, year_text = (
            (found[1], found[2], found[3]) if found[1] else (found[5], found[4], found[6])
        )
        month = next((n for n, known in enumerate(_MONTH_WORDS, 1) if word.casefold().startswith(known)), 0)
        return (date(_year(year_text), month, int(number)), text[found.end() :]) if month else None
    return None


def _year(text: str) -> int:
    """Return a year; one of two figures lies in 1970 to 2069."""
    return int(text) if len(text) == 4 else int(text) + (2000 if int(text) < 70 else 1900)


def _calendar_time(text: str, zone: ZoneInfo, is_end: bool, day_first: bool | None) -> datetime | None:
    found = _day(text, day_first)
    if found is None:
        return None
    day, rest = found
    if half := _HALF_DAY.fullmatch(rest):
        hour = int(half[2]) % 12 + (12 if half[4].upper() == "P" else 0)
        rest = f"{half[1]}{hour}{half[3]}"
    if not rest:
        whole = day + timedelta(days=1) if is_end else day
        return datetime.combine(whole, time(), zone).astimezone(UTC)
    clock = _TIME.fullmatch(rest)
    if clock is None:
        return None
    micro = int((clock[4] or "0").ljust(6, "0")[:6])
    moment = datetime.combine(day, time(), _offset(clock[5]) or zone)
    # Added to midnight, so that 24:00 is the end of the day.
    hours = timedelta(
        hours=int(clock[1]), minutes=int(clock[2]), seconds=int(clock[3] or 0), microseconds=micro
    )
    if hours > timedelta(hours=24) or int(clock[2]) > 59 or int(clock[3] or 0) > 60:
        return None
    local = moment + hours
    # Where clocks change, a time comes twice or never: the earlier for a start, the later for an end.
    outward = max if is_end else min
    return outward(local.astimezone(UTC), local.replace(fold=1).astimezone(UTC))


def _offset(text: str | None) -> timezone | None:
    if not text:
        return None
    if text.upper() in ("Z", "UTC"):
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    delta = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-delta if text[0] == "-" else delta)


def times(
    values: Objects, zone: ZoneInfo, *, is_end: bool, day_first: bool | None = None
) -> tuple[Times, NDArray[np.bool_]]:
    """Read a column of times; return it (UTC, NaT where open) and a mask of what could not be read."""
    known: dict[str, np.datetime64 | None] = {"": NAT}
    result = np.full(len(values), NAT, dtype="datetime64[us]")
    unread = np.zeros(len(values), dtype=bool)
    for i, value in enumerate(values.tolist()):
        text = text_of(value)
        if text not in known:
            moment = parse_time(text, zone, is_end=is_end, day_first=day_first)
            known[text] = None if moment is None else to_column(moment)
        found = known[text]
        if found is None:
            unread[i] = True
        else:
            result[i] = found
    return result, unread


_UNITS = {"m": {"m": 1.0, "km": 1000.0}, "km/h": {"km/h": 1.0, "kmh": 1.0}}
"""By the unit of a field, the units that may stand behind a number, and how many of the former each is."""
_AND_UNIT = re.compile(r"(.*\d)\s*([a-z/]+)\.?", re.IGNORECASE)
_BLANK = re.compile(r"(?<!\d{4})(?<=\d)[ \u00a0\u202f\u2009'’](?=\d{3}(?!\d))")
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}(?:(?:\1\d{3})+(?:(?!\1)[.,]\d*)?|(?!\1)[.,]\d*)")
"""Only to be read with its first mark between thousands: 1,000,000 or 1.000,5."""
_TWO_WAYS = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}")
"""Half of the world writes two and a half thousand as 2.500, the other half as 2,500."""
_DECIMAL = re.compile(r"[.,](?=\d)")
_A_NUMBER = re.compile(r"(?<![\w.,])\d[\d.,]*\s*(?:[^\W\d_][\w/]*)?")


def numbers(
    values: Iterable[Any], unit: str = "", *, is_whole: bool = False
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """Read a column of numbers, with a decimal point or comma, marks between thousands, and a unit behind.

    What 1,500 means is shown by the other values of the column; a whole number (`is_whole`) has no decimals.
    Where nothing shows it, it is not guessed.

    Returns
    -------
    numbers, unread, in_two_ways
        In `unit`, NaN where empty or not read; marks of what is no number, and of what may be either of two.
    """
    values = list(values)
    if set(map(type, values)) <= _NUMBERS:
        nowhere = np.zeros(len(values), dtype=bool)
        return np.array(values, dtype=np.float64), nowhere, nowhere.copy()  # None becomes NaN
    texts = ["" if isinstance(value, int | float) else text_of(value) for value in values]
    parts = {text: _without_unit(text, unit) for text in set(texts)}
    thousands, decimal = _marks({plain for plain, _ in parts.values()})
    read: dict[str, float] = {}
    unread: set[str] = set()
    two_ways: set[str] = set()
    for text, (written, factor) in parts.items():
        plain = _without_marks(written, thousands | {".", ","} if is_whole else thousands, decimal)
        if plain is None:
            two_ways.add(text)
        elif plain and _NUMBER.fullmatch(plain) is None:
            unread.add(text)
        read[text] = float(plain.replace(",", ".")) * factor if plain and text not in unread else np.nan
    column = [
        float(value) if isinstance(value, int | float) else read[text]
        for value, text in zip(values, texts, strict=True)
    ]
    return (
        np.array(column, dtype=np.float64),
        np.array([text in unread for text in texts], dtype=bool),
        np.array([text in two_ways for text in texts], dtype=bool),
    )


def largest(text: str, unit: str = "") -> float:
    """Return the largest number that a text may mean, such as "about 500 m" or "1,500"; NaN if none.

    Nothing is read before a word that is no unit of the field: "2 miles" are not 2 m.
    """
    found = _A_NUMBER.findall(_BLANK.sub("", text))
    read, _, _ = numbers([part.rstrip(" .,") for part in found], unit, is_whole=True)
    return float(np.fmax.reduce(read, initial=np.nan))


def _without_unit(text: str, unit: str) -> tuple[str, float]:
    """Return a number as written without blanks between thousands and unit, and what to multiply it with."""
    text = _BLANK.sub("", text)
    found = _AND_UNIT.fullmatch(text)
    factor = _UNITS.get(unit, {}).get(found[2].lower()) if found else None
    return (found[1], factor) if found and factor else (text, 1.0)


def _without_marks(text: str, thousands: set[str], decimal: set[str]) -> str | None:
    """Return a number as written without its marks between thousands; None if it may be either of two."""
    grouped, either = _GROUPED.fullmatch(text), _TWO_WAYS.fullmatch(text)
    if grouped is not None:
        return text.replace(grouped[1], "")
    if either is None or either[1] in decimal - thousands:
        return text
    return text.replace(either[1], "") if either[1] in thousands else None


def _marks(texts: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return which marks a column has between thousands, and which before decimals, where values show it.

    A mark that values show as both is neither.
    """
    thousands: set[str] = set()
    decimal: set[str] = set()
    for text in texts:
        grouped = _GROUPED.fullmatch(text)
        if grouped is not None:
            thousands.add(grouped[1])
            decimal.update({*_DECIMAL.findall(text)} - {grouped[1]})
        elif _TWO_WAYS.fullmatch(text) is None and _NUMBER.fullmatch(text) is not None:
            decimal.update(_DECIMAL.findall(text))
    if len(decimal) == 2:
        return set(), set()
    if decimal:
        thousands |= {".", ","} - decimal
    return thousands - decimal, decimal - thousands


@lru_cache(maxsize=100_000)
def folded(text: str) -> str:
    """Return text for comparison: case, accents, underscores, hyphens and repeated blanks do not count."""
    plain = text.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(plain.replace("_", " ").replace("-", " ").replace("\u2019", "'").split())


_NOTHING = frozenset(
    words(
        "n/a, n.a., n.a, na, none, nil, null, nan, unknown, not known, not available, not applicable, "
        "not stated, tbc, tbd, to be confirmed, to be determined, inconnu, non disponible, desconocido, "
        "no disponible, unbekannt, неизвестно, нет данных, невідомо, немає даних, غير معروف, لا يوجد, "
        "غير متوفر"
    )
)


def says_nothing(text: str) -> bool:
    """Tell whether a text only fills a cell: no letter or figure, or words such as N/A, unknown or TBC."""
    return text.casefold() in _NOTHING or not any(map(str.isalnum, text))


@lru_cache(maxsize=64)
def _known_words(codes: tuple[Code, ...]) -> Mapping[str, str]:
    """Return the code of each word and phrase; the first code wins."""
    known: dict[str, str] = {}
    for code in codes:
        for text in (code.id, code.label, *code.synonyms):
            known.setdefault(folded(text), code.id)
    return known


def match_code(value: str, codes: Sequence[Code]) -> str | None:
    """Return the code whose id, label or synonym is this very word or phrase (or its plural), or None."""
    known = _known_words(tuple(codes))
    word = folded(value)
    return known.get(word) or (known.get(word[:-1]) if len(word) > 4 and word.endswith("s") else None)


def resembling_code(value: str, codes: Sequence[Code]) -> Code | None:
    """Return the code one of whose words occurs in the value: to propose, never to apply."""
    text_words = f" {folded(value)} "
    best: tuple[int, Code] | None = None
    for code in codes:
        for text in (code.id, code.label, *code.synonyms):
            known = folded(text)
            if len(known) > 3 and f" {known} " in text_words and (best is None or len(known) > best[0]):
                best = (len(known), code)
    return best[1] if best else None
