"""Every rule against its cases (`cases/RULE.toml`), and the shape of every rule."""

import importlib
import pkgutil

import pytest
import shapely

import layers.rules
from layers.findings import CoverageState, Verdict
from layers.proximity import ProximityRule
from layers.rules import RULES, rule_of
from tests.layers.rules import case_files

SECTIONS = ("Question", "Method", "Assumptions", "Limits", "Source", "Example")


@pytest.mark.parametrize(
    ("rule", "case"),
    [pytest.param(rule, case, id=f"{rule.id}: {case['name']}") for rule, case in case_files.all_cases()],
)
def test_case(now, rule, case):
    report = case_files.run(rule, case, now)
    coverage = report.run.coverage[0]
    if case["expect"] in ("blocked", "irrelevant"):
        assert coverage.state is CoverageState(case["expect"]) and not report.findings
    elif case["expect"] == "skipped":
        assert coverage.state is CoverageState.BLOCKED
        assert len(report.skipped[rule.id]) == 1
        assert coverage.clear == 0 and not report.findings
    elif case["expect"] == "clear":
        assert not report.findings
        assert coverage.state is CoverageState.DONE
        assert coverage.clear == coverage.pairs_examined > 0
    else:
        (finding,) = report.findings
        assert finding.verdict is Verdict(case["expect"])
        assert coverage.unknown == (finding.verdict is Verdict.UNKNOWN)
        compare_with(finding, rule, case)


def compare_with(finding, rule, case):
    for name in ("distance_m", "required_m", "overlap_m2", "overlap_m"):
        if name in case:
            assert getattr(finding, name) == pytest.approx(case[name], abs=0.06), name
    if "severity" in case:
        assert finding.severity.word == case["severity"]
    if "window_from" in case:
        assert finding.window.start == case_files.moment(case["window_from"])
    if "window_to" in case:
        assert finding.window.end == case_files.moment(case["window_to"])
    for words in case.get("says", []):
        assert words in finding.sentence
    assert finding.subjects[0].name in finding.sentence
    if not rule.a.anywhere:
        assert finding.where is not None and shapely.is_valid(finding.where)
    assert "{" not in finding.sentence and "nan" not in finding.sentence.split()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_a_case_for_each_answer(rule):
    expected = {case["expect"] for case in case_files.cases_of(rule)}
    needed = {"conflict", "clear"}
    if isinstance(rule, ProximityRule):
        needed |= {"possible", "unknown", "skipped"}
    assert needed <= expected


def test_every_file_of_the_folder_is_in_the_tuple_and_ids_are_unique():
    files = {module.name for module in pkgutil.iter_modules(layers.rules.__path__)}
    assert files == {rule.id for rule in RULES}
    assert len(files) == len(RULES)
    for name in files:
        assert importlib.import_module(f"layers.rules.{name}").RULE is rule_of(name)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_its_manual_page(rule):
    lines = rule.manual.splitlines()
    assert [line for line in lines if line in SECTIONS] == list(SECTIONS)
    assert rule.title and rule.question.endswith("?") and rule.action.endswith(".")
    assert "approve" not in rule.action and "safe" not in rule.action.split()
