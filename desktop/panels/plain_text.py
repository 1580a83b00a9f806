"""Untrusted text on the screen: always plain, never markup, no control or direction-override characters."""

import html
import math
import unicodedata
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

_KEPT = frozenset("\n\t\u200c\u200d\u200e\u200f")
"""Line ends, and the joiners and direction marks that Arabic, Persian and Indic spelling needs."""
_CELL = 200
_LEAST_WIDTH = 160
"""Of a label that wraps, in pixels: room for any word that is not made up."""
_ISOLATE, _POP = "\u2068", "\u2069"
_LEFT_TO_RIGHT = "\u200e"


def clean(text: str) -> str:
    """Drop control characters and bidirectional overrides, which can make a text read as another one."""
    if text.isprintable():
        return text
    return "".join(
        char
        for char in text
        if char in _KEPT or char.isprintable() or unicodedata.category(char) not in ("Cc", "Cf", "Cs")
    )


def one_line(text: str) -> str:
    """Return the cleaned text with every run of white space made one space."""
    return " ".join(clean(text).split())


def cell_text(value: Any) -> str:
    """Return a partner's value as one bounded line; "" where there is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    text = one_line(str(value)[: 2 * _CELL])
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"


def isolated(text: str) -> str:
    """Return one cleaned line that does not change the direction of the words around it."""
    return f"{_ISOLATE}{one_line(text)}{_POP}"


def tooltip(text: str) -> str:
    """Return text for a tooltip: Qt has no switch against markup there, so it is escaped and wrapped."""
    return f'<div style="white-space: pre-wrap">{html.escape(clean(text))}</div>' if text else ""


class PlainLabel(QLabel):
    """A label that shows its text as it is, wraps, and lets the user select it with mouse or keyboard."""

    def __init__(
        self, text: str = "", parent: QWidget | None = None, *, bold: bool = False, selectable: bool = True
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        if selectable:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        if bold:
            font = self.font()
            font.setBold(True)
            self.setFont(font)
        self.setText(text)

    def minimumSizeHint(self) -> QSize:
        """Ask for no more width than this: a name without a space must not push what is beside it away."""
        least = super().minimumSizeHint()
        return QSize(min(least.width(), _LEAST_WIDTH), least.height()) if self.wordWrap() else least

    def setText(self, text: str) -> None:
        """Show `text`, cleaned; each line reads from left to right even if it begins with an Arabic name."""
        lines = clean(text).split("\n")
        super().setText("\n".join(f"{_LEFT_TO_RIGHT}{line}" if line else "" for line in lines))

    def words(self) -> str:
        """Return what is shown, without the direction mark of each line."""
        return "\n".join(line.removeprefix(_LEFT_TO_RIGHT) for line in self.text().split("\n"))


class ElidedLabel(PlainLabel):
    """One line that ends in dots where there is no room for all of it; its tooltip has the whole."""

    _LEAST_CHARACTERS = 12

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent, selectable=False)
        self.setWordWrap(False)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def minimumSizeHint(self) -> QSize:
        """Ask for room for a word or two, so that a long line does not widen what it is in."""
        least = super().minimumSizeHint()
        few = self.fontMetrics().averageCharWidth() * self._LEAST_CHARACTERS
        return QSize(min(least.width(), few), least.height())

    def setText(self, text: str) -> None:
        """Show as much of `text` as there is room for."""
        super().setText(text)
        self.setToolTip(tooltip(text))

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw the line, shortened."""
        area = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        with QPainter(self) as painter:
            self.style().drawItemText(
                painter,
                area,
                self.alignment(),
                self.palette(),
                self.isEnabled(),
                shown,
                self.foregroundRole(),
            )
