"""Rules of one shape: "is a nearer to b than it should be, while both hold?"."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo
from layers.checks import Answers, Parameter
from layers.findings import Severity, Verdict
from layers.kinds import spec_of
from layers.meeting import shared_ground
from layers.model import Kind
from layers.scene import Pairs, Scene
from layers.sides import Side
from layers.volume import Overlap, overlaps

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]

_VERDICTS = (Verdict.CONFLICT, Verdict.POSSIBLE, Verdict.UNKNOWN)


class Measure(Enum):
    """What two shapes that meet are measured by, beside their distance."""

    NOTHING = "nothing"
    AREA = "area"
    LENGTH = "length"


@dataclass(frozen=True)
class ProximityRule:
    """A rule that asks whether `a` comes within a distance of `b` while both hold.

    `distance <= required` is a conflict; `distance - uncertainties <= required < distance` is possible;
    a pair that is near but whose windows cannot be compared is unknown.

    `touching` and `near` are the sentences, with `{a}`, `{b}`, `{distance}`, `{direction}` (from b to a),
    `{required}` and `{shared}`.
    """

    id: str
    title: str
    question: str
    severity: Severity
    action: str
    a_kinds: tuple[Kind, ...]
    b_kinds: tuple[Kind, ...]
    manual: str
    touching: str
    near: str
    parameters: tuple[Parameter, ...] = ()
    distance_parameter: str = ""
    """Parameter that holds the required distance; "" = they must not meet."""
    override_field: str = ""
    """Field of `a` that replaces the required distance for that feature."""
    slack_parameter: str = ""
    """Parameter, in minutes, that widens the window of `a` at both ends."""
    measure: Measure = Measure.NOTHING
    over_statuses: Mapping[str, str] = field(default_factory=dict)
    """Values of `status` of `a` that take a feature out, with the reason."""

    def evaluate(self, scene: Scene, values: Mapping[str, float]) -> Answers:
        """Compare every a with every b."""
        a, b = scene.side(*self.a_kinds), scene.side(*self.b_kinds)
        for status, reason in self.over_statuses.items():
            a = a.without(a.column("status") == status, reason)
        required = np.full(len(a), values.get(self.distance_parameter, 0.0))
        if self.override_field:
            own = np.asarray(a.column(self.override_field), dtype=np.float64)
            required = np.where(np.isfinite(own), own, required)
        pairs = scene.near(a, b, required + a.uncertainty_m, b.uncertainty_m)
        slack_s = values.get(self.slack_parameter, 0.0) * 60.0
        time, start, end = overlaps(
            a.valid_from[pairs.a], a.valid_to[pairs.a], b.valid_from[pairs.b], b.valid_to[pairs.b], slack_s
        )
        keep = time != Overlap.NO.value
        pairs, time, start, end = pairs.take(keep), time[keep], start[keep], end[keep]
        required = required[pairs.a]
        code = np.where(time == Overlap.UNKNOWN.value, 2, np.where(pairs.distance_m <= required, 0, 1))
        area, length, shared = self._shared(a, b, pairs)
        verdicts = [_VERDICTS[c] for c in code]
        return Answers(
            side_a=a,
            side_b=b,
            examined=len(a) * len(b),
            a=pairs.a,
            b=pairs.b,
            verdict=verdicts,
            distance_m=pairs.distance_m,
            required_m=required,
            overlap_m2=area,
            overlap_m=length,
            start=start,
            end=end,
            places=lambda: _places(a, b, pairs, shared),
            describe=lambda: self._sentences(a, b, pairs, required, verdicts, area, length),
        )

    def _shared(self, a: Side, b: Side, pairs: Pairs) -> tuple[Floats, Floats, Objects | None]:
        """Return shared area and length, and what the pairs that meet share; pairs apart share nothing."""
        area, length = np.full(len(pairs), np.nan), np.full(len(pairs), np.nan)
        if self.measure is Measure.NOTHING:
            return area, length, None
        meet = pairs.distance_m == 0
        shared = shared_ground(a.geometry[pairs.a[meet]], b.geometry[pairs.b[meet]])
        values = area if self.measure is Measure.AREA else length
        values[:] = 0.0
        values[meet] = geo.area_m2(shared) if self.measure is Measure.AREA else _line_length_m(shared)
        return area, length, shared

    def _sentences(
        self,
        a: Side,
        b: Side,
        pairs: Pairs,
        required: Floats,
        verdicts: list[Verdict],
        area: Floats,
        length: Floats,
    ) -> list[str]:
        names_a, names_b = feature_words(a, pairs.a), feature_words(b, pairs.b)
        azimuth = geo.azimuth_deg(pairs.to[:, 0], pairs.to[:, 1], pairs.from_[:, 0], pairs.from_[:, 1])
        uncertainty = a.uncertainty_m[pairs.a] + b.uncertainty_m[pairs.b]
        result = []
        for i, verdict in enumerate(verdicts):
            template = self.touching if pairs.distance_m[i] == 0 else self.near
            sentence = template.format(
                a=names_a[i],
                b=names_b[i],
                distance=metres(pairs.distance_m[i]),
                direction=geo.compass_word(float(azimuth[i])) if pairs.distance_m[i] else "",
                required=metres(required[i]),
                shared=_shared_words(area[i], length[i]),
            )
            if verdict is Verdict.POSSIBLE:
                known = metres(uncertainty[i])
                sentence += f" Positions are only known to within {known}, so this may be a conflict."
            if verdict is Verdict.UNKNOWN:
                sentence += " Whether both hold at the same time is unknown: a window ends before it starts."
            result.append(sentence)
        return result


def _places(a: Side, b: Side, pairs: Pairs, shared: Objects | None) -> Objects:
    """Return where each pair conflicts: what it shares, a point of that, or the shortest line between."""
    where = np.empty(len(pairs), dtype=object)
    apart, meet = np.flatnonzero(pairs.distance_m > 0), np.flatnonzero(pairs.distance_m == 0)
    where[apart] = shapely.linestrings(np.stack([pairs.from_[apart], pairs.to[apart]], axis=1))
    if shared is None:
        at_point = np.isfinite(pairs.from_[meet, 0])
        where[meet[at_point]] = shapely.points(pairs.from_[meet[at_point]])
        meet = meet[~at_point]
        shared = shapely.point_on_surface(shared_ground(a.geometry[pairs.a[meet]], b.geometry[pairs.b[meet]]))
    empty = shapely.is_empty(shared)  # a touch too fine for GEOS to construct
    shared[empty] = shapely.point_on_surface(a.geometry[pairs.a[meet[empty]]])
    where[meet] = shared
    return where


def _line_length_m(shared: Objects) -> Floats:
    """Length of the lines in what is shared; a polygon has none (its rim is not a crossing)."""
    parts, owner = shapely.get_parts(shared, return_index=True)
    lines = np.isin(shapely.get_type_id(parts), (1, 2))
    lengths = geo.length_m(parts[lines]) if lines.any() else np.empty(0)
    return np.asarray(np.bincount(owner[lines], weights=lengths, minlength=len(shared)), dtype=np.float64)


def feature_words(side: Side, rows: NDArray[np.intp]) -> list[str]:
    """Name features for a sentence: category (or kind) and name, or the partner's id where it has no name."""
    words: dict[int, str] = {}
    names, categories, ids = side.column("name"), side.column("category"), side.column("source_id")
    for i in np.unique(rows):
        spec = spec_of(side.layers[int(side.layer[i])].kind)
        what = spec.category_label(categories[i]) or spec.title
        if what == "Other":
            what = spec.title
        called = names[i] or ids[i]
        words[int(i)] = f"{what} “{called}”" if called else f"{what} without a name"
    return [words[int(i)] for i in rows]


def metres(value: float) -> str:
    """Write a distance for a person: "12 m", "0.4 m", "1.25 km"."""
    if value >= 10_000:
        return f"{value / 1000:.1f} km"
    if value >= 1000:
        return f"{value / 1000:.2f} km"
    return f"{value:.0f} m" if value >= 10 or value == round(value) else f"{value:.1f} m"


def _shared_words(area_m2: float, length_m: float) -> str:
    if np.isfinite(area_m2):
        if area_m2 >= 100_000:
            return f"{area_m2 / 1e6:.2f} km²"
        return f"{area_m2:.0f} m²"
    return metres(length_m) if np.isfinite(length_m) else ""
