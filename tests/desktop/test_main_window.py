import threading
import time
from collections import Counter
from dataclasses import replace

import pytest
import shapely
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QTabBar

from desktop import live_check, theme
from desktop.canvas.tools import ToolName
from desktop.dialogs.rules_dialog import RulesDialog
from desktop.document import Document
from desktop.edit_actions import drawn_name
from desktop.help_pages import OfflineBrowser, PageDialog
from desktop.main_window import MainWindow
from desktop.map_link import around
from desktop.settings import ThemeChoice
from desktop.step_actions import import_filter
from layers.findings import DecisionType
from layers.model import Kind, Mode
from layers.rules import rule_of
from layers.workspace_file import read_workspace
from tests.desktop.window_builders import HOSTILE, NOW, make_layer, make_site, make_zone


@pytest.fixture
def window(qtbot, settings, operation):
    theme.apply_theme(QApplication.instance(), ThemeChoice.LIGHT)
    made = MainWindow(settings, document=operation)
    made.notices.asker = lambda question: pytest.fail(f"must not ask: {question.text}")
    qtbot.addWidget(made)
    made.resize(1366, 768)
    made.show()
    qtbot.waitUntil(lambda: made.search.places is not None and not made.tasks.is_busy)
    yield made
    for dialog in made.findChildren(QDialog):
        dialog.close()
    qtbot.waitUntil(lambda: not made.tasks.is_busy)
    made.close()


@pytest.fixture
def empty_window(qtbot, settings, tmp_path):
    made = MainWindow(settings, document=Document(journal=tmp_path / "journal"))
    qtbot.addWidget(made)
    made.resize(1366, 768)
    made.show()
    qtbot.waitUntil(lambda: made.search.places is not None and not made.tasks.is_busy)
    yield made
    made.close()


def test_the_title_names_the_file_that_the_workspace_is_now_kept_in(window, tmp_path):
    window.files.save_as(tmp_path / "copy.gpkg")
    assert window.windowTitle() == "Azure Bridge (copy.gpkg) – Deconflict"


def docks_of(window):
    return [window.docks[name] for name in ("layers", "findings", "table")]


def notice(window):
    return window.notice_bar.label.text()


# --- what is shown ------------------------------------------------------------------------------


def test_without_a_workspace_the_welcome_page_is_there_and_nothing_that_needs_one(empty_window):
    assert empty_window.pages.currentWidget() is empty_window.welcome
    assert not empty_window.step_bar.isVisible()
    assert not empty_window.banner.isVisible()
    assert not any(dock.isVisible() for dock in docks_of(empty_window))
    assert not empty_window.actions_["import"].isEnabled()
    assert empty_window.actions_["new"].isEnabled()


@pytest.mark.parametrize(
    ("mode", "words"), [(Mode.REAL, "REAL OPERATION"), (Mode.EXERCISE, "EXERCISE"), (Mode.TEST, "TEST DATA")]
)
def test_the_marking_is_always_in_sight(window, mode, words):
    window.document.apply("Change", replace(window.document.workspace, mode=mode))
    assert window.banner.isVisible()
    assert window.banner.text().startswith(words)
    assert "Azure Bridge" in window.banner.text()
    assert window.mode.text().upper() in words


def test_opening_shows_map_panels_and_steps(empty_window, qtbot, tmp_path):
    empty_window.document.new(tmp_path / "a.gpkg", "Azure", Mode.TEST, now=NOW)
    assert all(dock.isVisible() for dock in docks_of(empty_window))
    assert empty_window.step_bar.isVisible()
    assert empty_window.actions_["import"].isEnabled()
    assert empty_window.windowTitle().startswith("Azure (a.gpkg)")
    empty_window.files.close()
    assert empty_window.pages.currentWidget() is empty_window.welcome
    assert empty_window.windowTitle() == "Deconflict"


def test_a_panel_that_the_user_closed_stays_closed_after_another_workspace(window, tmp_path):
    window.docks["table"].close()
    window.files.close()
    window.document.new(tmp_path / "other.gpkg", "Other", Mode.TEST, now=NOW)
    assert not window.docks["table"].isVisible()
    assert window.docks["layers"].isVisible()
    window.actions_["reset_panels"].trigger()
    assert window.docks["table"].isVisible()


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
def test_no_button_or_label_is_cut(window, qtbot, size, choice):
    window.views.set_theme(choice)
    window.resize(*size)
    qtbot.wait(50)
    cut = []
    for widget in [*window.findChildren(QLabel), *window.findChildren(QAbstractButton)]:
        if not widget.isVisible() or not widget.text() or getattr(widget, "wordWrap", bool)():
            continue
        if widget.sizePolicy().horizontalPolicy().name == "Ignored":
            continue
        if (
            widget.width() < widget.minimumSizeHint().width()
            or widget.height() < widget.minimumSizeHint().height()
        ):
            cut.append((type(widget).__name__, widget.text(), widget.size(), widget.minimumSizeHint()))
    assert cut == []
    assert (window.width(), window.height()) == size


