"""GML, also as a WFS answers it: looked through for traps first, then read with GDAL."""

import os
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.sax.saxutils import escape

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
_NAMED = re.compile(rb"(\ssrsName\s*=\s*)(\"[^\"]*\"|'[^']*')")
_BOX = "boundedBy"
_ROW = "deconflict_row"
_SHAPE = "deconflict_shape"
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
        layer = _chosen(seen, options)
        if len(seen.shapes.get(layer, ())) > 1:
            problems.append(_with_one_shape(path, layer, seen.shapes[layer]))
            seen = _looked_through(path)
        unplaced = dict(seen.words.get(layer, {}))
        if len(names) > 1 and any(seen.systems.get(layer, ())):
            names = {_in_one_system(path, seen.systems[layer], unplaced)}
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
        if not unplaced:
            said = list(problems)
            imported = gdal.read(source, options, said)
            if not any(p.code == "missing" for p in said):
                return imported
        source = replace(source, path=_numbered(path), row_field=_ROW, unplaced={layer: unplaced})
        return gdal.read(source, options, problems)


@dataclass
class _Seen:
    """What stands in a file: names of coordinate systems, and what there is of each sort of feature."""

    names: set[str] = field(default_factory=set)
    rows: Counter[str] = field(default_factory=Counter)
    words: dict[str, dict[int, str]] = field(default_factory=dict)
    """Rows that have words among their coordinates, which GDAL reads as 0; and the sentence about it."""
    systems: dict[str, list[str]] = field(default_factory=dict)
    """For each row the name of the coordinate system of its shapes, several of them joined, "" for none."""
    shapes: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    """The properties that hold shapes: in how many rows, and the length of their coordinates."""
    odd_words: int = 0
    """Words where coordinates may stand, outside of features or of the names of GML."""


def _looked_through(path: Path) -> _Seen:
    """Look through a file; refuses document types and depth. A feature is known by its sort and number."""
    seen = _Seen()
    above = sort = part = ""
    held: set[str] = set()
    """Properties of this row that hold a shape."""
    for event, element, depth in walk(path):
        if event == "start":
            above = local(element) if depth == 2 else above
            part = local(element) if depth == 4 else part
            if depth == 3 and above in _MEMBERS:
                sort, part = local(element), ""
                held.clear()
                seen.rows[sort] += 1
                seen.systems.setdefault(sort, []).append("")
            name = element.get("srsName")
            if name and len(seen.names) < 20:
                seen.names.add(name)
            if name and sort and depth > 4 and part != _BOX:
                said = seen.systems[sort]
                said[-1] = said[-1] if name in said[-1].split("|") else f"{said[-1]}|{name}".lstrip("|")
            continue
        is_position = local(element) in _POSITIONS
        if is_position and sort and depth > 4 and part != _BOX and (element.text or "").strip():
            count = seen.shapes.setdefault(sort, {}).setdefault(part, [0, 0])
            count[0] += part not in held
            count[1] += len(element.text or "")
            held.add(part)
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


def _chosen(seen: _Seen, options: ReadOptions) -> str:
    """Return the sort of feature that will be read: as asked for, else the one with most rows."""
    if options.layer in seen.rows:
        return str(options.layer)
    return max(seen.rows, key=seen.rows.__getitem__, default="")


def _in_one_system(path: Path, systems: list[str], unplaced: dict[int, str]) -> str:
    """Let the whole file name the system of most rows, and add those of another one to `unplaced`.

    GDAL takes one system for all rows: where they differ, it takes none, or that of the box around them.
    """
    main = Counter(name for name in systems if name and "|" not in name)
    name = main.most_common(1)[0][0] if main else systems[0].split("|")[0]
    for row, said in enumerate(systems, 1):
        if said not in ("", name):
            why = f"Its coordinate system is {said.replace('|', ' and ')}, that of most rows {name}."
            unplaced.setdefault(row, f"{why} Ask the partner for one system.")
    quoted = escape(name, {'"': "&quot;"}).encode()
    path.write_bytes(_NAMED.sub(lambda found: b'%b"%b"' % (found[1], quoted), path.read_bytes()))
    return name


def _with_one_shape(path: Path, sort: str, shapes: dict[str, list[int]]) -> Problem:
    """Leave each row one shape: of the property that most rows have, of such the one with more coordinates.

    GDAL hands out one of several properties, and nothing where a row has only another.
    """
    from xml.parsers.expat import ParserCreate

    ranked = sorted(shapes, key=lambda name: [-n for n in shapes[name]])
    data = path.read_bytes()
    above: list[str] = []
    starts: list[tuple[int, str, bool]] = []
    """Where a property of the present row begins, its whole name, and whether it holds a shape."""
    spans: list[tuple[int, int, str]] = []
    edits: list[tuple[int, int, bytes]] = []

    def begin(name: str, _: object) -> None:
        above.append(name.rpartition(":")[2])
        if len(above) == 4 and above[2] == sort and above[3] in shapes:
            starts.append((parser.CurrentByteIndex, name, False))
        elif len(above) > 4 and starts and above[-1] in _POSITIONS:
            starts[-1] = (*starts[-1][:2], True)

    def end(name: str) -> None:
        place = parser.CurrentByteIndex
        if len(above) == 4 and starts:
            start, whole, holds = starts.pop()
            if holds:
                spans.append((start, place, whole))
        elif len(above) == 3 and spans:
            best = min(spans, key=lambda span: ranked.index(span[2].rpartition(":")[2]))
            for span in spans:
                start, stop, whole = span
                if span is best:
                    edits.append((start + 1, start + 1 + len(whole.encode()), _SHAPE.encode()))
                    edits.append((stop + 2, stop + 2 + len(whole.encode()), _SHAPE.encode()))
                else:
                    edits.append((start, data.index(b">", stop) + 1, b""))
            spans.clear()
        above.pop()

    parser = ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.Parse(data, True)
    parts, done = [], 0
    for start, stop, instead in sorted(edits):
        parts += [data[done:start], instead]
        done = stop
    path.write_bytes(b"".join([*parts, data[done:]]))
    what = f"Rows can hold several shapes ({', '.join(ranked)}); “{ranked[0]}” was read where there is one."
    return Problem(
        None, Action.DOUBT, "several_shapes", what, "Ask the partner which is meant, if it is another."
    )


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
