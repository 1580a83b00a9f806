import http.server
import threading

import pytest
import shapely

from layers.errors import ReadingError
from layers.readers.gml import GmlReader
from layers.reading import Action, ReadOptions, open_any

GML = """<?xml version="1.0" encoding="UTF-8"?>{head}
<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs" xmlns:gml="http://www.opengis.net/gml"
 xmlns:p="http://partner.example/p" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="http://partner.example/p {schema}">
{members}</wfs:FeatureCollection>"""
MEMBER = """<gml:featureMember><p:clinic gml:id="c{n}"><p:NAME>{name}</p:NAME>
<p:geom>{shape}</p:geom></p:clinic>
</gml:featureMember>"""


def point(system, position):
    return f'<gml:Point srsName="{system}"><gml:pos>{position}</gml:pos></gml:Point>'


@pytest.fixture
def write(tmp_path):
    def run(*shapes, head="", schema="a.xsd", name="مستشفى"):
        members = "".join(MEMBER.format(n=i, name=name, shape=s) for i, s in enumerate(shapes))
        path = tmp_path / "a.gml"
        path.write_text(GML.format(head=head, schema=schema, members=members), encoding="utf-8")
        assert GmlReader().sniff(path.read_bytes(), path)
        return path

    return run


@pytest.mark.parametrize(
    "system", ["urn:ogc:def:crs:EPSG::4326", "http://www.opengis.net/def/crs/EPSG/0/4326"]
)
def test_latitude_first_is_put_right_and_said(write, problems_of, system):
    imported = open_any(write(point(system, "32.3 36.3")))
    assert imported.geometry[0].equals(shapely.Point(36.3, 32.3))
    assert "latitude comes first" in imported.crs.how
    assert imported.columns["NAME"].tolist() == ["مستشفى"]
    assert not problems_of(imported, Action.DOUBT)


@pytest.mark.parametrize("system", ["EPSG:4326", "http://www.opengis.net/gml/srs/epsg.xml#4326"])
def test_the_short_form_is_longitude_first_and_doubted(write, problems_of, system):
    imported = open_any(write(point(system, "36.3 32.3")))
    assert imported.geometry[0].equals(shapely.Point(36.3, 32.3))
    assert "longitude comes first" in imported.crs.how
    (doubt,) = problems_of(imported, Action.DOUBT)
    assert (doubt.code, doubt.fix) == ("axis_order", {"swap": True})


def test_projected_coordinates_are_followed(write):
    imported = open_any(write(point("urn:ogc:def:crs:EPSG::32637", "248000 3577000")))
    assert imported.geometry[0].distance(shapely.Point(36.3237, 32.3015)) < 1e-3


def test_curves_become_lines_of_short_edges(write, problems_of):
    arc = (
        '<gml:Curve srsName="urn:ogc:def:crs:EPSG::4326"><gml:segments><gml:ArcString><gml:posList>'
        "32 36 32.1 36.1 32 36.2</gml:posList></gml:ArcString></gml:segments></gml:Curve>"
    )
    imported = open_any(write(arc))
    assert not problems_of(imported, Action.SKIPPED)
    assert shapely.get_num_coordinates(imported.geometry[0]) > 10


def test_no_schema_is_fetched(write):
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/p.xsd"
        open_any(write(point("urn:ogc:def:crs:EPSG::4326", "32.3 36.3"), schema=address))
        server.shutdown()
    assert not asked


def test_entities_are_refused(write):
    with pytest.raises(ReadingError, match="document type"):
        open_any(write(point("EPSG:4326", "36 32"), head='<!DOCTYPE x [<!ENTITY e "boom">]>'))


def test_a_file_cut_off_ends_in_a_sentence(write):
    path = write(point("EPSG:4326", "36 32"))
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(ReadingError, match="damaged"):
        GmlReader().read(path, ReadOptions())


def test_a_row_with_words_among_its_coordinates_is_skipped(write, problems_of):
    system = "urn:ogc:def:crs:EPSG::4326"
    imported = open_any(write(point(system, "33 36"), point(system, "north 36.3"), point(system, "34 37")))
    (skipped,) = problems_of(imported, Action.SKIPPED)
    assert (skipped.row, skipped.what) == (2, "Its coordinates hold “north”, which is no number.")
    assert [g and (g.x, g.y) for g in imported.geometry] == [(36, 33), None, (37, 34)]


def test_a_fact_called_like_a_coordinate_costs_no_row(write, problems_of):
    shape = point("EPSG:4326", "36.3 32.3") + "</p:geom><p:X>north</p:X><p:geom>"
    imported = open_any(write(shape))
    assert not problems_of(imported, Action.SKIPPED)
    assert imported.columns["X"].tolist() == ["north"]


