"""20,000 sites against 2,000 zones at 500 m: the same pairs and distances as a brute-force geodesic oracle.

The oracle shares no code with the engine: it samples every edge of every zone near a site, measures each
sample with `pyproj.Geod`, and narrows in on the best edge. Only pairs more than 3 km apart are
left out of it.
"""

import numpy as np
import shapely
from pyproj import Geod

from layers.checks import check
from layers.findings import Verdict
from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, new_feature, new_workspace, table_of

GEOD = Geod(ellps="WGS84")
STANDOFF_M = 500.0
SITES, ZONES, CORNERS = 20_000, 2_000, 11


def theatre():
    """Make a theatre of 500 x 300 km astride two UTM zones."""
    rng = np.random.default_rng(20261123)
    points = np.column_stack([rng.uniform(27.0, 33.0, SITES), rng.uniform(48.0, 50.7, SITES)])
    centres = np.column_stack([rng.uniform(27.0, 33.0, ZONES), rng.uniform(48.0, 50.7, ZONES)])
    angles = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    radius = rng.uniform(0.003, 0.03, (ZONES, 1)) * rng.uniform(0.5, 1.0, (ZONES, CORNERS))
    x = centres[:, :1] + radius * np.cos(angles) * 1.5
    y = centres[:, 1:] + radius * np.sin(angles)
    return points, np.stack([x, y], axis=2)


def oracle(points, rings):
    """Return {(site, zone): metres} for all pairs within 520 m."""
    boxes = shapely.box(
        rings[..., 0].min(axis=1) - 0.045,
        rings[..., 1].min(axis=1) - 0.03,
        rings[..., 0].max(axis=1) + 0.045,
        rings[..., 1].max(axis=1) + 0.03,
    )
    zone, site = shapely.STRtree(shapely.points(points)).query(boxes)
    start, end = rings[zone], np.roll(rings, -1, axis=1)[zone]
    inside = shapely.covers(shapely.polygons(rings)[zone], shapely.points(points[site]))
    low, high = np.zeros((len(zone), CORNERS)), np.ones((len(zone), CORNERS))
    for _ in range(7):  # narrow each edge to the neighbourhood of its nearest sample
        fraction = low[..., None] + (high - low)[..., None] * np.linspace(0, 1, 9)
        places = start[:, :, None] + fraction[..., None] * (end - start)[:, :, None]
        lon = np.broadcast_to(points[site, 0][:, None, None], fraction.shape)
        lat = np.broadcast_to(points[site, 1][:, None, None], fraction.shape)
        flat = [np.ascontiguousarray(v).ravel() for v in (lon, lat, places[..., 0], places[..., 1])]
        metres = GEOD.inv(*flat)[2].reshape(fraction.shape)
        best = np.argmin(metres, axis=2)[..., None]
        low, high = (
            np.take_along_axis(fraction, np.clip(best + step, 0, 8), axis=2)[..., 0] for step in (-1, 1)
        )
    nearest = np.where(inside, 0.0, metres.min(axis=(1, 2)))
    keep = nearest <= 520.0
    return dict(
        zip(zip(site[keep].tolist(), zone[keep].tolist(), strict=True), nearest[keep].tolist(), strict=True)
    )


def test_same_pairs_and_distances_as_the_oracle(now):
    points, rings = theatre()
    workspace = new_workspace("Oracle", Mode.TEST, now)
    for kind, shapes in (
        (Kind.HUMANITARIAN_SITE, shapely.points(points)),
        (Kind.MILITARY_ZONE, shapely.polygons(rings)),
    ):
        features = [new_feature(kind, g, feature_id=str(i)) for i, g in enumerate(shapes)]
        workspace = workspace.with_layer(
            Layer(kind.value, kind, kind.value, table_of(spec_of(kind), features))
        )
    report = check(workspace, rules=["zone_within_standoff_of_site"], now=now)
    found = {(int(f.subjects[0].id), int(f.subjects[1].id)): f.distance_m for f in report.findings}
    assert all(f.verdict is Verdict.CONFLICT for f in report.findings)
    expected = oracle(points, rings)
    assert len(found) > 3_000
    assert {k for k, d in expected.items() if d <= STANDOFF_M - 0.01} <= found.keys()
    assert found.keys() <= {k for k, d in expected.items() if d <= STANDOFF_M + 0.01}
    worst = max(abs(found[k] - expected[k]) - 1e-6 * expected[k] for k in found)
    assert worst < 0.01
