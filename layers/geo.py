"""Metres on the WGS 84 ellipsoid for geometries stored in longitude/latitude.

Stored edges are straight in longitude/latitude (RFC 7946). Areas and lengths are integrated along those
edges. Distances are found in a local conformal plane and then measured as geodesics, so that no flat
projection decides a finding.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray

from layers.wgs84 import cut_line

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]

_GEOD = pyproj.Geod(ellps="WGS84")
SEMI_MAJOR_M = _A = float(_GEOD.a)
ECCENTRICITY_2 = _ES = float(_GEOD.es)
_E = math.sqrt(_ES)
_MEAN_RADIUS_M = 6_371_008.8
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(5)
_NODES, _WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2

_POLYGON = 3
_FAR_APART_DEG = 20.0  # parts of a shape farther apart are buffered one by one
_REACH_STEPS_M = np.array([0.0, 100.0, 1_000.0, 10_000.0, 100_000.0])

EDGE_TOLERANCE_M = 0.004
"""How far a projected edge may depart from the stored one. Two shapes together stay within 1 cm."""

METRES_PER_DEGREE = 110_574.0
"""Shortest length of a degree of latitude on the ellipsoid (at the equator), for envelopes."""


def distance_m(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> Floats:
    """Return geodesic distances in metres between points given in degrees (Karney 2013, by PROJ)."""
    return np.asarray(_inverse(lon1, lat1, lon2, lat2)[2])


def azimuth_deg(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> Floats:
    """Return the direction from the first points to the second, in degrees clockwise from north, 0 to 360."""
    return np.asarray(_inverse(lon1, lat1, lon2, lat2)[0]) % 360.0


def _inverse(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> tuple[Any, Any, Any]:
    points = [np.ascontiguousarray(v, np.float64) for v in (lon1, lat1, lon2, lat2)]
    if len({p.shape for p in points}) > 1:
        points = [np.ascontiguousarray(p) for p in np.broadcast_arrays(*points)]
    a, b, c, d = points
    azimuth, back, distance = _GEOD.inv(a, b, c, d)
    return azimuth, back, distance


def destination(lon: float, lat: float, azimuth: float, distance: float) -> tuple[float, float]:
    """Return the longitude and latitude reached from a point by a geodesic (degrees, metres)."""
    lon2, lat2, _ = _GEOD.fwd(lon, lat, azimuth, distance)
    return float(lon2), float(lat2)


def area_m2(geometries: ArrayLike) -> Floats:
    """Return the area of each geometry on the ellipsoid, in square metres; 0 for lines, points and None.

    The area under an edge that is straight in longitude/latitude is integrated with the closed form of
    the meridional strip (Snyder 1987, authalic latitude) and five Gauss-Legendre nodes an edge.
    Polygons must not enclose a pole.
    """
    items = _column(geometries)
    parts, owner = shapely.get_parts(items, return_index=True)
    polygons = shapely.get_type_id(parts) == 3
    parts, owner = parts[polygons], owner[polygons]
    rings, polygon = shapely.get_rings(parts, return_index=True)
    if not len(rings):
        return np.zeros(len(items))
    is_hole = np.r_[False, polygon[1:] == polygon[:-1]]
    start, end, ring = _edges(rings)
    lon_step = np.radians(end[:, 0] - start[:, 0])
    strip = np.zeros(len(start))
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        strip += weight * _strip(np.radians(start[:, 1] + node * (end[:, 1] - start[:, 1])))
    signed = np.bincount(ring, weights=-lon_step * strip, minlength=len(rings))
    ring_area = np.where(is_hole, -np.abs(signed), np.abs(signed))
    return np.asarray(np.bincount(owner[polygon], weights=ring_area, minlength=len(items)), dtype=np.float64)


def length_m(geometries: ArrayLike) -> Floats:
    """Return the length of lines (the perimeter of polygons) on the ellipsoid, in metres; 0 for points.

    Follows the stored edges, straight in longitude/latitude, with five Gauss-Legendre nodes an edge.
    """
    items = _column(geometries)
    parts, owner = shapely.get_parts(items, return_index=True)
    kinds = shapely.get_type_id(parts)
    rings, polygon = shapely.get_rings(parts[kinds == 3], return_index=True)
    lines = np.concatenate([parts[(kinds == 1) | (kinds == 2)], rings])
    line_owner = np.concatenate([owner[(kinds == 1) | (kinds == 2)], owner[kinds == 3][polygon]])
    if not len(lines):
        return np.zeros(len(items))
    start, end, line = _edges(lines)
    step = np.radians(end - start)
    total = np.zeros(len(start))
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        lat = np.radians(start[:, 1]) + node * step[:, 1]
        w2 = 1.0 - _ES * np.sin(lat) ** 2
        meridional = _A * (1.0 - _ES) / w2**1.5
        parallel = _A / np.sqrt(w2) * np.cos(lat)
        total += weight * np.hypot(meridional * step[:, 1], parallel * step[:, 0])
    per_line = np.bincount(line, weights=total, minlength=len(lines))
    return np.asarray(np.bincount(line_owner, weights=per_line, minlength=len(items)), dtype=np.float64)


def _column(geometries: ArrayLike) -> Objects:
    return np.atleast_1d(np.asarray(geometries, dtype=object))


def _edges(lines: Objects) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return start and end points of all edges, and the line each belongs to."""
    points, line = shapely.get_coordinates(lines, return_index=True)
    same = line[1:] == line[:-1]
    return points[:-1][same], points[1:][same], line[1:][same]


