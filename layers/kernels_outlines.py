"""Outlines: the vertices of a column of shapes in flat arrays, with boxes over runs of edges.

Every part (a point, a line, a ring) is a run of vertices. Over its edges stands a small tree: leaves of up
to 8 edges that follow each other, nodes of up to 8 leaves, and so on. It needs no sorting, because edges
that follow each other lie near each other. Nodes are stored in pre-order: after a node come its children,
and its skip leads past them, so that walking needs no stack. An index over shapes is the same tree over
boxes that lie along a Hilbert curve.

Few arrays, and no views of them: kernels hand them on by value, and each view is counted.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from layers.kernels import kernel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

POINT, LINE, SHELL, HOLE = 0, 1, 2, 3
KIND, ROOT = 0, 1
BEGIN, END, SKIP = 0, 1, 2
_RUN = 8


class Outlines(NamedTuple):
    """A column of shapes as arrays.

    Attributes
    ----------
    xy : (vertices, 2) longitude/latitude; the interior lies left of every ring
    row : first part of each row (one more at the end); holes follow their shell
    part : (parts + 1, 2) what each part is, and its first node, the root
    node : (nodes, 3) first vertex, last vertex, node after the subtree; a leaf is followed by it at once
    box : (nodes, 4) west, south, east, north
    """

    xy: Floats
    row: Integers
    part: Integers
    node: Integers
    box: Floats


class Tree(NamedTuple):
    """An index: nodes as in `Outlines`, over entries from first up to last; box and row of each entry."""

    node: Integers
    box: Floats
    entry: Floats
    row: Integers


@kernel
def turn_rings(xy: Floats, part_first: Integers, part_kind: Integers) -> None:
    """Reverse rings, in place, so that the interior of their polygon lies on the left."""
    for part in range(len(part_kind)):
        if part_kind[part] < SHELL:
            continue
        begin, end = part_first[part], part_first[part + 1] - 1
        doubled = 0.0
        for v in range(begin, end):
            doubled += (xy[v, 0] - xy[begin, 0]) * (xy[v + 1, 1] - xy[begin, 1])
            doubled -= (xy[v + 1, 0] - xy[begin, 0]) * (xy[v, 1] - xy[begin, 1])
        if (doubled < 0.0) == (part_kind[part] == SHELL):
            while begin < end:
                for k in range(2):
                    xy[begin, k], xy[end, k] = xy[end, k], xy[begin, k]
                begin, end = begin + 1, end - 1


@kernel
def _count_nodes(items: int) -> int:
    level = (items - 1) // _RUN + 1
    count = level
    while level > 1:
        level = (level - 1) // _RUN + 1
        count += level
    return count


@kernel
def _put_nodes(node: Integers, start: int, first: int, items: int) -> int:
    """Write the nodes over so many items (edges, entries) from the first on; return the node after them."""
    opened = np.empty(24, np.int64)  # the node now open at each level
    leaves = (items - 1) // _RUN + 1
    height, span = 0, 1
    while span < leaves:
        height, span = height + 1, span * _RUN
    for leaf in range(leaves):
        group, width = start, span
        for level in range(height, 0, -1):
            if leaf % width == 0:
                if leaf > 0:
                    node[opened[level], SKIP] = group
                opened[level] = start
                node[start, BEGIN] = first + leaf * _RUN
                node[start, END] = first + min((leaf + width) * _RUN, items)
                start += 1
            width //= _RUN
        node[start, BEGIN] = first + leaf * _RUN
        node[start, END] = first + min((leaf + 1) * _RUN, items)
        node[start, SKIP] = start + 1
        start += 1
    for level in range(1, height + 1):
        node[opened[level], SKIP] = start
    return start


@kernel
def _empty_box(box: Floats, i: int) -> None:
    box[i, 0], box[i, 1], box[i, 2], box[i, 3] = np.inf, np.inf, -np.inf, -np.inf


@kernel
def _join_box(box: Floats, i: int, west: float, south: float, east: float, north: float) -> None:
    box[i, 0], box[i, 1] = min(box[i, 0], west), min(box[i, 1], south)
    box[i, 2], box[i, 3] = max(box[i, 2], east), max(box[i, 3], north)


@kernel
def _join_children(node: Integers, box: Floats, i: int) -> None:
    child = i + 1
    while child < node[i, SKIP]:
        _join_box(box, i, box[child, 0], box[child, 1], box[child, 2], box[child, 3])
        child = node[child, SKIP]


@kernel
def build(xy: Floats, part_first: Integers, part_kind: Integers, row: Integers) -> Outlines:
    """Build the nodes over all parts. A point is a node of one vertex and no edge."""
    parts = len(part_kind)
    part = np.empty((parts + 1, 2), np.int64)
    count = 0
    for p in range(parts):
        part[p, KIND], part[p, ROOT] = part_kind[p], count
        edges = part_first[p + 1] - part_first[p] - 1
        count += 1 if edges == 0 else _count_nodes(edges)
    part[parts, KIND], part[parts, ROOT] = POINT, count
    node, box = np.empty((count, 3), np.int64), np.empty((count, 4))
    for p in range(parts):
        first, edges, root = part_first[p], part_first[p + 1] - part_first[p] - 1, part[p, ROOT]
        if edges == 0:
            node[root, BEGIN], node[root, END], node[root, SKIP] = first, first, root + 1
        else:
            _put_nodes(node, root, first, edges)
    for i in range(count - 1, -1, -1):
        _empty_box(box, i)
        if node[i, SKIP] > i + 1:
            _join_children(node, box, i)
            continue
        for v in range(node[i, BEGIN], node[i, END] + 1):
            _join_box(box, i, xy[v, 0], xy[v, 1], xy[v, 0], xy[v, 1])
    return Outlines(xy, row, part, node, box)


@kernel
def build_simple(xy: Floats, owner: Integers, types: NDArray[np.int32]) -> Outlines:
    """Build the outlines of points, lines and polygons without holes, of which each is one part.

    `owner` is the row of each vertex, in order; `types` are those of GEOS by row. Turns rings in place.
    """
    rows = len(types)
    first, kind, row = np.zeros(rows + 1, np.int64), np.empty(rows, np.int64), np.empty(rows + 1, np.int64)
    for v in range(len(owner)):
        first[owner[v] + 1] = v + 1
    for i in range(rows):
        row[i] = i
        kind[i] = SHELL if types[i] == 3 else POINT if first[i + 1] == first[i] + 1 else LINE
    row[rows] = rows
    turn_rings(xy, first, kind)
    return build(xy, first, kind, row)


@kernel
def entries(o: Outlines) -> tuple[Floats, Integers]:
    """Return the boxes that an index holds, and the row of each: points, shells, and short runs of lines."""
    boxes, rows = np.empty((len(o.node), 4)), np.empty(len(o.node), np.int64)
    count = 0
    for row in range(len(o.row) - 1):
        for p in range(o.row[row], o.row[row + 1]):
            if o.part[p, KIND] == HOLE:
                continue
            last = o.part[p + 1, ROOT] if o.part[p, KIND] == LINE else o.part[p, ROOT] + 1
            for node in range(o.part[p, ROOT], last):
                if o.part[p, KIND] != LINE or o.node[node, SKIP] == node + 1:
                    for k in range(4):
                        boxes[count, k] = o.box[node, k]
                    rows[count] = row
                    count += 1
    return boxes[:count], rows[:count]


@kernel
def plant(boxes: Floats, rows: Integers, order: Integers) -> Tree:
    """Build an index of boxes taken in this order."""
    size = len(order)
    entry, row = np.empty((size, 4)), np.empty(size, np.int64)
    for i in range(size):
        row[i] = rows[order[i]]
        for k in range(4):
            entry[i, k] = boxes[order[i], k]
    count = _count_nodes(size)
    node, box = np.empty((count, 3), np.int64), np.empty((count, 4))
    _put_nodes(node, 0, 0, size)
    for i in range(count - 1, -1, -1):
        _empty_box(box, i)
        if node[i, SKIP] > i + 1:
            _join_children(node, box, i)
            continue
        for e in range(node[i, BEGIN], node[i, END]):
            _join_box(box, i, entry[e, 0], entry[e, 1], entry[e, 2], entry[e, 3])
    return Tree(node, box, entry, row)


@kernel
def plant_as_kept(o: Outlines) -> Tree:
    """Build an index of a column of shapes in the order in which they are kept."""
    boxes, rows = entries(o)
    return plant(boxes, rows, np.arange(len(rows)))


@kernel
def highest(tree: Tree, reach: Floats) -> Floats:
    """Return the largest reach below every node of an index; `reach` is by row."""
    result = np.zeros(len(tree.node))
    for i in range(len(tree.node) - 1, -1, -1):
        if tree.node[i, SKIP] > i + 1:
            child = i + 1
            while child < tree.node[i, SKIP]:
                result[i] = max(result[i], result[child])
                child = tree.node[child, SKIP]
        else:
            for e in range(tree.node[i, BEGIN], tree.node[i, END]):
                result[i] = max(result[i], reach[tree.row[e]])
    return result


@kernel
def hilbert(boxes: Floats) -> NDArray[np.uint32]:
    """Return the place of each box's centre along a Hilbert curve of order 16 over all of them."""
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    for i in range(len(boxes)):
        west, south = min(west, boxes[i, 0] + boxes[i, 2]), min(south, boxes[i, 1] + boxes[i, 3])
        east, north = max(east, boxes[i, 0] + boxes[i, 2]), max(north, boxes[i, 1] + boxes[i, 3])
    across, up = 65535.0 / max(east - west, 1e-12), 65535.0 / max(north - south, 1e-12)
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
