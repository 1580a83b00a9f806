"""Tables as text with a longitude and a latitude column; comma, semicolon or tab between the values."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from layers import encoding
from layers.errors import ReadingError
from layers.model import Floats, Objects
from layers.reading import Action, Imported, Problem, ReadOptions
from layers.settling import Draft, settle

_DELIMITERS = ",;\t|"
_X_WORDS = (
    "longitude", "lon", "long", "lng", "longitud", "longitudine", "lon_dd", "gps_longitude", "x", "x_coord",
    "point_x", "coord_x", "easting", "east", "долгота", "довгота", "خط_الطول",
)  # fmt: skip
_Y_WORDS = (
    "latitude", "lat", "latitud", "latitudine", "lat_dd", "gps_latitude", "y", "y_coord", "point_y",
    "coord_y", "northing", "north", "широта", "خط_العرض",
)  # fmt: skip
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
_MAX_COLUMNS = 2_000
_SAMPLE = 1_000


class CsvReader:
    """Reads delimited text. Every value is kept as it is written; an empty one is None.

    A row whose coordinates cannot be read is skipped with the reason. A quotation mark that is opened and not
    closed costs its own row, never the rows after it.
    """

    id = "csv"
    title = "CSV table"
    extensions: tuple[str, ...] = (".csv", ".tsv", ".txt")
    has_layers = False

    def sniff(self, head: bytes, path: Path) -> bool:
        """Tell a table: text (no markup, no JSON) whose first line has a delimiter."""
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            head = head.decode("utf-16", "replace").encode()
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if not text or b"\0" in text or text.startswith((b"<", b"{", b"[", b"%PDF")):
            return False
        first = text.splitlines()[0]
        return any(d.encode() in first for d in _DELIMITERS)

    def read(self, path: Path, options: ReadOptions) -> Imported:
        """Read the private copy `path`."""
        data = path.read_bytes()
        decided = encoding.decide_text(data, options.encoding)
        text = data.decode(decided.value, "replace").replace("\0", "\ufffd").removeprefix("\ufeff")
        table = _parse(text)
        problems = list(table.problems)
        geometry, how = _points(table, options, problems)
        return settle(
            Draft(
                format=self.id,
                layers=(path.stem,),
                layer=path.stem,
                rows=table.rows,
                row=table.row,
                geometry=geometry,
                columns=table.columns,
                crs="EPSG:4326" if how else None,
                crs_how=how,
                encoding=decided,
                problems=problems,
            ),
            options,
        )


@dataclass(frozen=True, eq=False)
class _Table:
    rows: int
    row: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    columns: dict[str, Objects]
    problems: list[Problem]


def _delimiter(text: str) -> str:
    """Return the delimiter that splits the first lines most evenly; the header decides a draw."""
    lines = text.splitlines()[:20]
    outside = [re.sub(r'"[^"]*"', "", line) for line in lines if line.strip()]
    counts = {d: [line.count(d) for line in outside] for d in _DELIMITERS}

    def score(delimiter: str) -> tuple[int, int]:
        header, *rest = counts[delimiter]
        return (sum(n == header for n in rest) if header else -1, header)

    return max(_DELIMITERS, key=score) if outside else ","


def _parse(text: str) -> _Table:
    lines = text.splitlines()
    delimiter = _delimiter(text)
    records = _records(lines, delimiter)
    header = next((fields for _, fields, why in records if fields or why), None)
    if not header:
        raise ReadingError("The table has no header line.", "Its first line must name the columns.")
    if len(header) > _MAX_COLUMNS:
        raise ReadingError(f"The table has more than {_MAX_COLUMNS:,} columns.")
    names = _names(header)
    problems: list[Problem] = []
    rows: list[list[str | None]] = []
    numbers: list[int] = []
    count = 0
    for line, fields, why in records:
        if not fields and not why:
            continue
        count += 1
        reason = why or _misfit(fields, len(names))
        if reason:
            problems.append(Problem(count, Action.SKIPPED, "bad_row", f"Line {line}: {reason}"))
            continue
        if len(fields) < len(names):
            what = f"Line {line} has {len(fields)} values where the header names {len(names)}."
            problems.append(Problem(count, Action.DOUBT, "short_row", what, "Look at the row in the file."))
        rows.append([*(v or None for v in fields[: len(names)]), *[None] * (len(names) - len(fields))])
        numbers.append(count)
    columns: dict[str, Objects] = {}
    for i, name in enumerate(names):
        column = np.empty(len(rows), dtype=object)
        column[:] = [row[i] for row in rows]
        columns[name] = column
    return _Table(count, np.array(numbers, dtype=np.int64), columns, problems)


def _misfit(fields: list[str], width: int) -> str:
    """Say why a row cannot be told apart into the columns; more values than columns shift each other."""
    extra = [v for v in fields[width:] if v.strip()]
    return f"it has {len(fields)} values where the header names {width}." if extra else ""


def _records(lines: list[str], delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """Yield (line number, fields, why not) for every record.

    A record over several lines is taken as one only if its quotation marks are in order and the lines within
    do not look like rows themselves; otherwise its first line is given up and reading goes on below it.
    """
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
                    yield first + 1, [], "a quotation mark is opened and not closed."
                    break
                width = width or len(fields)
                yield first + 1, [f.strip() for f in fields] if any(f.strip() for f in fields) else [], ""
            else:
                return
        except csv.Error:
            yield start + 1, [], "its quotation marks are not in order."
            start += 1


def _swallows(fields: list[str], width: int, delimiter: str) -> bool:
    """Tell whether a value over several lines holds what looks like rows of the table."""
    lines = [line for field in fields if "\n" in field for line in field.split("\n")]
    return width > 1 and any(line.count(delimiter) >= width - 1 for line in lines)


def _names(header: list[str]) -> list[str]:
    names: list[str] = []
    for i, name in enumerate(header):
        base = name or f"column {i + 1}"
        unique, number = base, 2
        while unique in names:
            unique, number = f"{base} ({number})", number + 1
        names.append(unique)
    return names


def _points(table: _Table, options: ReadOptions, problems: list[Problem]) -> tuple[Objects, str]:
    """Make points of the coordinate columns; the sentence says which they are, "" when it is not known."""
    geometry = np.empty(len(table.row), dtype=object)
    found = _coordinate_columns(table.columns, options)
    if found is None:
        why = "The table has no longitude and latitude columns."
        hint = "Choose the two columns, if there are any."
        problems += [Problem(int(row), Action.SKIPPED, "no_coordinates", why, hint) for row in table.row]
        return geometry, ""
    x_name, y_name = found
    x, y = numbers(table.columns[x_name]), numbers(table.columns[y_name])
    good = np.isfinite(x) & np.isfinite(y)
    geometry[good] = shapely.points(x[good], y[good])
    for i in np.flatnonzero(~good):
        name, value = (
            (y_name, table.columns[y_name][i]) if np.isfinite(x[i]) else (x_name, table.columns[x_name][i])
        )
        why = f"{name} “{str(value)[:40]}” is not a number." if value else f"{name} is empty."
        problems.append(Problem(int(table.row[i]), Action.SKIPPED, "bad_coordinate", why))
    if good.any() and (np.abs(x[good]) > 360).mean() > 0.5:
        return geometry, ""
    return geometry, f"Columns {x_name} and {y_name} hold longitude and latitude; WGS 84 is assumed."


def _coordinate_columns(columns: dict[str, Objects], options: ReadOptions) -> tuple[str, str] | None:
    chosen = (options.x_field, options.y_field)
    for name in filter(None, chosen):
        if name not in columns:
            raise ReadingError(f"There is no column “{name}”.", f"There are: {', '.join(columns)}.")
    x = options.x_field or _by_words(columns, _X_WORDS)
    y = options.y_field or _by_words(columns, _Y_WORDS)
    return (x, y) if x is not None and y is not None else None


def _by_words(columns: dict[str, Objects], words: tuple[str, ...]) -> str | None:
    """Return the column whose name is, begins or ends with one of the words, if it holds numbers."""
    plain = {name: re.sub(r"[^\w]+", "_", name.casefold()).strip("_") for name in columns}
    ranked: Counter[str] = Counter()
    for name, folded in plain.items():
        for rank, word in enumerate(words):
            exact = folded == word
            apart = len(word) > 2 and (folded.startswith(f"{word}_") or folded.endswith(f"_{word}"))
            if (exact or apart) and _holds_numbers(columns[name]):
                ranked[name] = max(ranked[name], (1_000 if exact else 500) - rank)
    return ranked.most_common(1)[0][0] if ranked else None


def _holds_numbers(column: Objects) -> bool:
    """Tell whether at least half of the first values that are there are numbers."""
    filled = [value for value in column.tolist() if value is not None][:_SAMPLE]
    return sum(_NUMBER.fullmatch(value) is not None for value in filled) * 2 >= len(filled) > 0


def numbers(column: Objects) -> Floats:
    """Read numbers with a decimal point or comma; NaN for what is none (also "nan", "inf" and 1,234.5)."""
    values = np.full(len(column), np.nan)
    for i, value in enumerate(column.tolist()):
        if value is not None and _NUMBER.fullmatch(value):
            values[i] = float(value.replace(",", "."))
    return values
