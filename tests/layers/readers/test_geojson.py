import json

import numpy as np
import pytest
import shapely

from layers.errors import ReadingError
from layers.readers.geojson import GeoJsonReader
from layers.reading import Action, ReadOptions


@pytest.fixture
def read(tmp_path):
    def run(document, **options):
        path = tmp_path / "data.geojson"
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        return GeoJsonReader().read(path, ReadOptions(**options))

    return run


def feature(geometry, **properties):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features, **more):
    return {"type": "FeatureCollection", "features": list(features), **more}


def point(lon, lat):
    return {"type": "Point", "coordinates": [lon, lat]}


def test_a_collection_a_feature_and_a_bare_geometry_are_read(read):
    for document in (collection(feature(point(1, 2))), feature(point(1, 2)), point(1, 2)):
        imported = read(document)
        assert imported.geometry[0].equals(shapely.Point(1, 2))
        assert imported.crs.value == "EPSG:4326"


def test_one_feature_a_line_is_read_and_a_bad_line_is_a_skipped_row(read, problems_of):
    lines = [json.dumps(feature(point(i, 2), n=i)) for i in range(3)]
    imported = read("\n".join([lines[0], "{broken", lines[1], lines[2]]))
    assert imported.rows == 4
    assert [p.row for p in problems_of(imported, Action.SKIPPED)] == [2]


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:EPSG::32637", "EPSG:32637"])
def test_an_old_crs_member_is_honoured(read, name):
    crs = {"type": "name", "properties": {"name": name}}
    imported = read(collection(feature(point(255_000, 3_577_000)), crs=crs))
    assert imported.crs.value == "EPSG:32637"
    assert np.allclose(shapely.get_coordinates(imported.geometry), (36.4, 32.3), atol=0.1)


def test_a_misspelt_geometry_type_is_a_skipped_row_not_a_lost_one(read, problems_of):
    imported = read(
        collection(
            feature(point(1, 2)),
            feature({"type": "Pointt", "coordinates": [1, 2]}),
            {"type": "Feture", "geometry": point(3, 4), "properties": {}},
            "not a feature",
        )
    )
    assert imported.rows == 4
    assert [p.row for p in problems_of(imported, Action.SKIPPED)] == [2, 4]


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": ["36", "32"]},
        {"type": "Point", "coordinates": [True, False]},
        {"type": "Point", "coordinates": [36]},
        {"type": "Point", "coordinates": [[36, 32]]},
        {"type": "Point"},
        {"type": "LineString", "coordinates": [[36, 32]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
        {"type": "Polygon", "coordinates": [1, 2]},
        {"type": "MultiPolygon", "coordinates": [[], 5]},
        {"type": "MultiPolygon", "coordinates": [[5]]},
        {"type": "MultiLineString", "coordinates": [[[0, 0], None]]},
        {"type": "MultiPoint", "coordinates": [[0, 0], ["x", 1]]},
        {"type": "LineString", "coordinates": [[0, 0], [1, 10**400]]},
        {"type": ["Point"], "coordinates": [1, 2]},
        ["Point"],
    ],
)
def test_coordinates_that_are_none_are_skipped_with_the_reason(read, problems_of, geometry):
    imported = read(collection(feature(geometry), feature(point(1, 2))))
    (skipped,) = problems_of(imported, Action.SKIPPED)
    assert skipped.row == 1
    assert skipped.what


def test_nan_and_infinite_coordinates_are_skipped(read, problems_of):
    imported = read(
        '{"type":"FeatureCollection","features":['
        '{"type":"Feature","geometry":{"type":"Point","coordinates":[NaN,2]}},'
        '{"type":"Feature","geometry":{"type":"LineString","coordinates":[[1,2],[1e999,3]]}}]}'
    )
    assert [p.what for p in problems_of(imported, Action.SKIPPED)] == [
        "A coordinate is not a finite number."
    ] * 2


def test_positions_with_and_without_height_may_be_mixed(read):
    imported = read(feature({"type": "LineString", "coordinates": [[0, 0], [1, 1, 5], [2, 2, 6, 7]]}))
    assert imported.geometry[0].equals(shapely.LineString([(0, 0), (2, 2)]))
    assert not imported.geometry[0].has_z


def test_deep_nesting_is_refused_before_it_is_parsed(read):
    with pytest.raises(ReadingError, match="nested deeper"):
        read('{"type":"Point","coordinates":' + "[" * 200_000 + "]" * 200_000 + "}")
    nested = point(1, 2)
    for _ in range(25):
        nested = {"type": "GeometryCollection", "geometries": [nested]}
    assert read(feature(nested)).problems[0].action is Action.SKIPPED


def test_brackets_within_text_are_not_nesting(read):
    assert read(feature(point(1, 2), remark='[[[ "{' * 100)).columns["remark"][0].startswith("[[[")


def test_other_json_is_refused_in_one_sentence(read):
    for document in ({"a": 1}, {"type": "Topology", "objects": {}}, "{", '{"type": "Feature"'):
        with pytest.raises(ReadingError):
            read(document)
    with pytest.raises(ReadingError, match="Esri"):
        read({"features": [], "geometryType": "esriGeometryPoint", "spatialReference": {}})


def test_half_characters_are_replaced_so_that_they_can_be_stored(read):
    imported = read(
        '{"type":"Feature","properties":{"name":"a\\ud800b"},"geometry":{"type":"Point","coordinates":[1,2]}}'
    )
    imported.columns["name"][0].encode("utf-8")


def test_lists_and_objects_are_kept_as_text_and_huge_integers_too(read):
    imported = read(feature(point(1, 2), tags=["a", {"b": 1}], big=10**30))
    assert imported.columns["tags"][0] == '["a", {"b": 1}]'
    assert imported.columns["big"][0] == str(10**30)


def test_a_collection_of_one_sort_becomes_multipart(read, problems_of):
    both = {"type": "GeometryCollection", "geometries": [point(1, 2), point(3, 4)]}
    imported = read(collection(feature(both), feature(None)))
    assert imported.geometry[0].geom_type == "MultiPoint"
    assert [p.row for p in problems_of(imported, Action.SKIPPED)] == [2]


def test_of_very_many_properties_the_most_frequent_are_read(read, problems_of):
    features = [feature(point(1, 2), name="x", **{f"k{i}": i}) for i in range(2_500)]
    imported = read(collection(*features))
    assert len(imported.columns) == 2_000 and "name" in imported.columns
    assert [p.code for p in problems_of(imported, Action.DOUBT)] == ["many_columns"]


@pytest.mark.parametrize(
    ("before", "after"),
    [("callback(", ");"), ("var sites_1 = ", ";\n"), ("window.data=", ""), ("eq ( ", " )")],
)
def test_geojson_in_a_script_is_read(read, tmp_path, before, after):
    text = before + json.dumps(collection(feature(point(1, 2), name="a);"))) + after
    imported = read(text)
    assert GeoJsonReader().sniff(text.encode(), tmp_path / "a.js")
    assert imported.geometry[0].equals(shapely.Point(1, 2))
    assert imported.columns["name"].tolist() == ["a);"]
