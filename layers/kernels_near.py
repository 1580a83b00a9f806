"""Every pair of two columns of shapes that lie within reach of each other."""

import math

import numpy as np
from numpy.typing import NDArray

from layers.kernels import kernel
from layers.kernels_distance import cosine_within, geodesic_m, nearest
from layers.kernels_meet import locate, meet
from layers.kernels_outlines import BEGIN, END, HOLE, KIND, LINE, POINT, ROOT, SKIP, Outlines, Tree

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Found = tuple[float, float, float, float, float]

_DEGREE_M = 110_574.0
_ROOM_DEG = 1e-9
_NOTED_AT_ONCE = 4096  # pairs
_MARGIN_M = 0.002  # how far beyond its reach a pair is still returned, plus 1e-6 of it: geodesics decide


@kernel
def near_pairs(
    a: Outlines,
    rows: Integers,
    b: Outlines,
    tree: Tree,
    wanted: NDArray[np.bool_],
    seen: Integers,
    reach_a: Floats,
    reach_b: Floats,
    most_b: Floats,
    seam: bool,
    left: Integers,
) -> tuple[Integers, Floats]:
    """Return the pairs of some rows of `a` and any of `b` whose distance is within reach.

    Parameters
    ----------
    a, rows : Outlines, index array
        The shapes that ask, and which of them.
    b, tree, wanted : Outlines, Tree, mask
        The shapes asked, their index, and which of them count (empty: all).
    seen : array of zeros
        Room to note the rows of `b` already measured; empty where no pair can be found twice.
    reach_a, reach_b : arrays
        Reach in metres by row, or one for all.
    most_b : array
        Largest reach below each node of the index, or one for all.
    seam : bool
        Whether to look across the antimeridian.
    left : array of one
        How many more pairs are wanted: falls as they are found, by thousands, and looking ends below 0. Those
        that look at the same time share it; it may be higher than it should, never lower.

    Returns
    -------
    pairs : (n, 2) index array
        Rows of `a` and of `b`, each pair once, by the order of `rows`.
    found : (n, 5) array
        Metres (0: they meet), nearest place of `a` and of `b` (NaN: they meet, and neither is a point).
        None at all where `left` fell below 0.
    """
    pair, found = np.empty((max(64, len(rows)), 2), np.int64), np.empty((max(64, len(rows)), 5))
    count, noted = 0, 0
    turns = 3 if seam else 1
    for row in rows:
        own = reach_a[row if len(reach_a) > 1 else 0]
        box = -1
        while True:
            box = _next_box(a, row, box)
            if box < 0:
                break
            for n in range(turns):
                turn = 360.0 * ((n + 1) % 3 - 1)
                node, entry = _next_entry(tree, most_b, 0, -1, a.box, box, turn, own)
                while entry >= 0:
                    other = tree.row[entry]
                    if _is_new(other, row, wanted, seen):
                        reach = own + reach_b[other if len(reach_b) > 1 else 0]
                        metres = measure(a, row, b, other, reach, turns)
                        true = metres[0]
                        if 0.0 < true < np.inf:
                            true = geodesic_m(metres[1], metres[2], metres[3], metres[4])
                        if true <= reach:
                            if count - noted == _NOTED_AT_ONCE:
                                left[0] -= count - noted
                                if left[0] < 0:
                                    return pair[:0], found[:0]
                                noted = count
                            if count == len(pair):
                                pair, found = _longer(pair, found)
                            pair[count, 0], pair[count, 1] = row, other
                            found[count, 0] = true
                            for k in range(1, 5):
                                found[count, k] = metres[k]
                            count += 1
                    node, entry = _next_entry(tree, most_b, node, entry + 1, a.box, box, turn, own)
    return pair[:count], found[:count]


@kernel
def near_in_order(
    a: Outlines,
    rows: Integers,
    b: Outlines,
    tree: Tree,
    wanted: NDArray[np.bool_],
    seen: Integers,
    reach_a: Floats,
    reach_b: Floats,
    most_b: Floats,
    seam: bool,
    order_a: Integers,
    order_b: Integers,
    swapped: bool,
    left: Integers,
) -> tuple[Integers, Integers, Floats, Floats, Floats]:
    """Find pairs as `near_pairs` does, and return them as `in_order` does."""
    pair, found = near_pairs(a, rows, b, tree, wanted, seen, reach_a, reach_b, most_b, seam, left)
    return in_order(pair, found, order_a, order_b, swapped)


