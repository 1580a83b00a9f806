"""Tools: what the left mouse button and the keyboard do on the map. One small class each."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.canvas.camera import Camera
from desktop.canvas.palette import MapColours
from layers.model import Feature


class ToolName(Enum):
    """The tools the user can choose."""

    PAN = "pan"
    SELECT = "select"
    POINT = "point"
    LINE = "line"
    POLYGON = "polygon"
    CIRCLE = "circle"
    MOVE = "move"
    RESHAPE = "reshape"


@dataclass(frozen=True, slots=True)
class Spot:
    """A mouse position in pixels with what was held down."""

    x: float
    y: float
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier

    @property
    def adds(self) -> bool:
        """True when the control key is held: add to the selection instead of replacing it."""
        return bool(self.modifiers & Qt.KeyboardModifier.ControlModifier)

    @property
    def bands(self) -> bool:
        """True when the shift key is held: drag a rubber band."""
        return bool(self.modifiers & Qt.KeyboardModifier.ShiftModifier)

    def is_near(self, other: "Spot", pixels: float = 4.0) -> bool:
        """Tell whether two positions are the same but for a trembling hand."""
        return abs(self.x - other.x) <= pixels and abs(self.y - other.y) <= pixels


class Host(Protocol):
    """What a tool may ask of the map view and tell it."""

    @property
    def camera(self) -> Camera:
        """The present view."""
        ...

    @property
    def theme(self) -> MapColours:
        """The present colours."""
        ...

    def pan_by(self, dx: float, dy: float) -> None:
        """Drag the map by pixels."""
        ...

    def identify(self, spot: Spot) -> None:
        """Report what lies under a click."""
        ...

    def select_box(self, left: float, top: float, right: float, bottom: float, additive: bool) -> None:
        """Report what lies in a rubber band."""
        ...

    def editable_at(self, spot: Spot) -> Feature | None:
        """Return the feature to move under a position (a selected one first), or None."""
        ...

    def selected_feature(self) -> Feature | None:
        """Return the selected feature when exactly one is selected and its layer is not locked."""
        ...

    def offer_drawn(self, geometry: Any) -> None:
        """Report a finished drawing, lon/lat."""
        ...

    def offer_reshaped(self, feature_id: str, geometry: Any) -> None:
        """Report a changed geometry, lon/lat."""
        ...

    def say(self, text: str) -> None:
        """Show a plain sentence to the user."""
        ...

    def refresh(self) -> None:
        """Repaint what the tool draws."""
        ...


class Tool:
    """A tool that does nothing yet: the base of all others."""

    name = ToolName.PAN
    cursor = Qt.CursorShape.ArrowCursor
    hint = ""

    def __init__(self, host: Host) -> None:
        self.host = host

    def press(self, spot: Spot) -> None:
        """The left button went down."""

    def move(self, spot: Spot, held: bool) -> None:
        """The mouse moved; `held` while the left button is down."""

    def release(self, spot: Spot) -> None:
        """The left button came up."""

    def double_click(self, spot: Spot) -> bool:
        """Handle a double click; return False to leave it to the view."""
        return False

    def right_click(self, spot: Spot) -> bool:
        """Handle a click of the right button; return False to leave it to the view."""
        return False

    def wants(self, key: int) -> bool:
        """Tell whether `key` means something to the tool now, so that no shortcut may take it."""
        return False

    def key(self, key: int) -> bool:
        """Handle a key; return False to leave it to the view."""
        return False

    def cancel(self) -> None:
        """Drop what is half done."""

    def paint(self, p: QPainter) -> None:
        """Draw live feedback in pixels."""

    def read_out(self) -> list[str]:
        """Return lines to show beside the cursor."""
        return []


class PanTool(Tool):
    """Drag to move the map, click to identify, Shift-drag to select in a rectangle."""

    name = ToolName.PAN
    cursor = Qt.CursorShape.ArrowCursor
    hint = "Drag to move the map. Click a feature to select it. Hold Shift and drag to select in a rectangle."

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._start: Spot | None = None
        self._last: Spot | None = None
        self._dragging = False
        self._band = Band(host)

    def press(self, spot: Spot) -> None:
        """Start a click, a pan or a rubber band."""
        if spot.bands:
            self._band.start(spot)
            return
        self._start = self._last = spot
        self._dragging = False

    def move(self, spot: Spot, held: bool) -> None:
        """Go on with the drag."""
        if self._band.is_on:
            self._band.move(spot)
            return
        if not held or self._start is None or self._last is None:
            return
        if not self._dragging and spot.is_near(self._start):
            return
        self._dragging = True
        self.host.pan_by(spot.x - self._last.x, spot.y - self._last.y)
        self._last = spot

    def release(self, spot: Spot) -> None:
        """Finish: a press that never moved is a click."""
        if self._band.is_on:
            self._band.finish(spot)
            return
        if self._start is not None and not self._dragging:
            self.host.identify(spot)
        self.cancel()

    def cancel(self) -> None:
        """Forget the drag."""
        self._start = self._last = None
        self._dragging = False
        self._band.drop()

    def paint(self, p: QPainter) -> None:
        """Draw the rubber band."""
        self._band.paint(p)


class SelectTool(Tool):
    """Drag a rectangle to select; click to select one."""

    name = ToolName.SELECT
    cursor = Qt.CursorShape.CrossCursor
    hint = "Drag a rectangle to select. Hold Ctrl to add to the selection."

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._band = Band(host)

    def press(self, spot: Spot) -> None:
        """Start the rectangle."""
        self._band.start(spot)

    def move(self, spot: Spot, held: bool) -> None:
        """Stretch the rectangle."""
        if held:
            self._band.move(spot)

    def release(self, spot: Spot) -> None:
        """Select."""
        self._band.finish(spot)

    def cancel(self) -> None:
        """Forget the rectangle."""
        self._band.drop()

    def paint(self, p: QPainter) -> None:
        """Draw the rectangle."""
        self._band.paint(p)


class Band:
    """A rubber band from one corner to another."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._from: Spot | None = None
        self._to: Spot | None = None

    @property
    def is_on(self) -> bool:
        """True between start and finish."""
        return self._from is not None

    def start(self, spot: Spot) -> None:
        """Put down the first corner."""
        self._from = self._to = spot

    def move(self, spot: Spot) -> None:
        """Move the other corner."""
        if self._from is not None:
            self._to = spot
            self._host.refresh()

    def finish(self, spot: Spot) -> None:
        """Select what is inside; a band without size is a click."""
        start = self._from
        self.drop()
        if start is None:
            return
        if spot.is_near(start):
            self._host.identify(spot)
            return
        left, right = sorted((start.x, spot.x))
        top, bottom = sorted((start.y, spot.y))
        self._host.select_box(left, top, right, bottom, spot.adds)

    def drop(self) -> None:
        """Forget it."""
        self._from = self._to = None
        self._host.refresh()

    def paint(self, p: QPainter) -> None:
        """Draw it."""
        if self._from is None or self._to is None:
            return
        theme = self._host.theme
        tint = QColor(theme.selection)
        tint.setAlpha(50)
        p.setPen(QPen(QColor(theme.selection_edge), 1.2, Qt.PenStyle.DashLine))
        p.setBrush(tint)
        p.drawRect(QRectF(QPointF(self._from.x, self._from.y), QPointF(self._to.x, self._to.y)).normalized())