def test_names_of_layers_are_read_also_in_a_narrow_window(window, qtbot):
    window.resize(800, 600)
    qtbot.waitUntil(lambda: window.width() < 1_100)
    tree = window.layers_panel.tree
    assert tree.columnWidth(0) > tree.fontMetrics().horizontalAdvance("Relief sites")


def test_dark_colours_reach_the_map_and_the_tools(window):
    light = window.actions_["undo"].icon().pixmap(24).toImage()
    window.views.set_theme(ThemeChoice.DARK)
    assert theme.is_dark()
    assert window.actions_["undo"].icon().pixmap(24).toImage() != light
    assert window.settings.theme is ThemeChoice.DARK
    window.views.set_theme(ThemeChoice.LIGHT)


def test_partner_text_is_never_rich_text_anywhere_in_the_window(window):
    workspace = replace(window.document.workspace, title=HOSTILE)
    layer = replace(workspace.layer("sites"), name=HOSTILE)
    window.document.apply(HOSTILE, workspace.with_layer(layer))
    window.document.set_selection({"s2"})
    window.notices.warn(HOSTILE, HOSTILE)
    for label in window.findChildren(QLabel):
        if "<b>" in label.text() or "<img" in label.text():
            assert label.textFormat() == Qt.TextFormat.PlainText, label.text()
    for widget in window.findChildren(QAbstractButton):
        assert "<img" not in widget.toolTip()


# --- steps and undo -----------------------------------------------------------------------------


def test_undo_in_the_menu_names_the_step_and_takes_it_back(window):
    before = window.document.workspace
    window.layers_panel.rename("sites", "Schools & more")
    assert window.actions_["undo"].text() == "&Undo Rename Schools to Schools && more"
    window.actions_["undo"].trigger()
    assert window.document.workspace is before
    assert window.actions_["redo"].isEnabled()
    assert not window.actions_["undo"].isEnabled()


def test_a_check_runs_in_the_background_and_its_result_is_one_step_on_the_disk(window, qtbot):
    document = window.document
    near = make_zone(1, "Range 5", 19.99, 44.99, 0.03)
    zones = make_layer("near", "Near zones", [near], kind=Kind.MILITARY_ZONE)
    document.apply("Add zones", document.workspace.with_layer(zones))
    assert window.step_bar.buttons[1].words == "Not checked yet"
    window.actions_["check"].trigger()
    assert not window.actions_["check"].isEnabled()
    assert window.step_bar.buttons[1].words == "Checking…"
    qtbot.waitUntil(lambda: bool(document.workspace.runs))
    qtbot.waitUntil(lambda: not window.tasks.is_busy)
    assert document.undo_stack.undoText() == "Check"
    assert document.workspace.findings
    assert len(read_workspace(document.path).findings) == len(document.workspace.findings)
    assert "to decide" in window.step_bar.buttons[2].words
    assert notice(window).startswith("Checked: ")
    document.apply("Move", document.workspace.without_layer("near"))
    assert window.step_bar.buttons[1].words == "Changed since the last check"


def test_a_check_of_a_workspace_that_changed_meanwhile_is_not_used(window, qtbot):
    window.steps.check()
    window.layers_panel.rename("sites", "Other")
    qtbot.waitUntil(lambda: not window.steps.checking and not window.tasks.is_busy)
    assert window.document.workspace.runs == ()
    assert "was changed while it was checked" in notice(window)


def checks_ended(window):
    return not (window.steps.checking or window.tasks.is_busy or window.live_check.is_running)


def test_a_check_asked_for_right_after_an_edit_is_used(window, qtbot, monkeypatch):
    """The findings that follow an edit by themselves are no change that a check has to be refused for."""
    check_everything = live_check.check_everything

    def slowly(*arguments):
        time.sleep(0.2)  # longer than a live check takes
        return check_everything(*arguments)

    monkeypatch.setattr(live_check, "check_everything", slowly)

    window.steps.check()
    qtbot.waitUntil(lambda: checks_ended(window))
    window.edits.on_reshaped("s0", shapely.Point(20.22, 45.02))
    window.steps.check()
    qtbot.waitUntil(lambda: checks_ended(window))
    assert len(window.document.workspace.runs) == 2
    assert notice(window).startswith("Checked: ")
    window.edits.on_reshaped("s0", shapely.Point(20, 45))
    window.steps.check()
    window.edits.on_reshaped("s1", shapely.Point(20.22, 45.02))
    qtbot.waitUntil(lambda: checks_ended(window))
    assert "was changed while it was checked" in notice(window)
    assert not window.findings_panel.freshness.is_stale  # what was changed is followed all the same


