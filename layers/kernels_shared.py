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
from layers.kernels_meet import boxes_apart, locate
from layers.kernels_outlines import BEGIN, END, KIND, LINE, ROOT, SHELL, SKIP, Outlines

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_A = 6_378_137.0
_ES = 0.0066943799901413165
_RAD = math.pi / 180.0
_NODE = 0.3872983346207417  # Gauss-Legendre, three nodes on -0.5..0.5
_OUTER, _MIDDLE = 5.0 / 18.0, 8.0 / 18.0
_ALONG_DEG = 1e-11  # a micrometre; how a line runs that is nearer to an edge, rounding decides
_LOOKS, _LOOKS_A_NODE = 200_000, 20  # leaves of a row compared with each other, at most
_MOST_PARTS = 20_000
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
    sums, base = np.zeros(len(o.xy)), np.empty(len(o.row) - 1)
    for row in range(len(base)):
        south, north = np.inf, -np.inf
        for part in range(o.row[row], o.row[row + 1]):
            root = o.part[part, ROOT]
            south, north = min(south, o.box[root, 1]), max(north, o.box[root, 3])
        base[row] = strip((south + north) / 2)
        for part in range(o.row[row], o.row[row + 1]):
            if o.part[part, KIND] >= SHELL:
                root = o.part[part, ROOT]
                for v in range(o.node[root, BEGIN], o.node[root, END]):
                    under = _under(o.xy[v, 0], o.xy[v, 1], o.xy[v + 1, 0], o.xy[v + 1, 1], base[row])
                    sums[v + 1] = sums[v] + under
    return sums, base


@kernel
def lengths(o: Outlines) -> Floats:
    """Sum up the length of each line from its first vertex to every other, in metres.

    The lines of a row that goes the same way twice, in whichever direction, get NaN.
    """
    sums = np.zeros(len(o.xy))
    for row in range(len(o.row) - 1):
        twice = _goes_twice(o, row)
        for part in range(o.row[row], o.row[row + 1]):
            if o.part[part, KIND] == LINE:
                root = o.part[part, ROOT]
                for v in range(o.node[root, BEGIN], o.node[root, END]):
                    step = _along(o.xy[v, 0], o.xy[v, 1], o.xy[v + 1, 0], o.xy[v + 1, 1])
                    sums[v + 1] = np.nan if twice else sums[v] + step
    return sums


@kernel
def _goes_twice(o: Outlines, row: int) -> bool:
    """Tell whether edges of the lines of a row share a stretch; so do lines too entangled to find out."""
    if o.row[row + 1] - o.row[row] > _MOST_PARTS:
        return True
    left = _LOOKS + _LOOKS_A_NODE * (o.part[o.row[row + 1], ROOT] - o.part[o.row[row], ROOT])
    for i in range(o.row[row], o.row[row + 1]):
        if left < 0:
            return True
        for j in range(i, o.row[row + 1]):
            both = o.part[i, KIND] == LINE == o.part[j, KIND]
            if both and not boxes_apart(o.box, o.part[i, ROOT], o.box, o.part[j, ROOT], 0.0):
                left = _looks_left(o, i, j, left)
    return bool(left < 0)


@kernel
def _looks_left(o: Outlines, i: int, j: int, left: int) -> int:
    """Compare the leaves of two lines (or one); return how many more may be, -1 where a stretch is shared."""
    one, last_one, last_other = o.part[i, ROOT], o.part[i + 1, ROOT], o.part[j + 1, ROOT]
    while one < last_one:
        if o.node[one, SKIP] == one + 1:
            other = one if i == j else o.part[j, ROOT]
            while other < last_other:
                if boxes_apart(o.box, one, o.box, other, 0.0):
                    other = o.node[other, SKIP]
                    continue
                if o.node[other, SKIP] == other + 1:
                    left -= 1
                    if left < 0 or _share_a_stretch(o, one, other):
                        return -1
                other += 1
        one += 1
    return left


