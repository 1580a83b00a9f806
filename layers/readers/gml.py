"""GML, also as a WFS answers it: looked through for traps first, then read with GDAL."""

import re
from pathlib import Path

from layers import gdal
from layers.reading import Action, Imported, Problem, ReadOptions
from layers.xml_files import root_name, walk

_NAMESPACE = b"opengis.net/gml"
_OTHERS = ("kml", "gpx", "html", "svg", "OGRVRTDataSource")
_LATITUDE_FIRST = re.compile(r"urn:(x-)?ogc:def:crs:EPSG:|www\.opengis\.net/def/crs/EPSG/", re.IGNORECASE)
_LONLAT = re.compile(r"[:/#]4326$")
_OPTIONS = {"DOWNLOAD_SCHEMA": "NO", "REMOVE_UNUSED_LAYERS": "NO"}


class GmlReader:
    """Reads GML through GDAL. No entity is expanded, no schema fetched, no link followed.

    Which number comes first is told by how the coordinate system is named, as GDAL and most servers hold it:
    `urn:ogc:def:crs:EPSG::4326` and `http://www.opengis.net/def/crs/EPSG/0/4326` are latitude first,
    `EPSG:4326` and `epsg.xml#4326` longitude first. What was used is said, and the short form doubted.
    """

    id = "gml"
    title = "GML"
    extensions: tuple[str, ...] = (".gml",)
    has_layers = True

    def sniff(self, head: bytes, path: Path) -> bool:
        """Tell markup that names the GML namespace and is no other map format."""
        root = root_name(head)
        return root == "FeatureCollection" or (
            bool(root) and root not in _OTHERS and _NAMESPACE in head[:8_000]
        )

    def read(self, path: Path, options: ReadOptions) -> Imported:
        """Read the private copy `path`."""
        names = _systems(path)
        problems: list[Problem] = []
        how = ""
        swapped = [n for n in names if _LATITUDE_FIRST.search(n)]
        if len(names) > 1:
            what = f"The shapes name several coordinate systems: {', '.join(sorted(names)[:5])}."
            problems.append(Problem(None, Action.DOUBT, "crs", what, "Ask the partner for one of them."))
        elif swapped and _LONLAT.search(swapped[0]):
            how = f"The file says {swapped[0]}: latitude comes first by that name, and was put second."
        elif names and _LONLAT.search(next(iter(names))):
            name = next(iter(names))
            how = f"The file says {name}: longitude comes first by that short name."
            what = f"By the name {name} longitude comes first, but some programs put latitude first."
            proposal = "Swap them if the places are wrong."
            problems.append(Problem(None, Action.DOUBT, "axis_order", what, proposal, {"swap": True}))
        return gdal.read(gdal.Source(self.id, "GML", path, ".gml", _OPTIONS, crs_how=how), options, problems)


def _systems(path: Path) -> set[str]:
    """Return the names of coordinate systems in the file; refuses document types and great depth."""
    names: set[str] = set()
    root = None
    for event, element, depth in walk(path):
        if event == "start":
            root = element if root is None else root
            name = element.get("srsName")
            if name and len(names) < 20:
                names.add(name)
        elif depth <= 3 and root is not None:
            element.clear()
    return names
