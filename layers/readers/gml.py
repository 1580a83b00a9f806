"""GML, also as a WFS answers it: looked through for traps first, then read with GDAL."""

import re
from dataclasses import replace
from pathlib import Path

from layers import gdal
from layers.reading import Action, Imported, Problem, ReadOptions
from layers.xml_files import local, make_utf8, root_name, walk

_NAMESPACE = b"opengis.net/gml"
_OTHERS = ("kml", "gpx", "html", "svg", "OGRVRTDataSource")
_LATITUDE_FIRST = re.compile(r"urn:(x-)?ogc:def:crs:EPSG:|www\.opengis\.net/def/crs/EPSG/", re.IGNORECASE)
_LONLAT = re.compile(r"[:/#]4326$")
_POSITIONS = ("pos", "posList", "coordinates", "X", "Y")
_WORD = re.compile(r"[A-DF-Za-df-z]")
_MEMBERS = ("featureMember", "featureMembers", "member")
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
        make_utf8(path)
        problems: list[Problem] = []
        names, members = _looked_through(path, problems)
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
        source = gdal.Source(self.id, "GML", path, ".gml", _OPTIONS, crs_how=how)
        return _counted(gdal.read(source, options, problems), members)


def _counted(imported: Imported, members: int) -> Imported:
    """Count features that are in the file, but that GDAL does not hand out, as skipped rows."""
    if len(imported.layers) > 1 or members <= imported.rows:
        return imported
    why = "The file holds this feature, but it is damaged or nested too deep."
    lost = [Problem(n, Action.SKIPPED, "missing", why) for n in range(imported.rows + 1, members + 1)]
    return replace(imported, rows=members, problems=(*imported.problems, *lost))


def _looked_through(path: Path, problems: list[Problem]) -> tuple[set[str], int]:
    """Return the names of coordinate systems and the number of features; refuses document types and depth.

    Words among the coordinates are doubted: GDAL reads them as 0.
    """
    names: set[str] = set()
    root = None
    members = words = 0
    above = ""
    for event, element, depth in walk(path):
        if event == "start":
            root = element if root is None else root
            above = local(element) if depth == 2 else above
            members += depth == 3 and above in _MEMBERS
            name = element.get("srsName")
            if name and len(names) < 20:
                names.add(name)
            continue
        words += local(element) in _POSITIONS and _WORD.search(element.text or "") is not None
        if depth <= 3:
            element.clear()
    if words:
        what = f"Words stand among the coordinates in {words:,} places; they are read as 0."
        problems.append(
            Problem(None, Action.DOUBT, "coordinate_words", what, "Look at the places on the map.")
        )
    return names, members
