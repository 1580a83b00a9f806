"""The exercise samples: enough of everything, readable as described, flawed where they should be."""

import csv
import io
import json
import tomllib
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from resources.build import make_samples

SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples"
PLAN = tomllib.loads((SAMPLES / "exercise.toml").read_text(encoding="utf-8"))
FILES = {entry["file"]: entry for entry in PLAN["files"]}
KML = "{http://www.opengis.net/kml/2.2}"


def _member(path: Path) -> str:
    names = zipfile.ZipFile(path).namelist()
    return next(n for n in names if n.endswith(".shp") and not n.startswith("__MACOSX"))


def _read(name: str) -> tuple[list[str], list[list[object]], list[object]]:
    """Return column names, rows and geometries of a sample, by readers that are not the program's own."""
    path = SAMPLES / name
    if name.endswith(".zip"):
        meta, _, wkb, columns = pyogrio.raw.read(
            f"/vsizip/{path}/{_member(path)}", encoding=FILES[name].get("encoding")
        )
        return list(meta["fields"]), list(map(list, zip(*columns, strict=True))), list(shapely.from_wkb(wkb))
    if name.endswith(".csv"):
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
        points = [shapely.Point(float(r[0]), float(r[1])) if r[0] else None for r in rows[1:]]
        return rows[0], [list(row) for row in rows[1:]], points
    if name.endswith(".kml"):
        marks = list(ET.fromstring(path.read_text(encoding="utf-8")).iter(f"{KML}Placemark"))
        facts = [{d.attrib["name"]: d[0].text for d in mark.iter(f"{KML}Data")} for mark in marks]
        lines = [
            shapely.LineString([list(map(float, c.split(",")))[:2] for c in (node.text or "").split()])
            for mark in marks
            for node in mark.iter(f"{KML}coordinates")
        ]
        names = ["name", *facts[0]]
        return names, [[mark[0].text, *fact.values()] for mark, fact in zip(marks, facts, strict=True)], lines
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    shapes = [shapely.from_geojson(json.dumps(f["geometry"])) for f in features]
    names = list(dict.fromkeys(key for f in features for key in f["properties"]))
    return names, [[f["properties"].get(n) for n in names] for f in features], shapes


def _count(kind: str) -> int:
    names = [name for name, entry in FILES.items() if entry["kind"] == kind]
    return sum(shape is not None for name in names for shape in _read(name)[2])


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        ("humanitarian_site", 300),
        ("military_zone", 40),
        ("no_strike_area", 60),
        ("project", 25),
        ("movement", 12),
        ("hazard", 10),
        ("arrangement", 2),
        ("area_of_operations", 1),
        ("liaison", 3),
        ("assessment", 5),
    ],
)
def test_there_is_enough_of_every_kind(kind: str, least: int) -> None:
    assert _count(kind) >= least


def test_the_plan_and_the_folder_agree() -> None:
    assert set(FILES) == {path.name for path in SAMPLES.iterdir()} - {"README.md", "exercise.toml"}
    assert PLAN["mode"] == "exercise"  # which marks the window and every product
    text = (SAMPLES / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in FILES)


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_mapped_column_and_category_is_in_the_file(name: str) -> None:
    names, rows, _ = _read(name)
    mapping = FILES[name]["mapping"]
    plain = [mapping[k] for k in ("source_id", "name", "category", "valid_from", "valid_to") if k in mapping]
    assert set(plain) | set(mapping.get("fields", {}).values()) <= set(names)
    assert len({row[names.index(mapping["source_id"])] for row in rows}) == len(rows), "ids repeat"
    if "category" in mapping:
        words = {row[names.index(mapping["category"])] for row in rows}
        assert words <= set(mapping["categories"])


@pytest.mark.parametrize("name", sorted(FILES))
def test_geometries_are_valid(name: str) -> None:
    shapes = np.array(_read(name)[2], dtype=object)
    assert shapely.is_valid(shapes[shapes != None]).all()  # noqa: E711 (elementwise)


def test_one_shapefile_hides_its_encoding_and_one_states_it() -> None:
    health = zipfile.ZipFile(SAMPLES / "ex_sites_health.zip")
    assert not any(name.endswith(".cpg") for name in health.namelist())
    assert any(name.startswith("__MACOSX/") for name in health.namelist())
    dbf = next(n for n in health.namelist() if n.endswith(".dbf") and not n.startswith("__MACOSX"))
    assert "/" in dbf
    data = health.read(dbf)
    assert data[29] == 0, "the .dbf must not name its code page"
    assert "Болница".encode("cp1251") in data
    community = zipfile.ZipFile(SAMPLES / "ex_sites_community.zip")
    assert community.read("EX_COMMUNITY.cpg") == b"UTF-8"
    assert "Училище".encode() in community.read("EX_COMMUNITY.dbf")


def test_the_import_report_has_something_to_say() -> None:
    assert sum(shape is None for shape in _read("ex_sites_community.zip")[2]) == 2
    assert sum(shape is None for shape in _read("ex_military_zones.zip")[2]) == 1
    points = _read("ex_sites_relief.csv")[2]
    assert sum(point is None for point in points) == 1
    assert sum(point == shapely.Point(0, 0) for point in points if point is not None) == 1


def test_scripts_beyond_latin_are_there() -> None:
    text = (SAMPLES / "ex_sites_relief.csv").read_text(encoding="utf-8-sig")
    assert "تمرين" in text
    assert "Склад" in text


def test_the_same_seed_writes_the_same_bytes(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(make_samples, "FOLDER", tmp_path)
    make_samples.main()
    for name in FILES:
        if name.endswith(".zip"):  # deflate differs between zlib versions: compare what is inside
            ours, theirs = zipfile.ZipFile(tmp_path / name), zipfile.ZipFile(SAMPLES / name)
            assert ours.namelist() == theirs.namelist()
            assert all(ours.read(n) == theirs.read(n) for n in ours.namelist())
        else:
            assert (tmp_path / name).read_bytes() == (SAMPLES / name).read_bytes()
