"""The Workspace menu: new, open, recent, keep as, properties, close, the exercise."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QMenu

from desktop.context import Context
from desktop.document import FILE_FILTER
from desktop.notices import menu_text
from desktop.panels.plain_text import tooltip
from layers.errors import LayersError
from layers.progress import Progress

if TYPE_CHECKING:  # loaded when first needed: the window shows sooner
    from desktop.dialogs.workspace_dialog import WorkspaceDialog


class FileActions:
    """What opens, makes and closes workspaces."""

    def __init__(self, context: Context) -> None:
        self._c = context

    # --- new ------------------------------------------------------------------------------------

    def new(self) -> None:
        """Ask for title, purpose, time zone and file, and create a workspace."""
        from desktop.dialogs.workspace_dialog import WorkspaceDialog

        dialog = WorkspaceDialog(self._c.folder(), parent=self._c.window)
        dialog.accepted.connect(lambda: self._create(dialog))
        dialog.open()

    def _create(self, dialog: "WorkspaceDialog") -> None:
        wishes = dialog.wishes()

        def create() -> None:
            self._c.document.new(wishes.path, wishes.title, wishes.mode, time_zone=wishes.time_zone)

        if self._try(create):
            self._remember()

    # --- open -----------------------------------------------------------------------------------

    def choose_and_open(self) -> None:
        """Ask for a file and open it."""
        name, _ = QFileDialog.getOpenFileName(
            self._c.window, "Open a workspace", self._c.folder(), FILE_FILTER
        )
        if name:
            self.open(Path(name))

    def open(self, path: Path, then: Callable[[], None] | None = None) -> None:
        """Open a workspace off the GUI thread and show it; what is open is closed only when that worked."""
        current = self._c.document.path
        if current is not None and current == path.resolve():
            return

        from layers.workspace_file import WorkspaceFile

        def show(file: WorkspaceFile) -> None:
            self._c.document.adopt(file)
            self._remember()
            if then is not None:
                then()

        def read(progress: Progress) -> WorkspaceFile:
            progress(0, 0, path.name)
            return WorkspaceFile.open(path)

        self._c.tasks.start("Opening", read, show, self._c.notices.error, cancellable=False)

    def open_exercise(self) -> None:
        """Build the exercise from its sample files (once) and open it."""
        folder = exercise_folder()
        path = folder / "exercise.gpkg"
        if path.is_file():
            self.open(path)
            return

        def build(progress: Progress) -> Path:
            from desktop.demo import build_demo

            folder.mkdir(parents=True, exist_ok=True)
            return Path(build_demo(folder, progress=progress))

        self._c.tasks.start("Building the exercise", build, self.open, self._c.notices.error)

    def fill_recent(self, menu: QMenu) -> None:
        """Put the workspaces opened lately into a menu."""
        menu.clear()
        for path in self._c.settings.recent:
            action = menu.addAction(menu_text(path.stem), partial(self.open, path))
            action.setToolTip(tooltip(str(path)))
        menu.setEnabled(bool(menu.actions()))
        menu.setToolTipsVisible(True)

    # --- keep, change, close --------------------------------------------------------------------

    def choose_and_save(self) -> None:
        """Ask for a file and go on in a copy there."""
        name, _ = QFileDialog.getSaveFileName(
            self._c.window, "Keep the workspace as", self._c.folder(), FILE_FILTER
        )
        if name:
            path = Path(name)
            self.save_as(path if path.suffix else path.with_suffix(".gpkg"))

    def save_as(self, path: Path) -> None:
        """Go on in a copy at `path`."""
        if self._try(lambda: self._c.document.save_as(path)):
            self._remember()
            self._c.notices.inform(f"The workspace is now kept in {path.name}.")

    def properties(self) -> None:
        """Show and change title, purpose and time zone."""
        from desktop.dialogs.workspace_dialog import WorkspaceDialog

        dialog = WorkspaceDialog(self._c.folder(), self._c.document.workspace, self._c.window)
        dialog.accepted.connect(lambda: self._change(dialog))
        dialog.open()

    def _change(self, dialog: "WorkspaceDialog") -> None:
        wishes, workspace = dialog.wishes(), self._c.document.workspace
        wanted = (wishes.title, wishes.mode, wishes.time_zone)
        if wanted == (workspace.title, workspace.mode, workspace.time_zone):
            return
        changed = replace(workspace, title=wishes.title, mode=wishes.mode, time_zone=wishes.time_zone)
        self._try(lambda: self._c.document.apply("Change properties", changed))

    def close(self) -> None:
        """Close the workspace and show the welcome page."""
        if self._try(self._c.document.close):
            self._c.settings.last_workspace = None

    # --- inside ---------------------------------------------------------------------------------

    def _remember(self) -> None:
        path = self._c.document.path
        if path is None or self._c.document.is_unnamed:
            return
        self._c.settings.add_recent(path)
        self._c.settings.last_workspace = path
        self._c.settings.last_folder = str(path.parent)

    def _try(self, change: Callable[[], None]) -> bool:
        try:
            change()
        except LayersError as error:
            self._c.notices.error(error)
            return False
        return True


def exercise_folder() -> Path:
    """Return the folder in the user's application data that the exercise is built in."""
    base = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)
    return Path(base) / "exercise"
