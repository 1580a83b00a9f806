import json

import fiona
import pytest
import shapely

from layers.release import build
from layers.writers import geojson
from tests.layers.release_samples import NOW, profile, seeded


@pytest.fixture
def path(tmp_path):
    target = tmp_path / "x.geojson"
    geojson.WRITER.write(build(seeded(), profile("humanitarian"), now=NOW), target)
    return target


def test_marking_and_caveats_are_foreign_members(path):
    data = json.loads(path.read_text("utf-8"))
    assert data["deconflict"]["marking"] == profile("humanitarian").marking
    assert len(data["deconflict"]["caveats"]) == 3
    assert data["deconflict"]["mode_words"].startswith("EXERCISE")


def test_a_gis_reads_every_feature(path):
    with fiona.open(path) as source:
        assert len(source) == len(json.loads(path.read_text("utf-8"))["features"])


def test_rings_follow_the_right_hand_rule(path):
    for feature in json.loads(path.read_text("utf-8"))["features"]:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        if shape.geom_type == "Polygon":
            assert shape.exterior.is_ccw
