import struct

import numpy as np
import pytest
import shapely

from layers import wkb


def objects(*values):
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def arcs(kind, *numbers, order="<"):
    head = struct.pack(f"{order}BII", order == "<", kind, len(numbers) // 2)
    return head + struct.pack(f"{order}{len(numbers)}d", *numbers)


def group(kind, *parts):
    return struct.pack("<BII", 1, kind, len(parts)) + b"".join(parts)


def test_plain_shapes_are_read_as_shapely_reads_them():
    shapes = [shapely.Point(1, 2), None, shapely.box(0, 0, 1, 1), shapely.MultiPoint([(0, 0), (1, 1)])]
    read = wkb.read(shapely.to_wkb(objects(*shapes)))
    assert read.geometry.tolist() == shapes
    assert not len(read.closed) and not len(read.straightened) and not len(read.too_deep)


@pytest.mark.parametrize("order", ["<", ">"])
def test_an_arc_passes_its_three_places_and_keeps_to_its_circle(order):
    read = wkb.read(objects(arcs(8, 0, 1, 1, 0, 0, -1, order=order)))
    line = read.geometry[0]
    assert read.straightened.tolist() == [0]
    xy = shapely.get_coordinates(line)
    assert np.allclose(np.hypot(*xy.T), 1, atol=1e-12)
    assert line.distance(shapely.Point(1, 0)) < 1e-4
    assert xy[0].tolist() == [0, 1] and xy[-1].tolist() == [0, -1]
    assert line.length == pytest.approx(np.pi, rel=1e-4)


def test_three_places_in_a_row_are_a_straight_line():
    read = wkb.read(objects(arcs(8, 0, 0, 1, 0, 2, 0)))
    assert read.geometry[0].equals(shapely.LineString([(0, 0), (2, 0)]))


def test_a_curve_polygon_of_a_circle_has_its_area():
    circle = arcs(8, 1, 0, -1, 0, 1, 0)
    read = wkb.read(objects(group(10, circle)))
    assert read.geometry[0].area == pytest.approx(np.pi, rel=1e-4)
    assert read.geometry[0].is_valid


def test_a_compound_curve_joins_arcs_and_lines():
    line = shapely.to_wkb(shapely.LineString([(0, -1), (-3, -1)]))
    read = wkb.read(objects(group(9, arcs(8, 0, 1, 1, 0, 0, -1), line)))
    assert shapely.get_coordinates(read.geometry[0])[-1].tolist() == [-3, -1]


def test_an_open_ring_is_closed_and_named():
    body = struct.pack("<BIII", 1, 3, 1, 4) + struct.pack("<8d", 0, 0, 1, 0, 1, 1, 0, 1)
    read = wkb.read(objects(None, body))
    assert read.closed.tolist() == [1]
    assert read.geometry[1].equals(shapely.box(0, 0, 1, 1))


@pytest.mark.parametrize("depth", [17, 300, 30_000])
@pytest.mark.parametrize("kind", [7, 4])
def test_nesting_is_refused_before_geos_sees_it(depth, kind):
    body = struct.pack("<BII", 1, kind, 1) * depth + shapely.to_wkb(shapely.Point(1, 2))
    read = wkb.read(objects(body, shapely.to_wkb(shapely.Point(1, 2))))
    assert read.geometry[0] is None
    assert read.geometry[1] == shapely.Point(1, 2)
    if kind == 7:
        assert read.too_deep.tolist() == [0]


@pytest.mark.parametrize(
    "body", [b"", b"\1", b"\1\7\0\0\0", struct.pack("<BII", 1, 10, 2**31), b"\1\x63\0\0\0"]
)
def test_damaged_bytes_are_none(body):
    assert wkb.read(objects(body)).geometry[0] is None


def triangle(*numbers):
    return struct.pack("<BIII", 1, 17, 1, 4) + struct.pack("<8d", *numbers)


def test_faces_are_laid_on_the_ground_as_areas():
    lower, upper = triangle(0, 0, 1, 0, 1, 1, 0, 0), triangle(0, 0, 1, 1, 0, 1, 0, 0)
    tin = group(16, lower, upper)
    read = wkb.read(objects(lower, tin, group(7, tin)))
    assert [shapely.area(g) for g in read.geometry] == [0.5, 1.0, 1.0]
    assert read.flattened.tolist() == [0, 1, 2]
    assert {p.code for p in read.problems()} == {"faces"}


def test_plain_shapes_beside_a_curve_are_kept():
    points = shapely.to_wkb(shapely.MultiPoint([(5, 5), (6, 6)]))
    read = wkb.read(objects(group(7, points, arcs(8, 0, 1, 1, 0, 0, -1))))
    assert [g.geom_type for g in read.geometry[0].geoms] == ["MultiPoint", "LineString"]


def test_what_cannot_be_read_is_said_row_by_row():
    read = wkb.read(objects(None, b"\1\2", shapely.to_wkb(shapely.Point(1, 2))))
    assert [(p.row, p.code) for p in read.problems()] == [(2, "bad_feature")]
