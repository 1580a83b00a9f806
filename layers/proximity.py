"""Rules of one shape: "is a nearer to b than it should be, while both hold?"."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo, travel
from layers.answers import Answers, no_answers
from layers.checks import Locality, Parameter, Terms
from layers.conditions import Condition, Held, height, joined, shared_times
from layers.findings import Severity, Verdict
from layers.grid_squares import squares
from layers.limits import categories_of, effective
from layers.meeting import shared_ground
from layers.model import Kind, Layer, read_only
from layers.recurrence import parse_hours
from layers.scene import Pairs, Scene
from layers.sides import Indices, Selection, Side, one_of
from layers.volume import Overlap, Times
from layers.words import feature_words, ground_words, metres

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]

_VERDICTS = (Verdict.CONFLICT, Verdict.POSSIBLE, Verdict.UNKNOWN)
_WHICH = "Whether so much is required is unknown: a category is not stated, or none of those in use."


class Measure(Enum):
    """What two shapes that meet are measured by, beside their distance."""

    NOTHING = "nothing"
    AREA = "area"
    LENGTH = "length"


@dataclass(frozen=True)
class ProximityRule:
    """A rule that asks whether `a` comes within a distance of `b` while both hold.

    `distance <= required` is a conflict; `distance - uncertainties <= required < distance` is possible;
    a pair that is near but of which a condition (times, heights, `also`) cannot be told is unknown; so is one
    that is near enough for what the rule's table may ask of a category that is not known.

    `touching` and `near` are the sentences, with `{a}`, `{b}`, `{distance}`, `{direction}` (from b to a),
    `{required}`, `{shared}` and `{b_status}`.
    """

    id: str
    title: str
    question: str
    severity: Severity
    action: str
    a: Selection
    b: Selection
    manual: str
    touching: str
    near: str
    parameters: tuple[Parameter, ...] = ()
    distance_parameter: str = ""
    """Parameter that holds the required distance; "" = they must not meet."""
    override_field: str = ""
    """Field of `a` that replaces the required distance for that feature."""
    slack_parameter: str = ""
    """Parameter, in minutes, that widens the window of each `a` that is a movement, at both ends."""
    measure: Measure = Measure.NOTHING
    travelling: bool = False
    """True where `a` moves along its line, so that its speeds narrow when it is near `b`."""
    landing: bool = False
    """True where `a` is on the ground, whatever the lower limit of its heights says."""
    also: tuple[Condition, ...] = ()
    """What else must hold of a pair."""
    raised_for: tuple[str, ...] = ()
    """Categories, of either side, for which a finding ranks one step above `severity`."""
    raised_field: str = "category"
    """Field that `raised_for` are values of."""
    same: bool = False
    """True where both sides are the same features: each pair counts once, none with itself."""
    overlapping: str = ""
    """The sentence for shapes that share some area, where it is another than `touching`."""
    without_b: str = ""
    others: tuple[Kind, ...] = ()

    @property
    def locality(self) -> Locality:
        """Every answer depends on its pair alone."""
        return Locality.SUBJECTS

    def around_m(self, values: Mapping[str, float]) -> float:
        """As far as the largest distance asked of any categories."""
        name = self.distance_parameter
        return max((v for n, v in values.items() if n == name or n.startswith(f"{name}.")), default=0.0)

    def asks_more(self, layers: Iterable[Layer]) -> bool:
        """Tell whether any `a` in some layers asks for a distance of its own, maybe beyond `around_m`."""
        name = self.override_field
        return bool(name) and any(layer.table.states(name) for layer in layers)

    def evaluate(self, scene: Scene, a: Side, b: Side | None, terms: Terms) -> Answers:
        """Compare every a with every b."""
        if b is None:
            raise ValueError("a proximity rule needs two sides")
        needed = Required.of(self, a, b, terms)
        pairs = scene.near(a, b, *needed.reaches_m)
        if not len(pairs):
            return no_answers(a, b)
        if self.same:
            pairs = pairs.take(a.ids[pairs.a] < b.ids[pairs.b])
        pairs, required = needed.within(pairs)
        if not (a.is_exact and b.is_exact):
            near = _in_reach_of_squares(scene, a, b, pairs, required)
            pairs, required = pairs.take(near), required[near]
        held = needed.doubted(self._held(a, b, pairs, required, terms), pairs, required)
        keep = np.flatnonzero(held.code)  # the value of NO is 0
        if len(keep) < len(pairs):
            pairs, required, held = pairs.take(keep), required[keep], held.take(keep)
        code = np.where(held.code == Overlap.UNKNOWN.value, 2, pairs.distance_m > required)
        area, length = self._shared(scene, a, b, pairs)
        verdicts = [_VERDICTS[c] for c in code.tolist()]
        found = _Found(self, a, b, pairs, required, verdicts, area, length, held.why, terms)
        return Answers(
            side_a=a,
            side_b=b,
            a=pairs.a,
            b=pairs.b,
            verdict=found.verdicts,
            distance_m=pairs.distance_m,
            required_m=required,
            overlap_m2=area,
            overlap_m=length,
            start=held.start,
            end=held.end,
            places=found.places,
            describe=found.sentences,
            raised=self._raised(a, b, pairs),
        )

    def _held(self, a: Side, b: Side, pairs: Pairs, required: Floats, terms: Terms) -> Held:
        """Say which pairs hold together, and when."""
        slack_s = terms.values.get(self.slack_parameter, 0.0) * 60.0
        windows = _passing(a, b, pairs, required) if self.travelling else None
        times = shared_times(a, pairs.a, b, pairs.b, terms, slack_s=slack_s, windows=windows)
        if slack_s and len(a.kinds) > 1:  # what does not move is neither early nor late
            still = np.flatnonzero(~a.is_of(Kind.MOVEMENT)[pairs.a])
            times.put(still, shared_times(a, pairs.a[still], b, pairs.b[still], terms))
        conditions = (*height(a, b), *self.also)
        if self.landing and a.states("lower_m"):
            a = a.with_columns(lower_m=np.full(len(a), np.nan))
        return joined(times, conditions, (a, b), (pairs.a, pairs.b), terms)

    def _shared(self, scene: Scene, a: Side, b: Side, pairs: Pairs) -> tuple[Floats, Floats]:
        """Return shared area and length of the pairs; pairs apart share nothing."""
        area = length = read_only(np.full(len(pairs), np.nan))
        if self.measure is Measure.AREA:
            area = scene.shared_area_m2(a, b, pairs)
        elif self.measure is Measure.LENGTH:
            length = scene.shared_length_m(a, b, pairs)
        return area, length

    def _raised(self, a: Side, b: Side, pairs: Pairs) -> NDArray[np.bool_] | None:
        if not self.raised_for:
            return None
        raised = np.zeros(len(pairs), dtype=bool)
        for side, rows in ((a, pairs.a), (b, pairs.b)):
            if side.states(self.raised_field):
                raised |= one_of(side.texts(self.raised_field)[rows], self.raised_for)
        return raised


@dataclass(frozen=True, eq=False)
class Required:
    """The distance that each pair must keep: a feature's own, else that of its categories, else one for all.

    Attributes
    ----------
    of_all_m : float
        What holds where nothing else is said.
    table : _Table, optional
        What the rule's table says; None where it has none.
    own_m : array (n of a), optional
        What features ask for themselves, NaN where they do not; None where none does.
    """

    a: Side
    b: Side
    of_all_m: float
    table: "_Table | None" = None
    own_m: Floats | None = None

    @classmethod
    def of(cls, rule: ProximityRule, a: Side, b: Side, terms: Terms) -> "Required":
        """Look up what a rule's values say for the categories at hand."""
        base = terms.values.get(rule.distance_parameter, 0.0)
        own = table = None
        if rule.asks_more(a.layers):
            own = a.once(("own", rule.override_field), lambda: _own_m(a.numbers(rule.override_field)))
        if any("." in name for name in terms.values) and len(a) and len(b):
            table = _Table.of(rule, a, b, {rule.distance_parameter: base} | dict(terms.values))
        return cls(a, b, base, table, own)

    @property
    def reaches_m(self) -> tuple[Floats | float, Floats | float]:
        """How far from each `a` and each `b`, uncertainties included, a pair may matter: to be added.

        What is asked of pairs is added to the shorter side, so that the columns of the longer stay the same.
        """
        a, b, asked = self.a, self.b, self._asked_by_fewer_m
        if self.own_m is None:
            return (a.blur_m + asked, b.blur_m) if len(a) <= len(b) else (a.blur_m, b.blur_m + asked)
        if len(a) <= len(b):
            return np.where(np.isfinite(self.own_m), self.own_m, asked) + a.blur_m, b.blur_m
        own = self.own_m
        reach_m = a.once(("reach", id(own)), lambda: read_only(np.nan_to_num(own) + a.blur_m))
        return reach_m, b.blur_m + asked

    @property
    def _asked_by_fewer_m(self) -> Floats | float:
        """The most that is asked of pairs with each feature of the shorter side, or one number for all."""
        return self.of_all_m if self.table is None else self.table.most_of(by_a=len(self.a) <= len(self.b))

    def within(self, pairs: Pairs) -> tuple[Pairs, Floats]:
        """Return the pairs that may be nearer than required, and what is required of each."""
        required, most = self._of_pairs(pairs)
        if self.table is None and self.own_m is None:
            return pairs, required
        near = pairs.distance_m - self.a.uncertainty_m[pairs.a] - self.b.uncertainty_m[pairs.b]
        required = np.where(near <= required, required, most)
        keep = np.flatnonzero(near <= required)
        return pairs.take(keep), required[keep]

    def doubted(self, held: Held, pairs: Pairs, required: Floats) -> Held:
        """Return what is said of pairs, unknown where more than what is known to be asked was `required`."""
        if self.table is None or self.table.is_plain:
            return held
        unsure = (required > self._of_pairs(pairs)[0]) & (held.code == Overlap.YES.value)
        code = np.where(unsure, Overlap.UNKNOWN.value, held.code).astype(np.int8)
        return replace(held, code=code, why=np.where(unsure, _WHICH, held.why))

    def _of_pairs(self, pairs: Pairs) -> tuple[Floats, Floats]:
        """Return what is asked of each pair, and the most that may be where a category is not known."""
        required = most = np.full(len(pairs), self.of_all_m)
        if self.table is not None:
            required, most = self.table.of_pairs(pairs)
        if self.own_m is not None:
            own = self.own_m[pairs.a]
            required, most = (np.where(np.isfinite(own), own, asked) for asked in (required, most))
        return required, most


