"""GeoJSON (RFC 7946 and the older form with a `crs` member), also one feature a line."""

import json
import re
from collections import Counter
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from layers import encoding
from layers.errors import ReadingError
from layers.model import Objects
from layers.reading import Action, Decided, Imported, Problem, ReadOptions
from layers.settling import Draft, settle

_MAX_COLLECTION_DEPTH = 16
_MAX_COLUMNS = 2_000
_GEOMETRIES = {
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection",
}  # fmt: skip


_SPELT = {name.casefold(): name for name in _GEOMETRIES}
_LIST = re.compile(rb'\[\s*\{[^\[]*"(Feature|geometry)"')
"""A bare list of features: no GeoJSON, but what scripts write."""
_SCRIPT = re.compile(r'\s*(?:[\w.$]{1,80}\s*\(\s*|(?:(?:var|let|const)\s+)?[\w.$]{1,80}\s*=\s*)(?=\{\s*")')
"""What stands before GeoJSON in a script: the call of a function, or a variable (as qgis2web writes)."""
_SCRIPT_END = re.compile(r"[\s;)]*\Z")
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class _BadShapeError(ValueError):
    """A geometry that cannot be built; the text says why."""


class GeoJsonReader:
    """Reads a FeatureCollection, a Feature, a bare geometry, or one of them a line.

    Every member of `features` counts as a row; one that is no feature is skipped with the reason. Attributes
    that are lists or objects are kept as JSON text.
    """

    id = "geojson"
    title = "GeoJSON"
    extensions: tuple[str, ...] = (".geojson", ".json", ".geojsonl")
    has_layers = False

    def sniff(self, head: bytes, path: Path) -> bool:
        """Tell JSON by its first character (a record separator and a byte order mark may precede it)."""
        if head.startswith(_UTF16):
            head = head.decode("utf-16", "replace").encode()
        start = head.lstrip(_BOM + b" \t\r\n\x1e")
        if start.startswith(b"{") or _LIST.match(start) is not None:
            return True
        script = _SCRIPT.match(start[:400].decode("utf-8", "replace"))
        return script is not None and b'"type"' in start

    def read(self, path: Path, options: ReadOptions) -> Imported:
        """Read the private copy `path`."""
        text, decided = _text(path.read_bytes(), options.encoding)
        rows, crs = _features(_out_of_script(text))
        geometry = np.empty(len(rows), dtype=object)
        problems: list[Problem] = []
        attributes: list[dict[str, Any]] = []
        points: dict[int, tuple[float, float]] = {}
        for i, feature in enumerate(rows):
            properties: dict[str, Any] = {}
            try:
                properties = _properties(feature)
                point = _plain_point(feature.get("geometry"))
                if point is None:
                    geometry[i] = _shape(feature.get("geometry"))
                else:
                    points[i] = point
            except _BadShapeError as error:
                problems.append(Problem(i + 1, Action.SKIPPED, "bad_feature", str(error)))
            attributes.append(properties)
        columns = _columns(attributes, problems)
        if points:
            geometry[list(points)] = shapely.points(list(points.values()))
        return settle(
            Draft(
                format=self.id,
                layers=(path.stem,),
                layer=path.stem,
                rows=len(rows),
                row=np.arange(1, len(rows) + 1),
                geometry=geometry,
                columns=columns,
                crs=crs or "EPSG:4326",
                crs_how="" if crs else "GeoJSON is longitude and latitude on WGS 84 by its standard.",
                encoding=decided,
                problems=problems,
            ),
            options,
        )


def _text(data: bytes, asked: str | None) -> tuple[str, Decided]:
    """Decode the file: UTF-8 by the standard; where it is not, what it most plausibly is, as a doubt."""
    if asked in (None, "utf-8", "utf-8-sig"):
        name = "utf-16" if data.startswith(_UTF16) else "utf-8"
        try:
            text = data.decode(name).lstrip("\ufeff")
        except UnicodeDecodeError:
            pass
        else:
            by_mark = "The file begins with the mark of UTF-16, though GeoJSON is UTF-8 by its standard."
            how = "GeoJSON is UTF-8 by its standard." if name == "utf-8" else by_mark
            return text, Decided(name, how, (name,))
    decided = encoding.decide_text(data, None if asked in ("utf-8", "utf-8-sig") else asked)
    return encoding.decode(data, decided.value), decided


