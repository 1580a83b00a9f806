"""What another reader makes of the same files: where rows, shapes or values differ, one line says so.

Run with `python -m tests.fuzz.compare FOLDER...` (every file below each folder); `--odd "" FOLDER` writes the odd
files of `tests/fuzz` for it. Each file is read by `open_any` and, in a child that may crash, by a peer: GDAL through pyogrio
with all its drivers, and where one is installed a reader of its own for the format (openpyxl, xlrd). A line is
a place to look and no verdict: repairs, skipped rows and guesses differ from what a peer does by intent.
"""

import argparse
import contextlib
import json
import math
import os
import pickle
import re
import select
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from layers import readers, reading_child  # noqa: F401 - loaded before this process is copied
from layers.errors import LayersError, ReadingError
from layers.reading import Action, Imported, Limits, _belonging, _take, open_any
from layers.reading_exchange import load, save
from layers.reading_process import ANSWER, ERROR, child_environment

ROOT = Path(__file__).resolve().parents[2]
PEER_S = 60.0
LIMITS = Limits()
NEAR_DEG = 2e-6
"""How far shapes may lie apart: 0.2 m, as edges are made longer by one reader and not by the other."""
KML_EXTRAS = ("tessellate", "visibility", "extrude", "altitudeMode", "drawOrder", "icon", "timestamp")
"""Columns that GDAL makes of every KML."""
_BULGE_DEG = 0.02
"""How far straight edges of a plane may bulge on the globe."""
TABLES = ("csv", "spreadsheet")
SUFFIXES = frozenset(
    [
        ".shp",
        ".zip",
        ".gpkg",
        ".geojson",
        ".json",
        ".geojsonl",
        ".kml",
        ".kmz",
        ".gpx",
        ".csv",
        ".tsv",
        ".txt",
        ".xlsx",
        ".xls",
        ".xlsm",
        ".xlsb",
        ".ods",
        ".fgb",
        ".gml",
        ".xml",
        ".mif",
        ".tab",
        ".dxf",
        ".topojson",
        ".gdb",
    ]
)


@dataclass
class Content:
    """What a peer read: a shape in WGS 84 (None where there is none) and values for each row."""

    peer: str
    shapes: list[Any]
    columns: dict[str, list[Any]]
    is_placed: bool = True
    """Whether the coordinates are known to be on WGS 84."""
    rows: list[int] = field(default_factory=list)
    """Number of each row, from 1, as in the file."""


# --- the peers, in a child ----------------------------------------------------------------------


def ogr(path: Path, layer: str, options: dict[str, str]) -> Content:
    """Read with GDAL; of several layers the one of that name, or all of them, one after another."""
    import pyogrio
    import pyproj

    name = _opened(path)
    listed = [str(n) for n, _ in pyogrio.list_layers(name)]
    wanted = [n for n in listed if n == layer] or listed
    shapes: list[Any] = []
    columns: dict[str, list[Any]] = {}
    placed, rows = True, []
    for item in wanted:
        meta, fids, blobs, values = pyogrio.raw.read(
            name, layer=item, return_fids=True, datetime_as_string=True, **options
        )
        count = len(fids)
        found = (
            shapely.from_wkb(_linear(blobs), on_invalid="ignore")
            if blobs is not None
            else np.full(count, None)
        )
        found = shapely.force_2d(found)
        if meta["crs"]:
            change = pyproj.Transformer.from_crs(meta["crs"], "EPSG:4326", always_xy=True)
            found = shapely.transform(found, lambda p, c=change: np.column_stack(c.transform(*p.T)))
        else:
            placed = False
        for key in {*columns, *map(str, meta["fields"])}:
            columns.setdefault(key, [None] * len(shapes))
            given = dict(zip(map(str, meta["fields"]), values, strict=True)).get(key)
            columns[key] += [None] * count if given is None else given.tolist()
        rows += (
            [int(f) + 1 for f in fids]
            if path.suffix == ".shp"
            else range(len(shapes) + 1, len(shapes) + count + 1)
        )
        shapes += found.tolist()
    return Content("GDAL", shapes, columns, placed, rows)


def _linear(blobs: Any) -> Any:
    return np.array([None if b is None else bytes(b) for b in blobs], dtype=object)


def _opened(path: Path) -> str:
    return f"/vsizip/{path}" if path.suffix.lower() == ".zip" else str(path)


def sheet(path: Path, layer: str) -> Content:
    """Read a sheet's cells with a reader of the format's own; the columns are named by their letters."""
    head = path.read_bytes()[:4]
    if head == b"PK\x03\x04":
        import openpyxl

        book = openpyxl.load_workbook(path, data_only=True)
        cells = [[c.value for c in row] for row in book[layer].iter_rows()]
        return _cells("openpyxl", cells)
    import xlrd

    with Path(os.devnull).open("w") as nowhere:
        book = xlrd.open_workbook(path, logfile=nowhere)
    page = book.sheet_by_name(layer)
    return _cells("xlrd", [[_xls(c, book.datemode) for c in page.row(i)] for i in range(page.nrows)])