@dataclass(frozen=True, eq=False)
class _Table:
    """What a rule's table asks for pairs of categories, the last of each side those that are not known.

    `asked_m` is what is asked, `most_m` the most that may be where a category is not known: both (categories
    of b, categories of a). `places` say of `a` and of `b` where in it each feature stands.
    """

    asked_m: Floats
    most_m: Floats
    places: "tuple[_Places, _Places]"

    @classmethod
    def of(cls, rule: ProximityRule, a: Side, b: Side, values: Mapping[str, float]) -> "_Table":
        codes_a, codes_b = (*categories_of(rule.a), ""), (*categories_of(rule.b), "")
        asked, most = _cells_m(rule.distance_parameter, codes_b, codes_a, tuple(values.items()))
        return cls(asked, most, (_Places.of(a, codes_a), _Places.of(b, codes_b)))

    @property
    def is_plain(self) -> bool:
        """True where all categories are known."""
        return not any(places.has_unknown for places in self.places)

    def most_of(self, *, by_a: bool) -> Floats:
        """Return the most that is asked of pairs with each `a`, or each `b`, of the others that are there."""
        of_a, of_b = self.places
        if by_a:
            return np.asarray(self.most_m[of_b.there].max(axis=0)[of_a.place])
        return np.asarray(self.most_m[:, of_a.there].max(axis=1)[of_b.place])

    def of_pairs(self, pairs: Pairs) -> tuple[Floats, Floats]:
        """Return what is asked of each pair, and the most that may be."""
        of_a, of_b = self.places
        cells = of_b.place[pairs.b], of_a.place[pairs.a]
        asked = self.asked_m[cells]
        return asked, asked if self.is_plain else self.most_m[cells]


