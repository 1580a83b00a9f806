"""The MGRS square that a position stands for: what was written in four figures lies in it, not in a disc.

A square is read as its centre and the disc that holds it (`coordinates`), which every check can use. Of the
disc, only the square is possible. Nothing else is stored: a position is a square when its uncertainty is
just that of a square of 10 m to 10 km, and it lies in the middle of one.
"""

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import utm

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]

_SIZES_M = (10_000.0, 1_000.0, 100.0, 10.0)
_SAME_M = 1e-6
_CENTRE_M = 0.01  # of a 10 m square: what else would lie there with just that uncertainty?
_EDGE_M = 1_000.0  # edges are straight on the grid: the longer get points between, for longitude/latitude


def squares(geometry: Objects, uncertainty_m: Floats) -> Objects:
    """Return the square that each position stands for, WGS 84 longitude/latitude; None where it is none.

    Parameters
    ----------
    geometry : object array (n,)
        Shapes in longitude/latitude; only points can be squares.
    uncertainty_m : array (n,)
        Radius within which the true position lies.

    Squares beside the edge of a UTM zone are returned whole, though the zone cuts them. Near the poles, where
    MGRS has another grid, there is none.
    """
    result = np.full(len(geometry), None, dtype=object)
    for size_m in _SIZES_M:
        alike = np.abs(uncertainty_m - utm.square_radius_m(size_m)) < _SAME_M
        for row in np.flatnonzero(alike & (shapely.get_type_id(geometry) == 0)):
            result[row] = _square(float(geometry[row].x), float(geometry[row].y), size_m)
    return result


def _square(lon: float, lat: float, size_m: float) -> shapely.Polygon | None:
    """Return the square of a size that has a position in its middle; None where none has."""
    standard = int((lon + 180.0) // 6.0) % 60 + 1
    for zone in (standard, standard % 60 + 1, (standard - 2) % 60 + 1):  # zones are wider in the far north
        east, north = utm.from_lonlat(lon, lat, zone)
        if all(abs(value % size_m - size_m / 2) < _CENTRE_M for value in (east, north)):
            return shapely.Polygon(_rim(east - size_m / 2, north - size_m / 2, size_m, zone))
    return None


def _rim(east: float, north: float, size_m: float, zone: int) -> list[tuple[float, float]]:
    steps = max(1, round(size_m / _EDGE_M))
    along = [size_m * step / steps for step in range(steps)]
    grid = [
        *((east + t, north) for t in along),
        *((east + size_m, north + t) for t in along),
        *((east + size_m - t, north + size_m) for t in along),
        *((east, north + size_m - t) for t in along),
    ]
    return [utm.to_lonlat(e, n, zone) for e, n in grid]
