"""Avoid areas: what leaves instead of a military zone.

A zone is replaced by the cells of a fixed grid that cover it and a margin around it. The grid is the same
for every operation and every release, so repeated releases, small corrections of the zone, or the outline's
centre teach nothing about what lies inside (shared FACTS: the centre of a circular buffer *is* the source).

The grid: rows of equal latitude; within a band of rows, columns of equal longitude, their number chosen so
that cells stay nearly square. No cell lies astride the antimeridian.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo
from layers.errors import ReleaseRefusedError

_METRES_PER_DEGREE = 111_195.0
"""Mean length of a degree of latitude; the grid only has to be fixed, not exactly square."""
_BAND_DEG = 2.0
_CHUNK = 200_000
"""Cells tested in one call, to bound memory."""

Cells = set[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Grid:
    """A fixed global grid with cells of about `cell_m` metres; a cell is (row, column), from south-west."""

    cell_m: float

    @property
    def rows(self) -> int:
        """Number of rows from pole to pole."""
        return max(1, round(180.0 * _METRES_PER_DEGREE / self.cell_m))

    def columns(self, row: int) -> int:
        """Return the number of columns around the earth in this row."""
        rows_a_band = max(1, round(_BAND_DEG * _METRES_PER_DEGREE / self.cell_m))
        middle = (row // rows_a_band + 0.5) * rows_a_band
        latitude = min(abs(self.south(middle)), 89.9)
        return max(4, round(360.0 * _METRES_PER_DEGREE * math.cos(math.radians(latitude)) / self.cell_m))

    def south(self, row: float) -> float:
        """Return the latitude of the southern edge of a row, in degrees."""
        return -90.0 + 180.0 * row / self.rows

    def box(self, row: int, first: int, last: int) -> tuple[float, float, float, float]:
        """Return west, south, east, north of the cells `first` to `last` of a row, in degrees."""
        columns = self.columns(row)
        west, east = (-180.0 + 360.0 * column / columns for column in (first, last + 1))
        return west, self.south(row), east, self.south(row + 1)

    def cell_at(self, lon: float, lat: float) -> tuple[int, int]:
        """Return the cell that holds a position (degrees, WGS 84)."""
        row = min(int((lat + 90.0) / 180.0 * self.rows), self.rows - 1)
        columns = self.columns(row)
        return row, min(int((lon + 180.0) / 360.0 * columns), columns - 1)

    def centre(self, cell: tuple[int, int]) -> tuple[float, float, float]:
        """Return longitude and latitude of a cell's centre, and its half diagonal in metres (up to 10)."""
        west, south, east, north = self.box(cell[0], cell[1], cell[1])
        lon, lat = (west + east) / 2, (south + north) / 2
        corners = geo.distance_m([lon, lon], [lat, lat], [west, west], [south, north])
        return lon, lat, math.ceil(float(corners.max()) / 10.0) * 10.0

    def cells_meeting(self, geometry: Any) -> Cells:
        """Return every cell that shares a point with a geometry within -180 to 180, -90 to 90 degrees."""
        cells: Cells = set()
        for part in shapely.get_parts(geometry):
            cells |= self._cells_meeting_part(part)
        return cells

    def _cells_meeting_part(self, part: Any) -> Cells:
        west, south, east, north = shapely.bounds(part)
        first_row = self.cell_at(west, south)[0]
        last_row = self.cell_at(west, north)[0]
        rows: list[NDArray[np.int64]] = []
        columns: list[NDArray[np.int64]] = []
        # One cell more on each side: a bound that falls on a grid line touches both neighbours.
        for row in range(max(first_row - 1, 0), min(last_row + 2, self.rows)):
            count = self.columns(row)
            first = max(int((west + 180.0) / 360.0 * count) - 1, 0)
            last = min(int((east + 180.0) / 360.0 * count) + 1, count - 1)
            columns.append(np.arange(first, last + 1))
            rows.append(np.full(last + 1 - first, row))
        return self._filter(part, np.concatenate(rows), np.concatenate(columns))

    def _filter(self, part: Any, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Cells:
        shapely.prepare(part)
        counts = {int(row): self.columns(int(row)) for row in np.unique(rows)}
        cells: Cells = set()
        for start in range(0, len(rows), _CHUNK):
            row, column = rows[start : start + _CHUNK], columns[start : start + _CHUNK]
            count = np.array([counts[int(r)] for r in row])
            boxes = shapely.box(
                -180.0 + 360.0 * column / count,
                -90.0 + 180.0 * row / self.rows,
                -180.0 + 360.0 * (column + 1) / count,
                -90.0 + 180.0 * (row + 1) / self.rows,
            )
            hit = shapely.intersects(part, boxes)
            cells.update(zip(row[hit].tolist(), column[hit].tolist(), strict=True))
        return cells

    def outline(self, cells: Cells) -> list[Any]:
        """Return the dissolved cells as polygons, in a fixed order; collinear vertices are dropped."""
        boxes = [shapely.box(*self.box(*run)) for run in _runs(cells)]
        merged = shapely.simplify(shapely.union_all(boxes), 0.0)
        parts = [shapely.normalize(part) for part in shapely.get_parts(merged)]
        return sorted(parts, key=lambda part: (*shapely.bounds(part), part.wkt))


def _runs(cells: Cells) -> Iterable[tuple[int, int, int]]:
    """Join neighbouring cells of a row, so that thousands of cells dissolve as hundreds of boxes."""
    row, first, last = -1, -1, -1
    for next_row, column in sorted(cells):
        if next_row == row and column == last + 1:
            last = column
            continue
        if row >= 0:
            yield row, first, last
        row, first, last = next_row, column, column
    if row >= 0:
        yield row, first, last


def cover(grid: Grid, sources: Sequence[tuple[Any, float]]) -> list[Any]:
    """Return the avoid areas of sources that hold at the same time, as polygons of whole cells.

    Parameters
    ----------
    grid : Grid
        The grid of the profile.
    sources : sequence of (geometry, margin in metres)
        Geometries in WGS 84 longitude/latitude; the margin includes the source's own uncertainty.

    Returns
    -------
    list of polygons
        Neighbouring results are one polygon, so their number does not tell the number of sources.
        A result that meets the antimeridian is cut there.

    Raises
    ------
    ReleaseRefusedError
        When the result does not contain a source (it always should: the gate does not rely on it).
    """
    cells: Cells = set()
    wholes = []
    for geometry, margin_m in sources:
        for whole in _usable_parts(geometry):
            wholes.append(whole)
            wide = geo.buffer(whole, margin_m)
            cells |= grid.cells_meeting(_in_range(wide)) | grid.cells_meeting(whole)
    polygons = grid.outline(cells)
    together = shapely.union_all(polygons)
    shapely.prepare(together)
    if not all(shapely.covers(together, whole) for whole in wholes):
        raise ReleaseRefusedError(
            "An avoid area does not contain the military zone that it stands for.",
            "Nothing was released. Redraw the zone, or report this as an error of the program.",
        )
    return polygons


def _usable_parts(geometry: Any) -> Iterable[Any]:
    """Yield valid single geometries that together contain `geometry`, their longitudes in range.

    An invalid polygon becomes its convex hull: it contains the original, whereas repairing may drop a half
    and can take minutes on a hostile shape (shared FACTS).
    """
    for part in shapely.get_parts(geometry):
        valid = part if shapely.is_valid(part) else shapely.convex_hull(part)
        yield from shapely.get_parts(_in_range(geo.split_at_antimeridian(valid)))


def _in_range(geometry: Any) -> Any:
    """Clamp to the poles and to 180 degrees, beyond which rounding may have carried a vertex."""
    return shapely.transform(geometry, lambda points: np.clip(points, [-180.0, -90.0], [180.0, 90.0]))
