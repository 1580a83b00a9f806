"""Odd and broken GPX, GML, MIF and DXF: what receivers, map services and drawing programs are known to write."""

from collections.abc import Callable
from pathlib import Path

Made = tuple[Path, int | None]
NS11 = "http://www.topografix.com/GPX/1/1"
WPT = '<wpt lat="33.5" lon="36.1"><name>Good</name></wpt>'
TRK = '<trk><name>T</name><trkseg><trkpt lat="33" lon="36"/><trkpt lat="34" lon="37"/></trkseg></trk>'
RTE = '<rte><rtept lat="33" lon="36"/><rtept lat="34" lon="37"/></rte>'


def gpx(body: str, namespace: str = f' xmlns="{NS11}"', head: str = '<?xml version="1.0"?>') -> str:
    return f'{head}<gpx version="1.1"{namespace}>{body}</gpx>'


def _gpx() -> dict[str, tuple[str | bytes, int | None]]:
    """Whole files, and how many rows must come in."""

    def at(lat: str, lon: str) -> str:
        return f'<wpt lat="{lat}" lon="{lon}"/>'

    entity = '<!DOCTYPE gpx [<!ENTITY a "x">]>'
    return {
        "good": (gpx(WPT), 1),
        "1.0": (gpx(WPT, ' xmlns="http://www.topografix.com/GPX/1/0"'), 1),
        "no namespace": (gpx(WPT, ""), 1),
        "another namespace": (gpx(WPT, ' xmlns="http://x.invalid"'), 1),
        "with a prefix": (f'<g:gpx xmlns:g="{NS11}"><g:wpt lat="33" lon="36"/></g:gpx>', 1),
        "a prefix that is not declared": (gpx(WPT.replace("<name>", "<x:a>1</x:a><name>")), None),
        "routes": (gpx(RTE), 1),
        "tracks": (gpx(TRK + TRK), 2),
        "all three": (gpx(WPT + WPT + WPT + TRK + RTE), 3),
        "an empty track": (gpx("<trk/>" + TRK), 1),
        "an empty segment": (gpx(TRK.replace("<trkseg>", "<trkseg/><trkseg>")), 1),
        "a track of one position": (gpx('<trk><trkseg><trkpt lat="33" lon="36"/></trkseg></trk>'), 1),
        "a track that stands still": (gpx("<trk><trkseg>" + '<trkpt lat="33" lon="36"/>' * 3 + "</trkseg></trk>"), None),
        "positions outside segments": (gpx('<trk><trkpt lat="33" lon="36"/></trk>' + WPT), None),
        "no lat": (gpx('<wpt lon="36"/>' + WPT), 1),
        "lat of text": (gpx(at("north", "36") + WPT), 1),
        "lat with a comma": (gpx(at("33,5", "36,1") + WPT), 1),
        "lat nan": (gpx(at("nan", "36") + WPT), 1),
        "lat beyond": (gpx(at("133.5", "36") + WPT), 1),
        "lon beyond": (gpx(at("33.5", "190") + WPT), None),
        "names twice": (gpx(WPT.replace("<name>", "<name>x</name><name>")), 1),
        "names in CDATA": (gpx(WPT.replace("Good", "<![CDATA[<b>Good</b>]]>")), 1),
        "names with marks of direction": (gpx(WPT.replace("Good", "\u202eevil")), 1),
        "a hundred links": (gpx(WPT.replace("<name>", '<link href="a"/>' * 100 + "<name>")), 1),
        "extensions 60 deep": (gpx(WPT.replace("<name>", "<extensions>" + "<a>" * 60 + "x" + "</a>" * 60 + "</extensions><name>")), 1),
        "extensions 5,000 deep": (gpx(WPT.replace("<name>", "<extensions>" + "<a>" * 5_000 + "</a>" * 5_000 + "</extensions><name>")), None),
        "nothing": (gpx(""), None),
        "metadata only": (gpx("<metadata><name>x</name></metadata>"), None),
        "an entity": (gpx(WPT, head=entity), None),
        "BOM": (b"\xef\xbb\xbf" + gpx(WPT).encode(), 1),
        "UTF-16": (gpx(WPT, head='<?xml version="1.0" encoding="UTF-16"?>').encode("utf-16"), 1),
        "Latin-1": (gpx(WPT.replace("Good", "é"), head='<?xml version="1.0" encoding="ISO-8859-1"?>').encode("latin-1"), 1),
        "says UTF-8, is Latin-1": (gpx(WPT.replace("Good", "é")).encode("latin-1"), None),
        "cut": (gpx(WPT)[:-8], None),
        "junk after": (gpx(WPT) + "x", None),
        "20,000 positions": (gpx("<trk><trkseg>" + "".join(f'<trkpt lat="33" lon="{36 + i / 1e5}"/>' for i in range(20_000)) + "</trkseg></trk>"), 1),
    }  # fmt: skip


