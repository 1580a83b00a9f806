"""What shapes share, as GEOS constructs it, in longitude/latitude as stored."""

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
Indices = NDArray[np.intp]

_SEAM_DEG = 170.0  # shapes beyond are looked at in longitudes from 0 to 360 as well
_SEGMENTS_A_PIECE = 16
_MERIDIAN = shapely.linestrings([[0.0, -90.0], [0.0, 90.0]])


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
    return np.asarray(
        shapely.transform(geometry, lambda points: np.column_stack([points[:, 0] % 360.0, points[:, 1]])),
        dtype=object,
    )


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
    shared = np.asarray(shapely.intersection(*together(a, b)), dtype=object)
    for i in np.flatnonzero(shapely.bounds(shared).reshape(-1, 4)[:, 2] > 180.0):
        shared[i] = geo.split_at_antimeridian(shared[i])
    return shared
