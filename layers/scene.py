"""The features of a workspace, projected and indexed once, and which of them come near each other.

Pairs are found in local conformal planes (`geo.Plane`), each distance is then measured as a geodesic, and
whether two shapes share a point is decided in longitude/latitude, where stored edges are straight.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo, nearest, parallel, planes
from layers.meeting import Index
from layers.model import Kind, Workspace
from layers.sides import Selection, Side, side_of

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
Indices = NDArray[np.intp]

Kept = TypeVar("Kept")


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of features, with the nearest points of each, as columns of equal length.

    `a` and `b` are rows of the two sides; `distance_m` is geodesic, 0 where the shapes share a point;
    `from_` and `to` are the nearest places, (n, 2) longitude/latitude; NaN for lines and polygons that meet.
    """

    a: Indices
    b: Indices
    distance_m: Floats
    from_: Floats
    to: Floats

    def __len__(self) -> int:
        return len(self.a)

    def swapped(self) -> "Pairs":
        """Return the same pairs with the sides exchanged."""
        return Pairs(self.b, self.a, self.distance_m, self.to, self.from_)

    def ordered(self) -> "Pairs":
        """Return the pairs by rows of `a`, then of `b`."""
        return self.take(np.lexsort((self.b, self.a)))

    def take(self, keep: Any) -> "Pairs":
        """Return some of the pairs."""
        return Pairs(self.a[keep], self.b[keep], self.distance_m[keep], self.from_[keep], self.to[keep])


_NO_PAIRS = Pairs(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0), np.empty((0, 2)), np.empty((0, 2)))


