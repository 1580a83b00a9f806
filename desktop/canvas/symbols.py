"""Markers, dots and hatches: small pictures made once per size, theme and density, then stamped."""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QPixmap, QPolygonF
from PySide6.QtSvg import QSvgRenderer

from desktop.canvas.palette import Shape, Style, colours
from desktop.canvas.projection import Floats
from resources import resource

MARKER_PX = 22
HATCH_PX = 14
DOT_RADIUS = 2
_SCATTER_COST = 20
"""Pixels of an image that are looked through in the time in which one of them is set by its number."""


class MarkerState(Enum):
    """What a marker says besides its kind and category."""

    NORMAL = "normal"
    HOLLOW = "hollow"
    """The position is not verified, or uncertain."""
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Marker:
    """All that decides how a marker looks; the key of the pixmap cache."""

    style: Style
    symbol: str
    state: MarkerState
    size: int
    dark: bool
    ratio: float


def shape_path(shape: Shape, size: float) -> QPainterPath:
    """Return the outline of a backing shape, centred on the origin; shapes look equally large."""
    path = QPainterPath()
    r = size / 2
    if shape is Shape.CIRCLE:
        path.addEllipse(QPointF(0, 0), r, r)
    elif shape is Shape.SQUARE:
        path.addRoundedRect(QRectF(-r * 0.9, -r * 0.9, r * 1.8, r * 1.8), r * 0.25, r * 0.25)
    elif shape is Shape.CAPSULE:
        path.addRoundedRect(QRectF(-r * 1.1, -r * 0.8, r * 2.2, r * 1.6), r * 0.8, r * 0.8)
    elif shape is Shape.TRIANGLE:
        corners = [QPointF(0, -1.12 * r), QPointF(1.12 * r, 0.86 * r), QPointF(-1.12 * r, 0.86 * r)]
        path.addPolygon(QPolygonF(corners))
        path.closeSubpath()
    else:
        sides = {Shape.DIAMOND: 4, Shape.PENTAGON: 5, Shape.HEXAGON: 6, Shape.OCTAGON: 8}[shape]
        turn = -np.pi / 2 + (np.pi / 8 if shape is Shape.OCTAGON else 0.0)
        angle = turn + 2 * np.pi * np.arange(sides) / sides
        reach = 1.12 * r
        path.addPolygon(
            QPolygonF([QPointF(reach * float(np.cos(a)), reach * float(np.sin(a))) for a in angle])
        )
        path.closeSubpath()
    return path


@lru_cache(maxsize=256)
def _svg(name: str) -> QSvgRenderer | None:
    """Load a shipped SVG; None when it is not shipped or cannot be read."""
    if not name:
        return None
    try:
        data = resource("symbols", f"{name}.svg").read_bytes()
    except FileNotFoundError:
        return None
    renderer = QSvgRenderer(QByteArray(data))
    return renderer if renderer.isValid() else None


