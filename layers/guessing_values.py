"""Guesses from what a column holds, for fields that no name or tag gave, where it leaves little doubt."""

import re
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from layers import conversion
from layers.conversion import folded, match_code, text_of
from layers.model import Code, FieldType, KindSpec, Objects
from layers.reading import Imported

TARGETS = ("source_id", "name", "category", "valid_from", "valid_to")

_SAMPLE = 2_000
_MOST_CODES = 60
_MOSTLY = 0.6
_NEARLY_ALL = 0.9
_CODED = re.compile(
    r"[^\W\d_]{1,8}[-_/. ]?\d[\w-]{0,20}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE
)
_P_CODE = re.compile(r"[A-Z]{2,3}\d{2,12}")
_CONTACT = re.compile(r"\+?[\d\s()./-]{7,20}|\S+@\S+\.\w{2,}")
_NOT_A_WINDOW = re.compile(r"updat|modif|creat|report|entry|edit|survey|birth|record|maj|обнов|созда|تحديث")
_UTC = ZoneInfo("UTC")


def by_values(
    imported: Imported, spec: KindSpec, chosen: Mapping[str, str], used: set[str]
) -> dict[str, str]:
    """Return a column for each field that is still without one and that some column clearly holds."""
    columns = _Columns(imported, used)
    found: dict[str, str] = {}

    def look(target: str, find: Callable[[], str | None]) -> None:
        column = None if target in chosen else find()
        if column is not None:
            found[target] = column
            columns.free.pop(column)

    look("category", lambda: columns.of_codes([c for c in spec.categories if c.id != "other"]))
    for item in spec.fields:
        if item.type is FieldType.CODE:
            look(item.name, lambda codes=item.codes: columns.of_codes(codes))  # type: ignore[misc]
    names = {item.name for item in spec.fields}
    if "contact" in names:
        look("contact", lambda: columns.matching(_CONTACT, _MOSTLY))
    if "p_code" in names:
        look("p_code", lambda: columns.matching(_P_CODE, _NEARLY_ALL, repeated=True))
    look("source_id", columns.of_ids)
    if not {"valid_from", "valid_to"} & set(chosen):
        pair = columns.windows()
        if pair is not None:
            found["valid_from"], found["valid_to"] = pair
            columns.free.pop(pair[0])
            columns.free.pop(pair[1])
    look("name", columns.of_names)
    return found


class _Columns:
    """The texts of the columns that nothing has taken yet."""

    def __init__(self, imported: Imported, used: set[str]) -> None:
        self._rows = len(imported.row)
        self._all = imported.columns
        self.free: dict[str, list[str]] = {
            name: [text for v in column[:_SAMPLE].tolist() if (text := text_of(v))]
            for name, column in imported.columns.items()
            if name not in used
        }

    def of_codes(self, codes: "list[Code] | tuple[Code, ...]") -> str | None:
        """Return the column whose few different words are mostly in a code list."""
        best: tuple[float, str] | None = None
        for name, texts in self.free.items():
            words = set(texts)
            if not 0 < len(words) <= _MOST_CODES or sum(map(len, words)) < 2 * len(words):
                continue
            share = sum(match_code(w, codes) is not None for w in words) / len(words)
            repeats = len(words) < len(texts) or len(texts) < 3
            if share >= _MOSTLY and repeats and not _yes_or_no(words) and (best is None or share > best[0]):
                best = (share, name)
        return best[1] if best else None

    def matching(self, pattern: re.Pattern[str], least: float, *, repeated: bool = False) -> str | None:
        """Return the column most of whose values have a form; plain numbers and dates are not enough."""
        for name, texts in self.free.items():
            fits = sum(pattern.fullmatch(text) is not None for text in texts)
            if not texts or fits < least * len(texts) or (repeated and len(set(texts)) == len(texts)):
                continue
            if not all(_is_quantity(text) for text in texts) and not _mostly_dates(texts):
                return name
        return None

    def of_ids(self) -> str | None:
        """Return the column that has another code in every row."""
        for name, texts in self.free.items():
            if len(texts) < 3 or len(set(texts)) < len(texts):
                continue
            fits = sum(_CODED.fullmatch(text) is not None for text in texts)
            if fits >= _NEARLY_ALL * len(texts) and self._is_unique(name):
                return name
        return None

    def _is_unique(self, name: str) -> bool:
        values = [text_of(v) for v in self._all[name].tolist()]
        return all(values) and len(set(values)) == len(values)

    def windows(self) -> tuple[str, str] | None:
        """Return the only two columns of dates, where the first is never later than the second."""
        dated = [name for name, texts in self.free.items() if texts and self._are_dates(name, texts)]
        if len(dated) != 2:
            return None
        a, b = (self._times(name) for name in dated)
        both = ~(np.isnat(a) | np.isnat(b))
        if not both.any():
            return None
        ahead = float((a[both] <= b[both]).mean())
        if ahead >= _NEARLY_ALL:
            return dated[0], dated[1]
        return (dated[1], dated[0]) if ahead <= 1 - _NEARLY_ALL else None

    def _are_dates(self, name: str, texts: list[str]) -> bool:
        return not _NOT_A_WINDOW.search(folded(name)) and _mostly_dates(texts)

    def _times(self, name: str) -> NDArray[np.datetime64]:
        column: Objects = self._all[name][:_SAMPLE]
        order, _ = conversion.day_order(self.free[name])
        return conversion.times(column, _UTC, is_end=False, day_first=order)[0]

    def of_names(self) -> str | None:
        """Return the column of words that differ most from row to row."""
        best: tuple[float, str] | None = None
        for name, texts in self.free.items():
            worded = sum(any(c.isalpha() for c in t) and 2 < len(t) <= 80 for t in texts)
            if not texts or worded < _NEARLY_ALL * len(texts) or len(texts) * 2 < min(self._rows, _SAMPLE):
                continue
            distinct = len(set(texts)) / len(texts)
            if distinct > 0.5 and (best is None or distinct > best[0]) and not self._are_dates(name, texts):
                best = (distinct, name)
        return best[1] if best else None


def _is_quantity(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).isdigit() and not text.startswith(("+", "00"))


def _mostly_dates(texts: list[str]) -> bool:
    if all(text.isdigit() for text in texts):
        return False
    order, _ = conversion.day_order(texts)
    read = [
        conversion.is_ambiguous(t)
        or conversion.parse_time(t, _UTC, is_end=False, day_first=order) is not None
        for t in texts[:200]
    ]
    return sum(read) >= _NEARLY_ALL * len(read)


def _yes_or_no(words: set[str]) -> bool:
    """Tell a column that answers a question: its words are in several code lists and belong to none."""
    return {folded(w) for w in words} <= {
        "yes",
        "no",
        "oui",
        "non",
        "si",
        "да",
        "нет",
        "так",
        "ні",
        "نعم",
        "لا",
    }
