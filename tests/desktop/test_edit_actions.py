"""What is worked out about shapes before they are shown or changed."""

import numpy as np
import shapely

from desktop.edit_actions import what_differs


def test_of_a_way_around_only_the_part_that_differs_is_gone_to():
    route = shapely.LineString(np.column_stack([np.linspace(20, 22, 201), np.full(201, 45.0)]))
    corners = shapely.get_coordinates(route)
    corners[100, 1] += 0.01
    around = shapely.LineString(corners)
    west, _, east, _ = what_differs(route, around).bounds
    assert 20.98 < west < 21.0 < east < 21.02
    assert what_differs(route, route) is route  # another time alone: all of it
    assert what_differs(None, route) is route
    crossed = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    assert what_differs(crossed, route) is route
