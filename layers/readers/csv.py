"""Tables as text: comma, semicolon, tab or bar between the values; positions in any notation."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from layers import encoding, tables
from layers.reading import Imported, ReadOptions
from layers.settling import Draft, settle
from layers.tables import Record

_DELIMITERS = ",;\t|"
_SAID = re.compile(r'"?sep=([,;\t|])"?[,;\t|\s]*', re.IGNORECASE)
"""A first line by which Excel is told the delimiter."""
_INSIDE = re.compile(r'"[^"]*"|\([^()]*\)')
_TEXT = bytes([9, 10, 11, 12, 13, 26, 27, 28, 29, 30, 31, *range(32, 256)])
_FORGIVEN = 20
"""One byte in as many may be one that no text has."""
_SEARCHED = 40
"""Lines from the top in which a delimiter is looked for."""
_MAX_VALUE = 64 << 20
_DISORDER = "its quotation marks are not in order."


class CsvReader:
    """Reads delimited text. Every value is kept as it is written; an empty one is None.

    A row whose position cannot be read is skipped with the reason. A quotation mark that is opened and not
    closed costs its own row, never the rows after it.
    """

    id = "csv"
    title = "CSV table"
    extensions: tuple[str, ...] = (".csv", ".tsv", ".txt")
    has_layers = False

    def sniff(self, head: bytes, path: Path) -> bool:
        """Tell a table: text (no markup, no JSON) that has a delimiter in one of its first lines."""
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            head = head.decode("utf-16", "replace").encode()
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if not text or text.startswith((b"<", b"{", b"[", b"%PDF", b"PK\x03\x04")) or _is_binary(text):
            return False
        lines = text.splitlines()[:_SEARCHED]
        if any(d.encode() in line for line in lines for d in _DELIMITERS):
            return True
        if len(lines) > 1 and _are_numbers([line.decode("latin-1") for line in lines[:-1] if line.strip()]):
            return True
        return path.suffix in (".csv", ".tsv") and len(lines) > 1  # one column, which may hold positions

    def read(self, path: Path, options: ReadOptions) -> Imported:
        """Read the private copy `path`."""
        from layers import table_positions  # brings pyproj, which other formats seldom need

        data = path.read_bytes()
        decided = encoding.decide_text(data, options.encoding)
        text = data.decode(decided.value, "replace").rstrip("\0\x1a").replace("\0", "\ufffd").lstrip("\ufeff")
        lines = text.splitlines()
        said = _SAID.fullmatch(lines[0]) if lines else None
        if said is not None:
            lines[0] = ""
        delimiter = said[1] if said is not None else _delimiter(lines)
        table = tables.build(list(_records(lines, delimiter)), options.header_row)
        placed = table_positions.place(table, options)
        return settle(
            Draft(
                format=self.id,
                layers=(path.stem,),
                layer=path.stem,
                rows=table.rows,
                row=table.row,
                geometry=placed.geometry,
                columns=table.columns,
                crs=placed.crs,
                crs_how=placed.how,
                encoding=decided,
                problems=[*table.problems, *placed.problems],
                uncertainty_m=placed.uncertainty_m,
                encoding_samples=encoding.samples(data.split(b"\n")),
                header_row=table.header_row,
                x_field=placed.x_field,
                y_field=placed.y_field,
                tags=table.tags,
            ),
            placed.options,
        )


def _is_binary(text: bytes) -> bool:
    """Tell what is no text: some bytes that no text has are forgiven, and any number of NUL at its end."""
    body = text.rstrip(b"\0")
    return len(body.translate(None, _TEXT)) * _FORGIVEN > len(body)


def _delimiter(lines: list[str]) -> str:
    """Return the delimiter that splits the first lines most evenly; the more columns the better.

    What stands in quotation marks or brackets (outlines as text are full of commas) does not count. Blanks
    part numbers where nothing else does.
    """
    filled = [line for line in lines[: 2 * _SEARCHED] if line.strip()]
    outside = [_INSIDE.sub("", line) for line in filled]
    if filled and not any(d in line for line in outside for d in _DELIMITERS) and _are_numbers(filled):
        return " "

    def score(delimiter: str) -> tuple[int, int]:
        usual = Counter(n for n in (line.count(delimiter) for line in outside) if n).most_common(1)
        return (usual[0][1], usual[0][0]) if usual else (0, 0)

    return max(_DELIMITERS, key=score)


def _are_numbers(lines: list[str]) -> bool:
    """Tell rows of plain numbers with blanks between them, as many in each; a first line may name them."""
    rows = [line.split(" ") for line in lines]
    same = all(len(row) == len(rows[0]) > 1 for row in rows)
    return same and len(rows) > 1 and all(tables.NUMBER.fullmatch(v) for row in rows[1:] for v in row)


def _records(lines: list[str], delimiter: str) -> Iterator[Record]:
    """Yield every record, or the line that cannot be read as one.

    A record over several lines is taken as one only if its quotation marks are in order and the lines within
    do not look like rows themselves; otherwise its first line is given up and reading goes on below it.
    """
    csv.field_size_limit(_MAX_VALUE)  # outlines as text are longer than the 128 kB that are usual
    start = 0
    width = 0
    while start < len(lines):
        reader = csv.reader(
            (lines[i] + "\n" for i in range(start, len(lines))), delimiter=delimiter, strict=True
        )
        begin = start
        try:
            for fields in reader:
                first, start = start, begin + reader.line_num
                if start - first > 1 and _swallows(fields, width, delimiter):
                    start = first + 1
                    yield Record(first + 1, (), "a quotation mark is opened and not closed.")
                    break
                width = max(width, len(fields)) if first < _SEARCHED else width
                yield Record(first + 1, [f.strip() for f in fields])
            else:
                return
        except csv.Error as error:
            too_long = "field limit" in str(error)
            why = f"a value is longer than {_MAX_VALUE >> 20} MB." if too_long else _DISORDER
            yield Record(start + 1, (), why)
            start += 1


def _swallows(fields: list[str], width: int, delimiter: str) -> bool:
    """Tell whether a value over several lines holds what looks like rows of the table."""
    lines = [line for field in fields if "\n" in field for line in field.split("\n")]
    return width > 1 and any(line.count(delimiter) >= width - 1 for line in lines)
