"""The tables of a workspace file: how they are made, proved to be ours, and brought up to date.

There is no R-tree in a workspace. Its triggers call functions of the application, which SQLite only
allows with `trusted_schema` on, so that every file from elsewhere could run code of its own; and it would
double the time of an import for an index that this program, which keeps all features in memory, never reads.
An index that QGIS added is dropped when the workspace is opened for writing: it would go stale, and it can be
made again with one click. Nor is there an index of ids: it would take a third of the time of a large import,
and ids are checked when a layer is written and when it is read.
"""

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from layers.errors import WorkspaceError
from layers.geopackage import APPLICATION_ID, BASE_TABLES, SPATIAL_REFERENCES, SRS_ID, USER_VERSION
from layers.kinds import KINDS
from layers.model import FieldSpec, FieldType, KindSpec
from layers.workspace_records import LATER_TABLES, RECORD_TABLES, json_text, time_text

FORMAT_VERSION = 1
"""Raised by one with every change that older programs could not read; each step is in `MIGRATIONS`."""

SYSTEM_COLUMNS = (
    ("fid", "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL"),
    ("geom", "GEOMETRY"),
    ("id", "TEXT NOT NULL"),
    ("name", "TEXT"),
    ("category", "TEXT"),
    ("source_id", "TEXT"),
    ("label", "TEXT"),
    ("valid_from", "DATETIME"),
    ("valid_to", "DATETIME"),
    ("uncertainty_m", "DOUBLE"),
    ("source", "TEXT"),
    ("source_row", "INTEGER"),
    ("attributes", "TEXT"),
    ("layer_id", "TEXT NOT NULL"),
    ("row_order", "INTEGER NOT NULL"),
)
"""Columns of every feature table; the kind's own fields follow, so that a new field is one `ALTER TABLE`."""

_OWN_TABLES = {
    "deconflict_format": 'CREATE TABLE "deconflict_format" ("fid" INTEGER PRIMARY KEY NOT NULL, '
    '"version" INTEGER NOT NULL)',
    "deconflict_workspace": 'CREATE TABLE "deconflict_workspace" ("fid" INTEGER PRIMARY KEY NOT NULL, '
    '"workspace_id" TEXT NOT NULL, "title" TEXT, "mode" TEXT, "created_at" DATETIME, "time_zone" TEXT)',
    "deconflict_layers": 'CREATE TABLE "deconflict_layers" ("fid" INTEGER PRIMARY KEY NOT NULL, '
    '"layer_id" TEXT NOT NULL, "kind" TEXT, "name" TEXT, "visible" BOOLEAN, "locked" BOOLEAN, '
    '"attribute_names" TEXT)',
    "deconflict_log": 'CREATE TABLE "deconflict_log" ("fid" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, '
    '"at" DATETIME NOT NULL, "by_name" TEXT NOT NULL, "text" TEXT NOT NULL, "counts" TEXT NOT NULL)',
    **{table.name: table.sql for table in RECORD_TABLES},
}
_TITLES = {
    "deconflict_format": "Workspace format",
    "deconflict_workspace": "Workspace",
    "deconflict_layers": "Layers",
    "deconflict_log": "Log",
    **{table.name: table.title for table in RECORD_TABLES},
}
_LOG_TRIGGERS = {
    f"deconflict_log_no_{verb}": f'CREATE TRIGGER "deconflict_log_no_{verb}" BEFORE {verb.upper()} '
    "ON \"deconflict_log\" BEGIN SELECT RAISE(ABORT, 'the log can only be added to'); END"
    for verb in ("update", "delete")
}
_SQL_TYPES = {FieldType.INTEGER: "INTEGER", FieldType.NUMBER: "DOUBLE"}
_GDAL_TRIGGER = re.compile(
    r"rtree_.+_(insert|update\d?|delete)|trigger_(insert|delete)_feature_count_.+|gpkg_(tile_matrix|metadata).*"
)
"""Names that GDAL gives to the triggers of its spatial index, feature counter and standard tables."""
_GDAL_TABLES = ("gpkg_extensions", "gpkg_ogr_contents")


