"""What is drawn over the features: selection, the chosen finding, finding marks and all labels."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np
import shapely
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

from desktop.canvas.background import Background
from desktop.canvas.camera import Camera
from desktop.canvas.drawn import DrawnLayer, Settings, Step
from desktop.canvas.labels import Candidate, Room, TextStyle, paint, place
from desktop.canvas.marks import PlacedMarks, joined
from desktop.canvas.painter import LayerPainter
from desktop.canvas.palette import colours, severity_colour
from desktop.canvas.placing import SYMBOL_ON_AREA_PX
from desktop.canvas.projection import Floats
from desktop.canvas.shapes import Rows, Shapes, level_of
from desktop.canvas.words import plain

MOST_CANDIDATES = 900
"""Labels considered for each layer; more would not find room."""
MOST_LABELS = 400
MOST_RINGS = 4000
MOST_DOTS_AVOIDED = 600
MOST_MARKERS_AVOIDED = 2500
RINGS_A_STEP = 400
MARKS_A_STEP = 100
MARK_BOX_PX = 22
LABELS_A_STEP = 5
"""The halo of a text takes up to 2 ms, the first time."""
CHUNK = 100


@dataclass(frozen=True, slots=True)
class Highlight:
    """The chosen finding: its place (lon/lat or None), its subjects, its severity."""

    geometry: Any
    subjects: frozenset[str]
    severity: int


class Annotations:
    """Draws everything that lies over the features for one camera."""

    def __init__(
        self,
        camera: Camera,
        settings: Settings,
        painters: Sequence[LayerPainter],
        margin: int = 0,
        furniture: Sequence[QRectF] = (),
    ) -> None:
        self.camera, self.settings, self.painters = camera, settings, painters
        everything = QRectF(0, 0, camera.width, camera.height)
        self.room = Room(everything, everything.adjusted(margin, margin, -margin, -margin))
        for rect in furniture:
            self.room.take(rect.translated(margin, margin))

    def selection_steps(self, selected: frozenset[str]) -> Iterator[Step]:
        """Yield the steps that put a halo around the selected features."""
        theme = colours(self.settings.dark)
        yield from self._all_halos(selected, theme.selection, theme.selection_edge)

    def _all_halos(self, ids: frozenset[str], colour: str, edge: str) -> Iterator[Step]:
        for painter in self.painters:
            rows = rows_of(painter.drawn, ids)
            if len(rows):
                yield from self._halo_steps(painter, rows, colour, edge)

    def highlight_steps(self, highlight: Highlight) -> Iterator[Step]:
        """Yield the steps that draw the chosen finding in the colour of its severity."""
        colour = severity_colour(highlight.severity, self.settings.dark)
        yield from self._all_halos(highlight.subjects, colour, colours(self.settings.dark).halo)
        if highlight.geometry is not None and not highlight.geometry.is_empty:
            yield partial(self._draw_place, geometry=highlight.geometry, colour=colour)

    def mark_steps(self, marks: PlacedMarks) -> Iterator[Step]:
        """Yield the steps that draw finding marks, the worst on top."""
        shares = []
        for share in marks.shares_on_screen(self.camera):
            shares.append(share)
            yield _nothing
        rows, x, y = joined(shares)
        order = np.argsort(marks.severity[rows], kind="stable")
        for start in range(0, len(order), MARKS_A_STEP):
            some = order[start : start + MARKS_A_STEP]
            yield partial(self._draw_marks, marks=marks, rows=rows[some], x=x[some], y=y[some])
            for px, py in zip(x[some].tolist(), y[some].tolist(), strict=True):
                self.room.take(QRectF(px - 8, py - 8, 16, 16))

    def label_steps(self, background: Background | None, selected: frozenset[str]) -> Iterator[Step]:
        """Yield the steps that place and draw labels."""
        candidates: list[Candidate] = []
        for painter in self.painters:
            _take_markers(self.room, painter)
            yield _nothing
            candidates += self._candidates(painter, selected)
            yield _nothing
        if background is not None:
            candidates += background.candidates(self.camera, self.settings)
        candidates.sort(key=lambda c: -c.priority)
        placed = 0
        for start in range(0, len(candidates), LABELS_A_STEP):
            labels = place(candidates[start : start + LABELS_A_STEP], self.room, MOST_LABELS - placed)
            placed += len(labels)
            yield partial(paint, labels=labels, ratio=self.settings.ratio if self.settings.raster else None)

    def _halo_steps(self, painter: LayerPainter, rows: Rows, colour: str, edge: str) -> Iterator[Step]:
        shapes = painter.drawn.shapes
        chosen = np.zeros(len(painter.drawn.layer.table), dtype=bool)
        chosen[rows] = True
        left, bottom, right, top = self.camera.rect
        for shift in self.camera.shifts():
            found = shapes.within((left - shift, bottom, right - shift, top))
            found = found[chosen[shapes.row[found]]]
            for start in range(0, len(found), CHUNK):
                yield partial(
                    self._halo_shapes,
                    shapes=shapes,
                    which=found[start : start + CHUNK],
                    shift=shift,
                    inner=painter.style.stroke,
                    colour=colour,
                    edge=edge,
                )
        placed = painter.placed
        spots = np.nonzero(placed.is_point & chosen[placed.row])[0][:MOST_RINGS]
        for start in range(0, len(spots), RINGS_A_STEP):
            yield partial(
                self._halo_points,
                painter=painter,
                spots=spots[start : start + RINGS_A_STEP],
                colour=colour,
                edge=edge,
            )

    def _halo_shapes(
        self, p: QPainter, shapes: Shapes, which: Rows, shift: float, inner: str, colour: str, edge: str
    ) -> None:
        paths = shapes.paths(which, level_of(self.camera.resolution)).tolist()
        p.save()
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setTransform(self.camera.transform(shift), True)
        p.setBrush(Qt.BrushStyle.NoBrush)
        for pen_colour, width in ((edge, 7.0), (colour, 5.0), (inner, 1.6)):
            pen = QPen(QColor(pen_colour), width)
            pen.setCosmetic(True)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            p.setPen(pen)
            for path in paths:
                p.drawPath(path)
        p.restore()

    def _halo_points(self, p: QPainter, painter: LayerPainter, spots: Rows, colour: str, edge: str) -> None:
        placed = painter.placed
        radius = 4.5 if painter.is_crowded else painter.marker_size() / 2 + 3.5
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setBrush(Qt.BrushStyle.NoBrush)
        for pen_colour, width in ((edge, 5.0), (colour, 3.0)):
            p.setPen(QPen(QColor(pen_colour), width))
            for i in spots.tolist():
                p.drawEllipse(QPointF(float(placed.x[i]), float(placed.y[i])), radius, radius)

    def _draw_place(self, p: QPainter, geometry: Any, colour: str) -> None:
        column = np.empty(1, dtype=object)
        column[0] = geometry
        shapes = Shapes(column, self.camera.projection)
        tint = QColor(colour)
        tint.setAlpha(90)
        p.save()
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        level = level_of(self.camera.resolution)
        for shift in self.camera.shifts():
            path = QPainterPath()
            for part in shapes.paths(np.arange(len(shapes)), level).tolist():
                path.addPath(part)
            path = self.camera.transform(shift).map(path)
            p.setPen(QPen(QColor(colours(self.settings.dark).halo), 6.0))
            p.setBrush(Qt.BrushStyle.NoBrush)
            p.drawPath(path)
            p.setPen(QPen(QColor(colour), 3.0))
            if shapes.is_area.any():
                p.setBrush(tint)
            p.drawPath(path)
        p.setBrush(Qt.BrushStyle.NoBrush)
        x, y = self.camera.to_screen(self.camera.nearest_copy(shapes.point_x), shapes.point_y)
        for px, py in zip(x.tolist(), y.tolist(), strict=True):
            _ring(p, px, py, colour, colours(self.settings.dark).halo)
        p.restore()
        self._call_out(p, geometry, colour)

    def _call_out(self, p: QPainter, geometry: Any, colour: str) -> None:
        """Ring a place that would otherwise be too small to see."""
        middle = shapely.centroid(geometry)
        west, south, east, north = shapely.bounds(geometry)
        x, y = self.camera.lonlat_to_screen(
            np.array([west, east, middle.x]), np.array([south, north, middle.y])
        )
        if max(abs(x[1] - x[0]), abs(y[1] - y[0])) < 24:
            _ring(p, float(x[2]), float(y[2]), colour, colours(self.settings.dark).halo)

    def _draw_marks(self, p: QPainter, marks: PlacedMarks, rows: Rows, x: Floats, y: Floats) -> None:
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        severities, settings = marks.severity[rows].tolist(), self.settings
        for px, py, severity in zip(x.tolist(), y.tolist(), severities, strict=True):
            if settings.raster:
                corner = QPointF(px - MARK_BOX_PX / 2, py - MARK_BOX_PX / 2)
                p.drawPixmap(corner, mark_pixmap(severity, settings.dark, settings.ratio))
            else:
                paint_mark(p, px, py, severity, settings.dark)

    def _candidates(self, painter: LayerPainter, selected: frozenset[str]) -> list[Candidate]:
        """Return the names of a layer as labels: selected first, then by kind, larger areas first."""
        placed, table = painter.placed, painter.drawn.layer.table
        theme = colours(self.settings.dark)
        crowded = painter.is_crowded
        is_selected = np.zeros(len(table), dtype=bool)
        is_selected[rows_of(painter.drawn, selected)] = True
        wanted = is_selected[placed.row] | ~placed.is_point | (not crowded)
        spots = np.nonzero(wanted)[0]
        if len(spots) > MOST_CANDIDATES:
            spots = _spread(placed.x, placed.y, spots, is_selected[placed.row])
        style = TextStyle(12, theme.text, theme.halo)
        bold = TextStyle(12, theme.text, theme.halo, bold=True)
        result = []
        for i in spots.tolist():
            row = int(placed.row[i])
            name = str(table.name[row])
            if not name:
                continue
            point, reach = bool(placed.is_point[i]), float(placed.reach[i])
            with_symbol = point or (painter.style.symbol != "" and reach * 2 >= SYMBOL_ON_AREA_PX)
            clear = painter.marker_size() / 2 if with_symbol else 0.0
            priority = painter.drawn.order * 1000.0 + (0.0 if point else min(reach, 999.0))
            chosen = bool(is_selected[row])
            result.append(
                Candidate(
                    plain(name, 60),
                    float(placed.x[i]),
                    float(placed.y[i]),
                    clear,
                    priority + (1e6 if chosen else 0.0),
                    bold if chosen else style,
                )
            )
        return result


def rows_of(drawn: DrawnLayer, ids: Iterable[str]) -> Rows:
    """Return the rows of a layer that have one of the ids."""
    by_id = drawn.layer.table.rows_by_id
    return np.array([by_id[i] for i in ids if i in by_id], dtype=np.intp)


@lru_cache(maxsize=64)
def mark_pixmap(severity: int, dark: bool, ratio: float) -> QPixmap:
    """Return the picture of a finding mark; its middle is the place."""
    pixmap = QPixmap(round(MARK_BOX_PX * ratio), round(MARK_BOX_PX * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as p:
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_mark(p, MARK_BOX_PX / 2, MARK_BOX_PX / 2, severity, dark)
    return pixmap


def paint_mark(p: QPainter, x: float, y: float, severity: int, dark: bool) -> None:
    """Draw a finding mark: a disc with an exclamation mark, larger and stronger the worse it is."""
    theme = colours(dark)
    radius = 5.0 + 0.8 * min(max(severity, 0), 4)
    p.setPen(QPen(QColor(theme.halo), 1.6))
    p.setBrush(QColor(severity_colour(severity, dark)))
    p.drawEllipse(QPointF(x, y), radius, radius)
    p.setPen(QPen(QColor(theme.halo), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    p.drawLine(QPointF(x, y - radius * 0.5), QPointF(x, y + radius * 0.1))
    p.drawPoint(QPointF(x, y + radius * 0.52))
    p.setBrush(Qt.BrushStyle.NoBrush)


def _ring(p: QPainter, x: float, y: float, colour: str, halo: str) -> None:
    p.setBrush(Qt.BrushStyle.NoBrush)
    for pen_colour, width in ((halo, 6.0), (colour, 3.0)):
        p.setPen(QPen(QColor(pen_colour), width))
        p.drawEllipse(QPointF(x, y), 17.0, 17.0)


def _nothing(p: QPainter) -> None:
    """A step that only offers the caller a place to stop."""


def _take_markers(room: Room, painter: LayerPainter) -> None:
    """Keep labels off markers, and off dots unless those are everywhere."""
    placed, half = painter.placed, painter.marker_size() / 2 - 1
    drawn = np.concatenate([painter.symbolled, np.nonzero(placed.is_point)[0]])
    if painter.is_crowded:
        half = 3.0
        drawn = drawn if len(drawn) <= MOST_DOTS_AVOIDED else painter.symbolled
    for i in drawn[:MOST_MARKERS_AVOIDED].tolist():
        room.take(QRectF(float(placed.x[i]) - half, float(placed.y[i]) - half, 2 * half, 2 * half))


def _spread(x: Floats, y: Floats, spots: Rows, selected: Any) -> Rows:
    """Choose label candidates evenly over the screen: one for each 60 x 18 pixel cell."""
    order = spots[np.argsort(~selected[spots], kind="stable")]
    cells = (x[order] // 60) * 100_003 + y[order] // 18
    _, first = np.unique(cells, return_index=True)
    return order[np.sort(first)][:MOST_CANDIDATES]