def _strip(lat: Floats) -> Floats:
    """Area between the equator and `lat` (radians) per radian of longitude, in square metres."""
    s = np.sin(lat)
    return np.asarray(
        _A**2 * (1 - _ES) / 2 * (s / (1 - _ES * s * s) + np.arctanh(_E * s) / _E),
    )


@dataclass(frozen=True)
class Plane:
    """An oblique stereographic plane in metres, tangent at `lon0`, `lat0` (degrees).

    It is conformal, so the nearest of several points stays the nearest; lengths in it are too long by
    at most `scale_at` its rim. Good within about 700 km of the centre. Formulae: Snyder 1987, pages 160 to
    162, with the conformal latitude by its hyperbolic form. In numpy, because a `pyproj.Proj` must not be
    used by two threads, and this is faster.
    """

    lon0: float
    lat0: float

    @cached_property
    def _centre(self) -> tuple[float, float, float]:
        """Sine and cosine of the conformal latitude of the centre, and twice the radius of its sphere."""
        if abs(self.lat0) == 90.0:  # the limit; Snyder 1987, equation 21-33
            polar = math.sqrt((1 + _E) ** (1 + _E) * (1 - _E) ** (1 - _E))
            return math.copysign(1.0, self.lat0), 0.0, 2.0 * _A / polar
        lat0 = math.radians(self.lat0)
        sine, cosine = (float(v[0]) for v in _conformal(np.array([lat0])))
        across = math.cos(lat0) / math.sqrt(1.0 - _ES * math.sin(lat0) ** 2)
        return sine, cosine, 2.0 * _A * across / cosine

    def forward(self, geometries: Objects) -> Objects:
        """Project longitude/latitude geometries (none missing), adding vertices to keep edges true.

        Projected edges stay within `EDGE_TOLERANCE_M` of the stored ones, which are straight in
        longitude/latitude. Heights are dropped.
        """
        points, owner = shapely.get_coordinates(geometries, return_index=True)
        if len(points) == len(geometries) and (shapely.get_type_id(geometries) == 0).all():
            return np.asarray(shapely.points(self._project(points)), dtype=object)
        longest = _longest_true_chord(points, owner, len(geometries))
        dense = np.flatnonzero(np.isfinite(longest))
        result = geometries.copy()
        if len(dense):
            result[dense] = shapely.segmentize(geometries[dense], longest[dense])
            points = shapely.get_coordinates(result)
        shapely.set_coordinates(result, self._project(points))
        return result

    def _project(self, points: Floats) -> Floats:
        sine0, cosine0, twice = self._centre
        turn = np.radians(points[:, 0] - self.lon0)
        sine, cosine = _conformal(np.radians(points[:, 1]))
        east, north = cosine * np.sin(turn), cosine * np.cos(turn)
        k = twice / (1.0 + sine0 * sine + cosine0 * north)
        return np.column_stack([k * east, k * (cosine0 * sine - sine0 * north)])

    def inverse(self, points: Floats) -> Floats:
        """Return longitude and latitude, (n, 2) in degrees, of plane points (n, 2) in metres."""
        sine0, cosine0, twice = self._centre
        x, y = points[:, 0], points[:, 1]
        rho = np.hypot(x, y)
        angle = 2.0 * np.arctan(rho / twice)
        # The direction on the conformal sphere: towards the east, towards the meridian, towards the pole.
        factor = np.divide(np.sin(angle), rho, out=np.zeros_like(rho), where=rho > 0)
        east = x * factor
        meridian = np.cos(angle) * cosine0 - y * factor * sine0
        pole = np.cos(angle) * sine0 + y * factor * cosine0
        lon = (self.lon0 + np.degrees(np.arctan2(east, meridian)) + 180.0) % 360.0 - 180.0
        return np.column_stack([lon, np.degrees(_geodetic(pole, np.hypot(east, meridian)))])

    @staticmethod
    def scale_at(radius_m: float) -> float:
        """Return an upper bound of the scale factor within `radius_m` of the centre."""
        return 1.0 + 1.02 * (radius_m / (2 * _MEAN_RADIUS_M)) ** 2 + 1e-6


