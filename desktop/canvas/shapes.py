"""Geometry kept ready for drawing: culled by bounds, thinned once per scale, held as painter paths."""

import math
from typing import Any

import numpy as np
import shapely
import shiboken6
from numpy.typing import NDArray
from PySide6.QtGui import QPainterPath, QPolygonF

from desktop.canvas.projection import Bounds, Floats, Objects, Projection

Rows = NDArray[np.intp]
POINT, LINE, RING, POLYGON = 0, 1, 2, 3
KEPT_LEVELS = 3
"""How many scales keep their paths; the one used longest ago goes first."""
THINNING = 0.4
"""Tolerance of thinning, in pixels of the finest resolution of a level."""
LONGEST_EDGE_DEG = 0.1
"""Edges are straight in longitude/latitude; longer ones are cut so that they bend as they should."""


def level_of(resolution: float) -> int:
    """Return the power of two at or below a resolution: views of one level share their paths."""
    return math.floor(math.log2(resolution))


class Shapes:
    """The drawable parts of a geometry column in one projection.

    Multipart geometries are taken apart, so `row` says which row of the column a part belongs to.
    Parts are projected and thinned when they first come into view, never all at once.

    Parameters
    ----------
    geometry : object array
        shapely geometries in WGS 84 longitude/latitude, or None.
    projection : Projection
        The drawing plane.
    """

    def __init__(self, geometry: Objects, projection: Projection) -> None:
        self.projection = projection
        self.source = geometry
        parts, row, kind, bounds = _simple_parts(projection.within_reach(geometry))
        points = kind == POINT
        self.point_row: Rows = row[points]
        self.point_x, self.point_y = projection.forward(bounds[points, 0], bounds[points, 1])
        self.geometry: Objects = parts[~points]
        self.row: Rows = row[~points]
        self.is_area: NDArray[np.bool_] = kind[~points] == POLYGON
        self.lonlat_bounds: Floats = bounds[~points]
        self.bounds: Floats = _world_bounds(self.lonlat_bounds, projection)
        self._world: Objects = np.full(len(self.geometry), None, dtype=object)
        self._paths: dict[int, Objects] = {}

    def __len__(self) -> int:
        return len(self.geometry)

    def adopt(self, older: "Shapes") -> None:
        """Take over the paths of rows whose geometry object is unchanged since `older`."""
        if older.projection != self.projection or not len(self) or not len(older):
            return
        was = {id(item): i for i, item in enumerate(older.source)}
        old_row = np.array([was.get(id(item), -1) for item in self.source], dtype=np.intp)
        old_first = np.searchsorted(older.row, old_row[self.row])
        first = np.searchsorted(self.row, self.row)
        old_part = old_first + np.arange(len(self)) - first
        kept = old_row[self.row] >= 0
        self._world[kept] = older._world[old_part[kept]]
        for level, paths in list(older._paths.items()):  # the map may draw meanwhile
            mine = self._paths.setdefault(level, np.full(len(self), None, dtype=object))
            mine[kept] = paths[old_part[kept]]

    def within(self, rect: Bounds) -> Rows:
        """Return the lines and polygons whose bounds meet a world rectangle."""
        left, bottom, right, top = rect
        b = self.bounds
        meets = (b[:, 2] >= left) & (b[:, 0] <= right) & (b[:, 3] >= bottom) & (b[:, 1] <= top)
        return np.nonzero(meets)[0]

    def points_within(self, rect: Bounds) -> Rows:
        """Return the points in a world rectangle."""
        left, bottom, right, top = rect
        x, y = self.point_x, self.point_y
        return np.nonzero((x >= left) & (x <= right) & (y >= bottom) & (y <= top))[0]

    def world(self, which: Rows) -> Objects:
        """Return parts in world metres, projecting those that were not yet."""
        missing = which[_absent(self._world[which])]
        if len(missing):
            self._world[missing] = project(
                self.geometry[missing], self.projection, self.lonlat_bounds[missing]
            )
        result: Objects = self._world[which]
        return result

    def paths(self, which: Rows, level: int) -> Objects:
        """Return painter paths in world metres, thinned for `level`; made when first asked for."""
        kept = self._paths.pop(level, None)
        if kept is None:
            kept = np.full(len(self), None, dtype=object)
        self._paths[level] = kept
        while len(self._paths) > KEPT_LEVELS:
            del self._paths[next(iter(self._paths))]
        missing = which[_absent(kept[which])]
        if len(missing):
            thinned = shapely.simplify(self.world(missing), THINNING * 2.0**level, preserve_topology=False)
            kept[missing] = painter_paths(thinned)
        result: Objects = kept[which]
        return result

    def clipped(self, part: int, rect: Bounds, resolution: float) -> Any:
        """Return one part in world metres, cut to a rectangle and thinned: for parts far larger than it."""
        whole = self.world(np.array([part]))[0]
        try:
            cut = shapely.clip_by_rect(whole, *rect)
        except shapely.errors.GEOSException:  # an invalid polygon cannot be cut; draw it whole
            cut = whole
        return shapely.simplify(cut, THINNING * resolution, preserve_topology=False)


