"""The rules dialog: limits, named confirmation, switching off, one undo step."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from desktop.dialogs.rule_page import manual_sections
from desktop.dialogs.rules_dialog import RulesDialog
from layers.model import Confirmation, RuleSettings
from layers.rules import RULES
from tests.desktop.panels.builders import NOW, STANDOFF


@pytest.fixture
def dialog(qtbot, operation):
    operation.user = ""
    made = RulesDialog(operation, clock=lambda: NOW)
    qtbot.addWidget(made)
    made.show()
    return made


def page_of(dialog, rule_id=STANDOFF):
    return next(page for page in dialog.pages if page.rule.id == rule_id)


def test_every_rule_has_a_page_and_the_one_that_needs_a_name_comes_up_first(dialog):
    assert [page.rule.id for page in dialog.pages] == [rule.id for rule in RULES]
    assert dialog.stack.currentWidget() is page_of(dialog)
    assert "not confirmed by anybody" in dialog.list.currentItem().text()


def test_a_named_confirmation_of_the_placeholder_is_stored_with_its_value(dialog, operation):
    editor = page_of(dialog).editors[0]
    editor.confirm.setChecked(True)
    assert editor.confirm.text() == "I confirm 500 m as the stand-off distance for this operation"
    editor.name.setText("Maj. Eva Novak")
    dialog.accept()
    assert operation.workspace.rules[STANDOFF].confirmations == {
        "standoff_m": Confirmation(500.0, "Maj. Eva Novak", NOW)
    }


def test_a_confirmation_without_a_name_is_refused(dialog, operation):
    before = operation.workspace
    page_of(dialog).editors[0].confirm.setChecked(True)
    dialog.accept()
    assert dialog.isVisible()
    assert "Give the name" in dialog.problem.words()
    assert operation.workspace is before


def test_changing_the_value_takes_the_confirmation_away(qtbot, operation):
    settings = RuleSettings(confirmations={"standoff_m": Confirmation(500.0, "Maj. Novak", NOW)})
    operation.apply("Confirm", replace(operation.workspace, rules={STANDOFF: settings}))
    dialog = RulesDialog(operation, clock=lambda: NOW)
    qtbot.addWidget(dialog)
    editor = page_of(dialog).editors[0]
    assert "confirmed by Maj. Novak" in editor.state.words()
    editor.spin.setValue(800)
    assert "Nobody has confirmed 800 m" in editor.state.words()
    dialog.accept()
    stored = operation.workspace.rules[STANDOFF]
    assert (dict(stored.parameters), dict(stored.confirmations)) == ({"standoff_m": 800.0}, {})


def test_everything_changed_is_one_undo_step(dialog, operation):
    page_of(dialog, "project_near_site").enabled.setChecked(False)
    page_of(dialog, "movement_crosses_zone").editors[0].spin.setValue(400)
    dialog.accept()
    assert operation.undo_stack.count() == 1
    assert not operation.workspace.rules["project_near_site"].enabled
    assert operation.workspace.rules["movement_crosses_zone"].parameters == {"corridor_m": 400.0}
    operation.undo()
    assert operation.workspace.rules == {}


def test_nothing_changed_is_no_undo_step(dialog, operation):
    before = operation.workspace
    dialog.accept()
    assert operation.workspace is before


def test_values_cannot_leave_the_limits_of_the_rule(dialog):
    spin = page_of(dialog).editors[0].spin
    spin.setValue(10_000_000)
    assert spin.value() == 50_000


def test_the_manual_page_is_plain_text_in_sections(dialog):
    headings = [heading for heading, _ in manual_sections(page_of(dialog).rule.manual)]
    assert headings == ["", "Question", "Method", "Assumptions", "Limits", "Source", "Example"]
    labels = page_of(dialog).findChildren(type(dialog.problem))
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in labels)


def test_line_ends_of_the_source_are_undone():
    sections = manual_sections("Title.\n\nMethod\n    The stand-\n    off is kept\n    always.\n")
    assert sections == [("", "Title."), ("Method", "The stand-off is kept always.")]
