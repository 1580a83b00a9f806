"""The versions of the rules: listed, compared, and set again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from desktop.dialogs.rules_dialog import RulesDialog
from layers import rulebook
from layers.model import RuleSettings
from layers.rules import rule_of
from tests.desktop.panels.builders import NOW, STANDOFF

RULE = rule_of(STANDOFF)


@pytest.fixture
def dialog(qtbot, operation):
    """Two versions, and a change that nobody has confirmed."""
    workspace = rulebook.confirm(operation.workspace, "العقيد حداد", "بعد الاجتماع", NOW)
    for value, name in ((700.0, "Майор Новак"), (800.0, "")):
        settings = replace(workspace.rules.get(STANDOFF, RuleSettings()), parameters={"standoff_m": value})
        workspace = replace(workspace, rules={**workspace.rules, STANDOFF: settings})
        if name:
            workspace = rulebook.confirm(workspace, name, "", NOW + timedelta(days=1))
    operation.apply("Prepare", workspace)
    made = RulesDialog(operation, clock=lambda: NOW + timedelta(days=2))
    qtbot.addWidget(made)
    made.show()
    made.tabs.setCurrentWidget(made.history)
    return made


def changes(dialog):
    lines = [line.split("#")[0].strip() for line in dialog.history.diff.toPlainText().split("\n")]
    return [line for line in lines if line[:1] in "+-" and "default" in line]


def test_versions_are_listed_newest_first_under_what_is_set_now(dialog):
    texts = [dialog.history.list.item(n).text() for n in range(dialog.history.list.count())]
    assert texts[0] == "As set here now"
    assert "Version 2" in texts[1] and "Майор Новак" in texts[1]
    assert "Version 1" in texts[2] and "العقيد حداد" in texts[2] and "بعد الاجتماع" in texts[2]


def test_a_version_is_compared_with_the_one_before_it_or_any_other(dialog):
    assert changes(dialog) == ["- default = 700", "+ default = 800"]
    dialog.history.list.setCurrentRow(1)
    assert changes(dialog) == ["- default = 500", "+ default = 700"]
    dialog.history.against.setCurrentIndex(0)
    assert changes(dialog) == ["- default = 800", "+ default = 700"]


def test_the_comparison_follows_what_is_set_now(dialog):
    dialog.draft.set_values(RULE, {"standoff_m": 700.0})
    assert changes(dialog) == []


def test_the_limits_of_an_older_version_are_set_again_and_wait_for_a_name(dialog, operation):
    dialog.history.list.setCurrentRow(2)
    dialog.history.take.click()
    assert dialog.draft.values(RULE)["standoff_m"] == 500.0
    assert "standoff_m" in dialog.draft.waiting(RULE)
    dialog.confirm_as("Maj. Novak", "Back")
    assert [version.by for version in operation.workspace.rulebook][-1] == "Maj. Novak"
    assert dialog.history.list.count() == 4
    assert dialog.history.list.currentRow() == 0


def test_a_version_that_this_program_cannot_read_is_shown_but_not_set(dialog, operation):
    broken = replace(operation.workspace.rulebook[0], text="[rulebook]\nformat = 9\n")
    workspace = replace(operation.workspace, rulebook=(broken, *operation.workspace.rulebook[1:]))
    dialog.draft.start(workspace)
    dialog.history.list.setCurrentRow(2)
    dialog.history.take.click()
    assert "title is missing" in dialog.problem.words()
    assert dialog.draft.values(RULE)["standoff_m"] == 800.0
