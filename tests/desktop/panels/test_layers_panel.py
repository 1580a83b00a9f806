from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from desktop.notices import Notices
from desktop.panels.layers_panel import LayersPanel
from layers.workspace_file import read_workspace

HOSTILE = "<b>bold</b><img src=x>\u202egpj"


@pytest.fixture
def panel(qtbot, operation):
    widget = LayersPanel(operation, Notices())
    qtbot.addWidget(widget)
    widget.resize(260, 400)
    widget.show()
    return widget


def test_layers_stand_under_their_kinds_with_their_counts(panel):
    assert panel.tree.topLevelItemCount() == 2
    assert panel.tree.topLevelItem(0).text(0) == "Humanitarian sites"
    assert panel.item_of("sites").text(0) == "Schools"
    assert panel.item_of("sites").text(1) == "3"


def test_unticking_hides_the_layer_as_one_step_that_is_on_the_disk(panel, operation):
    panel.item_of("sites").setCheckState(0, Qt.CheckState.Unchecked)
    assert not operation.workspace.layer("sites").visible
    assert not read_workspace(operation.path).layer("sites").visible
    assert operation.undo_stack.undoText() == "Hide Schools"
    operation.undo()
    assert panel.item_of("sites").checkState(0) == Qt.CheckState.Checked


def test_a_click_on_the_lock_locks_and_unlocks(panel, operation, qtbot):
    panel.tree.itemClicked.emit(panel.item_of("sites"), 2)
    assert operation.workspace.layer("sites").locked
    panel.tree.itemClicked.emit(panel.item_of("sites"), 2)
    assert not operation.workspace.layer("sites").locked


def test_renaming_in_place_renames_the_layer(panel, operation):
    panel.item_of("sites").setText(0, "  Schools of  the north ")
    assert operation.workspace.layer("sites").name == "Schools of the north"
    assert panel.item_of("sites").text(0) == "Schools of the north"


def test_an_empty_name_is_refused(panel, operation):
    panel.item_of("sites").setText(0, "   ")
    assert operation.workspace.layer("sites").name == "Schools"
    assert panel.item_of("sites").text(0) == "Schools"
    assert operation.undo_stack.count() == 0


def test_removing_a_layer_can_be_undone(panel, operation):
    before = operation.workspace
    panel.remove("sites")
    assert panel.item_of("sites") is None
    assert [layer.id for layer in operation.workspace.layers] == ["zones"]
    operation.undo()
    assert operation.workspace is before
    assert panel.item_of("sites") is not None


def test_a_locked_layer_is_not_removed(panel, operation):
    panel.remove("zones")
    assert len(operation.workspace.layers) == 2
    menu = panel.menu_for("zones")
    assert not next(a for a in menu.actions() if a.text() == "Remove").isEnabled()


def test_a_double_click_asks_for_the_extent_of_the_layer(panel, qtbot):
    with qtbot.waitSignal(panel.zoom_requested) as caught:
        panel.tree.itemDoubleClicked.emit(panel.item_of("sites"), 0)
    assert caught.args[0] == pytest.approx((20.0, 45.0, 20.02, 45.0))


def test_a_hostile_name_is_shown_letter_by_letter_and_its_tooltip_is_escaped(panel, operation):
    layer = operation.workspace.layer("sites")
    operation.apply("Rename", operation.workspace.with_layer(replace(layer, name=HOSTILE)))
    item = panel.item_of("sites")
    assert item.text(0) == "<b>bold</b><img src=x>gpj"
    assert "<b>" not in item.toolTip(0)
    assert "&lt;img" in item.toolTip(0)


def test_a_change_that_the_file_refuses_leaves_the_tick_as_it_was(panel, operation):
    operation.file.close()
    panel.item_of("sites").setCheckState(0, Qt.CheckState.Unchecked)
    assert panel.item_of("sites").checkState(0) == Qt.CheckState.Checked
    assert operation.workspace.layer("sites").visible


def test_a_kind_that_was_folded_stays_folded_when_layers_change(panel, operation):
    panel.tree.topLevelItem(0).setExpanded(False)
    panel.remove("zones")
    layer = replace(operation.workspace.layer("sites"), id="more", name="More")
    operation.apply("Add", operation.workspace.with_layer(layer))
    assert not panel.tree.topLevelItem(0).isExpanded()
