"""The real thing: files of Zaatari camp (UNHCR and partners), or copies made in code where there are none.

Shapefile in UTM 37N, Arabic names in UTF-8 that nothing declares; a KML and a CSV of the same facilities.
"""

import csv
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import Geod, Transformer

from layers.importing import add_to_workspace, guess_kind, guess_mapping
from layers.kinds import spec_of
from layers.model import Kind, Mode, new_workspace
from layers.reading import Action, open_any

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "zaatari"
ROWS = 208


def made(folder: Path) -> Path:
    """Make the three twins in code: 208 rectangles with English and Arabic names."""
    forward = Transformer.from_crs("EPSG:4326", "EPSG:32637", always_xy=True)
    names = [(f"Facility {i}", f"مرفق {i}") for i in range(ROWS)]
    corners = [(36.30 + i % 16 / 500, 32.28 + i // 16 / 500) for i in range(ROWS)]
    rings = [[(x, y), (x + 2e-4, y), (x + 2e-4, y + 2e-4), (x, y + 2e-4), (x, y)] for x, y in corners]
    boxes = [shapely.Polygon([forward.transform(*xy) for xy in ring]) for ring in rings]
    arrays = [np.array([n[k] for n in names], dtype=object) for k in (0, 1)]
    arrays[1] = np.array([v.encode().decode("latin-1") for v in arrays[1]], dtype=object)
    shp = folder / "CampFacilities_2017_02.shp"
    pyogrio.raw.write(
        shp, geometry=shapely.to_wkb(np.array(boxes)), field_data=[np.arange(1, ROWS + 1), *arrays],
        fields=["OBJECTID_1", "NAME_EN", "NAME_AR"], geometry_type="Polygon", crs="EPSG:32637",
        encoding="ISO-8859-1", driver="ESRI Shapefile",
    )  # fmt: skip
    shp.with_suffix(".cpg").unlink(missing_ok=True)
    with zipfile.ZipFile(folder / "CampFacilities_2017_02.shp.zip", "w") as archive:
        for part in folder.glob("CampFacilities_2017_02.*"):
            if part.suffix in (".shp", ".shx", ".dbf", ".prj"):
                archive.write(part, part.name)
    with (folder / "CampFacilities_2017_02.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [("OBJECTID_1", "NAME_EN", "NAME_AR"), *((i + 1, *n) for i, n in enumerate(names))]
        )
    marks = "".join(
        f"<Placemark><name>{n[0]}</name><Polygon><outerBoundaryIs><LinearRing><coordinates>"
        + " ".join(f"{x},{y}" for x, y in ring)
        + "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
        for n, ring in zip(names, rings, strict=True)
    )
    (folder / "CampFacilities_2017_02.kml").write_text(
        f"<kml><Document>{marks}</Document></kml>", encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="module", params=["shared", "made"])
def folder(request, tmp_path_factory):
    real = SHARED / "CampFacilities_2017_02.shp.zip"
    return SHARED if request.param == "shared" and real.is_file() else made(tmp_path_factory.mktemp("twins"))


def test_the_shapefile_reads_its_arabic_right_and_says_how(folder):
    imported = open_any(folder / "CampFacilities_2017_02.shp.zip")
    assert (imported.rows, sum(g is not None for g in imported.geometry)) == (ROWS, ROWS)
    assert imported.crs.value == "EPSG:32637"
    assert imported.accuracy_m == 0.0
    assert imported.encoding.value == "utf-8"
    assert "valid UTF-8" in imported.encoding.how
    with (folder / "CampFacilities_2017_02.csv").open(encoding="utf-8", newline="") as file:
        twin = [(row["NAME_EN"], row["NAME_AR"]) for row in csv.DictReader(file)]
    arabic = [v or "" for v in imported.columns["NAME_AR"]]
    assert sum(a == t for a, (_, t) in zip(arabic, twin, strict=True)) >= 0.95 * ROWS
    assert not any("Ø" in v or "Ù" in v for v in arabic)
    assert sum("\u0600" <= c <= "\u06ff" for v in arabic for c in v) > ROWS


def test_shapefile_and_kml_agree_within_half_a_metre(folder):
    shp = open_any(folder / "CampFacilities_2017_02.shp.zip")
    kml = open_any(folder / "CampFacilities_2017_02.kml")
    assert (kml.rows, sum(g is not None for g in kml.geometry)) == (ROWS, ROWS)
    assert shp.columns["NAME_EN"].tolist() == kml.columns["name"].tolist()
    a = shapely.get_coordinates(shapely.centroid(shp.geometry))
    b = shapely.get_coordinates(shapely.centroid(kml.geometry))
    *_, distance_m = Geod(ellps="WGS84").inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
    assert max(distance_m) < 0.5


def test_the_table_without_coordinates_is_readable_but_no_row_is_placed(folder):
    imported = open_any(folder / "CampFacilities_2017_02.csv")
    assert imported.rows == ROWS
    assert all(g is None for g in imported.geometry)
    assert imported.columns["NAME_AR"][0]
    workspace = new_workspace("Test", Mode.TEST, datetime.now(UTC))
    mapping = guess_mapping(imported, spec_of(Kind.HUMANITARIAN_SITE))
    _, report = add_to_workspace(workspace, imported, Kind.HUMANITARIAN_SITE, mapping, now=datetime.now(UTC))
    assert (report.rows, report.imported, len(report.of(Action.SKIPPED))) == (ROWS, 0, ROWS)
    assert {p.what for p in report.of(Action.SKIPPED)} == {"The table has no columns that hold positions."}


def test_the_guess_imports_all_facilities_with_their_names(folder):
    imported = open_any(folder / "CampFacilities_2017_02.shp.zip")
    assert guess_kind(imported) is Kind.HUMANITARIAN_SITE
    mapping = guess_mapping(imported, spec_of(Kind.HUMANITARIAN_SITE))
    assert (mapping.source_id, mapping.name) == ("OBJECTID_1", "NAME_EN")
    workspace = new_workspace("Test", Mode.TEST, datetime.now(UTC), "Asia/Amman")
    workspace, report = add_to_workspace(
        workspace, imported, Kind.HUMANITARIAN_SITE, mapping, partner="UNHCR", now=datetime.now(UTC)
    )
    assert (report.rows, report.imported) == (ROWS, ROWS)
    table = workspace.layers[0].table
    assert len(set(table.id)) == ROWS
    assert table.attributes["NAME_AR"].tolist() == imported.columns["NAME_AR"].tolist()


EXPECTED = {
    "CampFacilities_2017_02.kml": (ROWS, Kind.HUMANITARIAN_SITE),
    "BlockBoundaries_2016_12.geojson": (193, Kind.REFERENCE),
    "BlockBoundaries_2016_12.shp.zip": (193, Kind.REFERENCE),
    "Mosques_2017_01.shp.zip": (76, Kind.HUMANITARIAN_SITE),
    "Mosques_2017_01.csv": (76, Kind.HUMANITARIAN_SITE),
    "Mosques_2017_01.geojson": (76, Kind.HUMANITARIAN_SITE),
    "Roads_2016_12.shp.zip": (161, Kind.REFERENCE),
    "Roads_2016_12.kml": (161, Kind.REFERENCE),
    "AssemblyPoints.shp.zip": (11, Kind.HUMANITARIAN_SITE),
}


def test_every_other_file_that_is_there_is_read_whole(folder):
    there = {name: expected for name, expected in EXPECTED.items() if (folder / name).is_file()}
    assert there
    for name, (rows, kind) in there.items():
        imported = open_any(folder / name)
        assert (name, imported.rows, sum(g is not None for g in imported.geometry)) == (name, rows, rows)
        assert (name, guess_kind(imported)) == (name, kind)
        west, south, east, north = shapely.total_bounds(imported.geometry)
        assert 36.2 < west < east < 36.4
        assert 32.2 < south < north < 32.4
