import pytest
import shapely

from layers.errors import ReadingError
from layers.readers.mapinfo import MapInfoReader
from layers.reading import ReadOptions, open_any

POINTS = [shapely.Point(36.3, 32.3), shapely.Point(36.4, 32.4)]


@pytest.mark.parametrize("name", ["a.tab", "a.mif"])
def test_both_forms_are_read_with_the_files_beside_them(write_gdal, name):
    path = write_gdal(name, "MapInfo File", POINTS, {"NAME": ["مستشفى", "B"]})
    imported = open_any(path)
    assert (imported.format, imported.crs.value) == ("mapinfo", "EPSG:4326")
    assert imported.columns["NAME"].tolist() == ["مستشفى", "B"]
    assert shapely.distance(imported.geometry, shapely.points([(36.3, 32.3), (36.4, 32.4)])).max() < 1e-6


def test_text_without_a_stated_encoding_is_guessed_and_doubted(write_gdal):
    names = ["Больница", "Школа"]
    path = write_gdal("a.mif", "MapInfo File", POINTS, {"NAME": names}, encoding="CP1251")
    assert not open_any(path).encoding.certain
    assert open_any(path, ReadOptions(encoding="cp1251")).columns["NAME"].tolist() == names


def test_a_grid_of_its_own_is_not_taken_for_the_earth(write_gdal):
    path = write_gdal("a.mif", "MapInfo File", [shapely.Point(500, 600)])
    path.write_text(
        path.read_text().replace("CoordSys Earth Projection 1, 104", 'CoordSys NonEarth Units "m"')
    )
    imported = open_any(path)
    assert imported.crs.value == ""
    assert imported.geometry[0] is None


def test_a_table_that_refers_elsewhere_is_refused(tmp_path):
    path = tmp_path / "a.tab"
    path.write_text(
        '!table\n!version 100\nOpen Table "/secret/other" Hide\nCreate View a As Select * From other\n'
    )
    assert MapInfoReader().sniff(path.read_bytes(), path)
    with pytest.raises(ReadingError, match="refers to other tables"):
        open_any(path)


def test_a_missing_part_is_named(write_gdal):
    path = write_gdal("a.tab", "MapInfo File", POINTS)
    path.with_suffix(".dat").unlink()
    with pytest.raises(ReadingError, match="dat file"):
        open_any(path)
