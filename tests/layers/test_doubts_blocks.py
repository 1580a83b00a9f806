"""What is looked at by blocks and cells is what looking at every row, or every pair, finds."""

import numpy as np
import pytest
import shapely

from layers import basemap, geo
from layers.doubts_place import OFF_COAST_M, _near_land
from layers.doubts_twins import NEAR_M, _neighbours


@pytest.mark.parametrize("size_deg", [0.0, 0.01, 0.3], ids=["points", "areas", "large areas"])
def test_land_found_by_blocks_is_land_found_row_by_row(size_deg):
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(22, 24, 6_000), rng.uniform(36.5, 38.5, 6_000)  # the Aegean: islands and coast
    shapes = (
        shapely.points(lon, lat) if not size_deg else shapely.box(lon, lat, lon + size_deg, lat + size_deg)
    )
    boxes = shapely.box(*geo.grown(shapely.bounds(shapes), np.full(len(shapes), OFF_COAST_M)).T)
    land = shapely.union_all(basemap.land()[shapely.intersects(basemap.land(), shapely.box(21, 36, 25, 40))])
    assert (_near_land(shapes) == shapely.intersects(land, boxes)).all()


@pytest.mark.parametrize(
    ("south", "north"), [(-0.01, 0.01), (-60.005, -59.995), (59.995, 60.005), (89.99, 90.0)]
)
def test_neighbours_by_cells_hold_every_pair_within_reach(south, north):
    rng = np.random.default_rng(3)
    centre = np.column_stack([rng.uniform(-0.02, 0.02, 400), rng.uniform(south, north, 400)])
    rows = np.arange(400)
    a, b = np.meshgrid(rows, rows)
    apart = geo.distance_m(*centre[a.ravel()].T, *centre[b.ravel()].T)
    near = set(zip(a.ravel()[apart <= NEAR_M].tolist(), b.ravel()[apart <= NEAR_M].tolist(), strict=True))
    asking, found = _neighbours(centre, rows[:300], rows)
    pairs = list(zip(asking.tolist(), found.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert set(pairs) >= {pair for pair in near if pair[0] < 300}
    assert set(asking.tolist()) <= set(range(300))
