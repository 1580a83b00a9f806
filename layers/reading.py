"""Partner files in: what a reader returns, and the one door through which a file is opened."""

import hashlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from layers.errors import ReadingError
from layers.model import Objects
from layers.progress import Progress, silent


class Action(StrEnum):
    """What was done about a problem."""

    REPAIRED = "repaired"
    SKIPPED = "skipped"
    DOUBT = "doubt"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a row, or about the whole file (`row` is None), that the officer must know.

    A skipped row is not imported; a repaired one is, changed as `what` says; a doubt changes nothing and
    `proposal` says what could be done. `fix` is the same for the program, where one click could do it
    (`layers.fixes` lists the forms); it holds JSON values only.
    """

    row: int | None
    action: Action
    code: str
    what: str
    proposal: str = ""
    fix: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """A value the file did not have to state, how it was decided, and what else it might be (best first).

    `value` is "" where nothing could be decided. `certain` is False for a guess that a person should look at.
    """

    value: str
    how: str
    candidates: tuple[str, ...] = ()
    certain: bool = True


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the officer says about a file; None leaves it to the reader.

    Parameters
    ----------
    layer : str, optional
        Which layer of the file; the one with most rows otherwise.
    crs : str, optional
        Coordinate system, such as "EPSG:32637"; overrides what the file says.
    encoding : str, optional
        Text encoding, such as "cp1256"; overrides what the file says.
    x_field, y_field : str, optional
        Columns of a table that hold longitude (or easting) and latitude (or northing). Only `x_field`: that
        one column holds the whole position.
    header_row : int, optional
        Line of a table (1-based, as a spreadsheet shows it) that names the columns.
    crs_is_remembered : bool
        `crs` was said of an earlier file: where this one states another, its own statement counts.
    """

    layer: str | None = None
    crs: str | None = None
    encoding: str | None = None
    x_field: str | None = None
    y_field: str | None = None
    header_row: int | None = None
    crs_is_remembered: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may cost before it is given up.

    `seconds` is wall time of the child process, `memory_bytes` what it may allocate (only Linux enforces it).
    With them, start and end included, a file costs less than a minute and less than 2 GB in all.
    """

    seconds: float = 50.0
    memory_bytes: int = 1_600 << 20
    input_bytes: int = 1 << 30
    archive_entries: int = 10_000
    archive_ratio: int = 200


@dataclass(frozen=True, eq=False)
class Imported:
    """The rows of one layer of a partner file.

    Attributes
    ----------
    rows : int
        Rows in the file, counted independently of the parser where the format allows it.
    geometry : object array
        shapely geometry in WGS 84 longitude/latitude, two-dimensional and valid; None where the row cannot
        be placed, and `problems` says why.
    row : int64 array
        1-based row number in the file of each entry; rows that could not be read at all are missing here
        and skipped in `problems`.
    columns : mapping of str to object array
        Every column of the file, verbatim (str, int, float, bool or None).
    accuracy_m : float or None
        Accuracy of the coordinate operation in metres; None when it is not known.
    uncertainty_m : float64 array or None
        Radius in metres that each row's own notation implies (a 4-figure MGRS is a square of 1 km); NaN
        where it implies none, None where the format writes no text for positions.
    encoding_samples : tuple of bytes
        Up to 20 raw values beyond ASCII, for previews in other encodings.
    header_row : int or None
        Line of a table (1-based) that named the columns.
    x_field, y_field : str or None
        Columns that the positions were read from; `y_field` is None where one column holds both.
    tags : mapping of str to str
        HXL tag of a column, where the table has a row of them.
    file_bounds : tuple or None
        West, south, east, north of the file's own coordinates, to try other coordinate systems on.
    before : mapping of int to geometry
        What a repaired row looked like before (WGS 84, perhaps invalid), for the first few hundred of them.
    """

    file: str
    sha256: str
    format: str
    layers: tuple[str, ...]
    layer: str
    rows: int
    geometry: Objects
    row: NDArray[np.int64]
    columns: Mapping[str, Objects]
    crs: Decided
    encoding: Decided
    accuracy_m: float | None
    problems: tuple[Problem, ...] = field(default=())
    uncertainty_m: NDArray[np.float64] | None = None
    encoding_samples: tuple[bytes, ...] = ()
    header_row: int | None = None
    x_field: str | None = None
    y_field: str | None = None
    tags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    file_bounds: tuple[float, float, float, float] | None = None
    before: Mapping[int, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __len__(self) -> int:
        return len(self.row)


class Reader(Protocol):
    """One import format. File filters are built from these attributes."""

    id: str
    title: str
    extensions: tuple[str, ...]
    has_layers: bool
    """Whether one file of the format can hold several layers, chosen by `ReadOptions.layer`."""

    def sniff(self, head: bytes, path: Path) -> bool:
        """Tell from the first bytes (and, if need be, the structure) whether the file is of this format."""

    def read(self, path: Path, options: ReadOptions) -> Imported:
        """Read a private copy of a file; raises `ReadingError` when nothing of it can be read."""


DEFAULT_OPTIONS = ReadOptions()
DEFAULT_LIMITS = Limits()

_SIDECARS = {
    ".shp": (".shx", ".dbf", ".prj", ".cpg"),
    ".tab": (".dat", ".map", ".id", ".ind"),
    ".mif": (".mid",),
}
"""The files that go with a file of the same name, by its ending."""
_FOLDER_SUFFIXES = (
    *_SIDECARS, *(suffix for parts in _SIDECARS.values() for suffix in parts),
    ".kml", ".kmz", ".gpx", ".geojson", ".json", ".geojsonl", ".topojson", ".gpkg", ".fgb", ".gml", ".dxf",
    ".csv", ".tsv", ".xlsx", ".xls", ".xlsm", ".xlsb", ".ods",
)  # fmt: skip
GEODATABASE_FILE = re.compile(
    r"a[0-9a-f]{8}\.(?:gdbtablx|gdbtable|gdbindexes|freelist|spx|atx)|gdb|timestamps"
)
"""The files that make up an Esri file geodatabase, in lower case; its folder ends in `.gdb`."""
_FOLDER_DEPTH = 3
_CHUNK = 4 << 20


def open_any(
    path: Path | str,
    options: ReadOptions = DEFAULT_OPTIONS,
    progress: Progress = silent,
    *,
    limits: Limits = DEFAULT_LIMITS,
    is_last: bool = False,
) -> Imported:
    """Read a partner file, a loose shapefile, or a folder, in a child process with limits.

    The partner's files are opened read-only and copied; nothing is written beside them. The format is told by
    content, never by the extension.

    Parameters
    ----------
    is_last : bool
        No other file follows soon, so no child is kept ready for it.

    Raises
    ------
    ReadingError
        When nothing of the file can be read: unknown format, too large, the parser crashed, hung or swelled.
    CancelledError
        When `progress` raises it; the child is ended.
    """
    from layers.reading_process import answer_of, child_for_one_file, start_ahead

    path, end = Path(path), time.monotonic() + limits.seconds
    files, lead = _belonging(path, limits)
    with child_for_one_file() as child:  # it loads its libraries while the files are copied
        members, sha256 = _take(path, files, lead, child.job, limits, end, progress)
        request = {
            "file": path.name,
            "sha256": sha256,
            "members": members,
            "options": _as_dict(options),
            "limits": _as_dict(limits),
        }
        (child.job / "job.json").write_text(json.dumps(request), encoding="utf-8")
        imported = answer_of(child, path.name, limits, end, progress, is_last=is_last)
    if not is_last:
        start_ahead()
    problems = imported.problems + _other_layers(imported, options)
    return replace(imported, file=path.name, sha256=sha256, problems=problems)


def _other_layers(imported: Imported, options: ReadOptions) -> tuple[Problem, ...]:
    """Say that a file holds more layers than the one that was read, unless that one was asked for."""
    others = [f"“{name}”" for name in imported.layers if name != imported.layer]
    if not others or options.layer is not None or any(p.code == "other_layers" for p in imported.problems):
        return ()
    what = f"Only the layer “{imported.layer}” was read; the file also has {', '.join(others[:10])}."
    return (Problem(None, Action.DOUBT, "other_layers", what, "Import the others one by one."),)


def _as_dict(value: ReadOptions | Limits) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _take(
    path: Path,
    files: list[Path],
    lead: Path | None,
    job: Path,
    limits: Limits,
    end: float,
    progress: Progress,
) -> tuple[list[list[str]], str]:
    """Copy what belongs to `path` under our own names; return [[shown name, private name]] and the digest.

    The digest is that of the file itself; for a loose shapefile that of the .shp; for a folder that of the
    list of its files' names and digests.
    """
    from layers.reading_process import given_up

    sizes = [_size(item) for item in files]
    if sum(sizes) > limits.input_bytes:
        raise ReadingError(
            f"The file is larger than {limits.input_bytes / 2**20:,.0f} MB.",
            "Ask the partner for a smaller extract, or split it.",
            path.name,
        )
    stems: dict[tuple[Path, str], str] = {}
    members, digests = [], []
    database = path.is_dir() and bool(_geodatabase(path))
    if database:
        (job / "m0.gdb").mkdir()
        members.append([path.name, "m0.gdb"])
    done, total = 0, max(sum(sizes), 1)
    for item in files:
        stem = stems.setdefault((item.parent, item.stem.casefold()), f"m{len(stems)}")
        name = stem + item.suffix.lower() if item.suffix.lower() in _FOLDER_SUFFIXES else stem
        name = f"m0.gdb/{item.name.lower()}" if database else name
        digest = hashlib.sha256() if item == lead or lead is None else None
        copied = 0
        try:
            with item.open("rb") as source, (job / name).open("wb") as target:
                while chunk := source.read(_CHUNK):
                    copied += len(chunk)
                    done += len(chunk)
                    if done > limits.input_bytes:
                        raise ReadingError("The file grows while it is read.", "", path.name)
                    if time.monotonic() > end:
                        raise given_up(path.name, limits)
                    if digest is not None:
                        digest.update(chunk)
                    target.write(chunk)
                    progress(min(done, total), total, f"Copying {item.name}")
        except OSError as error:
            raise ReadingError(f"The file cannot be opened: {error.strerror}.", "", item.name) from error
        if not database:
            members.append([item.name, name])
        if digest is not None:
            digests.append(digest.hexdigest())
    if lead is not None:
        return members, digests[0]
    listing = "".join(f"{d}  {i.relative_to(path).as_posix()}\n" for d, i in zip(digests, files, strict=True))
    return members, hashlib.sha256(listing.encode("utf-8", "surrogateescape")).hexdigest()


def _size(item: Path) -> int:
    try:
        return item.stat().st_size
    except OSError as error:
        raise ReadingError(f"The file cannot be opened: {error.strerror}.", "", item.name) from error


def _belonging(path: Path, limits: Limits) -> tuple[list[Path], Path | None]:
    """List the files that make up `path`, and the one that stands for it (None for a folder)."""
    if path.is_dir() and (database := _geodatabase(path)):
        return database, None
    if path.is_dir():
        files = _in_folder(path, limits)
        if not files:
            raise ReadingError("The folder holds no file of a format that is read here.", "", path.name)
        return files, None
    if not path.exists():
        raise ReadingError("There is no such file.", "Check the name.", path.name)
    if not path.is_file():
        raise ReadingError("This is not a regular file.", "", path.name)
    suffix = path.suffix.lower()
    main = next((m for m, parts in _SIDECARS.items() if suffix == m or suffix in parts), None)
    if main is None:
        wal = path.with_name(path.name + "-wal")
        # An open GeoPackage keeps its latest rows in the write-ahead log beside it.
        return ([path, wal] if suffix == ".gpkg" and wal.is_file() else [path]), path
    wanted = {main, *_SIDECARS[main]}
    try:
        family = sorted(
            p
            for p in path.parent.iterdir()
            if p.stem.casefold() == path.stem.casefold() and p.suffix.lower() in wanted and p.is_file()
        )
    except OSError:
        family = [path]
    exact = [p for p in family if p.stem == path.stem]
    family = exact if any(p.suffix.lower() == main for p in exact) else family
    lead = next((p for p in family if p.suffix.lower() == main), None)
    return (family, lead) if lead is not None else ([path], path)


def _geodatabase(folder: Path) -> list[Path]:
    """List the files of an Esri file geodatabase; nothing where the folder is none."""
    files = [
        p for p in sorted(folder.iterdir()) if GEODATABASE_FILE.fullmatch(p.name.lower()) and p.is_file()
    ]
    return files if any(p.name.lower() == "a00000001.gdbtable" for p in files) else []


def _in_folder(folder: Path, limits: Limits) -> list[Path]:
    """List the readable files below a folder; links are not followed, depth and number are bounded."""
    found: list[Path] = []
    seen = 0
    level = [folder]
    for _ in range(_FOLDER_DEPTH):
        below: list[Path] = []
        for here in level:
            for item in sorted(here.iterdir()):
                seen += 1
                if seen > limits.archive_entries:
                    raise ReadingError(
                        f"The folder holds more than {limits.archive_entries:,} files.",
                        "Choose the file itself, or a smaller folder.",
                        folder.name,
                    )
                if item.is_symlink() or item.name.startswith(".") or item.name == "__MACOSX":
                    continue
                if item.is_dir():
                    below.append(item)
                elif item.is_file() and item.suffix.lower() in _FOLDER_SUFFIXES:
                    found.append(item)
        level = below
    return found
