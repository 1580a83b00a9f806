"""The open workspace: the one door for change, undo, the file behind it, and what is selected."""

import shutil
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from desktop.finding_columns import FindingColumns, columns_of
from desktop.tasks import Tasks, as_layers_error
from layers.errors import LayersError, WorkspaceError
from layers.model import Mode, Workspace, new_workspace
from layers.progress import Progress

if TYPE_CHECKING:
    from layers.workspace_file import WorkspaceFile

T = TypeVar("T")
FILE_FILTER = "Workspaces (*.gpkg)"
LARGE_ROWS = 5_000
"""An undo that touches more features than this is committed off the GUI thread."""


class Document(QObject):
    """The current `Workspace` and its file.

    `apply` is the only way anything changes: the difference is committed to the file in one transaction
    *first*; only when that worked are the references swapped and the step put on the undo stack. So what the
    window shows is always what is on the disk. While nothing is open `workspace` is an empty one and
    `is_open` is False.
    """

    changed = Signal(object, object)
    """`Workspace` before and after; also on open and close."""
    opened = Signal()
    """Another workspace (or none) is now shown: fit the view, forget the selection."""
    selection_changed = Signal(object)
    """frozenset of feature ids."""
    moved = Signal()
    """The workspace is now kept in another file; nothing else has changed."""
    committing_changed = Signal(bool)
    """A background commit began or ended; nothing can be applied or undone meanwhile."""

    def __init__(self, parent: QObject | None = None, *, journal: Path | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self.user = ""
        """Who works here; written into the log of the file."""
        self.prepare: Callable[[Workspace], None] = _nothing_to_prepare
        """Called on a worker thread with what a large change will show, for the map to get ready."""
        self._journal = journal or default_journal()
        self._file: WorkspaceFile | None = None
        self._workspace = _nothing()
        self._as_opened = self._workspace
        self._findings = columns_of(())
        self._committing = False
        self._selection: frozenset[str] = frozenset()

    @property
    def workspace(self) -> Workspace:
        """The current workspace; an empty one while nothing is open."""
        return self._workspace

    @property
    def findings(self) -> FindingColumns:
        """The findings of the current workspace in columns; where records are shared, from the last ones."""
        self._findings = self._findings.follow(self._workspace.findings)
        return self._findings

    @property
    def file(self) -> "WorkspaceFile | None":
        """The open file, for its log; never commit to it yourself."""
        return self._file

    @property
    def path(self) -> Path | None:
        """Where the workspace is kept; None while nothing is open."""
        return Path(self._file.path) if self._file else None

    @property
    def is_open(self) -> bool:
        """True while a workspace is open."""
        return self._file is not None

    @property
    def is_unnamed(self) -> bool:
        """True for a workspace that the user has not given a file yet (it is kept all the same)."""
        return self.path is not None and self.path.parent == self._journal

    @property
    def is_committing(self) -> bool:
        """True while a background commit runs."""
        return self._committing

    # --- change ---------------------------------------------------------------------------------

    def apply(self, text: str, workspace: Workspace) -> None:
        """Make `workspace` the current one: commit it, then show it, as one undo step called `text`.

        Raises
        ------
        LayersError
            When nothing is open, a background commit runs, or the file refuses; nothing is changed then.
        """
        self._require_free()
        if workspace is self._workspace:
            return
        self._commit(text, workspace)
        self._push(text, workspace)

    def apply_in_background(
        self,
        text: str,
        workspace: Workspace,
        tasks: Tasks,
        done: Callable[[], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        *,
        findings: FindingColumns | None = None,
    ) -> None:
        """Do what `apply` does, with the commit off the GUI thread: for imports and other large changes.

        Nothing else can be applied or undone until it is through. `done` is called once it is shown. Who has
        the findings of `workspace` in columns already hands them over in `findings`.
        """

        def show() -> None:
            self._findings = self._findings if findings is None else findings
            self._push(text, workspace)
            if done is not None:
                done()

        self._commit_in_background(text, workspace, tasks, show, failed)

    def amend(self, text: str, workspace: Workspace, findings: FindingColumns | None = None) -> None:
        """Put `workspace` in the place of the present one without a step of its own.

        For what follows from a change by itself, such as its findings: undoing the change takes it back too.
        Who has the findings of `workspace` in columns already hands them over in `findings`.

        Raises
        ------
        LayersError
            As `apply`.
        """
        self._require_free()
        old = self._workspace
        if workspace is old:
            return
        self._commit(text, workspace)
        for number in range(self.undo_stack.count()):
            command = self.undo_stack.command(number)
            if isinstance(command, _Step):
                command.replace(old, workspace)
        if self._as_opened is old:
            self._as_opened = workspace
        self._findings = self._findings if findings is None else findings
        self._swap(workspace)

    def undo(self, tasks: Tasks | None = None) -> None:
        """Take back the last step, in the file too; large ones in `tasks`. Raises like `apply`."""
        self._step(self.undo_stack.index() - 1, forward=False, tasks=tasks)

    def redo(self, tasks: Tasks | None = None) -> None:
        """Do the step again that was taken back, in the file too. Raises like `apply`."""
        self._step(self.undo_stack.index(), forward=True, tasks=tasks)

    def revert(self, tasks: Tasks | None = None) -> None:
        """Go back to the workspace as it was opened, as one step that can itself be undone."""
        text, target = "Revert to the workspace as opened", self._as_opened
        if tasks is not None and rows_changed(self._workspace, target) > LARGE_ROWS:
            self.apply_in_background(text, target, tasks)
        else:
            self.apply(text, target)

    def when_unchanged(self, then: Callable[[T], None], otherwise: Callable[[], None]) -> Callable[[T], None]:
        """Guard a task's result: `then(result)` only if the workspace is still the one of this moment."""
        computed_from = self._workspace

        def guarded(result: T) -> None:
            if self._workspace is computed_from:
                then(result)
            else:
                otherwise()

        return guarded

    # --- file -----------------------------------------------------------------------------------

    def new(
        self,
        path: Path | None,
        title: str,
        mode: Mode,
        *,
        time_zone: str = "UTC",
        now: datetime | None = None,
    ) -> None:
        """Create a workspace and open it; without a path it is kept in the journal until it has one."""
        self._require_free()
        moment = now or datetime.now(UTC)
        workspace = new_workspace(title, mode, moment, time_zone)
        if path is None:
            self._journal.mkdir(parents=True, exist_ok=True)
            path = self._journal / f"{moment:%Y%m%d-%H%M%S}-{workspace.id[:6]}.gpkg"
        self.adopt(_files().create(path, workspace))

    def open(self, path: Path) -> None:
        """Open a workspace file; what was open before is closed. Raises `WorkspaceError`."""
        self._require_free()
        self.adopt(_files().open(path))

    def adopt(self, file: "WorkspaceFile") -> None:
        """Show a file that was opened (perhaps in a task); what was open before is closed."""
        self._require_free()
        self._release_file()
        self._show(file, file.workspace)

    def close(self) -> None:
        """Close the workspace; there is nothing to save, everything applied is in the file."""
        self._require_free()
        if self._file is None:
            return
        self._release_file()
        self._show(None, _nothing())

    def save_as(self, path: Path) -> None:
        """Go on in a copy at `path`; an unnamed workspace moves there. The undo steps stay.

        Raises
        ------
        WorkspaceError
            When the copy cannot be written; the workspace stays open where it was.
        """
        self._require_free()
        if self._file is None or self.path is None:
            raise LayersError("No workspace is open.", "Open or create one first.")
        origin, unnamed = self.path, self.is_unnamed
        if path.resolve() == origin.resolve():
            return
        part = path.with_name(path.name + ".part")
        try:
            shutil.copyfile(origin, part)
            part.replace(path)
            copy = self._copy_at(path)
        except (OSError, LayersError) as error:
            part.unlink(missing_ok=True)
            reason = error.message if isinstance(error, LayersError) else error.strerror
            raise WorkspaceError(
                f"The workspace cannot be written there: {reason}", "Choose another folder.", str(path)
            ) from error
        self._file.close()
        self._file = copy
        self.moved.emit()
        if unnamed:
            origin.unlink(missing_ok=True)

    def unnamed_files(self) -> tuple[Path, ...]:
        """Workspaces that were never given a file, newest first: offered at the next start."""
        if not self._journal.is_dir():
            return ()
        return tuple(sorted(self._journal.glob("*.gpkg"), reverse=True))

    # --- selection ------------------------------------------------------------------------------

    @property
    def selection(self) -> frozenset[str]:
        """Ids of the selected features."""
        return self._selection

    def set_selection(self, ids: Iterable[str]) -> None:
        """Select these features and no others; ids that are not in the workspace are ignored."""
        wanted = frozenset(ids)
        known = frozenset(i for i in wanted if self._workspace.find(i) is not None)
        if known != self._selection:
            self._selection = known
            self.selection_changed.emit(known)

    # --- inside ---------------------------------------------------------------------------------

    def _require_free(self) -> None:
        if self._committing:
            raise LayersError("The last change is still being saved.", "Wait a moment and try again.")

    def _open_file(self) -> "WorkspaceFile":
        if self._file is None:
            raise LayersError("No workspace is open.", "Open or create one first.")
        return self._file

    def _commit(self, text: str, workspace: Workspace) -> None:
        file = self._open_file()
        if file.workspace is not workspace:  # it is, when a background commit has just written it
            file.commit(text, workspace, by=self.user)

    def _commit_in_background(
        self,
        text: str,
        workspace: Workspace,
        tasks: Tasks,
        show: Callable[[], None],
        failed: Callable[[Exception], None] | None,
    ) -> None:
        self._require_free()
        file = self._open_file()
        user, prepare = self.user, self.prepare

        def work(_: Progress) -> None:
            for layer in workspace.layers:  # what the window will ask for at once
                _ready = layer.table.rows_by_id, layer.table.bounds
            prepare(workspace)
            file.commit(text, workspace, by=user)

        def done(_: None) -> None:
            self._set_committing(False)
            show()

        def on_failure(error: Exception) -> None:
            self._set_committing(False)
            if failed is not None:
                failed(error)
            else:
                tasks.failed.emit(as_layers_error(error, text))

        self._set_committing(True)
        tasks.start(
            text,
            work,
            done,
            on_failure,
            cancellable=False,
            owner=self,
        )

    def _set_committing(self, on: bool) -> None:
        self._committing = on
        self.committing_changed.emit(on)

    def _push(self, text: str, workspace: Workspace) -> None:
        self.undo_stack.push(_Step(self, text, self._workspace, workspace))

    def _step(self, index: int, *, forward: bool, tasks: Tasks | None) -> None:
        """Commit the far side of a step, then let the stack swap the references."""
        self._require_free()
        command = self.undo_stack.command(index) if 0 <= index < self.undo_stack.count() else None
        if not isinstance(command, _Step):
            return
        target = command.after if forward else command.before
        text = f"{'Redo' if forward else 'Undo'} {command.text()}"
        move = self.undo_stack.redo if forward else self.undo_stack.undo
        if tasks is not None and rows_changed(self._workspace, target) > LARGE_ROWS:
            self._commit_in_background(text, target, tasks, move, None)
        else:
            self._commit(text, target)
            move()

    def _swap(self, workspace: Workspace) -> None:
        before, self._workspace = self._workspace, workspace
        if before is workspace:
            return
        self.changed.emit(before, workspace)
        self.set_selection(self._selection)

    def _release_file(self) -> None:
        if self._file is None:
            return
        path, empty = self.path, not self._workspace.layers
        unnamed = self.is_unnamed
        self._file.close()
        self._file = None
        if unnamed and empty and path is not None:
            path.unlink(missing_ok=True)

    def _show(self, file: "WorkspaceFile | None", workspace: Workspace) -> None:
        self._file = file
        self.undo_stack.clear()
        self._as_opened = workspace
        self._swap(workspace)
        self.set_selection(())
        self.opened.emit()

    def _copy_at(self, path: Path) -> "WorkspaceFile":
        """Open a copy of the file to go on in, with the very values that steps and checks know."""
        copy = _files().open(path)
        try:
            copy.commit(f"Keep as {path.name}", self._workspace, by=self.user)
        except LayersError:
            copy.close()
            raise
        return copy


class _Step(QUndoCommand):
    """One undo step: two references. The commit is done by `Document` before the stack moves."""

    def __init__(self, document: Document, text: str, before: Workspace, after: Workspace) -> None:
        super().__init__(text)
        self._document = document
        self.before = before
        self.after = after

    def replace(self, old: Workspace, new: Workspace) -> None:
        """Let the step lead to or from `new` where it led to or from `old`."""
        self.before = new if self.before is old else self.before
        self.after = new if self.after is old else self.after

    def undo(self) -> None:
        self._document._swap(self.before)

    def redo(self) -> None:
        self._document._swap(self.after)


def rows_changed(before: Workspace, after: Workspace) -> int:
    """Count the features in layers whose table differs: what a commit may have to write."""
    tables = {id(layer.table): len(layer.table) for layer in before.layers}
    kept = {id(layer.table) for layer in after.layers}
    added = sum(len(layer.table) for layer in after.layers if id(layer.table) not in tables)
    return added + sum(rows for key, rows in tables.items() if key not in kept)


def default_journal() -> Path:
    """Folder of workspaces that have no file yet, in the user's application data."""
    base = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)
    return Path(base) / "unnamed"


def _nothing_to_prepare(_: Workspace) -> None:
    """Where no map shows the document."""


def _nothing() -> Workspace:
    return new_workspace("", Mode.TEST, datetime.now(UTC))


def _files() -> "type[WorkspaceFile]":
    """Load what reads and writes files only when one is opened: the window shows sooner."""
    from layers.workspace_file import WorkspaceFile

    return WorkspaceFile
