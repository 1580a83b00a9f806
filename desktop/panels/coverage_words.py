"""What the last check covered, in words: read before any count of findings, so that 0 is never mistaken."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from desktop.panels import wording
from desktop.panels.finding_colours import AMBER, GREEN, GREY, mark_of
from desktop.panels.plain_text import one_line
from layers.checks import Rule, unconfirmed_limits
from layers.findings import Coverage, CoverageState, RunRecord, SideCoverage
from layers.kinds import KINDS
from layers.model import RuleSettings

_TITLES = {spec.kind.value: (spec.title.lower(), spec.title_plural.lower()) for spec in KINDS}

UNCONFIRMED = "Done with unconfirmed limits"
"""The state of a rule that compared everything, but by a placeholder."""
_OFF = "Switched off"
_UNCONFIRMED_END = "; limits not confirmed"

_NOTES_SHOWN = 2
"""Remarks in the head; a panel of 400 x 600 pixels must leave room for the findings."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """What one rule did in the last check."""

    rule: str
    title: str
    mark: str
    state: str
    detail: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The head of the coverage line: a mark, a headline, and what stands behind it."""

    mark: str
    headline: str
    lines: tuple[str, ...]
    rules: tuple[RuleLine, ...]
    tally: str = ""
    """How many rules did what, and when; "" before the first check."""

    @property
    def only_unconfirmed(self) -> bool:
        """True where everything was compared, but by limits that nobody has confirmed."""
        return self.mark == AMBER and self.headline.endswith(_UNCONFIRMED_END)


def summarise(
    run: RunRecord | None,
    rules: Sequence[Rule],
    settings: Mapping[str, RuleSettings],
    *,
    conflicts: int,
    stale: bool,
    not_retested: int = 0,
) -> Summary:
    """Put a run into words.

    Parameters
    ----------
    run : RunRecord or None
        The last run; None before the first.
    rules, settings
        Every rule there is, and what the workspace says about each.
    conflicts : int
        Findings that the last run left open, decided or not.
    stale : bool
        True when something a check looks at has changed since.
    not_retested : int
        Findings that the last run did not look at again: with any of them, "no conflicts" is not green.
    """
    if run is None:
        unrun = tuple(_not_run(rule, settings) for rule in rules)
        nothing = ("Nothing is known about conflicts until a check has run.",)
        return Summary(AMBER, "Not checked yet", nothing, unrun)
    details = _rule_lines(run, rules, settings)
    mark, headline = _headline(run, details, conflicts)
    if not_retested:
        mark = AMBER if mark == GREEN else mark
        headline += f", {not_retested:,} not re-tested"
    lines = ["; ".join((_compared(run), *_left_out(run))), *_unknown(run, details), *_notes(run, details)]
    tally = f"{_tally(details)}. Checked {wording.moment(run.at)}"
    lines.append(tally)
    if run.as_of is not None:
        lines.append(f"What was over by {wording.moment(run.as_of)} was left out")
    if stale:
        lines.insert(0, f"Before the change: {headline}")
        mark, headline = AMBER, "Changed since the last check"
    return Summary(mark, headline, tuple(lines), details, tally)


def _headline(run: RunRecord, details: Sequence[RuleLine], conflicts: int) -> tuple[str, str]:
    found = wording.count(conflicts, "finding")
    states = [coverage.state for coverage in run.coverage]
    if not any(state is CoverageState.DONE for state in states):
        if not states:
            return AMBER, "Every rule is switched off: nothing was compared"
        if any(state is CoverageState.BLOCKED for state in states):
            return AMBER, "Nothing could be compared"
        return GREY, "There was nothing to compare"
    if conflicts == 0:
        found = "No conflicts found in what was compared"
    missing = {line.state for line in details if line.mark == AMBER}
    if missing - {UNCONFIRMED} or _left_out(run):
        return AMBER, f"{found}; the check was not complete"
    if not any(c.state is CoverageState.DONE and c.b is not None for c in run.coverage):
        # Each feature may be in order by itself: of conflicts between them nothing is known.
        nothing = "nothing was compared with each other"
        return AMBER if missing else GREY, f"{found}; {nothing}" if conflicts else nothing.capitalize()
    if missing:
        return AMBER, found + _UNCONFIRMED_END
    off = sum(line.state == _OFF for line in details)
    said = f"; {wording.count(off, 'rule')} switched off" if off else ""
    return GREY if conflicts else GREEN, found + said


def _rule_lines(
    run: RunRecord, rules: Sequence[Rule], settings: Mapping[str, RuleSettings]
) -> tuple[RuleLine, ...]:
    covered = {coverage.rule: coverage for coverage in run.coverage}
    known = {rule.id for rule in rules}
    lines = [
        _covered(covered[rule.id], rule.title) if rule.id in covered else _not_run(rule, settings)
        for rule in rules
    ]
    others = [c for c in run.coverage if c.rule not in known]
    return (*lines, *(_covered(c, wording.words_of_id(c.rule)) for c in others))


def _not_run(rule: Rule, settings: Mapping[str, RuleSettings]) -> RuleLine:
    if not settings.get(rule.id, RuleSettings()).enabled:
        return RuleLine(rule.id, rule.title, GREY, _OFF, "Nobody looks for this.")
    return RuleLine(rule.id, rule.title, AMBER, "Not checked yet", "")


