"""KML and KMZ, read without GDAL: its KML drivers drop ExtendedData or crash on valid files."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import numpy as np
import shapely

from layers.errors import ReadingError
from layers.model import Objects
from layers.reading import Action, Decided, Imported, Problem, ReadOptions
from layers.settling import Draft, settle
from layers.xml_files import declare_prefixes, make_utf8, root_name, whole_preamble

_MAX_XML_DEPTH = 100
_MAX_GEOMETRY_DEPTH = 16
_PARTS = ("Document", "Folder", "Placemark")
"""Roots of files that somebody cut out of a KML."""
_JUNK_AFTER = 9
"""Error code of expat: something follows the end of the document."""
_WHOLE = re.compile(r"\s*[+-]?\d+\s*")
_DECIMAL_COMMAS = (4, 5, 6)
"""Numbers of a position whose fractions stand behind commas, where two or three belong."""
_COMMA = re.compile(r"\s*,\s*")
_GROUPS = (
    "MultiGeometry", "MultiTrack",
    "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection",  # not KML, but written
)  # fmt: skip
_SHAPES = ("Point", "LineString", "LinearRing", "Polygon", "Track", "Model", *_GROUPS)
_PLAIN = {
    "name": "name",
    "description": "description",
    "address": "address",
    "phoneNumber": "phone",
    "Snippet": "snippet",
}
_LINKS = ("NetworkLink", "GroundOverlay", "PhotoOverlay", "ScreenOverlay")


class _BadShapeError(ValueError):
    """A geometry that cannot be built; the text says why."""


class KmlReader:
    """Reads placemarks of KML and KMZ with their folders, time spans and extended data.

    No entity is expanded, no document type accepted, no link followed. Positions are longitude and latitude
    on WGS 84 by the standard; heights are dropped.
    """

    id = "kml"
    title = "KML"
    extensions: tuple[str, ...] = (".kml", ".kmz")
    has_layers = False

    def sniff(self, head: bytes, path: Path) -> bool:
        """Tell KML by its root element."""
        root = root_name(whole_preamble(head, path))
        return root == "kml" or (root in _PARTS and (b"/kml/2." in head or b"Placemark" in head))

    def read(self, path: Path, options: ReadOptions) -> Imported:
        """Read the private copy `path`."""
        if options.encoding is not None:
            raise ReadingError("XML states its own encoding, so none can be chosen.")
        shapes: list[Any] = []
        attributes: list[dict[str, str]] = []
        problems: list[Problem] = []
        make_utf8(path)
        declare_prefixes(path)
        for row, (folder, placemark) in enumerate(_placemarks(path, problems), start=1):
            facts = _facts(placemark)
            if folder:
                facts["folder"] = folder
            attributes.append(facts)
            try:
                shapes.append(_shape_of(placemark))
            except _BadShapeError as error:
                shapes.append(None)
                problems.append(Problem(row, Action.SKIPPED, "bad_feature", str(error)))
        geometry = np.empty(len(shapes), dtype=object)
        geometry[:] = shapes
        return settle(
            Draft(
                format=self.id,
                layers=(path.stem,),
                layer=path.stem,
                rows=len(shapes),
                row=np.arange(1, len(shapes) + 1),
                geometry=geometry,
                columns=_columns(attributes),
                crs="EPSG:4326",
                crs_how="KML is longitude and latitude on WGS 84 by its standard.",
                encoding=Decided("utf-8", "XML states its own encoding.", ("utf-8",)),
                problems=problems,
            ),
            options,
        )


@lru_cache(maxsize=1_000)
def _without_namespace(tag: str) -> str:
    return tag.rpartition("}")[2]


def _local(element: Element) -> str:
    return _without_namespace(element.tag) if isinstance(element.tag, str) else ""


def _placemarks(path: Path, problems: list[Problem]) -> Iterator[tuple[str, Element]]:
    """Yield each placemark with the path of its folders; memory is freed behind it."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    above: list[Element] = []
    marks = {"Placemark"}
    links = 0
    try:
        for event, element in iterparse(path, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                above.append(element)
                if len(above) > _MAX_XML_DEPTH:
                    raise ReadingError(
                        "The XML is nested deeper than any map data.", "Ask where it comes from."
                    )
                continue
            above.pop()
            name = _local(element)
            if name in _LINKS:
                links += 1
            if name == "Schema" and element.get("parent") == "Placemark" and element.get("name"):
                marks.add(str(element.get("name")))  # before KML 2.2, a schema named a sort of placemark
            if name in marks:
                yield _folder(above), element
            if name in ("Style", "StyleMap", "Schema", *marks, *_LINKS):
                element.clear()
    except DefusedXmlException as error:
        raise ReadingError(
            "The XML defines a document type or entities, which map data has no need of; it was not opened.",
            "Ask the partner where the file comes from.",
        ) from error
    except (ParseError, LookupError, ValueError) as error:
        if isinstance(error, ParseError) and error.code == _JUNK_AFTER:
            what = "Something follows the end of the document; all before it was read."
            problems.append(Problem(None, Action.DOUBT, "junk", what, "Ask the partner whether it is whole."))
            return
        place = f" (line {error.position[0]})" if isinstance(error, ParseError) else ""
        raise ReadingError(
            f"The XML is damaged or cut off{place}.", "Ask the partner to send it again."
        ) from error
    if links:
        what = f"{links} parts of the file refer to other files or addresses; they were not followed."
        problems.append(
            Problem(None, Action.DOUBT, "external_link", what, "Ask the partner for the data itself.")
        )


def _folder(above: list[Element]) -> str:
    names = []
    for element in above:
        if _local(element) == "Folder":
            names.append(next(((c.text or "").strip() for c in element if _local(c) == "name"), ""))
    return " / ".join(filter(None, names))


def _facts(placemark: Element) -> dict[str, str]:
    """Collect what is said of a placemark, as text; extended data do not overwrite the standard facts."""
    facts: dict[str, str] = {}
    if placemark.get("id"):
        facts["id"] = str(placemark.get("id"))
    for child in placemark:
        name = _local(child)
        if name in _PLAIN:
            text = "".join(child.itertext()).strip()  # some write HTML into it as it is
            if text:
                facts[_PLAIN[name]] = text
        elif name in ("TimeSpan", "TimeStamp"):
            facts.update({_local(t): t.text.strip() for t in child if t.text and t.text.strip()})
    times = sorted(_when(placemark)) if not {"begin", "end", "when"} & facts.keys() else []
    if times:
        facts["begin"], facts["end"] = times[0], times[-1]
    for key, value in _extended(placemark):
        if key not in facts:
            facts[key] = value
        elif facts[key] != value:
            facts[f"{key} (data)"] = value
    return facts


def _when(placemark: Element) -> Iterator[str]:
    """Yield the times of its tracks."""
    for track in (e for child in placemark if _local(child) in ("Track", "MultiTrack") for e in child.iter()):
        if _local(track) == "when" and (track.text or "").strip():
            yield str(track.text).strip()


def _extended(placemark: Element) -> Iterator[tuple[str, str]]:
    if _local(placemark) != "Placemark":
        known = {*_PLAIN, *_SHAPES, "Snippet", "styleUrl", "visibility", "open"}
        yield from ((_local(c), c.text.strip()) for c in placemark if c.text and _local(c) not in known)
    for data in (e for child in placemark if _local(child) == "ExtendedData" for e in child.iter()):
        key = data.get("name")
        if not key:
            continue
        if _local(data) == "SimpleData" and data.text is not None:
            yield key, data.text.strip()
        elif _local(data) == "Data":
            value = next((c.text for c in data if _local(c) == "value"), None)
            if value is not None:
                yield key, value.strip()


def _columns(attributes: list[dict[str, str]]) -> dict[str, Objects]:
    columns: dict[str, Objects] = {}
    for name in dict.fromkeys(name for row in attributes for name in row):
        column = np.empty(len(attributes), dtype=object)
        column[:] = [row.get(name) for row in attributes]
        columns[name] = column
    return columns


def _shape_of(placemark: Element) -> Any:
    found = [child for child in placemark if _local(child) in _SHAPES]
    if len(found) < 2:
        return _shape(found[0], 0) if found else None
    shapes = [shape for child in found if (shape := _shape(child, 0)) is not None]
    return shapely.GeometryCollection(shapes) if shapes else None  # the standard allows one, some write more


def _shape(element: Element, depth: int) -> Any:
    """Build the geometry of one element; None for an empty one."""
    name = _local(element)
    if name == "Point":
        x, y = _positions(element, 1)[0]
        return shapely.points(x, y)
    if name in ("LineString", "LinearRing"):
        return shapely.LineString(_positions(element, 2))
    if name == "Track":
        return _track(element)
    if name == "Model":
        return _place_of(element)
    if name == "Polygon":
        return _polygon(element)
    if name in _GROUPS:
        if depth >= _MAX_GEOMETRY_DEPTH:
            raise _BadShapeError("Its geometries are nested too deep.")
        shapes = [_shape(child, depth + 1) for child in element if _local(child) in _SHAPES]
        kept = [s for s in shapes if s is not None]
        return shapely.GeometryCollection(kept) if kept else None
    raise _BadShapeError(f"Its geometry “{name[:40]}” is not known.")


def _place_of(model: Element) -> Any:
    """Return where a three-dimensional model stands."""
    said = {_local(c): c.text or "" for place in model if _local(place) == "Location" for c in place}
    if not said:
        raise _BadShapeError("It is a three-dimensional model without a place.")
    return shapely.Point(_numbers([[said.get("longitude", ""), said.get("latitude", "")]], 1)[0])


def _polygon(element: Element) -> Any:
    shells: list[Any] = []
    holes: list[Any] = []
    for boundary in element:
        name = _local(boundary)
        if name in ("outerBoundaryIs", "innerBoundaryIs"):
            given = [ring for ring in boundary if _local(ring) == "LinearRing"]
            if name == "innerBoundaryIs":
                given = [ring for ring in given if _coordinates(ring)]  # an empty hole takes nothing away
            rings = [_positions(ring, 3) for ring in given]
            (shells if name == "outerBoundaryIs" else holes).extend(rings)
    if len(shells) != 1:
        raise _BadShapeError("Its area has no outline, or more than one.")
    return shapely.Polygon(shells[0], holes)


def _has_decimal_commas(row: Sequence[str]) -> bool:
    """Tell whether the numbers of a position may be the halves of a longitude and a latitude: 36,34,32,32."""
    return len(row) in _DECIMAL_COMMAS and all(map(_WHOLE.fullmatch, row)) and abs(int(row[2])) <= 90


def _positions(element: Element, least: int) -> Any:
    """Return the coordinates of an element as an (n, 2) array; heights are dropped."""
    rows = [item.split(",") for item in _COMMA.sub(",", _coordinates(element)).split()]
    if len(rows) == 1 and least > 1:
        rows = _apart(rows[0])
    if any(map(_has_decimal_commas, rows)):
        raise _BadShapeError(
            "Its coordinates seem to have decimal commas, so that they cannot be told apart."
        )
    return _numbers(rows, least)


def _coordinates(element: Element) -> str:
    return next((c.text or "" for c in element if _local(c) == "coordinates"), "").strip()


def _apart(numbers: list[str]) -> list[list[str]]:
    """Part positions that have nothing but commas between them, as Google Earth does."""
    size = 3 if len(numbers) % 3 == 0 else 2
    whole = len(numbers) > 3 and len(numbers) % size == 0
    return [numbers[i : i + size] for i in range(0, len(numbers), size)] if whole else [numbers]


def _track(element: Element) -> Any:
    # An empty position is a moment at which it was not known.
    rows = [said for c in element if _local(c) == "coord" and (said := (c.text or "").split())]
    positions = _numbers(rows, 1)
    return shapely.Point(positions[0]) if len(positions) == 1 else shapely.LineString(positions)


def _numbers(rows: list[list[str]], least: int) -> Any:
    if len(rows) < least:
        raise _BadShapeError(
            "It has no coordinates." if not rows else f"Its geometry has fewer than {least} positions."
        )
    try:
        positions = np.array([(float(row[0]), float(row[1])) for row in rows])
    except (ValueError, IndexError) as error:
        raise _BadShapeError("Its coordinates are not pairs of numbers.") from error
    if not np.isfinite(positions).all():
        raise _BadShapeError("A coordinate is not a finite number.")
    return positions
