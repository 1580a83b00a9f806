"""What a file is that no reader takes: one sentence that names it, and one that says what to ask for."""

import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

from layers.archives import DAMAGED
from layers.errors import ReadingError
from layers.xml_files import root_name

_DATA = "Ask the partner for the data as GeoPackage, shapefile, GeoJSON, KML or a table."
_UNPACK = "Unpack it first, or ask the partner for a ZIP archive."
_NAMED = 5
"""Members of an archive that are named."""

_BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF document", _DATA),
    (b"\x89PNG", "a picture (PNG)", _DATA),
    (b"\xff\xd8\xff", "a picture (JPEG)", _DATA),
    (b"GIF8", "a picture (GIF)", _DATA),
    (b"BM", "a picture (BMP)", _DATA),
    (b"II*\x00", "a picture or map image (TIFF)", _DATA),
    (b"MM\x00*", "a picture or map image (TIFF)", _DATA),
    (b"II+\x00", "a picture or map image (TIFF)", _DATA),
    (b"\x00\x00\x00\x0cjP  ", "a picture or map image (JPEG 2000)", _DATA),
    (b"\x1f\x8b", "a compressed file (gzip)", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"BZh", "a compressed file (bzip2)", _UNPACK),
    (b"\xfd7zXZ", "a compressed file (xz)", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a compressed file (Zstandard)", _UNPACK),
    (b"MSCF", "a Windows cabinet archive", _UNPACK),
    (b"\x00\x01\x00\x00Standard ", "an Access database or Esri personal geodatabase", _DATA),
    (b"PAR1", "a Parquet table", _DATA),
    (b"ARROW1", "an Arrow table", _DATA),
    (b"\x89HDF", "a scientific data file (HDF5)", _DATA),
    (b"CDF", "a scientific data file (NetCDF)", _DATA),
    (b"GRIB", "weather data (GRIB)", _DATA),
    (b"AC10", "an AutoCAD drawing (DWG)", "Ask the partner to save it as DXF, or better as GeoPackage."),
    (b"\x08\x09\xfe", "a MicroStation drawing (DGN)", _DATA),
    (b"\xc8\x09\xfe", "a MicroStation drawing (DGN)", _DATA),
    (b"EXP  ", "an ArcInfo export file (E00)", _DATA),
    (b"LASF", "a point cloud (LAS)", _DATA),
    (b"PMTiles", "map tiles (PMTiles)", _DATA),
    (b"MZ", "a program", _DATA),
    (b"\x7fELF", "a program", _DATA),
    (b"{\\rtf", "a text document (RTF)", _DATA),
)  # fmt: skip
_ROOTS: dict[str, tuple[str, str]] = {
    "html": ("a web page, perhaps one that asks to log in", "Ask the partner for the file itself."),
    "ServiceExceptionReport": ("an error message of a map service", "Ask the partner for the data."),
    "ExceptionReport": ("an error message of a map service", "Ask the partner for the data."),
    "OGRVRTDataSource": ("a list of references to other files (VRT)", _DATA),
    "VRTDataset": ("a list of references to other files (VRT)", _DATA),
    "rss": ("a news feed (RSS)", _DATA),
    "feed": ("a news feed (Atom)", _DATA),
    "svg": ("a drawing (SVG)", _DATA),
    "osm": ("OpenStreetMap data", "Export it as GeoPackage or GeoJSON first."),
    "osmChange": ("OpenStreetMap data", "Export it as GeoPackage or GeoJSON first."),
    "qgis": ("a QGIS project, style or layer definition", _DATA),
    "qlr": ("a QGIS project, style or layer definition", _DATA),
    "StyledLayerDescriptor": ("a map style", _DATA),
    "metadata": ("a description of data (metadata)", _DATA),
    "MD_Metadata": ("a description of data (metadata)", _DATA),
    "WFS_Capabilities": ("the description of a map service", _DATA),
    "WMS_Capabilities": ("the description of a map service", _DATA),
    "TrainingCenterDatabase": ("a training log (TCX)", "Ask the partner for GPX."),
    "Update": ("a change to a KML that is elsewhere", "Ask the partner for the whole KML."),
}  # fmt: skip
_SHEET_XML = ("Workbook",)
_LIST = re.compile(rb'\[\s*[\[{"\d\]-]')


def refusal(members: Iterable[tuple[str, Path]], file: str) -> ReadingError:
    """Return the error for files of which none is of a known format."""
    members = list(members)
    if len(members) != 1:
        return ReadingError("None of the files is of a format that is read here.", _DATA, file)
    _, path = members[0]
    if path.is_dir():
        return ReadingError("The folder holds no data that can be read.", _DATA, file)
    with path.open("rb") as content:
        head = content.read(65_536)
    if zipfile.is_zipfile(path):
        return ReadingError(*_archive(path), file)
    return ReadingError(*_told(head), file)


def _archive(path: Path) -> tuple[str, str]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [m.filename for m in archive.infolist() if m.filename and not m.is_dir()]
    except DAMAGED:
        names = []
    if {"mimetype", "content.xml"} <= set(names):
        return "This is an OpenDocument file, but no spreadsheet.", "Ask the partner for the table."
    if not names:
        return "The archive is empty.", "Ask the partner to send it again."
    shown = ", ".join(f"“{name[-60:]}”" for name in names[:_NAMED])
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"The archive holds nothing that is read here, only {shown}{more}.", _DATA


def _told(head: bytes) -> tuple[str, str]:
    """Return what a file is by its first bytes, and what to do."""
    if not head.strip(b" \t\r\n\xef\xbb\xbf"):
        return "The file is empty.", "Ask the partner to send it again."
    if not head.strip(b"\0"):
        return (
            "The file holds nothing but zeros: it was not copied whole.",
            "Ask the partner to send it again.",
        )
    for beginning, what, hint in _BEGINNINGS:
        if head.startswith(beginning):
            return f"This is {what}, which is not read here.", hint
    if head[257:262] == b"ustar":
        return "This is an archive (tar), which is not read here.", _UNPACK
    if b"OSMHeader" in head[:64]:
        return (
            "This is OpenStreetMap data, which is not read here.",
            "Export it as GeoPackage or GeoJSON first.",
        )
    root = root_name(head)
    if root.lower() == "html" or re.match(rb"\s*<!doctype html", head, re.IGNORECASE):
        root = "html"
    if root in _SHEET_XML:
        return (
            "This is a spreadsheet saved as XML, which is not read here.",
            "Ask the partner for XLSX or CSV.",
        )
    if root:
        what, hint = _ROOTS.get(root, (f"XML (“{root[:40]}”), but of no map format", _DATA))
        return f"This is {what}, which is not read here." if root in _ROOTS else f"This is {what}.", hint
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if _LIST.match(text):
        return "This is JSON, but not GeoJSON.", "It has no features. " + _DATA
    if head.count(b"\0") * 3 > len(head) and head.translate(None, b"\0").isascii():
        return "This is text in UTF-16 or UTF-32 without the mark that says so.", "Ask the partner for UTF-8."
    if b"\0" not in head and sum(c < 9 for c in head) == 0:
        return "This is text without columns, so no table can be made of it.", _DATA
    return "The content is of no format that is read here, whatever the name says.", _DATA
