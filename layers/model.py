"""What a workspace holds: kinds, feature columns, layers, sources. Frozen values; an edit makes new ones."""

import hashlib
import json
import operator
import uuid
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.findings import Decision, FindingRecord, RunRecord
from layers.lazy import cached_property
from layers.volume import Times, Window, from_column, to_column

Objects = NDArray[np.object_]
Floats = NDArray[np.float64]
Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""
Column = NDArray[Any]

_NAMESPACE = uuid.UUID("5b2f5e0c-9f55-4d4e-8b57-0d7b6f3a9c11")
_AT_ONCE = 10_000
"""Rows that are worked on in one call while other threads wait for the interpreter."""


class Kind(StrEnum):
    """What a feature is."""

    HUMANITARIAN_SITE = "humanitarian_site"
    MOVEMENT = "movement"
    NO_STRIKE_AREA = "no_strike_area"
    MILITARY_ZONE = "military_zone"
    PROJECT = "project"
    HAZARD = "hazard"
    ARRANGEMENT = "arrangement"
    AREA_OF_OPERATIONS = "area_of_operations"
    ASSESSMENT = "assessment"
    LIAISON = "liaison"
    REFERENCE = "reference"


class Mode(StrEnum):
    """What the workspace is for; shown on the window and on every product."""

    REAL = "real"
    EXERCISE = "exercise"
    TEST = "test"


class GeometryType(StrEnum):
    """The shapes a kind allows; each includes its multipart form."""

    POINT = "point"
    LINE = "line"
    POLYGON = "polygon"


class FieldType(StrEnum):
    """How a field is stored, checked and edited."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    NUMBER = "number"
    CODE = "code"
    HOURS = "hours"
    """Text in the notation of `layers.recurrence`."""
    MOMENT = "moment"
    """A date or a time, kept as it was written; `layers.conversion` reads it."""


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of a code list: the stored id, the words shown, and what partners write for it."""

    id: str
    label: str
    synonyms: tuple[str, ...] = ()
    symbol: str = ""
    """Name of an SVG in `resources/symbols`, without its extension."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a kind beyond the columns that every feature has.

    Numbers are stored as float64 with NaN for "not stated"; everything else as text with "" for it.
    """

    name: str
    label: str
    type: FieldType = FieldType.TEXT
    unit: str = ""
    codes: tuple[Code, ...] = ()
    synonyms: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    help: str = ""
    larger_is_safer: bool = False
    """True for numbers that keep things apart: of a text that may mean several the largest is read."""

    @property
    def is_number(self) -> bool:
        """True where the column is float64."""
        return self.type in (FieldType.INTEGER, FieldType.NUMBER)

    def column(self, values: Iterable[Any]) -> Column:
        """Make a read-only column of this field's type from Python values (None = not stated)."""
        if self.is_number:
            numbers = [np.nan if v is None or v == "" else float(v) for v in values]
            return read_only(np.array(numbers, dtype=np.float64))
        return text_column(values)


@dataclass(frozen=True, slots=True)
class KindSpec:
    """The declaration of a kind: what it may look like, what may be said of it, how it is drawn.

    `stroke` and `fill` are colours of the light theme; the dark theme derives from them.
    `hatch` is one of "", "cross", "diagonal", "dots".
    """

    kind: Kind
    title: str
    title_plural: str
    help: str
    geometries: tuple[GeometryType, ...]
    categories: tuple[Code, ...]
    fields: tuple[FieldSpec, ...]
    stroke: str
    fill: str = ""
    hatch: str = ""
    dash: str = ""
    """One of "", "dash", "dot"."""
    symbol: str = ""
    """SVG used where the category names none."""
    file_words: tuple[str, ...] = ()
    """Words in a file or column name that suggest this kind, lower case, several languages."""

    def category_label(self, category: str) -> str:
        """Return the words for a category id; an unknown id is shown as it was given."""
        return next((code.label for code in self.categories if code.id == category), category)

    def field(self, name: str) -> FieldSpec:
        """Return the field called `name`; raises KeyError when the kind has none."""
        for spec in self.fields:
            if spec.name == name:
                return spec
        raise KeyError(name)


