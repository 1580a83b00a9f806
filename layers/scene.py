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

from layers import geo
from layers.findings import Subject
from layers.model import Feature, Kind, Layer, Workspace
from layers.volume import Times

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
Indices = NDArray[np.intp]
_Members = tuple[Indices, Objects]

THEATRE_M = 1_000_000.0
"""Widest theatre that one plane serves; beyond it, several planes share the work."""

_CELL_DEG = 7.5
_CLOSE_M = 0.02  # below this, the exact longitude/latitude predicate decides whether shapes touch
_CHUNK = 200_000
_REACH_STEPS_M = np.array([0.0, 100.0, 1_000.0, 10_000.0, 100_000.0])


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
        return np.asarray(shapely.bounds(self.geometry).reshape(-1, 4))

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

    def take(self, keep: Any) -> "Pairs":
        """Return some of the pairs."""
        return Pairs(self.a[keep], self.b[keep], self.distance_m[keep], self.from_[keep], self.to[keep])


_NO_PAIRS = Pairs(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0), np.empty((0, 2)), np.empty((0, 2)))


def unusable(geometry: Objects) -> Objects:
    """Say why a geometry cannot be compared, for each of a column; "" where it can."""
    reasons = np.full(len(geometry), "", dtype=object)
    bounds = shapely.bounds(geometry).reshape(-1, 4)
    with np.errstate(invalid="ignore"):
        outside = (np.abs(bounds[:, 1::2]) > 90).any(axis=1) | (np.abs(bounds[:, ::2]) > 360).any(axis=1)
    polygonal = np.isin(shapely.get_type_id(geometry), (3, 6, 7))
    reasons[polygonal] = np.where(shapely.is_valid(geometry[polygonal]), "", "its outline crosses itself")
    reasons[outside] = "coordinates out of range"
    reasons[~np.isfinite(bounds).all(axis=1)] = "coordinates that are not numbers"
    reasons[shapely.is_missing(geometry) | shapely.is_empty(geometry)] = "no position"
    return reasons


def unwrap(geometry: Objects) -> Objects:
    """Return geometries with longitudes in 0 to 360, so that those at the antimeridian are in one piece."""
    return np.asarray(
        shapely.transform(geometry, lambda points: np.column_stack([points[:, 0] % 360.0, points[:, 1]])),
        dtype=object,
    )


