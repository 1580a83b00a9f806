"""The .dbf of a shapefile, read column by column with numpy: one bad cell costs that cell, not the table.

GDAL (pyogrio 0.13) gives up the whole table for one impossible date, and takes several times as long.

Source: dBASE III+ and Visual FoxPro table layouts.
"""

import mmap
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers import parallel
from layers.errors import ReadingError
from layers.packed import Packed

_FIELD_BYTES = 32
_END_OF_FIELDS = 0x0D
_FOXPRO = (0x30, 0x31, 0x32)
_DELETED = 0x2A
_MAX_FIELDS = 4_096
_MAX_CELLS = 60_000_000
"""Rows times fields beyond which a table is not read: it would not fit into the memory of the reader."""
_BLOCK_BYTES = 64 << 20
"""How much of a mapped table is looked at before it is let go."""
_WIDEST_WHOLE = 18
_ROWS_AT_ONCE = 4_096
_BLANK = 0x20
_NUL = b"\0"
_BEYOND_ASCII = 0x80
_ELSEWHERE = "MGPW"
"""Types of fields that hold the place of their content in a memo file (.dbt, .fpt), and no content."""
_JULIAN_1970 = 2_440_588
_DAY_MS = 86_400_000
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_NO_DATE = (b"", b"0", b"00000000")
_TRUTH = {b"T": True, b"Y": True, b"t": True, b"y": True, b"F": False, b"N": False, b"f": False, b"n": False}

_MOMENT = np.dtype([("day", "<i4"), ("ms", "<i4")])

Cells = NDArray[Any]


@dataclass(frozen=True, slots=True)
class TableField:
    """One field: its raw name, type letter, where it begins in a record, and its width in bytes."""

    name: bytes
    type: str
    start: int
    width: int
    decimals: int

    def is_elsewhere(self, *, is_foxpro: bool) -> bool:
        """Tell whether its content lies in a memo file; dBASE writes B for binary content there."""
        return self.type in _ELSEWHERE or (self.type == "B" and not is_foxpro)


@dataclass(frozen=True, slots=True)
class TableHeader:
    """What the header of a .dbf says, and how many records the file has room for."""

    stated: int
    present: int
    header_bytes: int
    record_bytes: int
    language_driver: int
    is_foxpro: bool
    fields: tuple[TableField, ...]


