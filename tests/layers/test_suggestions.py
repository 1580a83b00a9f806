from datetime import UTC, datetime, timedelta

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from layers import checks, decisions
from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, new_feature, new_workspace, table_of
from layers.recheck import Kept
from layers.suggestions import CHANGEABLE, Change, applied, duration_words, suggestions
from layers.volume import Window

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
HERE = (25.6, 42.4)
GEOD = pyproj.Geod(ellps="WGS84")


def at(east_m, north_m):
    lon, _, _ = GEOD.fwd(*HERE, 90.0, east_m)
    return GEOD.fwd(lon, HERE[1], 0.0, north_m)[:2]


def square(west_m, south_m, side_m=1_000.0):
    east_m, north_m = west_m + side_m, south_m + side_m
    corners = [
        at(x, y) for x, y in ((west_m, south_m), (east_m, south_m), (east_m, north_m), (west_m, north_m))
    ]
    return shapely.Polygon(corners)


def site(name="Clinic", where=(0.0, 0.0), **more):
    return new_feature(Kind.HUMANITARIAN_SITE, shapely.Point(at(*where)), feature_id=name, name=name,
                       category="warehouse", **more)  # fmt: skip


def zone(geometry, name="Range", **more):
    return new_feature(Kind.MILITARY_ZONE, geometry, feature_id=name, name=name, category="firing", **more)


def convoy(*corners, **more):
    line = shapely.LineString([at(*corner) for corner in corners])
    return new_feature(Kind.MOVEMENT, line, feature_id="Convoy", name="Convoy", category="convoy", **more)


def workspace_of(*features):
    workspace = new_workspace("Here", Mode.EXERCISE, NOW)
    for kind in dict.fromkeys(f.kind for f in features):
        some = [f for f in features if f.kind is kind]
        workspace = workspace.with_layer(Layer(kind, kind, kind, table_of(spec_of(kind), some)))
    return workspace


def found(workspace, rule):
    return next(f for f in checks.check(workspace, now=NOW).findings if f.rule == rule)


def suggested(workspace, rule):
    result = suggestions(Kept(workspace), workspace, found(workspace, rule), now=NOW)
    assert result.is_complete
    return result.found


def by(all_of_them, change):
    return [s for s in all_of_them if s.change is change]


def keys_after(workspace, suggestion):
    """Return the keys of findings about pairs that a check finds once a suggestion is applied."""
    findings = checks.check(applied(workspace, suggestion), now=NOW).findings
    return {f.key for f in findings if len(f.subjects) == 2}


def pairs(findings):
    return [f for f in findings if len(f.subjects) == 2]


def test_a_zone_400_m_away_that_must_keep_500_m_is_shifted_by_100_m():
    workspace = workspace_of(site(), zone(square(400.0, -500.0)))
    (shift,) = by(suggested(workspace, "zone_within_standoff_of_site"), Change.SHIFT)
    assert shift.amount == pytest.approx(100.0, abs=1.0)
    assert shift.direction_deg == pytest.approx(90.0, abs=8.0)
    assert shift.sentence == "Shift Firing area “Range” by 100 m to the east."
    assert pairs((*shift.check.about, *shift.check.created)) == []
    assert not keys_after(workspace, shift)


def test_it_is_shrunken_by_100_m_as_well():
    workspace = workspace_of(site(), zone(square(400.0, -500.0)))
    (shrink,) = by(suggested(workspace, "zone_within_standoff_of_site"), Change.SHRINK)
    assert shrink.amount == pytest.approx(100.0, abs=1.0)
    assert not keys_after(workspace, shrink)


def test_the_uncertainty_of_a_position_makes_the_shift_longer():
    workspace = workspace_of(site(uncertainty_m=60.0), zone(square(400.0, -500.0)))
    (shift,) = by(suggested(workspace, "zone_within_standoff_of_site"), Change.SHIFT)
    assert shift.amount == pytest.approx(160.0, abs=1.0)


def test_a_shift_does_not_run_into_another_site():
    sites = [site(), site("School", (2_000.0, 0.0))]  # to the east there is no room for both
    workspace = workspace_of(*sites, zone(square(400.0, -500.0)))
    (shift, *_) = by(suggested(workspace, "zone_within_standoff_of_site"), Change.SHIFT)
    assert not keys_after(workspace, shift)
    assert shift.amount > 300.0


