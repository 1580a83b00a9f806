"""The steps of the import dialog: projection and encoding clinic, doubts, the next delivery of a partner."""

import csv
import json

import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from desktop.dialogs import import_doubt_words as words
from desktop.dialogs.import_changes import change_counts
from desktop.dialogs.import_dialog import ImportDialog
from desktop.dialogs.import_map import Role
from desktop.dialogs.import_reading import profile_of
from desktop.dialogs.import_steps import Step, StepState
from desktop.dialogs.import_text import candidates_of, texts_of
from layers.kinds import spec_of
from layers.landing import away_km
from layers.model import Kind, Layer, new_feature, table_of, text_column
from layers.reading import Action, Decided, Problem
from tests.desktop.window_builders import NOW

PARTNER = "Relief & Co <b>"


@pytest.fixture
def in_area(operation):
    """The open workspace with an area of operations around 20 to 21 degrees east, 44.5 to 45.5 north."""
    outline = new_feature(
        Kind.AREA_OF_OPERATIONS, shapely.box(20, 44.5, 21, 45.5), feature_id="ao", name="AO"
    )
    table = table_of(spec_of(Kind.AREA_OF_OPERATIONS), [outline])
    operation.apply("Area", operation.workspace.with_layer(Layer("ao", Kind.AREA_OF_OPERATIONS, "AO", table)))
    operation.undo_stack.clear()
    return operation


@pytest.fixture
def open_dialog(qtbot, in_area, tasks):
    def opened(*paths):
        dialog = ImportDialog(in_area, tasks, list(paths), clock=lambda: NOW)
        qtbot.addWidget(dialog)
        dialog.show()
        settle(qtbot, dialog)
        return dialog

    return opened


def settle(qtbot, dialog):
    qtbot.waitUntil(lambda: all(p.overall() is not StepState.BUSY for p in dialog.pages))


def finish(qtbot, dialog):
    settle(qtbot, dialog)
    dialog.start_import()
    qtbot.waitUntil(lambda: bool(dialog.report.reports))


def state_of(dialog, step):
    return dialog.page.panels[step].report().state


