"""Columns in one block each: how a reader hands over 200,000 values without an object for every one.

A block is made where the file is parsed and written to the parent as it is; only there it becomes Python
values.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.model import Objects, read_only

BREAK = "\0"
"""Ends each text in a block."""
_LARGEST = 2**63 - 1


@dataclass(frozen=True, eq=False, slots=True)
class Packed:
    """A column of one type.

    Attributes
    ----------
    stated : bool array
        Which rows have a value; the others are None.
    data : array
        int64 or float64: a number for each row, 0 where there is none. uint8: texts in UTF-8, one after the
        other, each ended by `BREAK`; that of a row without a value is empty.
    """

    stated: NDArray[np.bool_]
    data: NDArray[Any]

    def __len__(self) -> int:
        return len(self.stated)

    def unpacked(self) -> Objects:
        """Return the Python values; raises ValueError where the block does not hold one for each row."""
        if self.data.dtype == np.uint8:
            values: list[Any] = self.data.tobytes().decode("utf-8").split(BREAK)
            values.pop()
        else:
            values = self.data.tolist()
        column = np.empty(len(self.stated), dtype=object)
        column[:] = values
        column[~self.stated] = None
        return np.asarray(read_only(column))


def packed(values: Sequence[Any]) -> Packed | None:
    """Pack a column of str, of int or of float, with None anywhere; None where it is mixed or too large."""
    kinds = set(map(type, values)) - {type(None)}
    stated = np.array([v is not None for v in values], dtype=bool)
    if kinds == {str}:
        return packed_text(BREAK.join(["" if v is None else v for v in values]) + BREAK, stated)
    if not kinds:
        return Packed(stated, np.zeros(len(stated), dtype=np.int64))
    if kinds == {int} and all(v is None or -_LARGEST <= v <= _LARGEST for v in values):
        return Packed(stated, np.array([v or 0 for v in values], dtype=np.int64))
    if kinds == {float}:
        return Packed(stated, np.array([0.0 if v is None else v for v in values], dtype=np.float64))
    return None


def packed_text(block: str, stated: NDArray[np.bool_]) -> Packed | None:
    """Pack texts that are joined, each ended by `BREAK`; None where one holds it, or half a character."""
    if block.count(BREAK) != len(stated):
        return None
    try:
        return Packed(stated, np.frombuffer(block.encode("utf-8"), dtype=np.uint8))
    except UnicodeEncodeError:
        return None


class Columns(Mapping[str, Objects]):
    """Columns by name, packed or not; a packed one becomes Python values when somebody looks at it."""

    def __init__(self, columns: Mapping[str, Packed | Objects]) -> None:
        self.packed = dict(columns)
        self._values: dict[str, Objects] = {}

    def __getitem__(self, name: str) -> Objects:
        if name not in self._values:
            column = self.packed[name]
            self._values[name] = column.unpacked() if isinstance(column, Packed) else column
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.packed)

    def __len__(self) -> int:
        return len(self.packed)
