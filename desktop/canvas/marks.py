"""Finding marks: where the findings are on the map, in columns, for each change places all of them anew."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from desktop.canvas.camera import Camera
from desktop.canvas.projection import Floats, Objects, Projection
from desktop.canvas.shapes import Rows

MARK_CELL_PX = 15.0
_SHARE = 25_000
"""Marks that are looked at in a step."""
_EDGE_PX = 20.0
"""How far outside the view a mark may lie and still be seen."""
OnScreen = tuple[Rows, Floats, Floats]
"""Which marks are on the screen, and their pixels."""


@dataclass(frozen=True, eq=False)
class FindingMarks:
    """Findings to be marked, the worst first: longitude and latitude, severity and key of each."""

    lon: Floats
    lat: Floats
    severity: NDArray[np.integer[Any]]
    key: Objects

    @classmethod
    def of(cls, lon: Floats, lat: Floats, severity: NDArray[np.integer[Any]], key: Objects) -> "FindingMarks":
        """Return the marks of findings in any order; one without a place (NaN) has none."""
        placed = np.flatnonzero(np.isfinite(lon))
        order = placed[np.argsort(-severity[placed], kind="stable")]
        return cls(lon[order], lat[order], severity[order], key[order])

    @classmethod
    def at(cls, places: Sequence[Any], severities: Sequence[int], keys: Sequence[str]) -> "FindingMarks":
        """Return the marks of findings with these places: geometries in lon/lat, or None."""
        column = np.fromiter(places, dtype=object, count=len(places))
        middle = shapely.centroid(column)
        named = np.fromiter(keys, dtype=object, count=len(keys))
        return cls.of(shapely.get_x(middle), shapely.get_y(middle), np.asarray(severities, np.int8), named)


NO_MARKS = FindingMarks.at([], [], [])


class PlacedMarks:
    """Finding marks in one projection; the worst one is drawn where several meet."""

    def __init__(self, marks: FindingMarks, projection: Projection) -> None:
        self.key, self.severity = marks.key, marks.severity
        self.x, self.y = projection.forward(marks.lon, marks.lat)

    def on_screen(self, camera: Camera) -> OnScreen:
        """Return the marks to draw, the worst first, and their pixels: one for each 15-pixel cell."""
        return joined(list(self.shares_on_screen(camera)))

    def shares_on_screen(self, camera: Camera) -> Iterator[OnScreen]:
        """Yield what `on_screen` returns a share at a time, for the time that a hundred thousand take."""
        right, bottom = camera.width + _EDGE_PX, camera.height + _EDGE_PX
        beyond = int(_EDGE_PX // MARK_CELL_PX) + 1
        width, height = (int(end // MARK_CELL_PX) + beyond + 1 for end in (right, bottom))
        is_taken = np.zeros(width * height, dtype=bool)
        for begin in range(0, max(1, len(self.x)), _SHARE):
            share = slice(begin, begin + _SHARE)
            x, y = camera.to_screen(camera.nearest_copy(self.x[share]), self.y[share])
            rows = np.flatnonzero((x > -_EDGE_PX) & (y > -_EDGE_PX) & (x < right) & (y < bottom))
            column, row = ((at[rows] // MARK_CELL_PX).astype(np.intp) + beyond for at in (x, y))
            cells = column * height + row
            free = ~is_taken[cells]
            rows, cells = rows[free], cells[free]
            _, first = np.unique(cells, return_index=True)  # the first of a cell is the worst
            is_taken[cells] = True
            rows = rows[np.sort(first)]
            yield rows + begin, x[rows], y[rows]

    def key_at(self, camera: Camera, px: float, py: float) -> str | None:
        """Return the key of the mark under a pixel."""
        rows, x, y = self.on_screen(camera)
        if not len(rows):
            return None
        distance = np.hypot(x - px, y - py)
        nearest = int(np.argmin(distance))
        return str(self.key[rows[nearest]]) if distance[nearest] <= 10 else None


def joined(shares: Sequence[OnScreen]) -> OnScreen:
    """Return what several shares found as one."""
    rows, x, y = (np.concatenate(column) for column in zip(*shares, strict=True))
    return rows, x, y
