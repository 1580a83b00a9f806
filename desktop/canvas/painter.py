"""Draws layers and the base map in small steps, so that a caller can stop between any two of them.

A step is a function of a painter and takes a few milliseconds. The view runs steps until its time slice is
spent and goes on after the event loop has turned; an export runs them all at once.
"""

from collections.abc import Iterator
from functools import cached_property, partial

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QTransform

from desktop.canvas.drawn import Mask, Step
from desktop.canvas.palette import colours
from desktop.canvas.placing import Placing
from desktop.canvas.projection import Bounds, Floats
from desktop.canvas.shapes import Rows, coordinates_of, level_of, painter_paths
from desktop.canvas.symbols import (
    DOT_RADIUS,
    Marker,
    MarkerState,
    dots_image,
    hatch_brush,
    marker_pixmap,
)

CHUNK = 120
"""Shapes a step; a large one counts as many."""
LARGE_PX = 80.0
"""Size of a shape that takes twice the time of a small one, for there is more to fill."""
STAMPS_A_STEP = 1000
DOT_BELOW_PX = 3.0
FINE_PENS_UP_TO = 1500
"""With more shapes in view than this, outlines are hairlines: Qt draws those five times faster."""
CLIP_ABOVE = 3.0
"""Shapes larger than this many views are cut to the view instead of kept as paths."""
LARGE_DOTS_UP_TO = 3000


