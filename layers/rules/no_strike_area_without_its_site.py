"""A no-strike area no longer contains the site it was drawn for, or the margin around it.

Question
    Does every no-strike area that names its site contain that site, with the area's margin around it, while
    both hold?
Method
    The site is looked up by the partner's id, or by the id it has here; an area may name several, separated
    by semicolons. It is worked out whether the area covers each site, without rounding, and the shortest
    distance from the site to the rim of the area is measured on the WGS 84 ellipsoid, to within 1 cm. A
    distance of exactly the margin is enough. Where only the uncertainty of the site or the outline reaches
    past the rim, the finding is possible. A finding about a hospital, health facility, school or camp ranks
    one step higher.
Assumptions
    Stored edges are straight in longitude/latitude. A missing start means already, a missing end until
    further notice. Circles are drawn as polygons whose sides run a little inside them: the margin may be
    short by the set share of itself.
Limits
    Areas that name no site are no part of the question; whether every site has an area is another rule. A
    site that is not loaded or has no usable position: unknown. So it is where several sites have the same
    id and only some of them lie in the area. Where no site is loaded at all, the rule is blocked.
Source
    Practice of no-strike lists: the list and the coordinates must match (Kunduz 2015). SIGAR on Afghan
    clinics: positions are corrected later, by kilometres.
Example
    The coordinates of a clinic are corrected by 800 m; its area of 500 m around the old place is a conflict.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.answers import Answers
from layers.checks import NamingRule, Parameter, Terms
from layers.conditions import Held, shared_times
from layers.findings import Severity, Verdict
from layers.kinds.humanitarian_site import CROWDED
from layers.meeting import rims_of, together
from layers.model import Kind, Layer, text_column
from layers.scene import Scene
from layers.sides import Indices, Selection, Side, coded
from layers.single import CLEAR, CONFLICT, POSSIBLE, UNKNOWN, answers_about
from layers.volume import Overlap
from layers.words import feature_words, metres

Rows = NDArray[np.intp]
Floats = NDArray[np.float64]
Codes = NDArray[np.int8]
Objects = NDArray[np.object_]

_MANUAL = __doc__ or ""
_LOOK_AROUND_M = 5_000.0
_VERDICTS = {CONFLICT: Verdict.CONFLICT, POSSIBLE: Verdict.POSSIBLE, UNKNOWN: Verdict.UNKNOWN}
_RANK = np.array([3, 1, 2, 0])  # of CONFLICT, POSSIBLE, UNKNOWN, CLEAR: of several sites, the worst counts


def _names_a_site(layer: Layer) -> NDArray[np.bool_]:
    named = layer.table.fields.get("site_id")
    return np.zeros(len(layer.table), bool) if named is None else np.asarray(named != "", dtype=bool)


class AreaWithoutItsSite(NamingRule):
    """See the module's page."""

    id = "no_strike_area_without_its_site"
    title = "No-strike area off its site"
    question = "Does every no-strike area still contain the site it was drawn for, with its margin?"
    severity = Severity.HIGH
    action = (
        "Find out which position is right; ask the issuing headquarters to move or extend the no-strike "
        "area so that it contains the site, and treat the site as protected where it is until then."
    )
    parameters = (Parameter("short_pct", "Shortfall of the margin", 5.0, "%", 0.0, 50.0),)
    a = Selection((Kind.NO_STRIKE_AREA,), also=_names_a_site)
    b = Selection((Kind.HUMANITARIAN_SITE,), anywhere=True)
    same = False
    others: tuple[Kind, ...] = ()
    without_b = "No humanitarian site is loaded, so the sites of the areas cannot be found."
    manual = _MANUAL

    def around_m(self, values: Mapping[str, float]) -> float:
        """Say how far sites matter: at any distance."""
        return np.inf

    def named_by(self, a: Side) -> Sequence[Collection[str]]:
        """Return the ids that each area names, and its whole text, which may be one."""
        return [(text, *_ids_in(text)) for text in a.texts("site_id").tolist()]

    def known_as(self, b: Side) -> Sequence[Collection[str]]:
        """Return the partner's id of each site, and ours."""
        return list(zip(b.texts("source_id").tolist(), b.texts("id").tolist(), strict=True))

    def evaluate(self, scene: Scene, a: Side, b: Side | None, terms: Terms) -> Answers:
        """Look at every area and the sites that it names."""
        areas, sites = a, b if b is not None else scene.select(self.b)
        named = _named(areas, sites)
        places = _places(scene, areas, sites, named)
        held = shared_times(areas, named.area, sites, np.maximum(named.site, 0), terms)
        code = _codes(areas, sites, named, places, held, 1 - terms.values["short_pct"] / 100.0)
        worst = _worst_of_each(named, code)
        worst = worst[code[worst] != CLEAR]
        rows, site = named.area[worst], named.site[worst]

        def describe(some: Indices) -> list[str]:
            told, of = worst[some], site[some]
            words = feature_words(sites, np.maximum(of, 0))
            about = [w if s >= 0 else f"“{t}”" for w, s, t in zip(words, of, named.text[told], strict=True)]
            facts = zip(feature_words(areas, rows[some]), about, code[told], told, strict=True)
            margin = areas.numbers("margin_m")
            return [
                _sentence(area, who, int(c), float(margin[named.area[k]]), places, int(k), named, held)
                for area, who, c, k in facts
            ]

        found, outside_m = site >= 0, places.outside_m[worst]
        return answers_about(
            areas,
            rows,
            [_VERDICTS[int(c)] for c in code[worst]],
            describe,
            b=sites,
            distance_m=np.where(np.isfinite(outside_m), outside_m, np.nan),
            required_m=areas.numbers("margin_m")[rows],
            start=np.where(found, held.start[worst], areas.valid_from[rows]),
            end=np.where(found, held.end[worst], areas.valid_to[rows]),
            raised=found & np.isin(sites.texts("category")[np.maximum(site, 0)], CROWDED),
        )


