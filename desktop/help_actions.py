"""The Help menu, and the log kept in memory for it. Its pages are loaded when first opened."""

import logging
from typing import TYPE_CHECKING

from desktop.context import Context
from layers.errors import LayersError

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

_LOG_LINES = 2_000


class LogKeeper(logging.Handler):
    """Keeps the last lines of the log in memory, for Help, Show the log."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record."""
        self.lines.append(self.format(record))
        del self.lines[:-_LOG_LINES]


class HelpActions:
    """What the Help menu opens."""

    def __init__(self, context: Context, keeper: LogKeeper | None = None) -> None:
        self._c = context
        self._keeper = keeper

    def guide(self) -> None:
        """Open the user guide."""
        from desktop.help_pages import PageDialog, guide_pages

        pages = guide_pages()
        if not pages:
            self._c.notices.error(
                LayersError("The user guide is not installed.", "It is in docs/user of the source.")
            )
            return
        self._open(PageDialog("User guide", pages, self._c.window))

    def shortcuts(self) -> None:
        """Open the page of keyboard shortcuts."""
        from desktop.help_pages import PageDialog, shortcuts_page

        self._open(PageDialog("Keyboard shortcuts", {"Keyboard": shortcuts_page()}, self._c.window))

    def about(self) -> None:
        """Open the page on version, licences and sources."""
        from desktop.help_pages import PageDialog, about_page

        self._open(PageDialog("About Deconflict", {"About": about_page()}, self._c.window))

    def log(self) -> None:
        """Open the last lines of the program's log."""
        from desktop.help_pages import LogDialog

        self._open(LogDialog(self._keeper.lines if self._keeper else (), self._c.window))

    def _open(self, dialog: "QDialog") -> None:
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
