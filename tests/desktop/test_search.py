from types import SimpleNamespace

import numpy as np
import pytest

from desktop.search import SearchBox, find

PLACES = SimpleNamespace(
    name=np.array(["Skopje", "North Skopje", "Ohrid"], dtype=object),
    lon=np.array([21.43, 21.5, 20.8]),
    lat=np.array([41.99, 42.1, 41.1]),
    population=np.array([500_000, 20_000, 50_000]),
    rank=np.array([1, 5, 4]),
)


@pytest.mark.parametrize(
    "text", ["32.29187, 36.32541", "32°17'30.7\"N 36°19'31.5\"E", "37S BR 48 74", "  32.29187   36.32541 "]
)
def test_a_position_in_any_notation_is_found(operation, text):
    hit, near = find(text, operation.workspace, PLACES)
    assert (near.lon, near.lat, near.near) == (hit.lon, hit.lat, True)
    assert hit.words.startswith("Position ")
    assert (hit.lon, hit.lat) == pytest.approx((36.32541, 32.29187), abs=0.02)
    assert hit.uncertainty_m > 0


def test_features_are_found_by_name_and_by_the_partners_id(operation):
    by_name = find("north", operation.workspace, PLACES)
    assert by_name[0].feature_id == "s0"
    assert by_name[0].words == "North school, school"
    assert find("p-1", operation.workspace)[0].feature_id == "s1"


def test_the_exact_name_comes_before_a_part_of_one(operation):
    assert [hit.words for hit in find("skopje", operation.workspace, PLACES)] == [
        "Skopje, town",
        "North Skopje, town",
    ]


def test_features_come_before_towns(operation):
    hits = find("north", operation.workspace, PLACES)
    assert [bool(hit.feature_id) for hit in hits] == [True, False]


def test_a_hit_on_an_area_lies_inside_it(operation):
    (hit,) = find("Range 4", operation.workspace)
    assert 20.2 < hit.lon < 20.25
    assert 45.0 < hit.lat < 45.05


@pytest.mark.parametrize("text", ["", "   ", "nowhere at all"])
def test_what_means_nothing_finds_nothing(operation, text):
    assert find(text, operation.workspace, PLACES) == []


def test_enter_goes_to_the_best_hit_and_says_when_there_is_none(qtbot, operation):
    box = SearchBox(operation)
    qtbot.addWidget(box)
    box.setText("South school")
    with qtbot.waitSignal(box.found) as caught:
        box.returnPressed.emit()
    assert caught.args[0].feature_id == "s1"
    box.setText("Atlantis")
    with qtbot.waitSignal(box.nothing_found) as caught:
        box.returnPressed.emit()
    assert caught.args == ["Atlantis"]


def test_suggestions_appear_while_typing_and_one_can_be_chosen(qtbot, operation):
    box = SearchBox(operation)
    qtbot.addWidget(box)
    box.show()
    box.setFocus()
    qtbot.keyClicks(box, "school")
    qtbot.waitUntil(lambda: len(box.hits) == 2)
    with qtbot.waitSignal(box.found) as caught:
        box._choose(1)
    assert caught.args[0].feature_id == "s1"
