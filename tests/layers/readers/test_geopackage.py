import sqlite3

import numpy as np
import pyogrio
import pytest
import shapely

from layers.errors import ReadingError
from layers.readers.geopackage import GeoPackageReader
from layers.reading import Action, ReadOptions


def write(path, layer="sites", n=3, crs="EPSG:32637", append=False):
    names = np.empty(n, dtype=object)
    names[:] = [f"مدرسة {i}" for i in range(n)]
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(shapely.points(255_000 + np.arange(n), np.full(n, 3_577_000.0))),
        field_data=[names, np.arange(n)],
        fields=["name", "beds"],
        geometry_type="Point",
        crs=crs,
        layer=layer,
        driver="GPKG",
        append=append,
    )
    return path


def read(path, **options):
    assert GeoPackageReader().sniff(path.read_bytes()[:100], path)
    return GeoPackageReader().read(path, ReadOptions(**options))


def test_it_agrees_with_gdal(tmp_path):
    path = write(tmp_path / "a.gpkg")
    imported = read(path)
    _, _, wkb, values = pyogrio.raw.read(path)
    assert imported.columns["name"].tolist() == values[0].tolist()
    assert imported.columns["beds"].tolist() == values[1].tolist()
    assert imported.crs.value == "EPSG:32637"
    lonlat = shapely.get_coordinates(imported.geometry)
    assert np.allclose(lonlat, (36.4, 32.3), atol=0.1)
    assert len(wkb) == imported.rows == 3


def test_the_layer_with_most_rows_is_taken_unless_one_is_named(tmp_path):
    path = write(tmp_path / "a.gpkg", "small", 2)
    write(path, "large", 5, append=True)
    assert read(path).layer == "large"
    assert read(path, layer="small").rows == 2
    assert set(read(path).layers) == {"small", "large"}
    with pytest.raises(ReadingError, match="no layer"):
        read(path, layer="other")


def test_rows_without_geometry_or_with_rubbish_are_skipped(tmp_path, problems_of):
    path = write(tmp_path / "a.gpkg", n=4)
    with sqlite3.connect(path) as database:
        for name in ("rtree_sites_geom_update6", "rtree_sites_geom_update7"):
            database.execute(f"DROP TRIGGER IF EXISTS {name}")
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute("UPDATE sites SET geom=NULL WHERE fid=1")
        database.execute("UPDATE sites SET geom=x'00' WHERE fid=2")
        database.execute("UPDATE sites SET geom=substr(geom, 1, length(geom)-3) WHERE fid=3")
    database.close()
    imported = read(path)
    assert sorted(p.row for p in problems_of(imported, Action.SKIPPED)) == [1, 2, 3]


def test_another_database_is_refused_in_one_sentence(tmp_path):
    path = tmp_path / "a.gpkg"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE t(a)")
    database.close()
    with pytest.raises(ReadingError, match="not a GeoPackage"):
        read(path)


def test_a_damaged_database_is_refused_in_one_sentence(tmp_path):
    path = write(tmp_path / "a.gpkg", n=2_000)
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(ReadingError, match="damaged"):
        read(path)


def test_a_layer_that_would_run_functions_is_refused(tmp_path):
    path = write(tmp_path / "a.gpkg")
    database = sqlite3.connect(path)
    with database:
        database.execute("ALTER TABLE sites RENAME TO hidden")
        database.execute(
            "CREATE VIEW sites AS WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM t)"
            " SELECT n AS fid, zeroblob(1000000) AS geom FROM t"
        )
    database.close()
    with pytest.raises(ReadingError):
        read(path)


def test_an_undefined_coordinate_system_is_not_guessed_for_metres(tmp_path, problems_of):
    path = write(tmp_path / "a.gpkg")
    with sqlite3.connect(path) as database:
        database.execute("UPDATE gpkg_geometry_columns SET srs_id=-1")
    database.close()
    imported = read(path)
    assert len(problems_of(imported, Action.SKIPPED)) == 3


def test_columns_that_are_computed_are_read(tmp_path):
    path = write(tmp_path / "a.gpkg")
    with sqlite3.connect(path) as database:
        database.execute("ALTER TABLE sites ADD COLUMN both TEXT GENERATED ALWAYS AS (name || beds) VIRTUAL")
    assert read(path).columns["both"].tolist() == ["مدرسة 00", "مدرسة 11", "مدرسة 22"]


def test_a_system_that_the_file_uses_and_does_not_define_is_known_by_its_number(tmp_path):
    path = write(tmp_path / "a.gpkg")
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM gpkg_spatial_ref_sys WHERE srs_id = 32637")
    assert read(path).crs.value == "EPSG:32637"