def test_the_status_bar_says_what_was_done_and_what_it_did_and_no_longer_when_it_is_undone(window, qtbot):
    window.steps.check()
    qtbot.waitUntil(lambda: checks_ended(window))
    said = window.indicator.label.text
    window.edits.on_reshaped("s0", shapely.Point(20.22, 45.02))
    qtbot.waitUntil(lambda: checks_ended(window))
    assert said().startswith("Done: Move North school. Findings after the change: ")
    window.edits.undo()
    assert said() == "Undone: Move North school."
    window.edits.redo()
    assert said() == "Done: Move North school."


def mnemonics(widget):
    """Return the letters that Alt presses among what is in sight, each as often as it is there."""
    shown = [b.text() for b in widget.findChildren(QAbstractButton) if b.isVisible() and b.isEnabled()]
    shown += [label.text() for label in widget.findChildren(QLabel) if label.isVisible() and label.buddy()]
    for tabs in widget.findChildren(QTabBar):
        shown += [tabs.tabText(n) for n in range(tabs.count()) if tabs.isVisible()]
    if isinstance(widget, MainWindow):
        shown += [action.text() for action in widget.menuBar().actions()]
    keys = [QKeySequence.mnemonic(text).toString() for text in shown]
    return Counter(key for key in keys if key)


def test_a_letter_typed_in_a_menu_chooses_there_and_is_no_key_of_the_map(window, qtbot):
    window.map.setFocus()
    window.map.set_tool(ToolName.PAN)
    QTest.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None)
    QTest.keyClick(QApplication.activePopupWidget(), Qt.Key.Key_C)
    assert window.map.tool is ToolName.PAN
    qtbot.waitUntil(lambda: window.actions_.submenu("theme").isVisible())
    for _ in range(3):
        if QApplication.activePopupWidget() is not None:
            QTest.keyClick(QApplication.activePopupWidget(), Qt.Key.Key_Escape)


def test_no_letter_with_alt_means_two_things_at_once(window, qtbot):
    window.edits.on_reshaped("s0", shapely.Point(20.22, 45.02))  # into a zone
    window.steps.check()
    qtbot.waitUntil(lambda: checks_ended(window))
    panel = window.findings_panel
    panel.filters.more.setChecked(True)
    panel.focus_list()
    assert panel.card.suggest.isVisible()
    twice = [key for key, times in mnemonics(window).items() if times > 1]
    assert twice == []
    window.steps.rules()
    dialog = next(d for d in window.findChildren(RulesDialog) if d.isVisible())
    for page in range(dialog.tabs.count()):
        dialog.tabs.setCurrentIndex(page)
        twice = [key for key, times in mnemonics(dialog).items() if times > 1]
        assert twice == [], dialog.tabs.tabText(page)


def test_a_check_that_is_stopped_leaves_the_edit_before_it_to_live_checks(window, qtbot, monkeypatch):
    window.steps.check()
    qtbot.waitUntil(lambda: checks_ended(window))
    window.edits.on_reshaped("s0", shapely.Point(20.22, 45.02))
    is_stopped = threading.Event()
    check_everything = live_check.check_everything

    def check_when_stopped(*arguments):
        assert is_stopped.wait(60)
        return check_everything(*arguments)

    monkeypatch.setattr(live_check, "check_everything", check_when_stopped)
    window.steps.check()
    window.tasks.cancel()
    is_stopped.set()
    qtbot.waitUntil(lambda: checks_ended(window))
    assert len(window.document.workspace.runs) == 1
    assert not window.findings_panel.freshness.is_stale


def test_checking_nothing_is_said_and_leaves_no_run(empty_window, tmp_path):
    empty_window.document.new(tmp_path / "a.gpkg", "Azure", Mode.TEST, now=NOW)
    empty_window.actions_["check"].trigger()
    assert "nothing to check" in notice(empty_window)
    assert empty_window.document.workspace.runs == ()


