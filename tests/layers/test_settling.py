"""What happens to shapes between the file and the workspace."""

import time

import numpy as np
import pytest
import shapely

from layers import repair
from layers.reading import Action, Decided, ReadOptions
from layers.settling import Draft, settle


def star(n: int, lon: float = 36.0, lat: float = 32.0) -> shapely.Polygon:
    angles = np.arange(n) * (n // 2) * 2 * np.pi / n
    return shapely.Polygon(np.column_stack([lon + np.cos(angles) / 10, lat + np.sin(angles) / 10]))


def settled(*shapes, crs="EPSG:4326"):
    geometry = np.empty(len(shapes), dtype=object)
    geometry[:] = shapes
    draft = Draft(
        format="test", layers=("a",), layer="a", rows=len(shapes), row=np.arange(1, len(shapes) + 1),
        geometry=geometry, columns={}, crs=crs, encoding=Decided("utf-8", "test"),
    )  # fmt: skip
    imported = settle(draft, ReadOptions())
    skipped = [p.row for p in imported.problems if p.action is Action.SKIPPED]
    assert len(skipped) == len(set(skipped)) == sum(g is None for g in imported.geometry)
    assert shapely.is_valid(imported.geometry[~shapely.is_missing(imported.geometry)]).all()
    return imported


def codes(imported, action):
    return [(p.row, p.code) for p in imported.problems if p.action is action]


def test_a_bow_tie_keeps_both_halves():
    imported = settled(shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]))
    assert imported.geometry[0].area == pytest.approx(2.0)
    (repaired,) = [p for p in imported.problems if p.action is Action.REPAIRED]
    assert "2 areas: its outline crosses itself near 1, 1" in repaired.what


def test_a_star_of_2001_vertices_is_given_up_at_once():
    begun = time.monotonic()
    imported = settled(star(2_001), star(20_001), shapely.Point(36, 32))
    assert time.monotonic() - begun < 20
    assert codes(imported, Action.SKIPPED) == [(1, "invalid_shape"), (2, "invalid_shape")]


def test_a_large_polygon_with_one_crossing_is_repaired():
    angles = np.linspace(0, 2 * np.pi, 20_000, endpoint=False)
    ring = np.column_stack([36 + np.cos(angles) / 10, 32 + np.sin(angles) / 10])
    ring[[100, 101]] = ring[[101, 100]]
    imported = settled(shapely.Polygon(ring))
    assert imported.geometry[0].area == pytest.approx(np.pi / 100, rel=1e-3)


def test_repairs_of_one_file_share_a_budget():
    spent = repair.Budget(seconds=0.0)
    assert repair.make_valid(shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]), spent).geometry is None


def test_missing_empty_and_not_finite_shapes_are_skipped():
    with np.errstate(invalid="ignore"):
        broken = shapely.LineString([(0, 0), (np.nan, 1)])
    imported = settled(None, shapely.Point(), broken, shapely.Point(np.inf, 1))
    assert [c for _, c in codes(imported, Action.SKIPPED)] == [
        "no_geometry",
        "no_geometry",
        "not_finite",
        "not_finite",
    ]


def test_a_line_without_length_is_skipped():
    imported = settled(shapely.LineString([(1, 1), (1, 1)]))
    assert codes(imported, Action.SKIPPED) == [(1, "invalid_shape")]


def test_heights_are_left_out_and_said_once():
    imported = settled(shapely.Point(1, 2, 3), shapely.LineString([(0, 0, 1), (1, 1, 1)]))
    assert not shapely.has_z(imported.geometry).any()
    assert codes(imported, Action.REPAIRED) == [(None, "height_dropped")]


def test_a_polygon_across_the_antimeridian_is_cut_in_two():
    ring = [(178, -18), (-178, -18), (-178, -16), (178, -16)]
    imported = settled(shapely.Polygon(ring), shapely.LineString([(179, 0), (-179, 1)]))
    assert imported.geometry[0].equals(
        shapely.union(shapely.box(178, -18, 180, -16), shapely.box(-180, -18, -178, -16))
    )
    assert imported.geometry[0].geom_type == "MultiPolygon"
    assert imported.geometry[1].geom_type == "MultiLineString"
    assert imported.geometry[1].length == pytest.approx(5**0.5)
    assert codes(imported, Action.REPAIRED) == [(1, "antimeridian"), (2, "antimeridian")]


