"""The features of a workspace, projected and indexed once, and which of them come near each other.

Pairs are found in local conformal planes (`geo.Plane`), each distance is then measured as a geodesic, and
whether two shapes share a point is decided in longitude/latitude, where stored edges are straight.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo, nearest, parallel
from layers.findings import Subject
from layers.model import Feature, Kind, Layer, Workspace
from layers.volume import Times

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
Indices = NDArray[np.intp]

THEATRE_M = 1_000_000.0
"""Widest theatre that one plane serves; beyond it, several planes share the work."""

_CELL_DEG = 7.5
_SEAM_DEG = 170.0  # shapes beyond are looked at in longitudes from 0 to 360
_CLOSE_M = 0.02  # below this, the exact longitude/latitude predicate decides whether shapes touch
_CHUNK = 200_000
_PREPARE_FROM = 100  # vertices


@dataclass(frozen=True, eq=False)
class Side:
    """The comparable features of some kinds, as columns of equal length n.

    `layer` and `row` say where each came from; `skipped` names, by feature id, why others are missing.
    """

    kinds: tuple[Kind, ...]
    layers: tuple[Layer, ...]
    layer: NDArray[np.int64]
    row: NDArray[np.int64]
    geometry: Objects
    valid_from: Times
    valid_to: Times
    uncertainty_m: Floats
    skipped: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.row)

    @property
    def total(self) -> int:
        """How many features of these kinds there are, comparable or not."""
        return len(self) + len(self.skipped)

    @cached_property
    def bounds(self) -> Floats:
        """Envelopes, (n, 4) degrees."""
        parts = [layer.table.bounds[self.row[self.layer == n]] for n, layer in enumerate(self.layers)]
        return np.concatenate(parts) if parts else np.empty((0, 4))

    @cached_property
    def ids(self) -> Objects:
        """Feature ids."""
        return np.asarray(self.column("id"), dtype=object)

    def column(self, name: str) -> Any:
        """Return a base column or a field of the kind, in the order of this side.

        A field that one of the kinds lacks is NaN there.
        """
        parts = []
        for number, layer in enumerate(self.layers):
            rows = self.row[self.layer == number]
            values = layer.table.fields.get(name)
            if values is None:
                values = getattr(layer.table, name, np.full(len(layer.table), np.nan))
            parts.append(values[rows])
        return np.concatenate(parts) if parts else np.empty(0, dtype=object)

    def feature(self, i: int) -> Feature:
        """Return feature `i` of this side."""
        layer = self.layers[int(self.layer[i])]
        return layer.table.row(int(self.row[i]), layer.kind)

    def subjects(self, rows: Indices) -> dict[int, Subject]:
        """Return the subjects for some rows of this side, versions included."""
        result: dict[int, Subject] = {}
        unique = np.unique(rows)
        for number, layer in enumerate(self.layers):
            here = unique[self.layer[unique] == number]
            table_rows = self.row[here]
            for i, row, version in zip(here, table_rows, layer.table.fingerprints(table_rows), strict=True):
                result[int(i)] = Subject(
                    kind=layer.kind.value,
                    id=layer.table.id[row],
                    source_id=layer.table.source_id[row],
                    name=layer.table.name[row],
                    layer=layer.name,
                    fingerprint=version,
                )
        return result

    def without(self, mask: NDArray[np.bool_], reason: str) -> "Side":
        """Return this side without the marked features, which are listed as skipped for `reason`."""
        if not mask.any():
            return self
        skipped = {**self.skipped, **dict.fromkeys(self.ids[mask], reason)}
        return self._take(~mask, skipped)

    def _take(self, keep: NDArray[np.bool_], skipped: Mapping[str, str]) -> "Side":
        return replace(
            self,
            layer=self.layer[keep],
            row=self.row[keep],
            geometry=self.geometry[keep],
            valid_from=self.valid_from[keep],
            valid_to=self.valid_to[keep],
            uncertainty_m=self.uncertainty_m[keep],
            skipped=skipped,
        )


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of features, with the nearest points of each, as columns of equal length.

    `a` and `b` are rows of the two sides; `distance_m` is geodesic, 0 where the shapes share a point;
    `from_` and `to` are the nearest points, (n, 2) longitude/latitude.
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

    def take(self, keep: Any) -> "Pairs":
        """Return some of the pairs."""
        return Pairs(self.a[keep], self.b[keep], self.distance_m[keep], self.from_[keep], self.to[keep])


_NO_PAIRS = Pairs(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0), np.empty((0, 2)), np.empty((0, 2)))


def unwrap(geometry: Objects) -> Objects:
    """Return geometries with longitudes in 0 to 360, so that those at the antimeridian are in one piece."""
    return np.asarray(
        shapely.transform(geometry, lambda points: np.column_stack([points[:, 0] % 360.0, points[:, 1]])),
        dtype=object,
    )


class Scene:
    """The comparable features of a workspace; projections are made once, on first use, and kept."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._sides: dict[tuple[Kind, ...], Side] = {}
        # Beside each value stands the column it was made from, so that its id stays its own.
        self._members: dict[tuple[int, bytes, geo.Plane], tuple[Objects, _Members]] = {}
        self._points: dict[tuple[int, bytes], tuple[Objects, nearest.Points]] = {}
        self._edges: dict[tuple[int, bytes], tuple[Objects, nearest.Edges]] = {}

    def side(self, *kinds: Kind) -> Side:
        """Return all comparable features of the given kinds; always the same object for the same kinds."""
        if kinds not in self._sides:
            self._sides[kinds] = _side(self.workspace.of_kind(*kinds), kinds)
        return self._sides[kinds]

    @cached_property
    def _theatre(self) -> geo.Plane | None:
        bounds = [layer.table.bounds[layer.table.unusable == ""] for layer in self.workspace.layers]
        return plane_for(np.concatenate(bounds)) if bounds else None

    def near(self, a: Side, b: Side, reach_a_m: Floats, reach_b_m: Floats) -> Pairs:
        """Return every pair whose distance is at most `reach_a_m[a] + reach_b_m[b]` metres.

        Distances are geodesic, to 1 cm + 1e-6 of the true value for reaches of a few kilometres.
        Works across UTM zones, at high latitude and across the antimeridian.
        """
        if not len(a) or not len(b):
            return _NO_PAIRS
        points_a, points_b = (shapely.get_type_id(side.geometry) == 0 for side in (a, b))
        if max(np.abs(a.bounds[:, 1::2]).max(), np.abs(b.bounds[:, 1::2]).max()) > nearest.LATITUDE_LIMIT_DEG:
            points_a, points_b = np.zeros(len(a), bool), np.zeros(len(b), bool)
        every_b = np.arange(len(b))
        points, shapes = np.flatnonzero(points_a), np.flatnonzero(~points_a)
        return _nearest_of_each(
            [
                self._points_near(a, points, b, every_b, reach_a_m, reach_b_m),
                self._points_near(b, np.flatnonzero(points_b), a, shapes, reach_b_m, reach_a_m).swapped(),
                self._shapes_near(a, shapes, b, np.flatnonzero(~points_b), reach_a_m, reach_b_m),
            ]
        )

    def _points_near(
        self, a: Side, points: Indices, b: Side, shapes: Indices, reach_a_m: Floats, reach_b_m: Floats
    ) -> Pairs:
        """Find the near pairs of points of `a` and any shapes of `b`."""
        if not len(points) or not len(shapes):
            return _NO_PAIRS
        edges, (of_a, inside) = parallel.both(
            lambda: self._edges_of(b, shapes),
            lambda: self._inside(self._points_of(a, points), b, shapes),
            rows=len(points) + len(shapes),
        )
        i, j = inside
        within = Pairs(points[i], shapes[j], np.zeros(len(i)), of_a.lonlat[i], of_a.lonlat[i])
        i, j, distance, place = nearest.near_points(
            of_a, edges, reach_a_m[points], reach_b_m[shapes], apart_from=inside
        )
        return _concatenate([within, Pairs(points[i], shapes[j], distance, of_a.lonlat[i], place)])

    @staticmethod
    def _inside(points: nearest.Points, b: Side, shapes: Indices) -> tuple[nearest.Points, Any]:
        return points, _inside(points, b.geometry[shapes])

    def _points_of(self, side: Side, rows: Indices) -> nearest.Points:
        key = (id(side.geometry), rows.tobytes())
        if key not in self._points:
            self._points[key] = (side.geometry, nearest.Points(side.geometry[rows]))
        return self._points[key][1]

    def _edges_of(self, side: Side, rows: Indices) -> nearest.Edges:
        key = (id(side.geometry), rows.tobytes())
        if key not in self._edges:
            self._edges[key] = (side.geometry, nearest.edges_of(side.geometry[rows]))
        return self._edges[key][1]

    def _shapes_near(
        self, a: Side, rows_a: Indices, b: Side, rows_b: Indices, reach_a_m: Floats, reach_b_m: Floats
    ) -> Pairs:
        """Find the near pairs of lines and polygons, in one plane or several."""
        if not len(rows_a) or not len(rows_b):
            return _NO_PAIRS
        plane = self._theatre or plane_for(np.vstack([a.bounds[rows_a], b.bounds[rows_b]]))
        if plane is not None:
            work = [(self._in_plane(a, rows_a, plane), self._in_plane(b, rows_b, plane))]
        else:
            reach_m = float(reach_a_m[rows_a].max() + reach_b_m[rows_b].max())
            work = list(_cells(a, rows_a, b, rows_b, reach_m))
        return _nearest_of_each(
            [_near_in(of_a, of_b, a, b, reach_a_m[of_a.index], reach_b_m[of_b.index]) for of_a, of_b in work]
        )

    def _in_plane(self, side: Side, rows: Indices, plane: geo.Plane) -> "_Members":
        key = (id(side.geometry), rows.tobytes(), plane)
        if key not in self._members:
            members = _Members(plane, rows, side.geometry[rows], side.bounds[rows])
            self._members[key] = (side.geometry, members)
        return self._members[key][1]