def test_a_failing_task_is_told_and_the_window_goes_on(window, qtbot):
    def fail(progress):
        raise ValueError("broken")

    window.tasks.start("Something", fail, lambda _: None)
    qtbot.waitUntil(lambda: window.notices.box is not None)
    assert "broken" in window.notices.box.text()
    window.notices.box.close()


def test_progress_is_in_the_status_bar_and_can_be_stopped(window, qtbot):
    import time

    map_size = window.map.size()

    def work(progress):
        for i in range(5_000):
            progress(i, 5_000, "Counting")
            time.sleep(0.002)

    window.tasks.start("Working", work, lambda _: pytest.fail("was not stopped"))
    qtbot.waitUntil(lambda: window.indicator.label.text() == "Working: Counting")
    assert window.indicator.bar.isVisible()
    QApplication.processEvents()
    assert window.map.size() == map_size  # nothing jumps
    window.indicator.stop.click()
    qtbot.waitUntil(lambda: not window.tasks.is_busy)
    assert not window.indicator.bar.isVisible()
    assert notice(window) == "Working was stopped. Nothing was changed."


# --- map, table, search -------------------------------------------------------------------------


def test_map_table_and_document_share_one_selection(window):
    window.map.clicked.emit(["s1", "s0"], 20.0, 45.0)
    assert window.document.selection == {"s1"}
    assert len(window.attributes_panel.view.selectionModel().selectedRows()) == 1
    window.map.selection_requested.emit(frozenset({"s0"}), True)
    assert window.document.selection == {"s0", "s1"}
    window.map.selection_requested.emit(frozenset({"s2"}), False)
    assert window.document.selection == {"s2"}
    window.map.clicked.emit([], 20.0, 45.0)
    assert window.document.selection == frozenset()


def test_search_goes_to_a_position_in_any_notation(window):
    window.search.setText("32.29187, 36.32541")
    window.search.go()
    assert window.map.center == pytest.approx((36.32541, 32.29187), abs=0.01)


def test_after_a_search_the_keyboard_is_on_the_map(window):
    window.search.setFocus()
    window.search.setText("South school")
    window.search.go()
    assert window.focusWidget() is window.map


def test_search_goes_to_a_feature_and_selects_it(window):
    window.search.setText("South school")
    window.search.go()
    assert window.document.selection == {"s1"}
    assert window.map.center == pytest.approx((20.01, 45.0), abs=0.01)


def test_search_finds_towns_of_the_base_map_and_says_when_it_finds_nothing(window):
    window.search.setText("Amman")
    window.search.go()
    assert window.map.center == pytest.approx((35.93, 31.95), abs=0.3)
    window.search.setText("Xyzzyplugh")
    window.search.go()
    assert "not a position" in notice(window)


def test_what_was_said_of_a_search_goes_with_the_next_one_that_finds_something(window):
    window.search.setText("Xyzzyplugh")
    window.search.go()
    assert not window.notice_bar.isHidden()
    window.search.setText("45.2, 20.1")
    window.search.go()
    assert window.notice_bar.isHidden()


def test_a_successful_search_leaves_other_notices(window):
    window.search.setText("Xyzzyplugh")
    window.search.go()
    window.notices.warn("Something else happened.")
    window.search.setText("45.2, 20.1")
    window.search.go()
    assert not window.notice_bar.isHidden()


def test_what_was_said_of_features_far_away_goes_when_the_map_moves(window):
    many = [make_site(n, f"Site {n}") for n in range(40)]
    far = make_site(99, "Nowhere").with_changes(geometry=shapely.Point(0, 0))
    layer = make_layer("many", "Many", [*many, far])
    window.document.apply("Add", window.document.workspace.with_layer(layer))
    window.map.zoom_to_all()
    assert "far away" in window.indicator.label.text()
    window.resize(1400, 800)
    assert "far away" in window.indicator.label.text()
    window.map.zoom_in()
    assert "far away" not in window.indicator.label.text()


def test_the_cursor_is_shown_in_mgrs_and_degrees(window):
    window.map.cursor_moved.emit(36.32541, 32.29187)
    assert window.position.text().startswith("37S")
    assert "32.29187" in window.position.text()


# --- drawing ------------------------------------------------------------------------------------


def test_what_is_drawn_opens_the_form_and_becomes_a_feature(window):
    window.map_bar.set_kind(Kind.HAZARD)
    window.map.drawn.emit(shapely.Point(20.3, 45.1))
    form = window.edits.form
    form.editors["name"].edit.setText("Mines at the ford")
    form.accept()
    (layer,) = window.document.workspace.of_kind(Kind.HAZARD)
    assert layer.name == drawn_name(Kind.HAZARD) == "Drawn hazards"
    assert list(layer.table.name) == ["Mines at the ford"]
    assert window.document.selection == {layer.table.id[0]}
    assert window.document.undo_stack.undoText() == "Add Mines at the ford"
    assert read_workspace(window.document.path).find(layer.table.id[0]) is not None


