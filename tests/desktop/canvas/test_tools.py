"""Drawing and editing tools, driven by mouse and keyboard as a user would."""

from dataclasses import replace

import numpy as np
import pyproj
import pytest
import shapely
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from desktop.canvas.drawing_tools import in_range
from desktop.canvas.editing_tools import moved_to
from desktop.canvas.tools import ToolName
from layers.model import Kind, new_feature

from .conftest import layer_of

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE = Qt.KeyboardModifier.NoModifier
GEOD = pyproj.Geod(ellps="WGS84")


def at(view, lon, lat):
    return view.pixel_of(lon, lat).toPoint()


def click(qtbot, view, lon, lat):
    qtbot.mouseClick(view, LEFT, NONE, at(view, lon, lat))


def hover(view, position, buttons=Qt.MouseButton.NoButton):
    here = QPointF(position)
    event = QMouseEvent(
        QEvent.Type.MouseMove, here, view.mapToGlobal(here), Qt.MouseButton.NoButton, buttons, NONE
    )
    QApplication.sendEvent(view, event)


def drag(qtbot, view, start, end):
    qtbot.mousePress(view, LEFT, NONE, start)
    for share in (0.5, 1.0):
        hover(view, start + (end - start) * share, LEFT)
    qtbot.mouseRelease(view, LEFT, NONE, end)


def pixel(view):
    """Half a pixel and rounding, in degrees."""
    return 2 * view.camera.resolution / 111_320


def test_every_tool_can_be_chosen_and_is_announced(qtbot, view):
    for name in ToolName:
        if name is view.tool:
            continue
        with qtbot.waitSignal(view.tool_changed) as heard, qtbot.waitSignal(view.message) as hint:
            view.set_tool(name)
        assert heard.args == [name]
        assert hint.args[0].endswith(".")
        assert view.tool is name


def test_a_point_is_drawn_where_it_is_clicked(qtbot, view):
    view.set_tool(ToolName.POINT)
    with qtbot.waitSignal(view.drawn) as heard:
        click(qtbot, view, 20.25, 50.12)
    assert heard.args[0].geom_type == "Point"
    assert (heard.args[0].x, heard.args[0].y) == pytest.approx((20.25, 50.12), abs=pixel(view))


def test_a_line_is_finished_by_enter(qtbot, view):
    view.set_tool(ToolName.LINE)
    for lon, lat in ((19.7, 49.85), (20.0, 49.9), (20.3, 49.85)):
        click(qtbot, view, lon, lat)
    with qtbot.waitSignal(view.drawn) as heard:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    expected = [(19.7, 49.85), (20.0, 49.9), (20.3, 49.85)]
    assert np.allclose(shapely.get_coordinates(heard.args[0]), expected, atol=pixel(view))


def test_a_polygon_is_finished_by_a_double_click(qtbot, view):
    view.set_tool(ToolName.POLYGON)
    click(qtbot, view, 19.8, 49.9)
    click(qtbot, view, 20.2, 49.9)
    last = at(view, 20.2, 50.1)
    with qtbot.waitSignal(view.drawn) as heard:
        # What Qt sends for a real double click: press, release, double click, release.
        qtbot.mouseClick(view, LEFT, NONE, last)
        qtbot.mouseDClick(view, LEFT, NONE, last)
        qtbot.mouseRelease(view, LEFT, NONE, last)
    expected = shapely.Polygon([(19.8, 49.9), (20.2, 49.9), (20.2, 50.1)])
    assert shapely.hausdorff_distance(heard.args[0], expected) < 2 * pixel(view)
    with qtbot.assertNotEmitted(view.drawn):
        qtbot.keyClick(view, Qt.Key.Key_Return)


def test_a_circle_is_drawn_although_the_end_of_a_double_click_went_to_the_form_it_opened(qtbot, view):
    view.set_tool(ToolName.POLYGON)
    click(qtbot, view, 19.8, 49.9)
    click(qtbot, view, 20.2, 49.9)
    last = at(view, 20.2, 50.1)
    with qtbot.waitSignal(view.drawn):
        qtbot.mouseClick(view, LEFT, NONE, last)
        qtbot.mouseDClick(view, LEFT, NONE, last)  # its release goes to the modal form, not to the map
    view.set_tool(ToolName.CIRCLE)
    with qtbot.waitSignal(view.drawn):
        drag(qtbot, view, at(view, 20.0, 50.0), at(view, 20.1, 50.0))


def test_backspace_takes_the_last_corner_back(qtbot, view):
    view.set_tool(ToolName.LINE)
    for lon, lat in ((19.7, 49.85), (20.0, 49.9), (20.3, 50.1)):
        click(qtbot, view, lon, lat)
    qtbot.keyClick(view, Qt.Key.Key_Backspace)
    with qtbot.waitSignal(view.drawn) as heard:
        qtbot.keyClick(view, Qt.Key.Key_Enter)
    assert shapely.get_num_coordinates(heard.args[0]) == 2


