"""Odd deliveries: files that are not what they are called, archives in archives, folders, binary formats cut up."""

import gzip
import io
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.fuzz import seeds
from tests.fuzz.odd_tables import GOOD

Made = tuple[Path, int | None]
Maker = Callable[[Path], Made]
KML = (
    b'<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><Point><coordinates>36,33</coordinates></Point>'
    b"</Placemark></kml>"
)
GEOJSON = b'{"type":"Point","coordinates":[36,33]}'


def packed(members: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", how) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def _tar() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        info = tarfile.TarInfo("a.csv")
        info.size = len(GOOD)
        archive.addfile(info, io.BytesIO(GOOD.encode()))
    return content.getvalue()


def _linked() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        link = zipfile.ZipInfo("a.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return content.getvalue()


def _files() -> dict[str, tuple[str, bytes, int | None]]:
    """Name, content, rows that must come in."""
    table, good = GOOD.encode(), packed({"a.csv": GOOD.encode()})
    nested = good
    for _ in range(4):
        nested = packed({"inner.zip": nested})
    sqlite = b"SQLite format 3\0" + bytes(84)
    return {
        "a PDF called shp": ("a.shp", b"%PDF-1.7\n" + bytes(300), None),
        "a PNG called kml": ("a.kml", b"\x89PNG\r\n\x1a\n" + bytes(300), None),
        "a JPEG called csv": ("a.csv", b"\xff\xd8\xff\xe0" + bytes(300), None),
        "a TIFF called gpkg": ("a.gpkg", b"II*\x00" + bytes(300), None),
        "a program called zip": ("a.zip", b"MZ" + bytes(300), None),
        "HTML called xlsx": ("a.xlsx", b"<html><table><tr><td>1</td></tr></table></html>", None),
        "XML of Excel 2003": ("a.xls", b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', None),
        "KML called gpx": ("a.gpx", KML, 1),
        "KML called zip": ("a.zip", KML, 1),
        "GeoJSON called gpkg": ("a.gpkg", GEOJSON, 1),
        "GeoJSON called xlsx": ("a.xlsx", GEOJSON, 1),
        "CSV called dxf": ("a.dxf", table, 2),
        "CSV called fgb": ("a.fgb", table, 2),
        "SQLite of nothing": ("a.gpkg", sqlite, None),
        "SQLite called csv": ("a.csv", sqlite, None),
        "a DBF alone": ("a.dbf", b"\x03" + bytes(64), None),
        "a VRT": ("a.vrt", b"<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>", None),
        "a raster VRT": ("a.kml", b'<VRTDataset rasterXSize="1"/>', None),
        "a WFS source": ("a.gml", b"<OGRWFSDataSource><URL>http://x.invalid</URL></OGRWFSDataSource>", None),
        "a GDALG": ("a.json", b'{"type":"gdal_streamed_alg","command_line":"gdal vector pipeline ! read /etc/passwd"}', None),
        "a URL in a file": ("a.url", b"[InternetShortcut]\r\nURL=http://x.invalid\r\n", None),
        "gzip": ("a.csv.gz", gzip.compress(table), None),
        "tar": ("a.tar", _tar(), None),
        "7z": ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(60), None),
        "RAR": ("a.rar", b"Rar!\x1a\x07\x01\x00" + bytes(60), None),
        "a zip": ("a.zip", good, 2),
        "a zip stored": ("a.zip", packed({"a.csv": table}, zipfile.ZIP_STORED), 2),
        "a zip cut": ("a.zip", good[:-30], None),
        "a zip with rubbish behind": ("a.zip", good + b"rubbish", None),
        "a zip of folders": ("a.zip", packed({"a/b/c/d/e/f/g/h.csv": table}), 2),
        "a zip of many formats": ("a.zip", packed({"a.csv": table, "b.kml": KML, "c.geojson": GEOJSON}), None),
        "a zip of a zip": ("a.zip", packed({"inner.zip": good}), 2),
        "a zip of five zips": ("a.zip", nested, None),
        "a zip of itself": ("a.zip", packed({"a.zip": good, "b.zip": good}), None),
        "a zip of a bomb": ("a.zip", packed({"a.csv": bytes(60 << 20)}), None),
        "a zip of a link": ("a.zip", _linked(), None),
        "a zip that escapes": ("a.zip", packed({"../../a.csv": table}), None),
        "a zip of pictures": ("a.zip", packed({"a.jpg": b"\xff\xd8\xff", "b.pdf": b"%PDF"}), None),
        "a zip of nothing": ("a.zip", packed({}), None),
        "a zip of empty files": ("a.zip", packed({"a.csv": b"", "b.kml": b""}), None),
        "a zip with odd names": ("a.zip", packed({"مواقع.csv": table, "con.csv": b"", "a\nb.csv": b""}), 2),
        "a zip in capitals": ("A.ZIP", packed({"A.CSV": table}), 2),
        "a KMZ called zip": ("a.zip", packed({"doc.kml": KML}), 1),
        "the end of a zip alone": ("a.zip", b"PK\x05\x06" + bytes(18), None),
        "zeros": ("a.shp", bytes(4_000), None),
        "spaces": ("a.geojson", b" " * 4_000, None),
        "empty": ("a.gpkg", b"", None),
        "a name of 200 letters": ("a" * 200 + ".csv", table, 2),
        "a name of marks": ("a'b;c%20$(x) \u202e.csv", table, 2),
    }  # fmt: skip


def _written(name: str, data: bytes, want: int | None) -> Maker:
    def make(folder: Path) -> Made:
        (folder / name).write_bytes(data)
        return folder / name, want

    return make


def _cut(seed: Callable[[Path], Path], change: Callable[[bytes], bytes], want: int | None) -> Maker:
    def make(folder: Path) -> Made:
        path = seed(folder)
        path.write_bytes(change(path.read_bytes()))
        return path, want

    return make


def _folder(*names: str) -> Maker:
    def make(folder: Path) -> Made:
        inner = folder / "delivery"
        inner.mkdir()
        for name in names:
            (inner / name).write_bytes(GOOD.encode())
        return inner, 2 if names and names[0] == "a.csv" else None

    return make


def _database(change: Callable[[Path], object], want: int | None) -> Maker:
    """A file geodatabase as a folder, of which something is missing or wrong."""

    def make(folder: Path) -> Made:
        archive = seeds.geodatabase(folder)
        with zipfile.ZipFile(archive) as content:
            content.extractall(folder)  # our own
        archive.unlink()
        change(folder / "sites.gdb")
        return folder / "sites.gdb", want

    return make


def _tables(database: Path) -> list[Path]:
    return sorted(database.glob("*.gdbtable"), key=lambda p: p.stat().st_size)


def _binaries() -> dict[str, Maker]:
    fgb, gdb = seeds.flatgeobuf, seeds.geodatabase
    return {
        "FGB whole": _cut(fgb, lambda d: d, seeds.ROWS),
        "FGB head only": _cut(fgb, lambda d: d[:8], None),
        "FGB cut in half": _cut(fgb, lambda d: d[: len(d) // 2], None),
        "FGB cut at its end": _cut(fgb, lambda d: d[:-7], None),
        "FGB of version 2": _cut(fgb, lambda d: b"fgb\x02fgb\x00" + d[8:], None),
        "FGB with a header length of 4 GB": _cut(fgb, lambda d: d[:8] + b"\xff\xff\xff\xff" + d[12:], None),
        "FGB with rubbish behind": _cut(fgb, lambda d: d + b"rubbish" * 20, None),
        "GDB zipped": _cut(gdb, lambda d: d, seeds.ROWS),
        "GDB zip cut": _cut(gdb, lambda d: d[: len(d) // 2], None),
        "GDB folder": _database(lambda _: None, seeds.ROWS),
        "GDB of another name": _database(lambda p: None, seeds.ROWS),
        "GDB without its catalogue": _database(lambda p: (p / "a00000001.gdbtable").unlink(), None),
        "GDB without its largest table": _database(lambda p: _tables(p)[-1].unlink(), None),
        "GDB with an empty table": _database(lambda p: _tables(p)[-1].write_bytes(b""), None),
        "GDB with tables of zeros": _database(
            lambda p: [t.write_bytes(bytes(400)) for t in _tables(p)], None
        ),
        "GDB without indexes": _database(lambda p: [t.unlink() for t in p.glob("*.gdbtablx")], None),
        "GDB with a link in it": _database(
            lambda p: (p / "a00000099.gdbtable").symlink_to("/etc/passwd"), None
        ),
        "GDB with strangers in it": _database(lambda p: (p / "notes.txt").write_text("x"), seeds.ROWS),
        "TAB without its MAP": lambda folder: (_lost(seeds.mapinfo_tab(folder), ".map"), None),
        "TAB without its DAT": lambda folder: (_lost(seeds.mapinfo_tab(folder), ".dat"), None),
        "TAB that links": _written("a.tab", b'!table\n!version 300\nOpen Table "/etc/passwd" Hide\n', None),
    }


def _lost(path: Path, suffix: str) -> Path:
    path.with_suffix(suffix).unlink()
    return path


def _link_to_elsewhere(folder: Path) -> Made:
    inner = folder / "delivery"
    inner.mkdir()
    (inner / "a.csv").symlink_to("/etc/passwd")
    return inner, None


def _called_like_a_file(folder: Path) -> Made:
    shutil.copytree(_folder("a.csv")(folder)[0], folder / "sites.shp")
    return folder / "sites.shp", 2


def cases() -> dict[str, Maker]:
    """Return every odd delivery by name."""
    found = {name: _written(*what) for name, what in _files().items()} | _binaries()
    found |= {
        "a folder": _folder("a.csv"),
        "an empty folder": _folder(),
        "a folder of nothing readable": _folder("a.exe", "b.docx"),
        "a folder of hidden files": _folder(".a.csv"),
        "a folder with a link": _link_to_elsewhere,
        "a folder called like a file": _called_like_a_file,
    }
    return {f"delivery: {name}": make for name, make in found.items()}
