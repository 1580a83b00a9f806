"""Whether two shapes share interior or boundary: exactly as stored, in longitude/latitude.

Every decision rests on `kernels.side`, which is exact. Functions that measure what is shared (`tie` 1 or -1)
look at a polygon moved by an infinitely small step, east by far more than north, or the other way round: then
no vertex lies on an edge, and no edge on another (Edelsbrunner and Mucke 1990).
"""

import numpy as np
from numpy.typing import NDArray

from layers.kernels import kernel, side
from layers.kernels_outlines import BEGIN, END, HOLE, KIND, POINT, ROOT, SHELL, SKIP, Outlines

Floats = NDArray[np.float64]


@kernel
def boxes_apart(a: Floats, i: int, b: Floats, j: int, turn: float) -> bool:
    """Tell whether two boxes, the second moved by `turn` degrees of longitude, share no point."""
    return bool(
        a[i, 0] > b[j, 2] + turn or a[i, 2] < b[j, 0] + turn or a[i, 1] > b[j, 3] or a[i, 3] < b[j, 1]
    )


@kernel
def locate(t: Outlines, row: int, x: float, y: float, tie: int) -> int:
    """Return 1 for a point inside a shape, 0 on it (its boundary, line or point), -1 outside.

    With `tie`, polygons count as moved by an infinitely small step, and the answer is never 0.
    """
    inside = False
    for part in range(t.row[row], t.row[row + 1]):
        kind, root = t.part[part, KIND], t.part[part, ROOT]
        if kind == SHELL:
            if inside:
                return 1
            inside = False
        if x < t.box[root, 0] or y < t.box[root, 1] or x > t.box[root, 2] or y > t.box[root, 3]:
            continue
        if kind < SHELL:
            if tie == 0 and (kind == POINT or _on_line(t, part, x, y)):
                return 0
            continue
        crossings = _crossings(t, part, x, y, tie)
        if crossings < 0:
            return 0
        if crossings == 1:
            inside = not inside
    return 1 if inside else -1


@kernel
def _on_line(t: Outlines, part: int, x: float, y: float) -> bool:
    """Tell whether a point lies on a line."""
    node, last = t.part[part, ROOT], t.part[part + 1, ROOT]
    while node < last:
        if x < t.box[node, 0] or y < t.box[node, 1] or x > t.box[node, 2] or y > t.box[node, 3]:
            node = t.node[node, SKIP]
            continue
        if t.node[node, SKIP] == node + 1:
            for v in range(t.node[node, BEGIN], t.node[node, END]):
                ax, ay, bx, by = t.xy[v, 0], t.xy[v, 1], t.xy[v + 1, 0], t.xy[v + 1, 1]
                within = min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by)
                if within and side(ax, ay, bx, by, x, y) == 0:
                    return True
        node += 1
    return False


@kernel
def _crossings(t: Outlines, part: int, x: float, y: float, tie: int) -> int:
    """Return whether a ray to the east crosses a ring an odd number of times (0, 1); -1 on the ring."""
    odd = 0
    node, last = t.part[part, ROOT], t.part[part + 1, ROOT]
    while node < last:
        if y < t.box[node, 1] or y > t.box[node, 3] or x > t.box[node, 2]:
            node = t.node[node, SKIP]
            continue
        begin, end = t.node[node, BEGIN], t.node[node, END]
        if x < t.box[node, 0]:  # all of it lies to the east: only its ends matter
            if _above(t.xy[begin, 1], y, tie) != _above(t.xy[end, 1], y, tie):
                odd = 1 - odd
            node = t.node[node, SKIP]
            continue
        if t.node[node, SKIP] == node + 1:
            for v in range(begin, end):
                crosses = _crosses_ray(t.xy[v, 0], t.xy[v, 1], t.xy[v + 1, 0], t.xy[v + 1, 1], x, y, tie)
                if crosses < 0:
                    return -1
                odd ^= crosses
        node += 1
    return odd