@kernel
def in_order(
    pair: Integers, found: Floats, order_a: Integers, order_b: Integers, swapped: bool
) -> tuple[Integers, Integers, Floats, Floats, Floats]:
    """Put pairs that were found in order, as rows of the columns.

    Parameters
    ----------
    pair, found
        As `near_pairs` returns them.
    order_a, order_b : index arrays
        Which row of the column each row of the outlines is.
    swapped : bool
        Whether b comes first in what is returned.

    Returns
    -------
    first, second : index arrays
        Rows, by the first, then by the second.
    metres : array
    from, to : (n, 2) arrays
        Nearest place of the first and of the second.
    """
    count = len(pair)
    own, other, width = (1, 0, len(order_a)) if swapped else (0, 1, len(order_b))
    rows, keys = np.empty((count, 2), np.int64), np.empty(count, np.int64)
    for n in range(count):
        i, j = order_a[pair[n, 0]], order_b[pair[n, 1]]
        rows[n, own], rows[n, other] = i, j
        keys[n] = rows[n, 0] * width + rows[n, 1]
    by = np.argsort(keys)
    first, second, metres = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count)
    from_, to = np.empty((count, 2)), np.empty((count, 2))
    begin, end = (3, 1) if swapped else (1, 3)
    for k in range(count):
        n = by[k]
        first[k], second[k], metres[k] = rows[n, 0], rows[n, 1], found[n, 0]
        from_[k, 0], from_[k, 1] = found[n, begin], found[n, begin + 1]
        to[k, 0], to[k, 1] = found[n, end], found[n, end + 1]
    return first, second, metres, from_, to


@kernel
def rows_near_boxes(tree: Tree, order: Integers, boxes: Floats, reach: float, seam: bool) -> Integers:
    """Return, in order, the rows of a column with a box within about reach (metres) of any of some boxes.

    `tree` is an index of its outlines, and `order` says which row of the column each of those is.
    """
    turns = 3 if seam else 1
    most = np.zeros(1)
    rows = np.empty(64, np.int64)
    count = 0
    for box in range(len(boxes)):
        for n in range(turns):
            turn = 360.0 * ((n + 1) % 3 - 1)
            node, entry = _next_entry(tree, most, 0, -1, boxes, box, turn, reach)
            while entry >= 0:
                if count == len(rows):
                    more = np.empty(2 * count, np.int64)
                    for i in range(count):
                        more[i] = rows[i]
                    rows = more
                rows[count] = order[tree.row[entry]]
                count += 1
                node, entry = _next_entry(tree, most, node, entry + 1, boxes, box, turn, reach)
    rows = np.sort(rows[:count])
    different = 0
    for i in range(count):
        if i == 0 or rows[i] != rows[i - 1]:
            rows[different] = rows[i]
            different += 1
    return rows[:different]


@kernel
def which_near_boxes(these: Floats, boxes: Floats, reach: float) -> Integers:
    """Return which boxes lie within about reach (metres) of any of some others, at any latitude."""
    is_near = np.zeros(len(these), np.bool_)
    for box in range(len(boxes)):
        up = reach / _DEGREE_M + _ROOM_DEG
        far = math.radians(min(max(abs(boxes[box, 1]), abs(boxes[box, 3])) + up, 90.0))
        across = min(reach / (_DEGREE_M * max(math.cos(far), 1e-9)), 360.0) + _ROOM_DEG
        south, north = boxes[box, 1] - up, boxes[box, 3] + up
        west, east = boxes[box, 0] - across, boxes[box, 2] + across
        for i in range(len(these)):
            if not (
                _outside(these, i, west, south, east, north)
                and _outside(these, i, west - 360.0, south, east - 360.0, north)
                and _outside(these, i, west + 360.0, south, east + 360.0, north)
            ):
                is_near[i] = True
    return np.flatnonzero(is_near)


