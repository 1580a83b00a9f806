"""The parts of a shapefile counted without a library: what its .shp, .shx and .dbf each say of its rows.

Source: ESRI Shapefile Technical Description (1998); dBASE III+ table layout.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

_HEADER = 100
_MAGIC = 9994

LANGUAGE_DRIVERS = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x08: "cp865", 0x09: "cp437", 0x0A: "cp850", 0x0B: "cp437",
    0x0D: "cp437", 0x0E: "cp850", 0x0F: "cp437", 0x10: "cp850", 0x11: "cp437", 0x12: "cp850", 0x13: "cp932",
    0x14: "cp850", 0x15: "cp437", 0x16: "cp850", 0x17: "cp865", 0x18: "cp437", 0x19: "cp437", 0x1A: "cp850",
    0x1B: "cp437", 0x1C: "cp863", 0x1D: "cp850", 0x1F: "cp852", 0x22: "cp852", 0x23: "cp852", 0x24: "cp860",
    0x25: "cp850", 0x26: "cp866", 0x37: "cp850", 0x40: "cp852", 0x4D: "cp936", 0x4E: "cp949", 0x4F: "cp950",
    0x50: "cp874", 0x58: "cp1252", 0x59: "cp1252", 0x64: "cp852", 0x65: "cp866", 0x66: "cp865", 0x67: "cp861",
    0x6A: "cp737", 0x6B: "cp857", 0x6C: "cp863", 0x78: "cp950", 0x79: "cp949", 0x7A: "cp936", 0x7B: "cp932",
    0x7C: "cp874", 0x86: "cp737", 0x87: "cp852", 0x88: "cp857", 0xC8: "cp1250", 0xC9: "cp1251",
    0xCA: "cp1254",    0xCB: "cp1253", 0xCC: "cp1257",
}  # fmt: skip
"""Encodings by language driver byte. 0x57, "the ANSI page of that computer", names none."""


@dataclass(frozen=True, slots=True)
class ShapeRecords:
    """Records found by walking a .shp: where each begins, its content length in bytes, its number."""

    offsets: list[int]
    lengths: list[int]
    numbers: list[int]
    is_cut: bool
    """The file ends within a record, or holds something that is no record."""

    def __len__(self) -> int:
        return len(self.offsets)

    @property
    def is_sequential(self) -> bool:
        """True when the records are numbered 1..n (some writers start at 0): no leftovers of edits."""
        first = self.numbers[0] if self.numbers else 1
        return first in (0, 1) and self.numbers == list(range(first, first + len(self.numbers)))


@dataclass(frozen=True, slots=True)
class TableHeader:
    """What the header of a .dbf says, and how many records the file has room for."""

    stated: int
    present: int
    header_bytes: int
    record_bytes: int
    language_driver: int
    widths: dict[str, int]
    """Width in bytes of each text column, by its raw name (latin-1)."""


def walk(shp: Path) -> ShapeRecords:
    """Walk the records of a .shp from its first to its last byte, whatever its header says."""
    data = shp.read_bytes()
    offsets: list[int] = []
    lengths: list[int] = []
    numbers: list[int] = []
    place, end = _HEADER, len(data)
    while place + 8 <= end:
        number, words = struct.unpack_from(">ii", data, place)
        if words < 2 or place + 8 + words * 2 > end:
            return ShapeRecords(offsets, lengths, numbers, is_cut=True)
        offsets.append(place)
        lengths.append(words * 2)
        numbers.append(number)
        place += 8 + words * 2
    return ShapeRecords(offsets, lengths, numbers, is_cut=place != end)


def count_index(shx: Path) -> int:
    """Return how many records a .shx lists: by its header, but no more than are there."""
    data = shx.read_bytes()[:_HEADER]
    if len(data) < _HEADER or struct.unpack_from(">i", data)[0] != _MAGIC:
        return 0
    stated = (struct.unpack_from(">i", data, 24)[0] * 2 - _HEADER) // 8
    return max(0, min(int(stated), (shx.stat().st_size - _HEADER) // 8))


def read_table_header(dbf: Path) -> TableHeader | None:
    """Read the header of a .dbf; None when there is no usable one."""
    data = dbf.read_bytes()[:65_536]
    if len(data) < 32:
        return None
    stated, header_bytes, record_bytes = struct.unpack_from("<IHH", data, 4)
    if header_bytes < 33 or record_bytes < 1:
        return None
    widths: dict[str, int] = {}
    for place in range(32, min(header_bytes, len(data)) - 31, 32):
        if data[place] == 0x0D:
            break
        name = data[place : place + 11].split(b"\0")[0].decode("latin-1")
        if data[place + 11 : place + 12] == b"C":
            widths[name] = data[place + 16]
    room = max(0, dbf.stat().st_size - header_bytes) // record_bytes
    return TableHeader(int(stated), int(room), header_bytes, record_bytes, data[29], widths)


def deleted_rows(dbf: Path, header: TableHeader) -> set[int]:
    """Return the 1-based rows that are marked as deleted."""
    data = dbf.read_bytes()
    flags = data[header.header_bytes :: header.record_bytes][: header.present]
    return {i + 1 for i, flag in enumerate(flags) if flag == 0x2A}


def restore_index(shp: Path, records: ShapeRecords) -> None:
    """Write the .shx of a private copy from its walked records, and correct the length in its .shp header."""
    with shp.open("r+b") as file:
        header = bytearray(file.read(_HEADER))
        size = max(
            [o + n + 8 for o, n in zip(records.offsets, records.lengths, strict=True)], default=_HEADER
        )
        struct.pack_into(">i", header, 24, size // 2)
        file.seek(0)
        file.write(header)
    struct.pack_into(">i", header, 24, (_HEADER + 8 * len(records)) // 2)
    entries = [
        struct.pack(">ii", o // 2, n // 2) for o, n in zip(records.offsets, records.lengths, strict=True)
    ]
    shp.with_suffix(".shx").write_bytes(bytes(header) + b"".join(entries))


def restore_count(dbf: Path, count: int) -> None:
    """Correct the number of records in the header of a private copy."""
    with dbf.open("r+b") as file:
        file.seek(4)
        file.write(struct.pack("<I", count))
