"""Where the features of a layer are on the screen, and which of them get a marker."""

from collections.abc import Callable, Iterator
from functools import cached_property, partial

import numpy as np
import shapely

from desktop.canvas.camera import Camera
from desktop.canvas.drawn import DrawnLayer, Mask, Placed, Settings
from desktop.canvas.palette import Style, style_of
from desktop.canvas.projection import Bounds, Floats
from desktop.canvas.shapes import Rows
from desktop.canvas.symbols import MARKER_PX
from layers.model import Kind

SYMBOL_ON_AREA_PX = 44.0
"""Lines and areas at least this large get a symbol inside."""
ANCHOR_FROM_PX = 28.0
MOST_ANCHORS = 400
MARKER_BELOW_PX = 14.0
"""Lines and areas smaller than this cannot be recognised, so they get a marker."""
MOST_SMALL_MARKERS = 400
CROWDED = 2.2
"""Features per occupied marker cell above which markers become dots."""
MOST_STAMPS = 6000
_ROW = 100_003
"""Makes one number of a column and a row of screen cells."""
_BEYOND = 4
"""Cells around the view that are looked at, too: as far as what is outside reaches in, and one more."""


class Placing:
    """One layer seen by one camera."""

    def __init__(
        self, drawn: DrawnLayer, camera: Camera, settings: Settings, style: Style | None = None
    ) -> None:
        self.drawn, self.camera, self.settings = drawn, camera, settings
        self.style = style or style_of(drawn.spec, settings.dark)
        self.beside: tuple[Placing, ...] = ()
        """All layers of the map: symbols of areas give way to their markers."""

    @cached_property
    def symbolled(self) -> Rows:
        """Which of `placed` are shapes large enough for a symbol that covers no marker."""
        placed = self.placed
        # Roads and districts are the ground to find one's way on: a symbol on each would hide the rest.
        if not self.style.symbol or self.drawn.layer.kind is Kind.REFERENCE:
            return np.zeros(0, dtype=np.intp)
        found = np.nonzero(~placed.is_point & (placed.reach * 2 >= SYMBOL_ON_AREA_PX))[0]
        for other in self.beside:
            if other.is_crowded or not len(found):
                continue
            theirs = other.placed
            x, y = theirs.x[theirs.is_point], theirs.y[theirs.is_point]
            near = np.hypot(placed.x[found, None] - x, placed.y[found, None] - y) < self.marker_size() * 0.9
            found = found[~near.any(axis=1)]
        return found

    @cached_property
    def is_crowded(self) -> bool:
        """True where markers would lie on top of each other, so that dots say more."""
        placed = self.placed
        x, y = placed.x[placed.is_point], placed.y[placed.is_point]
        if len(x) < 8 or len(x) > MOST_STAMPS:
            return len(x) > MOST_STAMPS
        cell = self.marker_size()
        occupied = len(np.unique((x // cell) * _ROW + y // cell))
        return len(x) > CROWDED * occupied

    def marker_size(self) -> int:
        """Return the size of markers in pixels: smaller where more ground is in view."""
        scale = self.camera.scale_denominator()
        return MARKER_PX if scale < 200_000 else MARKER_PX - 4 if scale < 1_500_000 else MARKER_PX - 7

    def views(self) -> Iterator[tuple[float, Bounds]]:
        """Yield the offset of each copy of the world, and the view in its coordinates with some margin."""
        left, bottom, right, top = self.camera.rect
        more = 24 * self.camera.resolution  # pens, markers and labels reach over the edge
        for shift in self.camera.shifts():
            yield shift, (left - shift - more, bottom - more, right - shift + more, top + more)

    @cached_property
    def points_in_view(self) -> list[tuple[float, Rows]]:
        """Points in view, for each copy of the world that has some: its offset and the points."""
        found = ((shift, self.drawn.shapes.points_within(rect)) for shift, rect in self.views())
        return [(shift, points) for shift, points in found if len(points)]

    @cached_property
    def _near_points(self) -> Mask:
        """Cells of the screen, of about a marker, that have a point of this layer in them or beside them."""
        shapes, cell = self.drawn.shapes, self.marker_size()
        size = (int(side // cell) + 1 + 2 * _BEYOND for side in (self.camera.width, self.camera.height))
        here = np.zeros(tuple(size), dtype=bool)
        for shift, found in self.points_in_view:
            x, y = self.camera.to_screen(shapes.point_x[found] + shift, shapes.point_y[found])
            here[self._cells(x, y, here.shape)] = True
        here[[0, -1], :] = here[:, [0, -1]] = False  # where all that is farther away is put
        near = here.copy()
        for axis in (0, 1):
            near |= np.roll(near, 1, axis) | np.roll(near, -1, axis)
        near[[0, -1], :] = near[:, [0, -1]] = False
        return near

    def _cells(self, x: Floats, y: Floats, shape: tuple[int, ...]) -> tuple[Rows, ...]:
        """Return column and row of the cells that pixels are in; what is far outside goes to the edge."""
        cell = self.marker_size()
        return tuple(
            (np.floor(at / cell).astype(np.intp) + _BEYOND).clip(0, count - 1)
            for at, count in zip((x, y), shape, strict=True)
        )

    def has_point_near(self, x: Floats, y: Floats) -> Mask:
        """Tell which pixels have a point of this layer in their cell of about a marker, or beside it."""
        near = self._near_points
        return np.asarray(near[self._cells(x, y, near.shape)])

    def placing_steps(self) -> Iterator[Callable[[], object]]:
        """Yield in small steps what is worked out once: where points are, what gets a marker or a symbol."""
        for name in ("_near_points", "placed", "is_crowded", "symbolled"):
            yield partial(getattr, self, name)

    @cached_property
    def placed(self) -> Placed:
        """Points, and the larger and the tiny lines and polygons, that are in view."""
        shapes, camera = self.drawn.shapes, self.camera
        half = float(self.marker_size()) / 2
        pieces = []
        for shift, found in self.points_in_view:
            x, y = camera.to_screen(shapes.point_x[found] + shift, shapes.point_y[found])
            pieces.append(_piece(shapes.point_row[found], x, y, np.full(len(found), half), is_point=True))
        for shift, small, (world_x, world_y) in self._small_shapes():
            x, y = camera.to_screen(world_x + shift, world_y)
            pieces.append(_piece(shapes.row[small], x, y, np.full(len(small), half), is_point=True))
        for shift, rect in self.views():
            found, world_x, world_y, reach = self._anchors(rect)
            x, y = camera.to_screen(world_x + shift, world_y)
            pieces.append(_piece(shapes.row[found], x, y, reach, is_point=False))
        return Placed(*(np.concatenate(column) for column in zip(*pieces, strict=True)))

    def _small_shapes(self) -> list[tuple[float, Rows, tuple[Floats, Floats]]]:
        """Return lines and areas too small to be recognised: they get a marker, unless they are many."""
        shapes = self.drawn.shapes
        result = []
        for shift, rect in self.views():
            found = shapes.within(rect)
            b = shapes.bounds[found]
            size = np.maximum(b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]) / self.camera.resolution
            small = found[size < MARKER_BELOW_PX]
            if not len(small):
                continue
            b = shapes.bounds[small]
            x, y = (b[:, 0] + b[:, 2]) / 2, (b[:, 1] + b[:, 3]) / 2
            for other in self.beside:
                # An area around a site stays an outline: the site says more.
                near = other.has_point_near(*self.camera.to_screen(x + shift, y))
                small, x, y = small[~near], x[~near], y[~near]
            result.append((shift, small, (x, y)))
        few = sum(len(small) for _, small, _ in result) <= MOST_SMALL_MARKERS
        return [item for item in result if len(item[1])] if few and self.style.symbol else []

    def _anchors(self, rect: Bounds) -> tuple[Rows, Floats, Floats, Floats]:
        """Return a place inside the visible part of the largest shapes in view."""
        shapes, resolution = self.drawn.shapes, self.camera.resolution
        found = shapes.within(rect)
        b = shapes.bounds[found]
        size = np.maximum(b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]) / resolution
        large = np.nonzero(size >= ANCHOR_FROM_PX)[0]
        large = large[np.argsort(-size[large], kind="stable")][:MOST_ANCHORS]
        found, size = found[large], size[large]
        x, y = np.zeros(len(found)), np.zeros(len(found))
        for i, part in enumerate(found.tolist()):
            visible = shapes.clipped(part, rect, 4 * resolution)
            if visible.is_empty:
                visible = shapes.clipped(part, rect, 0.0)
            spot = _inside(visible)
            x[i], y[i] = spot.x, spot.y
        usable = np.isfinite(x)
        reach = np.minimum(size, 4000.0)[usable] / 2
        return found[usable], x[usable], y[usable], reach


def _piece(
    row: Rows, x: Floats, y: Floats, reach: Floats, *, is_point: bool
) -> tuple[Rows, Floats, Floats, Floats, Mask]:
    return row, x, y, reach, np.full(len(row), is_point)


def _inside(geometry: object) -> shapely.Point:
    """Return a point in the middle of a line or inside a polygon; NaN when there is none."""
    nowhere = shapely.Point(np.nan, np.nan)
    if shapely.is_empty(geometry):
        return nowhere
    if shapely.get_dimensions(geometry) == 1:
        longest = max(shapely.get_parts(geometry), key=shapely.length)
        return shapely.line_interpolate_point(longest, 0.5, normalized=True)
    try:
        return shapely.point_on_surface(geometry)
    except shapely.errors.GEOSException:  # an invalid polygon may have no surface GEOS can find
        return shapely.centroid(geometry)
