"""Markers, dots and hatches: kinds differ by shape, and a missing symbol breaks nothing."""

import itertools

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette

from desktop.canvas import symbols
from desktop.canvas.palette import Shape, severity_colour, style_of
from desktop.canvas.symbols import Marker, MarkerState, dots_image, hatch_brush, marker_pixmap, tinted
from desktop.panels.finding_colours import severity_chip
from layers.findings import Severity
from layers.kinds import KINDS, spec_of
from layers.model import GeometryType, Kind


def marker(kind, symbol, state=MarkerState.NORMAL, dark=False, ratio=1.0):
    return Marker(style_of(spec_of(kind), dark), symbol, state, 22, dark, ratio)


def pixels(pixmap):
    image = pixmap.toImage()
    return bytes(image.constBits())


@pytest.mark.parametrize("kind", list(Kind))
def test_a_missing_symbol_still_gives_a_marker(qapp, kind):
    pixmap = marker_pixmap(marker(kind, "no-such-symbol"))
    assert pixmap.toImage().pixelColor(15, 15).alpha() == 255


def test_point_kinds_have_their_own_shape_or_symbol():
    specs = [spec for spec in KINDS if GeometryType.POINT in spec.geometries]
    looks = [(style_of(s, False).shape, s.symbol) for s in specs]
    assert len(set(looks)) == len(looks)


def test_area_kinds_differ_without_colour():
    specs = [s for s in KINDS if GeometryType.POLYGON in s.geometries]
    for one, other in itertools.combinations(specs, 2):
        a, b = style_of(one, False), style_of(other, False)
        assert (a.hatch, a.dash, a.shape, a.symbol) != (b.hatch, b.dash, b.shape, b.symbol)


def test_states_look_different(qapp):
    looks = {pixels(marker_pixmap(marker(Kind.HUMANITARIAN_SITE, "school", s))) for s in MarkerState}
    assert len(looks) == 3


def test_markers_are_sharp_on_dense_screens(qapp):
    pixmap = marker_pixmap(marker(Kind.PROJECT, "project", ratio=2.0))
    assert pixmap.width() == 60
    assert pixmap.deviceIndependentSize().width() == 30


def test_a_shipped_symbol_takes_the_wanted_colour(qapp):
    image = tinted("hospital", "#ff0000", 32)
    assert image is not None
    solid = [image.pixelColor(x, y) for x in range(32) for y in range(32)]
    assert {c.name() for c in solid if c.alpha() == 255} == {"#ff0000"}


def test_hatched_kinds_are_filled_with_a_texture(qapp):
    for kind in (Kind.NO_STRIKE_AREA, Kind.MILITARY_ZONE, Kind.HAZARD):
        style = style_of(spec_of(kind), False)
        assert hatch_brush(style, style.fill, style.stroke, 1.0).style() == Qt.BrushStyle.TexturePattern
    plain = style_of(spec_of(Kind.AREA_OF_OPERATIONS), False)
    assert hatch_brush(plain, "", plain.stroke, 1.0).style() == Qt.BrushStyle.NoBrush


def test_every_dot_is_painted_once_and_none_outside(qapp):
    x, y = np.array([10.0, 10.2, 50.0, -5.0, 500.0]), np.array([10.0, 10.4, 20.0, 5.0, 5.0])
    drawn = dots_image(x, y, (100, 60), Shape.CIRCLE, "#112233", "#ffffff", 2)
    assert drawn is not None
    image, left, top = drawn
    assert image.pixelColor(10 - left, 10 - top) == QColor("#112233")
    assert image.pixelColor(50 - left, 20 - top) == QColor("#112233")
    assert image.pixelColor(30 - left, 15 - top).alpha() == 0
    assert dots_image(x[3:], y[3:], (100, 60), Shape.CIRCLE, "#112233", "#ffffff", 2) is None


@pytest.mark.parametrize("shape", [Shape.CIRCLE, Shape.TRIANGLE])
def test_many_dots_look_as_few_do(qapp, monkeypatch, shape):
    x, y = np.random.default_rng(1).uniform(-5, 105, (2, 300))
    images = []
    for cost in (0, 1_000_000):  # never crowded, always crowded
        monkeypatch.setattr(symbols, "_SCATTER_COST", cost)
        images.append(dots_image(x, y, (100, 60), shape, "#112233", "#ffffff", 2))
    assert images[0] is not None
    assert images[0] == images[1]


@pytest.mark.parametrize("dark", [False, True])
def test_marks_have_the_colours_of_the_list_of_findings(qapp, dark):
    palette = QPalette(QColor("#202020" if dark else "#f0f0f0"))
    palette.setColor(QPalette.ColorRole.Base, QColor("#101010" if dark else "#ffffff"))
    for severity in Severity:
        assert severity_colour(severity, dark) == severity_chip(severity, palette).ground.name()
