import json
from datetime import UTC, datetime

import pytest

from desktop.dialogs.draft_file_dialog import DraftFileDialog
from desktop.dialogs.draft_pane import DraftPane, draft_of
from layers import drafts, outlines
from layers.model import Kind
from tests.desktop.window_builders import make_zone

NOW = datetime(2031, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def entered():
    return {"feature": make_zone(9, "New range", 19.99, 44.99)}


@pytest.fixture
def pane(qtbot, operation, tasks, entered):
    widget = DraftPane(
        operation, tasks, lambda: entered["feature"] and draft_of(entered["feature"]), clock=lambda: NOW
    )
    qtbot.addWidget(widget)
    widget.show()
    return widget


def shown(pane):
    return [pane.list.item(n).text() for n in range(pane.list.count())]


def test_conflicts_are_told_before_anything_is_added(qtbot, pane, operation):
    qtbot.waitUntil(lambda: pane.result is not None)
    assert "conflicts" in pane.headline.words()
    assert any("North school" in text for text in shown(pane))
    compared, *_ = pane.coverage.words().splitlines()
    assert compared.startswith("Compared by")
    assert ":" not in compared  # the names are in the tooltip: the room is for what was found
    assert operation.workspace.find("z9") is None


def test_they_follow_what_is_entered(qtbot, pane, entered):
    qtbot.waitUntil(lambda: pane.result is not None)
    entered["feature"] = make_zone(9, "New range", 21.0, 47.0)
    qtbot.waitUntil(lambda: not any("school" in text for text in shown(pane)))
    assert pane.result is not None


def test_of_a_feature_that_is_there_it_is_told_before_anything_is_changed(qtbot, operation, tasks):
    operation.apply("Add", drafts.with_drafts(operation.workspace, [make_zone(9, "New range", 19.99, 44.99)]))
    layer, row = operation.workspace.find("z9")
    there = layer.table.row(row, layer.kind)
    pane = DraftPane(operation, tasks, lambda: draft_of(there), clock=lambda: NOW)
    qtbot.addWidget(pane)
    pane.show()
    qtbot.waitUntil(lambda: pane.result is not None)
    assert "conflicts" in pane.headline.words()
    assert any("New range" in text and "North school" in text for text in shown(pane))
    assert pane.result.created == pane.result.settled == ()


def test_while_something_entered_is_wrong_it_is_not_checked(qtbot, pane, entered):
    qtbot.waitUntil(lambda: pane.result is not None)
    entered["feature"] = None
    qtbot.waitUntil(lambda: pane.headline.words().startswith("Not checked"))
    assert pane.result is None


def test_where_more_lies_near_than_can_be_worked_with_the_rule_is_named(qtbot, pane, entered, monkeypatch):
    qtbot.waitUntil(lambda: pane.result is not None)
    monkeypatch.setattr(outlines, "MOST_PAIRS", 0)
    entered["feature"] = make_zone(9, "New range", 19.98, 44.99)
    qtbot.waitUntil(lambda: pane.headline.words().startswith("Not checked: “"))
    assert "More than 0 pairs of features lie near each other. Lower the distance" in pane.headline.words()
    assert pane.result is None


def test_the_form_of_a_drawn_zone_is_a_draft_until_it_is_issued(qtbot, operation, tasks, settings):
    from desktop.main_window import MainWindow

    window = MainWindow(settings, document=operation, tasks=tasks)
    qtbot.addWidget(window)
    window.map_bar.set_kind(Kind.MILITARY_ZONE)
    window.edits.on_drawn(make_zone(9, "", 19.99, 44.99).geometry)
    form = window.edits.form
    assert form.windowTitle().startswith("Draft")
    pane = form.beside
    qtbot.waitUntil(lambda: pane.result is not None)
    assert any("North school" in text for text in shown(pane))
    form.accept()
    assert len(operation.workspace.of_kind(Kind.MILITARY_ZONE)) == 2
    form.drop()


def test_a_file_is_tried_and_not_imported(qtbot, operation, tasks, tmp_path):
    ring = [[19.99, 44.99], [20.02, 44.99], [20.02, 45.01], [19.99, 45.01], [19.99, 44.99]]
    zone = {"type": "Feature", "properties": {"name": "From a file"}}
    zone["geometry"] = {"type": "Polygon", "coordinates": [ring]}
    path = tmp_path / "zones.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [zone]}), "utf-8")
    before = operation.workspace
    dialog = DraftFileDialog(operation, tasks, path)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.pane.result is not None)
    assert any("From a file" in text and "North school" in text for text in shown(dialog.pane))
    assert operation.workspace is before


def test_a_file_that_cannot_be_read_is_not_checked(qtbot, operation, tasks, tmp_path):
    dialog = DraftFileDialog(operation, tasks, tmp_path / "none.geojson")
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.pane.headline.words().startswith("Not checked"))
    assert dialog.pane.result is None


def test_what_could_not_be_read_and_what_is_in_doubt_is_said_above_what_was_found(
    qtbot, operation, tasks, tmp_path
):
    path = tmp_path / "zones.csv"
    rows = ["name,lat,lon", *(f"Post {n},45.{n:03},20.{n:03}" for n in range(8)), "No place,,", "Zero,0,0"]
    path.write_text("\n".join(rows), "utf-8")
    dialog = DraftFileDialog(operation, tasks, path)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.pane.result is not None)
    assert dialog.pane.reading.isVisible()
    words = dialog.pane.reading.words()
    assert words.startswith("9 of 10 rows read.\n1 left out. The first: row 9, ")
    assert "In doubt: row" in words and "0, 0" in words


def test_a_file_of_which_no_row_can_be_read_is_not_checked(qtbot, operation, tasks, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("name,remarks\nA,b\nC,d\n", "utf-8")
    dialog = DraftFileDialog(operation, tasks, path)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.pane.headline.words().startswith("Not checked"))
    assert "No row of it could be read. The table has no columns that hold positions" in (
        dialog.pane.headline.words()
    )
