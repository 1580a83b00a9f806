"""The base map: land, borders (off by default: they take sides), and the names of places. Context only."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Protocol

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.canvas.camera import Camera
from desktop.canvas.drawn import Settings, Step
from desktop.canvas.labels import Candidate, TextStyle
from desktop.canvas.palette import colours
from desktop.canvas.projection import Objects, Projection
from desktop.canvas.shapes import Rows, Shapes, level_of, painter_paths
from desktop.canvas.words import plain

ATTRIBUTION = "Base map: Natural Earth · Places: GeoNames (CC BY 4.0)"
CHUNK = 150


class Basemap(Protocol):
    """What the canvas needs of `layers.basemap.Basemap`: WGS 84 columns."""

    @property
    def land(self) -> Objects:
        """Polygons."""
        ...

    @property
    def borders(self) -> Objects:
        """Lines."""
        ...

    @property
    def places(self) -> Any:
        """Columns `name`, `lon`, `lat`, `population`, `rank`."""
        ...


class Background:
    """A base map made ready for one projection."""

    def __init__(self, basemap: Basemap, projection: Projection) -> None:
        self.land = Shapes(basemap.land, projection)
        self.borders = Shapes(basemap.borders, projection)
        places = basemap.places
        self.name = places.name
        self.population = np.asarray(places.population, dtype=np.float64)
        self.lon = np.asarray(places.lon, dtype=np.float64)
        self.lat = np.asarray(places.lat, dtype=np.float64)
        self.x, self.y = projection.forward(self.lon, self.lat)

    def steps(self, camera: Camera, settings: Settings, *, borders: bool) -> Iterator[Step]:
        """Yield the steps that draw land, then borders."""
        theme = colours(settings.dark)
        for shift, rect in _views(camera):
            found = self.land.within(rect)
            for start in range(0, len(found), CHUNK):
                which = found[start : start + CHUNK]
                yield partial(
                    _draw,
                    shapes=self.land,
                    which=which,
                    camera=camera,
                    shift=shift,
                    fill=theme.land,
                    stroke=theme.coast,
                )
        if not borders:
            return
        for shift, rect in _views(camera):
            which = self.borders.within(rect)
            if len(which):
                yield partial(
                    _draw,
                    shapes=self.borders,
                    which=which,
                    camera=camera,
                    shift=shift,
                    fill="",
                    stroke=theme.border,
                )

    def candidates(self, camera: Camera, settings: Settings, most: int = 60) -> list[Candidate]:
        """Return the largest places in view as labels, below everything else in priority."""
        theme = colours(settings.dark)
        found: list[Candidate] = []
        least = _least_population(camera.scale_denominator())
        for shift, (left, bottom, right, top) in _views(camera):
            x = self.x + shift
            inside = (x >= left) & (x <= right) & (self.y >= bottom) & (self.y <= top)
            rows = np.nonzero(inside & (self.population >= least))[0]
            rows = rows[np.argsort(-self.population[rows], kind="stable")][:most]
            px, py = camera.to_screen(x[rows], self.y[rows])
            for row, sx, sy in zip(rows.tolist(), px.tolist(), py.tolist(), strict=True):
                people = float(self.population[row])
                style = TextStyle(13 if people >= 1e6 else 12, theme.place, theme.halo, italic=True)
                priority = -1e6 + people / 1e3
                found.append(Candidate(plain(str(self.name[row]), 40), sx, sy, 3.0, priority, style))
        return found


def _least_population(scale: float) -> float:
    """Return the smallest town worth a name at a scale of 1:`scale`."""
    if scale > 30e6:
        return 4e6
    if scale > 8e6:
        return 1e6
    if scale > 2.5e6:
        return 2.5e5
    return 0.0


def _views(camera: Camera) -> Iterator[tuple[float, tuple[float, float, float, float]]]:
    left, bottom, right, top = camera.rect
    for shift in camera.shifts():
        yield shift, (left - shift, bottom, right - shift, top)


def _draw(
    p: QPainter, shapes: Shapes, which: Rows, camera: Camera, shift: float, *, fill: str, stroke: str
) -> None:
    """Draw parts as one colour; those much larger than the view are cut to it first."""
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
    pen = QPen(QColor(stroke), 1.0)
    pen.setCosmetic(True)
    p.save()
    p.setTransform(camera.transform(shift), True)
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    if fill:
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(QColor(fill))
        for path in paths:
            p.drawPath(path)
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.setPen(pen)
    for path in paths:
        p.drawPath(path)
    p.restore()


def fill_sea(p: QPainter, rect: QRectF, dark: bool, *, has_basemap: bool) -> None:
    """Paint what lies under everything: sea with a base map, plain ground without one."""
    theme = colours(dark)
    p.fillRect(rect, QColor(theme.sea if has_basemap else theme.land))
