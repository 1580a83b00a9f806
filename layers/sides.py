"""What a rule compares: the comparable features of some kinds, in columns."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache, cached_property
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.findings import Subject
from layers.model import Feature, Kind, Layer, Workspace, read_only
from layers.volume import Bands, Times

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]
T = TypeVar("T")

_FEW = 100

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
        Makes the shapes that are compared from the stored ones; a feature that has none is no part of the
        question.
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
    _made: dict[Any, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.row)

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
        return np.asarray(self._column(name, ""), dtype=object)

    def numbers(self, name: str) -> Floats:
        """Return a number column or field; NaN where a kind has no such field."""
        return np.asarray(self._column(name, np.nan), dtype=np.float64)

    def states(self, name: str) -> bool:
        """Tell whether any feature states something in a column or field; worked out once."""
        key = "states", name
        if key not in self._made:
            self._made[key] = any(map(_any_stated, self._parts(name)))
        stated: bool = self._made[key]
        return stated

    def once(self, key: object, make: Callable[[], T]) -> T:
        """Return what was made of this side under a key; made when first asked for."""
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made

    @cached_property
    def categories(self) -> tuple[list[str], Indices]:
        """The different categories, and which of them each feature has."""
        names, which = np.unique(self.texts("category").astype(str), return_inverse=True)
        return names.tolist(), which

    @cached_property
    def is_exact(self) -> bool:
        """True where every position is exact as stated."""
        return not self.uncertainty_m.any()

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

    def _column(self, name: str, missing: Any) -> Any:
        if name not in self._made:
            parts = [
                np.full(rows, missing) if values is None else values
                for values, rows in zip(self._parts(name), self._counts, strict=True)
            ]
            self._made[name] = np.concatenate(parts) if parts else np.empty(0, dtype=object)
        return self._made[name]

    @property
    def _counts(self) -> list[int]:
        counts: list[int] = np.bincount(self.layer, minlength=len(self.layers)).tolist()
        return counts

    def _parts(self, name: str) -> list[Any]:
        """Return the values in each layer; None where its kind has no such field."""
        columns = [layer.table.fields.get(name, getattr(layer.table, name, None)) for layer in self.layers]
        return [
            None
            if column is None
            else column[self.row if len(columns) == 1 else self.row[self.layer == number]]
            for number, column in enumerate(columns)
        ]

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

    def take(self, rows: Indices, skipped: Mapping[str, str] | None = None) -> "Side":
        """Return some rows of this side, given in ascending order."""
        return replace(
            self,
            layer=self.layer[rows],
            row=self.row[rows],
            geometry=self.geometry[rows],
            valid_from=self.valid_from[rows],
            valid_to=self.valid_to[rows],
            uncertainty_m=read_only(self.uncertainty_m[rows]),
            skipped=self.skipped if skipped is None else skipped,
            _made={},
        )


def _any_stated(values: Any) -> bool:
    if values is None:
        return False
    if values.dtype != object:
        return bool(np.isfinite(values).any())
    return any(values) if len(values) < _FEW else bool((values != "").any())


def one_of(texts: Objects, wanted: Collection[str]) -> Mask:
    """Mark the texts that are one of those wanted."""
    if len(texts) < _FEW:  # isin has its own costs
        return np.fromiter((text in wanted for text in texts), dtype=bool, count=len(texts))
    return np.isin(texts, list(wanted))


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
    side = Side(
        kinds=selection.kinds,
        layers=tuple(layer for layer, _ in parts),
        layer=_joined([np.full(len(rows), number) for number, (_, rows) in enumerate(parts)]),
        row=_joined([rows for _, rows in parts]),
        geometry=_joined([layer.table.geometry[rows] for layer, rows in parts]),
        valid_from=_joined([layer.table.valid_from[rows] for layer, rows in parts]),
        valid_to=_joined([layer.table.valid_to[rows] for layer, rows in parts]),
        uncertainty_m=_joined([layer.table.uncertainty_m[rows] for layer, rows in parts]),
    )
    reasons = _why_not(side, parts, selection)
    if any(reasons):
        bad = reasons != ""
        side = side.take(np.flatnonzero(~bad), dict(zip(side.ids[bad], reasons[bad], strict=True)))
    return side if selection.reshape is None else _reshaped(side, selection.reshape)


def _why_not(side: Side, parts: list[tuple[Layer, Indices]], selection: Selection) -> Objects:
    """Say why features cannot take part; "" where they do."""
    if selection.anywhere:
        reasons = np.full(len(side), "", dtype=object)
    else:
        reasons = np.concatenate([layer.table.why_unusable(rows) for layer, rows in parts])
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
    before = [sum(len(side.layers) for side in some[:number]) for number in range(len(some))]
    return Side(
        kinds=some[0].kinds,
        layers=tuple(layer for side in some for layer in side.layers),
        layer=_joined([side.layer + number for side, number in zip(some, before, strict=True)]),
        row=_joined([side.row for side in some]),
        geometry=_joined([side.geometry for side in some]),
        valid_from=_joined([side.valid_from for side in some]),
        valid_to=_joined([side.valid_to for side in some]),
        uncertainty_m=_joined([side.uncertainty_m for side in some]),
    )


@cache
def _nothing(kinds: tuple[Kind, ...]) -> Side:
    none, moments = np.empty(0, np.int64), np.empty(0, "datetime64[us]")
    return Side(kinds, (), none, none, np.empty(0, object), moments, moments, np.empty(0))


NOTHING = _nothing(())
"""No features."""


def rows_of(layer: Layer, ids: Collection[str]) -> Indices:
    """Return the rows of some features of a layer, in order; ids that are not there are passed over."""
    here = layer.table.rows_by_id
    return np.array(sorted([here[i] for i in ids if i in here]), dtype=np.intp)


def _reshaped(side: Side, reshape: Callable[[Objects], Objects]) -> Side:
    shapes = reshape(side.geometry)
    present = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    return replace(side.take(present), geometry=shapes[present])
