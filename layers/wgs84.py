"""Longitude and latitude on WGS 84, which most files state: known by sight, without a library for others.

Loading pyproj takes longer than checking ten thousand shapes; `layers.crs` is asked about everything else.
"""

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
