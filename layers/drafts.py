"""What features that are not issued yet would conflict with: the rules are asked, nothing is changed.

A draft is any difference between the workspace and what it would be: a new feature, a changed one, a file
that is not imported. What the rules say with it and without it are compared, so that findings about others
that it would bring up or settle are told too.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from layers.checks import Rule, unconfirmed_limits
from layers.findings import Coverage, CoverageState, Finding, RunRecord, SideCoverage, Verdict
from layers.kinds import spec_of
from layers.model import Feature, Kind, Layer, RuleSettings, Workspace, table_of
from layers.progress import Progress, silent
from layers.recheck import Edit, Kept, Recheck, recheck
from layers.rules import RULES, title_of
from layers.sides import side_of

LAYER_NAME = "Draft"
_NOTHING = SideCoverage((), 0)


@dataclass(frozen=True, eq=False)
class DraftCheck:
    """What the rules say of drafts.

    Attributes
    ----------
    ids : frozenset of str
        The features that differ, or were asked about.
    about : tuple of Finding
        Findings that name a draft, worst first.
    created : tuple of Finding
        Findings about others that come up with it.
    settled : tuple of Finding
        Findings that are there now and would not be with it; not those of features that are left out of the
        rule with it: nothing is known of them.
    coverage : tuple of Coverage
        What each rule about these kinds compares; shown before any count.
    not_compared : mapping
        By rule, then draft: why it was left out.
    """

    ids: frozenset[str]
    about: tuple[Finding, ...]
    created: tuple[Finding, ...]
    settled: tuple[Finding, ...]
    coverage: tuple[Coverage, ...]
    not_compared: Mapping[str, Mapping[str, str]]


def with_drafts(workspace: Workspace, drafts: Iterable[Feature]) -> Workspace:
    """Return the workspace as it would be: drafts in the place of features with their ids, else added."""
    for draft in drafts:
        found = workspace.find(draft.id)
        if found is not None:
            layer = replace(found[0], table=found[0].table.with_features([draft]))
        else:
            table, layer_id = table_of(spec_of(draft.kind), [draft]), f"draft-{draft.kind}"
            own = next((layer for layer in workspace.layers if layer.id == layer_id), None)
            table = table if own is None else own.table.append(table)
            layer = Layer(layer_id, draft.kind, LAYER_NAME, table)
        workspace = workspace.with_layer(layer)
    return workspace


def with_file(
    workspace: Workspace, path: Path, kind: Kind, now: datetime
) -> tuple[Workspace, tuple[str, ...]]:
    """Return the workspace as it would be if a file were imported, read as an import would guess it.

    After it stands what must be known of how the file was read: rows left out, and doubts about the others.

    Raises
    ------
    LayersError
        When nothing of the file can be read.
    """
    from layers.importing import guess_mapping
    from layers.reading import open_any
    from layers.receiving import receive

    imported = open_any(path)
    mapping = guess_mapping(imported, spec_of(kind))
    after, report = receive(workspace, imported, kind, mapping, now=now)
    report.refuse_empty()
    return after, report.reading_words()


def check_drafts(
    kept: Kept,
    before: Workspace,
    after: Workspace,
    *,
    now: datetime,
    progress: Progress = silent,
    of: Collection[str] = (),
) -> DraftCheck:
    """Ask every enabled rule that has to do with what differs, with it and without it.

    Parameters
    ----------
    kept : Kept
        Prepared from `before` or an earlier state of it; to be used again for the next version of the draft.
    before, after : Workspace
        As it is, and as it would be: made by `with_drafts`, or an import that is not committed; same rules.
    now : datetime
        When; rules that ask whether something is over look from here.
    progress : callable
        Told before each rule; the cancel point.
    of : collection of str
        Features to tell of where nothing differs (yet): what they conflict with as they are.
    """
    edit = Edit.between(before, after)  # there and back it is the same
    if not edit.ids:
        there = frozenset(i for i in of if after.find(i) is not None)
        of_kinds = frozenset(layer.kind for layer in after.layers if _has(layer, there))
        edit = Edit(there, of_kinds, moved_only=False)
    kinds = {layer.kind for w in (before, after) for layer in w.layers if _has(layer, edit.ids)}
    rules = rules_about(before, kinds)
    before, after = (as_run(workspace, rules, now) for workspace in (before, after))
    with_it = recheck(kept, before, after, now=now, progress=progress, edit=edit)
    without = recheck(kept, after, before, now=now, progress=progress, edit=edit)
    return _compared(edit.ids, with_it, without, _left_out(rules, after, edit.ids))


def _has(layer: Layer, ids: Collection[str]) -> bool:
    return not layer.table.rows_by_id.keys().isdisjoint(ids)


def rules_about(workspace: Workspace, kinds: Collection[Kind]) -> tuple[Rule, ...]:
    """Return the enabled rules that look at features of these kinds."""

    def is_asked(rule: Rule) -> bool:
        sides = [side for side in (rule.a, rule.b) if side is not None]
        return any(kind in kinds for side in sides for kind in side.kinds)

    return tuple(r for r in RULES if workspace.rules.get(r.id, RuleSettings()).enabled and is_asked(r))


def as_run(workspace: Workspace, rules: Iterable[Rule], now: datetime) -> Workspace:
    """Return the workspace with a run of these rules, which are then asked again."""
    coverage = tuple(
        Coverage(rule.id, CoverageState.DONE, _NOTHING, None if rule.b is None else _NOTHING, 0, 0, 0)
        for rule in rules
    )
    return replace(workspace, runs=(RunRecord("draft", now, None, "", coverage),))


def _left_out(rules: Iterable[Rule], after: Workspace, ids: frozenset[str]) -> dict[str, dict[str, str]]:
    result: dict[str, dict[str, str]] = {}
    for rule in rules:
        for selection in (rule.a, rule.b):
            skipped = {} if selection is None else side_of(after, selection, ids).skipped
            if skipped:
                result.setdefault(rule.id, {}).update(skipped)
    return result


def _compared(
    ids: frozenset[str], with_it: Recheck, without: Recheck, left_out: Mapping[str, Mapping[str, str]]
) -> DraftCheck:
    now_there = {finding.key: finding for finding in with_it.report.findings}
    was_there = {finding.key: finding for finding in without.report.findings}
    about = {key: f for key, f in now_there.items() if any(s.id in ids for s in f.subjects)}
    gone = (f for key, f in was_there.items() if key not in now_there)
    return DraftCheck(
        ids=ids,
        about=tuple(about.values()),
        created=tuple(f for key, f in now_there.items() if key not in about and key not in was_there),
        settled=tuple(f for f in gone if not any(s.id in left_out.get(f.rule, ()) for s in f.subjects)),
        coverage=with_it.report.run.coverage,
        not_compared=left_out,
    )


def headline(check: DraftCheck) -> str:
    """Say what was found, and never that there is nothing where nothing was compared."""
    if not check.ids:
        return "Not tried: this brings nothing that the workspace does not hold already. Check the workspace."
    counts = [
        (sum(f.verdict is Verdict.CONFLICT for f in check.about), "conflict", "conflicts"),
        (sum(f.verdict is Verdict.POSSIBLE for f in check.about), "possible conflict", "possible conflicts"),
        (sum(f.verdict is Verdict.UNKNOWN for f in check.about), "not evaluated", "not evaluated"),
        (len(check.created), "finding about others", "findings about others"),
    ]
    said = [f"{n} {one if n == 1 else many}" for n, one, many in counts if n]
    alone = not any(c.state is CoverageState.DONE and c.b is not None for c in check.coverage)
    against = ["Not checked against others: no rule had anything to compare it with."] if alone else []
    pairs = {c.rule for c in check.coverage if c.b is not None}
    for reason, (rules, left) in _left_out_by_reason(check).items():
        if rules & pairs:
            of_all = f" ({len(left):,} of {_count(len(check.ids), 'draft')})" if len(check.ids) > 1 else ""
            against.append(f"Not compared by {_count(len(rules), 'rule')}: {reason}{of_all}.")
    if not said:
        return " ".join(against) or "No finding in what was compared."
    return " ".join((f"{', '.join(said)}.", *against))


def _left_out_by_reason(check: DraftCheck) -> dict[str, tuple[set[str], set[str]]]:
    """Return which rules left out which drafts, by the reason."""
    result: dict[str, tuple[set[str], set[str]]] = {}
    for rule, drafts in check.not_compared.items():
        for draft, reason in drafts.items():
            rules, left = result.setdefault(reason, (set(), set()))
            rules.add(rule)
            left.add(draft)
    return result


def coverage_lines(check: DraftCheck, *, brief: bool = False) -> list[str]:
    """Say which rules could not compare it, which did, and what is missing on their other side.

    `brief` only counts the rules that compared it; what was not compared is always named, and first.
    """
    lines = []
    for reason, (rules, left) in _left_out_by_reason(check).items():
        names = ", ".join(rule.title.lower() for rule in RULES if rule.id in rules)
        lines.append(
            f"Not compared by {_count(len(rules), 'rule')}: {reason} ({_count(len(left), 'draft')}): {names}."
        )
    for state, words in (
        (CoverageState.BLOCKED, "COULD NOT RUN:"),
        (CoverageState.DONE, "Compared by"),
        (CoverageState.IRRELEVANT, "Nothing to compare it with for"),
    ):
        said = [title_of(c.rule).lower() for c in check.coverage if c.state is state]
        if said:
            names = "" if brief and state is CoverageState.DONE else f": {', '.join(said)}"
            lines.append(f"{words} {_count(len(said), 'rule')}{names}.")
    notes = [(title_of(c.rule), note) for c in check.coverage for note in c.notes]
    lines += [f"{title}: {note}" for title, note in notes if not unconfirmed_limits(note)]
    waiting = sum(unconfirmed_limits(note) for _, note in notes)
    if waiting:
        are = "is a placeholder" if waiting == 1 else "are placeholders"
        lines.append(f"{_count(waiting, 'limit')} {are} that nobody has confirmed.")
    gaps: dict[str, int] = {}
    for coverage in check.coverage:
        for side in (coverage.a, coverage.b):
            for reason, n in (side.gaps if side is not None else {}).items():
                gaps[reason] = max(gaps.get(reason, 0), n)
    lines += [
        f"{_count(n, 'feature')} of the workspace not compared: {reason}." for reason, n in gaps.items()
    ]
    return lines


def _count(n: int, one: str) -> str:
    return f"{n:,} {one}{'' if n == 1 else 's'}"
