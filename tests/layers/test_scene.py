"""Pairs and distances against a brute-force geodesic oracle, which shares no code with the engine."""

import gc
import weakref

import numpy as np
import pytest
import shapely
from pyproj import Geod

from layers import outlines
from layers.checks import check
from layers.errors import CrowdError
from layers.geo import split_at_antimeridian
from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, new_feature, new_workspace, table_of
from layers.scene import Ground, Scene
from layers.sides import Selection, side_of

GEOD = Geod(ellps="WGS84")
SITES = Selection((Kind.HUMANITARIAN_SITE,))


def workspace_of(now, **layers):
    workspace = new_workspace("Test", Mode.TEST, now)
    for name, geometries in layers.items():
        kind = Kind(name)
        features = [new_feature(kind, g, feature_id=f"{name}-{i}") for i, g in enumerate(geometries)]
        workspace = workspace.with_layer(Layer(name, kind, name, table_of(spec_of(kind), features)))
    return workspace


def near(now, sites, zones, reach_m):
    scene = Scene(workspace_of(now, humanitarian_site=sites, military_zone=zones))
    a, b = scene.side(Kind.HUMANITARIAN_SITE), scene.side(Kind.MILITARY_ZONE)
    pairs = scene.near(a, b, np.full(len(a), reach_m), np.zeros(len(b)))
    return {(int(i), int(j)): float(d) for i, j, d in zip(pairs.a, pairs.b, pairs.distance_m, strict=True)}


@pytest.mark.parametrize("zones", [20, 300], ids=["one thread", "several"])
def test_more_pairs_than_can_be_held_at_a_time_are_compared_block_after_block(now, monkeypatch, zones):
    sites = shapely.points(np.linspace(20.0, 20.001, 1_000), 45.0)
    areas = [shapely.box(19, 44, 21, 46)] * zones
    workspace = workspace_of(now, humanitarian_site=sites, military_zone=areas)
    rule, every = "site_inside_zone", zones * 1_000
    for most in (every, every - 1, 5_000, zones):
        monkeypatch.setattr(outlines, "MOST_PAIRS", most)
        (answered,) = check(workspace, rules=[rule], now=now).run.coverage
        assert (answered.pairs_examined, answered.clear) == (every, 0)
    for constant, most, what in (
        ("layers.outlines.MOST_PAIRS", zones - 1, "pairs of features lie near each other"),
        ("layers.checks.MOST_ANSWERS", every - 1, "findings"),
    ):
        with monkeypatch.context() as too_many, pytest.raises(CrowdError) as caught:
            too_many.setattr(constant, most)
            check(workspace, rules=[rule], now=now)
        assert str(caught.value).startswith(f"“Site inside a zone”: More than {most:,} {what}.")
        assert caught.value.hint


def unwrapped(geometry, lon):
    """Bring longitudes to within half a turn of `lon`."""
    return shapely.transform(
        geometry, lambda c: np.column_stack([(c[:, 0] - lon + 180) % 360 - 180 + lon, c[:, 1]])
    )


def oracle_distance(point, polygon):
    """Shortest geodesic from a point to a polygon: dense boundary first, then golden-section on the edges."""
    polygon = unwrapped(polygon, point.x)
    if polygon.covers(point):
        return 0.0
    best = np.inf
    for ring in shapely.get_rings(shapely.get_parts(polygon)):
        dense = shapely.get_coordinates(shapely.segmentize(ring, 0.002))
        _, _, d = GEOD.inv(*np.broadcast_arrays(point.x, point.y, *dense.T))
        for k in np.argsort(d)[:4]:
            for a, b in ((k - 1, k), (k, k + 1)):
                if a >= 0 and b < len(dense):
                    t = np.linspace(0, 1, 2001)[:, None]
                    fine = dense[a] + t * (dense[b] - dense[a])
                    _, _, f = GEOD.inv(
                        np.full(len(fine), point.x), np.full(len(fine), point.y), fine[:, 0], fine[:, 1]
                    )
                    best = min(best, f.min())
    return float(best)


