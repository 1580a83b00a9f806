"""Checks as the user works: after every change what it touches is compared again, in the background."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.document import Document
from desktop.finding_columns import FindingColumns
from desktop.panels.freshness import Freshness
from desktop.tasks import Task, Tasks
from layers import decisions
from layers.checks import check
from layers.errors import CancelledError, LayersError
from layers.model import Workspace
from layers.progress import Progress
from layers.recheck import Edit, Kept, recheck

if TYPE_CHECKING:
    from layers.decisions import Comparison

_AFTER_MS = 20
"""Changes that come together are looked at together, and the map is painted first."""
_MANY = 20_000
"""Edited features from which a full check takes no longer."""
_REMEMBERED = 100
"""States to which undo may lead back. Beyond, the findings are marked as out of date until the next check."""


@dataclass(frozen=True, eq=False)
class Checked:
    """A workspace with the findings that now hold (also in columns), what changed, and what was prepared."""

    workspace: Workspace
    comparison: "Comparison"
    kept: Kept
    findings: FindingColumns


class LiveCheck(QObject):
    """Keeps the findings true to the features, once a check has run.

    The findings become part of the very step that changed the features, so one undo takes both back. What is
    checked is always the difference from the state whose findings these are, so nothing is missed when
    changes come faster than they are checked, or are undone. Other rule settings, another time zone or
    purpose of the workspace, and very large changes, mean a full check.
    """

    checked = Signal(object)
    """The `Comparison`, after the findings were updated."""

    def __init__(self, document: Document, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._tasks = document, tasks
        self._freshness = Freshness.of(document, tasks)
        self._enabled = True
        self._held: dict[int, Workspace] = {}
        """Workspaces whose findings held, by the identity of those findings: undo may lead back to any."""
        self._kept: Kept | None = None
        self._task: Task | None = None
        self._goes_on = False
        """The task was stopped here, to look at what is there now: not by the user."""
        self._computed_from: Workspace | None = None
        self._left: Workspace | None = None
        """What a full check is looking at: there is nothing to do until it has ended, or this has changed."""
        self._timer = QTimer(self, singleShot=True, interval=_AFTER_MS)
        self._timer.timeout.connect(self._start)
        document.opened.connect(self._forget)
        document.committing_changed.connect(self._look)
        self._freshness.changed.connect(self._look)

    @property
    def is_running(self) -> bool:
        """True while something is compared, or about to be."""
        return self._task is not None or self._timer.isActive()

    def set_enabled(self, on: bool) -> None:
        """Check as the user works, or only when asked."""
        self._enabled = on
        self._look()

    def stop(self) -> None:
        """Begin nothing any more: the window is closing, and what still runs would outlive it."""
        self._enabled = False
        self._stop()

    def adopt(self, kept: Kept) -> None:
        """Take what a full check prepared, so that the first edit need not prepare it again."""
        self._kept = kept

    def leave(self, workspace: Workspace | None) -> None:
        """Leave a workspace to the full check that has begun on it; None once that has ended."""
        self._left = workspace
        if workspace is None:
            self._look()
        else:
            self._stop()

    def _forget(self) -> None:
        self._held, self._kept = {}, None
        self._stop()
        self._look()

    def _stop(self) -> None:
        self._timer.stop()
        self._stop_task()

    def _stop_task(self) -> None:
        if self._task is not None:
            self._goes_on = True
            self._task.cancel()

    def _look(self, *_: object) -> None:
        """See whether the findings still hold; if not, check soon what differs."""
        workspace = self._document.workspace
        if not self._document.is_open or not workspace.runs:
            return
        if not self._freshness.is_stale:
            self._held[id(workspace.findings)] = workspace
            if len(self._held) > _REMEMBERED:
                self._held.pop(next(iter(self._held)))
            self._stop()
        elif self._enabled and id(workspace.findings) in self._held and self._may_change(workspace):
            self._timer.start()

    def _may_change(self, workspace: Workspace) -> bool:
        return workspace is not self._left and not self._document.is_committing

    def _start(self) -> None:
        after = self._document.workspace
        before = self._held.get(id(after.findings))
        if self._task is not None:
            self._stop_task()  # it looks at a state that is no longer there; its end starts the next
            return
        if before is None or not self._freshness.is_stale:
            return
        kept, findings = self._kept, self._document.findings

        def work(progress: Progress) -> Checked:
            return _check_again(kept, before, after, findings, progress)

        self._task = self._tasks.start("Checking what changed", work, self._done, self._failed, owner=self)
        self._computed_from, self._goes_on = after, False

    def _done(self, outcome: Checked) -> None:
        self._task = None
        self._kept = outcome.kept
        workspace = self._document.workspace
        if workspace is not self._computed_from or not self._may_change(workspace):
            self._look()
            return
        self._document.amend("Check of what changed", outcome.workspace, outcome.findings)
        self.checked.emit(outcome.comparison)

    def _failed(self, error: Exception) -> None:
        self._task = None
        self._kept = None
        if isinstance(error, CancelledError):
            if self._goes_on:  # else the user stopped it: the next change, or a check, goes on
                self._look()
        else:
            self._tasks.failed.emit(
                LayersError(
                    f"What changed could not be checked: {error}",
                    "The findings are marked as out of date. Press Check to compare everything again.",
                )
            )


def _check_again(
    kept: Kept | None, before: Workspace, after: Workspace, findings: FindingColumns, progress: Progress
) -> Checked:
    """Return the present workspace with findings that hold, given an earlier one whose findings held."""
    edit = Edit.between(before, after)
    anew = _asked_of_all(before) != _asked_of_all(after) or after.runs[-1].as_of is not None
    if anew or len(edit.ids) > _MANY or (kept is not None and kept.is_worn):
        return check_everything(after, findings, progress)
    kept = kept or Kept(before)
    again = recheck(kept, before, after, now=datetime.now(UTC), progress=progress, edit=edit)
    return _checked(*decisions.absorb_again(after, again), kept, findings)


def _asked_of_all(workspace: Workspace) -> tuple[object, ...]:
    """Return what a check asks of every feature alike, whichever of them are edited."""
    return workspace.rules, workspace.time_zone, workspace.mode


def check_everything(workspace: Workspace, findings: FindingColumns, progress: Progress) -> Checked:
    """Check a whole workspace, for the background; `findings` are those so far, to take over what stays."""
    kept = Kept(workspace)
    report = check(workspace, now=datetime.now(UTC), progress=progress, scene=kept.scene)
    return _checked(*decisions.absorb(workspace, report), kept, findings)


def _checked(workspace: Workspace, comparison: "Comparison", kept: Kept, findings: FindingColumns) -> Checked:
    return Checked(workspace, comparison, kept, findings.follow(workspace.findings).prepared())
