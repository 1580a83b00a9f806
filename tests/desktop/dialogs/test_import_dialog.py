"""The import dialog over real files: read, correct, import as one step, report."""

import json

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from desktop.dialogs.import_dialog import ImportDialog
from desktop.dialogs.import_page import FilePage, PageState
from desktop.dialogs.import_reading import read_preview
from desktop.dialogs.import_steps import Step, StepState
from layers.landing import offered, system_words
from layers.model import Kind
from layers.progress import silent
from layers.reading import Decided, ReadOptions
from tests.desktop.window_builders import NOW


def feature(number, lon, lat, **properties):
    return {
        "type": "Feature",
        "properties": {"NO": f"P-{number}", "NOM": f"Clinic {number}", "TYPE": "clinic", **properties},
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
    }


@pytest.fixture
def clinics(tmp_path):
    path = tmp_path / "health_clinics.geojson"
    features = [feature(n, 20.0 + n / 100, 45.0) for n in range(5)]
    features[3]["geometry"] = None
    features[1]["properties"]["NOM"] = "مستشفى <b>الأمل</b>"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


@pytest.fixture
def cyrillic(tmp_path):
    """A table whose coordinates are metres and whose text is not UTF-8."""
    path = tmp_path / "projects.csv"
    rows = ["id;name;x;y"]
    rows += [f"{n};Болница номер {n} в града, отделение по хирургия;{500_000 + n};4983000" for n in range(20)]
    path.write_bytes("\r\n".join(rows).encode("cp1251"))
    return path


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "broken.geojson"
    path.write_text('{"type": "FeatureCollection", "features": [', "utf-8")
    return path


@pytest.fixture
def open_dialog(qtbot, operation, tasks):
    def opened(*paths):
        dialog = ImportDialog(operation, tasks, list(paths), clock=lambda: NOW)
        qtbot.addWidget(dialog)
        dialog.show()
        settle(qtbot, dialog)
        return dialog

    return opened


def settle(qtbot, dialog):
    """Wait until every file is read and what importing it would do is known."""
    qtbot.waitUntil(lambda: all(p.overall() is not StepState.BUSY for p in dialog.pages))


def tops(tree):
    return [tree.topLevelItem(n) for n in range(tree.topLevelItemCount())]


def finish(qtbot, dialog):
    dialog.start_import()
    qtbot.waitUntil(lambda: bool(dialog.report.reports))


def test_a_file_is_read_and_guessed_and_nothing_enters_before_import_is_pressed(
    open_dialog, operation, clinics
):
    before = operation.workspace
    page = open_dialog(clinics).pages[0]
    assert page.state is PageState.READY
    assert page.what.kind.value() is Kind.HUMANITARIAN_SITE
    assert page.what.layer_name.text() == "health clinics"
    assert page.columns.form.rows["name"].column == "NOM"
    assert page.what.rows.rowCount() == 5
    assert page.where.crs.currentText().endswith("(EPSG:4326)")
    assert page.where.crs_how.words()
    assert "5 rows, 4 with a position" in page.what.summary.words()
    assert operation.workspace is before


def test_an_import_is_one_undo_step_with_the_corrections_that_were_made(
    qtbot, open_dialog, operation, clinics
):
    dialog = open_dialog(clinics)
    page = dialog.pages[0]
    page.columns.form.rows["name"].choice.choose("NO")
    page.columns.form.codes["clinic"].choose("school")
    page.what.layer_name.setText("Clinics of March")
    page.what.partner.setText("Relief & Co <b>")
    finish(qtbot, dialog)
    assert operation.undo_stack.count() == 1
    assert operation.undo_stack.undoText() == "Import health_clinics.geojson"
    layer = operation.workspace.layers[-1]
    assert (layer.kind, layer.name, len(layer.table)) == (Kind.HUMANITARIAN_SITE, "Clinics of March", 4)
    assert list(layer.table.name) == ["P-0", "P-1", "P-2", "P-4"]
    assert set(layer.table.category) == {"school"}
    source = operation.workspace.sources[-1]
    assert (source.partner, source.imported_at) == ("Relief & Co <b>", NOW)
    operation.undo()
    assert len(operation.workspace.layers) == 2


def test_the_report_counts_every_row_and_can_be_copied_and_saved(qtbot, open_dialog, clinics, tmp_path, qapp):
    dialog = open_dialog(clinics)
    finish(qtbot, dialog)
    text = dialog.report.text.toPlainText()
    assert "4 of 5 rows imported" in text
    assert "Left out: 1" in text
    dialog.report.copy_text()
    assert qapp.clipboard().text() == text
    target = tmp_path / "report.json"
    dialog.report.save_json(target)
    report = json.loads(target.read_text("utf-8"))[0]
    assert report["rows"] == report["imported"] + len(report["skipped"]) == 5