def extent_of(bounds: Floats) -> Bounds | None:
    """Return the envelope of all envelopes, (n, 4), that are finite; None where there is none."""
    columns = np.ascontiguousarray(bounds.T)  # several times as fast as row by row
    finite = np.isfinite(columns).all(axis=0)
    if not finite.any():
        return None
    west, south, east, north = columns if finite.all() else columns[:, finite]
    return float(west.min()), float(south.min()), float(east.max()), float(north.max())


def read_only(array: Column) -> Column:
    """Freeze an array in place and return it."""
    array.flags.writeable = False
    return array


def text_column(values: Iterable[Any]) -> Objects:
    """Make a read-only column of str; None becomes ""."""
    return object_column(v if type(v) is str else "" if v is None else str(v) for v in values)


def object_column(values: Iterable[Any]) -> Objects:
    """Make a read-only column of Python values, as they are."""
    items = list(values)
    column = np.empty(len(items), dtype=object)
    column[:] = items
    return read_only(column)


def geometry_column(values: Iterable[Any]) -> Objects:
    """Make a read-only column of shapely geometries (WGS 84 longitude/latitude) or None."""
    return object_column(values)


def time_column(values: Iterable[datetime | None]) -> Times:
    """Make a read-only column of UTC times from aware datetimes; None becomes NaT."""
    return read_only(np.array([to_column(v) for v in values], dtype="datetime64[us]"))


@dataclass(frozen=True, slots=True)
class Feature:
    """One row of a table, as plain values."""

    kind: Kind
    id: str
    source_id: str
    name: str
    category: str
    geometry: Any
    window: Window
    uncertainty_m: float
    label: str
    source: str
    source_row: int
    fields: Mapping[str, Any]
    attributes: Mapping[str, Any]

    def with_changes(self, **changes: Any) -> "Feature":
        """Return a copy with some values replaced."""
        return replace(self, **changes)


