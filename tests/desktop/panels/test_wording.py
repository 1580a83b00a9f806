"""Measures and windows in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from desktop.panels import wording
from layers.model import Mode, new_workspace
from layers.volume import Window
from tests.desktop.panels.builders import NOW, make_record

FINDING = make_record(new_workspace("x", Mode.TEST, NOW), "a").finding


def test_a_distance_stands_against_the_required_one():
    assert wording.measured(FINDING) == "312 m, at least 500 m required"
    assert wording.measured(replace(FINDING, distance_m=0.0, required_m=0.0)) == "0 m apart: they meet"


@pytest.mark.parametrize(("distance", "text"), [(499.7, "499.7 m"), (499.996, "499.996 m"), (500.0, "500 m")])
def test_a_distance_just_short_is_never_rounded_to_the_required_one(distance, text):
    assert wording.measured(replace(FINDING, distance_m=distance)).startswith(f"{text}, at least")


def test_areas_and_lengths_are_named():
    finding = replace(FINDING, distance_m=None, overlap_m2=12_300.0, overlap_m=1_250.0)
    assert wording.measured(finding) == "Overlap of 12,300 m²; 1,250 m along the way"


def test_nothing_measured_is_nothing_said():
    assert wording.measured(replace(FINDING, distance_m=None, required_m=None)) == ""


def test_times_are_utc_whatever_zone_they_come_in():
    local = datetime(2026, 3, 1, 2, 5, tzinfo=timezone(timedelta(hours=3)))
    assert wording.moment(local) == "28 Feb 2026, 23:05 UTC"


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (Window(), "At all times, until further notice"),
        (Window(start=NOW), "From 12 Mar 2026, 10:00 UTC until further notice"),
        (Window(end=NOW), "Until 12 Mar 2026, 10:00 UTC"),
    ],
)
def test_open_windows_say_so(window, words):
    assert wording.window_words(window) == words


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (-1, 1, "Holds now"),
        (0, 1, "Holds now"),
        (1, 2, "In 1 hour"),
        (30, 40, "In 30 hours"),
        (80, 90, "In 3 days"),
        (-2, -1, "Over for 1 hour"),
        (-2, 0, "Over for less than an hour"),
    ],
)
def test_the_outcome_is_now_future_or_past(start, end, words):
    window = Window(NOW + timedelta(hours=start), NOW + timedelta(hours=end))
    assert wording.outcome(window, NOW) == words


def test_a_reversed_window_is_not_called_past():
    window = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))
    assert wording.outcome(window, NOW) == "The times contradict each other"


def test_where_ground_is_shared_a_distance_of_nothing_is_not_said():
    finding = replace(FINDING, distance_m=0.0, overlap_m=1_717.0)
    assert wording.measured(finding) == "1,717 m along the way; at least 500 m apart required"
    assert wording.measured(replace(finding, required_m=0.0)) == "1,717 m along the way"
