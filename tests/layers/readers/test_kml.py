import pytest
import shapely

from layers.errors import ReadingError
from layers.readers.kml import KmlReader
from layers.reading import Action, ReadOptions

HEAD = '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://x"><Document>'
TAIL = "</Document></kml>"
POINT = "<Placemark><name>Clinic</name><Point><coordinates>36.3, 32.2, 5</coordinates></Point></Placemark>"


@pytest.fixture
def read(tmp_path):
    def run(body, head=HEAD, tail=TAIL):
        path = tmp_path / "data.kml"
        path.write_text(head + body + tail, encoding="utf-8")
        reader = KmlReader()
        assert reader.sniff(path.read_bytes()[:4096], path)
        return reader.read(path, ReadOptions())

    return run


def test_points_lines_and_areas_with_holes_are_read(read):
    ring = "<LinearRing><coordinates>0,0 4,0 4,4 0,4 0,0</coordinates></LinearRing>"
    hole = "<LinearRing><coordinates>1,1 2,1 2,2 1,2 1,1</coordinates></LinearRing>"
    outer, inner = f"<outerBoundaryIs>{ring}</outerBoundaryIs>", f"<innerBoundaryIs>{hole}</innerBoundaryIs>"
    area = f"<Polygon>{outer}{inner}</Polygon>"
    imported = read(
        POINT
        + f"<Placemark>{area}</Placemark>"
        + "<Placemark><LineString><coordinates>\n0,0,1\n 1,1,1\n</coordinates></LineString></Placemark>"
    )
    assert imported.geometry[0].equals(shapely.Point(36.3, 32.2))
    assert imported.geometry[1].area == 15
    assert imported.geometry[2].length == pytest.approx(2**0.5)


def test_folders_time_spans_and_extended_data_are_columns(read):
    imported = read(
        "<Folder><name>North</name><Folder><name>Health</name><Placemark><name>A</name>"
        "<TimeSpan><begin>2026-01-01</begin><end>2026-02-01</end></TimeSpan>"
        '<ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="beds">12</SimpleData></SchemaData>'
        '<Data name="org"><displayName>x</displayName><value>صحة</value></Data></ExtendedData>'
        "<Point><coordinates>1,2</coordinates></Point></Placemark></Folder></Folder>"
    )
    assert {n: c[0] for n, c in imported.columns.items()} == {
        "name": "A", "begin": "2026-01-01", "end": "2026-02-01", "beds": "12", "org": "صحة",
        "folder": "North / Health",
    }  # fmt: skip


def test_a_multigeometry_of_one_sort_is_multipart_and_of_one_part_is_that_part(read):
    line = "<LineString><coordinates>0,0 1,1</coordinates></LineString>"
    imported = read(
        f"<Placemark><MultiGeometry>{line}{line}</MultiGeometry></Placemark>"
        f"<Placemark><MultiGeometry>{line}</MultiGeometry></Placemark>"
    )
    assert [g.geom_type for g in imported.geometry] == ["MultiLineString", "LineString"]


def test_the_model_that_kills_gdal_is_one_skipped_row(read, problems_of):
    imported = read(
        "<Folder><Placemark><MultiGeometry><Model></Model></MultiGeometry></Placemark></Folder>" + POINT
    )
    (skipped,) = problems_of(imported, Action.SKIPPED)
    assert skipped.row == 1
    assert "model" in skipped.what


def test_a_model_is_where_it_stands(read):
    place = "<Location><longitude>36</longitude><latitude>33</latitude><altitude>5</altitude></Location>"
    imported = read(f"<Placemark><Model>{place}</Model></Placemark>")
    assert imported.geometry[0].equals(shapely.Point(36, 33))


def test_positions_with_nothing_but_commas_between_them_are_told_apart(read):
    line = "<Placemark><LineString><coordinates>{}</coordinates></LineString></Placemark>".format
    imported = read(line("1,2,0,3,4,0") + line("1,2,3,4") + line("1,2,3,4,5"))
    shapes = [shapely.LineString([(1, 2), (3, 4)])] * 2
    assert imported.geometry.tolist() == [*shapes, None]


def test_html_in_a_description_is_text_and_an_old_schema_names_a_placemark(read):
    imported = read(
        '<Schema name="Site" parent="Placemark"/><Site><name>A</name><beds>12</beds>'
        "<description>a <b>bold</b> word</description><Point><coordinates>1,2</coordinates></Point></Site>"
    )
    facts = {n: c[0] for n, c in imported.columns.items()}
    assert facts == {"name": "A", "description": "a bold word", "beds": "12"}
    assert imported.geometry[0].equals(shapely.Point(1, 2))


def test_a_piece_of_a_kml_is_read(read):
    assert len(read(POINT, head="<Document>", tail="</Document>")) == 1


def test_links_to_elsewhere_are_named_and_not_followed(read, problems_of):
    imported = read("<NetworkLink><Link><href>http://127.0.0.1:9/x.kml</href></Link></NetworkLink>" + POINT)
    (doubt,) = problems_of(imported, Action.DOUBT)
    assert doubt.code == "external_link"