def test_escape_drops_the_drawing(qtbot, view):
    view.set_tool(ToolName.POLYGON)
    for lon, lat in ((19.8, 49.9), (20.2, 49.9), (20.2, 50.1)):
        click(qtbot, view, lon, lat)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    with qtbot.assertNotEmitted(view.drawn):
        qtbot.keyClick(view, Qt.Key.Key_Return)


def test_an_outline_that_crosses_itself_is_refused_with_a_reason(qtbot, view):
    view.set_tool(ToolName.POLYGON)
    for lon, lat in ((19.8, 49.9), (20.2, 50.1), (20.2, 49.9), (19.8, 50.1)):
        click(qtbot, view, lon, lat)
    with qtbot.assertNotEmitted(view.drawn), qtbot.waitSignal(view.message) as heard:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert "crosses itself" in heard.args[0]


def test_too_few_corners_are_refused_with_a_reason(qtbot, view):
    view.set_tool(ToolName.POLYGON)
    click(qtbot, view, 19.8, 49.9)
    click(qtbot, view, 20.2, 50.1)
    with qtbot.assertNotEmitted(view.drawn), qtbot.waitSignal(view.message) as heard:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert "3" in heard.args[0]


def test_a_circle_is_round_on_the_ground(qtbot, view):
    view.set_tool(ToolName.CIRCLE)
    centre, rim = at(view, 20.0, 50.0), at(view, 20.1, 50.0)
    lon0, lat0 = view.camera.lonlat_at(centre.x(), centre.y())
    radius_m = GEOD.inv(lon0, lat0, *view.camera.lonlat_at(rim.x(), rim.y()))[2]
    with qtbot.waitSignal(view.drawn) as heard:
        drag(qtbot, view, centre, rim)
    c = shapely.get_coordinates(heard.args[0])
    distance = GEOD.inv(np.full(len(c), lon0), np.full(len(c), lat0), c[:, 0], c[:, 1])[2]
    assert np.asarray(distance) == pytest.approx(radius_m, rel=2e-3)


def test_the_circle_says_its_radius_while_it_is_drawn(qtbot, view):
    view.set_tool(ToolName.CIRCLE)
    qtbot.mousePress(view, LEFT, NONE, at(view, 20.0, 50.0))
    hover(view, at(view, 20.1, 50.0), LEFT)
    lines = view._tool.read_out()
    assert lines[0].startswith("Radius 7.1")
    view.grab()
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view._tool.read_out() == []


def test_line_and_area_are_measured_while_they_are_drawn(qtbot, view):
    view.set_tool(ToolName.POLYGON)
    click(qtbot, view, 20.0, 50.0)
    click(qtbot, view, 20.1, 50.0)
    hover(view, at(view, 20.1, 50.05))
    area = abs(GEOD.polygon_area_perimeter([20.0, 20.1, 20.1], [50.0, 50.0, 50.05])[0]) / 1e6
    shown = float(view._tool.read_out()[0].removeprefix("Area ").removesuffix(" km²"))
    assert shown == pytest.approx(area, rel=0.03)
    view.grab()


def test_drawing_across_the_antimeridian_gives_two_parts_in_range(qtbot, view):
    view.zoom_to_extent(179, -1, -179, 1)
    view.set_tool(ToolName.POLYGON)
    for lon, lat in ((179.5, -0.5), (-179.5, -0.5), (-179.5, 0.5), (179.5, 0.5)):
        click(qtbot, view, lon, lat)
    with qtbot.waitSignal(view.drawn) as heard:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    drawn = heard.args[0]
    assert drawn.geom_type == "MultiPolygon"
    assert drawn.bounds[0] == pytest.approx(-180)
    assert drawn.bounds[2] == pytest.approx(180)
    assert drawn.area == pytest.approx(1.0, rel=0.02)


def test_geometries_one_world_away_are_brought_back():
    assert in_range(shapely.Point(190.0, 5.0)).x == pytest.approx(-170.0)
    assert in_range(shapely.box(-200, 0, -199, 1)).bounds == pytest.approx((160, 0, 161, 1))


def test_moving_keeps_size_on_the_ground():
    square = shapely.box(20.0, 10.0, 20.1, 10.1)
    moved = moved_to(square, (20.05, 10.05), (21.05, 60.05))
    before, _ = GEOD.geometry_area_perimeter(square)
    after, _ = GEOD.geometry_area_perimeter(moved)
    assert after == pytest.approx(before, rel=0.02)


