"""Odd and broken shapefiles, byte by byte: what partners, old programs and test suites are known to hold.

Each maker writes into a folder and returns what is opened, with the number of rows that must come in (None: it
may be refused, but in words).
"""

import struct
import zipfile
from collections.abc import Callable, Iterable
from math import inf, nan
from pathlib import Path

WGS84 = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
NO_DATA = -1e39
SQUARE = [(36.0, 33.0), (36.0, 34.0), (37.0, 34.0), (37.0, 33.0), (36.0, 33.0)]
HOLE = [(36.2, 33.2), (36.8, 33.2), (36.8, 33.8), (36.2, 33.8), (36.2, 33.2)]

Made = tuple[Path, int | None]


def point(x: float, y: float, kind: int = 1, *more: float) -> bytes:
    return struct.pack("<i2d", kind, x, y) + struct.pack(f"<{len(more)}d", *more)


def parts(
    rings: list[list[tuple[float, float]]], kind: int = 5, z: float | None = None, m: float | None = None
) -> bytes:
    xy = [p for ring in rings for p in ring]
    xs, ys = ([p[i] for p in xy] or [0.0] for i in (0, 1))
    starts = [sum(len(r) for r in rings[:i]) for i in range(len(rings))]
    body = struct.pack("<i4d2i", kind, min(xs), min(ys), max(xs), max(ys), len(rings), len(xy))
    body += struct.pack(f"<{len(starts)}i", *starts)
    if kind in (31,):
        body += struct.pack(f"<{len(starts)}i", *([0] * len(starts)))
    body += b"".join(struct.pack("<2d", *p) for p in xy)
    for value in (v for v in (z, m) if v is not None):
        body += struct.pack("<2d", value, value) + struct.pack("<d", value) * len(xy)
    return body


def multipoint(xy: list[tuple[float, float]], kind: int = 8) -> bytes:
    xs, ys = ([p[i] for p in xy] or [0.0] for i in (0, 1))
    head = struct.pack("<i4di", kind, min(xs), min(ys), max(xs), max(ys), len(xy))
    return head + b"".join(struct.pack("<2d", *p) for p in xy)


NULL = struct.pack("<i", 0)


