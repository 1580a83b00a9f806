"""What to write under each of the four steps; apart from the bar, for it needs the rules (and pyproj)."""

from collections import Counter
from datetime import UTC, datetime

from desktop.panels.coverage_words import Summary, summarise
from desktop.panels.finding_colours import GREEN
from desktop.panels.plain_text import one_line
from desktop.panels.wording import count
from desktop.steps import Mood, StepState
from layers import decisions
from layers.findings import CoverageState, FindingState, Severity
from layers.model import Workspace
from layers.rules import RULES


def step_states(workspace: Workspace, *, stale: bool, now: datetime) -> tuple[StepState, ...]:
    """Return the state of the four steps.

    `stale` tells that the layers or rules differ from those of the last run. "Not checked" and "nothing
    found" are different words in a different colour, always.
    """
    return (
        _import_state(workspace),
        _check_state(workspace, stale),
        _decide_state(workspace, stale, now),
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
    run, summary = workspace.runs[-1], _summary(workspace)
    blocked = sum(1 for c in run.coverage if c.state is CoverageState.BLOCKED)
    done = sum(1 for c in run.coverage if c.state is CoverageState.DONE)
    if blocked:
        return StepState(f"{count(blocked, 'rule')} could not run", Mood.ATTENTION)
    if not done:
        return StepState("Nothing here for any rule to compare", Mood.ATTENTION)
    if summary.only_unconfirmed:
        return StepState(f"Checked {_moment(run.at)}, limits not confirmed", Mood.ATTENTION)
    if summary.mark != GREEN:
        return StepState(f"Checked in part {_moment(run.at)}", Mood.ATTENTION)
    return StepState(f"{count(done, 'rule')} checked {_moment(run.at)}", Mood.GOOD)


def _summary(workspace: Workspace) -> Summary:
    """Return what the head of the findings panel would show if there were no findings: both always agree."""
    run = workspace.runs[-1]
    return summarise(run, RULES, workspace.rules, conflicts=0, stale=False)


def _decide_state(workspace: Workspace, stale: bool, now: datetime) -> StepState:
    if not workspace.runs:
        return StepState("Not checked yet")
    waiting, listed, untested = _counted(workspace, now)
    tail = f", {untested} not re-tested" if untested else ""
    if waiting:
        worst = max(waiting)
        words = f"{waiting.total()} to decide, {waiting[worst]} {worst.word}{tail}"
        return StepState(words, Mood.BAD if worst >= Severity.HIGH else Mood.ATTENTION)
    if stale:
        return StepState(f"Check again first{tail}", Mood.ATTENTION)
    settled = listed - untested
    summary = _summary(workspace)
    if summary.mark != GREEN:
        found = f"All {settled} decided" if settled else "None found"
        why = "limits not confirmed" if summary.only_unconfirmed else "but not all was checked"
        return StepState(f"{found}, {why}{tail}", Mood.ATTENTION)
    words = f"All {settled} decided{tail}" if settled else f"No conflict in what was checked{tail}"
    return StepState(words, Mood.ATTENTION if untested else Mood.GOOD)


def _counted(workspace: Workspace, now: datetime) -> tuple[Counter[Severity], int, int]:
    """Count what waits for a decision by severity, what is listed, and what was not re-tested."""
    decided = decisions.standing(workspace, now) if workspace.decisions else {}
    states = Counter(record.state for record in workspace.findings)
    waiting = Counter(
        record.finding.severity
        for record in workspace.findings
        if record.state is FindingState.OPEN and record.finding.key not in decided
    )
    listed = states.total() - states[FindingState.RESOLVED]
    return waiting, listed, states[FindingState.NOT_RETESTED]


def _release_state(workspace: Workspace) -> StepState:
    if not workspace.releases:
        return StepState("Nothing released yet")
    last = workspace.releases[-1]
    return StepState(f"Last: {one_line(last.number)[:28]}, {last.at.astimezone(UTC):%d %b}")


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%d %b %H:%M}Z"
