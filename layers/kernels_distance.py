"""The nearest places of two shapes whose edges are straight in longitude/latitude.

About a point, a mid-latitude metric maps edges to metres: differences of longitude and latitude times the
scales halfway. It is of third order (error below `d^3 (1 + tan^2 lat) / R^2`); bends of edges are bounded and
long edges taken in pieces. It tells which edges can hold the nearest place; on these, the place is found by
a Gauss-Newton step, as the scales of the metric change along the edge. Beyond a few kilometres edges are
compared by lengths of chords through the ellipsoid, which are right to 2 mm at 50 km at any latitude. The
geodesic between the two places is measured in the end.

Two edges apart are nearest at an end of one of them, but for `gap * (length tan lat / R)^2 / 4`; pieces are
short enough (bend below 0.5 m) for that to stay below 2 mm at 5 km.
"""

import math

import numpy as np
from numpy.typing import NDArray

from layers.kernels import kernel
from layers.kernels_outlines import BEGIN, END, KIND, POINT, ROOT, SKIP, Outlines

Floats = NDArray[np.float64]
Found = tuple[float, float, float, float, float]
Frame = tuple[float, float, float, float, float, float, float]

_A = 6_378_137.0
_ES = 0.0066943799901413165
_FLATTENING = 1 / 298.257223563
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
def geodesic_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Return the length of the geodesic between two places, in metres on the WGS 84 ellipsoid.

    Vincenty 1975, inverse formula. Within 1e-7 m + 1e-11 of what PROJ returns, up to 1,000 km; within 1 mm
    beyond, but for places almost opposite on the earth.
    """
    turn = lon_b - lon_a
    turn = (turn - 360.0 * round(turn / 360.0)) * _RAD
    tan_a, tan_b = (1 - _FLATTENING) * math.tan(lat_a * _RAD), (1 - _FLATTENING) * math.tan(lat_b * _RAD)
    cos_a, cos_b = 1 / math.sqrt(1 + tan_a * tan_a), 1 / math.sqrt(1 + tan_b * tan_b)
    sin_a, sin_b = tan_a * cos_a, tan_b * cos_b
    sphere = turn  # the difference in longitude on the auxiliary sphere
    for _ in range(20):
        sine, half = math.sin(sphere), math.sin(sphere / 2)
        across = cos_b * sine
        up = (cos_a * sin_b - sin_a * cos_b) + sin_a * cos_b * 2 * half * half
        sin_arc = math.sqrt(across * across + up * up)
        if sin_arc == 0.0:
            return 0.0
        cos_arc = sin_a * sin_b + cos_a * cos_b * math.cos(sphere)
        arc = math.atan2(sin_arc, cos_arc)
        sin_azimuth = cos_a * cos_b * sine / sin_arc
        cos2_azimuth = 1 - sin_azimuth * sin_azimuth
        middle = cos_arc - 2 * sin_a * sin_b / cos2_azimuth if cos2_azimuth > 1e-15 else 0.0
        c = _FLATTENING / 16 * cos2_azimuth * (4 + _FLATTENING * (4 - 3 * cos2_azimuth))
        bent = arc + c * sin_arc * (middle + c * cos_arc * (2 * middle * middle - 1))
        before, sphere = sphere, turn + (1 - c) * _FLATTENING * sin_azimuth * bent
        if abs(sphere - before) < 1e-14:
            break
    u = cos2_azimuth * (1 / ((1 - _FLATTENING) * (1 - _FLATTENING)) - 1)
    a = 1 + u / 16384 * (4096 + u * (u * (320 - 175 * u) - 768))
    b = u / 1024 * (256 + u * (u * (74 - 47 * u) - 128))
    least = b / 6 * middle * (4 * sin_arc * sin_arc - 3) * (4 * middle * middle - 3)
    short = b * sin_arc * (middle + b / 4 * (cos_arc * (2 * middle * middle - 1) - least))
    return (1 - _FLATTENING) * _A * a * (arc - short)


@kernel
def gap_m(dx: float, dy: float, cosine: float) -> float:
    """Return a lower bound of the distance across gaps in longitude and latitude (degrees).

    From the haversine formula, with the smallest radius and the smallest cosine of latitude.
    """
    x, y = min(dx, 180.0) * _RAD, dy * _RAD
    x, y = x * (1 - x * x / 24) * cosine, y * (1 - y * y / 24)
    return _LEAST_M * math.sqrt(x * x + y * y) * (1 - 1e-12)


@kernel
def box_gap_m(a: Floats, i: int, b: Floats, j: int, turn: float, cosine: float) -> float:
    """Return a lower bound of the distance between two boxes, the second moved by `turn` degrees."""
    dx = max(a[i, 0] - b[j, 2] - turn, b[j, 0] + turn - a[i, 2], 0.0)
    dy = max(a[i, 1] - b[j, 3], b[j, 1] - a[i, 3], 0.0)
    return gap_m(dx, dy, cosine)


@kernel
def point_gap_m(px: float, py: float, box: Floats, i: int, cosine: float) -> float:
    """Return a lower bound of the distance between a point and a box."""
    dx = max(box[i, 0] - px, px - box[i, 2], 0.0)
    dy = max(box[i, 1] - py, py - box[i, 3], 0.0)
    return gap_m(dx, dy, cosine)


@kernel
def _cosine_of_box(box: Floats, i: int, reach_m: float) -> float:
    return cosine_within(max(abs(box[i, 1]), abs(box[i, 3])), reach_m)


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
def frame_at(lat_deg: float) -> Frame:
    """Return the scales of the metric about a latitude, metres per degree, as a series.

    They are meant for half the difference of latitude: four terms for longitude, three for latitude.
    """
    s, c = math.sin(lat_deg * _RAD), math.cos(lat_deg * _RAD)
    w = 1 - _ES * s * s
    east = _A / math.sqrt(w) * _RAD
    north = east * (1 - _ES) / w
    e1, e2 = -north * s * _RAD, -north * (c + 3 * _ES * s * s * c / w) * _RAD**2 / 2
    n1, n2 = north * 3 * _ES * s * c / w * _RAD, north * 1.5 * _ES * (c * c - s * s) / w * _RAD**2
    return east * c, e1, e2, north * s * _RAD**3 / 6, north, n1, n2


@kernel
def to_edges(
    px: float, py: float, frame: Frame, narrow: float, xy: Floats, begin: int, end: int, best: float
) -> tuple[float, float, float]:
    """Return the distance of a point to the nearest place on the edges between two vertices, and that place.

    Nothing nearer than `best` is found: (best, nan, nan). One vertex alone (`begin` = `end`) is a point.
    `frame` is that of the point's latitude, `narrow` the smallest cosine of latitude within `best`.
    """
    e0, e1, e2, e3, n0, n1, n2 = frame
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
            nx, ny = x0 + along * mx, y0 + along * my
            near = math.sqrt(nx * nx + ny * ny)
            if near - 2 * bend - near * near * near * third >= best:
                continue
            # A Gauss-Newton step: the scales change along the edge.
            tx, ty = sx + along * dx, sy + along * dy
            u = ty / 2
            e, n = e0 + u * (e1 + u * (e2 + u * e3)), n0 + u * (n1 + u * n2)
            mx = dx * e + tx * dy / 2 * (e1 + u * (2 * e2 + u * 3 * e3))
            my = dy * n + ty * dy / 2 * (n1 + u * 2 * n2)
            square = mx * mx + my * my
            if square > 0:
                along = min(max(along - (tx * e * mx + ty * n * my) / square, 0.0), 1.0)
            u = (sy + along * dy) / 2
            e, n = e0 + u * (e1 + u * (e2 + u * e3)), n0 + u * (n1 + u * n2)
            nx, ny = (sx + along * dx) * e, (sy + along * dy) * n
            near = math.sqrt(nx * nx + ny * ny)
            if near * near * near * third / 8 > _FAR_M:
                near = chord_m(px, py, px + sx + along * dx, py + sy + along * dy)
            if near < best:
                best, place_x, place_y = near, px + sx + along * dx, py + sy + along * dy
    return best, place_x, place_y


@kernel
def pieces_of(dx: float, dy: float) -> int:
    """Return into how many pieces an edge (degrees) is cut, so that none bends much or is long."""
    bend = abs(dx) * (abs(dx) + 2 * abs(dy)) * 242.6
    return int(max(math.sqrt(bend / _BEND_M), abs(dy) / _PIECE_DEG)) + 1


@kernel
def nearest(a: Outlines, row_a: int, b: Outlines, row_b: int, turn: float, best: float) -> Found:
    """Return the distance in metres between two shapes that do not meet, and the nearest places of each.

    Nothing nearer than `best` is found: (best, nan, ...). `b` is moved by `turn` degrees of longitude.
    """
    found = (best, np.nan, np.nan, np.nan, np.nan)
    for i in range(a.row[row_a], a.row[row_a + 1]):
        root = a.part[i, ROOT]
        cosine = _cosine_of_box(a.box, root, best)
        for j in range(b.row[row_b], b.row[row_b + 1]):
            if box_gap_m(a.box, root, b.box, b.part[j, ROOT], turn, cosine) >= found[0]:
                continue
            if a.part[i, KIND] == POINT:
                v = a.node[root, BEGIN]
                near, x, y = point_to_part(a.xy[v, 0] - turn, a.xy[v, 1], b, j, found[0])
                if near < found[0]:
                    found = (near, a.xy[v, 0], a.xy[v, 1], x, y)
            elif b.part[j, KIND] == POINT:
                v = b.node[b.part[j, ROOT], BEGIN]
                near, x, y = point_to_part(b.xy[v, 0] + turn, b.xy[v, 1], a, i, found[0])
                if near < found[0]:
                    found = (near, x, y, b.xy[v, 0], b.xy[v, 1])
            else:
                found = _part_to_part(a, i, b, j, turn, found)
    return found


@kernel
def point_to_part(px: float, py: float, b: Outlines, part: int, best: float) -> tuple[float, float, float]:
    """Return the distance of a point to a part, if nearer than `best`, and the nearest place there."""
    place_x, place_y = np.nan, np.nan
    node, last = b.part[part, ROOT], b.part[part + 1, ROOT]
    cosine, frame = cosine_within(py, best), frame_at(py)
    first = _nearest_leaf(px, py, b, node, last, cosine, best)
    if first >= 0:  # what is found there spares most of the others
        begin, end = b.node[first, BEGIN], b.node[first, END]
        best, place_x, place_y = to_edges(px, py, frame, cosine, b.xy, begin, end, best)
    while node < last:
        if point_gap_m(px, py, b.box, node, cosine) >= best:
            node = b.node[node, SKIP]
            continue
        if b.node[node, SKIP] == node + 1 and node != first:
            begin, end = b.node[node, BEGIN], b.node[node, END]
            near, x, y = to_edges(px, py, frame, cosine, b.xy, begin, end, best)
            if near < best:
                best, place_x, place_y = near, x, y
        node += 1
    return best, place_x, place_y


@kernel
def _nearest_leaf(px: float, py: float, b: Outlines, node: int, last: int, cosine: float, best: float) -> int:
    """Return the leaf among some nodes whose box is nearest to a point; -1 where none is within `best`."""
    leaf = -1
    while node < last:
        gap = point_gap_m(px, py, b.box, node, cosine)
        if gap >= best:
            node = b.node[node, SKIP]
            continue
        if b.node[node, SKIP] == node + 1:
            best, leaf = gap, node
        node += 1
    return leaf


@kernel
def _part_to_part(a: Outlines, i: int, b: Outlines, j: int, turn: float, found: Found) -> Found:
    root = b.part[j, ROOT]
    one, last_one = a.part[i, ROOT], a.part[i + 1, ROOT]
    while one < last_one:
        cosine = _cosine_of_box(a.box, one, found[0])
        if box_gap_m(a.box, one, b.box, root, turn, cosine) >= found[0]:
            one = a.node[one, SKIP]
            continue
        if a.node[one, SKIP] == one + 1:
            other, last_other = root, b.part[j + 1, ROOT]
            while other < last_other:
                if box_gap_m(a.box, one, b.box, other, turn, cosine) >= found[0]:
                    other = b.node[other, SKIP]
                    continue
                if b.node[other, SKIP] == other + 1:
                    found = _leaf_to_leaf(a, one, b, other, turn, found, False)
                    found = _leaf_to_leaf(b, other, a, one, -turn, found, True)
                other += 1
        one += 1
    return found


@kernel
def _leaf_to_leaf(
    a: Outlines, one: int, b: Outlines, other: int, turn: float, found: Found, swapped: bool
) -> Found:
    """Measure the vertices of one leaf, and places along its long edges, against the edges of another."""
    cosine = _cosine_of_box(b.box, other, found[0])
    for v in range(a.node[one, BEGIN], a.node[one, END] + 1):
        dx, dy, pieces = 0.0, 0.0, 1
        if v < a.node[one, END]:
            dx, dy = a.xy[v + 1, 0] - a.xy[v, 0], a.xy[v + 1, 1] - a.xy[v, 1]
            pieces = pieces_of(dx, dy)
        for k in range(pieces):
            px, py = a.xy[v, 0] + dx * (k / pieces) - turn, a.xy[v, 1] + dy * (k / pieces)
            if point_gap_m(px, py, b.box, other, cosine) < found[0]:
                begin, end = b.node[other, BEGIN], b.node[other, END]
                narrow = cosine_within(py, found[0])
                near, x, y = to_edges(px, py, frame_at(py), narrow, b.xy, begin, end, found[0])
                if near < found[0]:
                    found = (near, x, y, px + turn, py) if swapped else (near, px + turn, py, x, y)
    return found
