"""Longitude and latitude on WGS 84, which most files state: known by sight, without a library for others.

Loading pyproj takes longer than checking ten thousand shapes; `layers.crs` is asked about everything else.
"""

from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from layers.model import Bounds, Objects, extent_of

WGS84 = "EPSG:4326"
NAME = "WGS 84"

_DATUM = 'DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563'
_GREENWICH = 'PRIMEM["Greenwich",0'
_DEGREE = 'UNIT["degree",0.0174532925199433'
_PLAIN = frozenset(
    {
        WGS84,
        'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
        'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]',
        f'GEOGCS["WGS 84",{_DATUM}]],{_GREENWICH}],{_DEGREE}]]',
        f'GEOGCS["WGS 84",{_DATUM},AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],'
        f'{_GREENWICH},AUTHORITY["EPSG","8901"]],{_DEGREE},AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]',
    }
)
"""What programs write for it, ArcGIS and GDAL first; another spelling only takes longer."""


def is_plain(crs: str | None) -> bool:
    """Tell a common statement of longitude and latitude on WGS 84, in WKT or as a code."""
    return crs is not None and crs.strip().replace(", ", ",") in _PLAIN


def extent(geometries: Objects) -> Bounds | None:
    """Return west, south, east, north of all finite coordinates, or None."""
    return extent_of(shapely.bounds(geometries).reshape(-1, 4))


def looks_like_degrees(bounds: Bounds) -> bool:
    """Tell whether an extent fits longitude and latitude."""
    west, south, east, north = bounds
    return west >= -180 and east <= 180 and south >= -90 and north <= 90


def cut_line(line: Any) -> list[Any]:
    """Cut a line whose longitudes run on past 180 or -180 degrees there, and bring its pieces into range.

    The pieces follow each other as the line runs. It is not cut where it crosses itself, and a stretch that
    it runs twice stays there twice: an intersection with a box, as GEOS makes it, does both.

    Parameters
    ----------
    line : LineString
        WGS 84, without jumps in longitude.

    Returns
    -------
    list of LineString
        What lies at 180 degrees counts once, as 180.
    """
    xy = shapely.get_coordinates(line)
    low, high = np.minimum(xy[:-1, 0], xy[1:, 0]), np.maximum(xy[:-1, 0], xy[1:, 0])
    first, beyond = np.floor((low + 180.0) / 360.0), np.ceil((high + 180.0) / 360.0)
    added, at = [], []
    for edge in np.flatnonzero(beyond - first > 1):
        start, end = xy[edge], xy[edge + 1]
        seams = np.arange(first[edge] + 1, beyond[edge]) * 360.0 - 180.0
        for seam in seams if start[0] < end[0] else seams[::-1]:
            at.append(edge + 1)
            added.append((seam, start[1] + (end - start)[1] * ((seam - start[0]) / (end - start)[0])))
    xy = np.insert(xy, at, np.reshape(added, (-1, 2)), axis=0)
    turn = np.ceil(((xy[:-1, 0] + xy[1:, 0]) / 2 - 180.0) / 360.0)
    ends = [0, *(np.flatnonzero(np.diff(turn)) + 1), len(turn)]
    pieces = [
        shapely.linestrings(xy[begin : end + 1] - [360.0 * turn[begin], 0.0]) for begin, end in pairwise(ends)
    ]
    return [piece for piece in pieces if shapely.length(piece) > 0] or pieces[:1]
