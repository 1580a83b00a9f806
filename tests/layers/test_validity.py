"""Validity proven by a look around an outline is the validity that GEOS finds."""

import numpy as np
import pytest
import shapely

from layers import validity


def ring(angles, radii, middle=(20.0, 45.0)):
    return shapely.Polygon(
        np.column_stack([middle[0] + radii * np.cos(angles), middle[1] + radii * np.sin(angles)])
    )


def test_outlines_seen_whole_from_their_middle_are_not_asked_of_geos(monkeypatch):
    rng = np.random.default_rng(1)
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    simple = [ring(angles[::turn], rng.uniform(0.7, 1.0, 24)) for turn in (1, -1) for _ in range(20)]
    simple += [shapely.box(36, 32, 36.001, 32.002), shapely.Point(36, 32).buffer(0.01)]
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    asked = []
    is_valid = shapely.is_valid
    monkeypatch.setattr(shapely, "is_valid", lambda shapes: asked.extend(shapes) or is_valid(shapes))
    shapes = np.array([*simple, bow_tie], dtype=object)
    assert validity.is_valid(shapes).tolist() == [True] * len(simple) + [False]
    assert asked == [bow_tie]


@pytest.mark.parametrize("step", [0.0, 1.0, 0.1, 1e-7, 1e-160])
def test_it_is_what_geos_says_of_random_outlines(step):
    rng = np.random.default_rng(7)
    shapes = []
    for _ in range(6_000):
        n = int(rng.integers(3, 9))
        if step:  # on a grid: many corners coincide, lie on edges or in one line
            shapes.append(shapely.Polygon(rng.integers(0, 4, (n, 2)) * step))
        else:  # around the middle once or twice, nearly in order
            turns = rng.integers(1, 3)
            angles = np.linspace(0, 2 * np.pi * turns, n, endpoint=False) + rng.normal(0, 0.3, n)
            shapes.append(ring(angles, rng.uniform(0.0, 1.0, n)))
    column = np.array(shapes, dtype=object)
    valid = shapely.is_valid(column)
    assert valid.any() and not valid.all()
    assert validity.is_valid(column).tolist() == valid.tolist()


def test_it_is_what_geos_says_of_every_sort_of_shape():
    outline = [(0, 0), (4, 0), (4, 4), (0, 4)]
    shapes = [
        None,
        shapely.Point(1, 1),
        shapely.LineString([(0, 0), (1, 1)]),
        shapely.Polygon(),
        shapely.Polygon(outline),
        shapely.Polygon(outline, [[(1, 1), (2, 1), (2, 2)]]),
        shapely.Polygon(outline, [[(3, 3), (6, 3), (6, 6)]]),
        shapely.Polygon([*outline[:2], *outline[1:]]),
        shapely.Polygon([*outline, *outline]),
        shapely.Polygon([(0, 0), (1e200, 0), (1e200, 1e200), (0, 1e200)]),
        shapely.MultiPolygon([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)]),
        shapely.Polygon([(x, y, 5.0) for x, y in outline]),
        shapely.Point(0, 0).buffer(1, quad_segs=500),
        shapely.Point(0, 0).buffer(1),
    ]
    column = np.array(shapes, dtype=object)
    with np.errstate(invalid="ignore"):
        column[-1] = shapely.transform(column[-1], lambda xy: np.where(xy < -0.9, np.nan, xy))
        valid = shapely.is_valid(column)
    assert validity.is_valid(column).tolist() == valid.tolist()
    assert validity.is_valid(column[:0]).tolist() == []
