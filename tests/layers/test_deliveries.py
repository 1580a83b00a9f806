import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import shapely

from layers import geo, partners
from layers.checks import check
from layers.decisions import absorb, decide, standing
from layers.deliveries import Choices, Removal, apply, compare
from layers.errors import LayersError
from layers.findings import DecisionType
from layers.fixes import apply_fixes, reported
from layers.importing import FieldMapping, add_to_workspace
from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, new_feature, new_workspace, table_of
from layers.reading import Action, Decided, Imported, Problem, ReadOptions
from layers.receiving import receive
from layers.workspace_file import WorkspaceFile

SITE = Kind.HUMANITARIAN_SITE
MAPPING = FieldMapping(source_id="ID", name="NAME", category="TYPE", fields={"population": "POP"})
ROWS = (
    ("a", "Amber school", "school", 36.10013, 32.10017, 100),
    ("b", "Birch clinic", "clinic", 36.20013, 32.20017, 20),
    ("c", "Cedar office", "office", 36.30013, 32.30017, None),
    ("d", "Dahlia depot", "warehouse", 36.40013, 32.40017, 3),
)


def column(values):
    result = np.empty(len(values), dtype=object)
    result[:] = values
    return result


def file_of(rows, *, sha="1", names=("ID", "NAME", "TYPE", "POP"), file="sites.csv"):
    ids, name, kind, lon, lat, people = zip(*rows, strict=True)
    data = {"ID": ids, "NAME": name, "TYPE": kind, "POP": people}
    return Imported(
        file=file, sha256=sha * 64, format="csv", layers=("sites",), layer="sites", rows=len(rows),
        geometry=shapely.points(lon, lat), row=np.arange(1, len(rows) + 1),
        columns={title: column(values) for title, values in zip(names, data.values(), strict=True)},
        crs=Decided("EPSG:4326", "stated"), encoding=Decided("utf-8", "stated"), accuracy_m=0.0,
    )  # fmt: skip


def changed(row, **changes):
    names = ("id", "name", "kind", "lon", "lat", "pop")
    return tuple(changes.get(n, v) for n, v in zip(names, row, strict=True))


@pytest.fixture
def first(now):
    workspace = new_workspace("Test", Mode.TEST, now, "UTC")
    workspace, report = receive(workspace, file_of(ROWS), SITE, MAPPING, partner="Relief", now=now)
    return workspace, report.layer_id


@pytest.fixture
def next_one(first, now):
    def run(rows, *, sha="2", mapping=MAPPING, **more):
        later = now + timedelta(days=7)
        return receive(first[0], file_of(rows, sha=sha), SITE, mapping, partner="Relief", now=later, **more)

    return run


def codes(report):
    return [p.code for p in report.of(Action.DOUBT)]


def test_the_next_file_brings_the_layer_up_to_date_and_says_how(first, next_one):
    before = first[0].layer(first[1]).table
    workspace, report = next_one(
        [
            changed(ROWS[0], lat=32.10117, name="Amber School for boys"),
            changed(ROWS[2], pop=7),
            ROWS[3],
            ("e", "Ember post", "clinic", 36.50013, 32.50017, 1),
        ]
    )
    assert len(workspace.layers) == 1
    table = workspace.layers[0].table
    assert table.source_id.tolist() == ["a", "b", "c", "d", "e"]
    assert table.id[:4].tolist() == before.id.tolist()
    delivery = report.to_json()["delivery"]
    json.dumps(delivery)
    metres = float(geo.distance_m(36.10013, 32.10017, 36.10013, 32.10117)[0])
    assert [(m["source_id"], m["metres"], m["accepted"]) for m in delivery["moved"]] == [
        ("a", round(metres, 2), True)
    ]
    assert [(r["old"], r["new"]) for r in delivery["renamed"]] == [("Amber school", "Amber School for boys")]
    assert [(c["source_id"], c["fields"]) for c in delivery["changed"]] == [("c", ["population"])]
    assert [(a["source_id"], a["name"]) for a in delivery["added"]] == [("e", "Ember post")]
    assert [(r["source_id"], r["action"]) for r in delivery["removed"]] == [("b", "keep")]
    assert delivery["unchanged"] == 1
    assert codes(report) == ["missing"]
    assert report.rows == report.imported == 4
    assert table.fields["population"].tolist()[:4] == [100, 20, 7, 3]
    latest = workspace.sources[-1].id
    assert [s == latest for s in table.source] == [True, False, True, True, True]
    assert "1 added, 1 missing (kept), 1 moved, 1 renamed, 1 changed, 1 unchanged" in report.summary()


