"""Map pictures as files, and the preview map."""

import re
from dataclasses import replace

import numpy as np
import pytest
import shapely
from PySide6.QtGui import QColor, QImage

from desktop.canvas.furniture import bar_text, round_length_m
from desktop.canvas.graticule import angle_text, step_deg
from desktop.canvas.palette import LIGHT, severity_colour
from desktop.canvas.render import MARKING_COLOUR, check_lines, render_map
from desktop.canvas.small_map import SmallMap
from layers import decisions
from layers.checks import check
from layers.errors import LayersError
from layers.findings import Finding, Severity, Verdict
from layers.kinds import spec_of
from layers.model import Kind
from layers.volume import Window
from tests.desktop.window_builders import file_left_out

from .conftest import NOW


def finding(where):
    return Finding(
        "k", "rule", Severity.CRITICAL, Verdict.CONFLICT, (), None, None, None, None, Window(), where, "", ""
    )


def colours_of(image, box):
    left, top, right, bottom = box
    return {image.pixelColor(x, y).name() for x in range(left, right) for y in range(top, bottom)}


def test_a_png_carries_the_marking_at_top_and_bottom(qapp, tmp_path, workspace):
    path = tmp_path / "map.png"
    render_map(workspace, path, 800, 600, now=NOW)
    image = QImage(str(path))
    assert (image.width(), image.height()) == (800, 600)
    for y in (3, 596):
        assert image.pixelColor(20, y).name() == MARKING_COLOUR[workspace.mode]


def test_findings_are_marked_in_the_colour_of_their_severity(qapp, tmp_path, workspace):
    plain, marked = tmp_path / "plain.png", tmp_path / "marked.png"
    box = (19.6, 49.75, 20.4, 50.2)
    render_map(workspace, plain, 800, 600, box, findings=[], now=NOW)
    render_map(workspace, marked, 800, 600, box, findings=[finding(shapely.Point(19.65, 50.15))], now=NOW)
    wanted = severity_colour(Severity.CRITICAL)
    assert wanted in colours_of(QImage(str(marked)), (10, 60, 300, 300))
    assert wanted not in colours_of(QImage(str(plain)), (10, 60, 300, 300))


def test_a_map_without_marks_says_whether_anything_was_checked(workspace):
    assert check_lines(workspace) == ("", "Not checked yet")
    checked, _ = decisions.absorb(workspace, check(workspace, now=NOW))
    compared, found = check_lines(checked)
    assert "rules: " in compared and "Checked " in compared  # before any count
    assert found.startswith(f"{len(checked.findings)} findings; the check was not complete")
    moved = replace(checked, layers=workspace.layers[:1])
    assert check_lines(moved)[1] == "Changed since the last check"


def test_a_map_says_that_rules_had_nothing_but_what_was_left_out_on_import(workspace):
    checked, _ = decisions.absorb(workspace, check(workspace, now=NOW))
    left_out = replace(checked, sources=(file_left_out(Kind.HAZARD, 2),))
    one, more = (int(re.findall(r"(\d+) blocked", check_lines(w)[0])[0]) for w in (checked, left_out))
    assert one < more


def test_a_pdf_is_vector_with_embedded_fonts_and_not_pdf_a(qapp, tmp_path, workspace):
    path = tmp_path / "map.pdf"
    render_map(workspace, path, 1000, 700, dark=True, now=NOW)
    data = path.read_bytes()
    assert data.startswith(b"%PDF-1.")
    assert b"/FontFile" in data
    assert b"pdfaid:part" not in data
    assert b"/MediaBox [0 0 750" in data.replace(b".000000", b"")


def test_hidden_layers_are_not_in_the_legend_or_on_the_map(qapp, tmp_path, workspace):
    from dataclasses import replace

    hidden = replace(workspace, layers=tuple(replace(layer, visible=False) for layer in workspace.layers))
    path = tmp_path / "map.png"
    render_map(hidden, path, 600, 500, (19.6, 49.75, 20.4, 50.2), now=NOW)
    shown = colours_of(QImage(str(path)), (100, 110, 580, 400))
    assert spec_of(Kind.HUMANITARIAN_SITE).stroke not in shown
    assert LIGHT.land in shown


@pytest.mark.parametrize(("name", "width"), [("map.gif", 800), ("map.png", 5), ("no/such/folder.png", 800)])
def test_what_cannot_be_written_is_said_clearly(qapp, tmp_path, workspace, name, width):
    with pytest.raises(LayersError) as caught:
        render_map(workspace, tmp_path / name, width, 600, now=NOW)
    assert caught.value.hint


def test_a_disk_that_fills_up_leaves_the_older_picture_and_no_half_a_one(
    qapp, tmp_path, workspace, monkeypatch
):
    def fail(_product, path):
        path.write_bytes(b"%PDF-")
        return False

    monkeypatch.setattr("desktop.canvas.render._write_pdf", fail)
    older = tmp_path / "map.pdf"
    older.write_bytes(b"older")
    with pytest.raises(LayersError, match="could not be written"):
        render_map(workspace, older, 400, 300, now=NOW)
    assert [(item.name, item.read_bytes()) for item in tmp_path.iterdir()] == [("map.pdf", b"older")]


def test_an_empty_workspace_gives_a_map_of_the_world(qapp, tmp_path, workspace):
    from dataclasses import replace

    path = tmp_path / "map.png"
    render_map(replace(workspace, layers=()), path, 600, 400, now=NOW)
    assert not QImage(str(path)).isNull()


def test_the_preview_map_shows_geometries_in_the_wanted_colour(qtbot):
    preview = SmallMap()
    qtbot.addWidget(preview)
    preview.resize(300, 200)
    preview.show()
    items = np.array(
        [shapely.box(20, 50, 21, 51), None, shapely.Point(), shapely.Point(20.5, 50.5)], dtype=object
    )
    preview.set_geometries(items, "#aa0055")
    preview.finish_drawing()
    assert QColor("#aa0055").name() in colours_of(preview.grab().toImage(), (100, 60, 200, 140))
    preview.set_geometries(items[:1], spec_of(Kind.NO_STRIKE_AREA))
    preview.finish_drawing()
    shown = colours_of(preview.grab().toImage(), (0, 0, 300, 170))
    assert spec_of(Kind.NO_STRIKE_AREA).stroke in shown
    preview.set_geometries([])
    preview.finish_drawing()
    assert "#aa0055" not in colours_of(preview.grab().toImage(), (0, 0, 300, 170))


@pytest.mark.parametrize(
    ("longest", "bar", "text"),
    [(1999, 1000, "1 km"), (730, 500, "500 m"), (0.7, 0.5, "50 cm"), (20_000, 20_000, "20 km")],
)
def test_scale_bars_have_round_lengths(longest, bar, text):
    assert round_length_m(longest) == pytest.approx(bar)
    assert bar_text(bar) == text


def test_angles_leave_out_what_is_zero():
    assert angle_text(14.5, "E", "W") == "14° 30′ E"
    assert angle_text(-58 - 1 / 3600, "N", "S") == "58° 00′ 01″ S"
    assert angle_text(0, "N", "S") == "0°"


def test_the_graticule_is_drawn_and_grows_finer_with_the_scale(view):
    plain = view.grab().toImage()
    view.set_graticule_visible(True)
    assert view.grab().toImage() != plain
    assert step_deg(view.camera.zoomed(8, 0, 0)) < step_deg(view.camera)
