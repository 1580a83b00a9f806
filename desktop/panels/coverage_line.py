"""The head of the findings: what was compared, what was not, and why; unfolds to one line a rule.

While a finding is read only the mark and the headline stay, so that its card has room.
"""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.panels.coverage_words import RuleLine, Summary
from desktop.panels.finding_colours import AMBER, GREEN, GREY, mark_colour
from desktop.panels.plain_text import PlainLabel

_WORDS = {GREEN: "Complete", GREY: "Neutral", AMBER: "Needs attention"}
_UNFOLDED_HEIGHT = 260


class Mark(QWidget):
    """A round mark in green, grey or amber; the amber one carries an exclamation, so colour is not alone."""

    def __init__(self, mark: str = GREY, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mark = mark
        self.setFixedSize(QSize(16, 16))
        self.set_mark(mark)

    @property
    def mark(self) -> str:
        """The mark shown: "green", "grey" or "amber"."""
        return self._mark

    def set_mark(self, mark: str) -> None:
        """Show another mark."""
        self._mark = mark
        self.setAccessibleName(_WORDS[mark])
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the mark: a tick, a dash, or an exclamation mark on its colour."""
        colour = mark_colour(self._mark, self.palette())
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(self.rect().adjusted(1, 1, -1, -1))
            font = self.font()
            font.setBold(True)
            font.setPixelSize(11)
            painter.setFont(font)
            painter.setPen(QColor("#ffffff") if colour.lightness() < 140 else QColor("#14181e"))
            sign = {GREEN: "✓", GREY: "–", AMBER: "!"}[self._mark]
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, sign)


class CoverageLine(QFrame):
    """Shows a `Summary`; asks for a check when the user does."""

    check_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("coverageLine")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.mark = Mark(AMBER, self)
        self.headline = PlainLabel(parent=self, bold=True)
        self.headline.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.lines = PlainLabel(parent=self)
        self.lines.setObjectName("muted")
        self.check = QPushButton("&Check now", self)
        self.check.setToolTip("Look for every conflict in space and time")
        self.check.clicked.connect(self.check_requested)
        self.fold = QToolButton(self)
        self.fold.setText("Details")
        self.fold.setToolTip("What the check compared, rule by rule")
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setCheckable(True)
        self.fold.setAutoRaise(True)
        self.fold.toggled.connect(self._on_fold)
        self._rules = QVBoxLayout()
        self._rules.setContentsMargins(0, 0, 6, 0)
        self._rules.setSpacing(8)
        self._rules.addStretch(1)
        self.rows: list[_RuleRow] = []
        self.area = self._scroll_area()
        self._brief = False
        self._lay_out()
        self._on_fold(False)

    def _scroll_area(self) -> QScrollArea:
        inside = QWidget()
        inside.setLayout(self._rules)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        area.setMaximumHeight(_UNFOLDED_HEIGHT)
        area.setAccessibleName("What each rule compared")
        return area

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.headline, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.lines)
        self._foot = QHBoxLayout()
        self._foot.addWidget(self.fold)
        self._foot.addStretch(1)
        self._foot.addWidget(self.check)
        column.addLayout(self._foot)
        column.addWidget(self.area)

    def add_to_foot(self, widget: QWidget) -> None:
        """Put a few words between "Details" and "Check now", where they cost no line."""
        self._foot.insertWidget(1, widget)

    def set_brief(self, brief: bool) -> None:
        """Show the mark and the headline only, until it is unfolded: for when a finding is being read."""
        self._brief = brief
        self._on_fold(self.fold.isChecked())

    def show_summary(self, summary: Summary) -> None:
        """Show another state."""
        self.mark.set_mark(summary.mark)
        self.headline.setText(summary.headline)
        self.lines.setText("\n".join(summary.lines))
        while len(self.rows) < len(summary.rules):
            self.rows.append(_RuleRow())
            self._rules.insertWidget(len(self.rows) - 1, self.rows[-1])
        for number, row in enumerate(self.rows):
            row.setVisible(number < len(summary.rules))
            if number < len(summary.rules):
                row.show_line(summary.rules[number])

    def _on_fold(self, unfolded: bool) -> None:
        self.area.setVisible(unfolded)
        self.lines.setVisible(unfolded or not self._brief)
        self.fold.setArrowType(Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow)


class _RuleRow(QWidget):
    """One rule: its mark, its title with the state in words, and what it compared."""

    def __init__(self) -> None:
        super().__init__()
        self.mark = Mark()
        self.words = PlainLabel(bold=True)
        self.detail = PlainLabel()
        self.detail.setObjectName("muted")
        texts = QVBoxLayout()
        texts.setSpacing(1)
        texts.addWidget(self.words)
        texts.addWidget(self.detail)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)

    def show_line(self, line: RuleLine) -> None:
        """Show what a rule did."""
        self.mark.set_mark(line.mark)
        self.words.setText(f"{line.title}: {line.state.lower()}")
        self.detail.setText(line.detail)
        self.detail.setVisible(bool(line.detail))
