"""A small exercise workspace full of things that must not leave, for the tests of the release gate."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import shapely

from layers import geo
from layers.kinds import spec_of
from layers.model import (
    Feature,
    Kind,
    Layer,
    Mode,
    Source,
    Workspace,
    new_feature,
    new_workspace,
    stable_id,
    table_of,
)
from layers.profiles import Profile, load_profiles
from layers.volume import Window

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>document.documentElement.setAttribute('data-hacked','1')</script>",
    "${7*7} `backticks` ${document.title='hacked'}",
    "{{7*7}} {% for x in [] %} {# note #}",
    "]]> &lt;b&gt; &amp; \u2028 \u202e evil \x07",
    '"><svg onload=alert(2)> \\x3cscript>',
)


def profile(name: str) -> Profile:
    return next(item for item in load_profiles() if item.id == name)


def layer(kind: Kind, features: list[Feature], name: str = "") -> Layer:
    table = table_of(spec_of(kind), features)
    return Layer(id=stable_id(kind, name), kind=kind, name=name or f"Layer of {kind}", table=table)


def workspace(*layers: Layer, mode: Mode = Mode.EXERCISE) -> Workspace:
    return replace(new_workspace("Exercise Amber Lantern", mode, NOW), id="f" * 32, layers=layers)


def site(
    name: str = "Al Noor hospital", lon: float = 36.30012, lat: float = 32.30034, **more: object
) -> Feature:
    more.setdefault("category", "hospital")
    if "feature_id" not in more:
        more["feature_id"] = stable_id("site", name, lon, lat)
    return new_feature(Kind.HUMANITARIAN_SITE, shapely.Point(lon, lat), name=name, **more)


def zone(
    name: str = "OBJECTIVE KESTREL",
    lon: float = 36.4123457,
    lat: float = 32.3765433,
    radius_m: float = 800,
    **more: object,
) -> Feature:
    more.setdefault("category", "firing")
    more.setdefault("feature_id", stable_id("zone", name, lon, lat))
    return new_feature(Kind.MILITARY_ZONE, geo.buffer(shapely.Point(lon, lat), radius_m), name=name, **more)


SECRET_TEXTS = (
    "OBJECTIVE KESTREL",
    "7th Nightjar Battalion",
    "H-hour 0400, breach from the north side of the wadi",
    "breach from the north side",
    "MZ-99017",
    "Major Q. Halloway +999 555 0101",
    "CALLSIGN_PELICAN",
    "kestrel overlay v3.shp",
    "Amber Lantern",
    "Dr. Withheld +999 555 0202",
    "remark that stays at home",
    "HS-LOCAL-4711",
    "Quiet House",
    "Hidden Villa",
    "Directorate of Plans",
    "Convoy Blue Heron",
    "interpreter is a relative of the mayor",
)
"""Planted by `seeded`; none may be in a release for the humanitarian community."""


def seeded() -> Workspace:
    """Return a workspace with secrets in every place where one can hide."""
    day = timedelta(days=1)
    zones = [
        zone(
            source_id="MZ-99017",
            window=Window(NOW - day, NOW + day),
            fields={
                "unit": "7th Nightjar Battalion",
                "contact": "Major Q. Halloway +999 555 0101",
                "remarks": "H-hour 0400, breach from the north side of the wadi",
            },
            attributes={"CS": "CALLSIGN_PELICAN"},
        ),
        zone("OBJECTIVE KESTREL TWO", 36.5111113, 32.2111117, uncertainty_m=250),
    ]
    zones = [replace(item, source="src-mil", source_row=n + 1) for n, item in enumerate(zones)]
    sites = [
        site(
            source_id="HS-LOCAL-4711",
            fields={
                "organisation": "Médecins du Lac",
                "contact": "Dr. Withheld +999 555 0202",
                "remarks": "remark that stays at home",
                "population": 41873,
            },
            attributes={"NOTE": "interpreter is a relative of the mayor"},
        ),
        site("مستشفى الزعتري", 36.32, 32.29),
        site("Quiet House", 36.31, 32.31, category="residence"),
        site("Hidden Villa", 36.33, 32.28, label="internal"),
        *(site(text, 36.2 + n / 50, 32.2, category="school") for n, text in enumerate(HOSTILE)),
    ]
    route = shapely.LineString([(36.1, 32.1), (36.2123451, 32.2), (36.4, 32.3)])
    hazard = new_feature(
        Kind.HAZARD,
        shapely.box(36.25, 32.25, 36.26, 32.26),
        name="Old mines",
        category="mines",
        feature_id="hz1",
    )
    movement = new_feature(
        Kind.MOVEMENT, route, name="Convoy Blue Heron", category="convoy", feature_id="mv1"
    )
    liaison = new_feature(
        Kind.LIAISON, shapely.Point(36.3, 32.2), name="Directorate of Plans", feature_id="ln1"
    )
    result = workspace(
        layer(Kind.HUMANITARIAN_SITE, sites),
        layer(Kind.MILITARY_ZONE, zones, "Kestrel phase lines"),
        layer(Kind.HAZARD, [hazard]),
        layer(Kind.MOVEMENT, [movement]),
        layer(Kind.LIAISON, [liaison]),
    )
    return replace(result, sources=(_source("src-mil", "kestrel overlay v3.shp", "Directorate of Plans"),))


def _source(source_id: str, file: str, partner: str) -> Source:
    return Source(
        id=source_id,
        file=file,
        sha256="0" * 64,
        partner=partner,
        imported_at=NOW,
        format="shapefile",
        crs="EPSG:32637",
        crs_how="stated",
        encoding="UTF-8",
        encoding_how="stated",
        rows=2,
        imported=2,
    )