_SEVERAL_PLACES = (1, 2, 4, 5)  # type ids of lines, and of points and lines in several parts
_TEXT = ("id", "source_id", "name", "category", "label", "source")
_VERSIONED = ("source_id", "name", "category", "label", "valid_from", "valid_to", "uncertainty_m")
BASE_COLUMNS = (*_TEXT, "geometry", "valid_from", "valid_to", "uncertainty_m", "source_row")
"""The columns that every feature has, whatever its kind."""


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """Features of one kind, in read-only columns of equal length n.

    Attributes
    ----------
    id : object array of str
        Stable and unique in the workspace; kept when the feature is edited or delivered again.
    source_id : object array of str
        The partner's own id, verbatim; "" where there is none.
    geometry : object array
        shapely geometry in WGS 84 longitude/latitude, or None.
    name, category, label : object arrays of str
        `category` is a code of the kind; `label` limits the audience ("" = as the kind's rule says).
    valid_from, valid_to : datetime64[us] arrays
        UTC; NaT = already / until further notice.
    uncertainty_m : float64 array
        Radius in metres within which the true position lies; 0 = as stated.
    source, source_row : object array of str, int64 array
        Id of the `Source` ("" = drawn here) and the 1-based row in its file (0 = drawn here).
    fields : mapping of str to array
        The kind's own fields (`KindSpec.fields`), every one present.
    attributes : mapping of str to object array
        The partner's other columns, verbatim (str, float, int or None).
    """

    id: Objects
    source_id: Objects
    geometry: Objects
    name: Objects
    category: Objects
    label: Objects
    valid_from: Times
    valid_to: Times
    uncertainty_m: Floats
    source: Objects
    source_row: NDArray[np.int64]
    fields: Mapping[str, Column] = field(default_factory=lambda: MappingProxyType({}))
    attributes: Mapping[str, Objects] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        n = len(self.id)
        for name in BASE_COLUMNS:
            column = getattr(self, name)
            if len(column) != n:
                raise ValueError(f"column {name} has {len(column)} rows, not {n}")
            column.flags.writeable = False
        for group in (self.fields, self.attributes):
            for name, column in group.items():
                if len(column) != n:
                    raise ValueError(f"column {name} has {len(column)} rows, not {n}")
                column.flags.writeable = False

    def __len__(self) -> int:
        return len(self.id)

    @cached_property
    def rows_by_id(self) -> Mapping[str, int]:
        """Row number of each id."""
        return MappingProxyType(places_of(self.id.tolist()))

    @cached_property
    def sources(self) -> frozenset[str]:
        """Ids of the files that the features came from; "" where any was drawn here."""
        return frozenset(self.source.tolist())

    @cached_property
    def bounds(self) -> Floats:
        """Envelope of each geometry, (n, 4): west, south, east, north; NaN where there is none."""
        return np.asarray(read_only(shapely.bounds(self.geometry).reshape(-1, 4)))

    @cached_property
    def unusable(self) -> Objects:
        """Why each geometry cannot be compared with others, in words; "" where it can."""
        return _why_unusable(self.geometry, self.bounds, self.uncertainty_m)

    def why_unusable(self, rows: NDArray[Any]) -> Objects:
        """Return `unusable` of some rows, without working it out for the others."""
        if "unusable" in vars(self) or len(rows) == len(self):
            return np.asarray(self.unusable[rows])
        geometry = self.geometry[rows]
        return _why_unusable(geometry, shapely.bounds(geometry).reshape(-1, 4), self.uncertainty_m[rows])

    def states(self, name: str) -> bool:
        """Tell whether any feature states something in a column or field (an uncertainty of 0 does not).

        Worked out once, and kept when features are edited: it may then be True although none does any more.
        """
        stated = self._stated.get(name)
        if stated is None:
            stated = self._stated[name] = _any_stated(name, self.column(name))
        return stated

    @cached_property
    def _stated(self) -> dict[str, bool]:
        return {}

    def column(self, name: str) -> Column | None:
        """Return a column or field; None where the kind has no such field."""
        column: Column | None = self.fields.get(name, getattr(self, name, None))
        return column

    @cached_property
    def extent(self) -> Bounds | None:
        """Envelope of all geometries, or None when there are none."""
        return extent_of(self.bounds)

    def row(self, i: int, kind: Kind) -> Feature:
        """Return row `i` as a `Feature` of `kind`."""
        return Feature(
            kind=kind,
            id=self.id[i],
            source_id=self.source_id[i],
            name=self.name[i],
            category=self.category[i],
            geometry=self.geometry[i],
            window=Window(from_column(self.valid_from[i]), from_column(self.valid_to[i])),
            uncertainty_m=float(self.uncertainty_m[i]),
            label=self.label[i],
            source=self.source[i],
            source_row=int(self.source_row[i]),
            fields={k: _plain(v[i]) for k, v in self.fields.items()},
            attributes={k: _plain(v[i]) for k, v in self.attributes.items()},
        )

    def take(self, rows: NDArray[Any]) -> "FeatureTable":
        """Return the table of the given rows (integers or a mask), in that order."""
        columns = {name: getattr(self, name)[rows] for name in BASE_COLUMNS}
        table = FeatureTable(
            **columns,
            fields={k: v[rows] for k, v in self.fields.items()},
            attributes={k: v[rows] for k, v in self.attributes.items()},
        )
        for name in ("bounds", "unusable"):
            if name in vars(self):
                vars(table)[name] = read_only(vars(self)[name][rows])
        return table

    def append(self, other: "FeatureTable") -> "FeatureTable":
        """Return this table with the rows of `other` below; a missing attribute becomes None."""
        columns = {n: np.concatenate([getattr(self, n), getattr(other, n)]) for n in BASE_COLUMNS}
        fields = {n: np.concatenate([self.fields[n], other.fields[n]]) for n in self.fields}
        names = list(dict.fromkeys([*self.attributes, *other.attributes]))
        attributes = {
            n: np.concatenate(
                [_or_none(self.attributes, n, len(self)), _or_none(other.attributes, n, len(other))]
            )
            for n in names
        }
        return FeatureTable(**columns, fields=fields, attributes=attributes)

    def with_features(self, features: Iterable[Feature]) -> "FeatureTable":
        """Return the table with each feature put in the row of its id; unchanged columns are shared.

        Raises KeyError for an id that is not here.
        """
        changed = {self.rows_by_id[f.id]: f for f in features}
        columns: dict[str, Any] = {n: getattr(self, n) for n in BASE_COLUMNS}
        groups: dict[str, dict[str, Column]] = {
            "fields": dict(self.fields),
            "attributes": dict(self.attributes),
        }
        for row, feature in changed.items():
            for name in BASE_COLUMNS:
                _put(columns, getattr(self, name), name, row, _column_value(feature, name))
            for group, originals in (("fields", self.fields), ("attributes", self.attributes)):
                for name, value in getattr(feature, group).items():
                    _put(groups[group], originals[name], name, row, value)
        columns.update(groups)
        table = FeatureTable(**columns)
        table._keep_of(self, np.array(sorted(changed), dtype=np.intp))
        return table

    @property
    def made_of(self) -> "tuple[FeatureTable, NDArray[np.intp]] | None":
        """The table that `with_features` made this one of, and the rows put into it; None where unknown."""
        old, rows = vars(self).get("_made_of", (None, None))
        table = None if old is None else old()
        return None if table is None else (table, rows)

    def differs_in_shapes_only(self, other: "FeatureTable") -> bool:
        """Tell whether two tables share every column but the geometry."""
        return (
            all(map(operator.is_, _all_but_shapes(self), _all_but_shapes(other)))
            and _are_shared(self.fields, other.fields)
            and _are_shared(self.attributes, other.attributes)
        )

    def _keep_of(self, old: "FeatureTable", rows: NDArray[np.intp]) -> None:
        """Take over what was worked out for a table that differs in some rows only.

        So an edit of one feature among many costs what one feature costs.
        """
        known, here = vars(old), vars(self)
        here["_made_of"] = (weakref.ref(old), read_only(rows))
        if "rows_by_id" in known:
            here["rows_by_id"] = known["rows_by_id"]
        if "bounds" in known:
            bounds = known["bounds"].copy()
            bounds[rows] = shapely.bounds(self.geometry[rows]).reshape(-1, 4)
            here["bounds"] = read_only(bounds)
        if "_stated" in known:
            earlier = known["_stated"].items()
            here["_stated"] = {n: was or _any_stated(n, self.column(n), rows) for n, was in earlier}
        if "unusable" in known:
            reasons = known["unusable"].copy()
            reasons[rows] = _why_unusable(self.geometry[rows], self.bounds[rows], self.uncertainty_m[rows])
            here["unusable"] = read_only(reasons)

    def fingerprints(self, rows: NDArray[np.int64]) -> list[str]:
        """Return the version of each row: it changes when anything said of the feature changes.

        The source row and file are not part of it, so the same content delivered again is the same version.
        Nor is what is not stated, so a new field of the kind leaves the versions as they are.
        """
        columns = {name: getattr(self, name) for name in _VERSIONED} | dict(self.fields)
        stated = []
        for name, column in columns.items():
            values = column[rows]
            says = np.asarray(values != "" if values.dtype == object else ~np.isnan(values), dtype=bool)
            if says.any():
                texts = values.tolist() if values.dtype == object else values.astype(str).tolist()
                stated.append((name, texts, says.tolist()))
        result = []
        for i, shape in enumerate(shapely.to_wkb(self.geometry[rows], include_srid=False)):
            facts = [(name, texts[i]) for name, texts, says in stated if says[i]]
            digest = hashlib.blake2b(shape or b"", digest_size=8)
            digest.update(json.dumps(facts).encode())
            result.append(digest.hexdigest())
        return result


