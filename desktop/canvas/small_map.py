"""A small preview map for dialogs: some geometries on the base map, to be looked at only."""

from collections.abc import Sequence

import numpy as np
import shapely
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from desktop.canvas.furniture import paint_scale_bar
from desktop.canvas.palette import plain_style
from desktop.canvas.projection import Bounds, Objects
from desktop.canvas.surface import MapSurface
from layers.model import FeatureTable, Kind, KindSpec, Layer, read_only
from layers.places import extent_of

_NAT = np.datetime64("NaT", "us")


class SmallMap(MapSurface):
    """Shows a column of geometries; drag to move, wheel to zoom, Home to see all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grabbed: QPointF | None = None
        self.setMinimumSize(120, 90)
        self.setAccessibleName("Preview map")

    def sizeHint(self) -> QSize:
        """Return a size that suits a dialog."""
        return QSize(360, 240)

    def set_geometries(
        self, geometries: Sequence[object] | Objects, look: KindSpec | str = "#2f7fd1"
    ) -> None:
        """Show geometries (WGS 84 longitude/latitude, or None), drawn as a kind or in one colour."""
        column = np.empty(len(geometries), dtype=object)
        column[:] = list(geometries)
        kind = look.kind if isinstance(look, KindSpec) else Kind.REFERENCE
        self._picture.style = plain_style(look) if isinstance(look, str) else None
        self._picture.set_layers([Layer("preview", kind, "", _bare_table(column))])
        self.zoom_to_all()
        self.redraw()

    def extent(self) -> Bounds | None:
        """Return the extent of the geometries."""
        bounds = [drawn.layer.table.bounds for drawn in self._picture.all_layers]
        return extent_of(np.concatenate(bounds)) if bounds else None

    def paint_over(self, p: QPainter) -> None:
        """Paint the scale bar."""
        paint_scale_bar(p, self._camera, self._picture.dark, 6, QRectF(self.rect()).bottom() - 6)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the map."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._grabbed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the map."""
        if self._grabbed is not None:
            at = event.position()
            self.pan_by(at.x() - self._grabbed.x(), at.y() - self._grabbed.y())
            self._grabbed = at

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._grabbed = None


def _bare_table(geometry: Objects) -> FeatureTable:
    """Make a table of geometries without names, windows or fields."""
    n = len(geometry)
    usable = geometry.copy()
    usable[shapely.is_empty(usable)] = None
    empty = read_only(np.full(n, "", dtype=object))
    return FeatureTable(
        id=np.array([str(i) for i in range(n)], dtype=object),
        source_id=empty,
        geometry=usable,
        name=empty,
        category=empty,
        label=empty,
        valid_from=np.full(n, _NAT),
        valid_to=np.full(n, _NAT),
        uncertainty_m=np.zeros(n),
        source=empty,
        source_row=np.zeros(n, dtype=np.int64),
    )