class _Members:
    """Features of a side that lie in one plane: projected on demand, and only once.

    `bounds` are (n, 4) degrees; `around` gives them in a run of longitudes about the plane's centre.
    """

    def __init__(self, plane: geo.Plane, index: Indices, geometry: Objects, bounds: Floats) -> None:
        self.plane = plane
        self.index = index
        self.geometry = geometry
        self._bounds = bounds
        self._flat = np.full(len(index), None, dtype=object)

    def __len__(self) -> int:
        return len(self.index)

    @cached_property
    def around(self) -> Floats:
        bounds = self._bounds.copy()
        split = np.flatnonzero(bounds[:, 2] - bounds[:, 0] > 350.0)
        if len(split):
            bounds[split] = shapely.bounds(unwrap(self.geometry[split]))
        turns = np.round(((bounds[:, 0] + bounds[:, 2]) / 2 - self.plane.lon0) / 360.0) * 360.0
        bounds[:, 0] -= turns
        bounds[:, 2] -= turns
        return bounds

    def flat(self, rows: Indices) -> Objects:
        """Return projected features, prepared where they have many vertices."""
        needed = np.unique(rows)
        missing = needed[shapely.is_missing(self._flat[needed])]
        if len(missing):
            flat = self.plane.forward(self.geometry[missing])
            shapely.prepare(flat[shapely.get_num_coordinates(flat) > _PREPARE_FROM])
            self._flat[missing] = flat
        return np.asarray(self._flat[rows])


