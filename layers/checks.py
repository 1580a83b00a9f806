"""The check engine: which rules ran over what, and every answer that is not clear."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cached_property, partial
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from layers import __version__
from layers.answers import Answers, no_answers, one_after_another
from layers.errors import CrowdError, LayersError
from layers.findings import (
    Coverage,
    CoverageState,
    Finding,
    RunRecord,
    Severity,
    SideCoverage,
    Verdict,
)
from layers.limits import ANY, amount, categories_of, limit_words
from layers.model import Kind, Mode, RuleSettings, Workspace, stable_id
from layers.progress import Progress, silent
from layers.scene import Scene
from layers.sides import Indices, Selection, Side
from layers.volume import Outcome, Window, from_column, outcomes_of, to_column
from layers.words import moment_words

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]

_PAGE = 16_384
"""Findings that are made at a time."""
MOST_ANSWERS = 8_000_000
"""Nobody settles more findings of one rule, and they would need gigabytes of memory."""
_BLOCKS = 32
"""Into which a crowd is cut, and each of them again where it still is one."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that a rule depends on. A placeholder must be confirmed by a named user to count."""

    name: str
    label: str
    default: float
    unit: str
    minimum: float
    maximum: float
    placeholder: bool = False
    by_categories: bool = False
    """True where a table may give other values for pairs of categories (`limits`)."""


@dataclass(frozen=True)
class Terms:
    """What a rule is asked with: its values, the time looked from, the operation's time zone and mode."""

    values: Mapping[str, float]
    as_of: datetime
    zone: ZoneInfo
    mode: Mode


class Locality(Enum):
    """What an answer depends on, so that an edit re-checks no more than it touches."""

    SUBJECTS = "subjects"
    """On its own subjects only."""
    AROUND = "around"
    """On the subject and everything of the other side within `around_m` of it."""
    NAMED = "named"
    """On the subject and everything of the other side that it names (`NamingRule`)."""
    FIRST = "first"
    """On the first subject, and on everything else as a whole."""
    EVERYTHING = "everything"
    """On both sides as a whole."""


class Rule(Protocol):
    """One question asked of pairs of features, or of single ones. `manual` is its page for the user."""

    @property
    def id(self) -> str:
        """Stable id, as used on the command line."""

    @property
    def title(self) -> str:
        """A few words."""

    @property
    def question(self) -> str:
        """What it asks, one sentence."""

    @property
    def severity(self) -> Severity:
        """Of a conflict; a possible conflict is one step lower."""

    @property
    def action(self) -> str:
        """The next step: about the activity, never about the protected site."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Numbers that the workspace may set."""

    @property
    def a(self) -> Selection:
        """The first subject: which features."""

    @property
    def b(self) -> Selection | None:
        """The second subject; None for a rule about single features."""

    @property
    def same(self) -> bool:
        """True where both sides are the same features, each pair counted once."""

    @property
    def without_b(self) -> str:
        """Why nothing can be said while there is no second side to compare; "" = then it is irrelevant."""

    @property
    def others(self) -> tuple[Kind, ...]:
        """Kinds that answers depend on besides those of both sides."""

    @property
    def locality(self) -> Locality:
        """What an answer depends on."""

    @property
    def manual(self) -> str:
        """Question, Method, Assumptions, Limits, Source, Example."""

    def around_m(self, values: Mapping[str, float]) -> float:
        """How far the second side matters to an answer, in metres, uncertainties not counted in.

        With `Locality.SUBJECTS` a hint: what single features ask for themselves may lie beyond.
        """

    def evaluate(self, scene: Scene, a: Side, b: Side | None, terms: Terms) -> Answers:
        """Compare every `a` with every `b`. Both are the rule's selections, or some of their rows."""


