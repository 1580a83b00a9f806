"""Distances from points to long edges, far away and far north, against `pyproj.Geod` on dense samples."""

import numpy as np
import pytest
import shapely
from pyproj import Geod

from layers.outlines import Shapes

GEOD = Geod(ellps="WGS84")
REACH_M = 50_000.0


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
