"""Live re-check: after an edit only what it touches is compared again, with sides and indexes that are kept.

The features of the last full preparation stay as they were, indexed; those edited since form a short list
beside them. An edited feature is compared with the prepared ones that were not edited, and with the list.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.answers import Answers
from layers.checks import (
    Locality,
    NamingRule,
    Report,
    Rule,
    Terms,
    ask,
    coverage_of,
    evaluate,
    named,
    parameter_values,
    sides_coverage,
    terms_of,
)
from layers.findings import Coverage, CoverageState, FindingRecord, SideCoverage
from layers.lazy import cached_property
from layers.model import FeatureTable, Kind, RuleSettings, Workspace
from layers.progress import Progress, silent
from layers.proximity import ProximityRule
from layers.scene import Ground, Scene
from layers.sides import NOTHING, Selection, Side, joined, rows_of, side_of
from layers.single import SingleRule
from layers.workspace_tables import Difference, compare

WORN = 2_000
"""Edited features beyond which it pays to prepare the workspace anew."""


class Kept:
    """A workspace prepared for being checked again after edits; not shared between threads."""

    def __init__(self, workspace: Workspace, scene: Scene | None = None) -> None:
        self.scene = scene or Scene(workspace)
        self.edited = Edited()
        self.layers = self.scene.workspace.layers
        """Those that the last edit led to."""
        self.places = Places()
        self.questions = _questions()
        self._by_kinds: dict[frozenset[Kind], tuple[_Question, ...]] = {}
        self._values: dict[str, tuple[Mapping[str, RuleSettings], dict[str, float]]] = {}
        self._reaches: dict[object, tuple[Mapping[str, RuleSettings], float, bool]] = {}
        self._around: dict[object, bool] = {}
        self._reasons: dict[Selection, Counter[str]] = {}
        self._stale: dict[Selection, NDArray[np.bool_]] = {}

    def go_on_from(self, workspace: Workspace) -> None:
        """Compare a state that is not the last one with what was prepared: undo brings back what was."""
        if self.layers is not workspace.layers:
            self.learn(Edit.between(self.scene.workspace, workspace))
            self.edited.forget_places()

    def learn(self, edit: "Edit") -> None:
        """Note what is no longer as it was prepared."""
        self.edited.learn(edit)
        for selection in self._stale:
            if not edit.kinds.isdisjoint(selection.kinds):
                self._mark_stale(selection, edit.ids)

    def questions_of(self, kinds: frozenset[Kind]) -> "tuple[_Question, ...]":
        """Return the rules whose answers depend on any of some kinds."""
        if kinds not in self._by_kinds:
            every = self.questions.values()
            self._by_kinds[kinds] = tuple(q for q in every if not kinds.isdisjoint(q.kinds))
        return self._by_kinds[kinds]

    def stale(self, selection: Selection) -> NDArray[np.bool_]:
        """Mark the prepared features of a selection that were edited since."""
        if selection not in self._stale:
            self._stale[selection] = np.zeros(len(self.scene.select(selection)), dtype=bool)
            self._mark_stale(selection, self.edited.ids)
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
        kept = self._reaches.get((a, b, asked))
        if kept is None or kept[0] is not workspace.rules:
            rules = (q.rule for q in self.questions.values() if (q.a, q.b) == (a, b))
            alike = [rule for rule in rules if rule.id in asked]
            most = max(rule.around_m(self.values_of(rule, workspace)) for rule in alike)
            kept = self._reaches[a, b, asked] = (workspace.rules, most, len(alike) > 1)
        return kept[1:]

    def looks_around(self, a: Selection, b: Selection, asked: frozenset[str]) -> bool:
        """Tell whether any of the rules asked that compare two selections looks around."""
        if (a, b, asked) not in self._around:
            self._around[a, b, asked] = any(
                question.rule.locality is Locality.AROUND and (question.a, question.b) == (a, b)
                for rule_id, question in self.questions.items()
                if rule_id in asked
            )
        return self._around[a, b, asked]

    def reasons_of(self, selection: Selection) -> Counter[str]:
        """Count why prepared features of a selection were left out, those edited since included."""
        if selection not in self._reasons:
            self._reasons[selection] = Counter(self.scene.select(selection).skipped.values())
        return self._reasons[selection]

    @property
    def is_worn(self) -> bool:
        """True when so much was edited that preparing afresh pays."""
        return len(self.edited.ids) > WORN


class Edited:
    """The features that differ from those prepared, are new, or gone; and where they are."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.kinds: frozenset[Kind] = frozenset()
        """What they are, or were."""
        self._unplaced: set[str] = set()
        self._placed: list[str] = []
        self._boxes = np.empty((0, 4))
        self._blur_m = 0.0

    def forget_places(self) -> None:
        """Look up anew where all are when that is asked next."""
        self._placed, self._boxes, self._unplaced = [], self._boxes[:0], set(self.ids)

    def learn(self, edit: "Edit") -> None:
        """Note what an edit touched."""
        self.ids |= edit.ids
        self.kinds |= edit.kinds
        self._unplaced |= edit.ids

    def within(self, ground: Ground, workspace: Workspace) -> set[str]:
        """Return those that may lie on some ground, or did; those without a box are among them."""
        if len(self._placed) > 2 * len(self.ids):  # most were edited several times
            self.forget_places()
        if self._unplaced:
            self._place(workspace)
        return {self._placed[n] for n in ground.which(self._boxes, self._blur_m).tolist()}

    def _place(self, workspace: Workspace) -> None:
        """Look up where those are that edits touched since this was asked last."""
        for layer in workspace.of_kind(*self.kinds):
            table, rows = layer.table, rows_of(layer, self._unplaced)
            self._placed += table.id[rows].tolist()
            self._boxes = np.concatenate([self._boxes, shapely.bounds(table.geometry[rows]).reshape(-1, 4)])
            self._blur_m = float(np.fmax.reduce(table.uncertainty_m[rows], initial=self._blur_m))
        self._unplaced = set()


