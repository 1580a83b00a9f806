"""DXF drawings. They never say where on earth they lie, so the coordinate system is always asked for."""

import re
from itertools import pairwise
from pathlib import Path

from layers import gdal
from layers.reading import Action, Imported, Problem, ReadOptions

_BINARY = b"AutoCAD Binary DXF\r\n\x1a\x00"
_START = re.compile(rb"(?:\s*999\r?\n[^\r\n]*\r?\n)*\s*0\r?\n\s*SECTION\r?\n")
_WORD = re.compile(rb"(\n[ \t]*[12][0-8][ \t]*\r?\n)[^\r\n]*[A-DF-Za-df-z][^\r\n]*(\r?\n)")
"""A word where a coordinate belongs: the group codes 10 to 18 and 20 to 28 are positions everywhere."""
_ENTITY = re.compile(rb"\n[ \t]*0[ \t]*\r?\n[ \t]*[A-Z]")
_END = re.compile(rb"\n[ \t]*0[ \t]*\r?\n[ \t]*EOF")

_PAIRS = re.compile(rb"(?:[ \t]*+-?\d{1,4}[ \t]*+\r?\n[^\n]*+(?:\n|\Z))*+\s*+")
"""A drawing is pairs of lines, a code and a value; behind a missing line each counts for something else."""
_PIECES = re.compile(rb"\n[ \t]*0[ \t]*\r?\n[ \t]*([A-Z]\w*)[ \t]*\r?(?=\n)")
_NAME = re.compile(
    rb"(?:\n[ \t]*+(?!0[ \t]*+\r?\n|2[ \t]*+\r?\n)\d++[ \t]*+\r?\n[^\n]*+)*+\n[ \t]*+2[ \t]*+\r?\n([^\n]*)"
)
_MOST_DAMAGED = 1_000


class DxfReader:
    """Reads the entities of a drawing through GDAL; blocks are put in their places, arcs become lines."""

    id = "dxf"
    title = "DXF drawing"
    extensions: tuple[str, ...] = (".dxf",)
    has_layers = False

    def sniff(self, head: bytes, path: Path) -> bool:
        """Tell by the first group codes, comments aside."""
        return head.startswith(_BINARY) or _START.match(head.removeprefix(b"\xef\xbb\xbf")) is not None

    def read(self, path: Path, options: ReadOptions) -> Imported:
        """Read the private copy `path`."""
        data = path.read_bytes()
        problems: list[Problem] = []
        if not data.startswith(_BINARY):
            if _WORD.search(data):
                data = _WORD.sub(rb"\1nan\2", data)  # GDAL reads words as 0
                path.write_bytes(data)
            whole = _with_ends(_without_damaged(data, problems))
            if whole is not data:
                data = whole
                path.write_bytes(data)
            _doubt_lost_blocks(data, problems)
            if not _END.search(data, max(0, len(data) - 1_000)):
                last = max((m.start() for m in _ENTITY.finditer(data)), default=len(data))
                path.write_bytes(data[:last] + b"\n0\nENDSEC\n0\nEOF\n")
                what = "The drawing breaks off; the piece it ends in was left out, and more may be missing."
                problems.append(Problem(None, Action.DOUBT, "cut", what, "Ask the partner to send it again."))
        return gdal.read(gdal.Source(self.id, "DXF", path, ".dxf", {}), options, problems)


def _without_damaged(data: bytes, problems: list[Problem]) -> bytes:
    """Leave out the pieces in which a line is missing or too many: GDAL would read other numbers there."""
    kept, start, damaged = [], 0, 0
    while damaged < _MOST_DAMAGED:
        pairs = _PAIRS.match(data, start)
        end = pairs.end() if pairs is not None else start
        if end >= len(data):
            break
        after = _ENTITY.match(data, _lines_on(data, end, 2) - 1)
        if after is not None:  # a pair of its own, which harms nothing
            kept.append(data[start:end])
            start = after.start() + 1
            continue
        first = data.rfind(b"\n", 0, max(0, end - 1))  # the last value may be the code of the next piece
        after = _ENTITY.search(data, max(0, first))
        if after is None:
            break  # what is cut off at the end is told elsewhere
        before = max((m.start() for m in _ENTITY.finditer(data, start, max(start, first))), default=start - 1)
        kept.append(data[start : before + 1])
        start = after.start() + 1
        damaged += 1
    if not kept:
        return data
    if not damaged:
        return b"".join([*kept, data[start:]])
    are = "1 piece of the drawing is" if damaged == 1 else f"{damaged:,} pieces of the drawing are"
    what = f"{are} damaged (a line is missing or too many) and left out."
    problems.append(Problem(None, Action.DOUBT, "cut", what, "Ask the partner to send it again."))
    return b"".join([*kept, data[start:]])


def _doubt_lost_blocks(data: bytes, problems: list[Problem]) -> None:
    """Say how many pieces place a block that the drawing does not hold: GDAL leaves them out in silence."""
    if b"INSERT" not in data:
        return
    named: dict[bytes, list[bytes]] = {b"BLOCK": [], b"INSERT": []}
    for piece in _PIECES.finditer(data):
        name = _NAME.match(data, piece.end()) if piece[1] in named else None
        if name is not None:
            named[piece[1]].append(name[1].strip())
    there = set(named[b"BLOCK"])
    lost = [name for name in named[b"INSERT"] if name not in there]
    if lost:
        are = "1 symbol or block is" if len(lost) == 1 else f"{len(lost):,} symbols or blocks are"
        first = lost[0].decode("utf-8", "replace")[:40]
        what = f"{are} placed but not in the drawing, such as “{first}”; they were left out."
        problems.append(Problem(None, Action.DOUBT, "lost_blocks", what, "Ask the partner to bind them in."))


def _lines_on(data: bytes, place: int, lines: int) -> int:
    """Return where the line begins that is so many lines further on."""
    for _ in range(lines):
        place = data.find(b"\n", place) + 1 or len(data)
    return place


def _with_ends(data: bytes) -> bytes:
    """Put an end to each old polyline that has none: GDAL gives up the whole drawing there."""
    if b"VERTEX" not in data:
        return data
    places, is_open = [], False
    for piece in _PIECES.finditer(data):
        if is_open and piece[1] not in (b"VERTEX", b"SEQEND"):
            places.append(piece.start() + 1)
        is_open = piece[1] == b"POLYLINE" or (is_open and piece[1] == b"VERTEX")
    if not places:
        return data
    parts = [data[a:b] for a, b in pairwise([0, *places, len(data)])]
    return b"  0\nSEQEND\n".join(parts)
