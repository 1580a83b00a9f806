"""Rows of partner files that were not imported: no rule has seen them, and every coverage says so.

A run knows only what is in the layers. What a file held beyond that (rows without a position, or a whole file
whose coordinate system nobody knows) stands with its source, and is added where a coverage is told.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from layers.findings import Coverage, CoverageState, RunRecord, SideCoverage
from layers.fixes import last_source
from layers.model import Source, Workspace
from layers.rules import RULES

REASON = "left out on import"
NOTHING_IMPORTED = "Rows were left out on import: nothing on one side could be compared."


def rows_left_out(workspace: Workspace) -> Mapping[str, int]:
    """Count by kind the rows that the last file of each layer has and the layer does not.

    Rows that somebody left out by applying a proposal do not count. A file of which nothing was imported
    counts until it is imported again, under the same name or with the same content.
    """
    counts: Counter[str] = Counter()
    if all(source.rows <= source.imported for source in workspace.sources):
        return counts
    current = {source.id for layer in workspace.layers if (source := last_source(workspace, layer))}
    for number, source in enumerate(workspace.sources):
        later = workspace.sources[number + 1 :]
        waits = not source.imported and not any(_is_again(source, other) for other in later)
        if source.rows > source.imported and (source.id in current or waits):
            counts[str(source.report.get("kind", ""))] += source.rows - source.imported
    return counts


def _is_again(source: Source, later: Source) -> bool:
    same_kind = source.report.get("kind") == later.report.get("kind")
    return same_kind and (source.sha256 == later.sha256 or source.file == later.file)


def told(workspace: Workspace, run: RunRecord) -> RunRecord:
    """Return a run of the workspace with the rows that were left out on import in its coverage."""
    rows = rows_left_out(workspace)
    return replace(run, coverage=_told(rows, run.coverage)) if rows else run


def _told(rows: Mapping[str, int], coverage: Sequence[Coverage]) -> tuple[Coverage, ...]:
    picky = {
        rule.id for rule in RULES for side in (rule.a, rule.b) if side and (side.categories or side.also)
    }
    return tuple(_with(rows, one, is_picky=one.rule in picky) for one in coverage)


def _with(rows: Mapping[str, int], coverage: Coverage, *, is_picky: bool) -> Coverage:
    """Add the rows to both sides. A rule had something to compare with them, unless it asks about few."""
    a = _side(rows, coverage.a)
    b = None if coverage.b is None else _side(rows, coverage.b)
    found = replace(coverage, a=a, b=b)
    if coverage.state is CoverageState.IRRELEVANT and not is_picky:
        sides = [side for side in (a, b) if side is not None]
        if all(side.total for side in sides) and not all(side.count for side in sides):
            return replace(found, state=CoverageState.BLOCKED, notes=(NOTHING_IMPORTED, *coverage.notes))
    return found


def _side(rows: Mapping[str, int], side: SideCoverage) -> SideCoverage:
    left = sum(rows.get(kind, 0) for kind in side.kinds)
    return replace(side, skipped={**side.skipped, REASON: left}) if left else side
