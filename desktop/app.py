"""The composition root: style, fonts, log, exception hook, window. No logic."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import shapely  # noqa: F401 - before PySide6 6.11, whose import hook slows what is imported after it
from PySide6.QtCore import QSettings, QStandardPaths, QTimer
from PySide6.QtWidgets import QApplication

from desktop import theme
from desktop.help_actions import LogKeeper
from desktop.main_window import MainWindow
from desktop.settings import Settings
from layers.errors import LayersError

log = logging.getLogger(__name__)
_LOG_BYTES = 1_000_000
_LOG_NAME = "deconflict file"
Hook = Callable[[type[BaseException], BaseException, TracebackType | None], None]


def run(workspace_path: str | None = None) -> int:
    """Open the window, on a workspace if one is given, and return when it is closed.

    Parameters
    ----------
    workspace_path : str, optional
        Workspace file; without it the last one opens, or the welcome page.

    Returns
    -------
    int
        Exit code for the shell.
    """
    app = make_application()
    keeper = start_log()
    settings = Settings()
    theme.load_fonts(app)
    theme.apply_theme(app, settings.theme)
    app.setWindowIcon(theme.icon("deconflict"))
    window = MainWindow(settings, keeper=keeper)
    window.show()
    path = Path(workspace_path) if workspace_path else _last(settings)
    if path is not None:
        QTimer.singleShot(0, lambda: window.files.open(path))
    before = sys.excepthook
    sys.excepthook = hook_for(window)
    try:
        return app.exec()
    finally:
        sys.excepthook = before
        stop_log(keeper)
        window.deleteLater()


def make_application() -> QApplication:
    """Return the running application, or make one with our name (settings and data are kept under it)."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("deconflict")
    app.setApplicationDisplayName("")  # window titles carry the name themselves
    app.setOrganizationName("deconflict")
    app.setDesktopFileName("deconflict")
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    return app


def start_log() -> LogKeeper:
    """Write the log to a file in the user's application data and keep the last lines for the Help menu."""
    keeper = LogKeeper()
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(keeper)
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "deconflict.log"
        if path.is_file() and path.stat().st_size > _LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    except OSError as error:  # a full or write-protected disk must not keep the window from opening
        log.warning("the log cannot be written to a file: %s", error)
        return keeper
    handler.set_name(_LOG_NAME)
    handler.setFormatter(keeper.formatter)
    root.addHandler(handler)
    return keeper


def stop_log(keeper: LogKeeper) -> None:
    """Let go of the log file."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if handler is keeper or handler.get_name() == _LOG_NAME:
            root.removeHandler(handler)
            handler.close()


def hook_for(window: MainWindow) -> Hook:
    """Return an exception hook that logs what nobody caught and tells it; the window stays open."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not isinstance(error, Exception):
            sys.__excepthook__(kind, error, trace)
            return
        log.error("uncaught", exc_info=(kind, error, trace))
        if not isinstance(error, LayersError):
            sys.__excepthook__(kind, error, trace)
        window.notices.error(error)

    return hook


def _last(settings: Settings) -> Path | None:
    return settings.last_workspace if settings.reopen_last else None
