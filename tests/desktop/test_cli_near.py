"""`deconflict near`, as scripts use it."""

import json

import pytest

from desktop.cli import main

SITES = """{"type": "FeatureCollection", "features": [
 {"type": "Feature", "properties": {"ref": "1", "name": "Clinic"},
  "geometry": {"type": "Point", "coordinates": [-70.5, -33.4]}},
 {"type": "Feature", "properties": {"ref": "2", "name": "School"},
  "geometry": {"type": "Point", "coordinates": [-70.4, -33.4]}},
 {"type": "Feature", "properties": {"ref": "3", "name": "Nowhere"}, "geometry": null}]}"""


@pytest.fixture
def workspace(tmp_path, capsys):
    path, sites = tmp_path / "op.gpkg", tmp_path / "sites.geojson"
    sites.write_text(SITES, "utf-8")
    assert main(["new", str(path), "--mode", "exercise"]) == 0
    assert main(["import", str(path), str(sites), "--kind", "humanitarian_site", "--id-field", "ref"]) == 0
    capsys.readouterr()
    return path


@pytest.mark.parametrize(
    "position", [["-33.40000,-70.51000"], ["-33.40000", "-70.51000"], ["33°24'00.0\"S 70°30'36.0\"W"]]
)
def test_the_nearest_are_listed_from_any_notation(workspace, capsys, position):
    before = workspace.read_bytes()
    assert main(["near", str(workspace), *position, "--radius", "2000", "--nearest", "0"]) == 0
    said = capsys.readouterr().out
    assert "Humanitarian site “Clinic”: 930 m" in said.replace("Other “", "Humanitarian site “")
    assert "east (90°)" in said
    assert "School" not in said
    assert "does not mean that a place is safe" in said
    assert workspace.read_bytes() == before


def test_the_result_is_plain_values(workspace, tmp_path, capsys):
    target = tmp_path / "near.json"
    assert main(["near", str(workspace), "-33.4", "-70.51", "--json", str(target)]) == 0
    capsys.readouterr()
    result = json.loads(target.read_text("utf-8"))
    assert [n["source_id"] for n in result["protected"]] == ["1", "2"]
    assert result["protected"][0]["distance_m"] == pytest.approx(930, abs=1)
    assert result["protected"][0]["at_least_m"] == 0.0  # one decimal stands for 5 km either way
    assert result["looked_at"]["humanitarian_site"] == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["quay"], "not a position"),
        (["-33.4,-70.51", "--radius", "-5"], "radius"),
        (["-33.4,-70.51", "--radius", "nan"], "radius"),
        (["-33.4,-70.51", "--nearest", "-1"], "nearest"),
    ],
)
def test_what_makes_no_sense_is_refused(workspace, capsys, arguments, words):
    assert main(["near", str(workspace), *arguments]) == 2
    assert words in capsys.readouterr().err
