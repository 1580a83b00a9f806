"""Shapefiles: loose, in a folder, or in an archive."""

import codecs
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copyfile

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import encoding, parallel, repair, wkb
from layers import shapefile_parts as parts
from layers import shapefile_table as table
from layers.errors import ReadingError
from layers.model import Objects, object_column
from layers.packed import BREAK, Columns, Packed, packed_text
from layers.reading import Action, Decided, Imported, Problem, ReadOptions
from layers.settling import Draft, imported, placed

_MAGIC = b"\x00\x00\x27\x0a"
_FULL_WIDTH_BYTES = 254
_BREAK = b"\x1f"
"""Put between values that are decoded in one piece: no encoding uses it within a character."""
_ASCII = bytes(range(128))
_TOLD_BY = 20_000
"""Values of a column that tell whether text which is UTF-8, as the file says, was made so twice."""
_TOO_FEW = 4
"""Bytes beyond ASCII that say nothing about the encoding."""
_PLAUSIBLE_GROWTH = 10
"""A header that claims more than this many times what is there is nonsense, not a count of lost rows."""
_CODE_PAGES = {"65001": "utf-8", "ANSI 1252": "cp1252", "SYSTEM": ""}


class ShapefileReader:
    """Reads a .shp with its .dbf, .shx, .prj and .cpg beside it, as far as they are there.

    Rows are counted by walking the .shp and from both headers, because GDAL reads what the headers say and is
    silent about the rest. Text is fetched as bytes and the encoding decided here.
    """

    id = "shapefile"
    title = "Shapefile"
    extensions: tuple[str, ...] = (".shp", ".zip")
    has_layers = False

    def sniff(self, head: bytes, path: Path) -> bool:
        """Tell a .shp by its file code, 9994."""
        return head.startswith(_MAGIC) and len(head) >= 100

    def read(self, path: Path, options: ReadOptions) -> Imported:
        """Read the private copy `path`; missing parts are made good in the copy."""
        problems: list[Problem] = []
        count = _counted(path, problems)
        row, geometry = _shapes(path, count, problems)
        seen = np.zeros(max(count.rows, int(row.max(initial=0))) + 1, dtype=bool)
        seen[row] = True
        for lost in (np.flatnonzero(~seen[1 : count.rows + 1]) + 1).tolist():
            deleted = lost in count.deleted
            why = "It is marked as deleted in the .dbf." if deleted else "The file ends before this row."
            problems.append(Problem(lost, Action.SKIPPED, "deleted" if deleted else "missing", why))
        prj = path.with_suffix(".prj")
        draft = Draft(
            format=self.id,
            layers=(path.stem,),
            layer=path.stem,
            rows=count.rows,
            row=row,
            geometry=geometry,
            columns={},
            crs=prj.read_bytes()[:65_536].decode("utf-8", "replace") if prj.is_file() else None,
            encoding=Decided("", ""),
            problems=problems,
        )
        shapes, (columns, decided, samples, odd) = parallel.both(
            lambda: placed(draft, options), lambda: _table(path, count, row, options), rows=len(row)
        )
        return imported(
            replace(
                draft,
                columns=columns,
                encoding=decided,
                encoding_samples=samples,
                problems=[*problems, *odd],
            ),
            shapes,
        )


@dataclass(frozen=True, slots=True)
class _Count:
    rows: int
    deleted: set[int]
    header: table.TableHeader | None
    records: parts.ShapeRecords
    is_orderly: bool
    """The .shx lists exactly the records that are in the .shp."""


def _counted(shp: Path, problems: list[Problem]) -> _Count:
    """Count the rows by every part; correct headers where .shp and .dbf both hold more than they say."""
    dbf, shx = shp.with_suffix(".dbf"), shp.with_suffix(".shx")
    records = parts.walk(shp, shx)
    header = table.read_header(dbf) if dbf.is_file() else None
    indexed = parts.count_index(shx) if shx.is_file() else 0
    agreed = records.is_sequential and (header is None or header.present == len(records))
    stated = min(n for n in (indexed or len(records), header.stated if header else len(records)))
    if not indexed and len(records):
        parts.restore_index(shp, records)
        indexed = len(records)
        problems.append(
            _doubt("index_restored", "The .shx was missing or unusable; it was made again from the .shp.")
        )
    elif agreed and indexed < len(records):
        parts.restore_index(shp, records)
    if header is not None and agreed and header.stated < header.present:
        table.restore_count(dbf, header.present)
    if agreed and stated < len(records):
        indexed = len(records)
        problems.append(
            _doubt(
                "count",
                f"Its headers list {stated:,} of {len(records):,} rows; all that are on disk were read.",
                "Ask the partner whether the file is complete.",
            )
        )
    tabled = 0 if header is None else header.present if agreed else min(header.stated, header.present)
    rows = max(indexed, tabled)
    if (
        header is not None
        and not agreed
        and header.stated <= _PLAUSIBLE_GROWTH * max(rows, len(records), 100)
    ):
        rows = max(rows, header.stated)
    if len(records) < rows:
        problems.append(
            _doubt("count", f"The .shp holds {len(records):,} of {rows:,} rows.", "Ask for the file again.")
        )
    elif len(records) > rows:
        what = (
            f"The .shp holds {len(records):,} records, but only {rows:,} are listed; the rest was not read."
        )
        problems.append(_doubt("count", what, "They may be leftovers of edits. Ask the partner."))
    deleted = table.deleted_rows(dbf, header) if header is not None else set()
    return _Count(rows, deleted, header, records, _is_orderly(shx, records))


