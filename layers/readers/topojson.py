"""TopoJSON."""

import json
import re
from pathlib import Path

from layers import gdal
from layers.reading import Imported, ReadOptions

_TYPE = re.compile(rb'"type"\s*:\s*"Topology"')
_FEATURES = re.compile(rb'"type"\s*:\s*"Feature(Collection)?"')


class TopoJsonReader:
    """Reads one object of a topology through GDAL. Positions are longitude and latitude."""

    id = "topojson"
    title = "TopoJSON"
    extensions: tuple[str, ...] = (".topojson",)
    has_layers = True

    def sniff(self, head: bytes, path: Path) -> bool:
        """Tell JSON whose type is a topology."""
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        is_features = _FEATURES.search(start) is not None  # which may have a property that looks like it
        return start.startswith(b"{") and _TYPE.search(start) is not None and not is_features

    def read(self, path: Path, options: ReadOptions) -> Imported:
        """Read the private copy `path`."""
        how = "TopoJSON is longitude and latitude on WGS 84 by custom."
        source = gdal.Source(
            self.id,
            "TopoJSON",
            path,
            ".topojson",
            {},
            crs="EPSG:4326",
            crs_how=how,
            rows=_counted(path),
            missing="It has no geometry.",
        )
        return gdal.read(source, options, [])


def _counted(path: Path) -> dict[str, int]:
    """Return how many members each collection has: GDAL leaves out those without a geometry."""
    try:
        objects = json.loads(path.read_bytes()).get("objects", {})
    except (ValueError, AttributeError, RecursionError):
        return {}
    listed = (
        {n: o.get("geometries") for n, o in objects.items() if isinstance(o, dict)}
        if isinstance(objects, dict)
        else {}
    )
    return {str(name): len(members) for name, members in listed.items() if isinstance(members, list)}
