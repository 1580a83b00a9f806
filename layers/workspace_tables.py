"""Feature tables in a workspace file: which rows an edit changed, and how columns become rows and back."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, count, islice
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import collector
from layers.attribute_cells import attribute_cells, attribute_columns
from layers.errors import WorkspaceError
from layers.geopackage import from_blobs, to_blobs
from layers.kinds import spec_of
from layers.model import Column, FeatureTable, Kind, KindSpec, Layer, Objects, geometry_column, read_only
from layers.volume import NAT, Times
from layers.workspace_records import time_of
from layers.workspace_schema import SYSTEM_COLUMNS, columns_of

Rows = NDArray[np.int64]

_STEP = 1 << 20
"""Distance between the order numbers of neighbouring rows: room to put rows back between them."""
_SYSTEM = tuple(name for name, _ in SYSTEM_COLUMNS)
_TEXTS = ("id", "name", "category", "source_id", "label", "source")
_TIMES = ("valid_from", "valid_to")
_POINTER = np.dtype(np.intp).str
_ROWS_A_STATEMENT, _MOST_PARAMETERS = 50, 900
"""Rows that one INSERT writes: half the time of one by one; older versions of SQLite take 999 parameters."""
_FEW = 16  # objects that are compared by value right away
_NEEDED = {name for name, kind in SYSTEM_COLUMNS if "NOT NULL" in kind}
_REPEATING = ("category", "label", "source", "layer_id")


@dataclass(frozen=True)
class StoredLayer:
    """What the file holds of a layer: its table, and each row's `fid` and place in the order."""

    kind: Kind
    table: FeatureTable
    fids: Rows
    orders: Rows


@dataclass(frozen=True)
class Difference:
    """How a table differs from the stored one: rows of the old table removed, of the new one changed and
    added; `was` is each new row's old row, or -1. `in_shapes_only` is True where both share all else."""

    removed: Rows
    changed: Rows
    added: Rows
    was: Rows
    in_shapes_only: bool = False


_NOTHING: Rows = np.empty(0, dtype=np.int64)


def compare(old: FeatureTable, new: FeatureTable) -> Difference:
    """Find the rows that differ, by id. Columns that both tables share cost nothing.

    Raises
    ------
    ValueError
        When two rows of the new table have the same id.
    """
    if not len(old) and len(new):
        if len(set(new.id.tolist())) != len(new):
            raise ValueError("two features have the same id")
        fresh = np.full(len(new), -1, dtype=np.int64)
        return Difference(_NOTHING, _NOTHING, np.arange(len(new), dtype=np.int64), fresh)
    if new.id is old.id or (len(new) == len(old) and bool(np.array_equal(new.id, old.id))):
        return _same_rows(old, new)
    if len(new.rows_by_id) != len(new):
        raise ValueError("two features have the same id")
    find = old.rows_by_id.get
    was = np.fromiter((find(i, -1) for i in new.id), dtype=np.int64, count=len(new))
    added = np.flatnonzero(was < 0)
    removed = np.setdiff1d(np.arange(len(old)), was[was >= 0], assume_unique=True)
    kept = np.flatnonzero(was >= 0)
    differs = np.zeros(len(kept), dtype=bool)
    for before, after in _column_pairs(old, new):
        if before is None or after is None:
            differs |= _stated(after if before is None else before, kept if before is None else was[kept])
        else:
            differs |= _unequal(before[was[kept]], after[kept])
    return Difference(removed, kept[differs], added, was)


@lru_cache(maxsize=16)
def _every(count: int) -> Rows:
    return read_only(np.arange(count, dtype=np.int64))


