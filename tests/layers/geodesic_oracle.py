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
    starts, ends, owners = [], [], []
    for owner, shape in enumerate(shapes):
        if shape.geom_type == "Point":
            parts = [np.repeat(shapely.get_coordinates(shape), 2, axis=0)]
        else:
            lines = shapely.get_parts(shape.boundary if _dimension(shape) == 2 else shape)
            squeeze = np.array([np.cos(np.radians(shape.bounds[1])), 1.0])
            flat = shapely.transform(lines, squeeze.__mul__)
            dense = shapely.segmentize(flat, 2_000.0 / METRES_A_DEGREE)
            parts = [shapely.get_coordinates(d) / squeeze for d in dense]
        starts += [p[:-1] for p in parts]
        ends += [p[1:] for p in parts]
        owners += [np.full(len(p) - 1, owner) for p in parts]
    return np.concatenate(starts), np.concatenate(ends), np.concatenate(owners)


def distances(a, b, reach_m):
    """Return {(row of a, row of b): metres} for all pairs nearer than about `reach_m`, 0 where they meet."""
    grown = shapely.bounds(b)
    up = 1.1 * reach_m / METRES_A_DEGREE
    out = up / np.cos(np.radians(np.abs(grown[:, 1::2]).max(axis=1) + up))
    boxes = shapely.box(grown[:, 0] - out, grown[:, 1] - up, grown[:, 2] + out, grown[:, 3] + up)
    j, i = shapely.STRtree(a).query(boxes)
    shapely.prepare(b)
    meet = shapely.intersects(b[j], a[i])
    found = dict.fromkeys(zip(i[meet].tolist(), j[meet].tolist(), strict=True), 0.0)
    i, j = i[~meet], j[~meet]
    pair, one, two = _near_pieces(i, j, pieces(a), pieces(b))
    metres = _between(one, two)
    least = np.full(len(i), np.inf)
    np.minimum.at(least, pair, metres)
    found.update(zip(zip(i.tolist(), j.tolist(), strict=True), least.tolist(), strict=True))
    return found


def _near_pieces(i, j, of_a, of_b):
    """Return, for pairs of shapes, the pieces that may be the nearest: those nearly so on a flat map."""
    rows_a, rows_b = (
        np.split(np.arange(len(o)), np.searchsorted(o, np.arange(1, o[-1] + 1))) for o in (of_a[2], of_b[2])
    )
    chosen = []
    for pair, (row_a, row_b) in enumerate(zip(i, j, strict=True)):
        edges_a, edges_b = rows_a[row_a], rows_b[row_b]
        scale = [np.cos(np.radians(of_b[0][edges_b[0], 1])), 1.0]
        lines = [
            shapely.linestrings(np.stack([s[e], t[e]], axis=1) * scale)
            for (s, t, _), e in ((of_a, edges_a), (of_b, edges_b))
        ]
        flat = shapely.distance(lines[0][:, None], lines[1][None])
        at = np.argwhere(flat <= flat.min() * 1.02 + 20.0 / METRES_A_DEGREE)
        chosen.append(np.column_stack([np.full(len(at), pair), edges_a[at[:, 0]], edges_b[at[:, 1]]]))
    pair, p, q = np.concatenate(chosen).T
    return pair, (of_a[0][p], of_a[1][p]), (of_b[0][q], of_b[1][q])


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
