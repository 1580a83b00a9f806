"""Sides: rows of several layers as columns, some of them taken, joined, or with other values."""

from datetime import UTC, datetime

import numpy as np
import pytest
import shapely

from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, new_feature, new_workspace, table_of
from layers.sides import Selection, joined, side_of

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
SITE = spec_of(Kind.HUMANITARIAN_SITE)


@pytest.fixture
def workspace():
    """Two layers of sites, a0 to a3 and b0 to b2, and a layer of zones between them."""
    workspace = new_workspace("Test", Mode.TEST, NOW)
    for name, kind, count in (("a", SITE.kind, 4), ("z", Kind.MILITARY_ZONE, 1), ("b", SITE.kind, 3)):
        features = [
            new_feature(kind, shapely.Point(i, len(name)), feature_id=f"{name}{i}", name=f"{name}{i}")
            for i in range(count)
        ]
        workspace = workspace.with_layer(Layer(name, kind, name, table_of(spec_of(kind), features)))
    return workspace


SITES = Selection((SITE.kind,))


def test_columns_come_in_the_order_of_the_layers(workspace):
    side = side_of(workspace, SITES)
    assert side.ids.tolist() == ["a0", "a1", "a2", "a3", "b0", "b1", "b2"]
    assert side.layer_numbers.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert [side.layer_of(i).id for i in (3, 4)] == ["a", "b"]
    assert [side.feature(i).name for i in (0, 3, 4, 6)] == ["a0", "a3", "b0", "b2"]
    assert [side.subjects(np.array([5, 1]))[i].id for i in (1, 5)] == ["a1", "b1"]


@pytest.mark.parametrize("rows", [[], [3], [4], [0, 3, 4, 6], [5, 6]])
def test_taken_rows_are_those_rows_in_every_column(workspace, rows):
    side = side_of(workspace, SITES).with_columns(uncertainty_m=np.arange(7.0))
    _ = side.bounds
    some = side.take(np.array(rows, dtype=np.intp))
    assert some.ids.tolist() == side.ids[rows].tolist()
    assert some.uncertainty_m.tolist() == [float(row) for row in rows]
    assert some.bounds.tolist() == side.bounds[rows].tolist()
    assert [some.feature(i).id for i in range(len(some))] == some.ids.tolist()


def test_joined_sides_keep_their_own_columns(workspace):
    side = side_of(workspace, SITES)
    moved = side.take(np.array([1])).with_columns(geometry=np.array([shapely.Point(9, 9)], dtype=object))
    both = joined([side.take(np.array([5])), moved])
    assert both.ids.tolist() == ["b1", "a1"]
    assert [point.x for point in both.geometry] == [1.0, 9.0]
    assert both.bounds[:, 0].tolist() == [1.0, 9.0]


def test_it_is_known_again_after_an_edit_that_something_is_stated(workspace):
    layer = workspace.layer("a")
    assert side_of(workspace, SITES).is_exact and not side_of(workspace, SITES).states("verification")
    vague = layer.table.row(2, layer.kind).with_changes(uncertainty_m=50.0)
    vague = vague.with_changes(fields={**vague.fields, "verification": "reported"})
    edited = workspace.with_layer(Layer("a", layer.kind, "a", layer.table.with_features([vague])))
    side = side_of(edited, SITES)
    assert not side.is_exact and side.most_blur_m == 50.0 and side.states("verification")
    assert not side.states("no such field")