GML = "http://www.opengis.net/gml"
GML32 = "http://www.opengis.net/gml/3.2"
_RING = "36,33 37,33 37,34 36,34 36,33"
_URN = "urn:ogc:def:crs:EPSG::4326"
_LIST = _RING.replace(",", " ")


def gml(*shapes: str, namespace: str = GML, root: str = "ogr:FeatureCollection", head: str = "") -> str:
    marks = "".join(
        f'<gml:featureMember><ogr:site gml:id="s{i}"><ogr:name>Site {i}</ogr:name><ogr:geom>{shape}</ogr:geom>'
        "</ogr:site></gml:featureMember>"
        for i, shape in enumerate(shapes)
    )
    names = f'xmlns:ogr="http://ogr.maptools.org/" xmlns:gml="{namespace}"'
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}<{root} {names}>{marks}</{root}>'


def _gml() -> dict[str, tuple[str | bytes, int | None]]:
    """Whole files, and how many rows must come in."""
    point = '<gml:Point srsName="EPSG:4326"><gml:pos>36.1 33.5</gml:pos></gml:Point>'

    def named(name: str, pos: str = "33.5 36.1") -> str:
        return f'<gml:Point srsName="{name}"><gml:pos>{pos}</gml:pos></gml:Point>'

    area = (
        '<gml:Polygon srsName="EPSG:4326"><gml:exterior><gml:LinearRing><gml:posList>{}</gml:posList>'
        "</gml:LinearRing></gml:exterior></gml:Polygon>"
    ).format
    old = (
        '<gml:Polygon srsName="EPSG:4326"><gml:outerBoundaryIs><gml:LinearRing><gml:coordinates>{}'
        "</gml:coordinates></gml:LinearRing></gml:outerBoundaryIs></gml:Polygon>"
    ).format
    curve = (
        '<gml:Curve srsName="EPSG:4326"><gml:segments><gml:{0}><gml:posList>36 33 37 34 38 33</gml:posList>'
        "</gml:{0}></gml:segments></gml:Curve>"
    ).format
    surface = f'<gml:Surface srsName="EPSG:4326"><gml:patches><gml:PolygonPatch><gml:exterior><gml:LinearRing><gml:posList>{_LIST}</gml:posList></gml:LinearRing></gml:exterior></gml:PolygonPatch></gml:patches></gml:Surface>'
    entity = '<!DOCTYPE x [<!ENTITY a "b">]>'
    return {
        "good": (gml(point), 1),
        "3.2": (gml(point, namespace=GML32), 1),
        "URN, latitude first": (gml(named("urn:ogc:def:crs:EPSG::4326")), 1),
        "URL, latitude first": (gml(named("http://www.opengis.net/def/crs/EPSG/0/4326")), 1),
        "x-ogc URN": (gml(named("urn:x-ogc:def:crs:EPSG:4326")), 1),
        "short form with a mark": (gml(named("http://www.opengis.net/gml/srs/epsg.xml#4326", "36.1 33.5")), 1),
        "CRS84": (gml(named("urn:ogc:def:crs:OGC:1.3:CRS84", "36.1 33.5")), 1),
        "Web Mercator": (gml(named("EPSG:3857", "4018000 3960000")), 1),
        "unknown system": (gml(named("EPSG:999999")), None),
        "system of rubbish": (gml(named("my own")), None),
        "several systems": (gml(named(_URN), named("EPSG:32637", "246989 3576442"), named(_URN)), 2),
        "several shapes in a row": (gml(f"{point}</ogr:geom><ogr:edge>{area(_LIST)}</ogr:edge><ogr:geom>", point), 2),
        "one shape or another": (gml(f"</ogr:geom><ogr:edge>{area(_LIST)}</ogr:edge><ogr:geom>", point), 2),
        "no system": (gml(point.replace(' srsName="EPSG:4326"', "")), None),
        "two systems": (gml(point, named("EPSG:3857", "4018000 3960000")), None),
        "pos of one number": (gml("<gml:Point><gml:pos>36</gml:pos></gml:Point>", point), None),
        "pos of three numbers": (gml(point.replace("33.5<", "33.5 100<").replace("<gml:pos>", '<gml:pos srsDimension="3">')), 1),
        "pos of text": (gml(point.replace("36.1", "east"), point), None),
        "pos nan": (gml(point.replace("36.1", "nan"), point), None),
        "pos with commas": (gml(point.replace("36.1 33.5", "36.1,33.5"), point), None),
        "coordinates": (gml(point.replace("gml:pos>", "gml:coordinates>").replace("36.1 33.5", "36.1,33.5")), 1),
        "coord": (gml('<gml:Point srsName="EPSG:4326"><gml:coord><gml:X>36</gml:X><gml:Y>33</gml:Y></gml:coord></gml:Point>'), 1),
        "area": (gml(area(_LIST)), 1),
        "area of GML 2": (gml(old(_RING)), 1),
        "area not closed": (gml(area("36 33 37 33 37 34 36 34"), point), None),
        "area of two": (gml(area("36 33 37 33"), point), None),
        "area of an odd count": (gml(area(_LIST + " 5"), point), None),
        "area empty": (gml(area(""), point), None),
        "decimal and tuple signs": (gml(old(_RING).replace("<gml:coordinates>", '<gml:coordinates decimal="." cs="," ts=" ">')), 1),
        "curve": (gml(curve("LineStringSegment")), 1),
        "arc": (gml(curve("ArcString")), 1),
        "arc by centre": (gml('<gml:Curve srsName="EPSG:4326"><gml:segments><gml:CircleByCenterPoint><gml:pos>36 33</gml:pos><gml:radius uom="deg">1</gml:radius></gml:CircleByCenterPoint></gml:segments></gml:Curve>', point), None),
        "surface": (gml(surface), 1),
        "multi surface": (gml(f'<gml:MultiSurface srsName="EPSG:4326"><gml:surfaceMember>{surface}</gml:surfaceMember></gml:MultiSurface>'), 1),
        "multi geometry": (gml(f'<gml:MultiGeometry srsName="EPSG:4326"><gml:geometryMember>{point}</gml:geometryMember></gml:MultiGeometry>'), 1),
        "solid": (gml(f"<gml:Solid><gml:exterior><gml:CompositeSurface><gml:surfaceMember>{surface}</gml:surfaceMember></gml:CompositeSurface></gml:exterior></gml:Solid>", point), None),
        "envelope": (gml('<gml:Envelope srsName="EPSG:4326"><gml:lowerCorner>36 33</gml:lowerCorner><gml:upperCorner>37 34</gml:upperCorner></gml:Envelope>', point), None),
        "a link": (gml('<gml:Point xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="#s1"/>', point), None),
        "a link to elsewhere": (gml('<gml:Point xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="http://x.invalid/a"/>', point), None),
        "an unknown shape": (gml("<gml:Blob/>", point), None),
        "no shape": (gml("", point), 1),
        "featureMembers": (gml(point).replace("featureMember>", "featureMembers>"), 1),
        "wfs root": (gml(point, root="wfs:FeatureCollection").replace("<wfs:FeatureCollection", '<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs"'), 1),
        "WFS 2 members": (gml(point, namespace=GML32, root="wfs:FeatureCollection").replace("gml:featureMember", "wfs:member").replace("<wfs:FeatureCollection", '<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0"'), 1),
        "a schema elsewhere": (gml(point).replace("<ogr:FeatureCollection", '<ogr:FeatureCollection xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://ogr.maptools.org/ http://x.invalid/a.xsd"'), 1),
        "no features": (gml(), None),
        "an entity": (gml(point, head=entity), None),
        "an outside entity": (gml(point, head='<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'), None),
        "multi nested 60 deep": (gml("<gml:MultiGeometry><gml:geometryMember>" * 40 + point + "</gml:geometryMember></gml:MultiGeometry>" * 40, point), None),
        "nested 5,000 deep": (gml("<gml:MultiGeometry>" * 5_000), None),
        "cut": (gml(point)[:-60], None),
        "Latin-1 said UTF-8": (gml(point).replace("Site 0", "é").encode("latin-1"), None),
        "UTF-16": (gml(point).replace("UTF-8", "UTF-16").encode("utf-16"), None),
        "BOM": (b"\xef\xbb\xbf" + gml(point).encode(), 1),
        "a standalone shape": (f'<gml:Point xmlns:gml="{GML}" srsName="EPSG:4326"><gml:pos>36 33</gml:pos></gml:Point>', None),
        "CityGML": (f'<core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0" xmlns:gml="{GML}"/>', None),
        "one bad row of three": (gml(point, '<gml:LineString srsName="EPSG:4326"><gml:posList>36 33 37</gml:posList></gml:LineString>', point), 2),
        "a bad row and a body": (gml(f"<gml:Solid><gml:exterior><gml:CompositeSurface><gml:surfaceMember>{surface}</gml:surfaceMember></gml:CompositeSurface></gml:exterior></gml:Solid>", "<gml:Point><gml:pos>36</gml:pos></gml:Point>", point), None),
        "a bad row that says nothing": (gml("<gml:Point><gml:pos>36</gml:pos></gml:Point>", point).replace('<ogr:site gml:id="s1">', "<ogr:site>"), 1),
        "decimal commas": (gml(named("EPSG:4326", "36,1 33,5"), point), 1),
        "a fact that is called pos": (gml(point).replace("ogr:name>", "ogr:pos>"), 1),
        "a member without content": (gml(point, point).replace("<gml:featureMember>", "<gml:featureMember><ogr:site/></gml:featureMember><gml:featureMember>", 1), 2),
        "two geometries in a row": (gml(point + "</ogr:geom><ogr:second>" + named("EPSG:4326") + "</ogr:second><ogr:geom>"), None),
        "AIXM": (gml(point).replace("gml:featureMember", "ogr:hasMember"), None),
        "a mesh": (gml(f'<gml:Tin srsName="EPSG:4326"><gml:trianglePatches><gml:Triangle><gml:exterior><gml:LinearRing><gml:posList>{_LIST}</gml:posList></gml:LinearRing></gml:exterior></gml:Triangle></gml:trianglePatches></gml:Tin>'), None),
        "GBK": (gml(point).replace("UTF-8", "GBK").replace("Site 0", "医院").encode("gbk"), 1),
        "an exception": ('<ServiceExceptionReport xmlns:gml="http://www.opengis.net/gml"/>', None),
    }  # fmt: skip


