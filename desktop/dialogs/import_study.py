"""What an import would do, worked out before it is done: on a worker thread, from frozen values only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from desktop.dialogs.import_doubt_words import Group, grouped
from desktop.panels.plain_text import one_line
from layers import partners, receiving
from layers.deliveries import Choices
from layers.fixes import apply_fixes
from layers.importing import FieldMapping, ImportReport, add_to_workspace, guess_mapping
from layers.kinds import spec_of
from layers.model import Kind, Layer, PartnerProfile, Workspace
from layers.progress import Progress, silent
from layers.reading import Imported, Problem, ReadOptions

_EVERY_MOVE = Choices(big_move_m=float("inf"))
"""For the preview: everything lies where the file has it, however far that is."""


@dataclass(frozen=True, eq=False)
class ImportRequest:
    """One file with everything that was decided about it."""

    imported: Imported
    options: ReadOptions
    kind: Kind
    mapping: FieldMapping | None
    """None: from `profile`, or to be guessed for the kind."""
    layer_name: str
    partner: str
    profile: PartnerProfile | None = None
    fixes: tuple[Problem, ...] = ()
    """Doubts whose proposals a person has taken over."""
    target: str | None = None
    """Id of the layer to bring up to date, "" for a new layer; None: the one it belongs to, if any."""
    choices: Choices = field(default_factory=Choices)


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
    """The layer with the file in it; None when no row could be imported."""
    update: str
    """Id of the layer that is brought up to date; "" for a new one."""
    applied: tuple[Mapping[str, Any], ...] = ()
    """Proposals that were applied, as the source's report lists them."""


@dataclass(frozen=True, eq=False)
class Done:
    """What came of importing one file."""

    report: ImportReport
    applied: tuple[Mapping[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the report as `import --json` writes it, with the proposals that were applied."""
        report = self.report.to_json()
        return {**report, "applied": [dict(item) for item in self.applied]} if self.applied else report


def study(workspace: Workspace, request: ImportRequest, now: datetime, progress: Progress) -> Study:
    """Work out what importing a file would do, every move made as the file has it."""
    return _work_out(workspace, request, _EVERY_MOVE, now, progress)


def _work_out(
    workspace: Workspace, request: ImportRequest, choices: Choices, now: datetime, progress: Progress
) -> Study:
    progress(0, 3, "Looking at the columns")
    mapping = _mapping(request)
    progress(1, 3, "Looking for doubts")
    after, report, update = _receive(workspace, request, mapping, choices, now)
    if request.fixes and report.layer_id:
        after = apply_fixes(after, report.layer_id, request.fixes)
    progress(2, 3, "Putting the doubts in order")
    layer = after.layer(report.layer_id) if report.layer_id else None
    done = {(p.row, p.code, p.what) for p in request.fixes}
    groups = grouped(p for p in report.problems if (p.row, p.code, p.what) not in done)
    applied = tuple(after.sources[-1].report.get("applied", ())) if request.fixes else ()
    return Study(request, mapping, after, report, tuple(groups), layer, update, applied)


def _mapping(request: ImportRequest) -> FieldMapping:
    if request.mapping is not None:
        return request.mapping
    if request.profile is not None:
        return partners.mapping_for(request.profile, request.imported)
    return guess_mapping(request.imported, spec_of(request.kind))


def _receive(
    workspace: Workspace, request: ImportRequest, mapping: FieldMapping, choices: Choices, now: datetime
) -> tuple[Workspace, ImportReport, str]:
    """Bring the chosen layer up to date, or make one; remember how the file was read."""
    imported, kind, partner = request.imported, request.kind, request.partner
    known = receiving.known_layer(workspace, imported, kind, mapping, partner=partner)
    belongs = known.layer.id if known is not None else ""
    update = belongs if request.target is None else request.target
    if known is not None and update == belongs:
        after, report = receiving.receive(
            workspace,
            imported,
            kind,
            mapping,
            partner=partner,
            layer_name=known.layer.name,
            options=request.options,
            choices=choices,
            now=now,
        )
        return after, report, update
    after, report = add_to_workspace(
        workspace,
        imported,
        kind,
        mapping,
        layer_name=request.layer_name,
        partner=partner,
        now=now,
        update=update,
        choices=choices,
        same_reading=False,
    )
    if request.profile is not None:
        doubts = partners.layout_doubts(request.profile, imported)
        report = replace(report, problems=(*report.problems, *doubts))
    kept = partners.remember(
        after,
        imported,
        kind,
        mapping,
        partner=partner,
        layer_id=report.layer_id,
        options=request.options,
    )
    return kept, report, update


def run_import(
    workspace: Workspace, requests: Sequence[ImportRequest], now: datetime, progress: Progress
) -> tuple[Workspace, tuple[Done, ...]]:
    """Add every file to the workspace, one after the other; nothing is kept when one of them fails."""
    reports = []
    for number, request in enumerate(requests):
        progress(number, len(requests), f"Importing {one_line(request.imported.file)}")
        done = _work_out(workspace, request, request.choices, now, silent)
        workspace = done.after
        reports.append(Done(done.report, done.applied))
    progress(len(requests), len(requests), "")
    return workspace, tuple(reports)
