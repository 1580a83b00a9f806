from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from layers import conversion
from layers.kinds import humanitarian_site

AMMAN = ZoneInfo("Asia/Amman")  # +03:00
SOFIA = ZoneInfo("Europe/Sofia")


@pytest.mark.parametrize(
    ("text", "is_end", "expected"),
    [
        ("2026-03-01", False, datetime(2026, 2, 28, 21, tzinfo=UTC)),
        ("2026-03-01", True, datetime(2026, 3, 1, 21, tzinfo=UTC)),
        ("2026/3/1", False, datetime(2026, 2, 28, 21, tzinfo=UTC)),
        ("20260301", False, datetime(2026, 2, 28, 21, tzinfo=UTC)),
        ("01.03.2026", False, datetime(2026, 2, 28, 21, tzinfo=UTC)),
        ("2026-03-01T08:30", False, datetime(2026, 3, 1, 5, 30, tzinfo=UTC)),
        ("2026-03-01 08:30:15.250", True, datetime(2026, 3, 1, 5, 30, 15, 250_000, tzinfo=UTC)),
        ("2026-03-01T08:30:00Z", False, datetime(2026, 3, 1, 8, 30, tzinfo=UTC)),
        ("2026-03-01T08:30:00+0530", False, datetime(2026, 3, 1, 3, 0, tzinfo=UTC)),
        ("2026-03-01T24:00", True, datetime(2026, 3, 1, 21, tzinfo=UTC)),
        ("141200ZFEB26", False, datetime(2026, 2, 14, 12, tzinfo=UTC)),
        ("141200C FEB 2026", False, datetime(2026, 2, 14, 9, tzinfo=UTC)),
        ("141200R FEB 2026", False, datetime(2026, 2, 14, 17, tzinfo=UTC)),
    ],
)
def test_times_are_read(text, is_end, expected):
    assert conversion.parse_time(text, AMMAN, is_end=is_end) == expected


@pytest.mark.parametrize(
    "text",
    ["03/04/2026", "soon", "2026-13-01", "2026-02-30", "2026-03-01T25:00", "2026-03-01T10:99", "9999-12-31",
     "0000-01-01", "2026-03-01x", "311200ZFEB26", "141200ZXXX26", "1", "2026-03-01T10:00+99:99"],
)  # fmt: skip
def test_what_is_no_time_is_not_guessed(text):
    assert conversion.parse_time(text, AMMAN, is_end=True) is None


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-10-25 03:30", "2026-10-25T00:30", "2026-10-25T01:30"),  # comes twice
        ("2026-03-29 03:30", "2026-03-29T00:30", "2026-03-29T01:30"),  # never comes
        ("2026-10-25 03:30+03:00", "2026-10-25T00:30", "2026-10-25T00:30"),
    ],
)
def test_where_clocks_change_a_window_is_taken_outward(text, start, end):
    for is_end, expected in ((False, start), (True, end)):
        moment = datetime.fromisoformat(expected).replace(tzinfo=UTC)
        assert conversion.parse_time(text, SOFIA, is_end=is_end) == moment


def test_a_day_of_25_hours_is_a_whole_day():
    start = conversion.parse_time("2026-10-25", SOFIA, is_end=False)
    end = conversion.parse_time("2026-10-25", SOFIA, is_end=True)
    assert (end - start).total_seconds() == 25 * 3600


def test_a_column_of_times_marks_what_it_could_not_read():
    values = np.array(["2026-03-01", None, "", "soon"], dtype=object)
    column, unread = conversion.times(values, AMMAN, is_end=False)
    assert np.isnat(column).tolist() == [False, True, True, True]
    assert unread.tolist() == [False, False, False, True]


def test_numbers_take_a_decimal_comma_and_what_is_no_number_is_marked():
    column, unread, two_ways = conversion.numbers(["1,5", "2.5", 3, None, "", "nan", "12 m", "1e3"])
    assert np.nan_to_num(column, nan=-1).tolist() == [1.5, 2.5, 3, -1, -1, -1, -1, 1000]
    assert unread.tolist() == [False] * 5 + [True] * 2 + [False]
    assert not two_ways.any()
    for text in ("1,2,3", "ca. 500", "<100", "12 ft", "1,000,5", "1234 567"):
        assert conversion.numbers([text], "m")[1].tolist() == [True]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1,500", "2.5"], [1500, 2.5]),
        (["1,500", "2,5"], [1.5, 2.5]),
        (["1.500", "0.25"], [1.5, 0.25]),
        (["1,500,000", "1,000"], [1_500_000, 1000]),
        (["1.500,5", "2.000"], [1500.5, 2000]),
        (["1 500", "1\u202f500", "1'500", None, 3], [1500, 1500, 1500, -1, 3]),
        (["500 m", "2 km", "2km."], [500, 2000, 2000]),
    ],
)
def test_marks_between_thousands_and_units_are_read_where_the_column_shows_what_they_are(texts, expected):
    column, unread, two_ways = conversion.numbers(texts, "m")
    assert np.nan_to_num(column, nan=-1).tolist() == expected
    assert not (unread | two_ways).any()


@pytest.mark.parametrize(
    "texts",
    [
        *(["1,500"], ["1.500"], ["-2,250"], ["1.234"], ["1.500", "500."]),
        *(["1,500", "2,5", "2.5"], ["1.500", "1.500.000", "2.5"]),
    ],
)
def test_a_number_that_may_be_either_of_two_is_left_open_unless_it_is_whole(texts):
    column, unread, two_ways = conversion.numbers([*texts, "3"], "m")
    assert (bool(np.isnan(column[0])), bool(two_ways[0])) == (True, True)
    assert (column[-1], bool(two_ways[-1]), unread.any()) == (3, False, False)
    assert conversion.numbers(["1,500", "2.000"], is_whole=True)[0].tolist() == [1500, 2000]


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("about 500 m", 500),
        ("±500", 500),
        ("<1.000", 1000),
        ("100 - 1,500 m", 1500),
        ("2 km (GPS)", 2000),
        ("1 500m", 1500),
        ("2 miles", None),
        ("500 ft, 20 m", 20),
        ("unclear", None),
        ("", None),
    ],
)
def test_the_most_that_a_text_may_mean_is_its_largest_number_without_a_foreign_unit(text, most):
    found = conversion.largest(text, "m")
    assert (None if np.isnan(found) else found) == most


def test_codes_match_words_not_parts_of_words():
    codes = humanitarian_site.KIND.categories
    assert conversion.match_code("Healthcare_Facility", codes) == "health_facility"
    assert conversion.match_code("مستشفى", codes) == "hospital"
    assert conversion.match_code("School of fire", codes) is None
    assert conversion.resembling_code("Water Facilities", codes).id == "water_point"
    assert conversion.resembling_code("Vacant", codes) is None


def test_whole_numbers_stored_as_real_ones_read_as_whole():
    assert [conversion.text_of(v) for v in (12.0, 12.5, 7, None, " x ", True)] == [
        "12",
        "12.5",
        "7",
        "",
        "x",
        "True",
    ]


@pytest.mark.parametrize("text", ["", "-", "?", "N/A", "n.a.", "Unknown", "TBC", "غير معروف", "Неизвестно"])
def test_what_only_fills_a_cell_says_nothing(text):
    assert conversion.says_nothing(text)


@pytest.mark.parametrize("text", ["0", "N", "Unknown Soldier Clinic", "+000 555 1", "عيادة"])
def test_what_says_something_is_kept(text):
    assert not conversion.says_nothing(text)
