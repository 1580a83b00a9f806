"""The nearest places of two shapes whose edges are straight in longitude/latitude.

About a point, a mid-latitude metric maps edges to metres: differences of longitude and latitude times the
scales halfway. It is of third order (error below `d^3 (1 + tan^2 lat) / R^2`); bends of edges are bounded and
long edges taken in pieces. It tells which edges can hold the nearest place; on these, the place is found by
the metric about the place itself, and beyond a few kilometres by lengths of chords through the ellipsoid,
which are right to 2 mm at 50 km at any latitude. Callers measure the geodesic between the two places.

Two edges apart are nearest at an end of one of them, but for `gap * (length tan lat / R)^2 / 4`; pieces are
short enough (bend below 0.5 m) for that to stay below 2 mm at 5 km.
"""

import math

import numpy as np
from numpy.typing import NDArray

from layers.kernels import kernel
from layers.kernels_outlines import POINT, Outlines

Floats = NDArray[np.float64]
Found = tuple[float, float, float, float, float]

_A = 6_378_137.0
_ES = 0.0066943799901413165
_RAD = math.pi / 180.0
_RADIUS_M = 6_371_008.8
_LEAST_M = (
    6_335_439.0  # smallest radius of curvature of the ellipsoid: distances are at least this times angles
)
_DEGREE_M = 110_574.0  # shortest degree of latitude
_BEND_M = 0.5
_PIECE_DEG = 0.2
_FAR_M = 0.001  # error of the metric from which on chords are measured


@kernel
def cosine_within(lat_deg: float, reach_m: float) -> float:
    """Return the smallest cosine of latitude within a reach of a latitude."""
    return math.cos(min(abs(lat_deg) + reach_m / _DEGREE_M, 89.99) * _RAD)


@kernel
def gap_m(dx: float, dy: float, cosine: float) -> float:
    """Return a lower bound of the distance across gaps in longitude and latitude (degrees).

    From the haversine formula, with the smallest radius and the smallest cosine of latitude.
    """
    x, y = min(dx, 180.0) * _RAD, dy * _RAD
    x, y = x * (1 - x * x / 24) * cosine, y * (1 - y * y / 24)
    return _LEAST_M * math.sqrt(x * x + y * y) * (1 - 1e-12)


@kernel
def box_gap_m(one: Floats, other: Floats, turn: float, cosine: float) -> float:
    """Return a lower bound of the distance between what two boxes hold, the other moved by `turn` degrees."""
    dx = max(one[0] - other[2] - turn, other[0] + turn - one[2], 0.0)
    dy = max(one[1] - other[3], other[1] - one[3], 0.0)
    return gap_m(dx, dy, cosine)


