"""The release dialog: preview, warnings, hand-over, refusal, and the record in the workspace."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt

from desktop.dialogs import release_dialog
from desktop.dialogs.release_dialog import ReleaseDialog
from desktop.dialogs.release_warnings import release_warnings
from desktop.panels.finding_colours import GREEN
from layers import decisions, rulebook
from layers.findings import CoverageState, DecisionType, FindingState, Severity
from layers.model import Kind
from layers.profiles import load_profiles
from layers.rules import RULES
from tests.desktop.panels.builders import STANDOFF, make_coverage, make_record, make_run
from tests.desktop.window_builders import NOW, file_left_out


def checked(workspace, *records):
    run = make_run(*(make_coverage(rule.id, sites=3) for rule in RULES))
    confirmed = rulebook.confirm(workspace, "Maj. Novak", "", NOW)
    return replace(confirmed, runs=(run,), findings=records)


@pytest.fixture
def ready(operation):
    """A workspace that nothing speaks against releasing."""
    operation.user = "Maj. Eva Novak"
    operation.apply("Check", checked(operation.workspace))
    return operation


@pytest.fixture
def open_dialog(qtbot, operation, tasks):
    def opened():
        dialog = ReleaseDialog(operation, tasks, clock=lambda: NOW)
        qtbot.addWidget(dialog)
        dialog.show()
        built(qtbot, dialog)
        return dialog

    return opened


def built(qtbot, dialog):
    qtbot.waitUntil(lambda: dialog._built is not None and dialog._task is None)


def choose(qtbot, dialog, profile_id):
    number = [p.id for p in dialog.settings.profiles].index(profile_id)
    dialog.settings.cards[number].button.setChecked(True)
    built(qtbot, dialog)


def handed_over(qtbot, dialog):
    dialog.hand_over()
    qtbot.waitUntil(lambda: dialog._task is None)


def test_the_preview_shows_what_leaves_and_what_stays_with_the_reason(qtbot, ready, open_dialog):
    dialog = open_dialog()
    choose(qtbot, dialog, "humanitarian")
    lines = [dialog.preview.layers.item(n).text() for n in range(dialog.preview.layers.count())]
    assert "Humanitarian sites: 3" in lines
    assert not any("ilitary" in line for line in lines)
    assert "RELEASABLE TO THE HUMANITARIAN COMMUNITY" in dialog.preview.marking.words()
    tree = dialog.preview.withheld
    rows = [[tree.topLevelItem(n).text(c) for c in range(3)] for n in range(tree.topLevelItemCount())]
    assert rows
    assert all(what and why for what, _, why in rows)


def test_the_table_shows_a_released_layer_as_the_recipient_reads_it(qtbot, ready, open_dialog):
    dialog = open_dialog()
    choose(qtbot, dialog, "humanitarian")
    lines = [dialog.preview.layers.item(n).text() for n in range(dialog.preview.layers.count())]
    dialog.preview.layers.setCurrentRow(lines.index("Humanitarian sites: 3"))
    model = dialog.preview.content
    cells = [model.index(r, c).data() for r in range(model.rowCount()) for c in range(model.columnCount())]
    assert model.rowCount() == 3
    assert "North school" in cells
    assert not any(str(cell).startswith("s") and str(cell)[1:].isdigit() for cell in cells), "no inner ids"


def test_handing_over_writes_the_files_and_records_the_release(qtbot, ready, open_dialog, tmp_path):
    dialog = open_dialog()
    choose(qtbot, dialog, "humanitarian")
    assert not dialog.warnings.isVisible()
    for name, box in dialog.settings.formats.items():
        box.setChecked(name == "geojson")
    folder = tmp_path / "out"
    dialog.settings.choose_folder(folder)
    handed_over(qtbot, dialog)
    assert dialog.problem.words() == ""
    record = ready.workspace.releases[-1]
    assert (record.profile, record.by) == ("humanitarian", "Maj. Eva Novak")
    assert ready.undo_stack.undoText() == f"Release {record.number}"
    for name, digest in record.files.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    outcome = dialog.outcome
    assert outcome.mark.mark == GREEN
    assert "0 leaks found" in outcome.head.words()
    assert outcome.files.topLevelItemCount() == 2
    assert outcome.audit.topLevelItem(0).text(0).endswith(": 0 leaks")
    assert outcome.folder() == folder


def test_the_record_can_be_copied_with_whole_fingerprints(qtbot, ready, open_dialog, tmp_path, qapp):
    dialog = open_dialog()
    dialog.settings.choose_folder(tmp_path / "out")
    handed_over(qtbot, dialog)
    dialog.outcome.copy_record()
    record = json.loads(qapp.clipboard().text())
    assert {file["sha256"] for file in record["files"]} == set(ready.workspace.releases[-1].files.values())


def test_a_folder_with_other_files_is_refused_with_a_sentence_and_nothing_is_recorded(
    qtbot, ready, open_dialog, tmp_path
):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    dialog = open_dialog()
    dialog.settings.choose_folder(tmp_path / "out")
    handed_over(qtbot, dialog)
    assert "notes.txt" in dialog.problem.words()
    assert dialog._steps.currentIndex() == 0
    assert ready.workspace.releases == ()
    assert dialog.ok.isEnabled()


def test_an_approver_is_asked_for_where_the_audience_needs_one(
    qtbot, ready, open_dialog, monkeypatch, tmp_path
):
    strict = tuple(replace(p, approver_required=p.id == "ocha") for p in load_profiles())
    monkeypatch.setattr(release_dialog, "load_profiles", lambda: strict)
    dialog = open_dialog()
    assert not dialog.settings.approver.isVisible()
    choose(qtbot, dialog, "ocha")
    assert dialog.settings.approver.isVisible()
    assert not dialog.ok.isEnabled()
    assert "approves" in dialog.status.words()
    dialog.settings.approver.setText("Col. Petrov")
    dialog.settings.choose_folder(tmp_path / "out")
    handed_over(qtbot, dialog)
    assert ready.workspace.releases[-1].by == "Col. Petrov"


def test_nothing_can_be_handed_over_without_a_name_a_format_or_a_folder(qtbot, ready, open_dialog):
    dialog = open_dialog()
    choose(qtbot, dialog, "humanitarian")
    for box in dialog.settings.formats.values():
        box.setChecked(False)
    assert not dialog.ok.isEnabled()
    assert dialog.status.words() == "Choose at least one format."
    dialog.settings.by.setText("")
    assert dialog.status.words() == "Say who releases."


def test_warnings_stand_above_the_preview_and_must_be_read_first(qtbot, operation, open_dialog):
    operation.user = "Maj. Eva Novak"
    dialog = open_dialog()
    choose(qtbot, dialog, "humanitarian")
    assert dialog.warnings.isVisible()
    assert "has not been checked" in dialog.warning_text.words()
    assert "placeholders that nobody has confirmed" in dialog.warning_text.words()
    assert not dialog.ok.isEnabled()
    dialog.understood.setChecked(True)
    assert dialog.ok.isEnabled()


def test_a_workspace_that_changed_after_the_preview_is_built_again(qtbot, ready, open_dialog, tmp_path):
    dialog = open_dialog()
    dialog.settings.choose_folder(tmp_path / "out")
    ready.apply("Remove", ready.workspace.without_layer("zones"))
    dialog.understood.setChecked(True)
    dialog.hand_over()
    assert "changed meanwhile" in dialog.problem.words()
    built(qtbot, dialog)
    assert ready.workspace.releases == ()
    assert not (tmp_path / "out").exists()


def test_the_suggested_folder_lies_beside_the_workspace_and_is_new_each_time(qtbot, ready, open_dialog):
    dialog = open_dialog()
    number = dialog._built[3].number
    assert dialog.settings.folder.text() == str(ready.path.parent / "releases" / number)


def test_partner_text_is_plain_in_the_preview(qtbot, ready, open_dialog):
    dialog = open_dialog()
    choose(qtbot, dialog, "humanitarian")
    lines = [dialog.preview.layers.item(n).text() for n in range(dialog.preview.layers.count())]
    dialog.preview.layers.setCurrentRow(lines.index("Humanitarian sites: 3"))
    model = dialog.preview.content
    tips = [
        model.index(r, c).data(Qt.ItemDataRole.ToolTipRole)
        for r in range(model.rowCount())
        for c in range(model.columnCount())
    ]
    assert any("&lt;b&gt;" in tip for tip in tips)
    assert not any("<b>" in tip for tip in tips)


def sentences(workspace, *, stale=False):
    return " ".join(release_warnings(workspace, stale=stale, now=NOW))


def test_nothing_is_said_when_nothing_speaks_against_it(operation):
    assert release_warnings(checked(operation.workspace), stale=False, now=NOW) == ()


def test_a_change_since_the_check_is_said(operation):
    assert "changed since the last check" in sentences(checked(operation.workspace), stale=True)


def test_open_critical_findings_are_counted_until_they_are_decided(operation):
    record = make_record(operation.workspace, "s0", "z0", severity=Severity.CRITICAL)
    workspace = checked(operation.workspace, record)
    assert "1 critical finding is open and undecided." in sentences(workspace)
    decided = decisions.decide(
        workspace, record.finding.key, DecisionType.ACCEPT, by="Maj. Novak", reason="Known.",
        expires=NOW + timedelta(days=1), now=NOW,
    )  # fmt: skip
    assert sentences(decided) == ""


def test_findings_not_retested_and_blocked_rules_are_said(operation):
    record = make_record(operation.workspace, "s0", "z0", state=FindingState.NOT_RETESTED)
    workspace = checked(operation.workspace, record)
    run = make_run(make_coverage(state=CoverageState.BLOCKED))
    text = sentences(replace(workspace, runs=(run,)))
    assert "1 rule could not run" in text
    assert "1 earlier finding could not be tested again" in text


def test_a_rule_that_had_nothing_to_compare_but_what_was_left_out_on_import_could_not_run(operation):
    run = make_run(make_coverage(state=CoverageState.IRRELEVANT, zones=0))
    workspace = replace(checked(operation.workspace), runs=(run,))
    assert "could not run" not in sentences(workspace)
    left_out = replace(workspace, sources=(*workspace.sources, file_left_out(Kind.MILITARY_ZONE, 2)))
    assert "1 rule could not run" in sentences(left_out)


def test_an_unconfirmed_limit_for_two_categories_is_named_before_a_release(operation):
    ready = checked(operation.workspace)
    cell = replace(ready.rules[STANDOFF], parameters={"standoff_m.firing.hospital": 900.0})
    limit = "Stand-off distance (firing area, hospital): 900 m (zone within stand-off of a site)"
    words = f"1 limit is a placeholder that nobody has confirmed for this operation: {limit}."
    assert words in sentences(replace(ready, rules={**ready.rules, STANDOFF: cell}))
    assert limit not in sentences(
        replace(ready, rules={**ready.rules, STANDOFF: replace(cell, enabled=False)})
    )


def test_many_unconfirmed_limits_are_one_sentence(operation):
    found = release_warnings(replace(checked(operation.workspace), rules={}), stale=False, now=NOW)
    many = [words for words in found if "placeholders" in words]
    n = len(rulebook.placeholders(operation.workspace))
    assert len(many) == 1
    assert many[0].startswith(f"{n} limits are placeholders") and f"and {n - 3} more." in many[0]
