"""The four steps: import, check, decide, release. Heavy parts are imported when they are first used."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QFileDialog

from desktop.context import Context
from desktop.notices import Question
from layers.findings import CoverageState, RunRecord
from layers.left_out import told
from layers.model import Workspace
from layers.progress import Progress

if TYPE_CHECKING:  # it brings the check engine, which is imported when it is first used
    from desktop.live_check import Checked
    from layers.decisions import Comparison
    from layers.recheck import Kept


class StepActions:
    """What the task bar starts."""

    def __init__(self, context: Context) -> None:
        self._c = context
        self.checking = False
        self.prepared: Callable[[Kept], None] = lambda kept: None
        """Takes what a check prepared, for live checks after it."""
        self.looking: Callable[[Workspace | None], None] = lambda workspace: None
        """Told what a check looks at, so that live checks leave it alone; None once it has ended."""

    # --- 1 import -------------------------------------------------------------------------------

    def choose_and_import(self) -> None:
        """Ask for partner files and open the import dialog on them."""
        names, _ = QFileDialog.getOpenFileNames(
            self._c.window, "Import partner files", self._c.folder(), import_filter()
        )
        if names:
            self._c.settings.last_folder = str(Path(names[0]).parent)
            self.import_paths([Path(name) for name in names])

    def import_paths(self, paths: Sequence[Path]) -> QDialog | None:
        """Open the import dialog on these files or folders; return it, or None without a workspace."""
        if not self._c.document.is_open:
            self._c.notices.warn(
                "No workspace is open.", "Create or open one first, then drop the files again."
            )
            return None
        from desktop.dialogs.import_dialog import ImportDialog

        dialog = ImportDialog(self._c.document, self._c.tasks, list(paths), self._c.window)
        self._show(dialog)
        return dialog

    # --- 2 check --------------------------------------------------------------------------------

    def check(self) -> None:
        """Ask every enabled rule about the whole workspace, off the GUI thread."""
        document, notices = self._c.document, self._c.notices
        if self.checking:
            return
        if not document.workspace.layers:
            notices.warn("There is nothing to check yet.", "Import partner files or draw features first.")
            return
        workspace, findings = document.workspace, document.findings

        def work(progress: Progress) -> "Checked":
            from desktop.live_check import check_everything

            return check_everything(workspace, findings, progress)

        def use(result: "Checked") -> None:
            self.prepared(result.kept)
            say = partial(self._say, result.workspace, result.comparison)
            document.apply_in_background(
                "Check", result.workspace, self._c.tasks, say, notices.error, findings=result.findings
            )

        def refuse() -> None:
            notices.warn(
                "The workspace was changed while it was checked, so the result was not used.", "Check again."
            )

        guarded = document.when_unchanged(use, refuse)

        def done(result: "Checked") -> None:
            self.checking = False
            try:
                guarded(result)
            finally:
                self.looking(None)

        def failed(error: Exception) -> None:
            self.checking = False
            self.looking(None)
            notices.error(error)

        self.checking = True
        self.looking(workspace)
        self._c.tasks.start("Checking", work, done, failed)

    def _say(self, workspace: Workspace, comparison: "Comparison") -> None:
        run = told(workspace, workspace.runs[-1])
        text = run_words(run, comparison)
        if any(c.state is CoverageState.BLOCKED for c in run.coverage):
            self._c.notices.warn(text, "Some rules could not run: see the coverage above the findings.")
        else:
            self._c.notices.inform(text)

    def rules(self) -> None:
        """Open the list of rules with their parameters."""
        from desktop.dialogs.rules_dialog import RulesDialog

        dialog = RulesDialog(self._c.document, self._c.window)
        question = Question(
            "Give up what was set?",
            "The limits that were changed here are not used yet and not kept anywhere.",
            yes="Give it up",
            no="Go on with it",
        )
        dialog.drop_requested.connect(
            lambda: self._c.notices.ask_meanwhile(question, dialog.drop, over=dialog)
        )
        self._show(dialog)

    # --- 3 decide is the findings panel: see MainWindow.decide ----------------------------------

    # --- 4 release ------------------------------------------------------------------------------

    def release(self) -> None:
        """Open the release dialog."""
        from desktop.dialogs.release_dialog import ReleaseDialog

        self._show(ReleaseDialog(self._c.document, self._c.tasks, self._c.window))

    def _show(self, dialog: QDialog) -> None:
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def import_filter() -> str:
    """Return the filter of the file dialog, built from the formats there are readers for."""
    from layers.readers import READERS

    patterns = " ".join(f"*{ending}" for reader in READERS for ending in reader.extensions)
    return f"Partner files ({patterns});;All files (*)"


def run_words(run: RunRecord, comparison: "Comparison") -> str:
    """Say what a run found, and always how much of it was really checked."""
    states = [c.state for c in run.coverage]
    done, blocked = states.count(CoverageState.DONE), states.count(CoverageState.BLOCKED)
    shown = _listed(comparison, as_before=True) or "no findings in what was compared"
    covered = f"{done} of {len(states)} rules had something to compare"
    return f"Checked: {shown}. {covered}{f', {blocked} could not run' if blocked else ''}."


def change_words(comparison: "Comparison") -> str:
    """Say in a few words what a change did to the findings, decisions that lapsed by it included."""
    said = _listed(comparison)
    return f"Findings after the change: {said}." if said else "No finding came or went with the change."


def _listed(comparison: "Comparison", *, as_before: bool = False) -> str:
    """Count the findings of each sort; what came back is reopened, and so neither new nor as before."""
    reopened = set(comparison.reopened)
    counts = (
        (sum(key not in reopened for key in comparison.new), "new"),
        (len(reopened), "reopened"),
        (sum(key not in reopened for key in comparison.persistent) if as_before else 0, "as before"),
        (len(comparison.resolved), "resolved"),
        (len(comparison.not_retested), "not re-tested"),
    )
    return ", ".join(f"{count:,} {word}" for count, word in counts if count)
