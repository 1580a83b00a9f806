"""Which sectors of relief a feature is about, and whether two are about the same."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from layers.conversion import match_code
from layers.kinds.common import SECTOR
from layers.model import Kind
from layers.name_lists import names_in
from layers.sides import Side
from layers.volume import Codes, Overlap

Sectors = NDArray[np.int64]
"""One bit for each sector; `UNREAD` beside them where a word is none that is known. 0 = not stated."""

_BITS = {code.id: 1 << number for number, code in enumerate(SECTOR.codes)}
UNREAD = 1 << len(_BITS)

_OF_CATEGORY = {"water": "wash", "education": "education", "health": "health"}
"""What the category of a project says where it states no sector."""


@lru_cache(maxsize=10_000)
def _bits(text: str) -> int:
    whole = match_code(text, SECTOR.codes)
    if whole is not None:
        return _BITS[whole]
    codes = [match_code(name, SECTOR.codes) for name in names_in(text)]
    return int(np.bitwise_or.reduce([UNREAD if code is None else _BITS[code] for code in codes] or [0]))


def sectors_of(side: Side) -> Sectors:
    """Return the sectors that each feature states, else the one that the category of a project implies."""
    stated, categories = side.texts("sector"), side.texts("category")
    if Kind.PROJECT in side.kinds:
        implied = np.array([_OF_CATEGORY.get(category, "") for category in categories], dtype=object)
        stated = np.where(stated == "", implied, stated)
    return np.array([_bits(text) for text in stated], dtype=np.int64)


def same_sector(a: Sectors, b: Sectors) -> Codes:
    """Tell pairwise whether two features share a sector; unknown where one states none that can be read."""
    unclear = (a == 0) | (b == 0) | ((a & UNREAD) > 0) | ((b & UNREAD) > 0)
    shared = (a & b & (UNREAD - 1)) > 0
    return np.where(shared, Overlap.YES.value, np.where(unclear, Overlap.UNKNOWN.value, 0)).astype(np.int8)


def sector_words(sectors: int) -> str:
    """Name sectors for a sentence."""
    labels = [code.label for code in SECTOR.codes if sectors & _BITS[code.id]]
    return ", ".join(labels).lower()
