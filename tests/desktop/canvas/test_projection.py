"""The drawing projections against PROJ, and the camera built on them."""

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.canvas.camera import Camera, world_camera
from desktop.canvas.projection import LocalAzimuthal, WebMercator, wrap_lon
from layers.places import extent_of, main_extent

LON = st.floats(-180, 180)
LAT = st.floats(-84.9, 84.9)


@given(LON, LAT)
def test_web_mercator_agrees_with_proj(lon, lat):
    expected = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(lon, lat)
    x, y = WebMercator().forward(lon, lat)
    assert (float(x), float(y)) == pytest.approx(expected, abs=1e-3)


@given(LON, LAT)
def test_web_mercator_inverse_undoes_forward(lon, lat):
    back = WebMercator().inverse(*WebMercator().forward(lon, lat))
    assert (float(back[0]), float(back[1])) == pytest.approx((lon, lat), abs=1e-9)


@given(LON, st.floats(-89, 89), st.floats(-30, 30), st.floats(-30, 30))
def test_local_view_agrees_with_proj_on_its_sphere(lon0, lat0, dlon, dlat):
    projection = LocalAzimuthal(lon0, lat0)
    lat = float(np.clip(lat0 + dlat, -89.5, 89.5))
    reference = pyproj.Proj(proj="aeqd", lon_0=lon0, lat_0=lat0, R=projection._radius_m)
    expected = reference(lon0 + dlon, lat)
    x, y = projection.forward(lon0 + dlon, lat)
    assert (float(x), float(y)) == pytest.approx(expected, abs=0.01)


@given(LON, st.floats(-85, 85), st.floats(-20, 20), st.floats(-20, 20))
def test_local_inverse_undoes_forward_and_stays_beside_the_centre(lon0, lat0, dlon, dlat):
    lat = float(np.clip(lat0 + dlat, -89, 89))
    lon = lon0 + dlon
    projection = LocalAzimuthal(lon0, lat0)
    back = projection.inverse(*projection.forward(lon, lat))
    assert (float(back[0]), float(back[1])) == pytest.approx((lon, lat), abs=1e-7)


@pytest.mark.parametrize("lat", [0.0, 35.0, 60.0, -70.0])
def test_ground_resolution_is_that_of_the_ellipsoid(lat):
    camera = Camera(WebMercator(), resolution=100.0).moved(10.0, lat)
    (lon1, lat1), (lon2, lat2) = camera.lonlat_at(220, 240), camera.lonlat_at(420, 240)
    true_m = pyproj.Geod(ellps="WGS84").inv(lon1, lat1, lon2, lat2)[2]
    assert 200 * camera.metres_per_pixel == pytest.approx(true_m, rel=1e-3)


def test_local_ground_resolution_is_that_of_the_ellipsoid():
    camera = Camera(LocalAzimuthal(15.0, 62.0), resolution=10.0)
    (lon1, lat1), (lon2, lat2) = camera.lonlat_at(220, 240), camera.lonlat_at(420, 240)
    true_m = pyproj.Geod(ellps="WGS84").inv(lon1, lat1, lon2, lat2)[2]
    assert 200 * camera.metres_per_pixel == pytest.approx(true_m, rel=2e-3)


@settings(max_examples=50)
@given(LON, st.floats(-70, 70), st.floats(0.3, 3), st.floats(0, 640), st.floats(0, 480))
def test_zooming_keeps_the_place_under_the_cursor(lon, lat, factor, px, py):
    camera = world_camera().moved(lon, lat, 500.0)
    before, after = camera.lonlat_at(px, py), camera.zoomed(factor, px, py).lonlat_at(px, py)
    assert float(wrap_lon(after[0] - before[0])) == pytest.approx(0, abs=1e-6)
    assert after[1] == pytest.approx(before[1], abs=1e-6)


def test_panning_moves_the_middle_by_as_many_pixels():
    camera = world_camera().moved(20.0, 50.0, 100.0)
    moved = camera.panned(30, -20)
    assert moved.lonlat_at(320 + 30, 240 - 20) == pytest.approx(camera.lonlat_at(320, 240))


def test_the_middle_stays_on_the_world_when_panned_around_it():
    camera = world_camera().moved(179.9, 0.0, 1000.0).panned(-200, 0)
    assert -180 <= camera.center[0] < -170


def test_north_is_up_in_mercator_and_turns_in_the_local_view():
    assert world_camera().moved(20, 50, 100.0).north_deg == pytest.approx(0, abs=1e-6)
    local = Camera(LocalAzimuthal(20, 50), resolution=100.0).moved(30, 50)
    assert 352 < local.north_deg + 0 < 360 or local.north_deg == pytest.approx(352.3, abs=1.0)


def test_what_lies_at_the_antipode_does_not_turn_inside_out():
    column = np.array([shapely.box(-160, -40, -150, -20), shapely.box(18, 48, 22, 52)], dtype=object)
    kept = LocalAzimuthal(25.0, 31.0).within_reach(column)
    assert kept[0] is None
    assert kept[1] is column[1]


def test_the_smallest_extent_may_cross_the_antimeridian():
    boxes = np.array([[179.0, -1, 179.5, 1], [-179.6, 0, -179.0, 2], [np.nan] * 4])
    assert extent_of(boxes) == pytest.approx((179.0, -1, 181.0, 2))


def test_the_extent_of_ordinary_boxes_is_their_envelope():
    assert extent_of(np.array([[10.0, 1, 12, 2], [14, 0, 20, 3]])) == pytest.approx((10, 0, 20, 3))


def test_boxes_all_around_the_world_have_the_world_as_extent():
    assert extent_of(np.array([[-180.0, -5, 0, 5], [-10, -5, 180, 5]])) == (-180, -5, 180, 5)


def test_no_usable_box_has_no_extent():
    assert extent_of(np.full((2, 4), np.nan)) is None


def cluster(lon, lat, n=60):
    rng = np.random.default_rng(4)
    west, south = wrap_lon(lon + rng.normal(0, 0.3, n)), lat + rng.normal(0, 0.3, n)
    return np.column_stack([west, south, west, south])


@pytest.mark.parametrize("lon", [25.0, 179.9])
def test_one_position_at_zero_zero_does_not_shrink_the_theatre(lon):
    boxes = np.vstack([cluster(lon, 42.0), [[0.0, 0.0, 0.0, 0.0]]])
    assert main_extent(boxes) == pytest.approx(extent_of(boxes[:-1]))


def test_two_groups_far_apart_are_both_shown():
    boxes = np.vstack([cluster(25.0, 42.0), cluster(40.0, 30.0, n=12)])
    assert main_extent(boxes) == pytest.approx(extent_of(boxes))


def test_a_few_features_are_all_shown():
    boxes = np.array([[0.0, 0, 0, 0], [50, 50, 50, 50]])
    assert main_extent(boxes) == pytest.approx(extent_of(boxes))