def test_a_second_drawing_goes_to_the_same_drawn_layer(window):
    for x in (20.3, 20.4):
        window.map_bar.set_kind(Kind.HAZARD)
        window.map.drawn.emit(shapely.Point(x, 45.1))
        window.edits.form.accept()
    (layer,) = window.document.workspace.of_kind(Kind.HAZARD)
    assert len(layer.table) == 2


def test_a_locked_layer_is_not_offered_for_what_is_drawn(window):
    window.map_bar.set_kind(Kind.MILITARY_ZONE)
    window.map.drawn.emit(shapely.box(20.3, 45.1, 20.4, 45.2))
    box = window.edits.form.layer_box
    assert [box.itemText(i) for i in range(box.count())] == ["New layer: Drawn military zones"]


def test_cancelling_the_form_adds_nothing(window):
    before = window.document.workspace
    window.map.drawn.emit(shapely.Point(20.3, 45.1))
    window.edits.form.drop()
    assert window.document.workspace is before
    assert window.edits.form is None


def test_escape_in_the_form_asks_before_what_was_drawn_is_given_up(window, qtbot):
    window.map.drawn.emit(shapely.Point(20.3, 45.1))
    form = window.edits.form
    form.editors["name"].widget.setText("Well")
    qtbot.keyClick(form, Qt.Key.Key_Escape)
    assert form.isVisible()
    window.notices.question.reject()  # Escape again goes back to the form
    assert form.isVisible()
    assert form.editors["name"].value() == "Well"
    qtbot.keyClick(form, Qt.Key.Key_Escape)
    yes = next(b for b in window.notices.question.buttons() if b.text() == "Give it up")
    yes.click()
    assert not form.isVisible()
    assert window.edits.form is None


def test_escape_asks_before_what_was_changed_of_a_feature_is_given_up(window, qtbot):
    window.edits.edit("s0")
    form = window.edits.form
    form.editors["name"].widget.setText("Another school")
    qtbot.keyClick(form, Qt.Key.Key_Escape)
    assert form.isVisible()
    next(b for b in window.notices.question.buttons() if b.text() == "Give it up").click()
    assert window.edits.form is None
    assert window.document.workspace.find("s0")[0].table.name[0] != "Another school"


def test_escape_in_the_form_of_a_feature_that_is_there_just_closes_it(window, qtbot):
    window.edits.edit("s0")
    qtbot.keyClick(window.edits.form, Qt.Key.Key_Escape)
    assert window.edits.form is None
    assert window.notices.question is None


@pytest.mark.parametrize(
    ("kind", "allowed"),
    [
        (Kind.HUMANITARIAN_SITE, {"tool_point", "tool_polygon", "tool_circle"}),
        (Kind.NO_STRIKE_AREA, {"tool_polygon", "tool_circle"}),
        (Kind.MOVEMENT, {"tool_line", "tool_point"}),
        (Kind.LIAISON, {"tool_point"}),
    ],
)
def test_only_shapes_that_the_kind_allows_can_be_drawn(window, kind, allowed):
    window.map_bar.set_kind(kind)
    tools = ("tool_point", "tool_line", "tool_polygon", "tool_circle")
    assert {name for name in tools if window.actions_[name].isEnabled()} == allowed


def test_choosing_a_kind_that_forbids_the_tool_in_hand_puts_it_away(window):
    window.actions_["tool_point"].trigger()
    assert window.map.tool is ToolName.POINT
    window.map_bar.set_kind(Kind.NO_STRIKE_AREA)
    assert window.map.tool is ToolName.SELECT
    assert window.actions_["tool_select"].isChecked()


def test_a_feature_moved_on_the_map_is_moved_in_the_file(window):
    window.map.reshaped.emit("s0", shapely.Point(20.5, 45.5))
    layer = read_workspace(window.document.path).layer("sites")
    assert layer.table.geometry[layer.table.rows_by_id["s0"]].equals(shapely.Point(20.5, 45.5))
    assert window.document.undo_stack.undoText() == "Move North school"


def test_a_feature_of_a_locked_layer_is_not_moved(window):
    before = window.document.workspace
    window.map.reshaped.emit("z0", shapely.box(21, 45, 21.1, 45.1))
    assert window.document.workspace is before
    assert "is locked" in notice(window)