def geojson(path, *shapes, **properties):
    features = [
        {
            "type": "Feature",
            "properties": {"id": f"P-{n}", "name": f"Clinic number {n}", "type": "clinic", **properties},
            "geometry": shape,
        }
        for n, shape in enumerate(shapes)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


def point(lon, lat):
    return {"type": "Point", "coordinates": [lon, lat]}


def items_of(tree):
    found, left = [], [tree.topLevelItem(n) for n in range(tree.topLevelItemCount())]
    while left:
        item = left.pop(0)
        found.append(item)
        left += [item.child(n) for n in range(item.childCount())]
    return found


def item_with(tree, text):
    return next(item for item in items_of(tree) if text in item.text(0))


# --- where it is --------------------------------------------------------------------------------


@pytest.fixture
def metres(tmp_path):
    """A table in UTM metres that does not say so, with Arabic text that does not say its encoding."""
    rows = ["id;name;x;y"]
    rows += [
        f"{n};مستشفى الرحمة رقم {n} في المدينة;{461_000 + 25 * n};{4_983_000 + 10 * n}" for n in range(20)
    ]
    path = tmp_path / "clinics.csv"
    path.write_bytes("\r\n".join(rows).encode("cp1256"))
    return path


def test_a_file_without_a_coordinate_system_needs_an_answer_and_cannot_be_imported(open_dialog, metres):
    dialog = open_dialog(metres)
    assert state_of(dialog, Step.WHERE) is StepState.ANSWER
    assert not dialog.ok.isEnabled()
    assert "needs an answer in the step “Where it is”" in dialog.status.words()
    shown = dialog.steps.report_of(Step.WHERE)
    assert shown is not None and shown.state is StepState.ANSWER


def test_the_candidate_that_lies_in_the_area_comes_first_and_is_drawn_on_the_map(open_dialog, metres):
    dialog = open_dialog(metres)
    dialog.go_to(Step.WHERE)
    where = dialog.page.where
    assert where.candidates.item(0, 0).text() == "WGS 84 / UTM zone 34N"
    assert where.candidates.item(0, 1).text() == "In the area of operations"
    (landing,) = where.map.overlays
    assert landing.role is Role.LANDING
    assert shapely.box(20, 44.5, 21, 45.5).contains(landing.geometry)
    where.candidates.setCurrentCell(1, 0)
    (elsewhere,) = where.map.overlays
    assert not elsewhere.geometry.intersects(landing.geometry)


def test_using_a_candidate_reads_the_file_again_and_answers_the_step(qtbot, open_dialog, metres):
    dialog = open_dialog(metres)
    dialog.go_to(Step.WHERE)
    dialog.page.where.use.click()
    settle(qtbot, dialog)
    assert dialog.page.preview.imported.crs.value == "EPSG:32634"
    assert dialog.page.preview.placed == 20
    assert state_of(dialog, Step.WHERE) is StepState.OK
    assert dialog.ok.isEnabled()


def test_positions_of_a_table_are_shown_as_written_and_as_read(qtbot, open_dialog, tmp_path):
    path = tmp_path / "sites.csv"
    path.write_text("id,name,mgrs\n1,Well,34T DQ 7812 8233\n2,School,34TDQ78408250\n", "utf-8")
    dialog = open_dialog(path)
    where = dialog.page.where
    assert where.texts.item(0, 1).text() == "34T DQ 7812 8233"
    assert not where.candidates.rowCount()  # each row says its notation: no other system could be meant
    needed = where.texts.fontMetrics().horizontalAdvance(where.texts.item(0, 2).text())
    assert needed + 8 <= where.texts.columnWidth(2)
    assert "±" in where.texts.item(0, 2).text()
    assert "becomes their uncertainty" in where.notation.words()


def test_a_table_without_columns_of_a_position_asks_for_them(open_dialog, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("id,name\n1,Well\n2,School\n", "utf-8")
    dialog = open_dialog(path)
    report = dialog.page.where.report()
    assert (report.state, report.words) == (StepState.ANSWER, "Which columns?")
    assert "Choose the column" in dialog.page.where.crs_how.words()


def test_the_distance_from_the_area_is_nought_inside_and_counted_outside():
    assert away_km((20.1, 45.0, 20.2, 45.1), (20, 44.5, 21, 45.5)) == 0
    assert away_km((22.0, 45.0, 22.1, 45.1), (20, 44.5, 21, 45.5)) == pytest.approx(78.8, abs=1)
    assert away_km((20.1, 45.0, 20.2, 45.1), None) is None


# --- text ---------------------------------------------------------------------------------------


def test_the_same_texts_stand_side_by_side_and_one_click_reads_the_file_again(qtbot, open_dialog, metres):
    dialog = open_dialog(metres)
    dialog.go_to(Step.TEXT)
    text = dialog.page.text
    shown = [label.words() for label in text.area.findChildren(QLabel) if hasattr(label, "words")]
    assert any("مستشفى الرحمة رقم 0 في المدينة" in line for line in shown)
    assert len(text.buttons) > 2
    assert next(iter(text.buttons)) == "cp1256"
    assert not text.buttons["cp1256"].isEnabled()
    other = next(name for name in text.buttons if name != "cp1256")
    text.buttons[other].click()
    settle(qtbot, dialog)
    assert dialog.page.options.encoding == other
    assert state_of(dialog, Step.TEXT) is StepState.OK


def test_of_a_line_of_a_table_only_the_cells_beyond_ascii_are_shown():
    assert texts_of(["1;Болница;12.5".encode("cp1251"), b"plain"]) == ["Болница".encode("cp1251")]


def test_the_encoding_in_use_is_always_among_those_shown():
    many = tuple(f"cp125{n}" for n in range(8))
    assert "koi8_r" in candidates_of(Decided("koi8_r", "", many))
    assert candidates_of(Decided("cp1251", "", ("cp1251", "CP1251", "cp1252"))) == ["cp1251", "cp1252"]


# --- doubts -------------------------------------------------------------------------------------


@pytest.fixture
def slips(tmp_path):
    bow_tie = [[[20.5, 45.0], [20.6, 45.1], [20.6, 45.0], [20.5, 45.1], [20.5, 45.0]]]
    shapes = [point(20.1 + n / 50, 45.0 + n / 40) for n in range(6)]
    shapes += [point(45.2, 20.3), None, {"type": "Polygon", "coordinates": bow_tie}]
    return geojson(tmp_path / "health_clinics.geojson", *shapes)


def test_nothing_is_ticked_or_changed_before_a_person_does_it(qtbot, open_dialog, in_area, slips):
    dialog = open_dialog(slips)
    tree = dialog.page.doubts.tree
    boxes = [item for item in items_of(tree) if item.flags() & Qt.ItemFlag.ItemIsUserCheckable]
    assert boxes
    assert all(item.checkState(0) is Qt.CheckState.Unchecked for item in boxes)
    assert not dialog.page.doubts.apply.isEnabled()
    finish(qtbot, dialog)
    shapes = in_area.workspace.layers[-1].table.geometry
    assert shapely.Point(45.2, 20.3) in shapes.tolist()


def test_a_ticked_proposal_is_applied_told_in_the_report_and_undone_with_the_import(
    qtbot, open_dialog, in_area, slips
):
    dialog = open_dialog(slips)
    before = in_area.workspace
    doubts = dialog.page.doubts
    item_with(doubts.tree, "swapped").setCheckState(0, Qt.CheckState.Checked)
    assert doubts.apply.text() == "&Apply 1 ticked proposal"
    doubts.apply.click()
    settle(qtbot, dialog)
    assert not any("swapped" in item.text(0) for item in items_of(doubts.tree))
    assert "1 proposal applied" in doubts.applied.words()
    finish(qtbot, dialog)
    assert shapely.Point(20.3, 45.2) in in_area.workspace.layers[-1].table.geometry.tolist()
    assert "Proposals applied: 1" in dialog.report.text.toPlainText()
    assert dialog.report.to_json()[0]["applied"][0]["code"] == "swapped_axes"
    assert in_area.undo_stack.count() == 1
    in_area.undo()
    assert in_area.workspace is before


def test_applied_proposals_can_be_taken_back(qtbot, open_dialog, slips):
    dialog = open_dialog(slips)
    doubts = dialog.page.doubts
    item_with(doubts.tree, "swapped").setCheckState(0, Qt.CheckState.Checked)
    doubts.apply.click()
    settle(qtbot, dialog)
    doubts.take_back.click()
    settle(qtbot, dialog)
    assert item_with(doubts.tree, "swapped").checkState(0) is Qt.CheckState.Unchecked
    assert dialog.page.request().fixes == ()


def test_a_chosen_doubt_is_shown_as_it_is_and_as_proposed(open_dialog, slips):
    dialog = open_dialog(slips)
    dialog.go_to(Step.DOUBTS)
    doubts = dialog.page.doubts
    doubts.tree.setCurrentItem(item_with(doubts.tree, "swapped").child(0))
    shown = {overlay.role: overlay.geometry for overlay in doubts.map.overlays}
    assert shown[Role.NOW].equals(shapely.Point(45.2, 20.3))
    assert shown[Role.PROPOSED].equals(shapely.Point(20.3, 45.2))
    assert doubts.detail.words().startswith("Row 7:")


def test_a_repaired_shape_is_shown_before_and_after(open_dialog, slips):
    dialog = open_dialog(slips)
    dialog.go_to(Step.DOUBTS)
    doubts = dialog.page.doubts
    doubts.tree.setCurrentItem(item_with(doubts.tree, "Row 9: Invalid shape"))
    shown = {overlay.role: overlay.geometry for overlay in doubts.map.overlays}
    assert not shown[Role.BEFORE].is_valid
    assert shown[Role.NOW].is_valid
    assert "as the partner sent it" in doubts.legend.words()


def test_what_is_left_out_stands_there_with_its_row_and_reason(open_dialog, slips):
    tree = open_dialog(slips).page.doubts.tree
    assert item_with(tree, "Row 8:").text(0) == "Row 8: It has no geometry."


def test_a_thousand_problems_of_one_sort_are_listed_in_part_and_ticked_as_a_whole(qtbot, open_dialog, slips):
    dialog = open_dialog(slips)
    doubts = dialog.page.doubts
    many = [
        Problem(n, Action.DOUBT, "null_island", "At 0, 0", "Leave out", {"drop": True}) for n in range(1000)
    ]
    doubts.show_problems(words.grouped(many), 0)
    group = item_with(doubts.tree, "At 0, 0, where nobody")
    assert group.childCount() == 201
    assert group.child(200).text(0) == "and 800 more of this sort"
    group.setCheckState(0, Qt.CheckState.Checked)
    assert len(doubts.ticked()) == 1000


def test_a_proposal_about_the_coordinate_system_reads_the_file_again(qtbot, open_dialog, slips):
    dialog = open_dialog(slips)
    problem = Problem(None, Action.DOUBT, "crs", "Not certain", "Read it so", {"crs": "EPSG:4258"})
    dialog.page.apply_fixes([problem])
    settle(qtbot, dialog)
    assert dialog.page.options.crs == "EPSG:4258"
    assert dialog.page.fixes == ()


@pytest.mark.parametrize(
    ("fix", "shape"),
    [
        ({"swap": True}, (45.0, 20.0)),
        ({"flip": "lon"}, (-20.0, 45.0)),
        ({"flip": "lat"}, (20.0, -45.0)),
        ({"flip": "both"}, (-20.0, -45.0)),
        ({"drop": True}, None),
    ],
)
def test_a_proposed_position_is_where_the_fix_would_put_it(fix, shape):
    proposed = words.proposed_shape(shapely.Point(20, 45), fix)
    assert proposed is None if shape is None else (proposed.x, proposed.y) == shape


def test_every_fix_has_words_and_every_code_a_title():
    fixes = (
        {"swap": True}, {"flip": "lon"}, {"flip": "both"}, {"crs": "EPSG:32634"}, {"encoding": "cp1251"},
        {"category": ["clinic", "health_facility"]}, {"same_as": "x"}, {"drop": True},
        {"window": {"from": None, "to": None}}, {"day_first": True}, {"uncertainty_m": 790.0},
    )  # fmt: skip
    for fix in fixes:
        assert words.fix_words(Problem(1, Action.DOUBT, "x", "what", "", fix)).endswith(".")
    assert words.code_words("unknown_status") == "Words for status that are not in our list"
    assert words.code_words("something_new") == "Something new"


# --- the next delivery --------------------------------------------------------------------------


def delivery(path, *, later=False):
    rows = [[f"R-{n}", f"School {n}", "school", f"{20.1 + n / 100:.6f}", "45.100000"] for n in range(8)]
    if later:
        rows[1][3] = "20.150000"  # 3 km east
        rows[2][4] = "45.100500"  # 56 m north
        rows[3][1] = "School of music 3"
        del rows[5]
        rows.append(["R-9", "School 9", "school", "20.310000", "45.200000"])
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "name", "type", "lon", "lat"], *rows])
    return path