def _out_of_script(text: str) -> str:
    """Return the GeoJSON alone where a script holds it."""
    script = None if text.startswith("{") else _SCRIPT.match(text)
    return text if script is None else _SCRIPT_END.sub("", text[script.end() :])


def _features(text: str) -> tuple[list[Any], str | None]:
    """Parse the file into its rows and the name of its coordinate system, if it gives one."""
    try:
        document = json.loads(text, strict=False)
    except RecursionError as error:  # the parser's own bound, long before its stack ends
        raise ReadingError(
            "The JSON is nested deeper than any map data.", "Ask the partner where it comes from."
        ) from error
    except ValueError as error:
        lines = _lines(text)
        if lines is None:
            place = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
            raise ReadingError(
                f"The JSON is damaged or cut off{place}.", "Ask the partner to send it again."
            ) from error
        return lines, None
    return _members(document)


def _members(document: Any) -> tuple[list[Any], str | None]:
    if isinstance(document, list) and any(isinstance(item, dict) and "geometry" in item for item in document):
        return document, None
    if not isinstance(document, dict):
        raise ReadingError("This is JSON, but not GeoJSON.")
    features = document.get("features")
    if isinstance(features, list) and document.get("type") not in ("Topology",):
        if "spatialReference" in document or "geometryType" in document:
            raise ReadingError("This is Esri JSON, not GeoJSON.", "Ask the partner to export GeoJSON.")
        return features, _crs(document.get("crs"))
    if document.get("type") == "Feature":
        return [document], _crs(document.get("crs"))
    if document.get("type") in _GEOMETRIES:
        return [{"type": "Feature", "geometry": document, "properties": {}}], _crs(document.get("crs"))
    raise ReadingError("This is JSON, but not GeoJSON.", "It has no features.")


def _lines(text: str) -> list[Any] | None:
    """Read one document a line; None when the first line is none. A bad line is a row, but no feature."""
    rows: list[Any] = []
    for line in text.splitlines():
        plain = line.strip(" \t\r\n\x1e")
        if not plain:
            continue
        try:
            item = json.loads(plain, strict=False)
        except (ValueError, RecursionError):
            item = None
        if not rows and not (isinstance(item, dict) and item.get("type") in (*_GEOMETRIES, "Feature")):
            return None
        bare = isinstance(item, dict) and item.get("type") in _GEOMETRIES
        rows.append({"type": "Feature", "geometry": item, "properties": {}} if bare else item)
    return rows or None


def _crs(member: Any) -> str | None:
    """Return the name in an old-style `crs` member; something unusable is passed on so that it is doubted."""
    if not isinstance(member, dict):
        return None
    properties = member.get("properties")
    name = properties.get("name") if isinstance(properties, dict) else None
    code = properties.get("code") if isinstance(properties, dict) else None
    if isinstance(name, str):
        return name
    return f"EPSG:{code}" if isinstance(code, int | str) else "unusable crs member"


def _properties(feature: Any) -> dict[str, Any]:
    if not isinstance(feature, dict):
        raise _BadShapeError("It is not a feature.")
    properties = feature.get("properties")
    result: dict[str, Any] = {}
    if isinstance(feature.get("id"), str | int | float):
        result["id"] = feature["id"]
    if isinstance(properties, dict):
        result.update({k: _value(v) for k, v in properties.items()})
    return result


