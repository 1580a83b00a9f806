"""SEAM: one file an import format. A new format is one file and one line in `READERS`.

The order is that of recognition: formats with an unmistakable beginning first, plain text last.
"""

from layers.readers.csv import CsvReader
from layers.readers.dxf import DxfReader
from layers.readers.esri_json import EsriJsonReader
from layers.readers.file_geodatabase import FileGeodatabaseReader
from layers.readers.flatgeobuf import FlatGeobufReader
from layers.readers.geojson import GeoJsonReader
from layers.readers.geopackage import GeoPackageReader
from layers.readers.gml import GmlReader
from layers.readers.gpx import GpxReader
from layers.readers.kml import KmlReader
from layers.readers.mapinfo import MapInfoReader
from layers.readers.shapefile import ShapefileReader
from layers.readers.spreadsheet import SpreadsheetReader
from layers.readers.topojson import TopoJsonReader
from layers.reading import Reader

READERS: tuple[Reader, ...] = (
    ShapefileReader(),
    GeoPackageReader(),
    FlatGeobufReader(),
    FileGeodatabaseReader(),
    SpreadsheetReader(),
    KmlReader(),
    GpxReader(),
    GmlReader(),
    DxfReader(),
    MapInfoReader(),
    TopoJsonReader(),
    EsriJsonReader(),
    GeoJsonReader(),
    CsvReader(),
)