@kernel
def _share_a_stretch(o: Outlines, one: int, other: int) -> bool:
    """Tell whether edges of two leaves (or of one) run along each other."""
    for v in range(o.node[one, BEGIN], o.node[one, END]):
        ax, ay, bx, by = o.xy[v, 0], o.xy[v, 1], o.xy[v + 1, 0], o.xy[v + 1, 1]
        for w in range(max(o.node[other, BEGIN], v + 1 if one == other else 0), o.node[other, END]):
            cx, cy, dx, dy = o.xy[w, 0], o.xy[w, 1], o.xy[w + 1, 0], o.xy[w + 1, 1]
            across = min(max(ax, bx), max(cx, dx)) - max(min(ax, bx), min(cx, dx))
            up = min(max(ay, by), max(cy, dy)) - max(min(ay, by), min(cy, dy))
            if across < 0 or up < 0 or (across == 0 and up == 0):
                continue
            if _along_each_other(ax, ay, bx, by, cx, cy, dx, dy):
                return True
    return False


@kernel
def _along_each_other(
    ax: float, ay: float, bx: float, by: float, cx: float, cy: float, dx: float, dy: float
) -> bool:
    """Tell whether two edges, whose boxes share more than a point, lie on one line but for rounding."""
    room = _ALONG_DEG * math.hypot(dx - cx, dy - cy)
    a = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx)
    b = (dx - cx) * (by - cy) - (dy - cy) * (bx - cx)
    if abs(a) <= room and abs(b) <= room:
        return True
    room = _ALONG_DEG * math.hypot(bx - ax, by - ay)
    c = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    d = (bx - ax) * (dy - ay) - (by - ay) * (dx - ax)
    return abs(c) <= room and abs(d) <= room


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
    seam: bool,
) -> Floats:
    """Return the area in square metres that each pair of polygons shares; `seam` as in `near_pairs`."""
    result = np.zeros(len(rows_a))
    for n in range(len(rows_a)):
        row_a, row_b = rows_a[n], rows_b[n]
        base = base_a[row_a]
        lift = base - base_b[row_b]
        for k in range(3 if seam else 1):
            turn = 360.0 * ((k + 1) % 3 - 1)
            area = 0.0
            for i in range(a.row[row_a], a.row[row_a + 1]):
                area += _whole_ring(a, sums_a, i, b, row_b, turn, 1)
                for j in range(b.row[row_b], b.row[row_b + 1]):
                    if boxes_apart(a.box, a.part[i, ROOT], b.box, b.part[j, ROOT], turn):
                        continue
                    area += _crossed_rings(a, sums_a, i, b, sums_b, j, turn, base, lift)
            for j in range(b.row[row_b], b.row[row_b + 1]):
                area += _whole_ring(b, sums_b, j, a, row_a, -turn, -1)
            result[n] += max(area, 0.0)
    return result


@kernel
def _whole_ring(
    a: Outlines, sums: Floats, part: int, b: Outlines, row_b: int, turn: float, tie: int
) -> float:
    """Return the sum over a part of `a` whose first vertex lies inside `b` (`tie`: how `b` is moved)."""
    root = a.part[part, ROOT]
    v = a.node[root, BEGIN]
    if locate(b, row_b, a.xy[v, 0] - turn, a.xy[v, 1], tie) > 0:
        return float(sums[a.node[root, END]])
    return 0.0


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
    root = b.part[j, ROOT]
    start_b, end_b = b.xy[b.node[root, BEGIN], 0], sums_b[b.node[root, END]]
    sums = (sums_a[a.node[a.part[i, ROOT], END]], end_b, base, lift, start_b)
    area = 0.0
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
                if b.node[other, SKIP] == other + 1:
                    area += _crossed_leaves(a, sums_a, one, b, sums_b, other, turn, sums)
                other += 1
        one += 1
    return area


