"""Shapefiles: loose, in a folder, or in an archive."""

import codecs
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import encoding
from layers import shapefile_parts as parts
from layers.errors import ReadingError
from layers.model import Objects
from layers.reading import Action, Decided, Imported, Problem, ReadOptions
from layers.settling import Draft, settle

_MAGIC = b"\x00\x00\x27\x0a"
_FULL_WIDTH_BYTES = 254
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
        count = _counted(path)
        problems = list(count.problems)
        row, geometry, columns = _fetch(path, problems)
        seen = np.zeros(max(count.rows, int(row.max(initial=0))) + 1, dtype=bool)
        seen[row] = True
        for lost in (np.flatnonzero(~seen[1 : count.rows + 1]) + 1).tolist():
            deleted = lost in count.deleted
            why = "It is marked as deleted in the .dbf." if deleted else "The file ends before this row."
            problems.append(Problem(lost, Action.SKIPPED, "deleted" if deleted else "missing", why))
        kept = row <= count.rows
        row, geometry = row[kept], geometry[kept]
        columns = {name: column[kept] for name, column in columns.items()}
        decided = _encoding(path, columns, count.header, options)
        columns = _decoded(columns, decided.value, count.header, row, problems)
        prj = path.with_suffix(".prj")
        return settle(
            Draft(
                format=self.id,
                layers=(path.stem,),
                layer=path.stem,
                rows=count.rows,
                row=row,
                geometry=geometry,
                columns=columns,
                crs=prj.read_bytes()[:65_536].decode("utf-8", "replace") if prj.is_file() else None,
                encoding=decided,
                problems=problems,
            ),
            options,
        )


@dataclass(frozen=True, slots=True)
class _Count:
    rows: int
    deleted: set[int]
    header: parts.TableHeader | None
    problems: list[Problem]


def _counted(shp: Path) -> _Count:
    """Count the rows by every part; correct headers where .shp and .dbf both hold more than they say."""
    records = parts.walk(shp)
    dbf, shx = shp.with_suffix(".dbf"), shp.with_suffix(".shx")
    header = parts.read_table_header(dbf) if dbf.is_file() else None
    problems: list[Problem] = []
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
        parts.restore_count(dbf, header.present)
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
    if not dbf.is_file():
        problems.append(_doubt("no_table", "The .dbf is missing, so the rows have no names or other facts."))
    deleted = parts.deleted_rows(dbf, header) if header is not None else set()
    return _Count(rows, deleted, header, problems)


def _doubt(code: str, what: str, proposal: str = "") -> Problem:
    return Problem(None, Action.DOUBT, code, what, proposal)


def _fetch(shp: Path, problems: list[Problem]) -> tuple[NDArray[np.int64], Objects, dict[str, Objects]]:
    """Read all rows with GDAL, text as latin-1 (keeps every byte); return row numbers, shapes, columns."""
    plain = _without_sidecars(shp)
    try:
        meta, fids, wkb, values = _with_gdal(plain)
    except ReadingError:
        if not plain.with_suffix(".dbf").is_file():
            raise
        plain.with_suffix(".dbf").unlink()
        meta, fids, wkb, values = _with_gdal(plain)
    if shp.with_suffix(".dbf").is_file() and not len(meta["fields"]):
        problems.append(_doubt("no_table", "The .dbf is damaged, so the rows have no names or other facts."))
    geometry = shapely.from_wkb(wkb, on_invalid="ignore")
    columns = {
        str(name): _plain(column, kind)
        for name, column, kind in zip(meta["fields"], values, meta["ogr_types"], strict=True)
    }
    return fids.astype(np.int64) + 1, geometry, columns


def _with_gdal(shp: Path) -> Any:
    import pyogrio
    from pyogrio.errors import DataSourceError, FeatureError, FieldError, GeometryError

    try:
        return pyogrio.raw.read(shp, encoding="ISO-8859-1", return_fids=True)
    except (DataSourceError, FeatureError, FieldError, GeometryError, ValueError) as error:
        raise ReadingError(
            "The shapefile is damaged and cannot be read.", "Ask the partner to send it again."
        ) from error