def test_broken_coordinates_are_skipped_with_the_reason(read, problems_of):
    bodies = ["36.3", "a,b", "nan,1", "1,inf", ""]
    imported = read(
        "".join(f"<Placemark><Point><coordinates>{b}</coordinates></Point></Placemark>" for b in bodies)
        + "<Placemark><name>nowhere</name></Placemark>"
    )
    assert len(problems_of(imported, Action.SKIPPED)) == 6


def test_a_track_is_a_line(read):
    imported = read(
        "<Placemark><gx:Track><when>2026-01-01</when><gx:coord>1 2 0</gx:coord><gx:coord>3 4 0</gx:coord>"
        "</gx:Track></Placemark>"
    )
    assert imported.geometry[0].equals(shapely.LineString([(1, 2), (3, 4)]))


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE kml SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
def test_a_document_type_is_refused(tmp_path, doctype):
    path = tmp_path / "bomb.kml"
    path.write_text(
        f'<?xml version="1.0"?>{doctype}<kml><Placemark><name>&x;&b;</name></Placemark></kml>',
        encoding="utf-8",
    )
    with pytest.raises(ReadingError, match="document type or entities"):
        KmlReader().read(path, ReadOptions())


def test_deep_nesting_and_cut_files_are_refused_in_one_sentence(read):
    with pytest.raises(ReadingError, match="nested deeper"):
        read("<Folder>" * 5_000 + POINT + "</Folder>" * 5_000)
    with pytest.raises(ReadingError, match="damaged or cut off"):
        read(POINT, tail="</Docu")


def test_nested_multigeometries_are_bounded(read, problems_of):
    imported = read(
        "<Placemark>" + "<MultiGeometry>" * 30 + "<Point><coordinates>1,2</coordinates></Point>"
        + "</MultiGeometry>" * 30 + "</Placemark>"
    )  # fmt: skip
    assert "nested too deep" in problems_of(imported, Action.SKIPPED)[0].what


def test_a_track_tells_when_it_began_and_ended_and_may_have_moments_without_a_place(read):
    track = (
        "<gx:Track><when>2026-01-01T10:00:00Z</when><when>2026-01-01T11:00:00Z</when><when>2026-01-01T12:00:00Z"
        "</when><gx:coord>36 32 0</gx:coord><gx:coord/><gx:coord>37 33 0</gx:coord></gx:Track>"
    )
    imported = read(f"<Placemark>{track}</Placemark>")
    assert imported.geometry[0].equals(shapely.LineString([(36, 32), (37, 33)]))
    assert imported.columns["begin"].tolist() == ["2026-01-01T10:00:00Z"]
    assert imported.columns["end"].tolist() == ["2026-01-01T12:00:00Z"]


def test_nothing_is_lost_where_a_placemark_has_two_geometries(read):
    point = "<Point><coordinates>{}</coordinates></Point>"
    imported = read(f"<Placemark>{point.format('36,32')}{point.format('37,33')}</Placemark>")
    assert shapely.get_coordinates(imported.geometry[0]).tolist() == [[36, 32], [37, 33]]


def test_an_empty_hole_takes_nothing_away(read, problems_of):
    ring = "<LinearRing><coordinates>{}</coordinates></LinearRing>".format
    outer = f"<outerBoundaryIs>{ring('0,0 4,0 4,4 0,4 0,0')}</outerBoundaryIs>"
    imported = read(
        f"<Placemark><Polygon>{outer}<innerBoundaryIs>{ring(' ')}</innerBoundaryIs></Polygon></Placemark>"
    )
    assert imported.geometry[0].area == 16
    assert not problems_of(imported, Action.SKIPPED)


def test_a_kml_is_told_behind_a_long_comment(tmp_path):
    path = tmp_path / "data.kml"
    path.write_text(f"<?xml version='1.0'?><!--{'x' * 100_000}--><kml>{POINT}</kml>", encoding="utf-8")
    assert KmlReader().sniff(path.read_bytes()[:65_536], path)


@pytest.mark.parametrize(
    ("encoding", "name"), [("GBK", "医院"), ("Shift_JIS", "病院"), ("windows-1256", "مستشفى")]
)
def test_encodings_are_read_as_declared(tmp_path, encoding, name):
    path = tmp_path / "data.kml"
    text = f'<?xml version="1.0" encoding="{encoding}"?><kml>{POINT.replace("Clinic", name)}</kml>'
    path.write_bytes(text.encode(encoding))
    assert KmlReader().read(path, ReadOptions()).columns["name"].tolist() == [name]


@pytest.mark.parametrize("written", ["36,34,32,32", "36,3456,32,2999,610", "36,34,32,32,610,5"])
def test_decimal_commas_are_no_whole_degrees(read, problems_of, written):
    point = f"<Placemark><Point><coordinates>{written}</coordinates></Point></Placemark>"
    imported = read(POINT + point)
    assert imported.geometry[1] is None
    (skipped,) = problems_of(imported, Action.SKIPPED)
    assert "decimal commas" in skipped.what
