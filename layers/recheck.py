"""Live re-check: after an edit only what it touches is compared again, with sides and indexes that are kept.

The features of the last full preparation stay as they were, indexed; those edited since form a short list
beside them. An edited feature is compared with the prepared ones that were not edited, and with the list.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Any

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
from layers.model import FeatureTable, Kind, RuleSettings, Workspace
from layers.progress import Progress, silent
from layers.scene import Scene
from layers.sides import NOTHING, Selection, Side, side_of
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
        self.kinds: frozenset[Kind] = frozenset()
        """What those are, or were."""
        self.places = Places()
        self._values: dict[str, tuple[Mapping[str, RuleSettings], dict[str, float]]] = {}
        self._reaches: dict[object, tuple[Mapping[str, RuleSettings], float, bool]] = {}
        self._reasons: dict[Selection, Counter[str]] = {}
        self._stale: dict[Selection, NDArray[np.bool_]] = {}

    def learn(self, edit: "Edit") -> None:
        """Note what is no longer as it was prepared."""
        self.edited |= edit.ids
        self.kinds |= edit.kinds
        for selection in self._stale:
            self._mark_stale(selection, edit.ids)

    def stale(self, selection: Selection) -> NDArray[np.bool_]:
        """Mark the prepared features of a selection that were edited since."""
        if selection not in self._stale:
            self._stale[selection] = np.zeros(len(self.scene.select(selection)), dtype=bool)
            self._mark_stale(selection, self.edited)
        return self._stale[selection]

    def _mark_stale(self, selection: Selection, ids: Iterable[str]) -> None:
        rows = self.scene.select(selection).rows_by_id
        self._stale[selection][[rows[i] for i in ids if i in rows]] = True

    def values_of(self, rule: Rule, workspace: Workspace) -> dict[str, float]:
        """Return the values a rule uses; worked out once for the same settings."""
        kept = self._values.get(rule.id)
        if kept is None or kept[0] is not workspace.rules:
            kept = self._values[rule.id] = (workspace.rules, parameter_values(rule, workspace))
        return kept[1]

    def reach_m(
        self, a: Selection, b: Selection, asked: frozenset[str], workspace: Workspace
    ) -> tuple[float, bool]:
        """Return how far any of the rules asked looks that compare two selections, and if they are many."""
        from layers.rules import RULES

        kept = self._reaches.get((a, b, asked))
        if kept is None or kept[0] is not workspace.rules:
            alike = [rule for rule in RULES if rule.id in asked and (rule.a, rule.b) == (a, b)]
            most = max(rule.around_m(self.values_of(rule, workspace)) for rule in alike)
            kept = self._reaches[a, b, asked] = (workspace.rules, most, len(alike) > 1)
        return kept[1:]

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
        self._known: Sequence[FindingRecord] = ()
        self._of_feature: dict[str, list[int]] = {}
        self._of_rule: dict[str, list[int]] = {}

    def follow(self, records: Sequence[FindingRecord], earlier: Sequence[FindingRecord]) -> None:
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

    def touched(self, records: Sequence[FindingRecord]) -> list[int]:
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

    edit = Edit.between(before, after)
    run = after.runs[-1]
    covered = {coverage.rule: coverage for coverage in run.coverage}
    asked = [rule for rule in RULES if rule.id in covered]
    parts = _Parts(kept, before, after, edit, frozenset(covered))
    kept.learn(edit)
    kept.scene.forget()
    answers: list[tuple[Rule, Answers]] = []
    around: dict[str, Collection[str]] = {}
    whole: set[str] = set()
    for number, rule in enumerate(asked):
        progress(number, len(asked), rule.title)
        if (parts.stay(rule, now) or not parts.concern(rule)) and not _is_assumed(covered[rule.id]):
            continue
        one = _OneRule(parts, rule, covered[rule.id], now)
        answers += [(rule, found) for found in one.answers()]
        covered[rule.id] = one.coverage
        around[rule.id] = one.around
        whole |= {rule.id} if one.is_whole else set()
    progress(len(asked), len(asked), "Done")
    again = replace(run, at=now, coverage=tuple(covered.values()))
    return Recheck(Report(again, tuple(answers)), edit.ids, around, frozenset(whole), kept.places)


def _is_assumed(coverage: Coverage) -> bool:
    """Tell whether nobody has counted yet what is compared: a rule that ran looked at something."""
    return coverage.state is CoverageState.DONE and not coverage.pairs_examined


def edited_ids(before: Workspace, after: Workspace) -> frozenset[str]:
    """Return the ids of features that differ between two workspaces, or are in one of them only."""
    return Edit.between(before, after).ids


@dataclass(frozen=True, eq=False)
class Edit:
    """What differs between two workspaces.

    Attributes
    ----------
    ids : frozenset of str
        Features that differ, or are in one of them only.
    kinds : frozenset of Kind
        What those are, or were.
    moved_only : bool
        True where nothing but shapes differ, and all can be compared as before.
    """

    ids: frozenset[str]
    kinds: frozenset[Kind]
    moved_only: bool

    @classmethod
    def between(cls, before: Workspace, after: Workspace) -> "Edit":
        """Find what differs; tables that both share cost nothing."""
        old, new = ({layer.id: layer for layer in workspace.layers} for workspace in (before, after))
        ids: set[str] = set()
        kinds: set[Kind] = set()
        moved_only = True
        for layer_id in {*old, *new}:
            was, now = old.get(layer_id), new.get(layer_id)
            if was is None or now is None or was.kind is not now.kind:
                layers = [layer for layer in (was, now) if layer is not None and len(layer.table)]
                ids.update(*(layer.table.id for layer in layers))
                kinds.update(layer.kind for layer in layers)
                moved_only = False
            elif was.table is not now.table:
                difference = compare(was.table, now.table)
                rows = np.concatenate([difference.changed, difference.added])
                ids.update(was.table.id[difference.removed], now.table.id[rows])
                kinds.add(now.kind)
                moved_only = moved_only and _only_moved(was.table, now.table, rows)
        return cls(frozenset(ids), frozenset(kinds), moved_only)


def _only_moved(was: FeatureTable, now: FeatureTable, rows: NDArray[Any]) -> bool:
    """Tell whether two tables differ in shapes only, and what is in these rows can be compared as before."""
    return was.differs_in_shapes_only(now) and bool(
        np.array_equal(was.why_unusable(rows), now.why_unusable(rows))
    )


class _Part:
    """One selection after an edit: what was prepared, what the edit made of it, and what earlier ones did.

    `new` holds the features of this edit as they are.
    """

    def __init__(self, parts: "_Parts", selection: Selection) -> None:
        self.selection = selection
        self._parts = parts
        self._is_near = not parts.edit.kinds.isdisjoint(selection.kinds)
        self._same_features = parts.edit.moved_only and not selection.is_by_shape
        self.new = side_of(parts.after, selection, parts.edit.ids) if self._is_near else NOTHING

    @cached_property
    def was(self) -> Side:
        """The features of this edit as they were."""
        parts = self._parts
        return side_of(parts.before, self.selection, parts.edit.ids) if self._is_near else NOTHING

    @property
    def is_touched(self) -> bool:
        """True where the edit has to do with the selection."""
        return self.new.total > 0 or (not self._same_features and self.was.total > 0)

    @property
    def counts_differ(self) -> bool:
        """True where the edit changed how many features are compared, or left out and why."""
        if self._same_features:
            return False
        return len(self.new) != len(self.was) or self.new.skipped != self.was.skipped

    @cached_property
    def kept(self) -> Side:
        """What was prepared, those edited since included."""
        return self._parts.kept.scene.select(self.selection)

    @cached_property
    def stale(self) -> NDArray[np.bool_]:
        """Marks the prepared features that were edited since."""
        return self._parts.kept.stale(self.selection)

    @cached_property
    def earlier(self) -> Side:
        """Features that earlier edits changed, as they are."""
        parts = self._parts
        if parts.earlier_kinds.isdisjoint(self.selection.kinds):
            return NOTHING
        return side_of(parts.after, self.selection, parts.earlier_ids)

    @cached_property
    def coverage(self) -> SideCoverage:
        """Count what is compared and what is left out, over the whole workspace."""
        kept = self._parts.kept
        left_out = kept.reasons_of(self.selection) - Counter(
            why for i in kept.edited if (why := self.kept.skipped.get(i))
        )
        left_out += Counter((*self.new.skipped.values(), *self.earlier.skipped.values()))
        count = len(self.kept) - int(np.count_nonzero(self.stale)) + len(self.new) + len(self.earlier)
        return SideCoverage(tuple(kind.value for kind in self.selection.kinds), count, dict(left_out))


class _Parts:
    """The selections of all rules after an edit, each worked out once, and when first needed."""

    def __init__(
        self, kept: Kept, before: Workspace, after: Workspace, edit: Edit, asked: frozenset[str]
    ) -> None:
        self.kept, self.before, self.after, self.edit, self._asked = kept, before, after, edit, asked
        self.earlier_kinds = kept.kinds
        self.earlier_ids = kept.edited - edit.ids
        self._made: dict[Selection, _Part] = {}
        self._beside: dict[tuple[Selection, Selection], tuple[Side, Side]] = {}

    def of(self, selection: Selection) -> _Part:
        """Return a selection after the edit."""
        if selection not in self._made:
            self._made[selection] = _Part(self, selection)
        return self._made[selection]

    def concern(self, rule: Rule) -> bool:
        """Tell whether the edit has to do with a rule at all."""
        if not self.edit.kinds.isdisjoint(rule.others):
            return True
        sides = [side for side in (rule.a, rule.b) if side is not None]
        near = (side for side in sides if not self.edit.kinds.isdisjoint(side.kinds))
        return any(self.of(side).is_touched for side in near)

    def stay(self, rule: Rule, now: datetime) -> bool:
        """Tell whether a rule about single features would say just the same as before."""
        if not isinstance(rule, SingleRule) or rule.id in self._told:
            return False
        if not self.edit.kinds.isdisjoint(rule.others):
            return False
        if self.edit.moved_only and not rule.a.is_by_shape:
            return True
        part = self.of(rule.a)
        if not rule.gathers or part.was.skipped != part.new.skipped:
            return False
        terms = terms_of(self.after, self.kept.values_of(rule, self.after), now)
        was, is_ = (rule.matters(self.kept.scene, side, terms) for side in (part.was, part.new))
        return was == is_

    @cached_property
    def _told(self) -> frozenset[str]:
        """Rules with a finding about an edited feature."""
        records, places = self.after.findings, self.kept.places
        places.follow(records, records)
        return frozenset(records[place].finding.rule for place in places.of(self.edit.ids))

    def beside(self, rule: Rule, b: Selection) -> tuple[Side, Side]:
        """Return what a rule that looks around has to be asked about again.

        Those are the first subjects that are new, or have or had something new around them, and all
        second ones around those. Rules that compare the same selections share them.
        """
        if (rule.a, b) not in self._beside:
            reach_m, _ = self.reach_m(rule.a, b)
            self._beside[rule.a, b] = self._beside_within(self.of(rule.a), self.of(b), reach_m)
        return self._beside[rule.a, b]

    def reach_m(self, a: Selection, b: Selection) -> tuple[float, bool]:
        """Return how far any of the rules asked looks that compare two selections, and if they are many."""
        return self.kept.reach_m(a, b, self._asked, self.after)

    def _beside_within(self, a: _Part, b: _Part, reach_m: float) -> tuple[Side, Side]:
        scene = self.kept.scene
        touched = set(a.new.ids)
        for side in (a.kept, a.earlier):
            for changed in (b.new, b.was):
                touched.update(side.ids[scene.around(side, changed, reach_m)])
        side_a = side_of(self.after, a.selection, touched)
        around = set(b.new.ids)
        for side in (b.kept, b.earlier):
            around.update(side.ids[scene.around(side, side_a, reach_m)])
        return side_a, side_of(self.after, b.selection, around)


class _OneRule:
    """One rule, asked again about what an edit touches."""

    def __init__(self, parts: _Parts, rule: Rule, was: Coverage, now: datetime) -> None:
        self._parts, self._rule = parts, rule
        self._a, self._b = parts.of(rule.a), None if rule.b is None else parts.of(rule.b)
        after = parts.after
        self._was = was
        self._terms = terms_of(after, parts.kept.values_of(rule, after), now)
        self.coverage = self._counted()
        done = {was.state, self.coverage.state} == {CoverageState.DONE}
        self.is_whole = rule.locality is Locality.EVERYTHING or not (
            done or rule.locality is Locality.SUBJECTS
        )
        self.around: Collection[str] = ()

    def answers(self) -> list[Answers]:
        """Return the answers about what was touched."""
        if self.is_whole:
            found = evaluate(self._rule, Scene(self._parts.after), self._terms)
            self.coverage = self._covering(*sides_coverage(found), found.examined)
            return [found]
        if self._b is None:
            return [self._ask(self._a.new, None)] if len(self._a.new) else []
        if self._rule.locality is Locality.AROUND:
            return self._around(self._b)
        return self._pairs(self._a, self._b)

    def _counted(self) -> Coverage:
        """Return the coverage that now holds: that of the last run, unless an edit changed the counts."""
        parts = [part for part in (self._a, self._b) if part is not None]
        if not _is_assumed(self._was) and not any(part.counts_differ for part in parts):
            return self._was
        return self._covering(self._a.coverage, None if self._b is None else self._b.coverage)

    def _covering(self, a: SideCoverage, b: SideCoverage | None, looked_at: int | None = None) -> Coverage:
        """Say what is compared; what is not clear is still that of the last run, until it is recounted."""
        rule, was = self._rule, self._was
        settings = self._parts.after.rules.get(rule.id, RuleSettings())
        found = was.pairs_examined - was.clear  # 0 where it could not run
        return coverage_of(rule, settings, self._terms.values, a, b, found, was.unknown, looked_at)

    def _ask(self, a: Side, b: Side | None) -> Answers:
        scene = self._parts.kept.scene
        if b is not None and self._b is not None:
            reach_m, is_shared = self._parts.reach_m(self._a.selection, self._b.selection)
            if is_shared:
                scene.know(a, b, reach_m)
        return self._rule.evaluate(scene, a, b, self._terms)

    def _pairs(self, a: _Part, b: _Part) -> list[Answers]:
        """Compare what is new on each side with everything on the other, each pair once."""
        found: list[Answers] = []
        if len(a.new):
            found += (self._fresh(a.new, side, None, b) for side in (b.kept, b.earlier, b.new) if len(side))
        if len(b.new):
            found += (self._fresh(side, b.new, a, None) for side in (a.kept, a.earlier) if len(side))
        return [answers for answers in found if len(answers.a)]

    def _fresh(self, a: Side, b: Side, of_a: _Part | None, of_b: _Part | None) -> Answers:
        """Compare two sides; answers about prepared features that were edited since do not count."""
        answers = self._ask(a, b)
        keep = np.ones(len(answers.a), dtype=bool)
        if of_a is not None and a is of_a.kept:
            keep &= ~of_a.stale[answers.a]
        if of_b is not None and b is of_b.kept and answers.b is not None:
            keep &= ~of_b.stale[answers.b]
        return answers if keep.all() else answers.take(np.flatnonzero(keep))

    def _around(self, b: _Part) -> list[Answers]:
        """Ask again about each `a` that is new, or has or had something new of `b` around it."""
        side_a, side_b = self._parts.beside(self._rule, b.selection)
        self.around = side_a.rows_by_id.keys() | side_a.skipped.keys()
        return [self._ask(side_a, side_b)] if len(side_a) else []
