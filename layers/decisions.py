"""Findings that last: what a run changes against the runs before, and what people decided.

A finding that was there and is not found again is *resolved* only if both its subjects were compared again,
by the same rule with the same parameters. In every other case it is *not re-tested*, with the reason.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property
from itertools import chain
from typing import NamedTuple

from layers.checks import Report, not_here
from layers.errors import LayersError
from layers.finding_pages import FindingPages
from layers.findings import (
    Change,
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
from layers.model import Kind, Workspace
from layers.needs import UnmatchedRule
from layers.recheck import Recheck
from layers.rules import RULES_BY_ID, title_of
from layers.sides import Side, side_of
from layers.words import counted

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
    """Take a run into the workspace: its findings, what became of the earlier ones, and lapsed decisions.

    The findings of the run come first, in the order of the report, then the earlier ones that are not there
    now. They are packed where those of the workspace are: then no more than a few are objects at a time.
    """
    taken = _Taken(workspace, report, workspace.findings)
    each = chain(taken.found(), map(taken.missing, taken.not_found()))
    findings = FindingPages.of(each) if isinstance(workspace.findings, FindingPages) else tuple(each)
    comparison = taken.comparison()
    run = replace(
        report.run,
        inputs=inputs_digest(workspace),
        new=len(comparison.new),
        persistent=len(comparison.persistent),
        resolved=len(comparison.resolved),
        not_retested=len(comparison.not_retested),
    )
    runs = (*workspace.runs, run)[-_KEPT_RUNS:]
    return replace(workspace, findings=findings, runs=runs, decisions=taken.decisions()), comparison


def absorb_again(workspace: Workspace, again: Recheck) -> tuple[Workspace, Comparison]:
    """Take in what an edit did to the findings of the last run, which goes on; others stay as they are."""
    before = workspace.findings
    touched = again.touched(before)
    was = [before[place] for place in touched]
    report = replace(again.report, run=_asked_here(again.report.run))
    taken = _Taken(workspace, report, was)
    found = {record.finding.key: record for record in taken.found()}
    now = [found.pop(old.finding.key) if old.finding.key in found else taken.missing(old) for old in was]
    records = list(before)
    for place, record in zip(touched, now, strict=True):
        records[place] = record
    records += found.values()
    findings = tuple(records)
    again.places.follow(findings, before)
    run = _recounted(report.run, was, [*now, *found.values()])
    run = replace(run, inputs=inputs_digest(workspace))
    runs = (*workspace.runs[:-1], run)
    after = replace(workspace, findings=findings, runs=runs, decisions=taken.decisions())
    return after, taken.comparison()


def _asked_here(run: RunRecord) -> RunRecord:
    """Return a run that goes on in this program: what rules it does not have said holds no longer."""
    return replace(run, coverage=tuple(c if c.rule in RULES_BY_ID else not_here(c) for c in run.coverage))


def _recounted(run: RunRecord, was: list[FindingRecord], now: list[FindingRecord]) -> RunRecord:
    """Count into a run, and its coverage, that some findings are now others."""

    def count(records: list[FindingRecord]) -> Counter[object]:
        counts: Counter[object] = Counter()
        for record in records:
            if record.state is FindingState.OPEN:
                rule, verdict = record.finding.rule, record.finding.verdict
                counts.update([(rule, True), "new" if record.first_run == run.id else "persistent"])
                counts[rule, False] += verdict is Verdict.UNKNOWN
            elif record.state is FindingState.NOT_RETESTED or record.last_run == run.id:
                counts[record.state.value] += 1
        return counts

    change = count(now)
    change.subtract(count(was))
    coverage = tuple(
        replace(
            one,
            clear=one.clear - change[one.rule, True],
            unknown=one.unknown + change[one.rule, False],
        )
        if one.state is CoverageState.DONE
        else one
        for one in run.coverage
    )
    kinds = ("new", "persistent", "resolved", "not_retested")
    return replace(
        run, coverage=coverage, **{kind: max(getattr(run, kind) + change[kind], 0) for kind in kinds}
    )


class _Standing(NamedTuple):
    """How a finding stood before a run."""

    state: FindingState
    change: Change
    first_run: str


def _standings(records: Sequence[FindingRecord]) -> dict[str, _Standing]:
    """Return by key how findings stand; the same standing is one object for all that have it."""
    standing = cache(_Standing)
    if isinstance(records, FindingPages):
        return {key: standing(*stands) for key, *stands in records.standings()}
    return {r.finding.key: standing(r.state, r.change, r.first_run) for r in records}


class _Taken:
    """Says of each finding how it compares with the runs before, and keeps count.

    `earlier` are the records that the run replaces: first ask for all that it found, then for the rest.
    """

    def __init__(self, workspace: Workspace, report: Report, earlier: Sequence[FindingRecord]) -> None:
        self._report, self._run, self._earlier = report, report.run.id, earlier
        self._left = _standings(earlier)
        self._lapses = _Lapses(workspace, report)
        self._retest = _Retest(workspace, report, self.not_found)
        self._new: list[str] = []
        self._persistent: list[str] = []
        self._reopened: list[str] = []
        self._resolved: list[str] = []
        self._untested: list[tuple[str, str]] = []

    def found(self) -> Iterator[FindingRecord]:
        """Make the record of each finding that is there now, in the order of the report."""
        seen: set[str] = set()
        for finding in self._report.each():
            if finding.key not in seen:  # of two features with one id, the worse finding stands for both
                seen.add(finding.key)
                yield self._found(finding, self._left.pop(finding.key, None))

    def not_found(self) -> Iterator[FindingRecord]:
        """Return the earlier records whose findings are not there now."""
        if self._left:  # else nothing need be unpacked
            yield from (record for record in self._earlier if record.finding.key in self._left)

    def _found(self, finding: Finding, old: _Standing | None) -> FindingRecord:
        key, change = finding.key, Change.PERSISTENT
        lapsed = self._lapses.end(finding)
        if old is None or old.state is FindingState.RESOLVED:
            self._new.append(key)
            change = Change.NEW if old is None else Change.REOPENED
        else:
            self._persistent.append(key)
            change = Change.REOPENED if lapsed else change
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

    def decisions(self) -> tuple[Decision, ...]:
        """Return all decisions, those that lapsed marked."""
        return self._lapses.decisions()

    def comparison(self) -> Comparison:
        """Return the keys by how they compare."""
        lists = (self._new, self._persistent, self._reopened, self._resolved, self._untested)
        return Comparison(*(tuple(keys) for keys in lists))  # type: ignore[arg-type]


class _Retest:
    """Says why an earlier finding was not tested again by a run."""

    def __init__(
        self, workspace: Workspace, report: Report, missing: Callable[[], Iterable[FindingRecord]]
    ) -> None:
        self._workspace = workspace
        self._missing = missing
        self._asked: dict[str, tuple[Side, ...]] = {}
        self._hiding: dict[str, str] = {}
        self._report = report
        self._coverage = {coverage.rule: coverage for coverage in report.run.coverage}
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
        title = title_of(finding.rule)
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
        for subject, side in zip(finding.subjects, self._asked_about(finding.rule), strict=False):
            if subject.id not in side.rows_by_id:
                name, why = _name(subject.name, subject.source_id), side.skipped.get(subject.id)
                return f"{name} {f'could not be compared: {why}' if why else f'is no part of “{title}” now'}."
        hidden = self._hidden(finding.rule) if len(finding.subjects) == 1 else ""  # else it names all
        if hidden:
            return hidden
        as_of, end = self._report.run.as_of, finding.window.end
        if as_of is not None and end is not None and end <= as_of:
            return f"This run only looked at what lasts beyond {as_of:%Y-%m-%d %H:%M} UTC."
        until, start = self._report.until, finding.window.start
        if until is not None and start is not None and start > until:
            return f"This run only looked at what begins by {until:%Y-%m-%d %H:%M} UTC."
        return ""

    def _hidden(self, rule_id: str) -> str:
        """Say what cannot be compared and may make findings of a rule which do not name it; "" if nothing.

        Which second subjects made one is not known. So it is not settled while any of them, or of what else
        the rule looks at, is left out.
        """
        if rule_id not in self._hiding:
            self._hiding[rule_id] = self._look_for_hiding(rule_id)
        return self._hiding[rule_id]

    def _look_for_hiding(self, rule_id: str) -> str:
        rule = RULES_BY_ID.get(rule_id)
        if rule is None or rule.b is None:
            return ""
        if rule.without_b or isinstance(rule, UnmatchedRule):
            return ""  # the less there is on the other side, the more it finds
        side = self._coverage[rule.id].b
        gaps = {} if side is None else side.gaps
        for kinds, reasons in ((rule.b.kinds, gaps), (rule.others, self._unusable(rule.others))):
            for reason, count in reasons.items():
                return f"{counted(kinds, count)} could not be compared: {reason}."
        return ""

    def _unusable(self, kinds: Collection[Kind]) -> Counter[str]:
        """Count by reason which features of some kinds cannot be compared."""
        reasons: Counter[str] = Counter()
        for layer in self._workspace.of_kind(*kinds):
            reasons.update(reason for reason in layer.table.unusable.tolist() if reason)
        return reasons

    def _asked_about(self, rule_id: str) -> tuple[Side, ...]:
        """Return, for each side of a rule, what of the subjects of its missing findings it still compares."""
        if rule_id not in self._asked:
            rule = RULES_BY_ID[rule_id]
            selections = (rule.a, rule.b)
            self._asked[rule_id] = tuple(
                side_of(self._workspace, selection, ids)
                for selection, ids in zip(selections, self._subjects[rule_id], strict=False)
                if selection is not None
            )
        return self._asked[rule_id]

    @cached_property
    def _subjects(self) -> Mapping[str, list[set[str]]]:
        """The ids of all first, and of all second subjects of the missing findings of each rule."""
        result: dict[str, list[set[str]]] = {}
        for record in self._missing():
            if record.state is FindingState.RESOLVED:
                continue  # stays so, and is not asked about
            subjects = record.finding.subjects
            sides = result.setdefault(record.finding.rule, [set() for _ in subjects])
            for ids, subject in zip(sides, subjects, strict=True):
                ids.add(subject.id)
        return result

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
    rule = RULES_BY_ID.get(finding.rule)
    if rule is None:
        return "" if dict(before) == dict(after) else "A limit of the rule was changed."
    found = [workspace.find(subject.id) for subject in finding.subjects]
    categories = [place[0].table.category[place[1]] for place in found if place is not None]
    pair = (categories[1], categories[0]) if len(categories) == 2 else None
    return change_words(rule, before, after, pair)


class _Lapses:
    """Marks the decisions that a run shows to be about something else than what is there now."""

    def __init__(self, workspace: Workspace, report: Report) -> None:
        self._workspace, self._at = workspace, report.run.at
        self._parameters = {coverage.rule: coverage.parameters for coverage in report.run.coverage}
        self._decisions = list(workspace.decisions)
        self._about: dict[str, list[int]] = {}
        for place, decision in enumerate(self._decisions):
            if not decision.lapsed:
                self._about.setdefault(decision.finding, []).append(place)

    def end(self, finding: Finding) -> bool:
        """Let decisions about a finding that is there lapse where they must; tells whether any did."""
        lapsed = False
        for place in self._about.get(finding.key, ()):
            decision, values = self._decisions[place], self._parameters.get(finding.rule, {})
            reason = lapse_reason(decision, finding, values, self._at, self._workspace)
            if reason:
                self._decisions[place] = replace(decision, lapsed=reason)
                lapsed = True
        return lapsed

    def decisions(self) -> tuple[Decision, ...]:
        """Return all decisions of the workspace, as they stand now."""
        return tuple(self._decisions)


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


def standing(
    workspace: Workspace, now: datetime, record_of: Callable[[str], FindingRecord | None] | None = None
) -> Mapping[str, Decision]:
    """Return the decision in force for each finding that has one; the latest counts.

    `record_of` finds the finding with a key where the caller has an index of them: the cost is then that of
    the decisions, not of all findings.
    """
    if not workspace.decisions:
        return {}
    find = record_of or {record.finding.key: record for record in workspace.findings}.get
    result: dict[str, Decision] = {}
    for decision in workspace.decisions:
        record = find(decision.finding)
        if record is None:
            continue
        parameters = _last_parameters(workspace.runs, record)
        if lapse_reason(decision, record.finding, parameters, now, workspace):
            result.pop(decision.finding, None)
        else:
            result[decision.finding] = decision
    return result
