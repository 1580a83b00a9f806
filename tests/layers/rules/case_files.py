"""Cases of rules as data: `cases/RULE.toml`, made into workspaces.

A case has a `name`, what to `expect` (conflict, possible, unknown, clear, skipped, irrelevant, blocked),
lists `a` and `b` of features for the sides of the rule, `also` for features of any other kind, and
optionally `parameters`, `at`, `mode`, `time_zone`, and `about_dates = true` where the conflict is one of
dates alone, so that without dates ("already", "until further notice") there is none; likewise
`about_field = "standoff_m"` where it is one of what that field asks for. A feature has `wkt`,
`from`, `to`, `uncertainty_m`, `name`, `category`, `source_id`, `label`, `fields`, and `kind` where it is
not the first kind of its side.
"""

import tomllib
from datetime import datetime
from functools import cache
from pathlib import Path

import shapely

from layers.checks import check
from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, new_feature, new_workspace, table_of
from layers.rules import RULES
from layers.volume import Window
from tests.layers.rules import mistakes

CASES = Path(__file__).parent / "cases"


def text_of(rule):
    """Return the text of the case file of a rule; "" where there is none."""
    path = CASES / f"{rule.id}.toml"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


@cache
def cases_of(rule):
    """Return the cases of a rule; none while something is wrong with its files (`test_rule_files`)."""
    text = text_of(rule)
    wrong = [*mistakes.in_rule(rule, rule.id), *mistakes.in_cases(rule, text)]
    return [] if wrong else tomllib.loads(text)["case"]


def all_cases(*expected):
    """Yield every rule with each of its cases, or with those that expect one of `expected`."""
    for rule in RULES:
        for case in cases_of(rule):
            if not expected or case["expect"] in expected:
                yield rule, case


def moment(value):
    return datetime.fromisoformat(value) if value else None


def feature_of(item, kind, feature_id):
    kind = Kind(item.get("kind", kind))
    return new_feature(
        kind,
        shapely.from_wkt(item["wkt"]) if "wkt" in item else None,
        feature_id=feature_id,
        source_id=item.get("source_id", ""),
        name=item.get("name", feature_id),
        category=item.get("category", ""),
        label=item.get("label", ""),
        window=Window(moment(item.get("from")), moment(item.get("to"))),
        uncertainty_m=item.get("uncertainty_m", 0.0),
        fields=item.get("fields", {}),
        attributes=item.get("attributes", {}),
    )


def workspace_of(rule, case, now):
    """Make the workspace of a case; features are called "a 0", "b 0", "also 0" unless the case names them."""
    workspace = new_workspace("Cases", Mode(case.get("mode", "test")), now, case.get("time_zone", "UTC"))
    kinds = {"a": rule.a.kinds[0], "b": rule.b.kinds[0] if rule.b else None, "also": None}
    for side, default in kinds.items():
        features = [feature_of(item, default, f"{side} {i}") for i, item in enumerate(case.get(side, []))]
        for kind in dict.fromkeys([*([default] if default else []), *(f.kind for f in features)]):
            own = [feature for feature in features if feature.kind is kind]
            workspace = workspace.with_layer(
                Layer(f"{side} {kind}", kind, f"{side} {kind}", table_of(spec_of(kind), own))
            )
    return workspace


def run(rule, case, now):
    """Check the workspace of a case with its rule alone; return the report."""
    overrides = {f"{rule.id}.{name}": value for name, value in case.get("parameters", {}).items()}
    workspace = workspace_of(rule, case, now)
    return check(workspace, rules=[rule.id], overrides=overrides, at=moment(case.get("at")), now=now)
