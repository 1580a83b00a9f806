"""The next file of a partner against the layer of the last one: what came, went, moved or changed.

Missing is not withdrawn: a feature that the new file does not have is kept unless the officer says otherwise.
A big move needs a reason; without one the feature stays where it was and takes everything else. Ids are kept,
so findings and decisions survive where nothing changed, and lapse where something did. What was corrected
here stays corrected while the partner says the same as before.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo
from layers.errors import LayersError
from layers.model import FeatureTable, Layer, Objects, Workspace, read_only
from layers.volume import to_column

BIG_MOVE_M = 500.0
NEAR_M = 150.0
"""Without a partner's id, the same name and category within this distance is the same feature."""
_SAME_DEG = 1e-7
"""Coordinates that differ by less (1 cm) are the same: another format rounds differently."""
_SAME_UNCERTAINTY = 0.01
"""An uncertainty that differs by a smaller part is the same: the same number of decimals says another number
of metres elsewhere."""
_COMPARED = ("category", "label", "valid_from", "valid_to", "uncertainty_m")


class Removal(StrEnum):
    """What becomes of a feature that the new file does not have."""

    KEEP = "keep"
    EXPIRE = "expire"
    DROP = "drop"


class Move(NamedTuple):
    """A feature whose centre lies elsewhere, by so many metres."""

    id: str
    metres: float


class Rename(NamedTuple):
    """A feature with another name."""

    id: str
    old: str
    new: str


class FieldChange(NamedTuple):
    """A feature of which other things are said: names of our fields, "shape", or the partner's columns."""

    id: str
    fields: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Delivery:
    """The difference between a layer and the table of a new file.

    Attributes
    ----------
    table : FeatureTable
        The new file's rows.
    matched : mapping of int to int
        Row of the layer to row of `table`, where they are the same feature.
    added : tuple of int
        Rows of `table` that the layer does not have.
    removed : tuple of str
        Ids in the layer that the new file does not have; what was drawn here is never among them.
    said_again : frozenset of int
        Rows of the layer about which the partner says word for word what it said before: what an officer
        corrected there is kept.
    placed_here : frozenset of int
        Rows of the layer that lie elsewhere here, no big move away, while the partner gives the position it
        gave before: where an officer put them they stay.
    renumbered : tuple of str
        Ids of features whose name, category and shape stand in the new file under another id of the partner.
    """

    table: FeatureTable
    matched: Mapping[int, int]
    added: tuple[int, ...]
    removed: tuple[str, ...]
    moved: tuple[Move, ...]
    renamed: tuple[Rename, ...]
    changed: tuple[FieldChange, ...]
    said_again: frozenset[int] = frozenset()
    placed_here: frozenset[int] = frozenset()
    renumbered: tuple[str, ...] = ()

    @property
    def unchanged(self) -> int:
        """Number of features that are as they were."""
        touched = {item.id for group in (self.moved, self.renamed, self.changed) for item in group}
        return len(self.matched) - len(touched)

    @property
    def is_empty(self) -> bool:
        """True when the new file says nothing new."""
        return not (self.added or self.removed or self.moved or self.renamed or self.changed)

    def big_moves(self, limit_m: float = BIG_MOVE_M) -> tuple[Move, ...]:
        """Return the moves beyond a distance: each needs a reason."""
        return tuple(move for move in self.moved if move.metres > limit_m)


@dataclass(frozen=True)
class Choices:
    """What the officer says about a delivery.

    Attributes
    ----------
    removed : Removal
        What becomes of features that are missing, `removals` for single ones (by id).
    reason, reasons : str, mapping
        Why big moves are accepted: one for all, or by id. A big move without a reason is not made.
    now : datetime, optional
        When `Removal.EXPIRE` ends a feature.
    """

    removed: Removal = Removal.KEEP
    removals: Mapping[str, Removal] = field(default_factory=lambda: MappingProxyType({}))
    reason: str = ""
    reasons: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    big_move_m: float = BIG_MOVE_M
    now: datetime | None = None

    def why(self, move: Move) -> str:
        """Return the reason that was given for a move, "" for none."""
        return (self.reasons.get(move.id) or self.reason).strip()

    def accepts(self, move: Move) -> bool:
        """Tell whether a move is made: a small one, or one with a reason."""
        return move.metres <= self.big_move_m or bool(self.why(move))

    def of(self, feature_id: str) -> Removal:
        """Return what becomes of a missing feature."""
        return self.removals.get(feature_id, self.removed)


DEFAULT_CHOICES = Choices()


