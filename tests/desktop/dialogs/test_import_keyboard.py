"""The import, from the first step to the rows in the workspace and back, without a mouse."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from desktop.dialogs.import_dialog import ImportDialog
from desktop.dialogs.import_steps import Step, StepState
from desktop.main_window import MainWindow
from tests.desktop.window_builders import NOW

MOST_TABS = 80


@pytest.fixture
def window(qtbot, settings, operation):
    made = MainWindow(settings, document=operation)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: made.search.places is not None and not made.tasks.is_busy)
    yield made
    qtbot.waitUntil(lambda: not made.tasks.is_busy)
    made.close()


@pytest.fixture
def wells(tmp_path):
    features = [
        {
            "type": "Feature",
            "properties": {"NO": f"W-{n}", "NOM": f"Well {n}"},
            "geometry": {"type": "Point", "coordinates": [20.0 + n / 100, 45.0]},
        }
        for n in range(5)
    ]
    path = tmp_path / "wells.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


class Keys:
    """Presses keys where the keyboard is, as a person does who has no mouse."""

    def __init__(self, qtbot):
        self._qtbot = qtbot

    def press(self, key, modifier=Qt.KeyboardModifier.NoModifier):
        self._qtbot.keyClick(QApplication.focusWidget(), key, modifier)

    def type(self, text):
        self._qtbot.keyClicks(QApplication.focusWidget(), text)

    def tab_to(self, widget):
        for _ in range(MOST_TABS):
            if QApplication.focusWidget() is widget:
                return
            self.press(Qt.Key.Key_Tab)
        pytest.fail(f"Tab never reaches {widget}, the keyboard is on {QApplication.focusWidget()}")


def test_a_file_is_imported_and_taken_back_by_keyboard_alone(qtbot, window, wells):
    before = window.document.workspace
    dialog = ImportDialog(window.document, window.tasks, [wells], window, clock=lambda: NOW)
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    qtbot.waitUntil(lambda: dialog.page.overall() is not StepState.BUSY)
    keys = Keys(qtbot)

    keys.tab_to(dialog.page.what.kind)
    chosen = dialog.page.what.kind.value()
    keys.press(Qt.Key.Key_Down)
    assert dialog.page.what.kind.value() is not chosen
    keys.press(Qt.Key.Key_Up)
    keys.tab_to(dialog.page.what.partner)
    keys.type("Water for all")
    for step in list(Step)[1:]:
        keys.tab_to(dialog.next)
        keys.press(Qt.Key.Key_Space)
        assert dialog.page.steps.currentWidget() is dialog.page.panels[step]
        assert dialog.page.panels[step].isAncestorOf(QApplication.focusWidget())
    qtbot.waitUntil(lambda: dialog.page.overall() is not StepState.BUSY)
    keys.tab_to(dialog.ok)
    keys.press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(dialog.report.reports))

    layer = window.document.workspace.layers[-1]
    assert layer.table.name.tolist() == [f"Well {n}" for n in range(5)]
    assert window.document.workspace.sources[-1].partner == "Water for all"
    assert QApplication.focusWidget() is dialog.cancel
    keys.press(Qt.Key.Key_Return)
    assert not dialog.isVisible()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.document.workspace is before)