@lru_cache(maxsize=512)
def tinted(name: str, colour: str, size_px: int) -> QImage | None:
    """Return a symbol in one colour, `size_px` device pixels square; None when there is no such file."""
    renderer = _svg(name)
    if renderer is None:
        return None
    image = QImage(size_px, size_px, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    box = renderer.viewBoxF()
    scale = size_px / max(box.width(), box.height(), 1e-6)
    w, h = box.width() * scale, box.height() * scale
    with QPainter(image) as p:
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        renderer.render(p, QRectF((size_px - w) / 2, (size_px - h) / 2, w, h))
        p.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
        p.fillRect(image.rect(), QColor(colour))
    return image


@lru_cache(maxsize=1024)
def marker_pixmap(marker: Marker) -> QPixmap:
    """Return the picture of a marker; its middle is the feature's position."""
    box = marker.size + 8
    pixmap = QPixmap(round(box * marker.ratio), round(box * marker.ratio))
    pixmap.setDevicePixelRatio(marker.ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as p:
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.translate(box / 2, box / 2)
        _paint_marker(p, marker)
    return pixmap


def _paint_marker(p: QPainter, marker: Marker) -> None:
    theme = colours(marker.dark)
    stroke = theme.expired if marker.state is MarkerState.EXPIRED else marker.style.stroke
    outline = shape_path(marker.style.shape, marker.size)
    p.strokePath(outline, QPen(QColor(theme.halo), 2.6))
    if marker.state is MarkerState.NORMAL:
        p.fillPath(outline, QColor(stroke))
        glyph = theme.halo
    else:
        p.fillPath(outline, QColor(theme.paper))
        pen = QPen(QColor(stroke), 1.7)
        if marker.state is MarkerState.EXPIRED:
            pen.setDashPattern([2.0, 1.6])
        p.strokePath(outline, pen)
        glyph = stroke
    inner = marker.size * (0.46 if marker.style.shape in (Shape.TRIANGLE, Shape.DIAMOND) else 0.64)
    image = tinted(marker.symbol, glyph, max(1, round(inner * marker.ratio)))
    if image is None and marker.symbol:
        image = tinted(marker.style.symbol, glyph, max(1, round(inner * marker.ratio)))
    drop = marker.size * 0.1 if marker.style.shape is Shape.TRIANGLE else 0.0
    if image is not None:
        p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        p.drawImage(QRectF(-inner / 2, -inner / 2 + drop, inner, inner), image)
    else:
        p.setBrush(QColor(glyph))
        p.setPen(Qt.PenStyle.NoPen)
        p.drawEllipse(QPointF(0, drop), marker.size * 0.13, marker.size * 0.13)


@lru_cache(maxsize=64)
def dot_offsets(shape: Shape, radius: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return pixel offsets (k, 2: row, column) of a small dot and of the ring around it."""
    span = np.arange(-radius - 1, radius + 2)
    dy, dx = np.meshgrid(span, span, indexing="ij")

    def covered(r: float) -> NDArray[np.bool_]:
        if shape is Shape.SQUARE:
            return np.asarray(np.maximum(abs(dx), abs(dy)) <= r - 0.2)
        if shape is Shape.DIAMOND:
            return np.asarray(abs(dx) + abs(dy) <= r + 0.5)
        if shape is Shape.TRIANGLE:
            return np.asarray((dy <= r) & (dy >= -r) & (abs(dx) <= (dy + r) * 0.6 + 0.4))
        return np.asarray(np.hypot(dx, dy) <= r + 0.3)

    core, whole = covered(radius), covered(radius + 1)
    return np.argwhere(core) - radius - 1, np.argwhere(whole & ~core) - radius - 1


def dots_image(
    x: Floats, y: Floats, size: tuple[int, int], shape: Shape, fill: str, edge: str, radius: int
) -> tuple[QImage, int, int] | None:
    """Paint many dots at device pixels into one image by scattering into an array.

    Returns
    -------
    image, left, top : QImage, int, int
        The image of the part that is covered, and where it belongs; None when no dot is inside `size`.
    """
    width, height = size
    px, py = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
    inside = (px >= 0) & (py >= 0) & (px < width) & (py < height)
    if not inside.any():
        return None
    pad = radius + 1
    covered = np.zeros((height, width), dtype=np.bool_)
    covered[py[inside], px[inside]] = True
    py, px = np.nonzero(covered)
    left, top = int(px.min()) - pad, int(py.min()) - pad
    px, py = px - left, py - top
    pixels = np.zeros((int(py.max()) + pad + 1, int(px.max()) + pad + 1), dtype=np.uint32)
    h, w = pixels.shape
    crowded = len(px) * _SCATTER_COST > pixels.size
    centres = covered[top + pad : top + h - pad, left + pad : left + w - pad]
    core, ring = dot_offsets(shape, radius)
    for offsets, colour in ((ring, edge), (core, fill)):
        value = np.uint32(QColor(colour).rgba())
        if crowded:
            pixels[_spread(centres, offsets, pad)] = value
            continue
        for dy, dx in offsets.tolist():
            pixels[py + dy, px + dx] = value
    image = QImage(pixels.data, w, h, w * 4, QImage.Format.Format_ARGB32_Premultiplied)
    return image.copy(), left, top  # a copy owns its pixels; the array goes away


def _spread(centres: NDArray[np.bool_], offsets: NDArray[np.intp], pad: int) -> NDArray[np.bool_]:
    """Mark the pixels at some offsets from the centres, in an image with `pad` more pixels on each side."""
    height, width = centres.shape
    marked = np.zeros((height + 2 * pad, width + 2 * pad), dtype=np.bool_)
    for dy, dx in offsets.tolist():
        marked[pad + dy : pad + dy + height, pad + dx : pad + dx + width] |= centres
    return marked


@lru_cache(maxsize=128)
def hatch_brush(style: Style, fill: str, stroke: str, ratio: float) -> QBrush:
    """Return the fill of an area: a faint tint with the kind's hatch drawn over it."""
    if not style.hatch:
        return QBrush(_alpha(fill, 46)) if fill else QBrush(Qt.BrushStyle.NoBrush)
    step = HATCH_PX if style.hatch != "cross" else HATCH_PX + 6
    n = round(step * ratio)
    tile = QPixmap(n, n)
    tile.fill(_alpha(fill, 34) if fill else QColor(0, 0, 0, 0))
    with QPainter(tile) as p:
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        if style.hatch == "dots":
            p.setPen(Qt.PenStyle.NoPen)
            p.setBrush(_alpha(stroke, 190))
            for cx, cy in ((0.25, 0.25), (0.75, 0.75)):
                p.drawEllipse(QPointF(cx * n, cy * n), 1.25 * ratio, 1.25 * ratio)
        else:
            p.setPen(QPen(_alpha(stroke, 130), 1.1 * ratio))
            for k in (-1, 0, 1):  # neighbours too, so that lines meet across tiles
                p.drawLine(QPointF(k * n - 1, n + 1), QPointF(k * n + n + 1, -1))
                if style.hatch == "cross":
                    p.drawLine(QPointF(k * n - 1, -1), QPointF(k * n + n + 1, n + 1))
    tile.setDevicePixelRatio(ratio)
    return QBrush(tile)


def _alpha(colour: str, alpha: int) -> QColor:
    result = QColor(colour)
    result.setAlpha(alpha)
    return result