@lru_cache(maxsize=64)
def _cells_m(
    parameter: str, codes_b: tuple[str, ...], codes_a: tuple[str, ...], values: tuple[tuple[str, float], ...]
) -> tuple[Floats, Floats]:
    """Return what a table asks, and the most that it may; worked out once, not again after every edit."""
    of = dict(values)
    asked = np.array([[effective(of, parameter, of_b, of_a)[1] for of_a in codes_a] for of_b in codes_b])
    most = asked.copy()
    most[-1] = asked.max(axis=0)
    most[:, -1] = most.max(axis=1)
    return read_only(asked), read_only(most)


@dataclass(frozen=True, eq=False)
class _Places:
    """Which of some categories each feature of a side has, and which there are; the last is any other."""

    place: Indices
    there: Indices
    has_unknown: bool

    @classmethod
    def of(cls, side: Side, codes: tuple[str, ...]) -> "_Places":
        return side.once(("places", codes), lambda: cls._made_of(side, codes))

    @classmethod
    def _made_of(cls, side: Side, codes: tuple[str, ...]) -> "_Places":
        known = {code: place for place, code in enumerate(codes[:-1])}
        names, which = side.categories
        of_name = np.array([known.get(name, len(known)) for name in names], dtype=np.intp)
        there = np.unique(of_name)
        return cls(of_name[which], there, bool(there[-1] == len(known)))


