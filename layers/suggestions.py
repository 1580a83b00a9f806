"""The smallest change of an activity that settles a finding: suggestions, never applied by themselves.

Only activities are changed: movements, military zones, projects. A protected site, a no-strike area, a
hazard or an arrangement never is. Each suggestion is verified by asking the rules about the changed feature,
and says what would remain and what would come up.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import shapely

from layers import geo
from layers.checks import Locality, parameter_values, terms_of
from layers.drafts import DraftCheck, as_run, check_drafts, rules_about, with_drafts
from layers.findings import Finding
from layers.making_room import Ground, Obstacle
from layers.model import Feature, Kind, Workspace
from layers.moving_times import MOST_S, PairInTime, smallest_delay
from layers.nearby_words import called
from layers.progress import Progress, silent
from layers.recheck import Kept, recheck
from layers.rules import rule_of
from layers.rules.duplicate_projects import RULE as DUPLICATES
from layers.sides import Side, side_of
from layers.volume import Window
from layers.words import metres, moment_words

CHANGEABLE = (Kind.MOVEMENT, Kind.MILITARY_ZONE, Kind.PROJECT)
BUDGET_S = 60.0
_ROUNDS = 6
"""How often what comes up in a new place is taken into account."""
_NUDGE_M = 0.05
_ENOUGH_S = 1.0


class Change(StrEnum):
    """What is changed of a feature."""

    TIME = "time"
    DETOUR = "detour"
    SHIFT = "shift"
    SHRINK = "shrink"


@dataclass(frozen=True, eq=False)
class Suggestion:
    """A change that settles the finding it was looked for.

    Attributes
    ----------
    change : Change
        What is changed.
    amount : float
        Metres of a shift, a shrink or a longer way; seconds of a change of time, negative for earlier.
    direction_deg : float or None
        Of a shift, clockwise from north.
    feature : Feature
        As it would be.
    sentence : str
        What to do, in one sentence.
    check : DraftCheck
        What the rules say of the changed feature: what would remain (`about`), come up for others
        (`created`), and be settled (`settled`).
    """

    change: Change
    amount: float
    direction_deg: float | None
    feature: Feature
    sentence: str
    check: DraftCheck


@dataclass(frozen=True, eq=False)
class Suggestions:
    """What was found, best first, and whether every way was tried before the time was up.

    `was_tried` tells whether any change was, and `not_tried` says in sentences which activities were left
    alone, and why.
    """

    found: tuple[Suggestion, ...]
    is_complete: bool
    was_tried: bool = True
    not_tried: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Found:
    """A changed feature, before it is verified."""

    change: Change
    amount: float
    feature: Feature
    direction_deg: float | None = None


def suggestions(
    kept: Kept,
    workspace: Workspace,
    finding: Finding,
    *,
    now: datetime,
    progress: Progress = silent,
    budget_s: float = BUDGET_S,
) -> Suggestions:
    """Look for the smallest changes that settle a finding, of each activity in it and in each way.

    Parameters
    ----------
    kept : Kept
        Prepared from `workspace` or an earlier state of it.
    workspace : Workspace
        Not changed.
    finding : Finding
        Of this workspace, about two features.
    now : datetime
        When.
    progress : callable
        The cancel point.
    budget_s : float
        No further way is tried after this many seconds.

    Returns
    -------
    Suggestions
        Those that settle everything about the activity first; each is verified. None where no activity is
        part of the finding, or no change within the limits of the search settles it.
    """
    search = _Search(kept, workspace, finding, now, progress, time.monotonic() + budget_s)
    made: list[Suggestion] = []
    not_tried: list[str] = []
    was_tried = False
    end = finding.window.end
    if end is not None and end <= now:
        over = f"This was over on {moment_words(end)}: nothing is left to change."
        return Suggestions((), is_complete=True, was_tried=False, not_tried=(over,))
    is_pair = len(finding.subjects) == 2 and rule_of(finding.rule).b is not None
    for subject in finding.subjects if is_pair else ():
        place = workspace.find(subject.id)
        if place is None or place[0].kind not in CHANGEABLE:
            continue
        feature = place[0].table.row(place[1], place[0].kind)
        why_not = "its layer is locked" if place[0].locked else _why_not(feature, finding)
        if why_not:
            not_tried.append(f"{called(feature)} was left alone: {why_not}.")
            continue
        was_tried = True
        for suggestion in search.of(feature):
            if not any(_alike(suggestion, other) for other in made):
                made.append(suggestion)
    made.sort(key=lambda s: (len(s.check.about) + len(s.check.created), s.change, abs(s.amount)))
    return Suggestions(tuple(made), time.monotonic() <= search.until, was_tried, tuple(not_tried))


def _alike(one: Suggestion, other: Suggestion) -> bool:
    return (one.change, one.feature.id) == (other.change, other.feature.id) and (
        abs(one.amount - other.amount) <= max(1.0, 0.01 * abs(one.amount))
    )


class _Search:
    """The search for one finding."""

    def __init__(
        self,
        kept: Kept,
        workspace: Workspace,
        finding: Finding,
        now: datetime,
        progress: Progress,
        until: float,
    ) -> None:
        self._kept, self._workspace, self._finding, self._now = kept, workspace, finding, now
        self._progress, self.until = progress, until

    def of(self, feature: Feature) -> Iterator[Suggestion]:
        """Yield what settles the finding by a change of one feature: everything about it, else this alone."""
        several = len(self._pairs(feature)) > 1
        for way in _ways(feature):
            for everything in (True, False) if several else (True,):
                if time.monotonic() > self.until:
                    return
                found = self._settled(feature, way, everything)
                if found is not None:
                    yield found

    def _settled(self, feature: Feature, way: Change, everything: bool) -> Suggestion | None:
        """Find a change and verify it; what comes up in a new place counts in the next round."""
        known = {f.key: f for f in self._pairs(feature)}
        target = {self._finding.key: self._finding}
        wanted = {**known, **target} if everything else target
        for _ in range(_ROUNDS):
            found = self._change(feature, way, list(wanted.values()))
            if found is None:
                return None
            there = {f.key: f for f in self._pairs(found.feature)}
            again = there.keys() & wanted.keys()
            new = {key: f for key, f in there.items() if key not in known and key not in wanted}
            if again and found.change is Change.SHIFT:
                found = self._nudged(feature, found, again)
                there = {} if found is None else {f.key: f for f in self._pairs(found.feature)}
            if found is None:
                return None
            if not new and not there.keys() & wanted.keys():
                return self._verified(found)
            if not new or time.monotonic() > self.until:
                return None
            wanted |= new
        return None

    def _change(self, feature: Feature, way: Change, wanted: list[Finding]) -> _Found | None:
        if way is Change.TIME:
            return self._moved_in_time(feature, wanted)
        obstacles = [o for f in wanted if (o := self._obstacle(feature, f)) is not None]
        if len(obstacles) < len(wanted):
            return None
        ground = Ground(feature.geometry, obstacles)
        if way is Change.DETOUR:
            led = ground.detour()
            return None if led is None else _Found(way, led[1], feature.with_changes(geometry=led[0]))
        if way is Change.SHRINK:
            rim = ground.smallest_shrink()
            return (
                None if rim is None else _Found(way, rim, feature.with_changes(geometry=ground.shrunken(rim)))
            )
        shift = ground.smallest_shift(self._progress)
        if shift is None:
            return None
        return _Found(way, shift[1], feature.with_changes(geometry=ground.shifted(*shift)), shift[0])

    def _nudged(self, feature: Feature, found: _Found, keys: Any) -> _Found | None:
        """Go a few centimetres farther, where the plane was a hair too generous."""
        ground = Ground(feature.geometry, [])
        for step in range(1, 6):
            amount, direction = found.amount + step * _NUDGE_M, found.direction_deg or 0.0
            moved = feature.with_changes(geometry=ground.shifted(direction, amount))
            if not {f.key for f in self._pairs(moved)} & keys:
                return replace(found, amount=amount, feature=moved)
        return None

    def _obstacle(self, feature: Feature, finding: Finding) -> Obstacle | None:
        """Return what to keep clear of, and how far: what is required, and all that is not known exactly."""
        other = next((s for s in finding.subjects if s.id != feature.id), None)
        place = self._workspace.find(other.id) if other is not None else None
        if place is None or finding.required_m is None:
            return None
        there = place[0].table.row(place[1], place[0].kind)
        spread = feature.uncertainty_m + there.uncertainty_m
        return Obstacle(there.geometry, finding.required_m + spread)

    def _moved_in_time(self, feature: Feature, wanted: list[Finding]) -> _Found | None:
        pairs = [self._in_time(feature, f) for f in wanted]
        recurring = any(self._recurs(feature, f) for f in wanted)
        start, end = feature.window.start, feature.window.end
        # What has begun cannot begin earlier, and nothing can begin, or have ended, in the past.
        soonest = start or end
        first = -MOST_S if soonest is None else math.ceil(min(0.0, (self._now - soonest).total_seconds()))
        if start is None:
            first += 1  # it must not be over as soon as it is changed
        delay = smallest_delay(pairs, first, recurring=recurring, progress=self._progress)
        if delay is None:
            return None
        step = timedelta(seconds=delay)
        window = Window(start + step if start else None, end + step if end else None)
        return _Found(Change.TIME, float(delay), feature.with_changes(window=window))

    def _in_time(self, feature: Feature, finding: Finding) -> PairInTime:
        rule = rule_of(finding.rule)
        ids = [s.id for s in finding.subjects]
        sides: list[Side] = []
        for selection in (rule.a, rule.b):
            assert selection is not None  # the finding is about two features
            sides.append(side_of(self._workspace, selection, ids))
        moving = 0 if feature.id in sides[0].ids else 1
        values = parameter_values(rule, self._workspace)
        terms = terms_of(self._workspace, values, self._now)
        scene = self._kept.scene
        return PairInTime(
            lambda a, b: len(rule.evaluate(scene, a, b, terms).a) > 0, (sides[0], sides[1]), moving
        )

    def _recurs(self, feature: Feature, finding: Finding) -> bool:
        places = [self._workspace.find(s.id) for s in finding.subjects]
        fields = [p[0].table.fields.get("active_hours") for p in places if p is not None]
        return any(
            column is not None and p is not None and column[p[1]] != ""
            for column, p in zip(fields, places, strict=False)
        )

    def _pairs(self, feature: Feature) -> list[Finding]:
        """Ask the rules about pairs what they say of a feature as it would be."""
        rules = [r for r in rules_about(self._workspace, {feature.kind}) if r.locality is Locality.SUBJECTS]
        rules = [r for r in rules if r.b is not None]
        workspace = as_run(self._workspace, rules, self._now)
        # Taken off the map and put back, so that everything about it is asked anew.
        without = with_drafts(workspace, [feature.with_changes(geometry=None)])
        after = with_drafts(workspace, [feature])
        report = recheck(self._kept, without, after, now=self._now, progress=self._progress).report
        about = (f for f in report.findings if any(s.id == feature.id for s in f.subjects))
        return [f for f in about if len(f.subjects) == 2]

    def _verified(self, found: _Found) -> Suggestion | None:
        after = with_drafts(self._workspace, [found.feature])
        check = check_drafts(self._kept, self._workspace, after, now=self._now, progress=self._progress)
        if any(f.key == self._finding.key for f in (*check.about, *check.created)):
            return None
        sentence = _sentence(found)
        return Suggestion(found.change, found.amount, found.direction_deg, found.feature, sentence, check)


def _ways(feature: Feature) -> tuple[Change, ...]:
    dated = feature.window.start is not None or feature.window.end is not None
    placed = feature.geometry is not None and not shapely.is_empty(feature.geometry)
    ways: list[Change] = []
    if feature.kind is Kind.MOVEMENT:
        ways += [Change.TIME] if dated and not feature.window.is_reversed else []
        lines = placed and feature.geometry.geom_type in ("LineString", "MultiLineString")
        ways += [Change.DETOUR] if lines and not _is_split(feature.geometry) else []
    elif placed and not _is_split(feature.geometry):
        ways += [Change.SHIFT]
        ways += [Change.SHRINK] if shapely.get_dimensions(feature.geometry) == 2 else []
    return tuple(ways)


def _why_not(feature: Feature, finding: Finding) -> str:
    """Say why a feature is not to be changed, or cannot be; "" where it can."""
    if finding.rule == DUPLICATES.id and feature.fields.get("actor") == "civil":
        return "of two projects that do the same, it is the civil one"
    if _ways(feature):
        return ""
    if feature.geometry is None or shapely.is_empty(feature.geometry):
        return "it has no position"
    if _is_split(feature.geometry):
        return "its shape is cut at 180 degrees, or more than half the world wide"
    return "it has no times and no route to change"


def _is_split(geometry: Any) -> bool:
    """Tell whether a shape is cut at the antimeridian: no plane is made about both halves."""
    west, _, east, _ = shapely.bounds(geometry)
    return bool(east - west > 180.0)


def _sentence(found: _Found) -> str:
    name, amount = called(found.feature), found.amount
    if found.change is Change.TIME:
        return f"Let {name} go {duration_words(abs(amount))} {'earlier' if amount < 0 else 'later'}."
    if found.change is Change.DETOUR:
        return f"Lead {name} around: {metres(abs(amount))} {'shorter' if amount < 0 else 'longer'}."
    if found.change is Change.SHRINK:
        return f"Shrink {name} by {metres(amount)} on all sides."
    return f"Shift {name} by {metres(amount)} to the {geo.compass_word(found.direction_deg or 0.0)}."


def duration_words(seconds: float) -> str:
    """Write a span of time: "2 h 15 min", "1 day 3 h"."""
    days, rest = divmod(round(seconds), 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    parts = ((days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min"), (left, "s"))
    return " ".join(f"{n} {unit}" for n, unit in parts if n) or "0 s"


def applied(workspace: Workspace, suggestion: Suggestion) -> Workspace:
    """Return the workspace with the change made."""
    return with_drafts(workspace, [suggestion.feature])