@kernel
def chord_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Return the distance between two places from the chord between them (2 mm at 50 km)."""
    sa, ca = math.sin(lat_a * _RAD), math.cos(lat_a * _RAD)
    sb, cb = math.sin(lat_b * _RAD), math.cos(lat_b * _RAD)
    na, nb = _A / math.sqrt(1 - _ES * sa * sa), _A / math.sqrt(1 - _ES * sb * sb)
    half = math.sin((lon_b - lon_a) * _RAD / 2)
    across = na * ca - nb * cb
    up = (1 - _ES) * (na * sa - nb * sb)
    chord2 = across * across + up * up + 4 * na * ca * nb * cb * half * half
    # The radius of curvature in the direction of the chord (Euler), at the middle latitude.
    s = math.sin((lat_a + lat_b) * _RAD / 2)
    w2 = 1 - _ES * s * s
    north = min((lat_b - lat_a) * (lat_b - lat_a) * _RAD * _RAD * _A * _A / max(chord2, 1e-9), 1.0)
    curvature = (north * w2 / (1 - _ES) + 1 - north) * math.sqrt(w2) / _A
    x = chord2 * curvature * curvature
    return math.sqrt(chord2) * (1 + x / 24 + 3 * x * x / 640)


@kernel
def to_edges(
    px: float, py: float, xy: Floats, begin: int, end: int, best: float
) -> tuple[float, float, float]:
    """Return the distance of a point to the nearest place on the edges between two vertices, and that place.

    Nothing nearer than `best` is found: (best, nan, nan). One vertex alone (`begin` = `end`) is a point.
    """
    s, c = math.sin(py * _RAD), math.cos(py * _RAD)
    w = 1 - _ES * s * s
    east = _A / math.sqrt(w) * _RAD
    north = east * (1 - _ES) / w
    # Scales by half the difference of latitude, as a series about the point.
    e1, e2, e3 = (
        -north * s * _RAD,
        -north * (c + 3 * _ES * s * s * c / w) * _RAD**2 / 2,
        north * s * _RAD**3 / 6,
    )
    n1, n2 = north * 3 * _ES * s * c / w * _RAD, north * 1.5 * _ES * (c * c - s * s) / w * _RAD**2
    e0, n0 = east * c, north
    narrow = cosine_within(py, best)
    third = 1 / (_RADIUS_M * _RADIUS_M * narrow * narrow)
    place_x, place_y = np.nan, np.nan
    for v in range(begin, max(end, begin + 1)):
        last = min(v + 1, end)
        ax, ay, dx, dy = xy[v, 0] - px, xy[v, 1] - py, xy[last, 0] - xy[v, 0], xy[last, 1] - xy[v, 1]
        bend = abs(dx) * (abs(dx) + 2 * abs(dy)) * 242.6
        pieces = 1
        if bend > _BEND_M or abs(dy) > _PIECE_DEG:
            pieces = pieces_of(dx, dy)
            dx, dy, bend = dx / pieces, dy / pieces, bend / (pieces * pieces)
        for k in range(pieces):
            sx, sy = ax + k * dx, ay + k * dy
            u = sy / 2
            x0, y0 = sx * (e0 + u * (e1 + u * (e2 + u * e3))), sy * (n0 + u * (n1 + u * n2))
            u = (sy + dy) / 2
            x1, y1 = (sx + dx) * (e0 + u * (e1 + u * (e2 + u * e3))), (sy + dy) * (n0 + u * (n1 + u * n2))
            mx, my = x1 - x0, y1 - y0
            square = mx * mx + my * my
            along = min(max(-(x0 * mx + y0 * my) / square, 0.0), 1.0) if square > 0 else 0.0
            near = math.hypot(x0 + along * mx, y0 + along * my)
            if near - 2 * bend - near * near * near * third >= best:
                continue
            for _ in range(2):  # the metric about the place found is better than that about the ends
                u = (sy + along * dy) / 2
                e, n = e0 + u * (e1 + u * (e2 + u * e3)), n0 + u * (n1 + u * n2)
                mx, my = dx * e, dy * n
                square = mx * mx + my * my
                if square > 0:
                    along = min(max(-(sx * e * mx + sy * n * my) / square, 0.0), 1.0)
            u = (sy + along * dy) / 2
            e, n = e0 + u * (e1 + u * (e2 + u * e3)), n0 + u * (n1 + u * n2)
            near = math.hypot((sx + along * dx) * e, (sy + along * dy) * n)
            if near * near * near * third / 8 > _FAR_M:
                near, along = _by_chords(px, py, sx, sy, dx, dy, along)
            if near < best:
                best, place_x, place_y = near, px + sx + along * dx, py + sy + along * dy
    return best, place_x, place_y


@kernel
def pieces_of(dx: float, dy: float) -> int:
    """Return into how many pieces an edge (degrees) is cut, so that none bends much or is long."""
    bend = abs(dx) * (abs(dx) + 2 * abs(dy)) * 242.6
    return int(max(math.sqrt(bend / _BEND_M), abs(dy) / _PIECE_DEG)) + 1


@kernel
def _by_chords(
    px: float, py: float, sx: float, sy: float, dx: float, dy: float, along: float
) -> tuple[float, float]:
    """Return the distance to an edge (start and step relative to the point), and where along it.

    The square of the distance is nearly a parabola along the edge: its vertex follows from three chords.
    """
    best = chord_m(px, py, px + sx + along * dx, py + sy + along * dy)
    c = math.cos((py + sy) * _RAD)
    length = math.hypot(dx * c, dy) * _DEGREE_M
    if length < 1e-3:
        return best, along
    middle = best
    at = along
    for _ in range(2):
        step = max(middle * middle / _RADIUS_M, 1.0) / length
        before = chord_m(px, py, px + sx + (at - step) * dx, py + sy + (at - step) * dy)
        after = chord_m(px, py, px + sx + (at + step) * dx, py + sy + (at + step) * dy)
        bend = before * before - 2 * middle * middle + after * after
        if bend > 0:
            at = min(max(at + step * (before * before - after * after) / (2 * bend), 0.0), 1.0)
        middle = chord_m(px, py, px + sx + at * dx, py + sy + at * dy)
    return (middle, at) if middle < best else (best, along)


@kernel
def nearest(a: Outlines, row_a: int, b: Outlines, row_b: int, turn: float, best: float) -> Found:
    """Return the distance in metres between two shapes that do not meet, and the nearest places of each.

    Nothing nearer than `best` is found: (best, nan, ...). `b` is moved by `turn` degrees of longitude.
    """
    ax, ay, bx, by = np.nan, np.nan, np.nan, np.nan
    for i in range(a.row_first[row_a], a.row_first[row_a + 1]):
        box = a.part_box[i]
        cosine = cosine_within(max(abs(box[1]), abs(box[3])), best)
        if box_gap_m(box, b.row_box[row_b], turn, cosine) >= best:
            continue
        for j in range(b.row_first[row_b], b.row_first[row_b + 1]):
            if box_gap_m(box, b.part_box[j], turn, cosine) >= best:
                continue
            if a.part_kind[i] == POINT:
                v = a.part_first[i]
                near, x, y = _point_to_part(a.xy[v, 0] - turn, a.xy[v, 1], b, j, best)
                if near < best:
                    best, ax, ay, bx, by = near, a.xy[v, 0], a.xy[v, 1], x, y
            elif b.part_kind[j] == POINT:
                v = b.part_first[j]
                near, x, y = _point_to_part(b.xy[v, 0] + turn, b.xy[v, 1], a, i, best)
                if near < best:
                    best, ax, ay, bx, by = near, x, y, b.xy[v, 0], b.xy[v, 1]
            else:
                near, x, y, u, v2 = _part_to_part(a, i, b, j, turn, best)
                if near < best:
                    best, ax, ay, bx, by = near, x, y, u, v2
    return best, ax, ay, bx, by


@kernel
def _point_to_part(px: float, py: float, b: Outlines, part: int, best: float) -> tuple[float, float, float]:
    place_x, place_y = np.nan, np.nan
    if b.part_kind[part] == POINT:
        return to_edges(px, py, b.xy, b.part_first[part], b.part_first[part], best)
    node, last = b.node_first[part], b.node_first[part + 1]
    cosine = cosine_within(py, best)
    while node < last:
        box = b.node_box[node]
        dx, dy = max(box[0] - px, px - box[2], 0.0), max(box[1] - py, py - box[3], 0.0)
        if gap_m(dx, dy, cosine) >= best:
            node = b.node_skip[node]
            continue
        if b.node_skip[node] == node + 1:
            near, x, y = to_edges(px, py, b.xy, b.node_begin[node], b.node_end[node], best)
            if near < best:
                best, place_x, place_y = near, x, y
        node += 1
    return best, place_x, place_y


@kernel
def _part_to_part(a: Outlines, i: int, b: Outlines, j: int, turn: float, best: float) -> Found:
    ax, ay, bx, by = np.nan, np.nan, np.nan, np.nan
    one, last_one = a.node_first[i], a.node_first[i + 1]
    while one < last_one:
        box = a.node_box[one]
        cosine = cosine_within(max(abs(box[1]), abs(box[3])), best)
        if box_gap_m(box, b.part_box[j], turn, cosine) >= best:
            one = a.node_skip[one]
            continue
        if a.node_skip[one] == one + 1:
            other, last_other = b.node_first[j], b.node_first[j + 1]
            while other < last_other:
                if box_gap_m(box, b.node_box[other], turn, cosine) >= best:
                    other = b.node_skip[other]
                    continue
                if b.node_skip[other] == other + 1:
                    near, x, y, u, v = _leaf_to_leaf(a, one, b, other, turn, best)
                    if near < best:
                        best, ax, ay, bx, by = near, x, y, u, v
                    near, x, y, u, v = _leaf_to_leaf(b, other, a, one, -turn, best)
                    if near < best:
                        best, ax, ay, bx, by = near, u, v, x, y
                other += 1
        one += 1
    return best, ax, ay, bx, by


@kernel
def _leaf_to_leaf(a: Outlines, one: int, b: Outlines, other: int, turn: float, best: float) -> Found:
    """Measure the vertices of one leaf, and places along its long edges, against the edges of another."""
    ax, ay, bx, by = np.nan, np.nan, np.nan, np.nan
    box = b.node_box[other]
    cosine = cosine_within(max(abs(box[1]), abs(box[3])), best)
    for v in range(a.node_begin[one], a.node_end[one] + 1):
        dx, dy, pieces = 0.0, 0.0, 1
        if v < a.node_end[one]:
            dx, dy = a.xy[v + 1, 0] - a.xy[v, 0], a.xy[v + 1, 1] - a.xy[v, 1]
            pieces = pieces_of(dx, dy)
        for k in range(pieces):
            px, py = a.xy[v, 0] + dx * (k / pieces) - turn, a.xy[v, 1] + dy * (k / pieces)
            across, up = max(box[0] - px, px - box[2], 0.0), max(box[1] - py, py - box[3], 0.0)
            if gap_m(across, up, cosine) < best:
                near, x, y = to_edges(px, py, b.xy, b.node_begin[other], b.node_end[other], best)
                if near < best:
                    best, ax, ay, bx, by = near, px + turn, py, x, y
    return best, ax, ay, bx, by