def _xls(cell: Any, mode: int) -> Any:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_DATE:
        return xlrd.xldate_as_datetime(cell.value, mode)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    return None if cell.ctype == xlrd.XL_CELL_ERROR else cell.value


def _cells(peer: str, cells: list[list[Any]]) -> Content:
    width = max(map(len, cells), default=0)
    columns = {str(k): [row[k] if k < len(row) else None for row in cells] for k in range(width)}
    return Content(peer, [None] * len(cells), columns, rows=list(range(1, len(cells) + 1)))


def delimited(path: Path, encoding: str) -> Content:
    """Read lines with Python's csv module; the columns are named by their place."""
    import csv

    text = path.read_bytes().decode(encoding).lstrip("\ufeff")
    counts = {d: text[:20_000].splitlines()[0].count(d) for d in ",;\t|"}
    reader = csv.reader(text.splitlines(keepends=True), delimiter=max(counts, key=lambda d: counts[d]))
    csv.field_size_limit(1 << 28)
    cells, rows, line = [], [], 0
    for fields in reader:
        rows.append(line + 1)
        line = reader.line_num
        cells.append([f.strip() for f in fields])
    return Content("csv", [None] * len(cells), _cells("csv", cells).columns, rows=rows)


def answer(job: dict[str, Any]) -> Content:
    """Read as the job says, by the first peer that can."""
    path = Path(job["path"])
    if job["format"] == "csv":
        return delimited(path, job["encoding"])
    if job["format"] == "spreadsheet":
        with contextlib.suppress(ImportError):
            return sheet(path, job["layer"])
    options = {"VERIFY_BUFFERS": "YES"} if job["format"] == "flatgeobuf" else {}
    return ogr(path, job["layer"], options)


def serve() -> None:
    """Answer one job a line: the name of a file that holds the pickled content, or why there is none."""
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(prefix="deconflict-peer-") as folder:
        for number, line in enumerate(sys.stdin):
            try:
                content = answer(json.loads(line))
                found = Path(folder) / f"{number % 2}.pickle"
                found.write_bytes(pickle.dumps(content))
                said = {"content": str(found)}
            except Exception as error:  # noqa: BLE001 - whatever a peer says of an odd file
                said = {"error": f"{type(error).__name__}: {error}"[:200]}
            print(json.dumps(said), flush=True)


