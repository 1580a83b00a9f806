"""The exercise holds conflicts of the rules it was written for, and leaves most features clear."""

from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest

from layers.checks import Report, check
from layers.findings import Verdict
from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, Workspace, new_feature, table_of
from layers.rules import RULES
from layers.volume import Window
from resources.build.make_samples import SEED
from resources.build.sample_cast import Story
from resources.build.sample_layout import Thing, to_lon_lat
from resources.build.sample_story import tell

TOLD = (
    "zone_overlaps_no_strike_area",
    "site_inside_zone",
    "zone_within_standoff_of_site",
    "site_not_covered_by_no_strike_area",
    "movement_crosses_zone",
    "project_in_no_strike_area",
    "project_near_site",
    "hazard_on_movement",
)
"""Rules that the story was written for; others find what happens to be there."""

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    return datetime.fromisoformat(text.replace("Z", "+00:00") if "T" in text else f"{text}T00:00:00+00:00")


def _layer(kind: Kind, things: list[Thing], start: str = "from", end: str = "to") -> Layer:
    features = [
        new_feature(
            kind,
            to_lon_lat(thing.geometry),
            feature_id=f"{kind}{i}",
            window=Window(_time(thing.facts.get(start)), _time(thing.facts.get(end))),
            uncertainty_m=thing.facts.get("uncertainty_m") or 0.0,
            fields={
                "standoff_m": thing.facts.get("standoff_m"),
                "status": str(thing.facts.get("status", "")).lower(),
            },
        )
        for i, thing in enumerate(things)
    ]
    return Layer(kind, kind, kind, table_of(spec_of(kind), features))


@pytest.fixture(scope="module")
def story() -> Story:
    return tell(Random(SEED))


@pytest.fixture(scope="module")
def report(story: Story) -> Report:
    layers = (
        _layer(Kind.HUMANITARIAN_SITE, story.sites),
        _layer(Kind.NO_STRIKE_AREA, story.areas),
        _layer(Kind.MILITARY_ZONE, story.zones),
        _layer(Kind.PROJECT, story.projects, "start", "end"),
        _layer(Kind.MOVEMENT, story.movements, "depart", "arrive"),
        _layer(Kind.HAZARD, story.hazards),
    )
    return check(Workspace("x", "EXERCISE", Mode.EXERCISE, NOW, layers=layers), now=NOW)


@pytest.mark.parametrize("rule", TOLD)
def test_every_rule_of_the_story_finds_some_conflicts(report: Report, rule: str) -> None:
    assert sum(finding.rule == rule for finding in report.findings) >= 8


def test_no_rule_drowns_the_others(report: Report) -> None:
    found = Counter(finding.rule for finding in report.findings)
    assert {rule.id: found[rule.id] for rule in RULES if found[rule.id] > 30} == {}


def test_uncertainty_makes_some_findings_only_possible(report: Report) -> None:
    possible = Counter(f.rule for f in report.findings if f.verdict is Verdict.POSSIBLE)
    assert set(possible) >= {"site_inside_zone", "zone_within_standoff_of_site", "hazard_on_movement"}


def test_sites_keep_their_own_stand_off(story: Story, report: Report) -> None:
    near = {
        subject.id
        for finding in report.findings
        if finding.rule == "zone_within_standoff_of_site"
        for subject in finding.subjects
    }
    by_own = {
        f"{Kind.HUMANITARIAN_SITE}{i}": site.facts["standoff_m"]
        for i, site in enumerate(story.sites)
        if site.facts["standoff_m"]
    }
    assert {by_own[key] for key in near & set(by_own)} == {1000.0}
    assert sorted(by_own.values()) == [200.0, 1000.0]


def test_most_features_are_clear(story: Story, report: Report) -> None:
    named = {subject.id for finding in report.findings for subject in finding.subjects}
    assert sum(key.startswith(Kind.HUMANITARIAN_SITE) for key in named) < 0.2 * len(story.sites)
    assert sum(key.startswith(Kind.MILITARY_ZONE) for key in named) < 0.6 * len(story.zones)


def test_everything_lies_in_the_area_of_operations(story: Story) -> None:
    groups = (story.sites, story.areas, story.zones, story.projects, story.movements, story.hazards)
    assert all(story.ground.outline.contains(thing.geometry) for group in groups for thing in group)


def test_zones_carry_secrets_and_areas_name_their_sites(story: Story) -> None:
    assert all(zone.facts["unit"] and zone.facts["remarks"] and zone.facts["contact"] for zone in story.zones)
    known = {site.facts["id"] for site in story.sites}
    for area in story.areas:
        assert set(area.facts["sites"].split("; ")) <= known


def test_telephone_numbers_cannot_exist(story: Story) -> None:
    for group in (story.sites, story.areas, story.zones, story.projects, story.movements):
        assert all("+000 555 " in thing.facts["contact"] for thing in group)
