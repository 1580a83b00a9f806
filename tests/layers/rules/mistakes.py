"""What is wrong with the file of a rule or with its cases, in sentences for whoever wrote them.

What is spelt wrong must not pass unseen: an expectation that nobody compares, a limit in the wrong unit.
"""

import tomllib
from string import Formatter

import shapely

from layers.kinds import spec_of
from layers.limits import categories_of
from layers.model import Kind
from layers.proximity import ProximityRule
from layers.single import SingleRule

HEADINGS = ("Question", "Method", "Assumptions", "Limits", "Source", "Example")
UNITS = {"m": "m", "min": "min", "h": "h", "d": "days", "years": "years", "pct": "%", "kmh": "km/h"}
"""What the end of a parameter's name says about its unit."""
WORDS = ("a", "b", "distance", "direction", "required", "shared", "b_status")
"""What the sentences of a rule about pairs may hold."""
EXPECTED = ("conflict", "possible", "unknown", "clear", "skipped", "irrelevant", "blocked")
OF_PAIRS = ("conflict", "possible", "unknown", "clear", "skipped")
OF_SINGLES = ("conflict", "clear")
CASE = {
    *(
        "name",
        "expect",
        "a",
        "b",
        "also",
        "parameters",
        "at",
        "mode",
        "time_zone",
        "about_dates",
        "about_field",
    ),
    *("severity", "distance_m", "required_m", "overlap_m2", "overlap_m", "window_from", "window_to", "says"),
}
FEATURE = {
    *("kind", "category", "wkt", "from", "to", "uncertainty_m", "name", "source_id", "label"),
    *("fields", "attributes"),
}


def in_rule(rule, file):
    """Yield what is wrong with a rule that is in `layers/rules/FILE.py`."""
    if rule.id != file:
        yield f"its id is “{rule.id}”, but it must be the name of the file, “{file}”"
    yield from _in_page(rule)
    for parameter in rule.parameters:
        yield from _in_parameter(rule, parameter)
    for selection in (rule.a, rule.b):
        known = (
            [code.id for kind in selection.kinds for code in spec_of(kind).categories] if selection else []
        )
        for name in selection.categories if selection else ():
            if name not in known:
                yield f"“{name}” is no category of {' or '.join(selection.kinds)}: {', '.join(known)}"
    if isinstance(rule, ProximityRule):
        yield from _in_pair_rule(rule)


def _in_page(rule):
    lines = (rule.manual or "").splitlines()
    absent = [heading for heading in HEADINGS if heading not in lines]
    for heading in absent:
        yield f"its page has no heading “{heading}” on a line of its own, at the left edge"
    if not absent and [line for line in lines if line in HEADINGS] != list(HEADINGS):
        yield f"the headings of its page must come once, in this order: {', '.join(HEADINGS)}"
    if not rule.title:
        yield "it has no title"
    if not rule.question.endswith("?"):
        yield "its question must end with a question mark"
    if not rule.action.endswith("."):
        yield "its action must end with a full stop"
    if "approve" in rule.action or "safe" in rule.action.split():
        yield "its action must not say that anything is approved or safe"


def _in_parameter(rule, parameter):
    called, end = f"its parameter “{parameter.name}”", parameter.name.rpartition("_")[2]
    unit = UNITS.get(end)
    if unit is not None and parameter.unit != unit:
        yield f"{called} has the unit “{parameter.unit}”, but a name that ends in _{end} says “{unit}”"
    if unit is None and parameter.unit in UNITS.values():
        end = next(end for end, unit in UNITS.items() if unit == parameter.unit)
        yield f"{called} is in “{parameter.unit}”: let its name end in _{end}"
    if not parameter.minimum <= parameter.default <= parameter.maximum:
        yield f"the default of {called} lies outside its limits"
    if parameter.by_categories and isinstance(rule, SingleRule):
        yield f"{called} cannot have a table by categories: those are of pairs"
    if (
        parameter.by_categories
        and isinstance(rule, ProximityRule)
        and parameter.name != rule.distance_parameter
    ):
        yield f"{called} has a table by categories that nothing looks at: only the distance may have one"


