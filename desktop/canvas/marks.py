"""Finding marks: where the findings are on the map, in columns, for each change places all of them anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from desktop.canvas.camera import Camera
from desktop.canvas.projection import Floats, Objects, Projection
from desktop.canvas.shapes import Rows

MARK_CELL_PX = 15.0
_EDGE_PX = 20.0
"""How far outside the view a mark may lie and still be seen."""


@dataclass(frozen=True, eq=False)
class FindingMarks:
    """Findings to be marked: longitude and latitude (NaN without a place), severity and key of each."""

    lon: Floats
    lat: Floats
    severity: NDArray[np.integer[Any]]
    key: Objects

    @classmethod
    def at(cls, places: Sequence[Any], severities: Sequence[int], keys: Sequence[str]) -> "FindingMarks":
        """Return the marks of findings with these places: geometries in lon/lat, or None."""
        column = np.fromiter(places, dtype=object, count=len(places))
        middle = shapely.centroid(column)
        named = np.fromiter(keys, dtype=object, count=len(keys))
        return cls(shapely.get_x(middle), shapely.get_y(middle), np.asarray(severities, dtype=np.int8), named)


NO_MARKS = FindingMarks.at([], [], [])


class PlacedMarks:
    """Finding marks in one projection; the worst one is drawn where several meet."""

    def __init__(self, marks: FindingMarks, projection: Projection) -> None:
        placed = np.flatnonzero(np.isfinite(marks.lon))
        order = placed[np.argsort(-marks.severity[placed], kind="stable")]
        self.key = marks.key[order]
        self.severity = marks.severity[order]
        self.x, self.y = projection.forward(marks.lon[order], marks.lat[order])

    def on_screen(self, camera: Camera) -> tuple[Rows, Floats, Floats]:
        """Return the marks to draw, the worst first, and their pixels: one for each 15-pixel cell."""
        x, y = camera.to_screen(camera.nearest_copy(self.x), self.y)
        right, bottom = camera.width + _EDGE_PX, camera.height + _EDGE_PX
        rows = np.flatnonzero((x > -_EDGE_PX) & (y > -_EDGE_PX) & (x < right) & (y < bottom))
        beyond = int(_EDGE_PX // MARK_CELL_PX) + 1
        column, row = ((at[rows] // MARK_CELL_PX).astype(np.intp) + beyond for at in (x, y))
        width, height = (int(end // MARK_CELL_PX) + beyond + 1 for end in (right, bottom))
        first = np.full(width * height, -1, dtype=np.intp)
        first[(column * height + row)[::-1]] = rows[::-1]  # sorted by severity: the worst is written last
        rows = np.sort(first[first >= 0])
        return rows, x[rows], y[rows]

    def key_at(self, camera: Camera, px: float, py: float) -> str | None:
        """Return the key of the mark under a pixel."""
        rows, x, y = self.on_screen(camera)
        if not len(rows):
            return None
        distance = np.hypot(x - px, y - py)
        nearest = int(np.argmin(distance))
        return str(self.key[rows[nearest]]) if distance[nearest] <= 10 else None