def _same_rows(old: FeatureTable, new: FeatureTable) -> Difference:
    """Find the rows that differ between tables with the same ids in the same order."""
    rows = _every(len(new))
    if old.differs_in_shapes_only(new):
        made_of = new.made_of
        if made_of is not None and made_of[0] is old:
            put = made_of[1]
            changed = put[_unequal(old.geometry[put], new.geometry[put])]
        else:
            changed = np.flatnonzero(_unequal(old.geometry, new.geometry))
        return Difference(_NOTHING, changed, _NOTHING, rows, in_shapes_only=True)
    differs = np.zeros(len(new), dtype=bool)
    for before, after in _column_pairs(old, new):
        if before is None or after is None:
            differs |= _stated(after if before is None else before, rows)
        elif after is not before:
            differs |= _unequal(before, after)
    return Difference(_NOTHING, np.flatnonzero(differs), _NOTHING, rows)


def _column_pairs(old: FeatureTable, new: FeatureTable) -> Iterator[tuple[Any, Any]]:
    """Yield each column of both tables; None for an attribute that only one of them has."""
    for name in (*_TEXTS[1:], "geometry", *_TIMES, "uncertainty_m", "source_row"):
        yield getattr(old, name), getattr(new, name)
    for before, after in ((old.fields, new.fields), (old.attributes, new.attributes)):
        for name in dict.fromkeys([*before, *after]):
            yield before.get(name), after.get(name)


def _stated(column: Column, rows: Rows) -> NDArray[np.bool_]:
    values = column[rows]
    if values.dtype == np.float64:
        return np.asarray(~np.isnan(values))
    return np.fromiter((v is not None for v in values), dtype=bool, count=len(values))


def _other_objects(before: Column, after: Column) -> NDArray[np.bool_]:
    """Mark where two columns of equal length hold different objects, by where those lie in memory.

    Reads the pointers that a column of objects consists of: 100,000 are compared in 0.1 ms.
    """
    one, two = (np.asarray(_Pointers(np.ascontiguousarray(column))) for column in (before, after))
    return np.asarray(one != two)


class _Pointers:
    """A column of objects, for numpy to look at as the numbers that it consists of."""

    def __init__(self, column: Column) -> None:
        self._column = column  # numpy keeps this object, and so what it looks at, while it looks
        self.__array_interface__ = column.__array_interface__ | {
            "typestr": _POINTER,
            "descr": [("", _POINTER)],
        }


def _unequal(before: Column, after: Column) -> NDArray[np.bool_]:
    """Mark where two columns differ: numbers and times by their bits, objects by identity, then by value."""
    if before.dtype != object:
        return np.asarray(
            np.ascontiguousarray(before).view(np.int64) != np.ascontiguousarray(after).view(np.int64)
        )
    result = _other_objects(before, after) if len(before) > _FEW else np.ones(len(before), dtype=bool)
    for i in result.nonzero()[0].tolist():
        a, b = before[i], after[i]
        result[i] = a is not b and (type(a) is not type(b) or not _same(a, b))
    return result


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, shapely.Geometry):
        return bool(shapely.equals_identical(a, b))
    return bool(a == b)


