"""Odd and broken KML and KMZ: what Google Earth, phones, exporters and test suites are known to write."""

import zipfile
from collections.abc import Callable
from pathlib import Path

Made = tuple[Path, int | None]
NS22 = "http://www.opengis.net/kml/2.2"
GX = "http://www.google.com/kml/ext/2.2"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
AT = "<Point><coordinates>36.1,33.5,0</coordinates></Point>"
RING = "36,33 37,33 37,34 36,34 36,33"
HOLE = "36.2,33.2 36.2,33.8 36.8,33.8 36.8,33.2 36.2,33.2"
GOOD = f"<Placemark><name>Good</name>{AT}</Placemark>"


def document(body: str, namespace: str = f'xmlns="{NS22}" xmlns:gx="{GX}"', head: str = HEAD) -> str:
    return f"{head}<kml {namespace}><Document>{body}</Document></kml>"


def mark(inner: str) -> str:
    return f"<Placemark><name>Odd</name>{inner}</Placemark>"


def area(outer: str, *holes: str) -> str:
    inner = "".join(
        f"<innerBoundaryIs><LinearRing><coordinates>{h}</coordinates></LinearRing></innerBoundaryIs>"
        for h in holes
    )
    return (
        f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{outer}</coordinates></LinearRing></outerBoundaryIs>"
        f"{inner}</Polygon>"
    )


