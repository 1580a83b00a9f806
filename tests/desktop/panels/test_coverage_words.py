"""The coverage line: not checked, in part, irrelevant, blocked and stale never look like "no conflicts"."""

from dataclasses import replace

import pytest

from desktop.panels.coverage_words import summarise
from desktop.panels.finding_colours import AMBER, GREEN, GREY
from layers.checks import NO_SUCH_RULE, not_here
from layers.findings import CoverageState, SideCoverage
from layers.model import RuleSettings
from layers.rules import RULES
from tests.desktop.panels.builders import STANDOFF, make_coverage, make_run

RULE = tuple(rule for rule in RULES if rule.id == STANDOFF)
OTHER = "site_inside_zone"
NOBODY = "that nobody has confirmed."
WAITING = f"Stand-off distance of 500 m is a placeholder {NOBODY}"
TWO = tuple(rule for rule in RULES if rule.id in (STANDOFF, OTHER))


def test_before_the_first_run_it_says_not_checked_and_no_rule_is_green():
    summary = summarise(None, RULES, {}, conflicts=0, stale=False)
    assert summary.headline == "Not checked yet"
    assert summary.mark == AMBER
    assert {line.mark for line in summary.rules} == {AMBER}
    assert not any("0" in line for line in summary.lines)


def test_a_complete_run_without_findings_is_green_and_says_what_was_compared():
    summary = summarise(make_run(make_coverage()), RULE, {}, conflicts=0, stale=False)
    assert summary.mark == GREEN
    assert summary.headline == "No conflicts found in what was compared"
    assert "3 features compared" in summary.lines[0]


def test_a_complete_run_with_findings_is_not_green():
    summary = summarise(make_run(make_coverage()), RULE, {}, conflicts=2, stale=False)
    assert summary.mark == GREY
    assert summary.headline == "2 findings"


@pytest.mark.parametrize(
    ("coverage", "words"),
    [
        (make_coverage(skipped={"no position": 3}), "not complete"),
        (make_coverage(notes=(WAITING,)), "limits not confirmed"),
        (make_coverage(skipped={"no position": 3}, notes=(WAITING,)), "not complete"),
    ],
)
def test_features_left_out_and_unconfirmed_placeholders_take_the_green_away(coverage, words):
    summary = summarise(make_run(coverage), RULE, {}, conflicts=0, stale=False)
    assert summary.mark == AMBER
    assert words in summary.headline
    assert summary.rules[0].mark == AMBER


def test_a_rule_about_many_kinds_that_needs_no_position_hides_no_gap_of_another():
    everything = SideCoverage(("humanitarian_site", "military_zone", "project"), 40)
    fields = replace(make_coverage("missing_field"), a=everything, b=None)
    zones = replace(make_coverage(), b=SideCoverage(("military_zone",), 3, {"its outline crosses itself": 1}))
    summary = summarise(make_run(fields, zones), RULE, {}, conflicts=0, stale=False)
    assert "1 could not be checked: 1 (its outline crosses itself)" in summary.lines[0]


def test_rules_about_single_features_alone_are_never_green():
    fields = replace(make_coverage("missing_field"), b=None)
    pairs = make_coverage(state=CoverageState.IRRELEVANT, zones=0)
    nothing = "othing was compared with each other"
    for conflicts, words in ((0, f"N{nothing}"), (2, f"2 findings; n{nothing}")):
        summary = summarise(make_run(fields, pairs), RULE, {}, conflicts=conflicts, stale=False)
        assert (summary.mark, summary.headline) == (GREY, words)


def test_rules_that_are_switched_off_are_told_in_the_headline():
    off = RuleSettings(enabled=False)
    one = summarise(make_run(make_coverage()), TWO, {OTHER: off}, conflicts=0, stale=False)
    assert one.headline == "No conflicts found in what was compared; 1 rule switched off"
    every = summarise(make_run(), RULE, {STANDOFF: off}, conflicts=0, stale=False)
    assert (every.mark, every.headline) == (AMBER, "Every rule is switched off: nothing was compared")


def test_unconfirmed_limits_are_counted_in_one_line_and_hide_no_other_remark():
    coverage = make_coverage(notes=(WAITING, "Other.", "4 limits of this rule are placeholders " + NOBODY))
    summary = summarise(make_run(coverage), RULE, {}, conflicts=0, stale=False)
    assert "Other." in summary.lines
    assert any(
        line.startswith("5 limits are placeholders that nobody has confirmed") for line in summary.lines
    )
    assert WAITING in summary.rules[0].detail