class Scene:
    """The comparable features of a workspace; projections and indexes are made once, and kept."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._sides: dict[Selection, Side] = {}
        # Beside each value stands the column it was made from, so that its id stays its own.
        self._kept: dict[tuple[Any, ...], tuple[Objects, Any]] = {}

    def side(self, *kinds: Kind) -> Side:
        """Return all comparable features of the given kinds."""
        return self.select(Selection(kinds))

    def select(self, selection: Selection) -> Side:
        """Return the comparable features of a selection; always the same object for the same selection."""
        if selection not in self._sides:
            self._sides[selection] = side_of(self.workspace, selection)
        return self._sides[selection]

    @cached_property
    def _theatre(self) -> geo.Plane | None:
        bounds = [layer.table.bounds[layer.table.unusable == ""] for layer in self.workspace.layers]
        return planes.plane_for(np.concatenate(bounds)) if bounds else None

    def near(self, a: Side, b: Side, reach_a_m: Floats | float, reach_b_m: Floats | float) -> Pairs:
        """Return every pair whose distance is at most `reach_a_m[a] + reach_b_m[b]` metres.

        A number stands for the same reach of all.

        Distances are geodesic, to 1 cm + 1e-6 of the true value for reaches of a few kilometres, and 0 where
        the shapes share a point as stored. Works across UTM zones, at high latitude and across the
        antimeridian.
        """
        if not len(a) or not len(b):
            return _NO_PAIRS
        reach_a_m, reach_b_m = np.broadcast_to(reach_a_m, len(a)), np.broadcast_to(reach_b_m, len(b))
        points_a, points_b = (shapely.get_type_id(side.geometry) == 0 for side in (a, b))
        if max(np.abs(a.bounds[:, 1::2]).max(), np.abs(b.bounds[:, 1::2]).max()) > nearest.LATITUDE_LIMIT_DEG:
            points_a, points_b = np.zeros(len(a), bool), np.zeros(len(b), bool)
        every_b = np.arange(len(b))
        points, shapes = np.flatnonzero(points_a), np.flatnonzero(~points_a)
        return _concatenate(
            [
                self._points_near(a, points, b, every_b, reach_a_m, reach_b_m),
                self._points_near(b, np.flatnonzero(points_b), a, shapes, reach_b_m, reach_a_m).swapped(),
                self._shapes_near(a, shapes, b, np.flatnonzero(~points_b), reach_a_m, reach_b_m),
            ]
        ).ordered()

    def _points_near(
        self, a: Side, points: Indices, b: Side, shapes: Indices, reach_a_m: Floats, reach_b_m: Floats
    ) -> Pairs:
        """Find the near pairs of points of `a` and any shapes of `b`."""
        if not len(points) or not len(shapes):
            return _NO_PAIRS

        def inside() -> tuple[Index, tuple[Indices, Indices]]:
            index = self._keep(Index, a, points)
            return index, index.meeting(b.geometry[shapes])

        edges, (index, meeting) = parallel.both(
            lambda: self._keep(nearest.edges_of, b, shapes), inside, rows=len(points) + len(shapes)
        )
        places = self._keep(lambda _: nearest.Points(index.geometry, index.tree), a, points, "points")
        i, j = meeting
        within = Pairs(points[i], shapes[j], np.zeros(len(i)), places.lonlat[i], places.lonlat[i])
        i, j, distance, place = nearest.near_points(
            places, edges, reach_a_m[points], reach_b_m[shapes], apart_from=meeting
        )
        return _concatenate([within, Pairs(points[i], shapes[j], distance, places.lonlat[i], place)])

    def _shapes_near(
        self, a: Side, rows_a: Indices, b: Side, rows_b: Indices, reach_a_m: Floats, reach_b_m: Floats
    ) -> Pairs:
        """Find the near pairs of lines and polygons: those that meet, then others in one plane or several."""
        if not len(rows_a) or not len(rows_b):
            return _NO_PAIRS
        meeting = self._meeting(a, rows_a, b, rows_b)
        nowhere = np.full((len(meeting[0]), 2), np.nan)
        parts = [Pairs(*meeting, np.zeros(len(meeting[0])), nowhere, nowhere)]
        reach_m = float(reach_a_m[rows_a].max() + reach_b_m[rows_b].max())
        if reach_m > 0:
            for of_a, of_b in self._in_planes(a, rows_a, b, rows_b, reach_m):
                reaches = reach_a_m[of_a.index], reach_b_m[of_b.index]
                parts.append(Pairs(*planes.near(of_a, of_b, *reaches, apart_from=meeting)))
        return _nearest_of_each(parts)

    def _meeting(self, a: Side, rows_a: Indices, b: Side, rows_b: Indices) -> tuple[Indices, Indices]:
        """Return the rows of shapes that share a point; the side with lines, else the larger, is indexed."""
        lines_a, lines_b = (
            bool(np.isin(shapely.get_type_id(side.geometry[rows]), (1, 5)).any())
            for side, rows in ((a, rows_a), (b, rows_b))
        )
        if lines_b > lines_a or (lines_a == lines_b and len(rows_b) > len(rows_a)):
            j, i = self._meeting(b, rows_b, a, rows_a)
            return i, j
        i, j = self._keep(Index, a, rows_a).meeting(b.geometry[rows_b])
        return rows_a[i], rows_b[j]

    def _in_planes(
        self, a: Side, rows_a: Indices, b: Side, rows_b: Indices, reach_m: float
    ) -> Iterator[tuple[planes.Members, planes.Members]]:
        plane = self._theatre or planes.plane_for(np.vstack([a.bounds[rows_a], b.bounds[rows_b]]))
        if plane is None:
            yield from planes.cells(a.geometry, a.bounds, rows_a, b.geometry, b.bounds, rows_b, reach_m)
            return

        def members(side: Side, rows: Indices) -> planes.Members:
            return self._keep(lambda shapes: planes.Members(plane, rows, shapes), side, rows, plane)

        yield members(a, rows_a), members(b, rows_b)

    def _keep(self, make: Callable[[Objects], Kept], side: Side, rows: Indices, also: Any = None) -> Kept:
        """Make something of some rows of a side's geometry, once."""
        # Of a side as a whole, the rows need no spelling out.
        which = len(rows) if len(rows) == len(side) else rows.tobytes()
        key = (id(side.geometry), which, also or make)
        if key not in self._kept:
            self._kept[key] = (side.geometry, make(side.geometry[rows]))
        kept: Kept = self._kept[key][1]
        return kept


def _concatenate(parts: list[Pairs]) -> Pairs:
    return Pairs(
        *(np.concatenate([getattr(p, n) for p in parts]) for n in ("a", "b", "distance_m", "from_", "to"))
    )


def _nearest_of_each(parts: list[Pairs]) -> Pairs:
    """Join what several planes found; of a pair found in more than one, keep the shortest distance."""
    if not parts:
        return _NO_PAIRS
    pairs = _concatenate(parts)
    pairs = pairs.take(np.lexsort((pairs.distance_m, pairs.b, pairs.a)))
    first = np.r_[True, (pairs.a[1:] != pairs.a[:-1]) | (pairs.b[1:] != pairs.b[:-1])]
    return pairs.take(first[: len(pairs)])
