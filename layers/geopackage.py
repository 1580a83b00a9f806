"""The GeoPackage encoding: the tables every file has, and geometry blobs, without GDAL.

Source: OGC 12-128r18, GeoPackage 1.3.
"""

import struct
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Objects = NDArray[np.object_]

APPLICATION_ID = 0x47504B47
"""`GPKG` in the SQLite header."""
USER_VERSION = 10300
"""GeoPackage 1.3: the newest that QGIS 3.22 (Debian 12) reads without a warning."""
SRS_ID = 4326

BASE_TABLES = {
    "gpkg_spatial_ref_sys": (
        "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, "
        "organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, "
        "description TEXT)"
    ),
    "gpkg_contents": (
        "CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, "
        "identifier TEXT UNIQUE, description TEXT DEFAULT '', "
        "last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), "
        "min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER, "
        "CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))"
    ),
    "gpkg_geometry_columns": (
        "CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, "
        "geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL, "
        "CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), "
        "CONSTRAINT uk_gc_table_name UNIQUE (table_name), "
        "CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name), "
        "CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))"
    ),
}

_WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],'
    'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],'
    'AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]'
)
SPATIAL_REFERENCES = (
    (
        "Undefined Cartesian SRS",
        -1,
        "NONE",
        -1,
        "undefined",
        "undefined Cartesian coordinate reference system",
    ),
    (
        "Undefined geographic SRS",
        0,
        "NONE",
        0,
        "undefined",
        "undefined geographic coordinate reference system",
    ),
    ("WGS 84 geodetic", SRS_ID, "EPSG", 4326, _WGS84, "longitude/latitude in decimal degrees on WGS 84"),
)
"""The three rows that the standard requires."""

MAX_NESTING = 16
"""Collections inside collections beyond this are refused: GEOS overflows its stack (FACTS)."""

_LITTLE_ENDIAN = 0x01
_XY_ENVELOPE = 0x02
_EMPTY = 0x10
_ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_POINT, _POLYGON = 0, 3
_CHECK_NESTING_FROM = 4096


def _header(flags: int) -> bytes:
    return b"GP\x00" + bytes([flags]) + struct.pack("<i", SRS_ID)


_POINT_HEAD = _header(_LITTLE_ENDIAN) + b"\x01\x01\x00\x00\x00"
"""What comes before the coordinates of a point: our header, the byte order and type of its WKB."""
_AREA_TYPE = b"\x01\x03\x00\x00\x00\x01\x00\x00\x00"
"""Byte order and type of the WKB of a polygon, and that it has one ring."""


def to_blobs(geometries: Objects) -> list[bytearray | None]:
    """Encode geometries as GeoPackage blobs.

    Parameters
    ----------
    geometries : object array
        shapely geometries in WGS 84 longitude/latitude, or None.

    Returns
    -------
    list of bytearray or None
        Header, envelope (not for points, for which readers need none) and ISO WKB with Z and M kept;
        None stays None. Python's sqlite3 binds a bytearray at once, and looks for an adapter of bytes.
    """
    blobs: list[bytearray | None] | None = _point_blobs(geometries) or _plain_area_blobs(geometries)
    if blobs is not None:
        return blobs
    wkb = shapely.to_wkb(geometries, byte_order=1, flavor="iso", include_srid=False)
    bounds = shapely.bounds(geometries).reshape(-1, 4)
    boxed = np.isfinite(bounds).all(axis=1) & (shapely.get_type_id(geometries) != _POINT)
    envelopes = np.ascontiguousarray(bounds[:, [0, 2, 1, 3]], dtype="<f8").tobytes()
    bare, with_box = _header(_LITTLE_ENDIAN), _header(_LITTLE_ENDIAN | _XY_ENVELOPE)
    blobs = [
        None
        if body is None
        else bytearray(with_box + envelopes[32 * i : 32 * i + 32] + body if box else bare + body)
        for i, (body, box) in enumerate(zip(wkb.tolist(), boxed.tolist(), strict=True))
    ]
    empty = _header(_LITTLE_ENDIAN | _EMPTY)
    for i in np.flatnonzero(shapely.is_empty(geometries)):
        blobs[i] = bytearray(empty + wkb[i])
    return blobs


def _point_blobs(geometries: Objects) -> list[bytearray | None] | None:
    """Encode a column of two-dimensional points in one piece; None where it holds anything else."""
    if not _are_flat(geometries, _POINT):
        return None
    bounds = shapely.bounds(geometries).reshape(-1, 4)  # ten times as fast as their coordinates
    if not np.isfinite(bounds).all():
        return None
    blob = np.empty(len(geometries), dtype=[("head", f"V{len(_POINT_HEAD)}"), ("xy", "<f8", 2)])
    blob["head"] = np.void(_POINT_HEAD)
    blob["xy"] = bounds[:, :2]
    data, size = bytearray(blob.tobytes()), blob.itemsize
    return [data[start : start + size] for start in range(0, len(data), size)]