def theatre(lon, lat, seed, sites=150, zones=25):
    rng = np.random.default_rng(seed)
    east = 0.15 / np.cos(np.radians(lat))
    wrap = lambda x: (np.asarray(x) + 180) % 360 - 180  # noqa: E731
    points = [
        shapely.Point(float(wrap(lon + rng.uniform(-east, east))), lat + rng.uniform(-0.15, 0.15))
        for _ in range(sites)
    ]
    polygons = []
    for _ in range(zones):
        x, y = lon + rng.uniform(-east, east), lat + rng.uniform(-0.15, 0.15)
        angles = np.sort(rng.uniform(0, 2 * np.pi, 7))
        size = rng.uniform(0.003, 0.03)
        ring = np.column_stack(
            [x + size * np.cos(angles) / np.cos(np.radians(lat)), y + size * np.sin(angles)]
        )
        polygon = shapely.make_valid(shapely.Polygon(ring))
        polygons.append(polygon if abs(lon) < 179 else split_at_antimeridian(polygon))
    return points, polygons


@pytest.mark.parametrize(
    ("lon", "lat"),
    [(24.0, 42.0), (30.0, 50.0), (20.0, 70.0), (180.0, -17.0), (-180.0, 66.0), (6.0, 0.0)],
    ids=[
        "ordinary",
        "astride two UTM zones",
        "70 north",
        "antimeridian",
        "antimeridian far north",
        "equator",
    ],
)
def test_pairs_and_distances_agree_with_the_oracle(now, lon, lat):
    reach_m = 500.0
    points, polygons = theatre(lon, lat, seed=7)
    found = near(now, points, polygons, reach_m)
    boxes = [unwrapped(p, lon).buffer(0.03) for p in polygons]
    checked = 0
    for i, point in enumerate(points):
        place = unwrapped(point, lon)
        for j, polygon in enumerate(polygons):
            if not boxes[j].intersects(place):
                assert (i, j) not in found
                continue
            expected = oracle_distance(point, polygon)
            if abs(expected - reach_m) > 0.01:
                assert ((i, j) in found) == (expected <= reach_m), (i, j, expected)
            if (i, j) in found:
                assert found[i, j] == pytest.approx(expected, abs=0.01 + 1e-6 * expected)
                checked += 1
    assert checked > 20


def test_a_theatre_too_wide_for_one_plane_gives_the_same_pairs(now):
    points, polygons = theatre(24.0, 42.0, seed=3)
    alone = near(now, points, polygons, 800.0)
    far = [shapely.Point(0, 0), shapely.Point(-120, -45), shapely.Point(179.9, 10), shapely.Point(0, 89.5)]
    together = near(now, points + far, polygons, 800.0)
    assert together.keys() == alone.keys()
    assert all(abs(together[k] - alone[k]) < 0.01 for k in alone)


def test_pairs_on_both_sides_of_a_cell_border_are_found(now):
    # 45 degrees is a border of the fixed grid; the far point forces several planes.
    sites = [shapely.Point(10.0, 45.002), shapely.Point(100, -60)]
    zones = [shapely.box(9.99, 44.99, 10.01, 45.0)]
    found = near(now, sites, zones, 500.0)
    assert found.keys() == {(0, 0)}
    assert found[0, 0] == pytest.approx(oracle_distance(sites[0], zones[0]), abs=0.01)


def test_near_the_pole_pairs_are_found(now):
    sites = [shapely.Point(0, 89.99), shapely.Point(90, 89.99)]
    zones = [
        shapely.Polygon([(179.9, 89.99), (-180, 89.995), (179, 89.995)]),
        shapely.box(170, 89.985, 180, 89.99),
    ]
    found = near(now, sites, zones, 5_000.0)
    assert (0, 1) in found
    _, _, across = GEOD.inv(0, 89.99, 170, 89.99)
    assert found[0, 1] == pytest.approx(across, abs=0.01)


def test_a_feature_without_position_is_listed_not_compared(now):
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    scene = Scene(
        workspace_of(
            now,
            military_zone=[None, shapely.Polygon(), bow_tie, shapely.Point(10, 95), shapely.Point(1, np.inf)],
        )
    )
    side = scene.side(Kind.MILITARY_ZONE)
    assert len(side) == 0 and side.total == 5
    assert list(side.skipped.values()) == [
        "no position",
        "no position",
        "its outline crosses itself",
        "coordinates out of range",
        "coordinates that are not numbers",
    ]


@pytest.mark.parametrize("turn", [0, -360])
def test_a_reach_that_leads_round_the_pole_finds_what_is_stored_a_turn_away(now, turn):
    place = shapely.Point(160, -81)
    zone = shapely.transform(
        shapely.box(141.8, -79.4, 141.9, -79.3), lambda points: points + np.array([turn, 0])
    )
    found = near(now, [place], [zone], 900_000.0)
    assert found[0, 0] == pytest.approx(oracle_distance(place, zone), rel=1e-6)


