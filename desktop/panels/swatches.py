"""Small pictures of a kind for lists and menus, as the map draws it: its marker, or a line or area."""

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QIcon, QPainter, QPen, QPixmap

from desktop import theme
from desktop.canvas.palette import Style, style_of
from desktop.canvas.symbols import Marker, MarkerState, marker_pixmap
from layers.kinds import spec_of
from layers.model import GeometryType, Kind, KindSpec

SIZE = 22
"""Width and height of the pictures in pixels."""
_MARKER = 14
_RATIO = 2.0
_HATCHES = {
    "cross": Qt.BrushStyle.DiagCrossPattern,
    "diagonal": Qt.BrushStyle.BDiagPattern,
    "dots": Qt.BrushStyle.Dense6Pattern,
}
_DASHES = {"dash": Qt.PenStyle.DashLine, "dot": Qt.PenStyle.DotLine}


def kind_icon(spec: KindSpec) -> QIcon:
    """Return the picture of a kind in the colours of the theme in use."""
    return _icon(spec.kind, theme.is_dark())


@lru_cache(maxsize=64)
def _icon(kind: Kind, dark: bool) -> QIcon:
    spec = spec_of(kind)
    style, first = style_of(spec, dark), spec.geometries[0]
    if first is GeometryType.POINT:
        return QIcon(marker_pixmap(Marker(style, style.symbol, MarkerState.NORMAL, _MARKER, dark, _RATIO)))
    picture = QPixmap(SIZE, SIZE)
    picture.fill(Qt.GlobalColor.transparent)
    with QPainter(picture) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(style.stroke), style.width, _DASHES.get(style.dash, Qt.PenStyle.SolidLine))
        painter.setPen(pen)
        if first is GeometryType.LINE:
            painter.drawLine(QPointF(3, SIZE - 6), QPointF(SIZE - 3, 6))
        else:
            painter.setBrush(_fill(style))
            painter.drawRect(QRectF(3, 4, SIZE - 6, SIZE - 8))
    return QIcon(picture)


def _fill(style: Style) -> QBrush:
    if style.hatch:
        return QBrush(QColor(style.stroke), _HATCHES[style.hatch])
    if style.fill:
        soft = QColor(style.fill)
        soft.setAlpha(110)
        return QBrush(soft)
    return QBrush(Qt.BrushStyle.NoBrush)
