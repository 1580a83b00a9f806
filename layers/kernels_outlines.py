"""Outlines: the vertices of a column of shapes in flat arrays, with boxes over runs of edges.

Every part (a point, a line, a ring) is a run of vertices. Over its edges stands a small tree: leaves of up
to 8 edges that follow each other, nodes of up to 8 leaves, and so on. It needs no sorting, because edges
that follow each other lie near each other. The nodes of a part are stored in pre-order: after a node come
its children, and `node_skip` leads past them, so that walking needs no stack.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from layers.kernels import kernel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

POINT, LINE, SHELL, HOLE = 0, 1, 2, 3
LEAF_EDGES = 8
_FANOUT = 8


class Outlines(NamedTuple):
    """A column of shapes as arrays.

    Attributes
    ----------
    xy : (vertices, 2) longitude/latitude; the interior lies left of every ring
    part_first, part_kind : first vertex of each part (one more at the end), and what it is
    row_first : first part of each row (one more at the end); holes follow their shell
    part_box, row_box : envelopes, (n, 4) west, south, east, north
    node_first : first node of each part (one more at the end); a point has none
    node_box, node_begin, node_end, node_skip : envelope, first and last vertex, node after the subtree
    """

    xy: Floats
    part_first: Integers
    part_kind: Integers
    row_first: Integers
    part_box: Floats
    row_box: Floats
    node_first: Integers
    node_box: Floats
    node_begin: Integers
    node_end: Integers
    node_skip: Integers


@kernel
def count_nodes(part_first: Integers, part_kind: Integers) -> Integers:
    """Return the first node of each part, and their number at the end."""
    first = np.zeros(len(part_kind) + 1, np.int64)
    for part in range(len(part_kind)):
        count = 0
        if part_kind[part] != POINT:
            level = (part_first[part + 1] - part_first[part] - 2) // LEAF_EDGES + 1
            count = level
            while level > 1:
                level = (level - 1) // _FANOUT + 1
                count += level
        first[part + 1] = first[part] + count
    return first


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
def build_nodes(
    xy: Floats,
    part_first: Integers,
    part_kind: Integers,
    row_first: Integers,
    node_first: Integers,
) -> tuple[Floats, Floats, Floats, Integers, Integers, Integers]:
    """Return the envelopes of parts and rows, and the columns of the nodes."""
    parts, nodes = len(part_kind), node_first[-1]
    part_box, row_box = np.empty((parts, 4)), np.empty((len(row_first) - 1, 4))
    box = np.empty((nodes, 4))
    begins, ends, skip = np.empty(nodes, np.int64), np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    opened = np.empty(24, np.int64)  # the node now open at each level
    for part in range(parts):
        _empty_box(part_box[part])
        if part_kind[part] == POINT:
            _grow_box(part_box[part], xy[part_first[part], 0], xy[part_first[part], 1])
            continue
        first, last = part_first[part], part_first[part + 1] - 1
        leaves = (last - first - 1) // LEAF_EDGES + 1
        height, span = 0, 1
        while span < leaves:
            height, span = height + 1, span * _FANOUT
        node = node_first[part]
        for leaf in range(leaves):
            start, width = node, span
            for level in range(height, 0, -1):
                if leaf % width == 0:
                    if leaf > 0:
                        skip[opened[level]] = start
                    opened[level] = node
                    begins[node] = first + leaf * LEAF_EDGES
                    ends[node] = min(begins[node] + width * LEAF_EDGES, last)
                    _empty_box(box[node])
                    node += 1
                width //= _FANOUT
            begins[node] = first + leaf * LEAF_EDGES
            ends[node] = min(begins[node] + LEAF_EDGES, last)
            skip[node] = node + 1
            _empty_box(box[node])
            for v in range(begins[node], ends[node] + 1):
                _grow_box(box[node], xy[v, 0], xy[v, 1])
            for level in range(1, height + 1):
                _join_box(box[opened[level]], box[node])
            _join_box(part_box[part], box[node])
            node += 1
        for level in range(1, height + 1):
            skip[opened[level]] = node
    for row in range(len(row_first) - 1):
        _empty_box(row_box[row])
        for part in range(row_first[row], row_first[row + 1]):
            _join_box(row_box[row], part_box[part])
    return part_box, row_box, box, begins, ends, skip


@kernel
def _empty_box(box: Floats) -> None:
    box[0], box[1], box[2], box[3] = np.inf, np.inf, -np.inf, -np.inf


@kernel
def _grow_box(box: Floats, x: float, y: float) -> None:
    box[0], box[1] = min(box[0], x), min(box[1], y)
    box[2], box[3] = max(box[2], x), max(box[3], y)


@kernel
def _join_box(box: Floats, other: Floats) -> None:
    box[0], box[1] = min(box[0], other[0]), min(box[1], other[1])
    box[2], box[3] = max(box[2], other[2]), max(box[3], other[3])


@kernel
def entry_boxes(outlines: Outlines) -> tuple[Floats, Integers]:
    """Return the boxes that an index holds, and the row of each: shells, points, and short runs of lines."""
    count = 0
    for part in range(len(outlines.part_kind)):
        if outlines.part_kind[part] == LINE:
            count += (outlines.part_first[part + 1] - outlines.part_first[part] - 2) // LEAF_EDGES + 1
        elif outlines.part_kind[part] != HOLE:
            count += 1
    boxes, rows = np.empty((count, 4)), np.empty(count, np.int64)
    n = 0
    for row in range(len(outlines.row_first) - 1):
        for part in range(outlines.row_first[row], outlines.row_first[row + 1]):
            if outlines.part_kind[part] == LINE:
                for node in range(outlines.node_first[part], outlines.node_first[part + 1]):
                    if outlines.node_skip[node] == node + 1:
                        boxes[n], rows[n] = outlines.node_box[node], row
                        n += 1
            elif outlines.part_kind[part] != HOLE:
                boxes[n], rows[n] = outlines.part_box[part], row
                n += 1
    return boxes[:n], rows[:n]
