"""Many military zones lie around one humanitarian site at the same time.

Question
    Do more zones than the set number lie within the set distance of any humanitarian site at one time?
Method
    The shortest distance over the ground from the site to each zone is measured on the WGS 84 ellipsoid, to
    within 1 cm (6 cm at 50 km). For every site the zones within the distance are counted through the time
    of the site; the finding tells the largest number that holds together, and the first time, not yet over,
    at which there are too many. Where only the uncertainty of positions brings enough zones near, the
    finding is possible. A finding about a hospital, health facility, school or camp ranks one step higher.
Assumptions
    Stored edges are straight in longitude/latitude. A missing start means already, a missing end until
    further notice. A zone counts for the whole of its window, whatever its active hours, and at every
    height.
Limits
    Features without a usable position are listed as not compared. Where it depends on a zone or site whose
    window ends before it starts whether there are too many: unknown. How near each zone is, is the question
    of other rules.
Source
    Placeholder of this program; to be set by the operation. What is tolerable alone may leave a site no
    way in or out when it adds up.
Example
    A camp with a checkpoint, two training areas and a firing area within 2 km on the same day is a conflict
    at three zones.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from layers.answers import Answers, no_answers
from layers.checks import Locality, Parameter, Terms
from layers.findings import Severity, Verdict
from layers.kinds.humanitarian_site import CROWDED
from layers.model import Kind
from layers.scene import Pairs, Scene
from layers.sides import Indices, Selection, Side, one_of
from layers.single import answers_about
from layers.volume import Overlap, Times, closed, opened, overlaps, to_column
from layers.words import feature_words, metres

Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]
Held = tuple[NDArray[np.int8], Times, Times]

_MANUAL = __doc__ or ""


@dataclass(frozen=True, slots=True)
class _Crowd:
    """How many zones hold together at most around one site, and the span in which there are too many."""

    most: int
    start: np.datetime64
    end: np.datetime64


class ManyZonesAroundSite:
    """See the module's page."""

    id = "many_zones_around_site"
    title = "Many zones around a site"
    question = "Do too many military zones lie around a humanitarian site at the same time?"
    severity = Severity.MEDIUM
    action = (
        "Look at the zones together: move, end or stagger some of them, and refer to the headquarters that "
        "can decide on all; tell the contact of the site what was notified."
    )
    parameters = (
        Parameter("distance_m", "Distance", 2_000.0, "m", 0.0, 50_000.0, placeholder=True),
        Parameter("most_zones", "Number of zones at one time", 3.0, "zones", 0.0, 100.0, placeholder=True),
    )
    a = Selection((Kind.HUMANITARIAN_SITE,))
    b = Selection((Kind.MILITARY_ZONE,))
    locality = Locality.AROUND
    same = False
    without_b = ""
    others: tuple[Kind, ...] = ()
    manual = _MANUAL

    def around_m(self, values: Mapping[str, float]) -> float:
        """As far as zones are counted."""
        return values["distance_m"]

    def evaluate(self, scene: Scene, a: Side, b: Side | None, terms: Terms) -> Answers:
        """Count the zones around every site through its time."""
        sites, zones = a, b if b is not None else scene.select(self.b)
        limit_m, most = terms.values["distance_m"], int(terms.values["most_zones"])
        pairs = scene.maybe_near(sites, zones, limit_m)
        enough = np.bincount(pairs.a) > most
        if not enough.any():
            return no_answers(sites, zones)
        pairs = pairs.take(enough[pairs.a])
        held = overlaps(
            sites.valid_from[pairs.a],
            sites.valid_to[pairs.a],
            zones.valid_from[pairs.b],
            zones.valid_to[pairs.b],
        )
        found: dict[int, tuple[Verdict, _Crowd]] = {}
        # From what is certain to what cannot be excluded; the first answer that is too many stands.
        certain, known = pairs.distance_m <= limit_m, held[0] == Overlap.YES.value
        so_far = -1
        for verdict, counted in (
            (Verdict.CONFLICT, certain & known),
            (Verdict.POSSIBLE, known),
            (Verdict.UNKNOWN, held[0] != Overlap.NO.value),
        ):
            if np.count_nonzero(counted) == so_far:
                continue  # each counts what the one before did, and maybe more
            so_far = int(np.count_nonzero(counted))
            for site, crowd in _crowds(pairs, held, counted, most, to_column(terms.as_of)).items():
                found.setdefault(site, (verdict, crowd))
        return _answers(sites, zones, dict(sorted(found.items())), limit_m)


def _crowds(pairs: Pairs, held: Held, counted: Mask, most: int, as_of: np.datetime64) -> dict[int, _Crowd]:
    """Return the sites around which more than `most` of the counted zones hold together."""
    from layers.kernels_times import crowds  # it loads numba

    windows = np.stack(closed(held[1][counted], held[2][counted]), axis=1)
    found = crowds(pairs.a[counted], windows.view(np.int64), most, int(as_of.astype(np.int64)))
    spans = found[:, 2:].view("datetime64[us]")
    return {
        site: _Crowd(together, start, end)
        for (site, together), (start, end) in zip(found[:, :2].tolist(), spans, strict=True)
    }


def _answers(sites: Side, zones: Side, found: dict[int, tuple[Verdict, _Crowd]], limit_m: float) -> Answers:
    rows = np.array(list(found), dtype=np.intp)
    crowds = [crowd for _, crowd in found.values()]

    def describe(some: Indices) -> list[str]:
        names = feature_words(sites, rows[some])
        return [
            _sentence(name, *found[site], limit_m)
            for name, site in zip(names, rows[some].tolist(), strict=True)
        ]

    start = np.array([crowd.start for crowd in crowds], dtype="datetime64[us]")
    end = np.array([crowd.end for crowd in crowds], dtype="datetime64[us]")
    start, end = opened(start, end)
    return answers_about(
        sites,
        rows,
        [verdict for verdict, _ in found.values()],
        describe,
        b=zones,
        start=start,
        end=end,
        raised=one_of(sites.texts("category")[rows], CROWDED),
    )


def _sentence(name: str, verdict: Verdict, crowd: _Crowd, limit_m: float) -> str:
    sentence = f"Around {name}, {crowd.most} military zones lie within {metres(limit_m)} at the same time."
    if verdict is Verdict.POSSIBLE:
        sentence += " Positions are not all known well enough, so this may be too many."
    if verdict is Verdict.UNKNOWN:
        sentence += " Whether all of them hold is unknown: a window ends before it starts."
    return sentence


RULE = ManyZonesAroundSite()
