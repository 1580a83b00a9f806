"""What lies under the cursor or in a rubber band; hidden layers are never hit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from desktop.canvas.camera import Camera
from desktop.canvas.drawn import DrawnLayer
from desktop.canvas.projection import Bounds, Objects
from desktop.canvas.shapes import Rows

TOLERANCE_PX = 5.0
MARKER_REACH_PX = 12.0
_POINT_FIRST, _LINE_NEXT, _AREA_LAST = 0.0, 1e3, 1e6
_TURNS_DEG = (-360.0, 0.0, 360.0)


@dataclass(frozen=True, slots=True)
class Hit:
    """A feature under the cursor; smaller `rank` is nearer."""

    rank: float
    layer: DrawnLayer
    row: int

    @property
    def id(self) -> str:
        """Id of the feature."""
        return str(self.layer.layer.table.id[self.row])


def hits_at(layers: Sequence[DrawnLayer], camera: Camera, px: float, py: float) -> list[Hit]:
    """Return all features at a pixel: points by distance, then lines, then areas, the smallest first."""
    lon, lat = camera.lonlat_at(px, py)
    tolerance = _tolerance(camera, lon, lat)
    found: dict[tuple[int, int], Hit] = {}
    for index, drawn in enumerate(layers):
        for hit in (*_points(drawn, camera, px, py), *_shapes(drawn, lon, lat, tolerance)):
            known = found.get((index, hit.row))
            if known is None or hit.rank < known.rank:
                found[index, hit.row] = hit
    # A tie goes to what is drawn on top.
    return sorted(found.values(), key=lambda hit: (hit.rank, -hit.layer.order))


def surrounds(hit: Hit, camera: Camera) -> bool:
    """Tell whether a feature lies around all that the map shows, so that no edge of it can be seen.

    Of a shape that GEOS refuses, or where the map shows more than the earth, that is not said.
    """
    seen = _ground(camera, (0.0, 0.0, float(camera.width), float(camera.height)))
    shape = hit.layer.layer.table.geometry[hit.row]
    turned = [shapely.transform(seen, lambda c, turn=turn: c + np.array([turn, 0.0])) for turn in _TURNS_DEG]
    try:
        return bool(np.any(shapely.contains_properly(shape, turned)))
    except shapely.errors.GEOSException:
        return False


def ids_in(layers: Sequence[DrawnLayer], camera: Camera, corners: Bounds) -> frozenset[str]:
    """Return the features that meet a rectangle of pixels (left, top, right, bottom)."""
    left, top, right, bottom = corners
    band = _ground(camera, corners)
    x0, y1 = camera.to_world(left, top)
    x1, y0 = camera.to_world(right, bottom)
    ids: set[str] = set()
    for drawn in layers:
        shapes, table = drawn.shapes, drawn.layer.table
        for shift in camera.shifts():
            inside = shapes.points_within((float(x0) - shift, float(y0), float(x1) - shift, float(y1)))
            ids.update(table.id[shapes.point_row[inside]].tolist())
        for turn in _TURNS_DEG:
            moved = shapely.transform(band, lambda c, turn=turn: c + np.array([turn, 0.0]))
            which = _touching(shapes.lonlat_bounds, shapely.bounds(moved))
            meets = which[_intersects(shapes.geometry[which], moved)]
            ids.update(table.id[shapes.row[meets]].tolist())
    return frozenset(ids)


def _ground(camera: Camera, corners: Bounds) -> Any:
    """Return the ground of a rectangle of pixels as a shape in degrees."""
    left, top, right, bottom = corners
    edge = np.linspace(0, 1, 9)[:-1]
    px = np.concatenate([left + (right - left) * edge, np.full(8, right), right - (right - left) * edge])
    px = np.concatenate([px, np.full(8, left)])
    py = np.concatenate([np.full(8, top), top + (bottom - top) * edge, np.full(8, bottom)])
    py = np.concatenate([py, bottom - (bottom - top) * edge])
    lon, lat = camera.projection.inverse(*camera.to_world(px, py))
    return shapely.polygons(np.column_stack([lon, lat]))


def _tolerance(camera: Camera, lon: float, lat: float) -> Any:
    """Return an ellipse in degrees that covers some pixels around a place."""
    dx = TOLERANCE_PX * camera.metres_per_pixel / 111_320.0
    dlon = dx / max(float(np.cos(np.radians(lat))), 0.01)
    angle = 2 * np.pi * np.arange(16) / 16
    return shapely.polygons(np.column_stack([lon + dlon * np.cos(angle), lat + dx * np.sin(angle)]))


def _points(drawn: DrawnLayer, camera: Camera, px: float, py: float) -> list[Hit]:
    shapes = drawn.shapes
    if not len(shapes.point_x):
        return []
    x, y = camera.to_screen(camera.nearest_copy(shapes.point_x), shapes.point_y)
    distance = np.hypot(x - px, y - py)
    near = np.nonzero(distance <= MARKER_REACH_PX)[0]
    return [Hit(_POINT_FIRST + float(distance[i]), drawn, int(shapes.point_row[i])) for i in near.tolist()]


def _shapes(drawn: DrawnLayer, lon: float, lat: float, tolerance: Any) -> list[Hit]:
    shapes = drawn.shapes
    hits = []
    for turn in _TURNS_DEG:
        around = shapely.transform(tolerance, lambda c, turn=turn: c + np.array([turn, 0.0]))
        which = _touching(shapes.lonlat_bounds, shapely.bounds(around))
        which = which[_intersects(shapes.geometry[which], around)]
        here = shapely.Point(lon + turn, lat)
        for part in which.tolist():
            if shapes.is_area[part]:
                west, south, east, north = shapes.lonlat_bounds[part]
                rank = _AREA_LAST + float((east - west) * (north - south))
            else:
                rank = _LINE_NEXT + float(shapely.distance(shapes.geometry[part], here))
            hits.append(Hit(rank, drawn, int(shapes.row[part])))
    return hits


def _touching(bounds: Any, box: Any) -> Rows:
    west, south, east, north = box
    meets = (bounds[:, 2] >= west) & (bounds[:, 0] <= east)
    return np.nonzero(meets & (bounds[:, 3] >= south) & (bounds[:, 1] <= north))[0]


def _intersects(geometry: Objects, other: Any) -> Any:
    """Tell which geometries meet another; one that GEOS refuses counts by its bounds alone."""
    try:
        return shapely.intersects(geometry, other)
    except shapely.errors.GEOSException:
        return np.ones(len(geometry), dtype=bool)
