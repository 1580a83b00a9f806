"""The release gate as a dialog: choose the audience, see what leaves and what stays, hand over."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.dialogs.release_preview import ReleasePreview
from desktop.dialogs.release_result import ReleaseResult
from desktop.dialogs.release_settings import ReleaseSettings
from desktop.dialogs.release_warnings import release_warnings
from desktop.document import Document
from desktop.panels.coverage_line import Mark
from desktop.panels.finding_colours import AMBER
from desktop.panels.freshness import Freshness
from desktop.panels.plain_text import PlainLabel
from desktop.tasks import Task, Tasks, as_layers_error
from layers.errors import CancelledError, LayersError
from layers.model import Workspace
from layers.profiles import Profile, load_profiles
from layers.progress import Progress
from layers.release import HandedOver, build, hand_over
from layers.released import Release


class ReleaseDialog(QDialog):
    """Builds a release in the background whenever the audience changes, and hands it over when asked.

    Parameters
    ----------
    document : Document
        What is released; the record of a release is put into its workspace.
    tasks : Tasks
        Building, writing and the audit run there.
    clock : callable
        Returns the present as an aware time: the release is as of it.
    """

    def __init__(
        self,
        document: Document,
        tasks: Tasks,
        parent: QWidget | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(parent)
        self._document, self._tasks, self._clock = document, tasks, clock
        self._freshness = Freshness.of(document, tasks)
        self._task: Task | None = None
        self._writing = False
        self._built: tuple[Workspace, Profile, str, Release] | None = None
        self.setWindowTitle("Release")
        self.settings = ReleaseSettings(load_profiles(), document.user)
        self.preview = ReleasePreview()
        self.warnings = QFrame()
        self.warning_text = PlainLabel()
        self.understood = QCheckBox("I have read this and &release all the same")
        self.status = PlainLabel()
        self.problem = PlainLabel()
        self.problem.setObjectName("problem")
        self.progress = QProgressBar()
        self.progress.setMaximumWidth(200)
        self.outcome = ReleaseResult()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.ok = self.buttons.addButton("&Hand over", QDialogButtonBox.ButtonRole.AcceptRole)
        self.ok.setObjectName("primary")
        self.cancel = self.buttons.button(QDialogButtonBox.StandardButton.Cancel)
        self._lay_out()
        self._connect()
        self.resize(1140, 650)
        self._show_warnings()
        self.build()

    def _lay_out(self) -> None:
        self.warnings.setFrameShape(QFrame.Shape.StyledPanel)
        words = QVBoxLayout()
        words.addWidget(self.warning_text)
        words.addWidget(self.understood)
        row = QHBoxLayout(self.warnings)
        row.addWidget(Mark(AMBER), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(6, 0, 0, 0)
        column.addWidget(self.warnings)
        column.addWidget(self.preview, 1)
        choose = QSplitter(Qt.Orientation.Horizontal)
        choose.addWidget(self.settings)
        choose.addWidget(right)
        choose.setSizes([360, 780])
        choose.setStretchFactor(1, 1)
        choose.setChildrenCollapsible(False)
        self._steps = QStackedWidget()
        self._steps.addWidget(choose)
        self._steps.addWidget(self.outcome)
        said = QVBoxLayout()
        said.addWidget(self.problem)
        said.addWidget(self.status)
        foot = QHBoxLayout()
        foot.addLayout(said, 1)
        foot.addWidget(self.progress)
        foot.addWidget(self.buttons)
        whole = QVBoxLayout(self)
        whole.addWidget(self._steps, 1)
        whole.addLayout(foot)
        self.problem.hide()
        self.progress.hide()

    def _connect(self) -> None:
        self.settings.profile_changed.connect(self.build)
        self.settings.changed.connect(self._refresh)
        self.understood.toggled.connect(self._refresh)
        self._freshness.changed.connect(self._show_warnings)
        self.buttons.accepted.connect(self.hand_over)
        self.buttons.rejected.connect(self.reject)

    # --- building -------------------------------------------------------------------------------

    def build(self) -> None:
        """Build the release for the chosen audience, off the GUI thread; an unfinished one is given up."""
        workspace, profile = self._document.workspace, self.settings.profile
        by = self.settings.by.text().strip()
        if self._built is not None and self._built[:3] == (workspace, profile, by):
            return
        if self._task is not None:
            self._task.cancel()
        self._built = None
        now = self._clock()

        def work(progress: Progress) -> Release:
            return build(workspace, profile, now=now, by=by, progress=progress)

        def done(release: Release) -> None:
            if self._task is not task:
                return  # the audience was changed meanwhile
            self._task = None
            self._built = (workspace, profile, by, release)
            self.preview.show_release(release)
            self.settings.suggest_folder(self._releases() / release.number)
            self._set_idle("Nothing has been written yet.")

        def failed(error: Exception) -> None:
            if self._task is task:
                self._task = None
                self._refuse(error)

        self._set_busy("Preparing the preview")
        task = self._tasks.start("Preparing the release", work, done, failed, owner=self)
        self._task = task

    def _releases(self) -> Path:
        """Return the folder that releases go to at first: beside the workspace file."""
        path = self._document.path
        beside = path is not None and not self._document.is_unnamed
        return (path.parent if path is not None and beside else Path.home()) / "releases"

    # --- handing over ---------------------------------------------------------------------------

    def hand_over(self) -> None:
        """Write, re-open and search every file in the background; nothing is left behind on a leak."""
        if not self._may_hand_over() or self._built is None:
            return
        workspace, _, _, release = self._built
        if workspace is not self._document.workspace:
            self.build()
            self._say_problem("The workspace was changed meanwhile. Look at the preview again.")
            return
        folder, formats = Path(self.settings.folder.text().strip()), self.settings.chosen_formats()
        approver = self.settings.approver.text().strip() if release.approver_required else ""

        def work(progress: Progress) -> HandedOver:
            return hand_over(release, folder, formats, approve_as=approver, progress=progress)

        self._writing = True
        self._set_busy("Writing")
        self._task = self._tasks.start(
            f"Releasing {release.number}", work, self._on_handed_over, self._on_failed, owner=self
        )
        self._task.progressed.connect(self._on_progress)

    def _on_handed_over(self, handed: HandedOver) -> None:
        self._task, self._writing = None, False
        workspace = self._document.workspace
        self.outcome.show_result(handed)
        self._steps.setCurrentWidget(self.outcome)
        self._set_idle("")
        self.ok.hide()
        self.cancel.setText("Close")
        self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)
        try:
            record = replace(workspace, releases=(*workspace.releases, handed.record))
            self._document.apply(f"Release {handed.record.number}", record)
        except LayersError as error:
            self._say_problem(f"The files are written, but the release could not be recorded. {error}")

    def _on_failed(self, error: Exception) -> None:
        self._task, self._writing = None, False
        self._refuse(error)

    def _on_progress(self, done: int, total: int, stage: str) -> None:
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        if stage:
            self.status.setText(stage)

    # --- what is shown --------------------------------------------------------------------------

    def _show_warnings(self) -> None:
        workspace = self._document.workspace
        sentences = release_warnings(workspace, stale=self._freshness.is_stale, now=self._clock())
        self.warning_text.setText("\n".join(sentences))
        self.warnings.setVisible(bool(sentences))
        self._refresh()

    def _may_hand_over(self) -> bool:
        warned = not self.warnings.isHidden() and not self.understood.isChecked()
        return self._built is not None and self._task is None and not warned and not self.settings.problem()

    def _refresh(self) -> None:
        self.ok.setEnabled(self._may_hand_over())
        if self._task is None and self._built is not None and self._steps.currentIndex() == 0:
            missing = self.settings.problem()
            if not missing and not self.warnings.isHidden() and not self.understood.isChecked():
                missing = "Read the warnings above the preview first."
            self.status.setText(missing or "Nothing has been written yet.")

    def _set_busy(self, words: str) -> None:
        self.problem.hide()
        self.settings.setEnabled(not self._writing)
        self.progress.setRange(0, 0)
        self.progress.show()
        self.status.setText(words)
        self.ok.setEnabled(False)

    def _set_idle(self, words: str) -> None:
        self.settings.setEnabled(True)
        self.progress.hide()
        self.status.setText(words)
        self._refresh()

    def _refuse(self, error: Exception) -> None:
        self._set_idle("")
        if isinstance(error, CancelledError):
            self.status.setText("Stopped. Nothing has been written.")
        else:
            self._say_problem(str(as_layers_error(error)))

    def _say_problem(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.show()

    # --- leaving --------------------------------------------------------------------------------

    def reject(self) -> None:
        """Stop writing when files are being written; otherwise close."""
        if self._task is not None:
            self._task.cancel()
            if self._writing:
                return
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Treat the window's own close button like Cancel."""
        if self._writing:
            self.reject()
            event.ignore()
            return
        super().closeEvent(event)
