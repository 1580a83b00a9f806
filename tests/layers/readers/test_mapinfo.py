import pytest
import shapely

from layers.errors import ReadingError
from layers.readers.mapinfo import MapInfoReader
from layers.reading import Action, ReadOptions, open_any

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


MIF = (
    'Version 300\nCharset "Neutral"\nDelimiter ","\nCoordSys Earth Projection 1, 104\n'
    "Columns 1\n  NAME Char(9)\nData\n\n"
)


def write_mif(folder, shapes, names="ABCDEFG"):
    path = folder / "a.mif"
    path.write_text(MIF + shapes)
    path.with_suffix(".mid").write_text("".join(f'"{name}"\n' for name in names))
    return path


def test_rows_with_words_among_their_coordinates_are_skipped(tmp_path, problems_of):
    shapes = (
        "Point 36 33\n  Symbol (35,0,12)\npoint here 33\nPline 2\n36 33\n37 34\n Pen (1,2,3)\n"
        "Region 1\n4\n36 33\n37 33\nx 34\n36 33\n Brush(1,2,3)\n Center 36 33\nNone\n"
        "Collection 2\n Multipoint 1\n 36 33\n Pline 2\n36 33\n3e1 1.5E+01\nPoint 38 35\n"
    )
    imported = open_any(write_mif(tmp_path, shapes))
    skipped = {p.row: p.what for p in problems_of(imported, Action.SKIPPED)}
    assert skipped == {
        2: "Its coordinates hold “here”, which is no number.",
        4: "Its coordinates hold “x”, which is no number.",
        5: "It has no geometry.",
    }
    assert imported.geometry[6].equals(shapely.Point(38, 35))
    assert imported.columns["NAME"].tolist() == list("ABCDEFG")


def test_texts_of_a_drawing_are_no_coordinates(tmp_path, problems_of):
    shapes = 'Text "see the well"\n  36 33 37 34\n  Font ("Arial",0,0,0)\n  Justify Center\nPoint 38 35\n'
    assert not problems_of(open_any(write_mif(tmp_path, shapes)), Action.SKIPPED)


def test_a_shape_that_is_not_known_is_said(tmp_path, problems_of):
    imported = open_any(write_mif(tmp_path, "Blob 1 2\nPoint 36 33\n"))
    assert "unknown_shape" in {p.code for p in problems_of(imported, Action.DOUBT)}


def test_rows_before_the_damage_are_read(tmp_path, problems_of):
    imported = open_any(write_mif(tmp_path, "Point 36 33\nPoint 37 34\nPoint 38 35\n", names="AB"))
    assert imported.columns["NAME"].tolist() == ["A", "B"]
    (lost,) = problems_of(imported, Action.SKIPPED)
    assert lost.row == imported.rows == 3
    assert "damaged" in lost.what


def test_lines_may_end_as_on_old_macintoshes(tmp_path):
    path = write_mif(tmp_path, "Point 36 33\nPoint 37 34\n")
    for part in (path, path.with_suffix(".mid")):
        part.write_bytes(part.read_bytes().replace(b"\n", b"\r"))
    assert open_any(path).columns["NAME"].tolist() == ["A", "B"]


def test_utm_counted_in_feet_is_not_taken_for_metres(tmp_path):
    path = write_mif(tmp_path, "Point 836614.1732 11735564.3045\n", names="A")
    system = 'CoordSys Earth Projection 8, 104, "ft", 39, 0, 0.9996, 1640419.94751, 0'
    path.write_text(path.read_text().replace("CoordSys Earth Projection 1, 104", system))
    imported = open_any(path)  # 255,000 m east, 3,577,000 m north in zone 37
    assert imported.geometry[0].distance(shapely.Point(36.397972574, 32.303036283)) < 1e-6
    assert "feet" in imported.crs.how.lower() or "foot" in imported.crs.how.lower()
