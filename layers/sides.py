"""What a rule compares: the comparable features of some kinds, in columns."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.findings import Subject
from layers.lazy import cached_property
from layers.model import Feature, Kind, Layer, Workspace, read_only
from layers.volume import NAT, Bands, Times

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]
T = TypeVar("T")

_FEW = 100
_TIME = np.dtype("datetime64[us]")

OVER = (("status", "cancelled", "cancelled"), ("status", "completed", "completed"))
"""To set aside what is cancelled or completed, of whatever kind."""


@dataclass(frozen=True)
class Selection:
    """Which features a rule looks at.

    Attributes
    ----------
    kinds : tuple of Kind
        Of these kinds only.
    categories : tuple of str
        Of these categories only; () = of any. Others are no part of the question.
    also : function of layer columns, optional
        Marks the rows that are part of the question, for what a category does not tell.
    set_aside : tuple of (field, value, reason)
        Features with that value are left out, and listed with the reason.
    left_out : tuple of (function of a side, reason)
        Marks features that cannot take part; they are listed with the reason.
    reshape : function, optional
        Makes the shapes that are compared from the stored ones, inside their envelopes; a feature that has
        none is no part of the question.
    anywhere : bool
        True where positions do not matter: features without a usable one take part too.
    """

    kinds: tuple[Kind, ...]
    categories: tuple[str, ...] = ()
    also: Callable[[Layer], Mask] | None = None
    set_aside: tuple[tuple[str, str, str], ...] = ()
    left_out: "tuple[tuple[Callable[[Side], Mask], str], ...]" = ()
    reshape: Callable[[Objects], Objects] | None = None
    anywhere: bool = False

    @property
    def is_by_shape(self) -> bool:
        """True where shapes may decide what is part of the question, so that a move may change that."""
        return self.reshape is not None or bool(self.left_out)

    def __hash__(self) -> int:
        """Return the hash of all values, worked out once: selections are looked up all the time."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(getattr(self, field.name) for field in fields(self)))

    def among(self, layer: Layer, rows: Indices) -> Indices:
        """Return those of some rows of a layer that are part of the question."""
        if self.categories:
            rows = rows[one_of(layer.table.category[rows], self.categories)]
        if self.also is not None:
            some = len(rows) < len(layer.table)
            rows = rows[self.also(replace(layer, table=layer.table.take(rows)) if some else layer)]
        return rows


