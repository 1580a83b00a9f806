"""Workspaces and a map view for the tests of the canvas; nothing here needs a display."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import shapely

from desktop.canvas.view import MapView
from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, new_feature, new_workspace, table_of
from layers.volume import Window

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def layer_of(kind, features, **changes):
    layer = Layer(kind.value, kind, f"{kind.value} layer", table_of(spec_of(kind), features))
    return replace(layer, **changes)


def site(feature_id, lon, lat, **more):
    more.setdefault("category", "school")
    return new_feature(Kind.HUMANITARIAN_SITE, shapely.Point(lon, lat), feature_id=feature_id, **more)


def zone(feature_id, geometry, **more):
    return new_feature(Kind.MILITARY_ZONE, geometry, feature_id=feature_id, category="operation", **more)


@pytest.fixture
def workspace():
    """Three sites (one expired), two zones inside one another, a line; all around 20 E, 50 N."""
    past = Window(None, NOW - timedelta(days=1))
    sites = [
        site("school", 20.0, 50.0, name="School"),
        site("clinic", 20.1, 50.0, name="<b>Clinic</b><img src='file:///etc/passwd'>"),
        site("closed", 19.9, 50.05, name="مدرسة", window=past, uncertainty_m=1000.0),
    ]
    zones = [
        zone("large", shapely.box(19.8, 49.9, 20.2, 50.1), name="Large"),
        zone("small", shapely.box(19.95, 49.95, 20.05, 50.04), name="Small"),
    ]
    line = shapely.LineString([(19.7, 49.8), (20.3, 49.8)])
    route = new_feature(Kind.MOVEMENT, line, feature_id="route", name="Convoy")
    return replace(
        new_workspace("Test", Mode.TEST, NOW),
        layers=(
            layer_of(Kind.HUMANITARIAN_SITE, sites),
            layer_of(Kind.MILITARY_ZONE, zones),
            layer_of(Kind.MOVEMENT, [route]),
        ),
    )


@pytest.fixture
def view(qtbot, workspace):
    map_view = MapView(clock=lambda: NOW)
    qtbot.addWidget(map_view)
    map_view.resize(800, 600)
    map_view.show()
    map_view.set_workspace(workspace)
    map_view.zoom_to_extent(19.6, 49.75, 20.4, 50.2)
    map_view.finish_drawing()
    return map_view
