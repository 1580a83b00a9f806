"""A column of shapes made ready for the kernels: outlines, index and sums, each made once and kept."""

import math
from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo, kernels_near, kernels_shared, kernels_times, parallel
from layers.errors import CrowdError
from layers.kernels_outlines import (
    HOLE,
    LINE,
    POINT,
    SHELL,
    Outlines,
    Tree,
    build,
    build_simple,
    entries,
    highest,
    hilbert,
    plant,
    plant_as_kept,
    turn_rings,
)
from layers.lazy import cached_property

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

MOST_PAIRS = 4_000_000
"""That are held at a time: with what rules work out of them they need a gigabyte of memory."""
_SEAM_DEG = 179.0
_PARALLEL_ROWS = 256  # shapes that ask; below, another thread costs more than it gains
_SHARES = 8
_EVERY = np.zeros(0, bool)
_KEPT_REACHES = 4
_FEW = 256  # shapes whose order in memory does not matter


class Shapes:
    """A column of shapes (none missing or empty) and what has been made of it.

    The shapes are kept along a Hilbert curve, so that neighbours lie near each other in memory, too: `order`
    says which row of the column each is.
    """

    def __init__(self, geometry: Objects, bounds: Floats) -> None:
        self.types = shapely.get_type_id(geometry)
        if len(geometry) < _FEW:
            self.order = np.arange(len(geometry))
            self.outlines = outlines_of(geometry, self.types)
        else:
            self.order = np.argsort(hilbert(bounds), kind="stable")
            self.outlines = outlines_of(geometry[self.order], self.types[self.order])
        west, south, east, north = np.abs(bounds).max(axis=0).tolist()
        self.highest_latitude, self.farthest_longitude = max(south, north), max(west, east)
        self._reaches: dict[int, tuple[Floats, Floats, Floats]] = {}

    def __len__(self) -> int:
        return len(self.order)

    @cached_property
    def tree(self) -> Tree:
        """An index of the shapes."""
        if len(self) < _FEW:
            return plant_as_kept(self.outlines)
        boxes, rows = entries(self.outlines)
        order = np.arange(len(boxes))
        if len(boxes) > len(self):
            order = np.argsort(hilbert(boxes), kind="stable")
        return plant(boxes, rows, order)

    @cached_property
    def is_single(self) -> bool:
        """True where one box stands for every shape: no lines, and nothing with several parts."""
        return set(self.types.tolist()) <= {0, 3}

    @cached_property
    def place(self) -> Integers:
        """Where in `order` each row of the column stands."""
        place = np.empty(len(self), np.int64)
        place[self.order] = np.arange(len(self))
        return place

    def reaches(self, reach_m: Floats) -> tuple[Floats, Floats]:
        """Return a reach by place along the curve, and the largest below each node of the index; the root's
        comes first.

        A read-only column is worked out once.
        """
        kept = self._reaches.get(id(reach_m))
        if kept is None:
            high = reach_m.copy() if len(reach_m) == 1 else reach_m.max(keepdims=True)
            if len(reach_m) == 1 or float(reach_m.min()) == float(high[0]):
                return high, high
            column = reach_m[self.order]
            kept = (reach_m, column, highest(self.tree, column))
            if not reach_m.flags.writeable and reach_m.base is None:
                if len(self._reaches) == _KEPT_REACHES:
                    self._reaches.clear()
                self._reaches[id(reach_m)] = kept
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
            Each pair once, by row here, then by row of the other.
        distance_m : array
            Geodesic; 0 where they meet.
        from_, to : (n, 2) arrays
            The nearest places, longitude/latitude; NaN where lines and polygons meet.

        Raises
        ------
        CrowdError
            When there are more than `MOST_PAIRS`.
        """
        if len(self) <= len(other):  # the smaller side asks, the larger is asked
            return self._ask(other, reach, reach_other, wanted, wanted_other, swapped=False)
        return other._ask(self, reach_other, reach, wanted_other, wanted, swapped=True)

    def _ask(
        self,
        other: "Shapes",
        reach: Floats,
        reach_other: Floats,
        wanted: Mask | None,
        wanted_other: Mask | None,
        *,
        swapped: bool,
    ) -> tuple[Integers, Integers, Floats, Floats, Floats]:
        own, most_own = self.reaches(reach)
        its, most = other.reaches(reach_other)
        tree = other.tree
        mask = _EVERY if wanted_other is None else wanted_other[other.order]
        asking = np.arange(len(self)) if wanted is None else np.flatnonzero(wanted[self.order])
        seam = self._at_seam(other, float(most_own[0] + most[0]))
        # Only shapes with several boxes, or seen twice round the earth, can be found again.
        repeats = seam or not (self.is_single and other.is_single)

        size = len(other) if repeats else 0

        left = np.full(1, MOST_PAIRS)

        def ask(some: Integers) -> tuple[Integers, Floats]:
            seen = np.zeros(size, np.int64)
            return kernels_near.near_pairs(
                self.outlines, some, other.outlines, tree, mask, seen, own, its, most, seam, left
            )

        if len(asking) < _PARALLEL_ROWS:
            seen = np.zeros(size, np.int64)
            found = kernels_near.near_in_order(
                self.outlines,
                asking,
                other.outlines,
                tree,
                mask,
                seen,
                own,
                its,
                most,
                seam,
                self.order,
                other.order,
                swapped,
                left,
            )
            _refuse_crowds(len(found[0]), left)
            return found
        every = parallel.each(ask, _shares(asking), rows=parallel.WORTH_IT)
        _refuse_crowds(sum(len(pair) for pair, _ in every), left)
        pair, measured = (np.concatenate(parts) for parts in zip(*every, strict=True))
        del every  # so that they are not held three times
        return kernels_near.in_order(pair, measured, self.order, other.order, swapped)

    def near_boxes(self, boxes: Floats, reach_m: float, limit_deg: float) -> Integers:
        """Return, in order, the rows whose envelope lies within about a reach of any of some boxes, and maybe
        more: all where anything lies beyond a latitude.

        A box is west, south, east, north in degrees.
        """
        west, south, east, north = np.abs(boxes).max(axis=0).tolist()
        if max(self.highest_latitude, south, north) > limit_deg:
            return np.arange(len(self))
        longitude = max(self.farthest_longitude, west, east)
        seam = _reaches_seam(max(south, north), longitude, reach_m)
        return kernels_near.rows_near_boxes(self.tree, self.order, boxes, reach_m, seam)

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


def _refuse_crowds(found: int, left: Integers) -> None:
    """Refuse more pairs than are held at a time, before they fill the memory."""
    if found > MOST_PAIRS or left[0] < 0:
        raise CrowdError(MOST_PAIRS, "pairs of features lie near each other")


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
    many = shapely.points(np.linspace(0.0, 3.0, 2 * _PARALLEL_ROWS), 0.0)
    crowd = Shapes(many, shapely.bounds(many))
    crowd.near(crowd, np.linspace(1.0, 2.0, len(many)), np.zeros(1))
    sites.near_boxes(np.zeros((1, 4)), 10.0, 85.0)
    kernels_near.which_near_boxes(shapely.bounds(points), np.zeros((1, 4)), 10.0)
    holed = Shapes(shapely.difference(columns[1], shapely.buffer(points, 0.5)), shapely.bounds(columns[1]))
    holed.near(lines, np.zeros(1), np.zeros(1))
    times = np.zeros((4, 1), np.int64)
    kernels_times.shared_spans(times, 0, 1, 0)
    first = np.zeros(1, np.int64)
    kernels_times.crowds(first, np.zeros((1, 2), np.int64), 1, 0)
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


def outlines_of(geometry: Objects, types: NDArray[np.int32]) -> Outlines:
    """Take a column of shapes, and the type of each as GEOS counts them, apart."""
    highest_type = types.max()
    if highest_type <= 3 and not (highest_type == 3 and shapely.get_num_interior_rings(geometry).any()):
        xy, owner = shapely.get_coordinates(geometry, return_index=True)
        return build_simple(xy, owner, types)
    xy, part_first, part_kind, row_first = _parts(geometry, types)
    turn_rings(xy, part_first, part_kind)
    return build(xy, part_first, part_kind, row_first)


def _parts(geometry: Objects, types: NDArray[np.int32]) -> tuple[Floats, Integers, Integers, Integers]:
    """Return vertices, first vertex and kind of every part, and first part of every row."""
    rows = len(geometry)
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
