"""The map view: looking around, identifying, selecting, and what is drawn."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication

from desktop.canvas.camera import world_camera
from desktop.canvas.drawn import DrawnLayer, Settings
from desktop.canvas.marks import FindingMarks
from desktop.canvas.palette import LIGHT, style_of
from desktop.canvas.placing import Placing
from desktop.canvas.projection import ProjectionName
from desktop.canvas.tools import ToolName
from desktop.canvas.view import MapView
from layers.kinds import spec_of
from layers.model import FeatureTable, Kind, Layer, Mode, new_feature, new_workspace

from .conftest import NOW, layer_of, site, zone

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


def at(view, lon, lat):
    return view.pixel_of(lon, lat).toPoint()


def wheel(view, position, notches):
    here = QPointF(position)
    event = QWheelEvent(
        here,
        view.mapToGlobal(here),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        NONE,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def drag(qtbot, view, start, end, button=LEFT, modifier=NONE):
    qtbot.mousePress(view, button, modifier, start)
    for share in (0.3, 0.7, 1.0):
        qtbot.mouseMove(view, start + (end - start) * share)
        # qtbot.mouseMove carries no buttons offscreen: send what a real mouse would.
        _move(view, start + (end - start) * share, button, modifier)
    qtbot.mouseRelease(view, button, modifier, end)


def _move(view, position, buttons, modifier=NONE):
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    here = QPointF(position)
    event = QMouseEvent(
        QEvent.Type.MouseMove, here, view.mapToGlobal(here), Qt.MouseButton.NoButton, buttons, modifier
    )
    QApplication.sendEvent(view, event)


def test_the_wheel_zooms_at_the_cursor(view):
    spot = QPoint(200, 450)
    before, scale = view.camera.lonlat_at(200, 450), view.scale_denominator
    wheel(view, spot, 2)
    assert view.camera.lonlat_at(200, 450) == pytest.approx(before, abs=1e-9)
    assert view.scale_denominator == pytest.approx(scale / 2, rel=0.01)


def test_dragging_moves_the_map_with_the_cursor(qtbot, view):
    start = QPoint(400, 300)
    place = view.camera.lonlat_at(400, 300)
    drag(qtbot, view, start, QPoint(460, 330))
    assert view.camera.lonlat_at(460, 330) == pytest.approx(place, abs=1e-6)


def test_the_middle_button_pans_in_any_tool(qtbot, view):
    view.set_tool(ToolName.POLYGON)
    place = view.camera.lonlat_at(400, 300)
    drag(qtbot, view, QPoint(400, 300), QPoint(350, 280), button=MIDDLE)
    assert view.camera.lonlat_at(350, 280) == pytest.approx(place, abs=1e-6)


def test_space_and_drag_pans_in_any_tool(qtbot, view):
    view.set_tool(ToolName.SELECT)
    place = view.camera.lonlat_at(400, 300)
    qtbot.keyPress(view, Qt.Key.Key_Space)
    with qtbot.assertNotEmitted(view.selection_requested):
        drag(qtbot, view, QPoint(400, 300), QPoint(420, 310))
    qtbot.keyRelease(view, Qt.Key.Key_Space)
    assert view.camera.lonlat_at(420, 310) == pytest.approx(place, abs=1e-6)


def test_the_keyboard_pans_zooms_and_shows_everything(qtbot, view):
    lon, lat = view.center
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.center[0] > lon
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.center[1] > lat
    scale = view.scale_denominator
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.scale_denominator == pytest.approx(scale / 2, rel=0.01)
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.scale_denominator == pytest.approx(scale, rel=0.01)
    qtbot.keyClick(view, Qt.Key.Key_Home)
    shown = view.camera.lonlat_at(0, 600), view.camera.lonlat_at(800, 0)
    assert shown[0][0] < 19.7 and shown[0][1] < 49.8
    assert shown[1][0] > 20.3 and shown[1][1] > 50.1


def test_a_click_lists_all_overlapping_features_nearest_first(qtbot, view):
    with qtbot.waitSignal(view.clicked) as heard:
        qtbot.mouseClick(view, LEFT, NONE, at(view, 20.0, 50.0))
    ids, lon, lat = heard.args
    assert ids == ["school", "small", "large"]
    assert (lon, lat) == pytest.approx((20.0, 50.0), abs=2e-3)


def test_a_click_inside_one_area_finds_it_alone(qtbot, view):
    with qtbot.waitSignal(view.clicked) as heard:
        qtbot.mouseClick(view, LEFT, NONE, at(view, 20.15, 50.07))
    assert heard.args[0] == ["large"]


def test_a_click_beside_a_line_finds_it_within_a_few_pixels(view):
    spot = at(view, 20.0, 49.8)
    assert view.features_at(spot + QPoint(0, 3)) == ["route"]
    assert view.features_at(spot + QPoint(0, 12)) == []


def test_a_click_on_open_ground_says_so(qtbot, view):
    with qtbot.waitSignal(view.clicked) as heard:
        qtbot.mouseClick(view, LEFT, NONE, at(view, 19.65, 50.15))
    assert heard.args[0] == []


def test_a_hole_is_not_hit(view, workspace):
    ring = shapely.Polygon(
        shapely.box(19.8, 49.9, 20.2, 50.1).exterior, [shapely.box(19.9, 49.95, 20.1, 50.05).exterior]
    )
    view.set_workspace(replace(workspace, layers=(layer_of(Kind.MILITARY_ZONE, [zone("ring", ring)]),)))
    assert view.features_at(at(view, 20.0, 50.0)) == []
    assert view.features_at(at(view, 19.85, 50.0)) == ["ring"]


def test_hidden_layers_are_neither_hit_nor_drawn(view, workspace):
    hidden = replace(workspace.layers[1], visible=False)
    spot = at(view, 20.18, 50.08)
    with_zone = view.grab().toImage().copy(spot.x() - 20, spot.y() - 20, 40, 40)
    view.set_workspace(workspace.with_layer(hidden))
    view.finish_drawing()
    assert view.features_at(spot) == []
    assert "large" not in view.features_at(at(view, 20.0, 50.0))
    without = view.grab().toImage().copy(spot.x() - 20, spot.y() - 20, 40, 40)
    assert with_zone != without


def test_shift_and_drag_selects_in_a_rectangle(qtbot, view):
    with qtbot.waitSignal(view.selection_requested) as heard:
        drag(qtbot, view, at(view, 19.97, 50.06), at(view, 20.12, 49.985), modifier=SHIFT)
    ids, additive = heard.args
    assert ids == {"school", "clinic", "small", "large"}
    assert additive is False


def test_the_select_tool_adds_with_control(qtbot, view):
    view.set_tool(ToolName.SELECT)
    with qtbot.waitSignal(view.selection_requested) as heard:
        drag(qtbot, view, at(view, 19.69, 49.83), at(view, 20.32, 49.77), modifier=CTRL)
    assert heard.args == [frozenset({"route"}), True]


def test_control_click_adds_the_nearest_feature(qtbot, view):
    with qtbot.waitSignal(view.selection_requested) as heard:
        qtbot.mouseClick(view, LEFT, CTRL, at(view, 20.1, 50.0))
    assert heard.args == [frozenset({"clinic"}), True]


def test_a_double_click_on_a_feature_opens_it_and_on_open_ground_zooms(qtbot, view):
    with qtbot.waitSignal(view.activated) as heard:
        qtbot.mouseDClick(view, LEFT, NONE, at(view, 20.1, 50.0))
    assert heard.args == ["clinic"]
    scale = view.scale_denominator
    qtbot.mouseDClick(view, LEFT, NONE, at(view, 19.65, 50.15))
    assert view.scale_denominator == pytest.approx(scale / 2, rel=0.01)


def test_clicking_a_finding_mark_names_the_finding(qtbot, view):
    view.set_finding_marks(
        FindingMarks.at([shapely.Point(19.7, 50.15), None], [3, 4], ["rule:a:b", "nowhere"])
    )
    view.finish_drawing()
    with qtbot.waitSignal(view.finding_clicked) as heard, qtbot.assertNotEmitted(view.clicked):
        qtbot.mouseClick(view, LEFT, NONE, at(view, 19.7, 50.15))
    assert heard.args == ["rule:a:b"]


def test_the_cursor_position_is_reported_in_degrees(qtbot, view):
    spot = at(view, 20.05, 50.02)
    with qtbot.waitSignal(view.cursor_moved) as heard:
        _move(view, spot, Qt.MouseButton.NoButton)
    assert heard.args == pytest.approx([20.05, 50.02], abs=2e-3)


def test_hostile_names_are_shown_as_they_are(qtbot, view):
    _move(view, at(view, 20.1, 50.0), Qt.MouseButton.NoButton)
    qtbot.waitUntil(lambda: bool(view._hover_lines()))
    assert view._hover_lines()[0] == "<b>Clinic</b><img src='file:///etc/passwd'>"
    assert view.toolTip() == ""  # Qt would read a tooltip as markup; the map paints its own
    view.grab()


def test_features_are_drawn_where_they_are(view):
    image = view.grab().toImage()
    spot = at(view, 20.1, 50.0)
    around = {image.pixelColor(spot.x() + dx, spot.y() - 7).name() for dx in range(-3, 4)}
    assert style_of(spec_of(Kind.HUMANITARIAN_SITE), False).stroke in around


def test_expired_features_are_grey(view):
    image = view.grab().toImage()
    spot = at(view, 19.9, 50.05)
    box = [
        image.pixelColor(spot.x() + dx, spot.y() + dy).name()
        for dx in range(-11, 12)
        for dy in range(-11, 12)
    ]
    assert LIGHT.expired in box
    assert style_of(spec_of(Kind.HUMANITARIAN_SITE), False).stroke not in box


def test_selection_shows_in_both_themes(view):
    for dark in (False, True):
        view.set_dark(dark)
        view.set_selection(())
        view.finish_drawing()
        before = view.grab().toImage()
        view.set_selection({"clinic"})
        view.finish_drawing()
        spot = at(view, 20.1, 50.0)
        ring = QColor(view.theme.selection).name()
        after = view.grab().toImage()
        assert ring in {after.pixelColor(spot.x() - 14 + dx, spot.y()).name() for dx in range(-3, 4)}
        assert before != after


def test_showing_the_same_workspace_again_makes_nothing_new(view, workspace):
    ready = list(view._picture.all_layers)
    view.set_workspace(replace(workspace, title="Renamed"))
    assert all(a is b for a, b in zip(view._picture.all_layers, ready, strict=True))
    renamed = replace(workspace.layers[0], name="Other", locked=True)
    view.set_workspace(workspace.with_layer(renamed))
    assert view._picture.all_layers[0] is ready[0]
    assert view._picture.all_layers[0].layer.name == "Other"


def test_zoom_to_features_shows_them(view):
    view.zoom_to_features(["school", "clinic", "unknown"])
    for lon in (20.0, 20.1):
        spot = at(view, lon, 50.0)
        assert 0 < spot.x() < 800
        assert 0 < spot.y() < 600
    assert at(view, 20.1, 50.0).x() - at(view, 20.0, 50.0).x() > 500


def test_going_to_a_place_centres_and_marks_it(view):
    before = view.grab().toImage()
    view.go_to(20.02, 50.01)
    assert view.center == pytest.approx((20.02, 50.01))
    assert view.scale_denominator < 60_000
    view.finish_drawing()
    marked = view.grab().toImage()
    view.clear_marker()
    assert view.grab().toImage() != marked != before


def test_the_local_projection_keeps_the_middle_and_the_scale(view):
    center, scale = view.center, view.scale_denominator
    view.set_projection(ProjectionName.LOCAL)
    assert view.projection is ProjectionName.LOCAL
    assert view.center == pytest.approx(center)
    assert view.scale_denominator == pytest.approx(scale, rel=0.01)
    view.finish_drawing()
    assert view.features_at(at(view, 20.0, 50.0)) == ["school", "small", "large"]
    view.set_projection("web_mercator")
    assert view.center == pytest.approx(center)


def test_a_theatre_across_the_antimeridian_is_seen_and_hit_on_both_sides(qtbot, view):
    sites = [site("west", 179.5, 10.0), site("east", -179.5, 10.0)]
    fresh = new_workspace("Pacific", Mode.TEST, NOW)
    view.set_workspace(replace(fresh, layers=(layer_of(Kind.HUMANITARIAN_SITE, sites),)))
    view.zoom_to_all()
    view.finish_drawing()
    stroke = style_of(spec_of(Kind.HUMANITARIAN_SITE), False).stroke
    image = view.grab().toImage()
    for lon, name in ((179.5, "west"), (-179.5, "east")):
        spot = at(view, lon, 10.0)
        assert 0 < spot.x() < 800
        assert view.features_at(spot) == [name]
        assert stroke in {image.pixelColor(spot.x() + dx, spot.y() - 7).name() for dx in range(-3, 4)}
    with qtbot.waitSignal(view.selection_requested) as heard:
        drag(qtbot, view, at(view, 179.2, 10.3), at(view, -179.2, 9.7), modifier=SHIFT)
    assert heard.args[0] == {"west", "east"}


def test_the_first_import_into_an_empty_workspace_is_brought_into_view(view, workspace):
    empty = replace(workspace, layers=())
    view.set_workspace(empty)
    view.zoom_to_all()
    view.set_workspace(workspace)
    assert 0 < at(view, 20.0, 50.0).x() < 800
    assert view.scale_denominator < 1_000_000


def test_home_leaves_far_features_out_first_and_shows_them_when_pressed_again(qtbot, view, workspace):
    near = [site(f"s{i}", 20 + i / 100, 50.0) for i in range(40)]
    far = site("zero", 0.0, 0.0)
    view.set_workspace(replace(workspace, layers=(layer_of(Kind.HUMANITARIAN_SITE, [*near, far]),)))
    with qtbot.waitSignal(view.message) as heard:
        qtbot.keyClick(view, Qt.Key.Key_Home)
    assert "far away" in heard.args[0]
    assert not view.rect().contains(at(view, 0.0, 0.0))
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.rect().contains(at(view, 0.0, 0.0))


def test_an_extent_still_fits_after_a_resize_until_the_user_looks_elsewhere(view):
    view.zoom_to_extent(19.6, 49.75, 20.4, 50.2)
    view.resize(400, 300)
    assert view.rect().contains(at(view, 19.61, 50.19))
    assert view.rect().contains(at(view, 20.39, 49.76))
    view.zoom_in()
    scale = view.scale_denominator
    view.resize(800, 600)
    assert view.scale_denominator == pytest.approx(scale)


def test_an_edit_does_not_move_the_map(view, workspace):
    view.zoom_to_extent(20.0, 50.0, 20.01, 50.01)
    camera = view.camera
    view.set_workspace(workspace.without_layer(workspace.layers[2].id))
    assert view.camera == camera


def test_highlighting_draws_the_place_and_can_be_taken_away(view):
    plain = view.grab().toImage()
    view.highlight(shapely.box(20.11, 50.06, 20.14, 50.08), ["large"], 4)
    view.finish_drawing()
    assert view.grab().toImage() != plain
    view.highlight(None)
    view.finish_drawing()
    assert view.grab().toImage() == plain


def test_pictures_are_drawn_in_slices_by_the_event_loop(qtbot, view):
    view.zoom_in()
    qtbot.waitUntil(
        lambda: (
            view._picture._over is not None
            and view._picture._over.camera.resolution == view.camera.resolution
        )
    )


def test_borders_stay_off_until_asked_for(view):
    from layers import basemap

    view.set_basemap(basemap.load())
    view.zoom_to_extent(5, 45, 20, 55)
    view.finish_drawing()
    without = view.grab().toImage()
    view.set_borders_visible(True)
    view.finish_drawing()
    assert view.grab().toImage() != without


@pytest.mark.parametrize("scale", ["theatre", "close"])
def test_fifty_thousand_features_give_a_picture(view, scale):
    rng = np.random.default_rng(3)
    n = 50_000
    lon, lat = rng.uniform(36, 41, n), rng.uniform(30, 34, n)
    centre = rng.uniform((36, 30), (41, 34), (5000, 2))
    zones = shapely.box(centre[:, 0], centre[:, 1], centre[:, 0] + 0.02, centre[:, 1] + 0.015)
    layers = (
        Layer("p", Kind.HUMANITARIAN_SITE, "p", big_table(Kind.HUMANITARIAN_SITE, shapely.points(lon, lat))),
        Layer("z", Kind.MILITARY_ZONE, "z", big_table(Kind.MILITARY_ZONE, zones)),
    )
    view.set_workspace(replace(new_workspace("Big", Mode.TEST, NOW), layers=layers))
    if scale == "close":
        view.zoom_to_extent(38.5, 32, 38.6, 32.06)
    view.finish_drawing()
    image = view.grab().toImage()
    row = [image.pixelColor(x, y).name() for x in range(0, 800, 3) for y in range(100, 500, 7)]
    assert style_of(spec_of(Kind.HUMANITARIAN_SITE), False).stroke in row


def big_table(kind, geometry):
    n, spec = len(geometry), spec_of(kind)
    empty, never = np.full(n, "", dtype=object), np.full(n, np.datetime64("NaT", "us"))
    return FeatureTable(
        id=np.array([f"{kind.value}{i}" for i in range(n)], dtype=object),
        source_id=empty,
        geometry=geometry,
        name=np.array([f"Name {i}" for i in range(n)], dtype=object),
        category=empty,
        label=empty,
        valid_from=never,
        valid_to=never,
        uncertainty_m=np.zeros(n),
        source=empty,
        source_row=np.zeros(n, dtype=np.int64),
        fields={field.name: field.column([None] * n) for field in spec.fields},
    )


def test_lines_and_areas_that_are_only_for_orientation_carry_no_symbol(qtbot, workspace):
    street = shapely.LineString([(19.7, 49.9), (20.3, 49.9)])
    for kind, symbols in ((Kind.MOVEMENT, 1), (Kind.REFERENCE, 0)):
        view = MapView(clock=lambda: NOW)
        qtbot.addWidget(view)
        view.resize(800, 600)
        view.zoom_to_extent(19.6, 49.75, 20.4, 50.2)
        layer = layer_of(kind, [new_feature(kind, street, feature_id="street", name="Street")])
        placing = Placing(DrawnLayer(layer, view.camera.projection), view.camera, Settings(NOW))
        assert len(placing.placed.row) == 1
        assert len(placing.symbolled) == symbols


def test_the_search_for_points_beside_a_pixel_agrees_with_a_plain_comparison_of_cells():
    rng = np.random.default_rng(5)
    sites = [site(f"s{n}", 20 + lon, 50 + lat) for n, (lon, lat) in enumerate(rng.random((300, 2)))]
    camera = world_camera(800, 600).moved(20.5, 50.5, 200.0)
    drawn = DrawnLayer(layer_of(Kind.HUMANITARIAN_SITE, sites), camera.projection)
    placing = Placing(drawn, camera, Settings(NOW))
    x, y = rng.random(500) * 800, rng.random(500) * 600
    px, py = camera.to_screen(drawn.shapes.point_x, drawn.shapes.point_y)
    cell = placing.marker_size()
    beside_x = np.abs(np.floor(x / cell)[:, None] - np.floor(px / cell)) <= 1
    beside_y = np.abs(np.floor(y / cell)[:, None] - np.floor(py / cell)) <= 1
    expected = (beside_x & beside_y).any(axis=1)
    assert 0 < expected.sum() < len(x)
    assert (placing.has_point_near(x, y) == expected).all()


# --- made ready elsewhere -----------------------------------------------------------------------


def more_sites(workspace):
    far = layer_of(Kind.HUMANITARIAN_SITE, [site("far", 24.0, 52.0)], id="more")
    return workspace.with_layer(far)


def refuse(*_):
    pytest.fail("this was made ready before")


def test_what_was_made_ready_is_shown_without_being_made_again(view, workspace, monkeypatch):
    after = more_sites(workspace)
    view.prepare(after)
    for name in ("desktop.canvas.picture.DrawnLayer", "layers.places.main_extent"):
        monkeypatch.setattr(name, refuse)
    view.set_workspace(after)
    view.zoom_to_all()
    assert view.features_at(at(view, 24.0, 52.0)) == ["far"]


def test_what_was_made_ready_for_another_projection_is_made_again(view, workspace):
    after = more_sites(workspace)
    view.prepare(after)
    view.set_projection(ProjectionName.LOCAL)
    view.set_workspace(after)
    view.zoom_to_all()
    assert view.features_at(at(view, 24.0, 52.0)) == ["far"]


def test_what_was_made_ready_in_vain_is_not_shown(view, workspace):
    view.prepare(more_sites(workspace))
    view.set_workspace(replace(workspace, layers=workspace.layers[1:]))
    assert view.features_at(at(view, 24.0, 52.0)) == []
    view.zoom_to_all()
    assert view.camera.lonlat_at(400, 300)[0] < 21
