"""What stands on every map: scale bar, north arrow, attribution, and (on exports) a legend."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from desktop.canvas.camera import Camera
from desktop.canvas.labels import TextStyle, metrics
from desktop.canvas.palette import MapColours, colours, style_of
from desktop.canvas.symbols import Marker, MarkerState, hatch_brush, marker_pixmap
from layers.model import GeometryType, KindSpec

MARGIN_PX = 12.0
LONGEST_BAR_PX = 150.0


def round_length_m(longest_m: float) -> float:
    """Return the largest of 1, 2 or 5 times a power of ten that is not longer."""
    power = 10.0 ** math.floor(math.log10(longest_m))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= longest_m * (1 + 1e-9))


def bar_text(metres: float) -> str:
    """Write the length of a scale bar."""
    if metres >= 1000:
        return f"{metres / 1000:,.0f} km"
    return f"{metres:.0f} m" if metres >= 1 else f"{metres * 100:.0f} cm"


def paint_scale_bar(p: QPainter, camera: Camera, dark: bool, left: float, bottom: float) -> QRectF:
    """Draw a scale bar, true at the middle of the map; return what it covers."""
    theme = colours(dark)
    longest = min(LONGEST_BAR_PX, max(camera.width / 4, 40.0))
    metres = round_length_m(longest * camera.metres_per_pixel)
    width = metres / camera.metres_per_pixel
    style = TextStyle(11, theme.text, theme.halo)
    rect = QRectF(left, bottom - 30, max(width, 60.0) + 18, 30)
    _panel(p, rect, theme)
    x, y = rect.left() + 9, rect.bottom() - 8
    p.setFont(style.font())
    p.setPen(QColor(theme.text))
    p.drawText(QPointF(x, y - 7), bar_text(metres))
    scale = f"1:{_rounded(camera.scale_denominator()):,}"
    if metrics(style).horizontalAdvance(bar_text(metres) + "   " + scale) < width:
        p.setPen(QColor(theme.muted))
        p.drawText(QPointF(x + width - metrics(style).horizontalAdvance(scale), y - 7), scale)
    p.setPen(QPen(QColor(theme.text), 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    p.drawPolyline([QPointF(x, y - 4), QPointF(x, y), QPointF(x + width, y), QPointF(x + width, y - 4)])
    return rect


def _rounded(scale: float) -> int:
    digits = max(0, math.floor(math.log10(max(scale, 1))) - 1)
    return int(round(scale / 10**digits) * 10**digits)


def paint_north(p: QPainter, camera: Camera, dark: bool, x: float, y: float) -> QRectF:
    """Draw an arrow to true north around a centre; return what it covers."""
    theme = colours(dark)
    rect = QRectF(x - 17, y - 17, 34, 34)
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    p.setPen(QPen(QColor(theme.coast), 1.0))
    p.setBrush(_see_through(theme.paper))
    p.drawEllipse(rect)
    p.save()
    p.translate(x, y)
    p.rotate(camera.north_deg)
    for side, colour in ((-1, theme.text), (1, theme.muted)):
        half = QPainterPath(QPointF(0, -5))
        half.lineTo(side * 5.0, 12)
        half.lineTo(0, 8)
        half.closeSubpath()
        p.fillPath(half, QColor(colour))
    style = TextStyle(10, theme.text, theme.halo, bold=True)
    p.setFont(style.font())
    p.setPen(QColor(theme.text))
    p.drawText(QPointF(-metrics(style).horizontalAdvance("N") / 2, -6), "N")
    p.restore()
    return rect


def paint_attribution(p: QPainter, text: str, dark: bool, right: float, bottom: float) -> QRectF:
    """Draw the credit line in the lower right corner; return what it covers."""
    theme = colours(dark)
    style = TextStyle(10, theme.muted, theme.halo)
    width, height = metrics(style).horizontalAdvance(text) + 10, metrics(style).height() + 3
    rect = QRectF(right - width, bottom - height, width, height)
    p.fillRect(rect, _see_through(theme.paper))
    p.setFont(style.font())
    p.setPen(QColor(theme.muted))
    p.drawText(rect, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine, text)
    return rect


def paint_bubble(p: QPainter, lines: Sequence[str], x: float, y: float, dark: bool, view: QRectF) -> None:
    """Draw plain text beside the cursor, kept inside the view. Nothing in it is ever read as markup."""
    if not lines:
        return
    theme = colours(dark)
    style = TextStyle(12, theme.text, theme.halo)
    measures = metrics(style)
    width = max(measures.horizontalAdvance(line) for line in lines) + 16
    height = measures.height() * len(lines) + 8
    left = min(x + 16, view.right() - width - 4)
    top = y + 18 if y + 18 + height < view.bottom() else y - height - 10
    rect = QRectF(max(left, view.left() + 4), max(top, view.top() + 4), width, height)
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    p.setPen(QPen(QColor(theme.muted), 1.0))
    p.setBrush(QColor(theme.paper))
    p.drawRoundedRect(rect, 4, 4)
    p.setFont(style.font())
    p.setPen(QColor(theme.text))
    for i, line in enumerate(lines):
        p.drawText(QPointF(rect.left() + 8, rect.top() + 4 + measures.ascent() + i * measures.height()), line)


def legend_size(specs: Sequence[KindSpec]) -> tuple[float, float]:
    """Return width and height in pixels that `paint_legend` needs."""
    style = TextStyle(12, "#000000", "#ffffff")
    widest = max((metrics(style).horizontalAdvance(s.title_plural) for s in specs), default=0.0)
    return widest + 62, 24.0 * len(specs) + 12


def paint_legend(
    p: QPainter, specs: Sequence[KindSpec], dark: bool, left: float, top: float, ratio: float
) -> None:
    """Draw one row a kind: its area swatch and marker, and its name."""
    theme = colours(dark)
    width, height = legend_size(specs)
    _panel(p, QRectF(left, top, width, height), theme)
    p.setFont(TextStyle(12, theme.text, theme.halo).font())
    for i, spec in enumerate(specs):
        y = top + 6 + 24 * i
        paint_swatch(p, spec, dark, QRectF(left + 8, y + 2, 36, 20), ratio)
        p.setPen(QColor(theme.text))
        row = QRectF(left + 52, y, width - 56, 24)
        p.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, spec.title_plural)


def paint_swatch(p: QPainter, spec: KindSpec, dark: bool, rect: QRectF, ratio: float) -> None:
    """Draw what a kind looks like: area, line or marker; used by legends and layer lists."""
    style = style_of(spec, dark)
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(QColor(style.stroke), style.width)
    if style.dash:
        pen.setDashPattern([5.0, 3.0] if style.dash == "dash" else [1.2, 2.2])
    p.setPen(pen)
    if GeometryType.POLYGON in spec.geometries:
        p.setBrush(hatch_brush(style, style.fill, style.stroke, ratio))
        p.drawRect(rect.adjusted(1, 1, -1, -1))
        p.setBrush(Qt.BrushStyle.NoBrush)
    elif GeometryType.LINE in spec.geometries:
        p.drawLine(QPointF(rect.left(), rect.center().y()), QPointF(rect.right(), rect.center().y()))
    if style.symbol:
        size = 15
        pixmap = marker_pixmap(Marker(style, style.symbol, MarkerState.NORMAL, size, dark, max(ratio, 2.0)))
        p.drawPixmap(rect.center() - QPointF((size + 8) / 2, (size + 8) / 2), pixmap)


def _panel(p: QPainter, rect: QRectF, theme: MapColours) -> None:
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    p.setPen(QPen(QColor(theme.coast), 1.0))
    p.setBrush(_see_through(theme.paper))
    p.drawRoundedRect(rect, 4, 4)
    p.setBrush(Qt.BrushStyle.NoBrush)


def _see_through(colour: str) -> QColor:
    result = QColor(colour)
    result.setAlpha(225)
    return result
