"""The features of a workspace, indexed once, and which of them come near each other.

Compiled kernels find pairs. Whether two shapes share a point is decided exactly as stored, in
longitude/latitude, where stored edges are straight; others are measured between the nearest places, as
a geodesic. Near the poles local conformal planes find the nearest places.
"""

import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from layers import geo, planes
from layers.errors import CrowdError
from layers.meeting import shared_ground
from layers.model import Kind, Workspace
from layers.sides import Selection, Side, side_of

if TYPE_CHECKING:
    from layers.outlines import Shapes

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

_LATITUDE_LIMIT_DEG = 85.0  # nearer to a pole the metric of the kernels is too coarse
_MANY = 2_000  # features, from which an index, or looking in several steps, pays
_MANY_BOXES = 64  # beyond, they are looked around as one


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

    def within(self, reach_a_m: Floats, reach_b_m: Floats) -> "Pairs":
        """Return the pairs within reach of each other; a reach is one for all, or by row."""
        reach_a, reach_b = (
            reach if len(reach) == 1 else reach[rows]
            for reach, rows in ((reach_a_m, self.a), (reach_b_m, self.b))
        )
        keep = self.distance_m <= reach_a + reach_b
        return self if keep.all() else self.take(keep)

    def take(self, keep: Any) -> "Pairs":
        """Return some of the pairs."""
        return Pairs(self.a[keep], self.b[keep], self.distance_m[keep], self.from_[keep], self.to[keep])


_NO_PAIRS = Pairs(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0), np.empty((0, 2)), np.empty((0, 2)))


@dataclass(frozen=True, eq=False)
class Ground:
    """The ground within a reach of some features.

    Attributes
    ----------
    boxes : (n, 4) array
        Envelopes of the features, in degrees; one for all where they are many.
    reach_m : float
        How far around those it goes, with the uncertainty of the features.
    """

    boxes: Floats
    reach_m: float

    @classmethod
    def around(cls, sides: Sequence[Side], reach_m: float) -> "Ground":
        """Return the ground within a reach of the features of some sides."""
        some = [side for side in sides if len(side)]
        if not some:
            return _NOWHERE
        boxes = some[0].bounds if len(some) == 1 else np.concatenate([side.bounds for side in some])
        if len(boxes) > _MANY_BOXES:
            boxes = np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)]).reshape(1, 4)
        return cls(boxes, reach_m + max(side.most_blur_m for side in some))

    def which(self, boxes: Floats, blur_m: float) -> Indices:
        """Return, in order, which envelopes may lie on it, their features known to within `blur_m`."""
        from layers.kernels_near import which_near_boxes  # it loads numba

        return which_near_boxes(boxes, self.boxes, self.reach_m + blur_m)


_NOWHERE = Ground(np.empty((0, 4)), 0.0)


