import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import encoding
from layers.errors import ReadingError

ARABIC = "مستشفى ميداني".encode()


def test_plain_ascii_needs_no_decision():
    assert encoding.decide([b"Clinic"]).value == "utf-8"


@given(st.text(min_size=1), st.integers(0, 3))
def test_utf8_is_recognised_even_when_cut(text, cut):
    raw = text.encode("utf-8", "ignore")
    assert encoding.decide([raw, ARABIC, ARABIC[: len(ARABIC) - 1]]).value == "utf-8"
    short = raw[: max(0, len(raw) - cut)]
    assert (
        "\ufffd" not in encoding.decode(short, "utf-8").replace("\ufffd", "", text.count("\ufffd"))
        or cut == 0
    )


@pytest.mark.parametrize("character", ["é", "م", "€", "😀"])
def test_an_unfinished_character_at_the_end_is_left_out(character):
    whole = ("ab" + character).encode()
    assert not encoding.is_cut(whole)
    for length in range(3, len(whole)):
        assert encoding.is_cut(whole[:length])
        assert encoding.decode(whole[:length], "utf-8") == "ab"


def test_the_officers_word_wins_and_is_checked():
    assert encoding.decide([ARABIC], asked="cp1256").value == "cp1256"
    for name in ("no-such", "base64", "rot13", "zip"):
        with pytest.raises(ReadingError, match="not a text encoding"):
            encoding.decide([ARABIC], asked=name)


def test_a_declaration_that_the_bytes_contradict_is_not_believed():
    decided = encoding.decide(["Больница".encode("cp1251")], declared="utf-8", declared_by="the .cpg file")
    assert decided.value != "utf-8"


def test_a_guess_is_never_certain_and_ranks_the_right_one():
    text = "Здравен център Света Анна в Стара Загора".encode("cp1251")
    decided = encoding.decide([text] * 3)
    assert not decided.certain
    assert "cp1251" in decided.candidates
    assert decided.value == decided.candidates[0]


def test_any_bytes_can_be_decided():
    decided = encoding.decide([bytes(range(128, 256))])
    encoding.decode(bytes(range(128, 256)), decided.value)