def _is_orderly(shx: Path, records: parts.ShapeRecords) -> bool:
    if not shx.is_file() or not len(records):
        return False
    listed = parts.index_entries(shx)
    return np.array_equal(listed, np.column_stack([records.offsets, records.lengths]))


def _doubt(code: str, what: str, proposal: str = "") -> Problem:
    return Problem(None, Action.DOUBT, code, what, proposal)


def _shapes(shp: Path, count: _Count, problems: list[Problem]) -> tuple[NDArray[np.int64], Objects]:
    """Return row numbers and shapes of all rows not deleted: in bulk, and by GDAL where one is odd."""
    if count.is_orderly:
        geometry, done = parts.read_plain(shp, count.records)
        left = np.flatnonzero(~done)
        if len(left):
            fids, shapes = _with_gdal(shp, left if len(left) < len(done) else None, problems)
            geometry[fids] = shapes
        row = np.arange(1, len(geometry) + 1)
        lost = np.flatnonzero(~done & shapely.is_missing(geometry)) + 1
        problems += [
            Problem(int(n), Action.SKIPPED, "bad_feature", "Its shape is damaged and cannot be read.")
            for n in np.setdiff1d(lost, list(count.deleted))
        ]
    else:
        fids, geometry = _with_gdal(shp, None, problems)
        row = fids + 1
    kept = (row <= count.rows) & ~np.isin(row, list(count.deleted))
    return row[kept], geometry[kept]


def _with_gdal(
    shp: Path, fids: NDArray[np.int64] | None, problems: list[Problem]
) -> tuple[NDArray[np.int64], Objects]:
    """Read shapes with GDAL, closing rings that are open; return their numbers, from 0, and the shapes."""
    import pyogrio
    from pyogrio.errors import DataSourceError, FeatureError, FieldError, GeometryError

    try:
        _, found, blobs, _ = pyogrio.raw.read(_alone(shp), fids=fids, return_fids=True)
    except (DataSourceError, FeatureError, FieldError, GeometryError, ValueError) as error:
        raise ReadingError(
            "The shapefile is damaged and cannot be read.", "Ask the partner to send it again."
        ) from error
    numbers = found.astype(np.int64)
    shapes = wkb.read(blobs)
    problems += [
        Problem(int(n) + 1, Action.REPAIRED, "open_ring", repair.CLOSED) for n in numbers[shapes.closed]
    ]
    return numbers, shapes.geometry


def _alone(shp: Path) -> Path:
    """Put .shp and .shx into a folder of their own: a broken .prj or .cpg makes pyogrio 0.13 give up."""
    folder = shp.parent / f"{shp.stem}.parts"
    folder.mkdir(exist_ok=True)
    for suffix in (".shp", ".shx"):
        part, link = shp.with_suffix(suffix), folder / f"{shp.stem}{suffix}"
        link.unlink(missing_ok=True)
        if not part.is_file():
            continue
        try:
            link.hardlink_to(part)
        except OSError:  # a file system without links
            copyfile(part, link)
    return folder / shp.name


def _table(
    shp: Path, count: _Count, row: NDArray[np.int64], options: ReadOptions
) -> tuple[Columns, Decided, tuple[bytes, ...], list[Problem]]:
    """Read the facts of the rows; return columns, encoding, raw text to try others on, and doubts."""
    dbf = shp.with_suffix(".dbf")
    if count.header is None or not count.header.fields:
        what = "is damaged" if dbf.is_file() else "is missing"
        lacking = _doubt("no_table", f"The .dbf {what}, so the rows have no names or other facts.")
        return Columns({}), _encoding(shp, [], count.header, options), (), [lacking]
    raw = table.read_columns(dbf, count.header, count.rows)
    most = _TOLD_BY if options.encoding is None and _code_page(shp.with_suffix(".cpg")) == "utf-8" else None
    foreign = [c.name for c in raw] + [v for c in raw for v in _foreign(c, most)]
    decided = _encoding(shp, foreign, count.header, options)
    columns: dict[str, Packed | Objects] = {}
    memos = [encoding.decode(n, decided.value) for n in table.memo_fields(dbf, count.header, count.rows)]
    problems = [_memo(memos)] if memos else []
    for column in raw:
        name = _unused(encoding.decode(column.name, decided.value), columns)
        problems += _cuts(column, name, decided.value, row)
        columns[name] = _at(_decoded(column, decided.value), row)
    return Columns(columns), decided, encoding.samples(foreign), problems