class Scene:
    """The comparable features of a workspace; outlines and indexes are made once, and kept."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._sides: dict[Selection, Side] = {}
        # By the id of the column they were made from, for as long as that is there.
        self._shapes: dict[int, tuple[weakref.ref[Objects], Shapes]] = {}
        self._known: dict[tuple[int, int], tuple[float, Pairs, Side, Side] | None] = {}

    def side(self, *kinds: Kind) -> Side:
        """Return all comparable features of the given kinds."""
        return self.select(Selection(kinds))

    def select(self, selection: Selection) -> Side:
        """Return the comparable features of a selection; always the same object for the same selection."""
        side = self._sides.get(selection)
        if side is None:
            side = self._sides[selection] = side_of(self.workspace, selection)
        return side

    def shapes(self, side: Side) -> "Shapes":
        """Return the outlines of a side's geometry; made once."""
        key = id(side.geometry)
        made = self._shapes.get(key)
        if made is None:
            from layers.outlines import Shapes  # it loads numba

            gone = weakref.ref(side.geometry, lambda _, key=key: self._shapes.pop(key, None))  # type: ignore[misc]
            made = self._shapes[key] = (gone, Shapes(side.geometry, side.bounds))
        return made[1]

    def near(self, a: Side, b: Side, reach_a_m: ArrayLike, reach_b_m: ArrayLike) -> Pairs:
        """Return every pair whose distance is at most `reach_a_m[a] + reach_b_m[b]` metres, in order.

        A reach is a number for all, or a column. Distances are geodesic, to 1 cm + 1e-6 of the true value for
        reaches up to 50 km, and 0 where the shapes share a point as stored. Works across UTM zones, at high
        latitude and across the antimeridian.

        Raises
        ------
        CrowdError
            When they are more than are held at a time: ask about fewer features (`checks.ask`).
        """
        if not len(a) or not len(b):
            return _NO_PAIRS
        reaches = _column(reach_a_m), _column(reach_b_m)
        known = self._known.get((id(a), id(b)))
        if known is not None and _beyond_blur(reaches[0], a) + _beyond_blur(reaches[1], b) <= known[0]:
            return known[1].within(*reaches)
        reach_m = _largest(reaches[0], a) + _largest(reaches[1], b)
        limit = _LATITUDE_LIMIT_DEG - reach_m / geo.METRES_PER_DEGREE
        of_a, of_b = self.shapes(a), self.shapes(b)
        if max(of_a.highest_latitude, of_b.highest_latitude) > limit:
            return self._near_the_poles(a, b, reaches, limit)
        return Pairs(*of_a.near(of_b, *reaches))

    def maybe_near(self, a: Side, b: Side, reach_m: float) -> Pairs:
        """Return every pair that may be within a reach of each other, both uncertainties counted in."""
        # What is added to the longer column would have to be worked out for all of it.
        if len(a) > len(b):
            return self.near(a, b, a.blur_m, b.blur_m + reach_m)
        return self.near(a, b, a.blur_m + reach_m, b.blur_m)

    def nearest_m(self, a: Side, b: Side, within_m: float) -> Floats:
        """Return how far the nearest `b` is from each `a`, in metres; inf where none lies within a distance.

        Many are first looked for close by: there most have one, and few pairs need be compared.
        """
        found = np.full(len(a), np.inf)
        left = np.arange(len(a))
        for share in (1.0,) if len(a) < _MANY else (1 / 16, 1 / 4, 1.0):
            some = a if len(left) == len(a) else a.take(left)  # the outlines of all may be there already
            pairs = self.near(some, b, within_m * share, 0.0)
            np.minimum.at(found, left[pairs.a], pairs.distance_m)
            left = left[np.isinf(found[left])]
        return found

    def know(self, a: Side, b: Side, reach_m: float) -> None:
        """Find the pairs of two sides that `maybe_near` finds, once for all questions until `forget`.

        Of a crowd nothing is known, and it is not looked for again: each question finds its own pairs, block
        after block.
        """
        key = (id(a), id(b))
        if key not in self._known and len(a) and len(b):
            self._known[key] = None
            with suppress(CrowdError):
                self._known[key] = (reach_m, self.maybe_near(a, b, reach_m), a, b)

    def know_first(self, a: Side, b: Side, first_a: Side, first_b: Side) -> None:
        """Note what `know` found for two sides for sides that hold the first rows of each."""
        known = self._known.get((id(a), id(b)))
        if known is not None and (id(first_a), id(first_b)) not in self._known:
            pairs = known[1]
            first = pairs.take((pairs.a < len(first_a)) & (pairs.b < len(first_b)))
            self._known[id(first_a), id(first_b)] = (known[0], first, first_a, first_b)

    def forget(self) -> None:
        """Let go of what `know` found, and of the sides it was asked about."""
        self._known.clear()

    def around(self, side: Side, ground: "Ground") -> Indices:
        """Return, in order, the rows of a side that may lie on some ground.

        Only envelopes are looked at: nothing on it, uncertainties added, is left out, but more is returned.
        """
        if not len(side) or not len(ground.boxes):
            return np.empty(0, np.intp)
        reach_m = ground.reach_m + side.most_blur_m
        if len(side) < _MANY:
            return ground.which(side.bounds, side.most_blur_m)
        limit = _LATITUDE_LIMIT_DEG - reach_m / geo.METRES_PER_DEGREE
        return self.shapes(side).near_boxes(ground.boxes, reach_m, limit)

    def _near(
        self,
        a: Side,
        b: Side,
        reaches: tuple[Floats, Floats],
        wanted: tuple[Mask | None, Mask | None] = (None, None),
    ) -> Pairs:
        return Pairs(*self.shapes(a).near(self.shapes(b), *reaches, *wanted))

    def _near_the_poles(self, a: Side, b: Side, reaches: tuple[Floats, Floats], limit: float) -> Pairs:
        """Find pairs where some features lie near a pole: those are measured in planes."""
        polar_a, polar_b = (np.abs(side.bounds[:, 1::2]).max(axis=1) > limit for side in (a, b))
        meeting = self._near(a, b, (np.zeros(1), np.zeros(1)))
        parts = [meeting]
        reach_a, reach_b = (np.broadcast_to(r, len(side)) for r, side in zip(reaches, (a, b), strict=True))
        if float(reach_a.max() + reach_b.max()) > 0:
            parts.append(self._near(a, b, reaches, (~polar_a, ~polar_b)))
            every_b = np.arange(len(b))
            for rows_a, rows_b in (
                (np.flatnonzero(polar_a), every_b),
                (np.flatnonzero(~polar_a), np.flatnonzero(polar_b)),
            ):
                parts += self._in_planes(a, rows_a, b, rows_b, reach_a, reach_b, (meeting.a, meeting.b))
        return _nearest_of_each(parts)

    def _in_planes(
        self,
        a: Side,
        rows_a: Indices,
        b: Side,
        rows_b: Indices,
        reach_a: Floats,
        reach_b: Floats,
        apart_from: tuple[Indices, Indices],
    ) -> list[Pairs]:
        if not len(rows_a) or not len(rows_b):
            return []
        reach_m = float(reach_a[rows_a].max() + reach_b[rows_b].max())
        cells = planes.cells(a.geometry, a.bounds, rows_a, b.geometry, b.bounds, rows_b, reach_m)
        return [
            Pairs(*planes.near(of_a, of_b, reach_a[of_a.index], reach_b[of_b.index], apart_from=apart_from))
            for of_a, of_b in cells
        ]

    def shared_area_m2(self, a: Side, b: Side, pairs: Pairs) -> Floats:
        """Return the area that each pair shares, in square metres on the ellipsoid; 0 without an area."""
        meet = np.flatnonzero(pairs.distance_m == 0)
        values = np.zeros(len(pairs))
        if len(meet):
            rows = pairs.a[meet], pairs.b[meet]
            values[meet] = self.shapes(a).shared_areas_m2(rows[0], self.shapes(b), rows[1])
            _fill(values, a, b, pairs, geo.area_m2)
        return values

    def shared_length_m(self, a: Side, b: Side, pairs: Pairs) -> Floats:
        """Return the length of the lines that each pair shares, in metres on the ellipsoid.

        The rim of a shared area is no such line; a line along the rim of a polygon is.
        """
        meet = np.flatnonzero(pairs.distance_m == 0)
        values = np.zeros(len(pairs))
        if len(meet):
            rows = pairs.a[meet], pairs.b[meet]
            values[meet] = self.shapes(a).shared_lengths_m(rows[0], self.shapes(b), rows[1])
            _fill(values, a, b, pairs, line_length_m)
        return values