@pytest.fixture
def delivered(qtbot, open_dialog, tmp_path):
    """The first delivery is in; returns a function that opens the next."""
    dialog = open_dialog(delivery(tmp_path / "schools_november.csv"))
    dialog.page.what.partner.setText(PARTNER)
    dialog.page.what.partner_changed.emit()
    finish(qtbot, dialog)
    dialog.reject()
    return lambda: open_dialog(delivery(tmp_path / "schools_december.csv", later=True))


def test_a_layout_that_is_known_offers_to_do_as_last_time(delivered):
    dialog = delivered()
    assert dialog.page.what.strip.isVisible()
    said = dialog.page.what.strip_words.words()
    assert "4 May 2031" in said
    assert PARTNER in said


def test_without_the_offer_taken_a_known_layout_is_still_a_new_layer(delivered):
    dialog = delivered()
    assert dialog.page.changes.report().words == "A new layer"
    assert dialog.page.what.partner.text() == ""


def test_a_big_move_stops_the_import_until_it_has_a_reason(qtbot, delivered, in_area):
    dialog = delivered()
    dialog.page.use_profile(True)
    settle(qtbot, dialog)
    changes = dialog.page.changes
    assert state_of(dialog, Step.CHANGES) is StepState.ANSWER
    assert not dialog.ok.isEnabled()
    assert len(in_area.workspace.layers) == 4
    item_with(changes.tree, "School 1").setCheckState(0, Qt.CheckState.Checked)
    assert not dialog.ok.isEnabled()
    changes.reason.setText("It moved to a new building")
    assert dialog.ok.isEnabled()
    before = in_area.workspace.layers[-1].table
    finish(qtbot, dialog)
    layer = in_area.workspace.layers[-1]
    assert len(in_area.workspace.layers) == 4
    row = layer.table.rows_by_id[before.id[1]]
    assert layer.table.geometry[row].x == pytest.approx(20.15)
    assert layer.table.source_id[row] == "R-1"
    assert "R-5" in layer.table.source_id.tolist()  # missing is not withdrawn
    assert "R-9" in layer.table.source_id.tolist()