_MIF = 'Version 300\nCharset "{}"\nDelimiter ","\n{}Columns 1\n  NAME Char(20)\nData\n\n'
_LONLAT = "CoordSys Earth Projection 1, 104\n"


def _mif() -> dict[str, tuple[str | bytes, int | None]]:
    """The .mif beside a .mid of two names, and how many rows must come in."""

    def of(*shapes: str, charset: str = "WindowsLatin1", system: str = _LONLAT) -> str:
        return _MIF.format(charset, system) + "\n".join(shapes) + "\n"

    two = ("Point 36.1 33.5", "Point 36.2 33.6")
    return {
        "good": (of(*two), 2),
        "no system": (of(*two, system=""), None),
        "a system in metres": (of("Point 250000 3600000", *two[:1], system='CoordSys Earth Projection 8, 104, "m", 39, 0, 0.9996, 500000, 0\n'), None),
        "a plan": (of(*two, system='CoordSys NonEarth Units "m" Bounds (0, 0) (100, 100)\n'), None),
        "a system of rubbish": (of(*two, system="CoordSys Moon\n"), None),
        "none": (of("none", two[1]), 1),
        "a line": (of("Line 36 33 37 34", two[0]), 2),
        "a polyline": (of("Pline 3\n36 33\n37 34\n38 33", two[0]), 2),
        "a polyline of several": (of("Pline multiple 2\n2\n36 33\n37 34\n2\n36 34\n37 33", two[0]), 2),
        "a region": (of("Region 1\n5\n36 33\n37 33\n37 34\n36 34\n36 33", two[0]), 2),
        "an arc": (of("Arc 36 33 37 34 0 90", two[0]), 2),
        "an ellipse": (of("Ellipse 36 33 37 34", two[0]), 2),
        "a rectangle": (of("Rect 36 33 37 34", two[0]), 2),
        "a rounded rectangle": (of("Roundrect 36 33 37 34 0.1", two[0]), 2),
        "a text": (of('Text "label" 36 33 37 34', two[0]), None),
        "a collection": (of("Collection 1\nPoint 36 33", two[0]), None),
        "a multipoint": (of("Multipoint 2\n36 33\n37 34", two[0]), 2),
        "a count that lies": (of("Pline 9\n36 33\n37 34", two[0]), None),
        "a count beyond all bounds": (of("Region 1\n2000000000\n36 33", two[0]), None),
        "a negative count": (of("Region -1\n-5\n36 33", two[0]), None),
        "numbers of text": (of("Point here there", two[0]), None),
        "numbers nan": (of("Point nan nan", two[0]), None),
        "an unknown shape": (of("Blob 1 2", two[0]), None),
        "more rows than names": (of(*two, *two), None),
        "a collection of three": (of("Collection 3\nRegion 1\n4\n36 33\n37 33\n37 34\n36 33\nPline 2\n36 33\n37 34\nMultipoint 1\n36 33", two[0]), 2),
        "a word in a region": (of("Region 1\n4\n36 33\nx 33\n37 34\n36 33", two[0]), 1),
        "a collection that lies": (of("Collection 9\nRegion 1\n4\n36 33\n37 33\n37 34\n36 33", two[0]), None),
        "a text with words of shapes": (of('Text "Point of no return"\n36 33 37 34\nFont ("Point",1,2,3)', two[0]), None),
        "in feet": (of("Point 836614.17 11735564.3", "Point 836614.17 11735564.3", system='CoordSys Earth Projection 8, 104, "ft", 39, 0, 0.9996, 1640419.94751, 0\n'), 2),
        "no shapes": (of(), None),
        "Arabic letters": (of(*two, charset="WindowsArabic"), 2),
        "an unknown charset": (of(*two, charset="Klingon"), None),
        "no columns": ('Version 300\nCharset "Neutral"\nColumns 0\nData\nPoint 36 33\n', None),
        "a million columns": (of(*two).replace("Columns 1", "Columns 1000000"), None),
        "cut in the head": (of(*two)[:60], None),
        "CR only": (of(*two).replace("\n", "\r"), None),
    }  # fmt: skip


