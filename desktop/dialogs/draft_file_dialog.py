"""A file is tried on the rules without being imported."""

from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from desktop.dialogs.draft_pane import Draft, DraftPane, is_asked_about
from desktop.document import Document
from desktop.panels.choice import Choice
from desktop.panels.plain_text import PlainLabel, one_line
from desktop.tasks import Tasks
from layers.kinds import KINDS
from layers.model import Kind, Workspace


class DraftFileDialog(QDialog):
    """Asks for the kind, and says what the features of the file would conflict with."""

    def __init__(self, document: Document, tasks: Tasks, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self.setWindowTitle("Try a file without importing it")
        self.kind = Choice("What it is", [(s.title_plural, s.kind) for s in KINDS if is_asked_about(s.kind)])
        self.kind.choose(Kind.MILITARY_ZONE)
        self.pane = DraftPane(document, tasks, self._draft)
        note = PlainLabel("Nothing is imported. Columns and times are read as an import guesses them.")
        note.setObjectName("muted")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addWidget(PlainLabel(one_line(path.name), bold=True))
        box.addWidget(self.kind)
        box.addWidget(self.pane, 1)
        box.addWidget(note)
        box.addWidget(buttons)
        self.resize(560, 560)

    def _draft(self) -> Draft:
        kind, path = self.kind.value(), self._path

        def make(workspace: Workspace) -> tuple[Workspace, tuple[str, ...]]:
            from layers.drafts import with_file

            return with_file(workspace, path, kind, datetime.now(UTC))

        return Draft(kind.value, make)
