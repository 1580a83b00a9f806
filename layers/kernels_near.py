"""Every pair of two columns of shapes that lie within reach of each other."""

import numpy as np
from numpy.typing import NDArray

from layers.kernels import kernel
from layers.kernels_distance import cosine_within, nearest
from layers.kernels_meet import meet
from layers.kernels_outlines import HOLE, LINE, POINT, Outlines
from layers.kernels_tree import NODE, Tree

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_DEGREE_M = 110_574.0
_ROOM_DEG = 1e-9
MARGIN_M = 0.002
"""How far beyond its reach a pair is still returned, plus 1e-6 of the reach: geodesics decide."""


@kernel
def near_pairs(
    a: Outlines,
    rows: Integers,
    b: Outlines,
    tree: Tree,
    wanted: NDArray[np.bool_],
    reach_a: Floats,
    reach_b: Floats,
    most_b: Floats,
    seam: bool,
) -> tuple[Integers, Integers, Floats]:
    """Return the pairs of some rows of `a` and any of `b` whose distance is about within reach.

    Parameters
    ----------
    a, rows : Outlines, index array
        The shapes that ask, and which of them.
    b, tree, wanted : Outlines, Tree, mask
        The shapes asked, their index, and which of them count (empty: all).
    reach_a, reach_b : arrays
        Reach in metres by row, or one for all.
    most_b : array
        Largest reach below each node of the index, or one for all.
    seam : bool
        Whether to look across the antimeridian.

    Returns
    -------
    rows of a, rows of b : index arrays
        Each pair once, by the order of `rows`.
    found : (n, 5) array
        Metres (0: they meet; up to the reach and a margin), nearest place of `a` and of `b` (NaN: they meet).
    """
    size = max(256, len(rows))
    out_a, out_b, found = np.empty(size, np.int64), np.empty(size, np.int64), np.empty((size, 5))
    count = 0
    candidates = np.empty(64, np.int64)
    for row in rows:
        own = reach_a[row if len(reach_a) > 1 else 0]
        candidates, number = _candidates(a, row, own, tree, most_b, seam, candidates)
        for n in range(number):
            other = candidates[n]
            if (n > 0 and other == candidates[n - 1]) or (len(wanted) > 0 and not wanted[other]):
                continue
            reach = own + reach_b[other if len(reach_b) > 1 else 0]
            metres, ax, ay, bx, by = measure(a, row, b, other, reach, seam)
            if metres == 0:
                ax, ay = _point_of_pair(a, row, b, other)
                bx, by = ax, ay
            if metres > reach * (1 + 1e-6) + MARGIN_M:
                continue
            if count == size:
                size *= 2
                out_a, out_b = _longer(out_a, size), _longer(out_b, size)
                wider = np.empty((size, 5))
                wider[:count] = found
                found = wider
            out_a[count], out_b[count] = row, other
            found[count, 0] = metres
            found[count, 1], found[count, 2], found[count, 3], found[count, 4] = ax, ay, bx, by
            count += 1
    return out_a[:count], out_b[:count], found[:count]


@kernel
def _point_of_pair(a: Outlines, row_a: int, b: Outlines, row_b: int) -> tuple[float, float]:
    """Return the place of the shape that is a single point, NaN where neither is."""
    part = a.row_first[row_a]
    if a.row_first[row_a + 1] == part + 1 and a.part_kind[part] == POINT:
        v = a.part_first[part]
        return a.xy[v, 0], a.xy[v, 1]
    part = b.row_first[row_b]
    if b.row_first[row_b + 1] == part + 1 and b.part_kind[part] == POINT:
        v = b.part_first[part]
        return b.xy[v, 0], b.xy[v, 1]
    return np.nan, np.nan


@kernel
def _longer(column: Integers, size: int) -> Integers:
    wider = np.empty(size, np.int64)
    wider[: len(column)] = column
    return wider


@kernel
def measure(
    a: Outlines, row_a: int, b: Outlines, row_b: int, reach: float, seam: bool
) -> tuple[float, float, float, float, float]:
    """Return the distance of two shapes, and their nearest places; inf beyond the reach and a margin."""
    turns = 3 if seam else 1
    for n in range(turns):
        if meet(a, row_a, b, row_b, 360.0 * ((n + 1) % 3 - 1)):
            return 0.0, np.nan, np.nan, np.nan, np.nan
    limit = reach * (1 + 1e-6) + MARGIN_M
    best = (limit, np.nan, np.nan, np.nan, np.nan)
    if reach > 0:
        for n in range(turns):
            near = nearest(a, row_a, b, row_b, 360.0 * ((n + 1) % 3 - 1), best[0])
            if near[0] < best[0]:
                best = near
    if best[0] >= limit:
        return np.inf, np.nan, np.nan, np.nan, np.nan
    return best


@kernel
def _candidates(
    a: Outlines, row: int, own: float, tree: Tree, most_b: Floats, seam: bool, candidates: Integers
) -> tuple[Integers, int]:
    """Ask the index with every box of a row; return the rows found, in order (repeats stand together)."""
    number = 0
    for part in range(a.row_first[row], a.row_first[row + 1]):
        if a.part_kind[part] == LINE:
            for node in range(a.node_first[part], a.node_first[part + 1]):
                if a.node_skip[node] == node + 1:
                    candidates, number = _ask(a.node_box[node], own, tree, most_b, seam, candidates, number)
        elif a.part_kind[part] != HOLE:
            candidates, number = _ask(a.part_box[part], own, tree, most_b, seam, candidates, number)
    if number > 1:
        candidates[:number].sort()
    return candidates, number


@kernel
def _ask(
    box: Floats, own: float, tree: Tree, most_b: Floats, seam: bool, candidates: Integers, number: int
) -> tuple[Integers, int]:
    """Add the rows of the index whose boxes come within reach of a box."""
    top = len(tree.box) - 1
    if top < 0:
        return candidates, number
    widest = own + most_b[top if len(most_b) > 1 else 0]
    per_metre = 1 / (_DEGREE_M * max(cosine_within(max(abs(box[1]), abs(box[3])), widest), 1e-9))
    stack_node, stack_level = np.empty(NODE * 10, np.int64), np.empty(NODE * 10, np.int64)
    for n in range(3 if seam else 1):
        turn = 360.0 * ((n + 1) % 3 - 1)
        stack_node[0], stack_level[0] = top, len(tree.level) - 2
        depth = 1
        while depth > 0:
            depth -= 1
            node, level = stack_node[depth], stack_level[depth]
            reach = own + most_b[node if len(most_b) > 1 else 0]
            across, up = 0.0, 0.0
            if reach > 0:
                across, up = reach * per_metre + _ROOM_DEG, reach / _DEGREE_M + _ROOM_DEG
            other = tree.box[node]
            if other[0] > box[2] + turn + across or other[2] < box[0] + turn - across:
                continue
            if other[1] > box[3] + up or other[3] < box[1] - up:
                continue
            if level == 0:
                if number == len(candidates):
                    candidates = _longer(candidates, 2 * number)
                candidates[number] = tree.row[node]
                number += 1
                continue
            first = tree.level[level - 1] + (node - tree.level[level]) * NODE
            for child in range(first, min(first + NODE, tree.level[level])):
                stack_node[depth], stack_level[depth] = child, level - 1
                depth += 1
    return candidates, number
