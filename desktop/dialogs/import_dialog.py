"""Partner files on their way in: nothing enters the workspace until Import is pressed, then all at once."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.dialogs.import_map import Ground, load_ground
from desktop.dialogs.import_page import FilePage, PageState
from desktop.dialogs.import_reading import Preview, read_preview
from desktop.dialogs.import_report import ReportPage, report_text
from desktop.dialogs.import_steps import Step, StepList, StepState
from desktop.dialogs.import_study import Done, ImportRequest, Study, run_import, study
from desktop.document import Document
from desktop.panels import wording
from desktop.panels.plain_text import PlainLabel, one_line, tooltip
from desktop.tasks import Task, Tasks, as_layers_error
from layers.errors import CancelledError, LayersError
from layers.model import Workspace
from layers.progress import Progress
from layers.reading import ReadOptions

Outcome = tuple[Workspace, tuple[Done, ...]]


class ImportDialog(QDialog):
    """Reads files in the background, lets the officer correct every guess, and imports them as one step.

    Parameters
    ----------
    document : Document
        Where the features go, through `apply_in_background`.
    tasks : Tasks
        Files are read one after the other, each of them can be stopped.
    paths : sequence of Path
        Files, or folders that hold a loose shapefile.
    clock : callable
        Returns the present as an aware time; sources carry it.
    """

    def __init__(
        self,
        document: Document,
        tasks: Tasks,
        paths: Sequence[Path],
        parent: QWidget | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(parent)
        self._document, self._tasks, self._clock = document, tasks, clock
        self._reading: tuple[FilePage, Task] | None = None
        self._studying: tuple[FilePage, Task] | None = None
        self._importing: Task | None = None
        self._wanted = False
        self._ground: Ground | None = None
        self._queue: list[FilePage] = []
        self._to_study: list[FilePage] = []
        self.pages: list[FilePage] = []
        self.setWindowTitle("Import partner files")
        self.files = QListWidget()
        self.files.setAccessibleName("Files")
        self.files.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.files.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.files.setSpacing(2)
        self.stack = QStackedWidget()
        self.steps = StepList()
        self.files.currentRowChanged.connect(self._on_file)
        self.steps.currentRowChanged.connect(self._on_step)
        self.files.itemChanged.connect(lambda _: self._refresh_buttons())
        self.report = ReportPage()
        self.status = PlainLabel()
        self.progress = QProgressBar()
        self.progress.setMaximumWidth(220)
        self.progress.hide()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.ok = self.buttons.addButton("&Import", QDialogButtonBox.ButtonRole.AcceptRole)
        self.ok.setObjectName("primary")
        self.cancel = self.buttons.button(QDialogButtonBox.StandardButton.Cancel)
        self.back = QPushButton("&Back")
        self.next = QPushButton("&Next")
        self.back.clicked.connect(lambda: self.go_by(-1))
        self.next.clicked.connect(lambda: self.go_by(1))
        self.buttons.accepted.connect(self.start_import)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        for path in paths:
            self.add_page(path)
        self.files.setVisible(len(self.pages) > 1)
        self.files.setCurrentRow(0)
        self.resize(1240, 690)
        self._add_shortcuts()
        self._load_basemap()
        self._read_next()

    def _lay_out(self) -> None:
        self._whole = QStackedWidget()
        left = QWidget()
        lists = QVBoxLayout(left)
        lists.setContentsMargins(0, 0, 0, 0)
        lists.addWidget(self.files, 2)
        lists.addWidget(self.steps, 3)
        choose = QSplitter(Qt.Orientation.Horizontal)
        choose.addWidget(left)
        choose.addWidget(self.stack)
        choose.setSizes([205, 1035])
        choose.setStretchFactor(1, 1)
        choose.setChildrenCollapsible(False)
        self._whole.addWidget(choose)
        self._whole.addWidget(self.report)
        foot = QHBoxLayout()
        foot.addWidget(self.status, 1, Qt.AlignmentFlag.AlignVCenter)
        foot.addWidget(self.progress)
        foot.addWidget(self.back)
        foot.addWidget(self.next)
        foot.addSpacing(12)
        foot.addWidget(self.buttons)
        column = QVBoxLayout(self)
        column.addWidget(self._whole, 1)
        column.addLayout(foot)

    def _add_shortcuts(self) -> None:
        for keys, by in (("Ctrl+PgDown", 1), ("Ctrl+PgUp", -1)):
            QShortcut(QKeySequence(keys), self, lambda by=by: self.go_by(by))
        for keys, by in (("Ctrl+Tab", 1), ("Ctrl+Shift+Tab", -1)):
            QShortcut(QKeySequence(keys), self, lambda by=by: self._go_to_file(by))

    def _load_basemap(self) -> None:
        """Draw land and towns under the small maps once they are read; without them nothing is missing."""
        self._tasks.start("Loading the base map", load_ground, self._take_ground, lambda _: None, owner=self)

    def _take_ground(self, ground: Ground) -> None:
        self._ground = ground
        for page in self.pages:
            page.set_ground(ground)

    # --- files ----------------------------------------------------------------------------------

    def add_page(self, path: Path, options: ReadOptions | None = None) -> FilePage:
        """Add a file (or one layer of it) and read it when its turn comes."""
        partners = sorted({source.partner for source in self._document.workspace.sources} - {""})
        page = FilePage(path, self._document.workspace, partners, options)
        if self._ground is not None:
            page.set_ground(self._ground)
        page.changed.connect(self._refresh)
        page.read_again.connect(self._enqueue)
        page.stop_reading.connect(self._stop_reading)
        page.another_layer.connect(self._add_layer)
        page.study_wanted.connect(self._enqueue_study)
        page.import_wanted.connect(self.start_import)
        item = QListWidgetItem(one_line(path.name))
        item.setToolTip(tooltip(path.name))
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Checked)
        self.pages.append(page)
        self.stack.addWidget(page)
        self.files.addItem(item)
        self._queue.append(page)
        self._refresh()
        return page

    def _add_layer(self, page: FilePage) -> None:
        """Add a page for the first layer of the file that no page shows yet."""
        if page.preview is None:
            return
        shown = {p.preview.imported.layer for p in self.pages if p.path == page.path and p.preview}
        left = [name for name in page.preview.imported.layers if name not in shown]
        if left:
            self.add_page(page.path, ReadOptions(layer=left[0]))
            self.files.setVisible(True)
            self.files.setCurrentRow(len(self.pages) - 1)
            self._read_next()

    def _enqueue(self, page: FilePage) -> None:
        """Read a file again with other options; what is being read of it is given up."""
        if self._reading is not None and self._reading[0] is page:
            self._reading[1].cancel()
            self._reading = None
        if page not in self._queue:
            self._queue.insert(0, page)
        self._read_next()

    def _read_next(self) -> None:
        if self._reading is not None or not self._queue:
            return
        page = self._queue.pop(0)
        options, workspace = page.options, self._document.workspace
        page.show_reading()

        def work(progress: Progress) -> Preview:
            return read_preview(page.path, options, workspace, progress)

        task = self._tasks.start(
            f"Reading {one_line(page.path.name)}",
            work,
            lambda preview: self._on_read(page, options, preview),
            lambda error: self._on_unreadable(page, options, error),
            owner=self,
        )
        self._reading = (page, task)
        task.progressed.connect(page.show_progress)

    def _on_read(self, page: FilePage, options: ReadOptions, preview: Preview) -> None:
        if page.options is options:
            self._reading = None
            page.show_preview(preview)
        self._read_next()

    def _on_unreadable(self, page: FilePage, options: ReadOptions, error: Exception) -> None:
        if page.options is options:
            self._reading = None
            page.show_error(as_layers_error(error, page.path.name))
            self._go_on()
        self._read_next()

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading[1].cancel()

    # --- what an import would do ----------------------------------------------------------------

    def _enqueue_study(self, page: FilePage) -> None:
        """Work out what importing a file would do; what is being worked out of it is given up."""
        if self._studying is not None and self._studying[0] is page:
            self._studying[1].cancel()
            self._studying = None
        if page not in self._to_study:
            self._to_study.insert(0, page)
        self._study_next()

    def _study_next(self) -> None:
        if self._studying is not None or not self._to_study:
            return
        page = self._to_study.pop(0)
        request = page.request()
        if request is None:
            self._study_next()
            return
        work = partial(study, self._document.workspace, request, self._clock())
        task = self._tasks.start(
            f"Looking for doubts in {one_line(page.path.name)}",
            work,
            lambda result: self._on_studied(page, task, result),
            lambda error: self._on_studied(page, task, as_layers_error(error)),
            owner=self,
        )
        self._studying = (page, task)

    def _on_studied(self, page: FilePage, task: Task, result: Study | LayersError) -> None:
        if self._studying is not None and self._studying[1] is task:
            self._studying = None
            if isinstance(result, Study):
                page.show_study(result)
            elif not isinstance(result, CancelledError):
                page.show_study_failure(result)
        self._study_next()
        self._go_on()

    def _go_on(self) -> None:
        """Begin the import that was asked for while files were still being looked through."""
        chosen = self._chosen()
        if self._wanted and not any(page.overall() is StepState.BUSY for page in chosen):
            self._wanted = False
            if any(page.overall() is StepState.ANSWER for page in chosen):
                self._refresh_buttons()
            else:
                self.start_import()

    # --- what is shown --------------------------------------------------------------------------

    @property
    def page(self) -> FilePage:
        """The file that is shown."""
        return self.pages[max(self.files.currentRow(), 0)]

    def _on_file(self, row: int) -> None:
        if 0 <= row < len(self.pages):
            self.stack.setCurrentIndex(row)
            self._refresh()
            self._on_step(self.steps.currentRow())

    def _on_step(self, row: int) -> None:
        if self.pages and row >= 0:
            self.page.show_step(list(Step)[row])
            self.back.setEnabled(row > 0)
            self.next.setEnabled(row < len(Step) - 1)

    def go_to(self, step: Step) -> None:
        """Show a step of the file that is shown."""
        self.steps.setCurrentRow(list(Step).index(step))

    def go_by(self, by: int) -> None:
        """Show the next step, or the one before, with the keyboard on it."""
        row = self.steps.currentRow() + by
        if 0 <= row < len(Step):
            self.steps.setCurrentRow(row)
            self.page.look_for_first().setFocus(Qt.FocusReason.TabFocusReason)

    def _go_to_file(self, by: int) -> None:
        self.files.setCurrentRow((self.files.currentRow() + by) % len(self.pages))

    def _refresh(self) -> None:
        for number, page in enumerate(self.pages):
            words = page.path.name
            if page.preview is not None and len(page.preview.imported.layers) > 1:
                words += f": {page.preview.imported.layer}"
            self.files.item(number).setText(f"{one_line(words)}\n{page.words()}")
        self.steps.show_reports(self.page.reports())
        self._refresh_buttons()

    def _chosen(self) -> list[FilePage]:
        """Return the pages whose files are to be imported."""
        checked = Qt.CheckState.Checked
        return [page for n, page in enumerate(self.pages) if self.files.item(n).checkState() == checked]

    def _refresh_buttons(self) -> None:
        chosen = self._chosen()
        states = [page.overall() for page in chosen]
        ready = [page for page in chosen if page.is_importable()]
        busy = StepState.BUSY in states
        can_wait = any(page.state is PageState.READY for page in chosen)
        self.ok.setEnabled((can_wait if busy else bool(ready)) and self._importing is None)
        answers = [page for page in chosen if page.overall() is StepState.ANSWER]
        if busy and self._wanted:
            self.status.setText("The import begins as soon as the files are looked through.")
        elif busy:
            self.status.setText("Files are being read and looked through.")
        elif answers:
            self.status.setText(answer_words(answers))
        elif len(ready) < len(chosen):
            self.status.setText(f"{wording.count(len(chosen) - len(ready), 'file')} cannot be imported.")
        else:
            self.status.setText("Nothing has entered the workspace yet.")
        several = len(self.pages) > 1
        number = len(chosen) - len(answers) - states.count(StepState.FAILED)
        self.ok.setText(f"&Import {wording.count(number, 'file')}" if several else "&Import")

    # --- importing ------------------------------------------------------------------------------

    def start_import(self) -> None:
        """Put everything that is ready into the workspace as one step, off the GUI thread.

        While files are still being looked through, the import waits for that.
        """
        self._wanted = any(page.overall() is StepState.BUSY for page in self._chosen())
        if self._wanted:
            self._refresh_buttons()
            return
        ready = [page for page in self._chosen() if page.is_importable()]
        requests = [request for page in ready if (request := page.request()) is not None]
        if not requests or self._importing is not None:
            return
        workspace, now = self._document.workspace, self._clock()
        work = partial(_import_and_tell, workspace, requests, now)
        self._set_busy("Preparing the import")
        self._importing = self._tasks.start(
            "Importing", work, partial(self._on_prepared, workspace), self._on_refused, owner=self
        )
        self._importing.progressed.connect(self._on_progress)

    def _on_prepared(self, computed_from: Workspace, told: tuple[Outcome, list[str]]) -> None:
        if self._document.workspace is not computed_from:
            self._set_idle("The workspace was changed meanwhile. Press Import again.")
            return
        (workspace, reports), texts = told
        if workspace is computed_from:  # every file was there already
            self._on_done(reports, texts, changed=False)
            return
        self._set_busy("Writing to the workspace file")
        self.cancel.setEnabled(False)
        self._document.apply_in_background(
            import_text(reports),
            workspace,
            self._tasks,
            partial(self._on_done, reports, texts),
            self._on_refused,
        )

    def _on_done(self, reports: tuple[Done, ...], texts: list[str], *, changed: bool = True) -> None:
        self._set_idle("")
        failed = [page.why_not() for page in self._chosen() if not page.is_importable()]
        self.report.show_reports(reports, texts, failed, changed=changed)
        self._whole.setCurrentWidget(self.report)
        for button in (self.ok, self.back, self.next):
            button.hide()
        self.cancel.setText("Close")
        self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_refused(self, error: Exception) -> None:
        if isinstance(error, CancelledError):
            self._set_idle("Stopped. Nothing has entered the workspace.")
        else:
            self._set_idle(str(as_layers_error(error)))

    def _on_progress(self, done: int, total: int, stage: str) -> None:
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        if stage:
            self.status.setText(stage)

    def _set_busy(self, words: str) -> None:
        self._whole.setEnabled(False)
        for button in (self.ok, self.back, self.next):
            button.setEnabled(False)
        self.progress.setRange(0, 0)
        self.progress.show()
        self.status.setText(words)

    def _set_idle(self, words: str) -> None:
        self._importing = None
        self._whole.setEnabled(True)
        self.cancel.setEnabled(True)
        self.progress.hide()
        self._on_step(self.steps.currentRow())
        self._refresh_buttons()
        self.status.setText(words)

    # --- leaving --------------------------------------------------------------------------------

    def reject(self) -> None:
        """Stop an import that is being prepared; otherwise stop reading and close."""
        if self._document.is_committing:
            return
        if self._importing is not None:
            self._importing.cancel()
            return
        self._queue, self._to_study = [], []
        self._stop_reading()
        if self._studying is not None:
            self._studying[1].cancel()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Treat the window's own close button like Cancel."""
        if self._importing is not None or self._document.is_committing:
            self.reject()
            event.ignore()
            return
        super().closeEvent(event)


def answer_words(pages: Sequence[FilePage]) -> str:
    """Say what has to be answered before a file can be imported."""
    page = pages[0]
    step = next(s for s, r in zip(Step, page.reports(), strict=True) if r.state is StepState.ANSWER)
    return f"{one_line(page.path.name)} needs an answer in the step “{step.value}”."


def _import_and_tell(
    workspace: Workspace, requests: Sequence[ImportRequest], now: datetime, progress: Progress
) -> tuple[Outcome, list[str]]:
    """Import, and put into words what came of it: work for the background."""
    outcome = run_import(workspace, requests, now, progress)
    return outcome, [report_text(done) for done in outcome[1]]


def import_text(reports: Sequence[Done]) -> str:
    """Return the name of the undo step."""
    if len(reports) == 1:
        return f"Import {one_line(reports[0].report.file)}"
    return f"Import {len(reports)} files"