def _in_pair_rule(rule):
    named = {parameter.name: parameter for parameter in rule.parameters}
    for what, unit in (("distance_parameter", "m"), ("slack_parameter", "min")):
        name = getattr(rule, what)
        if name and name not in named:
            yield f"its {what} is “{name}”, but its parameters are: {', '.join(named) or 'none'}"
        elif name and named[name].unit != unit:
            yield f"its {what} “{name}” must be in {unit}, not in “{named[name].unit}”"
    for what in ("touching", "near"):
        sentence = getattr(rule, what)
        for _, word, _, _ in Formatter().parse(sentence):
            if word is not None and word not in WORDS:
                known = ", ".join(f"{{{word}}}" for word in WORDS)
                yield f"its sentence `{what}` holds {{{word}}}, but there are only: {known}"
        if not sentence.endswith("."):
            yield f"its sentence `{what}` must end with a full stop"
    if rule.raised_field == "category":
        known = {*categories_of(rule.a), *categories_of(rule.b)}
        for name in rule.raised_for:
            if name not in known:
                yield f"“{name}” in raised_for is no category of what it compares"


def in_cases(rule, text):
    """Yield what is wrong with the text of the case file of a rule."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        yield f"it is no TOML: {error}"
        return
    for key in content.keys() - {"case"}:
        yield f"it has a section “{key}”; there is only [[case]]"
    cases = content.get("case", [])
    if not isinstance(cases, list):
        yield "each case must begin with [[case]], in two brackets"
        return
    names = [case.get("name", "") for case in cases]
    for number, case in enumerate(cases, 1):
        if not case.get("name"):
            yield f"case {number} has no name"
        elif names.count(case["name"]) > 1:
            yield f"there are two cases “{case['name']}”"
        yield from (f"case “{case.get('name', number)}”: {words}" for words in _in_case(rule, case))
    needed = OF_PAIRS if isinstance(rule, ProximityRule) else OF_SINGLES
    absent = [answer for answer in needed if answer not in [case.get("expect") for case in cases]]
    if absent:
        yield f"it has no case that expects {', none that expects '.join(absent)}"


def _in_case(rule, case):
    for key in case.keys() - CASE:
        yield f"there is no entry “{key}”; there are {', '.join(sorted(CASE))}"
    if case.get("expect") not in EXPECTED:
        yield f"expect is “{case.get('expect', '')}”; it may be {', '.join(EXPECTED)}"
    for side, default in (("a", rule.a), ("b", rule.b), ("also", None)):
        items = case.get(side, [])
        if not isinstance(items, list):
            yield f"each feature must begin with [[case.{side}]], in two brackets"
            continue
        for item in items:
            if default is None and "kind" not in item:
                yield f"a feature in {side} must say its kind: this rule has no such side"
            else:
                kind = item.get("kind") or default.kinds[0]
                yield from (f"{side}: {words}" for words in _in_feature(item, kind))


def _in_feature(item, kind):
    for key in item.keys() - FEATURE:
        yield f"there is no entry “{key}”; there are {', '.join(sorted(FEATURE))}"
    if kind not in list(Kind):
        yield f"“{kind}” is no kind; there are {', '.join(Kind)}"
        return
    spec = spec_of(Kind(kind))
    known = [code.id for code in spec.categories]
    if item.get("category", "") not in ("", *known):
        yield f"{kind} has no category “{item['category']}”; it has {', '.join(known)}"
    known = {field.name for field in spec.fields}
    for name in item.get("fields", {}).keys() - known:
        yield f"{kind} has no field “{name}”; it has {', '.join(sorted(known))}"
    try:
        shapely.from_wkt(item.get("wkt"))
    except shapely.errors.ShapelyError as error:
        yield f"“{item['wkt'][:40]}” cannot be read: {error}"