class NamingRule(ABC):
    """A rule about features that name others, by whatever names these have."""

    locality = Locality.NAMED

    @abstractmethod
    def named_by(self, a: Side) -> Sequence[Collection[str]]:
        """Return all names that each `a` may mean; none is ""."""

    @abstractmethod
    def known_as(self, b: Side) -> Sequence[Collection[str]]:
        """Return all names that each `b` has."""


@dataclass(frozen=True, eq=False)
class Report:
    """One run: coverage, the answers of each rule in columns, and from them the findings, worst first."""

    run: RunRecord
    answers: tuple[tuple[Rule, Answers], ...]
    until: datetime | None = None
    """What begins later was left out; None where nothing was."""

    @property
    def as_of(self) -> datetime:
        """The time looked from."""
        return self.run.as_of or self.run.at

    @property
    def count(self) -> int:
        """How many findings there are; counting makes none."""
        return sum(len(answers.a) for _, answers in self.answers)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """All findings in the order of `each`; of a million sites, gigabytes."""
        return tuple(self.each())

    def each(self) -> Iterator[Finding]:
        """Make the findings one after the other, so that those already read need not be held.

        They come by severity, worst first, then in the order of the rules, then by distance, then by key.
        """
        blocks = []
        for rule, answers in self.answers:
            severities = _severities(rule, answers)
            for severity in np.unique(severities):
                rows = np.flatnonzero(severities == severity)
                blocks.append((Severity(severity), rule, answers, rows))
        for severity, rule, answers, rows in sorted(blocks, key=lambda block: -block[0]):
            yield from _findings(rule, answers, severity, rows)

    @cached_property
    def severities(self) -> Mapping[Severity, int]:
        """How many findings there are of each severity that occurs, worst first."""
        counts = np.zeros(len(Severity), dtype=np.int64)
        for rule, answers in self.answers:
            counts += np.bincount(_severities(rule, answers), minlength=len(Severity))
        return {severity: int(counts[severity]) for severity in reversed(Severity) if counts[severity]}

    @cached_property
    def outcomes(self) -> Mapping[Outcome | None, int]:
        """How many hold at the time looked from, lie ahead, or are over; None: of a reversed window."""
        counts: Counter[Outcome | None] = Counter()
        for _, answers in self.answers:
            counts.update(outcomes_of(answers.start, answers.end, self.as_of))
        return counts

    @cached_property
    def skipped(self) -> Mapping[str, Mapping[str, str]]:
        """For each rule that ran, why features were left out, by feature id."""
        result: dict[str, dict[str, str]] = {}
        for rule, answers in self.answers:
            for side in (answers.side_a, answers.side_b):
                result.setdefault(rule.id, {}).update(side.skipped if side is not None else {})
        return result


