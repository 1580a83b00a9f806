from dataclasses import replace
from datetime import UTC, datetime

import pytest

from desktop.dialogs.suggestion_dialog import SuggestionDialog
from desktop.main_window import MainWindow
from layers.checks import check
from layers.decisions import absorb
from layers.model import Kind
from layers.suggestions import Change
from tests.desktop.window_builders import make_layer, make_zone

NOW = datetime(2031, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def finding(operation):
    """A zone 394 m east of the first school and far from the others."""
    zone = make_zone(5, "Range 5", 19.9, 45.0, size=0.095)
    workspace = operation.workspace.with_layer(
        make_layer("more", "More zones", [zone], kind=Kind.MILITARY_ZONE)
    )
    workspace, _ = absorb(workspace, check(workspace, now=NOW))
    operation.apply("Check", workspace)
    found = (r.finding for r in workspace.findings if r.finding.rule == "zone_within_standoff_of_site")
    return next(f for f in found if {"s0", "z5"} == {s.id for s in f.subjects})


@pytest.fixture
def dialog(qtbot, operation, tasks, finding):
    made = SuggestionDialog(operation, tasks, finding, clock=lambda: NOW)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: made.list.count() > 0)
    return made


def test_suggestions_are_told_with_what_would_remain_and_nothing_is_changed(dialog, operation, finding):
    assert {s.change for s in dialog.found} == {Change.SHIFT, Change.SHRINK}
    assert "settle it" in dialog.headline.words()
    assert "finding" in dialog.list.item(0).text()
    assert operation.workspace.findings
    assert operation.undo_stack.undoText() == "Check"


def test_long_consequences_scroll_and_are_not_cut(qtbot, dialog):
    dialog.show()
    dialog.detail.setText("\n".join(f"Would remain: a finding with number {n}" for n in range(60)))
    label = dialog.detail
    qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()))
    assert dialog.details.verticalScrollBar().maximum() > 0


def test_apply_is_one_step_that_undo_takes_back(qtbot, dialog, operation, finding):
    before = operation.workspace
    chosen = dialog.chosen
    dialog.apply.click()
    layer, row = operation.workspace.find("z5")
    assert layer.table.geometry[row].equals(chosen.feature.geometry)
    keys = {f.key for f in check(operation.workspace, now=NOW).findings}
    assert finding.key not in keys
    operation.undo()
    assert operation.workspace.find("z5")[0].table is before.find("z5")[0].table


def test_a_workspace_that_has_changed_must_be_looked_at_again(dialog, operation):
    operation.apply("Remove", operation.workspace.without_layer("zones"))
    assert not dialog.apply.isEnabled()
    assert "Look again" in dialog.headline.words()
    operation.undo()
    assert dialog.apply.isEnabled()
    assert "settle it" in dialog.headline.words()


def test_nothing_is_changed_in_a_layer_that_was_locked_meanwhile(dialog, operation):
    layer = operation.workspace.layer("more")
    operation.apply("Lock", operation.workspace.with_layer(replace(layer, locked=True)))
    before = operation.workspace
    dialog.apply_chosen()
    assert operation.workspace is before
    assert "Look again" in dialog.headline.words()


def test_what_was_not_tried_does_not_look_like_nothing_found(qtbot, operation, tasks, finding):
    layer = operation.workspace.layer("more")
    operation.apply("Lock", operation.workspace.with_layer(replace(layer, locked=True)))
    made = SuggestionDialog(operation, tasks, finding, clock=lambda: NOW)
    qtbot.addWidget(made)
    qtbot.waitUntil(lambda: "Looking" not in made.headline.words())
    words = "No change was tried. Firing area “Range 5” was left alone: its layer is locked."
    assert made.headline.words() == words


def test_the_card_offers_it_and_the_map_shows_the_preview(qtbot, operation, settings, tasks, finding):
    window = MainWindow(settings, document=operation, tasks=tasks)
    qtbot.addWidget(window)
    window.show()
    window.findings_panel.card.change_wanted.emit(finding)
    shown = window.edits.suggestions
    qtbot.waitUntil(lambda: shown.list.count() > 0)
    assert window.map._picture.highlight.geometry is shown.chosen.feature.geometry
    shown.close()
    assert window.map._picture.highlight is None
    assert tasks.shut_down(60_000)