def _fill(values: Floats, a: Side, b: Side, pairs: Pairs, measure: Callable[[Objects], Floats]) -> None:
    """Measure what the kernels left out (NaN) on the ground that GEOS says is shared."""
    left = np.flatnonzero(np.isnan(values))
    if len(left):
        values[left] = measure(shared_ground(a.geometry[pairs.a[left]], b.geometry[pairs.b[left]]))


def line_length_m(shared: Objects) -> Floats:
    """Return the length of the lines in what is shared; a polygon has none (its rim is not a crossing)."""
    parts, owner = shapely.get_parts(shared, return_index=True)
    lines = np.isin(shapely.get_type_id(parts), (1, 2))
    lengths = geo.length_m(parts[lines]) if lines.any() else np.empty(0)
    return np.asarray(np.bincount(owner[lines], weights=lengths, minlength=len(shared)), dtype=np.float64)


def _column(reach_m: ArrayLike) -> Floats:
    return np.array(reach_m, dtype=np.float64, ndmin=1, copy=None)


def _largest(reach_m: Floats, side: Side) -> float:
    """Return the largest of the reaches of a side."""
    if reach_m is side.uncertainty_m:
        return side.most_blur_m
    return float(reach_m[0] if len(reach_m) == 1 else reach_m.max())


def _beyond_blur(reach_m: Floats, side: Side) -> float:
    """Return how far the reaches of a side go beyond its uncertainties."""
    if side.is_exact:
        return _largest(reach_m, side)
    return 0.0 if reach_m is side.uncertainty_m else float((reach_m - side.uncertainty_m).max())


def _nearest_of_each(parts: list[Pairs]) -> Pairs:
    """Join what several planes found; of a pair found in more than one, keep the shortest distance."""
    names = ("a", "b", "distance_m", "from_", "to")
    pairs = Pairs(*(np.concatenate([getattr(p, n) for p in parts]) for n in names))
    pairs = pairs.take(np.lexsort((pairs.distance_m, pairs.b, pairs.a)))
    first = np.r_[True, (pairs.a[1:] != pairs.a[:-1]) | (pairs.b[1:] != pairs.b[:-1])]
    return pairs.take(first[: len(pairs)])
