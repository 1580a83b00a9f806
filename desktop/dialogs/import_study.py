"""What an import would do, worked out before it is done: on a worker thread, from frozen values only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from desktop.dialogs.import_doubt_words import Group, grouped
from desktop.panels.plain_text import one_line
from layers.fixes import apply_fixes
from layers.importing import FieldMapping, ImportReport, add_to_workspace, guess_mapping
from layers.kinds import spec_of
from layers.model import Kind, Layer, Workspace
from layers.progress import Progress, silent
from layers.reading import Imported, Problem


@dataclass(frozen=True, eq=False)
class ImportRequest:
    """One file with everything that was decided about it."""

    imported: Imported
    kind: Kind
    mapping: FieldMapping | None
    """None: to be guessed for the kind."""
    layer_name: str
    partner: str
    fixes: tuple[Problem, ...] = ()
    """Doubts whose proposals a person has taken over."""


@dataclass(frozen=True, eq=False)
class Study:
    """The outcome of importing one request into a workspace, and nothing else."""

    request: ImportRequest
    mapping: FieldMapping
    after: Workspace
    """The workspace with the file in it."""
    report: ImportReport
    groups: tuple[Group, ...]
    """What is still to look at: without the doubts whose proposals are taken over."""
    layer: Layer | None
    """The layer that would be added; None when no row could be imported."""


def study(workspace: Workspace, request: ImportRequest, now: datetime, progress: Progress) -> Study:
    """Work out what importing a file would do."""
    progress(0, 3, "Looking at the columns")
    mapping = request.mapping
    if mapping is None:
        mapping = guess_mapping(request.imported, spec_of(request.kind))
    progress(1, 3, "Looking for doubts")
    after, report = add_to_workspace(
        workspace,
        request.imported,
        request.kind,
        mapping,
        layer_name=request.layer_name,
        partner=request.partner,
        now=now,
    )
    if request.fixes and report.layer_id:
        after = apply_fixes(after, report.layer_id, request.fixes)
    progress(2, 3, "Putting the doubts in order")
    layer = after.layer(report.layer_id) if report.layer_id else None
    done = {(p.row, p.code, p.what) for p in request.fixes}
    groups = grouped(p for p in report.problems if (p.row, p.code, p.what) not in done)
    return Study(request, mapping, after, report, tuple(groups), layer)


def run_import(
    workspace: Workspace, requests: Sequence[ImportRequest], now: datetime, progress: Progress
) -> tuple[Workspace, tuple[ImportReport, ...]]:
    """Add every file to the workspace, one after the other; nothing is kept when one of them fails."""
    reports = []
    for number, request in enumerate(requests):
        progress(number, len(requests), f"Importing {one_line(request.imported.file)}")
        done = study(workspace, request, now, silent)
        workspace = done.after
        reports.append(done.report)
    progress(len(requests), len(requests), "")
    return workspace, tuple(reports)
