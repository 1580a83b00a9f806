"""Tools that draw a new point, line, polygon or circle. Vertices are kept in longitude/latitude."""

from typing import Any

import numpy as np
import shapely
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from desktop.canvas.tools import Host, Spot, Tool, ToolName
from desktop.canvas.words import area_text, length_text

LonLat = tuple[float, float]


class PointTool(Tool):
    """Click to place a point."""

    name = ToolName.POINT
    cursor = Qt.CursorShape.CrossCursor
    hint = "Click to place the point. Esc to stop."

    def release(self, spot: Spot) -> None:
        """Place it."""
        lon, lat = self.host.camera.lonlat_at(spot.x, spot.y)
        self.host.offer_drawn(in_range(shapely.Point(lon, lat)))


class PathTool(Tool):
    """Click corner after corner; Enter or a double click finishes, Backspace takes the last one back."""

    cursor = Qt.CursorShape.CrossCursor
    fewest = 2

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.corners: list[LonLat] = []
        self._cursor: LonLat | None = None

    def release(self, spot: Spot) -> None:
        """Add a corner."""
        corner = self.host.camera.lonlat_at(spot.x, spot.y)
        if self.corners and self._is_same(self.corners[-1], spot):
            return
        self.corners.append(self._beside_last(corner))
        self.host.refresh()

    def move(self, spot: Spot, held: bool) -> None:
        """Show the next edge."""
        self._cursor = self._beside_last(self.host.camera.lonlat_at(spot.x, spot.y))
        if self.corners:
            self.host.refresh()

    def double_click(self, spot: Spot) -> bool:
        """Finish; the first click of the two has already added the last corner."""
        self.finish()
        return True

    def key(self, key: int) -> bool:
        """Finish, or take the last corner back."""
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.corners:
            self.finish()
            return True
        if key == Qt.Key.Key_Backspace and self.corners:
            self.corners.pop()
            self.host.refresh()
            return True
        return False

    def cancel(self) -> None:
        """Drop all corners."""
        self.corners = []
        self._cursor = None
        self.host.refresh()

    def finish(self) -> None:
        """Report the geometry, or say why it cannot be."""
        if len(self.corners) < self.fewest:
            self.host.say(f"At least {self.fewest} different points are needed.")
            return
        geometry = self.build(self.corners)
        if not geometry.is_valid:
            self.host.say("The outline crosses itself. Take points back with Backspace.")
            return
        self.cancel()
        self.host.offer_drawn(in_range(geometry))

    def build(self, corners: list[LonLat]) -> Any:
        """Make the geometry of some corners."""
        return shapely.LineString(corners)

    def read_out(self) -> list[str]:
        """Say how long the line is so far."""
        shown = self._shown()
        if len(shown) < 2:
            return []
        last = length_text(_length_m(shapely.LineString(shown[-2:])))
        return [f"Length {length_text(_length_m(shapely.LineString(shown)))}", f"Last part {last}"]

    def paint(self, p: QPainter) -> None:
        """Draw the corners so far and the edge to the cursor."""
        shown = [self._pixel(corner) for corner in self._shown()]
        if not shown:
            return
        theme = self.host.theme
        p.setBrush(Qt.BrushStyle.NoBrush)
        self.paint_shape(p, shown)
        for colour, width in ((theme.halo, 4.0), (theme.text, 1.8)):
            p.setPen(QPen(QColor(colour), width))
            p.drawPolyline(shown)
        p.setPen(QPen(QColor(theme.text), 1.4))
        p.setBrush(QColor(theme.paper))
        for corner in self.corners:
            p.drawEllipse(self._pixel(corner), 4.0, 4.0)

    def paint_shape(self, p: QPainter, shown: list[QPointF]) -> None:
        """Draw what lies under the outline: nothing for a line."""

    def _shown(self) -> list[LonLat]:
        return [*self.corners, self._cursor] if self.corners and self._cursor else list(self.corners)

    def _beside_last(self, corner: LonLat) -> LonLat:
        """Keep longitudes running on across the antimeridian, so that an outline never turns back."""
        if not self.corners:
            return corner
        return corner[0] + 360.0 * round((self.corners[-1][0] - corner[0]) / 360.0), corner[1]

    def _pixel(self, corner: LonLat) -> QPointF:
        x, y = self.host.camera.lonlat_to_screen(*corner)
        return QPointF(float(x), float(y))

    def _is_same(self, corner: LonLat, spot: Spot) -> bool:
        pixel = self._pixel(corner)
        return abs(pixel.x() - spot.x) < 2 and abs(pixel.y() - spot.y) < 2


class LineTool(PathTool):
    """Draw a line."""

    name = ToolName.LINE
    hint = (
        "Click point after point. Double-click or Enter to finish, Backspace to take one back, Esc to stop."
    )


