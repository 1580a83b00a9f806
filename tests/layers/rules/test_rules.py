"""Every rule against its cases (`cases/RULE.toml`)."""

import pytest
import shapely

from layers.findings import CoverageState, Verdict
from tests.layers.rules import case_files


@pytest.mark.parametrize(
    ("rule", "case"),
    [pytest.param(rule, case, id=f"{rule.id}: {case['name']}") for rule, case in case_files.all_cases()],
)
def test_case(now, rule, case):
    report = case_files.run(rule, case, now)
    coverage = report.run.coverage[0]
    found = [f"{finding.verdict}: {finding.sentence}" for finding in report.findings]
    answer = f"expected {case['expect']}, but it is {coverage.state}: {found or 'nothing is found'}"
    if case["expect"] in ("blocked", "irrelevant"):
        assert coverage.state is CoverageState(case["expect"]) and not found, answer
    elif case["expect"] == "skipped":
        assert coverage.state is CoverageState.BLOCKED and not found, answer
        assert len(report.skipped[rule.id]) == 1
        assert coverage.clear == 0
    elif case["expect"] == "clear":
        assert coverage.state is CoverageState.DONE and not found, answer
        assert coverage.clear == coverage.pairs_examined > 0
    else:
        assert len(found) == 1, answer
        finding = report.findings[0]
        assert finding.verdict is Verdict(case["expect"]), answer
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