@pytest.mark.parametrize(("removal", "count"), [(Removal.KEEP, 4), (Removal.EXPIRE, 4), (Removal.DROP, 3)])
def test_the_officer_says_what_becomes_of_the_missing(first, next_one, now, removal, count):
    workspace, report = next_one(ROWS[:3], choices=Choices(removed=removal))
    table = workspace.layers[0].table
    assert len(table) == count
    ended = [source for source, end in zip(table.source_id, table.valid_to, strict=True) if not np.isnat(end)]
    assert ended == (["d"] if removal is Removal.EXPIRE else [])
    assert report.to_json()["delivery"]["removed"][0]["action"] == removal.value
    assert codes(report) == (["missing"] if removal is Removal.KEEP else [])


def test_a_big_move_needs_a_reason_and_everything_else_is_taken(first, next_one):
    far = [changed(ROWS[0], lat=32.11017, pop=5), *ROWS[1:]]
    workspace, report = next_one(far)
    table = workspace.layers[0].table
    assert shapely.get_y(table.geometry[0]) == 32.10017
    assert table.fields["population"][0] == 5
    assert [(p.row, p.code) for p in report.of(Action.DOUBT)] == [(1, "big_move")]
    moved, report = next_one(far, choices=Choices(reason="The partner surveyed it again."))
    assert shapely.get_y(moved.layers[0].table.geometry[0]) == 32.11017
    assert report.to_json()["delivery"]["moved"][0]["reason"] == "The partner surveyed it again."
    assert not codes(report)


def test_the_very_same_file_changes_nothing(first, next_one):
    workspace, report = next_one(ROWS, sha="1")
    assert workspace is first[0]
    assert report.to_json()["delivery"]["same_file"]
    assert "imported before" in report.summary()


def test_the_very_same_file_can_settle_what_was_left_open(first, next_one, now):
    far = [changed(ROWS[0], lat=32.11017), *ROWS[1:3]]
    left, _ = next_one(far)

    def again(workspace, **choices):
        return receive(
            workspace,
            file_of(far, sha="2"),
            SITE,
            MAPPING,
            partner="Relief",
            now=now,
            choices=Choices(**choices),
        )

    same, report = again(left)
    assert same is left
    assert report.to_json()["delivery"]["same_file"]
    assert "Still open: 1 moved (a big move needs a reason), 1 missing (kept)." in report.summary()
    moved, report = again(left, reason="Surveyed")
    assert shapely.get_y(moved.layers[0].table.geometry[0]) == 32.11017
    assert not report.to_json()["delivery"]["same_file"]
    ended, _ = again(left, removed=Removal.EXPIRE)
    assert np.isnat(ended.layers[0].table.valid_to).tolist() == [True, True, True, False]
    assert shapely.get_y(ended.layers[0].table.geometry[0]) == 32.10017
    later, _ = next_one(ROWS[:3], choices=Choices(removed=Removal.EXPIRE))
    earlier = later.layers[0].table.valid_to[3]
    third, _ = receive(
        later, file_of(ROWS[:3], sha="3"), SITE, MAPPING, partner="Relief", now=now + timedelta(days=30),
        choices=Choices(removed=Removal.EXPIRE),
    )  # fmt: skip
    assert third.layers[0].table.valid_to[3] == earlier


