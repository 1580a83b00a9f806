"""The steps of one partner file, each with its state, and what every step's panel has in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop import theme
from desktop.panels.plain_text import one_line, tooltip

Index = QModelIndex | QPersistentModelIndex
_MARK = 16
_PAD = 8
_REPORT = Qt.ItemDataRole.UserRole


class Step(Enum):
    """The steps in their order."""

    WHAT = "What it is"
    WHERE = "Where it is"
    TEXT = "Text"
    COLUMNS = "Columns"
    DOUBTS = "Doubts"
    CHANGES = "Changes"


class StepState(Enum):
    """How a step stands; the words are read out together with its title."""

    OK = "in order"
    DOUBTS = "has doubts"
    ANSWER = "needs an answer"
    FAILED = "cannot be read"
    BUSY = "is being worked out"
    NOTHING = "nothing to do"


_SIGNS = {
    StepState.OK: "✓",
    StepState.DOUBTS: "!",
    StepState.ANSWER: "?",
    StepState.FAILED: "×",
    StepState.BUSY: "…",
    StepState.NOTHING: "–",
}


@dataclass(frozen=True, slots=True)
class StepReport:
    """How a step stands, in a few words of the program or of the file."""

    state: StepState
    words: str = ""


class StepPanel(QWidget):
    """What one step shows; `report` says how it stands."""

    step: Step
    reported = Signal()
    """The state may have changed."""

    def report(self) -> StepReport:
        """Return how the step stands."""
        raise NotImplementedError

    def look_for_first(self) -> QWidget:
        """Return what the keyboard should be on when the step is opened."""
        return self


class StepList(QListWidget):
    """The steps of the shown file with mark, title and state; arrows choose."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Steps of the file")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(StepDelegate(self))
        for step in Step:
            QListWidgetItem(step.value, self)
        self.setCurrentRow(0)

    def show_reports(self, reports: Sequence[StepReport]) -> None:
        """Show how each step stands."""
        for row, (step, report) in enumerate(zip(Step, reports, strict=True)):
            item = self.item(row)
            item.setData(_REPORT, report)
            item.setData(
                Qt.ItemDataRole.AccessibleTextRole,
                f"{step.value}: {report.state.value}. {one_line(report.words)}",
            )
            item.setToolTip(tooltip(report.words))

    def report_of(self, step: Step) -> StepReport | None:
        """Return what is shown of a step."""
        found = self.item(list(Step).index(step)).data(_REPORT)
        return found if isinstance(found, StepReport) else None


class StepDelegate(QStyledItemDelegate):
    """Draws a mark, the title, and below it the state; a sign in the mark, so that colour is not alone."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return room for two lines."""
        return QSize(170, 2 * QFontMetrics(option.font).height() + 2 * _PAD)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one step."""
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        title, plain.text = plain.text, ""
        plain.widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, plain, painter, plain.widget)
        report = index.data(_REPORT)
        report = report if isinstance(report, StepReport) else StepReport(StepState.NOTHING)
        chosen = bool(plain.state & QStyle.StateFlag.State_Selected)
        scheme = theme.colours()
        painter.save()
        top = plain.rect.top() + _PAD
        paint_mark(painter, QRect(plain.rect.left() + _PAD, top + 1, _MARK, _MARK), report.state, plain.font)
        left = plain.rect.left() + 2 * _PAD + _MARK
        line = QFontMetrics(plain.font).height()
        width = plain.rect.right() - left - _PAD
        bold = QFont(plain.font)
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(QColor(scheme.on_accent if chosen else scheme.text))
        painter.drawText(QRect(left, top, width, line), Qt.AlignmentFlag.AlignVCenter, title)
        painter.setFont(plain.font)
        painter.setPen(QColor(scheme.on_accent if chosen else scheme.muted))
        words = QFontMetrics(plain.font).elidedText(
            one_line(report.words) or _sentence(report.state), Qt.TextElideMode.ElideRight, width
        )
        painter.drawText(QRect(left, top + line, width, line), Qt.AlignmentFlag.AlignVCenter, words)
        painter.restore()


def _sentence(state: StepState) -> str:
    return state.value[:1].upper() + state.value[1:]


def mark_colours(state: StepState) -> tuple[str, str]:
    """Return ground and sign of a state's mark."""
    c = theme.colours()
    grounds = {
        StepState.OK: c.good,
        StepState.DOUBTS: c.attention,
        StepState.ANSWER: c.bad,
        StepState.FAILED: c.bad,
        StepState.BUSY: c.muted,
        StepState.NOTHING: c.muted,
    }
    ground = grounds[state]
    return ground, "#ffffff" if QColor(ground).lightness() < 140 else "#14181e"


def paint_mark(painter: QPainter, where: QRect, state: StepState, font: QFont) -> None:
    """Draw the round mark of a state; on its own ring, so that it stands out on a selected line too."""
    ground, sign = mark_colours(state)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(sign))
    painter.setBrush(QColor(ground))
    painter.drawEllipse(where)
    small = QFont(font)
    small.setBold(True)
    small.setPixelSize(11)
    painter.setFont(small)
    painter.setPen(QColor(sign))
    painter.drawText(where, Qt.AlignmentFlag.AlignCenter, _SIGNS[state])