def test_delete_takes_the_selected_features_and_leaves_locked_ones(window):
    window.document.set_selection({"s0", "s1", "z0"})
    window.actions_["delete"].trigger()
    workspace = window.document.workspace
    assert list(workspace.layer("sites").table.id) == ["s2"]
    assert len(workspace.layer("zones").table) == 1
    assert window.document.undo_stack.undoText() == "Delete 2 features"
    window.actions_["undo"].trigger()
    assert len(window.document.workspace.layer("sites").table) == 3


def test_the_delete_key_in_the_findings_takes_no_feature(window, qtbot):
    """To choose a finding selects its subjects: Delete in its list would take them without a word."""
    zone = make_layer("over", "Over", [make_zone(1, "Range 5", 19.99, 44.99)], kind=Kind.MILITARY_ZONE)
    window.document.apply("Add", window.document.workspace.with_layer(zone))
    window.actions_["check"].trigger()
    panel = window.findings_panel
    qtbot.waitUntil(lambda: panel.model.rowCount() > 0 and not window.tasks.is_busy)
    window.actions_["decide"].trigger()
    assert window.document.selection
    for widget in (panel.list, panel.card, panel.buttons[DecisionType.ACCEPT]):
        widget.setFocus()
        assert widget.hasFocus()
        qtbot.keyClick(widget, Qt.Key.Key_Delete)
        assert window.document.undo_stack.undoText() == "Check", widget


def test_the_mark_of_a_finding_goes_with_the_finding(window, qtbot):
    """A line to where a zone was would be read as a conflict that is still there."""
    zone = make_layer("over", "Over", [make_zone(1, "Range 5", 19.99, 44.99)], kind=Kind.MILITARY_ZONE)
    window.document.apply("Add", window.document.workspace.with_layer(zone))
    window.actions_["check"].trigger()
    panel = window.findings_panel
    qtbot.waitUntil(lambda: panel.model.rowCount() > 0 and not window.tasks.is_busy)
    window.actions_["decide"].trigger()
    assert window.map._picture.highlight is not None
    window.edits.on_reshaped("z1", shapely.box(40, 30, 40.1, 30.1))
    qtbot.waitUntil(lambda: window.map._picture.highlight is None)


def test_delete_while_reshaping_takes_the_corner_and_not_the_feature(window, qtbot):
    corners = [(20.2, 45.0), (20.3, 45.0), (20.32, 45.05), (20.3, 45.1), (20.2, 45.1)]
    area = make_zone(5, "Range 9", 0, 0).with_changes(geometry=shapely.Polygon(corners))
    layer = make_layer("free", "Free", [area], kind=Kind.MILITARY_ZONE)
    window.document.apply("Add", window.document.workspace.with_layer(layer))
    window.document.set_selection({area.id})
    window.actions_["zoom_selection"].trigger()
    window.actions_["tool_reshape"].trigger()
    window.map.setFocus()
    qtbot.mouseMove(window.map, window.map.pixel_of(20.32, 45.05).toPoint())
    qtbot.keyClick(window.map, Qt.Key.Key_Delete)
    assert window.document.undo_stack.undoText() == "Reshape Range 9"
    kept, row = window.document.workspace.find(area.id)
    assert shapely.get_num_coordinates(kept.table.geometry[row]) == 5


