"""DXF drawings. They never say where on earth they lie, so the coordinate system is always asked for."""

import re
from pathlib import Path

from layers import gdal
from layers.reading import Action, Imported, Problem, ReadOptions

_BINARY = b"AutoCAD Binary DXF\r\n\x1a\x00"
_START = re.compile(rb"(?:\s*999\r?\n[^\r\n]*\r?\n)*\s*0\r?\n\s*SECTION\r?\n")
_WORD = re.compile(rb"(\n[ \t]*[12][0-8][ \t]*\r?\n)[^\r\n]*[A-DF-Za-df-z][^\r\n]*(\r?\n)")
"""A word where a coordinate belongs: the group codes 10 to 18 and 20 to 28 are positions everywhere."""
_ENTITY = re.compile(rb"\n[ \t]*0[ \t]*\r?\n[ \t]*[A-Z]")
_END = re.compile(rb"\n[ \t]*0[ \t]*\r?\n[ \t]*EOF")


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
            if not _END.search(data, max(0, len(data) - 1_000)):
                last = max((m.start() for m in _ENTITY.finditer(data)), default=len(data))
                path.write_bytes(data[:last] + b"\n0\nENDSEC\n0\nEOF\n")
                what = "The drawing breaks off; the piece it ends in was left out, and more may be missing."
                problems.append(Problem(None, Action.DOUBT, "cut", what, "Ask the partner to send it again."))
        return gdal.read(gdal.Source(self.id, "DXF", path, ".dxf", {}), options, problems)
