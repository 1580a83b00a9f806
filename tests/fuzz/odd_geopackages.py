"""Odd and broken GeoPackages, made with SQLite: what QGIS, GDAL, phones and damaged disks are known to leave."""

import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import shapely

from layers.geopackage import BASE_TABLES, SPATIAL_REFERENCES

Made = tuple[Path, int | None]
POINT = shapely.Point(36.1, 33.5)
AREA = shapely.box(36, 33, 37, 34)


def blob(
    shape: Any,
    *,
    envelope: int = 0,
    little: bool = True,
    empty: bool = False,
    extended: bool = False,
    version: int = 0,
    srs: int = 4326,
    flavor: str = "iso",
) -> bytes:
    """Make a geometry blob with any header."""
    flags = (32 if extended else 0) | (16 if empty else 0) | (envelope << 1) | (1 if little else 0)
    head = b"GP" + bytes([version, flags]) + struct.pack("<i" if little else ">i", srs)
    counts = {0: 0, 1: 4, 2: 6, 3: 6, 4: 8}
    box = struct.pack(
        f"{'<' if little else '>'}{counts.get(envelope, 0)}d", *[36.0] * counts.get(envelope, 0)
    )
    body = shape if isinstance(shape, bytes) else shapely.to_wkb(shape, byte_order=int(little), flavor=flavor)
    return head + box + body


