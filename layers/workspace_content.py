"""What a workspace file says besides its features' rows: the operation, its layers, its records."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from itertools import chain, compress, count
from operator import is_not
from typing import Any

from layers.errors import WorkspaceError
from layers.finding_pages import FindingPages
from layers.model import Kind, Layer, Mode, Workspace
from layers.workspace_records import (
    DECISIONS,
    FINDINGS,
    LATER_TABLES,
    PARTNERS,
    RECORD_TABLES,
    RELEASES,
    RULEBOOK,
    RULES,
    RUNS,
    SOURCES,
    RecordTable,
    json_text,
    time_of,
    time_text,
)
from layers.workspace_tables import StoredLayer, read_kind, remove_layer, write_layer

_PAGE = 1_000
"""Records that are decoded at a time."""

Stored = Mapping[str, StoredLayer]
"""What the file holds of each layer, by layer id."""


def _record_lists(workspace: Workspace) -> tuple[tuple[RecordTable, Sequence[Any]], ...]:
    return (
        (SOURCES, workspace.sources),
        (RULES, tuple(workspace.rules.items())),
        (RUNS, workspace.runs),
        (FINDINGS, workspace.findings),
        (DECISIONS, workspace.decisions),
        (RELEASES, workspace.releases),
        (PARTNERS, workspace.partners),
        (RULEBOOK, workspace.rulebook),
    )


def write(
    connection: sqlite3.Connection, before: Workspace | None, after: Workspace, stored: Stored
) -> tuple[Stored, dict[str, int]]:
    """Write the difference of two workspaces; returns what is stored then, and the counts for the log."""
    _write_header(connection, after)
    result, counts = _write_layers(connection, after, stored)
    old_lists = _record_lists(before) if before else tuple((table, ()) for table, _ in _record_lists(after))
    for (table, old), (_, new) in zip(old_lists, _record_lists(after), strict=True):
        written = 0 if new is old else _write_records(connection, table, old, new)
        if written:
            counts[table.name.removeprefix("deconflict_")] = written
    return result, counts


def _write_header(connection: sqlite3.Connection, workspace: Workspace) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO deconflict_workspace (fid, workspace_id, title, mode, created_at, time_zone) "
        "VALUES (1, ?, ?, ?, ?, ?)",
        (
            workspace.id,
            workspace.title,
            workspace.mode.value,
            time_text(workspace.created_at),
            workspace.time_zone,
        ),
    )


def _write_layers(
    connection: sqlite3.Connection, after: Workspace, stored: Stored
) -> tuple[dict[str, StoredLayer], dict[str, int]]:
    counts = {"added": 0, "changed": 0, "removed": 0}
    result: dict[str, StoredLayer] = {}
    touched: set[Kind] = set()
    kinds = {layer.id: layer.kind for layer in after.layers}
    if len(kinds) != len(after.layers):
        raise WorkspaceError("Two layers have the same id.", "Nothing was changed.", after.title)
    for layer_id, old in stored.items():
        if kinds.get(layer_id) is not old.kind:
            counts["removed"] += remove_layer(connection, old)
            touched.add(old.kind)
    for layer in after.layers:
        previous = stored.get(layer.id)
        if previous is not None and previous.kind is not layer.kind:
            previous = None
        if previous is not None and previous.table is layer.table:
            result[layer.id] = previous
            continue
        result[layer.id], done = write_layer(connection, previous, layer)
        counts = {name: count + done[name] for name, count in counts.items()}
        touched.add(layer.kind)
    _write_layer_list(connection, after.layers)
    for kind in touched:
        _write_extent(connection, kind, after)
    return result, {name: count for name, count in counts.items() if count}


def _write_layer_list(connection: sqlite3.Connection, layers: tuple[Layer, ...]) -> None:
    rows = [
        (
            number,
            layer.id,
            layer.kind.value,
            layer.name,
            int(layer.visible),
            int(layer.locked),
            json_text(list(layer.table.attributes)),
        )
        for number, layer in enumerate(layers, 1)
    ]
    connection.executemany(
        "INSERT OR REPLACE INTO deconflict_layers "
        "(fid, layer_id, kind, name, visible, locked, attribute_names) VALUES (?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    connection.execute("DELETE FROM deconflict_layers WHERE fid > ?", (len(rows),))


def _write_extent(connection: sqlite3.Connection, kind: Kind, workspace: Workspace) -> None:
    """Keep the envelope of a kind's table right: GIS programs zoom to it."""
    extents = [layer.table.extent for layer in workspace.of_kind(kind) if layer.table.extent]
    box: tuple[float | None, ...] = (None,) * 4
    if extents:
        west, south, east, north = zip(*extents, strict=True)
        box = (min(west), min(south), max(east), max(north))
    connection.execute(
        "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?, "
        "last_change = strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE table_name = ?",
        (*box, kind.value),
    )


