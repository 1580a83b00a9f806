"""Excel workbooks through `python-calamine`, looked over before it lays their cells out in memory."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError

from layers.archives import DAMAGED
from layers.errors import ReadingError
from layers.reading import Limits

MAX_CELLS = 20_000_000
_MAX_PART = 1 << 30
_MAX_TEXTS = 300 << 20
_RATIO_FLOOR_BYTES = 10 << 20
_CHUNK = 1 << 20
_OVERLAP = 400
_MAX_DIGITS = 12
_CELL = re.compile(
    rb'<(?:\w+:)?(?:c|row)\s(?:[^>]{0,200}?\s)?r="([A-Za-z]*)(\d+)"(?:[^>]{0,200}?\ss="(\d{1,6})")?'
)
"""A cell, or a row (without letters), with its style where it has one."""
_PLACE = re.compile(rb'\sr="([A-Za-z]*)(\d+)"')
"""The same without its style, which is found in half the time."""
_PADDED = re.compile(r"0{2,30}")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True, eq=False)
class Sheet:
    """A sheet's rows as text, with the 1-based number of each."""

    name: str
    rows: list[tuple[int, list[str]]]


class Workbook:
    """A workbook of any Excel format. Formulas are taken at their saved values; nothing is calculated.

    Raises
    ------
    ReadingError
        When it is damaged or protected.
    """

    def __init__(self, path: Path) -> None:
        from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

        _check_size(path)
        self._path = path
        self._errors = (CalamineError, PasswordError, OSError, ValueError)
        try:
            self._book = CalamineWorkbook.from_path(path)
        except PasswordError as error:
            raise _protected() from error
        except (CalamineError, OSError, ValueError) as error:
            raise _damaged() from error
        sheets = self._book.sheets_metadata
        self.names = tuple(s.name for s in sheets)
        self.visible = tuple(s.name for s in sheets if s.visible == SheetVisibleEnum.Visible)
        self._parts = _parts(path) if zipfile.is_zipfile(path) else {}

    def sheet(self, name: str) -> Sheet:
        """Lay out one sheet; raises `ReadingError` when it is damaged or stretched over too many cells."""
        padded: dict[tuple[int, int], int] = {}
        if name in self._parts:
            padded = _look_over(self._path, self._parts[name])
        try:
            sheet = self._book.get_sheet_by_name(name)
            merged = sheet.merged_cell_ranges or []
            top, left = sheet.start or (0, 0)
            raw = sheet.to_python(skip_empty_area=True)
        except self._errors as error:
            raise _damaged() from error
        rows = [
            [
                value.strip()
                if type(value) is str
                else _text(value, padded.get((top + i, left + k), 0) if padded else 0)
                for k, value in enumerate(row)
            ]
            for i, row in enumerate(raw)
        ]
        _fill_merged(rows, merged, top, left)
        return Sheet(name, [(top + i + 1, row) for i, row in enumerate(rows)])


