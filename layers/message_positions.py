"""The one position in a message that says more: "GRID: 35T LG 8650 9750, report by 1800"."""

import re

from layers.angles import unreadable
from layers.coordinates import Position, parse_copied
from layers.errors import LayersError

_ANGLE = r"\d{1,3}\.\d{3,} ?[°º˚]?"
_MARKED = r"\d{1,3} ?[°º˚][^NSEW\n]{0,20}"
_BEFORE, _AFTER = r"(?<![\w.,+-])(?<!\d )(?<!\d, )", r"(?![.,]?\w| ?\d)"
"""No position begins or ends within a number, or beside one that may belong to it."""
_WRITTEN = tuple(
    re.compile(f"{_BEFORE}{pattern}{_AFTER}")
    for pattern in (
        r"\d{1,2} ?[C-HJ-NP-X] ?[A-HJ-NP-Z]{2} ?\d{2,5}(?: ?\d{2,5})?",
        r"\d{1,2} ?[C-HJ-NP-X] \d{6}(?:\.\d+)? \d{6,7}(?:\.\d+)?",
        rf"[+-]?{_ANGLE} ?[NS]? ?[,;/ ] ?[+-]?{_ANGLE}(?: ?[EW])?",
        rf"[NS] ?{_ANGLE}[,; ]{{0,2}}[EW] ?{_ANGLE}",
        rf"{_MARKED}[NS][,; ]{{0,3}}{_MARKED}[EW]",
    )
)
"""What nobody takes for something else in a sentence: MGRS, UTM, decimal degrees, degrees with marks."""


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
        found = _found(text)
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
            try:
                positions[match[0].strip()] = parse_copied(match[0])
            except LayersError:
                continue
    return positions
