import json

import pytest
import shapely

from layers.readers.esri_json import EsriJsonReader
from layers.reading import open_any

SQUARE = [[0, 0], [0, 4000], [4000, 4000], [4000, 0], [0, 0]]
HOLE = [[1000, 1000], [2000, 1000], [2000, 2000], [1000, 2000], [1000, 1000]]


def answer(kind, geometries, wkid=4326):
    features = [
        {"attributes": {"NAME": f"مستشفى {i}", "BEDS": i}, "geometry": g} for i, g in enumerate(geometries)
    ]
    return {"geometryType": f"esriGeometry{kind}", "spatialReference": {"wkid": wkid}, "features": features}


@pytest.fixture
def read(tmp_path):
    def run(document):
        (tmp_path / "a.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        return open_any(tmp_path / "a.json")

    return run


def test_points_and_their_attributes_are_read(read):
    imported = read(answer("Point", [{"x": 36, "y": 33}, {"x": 37, "y": 34}]))
    assert imported.format == "esri_json"
    assert imported.geometry.tolist() == [shapely.Point(36, 33), shapely.Point(37, 34)]
    assert imported.columns["NAME"].tolist() == ["مستشفى 0", "مستشفى 1"]
    assert imported.columns["BEDS"].tolist() == [0, 1]


def test_rings_are_areas_with_holes_in_the_system_that_is_stated(read):
    (area,) = read(answer("Polygon", [{"rings": [SQUARE, HOLE]}], 3857)).geometry
    assert len(area.interiors) == 1
    assert area.bounds == pytest.approx((0, 0, 0.035932, 0.035932), abs=1e-5)


def test_geojson_and_other_json_are_no_esri_json(tmp_path):
    path = tmp_path / "a.json"
    for document in (
        {"type": "FeatureCollection", "features": [], "spatialReference": {}, "attributes": {}},
        {"features": [{"attributes": {"a": 1}}]},
        {"error": {"code": 400, "details": []}},
    ):
        assert not EsriJsonReader().sniff(json.dumps(document).encode(), path)