def _conformal(lat: Floats) -> tuple[Floats, Floats]:
    """Return sine and cosine of the conformal latitude of geodetic latitudes (radians)."""
    isometric = np.arcsinh(np.tan(lat)) - _E * np.arctanh(_E * np.sin(lat))
    return np.tanh(isometric), 1.0 / np.cosh(isometric)


def _geodetic(sine: Floats, cosine: Floats) -> Floats:
    """Return geodetic latitudes (radians) from conformal ones; each turn gains two decimals."""
    isometric = np.arcsinh(sine / np.maximum(cosine, 1e-300))
    shifted = isometric
    for _ in range(8):
        shifted = isometric + _E * np.arctanh(_E * np.tanh(shifted))
    return np.asarray(np.arctan(np.sinh(np.clip(shifted, -700.0, 700.0))))


def _longest_true_chord(points: Floats, owner: NDArray[np.int64], count: int) -> Floats:
    """Return for each geometry the longest piece, in degrees, that may be projected as one; inf = all edges.

    To second order an edge (dlon, dlat) departs from the straight line in a conformal plane by
    `R/8 * |dlon| * hypot(sin(lat) cos(lat) dlon, 2 sin(lat) dlat)`, plus `L**2 * r / (16 R**2)` at the
    distance r from the centre of the plane (here up to 700 km).
    """
    step = np.radians(np.abs(np.diff(points, axis=0)))
    sine = np.abs(np.sin(np.radians(points[:-1, 1])))
    cosine_step = step[:, 0] * np.cos(np.radians(points[:-1, 1]))
    departs = step[:, 0] * np.hypot(sine * cosine_step, 2 * sine * step[:, 1]) * _MEAN_RADIUS_M / 8
    departs += (cosine_step**2 + step[:, 1] ** 2) * 700_000.0 / 16
    # Steps from one ring or geometry to the next are no edges; counting the former only adds vertices.
    long = np.flatnonzero((departs > EDGE_TOLERANCE_M) & (owner[1:] == owner[:-1]))
    longest = np.full(count, np.inf)
    pieces = np.ceil(np.sqrt(departs[long] / EDGE_TOLERANCE_M))
    length = np.degrees(np.hypot(step[long, 0], step[long, 1]))
    np.minimum.at(longest, owner[1:][long], length / pieces)
    return longest


def longitude_reach_deg(reach_m: ArrayLike, lat: ArrayLike) -> Floats:
    """Return how many degrees of longitude `reach_m` spans at most at latitude `lat` (degrees), up to 360."""
    far = np.minimum(np.abs(np.asarray(lat)) + np.asarray(reach_m) / METRES_PER_DEGREE, 90.0)
    cosine = np.maximum(np.cos(np.radians(far)), 1e-9)
    return np.asarray(np.minimum(np.asarray(reach_m) / (METRES_PER_DEGREE * cosine), 360.0))


def grown(bounds: Floats, reach_m: Floats) -> Floats:
    """Widen envelopes, (n, 4) degrees, by at least `reach_m` metres on every side."""
    up = reach_m / METRES_PER_DEGREE
    out = longitude_reach_deg(reach_m, np.abs(bounds[:, 1::2]).max(axis=1))
    return bounds + np.column_stack([-out, -up, out, up])


def diagonals(bounds: Floats) -> Objects:
    """Return lines that have the given envelopes: the cheapest shapes to ask an index with."""
    return np.asarray(shapely.linestrings(bounds.reshape(-1, 2, 2)), dtype=object)


def by_reach(reach_m: Floats) -> list[NDArray[np.intp]]:
    """Group rows by the size of their reach, so that a few far ones do not widen all searches."""
    steps = np.searchsorted(_REACH_STEPS_M, reach_m)
    return [np.flatnonzero(steps == step) for step in np.unique(steps)]


