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
from layers.model import Kind, Layer, Mode, new_feature, new_workspace, table_of
from layers.recheck import Kept, edited_ids, recheck
from layers.rules import rule_of
from layers.volume import Window

KINDS = (
    Kind.HUMANITARIAN_SITE,
    Kind.MILITARY_ZONE,
    Kind.NO_STRIKE_AREA,
    Kind.MOVEMENT,
    Kind.PROJECT,
    Kind.HAZARD,
)


def shape_of(kind, rng):
    x, y = 24 + rng.uniform(0, 0.3), 42 + rng.uniform(0, 0.2)
    if kind in (Kind.HUMANITARIAN_SITE, Kind.PROJECT):
        return shapely.Point(x, y)
    if kind is Kind.MOVEMENT:
        return shapely.LineString([(x, y), (x + rng.uniform(-0.2, 0.2), y + rng.uniform(-0.1, 0.1))])
    return shapely.Point(x, y).buffer(rng.uniform(0.003, 0.02), quad_segs=3)


def feature(kind, name, rng, now):
    window = Window()
    if rng.random() < 0.4:
        start = now + timedelta(days=int(rng.integers(-20, 20)))
        window = Window(start, start + timedelta(days=int(rng.integers(1, 20))))
    geometry = None if rng.random() < 0.03 else shape_of(kind, rng)
    return new_feature(
        kind,
        geometry,
        feature_id=name,
        name=name,
        window=window,
        uncertainty_m=float(rng.choice([0, 0, 300])),
    )


def theatre(rng, now, size=25):
    workspace = new_workspace("Live", Mode.TEST, now)
    for kind in KINDS:
        features = [feature(kind, f"{kind}-{i}", rng, now) for i in range(size)]
        workspace = workspace.with_layer(Layer(kind, kind, kind, table_of(spec_of(kind), features)))
    return workspace


def edited(workspace, rng, now):
    """Move, redate, remove or add a few features, or take a whole layer away and bring it back."""
    for _ in range(int(rng.integers(1, 4))):
        kind = KINDS[int(rng.integers(len(KINDS)))]
        layer = workspace.layer(kind)
        action = rng.choice(["move", "redate", "remove", "add", "empty"], p=[0.4, 0.2, 0.17, 0.2, 0.03])
        table = layer.table
        if action == "add":
            extra = feature(kind, f"{kind}-new-{rng.integers(1_000_000)}", rng, now)
            table = table.append(table_of(spec_of(kind), [extra]))
        elif action == "empty":
            table = table.take(np.empty(0, np.intp))
        elif len(table):
            row = int(rng.integers(len(table)))
            old = table.row(row, kind)
            if action == "remove":
                table = table.take(np.arange(len(table)) != row)
            elif action == "move":
                table = table.with_features([old.with_changes(geometry=shape_of(kind, rng))])
            else:
                table = table.with_features([old.with_changes(window=Window(now, now + timedelta(days=3)))])
        workspace = workspace.with_layer(Layer(layer.id, kind, layer.name, table))
    return workspace


def open_keys(workspace):
    return {r.finding.key for r in workspace.findings if r.state is FindingState.OPEN}


@pytest.mark.parametrize("seed", range(12))
def test_the_same_as_a_full_check_after_many_edits(now, seed):
    rng = np.random.default_rng(seed)
    workspace, _ = absorb(theatre(rng, now), check(theatre(np.random.default_rng(seed), now), now=now))
    kept = Kept(workspace)
    for _ in range(8):
        before, workspace = workspace, edited(workspace, rng, now)
        workspace, _ = absorb_again(workspace, recheck(kept, before, workspace, now=now))
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


def test_what_an_edit_does_not_touch_stays_the_same_object(now):
    rng = np.random.default_rng(3)
    start = theatre(rng, now, 60)
    before, _ = absorb(start, check(start, now=now))
    zones = before.layer(Kind.MILITARY_ZONE)
    moved = zones.table.row(5, zones.kind).with_changes(geometry=shapely.Point(24.1, 42.1).buffer(0.01))
    after = before.with_layer(Layer(zones.id, zones.kind, zones.name, zones.table.with_features([moved])))
    assert edited_ids(before, after) == {moved.id}
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
