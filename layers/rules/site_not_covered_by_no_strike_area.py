"""A humanitarian site is not covered by a no-strike area for as long as it holds.

Question
    Is every humanitarian site wholly inside no-strike areas for its whole window?
Method
    It is worked out whether one area, or several together, cover the whole site, without rounding. The
    times of the areas that cover it are joined; the first gap in them that is not over is reported, else
    the first. Where the uncertainty of the site reaches past the ground that the areas surely cover, each
    of them wherever it may truly lie, the finding is possible.
Assumptions
    Stored edges are straight in longitude/latitude. A missing start means already, a missing end until
    further notice. An area of any category covers, a restrictive fire area too, in which fires are only
    restricted: where that is not enough, take such areas for reference.
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
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo
from layers.answers import Answers
from layers.checks import Locality, Parameter, Terms
from layers.findings import Severity
from layers.meeting import rims_of, together
from layers.model import Kind
from layers.scene import Pairs, Scene
from layers.sides import Indices, Selection, Side
from layers.single import CLEAR, CONFLICT, POSSIBLE, UNKNOWN, VERDICTS, answers_about
from layers.volume import FAR_FUTURE, FAR_PAST, NAT, Times, closed, reversed_windows, to_column
from layers.words import feature_words, metres

Rows = NDArray[np.intp]
Floats = NDArray[np.float64]
Objects = NDArray[np.object_]

_MANUAL = __doc__ or ""
_LOOK_AROUND_M = 2_000.0


def _is_reversed(side: Side) -> NDArray[np.bool_]:
    return reversed_windows(side.valid_from, side.valid_to)


class SiteNotCovered:
    """See the module's page."""

    id = "site_not_covered_by_no_strike_area"
    title = "Site without a no-strike area"
    question = "Is every humanitarian site covered by a no-strike area for as long as it holds?"
    severity = Severity.MEDIUM
    action = "Ask the issuing headquarters to add or extend a no-strike area so that it covers the site."
    parameters: tuple[Parameter, ...] = ()
    a = Selection((Kind.HUMANITARIAN_SITE,))
    b: Selection | None = Selection(
        (Kind.NO_STRIKE_AREA,), left_out=((_is_reversed, "its window ends before it starts"),)
    )
    locality = Locality.AROUND
    same = False
    others: tuple[Kind, ...] = ()
    without_b = "No no-strike area is loaded, so cover cannot be judged."
    manual = _MANUAL

    def around_m(self, values: Mapping[str, float]) -> float:
        """As far as the nearest area is told of."""
        return _LOOK_AROUND_M

    def evaluate(self, scene: Scene, a: Side, b: Side | None, terms: Terms) -> Answers:
        """Look for cover around every site."""
        sites, areas = a, b if b is not None else scene.side(Kind.NO_STRIKE_AREA)
        pairs = scene.near(sites, areas, 0.0, 0.0)
        nearest = np.full(len(sites), np.inf)
        nearest[pairs.a] = 0.0
        apart = np.flatnonzero(np.isinf(nearest))
        nearest[apart] = scene.nearest_m(sites.take(apart), areas, _LOOK_AROUND_M)
        code = self._codes(sites, areas, pairs)
        # Where no area touches a site, it is not covered in any of its window.
        start, end = sites.valid_from.copy(), sites.valid_to.copy()
        start[code == UNKNOWN], end[code == UNKNOWN] = NAT, NAT
        first = np.searchsorted(pairs.a, np.arange(len(sites) + 1))
        for site in np.intersect1d(pairs.a, np.flatnonzero(code == CONFLICT)):
            near = pairs.b[first[site] : first[site + 1]]
            gap = _gap(sites, int(site), areas, near, to_column(terms.as_of))
            code[site], start[site], end[site] = (CLEAR, NAT, NAT) if gap is None else gap
        return _answers(sites, areas, code, start, end, nearest)

    def _codes(self, sites: Side, areas: Side, pairs: Pairs) -> NDArray[np.int8]:
        """Say which sites are surely covered; of the others, that they are not or have no sane window."""
        code = np.full(len(sites), CONFLICT, dtype=np.int8)
        code[reversed_windows(sites.valid_from, sites.valid_to)] = UNKNOWN
        code[self._covered_throughout(sites, areas, pairs)] = CLEAR
        return code

    @staticmethod
    def _covered_throughout(sites: Side, areas: Side, pairs: Pairs) -> NDArray[np.bool_]:
        """Mark the sites that a single area covers for their whole window, uncertainty included."""
        a, b = together(sites.geometry[pairs.a], areas.geometry[pairs.b])
        covered = shapely.covers(b, a)
        starts, ends = closed(sites.valid_from, sites.valid_to)
        area_starts, area_ends = closed(areas.valid_from, areas.valid_to)
        lasting = (area_starts[pairs.b] <= starts[pairs.a]) & (area_ends[pairs.b] >= ends[pairs.a])
        sane = ~reversed_windows(sites.valid_from, sites.valid_to)[pairs.a]
        rows = np.flatnonzero(covered & lasting & sane)
        uncertain = sites.uncertainty_m[pairs.a[rows]] + areas.uncertainty_m[pairs.b[rows]]
        rows = rows[(uncertain == 0) | _far_inside(a[rows], b[rows], uncertain)]
        secure = np.zeros(len(sites), dtype=bool)
        secure[pairs.a[rows]] = True
        return secure


