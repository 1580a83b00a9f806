"""When a movement may be in a part of its route, from the window of its leg and its speeds."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo
from layers.volume import NAT

Floats = NDArray[np.float64]

_SAME_DEG = 1e-6
"""Parts of a route that end and begin within 11 cm of each other meet."""
_TURNS_DEG = (-360.0, 0.0, 360.0)


def positions_m(route: Any, ground: Any) -> tuple[float, float, float] | None:
    """Return from where to where along a route, in metres, it lies in `ground`, and how long it is.

    Both are in WGS 84 longitude/latitude; a route may run on past 180 degrees, ground is cut there. What the
    route leaves between its first and its last metre in the ground counts as inside. None where it never
    meets the ground, or its parts do not follow each other, so that nothing is known of the order in which
    they are travelled.
    """
    if not _goes_on(route):
        return None
    pieces = edges(route)
    length = geo.length_m(pieces)
    begins = np.cumsum(length) - length
    if np.abs(shapely.bounds(route)[::2]).max() > 180.0:
        turned = [
            shapely.transform(ground, lambda p, turn=turn: p + np.array([turn, 0])) for turn in _TURNS_DEG
        ]
        ground = shapely.union_all(turned)
    inside = shapely.intersection(pieces, ground)
    met = np.flatnonzero(~shapely.is_empty(inside))
    if not len(met):
        return None
    first, last = _along(pieces[met[0]], inside[met[0]]), _along(pieces[met[-1]], inside[met[-1]])
    return (
        float(begins[met[0]] + first[0] * length[met[0]]),
        float(begins[met[-1]] + last[1] * length[met[-1]]),
        float(length.sum()),
    )


def _goes_on(route: Any) -> bool:
    """Tell whether each part of a route begins where the one before ends; 180 and -180 are the same place."""
    parts = shapely.get_parts(route)
    ends, begins = (shapely.get_coordinates(shapely.get_point(parts, at)) for at in (-1, 0))
    gap = np.abs(ends[:-1] - begins[1:])
    gap[:, 0] = np.minimum(gap[:, 0], np.abs(gap[:, 0] - 360.0))
    return bool((gap <= _SAME_DEG).all())


def edges(route: Any) -> NDArray[np.object_]:
    """Return the edges of a line, in order; the parts of a multipart one follow each other."""
    points, part = shapely.get_coordinates(shapely.get_parts(route), return_index=True)
    same = np.flatnonzero(part[1:] == part[:-1])
    return np.asarray(shapely.linestrings(np.stack([points[same], points[same + 1]], axis=1)), dtype=object)


def _along(edge: Any, piece: Any) -> tuple[float, float]:
    """Return the fractions of an edge between which a piece of it lies."""
    start, end = shapely.get_coordinates(edge)
    step = end - start
    square = float(step @ step)
    if square == 0:
        return 0.0, 0.0
    along = np.clip((shapely.get_coordinates(piece) - start) @ step / square, 0.0, 1.0)
    return float(along.min()), float(along.max())


def passing(
    start: np.datetime64,
    end: np.datetime64,
    part: tuple[float, float, float],
    slowest_kmh: float,
    fastest_kmh: float,
) -> tuple[np.datetime64, np.datetime64]:
    """Return the window in which a movement may be in a part of its route.

    It leaves the beginning at `start` at the earliest and reaches the end by `end`, never faster than
    `fastest_kmh`. Where no end is stated, it is taken to leave at `start`, never slower than `slowest_kmh`.
    NaT = open; a speed that is NaN or 0 says nothing.
    """
    first_m, last_m, length_m = part
    earliest, latest = start, end
    if fastest_kmh > 0:
        if not np.isnat(start):
            earliest = start + _took(first_m, fastest_kmh)
        if not np.isnat(end):
            latest = end - _took(length_m - last_m, fastest_kmh)
    if np.isnat(end) and not np.isnat(start) and slowest_kmh > 0:
        latest = start + _took(last_m, slowest_kmh)
    # A window too short for the route at that speed says nothing about where the movement is.
    if not np.isnat(earliest) and not np.isnat(latest) and latest <= earliest:
        return start, end
    return earliest, latest if not np.isnat(latest) else NAT


def _took(metres: float, speed_kmh: float) -> np.timedelta64:
    return np.timedelta64(round(metres / (speed_kmh / 3.6) * 1e6), "us")
