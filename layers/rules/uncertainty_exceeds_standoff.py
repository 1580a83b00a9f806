"""A position is known less well than the stand-off distance that is measured from it.

Question
    Is the uncertainty of any site, zone or movement larger than the smallest stand-off distance that uses
    its position?
Method
    The uncertainty of each feature is compared with the distances of the rules in force: for sites and
    zones the stand-off of the rule about zones within stand-off, by category where its table says so; for
    zones and movements also the corridor of the rule about movements through zones. A site's own stand-off
    counts instead. The smallest of those above 0 decides; an uncertainty of exactly that much is clear.
Assumptions
    The uncertainty is what the partner states, or what the notation of the coordinates implies: four figures
    of MGRS stand for a square of 1 km. Nothing is known of errors that nobody states.
Limits
    Values given for one run on the command line are not looked at, only those of the workspace. Features
    without a usable position are listed as not compared. Cancelled and completed movements are left out. An
    uncertainty of 0 means none is stated, not that there is none.
Source
    SIGAR on Afghan clinics: positions off by kilometres. OCHA: coordinates of notified sites are not
    verified by the United Nations; the submitter answers for them.
Example
    A clinic given as 35TLG 2748 is known to 707 m: at a stand-off of 500 m that is a conflict.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from layers.checks import Terms, parameter_values
from layers.findings import Severity
from layers.limits import categories_of, effective
from layers.model import Kind, Workspace
from layers.proximity import ProximityRule
from layers.rules.movement_crosses_zone import RULE as CORRIDOR
from layers.rules.zone_within_standoff_of_site import RULE as STANDOFF
from layers.scene import Scene
from layers.sides import OVER, Indices, Selection, Side
from layers.single import CLEAR, CONFLICT, Judgement, SingleRule
from layers.words import metres

Floats = NDArray[np.float64]


def _judge(side: Side, terms: Terms, scene: Scene) -> Judgement:
    """Compare every uncertainty with the smallest distance that uses the position."""
    required = _smallest_m(side, scene.workspace)
    code = np.where(side.uncertainty_m > required, CONFLICT, CLEAR).astype(np.int8)

    def sentences(rows: Indices, names: Sequence[str]) -> list[str]:
        known = zip(names, side.uncertainty_m[rows], required[rows], strict=True)
        return [
            f"{name} is known to within {metres(uncertain)} only; distances of {metres(limit)} are measured "
            "from it."
            for name, uncertain, limit in known
        ]

    return Judgement(code, sentences, distance_m=side.uncertainty_m, required_m=required)


def _smallest_m(side: Side, workspace: Workspace) -> Floats:
    """Return the smallest distance above 0 that uses each position; inf where none does."""
    smallest = np.full(len(side), np.inf)
    names, which = side.categories
    kinds = np.array([layer.kind.value for layer in side.layers], dtype=object)[side.layer_numbers]
    for rule in (STANDOFF, CORRIDOR):
        values = parameter_values(rule, workspace)
        for end in (rule.a, rule.b):
            of_category = np.array([_limit_m(rule, values, end, name) for name in names])
            here = np.flatnonzero(np.isin(kinds, [kind.value for kind in end.kinds]))
            smallest[here] = np.minimum(smallest[here], of_category[which[here]])
    own = side.numbers(STANDOFF.override_field)
    return np.where(own > 0, own, smallest)


def _limit_m(rule: ProximityRule, values: dict[str, float], end: Selection, category: str) -> float:
    """Return the smallest distance above 0 of a rule for one category at one end of it; inf without."""
    other = rule.b if end is rule.a else rule.a
    pairs = [(name, category) if end is rule.a else (category, name) for name in categories_of(other)]
    limits = [effective(values, rule.distance_parameter, *pair)[1] for pair in pairs]
    return min((limit for limit in limits if limit > 0), default=np.inf)


RULE = SingleRule(
    id="uncertainty_exceeds_standoff",
    title="Position too uncertain",
    question="Is a position known less well than the stand-off distance measured from it?",
    severity=Severity.MEDIUM,
    action=(
        "Ask the source for a better position, or plan the activity with a stand-off that takes in the "
        "uncertainty."
    ),
    a=Selection((Kind.HUMANITARIAN_SITE, Kind.MILITARY_ZONE, Kind.MOVEMENT), set_aside=OVER),
    manual=__doc__,
    judge=_judge,
)
