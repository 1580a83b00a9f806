"""A partner's attributes in a workspace file: one JSON object a row, and back into columns."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice, repeat
from typing import Any, NamedTuple

import numpy as np

from layers.model import Objects, read_only
from layers.workspace_records import json_text

_NONE = type(None)
_PLAIN_TYPES = {str, int, float, bool, _NONE}
_BLANK = 0x20
_SAMPLE, _SELDOM = 1_000, 4
_JOINED_AT_ONCE = 5_000
"""Rows whose attributes become text in one call, which keeps every other thread waiting for 5 ms."""


def attribute_cells(attributes: Mapping[str, Objects], rows: int) -> list[Any]:
    """Write each row's partner attributes as one JSON object; what is None is left out.

    Parameters
    ----------
    attributes : mapping of str to object array
        Columns of equal length: str, int, float, bool or None.
    rows : int
        Their length, where there are none.

    Returns
    -------
    list of str or None
        A cell for each row; None for a row without any attribute.
    """
    columns = {name: column.tolist() for name, column in attributes.items()}
    kinds = {name: set(map(type, values)) for name, values in columns.items()}
    # A column without gaps comes first, so that all that follow begin with a comma.
    names = sorted(columns, key=lambda name: _NONE in kinds[name])
    if not names:
        return [None] * rows
    if _NONE in kinds[names[0]]:
        gapped = chain.from_iterable(
            _members(f", {json_text(name)}: ", columns[name], kinds[name]) for name in names
        )
        parts = map(_each_row, gapped)
        return [f"{{{text[2:]}}}" if text else None for text in _joined(zip(*parts, strict=False))]
    heads = ["{", *repeat(", ", len(names) - 1)]
    pieces: list[_Piece] = []
    for head, name in zip(heads, names, strict=True):
        pieces += _members(f"{head}{json_text(name)}: ", columns[name], kinds[name])
    return _joined(zip(*_in_few_parts([*pieces, "}"]), strict=False))


class _Few(NamedTuple):
    """A column of few different values, and the text of each."""

    values: list[Any]
    texts: dict[Any, str]

    def with_around(self, before: str, after: str) -> "_Few":
        return _Few(self.values, {value: before + text + after for value, text in self.texts.items()})


_Piece = str | _Few | Iterable[str]
"""A part of a row's text: the same in all rows, one of few, or each row's own."""


def _in_few_parts(pieces: Iterable[_Piece]) -> list[Iterable[str]]:
    """Return what to join in each row: text that all rows share goes with its neighbours.

    Joining takes as long as there are parts, however short they are.
    """
    merged: list[_Piece] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if isinstance(piece, str) and isinstance(last, str):
            merged[-1] = last + piece
        elif isinstance(piece, str) and isinstance(last, _Few):
            merged[-1] = last.with_around("", piece)
        elif isinstance(piece, _Few) and isinstance(last, str):
            merged[-1] = piece.with_around(last, "")
        else:
            merged.append(piece)
    return [_each_row(piece) for piece in merged]


def _each_row(piece: _Piece) -> Iterable[str]:
    if isinstance(piece, _Few):
        return map(piece.texts.__getitem__, piece.values)
    return repeat(piece) if isinstance(piece, str) else piece


def _joined(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Join the parts of each row; a single call for all would hold up every other thread."""
    texts, joined = map("".join, rows), list[str]()
    while piece := list(islice(texts, _JOINED_AT_ONCE)):
        joined += piece
    return joined


def _members(head: str, values: list[Any], kinds: set[type]) -> tuple[_Piece, ...]:
    """Write a column as members of JSON objects: the pieces of each row's text, "" for None."""
    if kinds <= {str, _NONE} and _come_again(values[:_SAMPLE]):
        known = dict.fromkeys(values)
        return (_Few(values, {v: "" if v is None else head + json_text(v) for v in known}),)
    if kinds == {str} and _is_plain("".join(values)):
        return f'{head}"', values, '"'
    if kinds == {int}:
        if _come_again(values):
            return (_Few(values, {v: f"{head}{v}" for v in dict.fromkeys(values)}),)
        return head, map(str, values)
    encoded = _json_values(values)
    if _NONE not in kinds:
        return head, encoded
    return (["" if v is None else head + text for v, text in zip(values, encoded, strict=True)],)


def _come_again(values: list[Any]) -> bool:
    """Tell whether most values come several times, so that each is better written once."""
    return len(set(values)) * _SELDOM < len(values)


def _is_plain(text: str) -> bool:
    """Tell text that JSON holds as it is: without quotes, backslashes and control characters."""
    if '"' in text or "\\" in text:
        return False
    units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype=np.uint16)
    return not len(units) or int(units.min()) >= _BLANK


def _json_values(values: list[Any]) -> list[str]:
    """Write each value of a column as JSON: in one call for plain values, which cannot hold a line break."""
    if set(map(type, values)) <= _PLAIN_TYPES:
        return json.dumps(values, ensure_ascii=False, separators=("\n", ":"))[1:-1].split("\n")
    return [json_text(value) for value in values]


def attribute_columns(cells: list[str | None], names: Sequence[str]) -> dict[str, Objects]:
    """Read what `attribute_cells` wrote: the named columns, None where a row says nothing.

    Raises ValueError when a cell is no JSON object.
    """
    if not names:
        return {}
    # One call for all rows is several times faster than a call a row.
    rows = json.loads("[" + ",".join(cell or "{}" for cell in cells) + "]")
    if len(rows) != len(cells):
        raise ValueError("the attributes of a feature cannot be read")
    columns: dict[str, Objects] = {}
    for name in names:
        column = np.empty(len(rows), dtype=object)
        column[:] = [row.get(name) for row in rows]
        columns[name] = read_only(column)
    return columns
