"""FlatGeobuf."""

from pathlib import Path

from layers import gdal
from layers.reading import Imported, ReadOptions

_MAGIC = b"fgb\x03fgb"


class FlatGeobufReader:
    """Reads FlatGeobuf through GDAL, which checks its offsets before following them."""

    id = "flatgeobuf"
    title = "FlatGeobuf"
    extensions: tuple[str, ...] = (".fgb",)
    has_layers = False

    def sniff(self, head: bytes, path: Path) -> bool:
        """Tell by the first bytes."""
        return head.startswith(_MAGIC)

    def read(self, path: Path, options: ReadOptions) -> Imported:
        """Read the private copy `path`."""
        return gdal.read(
            gdal.Source(self.id, "FlatGeobuf", path, ".fgb", {"VERIFY_BUFFERS": "YES"}), options, []
        )