def _near_in(of_a: _Members, of_b: _Members, a: Side, b: Side, reach_a_m: Floats, reach_b_m: Floats) -> Pairs:
    """Find the near pairs among the members of one plane; reaches are those of the members."""
    i, j = _candidates(of_a.around, of_b.around, reach_a_m, reach_b_m)
    parts = [_NO_PAIRS]
    for start in range(0, len(i), _CHUNK):
        some_i, some_j = i[start : start + _CHUNK], j[start : start + _CHUNK]
        measured = _measure(of_a, of_b, some_i, some_j)
        doubtful = np.flatnonzero((measured.distance_m > 0) & (measured.distance_m < _CLOSE_M))
        touch = share_a_point(a.geometry[measured.a[doubtful]], b.geometry[measured.b[doubtful]])
        measured.distance_m[doubtful[touch]] = 0.0
        parts.append(measured.take(measured.distance_m <= reach_a_m[some_i] + reach_b_m[some_j]))
    return _concatenate(parts)


def _inside(points: nearest.Points, shapes: Objects) -> tuple[Indices, Indices]:
    """Return the pairs of a point and the shape it lies in or on, in longitude/latitude, each once."""
    j, i = points.tree.query(shapes, predicate="intersects")
    seam = np.flatnonzero(np.abs(shapely.bounds(shapes)[:, ::2]).max(axis=1) > _SEAM_DEG)
    if not len(seam):
        return i, j
    # Shapes at the antimeridian, once more in one piece.
    more_j, more_i = shapely.STRtree(unwrap(points.geometry)).query(
        unwrap(shapes[seam]), predicate="intersects"
    )
    both = np.unique(np.column_stack([np.r_[i, more_i], np.r_[j, seam[more_j]]]), axis=0)
    return both[:, 0], both[:, 1]


