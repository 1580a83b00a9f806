"""Hours that come back: what people write, midnight, weekdays, and clocks that change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.recurrence import first_shared, hours_words, parse_hours

SOFIA = ZoneInfo("Europe/Sofia")
MONDAY = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("22:00-06:00", {(d, 1320, 1800) for d in range(7)}),
        ("Mo-Fr 22:00-06:00", {(d, 1320, 1800) for d in range(5)}),
        ("Sa,Su 08:00-12:00; We 14:00-16:00", {(5, 480, 720), (6, 480, 720), (2, 840, 960)}),
        ("Fr-Mo 0800-1000", {(d, 480, 600) for d in (4, 5, 6, 0)}),
        ("Monday to Wednesday 08:00 to 09:30", {(d, 480, 570) for d in (0, 1, 2)}),
        ("08:00-10:00,12:00-13:00", {(d, *s) for d in range(7) for s in ((480, 600), (720, 780))}),
        ("24/7", {(d, 0, 1440) for d in range(7)}),
        ("22:00-06:00 Mon-Fri", {(d, 1320, 1800) for d in range(5)}),
        ("Tues, Weds. and Thurs 08:00-10:00", {(d, 480, 600) for d in (1, 2, 3)}),
        ("Sundays 08:00-10:00", {(6, 480, 600)}),
        ("08:00-10:00 daily; 12:00-13:00 Su", {*((d, 480, 600) for d in range(7)), (6, 720, 780)}),
    ],
)
def test_reads_what_people_write(text, spans):
    assert set(parse_hours(text).spans) == spans


@pytest.mark.parametrize(
    "text",
    [
        *("", "nights", "25:00-26:00", "Mo-Xx 08:00-09:00", "08:00", "08:00-09:75", "Mo", "22:00-06:00Z"),
        # Words that only begin like a day: Wednesday alone would leave the other days clear.
        *("Weekdays 08:00-18:00", "22:00-06:00 weekdays", "weekend 08:00-12:00", "22:00-06:00 summer"),
        *("22:00-06:00 mostly", "Sali 08:00-10:00", "Thanksgiving 08:00-10:00", "S 08:00-10:00"),
        # Which span the days belong to is not guessed.
        *("08:00-10:00 Mo, 12:00-13:00 Tu", "08:00-10:00, 12:00-13:00 Tu", "Mo 22:00-06:00 Tu"),
    ],
)
def test_what_cannot_be_understood_is_none(text):
    assert parse_hours(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("22:00-06:00", "every day from 22:00 to 06:00 the next day"),
        ("Mo-Fr 0600-1800; Su 08:00-24:00", "Mon to Fri from 06:00 to 18:00; Sun from 08:00 to 24:00"),
        ("Fr-Mo 08:00-10:00", "Fri to Mon from 08:00 to 10:00"),
        ("Sa,Su,We 08:00-10:00", "Wed, Sat, Sun from 08:00 to 10:00"),
        ("24/7", "all the time"),
        ("00:00-12:00,12:00-00:00", "all the time"),
    ],
)
def test_hours_are_said_in_words(text, words):
    assert hours_words(parse_hours(text)) == words


def test_a_night_runs_into_the_next_day_in_local_time():
    night = parse_hours("Mo-Fr 22:00-06:00")
    found = first_shared(MONDAY, None, (night,), SOFIA, MONDAY)
    assert found == (datetime(2026, 11, 30, 20, tzinfo=UTC), datetime(2026, 12, 1, 4, tzinfo=UTC))
    # Sunday to Monday night is no weekday night.
    sunday = datetime(2026, 12, 6, 20, tzinfo=UTC)
    assert first_shared(sunday, sunday + timedelta(hours=7), (night,), SOFIA, MONDAY) is None


def test_two_patterns_share_only_what_both_hold():
    night, morning = parse_hours("22:00-06:00"), parse_hours("Tu 05:00-09:00")
    assert first_shared(MONDAY, None, (night, morning), SOFIA, MONDAY) == (
        datetime(2026, 12, 1, 3, tzinfo=UTC),
        datetime(2026, 12, 1, 4, tzinfo=UTC),
    )
    day = parse_hours("08:00-16:00")
    assert first_shared(None, None, (night, day), SOFIA, MONDAY) is None


def test_the_first_span_that_is_not_over_is_told_first():
    day = parse_hours("08:00-16:00")
    as_of = MONDAY + timedelta(days=3, hours=20)
    start, _ = first_shared(MONDAY, None, (day,), SOFIA, as_of)
    assert start == datetime(2026, 12, 4, 6, tzinfo=UTC)
    past = first_shared(MONDAY, MONDAY + timedelta(days=2), (day,), SOFIA, as_of)
    assert past[0] == datetime(2026, 11, 30, 6, tzinfo=UTC)


@pytest.mark.parametrize("start", [None, MONDAY - timedelta(days=3)])
def test_a_night_began_when_it_did_not_when_somebody_looks(start):
    night = parse_hours("22:00-06:00")
    as_of = datetime(2026, 11, 30, 23, 17, tzinfo=UTC)
    began, ended = datetime(2026, 11, 30, 20, tzinfo=UTC), datetime(2026, 12, 1, 4, tzinfo=UTC)
    assert first_shared(start, None, (night,), SOFIA, as_of) == (began, ended)


@pytest.mark.parametrize(
    ("text", "slack_h", "began", "ended"),
    [
        ("22:00-24:00; 00:00-06:00", 0, "2026-11-30T20:00", "2026-12-01T04:00"),
        ("Mo-Fr 00:00-24:00", 0, "2026-11-29T22:00", "2026-12-04T22:00"),
        ("Sa-Mo 00:00-24:00; Tu 00:00-12:00", 0, "2026-11-27T22:00", "2026-12-01T10:00"),
        ("Mo-Tu 02:00-06:00; Tu 22:00-23:00", 10, "2026-11-29T14:00", "2026-12-02T07:00"),
    ],
)
@pytest.mark.parametrize("start", [None, MONDAY - timedelta(days=30)])
def test_hours_that_follow_each_other_are_one_span(text, slack_h, began, ended, start):
    hours, slack = (parse_hours(text),), (timedelta(hours=slack_h),)
    expected = tuple(datetime.fromisoformat(at).replace(tzinfo=UTC) for at in (began, ended))
    for as_of in (MONDAY + timedelta(hours=21), MONDAY + timedelta(hours=26)):
        assert first_shared(start, None, hours, SOFIA, as_of, slack) == expected


def test_hours_widened_until_they_leave_no_gap_are_all_the_time():
    day = parse_hours("08:00-16:00")
    assert not day.is_always_with(timedelta(hours=7))
    assert day.is_always_with(timedelta(hours=8))
    end = MONDAY + timedelta(days=90)
    assert first_shared(MONDAY, end, (day,), SOFIA, MONDAY, (timedelta(hours=8),)) == (MONDAY, end)


@given(
    st.integers(0, 6),
    st.integers(0, 23),
    st.integers(1, 24),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    st.integers(1, 400),
)
def test_an_instant_by_instant_search_finds_the_same(day, hour, length, begin, hours):
    finish = (hour + length - 1) % 24 + 1 if hour + length <= 24 else (hour + length) % 24
    names = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
    text = f"{names[day]} {hour:02}:00-{finish:02}:00"
    start = begin.replace(minute=0, second=0, microsecond=0, tzinfo=UTC)
    end = start + timedelta(hours=hours)
    zone = ZoneInfo("Asia/Amman")  # without a change of clocks in these years

    def holds(moment):
        local = moment.astimezone(zone)
        for back in (0, 1):
            midnight = local.replace(hour=0, minute=0) - timedelta(days=back)
            last = finish if finish > hour else finish + 24
            since = (local - midnight).total_seconds() / 3600
            if midnight.weekday() == day and hour <= since < last:
                return True
        return False

    expected = next(
        (start + timedelta(hours=n) for n in range(hours) if holds(start + timedelta(hours=n))), None
    )
    found = first_shared(start, end, (parse_hours(text),), zone, start)
    assert (found[0] if found else None) == expected


def test_where_clocks_change_hours_round_outward():
    autumn = datetime(2026, 10, 24, 12, tzinfo=UTC)  # at 04:00 on the 25th it is 03:00 again
    night = parse_hours("22:00-03:30")
    assert first_shared(autumn, None, (night,), SOFIA, autumn) == (
        datetime(2026, 10, 24, 19, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),  # the second 03:30
    )
    late = datetime(2026, 10, 25, 1, tzinfo=UTC)  # the second 03:00
    assert first_shared(late, late + timedelta(minutes=20), (night,), SOFIA, late) is not None


def test_of_what_holds_already_the_past_counts_though_it_lasts_on():
    night = parse_hours("22:00-06:00")
    as_of = datetime(2026, 12, 1, 12, tzinfo=UTC)
    found = first_shared(None, as_of + timedelta(hours=1), (night,), SOFIA, as_of)
    assert found is not None and found[1] <= as_of


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)])
def test_the_ends_of_the_calendar(at):
    night = (parse_hours("22:00-06:00"),)
    assert first_shared(None, None, night, SOFIA, at) is not None
    assert (first_shared(None, at, night, SOFIA, MONDAY) is not None) == (at > MONDAY)
    assert (first_shared(at, None, night, SOFIA, MONDAY) is not None) == (at < MONDAY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24/7", True),
        ("00:00-24:00", True),
        ("06:00-18:00; 18:00-06:00", True),
        ("Mo-Fr 00:00-24:00; Sa,Su 06:00-24:00; Su 00:00-06:00", False),
        ("06:00-05:59", False),
    ],
)
def test_hours_without_a_gap_in_the_week_are_always(text, expected):
    assert parse_hours(text).is_always is expected
