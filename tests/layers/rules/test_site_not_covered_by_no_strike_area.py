"""The short cut for sites deep inside an area says no more than the exact way."""

import numpy as np
import shapely

from layers import geo
from layers.rules.site_not_covered_by_no_strike_area import _far_inside


def test_what_is_far_inside_is_covered_with_its_uncertainty():
    rng = np.random.default_rng(4)
    marked = 0
    for lat in (0.0, 48.0, -71.0):
        area = shapely.Polygon(
            shapely.Point(24, lat).buffer(0.1, quad_segs=4).exterior,
            [shapely.box(24.0, lat, 24.02, lat + 0.02).exterior],
        )
        points = shapely.points(rng.uniform([23.9, lat - 0.1], [24.1, lat + 0.1], (60, 2)))
        points = points[shapely.covers(area, points)]
        reach = rng.uniform(100, 4_000, len(points))
        far = _far_inside(points, np.full(len(points), area), reach)
        for point, metres in zip(points[far], reach[far], strict=True):
            assert area.covers(geo.buffer(point, metres))
        marked += int(far.sum())
    assert marked > 20