@dataclass(frozen=True, eq=False, slots=True)
class RawText:
    """A column of text before it is decoded, in one block.

    `block` holds the values one after the other, blanks around them taken off, each ended by a NUL; `lengths`
    is how many bytes each has, 0 where there is none.
    """

    name: bytes
    width: int
    block: NDArray[np.uint8]
    lengths: NDArray[np.int64]

    def foreign(self, most: int | None) -> list[bytes]:
        """Return the values that hold anything beyond plain ASCII; no more than `most`, spread over all."""
        if int(self.block.max(initial=0)) < _BEYOND_ASCII:
            return []
        ends = np.cumsum(self.lengths + 1)
        begins = ends - self.lengths - 1
        rows = np.flatnonzero(np.maximum.reduceat(self.block, begins) >= _BEYOND_ASCII)
        if most is not None:
            rows = rows[:: len(rows) // most + 1]
        text = self.block.tobytes()
        return [text[a:b] for a, b in zip(begins[rows].tolist(), (ends[rows] - 1).tolist(), strict=True)]

    @property
    def values(self) -> list[bytes]:
        """The values one by one."""
        return self.block.tobytes().split(_NUL)[:-1]


@dataclass(frozen=True, slots=True)
class RawColumn:
    """A column of anything else.

    `values` holds int, float, bool, ISO text of a date, or None; and bytes where a cell cannot be understood.
    """

    name: bytes
    width: int
    values: list[Any]


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A column of numbers of one type."""

    name: bytes
    width: int
    values: Packed


Column = RawText | RawColumn | NumberColumn


def read_header(dbf: Path) -> TableHeader | None:
    """Read the header of a .dbf; None when there is no usable one."""
    with dbf.open("rb") as file:
        data = file.read(32 + _FIELD_BYTES * _MAX_FIELDS)
    if len(data) < _FIELD_BYTES:
        return None
    stated, header_bytes, record_bytes = struct.unpack_from("<IHH", data, 4)
    if header_bytes < _FIELD_BYTES + 1 or record_bytes < 1:
        return None
    is_foxpro = data[0] in _FOXPRO
    fields = _fields(data[: min(header_bytes, len(data))], record_bytes, is_foxpro=is_foxpro)
    room = max(0, dbf.stat().st_size - header_bytes) // record_bytes
    return TableHeader(int(stated), int(room), header_bytes, record_bytes, data[29], is_foxpro, fields)


def _fields(data: bytes, record_bytes: int, *, is_foxpro: bool) -> tuple[TableField, ...]:
    """Read the descriptions of fields up to their end mark; one that leaves the record ends the list."""
    fields: list[TableField] = []
    start = 1
    for place in range(_FIELD_BYTES, len(data) - _FIELD_BYTES + 1, _FIELD_BYTES):
        if data[place] == _END_OF_FIELDS:
            break
        name = data[place : place + 11].split(b"\0")[0].strip(b" ")
        kind = chr(data[place + 11])
        width, decimals = data[place + 16], data[place + 17]
        if kind == "C" and decimals:  # wide text: the second byte of its width stands where decimals do
            width += 256 * decimals
        if is_foxpro and kind == "0":  # the hidden field of null marks
            start += width
            continue
        if start + width > record_bytes:
            break
        fields.append(TableField(name or f"FIELD_{len(fields) + 1}".encode(), kind, start, width, decimals))
        start += width
    return tuple(fields)


def deleted_rows(dbf: Path, header: TableHeader) -> set[int]:
    """Return the 1-based rows that are marked as deleted."""
    flags = _Records(dbf, header, header.present).cells(0, 1)[:, 0]
    return {int(i) + 1 for i in np.flatnonzero(flags == _DELETED)}


def read_columns(dbf: Path, header: TableHeader, rows: int) -> list[Column]:
    """Read the first `rows` rows of every field, deleted ones included.

    Returns
    -------
    list of Column
        In the order of the file; fields without a width are left out, and those of `memo_fields`.
    """
    if rows * len(header.fields) > _MAX_CELLS:
        raise ReadingError(
            f"Its table has {rows:,} rows of {len(header.fields):,} columns, too many to be read at once.",
            "Ask the partner for fewer columns.",
        )
    records = _Records(dbf, header, rows)

    def column_of(field: TableField) -> Column:
        return _column(field, records.cells(field.start, field.width), is_foxpro=header.is_foxpro)

    here = [f for f in header.fields if f.width and not f.is_elsewhere(is_foxpro=header.is_foxpro)]
    return parallel.each(column_of, here, rows=rows)


def memo_fields(dbf: Path, header: TableHeader, rows: int) -> list[bytes]:
    """Return the names of fields that hold anything, but in a memo file beside the table."""
    found = [f for f in header.fields if f.width and f.is_elsewhere(is_foxpro=header.is_foxpro)]
    if not found:
        return []
    records = _Records(dbf, header, rows)
    nothing = (0, _BLANK, ord("0"))
    return [f.name for f in found if not np.isin(records.cells(f.start, f.width), nothing).all()]


class _Records:
    """The first records of a table as bytes, mapped, not read: blanks of a gigabyte need not be in memory."""

    def __init__(self, dbf: Path, header: TableHeader, rows: int) -> None:
        self.shape = (min(rows, header.present), header.record_bytes)
        self._mapped: mmap.mmap | None = None
        self._bytes = np.empty(self.shape, dtype=np.uint8) if not self.shape[0] else self._map(dbf, header)

    def _map(self, dbf: Path, header: TableHeader) -> Cells:
        with dbf.open("rb") as file:
            self._mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        count = self.shape[0] * self.shape[1]
        return np.frombuffer(self._mapped, np.uint8, count, header.header_bytes).reshape(self.shape)

    def cells(self, start: int, width: int) -> Cells:
        """Copy some bytes of every record, (rows, width)."""
        cells = np.empty((self.shape[0], width), dtype=np.uint8)
        block = max(_BLOCK_BYTES // self.shape[1], 1)
        for row in range(0, len(cells), block):
            cells[row : row + block] = self._bytes[row : row + block, start : start + width]
            if len(cells) > block:
                self._let_go()
        return cells

    def _let_go(self) -> None:
        """Forget what was looked at, where the system can: mapped pages count as memory of the process."""
        if self._mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._mapped.madvise(mmap.MADV_DONTNEED)


def _column(field: TableField, cells: Cells, *, is_foxpro: bool) -> Column:
    if field.type == "C":
        return _text(field, cells)
    binary = {"I": "<i4", "B": "<f8", "O": "<f8", "+": "<i4", "Y": "<i8"} if is_foxpro else {}
    if field.type in binary and np.dtype(binary[field.type]).itemsize == field.width:
        values = cells.view(binary[field.type]).ravel().tolist()
        if field.type == "Y":
            values = [value / 10_000 for value in values]
        return RawColumn(field.name, field.width, values)
    if field.type in "T@" and field.width == _MOMENT.itemsize:
        return RawColumn(field.name, field.width, _moments(cells))
    if field.type in _READ:
        return RawColumn(field.name, field.width, _READ[field.type](_bytes(cells)))
    if field.type not in ("N", "F"):
        return _text(field, cells)
    is_real = bool(field.decimals) or field.type == "F" or field.width > _WIDEST_WHOLE
    packed = _plain_reals(cells) if is_real else _whole(cells)
    if packed is not None:
        return NumberColumn(field.name, field.width, packed)
    return RawColumn(field.name, field.width, (_reals if is_real else _numbers)(_bytes(cells)))


def _text(field: TableField, cells: Cells) -> RawText:
    """Read a column of text, some thousand rows at a time: what fits the processor's cache goes faster."""
    parts = [_stripped(cells[at : at + _ROWS_AT_ONCE]) for at in range(0, max(len(cells), 1), _ROWS_AT_ONCE)]
    blocks, lengths = zip(*parts, strict=True)
    return RawText(field.name, field.width, np.concatenate(blocks), np.concatenate(lengths))


def _stripped(cells: Cells) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the text of all cells in one block, each up to its first NUL, without blanks around it."""
    if (cells == 0).any():
        ended = np.logical_or.accumulate(cells == 0, axis=1)
        cells = np.where(ended, np.uint8(_BLANK), cells)
    used = np.flatnonzero((cells != _BLANK).any(axis=0))
    width = int(used[-1]) + 1 if len(used) else 0  # most columns are much wider than their longest text
    text = np.zeros((len(cells), width + 1), dtype=np.uint8)
    text[:, :width] = cells[:, :width]
    place = np.arange(width, dtype=np.min_scalar_type(width))
    filled = text[:, :width] != _BLANK
    ends = (filled * (place + 1)).max(axis=1, initial=0)
    kept = np.ones(text.shape, dtype=bool)
    np.less(place, ends[:, None], out=kept[:, :width])
    if width and not (filled[:, 0] | (ends == 0)).all():  # blanks in front of some
        kept[:, :width] &= np.logical_or.accumulate(filled, axis=1)
        ends = kept[:, :width].sum(axis=1)
    return text[kept], ends.astype(np.int64)


def _bytes(cells: Cells) -> list[bytes]:
    """Return each cell up to its first NUL, blanks around it taken off."""
    if not len(cells):
        return []
    values = cells.view(f"S{cells.shape[1]}").ravel()
    if (cells == 0).any():
        return [value.partition(b"\0")[0].strip(b" ") for value in values.tolist()]
    bare: list[bytes] = np.char.strip(values, b" ").tolist()
    return bare


def _whole(cells: Cells) -> Packed | None:
    """Read whole numbers figure by figure; None where a cell holds more than blanks, a sign and figures."""
    columns = np.ascontiguousarray(cells.T)
    figure, is_minus = columns - np.uint8(ord("0")), columns == ord("-")
    is_figure = figure < 10
    if not (is_figure | is_minus | (columns == ord(" "))).all():
        return None
    begins = is_figure & ~np.vstack([np.zeros_like(is_figure[:1]), is_figure[:-1]])
    signs = is_minus[:-1] & begins[1:]
    if (begins.sum(axis=0) > 1).any() or is_minus.sum() != signs.sum():
        return None
    values = np.zeros(len(cells), dtype=np.int64)
    for here, value in zip(is_figure, figure, strict=True):
        values = np.where(here, values * 10 + value, values)
    stated, is_negative = np.asarray(is_figure.any(axis=0)), signs.any(axis=0)
    return Packed(stated, np.where(is_negative, -values, values))


def _plain_reals(cells: Cells) -> Packed | None:
    """Read numbers with decimals in one piece; None where a cell holds anything else."""
    is_plain = (cells == _BLANK) | ((cells >= ord("+")) & (cells <= ord("9"))) | (cells | _BLANK == ord("e"))
    if not is_plain.all():
        return None
    stated = np.asarray((cells != _BLANK).any(axis=1))
    numbers = np.zeros(len(cells))
    try:
        numbers[stated] = cells[stated].view(f"S{cells.shape[1]}").ravel().astype(np.float64)
    except ValueError:
        return None
    return Packed(stated, numbers) if np.isfinite(numbers).all() else None


def _numbers(values: list[bytes]) -> list[Any]:
    """Read numbers: whole ones as int; what is no number stays text, "****" (too wide to fit) is nothing."""
    try:
        numbers = [int(value) if value else None for value in values]
    except ValueError:
        return [_number(value) for value in values]
    return [_number(value) for value in values] if any(b"_" in value for value in values) else numbers


def _number(value: bytes) -> Any:
    if not value or value.startswith(b"*") or value.lower().strip(b"+-") == b"nan":
        return None
    if _NUMBER.fullmatch(value) is None:
        return value
    if value.lstrip(b"+-").isdigit():
        return int(value)
    number = float(value)
    return number if abs(number) != float("inf") else value


def _reals(values: list[bytes]) -> list[Any]:
    """Read numbers of a field with decimals: all as float, so that a column has one type."""
    try:
        numbers = [float(value) if value else None for value in values]
    except ValueError:
        return [_real(value) for value in values]
    odd = any(n is not None and not isfinite(n) for n in numbers) or any(b"_" in value for value in values)
    return [_real(value) for value in values] if odd else numbers


def _real(value: bytes) -> Any:
    number = _number(value)
    return float(number) if isinstance(number, int) else number


def _dates(values: list[bytes]) -> list[Any]:
    known: dict[bytes, Any] = dict.fromkeys(_NO_DATE)
    for value in set(values) - known.keys():
        known[value] = _date(value)
    return [known[value] for value in values]


def _date(value: bytes) -> Any:
    """Return ISO text, or the value as it stands where there is no such day."""
    if len(value) != 8 or not value.isdigit():
        return value
    try:
        return date(int(value[:4]), int(value[4:6]), int(value[6:])).isoformat()
    except ValueError:
        return value


def _moments(cells: Cells) -> list[Any]:
    """Return ISO text of dates with a time: a Julian day and the milliseconds since its midnight."""
    values = cells.view(_MOMENT).ravel()
    day = values["day"].astype(np.int64)
    moments = (day - _JULIAN_1970) * _DAY_MS + values["ms"]
    shown = np.datetime_as_string(moments.astype("datetime64[ms]"), unit="s").tolist()
    is_usual = (day > _JULIAN_1970 - 1_000_000) & (day < _JULIAN_1970 + 1_000_000)
    return [text if usual else None for text, usual in zip(shown, is_usual.tolist(), strict=True)]


def _logicals(values: list[bytes]) -> list[Any]:
    return [_TRUTH.get(value) for value in values]


def restore_count(dbf: Path, count: int) -> None:
    """Correct the number of records in the header of a private copy."""
    with dbf.open("r+b") as file:
        file.seek(4)
        file.write(struct.pack("<I", count))


_READ: dict[str, Callable[[list[bytes]], list[Any]]] = {"D": _dates, "L": _logicals}
