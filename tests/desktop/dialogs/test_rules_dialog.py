"""The rules dialog: limits, named confirmation of a version, import and export, one undo step each."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QTreeWidget

from desktop.dialogs.rule_page import manual_sections
from desktop.dialogs.rulebook_confirm import ConfirmDialog
from desktop.dialogs.rules_dialog import RulesDialog
from layers import rulebook
from layers.checks import is_confirmed
from layers.model import Confirmation, RuleSettings
from layers.rules import GROUPS, RULES, rule_of
from tests.desktop.panels.builders import NOW, STANDOFF

RULE = rule_of(STANDOFF)
CELL = "standoff_m.firing.hospital"


@pytest.fixture
def open_dialog(qtbot, operation):
    def opened():
        made = RulesDialog(operation, clock=lambda: NOW)
        qtbot.addWidget(made)
        made.show()
        return made

    return opened


@pytest.fixture
def dialog(open_dialog):
    return open_dialog()


def editor_of(dialog, rule_id=STANDOFF):
    return dialog.page(rule_of(rule_id)).editors[0]


def shown(dialog):
    return [rule_id for rule_id, item in dialog.rules.items.items() if not item.isHidden()]


def test_every_rule_is_listed_and_the_one_that_needs_a_name_comes_up_first(dialog):
    assert list(dialog.rules.items) == [rule.id for rule in RULES]
    assert dialog.stack.currentWidget() is dialog.page(RULE)
    assert "not confirmed by anybody" in dialog.rules.list.currentItem().text()


def test_rules_stand_under_the_headings_of_their_groups(dialog):
    texts = [dialog.rules.list.item(n).text() for n in range(dialog.rules.list.count())]
    headings = [heading for heading, group in GROUPS.items() if group]
    assert [text for text in texts if text in headings] == headings


def test_a_rule_is_found_by_words_of_its_title_or_question(dialog):
    dialog.rules.filter.setText("stand-off zone")
    assert STANDOFF in shown(dialog)
    assert "project_near_site" not in shown(dialog)
    dialog.rules.filter.setText("project near")
    assert "project_near_site" in shown(dialog)
    assert dialog.stack.currentWidget().rule.id in shown(dialog)
    dialog.rules.filter.setText("no such words")
    assert shown(dialog) == []
    assert dialog.rules.nothing.isVisible()
    dialog.rules.filter.clear()
    assert len(shown(dialog)) == len(RULES)


def test_confirming_keeps_a_version_and_every_limit_with_the_name_as_one_undo_step(dialog, operation):
    editor_of(dialog).spin.setValue(700)
    dialog.draft.set_values(RULE, {CELL: 900.0})
    dialog.confirm_as("Maj. Eva Novak", "Agreed")
    workspace = operation.workspace
    assert workspace.rules[STANDOFF] == RuleSettings(
        parameters={"standoff_m": 700.0, CELL: 900.0},
        confirmations={
            "standoff_m": Confirmation(700.0, "Maj. Eva Novak", NOW),
            CELL: Confirmation(900.0, "Maj. Eva Novak", NOW),
        },
    )
    assert [(v.number, v.by, v.note) for v in workspace.rulebook] == [(1, "Maj. Eva Novak", "Agreed")]
    assert rulebook.unconfirmed(workspace) == ()
    assert dialog.isVisible()
    assert "Version 1, confirmed by Maj. Eva Novak" in dialog.state.words()
    assert operation.undo_stack.count() == 1
    operation.undo()
    assert (operation.workspace.rules, operation.workspace.rulebook) == ({}, ())


def test_the_buttons_say_whether_anything_waits_to_be_used(dialog):
    assert (dialog.ok.isEnabled(), dialog.cancel.text()) == (False, "Close")
    editor_of(dialog).spin.setValue(800)
    assert (dialog.ok.isEnabled(), dialog.cancel.text()) == (True, "Cancel")
    dialog.confirm_as("Maj. Eva Novak", "")  # in use from now on
    assert (dialog.ok.isEnabled(), dialog.cancel.text()) == (False, "Close")


def test_the_button_asks_for_the_name_of_whoever_works_here(dialog, operation):
    operation.user = "Maj. Eva Novak"
    dialog.confirm.click()
    (question,) = dialog.findChildren(ConfirmDialog)
    question.note.setText("Agreed")
    question.ok.click()
    (version,) = operation.workspace.rulebook
    assert (version.by, version.note) == ("Maj. Eva Novak", "Agreed")


def test_the_arrow_keys_go_from_rule_to_rule_past_the_headings(qtbot, dialog):
    dialog.rules.choose(RULES[0])
    for rule in RULES:
        assert dialog.stack.currentWidget().rule is rule
        qtbot.keyClick(dialog.rules.list, Qt.Key.Key_Down)


def test_the_question_lists_every_limit_that_is_stood_for_and_needs_a_name(qtbot, dialog):
    dialog.confirm_as("Maj. Novak", "")
    dialog.draft.set_values(RULE, {CELL: 900.0})
    question = ConfirmDialog(dialog.draft, "", dialog)
    qtbot.addWidget(question)
    tree = question.findChild(QTreeWidget)
    rows = [[tree.topLevelItem(n).text(c) for c in range(4)] for n in range(tree.topLevelItemCount())]
    new = [RULE.title, "Stand-off distance (firing area, hospital)", "900 m", "confirmed by nobody"]
    assert rows[0] == new
    assert all("Maj. Novak" in row[3] for row in rows[1:])
    assert len(rows) == len(rulebook.placeholders(dialog.draft.workspace))
    assert not question.ok.isEnabled()
    question.name.setText("Майор Новак")
    assert question.ok.isEnabled()


def test_changing_a_value_takes_its_confirmation_away_and_setting_it_back_brings_it_back(
    open_dialog, operation
):
    settings = RuleSettings(confirmations={"standoff_m": Confirmation(500.0, "Maj. Novak", NOW)})
    operation.apply("Confirm", replace(operation.workspace, rules={STANDOFF: settings}))
    dialog = open_dialog()
    editor = editor_of(dialog)
    assert "confirmed by Maj. Novak" in editor.state.words()
    editor.spin.setValue(800)
    assert "Nobody has confirmed 800 m" in editor.state.words()
    editor.spin.setValue(500)
    assert "confirmed by Maj. Novak" in editor.state.words()
    editor.spin.setValue(800)
    dialog.accept()
    stored = operation.workspace.rules[STANDOFF]
    assert (dict(stored.parameters), dict(stored.confirmations)) == ({"standoff_m": 800.0}, {})
    assert not is_confirmed(RULE.parameters[0], 800.0, stored)


def test_everything_changed_is_one_undo_step(dialog, operation):
    dialog.page(rule_of("project_near_site")).enabled.setChecked(False)
    editor_of(dialog, "movement_crosses_zone").spin.setValue(400)
    dialog.draft.set_values(RULE, {CELL: 900.0})
    dialog.accept()
    assert operation.undo_stack.count() == 1
    assert not operation.workspace.rules["project_near_site"].enabled
    assert operation.workspace.rules["movement_crosses_zone"].parameters == {"corridor_m": 400.0}
    assert operation.workspace.rules[STANDOFF].parameters == {CELL: 900.0}
    operation.undo()
    assert operation.workspace.rules == {}


def test_escape_asks_before_it_gives_up_what_was_set(qtbot, dialog, operation):
    dialog.draft.set_values(RULE, {CELL: 900.0})
    with qtbot.waitSignal(dialog.drop_requested):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    dialog.draft.set_values(RULE, {CELL: None})  # nothing to lose any more
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert operation.workspace.rules == {}


@pytest.mark.parametrize(("typed", "value"), [("2.500", 2500), ("2,500", 2500), ("2 500", 2500), ("75", 75)])
def test_a_typed_limit_is_never_read_as_a_thousandth(qtbot, dialog, typed, value):
    editor = editor_of(dialog)
    editor.spin.selectAll()
    qtbot.keyClicks(editor.spin, typed)
    qtbot.keyClick(editor.spin, Qt.Key.Key_Tab)
    assert editor.spin.value() == value
    assert editor.spin.text().replace(",", "") == f"{value} m"


def test_a_limit_with_decimals_is_not_read_as_a_thousandth_either(qtbot, dialog):
    editor = editor_of(dialog)
    editor.spin.show_value(1234.5)
    editor.spin.selectAll()
    qtbot.keyClicks(editor.spin, "2.500")
    assert editor.spin.value() == 2500


@pytest.mark.parametrize("text", ["1500.0", "12.5", "1.5e3"])
def test_what_is_pasted_with_decimals_is_not_read_as_ten_times_as_much(dialog, text):
    editor = editor_of(dialog)
    before = editor.spin.value()
    editor.spin.selectAll()
    QApplication.clipboard().setText(text)
    editor.spin.lineEdit().paste()
    assert editor.spin.value() == before


def test_nothing_changed_is_no_undo_step(dialog, operation):
    before = operation.workspace
    dialog.accept()
    assert operation.workspace is before


def test_what_the_workspace_got_meanwhile_is_kept(dialog, operation):
    dialog.draft.set_values(RULE, {CELL: 900.0})
    operation.apply("Rename", replace(operation.workspace, title="Renamed"))
    dialog.accept()
    assert operation.workspace.title == "Renamed"
    assert operation.workspace.rules[STANDOFF].parameters == {CELL: 900.0}


def test_values_cannot_leave_the_limits_of_the_rule(dialog):
    spin = editor_of(dialog).spin
    spin.setValue(10_000_000)
    assert spin.value() == 50_000


def test_a_stored_value_that_no_check_accepts_is_set_back_and_said(open_dialog, operation):
    broken = RuleSettings(parameters={"standoff_m": -5.0, CELL: 900.0})
    operation.apply("Break", replace(operation.workspace, rules={STANDOFF: broken}))
    dialog = open_dialog()
    assert "stand-off distance: -5 m" in dialog.problem.words()
    dialog.accept()
    assert operation.workspace.rules[STANDOFF].parameters == {CELL: 900.0}


def test_the_page_of_a_rule_leads_to_its_table(dialog):
    rule = rule_of("hazard_near_site")
    editor_of(dialog, rule.id).table.click()
    assert dialog.tabs.currentWidget() is dialog.matrix
    assert dialog.matrix.model.table.rule is rule


def test_exported_rules_are_imported_after_a_look_at_what_they_change(dialog, operation, tmp_path):
    path = tmp_path / "قواعد.toml"
    dialog.export_to(path)
    assert f"written to {path}." in dialog.said.words() and not dialog.said.isHidden()
    text = path.read_text(encoding="utf-8")
    assert "default = 500 " in text
    path.write_text(text.replace("default = 500 ", "default = 750 ", 1), encoding="utf-8")
    question = dialog.preview(path)
    assert "+ default = 750" in question.diff.toPlainText()
    assert editor_of(dialog).spin.value() == 500
    question.accept()
    assert editor_of(dialog).spin.value() == 750
    assert operation.undo_stack.count() == 0
    dialog.accept()
    assert operation.undo_stack.count() == 1
    assert operation.workspace.rules[STANDOFF].parameters == {"standoff_m": 750.0}


def test_rules_that_are_those_set_here_offer_nothing_to_import(dialog, tmp_path):
    dialog.export_to(tmp_path / "rules.toml")
    question = dialog.preview(tmp_path / "rules.toml")
    assert not question.ok.isEnabled()
    assert "those that are set here" in question.diff.toPlainText()


def test_a_confirmation_from_elsewhere_is_said_not_to_count(dialog, operation, tmp_path):
    other = rulebook.confirm(replace(operation.workspace, title="Other"), "Gen. Other", "", NOW)
    path = tmp_path / "rules.toml"
    path.write_text(other.rulebook[0].text, encoding="utf-8")
    words = dialog.preview(path).words.words()
    assert "Gen. Other" in words and "does not count here" in words


def test_a_file_with_a_mistake_is_refused_with_its_line(dialog, tmp_path):
    path = tmp_path / "rules.toml"
    dialog.export_to(path)
    path.write_text(path.read_text(encoding="utf-8").replace("default = 500 ", "default = -1 ", 1), "utf-8")
    assert dialog.preview(path) is None
    assert "rules.toml, line" in dialog.problem.words()
    assert "out of range" in dialog.problem.words()


def test_a_place_that_cannot_be_written_is_said(dialog, tmp_path):
    dialog.export_to(tmp_path / "rules.toml")
    dialog.export_to(tmp_path / "no folder" / "rules.toml")
    assert "cannot be written" in dialog.problem.words()
    assert dialog.said.isHidden()


def test_the_manual_page_is_plain_text_in_sections(dialog):
    headings = [heading for heading, _ in manual_sections(RULE.manual)]
    assert headings == ["", "Question", "Method", "Assumptions", "Limits", "Source", "Example"]
    labels = dialog.page(RULE).findChildren(type(dialog.problem))
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in labels)


def test_line_ends_of_the_source_are_undone():
    sections = manual_sections("Title.\n\nMethod\n    The stand-\n    off is kept\n    always.\n")
    assert sections == [("", "Title."), ("Method", "The stand-off is kept always.")]


def test_tab_goes_from_the_list_into_the_page_and_only_then_to_the_buttons(dialog, qtbot):
    dialog.activateWindow()
    dialog.rules.choose(rule_of("hazard_near_site"))
    dialog.rules.list.setFocus()
    page, seen = dialog.page(rule_of("hazard_near_site")), []
    while not dialog.load.hasFocus():
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
        seen.append(dialog.focusWidget())
        assert len(seen) < 12
    assert page.enabled in seen
    assert any(page.editors[0].isAncestorOf(widget) for widget in seen)
