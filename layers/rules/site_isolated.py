"""A humanitarian site can no longer be reached by road.

Question
    Are all roads from any humanitarian site to the rest of the road network cut at the same time?
Method
    The roads of the reference data are joined where they share a vertex, or where one ends within the
    tolerated gap of another. Closed roads are taken out as a whole; of a road that a hazard of any kind
    touches or nearly touches, the segments there, of some 400 m at most. A site is isolated when none of
    the roads within the set distance of it leads to the largest part that is left of the network it was
    connected to, or where that is less than the set share of what it was. Closures and hazards count for
    their own times: the first span, not yet over, in which the site is isolated is reported. Distances
    are measured on the WGS 84 ellipsoid. Where only the uncertainty of a hazard's position cuts the last
    road, the finding is possible. A finding about a hospital, health facility, school or camp ranks one
    step higher.
Assumptions
    Stored edges are straight in longitude/latitude. A missing start means already, a missing end until
    further notice. Roads that are restricted, or whose status is not stated, can be used. Roads that cross
    between vertices, as at a bridge, are not connected. A site is where its position says, however well
    that is known.
Limits
    The answer is as good as the roads that are loaded. A site without a road within the distance: unknown.
    Where it depends on a road whose status is none of open, restricted and closed, or on a window that ends
    before it starts: unknown. Where a cut parts the network in halves, all sites of the smaller half are
    reported. Features without a usable position, and roads that are points, are listed as not compared.
Source
    Practice of logistics coordination (access constraint maps). The distances are placeholders of this
    program; to be set by the operation.
Example
    A village clinic whose only road lost its bridge is a conflict until the bridge is repaired.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.answers import Answers
from layers.checks import Locality, Parameter, Terms
from layers.findings import Severity, Verdict
from layers.kinds.humanitarian_site import CROWDED
from layers.model import Kind
from layers.road_network import Islands, Network, network_of
from layers.scene import Pairs, Scene
from layers.sides import Indices, Selection, Side
from layers.single import answers_about
from layers.volume import FAR_FUTURE, FAR_PAST, Times, closed, opened, reversed_windows, to_column
from layers.words import feature_words, metres

Rows = NDArray[np.intp]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_MANUAL = __doc__ or ""
_HAZARDS = Selection((Kind.HAZARD,))
_BACKWARDS = "its window ends before it starts"
_STATES = ("", "open", "restricted", "closed")


@dataclass(frozen=True, eq=False)
class _Cuts:
    """Pieces of road that are cut, from when to when, and the doubt: 0 none, 1 possible, 2 unknown."""

    piece: Rows
    start: Times
    end: Times
    doubt: NDArray[np.int64]

    def up_to(self, doubt: int) -> "_Cuts":
        """Return the cuts that are at least this sure."""
        some = self.doubt <= doubt
        return _Cuts(self.piece[some], self.start[some], self.end[some], self.doubt[some])


@dataclass(frozen=True, slots=True)
class _Isolated:
    verdict: Verdict
    start: np.datetime64
    end: np.datetime64
    why: str = ""


def _are_points(side: Side) -> Mask:
    return np.asarray(shapely.get_dimensions(side.geometry) == 0)


class SiteIsolated:
    """See the module's page."""

    id = "site_isolated"
    title = "Site cut off by road"
    question = "Are all roads from a humanitarian site to the rest of the road network cut?"
    severity = Severity.HIGH
    action = (
        "Have one road opened or cleared first, or plan access by air or on foot; tell the contact of the "
        "site and those who plan movements there."
    )
    parameters = (
        Parameter("road_m", "Distance to roads", 2_000.0, "m", 1.0, 50_000.0, placeholder=True),
        Parameter(
            "hazard_m", "Distance at which a hazard cuts a road", 10.0, "m", 0.0, 1_000.0, placeholder=True
        ),
        Parameter("rest_pct", "Part of the network to reach", 10.0, "%", 0.0, 100.0, placeholder=True),
        Parameter("gap_m", "Gap between joined roads", 10.0, "m", 0.0, 500.0),
    )
    a = Selection((Kind.HUMANITARIAN_SITE,))
    b = Selection(
        (Kind.REFERENCE,), categories=("road",), left_out=((_are_points, "a point is no road to travel on"),)
    )
    locality = Locality.FIRST  # a cut anywhere may matter, another site does not
    same = False
    without_b = ""
    others = (Kind.HAZARD,)
    manual = _MANUAL

    def around_m(self, values: Mapping[str, float]) -> float:
        """Say how far roads matter: at any distance."""
        return np.inf

    def evaluate(self, scene: Scene, a: Side, b: Side | None, terms: Terms) -> Answers:
        """Look from every site for a way to the rest of its network."""
        sites, roads = a, b if b is not None else scene.select(self.b)
        if not len(roads) or not len(sites):
            return _answers(sites, roads, {})
        # What is indexed here serves this question only, so it goes into a scene that goes with it.
        scratch = Scene(scene.workspace)
        network, cuts = _network(scratch, roads, scene.select(_HAZARDS), terms)
        share = terms.values["rest_pct"] / 100.0
        access = _access(scratch, sites, network, cuts, terms.values["road_m"], share)
        why = f"no road that is loaded lies within {metres(terms.values['road_m'])}"
        far = _far(scratch, sites, network.pieces, terms.values["road_m"])
        found = {int(site): _Isolated(Verdict.UNKNOWN, FAR_PAST, FAR_FUTURE, why) for site in far}
        for doubt, verdict in enumerate((Verdict.CONFLICT, Verdict.POSSIBLE, Verdict.UNKNOWN)):
            spans = _isolated(network, cuts.up_to(doubt), access, len(sites), share)
            for site, span in _within_sites(sites, spans, to_column(terms.as_of)).items():
                found.setdefault(site, _Isolated(verdict, *span))
        return _answers(sites, roads, dict(sorted(found.items())))


