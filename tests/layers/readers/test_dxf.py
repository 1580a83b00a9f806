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
