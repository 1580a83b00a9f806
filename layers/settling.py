"""From what a file says to what a workspace can hold: coordinate system, dimensions, bounds, validity.

Runs in the child process: these are the first geometry operations on a partner's shapes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import repair, validity
from layers.encoding import title_of
from layers.model import Bounds, Floats, Objects, extent_of, read_only
from layers.packed import Columns, Packed
from layers.reading import Action, Decided, Imported, Problem, ReadOptions
from layers.wgs84 import NAME, WGS84, is_plain, looks_like_degrees

_NULL_ISLAND_DEG = 1e-6
_ROUNDING_DEG = 1e-7
"""Numbers of a file may pass the edge of the globe by this much (1 cm): 180.00000000000006 is 180."""
_COLLECTION = 7
_OUTLINED = (1, 2, 3, 5, 6)
"""GEOS types of lines and polygons, single and multiple."""
_KEPT_BEFORE = 300
_KEPT_VERTICES = 20_000
"""Repaired shapes kept as they were, to be looked at beside the repair: how many, and how long each."""


@dataclass(frozen=True, eq=False)
class Draft:
    """What a reader found, in the file's own coordinates.

    `crs` is WKT or a code, None where the file says nothing; `crs_how` replaces the standard sentence where
    the reader knows better. `problems` may already explain rows without geometry. The fields from
    `uncertainty_m` on are handed through to `Imported` as they are.
    """

    format: str
    layers: tuple[str, ...]
    layer: str
    rows: int
    row: NDArray[np.int64]
    geometry: Objects
    columns: Mapping[str, Objects]
    crs: str | None
    encoding: Decided
    crs_how: str = ""
    problems: Iterable[Problem] = field(default=())
    uncertainty_m: Floats | None = None
    encoding_samples: tuple[bytes, ...] = ()
    header_row: int | None = None
    x_field: str | None = None
    y_field: str | None = None
    tags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class _Ledger:
    """The geometry being settled, and what was said about its rows; a row is skipped once."""

    def __init__(self, draft: Draft) -> None:
        self.row = draft.row
        self.problems: list[Problem] = []
        self._skipped = {p.row for p in draft.problems if p.action is Action.SKIPPED}
        self.before: dict[int, object] = {}
        self.replace(draft.geometry.copy())

    def replace(self, geometry: Objects) -> None:
        """Go on with other shapes of all rows."""
        self.geometry = geometry
        self.bounds: Floats = shapely.bounds(geometry).reshape(-1, 4).T.copy()
        """West, south, east, north of each shape: four rows, which is several times as fast as columns."""

    def put(self, indices: NDArray[np.int64] | int, shapes: object) -> None:
        """Replace the shapes of some rows."""
        self.geometry[indices] = shapes
        self.bounds[:, indices] = shapely.bounds(shapes).T

    @property
    def present(self) -> NDArray[np.int64]:
        """Indices of the rows that still have a shape."""
        return np.flatnonzero(~shapely.is_missing(self.geometry))

    @property
    def points(self) -> NDArray[np.bool_]:
        """Marks the rows that are single points."""
        return np.asarray(shapely.get_type_id(self.geometry) == 0)

    def skip(self, indices: Iterable[int], code: str, why: str, proposal: str = "") -> None:
        for i in indices:
            self.put(i, None)
            row = int(self.row[i])
            if row not in self._skipped:
                self._skipped.add(row)
                self.problems.append(Problem(row, Action.SKIPPED, code, why, proposal))

    def repaired(self, i: int, code: str, what: str) -> None:
        self.problems.append(Problem(int(self.row[i]), Action.REPAIRED, code, what))

    def mend(self, i: int, code: str, mended: repair.Mended) -> None:
        if mended.geometry is None:
            self.skip([i], code, mended.what)
        else:
            if (
                len(self.before) < _KEPT_BEFORE
                and shapely.get_num_coordinates(self.geometry[i]) <= _KEPT_VERTICES
            ):
                self.before.setdefault(int(self.row[i]), self.geometry[i])
            self.put(i, mended.geometry)
            self.repaired(i, code, mended.what)

    def note(
        self,
        code: str,
        what: str,
        proposal: str = "",
        action: Action = Action.DOUBT,
        fix: Mapping[str, str] | None = None,
    ) -> None:
        self.problems.append(Problem(None, action, code, what, proposal, fix))

    @property
    def doubts_system(self) -> bool:
        """Whether the coordinate system that the file states does not fit its numbers."""
        return any(p.code in ("crs_units", "crs_area") for p in self.problems)


@dataclass(frozen=True, eq=False)
class Placed:
    """Shapes in WGS 84, valid or None, and what there is to say about them, as in `Imported`."""

    geometry: Objects
    crs: Decided
    accuracy_m: float | None
    problems: tuple[Problem, ...]
    file_bounds: Bounds | None
    before: Mapping[int, object]


def settle(draft: Draft, options: ReadOptions) -> Imported:
    """Bring a draft to WGS 84 and mend it; every row ends with a valid shape or with the reason why not.

    Raises
    ------
    ReadingError
        When `options.crs` is not a coordinate system.
    """
    return imported(draft, placed(draft, options))


def placed(draft: Draft, options: ReadOptions) -> Placed:
    """Settle the shapes of a draft; its columns and encoding do not matter.

    Raises
    ------
    ReadingError
        When `options.crs` is not a coordinate system.
    """
    ledger = _Ledger(draft)
    _check_presence(ledger)
    _flatten(ledger)
    file_bounds = extent_of(ledger.bounds.T)
    decided, accuracy_m = _place(ledger, draft, options)
    _check_range(ledger)
    _check_validity(ledger)
    _doubt_null_island(ledger)
    return Placed(
        geometry=np.asarray(read_only(ledger.geometry)),
        crs=decided,
        accuracy_m=accuracy_m,
        problems=tuple(ledger.problems),
        file_bounds=file_bounds,
        before=MappingProxyType(ledger.before),
    )


def imported(draft: Draft, shapes: Placed) -> Imported:
    """Put settled shapes together with what else a draft holds."""
    return Imported(
        file="",
        sha256="",
        format=draft.format,
        layers=draft.layers,
        layer=draft.layer,
        rows=draft.rows,
        geometry=shapes.geometry,
        row=draft.row,
        columns=_clean_columns(draft.columns),
        crs=shapes.crs,
        encoding=draft.encoding,
        accuracy_m=shapes.accuracy_m,
        problems=(*draft.problems, *shapes.problems, *_doubts_of_encoding(draft.encoding)),
        uncertainty_m=None if draft.uncertainty_m is None else np.asarray(read_only(draft.uncertainty_m)),
        encoding_samples=draft.encoding_samples,
        header_row=draft.header_row,
        x_field=draft.x_field,
        y_field=draft.y_field,
        tags=draft.tags,
        file_bounds=shapes.file_bounds,
        before=shapes.before,
    )


def _doubts_of_encoding(encoding: Decided) -> list[Problem]:
    if encoding.certain:
        return []
    if encoding.candidates[:1] != (encoding.value,):
        better = encoding.candidates[0]
        proposal = f"Read it as {title_of(better)}, if its names look right that way."
        return [Problem(None, Action.DOUBT, "mojibake", encoding.how, proposal, {"encoding": better})]
    what = f"The text encoding was guessed: {encoding.value}."
    proposal = f"If names look wrong, choose another: {', '.join(encoding.candidates[1:4])}."
    return [Problem(None, Action.DOUBT, "encoding", what, proposal)]


def _check_presence(ledger: _Ledger) -> None:
    missing = shapely.is_missing(ledger.geometry) | shapely.is_empty(ledger.geometry)
    ledger.skip(np.flatnonzero(missing), "no_geometry", "It has no geometry.")
    # An outline's length tells without a copy of its coordinates; points of a shape have none.
    lengths = shapely.length(ledger.geometry)
    outlined = np.isin(shapely.get_type_id(ledger.geometry), _OUTLINED)
    told = np.isfinite(ledger.bounds).all(axis=0) & (ledger.points | (outlined & np.isfinite(lengths)))
    doubtful = np.flatnonzero(~told)
    coordinates, owner = shapely.get_coordinates(ledger.geometry[doubtful], return_index=True)
    lost = doubtful[np.unique(owner[~np.isfinite(coordinates).all(axis=1)])]
    ledger.skip(lost, "not_finite", "A coordinate is not a finite number.")


def _flatten(ledger: _Ledger) -> None:
    """Drop heights, and turn collections of one sort of shape into the multipart form of it."""
    solid = np.flatnonzero(shapely.has_z(ledger.geometry) | shapely.has_m(ledger.geometry))
    if len(solid):
        ledger.put(solid, shapely.force_2d(ledger.geometry[solid]))
        ledger.note(
            "height_dropped",
            f"Heights or measures of {len(solid):,} rows were left out.",
            action=Action.REPAIRED,
        )
    for i in np.flatnonzero(shapely.get_type_id(ledger.geometry) == _COLLECTION).tolist():
        parts = _leaves(ledger.geometry[i])
        dimensions = set(shapely.get_dimensions(parts).tolist())
        if not len(parts):
            ledger.skip([i], "no_geometry", "It has no geometry.")
        elif len(dimensions) == 1:
            ledger.put(i, joined(parts))


def _leaves(geometry: object) -> Objects:
    parts: Objects = shapely.get_parts(geometry)
    while (shapely.get_type_id(parts) >= 4).any():
        parts = shapely.get_parts(parts)
    return np.asarray(parts[~shapely.is_empty(parts)])


def joined(parts: Objects) -> object:
    """Join shapes of one dimension: the shape itself when there is one, else the multipart form."""
    if len(parts) == 1:
        return parts[0]
    make = {0: shapely.multipoints, 1: shapely.multilinestrings, 2: shapely.multipolygons}
    return make[int(shapely.get_dimensions(parts[0]))](parts)


def _place(ledger: _Ledger, draft: Draft, options: ReadOptions) -> tuple[Decided, float | None]:
    """Decide the coordinate system and reproject."""
    bounds = extent_of(ledger.bounds.T)
    if not options.crs and is_plain(draft.crs) and (bounds is None or looks_like_degrees(bounds)):
        return Decided(WGS84, draft.crs_how or f"The file says so: {NAME}.", (WGS84,)), 0.0
    from layers import crs as systems

    if options.crs and not _states_another(ledger, draft, options):
        decided = systems.check(options.crs)
    else:
        decided = systems.identify(draft.crs, ledger.geometry)
        if draft.crs_how and decided.certain:
            decided = Decided(decided.value, draft.crs_how, decided.candidates)
    if not decided.value:
        ledger.skip(
            ledger.present,
            "crs_unknown",
            f"{decided.how.rstrip('.')}, so it cannot be placed.",
            "Ask the partner for the coordinate system and import again with it.",
        )
        return decided, None
    if not decided.certain:
        ledger.note("crs", decided.how, "Ask the partner, or choose the coordinate system.")
    if bounds is not None:
        _doubt_units(ledger, decided, bounds)
    moved, accuracy_m, note = systems.to_wgs84(ledger.geometry, decided.value)
    lost = ledger.present[shapely.is_missing(moved[ledger.present])]
    ledger.replace(moved.copy())
    ledger.skip(
        lost, "not_on_earth", "Its coordinates lie outside what its coordinate system can place on the earth."
    )
    _doubt_area_of_use(ledger, decided)
    how = f"{decided.how} {note}".strip()
    others = () if bounds is None else tuple(c for c in systems.candidates(bounds) if c != decided.value)
    ranked = (*decided.candidates, *others) if ledger.doubts_system else decided.candidates
    return Decided(decided.value, how, ranked, decided.certain), accuracy_m


def _states_another(ledger: _Ledger, draft: Draft, options: ReadOptions) -> bool:
    """Tell whether a file states another system than that remembered from an earlier one, and doubt it."""
    from layers import crs as systems

    if not options.crs_is_remembered or not draft.crs:
        return False
    stated, last = systems.identify(draft.crs, ledger.geometry), systems.check(str(options.crs))
    if not stated.certain or not stated.value or stated.value == last.value:
        return False
    bounds = extent_of(ledger.bounds.T)
    in_degrees = not systems.is_projected(stated.value)
    if bounds is not None and in_degrees and not looks_like_degrees(bounds):
        return False  # what the file states cannot be: what was said the last time still holds
    was, now = systems.name_of(last.value), systems.name_of(stated.value)
    ledger.note(
        "crs",
        f"The file states {now}; the last one was read as {was}.",
        "The file's own statement was used. Ask the partner if that is wrong.",
        fix={"crs": last.value},
    )
    return True


def _doubt_area_of_use(ledger: _Ledger, decided: Decided) -> None:
    """Notice data that land where their coordinate system is not used."""
    from layers import crs as systems

    note = systems.misplaced(decided.value, extent_of(ledger.bounds.T))
    if note:
        what = f"{systems.name_of(decided.value)}: {note.replace('would lie', 'lie')}"
        ledger.note("crs_area", what, "Ask the partner whether the coordinate system is right.")


def _doubt_units(ledger: _Ledger, decided: Decided, bounds: tuple[float, float, float, float]) -> None:
    """Notice metres that are called degrees, and degrees that are called metres."""
    from layers import crs as systems

    in_degrees = decided.value == WGS84
    if in_degrees and min(abs(bounds[0]), abs(bounds[2])) > 360.0:
        ranked = ", ".join(systems.candidates(bounds)[-1:])
        ledger.note(
            "crs_units",
            "The file is said to hold longitude and latitude, but its numbers look like metres.",
            f"Ask the partner for the coordinate system{f' (it could be {ranked})' if ranked else ''}.",
        )
    elif not in_degrees and systems.is_projected(decided.value) and looks_like_degrees(bounds):
        ledger.note(
            "crs_units",
            "The file is said to be in metres, but all its numbers look like longitude and latitude.",
            "Import it again with the coordinate system EPSG:4326, if the partner agrees.",
            fix={"crs": WGS84},
        )


def _check_range(ledger: _Ledger) -> None:
    """Keep what lies on the globe; mend longitudes of 0..360 and shapes that cross the 180 degree line."""
    _round_to_edge(ledger)
    present = ledger.present
    west, south, east, north = ledger.bounds[:, present]
    swapped = (np.abs(south) <= 180) & (np.abs(north) <= 180) & (np.abs(west) <= 90) & (np.abs(east) <= 90)
    off = (south < -90) | (north > 90)
    _skip_outside(
        ledger, present[off & swapped], "It would be inside if longitude and latitude were swapped."
    )
    _skip_outside(ledger, present[off & ~swapped], "")
    counts_to_360 = _counts_to_360(west[~off], east[~off])
    beyond = ~off & ((east > 180) | (west < -180))
    astride = (
        beyond
        & (west < 180)
        & (west >= -180)
        & (east - west < 180)
        & (shapely.get_dimensions(ledger.geometry[present]) > 0)
    )
    mendable = (beyond & counts_to_360) | astride
    for i in present[mendable]:
        ledger.mend(i, "longitude_360", repair.wrap(ledger.geometry[i], repair.FROM_360))
    _skip_outside(ledger, present[beyond & ~mendable], "")
    west, _, east, _ = ledger.bounds
    wide = np.flatnonzero(east - west > 180)  # no edge is longer than its shape is wide
    for i in wide[repair.jumps(ledger.geometry[wide])] if len(wide) else ():
        ledger.mend(i, "antimeridian", repair.wrap(ledger.geometry[i], repair.CUT))


def _round_to_edge(ledger: _Ledger) -> None:
    """Bring what lies beyond the edge of the globe by a rounding error back to it."""
    beyond = np.abs(ledger.bounds) - [[180.0], [90.0], [180.0], [90.0]]
    rounded = np.flatnonzero((beyond > 0).any(axis=0) & (beyond <= _ROUNDING_DEG).all(axis=0))
    if len(rounded):
        ledger.put(
            rounded,
            shapely.transform(
                ledger.geometry[rounded], lambda xy: np.clip(xy, [-180.0, -90.0], [180.0, 90.0])
            ),
        )


def _counts_to_360(west: Floats, east: Floats) -> bool:
    """Tell whether a whole file counts longitudes from 0 to 360, rather than holding a slip of the pen.

    Then no longitude is negative, and the data either lie together, or a good part of them (three rows
    at least) lies beyond 180.
    """
    if not len(west) or west.min() < 0 or east.max() > 360:
        return False
    return bool(east.max() - west.min() < 90 or ((east > 180).sum() >= 3 and (east > 180).mean() > 0.25))


def _skip_outside(ledger: _Ledger, indices: NDArray[np.int64], proposal: str) -> None:
    where = "is not on the globe (±180, ±90)." + (f" {proposal}" if proposal else "")
    for i in indices:
        west, south, east, north = shapely.bounds(ledger.geometry[i])
        lon = west if abs(west) > abs(east) else east
        lat = south if abs(south) > abs(north) else north
        ledger.skip(
            [i],
            "outside_globe",
            f"Longitude {lon:g}, latitude {lat:g} {where}",
            "Ask the partner whether the columns are swapped." if proposal else "",
        )


def _check_validity(ledger: _Ledger) -> None:
    present = np.flatnonzero(shapely.get_dimensions(ledger.geometry) > 0)  # a finite point is valid
    budget = repair.Budget()
    for i in present[~validity.is_valid(ledger.geometry[present])]:
        ledger.mend(i, "invalid_shape", _make_valid(ledger.geometry[i], budget))
    lines = np.flatnonzero(shapely.get_dimensions(ledger.geometry) == 1)
    flat = lines[shapely.length(ledger.geometry[lines]) == 0]
    ledger.skip(flat, "invalid_shape", "The line has no length.")


def _make_valid(geometry: object, budget: repair.Budget) -> repair.Mended:
    """Repair a shape; a mixed collection is repaired part by part."""
    if shapely.get_type_id(geometry) != 7:
        return repair.make_valid(geometry, budget)
    mended = [
        repair.Mended(part, "") if shapely.is_valid(part) else repair.make_valid(part, budget)
        for part in _leaves(geometry)
    ]
    kept = [m.geometry for m in mended if m.geometry is not None]
    what = " ".join(m.what for m in mended if m.what)
    return repair.Mended(shapely.GeometryCollection(kept) if kept else None, what)


def _doubt_null_island(ledger: _Ledger) -> None:
    for i in np.flatnonzero((np.abs(ledger.bounds) < _NULL_ISLAND_DEG).all(axis=0) & ledger.points):
        ledger.problems.append(
            Problem(
                int(ledger.row[i]),
                Action.DOUBT,
                "null_island",
                "It lies at 0, 0, where positions that nobody filled in end up.",
                "Ask the partner for the position; leave the row out until then.",
                fix={"drop": True},
            )
        )


def _clean_columns(columns: Mapping[str, Objects]) -> Mapping[str, Objects]:
    """Make names and texts storable; packed columns are, because they hold UTF-8."""
    if not isinstance(columns, Columns):
        return {_clean_text(name): _clean(column) for name, column in columns.items()}
    return Columns(
        {
            _clean_text(name): column if isinstance(column, Packed) else _clean(column)
            for name, column in columns.packed.items()
        }
    )


def _clean(column: Objects) -> Objects:
    """Make text storable: half characters that UTF-8 cannot hold become the replacement character."""
    values = column.tolist()
    try:
        "".join([v for v in values if isinstance(v, str)]).encode("utf-8")
    except UnicodeEncodeError:
        values = [_clean_text(v) if isinstance(v, str) else v for v in values]
    else:
        return np.asarray(read_only(column))
    cleaned = np.empty(len(values), dtype=object)
    cleaned[:] = values
    return np.asarray(read_only(cleaned))


def _clean_text(value: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return value
