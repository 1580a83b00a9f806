"""Which limit holds for a pair of categories, and the words for it."""

import pytest

from layers.limits import ANY, categories_of, change_words, effective, limit_words
from layers.rules import rule_of

RULE = rule_of("zone_within_standoff_of_site")
VALUES = {
    "standoff_m": 500.0,
    "standoff_m.firing.hospital": 1500.0,
    "standoff_m.firing.*": 900.0,
    "standoff_m.*.hospital": 700.0,
}


@pytest.mark.parametrize(
    ("pair", "name", "value"),
    [
        (("firing", "hospital"), "standoff_m.firing.hospital", 1500.0),
        (("firing", "school"), "standoff_m.firing.*", 900.0),
        (("training", "hospital"), "standoff_m.*.hospital", 700.0),
        (("training", "school"), "standoff_m", 500.0),
        (("firing", ANY), "standoff_m.firing.*", 900.0),
        ((ANY, ANY), "standoff_m", 500.0),
    ],
)
def test_the_most_exact_limit_counts(pair, name, value):
    assert effective(VALUES, "standoff_m", *pair) == (name, value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("standoff_m", "Stand-off distance"),
        ("standoff_m.firing.hospital", "Stand-off distance (firing area, hospital)"),
        ("standoff_m.firing.*", "Stand-off distance (firing area, any humanitarian site)"),
        ("standoff_m.*.camp", "Stand-off distance (any military zone, camp or collective site)"),
    ],
)
def test_a_limit_is_named_in_words(name, words):
    assert limit_words(RULE, name) == words


def test_the_categories_of_a_side_are_those_of_its_kinds():
    assert categories_of(RULE.b)["firing"] == "Firing area"
    assert "firing" not in categories_of(RULE.a)


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        (None, "Stand-off distance (firing area, hospital) of 1,500 m is no longer set."),
        (
            ("firing", "hospital"),
            "Stand-off distance (firing area, hospital) was changed from 1,500 m to 900 m.",
        ),
        (("firing", "school"), ""),
    ],
)
def test_only_what_holds_for_the_pair_is_a_change(pair, words):
    after = {name: value for name, value in VALUES.items() if name != "standoff_m.firing.hospital"}
    assert change_words(RULE, VALUES, after, pair) == words


def test_what_a_rule_has_no_words_for_is_still_a_change():
    assert change_words(RULE, {"standoff_m": 1.0, "gone": 2.0}, {"standoff_m": 1.0}) != ""


def test_of_a_category_that_is_not_known_any_limit_may_hold():
    after = {**VALUES, "standoff_m.airspace.market": 9_000.0}
    assert change_words(RULE, VALUES, after, ("airspace", "school")) == ""
    assert change_words(RULE, VALUES, after, ("", "school")) != ""
    assert change_words(RULE, VALUES, after, ("airspace", "bazaar")) != ""
