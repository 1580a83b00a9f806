"""A column of shapes made ready for the kernels: outlines, index and sums, each made once and kept."""

import math
from collections.abc import Callable
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo, kernels_near, kernels_shared, parallel
from layers.kernels_outlines import (
    HOLE,
    KIND,
    LINE,
    POINT,
    SHELL,
    Outlines,
    Tree,
    build,
    entries,
    highest,
    hilbert,
    plant,
    turn_rings,
)

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

_SEAM_DEG = 179.0
_PARALLEL_ROWS = 256  # shapes that ask; below, another thread costs more than it gains
_SHARES = 8
_EVERY = np.zeros(0, bool)


class Shapes:
    """A column of shapes (none missing or empty) and what has been made of it.

    The shapes are kept along a Hilbert curve, so that neighbours lie near each other in memory, too: `order`
    says which row of the column each is.
    """

    def __init__(self, geometry: Objects, bounds: Floats) -> None:
        self.order = np.argsort(hilbert(bounds), kind="stable")
        self.outlines = outlines_of(geometry[self.order])
        self.types = shapely.get_type_id(geometry)
        self.highest_latitude = float(np.abs(bounds[:, 1::2]).max())
        self.farthest_longitude = float(np.abs(bounds[:, ::2]).max())
        self._reaches: dict[int, tuple[Floats, Floats, Floats]] = {}

    def __len__(self) -> int:
        return len(self.order)

    @cached_property
    def tree(self) -> Tree:
        """An index of the shapes."""
        boxes, rows = entries(self.outlines)
        order = np.arange(len(boxes))
        if len(boxes) > len(self):
            order = np.argsort(hilbert(boxes), kind="stable")
        return plant(boxes, rows, order)

    @cached_property
    def boxes(self) -> int:
        """How many boxes stand for the shapes, at most."""
        simple = len(self.outlines.part) - 1 == len(self) and not (self.outlines.part[:, KIND] == LINE).any()
        return len(self) if simple else len(self.outlines.node)

    @cached_property
    def place(self) -> Integers:
        """Where in `order` each row of the column stands."""
        place = np.empty(len(self), np.int64)
        place[self.order] = np.arange(len(self))
        return place

    def reaches(self, reach_m: Floats) -> tuple[Floats, Floats]:
        """Return a reach by place along the curve, and the largest below each node of the index.

        A read-only column is worked out once.
        """
        kept = self._reaches.get(id(reach_m))
        if kept is None:
            high = reach_m.max(keepdims=True)
            if len(reach_m) == 1 or float(reach_m.min()) == float(high[0]):
                return high, high
            column = reach_m[self.order]
            kept = (reach_m, column, highest(self.tree, column))
            if not reach_m.flags.writeable and reach_m.base is None:
                self._reaches = {id(reach_m): kept}
        return kept[1], kept[2]

    @cached_property
    def strips(self) -> tuple[Floats, Floats]:
        """Areas under rings, summed up."""
        return kernels_shared.strips(self.outlines)

    @cached_property
    def lengths(self) -> Floats:
        """Lengths of lines, summed up; NaN in those that go the same way twice."""
        return kernels_shared.lengths(self.outlines)

    def near(
        self,
        other: "Shapes",
        reach: Floats,
        reach_other: Floats,
        wanted: Mask | None = None,
        wanted_other: Mask | None = None,
    ) -> tuple[Integers, Integers, Floats, Floats, Floats]:
        """Return the pairs of two columns within reach of each other.

        Parameters
        ----------
        other : Shapes
            The other column.
        reach, reach_other : arrays
            Metres, by row; or one for all.
        wanted, wanted_other : masks, optional
            Rows that count; all by default.

        Returns
        -------
        rows here, rows of other : index arrays
            Each pair once, in no order.
        distance_m : array
            Geodesic; 0 where they meet.
        from_, to : (n, 2) arrays
            The nearest places, longitude/latitude; NaN where lines and polygons meet.
        """
        if len(self) > len(other):  # the larger side is asked, the smaller asks
            j, i, distance, to, from_ = other.near(self, reach_other, reach, wanted_other, wanted)
            return i, j, distance, from_, to
        own, _ = self.reaches(reach)
        its, most = other.reaches(reach_other)
        tree = other.tree
        mask = _EVERY if wanted_other is None else wanted_other[other.order]
        asking = np.arange(len(self)) if wanted is None else np.flatnonzero(wanted[self.order])
        seam = self._at_seam(other, float(own.max() + its.max()))

        # Only shapes with several boxes, or seen twice round the earth, can be found again.
        repeats = seam or self.boxes > len(self) or other.boxes > len(other)

        def seen() -> Integers:
            return np.zeros(len(other) if repeats else 0, np.int64)

        def ask(some: Integers) -> tuple[Integers, Integers, Floats]:
            i, j, found = kernels_near.near_pairs(
                self.outlines, some, other.outlines, tree, mask, seen(), own, its, most, seam
            )
            apart = np.flatnonzero(found[:, 0] > 0)
            if len(apart):
                found[apart, 0] = geo.distance_m(*found[apart, 1:].T)
            limit = own[i if len(own) > 1 else 0] + its[j if len(its) > 1 else 0]
            keep = found[:, 0] <= limit
            return (i, j, found) if keep.all() else (i[keep], j[keep], found[keep])

        shares = _shares(asking)
        found = parallel.each(ask, shares, rows=parallel.WORTH_IT if len(shares) > 1 else 0)
        i, j, values = found[0] if len(found) == 1 else (np.concatenate(c) for c in zip(*found, strict=True))
        return self.order[i], other.order[j], values[:, 0], values[:, 1:3], values[:, 3:5]

    def near_box(self, box: Floats, reach_m: float) -> Integers:
        """Return, in order, the rows whose envelope lies within about a reach of a box, and maybe more.

        The box is west, south, east, north in degrees. Not for shapes near a pole.
        """
        latitude, longitude = float(np.abs(box[1::2]).max()), float(np.abs(box[::2]).max())
        seam = _reaches_seam(latitude, max(self.farthest_longitude, longitude), reach_m)
        found = kernels_near.rows_near_box(self.tree, box.reshape(1, 4), reach_m, seam)
        return np.unique(self.order[found])

    def _at_seam(self, other: "Shapes", reach_m: float) -> bool:
        """Tell whether pairs across the antimeridian are possible."""
        latitude = max(self.highest_latitude, other.highest_latitude)
        return _reaches_seam(latitude, max(self.farthest_longitude, other.farthest_longitude), reach_m)

    def shared_areas_m2(self, rows: Integers, other: "Shapes", rows_other: Integers) -> Floats:
        """Return the area that paired rows share, in square metres; NaN for collections."""
        kind, kind_other = self.types[rows], other.types[rows_other]
        values = np.where((kind == 7) | (kind_other == 7), np.nan, 0.0)
        polygons = np.flatnonzero(_polygon(kind) & _polygon(kind_other))
        if len(polygons):
            i, j = self.place[rows[polygons]], other.place[rows_other[polygons]]
            strips = *self.strips, *other.strips
            seam = self._at_seam(other, 0.0)
            values[polygons] = _each_pair(
                lambda i, j: kernels_shared.shared_areas(
                    self.outlines, strips[0], strips[1], other.outlines, strips[2], strips[3], i, j, seam
                ),
                i,
                j,
            )
        return values

    def shared_lengths_m(self, rows: Integers, other: "Shapes", rows_other: Integers) -> Floats:
        """Return the length of lines inside polygons, in metres; NaN where that is not worked out here.

        That is where a line runs along an edge, goes the same way twice, or no line meets a polygon.
        """
        kind, kind_other = self.types[rows], other.types[rows_other]
        seam = self._at_seam(other, 0.0)
        values = np.where((kind % 4 == 0) | (kind_other % 4 == 0), 0.0, np.nan)  # points have no length
        for one, rows_one, kind_one, two, rows_two, kind_two in (
            (self, rows, kind, other, rows_other, kind_other),
            (other, rows_other, kind_other, self, rows, kind),
        ):
            lines = np.flatnonzero(_line(kind_one) & _polygon(kind_two))
            if len(lines):
                sums = one.lengths
                values[lines] = _each_pair(
                    lambda i, j, one=one, two=two, sums=sums: kernels_shared.shared_lengths(  # type: ignore[misc]
                        one.outlines, sums, two.outlines, i, j, seam
                    ),
                    one.place[rows_one[lines]],
                    two.place[rows_two[lines]],
                )
        return values


