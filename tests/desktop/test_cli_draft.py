"""`deconflict draft`, as scripts use it."""

import json

import pytest

from desktop.cli import main
from layers.workspace_file import read_workspace


def collection(*features):
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": properties, "geometry": geometry}
                for properties, geometry in features
            ],
        }
    )


@pytest.fixture
def workspace(tmp_path, capsys):
    path, sites = tmp_path / "op.gpkg", tmp_path / "sites.geojson"
    point = {"type": "Point", "coordinates": [36.0, 32.0]}
    sites.write_text(collection(({"ref": "1", "name": "Clinic"}, point)), "utf-8")
    assert main(["new", str(path), "--mode", "exercise"]) == 0
    assert main(["import", str(path), str(sites), "--kind", "humanitarian_site", "--id-field", "ref"]) == 0
    capsys.readouterr()
    return path


@pytest.fixture
def zones(tmp_path):
    path = tmp_path / "zones.geojson"
    ring = [[36.001, 31.99], [36.02, 31.99], [36.02, 32.01], [36.001, 32.01], [36.001, 31.99]]
    lost = ({"name": "Nowhere"}, None)
    path.write_text(
        collection(({"name": "Range"}, {"type": "Polygon", "coordinates": [ring]}), lost), "utf-8"
    )
    return path


def test_a_file_is_checked_and_not_imported(workspace, zones, tmp_path, capsys):
    before, target = workspace.read_bytes(), tmp_path / "draft.json"
    arguments = ["draft", str(workspace), str(zones), "--kind", "military_zone", "--json", str(target)]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "Range" in said
    assert "Compared by" in said
    assert said.rstrip().endswith("Nothing was imported.")
    assert workspace.read_bytes() == before
    assert not read_workspace(workspace).of_kind("military_zone")
    result = json.loads(target.read_text("utf-8"))
    found = {finding["rule"]: finding for finding in result["about"]}
    assert found["zone_within_standoff_of_site"]["distance_m"] == pytest.approx(94.4, abs=0.2)
    assert [result["import"][name] for name in ("rows", "imported")] == [2, 1]


def test_a_file_that_is_in_the_workspace_already_is_not_said_to_have_nothing_to_compare_with(
    workspace, zones, capsys
):
    kind = ["--kind", "military_zone"]
    assert main(["import", str(workspace), str(zones), *kind]) == 0
    assert main(["draft", str(workspace), str(zones), *kind]) == 0
    said = capsys.readouterr().out
    assert "Not tried: this brings nothing that the workspace does not hold already." in said
    assert "no rule had anything to compare it with" not in said


def test_a_file_that_cannot_be_read_is_a_clear_error(workspace, tmp_path, capsys):
    assert main(["draft", str(workspace), str(tmp_path / "none.geojson"), "--kind", "military_zone"]) == 2
    assert capsys.readouterr().err.startswith("deconflict: ")


def test_a_file_of_which_no_row_can_be_read_is_refused(workspace, tmp_path, capsys):
    path = tmp_path / "list.csv"
    path.write_text("name,remarks\nA,b\nC,d\n", "utf-8")
    assert main(["draft", str(workspace), str(path), "--kind", "military_zone"]) == 2
    said = capsys.readouterr()
    assert "No row of it could be read." in said.err
    assert not said.out
