"""An index of boxes: packed along a Hilbert curve, 16 boxes a node, one flat array.

The sorted boxes come first, then the nodes over them, level by level, the root last.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from layers.kernels import kernel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

NODE = 16
_CELLS = 65535.0


class Tree(NamedTuple):
    """Boxes (n, 4) of all levels, the row of each sorted entry, where each level begins (and the end)."""

    box: Floats
    row: Integers
    level: Integers


@kernel
def hilbert(boxes: Floats) -> NDArray[np.uint32]:
    """Return the place of each box's centre along a Hilbert curve of order 16 over all of them."""
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    for i in range(len(boxes)):
        west, south = min(west, boxes[i, 0] + boxes[i, 2]), min(south, boxes[i, 1] + boxes[i, 3])
        east, north = max(east, boxes[i, 0] + boxes[i, 2]), max(north, boxes[i, 1] + boxes[i, 3])
    across, up = _CELLS / max(east - west, 1e-12), _CELLS / max(north - south, 1e-12)
    codes = np.empty(len(boxes), np.uint32)
    for i in range(len(boxes)):
        x = np.int64((boxes[i, 0] + boxes[i, 2] - west) * across)
        y = np.int64((boxes[i, 1] + boxes[i, 3] - south) * up)
        code, step = 0, 32768
        while step > 0:
            right, upper = (x & step) > 0, (y & step) > 0
            code += step * step * ((3 if right else 0) ^ (1 if upper else 0))
            if not upper:
                if right:
                    x, y = 65535 - x, 65535 - y
                x, y = y, x
            step >>= 1
        codes[i] = np.uint32(code)
    return codes


@kernel
def pack(boxes: Floats, rows: Integers, order: Integers) -> Tree:
    """Build the index of boxes taken in this order."""
    levels = 1
    size = len(boxes)
    total = size
    while size > 1:
        size = (size + NODE - 1) // NODE
        total += size
        levels += 1
    level = np.zeros(levels + 1, np.int64)
    box, row = np.empty((total, 4)), np.empty(len(boxes), np.int64)
    for i in range(len(boxes)):
        box[i] = boxes[order[i]]
        row[i] = rows[order[i]]
    size, level[1] = len(boxes), len(boxes)
    for k in range(1, levels):
        below, size = level[k - 1], (size + NODE - 1) // NODE
        level[k + 1] = level[k] + size
        for i in range(size):
            first = below + i * NODE
            into = box[level[k] + i]
            into[:] = box[first]
            for child in range(first + 1, min(first + NODE, level[k])):
                into[0], into[1] = min(into[0], box[child, 0]), min(into[1], box[child, 1])
                into[2], into[3] = max(into[2], box[child, 2]), max(into[3], box[child, 3])
    return Tree(box, row, level)


@kernel
def highest(tree: Tree, reach: Floats) -> Floats:
    """Return the largest reach below every node of an index; `reach` is by row."""
    result = np.empty(len(tree.box))
    for i in range(len(tree.row)):
        result[i] = reach[tree.row[i]]
    for k in range(1, len(tree.level) - 1):
        for node in range(tree.level[k], tree.level[k + 1]):
            first = tree.level[k - 1] + (node - tree.level[k]) * NODE
            most = 0.0
            for child in range(first, min(first + NODE, tree.level[k])):
                most = max(most, result[child])
            result[node] = most
    return result