class Peer:
    """The child that reads with other readers; started again when a file ends it."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[str] | None = None
        self._environment = dict(os.environ)

    def start(self) -> None:
        """Start the child with the environment of the beginning."""
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.compare", "--serve"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=self._environment,
        )

    def read(self, job: dict[str, Any]) -> Content | str:
        """Return what was read, or why nothing was."""
        if self._child is None or self._child.poll() is not None:
            self.start()
        self._child.stdin.write(json.dumps(job) + "\n")
        self._child.stdin.flush()
        ready, _, _ = select.select([self._child.stdout], [], [], PEER_S)
        line = self._child.stdout.readline() if ready else ""
        if not line:
            self.close()
            return "the peer crashed or hung"
        said = json.loads(line)
        return pickle.loads(Path(said["content"]).read_bytes()) if "content" in said else said["error"]

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None


# --- our reader ---------------------------------------------------------------------------------


def read_here(path: Path) -> Imported:
    """Read as `open_any` does, in a copy of this process instead of a new one, which takes a tenth the time."""
    with tempfile.TemporaryDirectory(prefix="deconflict-compare-") as name:
        job = Path(name)
        files, lead = _belonging(path, LIMITS)
        members, digest = _take(path, files, lead, job, LIMITS, time.monotonic() + 60, lambda *_: None)
        child = os.fork()
        if child == 0:
            try:
                request = {"file": path.name, "sha256": digest, "members": members, "options": {}}
                save(reading_child._read(job, request, LIMITS), job)
            except ReadingError as error:
                said = {"message": error.message, "hint": error.hint, "where": error.where}
                (job / ERROR).write_text(json.dumps(said), encoding="utf-8")
            except BaseException:  # noqa: BLE001 - told by the parent
                traceback.print_exc()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        if (job / ERROR).is_file():
            raise ReadingError(**json.loads((job / ERROR).read_text(encoding="utf-8")))
        return load(job) if (job / ANSWER).is_file() else open_any(path)


# --- comparing ----------------------------------------------------------------------------------


def differences(path: Path, peer: Peer) -> Iterator[str]:
    """Read a file both ways; yield one line for each thing that differs."""
    try:
        ours = read_here(path)
    except LayersError as error:
        content = peer.read({"path": str(path), "format": "", "layer": ""})
        if isinstance(content, Content) and any(s is not None for s in content.shapes):
            yield f"refused, but {content.peer} reads {len(content.shapes)} rows: {error.message}"
        return
    content = peer.read(
        {
            "path": str(path),
            "format": ours.format,
            "layer": ours.layer,
            "encoding": ours.encoding.value or "utf-8",
        }
    )
    if isinstance(content, str):
        return
    yield from compared(ours, content)


def compared(ours: Imported, content: Content) -> Iterator[str]:
    """Yield what differs between what we read and what a peer did."""
    said = {
        p.row: f"{p.code}: {p.what}"
        for p in ours.problems
        if p.row is not None and p.action is Action.SKIPPED
    }
    mended = {p.row for p in ours.problems if p.action is Action.REPAIRED}
    if ours.format in TABLES:
        yield from _compared_cells(ours, content, said)
        return
    if ours.rows != len(content.shapes):
        yield f"rows: {ours.rows}, by {content.peer} {len(content.shapes)}"
    place = {row: i for i, row in enumerate(content.rows)}
    if ours.format in ("kml", "gpx") and ours.rows == len(content.rows):
        place = _by_likeness(ours, content)
    pairs = [(i, place[r]) for i, r in enumerate(ours.row.tolist()) if r in place]
    why: Counter[str] = Counter()
    for i, j in pairs:
        row, mine, theirs = int(ours.row[i]), ours.geometry[i], content.shapes[j]
        if theirs is None or theirs.is_empty:
            if mine is not None:
                yield f"row {row}: we have a {mine.geom_type}, {content.peer} has none"
            continue
        if mine is None:
            why[said.get(row, "NO REASON")] += 1
            continue
        if not content.is_placed or (ours.crs.value != "EPSG:4326" and row in mended):
            continue
        apart = _apart(mine, theirs, is_mended=row in mended)
        if apart > NEAR_DEG:
            yield f"row {row}: {mine.geom_type} and {theirs.geom_type} are {apart:.3g} degrees apart ({ours.crs.how})"
    for reason, count in why.most_common():
        yield f"{count} rows that {content.peer} gives a shape are skipped: {reason}"
    spelt = {name.casefold(): name for name in ours.columns}
    for stated, theirs in content.columns.items():
        name = stated if stated in ours.columns else spelt.get(stated.casefold(), stated)
        if name not in ours.columns:
            if any(_text(v) not in ("", "-1", "0") for v in theirs) and name not in KML_EXTRAS:
                yield f"no column {name!r} (first: {next(_text(v) for v in theirs if _text(v))[:40]!r}); ours: {list(ours.columns)[:12]}"
            continue
        mine = ours.columns[name]
        wrong = [(i, j) for i, j in pairs if not _same(mine[i], theirs[j])]
        if wrong:
            i, j = wrong[0]
            yield f"column {name!r}: {len(wrong)} values differ, row {ours.row[i]}: {mine[i]!r}, by {content.peer} {theirs[j]!r}"


def _by_likeness(ours: Imported, content: Content) -> dict[int, int]:
    """Pair rows of readers that go through a file in another order, by their shapes."""

    def key(shape: Any) -> str:
        return "" if shape is None else shapely.to_wkt(shapely.centroid(shape), rounding_precision=4)

    left: dict[str, list[int]] = {}
    for j, shape in enumerate(content.shapes):
        left.setdefault(key(shape), []).append(j)
    found, lost = {}, []
    for i, row in enumerate(ours.row.tolist()):
        there = left.get(key(ours.geometry[i]))
        if there:
            found[row] = there.pop(0)
        else:
            lost.append(row)
    rest = [j for there in left.values() for j in there]
    return found | dict(zip(lost, sorted(rest), strict=False))


def _compared_cells(ours: Imported, content: Content, said: dict[int | None, str]) -> Iterator[str]:
    """Compare values cell by cell; a peer's columns go by their place."""
    names = list(ours.columns)
    theirs = list(content.columns.values())
    filled = [i for i in range(len(content.rows)) if any(_text(c[i]) for c in theirs)]
    head = next((i for i in filled if content.rows[i] == (ours.header_row or -1)), None)
    below = [i for i in filled if head is None or i > head]
    if below and all(re.fullmatch(r"#[a-z].*|", _text(c[below[0]]).lower()) for c in theirs):
        below = below[1:]  # HXL tags
    if len(below) != ours.rows:
        yield f"rows: {ours.rows}, by {content.peer} {len(below)} below line {ours.header_row}"
    place = dict(enumerate(below, start=1))
    yield from _numbers_apart(ours)
    for name in names:
        k = next((k for k, c in enumerate(theirs) if head is not None and _text(c[head]) == name), None)
        if k is None:
            if head is not None and not re.search(r"\(\d+\)$|^column", name):
                yield f"our column {name!r} has no fellow"
            continue
        wrong = [
            (i, place[r])
            for i, r in enumerate(ours.row.tolist())
            if r in place and not _same(ours.columns[name][i], theirs[k][place[r]])
        ]
        if wrong:
            i, j = wrong[0]
            yield (
                f"column {name!r}: {len(wrong)} values differ, row {ours.row[i]}: {ours.columns[name][i]!r}, "
                f"by {content.peer} {theirs[k][j]!r}"
            )