@pytest.mark.parametrize("sha", ["1", "2"])
def test_a_position_that_an_officer_corrected_is_kept_while_the_partner_says_the_same(now, sha):
    def table(rows, sha):
        texts = {"X": column([str(row[3]) for row in rows]), "Y": column([str(row[4]) for row in rows])}
        read = file_of(rows, sha=sha)
        return replace(read, columns={**read.columns, **texts}, x_field="X", y_field="Y")

    def take(workspace, rows, sha):
        return receive(workspace, table(rows, sha), SITE, MAPPING, partner="Relief", now=now)

    workspace, report = take(new_workspace("Test", Mode.TEST, now, "UTC"), ROWS, "1")
    layer = workspace.layer(report.layer_id)
    better = layer.table.row(0, SITE).with_changes(geometry=shapely.Point(36.10113, 32.10117))
    edited = workspace.with_layer(replace(layer, table=layer.table.with_features([better])))
    again, report = take(edited, ROWS, sha)
    assert again.layers[0].table.geometry[0] == better.geometry
    assert report.delivery["unchanged"] == 4
    assert not report.delivery["moved"]
    new, report = take(edited, [changed(ROWS[0], lat=32.10067), *ROWS[1:]], "3")
    assert shapely.get_y(new.layers[0].table.geometry[0]) == 32.10067
    assert len(report.delivery["moved"]) == 1


def test_the_same_number_of_decimals_elsewhere_is_no_other_uncertainty(now):
    def written(rows, sha, metres):
        return replace(file_of(rows, sha=sha), uncertainty_m=np.full(len(rows), metres))

    empty = new_workspace("Test", Mode.TEST, now, "UTC")
    workspace, _ = receive(empty, written(ROWS, "2", 0.724), SITE, MAPPING, partner="Relief", now=now)
    rows = [changed(ROWS[0], lat=32.10117, pop=7), *ROWS[1:]]
    for metres, fields in ((0.7243, ["population"]), (7.24, ["uncertainty_m", "population"])):
        read = written(rows, "3", metres)
        _, report = receive(workspace, read, SITE, MAPPING, partner="Relief", now=now)
        assert report.delivery["moved"]
        assert report.delivery["changed"][0]["fields"] == fields


def test_the_same_content_in_another_file_changes_nothing_but_the_source(first, next_one):
    workspace, report = next_one(ROWS)
    before, after = first[0].layers[0].table, workspace.layers[0].table
    rows = np.arange(len(before))
    assert after.id.tolist() == before.id.tolist()
    assert after.fingerprints(rows) == before.fingerprints(rows)
    assert report.to_json()["delivery"]["unchanged"] == 4
    assert set(after.source) == {workspace.sources[-1].id}


def test_what_an_officer_corrected_is_kept_while_the_partner_says_the_same(first, next_one, now):
    workspace, layer_id = first
    layer = workspace.layer(layer_id)
    feature = layer.table.row(0, SITE).with_changes(name="Corrected", uncertainty_m=50.0)
    edited = workspace.with_layer(replace(layer, table=layer.table.with_features([feature])))
    again, report = receive(
        edited,
        file_of([*ROWS[:3], changed(ROWS[3], pop=9)], sha="2"),
        SITE,
        MAPPING,
        partner="Relief",
        now=now,
    )
    assert again.layers[0].table.name[0] == "Corrected"
    assert again.layers[0].table.uncertainty_m[0] == 50.0
    assert not report.to_json()["delivery"]["renamed"]
    new, _ = receive(
        edited, file_of([changed(ROWS[0], name="Other"), *ROWS[1:]], sha="3"), SITE, MAPPING,
        partner="Relief", now=now,
    )  # fmt: skip
    assert new.layers[0].table.name[0] == "Other"


