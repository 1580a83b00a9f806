"""How far a route runs along a road, where both have many vertices."""

import numpy as np
import pytest
import shapely

from layers.rules import movement_on_closed_road as rule


def test_long_routes_are_measured_the_same_with_an_index(monkeypatch):
    along = np.linspace(0, 0.2, 400)
    road = np.column_stack([24 + along, 42 + 0.01 * np.sin(100 * along)])
    there = road + np.random.default_rng(0).normal(0, 2e-5, road.shape)
    routes = np.array([shapely.LineString(there), shapely.MultiLineString([there[:150], there[200:]])])
    roads = np.array([shapely.LineString(road)] * 2)
    plain = rule.along_m(routes, roads, np.full(2, 25.0))
    monkeypatch.setattr(rule, "_LARGE", 0)
    indexed = rule.along_m(routes, roads, np.full(2, 25.0))
    assert plain[0][0] > 15_000 and plain[0][1] < 0.95 * plain[0][0]
    for one, other in zip(plain, indexed, strict=True):
        assert one == pytest.approx(other, rel=1e-3)
