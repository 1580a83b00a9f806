"""Colours of severities and of coverage states, for light and dark windows.

Severity colours belong to findings alone: nothing else in the window may use them. Every pair keeps a
contrast of at least 4.5 to 1 between the text and its ground (WCAG 2.1, level AA; tested).
"""

from dataclasses import dataclass

from PySide6.QtGui import QColor, QPalette

from desktop import theme
from layers.findings import CoverageState, Severity


@dataclass(frozen=True, slots=True)
class Chip:
    """A filled mark and the text on it."""

    ground: QColor
    text: QColor


def _chip(ground: str, text: str) -> Chip:
    return Chip(QColor(ground), QColor(text))


_LIGHT = {
    Severity.CRITICAL: _chip("#a3001a", "#ffffff"),
    Severity.HIGH: _chip("#c2410c", "#ffffff"),
    Severity.MEDIUM: _chip("#8a6100", "#ffffff"),
    Severity.LOW: _chip("#2563a8", "#ffffff"),
    Severity.INFO: _chip("#5b6470", "#ffffff"),
}
_DARK = {
    Severity.CRITICAL: _chip("#ff7a85", "#1c0306"),
    Severity.HIGH: _chip("#ffa061", "#1f0f02"),
    Severity.MEDIUM: _chip("#f0c75a", "#1d1600"),
    Severity.LOW: _chip("#86bdf5", "#04121f"),
    Severity.INFO: _chip("#b4bcc6", "#101418"),
}
GREEN, GREY, AMBER = "green", "grey", "amber"
_OF_STATE = {CoverageState.DONE: GREEN, CoverageState.IRRELEVANT: GREY, CoverageState.BLOCKED: AMBER}


def is_dark(palette: QPalette) -> bool:
    """Tell whether a palette draws light text on a dark ground."""
    return palette.color(QPalette.ColorRole.Base).lightness() < 128


def severity_chip(severity: Severity, palette: QPalette) -> Chip:
    """Return the colours of a severity for a palette."""
    return (_DARK if is_dark(palette) else _LIGHT)[severity]


def mark_colour(mark: str, palette: QPalette) -> QColor:
    """Return the green, grey or amber of a coverage mark for a palette."""
    colours = theme.DARK if is_dark(palette) else theme.LIGHT
    return QColor({GREEN: colours.good, GREY: colours.muted, AMBER: colours.attention}[mark])


def mark_of(state: CoverageState) -> str:
    """Return the mark of a coverage state: only work that was done is green."""
    return _OF_STATE[state]