def test_a_big_move_can_be_left_where_it_was(qtbot, delivered, in_area):
    dialog = delivered()
    dialog.page.use_profile(False)
    settle(qtbot, dialog)
    dialog.page.changes.leave.setChecked(True)
    assert state_of(dialog, Step.CHANGES) is StepState.DOUBTS
    finish(qtbot, dialog)
    table = in_area.workspace.layers[-1].table
    row = table.source_id.tolist().index("R-1")
    assert table.geometry[row].x == pytest.approx(20.11)


def test_changes_are_counted_listed_and_shown_where_they_were_and_are(qtbot, delivered):
    dialog = delivered()
    dialog.page.use_profile(False)
    settle(qtbot, dialog)
    dialog.go_to(Step.CHANGES)
    changes = dialog.page.changes
    assert changes.summary.words().startswith("1 added, 1 missing, 2 moved, 1 renamed")
    assert item_with(changes.tree, "School 2").text(1) == "by 56 m"
    changes.tree.setCurrentItem(item_with(changes.tree, "School 1"))
    roles = {overlay.role for overlay in changes.map.overlays}
    assert roles == {Role.BEFORE, Role.NOW}
    changes.tree.setCurrentItem(item_with(changes.tree, "School 5"))
    assert [overlay.role for overlay in changes.map.overlays] == [Role.BEFORE]


