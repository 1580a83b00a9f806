"""Findings that last: what a run changes against the runs before, and what people decided.

A finding that was there and is not found again is *resolved* only if both its subjects were compared again,
by the same rule with the same parameters. In every other case it is *not re-tested*, with the reason.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from layers.checks import Report
from layers.errors import LayersError
from layers.findings import (
    Change,
    Coverage,
    CoverageState,
    Decision,
    DecisionType,
    Finding,
    FindingRecord,
    FindingState,
    RunRecord,
    Verdict,
)
from layers.inputs import inputs_digest
from layers.limits import change_words
from layers.model import Workspace
from layers.recheck import Recheck
from layers.rules import RULES

_KEPT_RUNS = 50


@dataclass(frozen=True, slots=True)
class Comparison:
    """Keys of findings by how they compare with the runs before.

    `new` holds what is open now and was not open before, what came back included; `reopened` those that
    came back after being resolved, or whose decision lapsed.
    """

    new: tuple[str, ...]
    persistent: tuple[str, ...]
    reopened: tuple[str, ...]
    resolved: tuple[str, ...]
    not_retested: tuple[tuple[str, str], ...]


def absorb(workspace: Workspace, report: Report) -> tuple[Workspace, Comparison]:
    """Take a run into the workspace: its findings, what became of the earlier ones, and lapsed decisions."""
    return _absorb(workspace, report, workspace.runs, lambda _: True)


def absorb_again(workspace: Workspace, again: Recheck) -> tuple[Workspace, Comparison]:
    """Take in what an edit did to the findings of the last run, which goes on; others stay as they are."""
    changed, comparison = _absorb(workspace, again.report, workspace.runs[:-1], again.touches)
    run = changed.runs[-1]
    coverage = tuple(_counted(one, changed.findings) for one in run.coverage)
    states = [record.state for record in changed.findings if record.last_run == run.id]
    run = replace(
        run,
        coverage=coverage,
        new=sum(r.first_run == run.id and r.state is FindingState.OPEN for r in changed.findings),
        persistent=sum(r.first_run != run.id and r.state is FindingState.OPEN for r in changed.findings),
        resolved=states.count(FindingState.RESOLVED),
        not_retested=sum(r.state is FindingState.NOT_RETESTED for r in changed.findings),
    )
    return replace(changed, runs=(*changed.runs[:-1], run)), comparison


def _counted(coverage: Coverage, records: tuple[FindingRecord, ...]) -> Coverage:
    """Count the open findings of a rule into its coverage."""
    mine = [r.finding for r in records if r.finding.rule == coverage.rule and r.state is FindingState.OPEN]
    unknown = sum(finding.verdict is Verdict.UNKNOWN for finding in mine)
    return replace(coverage, clear=max(coverage.pairs_examined - len(mine), 0), unknown=unknown)


def _absorb(
    workspace: Workspace,
    report: Report,
    runs: tuple[RunRecord, ...],
    touches: Callable[[FindingRecord], bool],
) -> tuple[Workspace, Comparison]:
    """Put the findings of a report in the place of the earlier ones that it touches."""
    before = {record.finding.key: record for record in workspace.findings if touches(record)}
    decisions = _lapse(workspace, report)
    lapsed = {d.finding for d, old in zip(decisions, workspace.decisions, strict=True) if d is not old}
    taken = _Taken(report.run.id, lapsed, _Retest(workspace, report))
    found = {finding.key: taken.found(finding, before.get(finding.key)) for finding in report.findings}

    def now(record: FindingRecord) -> FindingRecord:
        key = record.finding.key
        if key not in before:
            return record
        return found.pop(key) if key in found else taken.missing(record)

    records = [*map(now, workspace.findings)]
    records += found.values()
    comparison = taken.comparison()
    counted = replace(
        report.run,
        inputs=inputs_digest(workspace),
        new=len(comparison.new),
        persistent=len(comparison.persistent),
        resolved=len(comparison.resolved),
        not_retested=len(comparison.not_retested),
    )
    changed = replace(
        workspace, findings=tuple(records), runs=(*runs, counted)[-_KEPT_RUNS:], decisions=decisions
    )
    return changed, comparison


class _Taken:
    """Says of each finding how it compares with the runs before, and keeps count."""

    def __init__(self, run: str, lapsed: set[str], retest: "_Retest") -> None:
        self._run, self._lapsed, self._retest = run, lapsed, retest
        self._new: list[str] = []
        self._persistent: list[str] = []
        self._reopened: list[str] = []
        self._resolved: list[str] = []
        self._untested: list[tuple[str, str]] = []

    def found(self, finding: Finding, old: FindingRecord | None) -> FindingRecord:
        """Return the record of a finding that is there now."""
        key, change = finding.key, Change.PERSISTENT
        if old is None or old.state is FindingState.RESOLVED:
            self._new.append(key)
            change = Change.NEW if old is None else Change.REOPENED
        else:
            self._persistent.append(key)
            change = Change.REOPENED if key in self._lapsed else change
        if change is Change.REOPENED:
            self._reopened.append(key)
        first_run = self._run if old is None else old.first_run
        if first_run == self._run and old is not None and old.change is Change.NEW:
            change = Change.NEW  # the run goes on: what it found first stays new
        return FindingRecord(finding, FindingState.OPEN, change, first_run, self._run)

    def missing(self, old: FindingRecord) -> FindingRecord:
        """Return the record of an earlier finding that was not found again."""
        if old.state is FindingState.RESOLVED:
            return old
        reason = self._retest.why_not(old)
        if reason:
            self._untested.append((old.finding.key, reason))
            return replace(old, state=FindingState.NOT_RETESTED, reason=reason)
        self._resolved.append(old.finding.key)
        return replace(old, state=FindingState.RESOLVED, reason="", last_run=self._run)

    def comparison(self) -> Comparison:
        """Return the keys by how they compare."""
        lists = (self._new, self._persistent, self._reopened, self._resolved, self._untested)
        return Comparison(*(tuple(keys) for keys in lists))  # type: ignore[arg-type]


class _Retest:
    """Says why an earlier finding was not tested again by a run."""

    def __init__(self, workspace: Workspace, report: Report) -> None:
        self._workspace = workspace
        self._report = report
        self._coverage = {coverage.rule: coverage for coverage in report.run.coverage}
        self._titles = {rule.id: rule.title for rule in RULES}
        self._layer_names = {layer.name for layer in workspace.layers}
        self._parameters = {
            (run.id, coverage.rule): coverage.parameters
            for run in workspace.runs
            for coverage in run.coverage
        }

    def why_not(self, record: FindingRecord) -> str:
        """Return the reason, or "" when the finding was truly tested again."""
        finding = record.finding
        coverage = self._coverage.get(finding.rule)
        title = self._titles.get(finding.rule, finding.rule)
        if coverage is None:
            return f"The rule “{title}” was not run."
        gone = self._missing_subject(finding)
        if gone:
            return gone
        if coverage.state is not CoverageState.DONE:
            return f"The rule “{title}” could not run: {' '.join(coverage.notes) or 'nothing to compare'}"
        left_out = self._report.skipped.get(finding.rule, {})
        for subject in finding.subjects:
            if subject.id in left_out:
                return (
                    f"{_name(subject.name, subject.source_id)} could not be compared: {left_out[subject.id]}."
                )
        before = self._parameters.get((record.last_run, finding.rule))
        if before is None:
            return "The run that found it is no longer recorded."
        changed = _changed_limit(self._workspace, finding, before, coverage.parameters)
        if changed:
            return changed
        as_of, end = self._report.run.as_of, finding.window.end
        if as_of is not None and end is not None and end <= as_of:
            return f"This run only looked at what lasts beyond {as_of:%Y-%m-%d %H:%M} UTC."
        return ""

    def _missing_subject(self, finding: Finding) -> str:
        for subject in finding.subjects:
            if self._workspace.find(subject.id) is None:
                if subject.layer not in self._layer_names:
                    return f"The layer “{subject.layer}” was removed."
                return f"{_name(subject.name, subject.source_id)} was removed from “{subject.layer}”."
        return ""


def _name(name: str, source_id: str) -> str:
    return f"“{name or source_id}”" if name or source_id else "A feature without a name"


def _changed_limit(
    workspace: Workspace, finding: Finding, before: Mapping[str, float], after: Mapping[str, float]
) -> str:
    """Say which limit changed for a finding; of a table only the cell of its categories counts."""
    rule = next((rule for rule in RULES if rule.id == finding.rule), None)
    if rule is None:
        return "" if dict(before) == dict(after) else "A limit of the rule was changed."
    found = [workspace.find(subject.id) for subject in finding.subjects]
    categories = [place[0].table.category[place[1]] for place in found if place is not None]
    pair = (categories[1], categories[0]) if len(categories) == 2 else None
    return change_words(rule, before, after, pair)


def _lapse(workspace: Workspace, report: Report) -> tuple[Decision, ...]:
    """Mark the decisions that this run shows to be about something else than what is there now."""
    findings = {finding.key: finding for finding in report.findings}
    parameters = {coverage.rule: coverage.parameters for coverage in report.run.coverage}
    result = []
    for decision in workspace.decisions:
        reason = ""
        finding = findings.get(decision.finding)
        if not decision.lapsed and finding is not None:
            values = parameters.get(finding.rule, {})
            reason = lapse_reason(decision, finding, values, report.run.at, workspace)
        result.append(replace(decision, lapsed=reason) if reason else decision)
    return tuple(result)


def lapse_reason(
    decision: Decision, finding: Finding, parameters: Mapping[str, float], now: datetime, workspace: Workspace
) -> str:
    """Say why a decision no longer counts for a finding; "" while it does."""
    if decision.lapsed:
        return decision.lapsed
    if decision.expires is not None and decision.expires <= now:
        return f"It expired on {decision.expires:%Y-%m-%d %H:%M} UTC."
    for subject, version in zip(finding.subjects, decision.fingerprints, strict=False):
        if subject.fingerprint != version:
            return f"{_name(subject.name, subject.source_id)} has changed since."
    return _changed_limit(workspace, finding, decision.parameters, parameters)


def decide(
    workspace: Workspace,
    finding_key: str,
    decision_type: DecisionType,
    *,
    by: str,
    reason: str,
    expires: datetime | None,
    now: datetime,
) -> Workspace:
    """Record what a named person decides about a finding, bound to the versions of its subjects.

    Raises
    ------
    LayersError
        When the name or the reason is missing, the expiry is past, or there is no such finding.
    """
    if not by.strip() or not reason.strip():
        raise LayersError("A decision needs a name and a reason.", "Say who decides, and why.")
    if expires is not None and expires <= now:
        raise LayersError("The decision would expire in the past.", "Choose a later time, or none.")
    record = next((r for r in workspace.findings if r.finding.key == finding_key), None)
    if record is None:
        raise LayersError("This finding is no longer listed.", "Run the checks again.")
    decision = Decision(
        finding=finding_key,
        type=decision_type,
        by=by.strip(),
        at=now,
        reason=reason.strip(),
        expires=expires,
        fingerprints=tuple(subject.fingerprint for subject in record.finding.subjects),
        parameters=_last_parameters(workspace.runs, record),
    )
    return replace(workspace, decisions=(*workspace.decisions, decision))


def _last_parameters(runs: tuple[RunRecord, ...], record: FindingRecord) -> Mapping[str, float]:
    for run in reversed(runs):
        if run.id == record.last_run:
            return next((c.parameters for c in run.coverage if c.rule == record.finding.rule), {})
    return {}


def standing(workspace: Workspace, now: datetime) -> Mapping[str, Decision]:
    """Return the decision in force for each finding that has one; the latest counts."""
    records = {record.finding.key: record for record in workspace.findings}
    result: dict[str, Decision] = {}
    for decision in workspace.decisions:
        record = records.get(decision.finding)
        if record is None:
            continue
        parameters = _last_parameters(workspace.runs, record)
        if lapse_reason(decision, record.finding, parameters, now, workspace):
            result.pop(decision.finding, None)
        else:
            result[decision.finding] = decision
    return result
