"""The position of a site beside a military zone has not been verified well enough.

Question
    Is the position of every site beside a military zone verified well enough?
Method
    Where a military zone lies within the set distance, what is decided hangs on the position of the site.
    How it was verified is compared with the least level asked for: 1 = as reported, 2 = verified on site.
    The finding holds while the site does.
Assumptions
    A zone that never holds at the same time as the site does not count. Closed and damaged sites still
    count. The uncertainty of positions is added to the distance.
Limits
    Where the level is not stated, or is no known word, the answer is unknown. Sites without a usable
    position are listed as not compared. That a position was verified does not make it right today. Sites
    far from every zone are not asked about, even where a no-strike area was drawn around them.
Source
    OCHA Yemen (coordinates are not verified by the UN: the submitter answers for them); SIGAR, Afghan
    clinics (most of 641 positions missing or doubtful). The distance is a placeholder of this program;
    to be set by the operation.
Example
    A clinic 700 m from a firing area with a position as reported is a conflict at level 2 and 1 km.
"""

from collections.abc import Mapping

import numpy as np

from layers.answers import Answers
from layers.checks import Locality, Parameter, Terms
from layers.conditions import shared_times
from layers.findings import Severity, Verdict
from layers.model import Kind
from layers.scene import Scene
from layers.sides import Indices, Selection, Side, coded
from layers.single import answers_about
from layers.volume import Overlap
from layers.words import feature_words, metres

_LEVELS = {"unverified": 0.0, "reported": 1.0, "verified": 2.0}
_WORDS = {
    "unverified": "has not been verified",
    "reported": "is only reported, not verified",
}
_MANUAL = __doc__ or ""


class VerificationTooLow:
    """See the module's page."""

    id = "verification_too_low"
    title = "Position not verified"
    question = "Is the position of each site beside a military zone verified well enough?"
    severity = Severity.MEDIUM
    action = (
        "Have the position verified by somebody who is there, or by two sources; until then treat the site "
        "as larger than drawn."
    )
    parameters: tuple[Parameter, ...] = (
        Parameter("least_level", "Least level (1 as reported, 2 on site)", 2.0, "", 0.0, 2.0),
        Parameter("within_m", "Distance", 1_000.0, "m", 0.0, 50_000.0, placeholder=True),
    )
    a = Selection((Kind.HUMANITARIAN_SITE,))
    b: Selection | None = Selection((Kind.MILITARY_ZONE,))
    locality = Locality.AROUND
    same = False
    without_b = ""
    others: tuple[Kind, ...] = ()
    manual = _MANUAL

    def around_m(self, values: Mapping[str, float]) -> float:
        """As far as a zone makes decisions depend on the position of a site."""
        return values["within_m"]

    def evaluate(self, scene: Scene, a: Side, b: Side | None, terms: Terms) -> Answers:
        """Look up the level of every site near a zone."""
        zones = (
            b
            if b is not None
            else scene.side(
                Kind.MILITARY_ZONE,
            )
        )
        pairs = scene.maybe_near(a, zones, terms.values["within_m"])
        stated = a.texts("verification")
        levels = np.array([_LEVELS.get(text, np.nan) for text in stated.tolist()], dtype=np.float64)
        low = ~(levels >= terms.values["least_level"])
        held = shared_times(a, pairs.a, zones, pairs.b, terms)
        keep = np.flatnonzero(low[pairs.a] & (held.code != Overlap.NO.value))
        # Of zones equally near the one with the lowest id is named, in whatever order they come.
        by_id = zones.once("rank by id", lambda: coded(zones.ids)[1])
        keep = keep[np.lexsort((by_id[pairs.b[keep]], pairs.distance_m[keep], pairs.a[keep]))]
        first = np.flatnonzero(np.diff(pairs.a[keep], prepend=-1))
        rows = pairs.a[keep[first]]
        unknown, nearest = np.isnan(levels[rows]), pairs.take(keep[first])

        def describe(some: Indices) -> list[str]:
            names, others = feature_words(a, rows[some]), feature_words(zones, nearest.b[some])
            result = []
            for name, other, i in zip(names, others, some.tolist(), strict=True):
                distance, says = nearest.distance_m[i], stated[rows[i]]
                place = f"{metres(distance)} from" if distance else "in or at"
                where = f"although it lies {place} {other}"
                if not unknown[i]:
                    result.append(f"The position of {name} {_WORDS[says]}, {where}.")
                elif says:
                    result.append(
                        f"Whether the position of {name} is verified is unknown: “{says}” is no "
                        f"known answer, {where}."
                    )
                else:
                    result.append(f"How the position of {name} was verified is not stated, {where}.")
            return result

        return answers_about(
            a,
            rows,
            [Verdict.UNKNOWN if u else Verdict.CONFLICT for u in unknown],
            describe,
            b=zones,
            distance_m=nearest.distance_m,
        )


RULE = VerificationTooLow()