@dataclass(frozen=True, eq=False)
class _Named:
    """Areas and the sites they name, one row for each: -1 where no site has the id, which is `text`."""

    area: Rows
    site: Rows
    text: NDArray[np.object_]


def _ids_in(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(";") if part.strip())) or (text,)


def _named(areas: Side, sites: Side) -> _Named:
    by_id: dict[str, list[int]] = {}
    for column in (sites.texts("source_id"), sites.texts("id")):
        for row, text in enumerate(column):
            if text and row not in by_id.setdefault(text, []):
                by_id[text].append(row)
    rows = [
        (area, site, text)
        for area, named in enumerate(areas.texts("site_id"))
        for text in ((named,) if named in by_id else _ids_in(named))
        for site in by_id.get(text, [-1])
    ]
    area, site, text = zip(*rows, strict=True) if rows else ((), (), ())
    return _Named(np.array(area, np.intp), np.array(site, np.intp), text_column(text))


@dataclass(frozen=True, eq=False)
class _Places:
    """Where the named sites lie: in the area, how far from its rim inside, and how far outside.

    Distances are inf where they are more than was looked for; `usable` marks sites with a usable position.
    """

    usable: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    rim_m: Floats
    outside_m: Floats


def _places(scene: Scene, areas: Side, sites: Side, named: _Named) -> _Places:
    count = len(named.area)
    usable = (named.site >= 0) & (sites.texts("unusable")[np.maximum(named.site, 0)] == "")
    inside, rim_m, outside_m = np.zeros(count, bool), np.full(count, np.inf), np.full(count, np.nan)
    k = np.flatnonzero(usable)
    if not len(k):
        return _Places(usable, inside, rim_m, outside_m)
    inside[k] = shapely.covers(*together(areas.geometry[named.area[k]], sites.geometry[named.site[k]]))
    # What is indexed here serves this question only, so it goes into a scene that goes with it.
    scene = Scene(scene.workspace)
    rims = areas.with_columns(geometry=rims_of(areas.geometry))
    margin = np.nan_to_num(areas.numbers("margin_m"))
    rim_m[k] = _distances(scene, rims, sites, named, k[inside[k]], margin + areas.uncertainty_m)[k]
    reach = np.full(len(areas), _LOOK_AROUND_M)
    outside_m[:] = np.where(inside, 0.0, _distances(scene, areas, sites, named, k[~inside[k]], reach))
    return _Places(usable, inside, rim_m, outside_m)


