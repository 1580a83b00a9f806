"""The base map: land, borders (off by default: they take sides), and the names of places. Context only."""

import math
from collections.abc import Iterator
from functools import partial

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.canvas.camera import Camera
from desktop.canvas.drawn import Settings, Step
from desktop.canvas.labels import Candidate, TextStyle
from desktop.canvas.palette import colours
from desktop.canvas.projection import Projection
from desktop.canvas.shapes import Rows, Shapes, level_of, painter_paths
from desktop.canvas.words import plain
from layers.basemap import Basemap

ATTRIBUTION = "Base map: Natural Earth · Places: GeoNames (CC BY 4.0)"
CHUNK = 150


class Background:
    """A base map made ready for one projection."""

    def __init__(self, basemap: Basemap, projection: Projection) -> None:
        self.land = Shapes(basemap.land, projection)
        self.lakes = Shapes(basemap.lakes, projection)
        self.coast = Shapes(basemap.coast, projection)
        self.borders = Shapes(basemap.borders, projection)
        self.places = basemap.places
        self.x, self.y = projection.forward(basemap.places.lon, basemap.places.lat)

    def steps(self, camera: Camera, settings: Settings, *, borders: bool) -> Iterator[Step]:
        """Yield the steps that draw land, lakes, coast, and borders if wanted."""
        theme = colours(settings.dark)
        yield from _steps(self.land, camera, fill=theme.land)
        yield from _steps(self.lakes, camera, fill=theme.sea)
        yield from _steps(self.coast, camera, stroke=theme.coast)
        if borders:
            yield from _steps(self.borders, camera, stroke=theme.border, dashed=True)

    def candidates(self, camera: Camera, settings: Settings, most: int = 60) -> list[Candidate]:
        """Return the largest places in view as labels, below everything else in priority."""
        theme = colours(settings.dark)
        found: list[Candidate] = []
        finest = _finest_rank(camera.metres_per_pixel)
        for shift, (left, bottom, right, top) in _views(camera):
            x = self.x + shift
            inside = (x >= left) & (x <= right) & (self.y >= bottom) & (self.y <= top)
            rows = np.nonzero(inside & (self.places.rank <= finest))[0][:most]  # most prominent first
            px, py = camera.to_screen(x[rows], self.y[rows])
            for row, sx, sy in zip(rows.tolist(), px.tolist(), py.tolist(), strict=True):
                big = bool(self.places.population[row] >= 500_000)
                style = TextStyle(13 if big else 12, theme.place, theme.halo, italic=True)
                name = plain(str(self.places.name[row]), 40)
                found.append(Candidate(name, sx, sy, 0.0, -1e6 - float(row), style))
        return found


def _finest_rank(metres_per_pixel: float) -> int:
    """Return the rank whose places lie about 120 pixels apart: rank r keeps 1600 km / 2**r between them."""
    return math.floor(math.log2(max(1_600_000.0 / (120.0 * metres_per_pixel), 1.0)))


def _steps(
    shapes: Shapes, camera: Camera, *, fill: str = "", stroke: str = "", dashed: bool = False
) -> Iterator[Step]:
    for shift, rect in _views(camera):
        found = shapes.within(rect)
        for start in range(0, len(found), CHUNK):
            yield partial(
                _draw,
                shapes=shapes,
                which=found[start : start + CHUNK],
                camera=camera,
                shift=shift,
                fill=fill,
                stroke=stroke,
                dashed=dashed,
            )


def _views(camera: Camera) -> Iterator[tuple[float, tuple[float, float, float, float]]]:
    left, bottom, right, top = camera.rect
    for shift in camera.shifts():
        yield shift, (left - shift, bottom, right - shift, top)


def _draw(
    p: QPainter,
    shapes: Shapes,
    which: Rows,
    camera: Camera,
    shift: float,
    fill: str,
    stroke: str,
    dashed: bool,
) -> None:
    """Draw parts in one colour; those much larger than the view are cut to it first."""
    left, bottom, right, top = camera.rect
    b = shapes.bounds[which]
    size = np.maximum(b[:, 2] - b[:, 0], b[:, 3] - b[:, 1])
    huge = size > 2 * max(right - left, top - bottom)
    paths = shapes.paths(which[~huge], level_of(camera.resolution)).tolist()
    more = 0.1 * (right - left)
    rect = (left - shift - more, bottom - more, right - shift + more, top + more)
    cut = np.empty(int(huge.sum()), dtype=object)
    cut[:] = [shapes.clipped(part, rect, camera.resolution) for part in which[huge].tolist()]
    paths += painter_paths(cut).tolist()
    p.save()
    p.setTransform(camera.transform(shift), True)
    p.setRenderHint(QPainter.RenderHint.Antialiasing, not fill)
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(QColor(fill) if fill else Qt.BrushStyle.NoBrush)
    if stroke:
        pen = QPen(QColor(stroke), 1.0, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine)
        pen.setCosmetic(True)
        p.setPen(pen)
    for path in paths:
        p.drawPath(path)
    p.restore()
