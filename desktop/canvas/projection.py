"""Projections for *drawing*: Web Mercator and a local azimuthal view. Checks never use them.

Both are spherical formulae from J. P. Snyder, "Map Projections: A Working Manual" (USGS Professional
Paper 1395, 1987): Mercator eq. 7-1, 7-2, 7-4; azimuthal equidistant eq. 25-2, 5-3, 5-4, 20-14, 20-15.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
Bounds = tuple[float, float, float, float]

SEMI_MAJOR_M = 6_378_137.0
ECCENTRICITY_2 = 0.00669437999014
"""First eccentricity squared of WGS 84."""
MERCATOR_LIMIT_DEG = 85.051128779807
LOCAL_REACH_DEG = 70.0


class ProjectionName(StrEnum):
    """The views the user can choose."""

    WEB_MERCATOR = "web_mercator"
    LOCAL = "local"


class Projection(Protocol):
    """Longitude/latitude in degrees to metres on a drawing plane (x right, y up) and back."""

    @property
    def name(self) -> ProjectionName:
        """Which projection this is."""
        ...

    @property
    def period_m(self) -> float | None:
        """Width after which the world repeats in x, or None when it does not."""
        ...

    @property
    def widest_m(self) -> float:
        """Largest width, in world metres, that a view should show."""
        ...

    def forward(self, lon: Any, lat: Any) -> tuple[Floats, Floats]:
        """Project degrees to world metres."""
        ...

    def inverse(self, x: Any, y: Any) -> tuple[Floats, Floats]:
        """Return degrees; the longitude is continuous across the antimeridian, so it may pass 180."""
        ...

    def ground_factor(self, lat: Any) -> Floats:
        """Ground metres per world metre, measured east-west at these latitudes."""
        ...

    def within_reach(self, geometry: Objects) -> Objects:
        """Return lon/lat geometries cut to what this projection can draw."""
        ...


def wrap_lon(lon: Any) -> Floats:
    """Bring longitudes into [-180, 180)."""
    return np.asarray((np.asarray(lon, dtype=np.float64) + 180.0) % 360.0 - 180.0)


@dataclass(frozen=True, slots=True)
class WebMercator:
    """Spherical Mercator on the WGS 84 semi-major axis, as web maps use it; latitudes end at 85.05."""

    name: ProjectionName = ProjectionName.WEB_MERCATOR

    @property
    def period_m(self) -> float:
        """Circumference of the equator."""
        return float(2 * np.pi * SEMI_MAJOR_M)

    @property
    def widest_m(self) -> float:
        """A little more than the world, so that a theatre astride the date line can be shown whole."""
        return self.period_m * 1.5

    def forward(self, lon: Any, lat: Any) -> tuple[Floats, Floats]:
        """Project degrees to world metres; latitudes beyond the limit are drawn at the limit."""
        phi = np.radians(np.clip(np.asarray(lat, dtype=np.float64), -MERCATOR_LIMIT_DEG, MERCATOR_LIMIT_DEG))
        x = SEMI_MAJOR_M * np.radians(np.asarray(lon, dtype=np.float64))
        return np.asarray(x), np.asarray(SEMI_MAJOR_M * np.arctanh(np.sin(phi)))

    def inverse(self, x: Any, y: Any) -> tuple[Floats, Floats]:
        """Return degrees; x beyond half the period gives longitudes beyond 180."""
        lon = np.degrees(np.asarray(x, dtype=np.float64) / SEMI_MAJOR_M)
        lat = np.degrees(np.arcsin(np.tanh(np.asarray(y, dtype=np.float64) / SEMI_MAJOR_M)))
        return np.asarray(lon), np.asarray(lat)

    def ground_factor(self, lat: Any) -> Floats:
        """Ground metres per world metre, east-west, on the ellipsoid (radius of the parallel over a)."""
        phi = np.radians(np.asarray(lat, dtype=np.float64))
        return np.asarray(np.cos(phi) / np.sqrt(1 - ECCENTRICITY_2 * np.sin(phi) ** 2))

    def within_reach(self, geometry: Objects) -> Objects:
        """Return the geometries as they are: Mercator draws everything."""
        return geometry


@dataclass(frozen=True, slots=True)
class LocalAzimuthal:
    """Azimuthal equidistant about a centre: distances from the centre and areas near it look right.

    Parameters
    ----------
    lon0, lat0 : float
        Centre, degrees.
    """

    lon0: float
    lat0: float
    name: ProjectionName = ProjectionName.LOCAL

    @property
    def period_m(self) -> None:
        """The plane does not repeat."""
        return None

    @property
    def widest_m(self) -> float:
        """Beyond this the edge of what is drawn would come into view."""
        return 5_000_000.0

    @property
    def _radius_m(self) -> float:
        """Gaussian mean radius of curvature at the centre, so that scale is true there."""
        w2 = 1 - ECCENTRICITY_2 * np.sin(np.radians(self.lat0)) ** 2
        return float(SEMI_MAJOR_M * np.sqrt(1 - ECCENTRICITY_2) / w2)

    def forward(self, lon: Any, lat: Any) -> tuple[Floats, Floats]:
        """Project degrees to world metres; the antipode has no place and becomes the far edge."""
        phi, phi0 = np.radians(np.asarray(lat, dtype=np.float64)), np.radians(self.lat0)
        dlam = np.radians(np.asarray(lon, dtype=np.float64) - self.lon0)
        east = np.cos(phi) * np.sin(dlam)
        north = np.cos(phi0) * np.sin(phi) - np.sin(phi0) * np.cos(phi) * np.cos(dlam)
        cosine = np.sin(phi0) * np.sin(phi) + np.cos(phi0) * np.cos(phi) * np.cos(dlam)
        sine = np.hypot(east, north)
        arc = np.arctan2(sine, cosine)
        factor = np.where(sine > 1e-15, arc / np.maximum(sine, 1e-15), 1.0) * self._radius_m
        return np.asarray(factor * east), np.asarray(factor * north)

    def inverse(self, x: Any, y: Any) -> tuple[Floats, Floats]:
        """Return degrees, the longitude within 180 of the centre."""
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        phi0, rho = np.radians(self.lat0), np.hypot(x, y)
        arc = np.minimum(rho / self._radius_m, np.pi)
        safe = np.maximum(rho, 1e-12)
        sine = np.cos(arc) * np.sin(phi0) + y * np.sin(arc) * np.cos(phi0) / safe
        lat = np.arcsin(np.clip(sine, -1, 1))
        dlam = np.arctan2(x * np.sin(arc), safe * np.cos(phi0) * np.cos(arc) - y * np.sin(phi0) * np.sin(arc))
        return np.asarray(self.lon0 + np.degrees(dlam)), np.asarray(np.degrees(lat))

    def ground_factor(self, lat: Any) -> Floats:
        """Ground metres per world metre, east-west at the centre; elsewhere within the view nearly so."""
        w2 = 1 - ECCENTRICITY_2 * np.sin(np.radians(self.lat0)) ** 2
        factor = SEMI_MAJOR_M / np.sqrt(w2) / self._radius_m
        return np.full(np.shape(lat), factor, dtype=np.float64)

    def within_reach(self, geometry: Objects) -> Objects:
        """Cut to a window about the centre: polygons near the antipode would turn inside out."""
        half = 180.0 if abs(self.lat0) > 55 else LOCAL_REACH_DEG
        south, north = max(-90.0, self.lat0 - LOCAL_REACH_DEG), min(90.0, self.lat0 + LOCAL_REACH_DEG)
        bounds = shapely.bounds(geometry).reshape(-1, 4)
        inside = (bounds[:, 0] >= self.lon0 - half) & (bounds[:, 2] <= self.lon0 + half)
        inside &= (bounds[:, 1] >= south) & (bounds[:, 3] <= north)
        doubtful = np.nonzero(~inside & np.isfinite(bounds).all(axis=1))[0]
        if not len(doubtful):
            return geometry
        result = geometry.copy()
        for i in doubtful.tolist():
            result[i] = _cut(geometry[i], (self.lon0 - half, south, self.lon0 + half, north))
        return result


def _cut(geometry: Any, window: Bounds) -> Any:
    """Cut one geometry to a window that may reach past the antimeridian."""
    west, south, east, north = window
    pieces = []
    for shift in (-360.0, 0.0, 360.0):
        try:
            piece = shapely.clip_by_rect(geometry, west - shift, south, east - shift, north)
        except shapely.errors.GEOSException:  # an invalid polygon cannot be cut; it is drawn whole or not
            piece = geometry if shift == 0.0 else None
        if piece is not None and not piece.is_empty:
            pieces.extend(shapely.get_parts(piece).tolist())
    return shapely.geometrycollections(pieces) if pieces else None
