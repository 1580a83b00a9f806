"""Labels never overlap, and the important ones win."""

import itertools

import numpy as np
from PySide6.QtCore import QRectF

from desktop.canvas.labels import Candidate, Room, TextStyle, place
from desktop.canvas.words import area_text, length_text, plain

STYLE = TextStyle(12, "#000000", "#ffffff")
VIEW = QRectF(0, 0, 400, 300)


def crowd(n):
    rng = np.random.default_rng(7)
    return [
        Candidate(f"Place {i} مكان", float(x), float(y), 8.0, float(i), STYLE)
        for i, (x, y) in enumerate(rng.uniform((0, 0), (400, 300), (n, 2)))
    ]


def test_labels_do_not_overlap_and_stay_inside(qapp):
    labels = place(crowd(300), Room(VIEW))
    assert len(labels) > 20
    for one, other in itertools.combinations(labels, 2):
        assert not one.rect.intersects(other.rect)
    assert all(VIEW.contains(label.rect) for label in labels)


def test_the_higher_priority_takes_the_room(qapp):
    spots = [Candidate("Low", 200, 150, 0, 1, STYLE), Candidate("High", 200, 150, 0, 2, STYLE)]
    assert [label.text for label in place(spots, Room(VIEW))] == ["High"]


def test_a_label_moves_to_another_side_before_it_gives_up(qapp):
    room = Room(VIEW)
    room.take(QRectF(205, 130, 150, 40))
    label = place([Candidate("Name", 200, 150, 8, 1, STYLE)], room)[0]
    assert label.rect.right() <= 200


def test_no_label_crosses_the_edge_of_the_view(qapp):
    room = Room(VIEW.adjusted(-90, -90, 90, 90), VIEW)
    for label in place(crowd(300), room):
        assert VIEW.contains(label.rect) or not VIEW.intersects(label.rect)


def test_a_long_name_is_cut(qapp):
    label = place([Candidate("x" * 500, 100, 100, 0, 1, STYLE)], Room(VIEW))[0]
    assert label.text.endswith("…")
    assert label.rect.width() < 210


def test_hostile_text_is_one_harmless_line():
    assert plain("a\u202eb\nc\x00d\u2066e") == "ab c de"
    assert plain("<img src=x>") == "<img src=x>"
    assert len(plain("y" * 10_000)) == 80
    assert plain("مستشفى") == "مستشفى"


def test_lengths_and_areas_have_sensible_digits():
    assert [length_text(v) for v in (3.21, 512.3, 1234, 250_000)] == ["3.2 m", "512 m", "1.23 km", "250 km"]
    assert [area_text(v) for v in (950.2, 2_500_000)] == ["950 m²", "2.50 km²"]
