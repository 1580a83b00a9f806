"""Labels that never overlap: the most important ones are placed first, what finds no room is left out."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap

LONGEST_PX = 190
CELL_PX = 64.0
_HALO_PX = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that wants to be shown near a place on the screen; larger `priority` goes first."""

    text: str
    x: float
    y: float
    reach: float
    """Pixels to keep clear around the place; 0 puts the text over it."""
    priority: float
    style: "TextStyle"


@dataclass(frozen=True, slots=True)
class TextStyle:
    """Font and colours of a label; hashable, so that laid-out text can be kept."""

    pixels: int
    colour: str
    halo: str
    bold: bool = False
    italic: bool = False

    def font(self) -> QFont:
        """Return the font: the application's family in this size."""
        return _font(self.pixels, self.bold, self.italic)


@dataclass(frozen=True, slots=True)
class Label:
    """A placed text: the rectangle it covers and where its baseline starts."""

    text: str
    rect: QRectF
    baseline: QPointF
    style: TextStyle


class Room:
    """The part of the screen that is taken, as rectangles found through a coarse grid.

    Parameters
    ----------
    bounds : QRectF
        Nothing may reach outside.
    view : QRectF or None
        Nothing may cross its edge, where a text would be cut off.
    """

    def __init__(self, bounds: QRectF, view: QRectF | None = None) -> None:
        self.bounds = bounds
        self.view = view
        self._cells: dict[tuple[int, int], list[QRectF]] = defaultdict(list)

    def _touched(self, rect: QRectF) -> Iterator[tuple[int, int]]:
        for column in range(int(rect.left() // CELL_PX), int(rect.right() // CELL_PX) + 1):
            for row in range(int(rect.top() // CELL_PX), int(rect.bottom() // CELL_PX) + 1):
                yield column, row

    def is_free(self, rect: QRectF) -> bool:
        """Tell whether a rectangle lies inside the bounds and touches nothing that is taken."""
        if not self.bounds.contains(rect):
            return False
        if self.view is not None and self.view.intersects(rect) and not self.view.contains(rect):
            return False
        return not any(taken.intersects(rect) for cell in self._touched(rect) for taken in self._cells[cell])

    def take(self, rect: QRectF) -> None:
        """Mark a rectangle as taken."""
        for cell in self._touched(rect):
            self._cells[cell].append(rect)


@lru_cache(maxsize=32)
def _font(pixels: int, bold: bool, italic: bool) -> QFont:
    font = QFont()
    font.setPixelSize(pixels)
    font.setBold(bold)
    font.setItalic(italic)
    return font


@lru_cache(maxsize=32)
def _metrics(pixels: int, bold: bool, italic: bool) -> QFontMetricsF:
    return QFontMetricsF(_font(pixels, bold, italic))


def metrics(style: TextStyle) -> QFontMetricsF:
    """Return the measures of a style's font."""
    return _metrics(style.pixels, style.bold, style.italic)


@lru_cache(maxsize=4096)
def _fitted(text: str, style: TextStyle) -> tuple[str, float]:
    """Return the text cut to the longest width, and its width in pixels."""
    measures = metrics(style)
    if len(text) > 16 and measures.horizontalAdvance(text) > LONGEST_PX:
        text = measures.elidedText(text, Qt.TextElideMode.ElideRight, LONGEST_PX)
    return text, measures.horizontalAdvance(text)


def place(candidates: Iterable[Candidate], room: Room, most: int = 400) -> list[Label]:
    """Place labels greedily by priority; equal priorities keep their order.

    Each text tries right, left, above and below of its place (or only over it, when its reach is 0).
    """
    labels: list[Label] = []
    for candidate in sorted(candidates, key=lambda c: -c.priority):
        if len(labels) >= most:
            break
        text, width = _fitted(candidate.text, candidate.style)
        if not text:
            continue
        measures = metrics(candidate.style)
        height = measures.height()
        for left, top in _spots(candidate, width, height):
            rect = QRectF(left - 2, top, width + 4, height)
            if room.is_free(rect):
                room.take(rect)
                baseline = QPointF(round(left), round(top + measures.ascent()))
                labels.append(Label(text, rect, baseline, candidate.style))
                break
    return labels


def _spots(candidate: Candidate, width: float, height: float) -> tuple[tuple[float, float], ...]:
    x, y, gap = candidate.x, candidate.y, candidate.reach + 4
    if candidate.reach <= 0:
        return ((x - width / 2, y - height / 2),)
    return (
        (x + gap, y - height / 2),
        (x - gap - width, y - height / 2),
        (x - width / 2, y - gap - height + 2),
        (x - width / 2, y + gap - 2),
    )


@lru_cache(maxsize=2048)
def _outline(text: str, style: TextStyle) -> QPainterPath:
    path = QPainterPath()
    path.addText(QPointF(0, 0), style.font(), text)
    return path


@lru_cache(maxsize=512)
def _drawn(text: str, style: TextStyle, ratio: float) -> tuple[QPixmap, QPointF]:
    """Return the picture of a text, and where it belongs from the start of its baseline."""
    measures = metrics(style)
    box = _outline(text, style).boundingRect() | measures.boundingRect(text)
    left, top = math.floor(box.left()) - _HALO_PX, math.floor(box.top()) - _HALO_PX
    width, height = math.ceil(box.right()) + _HALO_PX - left, math.ceil(box.bottom()) + _HALO_PX - top
    pixmap = QPixmap(math.ceil(width * ratio), math.ceil(height * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as p:
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        _paint_text(p, QPointF(-left, -top), text, style)
    return pixmap, QPointF(left, top)


def paint(p: QPainter, labels: Iterable[Label], ratio: float | None) -> None:
    """Draw labels for a device of so many pixels a logical pixel; None draws them without making pictures."""
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    for label in labels:
        if ratio is None:
            _paint_text(p, label.baseline, label.text, label.style)
        else:
            pixmap, offset = _drawn(label.text, label.style, ratio)
            p.drawPixmap(label.baseline + offset, pixmap)


def _paint_text(p: QPainter, baseline: QPointF, text: str, style: TextStyle) -> None:
    """Draw a halo from the outline of the text, then the text itself (shaped and bidirectional)."""
    halo = QPen(QColor(style.halo), 3.0)
    halo.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    p.translate(baseline)
    p.strokePath(_outline(text, style), halo)
    p.translate(-baseline)
    p.setFont(style.font())
    p.setPen(QColor(style.colour))
    p.drawText(baseline, text)


def forget_fonts() -> None:
    """Drop what was measured, after the application's font has changed."""
    for cache in (_font, _metrics, _fitted, _outline, _drawn):
        cache.cache_clear()