def _marks() -> dict[str, tuple[str, int | None]]:
    """One odd placemark each, beside a good one."""
    line = "<LineString><coordinates>{}</coordinates></LineString>".format
    point = "<Point><coordinates>{}</coordinates></Point>".format
    when = "<when>2026-01-01T00:00:00Z</when>"
    coord = "<gx:coord>36.{} 33.5 0</gx:coord>".format
    model = "<Model><Location><longitude>36</longitude><latitude>33</latitude></Location></Model>"
    return {
        "no geometry": ("", 1),
        "empty point": ("<Point/>", 1),
        "empty coordinates": (point(""), 1),
        "blank coordinates": (point(" \n\t "), 1),
        "one number": (point("36"), 1),
        "two numbers": (point("36,33"), 2),
        "three numbers": (point("36,33,100"), 2),
        "four numbers": (point("36,33,100,5"), 2),
        "blanks after commas": (point("36, 33, 100"), 2),
        "blanks before commas": (point("36 ,33 ,100"), 2),
        "line breaks": (point("\n  36,33,0\n"), 2),
        "no comma": (point("36 33"), 1),
        "semicolon": (point("36;33"), 1),
        "comma as decimal point": (point("36,1,33,5"), None),
        "degrees": (point("36°E,33°N"), 1),
        "text": (point("here"), 1),
        "nan": (point("nan,33"), 1),
        "inf": (point("inf,33"), 1),
        "exponent": (point("3.6e1,3.3e1"), 2),
        "plus": (point("+36,+33"), 2),
        "swapped": (point("33.5,136"), 1),
        "beyond the globe": (point("361,33"), None),
        "altitude only": (point(",,100"), 1),
        "empty height": (point("36,33,"), 2),
        "many positions in a point": (point("36,33 37,34"), 2),
        "arabic digits": (point("٣٦,٣٣"), None),
        "line": (line(RING), 2),
        "line of one": (line("36,33"), 1),
        "line of one twice": (line("36,33 36,33"), 1),
        "line with blanks after commas": (line("36, 33, 0 37, 34, 0"), 2),
        "line with tabs": (line("36,33\t37,34\r\n38,35"), 2),
        "line with commas only": (line("36,33,0,37,34,0"), None),
        "line with an odd position": (line("36,33 x 37,34"), 1),
        "line across the antimeridian": (line("179,0 -179,0"), 2),
        "ring": (f"<LinearRing><coordinates>{RING}</coordinates></LinearRing>", 2),
        "area": (area(RING), 2),
        "area not closed": (area("36,33 37,33 37,34 36,34"), 2),
        "area of two": (area("36,33 37,33"), 1),
        "area flat": (area("36,33 37,33 38,33 36,33"), 1),
        "area with hole": (area(RING, HOLE), 2),
        "area with two holes in one boundary": (
            area(RING, HOLE).replace(
                "</LinearRing></innerBoundaryIs>",
                f"</LinearRing><LinearRing><coordinates>{HOLE}</coordinates></LinearRing></innerBoundaryIs>",
            ),
            2,
        ),
        "area with an empty hole": (area(RING, ""), None),
        "area with hole outside": (area(RING, "46,33 46,34 47,34 46,33"), 2),
        "area without outline": ("<Polygon/>", 1),
        "area with hole only": (area("", HOLE), 1),
        "area bow-tie": (area("36,33 37,34 37,33 36,34 36,33"), 2),
        "area without LinearRing": (
            f"<Polygon><outerBoundaryIs><coordinates>{RING}</coordinates></outerBoundaryIs></Polygon>",
            None,
        ),
        "multi": (f"<MultiGeometry>{AT}{AT}</MultiGeometry>", 2),
        "multi empty": ("<MultiGeometry/>", 1),
        "multi mixed": (f"<MultiGeometry>{AT}{area(RING)}</MultiGeometry>", None),
        "multi nested": ("<MultiGeometry>" * 5 + AT + "</MultiGeometry>" * 5, 2),
        "multi nested 60 deep": ("<MultiGeometry>" * 60 + AT + "</MultiGeometry>" * 60, 1),
        "multi with a model": (f"<MultiGeometry>{AT}{model}</MultiGeometry>", None),
        "multi of a model without place": ("<MultiGeometry><Model/></MultiGeometry>", 1),
        "MultiPoint": (f"<MultiPoint>{AT}{AT}</MultiPoint>", 2),
        "MultiLineString": (f"<MultiLineString>{line(RING)}</MultiLineString>", 2),
        "MultiPolygon": (f"<MultiPolygon>{area(RING)}</MultiPolygon>", 2),
        "GeometryCollection": (f"<GeometryCollection>{AT}</GeometryCollection>", 2),
        "two geometries": (AT + line(RING), 2),
        "model": (model, None),
        "track": (f"<gx:Track>{when}{coord(1)}{when}{coord(2)}</gx:Track>", 2),
        "track without when": (f"<gx:Track>{coord(1)}{coord(2)}</gx:Track>", 2),
        "track of one": (f"<gx:Track>{when}{coord(1)}</gx:Track>", 2),
        "track empty": ("<gx:Track/>", 1),
        "track with an empty coord": (f"<gx:Track>{coord(1)}<gx:coord/>{coord(2)}</gx:Track>", 2),
        "multitrack": (
            f"<gx:MultiTrack><gx:Track>{coord(1)}{coord(2)}</gx:Track><gx:Track>{coord(3)}{coord(4)}</gx:Track></gx:MultiTrack>",
            2,
        ),
        "altitude mode": (
            point("36,33,5").replace(
                "<Point>", "<Point><extrude>1</extrude><altitudeMode>absolute</altitudeMode>"
            ),
            2,
        ),
        "gx altitude mode": (
            point("36,33,5").replace("<Point>", "<Point><gx:altitudeMode>clampToSeaFloor</gx:altitudeMode>"),
            2,
        ),
        "coordinates in CDATA": (point("<![CDATA[36,33,0]]>"), 2),
        "coordinates with a comment": (point("36,<!-- east -->33"), None),
        "coordinates twice": (
            "<Point><coordinates>36,33</coordinates><coordinates>37,34</coordinates></Point>",
            2,
        ),
        "coordinates in parts": (
            "<LineString><coordinates>36,33</coordinates><coordinates>37,34</coordinates></LineString>",
            None,
        ),
        "description in HTML": (
            f"<description><![CDATA[<table><tr><td>x</td></tr></table><script>alert(1)</script>]]></description>{AT}",
            2,
        ),
        "description with tags": (f"<description>a <b>bold</b> word</description>{AT}", 2),
        "description of a megabyte": (f"<description>{'x' * 1_000_000}</description>{AT}", 2),
        "name empty": (f"<name/>{AT}", 2),
        "name twice": (f"<name>other</name>{AT}", 2),
        "name with marks of direction": (f"<name>\u202ecod.exe</name>{AT}", 2),
        "data": (f'<ExtendedData><Data name="a"><value>1</value></Data></ExtendedData>{AT}', 2),
        "data without a name": (f"<ExtendedData><Data><value>1</value></Data></ExtendedData>{AT}", 2),
        "data without a value": (f'<ExtendedData><Data name="a"/></ExtendedData>{AT}', 2),
        "data twice": (
            f'<ExtendedData><Data name="a"><value>1</value></Data><Data name="a"><value>2</value></Data></ExtendedData>{AT}',
            2,
        ),
        "data named name": (f'<ExtendedData><Data name="name"><value>1</value></Data></ExtendedData>{AT}', 2),
        "schema data": (
            f'<ExtendedData><SchemaData schemaUrl="#x"><SimpleData name="a">1</SimpleData></SchemaData></ExtendedData>{AT}',
            2,
        ),
        "schema arrays": (
            f'<ExtendedData><SchemaData schemaUrl="#x"><gx:SimpleArrayData name="a"><gx:value>1</gx:value></gx:SimpleArrayData></SchemaData></ExtendedData>{AT}',
            2,
        ),
        "foreign data": (f'<ExtendedData xmlns:p="http://p.invalid"><p:a>1</p:a></ExtendedData>{AT}', 2),
        "old Metadata": (f"<Metadata><a>1</a></Metadata>{AT}", 2),
        "time stamp": (f"<TimeStamp><when>2026</when></TimeStamp>{AT}", 2),
        "gx time stamp": (f"<gx:TimeStamp><when>2026-01-01</when></gx:TimeStamp>{AT}", 2),
        "time span upside down": (f"<TimeSpan><begin>2027</begin><end>2026</end></TimeSpan>{AT}", 2),
        "hidden": (f"<visibility>0</visibility>{AT}", 2),
        "a look-at only": ("<LookAt><longitude>36</longitude><latitude>33</latitude></LookAt>", 1),
        "a style inside": (
            f"<Style><IconStyle><Icon><href>http://x.invalid/a.png</href></Icon></IconStyle></Style>{AT}",
            2,
        ),
        "an id that is odd": (f'</Placemark><Placemark id="a b&#9;c">{AT}', None),
        "whole world": (area("-180,-90 180,-90 180,90 -180,90 -180,-90"), 2),
        "ring of 100,000": (
            area(" ".join(f"{36 + i / 1e6},33" for i in range(100_000)) + " 36.05,34 36,33"),
            None,
        ),
    }


