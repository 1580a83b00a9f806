"""Exact distances from points to stored edges, without any projection of the edges.

An edge is straight in longitude/latitude. About each point, a mid-latitude metric maps it to metres well
enough to tell which edges can be the nearest and where on them the nearest place lies; the distance to that
place is then a geodesic (Karney 2013). The metric decides nothing that its own error could change: every
edge within that error of the best is measured.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo, parallel

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
Indices = NDArray[np.intp]

LATITUDE_LIMIT_DEG = 85.0
"""Nearer to a pole the mid-latitude metric is too coarse; use a plane there."""

_RADIUS_M = 6_371_008.8
_EDGES_A_PIECE = 12
_BEND_M = 0.05  # edges that bend more than this in metres are cut, so that few are near the best
_CHUNK = 1_000_000
_WORTH_REFINING_M = 0.001


@dataclass(frozen=True, eq=False)
class Edges:
    """The boundary of a column of geometries: edges, and pieces of up to 12 of them with envelopes.

    `start` and `end` are (m, 2) longitude/latitude; a point is an edge of no length. Edges of a piece
    follow each other from `first[k]` on, `count[k]` of them; `owner[k]` is the row of its geometry. Scales
    are metres per degree of longitude and latitude at the ends, (m, 2).
    """

    start: Floats
    end: Floats
    start_scale: Floats
    end_scale: Floats
    bend_m: Floats
    first: Indices
    count: Indices
    owner: Indices
    boxes: Floats


def edges_of(geometry: Objects) -> Edges:
    """Take the boundaries of a column of geometries apart; None has no edges."""
    parts, part_owner = shapely.get_parts(geometry, return_index=True)
    # The coordinates of a polygon without holes are those of its ring; taking rings apart costs more.
    holed = shapely.get_num_interior_rings(parts) > 0
    rings, ring_part = shapely.get_rings(parts[holed], return_index=True)
    lines = np.concatenate([rings, parts[~holed]])
    line_owner = np.concatenate([part_owner[holed][ring_part], part_owner[~holed]])
    points, line = shapely.get_coordinates(lines, return_index=True)
    follows = np.flatnonzero(line[1:] == line[:-1])
    single = np.flatnonzero(np.bincount(line, minlength=len(lines))[line] == 1)
    begin, finish = np.concatenate([follows, single]), np.concatenate([follows + 1, single])
    owner = line_owner[line[begin]]
    start, end, owner, bend = _cut(np.take(points, begin, axis=0), np.take(points, finish, axis=0), owner)
    if (np.diff(owner) < 0).any():
        order = np.argsort(owner, kind="stable")
        start, end, owner, bend = start[order], end[order], owner[order], bend[order]
    return _pieces(start, end, owner, bend)


def bend_m(start: Floats, end: Floats) -> Floats:
    """Return how far each edge departs, at most, from a straight line in metres about it (second order)."""
    lon_step, lat_step = np.abs((end - start).T)
    sine = np.sin(np.radians(np.maximum(np.abs(start[:, 1]), np.abs(end[:, 1]))))
    root = np.sqrt(lon_step * lon_step + 4 * lat_step * lat_step)
    return np.asarray(lon_step * sine * root * (np.radians(1.0) ** 2 * _RADIUS_M / 8))


def _cut(start: Floats, end: Floats, owner: Indices) -> tuple[Floats, Floats, Indices, Floats]:
    """Cut edges that bend too much; return them with their owners and what bend remains."""
    bend = bend_m(start, end)
    if not (bend > _BEND_M).any():
        return start, end, owner, bend
    pieces = np.maximum(np.ceil(np.sqrt(bend / _BEND_M)), 1).astype(np.intp)
    edge = np.repeat(np.arange(len(start)), pieces)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    step = (end - start)[edge] / pieces[edge][:, None]
    begin = start[edge] + step * number[:, None]
    return begin, begin + step, owner[edge], bend_m(begin, begin + step)


def _pieces(start: Floats, end: Floats, owner: Indices, bend: Floats) -> Edges:
    if not len(owner):
        none = np.empty(0, np.intp)
        return Edges(start, end, start, end, bend, none, none, none, np.empty((0, 4)))
    new_owner = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    number = np.arange(len(owner)) - np.repeat(new_owner, np.diff(np.r_[new_owner, len(owner)]))
    first = np.flatnonzero(number % _EDGES_A_PIECE == 0)
    boxes = np.hstack(
        [
            np.minimum.reduceat(np.minimum(start, end), first),
            np.maximum.reduceat(np.maximum(start, end), first),
        ]
    )
    count = np.diff(np.r_[first, len(owner)])
    start, end = np.asfortranarray(start), np.asfortranarray(end)
    start_scale, end_scale = (np.asfortranarray(_scale(points[:, 1])) for points in (start, end))
    return Edges(start, end, start_scale, end_scale, bend, first, count, owner[first], boxes)


class Points:
    """A column of points and an index over them: longitude/latitude, and what the metric needs."""

    def __init__(self, geometry: Objects, tree: shapely.STRtree) -> None:
        self.geometry = geometry
        self.lonlat: Floats = shapely.get_coordinates(geometry)
        self.scale = _scale(self.lonlat[:, 1])
        self.tree = tree

    def __len__(self) -> int:
        return len(self.geometry)


def near_points(
    points: Points,
    edges: Edges,
    reach_points_m: Floats,
    reach_m: Floats,
    apart_from: tuple[Indices, Indices],
) -> tuple[Indices, Indices, Floats, Floats]:
    """Return the points within reach of the boundary of shapes, with distances.

    Parameters
    ----------
    points, edges : Points, Edges
        The points, and the boundaries of the shapes.
    reach_points_m, reach_m : arrays
        The reach of each point and of each shape, in metres; a pair counts up to their sum.
    apart_from : (points, shapes)
        Pairs that need no answer (the point lies inside).

    Returns
    -------
    point, shape : index arrays
        Each pair once, in order.
    distance_m : array
        Geodesic distance to the boundary.
    place : (n, 2) array
        The nearest place on the boundary.
    """
    point, piece = _candidates(points, edges, reach_points_m, reach_m)
    stride = len(reach_m)
    known = np.isin(point * stride + edges.owner[piece], apart_from[0] * stride + apart_from[1])
    point, piece = point[~known], piece[~known]
    reach = reach_points_m[point] + reach_m[edges.owner[piece]]
    # Bound the memory, and give each core a share: so many point-edge pairs at a time.
    work = np.cumsum(edges.count[piece])
    total = int(work[-1]) if len(work) else 0
    share = min(_CHUNK, max(total // 2 + 1, parallel.WORTH_IT))
    cuts = np.searchsorted(work, np.arange(share, total, share))
    shares = zip(np.split(point, cuts), np.split(piece, cuts), np.split(reach, cuts), strict=True)
    found = parallel.each(lambda some: _measure(points, edges, *some), list(shares), rows=total)
    point, shape, distance, place = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((distance, shape, point))
    point, shape, distance, place = point[order], shape[order], distance[order], place[order]
    once = np.r_[True, (point[1:] != point[:-1]) | (shape[1:] != shape[:-1])][: len(point)]
    return point[once], shape[once], distance[once], place[once]


def _candidates(
    points: Points, edges: Edges, reach_points_m: Floats, reach_m: Floats
) -> tuple[Indices, Indices]:
    """Return the points and pieces whose envelopes come within reach, a turn of longitude away or not."""
    found_points, found_pieces = [np.empty(0, np.intp)], [np.empty(0, np.intp)]
    for members in geo.by_reach(reach_points_m):
        everyone = len(members) == len(points)
        tree = points.tree if everyone else shapely.STRtree(points.geometry[members])
        boxes = geo.grown(edges.boxes, reach_m[edges.owner] + reach_points_m[members].max() + 0.01)
        west, east = points.lonlat[members, 0].min(), points.lonlat[members, 0].max()
        for turn in (0.0, -360.0, 360.0, -720.0, 720.0):
            moved = boxes + np.array([turn, 0.0, turn, 0.0])
            here = np.flatnonzero((moved[:, 0] <= east) & (moved[:, 2] >= west))
            if len(here):
                question, answer = tree.query(geo.diagonals(moved[here]))
                found_points.append(answer if everyone else members[answer])
                found_pieces.append(here[question])
    return np.concatenate(found_points), np.concatenate(found_pieces)


def _measure(
    points: Points, edges: Edges, point: Indices, piece: Indices, reach: Floats
) -> tuple[Indices, Indices, Floats, Floats]:
    """Measure each point against the edges of the piece beside it; return those that may be the nearest."""
    if not len(point):
        return point, piece, np.empty(0), np.empty((0, 2))
    count = edges.count[piece]
    pair = np.repeat(np.arange(len(piece)), count)
    begins = np.cumsum(count) - count
    edge = np.arange(len(pair)) - np.repeat(begins - edges.first[piece], count)
    near, along = _to_edge(points.lonlat[point], points.scale[point], pair, edges, edge)
    best = np.minimum.reduceat(near, begins)
    doubt = 2 * np.maximum.reduceat(edges.bend_m[edge], begins) + _metric_error_m(
        best, points.lonlat[point, 1]
    )
    kept = np.flatnonzero(near <= np.minimum(best + 2 * doubt, reach + doubt)[pair])
    pair, edge = pair[kept], edge[kept]
    lon, lat = points.lonlat[point[pair]].T
    start, step = edges.start[edge], edges.end[edge] - edges.start[edge]
    place = start + along[kept][:, None] * step
    for _ in range(2):  # the metric about the place found is better than that about the ends of the edge
        scale = _scale((lat + place[:, 1]) / 2)
        east, north = _turned(start[:, 0] - lon) * scale[:, 0], (start[:, 1] - lat) * scale[:, 1]
        place = (
            start + _along(east, north, step[:, 0] * scale[:, 0], step[:, 1] * scale[:, 1])[:, None] * step
        )
    distance = geo.distance_m(lon, lat, place[:, 0], place[:, 1])
    far = np.flatnonzero(distance**3 * _widening(distance, lat) / (8 * _RADIUS_M**2) > _WORTH_REFINING_M)
    if len(far):
        place[far], distance[far] = _refined(lon[far], lat[far], start[far], step[far], place[far])
    within = distance <= reach[pair]
    pair = pair[within]
    return point[pair], edges.owner[piece[pair]], distance[within], place[within]


def _refined(lon: Floats, lat: Floats, start: Floats, step: Floats, place: Floats) -> tuple[Floats, Floats]:
    """Move places along their edges to where the geodesic is shortest; return them and the distances.

    The metric does not see that its own scale changes with the place, which shifts the place by up to
    d^2 tan(latitude) / 2R: 60 m at 20 km and 66 degrees. The square of the distance is nearly a parabola
    along the edge, so its vertex is found from three geodesics; twice, for long distances near the poles.
    """
    scale = _scale((lat + place[:, 1]) / 2)
    length = np.hypot(step[:, 0] * scale[:, 0], step[:, 1] * scale[:, 1])
    with np.errstate(invalid="ignore", divide="ignore"):
        along = np.clip(np.where(length > 0, ((place - start) * step).sum(1) / (step**2).sum(1), 0.0), 0, 1)
    for _ in range(2):
        middle = geo.distance_m(lon, lat, *(start + along[:, None] * step).T)
        reach = np.maximum(middle**2 / _RADIUS_M, 1.0) / np.maximum(length, 1e-3)
        before, after = (
            geo.distance_m(lon, lat, *(start + (along + sign * reach)[:, None] * step).T) for sign in (-1, 1)
        )
        bend = before**2 - 2 * middle**2 + after**2
        with np.errstate(invalid="ignore", divide="ignore"):
            shift = np.where(bend > 0, reach * (before**2 - after**2) / (2 * bend), 0.0)
        along = np.where(length > 0, np.clip(along + shift, 0.0, 1.0), along)
    better = start + along[:, None] * step
    distance, was = (geo.distance_m(lon, lat, *found.T) for found in (better, place))
    worse = distance > was
    return np.where(worse[:, None], place, better), np.minimum(distance, was)


def _widening(distance: Floats, lat: Floats) -> Floats:
    """Return 1 + tan^2 of the highest latitude within a distance: how much metres of longitude change."""
    tangent = np.tan(np.radians(np.minimum(np.abs(lat) + np.degrees(distance / _RADIUS_M), 89.0)))
    return np.asarray(1 + tangent**2)


def _metric_error_m(distance: Floats, lat: Floats) -> Floats:
    """Bound the error of the mid-latitude metric at a distance (third order, widely)."""
    return np.asarray(distance * (distance / _RADIUS_M) ** 2 * _widening(distance, lat) + 0.001)


def _scale(lat_deg: Floats) -> Floats:
    """Return metres per degree of longitude and of latitude at latitudes, (n, 2)."""
    sine = np.sin(np.radians(lat_deg))
    w2 = 1.0 - geo.ECCENTRICITY_2 * sine * sine
    across = np.radians(geo.SEMI_MAJOR_M) / np.sqrt(w2)
    return np.column_stack([across * np.sqrt(1.0 - sine * sine), across * (1.0 - geo.ECCENTRICITY_2) / w2])


def _turned(degrees: Floats) -> Floats:
    """Bring differences of longitude to -180..180."""
    return np.asarray(degrees - 360.0 * np.round(degrees / 360.0))


def _to_edge(
    lonlat: Floats, scale: Floats, pair: Indices, edges: Edges, edge: Indices
) -> tuple[Floats, Floats]:
    """Return the approximate distance in metres to each edge, and where along it (0 to 1).

    The scale halfway is taken as the mean of the scales at both ends.
    """
    # Column by column: whole (n, 2) gathers are twice as slow.
    (lon, lat), (east, north) = (columns.T[:, pair] for columns in (lonlat, scale))
    ax, ay = edges.start[:, 0][edge] - lon, edges.start[:, 1][edge] - lat
    bx, by = edges.end[:, 0][edge] - lon, edges.end[:, 1][edge] - lat
    if max(np.abs(ax).max(initial=0.0), np.abs(bx).max(initial=0.0)) > 180.0:
        ax, bx = _turned(ax), _turned(bx)
    east_a, north_a = (edges.start_scale[:, 0][edge] + east) / 2, (edges.start_scale[:, 1][edge] + north) / 2
    east_b, north_b = (edges.end_scale[:, 0][edge] + east) / 2, (edges.end_scale[:, 1][edge] + north) / 2
    ax, ay, bx, by = ax * east_a, ay * north_a, bx * east_b, by * north_b
    dx, dy = bx - ax, by - ay
    along = _along(ax, ay, dx, dy)
    return np.sqrt((ax + along * dx) ** 2 + (ay + along * dy) ** 2), along


def _along(ax: Floats, ay: Floats, dx: Floats, dy: Floats) -> Floats:
    """Return the fraction at which the segment from (ax, ay) by (dx, dy) is nearest to the origin."""
    square = dx * dx + dy * dy
    with np.errstate(invalid="ignore", divide="ignore"):
        along = np.where(square > 0, -(ax * dx + ay * dy) / square, 0.0)
    return np.clip(along, 0.0, 1.0)