class PolygonTool(PathTool):
    """Draw an area."""

    name = ToolName.POLYGON
    hint = (
        "Click corner after corner. Double-click or Enter to finish, Backspace to take one back, Esc to stop."
    )
    fewest = 3

    def build(self, corners: list[LonLat]) -> Any:
        """Make the polygon."""
        return shapely.Polygon(corners)

    def read_out(self) -> list[str]:
        """Say how large the area is so far."""
        shown = self._shown()
        if len(shown) < 3:
            return super().read_out()
        polygon = shapely.Polygon(shown)
        if not polygon.is_valid:
            return ["The outline crosses itself"]
        outline = length_text(_length_m(polygon.exterior))
        return [f"Area {area_text(_area_m2(polygon))}", f"Outline {outline}"]

    def paint_shape(self, p: QPainter, shown: list[QPointF]) -> None:
        """Fill what will be inside."""
        tint = QColor(self.host.theme.selection)
        tint.setAlpha(60)
        p.setBrush(tint)
        p.setPen(QPen(QColor(self.host.theme.muted), 1.0, Qt.PenStyle.DashLine))
        p.drawPolygon(QPolygonF(shown))
        p.setBrush(Qt.BrushStyle.NoBrush)


class CircleTool(Tool):
    """Press at the centre, drag to the radius: a true circle on the ground."""

    name = ToolName.CIRCLE
    cursor = Qt.CursorShape.CrossCursor
    hint = "Press at the centre and drag to the edge. Esc to stop."

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._centre: LonLat | None = None
        self._rim: LonLat | None = None

    def press(self, spot: Spot) -> None:
        """Put down the centre."""
        self._centre = self._rim = self.host.camera.lonlat_at(spot.x, spot.y)

    def move(self, spot: Spot, held: bool) -> None:
        """Stretch the radius."""
        if self._centre is not None:
            self._rim = self.host.camera.lonlat_at(spot.x, spot.y)
            self.host.refresh()

    def release(self, spot: Spot) -> None:
        """Report the circle."""
        self.move(spot, held=False)
        centre, radius_m = self._centre, self.radius_m
        self.cancel()
        if centre is None or radius_m < 2 * self.host.camera.metres_per_pixel:
            self.host.say("Drag from the centre to the edge.")
            return
        self.host.offer_drawn(circle(centre, radius_m))

    def cancel(self) -> None:
        """Forget the circle."""
        self._centre = self._rim = None
        self.host.refresh()

    @property
    def radius_m(self) -> float:
        """Radius on the ground, metres on the ellipsoid."""
        if self._centre is None or self._rim is None:
            return 0.0
        from layers import geo

        return float(geo.distance_m(*self._centre, *self._rim)[0])

    def read_out(self) -> list[str]:
        """Say the radius."""
        if self._centre is None:
            return []
        radius_m = self.radius_m
        return [f"Radius {length_text(radius_m)}", f"Area {area_text(np.pi * radius_m**2)}"]

    def paint(self, p: QPainter) -> None:
        """Draw the circle as it will be."""
        if self._centre is None or self._rim is None or self.radius_m <= 0:
            return
        theme, camera = self.host.theme, self.host.camera
        rim = shapely.get_coordinates(circle(self._centre, self.radius_m))
        x, y = camera.lonlat_to_screen(rim[:, 0], rim[:, 1])
        outline = QPolygonF([QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)])
        tint = QColor(theme.selection)
        tint.setAlpha(60)
        p.setPen(QPen(QColor(theme.text), 1.8))
        p.setBrush(tint)
        p.drawPolygon(outline)
        cx, cy = camera.lonlat_to_screen(*self._centre)
        rx, ry = camera.lonlat_to_screen(*self._rim)
        p.setPen(QPen(QColor(theme.text), 1.2, Qt.PenStyle.DashLine))
        p.drawLine(QPointF(float(cx), float(cy)), QPointF(float(rx), float(ry)))


def circle(centre: LonLat, radius_m: float) -> Any:
    """Return the geodesic circle as a polygon in longitude/latitude."""
    from layers import geo

    return geo.buffer(in_range(shapely.Point(centre)), radius_m)


def in_range(geometry: Any) -> Any:
    """Bring longitudes that ran past the antimeridian back, splitting what crosses it (RFC 7946, 3.1.9)."""
    from layers import geo

    west, _, east, _ = geometry.bounds
    middle = (west + east) / 2
    turns = np.floor((middle + 180.0) / 360.0)
    if turns:
        geometry = shapely.transform(geometry, lambda c: c - [360.0 * turns, 0.0])
    return geo.split_at_antimeridian(geometry)


def _length_m(geometry: Any) -> float:
    from layers import geo

    return float(geo.length_m(_column(geometry))[0])


def _area_m2(geometry: Any) -> float:
    from layers import geo

    return float(geo.area_m2(_column(geometry))[0])


def _column(geometry: Any) -> Any:
    column = np.empty(1, dtype=object)
    column[0] = geometry
    return column
