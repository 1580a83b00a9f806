import logging
import sys

import pytest
from PySide6.QtCore import QSettings, QStandardPaths, QTimer
from PySide6.QtWidgets import QApplication

from desktop import app
from desktop.document import Document
from desktop.main_window import MainWindow
from desktop.settings import Settings
from layers.errors import LayersError
from layers.model import Mode
from tests.desktop.window_builders import NOW


@pytest.fixture
def private_machine(qapp, tmp_path, monkeypatch):
    """Preferences and application data of a machine on which the program never ran."""
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda _: str(tmp_path / "data"))
    name = qapp.applicationName()
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "config"))
    yield tmp_path
    qapp.setApplicationName(name)


def windows():
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible()]


def close_when(condition, seen, timeout_ms=20_000):
    """Close the window once `condition(window)` holds; give up after a while so that no test hangs."""
    waited = 0

    def look():
        nonlocal waited
        waited += 50
        for window in windows():
            if condition(window):
                seen.append(window.windowTitle())
            if condition(window) or waited > timeout_ms:
                window.close()
                return
        QTimer.singleShot(50, look)

    QTimer.singleShot(50, look)


def test_the_first_start_shows_the_welcome_page_and_ends_with_0(private_machine):
    seen = []
    hook = sys.excepthook
    close_when(lambda w: w.search.places is not None and not w.tasks.is_busy, seen)
    assert app.run() == 0
    assert seen == ["Deconflict"]
    assert sys.excepthook is hook
    assert (private_machine / "config" / "deconflict" / "deconflict.ini").is_file()


def test_a_workspace_given_is_opened_and_again_at_the_next_start(private_machine):
    path = private_machine / "azure.gpkg"
    document = Document(journal=private_machine / "journal")
    document.new(path, "Azure", Mode.EXERCISE, now=NOW)
    document.close()
    seen = []
    for given in (str(path), None):
        close_when(lambda w: w.document.is_open and w.search.places is not None and not w.tasks.is_busy, seen)
        assert app.run(given) == 0
    assert seen == ["Azure (azure.gpkg) – Deconflict"] * 2


def test_what_nobody_caught_is_logged_and_told_and_the_window_stays(qtbot, settings, tmp_path, caplog):
    window = MainWindow(settings, document=Document(journal=tmp_path))
    qtbot.addWidget(window)
    window.show()
    hook = app.hook_for(window)
    with caplog.at_level(logging.ERROR):
        hook(LayersError, LayersError("The disk is full.", "Make room."), None)
    assert window.isVisible()
    assert window.notices.box.text() == "The disk is full."
    assert "uncaught" in caplog.text
    window.close()


def test_the_log_is_kept_for_the_help_menu_and_in_a_file(private_machine):
    keeper = app.start_log()
    logging.getLogger("test").info("hello from a test")
    app.stop_log(keeper)
    assert any("hello from a test" in line for line in keeper.lines)
    text = (private_machine / "data" / "deconflict.log").read_text(encoding="utf-8")
    assert "hello from a test" in text


def test_a_log_that_grew_large_makes_room(private_machine):
    folder = private_machine / "data"
    folder.mkdir()
    (folder / "deconflict.log").write_text("x" * 2_000_000, encoding="utf-8")
    keeper = app.start_log()
    logging.getLogger("test").info("fresh")
    app.stop_log(keeper)
    assert (folder / "deconflict.log").stat().st_size < 10_000
    assert (folder / "deconflict.log.1").is_file()


def test_settings_go_to_a_plain_file_under_our_own_name(private_machine):
    app.make_application()
    settings = Settings()
    settings.user = "Maj. Novak"
    settings.sync()
    written = (private_machine / "config" / "deconflict" / "deconflict.ini").read_text(encoding="utf-8")
    assert "Maj. Novak" in written
