"""Small pictures of a kind for lists and menus: its symbol, or a line or area as the map draws it."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QIcon, QPainter, QPen, QPixmap

from desktop import theme
from layers.model import GeometryType, KindSpec

_SIZE = 18
_HATCHES = {
    "cross": Qt.BrushStyle.DiagCrossPattern,
    "diagonal": Qt.BrushStyle.BDiagPattern,
    "dots": Qt.BrushStyle.Dense6Pattern,
}
_DASHES = {"dash": Qt.PenStyle.DashLine, "dot": Qt.PenStyle.DotLine}


def kind_icon(spec: KindSpec) -> QIcon:
    """Return the picture of a kind in the colours of the theme in use."""
    first = spec.geometries[0]
    colour = QColor(spec.stroke)
    if theme.is_dark():
        colour = colour.lighter(150)
    if first is GeometryType.POINT and spec.symbol:
        return QIcon(theme.pixmap(spec.symbol, colour.name(), _SIZE, "symbols"))
    picture = QPixmap(_SIZE, _SIZE)
    picture.fill(Qt.GlobalColor.transparent)
    with QPainter(picture) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 2.0, _DASHES.get(spec.dash, Qt.PenStyle.SolidLine)))
        if first is GeometryType.LINE:
            painter.drawLine(QPointF(2, _SIZE - 5), QPointF(_SIZE - 2, 5))
        else:
            painter.setBrush(_fill(spec, colour))
            painter.drawRect(QRectF(2, 3, _SIZE - 4, _SIZE - 6))
    return QIcon(picture)


def _fill(spec: KindSpec, colour: QColor) -> QBrush:
    if spec.hatch:
        return QBrush(colour, _HATCHES[spec.hatch])
    if spec.fill:
        soft = QColor(spec.fill)
        soft.setAlpha(110)
        return QBrush(soft)
    return QBrush(Qt.BrushStyle.NoBrush)
