"""What is missing never turns a conflict into "clear": it is unknown, skipped, irrelevant or blocked.

From every case that is a conflict, things are taken away, alone and together, and the rule is asked again.
"""

import itertools

import pytest

from layers.findings import CoverageState, Verdict
from layers.proximity import ProximityRule
from layers.single import SingleRule
from tests.layers.rules import case_files

LOSSES = (
    "no position a",
    "no position b",
    "no dates",
    "reversed dates",
    "odd heights",
    "no rows a",
    "no rows b",
)


def without(case, losses):
    """Return a copy of a case in which things are missing or make no sense."""
    case = {**case, "a": [dict(i) for i in case.get("a", [])], "b": [dict(i) for i in case.get("b", [])]}
    for loss in losses:
        side = loss[-1]
        if loss.startswith("no position"):
            for item in case[side]:
                item.pop("wkt", None)
        elif loss == "no dates":
            for item in (*case["a"], *case["b"]):
                item.pop("from", None)
                item.pop("to", None)
        elif loss == "reversed dates":
            for item in (*case["a"], *case["b"]):
                item |= {"from": "2026-12-01T00:00:00Z", "to": "2026-11-01T00:00:00Z"}
        elif loss == "odd heights":
            for item in (*case["a"], *case["b"]):
                item["fields"] = {**item.get("fields", {}), "lower_m": 900.0, "upper_m": 100.0}
        else:
            case[side] = []
    return case


@pytest.mark.parametrize(
    ("rule", "case"),
    [pytest.param(r, c, id=f"{r.id}: {c['name']}") for r, c in case_files.all_cases("conflict", "possible")],
)
def test_what_is_missing_is_never_clear(now, rule, case):
    for count in (1, 2):
        for losses in itertools.combinations(LOSSES, count):
            if rule.b is None and any(loss.endswith(" b") for loss in losses):
                continue
            if "no dates" in losses and case.get("about_dates"):
                continue
            never_clear(rule, without(case, losses), now, losses)


def never_clear(rule, case, now, losses):
    report = case_files.run(rule, case, now)
    coverage = report.run.coverage[0]
    told = bool(report.findings)
    left_out = bool(coverage.a.skipped) or bool(coverage.b and coverage.b.skipped)
    not_run = coverage.state in (CoverageState.IRRELEVANT, CoverageState.BLOCKED)
    assert told or left_out or not_run, f"without {losses} it reads as clear"
    if not_run:
        assert coverage.clear == 0


@pytest.mark.parametrize(
    ("rule", "case"),
    [
        pytest.param(rule, case, id=f"{rule.id}: {case['name']}")
        for rule, case in case_files.all_cases("conflict", "possible")
        if isinstance(rule, SingleRule | ProximityRule)
    ],
)
def test_a_field_that_is_not_stated_is_never_clear(now, rule, case):
    """A number that is missing is NaN, which is neither more nor less than any limit."""
    for side in ("a", "b"):
        named = {name for item in case.get(side, []) for name in item.get("fields", {})}
        for name in named - {case.get("about_field")}:
            items = [
                {
                    **item,
                    "fields": {key: value for key, value in item.get("fields", {}).items() if key != name},
                }
                for item in case[side]
            ]
            never_clear(rule, {**case, side: items}, now, name)


@pytest.mark.parametrize("rule", case_files.RULES, ids=lambda rule: rule.id)
def test_an_empty_workspace_is_irrelevant_or_blocked_never_done(now, rule):
    coverage = case_files.run(rule, {"a": [], "b": []}, now).run.coverage[0]
    assert coverage.state is not CoverageState.DONE
    assert coverage.clear == coverage.pairs_examined == 0


def test_heights_above_different_datums_are_unknown(now):
    from layers.rules import rule_of

    rule = rule_of("movement_crosses_zone")
    base = {
        "a": [{"wkt": "LINESTRING(24 42, 24.2 42)", "category": "relief_flight"}],
        "b": [{"wkt": "POLYGON((24.1 41.9, 24.12 41.9, 24.12 42.1, 24.1 42.1, 24.1 41.9))"}],
    }

    def verdicts(heights_a, heights_b):
        case = {
            "a": [{**base["a"][0], "fields": heights_a}],
            "b": [{**base["b"][0], "fields": heights_b}],
        }
        return [finding.verdict for finding in case_files.run(rule, case, now).findings]

    low = {"lower_m": 0.0, "upper_m": 300.0, "height_datum": "agl"}
    high = {"lower_m": 1000.0, "upper_m": 2000.0, "height_datum": "agl"}
    sea = {"lower_m": 1000.0, "upper_m": 2000.0, "height_datum": "amsl"}
    assert verdicts(low, high) == []
    assert verdicts(low, low) == [Verdict.CONFLICT]
    assert verdicts(low, sea) == [Verdict.UNKNOWN]
    assert verdicts(low, {**sea, "height_datum": ""}) == [Verdict.UNKNOWN]
    assert verdicts({}, sea) == [Verdict.CONFLICT]
    assert verdicts({**low, "lower_m": 400.0}, high) == [Verdict.UNKNOWN]
