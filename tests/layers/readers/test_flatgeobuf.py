import shapely

from layers.readers.flatgeobuf import FlatGeobufReader
from layers.reading import Action, open_any


def test_a_flatgeobuf_is_told_by_content_and_read(write_gdal, tmp_path):
    path = write_gdal("a.fgb", "FlatGeobuf", [shapely.Point(36.3, 32.3)], {"NAME": ["مستشفى"], "BEDS": [12]})
    liar = path.rename(tmp_path / "a.kml")
    imported = open_any(liar)
    assert (imported.format, imported.rows, imported.crs.value) == ("flatgeobuf", 1, "EPSG:4326")
    assert (imported.columns["NAME"][0], imported.columns["BEDS"][0]) == ("مستشفى", 12)
    assert imported.geometry[0].equals(shapely.Point(36.3, 32.3))


def test_another_coordinate_system_is_followed(write_gdal):
    path = write_gdal("a.fgb", "FlatGeobuf", [shapely.Point(248_000, 3_577_000)], crs="EPSG:32637")
    assert open_any(path).geometry[0].distance(shapely.Point(36.3237, 32.3015)) < 1e-3


def test_a_file_cut_off_is_read_as_far_as_it_goes(write_gdal, problems_of):
    path = write_gdal("a.fgb", "FlatGeobuf", [shapely.Point(i / 100, 0) for i in range(1, 500)])
    whole = open_any(path)
    assert not problems_of(whole, Action.SKIPPED)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    part = open_any(path)
    lost = problems_of(part, Action.SKIPPED)
    assert 200 < len(part) < 499 == part.rows == len(part) + len(lost)
    assert all("damaged at this row or before it" in p.what for p in lost)
    assert [g.wkb for g in part.geometry] == [g.wkb for g in whole.geometry[: len(part)]]


def test_only_the_first_bytes_tell(tmp_path):
    assert not FlatGeobufReader().sniff(b"{}", tmp_path / "a.fgb")
