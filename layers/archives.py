"""Archives taken apart member by member under our own names, with every size counted while it is read."""

import lzma
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from layers.errors import ReadingError
from layers.reading import GEODATABASE_FILE, Limits

_WANTED = (
    ".shp", ".shx", ".dbf", ".prj", ".cpg", ".kml", ".geojson", ".json", ".gpkg", ".csv", ".tsv", ".txt",
    ".zip", ".kmz",
    ".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".gpx", ".geojsonl", ".fgb", ".gml", ".dxf", ".topojson",
    ".tab", ".dat", ".map", ".id", ".ind", ".mif", ".mid",
)  # fmt: skip
DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, NotImplementedError,
    ValueError, RuntimeError, KeyError,
)  # fmt: skip
"""What zipfile raises for archives that are damaged, protected or odd (OSError: a place before the first)."""
_CHUNK = 1 << 20
_RATIO_FLOOR_BYTES = 10 << 20
"""Below this much output the ratio says nothing: a .dbf of blanks shrinks a thousandfold."""


def unpack(archive: Path, folder: Path, limits: Limits) -> list[tuple[str, Path]]:
    """Extract the members whose format may be read here; return (shown name, private path) pairs.

    Names inside the archive are never used on disk: files that share a folder and stem get the same private
    stem, so that the parts of a shapefile stay together.

    Raises
    ------
    ReadingError
        For a damaged or protected archive, a member that points outside or is a link, too many members,
        too much content, or a suspicious ratio.
    """
    folder.mkdir()
    try:
        with zipfile.ZipFile(archive) as file:
            # zipfile of Python 3.11 fails on a member without a name; it could be nothing anyway.
            members = [member for member in file.infolist() if member.filename]
            _check_listing(members, limits)
            return _extract(file, members, archive.stat().st_size, folder, limits)
    except DAMAGED as error:
        raise ReadingError(
            "The archive is damaged or protected.", "Ask the partner to send it again."
        ) from error


def _check_listing(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(members) > limits.archive_entries:
        raise ReadingError(f"The archive holds more than {limits.archive_entries:,} files.")
    if any(m.filename == "[Content_Types].xml" for m in members):
        raise ReadingError(
            "This is an office document, but no spreadsheet.", "Ask the partner for the table."
        )
    for member in members:
        parts = PurePosixPath(member.filename.replace("\\", "/")).parts
        if ".." in parts or member.filename.startswith(("/", "\\")) or (parts and parts[0].endswith(":")):
            raise ReadingError(
                "The archive holds a file whose name points outside the archive, so it was not opened.",
                "Ask the partner where it comes from.",
            )
        if stat.S_ISLNK(member.external_attr >> 16):
            raise ReadingError(
                "The archive holds a link to another file, so it was not opened.",
                "Ask the partner for an archive of plain files.",
            )


def _extract(
    file: zipfile.ZipFile, members: list[zipfile.ZipInfo], size: int, folder: Path, limits: Limits
) -> list[tuple[str, Path]]:
    stems: dict[str, str] = {}
    result: list[tuple[str, Path]] = []
    written = 0
    for member in members:
        inner = PurePosixPath(member.filename.replace("\\", "/"))
        database = _geodatabase(inner)
        if member.is_dir() or _is_junk(inner) or (database is None and inner.suffix.lower() not in _WANTED):
            continue
        if member.flag_bits & 1:
            raise ReadingError(
                "The archive is protected with a password.", "Ask the partner for a plain one."
            )
        whole = inner.with_suffix("") if database is None else database
        stem = stems.setdefault(str(whole).casefold(), f"m{len(stems)}")
        path = folder / (stem + inner.suffix.lower())
        if database is not None:
            path = folder / f"{stem}.gdb" / inner.name.lower()
            if not path.parent.exists():
                path.parent.mkdir()
                result.append((database.name, path.parent))
        if path.exists():
            raise ReadingError("The archive holds two files of the same name.", "", str(inner.name))
        with file.open(member) as source, path.open("xb") as target:
            while chunk := source.read(_CHUNK):
                written += len(chunk)
                _check_amount(written, size, limits)
                target.write(chunk)
        if database is None:
            result.append((inner.name, path))
    return result


def _geodatabase(inner: PurePosixPath) -> PurePosixPath | None:
    """Return the folder of the Esri file geodatabase that a member is part of."""
    is_part = inner.parent.suffix.lower() == ".gdb" and GEODATABASE_FILE.fullmatch(inner.name.lower())
    return inner.parent if is_part else None


def _is_junk(inner: PurePosixPath) -> bool:
    """Tell the leavings of other systems: macOS resource forks, hidden files."""
    return "__MACOSX" in inner.parts or inner.name.startswith(".")


def _check_amount(written: int, size: int, limits: Limits) -> None:
    if written > limits.input_bytes:
        raise ReadingError(f"The archive unpacks to more than {limits.input_bytes / 2**20:,.0f} MB.")
    if written > _RATIO_FLOOR_BYTES and written > limits.archive_ratio * size:
        raise ReadingError(
            "The archive unpacks to far more than such an archive should, so it was not opened.",
            "Ask the partner to send the files unpacked.",
        )
