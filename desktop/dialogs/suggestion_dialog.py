"""Changes that would settle a finding: looked for in the background, shown on the map, applied by a click."""

from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.document import Document
from desktop.panels.plain_text import PlainLabel, one_line, tooltip
from desktop.panels.wording import count
from desktop.tasks import Task, Tasks
from layers import drafts
from layers.errors import LayersError
from layers.findings import Finding
from layers.model import Workspace
from layers.progress import Progress
from layers.recheck import Kept
from layers.suggestions import Suggestion, Suggestions, applied, suggestions

_MOST_TOLD = 6


class SuggestionDialog(QDialog):
    """Stays beside the map; nothing is changed before **Apply**, and one undo takes it back."""

    previewed = Signal(object)
    """The `Suggestion` to show on the map; None to take it away."""

    def __init__(
        self,
        document: Document,
        tasks: Tasks,
        finding: Finding,
        parent: QWidget | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(parent)
        self._document, self._tasks, self._finding, self._clock = document, tasks, finding, clock
        self._workspace: Workspace | None = None
        """What the suggestions were worked out for."""
        self._task: Task | None = None
        self.found: tuple[Suggestion, ...] = ()
        self._found_words = ""
        self.setWindowTitle("Suggested changes")
        self.headline = PlainLabel(bold=True)
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setAccessibleName("Suggested changes")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentRowChanged.connect(self._on_row)
        self.detail = PlainLabel()
        self.detail.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.details = QScrollArea()
        self.details.setWidget(self.detail)
        self.details.setWidgetResizable(True)
        self.details.setFrameShape(QFrame.Shape.NoFrame)
        self.details.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.details.setAccessibleName("What would remain and come up")
        self.note = PlainLabel(
            "A suggestion moves the activity, never what is protected. Agree on it with whoever answers for "
            "the activity before you apply it."
        )
        self.note.setObjectName("muted")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.apply: QPushButton = buttons.addButton("&Apply", QDialogButtonBox.ButtonRole.ActionRole)
        self.again: QPushButton = buttons.addButton("&Look again", QDialogButtonBox.ButtonRole.ActionRole)
        self.apply.clicked.connect(self.apply_chosen)
        self.again.clicked.connect(self.look)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addWidget(PlainLabel(finding.sentence))
        box.addWidget(self.headline)
        box.addWidget(self.list, 1)
        box.addWidget(self.details, 1)
        box.addWidget(self.note)
        box.addWidget(buttons)
        self.resize(480, 500)
        document.changed.connect(self._on_changed)
        document.opened.connect(self.reject)
        self.finished.connect(self._on_finished)
        self.look()

    # --- looking --------------------------------------------------------------------------------

    def look(self) -> None:
        """Look for changes that settle the finding, in the background."""
        if self._task is not None:
            return
        workspace, finding, now = self._document.workspace, self._finding, self._clock()

        def work(progress: Progress) -> Suggestions:
            return suggestions(Kept(workspace), workspace, finding, now=now, progress=progress)

        def done(found: Suggestions) -> None:
            self._task = None
            self._workspace = workspace
            self._show(found)

        def failed(error: Exception) -> None:
            self._task = None
            self._say(f"Not found out: {error.message if isinstance(error, LayersError) else error}")

        self._say("Looking for the smallest changes…")
        self._task = self._tasks.start("Looking for changes", work, done, failed, owner=self)

    def _say(self, text: str) -> None:
        self.found = ()
        self.headline.setText(text)
        self.list.clear()
        self._enable()

    def _show(self, result: Suggestions) -> None:
        self.found = found = result.found
        self.list.clear()
        for suggestion in found:
            item = QListWidgetItem(f"{one_line(suggestion.sentence)}\n{consequence_words(suggestion)}")
            item.setToolTip(tooltip(suggestion.sentence))
            self.list.addItem(item)
        if found:
            said = "" if result.is_complete else " The time was up before every way was tried."
            settle = f"{count(len(found), 'change')} would settle it.{said}"
            self._found_words = " ".join((settle, *result.not_tried))
            self.headline.setText(self._found_words)
            self.list.setCurrentRow(0)
        else:
            self.headline.setText(" ".join((_nothing_words(result), *result.not_tried)))
        if self._workspace is not self._document.workspace:
            self._on_changed(self._workspace, self._document.workspace)
        self._enable()

    def _enable(self) -> None:
        fresh = self._workspace is not None and _same_ground(self._workspace, self._document.workspace)
        self.apply.setEnabled(fresh and self.chosen is not None)
        self.again.setEnabled(self._task is None)
        self.details.setVisible(self.chosen is not None)

    @property
    def chosen(self) -> Suggestion | None:
        """The suggestion of the current row."""
        row = self.list.currentRow()
        return self.found[row] if 0 <= row < len(self.found) else None

    def _on_row(self, _row: int) -> None:
        chosen = self.chosen
        if chosen is not None:
            self.detail.setText("\n".join(detail_lines(chosen)))
        self.previewed.emit(chosen)
        self._enable()

    # --- applying -------------------------------------------------------------------------------

    def apply_chosen(self) -> None:
        """Make the change, as one step that undo takes back, and close."""
        chosen = self.chosen
        if chosen is None or not self.apply.isEnabled():
            return
        try:
            self._document.apply(one_line(chosen.sentence)[:80], applied(self._document.workspace, chosen))
        except LayersError as error:
            self.headline.setText(f"{error.message} {error.hint}".strip())
            return
        self.accept()

    def _on_changed(self, before: Workspace | None, after: Workspace) -> None:
        if self._workspace is not None and self.found:
            same = _same_ground(self._workspace, after)  # also when what was changed is undone
            self.headline.setText(
                self._found_words if same else "The workspace has changed since. Look again."
            )
        self._enable()

    def _on_finished(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self.previewed.emit(None)


def _nothing_words(result: Suggestions) -> str:
    """Say that nothing was found, and never that nothing is there where nothing was tried."""
    if not result.is_complete:
        return "None was found in the time there was; not every way was tried."
    if not result.was_tried:
        return "No change was tried."
    return "No change was found that settles it: not within 20 km, a week, or a fifth of the area left."


def consequence_words(suggestion: Suggestion) -> str:
    """Say in a few words what the rules say of the changed feature."""
    check = suggestion.check
    parts = [f"{count(len(check.about), 'finding')} about it would remain"] if check.about else []
    parts += [f"{count(len(check.created), 'finding')} about others would come up"] if check.created else []
    parts = parts or ["No other finding about it in what was compared"]
    settled = f"{count(len(check.settled), 'finding')} settled"
    return f"{', '.join(parts)}. {settled}."


def detail_lines(suggestion: Suggestion) -> list[str]:
    """Return what would remain and come up, one line each, a few of them."""
    check = suggestion.check
    lines = [f"Would remain: {one_line(f.sentence)}" for f in check.about]
    lines += [f"Would come up: {one_line(f.sentence)}" for f in check.created]
    more = len(lines) - _MOST_TOLD
    lines = lines[:_MOST_TOLD] + ([f"and {more} more"] if more > 0 else [])
    return [*lines, *drafts.coverage_lines(check, brief=True)[:2]]


def _same_ground(one: Workspace, other: Workspace) -> bool:
    """Tell whether the same may be changed in two workspaces, and a check would ask the same of them.

    Findings may have been checked since.
    """
    return (
        len(one.layers) == len(other.layers)
        and all(
            a.table is b.table and a.locked is b.locked for a, b in zip(one.layers, other.layers, strict=True)
        )
        and one.rules == other.rules
        and (one.time_zone, one.mode) == (other.time_zone, other.mode)
    )
