"""Spreadsheets: Excel of any age, and OpenDocument; one sheet at a time, formulas at their saved values."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from layers import tables
from layers.archives import DAMAGED
from layers.errors import ReadingError
from layers.reading import Action, Decided, Imported, Problem, ReadOptions
from layers.settling import Draft, settle
from layers.tables import Record

_ZIP = b"PK\x03\x04"
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_MOST_SHEETS_COMPARED = 30


class SpreadsheetReader:
    """Reads one sheet as a table of text, as the partner sees it: dates as ISO, whole numbers without ".0".

    Without a sheet named, the visible one with positions and most rows is taken, and the others are named. A
    cell merged downwards holds for all the rows it covers. Nothing is calculated, no link is followed.
    """

    id = "spreadsheet"
    title = "Spreadsheet"
    extensions: tuple[str, ...] = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
    has_layers = True

    def sniff(self, head: bytes, path: Path) -> bool:
        """Tell a workbook by the parts of its archive, or the old compound file by its first bytes."""
        if head.startswith(_OLE):
            return True
        if not head.startswith(_ZIP):
            return False
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.NameToInfo
                return "xl/workbook.xml" in names or "xl/workbook.bin" in names or _is_ods(archive)
        except DAMAGED:
            return False

    def read(self, path: Path, options: ReadOptions) -> Imported:
        """Read the private copy `path`."""
        from layers import table_positions  # brings pyproj, which other formats seldom need

        if options.encoding is not None:
            raise ReadingError("A spreadsheet states its own encoding, so none can be chosen.")
        book = _open(path)
        if options.layer is not None and options.layer not in book.names:
            raise ReadingError(
                f"There is no sheet “{options.layer}” in it.", f"It holds: {', '.join(book.names)}."
            )
        problems: list[Problem] = []
        name = options.layer or _fullest(book, options, problems)
        table = tables.build(book.records(name), options.header_row)
        placed = table_positions.place(table, options)
        return settle(
            Draft(
                format=self.id,
                layers=book.names,
                layer=name,
                rows=table.rows,
                row=table.row,
                geometry=placed.geometry,
                columns=table.columns,
                crs=placed.crs,
                crs_how=placed.how,
                encoding=Decided("utf-8", "A spreadsheet states its own encoding.", ("utf-8",)),
                problems=[*problems, *table.problems, *placed.problems],
                uncertainty_m=placed.uncertainty_m,
                header_row=table.header_row,
                x_field=placed.x_field,
                y_field=placed.y_field,
                tags=table.tags,
            ),
            placed.options,
        )


@dataclass(frozen=True, eq=False)
class _Book:
    names: tuple[str, ...]
    visible: tuple[str, ...]
    records: Callable[[str], list[Record]]


def _is_ods(archive: zipfile.ZipFile) -> bool:
    if "content.xml" not in archive.NameToInfo or "mimetype" not in archive.NameToInfo:
        return False
    with archive.open("mimetype") as kind:
        return kind.read(len(_ODS)).startswith(_ODS)


def _open(path: Path) -> _Book:
    from layers import ods
    from layers.excel import Workbook

    with path.open("rb") as file:
        is_zip = file.read(4) == _ZIP
    if is_zip:
        with zipfile.ZipFile(path) as archive:
            is_zip_of_ods = _is_ods(archive)
        if is_zip_of_ods:
            sheets = {s.name: s for s in ods.read_sheets(path)}
            names = tuple(sheets)
            return _named(
                names, names, lambda n: [Record(i + 1, v) for i, v in sorted(sheets[n].rows.items())]
            )
    book = Workbook(_rightly_named(path, is_zip=is_zip))
    return _named(book.names, book.visible, lambda n: [Record(i, v) for i, v in book.sheet(n).rows])


def _rightly_named(path: Path, *, is_zip: bool) -> Path:
    """Rename the private copy of a workbook by what it is: calamine goes by the name alone."""
    suffixes: tuple[str, ...] = (".xls",)
    if is_zip:
        with zipfile.ZipFile(path) as archive:
            is_binary = "xl/workbook.bin" in archive.NameToInfo
        suffixes = (".xlsb",) if is_binary else (".xlsx", ".xlsm")
    return path if path.suffix in suffixes else path.rename(path.with_suffix(suffixes[0]))


def _named(names: tuple[str, ...], visible: tuple[str, ...], records: Callable[[str], list[Record]]) -> _Book:
    if not names:
        raise ReadingError("The spreadsheet has no sheet.")
    return _Book(names, visible or names, records)


def _fullest(book: _Book, options: ReadOptions, problems: list[Problem]) -> str:
    """Choose the sheet with positions and most rows; say so where others would do as well."""
    from layers.position_columns import choose

    if len(book.names) == 1:
        return book.names[0]
    rows: dict[str, int] = {}
    placed: set[str] = set()
    for name in book.visible[:_MOST_SHEETS_COMPARED]:
        records = book.records(name)
        if not any(not r.is_blank for r in records):
            continue
        table = tables.build(records)
        rows[name] = table.rows
        if choose(table.columns, table.tags, ReadOptions(), named=table.header_row is not None):
            placed.add(name)
    if not rows:
        return book.visible[0]
    best = max(rows, key=lambda n: (n in placed, rows[n]))
    others = [n for n in rows if n != best and (n in placed) == (best in placed) and rows[n]]
    if others:
        what = f"Only the sheet “{best}” was read; others hold tables, too: {', '.join(others)}."
        problems.append(Problem(None, Action.DOUBT, "other_sheets", what, "Import the others one by one."))
    return best