@dataclass(frozen=True)
class Migration:
    """One step of the format: turns a file of `version` into one of `version + 1`, inside a transaction."""

    version: int
    what: str
    apply: Callable[[sqlite3.Connection], None]


MIGRATIONS: tuple[Migration, ...] = ()
"""Every step since version 1, in order; version 1 is the first."""


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all or nothing: commits at the end, rolls back whatever made the block stop."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def field_column(spec: FieldSpec) -> str:
    """Return the column definition of a kind's field."""
    return f'"{spec.name}" {_SQL_TYPES.get(spec.type, "TEXT")}'


def feature_table_sql(spec: KindSpec) -> str:
    """Return the statement that makes the table of a kind."""
    columns = [f'"{name}" {kind}' for name, kind in SYSTEM_COLUMNS]
    columns += [field_column(field) for field in spec.fields]
    return f'CREATE TABLE "{spec.kind.value}" ({", ".join(columns)})'


def create_schema(connection: sqlite3.Connection) -> None:
    """Make every table of an empty workspace. Call inside a transaction."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {USER_VERSION}")
    for sql in BASE_TABLES.values():
        connection.execute(sql)
    connection.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", SPATIAL_REFERENCES)
    for spec in KINDS:
        _create_feature_table(connection, spec)
    for name in _OWN_TABLES:
        _create_own_table(connection, name)
    for sql in _LOG_TRIGGERS.values():
        connection.execute(sql)
    connection.execute("INSERT INTO deconflict_format VALUES (1, ?)", (FORMAT_VERSION,))


def _create_own_table(connection: sqlite3.Connection, name: str) -> None:
    connection.execute(_OWN_TABLES[name])
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES (?, 'attributes', ?)",
        (name, f"Deconflict: {_TITLES[name]}"),
    )


def _create_feature_table(connection: sqlite3.Connection, spec: KindSpec) -> None:
    table = spec.kind.value
    connection.execute(feature_table_sql(spec))
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) "
        "VALUES (?, 'features', ?, ?, ?)",
        (table, spec.title_plural, spec.help, SRS_ID),
    )
    # Z and M are allowed, not required (2): partners' heights are kept.
    connection.execute(
        "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'GEOMETRY', ?, 2, 2)", (table, SRS_ID)
    )


def read_version(connection: sqlite3.Connection, where: str) -> int:
    """Return the format version of a file; refuse one that is not ours or newer than this program.

    Raises
    ------
    WorkspaceError
        With one sentence for each case.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID:
        raise WorkspaceError(
            "This is a database of another program, not a workspace.", "Choose a Deconflict workspace.", where
        )
    known = connection.execute(
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'deconflict_format'"
    ).fetchone()[0]
    row = connection.execute("SELECT version FROM deconflict_format").fetchone() if known else None
    if row is None or not isinstance(row[0], int):
        raise WorkspaceError(
            "This is a GeoPackage, but not a Deconflict workspace.",
            "To use its features, import it into a workspace.",
            where,
        )
    version: int = row[0]
    if version > FORMAT_VERSION:
        raise WorkspaceError(
            f"This workspace was written by a newer Deconflict (format {version}; this program reads up to "
            f"{FORMAT_VERSION}).",
            "Update Deconflict to open it; the file was not changed.",
            where,
        )
    return version


def verify(connection: sqlite3.Connection, where: str) -> None:
    """Refuse a file with views or triggers that are not ours: they could run on every read or write.

    Triggers with the names that GDAL gives are tolerated, so that a file in which QGIS has made an index or
    a style still opens: they never fire on reading, and those on a table that we write are dropped before
    the first write (`drop_foreign_indexes`), whatever they hold.

    Raises
    ------
    WorkspaceError
        Naming the first thing that does not belong here.
    """
    objects = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    for kind, name, _table, sql in objects:
        ours = _LOG_TRIGGERS.get(name)
        foreign_trigger = kind == "trigger" and sql != ours and not _GDAL_TRIGGER.fullmatch(name)
        if kind == "view" or foreign_trigger:
            raise WorkspaceError(
                f"The file holds a {kind} that Deconflict did not make ({name!r}), so it is not opened.",
                "Ask whoever sent it why, or open a copy in QGIS and remove it.",
                where,
            )
    tables = {name for kind, name, _, _ in objects if kind == "table"}
    triggers = {name for kind, name, _, _ in objects if kind == "trigger"}
    needed = [name for name in (*BASE_TABLES, *_OWN_TABLES) if name not in LATER_TABLES]
    missing = [name for name in needed if name not in tables]
    missing += [name for name in _LOG_TRIGGERS if name not in triggers]
    if missing:
        raise WorkspaceError(
            f"The workspace is incomplete: {missing[0]!r} is missing.",
            "Use a backup copy of the file.",
            where,
        )