def test_columns_that_now_mean_something_else_count_as_new(next_one):
    workspace, report = next_one(ROWS, mapping=replace(MAPPING, name="TYPE"))
    assert workspace.layers[0].table.name.tolist() == ["school", "clinic", "office", "warehouse"]
    assert len(report.to_json()["delivery"]["renamed"]) == 4


def test_without_ids_the_name_the_category_and_the_place_decide(now):
    nameless = replace(MAPPING, source_id=None)
    workspace = new_workspace("Test", Mode.TEST, now, "UTC")
    workspace, report = add_to_workspace(workspace, file_of(ROWS), SITE, nameless, partner="R", now=now)
    moved = file_of([changed(ROWS[0], lat=32.10117), changed(ROWS[1], lat=32.21017), *ROWS[2:]], sha="2")
    updated, report = add_to_workspace(
        workspace, moved, SITE, nameless, partner="R", now=now, update=report.layer_id
    )
    delivery = report.to_json()["delivery"]
    assert [m["name"] for m in delivery["moved"]] == ["Amber school"]
    assert [a["name"] for a in delivery["added"]] == ["Birch clinic"]
    assert [r["name"] for r in delivery["removed"]] == ["Birch clinic"]
    assert len(updated.layers[0].table) == 5


def test_what_was_drawn_here_is_never_missing(first, next_one, now):
    workspace, layer_id = first
    layer = workspace.layer(layer_id)
    drawn = table_of(spec_of(SITE), [new_feature(SITE, shapely.Point(36.7001, 32.7001), name="Drawn")])
    workspace = workspace.with_layer(replace(layer, table=layer.table.append(drawn)))
    updated, report = receive(workspace, file_of(ROWS, sha="2"), SITE, MAPPING, partner="Relief", now=now)
    assert not report.to_json()["delivery"]["removed"]
    assert updated.layers[0].table.name.tolist()[-1] == "Drawn"


def test_another_partner_kind_or_name_makes_a_new_layer(first, now):
    for more in ({"partner": "Other"}, {"partner": "Relief", "layer_name": "Second list"}):
        workspace, report = receive(first[0], file_of(ROWS, sha="2"), SITE, MAPPING, now=now, **more)
        assert len(workspace.layers) == 2
        assert "delivery" not in report.to_json()


def test_a_locked_layer_is_not_brought_up_to_date(first, now):
    layer = first[0].layers[0]
    locked = first[0].with_layer(replace(layer, locked=True))
    with pytest.raises(LayersError, match="locked"):
        receive(locked, file_of(ROWS, sha="2"), SITE, MAPPING, partner="Relief", now=now)


def test_comparing_changes_nothing_and_applying_takes_one_step(first):
    workspace, layer_id = first
    other = workspace.layer(layer_id).table.take(np.array([0, 1]))
    delivery = compare(workspace, layer_id, other)
    assert delivery.removed == tuple(workspace.layer(layer_id).table.id[2:])
    assert len(apply(workspace, layer_id, delivery).layer(layer_id).table) == 4


# --- findings and decisions ---------------------------------------------------------------------


def _checked(workspace, now):
    workspace, _ = absorb(workspace, check(workspace, now=now))
    return workspace


def test_a_decision_survives_an_unchanged_delivery_and_lapses_for_what_moved(first, now):
    spec = spec_of(Kind.MILITARY_ZONE)
    zone = new_feature(spec.kind, geo.buffer(shapely.Point(36.10013, 32.10317), 50.0), feature_id="zone")
    workspace = first[0].with_layer(Layer("zones", spec.kind, "Zones", table_of(spec, [zone])))
    workspace = _checked(workspace, now)
    key = next(r.finding.key for r in workspace.findings if "stand" in r.finding.rule)
    workspace = decide(
        workspace, key, DecisionType.ACCEPT, by="Maj. A", reason="Agreed.", expires=None, now=now
    )
    later = now + timedelta(days=7)
    same, _ = receive(workspace, file_of(ROWS[::-1], sha="2"), SITE, MAPPING, partner="Relief", now=later)
    same = _checked(same, later)
    assert key in standing(same, later)
    moved = [changed(ROWS[0], lat=32.10037), *ROWS[1:]]
    other, _ = receive(same, file_of(moved, sha="3"), SITE, MAPPING, partner="Relief", now=later)
    other = _checked(other, later)
    assert key in {record.finding.key for record in other.findings}
    assert key not in standing(other, later)
    assert "changed" in other.decisions[0].lapsed


