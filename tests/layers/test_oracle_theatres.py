"""Whole theatres against a brute-force geodesic oracle: UTM borders, 65-70 N, both sides of 180 degrees."""

import os

import numpy as np
import pytest
import shapely

from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, new_feature, new_workspace, table_of
from layers.scene import Scene
from tests.layers import geodesic_oracle as oracle

REACH_M = 500.0
SITES = int(os.environ.get("DECONFLICT_ORACLE_SITES", "2000"))
"""More for a run by hand; the number of zones grows with it."""
ZONES, ROUTES = max(SITES // 20, 60), max(SITES // 40, 40)
PLACES = [
    (30.0, 48.0, "cut"),
    (18.0, 66.5, "cut"),
    (24.0, 70.0, "cut"),
    (180.0, 66.0, "cut"),
    (180.0, 68.0, "some uncut"),
    (180.0, -17.0, "uncut"),
]


def stars(rng, centres, stretch, low, high, corners=11):
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    radius = rng.uniform(low, high, (len(centres), 1)) * rng.uniform(0.5, 1.0, (len(centres), corners))
    circle = np.column_stack([np.cos(angles), np.sin(angles)]) * stretch
    return centres[:, None] + radius[..., None] * circle


def zones(rng, centres, stretch):
    """Make polygons with long edges, with holes, and in several parts."""
    result = []
    for number, ring in enumerate(stars(rng, centres, stretch, 0.01, 0.06)):
        shape, centre = shapely.Polygon(ring), centres[number]
        if number % 3 == 0:
            shape -= shapely.Polygon((ring - centre) * 0.45 + centre)
        if number % 4 == 0:
            shape |= shapely.Polygon((ring - centre) * 0.5 + centre + [0.15 * stretch[0], 0.01])
        if number % 7 == 0:
            shape = shapely.Polygon(centre + rng.uniform(-0.2, 0.2, (3, 2)) * stretch)
        result.append(shape)
    return np.array(result, dtype=object)


def routes(rng, centres, stretch):
    steps = rng.uniform(-0.05, 0.05, (len(centres), 8, 2)) * stretch
    lines = shapely.linestrings(centres[:, None] + np.cumsum(steps, axis=1))
    lines[::5] = [
        shapely.MultiLineString([line, shapely.transform(line, lambda p: p + 0.07)]) for line in lines[::5]
    ]
    return lines


def theatre(lon, lat):
    """Return unwrapped shapes of each kind; 2,000 sites lie in some 150 x 150 km."""
    rng = np.random.default_rng(int(abs(lat) * 10) + int(lon))
    stretch = np.array([1 / np.cos(np.radians(lat)), 1.0])
    wide = 0.7 * np.sqrt(SITES / 2000)

    def places(count):
        return [lon, lat] + rng.uniform(-wide, wide, (count, 2)) * stretch * [1.0, min(1.0, 0.7 / wide)]

    return {
        Kind.HUMANITARIAN_SITE: shapely.points(places(SITES)),
        Kind.MILITARY_ZONE: zones(rng, places(ZONES), stretch),
        Kind.NO_STRIKE_AREA: zones(rng, places(ZONES), stretch),
        Kind.MOVEMENT: routes(rng, places(ROUTES), stretch),
    }


def scene_of(shapes, now):
    workspace = new_workspace("Oracle", Mode.TEST, now)
    for kind, column in shapes.items():
        features = [new_feature(kind, g, feature_id=str(i)) for i, g in enumerate(column)]
        workspace = workspace.with_layer(Layer(kind, kind, kind, table_of(spec_of(kind), features)))
    return Scene(workspace)


def near(scene, kind_a, kind_b, reach_m):
    a, b = scene.side(kind_a), scene.side(kind_b)
    return a, b, scene.near(a, b, reach_m, 0.0)


def as_stored(shapes, stored="cut"):
    """Cut shapes at 180 degrees; or let those of some or all kinds run on past it, as some files have it."""
    uncut = {"cut": (), "some uncut": (Kind.MILITARY_ZONE,), "uncut": tuple(shapes)}[stored]
    return {kind: column if kind in uncut else oracle.wrapped(column) for kind, column in shapes.items()}


@pytest.mark.parametrize(("lon", "lat", "stored"), PLACES)
def test_same_pairs_and_distances(lon, lat, stored, now):
    shapes = theatre(lon, lat)
    scene = scene_of(as_stored(shapes, stored), now)
    for kind_a, kind_b, least in (
        (Kind.HUMANITARIAN_SITE, Kind.MILITARY_ZONE, 100),
        (Kind.MOVEMENT, Kind.MILITARY_ZONE, 20),
        (Kind.MILITARY_ZONE, Kind.NO_STRIKE_AREA, 20),
        (Kind.HUMANITARIAN_SITE, Kind.MOVEMENT, 5),
    ):
        pairs = near(scene, kind_a, kind_b, REACH_M)[2]
        found = dict(zip(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True), pairs.distance_m, strict=True))
        expected = oracle.distances(shapes[kind_a], shapes[kind_b], REACH_M)
        assert len(found) >= least
        assert {pair for pair, d in expected.items() if d <= REACH_M - 0.01} <= found.keys()
        assert found.keys() <= {pair for pair, d in expected.items() if d <= REACH_M + 0.01}
        assert_close(
            list(found.values()), [expected[pair] for pair in found], 0.01, f"{kind_a} - {kind_b}, m"
        )


