import codecs
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import encoding
from layers.errors import ReadingError
from tests.layers.encoding_names import NAMES, names_of

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


def test_a_last_letter_beyond_ascii_is_no_cut_character():
    decided = encoding.decide([b"Saint-Andr\xe9", b"Ren\xe9"])
    assert decided.value != "utf-8"
    assert not decided.certain


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


def raw_names(language):
    """Return a language's encoding and its names in it, as old programs write them (ţ for ț, ي for ی)."""
    name, texts = names_of(language)
    old = str.maketrans("țșȚȘی", "ţşŢŞي") if name in ("cp1250", "cp1256") else {}
    raw = [text.translate(old).encode(name) for text in texts]
    return name, [value for value in raw if not value.isascii()]


def place(candidates, name):
    """Return the place of an encoding among candidates, aliases and supersets of it counted as the same."""
    same = {"cp949": "euc_kr", "cp932": "shift_jis"}
    wanted = codecs.lookup(same.get(name, name))
    return [codecs.lookup(same.get(c, c)) for c in candidates].index(wanted)


@pytest.mark.parametrize("language", NAMES)
def test_twenty_names_tell_their_encoding_first(language):
    name, raw = raw_names(language)
    decided = encoding.decide(raw)
    assert place(decided.candidates, name) == 0
    assert not decided.certain


@pytest.mark.parametrize("language", NAMES)
def test_a_few_names_tell_their_encoding_first_or_second(language):
    name, raw = raw_names(language)
    chance = random.Random(language)
    places = [place(encoding.decide(chance.sample(raw, size)).candidates, name) for size in (3, 4, 5) * 10]
    assert sum(p <= 1 for p in places) >= 29


def test_names_in_capitals_tell_their_encoding():
    for language in ("Russian", "Greek", "French", "Polish", "Turkish"):
        name, raw = raw_names(language)
        capitals = [v.decode(name).replace("ß", "SS").upper().encode(name, "ignore") for v in raw]
        assert place(encoding.decide(capitals).candidates, name) <= 1


def test_utf8_names_are_certain_whatever_the_language():
    for language in NAMES:
        decided = encoding.decide([text.encode() for text in names_of(language)[1]])
        assert (decided.value, decided.certain) == ("utf-8", True)


def test_a_false_statement_is_doubted_and_stays_in_force_until_a_person_decides():
    _, raw = raw_names("Arabic")
    decided = encoding.decide(raw, declared="cp1252", declared_by="the .cpg file")
    assert (decided.value, decided.certain, decided.candidates[:2]) == ("cp1252", False, ("cp1256", "cp1252"))
    assert "Arabic" in decided.how


def test_a_true_statement_is_not_doubted():
    for language in NAMES:
        name, raw = raw_names(language)
        decided = encoding.decide(raw, declared=name, declared_by="the .cpg file")
        assert (decided.value, decided.certain) == (name, True), language


def test_a_false_hint_loses_and_a_true_one_wins():
    _, raw = raw_names("Russian")
    assert encoding.decide(raw, hint="cp1252", hint_by="the .dbf header").value == "cp1251"
    assert encoding.decide(raw, hint="cp1251", hint_by="the .dbf header").certain


@pytest.mark.parametrize(
    ("language", "through"),
    [
        ("Russian", "cp1252"),
        ("Arabic", "cp1252"),
        ("French", "cp1252"),
        ("Ukrainian", "cp1251"),
        ("German", "latin-1"),
    ],
)
def test_text_turned_into_utf8_twice_is_noticed_and_can_be_put_right(language, through):
    names = [n for n in names_of(language)[1] if not n.isascii()]
    twice = [
        "".join(bytes([b]).decode(through, "replace").replace("\ufffd", chr(b)) for b in n.encode()).encode()
        for n in names
    ]
    decided = encoding.decide(twice, declared="utf-8", declared_by="the .cpg file")
    assert (decided.value, decided.certain) == ("utf-8", False)
    better = encoding.check(decided.candidates[0])
    assert [encoding.decode(v, better) for v in twice] == names
    assert encoding.decode("plain é".encode(), better) == "plain é"


def test_previews_show_the_same_rows_in_every_candidate():
    name, raw = raw_names("Thai")
    decided = encoding.decide(raw)
    shown = encoding.previews(raw[:5], (*decided.candidates, "no-such"))
    assert [p.encoding for p in shown] == list(decided.candidates)
    assert shown[0].texts == tuple(v.decode(name) for v in raw[:5])
    assert (shown[0].title, shown[0].garbled) == ("Thai (Windows-874)", 0)


def test_samples_are_a_few_different_values_beyond_ascii():
    values = [b"plain", *(f"é{i % 30}".encode() for i in range(100))]
    assert len(encoding.samples(values)) == 20
    assert encoding.samples([b"a"]) == ()


def test_deciding_on_a_large_file_takes_a_moment():
    _, raw = raw_names("Chinese")
    many = [v + str(i).encode() for i in range(2_000) for v in raw]
    start = time.perf_counter()
    encoding.decide(many)
    assert time.perf_counter() - start < 20


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["32°17'46.4\"N;36°18'47.2\"E;café", "32° 17.5' N;36° 18.7' E;"], "cp1252"),
        (["32°17'46.4\"N;36°18'47.2\"E;", "32°17'43.1\"N;36°18'43.3\"E;"], None),
        (["Школа №5;43°12'10\"N;25°30'05\"E", "Клиника;43°12'11\"N;25°30'07\"E"], "cp1251"),
        (["مدرسة;32°17'46\"N;36°18'47\"E", "عيادة;32°17'43\"N;36°18'43\"E"], "cp1256"),
    ],
)
def test_degree_signs_in_positions_speak_for_the_encodings_that_have_them(rows, expected):
    raw = [row.encode(expected or "cp1252") for row in rows]
    decided = encoding.decide(raw)
    assert "°" in raw[0].decode(decided.value)
    assert expected in (None, decided.value)
    assert not decided.certain