def test_a_report_that_cannot_be_written_says_so(qtbot, open_dialog, clinics, tmp_path):
    dialog = open_dialog(clinics)
    finish(qtbot, dialog)
    dialog.report.save_json(tmp_path / "missing" / "report.json")
    assert "could not be written" in dialog.report.problem.words()


def test_several_files_are_one_step_and_one_that_cannot_be_read_does_not_stop_the_others(
    qtbot, open_dialog, operation, clinics, cyrillic, broken
):
    dialog = open_dialog(broken, clinics)
    assert dialog.pages[0].state is PageState.FAILED
    assert "broken.geojson" in dialog.pages[0].error.words()
    assert "Cannot be read" in dialog.files.item(0).text()
    assert dialog.ok.text() == "&Import 1 file"
    assert dialog.status.words() == "1 file cannot be imported."
    finish(qtbot, dialog)
    assert len(operation.workspace.layers) == 3
    assert "Not imported" in dialog.report.text.toPlainText()


def test_a_file_can_be_left_out(qtbot, open_dialog, operation, clinics, tmp_path):
    second = tmp_path / "second.geojson"
    second.write_text(clinics.read_text("utf-8"), "utf-8")
    dialog = open_dialog(clinics, second)
    dialog.files.item(0).setCheckState(Qt.CheckState.Unchecked)
    finish(qtbot, dialog)
    assert [layer.name for layer in operation.workspace.layers[2:]] == ["second"]


def test_two_files_are_undone_together(qtbot, open_dialog, operation, clinics, tmp_path):
    second = tmp_path / "second.geojson"
    second.write_text(clinics.read_text("utf-8"), "utf-8")
    dialog = open_dialog(clinics, second)
    finish(qtbot, dialog)
    assert (operation.undo_stack.count(), len(operation.workspace.layers)) == (1, 4)
    assert operation.undo_stack.undoText() == "Import 2 files"
    operation.undo()
    assert len(operation.workspace.layers) == 2


def test_another_encoding_is_read_again_and_shown_in_the_table(qtbot, open_dialog, cyrillic):
    dialog = open_dialog(cyrillic)
    page = dialog.pages[0]
    column = list(page.preview.imported.columns).index("name")
    page.text.encoding.picked.emit("latin-1")
    settle(qtbot, dialog)
    assert "Áîëíèöà" in page.what.rows.index(0, column).data()
    page.text.encoding.picked.emit("cp1251")
    settle(qtbot, dialog)
    assert page.what.rows.index(0, column).data().startswith("Болница номер 0")
    assert page.text.encoding.currentText() == "Cyrillic, Windows (cp1251)"


def test_another_coordinate_system_moves_the_features(qtbot, open_dialog, cyrillic):
    dialog = open_dialog(cyrillic)
    page = dialog.pages[0]
    page.where.x_field.choose("x")
    page.where.y_field.choose("y")
    settle(qtbot, dialog)
    page.where.crs.setEditText("32634")
    page.where.crs.lineEdit().returnPressed.emit()
    settle(qtbot, dialog)
    assert page.preview.imported.crs.value == "EPSG:32634"
    position = page.preview.imported.geometry[0]
    assert (round(position.x), round(position.y)) == (21, 45)
    assert "You chose it" in page.where.crs_how.words()
    assert "UTM zone 34N" in page.where.crs.currentText()


def test_a_coordinate_system_that_does_not_exist_is_refused_and_the_last_reading_stays(
    qtbot, open_dialog, clinics
):
    dialog = open_dialog(clinics)
    page = dialog.pages[0]
    good = page.preview
    page.where.crs.setEditText("EPSG:99")
    page.where.crs.lineEdit().returnPressed.emit()
    settle(qtbot, dialog)
    assert page.preview is good
    assert "could not be read that way" in page.refused.words()
    assert page.options == ReadOptions()
    assert dialog.ok.isEnabled()


def test_another_kind_brings_its_own_fields_and_keeps_the_columns_that_were_chosen(
    qtbot, open_dialog, clinics
):
    dialog = open_dialog(clinics)
    page = dialog.pages[0]
    page.columns.form.rows["name"].choice.choose("NO")
    page.what.kind.choose(Kind.PROJECT)
    settle(qtbot, dialog)
    assert "sector" in page.columns.form.rows
    assert page.columns.form.rows["name"].column == "NO"
    assert page.request().kind is Kind.PROJECT


def test_one_value_for_all_rows_becomes_a_constant(qtbot, open_dialog, operation, clinics):
    dialog = open_dialog(clinics)
    row = dialog.pages[0].columns.form.rows["contact"]
    row.choice.setCurrentIndex(row.choice.count() - 1)
    row.constant_edit.setText("Duty officer, +1 555 0100")
    finish(qtbot, dialog)
    assert set(operation.workspace.layers[-1].table.fields["contact"]) == {"Duty officer, +1 555 0100"}