def _covered(coverage: Coverage, title: str) -> RuleLine:
    parts = [_sides(coverage)]
    if coverage.unknown:
        parts.append(f"{coverage.unknown:,} could not be evaluated.")
    for side in (coverage.a, coverage.b):
        if side is not None and side.skipped:
            parts.append(f"{_kinds(side, 2).capitalize()} left out: {_reasons([side.skipped])}.")
    parts += [one_line(note) for note in coverage.notes]
    mark, state = mark_of(coverage.state), wording.COVERAGE[coverage.state]
    if coverage.state is CoverageState.DONE:
        other_notes = not all(map(unconfirmed_limits, coverage.notes))
        if coverage.unknown or other_notes or any(s.gaps for s in (coverage.a, coverage.b) if s):
            mark, state = AMBER, "Done in part"
        elif coverage.notes:
            mark, state = AMBER, UNCONFIRMED
    return RuleLine(coverage.rule, title, mark, state, " ".join(part for part in parts if part))


def _sides(coverage: Coverage) -> str:
    if coverage.state is CoverageState.IRRELEVANT:
        # There may be some, of other categories: the sides count only what is part of the question.
        absent = [_kinds(s, 0) for s in (coverage.a, coverage.b) if s and not s.count and not s.skipped]
        return f"There are no {' and no '.join(absent)} that this rule asks about." if absent else ""
    if not coverage.a.kinds:
        return ""  # a rule of another program, which this one has not seen asked
    a = f"{coverage.a.count:,} {_kinds(coverage.a, coverage.a.count)}"
    against = f" against {coverage.b.count:,} {_kinds(coverage.b, coverage.b.count)}" if coverage.b else ""
    made = wording.count(coverage.pairs_examined, "comparison")
    return f"{a}{against}: no conflict in {coverage.clear:,} of {made}."


def _kinds(side: SideCoverage, n: int) -> str:
    pairs = (_TITLES.get(kind, (wording.words_of_id(kind).lower(),) * 2) for kind in side.kinds)
    return " or ".join(one if n == 1 else many for one, many in pairs)


def _tally(details: Sequence[RuleLine]) -> str:
    """Count the rules by what became of them, e.g. "6 rules done, 1 not relevant, 1 blocked"."""
    order = (
        wording.COVERAGE[CoverageState.DONE],
        "Done in part",
        UNCONFIRMED,
        wording.COVERAGE[CoverageState.BLOCKED],
        wording.COVERAGE[CoverageState.IRRELEVANT],
        _OFF,
        "Not checked yet",
    )
    counts = {state: sum(line.state == state for line in details) for state in order}
    parts = [f"{n} {state.lower()}" for state, n in counts.items() if n]
    return f"{wording.count(len(details), 'rule')}: {', '.join(parts)}"


def _largest(sides: Iterable[SideCoverage]) -> list[SideCoverage]:
    """Return the sides that together name each kind once, the most complete statement for each."""
    return _apart(sorted(sides, key=lambda s: (-len(s.kinds), -s.count)))


def _apart(sides: Iterable[SideCoverage]) -> list[SideCoverage]:
    """Return the first sides that have no kind in common, so that no feature is counted twice."""
    chosen: list[SideCoverage] = []
    seen: set[str] = set()
    for side in sides:
        if not seen & set(side.kinds):
            chosen.append(side)
            seen |= set(side.kinds)
    return chosen


def _all_sides(run: RunRecord) -> list[SideCoverage]:
    return [side for c in run.coverage for side in (c.a, c.b) if side is not None]


def _compared(run: RunRecord) -> str:
    done = (c for c in run.coverage if c.state is CoverageState.DONE)
    sides = [side for c in done for side in (c.a, c.b) if side is not None]
    features = sum(side.count for side in _largest(sides))
    return f"{wording.count(features, 'feature')} compared"


def _left_out(run: RunRecord) -> tuple[str, ...]:
    """Say what could not be checked; a side of many kinds that left nothing out hides no other's gaps."""
    with_gaps = sorted((side for side in _all_sides(run) if side.gaps), key=lambda s: -sum(s.gaps.values()))
    skipped = [side.gaps for side in _apart(with_gaps)]
    total = sum(sum(reasons.values()) for reasons in skipped)
    return (f"{total:,} could not be checked: {_reasons(skipped)}",) if total else ()


def _reasons(skipped: Iterable[Mapping[str, int]]) -> str:
    total: dict[str, int] = {}
    for reasons in skipped:
        for reason, n in reasons.items():
            total[reason] = total.get(reason, 0) + n
    ordered = sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{n:,} ({one_line(reason)})" for reason, n in ordered)


def _unknown(run: RunRecord, details: Sequence[RuleLine]) -> tuple[str, ...]:
    """Name the rules that could not evaluate something, with how often."""
    titles = {line.rule: line.title for line in details}
    said = [f"{c.unknown:,} by “{titles[c.rule]}”" for c in run.coverage if c.unknown]
    return (f"Could not be evaluated: {', '.join(said)}",) if said else ()


def _notes(run: RunRecord, details: Sequence[RuleLine]) -> tuple[str, ...]:
    """Return what the reader must know; what blocks a rule is said with its title."""
    titles = {line.rule: line.title for line in details}
    notes = []
    for coverage in run.coverage:
        blocked = coverage.state is CoverageState.BLOCKED
        prefix = f"“{titles[coverage.rule]}” is blocked: " if blocked else ""
        notes += [prefix + one_line(note) for note in coverage.notes if not unconfirmed_limits(note)]
    distinct = list(dict.fromkeys(notes))
    more = len(distinct) - _NOTES_SHOWN
    if more > 0:
        distinct[_NOTES_SHOWN:] = [f"{wording.count(more, 'more remark')} below, rule by rule"]
    waiting = sum(unconfirmed_limits(note) for coverage in run.coverage for note in coverage.notes)
    if waiting:
        are = "limit is a placeholder" if waiting == 1 else "limits are placeholders"
        distinct.append(f"{waiting:,} {are} that nobody has confirmed: confirm under Steps, Rules (Ctrl+R)")
    return tuple(distinct)