def place(orders: Rows) -> Rows:
    """Give every row a number in the stored order, changing as few as possible.

    Parameters
    ----------
    orders : int64 array
        The number that each row has now; -1 for a new row.

    Returns
    -------
    int64 array
        Strictly increasing. New rows go between their neighbours where there is room; where there is none, or
        rows have changed places, all are numbered afresh.
    """
    kept = np.flatnonzero(orders >= 0)
    values = orders[kept]
    afresh = np.arange(1, len(orders) + 1, dtype=np.int64) * _STEP
    if not len(kept) or (np.diff(values) <= 0).any():
        return afresh
    result = orders.copy()
    tail = len(orders) - 1 - kept[-1]
    result[kept[-1] + 1 :] = values[-1] + np.arange(1, tail + 1) * _STEP
    starts = np.concatenate([[-1], kept[:-1]])
    floors = np.concatenate([[0], values[:-1]])
    for gap in np.flatnonzero(kept - starts > 1):
        start, end = starts[gap], kept[gap]
        missing = end - start - 1
        room = values[gap] - floors[gap]
        if room <= missing:
            return afresh
        steps = np.arange(1, missing + 1) * (int(room) // (int(missing) + 1))
        result[start + 1 : end] = floors[gap] + steps
    return result


def write_layer(
    connection: sqlite3.Connection, stored: StoredLayer | None, layer: Layer
) -> tuple[StoredLayer, dict[str, int]]:
    """Write what differs between a layer and what the file holds of it. Call inside a transaction.

    Returns
    -------
    StoredLayer
        What the file holds once the transaction is committed.
    dict
        Number of features added, changed and removed.

    Raises
    ------
    WorkspaceError
        When two features of the layer have the same id.
    """
    old = _empty(layer) if stored is None else stored
    try:
        difference = compare(old.table, layer.table)
    except ValueError as error:
        raise WorkspaceError(
            f"The layer {layer.name!r} cannot be saved: {error}.", "Give each feature its own id.", layer.name
        ) from error
    old_orders = np.append(old.orders, -1)[difference.was]
    orders = place(old_orders)
    fids = np.append(old.fids, -1)[difference.was]
    fids[difference.added] = _next_fid(connection, layer.kind) + np.arange(len(difference.added))
    table = layer.kind.value
    _delete(connection, layer.kind, old.fids[difference.removed])
    moved = np.flatnonzero((old_orders >= 0) & (old_orders != orders))
    connection.executemany(
        f'UPDATE "{table}" SET row_order = ? WHERE fid = ?',  # noqa: S608 (the name of a kind)
        zip(orders[moved].tolist(), fids[moved].tolist(), strict=True),
    )
    _write_rows(connection, layer, difference.changed, fids, orders, update=True)
    _write_rows(connection, layer, difference.added, fids, orders, update=False)
    counts = {name: len(getattr(difference, name)) for name in ("added", "changed", "removed")}
    return StoredLayer(layer.kind, layer.table, fids, orders), counts


def _empty(layer: Layer) -> StoredLayer:
    return StoredLayer(layer.kind, layer.table.take(_NOTHING), _NOTHING, _NOTHING)


def _next_fid(connection: sqlite3.Connection, kind: Kind) -> int:
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (kind.value,)).fetchone()
    return 1 if row is None else int(row[0]) + 1


def remove_layer(connection: sqlite3.Connection, stored: StoredLayer) -> int:
    """Delete all features of a layer; returns how many there were. Call inside a transaction."""
    _delete(connection, stored.kind, stored.fids)
    return len(stored.fids)


def _delete(connection: sqlite3.Connection, kind: Kind, fids: Rows) -> None:
    connection.executemany(
        f'DELETE FROM "{kind.value}" WHERE fid = ?',  # noqa: S608 (the name of a kind)
        ((fid,) for fid in fids.tolist()),
    )


def _write_rows(
    connection: sqlite3.Connection, layer: Layer, rows: Rows, fids: Rows, orders: Rows, *, update: bool
) -> None:
    if not len(rows):
        return
    spec = spec_of(layer.kind)
    part = layer.table if len(rows) == len(layer.table) else layer.table.take(rows)
    with collector.paused():
        columns = [
            *_encoded(part),
            [layer.id] * len(rows),
            orders[rows].tolist(),
            *(_field_values(part, spec, field.name) for field in spec.fields),
        ]
        names = [*_SYSTEM[1:], *(field.name for field in spec.fields)]
        if update:
            sets = ", ".join(f'"{name}" = ?' for name in names)
            sql = f'UPDATE "{layer.kind.value}" SET {sets} WHERE fid = ?'  # noqa: S608 (names from the program)
            connection.executemany(sql, zip(*columns, fids[rows].tolist(), strict=True))
        else:
            _insert(connection, layer.kind.value, ["fid", *names], [fids[rows].tolist(), *columns])