def share_a_point(a: Objects, b: Objects) -> NDArray[np.bool_]:
    """Tell pairwise whether shapes share interior or boundary, exactly as stored (longitude/latitude)."""
    return np.asarray(shapely.intersects(*together(a, b)), dtype=bool)


def together(a: Objects, b: Objects) -> tuple[Objects, Objects]:
    """Return paired shapes in a common run of longitudes: those near the antimeridian in 0 to 360."""
    bounds = np.abs(
        np.hstack([shapely.bounds(a).reshape(-1, 4)[:, ::2], shapely.bounds(b).reshape(-1, 4)[:, ::2]])
    )
    seam = (bounds > _SEAM_DEG).any(axis=1)
    if seam.any():
        a, b = a.copy(), b.copy()
        a[seam], b[seam] = unwrap(a[seam]), unwrap(b[seam])
    return a, b


def shared_ground(a: Objects, b: Objects) -> Objects:
    """Return pairwise what two shapes share, in longitude/latitude, split at the antimeridian."""
    shared = np.asarray(shapely.intersection(*together(a, b)), dtype=object)
    for i in np.flatnonzero(shapely.bounds(shared).reshape(-1, 4)[:, 2] > 180.0):
        shared[i] = geo.split_at_antimeridian(shared[i])
    return shared


def _side(layers: tuple[Layer, ...], kinds: tuple[Kind, ...]) -> Side:
    tables = [layer.table for layer in layers]
    counts = [len(table) for table in tables]

    def stack(name: str, empty: Any) -> Any:
        return np.concatenate([getattr(table, name) for table in tables]) if tables else empty

    everything = Side(
        kinds=kinds,
        layers=layers,
        layer=np.repeat(np.arange(len(layers)), counts),
        row=np.concatenate([np.arange(n) for n in counts]) if counts else np.empty(0, np.int64),
        geometry=stack("geometry", np.empty(0, object)),
        valid_from=stack("valid_from", np.empty(0, "datetime64[us]")),
        valid_to=stack("valid_to", np.empty(0, "datetime64[us]")),
        uncertainty_m=stack("uncertainty_m", np.empty(0)),
    )
    reasons = stack("unusable", np.empty(0, object))
    bad = reasons != ""
    if not bad.any():
        return everything
    return everything._take(~bad, dict(zip(everything.ids[bad], reasons[bad], strict=True)))


def plane_for(bounds: Floats) -> geo.Plane | None:
    """Return the plane for features with these envelopes, or None when they spread too wide for one."""
    if not len(bounds):
        return None
    west, span = _longitude_range(bounds[:, 0], bounds[:, 2])
    south, north = float(bounds[:, 1].min()), float(bounds[:, 3].max())
    widest = 0.0 if south < 0 < north else min(abs(south), abs(north))
    width_m = span * geo.METRES_PER_DEGREE * 1.007 * np.cos(np.radians(widest))
    height_m = (north - south) * geo.METRES_PER_DEGREE * 1.012
    if max(width_m, height_m) > THEATRE_M or north > 88 or south < -88:
        return None
    lon0 = (west + span / 2 + 180.0) % 360.0 - 180.0
    return geo.Plane(round(lon0, 3), round((south + north) / 2, 3))


def _longitude_range(west: Floats, east: Floats) -> tuple[float, float]:
    """Return the start and width, in degrees, of the shortest run of longitudes that holds all features.

    A feature that fills -180 to 180 because it is split at the antimeridian counts as the two ends.
    """
    split = (east - west) > 350.0
    starts = np.concatenate([west[~split], np.full(2 * int(split.any()), 180.0)]) % 360.0
    widths = np.concatenate([(east - west)[~split], np.zeros(2 * int(split.any()))])
    order = np.argsort(starts)
    # Two turns, so that a feature running past 360 degrees is seen from the beginning of the second.
    starts = np.concatenate([starts[order], starts[order] + 360.0])
    ends = np.maximum.accumulate(starts + np.tile(widths[order], 2))
    gaps = (starts[1:] - ends[:-1])[len(order) - 1 :]
    widest = int(np.argmax(gaps))
    begin = float(starts[len(order) + widest])
    return begin, float(360.0 - max(gaps[widest], 0.0))