# --- partners -----------------------------------------------------------------------------------


def test_everything_decided_is_remembered_and_recognised_by_partner_and_columns(first, now, tmp_path):
    profile = first[0].partners[0]
    assert (profile.partner, profile.kind, profile.layer_name, profile.mapping) == (
        "Relief", SITE, "sites", MAPPING,
    )  # fmt: skip
    assert partners.recognise(first[0], file_of(ROWS, sha="9"), " relief ") is profile
    assert partners.recognise(first[0], file_of(ROWS, sha="9")) is profile
    assert partners.recognise(first[0], file_of(ROWS, sha="9"), "Other") is None
    other = file_of(ROWS, names=("W", "X", "Y", "Z"))
    assert partners.recognise(first[0], other, "Relief") is None
    assert partners.mapping_for(profile, file_of(ROWS, sha="9")).source_id == "ID"
    with WorkspaceFile.create(tmp_path / "w.gpkg", first[0]):
        pass
    with WorkspaceFile.open(tmp_path / "w.gpkg") as file:
        assert file.workspace.partners == first[0].partners


def test_how_a_file_was_read_is_remembered_and_what_is_said_now_wins(first, now):
    options = ReadOptions(crs="EPSG:32637", encoding="cp1256", header_row=3, x_field="X", y_field="Y")
    workspace = partners.remember(
        first[0], file_of(ROWS), SITE, MAPPING, partner="Relief", layer_id=first[1], options=options
    )
    assert len(workspace.partners) == 1
    assert partners.options_for(workspace.partners[0]) == replace(options, crs_is_remembered=True)
    given = partners.options_for(workspace.partners[0], ReadOptions(crs="EPSG:4326", x_field="POS"))
    assert given == replace(options, crs="EPSG:4326", x_field="POS", y_field=None)


def test_a_changed_layout_is_a_doubt_not_a_guess(first, next_one, now):
    renamed = file_of(ROWS, sha="2", names=("ID", "SITE_NAME", "TYPE", "POP"))
    profile = partners.recognise(first[0], renamed, "Relief")
    mapping = partners.mapping_for(profile, renamed)
    assert mapping == replace(MAPPING, name=None, categories=mapping.categories)
    _, report = receive(first[0], renamed, SITE, mapping, partner="Relief", now=now)
    layout = [p for p in report.of(Action.DOUBT) if p.code == "changed_layout"]
    assert ["“NAME”" in layout[0].what, "“SITE_NAME”" in layout[0].proposal] == [True, True]
    assert "“SITE_NAME”" in layout[1].what


# --- fixes --------------------------------------------------------------------------------------


def test_fixes_reach_the_rows_of_the_last_file_only(next_one):
    workspace, report = next_one([ROWS[1], ROWS[0]])
    fix = Problem(1, Action.DOUBT, "coarse_position", "", "Set it.", {"uncertainty_m": 40.0})
    fixed = apply_fixes(workspace, report.layer_id, [fix]).layers[0].table
    assert dict(zip(fixed.source_id, fixed.uncertainty_m, strict=True)) == {"a": 0, "b": 40, "c": 0, "d": 0}