def _insert(connection: sqlite3.Connection, table: str, names: list[str], columns: list[list[Any]]) -> None:
    """Insert rows, many with one statement; what a column says in all rows alike is bound once for them.

    A column that says nothing in any row is left to SQLite, which puts NULL: it reads as "" where there is
    text.
    """
    fixed = {name: _is_constant(column) for name, column in zip(names, columns, strict=True)}
    silent = {
        name
        for name, column in zip(names, columns, strict=True)
        if fixed[name] and (column[0] is None or (column[0] == "" and name not in _NEEDED))
    }
    named = [(n, c) for n, c in zip(names, columns, strict=True) if n not in silent]
    constant = tuple(column[0] for name, column in named if fixed[name])
    varying = [column for name, column in named if not fixed[name]]
    places = [fixed[name] for name, _ in named]
    at_once = max(1, min(_ROWS_A_STATEMENT, (_MOST_PARAMETERS - len(constant)) // max(len(varying), 1)))
    whole, rest = divmod(len(columns[0]), at_once)
    head = f'INSERT INTO "{table}" ({", ".join(f"{chr(34)}{n}{chr(34)}" for n, _ in named)}) VALUES '  # noqa: S608
    cells = chain.from_iterable(zip(*varying, strict=True))
    size = at_once * len(varying)
    if whole:
        batches = zip(*[islice(cells, whole * size)] * size, strict=True)
        connection.executemany(head + _marks(places, at_once), map(constant.__add__, batches))
    if rest:
        connection.execute(head + _marks(places, rest), (*constant, *cells))


def _marks(fixed: list[bool], rows: int) -> str:
    """Return the numbered parameters of some rows: the constant columns first, then row by row the others."""
    shared, own = count(1), count(1 + sum(fixed))
    places = [next(shared) if is_fixed else None for is_fixed in fixed]
    return ", ".join(f"({', '.join(f'?{place or next(own)}' for place in places)})" for _ in range(rows))


def _is_constant(column: list[Any]) -> bool:
    """Tell whether every cell is the same."""
    return bool(column[0] == column[-1]) and column.count(column[0]) == len(column)


def _encoded(table: FeatureTable) -> list[list[Any]]:
    """Return the cells of `geom` to `attributes`, in the order of `SYSTEM_COLUMNS`."""
    return [
        to_blobs(table.geometry),
        table.id.tolist(),
        table.name.tolist(),
        table.category.tolist(),
        table.source_id.tolist(),
        table.label.tolist(),
        _time_cells(table.valid_from),
        _time_cells(table.valid_to),
        _number_cells(table.uncertainty_m),
        table.source.tolist(),
        table.source_row.tolist(),
        attribute_cells(table.attributes, len(table)),
    ]


def _field_values(table: FeatureTable, spec: KindSpec, name: str) -> list[Any]:
    column = table.fields.get(name)
    if column is None:
        return [None] * len(table)
    return _number_cells(column) if spec.field(name).is_number else column.tolist()


def _number_cells(column: NDArray[np.float64]) -> list[Any]:
    missing = np.isnan(column)
    if missing.all():
        return [None] * len(column)
    cells: list[Any] = column.tolist()
    for i in np.flatnonzero(missing).tolist():
        cells[i] = None
    return cells


def _time_cells(column: Times) -> list[Any]:
    missing = np.isnat(column)
    if missing.all():
        return [None] * len(column)
    whole = column.astype("datetime64[ms]")
    exact = bool((np.isnat(column) | (whole == column)).all())
    # GDAL takes more than milliseconds only with a warning, so microseconds are written only where needed.
    texts = np.datetime_as_string(whole if exact else column)
    return [None if gone else text + "Z" for text, gone in zip(texts.tolist(), missing.tolist(), strict=True)]


def read_kind(
    connection: sqlite3.Connection, kind: Kind, attribute_names: dict[str, Sequence[str]]
) -> dict[str, StoredLayer]:
    """Read all layers of a kind.

    Parameters
    ----------
    connection : sqlite3.Connection
        An open workspace, inside a transaction.
    kind : Kind
        Which table to read.
    attribute_names : dict of str to sequence of str
        The partner columns of each layer of this kind, by layer id, in their order.

    Raises
    ------
    ValueError
        When a cell cannot be understood, or a row belongs to no layer.
    """
    spec = spec_of(kind)
    present = columns_of(connection, kind.value)
    if not present and not attribute_names:  # written by a program that did not know this kind
        return {}
    names = [*_SYSTEM, *(field.name for field in spec.fields if field.name in present)]
    quoted = ", ".join(f'"{name}"' for name in names)
    with collector.paused():
        rows = connection.execute(f'SELECT {quoted} FROM "{kind.value}"').fetchall()  # noqa: S608
        cells = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
        del rows
        strangers = set(cells["layer_id"]) - set(attribute_names)
        if strangers:
            raise ValueError(f"the table {spec.title_plural!r} holds features of no known layer")
        whole = _decoded(cells, spec)
        return {
            layer_id: _layer_part(whole, cells, kind, layer_id, list(names))
            for layer_id, names in attribute_names.items()
        }


def _decoded(cells: dict[str, Any], spec: KindSpec) -> FeatureTable:
    """Turn the cells of a kind's table into columns, without attributes."""
    n = len(cells["fid"])
    columns: dict[str, Any] = {name: _text_column(cells[name], name in _REPEATING) for name in _TEXTS}
    columns |= {name: _time_column(cells[name]) for name in _TIMES}
    fields: dict[str, Column] = {}
    for field in spec.fields:
        values = cells.get(field.name, (None,) * n)
        fields[field.name] = _number_column(values) if field.is_number else _text_column(values, True)
    return FeatureTable(
        **columns,
        geometry=geometry_column(from_blobs(list(cells["geom"]))),
        uncertainty_m=_number_column(cells["uncertainty_m"]),
        source_row=np.array([v or 0 for v in cells["source_row"]], dtype=np.int64),
        fields=fields,
    )


def _layer_part(
    whole: FeatureTable, cells: dict[str, Any], kind: Kind, layer_id: str, names: list[str]
) -> StoredLayer:
    """Take one layer's rows out of its kind's table, in their order."""
    mine = np.flatnonzero(np.array([value == layer_id for value in cells["layer_id"]], dtype=bool))
    orders = np.array(cells["row_order"], dtype=np.int64)[mine]
    sequence = np.argsort(orders, kind="stable")
    rows = mine[sequence]
    if len({cells["id"][row] for row in rows}) != len(rows):
        raise ValueError("two features have the same id")
    alone = len(rows) == len(whole) and bool((np.diff(rows) == 1).all())
    table = whole if alone else whole.take(rows)
    attributes = attribute_columns([cells["attributes"][row] for row in rows], names)
    table = FeatureTable(**{**vars_of(table), "attributes": attributes})
    fids = np.array(cells["fid"], dtype=np.int64)[rows]
    return StoredLayer(kind, table, fids, orders[sequence])


def vars_of(table: FeatureTable) -> dict[str, Any]:
    """Return a table's columns by name, shared, as the constructor takes them."""
    names = ("geometry", *_TEXTS, *_TIMES, "uncertainty_m", "source_row", "fields", "attributes")
    return {name: getattr(table, name) for name in names}


def _text_column(values: Sequence[Any], repeating: bool) -> Objects:
    """Make a column of str; equal values become one object where many are expected to be equal."""
    column = np.empty(len(values), dtype=object)
    if repeating:
        known: dict[Any, Any] = {None: ""}
        column[:] = [known.setdefault(value, value) for value in values]
    else:
        column[:] = ["" if value is None else value for value in values]
    return read_only(column)


def _number_column(values: Sequence[Any]) -> NDArray[np.float64]:
    return np.asarray(read_only(np.array([np.nan if v is None else v for v in values], dtype=np.float64)))


def _time_column(values: Sequence[Any]) -> Times:
    if all(value is None for value in values):
        return np.asarray(read_only(np.full(len(values), NAT, dtype="datetime64[us]")))
    moments = [NAT if value is None else _moment(value) for value in values]
    return np.asarray(read_only(np.array(moments, dtype="datetime64[us]")))


def _moment(text: str) -> Any:
    if text.endswith("Z"):
        return np.datetime64(text[:-1], "us")
    return np.datetime64(time_of(text).replace(tzinfo=None), "us")  # another program wrote it
