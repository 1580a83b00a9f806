"""The small map of the import dialog: the rows, the area of operations, and what is being talked about."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import shapely
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QShowEvent
from PySide6.QtWidgets import QWidget

from desktop import theme
from desktop.canvas.background import Background
from desktop.canvas.projection import Bounds, Objects, WebMercator
from desktop.canvas.shapes import polygon_of
from desktop.canvas.small_map import SmallMap
from desktop.panels.plain_text import one_line
from layers import basemap
from layers.basemap import Basemap
from layers.model import Kind, KindSpec, Layer, Workspace
from layers.places import extent_of
from layers.progress import Progress

_SHAPES = 200
_VERTICES = 20_000
_ROOM = 0.15
"""Share of an extent that is left free around it."""
_LEAST_DEG = 0.004


class Role(Enum):
    """What an overlay stands for; each has its own line, so that colour is not alone."""

    NOW = "now"
    PROPOSED = "proposed"
    BEFORE = "before"
    LANDING = "landing"


@dataclass(frozen=True, slots=True)
class Overlay:
    """One shape (longitude/latitude) drawn over the rows, with a word beside it."""

    geometry: Any
    role: Role
    words: str = ""


@dataclass(frozen=True, eq=False)
class Ground:
    """The base map made ready for drawing; all small maps share one."""

    basemap: Basemap
    background: Background


def load_ground(_progress: Progress) -> Ground:
    """Read the base map and make it ready, off the GUI thread."""
    loaded = basemap.load()
    return Ground(loaded, Background(loaded, WebMercator()))


class ImportMap(SmallMap):
    """Shows the rows of a file with the area of operations around them, and overlays on top."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.overlays: tuple[Overlay, ...] = ()
        self._area: list[Layer] = []
        self._rows: tuple[Objects, KindSpec] | None = None
        self._waiting: Ground | None = None
        self._is_stale = False
        self._with_area = False
        self.set_dark(theme.is_dark())

    def set_workspace(self, workspace: Workspace) -> None:
        """Show the workspace's area of operations with whatever comes."""
        self._area = [layer for layer in workspace.of_kind(Kind.AREA_OF_OPERATIONS) if len(layer.table)]

    def set_rows(self, shapes: Objects, spec: KindSpec) -> None:
        """Show rows as their kind is drawn, together with the area of operations."""
        self._rows = (shapes, spec)
        self._is_stale = True
        if self.isVisible():
            self._take_over()

    def set_ground(self, ground: Ground) -> None:
        """Draw a base map under everything, once there are rows to look at."""
        self._waiting = ground
        self._is_stale = True
        if self.isVisible():
            self._take_over()

    def showEvent(self, event: QShowEvent) -> None:
        """Make what was set meanwhile ready: a map that nobody looks at costs nothing."""
        super().showEvent(event)
        self._take_over()

    def redraw(self, *, features: bool = True) -> None:
        """Draw anew, unless nobody looks."""
        if self.isVisible():
            super().redraw(features=features)

    def _take_over(self) -> None:
        if not self._is_stale or self._rows is None:
            return
        self._is_stale = False
        shapes, spec = self._rows
        if self._waiting is not None:
            self._picture.share_background(self._waiting.basemap, self._waiting.background)
            self._waiting = None
        self.set_geometries(shapes, spec)
        rows = [drawn.layer for drawn in self._picture.all_layers if drawn.layer.id == "preview"]
        self._picture.set_layers([*self._area, *rows])
        self._look()
        self.redraw()

    def set_overlays(self, overlays: Sequence[Overlay], *, zoom: bool = True, area: bool = False) -> None:
        """Draw shapes over the rows and show them; with `area` together with the area of operations."""
        self.overlays = tuple(o for o in overlays if o.geometry is not None and not o.geometry.is_empty)[
            :_SHAPES
        ]
        self._with_area = area
        self.update()
        if zoom:
            self._look()

    def _look(self) -> None:
        """Look at the overlays, or at everything where there are none."""
        if not self.overlays:
            self.zoom_to_all()
            return
        bounds = [overlay.geometry.bounds for overlay in self.overlays]
        if self._with_area:
            bounds += [b for layer in self._area for b in layer.table.bounds.tolist()]
        self.show_bounds(np.array(bounds))

    def show_bounds(self, bounds: Any) -> None:
        """Show an array of bounds with some room around."""
        extent = extent_of(bounds)
        if extent is None:
            return
        west, south, east, north = extent
        dx, dy = max((east - west) * _ROOM, _LEAST_DEG), max((north - south) * _ROOM, _LEAST_DEG)
        self.zoom_to_extent(
            max(west - dx, -180.0), max(south - dy, -85.0), min(east + dx, 180.0), min(north + dy, 85.0)
        )

    def extent(self) -> Bounds | None:
        """Return the extent of the rows; of the area of operations where there are none."""
        rows = [d.layer.table.bounds for d in self._picture.all_layers if d.layer.id == "preview"]
        found = extent_of(np.concatenate(rows)) if rows else None
        if found is None and self._area:
            found = extent_of(np.concatenate([layer.table.bounds for layer in self._area]))
        return found

    def paint_over(self, p: QPainter) -> None:
        """Paint the overlays and the scale bar."""
        left = _VERTICES
        for overlay in self.overlays:
            left -= int(shapely.get_num_coordinates(overlay.geometry))
            if left < 0:
                break
            self._paint(p, overlay)
        super().paint_over(p)

    def _paint(self, p: QPainter, overlay: Overlay) -> None:
        colour = QColor(role_colour(overlay.role))
        dashed = overlay.role in (Role.BEFORE, Role.PROPOSED)
        p.setPen(QPen(colour, 2.0, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine))
        p.setBrush(Qt.BrushStyle.NoBrush)
        for part in _simple_parts(overlay.geometry):
            lon, lat = shapely.get_coordinates(part).T
            pixels = np.column_stack(self.camera.lonlat_to_screen(lon, lat))
            if len(pixels) == 1:
                self._paint_point(p, QPointF(*pixels[0].tolist()), overlay.role)
            else:
                p.drawPolyline(polygon_of(pixels))
        if overlay.words:
            self._paint_words(p, overlay)

    def _paint_point(self, p: QPainter, at: QPointF, role: Role) -> None:
        if role is Role.BEFORE:
            p.drawLine(at + QPointF(-6, -6), at + QPointF(6, 6))
            p.drawLine(at + QPointF(-6, 6), at + QPointF(6, -6))
        else:
            p.drawEllipse(at, 9.0, 9.0)

    def _paint_words(self, p: QPainter, overlay: Overlay) -> None:
        west, _, east, north = overlay.geometry.bounds
        anchor = self.pixel_of((west + east) / 2, north)
        words = one_line(overlay.words)
        box = QRectF(QFontMetrics(p.font()).boundingRect(words)).adjusted(-5, -2, 5, 2)
        box.moveCenter(QPointF(anchor.x(), anchor.y() - 10 - box.height() / 2))
        room = QRectF(self.rect()).adjusted(4, 4, -4, -4)
        box.moveLeft(min(max(box.left(), room.left()), max(room.right() - box.width(), room.left())))
        box.moveTop(min(max(box.top(), room.top()), max(room.bottom() - box.height(), room.top())))
        scheme = theme.colours()
        ground = QColor(scheme.raised)
        ground.setAlpha(225)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(ground)
        p.drawRoundedRect(box, 3, 3)
        p.setPen(QColor(role_colour(overlay.role)))
        p.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


def _simple_parts(geometry: Any) -> list[Any]:
    """Return the points, lines and rings of a shape."""
    parts = shapely.get_parts(geometry)
    while (shapely.get_type_id(parts) >= 4).any():
        parts = shapely.get_parts(parts)
    found: list[Any] = []
    for part in parts:
        found += list(shapely.get_rings(part)) if part.geom_type == "Polygon" else [part]
    return found


def role_colour(role: Role) -> str:
    """Return the colour of a role in the theme in use."""
    c = theme.colours()
    return {Role.NOW: c.accent, Role.PROPOSED: c.good, Role.BEFORE: c.bad, Role.LANDING: c.accent}[role]