def make(
    path: Path,
    rows: list[Any] | None = None,
    *,
    columns: str = "fid INTEGER PRIMARY KEY, geom BLOB, name TEXT",
    srs: int = 4326,
    table: str = "sites",
    geometry_column: str = "geom",
    without: tuple[str, ...] = (),
    then: tuple[str, ...] = (),
    data_type: str = "features",
) -> Path:
    """Write a GeoPackage of one table; `rows` are geometry cells, `then` is SQL that makes it odd."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for name, sql in BASE_TABLES.items():
            if name not in without:
                connection.execute(sql)
        connection.execute("PRAGMA application_id = 0x47504B47")
        if "gpkg_spatial_ref_sys" not in without:
            connection.executemany(
                "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", SPATIAL_REFERENCES
            )
        connection.execute(f'CREATE TABLE "{table}" ({columns})')
        cells = [blob(POINT), blob(AREA)] if rows is None else rows
        connection.executemany(
            f'INSERT INTO "{table}" ("{geometry_column}", name) VALUES (?, ?)',
            [(cell, f"Site {i}") for i, cell in enumerate(cells)],
        )
        if "gpkg_contents" not in without:
            connection.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (?, ?, ?, ?)",
                (table, data_type, table, srs),
            )
        if "gpkg_geometry_columns" not in without and data_type == "features":
            connection.execute(
                "INSERT INTO gpkg_geometry_columns VALUES (?, ?, 'GEOMETRY', ?, 0, 0)",
                (table, geometry_column, srs),
            )
        for sql in then:
            connection.execute(sql)
    return path


def _cells() -> dict[str, tuple[Any, int | None]]:
    """One odd geometry cell, beside a good point."""
    ring = shapely.LinearRing([(36, 33), (37, 33), (37, 34)])
    deep: Any = POINT
    for _ in range(40):
        deep = shapely.GeometryCollection([deep])
    open_ring = struct.pack("<BIII", 1, 3, 1, 4) + struct.pack("<8d", 36, 33, 37, 33, 37, 34, 36, 34)
    curve = struct.pack("<BII", 1, 8, 3) + struct.pack("<6d", 36, 33, 36.5, 33.5, 37, 33)
    return {
        "null": (None, 1),
        "empty blob": (b"", 1),
        "text": ("POINT(36 33)", 1),
        "a number": (5, 1),
        "plain WKB": (shapely.to_wkb(POINT), None),
        "plain WKT as bytes": (b"POINT(36 33)", 1),
        "header only": (blob(b""), 1),
        "cut": (blob(POINT)[:-3], 1),
        "one byte": (b"G", 1),
        "wrong magic": (b"XX" + blob(POINT)[2:], 1),
        "big-endian": (blob(POINT, little=False), 2),
        **{f"envelope {n}": (blob(AREA, envelope=n), 2) for n in (1, 2, 3, 4)},
        **{f"envelope {n} (reserved)": (blob(AREA, envelope=n), None) for n in (5, 6, 7)},
        "version 7": (blob(POINT, version=7), None),
        "marked empty": (blob(shapely.Point(), empty=True), 1),
        "marked empty but full": (blob(POINT, empty=True), None),
        "extended": (blob(POINT, extended=True), None),
        "another srs in the blob": (blob(POINT, srs=32637), 2),
        "EWKB with srid": (blob(shapely.to_wkb(shapely.set_srid(POINT, 4326), include_srid=True)), None),
        "extended WKB with z": (blob(shapely.Point(36, 33, 5), flavor="extended"), 2),
        "ISO WKB with z": (blob(shapely.Point(36, 33, 5)), 2),
        "ISO WKB with m": (blob(struct.pack("<BI3d", 1, 2001, 36, 33, 5)), 2),
        "ISO WKB with zm": (blob(struct.pack("<BI4d", 1, 3001, 36, 33, 5, 6)), 2),
        "mixed byte orders": (blob(shapely.to_wkb(AREA, byte_order=0)), 2),
        "unknown type": (blob(struct.pack("<BI", 1, 99)), 1),
        "huge count": (blob(struct.pack("<BII", 1, 2, 2**31 - 1)), 1),
        "huge ring count": (blob(struct.pack("<BII", 1, 3, 2**32 - 1)), 1),
        "open ring": (blob(open_ring), 2),
        "curve": (blob(curve), 2),
        "nan": (blob(shapely.Point(float("nan"), 33)), 1),
        "inf": (blob(struct.pack("<BI2d", 1, 1, float("inf"), 33)), 1),
        "line of a ring": (blob(shapely.LineString(ring)), 2),
        "multipoint": (blob(shapely.MultiPoint([(36, 33), (37, 34)])), 2),
        "collection": (blob(shapely.GeometryCollection([POINT, AREA])), None),
        "empty collection": (blob(shapely.GeometryCollection()), 1),
        "empty area": (blob(shapely.Polygon()), 1),
        "nested 40 deep": (blob(deep), None),
        "nested 20,000 deep": (blob(struct.pack("<BII", 1, 7, 1) * 20_000 + shapely.to_wkb(POINT)), None),
        "bow-tie": (blob(shapely.Polygon([(36, 33), (37, 34), (37, 33), (36, 34)])), 2),
        "a megabyte of rubbish": (b"GP\0\1" + b"\xab" * 1_000_000, 1),
        "SpatiaLite": (b"\x00\x01\xe6\x10\x00\x00" + bytes(32) + b"\x7c" + bytes(20) + b"\xfe", 1),
    }


_TYPED = "fid INTEGER PRIMARY KEY, geom BLOB, name TEXT"
_VIEW = "CREATE VIEW evil AS SELECT fid, geom, name FROM sites"


def _tables() -> dict[str, tuple[dict[str, Any], int | None]]:
    """Odd tables; keyword arguments of `make`."""
    register = "INSERT INTO gpkg_geometry_columns VALUES ('{}', 'geom', 'GEOMETRY', 4326, 0, 0)"
    contents = "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('{0}', 'features', '{0}', 4326)"
    return {
        "good": ({}, 2),
        "no rows": ({"rows": []}, 0),
        "srs -1": ({"srs": -1}, 2),
        "srs 0": ({"srs": 0}, 2),
        "srs not listed": ({"srs": 32637, "then": ("PRAGMA foreign_keys=OFF",)}, None),
        "srs definition rubbish": (
            {
                "then": (
                    "UPDATE gpkg_spatial_ref_sys SET organization='NONE', definition='rubbish' WHERE srs_id=4326",
                )
            },
            None,
        ),
        "srs organization in lower case": (
            {"then": ("UPDATE gpkg_spatial_ref_sys SET organization='epsg' WHERE srs_id=4326",)},
            2,
        ),
        "srs organization NULL-like": (
            {"then": ("UPDATE gpkg_spatial_ref_sys SET organization='' WHERE srs_id=4326",)},
            2,
        ),
        "srs code a lie": (
            {
                "then": (
                    "UPDATE gpkg_spatial_ref_sys SET organization_coordsys_id=99999999 WHERE srs_id=4326",
                )
            },
            None,
        ),
        "srs definition of a megabyte": (
            {
                "then": (
                    "UPDATE gpkg_spatial_ref_sys SET organization='x', definition=hex(zeroblob(500000)) WHERE srs_id=4326",
                )
            },
            None,
        ),
        "without gpkg_contents": ({"without": ("gpkg_contents",)}, None),
        "without gpkg_geometry_columns": ({"without": ("gpkg_geometry_columns",)}, None),
        "without gpkg_spatial_ref_sys": ({"without": ("gpkg_spatial_ref_sys",)}, None),
        "without any gpkg table": ({"without": tuple(BASE_TABLES)}, None),
        "aspatial only": ({"data_type": "attributes"}, None),
        "tiles only": ({"data_type": "tiles"}, None),
        "no primary key": ({"columns": "geom BLOB, name TEXT"}, 2),
        "without rowid": ({"columns": "name TEXT PRIMARY KEY, geom BLOB", "then": ()}, 2),
        "geometry column is gone": ({"then": ("ALTER TABLE sites RENAME COLUMN geom TO shape",)}, None),
        "geometry column of another case": (
            {"then": ("UPDATE gpkg_geometry_columns SET column_name='GEOM'",)},
            None,
        ),
        "table is gone": ({"then": ("DROP TABLE sites",)}, None),
        "table of another case": ({"then": ("UPDATE gpkg_geometry_columns SET table_name='SITES'",)}, None),
        "two geometry columns": ({"columns": _TYPED + ", geom2 BLOB"}, 2),
        "a generated column": (
            {"columns": _TYPED + ", twice TEXT GENERATED ALWAYS AS (name || name) VIRTUAL"},
            2,
        ),
        "a generated column of a function": (
            {"columns": _TYPED + ", h TEXT GENERATED ALWAYS AS (upper(name)) VIRTUAL"},
            None,
        ),
        "a generated column of 900 MB": (
            {"columns": _TYPED + ", h TEXT GENERATED ALWAYS AS (printf('%.*c', 900000000, 'x')) VIRTUAL"},
            None,
        ),
        "a stored generated column": (
            {"columns": _TYPED + ", twice TEXT GENERATED ALWAYS AS (name || name) STORED"},
            2,
        ),
        "a check": ({"columns": _TYPED + ", n INTEGER CHECK (n IS NULL OR n > 0)"}, 2),
        "a view as a layer": ({"then": (_VIEW, contents.format("evil"), register.format("evil"))}, 2),
        "a view alone": (
            {
                "then": (
                    _VIEW,
                    "UPDATE gpkg_geometry_columns SET table_name='evil'",
                )
            },
            None,
        ),
        "a view that recurses": (
            {
                "then": (
                    "CREATE VIEW evil AS WITH RECURSIVE r(geom) AS (SELECT NULL UNION ALL SELECT geom FROM r) SELECT geom FROM r",
                    contents.format("evil"),
                    register.format("evil"),
                )
            },
            None,
        ),
        "a view of a virtual table": (
            {
                "then": (
                    "CREATE VIEW evil AS SELECT 1 AS geom FROM json_each('[1,2]')",
                    contents.format("evil"),
                    register.format("evil"),
                )
            },
            None,
        ),
        "a trigger": (
            {"then": ("CREATE TRIGGER evil AFTER INSERT ON sites BEGIN DELETE FROM sites; END",)},
            2,
        ),
        "a trigger that loads code": (
            {"then": ("CREATE TRIGGER evil AFTER INSERT ON sites BEGIN SELECT load_extension('x'); END",)},
            2,
        ),
        "a default that is a function": ({"columns": _TYPED + ", t TEXT DEFAULT (datetime('now'))"}, 2),
        "1,900 columns": ({"columns": _TYPED + "".join(f", c{i} TEXT" for i in range(1_900))}, 2),
        "names with quotes": ({"table": "si'tes; DROP TABLE x"}, 2),
        "names with double quotes": ({"table": "sites", "columns": _TYPED + ', "a""b" TEXT'}, 2),
        "an Arabic table": ({"table": "مواقع"}, 2),
        "a column named geometry": (
            {"columns": "fid INTEGER PRIMARY KEY, geometry BLOB, name TEXT", "geometry_column": "geometry"},
            2,
        ),
        "a column named rowid": ({"columns": "rowid INTEGER PRIMARY KEY, geom BLOB, name TEXT"}, 2),
        "text that is not UTF-8": ({"then": ("UPDATE sites SET name = CAST(x'ff80fe' AS TEXT)",)}, 2),
        "text with NUL": ({"then": ("UPDATE sites SET name = 'a' || char(0) || 'b'",)}, 2),
        "text of 30 MB": ({"then": ("UPDATE sites SET name = hex(zeroblob(15000000)) WHERE fid = 1",)}, 2),
        "bytes of 100 MB": ({"then": ("UPDATE sites SET name = zeroblob(100000000) WHERE fid = 1",)}, None),
        "bytes in a column": ({"then": ("UPDATE sites SET name = x'00ff'",)}, 2),
        "inf in a column": ({"then": ("UPDATE sites SET name = 9e999",)}, 2),
        "UTF-16 database": ({"then": ()}, 2),
        "an index": ({"then": ("CREATE INDEX i ON sites (name)",)}, 2),
        "an index on an expression": ({"then": ("CREATE INDEX i ON sites (lower(name))",)}, 2),
        "a partial index": ({"then": ("CREATE INDEX i ON sites (name) WHERE name IS NOT NULL",)}, 2),
        "an R-tree": (
            {"then": ("CREATE VIRTUAL TABLE rtree_sites_geom USING rtree(id, minx, maxx, miny, maxy)",)},
            2,
        ),
        "a virtual table as a layer": (
            {
                "then": (
                    "CREATE VIRTUAL TABLE v USING rtree(id, a, b)",
                    contents.format("v"),
                    register.format("v"),
                )
            },
            2,
        ),
        "extensions listed": (
            {
                "then": (
                    "CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT, definition TEXT, scope TEXT)",
                    "INSERT INTO gpkg_extensions VALUES ('sites','geom','gpkg_geom_CURVE','x','read-write')",
                )
            },
            2,
        ),
        "feature count a lie": (
            {
                "then": (
                    "CREATE TABLE gpkg_ogr_contents (table_name TEXT, feature_count INTEGER)",
                    "INSERT INTO gpkg_ogr_contents VALUES ('sites', 5000)",
                )
            },
            2,
        ),
        "bounds a lie": ({"then": ("UPDATE gpkg_contents SET min_x=0, max_x=1, min_y=0, max_y=1",)}, 2),
        "contents of another case": ({"then": ("UPDATE gpkg_contents SET data_type='Features'",)}, 2),
        "contents without the layer": ({"then": ("DELETE FROM gpkg_contents",)}, None),
        "id of a plain SQLite": ({"then": ("PRAGMA application_id = 0",)}, 2),
        "id of GeoPackage 1.0": ({"then": ("PRAGMA application_id = 0x47503130",)}, 2),
        "user_version of the future": ({"then": ("PRAGMA user_version = 99999",)}, 2),
    }


def _files() -> dict[str, Callable[[Path], Made]]:
    def changed(change: Callable[[bytes], bytes], want: int | None = None) -> Callable[[Path], Made]:
        def build(folder: Path) -> Made:
            path = make(folder / "sites.gpkg")
            path.write_bytes(change(path.read_bytes()))
            return path, want

        return build

    def called(name: str) -> Callable[[Path], Made]:
        return lambda folder: (make(folder / name), 2)

    return {
        "cut to its header": changed(lambda d: d[:100]),
        "cut to a page": changed(lambda d: d[:4096]),
        "cut by a page": changed(lambda d: d[:-4096]),
        "cut within a page": changed(lambda d: d[:-1000]),
        "first byte": changed(lambda d: b"X" + d[1:]),
        "page size 0": changed(lambda d: d[:16] + b"\0\0" + d[18:]),
        "page size odd": changed(lambda d: d[:16] + b"\x03\xe7" + d[18:]),
        "encoding 9": changed(lambda d: d[:56] + struct.pack(">I", 9) + d[60:]),
        "schema format 99": changed(lambda d: d[:44] + struct.pack(">I", 99) + d[48:]),
        "last page overwritten": changed(lambda d: d[:-4096] + b"\xff" * 4096),
        "rubbish behind": changed(lambda d: d + b"rubbish" * 1000, 2),
        "zeros only": changed(lambda d: bytes(len(d))),
        "WAL mode, log beside": _wal(keep=True),
        "WAL mode, log lost": _wal(keep=False),
        "a log that belongs elsewhere": _stray_log,
        "a journal beside": _journal,
        "an empty database": lambda folder: (_empty(folder), None),
        "several layers": _several,
        "UTF-16": _utf16,
        "20,000 rows": lambda folder: (make(folder / "sites.gpkg", [blob(POINT)] * 20_000), 20_000),
        **{
            f"called {n}": called(n)
            for n in ("sites.sqlite", "sites.db", "SITES.GPKG", "sites.shp", "a b.gpkg", "مواقع.gpkg")
        },
    }


def _wal(*, keep: bool) -> Callable[[Path], Made]:
    def build(folder: Path) -> Made:
        whole = make(folder / "whole.gpkg")
        with closing(sqlite3.connect(whole)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            with connection:
                connection.execute("INSERT INTO sites (geom, name) VALUES (?, 'late')", (blob(POINT),))
            path = folder / "sites.gpkg"
            path.write_bytes(whole.read_bytes())
            if keep:
                path.with_name("sites.gpkg-wal").write_bytes(whole.with_name("whole.gpkg-wal").read_bytes())
        return path, 3 if keep else None

    return build


def _stray_log(folder: Path) -> Made:
    path = make(folder / "sites.gpkg")
    path.with_name("sites.gpkg-wal").write_bytes(b"\x37\x7f\x06\x82" + bytes(5000))
    return path, 2


def _journal(folder: Path) -> Made:
    path = make(folder / "sites.gpkg")
    path.with_name("sites.gpkg-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(600))
    return path, 2


def _empty(folder: Path) -> Path:
    with closing(sqlite3.connect(folder / "sites.gpkg")) as connection, connection:
        connection.execute("CREATE TABLE x (a)")
    return folder / "sites.gpkg"


def _several(folder: Path) -> Made:
    more = (
        "CREATE TABLE other (fid INTEGER PRIMARY KEY, geom BLOB)",
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('other', 'features', 'o', 4326)",
        "INSERT INTO gpkg_geometry_columns VALUES ('other', 'geom', 'POINT', 4326, 0, 0)",
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)",
        "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('notes', 'attributes', 'n')",
    )
    return make(folder / "sites.gpkg", then=more), 2


def _utf16(folder: Path) -> Made:
    with closing(sqlite3.connect(folder / "sites.gpkg")) as connection, connection:
        connection.execute("PRAGMA encoding = 'UTF-16le'")
        connection.execute("CREATE TABLE first (a)")
    return make(folder / "sites.gpkg"), 2


def cases() -> dict[str, Callable[[Path], Made]]:
    """Return every odd GeoPackage by name."""
    found: dict[str, Callable[[Path], Made]] = {}
    for name, (cell, want) in _cells().items():
        found[f"cell {name}"] = lambda folder, c=cell, w=want: (
            make(folder / "sites.gpkg", [c, blob(POINT)]),
            w,
        )
    for name, (how, want) in _tables().items():
        found[f"table {name}"] = lambda folder, h=how, w=want: (make(folder / "sites.gpkg", **h), w)
    for name, build in _files().items():
        found[f"file {name}"] = build
    return {f"geopackage: {name}": build for name, build in found.items()}
