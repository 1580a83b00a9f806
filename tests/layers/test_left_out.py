"""What was left out on import is in every coverage: nothing that a partner sent is silently clear."""

import json
from datetime import UTC, datetime

import pytest

from desktop.cli import main
from layers.checks import check
from layers.left_out import REASON, rows_left_out, told
from layers.workspace_file import read_workspace

NOW = datetime(2026, 12, 1, tzinfo=UTC)
HERE = {"type": "Point", "coordinates": [24.05123, 43.05123]}
AROUND = {
    "type": "Polygon",
    "coordinates": [[[24.3, 43.0], [24.4, 43.0], [24.4, 43.1], [24.3, 43.1], [24.3, 43.0]]],
}


@pytest.fixture
def bring(tmp_path, capsys):
    workspace = tmp_path / "op.gpkg"
    assert main(["new", str(workspace)]) == 0

    def run(kind, *shapes, name=""):
        path = tmp_path / (name or f"{kind}.geojson")
        rows = [
            {"type": "Feature", "properties": {"id": str(i), "name": f"N{i}"}, "geometry": shape}
            for i, shape in enumerate(shapes)
        ]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}), "utf-8")
        assert main(["import", str(workspace), str(path), "--kind", kind, "--partner", "P"]) == 0
        capsys.readouterr()
        return workspace

    return run


def covered(path, rule="site_inside_zone"):
    workspace = read_workspace(path)
    run = told(workspace, check(workspace, now=NOW).run)
    return next(coverage for coverage in run.coverage if coverage.rule == rule)


def test_a_row_without_a_position_is_not_compared_and_that_is_said(bring, capsys):
    bring("humanitarian_site", HERE, None)
    path = bring("military_zone", AROUND, None, None)
    coverage = covered(path)
    assert (coverage.state, coverage.a.count, dict(coverage.a.skipped)) == ("done", 1, {REASON: 1})
    assert (coverage.b.count, dict(coverage.b.gaps)) == (1, {REASON: 2})
    assert main(["check", str(path), "--rule", "site_inside_zone"]) == 0
    assert "3 NOT COMPARED" in capsys.readouterr().out
    assert main(["check", str(path), "--rule", "site_inside_zone", "--json", "-"]) == 0
    (said,) = json.loads(capsys.readouterr().out)["coverage"]
    assert (said["a"]["skipped"], said["b"]["skipped"]) == ({REASON: 1}, {REASON: 2})


def test_where_no_zone_could_be_imported_nothing_is_said_to_be_irrelevant(bring):
    bring("humanitarian_site", HERE)
    path = bring("military_zone", None)
    assert covered(path).state == "blocked"
    # It may have been no installation, or one: what this rule asks about is not there.
    few = covered(path, "installation_near_site")
    assert (few.state, dict(few.a.skipped)) == ("irrelevant", {REASON: 1})
    assert covered(path, "hazard_near_site").state == "irrelevant"


def test_a_file_that_comes_again_counts_once_and_no_more_when_it_is_right(bring):
    bring("military_zone", None, None)
    path = bring("military_zone", None, AROUND)
    assert rows_left_out(read_workspace(path)) == {"military_zone": 1}
    bring("military_zone", AROUND, AROUND)
    assert rows_left_out(read_workspace(path)) == {}


def test_rows_of_a_layer_that_was_removed_do_not_count(bring):
    workspace = read_workspace(bring("military_zone", None, AROUND))
    assert rows_left_out(workspace) == {"military_zone": 1}
    assert rows_left_out(workspace.without_layer(workspace.layers[0].id)) == {}
