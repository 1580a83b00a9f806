"""Tables of text, from a delimited file or a spreadsheet: where the column names stand, and the rows below.

Partners put titles above the names, tags (HXL) below them, and sometimes no names at all. Nothing of that is
decided silently: every choice but "the first line names the columns" is noted.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from layers.errors import ReadingError
from layers.model import Objects
from layers.reading import Action, Problem

MAX_COLUMNS = 2_000
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
_HXL = re.compile(r"#[a-z][a-z0-9_]*(\s*\+\s*[a-z0-9_]+)*", re.IGNORECASE)
_SEARCHED = 40
"""Lines from the top in which column names are looked for."""
_LOOK_BELOW = 20


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a table: its number as the partner sees it, its values, or why it cannot be read."""

    line: int
    values: Sequence[str]
    why_not: str = ""

    @property
    def is_blank(self) -> bool:
        """True where there is nothing in the line at all."""
        return not self.why_not and not any(self.values)


@dataclass(frozen=True, eq=False)
class Table:
    """Named columns of text (None where empty) and the 1-based number of each row below the names."""

    rows: int
    row: NDArray[np.int64]
    columns: dict[str, Objects]
    problems: list[Problem]
    header_row: int | None
    tags: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands above the rows: the index of the first row, the names, their line, the HXL tags."""

    below: int
    names: list[str]
    line: int | None
    tags: list[str]


def build(records: Sequence[Record], header_row: int | None = None) -> Table:
    """Tell the names from the rows, and make columns.

    A row with more values than there are names is skipped, one with fewer doubted; blank lines and lines
    above the names (titles, HXL tags) are no rows.

    Parameters
    ----------
    records : sequence of Record
        All lines, in order.
    header_row : int, optional
        The line that names the columns, where the officer says so.

    Raises
    ------
    ReadingError
        When there is no line at all, `header_row` is none of them, or there are too many columns.
    """
    filled = [r for r in records if not r.is_blank]
    problems: list[Problem] = []
    head = _head(filled, header_row, problems)
    if len(head.names) > MAX_COLUMNS:
        raise ReadingError(f"The table has more than {MAX_COLUMNS:,} columns.")
    names = _distinct(head.names)
    rows: list[list[str | None]] = []
    numbers: list[int] = []
    body = filled[head.below :]
    said = set(head.names) - {""}
    for count, record in enumerate(body, start=1):
        reason = record.why_not or _misfit(record.values, len(names))
        if reason:
            problems.append(Problem(count, Action.SKIPPED, "bad_row", f"Line {record.line}: {reason}"))
            continue
        if len(record.values) < len(names):
            what = f"Line {record.line} has {len(record.values)} values where the header names {len(names)}."
            problems.append(Problem(count, Action.DOUBT, "short_row", what, "Look at the row in the file."))
        if record.values[:1] and record.values[0] in said and _names_otherwise(record.values, head.names):
            what = f"Line {record.line} names columns again, in another order; below it others may be meant."
            proposal = "Ask the partner for one table a sheet, or look at the rows below it."
            problems.append(Problem(count, Action.DOUBT, "names_again", what, proposal))
        padding = [""] * (len(names) - len(record.values))
        rows.append([v or None for v in (*record.values[: len(names)], *padding)])
        numbers.append(count)
    columns: dict[str, Objects] = {}
    for i, (name, given) in enumerate(zip(names, head.names, strict=True)):
        column = np.empty(len(rows), dtype=object)
        column[:] = [row[i] for row in rows]
        if given or any(value is not None for value in column.tolist()):
            columns[name] = column
    tags = {name: tag for name, tag in zip(names, head.tags, strict=False) if tag and name in columns}
    return Table(len(body), np.array(numbers, dtype=np.int64), columns, problems, head.line, tags)


def _names_otherwise(values: Sequence[str], names: Sequence[str]) -> bool:
    """Tell whether a line holds the names of the columns and nothing else, but not where they stand above."""
    given = [(i, v) for i, v in enumerate(values) if v]
    known = set(names)
    return (
        len(given) > 1
        and all(v in known for _, v in given)
        and any(i >= len(names) or names[i] != v for i, v in given)
    )


def _misfit(values: Sequence[str], width: int) -> str:
    """Say why a row cannot be told apart into the columns; more values than columns shift each other."""
    extra = len(values) > width and [v for v in values[width:] if v.strip()]
    return f"it has {len(values)} values where the header names {width}." if extra else ""


def _distinct(header: Sequence[str]) -> list[str]:
    names: list[str] = []
    taken: set[str] = set()
    for i, name in enumerate(header):
        base = name or f"column {i + 1}"
        unique, number = base, 2
        while unique in taken:
            unique, number = f"{base} ({number})", number + 1
        taken.add(unique)
        names.append(unique)
    return names


def _head(filled: list[Record], header_row: int | None, problems: list[Problem]) -> _Head:
    """Find the names; everything unusual about them is noted in `problems`."""
    if not filled:
        raise ReadingError("The table has no header line.", "Its first line must name the columns.")
    if header_row is not None:
        return _chosen(filled, header_row)
    tagged = next((i for i, r in enumerate(filled[:_SEARCHED]) if _is_tags(r)), None)
    if tagged is not None:
        return _above_tags(filled, tagged, problems)
    at = _names_at(filled)
    if at is None:
        width = max(len(r.values) for r in filled[:_SEARCHED])
        what = "No line names the columns: the first one holds values like the others, and is a row."
        problems.append(Problem(None, Action.DOUBT, "no_header", what, "Say what each column holds."))
        return _Head(0, [""] * width, None, [])
    line = filled[at].line
    both = _two_lines(filled, at)
    if both is not None:
        what = f"Lines {line} and {line + 1} name the columns together."
        if at:
            what += " What stands above them was left out as a title."
        problems.append(Problem(None, Action.DOUBT, "header_row", what, "Choose a line if that is wrong."))
        return _Head(at + 2, both, line, _tags_below(filled, at + 1))
    if at:
        what = f"Line {line} names the columns; {_lines(at)} left out as a title."
        problems.append(
            Problem(None, Action.DOUBT, "header_row", what, "Choose another line if that is wrong.")
        )
    return _Head(at + 1, list(filled[at].values), line, _tags_below(filled, at))


def _chosen(filled: list[Record], header_row: int) -> _Head:
    at = next((i for i, r in enumerate(filled) if r.line == header_row and not r.why_not), None)
    if at is None:
        raise ReadingError(f"Line {header_row} of the table is blank or missing.", "Choose another line.")
    tags = _tags_below(filled, at)
    return _Head(at + 2 if tags else at + 1, list(filled[at].values), header_row, tags)


def _tags_below(filled: list[Record], at: int) -> list[str]:
    following = filled[at + 1] if at + 1 < len(filled) else None
    return _tag_texts(following) if following is not None and _is_tags(following) else []


def _is_tags(record: Record) -> bool:
    """Tell a row of HXL tags (#loc+name, #geo+lat): nothing but tags, most of them."""
    given = [v for v in record.values if v]
    return bool(given) and all(_HXL.fullmatch(v.strip()) for v in given)


def _tag_texts(record: Record) -> list[str]:
    return ["".join(v.lower().split()) for v in record.values]


def _above_tags(filled: list[Record], tagged: int, problems: list[Problem]) -> _Head:
    """The names stand in the nearest line above the tags that fits them; else the tags are the names."""
    tags = _tag_texts(filled[tagged])
    given = sum(map(bool, tags))
    above = next(
        (i for i in range(tagged - 1, -1, -1) if sum(map(bool, filled[i].values)) * 2 >= given), None
    )
    names = list(filled[above].values) if above is not None else tags
    line = filled[tagged if above is None else above].line
    names += [""] * (len(tags) - len(names))
    what = (
        f"Line {filled[tagged].line} holds HXL tags: they say what the columns mean, and it is not a row. "
        f"Rows are counted below it."
    )
    problems.append(Problem(None, Action.REPAIRED, "hxl_tags", what))
    return _Head(tagged + 1, names, line, tags)


def _lines(count: int) -> str:
    return "the line above it was" if count == 1 else f"the {count} lines above it were"


def _names_at(filled: list[Record]) -> int | None:
    """Return the index of the line that names the columns, None where none does.

    It is the first line that is about as wide as those below it and consists of different texts, few of them
    numbers. Where there is none, the first line, unless it holds numbers just where those below do.
    """
    for i, record in enumerate(filled[:_SEARCHED]):
        below = [sum(map(bool, r.values)) for r in filled[i + 1 : i + 1 + _LOOK_BELOW] if not r.why_not]
        given = [v for v in record.values if v]
        wide = len(given) >= max(1.0, 0.6 * median(below)) if below else i == 0
        texts = [v for v in given if not NUMBER.fullmatch(v)]
        if wide and len(set(given)) == len(given) and len(texts) * 2 > len(given) and _reads_as_names(given):
            return None if _is_like_those_below(filled, i) else i
    return None if _is_like_those_below(filled, 0) else 0


def _two_lines(filled: list[Record], at: int) -> list[str] | None:
    """Return the names where the next line goes on naming: groups above it, or cells merged over both lines.

    A column without a name above, with a text in that line and numbers below, tells it; no cell of the line
    may begin like a number. A name that comes again gets its group behind it.
    """
    if at + 1 >= len(filled) or filled[at + 1].line != filled[at].line + 1:
        return None
    width = max(len(filled[at].values), len(filled[at + 1].values))
    above, second = ([*filled[at + n].values, *[""] * (width - len(filled[at + n].values))] for n in range(2))
    if any(_begins_a_number(value) for value in second):
        return None
    below = [r for r in filled[at + 2 : at + 2 + _LOOK_BELOW] if not r.why_not]
    for i in range(width):
        numbers = [r.values[i] for r in below if i < len(r.values) and r.values[i]]
        if second[i] and not above[i] and numbers and all(map(_begins_a_number, numbers)):
            break
    else:
        return None
    names: list[str] = []
    group = ""
    for i in range(width):
        group = above[i] or (group if second[i] else "")
        name = second[i] or above[i]
        names.append(f"{name} ({group})" if second[i] and group and name in names else name)
    return names


def _begins_a_number(value: str) -> bool:
    return value.lstrip("+-(")[:1].isdigit()


def _reads_as_names(values: list[str]) -> bool:
    return all(len(v) <= 250 for v in values)


def _is_like_those_below(filled: list[Record], at: int) -> bool:
    """Tell whether a line has numbers in every column that holds numbers below it.

    Two at least, for a name may be a number (a year); one is enough where the next line counts on from it.
    """
    below = [r for r in filled[at + 1 : at + 1 + _LOOK_BELOW] if not r.why_not]
    record = filled[at]
    numeric = counted = 0
    for i, value in enumerate(record.values):
        others = [r.values[i] for r in below if i < len(r.values) and r.values[i]]
        if others and all(NUMBER.fullmatch(v) for v in others):
            if not NUMBER.fullmatch(value):
                return False
            numeric += 1
            counted += value.isdigit() and others[0] == str(int(value) + 1)
    return numeric >= 2 or counted > 0