def _own_m(stated_m: Floats) -> Floats:
    """Return the distances that features ask for themselves; one below 0 would call everything clear: NaN."""
    own: Floats = read_only(np.where(np.isfinite(stated_m) & (stated_m >= 0), stated_m, np.nan))
    return own


@dataclass(frozen=True, eq=False)
class _Found:
    """The pairs that are not clear, with what is needed to show and to describe them."""

    rule: ProximityRule
    a: Side
    b: Side
    pairs: Pairs
    required: Floats
    verdicts: list[Verdict]
    area: Floats
    length: Floats
    why: Objects
    terms: Terms

    def sentences(self, rows: Indices) -> list[str]:
        """Say of some pairs who, how far, in which direction, and what is not known."""
        pairs, required, area, length = (
            self.pairs.take(rows),
            self.required[rows],
            self.area[rows],
            self.length[rows],
        )
        names_a, names_b = feature_words(self.a, pairs.a), feature_words(self.b, pairs.b)
        azimuth = geo.azimuth_deg(pairs.to[:, 0], pairs.to[:, 1], pairs.from_[:, 0], pairs.from_[:, 1])
        uncertainty = self.a.uncertainty_m[pairs.a] + self.b.uncertainty_m[pairs.b]
        status_b = self.b.texts("status")[pairs.b]
        by_slack = self._by_slack(pairs)
        slack = f"{self.terms.values.get(self.rule.slack_parameter, 0.0):g} min"
        result = []
        for i, row in enumerate(rows.tolist()):
            verdict = self.verdicts[row]
            template = self.rule.touching if pairs.distance_m[i] == 0 else self.rule.near
            if area[i] > 0:
                template = self.rule.overlapping or template
            sentence = template.format(
                a=names_a[i],
                b=names_b[i],
                distance=metres(pairs.distance_m[i]),
                direction=geo.compass_word(float(azimuth[i])) if pairs.distance_m[i] else "",
                required=metres(required[i]),
                shared=ground_words(area[i], length[i]),
                b_status=status_b[i],
            )
            if verdict is Verdict.POSSIBLE:
                known = metres(uncertainty[i])
                sentence += f" Positions are only known to within {known}, so this may be a conflict."
            if verdict is Verdict.UNKNOWN:
                sentence += f" {self.why[row]}"
            elif by_slack[i]:
                sentence += (
                    f" It is not there then by its own times, but may run up to {slack} early or late."
                )
            result.append(sentence)
        return result

    def _by_slack(self, pairs: Pairs) -> NDArray[np.bool_]:
        """Mark pairs that hold together only where `a` runs early or late."""
        if not self.terms.values.get(self.rule.slack_parameter):
            return np.zeros(len(pairs), dtype=bool)
        code = shared_times(self.a, pairs.a, self.b, pairs.b, self.terms).code
        return np.asarray(code == Overlap.NO.value)

    def places(self, rows: Indices) -> Objects:
        """Return where some pairs conflict: what both share, a point of that, or the shortest line."""
        a, b, pairs = self.a, self.b, self.pairs.take(rows)
        where = np.empty(len(pairs), dtype=object)
        apart, meet = np.flatnonzero(pairs.distance_m > 0), np.flatnonzero(pairs.distance_m == 0)
        where[apart] = shapely.linestrings(np.stack([pairs.from_[apart], pairs.to[apart]], axis=1))
        point_only = self.rule.measure is Measure.NOTHING
        if point_only:
            at_point = np.isfinite(pairs.from_[meet, 0])
            where[meet[at_point]] = shapely.points(pairs.from_[meet[at_point]])
            meet = meet[~at_point]
        shared = shared_ground(a.geometry[pairs.a[meet]], b.geometry[pairs.b[meet]])
        empty = shapely.is_empty(shared)  # a touch too fine for GEOS to construct
        shared[empty] = shapely.point_on_surface(a.geometry[pairs.a[meet[empty]]])
        where[meet] = shapely.point_on_surface(shared) if point_only else shared
        return where


