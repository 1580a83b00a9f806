"""Distances from points to long edges, far away and far north, against `pyproj.Geod` on dense samples."""

import itertools

import numpy as np
import pytest
import shapely
from pyproj import Geod

from layers.geo import split_at_antimeridian
from layers.outlines import Shapes

GEOD = Geod(ellps="WGS84")
REACH_M = 50_000.0
SHIFT = np.array([0.02, 0.011])


def oracle(lon, lat, line):
    """Return the shortest geodesic to an edge straight in longitude/latitude: sampled, then narrowed."""
    (start, end), low, high = shapely.get_coordinates(line), 0.0, 1.0
    for _ in range(6):
        fraction = np.linspace(low, high, 101)
        places = start + (end - start) * fraction[:, None]
        metres = GEOD.inv(np.full(101, lon), np.full(101, lat), *np.ascontiguousarray(places.T))[2]
        best = int(np.argmin(metres))
        low, high = fraction[max(best - 1, 0)], fraction[min(best + 1, 100)]
    return float(metres.min())


@pytest.mark.parametrize("lat", [0.0, 48.0, 66.5, 80.0, -84.0])
def test_a_long_distance_to_a_long_edge_is_exact_at_any_latitude(lat):
    rng = np.random.default_rng(7)
    wide = 0.3 / np.cos(np.radians(lat))
    places = np.column_stack([rng.uniform(-wide, wide, 40), lat + rng.uniform(-0.3, 0.3, 40)])
    ends = np.column_stack([rng.uniform(-wide, wide, 40), lat + rng.uniform(-0.3, 0.3, 40)])
    lines = shapely.linestrings(np.stack([ends, np.roll(ends, 1, axis=0)], axis=1))
    sites = shapely.points(places)
    columns = [Shapes(column, shapely.bounds(column)) for column in (sites, lines)]
    point, shape, distance, _, _ = columns[0].near(columns[1], np.array([REACH_M]), np.zeros(1))
    assert len(point) > 800
    chosen = rng.choice(len(point), 300, replace=False)
    true = np.array([oracle(*places[point[i]], lines[shape[i]]) for i in chosen])
    assert np.all(np.abs(distance[chosen] - true) <= 0.01 + 1e-6 * true)


@pytest.mark.parametrize("lat", [0.0, 48.0, 66.5, 81.5, -84.5])
def test_beside_a_long_edge_what_is_within_reach_is_found_and_what_is_not_is_left_out(lat):
    """Beside edges of up to 60 km, from some millimetres to 50 km away; each asks as far as its limit."""
    rng = np.random.default_rng(11)
    count = 100
    exponent = np.where(rng.random(count) < 0.5, rng.uniform(-3, 0, count), rng.uniform(0, 4.7, count))
    azimuth, gap = rng.uniform(0, 360, count), 10**exponent
    places = np.column_stack([rng.uniform(-1, 1, count), lat + rng.uniform(-0.2, 0.2, count)])
    near = np.column_stack(GEOD.fwd(*places.T, azimuth, gap)[:2])
    way = np.radians(azimuth + 90 + rng.uniform(-60, 60, count))
    length, share = rng.uniform(5_000, 60_000, count) / 111_000, rng.uniform(0.1, 0.9, count)
    step = np.column_stack([np.sin(way) * length / np.cos(np.radians(near[:, 1])), np.cos(way) * length])
    ends = np.stack([near - share[:, None] * step, near + (1 - share)[:, None] * step], axis=1)
    inside = np.abs(ends[:, :, 1]).max(axis=1) < 84.9
    lines, sites = shapely.linestrings(ends[inside]), shapely.points(places[inside])
    true = np.array([oracle(*place, line) for place, line in zip(places[inside], lines, strict=True)])
    assert len(true) > 20
    tolerance = 0.01 + 1e-6 * true
    for reach, is_found in ((true + tolerance, True), (true - tolerance, False)):
        for site, line, wanted, metres in zip(sites, lines, true, reach, strict=True):
            one, other = (Shapes(np.array([g]), shapely.bounds(g).reshape(1, 4)) for g in (site, line))
            distance = one.near(other, np.array([max(metres, 0.0)]), np.zeros(1))[2]
            assert len(distance) == is_found, (wanted, distance)
            assert np.all(np.abs(distance - wanted) <= 0.01 + 1e-6 * wanted)


def dense(ring, count=400):
    """Return a ring, straight in longitude/latitude, with many vertices on every edge."""
    fraction = np.linspace(0, 1, count, endpoint=False)[:, None]
    return np.concatenate([a + (b - a) * fraction for a, b in itertools.pairwise(ring)])


