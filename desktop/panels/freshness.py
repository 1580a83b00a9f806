"""Whether the workspace is still what the last check looked at."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from PySide6.QtCore import QObject, Signal

from desktop.document import Document
from desktop.tasks import Tasks
from layers.checks import parameter_values
from layers.findings import FindingState, RunRecord
from layers.inputs import inputs_digest
from layers.model import FeatureTable, Mode, RuleSettings, Workspace
from layers.progress import Progress
from layers.rules import RULES_BY_ID


@dataclass(frozen=True, eq=False, slots=True)
class _Looked:
    """What a run made in this session looked at, by reference."""

    tables: tuple[FeatureTable, ...]
    names: tuple[str, ...]
    rules: dict[str, RuleSettings]
    mode: Mode
    time_zone: str

    @classmethod
    def at(cls, workspace: Workspace) -> "_Looked":
        tables = tuple(layer.table for layer in workspace.layers)
        names = tuple(layer.name for layer in workspace.layers)
        return cls(tables, names, dict(workspace.rules), workspace.mode, workspace.time_zone)

    def matches(self, workspace: Workspace) -> bool:
        return (
            len(self.tables) == len(workspace.layers)
            and all(a is b.table for a, b in zip(self.tables, workspace.layers, strict=True))
            and self.names == tuple(layer.name for layer in workspace.layers)
            and self.rules == dict(workspace.rules)
            and (self.mode, self.time_zone) == (workspace.mode, workspace.time_zone)
        )


class Freshness(QObject):
    """Tells whether something that a check looks at has changed since the last run.

    Runs of this session are compared by reference, at no cost. For a run that came with the file the digest
    that the run recorded is compared in the background; until that is known, and for runs without a digest,
    what can be told from the run itself decides (its counts, parameters, time, and the subjects it found).
    """

    changed = Signal()
    """The answer may be another one now."""

    def __init__(self, document: Document, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._tasks = document, tasks
        self._looked: dict[tuple[str, datetime], _Looked] = {}
        self._known: tuple[Workspace, bool] | None = None
        """Answer for one very workspace, from the digest."""
        document.changed.connect(self._on_changed)
        document.opened.connect(self._on_opened)
        self._on_opened()

    @classmethod
    def of(cls, document: Document, tasks: Tasks) -> "Freshness":
        """Return the one that goes with a document: runs of this session are known to all that ask."""
        found = document.findChild(cls)
        return found if isinstance(found, cls) else cls(document, tasks, document)

    @property
    def is_stale(self) -> bool:
        """True when the last run looked at something else than what is here now; False without a run."""
        workspace = self._document.workspace
        run = workspace.runs[-1] if workspace.runs else None
        if run is None:
            return False
        looked = self._looked.get((run.id, run.at))
        if looked is not None:
            return not looked.matches(workspace)
        if self._known is not None and self._known[0] is workspace:
            return self._known[1]
        return differs_visibly(workspace, run)

    def _on_changed(self, before: Workspace, after: Workspace) -> None:
        run = after.runs[-1] if after.runs else None
        known = {(old.id, old.at) for old in before.runs}.union(self._looked)
        # A run that goes on has another time; undo leads back to one that is known.
        if run is not None and (run.id, run.at) not in known and before.id == after.id:
            self._looked[run.id, run.at] = _Looked.at(after)
        self.changed.emit()

    def _on_opened(self) -> None:
        self._looked, self._known = {}, None
        workspace = self._document.workspace
        run = workspace.runs[-1] if workspace.runs else None
        if run is None or not run.inputs:
            return
        recorded = run.inputs

        def work(progress: Progress) -> bool:
            progress(0, 1, "Comparing")
            return inputs_digest(workspace) != recorded

        def done(differs: bool) -> None:
            self._known = (workspace, differs)
            if not differs:  # edits from here on are told by reference
                self._looked[run.id, run.at] = _Looked.at(workspace)
            self.changed.emit()

        self._tasks.start("Comparing with the last check", work, done, owner=self)


def differs_visibly(workspace: Workspace, run: RunRecord) -> bool:
    """Tell whether the run itself shows that something changed: counts, parameters, imports, subjects."""
    if any(source.imported_at > run.at for source in workspace.sources):
        return True
    for coverage in run.coverage:
        settings = workspace.rules.get(coverage.rule, RuleSettings())
        if not settings.enabled:
            return True
        rule = RULES_BY_ID.get(coverage.rule)
        if rule is None:
            continue  # of another program; whether it would be asked about something else cannot be told
        if dict(coverage.parameters) != parameter_values(rule, workspace):
            return True
        for side in (coverage.a, coverage.b):
            if side is None:
                continue
            layers = [layer for layer in workspace.layers if layer.kind.value in side.kinds]
            if sum(len(layer.table) for layer in layers) != side.count + sum(side.skipped.values()):
                return True
    return _subject_changed(workspace, run)


def _subject_changed(workspace: Workspace, run: RunRecord) -> bool:
    wanted = {
        subject.id: subject.fingerprint
        for record in workspace.findings
        if record.last_run == run.id and record.state is FindingState.OPEN
        for subject in record.finding.subjects
    }
    for layer in workspace.layers:
        here = layer.table.rows_by_id
        rows = np.array([here[feature] for feature in wanted if feature in here], dtype=np.int64)
        found = layer.table.fingerprints(rows)
        if any(wanted[layer.table.id[row]] != version for row, version in zip(rows, found, strict=True)):
            return True
    return False