def _in_reach_of_squares(scene: Scene, a: Side, b: Side, pairs: Pairs, required: Floats) -> NDArray[np.bool_]:
    """Mark the pairs that are still near where a position is no disc, but the square of a grid."""
    keep = np.ones(len(pairs), dtype=bool)
    possible = np.flatnonzero(pairs.distance_m > required)
    if not len(possible):
        return keep
    (few_a, i), (few_b, j) = (np.unique(rows[possible], return_inverse=True) for rows in (pairs.a, pairs.b))
    side_a, is_square_a = _as_squares(a.take(few_a))
    side_b, is_square_b = _as_squares(b.take(few_b))
    asked = np.flatnonzero(is_square_a[i] | is_square_b[j])
    if not len(asked):
        return keep
    reach_m = float(required[possible[asked]].max())
    near = scene.near(side_a, side_b, side_a.uncertainty_m + reach_m, side_b.uncertainty_m)
    gap = near.distance_m - side_a.uncertainty_m[near.a] - side_b.uncertainty_m[near.b]
    gaps = dict(zip(zip(near.a.tolist(), near.b.tolist(), strict=True), gap.tolist(), strict=True))
    left = [gaps.get(pair, np.inf) for pair in zip(i[asked].tolist(), j[asked].tolist(), strict=True)]
    keep[possible[asked]] = np.array(left) <= required[possible[asked]]
    return keep


def _as_squares(side: Side) -> tuple[Side, NDArray[np.bool_]]:
    """Return a side with squares in the place of positions that stand for one, and which those are."""
    found = squares(side.geometry, side.uncertainty_m)
    is_square = ~shapely.is_missing(found)
    if not is_square.any():
        return side, is_square
    shapes = np.where(is_square, found, side.geometry)
    exact = np.where(is_square, 0.0, side.uncertainty_m)
    return side.with_columns(geometry=shapes, uncertainty_m=exact), is_square


def _passing(a: Side, b: Side, pairs: Pairs, required: Floats) -> tuple[Times, Times]:
    """Return for each pair when `a`, which moves, may be near `b`: its window, narrowed by its speeds."""
    start, end = a.valid_from[pairs.a].copy(), a.valid_to[pairs.a].copy()
    slowest, fastest = a.numbers("speed_min_kmh")[pairs.a], a.numbers("speed_max_kmh")[pairs.a]
    lines = np.isin(shapely.get_type_id(a.geometry[pairs.a]), (1, 5))
    timed = lines & ((slowest > 0) | (fastest > 0)) & ~(slowest > fastest) & ~(end <= start)
    hours = a.texts("active_hours")
    for row in np.flatnonzero(timed):
        i, j = pairs.a[row], pairs.b[row]
        reach = required[row] + a.uncertainty_m[i] + b.uncertainty_m[j]
        ground = geo.buffer(b.geometry[j], float(reach) + 1.0)
        part = travel.positions_m(a.geometry[i], ground)
        if part is not None:
            slow = np.nan if _rests(hours[i]) else slowest[row]
            start[row], end[row] = travel.passing(start[row], end[row], part, slow, fastest[row])
    return start, end


def _rests(hours: str) -> bool:
    """Tell whether active hours, or what cannot be read as such, keep a movement from going on all the time.

    Then its slowest speed does not say when it has arrived.
    """
    return hours != "" and ((read := parse_hours(hours)) is None or not read.is_always)