@pytest.mark.filterwarnings("ignore:invalid value encountered")
def test_a_shape_of_which_one_coordinate_is_no_number_is_listed_not_compared(now):
    odd = [
        shapely.LineString([(24, 42), (24.1, np.nan)]),
        shapely.MultiPoint([(24, 42), (np.nan, 42)]),
        shapely.MultiLineString([[(24, 42), (24.1, 42)], [(24, np.inf), (24.1, 42)]]),
        shapely.Polygon([(24, 42), (24.1, np.nan), (24.1, 42.1)]),
    ]
    side = Scene(workspace_of(now, hazard=odd)).side(Kind.HAZARD)
    assert len(side) == 0
    assert set(side.skipped.values()) == {"coordinates that are not numbers"}


def test_one_far_reaching_feature_does_not_drag_others_in(now):
    scene = Scene(
        workspace_of(
            now,
            humanitarian_site=[shapely.Point(24, 42), shapely.Point(24.3, 42)],
            military_zone=[shapely.box(24.1, 42, 24.2, 42.1)],
        )
    )
    a, b = scene.side(Kind.HUMANITARIAN_SITE), scene.side(Kind.MILITARY_ZONE)
    pairs = scene.near(a, b, np.array([20_000.0, 100.0]), np.zeros(1))
    assert list(pairs.a) == [0]


def test_a_crowd_is_looked_for_once_and_other_questions_are_still_answered(now, monkeypatch):
    sites = shapely.points(np.linspace(24.0, 25.0, 200), 42.0)
    scene = Scene(workspace_of(now, humanitarian_site=sites, military_zone=[shapely.Point(24, 42.001)]))
    a, b = scene.side(Kind.HUMANITARIAN_SITE), scene.side(Kind.MILITARY_ZONE)
    monkeypatch.setattr(outlines, "MOST_PAIRS", 100)
    asked = []

    def maybe_near(*question):
        asked.append(question)
        return Scene.maybe_near(scene, *question)

    monkeypatch.setattr(scene, "maybe_near", maybe_near)
    for _ in range(2):
        scene.know(a, b, 200_000.0)
        scene.know_first(a, b, a, b)
    assert len(asked) == 1
    assert len(scene.near(a, b, 1_000.0, 0.0)) == 3


@pytest.mark.parametrize("lon", [30.0, 179.99, -180.0])
@pytest.mark.parametrize("lat", [0.0, 66.0, 84.9, 89.9])
@pytest.mark.parametrize("many", [False, True])
def test_looking_around_leaves_out_nothing_within_reach(now, lon, lat, many, monkeypatch):
    if many:
        monkeypatch.setattr("layers.scene._MANY", 1)
    rng = np.random.default_rng(4)
    wide = 0.1 / np.cos(np.radians(lat))
    places = np.column_stack([lon + rng.uniform(-wide, wide, 300), lat + rng.uniform(-0.1, 0.1, 300)])
    places[:, 0] = (places[:, 0] + 180) % 360 - 180
    zones = [shapely.Point(*place).buffer(0.001) for place in places[:5]]
    scene = Scene(workspace_of(now, humanitarian_site=shapely.points(places), military_zone=zones))
    sites, others = scene.side(Kind.HUMANITARIAN_SITE), scene.side(Kind.MILITARY_ZONE)
    ground = Ground.around((others.take(np.arange(2)), others.take(np.arange(2, 5))), 2_000.0)
    around = scene.around(sites, ground)
    assert around.tolist() == sorted(set(around.tolist()))
    assert set(scene.near(sites, others, 2_000.0, 0.0).a.tolist()) <= set(around.tolist())
    if lat < 80:
        assert len(around) < 250


def test_what_was_made_of_a_side_goes_with_it(now):
    scene = Scene(workspace_of(now, humanitarian_site=[shapely.Point(30, 50)]))
    kept, once = scene.side(Kind.HUMANITARIAN_SITE), side_of(scene.workspace, SITES)
    gone = [weakref.ref(scene.shapes(side)) for side in (once, kept)]
    del once
    gc.collect()
    assert gone[0]() is None
    assert gone[1]() is scene.shapes(kept)
