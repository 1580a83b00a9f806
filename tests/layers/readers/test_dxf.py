import pytest
import shapely

from layers.errors import ReadingError
from layers.readers.dxf import DxfReader
from layers.reading import Action, ReadOptions, open_any

ARC = """  0
SECTION
  2
ENTITIES
  0
CIRCLE
  8
Fence
 10
248000.0
 20
3577000.0
 40
100.0
  0
ENDSEC
  0
EOF
"""


def test_a_drawing_asks_for_its_coordinate_system(write_gdal, problems_of):
    path = write_gdal("a.dxf", "DXF", [shapely.Point(248_000, 3_577_000)], {}, crs=None, shape="Unknown")
    asked = open_any(path)
    assert [p.code for p in problems_of(asked, Action.SKIPPED)] == ["crs_unknown"]
    assert "EPSG:32637" in asked.crs.candidates
    placed = open_any(path, ReadOptions(crs="EPSG:32637"))
    assert placed.geometry[0].distance(shapely.Point(36.3237, 32.3015)) < 1e-3


def test_circles_become_lines_of_short_edges(tmp_path):
    path = tmp_path / "a.dxf"
    path.write_text("999\nmade by hand\n" + ARC)
    assert DxfReader().sniff(path.read_bytes(), path)
    imported = open_any(path, ReadOptions(crs="EPSG:32637"))
    assert imported.columns["Layer"].tolist() == ["Fence"]
    assert shapely.get_num_coordinates(imported.geometry[0]) > 20


def test_a_drawing_cut_off_keeps_what_is_there_or_ends_in_a_sentence(tmp_path):
    path = tmp_path / "a.dxf"
    for length in range(40, len(ARC), 7):
        path.write_text(ARC[:length])
        try:
            assert open_any(path, ReadOptions(crs="EPSG:32637")).rows <= 1
        except ReadingError as error:
            assert error.message
    with pytest.raises(ReadingError):
        path.write_text("  0\nSECTION\n")
        open_any(path)


def test_a_word_where_a_coordinate_belongs_is_not_read_as_0(tmp_path, problems_of):
    path = tmp_path / "a.dxf"
    path.write_text(ARC.replace("248000.0", "here"))
    (skipped,) = problems_of(open_any(path, ReadOptions(crs="EPSG:32637")), Action.SKIPPED)
    assert skipped.what == "A coordinate is not a finite number."


def drawing(*pieces):
    return "\n".join(["0", "SECTION", "2", "ENTITIES", *pieces, "0", "ENDSEC", "0", "EOF", ""])


def post(east):
    return f"0\nPOINT\n8\nPosts\n10\n{east}\n20\n3576442.0\n30\n0"


ROAD = "0\nLINE\n8\nRoads\n10\n246989.0\n20\n3576442.0\n11\n247000.0\n21\n3576500.0"
UTM = ReadOptions(crs="EPSG:32637")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "damaged",
    [
        ROAD.replace("10\n246989.0", "10"),
        ROAD.replace("20\n3576442.0", "3576442.0"),
        ROAD + "\nstray",
        ROAD.replace("8\nRoads", "8\nRoads\nof the north"),
    ],
)
def test_a_piece_with_a_line_too_few_or_too_many_is_left_out_alone(tmp_path, problems_of, damaged, end):
    path = tmp_path / "a.dxf"
    text = drawing(post(246989.0), ROAD, damaged, post(246999.0), ROAD)
    path.write_bytes(text.replace("\n", end).encode())
    imported = open_any(path, UTM)
    assert [g.geom_type for g in imported.geometry] == ["Point", "LineString", "Point", "LineString"]
    assert imported.geometry[1].equals(imported.geometry[3])
    (doubt,) = [p for p in problems_of(imported, Action.DOUBT) if p.code == "cut"]
    assert doubt.what == "1 piece of the drawing is damaged (a line is missing or too many) and left out."


def test_a_pair_of_lines_that_says_nothing_costs_nothing(tmp_path, problems_of):
    path = tmp_path / "a.dxf"
    path.write_text(drawing(post(246989.0) + "\nxx\nNOTE", ROAD), "utf-8")
    imported = open_any(path, UTM)
    assert len(imported) == 2
    assert not problems_of(imported, Action.DOUBT)


def test_an_old_polyline_without_an_end_does_not_cost_the_rest(tmp_path, problems_of):
    path = tmp_path / "a.dxf"
    vertex = "0\nVERTEX\n8\nRoads\n10\n{}\n20\n3576442.0"
    line = "\n".join(["0\nPOLYLINE\n8\nRoads\n66\n1", vertex.format(246989.0), vertex.format(247089.0)])
    path.write_text(drawing(post(246989.0), line, post(246999.0), line + "\n0\nSEQEND"), "utf-8")
    imported = open_any(path, UTM)
    assert [g.geom_type for g in imported.geometry] == ["Point", "LineString", "Point", "LineString"]
    assert not problems_of(imported, Action.DOUBT)


def test_a_block_that_is_placed_but_not_there_is_said(tmp_path, problems_of):
    path = tmp_path / "a.dxf"
    place = "0\nINSERT\n8\nPosts\n2\n{}\n10\n246989.0\n20\n3576442.0"
    block = (
        f"0\nSECTION\n2\nBLOCKS\n0\nBLOCK\n8\n0\n2\nTent\n10\n0\n20\n0\n{post(5.0)}\n0\nENDBLK\n0\nENDSEC\n"
    )
    pieces = (place.format("Tent"), place.format("Gate"), place.format("Gate"))
    path.write_text("0\nSECTION\n2\nHEADER\n0\nENDSEC\n" + block + drawing(*pieces), "utf-8")
    imported = open_any(path, UTM)
    assert len(imported) == 1
    (doubt,) = [p for p in problems_of(imported, Action.DOUBT) if p.code == "lost_blocks"]
    assert doubt.what.startswith("2 symbols or blocks are placed but not in the drawing, such as “Gate”;")
