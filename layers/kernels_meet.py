"""Whether two shapes share interior or boundary: exactly as stored, in longitude/latitude.

Every decision rests on `kernels.side`, which is exact. Functions that measure what is shared (`tie` 1 or -1)
look at a polygon moved by an infinitely small step, east by far more than north, or the other way round: then
no vertex lies on an edge, and no edge on another (Edelsbrunner and Mucke 1990).
"""

import numpy as np
from numpy.typing import NDArray

from layers.kernels import kernel, side
from layers.kernels_outlines import HOLE, POINT, SHELL, Outlines

Floats = NDArray[np.float64]


@kernel
def apart(one: Floats, other: Floats, turn: float) -> bool:
    """Tell whether two boxes, the other moved by `turn` degrees of longitude, share no point."""
    return bool(
        one[0] > other[2] + turn or one[2] < other[0] + turn or one[1] > other[3] or one[3] < other[1]
    )


@kernel
def locate(t: Outlines, row: int, x: float, y: float, tie: int) -> int:
    """Return 1 for a point inside a shape, 0 on it (its boundary, line or point), -1 outside.

    With `tie`, polygons count as moved by an infinitely small step, and the answer is never 0.
    """
    inside = False
    for part in range(t.row_first[row], t.row_first[row + 1]):
        kind = t.part_kind[part]
        if kind == SHELL:
            if inside:
                return 1
            inside = False
        box = t.part_box[part]
        if y < box[1] or y > box[3] or x > box[2] or x < box[0]:
            continue
        if kind < SHELL:
            if tie == 0 and _on_line(t, part, x, y):
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
    """Tell whether a point is the point, or lies on the line, that a part is."""
    if t.part_kind[part] == POINT:
        v = t.part_first[part]
        return bool(t.xy[v, 0] == x and t.xy[v, 1] == y)
    node, last = t.node_first[part], t.node_first[part + 1]
    while node < last:
        box = t.node_box[node]
        if y < box[1] or y > box[3] or x > box[2] or x < box[0]:
            node = t.node_skip[node]
            continue
        if t.node_skip[node] == node + 1:
            for v in range(t.node_begin[node], t.node_end[node]):
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
    node, last = t.node_first[part], t.node_first[part + 1]
    while node < last:
        box = t.node_box[node]
        if y < box[1] or y > box[3] or x > box[2]:
            node = t.node_skip[node]
            continue
        begin, end = t.node_begin[node], t.node_end[node]
        if x < box[0]:  # all of it lies to the east: only its ends matter
            if _above(t.xy[begin, 1], y, tie) != _above(t.xy[end, 1], y, tie):
                odd = 1 - odd
            node = t.node_skip[node]
            continue
        if t.node_skip[node] == node + 1:
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
    if apart(a.row_box[row_a], b.row_box[row_b], turn):
        return False
    for i in range(a.row_first[row_a], a.row_first[row_a + 1]):
        if a.part_kind[i] == POINT:
            v = a.part_first[i]
            if locate(b, row_b, a.xy[v, 0] - turn, a.xy[v, 1], 0) >= 0:
                return True
        elif not apart(a.part_box[i], b.row_box[row_b], turn):
            for j in range(b.row_first[row_b], b.row_first[row_b + 1]):
                if b.part_kind[j] != POINT and _parts_cross(a, i, b, j, turn):
                    return True
    # No boundaries cross: what is inside is inside as a whole.
    return _has_part_in(a, row_a, b, row_b, turn) or _has_part_in(b, row_b, a, row_a, -turn)


@kernel
def _has_part_in(a: Outlines, row_a: int, b: Outlines, row_b: int, turn: float) -> bool:
    for i in range(a.row_first[row_a], a.row_first[row_a + 1]):
        if a.part_kind[i] != HOLE and not apart(a.part_box[i], b.row_box[row_b], turn):
            v = a.part_first[i]
            if locate(b, row_b, a.xy[v, 0] - turn, a.xy[v, 1], 0) >= 0:
                return True
    return False


@kernel
def _parts_cross(a: Outlines, i: int, b: Outlines, j: int, turn: float) -> bool:
    """Tell whether two lines or rings share a point."""
    if apart(a.part_box[i], b.part_box[j], turn):
        return False
    one, last_one = a.node_first[i], a.node_first[i + 1]
    while one < last_one:
        if apart(a.node_box[one], b.part_box[j], turn):
            one = a.node_skip[one]
            continue
        if a.node_skip[one] == one + 1:
            other, last_other = b.node_first[j], b.node_first[j + 1]
            while other < last_other:
                if apart(a.node_box[one], b.node_box[other], turn):
                    other = b.node_skip[other]
                    continue
                if b.node_skip[other] == other + 1 and _leaves_cross(a, one, b, other, turn):
                    return True
                other += 1
        one += 1
    return False


@kernel
def _leaves_cross(a: Outlines, one: int, b: Outlines, other: int, turn: float) -> bool:
    box = b.node_box[other]
    for v in range(a.node_begin[one], a.node_end[one]):
        ax, ay, bx, by = a.xy[v, 0], a.xy[v, 1], a.xy[v + 1, 0], a.xy[v + 1, 1]
        west, east, south, north = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
        if west > box[2] + turn or east < box[0] + turn or south > box[3] or north < box[1]:
            continue
        for w in range(b.node_begin[other], b.node_end[other]):
            cx, cy, dx, dy = b.xy[w, 0] + turn, b.xy[w, 1], b.xy[w + 1, 0] + turn, b.xy[w + 1, 1]
            if min(cx, dx) > east or max(cx, dx) < west or min(cy, dy) > north or max(cy, dy) < south:
                continue
            if side(cx, cy, dx, dy, ax, ay) * side(cx, cy, dx, dy, bx, by) > 0:
                continue
            if side(ax, ay, bx, by, cx, cy) * side(ax, ay, bx, by, dx, dy) <= 0:
                return True
    return False
