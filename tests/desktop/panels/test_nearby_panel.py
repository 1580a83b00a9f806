from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from desktop.panels.nearby_panel import NearbyPanel
from layers.coordinates import parse
from layers.model import Kind
from layers.nearby_words import CAVEAT

NOW = datetime(2031, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def panel(qtbot, operation, tasks, settings):
    widget = NearbyPanel(operation, tasks, settings, clock=lambda: NOW)
    qtbot.addWidget(widget)
    widget.show()
    return widget


def answered(qtbot, panel):
    qtbot.waitUntil(lambda: panel.answer is not None and not panel._busy)


def texts(panel):
    rows = [item.text(0) for item in panel.tree.rows()]
    return [row.replace("\u2068", "").replace("\u2069", "").replace("≈ ", "") for row in rows]


@pytest.mark.parametrize(
    "text",
    [
        *("45.00000, 20.00498", "34T DQ 21577 83431", "45°00'00.0\"N 20°00'17.9\"E"),
        "GRID: 34T DQ 21577 83431, two trucks",
    ],
)
def test_a_position_in_any_notation_and_enter_lists_the_nearest_first(qtbot, panel, text):
    panel.position.setText(text)
    qtbot.keyClick(panel.position, Qt.Key.Key_Return)
    answered(qtbot, panel)
    assert [row[:15] for row in texts(panel)[:2]] == ["North school, 3", "South school, 3"]
    assert texts(panel)[0].endswith(" m west (270°)")
    assert texts(panel)[-1].startswith("Range 4, 15.4 km")
    assert CAVEAT in panel.coverage.words()


def test_what_is_no_position_is_said_and_nothing_is_listed(qtbot, panel):
    panel.position.setText("the old mill")
    qtbot.keyClick(panel.position, Qt.Key.Key_Return)
    assert "position" in panel.heading.words()
    assert panel.answer is None
    assert not panel.copy.isEnabled()


@pytest.mark.parametrize("at_once", [True, False])
def test_no_earlier_place_is_answered_below_what_is_no_position(qtbot, panel, operation, tasks, at_once):
    panel.ask_position(parse("45.00000, 20.00500"))
    if not at_once:
        answered(qtbot, panel)
    panel.position.setText("45.00000, 200.00500")
    qtbot.keyClick(panel.position, Qt.Key.Key_Return)
    operation.apply("Remove", operation.workspace.without_layer("sites"))
    qtbot.waitUntil(lambda: not tasks.is_busy)
    assert panel.answer is None and not panel.copy.isEnabled()
    assert "20.005" not in panel.heading.words()


def test_a_row_is_told_in_full_and_offered_to_the_map(qtbot, panel):
    panel.ask_position(parse("45.00000, 20.00500"))
    answered(qtbot, panel)
    with qtbot.waitSignal(panel.chosen) as chosen:
        panel.tree.setCurrentItem(panel.tree.rows()[0])
    assert chosen.args[0].feature.id == "s0"
    assert "no contact recorded" in panel.detail.words()
    panel.tree.setFocus()
    with qtbot.waitSignal(panel.activated) as activated:
        qtbot.keyClick(panel.tree, Qt.Key.Key_Return)
    assert activated.args[0].feature.id == "s0"


def test_around_a_feature_it_is_measured_from_its_outline(qtbot, panel):
    panel.ask_feature("z0")
    answered(qtbot, panel)
    assert panel.heading.words() == "Near Firing area “Range 4”"
    assert texts(panel)[1].startswith("South school, ")


def test_the_list_follows_the_workspace(qtbot, panel, operation):
    panel.ask_position(parse("45.00000, 20.00500"))
    answered(qtbot, panel)
    before = panel.answer
    operation.apply("Remove", operation.workspace.without_layer("sites"))
    qtbot.waitUntil(lambda: panel.answer is not before)
    nothing, zone = texts(panel)
    assert nothing == "Nothing is listed"
    assert zone.startswith("Range 4")
    assert "has no humanitarian sites" in panel.coverage.words()


def test_a_panel_that_was_closed_asks_again_when_it_is_shown(qtbot, panel, operation):
    panel.ask_position(parse("45.00000, 20.00500"))
    answered(qtbot, panel)
    before = panel.answer
    panel.hide()
    operation.apply("Remove", operation.workspace.without_layer("sites"))
    panel.show()
    qtbot.waitUntil(lambda: panel.answer is not before)
    assert texts(panel)[0] == "Nothing is listed"


def test_a_feature_that_undo_brings_back_is_looked_around_again(qtbot, panel, operation):
    panel.ask_feature("z0")
    answered(qtbot, panel)
    operation.apply("Remove", operation.workspace.without_layer("zones"))
    qtbot.waitUntil(lambda: "no longer there" in panel.heading.words())
    assert panel.answer is None
    operation.undo()
    answered(qtbot, panel)
    assert panel.heading.words() == "Near Firing area “Range 4”"


def test_another_radius_asks_again(qtbot, panel):
    panel.ask_position(parse("45.00000, 20.00500"))
    answered(qtbot, panel)
    before = panel.answer
    panel.radius.choose(500.0)
    qtbot.waitUntil(lambda: panel.answer is not before)
    assert panel.answer.radius_m == 500.0


def test_the_answer_can_be_copied_as_text(qtbot, panel):
    panel.ask_position(parse("45.00000, 20.00500"))
    answered(qtbot, panel)
    panel.copy.click()
    text = QGuiApplication.clipboard().text()
    marking, caution, near, *_ = text.splitlines()
    assert marking == "EXERCISE EXERCISE EXERCISE · Azure Bridge"
    assert caution.startswith("INTERNAL: it names military zones")
    assert near.startswith("Near ")
    assert panel.copy.text() == "Copied"
    assert "North school" in text
    assert text.endswith(CAVEAT)


def test_what_is_near_a_zone_is_internal_as_it_names_the_zone(qtbot, panel, operation):
    (zone,) = (z for layer in operation.workspace.of_kind(Kind.MILITARY_ZONE) for z in layer.table.id)
    panel.ask_feature(str(zone))
    answered(qtbot, panel)
    assert panel.answer.others == ()
    panel.copy.click()
    _, caution, near, *_ = QGuiApplication.clipboard().text().splitlines()
    assert caution.startswith("INTERNAL: ")
    assert near == "Near Firing area “Range 4”"


def test_another_workspace_forgets_the_place(qtbot, panel, operation):
    panel.ask_position(parse("45.00000, 20.00500"))
    answered(qtbot, panel)
    operation.close()
    assert panel.answer is None
    assert panel.tree.rows() == []
