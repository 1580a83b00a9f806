"""A humanitarian site is not covered by a no-strike area for as long as it holds.

Question
    Is every humanitarian site wholly inside no-strike areas for its whole window?
Method
    It is worked out whether one area, or several together, cover the whole site, without rounding. The
    times of the areas that cover it are joined; the first gap in them is reported. Where only the
    uncertainty of a site reaches past the rim of the areas, the finding is possible.
Assumptions
    Stored edges are straight in longitude/latitude. A missing start means already, a missing end until
    further notice.
Limits
    Sites without a usable position are listed as not compared. Where no no-strike area is loaded at all,
    the rule is blocked: nothing can be said of any site. Protection in law does not depend on being
    listed.
Source
    Practice of no-strike lists: the list and the coordinates must match (Kunduz 2015).
Example
    A hospital in a no-strike area that ended yesterday is reported from yesterday on.
"""

import itertools
from collections.abc import Mapping

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo
from layers.checks import Answers, Locality, Parameter, Terms
from layers.findings import Severity, Verdict
from layers.meeting import together
from layers.model import Kind
from layers.scene import Pairs, Scene
from layers.sides import Selection, Side
from layers.single import answers_about
from layers.volume import NAT, Times, reversed_windows
from layers.words import feature_words, metres

Rows = NDArray[np.intp]

_MANUAL = __doc__ or ""
_LOOK_AROUND_M = 2_000.0
_START = np.datetime64("0001-01-01", "us")
_END = np.datetime64("9999-12-31", "us")


class SiteNotCovered:
    """See the module's page."""

    id = "site_not_covered_by_no_strike_area"
    title = "Site without a no-strike area"
    question = "Is every humanitarian site covered by a no-strike area for as long as it holds?"
    severity = Severity.MEDIUM
    action = "Ask the issuing headquarters to add or extend a no-strike area so that it covers the site."
    parameters: tuple[Parameter, ...] = ()
    a = Selection((Kind.HUMANITARIAN_SITE,))
    b: Selection | None = Selection((Kind.NO_STRIKE_AREA,))
    locality = Locality.AROUND
    same = False
    without_b = "No no-strike area is loaded, so cover cannot be judged."
    manual = _MANUAL

    def around_m(self, values: Mapping[str, float]) -> float:
        """As far as the nearest area is told of."""
        return _LOOK_AROUND_M

    def evaluate(self, scene: Scene, a: Side, b: Side | None, terms: Terms) -> Answers:
        """Look for cover around every site."""
        sites, areas = a, b if b is not None else scene.side(Kind.NO_STRIKE_AREA)
        unclear = reversed_windows(areas.valid_from, areas.valid_to)
        areas = areas.without(unclear, "its window ends before it starts")
        pairs = scene.near(sites, areas, np.full(len(sites), _LOOK_AROUND_M), np.zeros(len(areas)))
        nearest = np.full(len(sites), np.inf)
        np.minimum.at(nearest, pairs.a, pairs.distance_m)
        pairs = pairs.take(pairs.distance_m == 0)
        secure = self._covered_throughout(sites, areas, pairs)
        first = np.searchsorted(pairs.a, np.arange(len(sites) + 1))
        found = []
        for site in np.flatnonzero(~secure):
            candidates = pairs.b[first[site] : first[site + 1]]
            gap = _first_gap(sites, int(site), areas, candidates)
            if gap is not None:
                found.append((int(site), *gap, float(nearest[site])))
        return _answers(sites, areas, found)

    @staticmethod
    def _covered_throughout(sites: Side, areas: Side, pairs: Pairs) -> NDArray[np.bool_]:
        """Mark the sites that a single area covers for their whole window, uncertainty included."""
        a, b = together(sites.geometry[pairs.a], areas.geometry[pairs.b])
        covered = shapely.covers(b, a)
        starts, ends = _closed(sites.valid_from, sites.valid_to)
        area_starts, area_ends = _closed(areas.valid_from, areas.valid_to)
        lasting = (area_starts[pairs.b] <= starts[pairs.a]) & (area_ends[pairs.b] >= ends[pairs.a])
        certain = (sites.uncertainty_m[pairs.a] == 0) & (areas.uncertainty_m[pairs.b] == 0)
        sane = ~reversed_windows(sites.valid_from, sites.valid_to)[pairs.a]
        secure = np.zeros(len(sites), dtype=bool)
        secure[pairs.a[covered & lasting & certain & sane]] = True
        return secure


