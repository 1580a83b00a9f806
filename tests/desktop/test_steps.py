from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtWidgets import QLabel

from desktop.finding_columns import columns_of
from desktop.step_states import step_states
from desktop.steps import Mood, StepBar
from layers.findings import (
    Change,
    Coverage,
    CoverageState,
    Decision,
    DecisionType,
    Finding,
    FindingRecord,
    FindingState,
    RunRecord,
    Severity,
    SideCoverage,
    Subject,
    Verdict,
)
from layers.model import Mode, ReleaseRecord, new_workspace
from layers.rules import RULES
from layers.volume import ALWAYS
from tests.desktop.window_builders import NOW, make_layer, make_site

DONE = CoverageState.DONE
EMPTY = new_workspace("Azure", Mode.EXERCISE, NOW)
FILLED = EMPTY.with_layer(make_layer("sites", "Schools", [make_site(0, "North"), make_site(1, "South")]))


def coverage(state=CoverageState.DONE, rule="site_inside_zone"):
    sites, zones = SideCoverage(("humanitarian_site",), 2), SideCoverage(("military_zone",), 2)
    return Coverage(rule, state, sites, zones, 4, 4, 0)


def run(*states, notes=()):
    """A run of every rule: the first ones with these states, the rest done."""
    padded = [*states, *[DONE] * (len(RULES) - len(states))]
    covered = [coverage(state, rule.id) for state, rule in zip(padded, RULES, strict=True)]
    covered[0] = replace(covered[0], notes=notes)
    return RunRecord("r1", NOW, None, "test", tuple(covered))


def record(key, severity=Severity.HIGH, state=FindingState.OPEN):
    subject = Subject("humanitarian_site", "s0", "P-0", "North", "Schools", "f1")
    finding = Finding(
        key,
        "rule0",
        severity,
        Verdict.CONFLICT,
        (subject,),
        1.0,
        5.0,
        None,
        None,
        ALWAYS,
        None,
        "North is near.",
        "Move.",
    )
    return FindingRecord(finding, state, Change.NEW, "r1", "r1")


def decision(key):
    return Decision(key, DecisionType.ACCEPT, "Maj. Novak", NOW, "Agreed", NOW + timedelta(days=1), ("f1",))


def states(workspace, stale=False):
    return step_states(workspace, columns_of(workspace.findings), stale=stale, now=NOW)


def test_an_empty_workspace_says_that_nothing_was_done():
    assert [s.words for s in states(EMPTY)] == [
        "Nothing imported yet",
        "Not checked yet",
        "Not checked yet",
        "Nothing released yet",
    ]


def test_counts_are_in_words():
    assert states(FILLED)[0].words == "2 features in 1 layer"


def test_not_checked_and_nothing_found_never_look_alike():
    unchecked = states(FILLED)
    clean = states(replace(FILLED, runs=(run(DONE, DONE),)))
    for before, after in zip(unchecked[1:3], clean[1:3], strict=True):
        assert before.words != after.words
        assert before.mood is not Mood.GOOD
        assert after.mood is Mood.GOOD
    assert "0" not in unchecked[2].words


def test_a_change_after_the_check_is_amber_in_both_steps():
    stale = states(replace(FILLED, runs=(run(DONE),)), stale=True)
    assert stale[1].words == "Changed since the last check"
    assert stale[1].mood is Mood.ATTENTION
    assert stale[2].mood is Mood.ATTENTION


@pytest.mark.parametrize("state", [CoverageState.BLOCKED, CoverageState.IRRELEVANT])
def test_a_run_in_which_no_rule_could_do_its_work_is_never_green(state):
    found = states(replace(FILLED, runs=(run(*[state] * len(RULES)),)))
    assert found[1].mood is Mood.ATTENTION
    assert "checked" not in found[1].words
    assert found[2].mood is Mood.ATTENTION


def test_with_every_rule_switched_off_nothing_was_checked():
    found = states(replace(FILLED, runs=(RunRecord("r1", NOW, None, "test", ()),)))
    assert (found[1].words, found[1].mood) == ("Every rule is switched off", Mood.ATTENTION)
    assert found[2].mood is Mood.ATTENTION


def test_a_distance_that_nobody_confirmed_keeps_the_check_from_looking_complete():
    notes = ("Stand-off distance of 500 m is a placeholder that nobody has confirmed.",)
    found = states(replace(FILLED, runs=(run(notes=notes),)))
    assert found[1].words == "Checked 04 May 12:00Z, limits not confirmed"
    assert found[1].mood is Mood.ATTENTION
    assert found[2].words == "None found, limits not confirmed"
    assert found[2].mood is Mood.ATTENTION


def test_one_blocked_rule_keeps_the_decisions_from_looking_complete():
    found = states(replace(FILLED, runs=(run(DONE, CoverageState.BLOCKED),)))
    assert found[2].mood is Mood.ATTENTION
    assert "not all was checked" in found[2].words


def test_open_findings_are_counted_with_the_worst_first():
    records = (
        record("a", Severity.CRITICAL),
        record("b", Severity.LOW),
        record("c", state=FindingState.RESOLVED),
    )
    found = states(replace(FILLED, runs=(run(DONE),), findings=records))
    assert found[2].words == "2 to decide, 1 critical"
    assert found[2].mood is Mood.BAD


def test_decided_findings_no_longer_wait_and_untested_ones_stay_in_sight():
    records = (record("a"), record("b", state=FindingState.NOT_RETESTED))
    found = states(replace(FILLED, runs=(run(DONE),), findings=records, decisions=(decision("a"),)))
    assert found[2].words == "All 1 decided, 1 not re-tested"
    assert found[2].mood is Mood.ATTENTION


def test_the_last_release_is_named():
    release = ReleaseRecord("AZ-0003", "humanitarian", NOW, "Maj. Novak", "", {})
    assert states(replace(FILLED, releases=(release,)))[3].words == "Last: AZ-0003, 04 May"


def test_the_bar_shows_states_and_tells_which_step_was_chosen(qtbot):
    bar = StepBar()
    qtbot.addWidget(bar)
    bar.show_states(states(FILLED))
    assert bar.buttons[1].words == "Not checked yet"
    assert bar.buttons[1].accessibleName() == "2  Check: Not checked yet"
    with qtbot.waitSignal(bar.chosen) as caught:
        bar.buttons[3].click()
    assert caught.args == [3]


def test_no_line_of_a_step_is_cut_in_a_narrow_window(qtbot):
    bar = StepBar()
    qtbot.addWidget(bar)
    records = tuple(record(f"k{i}", Severity.CRITICAL) for i in range(1234))
    records += (record("u", state=FindingState.NOT_RETESTED),)
    bar.show_states(states(replace(FILLED, runs=(run(DONE),), findings=records), stale=True))
    bar.resize(1366, 60)
    bar.show()
    for label in bar.findChildren(QLabel):
        assert label.width() >= label.sizeHint().width(), label.text()
