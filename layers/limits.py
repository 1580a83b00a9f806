"""Which limit holds for a pair of categories, and how limits and their changes are put into words.

A parameter with a table has a value for every pair, and others for what the table names. The most exact
counts: the pair, then the category of b whatever a is, then that of a, then the parameter itself.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from layers.kinds import spec_of
from layers.model import Kind

if TYPE_CHECKING:
    from layers.checks import Parameter, Rule
    from layers.sides import Selection

ANY = "*"
"""Stands for any category."""


def cell_name(parameter: str, b_category: str, a_category: str) -> str:
    """Name the value of a parameter for a pair of categories; "*" stands for any category."""
    return f"{parameter}.{b_category}.{a_category}"


def effective(
    values: Mapping[str, float], parameter: str, b_category: str, a_category: str
) -> tuple[str, float]:
    """Return the value that holds for a pair of categories, after the name it is set under."""
    for pair in ((b_category, a_category), (b_category, ANY), (ANY, a_category)):
        name = cell_name(parameter, *pair)
        if name in values:
            return name, values[name]
    return parameter, values[parameter]


def categories_of(selection: "Selection") -> Mapping[str, str]:
    """Return the categories that a selection can have: id to words, in the order of its kinds."""
    return _categories(selection.kinds, selection.categories)


@lru_cache
def _categories(kinds: tuple[Kind, ...], wanted: tuple[str, ...]) -> Mapping[str, str]:
    known = {code.id: code.label for kind in kinds for code in spec_of(kind).categories}
    return MappingProxyType({name: label for name, label in known.items() if name in (wanted or known)})


def amount(parameter: "Parameter", value: float) -> str:
    """Write a value with its unit."""
    return f"{value:,.12g} {parameter.unit}".strip()


def limit_words(rule: "Rule", name: str) -> str:
    """Name a parameter or a cell of its table in words: `Stand-off distance (firing area, hospital)`."""
    base, *categories = name.split(".")
    label = next((p.label for p in rule.parameters if p.name == base), base)
    if len(categories) != 2 or rule.b is None:
        return label
    sides = zip((rule.b, rule.a), categories, strict=True)
    return f"{label} ({', '.join(_category_words(side, category) for side, category in sides)})"


def _category_words(side: "Selection", category: str) -> str:
    if category == ANY:
        return f"any {' or '.join(spec_of(kind).title.lower() for kind in side.kinds)}"
    return categories_of(side).get(category, category).lower()


def change_words(
    rule: "Rule",
    before: Mapping[str, float],
    after: Mapping[str, float],
    pair: tuple[str, str] | None = None,
) -> str:
    """Say which limit differs between two sets of values of a rule; "" when none does.

    Parameters
    ----------
    rule : Rule
        Whose values they are.
    before, after : mapping
        Values by name, cells of tables included.
    pair : (category of b, category of a), optional
        Only what holds for this pair counts; without it every cell does.
    """
    old, new = _held(rule, before, pair), _held(rule, after, pair)
    for base in (*new, *old):
        (name_before, value_before), (name_after, value_after) = (
            held.get(base, (base, None)) for held in (old, new)
        )
        if value_before != value_after:
            name = min((name_before, name_after), key=lambda name: (name == base, name.count(ANY)))
            return _change_sentence(rule, name, value_before, value_after)
    return ""


def _change_sentence(rule: "Rule", name: str, before: float | None, after: float | None) -> str:
    parameter = next((p for p in rule.parameters if p.name == name.split(".", maxsplit=1)[0]), None)
    limit = limit_words(rule, name)
    old, new = (
        "" if value is None else amount(parameter, value) if parameter else f"{value:g}"
        for value in (before, after)
    )
    if not old:
        return f"{limit} was set to {new}."
    return f"{limit} was changed from {old} to {new}." if new else f"{limit} of {old} is no longer set."


def _held(
    rule: "Rule", values: Mapping[str, float], pair: tuple[str, str] | None
) -> dict[str, tuple[str, float]]:
    """Return the values that hold for a pair, each after its name: of a table one cell is left.

    Where a category is not stated, or none of those in use, any cell may hold.
    """
    if pair is None or not _is_known(rule, pair):
        return {name: (name, value) for name, value in values.items()}
    held = {name: (name, value) for name, value in values.items() if "." not in name}
    for parameter in rule.parameters:
        if parameter.by_categories and parameter.name in values:
            held[parameter.name] = effective(values, parameter.name, *pair)
    return held


def _is_known(rule: "Rule", pair: tuple[str, str]) -> bool:
    sides = zip((rule.b, rule.a), pair, strict=True)
    return all(side is not None and category in categories_of(side) for side, category in sides)