def _reaches_seam(latitude: float, longitude: float, reach_m: float) -> bool:
    """Tell whether a reach leads about to the antimeridian from a latitude and longitude, without signs."""
    up = reach_m / geo.METRES_PER_DEGREE
    return longitude + up / math.cos(math.radians(min(latitude + up, 89.9))) > _SEAM_DEG


def compile_kernels() -> None:
    """Compile every kernel by using it once; what is compiled is kept on disk."""
    points = shapely.points([[0.0, 0.0], [3.0, 1.0]])
    columns = [points, shapely.buffer(points, 1.0), shapely.linestrings([[[0.0, 0.0], [3.0, 1.0]]])]
    sites, zones, lines = (Shapes(column, shapely.bounds(column)) for column in columns)
    sites.near(zones, np.array([10.0, 20.0]), np.array([1.0, 2.0]))
    sites.near_box(np.zeros(4), 10.0)
    first = np.zeros(1, np.int64)
    zones.shared_areas_m2(first, zones, first)
    lines.shared_lengths_m(first, zones, first)


def _shares(rows: Integers) -> list[Integers]:
    return np.array_split(rows, _SHARES) if len(rows) >= _PARALLEL_ROWS else [rows]


def _polygon(types: Integers) -> NDArray[np.bool_]:
    return np.asarray((types == 3) | (types == 6))


