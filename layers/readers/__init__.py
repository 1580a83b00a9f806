"""SEAM: one file an import format. A new format is one file and one line in `READERS`.

The order is that of recognition: formats with an unmistakable beginning first, plain text last.
"""

from layers.readers.csv import CsvReader
from layers.readers.geojson import GeoJsonReader
from layers.readers.geopackage import GeoPackageReader
from layers.readers.kml import KmlReader
from layers.readers.shapefile import ShapefileReader
from layers.readers.spreadsheet import SpreadsheetReader
from layers.reading import Reader

READERS: tuple[Reader, ...] = (
    ShapefileReader(),
    GeoPackageReader(),
    KmlReader(),
    GeoJsonReader(),
    SpreadsheetReader(),
    CsvReader(),
)