@kernel
def _above(vertex_y: float, y: float, tie: int) -> bool:
    return vertex_y > y or (tie > 0 and vertex_y == y)


@kernel
def _crosses_ray(ax: float, ay: float, bx: float, by: float, x: float, y: float, tie: int) -> int:
    """Return whether an edge crosses the ray from a point to the east; -1 when the point lies on it."""
    if _above(ay, y, tie) == _above(by, y, tie):
        if tie == 0 and ay == y and (ax == x or (by == y and min(ax, bx) <= x <= max(ax, bx))):
            return -1
        return 0
    if x < min(ax, bx):
        return 1
    if x > max(ax, bx):
        return 0
    turned = side(ax, ay, bx, by, x, y)
    if turned == 0:
        if tie == 0:
            return -1
        turned = tie if by > ay else -tie
    return 1 if (turned > 0) == (by > ay) else 0


@kernel
def meet(a: Outlines, row_a: int, b: Outlines, row_b: int, turn: float) -> bool:
    """Tell whether two shapes share interior or boundary; `b` is moved by `turn` degrees of longitude."""
    for i in range(a.row[row_a], a.row[row_a + 1]):
        if a.part[i, KIND] == POINT:
            continue  # as one of the parts that may lie in b
        for j in range(b.row[row_b], b.row[row_b + 1]):
            if b.part[j, KIND] != POINT and _parts_cross(a, i, b, j, turn):
                return True
    # No boundaries cross: what is inside is inside as a whole.
    return _has_part_in(a, row_a, b, row_b, turn) or _has_part_in(b, row_b, a, row_a, -turn)


@kernel
def _has_part_in(a: Outlines, row_a: int, b: Outlines, row_b: int, turn: float) -> bool:
    for i in range(a.row[row_a], a.row[row_a + 1]):
        if a.part[i, KIND] != HOLE:
            v = a.node[a.part[i, ROOT], BEGIN]
            if locate(b, row_b, a.xy[v, 0] - turn, a.xy[v, 1], 0) >= 0:
                return True
    return False


@kernel
def _parts_cross(a: Outlines, i: int, b: Outlines, j: int, turn: float) -> bool:
    """Tell whether two lines or rings share a point."""
    root = b.part[j, ROOT]
    one, last_one = a.part[i, ROOT], a.part[i + 1, ROOT]
    while one < last_one:
        if boxes_apart(a.box, one, b.box, root, turn):
            one = a.node[one, SKIP]
            continue
        if a.node[one, SKIP] == one + 1:
            other, last_other = root, b.part[j + 1, ROOT]
            while other < last_other:
                if boxes_apart(a.box, one, b.box, other, turn):
                    other = b.node[other, SKIP]
                    continue
                if b.node[other, SKIP] == other + 1 and _leaves_cross(a, one, b, other, turn):
                    return True
                other += 1
        one += 1
    return False


@kernel
def _leaves_cross(a: Outlines, one: int, b: Outlines, other: int, turn: float) -> bool:
    for v in range(a.node[one, BEGIN], a.node[one, END]):
        ax, ay, bx, by = a.xy[v, 0], a.xy[v, 1], a.xy[v + 1, 0], a.xy[v + 1, 1]
        west, east, south, north = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
        if west > b.box[other, 2] + turn or east < b.box[other, 0] + turn:
            continue
        if south > b.box[other, 3] or north < b.box[other, 1]:
            continue
        for w in range(b.node[other, BEGIN], b.node[other, END]):
            cx, cy, dx, dy = b.xy[w, 0] + turn, b.xy[w, 1], b.xy[w + 1, 0] + turn, b.xy[w + 1, 1]
            if min(cx, dx) > east or max(cx, dx) < west or min(cy, dy) > north or max(cy, dy) < south:
                continue
            if side(cx, cy, dx, dy, ax, ay) * side(cx, cy, dx, dy, bx, by) > 0:
                continue
            if side(ax, ay, bx, by, cx, cy) * side(ax, ay, bx, by, dx, dy) <= 0:
                return True
    return False
