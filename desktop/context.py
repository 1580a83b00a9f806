"""What every part of the window works with; made once by the main window."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QWidget

from desktop.document import Document
from desktop.notices import Notices
from desktop.settings import Settings
from desktop.tasks import Tasks


@dataclass(frozen=True)
class Context:
    """The document, background work, notices and preferences, and the window that dialogs belong to."""

    document: Document
    tasks: Tasks
    notices: Notices
    settings: Settings
    window: QWidget

    def folder(self) -> str:
        """Return the folder that file dialogs begin in."""
        if self.settings.last_folder:
            return self.settings.last_folder
        path = self.document.path
        return str(path.parent) if path is not None and not self.document.is_unnamed else str(Path.home())
