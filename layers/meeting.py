"""What shapes share, as GEOS constructs it, in longitude/latitude as stored."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
Indices = NDArray[np.intp]

_SEAM_DEG = 170.0  # shapes beyond are looked at in longitudes from 0 to 360 as well
_SEGMENTS_A_PIECE = 16
_CROSSED_PIECES = 24  # how many pieces of a line the average one may touch
_SAMPLED = 200
_POLYGON, _MULTIPOLYGON = 3, 6  # type ids
_MERIDIAN = shapely.linestrings([[0.0, -90.0], [0.0, 90.0]])
_ANTIMERIDIAN = shapely.MultiLineString([[(180, -90), (180, 90)], [(-180, -90), (-180, 90)]])


def once(i: Indices, j: Indices, stride: int) -> tuple[Indices, Indices]:
    """Return each pair once, in order; `stride` is larger than any `j`."""
    keys = np.unique(i * stride + j)
    return keys // stride, keys % stride


def cut_lines(geometry: Objects) -> tuple[Objects, Indices]:
    """Cut long lines into pieces of up to 16 segments; return all pieces, and the row each came from."""
    kinds = shapely.get_type_id(geometry)
    lines = np.flatnonzero(
        np.isin(kinds, (1, 5)) & (shapely.get_num_coordinates(geometry) > 2 * _SEGMENTS_A_PIECE)
    )
    if not len(lines):
        return geometry, np.arange(len(geometry))
    parts, owner = shapely.get_parts(geometry[lines], return_index=True)
    points, part = shapely.get_coordinates(parts, return_index=True)
    size = np.bincount(part, minlength=len(parts))
    count = np.maximum(np.ceil((size - 1) / _SEGMENTS_A_PIECE).astype(np.intp), 1)
    piece_part = np.repeat(np.arange(len(parts)), count)
    number = np.arange(len(piece_part)) - np.repeat(np.cumsum(count) - count, count)
    first = number * _SEGMENTS_A_PIECE
    length = np.minimum(_SEGMENTS_A_PIECE, size[piece_part] - 1 - first) + 1
    begins = (np.cumsum(size) - size)[piece_part] + first
    piece = np.repeat(np.arange(len(length)), length)
    vertex = np.arange(len(piece)) - np.repeat(np.cumsum(length) - length - begins, length)
    pieces = shapely.linestrings(points[vertex], indices=piece)
    others = np.setdiff1d(np.arange(len(geometry)), lines)
    return np.r_[geometry[others], pieces], np.r_[others, lines[owner[piece_part]]]


def unwrap(geometry: Objects) -> Objects:
    """Return geometries with longitudes in 0 to 360, so that those at the antimeridian are in one piece."""
    whole = np.asarray(
        shapely.transform(geometry, lambda points: np.column_stack([points[:, 0] % 360.0, points[:, 1]])),
        dtype=object,
    )
    # Parts of an area that share the meridian at which it was cut are one again: no rim is left between.
    bounds = shapely.bounds(whole).reshape(-1, 4)
    cut = (shapely.get_type_id(whole) == _MULTIPOLYGON) & (bounds[:, 0] < 180.0) & (bounds[:, 2] > 180.0)
    whole[cut] = shapely.union_all(whole[cut, None], axis=1)
    return whole


def together(a: Objects, b: Objects) -> tuple[Objects, Objects]:
    """Return paired shapes in a common run of longitudes: those near the antimeridian in 0 to 360.

    Shapes that cross the meridian of 0 would be torn by that, and stay as they are.
    """
    reaches = [np.abs(shapely.bounds(side).reshape(-1, 4)[:, ::2]).max(axis=1) for side in (a, b)]
    seam = np.maximum(*reaches) > _SEAM_DEG
    for side in (a, b):
        seam[seam] = ~shapely.intersects(side[seam], _MERIDIAN)
    if seam.any():
        a, b = a.copy(), b.copy()
        a[seam], b[seam] = unwrap(a[seam]), unwrap(b[seam])
    return a, b


def shared_ground(a: Objects, b: Objects) -> Objects:
    """Return pairwise what two shapes share, in longitude/latitude, split at the antimeridian."""
    a, b = together(a, b)
    tangled_a, tangled_b = _tangled(a), _tangled(b)
    plain = ~(tangled_a | tangled_b)
    shared = np.empty(len(a), dtype=object)
    shared[plain] = shapely.intersection(a[plain], b[plain])
    for i in np.flatnonzero(~plain):
        shared[i] = _edge_by_edge(a[i], b[i]) if tangled_a[i] else _edge_by_edge(b[i], a[i])
    for i in np.flatnonzero(shapely.bounds(shared).reshape(-1, 4)[:, 2] > 180.0):
        shared[i] = geo.split_at_antimeridian(shared[i])
    return shared


def _tangled(geometry: Objects) -> NDArray[np.bool_]:
    """Mark lines that cross themselves all over, as the track of a parked vehicle does.

    GEOS would find every one of those crossings: minutes, and gigabytes, for 10,000 vertices.
    """
    result = np.zeros(len(geometry), dtype=bool)
    long = shapely.get_num_coordinates(geometry) > _CROSSED_PIECES * _SEGMENTS_A_PIECE
    lines = np.flatnonzero(np.isin(shapely.get_type_id(geometry), (1, 5)) & long)
    known: dict[int, bool] = {}  # the same route is compared with many zones
    for i in lines:
        line = geometry[i]
        if id(line) not in known:
            boxes = shapely.bounds(cut_lines(geometry[i : i + 1])[0])
            some = boxes[:: len(boxes) // _SAMPLED + 1, None]
            touches = (some[..., :2] <= boxes[:, 2:]).all(axis=2) & (some[..., 2:] >= boxes[:, :2]).all(
                axis=2
            )
            known[id(line)] = float(touches.sum(axis=1).mean()) > _CROSSED_PIECES
        result[i] = known[id(line)]
    return result


def _edge_by_edge(line: object, other: object) -> object:
    """Return what each edge of a line shares with another shape; an edge that occurs twice counts once."""
    points, part = shapely.get_coordinates(shapely.get_parts(line), return_index=True)
    edges = np.stack([points[:-1], points[1:]], axis=1)[part[1:] == part[:-1]]
    backwards = (edges[:, 0] > edges[:, 1])[:, 0] | (
        (edges[:, 0, 0] == edges[:, 1, 0]) & (edges[:, 0, 1] > edges[:, 1, 1])
    )
    edges[backwards] = edges[backwards, ::-1]
    pieces = np.asarray(shapely.linestrings(np.unique(edges, axis=0)))
    shapely.prepare(other)
    inside = shapely.contains_properly(other, pieces)
    cut = shapely.intersects(other, pieces) & ~inside
    parts = np.r_[pieces[inside], shapely.get_parts(shapely.intersection(pieces[cut], other))]
    lines = parts[shapely.get_type_id(parts) == 1]
    return shapely.multilinestrings(lines) if len(lines) else shapely.union_all(parts)


def rims_of(shapes: Objects) -> Objects:
    """Return the boundaries of areas, without where they are cut at the antimeridian.

    Points and lines have no inside: they are their own rim.
    """
    rims = np.asarray(shapely.boundary(shapes), dtype=object)
    cut = np.abs(shapely.bounds(shapes)[:, ::2]).max(axis=1, initial=0.0) == 180.0
    rims[cut] = shapely.difference(rims[cut], _ANTIMERIDIAN)
    for row in np.flatnonzero(~np.isin(shapely.get_type_id(shapes), (_POLYGON, _MULTIPOLYGON))):
        rims[row] = _rim_of_mixed(shapes[row])
    return rims


def simple_parts(shape: Any) -> Objects:
    """Return the points, lines and polygons of a shape, however deep in collections."""
    parts = shapely.get_parts(shape)
    while (shapely.get_type_id(parts) > _POLYGON).any():
        parts = shapely.get_parts(parts)
    return np.asarray(parts, dtype=object)


def _rim_of_mixed(shape: Any) -> Any:
    """Return the rim of a shape that is not of polygons only."""
    parts = simple_parts(shape)
    wide = shapely.get_dimensions(parts) == 2
    if not wide.any():
        return shape
    area = shapely.union_all(parts[wide])
    thin = shapely.difference(shapely.union_all(parts[~wide]), area)
    return shapely.union(rims_of(np.array([area], dtype=object))[0], thin)
