import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from layers import geo
from layers.avoid_areas import Grid, cover

GEOD = Geod(ellps="WGS84")


def circle(lon: float, lat: float, radius_m: float):
    return geo.buffer(shapely.Point(lon, lat), radius_m)


@pytest.mark.parametrize("lat", [-70.0, -33.0, 0.0, 0.49, 32.0, 59.99, 70.0, 84.0])
@pytest.mark.parametrize("cell_m", [1000.0, 5000.0])
def test_cells_are_nearly_square_at_any_latitude(lat, cell_m):
    grid = Grid(cell_m)
    row, column = grid.cell_at(36.0, lat)
    west, south, east, north = grid.box(row, column, column)
    width = GEOD.inv(west, lat, east, lat)[2]
    height = GEOD.inv(west, south, west, north)[2]
    assert height == pytest.approx(cell_m, rel=0.02)
    assert width == pytest.approx(cell_m, rel=0.25 if abs(lat) > 80 else 0.06)


@settings(max_examples=60)
@given(
    lon=st.floats(-179.99, 179.99),
    lat=st.floats(-72, 72),
    radius_m=st.floats(5, 3000),
    margin_m=st.sampled_from([250.0, 1000.0]),
)
def test_the_area_contains_the_source_and_its_margin_everywhere(lon, lat, radius_m, margin_m):
    areas = shapely.union_all(cover(Grid(1000.0), [(circle(lon, lat, radius_m), margin_m)]))
    # An independent ring: geodesic points on the rim of the source's margin.
    azimuths = np.linspace(0, 360, 73)
    rim_lon, rim_lat, _ = GEOD.fwd(
        np.full(73, lon), np.full(73, lat), azimuths, np.full(73, radius_m + margin_m)
    )
    assert shapely.intersects_xy(areas, rim_lon, rim_lat).all()
    assert shapely.intersects_xy(areas, lon, lat)


def test_the_source_itself_cannot_be_computed_back_from_the_area():
    source = circle(36.3123, 32.2987, 700)
    (area,) = cover(Grid(1000.0), [(source, 250)])
    assert area.centroid.distance(shapely.Point(36.3123, 32.2987)) > 1e-4
    moved = circle(36.3124, 32.2988, 700)  # some 15 m away: the answer is the same
    assert cover(Grid(1000.0), [(moved, 250)])[0].equals(area)


def test_every_vertex_is_a_corner_of_the_grid():
    grid = Grid(1000.0)
    (area,) = cover(grid, [(circle(36.3123, 32.2987, 3700), 250)])
    for lon, lat in shapely.get_coordinates(area):
        row = round((lat + 90) / 180 * grid.rows)
        columns = {grid.columns(row), grid.columns(row - 1)}
        assert lat == pytest.approx(grid.south(row), abs=1e-12)
        assert any(abs((lon + 180) / 360 * n - round((lon + 180) / 360 * n)) < 1e-6 for n in columns)


def test_touching_results_are_one_area_so_their_number_tells_nothing():
    grid = Grid(5000.0)
    near = [(circle(36.30, 32.30, 300), 1000.0), (circle(36.31, 32.30, 300), 1000.0)]
    assert len(cover(grid, near)) == 1
    far = [(circle(36.30, 32.30, 300), 1000.0), (circle(37.31, 32.30, 300), 1000.0)]
    assert len(cover(grid, far)) == 2


def test_the_order_of_the_sources_does_not_show():
    sources = [(circle(36.3 + n / 7, 32.3, 900), 250.0) for n in range(5)]
    grid = Grid(1000.0)
    assert [a.wkt for a in cover(grid, sources)] == [a.wkt for a in cover(grid, sources[::-1])]


@pytest.mark.parametrize("lon", [180.0, -180.0, 179.9999])
def test_an_area_astride_the_antimeridian_is_cut_there(lon):
    areas = cover(Grid(1000.0), [(circle(lon, 60.0, 1500), 250.0)])
    assert len(areas) == 2
    assert shapely.total_bounds(areas)[0] == -180.0
    assert shapely.total_bounds(areas)[2] == 180.0
    assert all(area.bounds[2] - area.bounds[0] < 0.2 for area in areas)


def test_longitudes_beyond_180_are_brought_into_range():
    areas = cover(Grid(1000.0), [(shapely.box(179.9, 10.0, 180.1, 10.1), 250.0)])
    assert all(area.bounds[0] >= -180 and area.bounds[2] <= 180 for area in areas)


def test_a_self_crossing_zone_is_covered_whole():
    bow_tie = shapely.Polygon([(36.0, 32.0), (36.1, 32.1), (36.1, 32.0), (36.0, 32.1)])
    (area,) = cover(Grid(1000.0), [(bow_tie, 250.0)])
    assert area.covers(shapely.MultiPoint(shapely.get_coordinates(bow_tie)))


def test_points_lines_and_many_parts_are_covered():
    shapes = [
        shapely.Point(36.0, 32.0),
        shapely.LineString([(36.2, 32.2), (36.4, 32.25)]),
        shapely.MultiPolygon([shapely.box(36.6, 32.0, 36.62, 32.02), shapely.box(36.8, 32.0, 36.82, 32.02)]),
    ]
    areas = shapely.union_all(cover(Grid(1000.0), [(shape, 0.0) for shape in shapes]))
    assert all(areas.covers(shape) for shape in shapes)


def test_a_hole_in_a_zone_larger_than_a_cell_stays_open_and_a_small_one_does_not():
    ring = circle(36.0, 32.0, 9000).difference(circle(36.0, 32.0, 6000))
    (area,) = cover(Grid(1000.0), [(ring, 250.0)])
    assert len(area.interiors) == 1
    ring = circle(36.0, 32.0, 9000).difference(circle(36.0, 32.0, 400))
    (area,) = cover(Grid(1000.0), [(ring, 250.0)])
    assert len(area.interiors) == 0


def test_a_zone_a_hundred_kilometres_wide_is_quick_enough():
    (area,) = cover(Grid(1000.0), [(circle(36.0, 32.0, 50_000), 500.0)])
    assert geo.area_m2(area)[0] / 1e6 == pytest.approx(8215, rel=0.02)