def _dxf() -> dict[str, tuple[str | bytes, int | None]]:
    """Drawings: they state no system, so no row may come in."""

    def entities(*groups: str) -> str:
        inner = "".join(g.replace(" ", "\n") + "\n" for g in groups)
        return f"0\nSECTION\n2\nENTITIES\n{inner}0\nENDSEC\n0\nEOF\n"

    point = "0 POINT 8 0 10 36.1 20 33.5 30 0"
    square = "0 LWPOLYLINE 8 0 90 4 70 1 10 36 20 33 10 37 20 33 10 37 20 34 10 36 20 34"
    return {
        "points": (entities(point, point), None),
        "an area": (entities(square), None),
        "an arc": (entities("0 ARC 8 0 10 36 20 33 40 1 50 0 51 90"), None),
        "a circle of no radius": (entities("0 CIRCLE 8 0 10 36 20 33 40 0"), None),
        "a spline": (entities("0 SPLINE 8 0 70 8 71 3 72 8 73 4 40 0 40 0 40 0 40 0 40 1 40 1 40 1 40 1 10 36 20 33 10 36.3 20 34 10 36.6 20 34 10 37 20 33"), None),
        "a spline of lies": (entities("0 SPLINE 8 0 70 8 71 99 72 2000000000 73 2000000000"), None),
        "a block that holds itself": ("0\nSECTION\n2\nBLOCKS\n0\nBLOCK\n2\nA\n0\nINSERT\n2\nA\n0\nENDBLK\n0\nENDSEC\n" + entities("0 INSERT 8 0 2 A 10 36 20 33"), None),
        "a block a billion times": ("0\nSECTION\n2\nBLOCKS\n0\nBLOCK\n2\nA\n0\nPOINT\n10\n36\n20\n33\n0\nENDBLK\n0\nENDSEC\n" + entities("0 INSERT 8 0 2 A 10 36 20 33 70 30000 71 30000 44 0.1 45 0.1"), None),
        "hatch": (entities("0 HATCH 8 0 91 1 92 2 72 0 73 1 93 4 10 36 20 33 10 37 20 33 10 37 20 34 10 36 20 34"), None),
        "text": (entities("0 TEXT 8 0 10 36 20 33 40 1 1 label"), None),
        "numbers of text": (entities("0 POINT 8 0 10 x 20 y"), None),
        "numbers nan": (entities("0 POINT 8 0 10 nan 20 inf"), None),
        "a text that is a number": (entities(point, "0 TEXT 8 0 10 36 20 33 40 1 1 10", point), None),
        "a word in an outline": (entities(square.replace("20 34", "20 x", 1), point), None),
        "nothing": (entities(), None),
        "no end": (entities(point)[:-8], None),
        "cut": (entities(point)[:40], None),
        "comments first": ("999\nmade by hand\n" + entities(point), None),
        "binary": (b"AutoCAD Binary DXF\r\n\x1a\x00" + bytes(100), None),
        "CRLF": (entities(point).replace("\n", "\r\n"), None),
        "blanks before the codes": (entities(point).replace("0\n", "  0\n"), None),
        "a line too few": (entities(point, point.replace("36.1 ", "", 1), point), None),
        "a line too many": (entities(point, point + " stray", point), None),
        "a pair that says nothing": (entities(point, "xx yy", point), None),
        "damaged a thousand times": (entities(*["0 POINT 8 0 10 20 33.5 30 0 word"] * 1_500, point), None),
        "a polyline without an end": (entities("0 POLYLINE 66 1 0 VERTEX 10 36 20 33 0 VERTEX 10 37 20 33", point), None),
        "a block that is not there": (entities("0 INSERT 8 0 2 NONE 10 36 20 33", point), None),
    }  # fmt: skip


