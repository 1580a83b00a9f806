"""The rulebook of a workspace: versions that named people stand for, taken in without their signatures."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from layers import rulebook
from layers.errors import LayersError
from layers.model import Confirmation, Mode, RuleSettings, new_workspace
from layers.rulebook_reading import read
from layers.rulebook_text import write
from layers.rules import RULES

STANDOFF = "zone_within_standoff_of_site"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
CELL = "standoff_m.firing.hospital"


@pytest.fixture
def workspace():
    return new_workspace("Olive", Mode.EXERCISE, NOW)


def with_limits(workspace, **parameters):
    before = workspace.rules.get(STANDOFF, RuleSettings())
    rules = {**workspace.rules, STANDOFF: replace(before, parameters=parameters)}
    return replace(workspace, rules=rules)


def waiting(workspace):
    return [name for rule, name, _ in rulebook.unconfirmed(workspace) if rule.id == STANDOFF]


def test_confirming_stands_for_every_placeholder_and_makes_a_version(workspace):
    before = with_limits(workspace, **{CELL: 1500.0})
    assert waiting(before) == ["standoff_m", CELL]
    after = rulebook.confirm(before, " Maj. Novak ", " First ", NOW + timedelta(microseconds=7))
    assert rulebook.unconfirmed(after) == ()
    assert after.rules[STANDOFF].confirmations == {
        "standoff_m": Confirmation(500.0, "Maj. Novak", NOW),
        CELL: Confirmation(1500.0, "Maj. Novak", NOW),
    }
    (version,) = after.rulebook
    assert (version.number, version.by, version.note, version.at) == (1, "Maj. Novak", "First", NOW)
    assert rulebook.current(after) == read(version.text)
    assert rulebook.current_text(after) == version.text


def test_a_later_change_is_a_draft_until_somebody_confirms_it(workspace):
    first = rulebook.confirm(workspace, "Maj. Novak", "", NOW)
    assert rulebook.current(first).by == "Maj. Novak"
    changed = with_limits(first, **{CELL: 900.0})
    draft = rulebook.current(changed)
    assert (draft.version, draft.by, draft.at) == (2, "", None)
    assert waiting(changed) == [CELL]
    assert "not confirmed by anybody" in rulebook.current_text(changed)
    second = rulebook.confirm(changed, "Col. Haddad", "", NOW)
    assert [version.by for version in second.rulebook] == ["Maj. Novak", "Col. Haddad"]
    assert rulebook.text_of(second, 1) == first.rulebook[0].text


def test_a_rule_switched_off_is_a_draft_too(workspace):
    first = rulebook.confirm(workspace, "Maj. Novak", "", NOW)
    off = replace(first, rules={**first.rules, "project_near_site": RuleSettings(enabled=False)})
    assert rulebook.current(off).by == ""


def test_a_name_is_needed(workspace):
    with pytest.raises(LayersError, match="named person"):
        rulebook.confirm(workspace, "  ", "", NOW)


def test_a_rulebook_is_taken_in_without_the_signatures_it_carries(workspace):
    other = rulebook.confirm(
        with_limits(workspace, standoff_m=750.0, **{CELL: 1500.0}), "Gen. Other", "", NOW
    )
    here = with_limits(workspace, **{CELL: 1500.0})
    mine = Confirmation(1500.0, "Maj. Novak", NOW)
    here = replace(here, rules={STANDOFF: replace(here.rules[STANDOFF], confirmations={CELL: mine})})
    taken = rulebook.take(here, read(other.rulebook[0].text))
    assert taken.rules[STANDOFF].parameters == {"standoff_m": 750.0, CELL: 1500.0}
    assert taken.rules[STANDOFF].confirmations == {CELL: mine}
    assert waiting(taken) == ["standoff_m"]
    assert taken.rulebook == ()


def test_a_limit_that_the_rulebook_does_not_have_goes_with_its_confirmation(workspace):
    plain = write(rulebook.current(workspace))
    confirmed = rulebook.confirm(with_limits(workspace, **{CELL: 1500.0}), "Maj. Novak", "", NOW)
    taken = rulebook.take(confirmed, read(plain))
    assert CELL not in taken.rules[STANDOFF].parameters
    assert CELL not in taken.rules[STANDOFF].confirmations
    again = with_limits(taken, **{CELL: 1500.0})
    assert waiting(again) == [CELL]


def test_taking_in_what_is_there_changes_nothing(workspace):
    confirmed = rulebook.confirm(with_limits(workspace, **{CELL: 1500.0}), "Maj. Novak", "", NOW)
    assert rulebook.take(confirmed, rulebook.current(confirmed)) is confirmed


def test_rules_that_are_not_listed_stay_as_they_are(workspace):
    off = replace(workspace, rules={"project_near_site": RuleSettings(enabled=False)})
    listed = rulebook.current(workspace)
    one = replace(listed, rules={STANDOFF: listed.rules[STANDOFF]})
    assert rulebook.take(off, one) is off


def test_settings_of_rules_that_this_program_does_not_know_are_kept(workspace):
    foreign = replace(workspace, rules={"rule_of_tomorrow": RuleSettings(enabled=False)})
    confirmed = rulebook.confirm(foreign, "Maj. Novak", "", NOW)
    assert confirmed.rules["rule_of_tomorrow"] == RuleSettings(enabled=False)


def test_a_version_of_a_program_with_other_rules_says_which_these_are(workspace):
    """Nobody changed anything: what differs came with the program."""
    confirmed = rulebook.confirm(workspace, "Maj A", "", NOW)
    version = confirmed.rulebook[-1]
    text = version.text.replace("[short_notice]", "[flight_near_firing]")
    other = replace(confirmed, rulebook=(replace(version, text=text),))
    words = rulebook.state_words(other, rulebook.current(other))
    assert words == (
        "Changed since version 1: this program adds “Movement at short notice” and does not have "
        "flight_near_firing; nobody stands for the changes yet."
    )


def test_many_rules_that_a_program_adds_are_counted(workspace):
    confirmed = rulebook.confirm(workspace, "Maj A", "", NOW)
    bare = replace(confirmed, rulebook=(replace(confirmed.rulebook[-1], text="[rulebook]\n"),))
    words = rulebook.state_words(bare, rulebook.current(bare))
    assert f"”, “Zone within stand-off of a site” and {len(RULES) - 3} more; nobody" in words


def test_a_version_that_does_not_exist_is_refused_with_those_that_do(workspace):
    with pytest.raises(LayersError, match="Nobody has confirmed"):
        rulebook.text_of(workspace, 1)
    with pytest.raises(LayersError, match="The versions are: 1"):
        rulebook.text_of(rulebook.confirm(workspace, "Maj. Novak", "", NOW), 2)


def test_a_file_is_read_with_and_without_a_byte_order_mark(workspace, tmp_path):
    text = rulebook.current_text(workspace)
    for encoding in ("utf-8", "utf-8-sig"):
        path = tmp_path / f"{encoding}.toml"
        path.write_text(text, encoding=encoding, newline="\r\n")
        assert rulebook.load(path) == rulebook.current(workspace)


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"\xff\xfe\x00", "UTF-8"), (b"#" * 5_000_000, "too long"), (b"format", "not a rulebook")],
)
def test_a_file_that_is_none_is_refused_by_name(tmp_path, data, message):
    path = tmp_path / "rules.toml"
    path.write_bytes(data)
    with pytest.raises(LayersError) as refused:
        rulebook.load(path)
    assert message in refused.value.message
    assert refused.value.where.startswith("rules.toml")


def test_a_file_that_is_missing_is_refused_by_name(tmp_path):
    with pytest.raises(LayersError) as refused:
        rulebook.load(tmp_path / "none.toml")
    assert refused.value.where == "none.toml"