def test_missing_features_can_be_taken_out(qtbot, delivered, in_area):
    dialog = delivered()
    dialog.page.use_profile(False)
    settle(qtbot, dialog)
    dialog.page.changes.leave.setChecked(True)
    dialog.page.changes.removal.setCurrentIndex(2)
    finish(qtbot, dialog)
    assert "R-5" not in in_area.workspace.layers[-1].table.source_id.tolist()


def test_the_file_can_be_made_a_new_layer_instead(qtbot, delivered, in_area):
    dialog = delivered()
    dialog.page.use_profile(False)
    settle(qtbot, dialog)
    dialog.page.changes.target.choose("")
    settle(qtbot, dialog)
    assert dialog.page.changes.report().words == "A new layer"
    finish(qtbot, dialog)
    assert len(in_area.workspace.layers) == 5


def test_the_same_layout_without_surprises_is_imported_in_one_click(
    qtbot, open_dialog, in_area, tmp_path, delivered
):
    path = delivery(tmp_path / "schools_again.csv")
    path.write_text(path.read_text("utf-8").replace("School 4", "School four"), "utf-8")
    dialog = open_dialog(path)
    dialog.page.what.again.click()
    qtbot.waitUntil(lambda: bool(dialog.report.reports))
    assert len(in_area.workspace.layers) == 4
    assert "School four" in in_area.workspace.layers[-1].table.name.tolist()


