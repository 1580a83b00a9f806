"""P-codes: codes of administrative areas in which a code begins with that of the area around it.

"SY070102" lies in "SY0701", which lies in "SY07". The lowest area of several that lie in each other is the
longest code; of several that do not, only what their codes have in common is known.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from layers.checks import Parameter
from layers.sides import Indices, Side, coded

Objects = NDArray[np.object_]

_SEPARATORS = re.compile(r"[\s;,|/>]+")
_LEAST = 3
"""Characters of the shortest code: a country alone is no place."""
SHORTEST = Parameter("shortest_code", "Shortest P-code", 6.0, "characters", 2.0, 20.0, placeholder=True)
"""Of the codes that still name a place; shorter ones name provinces."""
_CODE = re.compile(r"(?=.{1,40}$)[A-Z]{2,3}[A-Z0-9]*[0-9][A-Z0-9]*")
"""What is longer is none: a code may lie in as many areas as it has characters, and each is looked up."""


@lru_cache(maxsize=200_000)
def lowest(text: str) -> str:
    """Return the lowest P-code in a text, without case, blanks, hyphens and dots; "" where there is none.

    Of several areas that do not lie in each other, it is what their codes have in common, 3 letters or more.
    """
    codes = _codes_in(text)
    if not is_several(text):
        return max(codes, key=len, default="")
    both = takewhile(lambda pair: pair[0] == pair[1], zip(min(codes), max(codes), strict=False))
    common = "".join(one for one, _ in both)
    return common if len(common) >= _LEAST else ""


def is_several(text: str) -> bool:
    """Tell whether a text holds the P-codes of areas that do not lie in each other."""
    codes = _codes_in(text)
    longest = max(codes, key=len, default="")
    return not all(longest.startswith(code) for code in codes)


@lru_cache(maxsize=200_000)
def _codes_in(text: str) -> Sequence[str]:
    codes = [part.upper().replace("-", "").replace(".", "") for part in _SEPARATORS.split(text)]
    return tuple(code for code in codes if _CODE.fullmatch(code))


def lowest_codes(side: Side) -> Objects:
    """Return the lowest P-code of each feature; "" where it states none that can be read."""
    texts = side.texts("p_code")
    codes = np.full(len(texts), "", dtype=object)
    for row in np.flatnonzero(texts != ""):
        codes[row] = lowest(texts[row])
    return codes


def several_codes(side: Side) -> NDArray[np.bool_]:
    """Mark the features that state areas that do not lie in each other."""
    texts = side.texts("p_code").tolist()
    return np.fromiter((text != "" and is_several(text) for text in texts), dtype=bool, count=len(texts))


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
    return [code[:length] for length in range(_LEAST, len(code) + 1)]
