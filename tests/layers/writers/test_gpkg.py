import sqlite3

import fiona
import pyogrio
import pytest
import shapely

from layers.model import Kind, new_feature
from layers.release import build
from layers.writers import gpkg
from tests.layers.release_samples import NOW, layer, profile, seeded, site, workspace


@pytest.fixture
def path(tmp_path):
    target = tmp_path / "x.gpkg"
    gpkg.WRITER.write(build(seeded(), profile("humanitarian"), now=NOW), target)
    return target


def test_another_reader_sees_the_same_features(path):
    assert set(pyogrio.list_layers(path)[:, 0]) == {
        "humanitarian_site",
        "avoid_areas",
        "hazard",
        "release_information",
    }
    meta, _, geometry, fields = pyogrio.raw.read(path, layer="humanitarian_site")
    assert meta["crs"] == "EPSG:4326"
    assert meta["geometry_type"] == "Point"
    names = fields[list(meta["fields"]).index("name")]
    assert len(geometry) == len(names)
    assert "مستشفى الزعتري" in names


def test_marking_and_caveats_travel_in_a_table(path):
    with fiona.open(path, layer="release_information") as table:
        said = {row.properties["item"]: row.properties["value"] for row in table}
    assert said["marking"] == profile("humanitarian").marking
    assert "not approval" in said["caveats"]
    assert said["valid_until"] == "2026-11-26T02:30:00Z"


def test_it_is_a_sound_geopackage_without_free_pages_or_side_files(path):
    database = sqlite3.connect(path)
    assert database.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert database.execute("PRAGMA freelist_count").fetchone() == (0,)
    counts = dict(database.execute("SELECT table_name, feature_count FROM gpkg_ogr_contents").fetchall())
    for table, count in counts.items():
        rows = database.execute(f'SELECT min(fid), max(fid), count(*) FROM "{table}"').fetchone()
        assert rows == (1, count, count), "ids without gaps"
    database.close()
    assert [p.name for p in path.parent.iterdir()] == ["x.gpkg"]


def test_points_and_areas_of_one_kind_go_to_tables_of_one_type_each(tmp_path):
    features = [
        site("A"),
        new_feature(Kind.HUMANITARIAN_SITE, shapely.box(36, 32, 36.1, 32.1), name="Camp", category="camp"),
    ]
    target = tmp_path / "x.gpkg"
    release = build(workspace(layer(Kind.HUMANITARIAN_SITE, features)), profile("ocha"), now=NOW)
    gpkg.WRITER.write(release, target)
    types = dict(pyogrio.list_layers(target).tolist())
    assert types["humanitarian_site_points"] == "Point"
    assert types["humanitarian_site_areas"] == "MultiPolygon"