def compare(
    workspace: Workspace,
    layer_id: str,
    table: FeatureTable,
    *,
    same_reading: bool = True,
    placed_by: Sequence[str] | None = (),
) -> Delivery:
    """Compare a layer with the rows of a new file, as `importing` made them.

    Features are matched by the partner's id, and where there is none by name and category within 150 m.

    Parameters
    ----------
    same_reading : bool
        False when columns now mean something else than for the last file: then what differs is new, even
        where the partner's own words are the same.
    placed_by : sequence of str, optional
        Columns that hold the positions and are read as for the last file; None when it is the very same file,
        whose positions are all as they were.

    Raises
    ------
    LayersError
        When the layer is gone.
    """
    old = _layer(workspace, layer_id).table
    matched = _matched(old, table)
    theirs = set(matched.values())
    rows = np.array(sorted(matched), dtype=np.int64)
    others = np.array([matched[int(i)] for i in rows], dtype=np.int64)
    again = _said_again(old, table, rows, others) if same_reading else np.zeros(len(rows), dtype=bool)
    same_shape = _same_shape(old.geometry[rows], table.geometry[others])
    apart = _apart(old.geometry[rows], table.geometry[others])
    apart[same_shape] = 0.0
    here = _placed_again(old, table, rows, others, placed_by) & ~same_shape & (apart <= BIG_MOVE_M)
    moved = (apart > 0.01) & ~here
    renamed = (old.name[rows] != table.name[others]) & ~again
    fields = _changed_fields(old, table, rows, others)
    for k in np.flatnonzero(again):
        fields[k] = []
    for k in np.flatnonzero(~same_shape & ~moved & ~here):
        fields[k].append("shape")
    for k in np.flatnonzero(~again & ~renamed & ~moved):
        fields[k] = fields[k] or _changed_attributes(old, table, int(rows[k]), int(others[k]))
    ids = old.id[rows].tolist()
    removed = tuple(old.id[i] for i in range(len(old)) if i not in matched and old.source[i] != "")
    return Delivery(
        table=table,
        matched=MappingProxyType(matched),
        added=tuple(j for j in range(len(table)) if j not in theirs),
        removed=removed,
        moved=tuple(Move(ids[k], float(apart[k])) for k in np.flatnonzero(moved)),
        renamed=tuple(
            Rename(ids[k], old.name[rows[k]], table.name[others[k]]) for k in np.flatnonzero(renamed)
        ),
        changed=tuple(FieldChange(ids[k], tuple(names)) for k, names in enumerate(fields) if names),
        said_again=frozenset(rows[again].tolist()),
        placed_here=frozenset(rows[here].tolist()),
        renumbered=_renumbered(old, table, [*(ids[k] for k in np.flatnonzero(renamed)), *removed]),
    )


def with_ids(delivery: Delivery, layer: FeatureTable) -> Delivery:
    """Return the delivery with the layer's ids on the rows that are known, so that others can name them."""
    ids = delivery.table.id.copy()
    for i, j in delivery.matched.items():
        ids[j] = layer.id[i]
    return replace(delivery, table=replace(delivery.table, id=read_only(ids)))


def resulting(delivery: Delivery, layer: FeatureTable, choices: Choices) -> FeatureTable:
    """Return the rows of the new file as the layer will hold them: only those can be doubted.

    A big move that is not made leaves the position as it was, and what an officer corrected stays corrected.
    """
    new = delivery.table
    stay = {move.id for move in delivery.moved if not choices.accepts(move)}
    rows = np.arange(len(new)) + len(layer)
    both = layer.append(new)
    geometry = new.geometry.copy()
    for i, j in delivery.matched.items():
        if i in delivery.said_again:
            rows[j] = i
        if layer.id[i] in stay or i in delivery.placed_here:
            geometry[j] = layer.geometry[i]
    return replace(
        both.take(rows),
        geometry=read_only(geometry),
        source=new.source,
        source_row=new.source_row,
        id=new.id,
    )