@dataclass(frozen=True, eq=False)
class _Question:
    """A rule, its selections (equal ones are the same object), and all kinds that its answers depend on."""

    rule: Rule
    a: Selection
    b: Selection | None
    kinds: frozenset[Kind]


def _questions() -> dict[str, _Question]:
    """Return all rules, by id."""
    from layers.rules import RULES

    same: dict[Selection, Selection] = {}
    result = {}
    for rule in RULES:
        a = same.setdefault(rule.a, rule.a)
        b = None if rule.b is None else same.setdefault(rule.b, rule.b)
        kinds = frozenset((*a.kinds, *(b.kinds if b is not None else ()), *rule.others))
        result[rule.id] = _Question(rule, a, b, kinds)
    return result


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
    kept: Kept,
    before: Workspace,
    after: Workspace,
    *,
    now: datetime,
    progress: Progress = silent,
    edit: "Edit | None" = None,
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
        Told before each rule that is asked; the cancel point.
    edit : Edit, optional
        What differs, where that is known already.

    Returns
    -------
    Recheck
        For `decisions.absorb`.
    """
    edit = edit or Edit.between(before, after)
    run = after.runs[-1]
    covered = {coverage.rule: coverage for coverage in run.coverage}
    kept.go_on_from(before)
    parts = _Parts(kept, before, after, edit, frozenset(covered), now)
    kept.learn(edit)
    kept.layers = after.layers
    kept.scene.forget()
    answers: list[tuple[Rule, Answers]] = []
    around: dict[str, Collection[str]] = {}
    whole: set[str] = set()
    concerned = {
        q.rule.id for q in kept.questions_of(edit.kinds) if q.rule.id in covered and parts.concern(q)
    }
    asked = [i for i, was in covered.items() if i in kept.questions and (i in concerned or _is_assumed(was))]
    for number, rule_id in enumerate(asked):
        question = kept.questions[rule_id]
        rule = question.rule
        progress(number, len(asked), rule.title)
        one = _OneRule(parts, question, covered[rule.id])
        with named(rule):
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
            elif was.name != now.name:  # findings tell it, and a rule reads it
                ids.update(was.table.id, now.table.id)
                kinds.add(now.kind)
                moved_only = False
            elif was.table is not now.table:
                difference = compare(was.table, now.table)
                for table, rows in (
                    (was.table, difference.removed),
                    (now.table, difference.changed),
                    (now.table, difference.added),
                ):
                    ids.update(table.id[rows].tolist())
                kinds.add(now.kind)
                moved_only = moved_only and _only_moved(was.table, now.table, difference)
        return cls(frozenset(ids), frozenset(kinds), moved_only)


def _only_moved(was: FeatureTable, now: FeatureTable, difference: Difference) -> bool:
    """Tell whether two tables differ in shapes only, and what differs can be compared as before."""
    rows = difference.changed
    return difference.in_shapes_only and bool(
        was.why_unusable(rows).tolist() == now.why_unusable(rows).tolist()
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
        self.is_touched = self._is_near and self._touches()
        """True where the edit has to do with the selection."""

    @cached_property
    def was(self) -> Side:
        """The features of this edit as they were."""
        parts = self._parts
        return side_of(parts.before, self.selection, parts.edit.ids) if self._is_near else NOTHING

    def _touches(self) -> bool:
        return self.new.total > 0 or (not self._same_features and self.was.total > 0)

    @property
    def is_present(self) -> bool:
        """True where there may be anything to compare."""
        return bool(len(self.new) or len(self.kept) or len(self.earlier()))

    @property
    def counts_differ(self) -> bool:
        """True where the edit changed how many features are compared, or left out and why."""
        if self._same_features:
            return False
        return len(self.new) != len(self.was) or self.new.skipped != self.was.skipped

    @property
    def gaps_differ(self) -> bool:
        """True where the edit changed what cannot be compared."""
        return not self._same_features and self.new.skipped != self.was.skipped

    @cached_property
    def kept(self) -> Side:
        """What was prepared, those edited since included."""
        return self._parts.kept.scene.select(self.selection)

    @cached_property
    def stale(self) -> NDArray[np.bool_]:
        """Marks the prepared features that were edited since."""
        return self._parts.kept.stale(self.selection)

    def earlier(self, ground: Ground | None = None) -> Side:
        """Return the features that earlier edits changed, as they are: those that may lie on some ground."""
        parts = self._parts
        if parts.earlier_kinds.isdisjoint(self.selection.kinds):
            return NOTHING
        edited = parts.kept.edited
        ids = (edited.ids if ground is None else edited.within(ground, parts.after)) - parts.edit.ids
        return side_of(parts.after, self.selection, ids) if ids else NOTHING

    @cached_property
    def coverage(self) -> SideCoverage:
        """Count what is compared and what is left out, over the whole workspace."""
        kept = self._parts.kept
        left_out = kept.reasons_of(self.selection) - Counter(
            why for i in kept.edited.ids if (why := self.kept.skipped.get(i))
        )
        earlier = self.earlier()
        left_out += Counter((*self.new.skipped.values(), *earlier.skipped.values()))
        count = len(self.kept) - int(np.count_nonzero(self.stale)) + len(self.new) + len(earlier)
        return SideCoverage(tuple(kind.value for kind in self.selection.kinds), count, dict(left_out))


class _Parts:
    """The selections of all rules after an edit, each worked out once, and when first needed."""

    def __init__(
        self,
        kept: Kept,
        before: Workspace,
        after: Workspace,
        edit: Edit,
        asked: frozenset[str],
        now: datetime,
    ) -> None:
        self.kept, self.before, self.after, self.edit, self._asked = kept, before, after, edit, asked
        self.earlier_kinds = kept.edited.kinds
        self._now = now
        self._made: dict[int, _Part] = {}
        self._beside: dict[tuple[Selection, Selection], tuple[Side, Side]] = {}

    def of(self, selection: Selection) -> _Part:
        """Return a selection of a question after the edit."""
        part = self._made.get(id(selection))
        if part is None:
            part = self._made[id(selection)] = _Part(self, selection)
        return part

    def terms(self, rule: Rule) -> Terms:
        """Return what a rule is asked with."""
        return terms_of(self.after, self.kept.values_of(rule, self.after), self._now)

    def concern(self, question: "_Question") -> bool:
        """Tell whether a rule that has to do with the kinds of the edit may say anything else than before."""
        rule = question.rule
        if self._stays(question):
            return False
        if not self.edit.kinds.isdisjoint(rule.others):
            return True
        a = self.of(question.a)
        b = a if question.b is None else self.of(question.b)
        if not (a.is_touched or b.is_touched):
            return False
        if rule.locality is not Locality.SUBJECTS:
            return True
        return (a.is_present and b.is_present) or a.counts_differ or b.counts_differ

    def _stays(self, question: "_Question") -> bool:
        """Tell whether a rule about single features would say just the same as before."""
        rule = question.rule
        if not isinstance(rule, SingleRule) or rule.id in self._told:
            return False
        if not self.edit.kinds.isdisjoint(rule.others):
            return False
        if self.edit.moved_only and not rule.a.is_by_shape:
            return True
        part = self.of(question.a)
        if not rule.gathers or part.was.skipped != part.new.skipped:
            return False
        terms = self.terms(rule)
        was = rule.matters(Scene(self.before), part.was, terms)
        return was == rule.matters(self.present, part.new, terms)

    @cached_property
    def _told(self) -> frozenset[str]:
        """Rules with a finding about an edited feature."""
        records, places = self.after.findings, self.kept.places
        places.follow(records, records)
        return frozenset(records[place].finding.rule for place in places.of(self.edit.ids))

    def beside(self, a: Selection, b: Selection) -> tuple[Side, Side]:
        """Return what a rule that looks around has to be asked about again.

        Those are the first subjects that are new, or have or had something new around them, and all
        second ones around those. Rules that compare the same selections share them.
        """
        if (a, b) not in self._beside:
            self._beside[a, b] = self._beside_within(self.of(a), self.of(b), self.reach_m(a, b)[0])
        return self._beside[a, b]

    def naming(self, rule: NamingRule, a: _Part, b: _Part) -> tuple[Side, Side]:
        """Return what a rule about names has to be asked about again.

        Those are the first subjects that are new, or name or named something new, and all second ones that
        they name; where there is none, one that is not named: rules ask of something.
        """
        known = {name for side in (b.new, b.was) for names in rule.known_as(side) for name in names}
        side_a = self._with_names(a, rule.named_by, known)
        named = {name for names in rule.named_by(side_a) for name in names}
        side_b = self._with_names(b, rule.known_as, named)
        return side_a, side_b if len(side_b) else self._any_of(b)

    def _with_names(
        self, part: _Part, names_of: Callable[[Side], Sequence[Collection[str]]], wanted: set[str]
    ) -> Side:
        """Return what is new of a selection, then what of it has any of some names."""
        by_name = part.kept.once(("rows", names_of), lambda: _rows_by_name(names_of(part.kept)))
        kept = np.array(sorted({row for name in wanted for row in by_name.get(name, ())}), dtype=np.intp)
        earlier = part.earlier()
        among = [row for row, names in enumerate(names_of(earlier)) if not wanted.isdisjoint(names)]
        some = part.kept.take(kept[~part.stale[kept]])
        return joined((part.new, some, earlier.take(np.array(among, dtype=np.intp))))

    def _any_of(self, part: _Part) -> Side:
        """Return a feature of a selection that has some."""
        kept = np.flatnonzero(~part.stale)[:1]
        return part.kept.take(kept) if len(kept) else part.earlier()

    @cached_property
    def present(self) -> Scene:
        """All features as they are now."""
        return Scene(self.after)

    def beside_for(self, rule: Rule, a: _Part, b: _Part) -> tuple[Side, Side] | None:
        """Return what lies beside, where that is all that matters to a rule about pairs, too."""
        if not isinstance(rule, ProximityRule) or not self.kept.looks_around(
            a.selection, b.selection, self._asked
        ):
            return None
        if len(a.new) and len(b.new):
            return None  # a pair of two new ones would be found on both sides
        if self.asks_more(rule):
            return None
        return self.beside(a.selection, b.selection)

    def asks_more(self, rule: ProximityRule) -> bool:
        """Tell whether a feature may ask for more than `reach_m`."""
        return rule.asks_more(self.after.of_kind(*rule.a.kinds))

    def reach_m(self, a: Selection, b: Selection) -> tuple[float, bool]:
        """Return how far any of the rules asked looks that compare two selections, and if they are many."""
        return self.kept.reach_m(a, b, self._asked, self.after)

    def _beside_within(self, a: _Part, b: _Part, reach_m: float) -> tuple[Side, Side]:
        side_a = self._near(a, (b.new, b.was), reach_m)
        return side_a, self._near(b, (side_a,), reach_m)

    def _near(self, part: _Part, others: Sequence[Side], reach_m: float) -> Side:
        """Return what is new of a selection, then what of it may be within a reach of some features."""
        ground = Ground.around(others, reach_m)
        kept = self.kept.scene.around(part.kept, ground)
        found = [part.new]
        if len(kept):
            found.append(part.kept.take(kept[~part.stale[kept]]))
        return joined((*found, part.earlier(ground)))


class _OneRule:
    """One rule, asked again about what an edit touches."""

    def __init__(self, parts: _Parts, question: "_Question", was: Coverage) -> None:
        self._parts, self._rule, self._was = parts, question.rule, was
        self._a, self._b = parts.of(question.a), None if question.b is None else parts.of(question.b)
        self.coverage = self._counted()
        done = was.state is CoverageState.DONE and self.coverage.state is CoverageState.DONE
        self.is_whole = self._asks_all(done)
        self.around: Collection[str] = ()

    def answers(self) -> list[Answers]:
        """Return the answers about what was touched."""
        if self.is_whole:
            found = evaluate(self._rule, self._parts.present, self._parts.terms(self._rule))
            self.coverage = self._covering(*sides_coverage(found), found.examined)
            return [found]
        if self._b is None:
            return [self._ask(self._a.new, None)] if len(self._a.new) else []
        if self._rule.locality is Locality.AROUND:
            return self._around(*self._parts.beside(self._a.selection, self._b.selection))
        if isinstance(self._rule, NamingRule):
            return self._around(*self._parts.naming(self._rule, self._a, self._b))
        if self._rule.locality is Locality.FIRST:
            return self._first(self._a.new)
        return self._pairs(self._a, self._b)

    def _asks_all(self, done: bool) -> bool:
        """Tell whether the rule has to be asked about everything."""
        locality, edit = self._rule.locality, self._parts.edit
        if locality is Locality.FIRST and self._b is not None:
            rest_differs = self._b.is_touched or not edit.kinds.isdisjoint(self._rule.others)
            return rest_differs or not done
        if locality is Locality.AROUND and self._b is not None and self._b.gaps_differ:
            return True  # what cannot be placed may be, or have been, around anything
        return locality is Locality.EVERYTHING or not (done or locality is Locality.SUBJECTS)

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
        values = self._parts.terms(rule).values
        return coverage_of(rule, settings, values, a, b, found, was.unknown, looked_at)

    def _ask(self, a: Side, b: Side | None) -> Answers:
        scene = self._parts.kept.scene
        if b is not None and self._b is not None:
            reach_m, is_shared = self._parts.reach_m(self._a.selection, self._b.selection)
            if is_shared:
                scene.know(a, b, reach_m)
        return ask(self._rule, scene, a, b, self._parts.terms(self._rule))

    def _pairs(self, a: _Part, b: _Part) -> list[Answers]:
        """Compare what is new on each side with everything on the other, each pair once."""
        beside = self._parts.beside_for(self._rule, a, b)
        if beside is not None:
            return self._new_beside(a, b, *beside)
        found: list[Answers] = []
        reach_m, _ = self._parts.reach_m(a.selection, b.selection)
        if len(a.new):
            found += (
                self._ask(a.new, side) for side in (b.new, self._earlier(b, a.new, reach_m)) if len(side)
            )
            if len(b.kept):
                answers = self._ask(a.new, b.kept)
                found.append(answers if answers.b is None else _unless(b.stale[answers.b], answers))
        if len(b.new):
            earlier = self._earlier(a, b.new, reach_m)
            if len(earlier):
                found.append(self._ask(earlier, b.new))
            if len(a.kept):
                answers = self._ask(a.kept, b.new)
                found.append(_unless(a.stale[answers.a], answers))
        return [answers for answers in found if len(answers.a)]

    def _earlier(self, part: _Part, new: Side, reach_m: float) -> Side:
        """Return what earlier edits changed of one side, as far as it matters to what is new on the other."""
        rule = self._rule
        if not isinstance(rule, ProximityRule) or self._parts.asks_more(rule):
            return part.earlier()
        return part.earlier(Ground.around([new], reach_m))

    def _new_beside(self, a: _Part, b: _Part, side_a: Side, side_b: Side) -> list[Answers]:
        """Compare what is new on one side with what was found beside it on the other.

        What is new comes first in what was found beside it.
        """
        asked = (a.new, side_b) if len(a.new) else (side_a, b.new)
        if not len(asked[0]) or not len(asked[1]):
            return []
        scene = self._parts.kept.scene
        scene.know(side_a, side_b, self._parts.reach_m(a.selection, b.selection)[0])
        scene.know_first(side_a, side_b, *asked)
        answers = self._ask(*asked)
        return [answers] if len(answers.a) else []

    def _around(self, side_a: Side, side_b: Side) -> list[Answers]:
        """Ask again about each `a` that is new, or has or had something new of `b` around it, or names it."""
        self.around = side_a.rows_by_id.keys()
        return [self._ask(side_a, side_b)] if len(side_a) else []

    def _first(self, new: Side) -> list[Answers]:
        """Ask about each `a` that is new, and everything else as it was prepared, or as it is now."""
        rule, kept = self._rule, self._parts.kept
        rest = {*rule.others, *(rule.b.kinds if rule.b is not None else ())}
        scene = kept.scene if kept.edited.kinds.isdisjoint(rest) else self._parts.present
        b = None if rule.b is None else scene.select(rule.b)
        return [rule.evaluate(scene, new, b, self._parts.terms(rule))] if len(new) else []


def _rows_by_name(names: Sequence[Collection[str]]) -> dict[str, list[int]]:
    """Return the rows that have each name."""
    result: dict[str, list[int]] = {}
    for row, some in enumerate(names):
        for name in some:
            result.setdefault(name, []).append(row)
    return result


def _unless(stale: NDArray[np.bool_], answers: Answers) -> Answers:
    """Leave out answers about prepared features that were edited since."""
    return answers.take(np.flatnonzero(~stale)) if stale.any() else answers
