import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from desktop.canvas.tools import ToolName
from desktop.main_window import MainWindow


@pytest.fixture
def window(qtbot, operation, settings):
    made = MainWindow(settings, document=operation)
    made.resize(1366, 768)
    qtbot.addWidget(made)
    made.show()
    yield made
    assert made.tasks.shut_down(60_000)


def answer(qtbot, window):
    qtbot.waitUntil(lambda: window.near.panel.answer is not None and not window.near.panel._busy)
    return window.near.panel.answer


def test_one_key_lists_what_is_near_the_position_on_the_clipboard(qtbot, window):
    QGuiApplication.clipboard().setText("45.00000 N 20.00500 E")
    QTest.keyClick(
        window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    found = answer(qtbot, window)
    assert found.protected[0].feature.id == "s0"
    assert found.uncertainty_m == pytest.approx(0.7, abs=0.1)
    assert window.docks["near"].isVisible()
    assert window.map.marker == pytest.approx((20.005, 45.0))


def test_a_position_within_a_message_is_found_and_an_earlier_refusal_taken_back(qtbot, window):
    QGuiApplication.clipboard().setText("good morning")
    window.near.pasted()
    assert window.notice_bar.isVisible()
    QGuiApplication.clipboard().setText("GRID: 45.00000 N 20.00500 E, two trucks")
    window.near.pasted()
    assert answer(qtbot, window).protected[0].feature.id == "s0"
    assert window.near.panel.position.text() == "45.00000 N 20.00500 E"
    assert not window.notice_bar.isVisible()


def test_a_clipboard_without_a_position_is_said(qtbot, window):
    QGuiApplication.clipboard().setText("good morning")
    with qtbot.waitSignal(window.notices.posted) as posted:
        window.near.pasted()
    assert "no position on the clipboard" in posted.args[0].text
    assert not window.docks["near"].isVisible()


def test_a_position_that_can_be_read_in_two_ways_is_answered_with_both(qtbot, window):
    QGuiApplication.clipboard().setText("37S 748000 3577000")
    with qtbot.waitSignal(window.notices.posted) as posted:
        window.near.pasted()
    assert "southern hemisphere" in posted.args[0].text
    assert posted.args[0].hint == "Write 37 south 748000 3577000 or 37 north 748000 3577000."


def test_the_selected_feature_is_asked_about_first(qtbot, window):
    window.document.set_selection(["z0"])
    window.actions_["near"].trigger()
    assert answer(qtbot, window).subject.id == "z0"


def test_shift_enter_in_the_search_box_asks_with_the_uncertainty_of_the_notation(qtbot, window):
    window.search.setText("34T DQ 21 83")
    QTest.keyClick(window.search, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert answer(qtbot, window).uncertainty_m == pytest.approx(707, abs=1)


def test_a_row_is_selected_on_the_map_with_the_line_to_it(qtbot, window):
    window.near.at(20.005, 45.0)
    answer(qtbot, window)
    window.near.panel.tree.setCurrentItem(window.near.panel.tree.rows()[0])
    assert window.document.selection == {"s0"}
    line = window.map._picture.highlight.geometry
    assert [c for p in line.coords for c in p] == pytest.approx([20.005, 45.0, 20.0, 45.0])
    window.near.panel.activated.emit(window.near.panel.answer.protected[0])
    assert window.map.center == pytest.approx((20.0025, 45.0), abs=1e-3)


def test_the_menu_of_the_map_offers_the_place_and_the_features_there(qtbot, window):
    window.near.show_menu(QPoint(0, 0), 20.005, 45.0, ["s0"])
    texts = [action.text() for action in window.near.menu.actions()]
    assert texts[:2] == ["What is &near here?", "What is near “North school”?"]
    window.near.menu.actions()[1].trigger()
    assert answer(qtbot, window).subject.id == "s0"
    window.near.menu.hide()


def test_a_letter_in_the_menu_of_the_map_chooses_there(qtbot, window):
    window.map.setFocus()
    qtbot.waitUntil(window.map.hasFocus)
    window.map.set_tool(ToolName.PAN)
    window.near.show_menu(QPoint(0, 0), 20.005, 45.0, [])
    QTest.keyClick(window.near.menu, Qt.Key.Key_C)
    assert window.map.tool is ToolName.PAN
    assert QGuiApplication.clipboard().text().startswith("34T DQ ")


def test_the_right_button_on_the_map_opens_its_menu(qtbot, window):
    QTest.mouseClick(window.map, Qt.MouseButton.RightButton, pos=QPoint(50, 50))
    assert window.near.menu is not None
    window.near.menu.hide()