def apply(
    workspace: Workspace, layer_id: str, delivery: Delivery, choices: Choices = DEFAULT_CHOICES
) -> Workspace:
    """Return the workspace with the layer brought up to date, as the officer chose.

    Raises
    ------
    LayersError
        When the layer is gone or locked, or features should expire and `choices.now` is missing.
    """
    layer = _layer(workspace, layer_id)
    if layer.locked:
        raise LayersError("The layer is locked.", "Unlock it first.", layer.name)
    old, new = layer.table, delivery.table
    stay = {move.id for move in delivery.moved if not choices.accepts(move)}
    both = old.append(new)
    order = np.arange(len(old))
    geometry, ids = both.geometry.copy(), both.id.copy()
    source, source_row = both.source.copy(), both.source_row.copy()
    same = _same_shape_rows(old, new, delivery.matched) | delivery.placed_here
    for i, j in delivery.matched.items():
        other = len(old) + j
        shape = old.geometry[i] if i in same or old.id[i] in stay else new.geometry[j]
        target = i if i in delivery.said_again else other
        order[i] = target
        geometry[target], ids[target] = shape, old.id[i]
        source[target], source_row[target] = new.source[j], new.source_row[j]
    end = both.valid_to.copy()
    kept = np.ones(len(old), dtype=bool)
    for feature_id in delivery.removed:
        i = old.rows_by_id[feature_id]
        removal = choices.of(feature_id)
        kept[i] = removal is not Removal.DROP
        if removal is Removal.EXPIRE:
            if choices.now is None:
                raise LayersError("It is not said when the missing features end.", "Give the time.")
            now = to_column(choices.now)
            end[i] = now if np.isnat(end[i]) else min(end[i], now)
    columns: dict[str, Any] = {
        "geometry": geometry, "id": ids, "source": source, "source_row": source_row, "valid_to": end,
    }  # fmt: skip
    columns = {name: read_only(column) for name, column in columns.items()}
    table = replace(both, **columns)
    rows = np.concatenate([order[kept], len(old) + np.array(delivery.added, dtype=np.int64)])
    return workspace.with_layer(replace(layer, table=table.take(rows)))


def _layer(workspace: Workspace, layer_id: str) -> Layer:
    layer = next((layer for layer in workspace.layers if layer.id == layer_id), None)
    if layer is None:
        raise LayersError(
            "The layer of the last delivery is no longer there.", "Import the file as a new layer."
        )
    return layer


# --- which is which -----------------------------------------------------------------------------


def _matched(old: FeatureTable, new: FeatureTable) -> dict[int, int]:
    """Pair rows of the layer with rows of the new file."""
    pairs: dict[int, int] = {}
    left: dict[str, list[int]] = defaultdict(list)
    for i, source_id in enumerate(old.source_id.tolist()):
        if source_id:
            left[source_id].append(i)
    for j, source_id in enumerate(new.source_id.tolist()):
        if source_id and left.get(source_id):
            pairs[left[source_id].pop(0)] = j
    taken = set(pairs.values())
    open_old = [i for i in range(len(old)) if i not in pairs]
    open_new = [j for j in range(len(new)) if j not in taken]
    # Two different ids are two features, wherever they lie; where one side has no id, the place decides.
    for rows, others in (
        (open_old, [j for j in open_new if not new.source_id[j]]),
        ([i for i in open_old if not old.source_id[i]], [j for j in open_new if new.source_id[j]]),
    ):
        pairs |= _by_place(old, new, [i for i in rows if i not in pairs], others)
    return pairs


def _by_place(
    old: FeatureTable, new: FeatureTable, rows: Sequence[int], others: Sequence[int]
) -> dict[int, int]:
    """Pair rows of the same name and category: those of the same shape, then nearest first within reach."""
    same: dict[tuple[str, str, bytes], list[int]] = defaultdict(list)
    for i in rows:
        same[_all_said(old, i)].append(i)
    result: dict[int, int] = {}
    rest = []
    for j in others:
        candidates = same.get(_all_said(new, j))
        if candidates:
            result[candidates.pop(0)] = j
        else:
            rest.append(j)
    a, b = np.array([i for i in rows if i not in result], dtype=np.int64), np.array(rest, dtype=np.int64)
    if not len(a) or not len(b):
        return result
    here, there = _centres(old.geometry[a]), _centres(new.geometry[b])
    reach = geo.grown(np.hstack([there, there]), np.full(len(b), NEAR_M))
    known = np.asarray(np.isfinite(reach).all(axis=1))
    m, k = shapely.STRtree(shapely.points(here)).query(geo.diagonals(np.where(known[:, None], reach, 0.0)))
    pairs = zip(m.tolist(), k.tolist(), strict=True)
    alike = np.array(
        [bool(known[y]) and _said(old, a[x]) == _said(new, b[y]) for y, x in pairs], dtype=np.bool_
    )
    m, k = np.asarray(m[alike]), np.asarray(k[alike])
    apart = geo.distance_m(here[k, 0], here[k, 1], there[m, 0], there[m, 1])
    used: set[int] = set()
    for p in np.argsort(apart, kind="stable").tolist():
        i, j = int(a[k[p]]), int(b[m[p]])
        if apart[p] <= NEAR_M and i not in result and j not in used:
            used.add(j)
            result[i] = j
    return result