def test_a_movement_goes_earlier_or_later_by_exactly_the_overlap():
    active = Window(NOW, NOW + timedelta(hours=4))
    # With 60 minutes of slack the convoy may be there until 12:30 minus nothing: it starts an hour too early.
    due = Window(NOW + timedelta(hours=4, minutes=15), NOW + timedelta(hours=6))
    workspace = workspace_of(
        zone(square(-500.0, -500.0), window=active), convoy((-3_000, 0), (3_000, 0), window=due)
    )
    (later,) = by(suggested(workspace, "movement_crosses_zone"), Change.TIME)
    assert later.amount == 45 * 60
    assert later.sentence == "Let Convoy “Convoy” go 45 min later."
    assert later.feature.window.start == due.start + timedelta(minutes=45)
    assert not any(key.startswith("movement") for key in keys_after(workspace, later))


def test_a_movement_is_not_sent_into_the_past():
    # It would be clear 30 minutes earlier, before now, so it must wait until the zone is over.
    due = Window(NOW + timedelta(minutes=10), NOW + timedelta(hours=3))
    active = Window(NOW + timedelta(hours=3, minutes=30), NOW + timedelta(hours=9))
    workspace = workspace_of(
        zone(square(-500.0, -500.0), window=active), convoy((-3_000, 0), (3_000, 0), window=due)
    )
    (later,) = by(suggested(workspace, "movement_crosses_zone"), Change.TIME)
    assert later.amount == (9 * 60 + 60 - 10) * 60
    assert later.feature.window.start > NOW


def test_a_movement_without_a_start_is_not_over_before_it_is_changed():
    until = Window(None, NOW + timedelta(hours=5))
    firing = zone(square(-500.0, -500.0), window=Window(NOW - timedelta(hours=2)))
    workspace = workspace_of(convoy((-3_000.0, 0.0), (3_000.0, 0.0), window=until), firing)
    assert by(suggested(workspace, "movement_crosses_zone"), Change.TIME) == []


def test_nothing_is_suggested_for_what_is_over():
    window = Window(NOW - timedelta(hours=30), NOW - timedelta(hours=25))
    firing = zone(square(-500.0, -500.0), window=Window(NOW - timedelta(hours=40), None))
    workspace = workspace_of(convoy((-3_000.0, 0.0), (3_000.0, 0.0), window=window), firing)
    finding = found(workspace, "movement_crosses_zone")
    result = suggestions(Kept(workspace), workspace, finding, now=NOW)
    assert (result.found, result.was_tried) == ((), False)
    assert result.not_tried == ("This was over on 30 November 2026 08:00 UTC: nothing is left to change.",)


def test_of_two_projects_that_do_the_same_the_civil_one_stays():
    def project(name, east_m, actor):
        where = shapely.Point(at(east_m, 0.0))
        fields = {"actor": actor, "sector": "wash"}
        return new_feature(Kind.PROJECT, where, feature_id=name, name=name, category="water", fields=fields)

    workspace = workspace_of(project("Relief well", 0.0, "civil"), project("Own well", 500.0, "cimic"))
    finding = found(workspace, "duplicate_projects")
    result = suggestions(Kept(workspace), workspace, finding, now=NOW)
    assert {s.feature.name for s in result.found} == {"Own well"}
    assert "“Relief well” was left alone: of two projects" in result.not_tried[0]


def test_a_movement_is_led_around_by_a_route_that_keeps_its_corridor():
    workspace = workspace_of(zone(square(-500.0, -700.0)), convoy((-3_000, 0), (3_000, 0)))
    (detour,) = by(suggested(workspace, "movement_crosses_zone"), Change.DETOUR)
    # Tangents to the circles of 250 m about the near corners, 2505.5 m each, arcs of 54.7 m, and the side.
    assert detour.amount == pytest.approx(2 * (2_505.5 + 54.7) + 1_000 - 6_000, abs=6.0)
    assert pairs(detour.check.about) == []
    _, _, length = GEOD.inv(*at(-3_000, 0), *at(3_000, 0))
    assert GEOD.geometry_length(detour.feature.geometry) == pytest.approx(length + detour.amount, abs=1.0)
    kept = shapely.get_coordinates(detour.feature.geometry)
    assert kept[0] == pytest.approx(at(-3_000, 0), abs=1e-9)
    assert kept[-1] == pytest.approx(at(3_000, 0), abs=1e-9)


