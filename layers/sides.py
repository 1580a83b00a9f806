"""What a rule compares: the comparable features of some kinds, in columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.findings import Subject
from layers.model import Feature, Kind, Layer
from layers.volume import Times

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
Indices = NDArray[np.intp]


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


def side_of(layers: tuple[Layer, ...], kinds: tuple[Kind, ...]) -> Side:
    """Return all features of these layers; those that cannot be compared are listed as skipped."""
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
