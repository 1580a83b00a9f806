"""Area and length that two shapes share, without constructing what they share.

The boundary of a shared area runs along the rings of both shapes and changes from one to the other where they
cross. With the area under a ring summed up from its first vertex to each other (`strips`), what runs inside
the other shape follows from the crossings alone: the whole ring if it starts inside, plus, for each
crossing, what comes after it if the ring enters there, minus that if it leaves. Lengths of lines likewise.

Exact where shapes touch, because areas do not change when one shape moves by an infinitely small step
(see `kernels_meet`). Lengths do, where a line runs along an edge: those are not answered here (NaN).
"""

import math

import numpy as np
from numpy.typing import NDArray

from layers.kernels import kernel, side
from layers.kernels_meet import apart, locate
from layers.kernels_outlines import LINE, SHELL, Outlines

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_A = 6_378_137.0
_ES = 0.0066943799901413165
_RAD = math.pi / 180.0
_NODE = 0.3872983346207417  # Gauss-Legendre, three nodes on -0.5..0.5
_OUTER, _MIDDLE = 5.0 / 18.0, 8.0 / 18.0
_STEP_DEG = 5.0  # longest difference of latitude integrated in one go (relative error below 1e-12)


@kernel
def strip(lat_deg: float) -> float:
    """Return the area between the equator and a latitude, in square metres per radian of longitude.

    The closed form (Snyder 1987, authalic latitude) as a series in the sine; the first term left out is
    below 1e-15 of the whole.
    """
    s = math.sin(lat_deg * _RAD)
    q = _ES * s * s
    series = 1 + q * (2 / 3 + q * (3 / 5 + q * (4 / 7 + q * (5 / 9 + q * (6 / 11 + q * 7 / 13)))))
    return _A * _A * (1 - _ES) * s * series


@kernel
def _under(ax: float, ay: float, bx: float, by: float, base: float) -> float:
    """Return minus the area between an edge and the parallel whose strip is `base`, in square metres."""
    pieces = int(abs(by - ay) / _STEP_DEG) + 1
    total = 0.0
    for k in range(pieces):
        middle = ay + (by - ay) * ((k + 0.5) / pieces)
        half = _NODE * (by - ay) / pieces
        total += _MIDDLE * strip(middle) + _OUTER * (strip(middle - half) + strip(middle + half))
    return (base - total / pieces) * (bx - ax) * _RAD


@kernel
def _metres(lat_deg: float, dx: float, dy: float) -> float:
    s = math.sin(lat_deg * _RAD)
    w2 = 1 - _ES * s * s
    across = _A / math.sqrt(w2) * _RAD
    return math.hypot(across * math.sqrt(1 - s * s) * dx, across * (1 - _ES) / w2 * dy)


@kernel
def _along(ax: float, ay: float, bx: float, by: float) -> float:
    """Return the length of an edge in metres on the ellipsoid."""
    dx, dy = bx - ax, by - ay
    pieces = int(abs(dy)) + 1
    total = 0.0
    for k in range(pieces):
        middle = ay + dy * ((k + 0.5) / pieces)
        half = _NODE * dy / pieces
        total += _MIDDLE * _metres(middle, dx, dy)
        total += _OUTER * (_metres(middle - half, dx, dy) + _metres(middle + half, dx, dy))
    return total / pieces


@kernel
def strips(o: Outlines) -> tuple[Floats, Floats]:
    """Sum up minus the area under each ring, above the middle parallel of its row, from the first vertex on.

    Returns the sums by vertex, and the strip of the middle parallel by row.
    """
    sums, base = np.zeros(len(o.xy)), np.empty(len(o.row_first) - 1)
    for row in range(len(base)):
        base[row] = strip((o.row_box[row, 1] + o.row_box[row, 3]) / 2)
        for part in range(o.row_first[row], o.row_first[row + 1]):
            if o.part_kind[part] >= SHELL:
                for v in range(o.part_first[part] + 1, o.part_first[part + 1]):
                    sums[v] = sums[v - 1] + _under(
                        o.xy[v - 1, 0], o.xy[v - 1, 1], o.xy[v, 0], o.xy[v, 1], base[row]
                    )
    return sums, base


