"""Names of parties listed in one text field."""

import pytest

from layers.name_lists import missing_names, names_in


@pytest.mark.parametrize(
    "text",
    [
        "A cell; B cell",
        "A cell,B cell",
        "A cell | B cell",
        "A cell/B cell",
        "A cell\nB cell",
        "A cell ; ;B  cell;",
    ],
)
def test_several_separators(text):
    assert names_in(text) == ("A cell", "B cell")


def test_what_has_no_letter_or_figure_is_no_name():
    assert names_in("--; ?; ...") == ()
    assert names_in("") == ()


def test_a_name_counts_once_as_it_was_first_written():
    assert names_in("OCHA; ocha; O.C.H.A.; Ocha (Sana'a)") == ("OCHA",)


def test_missing_names_are_told_as_the_requirement_writes_them():
    assert missing_names("Brigade 3; Air Cell", "BRIGADE-3") == ("Air Cell",)
    assert missing_names("Brigade 3; Air Cell", "") == ("Brigade 3", "Air Cell")


def test_accents_quotes_and_brackets_do_not_count():
    assert missing_names("Ministère de la Santé", "«ministere de la sante» (20.11.)") == ()


def test_two_names_joined_by_a_word_count_as_both():
    assert missing_names("OCHA; UNMAS", "OCHA and UNMAS") == ()
    assert missing_names("ОЧА и ЮНМАС", "ОЧА; ЮНМАС") == ()
    assert missing_names("Ministry of Health and Population", "Ministry of Health and Population") == ()
    assert missing_names("OCHA and UNMAS", "OCHA") == ("OCHA and UNMAS",)


def test_part_of_a_name_is_not_the_name():
    assert missing_names("UN", "UN Police") == ("UN",)
    assert missing_names("UN Police", "UN") == ("UN Police",)


def test_two_names_that_differ_in_brackets_only_are_two():
    assert names_in("Air cell (North); Air cell (South)") == ("Air cell (North)", "Air cell (South)")
    assert missing_names("Air cell (North); Air cell (South)", "air cell (NORTH)") == ("Air cell (South)",)
    assert missing_names("Air cell (North); Air cell (South)", "Air cell") == (
        "Air cell (North)",
        "Air cell (South)",
    )
    assert missing_names("UNMAS (mine action)", "UNMAS") == ()


@pytest.mark.parametrize(
    "given", ["Air cell (pending)", "Air cell (not yet)", "Air cell [?]", "Air cell (en attente)"]
)
def test_brackets_that_say_that_nothing_was_given_count(given):
    assert missing_names("Air cell", given) == ("Air cell",)
    assert missing_names("Air cell", f"Brigade 3; {given}; Air cell (20.11.)") == ()


def test_hostile_lists_take_time_that_grows_with_their_length_only():
    many = ";".join(f"A{i}" for i in range(20_000))
    alike = ";".join(f"A ({i})" for i in range(20_000))
    assert missing_names(many, many[:-1]) == ("A19999",)
    assert missing_names(alike, alike[:-1]) == ("A (19999)",)
    assert names_in("(" * 60_000 + "A") != ()