def test_a_route_that_begins_inside_cannot_be_helped_by_a_detour():
    workspace = workspace_of(zone(square(-500.0, -500.0)), convoy((0, 0), (3_000, 0)))
    assert by(suggested(workspace, "movement_crosses_zone"), Change.DETOUR) == []


def test_only_activities_are_changed():
    workspace = workspace_of(site(), zone(square(400.0, -500.0)))
    for suggestion in suggested(workspace, "zone_within_standoff_of_site"):
        assert suggestion.feature.kind in CHANGEABLE
        after = applied(workspace, suggestion)
        assert after.of_kind(Kind.HUMANITARIAN_SITE) == workspace.of_kind(Kind.HUMANITARIAN_SITE)


def test_what_is_locked_is_left_alone():
    workspace = workspace_of(site(), zone(square(400.0, -500.0)))
    finding = found(workspace, "zone_within_standoff_of_site")
    layer = workspace.of_kind(Kind.MILITARY_ZONE)[0]
    locked = workspace.with_layer(Layer(layer.id, layer.kind, layer.name, layer.table, locked=True))
    result = suggestions(Kept(locked), locked, finding, now=NOW)
    assert (result.found, result.was_tried) == ((), False)
    assert result.not_tried == ("Firing area “Range” was left alone: its layer is locked.",)


def test_a_zone_across_180_degrees_is_said_to_be_left_alone():
    halves = shapely.MultiPolygon([shapely.box(179.9, 10, 180, 10.1), shapely.box(-180, 10, -179.9, 10.1)])
    clinic = new_feature(Kind.HUMANITARIAN_SITE, shapely.Point(-179.95, 10.05), feature_id="Clinic")
    workspace = workspace_of(clinic, zone(halves))
    result = suggestions(Kept(workspace), workspace, found(workspace, "site_inside_zone"), now=NOW)
    assert (result.found, result.was_tried) == ((), False)
    assert "cut at 180 degrees" in result.not_tried[0]


def test_a_smaller_change_that_leaves_others_is_offered_too_and_says_what_remains():
    sites = [site(), site("School", (450.0, 0.0))]
    workspace = workspace_of(*sites, zone(square(400.0, -500.0)))
    shifts = by(suggested(workspace, "zone_within_standoff_of_site"), Change.SHIFT)
    remaining = [len(pairs(s.check.about)) for s in shifts]
    assert remaining == sorted(remaining)
    assert remaining[0] == 0


def test_the_search_ends_with_its_budget():
    workspace = workspace_of(site(), zone(square(400.0, -500.0)))
    finding = found(workspace, "zone_within_standoff_of_site")
    result = suggestions(Kept(workspace), workspace, finding, now=NOW, budget_s=0.0)
    assert result.found == ()
    assert not result.is_complete


@pytest.mark.parametrize(
    ("seconds", "words"), [(45 * 60, "45 min"), (8_100, "2 h 15 min"), (90_000, "1 day 1 h")]
)
def test_spans_of_time_are_written_for_a_person(seconds, words):
    assert duration_words(seconds) == words


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_an_applied_suggestion_settles_its_finding_and_says_truly_what_remains(seed):
    rng = np.random.default_rng(seed)
    sites = [site(f"s{n}", tuple(rng.uniform(-2_500, 2_500, 2))) for n in range(int(rng.integers(1, 6)))]
    zones = [
        zone(square(*rng.uniform(-2_000, 1_500, 2), side_m=float(rng.uniform(200, 1_200))), f"z{n}")
        for n in range(2)
    ]
    workspace = workspace_of(*sites, *zones, convoy(*rng.uniform(-4_000, 4_000, (4, 2))))
    workspace, _ = decisions.absorb(workspace, checks.check(workspace, now=NOW))
    findings = [r.finding for r in workspace.findings if len(r.finding.subjects) == 2]
    assume(findings)
    finding = findings[int(rng.integers(len(findings)))]
    for suggestion in suggestions(Kept(workspace), workspace, finding, now=NOW).found:
        after = checks.check(applied(workspace, suggestion), now=NOW).findings
        assert finding.key not in {f.key for f in after}
        about = {f.key for f in after if any(s.id == suggestion.feature.id for s in f.subjects)}
        assert about == {f.key for f in suggestion.check.about}