@kernel
def lengths(o: Outlines) -> Floats:
    """Sum up the length of each line from its first vertex to every other, in metres."""
    sums = np.zeros(len(o.xy))
    for part in range(len(o.part_kind)):
        if o.part_kind[part] == LINE:
            for v in range(o.part_first[part] + 1, o.part_first[part + 1]):
                sums[v] = sums[v - 1] + _along(o.xy[v - 1, 0], o.xy[v - 1, 1], o.xy[v, 0], o.xy[v, 1])
    return sums


@kernel
def shared_areas(
    a: Outlines,
    sums_a: Floats,
    base_a: Floats,
    b: Outlines,
    sums_b: Floats,
    base_b: Floats,
    rows_a: Integers,
    rows_b: Integers,
) -> Floats:
    """Return the area in square metres that each pair of polygons shares."""
    result = np.zeros(len(rows_a))
    for n in range(len(rows_a)):
        row_a, row_b = rows_a[n], rows_b[n]
        for turn in (0.0, -360.0, 360.0):
            if apart(a.row_box[row_a], b.row_box[row_b], turn):
                continue
            base = base_a[row_a]
            lift = base - base_b[row_b]
            area = _whole_rings(a, sums_a, row_a, b, row_b, turn, -1) + _whole_rings(
                b, sums_b, row_b, a, row_a, -turn, 1
            )
            for i in range(a.row_first[row_a], a.row_first[row_a + 1]):
                for j in range(b.row_first[row_b], b.row_first[row_b + 1]):
                    area += _crossed_rings(a, sums_a, i, b, sums_b, j, turn, base, lift)
            result[n] += max(area, 0.0)
    return result


@kernel
def _whole_rings(
    a: Outlines, sums: Floats, row_a: int, b: Outlines, row_b: int, turn: float, tie: int
) -> float:
    """Return the area of the rings of `a` whose first vertex lies inside `b` (`tie`: how `a` is moved)."""
    area = 0.0
    for part in range(a.row_first[row_a], a.row_first[row_a + 1]):
        v = a.part_first[part]
        if locate(b, row_b, a.xy[v, 0] - turn, a.xy[v, 1], -tie) > 0:
            area += sums[a.part_first[part + 1] - 1]
    return area


@kernel
def _crossed_rings(
    a: Outlines,
    sums_a: Floats,
    i: int,
    b: Outlines,
    sums_b: Floats,
    j: int,
    turn: float,
    base: float,
    lift: float,
) -> float:
    """Return what the crossings of two rings add to the area they share.

    `base` is the strip that the sums of `a` stand on, `lift` by how much it is above that of `b`.
    """
    if apart(a.part_box[i], b.part_box[j], turn):
        return 0.0
    end_a, end_b = sums_a[a.part_first[i + 1] - 1], sums_b[b.part_first[j + 1] - 1]
    start_b = b.xy[b.part_first[j], 0]
    area = 0.0
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
                if b.node_skip[other] == other + 1:
                    for v in range(a.node_begin[one], a.node_end[one]):
                        for w in range(b.node_begin[other], b.node_end[other]):
                            enters, x, y = crossing(a, v, b, w, turn)
                            if enters != 0:
                                after_a = end_a - sums_a[v] - _under(a.xy[v, 0], a.xy[v, 1], x, y, base)
                                bx = b.xy[w, 0]
                                before_b = sums_b[w] + lift * (bx - start_b) * _RAD
                                before_b += _under(bx + turn, b.xy[w, 1], x, y, base)
                                area += enters * (after_a - (end_b - before_b))
                other += 1
        one += 1
    return area


