"""Measures on the ellipsoid against `pyproj.Geod` on densified edges and geographiclib."""

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Geod, Proj

from layers import geo

GEOD = Geod(ellps="WGS84")


def dense(geometry):
    return shapely.segmentize(geometry, 0.0005)


@given(
    lon=st.floats(-179, 179),
    lat=st.floats(-80, 80),
    width=st.floats(0.001, 0.5),
    height=st.floats(0.001, 0.5),
)
def test_area_agrees_with_geodesic_area_of_densified_ring(lon, lat, width, height):
    triangle = shapely.Polygon([(lon, lat), (lon + width, lat + height / 3), (lon, lat + height)])
    expected = abs(GEOD.geometry_area_perimeter(dense(triangle))[0])
    assert geo.area_m2([triangle])[0] == pytest.approx(expected, rel=1e-6, abs=1.0)


def test_area_subtracts_holes_and_adds_parts():
    outer = shapely.box(10, 50, 10.1, 50.1)
    hole = shapely.box(10.02, 50.02, 10.05, 50.05)
    with_hole = shapely.Polygon(outer.exterior.coords, [hole.exterior.coords])
    away = shapely.box(11, 50, 11.1, 50.1)
    both = shapely.MultiPolygon([with_hole, away])
    areas = geo.area_m2([outer, hole, with_hole, both, None, shapely.Point(0, 0)])
    assert areas[2] == pytest.approx(areas[0] - areas[1])
    assert areas[3] == pytest.approx(areas[2] + geo.area_m2([away])[0])
    assert areas[4] == areas[5] == 0


def test_length_agrees_with_geodesic_length_of_densified_line():
    line = shapely.LineString([(24.0, 42.0), (24.8, 42.5), (25.5, 41.9)])
    assert geo.length_m([line])[0] == pytest.approx(GEOD.geometry_length(dense(line)), rel=1e-8)


def test_distance_and_azimuth_agree_with_geographiclib():
    answer = Geodesic.WGS84.Inverse(42.0, 24.0, 42.1, 24.2)
    assert geo.distance_m(24.0, 42.0, 24.2, 42.1)[0] == pytest.approx(answer["s12"], abs=1e-6)
    assert geo.azimuth_deg(24.0, 42.0, 24.2, 42.1)[0] == pytest.approx(answer["azi1"], abs=1e-6)


@pytest.mark.parametrize("lat0", [-90.0, -61.3, 0.0, 0.001, 42.0, 70.0, 90.0])
@pytest.mark.parametrize("lon0", [0.0, 24.0, 180.0, -179.9])
def test_plane_agrees_with_proj(lon0, lat0):
    rng = np.random.default_rng(5)
    lat = np.clip(lat0 + rng.uniform(-6, 6, 500), -90, 90)
    lon = (lon0 + rng.uniform(-6, 6, 500) + 180) % 360 - 180
    proj = Proj(proj="stere", lon_0=lon0, lat_0=lat0, ellps="WGS84")
    plane = geo.Plane(lon0, lat0)
    flat = shapely.get_coordinates(plane.forward(shapely.points(lon, lat)))
    np.testing.assert_allclose(flat, np.column_stack(proj(lon, lat)), atol=2e-4)
    back = plane.inverse(flat)
    assert geo.distance_m(back[:, 0], back[:, 1], lon, lat).max() < 1e-4


@given(
    lat=st.floats(-84, 84),
    away=st.floats(-4, 4),
    east=st.floats(-0.5, 0.5),
    north=st.floats(-0.5, 0.5),
)
def test_plane_keeps_edges_true_in_every_direction_and_latitude(lat, away, east, north):
    assume(abs(east) + abs(north) > 1e-6)
    plane = geo.Plane(24.0, lat)
    lat0 = lat + away / 2
    end = (24 + away + east, float(np.clip(lat0 + north, -85, 85)))
    edge = np.array([shapely.LineString([(24 + away, lat0), end])], dtype=object)
    projected = plane.forward(edge)[0]
    t = np.linspace(0, 1, 2001)[:, None]
    points = plane.forward(shapely.points(np.array([(24 + away, lat0)]) * (1 - t) + np.array([end]) * t))
    assert shapely.distance(points, projected).max() < geo.EDGE_TOLERANCE_M * 1.1


