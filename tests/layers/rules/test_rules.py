"""Every rule against its cases (`cases/RULE.toml`), and the shape of every rule."""

import importlib
import pkgutil
import tomllib
from datetime import datetime
from pathlib import Path

import pytest
import shapely

import layers.rules
from layers.checks import check
from layers.findings import CoverageState, Verdict
from layers.kinds import spec_of
from layers.model import Layer, Mode, new_feature, new_workspace, table_of
from layers.rules import RULES, rule_of
from layers.volume import Window

CASES = Path(__file__).parent / "cases"
SECTIONS = ("Question", "Method", "Assumptions", "Limits", "Source", "Example")


def all_cases():
    for rule in RULES:
        cases = tomllib.loads((CASES / f"{rule.id}.toml").read_text(encoding="utf-8"))["case"]
        for case in cases:
            yield pytest.param(rule.id, case, id=f"{rule.id}: {case['name']}")


def moment(value):
    return datetime.fromisoformat(value) if value else None


def layer_of(kind, name, items):
    features = [
        new_feature(
            kind,
            shapely.from_wkt(item["wkt"]) if "wkt" in item else None,
            feature_id=f"{name}{i}",
            name=f"{name} {i}",
            window=Window(moment(item.get("from")), moment(item.get("to"))),
            uncertainty_m=item.get("uncertainty_m", 0.0),
            fields=item.get("fields", {}),
        )
        for i, item in enumerate(items)
    ]
    return Layer(name, kind, name, table_of(spec_of(kind), features))


@pytest.mark.parametrize(("rule_id", "case"), list(all_cases()))
def test_case(now, rule_id, case):
    rule = rule_of(rule_id)
    workspace = new_workspace("Cases", Mode.TEST, now)
    workspace = workspace.with_layer(layer_of(rule.a.kinds[0], "a", case.get("a", [])))
    workspace = workspace.with_layer(layer_of(rule.b.kinds[0], "b", case.get("b", [])))
    overrides = {f"{rule_id}.{name}": value for name, value in case.get("parameters", {}).items()}
    report = check(workspace, rules=[rule_id], overrides=overrides, at=moment(case.get("at")), now=now)
    coverage = report.run.coverage[0]
    if case["expect"] == "blocked":
        assert coverage.state is CoverageState.BLOCKED and not report.findings
    elif case["expect"] == "skipped":
        assert coverage.state is CoverageState.BLOCKED
        assert sum(coverage.a.skipped.values()) == 1
        assert coverage.clear == 0 and not report.findings
    elif case["expect"] == "clear":
        assert not report.findings
        assert coverage.state is CoverageState.DONE
        assert coverage.clear == coverage.pairs_examined > 0
    else:
        (finding,) = report.findings
        assert finding.verdict is Verdict(case["expect"])
        assert coverage.unknown == (finding.verdict is Verdict.UNKNOWN)
        compare_with(finding, case)


def compare_with(finding, case):
    for name in ("distance_m", "overlap_m2", "overlap_m"):
        if name in case:
            assert getattr(finding, name) == pytest.approx(case[name], abs=0.06), name
    if "window_from" in case:
        assert finding.window.start == moment(case["window_from"])
    if "window_to" in case:
        assert finding.window.end == moment(case["window_to"])
    assert "a 0" in finding.sentence
    assert finding.where is not None and shapely.is_valid(finding.where)
    assert "{" not in finding.sentence and "nan" not in finding.sentence


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_a_case_for_each_answer(rule):
    cases = tomllib.loads((CASES / f"{rule.id}.toml").read_text(encoding="utf-8"))["case"]
    assert {"conflict", "possible", "unknown", "clear", "skipped"} <= {case["expect"] for case in cases}


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
