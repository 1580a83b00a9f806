"""The map widget: shows a workspace, lets the user point at things, select, draw and edit."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from desktop.canvas.annotations import Highlight, rows_of
from desktop.canvas.background import ATTRIBUTION
from desktop.canvas.camera import Camera
from desktop.canvas.drawing_tools import CircleTool, LineTool, PointTool, PolygonTool
from desktop.canvas.editing_tools import MoveTool, ReshapeTool, outline_pixels
from desktop.canvas.furniture import (
    MARGIN_PX,
    paint_attribution,
    paint_bubble,
    paint_north,
    paint_scale_bar,
)
from desktop.canvas.graticule import paint_graticule
from desktop.canvas.hit import Hit, hits_at, ids_in, surrounds
from desktop.canvas.marks import FindingMarks
from desktop.canvas.projection import Bounds, wrap_lon
from desktop.canvas.shapes import polygon_of
from desktop.canvas.surface import MapSurface
from desktop.canvas.tools import PanTool, SelectTool, Spot, Tool, ToolName
from desktop.canvas.words import plain
from layers.findings import Severity
from layers.kinds import spec_of
from layers.model import Feature, Workspace
from layers.places import Extents, extent_of

HOVER_REST_MS = 35
PLACE_RESOLUTION_M = 12.0
"""World metres a pixel at most after going to a place."""
MOST_HOVER_VERTICES = 20_000
TOOLS = (PanTool, SelectTool, PointTool, LineTool, PolygonTool, CircleTool, MoveTool, ReshapeTool)


class MapView(MapSurface):
    """A map of a workspace, drawn with QPainter from kept pictures.

    All positions in signals and methods are WGS 84 longitude/latitude in degrees.
    """

    clicked = Signal(list, float, float)
    """Ids of all features under a click (nearest first), longitude, latitude."""
    activated = Signal(str)
    """Id of a feature that was double-clicked."""
    finding_clicked = Signal(str)
    """Key of a finding whose mark was clicked."""
    selection_requested = Signal(object, bool)
    """A frozenset of ids, and whether to add them to the selection."""
    cursor_moved = Signal(float, float)
    tool_changed = Signal(object)
    """The `ToolName` now in use."""
    drawn = Signal(object)
    """A finished shapely geometry."""
    reshaped = Signal(str, object)
    """Id of a feature, and its new shapely geometry."""
    menu_requested = Signal(QPoint, float, float, list)
    """Where on the screen, longitude, latitude, ids of the features there (nearest first)."""
    message = Signal(str)
    """A plain sentence for the status bar: what the tool expects, why something cannot be done."""

    def __init__(
        self, parent: QWidget | None = None, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        super().__init__(parent, clock=clock)
        self._workspace: Workspace | None = None
        self._extents = Extents(())
        self._graticule = False
        self._marker: tuple[float, float] | None = None
        self._hover: Hit | None = None
        self._cursor: QPointF | None = None
        self._grabbed: QPointF | None = None
        self._space = False
        self._skip_release = False
        self._told_of_far = False
        self._tools: dict[ToolName, Tool] = {tool.name: tool(self) for tool in TOOLS}
        self._tool = self._tools[ToolName.PAN]
        self._hover_rest = QTimer(self)
        self._hover_rest.setSingleShot(True)
        self._hover_rest.setInterval(HOVER_REST_MS)
        self._hover_rest.timeout.connect(self._find_hover)
        self.setMouseTracking(True)

    # --- what is shown --------------------------------------------------------------------------------

    def prepare(self, workspace: Workspace) -> None:
        """Make ready what `set_workspace` will be given soon; touches no Qt, for worker threads."""
        self._picture.prepare(workspace.layers)
        extents = Extents(tuple(layer.table for layer in workspace.layers))
        _ready = extents.everything, extents.together, workspace.extent
        self._extents = extents

    def set_workspace(self, workspace: Workspace) -> None:
        """Show a workspace; only layers that differ by identity are made ready again."""
        before = self._workspace
        # A first import into an empty workspace should be seen, too.
        is_other = before is None or before.id != workspace.id or before.extent is None
        self._workspace = workspace
        self._picture.set_layers(workspace.layers)
        self._hover = None
        if before is None or before.id != workspace.id:
            self._marker = None
        if is_other:
            self.zoom_to_all()
        self.redraw()

    def redraw(self, *, features: bool = True) -> None:
        """Draw new pictures; labels keep off the furniture of the map."""
        self._picture.furniture = self._furniture()
        super().redraw(features=features)

    def finish_drawing(self) -> None:
        """Complete the pictures now instead of in slices: for screenshots, printing and tests."""
        self._picture.furniture = self._furniture()
        super().finish_drawing()

    def _furniture(self) -> tuple[QRectF, ...]:
        right, bottom = float(self.width()), float(self.height())
        bar = QRectF(0, bottom - 48, 190, 48)
        return bar, QRectF(right - 58, 0, 58, 58), QRectF(right - 340, bottom - 22, 340, 22)

    def set_graticule_visible(self, visible: bool) -> None:
        """Show meridians and parallels."""
        self._graticule = visible
        self.update()

    def set_selection(self, ids: Iterable[str]) -> None:
        """Put a halo around features."""
        chosen = frozenset(ids)
        if chosen != self._picture.selected:
            self._picture.selected = chosen
            self.redraw(features=False)

    def set_finding_marks(self, marks: FindingMarks) -> None:
        """Mark the places of findings."""
        self._picture.set_marks(marks)
        self.redraw(features=False)

    def highlight(
        self, geometry: Any, subject_ids: Iterable[str] = (), severity: int = Severity.HIGH
    ) -> None:
        """Show place and subjects of the chosen finding in the colour of its severity; does not zoom.

        `highlight(None)` takes the highlight away.
        """
        subjects = frozenset(subject_ids)
        nothing = geometry is None and not subjects
        self._picture.highlight = None if nothing else Highlight(geometry, subjects, int(severity))
        self.redraw(features=False)

    def extent(self) -> Bounds | None:
        """Return the extent of all layers, across the antimeridian where that is shorter."""
        return self._measured().everything

    def zoom_to_all(self) -> None:
        """Show what lies together; a second time in a row, also the few features that lie far away."""
        extents = self._measured()
        everything, together = extents.everything, extents.together
        if everything is None or together is None or together == everything:
            super().zoom_to_all()
            return
        before = self._camera
        self.zoom_to_extent(*together)
        if self._camera == before:
            self.zoom_to_extent(*everything)
        else:
            self.say("Some features lie far away from the rest, out of sight. Press Ctrl+0 to see them too.")
            self._told_of_far = True

    def move_to(self, camera: Camera, *, zooming: bool = False) -> None:
        """Look elsewhere; what was said of features far away no longer applies there."""
        if self._told_of_far and camera != self._camera:
            self._told_of_far = False
            self.message.emit(self._tool.hint)
        super().move_to(camera, zooming=zooming)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit what is shown into the new size: what was said of it still applies."""
        told, self._told_of_far = self._told_of_far, False
        super().resizeEvent(event)
        self._told_of_far = told

    def _measured(self) -> Extents:
        """Return the extents of what is shown, worked out once for the same tables."""
        tables = tuple(drawn.layer.table for drawn in self._picture.all_layers)
        if self._extents.tables != tables:  # tables are compared by identity
            self._extents = Extents(tables)
        return self._extents

    def zoom_to_features(self, ids: Iterable[str]) -> None:
        """Show some features; unknown ids are ignored."""
        wanted = list(ids)
        layers = self._picture.all_layers
        bounds = [drawn.layer.table.bounds[rows_of(drawn, wanted)] for drawn in layers]
        extent = extent_of(np.concatenate(bounds)) if bounds else None
        if extent is not None:
            self.zoom_to_extent(*extent)

    def go_to(self, lon: float, lat: float, marker: bool = True) -> None:
        """Bring a place to the middle, close enough to see it, and mark it."""
        self._marker = (lon, lat) if marker else None
        self.move_to(self._camera.moved(lon, lat, min(self._camera.resolution, PLACE_RESOLUTION_M)))
        self.update()

    @property
    def marker(self) -> tuple[float, float] | None:
        """The place that is marked."""
        return self._marker

    def mark(self, lon: float, lat: float) -> None:
        """Mark a place without going there."""
        self._marker = (lon, lat)
        self.update()

    def clear_marker(self) -> None:
        """Take away the mark of the last place gone to."""
        self._marker = None
        self.update()

    def features_at(self, position: QPoint) -> list[str]:
        """Return the ids of the visible features at a widget position, nearest first."""
        return [hit.id for hit in self._hits(position.x(), position.y())]

    # --- tools ----------------------------------------------------------------------------------------

    @property
    def tool(self) -> ToolName:
        """The tool in use."""
        return self._tool.name

    def set_tool(self, name: ToolName) -> None:
        """Choose a tool; what another one had half done is dropped."""
        if name is not self._tool.name:
            self._tool.cancel()
            self._tool = self._tools[name]
            self._show_cursor()
            self.tool_changed.emit(name)
        self._told_of_far = False
        self.message.emit(self._tool.hint)
        self.update()

    def identify(self, spot: Spot) -> None:
        """Report what lies under a click: a finding mark, features, or open ground."""
        key = self._picture.finding_at(self._camera, spot.x, spot.y)
        if key is not None and not spot.adds:
            self.finding_clicked.emit(key)
            return
        ids = [hit.id for hit in self._hits(spot.x, spot.y)]
        if spot.adds:
            if ids:
                self.selection_requested.emit(frozenset(ids[:1]), True)
            return
        lon, lat = self._camera.lonlat_at(spot.x, spot.y)
        self.clicked.emit(ids, float(wrap_lon(lon)), lat)

    def select_box(self, left: float, top: float, right: float, bottom: float, additive: bool) -> None:
        """Report what lies in a rubber band."""
        ids = ids_in(self._picture.visible_layers, self._camera, (left, top, right, bottom))
        self.selection_requested.emit(ids, additive)

    def editable_at(self, spot: Spot) -> Feature | None:
        """Return the feature to move under a position, a selected one first; say why there is none.

        What is only drawn as a line, and has it beyond the map on all sides, is left alone: whoever drags
        means something that he sees, and would not see that the area of operations went with the pointer.
        """
        hits = self._hits(spot.x, spot.y)
        free = [hit for hit in hits if not hit.layer.layer.locked]
        seen = [hit for hit in free if _is_filled(hit) or not surrounds(hit, self._camera)]
        if not seen:
            if free:
                name = plain(str(free[0].layer.layer.table.name[free[0].row])) or "What is here"
                self.say(f"{name} reaches beyond the map on all sides. To move it, zoom out.")
            elif hits:
                self.say(f"The layer “{plain(hits[0].layer.layer.name)}” is locked.")
            return None
        best = min(seen, key=lambda hit: (hit.id not in self._picture.selected, hit.rank))
        return best.layer.layer.table.row(best.row, best.layer.layer.kind)

    def selected_feature(self) -> Feature | None:
        """Return the selected feature when exactly one is selected and it may be edited."""
        if self._workspace is None or len(self._picture.selected) != 1:
            return None
        found = self._workspace.find(next(iter(self._picture.selected)))
        if found is None or found[0].locked or not found[0].visible:
            return None
        feature = found[0].table.row(found[1], found[0].kind)
        return feature if feature.geometry is not None and not feature.geometry.is_empty else None

    def offer_drawn(self, geometry: Any) -> None:
        """Report a finished drawing."""
        self.drawn.emit(geometry)

    def offer_reshaped(self, feature_id: str, geometry: Any) -> None:
        """Report a changed geometry."""
        self.reshaped.emit(feature_id, geometry)

    def say(self, text: str) -> None:
        """Report a plain sentence."""
        self.message.emit(text)

    def refresh(self) -> None:
        """Repaint what the tool draws."""
        self.update()

    def _hits(self, x: float, y: float) -> list[Hit]:
        return hits_at(self._picture.visible_layers, self._camera, x, y)

    # --- live painting --------------------------------------------------------------------------------

    def paint_over(self, p: QPainter) -> None:
        """Paint graticule, hover, tool feedback and map furniture."""
        dark, view = self._picture.dark, QRectF(self.rect())
        if self._graticule:
            paint_graticule(p, self._camera, dark)
        self._paint_hover(p)
        self._paint_marker(p)
        self._tool.paint(p)
        paint_scale_bar(p, self._camera, dark, MARGIN_PX, view.bottom() - MARGIN_PX)
        paint_north(p, self._camera, dark, view.right() - MARGIN_PX - 17, MARGIN_PX + 17)
        if self._picture.has_basemap:
            paint_attribution(p, ATTRIBUTION, dark, view.right(), view.bottom())
        if self._cursor is not None:
            lines = self._tool.read_out() or self._hover_lines()
            paint_bubble(p, lines, self._cursor.x(), self._cursor.y(), dark, view)

    def _paint_hover(self, p: QPainter) -> None:
        if self._hover is None:
            return
        geometry = self._hover.layer.layer.table.geometry[self._hover.row]
        if geometry is None or shapely.get_num_coordinates(geometry) > MOST_HOVER_VERTICES:
            return
        p.setBrush(Qt.BrushStyle.NoBrush)
        radius = 14.0
        for colour, width in ((self.theme.halo, 4.5), (self.theme.text, 2.0)):
            p.setPen(QPen(QColor(colour), width))
            for line in outline_pixels(self, geometry):
                if len(line) == 1:
                    p.drawEllipse(QPointF(float(line[0, 0]), float(line[0, 1])), radius, radius)
                else:
                    p.drawPolyline(polygon_of(line))

    def _hover_lines(self) -> list[str]:
        if self._hover is None:
            return []
        table, kind = self._hover.layer.layer.table, self._hover.layer.spec
        name = plain(str(table.name[self._hover.row]))
        category = plain(kind.category_label(str(table.category[self._hover.row])))
        return [name or kind.title, f"{kind.title}: {category}" if category else kind.title]

    def _paint_marker(self, p: QPainter) -> None:
        if self._marker is None:
            return
        at = self.pixel_of(*self._marker)
        p.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((self.theme.halo, 5.0), (self.theme.text, 2.0)):
            p.setPen(QPen(QColor(colour), width))
            p.drawEllipse(at, 9.0, 9.0)
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                p.drawLine(at + QPointF(5 * dx, 5 * dy), at + QPointF(17 * dx, 17 * dy))

    def _find_hover(self) -> None:
        if self._cursor is None or self._tool.name not in (ToolName.PAN, ToolName.MOVE):
            found = None
        else:
            found = next(iter(self._hits(self._cursor.x(), self._cursor.y())), None)
        before = (self._hover.layer, self._hover.row) if self._hover is not None else None
        if (None if found is None else (found.layer, found.row)) != before:
            self._hover = found
            self.update()

    # --- mouse and keyboard ---------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start what the tool does; the middle button or the space bar always drags the map."""
        at = event.position()
        self._skip_release = False  # the release after a double click may have gone to the form it opened
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (left and self._space):
            self._grabbed = at
            self._show_cursor()
        elif left:
            self._tool.press(_spot(event))
        elif event.button() == Qt.MouseButton.RightButton and not self._tool.right_click(_spot(event)):
            self._offer_menu(at)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer the menu of the middle of the map to the keyboard; the mouse asked when it was pressed."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self._offer_menu(QPointF(self.rect().center()))

    def _offer_menu(self, at: QPointF) -> None:
        lon, lat = self._camera.lonlat_at(at.x(), at.y())
        ids = [hit.id for hit in self._hits(at.x(), at.y())]
        self.menu_requested.emit(self.mapToGlobal(at.toPoint()), float(wrap_lon(lon)), lat, ids)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the cursor."""
        at = event.position()
        self._cursor = at
        lon, lat = self._camera.lonlat_at(at.x(), at.y())
        self.cursor_moved.emit(float(wrap_lon(lon)), lat)
        if self._grabbed is not None:
            self.pan_by(at.x() - self._grabbed.x(), at.y() - self._grabbed.y())
            self._grabbed = at
            return
        held = bool(event.buttons() & Qt.MouseButton.LeftButton)
        self._tool.move(_spot(event), held)
        if not event.buttons() and not self._hover_rest.isActive():
            self._hover_rest.start()
        if self._hover is not None or self._tool.name is not ToolName.PAN:
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Finish what the press began."""
        if self._grabbed is not None:
            self._grabbed = None
            self._show_cursor()
        elif event.button() == Qt.MouseButton.LeftButton:
            # Qt sends press, release, double click, release: the last one belongs to the double click.
            if not self._skip_release:
                self._tool.release(_spot(event))
            self._skip_release = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Finish a drawing, open a feature, or zoom in on open ground."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._skip_release = True
        spot = _spot(event)
        if self._tool.double_click(spot) or self._tool.name is not ToolName.PAN:
            return
        hits = self._hits(spot.x, spot.y)
        if hits:
            self.activated.emit(hits[0].id)
        else:
            self.zoom_at(2.0, spot.x, spot.y)

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the cursor."""
        self._cursor = self._hover = None
        self._hover_rest.stop()
        self.update()

    def event(self, event: QEvent) -> bool:
        """Keep a key that the tool wants from the shortcuts of the window."""
        wanted = isinstance(event, QKeyEvent) and self._tool.wants(event.key())
        if wanted and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Offer the key to the tool, then use it to look around."""
        if event.key() == Qt.Key.Key_Space:
            self._space = True
            self._show_cursor()
        elif event.key() == Qt.Key.Key_Escape:
            self._tool.cancel()
            self.clear_marker()
        elif not self._tool.key(event.key()):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Let go of the space bar."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self._show_cursor()
        else:
            super().keyReleaseEvent(event)

    def _show_cursor(self) -> None:
        if self._grabbed is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._space:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.setCursor(self._tool.cursor)


def _spot(event: QMouseEvent) -> Spot:
    return Spot(event.position().x(), event.position().y(), event.modifiers())


def _is_filled(hit: Hit) -> bool:
    """Tell whether an area is seen also where its outline is not."""
    kind = spec_of(hit.layer.layer.kind)
    return bool(kind.fill or kind.hatch)
