"""MapInfo: native tables (TAB with DAT, MAP, ID) and the interchange format (MIF with MID)."""

import re
from pathlib import Path

from layers import gdal
from layers.errors import ReadingError
from layers.reading import Imported, ReadOptions

_TAB = b"!table"
_MIF = re.compile(rb"version\s+\d+\s*[\r\n]", re.IGNORECASE)
_MIF_WORDS = re.compile(rb"^\s*(columns\s+\d+|delimiter|coordsys|charset)", re.IGNORECASE | re.MULTILINE)
_ELSEWHERE = re.compile(
    rb"open\s+table|create\s+view|isseamless|type\s+linked|\\raster|type\s+\"?raster", re.IGNORECASE
)


class MapInfoReader:
    """Reads MapInfo tables through GDAL. A table that refers to other tables or pictures is refused."""

    id = "mapinfo"
    title = "MapInfo"
    extensions: tuple[str, ...] = (".tab", ".mif")
    has_layers = False

    def sniff(self, head: bytes, path: Path) -> bool:
        """Tell a TAB by its first word, a MIF by its version line and the words that follow."""
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if text[: len(_TAB)].lower() == _TAB:
            return True
        return _MIF.match(text) is not None and _MIF_WORDS.search(text[:4_000]) is not None

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
        source = gdal.Source(self.id, "MapInfo File", path, ".tab" if is_table else ".mif", {})
        return gdal.read(source, options, [])
