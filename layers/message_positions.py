"""The one position in a message that says more: "GRID: 35T LG 8650 9750, report by 1800"."""

import re

from layers.angles import unreadable
from layers.coordinates import Position, parse_copied
from layers.errors import LayersError

_BLANKS = re.compile(r"[^\S\n]+")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_ANGLE = r"\d{1,3}\.\d{3,}(?: ?[°º˚])?"
_MARKED = r"\d{1,3} ?[°º˚][^NSEW\n]{0,20}"
_HALF_MGRS = re.compile(r"\d{1,2} ?[C-HJ-NP-X] ?[A-HJ-NP-Z]{2} ?\d{2,5}")
_DECIMAL = re.compile(rf"[+-]?{_ANGLE} ?[NS]? ?[,;/ ] ?[+-]?{_ANGLE}(?: ?[EW])?")
_WRITTEN = (
    re.compile(rf"{_HALF_MGRS.pattern}(?: ?\d{{2,5}})?"),
    re.compile(r"\d{1,2} ?[C-HJ-NP-X] \d{6}(?:\.\d+)? \d{6,7}(?:\.\d+)?"),
    _DECIMAL,
    re.compile(rf"[NS] ?{_ANGLE}[,; ]{{0,2}}[EW] ?{_ANGLE}"),
    re.compile(rf"{_MARKED}[NS][,; ]{{0,3}}{_MARKED}[EW]"),
)
"""What nobody takes for something else in a sentence: MGRS, UTM, decimal degrees, degrees with marks."""
_BEFORE, _AFTER = re.compile(r"(?:[\w.,+-]|\d,? )$"), re.compile(r"[.,]?\w| ?\d")
"""No position begins or ends within a number, or beside one that may belong to it."""
_NORTHING = re.compile(r"[\s,;:/-]*\d")
_SIGN = re.compile(r"(?:[+-] ?|\b(?:[NSEW]|north|south|east|west)[:=]? ?)$", re.IGNORECASE)
_MOST_BEFORE = len(" south: ")
_HALF_OF_EARTH = re.compile(r"[ ,(]*(?:[NSEW]|north|south|east|west)\b", re.IGNORECASE)


def position_in(text: str) -> tuple[Position, str]:
    """Read the position that a copied message is or holds; returns it with the words that it was read from.

    Raises
    ------
    LayersError
        When there is none, or more than one: which of them is meant is not guessed.
    """
    try:
        return parse_copied(text), text.strip()
    except LayersError as error:
        found = _found(_BLANKS.sub(" ", text).translate(_DASHES))
        if not found:
            raise
        if len(found) > 1:
            raise unreadable(
                f"There are several positions in it: {', '.join(list(found)[:3])}.", "Copy one of them."
            ) from error
    words, position = next(iter(found.items()))
    return position, words


def _found(text: str) -> dict[str, Position]:
    """Return the positions in a text by the words that they were read from."""
    positions = {}
    for pattern in _WRITTEN:
        for match in pattern.finditer(text):
            if not _stands_alone(match):
                continue
            try:
                positions[match[0].strip()] = parse_copied(match[0])
            except LayersError:
                continue
    return positions


def _stands_alone(match: re.Match[str]) -> bool:
    """Tell whether nothing beside what looks like a position may belong to it.

    "35T LG 8650" before "/ 9750" is not a square of 1 km, and "42.51, 23.52 West" lies west.
    """
    words, text, end = match[0], match.string, match.end()
    before = text[max(match.start() - _MOST_BEFORE, 0) : match.start()]
    if _BEFORE.search(before) or _AFTER.match(text, end):
        return False
    if _HALF_MGRS.fullmatch(words):
        return _NORTHING.match(text, end) is None
    if _DECIMAL.fullmatch(words) and words[-1] not in "EW":
        return not (_SIGN.search(before) or _HALF_OF_EARTH.match(text, end))
    return True
