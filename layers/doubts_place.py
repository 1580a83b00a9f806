"""Doubts about where a row lies: outside the area, mirrored, in the sea, in another district, too coarse."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import basemap, geo
from layers.doubted import Doubt, Subjects
from layers.doubts_admin import misplaced
from layers.model import FeatureTable, Floats, Kind, Objects

Mask = NDArray[np.bool_]

OFF_COAST_M = 5_000.0
"""The base map is quantised to 400 m: nearer to its coast than this, nothing is said."""
_FAR_M = 200_000.0
_FAR_FACTOR = 10.0
_LEAST_NEIGHBOURS = 5
_ASKED = 5_000
_EQUAL_DEG = 1e-9
_DEGREE_M = 111_320.0
_ON_GRID_DEG = 6e-6
_BLOCK_DEG = 0.04
"""Side of the blocks in which rows are compared with land at once: less than `OFF_COAST_M` across."""
_FEW_ROWS = 2
"""Rows in a block, on average, below which blocks gain nothing."""
_ANYWHERE = frozenset({Kind.AREA_OF_OPERATIONS, Kind.REFERENCE})
_ON_LAND = frozenset(
    {Kind.HUMANITARIAN_SITE, Kind.PROJECT, Kind.ASSESSMENT, Kind.LIAISON, Kind.NO_STRIKE_AREA}
)

_MOVES: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"swap": True}, "swapped_axes", "longitude and latitude were swapped"),
    ({"flip": "lon"}, "flipped_sign", "the longitude had the other sign (east and west mixed up)"),
    ({"flip": "lat"}, "flipped_sign", "the latitude had the other sign (north and south mixed up)"),
    ({"flip": "both"}, "flipped_sign", "both coordinates had the other sign"),
)


def moved(geometry: Objects, fix: dict[str, Any]) -> Objects:
    """Return shapes with their axes swapped or signs flipped, as a fix says; None stays None."""
    return np.asarray(shapely.transform(geometry, lambda xy: _moved(xy, fix)), dtype=object)


def _moved(xy: Floats, fix: dict[str, Any]) -> Floats:
    signs = {"lon": (-1, 1), "lat": (1, -1), "both": (-1, -1)}.get(str(fix.get("flip")), (1, 1))
    return np.asarray(xy[:, (1, 0) if fix.get("swap") else (0, 1)] * np.array(signs))


def doubts(subjects: Subjects, usable: Mask) -> list[Doubt]:
    """Return the doubts about positions, at most one of each subject a row."""
    if subjects.kind in _ANYWHERE:
        return []
    geometry = subjects.table.geometry
    usable = usable & ~shapely.is_missing(geometry)
    found: list[Doubt] = []
    equal = _equal(subjects.table) & usable
    for i in np.flatnonzero(equal):
        what = "Longitude and latitude are the same number; one of them was probably copied into the other."
        found.append(
            Doubt(int(i), "equal_lat_lon", what, "Ask the partner for the position.", {"drop": True})
        )
    settled = usable & ~equal
    home = _home(subjects, settled)
    strays = _strays(subjects, settled, home)
    found += strays
    if strays:
        settled[[d.i for d in strays]] = False
        home = _home(subjects, settled)
    sea = _in_the_sea(subjects, settled, home)
    found += sea
    settled[[d.i for d in sea]] = False
    found += _wrong_admin_area(subjects, settled)
    return found + _coarse(subjects.table, usable & ~equal)


def _equal(table: FeatureTable) -> Mask:
    points = shapely.get_type_id(table.geometry) == 0
    with np.errstate(invalid="ignore"):
        return np.asarray(points & (np.abs(table.bounds[:, 0] - table.bounds[:, 1]) < _EQUAL_DEG))


# --- outside ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Home:
    """Where rows should lie, and how to say that one does not."""

    area: Any
    outside: str

    def holds(self, geometry: Objects, bounds: Floats) -> Mask:
        """Tell which shapes meet the area; `bounds` are their envelopes, (n, 4)."""
        box = self.area.bounds
        if not self.area.equals(shapely.box(*box)):
            return np.asarray(shapely.intersects(self.area, geometry))
        west, south, east, north = bounds.T
        inside = (west >= box[0]) & (south >= box[1]) & (east <= box[2]) & (north <= box[3])
        inside[~inside] = shapely.intersects(self.area, geometry[~inside])
        return np.asarray(inside)

    def holds_moved(self, geometry: Objects, fix: dict[str, Any]) -> Mask:
        """Tell which shapes would lie inside once they are moved; envelopes rule out nearly all."""
        corners = shapely.bounds(geometry).reshape(-1, 2, 2)
        ends = np.stack([_moved(corners[:, 0], fix), _moved(corners[:, 1], fix)])
        low, high = ends.min(axis=0), ends.max(axis=0)
        west, south, east, north = self.area.bounds
        inside = np.asarray(((low <= (east, north)) & (high >= (west, south))).all(axis=1))
        images = moved(geometry[inside], fix)
        inside[inside] = self.holds(images, shapely.bounds(images).reshape(-1, 4))
        return inside


def _strays(subjects: Subjects, usable: Mask, home: _Home | None) -> list[Doubt]:
    """Doubt what lies outside; a mirror image that would lie inside is the proposal."""
    if home is None:
        return []
    shapely.prepare(home.area)
    geometry = subjects.table.geometry
    left = np.flatnonzero(usable & ~home.holds(geometry, subjects.table.bounds))
    found = []
    for fix, code, words in _MOVES:
        inside = home.holds_moved(geometry[left], fix)
        proposal = f"It would lie inside if {words}; ask the partner."
        found += [Doubt(int(i), code, home.outside, proposal, fix) for i in left[inside]]
        left = left[~inside]
    found += [Doubt(int(i), "outside_area", home.outside, "Ask the partner for the position.") for i in left]
    return sorted(found, key=lambda doubt: doubt.i)


def _home(subjects: Subjects, usable: Mask) -> _Home | None:
    """The area of operations; else around what is there; else around the other rows of the file."""
    layers = subjects.workspace.of_kind(Kind.AREA_OF_OPERATIONS)
    outlines = [g for layer in layers for g in layer.table.geometry if g is not None]
    if outlines:
        return _Home(shapely.union_all(outlines), "It lies outside the area of operations.")
    there = [
        layer.table.bounds
        for layer in subjects.workspace.layers
        if layer.kind not in _ANYWHERE and len(layer.table)
    ]
    if there:
        area = _around(np.concatenate(there))
        if area is not None:
            return _Home(area, "It lies far from everything in the workspace.")
    area = _around(subjects.table.bounds[usable])
    return None if area is None else _Home(area, "It lies far from the other rows of the file.")


def _around(bounds: Floats) -> Any:
    """Return a box around most envelopes: ten times as far from their middle as half of them lie.

    None for fewer than five, which have no middle to speak of. Of very many, some thousands are asked, evenly
    spread over the rows.
    """
    west, south, east, north = bounds.T
    lons, lats = (west + east) / 2, (south + north) / 2
    usable = np.flatnonzero(np.isfinite(lons) & np.isfinite(lats))
    if len(usable) < _LEAST_NEIGHBOURS:
        return None
    asked = usable[:: len(usable) // _ASKED + 1]
    lons, lats = lons[asked], lats[asked]
    lon, lat = float(np.median(lons)), float(np.median(lats))
    apart = geo.distance_m(np.full(len(asked), lon), np.full(len(asked), lat), lons, lats)
    reach_m = max(_FAR_M, _FAR_FACTOR * float(np.median(apart)))
    west, south, east, north = geo.grown(np.array([[lon, lat, lon, lat]]), np.array([reach_m]))[0]
    return shapely.box(west, max(south, -90.0), east, min(north, 90.0))


# --- the sea ------------------------------------------------------------------------------------


def _in_the_sea(subjects: Subjects, usable: Mask, home: _Home | None) -> list[Doubt]:
    if subjects.kind not in _ON_LAND:
        return []
    rows = np.flatnonzero(usable)
    rows = rows[~_near_land(subjects.table.geometry[rows])]
    if not len(rows):
        return []
    what = f"It lies in the sea, more than {OFF_COAST_M / 1000:g} km off the coast of the base map."
    fixes: dict[int, tuple[dict[str, Any], str]] = {}
    for fix, _, words in _MOVES if home is not None else ():
        assert home is not None
        inside = rows[home.holds_moved(subjects.table.geometry[rows], fix)]
        good = inside[_near_land(moved(subjects.table.geometry[inside], fix))]
        for i in good.tolist():
            fixes.setdefault(i, (fix, f"It would lie on land in the area if {words}; ask the partner."))
    ask: tuple[dict[str, Any] | None, str] = (None, "Ask the partner for the position.")
    return [Doubt(i, "in_the_sea", what, *fixes.get(i, ask)[::-1]) for i in rows.tolist()]


def _near_land(geometry: Objects) -> Mask:
    """Tell which shapes touch land or come near it; in doubt (small islands, long coasts) they do.

    Near is an envelope that meets land once it is widened by `OFF_COAST_M`. Rows are taken together by
    blocks: if all their envelopes together meet no land, none does; if what they have in common does, all do.
    """
    if not len(geometry):
        return np.zeros(0, dtype=bool)
    bounds = shapely.bounds(geometry)
    order, starts = _blocks(bounds)
    if len(geometry) < _FEW_ROWS * len(starts):
        return _meets_land(_widened(bounds))
    sides = [bounds[order, side] for side in range(4)]
    least = np.column_stack([np.minimum.reduceat(side, starts) for side in sides])
    most = np.column_stack([np.maximum.reduceat(side, starts) for side in sides])
    some = _meets_land(_widened(np.hstack([least[:, :2], most[:, 2:]])))
    # What all have in common is widened as little as any of them is: as the one nearest to the equator.
    up = OFF_COAST_M / geo.METRES_PER_DEGREE
    out = geo.longitude_reach_deg(OFF_COAST_M, np.maximum(np.maximum(least[:, 1], -most[:, 3]), 0.0))
    common = np.hstack([most[:, :2], least[:, 2:]])
    common += np.column_stack([-out, np.full(len(out), -up), out, np.full(len(out), up)])
    all_of_them = np.zeros(len(starts), dtype=bool)
    proper = np.flatnonzero(some & (common[:, :2] <= common[:, 2:]).all(axis=1))
    all_of_them[proper] = _meets_land(common[proper])
    sizes = np.diff(np.append(starts, len(order)))
    result = np.empty(len(geometry), dtype=bool)
    result[order] = np.repeat(all_of_them, sizes)
    unclear = order[np.repeat(some & ~all_of_them, sizes)]
    result[unclear] = _meets_land(_widened(bounds[unclear]))
    return result


def _widened(bounds: Floats) -> Floats:
    return geo.grown(bounds, np.full(len(bounds), OFF_COAST_M))


def _blocks(boxes: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Group boxes by the block that their middle lies in: an order of rows, and where each group begins."""
    west, south, east, north = np.nan_to_num(boxes).T
    column = np.floor((west + east) / (2 * _BLOCK_DEG)).astype(np.int64)
    number = column * 100_000 + np.floor((south + north) / (2 * _BLOCK_DEG)).astype(np.int64)
    order = np.argsort(number)
    begins = np.flatnonzero(np.diff(number[order])) + 1
    return order, np.concatenate([[0], begins])


