"""Esri JSON, as ArcGIS servers answer."""

import re
from pathlib import Path

from layers import gdal
from layers.reading import Imported, ReadOptions

_MEMBERS = re.compile(rb'"(geometryType|spatialReference|displayFieldName|fieldAliases)"\s*:')
_ATTRIBUTES = re.compile(rb'"attributes"\s*:\s*\{')
_GEOJSON = re.compile(rb'"type"\s*:\s*"Feature(Collection)?"')


class EsriJsonReader:
    """Reads the features in an answer of an ArcGIS server through GDAL."""

    id = "esri_json"
    title = "Esri JSON"
    extensions: tuple[str, ...] = (".json",)
    has_layers = False

    def sniff(self, head: bytes, path: Path) -> bool:
        """Tell JSON that describes its geometry and has features with attributes, and is no GeoJSON."""
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if not start.startswith(b"{") or _GEOJSON.search(start):
            return False
        return b'"features"' in start and bool(_MEMBERS.search(start) and _ATTRIBUTES.search(start))

    def read(self, path: Path, options: ReadOptions) -> Imported:
        """Read the private copy `path`."""
        return gdal.read(gdal.Source(self.id, "ESRIJSON", path, ".json", {}), options, [])
