"""Fixtures that the tests of the window share."""

import gc

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from desktop.document import Document
from desktop.settings import Settings
from desktop.tasks import Tasks
from layers.model import Kind, Mode
from layers.outlines import compile_kernels
from tests.desktop.window_builders import HOSTILE, NOW, make_layer, make_site, make_zone


class PatientBot(QtBot):
    """Waits for as long as a busy machine may need: what a test waits for comes, or it never does."""

    def waitSignal(self, signal, *, timeout=180_000, **kwargs):
        return super().waitSignal(signal, timeout=timeout, **kwargs)

    def waitUntil(self, callback, *, timeout=180_000):
        return super().waitUntil(callback, timeout=timeout)


@pytest.fixture
def qtbot(qapp, request):
    """Return the one of pytest-qt, with more patience."""
    return PatientBot(request)


@pytest.fixture(scope="session", autouse=True)
def kernels():
    """Compile the kernels of the check engine before any test waits for a check."""
    compile_kernels()


@pytest.fixture(autouse=True)
def no_window_left(qapp):
    """Close what a failed test leaves open: the program ends with its last window, so another would wait."""
    yield
    for widget in qapp.topLevelWidgets():
        if widget.isVisible():
            widget.hide()
            widget.deleteLater()


@pytest.fixture(autouse=True)
def no_garbage_set_aside():
    """Let windows of earlier tests be collected: a task sets aside what is there, for one window."""
    yield
    gc.unfreeze()


@pytest.fixture
def tasks(qapp):
    runner = Tasks()
    yield runner
    assert runner.shut_down(60_000)


@pytest.fixture
def settings(tmp_path):
    return Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


@pytest.fixture
def operation(qapp, tmp_path):
    """An open workspace with three schools and a locked layer of one zone."""
    doc = Document(journal=tmp_path / "journal")
    doc.new(tmp_path / "work.gpkg", "Azure Bridge", Mode.EXERCISE, now=NOW)
    schools = [make_site(0, "North school"), make_site(1, "South school"), make_site(2, HOSTILE)]
    workspace = doc.workspace.with_layer(make_layer("sites", "Schools", schools))
    zone = make_zone(0, "Range 4", 20.2, 45.0)
    workspace = workspace.with_layer(
        make_layer("zones", "Zones", [zone], kind=Kind.MILITARY_ZONE, locked=True)
    )
    doc.apply("Prepare", workspace)
    doc.undo_stack.clear()
    yield doc
    if doc.is_open:
        doc.close()
