"""Severity and coverage colours are readable in both themes."""

import pytest
from PySide6.QtGui import QColor

from desktop import theme
from desktop.panels.finding_colours import AMBER, GREEN, GREY, mark_colour, mark_of, severity_chip
from layers.findings import CoverageState, Severity


def luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: QColor, b: QColor) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
@pytest.mark.parametrize("severity", list(Severity))
def test_severity_words_keep_their_contrast(qapp, scheme, severity):
    palette = theme.palette_of(scheme)
    chip = severity_chip(severity, palette)
    assert contrast(chip.ground, chip.text) >= 4.5
    assert contrast(chip.ground, QColor(scheme.base)) >= 4.5, "outlined chips stand on the list's ground"


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
@pytest.mark.parametrize("mark", [GREEN, GREY, AMBER])
def test_marks_stand_out_from_the_window(qapp, scheme, mark):
    assert contrast(mark_colour(mark, theme.palette_of(scheme)), QColor(scheme.base)) >= 4.5


def test_only_work_that_was_done_is_green():
    assert {state: mark_of(state) for state in CoverageState} == {
        CoverageState.DONE: GREEN,
        CoverageState.IRRELEVANT: GREY,
        CoverageState.BLOCKED: AMBER,
    }


def test_each_severity_has_a_colour_of_its_own(qapp):
    palette = theme.palette_of(theme.LIGHT)
    assert len({severity_chip(s, palette).ground.name() for s in Severity}) == len(Severity)
