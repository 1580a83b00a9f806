"""A widget that shows a `Picture` and lets the user look around: the base of the map and of small maps."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QNativeGestureEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from desktop.canvas.camera import Camera, world_camera
from desktop.canvas.frames import MARGIN_PX
from desktop.canvas.palette import MapColours, colours
from desktop.canvas.picture import Picture
from desktop.canvas.projection import Bounds, LocalAzimuthal, ProjectionName, WebMercator
from layers.basemap import Basemap

SLICE_S = 0.012
"""Drawing time between two turns of the event loop."""
ZOOM_REST_MS = 70
"""Quiet time after which a zoom is drawn anew instead of scaled."""
PAN_STEP_PX = 80
WHEEL_NOTCHES_PER_DOUBLING = 240.0
PLACE_RESOLUTION_M = 3.0
"""World metres a pixel when a single point is shown."""
WORLD: Bounds = (-170.0, -58.0, 170.0, 75.0)


class MapSurface(QWidget):
    """Pan, zoom, base map and theme; subclasses add what is shown and what the mouse does."""

    view_changed = Signal()

    def __init__(
        self, parent: QWidget | None = None, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        super().__init__(parent)
        self._camera = world_camera(640, 480)
        self._picture = Picture(clock)
        self._wanted: Bounds | None = None
        self._slices = QTimer(self)
        self._slices.timeout.connect(self._draw_slice)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._start_drawing)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(160, 120)
        self.setAccessibleName("Map")
        self.setAccessibleDescription("Arrow keys move the map, plus and minus zoom, Home shows everything.")

    # --- what is shown --------------------------------------------------------------------------------

    def set_basemap(self, basemap: Basemap | None) -> None:
        """Draw a base map under everything, or none."""
        self._picture.set_basemap(basemap)
        self.redraw()

    def set_borders_visible(self, visible: bool) -> None:
        """Show the borders of the base map; off at first, because they take sides in disputes."""
        self._picture.borders = visible
        self.redraw()

    def set_dark(self, dark: bool) -> None:
        """Choose the light or the dark theme."""
        self._picture.dark = dark
        self.redraw()

    def set_projection(self, name: str) -> None:
        """Choose a `ProjectionName`; the local view is centred on the middle of the present one."""
        wanted = ProjectionName(name)
        if wanted is ProjectionName.WEB_MERCATOR and self.projection is wanted:
            return
        lon, lat = self.center
        ground = self._camera.metres_per_pixel
        projection = LocalAzimuthal(lon, lat) if wanted is ProjectionName.LOCAL else WebMercator()
        resolution = ground / float(projection.ground_factor(lat))
        self._picture.set_projection(projection)
        self.move_to(replace(self._camera, projection=projection).moved(lon, lat, resolution))

    @property
    def projection(self) -> ProjectionName:
        """Which projection is in use."""
        return self._camera.projection.name

    @property
    def theme(self) -> MapColours:
        """The present colours."""
        return colours(self._picture.dark)

    # --- looking around -------------------------------------------------------------------------------

    @property
    def camera(self) -> Camera:
        """The present view."""
        return self._camera

    @property
    def center(self) -> tuple[float, float]:
        """Longitude and latitude of the middle, degrees."""
        return self._camera.center

    @property
    def scale_denominator(self) -> float:
        """The n of the scale 1:n at the middle."""
        return self._camera.scale_denominator(float(self.logicalDpiX()))

    def zoom_in(self) -> None:
        """Magnify by two about the middle."""
        self.zoom_at(2.0, self.width() / 2, self.height() / 2)

    def zoom_out(self) -> None:
        """Show twice as much."""
        self.zoom_at(0.5, self.width() / 2, self.height() / 2)

    def zoom_at(self, factor: float, x: float, y: float) -> None:
        """Magnify, keeping what lies under a pixel in its place."""
        self.move_to(self._camera.zoomed(factor, x, y), zooming=True)

    def zoom_to_extent(self, west: float, south: float, east: float, north: float) -> None:
        """Show an extent in degrees; an east below west reaches across the antimeridian."""
        bounds = (west, south, east + 360.0 if east < west else east, north)
        camera = self._camera.fitted(bounds)
        self.move_to(camera.moved(*camera.center, max(camera.resolution, PLACE_RESOLUTION_M)))
        # Docks may still be finding their size: fit again on a resize, until the user looks elsewhere.
        self._wanted = bounds

    def zoom_to_all(self) -> None:
        """Show everything there is, or the world when there is nothing."""
        extent = self.extent()
        self.zoom_to_extent(*(extent if extent is not None else WORLD))

    def extent(self) -> Bounds | None:
        """Return the extent of all that is shown; the base has nothing."""
        return None

    def pan_by(self, dx: float, dy: float) -> None:
        """Drag the map by pixels."""
        self.move_to(self._camera.panned(dx, dy))

    def move_to(self, camera: Camera, *, zooming: bool = False) -> None:
        """Look elsewhere: the kept picture is shown moved or scaled until a new one is drawn."""
        if camera == self._camera:
            return
        self._camera = camera
        self._wanted = None
        if zooming:
            self._slices.stop()
            self._rest.start(ZOOM_REST_MS)
        elif not self._slices.isActive() or not self._is_nearly_drawn():
            self._rest.start(0)
        self.update()
        self.view_changed.emit()

    def _is_nearly_drawn(self) -> bool:
        """Tell whether the picture in the making still covers the view: then a pan lets it finish."""
        drawn = self._picture.drawn_camera
        if drawn is None or drawn.resolution != self._camera.resolution:
            return False
        reach = 2 * MARGIN_PX * drawn.resolution
        return (
            drawn.projection == self._camera.projection
            and abs(drawn.x - self._camera.x) < reach
            and abs(drawn.y - self._camera.y) < reach
        )

    # --- drawing --------------------------------------------------------------------------------------

    def redraw(self, *, features: bool = True) -> None:
        """Draw new pictures; with `features` False only selection, marks and labels."""
        if self._rest.isActive():  # the map was moved: everything is due anyway
            self._rest.stop()
            features = True
        self._picture.start(self._camera, self.devicePixelRatioF(), features=features)
        self._slices.start(0)

    def finish_drawing(self) -> None:
        """Complete the pictures now instead of in slices: for screenshots, printing and tests."""
        self._rest.stop()
        self._slices.stop()
        self._picture.start(self._camera, self.devicePixelRatioF())
        self._picture.finish()
        self.update()

    def _start_drawing(self) -> None:
        self.redraw()

    def _draw_slice(self) -> None:
        completed, done = self._picture.advance(SLICE_S)
        if completed:
            self.update()
        if done:
            self._slices.stop()
            drawn = self._picture.drawn_camera
            if drawn is not None and drawn != self._camera.with_margin(MARGIN_PX):
                self.redraw()  # the map was moved while its picture was in the making

    def paintEvent(self, event: QPaintEvent) -> None:
        """Show the kept pictures, then what subclasses paint over them."""
        with QPainter(self) as p:
            self._picture.paint(p, self._camera, QRectF(self.rect()))
            p.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.paint_over(p)

    def paint_over(self, p: QPainter) -> None:
        """Paint what is drawn live, in pixels."""

    # --- events ---------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the middle, or show the extent that was asked for before the size was known."""
        wanted = self._wanted
        self._camera = self._camera.resized(self.width(), self.height())
        if wanted is not None:
            self.zoom_to_extent(*wanted)
        self._rest.start(0)
        self.view_changed.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the cursor; every two notches double."""
        turned = event.angleDelta().y()
        if turned:
            at = event.position()
            self.zoom_at(2.0 ** (turned / WHEEL_NOTCHES_PER_DOUBLING), at.x(), at.y())
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Zoom with two fingers on a touchpad, where the system reports it."""
        if (
            isinstance(event, QNativeGestureEvent)
            and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture
        ):
            at = event.position()
            self.zoom_at(1.0 + event.value(), at.x(), at.y())
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the map, plus and minus zoom, Home shows everything."""
        steps = {
            Qt.Key.Key_Left: QPoint(PAN_STEP_PX, 0),
            Qt.Key.Key_Right: QPoint(-PAN_STEP_PX, 0),
            Qt.Key.Key_Up: QPoint(0, PAN_STEP_PX),
            Qt.Key.Key_Down: QPoint(0, -PAN_STEP_PX),
        }
        key = Qt.Key(event.key())
        if key in steps:
            self.pan_by(steps[key].x(), steps[key].y())
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_in()
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self.zoom_out()
        elif key == Qt.Key.Key_Home:
            self.zoom_to_all()
        else:
            super().keyPressEvent(event)

    def pixel_of(self, lon: float, lat: float) -> QPointF:
        """Return the widget position of a place."""
        x, y = self._camera.lonlat_to_screen(lon, lat)
        return QPointF(float(x), float(y))
