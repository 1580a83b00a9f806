"""Land and places behind a released map, for orientation: around what is released, not around the rest."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from layers.basemap import Places, load
from layers.released import Background, ReleasedLayer

_MARGIN = 2.0
"""Of the extent's larger side, on every side: room to pan and zoom out."""
_SMALLEST_DEG = 1.5
_FINENESS = 4000
"""The land is thinned to this part of its width: about a pixel of the first view."""
_MOST_PLACES = 150
CREDIT = "Land: Natural Earth. Places: GeoNames, CC BY 4.0. For orientation only"


def background(layers: Sequence[ReleasedLayer]) -> Background:
    """Return land polygons and names of places around the released features (WGS 84, degrees)."""
    geometry = [item for layer in layers for item in layer.geometry]
    if not geometry:
        return Background(None, (), (), CREDIT)
    west, south, east, north = shapely.total_bounds(geometry)
    margin = max(_SMALLEST_DEG, _MARGIN * max(east - west, north - south))
    frame = (
        max(round(float(west) - margin, 1), -180.0),
        max(round(float(south) - margin, 1), -85.0),
        min(round(float(east) + margin, 1), 180.0),
        min(round(float(north) + margin, 1), 85.0),
    )
    basemap = load()
    return Background(frame, _land(basemap.land, frame), _places(basemap.places, frame), CREDIT)


def _land(land: Any, frame: tuple[float, float, float, float]) -> tuple[Any, ...]:
    box = shapely.box(*frame)
    near = land[shapely.intersects(land, box)]
    if not len(near):
        return ()
    merged = shapely.intersection(shapely.union_all(near), box)
    thinned = shapely.simplify(merged, (frame[2] - frame[0]) / _FINENESS)
    return tuple(part for part in shapely.get_parts(thinned) if part.geom_type == "Polygon")


def _places(places: Places, frame: tuple[float, float, float, float]) -> tuple[tuple[str, float, float], ...]:
    """Return the most prominent places; the base map lists them in that order."""
    west, south, east, north = frame
    inside = (places.lon >= west) & (places.lon <= east) & (places.lat >= south) & (places.lat <= north)
    rows = np.flatnonzero(inside)[:_MOST_PLACES]
    return tuple((str(places.name[i]), float(places.lon[i]), float(places.lat[i])) for i in rows)