def project(geometry: Objects, projection: Projection, lonlat_bounds: Floats) -> Objects:
    """Project lon/lat geometries to world metres, cutting long edges first."""
    size = np.maximum(lonlat_bounds[:, 2] - lonlat_bounds[:, 0], lonlat_bounds[:, 3] - lonlat_bounds[:, 1])
    large = np.nonzero(size > LONGEST_EDGE_DEG)[0]
    if len(large):
        geometry = geometry.copy()
        steps = np.maximum(LONGEST_EDGE_DEG, size[large] / 256)
        geometry[large] = shapely.segmentize(geometry[large], steps)
    return np.asarray(
        shapely.transform(geometry, lambda c: np.column_stack(projection.forward(c[:, 0], c[:, 1]))),
        dtype=object,
    )


def painter_paths(geometry: Objects) -> Objects:
    """Return one painter path a geometry (lines, polygons and their multiparts), same coordinates."""
    result = np.empty(len(geometry), dtype=object)
    for i in range(len(geometry)):
        result[i] = QPainterPath()  # odd-even fill, so holes stay open
    parts, owner, kind, _ = _simple_parts(geometry)
    rings, polygon = shapely.get_rings(parts[kind == POLYGON], return_index=True)
    lines = (kind == LINE) | (kind == RING)
    strings = np.concatenate([rings, parts[lines]])
    owners = np.concatenate([owner[kind == POLYGON][polygon], owner[lines]])
    ends = np.cumsum(shapely.get_num_coordinates(strings))
    coordinates = shapely.get_coordinates(strings)
    start = 0
    for end, i in zip(ends.tolist(), owners.tolist(), strict=True):
        result[i].addPolygon(polygon_of(coordinates[start:end]))
        start = end
    return result


def polygon_of(coordinates: Floats) -> QPolygonF:
    """Copy an (n, 2) array into a QPolygonF in one go: 4 to 5 times faster than point by point."""
    polygon = QPolygonF()
    n = len(coordinates)
    if n:
        polygon.resize(n)
        _memory(polygon)[:] = coordinates
    return polygon


def coordinates_of(polygon: QPolygonF) -> Floats:
    """Copy a QPolygonF into an (n, 2) array."""
    return _memory(polygon).copy() if polygon.size() else np.zeros((0, 2))


def _memory(polygon: QPolygonF) -> Floats:
    """Look at the points of a QPolygonF as an array; valid while the polygon lives unchanged."""
    address: Any = polygon.data()  # the stubs of PySide6 and shiboken6 6.11 do not describe this pair
    memory: Any = shiboken6.VoidPtr
    view = memory(address, polygon.size() * 16, True)
    return np.frombuffer(view, dtype=np.float64).reshape(-1, 2)


def _absent(column: Objects) -> NDArray[np.bool_]:
    return np.array([item is None for item in column], dtype=bool)


def _simple_parts(geometry: Objects) -> tuple[Objects, Rows, NDArray[np.int32], Floats]:
    """Take multipart geometries and collections apart; empty and non-finite ones are left out.

    Returns the parts, the row each comes from, its type and its bounds.
    """
    parts, row, kinds = geometry, np.arange(len(geometry)), shapely.get_type_id(geometry)
    while not ((kinds >= POINT) & (kinds <= POLYGON)).all():  # to take 200,000 points apart takes 0.1 s
        parts, inner = shapely.get_parts(parts, return_index=True)
        row, kinds = row[inner], shapely.get_type_id(parts)
    bounds = shapely.bounds(parts).reshape(-1, 4)
    usable = np.isfinite(bounds).all(axis=1)
    if not usable.all():
        parts, row, kinds, bounds = parts[usable], row[usable], kinds[usable], bounds[usable]
    return parts, row, kinds, bounds


def _world_bounds(lonlat: Floats, projection: Projection) -> Floats:
    """Bounds in world metres, from a 3 x 3 grid of each box and a little more for bent edges."""
    if not len(lonlat):
        return np.zeros((0, 4))
    if projection.period_m is not None:  # Mercator: x and y depend on one of the two each
        corners = (projection.forward(lonlat[:, i], lonlat[:, i + 1]) for i in (0, 2))
        return np.column_stack([column for corner in corners for column in corner])
    middle = (lonlat[:, :2] + lonlat[:, 2:]) / 2
    lon = np.column_stack([lonlat[:, 0], middle[:, 0], lonlat[:, 2]])
    lat = np.column_stack([lonlat[:, 1], middle[:, 1], lonlat[:, 3]])
    x, y = projection.forward(np.repeat(lon, 3, axis=1), np.tile(lat, (1, 3)))
    more = 0.02 * np.maximum(np.ptp(x, axis=1), np.ptp(y, axis=1))
    low = np.column_stack([x.min(axis=1) - more, y.min(axis=1) - more])
    return np.column_stack([low, x.max(axis=1) + more, y.max(axis=1) + more])