_all_but_shapes = operator.attrgetter(*(name for name in BASE_COLUMNS if name != "geometry"))


def _are_shared(columns: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
    return columns.keys() == others.keys() and all(column is others[n] for n, column in columns.items())


def _any_stated(name: str, column: Column | None, rows: NDArray[np.intp] | None = None) -> bool:
    """Tell whether some rows, or any, state something."""
    if column is None:
        return False
    values = column if rows is None else column[rows]
    if name == "uncertainty_m":
        return bool(values.any())
    return bool((values != "").any() if values.dtype == object else np.isfinite(values).any())


def _why_unusable(geometry: Objects, bounds: Floats, uncertainty_m: Floats) -> Objects:
    reasons = np.full(len(geometry), "", dtype=object)
    with np.errstate(invalid="ignore"):
        outside = (np.abs(bounds[:, 1::2]) > 90).any(axis=1) | (np.abs(bounds[:, ::2]) > 360).any(axis=1)
    polygonal = np.isin(shapely.get_type_id(geometry), (3, 6, 7))
    valid = shapely.is_valid(geometry[polygonal])
    reasons[polygonal] = np.where(valid, "", "its outline crosses itself")
    reasons[outside] = "coordinates out of range"
    # Envelopes pass over what is no number in a line.
    lines = np.isin(shapely.get_type_id(geometry), _SEVERAL_PLACES)
    odd_places = ~np.isfinite(bounds).all(axis=1) | _hold_no_numbers(geometry, lines | (reasons != ""))
    reasons[odd_places] = "coordinates that are not numbers"
    reasons[shapely.is_missing(geometry) | shapely.is_empty(geometry)] = "no position"
    odd = ~(np.isfinite(uncertainty_m) & (uncertainty_m >= 0))
    reasons[odd & (reasons == "")] = "its uncertainty is not a number of metres"
    return np.asarray(read_only(reasons))


def _hold_no_numbers(geometry: Objects, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark those of the shapes asked about of which a coordinate is no number."""
    marked = np.zeros(len(geometry), dtype=bool)
    rows = np.flatnonzero(asked)
    points, owner = shapely.get_coordinates(geometry[rows], return_index=True)
    marked[rows[owner[~np.isfinite(points).all(axis=1)]]] = True
    return marked


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _or_none(columns: Mapping[str, Objects], name: str, n: int) -> Objects:
    return columns[name] if name in columns else np.full(n, None, dtype=object)


def _column_value(feature: Feature, name: str) -> Any:
    if name == "valid_from":
        return to_column(feature.window.start)
    if name == "valid_to":
        return to_column(feature.window.end)
    return getattr(feature, name)


def _are_missing(one: Any, other: Any) -> bool:
    """Tell whether both are NaN or NaT, which differ even from themselves."""
    return bool(one != one) and bool(other != other)  # noqa: PLR0124


def _put(columns: dict[str, Any], original: Column, name: str, row: int, value: Any) -> None:
    """Set one cell, copying the column first unless that has been done; equal values copy nothing."""
    old = columns[name][row]
    if old is value or (name != "geometry" and (old == value or _are_missing(old, value))):
        return
    if columns[name] is original:
        columns[name] = original.copy()
    columns[name][row] = value


def table_of(spec: KindSpec, features: Iterable[Feature]) -> FeatureTable:
    """Make a table of `spec.kind` from features; missing fields become "not stated"."""
    items = list(features)
    attribute_names = list(dict.fromkeys(name for f in items for name in f.attributes))
    attributes: dict[str, Objects] = {}
    for name in attribute_names:
        column = np.empty(len(items), dtype=object)
        column[:] = [f.attributes.get(name) for f in items]
        attributes[name] = column
    return FeatureTable(
        **{name: text_column(getattr(f, name) for f in items) for name in _TEXT},
        geometry=geometry_column(f.geometry for f in items),
        valid_from=time_column(f.window.start for f in items),
        valid_to=time_column(f.window.end for f in items),
        uncertainty_m=np.array([f.uncertainty_m for f in items], dtype=np.float64),
        source_row=np.array([f.source_row for f in items], dtype=np.int64),
        fields={s.name: s.column(f.fields.get(s.name) for f in items) for s in spec.fields},
        attributes=attributes,
    )


def new_feature(
    kind: Kind,
    geometry: Any,
    *,
    feature_id: str = "",
    source_id: str = "",
    name: str = "",
    category: str = "",
    window: Window | None = None,
    uncertainty_m: float = 0.0,
    label: str = "",
    fields: Mapping[str, Any] | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> Feature:
    """Make a feature that was drawn here; it gets a fresh id unless one is given."""
    return Feature(
        kind=kind,
        id=feature_id or uuid.uuid4().hex[:16],
        source_id=source_id,
        name=name,
        category=category,
        geometry=geometry,
        window=window or Window(),
        uncertainty_m=uncertainty_m,
        label=label,
        source="",
        source_row=0,
        fields=dict(fields or {}),
        attributes=dict(attributes or {}),
    )


def stable_id(*parts: object) -> str:
    """Derive an id that is the same every time for the same parts (16 hexadecimal digits)."""
    name = "\x1f".join([str(part) for part in parts])
    # The first half of uuid.uuid5(_NAMESPACE, name), five times as fast: an import makes one for every row.
    digits = hashlib.sha1(_NAMESPACE.bytes + name.encode(), usedforsecurity=False).hexdigest()
    return f"{digits[:12]}5{digits[13:16]}"


def stable_ids(before: Iterable[object], varying: Iterable[object], after: Iterable[object]) -> list[str]:
    """Return `stable_id(*before, part, *after)` for every varying part, in less time than one by one."""
    start = "".join(f"{part}\x1f" for part in before)
    end = "".join(f"\x1f{part}" for part in after).encode()
    begin = hashlib.sha1(_NAMESPACE.bytes + start.encode(), usedforsecurity=False).copy
    digests = []
    for part in varying:
        digest = begin()
        digest.update(str(part).encode() + end)
        digests.append(digest.digest())
    # All digits are cut out in one piece, 16 and a break for each id.
    digits = np.frombuffer(b"".join(digests).hex().encode(), dtype=np.uint8).reshape(-1, 40)
    digits = digits[:, :17].copy()
    digits[:, 12], digits[:, 16] = ord("5"), ord(" ")
    return digits.tobytes().decode().split()


def places_of(keys: Sequence[str]) -> dict[str, int]:
    """Return the place of each key; of one that occurs twice, the last.

    Made in pieces, so that among 200,000 no other thread waits 75 ms for the interpreter.
    """
    places: dict[str, int] = {}
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        places.update(zip(some, range(start, start + len(some)), strict=True))
    return places


@dataclass(frozen=True)
class Layer:
    """All features of one kind from one origin, drawn and listed together."""

    id: str
    kind: Kind
    name: str
    table: FeatureTable
    visible: bool = True
    locked: bool = False


@dataclass(frozen=True)
class Source:
    """A partner file that features came from, and how its CRS and encoding were decided."""

    id: str
    file: str
    sha256: str
    partner: str
    imported_at: datetime
    format: str
    crs: str
    crs_how: str
    encoding: str
    encoding_how: str
    rows: int
    imported: int
    report: Mapping[str, Any] = field(default_factory=dict)
    """The import report, as `import --json` writes it."""


@dataclass(frozen=True)
class FieldMapping:
    """Which column of a partner file is what here.

    Attributes
    ----------
    source_id, name, category, valid_from, valid_to : str or None
        Partner columns.
    fields : mapping
        Field of the kind (or `uncertainty_m`, `label`) to partner column.
    constants : mapping
        Field or column name to one text for all rows; wins over a column.
    categories : mapping
        The partner's category to a code of the kind; others are matched by the code's own synonyms.
    """

    source_id: str | None = None
    name: str | None = None
    category: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    constants: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    categories: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class PartnerProfile:
    """How one partner's deliveries of one kind are read: everything that was decided about the last one.

    Attributes
    ----------
    partner, kind
        Whose deliveries, of what. A partner may have several profiles of a kind that differ in columns.
    format : str
        Id of the reader of the last file.
    layer_name : str
        Name of the workspace layer that the deliveries keep up to date.
    crs, encoding : str or None
        What a person decided; None leaves it to the reader.
    sheet : str or None
        Layer or sheet of the file; None = the one with most rows.
    header_row : int or None
        1-based row of the column names of a spreadsheet; None leaves it to the reader.
    x_field, y_field : str or None
        Columns that hold the position of a table.
    columns : tuple of str
        Column names of the last file, by which the next one is recognised.
    last_layer : str
        Id of the workspace layer of the last delivery.
    """

    partner: str
    kind: Kind
    format: str
    layer_name: str
    mapping: FieldMapping = field(default_factory=FieldMapping)
    crs: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    x_field: str | None = None
    y_field: str | None = None
    columns: tuple[str, ...] = ()
    last_layer: str = ""

    @property
    def categories(self) -> Mapping[str, str]:
        """The partner's words for categories, and the codes they were given."""
        return self.mapping.categories


@dataclass(frozen=True)
class Confirmation:
    """A named user stands for a placeholder value."""

    value: float
    by: str
    at: datetime


@dataclass(frozen=True)
class RuleSettings:
    """What this workspace says about one rule; what it does not say is the rule's own default."""

    enabled: bool = True
    parameters: Mapping[str, float] = field(default_factory=dict)
    confirmations: Mapping[str, Confirmation] = field(default_factory=dict)


@dataclass(frozen=True)
class RulebookVersion:
    """The rules as a named person confirmed them; `text` is what `rulebook_text.write` wrote."""

    number: int
    at: datetime
    by: str
    note: str
    text: str


@dataclass(frozen=True)
class ReleaseRecord:
    """A release that was handed over."""

    number: str
    profile: str
    at: datetime
    by: str
    supersedes: str
    files: Mapping[str, str]
    """SHA-256 by file name."""
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Workspace:
    """One operation. A frozen value: `Document.apply` or `WorkspaceFile.commit` replaces it whole."""

    id: str
    title: str
    mode: Mode
    created_at: datetime
    time_zone: str = "UTC"
    layers: tuple[Layer, ...] = ()
    sources: tuple[Source, ...] = ()
    rules: Mapping[str, RuleSettings] = field(default_factory=dict)
    runs: tuple[RunRecord, ...] = ()
    findings: Sequence[FindingRecord] = ()
    """A tuple, or `FindingPages` where nobody needs them as objects."""
    decisions: tuple[Decision, ...] = ()
    releases: tuple[ReleaseRecord, ...] = ()
    partners: tuple[PartnerProfile, ...] = ()
    rulebook: tuple[RulebookVersion, ...] = ()
    """Every version of the rules that was confirmed, oldest first."""

    def layer(self, layer_id: str) -> Layer:
        """Return the layer with this id; raises KeyError."""
        for layer in self.layers:
            if layer.id == layer_id:
                return layer
        raise KeyError(layer_id)

    def of_kind(self, *kinds: Kind) -> tuple[Layer, ...]:
        """Return the layers of the given kinds, in order."""
        return tuple(layer for layer in self.layers if layer.kind in kinds)

    def find(self, feature_id: str) -> tuple[Layer, int] | None:
        """Return the layer and row of a feature, or None."""
        for layer in self.layers:
            row = layer.table.rows_by_id.get(feature_id)
            if row is not None:
                return layer, row
        return None

    def with_layer(self, layer: Layer) -> "Workspace":
        """Return the workspace with `layer` in the place of the one with its id, or added last."""
        if any(old.id == layer.id for old in self.layers):
            layers = tuple(layer if old.id == layer.id else old for old in self.layers)
        else:
            layers = (*self.layers, layer)
        return replace(self, layers=layers)

    def without_layer(self, layer_id: str) -> "Workspace":
        """Return the workspace without that layer."""
        return replace(self, layers=tuple(layer for layer in self.layers if layer.id != layer_id))

    def source(self, source_id: str) -> Source | None:
        """Return the source with this id, or None for what was drawn here."""
        return next((source for source in self.sources if source.id == source_id), None)

    @property
    def extent(self) -> Bounds | None:
        """Envelope of all layers: west, south, east, north; None when nothing has a place."""
        extents = [layer.table.extent for layer in self.layers if layer.table.extent]
        return extent_of(np.array(extents, dtype=np.float64).reshape(-1, 4))


def new_workspace(title: str, mode: Mode, now: datetime, time_zone: str = "UTC") -> Workspace:
    """Make an empty workspace with a fresh id."""
    return Workspace(id=uuid.uuid4().hex, title=title, mode=mode, created_at=now, time_zone=time_zone)