def buffer(geometry: Any, radius_m: float) -> Any:
    """Return the ground within `radius_m` metres of a geometry, in longitude/latitude.

    Contains the true geodesic buffer and is at most 0.1 % wider (plus 2 mm). Split at the antimeridian.
    Meant for geometries of up to some 500 km, or of such parts. Ground about a pole, or within some radii of
    it, has no outline in longitude/latitude: all from its farthest latitude to that pole is returned.
    """
    geometry = _in_one_run(geometry)
    west, south, east, north = shapely.bounds(geometry)
    parts = shapely.get_parts(geometry)
    if max(east - west, north - south) > _FAR_APART_DEG and len(parts) > 1:
        return shapely.union_all([buffer(part, radius_m) for part in parts])
    plane = Plane(float((west + east) / 2), float((south + north) / 2))
    column = np.empty(1, dtype=object)
    column[0] = geometry
    flat = plane.forward(column)
    rim = float(np.abs(shapely.bounds(flat)).max()) * math.sqrt(2) + radius_m
    # 32 segments a quarter circle: the polygon lies within 0.03 % inside the circle, so widen it by that.
    wide = shapely.buffer(flat, radius_m * Plane.scale_at(rim) * 1.0004 + 0.002, quad_segs=32)

    def unproject(points: Floats) -> Floats:
        back = plane.inverse(points)
        back[:, 0] = (back[:, 0] - plane.lon0 + 180.0) % 360.0 - 180.0 + plane.lon0
        return back

    # Long edges appear only beside long straight edges of the source; short pieces keep them true there.
    ring = shapely.transform(shapely.segmentize(wide, 500.0), unproject)[0]
    pole = math.copysign(90.0, plane.lat0)
    column[0] = shapely.Point(plane.lon0, pole)
    # A ring about the pole has no outline either, and one close by bends too much between its corners.
    if shapely.dwithin(shapely.convex_hull(wide[0]), plane.forward(column)[0], 3 * radius_m):
        farthest = float(shapely.bounds(ring)[1 if pole > 0 else 3])
        return shapely.box(-180.0, min(farthest, pole), 180.0, max(farthest, pole))
    return split_at_antimeridian(ring)


def _in_one_run(geometry: Any) -> Any:
    """Return a geometry that is cut at the antimeridian with longitudes that run on from 0 to 360."""
    if np.ptp(shapely.bounds(geometry)[::2]) <= 180.0:
        return geometry
    turned = shapely.transform(geometry, lambda points: np.column_stack([points[:, 0] % 360.0, points[:, 1]]))
    return min(geometry, turned, key=lambda shape: float(np.ptp(shapely.bounds(shape)[::2])))


def split_at_antimeridian(geometry: Any) -> Any:
    """Cut a geometry whose longitudes run past 180 or -180 degrees, and bring each part into range."""
    west, _, east, _ = shapely.bounds(geometry)
    if west >= -180.0 and east <= 180.0:
        return geometry
    parts = shapely.get_parts(geometry)
    while (shapely.get_type_id(parts) > _POLYGON).any():  # collections may be nested
        parts = shapely.get_parts(parts)
    pieces = [piece for part in parts for piece in _cut_at_antimeridian(part)]
    dimensions = set(shapely.get_dimensions(pieces).tolist())
    if len(pieces) == 1:
        return pieces[0]
    if len(dimensions) > 1:
        return shapely.geometrycollections(pieces)
    collect = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)[dimensions.pop()]
    return collect(pieces)


def _cut_at_antimeridian(part: Any) -> list[Any]:
    """Return a point, line or polygon in range, in pieces where need be; what lies at 180 counts once."""
    west, _, east, _ = shapely.bounds(part)
    dimension = shapely.get_dimensions(part)
    if dimension == 1:
        return cut_line(part)
    pieces: list[Any] = []
    for turn in (-360.0, 0.0, 360.0):
        left, right = turn - 180.0, turn + 180.0
        if east < left or west > right:
            continue
        cut = part
        if west < left or east > right:
            cut = shapely.intersection(part, shapely.box(left, -90.0, right, 90.0))
        if dimension == 0:  # what lies on the western border was counted on the other side
            cut = shapely.difference(cut, shapely.linestrings([[left, -90.0], [left, 90.0]]))
        moved = shapely.get_parts(shapely.transform(cut, lambda points, turn=turn: points - [turn, 0.0]))
        pieces += [p for p in moved if shapely.get_dimensions(p) == dimension and not shapely.is_empty(p)]
    # A part too fine for GEOS to cut is kept as it is.
    return pieces or [shapely.transform(part, lambda points: np.clip(points, [-180.0, -90.0], [180.0, 90.0]))]


def compass_word(azimuth: float) -> str:
    """Return the direction in words, in eighths of the compass: 0 is "north", 45 "north-east"."""
    words = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
    return words[round(azimuth / 45.0) % 8]
