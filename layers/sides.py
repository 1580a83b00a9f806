"""What a rule compares: the comparable features of some kinds, in columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.findings import Subject
from layers.model import Feature, Kind, Layer, Workspace
from layers.volume import Bands, Times

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]


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
    reshape: Callable[[Objects], Objects] | None = None
    anywhere: bool = False

    def rows(self, layer: Layer) -> Indices:
        """Return the rows of a layer that are part of the question."""
        part = np.ones(len(layer.table), dtype=bool)
        if self.categories:
            part &= np.isin(layer.table.category, self.categories)
        if self.also is not None:
            part &= self.also(layer)
        return np.flatnonzero(part)


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
    reshaped: bool = False
    _columns: dict[str, Any] = field(default_factory=dict)
    _stated: dict[str, bool] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.row)

    @property
    def total(self) -> int:
        """How many features of the selection there are, comparable or not."""
        return len(self) + len(self.skipped)

    @cached_property
    def bounds(self) -> Floats:
        """Envelopes, (n, 4) degrees."""
        if self.reshaped:
            return np.asarray(shapely.bounds(self.geometry)).reshape(-1, 4)
        parts = [layer.table.bounds[self.row[self.layer == n]] for n, layer in enumerate(self.layers)]
        return np.concatenate(parts) if parts else np.empty((0, 4))

    @cached_property
    def ids(self) -> Objects:
        """Feature ids."""
        return self.texts("id")

    def texts(self, name: str) -> Objects:
        """Return a text column or field; "" where a kind has no such field."""
        return np.asarray(self._column(name, ""), dtype=object)

    def numbers(self, name: str) -> Floats:
        """Return a number column or field; NaN where a kind has no such field."""
        return np.asarray(self._column(name, np.nan), dtype=np.float64)

    def states(self, name: str) -> bool:
        """Tell whether any feature states something in a column or field; worked out once."""
        if name not in self._stated:
            self._stated[name] = any(
                _any_stated(values) for values in self._parts(name) if values is not None
            )
        return self._stated[name]

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
    def bands(self) -> Bands:
        """Heights that the features state."""
        return Bands(self.numbers("lower_m"), self.numbers("upper_m"), self.texts("height_datum"))

    def _column(self, name: str, missing: Any) -> Any:
        if name not in self._columns:
            parts = [
                np.full(rows, missing) if values is None else values
                for values, rows in zip(self._parts(name), self._counts, strict=True)
            ]
            self._columns[name] = np.concatenate(parts) if parts else np.empty(0, dtype=object)
        return self._columns[name]

    @property
    def _counts(self) -> list[int]:
        counts: list[int] = np.bincount(self.layer, minlength=len(self.layers)).tolist()
        return counts

    def _parts(self, name: str) -> list[Any]:
        """Return the values in each layer; None where its kind has no such field."""
        parts = []
        for number, layer in enumerate(self.layers):
            values = layer.table.fields.get(name)
            if values is None:
                values = getattr(layer.table, name, None)
            if values is not None:
                values = values[self.row if len(self.layers) == 1 else self.row[self.layer == number]]
            parts.append(values)
        return parts

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

    def without(self, mask: Mask, reason: str) -> "Side":
        """Return this side without the marked features, which are listed as skipped for `reason`."""
        if not mask.any():
            return self
        skipped = {**self.skipped, **dict.fromkeys(self.ids[mask], reason)}
        return self.take(np.flatnonzero(~mask), skipped)

    def take(self, rows: Indices, skipped: Mapping[str, str] | None = None) -> "Side":
        """Return some rows of this side, given in ascending order."""
        return replace(
            self,
            layer=self.layer[rows],
            row=self.row[rows],
            geometry=self.geometry[rows],
            valid_from=self.valid_from[rows],
            valid_to=self.valid_to[rows],
            uncertainty_m=self.uncertainty_m[rows],
            skipped=self.skipped if skipped is None else skipped,
            _columns={},
            _stated={},
        )


def _any_stated(values: Any) -> bool:
    return bool((values != "").any() if values.dtype == object else np.isfinite(values).any())


def side_of(workspace: Workspace, selection: Selection) -> Side:
    """Return the features of a selection; those that cannot be compared are listed as skipped."""
    layers = workspace.of_kind(*selection.kinds)
    tables = [layer.table for layer in layers]
    rows = [selection.rows(layer) for layer in layers]

    def stack(name: str, empty: Any) -> Any:
        parts = [getattr(table, name)[part] for table, part in zip(tables, rows, strict=True)]
        return np.concatenate(parts) if parts else empty

    side = Side(
        kinds=selection.kinds,
        layers=layers,
        layer=np.repeat(np.arange(len(layers)), [len(part) for part in rows]),
        row=np.concatenate(rows) if rows else np.empty(0, np.int64),
        geometry=stack("geometry", np.empty(0, object)),
        valid_from=stack("valid_from", np.empty(0, "datetime64[us]")),
        valid_to=stack("valid_to", np.empty(0, "datetime64[us]")),
        uncertainty_m=stack("uncertainty_m", np.empty(0)),
    )
    reasons = np.full(len(side), "", dtype=object)
    if not selection.anywhere:
        reasons[:] = stack("unusable", np.empty(0, object))
    for name, value, reason in selection.set_aside:
        reasons[side.texts(name) == value] = reason
    bad = reasons != ""
    if bad.any():
        side = side.take(np.flatnonzero(~bad), dict(zip(side.ids[bad], reasons[bad], strict=True)))
    return side if selection.reshape is None else _reshaped(side, selection.reshape)


def _reshaped(side: Side, reshape: Callable[[Objects], Objects]) -> Side:
    shapes = reshape(side.geometry)
    present = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    return replace(side.take(present), geometry=shapes[present], reshaped=True)