def _network(scene: Scene, roads: Side, hazards: Side, terms: Terms) -> tuple[Network, _Cuts]:
    """Return the network of the roads, fine where hazards touch it, and what cuts it."""
    reach = terms.values["hazard_m"]
    touched = np.zeros(len(roads), dtype=bool)
    touched[scene.near(hazards, roads, reach + hazards.uncertainty_m, roads.uncertainty_m).b] = True
    network = network_of(scene, roads, touched, terms.values["gap_m"])
    pieces = network.pieces
    pairs = scene.near(hazards, pieces, reach + hazards.uncertainty_m, pieces.uncertainty_m)
    pairs = pairs.take(touched[network.road[pairs.b]])
    status = roads.texts("status")[network.road]
    shut = np.flatnonzero((status == "closed") | ~np.isin(status, _STATES))
    doubt_shut = np.where(status[shut] == "closed", 0, 2)
    doubt_hit = np.where(pairs.distance_m <= reach, 0, 1)
    start = np.r_[pieces.valid_from[shut], hazards.valid_from[pairs.a]]
    end = np.r_[pieces.valid_to[shut], hazards.valid_to[pairs.a]]
    backwards = reversed_windows(start, end)
    start, end = (np.where(backwards, np.datetime64("NaT"), column) for column in (start, end))
    return network, _Cuts(
        np.r_[shut, pairs.b],
        *closed(start, end),
        np.where(backwards, 2, np.r_[doubt_shut, doubt_hit]),
    )


def _access(
    scene: Scene, sites: Side, network: Network, cuts: _Cuts, road_m: float, least_share: float
) -> Pairs:
    """Return the sites that may be isolated at any time, with the pieces of road they have access to."""
    gone = np.zeros(len(network.road), dtype=bool)
    gone[cuts.piece] = True
    lost = np.flatnonzero(~_always_reached(Islands(network, gone), gone, least_share))
    beside = np.unique(scene.near(sites, network.pieces.take(lost), road_m, 0.0).a)
    pairs = scene.near(sites.take(beside), network.pieces, road_m, 0.0)
    return replace(pairs, a=beside[pairs.a])


def _always_reached(islands: Islands, may_go: Mask, least_share: float) -> Mask:
    """Return the pieces that lead to the rest whichever of the cuts hold.

    What is left when all of them hold is the largest part under any fewer if it is half of the network.
    """
    return islands.reached(may_go, max(least_share, 0.5))


def _far(scene: Scene, sites: Side, pieces: Side, road_m: float) -> Rows:
    """Return the sites without any road within the distance."""
    # Most have one so near in degrees that there is nothing to measure: no degree is longer than 112 km.
    points = shapely.STRtree(shapely.point_on_surface(sites.geometry))
    near = points.query(pieces.geometry, predicate="dwithin", distance=road_m / 112_000.0)[1]
    rest = np.setdiff1d(np.arange(len(sites)), near)
    found = scene.near(sites.take(rest), pieces, road_m, 0.0).a
    return np.delete(rest, np.unique(found))