def shp(records: Iterable[bytes], kind: int = 1, *, box=(36.0, 33.0, 37.0, 34.0), first: int = 1) -> bytes:
    body = b"".join(struct.pack(">2i", first + i, len(r) // 2) + r for i, r in enumerate(records))
    return _head(100 + len(body), kind, box) + body


def shx(records: Iterable[bytes], kind: int = 1, *, box=(36.0, 33.0, 37.0, 34.0)) -> bytes:
    entries, place = b"", 100
    for record in records:
        entries += struct.pack(">2i", place // 2, len(record) // 2)
        place += 8 + len(record)
    return _head(100 + len(entries), kind, box) + entries


def _head(size: int, kind: int, box) -> bytes:
    return struct.pack(">7i", 9994, 0, 0, 0, 0, 0, size // 2) + struct.pack(
        "<2i8d", 1000, kind, *box, 0, 0, 0, 0
    )


def dbf(
    fields: list[tuple[bytes, str, int, int]],
    rows: list[list[bytes]],
    *,
    deleted: Iterable[int] = (),
    stated: int | None = None,
    driver: int = 0,
    version: int = 3,
    padding: bytes = b"",
    end: bytes = b"\x1a",
) -> bytes:
    size = 1 + sum(f[2] for f in fields)
    count = len(rows) if stated is None else stated
    head = struct.pack(
        "<4BIHH16xB3x", version, 126, 1, 1, count, 33 + 32 * len(fields) + len(padding), size & 0xFFFF, driver
    )
    for name, kind, width, decimals in fields:
        head += (
            name[:11].ljust(11, b"\0") + kind.encode() + bytes(4) + bytes([width & 255, decimals]) + bytes(14)
        )
    gone = set(deleted)
    body = b"".join(
        (b"*" if i in gone else b" ")
        + b"".join(c.ljust(f[2])[: f[2]] for c, f in zip(row, fields, strict=True))
        for i, row in enumerate(rows)
    )
    return head + b"\r" + padding + body + end


NAME = [(b"NAME", "C", 20, 0)]
POINTS = [point(36.1 + i / 10, 33.5) for i in range(5)]
ROWS = [[f"Site {i}".encode()] for i in range(5)]


def write(
    folder: Path,
    records=None,
    *,
    kind=1,
    stem="sites",
    table: bytes | None = b"",
    prj: str | bytes | None = WGS84,
    **files,
) -> Path:
    """Write a family of files; `table` of b"" is a plain one, None is none; other suffixes as keywords."""
    records = POINTS if records is None else records
    parts_ = {
        "shp": shp(records, kind),
        "shx": shx(records, kind),
        "dbf": dbf(NAME, [[f"Site {i}".encode()] for i in range(len(records))]) if table == b"" else table,
        "prj": prj.encode() if isinstance(prj, str) else prj,
        **files,
    }
    for suffix, content in parts_.items():
        if content is not None:
            (folder / f"{stem}.{suffix}").write_bytes(content)
    return folder / f"{stem}.shp"


def _tables() -> dict[str, tuple[bytes | None, int | None]]:
    """Odd .dbf files beside five good points."""
    fields = [*NAME, (b"N", "N", 8, 0), (b"F", "F", 10, 3), (b"D", "D", 8, 0), (b"L", "L", 1, 0)]
    good = [[n[0], b"7", b"1.5", b"20260131", b"T"] for n in ROWS]

    def one(column: int, value: bytes) -> bytes:
        return dbf(
            fields, [[*r[:column], value, *r[column + 1 :]] if i == 2 else r for i, r in enumerate(good)]
        )

    wide = [(f"F{i}".encode(), "C", 4, 0) for i in range(255)]
    return {
        "no dbf": (None, 5),
        "empty dbf": (b" ", 5),
        "dbf of zeros": (bytes(500), 5),
        "dbf of one byte": (b"\x03", 5),
        "dbf without fields": (dbf([], [[] for _ in ROWS]), 5),
        "dbf of 255 fields": (dbf(wide, [[b"x"] * 255 for _ in ROWS]), 5),
        "dbf of 2000 fields": (
            dbf([(f"F{i}".encode(), "C", 2, 0) for i in range(2000)], [[b"x"] * 2000 for _ in ROWS]),
            5,
        ),
        "dbf with deleted rows": (dbf(NAME, ROWS, deleted=[1, 3]), 3),
        "dbf all deleted": (dbf(NAME, ROWS, deleted=range(5)), 0),
        "dbf with fewer rows": (dbf(NAME, ROWS[:3]), 5),
        "dbf with more rows": (dbf(NAME, ROWS + ROWS), 5),
        "dbf states 0 rows": (dbf(NAME, ROWS, stated=0), 5),
        "dbf states a million rows": (dbf(NAME, ROWS, stated=1_000_000), 5),
        "dbf states 2^32-1 rows": (dbf(NAME, ROWS, stated=2**32 - 1), 5),
        "dbf cut within a row": (dbf(NAME, ROWS)[:-30], None),
        "dbf without end mark": (dbf(NAME, ROWS, end=b""), 5),
        "dbf with rubbish behind": (dbf(NAME, ROWS, end=b"\x1a" + b"rubbish" * 50), 5),
        "dbf with padding after fields": (dbf(NAME, ROWS, padding=bytes(263)), 5),
        "dbf with a backlink (VFP)": (dbf(NAME, ROWS, version=0x30, padding=bytes(263)), 5),
        "dbf with memo": (dbf([*NAME, (b"MEMO", "M", 10, 0)], [[*r, b"1"] for r in ROWS], version=0x83), 5),
        "dbf with an empty memo": (
            dbf([*NAME, (b"MEMO", "M", 10, 0)], [[*r, b""] for r in ROWS], version=0x83),
            5,
        ),
        "dbf with a memo and a picture (VFP)": (
            dbf(
                [*NAME, (b"MEMO", "M", 4, 0), (b"PIC", "G", 4, 0), (b"B", "B", 8, 0)],
                [[*r, b"\x08\0\0\0", bytes(4), struct.pack("<d", 1.5)] for r in ROWS],
                version=0x30,
            ),
            5,
        ),
        "dbf with moments (VFP)": (
            dbf(
                [*NAME, (b"T", "T", 8, 0)],
                [[*r, struct.pack("<2i", 2461042 + i * 10**8, 1)] for i, r in enumerate(ROWS)],
                version=0x30,
            ),
            5,
        ),
        "dbf of an unknown type": (dbf([*NAME, (b"Q", "Q", 8, 0)], [[*r, b"x"] for r in ROWS]), 5),
        "dbf with two fields of one name": (dbf([*NAME, *NAME], [[*r, b"other"] for r in ROWS]), 5),
        "dbf with a nameless field": (dbf([(b"", "C", 20, 0)], ROWS), 5),
        "dbf with a field of width 0": (dbf([*NAME, (b"Z", "C", 0, 0)], [[*r, b""] for r in ROWS]), 5),
        "dbf with an Arabic field name": (dbf([("اسم".encode(), "C", 20, 0)], ROWS), 5),
        "dbf name with NUL and rubbish": (dbf([(b"NAME\0xyz", "C", 20, 0)], ROWS), 5),
        "dbf cells of NUL": (one(0, bytes(20)), 5),
        "dbf number of text": (one(1, b"abc"), 5),
        "dbf number of stars": (one(1, b"********"), 5),
        "dbf number with comma": (one(2, b"1,5"), 5),
        "dbf number with exponent": (one(2, b"1.5e+3"), 5),
        "dbf number nan": (one(2, b"nan"), 5),
        "dbf number inf": (one(2, b"inf"), 5),
        "dbf number 1e999": (one(2, b"1e999"), 5),
        "dbf number with underscore": (one(1, b"1_000"), 5),
        "dbf date of zeros": (one(3, b"00000000"), 5),
        "dbf date empty": (one(3, b""), 5),
        "dbf date 31 February": (one(3, b"20260231"), 5),
        "dbf date year 0": (one(3, b"00000101"), 5),
        "dbf date month 13": (one(3, b"20261301"), 5),
        "dbf date with slashes": (one(3, b"1/2/2026"), 5),
        "dbf date year 9999": (one(3, b"99991231"), 5),
        "dbf logical ?": (one(4, b"?"), 5),
        "dbf logical 1": (one(4, b"1"), 5),
        "dbf of Latin letters with Cyrillic driver": (
            dbf(NAME, [["Больница".encode("cp1251")] for _ in ROWS], driver=0xC9),
            5,
        ),
        "dbf of mixed encodings": (
            dbf(NAME, [["é".encode("cp1252")], ["é".encode()], ["é".encode("cp850")], [b""], [b"x"]]),
            5,
        ),
        "dbf with control characters": (dbf(NAME, [[b"a\x01\x02\x1f\x1fb"] for _ in ROWS]), 5),
        "dbf formula": (dbf(NAME, [[b"=HYPERLINK(1)"] for _ in ROWS]), 5),
        "dbf header length 0": (b"".join([(d := dbf(NAME, ROWS))[:8], b"\0\0", d[10:]]), 5),
        "dbf header length 65535": (b"".join([(d := dbf(NAME, ROWS))[:8], b"\xff\xff", d[10:]]), 5),
        "dbf record length 0": (b"".join([(d := dbf(NAME, ROWS))[:10], b"\0\0", d[12:]]), 5),
        "dbf record length 1": (b"".join([(d := dbf(NAME, ROWS))[:10], b"\1\0", d[12:]]), 5),
        "dbf is a zip": (b"PK\x03\x04" + bytes(200), 5),
        "dbf is HTML": (b"<html><body>404 not found</body></html>" * 5, 5),
    }


def _projections() -> dict[str, tuple[str | bytes | None, int | None]]:
    """Odd .prj files beside five points in degrees."""
    return {
        "no prj": (None, 5),
        "empty prj": ("", 5),
        "prj with BOM": (b"\xef\xbb\xbf" + WGS84.encode(), 5),
        "prj in UTF-16": (WGS84.encode("utf-16"), 5),
        "prj with line breaks": (WGS84.replace(",", ",\r\n  "), 5),
        "prj with NUL at its end": (WGS84.encode() + b"\0\0", 5),
        "prj cut": (WGS84[:60], 5),
        "prj is a code": ("EPSG:4326", 5),
        "prj is a bare number": ("4326", 5),
        "prj is a proj string": ("+proj=longlat +datum=WGS84 +no_defs", 5),
        "prj is HTML": ("<html>404</html>", 5),
        "prj is binary": (bytes(range(256)), 5),
        "prj local": ('LOCAL_CS["Site grid",UNIT["Meter",1.0]]', None),
        "prj engineering": (
            'ENGCRS["Site",EDATUM["x"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],LENGTHUNIT["metre",1]]',
            None,
        ),
        "prj geocentric": (
            'GEOCCS["x",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["Meter",1]]',
            None,
        ),
        "prj vertical": ('VERT_CS["x",VERT_DATUM["x",2005],UNIT["Meter",1]]', None),
        "prj UTM though degrees": (_utm(37), None),
        "prj an empty name": (WGS84.replace("GCS_WGS_1984", ""), 5),
        "prj a radius of 0": (WGS84.replace("6378137.0", "0"), None),
        "prj a prime meridian of Paris": (WGS84.replace('"Greenwich",0.0', '"Paris",2.337229166666667'), 5),
        "prj in grads": (WGS84.replace('"Degree",0.0174532925199433', '"Grad",0.01570796326794897'), 5),
        "prj nested a thousand deep": ("GEOGCS[" * 1000, None),
        "prj of a megabyte": (WGS84 + " " * 1_000_000, 5),
        "prj Hebrew name": (WGS84.replace("GCS_WGS_1984", "רשת ישראל"), 5),
    }


def _utm(zone: int) -> str:
    return (
        f'PROJCS["WGS_1984_UTM_Zone_{zone}N",{WGS84},PROJECTION["Transverse_Mercator"],'
        'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
        f'PARAMETER["Central_Meridian",{zone * 6 - 183}.0],PARAMETER["Scale_Factor",0.9996],'
        'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
    )


NATIONAL = (
    2039, 28191, 28193, 22770, 2154, 27572, 27700, 31467, 31468, 31370, 28992, 21781, 2056, 3003, 3004, 23033, 5514,
    2180, 3844, 31700, 7405, 28405, 3995, 3031, 3413, 2100, 5253, 2319, 20538, 24047, 24378, 3106, 32643, 32733,
    20137, 22236, 29191, 5880, 3116, 6372, 2263, 2225, 3435, 102100, 3857, 3395, 54009, 3035, 3034, 22992, 22993, 22391,
    4240, 2400, 2443, 2326, 3414, 27200, 2193, 28355, 3112, 23700, 3763, 20790, 2062, 25830, 4230, 4267, 4269, 4284,
    4313, 4801, 4612, 4490, 2334, 21413, 4181, 29101, 26191, 30200, 3078, 26591, 2393, 3067, 3006, 25832, 6316, 3908,
)  # fmt: skip
"""National systems, in feet and metres, with odd axes, meridians and datums; by EPSG or ESRI code."""


def _national(folder: Path, code: int) -> Made:
    """Write five points near the middle of where a system is used, in its own coordinates and ESRI's WKT."""
    import pyproj
    from pyproj.enums import WktVersion

    authority = "ESRI" if code in (102100, 54009) else "EPSG"
    crs = pyproj.CRS.from_authority(authority, code)
    area = crs.area_of_use or pyproj.aoi.AreaOfUse(20, 30, 40, 50, "")
    east = area.east + 360 if area.east < area.west else area.east
    lon, lat = (area.west + east) / 2, (area.south + area.north) / 2
    way = pyproj.Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
    records = [point(*way.transform(lon + i / 100, lat)) for i in range(5)]
    wkt = crs.to_wkt(WktVersion.WKT1_ESRI)
    return write(folder, records, prj=wkt), 5


def _shapes() -> dict[str, tuple[int, list[bytes], int | None]]:
    """Odd shapes: (shape type of the file, records, rows that must come in)."""
    inside_out = [SQUARE[::-1]]
    return {
        "null among points": (1, [POINTS[0], NULL, POINTS[1]], 2),
        "nothing but nulls": (0, [NULL] * 3, 0),
        "no records": (1, [], 0),
        "point nan": (1, [POINTS[0], point(nan, nan), point(36, nan)], 1),
        "point inf": (1, [POINTS[0], point(inf, 33), point(-inf, inf)], 1),
        "point no data": (1, [POINTS[0], point(NO_DATA, NO_DATA)], 1),
        "point beyond the globe": (1, [POINTS[0], point(361, 33), point(36, 91), point(1e300, 1e300)], 1),
        "point -0.0": (1, [point(-0.0, 33.0)], 1),
        "point denormal": (1, [point(5e-324, 5e-324)], 1),
        "pointz": (11, [point(36, 33, 11, 5.0, 7.0)], 1),
        "pointz without m": (11, [point(36, 33, 11, 5.0)], 1),
        "pointz nan height": (11, [point(36, 33, 11, nan, nan)], 1),
        "pointm": (21, [point(36, 33, 21, 5.0)], 1),
        "pointm no data": (21, [point(36, 33, 21, NO_DATA)], 1),
        "multipoint": (8, [multipoint([(36, 33), (37, 34)]), multipoint([(36, 33)])], 2),
        "multipoint empty": (8, [multipoint([]), multipoint([(36, 33)])], 1),
        "multipoint many": (8, [multipoint([(36 + i / 1e5, 33) for i in range(50_000)])], 1),
        "line": (3, [parts([SQUARE[:3]], 3)], 1),
        "line of two parts": (3, [parts([SQUARE[:2], SQUARE[2:4]], 3)], 1),
        "line of one position": (3, [parts([SQUARE[:1]], 3), parts([SQUARE[:3]], 3)], 1),
        "line without length": (3, [parts([[(36, 33), (36, 33)]], 3), parts([SQUARE[:3]], 3)], 1),
        "line of no parts": (3, [parts([], 3), parts([SQUARE[:3]], 3)], 1),
        "line with an empty part": (3, [parts([SQUARE[:3], []], 3)], None),
        "linez": (13, [parts([SQUARE[:3]], 13, 5.0, 6.0)], 1),
        "linez without m": (13, [parts([SQUARE[:3]], 13, 5.0)], 1),
        "linem": (23, [parts([SQUARE[:3]], 23, None, 6.0)], 1),
        "line with nan": (3, [parts([[(36, 33), (nan, 34), (37, 34)]], 3), parts([SQUARE[:3]], 3)], 1),
        "area": (5, [parts([SQUARE])], 1),
        "area wound the wrong way": (5, [parts(inside_out)], 1),
        "area with hole": (5, [parts([SQUARE, HOLE])], 1),
        "area hole before shell": (5, [parts([HOLE, SQUARE])], 1),
        "area hole wound like the shell": (5, [parts([SQUARE, HOLE[::-1]])], 1),
        "area of holes only": (5, [parts([HOLE])], 1),
        "area of two shells": (5, [parts([SQUARE, [(x + 2, y) for x, y in SQUARE]])], 1),
        "area of overlapping shells": (5, [parts([SQUARE, [(x + 0.5, y) for x, y in SQUARE]])], 1),
        "area of touching shells": (5, [parts([SQUARE, [(x + 1, y) for x, y in SQUARE]])], 1),
        "area with island in hole": (
            5,
            [parts([SQUARE, HOLE, [(36.4, 33.4), (36.4, 33.6), (36.6, 33.6), (36.6, 33.4), (36.4, 33.4)]])],
            1,
        ),
        "area hole outside": (5, [parts([SQUARE, [(x + 5, y) for x, y in HOLE]])], 1),
        "area ring given twice": (5, [parts([SQUARE, SQUARE])], 1),
        "area ring not closed": (5, [parts([SQUARE[:-1]])], 1),
        "area of three positions": (5, [parts([SQUARE[:3]]), parts([SQUARE])], None),
        "area of two positions": (5, [parts([SQUARE[:2]]), parts([SQUARE])], 1),
        "area of one position": (5, [parts([SQUARE[:1]]), parts([SQUARE])], 1),
        "area of no parts": (5, [parts([]), parts([SQUARE])], 1),
        "area with an empty ring": (5, [parts([SQUARE, []])], None),
        "area flat": (5, [parts([[(36, 33), (37, 33), (38, 33), (36, 33)]]), parts([SQUARE])], 1),
        "area of one place": (5, [parts([[(36, 33)] * 5]), parts([SQUARE])], 1),
        "bow-tie": (5, [parts([[(36, 33), (37, 34), (37, 33), (36, 34), (36, 33)]])], 1),
        "area with spike": (
            5,
            [parts([[(36, 33), (36, 34), (36, 39), (36, 34), (37, 34), (37, 33), (36, 33)]])],
            1,
        ),
        "area with doubled positions": (5, [parts([[p for p in SQUARE for _ in range(3)]])], 1),
        "area with sliver": (
            5,
            [parts([[(36, 33), (37, 33), (37, 33 + 1e-12), (36, 33)]]), parts([SQUARE])],
            None,
        ),
        "areaz": (15, [parts([SQUARE], 15, 5.0, 6.0)], 1),
        "areaz without m": (15, [parts([SQUARE], 15, 5.0)], 1),
        "aream": (25, [parts([SQUARE], 25, None, 6.0)], 1),
        "multipatch ring": (31, [_patch([5], [SQUARE])], None),
        "multipatch strip": (31, [_patch([0], [SQUARE[:4]])], None),
        "multipatch fan": (31, [_patch([1], [SQUARE[:4]])], None),
        "multipatch odd part type": (31, [_patch([77], [SQUARE])], None),
        "points in a file of areas": (5, [parts([SQUARE]), point(36, 33)], None),
        "areas in a file of points": (1, [POINTS[0], parts([SQUARE])], None),
        "unknown shape type": (99, [struct.pack("<i2d", 99, 36, 33)], None),
        "unknown type in one record": (1, [POINTS[0], struct.pack("<i2d", 99, 36, 33), POINTS[1]], None),
        "area with 30,000 parts": (
            5,
            [
                parts(
                    [
                        [
                            (36 + i / 1e4, 33),
                            (36 + i / 1e4, 33.1),
                            (36 + i / 1e4 + 5e-5, 33.1),
                            (36 + i / 1e4, 33),
                        ]
                        for i in range(30_000)
                    ]
                )
            ],
            1,
        ),
        "area of 200,000 positions": (5, [parts([_circle(200_000)])], 1),
        "star of 2,001 positions": (5, [parts([_star(2_001)]), parts([SQUARE])], None),
        "star of 40,001 positions": (5, [parts([_star(40_001)]), parts([SQUARE])], None),
        "across the antimeridian": (5, [parts([[(179, 0), (179, 1), (-179, 1), (-179, 0), (179, 0)]])], 1),
        "counted 0 to 360": (5, [parts([[(181, 0), (181, 1), (183, 1), (183, 0), (181, 0)]])], 1),
        "round the pole": (
            5,
            [parts([[(-180, 80), (-90, 80), (0, 80), (90, 80), (180, 80), (-180, 80)]])],
            None,
        ),
        "whole world": (5, [parts([[(-180, -90), (-180, 90), (180, 90), (180, -90), (-180, -90)]])], 1),
    }


def _patch(kinds: list[int], rings: list[list[tuple[float, float]]]) -> bytes:
    xy = [p for ring in rings for p in ring]
    starts = [sum(len(r) for r in rings[:i]) for i in range(len(rings))]
    body = struct.pack("<i4d2i", 31, 36, 33, 37, 34, len(rings), len(xy))
    body += struct.pack(f"<{len(starts)}i", *starts) + struct.pack(f"<{len(kinds)}i", *kinds)
    body += b"".join(struct.pack("<2d", *p) for p in xy)
    return body + struct.pack("<2d", 0, 0) + struct.pack("<d", 0.0) * len(xy)


def _circle(n: int) -> list[tuple[float, float]]:
    from math import cos, pi, sin

    ring = [(36 + cos(2 * pi * i / n), 33 - sin(2 * pi * i / n)) for i in range(n)]
    return [*ring, ring[0]]


def _star(n: int) -> list[tuple[float, float]]:
    ring = _circle(n)[:-1]
    star = [ring[i * (n // 2) % n] for i in range(n)]
    return [*star, star[0]]


def _broken() -> dict[str, Callable[[Path], Made]]:
    """Files whose parts do not fit together, or are cut."""
    whole, index = shp(POINTS), shx(POINTS)

    def plain(**files) -> Callable[[Path], Made]:
        want = files.pop("want", 5)
        return lambda folder: (write(folder, **files), want)

    def put(data: bytes, place: int, value: bytes) -> bytes:
        return data[:place] + value + data[place + len(value) :]

    leftovers = shp([POINTS[0], POINTS[1]])[: -0 or None]
    return {
        "no shx": plain(shx=None),
        "empty shx": plain(shx=b""),
        "shx header only": plain(shx=index[:100]),
        "shx cut": plain(shx=index[:120]),
        "shx of zeros": plain(shx=bytes(140)),
        "shx of another file": plain(shx=shx([parts([SQUARE])] * 3, 5), want=None),
        "shx in words not bytes": plain(
            shx=put(index, 100, struct.pack(">10i", *[v for i in range(5) for v in (100 + 28 * i, 20)])),
            want=None,
        ),
        "shx lengths of 0": plain(
            shx=put(index, 100, struct.pack(">10i", *[v for i in range(5) for v in (50 + 14 * i, 0)])),
            want=None,
        ),
        "shx offsets negative": plain(
            shx=put(index, 100, struct.pack(">10i", *[v for i in range(5) for v in (-50, 10)])), want=None
        ),
        "shx offsets huge": plain(
            shx=put(index, 100, struct.pack(">10i", *[v for i in range(5) for v in (2**31 - 1, 10)])),
            want=None,
        ),
        "shx in reverse": plain(
            shx=index[:100] + b"".join(index[100 + 8 * i : 108 + 8 * i] for i in range(4, -1, -1)), want=None
        ),
        "shx all the same": plain(shx=index[:100] + index[100:108] * 5, want=None),
        "shx length 0 in its header": plain(shx=put(index, 24, struct.pack(">i", 0))),
        "shx length negative": plain(shx=put(index, 24, struct.pack(">i", -5))),
        "shx states more": plain(shx=put(index, 24, struct.pack(">i", 50_000)), want=5),
        "shx states fewer": plain(shx=put(index, 24, struct.pack(">i", 58)), want=5),
        "shp header only": plain(shp=whole[:100], want=0),
        "shp of 99 bytes": plain(shp=whole[:99], want=None),
        "shp cut within a record": plain(shp=whole[:-13], want=4),
        "shp cut within the first record": plain(shp=whole[:110], want=None),
        "shp length 0 in its header": plain(shp=put(whole, 24, struct.pack(">i", 0))),
        "shp length huge": plain(shp=put(whole, 24, struct.pack(">i", 2**31 - 1))),
        "shp wrong file code": plain(shp=put(whole, 0, struct.pack(">i", 9993)), want=None),
        "shp file code little-endian": plain(shp=put(whole, 0, struct.pack("<i", 9994)), want=None),
        "shp wrong version": plain(shp=put(whole, 28, struct.pack("<i", 999))),
        "shp type 0 in its header": plain(shp=put(whole, 32, struct.pack("<i", 0)), want=None),
        "shp bounds nan": plain(shp=put(whole, 36, struct.pack("<4d", nan, nan, nan, nan))),
        "shp bounds a lie": plain(shp=put(whole, 36, struct.pack("<4d", 0, 0, 1, 1))),
        "shp bounds upside down": plain(shp=put(whole, 36, struct.pack("<4d", 37, 34, 36, 33))),
        "shp bounds of zeros": plain(shp=put(whole, 36, bytes(32))),
        "records numbered from 0": plain(shp=shp(POINTS, first=0)),
        "records numbered from 1000": plain(shp=shp(POINTS, first=1000)),
        "record of length 0": plain(shp=put(whole, 104, struct.pack(">i", 0)), want=None),
        "record of negative length": plain(shp=put(whole, 104, struct.pack(">i", -1)), want=None),
        "record of huge length": plain(shp=put(whole, 104, struct.pack(">i", 2**31 - 1)), want=None),
        "record longer than its shape": plain(records=[p + bytes(8) for p in POINTS]),
        "record shorter than its shape": plain(records=[p[:12] for p in POINTS], want=None),
        "part count huge": plain(
            records=[put(parts([SQUARE]), 36, struct.pack("<i", 2**30))], kind=5, want=None
        ),
        "part count negative": plain(
            records=[put(parts([SQUARE]), 36, struct.pack("<i", -1))], kind=5, want=None
        ),
        "position count huge": plain(
            records=[put(parts([SQUARE]), 40, struct.pack("<i", 2**30))], kind=5, want=None
        ),
        "position count negative": plain(
            records=[put(parts([SQUARE]), 40, struct.pack("<i", -4))], kind=5, want=None
        ),
        "part begins beyond": plain(
            records=[put(parts([SQUARE, HOLE]), 48, struct.pack("<i", 999))], kind=5, want=None
        ),
        "part begins before": plain(
            records=[put(parts([SQUARE, HOLE]), 44, struct.pack("<i", -7))], kind=5, want=None
        ),
        "parts out of order": plain(
            records=[put(parts([SQUARE, HOLE]), 44, struct.pack("<2i", 5, 0))], kind=5, want=None
        ),
        "rubbish behind the records": plain(shp=whole + b"rubbish" * 9, want=None),
        "zeros behind the records": plain(shp=whole + bytes(500), want=None),
        "gap between records": _gap,
        "leftovers of edits": plain(shp=whole + leftovers[100:], want=None),
        "only a dbf": lambda folder: (_only(folder, "dbf"), None),
        "only an shx": lambda folder: (_only(folder, "shx"), None),
        "only a prj": lambda folder: (_only(folder, "prj"), None),
        "a folder": lambda folder: (write(folder).parent, 5),
        "asked for by its dbf": lambda folder: (write(folder).with_suffix(".dbf"), 5),
        "a spatial index beside": plain(sbn=b"rubbish", sbx=b"rubbish", qix=b"rubbish", cpg=b"UTF-8"),
        "qpj beside": plain(qpj=WGS84.encode(), prj=None),
        "xml beside": plain(**{"shp.xml": b"<metadata/>"}),
        "cpg of NUL": plain(cpg=b"\0\0\0"),
        "cpg of rubbish": plain(cpg=bytes(range(200))),
        "cpg ANSI 1251": plain(cpg=b"ANSI 1251"),
        "cpg 65001": plain(cpg=b"65001"),
        "cpg UTF-16": plain(cpg=b"UTF-16"),
        "cpg OEM 866": plain(cpg=b"OEM 866"),
        "cpg 88591": plain(cpg=b"88591"),
        "cpg Big5": plain(cpg=b"Big5"),
        "cpg rot13": plain(cpg=b"rot13"),
        "cpg idna": plain(cpg=b"idna"),
        "cpg undefined": plain(cpg=b"undefined"),
        "cpg base64": plain(cpg=b"base64"),
    }


def _gap(folder: Path) -> Made:
    """Write records with unused bytes between them, which the .shx steps over."""
    whole = shp(POINTS)
    gapped = whole[:128] + bytes(40) + whole[128:]
    entries = struct.pack(">10i", 50, 10, *[v for i in range(1, 5) for v in (70 + 14 * i, 10)])
    return write(folder, shp=gapped, shx=shx(POINTS)[:100] + entries), None


def _only(folder: Path, suffix: str) -> Path:
    shape = write(folder)
    for path in folder.iterdir():
        if path.suffix != f".{suffix}":
            path.unlink()
    return shape.with_suffix(f".{suffix}")


def _names() -> dict[str, Callable[[Path], Made]]:
    """Names, and archives, that are odd."""

    def upper(folder: Path) -> Made:
        shape = write(folder)
        for path in list(folder.iterdir()):
            path.rename(folder / f"SITES{path.suffix.upper()}")
        return shape.with_name("SITES.SHP"), 5

    def mixed(folder: Path) -> Made:
        shape = write(folder)
        shape.with_suffix(".dbf").rename(folder / "Sites.DBF")
        shape.with_suffix(".shx").rename(folder / "SITES.shx")
        return shape, 5

    def named(stem: str) -> Callable[[Path], Made]:
        return lambda folder: (write(folder, stem=stem), 5)

    return {
        "upper case": upper,
        "mixed case": mixed,
        **{f"name {stem!r}": named(stem) for stem in (
            "with blanks in it", "مواقع", "Больницы", "a.b.c", "100%", "sites;DROP", "'quoted'", "x" * 120, "-rf", "é́",
        )},
        **_archives(),
    }  # fmt: skip


def _archives() -> dict[str, Callable[[Path], Made]]:
    def packed(prefix: str = "", **how) -> Callable[[Path], Made]:
        def make(folder: Path) -> Made:
            inner = folder / "inner"
            inner.mkdir()
            write(inner)
            return _zip(
                folder, {f"{prefix}{p.name}": p.read_bytes() for p in sorted(inner.iterdir())}, **how
            ), 5

        return make

    def of(
        members: Callable[[dict[str, bytes]], dict[str, bytes]], want: int | None = 5
    ) -> Callable[[Path], Made]:
        def make(folder: Path) -> Made:
            inner = folder / "inner"
            inner.mkdir()
            write(inner)
            return _zip(folder, members({p.name: p.read_bytes() for p in sorted(inner.iterdir())})), want

        return make

    def twice(files: dict[str, bytes]) -> dict[str, bytes]:
        return {**{f"a/{n}": d for n, d in files.items()}, **{f"b/{n}": d for n, d in files.items()}}

    return {
        "zip": packed(),
        "zip in a folder": packed("data/sites/"),
        "zip in a folder with blanks": packed("my data/the sites/"),
        "zip in an Arabic folder": packed("بيانات/"),
        "zip with backslashes": packed("data\\sites\\"),
        "zip stored": packed(how=zipfile.ZIP_STORED),
        "zip bzip2": packed(how=zipfile.ZIP_BZIP2),
        "zip lzma": packed(how=zipfile.ZIP_LZMA),
        "zip with rubbish before": packed(before=b"#!/bin/sh\n" * 20),
        "zip with a comment": packed(comment=b"made by someone"),
        "zip with macOS leavings": of(
            lambda f: {**f, **{f"__MACOSX/._{n}": b"x" for n in f}, ".DS_Store": b"x"}
        ),
        "zip with a readme and pictures": of(
            lambda f: {**f, "README.txt": b"hello", "map.pdf": b"%PDF", "a.png": b"x"}
        ),
        "zip of two layers": of(twice),
        "zip of the shp alone": of(lambda f: {"sites.shp": f["sites.shp"]}),
        "zip without shx": of(lambda f: {n: d for n, d in f.items() if not n.endswith("x")}),
        "zip upper case": of(lambda f: {n.upper(): d for n, d in f.items()}),
        "zip empty": of(lambda _: {}, None),
        "zip of nothing readable": of(lambda _: {"a.exe": b"MZ", "b.docx": b"x"}, None),
        "zip path escape": of(lambda f: {f"../../{n}": d for n, d in f.items()}, None),
        "zip absolute": of(lambda f: {f"/etc/{n}": d for n, d in f.items()}, None),
        "zip drive letter": of(lambda f: {f"C:\\{n}": d for n, d in f.items()}, None),
        "zip nested": _nested(1),
        "zip nested twice": _nested(2, None),
        "zip bomb": of(lambda f: {**f, "big.dbf": bytes(300 << 20)}, None),
        "zip of 11,000 files": of(lambda f: {**f, **{f"x{i}.txt": b"" for i in range(11_000)}}, None),
        "zip cut": _cut_zip,
        "zip called shp": lambda folder: (packed()(folder)[0].rename(folder / "sites.shp"), 5),
        "zip called kml": lambda folder: (packed()(folder)[0].rename(folder / "sites.kml"), 5),
    }


def _zip(
    folder: Path,
    members: dict[str, bytes],
    how: int = zipfile.ZIP_DEFLATED,
    before: bytes = b"",
    comment: bytes = b"",
) -> Path:
    path = folder / "delivery.zip"
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, how)
        archive.comment = comment
    if before:
        path.write_bytes(before + path.read_bytes())
    return path


def _nested(depth: int, want: int | None = 5) -> Callable[[Path], Made]:
    def make(folder: Path) -> Made:
        path = _archives()["zip"](folder)[0]
        for _ in range(depth):
            inner = path.read_bytes()
            path = _zip(folder, {"inner.zip": inner})
        return path, want

    return make


def _cut_zip(folder: Path) -> Made:
    path = _archives()["zip"](folder)[0]
    path.write_bytes(path.read_bytes()[:-40])
    return path, None


def cases() -> dict[str, Callable[[Path], Made]]:
    """Return every odd shapefile by name."""
    found: dict[str, Callable[[Path], Made]] = {}
    for name, (kind, records, want) in _shapes().items():
        found[name] = lambda folder, k=kind, r=records, w=want: (write(folder, r, kind=k), w)
    for name, (table, want) in _tables().items():
        found[name] = lambda folder, t=table, w=want: (write(folder, table=t), w)
    for name, (prj, want) in _projections().items():
        found[name] = lambda folder, p=prj, w=want: (write(folder, prj=p), w)
    for code in NATIONAL:
        found[f"system {code}"] = lambda folder, c=code: _national(folder, c)
    return {f"shapefile: {n}": make for n, make in {**found, **_broken(), **_names()}.items()}