@pytest.mark.parametrize(
    "bad",
    [
        '<gml:LineString srsName="EPSG:4326"><gml:posList>36 33 37</gml:posList></gml:LineString>',
        '<gml:Point srsName="EPSG:4326"><gml:pos>36</gml:pos></gml:Point>',
        '<gml:Polygon srsName="EPSG:4326"><gml:exterior/></gml:Polygon>',
    ],
)
def test_one_bad_row_costs_that_row(write, problems_of, bad):
    good = point("EPSG:4326", "36.3 32.3")
    imported = open_any(write(good, bad, good, bad, good))
    assert imported.rows == 5
    assert [p.row for p in problems_of(imported, Action.SKIPPED)] == [2, 4]
    placed = [int(r) for r, g in zip(imported.row, imported.geometry, strict=True) if g is not None]
    assert placed == [1, 3, 5]
    assert "deconflict_row" not in imported.columns


def test_features_that_gdal_does_not_hand_out_are_counted(write, problems_of):
    deep = "<gml:MultiGeometry><gml:geometryMember>" * 40
    deep += point("EPSG:4326", "36 33") + "</gml:geometryMember></gml:MultiGeometry>" * 40
    imported = open_any(write(deep, point("EPSG:4326", "36 33")))
    skipped = problems_of(imported, Action.SKIPPED)
    assert imported.rows == len(imported) + len(skipped) == 2
    assert all("nested too deep" in p.what for p in skipped)


def test_utf16_is_read(write):
    path = write(point("EPSG:4326", "36.3 32.3"))
    path.write_bytes(path.read_text(encoding="utf-8").replace("UTF-8", "UTF-16").encode("utf-16"))
    assert open_any(path).columns["NAME"].tolist() == ["مستشفى"]


def test_what_may_be_decimal_commas_is_not_read_as_pairs(write, problems_of):
    imported = open_any(write(point("EPSG:4326", "36,1 33,5"), point("EPSG:4326", "36.1,33.5")))
    (skipped,) = problems_of(imported, Action.SKIPPED)
    assert skipped.row == 1
    assert "decimal commas" in skipped.what
    assert imported.geometry[1].equals(shapely.Point(36.1, 33.5))


URN, UTM = "urn:ogc:def:crs:EPSG::4326", "EPSG:32637"
BOX = """<gml:boundedBy><gml:Envelope srsName="{}"><gml:lowerCorner>32 36</gml:lowerCorner>
<gml:upperCorner>33 37</gml:upperCorner></gml:Envelope></gml:boundedBy>"""


def placed(imported):
    return [None if g is None else (round(g.x, 3), round(g.y, 3)) for g in imported.geometry]


def test_rows_in_another_system_than_most_are_left_out_and_said(write, problems_of):
    shapes = (point(URN, "32.3 36.3"), point(UTM, "246989 3576442"), point(URN, "32.4 36.4"))
    imported = open_any(write(*shapes))
    assert placed(imported) == [(36.3, 32.3), None, (36.4, 32.4)]
    ((row, code, what),) = [(p.row, p.code, p.what) for p in problems_of(imported, Action.SKIPPED)]
    assert (row, code) == (2, "bad_feature")
    assert UTM in what and URN in what


def test_a_box_in_another_system_does_not_count_for_the_shapes(write, problems_of):
    path = write(point(UTM, "246989 3576442"), point(UTM, "247989 3576442"))
    text = path.read_text("utf-8").replace("p.xsd", "")
    path.write_text(text.replace("<gml:featureMember>", BOX.format(URN) + "<gml:featureMember>", 1), "utf-8")
    imported = open_any(path)
    assert placed(imported) == [(36.313, 32.296), (36.324, 32.296)]
    assert imported.crs.value == UTM
    assert not problems_of(imported, Action.SKIPPED)


def test_of_several_shapes_in_a_row_one_is_read_and_said(write, problems_of):
    def pair(lat, lon, system=""):
        ring = f"{lat} {lon} {lat + 0.1} {lon} {lat + 0.1} {lon + 0.1} {lat} {lon}"
        area = (
            f'<gml:Polygon srsName="{URN}"><gml:exterior><gml:LinearRing><gml:posList>{ring}</gml:posList>'
            "</gml:LinearRing></gml:exterior></gml:Polygon>"
        )
        middle = point(system, f"{lat} {lon}") if system else ""
        return f"{middle}</p:geom><p:outline>{area}</p:outline><p:geom>"

    last = f"{point(URN, '32.5 36.5')}</p:geom><p:note/><p:geom>"
    imported = open_any(write(pair(32.3, 36.3, URN), pair(32.4, 36.4, UTM), pair(32.4, 36.5), last))
    assert [g.geom_type for g in imported.geometry] == ["Polygon", "Polygon", "Polygon", "Point"]
    assert imported.geometry[1].bounds == pytest.approx((36.4, 32.4, 36.5, 32.5))
    (doubt,) = problems_of(imported, Action.DOUBT)
    assert doubt.code == "several_shapes"
    assert "(outline, geom)" in doubt.what
    assert not problems_of(imported, Action.SKIPPED)