def _line(types: Integers) -> NDArray[np.bool_]:
    return np.asarray((types == 1) | (types == 2) | (types == 5))


def _each_pair(measure: Callable[[Integers, Integers], Floats], i: Integers, j: Integers) -> Floats:
    """Measure pairs, on several threads when they are many."""
    shares = _shares(np.arange(len(i)))
    rows = parallel.WORTH_IT if len(shares) > 1 else 0
    return np.concatenate(parallel.each(lambda some: measure(i[some], j[some]), shares, rows=rows))


def outlines_of(geometry: Objects) -> Outlines:
    """Take a column of shapes apart."""
    xy, part_first, part_kind, row_first = _parts(geometry)
    turn_rings(xy, part_first, part_kind)
    return build(xy, part_first, part_kind, row_first)


def _parts(geometry: Objects) -> tuple[Floats, Integers, Integers, Integers]:
    """Return vertices, first vertex and kind of every part, and first part of every row."""
    types = shapely.get_type_id(geometry)
    rows = len(geometry)
    if (types == 0).all():
        first = np.arange(rows + 1)
        return shapely.get_coordinates(geometry), first, np.zeros(rows, np.int64), first
    if (types == 3).all() and not shapely.get_num_interior_rings(geometry).any():
        sizes = shapely.get_num_coordinates(geometry)
        rings = np.full(rows, SHELL, np.int64)
        return shapely.get_coordinates(geometry), _running(sizes), rings, np.arange(rows + 1)
    parts, owner = geometry, np.arange(rows)
    while (types > 3).any():  # collections may be nested
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner, types = owner[inner], shapely.get_type_id(parts)
    if (types == 3).any():
        parts, owner, kind = _rings(parts, owner, types)
    else:
        kind = np.minimum(types, LINE)
    points, part = shapely.get_coordinates(parts, return_index=True)
    sizes = np.bincount(part, minlength=len(parts))
    if not sizes.all():
        owner, kind, sizes = owner[sizes > 0], kind[sizes > 0], sizes[sizes > 0]
    kind = np.where((kind == LINE) & (sizes == 1), POINT, kind).astype(np.int64)
    return points, _running(sizes), kind, _running(np.bincount(owner, minlength=rows))


def _rings(parts: Objects, owner: Integers, types: NDArray[np.int32]) -> tuple[Objects, Integers, Integers]:
    """Put the rings of polygons with holes in their place; a polygon without holes is its ring."""
    holes = np.where(types == 3, shapely.get_num_interior_rings(parts), 0)
    kind = np.where(types == 3, SHELL, np.minimum(types, LINE))
    if not holes.any():
        return parts, owner, kind
    which = np.repeat(np.arange(len(parts)), holes + 1)
    lines, kinds = parts[which], kind[which]
    holed = holes[which] > 0
    lines[holed] = shapely.get_rings(parts[holes > 0])
    kinds[np.r_[False, which[1:] == which[:-1]]] = HOLE
    return lines, owner[which], kinds


def _running(counts: Integers) -> Integers:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
