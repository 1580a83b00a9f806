"""Shapes: multiparts, culling, thinning, kept paths."""

import numpy as np
import shapely

from desktop.canvas.projection import LocalAzimuthal, WebMercator
from desktop.canvas.shapes import Shapes, coordinates_of, level_of, painter_paths, polygon_of


def column(*items):
    result = np.empty(len(items), dtype=object)
    result[:] = items
    return result


def test_multiparts_and_collections_are_taken_apart_and_keep_their_row():
    shapes = Shapes(
        column(
            None,
            shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]),
            shapely.GeometryCollection([shapely.Point(5, 5), shapely.LineString([(0, 0), (1, 1)])]),
            shapely.Polygon(),
        ),
        WebMercator(),
    )
    assert shapes.row.tolist() == [1, 1, 2]
    assert shapes.is_area.tolist() == [True, True, False]
    assert shapes.point_row.tolist() == [2]


def test_only_what_meets_the_view_is_found():
    shapes = Shapes(column(shapely.box(0, 0, 1, 1), shapely.box(50, 50, 51, 51)), WebMercator())
    assert shapes.within((-1000, -1000, 200_000, 200_000)).tolist() == [0]


def test_world_bounds_contain_the_projected_shape_in_the_local_view():
    shape = shapely.box(10, 60, 16, 64)
    shapes = Shapes(column(shape), LocalAzimuthal(20, 55))
    inner = shapely.bounds(shapes.world(np.array([0]))[0])
    assert (shapes.bounds[0, :2] <= inner[:2]).all()
    assert (shapes.bounds[0, 2:] >= inner[2:]).all()


def test_thinning_stays_within_half_a_pixel():
    angle = np.linspace(0, 2 * np.pi, 2000)
    ring = shapely.Polygon(np.column_stack([20 + 0.05 * np.cos(angle), 50 + 0.05 * np.sin(angle)]))
    shapes = Shapes(column(ring), WebMercator())
    resolution = 50.0
    path = shapes.paths(np.array([0]), level_of(resolution))[0]
    drawn = shapely.LineString(coordinates_of(path.toSubpathPolygons()[0]))
    assert shapely.get_num_coordinates(drawn) < 300
    assert shapely.hausdorff_distance(drawn, shapes.world(np.array([0]))[0].exterior) < resolution / 2


def test_paths_are_made_once_for_each_scale():
    shapes = Shapes(column(shapely.box(0, 0, 1, 1)), WebMercator())
    first = shapes.paths(np.array([0]), 5)[0]
    assert shapes.paths(np.array([0]), 5)[0] is first
    assert shapes.paths(np.array([0]), 6)[0] is not first


def test_an_edited_table_keeps_the_paths_of_untouched_rows():
    same = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(4, 4, 5, 5)])
    old = Shapes(column(shapely.box(8, 8, 9, 9), same), WebMercator())
    kept = old.paths(np.arange(3), 5)
    new = Shapes(column(same, shapely.box(7, 7, 9, 9)), WebMercator())
    new.adopt(old)
    taken = new.paths(np.arange(3), 5)
    assert taken[0] is kept[1]
    assert taken[1] is kept[2]
    assert taken[2].boundingRect() != kept[0].boundingRect()


def test_holes_stay_open():
    ring = shapely.Polygon(shapely.box(0, 0, 10, 10).exterior, [shapely.box(4, 4, 6, 6).exterior])
    path = painter_paths(column(ring))[0]
    from PySide6.QtCore import QPointF

    assert path.contains(QPointF(1, 1))
    assert not path.contains(QPointF(5, 5))


def test_an_array_survives_the_way_into_qt_and_back():
    points = np.random.default_rng(1).normal(size=(1000, 2))
    assert np.array_equal(coordinates_of(polygon_of(points)), points)
    assert len(coordinates_of(polygon_of(np.zeros((0, 2))))) == 0


def test_an_invalid_polygon_is_drawn_rather_than_raising():
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    shapes = Shapes(column(bow_tie), WebMercator())
    assert not shapes.paths(np.array([0]), 4)[0].isEmpty()
    assert shapes.clipped(0, (0, 0, 50_000, 50_000), 1.0) is not None


def test_points_that_are_not_finite_are_left_out():
    shapes = Shapes(column(shapely.Point(np.nan, 1), shapely.Point(1, 2)), WebMercator())
    assert shapes.point_row.tolist() == [1]