def _plain_area_blobs(geometries: Objects) -> list[bytearray | None] | None:
    """Encode a column of two-dimensional polygons without holes; None where it holds anything else."""
    if not _are_flat(geometries, _POLYGON) or shapely.get_num_interior_rings(geometries).any():
        return None
    counts = shapely.get_num_coordinates(geometries)
    bounds = shapely.bounds(geometries).reshape(-1, 4)
    if not counts.all() or not np.isfinite(bounds).all():
        return None
    head = np.empty(
        len(geometries),
        dtype=[("head", "V8"), ("box", "<f8", 4), ("type", f"V{len(_AREA_TYPE)}"), ("count", "<u4")],
    )
    head["head"] = np.void(_header(_LITTLE_ENDIAN | _XY_ENVELOPE))
    head["box"] = bounds[:, [0, 2, 1, 3]]
    head["type"] = np.void(_AREA_TYPE)
    head["count"] = counts
    heads = bytearray(head.tobytes())
    xy = memoryview(shapely.get_coordinates(geometries).astype("<f8", copy=False)).cast("B")
    ends = np.cumsum(counts * 16).tolist()
    starts = range(0, len(heads), head.itemsize)
    return [
        heads[at : at + head.itemsize] + xy[begin:end]
        for at, begin, end in zip(starts, [0, *ends], ends, strict=False)
    ]


def _are_flat(geometries: Objects, kind: int) -> bool:
    """Tell whether all are of one type, and have neither heights nor measures."""
    if not len(geometries) or not (shapely.get_type_id(geometries) == kind).all():
        return False
    return not (shapely.has_z(geometries).any() or shapely.has_m(geometries).any())


def from_blobs(blobs: list[bytes | None]) -> Objects:
    """Decode GeoPackage blobs into an object array of shapely geometries or None.

    Raises
    ------
    ValueError
        When a blob is no GeoPackage geometry, is cut short, or nests deeper than `MAX_NESTING`.
    """
    bodies = np.empty(len(blobs), dtype=object)
    bodies[:] = [None if blob is None else _body(blob) for blob in blobs]
    try:
        geometries: Objects = shapely.from_wkb(bodies)
    except shapely.errors.GEOSException as error:
        raise ValueError("a geometry cannot be decoded") from error
    return geometries


def _body(blob: Any) -> bytes:
    """Return the WKB inside a blob."""
    if not isinstance(blob, bytes) or len(blob) < 13 or blob[:2] != b"GP":
        raise ValueError("not a GeoPackage geometry")
    envelope = _ENVELOPE_BYTES.get((blob[3] >> 1) & 7)
    if envelope is None:
        raise ValueError("unknown envelope in a GeoPackage geometry")
    body = blob[8 + envelope :]
    if len(body) > _CHECK_NESTING_FROM and nesting(body) > MAX_NESTING:
        raise ValueError("a geometry nests too deeply")
    return body


def nesting(wkb: bytes) -> int:
    """Return how deep geometries lie inside each other in ISO or extended WKB, stopping beyond `MAX_NESTING`.

    Raises ValueError when the bytes end too early or name an unknown type.
    """
    pending, offset, deepest = [1], 0, 1
    try:
        while pending:
            if pending[-1] == 0:
                pending.pop()
                continue
            pending[-1] -= 1
            offset, parts = _skip(wkb, offset)
            if parts:
                pending.append(parts)
                deepest = max(deepest, len(pending))
                if deepest > MAX_NESTING:
                    break
    except struct.error as error:
        raise ValueError("a geometry is cut short") from error
    return deepest


def _skip(wkb: bytes, offset: int) -> tuple[int, int]:
    """Step over one geometry's own bytes; return where its parts begin and how many there are."""
    (order,) = struct.unpack_from("B", wkb, offset)
    integer = struct.Struct("<I" if order else ">I")
    (code,) = integer.unpack_from(wkb, offset + 1)
    dimensions = 2 + (code >> 31) + (code >> 30 & 1)
    code &= 0x0FFFFFFF
    dimensions += (0, 1, 1, 2)[min(code // 1000, 3)]
    kind, offset = code % 1000, offset + 5
    if kind == 1:
        return offset + 8 * dimensions, 0
    if kind not in (2, 3, 4, 5, 6, 7):
        raise ValueError("a geometry of an unknown type")
    (count,) = integer.unpack_from(wkb, offset)
    offset += 4
    if kind == 2:
        return offset + 8 * dimensions * count, 0
    if kind == 3:
        for _ in range(count):
            (points,) = integer.unpack_from(wkb, offset)
            offset += 4 + 8 * dimensions * points
        return offset, 0
    return offset, count
