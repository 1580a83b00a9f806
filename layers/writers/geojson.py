"""GeoJSON (RFC 7946): one file, every feature of the release, marking and caveats as a foreign member."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from layers.release_reading import layers_of, read_with_fiona, texts_in
from layers.released import ReadBack, Release, ReleasedLayer, geometry_json, plain, require_release


class GeoJsonWriter:
    """Writes and reads back GeoJSON."""

    id = "geojson"
    title = "GeoJSON"
    extension = ".geojson"

    def constants(self) -> tuple[str, ...]:
        """Return nothing: all that this format holds is the release's."""
        return ()

    def write(self, release: Release, path: Path) -> None:
        """Write one FeatureCollection; each feature names its layer. Coordinates to 7 decimals (1 cm)."""
        release = require_release(release)
        collection = {
            "type": "FeatureCollection",
            "deconflict": release.information(),
            "features": [feature for layer in release.layers for feature in _features(layer)],
        }
        path.write_text(json.dumps(collection, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")

    def read_back(self, path: Path) -> ReadBack:
        """Read positions as a GIS does (GDAL), and every text as a person with an editor does."""
        data = json.loads(path.read_text("utf-8"))
        names = [feature["properties"]["layer"] for feature in data["features"]]
        fields = [tuple(feature["properties"]) for feature in data["features"]]
        _, vertices = read_with_fiona(path)
        return ReadBack(layers_of(names, fields), tuple(texts_in(data)), vertices)


def _features(layer: ReleasedLayer) -> Iterator[dict[str, Any]]:
    for i, geometry in enumerate(layer.geometry):
        properties: dict[str, Any] = {"layer": layer.title}
        for column in layer.columns:
            properties[column.name] = plain(column.values[i])
        yield {"type": "Feature", "properties": properties, "geometry": geometry_json(geometry)}


WRITER = GeoJsonWriter()