def test_a_dragged_feature_is_reported_at_its_new_place(qtbot, view):
    view.set_tool(ToolName.MOVE)
    with qtbot.waitSignal(view.reshaped) as heard:
        drag(qtbot, view, at(view, 20.1, 50.0), at(view, 20.25, 50.12))
    feature_id, geometry = heard.args
    assert feature_id == "clinic"
    assert (geometry.x, geometry.y) == pytest.approx((20.25, 50.12), abs=2 * pixel(view))


def test_a_selected_feature_is_moved_before_the_one_above_it(qtbot, view):
    view.set_selection({"large"})
    view.set_tool(ToolName.MOVE)
    with qtbot.waitSignal(view.reshaped) as heard:
        drag(qtbot, view, at(view, 20.0, 50.0), at(view, 20.05, 50.0))
    assert heard.args[0] == "large"


def test_what_lies_around_all_that_is_seen_is_not_moved_even_when_selected(qtbot, view, workspace):
    theatre = new_feature(Kind.AREA_OF_OPERATIONS, shapely.box(15, 45, 25, 55), name="Theatre")
    view.set_workspace(workspace.with_layer(layer_of(Kind.AREA_OF_OPERATIONS, [theatre])))
    view.set_selection({theatre.id})  # a click on open ground selects it
    view.set_tool(ToolName.MOVE)
    with qtbot.waitSignal(view.reshaped) as heard:
        drag(qtbot, view, at(view, 20.1, 50.0), at(view, 20.25, 50.12))
    assert heard.args[0] == "clinic"
    said = []
    view.message.connect(said.append)
    with qtbot.assertNotEmitted(view.reshaped):
        drag(qtbot, view, at(view, 20.4, 50.25), at(view, 20.3, 50.2))
    assert any("Theatre reaches beyond the map" in text for text in said)


def test_a_zone_that_fills_all_that_is_seen_is_moved(qtbot, view, workspace):
    theatre = new_feature(Kind.MILITARY_ZONE, shapely.box(15, 45, 25, 55), name="Theatre")
    view.set_workspace(workspace.with_layer(layer_of(Kind.MILITARY_ZONE, [theatre])))
    view.set_tool(ToolName.MOVE)
    with qtbot.waitSignal(view.reshaped) as heard:
        drag(qtbot, view, at(view, 20.4, 50.25), at(view, 20.3, 50.2))
    assert heard.args[0] == theatre.id


def test_escape_leaves_a_dragged_feature_where_it_was(qtbot, view):
    view.set_tool(ToolName.MOVE)
    with qtbot.assertNotEmitted(view.reshaped):
        qtbot.mousePress(view, LEFT, NONE, at(view, 20.1, 50.0))
        hover(view, at(view, 20.2, 50.1), LEFT)
        view.grab()
        qtbot.keyClick(view, Qt.Key.Key_Escape)
        qtbot.mouseRelease(view, LEFT, NONE, at(view, 20.2, 50.1))


def test_features_of_a_locked_layer_cannot_be_moved_or_reshaped(qtbot, view, workspace):
    view.set_workspace(workspace.with_layer(replace(workspace.layers[1], locked=True)))
    view.set_selection({"large"})
    view.set_tool(ToolName.MOVE)
    said = []
    view.message.connect(said.append)
    with qtbot.assertNotEmitted(view.reshaped):
        drag(qtbot, view, at(view, 20.15, 50.08), at(view, 20.25, 50.12))
        view.set_tool(ToolName.RESHAPE)
        drag(qtbot, view, at(view, 20.2, 50.1), at(view, 20.25, 50.12))
    assert any("is locked" in text for text in said)


@pytest.fixture
def reshaping(view):
    view.set_selection({"large"})
    view.set_tool(ToolName.RESHAPE)
    return view


def test_a_vertex_is_dragged(qtbot, reshaping):
    with qtbot.waitSignal(reshaping.reshaped) as heard:
        drag(qtbot, reshaping, at(reshaping, 20.2, 50.1), at(reshaping, 20.3, 50.15))
    feature_id, geometry = heard.args
    expected = shapely.Polygon([(19.8, 49.9), (20.2, 49.9), (20.3, 50.15), (19.8, 50.1)])
    assert feature_id == "large"
    assert shapely.hausdorff_distance(geometry, expected) < 2 * pixel(reshaping)


def test_the_first_vertex_of_a_ring_stays_closed_when_dragged(qtbot, reshaping, workspace):
    first = shapely.get_coordinates(workspace.find("large")[0].table.geometry[0])[0]
    with qtbot.waitSignal(reshaping.reshaped) as heard:
        drag(qtbot, reshaping, at(reshaping, *first), at(reshaping, first[0] + 0.05, first[1] - 0.02))
    c = shapely.get_coordinates(heard.args[1])
    assert len(c) == 5
    assert np.array_equal(c[0], c[-1])
    assert c[0] == pytest.approx([first[0] + 0.05, first[1] - 0.02], abs=2 * pixel(reshaping))