def _said(table: FeatureTable, i: int) -> tuple[str, str]:
    return " ".join(str(table.name[i]).casefold().split()), str(table.category[i])


def _all_said(table: FeatureTable, i: int) -> tuple[str, str, bytes]:
    return *_said(table, i), shapely.to_wkb(table.geometry[i]) or b""


def _renumbered(old: FeatureTable, new: FeatureTable, not_there: Sequence[str]) -> tuple[str, ...]:
    """Return which features stand in the new file unchanged, though not in the row that has their id."""
    if not not_there:
        return ()
    rows = {i: row for i in not_there if old.name[row := old.rows_by_id[i]]}
    said = {_said(old, row) for row in rows.values()}
    there = {_all_said(new, j) for j in range(len(new)) if _said(new, j) in said}
    return tuple(i for i, row in rows.items() if _all_said(old, row) in there)


# --- what differs -------------------------------------------------------------------------------


def _centres(geometry: Objects) -> NDArray[np.float64]:
    centres = np.asarray(shapely.centroid(geometry), dtype=object)
    return np.column_stack([shapely.get_x(centres), shapely.get_y(centres)])


def _apart(a: Objects, b: Objects) -> NDArray[np.float64]:
    """Return metres between the centres of shapes; 0 where one has none."""
    if not len(a):
        return np.zeros(0)
    here, there = _centres(a), _centres(b)
    return np.nan_to_num(geo.distance_m(here[:, 0], here[:, 1], there[:, 0], there[:, 1]))


def _same_shape(a: Objects, b: Objects) -> NDArray[np.bool_]:
    missing = shapely.is_missing(a) & shapely.is_missing(b)
    return np.asarray(shapely.equals_exact(a, b, _SAME_DEG) | missing, dtype=bool)


def _same_shape_rows(old: FeatureTable, new: FeatureTable, matched: Mapping[int, int]) -> set[int]:
    rows = np.array(list(matched), dtype=np.int64)
    others = np.array(list(matched.values()), dtype=np.int64)
    return set(rows[_same_shape(old.geometry[rows], new.geometry[others])].tolist())


def _changed_fields(
    old: FeatureTable, new: FeatureTable, rows: NDArray[np.int64], others: NDArray[np.int64]
) -> list[list[str]]:
    """Return the names of our columns that differ, for each pair."""
    result: list[list[str]] = [[] for _ in rows]
    columns = {name: (getattr(old, name), getattr(new, name)) for name in _COMPARED}
    columns |= {name: (column, new.fields[name]) for name, column in old.fields.items()}
    for name, (mine, theirs) in columns.items():
        same = _equal(mine[rows], theirs[others])
        if name == "uncertainty_m":
            same |= np.isclose(mine[rows], theirs[others], rtol=_SAME_UNCERTAINTY, atol=0.0)
        for k in np.flatnonzero(~same):
            result[k].append(name)
    return result


def _equal(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.bool_]:
    same = np.asarray(a == b, dtype=bool)
    if a.dtype.kind == "f":
        same |= np.isnan(a) & np.isnan(b)
    elif a.dtype.kind == "M":
        same |= np.isnat(a) & np.isnat(b)
    return same


def _said_again(
    old: FeatureTable, new: FeatureTable, rows: NDArray[np.int64], others: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell for which pairs every column of the partner holds the same as in the last file."""
    if not old.attributes or set(old.attributes) != set(new.attributes):
        return np.zeros(len(rows), dtype=bool)
    same = np.ones(len(rows), dtype=bool)
    for name, column in old.attributes.items():
        same &= np.asarray(column[rows] == new.attributes[name][others], dtype=bool)
    return same


def _placed_again(
    old: FeatureTable,
    new: FeatureTable,
    rows: NDArray[np.int64],
    others: NDArray[np.int64],
    placed_by: Sequence[str] | None,
) -> NDArray[np.bool_]:
    """Tell for which pairs the partner gives the very position of the last file; False where nobody knows."""
    if placed_by is None:
        return np.ones(len(rows), dtype=bool)
    known = bool(placed_by) and set(placed_by) <= set(old.attributes) == set(new.attributes)
    same = np.full(len(rows), known)
    for name in placed_by if known else ():
        same &= np.asarray(old.attributes[name][rows] == new.attributes[name][others], dtype=bool)
    return same


def _changed_attributes(old: FeatureTable, new: FeatureTable, i: int, j: int) -> list[str]:
    return [
        name
        for name in {**old.attributes, **new.attributes}
        if (old.attributes[name][i] if name in old.attributes else None)
        != (new.attributes[name][j] if name in new.attributes else None)
    ]
