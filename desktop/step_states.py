"""What to write under each of the four steps; apart from the bar, for it needs the rules (and pyproj)."""

from collections import Counter
from datetime import UTC, datetime

import numpy as np

from desktop.finding_columns import FindingColumns
from desktop.panels.coverage_words import Summary, summarise
from desktop.panels.finding_colours import GREEN
from desktop.panels.plain_text import one_line
from desktop.panels.wording import count
from desktop.steps import Mood, StepState
from layers import decisions
from layers.findings import CoverageState, FindingState, Severity
from layers.left_out import told
from layers.model import Workspace
from layers.rules import RULES


def step_states(
    workspace: Workspace, findings: FindingColumns, *, stale: bool, now: datetime
) -> tuple[StepState, ...]:
    """Return the state of the four steps.

    `findings` are those of the workspace. `stale` tells that the layers or rules differ from those of the
    last run. "Not checked" and "nothing found" are different words in a different colour, always.
    """
    return (
        _import_state(workspace),
        _check_state(workspace, stale),
        _decide_state(workspace, findings, stale, now),
        _release_state(workspace),
    )


def _import_state(workspace: Workspace) -> StepState:
    features = sum(len(layer.table) for layer in workspace.layers)
    if not workspace.layers:
        return StepState("Nothing imported yet")
    return StepState(f"{count(features, 'feature')} in {count(len(workspace.layers), 'layer')}", Mood.GOOD)


def _check_state(workspace: Workspace, stale: bool) -> StepState:
    if not workspace.runs:
        return StepState("Not checked yet", Mood.ATTENTION if workspace.layers else Mood.IDLE)
    if stale:
        return StepState("Changed since the last check", Mood.ATTENTION)
    run, summary = told(workspace, workspace.runs[-1]), _summary(workspace)
    blocked = sum(1 for c in run.coverage if c.state is CoverageState.BLOCKED)
    done = sum(1 for c in run.coverage if c.state is CoverageState.DONE)
    if blocked:
        return StepState(f"{count(blocked, 'rule')} could not run", Mood.ATTENTION)
    if not run.coverage:
        return StepState("Every rule is switched off", Mood.ATTENTION)
    if not done:
        return StepState("Nothing here for any rule to compare", Mood.ATTENTION)
    if summary.only_unconfirmed:
        return StepState(f"Checked {_moment(run.at)}, limits not confirmed", Mood.ATTENTION)
    if summary.mark != GREEN:
        return StepState(f"Checked in part {_moment(run.at)}", Mood.ATTENTION)
    return StepState(f"{count(done, 'rule')} checked {_moment(run.at)}", Mood.GOOD)


def _summary(workspace: Workspace) -> Summary:
    """Return what the head of the findings panel would show if there were no findings: both always agree."""
    run = told(workspace, workspace.runs[-1])
    return summarise(run, RULES, workspace.rules, conflicts=0, stale=False)


def _decide_state(workspace: Workspace, findings: FindingColumns, stale: bool, now: datetime) -> StepState:
    if not workspace.runs:
        return StepState("Not checked yet")
    waiting = _waiting(workspace, findings, now)
    untested = findings.count(FindingState.NOT_RETESTED)
    tail = f", {untested:,} not re-tested" if untested else ""
    if waiting:
        worst = max(waiting)
        words = f"{waiting.total():,} to decide, {waiting[worst]:,} {worst.word}{tail}"
        return StepState(words, Mood.BAD if worst >= Severity.HIGH else Mood.ATTENTION)
    if stale:
        return StepState(f"Check again first{tail}", Mood.ATTENTION)
    settled = len(findings) - findings.count(FindingState.RESOLVED) - untested
    summary = _summary(workspace)
    if summary.mark != GREEN:
        found = f"All {settled:,} decided" if settled else "None found"
        why = "limits not confirmed" if summary.only_unconfirmed else "but not all was checked"
        return StepState(f"{found}, {why}{tail}", Mood.ATTENTION)
    words = f"All {settled:,} decided{tail}" if settled else f"No conflict in what was checked{tail}"
    return StepState(words, Mood.ATTENTION if untested else Mood.GOOD)


def _waiting(workspace: Workspace, findings: FindingColumns, now: datetime) -> Counter[Severity]:
    """Count by severity what waits for a decision."""
    decided = decisions.standing(workspace, now, findings.record_of)
    waits = findings.is_in(FindingState.OPEN) & ~findings.mask_of(decided)
    counts = np.bincount(findings.severity[waits], minlength=len(Severity)).tolist()
    return Counter({severity: counts[severity] for severity in Severity if counts[severity]})


def _release_state(workspace: Workspace) -> StepState:
    if not workspace.releases:
        return StepState("Nothing released yet")
    last = workspace.releases[-1]
    return StepState(f"Last: {one_line(last.number)[:28]}, {last.at.astimezone(UTC):%d %b}")


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%d %b %H:%M}Z"