def test_the_very_same_file_changes_nothing_and_says_so(qtbot, open_dialog, in_area, tmp_path, delivered):
    dialog = open_dialog(tmp_path / "schools_november.csv")
    dialog.page.use_profile(False)
    settle(qtbot, dialog)
    assert dialog.page.changes.report().words == "Imported before"
    before = in_area.workspace
    finish(qtbot, dialog)
    assert in_area.workspace is before
    assert "Nothing had to be changed" in dialog.report.head.words()


def test_counts_of_changes_leave_out_what_is_nought():
    assert change_counts({"added": [1], "removed": [], "moved": [], "renamed": [], "changed": [1, 2]}) == (
        "1 added, 2 changed"
    )


# --- the dialog ---------------------------------------------------------------------------------


def test_steps_are_reached_with_the_keyboard(qtbot, open_dialog, slips):
    dialog = open_dialog(slips)
    qtbot.keyClick(dialog, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    assert dialog.page.steps.currentWidget() is dialog.page.where
    dialog.next.click()
    assert dialog.page.steps.currentWidget() is dialog.page.text
    qtbot.keyClick(dialog, Qt.Key.Key_PageUp, Qt.KeyboardModifier.ControlModifier)
    assert dialog.page.steps.currentWidget() is dialog.page.where
    dialog.go_to(Step.CHANGES)
    assert not dialog.next.isEnabled()


def test_every_step_reports_a_state_and_is_read_out(open_dialog, slips):
    dialog = open_dialog(slips)
    for row in range(dialog.steps.count()):
        spoken = dialog.steps.item(row).data(Qt.ItemDataRole.AccessibleTextRole)
        assert spoken.split(":")[0] in {step.value for step in Step}
        assert any(state.value in spoken for state in StepState)


def test_import_pressed_while_a_file_is_looked_through_begins_when_it_is_done(qtbot, open_dialog, slips):
    dialog = open_dialog(slips)
    dialog.page.what.partner.setText("Somebody")
    dialog.page.what.partner_changed.emit()
    assert dialog.page.overall() is StepState.BUSY
    assert dialog.ok.isEnabled()
    dialog.ok.click()
    assert "begins as soon as" in dialog.status.words()
    qtbot.waitUntil(lambda: bool(dialog.report.reports))


def test_nothing_is_cut_at_1366_by_768(qtbot, open_dialog, slips, metres):
    dialog = open_dialog(slips, metres)
    dialog.resize(1366, 768)
    for row in range(len(dialog.pages)):
        dialog.files.setCurrentRow(row)
        for step in Step:
            dialog.go_to(step)
            qtbot.wait(20)
            assert dialog.size().width() == 1366
            assert dialog.size().height() == 768
            panel = dialog.page.panels[step]
            assert panel.minimumSizeHint().width() <= panel.width()
            assert panel.minimumSizeHint().height() <= panel.height()


def test_a_column_is_looked_through_once_and_bounded():
    column = text_column([f"v{n % 700}" for n in range(2_000)] + ["", ""])
    profile = profile_of("c", column)
    assert (profile.filled, profile.distinct, len(profile.values)) == (2_000, 700, 500)
    assert profile.samples == ("v0", "v1", "v2")
    assert profile.values[0][1] == 3