def _meets_land(boxes: Floats) -> Mask:
    result = np.zeros(len(boxes), dtype=bool)
    tree = shapely.STRtree(shapely.box(*boxes.T))
    result[tree.query(basemap.land(), predicate="intersects")[1]] = True
    return result


# --- administrative areas -----------------------------------------------------------------------


def _wrong_admin_area(subjects: Subjects, usable: Mask) -> list[Doubt]:
    found = []
    for group in misplaced(subjects, usable):
        shapes = subjects.table.geometry[group.rows]
        fixes: dict[int, tuple[dict[str, Any], str]] = {}
        for fix, _, words in _MOVES:
            for k in np.flatnonzero(shapely.intersects(group.area, moved(shapes, fix))).tolist():
                fixes.setdefault(k, (fix, f"It would lie there if {words}; ask the partner."))
        for k, (i, there) in enumerate(zip(group.rows.tolist(), group.there, strict=True)):
            where = f" (it lies in “{there}”)" if there else ""
            what = f"It is said to lie in “{group.stated}”, and does not{where}."
            fix_or_none, proposal = fixes.get(k, (None, "Ask the partner which is right."))
            found.append(Doubt(i, "wrong_admin_area", what, proposal, fix_or_none))
    return found


# --- precision ----------------------------------------------------------------------------------


