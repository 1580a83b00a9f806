import numpy as np
import pytest
import shapely

from layers.model import Kind
from layers.release import build
from layers.release_background import background
from tests.layers.release_samples import NOW, layer, profile, site, workspace


def layers_at(*points: tuple[float, float]):
    features = [site(f"s{n}", lon, lat) for n, (lon, lat) in enumerate(points)]
    return build(workspace(layer(Kind.HUMANITARIAN_SITE, features)), profile("ocha"), now=NOW).layers


def test_nothing_released_needs_no_background():
    assert background(()).land == ()
    assert background(()).frame is None


def test_land_and_places_around_the_release_are_there():
    made = background(layers_at((36.3, 32.3), (36.4, 32.4)))
    assert shapely.union_all(made.land).covers(shapely.Point(36.35, 32.35))
    assert {"Amman", "Irbid"} & {name for name, _, _ in made.places}
    west, south, east, north = made.frame
    assert west < 36.3 < 36.4 < east
    assert south < 32.3 < 32.4 < north
    assert all(shapely.box(*made.frame).covers(shapely.Point(lon, lat)) for _, lon, lat in made.places)


def test_the_background_depends_on_what_is_released_and_nothing_else():
    released = layers_at((36.3, 32.3), (36.4, 32.4))
    again = layers_at((36.4, 32.4), (36.3, 32.3))
    assert background(released) == background(again)


def test_one_feature_far_away_does_not_shrink_the_first_view_to_nothing():
    rng = np.random.default_rng(3)
    near = [(36 + x, 32 + y) for x, y in rng.random((60, 2))]
    view = background(layers_at(*near, (-70.0, -33.0))).view
    assert view[0] > 35.9
    assert view[2] < 37.1


def test_a_release_astride_the_antimeridian_is_shown_whole():
    made = background(layers_at((179.9, -17.0), (-179.9, -17.1)))
    assert made.view == pytest.approx((179.9, -17.1, 180.1, -17.0))
    assert made.frame[2] - made.frame[0] < 5
    west, east = shapely.total_bounds(made.land)[[0, 2]]
    assert (west, east) == (-180.0, 180.0)


def test_a_position_of_zero_zero_is_not_released():
    assert [len(item) for item in layers_at((0.0, 0.0), (36.3, 32.3))] == [1]