@kernel
def crossing(a: Outlines, v: int, b: Outlines, w: int, turn: float) -> tuple[int, float, float]:
    """Return whether the edge at `v` enters (1) or leaves (-1) the left of the edge at `w`, and where.

    0 where they do not cross, `b` being moved by an infinitely small step to the east and a smaller one
    to the north. Where the edges are nearly parallel the place is loose along both, never off them.
    """
    ax, ay, bx, by = a.xy[v, 0], a.xy[v, 1], a.xy[v + 1, 0], a.xy[v + 1, 1]
    cx, cy, dx, dy = b.xy[w, 0] + turn, b.xy[w, 1], b.xy[w + 1, 0] + turn, b.xy[w + 1, 1]
    if min(cx, dx) > max(ax, bx) or max(cx, dx) < min(ax, bx):
        return 0, 0.0, 0.0
    if min(cy, dy) > max(ay, by) or max(cy, dy) < min(ay, by):
        return 0, 0.0, 0.0
    if (ax == bx and ay == by) or (cx == dx and cy == dy):
        return 0, 0.0, 0.0
    moved = (1 if dy > cy else -1) if dy != cy else (-1 if dx > cx else 1)
    begins = side(cx, cy, dx, dy, ax, ay) or moved
    ends = side(cx, cy, dx, dy, bx, by) or moved
    if begins == ends:
        return 0, 0.0, 0.0
    moved = (-1 if by > ay else 1) if by != ay else (1 if bx > ax else -1)
    if (side(ax, ay, bx, by, cx, cy) or moved) == (side(ax, ay, bx, by, dx, dy) or moved):
        return 0, 0.0, 0.0
    before = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx)
    after = (dx - cx) * (by - cy) - (dy - cy) * (bx - cx)
    along = 0.5 if before == after else min(max(before / (before - after), 0.0), 1.0)
    return ends, ax + along * (bx - ax), ay + along * (by - ay)


@kernel
def shared_lengths(a: Outlines, sums: Floats, b: Outlines, rows_a: Integers, rows_b: Integers) -> Floats:
    """Return the length in metres of each line inside its polygon; NaN where it runs along an edge."""
    result = np.zeros(len(rows_a))
    for n in range(len(rows_a)):
        row_a, row_b = rows_a[n], rows_b[n]
        for turn in (0.0, -360.0, 360.0):
            if apart(a.row_box[row_a], b.row_box[row_b], turn):
                continue
            for i in range(a.row_first[row_a], a.row_first[row_a + 1]):
                end = a.part_first[i + 1] - 1
                v = a.part_first[i]
                if locate(b, row_b, a.xy[v, 0] - turn, a.xy[v, 1], 1) > 0:
                    result[n] += sums[end]
                for j in range(b.row_first[row_b], b.row_first[row_b + 1]):
                    result[n] += _crossed_line(a, sums, i, b, j, turn)
    return result


@kernel
def _crossed_line(a: Outlines, sums: Floats, i: int, b: Outlines, j: int, turn: float) -> float:
    """Return what the crossings of a line with a ring add to the length inside."""
    if apart(a.part_box[i], b.part_box[j], turn):
        return 0.0
    end = sums[a.part_first[i + 1] - 1]
    length = 0.0
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
                if b.node_skip[other] == other + 1:
                    for v in range(a.node_begin[one], a.node_end[one]):
                        for w in range(b.node_begin[other], b.node_end[other]):
                            if _collinear(a, v, b, w, turn):
                                return np.nan
                            enters, x, y = crossing(a, v, b, w, turn)
                            if enters != 0:
                                length += enters * (end - sums[v] - _along(a.xy[v, 0], a.xy[v, 1], x, y))
                other += 1
        one += 1
    return length


@kernel
def _collinear(a: Outlines, v: int, b: Outlines, w: int, turn: float) -> bool:
    """Tell whether two edges lie on one line and share more than a point."""
    ax, ay, bx, by = a.xy[v, 0], a.xy[v, 1], a.xy[v + 1, 0], a.xy[v + 1, 1]
    cx, cy, dx, dy = b.xy[w, 0] + turn, b.xy[w, 1], b.xy[w + 1, 0] + turn, b.xy[w + 1, 1]
    across = min(max(cx, dx), max(ax, bx)) - max(min(cx, dx), min(ax, bx))
    up = min(max(cy, dy), max(ay, by)) - max(min(cy, dy), min(ay, by))
    if across < 0 or up < 0 or (across == 0 and up == 0):
        return False
    return side(cx, cy, dx, dy, ax, ay) == 0 and side(cx, cy, dx, dy, bx, by) == 0
