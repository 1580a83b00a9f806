import shutil
import zipfile

import numpy as np
import pyogrio
import pytest
import shapely

from layers.errors import ReadingError
from layers.readers.file_geodatabase import FileGeodatabaseReader
from layers.reading import Action, open_any


@pytest.fixture
def database(write_gdal):
    path = write_gdal(
        "ops.gdb", "OpenFileGDB", [shapely.Point(36.3, 32.3), shapely.Point(36.4, 32.4)],
        {"NAME": ["مستشفى", "B"], "BEDS": [12.5, np.nan]}, layer="clinics",
    )  # fmt: skip
    pyogrio.raw.write(
        path, geometry=shapely.to_wkb(np.array([shapely.box(36, 32, 37, 33)])), field_data=[], fields=[],
        geometry_type="Polygon", crs="EPSG:4326", driver="OpenFileGDB", layer="areas", append=False,
    )  # fmt: skip
    return path


def test_a_folder_is_read_and_left_as_it_is(database, problems_of):
    before = {p.name: p.read_bytes() for p in database.iterdir()}
    imported = open_any(database)
    assert {p.name: p.read_bytes() for p in database.iterdir()} == before
    assert (imported.format, set(imported.layers), imported.layer) == (
        "file_geodatabase",
        {"clinics", "areas"},
        "clinics",
    )
    assert imported.columns["NAME"].tolist() == ["مستشفى", "B"]
    assert imported.columns["BEDS"].tolist() == [12.5, None]
    assert [p.code for p in problems_of(imported, Action.DOUBT)] == ["other_layers"]
    assert FileGeodatabaseReader().sniff(b"", database)


def test_an_archive_of_the_folder_is_read(database, tmp_path):
    archive = tmp_path / "sent.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for item in database.iterdir():
            file.write(item, f"Export/ops.gdb/{item.name}")
    imported = open_any(archive)
    assert (imported.format, imported.rows) == ("file_geodatabase", 2)


def test_a_damaged_table_ends_in_a_sentence(database, tmp_path):
    broken = tmp_path / "broken.gdb"
    shutil.copytree(database, broken)
    for item in broken.glob("*.gdbtable"):
        item.write_bytes(item.read_bytes()[:50])
    with pytest.raises(ReadingError):
        open_any(broken)
