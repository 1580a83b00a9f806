"""GeoPackages, read with the standard library's SQLite: no GDAL, no triggers, no foreign code."""

import sqlite3
import time
from pathlib import Path
from typing import Any

import numpy as np

from layers import wkb
from layers.errors import ReadingError
from layers.model import Objects
from layers.reading import Action, Decided, Imported, Problem, ReadOptions
from layers.settling import Draft, settle

_MAGIC = b"SQLite format 3\0"
_ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_MAX_COLUMNS = 2_000
_GENERATED = (2, 3)
"""What SQLite says of a column that is computed from others, when it is read or when it was written."""
_COUNT_S = 5.0
"""Time for counting the rows of one layer; a view can ask for anything."""
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_PRAGMA}
_ALLOWED_FUNCTIONS = {"count"}
_ALLOWED_PRAGMAS = {"table_info", "table_xinfo", "trusted_schema", "table_list"}


class GeoPackageReader:
    """Reads one feature table of a GeoPackage from a private copy, as immutable, with only SELECT allowed.

    Without a layer named, the table with most rows is taken. Curves become lines where GEOS can read them.
    """

    id = "geopackage"
    title = "GeoPackage"
    extensions: tuple[str, ...] = (".gpkg",)
    has_layers = True

    def sniff(self, head: bytes, path: Path) -> bool:
        """Tell SQLite by its first 16 bytes; whether it is a GeoPackage shows on reading."""
        return head.startswith(_MAGIC)

    def read(self, path: Path, options: ReadOptions) -> Imported:
        """Read the private copy `path`."""
        if options.encoding is not None:
            raise ReadingError("A GeoPackage states its own encoding, so none can be chosen.")
        _fold_in_log(path)
        database = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            database.execute("PRAGMA trusted_schema=OFF")
            database.set_authorizer(_authorise)
            database.text_factory = lambda raw: raw.decode("utf-8", "replace")
            return settle(_draft(database, options), options)
        except (sqlite3.Error, UnicodeDecodeError) as error:  # a damaged schema garbles the message itself
            raise ReadingError(
                "The GeoPackage is damaged, or asks for more than its rows to be read.",
                "Ask the partner to save it again.",
            ) from error
        finally:
            database.close()


