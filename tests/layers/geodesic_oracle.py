"""Geodesic distances, areas and lengths of shapes by brute force; shares no code with the engine.

Shapes are given unwrapped: longitudes run on past 180. Edges are straight in longitude/latitude. Distances
come from `pyproj.Geod` and golden sections along pieces of edges of up to 2 km; areas and lengths from
`pyproj.Geod` on edges with a vertex every 40 m.
"""

import numpy as np
import shapely
from pyproj import Geod

GEOD = Geod(ellps="WGS84")
METRES_A_DEGREE = 111_000.0
_GOLDEN = (np.sqrt(5) - 1) / 2


def wrapped(shapes):
    """Cut each shape at 180 degrees and bring the parts into range, as RFC 7946 asks."""
    result = []
    for shape in shapes:
        parts = [
            shapely.transform(
                shape & shapely.box(west, -90, west + 360, 90), lambda p, w=west: p - [w + 180, 0]
            )
            for west in (-540.0, -180.0, 180.0)
        ]
        same = [p for part in parts for p in shapely.get_parts(part) if not p.is_empty]
        same = [p for p in same if _dimension(p) == _dimension(shape)]
        collect = (shapely.MultiPoint, shapely.MultiLineString, shapely.MultiPolygon)[_dimension(shape)]
        result.append(same[0] if len(same) == 1 else collect(same))
    return np.array(result, dtype=object)


def _dimension(shape):
    return int(shapely.get_dimensions(shape))


def pieces(shapes):
    """Return starts, ends and owner of the pieces of all edges; a point is a piece without length."""
    points = np.flatnonzero(shapely.get_type_id(shapes) == 0)
    places = shapely.get_coordinates(shapes[points])
    shaped = np.flatnonzero(shapely.get_type_id(shapes) != 0)
    areas = shaped[shapely.get_dimensions(shapes[shaped]) == 2]
    lines = shapes.copy()
    lines[areas] = shapely.boundary(shapes[areas])
    lines, owner = shapely.get_parts(lines[shaped], return_index=True)
    dense = shapely.segmentize(lines, 2_000.0 / METRES_A_DEGREE)
    xy, line = shapely.get_coordinates(dense, return_index=True)
    edge = np.flatnonzero(line[1:] == line[:-1])
    return (
        np.concatenate([places, xy[edge]]),
        np.concatenate([places, xy[edge + 1]]),
        np.concatenate([points, shaped[owner[line[edge]]]]),
    )


def distances(a, b, reach_m):
    """Return {(row of a, row of b): metres} for all pairs nearer than about `reach_m`, 0 where they meet."""
    j, i = shapely.STRtree(a).query(_boxes_around(shapely.bounds(b), reach_m))
    shapely.prepare(b)
    meet = shapely.intersects(b[j], a[i])
    found = dict.fromkeys(zip(i[meet].tolist(), j[meet].tolist(), strict=True), 0.0)
    pair, one, two = _near_pieces(pieces(a), pieces(b), i[meet] * len(b) + j[meet], len(b), reach_m)
    metres = _between(one, two)
    keys, which = np.unique(pair, return_inverse=True)
    least = np.full(len(keys), np.inf)
    np.minimum.at(least, which, metres)
    i, j = np.divmod(keys, len(b))
    found.update(zip(zip(i.tolist(), j.tolist(), strict=True), least.tolist(), strict=True))
    return found


def _boxes_around(bounds, reach_m):
    """Return boxes that hold everything within a reach of some bounds, and more."""
    up = 1.2 * reach_m / METRES_A_DEGREE
    out = up / np.cos(np.radians(np.minimum(np.abs(bounds[:, 1::2]).max(axis=1) + up, 89.9)))
    return shapely.box(bounds[:, 0] - out, bounds[:, 1] - up, bounds[:, 2] + out, bounds[:, 3] + up)


def _near_pieces(of_a, of_b, meeting, stride, reach_m):
    """Return the pieces that may be the nearest of pairs (`a * stride + b`) that do not meet.

    They are those within reach, and nearly the nearest of their pair, on a flat map about the piece of `b`.
    """
    ends_a, ends_b = (np.stack([start, end], axis=1) for start, end, _ in (of_a, of_b))
    bounds = np.column_stack([ends_b.min(axis=1), ends_b.max(axis=1)])
    q, p = shapely.STRtree(shapely.linestrings(ends_a)).query(_boxes_around(bounds, reach_m))
    pair = of_a[2][p] * stride + of_b[2][q]
    new = ~np.isin(pair, meeting)
    p, q, pair = p[new], q[new], pair[new]
    scale = np.ones((len(q), 1, 2))
    scale[:, 0, 0] = np.cos(np.radians(ends_b[q, 0, 1]))
    flat = METRES_A_DEGREE * shapely.distance(
        shapely.linestrings(ends_a[p] * scale), shapely.linestrings(ends_b[q] * scale)
    )
    keys, which = np.unique(pair, return_inverse=True)
    least = np.full(len(keys), np.inf)
    np.minimum.at(least, which, flat)
    near = (flat <= least[which] * 1.02 + 20.0) & (flat <= reach_m * 1.2)
    p, q = p[near], q[near]
    return pair[near], (of_a[0][p], of_a[1][p]), (of_b[0][q], of_b[1][q])


def _between(one, two):
    """Return the distance of paired pieces that do not cross, to a millimetre."""

    def along(piece, fraction):
        return piece[0] + (piece[1] - piece[0]) * fraction[:, None]

    def to_two(places):
        return _least(lambda t: GEOD.inv(*places.T, *along(two, t).T)[2], len(places))

    if (one[0] == one[1]).all():
        return to_two(one[0])
    return _least(lambda s: to_two(along(one, s)), len(one[0]))


def _least(function, count):
    """Return the least values, ends included, of functions of 0 to 1 that fall and then rise."""
    low, high = np.zeros(count), np.ones(count)
    least = np.minimum(function(low), function(high))
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = function(left), function(right)
    for _ in range(27):
        down = at_left < at_right
        low, high = np.where(down, low, left), np.where(down, right, high)
        step = _GOLDEN * (high - low)
        left, right = np.where(down, high - step, right), np.where(down, left, low + step)
        new = function(np.where(down, left, right))
        at_left, at_right = np.where(down, new, at_right), np.where(down, at_left, new)
    return np.minimum(least, np.minimum(at_left, at_right))


def area_m2(shape):
    """Return the area of the polygons in a shape."""
    total = 0.0
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon" and not part.is_empty:
            rings = [
                abs(GEOD.polygon_area_perimeter(*_dense(r).T)[0]) for r in (part.exterior, *part.interiors)
            ]
            total += rings[0] - sum(rings[1:])
    return total


def length_m(shape):
    """Return the length of the lines in a shape."""
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "LineString" and not p.is_empty]
    return sum(GEOD.line_length(*_dense(part).T) for part in parts)


def _dense(line):
    """Return the vertices of a line with one more every 40 m."""
    points = shapely.get_coordinates(line)
    steps = np.abs(np.diff(points, axis=0)).max(axis=1) * METRES_A_DEGREE / 40.0
    counts = np.maximum(np.ceil(steps).astype(int), 1)
    edge = np.repeat(np.arange(len(counts)), counts)
    fraction = (np.arange(len(edge)) - (np.cumsum(counts) - counts)[edge]) / counts[edge]
    return np.vstack([points[edge] + (points[edge + 1] - points[edge]) * fraction[:, None], points[-1:]])
