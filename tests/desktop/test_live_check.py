"""Findings follow every change: in the same step, in the background, and never by halves."""

from dataclasses import replace
from datetime import UTC, datetime
from threading import Event

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QTimer

from desktop import live_check
from desktop.document import Document
from desktop.finding_columns import columns_of
from desktop.live_check import LiveCheck
from desktop.panels.freshness import Freshness
from desktop.tasks import Tasks
from layers import decisions
from layers.checks import check
from layers.findings import FindingState
from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, new_feature, table_of
from layers.recheck import Kept, recheck
from layers.volume import Window

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def layer_of(kind, shapes):
    features = [
        new_feature(kind, shape, feature_id=f"{kind}-{i}", name=f"{kind} {i}")
        for i, shape in enumerate(shapes)
    ]
    return Layer(kind, kind, kind, table_of(spec_of(kind), features))


@pytest.fixture
def tasks(qtbot):
    tasks = Tasks()
    yield tasks
    tasks.shut_down()


@pytest.fixture
def document(qtbot, tmp_path):
    document = Document(journal=tmp_path / "journal")
    document.new(tmp_path / "work.gpkg", "Live", Mode.TEST)
    yield document
    document.close()


def fill(document, sites, zones):
    workspace = document.workspace
    workspace = workspace.with_layer(layer_of(Kind.HUMANITARIAN_SITE, sites))
    workspace = workspace.with_layer(layer_of(Kind.MILITARY_ZONE, zones))
    document.apply("Fill", workspace)


def checked(document, live=None):
    kept = Kept(document.workspace)
    report = check(document.workspace, now=NOW, scene=kept.scene)
    after, _ = decisions.absorb(document.workspace, report)
    if live is not None:
        live.adopt(kept)
    document.apply("Check", after)


def move_zone(document, x, row=0):
    layer = document.workspace.layer(Kind.MILITARY_ZONE)
    feature = layer.table.row(row, layer.kind).with_changes(geometry=shapely.Point(x, 42).buffer(0.01))
    table = layer.table.with_features([feature])
    document.apply(
        f"Move to {x}", document.workspace.with_layer(Layer(layer.id, layer.kind, layer.name, table))
    )


def open_keys(document):
    return {r.finding.key for r in document.workspace.findings if r.state is FindingState.OPEN}


def expected(document):
    return {finding.key for finding in check(document.workspace, now=NOW).findings}


def settled(qtbot, live):
    qtbot.waitUntil(lambda: not live.is_running)


def test_a_moved_zone_takes_its_findings_with_it_in_one_step(qtbot, document, tasks):
    live = LiveCheck(document, tasks)
    fill(document, [shapely.Point(24, 42), shapely.Point(25, 42)], [shapely.Point(24, 42).buffer(0.01)])
    checked(document, live)
    first, steps = open_keys(document), document.undo_stack.count()
    assert first == expected(document) and first
    with qtbot.waitSignal(live.checked) as told:
        move_zone(document, 25)
    settled(qtbot, live)
    assert open_keys(document) == expected(document) != first
    assert told.args[0].new and told.args[0].resolved
    assert document.undo_stack.count() == steps + 1
    document.undo()
    assert open_keys(document) == first
    document.redo()
    assert open_keys(document) == expected(document) != first
    assert not live.is_running


def test_changes_that_come_faster_than_they_are_checked_are_all_looked_at(qtbot, document, tasks):
    live = LiveCheck(document, tasks)
    sites = [shapely.Point(24 + i / 10, 42) for i in range(20)]
    fill(document, sites, [shapely.Point(24, 42).buffer(0.01), shapely.Point(24.5, 42).buffer(0.01)])
    checked(document, live)
    for step in range(15):
        move_zone(document, 24 + step / 10, row=step % 2)
        qtbot.wait(7)
    settled(qtbot, live)
    assert open_keys(document) == expected(document)
    # Steps that nobody waited for are checked when they are gone back to.
    for _ in range(4):
        document.undo()
        settled(qtbot, live)
        assert open_keys(document) == expected(document)


@pytest.mark.parametrize("comes_back", [True, False])
def test_a_site_is_compared_as_it_is_after_undo_led_past_what_a_check_prepared(
    qtbot, document, tasks, comes_back
):
    live = LiveCheck(document, tasks)
    both, one = [shapely.Point(24, 42), shapely.Point(25, 42)], [shapely.Point(24, 42)]
    first, then = (both, one) if comes_back else (one, both)
    fill(document, first, [shapely.Point(24, 42).buffer(0.01)])
    checked(document, live)
    document.apply("Sites", document.workspace.with_layer(layer_of(Kind.HUMANITARIAN_SITE, then)))
    settled(qtbot, live)
    checked(document, live)
    document.undo()
    document.undo()
    assert not Freshness.of(document, tasks).is_stale
    move_zone(document, 25)
    settled(qtbot, live)
    assert open_keys(document) == expected(document)
    assert any("humanitarian_site-1/" in key for key in open_keys(document)) is comes_back


def test_what_the_user_stops_is_not_begun_again_until_the_next_change(qtbot, document, tasks, monkeypatch):
    live = LiveCheck(document, tasks)
    fill(document, [shapely.Point(24, 42), shapely.Point(25, 42)], [shapely.Point(24, 42).buffer(0.01)])
    checked(document, live)
    freshness = Freshness.of(document, tasks)
    goes = Event()

    def slow(*arguments, progress, **more):
        while not goes.wait(0.005):
            progress(0, 1, "Slow")
        return recheck(*arguments, progress=progress, **more)

    monkeypatch.setattr(live_check, "recheck", slow)
    move_zone(document, 25)
    qtbot.waitUntil(lambda: tasks.is_busy)
    tasks.cancel()
    settled(qtbot, live)
    qtbot.wait(60)
    assert not live.is_running and freshness.is_stale
    goes.set()
    move_zone(document, 25.001)
    settled(qtbot, live)
    assert not freshness.is_stale
    assert open_keys(document) == expected(document)