def _authorise(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    """Allow reading of tables; no functions but count, no virtual tables, no writing, no attaching."""
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() not in _ALLOWED_FUNCTIONS:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA and (first or "").lower() not in _ALLOWED_PRAGMAS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _fold_in_log(path: Path) -> None:
    """Bring rows that wait in a write-ahead log (copied along) into the private copy."""
    log = path.with_name(path.name + "-wal")
    waiting = path.with_suffix("")  # "x.gpkg-wal" has no known ending, so its private copy has none either
    if waiting != path and waiting.is_file() and waiting.stat().st_size:
        waiting.rename(log)
    if not log.is_file():
        return
    try:
        database = sqlite3.connect(path)
        try:
            database.execute("PRAGMA trusted_schema=OFF")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            database.execute("PRAGMA journal_mode=DELETE")
        finally:
            database.close()
    except sqlite3.Error as error:
        raise ReadingError(
            "The GeoPackage and its log do not fit together.", "Ask the partner to close and send it again."
        ) from error


def _draft(database: sqlite3.Connection, options: ReadOptions) -> Draft:
    tables = _tables(database)
    counts = {name: count for name in tables if (count := _count(database, name)) is not None}
    if options.layer is not None and options.layer not in tables:
        raise ReadingError(f"There is no layer “{options.layer}” in it.", f"It holds: {', '.join(tables)}.")
    if not counts or options.layer not in (None, *counts):
        raise ReadingError(
            "The GeoPackage is damaged, or asks for more than its rows to be read.",
            "Ask the partner to save it again.",
            options.layer or "",
        )
    layer = options.layer or max(counts, key=lambda name: counts[name])
    shape_column, crs = tables[layer]
    listed = [
        (str(row[1]), row[6] in _GENERATED)
        for row in database.execute(f"PRAGMA table_xinfo({_quoted(layer)})")
        if row[6] in (0, *_GENERATED)
    ]
    names = [name for name, _ in listed]
    shape_column = next((n for n in names if n.casefold() == shape_column.casefold()), shape_column)
    if len(names) > _MAX_COLUMNS or shape_column not in names:
        raise ReadingError(
            "The layer's table does not have the columns it should.", "Ask for the file again.", layer
        )
    computed: list[Problem] = []
    try:
        fetched = _fetched(database, layer, names)
    except sqlite3.DatabaseError:  # a column that is computed by functions, which are not run
        names = [name for name, is_generated in listed if not is_generated]
        if len(names) == len(listed):
            raise
        fetched = _fetched(database, layer, names)
        what = "Columns that are computed when they are read were left out."
        computed.append(Problem(None, Action.DOUBT, "computed", what, "Ask the partner for plain columns."))
    by_column: list[tuple[Any, ...]] = list(zip(*fetched, strict=True)) if fetched else [()] * len(names)
    values = dict(zip(names, by_column, strict=True))
    geometry, problems = _shapes(values.pop(shape_column))
    problems += computed
    rows = max(counts[layer], len(fetched))
    problems += [
        Problem(
            None,
            Action.DOUBT,
            "layer_unread",
            f"The layer “{name}” is not made of plain rows; it was not read.",
        )
        for name in tables.keys() - counts.keys()
    ]
    problems += [
        Problem(row, Action.SKIPPED, "missing", "The file counts this row but does not hand it out.")
        for row in range(len(fetched) + 1, rows + 1)
    ]
    return Draft(
        format="geopackage",
        layers=tuple(tables),
        layer=layer,
        rows=rows,
        row=np.arange(1, len(fetched) + 1),
        geometry=geometry,
        columns={name: _column(column) for name, column in values.items()},
        crs=crs,
        encoding=Decided("utf-8", "SQLite states its own encoding.", ("utf-8",)),
        problems=problems,
    )


def _fetched(database: sqlite3.Connection, table: str, names: list[str]) -> list[tuple[Any, ...]]:
    selected = ", ".join(_quoted(name) for name in names)
    return database.execute(f"SELECT {selected} FROM {_quoted(table)}").fetchall()  # noqa: S608 - quoted


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _tables(database: sqlite3.Connection) -> dict[str, tuple[str, str | None]]:
    """Return the geometry column and coordinate system of every feature table that exists."""
    present = {str(row[1]) for row in database.execute("PRAGMA table_list")}
    if not {"gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys"} <= present:
        raise ReadingError(
            "This is an SQLite database, but not a GeoPackage.", "Ask the partner to export a GeoPackage."
        )
    systems = {
        row[0]: _system(*row)
        for row in database.execute(
            "SELECT srs_id, organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys"
        )
    }
    rows = database.execute("SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns").fetchall()
    spelt = {name.casefold(): name for name in present}  # names in SQLite know no case
    tables = {
        spelt[str(t).casefold()]: (str(c), systems[s] if s in systems else _by_number(s))
        for t, c, s in rows
        if str(t).casefold() in spelt
    }
    if not tables:
        raise ReadingError("The GeoPackage holds no layer with shapes.")
    return tables


def _system(srs_id: Any, organization: Any, code: Any, definition: Any) -> str | None:
    """Return what identifies a coordinate system; -1 and 0 are "undefined" by the standard."""
    if srs_id in (-1, 0):
        return None
    if str(organization).upper() in ("EPSG", "ESRI"):
        return f"{str(organization).upper()}:{code}"
    return str(definition)


def _by_number(srs_id: Any) -> str | None:
    """Return the EPSG code of a system that the file uses and does not define, as other readers take it."""
    return f"EPSG:{srs_id}" if isinstance(srs_id, int) and srs_id > 0 else None


def _count(database: sqlite3.Connection, table: str) -> int | None:
    """Count the rows; None for what cannot be read, such as a view that computes without end."""
    end = time.monotonic() + _COUNT_S
    database.set_progress_handler(lambda: time.monotonic() > end, 10_000)
    try:
        return int(database.execute(f"SELECT count(*) FROM {_quoted(table)}").fetchone()[0])  # noqa: S608
    except sqlite3.Error:
        return None
    finally:
        database.set_progress_handler(None, 0)


def _shapes(blobs: tuple[Any, ...]) -> tuple[Objects, list[Problem]]:
    """Read geometry blobs: the GeoPackage header, then WKB."""
    bodies = np.empty(len(blobs), dtype=object)
    bodies[:] = [None if blob is None else _body(blob) for blob in blobs]
    shapes = wkb.read(bodies)
    formless = [i for i, blob in enumerate(blobs) if blob is not None and bodies[i] is None]
    why = "Its geometry is not in GeoPackage form."
    problems = [Problem(i + 1, Action.SKIPPED, "bad_feature", why) for i in formless]
    return shapes.geometry, [*problems, *shapes.problems()]


def _body(blob: Any) -> bytes | None:
    if not isinstance(blob, bytes) or len(blob) < 8 or blob[:2] != b"GP":
        return None
    size = _ENVELOPE_BYTES.get(blob[3] >> 1 & 7)
    return None if size is None else blob[8 + size :]


def _column(values: tuple[Any, ...]) -> Objects:
    """Keep plain values; binary ones are only named."""
    column = np.empty(len(values), dtype=object)
    column[:] = [f"({len(v):,} bytes of binary data)" if isinstance(v, bytes) else v for v in values]
    return column
