"""P-codes: codes of administrative areas in which a code begins with that of the area around it.

"SY070102" lies in "SY0701", which lies in "SY07". The lowest area of several is the longest code.
"""

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from layers.checks import Parameter
from layers.sides import Indices, Side, coded

Objects = NDArray[np.object_]

_SEPARATORS = re.compile(r"[\s;,|/>]+")
SHORTEST = Parameter("shortest_code", "Shortest P-code", 6.0, "characters", 2.0, 20.0, placeholder=True)
"""Of the codes that still name a place; shorter ones name provinces."""
_CODE = re.compile(r"(?=.{1,40}$)[A-Z]{2,3}[A-Z0-9]*[0-9][A-Z0-9]*")
"""What is longer is none: a code may lie in as many areas as it has characters, and each is looked up."""


@lru_cache(maxsize=200_000)
def lowest(text: str) -> str:
    """Return the lowest P-code in a text, without case, blanks, hyphens and dots; "" where there is none."""
    codes = [part.upper().replace("-", "").replace(".", "") for part in _SEPARATORS.split(text)]
    return max((code for code in codes if _CODE.fullmatch(code)), key=len, default="")


def lowest_codes(side: Side) -> Objects:
    """Return the lowest P-code of each feature; "" where it states none that can be read."""
    texts = side.texts("p_code")
    codes = np.full(len(texts), "", dtype=object)
    for row in np.flatnonzero(texts != ""):
        codes[row] = lowest(texts[row])
    return codes


def related(a: Objects, b: Objects) -> tuple[Indices, Indices]:
    """Return every pair of rows whose codes are the same, or of which one lies in the other."""
    rows_a, rows_b = _rows_by_code(a), _rows_by_code(b)
    pairs: list[tuple[Indices, Indices]] = []
    for code, rows in rows_a.items():
        pairs += [(rows, rows_b[outer]) for outer in _prefixes(code) if outer in rows_b]
    for code, rows in rows_b.items():
        pairs += [(rows_a[outer], rows) for outer in _prefixes(code)[:-1] if outer in rows_a]
    found = [(np.repeat(i, len(j)), np.tile(j, len(i))) for i, j in pairs]
    nothing = np.empty(0, dtype=np.intp)
    i = np.concatenate([nothing, *(pair[0] for pair in found)])
    j = np.concatenate([nothing, *(pair[1] for pair in found)])
    order = np.lexsort((j, i))
    return i[order], j[order]


def _rows_by_code(codes: Objects) -> dict[str, Indices]:
    present = np.flatnonzero(codes != "")
    unique, inverse = coded(codes[present])
    order = np.argsort(inverse, kind="stable")
    groups = np.split(present[order], np.cumsum(np.bincount(inverse, minlength=len(unique)))[:-1])
    return dict(zip(unique, groups, strict=True)) if unique else {}


def _prefixes(code: str) -> list[str]:
    """Return the codes of the areas that a code may lie in, and the code itself last."""
    return [code[:length] for length in range(3, len(code) + 1)]