def _written(data: str | bytes, want: int | None, name: str, **beside: bytes) -> Callable[[Path], Made]:
    def make(folder: Path) -> Made:
        (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
        for suffix, content in beside.items():
            (folder / name).with_suffix(f".{suffix}").write_bytes(content)
        return folder / name, want

    return make


def cases() -> dict[str, Callable[[Path], Made]]:
    """Return every odd file of these formats by name."""
    found = {f"GPX {n}": _written(data, want, "a.gpx") for n, (data, want) in _gpx().items()}
    found |= {f"GML {n}": _written(data, want, "a.gml") for n, (data, want) in _gml().items()}
    for n, (data, want) in _mif().items():
        found[f"MIF {n}"] = _written(data, want, "a.mif", mid=b'"Alpha"\n"Beta"\n')
    good = _mif()["good"][0]
    found["MIF without MID"] = _written(good, None, "a.mif")
    found["MIF with a short MID"] = _written(good, None, "a.mif", mid=b'"Alpha"\n')
    found["MIF with a MID of rubbish"] = _written(good, None, "a.mif", mid=bytes(range(256)))
    found |= {f"DXF {n}": _written(data, want, "a.dxf") for n, (data, want) in _dxf().items()}
    return {f"exchange: {name}": make for name, make in found.items()}
