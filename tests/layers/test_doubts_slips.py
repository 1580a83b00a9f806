import numpy as np
import pytest
import shapely

from layers.fixes import apply_fixes
from layers.importing import add_to_workspace
from layers.model import Kind
from layers.reading import Action, open_any
from tests.layers import slips
from tests.layers.workspace_samples import assert_same

SITE = Kind.HUMANITARIAN_SITE


@pytest.fixture(scope="module")
def delivered(tmp_path_factory):
    path = tmp_path_factory.mktemp("slips") / "sites.csv"
    expected = slips.build(path)
    before = slips.workspace()
    imported = open_any(path)
    after, report = add_to_workspace(before, imported, SITE, slips.MAPPING, now=slips.NOW, partner="Relief")
    return before, imported, after, report, expected


def _fix(table, slip):
    """Return the fix a slip should carry; a twin in the file is named by its row."""
    if slip.code != "duplicate":
        return slip.fix
    other = slip.fix if isinstance(slip.fix, str) else table.id[slip.fix - 1]
    return {"same_as": other}


def test_each_of_30_slips_is_flagged_with_the_right_proposal_and_nothing_else_is(delivered):
    _, _, after, report, expected = delivered
    table = after.layer(report.layer_id).table
    wanted = {slip.row: (slip.code, _fix(table, slip)) for slip in expected}
    flagged = {p.row: (p.code, p.fix) for p in report.of(Action.DOUBT)}
    coarse = [row for row, (code, _) in wanted.items() if code == "coarse_position"]
    for row in coarse:  # where the notation already gave the uncertainty there is nothing left to set
        if flagged[row][1] is None:
            assert table.uncertainty_m[row - 1] == pytest.approx(wanted[row][1]["uncertainty_m"], rel=0.02)
            wanted[row] = ("coarse_position", None)
    assert flagged == wanted
    assert len(report.of(Action.DOUBT)) == 30
    assert all(p.proposal for p in report.of(Action.DOUBT))


def test_nothing_is_changed_before_a_click(delivered):
    before, imported, after, report, _ = delivered
    table = after.layer(report.layer_id).table
    assert report.imported == len(imported) == len(table)
    assert shapely.equals(table.geometry, imported.geometry).all()
    for name, column in imported.columns.items():
        assert table.attributes[name].tolist() == column.tolist()
    assert_same(before.layers, after.layers[:3])


def test_all_proposals_are_applied_in_one_step_and_listed_in_the_report(delivered):
    _, _, after, report, expected = delivered
    fixed = apply_fixes(after, report.layer_id, report.of(Action.DOUBT))
    table, old = fixed.layer(report.layer_id).table, after.layer(report.layer_id).table
    dropped = [s.row for s in expected if s.code in ("null_island", "equal_lat_lon", "duplicate")]
    assert sorted(set(old.source_row) - set(table.source_row)) == sorted(dropped)
    rows = {int(row): i for i, row in enumerate(table.source_row)}
    mirrored = [rows[s.row] for s in expected if s.code in ("swapped_axes", "flipped_sign")]
    assert shapely.intersects(shapely.box(34, 31, 38, 34), table.geometry[mirrored]).all()
    dated = [rows[s.row] for s in expected if s.code.endswith("_dates") or s.code == "ambiguous_date"]
    assert (table.valid_from[dated] < table.valid_to[dated]).all()
    applied = fixed.sources[-1].report["applied"]
    assert [item["row"] for item in applied] == [p.row for p in report.of(Action.DOUBT) if p.fix]
    untouched = [i for i, row in enumerate(table.source_row) if row not in {s.row for s in expected}]
    assert table.take(np.array(untouched)).fingerprints(np.arange(3)) == old.take(
        np.array([int(table.source_row[i]) - 1 for i in untouched])
    ).fingerprints(np.arange(3))


def test_the_state_before_is_not_touched_by_applying(delivered):
    _, imported, after, report, _ = delivered
    again, _ = add_to_workspace(
        slips.workspace(), imported, SITE, slips.MAPPING, now=slips.NOW, partner="Relief"
    )
    apply_fixes(after, report.layer_id, report.of(Action.DOUBT))
    assert_same(again.layers, after.layers)
    assert_same(again.sources, after.sources)


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_other_seeds_raise_the_same_flags(seed, tmp_path):
    expected = slips.build(tmp_path / "sites.csv", seed)
    imported = open_any(tmp_path / "sites.csv")
    _, report = add_to_workspace(slips.workspace(), imported, SITE, slips.MAPPING, now=slips.NOW)
    assert {(p.row, p.code) for p in report.of(Action.DOUBT)} == {(s.row, s.code) for s in expected}
