"""What the officer must know before a release leaves: not checked, not settled, not confirmed."""

from collections.abc import Iterator
from datetime import datetime

from desktop.panels import wording
from layers import decisions, rulebook
from layers.checks import parameter_of
from layers.findings import CoverageState, FindingRecord, FindingState, Severity
from layers.left_out import told
from layers.limits import amount, limit_words
from layers.model import RuleSettings, Workspace

_NAMED = 3
"""Unconfirmed limits that are named; the rules dialog has them all."""


def release_warnings(workspace: Workspace, *, stale: bool, now: datetime) -> tuple[str, ...]:
    """Return one sentence for each thing that speaks against releasing now; empty when nothing does.

    `stale` tells that the workspace has changed since its last check.
    """
    return (*_about_the_check(workspace, stale), *_about_findings(workspace, now), *_placeholders(workspace))


def _about_the_check(workspace: Workspace, stale: bool) -> Iterator[str]:
    if not workspace.runs:
        yield "This workspace has not been checked. Nothing is known about conflicts in it."
        return
    if stale:
        yield "The workspace has changed since the last check."
    run = told(workspace, workspace.runs[-1])
    blocked = sum(c.state is CoverageState.BLOCKED for c in run.coverage)
    if blocked:
        yield f"{wording.count(blocked, 'rule')} could not run in the last check."


def _about_findings(workspace: Workspace, now: datetime) -> Iterator[str]:
    decided = decisions.standing(workspace, now)

    def undecided(record: FindingRecord) -> bool:
        return record.state is FindingState.OPEN and record.finding.key not in decided

    for severity in (Severity.CRITICAL, Severity.HIGH):
        n = sum(undecided(r) and r.finding.severity is severity for r in workspace.findings)
        if n:
            found = wording.count(n, f"{severity.word} finding")
            yield f"{found} {'is' if n == 1 else 'are'} open and undecided."
    untested = sum(record.state is FindingState.NOT_RETESTED for record in workspace.findings)
    if untested:
        found = wording.count(untested, "earlier finding")
        yield f"{found} could not be tested again in the last check."


def _placeholders(workspace: Workspace) -> Iterator[str]:
    waiting = [
        f"{limit_words(rule, name)}: {amount(parameter, value)} ({rule.title.lower()})"
        for rule, name, value in rulebook.unconfirmed(workspace)
        if workspace.rules.get(rule.id, RuleSettings()).enabled
        and (parameter := parameter_of(rule, name)) is not None
    ]
    if waiting:
        n = len(waiting)
        are = "is a placeholder" if n == 1 else "are placeholders"
        more = f", and {n - _NAMED} more" if n > _NAMED else ""
        yield (
            f"{wording.count(n, 'limit')} {are} that nobody has confirmed for this operation: "
            f"{', '.join(waiting[:_NAMED])}{more}."
        )