def check(
    workspace: Workspace,
    *,
    rules: Sequence[str] | None = None,
    overrides: Mapping[str, float] | None = None,
    at: datetime | None = None,
    horizon: timedelta | None = None,
    now: datetime,
    progress: Progress = silent,
    scene: Scene | None = None,
) -> Report:
    """Ask every enabled rule about the whole workspace.

    Parameters
    ----------
    workspace : Workspace
        What to check; not changed.
    rules : sequence of str, optional
        Ids of the rules to run; all enabled ones by default.
    overrides : mapping, optional
        Values for this run only, by "rule.parameter".
    at : datetime, optional
        Leave out what is over by then. By default every shared window counts, past or future.
    horizon : timedelta, optional
        Leave out what begins later than this after `at`; without `at`, look from `now`.
    now : datetime
        When the run is made.
    progress : callable
        Told after each rule; the cancel point.
    scene : Scene, optional
        Projections and indexes of this very workspace, to use them again.

    Raises
    ------
    LayersError
        For a rule, parameter or value that does not exist.
    CrowdError
        When a rule has more findings than can be worked with; it is named.
    CancelledError
        When `progress` stops it.
    """
    from layers.rules import RULES, rule_of

    chosen = RULES if rules is None else tuple(rule_of(rule_id) for rule_id in dict.fromkeys(rules))
    values = {rule.id: parameter_values(rule, workspace, overrides or {}) for rule in RULES}
    _refuse_unknown(overrides or {}, RULES)
    scene = scene or Scene(workspace)
    at = now if at is None and horizon is not None else at
    at = None if at is None else at.astimezone(UTC)  # it is put into words as UTC
    until = None if at is None or horizon is None else _after(at, horizon)
    answers: list[tuple[Rule, Answers]] = []
    coverage: list[Coverage] = []
    for number, rule in enumerate(chosen):
        proceed = partial(progress, number, len(chosen), rule.title)
        proceed()
        settings = workspace.rules.get(rule.id, RuleSettings())
        if rules is None and not settings.enabled:
            continue
        with named(rule):
            found = evaluate(rule, scene, terms_of(workspace, values[rule.id], at or now), proceed)
        found = _lasting(found, at)
        covered = _coverage(rule, settings, found, values[rule.id])
        if until is not None:
            found, covered = _beginning(found, covered, until)
        answers.append((rule, found))
        coverage.append(covered)
    if rules is None:
        coverage += _foreign(workspace)
    progress(len(chosen), len(chosen), "Done")
    run = RunRecord(
        id=stable_id(workspace.id, now.isoformat(), len(workspace.runs)),
        at=now,
        as_of=at,
        engine=f"deconflict {__version__}",
        coverage=tuple(coverage),
    )
    return Report(run, tuple(answers), until)


NO_SUCH_RULE = "This program does not have this rule: it was not asked. Check again with the one that has it."


def not_here(coverage: Coverage) -> Coverage:
    """Return the coverage of a rule of another program: it cannot be asked here, so nothing is clear."""
    return replace(
        coverage,
        state=CoverageState.BLOCKED,
        a=replace(coverage.a, count=0, skipped={}),
        b=None if coverage.b is None else replace(coverage.b, count=0, skipped={}),
        pairs_examined=0,
        clear=0,
        unknown=0,
        notes=(NO_SUCH_RULE,),
    )


def _foreign(workspace: Workspace) -> list[Coverage]:
    """Return the rules of another program that are set, or were asked before: they do not vanish unsaid."""
    from layers.rules import RULES_BY_ID

    last = {coverage.rule: coverage for run in workspace.runs for coverage in run.coverage}
    ids = {*workspace.rules, *last} - RULES_BY_ID.keys()
    unknown = Coverage("", CoverageState.BLOCKED, SideCoverage((), 0), None, 0, 0, 0)
    return [
        not_here(replace(last.get(rule_id, unknown), rule=rule_id))
        for rule_id in sorted(ids)
        if workspace.rules.get(rule_id, RuleSettings()).enabled
    ]


@contextmanager
def named(rule: Rule) -> Iterator[None]:
    """Name the rule in what is refused while it is asked."""
    try:
        yield
    except LayersError as error:
        error.where = error.where or f"“{rule.title}”"
        raise


def _nothing_to_tell() -> None:
    """Go on."""


def evaluate(
    rule: Rule, scene: Scene, terms: Terms, proceed: Callable[[], None] = _nothing_to_tell
) -> Answers:
    """Ask a rule about everything there is to compare."""
    a, b = scene.select(rule.a), None if rule.b is None else scene.select(rule.b)
    if not len(a) or (b is not None and not len(b) and rule.without_b):
        return no_answers(a, b)
    return ask(rule, scene, a, b, terms, proceed)


