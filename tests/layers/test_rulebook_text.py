"""A rulebook as text: nothing is lost, nothing is guessed, and two versions compare line by line."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import LayersError
from layers.limits import ANY, categories_of, cell_name
from layers.rulebook_reading import read
from layers.rulebook_text import Rulebook, RuleLimits, differences, write
from layers.rules import RULES

STANDOFF = "zone_within_standoff_of_site"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DEFAULTS = {
    rule.id: RuleLimits(True, {parameter.name: parameter.default for parameter in rule.parameters})
    for rule in RULES
}
CELLS = {"standoff_m": 600.0, "standoff_m.*.camp": 800.5, "standoff_m.firing.hospital": 1500.0}
BOOK = Rulebook(
    "Оливка", 2, "Maj. Novak", NOW, "After the meeting", DEFAULTS | {STANDOFF: RuleLimits(True, CELLS)}
)


def values_of(parameter):
    numbers = st.floats(parameter.minimum, parameter.maximum) | st.integers(
        int(parameter.minimum), int(parameter.maximum)
    ).map(float)
    return numbers.map(lambda value: min(max(value, parameter.minimum), parameter.maximum))


@st.composite
def limits(draw, rule):
    values = {p.name: draw(values_of(p)) for p in rule.parameters}
    for parameter in rule.parameters:
        if parameter.by_categories:
            rows, columns = ([ANY, *categories_of(side)] for side in (rule.b, rule.a))
            pairs = st.tuples(st.sampled_from(rows), st.sampled_from(columns)).filter(
                lambda p: p != (ANY, ANY)
            )
            for pair in draw(st.sets(pairs, max_size=12)):
                values[cell_name(parameter.name, *pair)] = draw(values_of(parameter))
    return RuleLimits(draw(st.booleans()), values)


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
SIGNED = st.tuples(TEXTS.filter(bool), st.datetimes(timezones=st.just(UTC)))


@given(
    title=TEXTS,
    version=st.integers(1, 10**6),
    signed=SIGNED | st.just(("", None)),
    note=TEXTS,
    rules=st.fixed_dictionaries({}, optional={rule.id: limits(rule) for rule in RULES}),
)
def test_what_is_written_is_read_back_to_the_last_bit(title, version, signed, note, rules):
    book = Rulebook(title, version, *signed, note, rules)
    assert read(write(book)) == book
    assert read(write(book, [f"{STANDOFF}.standoff_m"])) == book
    assert read(write(book).replace("\n", "\r\n")) == book


def test_the_text_is_the_same_whatever_the_order_of_what_is_set():
    turned = RuleLimits(True, dict(reversed(CELLS.items())))
    other = replace(BOOK, rules=dict(reversed({**BOOK.rules, STANDOFF: turned}.items())))
    assert write(other) == write(BOOK)


def test_every_value_stands_on_a_line_of_its_own_with_its_unit_and_its_words():
    lines = write(BOOK).split("\n")
    assert "default = 600                     # Stand-off distance, m, from 0 to 50,000" in lines
    assert "firing.hospital = 1500            # m, firing area, hospital" in lines
    assert '"*".camp = 800.5                  # m, any military zone, camp or collective site' in lines
    marked = write(BOOK, [f"{STANDOFF}.standoff_m.firing.hospital"])
    assert "# m, firing area, hospital; not confirmed by anybody" in marked


TEXT = write(BOOK)


@pytest.mark.parametrize(
    ("old", "new", "message", "where"),
    [
        ("[project_near_site]", "[project_by_site]", "no rule project_by_site", "project_by_site"),
        ("corridor_m =", "corridor_km =", "no entry corridor_km", "movement_crosses_zone.corridor_km"),
        ("firing.hospital", "artillery.hospital", "no category artillery", "standoff_m.table.artillery"),
        ("firing.hospital", "firing.castle", "no category castle", "standoff_m.table.firing.castle"),
        ("= 1500 ", '= "1500" ', "must be a number", "standoff_m.table.firing.hospital"),
        ("= 1500 ", "= true ", "must be a number", "standoff_m.table.firing.hospital"),
        ("= 1500 ", "= nan ", "out of range", "standoff_m.table.firing.hospital"),
        ("= 1500 ", "= -1 ", "out of range", "standoff_m.table.firing.hospital"),
        ("= 1500 ", "= 50001 ", "out of range", "standoff_m.table.firing.hospital"),
        ("default = 600 ", "default = inf ", "out of range", "standoff_m.default"),
        ("default = 600 ", "# default = 600 ", "default is missing", "standoff_m"),
        ('"*".camp', '"*"."*"', "This is the default", "standoff_m.table.*.*"),
        ("corridor_m = 250", "corridor_m = { default = 250 }", "must be a number", "corridor_m"),
        ("slack_min = 60", "", "slack_min is missing", "movement_crosses_zone"),
        ("enabled = true\ncorridor_m", "enabled = 1\ncorridor_m", "true or false", "enabled"),
        ("enabled = true\ncorridor_m", "corridor_m", "enabled is missing", "movement_crosses_zone"),
        ("format = 1", "format = 2", "format 2", "rulebook.format"),
        ("version = 2", "version = 0", "count from 1", "rulebook.version"),
        ("version = 2", "version = true", "whole number", "rulebook.version"),
        ("version = 2", "version = 2\nowner = 'x'", "no entry owner", "rulebook.owner"),
        ('title = "Оливка"', "title = 7", "must be text", "rulebook.title"),
        ("confirmed_at = 2026-11-23T08:00:00Z\n", "", "belong together", "rulebook.confirmed_by"),
        ("T08:00:00Z", "T08:00:00", "time zone", "rulebook.confirmed_at"),
        ("2026-11-23T08:00:00Z", "0001-01-01T00:00:00+10:00", "calendar", "rulebook.confirmed_at"),
        ("[rulebook]", "[other]", "no [rulebook] section", ""),
        ("format = 1", "format 1", "not a rulebook in TOML", ""),
        ("version = 2", f"version = {'9' * 5000}", "not a rulebook in TOML", ""),
        ("version = 2", f"version = {'[' * 5000}", "not a rulebook in TOML", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_line_and_what_to_do(old, new, message, where):
    assert TEXT.count(old) >= 1
    text = TEXT.replace(old, new, 1)
    with pytest.raises(LayersError) as refused:
        read(text)
    assert message in refused.value.message
    assert refused.value.hint
    if not where:
        return
    place, field = refused.value.where.split(", ")
    assert field.endswith(where)
    line = text.split("\n")[int(place.removeprefix("line ")) - 1]
    assert field.rpartition(".")[2] in line


def test_a_text_without_end_is_refused_before_it_is_parsed():
    with pytest.raises(LayersError, match="too long"):
        read("#" * 2_000_000)


def test_a_rule_that_the_text_does_not_list_is_not_invented():
    book = replace(BOOK, rules={STANDOFF: BOOK.rules[STANDOFF]})
    assert read(write(book)).rules == {STANDOFF: BOOK.rules[STANDOFF]}


def test_a_comparison_shows_each_changed_limit_under_its_section():
    later = {**CELLS, "standoff_m.firing.hospital": 2000.0}
    after = replace(BOOK, version=3, rules={**BOOK.rules, STANDOFF: RuleLimits(True, later)})
    found = differences(write(BOOK), write(after))
    signs = [(line.sign, line.text.split("#")[0].strip()) for line in found if line.sign in "+-"]
    assert signs == [
        ("-", "version = 2"), ("+", "version = 3"),
        ("-", "firing.hospital = 1500"), ("+", "firing.hospital = 2000"),
    ]  # fmt: skip
    headings = [line.text for line in found if line.sign == "@"]
    assert headings == ["[rulebook]", f"[{STANDOFF}.standoff_m.table]"]


def test_a_comparison_begins_with_the_section_of_its_first_change():
    rules = {**BOOK.rules, "project_near_site": RuleLimits(False, BOOK.rules["project_near_site"].values)}
    found = differences(TEXT, write(replace(BOOK, rules=rules)))
    assert [(line.sign, line.text) for line in found[:3]] == [
        ("@", "[project_near_site]"), ("-", "enabled = true"), ("+", "enabled = false"),
    ]  # fmt: skip


def test_that_nobody_has_confirmed_a_value_is_no_difference():
    marked = write(BOOK, [f"{STANDOFF}.standoff_m"])
    assert marked != TEXT
    assert differences(TEXT, marked) == ()


def test_equal_rulebooks_have_no_differences():
    assert differences(TEXT, TEXT) == ()
