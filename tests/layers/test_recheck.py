"""A live re-check finds what a full check finds, after any edits, and touches no more than it must."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import shapely

from layers.checks import Locality, check
from layers.decisions import absorb, absorb_again
from layers.findings import CoverageState, FindingState
from layers.kinds import spec_of
from layers.model import (
    Kind,
    Layer,
    Mode,
    RuleSettings,
    Source,
    new_feature,
    new_workspace,
    table_of,
)
from layers.recheck import Edit, Kept, recheck
from layers.rules import rule_of
from layers.volume import Window

KINDS = tuple(Kind)
POINTS = (Kind.HUMANITARIAN_SITE, Kind.PROJECT, Kind.ASSESSMENT, Kind.LIAISON)
CATEGORIES = {
    Kind.HUMANITARIAN_SITE: ("hospital", "school", "water_point", "helipad"),
    Kind.MILITARY_ZONE: ("firing", "installation", "airspace", "checkpoint"),
    Kind.MOVEMENT: ("convoy", "relief_flight"),
    Kind.PROJECT: ("water", "health", "other"),
    Kind.ASSESSMENT: ("needs", "security"),
    Kind.REFERENCE: ("road", "road", "place", "infrastructure"),
}
TEXTS = {
    "status": ("", "", "planned", "ongoing", "suspended", "cancelled", "open", "closed", "restricted"),
    "active_hours": ("", "", "22:00-06:00", "Mo-Fr 08:00-16:00", "at night"),
    "height_datum": ("agl", "amsl"),
    "sector": ("", "wash", "health", "wash; health"),
    "actor": ("", "cimic", "civil"),
    "verification": ("", "verified", "reported"),
    "p_code": ("", "BG0101", "BG010102", "BG02"),
    "data_status": ("", "", "test", "real"),
    "consent": ("", "given", "refused"),
    "urgency": ("", "emergency"),
    "notified_at": ("", "2026-01-01"),
    "site_id": (
        "",
        f"{Kind.HUMANITARIAN_SITE}-3",
        f"{Kind.HUMANITARIAN_SITE}-3; {Kind.HUMANITARIAN_SITE}-5; nobody",
        "nobody",
    ),
}
NUMBERS = {"lower_m": (0.0, 300.0), "upper_m": (200.0, 900.0), "speed_max_kmh": (30.0, 60.0)}


def shape_of(kind, category, rng):
    x, y = 24 + rng.uniform(0, 0.3), 42 + rng.uniform(0, 0.2)
    if kind in POINTS:
        return shapely.Point(x, y)
    if kind is Kind.MOVEMENT or category == "road":
        points = rng.uniform(0, 0.3, (3, 2))
        if category == "road":
            points = np.round(points, 1) + np.arange(3)[:, None] * 1e-3  # so that roads meet
        return shapely.LineString(points + np.array([24, 42]))
    return shapely.Point(x, y).buffer(rng.uniform(0.003, 0.02), quad_segs=3)


def feature(kind, name, rng, now):
    window = Window()
    if rng.random() < 0.4:
        start = now + timedelta(days=int(rng.integers(-20, 20)))
        window = Window(start, start + timedelta(days=int(rng.integers(-1, 20))))
    category = str(rng.choice(CATEGORIES.get(kind, ("",))))
    geometry = None if rng.random() < 0.03 else shape_of(kind, category, rng)
    return new_feature(
        kind,
        geometry,
        feature_id=name,
        source_id=name,
        name=name,
        category=category,
        window=window,
        uncertainty_m=float(rng.choice([0, 0, 300])),
        fields=fields_of(kind, rng),
    )


def fields_of(kind, rng):
    known = {field.name for field in spec_of(kind).fields}
    texts = {name: str(rng.choice(values)) for name, values in TEXTS.items() if name in known}
    numbers = {n: float(rng.choice(v)) for n, v in NUMBERS.items() if n in known and rng.random() < 0.4}
    return texts | numbers


def theatre(rng, now, size=25):
    workspace = new_workspace("Live", Mode.TEST, now)
    for kind in KINDS:
        features = [feature(kind, f"{kind}-{i}", rng, now) for i in range(size)]
        workspace = workspace.with_layer(Layer(kind, kind, kind, table_of(spec_of(kind), features)))
    return workspace


ACTIONS = {
    "move": 0.2,
    "redate": 0.1,
    "fields": 0.2,
    "category": 0.1,
    "uncertainty": 0.06,
    "remove": 0.1,
    "add": 0.1,
    "import": 0.04,
    "empty": 0.02,
    "drop": 0.02,
    "other kind": 0.06,
}


def changed(old, kind, action, rng, now):
    """Return a feature with one thing about it changed."""
    if action == "move":
        return old.with_changes(geometry=shape_of(kind, old.category, rng))
    if action == "fields":
        return old.with_changes(fields={**old.fields, **fields_of(kind, rng)})
    if action == "category":
        return old.with_changes(category=str(rng.choice(CATEGORIES.get(kind, ("",)))))
    if action == "uncertainty":
        return old.with_changes(uncertainty_m=float(rng.choice([0, 50, 800, -1])))
    return old.with_changes(window=Window(now, now + timedelta(days=3)))


def edited(workspace, rng, now):
    """Change, remove or add features, import many, take a layer away, or give a feature another kind."""
    for _ in range(int(rng.integers(1, 4))):
        kind = KINDS[int(rng.integers(len(KINDS)))]
        action = str(rng.choice(list(ACTIONS), p=list(ACTIONS.values())))
        table = table_in(workspace, kind)
        if action == "drop":
            workspace = workspace.without_layer(kind)
            continue
        if action in ("add", "import") or not len(table):
            names = [f"{kind}-new-{rng.integers(1_000_000)}" for _ in range(40 if action == "import" else 1)]
            table = table.append(table_of(spec_of(kind), [feature(kind, n, rng, now) for n in names]))
        elif action == "empty":
            table = table.take(np.empty(0, np.intp))
        else:
            row = int(rng.integers(len(table)))
            old = table.row(row, kind)
            if action in ("remove", "other kind"):
                table = table.take(np.arange(len(table)) != row)
            else:
                table = table.with_features([changed(old, kind, action, rng, now)])
            if action == "other kind":
                other = KINDS[(KINDS.index(kind) + 1) % len(KINDS)]
                more = table_of(spec_of(other), [feature(other, old.id, rng, now)])
                workspace = with_table(workspace, other, table_in(workspace, other).append(more))
        workspace = with_table(workspace, kind, table)
    return workspace


def table_in(workspace, kind):
    layers = workspace.of_kind(kind)
    return layers[0].table if layers else table_of(spec_of(kind), [])


def with_table(workspace, kind, table):
    return workspace.with_layer(Layer(kind, kind, kind, table))


def open_keys(workspace):
    return {r.finding.key for r in workspace.findings if r.state is FindingState.OPEN}


@pytest.mark.parametrize("seed", range(6))
def test_the_same_as_a_full_check_after_many_edits(now, seed):
    rng = np.random.default_rng(seed)
    follow(theatre(rng, now), rng, now)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_where_sites_ask_for_distances_of_their_own(now, seed, monkeypatch):
    monkeypatch.setitem(NUMBERS, "standoff_m", (0.0, 900.0, 6_000.0))
    rng = np.random.default_rng(seed)
    follow(theatre(rng, now), rng, now)


@pytest.mark.parametrize("own", [False, True])
def test_the_same_where_categories_have_limits_of_their_own(now, own, monkeypatch):
    if own:
        monkeypatch.setitem(NUMBERS, "standoff_m", (100.0, 4_000.0))
    limits = {"standoff_m": 300.0, "standoff_m.firing.hospital": 4_000.0, "standoff_m.*.school": 1_000.0}
    rng = np.random.default_rng(8)
    start = theatre(rng, now, 40)
    rules = {"zone_within_standoff_of_site": RuleSettings(parameters=limits)}
    follow(replace(start, rules=rules), rng, now)


def follow(start, rng, now):
    """Edit a workspace again and again: re-checks say what full checks say."""
    workspace, _ = absorb(start, check(start, now=now))
    kept = Kept(workspace)
    states = [workspace.layers]
    for number in range(8):
        before, workspace = workspace, edited(workspace, rng, now)
        if number % 4 == 3:  # undone: what was changed comes back, findings stay what they are
            workspace = replace(workspace, layers=states[int(rng.integers(len(states)))])
        states.append(workspace.layers)
        workspace = rechecked(kept, before, workspace, now)


def rechecked(kept, before, after, now):
    """Take a re-check into a workspace, and compare all of it with a full check."""
    workspace, _ = absorb_again(after, recheck(kept, before, after, now=now))
    full = check(workspace, now=now)
    assert open_keys(workspace) == {finding.key for finding in full.findings}
    live = {r.finding.key: r.finding for r in workspace.findings if r.state is FindingState.OPEN}
    for finding in full.findings:
        same = live[finding.key]
        assert (same.verdict, same.window, same.severity) == (
            finding.verdict,
            finding.window,
            finding.severity,
        )
        assert same.distance_m == pytest.approx(finding.distance_m, abs=1e-4)
    assert workspace.runs[-1].coverage == full.run.coverage
    return workspace


def test_the_same_while_few_features_are_dragged_again_and_again(now):
    rng = np.random.default_rng(11)
    start = theatre(rng, now)
    workspace, _ = absorb(start, check(start, now=now))
    kept = Kept(workspace)
    dragged = [(kind, row) for kind in (Kind.MILITARY_ZONE, Kind.HUMANITARIAN_SITE) for row in (0, 1)]
    for number in range(14):
        kind, row = dragged[number % len(dragged)]
        old = table_in(workspace, kind).row(row, kind)
        moved = old.with_changes(geometry=None if number == 9 else shape_of(kind, old.category, rng))
        before = workspace
        workspace = with_table(workspace, kind, table_in(workspace, kind).with_features([moved]))
        workspace = rechecked(kept, before, workspace, now)
    assert len(kept.edited.ids) == len(dragged)


def test_the_same_after_undo_led_back_to_where_a_feature_was(now):
    def at(kind, name, lon):
        shape = shapely.Point(lon, 42)
        return new_feature(
            kind, shape.buffer(0.005) if kind is Kind.MILITARY_ZONE else shape, feature_id=name
        )

    start = new_workspace("Live", Mode.TEST, now)
    for kind, names in ((Kind.MILITARY_ZONE, "YZ"), (Kind.HUMANITARIAN_SITE, "S")):
        features = [at(kind, name, 20 + number) for number, name in enumerate(names)]
        start = with_table(start, kind, table_of(spec_of(kind), features))
    kept = Kept(start)

    def moved(workspace, kind, name, lon):
        after = with_table(workspace, kind, table_in(workspace, kind).with_features([at(kind, name, lon)]))
        return rechecked(kept, workspace, after, now)

    workspace, _ = absorb(start, check(start, now=now))
    workspace = moved(workspace, Kind.MILITARY_ZONE, "Y", 25)
    moved(workspace, Kind.MILITARY_ZONE, "Z", 28)  # undone: the document goes on from what it was before
    workspace = moved(workspace, Kind.HUMANITARIAN_SITE, "S", 21)
    assert any({s.id for s in r.finding.subjects} == {"S", "Z"} for r in workspace.findings)


def test_the_same_after_undo_led_back_past_what_was_prepared(now):
    site = new_feature(Kind.HUMANITARIAN_SITE, shapely.Point(24, 42), feature_id="S")
    zone = new_feature(Kind.MILITARY_ZONE, shapely.Point(20, 42).buffer(0.01), feature_id="Z")
    start = new_workspace("Live", Mode.TEST, now)
    for one in (site, zone):
        start = with_table(start, one.kind, table_of(spec_of(one.kind), [one]))
    start, _ = absorb(start, check(start, now=now))
    deleted = with_table(start, site.kind, table_of(spec_of(site.kind), []))
    kept = Kept(deleted)  # prepared for a full check; then undo brings the site back
    moved = zone.with_changes(geometry=shapely.Point(24, 42).buffer(0.01))
    after = rechecked(kept, start, with_table(start, zone.kind, table_of(spec_of(zone.kind), [moved])), now)
    assert "site_inside_zone/S/Z" in open_keys(after)


def test_what_an_edit_does_not_touch_stays_the_same_object(now):
    rng = np.random.default_rng(3)
    start = theatre(rng, now, 60)
    before, _ = absorb(start, check(start, now=now))
    zones = before.layer(Kind.MILITARY_ZONE)
    moved = zones.table.row(5, zones.kind).with_changes(geometry=shapely.Point(24.1, 42.1).buffer(0.01))
    after = before.with_layer(Layer(zones.id, zones.kind, zones.name, zones.table.with_features([moved])))
    assert Edit.between(before, after).ids == {moved.id}
    result, comparison = absorb_again(after, recheck(Kept(before), before, after, now=now))
    kept_objects = {id(record) for record in before.findings}
    replaced = [r for r in result.findings if id(r) not in kept_objects]
    assert replaced and all(
        moved.id in [s.id for s in r.finding.subjects]
        or rule_of(r.finding.rule).locality is not Locality.SUBJECTS
        for r in replaced
    )
    assert len(result.runs) == len(before.runs) and result.runs[-1].id == before.runs[-1].id
    assert set(comparison.resolved).isdisjoint(open_keys(result))


def test_a_move_that_takes_a_feature_out_of_a_question_is_counted(now):
    rng = np.random.default_rng(6)
    start = theatre(rng, now, 30)
    before, _ = absorb(start, check(start, now=now))
    movements = before.layer(Kind.MOVEMENT)
    line = next(i for i, shape in enumerate(movements.table.geometry) if shape is not None)
    old = movements.table.row(line, Kind.MOVEMENT)
    area = shapely.Point(24.1, 42.1).buffer(0.02)  # no line, so it has no stops
    table = movements.table.with_features([old.with_changes(geometry=area)])
    after = before.with_layer(replace(movements, table=table))
    result, _ = absorb_again(after, recheck(Kept(before), before, after, now=now))
    full, _ = absorb(after, check(after, now=now))
    assert [(c.rule, c.a, c.b, c.pairs_examined) for c in result.runs[-1].coverage] == [
        (c.rule, c.a, c.b, c.pairs_examined) for c in full.runs[-1].coverage
    ]
    assert open_keys(result) == open_keys(full)


def test_a_removed_layer_is_not_retested_never_resolved(now):
    rng = np.random.default_rng(4)
    start = theatre(rng, now, 40)
    before, _ = absorb(start, check(start, now=now))
    after = before.without_layer(Kind.MILITARY_ZONE)
    result, comparison = absorb_again(after, recheck(Kept(before), before, after, now=now))
    about = [r for r in before.findings if any(s.kind == Kind.MILITARY_ZONE for s in r.finding.subjects)]
    assert about and {r.finding.key for r in about} <= {key for key, _ in comparison.not_retested}
    assert not comparison.resolved
    state = {c.rule: c.state for c in result.runs[-1].coverage}
    assert state["zone_within_standoff_of_site"] is CoverageState.IRRELEVANT


def test_the_last_no_strike_area_taken_away_blocks_the_rule_about_cover(now):
    rng = np.random.default_rng(5)
    start = theatre(rng, now, 20)
    before, _ = absorb(start, check(start, now=now))
    after = before.without_layer(Kind.NO_STRIKE_AREA)
    result, _ = absorb_again(after, recheck(Kept(before), before, after, now=now))
    coverage = {c.rule: c for c in result.runs[-1].coverage}["site_not_covered_by_no_strike_area"]
    assert coverage.state is CoverageState.BLOCKED and coverage.clear == 0
    mine = [r for r in result.findings if r.finding.rule == coverage.rule]
    assert mine and all(r.state is FindingState.NOT_RETESTED for r in mine)
    back = replace(before, findings=result.findings, runs=result.runs)  # the layer is imported again
    again, _ = absorb_again(back, recheck(Kept(result), result, back, now=now))
    assert open_keys(again) == {finding.key for finding in check(before, now=now).findings}


def test_of_zones_equally_near_the_same_is_named_live_and_in_full(now):
    site = new_feature(Kind.HUMANITARIAN_SITE, shapely.Point(24, 42), feature_id="s", name="Clinic")
    box = shapely.box(23.9, 41.9, 24.1, 42.1)
    zones = [new_feature(Kind.MILITARY_ZONE, box, feature_id=i, name=f"Zone {i}") for i in "ab"]
    start = new_workspace("Ties", Mode.TEST, now)
    for kind, made in ((Kind.HUMANITARIAN_SITE, [site]), (Kind.MILITARY_ZONE, zones)):
        start = with_table(start, kind, table_of(spec_of(kind), made))
    before, _ = absorb(start, check(start, now=now))
    wider = zones[1].with_changes(geometry=shapely.box(23.8, 41.9, 24.1, 42.1))
    table = table_in(before, Kind.MILITARY_ZONE).with_features([wider])
    after = rechecked(Kept(before), before, with_table(before, Kind.MILITARY_ZONE, table), now)
    (said,) = (r.finding.sentence for r in after.findings if r.finding.rule == "verification_too_low")
    assert "Zone a" in said


def test_a_feature_that_goes_to_another_layer_is_counted_there(now):
    """Many with the same matter are one finding a layer: of the new one it is one of few."""
    kinds = (Kind.PROJECT, Kind.HAZARD)
    start = new_workspace("Kinds", Mode.TEST, now)
    for kind, count in zip(kinds, (15, 3), strict=True):
        made = [
            new_feature(
                kind, shapely.Point(24, 42 + i), feature_id=f"{kind}-{i}", fields={"data_status": "real"}
            )
            for i in range(count)
        ]
        start = with_table(start, kind, table_of(spec_of(kind), made))
    before, _ = absorb(start, check(start, now=now))
    table = table_in(before, Kind.PROJECT)
    gone = table.row(14, Kind.PROJECT)
    after = with_table(before, Kind.PROJECT, table.take(np.arange(14)))
    more = new_feature(
        Kind.HAZARD, gone.geometry, feature_id=gone.id, fields={"data_status": "real"}, name=gone.name
    )
    table = table_in(after, Kind.HAZARD).append(table_of(spec_of(Kind.HAZARD), [more]))
    after = rechecked(Kept(before), before, with_table(after, Kind.HAZARD, table), now)
    assert f"exercise_mixed_with_real/{gone.id}" in open_keys(after)


def test_a_feature_delivered_again_in_another_file_is_told_by_that(now):
    files = [
        Source(
            id=name,
            file=name,
            sha256="",
            partner="",
            imported_at=now,
            format="",
            crs="",
            crs_how="",
            encoding="",
            encoding_how="",
            rows=1,
            imported=1,
        )
        for name in ("sites.csv", "EXERCISE_sites.csv")
    ]
    site = new_feature(Kind.HUMANITARIAN_SITE, shapely.Point(24, 42), feature_id="s", name="Clinic")
    states = []
    for number, file in enumerate(files):
        table = table_of(spec_of(site.kind), [site.with_changes(source=file.id)])
        state = with_table(new_workspace("Real", Mode.REAL, now), site.kind, table)
        states.append(replace(state, sources=tuple(files[: number + 1])))
    before, _ = absorb(states[0], check(states[0], now=now))
    after = replace(before, layers=states[1].layers, sources=states[1].sources)
    after = rechecked(Kept(before), before, after, now)
    assert "exercise_mixed_with_real/s" in open_keys(after)


def test_only_what_names_a_changed_site_is_asked_again(now):
    """An area far away names the site by the partner's id; others and their findings stay as they are."""
    sites = [
        new_feature(Kind.HUMANITARIAN_SITE, shapely.Point(24 + i, 42), feature_id=f"s{i}", source_id=f"P{i}")
        for i in range(4)
    ]
    areas = [
        new_feature(
            Kind.NO_STRIKE_AREA,
            shapely.Point(24 + i, 42).buffer(0.01),
            feature_id=f"a{i}",
            fields={"site_id": named},
        )
        for i, named in enumerate(("P0", "P1; P3", "nobody", "P3"))
    ]
    start = new_workspace("Names", Mode.TEST, now)
    start = with_table(start, Kind.HUMANITARIAN_SITE, table_of(spec_of(Kind.HUMANITARIAN_SITE), sites))
    start = with_table(start, Kind.NO_STRIKE_AREA, table_of(spec_of(Kind.NO_STRIKE_AREA), areas))
    before, _ = absorb(start, check(start, now=now))
    kept = Kept(before)
    moved = sites[0].with_changes(geometry=shapely.Point(20, 40))
    after = with_table(
        before,
        Kind.HUMANITARIAN_SITE,
        table_in(before, Kind.HUMANITARIAN_SITE).with_features([moved]),
    )
    again = recheck(kept, before, after, now=now)
    assert "no_strike_area_without_its_site" not in again.whole
    assert set(again.around["no_strike_area_without_its_site"]) == {"a0"}
    after = rechecked(kept, before, after, now)
    assert "no_strike_area_without_its_site/a0" in open_keys(after)
    renamed = sites[3].with_changes(source_id="nobody")  # it is named by another area than before
    table = table_in(after, Kind.HUMANITARIAN_SITE).with_features([renamed])
    rechecked(kept, after, with_table(after, Kind.HUMANITARIAN_SITE, table), now)