def test_the_reasons_for_features_left_out_are_counted():
    coverage = make_coverage(skipped={"no position": 3, "its outline crosses itself": 1})
    summary = summarise(make_run(coverage), RULE, {}, conflicts=0, stale=False)
    assert "4 could not be checked: 3 (no position), 1 (its outline crosses itself)" in summary.lines[0]


def test_a_kind_compared_by_two_rules_is_counted_once():
    run = make_run(make_coverage(sites=20, zones=5), make_coverage(OTHER, sites=20, zones=5))
    assert "25 features compared" in summarise(run, TWO, {}, conflicts=0, stale=False).lines[0]


def test_irrelevant_rules_are_grey_and_alone_never_make_the_head_green():
    run = make_run(make_coverage(state=CoverageState.IRRELEVANT, sites=0, zones=0))
    summary = summarise(run, RULE, {}, conflicts=0, stale=False)
    assert (summary.mark, summary.headline) == (GREY, "There was nothing to compare")
    assert summary.rules[0].mark == GREY


def test_a_blocked_rule_is_amber_and_named_in_the_head():
    blocked = make_coverage(OTHER, CoverageState.BLOCKED, notes=("Nothing on one side could be compared.",))
    summary = summarise(make_run(make_coverage(), blocked), TWO, {}, conflicts=0, stale=False)
    assert summary.mark == AMBER
    assert {line.rule: line.mark for line in summary.rules} == {STANDOFF: GREEN, OTHER: AMBER}
    assert any("“Site inside a zone” is blocked" in line for line in summary.lines)


def test_a_rule_of_another_program_is_blocked_and_said_whatever_is_known_of_it():
    asked = not_here(make_coverage("flight_near_firing"))
    unseen = replace(asked, rule="too_fast", a=SideCoverage((), 0), b=None)
    summary = summarise(make_run(make_coverage(), asked, unseen), RULE, {}, conflicts=0, stale=False)
    assert (summary.mark, summary.headline[-26:]) == (AMBER, "the check was not complete")
    lines = {line.rule: line for line in summary.rules}
    assert lines["flight_near_firing"].title == "Flight near firing"
    assert lines["too_fast"].detail == NO_SUCH_RULE
    assert any("“Flight near firing” is blocked" in line for line in summary.lines)


def test_a_rule_with_nothing_to_compare_does_not_claim_that_there_are_no_such_features():
    """A rule about mines counts no hazards where there are only floods."""
    run = make_run(make_coverage(state=CoverageState.IRRELEVANT, sites=0, zones=0))
    detail = summarise(run, RULE, {}, conflicts=0, stale=False).rules[0].detail
    assert detail == "There are no humanitarian sites and no military zones that this rule asks about."


def test_a_rule_that_the_run_left_out_is_not_checked_yet():
    summary = summarise(make_run(make_coverage()), TWO, {}, conflicts=0, stale=False)
    assert summary.mark == AMBER
    assert {line.rule: line.state for line in summary.rules}[OTHER] == "Not checked yet"


def test_a_rule_that_is_switched_off_is_grey_and_says_so():
    settings = {OTHER: RuleSettings(enabled=False)}
    summary = summarise(make_run(make_coverage()), TWO, settings, conflicts=0, stale=False)
    line = next(line for line in summary.rules if line.rule == OTHER)
    assert (line.mark, line.state) == (GREY, "Switched off")


def test_a_change_since_the_run_outweighs_a_clean_result():
    summary = summarise(make_run(make_coverage()), RULE, {}, conflicts=0, stale=True)
    assert (summary.mark, summary.headline) == (AMBER, "Changed since the last check")


def test_many_remarks_are_shortened_to_two_and_a_count():
    coverage = make_coverage(notes=("First.", "Second.", "Third.", "Fourth."))
    lines = summarise(make_run(coverage), RULE, {}, conflicts=0, stale=False).lines
    assert "2 more remarks below, rule by rule" in lines
    assert "Third." not in lines


def test_no_conflicts_is_not_green_while_findings_were_not_retested():
    summary = summarise(make_run(make_coverage()), RULE, {}, conflicts=0, stale=False, not_retested=3)
    assert summary.mark == AMBER
    assert summary.headline == "No conflicts found in what was compared, 3 not re-tested"
