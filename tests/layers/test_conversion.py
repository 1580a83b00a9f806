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


def test_a_day_of_25_hours_is_a_whole_day():
    start = conversion.parse_time("2026-10-25", SOFIA, is_end=False)
    end = conversion.parse_time("2026-10-25", SOFIA, is_end=True)
    assert (end - start).total_seconds() == 25 * 3600


def test_a_column_of_times_marks_what_it_could_not_read():
    values = np.array(["2026-03-01", None, "", "soon"], dtype=object)
    column, unread = conversion.times(values, AMMAN, is_end=False)
    assert np.isnat(column).tolist() == [False, True, True, True]
    assert unread.tolist() == [False, False, False, True]


def test_numbers_take_a_decimal_comma_and_nothing_else():
    column, unread = conversion.numbers(["1,5", "2.5", 3, None, "", "1,000.5", "nan", "12 m", "1e3"])
    assert np.nan_to_num(column, nan=-1).tolist() == [1.5, 2.5, 3, -1, -1, -1, -1, -1, 1000]
    assert unread.tolist() == [False] * 5 + [True] * 3 + [False]


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