def _memo(names: list[str]) -> Problem:
    named = ", ".join(f"“{name}”" for name in names[:10])
    what = f"The texts of {named} lie in a memo file (.dbt or .fpt), which is not read; they were left out."
    return _doubt("memo", what, "Ask the partner for another format where they matter.")


def _foreign(column: table.Column, most: int | None) -> list[bytes]:
    """Return the values that are text beyond plain ASCII, or `most` of them where all is UTF-8 as stated."""
    if isinstance(column, table.NumberColumn):
        return []
    if isinstance(column, table.RawText):
        return column.foreign(most if most and _is_utf8(column.block) else None)
    return [v for v in column.values if type(v) is bytes and not v.isascii()]


def _is_utf8(block: NDArray[np.uint8]) -> bool:
    try:
        block.tobytes().decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decoded(column: table.Column, codec: str) -> Packed | Objects:
    """Decode a column: in one piece where the encoding reads all of it, or value by value."""
    if isinstance(column, table.NumberColumn):
        return column.values
    if isinstance(column, table.RawColumn):
        return object_column(encoding.decode(v, codec) if type(v) is bytes else v for v in column.values)
    stated = column.lengths > 0
    block: Packed | None
    try:
        if codec == "utf-8":
            column.block.tobytes().decode(codec)
            return Packed(stated, column.block)
        joined = column.block.tobytes().replace(BREAK.encode(), _BREAK).decode(codec)
        block = packed_text(joined.replace(_BREAK.decode(), BREAK), stated)
    except UnicodeDecodeError:
        block = None
    return block or object_column(encoding.decode(v, codec) if v else None for v in column.values)


def _cuts(column: table.Column, name: str, codec: str, row: NDArray[np.int64]) -> list[Problem]:
    """Report text that fills its column, or stops in mid-character."""
    if isinstance(column, table.NumberColumn) or (column.width < _FULL_WIDTH_BYTES and codec != "utf-8"):
        return []
    least = min(column.width, _FULL_WIDTH_BYTES) - 3
    if isinstance(column, table.RawText) and column.lengths.max(initial=0) < least:
        return []
    long = [(n, v) for n, v in enumerate(column.values, start=1) if type(v) is bytes and len(v) >= least]
    if not long:
        return []
    present = set(row.tolist())
    problems = []
    for number, value in long:
        is_full = len(value) >= _FULL_WIDTH_BYTES
        if (is_full or (codec == "utf-8" and encoding.is_cut(value))) and number in present:
            what = (
                f"The text of “{name}” fills the {len(value)} bytes of its column, so its end may be cut off."
            )
            problems.append(
                Problem(number, Action.DOUBT, "text_cut", what, "Ask the partner for another format.")
            )
    return problems


def _at(values: Packed | Objects, row: NDArray[np.int64]) -> Packed | Objects:
    """Return the values of the given rows; None for rows that the table does not reach."""
    if len(row) == len(values) and len(row) and row[0] == 1 and row[-1] == len(row):
        return values
    padded = np.full(max(int(row.max(initial=0)), len(values)), None, dtype=object)
    padded[: len(values)] = values.unpacked() if isinstance(values, Packed) else values
    return padded[row - 1]


def _encoding(
    shp: Path, foreign: list[bytes], header: table.TableHeader | None, options: ReadOptions
) -> Decided:
    driver = header.language_driver if header else 0
    return encoding.decide(
        foreign,
        asked=options.encoding,
        declared=_code_page(shp.with_suffix(".cpg")),
        declared_by="the .cpg file",
        hint=parts.LANGUAGE_DRIVERS.get(
            driver, "cp1252" if driver == 0x57 and _is_western(foreign) else None
        ),
        hint_by=f"the .dbf header (language byte 0x{driver:02X})",
    )


def _is_western(raw: list[bytes]) -> bool:
    """Tell whether bytes beyond ASCII are as rare as in Western text, or too few to tell by.

    0x57 is written everywhere, and means Western text only in the West.
    """
    foreign = b"".join(v for v in raw if not v.isascii())
    beyond = len(foreign.translate(None, _ASCII))
    return beyond <= _TOO_FEW or beyond * 5 < len(foreign)


def _code_page(cpg: Path) -> str | None:
    """Return the codec that a .cpg names, None when there is none or it is not known."""
    if not cpg.is_file():
        return None
    text = cpg.read_bytes()[:64].decode("ascii", "replace").strip("\ufeff \r\n\t\0\ufffd")
    name = _CODE_PAGES.get(text, text)
    for candidate in (name, f"cp{name}", name.replace("-", "").replace("88591", "iso8859-1")):
        try:
            found = codecs.lookup(candidate).name if candidate else ""
        except (LookupError, ValueError):  # ValueError: a NUL in the name
            continue
        if found:
            return "utf-8" if found == "utf-8" else found
    return None


def _unused(name: str, taken: Collection[str]) -> str:
    unique, number = name, 2
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    return unique
