"""Whether a workspace that was opened is still what its last check looked at."""

from dataclasses import replace

import pytest
import shapely

from desktop.panels.freshness import Freshness, differs_visibly
from layers.checks import not_here
from layers.findings import FindingState
from layers.inputs import inputs_digest
from layers.model import RuleSettings
from tests.desktop.panels.builders import NOW, STANDOFF, make_coverage, make_record, make_run, site


@pytest.fixture
def reopened(document, layers, qtbot, tasks):
    """Return a function that checks, closes and opens the workspace, and tells whether it is stale."""
    document.apply("Import", replace(document.workspace, layers=layers))

    def reopen(**of_run):
        run = replace(make_run(make_coverage()), **of_run)
        document.apply("Check", replace(document.workspace, runs=(run,)))
        path = document.path
        document.close()
        document.open(path)
        freshness = Freshness.of(document, tasks)
        qtbot.waitUntil(lambda: not tasks.is_busy)
        return freshness

    return reopen


def test_without_a_run_nothing_is_stale(document, tasks):
    assert not Freshness.of(document, tasks).is_stale


def test_all_that_ask_about_a_document_get_the_same_answer(document, tasks):
    assert Freshness.of(document, tasks) is Freshness.of(document, tasks)


def test_a_workspace_opened_again_is_told_by_what_the_run_itself_shows(reopened):
    assert not reopened().is_stale


def test_a_run_over_other_counts_is_stale_after_opening(reopened):
    assert reopened(coverage=(make_coverage(sites=7),)).is_stale


def test_a_digest_decides_what_counts_cannot_tell(document, layers):
    checked = replace(document.workspace, layers=layers)
    table = layers[0].table
    moved = table.with_features([site("s1", "مستشفى الأمل", 36.4, 32.3)])
    after = checked.with_layer(replace(layers[0], table=moved))
    assert not differs_visibly(after, make_run(make_coverage()))
    assert inputs_digest(after) != inputs_digest(checked)


def test_a_moved_subject_of_a_finding_is_seen_without_a_digest(checked):
    run = checked.runs[-1]
    assert not differs_visibly(checked, run)
    layer, row = checked.find("z1")
    zone = layer.table.row(row, layer.kind).with_changes(geometry=shapely.box(36, 32, 36.1, 32.1))
    moved = checked.with_layer(replace(layer, table=layer.table.with_features([zone])))
    assert differs_visibly(moved, run)


def test_a_rule_switched_off_or_with_another_distance_is_seen(checked):
    run = checked.runs[-1]
    off = replace(checked, rules={STANDOFF: RuleSettings(enabled=False)})
    wider = replace(checked, rules={STANDOFF: RuleSettings(parameters={"standoff_m": 800.0})})
    assert differs_visibly(off, run)
    assert differs_visibly(wider, run)


def test_a_limit_of_a_table_that_is_set_or_taken_away_is_seen(checked):
    run = checked.runs[-1]
    values = {"standoff_m": 500.0, "standoff_m.firing.hospital": 800.0}
    cell = replace(checked, rules={STANDOFF: RuleSettings(parameters=values)})
    ran_with_it = replace(run, coverage=(replace(run.coverage[0], parameters=values),))
    assert differs_visibly(cell, run)
    assert differs_visibly(checked, ran_with_it)
    assert not differs_visibly(cell, ran_with_it)


def test_a_resolved_finding_with_an_older_subject_is_no_change(checked):
    run = checked.runs[-1]
    record = make_record(checked, "s1", "z1")
    old = replace(record.finding.subjects[0], fingerprint="as it was")

    resolved = replace(record, state=FindingState.RESOLVED, finding=replace(record.finding, subjects=(old,)))
    assert not differs_visibly(replace(checked, findings=(resolved,)), run)
    still_open = replace(resolved, state=FindingState.OPEN)
    assert differs_visibly(replace(checked, findings=(still_open,)), run)


@pytest.mark.parametrize("right", [True, False])
def test_the_digest_of_a_run_is_compared_in_the_background(qtbot, document, layers, tasks, right):
    document.apply("Import", replace(document.workspace, layers=layers))
    digest = inputs_digest(document.workspace) if right else "another"
    run = replace(make_run(make_coverage()), inputs=digest)
    workspace = replace(document.workspace, runs=(run,))
    document.apply("Check", workspace)
    freshness = Freshness.of(document, tasks)  # made after the run: it knows it from the file only
    qtbot.waitUntil(lambda: not tasks.is_busy)
    assert freshness.is_stale is not right
    assert run.at < NOW


def test_what_a_rule_of_another_program_compared_is_no_change(reopened):
    """It counts nothing here: that differs from what there is, and always will."""
    assert not reopened(coverage=(make_coverage(), not_here(make_coverage("flight_near_firing")))).is_stale
