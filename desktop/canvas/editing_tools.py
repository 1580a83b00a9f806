"""Tools that change a feature: move it whole, or reshape it vertex by vertex."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.canvas.drawing_tools import in_range
from desktop.canvas.projection import Floats
from desktop.canvas.shapes import Shapes
from desktop.canvas.tools import Host, Spot, Tool, ToolName
from desktop.canvas.words import length_text
from layers.model import Feature

HANDLE_REACH_PX = 8.0
MOST_HANDLES = 800
MIDPOINT_FROM_PX = 26.0
"""Edges shorter than this on the screen offer no midpoint: it would hide the vertices."""


def moved_to(geometry: Any, start: tuple[float, float], end: tuple[float, float]) -> Any:
    """Return a lon/lat geometry carried from one place to another, keeping its size on the ground.

    Offsets from `start` keep their metres: degrees of longitude are stretched by the ratio of the cosines
    of the two latitudes.
    """
    stretch = np.cos(np.radians(start[1])) / max(float(np.cos(np.radians(end[1]))), 1e-6)

    def carry(c: Floats) -> Floats:
        lat = np.clip(c[:, 1] + end[1] - start[1], -89.999, 89.999)
        return np.column_stack([end[0] + (c[:, 0] - start[0]) * stretch, lat])

    return shapely.transform(geometry, carry)


def outline_pixels(host: Host, geometry: Any) -> list[Any]:
    """Return the outline of a geometry as arrays of pixels (points as single rows), for live feedback."""
    column = np.empty(1, dtype=object)
    column[0] = geometry
    shapes, camera = Shapes(column, host.camera.projection), host.camera
    lines = []
    for part in shapes.world(np.arange(len(shapes))):
        for ring in shapely.get_rings(part) if shapely.get_type_id(part) == 3 else [part]:
            c = shapely.get_coordinates(ring)
            shift = float(camera.nearest_copy(c[:1, 0])[0] - c[0, 0])
            lines.append(np.column_stack(camera.to_screen(c[:, 0] + shift, c[:, 1])))
    x, y = camera.to_screen(camera.nearest_copy(shapes.point_x), shapes.point_y)
    lines += [np.array([[a, b]]) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    return lines


def paint_outline(host: Host, p: QPainter, geometry: Any) -> None:
    """Draw the outline of a geometry that is being changed."""
    p.setBrush(Qt.BrushStyle.NoBrush)
    for line in outline_pixels(host, geometry):
        spots = [QPointF(x, y) for x, y in line.tolist()]
        for colour, width in ((host.theme.halo, 4.0), (host.theme.text, 1.8)):
            p.setPen(QPen(QColor(colour), width))
            if len(spots) == 1:
                p.drawEllipse(spots[0], 12.0, 12.0)
            else:
                p.drawPolyline(spots)


class MoveTool(Tool):
    """Drag a feature to another place."""

    name = ToolName.MOVE
    cursor = Qt.CursorShape.SizeAllCursor
    hint = "Drag a feature to move it. Esc to stop."

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._feature: Feature | None = None
        self._press: Spot | None = None
        self._start = self._end = (0.0, 0.0)

    def press(self, spot: Spot) -> None:
        """Pick the feature up."""
        self._feature = self.host.editable_at(spot)
        self._press = spot
        self._start = self._end = self.host.camera.lonlat_at(spot.x, spot.y)

    def move(self, spot: Spot, held: bool) -> None:
        """Carry it."""
        if held and self._feature is not None:
            self._end = self.host.camera.lonlat_at(spot.x, spot.y)
            self.host.refresh()

    def release(self, spot: Spot) -> None:
        """Put it down; a press that never moved is a click."""
        feature, press = self._feature, self._press
        start, end = self._start, self.host.camera.lonlat_at(spot.x, spot.y)
        self.cancel()
        if press is not None and spot.is_near(press):
            self.host.identify(spot)
        elif feature is not None:
            self.host.offer_reshaped(feature.id, in_range(moved_to(feature.geometry, start, end)))

    def cancel(self) -> None:
        """Leave it where it was."""
        self._feature = self._press = None
        self.host.refresh()

    def read_out(self) -> list[str]:
        """Say how far it has been carried."""
        if self._feature is None or self._start == self._end:
            return []
        from layers import geo

        return [f"Moved {length_text(float(geo.distance_m(*self._start, *self._end)[0]))}"]

    def paint(self, p: QPainter) -> None:
        """Draw it where it would be put down."""
        if self._feature is not None and self._start != self._end:
            paint_outline(self.host, p, moved_to(self._feature.geometry, self._start, self._end))


@dataclass(frozen=True, slots=True)
class Ring:
    """A run of coordinates of the edited geometry; closed rings repeat their first point."""

    first: int
    end: int
    closed: bool

    @property
    def fewest(self) -> int:
        """Coordinates that must remain."""
        return 4 if self.closed else 2


class ReshapeTool(Tool):
    """Drag vertices; press on the middle of an edge to add one; Delete or right-click takes one away."""

    name = ToolName.RESHAPE
    cursor = Qt.CursorShape.ArrowCursor
    hint = (
        "Drag a point to move it, or the middle of an edge to add one. Delete or right-click removes a point."
    )

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._feature: Feature | None = None
        self._shape: Any = None
        self._held: int | None = None
        self._hot: int | None = None

    def press(self, spot: Spot) -> None:
        """Take hold of a vertex, of the middle of an edge, or choose another feature."""
        self._sync()
        vertex = self._vertex_at(spot)
        if vertex is None:
            vertex = self._insert_at(spot)
        self._held = self._hot = vertex
        if vertex is None:
            self.host.identify(spot)

    def move(self, spot: Spot, held: bool) -> None:
        """Drag the vertex."""
        self._sync()
        if held and self._held is not None:
            self._put(self._held, spot)
            self.host.refresh()
            return
        hot = self._vertex_at(spot)
        if hot != self._hot:
            self._hot = hot
            self.host.refresh()

    def release(self, spot: Spot) -> None:
        """Report the new shape, if anything moved."""
        if self._held is None:
            return
        self._held = None
        self._offer()

    def right_click(self, spot: Spot) -> bool:
        """Take away the vertex under the cursor."""
        self._sync()
        vertex = self._vertex_at(spot)
        if vertex is None:
            return False
        self._remove(vertex)
        return True

    def wants(self, key: int) -> bool:
        """Delete takes the vertex that was touched last, not the whole feature."""
        return key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._hot is not None

    def key(self, key: int) -> bool:
        """Delete the vertex that was touched last."""
        if self._hot is None or not self.wants(key):
            return False
        self._remove(self._hot)
        return True

    def cancel(self) -> None:
        """Go back to the stored shape."""
        self._feature = self._shape = self._held = self._hot = None
        self.host.refresh()

    def paint(self, p: QPainter) -> None:
        """Draw the outline, square vertices and small round midpoints."""
        self._sync()
        if self._shape is None:
            return
        paint_outline(self.host, p, self._shape)
        theme = self.host.theme
        p.setPen(QPen(QColor(theme.text), 1.0))
        p.setBrush(QColor(theme.paper))
        for middle_x, middle_y, _ in self._midpoints():
            p.drawEllipse(QPointF(middle_x, middle_y), 3.0, 3.0)
        x, y = self._pixels()
        for i in self._visible(x, y):
            size = 5.5 if i == self._hot else 4.0
            p.setPen(QPen(QColor(theme.text), 1.4))
            p.setBrush(QColor(theme.selection if i == self._hot else theme.paper))
            p.drawRect(int(x[i] - size), int(y[i] - size), int(2 * size), int(2 * size))

    def _sync(self) -> None:
        """Follow the selection, and the stored geometry when it changes, but not in the middle of a drag."""
        if self._held is not None:
            return
        feature = self.host.selected_feature()
        if feature is None:
            self._feature = self._shape = self._hot = None
        elif self._feature is None or feature.geometry is not self._feature.geometry:
            self._feature, self._shape, self._hot = feature, feature.geometry, None

    def _rings(self) -> list[Ring]:
        """Return the runs of coordinates in storage order."""
        rings, first = [], 0
        for part in _flat_parts(self._shape):
            closed = shapely.get_type_id(part) == 3
            for line in shapely.get_rings(part) if closed else [part]:
                n = int(shapely.get_num_coordinates(line))
                rings.append(Ring(first, first + n, closed))
                first += n
        return rings

    def _ring_of(self, vertex: int) -> Ring:
        return next(ring for ring in self._rings() if ring.first <= vertex < ring.end)

    def _pixels(self) -> tuple[Floats, Floats]:
        c = shapely.get_coordinates(self._shape)
        return self.host.camera.lonlat_to_screen(c[:, 0], c[:, 1])

    def _visible(self, x: Floats, y: Floats) -> list[int]:
        camera = self.host.camera
        inside = (x > -10) & (y > -10) & (x < camera.width + 10) & (y < camera.height + 10)
        return [int(i) for i in np.nonzero(inside)[0][:MOST_HANDLES]]

    def _vertex_at(self, spot: Spot) -> int | None:
        if self._shape is None:
            return None
        x, y = self._pixels()
        distance = np.hypot(x - spot.x, y - spot.y)
        nearest = int(np.argmin(distance))
        return nearest if distance[nearest] <= HANDLE_REACH_PX else None

    def _midpoints(self) -> list[tuple[float, float, int]]:
        """Return pixels of the edge midpoints in view, and the vertex that each edge starts at."""
        x, y = self._pixels()
        visible = set(self._visible(x, y))
        result = []
        for ring in self._rings():
            for i in range(ring.first, ring.end - 1):
                if (i in visible or i + 1 in visible) and (
                    np.hypot(x[i + 1] - x[i], y[i + 1] - y[i]) >= MIDPOINT_FROM_PX
                ):
                    result.append((float(x[i] + x[i + 1]) / 2, float(y[i] + y[i + 1]) / 2, i))
        return result

    def _insert_at(self, spot: Spot) -> int | None:
        """Add a vertex in the middle of the edge that was pressed; return its number."""
        if self._shape is None:
            return None
        for x, y, start in self._midpoints():
            if np.hypot(x - spot.x, y - spot.y) <= HANDLE_REACH_PX:
                c = shapely.get_coordinates(self._shape)
                middle = (c[start] + c[start + 1]) / 2
                ring = self._ring_of(start)
                self._shape = self._rebuilt(np.insert(c, start + 1, middle, axis=0), ring, +1)
                return start + 1
        return None

    def _put(self, vertex: int, spot: Spot) -> None:
        c = shapely.get_coordinates(self._shape)
        lon, lat = self.host.camera.lonlat_at(spot.x, spot.y)
        lon += 360.0 * round((c[vertex, 0] - lon) / 360.0)  # stay beside the rest of the outline
        ring = self._ring_of(vertex)
        c[vertex] = lon, lat
        if ring.closed and vertex in (ring.first, ring.end - 1):
            c[ring.first] = c[ring.end - 1] = lon, lat
        self._shape = shapely.set_coordinates(shapely.from_wkb(shapely.to_wkb(self._shape)), c)

    def _remove(self, vertex: int) -> None:
        ring = self._ring_of(vertex)
        if shapely.get_type_id(self._shape) in (0, 4) or ring.end - ring.first <= ring.fewest:
            self.host.say("No more points can be removed.")
            return
        c = shapely.get_coordinates(self._shape)
        if ring.closed and vertex in (ring.first, ring.end - 1):
            c[ring.end - 1] = c[ring.first + 1]
            vertex = ring.first
        self._hot = None
        self._shape = self._rebuilt(np.delete(c, vertex, axis=0), ring, -1)
        self._offer()

    def _rebuilt(self, coordinates: Floats, changed: Ring, growth: int) -> Any:
        """Put the geometry together again after one ring has become longer or shorter by one."""
        runs, start = [], 0
        for ring in self._rings():
            end = start + ring.end - ring.first + (growth if ring == changed else 0)
            runs.append(coordinates[start:end])
            start = end
        taken = iter(runs)
        parts = []
        for part in _flat_parts(self._shape):
            if shapely.get_type_id(part) == 3:
                lines = [next(taken) for _ in shapely.get_rings(part)]
                parts.append(shapely.Polygon(lines[0], lines[1:]))
            elif shapely.get_type_id(part) == 0:
                parts.append(shapely.Point(next(taken)[0]))
            else:
                parts.append(shapely.LineString(next(taken)))
        if shapely.get_type_id(self._shape) <= 3:
            return parts[0]
        joined = {4: shapely.MultiPoint, 5: shapely.MultiLineString, 6: shapely.MultiPolygon}
        return joined.get(int(shapely.get_type_id(self._shape)), shapely.GeometryCollection)(parts)

    def _offer(self) -> None:
        feature = self._feature
        if feature is None or shapely.equals_exact(self._shape, feature.geometry, tolerance=0.0):
            return
        if not self._shape.is_valid:
            self.host.say("The outline would cross itself, so the change was not kept.")
            self._shape = feature.geometry
            self.host.refresh()
            return
        self.host.offer_reshaped(feature.id, in_range(self._shape))


def _flat_parts(geometry: Any) -> list[Any]:
    """Return the simple parts of a geometry, collections within collections included."""
    parts = []
    for part in shapely.get_parts(geometry):
        parts += _flat_parts(part) if shapely.get_type_id(part) > 3 else [part]
    return parts