def test_nothing_is_checked_before_the_first_check_or_when_switched_off(qtbot, document, tasks):
    live = LiveCheck(document, tasks)
    fill(document, [shapely.Point(24, 42)], [shapely.Point(24, 42).buffer(0.01)])
    qtbot.wait(60)
    assert not document.workspace.findings and not live.is_running
    checked(document, live)
    live.set_enabled(False)
    before = document.workspace.findings
    move_zone(document, 30)
    qtbot.wait(60)
    assert document.workspace.findings is before
    live.set_enabled(True)
    settled(qtbot, live)
    assert open_keys(document) == expected(document)


def test_a_file_opened_again_is_checked_live_from_the_first_change(qtbot, document, tasks):
    fill(document, [shapely.Point(24, 42), shapely.Point(25, 42)], [shapely.Point(24, 42).buffer(0.01)])
    checked(document)
    path = document.path
    document.close()
    live = LiveCheck(document, tasks)
    document.open(path)
    qtbot.waitUntil(lambda: not tasks.is_busy)
    move_zone(document, 25)
    settled(qtbot, live)
    assert open_keys(document) == expected(document)


def test_findings_follow_on_in_the_copy_that_the_workspace_is_kept_as(qtbot, document, tasks, tmp_path):
    live = LiveCheck(document, tasks)
    freshness = Freshness.of(document, tasks)
    fill(document, [shapely.Point(24, 42), shapely.Point(25, 42)], [shapely.Point(24, 42).buffer(0.01)])
    checked(document, live)
    document.save_as(tmp_path / "copy.gpkg")
    assert not freshness.is_stale
    move_zone(document, 25)
    settled(qtbot, live)
    assert not freshness.is_stale
    assert open_keys(document) == expected(document)


def test_another_time_zone_moves_nightly_hours_and_with_them_the_findings(qtbot, document, tasks):
    live = LiveCheck(document, tasks)
    zone = new_feature(
        Kind.MILITARY_ZONE, shapely.box(24, 42, 24.1, 42.1), fields={"active_hours": "22:00-06:00"}
    )
    start, end = NOW.replace(hour=20, minute=15), NOW.replace(hour=20, minute=45)
    convoy = new_feature(
        Kind.MOVEMENT, shapely.LineString([(23.9, 42.05), (24.2, 42.05)]), window=Window(start, end)
    )
    workspace = document.workspace
    for feature in (zone, convoy):
        table = table_of(spec_of(feature.kind), [feature])
        workspace = workspace.with_layer(Layer(feature.kind, feature.kind, feature.kind, table))
    document.apply("Fill", workspace)
    checked(document, live)
    freshness = Freshness.of(document, tasks)
    assert not any(key.startswith("movement_crosses_zone") for key in open_keys(document))
    for there, is_met in (("Europe/Sofia", True), ("UTC", False)):
        document.apply("Change properties", replace(document.workspace, time_zone=there))
        assert freshness.is_stale
        settled(qtbot, live)
        assert not freshness.is_stale
        assert any(key.startswith("movement_crosses_zone") for key in open_keys(document)) is is_met
    document.undo()
    assert document.workspace.time_zone == "Europe/Sofia" and not freshness.is_stale


def test_a_layer_renamed_as_an_exercise_is_looked_at_again(qtbot, document, tasks):
    live = LiveCheck(document, tasks)
    document.apply("Real", replace(document.workspace, mode=Mode.REAL))
    site = new_feature(Kind.HUMANITARIAN_SITE, shapely.Point(24, 42), name="Clinic")
    layer = Layer("sites", site.kind, "Sites", table_of(spec_of(site.kind), [site]))
    document.apply("Fill", document.workspace.with_layer(layer))
    checked(document, live)
    key = f"exercise_mixed_with_real/{site.id}"
    freshness = Freshness.of(document, tasks)
    for name, is_told in (("EXERCISE sites", True), ("Sites", False)):
        document.apply("Rename", document.workspace.with_layer(replace(layer, name=name)))
        assert freshness.is_stale
        settled(qtbot, live)
        assert not freshness.is_stale
        assert (key in open_keys(document)) is is_told


def test_the_window_does_not_stall_among_many_findings(qtbot, document, tasks):
    from desktop.panels.findings_panel import FindingsPanel

    live = LiveCheck(document, tasks)
    panel = FindingsPanel(document, tasks)
    qtbot.addWidget(panel)
    panel.resize(400, 600)
    panel.show()
    rng = np.random.default_rng(1)
    sites = shapely.points(24 + rng.random(4_000) * 0.2, 42 + rng.random(4_000) * 0.2)
    fill(document, sites, [shapely.Point(24.1, 42.1).buffer(0.1), shapely.Point(24.5, 42).buffer(0.01)])
    checked(document, live)
    assert len(open_keys(document)) > 2_000
    ticks = []
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(1))
    timer.start(5)
    move_zone(document, 24.05, row=1)
    settled(qtbot, live)
    assert ticks, "the event loop ran while it was checked"
    assert columns_are_those_of(document)
    shown = {panel.model.item(row).key for row in range(panel.model.rowCount())}
    assert shown == open_keys(document)


def columns_are_those_of(document):
    kept, afresh = document.findings, columns_of(document.workspace.findings)
    assert kept.rows == afresh.rows
    return np.array_equal(kept.order, afresh.order) and np.array_equal(kept.state, afresh.state)
