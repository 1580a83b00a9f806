"""Land and places behind a released map, for orientation: clipped to what is released, not to the rest."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from layers.basemap import load
from layers.released import Background, ReleasedLayer

_MARGIN = 0.6
"""Of the extent's larger side, on every side: room to pan."""
_SMALLEST_DEG = 0.25
_FINENESS = 1500
"""The land is thinned to this part of its extent: finer than a pixel of the first view."""
_MOST_PLACES = 60
CREDIT = "Land: Natural Earth. Places: GeoNames, CC BY 4.0. For orientation only"


def background(layers: Sequence[ReleasedLayer]) -> Background:
    """Return land polygons and names of places around the released features (WGS 84, degrees)."""
    geometry = [item for layer in layers for item in layer.geometry]
    if not geometry:
        return Background((), (), CREDIT)
    west, south, east, north = shapely.total_bounds(geometry)
    margin = max(_SMALLEST_DEG, _MARGIN * max(east - west, north - south))
    frame = shapely.box(
        max(west - margin, -180), max(south - margin, -85), min(east + margin, 180), min(north + margin, 85)
    )
    basemap = load()
    return Background(_land(basemap.land, frame, margin), _places(basemap.places, frame), CREDIT)


def _land(land: Any, frame: Any, margin: float) -> tuple[Any, ...]:
    near = shapely.get_parts(np.asarray(land, dtype=object))
    near = near[shapely.intersects(near, frame)]
    if not len(near):
        return ()
    merged = shapely.intersection(shapely.union_all(near), frame)
    thinned = shapely.simplify(merged, margin / _FINENESS)
    return tuple(part for part in shapely.get_parts(thinned) if part.geom_type == "Polygon")


def _places(places: Any, frame: Any) -> tuple[tuple[str, float, float], ...]:
    west, south, east, north = frame.bounds
    lon, lat = np.asarray(places.lon, dtype=float), np.asarray(places.lat, dtype=float)
    inside = np.flatnonzero((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
    order = inside[np.argsort(-np.asarray(places.population, dtype=float)[inside], kind="stable")][
        :_MOST_PLACES
    ]
    return tuple((str(places.name[i]), float(lon[i]), float(lat[i])) for i in order)