def _isolated(
    network: Network, cuts: _Cuts, access: Pairs, count: int, least_share: float
) -> dict[int, list[tuple[np.datetime64, np.datetime64]]]:
    """Return the spans in which sites are isolated, by site."""
    may_go = np.zeros(len(network.road), dtype=bool)
    may_go[cuts.piece] = True
    islands = Islands(network, may_go)
    home = _homes(islands, network, access, count)
    access = access.take(islands.home[access.b] == home[access.a])
    lost = _lost(_always_reached(islands, may_go, least_share), access, count)
    access = access.take(lost[access.a])
    spans: dict[int, list[tuple[np.datetime64, np.datetime64]]] = {}
    moments = np.unique(np.r_[FAR_PAST, FAR_FUTURE, cuts.start, cuts.end]) if lost.any() else cuts.start[:0]
    was, since = np.zeros(count, dtype=bool), np.full(count, FAR_PAST)
    for begin, finish in itertools.pairwise(moments):
        gone = np.zeros_like(may_go)
        gone[cuts.piece[(cuts.start <= begin) & (cuts.end >= finish)]] = True
        isolated = _lost(islands.reached(gone, least_share), access, count)
        for site in np.flatnonzero(was & ~isolated):
            spans.setdefault(int(site), []).append((since[site], begin))
        since[isolated & ~was] = begin
        was = isolated
    for site in np.flatnonzero(was):
        spans.setdefault(int(site), []).append((since[site], FAR_FUTURE))
    return spans


def _homes(islands: Islands, network: Network, access: Pairs, count: int) -> Rows:
    """Return the longest network, before any cut, that each site has access to; -1 without."""
    length = np.bincount(islands.home, weights=network.length_m)
    order = np.lexsort((length[islands.home[access.b]], access.a))
    home = np.full(count, -1, dtype=np.intp)
    home[access.a[order]] = islands.home[access.b[order]]  # the last one assigned to each is the longest
    return home


def _lost(reached: Mask, access: Pairs, count: int) -> Mask:
    """Mark the sites that have access to roads, but to none of those from which the rest is reached."""
    lost = np.zeros(count, dtype=bool)
    lost[access.a] = True
    lost[access.a[reached[access.b]]] = False
    return lost


def _within_sites(
    sites: Side, spans: dict[int, list[tuple[np.datetime64, np.datetime64]]], as_of: np.datetime64
) -> dict[int, tuple[np.datetime64, np.datetime64]]:
    """Return for each site the first span within its window, not over by `as_of` if there is one."""
    found: dict[int, tuple[np.datetime64, np.datetime64]] = {}
    for site, of_site in spans.items():
        start, end = sites.valid_from[site], sites.valid_to[site]
        start, end = FAR_PAST if np.isnat(start) else start, FAR_FUTURE if np.isnat(end) else end
        if end <= start:
            found[site] = FAR_PAST, FAR_FUTURE
            continue
        shared = [(max(a, start), min(b, end)) for a, b in of_site if a < end and b > start]
        if shared:
            found[site] = next((span for span in shared if span[1] > as_of), shared[0])
    return found


def _answers(sites: Side, roads: Side, found: dict[int, _Isolated]) -> Answers:
    rows = np.array(list(found), dtype=np.intp)
    backwards = reversed_windows(sites.valid_from, sites.valid_to)
    verdicts = [Verdict.UNKNOWN if backwards[site] else isolated.verdict for site, isolated in found.items()]

    def describe(some: Indices) -> list[str]:
        names = feature_words(sites, rows[some])
        return [
            _sentence(name, verdicts[i], found[site].why or (_BACKWARDS if backwards[site] else ""))
            for name, i, site in zip(names, some.tolist(), rows[some].tolist(), strict=True)
        ]

    start = np.array([isolated.start for isolated in found.values()], dtype="datetime64[us]")
    end = np.array([isolated.end for isolated in found.values()], dtype="datetime64[us]")
    start, end = opened(start, end)
    return answers_about(
        sites,
        rows,
        verdicts,
        describe,
        b=roads,
        start=start,
        end=end,
        raised=np.isin(sites.texts("category")[rows], CROWDED),
    )


def _sentence(name: str, verdict: Verdict, why: str) -> str:
    if verdict is Verdict.CONFLICT:
        return f"{name} is cut off: all its roads to the rest of the network are closed or cut by hazards."
    if verdict is Verdict.POSSIBLE:
        return (
            f"{name} may be cut off: a hazard whose position is not known well enough lies by its last road."
        )
    why = (
        why or "it depends on a road whose status is none of those in use, or on a window that ends too early"
    )
    return f"Whether {name} can be reached by road is unknown: {why}."


RULE = SiteIsolated()
