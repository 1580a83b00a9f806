"""GML, also as a WFS answers it: looked through for traps first, then read with GDAL."""

import os
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from layers import gdal
from layers.reading import Action, Imported, Problem, ReadOptions
from layers.xml_files import local, make_utf8, root_name, walk, whole_preamble

_NAMESPACE = b"opengis.net/gml"
_OTHERS = ("kml", "gpx", "html", "svg", "OGRVRTDataSource")
_LATITUDE_FIRST = re.compile(r"urn:(x-)?ogc:def:crs:EPSG:|www\.opengis\.net/def/crs/EPSG/", re.IGNORECASE)
_LONLAT = re.compile(r"[:/#]4326$")
_POSITIONS = ("pos", "posList", "coordinates", "X", "Y")
_WORD = re.compile(r"\S*[^\W\d_Ee]\S*")
_MEMBERS = ("featureMember", "featureMembers", "member")
_LISTS = ("pos", "posList")
_COMMAS = re.compile(r"\s*-?\d+,\d+(\s+-?\d+,\d+)+\s*")
"""Numbers that may be whole ones in pairs, or fractions with decimal commas, which GML does not have."""
_TAG = re.compile(rb"<([^\s/>]+)(?:[^>\"']|\"[^\"]*\"|'[^']*')*?(/?)>")
_ROW = "deconflict_row"
_MISSING = "The file holds this feature, but its shape is damaged or nested too deep."
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
        head = whole_preamble(head, path)
        root = root_name(head)
        return root == "FeatureCollection" or (
            bool(root) and root not in _OTHERS and _NAMESPACE in head[:8_000]
        )

    def read(self, path: Path, options: ReadOptions) -> Imported:
        """Read the private copy `path`."""
        make_utf8(path)
        problems: list[Problem] = []
        seen = _looked_through(path)
        names = seen.names
        if seen.odd_words:
            what = f"Words may stand among the coordinates in {seen.odd_words:,} places; they are read as 0."
            problems.append(
                Problem(None, Action.DOUBT, "coordinate_words", what, "Look at the places on the map.")
            )
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
        source = gdal.Source(
            self.id, "GML", path, ".gml", _OPTIONS, crs_how=how, rows=seen.rows, missing=_MISSING
        )
        os.environ["GML_SKIP_CORRUPTED_FEATURES"] = "YES"  # GDAL gives the whole file up otherwise
        if not seen.words:
            said = list(problems)
            imported = gdal.read(source, options, said)
            if not any(p.code == "missing" for p in said):
                return imported
        source = replace(source, path=_numbered(path), row_field=_ROW, unplaced=seen.words)
        return gdal.read(source, options, problems)


@dataclass
class _Seen:
    """What stands in a file: names of coordinate systems, and what there is of each sort of feature."""

    names: set[str] = field(default_factory=set)
    rows: Counter[str] = field(default_factory=Counter)
    words: dict[str, dict[int, str]] = field(default_factory=dict)
    """Rows that have words among their coordinates, which GDAL reads as 0; and the sentence about it."""
    odd_words: int = 0
    """Words where coordinates may stand, outside of features or of the names of GML."""


def _looked_through(path: Path) -> _Seen:
    """Look through a file; refuses document types and depth. A feature is known by its sort and number."""
    seen = _Seen()
    above = sort = ""
    for event, element, depth in walk(path):
        if event == "start":
            above = local(element) if depth == 2 else above
            if depth == 3 and above in _MEMBERS:
                sort = local(element)
                seen.rows[sort] += 1
            name = element.get("srsName")
            if name and len(seen.names) < 20:
                seen.names.add(name)
            continue
        is_position = local(element) in _POSITIONS
        word = _WORD.search(element.text or "") if is_position else None
        if is_position and sort and local(element) in _LISTS and _COMMAS.fullmatch(element.text or ""):
            why = "Its coordinates may have decimal commas, or commas between them: that cannot be told."
            seen.words.setdefault(sort, {})[seen.rows[sort]] = why
        elif word is not None and sort and _NAMESPACE.decode() in element.tag:
            why = f"Its coordinates hold “{word[0][:20]}”, which is no number."
            seen.words.setdefault(sort, {})[seen.rows[sort]] = why
        elif word is not None:
            seen.odd_words += 1  # perhaps a fact that is called X, perhaps a coordinate
        if depth <= 3:
            element.clear()
    return seen


def _numbered(path: Path) -> Path:
    """Write a copy in which each feature tells which one of its sort it is."""
    from xml.parsers.expat import ParserCreate

    data = path.with_suffix(".gml").read_bytes()
    places: list[tuple[int, str]] = []
    above: list[str] = []

    def begin(name: str, _: object) -> None:
        above.append(name.rpartition(":")[2])
        if len(above) == 3 and above[1] in _MEMBERS:
            places.append((parser.CurrentByteIndex, name))

    parser = ParserCreate()
    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda _: above.pop()
    parser.Parse(data, True)
    counts: Counter[str] = Counter()
    parts, done = [], 0
    for place, name in places:
        sort = name.rpartition(":")[2]
        counts[sort] += 1
        end = _TAG.match(data, place)
        if end is None:
            continue
        said = f"<{_ROW}>{counts[sort]}</{_ROW}>".encode()
        if end[2]:  # an element without content
            parts += [data[done : end.start(2)], b">", said, b"</", end[1], b">"]
        else:
            parts += [data[done : end.end()], said]
        done = end.end()
    target = path.with_name("numbered.gml")
    target.write_bytes(b"".join([*parts, data[done:]]))
    return target