def geodesic_area_m2(polygon):
    rings = [polygon.exterior, *polygon.interiors]
    areas = [abs(GEOD.polygon_area_perimeter(*dense(shapely.get_coordinates(r)).T)[0]) for r in rings]
    return areas[0] - sum(areas[1:])


@pytest.mark.parametrize(
    ("lon", "lat"), [(30.0, 50.0), (20.0, 66.0), (25.0, 70.0), (179.98, -17.0), (-3.0, 0.0)]
)
def test_shared_areas_and_lengths_agree_with_geodesics_on_dense_edges(lon, lat):
    rng = np.random.default_rng(int(abs(lat) * 10) + 5)
    stretch = 1 / np.cos(np.radians(lat))
    turn = lambda shape: split_at_antimeridian(shape) if lon > 179 else shape  # noqa: E731
    stars, places = [], rng.uniform(-0.05, 0.05, (12, 2))
    for place in places:
        angles = np.linspace(0, 2 * np.pi, 13, endpoint=False)
        radius = rng.uniform(0.02, 0.05, 13)
        points = np.column_stack([np.cos(angles) * stretch, np.sin(angles)]) * radius[:, None]
        hole = shapely.Polygon(points * 0.3 + place + [lon, lat])
        stars.append(shapely.Polygon(points + place + [lon, lat]).difference(hole))
    routes = shapely.linestrings(
        np.stack([places, np.roll(places, 3, axis=0), -places], axis=1) + np.array([lon, lat])
    )
    zones = Shapes(*column([turn(star) for star in stars]))
    lines = Shapes(*column([turn(route) for route in routes]))
    i, j = (grid.ravel() for grid in np.indices((12, 12)))
    areas, lengths = zones.shared_areas_m2(i, zones, j), lines.shared_lengths_m(i, zones, j)
    for k in range(len(i)):
        shared = shapely.get_parts(stars[i[k]].intersection(stars[j[k]]))
        expected = sum(geodesic_area_m2(part) for part in shared if part.area > 0)
        assert areas[k] == pytest.approx(expected, rel=1e-6, abs=1.0)
        inside = shapely.get_parts(routes[i[k]].intersection(stars[j[k]]))
        inside = inside[~shapely.is_empty(inside)]
        expected = sum(GEOD.line_length(*dense(shapely.get_coordinates(part)).T) for part in inside)
        last = sum(
            GEOD.line_length(*np.array([dense(c)[-1], c[-1]]).T) for c in map(shapely.get_coordinates, inside)
        )
        assert lengths[k] == pytest.approx(expected + last, rel=1e-6, abs=0.01)


def column(geometries):
    shapes = np.array(geometries, dtype=object)
    return shapes, shapely.bounds(shapes)


@pytest.mark.parametrize(("lon", "lat"), [(30.0, 50.0), (20.0, 69.0), (179.99, 66.0)])
def test_distances_between_lines_and_polygons_agree_with_geodesics_on_dense_edges(lon, lat):
    rng = np.random.default_rng(3)
    stretch = np.array([1 / np.cos(np.radians(lat)), 1.0])
    rings = []
    for _ in range(14):
        corners = rng.uniform(-0.01, 0.01, (3, 2)) + rng.uniform(-0.1, 0.1, 2)
        rings.append(np.vstack([corners, corners[:1]]) * stretch + [lon, lat])
    turn = lambda shape: split_at_antimeridian(shape) if lon > 179 else shape  # noqa: E731
    zones = Shapes(*column([turn(shapely.Polygon(ring)) for ring in rings]))
    lines = Shapes(*column([turn(shapely.LineString(ring[:3] + SHIFT)) for ring in rings]))
    i, j, distance, from_, to = lines.near(zones, np.array([3_000.0]), np.zeros(1))
    assert len(i) > 8
    assert np.allclose(GEOD.inv(*from_[distance > 0].T, *to[distance > 0].T)[2], distance[distance > 0])
    found = dict(zip(zip(i.tolist(), j.tolist(), strict=True), distance, strict=True))
    for a, line in enumerate(rings):
        for b, ring in enumerate(rings):
            path = dense(np.vstack([line[:3] + SHIFT]), 60)
            rim = dense(ring, 60)
            if shapely.LineString(path).intersects(shapely.Polygon(ring)):
                assert found[a, b] == 0
                continue
            if (a, b) not in found and np.abs(path[:, None] - rim[None])[..., 1].min() > 0.05:
                continue
            pairs = np.broadcast_arrays(path[:, None], rim[None])
            metres = GEOD.inv(*(np.ascontiguousarray(p[..., k]).ravel() for p in pairs for k in (0, 1)))[2]
            # Samples lie up to some 60 m apart: they bound the distance from above, closely.
            assert (a, b) in found or metres.min() > 2_999.0
            if (a, b) in found:
                assert metres.min() - 60.0 <= found[a, b] <= metres.min() + 0.01