@pytest.mark.parametrize(("lon", "lat", "stored"), PLACES)
def test_shared_areas_and_crossing_lengths(lon, lat, stored, now):
    shapes = theatre(lon, lat)
    scene = scene_of(as_stored(shapes, stored), now)
    a, b, pairs = near(scene, Kind.MILITARY_ZONE, Kind.NO_STRIKE_AREA, 0.0)
    shared = shapes[Kind.MILITARY_ZONE][pairs.a] & shapes[Kind.NO_STRIKE_AREA][pairs.b]
    expected = [oracle.area_m2(shape) for shape in shared]
    assert len(pairs) >= 15
    assert_close(scene.shared_area_m2(a, b, pairs), expected, 1.0, "shared area, m2")
    a, b, pairs = near(scene, Kind.MOVEMENT, Kind.MILITARY_ZONE, 0.0)
    inside = shapes[Kind.MOVEMENT][pairs.a] & shapes[Kind.MILITARY_ZONE][pairs.b]
    expected = [oracle.length_m(shape) for shape in inside]
    assert len(pairs) >= 15
    assert_close(scene.shared_length_m(a, b, pairs), expected, 0.01, "crossing, m")


def assert_close(found, expected, least, what):
    """Compare to 1e-6 of the value and `least`; the errors are printed for runs by hand (`pytest -rP`)."""
    expected = np.asarray(expected)
    error = np.abs(found - expected)
    shares = error[expected > 0] / expected[expected > 0]
    print(f"{what}: {len(error)} pairs, off by at most {error.max():.6f}, or {shares.max():.1e} of the value")
    assert (error - 1e-6 * expected).max() < least


BOX = shapely.box(0, 0, 0.25, 0.25)
RING = shapely.box(-0.25, -0.25, 0.5, 0.5) - BOX
AREAS = {
    "equal": BOX,
    "along an edge": shapely.box(0.25, 0, 0.5, 0.25),
    "along a part of an edge": shapely.box(0.25, 0.125, 0.5, 0.5),
    "at a corner": shapely.box(0.25, 0.25, 0.5, 0.5),
    "sliver": shapely.box(0.25 - 1e-7, -0.125, 0.5, 0.5),
    "sliver at an angle": shapely.Polygon([(0.25, 0), (0.5, 0), (0.5, 0.25), (0.25 - 1e-6, 0.25)]),
    "contained": shapely.box(0.0625, 0.0625, 0.125, 0.125),
    "contained, along an edge": shapely.box(0, 0.0625, 0.125, 0.125),
    "containing": shapely.box(-0.25, -0.25, 0.5, 0.5),
    "filling the hole": RING,
    "filling the hole and a little more": RING | shapely.box(-0.125, 0.0, 1e-6, 0.25),
    "two parts": shapely.MultiPolygon(
        [shapely.box(-0.125, 0, 0.0625, 0.125), shapely.box(0.125, 0, 0.5, 0.125)]
    ),
}
LINES = {
    "along an edge": [(0, 0), (0.25, 0)],
    "along an edge and on": [(-0.125, 0), (0.5, 0)],
    "through a corner": [(-0.125, 0.125), (0.125, -0.125)],
    "inside": [(0.0625, 0.0625), (0.125, 0.1875)],
    "inside, north along a meridian": [(0.125, 0.0625), (0.125, 0.1875)],
    "across": [(-0.125, 0.0625), (0.5, 0.1875)],
    "in, along an edge, out": [(0.0625, 0.0625), (0.0625, 0), (0.1875, 0), (0.1875, -0.125)],
    "there and back": [(-0.125, 0.125), (0.125, 0.125), (-0.125, 0.125)],
    "there, half the way back, and out": [(-0.125, 0.125), (0.1875, 0.125), (0.0625, 0.125), (0.0625, 0.5)],
    "over its own way": [(0.0625, -0.125), (0.0625, 0.1875), (0.1, 0.5), (0.0625, 0.5), (0.0625, 0.125)],
    "from the rim to the rim": [(0, 0.0625), (0.25, 0.1875)],
}


@pytest.mark.parametrize(("lon", "lat"), [(30.0, 48.0), (24.0, 69.5), (179.875, 66.0), (179.875, -17.0)])
def test_shapes_that_touch_are_equal_or_contained(lon, lat, now):
    def at(shape):
        return shapely.transform(shape, lambda p: p + np.array([lon, lat]))

    shapes = {
        Kind.MILITARY_ZONE: np.array([at(BOX)], dtype=object),
        Kind.NO_STRIKE_AREA: np.array([at(shape) for shape in AREAS.values()], dtype=object),
        Kind.MOVEMENT: np.array([at(shapely.LineString(line)) for line in LINES.values()], dtype=object),
    }
    scene = scene_of(as_stored(shapes), now)
    a, b, pairs = near(scene, Kind.MILITARY_ZONE, Kind.NO_STRIKE_AREA, 0.0)
    assert pairs.b.tolist() == list(range(len(AREAS)))
    assert not pairs.distance_m.any()
    expected = [oracle.area_m2(at(BOX & shape)) for shape in AREAS.values()]
    assert scene.shared_area_m2(a, b, pairs) == pytest.approx(expected, rel=1e-6, abs=1.0)
    a, b, pairs = near(scene, Kind.MOVEMENT, Kind.MILITARY_ZONE, 0.0)
    assert pairs.a.tolist() == list(range(len(LINES)))
    inside = [oracle.length_m(at(shapely.LineString(line) & BOX)) for line in LINES.values()]
    assert scene.shared_length_m(a, b, pairs) == pytest.approx(inside, rel=1e-6, abs=0.01)