def _far_inside(inner: Objects, outer: Objects, reach_m: Floats) -> NDArray[np.bool_]:
    """Mark shapes inside others that are surely farther from the rim than the reach.

    Measured in degrees, none of them shorter than one of longitude; what is not marked may be, all the same.
    """
    highest = np.abs(shapely.bounds(inner).reshape(-1, 4)[:, 1::2]).max(axis=1)
    apart = shapely.distance(inner, shapely.boundary(outer))
    return np.asarray(apart > geo.longitude_reach_deg(reach_m, highest))


_Gap = tuple[int, np.datetime64, np.datetime64]


def _gap(sites: Side, site: int, areas: Side, candidates: Rows, as_of: np.datetime64) -> _Gap | None:
    """Return a span in which the site is not covered, with its code; None when there is none.

    It is the first that is not over by `as_of`, else the first; one in which the site is surely not covered
    comes before one in which it may not be.
    """
    gaps = _gaps(sites, site, areas, candidates)
    lasting = [gap for gap in gaps if not gap[2] <= as_of]  # NaT, an open end, is never over
    return min(lasting or gaps, key=lambda gap: gap[0] != CONFLICT, default=None)


def _gaps(sites: Side, site: int, areas: Side, candidates: Rows) -> list[_Gap]:
    """Return every span in which the site is not surely covered, in order; neighbours alike are joined."""
    start, end = (column[0] for column in closed(sites.valid_from[[site]], sites.valid_to[[site]]))
    area_starts, area_ends = closed(areas.valid_from[candidates], areas.valid_to[candidates])
    # Cover can only change where an area begins or ends: look at each span between such moments.
    moments = np.unique(np.concatenate([[start, end], area_starts, area_ends]))
    moments = moments[(moments >= start) & (moments <= end)]
    gaps: list[_Gap] = []
    before = CLEAR
    for begin, finish in itertools.pairwise(moments):
        code = _code(sites, site, areas, candidates[(area_starts <= begin) & (area_ends >= finish)])
        if code != CLEAR and code == before:
            gaps[-1] = (code, gaps[-1][1], _open(finish))
        elif code != CLEAR:
            gaps.append((code, _open(begin), _open(finish)))
        before = code
    return gaps


def _open(moment: np.datetime64) -> np.datetime64:
    return NAT if moment in (FAR_PAST, FAR_FUTURE) else moment


def _code(sites: Side, site: int, areas: Side, holding: Rows) -> int:
    """Say whether the areas that hold together cover the site."""
    if not len(holding):
        return CONFLICT
    if not _cover(sites.geometry[site], areas.geometry[holding], 0.0):
        return CONFLICT
    known, surely = float(sites.uncertainty_m[site]), [_surely(areas, int(row)) for row in holding]
    return CLEAR if _cover(sites.geometry[site], np.array(surely, dtype=object), known) else POSSIBLE


def _surely(areas: Side, row: int) -> Any:
    """Return the ground that an area covers wherever it truly lies, whatever is true of others."""

    def shrunk() -> Any:
        uncertain = float(areas.uncertainty_m[row])
        area = areas.geometry[row]
        if uncertain == 0:
            return area
        return shapely.difference(area, geo.buffer(rims_of(areas.geometry[[row]])[0], uncertain))

    return areas.once(("surely", row), shrunk)


def _cover(place: Any, shapes: Objects, reach_m: float) -> bool:
    """Tell whether shapes together cover a place and everything within a reach of it."""
    shapes = shapes[~shapely.is_empty(shapes)]
    if not len(shapes):
        return False
    wide = geo.buffer(place, reach_m) if reach_m > 0 else place
    places = np.full(len(shapes), None, dtype=object)
    places[:] = wide
    places, shapes = together(places, shapes)
    return bool(shapely.covers(shapely.union_all(shapes), places[0]))


def _answers(
    sites: Side, areas: Side, code: NDArray[np.int8], start: Times, end: Times, nearest_m: Floats
) -> Answers:
    rows = np.flatnonzero(code != CLEAR)
    nearest = nearest_m[rows]

    def describe(some: Indices) -> list[str]:
        facts = zip(feature_words(sites, rows[some]), code[rows[some]], nearest[some], strict=True)
        return [_sentence(name, int(c), float(near)) for name, c, near in facts]

    return answers_about(
        sites,
        rows,
        [VERDICTS[c] for c in code[rows]],
        describe,
        b=areas,
        distance_m=np.where(np.isfinite(nearest), nearest, np.nan),
        start=start[rows],
        end=end[rows],
    )


def _sentence(name: str, code: int, nearest: float) -> str:
    if code == UNKNOWN:
        return f"Whether {name} is covered by a no-strike area is unknown: its window ends before it starts."
    if code == POSSIBLE:
        return f"{name} may not be wholly covered by a no-strike area: its position is not known well enough."
    if not np.isfinite(nearest):
        return f"{name} is not covered by a no-strike area; there is none within {metres(_LOOK_AROUND_M)}."
    if nearest > 0:
        return f"{name} is not covered by a no-strike area; the nearest is {metres(nearest)} away."
    return f"{name} is covered by a no-strike area only in part, or only for part of the time."


RULE = SiteNotCovered()
