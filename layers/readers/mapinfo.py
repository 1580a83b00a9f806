"""MapInfo: native tables (TAB with DAT, MAP, ID) and the interchange format (MIF with MID)."""

import re
from pathlib import Path

from layers import gdal
from layers.errors import ReadingError
from layers.reading import Action, Imported, Problem, ReadOptions

_TAB = b"!table"
_MIF = re.compile(rb"version\s+\d+\s*[\r\n]", re.IGNORECASE)
_MIF_WORDS = re.compile(rb"^\s*(columns\s+\d+|delimiter|coordsys|charset)", re.IGNORECASE | re.MULTILINE)
_ELSEWHERE = re.compile(
    rb"open\s+table|create\s+view|isseamless|type\s+linked|\\raster|type\s+\"?raster", re.IGNORECASE
)
_DATA = re.compile(rb"^\s*data\s*?$", re.IGNORECASE | re.MULTILINE)
_LETTERED = re.compile(rb"^[ \t]*([A-Za-z][^\s(]*|[^\s\"(]*[A-DF-Za-df-z][^\s(]*)([^\r\n\"(]*)", re.MULTILINE)
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?,?")
_SHAPES = {
    b"none": 0, b"point": 2, b"line": 4, b"pline": 0, b"region": 1, b"arc": 4, b"text": 0, b"rect": 4,
    b"roundrect": 4, b"ellipse": 4, b"multipoint": 1, b"collection": 1,
}  # fmt: skip
"""The words that begin a shape, and how many numbers stand behind them in the same line."""
_LISTED = (b"pline", b"region", b"multipoint", b"collection")
"""Shapes whose coordinates stand in lines of their own."""
_STYLES = (
    b"pen", b"brush", b"symbol", b"smooth", b"center", b"font", b"spacing", b"justify", b"angle", b"label",
)  # fmt: skip


class MapInfoReader:
    """Reads MapInfo tables through GDAL. A table that refers to other tables or pictures is refused."""

    id = "mapinfo"
    title = "MapInfo"
    extensions: tuple[str, ...] = (".tab", ".mif")
    has_layers = False

    def sniff(self, head: bytes, path: Path) -> bool:
        """Tell a TAB by its first word, a MIF by its version line and the words that follow."""
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:4_000].replace(b"\r", b"\n")
        if text[: len(_TAB)].lower() == _TAB:
            return True
        return _MIF.match(text) is not None and _MIF_WORDS.search(text) is not None

    def read(self, path: Path, options: ReadOptions) -> Imported:
        """Read the private copy `path`."""
        text = path.read_bytes()[:1_000_000]
        is_table = text.removeprefix(b"\xef\xbb\xbf").lstrip()[: len(_TAB)].lower() == _TAB
        if is_table and _ELSEWHERE.search(text):
            raise ReadingError(
                "This MapInfo table refers to other tables or pictures, which are not followed.",
                "Ask the partner to save the table itself, or as MIF.",
            )
        if is_table and not path.with_suffix(".dat").is_file():
            raise ReadingError(
                "The .dat file that belongs to this MapInfo table is missing.",
                "Put the .tab, .dat, .map and .id files side by side, or ask for them in one archive.",
            )
        if is_table:
            return gdal.read(gdal.Source(self.id, "MapInfo File", path, ".tab", {}), options, [])
        _break_lines(path)
        _break_lines(path.with_suffix(".mid"))
        rows, unplaced, problems = _looked_through(path.read_bytes())
        source = gdal.Source(
            self.id,
            "MapInfo File",
            path,
            ".mif",
            {},
            rows={gdal.ANY_LAYER: rows},  # GDAL counts the parts of a collection as well
            unplaced={gdal.ANY_LAYER: unplaced},
        )
        return gdal.read(source, options, problems)


def _break_lines(path: Path) -> None:
    """Put in line feeds where lines end as on old Macintoshes, which GDAL does not know."""
    data = path.read_bytes() if path.is_file() else b""
    if b"\r" in data and b"\n" not in data:
        path.write_bytes(data.replace(b"\r", b"\n"))


def _looked_through(data: bytes) -> tuple[int, dict[int, str], list[Problem]]:
    """Return how many rows there are, those with words among their coordinates (GDAL reads 0), and doubts.

    Only lines with letters are looked at: those that begin a shape, or say how it is drawn.
    """
    start = _DATA.search(data)
    odd: dict[int, str] = {}
    unknown: list[str] = []
    row = inside = 0
    shape = b""
    for found in _LETTERED.finditer(data, start.end() if start else len(data)):
        word, rest = found[1].lower(), found[2].split()
        if word in _SHAPES:
            shape = word
            if inside:
                inside -= 1  # a part of a collection
            else:
                row += 1
                inside = int(rest[0]) if word == b"collection" and rest and rest[0].isdigit() else 0
            values = rest[: _SHAPES[word]]
        elif word in _STYLES or shape == b"text":
            continue
        else:
            values = [found[1], *rest]
            if shape not in _LISTED:
                unknown.append(found[1].decode("latin-1")[:20])
                continue
        wrong = next((v for v in values if not _NUMBER.fullmatch(v)), None)
        if wrong is not None and row:
            odd[row] = f"Its coordinates hold “{wrong.decode('latin-1')[:20]}”, which is no number."
    if not unknown:
        return row, odd, []
    what = f"“{unknown[0]}” is no shape that MIF knows; it was left out, and names may be shifted after it."
    proposal = "Compare the names with the places."
    return row, odd, [Problem(None, Action.DOUBT, "unknown_shape", what, proposal)]