@kernel
def _crossed_leaves(
    a: Outlines,
    sums_a: Floats,
    one: int,
    b: Outlines,
    sums_b: Floats,
    other: int,
    turn: float,
    sums: tuple[float, float, float, float, float],
) -> float:
    """Return what the crossings of two leaves add.

    `sums` are the sums at the ends of both rings, the base, the lift, and the longitude that b starts at.
    """
    end_a, end_b, base, lift, start_b = sums
    area = 0.0
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
            enters, x, y = crossing(ax, ay, bx, by, cx, cy, dx, dy)
            if enters != 0:
                after_a = end_a - sums_a[v] - _under(ax, ay, x, y, base)
                before_b = sums_b[w] + lift * (cx - turn - start_b) * _RAD + _under(cx, cy, x, y, base)
                area += enters * (after_a - (end_b - before_b))
    return area


@kernel
def crossing(
    ax: float, ay: float, bx: float, by: float, cx: float, cy: float, dx: float, dy: float
) -> tuple[int, float, float]:
    """Return whether the edge from a to b enters (1) or leaves (-1) the left of that from c to d, and where.

    0 where they do not cross, the second being moved by an infinitely small step to the east and a smaller
    one to the north. Where they are nearly parallel the place is loose along both, never off them. Their
    boxes are known to touch.
    """
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
def shared_lengths(
    a: Outlines, sums: Floats, b: Outlines, rows_a: Integers, rows_b: Integers, seam: bool
) -> Floats:
    """Return the length in metres of each line inside its polygon; NaN where it runs along an edge."""
    result = np.zeros(len(rows_a))
    for n in range(len(rows_a)):
        for k in range(3 if seam else 1):
            turn = 360.0 * ((k + 1) % 3 - 1)
            for i in range(a.row[rows_a[n]], a.row[rows_a[n] + 1]):
                result[n] += _whole_ring(a, sums, i, b, rows_b[n], turn, 1)
                for j in range(b.row[rows_b[n]], b.row[rows_b[n] + 1]):
                    if not boxes_apart(a.box, a.part[i, ROOT], b.box, b.part[j, ROOT], turn):
                        result[n] += _crossed_line(a, sums, i, b, j, turn)
    return result


@kernel
def _crossed_line(a: Outlines, sums: Floats, i: int, b: Outlines, j: int, turn: float) -> float:
    """Return what the crossings of a line with a ring add to the length inside."""
    root = b.part[j, ROOT]
    end = sums[a.node[a.part[i, ROOT], END]]
    length = 0.0
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
                if b.node[other, SKIP] == other + 1:
                    length += _crossed_run(a, sums, one, b, other, turn, end)
                other += 1
        one += 1
    return length


@kernel
def _crossed_run(
    a: Outlines, sums: Floats, one: int, b: Outlines, other: int, turn: float, end: float
) -> float:
    """Return what the crossings of two leaves add to the length inside; NaN where edges share a stretch."""
    length = 0.0
    for v in range(a.node[one, BEGIN], a.node[one, END]):
        ax, ay, bx, by = a.xy[v, 0], a.xy[v, 1], a.xy[v + 1, 0], a.xy[v + 1, 1]
        west, east, south, north = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
        if west > b.box[other, 2] + turn or east < b.box[other, 0] + turn:
            continue
        if south > b.box[other, 3] or north < b.box[other, 1]:
            continue
        for w in range(b.node[other, BEGIN], b.node[other, END]):
            cx, cy, dx, dy = b.xy[w, 0] + turn, b.xy[w, 1], b.xy[w + 1, 0] + turn, b.xy[w + 1, 1]
            across = min(max(cx, dx), east) - max(min(cx, dx), west)
            up = min(max(cy, dy), north) - max(min(cy, dy), south)
            if across < 0 or up < 0:
                continue
            if (across > 0 or up > 0) and _along_each_other(ax, ay, bx, by, cx, cy, dx, dy):
                return np.nan
            enters, x, y = crossing(ax, ay, bx, by, cx, cy, dx, dy)
            if enters != 0:
                length += enters * (end - sums[v] - _along(ax, ay, x, y))
    return length