def _distances(scene: Scene, shapes: Side, sites: Side, named: _Named, k: Rows, reach_m: Floats) -> Floats:
    """Return the distances of some named pairs, in metres; inf for others, and beyond reach."""
    result = np.full(len(named.area), np.inf)
    of_area, of_site = np.unique(named.area[k]), np.unique(named.site[k])
    some, others = shapes.take(of_area), sites.take(of_site)
    pairs = scene.near(some, others, reach_m[of_area], others.uncertainty_m)
    stride = len(sites)
    keys = of_area[pairs.a] * stride + of_site[pairs.b]
    order = np.argsort(keys)
    wanted = named.area[k] * stride + named.site[k]
    at = np.minimum(np.searchsorted(keys[order], wanted), max(len(keys) - 1, 0))
    if len(keys):
        hit = keys[order][at] == wanted
        result[k[hit]] = pairs.distance_m[order][at[hit]]
    return result


def _codes(areas: Side, sites: Side, named: _Named, places: _Places, held: Held, part: float) -> Codes:
    """Judge every area with every site that it names; `part` is the share of the margin that is enough."""
    margin = np.nan_to_num(areas.numbers("margin_m"))[named.area]
    uncertain = areas.uncertainty_m[named.area] + sites.uncertainty_m[np.maximum(named.site, 0)]
    code = np.full(len(named.area), CLEAR, dtype=np.int8)
    code[(uncertain > 0) & (places.rim_m < uncertain)] = POSSIBLE
    code[~places.inside | (places.rim_m < margin * part)] = CONFLICT
    code[held.code == Overlap.NO.value] = CLEAR
    code[(held.code == Overlap.UNKNOWN.value) | ~places.usable] = UNKNOWN
    return _where_ids_agree(named, code)


def _where_ids_agree(named: _Named, code: Codes) -> Codes:
    """Return that nothing is known where several sites have one id, and only some of them lie in the area."""
    texts = coded(named.text)[1]
    _, group = np.unique(named.area * (len(texts) + 1) + texts, return_inverse=True)
    clear = np.bincount(group, weights=code == CLEAR)[group]
    mixed = (clear > 0) & (clear < np.bincount(group)[group])
    return np.where(mixed, np.int8(UNKNOWN), code).astype(np.int8)


def _worst_of_each(named: _Named, code: Codes) -> Rows:
    """Return for each area the named site that is worst off."""
    order = np.lexsort((-_RANK[code], named.area))
    first = np.r_[True, np.diff(named.area[order]) > 0][: len(order)]
    return np.asarray(order[first], dtype=np.intp)


def _sentence(
    area: str, site: str, code: int, margin: float, places: _Places, k: int, named: _Named, held: Held
) -> str:
    if code == POSSIBLE:
        return f"{area} contains {site}, but the position is not known well enough to be sure."
    if code == UNKNOWN:
        return f"Whether {area} contains its site {site} is unknown: {_reason(places, k, named, held)}"
    if places.inside[k]:
        return f"{area} leaves only {metres(places.rim_m[k])} around {site}; its margin is {metres(margin)}."
    if places.outside_m[k] > 0:
        far = metres(places.outside_m[k] if np.isfinite(places.outside_m[k]) else _LOOK_AROUND_M)
        more = "" if np.isfinite(places.outside_m[k]) else "more than "
        return f"{area} does not contain its site {site}, which lies {more}{far} outside."
    return f"{area} does not wholly contain its site {site}."


def _reason(places: _Places, k: int, named: _Named, held: Held) -> str:
    if named.site[k] < 0:
        return "no site with this id is loaded."
    if not places.usable[k]:
        return "the site has no usable position."
    if held.code[k] == Overlap.UNKNOWN.value:
        return str(held.why[k])
    return "several sites have this id, and not all of them lie in it."


RULE = AreaWithoutItsSite()
