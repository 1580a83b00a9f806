import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from desktop.notices import Level, NoticeBar, Notices, menu_text, plain_label
from layers.errors import CancelledError, LayersError
from tests.desktop.window_builders import HOSTILE


@pytest.fixture
def notices(qapp):
    return Notices()


def posted(notices):
    found = []
    notices.posted.connect(found.append)
    return found


def test_an_error_says_what_happened_where_and_what_to_do(qtbot, notices):
    found = posted(notices)
    notices.error(LayersError("The file is empty.", "Ask the partner to send it again.", "sites.zip"))
    qtbot.addWidget(notices.box)
    assert (found[0].level, found[0].text, found[0].where) == (Level.ERROR, "The file is empty.", "sites.zip")
    assert notices.box.text() == "sites.zip: The file is empty."
    assert notices.box.informativeText() == "Ask the partner to send it again."


def test_the_error_box_does_not_block_and_a_second_error_joins_the_first(qtbot, notices):
    notices.error(LayersError("One."))
    qtbot.addWidget(notices.box)
    first = notices.box
    notices.error(LayersError("Two."))
    assert notices.box is first
    assert first.text() == "One.\n\nTwo."


def test_text_of_partners_is_never_markup(qtbot, notices):
    notices.error(LayersError(HOSTILE, HOSTILE, HOSTILE))
    qtbot.addWidget(notices.box)
    for label in notices.box.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText
    bar = NoticeBar()
    qtbot.addWidget(bar)
    assert bar.label.textFormat() == Qt.TextFormat.PlainText
    assert plain_label(HOSTILE).textFormat() == Qt.TextFormat.PlainText


def test_an_unexpected_error_is_told_in_a_sentence_that_points_to_the_log(qtbot, notices):
    found = posted(notices)
    notices.error(ZeroDivisionError("division by zero"))
    qtbot.addWidget(notices.box)
    assert "division by zero" in found[0].text
    assert "log" in found[0].hint


def test_a_cancelled_task_is_only_information(notices):
    found = posted(notices)
    notices.error(CancelledError())
    assert found[0].level is Level.INFORMATION
    assert notices.box is None


@pytest.mark.parametrize("answer", [True, False])
def test_a_question_is_answered_by_whoever_asks_in_a_test(qapp, answer):
    asked = []
    notices = Notices(asker=lambda question: asked.append(question) or answer)
    assert notices.ask("Delete?", "All of it.", yes="Delete") is answer
    assert (asked[0].text, asked[0].yes, asked[0].no) == ("Delete?", "Delete", "Cancel")


def test_information_goes_away_by_itself_and_a_warning_stays(qtbot, monkeypatch):
    monkeypatch.setattr(NoticeBar, "STAYS_MS", 20)
    bar = NoticeBar()
    qtbot.addWidget(bar)
    notices = Notices()
    notices.posted.connect(bar.show_notice)
    notices.inform("Imported 12 features.")
    assert bar.isVisible()
    qtbot.waitUntil(lambda: not bar.isVisible())
    notices.warn("Two rows were skipped.", "Look at the report.")
    qtbot.wait(60)
    assert bar.isVisible()
    assert bar.label.text() == "Two rows were skipped. Look at the report."


def test_an_ampersand_in_a_name_is_a_letter_in_menus():
    assert menu_text("Food & shelter\n") == "Food && shelter"
