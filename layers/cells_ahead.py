"""Cells that a commit will want, made by the child that read the file while its parent looks at the rows.

Shapes and attributes are stored as they were read, so how they are written is known before what they mean is.
Nobody waits for them: where they are not there, the parent makes them itself.
"""

import subprocess
import weakref
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.typing import NDArray

from layers.attribute_cells import attribute_cells
from layers.geopackage import to_blobs
from layers.packed import BREAK

if TYPE_CHECKING:
    from layers.reading import Imported
    from layers.reading_process import Child

CELLS = "cells.npy"
LARGEST_ANSWER = 128 << 20
"""Bytes of an answer beyond which none are made: the child would keep its memory for longer."""
_PATIENCE_S = 10.0
"""Longer than making cells of the largest answer takes."""


@dataclass(frozen=True, eq=False, slots=True)
class Cells:
    """What the workspace file keeps of rows' shapes (`to_blobs`) and attributes (`attribute_cells`)."""

    shapes: list[bytearray | None]
    attributes: list[str | None]

    def of(self, rows: NDArray[np.int64]) -> "Cells":
        """Return the cells of some rows."""
        if len(rows) == len(self.shapes):
            return self
        picked = rows.tolist()
        return Cells([self.shapes[i] for i in picked], [self.attributes[i] for i in picked])


def save_cells(imported: "Imported", folder: Path) -> None:
    """Write the cells of what was read; the file takes its name when all of it is there."""
    beside = folder / f"{CELLS}.new"
    texts = attribute_cells(imported.columns, len(imported))
    joined = BREAK.join("" if text is None else text for text in texts)
    with beside.open("wb") as file:
        shapes = [b"" if blob is None else blob for blob in to_blobs(imported.geometry)]
        np.save(file, np.fromiter(map(len, shapes), dtype=np.int64, count=len(shapes)))
        np.save(file, np.frombuffer(b"".join(shapes), dtype=np.uint8))
        np.save(file, np.frombuffer(joined.encode("utf-8"), dtype=np.uint8))
    beside.replace(folder / CELLS)


def load_cells(folder: Path) -> Cells:
    """Read what `save_cells` wrote; JSON holds no `BREAK`, so that it parts the rows."""
    with (folder / CELLS).open("rb") as file:
        ends = np.cumsum(_array(file)).tolist()
        joined = bytearray(_array(file))
        texts: list[str | None] = list(_array(file).tobytes().decode("utf-8").split(BREAK))
    shapes: list[bytearray | None] = [joined[a:b] or None for a, b in pairwise([0, *ends])]
    if "" in texts:
        texts = [text or None for text in texts]
    return Cells(shapes, texts if ends else [])


def _array(file: BinaryIO) -> NDArray[np.int64]:
    return np.asarray(np.load(file, allow_pickle=False))


class CellsAhead:
    """The cells of one file's rows, still being made; the child is ended with this object at the latest."""

    def __init__(self, child: "Child", rows: int) -> None:
        self._child = child
        self._rows = rows
        self._end = weakref.finalize(self, child.end)

    def take(self, rows: NDArray[np.int64]) -> Cells | None:
        """Wait until they are made and return those of some rows, once; None where there are none."""
        if not self._end.alive:
            return None
        try:
            self._child.process.wait(timeout=_PATIENCE_S)
            cells = load_cells(self._child.job)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return None
        finally:
            self._end()
        if not len(cells.shapes) == len(cells.attributes) == self._rows:
            return None
        return cells.of(rows)