class Scene:
    """The comparable features of a workspace; projections and indexes are made once, on first use."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._sides: dict[tuple[Kind, ...], Side] = {}
        self._flat: dict[tuple[int, geo.Plane], tuple[Objects, Objects]] = {}

    def side(self, *kinds: Kind) -> Side:
        """Return all comparable features of the given kinds; always the same object for the same kinds."""
        if kinds not in self._sides:
            self._sides[kinds] = _side(self.workspace.of_kind(*kinds), kinds)
        return self._sides[kinds]

    def near(self, a: Side, b: Side, reach_a_m: Floats, reach_b_m: Floats) -> Pairs:
        """Return every pair whose distance is at most `reach_a_m[a] + reach_b_m[b]` metres.

        Distances are geodesic, to 1 cm + 1e-6 of the true value for reaches of a few kilometres.
        Works across UTM zones, at high latitude and across the antimeridian.
        """
        if not len(a) or not len(b):
            return _NO_PAIRS
        reach_m = float(reach_a_m.max() + reach_b_m.max())
        plane = _one_plane(a, b, reach_m)
        if plane is not None:
            ia, ib = np.arange(len(a)), np.arange(len(b))
            work = [(plane, (ia, self._project(plane, a)), (ib, self._project(plane, b)))]
        else:
            work = list(_cells(a, b, reach_m))
        return _nearest_of_each([_near_in(*cell, a, b, reach_a_m, reach_b_m) for cell in work])

    def _project(self, plane: geo.Plane, side: Side) -> Objects:
        key = (id(side.geometry), plane)
        if key not in self._flat:
            # The geometry column is kept alive beside its projection, so that its id stays its own.
            self._flat[key] = (side.geometry, plane.forward(side.geometry))
        return self._flat[key][1]


def share_a_point(a: Objects, b: Objects) -> NDArray[np.bool_]:
    """Tell pairwise whether shapes share interior or boundary, exactly as stored (longitude/latitude)."""
    return np.asarray(shapely.intersects(*together(a, b)), dtype=bool)


def together(a: Objects, b: Objects) -> tuple[Objects, Objects]:
    """Return paired shapes in a common run of longitudes: those near the antimeridian in 0 to 360."""
    bounds = np.abs(
        np.hstack([shapely.bounds(a).reshape(-1, 4)[:, ::2], shapely.bounds(b).reshape(-1, 4)[:, ::2]])
    )
    seam = (bounds > 170.0).any(axis=1)
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

    geometry = stack("geometry", np.empty(0, object))
    everything = Side(
        kinds=kinds,
        layers=layers,
        layer=np.repeat(np.arange(len(layers)), counts),
        row=np.concatenate([np.arange(n) for n in counts]) if counts else np.empty(0, np.int64),
        geometry=geometry,
        valid_from=stack("valid_from", np.empty(0, "datetime64[us]")),
        valid_to=stack("valid_to", np.empty(0, "datetime64[us]")),
        uncertainty_m=stack("uncertainty_m", np.empty(0)),
    )
    reasons = unusable(geometry)
    odd = ~(np.isfinite(everything.uncertainty_m) & (everything.uncertainty_m >= 0))
    reasons[odd & (reasons == "")] = "its uncertainty is not a number of metres"
    bad = reasons != ""
    if not bad.any():
        return everything
    return everything._take(~bad, dict(zip(everything.ids[bad], reasons[bad], strict=True)))


def _one_plane(a: Side, b: Side, reach_m: float) -> geo.Plane | None:
    """Return the plane for all features, or None when the theatre is too wide for one."""
    bounds = np.vstack([a.bounds, b.bounds])
    west, span = _longitude_range(bounds[:, 0], bounds[:, 2])
    south, north = float(bounds[:, 1].min()), float(bounds[:, 3].max())
    widest = 0.0 if south < 0 < north else min(abs(south), abs(north))
    width_m = span * geo.METRES_PER_DEGREE * 1.007 * np.cos(np.radians(widest))
    height_m = (north - south) * geo.METRES_PER_DEGREE * 1.012
    if max(width_m, height_m) + 2 * reach_m > THEATRE_M or north > 88 or south < -88:
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


def _cells(a: Side, b: Side, reach_m: float) -> Iterator[tuple[geo.Plane, _Members, _Members]]:
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
            of_a = _clip(a, (west, south, east, north))
            if not len(of_a[0]):
                continue
            up = reach_m / geo.METRES_PER_DEGREE * 1.01
            out = (
                0.0 if polar else float(geo.longitude_reach_deg(reach_m * 1.01, max(abs(south), abs(north))))
            )
            of_b = _clip(b, (west - out, south - up, east + out, north + up))
            if not len(of_b[0]):
                continue
            lat0 = float(np.sign(north)) * 90.0 if polar else (south + north) / 2
            plane = geo.Plane((west + east) / 2, float(lat0))
            yield plane, (of_a[0], plane.forward(of_a[1])), (of_b[0], plane.forward(of_b[1]))


def _clip(side: Side, box: tuple[float, float, float, float]) -> tuple[Indices, Objects]:
    """Return the members of a side inside a box, cut to it; longitudes may lie a turn away."""
    indices, pieces = [], []
    west, south, east, north = box
    for turn in (0.0, -360.0, 360.0):
        if turn and east - west > 360.0:
            continue  # the box goes round the earth already
        left, right = west + turn, east + turn
        bounds = side.bounds
        inside = np.flatnonzero(
            (bounds[:, 0] <= right)
            & (bounds[:, 2] >= left)
            & (bounds[:, 1] <= north)
            & (bounds[:, 3] >= south)
        )
        if not len(inside):
            continue
        geometry = side.geometry[inside].copy()
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
        indices.append(inside[full])
        pieces.append(geometry[full])
    if not indices:
        return np.empty(0, np.intp), np.empty(0, object)
    return np.concatenate(indices), np.concatenate(pieces)


def _near_in(
    plane: geo.Plane,
    of_a: _Members,
    of_b: _Members,
    a: Side,
    b: Side,
    reach_a_m: Floats,
    reach_b_m: Floats,
) -> Pairs:
    """Find the near pairs among projected members of one plane."""
    (index_a, flat_a), (index_b, flat_b) = of_a, of_b
    if not len(flat_a) or not len(flat_b):
        return _NO_PAIRS
    rim = max(float(np.nanmax(np.abs(shapely.total_bounds(flat)))) for flat in (flat_a, flat_b)) * 1.4143
    i, j = _candidates(flat_a, flat_b, reach_a_m[index_a], reach_b_m[index_b], geo.Plane.scale_at(rim))
    parts = [_NO_PAIRS]
    for start in range(0, len(i), _CHUNK):
        some_i, some_j = i[start : start + _CHUNK], j[start : start + _CHUNK]
        measured = _measure(plane, flat_a[some_i], flat_b[some_j], index_a[some_i], index_b[some_j])
        touching = measured.distance_m < _CLOSE_M
        touching[touching] = share_a_point(a.geometry[measured.a[touching]], b.geometry[measured.b[touching]])
        distance = np.where(touching, 0.0, measured.distance_m)
        keep = distance <= reach_a_m[measured.a] + reach_b_m[measured.b]
        parts.append(replace(measured, distance_m=distance).take(keep))
    return _concatenate(parts)


def _candidates(
    flat_a: Objects, flat_b: Objects, reach_a_m: Floats, reach_b_m: Floats, scale: float
) -> tuple[Indices, Indices]:
    """Return index pairs that may lie within reach; the side with the simpler shapes is indexed."""
    swap = shapely.get_num_coordinates(flat_a).sum() * len(flat_b) > (
        shapely.get_num_coordinates(flat_b).sum() * len(flat_a)
    )
    if swap:
        flat_a, flat_b, reach_a_m, reach_b_m = flat_b, flat_a, reach_b_m, reach_a_m
    indexed, asked = [], []
    # A few far-reaching features must not widen the search of all others: index them by reach.
    for step, limit in enumerate([*_REACH_STEPS_M, np.inf]):
        lower = -np.inf if step == 0 else _REACH_STEPS_M[step - 1]
        members = np.flatnonzero((reach_a_m > lower) & (reach_a_m <= limit))
        if len(members):
            tree = shapely.STRtree(flat_a[members])
            distance = (reach_b_m + reach_a_m[members].max()) * scale + _CLOSE_M
            question, answer = tree.query(flat_b, predicate="dwithin", distance=distance)
            asked.append(question)
            indexed.append(members[answer])
    i, j = np.concatenate(indexed), np.concatenate(asked)
    return (j, i) if swap else (i, j)


def _measure(plane: geo.Plane, flat_a: Objects, flat_b: Objects, a: Indices, b: Indices) -> Pairs:
    """Measure geodesics between the nearest points of paired plane shapes."""
    ends = shapely.get_coordinates(shapely.shortest_line(flat_a, flat_b)).reshape(-1, 2)
    lonlat = plane.inverse(ends)
    start, end = lonlat[0::2], lonlat[1::2]
    return Pairs(a, b, geo.distance_m(start[:, 0], start[:, 1], end[:, 0], end[:, 1]), start, end)


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