def _numbers_apart(ours: Imported) -> Iterator[str]:
    """Compare points with the plain numbers in the columns that they were read from."""
    if ours.y_field is None or ours.crs.value != "EPSG:4326":
        return
    x, y = ours.columns[ours.x_field], ours.columns[ours.y_field]
    for row, lon, lat, shape in zip(ours.row.tolist(), x, y, ours.geometry, strict=True):
        with contextlib.suppress(TypeError, ValueError):
            apart = 0.0 if shape is None else shape.distance(shapely.Point(float(lon), float(lat)))
            if apart > NEAR_DEG:
                yield f"row {row}: {shape.wkt} is not where its columns say, {lon!r}, {lat!r}"


def _apart(mine: Any, theirs: Any, *, is_mended: bool) -> float:
    if is_mended:  # only the place is told: what a repair leaves out it says itself
        a, b = np.array(mine.bounds), np.array(theirs.bounds)
        return float(np.abs(a - b).max()) if np.isfinite(b).all() else 0.0
    there = shapely.points(shapely.get_coordinates(theirs))
    corners = shapely.points(shapely.get_coordinates(mine))
    if not len(corners) or not len(there):
        return 0.0 if len(corners) == len(there) else math.inf
    # Their corners are among ours; what we add between them keeps edges straight in the file's own plane.
    _, far = shapely.STRtree(corners).query_nearest(there, return_distance=True, all_matches=False)
    a, b = np.array(mine.bounds), np.array(theirs.bounds)
    reach = float(np.abs(a - b).max())
    return max(float(far.max()), reach if reach > _BULGE_DEG else 0.0)


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return str(value).strip()


def _same(mine: Any, theirs: Any) -> bool:
    a, b = _text(mine), _text(theirs)
    if a == b or a.casefold() == b.casefold():
        return True
    try:
        return math.isclose(float(a), float(b), rel_tol=1e-9, abs_tol=1e-12)
    except ValueError:
        pass
    short = [re.sub(r"[T :/-]|Z$|\.0+$", "", t) for t in (a, b)]
    if short[0] == short[1] or f"{short[0]}000000" == short[1] or short[0] == f"{short[1]}000000":
        return True
    return re.sub(r"\s", "", a) == re.sub(r"\s", "", b)


# --- the run ------------------------------------------------------------------------------------


def files_below(folder: Path) -> Iterator[Path]:
    """Yield what is opened on its own: files by their endings, and geodatabases."""
    if folder.is_file() or folder.suffix.lower() == ".gdb":
        yield folder
        return
    if (folder / ".lead").is_file():
        yield folder / (folder / ".lead").read_text(encoding="utf-8", errors="surrogateescape")
        return
    for item in sorted(folder.iterdir()):
        if item.is_dir():
            yield from files_below(item)
        elif item.suffix.lower() in SUFFIXES:
            yield item


def write_odd_files(folder: Path, word: str) -> None:
    """Write every odd file whose name has the word, each into a folder called after it."""
    from tests.fuzz.test_odd_files import CASES

    for name, make in CASES.items():
        if word in name:
            place = folder / re.sub(r"[^\w. -]", "_", name)
            place.mkdir(parents=True, exist_ok=True)
            shown, _ = make(place)
            (place / ".lead").write_text(shown.name, encoding="utf-8", errors="surrogateescape")


def main() -> int:
    if sys.argv[1:] == ["--serve"]:
        serve()
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="*")
    parser.add_argument("--odd", metavar="WORD", help="write the odd files whose name has this word, and end")
    arguments = parser.parse_args()
    if arguments.odd is not None:
        write_odd_files(arguments.folder[0], arguments.odd)
        return 0
    peer, count, differing = Peer(), 0, 0
    peer.start()  # with all of GDAL's drivers, before they are unplugged here
    os.environ.update(child_environment())
    for path in (f for folder in arguments.folder for f in files_below(folder)):
        count += 1
        lines = list(differences(path, peer))
        differing += bool(lines)
        for line in lines[:8]:
            print(f"{path}\n    {line}", flush=True)
    peer.close()
    print(f"{count} files, {differing} differ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
