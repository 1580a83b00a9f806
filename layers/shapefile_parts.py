"""The records of a shapefile's .shp and .shx, found and read without a library.

Source: ESRI Shapefile Technical Description (1998).
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.model import Objects

_HEADER = 100
_MAGIC = 9994
_POINT, _LINE, _POLYGON = 1, 3, 5
_POINT_BYTES = 20
_BOX_BYTES = 44
"""Type, envelope, number of parts and number of points, before the parts of a line or polygon."""

Ints = NDArray[np.int64]

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


@dataclass(frozen=True, eq=False, slots=True)
class ShapeRecords:
    """Records found in a .shp: where each begins, its content length in bytes, its number."""

    offsets: Ints
    lengths: Ints
    numbers: Ints
    is_cut: bool
    """The file ends within a record, or holds something that is no record."""

    def __len__(self) -> int:
        return len(self.offsets)

    @property
    def is_sequential(self) -> bool:
        """True when the records are numbered 1..n (some writers start at 0): no leftovers of edits."""
        first = int(self.numbers[0]) if len(self) else 1
        return first in (0, 1) and bool((self.numbers == np.arange(first, first + len(self))).all())


def walk(shp: Path, shx: Path | None = None) -> ShapeRecords:
    """Find the records of a .shp from its first to its last byte, whatever its header says.

    The .shx is only a hint of where they are: each one is looked at in the .shp.
    """
    data = np.fromfile(shp, dtype=np.uint8)
    hinted = _hinted(data, shx) if shx is not None and shx.is_file() else None
    return hinted if hinted is not None else _walked(data.tobytes())


def _walked(data: bytes) -> ShapeRecords:
    found: list[tuple[int, int, int]] = []
    place, end, is_cut = _HEADER, len(data), False
    unpack = struct.Struct(">ii").unpack_from
    while place + 8 <= end:
        number, words = unpack(data, place)
        if words < 2 or place + 8 + words * 2 > end:
            is_cut = True
            break
        found.append((place, words * 2, number))
        place += 8 + words * 2
    offsets, lengths, numbers = np.array(found, dtype=np.int64).reshape(-1, 3).T
    return ShapeRecords(offsets, lengths, numbers, is_cut=is_cut or place != end)


def _hinted(data: NDArray[np.uint8], shx: Path) -> ShapeRecords | None:
    """Return the records that a .shx lists, when they fill the .shp without a gap; None otherwise."""
    listed = index_entries(shx)
    if not len(listed):
        return None
    offsets, lengths = listed.T
    if offsets[0] != _HEADER or (lengths < 4).any() or offsets[-1] + 8 + lengths[-1] != len(data):
        return None
    if (offsets[1:] != offsets[:-1] + 8 + lengths[:-1]).any():
        return None
    heads = data[offsets[:, None] + np.arange(8)].view(">i4")
    if (heads[:, 1] * np.int64(2) != lengths).any():
        return None
    return ShapeRecords(offsets, lengths, heads[:, 0].astype(np.int64), is_cut=False)


def index_entries(shx: Path) -> Ints:
    """Return (offset, content length) in bytes of each record that a .shx lists, (n, 2)."""
    count = count_index(shx)
    with shx.open("rb") as file:
        file.seek(_HEADER)
        data = file.read(8 * count)
    return np.frombuffer(data, dtype=">i4").reshape(-1, 2).astype(np.int64) * 2


def count_index(shx: Path) -> int:
    """Return how many records a .shx lists: by its header, but no more than are there."""
    with shx.open("rb") as file:
        data = file.read(_HEADER)
    if len(data) < _HEADER or struct.unpack_from(">i", data)[0] != _MAGIC:
        return 0
    stated = (struct.unpack_from(">i", data, 24)[0] * 2 - _HEADER) // 8
    return max(0, min(int(stated), (shx.stat().st_size - _HEADER) // 8))


def restore_index(shp: Path, records: ShapeRecords) -> None:
    """Write the .shx of a private copy from its walked records, and correct the length in its .shp header."""
    with shp.open("r+b") as file:
        header = bytearray(file.read(_HEADER))
        size = int((records.offsets + records.lengths + 8).max(initial=_HEADER))
        struct.pack_into(">i", header, 24, size // 2)
        file.seek(0)
        file.write(header)
    struct.pack_into(">i", header, 24, (_HEADER + 8 * len(records)) // 2)
    entries = np.column_stack([records.offsets, records.lengths]) // 2
    shp.with_suffix(".shx").write_bytes(bytes(header) + entries.astype(">i4").tobytes())


def stated_bounds(shp: Path) -> tuple[float, float, float, float]:
    """Return the envelope that the header of a .shp states: west, south, east, north."""
    with shp.open("rb") as file:
        head = file.read(_HEADER)
    west, south, east, north = struct.unpack_from("<4d", head, 36)
    return west, south, east, north


def read_plain(shp: Path, records: ShapeRecords) -> tuple[Objects, NDArray[np.bool_]]:
    """Read the shapes that need no interpretation: points, and lines and polygons of one part.

    Heights, several parts (which is a hole of which?), open rings and anything odd are left to GDAL.

    Returns
    -------
    geometry : object array
        A shape, or None, for every record.
    done : bool array
        Which records were read here (null shapes included).
    """
    data = np.fromfile(shp, dtype=np.uint8)
    kinds = _integers(data, records.offsets + 8)
    geometry = np.full(len(records), None, dtype=object)
    done = kinds == 0
    for kind, read in ((_POINT, _points), (_LINE, _parts), (_POLYGON, _parts)):
        rows = np.flatnonzero(kinds == kind)
        if len(rows):
            shapes, read_here = read(data, records.offsets[rows] + 8, records.lengths[rows], kind)
            geometry[rows[read_here]] = shapes
            done[rows[read_here]] = True
    return geometry, done


def _integers(data: NDArray[np.uint8], places: Ints) -> Ints:
    """Return the little-endian integers at byte places."""
    cells: Any = data[places[:, None] + np.arange(4)]
    return np.asarray(cells.view("<i4").ravel().astype(np.int64))


def _doubles(data: NDArray[np.uint8], places: Ints, sizes: Ints) -> NDArray[np.float64]:
    """Return the doubles in byte ranges, one after the other; all ranges lie at multiples of four bytes."""
    first = int(places[0]) if len(places) else 0
    step = 4 if ((places - first) % 8).any() else 8  # records of one part often lie at multiples of eight
    shift = first % step
    words = data[shift : len(data) - (len(data) - shift) % step].view(f"<u{step}")
    marks = np.zeros(len(words) + 1, dtype=np.int8)
    # Where ranges touch, an end and a beginning cancel each other: they are counted rather than set.
    marks[(places - shift) // step] += 1
    marks[(places - shift + sizes) // step] -= 1
    return np.asarray(words[np.cumsum(marks[:-1], dtype=np.int8).astype(bool)].view("<f8"))


def _points(
    data: NDArray[np.uint8], places: Ints, lengths: Ints, kind: int
) -> tuple[Objects, NDArray[np.bool_]]:
    whole = (lengths == _POINT_BYTES) & (places % 4 == 0)
    sizes = np.full(int(whole.sum()), 16)
    xy = _doubles(data, places[whole] + 4, sizes).reshape(-1, 2)
    finite = np.isfinite(xy[:, 0]) & np.isfinite(xy[:, 1])
    whole[np.flatnonzero(whole)[~finite]] = False
    return shapely.points(xy[finite]), whole


def _parts(
    data: NDArray[np.uint8], places: Ints, lengths: Ints, kind: int
) -> tuple[Objects, NDArray[np.bool_]]:
    """Read lines or polygons of one part; rings must be closed."""
    plain = (lengths > _BOX_BYTES + 4) & (places % 4 == 0)
    counts = np.zeros(len(places), dtype=np.int64)
    some = np.flatnonzero(plain)
    one = _integers(data, places[some] + 36) == 1
    first = np.zeros(len(some), dtype=np.int64)
    first[one] = _integers(data, places[some[one]] + _BOX_BYTES)
    counts[some] = _integers(data, places[some] + 40)
    least = 2 if kind == _LINE else 4
    plain[some[~one | (first != 0)]] = False
    plain &= (counts >= least) & (lengths == _BOX_BYTES + 4 + 16 * counts)
    xy, ends, use = _coordinates(data, places[plain], counts[plain], is_ring=kind == _POLYGON)
    plain[np.flatnonzero(plain)[~use]] = False
    each = np.arange(len(ends))
    if kind == _LINE:
        return shapely.from_ragged_array(shapely.GeometryType.LINESTRING, xy, (ends,)), plain
    return shapely.from_ragged_array(shapely.GeometryType.POLYGON, xy, (ends, each)), plain


def _coordinates(
    data: NDArray[np.uint8], places: Ints, counts: Ints, *, is_ring: bool
) -> tuple[NDArray[np.float64], Ints, NDArray[np.bool_]]:
    """Return the coordinates of usable parts, where each begins (and the last ends), and which are usable."""
    xy = _doubles(data, places + _BOX_BYTES + 4, 16 * counts).reshape(-1, 2)
    ends = np.concatenate([[0], np.cumsum(counts)])
    use = np.ones(len(counts), dtype=bool)
    finite = np.isfinite(xy)
    odd = np.flatnonzero(~(finite[:, 0] & finite[:, 1]))  # several times as fast as all(axis=1)
    use[np.searchsorted(ends, odd, side="right") - 1] = False
    if is_ring and len(counts):
        use &= (xy[ends[:-1]] == xy[ends[1:] - 1]).all(axis=1)
    if use.all():
        return xy, ends, use
    kept = np.repeat(use, counts)
    return xy[kept], np.concatenate([[0], np.cumsum(counts[use])]), use