def test_a_site_that_moves_is_looked_at_alone_in_its_road_network(now):
    rng = np.random.default_rng(7)
    start = theatre(rng, now, 40)
    before, _ = absorb(start, check(start, now=now))
    kept = Kept(before)
    old = table_in(before, Kind.HUMANITARIAN_SITE).row(4, Kind.HUMANITARIAN_SITE)
    moved = old.with_changes(geometry=shapely.Point(24.11, 42.07))
    table = table_in(before, Kind.HUMANITARIAN_SITE).with_features([moved])
    after = with_table(before, Kind.HUMANITARIAN_SITE, table)
    assert "site_isolated" not in recheck(kept, before, after, now=now).whole
    rechecked(kept, before, after, now)


def test_a_hazard_moved_onto_the_last_road_cuts_the_site_off(now):
    def layer(kind, name, wkt, category=""):
        made = new_feature(kind, shapely.from_wkt(wkt), feature_id=name, name=name, category=category)
        return Layer(kind, kind, kind, table_of(spec_of(kind), [made]))

    start = new_workspace("Roads", Mode.TEST, now)
    for one in (
        layer(Kind.HUMANITARIAN_SITE, "clinic", "POINT (24 42)", "health_facility"),
        layer(Kind.REFERENCE, "road", "LINESTRING (24 42, 24.01 42, 24.02 42, 24.5 42)", "road"),
        layer(Kind.HAZARD, "mines", "POINT (25 43)", "mines"),
    ):
        start = start.with_layer(one)
    before, _ = absorb(start, check(start, now=now))
    assert not any(key.startswith("site_isolated") for key in open_keys(before))
    after = before.with_layer(layer(Kind.HAZARD, "mines", "POINT (24.03 42)", "mines"))
    result, _ = absorb_again(after, recheck(Kept(before), before, after, now=now))
    assert "site_isolated/clinic" in open_keys(result)
    assert open_keys(result) == {finding.key for finding in check(after, now=now).findings}


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"category": "firing"}, "“sky” is no part of “Airspace measure against a flight” now."),
        ({"geometry": None}, "“sky” could not be compared: no position."),
    ],
)
def test_what_a_rule_no_longer_compares_is_not_resolved(now, live, change, reason):
    pad = new_feature(Kind.HUMANITARIAN_SITE, shapely.Point(24, 42), feature_id="pad", category="helipad")
    zones = [
        new_feature(Kind.MILITARY_ZONE, place.buffer(0.05), feature_id=name, name=name, category="airspace")
        for name, place in (("sky", shapely.Point(24, 42)), ("far", shapely.Point(9, 9)))
    ]
    start = new_workspace("Sky", Mode.TEST, now)
    for kind, features in ((Kind.HUMANITARIAN_SITE, [pad]), (Kind.MILITARY_ZONE, zones)):
        start = with_table(start, kind, table_of(spec_of(kind), features))
    before, _ = absorb(start, check(start, now=now))
    key = "airspace_against_flight/pad/sky"
    assert key in open_keys(before)
    table = table_in(before, Kind.MILITARY_ZONE).with_features([zones[0].with_changes(**change)])
    after = with_table(before, Kind.MILITARY_ZONE, table)
    if live:
        result, _ = absorb_again(after, recheck(Kept(before), before, after, now=now))
    else:
        result, _ = absorb(after, check(after, now=now))
    record = next(r for r in result.findings if r.finding.key == key)
    assert (record.state, record.reason) == (FindingState.NOT_RETESTED, reason)
