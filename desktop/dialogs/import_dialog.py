"""Partner files on their way in: nothing enters the workspace until Import is pressed, then all at once."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.dialogs.import_page import FilePage, ImportRequest, PageState
from desktop.dialogs.import_reading import Preview, read_preview
from desktop.dialogs.import_report import ReportPage
from desktop.document import Document
from desktop.panels import wording
from desktop.panels.plain_text import PlainLabel, one_line, tooltip
from desktop.tasks import Task, Tasks, as_layers_error
from layers.errors import CancelledError
from layers.importing import ImportReport, add_to_workspace
from layers.model import Workspace
from layers.progress import Progress
from layers.reading import ReadOptions

Outcome = tuple[Workspace, tuple[ImportReport, ...]]


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
        self._importing: Task | None = None
        self._queue: list[FilePage] = []
        self.pages: list[FilePage] = []
        self.setWindowTitle("Import partner files")
        self.files = QListWidget()
        self.files.setAccessibleName("Files")
        self.files.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.files.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.files.setSpacing(2)
        self.stack = QStackedWidget()
        self.files.currentRowChanged.connect(self.stack.setCurrentIndex)
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
        self.buttons.accepted.connect(self.start_import)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        for path in paths:
            self.add_page(path)
        self.files.setVisible(len(self.pages) > 1)
        self.files.setCurrentRow(0)
        self.resize(1120, 640)
        self._read_next()

    def _lay_out(self) -> None:
        self._steps = QStackedWidget()
        choose = QSplitter(Qt.Orientation.Horizontal)
        choose.addWidget(self.files)
        choose.addWidget(self.stack)
        choose.setSizes([200, 920])
        choose.setStretchFactor(1, 1)
        choose.setChildrenCollapsible(False)
        self._steps.addWidget(choose)
        self._steps.addWidget(self.report)
        foot = QHBoxLayout()
        foot.addWidget(self.status, 1, Qt.AlignmentFlag.AlignVCenter)
        foot.addWidget(self.progress)
        foot.addWidget(self.buttons)
        column = QVBoxLayout(self)
        column.addWidget(self._steps, 1)
        column.addLayout(foot)

    # --- files ----------------------------------------------------------------------------------

    def add_page(self, path: Path, options: ReadOptions | None = None) -> FilePage:
        """Add a file (or one layer of it) and read it when its turn comes."""
        partners = sorted({source.partner for source in self._document.workspace.sources} - {""})
        page = FilePage(path, partners, options)
        page.changed.connect(self._refresh)
        page.read_again.connect(self._enqueue)
        page.stop_reading.connect(self._stop_reading)
        page.another_layer.connect(self._add_layer)
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
        options, extent = page.options, self._document.workspace.extent
        page.show_reading()

        def work(progress: Progress) -> Preview:
            return read_preview(page.path, options, extent, progress)

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
        self._read_next()

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading[1].cancel()

    # --- what is shown --------------------------------------------------------------------------

    def _refresh(self) -> None:
        for number, page in enumerate(self.pages):
            words = page.path.name
            if page.preview is not None and len(page.preview.imported.layers) > 1:
                words += f": {page.preview.imported.layer}"
            self.files.item(number).setText(f"{one_line(words)}\n{page.state.value}")
        self._refresh_buttons()

    def _chosen(self) -> list[FilePage]:
        """Return the pages whose files are to be imported."""
        checked = Qt.CheckState.Checked
        return [page for n, page in enumerate(self.pages) if self.files.item(n).checkState() == checked]

    def _refresh_buttons(self) -> None:
        chosen = self._chosen()
        ready = [page for page in chosen if page.state is PageState.READY]
        busy = any(page.state in (PageState.WAITING, PageState.READING) for page in chosen)
        self.ok.setEnabled(bool(ready) and not busy and self._importing is None)
        if busy:
            self.status.setText("Files are being read.")
        elif len(ready) < len(chosen):
            self.status.setText(f"{wording.count(len(chosen) - len(ready), 'file')} cannot be imported.")
        else:
            self.status.setText("Nothing has entered the workspace yet.")
        several = len(self.pages) > 1
        self.ok.setText(f"&Import {wording.count(len(ready), 'file')}" if several else "&Import")

    # --- importing ------------------------------------------------------------------------------

    def start_import(self) -> None:
        """Put everything that is ready into the workspace as one step, off the GUI thread."""
        requests = [request for page in self._chosen() if (request := page.request()) is not None]
        if not requests or self._importing is not None:
            return
        workspace, now = self._document.workspace, self._clock()
        work = partial(run_import, workspace, requests, now)
        self._set_busy("Preparing the import")
        self._importing = self._tasks.start(
            "Importing", work, partial(self._on_prepared, workspace), self._on_refused, owner=self
        )
        self._importing.progressed.connect(self._on_progress)

    def _on_prepared(self, computed_from: Workspace, outcome: Outcome) -> None:
        if self._document.workspace is not computed_from:
            self._set_idle("The workspace was changed meanwhile. Press Import again.")
            return
        workspace, reports = outcome
        self._set_busy("Writing to the workspace file")
        self.cancel.setEnabled(False)
        self._document.apply_in_background(
            import_text(reports), workspace, self._tasks, partial(self._on_done, reports), self._on_refused
        )

    def _on_done(self, reports: tuple[ImportReport, ...]) -> None:
        self._set_idle("")
        failed = [page.error.words() for page in self._chosen() if page.state is PageState.FAILED]
        self.report.show_reports(reports, failed)
        self._steps.setCurrentWidget(self.report)
        self.ok.hide()
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
        self.stack.setEnabled(False)
        self.files.setEnabled(False)
        self.ok.setEnabled(False)
        self.progress.setRange(0, 0)
        self.progress.show()
        self.status.setText(words)

    def _set_idle(self, words: str) -> None:
        self._importing = None
        self.stack.setEnabled(True)
        self.files.setEnabled(True)
        self.cancel.setEnabled(True)
        self.progress.hide()
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
        self._queue = []
        self._stop_reading()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Treat the window's own close button like Cancel."""
        if self._importing is not None or self._document.is_committing:
            self.reject()
            event.ignore()
            return
        super().closeEvent(event)


def run_import(
    workspace: Workspace, requests: Sequence[ImportRequest], now: datetime, progress: Progress
) -> Outcome:
    """Add every file to the workspace, one after the other; nothing is kept when one of them fails."""
    reports = []
    for number, request in enumerate(requests):
        progress(number, len(requests), f"Importing {one_line(request.imported.file)}")
        workspace, report = add_to_workspace(
            workspace,
            request.imported,
            request.kind,
            request.mapping,
            layer_name=request.layer_name,
            partner=request.partner,
            now=now,
        )
        reports.append(report)
    progress(len(requests), len(requests), "")
    return workspace, tuple(reports)


def import_text(reports: Sequence[ImportReport]) -> str:
    """Return the name of the undo step."""
    if len(reports) == 1:
        return f"Import {one_line(reports[0].to_json()['file'])}"
    return f"Import {len(reports)} files"