def _closed(start: Times, end: Times) -> tuple[Times, Times]:
    return np.where(np.isnat(start), _START, start), np.where(np.isnat(end), _END, end)


def _first_gap(
    sites: Side, site: int, areas: Side, candidates: Rows
) -> tuple[Verdict, np.datetime64, np.datetime64, str] | None:
    """Return the first span in which the site is not covered, with its verdict; None when there is none."""
    start, end = (column[0] for column in _closed(sites.valid_from[[site]], sites.valid_to[[site]]))
    if end <= start:
        return Verdict.UNKNOWN, NAT, NAT, "its window ends before it starts"
    area_starts, area_ends = _closed(areas.valid_from[candidates], areas.valid_to[candidates])
    # Cover can only change where an area begins or ends: look at each span between such moments.
    moments = np.unique(np.concatenate([[start, end], area_starts, area_ends]))
    moments = moments[(moments >= start) & (moments <= end)]
    gap: tuple[Verdict, np.datetime64, np.datetime64, str] | None = None
    for begin, finish in itertools.pairwise(moments):
        verdict = _verdict(sites, site, areas, candidates[(area_starts <= begin) & (area_ends >= finish)])
        if gap is not None and verdict is gap[0]:
            gap = (verdict, gap[1], _open(finish), "")  # the same gap goes on
        elif gap is not None and (gap[0] is Verdict.CONFLICT or verdict is None):
            break
        elif verdict is not None:
            gap = (verdict, _open(begin), _open(finish), "")
    return gap


def _open(moment: np.datetime64) -> np.datetime64:
    return NAT if moment in (_START, _END) else moment


def _verdict(sites: Side, site: int, areas: Side, holding: Rows) -> Verdict | None:
    """Say whether the areas that hold together cover the site; None when they surely do."""
    if not len(holding):
        return Verdict.CONFLICT
    places = np.full(len(holding), sites.geometry[site], dtype=object)
    places, shapes = together(places, areas.geometry[holding])
    joined = shapely.union_all(shapes)
    if not shapely.covers(joined, places[0]):
        return Verdict.CONFLICT
    uncertainty = float(sites.uncertainty_m[site] + areas.uncertainty_m[holding].max())
    if uncertainty == 0:
        return None
    wide, joined_column = together(
        np.array([geo.buffer(sites.geometry[site], uncertainty)], dtype=object),
        np.array([joined], dtype=object),
    )
    return None if shapely.covers(joined_column[0], wide[0]) else Verdict.POSSIBLE


def _answers(
    sites: Side,
    areas: Side,
    found: list[tuple[int, Verdict, np.datetime64, np.datetime64, str, float]],
) -> Answers:
    rows = np.array([item[0] for item in found], dtype=np.intp)
    nearest = np.array([item[5] for item in found], dtype=np.float64)
    return answers_about(
        sites,
        rows,
        [item[1] for item in found],
        lambda: [
            _sentence(name, *item[1:]) for name, item in zip(feature_words(sites, rows), found, strict=True)
        ],
        b=areas,
        distance_m=np.where(np.isfinite(nearest), nearest, np.nan),
        start=np.array([item[2] for item in found], dtype="datetime64[us]"),
        end=np.array([item[3] for item in found], dtype="datetime64[us]"),
    )


def _sentence(
    name: str, verdict: Verdict, start: np.datetime64, end: np.datetime64, reason: str, nearest: float
) -> str:
    if verdict is Verdict.UNKNOWN:
        return f"Whether {name} is covered by a no-strike area is unknown: {reason}."
    if verdict is Verdict.POSSIBLE:
        return f"{name} may not be wholly covered by a no-strike area: its position is not known well enough."
    if not np.isfinite(nearest):
        return f"{name} is not covered by a no-strike area; there is none within {metres(_LOOK_AROUND_M)}."
    if nearest > 0:
        return f"{name} is not covered by a no-strike area; the nearest is {metres(nearest)} away."
    return f"{name} is not covered by a no-strike area the whole time, or not wholly."


RULE = SiteNotCovered()