def _documents() -> dict[str, tuple[str | bytes, int | None]]:
    """Whole documents, and how many rows must come in."""
    two = GOOD + GOOD
    plain = document(two)
    attributes = " ".join(f"a{i}='1'" for i in range(500))
    deep = "<Folder>" * 50 + GOOD + "</Folder>" * 50
    entity = '<!DOCTYPE kml [<!ENTITY a "x">]>'
    bomb = "<!DOCTYPE kml [" + '<!ENTITY a0 "x">' + "".join(
        f"<!ENTITY a{i} '" + f"&a{i - 1};" * 10 + "'>" for i in range(1, 10)
    ) + "]>"  # fmt: skip
    outside = '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    link = "<NetworkLink><Link><href>http://x.invalid/a.kml</href></Link></NetworkLink>"
    overlay = "<GroundOverlay><Icon><href>a.png</href></Icon><LatLonBox><north>34</north><south>33</south><east>37</east><west>36</west></LatLonBox></GroundOverlay>"
    names = {
        "2.0": 'xmlns="http://earth.google.com/kml/2.0"',
        "2.1": 'xmlns="http://earth.google.com/kml/2.1"',
        "2.2 of Google": 'xmlns="http://earth.google.com/kml/2.2"',
        "2.2": f'xmlns="{NS22}"',
        "2.3": 'xmlns="http://www.opengis.net/kml/2.3"',
        "none": "",
        "unknown": 'xmlns="http://x.invalid"',
        "2.2 with gx and atom": f'xmlns="{NS22}" xmlns:gx="{GX}" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:kml="{NS22}"',
        "with a schema": f'xmlns="{NS22}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="{NS22} http://x.invalid/kml.xsd"',
    }  # fmt: skip
    return {
        **{f"namespace {name}": (document(two, text), 2) for name, text in names.items()},
        "with prefix": (f'{HEAD}<kml:kml xmlns:kml="{NS22}"><kml:Placemark><kml:Point><kml:coordinates>36,33</kml:coordinates></kml:Point></kml:Placemark></kml:kml>', 1),
        "gx not declared": (document(f"<Placemark><gx:drawOrder>1</gx:drawOrder>{AT}</Placemark>", f'xmlns="{NS22}"'), 1),
        "no Document": (f'{HEAD}<kml xmlns="{NS22}">{GOOD}</kml>', 1),
        "Document as root": (f'{HEAD}<Document xmlns="{NS22}">{two}</Document>', 2),
        "Placemark as root": (f'{HEAD}<Placemark xmlns="{NS22}">{AT}</Placemark>', 1),
        "no declaration": (document(two, head=""), 2),
        "blanks before the declaration": ("  \n" + plain, None),
        "blanks before the root": (document(two, head="\n\n\t"), 2),
        "a comment first": (f"{HEAD}<!-- made by -->" + document(two, head=""), 2),
        "a long comment first": (f"{HEAD}<!-- {'x' * 70_000} -->" + document(two, head=""), None),
        "an instruction first": (f'{HEAD}<?xml-stylesheet href="x"?>' + document(two, head=""), 2),
        "BOM": (b"\xef\xbb\xbf" + plain.encode(), 2),
        "UTF-16": (plain.replace("UTF-8", "UTF-16").encode("utf-16"), 2),
        "UTF-16 said UTF-8": (plain.encode("utf-16"), None),
        "ISO-8859-1": (plain.replace("UTF-8", "ISO-8859-1").replace("Good", "é").encode("latin-1"), 2),
        "windows-1256": (plain.replace("UTF-8", "windows-1256").replace("Good", "مستشفى").encode("cp1256"), 2),
        "says UTF-8, is Latin-1": (plain.replace("Good", "é").encode("latin-1"), None),
        "encoding unknown": (plain.replace("UTF-8", "KLINGON"), None),
        "version 1.1": (plain.replace('"1.0"', '"1.1"'), None),
        "control characters": (plain.replace("Good", "a\x0bb"), None),
        "cut": (plain[:-40], None),
        "cut in a tag": (plain[:-100], None),
        "junk after": (plain + "<kml>", 2),
        "NUL after": (plain.encode() + bytes(30), None),
        "a bare ampersand": (plain.replace("Good", "A & B"), None),
        "an HTML entity": (plain.replace("Good", "A&nbsp;B"), None),
        "an unclosed tag": (plain.replace("</name>", ""), None),
        "attributes twice": (plain.replace("<Document>", '<Document a="1" a="2">'), None),
        "tags in capitals": (plain.replace("Placemark", "PLACEMARK"), None),
        "no placemarks": (document(""), 0),
        "empty root": (f'{HEAD}<kml xmlns="{NS22}"/>', 0),
        "an entity": (document(two, head=HEAD + entity), None),
        "an entity bomb": (document(two.replace("Good", "&a9;"), head=HEAD + bomb), None),
        "an outside entity": (document(two.replace("Good", "&x;"), head=HEAD + outside), None),
        "an outside DTD": (document(two, head=HEAD + '<!DOCTYPE kml SYSTEM "http://x.invalid/kml.dtd">'), None),
        "an XInclude": (document(two + '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'), 2),
        "folders": (document(f"<Folder><name>N</name>{GOOD}</Folder><Folder>{GOOD}</Folder>"), 2),
        "folders 50 deep": (document(deep), 1),
        "folders 5,000 deep": (document("<Folder>" * 5_000 + GOOD + "</Folder>" * 5_000), None),
        "documents in documents": (document(f"<Document><Document>{GOOD}</Document></Document>"), 1),
        "a schema": (document(f'<Schema name="x" id="x"><SimpleField type="string" name="a"/></Schema>{GOOD}'), 1),
        "an old schema element": (document(f'<Schema name="Site" parent="Placemark"/><Site><name>x</name>{AT}</Site>'), None),
        "a network link only": (document(link), 0),
        "a network link beside": (document(link + GOOD), 1),
        "a ground overlay only": (document(overlay), 0),
        "a screen overlay only": (document("<ScreenOverlay><Icon><href>a.png</href></Icon></ScreenOverlay>"), 0),
        "a photo overlay": (document("<PhotoOverlay><Point><coordinates>36,33</coordinates></Point></PhotoOverlay>"), 0),
        "a tour": (document(f"<gx:Tour><gx:Playlist><gx:FlyTo/></gx:Playlist></gx:Tour>{GOOD}"), 1),
        "an update": (f'{HEAD}<kml xmlns="{NS22}"><NetworkLinkControl><Update><Create><Document>{GOOD}</Document></Create></Update></NetworkLinkControl></kml>', None),
        "styles for pages": (document("".join(f'<Style id="s{i}"><LineStyle/></Style>' for i in range(3_000)) + GOOD), 1),
        "5,000 placemarks": (document(GOOD * 5_000), 5_000),
        "500 attributes": (document(f"<Placemark {attributes}>{AT}</Placemark>"), 1),
        "a tag of 100,000 letters": (document(f"<{'a' * 100_000}/>{GOOD}"), 1),
        "HTML": ("<!DOCTYPE html><html><body>Log in</body></html>", None),
        "empty": ("", None),
        "GPX called KML": ('<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><wpt lat="33" lon="36"><name>A</name></wpt></gpx>', 1),
        "a VRT called KML": ('<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>', None),
    }  # fmt: skip


