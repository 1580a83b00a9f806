"""The page that is shown while no workspace is open."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop.actions import ActionSet
from desktop.notices import menu_text, plain_label
from desktop.panels.plain_text import one_line, tooltip
from desktop.panels.wording import moment

_WIDTH = 640


class WelcomePage(QScrollArea):
    """New, open, recent, work that has no file yet, and the exercise."""

    open_requested = Signal(object)
    """A `Path`."""

    def __init__(self, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        page = QWidget()
        column = QVBoxLayout()
        column.setSpacing(10)
        title = plain_label("Deconflict", name="welcomeTitle")
        column.addWidget(title)
        what = plain_label(
            "Lay humanitarian sites, movements and military activity over one map, find every conflict, "
            "settle each one, and release overlays that hold only what their reader is meant to see.",
            name="muted",
        )
        what.setWordWrap(True)
        column.addWidget(what)
        column.addSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(8)
        for name, words, primary in (
            ("new", "New workspace…", True),
            ("open", "Open workspace…", False),
            ("exercise", "Open the exercise", False),
        ):
            row.addWidget(_action_button(actions, name, words, primary))
        row.addStretch(1)
        column.addLayout(row)
        self._lists = QVBoxLayout()
        self._lists.setSpacing(4)
        column.addLayout(self._lists)
        column.addStretch(1)
        holder = QWidget()
        holder.setMaximumWidth(_WIDTH)
        holder.setLayout(column)
        across = QHBoxLayout(page)
        across.setContentsMargins(32, 48, 32, 32)
        across.addStretch(1)
        across.addWidget(holder, 4)
        across.addStretch(1)
        self.setWidget(page)
        self.files: list[QPushButton] = []

    def show_files(self, recent: Sequence[Path], unnamed: Sequence[Path]) -> None:
        """List workspaces opened lately, and those that were never given a file."""
        while (item := self._lists.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self.files = []
        if unnamed:
            self._add_heading("Kept for you: not yet given a name")
            for path in unnamed:
                self._add_file(f"{_title(path)}, {_when(path)}", path)
        if recent:
            self._add_heading("Recent")
            for path in recent:
                self._add_file(f"{path.stem}, in {_short(path.parent)}", path)

    def _add_heading(self, words: str) -> None:
        label: QLabel = plain_label(words, name="heading")
        label.setContentsMargins(0, 14, 0, 2)
        self._lists.addWidget(label)

    def _add_file(self, words: str, path: Path) -> None:
        button = QPushButton(menu_text(words))
        button.setObjectName("file")
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setToolTip(tooltip(str(path)))
        button.clicked.connect(partial(self._request, path))
        self._lists.addWidget(button)
        self.files.append(button)

    def _request(self, path: Path, _checked: bool = False) -> None:
        self.open_requested.emit(path)


def _action_button(actions: ActionSet, name: str, words: str, primary: bool) -> QPushButton:
    button = QPushButton(words)
    button.setObjectName("primary" if primary else "secondary")
    button.setToolTip(actions[name].toolTip())
    button.clicked.connect(actions[name].trigger)
    return button


def _title(path: Path) -> str:
    from layers.workspace_file import title_of  # sqlite: only where something was left without a name

    return one_line(title_of(path)) or "Without a title"


def _when(path: Path) -> str:
    """Read the moment of creation from the name of a journal file: 20310504-120000-ab12cd.gpkg."""
    try:
        begun = datetime.strptime("-".join(path.stem.split("-")[:2]), "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
        return f"begun {moment(begun)}"
    except ValueError:  # not a name that this program gave
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return f"last changed {moment(changed)}"


def _short(folder: Path) -> str:
    """Shorten a folder to what fits on a line."""
    text = str(folder)
    home = str(Path.home())
    text = "~" + text[len(home) :] if text.startswith(home) else text
    return text if len(text) <= 50 else "…" + text[-49:]