def test_alt_and_its_number_starts_a_step_and_a_plain_number_does_nothing(window, qtbot, monkeypatch):
    started = []
    monkeypatch.setattr(window.steps, "check", lambda: started.append("check"))
    window.map.setFocus()
    qtbot.keyClick(window.map, Qt.Key.Key_2)
    assert (window.map.tool, started) == (ToolName.PAN, [])
    qtbot.keyClick(window.map, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    qtbot.keyClick(window.map, Qt.Key.Key_F5)
    assert started == ["check", "check"]


def test_a_letter_takes_a_tool_while_the_keyboard_is_on_the_map(window, qtbot):
    window.attributes_panel.view.setFocus()
    qtbot.keyClick(window.attributes_panel.view, Qt.Key.Key_S)
    assert window.map.tool is ToolName.PAN
    window.map.setFocus()
    qtbot.keyClick(window.map, Qt.Key.Key_S)
    assert window.map.tool is ToolName.SELECT


def test_the_delete_key_works_on_the_map_and_in_layers_and_table(window, qtbot):
    for widget in (window.map, window.layers_panel.tree, window.attributes_panel.view):
        window.document.set_selection({"s1"})
        widget.setFocus()
        qtbot.keyClick(widget, Qt.Key.Key_Delete)
        assert window.document.undo_stack.undoText() == "Delete South school", widget
        window.document.undo()
        window.document.undo_stack.clear()


def test_keys_typed_into_a_text_box_stay_there(window, qtbot):
    window.document.set_selection({"s1"})
    window.actions_["find"].trigger()
    qtbot.keyClicks(window.search, "37S12")
    qtbot.keyClick(window.search, Qt.Key.Key_Home)
    qtbot.keyClick(window.search, Qt.Key.Key_Delete)
    assert window.search.text() == "7S12"
    assert window.map.tool is ToolName.PAN
    assert len(window.document.workspace.layer("sites").table) == 3


def test_editing_through_the_form_changes_the_feature(window):
    window.attributes_panel.edit_requested.emit("s0")
    form = window.edits.form
    form.editors["field:organisation"].edit.setText("Relief")
    form.accept()
    layer = window.document.workspace.layer("sites")
    assert layer.table.fields["organisation"][0] == "Relief"
    assert window.document.undo_stack.undoText() == "Edit North school"


def test_copying_a_position_uses_the_preferred_notation(window):
    window.document.set_selection({"s0"})
    window.actions_["copy_position"].trigger()
    assert QApplication.clipboard().text().startswith("34T")


# --- files --------------------------------------------------------------------------------------


def drop(window, *paths):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    enter = QDragEnterEvent(
        QPoint(5, 5),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dragEnterEvent(enter)
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    return enter, event


def test_dropped_files_go_to_the_import_dialog(window, qtbot, monkeypatch, tmp_path):
    taken = []
    monkeypatch.setattr(window.steps, "import_paths", taken.append)
    enter, event = drop(window, tmp_path / "sites.zip", tmp_path / "folder")
    assert enter.isAccepted()
    assert event.isAccepted()
    qtbot.waitUntil(lambda: bool(taken))
    assert taken == [[tmp_path / "sites.zip", tmp_path / "folder"]]


def test_what_is_no_file_cannot_be_dropped(window):
    mime = QMimeData()
    mime.setText("hello")
    event = QDragEnterEvent(
        QPoint(5, 5),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    event.ignore()
    window.dragEnterEvent(event)
    assert not event.isAccepted()


def test_a_workspace_dropped_on_the_welcome_page_is_opened(empty_window, qtbot, tmp_path):
    made = Document(journal=tmp_path / "j")
    made.new(tmp_path / "work.gpkg", "Dropped", Mode.TEST, now=NOW)
    made.close()
    drop(empty_window, tmp_path / "work.gpkg")
    qtbot.waitUntil(lambda: empty_window.document.is_open)
    assert empty_window.document.workspace.title == "Dropped"
    assert empty_window.settings.recent == (tmp_path / "work.gpkg",)


def test_a_file_that_is_no_workspace_is_refused_in_a_sentence_and_the_open_one_stays(window, qtbot, tmp_path):
    bad = tmp_path / "notes.gpkg"
    bad.write_text("hello", encoding="utf-8")
    before = window.document.workspace
    window.files.open(bad)
    qtbot.waitUntil(lambda: window.notices.box is not None)
    assert "not a workspace" in window.notices.box.text()
    assert window.document.workspace is before
    window.notices.box.close()


def test_the_new_workspace_dialog_needs_title_and_purpose(empty_window, qtbot, tmp_path):
    from desktop.dialogs.workspace_dialog import WorkspaceDialog

    empty_window.actions_["new"].trigger()
    (dialog,) = empty_window.findChildren(WorkspaceDialog)
    dialog.accept()
    assert dialog.problem.text() == "Give the workspace a title."
    dialog.title.setText("Azure Bridge")
    dialog.accept()
    assert "what it is for" in dialog.problem.text()
    dialog.modes.buttons()[1].setChecked(True)
    dialog.path.setText(str(tmp_path / "azure"))
    dialog.zone.setCurrentText("Europe/Skopje")
    dialog.accept()
    assert empty_window.document.path == tmp_path / "azure.gpkg"
    workspace = read_workspace(tmp_path / "azure.gpkg")
    assert (workspace.title, workspace.mode, workspace.time_zone) == (
        "Azure Bridge",
        Mode.EXERCISE,
        "Europe/Skopje",
    )


def test_work_without_a_file_is_offered_on_the_welcome_page(empty_window, qtbot, tmp_path):
    empty_window.document.new(None, "Unnamed", Mode.TEST, now=NOW)
    schools = make_layer("sites", "Schools", [make_site(0, "North")])
    empty_window.document.apply("Add", empty_window.document.workspace.with_layer(schools))
    empty_window.files.close()
    (button,) = empty_window.welcome.files
    assert button.text() == "Unnamed, begun 4 May 2031, 12:00 UTC"
    button.click()
    qtbot.waitUntil(lambda: empty_window.document.is_open)
    assert empty_window.document.workspace.title == "Unnamed"


def test_the_shares_of_list_and_card_are_kept(window, settings):
    window.findings_panel.split.setSizes([200, 300])
    kept = window.findings_panel.shares()
    window.close()
    assert settings.findings_shares == kept


def test_closing_the_window_keeps_its_place_and_the_arrangement(window, settings):
    window.docks["table"].close()
    window.close()
    assert settings.geometry is not None
    assert settings.docks is not None


# --- help ---------------------------------------------------------------------------------------


def test_help_pages_load_nothing_from_outside(qtbot, tmp_path):
    picture = tmp_path / "secret.png"
    picture.write_bytes(b"x")
    page = PageDialog("Help", {"Page": f"![x]({QUrl.fromLocalFile(str(picture)).toString()}) <b>text</b>"})
    qtbot.addWidget(page)
    page.show()
    assert isinstance(page.browser, OfflineBrowser)
    assert page.browser.loadResource(2, QUrl.fromLocalFile(str(picture))) == b""
    assert not page.browser.openExternalLinks()


def test_a_long_page_of_help_begins_at_its_top(qtbot):
    long = "\n\n".join(f"Paragraph {i} with a link https://example.org/{i}." for i in range(200))
    page = PageDialog("Help", {"One": f"# One\n\n{long}", "Two": "# Two"})
    qtbot.addWidget(page)
    page.show()
    assert page.browser.verticalScrollBar().maximum() > 0
    assert page.browser.verticalScrollBar().value() == 0
    page.contents.setCurrentRow(1)
    assert page.browser.toPlainText() == "Two"


@pytest.mark.parametrize("name", ["shortcuts", "about", "log", "preferences", "properties"])
def test_every_page_of_help_and_preferences_opens_without_blocking(window, name):
    window.actions_[name].trigger()
    assert any(dialog.isVisible() for dialog in window.findChildren(QDialog))


@pytest.mark.parametrize("name", ["rules", "release"])
def test_the_dialogs_of_the_steps_open_without_blocking(window, name):
    window.actions_[name].trigger()
    assert any(dialog.isVisible() for dialog in window.findChildren(QDialog))


def test_limits_that_were_set_are_given_up_only_by_a_click(window, qtbot):
    window.actions_["rules"].trigger()
    dialog = window.findChild(RulesDialog)
    rule = rule_of("zone_within_standoff_of_site")
    dialog.draft.set_values(rule, {"standoff_m": 900.0})
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    window.notices.question.reject()
    assert dialog.isVisible() and dialog.draft.values(rule)["standoff_m"] == 900.0
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    next(b for b in window.notices.question.buttons() if b.text() == "Give it up").click()
    assert not dialog.isVisible()
    assert window.document.workspace.rules == {}


def test_a_dropped_file_is_imported_through_the_dialog(window, qtbot, tmp_path):
    points = tmp_path / "clinics.csv"
    points.write_text("id,name,lon,lat\n1,Clinic A,20.3,45.1\n2,Clinic B,20.4,45.2\n", encoding="utf-8")
    dialog = window.steps.import_paths([points])
    assert dialog.isVisible()
    assert dialog.parent() is window


def test_the_file_dialog_offers_every_format_there_is_a_reader_for():
    for ending in (".shp", ".zip", ".geojson", ".gpkg", ".kml", ".kmz", ".csv"):
        assert f"*{ending}" in import_filter()


def test_where_a_layer_comes_from_is_plain_text(window):
    window.layers_panel.properties_requested.emit("sites")
    (dialog,) = [d for d in window.findChildren(QDialog) if d.isVisible()]
    assert "3 features drawn here" in dialog.text.toPlainText()


def test_a_place_of_conflict_is_shown_with_its_surroundings():
    west, south, east, north = around((20.0, 45.0, 20.0, 45.0))
    assert east - west == pytest.approx(0.008)
    assert north - south == pytest.approx(0.008)


def test_a_notice_about_one_workspace_goes_when_another_one_is_shown(window):
    window.notices.warn("exercise.gpkg is incomplete.", "Use a backup copy.")
    assert not window.notice_bar.isHidden()
    window.document.opened.emit()
    assert window.notice_bar.isHidden()