def _check_size(path: Path) -> None:
    """Refuse a workbook whose parts unpack to far more than their archive: calamine unpacks them whole."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(m.file_size for m in archive.infolist())
            cells = sum(m.file_size for m in archive.infolist() if m.filename.endswith("haredStrings.xml"))
    except DAMAGED:
        return  # no archive, or one that calamine has its own sentence for
    limits = Limits()
    bomb = unpacked > limits.archive_ratio * max(
        path.stat().st_size, _RATIO_FLOOR_BYTES // limits.archive_ratio
    )
    if bomb or unpacked > limits.input_bytes or cells > _MAX_TEXTS:
        raise ReadingError(
            "The spreadsheet unpacks to far more than a table should, so it was not opened.",
            "Ask the partner to save it again, or as CSV.",
        )


def _protected() -> ReadingError:
    return ReadingError("The spreadsheet is protected with a password.", "Ask the partner for a plain one.")


def _damaged() -> ReadingError:
    return ReadingError(
        "The spreadsheet is damaged, protected, or no spreadsheet.",
        "Ask the partner to save it again, or as CSV.",
    )


def _text(value: Any, digits: int) -> str:
    """Return a cell that is no text as the partner sees it: whole numbers without ".0", dates as ISO."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        whole = isinstance(value, int) or (value.is_integer() and abs(value) < 1e15)
        return str(int(value)).zfill(digits) if whole else f"{value:.15g}"
    if isinstance(value, datetime):
        is_day = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return value.date().isoformat() if is_day else value.isoformat(timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else ""


def _fill_merged(rows: list[list[str]], merged: Any, top: int, left: int) -> None:
    """Write the value of a cell merged downwards into the rows it covers; across, it stays in the first."""
    for (first_row, column), (last_row, _) in merged:
        row, place = first_row - top, column - left
        if not (0 <= row < len(rows) and 0 <= place < len(rows[row])):
            continue
        for below in rows[row + 1 : last_row - top + 1]:
            if place < len(below) and not below[place]:
                below[place] = rows[row][place]


def _parts(path: Path) -> dict[str, str]:
    """Return the part of the archive that holds each sheet, as far as the workbook is in order."""
    try:
        with zipfile.ZipFile(path) as archive:
            targets = {
                str(e.get("Id")): str(e.get("Target"))
                for e in _xml(archive, "xl/_rels/workbook.xml.rels").iter()
            }
            sheets = [e for e in _xml(archive, "xl/workbook.xml").iter() if e.tag.endswith("}sheet")]
            found = {}
            for sheet in sheets:
                target = targets.get(str(sheet.get(_RELATION)), "")
                part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                if target and part in archive.NameToInfo:
                    found[str(sheet.get("name"))] = part
            return found
    except (*DAMAGED, ParseError, LookupError):
        return {}  # .xlsb, or something that calamine has its own sentence for


def _xml(archive: zipfile.ZipFile, part: str) -> Element:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    if archive.getinfo(part).file_size > _MAX_PART // 16:
        raise _damaged()
    try:
        root: Element = fromstring(archive.read(part), forbid_dtd=True)
    except DefusedXmlException as error:
        raise ReadingError(
            "The spreadsheet defines entities, which a table has no need of; it was not opened.",
            "Ask the partner where the file comes from.",
        ) from error
    return root


def _look_over(path: Path, part: str) -> dict[tuple[int, int], int]:
    """Refuse a sheet that its cells stretch too far; return the digits of numbers padded with zeros.

    calamine lays a sheet out as the rectangle that holds all its cells, so two stray cells in opposite
    corners would ask for 17 billion.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(part).file_size > _MAX_PART:
                raise ReadingError("The sheet is too large.", "Ask the partner for a smaller extract.")
            styles = _padded_styles(archive)
            with archive.open(part) as content:
                return _scan(content, styles)
    except DAMAGED as error:
        raise _damaged() from error


def _scan(content: IO[bytes], styles: dict[int, int]) -> dict[tuple[int, int], int]:
    rows: set[bytes] = set()
    columns: set[bytes] = set()
    padded: dict[tuple[int, int], int] = {}
    wanted = {str(style).encode(): digits for style, digits in styles.items()}
    for found in _cells(content, _CELL if styles else _PLACE):
        columns.update([cell[0] for cell in found])
        rows.update([cell[1] for cell in found])
        for letters, digits, *style in found if styles else ():
            if letters and style[0] in wanted:
                padded[_row(digits), _column(letters)] = wanted[style[0]]
    high = [_row(row) for row in rows] or [0]
    wide = [_column(letters) for letters in columns if letters] or [0]
    if (max(high) - min(high) + 1) * (max(wide) - min(wide) + 1) > MAX_CELLS:
        raise ReadingError(
            f"The sheet is stretched over {max(high) + 1:,} rows and {max(wide) + 1:,} columns.",
            "Delete the cells far outside the table, or save it as CSV.",
        )
    return padded


def _cells(content: IO[bytes], pattern: "re.Pattern[bytes]") -> Iterator[list[tuple[bytes, ...]]]:
    """Yield column letters, row digits and perhaps style of the cells in each chunk; some come twice."""
    kept = b""
    while chunk := content.read(_CHUNK):
        text = kept + chunk
        yield pattern.findall(text)
        kept = text[-_OVERLAP:]


def _row(digits: bytes) -> int:
    return int(digits[:_MAX_DIGITS]) - 1


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters[:_MAX_DIGITS].upper():
        number = number * 26 + letter - 64
    return number - 1


def _padded_styles(archive: zipfile.ZipFile) -> dict[int, int]:
    """Return the number of digits for each cell style whose format is nothing but zeros, such as 00000."""
    if "xl/styles.xml" not in archive.NameToInfo:
        return {}
    try:
        root = _xml(archive, "xl/styles.xml")
    except (ParseError, LookupError, ValueError):
        return {}
    formats = {
        str(e.get("numFmtId")): len(str(e.get("formatCode")))
        for e in root.iter()
        if e.tag.endswith("}numFmt") and _PADDED.fullmatch(str(e.get("formatCode")))
    }
    used = next((e for e in root if e.tag.endswith("}cellXfs")), None)
    styles = [str(e.get("numFmtId")) for e in used] if used is not None else []
    return {i: formats[number] for i, number in enumerate(styles) if number in formats}