def ask(
    rule: Rule,
    scene: Scene,
    a: Side,
    b: Side | None,
    terms: Terms,
    proceed: Callable[[], None] = _nothing_to_tell,
) -> Answers:
    """Ask a rule about some features; one block of `a` after another where many pairs lie near each other.

    So the memory does not grow with the pairs that turn out to be clear. `proceed` is called before each
    block, and may stop it all.

    Raises
    ------
    CrowdError
        When there are more than `MOST_ANSWERS`, or the rule needs more pairs at a time than can be held.
    """
    try:
        return rule.evaluate(scene, a, b, terms)
    except CrowdError:
        if rule.locality is Locality.EVERYTHING or len(a) == 1:
            raise
    parts: list[tuple[int, Answers]] = []
    count = 0
    for rows in np.array_split(np.arange(len(a)), min(_BLOCKS, len(a))):
        proceed()
        part = ask(rule, scene, a.take(rows, {}), b, terms, proceed)
        parts.append((int(rows[0]), part))
        count += len(part.a)
        if count > MOST_ANSWERS:
            raise CrowdError(MOST_ANSWERS, "findings")
    return one_after_another(a, b, parts)


def terms_of(workspace: Workspace, values: Mapping[str, float], as_of: datetime) -> Terms:
    """Return what a rule is asked with; an unknown time zone counts as UTC."""
    try:
        zone = ZoneInfo(workspace.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return Terms(values, as_of, zone, workspace.mode)


def parameter_values(
    rule: Rule, workspace: Workspace, overrides: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Return the values a rule uses: this run's, else the workspace's, else the rule's own defaults.

    Raises
    ------
    LayersError
        When a value lies outside the limits of its parameter.
    """
    settings = workspace.rules.get(rule.id, RuleSettings())
    given = {name: value for name, value in settings.parameters.items() if parameter_of(rule, name)}
    given |= {
        name.removeprefix(f"{rule.id}."): value
        for name, value in (overrides or {}).items()
        if name.startswith(f"{rule.id}.")
    }
    values = {parameter.name: parameter.default for parameter in rule.parameters} | given
    for name, value in values.items():
        parameter = parameter_of(rule, name)
        if parameter is not None and not parameter.minimum <= value <= parameter.maximum:
            raise LayersError(
                f"{limit_words(rule, name)} of {value:g} {parameter.unit} is out of range.",
                f"Give a value from {parameter.minimum:g} to {parameter.maximum:g} {parameter.unit}.",
                f"{rule.id}.{name}",
            )
    return {name: float(value) for name, value in values.items()}


def parameter_of(rule: Rule, name: str) -> Parameter | None:
    """Return the parameter that a name belongs to, or that a cell of its table belongs to; None without."""
    base, *categories = name.split(".")
    parameter = next((p for p in rule.parameters if p.name == base), None)
    if parameter is None or (categories and not (parameter.by_categories and _is_cell(rule, categories))):
        return None
    return parameter


def _is_cell(rule: Rule, categories: Sequence[str]) -> bool:
    if len(categories) != 2 or rule.b is None:
        return False
    sides = zip((rule.b, rule.a), categories, strict=True)
    return all(name == ANY or name in categories_of(side) for side, name in sides)


def is_confirmed(parameter: Parameter, value: float, settings: RuleSettings, name: str = "") -> bool:
    """Tell whether a named user stands for this very value of a placeholder (or of the cell `name` of it)."""
    confirmation = settings.confirmations.get(name or parameter.name)
    return not parameter.placeholder or (confirmation is not None and confirmation.value == value)


def _refuse_unknown(overrides: Mapping[str, float], rules: Sequence[Rule]) -> None:
    for name in overrides:
        rule = next((rule for rule in rules if name.startswith(f"{rule.id}.")), None)
        if rule is None or parameter_of(rule, name.removeprefix(f"{rule.id}.")) is None:
            known = sorted(f"{rule.id}.{parameter.name}" for rule in rules for parameter in rule.parameters)
            raise LayersError(
                f"There is no rule parameter {name}.", f"The parameters are: {', '.join(known)}."
            )


_MOST_NOTES = 3
"""Unconfirmed limits of a rule that are named one by one; a table may hold a hundred."""
_UNCONFIRMED = "that nobody has confirmed."
_MANY_UNCONFIRMED = " limits of this rule are placeholders "


def unconfirmed_limits(note: str) -> int:
    """Return of how many limits a note of a coverage says that nobody has confirmed them."""
    if not note.endswith(_UNCONFIRMED):
        return 0
    number, many, _ = note.partition(_MANY_UNCONFIRMED)
    return int(number) if many else 1


def _notes(rule: Rule, settings: RuleSettings, values: Mapping[str, float]) -> tuple[str, ...]:
    waiting = [
        f"{limit_words(rule, name)} of {amount(parameter, value)}"
        for name, value in values.items()
        if (parameter := parameter_of(rule, name)) is not None
        and not is_confirmed(parameter, value, settings, name)
    ]
    if len(waiting) > _MOST_NOTES:
        return (f"{len(waiting)}{_MANY_UNCONFIRMED}{_UNCONFIRMED}",)
    return tuple(f"{limit} is a placeholder {_UNCONFIRMED}" for limit in waiting)


def _lasting(answers: Answers, at: datetime | None) -> Answers:
    """Leave out answers whose window is over at `at`."""
    if at is None or not len(answers.a):
        return answers
    return answers.take(np.flatnonzero(~(answers.end <= to_column(at))))  # NaT, an open end, compares False


def _after(at: datetime, horizon: timedelta) -> datetime:
    """Return the end of a horizon; the calendar ends with the year 9999."""
    return at + min(horizon, datetime.max.replace(tzinfo=UTC) - at)


def _beginning(answers: Answers, coverage: Coverage, until: datetime) -> tuple[Answers, Coverage]:
    """Leave out answers that begin after `until`; the coverage says so, and does not count them as clear."""
    soon = np.flatnonzero(~(answers.start > to_column(until)))
    later = len(answers.a) - len(soon)
    if not later:
        return answers, coverage
    which = f"{later:,} {'finding' if later == 1 else 'findings'} beginning after {moment_words(until)}"
    return answers.take(soon), replace(coverage, notes=(*coverage.notes, f"Left out: {which}."))


def _severities(rule: Rule, answers: Answers) -> NDArray[np.int8]:
    """A possible or unknown conflict ranks one step below a measured one, but never below low."""
    severity = np.full(len(answers.a), rule.severity, dtype=np.int8)
    if answers.raised is not None:
        severity = np.minimum(severity + answers.raised, np.int8(Severity.CRITICAL)).astype(np.int8)
    measured = np.array([verdict is Verdict.CONFLICT for verdict in answers.verdict], dtype=bool)
    lower = np.minimum(severity, np.maximum(severity - 1, Severity.LOW))
    return np.where(measured, severity, lower).astype(np.int8)


def _findings(rule: Rule, answers: Answers, severity: Severity, rows: Indices) -> Iterator[Finding]:
    """Make findings of one severity, by distance and key, a page at a time."""
    ids = [answers.side_a.ids[answers.a[rows]]]
    if answers.side_b is not None and answers.b is not None:
        ids.append(answers.side_b.ids[answers.b[rows]])
    keys = ["/".join([rule.id, *parts]) for parts in zip(*ids, strict=True)]
    distance = answers.distance_m[rows]
    far = np.where(np.isnan(distance), np.inf, distance).tolist()
    order = sorted(range(len(rows)), key=lambda i: (far[i], keys[i]))
    for start in range(0, len(order), _PAGE):
        page = order[start : start + _PAGE]
        yield from _page_of_findings(rule, answers, severity, rows[page], [keys[i] for i in page])


def _page_of_findings(
    rule: Rule, answers: Answers, severity: Severity, rows: Indices, keys: Sequence[str]
) -> Iterator[Finding]:
    sides = [(answers.side_a, answers.a[rows])]
    if answers.side_b is not None and answers.b is not None:
        sides.append((answers.side_b, answers.b[rows]))
    subjects = [[found[row] for row in of.tolist()] for side, of in sides for found in [side.subjects(of)]]
    sentences, places = answers.describe(rows), answers.places(rows)
    for i, (row, about) in enumerate(zip(rows.tolist(), zip(*subjects, strict=True), strict=True)):
        window = Window(from_column(answers.start[row]), from_column(answers.end[row]))
        yield Finding(
            key=keys[i],
            rule=rule.id,
            severity=severity,
            verdict=answers.verdict[row],
            subjects=about,
            distance_m=_number(answers.distance_m[row]),
            required_m=_number(answers.required_m[row]),
            overlap_m2=_number(answers.overlap_m2[row]),
            overlap_m=_number(answers.overlap_m[row]),
            window=window,
            where=places[i],
            sentence=f"{sentences[i]} {window_words(window)}",
            action=rule.action,
        )


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def window_words(window: Window) -> str:
    """Say when, for a person: "From 1 March 2026 06:00 UTC until further notice."."""
    start = "Already" if window.start is None else f"From {moment_words(window.start)}"
    end = "until further notice" if window.end is None else f"to {moment_words(window.end)}"
    if window.start is None and window.end is None:
        return "At any time."
    if window.start is None and window.end is not None:
        return f"Until {moment_words(window.end)}."
    return f"{start} {end}."


def examined(rule: Rule, a: SideCoverage, b: SideCoverage | None) -> int:
    """Return how many pairs, or single features, a rule looks at."""
    if b is None or rule.locality is not Locality.SUBJECTS:
        return a.count
    return a.count * (a.count - 1) // 2 if rule.same else a.count * b.count


def coverage_of(
    rule: Rule,
    settings: RuleSettings,
    values: Mapping[str, float],
    a: SideCoverage,
    b: SideCoverage | None,
    found: int = 0,
    unknown: int = 0,
    looked_at: int | None = None,
) -> Coverage:
    """Say what a rule compared; `found` counts the answers that are not clear, `unknown` some of them.

    `looked_at` counts what it compared, where that is not what the sides say.
    """
    sides = [side for side in (a, b) if side is not None]
    state, notes = CoverageState.DONE, _notes(rule, settings, values)
    if rule.without_b and b is not None and not b.count and a.total:
        state, notes = CoverageState.BLOCKED, (rule.without_b, *notes)
    elif any(side.total == 0 for side in sides):
        state = CoverageState.IRRELEVANT
    elif any(side.count == 0 for side in sides):
        state, notes = CoverageState.BLOCKED, ("Nothing on one side could be compared.", *notes)
    looked_at = examined(rule, a, b) if looked_at is None else looked_at
    if state is CoverageState.DONE and not looked_at:
        state = CoverageState.IRRELEVANT  # a single feature has no other to be compared with
    done = state is CoverageState.DONE
    return Coverage(
        rule=rule.id,
        state=state,
        a=a,
        b=b,
        pairs_examined=looked_at if done else 0,
        clear=looked_at - found if done else 0,
        unknown=unknown if done else 0,
        notes=notes,
        parameters=dict(values),
    )


def _coverage(rule: Rule, settings: RuleSettings, answers: Answers, values: Mapping[str, float]) -> Coverage:
    a, b = sides_coverage(answers)
    unknown = answers.verdict.count(Verdict.UNKNOWN)
    return coverage_of(rule, settings, values, a, b, len(answers.a), unknown, answers.examined)


def sides_coverage(answers: Answers) -> tuple[SideCoverage, SideCoverage | None]:
    """Say what both sides of a comparison held."""
    return _side_coverage(answers.side_a), None if answers.side_b is None else _side_coverage(answers.side_b)


def _side_coverage(side: Side) -> SideCoverage:
    reasons: dict[str, int] = {}
    for reason in side.skipped.values():
        reasons[reason] = reasons.get(reason, 0) + 1
    return SideCoverage(tuple(kind.value for kind in side.kinds), len(side), reasons)