def _archives() -> dict[str, tuple[dict[str, bytes], int | None]]:
    good, two = document(GOOD).encode(), document(GOOD + GOOD).encode()
    return {
        "doc.kml": ({"doc.kml": good}, 1),
        "doc.kml last": ({"files/a.png": b"x", "files/b.png": b"x", "doc.kml": good}, 1),
        "another name": ({"places.kml": good}, 1),
        "upper case": ({"DOC.KML": good}, 1),
        "in a folder": ({"a/b/doc.kml": good}, 1),
        "two KML files": ({"doc.kml": good, "more.kml": two}, None),
        "doc.kml links to another": ({"doc.kml": document("<NetworkLink><Link><href>data.kml</href></Link></NetworkLink>").encode(), "data.kml": two}, None),
        "no KML": ({"a.png": b"x"}, None),
        "empty": ({}, None),
        "a KMZ inside": ({"doc.kml": good, "inner.kmz": b"PK\x03\x04"}, 1),
        "an empty doc.kml": ({"doc.kml": b""}, None),
        "a shapefile beside": ({"doc.kml": good, "a.shp": b"x"}, 1),
        "macOS leavings": ({"doc.kml": good, "__MACOSX/._doc.kml": b"x"}, 1),
        "path escape": ({"../doc.kml": good}, None),
        "odd names": ({"خريطة.kml": good, "a\\b.png": b"x"}, 1),
        "a bomb": ({"doc.kml": document(GOOD + " " * 200_000_000).encode()}, None),
        "JPEG called kml": ({"doc.kml": b"\xff\xd8\xff\xe0" + bytes(100)}, None),
    }  # fmt: skip


def _written(text: str | bytes, want: int | None, name: str = "sites.kml") -> Callable[[Path], Made]:
    def make(folder: Path) -> Made:
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return folder / name, want

    return make


def _packed(members: dict[str, bytes], want: int | None) -> Callable[[Path], Made]:
    def make(folder: Path) -> Made:
        with zipfile.ZipFile(folder / "sites.kmz", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        return folder / "sites.kmz", want

    return make


def cases() -> dict[str, Callable[[Path], Made]]:
    """Return every odd KML and KMZ file by name."""
    found = {}
    for name, (inner, want) in _marks().items():
        found[f"placemark {name}"] = _written(document(mark(inner) + GOOD), want)
    for name, (text, want) in _documents().items():
        found[f"document {name}"] = _written(text, want)
    for name, (members, want) in _archives().items():
        found[f"KMZ {name}"] = _packed(members, want)
    for name in ("sites.xml", "SITES.KML", "sites.txt", "sites.shp", "sites.geojson", "a b.kml", "مواقع.kml"):
        found[f"called {name}"] = _written(document(GOOD), 1, name)
    return {f"kml: {name}": make for name, make in found.items()}