def test_a_category_fix_reaches_every_row_with_the_word(now):
    rows = [changed(row, kind="Bunker") for row in ROWS]
    workspace, report = add_to_workspace(
        new_workspace("T", Mode.TEST, now, "UTC"), file_of(rows), SITE, MAPPING, now=now
    )
    fix = Problem(1, Action.DOUBT, "unknown_category", "", "", {"category": ["Bunker", "other"]})
    fixed = apply_fixes(workspace, report.layer_id, [fix])
    assert fixed.layers[0].table.category.tolist() == ["other"] * 4
    assert fixed.sources[0].report["applied"][0]["features"] == 4


def test_what_needs_the_file_again_is_refused(first):
    fix = Problem(None, Action.DOUBT, "crs", "", "", {"crs": "EPSG:32637"})
    with pytest.raises(LayersError, match="read again"):
        apply_fixes(*first, [fix])


def test_a_position_put_right_stays_so_when_the_partner_sends_the_mistake_again(now):
    more = [(f"s{n}", f"Site {n}", "school", 36.0101 + n / 10, 32.0203, None) for n in range(9)]
    rows = [*more, ("x", "Zinnia", "clinic", 32.3001, 36.2001, None)]
    empty = new_workspace("Test", Mode.TEST, now, "UTC")
    workspace, report = receive(empty, file_of(rows), SITE, MAPPING, partner="R", now=now)
    swapped = [p for p in report.of(Action.DOUBT) if p.fix]
    assert [(p.row, p.code) for p in swapped] == [(10, "swapped_axes")]
    workspace = apply_fixes(workspace, report.layer_id, swapped)
    assert apply_fixes(workspace, report.layer_id, swapped) is workspace
    rows[0] = changed(rows[0], pop=4)
    again, report = receive(workspace, file_of(rows, sha="2"), SITE, MAPPING, partner="R", now=now)
    assert codes(report) == ["big_move"]
    assert shapely.get_x(again.layers[0].table.geometry[9]) == 36.2001


def test_after_fixes_the_report_still_accounts_for_every_row(now):
    rows = [changed(row, lat=row[4]) for row in ROWS] + [changed(ROWS[0], id="z", lat=32.10027)]
    workspace, report = add_to_workspace(
        new_workspace("T", Mode.TEST, now, "UTC"), file_of(rows), SITE, MAPPING, now=now
    )
    fixes = [p for p in report.of(Action.DOUBT) if p.code == "duplicate"]
    assert len(apply_fixes(workspace, report.layer_id, fixes).layers[0].table) == 4
    after = reported(report, fixes)
    assert (after.rows, after.imported, len(after.of(Action.SKIPPED))) == (5, 4, 1)


def test_the_name_of_an_only_sheet_is_no_name_for_a_layer(now):
    empty = new_workspace("Test", Mode.TEST, now, "UTC")
    sheet = replace(file_of(ROWS, file="sites_november.xlsx"), layer="Sheet1", layers=("Sheet1",))
    for imported, name in ((sheet, "sites_november"), (replace(sheet, layers=("Sheet1", "Notes")), "Sheet1")):
        workspace, _ = receive(empty, imported, SITE, MAPPING, partner="Relief", now=now)
        assert workspace.layers[0].name == name


def test_a_list_that_counts_its_rows_anew_is_doubted(first, now):
    workspace, _ = first
    without_first = [changed(ROWS[k], id=ROWS[k - 1][0]) for k in range(1, len(ROWS))]
    _, report = receive(workspace, file_of(without_first, sha="2"), SITE, MAPPING, partner="Relief", now=now)
    (doubt,) = [p for p in report.of(Action.DOUBT) if p.code == "renumbered"]
    assert doubt.row is None and doubt.what.startswith("3 of the last delivery")
    assert "“Birch clinic”, which was “b”" in doubt.what


def test_another_name_and_a_swap_of_places_alone_are_no_new_numbers(first, now):
    workspace, _ = first
    renamed = [changed(ROWS[0], name="Amber primary school"), *ROWS[1:]]
    _, report = receive(workspace, file_of(renamed, sha="2"), SITE, MAPPING, partner="Relief", now=now)
    assert "renumbered" not in codes(report)
