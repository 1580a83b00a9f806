from datetime import UTC, datetime

import pytest

from desktop.dialogs.draft_pane import DraftPane
from layers.model import Kind
from tests.desktop.window_builders import make_zone

NOW = datetime(2031, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def entered():
    return {"feature": make_zone(9, "New range", 19.99, 44.99)}


@pytest.fixture
def pane(qtbot, operation, tasks, entered):
    widget = DraftPane(operation, tasks, lambda: entered["feature"], clock=lambda: NOW)
    qtbot.addWidget(widget)
    widget.show()
    return widget


def shown(pane):
    return [pane.list.item(n).text() for n in range(pane.list.count())]


def test_conflicts_are_told_before_anything_is_added(qtbot, pane, operation):
    qtbot.waitUntil(lambda: pane.result is not None)
    assert "conflicts" in pane.headline.words()
    assert any("North school" in text for text in shown(pane))
    assert pane.coverage.words().startswith("Compared by")
    assert operation.workspace.find("z9") is None


def test_they_follow_what_is_entered(qtbot, pane, entered):
    qtbot.waitUntil(lambda: pane.result is not None)
    entered["feature"] = make_zone(9, "New range", 21.0, 47.0)
    qtbot.waitUntil(lambda: not any("school" in text for text in shown(pane)))
    assert pane.result is not None


def test_while_something_entered_is_wrong_it_is_not_checked(qtbot, pane, entered):
    qtbot.waitUntil(lambda: pane.result is not None)
    entered["feature"] = None
    qtbot.waitUntil(lambda: pane.headline.words().startswith("Not checked"))
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
    qtbot.waitUntil(lambda: pane.result is not None, timeout=10_000)
    assert any("North school" in text for text in shown(pane))
    form.accept()
    assert len(operation.workspace.of_kind(Kind.MILITARY_ZONE)) == 2
    form.drop()