class LayerPainter(Placing):
    """Draws one layer for one camera."""

    @cached_property
    def expired(self) -> Mask:
        """Rows whose window has ended."""
        return self.drawn.expired(self.settings.now)

    @cached_property
    def cost(self) -> int:
        """Roughly how many things there are to draw: decides whether the result is worth keeping."""
        shapes = sum(len(self.drawn.shapes.within(rect)) for _, rect in self.views())
        return shapes + -(-sum(len(rows) for _, rows in self.points_in_view) // 4)

    def area_steps(self) -> Iterator[Step]:
        """Yield the steps that draw polygons."""
        yield from self._shape_steps(areas=True)

    def line_steps(self) -> Iterator[Step]:
        """Yield the steps that draw lines."""
        yield from self._shape_steps(areas=False)

    def point_steps(self) -> Iterator[Step]:
        """Yield the steps that draw uncertainty circles, then dots or markers."""
        if (self.drawn.layer.table.uncertainty_m > 0).any():
            yield self._draw_uncertainty
        placed = self.placed
        points = np.nonzero(placed.is_point)[0]
        if self.is_crowded:
            yield partial(self._draw_dots, which=points)
            points = points[:0]
        stamps = np.concatenate([self.symbolled, points])
        for start in range(0, len(stamps), STAMPS_A_STEP):
            yield partial(self._stamp, which=stamps[start : start + STAMPS_A_STEP])

    # --- lines and polygons -------------------------------------------------------------------------

    def _shape_steps(self, *, areas: bool) -> Iterator[Step]:
        shapes = self.drawn.shapes
        for shift, rect in self.views():
            found = shapes.within(rect)
            found = found[shapes.is_area[found] == areas]
            if not len(found):
                continue
            b = shapes.bounds[found]
            size = np.maximum(b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]) / self.camera.resolution
            tiny = size < DOT_BELOW_PX
            if tiny.any():
                yield partial(self._draw_tiny, which=found[tiny], shift=shift)
            found, size = found[~tiny], size[~tiny]
            found = found[np.argsort(-size, kind="stable")]  # small ones stay visible on large ones
            longest = CLIP_ABOVE * max(self.camera.width, self.camera.height)
            huge = int((size > longest).sum())
            fine = len(found) <= FINE_PENS_UP_TO
            for part in found[:huge].tolist():
                yield partial(self._draw_huge, part=part, shift=shift, rect=rect)
            effort = np.cumsum(1.0 + (size[huge:] / LARGE_PX) ** 2)
            cuts = np.flatnonzero(np.diff(effort // CHUNK)) + 1
            for which in np.split(found[huge:], cuts):
                if len(which):
                    yield partial(self._draw_chunk, which=which, shift=shift, fine=fine)

    def _draw_chunk(self, p: QPainter, which: Rows, shift: float, fine: bool) -> None:
        shapes = self.drawn.shapes
        paths = shapes.paths(which, level_of(self.camera.resolution))
        expired = self.expired[shapes.row[which]]
        for state in (False, True):
            chosen = np.nonzero(expired == state)[0].tolist()
            if chosen:
                areas = bool(shapes.is_area[which[chosen[0]]])
                self._draw_paths(p, [paths[i] for i in chosen], shift, expired=state, fine=fine, areas=areas)

    def _draw_huge(self, p: QPainter, part: int, shift: float, rect: Bounds) -> None:
        shapes = self.drawn.shapes
        left, bottom, right, top = rect
        more = 0.25 * (right - left)  # the cut edges stay out of sight
        cut = shapes.clipped(
            part, (left - more, bottom - more, right + more, top + more), self.camera.resolution
        )
        column = np.empty(1, dtype=object)
        column[0] = cut
        expired = bool(self.expired[shapes.row[part]])
        areas = bool(shapes.is_area[part])
        self._draw_paths(p, painter_paths(column).tolist(), shift, expired=expired, fine=True, areas=areas)

    def _draw_paths(
        self, p: QPainter, paths: list[QPainterPath], shift: float, *, expired: bool, fine: bool, areas: bool
    ) -> None:
        transform = self.camera.transform(shift)
        stroke = colours(self.settings.dark).expired if expired else self.style.stroke
        p.save()
        p.setTransform(transform, True)
        if areas:
            fill = "" if expired else self.style.fill
            brush = _anchored(
                hatch_brush(self.style, fill, stroke, self.settings.ratio), transform, self.settings.ratio
            )
            if brush.style() != Qt.BrushStyle.NoBrush:
                # Filling without antialiasing is five times faster; the outline hides the steps.
                p.setRenderHint(QPainter.RenderHint.Antialiasing, not self.settings.raster)
                p.setPen(Qt.PenStyle.NoPen)
                p.setBrush(brush)
                for path in paths:
                    p.drawPath(path)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setBrush(Qt.BrushStyle.NoBrush)
        if not areas and fine:
            p.setPen(_pen(colours(self.settings.dark).halo, self.style.width + 2.4))
            for path in paths:
                p.drawPath(path)
        p.setPen(self._outline(stroke, expired=expired, fine=fine))
        for path in paths:
            p.drawPath(path)
        p.restore()
        if self.style.arrows and not areas and fine:
            self._draw_arrows(p, paths, transform, stroke)

    def _outline(self, stroke: str, *, expired: bool, fine: bool) -> QPen:
        if not fine:
            return _pen(stroke, 1.0 / self.settings.ratio)
        pen = _pen(stroke, self.style.width)
        if expired or self.style.dash == "dash":
            pen.setDashPattern([5.0, 3.0])
        elif self.style.dash == "dot":
            pen.setDashPattern([1.2, 2.2])
        return pen

    def _draw_arrows(
        self, p: QPainter, paths: list[QPainterPath], transform: QTransform, stroke: str
    ) -> None:
        """Put arrow heads along lines that have a direction, one every 130 pixels."""
        head = QPainterPath(QPointF(5.5, 0))
        for corner in (QPointF(-4, -4.5), QPointF(-1.5, 0), QPointF(-4, 4.5)):
            head.lineTo(corner)
        head.closeSubpath()
        view = QRectF(0, 0, self.camera.width, self.camera.height)
        for path in paths[:200]:
            for part in transform.map(path).toSubpathPolygons():
                for x, y, angle in _along(coordinates_of(part), 130.0):
                    if view.contains(QPointF(x, y)):
                        p.save()
                        p.translate(x, y)
                        p.rotate(angle)
                        p.fillPath(head, QColor(stroke))
                        p.restore()

    def _draw_tiny(self, p: QPainter, which: Rows, shift: float) -> None:
        b = self.drawn.shapes.bounds[which]
        x, y = self.camera.to_screen((b[:, 0] + b[:, 2]) / 2 + shift, (b[:, 1] + b[:, 3]) / 2)
        self._dots(p, x, y, self.expired[self.drawn.shapes.row[which]], radius=1)

    # --- points --------------------------------------------------------------------------------------

    def _draw_uncertainty(self, p: QPainter) -> None:
        """Draw the circle within which the true position lies, to scale."""
        shapes, table = self.drawn.shapes, self.drawn.layer.table
        stroke = QColor(self.style.stroke)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(stroke, 1.0)
        pen.setDashPattern([4.0, 3.0])
        tint = QColor(stroke)
        tint.setAlpha(22)
        for shift, in_view in self.points_in_view:
            found = in_view[table.uncertainty_m[shapes.point_row[in_view]] > 0]
            if not len(found):
                continue
            _, lat = shapes.projection.inverse(shapes.point_x[found], shapes.point_y[found])
            factor = shapes.projection.ground_factor(lat) * self.camera.resolution
            radius = table.uncertainty_m[shapes.point_row[found]] / factor
            x, y = self.camera.to_screen(shapes.point_x[found] + shift, shapes.point_y[found])
            # Smaller than the marker says nothing; a circle much larger than the view cannot be seen.
            seen = (radius > self.marker_size() * 0.6) & (radius < 20_000)
            p.setPen(pen)
            p.setBrush(tint)
            for i in np.nonzero(seen)[0][:2000].tolist():
                p.drawEllipse(QPointF(float(x[i]), float(y[i])), float(radius[i]), float(radius[i]))

    def _draw_dots(self, p: QPainter, which: Rows) -> None:
        placed = self.placed
        radius = DOT_RADIUS + (1 if len(which) <= LARGE_DOTS_UP_TO else 0)
        self._dots(p, placed.x[which], placed.y[which], self.expired[placed.row[which]], radius)

    def _dots(self, p: QPainter, x: Floats, y: Floats, expired: Mask, radius: int) -> None:
        theme, ratio = colours(self.settings.dark), self.settings.ratio
        device_radius = max(1, round(radius * ratio))
        edge = theme.halo if radius > 1 else self.style.stroke
        for state, fill in ((True, theme.expired), (False, self.style.stroke)):
            chosen = expired == state
            if not self.settings.raster:
                self._vector_dots(p, x[chosen], y[chosen], radius, fill)
                continue
            size = (round(self.camera.width * ratio), round(self.camera.height * ratio))
            drawn = dots_image(
                x[chosen] * ratio, y[chosen] * ratio, size, self.style.shape, fill, edge, device_radius
            )
            if drawn is not None:
                image, left, top = drawn
                image.setDevicePixelRatio(ratio)
                p.drawImage(QPointF(left / ratio, top / ratio), image)

    def _vector_dots(self, p: QPainter, x: Floats, y: Floats, radius: int, fill: str) -> None:
        spots = np.unique(np.column_stack([x, y]).round(), axis=0)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(QColor(fill))
        for px, py in spots.tolist():
            p.drawEllipse(QPointF(px, py), radius + 0.4, radius + 0.4)

    def _stamp(self, p: QPainter, which: Rows) -> None:
        placed, size = self.placed, self.marker_size()
        half = (size + 8) / 2
        ratio = self.settings.ratio if self.settings.raster else 4.0
        for i in which.tolist():
            row = int(placed.row[i])
            state = (
                MarkerState.HOLLOW if self.drawn.hollow[row] and placed.is_point[i] else MarkerState.NORMAL
            )
            if self.expired[row]:
                state = MarkerState.EXPIRED
            marker = Marker(self.style, self.drawn.symbol(row), state, size, self.settings.dark, ratio)
            p.drawPixmap(QPointF(float(placed.x[i]) - half, float(placed.y[i]) - half), marker_pixmap(marker))


def _pen(colour: str, width: float) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setCosmetic(True)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def _anchored(brush: QBrush, transform: QTransform, ratio: float) -> QBrush:
    """Undo the painter's transform for a hatch, and tie it to the ground so that it moves with a pan."""
    if brush.style() != Qt.BrushStyle.TexturePattern:
        return brush
    result = QBrush(brush)
    step = brush.texture().width() / brush.texture().devicePixelRatio()
    ground = QTransform.fromTranslate(transform.dx() % step, transform.dy() % step)
    result.setTransform(ground * transform.inverted()[0])
    return result


def _along(points: Floats, every: float) -> Iterator[tuple[float, float, float]]:
    """Yield x, y and direction in degrees at regular distances along a line on the screen."""
    if len(points) < 2:
        return
    step = np.diff(points, axis=0)
    length = np.hypot(step[:, 0], step[:, 1])
    total = np.concatenate([[0.0], np.cumsum(length)])
    if total[-1] < 30:
        return
    count = min(int(total[-1] // every) + 1, 400)
    for target in ((np.arange(count) + 0.5) * total[-1] / count).tolist():
        i = min(int(np.searchsorted(total, target, side="right")) - 1, len(step) - 1)
        share = (target - total[i]) / max(float(length[i]), 1e-9)
        x, y = points[i] + share * step[i]
        yield float(x), float(y), float(np.degrees(np.arctan2(step[i, 1], step[i, 0])))
