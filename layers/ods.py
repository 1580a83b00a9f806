"""OpenDocument spreadsheets, read with an XML parser that knows no entities.

`python-calamine` 0.9 refuses sheets with line breaks between cells (GDAL writes such), and spreads out what a
file says to repeat. Here repeats of nothing cost nothing, and of something are bounded.

Source: OASIS OpenDocument 1.3, part 3, chapter 9 (tables).
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from layers.archives import DAMAGED
from layers.errors import ReadingError

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
MAX_CELLS = 20_000_000
_MAX_COLUMNS = 16_384
_MAX_CONTENT = 1 << 30


@dataclass(eq=False)
class Sheet:
    """The filled cells of a sheet: rows by their 0-based number, trailing blanks left out."""

    name: str
    rows: dict[int, list[str]] = field(default_factory=dict)


def read_sheets(path: Path) -> list[Sheet]:
    """Read all sheets of a spreadsheet; raises `ReadingError` when it is damaged, protected or too large."""
    from defusedxml.common import DefusedXmlException

    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("content.xml").file_size > _MAX_CONTENT:
                raise ReadingError("The spreadsheet is too large.", "Ask the partner for a smaller extract.")
            with archive.open("content.xml") as content:
                return list(_sheets(content))
    except DefusedXmlException as error:
        raise ReadingError(
            "The spreadsheet defines entities, which a table has no need of; it was not opened.",
            "Ask the partner where the file comes from.",
        ) from error
    except (*DAMAGED, ParseError, LookupError) as error:
        raise ReadingError(
            "The spreadsheet is damaged or protected with a password.", "Ask the partner to save it again."
        ) from error


def _sheets(content: object) -> Iterator[Sheet]:
    from defusedxml.ElementTree import iterparse

    sheet: Sheet | None = None
    number = cells = 0
    hanging: dict[int, tuple[int, str]] = {}
    for event, element in iterparse(content, events=("start", "end"), forbid_dtd=True):
        if event == "start":
            if element.tag == f"{_TABLE}table":
                sheet, number, hanging = Sheet(element.get(f"{_TABLE}name") or "Sheet"), 0, {}
            continue
        if element.tag == f"{_TABLE}table" and sheet is not None:
            yield sheet
            sheet = None
        elif element.tag == f"{_TABLE}table-row" and sheet is not None:
            values = _row(element, hanging)
            repeats = _count(element, "number-rows-repeated")
            cells += len(values) * repeats
            if cells > MAX_CELLS:
                raise ReadingError(
                    f"The spreadsheet is stretched over more than {MAX_CELLS:,} cells.",
                    "Delete the rows and columns outside the table, or save it as CSV.",
                )
            if values:
                sheet.rows.update((number + i, values) for i in range(repeats))
            number += repeats
            element.clear()


def _count(element: Element, name: str) -> int:
    text = element.get(f"{_TABLE}{name}") or "1"
    return max(1, int(text)) if text.isdigit() and len(text) < 9 else 1


def _row(element: Element, hanging: dict[int, tuple[int, str]]) -> list[str]:
    """Return the values of a row without trailing blanks; a cell merged downwards fills those it covers."""
    values: list[str] = []
    for cell in element:
        if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        value, place = _value(cell), len(values)
        repeats = min(_count(cell, "number-columns-repeated"), _MAX_COLUMNS - place)
        rows = _count(cell, "number-rows-spanned")
        if rows > 1 and value:
            hanging[place] = (rows - 1, value)
        elif not value and place in hanging:
            left, value = hanging.pop(place)
            if left > 1:
                hanging[place] = (left - 1, value)
        values += [value] * max(repeats, 0)
    while values and not values[-1]:
        values.pop()
    return values


def _value(cell: Element) -> str:
    """Return a cell as the partner sees it; a number with all its decimals."""
    shown = "\n".join("".join(p.itertext()) for p in cell.findall(f"{_TEXT}p")).strip()
    kind = cell.get(f"{_OFFICE}value-type")
    if kind in ("float", "percentage", "currency"):
        return (
            shown if shown.isdigit() and shown.startswith("0") else _plain(cell.get(f"{_OFFICE}value") or "")
        )
    if kind == "date":
        return cell.get(f"{_OFFICE}date-value") or shown
    return shown


def _plain(text: str) -> str:
    if not text:
        return ""
    number = float(text)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else f"{number:.15g}"