def _foreign_triggers(connection: sqlite3.Connection) -> list[str]:
    """Return the triggers of other programs on tables that we write."""
    written = {spec.kind.value for spec in KINDS} | {*_OWN_TABLES, *BASE_TABLES, *_GDAL_TABLES}
    rows = connection.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
    return [name for name, table in rows if table in written and name not in _LOG_TRIGGERS]


def drop_foreign_indexes(connection: sqlite3.Connection) -> None:
    """Remove spatial indexes and counters that GDAL added to our tables. Call inside a transaction."""
    for name in _foreign_triggers(connection):
        connection.execute(f"DROP TRIGGER {_quoted(name)}")
    tables = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall())
    for spec in KINDS:
        index = f"rtree_{spec.kind.value}_geom"
        if re.match(r"CREATE VIRTUAL TABLE \S+ USING rtree\s*\(", tables.get(index) or ""):
            connection.execute(f"DROP TABLE {_quoted(index)}")
        for helper in _GDAL_TABLES:
            if helper in tables:
                sql = f"DELETE FROM {helper} WHERE table_name = ?"  # noqa: S608 (one of two constants)
                connection.execute(sql, (spec.kind.value,))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def columns_of(connection: sqlite3.Connection, table: str) -> tuple[str, ...]:
    """Return the names of a table's columns; empty when there is no such table."""
    return tuple(row[1] for row in connection.execute(f"PRAGMA table_info({_quoted(table)})"))


def needs_upgrade(connection: sqlite3.Connection, version: int) -> bool:
    """Tell whether `upgrade` would change anything."""
    lacking = any(_lacking(columns_of(connection, spec.kind.value), spec) for spec in KINDS)
    lacking = lacking or any(not columns_of(connection, name) for name in LATER_TABLES)
    return version < FORMAT_VERSION or lacking or bool(_foreign_triggers(connection))


def _lacking(columns: Iterable[str], spec: KindSpec) -> list[FieldSpec]:
    present = set(columns)
    return [field for field in spec.fields if field.name not in present]


def upgrade(connection: sqlite3.Connection, version: int) -> None:
    """Bring a file of an older version, or of a program that knew fewer kinds and fields, up to date.

    Call inside a transaction: a step that fails leaves the file as it was.
    """
    drop_foreign_indexes(connection)
    for step in MIGRATIONS:
        if step.version >= version:
            step.apply(connection)
            connection.execute("UPDATE deconflict_format SET version = ?", (step.version + 1,))
            log(connection, f"Brought to format {step.version + 1}: {step.what}", "", {})
    for name in LATER_TABLES:
        if not columns_of(connection, name):
            _create_own_table(connection, name)
    for spec in KINDS:
        columns = columns_of(connection, spec.kind.value)
        if not columns:
            _create_feature_table(connection, spec)
            continue
        for field in _lacking(columns, spec):
            connection.execute(f'ALTER TABLE "{spec.kind.value}" ADD COLUMN {field_column(field)}')


def log(connection: sqlite3.Connection, text: str, by: str, counts: dict[str, Any]) -> None:
    """Add a row to the log. Call inside a transaction."""
    connection.execute(
        'INSERT INTO deconflict_log ("at", "by_name", "text", "counts") VALUES (?, ?, ?, ?)',
        (time_text(datetime.now(UTC)), by, text, json_text(counts)),
    )
