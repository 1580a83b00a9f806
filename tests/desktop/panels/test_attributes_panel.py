import time
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt

from desktop.panels.attribute_model import AttributeModel, zone_of
from desktop.panels.attributes_panel import AttributesPanel
from layers.model import Kind, Layer, read_only
from tests.desktop.window_builders import HOSTILE, many_sites


@pytest.fixture
def panel(qtbot, operation):
    widget = AttributesPanel(operation)
    qtbot.addWidget(widget)
    widget.resize(900, 240)
    widget.show()
    return widget


def names(panel):
    return [panel.model.index(row, 0).data() for row in range(panel.model.rowCount())]


def headings(model):
    return [model.headerData(i, Qt.Orientation.Horizontal) for i in range(model.columnCount())]


def test_what_the_kind_says_comes_first_in_words(panel):
    shown = headings(panel.model)
    assert shown[:3] == ["Name", "Category", "Organisation"]
    assert "Stand-off (m)" in shown
    assert panel.model.index(0, 1).data() == "School"


def test_a_partner_column_follows_under_its_own_name(qapp, operation):
    layer = operation.workspace.layer("sites")
    partner = read_only(np.array(["a", None, 3], dtype=object))
    model = AttributeModel()
    model.show_layer(
        replace(layer, table=replace(layer.table, attributes={"العمود": partner})), zone_of("UTC")
    )
    last = model.columnCount() - 1
    assert headings(model)[last] == "العمود"
    assert [model.index(row, last).data() for row in range(3)] == ["a", "", "3"]


def test_a_click_on_a_heading_sorts_and_a_filter_narrows(panel):
    panel.view.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    assert names(panel)[:2] == ["South school", "North school"]
    panel.filter.setText("SCHOOL north")
    panel.apply_filter()
    assert names(panel) == ["North school"]
    assert panel.count.text() == "1 of 3 features"


def test_numbers_sort_as_numbers_and_what_is_not_stated_comes_last_either_way(qapp, operation):
    layer = operation.workspace.layer("sites")
    people = read_only(np.array([9.0, np.nan, 100.0]))
    fields = {**layer.table.fields, "population": people}
    model = AttributeModel()
    model.show_layer(replace(layer, table=replace(layer.table, fields=fields)), zone_of("UTC"))
    column = headings(model).index("People")
    model.sort(column, Qt.SortOrder.AscendingOrder)
    assert list(model.order) == [0, 2, 1]
    model.sort(column, Qt.SortOrder.DescendingOrder)
    assert list(model.order) == [2, 0, 1]
    model.sort(-1)
    assert list(model.order) == [0, 1, 2]


def test_rows_selected_here_are_selected_in_the_document(panel, operation):
    panel.view.selectRow(1)
    assert operation.selection == {"s1"}
    assert panel.count.text() == "3 features, 1 selected"


def test_features_selected_elsewhere_are_selected_here_also_after_sorting(panel, operation):
    panel.view.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    operation.set_selection({"s1", "s0"})
    rows = {index.row() for index in panel.view.selectionModel().selectedRows()}
    assert {names(panel)[row] for row in rows} == {"South school", "North school"}


def test_sorting_keeps_the_selection_on_its_features(panel, operation):
    operation.set_selection({"s0"})
    panel.view.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    (index,) = panel.view.selectionModel().selectedRows()
    assert names(panel)[index.row()] == "North school"
    assert operation.selection == {"s0"}


def test_a_selection_in_another_layer_shows_that_layer(panel, operation):
    operation.set_selection({"z0"})
    assert panel.model.layer.id == "zones"
    assert len(panel.view.selectionModel().selectedRows()) == 1


def test_another_layer_can_be_looked_at_while_something_is_selected(panel, operation):
    operation.set_selection(["z0"])
    assert panel.layers.currentData() == "zones"
    panel.show_layer("sites")
    assert panel.layers.currentData() == "sites"
    assert len(names(panel)) == 3
    assert operation.selection == {"z0"}
    assert not panel.view.selectionModel().selectedRows()


def test_a_filter_that_hides_the_selection_does_not_change_the_layer(panel, operation):
    panel.filter.setText("north")
    panel.apply_filter()
    operation.set_selection({"s1"})
    assert panel.model.layer.id == "sites"
    assert operation.selection == {"s1"}


def test_enter_on_a_row_asks_for_the_form(panel, qtbot):
    panel.view.setCurrentIndex(panel.model.index(1, 0))
    with qtbot.waitSignal(panel.edit_requested) as caught:
        panel.view.doubleClicked.emit(panel.model.index(1, 0))
    assert caught.args == ["s1"]


def test_an_edit_shows_in_the_table_and_keeps_sort_and_filter(panel, operation):
    panel.view.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    layer = operation.workspace.layer("sites")
    feature = layer.table.row(0, Kind.HUMANITARIAN_SITE).with_changes(name="Zebra school")
    changed = replace(layer, table=layer.table.with_features([feature]))
    operation.apply("Edit", operation.workspace.with_layer(changed))
    assert names(panel)[0] == "Zebra school"


def test_a_hostile_name_is_data(panel):
    assert HOSTILE in names(panel)
    tip = panel.model.index(names(panel).index(HOSTILE), 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in tip
    assert "&lt;img" in tip


def test_fifty_thousand_rows_show_sort_filter_and_select_without_a_wait(qtbot, operation):
    table = many_sites(50_000)
    workspace = operation.workspace.with_layer(Layer("many", Kind.HUMANITARIAN_SITE, "Many", table))
    operation._swap(workspace)  # without the file: this is about the table
    panel = AttributesPanel(operation)
    qtbot.addWidget(panel)
    panel.resize(900, 240)
    panel.show()
    slowest = 0.0
    for step in (
        lambda: panel.show_layer("many"),
        lambda: panel.view.sortByColumn(0, Qt.SortOrder.AscendingOrder),
        lambda: panel.model.set_filter("site 00"),
        lambda: panel.model.set_filter(""),
        panel.view.selectAll,
        lambda: operation.set_selection(list(table.id[::2])),
    ):
        start = time.perf_counter()
        step()
        slowest = max(slowest, time.perf_counter() - start)
    assert names(panel)[:2] == ["Site 00000", "Site 00001"]
    assert len(operation.selection) == 25_000
    assert slowest < 15.0  # a wait of minutes, not a slow machine, is what this catches


def test_selecting_does_not_copy_the_current_index_into_another_selection(panel, operation):
    operation.set_selection({"s2"})
    panel.view.selectionModel().setCurrentIndex(
        panel.model.index(0, 0), QItemSelectionModel.SelectionFlag.NoUpdate
    )
    assert operation.selection == {"s2"}


def test_tab_leaves_the_table(qtbot, panel):
    panel.activateWindow()
    panel.view.setFocus()
    qtbot.waitUntil(panel.view.hasFocus)
    panel.view.setCurrentIndex(panel.model.index(0, 0))
    qtbot.keyClick(panel.view, Qt.Key.Key_Tab)
    assert panel.view.currentIndex().column() == 0
    assert not panel.view.hasFocus()