def _coarse(table: FeatureTable, usable: Mask) -> list[Doubt]:
    """Doubt positions written to whole minutes or at most two decimals, where no uncertainty says so."""
    rows = np.flatnonzero(usable & (shapely.get_type_id(table.geometry) == 0))
    xy = table.bounds[rows, :2]
    step_deg = np.zeros(len(rows))
    step_deg[_on_grid(xy, 1 / 60, _ON_GRID_DEG)] = 1 / 60
    coarse = _on_grid(xy, 0.01, _EQUAL_DEG)
    step_deg[coarse] = 0.01
    for step in (0.1, 1.0):
        coarse = coarse[_on_grid(xy[coarse], step, _EQUAL_DEG)]  # each grid is part of the one before
        step_deg[coarse] = step
    # Half the diagonal of the cell that is written the same way.
    implied = np.ceil(step_deg / 2 * _DEGREE_M * np.hypot(1.0, np.cos(np.radians(xy[:, 1]))))
    found = []
    for i, radius_m in zip(rows[implied > 0], implied[implied > 0], strict=True):
        stated = float(table.uncertainty_m[i])
        counted = stated >= radius_m * 0.9
        what = (
            f"Its position is written so coarsely that it may be {stated if counted else radius_m:,.0f} m off"
        )
        only = f"; only {stated:,.0f} m is taken." if stated else "."
        what += "; that counts as its uncertainty." if counted else only
        enough = stated >= radius_m / 2
        proposal = "Ask the partner for more figures."
        if not enough:
            proposal = f"Set its uncertainty to {radius_m:,.0f} m, or ask the partner for more figures."
        fix = None if enough else {"uncertainty_m": float(radius_m)}
        found.append(Doubt(int(i), "coarse_position", what, proposal, fix))
    return found


def _on_grid(xy: Floats, step: float, tolerance: float) -> NDArray[np.int64]:
    """Return the positions that lie on a grid in both axes; hardly any do in the first."""
    rows = np.arange(len(xy))
    for axis in (0, 1):
        cells = xy[rows, axis] / step
        rows = rows[np.abs(cells - np.round(cells)) * step < tolerance]
    return rows
