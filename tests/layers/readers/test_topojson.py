import json

import pytest
import shapely

from layers.errors import ReadingError
from layers.readers.topojson import TopoJsonReader
from layers.reading import Action, open_any

TOPOLOGY = {
    "type": "Topology",
    "transform": {"scale": [0.1, 0.1], "translate": [36, 32]},
    "objects": {
        "districts": {
            "type": "GeometryCollection",
            "geometries": [{"type": "Polygon", "arcs": [[0]], "properties": {"name": "مفرق"}}],
        }
    },
    "arcs": [[[0, 0], [10, 0], [0, 10], [-10, -10]]],
}


def test_arcs_are_put_together(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(TOPOLOGY))
    assert TopoJsonReader().sniff(path.read_bytes(), path)
    imported = open_any(path)
    assert (imported.format, imported.layer) == ("topojson", "districts")
    assert imported.columns["name"].tolist() == ["مفرق"]
    assert imported.geometry[0].equals(shapely.Polygon([(36, 32), (37, 32), (37, 33)]))


def test_arcs_that_are_not_there_end_in_a_sentence_or_a_skipped_row(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(TOPOLOGY | {"arcs": []}))
    try:
        assert [g for g in open_any(path).geometry if g is not None] == []
    except ReadingError as error:
        assert error.message


def test_damaged_json_ends_in_a_sentence(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(TOPOLOGY)[:-40])
    with pytest.raises(ReadingError):
        open_any(path)


def test_members_without_geometry_are_counted(tmp_path):
    members = [{"type": "Point", "coordinates": [36, 33], "properties": {"n": 1}}, {"type": None}]
    objects = {"sites": {"type": "GeometryCollection", "geometries": members}}
    path = tmp_path / "a.topojson"
    path.write_text(json.dumps({"type": "Topology", "arcs": [], "objects": objects}))
    imported = open_any(path)
    assert imported.rows == 2
    assert [p.row for p in imported.problems if p.action is Action.SKIPPED] == [2]
