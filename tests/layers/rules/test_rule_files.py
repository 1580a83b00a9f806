"""A rule is one file, one line and one case file: what is wrong with any of them is said in a sentence."""

import importlib
import pkgutil
from dataclasses import replace

import pytest

import layers.rules
from layers.checks import Parameter
from layers.rules import RULES, rule_of
from layers.sides import Selection
from tests.layers.rules import case_files, mistakes

PAIR, SINGLE = rule_of("hazard_near_site"), rule_of("zone_undated_or_stale")
FILES = {module.name for module in pkgutil.iter_modules(layers.rules.__path__)}
CASE_FILES = {path.name for path in case_files.CASES.iterdir()}
NAMES = sorted(FILES | {rule.id for rule in RULES} | {name.partition(".")[0] for name in CASE_FILES})


def of_name(name):
    """Yield what is wrong with all that bears a name; what the later parts need comes first."""
    if name not in FILES:
        where = [f"tests/layers/rules/cases/{file}" for file in CASE_FILES if file.startswith(f"{name}.")]
        where += [f"the id “{name}”"] * any(rule.id == name for rule in RULES)
        yield f"there is no file layers/rules/{name}.py, but there is {' and '.join(sorted(where))}"
        return
    rule = getattr(importlib.import_module(f"layers.rules.{name}"), "RULE", None)
    if rule is None:
        yield f"layers/rules/{name}.py has no RULE = ..."
        return
    yield from (f"layers/rules/{name}.py: {words}" for words in mistakes.in_rule(rule, name))
    times = sum(other is rule for other in RULES)
    if times != 1:
        found = "is missing" if times == 0 else f"is there {times} times"
        yield f"layers/rules/__init__.py: the line {name}.RULE {found}; put it into one group, once"
    path = f"tests/layers/rules/cases/{name}.toml"
    if f"{name}.toml" not in CASE_FILES:
        yield f"there is no case file {path}"
    else:
        text = (case_files.CASES / f"{name}.toml").read_text(encoding="utf-8")
        yield from (f"{path}: {words}" for words in mistakes.in_cases(rule, text))


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_is_one_file_one_line_and_one_case_file(name):
    wrong = list(of_name(name))
    if wrong:
        pytest.fail("\n".join(wrong) + "\nSee docs/adding-a-rule.md.", pytrace=False)


def test_every_id_is_that_of_one_rule():
    assert len({rule.id for rule in RULES}) == len(RULES)


def limits(**changes):
    return replace(PAIR, parameters=(replace(PAIR.parameters[0], **changes),))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (replace(PAIR, manual=PAIR.manual.replace("Source\n", "")), "its page has no heading “Source”"),
        (replace(PAIR, manual=""), "its page has no heading “Question”"),
        (replace(PAIR, manual=f"{PAIR.manual}\nSource\n"), "must come once, in this order: Question, Method"),
        (replace(PAIR, question="Near a hazard."), "its question must end with a question mark"),
        (replace(PAIR, action="The site is safe now."), "must not say that anything is approved or safe"),
        (limits(unit="km"), "“distance_m” has the unit “km”, but a name that ends in _m says “m”"),
        (limits(name="distance"), "“distance” is in “m”: let its name end in _m"),
        (
            limits(name="distance_km", unit="km"),
            "its distance_parameter is “distance_m”, but its parameters are",
        ),
        (
            replace(limits(name="distance_km", unit="km"), distance_parameter="distance_km"),
            "“distance_km” must be in m, not in “km”",
        ),
        (limits(default=30_000.0), "the default of its parameter “distance_m” lies outside its limits"),
        (
            replace(
                PAIR, parameters=(*PAIR.parameters, Parameter("x", "X", 1, "", 0, 2, by_categories=True))
            ),
            "“x” has a table by categories that nothing looks at",
        ),
        (
            replace(SINGLE, parameters=(replace(SINGLE.parameters[0], by_categories=True),)),
            "cannot have a table by categories",
        ),
        (
            replace(PAIR, b=Selection(PAIR.b.kinds, categories=("mine",))),
            "“mine” is no category of hazard: mines, uxo",
        ),
        (replace(PAIR, raised_for=("hospitals",)), "“hospitals” in raised_for is no category"),
        (replace(PAIR, near="{a} lies {distanse} off."), "`near` holds {distanse}, but there are only: {a}"),
        (replace(PAIR, touching="{a} touches {b}"), "`touching` must end with a full stop"),
    ],
)
def test_a_mistake_in_a_rule_is_said_in_a_sentence(rule, words):
    assert any(words in said for said in mistakes.in_rule(rule, rule.id))


def test_an_id_that_is_not_the_name_of_the_file_is_said():
    said = "its id is “hazard_near_site”, but it must be the name of the file, “hazard_by_site”"
    assert said in mistakes.in_rule(PAIR, "hazard_by_site")


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ('expect = "unknown"', "expect = unknown", "it is no TOML: "),
        ('expect = "unknown"', 'expect = "unkown"', "expect is “unkown”; it may be conflict, possible"),
        ('expect = "unknown"', 'expect = "clear"', "it has no case that expects unknown"),
        (
            'severity = "critical"',
            'serverity = "critical"',
            "there is no entry “serverity”; there are a, about",
        ),
        ("uncertainty_m = 30.0", "uncertainty = 30.0", "a: there is no entry “uncertainty”; there are"),
        ('name = "far away"\n', "", "has no name"),
        ('name = "far away"', 'name = "touching"', "there are two cases “touching”"),
        ("POINT(26 43)", "POINT(26, 43)", "“POINT(26, 43)” cannot be read: "),
        ('category = "school"', 'category = "shool"', "humanitarian_site has no category “shool”; it has"),
        ('category = "school"', 'kind = "school"', "“school” is no kind; there are"),
        (
            'category = "school"',
            "fields = { lower = 3.0 }",
            "humanitarian_site has no field “lower”; it has ",
        ),
        ("[[case]]", "[[cases]]", "it has a section “cases”; there is only [[case]]"),
        ("[[case]]", "", "each case must begin with [[case]], in two brackets"),
        ("[[case.b]]", "[case.b]", "each feature must begin with [[case.b]], in two brackets"),
    ],
)
def test_a_mistake_in_a_case_file_is_said_in_a_sentence(was, now, words):
    text = case_files.text_of(PAIR)
    assert was in text and not list(mistakes.in_cases(PAIR, text))
    first, _, _ = text.partition("\n[[case]]\n") if was.startswith("[") else (text, "", "")
    assert any(words in said for said in mistakes.in_cases(PAIR, first.replace(was, now, 1)))


def test_a_case_file_without_a_rule_and_a_rule_without_its_line_are_said(monkeypatch):
    monkeypatch.setattr(f"{__name__}.CASE_FILES", {"hazard_by_site.toml"})
    assert list(of_name("hazard_by_site")) == [
        "there is no file layers/rules/hazard_by_site.py, but there is "
        "tests/layers/rules/cases/hazard_by_site.toml"
    ]
    monkeypatch.setattr(f"{__name__}.RULES", tuple(rule for rule in RULES if rule is not PAIR))
    missing = "layers/rules/__init__.py: the line hazard_near_site.RULE is missing; put it into one group"
    said = list(of_name(PAIR.id))
    assert said[0].startswith(missing)
    assert said[1] == "there is no case file tests/layers/rules/cases/hazard_near_site.toml"
