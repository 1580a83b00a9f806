"""Metres on the WGS 84 ellipsoid for geometries stored in longitude/latitude.

Stored edges are straight in longitude/latitude (RFC 7946). Areas and lengths are integrated along those
edges. Distances are found in a local conformal plane and then measured as geodesics, so that no flat
projection decides a finding.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]

_GEOD = pyproj.Geod(ellps="WGS84")
_A = float(_GEOD.a)
_ES = float(_GEOD.es)
_E = math.sqrt(_ES)
_MEAN_RADIUS_M = 6_371_008.8
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(5)
_NODES, _WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2

CHORD_DEG = 0.004
"""Longest edge, in degrees, that is projected as one straight piece.

A straight edge in longitude/latitude departs from the straight line in a conformal plane by at most
`R * sin(lat) * cos(lat) * dlon**2 / 8`, which is 2 mm for 0.004 degrees at the worst latitude (45).
"""

METRES_PER_DEGREE = 110_574.0
"""Shortest length of a degree of latitude on the ellipsoid (at the equator), for envelopes."""


def distance_m(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> Floats:
    """Return geodesic distances in metres between points given in degrees (Karney 2013, by PROJ)."""
    return np.asarray(_inverse(lon1, lat1, lon2, lat2)[2])


def azimuth_deg(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> Floats:
    """Return the direction from the first points to the second, in degrees clockwise from north, 0 to 360."""
    return np.asarray(_inverse(lon1, lat1, lon2, lat2)[0]) % 360.0


def _inverse(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> tuple[Any, Any, Any]:
    points = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(v, np.float64)) for v in (lon1, lat1, lon2, lat2))
    )
    a, b, c, d = (np.ascontiguousarray(p) for p in points)
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


@lru_cache(maxsize=256)
def _projection(lon0: float, lat0: float) -> pyproj.Proj:
    return pyproj.Proj(proj="stere", lon_0=lon0, lat_0=lat0, ellps="WGS84")


@dataclass(frozen=True)
class Plane:
    """An oblique stereographic plane in metres, tangent at `lon0`, `lat0` (degrees).

    It is conformal, so the nearest of several points stays the nearest; lengths in it are too long by
    at most `scale_at` its rim. Good within about 700 km of the centre.
    """

    lon0: float
    lat0: float

    def forward(self, geometries: Objects) -> Objects:
        """Project longitude/latitude geometries, adding vertices so that edges stay true within 2 mm."""
        projection = _projection(self.lon0, self.lat0)
        # `segmentize` copies every geometry; most have only short edges.
        bounds = shapely.bounds(geometries)
        wide = np.flatnonzero(
            (bounds[:, 2] - bounds[:, 0] > CHORD_DEG) | (bounds[:, 3] - bounds[:, 1] > CHORD_DEG)
        )
        if len(wide):
            geometries = geometries.copy()
            geometries[wide] = shapely.segmentize(geometries[wide], CHORD_DEG)

        def project(points: Floats) -> Floats:
            lon = (points[:, 0] - self.lon0 + 180.0) % 360.0 - 180.0 + self.lon0
            return np.column_stack(projection(lon, points[:, 1]))

        return np.asarray(shapely.transform(geometries, project), dtype=object)

    def inverse(self, points: Floats) -> Floats:
        """Return longitude and latitude, (n, 2) in degrees, of plane points (n, 2) in metres."""
        lon, lat = _projection(self.lon0, self.lat0)(points[:, 0], points[:, 1], inverse=True)
        return np.column_stack([lon, lat])

    @staticmethod
    def scale_at(radius_m: float) -> float:
        """Return an upper bound of the scale factor within `radius_m` of the centre."""
        return 1.0 + 1.02 * (radius_m / (2 * _MEAN_RADIUS_M)) ** 2 + 1e-6


def longitude_reach_deg(reach_m: ArrayLike, lat: ArrayLike) -> Floats:
    """Return how many degrees of longitude `reach_m` spans at most at latitude `lat` (degrees), up to 360."""
    far = np.minimum(np.abs(np.asarray(lat)) + np.asarray(reach_m) / METRES_PER_DEGREE, 90.0)
    cosine = np.maximum(np.cos(np.radians(far)), 1e-9)
    return np.asarray(np.minimum(np.asarray(reach_m) / (METRES_PER_DEGREE * cosine), 360.0))


def buffer(geometry: Any, radius_m: float) -> Any:
    """Return the ground within `radius_m` metres of a geometry, in longitude/latitude.

    Contains the true geodesic buffer and is at most 0.1 % wider (plus 2 mm). Split at the antimeridian.
    Meant for geometries of up to some 500 km that do not reach a pole.
    """
    west, south, east, north = shapely.bounds(geometry)
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

    return split_at_antimeridian(shapely.transform(shapely.segmentize(wide, 5_000.0), unproject)[0])


def split_at_antimeridian(geometry: Any) -> Any:
    """Cut a geometry whose longitudes run past 180 or -180 degrees, and bring each part into range."""
    west, _, east, _ = shapely.bounds(geometry)
    if west >= -180.0 and east <= 180.0:
        return geometry
    pieces = []
    for turn in (-360.0, 0.0, 360.0):
        cut = shapely.intersection(geometry, shapely.box(-180.0 + turn, -90.0, 180.0 + turn, 90.0))
        if shapely.is_empty(cut):
            continue
        moved = shapely.transform(cut, lambda points, turn=turn: points - [turn, 0.0])
        pieces += list(shapely.get_parts(moved))
    dimension = shapely.get_dimensions(geometry)
    pieces = [p for p in pieces if shapely.get_dimensions(p) == dimension]
    if len(pieces) == 1:
        return pieces[0]
    collect = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)[int(dimension)]
    return collect(pieces)


def compass_word(azimuth: float) -> str:
    """Return the direction in words, in eighths of the compass: 0 is "north", 45 "north-east"."""
    words = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
    return words[round(azimuth / 45.0) % 8]