def test_the_table_names_what_a_column_is_used_for(open_dialog, clinics):
    page = open_dialog(clinics).pages[0]
    assert page.columns.form is not None
    rows = page.columns.rows
    headers = [rows.headerData(n, Qt.Orientation.Horizontal) for n in range(rows.columnCount())]
    assert "NOM\n→ Name" in headers


def test_partner_text_is_never_markup(open_dialog, clinics):
    dialog = open_dialog(clinics)
    column = list(dialog.pages[0].preview.imported.columns).index("NOM")
    index = dialog.pages[0].what.rows.index(1, column)
    assert index.data() == "مستشفى <b>الأمل</b>"
    assert "<b>" not in index.data(Qt.ItemDataRole.ToolTipRole)
    assert all(
        label.textFormat() is Qt.TextFormat.PlainText
        for label in dialog.pages[0].findChildren(QLabel)
        if "<" in label.text()
    )


def test_skipped_rows_are_listed_with_their_number(open_dialog, clinics):
    tree = open_dialog(clinics).pages[0].doubts.tree
    left_out = next(top for top in tops(tree) if top.text(0).startswith("Left out"))
    assert left_out.text(0) == "Left out (1)"
    assert left_out.child(0).text(0) == "No position: 1"
    assert left_out.child(0).child(0).text(0).startswith("Row 4:")


def test_a_preview_of_a_large_file_stays_bounded(qtbot, open_dialog, tmp_path):
    path = tmp_path / "many.csv"
    lines = ["id,name,lon,lat", *(f"{n},Site {n},{20 + n / 1e5},45" for n in range(30_000))]
    path.write_text("\n".join(lines), "utf-8")
    page = open_dialog(path).pages[0]
    assert page.what.rows.rowCount() == 200
    assert len(page.preview.shapes) == 3_000
    assert page.preview.imported.rows == 30_000


def test_a_change_of_the_workspace_meanwhile_is_not_overwritten(qtbot, open_dialog, operation, clinics):
    dialog = open_dialog(clinics)
    stale = operation.workspace
    operation.apply("Remove", operation.workspace.without_layer("sites"))
    dialog._on_prepared(stale, ((stale, ()), []))
    assert "changed meanwhile" in dialog.status.words()
    assert len(operation.workspace.layers) == 1


def test_cancelling_closes_and_leaves_the_workspace_alone(qtbot, open_dialog, operation, clinics):
    before = operation.workspace
    dialog = open_dialog(clinics)
    dialog.reject()
    assert not dialog.isVisible()
    assert operation.workspace is before


def test_coordinate_systems_of_the_place_of_the_operation_come_first():
    guesses = tuple(f"EPSG:{32600 + zone}" for zone in range(1, 61))
    codes = offered(Decided("", "The file does not say.", guesses), (36.0, 32.0, 36.5, 32.5))
    assert codes[:3] == ["EPSG:32637", "EPSG:32636", "EPSG:32638"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("EPSG:4326", "WGS 84 (EPSG:4326)"),
        ("EPSG:32637", "WGS 84 / UTM zone 37N (EPSG:32637)"),
        ("EPSG:32734", "WGS 84 / UTM zone 34S (EPSG:32734)"),
        ("no such thing", "no such thing"),
    ],
)
def test_coordinate_systems_are_named_in_words(code, words):
    assert system_words(code) == words


def test_reading_off_the_gui_thread_returns_all_that_the_page_shows(operation, clinics):
    preview = read_preview(clinics, ReadOptions(), operation.workspace, silent)
    assert preview.kind is Kind.HUMANITARIAN_SITE
    assert (preview.placed, len(preview.shapes)) == (4, 5)
    assert preview.systems[0] == "EPSG:4326"
    assert np.asarray(preview.shapes).dtype == object


def test_a_table_without_positions_says_what_to_do_and_takes_the_keyboard_there(open_dialog, qtbot, tmp_path):
    path = tmp_path / "sites.csv"
    path.write_text("id;name;type\n1;North school;school\n2;South school;school\n", "utf-8")
    dialog = open_dialog(path)
    dialog.activateWindow()
    dialog.go_by(1)
    where = dialog.page.where
    qtbot.waitUntil(where.x_field.hasFocus)
    assert "ask the partner for positions" in where.crs_how.words()


def test_a_file_that_is_read_before_its_panels_were_made_is_shown(qtbot, operation, clinics):
    page = FilePage(clinics, operation.workspace, [])
    qtbot.addWidget(page)
    assert not page.panels  # no turn of the event loop yet
    page.show_preview(read_preview(clinics, ReadOptions(), operation.workspace, silent))
    assert page.state is PageState.READY
    assert set(page.panels) == set(Step)
