"""One position is found in a message, whatever else it says; never a part of one, never one of several."""

import pytest

from layers.coordinates import parse
from layers.errors import LayersError
from layers.message_positions import position_in


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("35T LG 8650 9750", "35T LG 8650 9750"),
        ("GRID: 35T LG 8650 9750, report by 1800", "35T LG 8650 9750"),
        ("Convoy halted at 35TLG86509750. Two vehicles.\nCall +359 888 123 456.", "35TLG86509750"),
        ("الموقع: 37S BR 48000 77000 شكرا", "37S BR 48000 77000"),
        ("Clinic moved to 32.3041, 36.3223 (verified)", "32.3041, 36.3223"),
        ("see N32.3041 E36.3223, ask for Lina", "N32.3041 E36.3223"),
        ("RV 32°18'15\"N 36°19'20\"E at 0600Z", "32°18'15\"N 36°19'20\"E"),
        ("helipad 37N 248000 3577000 usable", "37N 248000 3577000"),
        ("GRID: 35T LG 8650  9750, report", "35T LG 8650 9750"),
        ("GRID:\t35T\u00a0LG\u00a08650\u00a09750\u00a0now", "35T LG 8650 9750"),
        ("Location \u2013 35T LG 8650 9750", "35T LG 8650 9750"),
        ("north: 35T LG 8650 9750 \u2014 east of the river", "35T LG 8650 9750"),
        ("about 35T LG 86 97", "35T LG 86 97"),
        ("it was at -32.3041, \u221236.3223 at noon", "-32.3041, -36.3223"),
        ("from 32.3041, 36.3223 to the river", "32.3041, 36.3223"),
        ("RV 32.3041 S 36.3223 W north of town", "32.3041 S 36.3223 W"),
    ],
)
def test_the_position_in_a_message_is_read(message, words):
    position, read = position_in(message)
    assert read == words
    assert position == parse(words)


@pytest.mark.parametrize(
    "message",
    [
        "good morning",
        "call +359 888 123 456 at 1800",
        "35T LG 8650 9750 300 m high",  # where the position ends is not guessed
        "invoice 12.500, 13.750.25",
        "version 1.2.345, 6.789",
        "12 CARS 1234 came",
        "35T LG 86509",
        "32.3041 36.3223 12.5000",
        "GRID 35T LG 8650\n9750 report",  # not the square of 1 km at 86 50
        "GRID 35T LG 8650/9750 report",
        "GRID 35T LG 8650, 9750 report",
        "GRID 35T LG 8650 - 9750 report",
        "seen at 32.3041, 36.3223 West",
        "seen at 32.3041, 36.3223 (W)",
        "seen at 32.3041 N 36.3223 West",
        "seen at S 32.3041, 36.3223",
        "seen at South: 32.3041, 36.3223",
        "seen at \u221232.3041 S, 36.3223",
        "seen at \u2212 32.3041, 36.3223",
    ],
)
def test_what_only_looks_like_one_is_refused(message):
    with pytest.raises(LayersError):
        position_in(message)


def test_of_several_none_is_guessed_and_they_are_told():
    with pytest.raises(LayersError, match="several") as refusal:
        position_in("from 35T LG 8650 9750 to 35T LG 9000 9800")
    assert "35T LG 8650 9750, 35T LG 9000 9800" in refusal.value.message
    assert refusal.value.hint == "Copy one of them."


def test_what_can_be_read_in_two_ways_is_still_answered_with_both():
    with pytest.raises(LayersError, match="southern hemisphere"):
        position_in("37S 748000 3577000")