@kernel
def _next_box(o: Outlines, row: int, box: int) -> int:
    """Return the next node of a row that asks the index: point, shell, leaf of a line; -1 at the end."""
    first, last = o.part[o.row[row], ROOT], o.part[o.row[row + 1], ROOT]
    box = first if box < 0 else box + 1
    part = o.row[row]
    while box < last:
        while o.part[part + 1, ROOT] <= box:
            part += 1
        if o.part[part, KIND] == LINE:
            if o.node[box, SKIP] == box + 1:
                return box
            box += 1
        elif o.part[part, KIND] != HOLE and box == o.part[part, ROOT]:
            return box
        else:
            box = o.part[part + 1, ROOT]
    return -1


@kernel
def _next_entry(
    tree: Tree, most: Floats, node: int, entry: int, boxes: Floats, box: int, turn: float, own: float
) -> tuple[int, int]:
    """Walk on through an index from a node (and entry) to the next entry within reach of a box.

    Returns its node and itself; entry -1 at the end. Boxes grow by the reach of the one who asks and the
    largest reach below the node.
    """
    highest = max(abs(boxes[box, 1]), abs(boxes[box, 3]))
    per_metre = 1 / (_DEGREE_M * cosine_within(highest, own + most[0]))
    while node < len(tree.node):
        reach = own + most[node if len(most) > 1 else 0]
        across, up = 0.0, 0.0
        if reach > 0:
            across, up = reach * per_metre + _ROOM_DEG, reach / _DEGREE_M + _ROOM_DEG
        west, east = boxes[box, 0] + turn - across, boxes[box, 2] + turn + across
        south, north = boxes[box, 1] - up, boxes[box, 3] + up
        if entry < 0:
            if _outside(tree.box, node, west, south, east, north):
                node = tree.node[node, SKIP]
                continue
            if tree.node[node, SKIP] > node + 1:
                node += 1
                continue
            entry = tree.node[node, BEGIN]
        while entry < tree.node[node, END]:
            if not _outside(tree.entry, entry, west, south, east, north):
                return node, entry
            entry += 1
        node, entry = node + 1, -1
    return node, -1


@kernel
def _outside(boxes: Floats, i: int, west: float, south: float, east: float, north: float) -> bool:
    return bool(boxes[i, 0] > east or boxes[i, 2] < west or boxes[i, 1] > north or boxes[i, 3] < south)


@kernel
def _is_new(other: int, row: int, wanted: NDArray[np.bool_], seen: Integers) -> bool:
    """Tell whether a pair counts and has not been measured; note that it has."""
    if len(wanted) > 0 and not wanted[other]:
        return False
    if len(seen) > 0:
        if seen[other] == row + 1:
            return False
        seen[other] = row + 1
    return True


@kernel
def _longer(pair: Integers, found: Floats) -> tuple[Integers, Floats]:
    more, wider = np.empty((2 * len(pair), 2), np.int64), np.empty((2 * len(pair), 5))
    for i in range(len(pair)):  # assigning slices would compile the text of an error about their shapes
        more[i, 0], more[i, 1] = pair[i, 0], pair[i, 1]
        for k in range(5):
            wider[i, k] = found[i, k]
    return more, wider


@kernel
def measure(a: Outlines, row_a: int, b: Outlines, row_b: int, reach: float, turns: int) -> Found:
    """Return the distance of two shapes, and their nearest places; inf beyond the reach and a margin.

    Of shapes that meet, the places are that of a point, or NaN where neither is one.
    """
    point_a, point_b = _point(a, row_a), _point(b, row_b)
    for n in range(turns):
        turn = 360.0 * ((n + 1) % 3 - 1)
        if point_a >= 0:
            x, y = a.xy[point_a, 0], a.xy[point_a, 1]
            if locate(b, row_b, x - turn, y, 0) >= 0:
                return 0.0, x, y, x, y
        elif point_b >= 0:
            x, y = b.xy[point_b, 0], b.xy[point_b, 1]
            if locate(a, row_a, x + turn, y, 0) >= 0:
                return 0.0, x, y, x, y
        elif meet(a, row_a, b, row_b, turn):
            return 0.0, np.nan, np.nan, np.nan, np.nan
    limit = reach * (1 + 1e-6) + _MARGIN_M
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
def _point(o: Outlines, row: int) -> int:
    """Return the vertex of a shape that is a single point, -1 for any other."""
    part = o.row[row]
    if o.row[row + 1] == part + 1 and o.part[part, KIND] == POINT:
        return int(o.node[o.part[part, ROOT], BEGIN])
    return -1