def test_the_middle_of_an_edge_becomes_a_vertex(qtbot, reshaping):
    mercator_middle = reshaping.camera.projection.forward(19.8, [49.9, 50.1])[1].mean()
    lat = float(reshaping.camera.projection.inverse(0, mercator_middle)[1])
    with qtbot.waitSignal(reshaping.reshaped) as heard:
        drag(qtbot, reshaping, at(reshaping, 19.8, lat), at(reshaping, 19.7, lat))
    assert shapely.get_num_coordinates(heard.args[1]) == 6
    assert heard.args[1].bounds[0] == pytest.approx(19.7, abs=2 * pixel(reshaping))


def test_delete_and_right_click_remove_a_vertex_but_never_the_last_three(qtbot, reshaping, workspace):
    hover(reshaping, at(reshaping, 20.2, 50.1))
    with qtbot.waitSignal(reshaping.reshaped) as heard:
        qtbot.keyClick(reshaping, Qt.Key.Key_Delete)
    triangle = heard.args[1]
    assert shapely.get_num_coordinates(triangle) == 4
    table = workspace.layers[1].table
    feature = table.row(0, Kind.MILITARY_ZONE).with_changes(geometry=triangle)
    reshaping.set_workspace(
        workspace.with_layer(replace(workspace.layers[1], table=table.with_features([feature])))
    )
    with qtbot.assertNotEmitted(reshaping.reshaped), qtbot.waitSignal(reshaping.message):
        qtbot.mouseClick(reshaping, RIGHT, NONE, at(reshaping, 19.8, 49.9))


def test_the_first_vertex_can_be_removed(qtbot, reshaping, workspace):
    first = shapely.get_coordinates(workspace.find("large")[0].table.geometry[0])[0]
    with qtbot.waitSignal(reshaping.reshaped) as heard:
        qtbot.mouseClick(reshaping, RIGHT, NONE, at(reshaping, *first))
    geometry = heard.args[1]
    assert geometry.is_valid
    assert shapely.get_num_coordinates(geometry) == 4
    assert not (np.abs(shapely.get_coordinates(geometry) - first) < 1e-9).all(axis=1).any()


def test_a_change_that_crosses_itself_springs_back(qtbot, reshaping):
    with qtbot.assertNotEmitted(reshaping.reshaped), qtbot.waitSignal(reshaping.message) as heard:
        drag(qtbot, reshaping, at(reshaping, 20.2, 50.1), at(reshaping, 20.0, 49.8))
    assert "not kept" in heard.args[0]
    assert reshaping._tool._shape.is_valid


def test_parts_and_holes_survive_a_new_vertex(qtbot, view, workspace):
    ring = shapely.Polygon(
        shapely.box(19.8, 49.9, 20.2, 50.1).exterior, [shapely.box(19.9, 49.95, 20.1, 50.05).exterior]
    )
    many = shapely.MultiPolygon([ring, shapely.box(20.25, 49.9, 20.35, 50.0)])
    feature = new_feature(Kind.MILITARY_ZONE, many, feature_id="many", category="operation")
    view.set_workspace(replace(workspace, layers=(layer_of(Kind.MILITARY_ZONE, [feature]),)))
    view.set_selection({"many"})
    view.set_tool(ToolName.RESHAPE)
    with qtbot.waitSignal(view.reshaped) as heard:
        drag(qtbot, view, at(view, 20.0, 50.05), at(view, 20.0, 50.07))
    changed = heard.args[1]
    assert changed.geom_type == "MultiPolygon"
    assert [len(part.interiors) for part in changed.geoms] == [1, 0]
    assert shapely.get_num_coordinates(changed) == shapely.get_num_coordinates(many) + 1
    assert changed.geoms[1].equals(many.geoms[1])


def test_a_line_loses_points_down_to_two(qtbot, view):
    view.set_selection({"route"})
    view.set_tool(ToolName.RESHAPE)
    with qtbot.assertNotEmitted(view.reshaped), qtbot.waitSignal(view.message):
        qtbot.mouseClick(view, RIGHT, NONE, at(view, 19.7, 49.8))


def test_a_click_on_another_feature_while_reshaping_names_it(qtbot, reshaping):
    with qtbot.waitSignal(reshaping.clicked) as heard:
        qtbot.mouseClick(reshaping, LEFT, NONE, at(reshaping, 20.1, 50.0) + QPoint(1, 0))
    assert heard.args[0][0] == "clinic"