def _value(value: Any) -> Any:
    """Keep plain values; a list or object becomes JSON text, an integer beyond 64 bits text."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int) and abs(value) >= 2**63:
        return str(value)
    return value


def _columns(attributes: list[dict[str, Any]], problems: list[Problem]) -> dict[str, Objects]:
    """Make a column of each property; of very many names, the most frequent ones."""
    names = dict.fromkeys(name for row in attributes for name in row)
    if len(names) > _MAX_COLUMNS:
        what = f"There are {len(names):,} different properties; the {_MAX_COLUMNS:,} most frequent were read."
        problems.append(Problem(None, Action.DOUBT, "many_columns", what, "Ask the partner for a table."))
        usual = Counter(name for row in attributes for name in row).most_common(_MAX_COLUMNS)
        names = dict.fromkeys(name for name, _ in usual)
    columns: dict[str, Objects] = {}
    for name in names:
        column = np.empty(len(attributes), dtype=object)
        column[:] = [row.get(name) for row in attributes]
        columns[name] = column
    return columns


def _shape(geometry: Any, depth: int = 0) -> Any:
    """Build a geometry; None for a missing or empty one."""
    if geometry is None:
        return None
    if not isinstance(geometry, dict):
        raise _BadShapeError("Its geometry is not an object.")
    kind = geometry.get("type")
    kind = _SPELT.get(kind.casefold(), kind) if isinstance(kind, str) else kind
    if kind == "GeometryCollection":
        members = geometry.get("geometries")
        if depth >= _MAX_COLLECTION_DEPTH or not isinstance(members, list):
            raise _BadShapeError("Its geometry collection is nested too deep or has no members.")
        shapes = [s for s in (_shape(m, depth + 1) for m in members) if s is not None]
        return shapely.GeometryCollection(shapes) if shapes else None
    if not isinstance(kind, str) or kind not in _GEOMETRIES:
        raise _BadShapeError(f"Its geometry type “{str(kind)[:40]}” does not exist in GeoJSON.")
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list):
        raise _BadShapeError("Its geometry has no coordinates.")
    return _BUILD[kind](coordinates) if coordinates else None


def _plain_point(geometry: Any) -> tuple[float, float] | None:
    """Return the position of a point in perfect order (files are full of them), None for anything else."""
    if type(geometry) is not dict or geometry.get("type") != "Point":
        return None
    at = geometry.get("coordinates")
    if type(at) is not list or len(at) < 2 or type(at[0]) is not float or type(at[1]) is not float:
        return None
    return (at[0], at[1]) if isfinite(at[0]) and isfinite(at[1]) else None


def _positions(values: Any, least: int) -> Any:
    """Check a list of positions and return it as an (n, 2) array; a third number (height) is dropped."""
    if not isinstance(values, list) or len(values) < least:
        raise _BadShapeError(f"Its geometry has fewer than {least} positions.")
    try:
        array = np.array(values)
    except ValueError:  # positions of different length: with and without height
        array = _without_heights(values)
    if array.ndim != 2 or array.shape[1] < 2 or array.dtype.kind not in "iuf":
        raise _BadShapeError("Its coordinates are not pairs of numbers.")
    positions = array[:, :2].astype(np.float64)
    if not np.isfinite(positions).all():
        raise _BadShapeError("A coordinate is not a finite number.")
    return positions


def _without_heights(values: list[Any]) -> Any:
    try:
        return np.array([v[:2] if isinstance(v, list) else None for v in values])
    except ValueError:  # something that is no number among them
        return np.empty(0)


def _point(values: Any) -> Any:
    x, y = _positions([values], 1)[0]
    return shapely.points(x, y)


def _line(values: Any) -> Any:
    return shapely.LineString(_positions(values, 2))


def _polygon(values: Any) -> Any:
    if not all(isinstance(ring, list) for ring in values):
        raise _BadShapeError("Its rings are not lists of positions.")
    rings = [_positions(ring, 3) for ring in values if ring]
    if not rings:
        raise _BadShapeError("Its geometry has no coordinates.")
    return shapely.Polygon(rings[0], rings[1:])


_BUILD: dict[str, Any] = {
    "Point": _point,
    "LineString": _line,
    "Polygon": _polygon,
    "MultiPoint": lambda values: shapely.MultiPoint(_positions(values, 1)),
    "MultiLineString": lambda values: shapely.MultiLineString([_line(v) for v in _lists(values)]),
    "MultiPolygon": lambda values: shapely.MultiPolygon([_polygon(v) for v in _lists(values)]),
}


def _lists(values: list[Any]) -> list[Any]:
    """Return the parts that are not empty."""
    if not all(isinstance(v, list) for v in values):
        raise _BadShapeError("Its parts are not lists.")
    return [v for v in values if v]
