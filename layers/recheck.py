"""Live re-check: after an edit only what it touches is compared again, with sides and indexes that are kept.

The features of the last full preparation stay as they were, indexed; those edited since form a short list
beside them. An edited feature is compared with the prepared ones that were not edited, and with the list.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from layers.checks import (
    Answers,
    Locality,
    Report,
    Rule,
    coverage_of,
    evaluate,
    parameter_values,
    sides_coverage,
    terms_of,
)
from layers.findings import Coverage, CoverageState, FindingRecord, SideCoverage
from layers.model import RuleSettings, Workspace
from layers.progress import Progress, silent
from layers.scene import Scene
from layers.sides import Selection, Side, rows_of, side_of
from layers.single import SingleRule
from layers.workspace_tables import compare

WORN = 2_000
"""Edited features beyond which it pays to prepare the workspace anew."""


class Kept:
    """A workspace prepared for being checked again after edits; not shared between threads."""

    def __init__(self, workspace: Workspace, scene: Scene | None = None) -> None:
        self.scene = scene or Scene(workspace)
        self.edited: frozenset[str] = frozenset()
        """Ids of the features that differ from those prepared, are new, or gone."""
        self.places = Places()
        self._values: dict[str, tuple[Mapping[str, RuleSettings], dict[str, float]]] = {}
        self._reasons: dict[Selection, Counter[str]] = {}

    def values_of(self, rule: Rule, workspace: Workspace) -> dict[str, float]:
        """Return the values a rule uses; worked out once for the same settings."""
        kept = self._values.get(rule.id)
        if kept is None or kept[0] is not workspace.rules:
            kept = self._values[rule.id] = (workspace.rules, parameter_values(rule, workspace))
        return kept[1]

    def reasons_of(self, selection: Selection) -> Counter[str]:
        """Count why prepared features of a selection were left out, those edited since included."""
        if selection not in self._reasons:
            self._reasons[selection] = Counter(self.scene.select(selection).skipped.values())
        return self._reasons[selection]

    @property
    def is_worn(self) -> bool:
        """True when so much was edited that preparing afresh pays."""
        return len(self.edited) > WORN


class Places:
    """Where in the list of findings each feature and each rule is mentioned; kept while the list grows."""

    def __init__(self) -> None:
        self._known: tuple[FindingRecord, ...] = ()
        self._of_feature: dict[str, list[int]] = {}
        self._of_rule: dict[str, list[int]] = {}

    def follow(self, records: tuple[FindingRecord, ...], earlier: tuple[FindingRecord, ...]) -> None:
        """Learn of a list in which records were replaced by others about the same, or added at the end."""
        if self._known is not earlier:
            self._of_feature, self._of_rule, self._known = {}, {}, ()
        for place in range(len(self._known), len(records)):
            finding = records[place].finding
            self._of_rule.setdefault(finding.rule, []).append(place)
            for subject in finding.subjects:
                self._of_feature.setdefault(subject.id, []).append(place)
        self._known = records

    def of(self, ids: Iterable[str], rules: Iterable[str] = ()) -> set[int]:
        """Return the places at which any of the features, or any of the rules, is mentioned."""
        lists = [self._of_feature.get(i, ()) for i in ids] + [self._of_rule.get(r, ()) for r in rules]
        return set(chain.from_iterable(lists))


@dataclass(frozen=True, eq=False)
class Recheck:
    """What an edit did to the findings.

    Attributes
    ----------
    report : Report
        Answers about what was compared again, and the last run with the coverage that now holds, but for the
        findings that came and went: they are counted when this is taken in.
    ids : frozenset of str
        Features that differ.
    around : mapping
        For rules whose answers depend on what lies around: the first subjects asked about again.
    whole : frozenset of str
        Rules that were asked about everything.
    places : Places
        Where earlier findings mention what.
    """

    report: Report
    ids: frozenset[str]
    around: Mapping[str, Collection[str]]
    whole: frozenset[str]
    places: Places

    def touched(self, records: tuple[FindingRecord, ...]) -> list[int]:
        """Return the places of the earlier findings that were looked at again, so that this replaces them."""
        self.places.follow(records, records)
        beside = {i for ids in self.around.values() for i in ids}
        return sorted(p for p in self.places.of(self.ids | beside, self.whole) if self._touches(records[p]))

    def _touches(self, record: FindingRecord) -> bool:
        rule, subjects = record.finding.rule, [subject.id for subject in record.finding.subjects]
        beside = self.around.get(rule, ())
        return rule in self.whole or any(i in self.ids or i in beside for i in subjects)


def recheck(
    kept: Kept, before: Workspace, after: Workspace, *, now: datetime, progress: Progress = silent
) -> Recheck:
    """Ask the rules of the last run again about what differs between two workspaces.

    Parameters
    ----------
    kept : Kept
        Prepared from an earlier state; learns of the edit.
    before, after : Workspace
        The last state whose findings hold, and the present one. They differ in features only: with other rule
        settings everything has to be checked.
    now : datetime
        When; rules that ask whether something is over look from here.
    progress : callable
        Told before each rule; the cancel point.

    Returns
    -------
    Recheck
        For `decisions.absorb`.
    """
    from layers.rules import RULES

    ids = edited_ids(before, after)
    kept.edited |= ids
    run = after.runs[-1]
    covered = {coverage.rule: coverage for coverage in run.coverage}
    parts = _Parts(kept, before, after, ids)
    answers: list[tuple[Rule, Answers]] = []
    around: dict[str, Collection[str]] = {}
    whole: set[str] = set()
    asked = [rule for rule in RULES if rule.id in covered]
    for number, rule in enumerate(asked):
        progress(number, len(asked), rule.title)
        if not parts.concern(rule) or parts.leaves_gathered(rule, now):
            continue
        one = _OneRule(parts, rule, covered[rule.id], now)
        answers += [(rule, found) for found in one.answers()]
        covered[rule.id] = one.coverage
        around[rule.id] = one.around
        whole |= {rule.id} if one.is_whole else set()
    progress(len(asked), len(asked), "Done")
    again = replace(run, at=now, coverage=tuple(covered.values()))
    return Recheck(Report(again, tuple(answers)), ids, around, frozenset(whole), kept.places)


def edited_ids(before: Workspace, after: Workspace) -> frozenset[str]:
    """Return the ids of features that differ between two workspaces, or are in one of them only."""
    old, new = ({layer.id: layer for layer in workspace.layers} for workspace in (before, after))
    ids: set[str] = set()
    for layer_id in {*old, *new}:
        was, is_ = old.get(layer_id), new.get(layer_id)
        if was is None or is_ is None or was.kind is not is_.kind:
            ids.update(i for layer in (was, is_) if layer is not None for i in layer.table.id)
        elif was.table is not is_.table:
            difference = compare(was.table, is_.table)
            ids.update(was.table.id[difference.removed])
            ids.update(is_.table.id[np.concatenate([difference.changed, difference.added])])
    return frozenset(ids)


@dataclass(frozen=True, eq=False)
class _Part:
    """One selection: prepared features, those of this edit, those of earlier edits, and as it was before.

    `stale` marks the prepared features that were `edited` since; `reasons` counts why prepared ones were
    left out.
    """

    selection: Selection
    kept: Side
    stale: NDArray[np.bool_]
    new: Side
    earlier: Side
    was: Side
    reasons: Counter[str]
    edited: frozenset[str]

    @property
    def is_touched(self) -> bool:
        """True where the edit has to do with the selection."""
        return bool(self.new.total or self.was.total)

    @cached_property
    def coverage(self) -> SideCoverage:
        """Count what is compared and what is left out, over the whole workspace."""
        left_out = self.reasons - Counter(why for i in self.edited if (why := self.kept.skipped.get(i)))
        left_out += Counter((*self.new.skipped.values(), *self.earlier.skipped.values()))
        count = len(self.kept) - int(np.count_nonzero(self.stale)) + len(self.new) + len(self.earlier)
        return SideCoverage(tuple(kind.value for kind in self.selection.kinds), count, dict(left_out))


class _Parts:
    """The selections of all rules after an edit, each worked out once."""

    def __init__(self, kept: Kept, before: Workspace, after: Workspace, ids: frozenset[str]) -> None:
        self.kept, self.before, self.after, self.ids = kept, before, after, ids
        self._new, self._was = _only(after, ids), _only(before, ids)
        self._earlier = _only(after, kept.edited - ids)
        self._kinds = {
            layer.kind for few in (self._new, self._was) for layer in few.layers if len(layer.table)
        }
        self._made: dict[Selection, _Part] = {}

    def concern(self, rule: Rule) -> bool:
        """Tell whether the edit has to do with a rule at all."""
        kinds = {kind for side in (rule.a, rule.b) if side is not None for kind in side.kinds}
        return not self._kinds.isdisjoint(kinds.union(rule.others))

    def leaves_gathered(self, rule: Rule, now: datetime) -> bool:
        """Tell whether a rule that gathers would say just the same: then it need not look at everything."""
        if not isinstance(rule, SingleRule) or not rule.gathers:
            return False
        part = self.of(rule.a)
        if part.was.skipped != part.new.skipped or self._is_told_of(rule):
            return False
        terms = terms_of(self.after, self.kept.values_of(rule, self.after), now)
        was, is_ = (rule.matters(self.kept.scene, side, terms) for side in (part.was, part.new))
        return was == is_

    def _is_told_of(self, rule: Rule) -> bool:
        """Tell whether a finding of a rule is about an edited feature."""
        records, places = self.after.findings, self.kept.places
        places.follow(records, records)
        return any(records[place].finding.rule == rule.id for place in places.of(self.ids))

    def of(self, selection: Selection) -> _Part:
        """Return a selection after the edit."""
        if selection not in self._made:
            self._made[selection] = self._make(selection)
        return self._made[selection]

    def _make(self, selection: Selection) -> _Part:
        side, edited = self.kept.scene.select(selection), self.kept.edited
        stale = np.zeros(len(side), dtype=bool)
        rows = side.rows_by_id
        stale[[rows[i] for i in edited if i in rows]] = True
        new, earlier, was = (side_of(few, selection) for few in (self._new, self._earlier, self._was))
        return _Part(selection, side, stale, new, earlier, was, self.kept.reasons_of(selection), edited)


def _only(workspace: Workspace, ids: Collection[str]) -> Workspace:
    """Return a workspace of some features, so that what is asked of them costs the same among any others."""
    few = [replace(layer, table=layer.table.take(rows_of(layer, ids))) for layer in workspace.layers]
    return replace(workspace, layers=tuple(few))


class _OneRule:
    """One rule, asked again about what an edit touches."""

    def __init__(self, parts: _Parts, rule: Rule, was: Coverage, now: datetime) -> None:
        self._parts, self._rule = parts, rule
        self._a, self._b = parts.of(rule.a), None if rule.b is None else parts.of(rule.b)
        after = parts.after
        self._was = was
        self._terms = terms_of(after, parts.kept.values_of(rule, after), now)
        self.coverage = self._covering(self._a.coverage, None if self._b is None else self._b.coverage)
        done = {was.state, self.coverage.state} == {CoverageState.DONE}
        self.is_whole = rule.locality is Locality.EVERYTHING or not (
            done or rule.locality is Locality.SUBJECTS
        )
        self.around: frozenset[str] = frozenset()

    def answers(self) -> list[Answers]:
        """Return the answers about what was touched."""
        if self.is_whole:
            found = evaluate(self._rule, Scene(self._parts.after), self._terms)
            self.coverage = self._covering(*sides_coverage(found), found.examined)
            return [found]
        if self._b is None:
            return [self._ask(self._a.new, None)] if len(self._a.new) else []
        if self._rule.locality is Locality.AROUND:
            return self._around(self._a, self._b)
        return self._pairs(self._a, self._b)

    def _covering(self, a: SideCoverage, b: SideCoverage | None, looked_at: int | None = None) -> Coverage:
        """Say what is compared; what is not clear is still that of the last run, until it is recounted."""
        rule, was = self._rule, self._was
        settings = self._parts.after.rules.get(rule.id, RuleSettings())
        found = was.pairs_examined - was.clear  # 0 where it could not run
        return coverage_of(rule, settings, self._terms.values, a, b, found, was.unknown, looked_at)

    def _ask(self, a: Side, b: Side | None) -> Answers:
        return self._rule.evaluate(self._parts.kept.scene, a, b, self._terms)

    def _pairs(self, a: _Part, b: _Part) -> list[Answers]:
        """Compare what is new on each side with everything on the other, each pair once."""
        found = []
        combinations = (
            (a.new, b.kept),
            (a.new, b.earlier),
            (a.new, b.new),
            (a.kept, b.new),
            (a.earlier, b.new),
        )
        for side_a, side_b in combinations:
            if len(side_a) and len(side_b):
                answers = self._ask(side_a, side_b)
                keep = np.ones(len(answers.a), dtype=bool)
                if side_a is a.kept:
                    keep &= ~a.stale[answers.a]
                if side_b is b.kept and answers.b is not None:
                    keep &= ~b.stale[answers.b]
                found.append(answers if keep.all() else answers.take(np.flatnonzero(keep)))
        return found

    def _around(self, a: _Part, b: _Part) -> list[Answers]:
        """Ask again about each `a` that is new, or has or had something new of `b` around it."""
        if not (a.is_touched or b.is_touched):
            return []
        scene, after = self._parts.kept.scene, self._parts.after
        reach_m = self._rule.around_m(self._terms.values)
        touched = set(a.new.ids)
        for side in (a.kept, a.earlier):
            for changed in (b.new, b.was):
                pairs = scene.near(side, changed, side.uncertainty_m, changed.uncertainty_m + reach_m)
                touched.update(side.ids[np.unique(pairs.a)])
        self.around = frozenset(touched)
        side_a = side_of(after, a.selection, self.around)
        if not len(side_a):
            return []
        pairs = scene.near(side_a, b.kept, side_a.uncertainty_m + reach_m, b.kept.uncertainty_m)
        beside = {*b.kept.ids[np.unique(pairs.b)], *b.earlier.ids, *b.new.ids}
        return [self._ask(side_a, side_of(after, b.selection, beside))]