def _write_records(
    connection: sqlite3.Connection, table: RecordTable, old: Sequence[Any], new: Sequence[Any]
) -> int:
    """Write the records that differ from those in the same places before; returns how many rows it took."""
    if isinstance(new, FindingPages):
        return _write_pages(connection, table, old, new)
    others = compress(count(), map(is_not, old, new))  # one by one in Python is slow among 100,000 findings
    places = [*(place for place in others if old[place] != new[place]), *range(len(old), len(new))]
    cells = table.rows([new[place] for place in places])
    rows = [(place + 1, *row) for place, row in zip(places, cells, strict=True)]
    connection.executemany(table.insert, rows)
    connection.execute(f'DELETE FROM "{table.name}" WHERE fid > ?', (len(new),))  # noqa: S608
    return len(rows) + max(0, len(old) - len(new))


def _write_pages(
    connection: sqlite3.Connection, table: RecordTable, old: Sequence[Any], new: FindingPages
) -> int:
    """Write packed findings as `_write_records` does, without holding the cells of more than a page."""
    before = old.rows() if isinstance(old, FindingPages) else iter(table.rows(old))
    others = ((place, *row) for place, row in enumerate(new.rows(), 1) if row != next(before, None))
    written = connection.executemany(table.insert, others).rowcount
    connection.execute(f'DELETE FROM "{table.name}" WHERE fid > ?', (len(new),))  # noqa: S608
    return max(written, 0) + max(0, len(old) - len(new))


def read(connection: sqlite3.Connection, *, packed: bool = False) -> tuple[Workspace, Stored]:
    """Read everything, inside a transaction; with `packed`, findings stay packed (`FindingPages`).

    Raises ValueError, TypeError, KeyError, IndexError or AttributeError where another program has broken
    a value: the caller tells it as damage.
    """
    header = connection.execute(
        "SELECT workspace_id, title, mode, created_at, time_zone FROM deconflict_workspace"
    ).fetchone()
    rows = connection.execute(
        "SELECT layer_id, kind, name, visible, locked, attribute_names FROM deconflict_layers ORDER BY fid"
    ).fetchall()
    stored: dict[str, StoredLayer] = {}
    for kind in Kind:
        names = {row[0]: json.loads(row[5]) for row in rows if row[1] == kind.value}
        stored |= read_kind(connection, kind, names)
    lists = {table.name: _read_records(connection, table, packed=packed) for table in RECORD_TABLES}
    workspace = Workspace(
        id=header[0],
        title=header[1],
        mode=Mode(header[2]),
        created_at=time_of(header[3]),
        time_zone=header[4],
        layers=tuple(
            Layer(row[0], Kind(row[1]), row[2], stored[row[0]].table, bool(row[3]), bool(row[4]))
            for row in rows
        ),
        sources=lists[SOURCES.name],
        rules=dict(lists[RULES.name]),
        runs=lists[RUNS.name],
        findings=lists[FINDINGS.name],
        decisions=lists[DECISIONS.name],
        releases=lists[RELEASES.name],
        partners=lists[PARTNERS.name],
        rulebook=lists[RULEBOOK.name],
    )
    return workspace, stored


def _read_records(connection: sqlite3.Connection, table: RecordTable, *, packed: bool) -> Any:
    if (
        table.name in LATER_TABLES
        and not connection.execute(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table.name,)
        ).fetchone()
    ):
        return ()
    names = ", ".join(f'"{name}"' for name, _ in table.columns)
    rows = connection.execute(f'SELECT {names} FROM "{table.name}" ORDER BY fid')  # noqa: S608
    if packed and table is FINDINGS:
        return FindingPages(rows)
    return tuple(chain.from_iterable(table.records(page) for page in iter(lambda: rows.fetchmany(_PAGE), [])))
