"""KMZ (KML 2.2): plain styles, no external references, every text escaped twice where viewers render HTML."""

import html
import io
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import defusedxml.ElementTree
import numpy as np
import shapely

from layers.release_reading import layers_of
from layers.released import DECIMALS, ReadBack, Release, ReleasedLayer, Style, plain, require_release

_NAMESPACE = "http://www.opengis.net/kml/2.2"
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)
"""Zip members carry a date; the earliest one tells nothing."""


class KmzWriter:
    """Writes and reads back KMZ."""

    id = "kmz"
    title = "KMZ (Google Earth)"
    extension = ".kmz"

    def constants(self) -> tuple[str, ...]:
        """Return nothing: all that this format holds is the release's."""
        return ()

    def write(self, release: Release, path: Path) -> None:
        """Write one `doc.kml` into a zip with neutral dates and no extra fields."""
        release = require_release(release)
        member = zipfile.ZipInfo("doc.kml", _FIXED_DATE)
        member.compress_type = zipfile.ZIP_DEFLATED
        member.create_system = 0  # The same on every system
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(member, _document(release))

    def read_back(self, path: Path) -> ReadBack:
        """Unpack and parse the KML; every element text and attribute counts as readable."""
        with zipfile.ZipFile(path) as archive:
            members = archive.namelist()
            root = defusedxml.ElementTree.fromstring(archive.read("doc.kml"))
        texts = list(members)
        points: list[list[float]] = []
        for element in root.iter():
            texts += [*element.attrib.values(), element.text or "", element.tail or ""]
            texts += [html.unescape(element.text or "")] if element.tag == _tag("description") else []
            if element.tag == _tag("coordinates"):
                points += [[float(n) for n in pair.split(",")] for pair in (element.text or "").split()]
        names, fields = [], []
        for folder in root.iter(_tag("Folder")):
            for placemark in folder.iter(_tag("Placemark")):
                names.append(folder.findtext(_tag("name")) or "")
                fields.append([data.attrib["name"] for data in placemark.iter(_tag("Data"))])
        return ReadBack(layers_of(names, fields), tuple(texts), np.array(points, dtype=float).reshape(-1, 2))


def _tag(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"


def _document(release: Release) -> bytes:
    root = ET.Element("kml", xmlns=_NAMESPACE)
    document = ET.SubElement(root, "Document")
    _text(document, "name", f"{release.title} {release.number}")
    _text(document, "open", "1")
    _text(document, "Snippet", release.marking)
    _text(document, "description", _about(release))
    for layer in release.layers:
        _style(document, layer)
        folder = ET.SubElement(document, "Folder")
        _text(folder, "name", layer.title)
        for i in range(len(layer)):
            _placemark(folder, layer, i)
    stream = io.BytesIO()
    ET.ElementTree(root).write(stream, encoding="utf-8", xml_declaration=True)
    return stream.getvalue()


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = text


def _about(release: Release) -> str:
    """Return what the product says of itself, as HTML that is all text (viewers render descriptions)."""
    information = release.information()
    lines = [release.mode_words, release.marking]
    lines += [f"As of {information['as_of']}, valid until {information['valid_until']}"]
    lines += [
        f"Number {release.number}" + (f", supersedes {release.supersedes}" if release.supersedes else "")
    ]
    lines += [
        *release.caveats,
        f"Contact: {release.contact}",
        *(f"Source: {name}" for name in release.sources),
    ]
    return "<br/>".join(html.escape(line) for line in lines if line)


def _style(document: ET.Element, layer: ReleasedLayer) -> None:
    style = ET.SubElement(document, "Style", id=layer.id)
    icon = ET.SubElement(style, "IconStyle")
    _text(icon, "color", _colour(layer.style.stroke, "ff"))
    _text(icon, "scale", "0.9")
    line = ET.SubElement(style, "LineStyle")
    _text(line, "color", _colour(layer.style.stroke, "ff"))
    _text(line, "width", "2")
    polygon = ET.SubElement(style, "PolyStyle")
    _text(polygon, "color", _colour(_fill(layer.style), "55"))


def _fill(style: Style) -> str:
    return style.fill or style.stroke


def _colour(rgb: str, alpha: str) -> str:
    """Return #rrggbb as KML's aabbggrr."""
    return f"{alpha}{rgb[5:7]}{rgb[3:5]}{rgb[1:3]}"


def _placemark(folder: ET.Element, layer: ReleasedLayer, i: int) -> None:
    placemark = ET.SubElement(folder, "Placemark")
    values = {column.name: plain(column.values[i]) for column in layer.columns}
    _text(placemark, "name", str(values.get("name") or values.get("category") or layer.title))
    ET.SubElement(placemark, "Snippet", maxLines="0")
    shown = [
        (column.label, values[column.name]) for column in layer.columns if values[column.name] is not None
    ]
    lines = [f"<b>{html.escape(label)}</b>: {html.escape(str(value))}" for label, value in shown]
    _text(placemark, "description", "<br/>".join(lines))
    _time_span(placemark, values)
    _text(placemark, "styleUrl", f"#{layer.id}")
    data = ET.SubElement(placemark, "ExtendedData")
    for column in layer.columns:
        item = ET.SubElement(data, "Data", name=column.name)
        _text(item, "displayName", column.label)
        value = values[column.name]
        _text(item, "value", "" if value is None else str(value))
    _geometry(placemark, layer.geometry[i])


def _time_span(placemark: ET.Element, values: dict[str, Any]) -> None:
    begin, end = values.get("valid_from"), values.get("valid_to")
    if not begin and not end:
        return
    span = ET.SubElement(placemark, "TimeSpan")
    for tag, moment in (("begin", begin), ("end", end)):
        if moment:
            _text(span, tag, moment)


def _geometry(parent: ET.Element, geometry: Any) -> None:
    parts = shapely.get_parts(geometry)
    if len(parts) != 1:
        parent = ET.SubElement(parent, "MultiGeometry")
    for part in parts:
        if part.geom_type == "Point":
            _text(ET.SubElement(parent, "Point"), "coordinates", _coordinates(part))
        elif part.geom_type in ("LineString", "LinearRing"):
            line = ET.SubElement(parent, "LineString")
            _text(line, "tessellate", "1")
            _text(line, "coordinates", _coordinates(part))
        else:
            _polygon(parent, shapely.orient_polygons(part))


def _polygon(parent: ET.Element, part: Any) -> None:
    polygon = ET.SubElement(parent, "Polygon")
    _text(polygon, "tessellate", "1")
    for tag, ring in _rings(part):
        boundary = ET.SubElement(ET.SubElement(polygon, tag), "LinearRing")
        _text(boundary, "coordinates", _coordinates(ring))


def _rings(polygon: Any) -> Iterator[tuple[str, Any]]:
    yield "outerBoundaryIs", polygon.exterior
    for ring in polygon.interiors:
        yield "innerBoundaryIs", ring


def _coordinates(geometry: Any) -> str:
    points = shapely.get_coordinates(geometry)
    return " ".join(f"{lon:.{DECIMALS}f},{lat:.{DECIMALS}f}" for lon, lat in points)


WRITER = KmzWriter()