def test_a_hole_across_the_antimeridian_stays_a_hole():
    shell = [(178, -18), (-178, -18), (-178, -16), (178, -16)]
    hole = [(-179.5, -17.5), (-179.5, -16.5), (179.5, -16.5), (179.5, -17.5)]
    imported = settled(shapely.Polygon(shell, [hole]))
    assert imported.geometry[0].area == pytest.approx(8 - 1)
    assert not imported.geometry[0].contains(shapely.Point(179.9, -17))


def test_a_shape_reprojected_across_the_antimeridian_is_cut_too():
    imported = settled(shapely.box(100_000, 8_000_000, 900_000, 8_200_000), crs="EPSG:32760")
    west, _, east, _ = imported.geometry[0].bounds
    assert (west, east) == (-180.0, 180.0)
    assert imported.geometry[0].area < 20


def test_multipoints_on_both_sides_are_no_crossing():
    both = shapely.MultiPoint([(179, 0), (-179, 0)])
    imported = settled(both)
    assert imported.geometry[0].equals(both)
    assert not imported.problems


def test_a_ring_round_the_pole_is_skipped_with_the_reason():
    ring = [(-180 + 30 * i, 80) for i in range(12)]
    imported = settled(shapely.Polygon([(lon + 10, lat) for lon, lat in ring]))
    (skipped,) = [p for p in imported.problems if p.action is Action.SKIPPED]
    assert "round a pole" in skipped.what


def test_the_whole_world_is_no_crossing():
    imported = settled(shapely.box(-180, -90, 180, 90))
    assert imported.geometry[0].area == 360 * 180


def test_longitudes_of_0_to_360_are_brought_home():
    imported = settled(shapely.Point(190, -17), shapely.Point(179, -17), shapely.box(179, -18, 181, -17))
    assert imported.geometry[0].equals(shapely.Point(-170, -17))
    assert imported.geometry[2].bounds == (-180.0, -18.0, 180.0, -17.0)
    assert codes(imported, Action.REPAIRED) == [(1, "longitude_360"), (3, "longitude_360")]


def test_one_longitude_out_of_range_is_a_slip_not_a_convention():
    imported = settled(shapely.Point(-10, 5), shapely.Point(190, 5))
    assert codes(imported, Action.SKIPPED) == [(2, "outside_globe")]


def test_a_rounding_error_at_the_edge_of_the_globe_costs_nothing():
    east = shapely.box(170, 60, 180.00000000000006, 70)
    imported = settled(shapely.MultiPolygon([shapely.box(-180, 60, -170, 70), east]), shapely.Point(0, 90.1))
    assert imported.geometry[0].bounds == (-180, 60, 180, 70)
    assert codes(imported, Action.SKIPPED) == [(2, "outside_globe")]


def test_swapped_columns_are_proposed_never_applied():
    imported = settled(shapely.Point(32, 136))
    (skipped,) = [p for p in imported.problems if p.action is Action.SKIPPED]
    assert "swapped" in skipped.what
    assert imported.geometry[0] is None


def test_metres_called_degrees_and_degrees_called_metres_are_doubted():
    metres = settled(shapely.Point(255_000, 3_577_000))
    assert (None, "crs_units") in codes(metres, Action.DOUBT)
    assert codes(metres, Action.SKIPPED) == [(1, "outside_globe")]
    degrees = settled(shapely.Point(36, 32), crs="EPSG:32637")
    assert (None, "crs_units") in codes(degrees, Action.DOUBT)


def test_a_mixed_collection_is_kept_for_the_kind_to_sort_out():
    mixed = shapely.GeometryCollection(
        [shapely.Point(1, 1), shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])]
    )
    imported = settled(mixed)
    assert imported.geometry[0].geom_type == "GeometryCollection"


def test_rows_without_any_shape_are_fine():
    assert settled().rows == 0


def test_data_outside_the_use_of_their_system_are_doubted_with_other_systems_to_try():
    imported = settled(shapely.Point(255_000, 3_577_000), crs="EPSG:27700")
    assert (None, "crs_area") in codes(imported, Action.DOUBT)
    assert "EPSG:32637" in imported.crs.candidates
    assert imported.crs.candidates[0] == "EPSG:27700"


def test_degrees_that_are_called_metres_come_with_what_one_click_would_do():
    imported = settled(shapely.Point(36.3, 32.3), crs="EPSG:32637")
    (doubt,) = [p for p in imported.problems if p.code == "crs_units"]
    assert doubt.fix == {"crs": "EPSG:4326"}
