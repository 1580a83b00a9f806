"""Kernels against GEOS: whether shapes meet, shared areas and lengths, on random and on degenerate shapes."""

import time
from fractions import Fraction

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from layers import geo
from layers.kernels import side
from layers.kernels_distance import geodesic_m
from layers.meeting import shared_ground
from layers.outlines import Shapes

STEP_DEG = 1 / 512  # a power of two: grid coordinates are exact, so that touching is touching
ZERO = np.zeros(1)
GEOD = Geod(ellps="WGS84")


def shapes_of(*geometries):
    column = np.array(geometries, dtype=object)
    return Shapes(column, shapely.bounds(column).reshape(-1, 4))


def meeting(a, b):
    i, j, *_ = shapes_of(*a).near(shapes_of(*b), ZERO, ZERO)
    return set(zip(i.tolist(), j.tolist(), strict=True))


def area_m2(a, b):
    row = np.zeros(1, np.int64)
    return float(shapes_of(a).shared_areas_m2(row, shapes_of(b), row)[0])


def length_m(a, b):
    row = np.zeros(1, np.int64)
    return float(shapes_of(a).shared_lengths_m(row, shapes_of(b), row)[0])


def on_ground(geometry):
    return shapely.transform(geometry, lambda xy: xy * STEP_DEG + [25.0, 48.0])


@st.composite
def polygons(draw, coordinate):
    """Draw valid polygons and multipolygons, holes included, by symmetric differences of simple ones."""
    result = shapely.Polygon()
    for _ in range(draw(st.integers(1, 3))):
        ring = draw(st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=7))
        hull = shapely.make_valid(shapely.Polygon(ring), method="structure", keep_collapsed=False)
        result = shapely.symmetric_difference(result, hull)
    parts = [p for p in shapely.get_parts(result) if p.geom_type == "Polygon" and not p.is_empty]
    if not parts:
        x, y = draw(coordinate), draw(coordinate)
        parts = [shapely.box(x, y, x + 1, y + 1)]
    polygon = on_ground(shapely.union_all(parts))
    return polygon if polygon.is_valid else shapely.box(25, 48, 25.01, 48.01)


@st.composite
def lines(draw, coordinate):
    points = draw(st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=6, unique=True))
    return on_ground(shapely.LineString(points))


GRID = st.integers(0, 6)
ANY = st.floats(0, 6, allow_nan=False, width=32)


@settings(max_examples=150)
@given(a=polygons(GRID), b=polygons(GRID))
def test_polygons_on_a_grid_meet_and_share_area_as_geos_says(a, b):
    assert (meeting([a], [b]) == {(0, 0)}) == shapely.intersects(a, b)
    expected = float(geo.area_m2(shared_ground(*(np.array([g], dtype=object) for g in (a, b))))[0])
    assert area_m2(a, b) == pytest.approx(expected, rel=1e-9, abs=1e-3)
    assert area_m2(b, a) == pytest.approx(expected, rel=1e-9, abs=1e-3)


@settings(max_examples=150)
@given(a=polygons(ANY), b=polygons(ANY))
def test_any_polygons_meet_and_share_area_as_geos_says(a, b):
    assert (meeting([a], [b]) == {(0, 0)}) == shapely.intersects(a, b)
    expected = float(geo.area_m2(shared_ground(*(np.array([g], dtype=object) for g in (a, b))))[0])
    assert area_m2(a, b) == pytest.approx(expected, rel=1e-9, abs=1e-3)


@settings(max_examples=150)
@given(line=lines(GRID), polygon=polygons(GRID))
def test_lines_on_a_grid_meet_and_share_length_as_geos_says(line, polygon):
    assert (meeting([line], [polygon]) == {(0, 0)}) == shapely.intersects(line, polygon)
    found = length_m(line, polygon)
    shared = shapely.intersection(line, polygon)
    if np.isnan(found):  # left to GEOS: only where the line runs along the boundary, or twice along itself
        along = shapely.intersection(line, shapely.buffer(shapely.boundary(polygon), 1e-9))
        assert along.length > STEP_DEG / 100 or not line.is_simple
    elif line.is_simple:
        assert found == pytest.approx(float(geo.length_m([shared])[0]), rel=1e-9, abs=1e-3)


