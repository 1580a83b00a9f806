"""Odd and broken GeoJSON: what editors, old programs, web services and test suites are known to write."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Made = tuple[Path, int | None]

POINT = {"type": "Point", "coordinates": [36.1, 33.5]}
RING = [[36, 33], [37, 33], [37, 34], [36, 34], [36, 33]]
HOLE = [[36.2, 33.2], [36.2, 33.8], [36.8, 33.8], [36.8, 33.2], [36.2, 33.2]]


def feature(geometry: Any = POINT, properties: Any = None, **more: Any) -> dict[str, Any]:
    known = {"name": "A"} if properties is None else properties
    return {"type": "Feature", "geometry": geometry, "properties": known, **more}


def collection(*features: Any, **more: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **more}


def shape(kind: str, coordinates: Any, **more: Any) -> dict[str, Any]:
    return {"type": kind, "coordinates": coordinates, **more}


def crs(name: Any, kind: str = "name") -> dict[str, Any]:
    return {"type": kind, "properties": {"name": name}}


def _deep(depth: int) -> Any:
    inner: Any = POINT
    for _ in range(depth):
        inner = {"type": "GeometryCollection", "geometries": [inner]}
    return inner


def _geometries() -> dict[str, tuple[Any, int | None]]:
    """One geometry each, and how many of the two rows (it, and a good point) must come in."""
    return {
        "null": (None, 1),
        "missing type": ({"coordinates": [36, 33]}, 1),
        "type of another case": (shape("point", [36, 33]), None),
        "type unknown": (shape("Circle", [36, 33], radius=5), 1),
        "type a number": ({"type": 5, "coordinates": [36, 33]}, 1),
        "a string": ("POINT(36 33)", 1),
        "a list": ([36, 33], 1),
        "a number": (5, 1),
        "empty object": ({}, 1),
        "no coordinates": ({"type": "Point"}, 1),
        "coordinates null": (shape("Point", None), 1),
        "coordinates a string": (shape("Point", "36,33"), 1),
        "coordinates strings": (shape("Point", ["36.1", "33.5"]), None),
        "coordinates an object": (shape("Point", {"x": 36, "y": 33}), 1),
        "coordinates empty": (shape("Point", []), 1),
        "one number": (shape("Point", [36]), 1),
        "three numbers": (shape("Point", [36, 33, 100]), 2),
        "four numbers": (shape("Point", [36, 33, 100, 5]), 2),
        "five numbers": (shape("Point", [36, 33, 1, 2, 3]), 2),
        "height null": (shape("Point", [36, 33, None]), None),
        "height text": (shape("Point", [36, 33, "high"]), None),
        "numbers null": (shape("Point", [None, None]), 1),
        "numbers true": (shape("Point", [True, False]), 1),
        "whole numbers": (shape("Point", [36, 33]), 2),
        "whole numbers of 30 digits": (shape("Point", [10**30, 33]), 1),
        "whole numbers of 400 digits": (shape("Point", [10**400, 33]), 1),
        "nested too deep": (shape("Point", [[36, 33]]), 1),
        "beyond the globe": (shape("Point", [361, 33]), None),
        "swapped": (shape("Point", [33.5, 136.1]), 1),
        "exponents": (shape("Point", [3.61e1, 3.35e1]), 2),
        "multipoint": (shape("MultiPoint", [[36, 33], [37, 34]]), 2),
        "multipoint empty": (shape("MultiPoint", []), 1),
        "multipoint of a null": (shape("MultiPoint", [[36, 33], None]), 1),
        "multipoint mixed heights": (shape("MultiPoint", [[36, 33], [37, 34, 5]]), 2),
        "multipoint not nested": (shape("MultiPoint", [36, 33]), 1),
        "line": (shape("LineString", RING), 2),
        "line of one": (shape("LineString", [[36, 33]]), 1),
        "line of one twice": (shape("LineString", [[36, 33], [36, 33]]), 1),
        "line empty": (shape("LineString", []), 1),
        "line mixed heights": (shape("LineString", [[36, 33, 5], [37, 34]]), 2),
        "line of strings": (shape("LineString", [["36", "33"], ["37", "34"]]), None),
        "line with a string": (shape("LineString", [[36, 33], "x"]), 1),
        "line with a deep one": (shape("LineString", [[36, 33], [[1], 2]]), 1),
        "lines": (shape("MultiLineString", [RING, HOLE]), 2),
        "lines with an empty one": (shape("MultiLineString", [RING, []]), None),
        "lines empty": (shape("MultiLineString", []), 1),
        "area": (shape("Polygon", [RING]), 2),
        "area wound the other way": (shape("Polygon", [RING[::-1]]), 2),
        "area not closed": (shape("Polygon", [RING[:-1]]), 2),
        "area of three": (shape("Polygon", [RING[:3]]), 2),
        "area of two": (shape("Polygon", [RING[:2]]), 1),
        "area with hole": (shape("Polygon", [RING, HOLE]), 2),
        "area with hole outside": (shape("Polygon", [RING, [[x + 9, y] for x, y in HOLE]]), 2),
        "area with an empty hole": (shape("Polygon", [RING, []]), 2),
        "area of an empty ring": (shape("Polygon", [[]]), 1),
        "area of a null ring": (shape("Polygon", [None]), 1),
        "area not nested": (shape("Polygon", RING), 1),
        "area nested too deep": (shape("Polygon", [[RING]]), 1),
        "area empty": (shape("Polygon", []), 1),
        "bow-tie": (shape("Polygon", [[[36, 33], [37, 34], [37, 33], [36, 34], [36, 33]]]), 2),
        "area flat": (shape("Polygon", [[[36, 33], [37, 33], [38, 33], [36, 33]]]), 1),
        "area of one place": (shape("Polygon", [[[36, 33]] * 4]), 1),
        "areas": (shape("MultiPolygon", [[RING], [[[x + 2, y] for x, y in RING]]]), 2),
        "areas overlapping": (shape("MultiPolygon", [[RING], [[[x + 0.5, y] for x, y in RING]]]), 2),
        "areas the same": (shape("MultiPolygon", [[RING], [RING]]), 2),
        "areas with an empty one": (shape("MultiPolygon", [[RING], []]), None),
        "areas empty": (shape("MultiPolygon", []), 1),
        "areas not nested": (shape("MultiPolygon", [RING]), 1),
        "collection": (
            {"type": "GeometryCollection", "geometries": [POINT, shape("LineString", RING)]},
            None,
        ),
        "collection of points": ({"type": "GeometryCollection", "geometries": [POINT, POINT]}, 2),
        "collection empty": ({"type": "GeometryCollection", "geometries": []}, 1),
        "collection of nulls": ({"type": "GeometryCollection", "geometries": [None, None]}, 1),
        "collection without members": ({"type": "GeometryCollection"}, 1),
        "collection in collection": (_deep(2), 2),
        "collection 15 deep": (_deep(15), 2),
        "collection 40 deep": (_deep(40), 1),
        "collection 300 deep": (_deep(300), None),
        "a feature in its place": (feature(), None),
        "a collection of features in its place": (collection(feature()), None),
        "across the antimeridian": (
            shape("Polygon", [[[179, 0], [-179, 0], [-179, 1], [179, 1], [179, 0]]]),
            2,
        ),
        "counted 0 to 360": (shape("Point", [190, 10]), None),
        "with a bbox": (shape("Point", [36, 33], bbox=[0, 0, 1, 1]), 2),
        "with a crs": (shape("Point", [36, 33], crs=crs("EPSG:4326")), 2),
        "with properties": (shape("Point", [36, 33], properties={"a": 1}), 2),
        "spelt geometery": (None, 1),
    }


def _features() -> dict[str, tuple[Any, int | None]]:
    """One odd member of a collection each, beside a good point."""
    return {
        "null": (None, 1),
        "a string": ("x", 1),
        "a list": ([], 1),
        "a bare geometry": (POINT, None),
        "a collection": (collection(feature(), feature()), None),
        "without geometry": ({"type": "Feature", "properties": {}}, 1),
        "without properties": ({"type": "Feature", "geometry": POINT}, 2),
        "properties null": (feature(properties=None) | {"properties": None}, 2),
        "properties a list": (feature() | {"properties": [1, 2]}, 2),
        "properties a string": (feature() | {"properties": "x"}, 2),
        "without type": ({"geometry": POINT, "properties": {}}, None),
        "type misspelt": (feature() | {"type": "feature"}, None),
        "id a number": (feature(id=5), 2),
        "id a string": (feature(id="x"), 2),
        "id null": (feature(id=None), 2),
        "id an object": (feature(id={"a": 1}), 2),
        "id a float": (feature(id=1.5), 2),
        "id beside a property id": (feature(properties={"id": 7}, id=8), 2),
        "properties nested": (feature(properties={"a": {"b": [1, {"c": None}]}}), 2),
        "property named geometry": (feature(properties={"geometry": "x", "type": "Topology"}), 2),
        "property named ''": (feature(properties={"": 1}), 2),
        "property of a number beyond 64 bits": (feature(properties={"n": 2**70}), 2),
        "property of 10^4000": (feature(properties={"n": 10**4000}), 2),
        "property true": (feature(properties={"a": True, "b": False}), 2),
        "property of a megabyte": (feature(properties={"a": "x" * 1_000_000}), 2),
        "property of half a character": (feature(properties={"a": "\ud800"}), 2),
        "property of NUL": (feature(properties={"a": "x\0y"}), 2),
        "property of marks of direction": (feature(properties={"a": "\u202ecod.exe"}), 2),
        "property of a script": (feature(properties={"a": "<script>alert(1)</script>{{7*7}}"}), 2),
        "property of a formula": (feature(properties={"a": "=cmd|' /C calc'!A0"}), 2),
        "3,000 properties": (feature(properties={f"p{i}": i for i in range(3_000)}), 2),
        "a property of mixed sorts": (feature(properties={"name": 5}), 2),
        "a name of 10,000 letters": (feature(properties={"n" * 10_000: 1}), 2),
    }


def _documents() -> dict[str, tuple[Any, int | None]]:
    """Whole documents, and how many rows must come in."""
    good = collection(feature(), feature())
    return {
        "good": (good, 2),
        "no features": (collection(), 0),
        "features null": (collection() | {"features": None}, None),
        "features an object": (collection() | {"features": {"0": feature()}}, None),
        "features missing": ({"type": "FeatureCollection"}, None),
        "type missing": ({"features": [feature()]}, None),
        "type misspelt": (good | {"type": "featurecollection"}, None),
        "a feature": (feature(), 1),
        "a geometry": (POINT, 1),
        "a geometry collection": ({"type": "GeometryCollection", "geometries": [POINT, POINT]}, 1),
        "a list of features": ([feature(), feature()], 2),
        "a list of geometries": ([POINT, POINT], None),
        "an empty list": ([], None),
        "an empty object": ({}, None),
        "null": (None, None),
        "a string": ("x", None),
        "a number": (5, None),
        "other JSON": ({"status": 404, "message": "not found"}, None),
        "an error of ArcGIS": ({"error": {"code": 400, "details": []}}, None),
        "Esri JSON": (
            {
                "geometryType": "esriGeometryPoint",
                "spatialReference": {"wkid": 4326},
                "features": [{"attributes": {"a": 1}, "geometry": {"x": 36, "y": 33}}],
            },
            None,
        ),
        "TopoJSON": (
            {"type": "Topology", "objects": {"a": {"type": "Point", "coordinates": [36, 33]}}, "arcs": []},
            None,
        ),
        "JSON-FG": (good | {"conformsTo": ["[ogc-json-fg-1-0.1:core]"], "coordRefSys": "EPSG:4326"}, 2),
        "a STAC item": (feature(stac_version="1.0.0", assets={}, links=[], bbox=[0, 0, 1, 1]), 1),
        "nested collections": (collection(collection(feature(), feature())), None),
        "crs null": (good | {"crs": None}, 2),
        "crs CRS84": (good | {"crs": crs("urn:ogc:def:crs:OGC:1.3:CRS84")}, 2),
        "crs EPSG:4326": (good | {"crs": crs("EPSG:4326")}, 2),
        "crs URN 4326": (good | {"crs": crs("urn:ogc:def:crs:EPSG::4326")}, 2),
        "crs URL": (good | {"crs": crs("http://www.opengis.net/def/crs/EPSG/0/4326")}, 2),
        "crs unknown": (good | {"crs": crs("EPSG:99999999")}, None),
        "crs text": (good | {"crs": "EPSG:4326"}, 2),
        "crs linked": (
            good | {"crs": {"type": "link", "properties": {"href": "http://example.invalid/crs"}}},
            None,
        ),
        "crs of the first draft": (good | {"crs": {"type": "EPSG", "properties": {"code": 4326}}}, 2),
        "crs empty": (good | {"crs": {}}, None),
        "crs name a number": (good | {"crs": crs(4326)}, None),
        "crs name empty": (good | {"crs": crs("")}, None),
        "crs proj": (good | {"crs": crs("+proj=longlat +datum=WGS84")}, None),
        "crs Web Mercator": (
            collection(
                feature(shape("Point", [4_007_534, 3_955_000])), crs=crs("urn:ogc:def:crs:EPSG::3857")
            ),
            1,
        ),
        "crs UTM": (collection(feature(shape("Point", [500_000, 3_700_000])), crs=crs("EPSG:32637")), 1),
        "metres and no crs": (collection(feature(shape("Point", [500_000, 3_700_000]))), 0),
        "a bbox": (good | {"bbox": [0, 0, 1, 1]}, 2),
        "a bbox of text": (good | {"bbox": "x"}, 2),
        "features before type": ({"features": [feature()], "type": "FeatureCollection"}, 1),
        "foreign members": (good | {"name": "sites", "xy_coordinate_resolution": 1e-9, "generator": "x"}, 2),
    }


def _texts() -> dict[str, tuple[bytes, int | None]]:
    """Bytes: encodings, dialects, damage."""
    good = json.dumps(collection(feature(properties={"name": "مستشفى"}), feature()), ensure_ascii=False)
    data = good.encode()
    lines = [json.dumps(feature(properties={"n": i})) for i in range(3)]
    return {
        "BOM": (b"\xef\xbb\xbf" + data, 2),
        "two BOMs": (b"\xef\xbb\xbf" * 2 + data, None),
        "UTF-16": (good.encode("utf-16"), 2),
        "UTF-16 big-endian without BOM": (good.encode("utf-16-be"), None),
        "UTF-32": (good.encode("utf-32"), None),
        "cp1256": (good.encode("cp1256"), 2),
        "Latin-1": (good.replace("مستشفى", "é").encode("latin-1"), 2),
        "escaped": (json.dumps(json.loads(good)).encode(), 2),
        "blanks before": (b" \r\n\t" * 50 + data, 2),
        "rubbish after": (data + b"\n;", None),
        "twice": (data + b"\n" + data, None),
        "NUL after": (data + bytes(20), None),
        "a comment": (b"// made by hand\n" + data, None),
        "a block comment": (b"/* x */" + data, None),
        "a variable": (b"var sites = " + data + b";", None),
        "JSONP": (b"callback(" + data + b");", 2),
        "in a script": (b"var sites_1 = " + data + b";\n", 2),
        "in a script, cut": (b"var sites_1 = " + data[:-9], None),
        "single quotes": (data.replace(b'"', b"'"), None),
        "a trailing comma": (data.replace(b"]}", b",]}"), None),
        "NaN": (b'{"type":"Point","coordinates":[NaN,33]}', 0),
        "Infinity": (b'{"type":"Point","coordinates":[36,Infinity]}', 0),
        "-Infinity property": (
            b'{"type":"Feature","geometry":{"type":"Point","coordinates":[36,33]},"properties":{"a":-Infinity}}',
            1,
        ),
        "1e999": (b'{"type":"Point","coordinates":[1e999,33]}', 0),
        "a key twice": (
            b'{"type":"Feature","type":"Feature","geometry":null,"geometry":{"type":"Point","coordinates":[36,33]},"properties":{"a":1,"a":2}}',
            1,
        ),
        "cut in half": (data[: len(data) // 2], None),
        "cut at its end": (data[:-2], None),
        "one byte": (b"{", None),
        "empty": (b"", None),
        "blank": (b"   \n", None),
        "null bytes": (bytes(2000), None),
        "a line break in a string": (good.replace("A", "A\nB").encode(), None),
        "a bad escape": (good.replace("A", "\\x41").encode(), None),
        "half a surrogate": (good.replace("A", "\\ud800").encode(), 2),
        "nested 100,000 deep": (b"[" * 100_000, None),
        "nested objects 50,000 deep": (b'{"a":' * 50_000, None),
        "coordinates nested 2,000 deep": (
            b'{"type":"Polygon","coordinates":' + b"[" * 2_000 + b"1" + b"]" * 2_000 + b"}",
            None,
        ),
        "lines": ("\n".join(lines).encode(), 3),
        "lines with CRLF": ("\r\n".join(lines).encode(), 3),
        "lines with blanks between": ("\n\n\n".join(lines).encode(), 3),
        "lines with separators (RFC 8142)": (b"".join(b"\x1e" + l.encode() + b"\n" for l in lines), 3),
        "lines with separators only": (b"\x1e".join(l.encode() for l in ["", *lines]), None),
        "lines, one damaged": ("\n".join([lines[0], lines[1][:-5], lines[2]]).encode(), 2),
        "lines, last cut": ("\n".join(lines).encode()[:-9], 2),
        "lines of geometries": ("\n".join([json.dumps(POINT)] * 3).encode(), 3),
        "lines, first not a feature": ("\n".join(['{"a":1}', *lines]).encode(), None),
        "lines with BOM": (b"\xef\xbb\xbf" + "\n".join(lines).encode(), 3),
        "features over several lines": (
            "\n".join(json.dumps(json.loads(l), indent=1) for l in lines).encode(),
            None,
        ),
        "lines with commas": (",\n".join(lines).encode(), None),
        "lines of collections": ("\n".join([good, good]).encode(), None),
        "gzip": (gzip.compress(data), None),
        "a VRT in disguise": (
            b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>',
            None,
        ),
        "a GDALG pipeline": (
            b'{"type":"gdal_streamed_alg","command_line":"gdal vector pipeline ! read /etc/passwd"}',
            None,
        ),
        "HTML": (b"<!DOCTYPE html><html><body>Log in</body></html>", None),
        "XML": (b"<?xml version='1.0'?><ServiceException>x</ServiceException>", None),
        "a megabyte of blanks": (b" " * 1_000_000 + data, None),
        "a number of 100,000 digits": (b'{"type":"Point","coordinates":[' + b"1" * 100_000 + b",33]}", None),
        "5,000 features": (json.dumps(collection(*[feature()] * 5_000)).encode(), 5_000),
        "a ring of 100,000": (json.dumps(shape("Polygon", [_circle(100_000)])).encode(), 1),
        "a star of 2,001": (json.dumps(shape("Polygon", [_star(2_001)])).encode(), None),
        "40 stars of 1,001": (
            json.dumps(collection(*[feature(shape("Polygon", [_star(1_001)]))] * 40)).encode(),
            None,
        ),
    }


def _circle(n: int) -> list[list[float]]:
    from math import cos, pi, sin

    ring = [[36 + cos(2 * pi * i / n), 33 + sin(2 * pi * i / n)] for i in range(n)]
    return [*ring, ring[0]]


def _star(n: int) -> list[list[float]]:
    ring = _circle(n)[:-1]
    star = [ring[i * (n // 2) % n] for i in range(n)]
    return [*star, star[0]]


def _written(data: bytes, want: int | None, name: str = "sites.geojson") -> Callable[[Path], Made]:
    def make(folder: Path) -> Made:
        (folder / name).write_bytes(data)
        return folder / name, want

    return make


def cases() -> dict[str, Callable[[Path], Made]]:
    """Return every odd GeoJSON file by name."""
    found = {}
    for name, (geometry, want) in _geometries().items():
        found[f"geometry {name}"] = _written(
            json.dumps(collection(feature(geometry), feature())).encode(), want
        )
    for name, (member, want) in _features().items():
        found[f"feature {name}"] = _written(json.dumps(collection(member, feature())).encode(), want)
    for name, (document, want) in _documents().items():
        found[f"document {name}"] = _written(json.dumps(document).encode(), want)
    for name, (data, want) in _texts().items():
        found[f"text {name}"] = _written(data, want)
    good = json.dumps(collection(feature())).encode()
    for name in (
        "sites.json",
        "SITES.GEOJSON",
        "sites.txt",
        "sites",
        "sites.kml",
        "sites.shp",
        "مواقع.geojson",
        "a b.geojson",
    ):
        found[f"called {name}"] = _written(good, 1, name)
    return {f"geojson: {name}": make for name, make in found.items()}
