"""Distances near the poles, in local conformal planes; each is then measured as a geodesic."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo, parallel
from layers.meeting import cut_lines, once

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
Indices = NDArray[np.intp]

_CELL_DEG = 7.5
_ROOM_M = 0.02
_CHUNK = 100_000
_PREPARE_FROM = 64  # vertices


class Members:
    """Features that lie in one plane, projected once: `index` says which rows of their side they are."""

    def __init__(self, plane: geo.Plane, index: Indices, geometry: Objects) -> None:
        self.plane = plane
        self.index = index
        self._geometry = geometry

    def __len__(self) -> int:
        return len(self.index)

    @cached_property
    def flat(self) -> Objects:
        """The features in the plane; those with many vertices are prepared."""
        flat = self.plane.forward(self._geometry)
        shapely.prepare(flat[shapely.get_num_coordinates(flat) > _PREPARE_FROM])
        return flat

    @cached_property
    def pieces(self) -> tuple[Objects, Indices]:
        """The features with their lines cut, and the member each piece belongs to."""
        return cut_lines(self.flat)

    @cached_property
    def rim_m(self) -> float:
        """How far from the centre of the plane the members reach, at most."""
        return float(np.abs(shapely.total_bounds(self.flat)).max()) * 1.4143 if len(self) else 0.0


def near(
    of_a: Members, of_b: Members, reach_a_m: Floats, reach_b_m: Floats, apart_from: tuple[Indices, Indices]
) -> tuple[Indices, Indices, Floats, Floats, Floats]:
    """Find the pairs of one plane within reach of each other, except those known to meet.

    Parameters
    ----------
    of_a, of_b : Members
        What is compared.
    reach_a_m, reach_b_m : arrays
        Reach of each member, in metres; a pair counts up to their sum.
    apart_from : (rows of a, rows of b)
        Pairs that need no answer.

    Returns
    -------
    a, b : index arrays
        Rows of the sides.
    distance_m : array
        Geodesic between the nearest places.
    from_, to : (n, 2) arrays
        Those places, longitude/latitude.
    """
    i, j = _candidates(of_a, of_b, reach_a_m, reach_b_m)
    a, b = of_a.index[i], of_b.index[j]
    stride = int(max(b.max(initial=0), apart_from[1].max(initial=0))) + 1
    new = ~np.isin(a * stride + b, apart_from[0] * stride + apart_from[1])
    i, j = i[new], j[new]
    cuts = np.arange(_CHUNK, len(i), _CHUNK) if len(i) > 2 * _CHUNK else np.array([len(i) // 2])
    shares = list(zip(np.split(i, cuts), np.split(j, cuts), strict=True))
    lines = parallel.each(lambda some: _nearest_places(of_a, of_b, *some), shares, rows=len(i))
    from_, to = (np.concatenate([line[side] for line in lines]) for side in (0, 1))
    distance = geo.distance_m(from_[:, 0], from_[:, 1], to[:, 0], to[:, 1])
    keep = distance <= reach_a_m[i] + reach_b_m[j]
    return of_a.index[i[keep]], of_b.index[j[keep]], distance[keep], from_[keep], to[keep]


def _candidates(
    of_a: Members, of_b: Members, reach_a_m: Floats, reach_b_m: Floats
) -> tuple[Indices, Indices]:
    """Return pairs of members that may lie within reach. The side with lines, else the larger, is indexed."""
    lines_a, lines_b = (len(side.pieces[0]) > len(side) for side in (of_a, of_b))
    if lines_b > lines_a or (lines_a == lines_b and len(of_b) > len(of_a)):
        j, i = _candidates(of_b, of_a, reach_b_m, reach_a_m)
        return i, j
    scale = geo.Plane.scale_at(max(of_a.rim_m, of_b.rim_m))
    pieces, owner = of_a.pieces
    found_i, found_j = [np.empty(0, np.intp)], [np.empty(0, np.intp)]
    for group in geo.by_reach(reach_a_m[owner]):
        tree = shapely.STRtree(pieces[group])
        distance = (reach_b_m + reach_a_m[owner[group]].max()) * scale + _ROOM_M
        question, answer = tree.query(of_b.flat, predicate="dwithin", distance=distance)
        found_i.append(owner[group[answer]])
        found_j.append(question)
    return once(np.concatenate(found_i), np.concatenate(found_j), max(len(of_b), 1))


def _nearest_places(of_a: Members, of_b: Members, i: Indices, j: Indices) -> tuple[Floats, Floats]:
    """Return the nearest places of paired members; GEOS uses what is prepared of the first shape."""
    flat_a, flat_b = of_a.flat[i], of_b.flat[j]
    swap = shapely.get_num_coordinates(flat_b).sum() > shapely.get_num_coordinates(flat_a).sum()
    first, second = (flat_b, flat_a) if swap else (flat_a, flat_b)
    lonlat = of_a.plane.inverse(shapely.get_coordinates(shapely.shortest_line(first, second)))
    return (lonlat[1::2], lonlat[0::2]) if swap else (lonlat[0::2], lonlat[1::2])


def cells(
    geometry_a: Objects,
    bounds_a: Floats,
    rows_a: Indices,
    geometry_b: Objects,
    bounds_b: Floats,
    rows_b: Indices,
    reach_m: float,
) -> Iterator[tuple[Members, Members]]:
    """Cut both sides along a fixed grid: of `a` what lies in a cell, of `b` what lies within reach of it.

    Cutting along meridians and parallels is exact, because stored edges are straight in them.
    """
    pole = 90.0 - _CELL_DEG
    for south in np.arange(-90.0, 90.0, _CELL_DEG):
        north = south + _CELL_DEG
        middle = np.radians(min(abs(south), abs(north)))
        polar = south < -pole or north > pole
        count = 1 if polar else max(1, int(360.0 * np.cos(middle) / _CELL_DEG))
        width = 360.0 / count
        for start in np.linspace(-180.0, 180.0, count, endpoint=False):
            west, east = (-360.0, 360.0) if polar else (float(start), float(start) + width)
            of_a = _clip(geometry_a, bounds_a, rows_a, (west, south, east, north))
            if not len(of_a[0]):
                continue
            up = reach_m / geo.METRES_PER_DEGREE * 1.01
            out = (
                0.0 if polar else float(geo.longitude_reach_deg(reach_m * 1.01, max(abs(south), abs(north))))
            )
            of_b = _clip(geometry_b, bounds_b, rows_b, (west - out, south - up, east + out, north + up))
            if not len(of_b[0]):
                continue
            lat0 = float(np.sign(north)) * 90.0 if polar else (south + north) / 2
            plane = geo.Plane((west + east) / 2, float(lat0))
            yield Members(plane, *of_a), Members(plane, *of_b)


def _clip(
    geometry: Objects, all_bounds: Floats, rows: Indices, box: tuple[float, float, float, float]
) -> tuple[Indices, Objects]:
    """Return the rows inside a box, and their shapes cut to it; longitudes may lie a turn away."""
    indices, pieces = [], []
    west, south, east, north = box
    if east - west > 360.0:  # it goes round the earth: longitudes may be any
        west, east = -360.0, 360.0
    for turn in (0.0, -360.0, 360.0):
        if turn and east - west > 360.0:
            continue
        left, right = west + turn, east + turn
        bounds = all_bounds[rows]
        inside = np.flatnonzero(
            (bounds[:, 0] <= right)
            & (bounds[:, 2] >= left)
            & (bounds[:, 1] <= north)
            & (bounds[:, 3] >= south)
        )
        if not len(inside):
            continue
        shapes = geometry[rows[inside]]
        crossing = (
            (bounds[inside, 0] < left)
            | (bounds[inside, 2] > right)
            | (bounds[inside, 1] < south)
            | (bounds[inside, 3] > north)
        )
        if crossing.any():
            shapes[crossing] = shapely.intersection(shapes[crossing], shapely.box(left, south, right, north))
        full = ~shapely.is_empty(shapes)
        indices.append(rows[inside[full]])
        pieces.append(shapes[full])
    if not indices:
        return np.empty(0, np.intp), np.empty(0, object)
    return np.concatenate(indices), np.concatenate(pieces)