@settings(max_examples=150)
@given(points=st.lists(st.tuples(GRID, GRID), min_size=1, max_size=8), polygon=polygons(GRID))
def test_points_on_a_grid_meet_polygons_as_geos_says(points, polygon):
    places = [on_ground(shapely.Point(p)) for p in points]
    expected = {(i, 0) for i, place in enumerate(places) if shapely.intersects(place, polygon)}
    assert meeting(places, [polygon]) == expected


@settings(max_examples=300)
@given(
    st.tuples(*[st.floats(-180, 180, allow_nan=False, allow_subnormal=False) for _ in range(4)]),
    st.floats(-2, 2, allow_subnormal=False),
    st.integers(-3, 3),
)
def test_the_side_of_a_line_is_exact(ends, along, steps):
    ax, ay, bx, by = ends
    cx = ax + along * (bx - ax)
    cy = ay + along * (by - ay)
    for _ in range(abs(steps)):
        cy = float(np.nextafter(cy, np.inf * steps))
    exact = [Fraction(v) for v in (ax, ay, bx, by, cx, cy)]
    turn = (exact[2] - exact[0]) * (exact[5] - exact[1]) - (exact[3] - exact[1]) * (exact[4] - exact[0])
    if abs(turn) > Fraction(10) ** -250:  # below, products leave the range of floats
        assert side(ax, ay, bx, by, cx, cy) == (turn > 0) - (turn < 0)


def test_a_route_there_and_back_is_left_to_geos():
    zone = shapely.box(25, 48, 25.1, 48.1)
    there_and_back = shapely.LineString([(24.9, 48.05), (25.05, 48.06), (25.2, 48.05), (25.05, 48.06)])
    assert np.isnan(length_m(there_and_back, zone))
    assert length_m(shapely.LineString(there_and_back.coords[:3]), zone) > 7_000


@pytest.mark.parametrize("decimals", [5, 15])
def test_what_a_tangled_track_shares_is_found_without_its_crossings(decimals):
    rng = np.random.default_rng(1)
    track = shapely.LineString(np.round(rng.normal([36, 33], 1e-4, (20_000, 2)), decimals))
    zone = shapely.box(36, 32, 37, 34)
    begin = time.perf_counter()
    (shared,) = shared_ground(np.array([track]), np.array([zone]))
    assert time.perf_counter() - begin < 20  # GEOS alone: minutes
    edges = shapely.linestrings(np.stack([track.coords[:-1], track.coords[1:]], axis=1))
    _, once = np.unique(shapely.to_wkb(shapely.normalize(edges)), return_index=True)
    expected = geo.length_m(shapely.intersection(edges[once], zone)).sum()
    assert geo.length_m([shared])[0] == pytest.approx(expected, rel=1e-9)


def test_a_track_that_touches_shares_points_however_tangled():
    rng = np.random.default_rng(2)
    places = rng.uniform(0, 1, (2_000, 2))
    places[::500, 0] = 1.0
    (shared,) = shared_ground(
        np.array([shapely.LineString(places)]), np.array([shapely.box(1.0, -1.0, 2.0, 2.0)])
    )
    assert shapely.get_type_id(shared) == 4
    assert len(shapely.get_parts(shared)) == 4


@pytest.mark.parametrize("most_m", [0.001, 500.0, 50_000.0, 1_000_000.0])
def test_geodesics_are_as_long_as_those_of_proj_at_any_place(most_m):
    rng, size = np.random.default_rng(1), 20_000
    lat = np.degrees(np.arcsin(rng.uniform(-1, 1, size)))
    lat[:600] = np.repeat([90.0, -90.0, 0.0], 200)
    lon, azimuth = rng.uniform(-180, 180, size), rng.uniform(0, 360, size)
    lon[:2_000], azimuth[1_000:3_000] = 179.9999, np.tile([0.0, 90.0], 1_000)
    there, up, _ = GEOD.fwd(lon, lat, azimuth, rng.uniform(0, most_m, size))
    true = GEOD.inv(lon, lat, there, up)[2]
    ours = np.array([geodesic_m(*places) for places in zip(lon, lat, there, up, strict=True)])
    assert np.abs(ours - true).max() <= 1e-7 + 1e-11 * most_m


def test_a_geodesic_between_the_same_places_is_nothing_also_a_turn_away():
    assert geodesic_m(30.0, 50.0, 30.0, 50.0) == 0.0
    assert geodesic_m(-180.0, 50.0, 180.0, 50.0) == 0.0
    assert geodesic_m(190.0, 50.0, -169.0, 50.0) == pytest.approx(
        geodesic_m(10.0, 50.0, 11.0, 50.0), abs=1e-7
    )
