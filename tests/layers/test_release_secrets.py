"""An independent search of everything that a release for the community writes: no product code reads here."""

import getpass
import html
import io
import json
import socket
import sqlite3
import struct
import zipfile
from pathlib import Path

import pytest
import shapely

from layers.model import Kind
from layers.release import build, hand_over
from tests.layers.release_samples import NOW, SECRET_TEXTS, profile, seeded


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("release") / "out"
    hand_over(build(seeded(), profile("humanitarian"), now=NOW, by="Lt. Nobody Nowhere"), out)
    return out


def views(path: Path) -> list[bytes]:
    """Return the file in every way that it can be read: raw, unzipped, unescaped, dumped."""
    data = path.read_bytes()
    found = [data]
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found += [archive.read(name) for name in archive.namelist()]
            found += [repr((i.filename, i.comment, i.extra)).encode() for i in archive.infolist()]
    if data.startswith(b"SQLite"):
        database = sqlite3.connect(path)
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall():
            rows = database.execute(f'SELECT * FROM "{table}"').fetchall()
            found.append("\n".join(str(value) for row in rows for value in row).encode())
        database.close()
    for view in list(found):
        text = view.decode("utf-8", "ignore")
        found.append(html.unescape(html.unescape(text)).encode("utf-8", "ignore"))
        found.append(text.replace("\\u003c", "<").encode("utf-8", "ignore"))
        if text.lstrip().startswith("{"):
            found.append(json.dumps(json.loads(text), ensure_ascii=False).encode())
    return found


def zone_vertices() -> list[tuple[float, float]]:
    (military,) = seeded().of_kind(Kind.MILITARY_ZONE)
    points = shapely.get_coordinates(military.table.geometry).tolist()
    return [tuple(p) for p in points] + [(36.4123457, 32.3765433), (36.5111113, 32.2111117)]


def test_there_are_four_products_and_a_manifest(folder):
    assert sorted(p.suffix for p in folder.iterdir()) == [".geojson", ".gpkg", ".html", ".json", ".kmz"]


def test_no_planted_text_is_in_any_byte_of_any_file(folder):
    machine = (socket.gethostname(), str(Path.home()), str(folder), "Lt. Nobody Nowhere", "src-mil", "f" * 32)
    for path in folder.iterdir():
        for view in views(path):
            lower = view.lower()
            for secret in (*SECRET_TEXTS, *machine):
                if len(secret) < 4:
                    continue
                for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
                    assert secret.lower().encode(encoding) not in lower, (path.name, secret)


def test_the_login_name_is_in_no_data(folder):
    user = getpass.getuser().lower()
    texts = (folder / "manifest.json").read_text("utf-8") + next(folder.glob("*.geojson")).read_text("utf-8")
    assert len(user) < 4 or user not in texts.lower()


def test_no_internal_id_is_in_any_file(folder):
    ids = [feature_id for item in seeded().layers for feature_id in item.table.id if len(feature_id) > 6]
    for path in folder.iterdir():
        for view in views(path):
            assert not [i for i in ids if i.encode() in view], path.name


def test_no_position_of_a_zone_is_in_any_file_as_text_or_as_doubles(folder):
    for path in folder.iterdir():
        for view in views(path):
            for lon, lat in zone_vertices():
                assert struct.pack("<dd", lon, lat) not in view
                assert struct.pack(">dd", lon, lat) not in view
                if f"{lon:.5f}".encode() in view:
                    assert f"{lat:.5f}".encode() not in view, (path.name, lon, lat)


def test_no_vertex_that_leaves_is_a_vertex_or_centre_of_a_zone(folder):
    data = json.loads(next(folder.glob("*.geojson")).read_text("utf-8"))
    geometries = [shapely.from_geojson(json.dumps(f["geometry"])) for f in data["features"]]
    released = shapely.points(shapely.get_coordinates(geometries))
    zones = shapely.MultiPoint(zone_vertices())
    assert shapely.distance(released, zones).min() > 1e-7


def test_what_may_leave_has_left(folder):
    text = next(folder.glob("*.geojson")).read_text("utf-8")
    for allowed in ("Al Noor hospital", "مستشفى الزعتري", "Médecins du Lac", "Old mines", "Avoid areas"):
        assert allowed in text


def test_files_carry_no_times_of_this_machine_and_no_free_pages(folder):
    with zipfile.ZipFile(next(folder.glob("*.kmz"))) as archive:
        assert {info.date_time[0] for info in archive.infolist()} == {1980}
        assert {info.extra for info in archive.infolist()} == {b""}
    database = sqlite3.connect(next(folder.glob("*.gpkg")))
    assert database.execute("PRAGMA freelist_count").fetchone() == (0,)
    changed = {row[0] for row in database.execute("SELECT last_change FROM gpkg_contents")}
    database.close()
    assert changed == {"2026-11-23T02:30:00.000Z"}