@pytest.mark.parametrize("lat", [0.0, 45.0, 70.0, -80.0])
@pytest.mark.parametrize("lon", [0.0, 24.0, 179.999])
def test_buffer_contains_the_true_circle_and_little_more(lon, lat):
    ring = geo.buffer(shapely.Point(lon, lat), 1000.0)
    on_circle = [geo.destination(lon, lat, azimuth, 999.99) for azimuth in range(0, 360, 3)]
    beyond = [geo.destination(lon, lat, azimuth, 1001.5) for azimuth in range(0, 360, 3)]
    assert all(shapely.intersects(ring, shapely.Point(p)) for p in on_circle)
    assert not any(shapely.intersects(ring, shapely.Point(p)) for p in beyond)
    assert ring.is_valid
    west, _, east, _ = ring.bounds
    assert west >= -180 and east <= 180


@pytest.mark.parametrize("lat", [89.999, -89.995, 90.0, 89.985])
@pytest.mark.parametrize("lon", [0.0, 24.0, 179.999])
def test_buffer_about_a_pole_is_all_ground_around_it(lon, lat):
    for shape in (
        shapely.Point(lon, lat),
        shapely.LineString([(lon, lat), (lon - 90, lat), (lon - 180, lat)]),
    ):
        cap = geo.buffer(shape, 1_500.0)
        assert cap.is_valid
        west, south, east, north = cap.bounds
        assert (west, east) == (-180.0, 180.0)
        assert max(abs(south), abs(north)) == 90.0
        on_circle = [geo.destination(lon, lat, azimuth, 1_499.99) for azimuth in range(0, 360, 3)]
        assert all(shapely.intersects(cap, shapely.Point(p)) for p in on_circle)
        assert min(abs(south), abs(north)) > abs(lat) - 1_503.0 / geo.METRES_PER_DEGREE


def test_split_leaves_ordinary_geometry_alone():
    box = shapely.box(10, 10, 11, 11)
    assert geo.split_at_antimeridian(box) is box


def test_split_cuts_a_polygon_that_runs_past_the_date_line():
    cut = geo.split_at_antimeridian(shapely.box(179, 0, 181, 1))
    assert cut.geom_type == "MultiPolygon"
    assert cut.bounds == (-180, 0, 180, 1)
    assert cut.area == pytest.approx(2.0)


def test_split_counts_what_lies_at_the_date_line_once():
    cut = geo.split_at_antimeridian(shapely.LineString([(180, 0), (180, 5), (185, 5)]))
    assert cut.equals(shapely.MultiLineString([[(180, 0), (180, 5)], [(-180, 5), (-175, 5)]]))
    points = geo.split_at_antimeridian(shapely.MultiPoint([(180, 3), (185, 3)]))
    assert points.equals(shapely.MultiPoint([(180, 3), (-175, 3)]))


def test_split_keeps_everything_of_a_collection_however_small():
    line = shapely.LineString([(180.4, 81.30000000000001), (180.4, 81.3)])
    cut = geo.split_at_antimeridian(shapely.GeometryCollection([line, shapely.Point(180.5, 81.2)]))
    assert [part.geom_type for part in cut.geoms] == ["LineString", "Point"]
    assert cut.bounds == pytest.approx((-179.6, 81.2, -179.5, 81.30000000000001))


@pytest.mark.parametrize(
    ("azimuth", "word"), [(0, "north"), (359, "north"), (44, "north-east"), (271, "west")]
)
def test_direction_in_words(azimuth, word):
    assert geo.compass_word(azimuth) == word


@pytest.mark.parametrize("lat", [-17.0, 66.0, 84.0])
def test_buffer_of_an_area_cut_at_the_antimeridian_is_that_of_the_whole(lat):
    whole = shapely.box(179.9, lat - 0.1, 180.1, lat + 0.1)
    ring = geo.buffer(geo.split_at_antimeridian(whole), 1_000.0)
    assert ring.is_valid
    assert ring.bounds == pytest.approx(geo.buffer(whole, 1_000.0).bounds)
    assert geo.area_m2(ring)[0] == pytest.approx(geo.area_m2(geo.buffer(whole, 1_000.0))[0], rel=1e-6)


def test_buffer_of_parts_far_apart_is_that_of_each():
    places = shapely.MultiPoint([(-100, 40), (30, 48), (150, -30)])
    each = [geo.buffer(place, 1_000.0) for place in places.geoms]
    together = geo.buffer(places, 1_000.0)
    assert len(together.geoms) == 3
    assert geo.area_m2(together)[0] == pytest.approx(geo.area_m2(each).sum(), rel=1e-9)
