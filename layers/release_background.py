"""Land and places behind a released map, for orientation: around what is released, not around the rest."""

from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.basemap import Places, load
from layers.model import Objects
from layers.released import Background, ReleasedLayer

Box = tuple[float, float, float, float]

_MARGIN = 2.0
"""Of the extent's larger side, on every side: room to pan and zoom out."""
_SMALLEST_DEG = 1.5
_FINENESS = 4000
"""The land is thinned to this part of its width: about a pixel of the first view."""
_FAR = 5.0
"""A feature this many times farther from the middle than nine tenths of all is not in the first view."""
_ASTRIDE_DEG = 180.0
"""A release that is wider counts as astride the antimeridian."""
_MOST_PLACES = 150
CREDIT = "Land: Natural Earth. Places: GeoNames, CC BY 4.0. For orientation only"


def background(layers: Sequence[ReleasedLayer]) -> Background:
    """Return land polygons and names of places around the released features (WGS 84, degrees)."""
    geometry = [item for layer in layers for item in layer.geometry]
    if not geometry:
        return Background(None, None, (), (), CREDIT)
    west, south, east, north = view = _first_view(shapely.bounds(geometry))
    margin = max(_SMALLEST_DEG, _MARGIN * max(east - west, north - south))
    farthest_east = 180.0 if east <= 180.0 else 540.0
    frame = (
        max(round(west - margin, 1), -180.0),
        max(round(south - margin, 1), -85.0),
        min(round(east + margin, 1), farthest_east),
        min(round(north + margin, 1), 85.0),
    )
    basemap = load()
    return Background(frame, view, _land(basemap.land, frame), _places(basemap.places, frame), CREDIT)


def _first_view(bounds: NDArray[np.float64]) -> Box:
    """Return the extent of the features but for the few that lie far from the others: usually mistakes.

    Astride the antimeridian, longitudes run on past 180.
    """
    if np.ptp(bounds[:, [0, 2]]) > _ASTRIDE_DEG:
        moved = bounds.copy()
        moved[:, [0, 2]] += np.where(bounds[:, [2]] <= 0.0, 360.0, 0.0)
        # A feature that is itself cut at 180 spans the world; its two sides belong beside each other.
        cut = bounds[:, 2] - bounds[:, 0] > _ASTRIDE_DEG
        moved[cut, 0], moved[cut, 2] = 180.0, 180.0
        bounds = moved
    centres = (bounds[:, :2] + bounds[:, 2:]) / 2
    away = np.abs(centres - np.median(centres, axis=0)).max(axis=1)
    bounds = bounds[away <= max(_FAR * float(np.quantile(away, 0.9)), _SMALLEST_DEG)]
    west, south = bounds[:, :2].min(axis=0)
    east, north = bounds[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)


def _boxes(frame: Box) -> Iterator[Box]:
    """Yield the frame with longitudes in range: in two pieces where it passes the antimeridian."""
    west, south, east, north = frame
    if west < 180.0:
        yield west, south, min(east, 180.0), north
    if east > 180.0:
        yield max(west, 180.0) - 360.0, south, min(east - 360.0, 180.0), north


def _land(land: Objects, frame: Box) -> tuple[shapely.Polygon, ...]:
    fineness_deg = (frame[2] - frame[0]) / _FINENESS
    found = []
    for box in _boxes(frame):
        clip = shapely.box(*box)
        near = land[shapely.intersects(land, clip)]
        # Thinned a little first: joining the land of half the world vertex by vertex takes many seconds.
        joined = shapely.union_all(shapely.simplify(near, fineness_deg / 4))
        thinned = shapely.simplify(shapely.intersection(joined, clip), fineness_deg)
        found += [part for part in shapely.get_parts(thinned) if part.geom_type == "Polygon"]
    return tuple(found)


def _places(places: Places, frame: Box) -> tuple[tuple[str, float, float], ...]:
    """Return the most prominent places; the base map lists them in that order."""
    inside = np.zeros(len(places), dtype=bool)
    for west, south, east, north in _boxes(frame):
        across = (places.lon >= west) & (places.lon <= east)
        inside |= across & (places.lat >= south) & (places.lat <= north)
    rows = np.flatnonzero(inside)[:_MOST_PLACES]
    return tuple((str(places.name[i]), float(places.lon[i]), float(places.lat[i])) for i in rows)