def _cells(
    a: Side, rows_a: Indices, b: Side, rows_b: Indices, reach_m: float
) -> Iterator[tuple[_Members, _Members]]:
    """Cut both sides along a fixed grid: of `a` what lies in a cell, of `b` what lies within reach of it.

    Cutting along meridians and parallels is exact, because stored edges are straight in them.
    """
    pole = 90.0 - _CELL_DEG
    for south in np.arange(-90.0, 90.0, _CELL_DEG):
        north = south + _CELL_DEG
        middle = np.radians(min(abs(south), abs(north)))
        polar = south < -pole or north > pole
        count = 1 if polar else max(1, int(360.0 * np.cos(middle) / _CELL_DEG))
        width = 360.0 / count
        for start in np.linspace(-180.0, 180.0, count, endpoint=False):
            west, east = (-360.0, 360.0) if polar else (float(start), float(start) + width)
            of_a = _clip(a, rows_a, (west, south, east, north))
            if not len(of_a[0]):
                continue
            up = reach_m / geo.METRES_PER_DEGREE * 1.01
            out = (
                0.0 if polar else float(geo.longitude_reach_deg(reach_m * 1.01, max(abs(south), abs(north))))
            )
            of_b = _clip(b, rows_b, (west - out, south - up, east + out, north + up))
            if not len(of_b[0]):
                continue
            lat0 = float(np.sign(north)) * 90.0 if polar else (south + north) / 2
            plane = geo.Plane((west + east) / 2, float(lat0))
            yield (
                _Members(plane, *of_a, shapely.bounds(of_a[1])),
                _Members(plane, *of_b, shapely.bounds(of_b[1])),
            )


def _clip(side: Side, rows: Indices, box: tuple[float, float, float, float]) -> tuple[Indices, Objects]:
    """Return the given rows of a side inside a box, cut to it; longitudes may lie a turn away."""
    indices, pieces = [], []
    west, south, east, north = box
    for turn in (0.0, -360.0, 360.0):
        if turn and east - west > 360.0:
            continue  # the box goes round the earth already
        left, right = west + turn, east + turn
        bounds = side.bounds[rows]
        inside = np.flatnonzero(
            (bounds[:, 0] <= right)
            & (bounds[:, 2] >= left)
            & (bounds[:, 1] <= north)
            & (bounds[:, 3] >= south)
        )
        if not len(inside):
            continue
        geometry = side.geometry[rows[inside]]
        crossing = (
            (bounds[inside, 0] < left)
            | (bounds[inside, 2] > right)
            | (bounds[inside, 1] < south)
            | (bounds[inside, 3] > north)
        )
        if crossing.any():
            geometry[crossing] = shapely.intersection(
                geometry[crossing], shapely.box(left, south, right, north)
            )
        full = ~shapely.is_empty(geometry)
        indices.append(rows[inside[full]])
        pieces.append(geometry[full])
    if not indices:
        return np.empty(0, np.intp), np.empty(0, object)
    return np.concatenate(indices), np.concatenate(pieces)


def _candidates(
    around_a: Floats, around_b: Floats, reach_a_m: Floats, reach_b_m: Floats
) -> tuple[Indices, Indices]:
    """Return index pairs whose envelopes come within reach; the larger side is indexed."""
    if len(around_a) < len(around_b):
        j, i = _candidates(around_b, around_a, reach_b_m, reach_a_m)
        return i, j
    indexed, asked = [], []
    for members in geo.by_reach(reach_a_m):
        tree = shapely.STRtree(geo.diagonals(around_a[members]))
        reach = reach_b_m + reach_a_m[members].max() + _CLOSE_M
        question, answer = tree.query(geo.diagonals(geo.grown(around_b, reach)))
        asked.append(question)
        indexed.append(members[answer])
    return np.concatenate(indexed), np.concatenate(asked)


def _measure(of_a: _Members, of_b: _Members, i: Indices, j: Indices) -> Pairs:
    """Measure geodesics between the nearest points of paired members."""
    flat_a, flat_b = of_a.flat(i), of_b.flat(j)
    if shapely.get_num_coordinates(flat_b).sum() > shapely.get_num_coordinates(flat_a).sum():
        # The first shape is the one that can be prepared.
        end, start = _nearest_places(of_a.plane, flat_b, flat_a)
    else:
        start, end = _nearest_places(of_a.plane, flat_a, flat_b)
    distance = geo.distance_m(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    return Pairs(of_a.index[i], of_b.index[j], distance, start, end)


def _nearest_places(plane: geo.Plane, first: Objects, second: Objects) -> tuple[Floats, Floats]:
    lonlat = plane.inverse(shapely.get_coordinates(shapely.shortest_line(first, second)))
    return lonlat[0::2], lonlat[1::2]


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