@dataclass(frozen=True, eq=False)
class Side:
    """The comparable features of a selection, as columns of equal length n, in the order of their layers.

    Columns are looked up in the layers when first asked for, and kept.

    Attributes
    ----------
    kinds : tuple of Kind
    parts : tuple of (Layer, index array)
        The layers, and which of their rows.
    skipped : mapping
        By feature id, why others are missing.
    own : mapping of arrays (n,)
        Columns that stand in the place of those of the layers, by name.
    """

    kinds: tuple[Kind, ...]
    parts: tuple[tuple[Layer, Indices], ...]
    skipped: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, Any] = field(default_factory=dict)
    _made: dict[Any, Any] = field(default_factory=dict, init=False)

    def __len__(self) -> int:
        return self._size

    @cached_property
    def _size(self) -> int:
        for column in self.own.values():
            return len(column)
        return sum(len(rows) for _, rows in self.parts)

    @cached_property
    def geometry(self) -> Objects:
        """Shapes as they are compared, WGS 84 longitude/latitude."""
        column: Objects = self._column("geometry", None, object)
        return column

    @cached_property
    def valid_from(self) -> Times:
        """When each begins to hold; NaT for an open end."""
        column: Times = self._column("valid_from", NAT, _TIME)
        return column

    @cached_property
    def valid_to(self) -> Times:
        """When each ends; NaT for an open end."""
        column: Times = self._column("valid_to", NAT, _TIME)
        return column

    @cached_property
    def uncertainty_m(self) -> Floats:
        """How far the true position of each may be from the stated one."""
        return self.numbers("uncertainty_m")

    @property
    def total(self) -> int:
        """How many features of the selection there are, comparable or not."""
        return len(self) + len(self.skipped)

    @cached_property
    def bounds(self) -> Floats:
        """Envelopes, (n, 4) degrees."""
        return np.asarray(shapely.bounds(self.geometry)).reshape(-1, 4)

    @cached_property
    def ids(self) -> Objects:
        """Feature ids."""
        return self.texts("id")

    @cached_property
    def rows_by_id(self) -> Mapping[str, int]:
        """Row of each feature id."""
        return {feature_id: row for row, feature_id in enumerate(self.ids)}

    def texts(self, name: str) -> Objects:
        """Return a text column or field; "" where a kind has no such field."""
        column: Objects = self._column(name, "", object)
        return column

    def numbers(self, name: str) -> Floats:
        """Return a number column or field; NaN where a kind has no such field."""
        column: Floats = self._column(name, np.nan, np.float64)
        return column

    def states(self, name: str) -> bool:
        """Tell whether any feature of the layers states something in a column or field."""
        return any(layer.table.states(name) for layer, _ in self.parts)

    def once(self, key: object, make: Callable[[], T]) -> T:
        """Return what was made of this side under a key; made when first asked for."""
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made

    @cached_property
    def categories(self) -> tuple[list[str], Indices]:
        """The different categories, and which of them each feature has."""
        return coded(self.texts("category"))

    @cached_property
    def is_exact(self) -> bool:
        """True where every position is exact as stated, as are the others of the layers."""
        return not (self.own or self.states("uncertainty_m"))

    @property
    def blur_m(self) -> Floats | float:
        """How far the true position of each may be from the stated one; 0 where all are exact."""
        return 0.0 if self.is_exact else self.uncertainty_m

    @cached_property
    def most_blur_m(self) -> float:
        """The largest `blur_m`."""
        return 0.0 if self.is_exact else float(self.uncertainty_m.max())

    @property
    def bands(self) -> Bands:
        """Heights that the features state."""
        return Bands(self.numbers("lower_m"), self.numbers("upper_m"), self.texts("height_datum"))

    def _column(self, name: str, missing: Any, dtype: Any) -> Any:
        if name in self.own:
            return self.own[name]
        if name not in self._made:
            columns = []
            for layer, rows in self.parts:
                column = layer.table.column(name)
                columns.append(np.full(len(rows), missing, dtype) if column is None else column[rows])
            self._made[name] = np.asarray(_joined(columns), dtype) if columns else np.empty(0, dtype)
        return self._made[name]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers that they come from."""
        return tuple(layer for layer, _ in self.parts)

    def is_of(self, *kinds: Kind) -> Mask:
        """Mark the features of some kinds."""
        of_layers = np.array([layer.kind in kinds for layer in self.layers], dtype=bool)
        return np.asarray(of_layers[self.layer_numbers])

    def layer_of(self, i: int) -> Layer:
        """Return the layer of feature `i`."""
        return self.parts[int(self.layer_numbers[i])][0]

    @cached_property
    def layer_numbers(self) -> Indices:
        """Which of the layers each feature comes from."""
        return np.repeat(np.arange(len(self.parts)), [len(rows) for _, rows in self.parts])

    def feature(self, i: int) -> Feature:
        """Return feature `i` of this side."""
        ((layer, _, row),) = self._by_layer(np.array([i]))
        return layer.table.row(int(row[0]), layer.kind)

    def subjects(self, rows: Indices) -> dict[int, Subject]:
        """Return the subjects for some rows of this side, versions included."""
        result: dict[int, Subject] = {}
        for layer, here, table_rows in self._by_layer(np.unique(rows)):
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

    def take(self, rows: Indices, skipped: Mapping[str, str] | None = None) -> "Side":
        """Return some rows of this side, given in ascending order."""
        side = Side(
            self.kinds,
            tuple((layer, table_rows) for layer, _, table_rows in self._by_layer(rows)),
            self.skipped if skipped is None else skipped,
            {name: read_only(column[rows]) for name, column in self.own.items()},
        )
        if "bounds" in vars(self):
            vars(side)["bounds"] = self.bounds[rows]
        return side

    def with_columns(self, **columns: Any) -> "Side":
        """Return the same features with other values in some columns."""
        return replace(self, own={**self.own, **{n: read_only(column) for n, column in columns.items()}})

    def _by_layer(self, rows: Indices) -> list[tuple[Layer, Indices, Indices]]:
        """Return each layer that has any of some rows (ascending), those, and their rows in its table."""
        if len(self.parts) == 1:
            layer, own = self.parts[0]
            return [(layer, rows, own[rows])]
        result, first = [], 0
        for layer, own in self.parts:
            begin, end = np.searchsorted(rows, (first, first + len(own)))
            if begin < end:
                here = rows[begin:end]
                result.append((layer, here, own[here - first]))
            first += len(own)
        return result


def one_of(texts: Objects, wanted: Collection[str]) -> Mask:
    """Mark the texts that are one of those wanted."""
    if len(texts) < _FEW:  # isin has its own costs
        return np.fromiter((text in wanted for text in texts), dtype=bool, count=len(texts))
    return np.isin(texts, list(wanted))


def coded(texts: Objects) -> tuple[list[str], Indices]:
    """Return the different texts, in order, and which of them each is.

    `numpy.unique` would make every text as wide as the longest: a partner's remark of a megabyte is enough.
    """
    listed = texts.tolist()
    names = sorted(set(listed))
    places = {name: place for place, name in enumerate(names)}
    return names, np.fromiter(map(places.__getitem__, listed), dtype=np.intp, count=len(listed))


def side_of(workspace: Workspace, selection: Selection, ids: Collection[str] | None = None) -> Side:
    """Return the features of a selection; those that cannot be compared are listed as skipped.

    With `ids`, only those features, at a cost that does not grow with the others.
    """
    parts = []
    for layer in workspace.of_kind(*selection.kinds):
        every = np.arange(len(layer.table)) if ids is None else rows_of(layer, ids)
        rows = selection.among(layer, every)
        if len(rows):
            parts.append((layer, rows))
    if not parts:
        return _nothing(selection.kinds)
    side = Side(selection.kinds, tuple(parts))
    reasons = _why_not(side, selection)
    if any(reasons):
        bad = reasons != ""
        side = side.take(np.flatnonzero(~bad), dict(zip(side.ids[bad], reasons[bad], strict=True)))
    return side if selection.reshape is None else _reshaped(side, selection.reshape)


def _why_not(side: Side, selection: Selection) -> Objects:
    """Say why features cannot take part; "" where they do."""
    if selection.anywhere:
        reasons = np.full(len(side), "", dtype=object)
    else:
        reasons = np.concatenate([layer.table.why_unusable(rows) for layer, rows in side.parts])
    for name, value, reason in selection.set_aside:
        reasons[side.texts(name) == value] = reason
    for marks, reason in selection.left_out:
        reasons[marks(side) & (reasons == "")] = reason
    return reasons


def _joined(columns: list[Any]) -> Any:
    return read_only(columns[0] if len(columns) == 1 else np.concatenate(columns))


def joined(sides: Sequence[Side]) -> Side:
    """Return the features of several sides of one selection as one; what they skipped is left out."""
    some = [side for side in sides if len(side)]
    if len(some) == 1:
        return replace(some[0], skipped={}) if some[0].skipped else some[0]
    if not some:
        return NOTHING
    own = {name for side in some for name in side.own}
    whole = Side(
        some[0].kinds,
        tuple(part for side in some for part in side.parts),
        own={name: _joined([getattr(side, name) for side in some]) for name in own},
    )
    vars(whole)["bounds"] = np.concatenate([side.bounds for side in some])
    return whole


@cache
def _nothing(kinds: tuple[Kind, ...]) -> Side:
    return Side(kinds, ())


NOTHING = _nothing(())
"""No features."""


def rows_of(layer: Layer, ids: Collection[str]) -> Indices:
    """Return the rows of some features of a layer, in order; ids that are not there are passed over."""
    here = layer.table.rows_by_id
    return np.array(sorted([here[i] for i in ids if i in here]), dtype=np.intp)


def _reshaped(side: Side, reshape: Callable[[Objects], Objects]) -> Side:
    shapes = reshape(side.geometry)
    present = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    return side.take(present).with_columns(geometry=shapes[present])
