"""Title, purpose, time zone and file of a workspace: for a new one, and to change later."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zoneinfo import available_timezones

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from desktop.document import FILE_FILTER
from desktop.notices import plain_label
from layers.model import Mode, Workspace

_MODES = (
    (Mode.REAL, "Real operation", "Everything made from it is marked as real."),
    (Mode.EXERCISE, "Exercise", "Everything made from it is marked as exercise."),
    (Mode.TEST, "Test", "For trying things out; marked as test data."),
)


@dataclass(frozen=True, slots=True)
class WorkspaceWishes:
    """What was entered. `path` is None for "not yet": it is kept in the journal meanwhile."""

    title: str
    mode: Mode
    time_zone: str
    path: Path | None


class WorkspaceDialog(QDialog):
    """Create a workspace, or change what an open one says of itself (without its file)."""

    def __init__(self, folder: str, current: Workspace | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._is_new = current is None
        self.setWindowTitle("New workspace" if self._is_new else "Properties of the workspace")
        self.setModal(True)
        self.title = QLineEdit(current.title if current else "")
        self.title.setPlaceholderText("Name of the operation or exercise")
        self.modes = QButtonGroup(self)
        self.zone = _zone_box(current.time_zone if current else "UTC")
        self.path = QLineEdit()
        self.path.setPlaceholderText("Choose later: it is kept safe meanwhile")
        self.problem = plain_label(name="problem")
        self.problem.setWordWrap(True)
        self.problem.hide()
        ok = QDialogButtonBox.StandardButton.Ok
        self.buttons = QDialogButtonBox(ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.button(ok).setText("Create" if self._is_new else "Change")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._build(current.mode if current else None)
        self.title.textEdited.connect(self._forget_problem)
        self.modes.buttonClicked.connect(self._forget_problem)
        self.zone.currentTextChanged.connect(self._forget_problem)
        self.path.textChanged.connect(self._forget_problem)

    def _build(self, mode: Mode | None) -> None:
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        form.addRow("&Title", self.title)
        modes = QVBoxLayout()
        modes.setSpacing(2)
        for number, (value, label, help_text) in enumerate(_MODES):
            button = QRadioButton(label)
            button.setToolTip(help_text)
            button.setChecked(value is mode)
            self.modes.addButton(button, number)
            modes.addWidget(button)
        form.addRow("For", modes)
        form.addRow("Time &zone", self.zone)
        if self._is_new:
            browse = QPushButton("Browse…")
            browse.clicked.connect(self._browse)
            row = QHBoxLayout()
            row.addWidget(self.path, 1)
            row.addWidget(browse)
            form.addRow("File", row)
        box = QVBoxLayout(self)
        box.addLayout(form)
        box.addWidget(self.problem)
        box.addStretch(1)
        box.addWidget(self.buttons)
        self.setMinimumWidth(520)

    def wishes(self) -> WorkspaceWishes:
        """Return what was entered; only to be asked once the dialog was accepted."""
        text = self.path.text().strip()
        path = Path(text).expanduser() if text else None
        if path is not None and path.suffix.lower() != ".gpkg":
            path = path.with_name(path.name + ".gpkg")
        mode = _MODES[self.modes.checkedId()][0]
        return WorkspaceWishes(self.title.text().strip(), mode, self.zone.currentText(), path)

    def accept(self) -> None:
        """Close when all is there, else say what is missing."""
        problem = self._what_is_wrong()
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        if not problem:
            super().accept()

    def _what_is_wrong(self) -> str:
        if not self.title.text().strip():
            return "Give the workspace a title."
        if self.modes.checkedId() < 0:
            return "Say what it is for: every product carries that as its marking."
        if self.zone.currentText() not in _zones():
            return "Choose a time zone from the list."
        path = self.wishes().path
        if path is not None and not path.parent.is_dir():
            return f"There is no folder {path.parent}."
        if path is not None and path.exists():
            return f"{path.name} is there already. Choose another name, or open it."
        return ""

    def _forget_problem(self, *_: object) -> None:
        self.problem.hide()

    def _browse(self) -> None:
        name = self.title.text().strip().replace("/", "-") or "workspace"
        start = str(Path(self._folder) / f"{name}.gpkg")
        path, _ = QFileDialog.getSaveFileName(
            self, "File of the workspace", start, FILE_FILTER, options=QFileDialog.Option.DontConfirmOverwrite
        )
        if path:
            self.path.setText(path)


@cache
def _zones() -> tuple[str, ...]:
    places = {
        z for z in available_timezones() if "/" in z and not z.startswith(("Etc/", "SystemV/", "posix"))
    }
    return ("UTC", *sorted(places))


def _zone_box(current: str) -> QComboBox:
    box = QComboBox()
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    box.addItems(_zones())
    if current not in _zones():
        box.addItem(current)
    box.setCurrentText(current)
    completer = box.completer()
    if completer is not None:
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
    return box