def _without_sidecars(shp: Path) -> Path:
    """Put the main parts into a folder of their own: a broken .prj or .cpg makes pyogrio 0.13 give up."""
    folder = shp.parent / f"{shp.stem}.parts"
    folder.mkdir(exist_ok=True)
    for suffix in (".shp", ".shx", ".dbf"):
        part, link = shp.with_suffix(suffix), folder / f"{shp.stem}{suffix}"
        link.unlink(missing_ok=True)
        if not part.is_file():
            continue
        try:
            link.hardlink_to(part)
        except OSError:  # a file system without links
            copyfile(part, link)
    return folder / shp.name


def _plain(values: NDArray[Any], kind: str) -> Objects:
    """Make Python values of a column: whole numbers stay whole, a date is ISO text, nothing is None."""
    column = np.empty(len(values), dtype=object)
    if values.dtype.kind == "M":
        column[:] = [None if v == "NaT" else v for v in np.datetime_as_string(values).tolist()]
    elif values.dtype.kind == "f":
        whole = kind.startswith("OFTInteger")
        column[:] = [None if v != v else int(v) if whole else v for v in values.tolist()]  # noqa: PLR0124
    else:
        column[:] = values.tolist()
    return column


def _encoding(
    shp: Path, columns: dict[str, Objects], header: parts.TableHeader | None, options: ReadOptions
) -> Decided:
    raw = [v.encode("latin-1") for column in columns.values() for v in column if isinstance(v, str)]
    raw += [name.encode("latin-1") for name in columns]
    driver = header.language_driver if header else 0
    return encoding.decide(
        raw,
        asked=options.encoding,
        declared=_code_page(shp.with_suffix(".cpg")),
        declared_by="the .cpg file",
        hint=parts.LANGUAGE_DRIVERS.get(driver, "cp1252" if driver == 0x57 and _is_western(raw) else None),
        hint_by=f"the .dbf header (language byte 0x{driver:02X})",
    )


def _is_western(raw: list[bytes]) -> bool:
    """Tell whether bytes beyond ASCII are as rare as in Western text: 0x57 is written everywhere."""
    foreign = b"".join(v for v in raw if not v.isascii())
    return sum(byte >= 0x80 for byte in foreign) * 5 < len(foreign)


def _code_page(cpg: Path) -> str | None:
    """Return the codec that a .cpg names, None when there is none or it is not known."""
    if not cpg.is_file():
        return None
    text = cpg.read_bytes()[:64].decode("ascii", "replace").strip("\ufeff \r\n\t\0\ufffd")
    name = _CODE_PAGES.get(text, text)
    for candidate in (name, f"cp{name}", name.replace("-", "").replace("88591", "iso8859-1")):
        try:
            found = codecs.lookup(candidate).name if candidate else ""
        except LookupError:
            continue
        if found:
            return "utf-8" if found == "utf-8" else found
    return None


def _decoded(
    columns: dict[str, Objects],
    codec: str,
    header: parts.TableHeader | None,
    row: NDArray[np.int64],
    problems: list[Problem],
) -> dict[str, Objects]:
    """Decode all text; text that fills its column, or stops in mid-character, is reported as cut."""
    widths = header.widths if header else {}
    result: dict[str, Objects] = {}
    for name, column in columns.items():
        shown = encoding.decode(name.encode("latin-1"), codec)
        width = widths.get(name, _FULL_WIDTH_BYTES)
        values = column.tolist()
        for i, value in enumerate(values):
            if not isinstance(value, str) or (value.isascii() and len(value) < _FULL_WIDTH_BYTES):
                continue
            raw = value.encode("latin-1")
            values[i] = encoding.decode(raw, codec)
            if len(raw) >= _FULL_WIDTH_BYTES or (
                codec == "utf-8" and len(raw) + 3 >= width and encoding.is_cut(raw)
            ):
                problems.append(_cut(int(row[i]), shown, len(raw)))
        result[_unused(shown, result)] = _column(values)
    return result


def _cut(row: int, name: str, size: int) -> Problem:
    what = f"The text of “{name}” fills the {size} bytes of its column, so its end may be cut off."
    return Problem(row, Action.DOUBT, "text_cut", what, "Ask the partner for another format.")


def _unused(name: str, taken: dict[str, Objects]) -> str:
    unique, number = name, 2
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    return unique


def _column(values: list[Any]) -> Objects:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column
