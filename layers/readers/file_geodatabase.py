"""Esri file geodatabases: a folder of tables, usually sent as an archive."""

from pathlib import Path

from layers import gdal
from layers.reading import Imported, ReadOptions

_CATALOGUE = "a00000001.gdbtable"


class FileGeodatabaseReader:
    """Reads one feature class through GDAL's own OpenFileGDB driver. Arcs become lines of short edges."""

    id = "file_geodatabase"
    title = "Esri file geodatabase"
    extensions: tuple[str, ...] = (".gdb",)
    has_layers = True

    def sniff(self, head: bytes, path: Path) -> bool:
        """Tell the folder by its catalogue."""
        return path.is_dir() and (path / _CATALOGUE).is_file()

    def read(self, path: Path, options: ReadOptions) -> Imported:
        """Read the private copy `path`."""
        return gdal.read(gdal.Source(self.id, "OpenFileGDB", path, ".gdb", {}), options, [])
