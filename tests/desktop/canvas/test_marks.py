"""Finding marks: of those that meet on the screen the worst is drawn, however many there are."""

import numpy as np
import pytest

from desktop.canvas.camera import Camera
from desktop.canvas.marks import MARK_CELL_PX, FindingMarks, PlacedMarks
from desktop.canvas.projection import WebMercator


@pytest.fixture
def camera():
    x, y = WebMercator().forward(36.2, 48.4)
    return Camera(WebMercator(), float(x), float(y), resolution=120.0, width=900, height=600)


def marks_of(count):
    rng = np.random.default_rng(3)
    keys = np.array([f"finding {i}" for i in range(count)], dtype=object)
    lon, lat = rng.uniform(35.0, 37.5, count), rng.uniform(47.9, 48.9, count)
    lon[::50] = np.nan
    return FindingMarks.of(lon, lat, rng.integers(1, 5, count).astype(np.int8), keys)


def test_the_worst_come_first_and_what_has_no_place_has_no_mark():
    marks = marks_of(500)
    assert len(marks.key) == 490 and np.isfinite(marks.lon).all()
    assert (np.diff(marks.severity) <= 0).all()


@pytest.mark.parametrize("share", [7, 400, 25_000])
def test_of_the_marks_in_one_cell_the_worst_is_drawn_whatever_the_share(camera, share, monkeypatch):
    monkeypatch.setattr("desktop.canvas.marks._SHARE", share)
    marks = marks_of(3_000)
    placed = PlacedMarks(marks, camera.projection)
    rows, x, y = placed.on_screen(camera)
    every_x, every_y = camera.to_screen(placed.x, placed.y)
    worst = {}
    for row, (px, py) in enumerate(zip(every_x.tolist(), every_y.tolist(), strict=True)):
        if -20 < px < camera.width + 20 and -20 < py < camera.height + 20:
            worst.setdefault((px // MARK_CELL_PX, py // MARK_CELL_PX), row)
    assert rows.tolist() == sorted(worst.values())
    assert np.array_equal(x, every_x[rows]) and np.array_equal(y, every_y[rows])


def test_without_findings_nothing_is_marked(camera):
    rows, x, y = PlacedMarks(marks_of(0), camera.projection).on_screen(camera)
    assert len(rows) == len(x) == len(y) == 0
    assert PlacedMarks(marks_of(0), camera.projection).key_at(camera, 10, 10) is None
