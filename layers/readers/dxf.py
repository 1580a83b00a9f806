"""DXF drawings. They never say where on earth they lie, so the coordinate system is always asked for."""

import re
from pathlib import Path

from layers import gdal
from layers.reading import Imported, ReadOptions

_BINARY = b"AutoCAD Binary DXF\r\n\x1a\x00"
_START = re.compile(rb"(?:\s*999\r?\n[^\r\n]*\r?\n)*\s*0\r?\n\s*SECTION\r?\n")


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
        return gdal.read(gdal.Source(self.id, "DXF", path, ".dxf", {}), options, [])
