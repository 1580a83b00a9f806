"""Draws one finding as a row of the list: severity in colour and word, what, who, and where it stands."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop.panels import wording
from desktop.panels.finding_colours import AMBER, GREY, mark_colour, severity_chip
from desktop.panels.findings_model import FindingsModel, Item, Standing
from desktop.panels.plain_text import isolated, one_line
from layers.findings import Change

_BAR, _PAD, _GAP = 4, 8, 3
_ELIDE = Qt.TextElideMode.ElideRight
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def status_line(item: Item) -> str:
    """Return where a finding stands, in a few words."""
    if item.standing is Standing.NOT_RETESTED:
        reason = one_line(item.record.reason)
        return f"Not re-tested: {reason}" if reason else "Not re-tested"
    if item.standing is Standing.RESOLVED:
        return "Resolved"
    if item.decision is not None:
        return f"{wording.DECIDED[item.decision.type]} by {isolated(item.decision.by)}"
    return {Change.NEW: "New", Change.REOPENED: "Came back"}.get(item.record.change, "Still open")


def short_measure(item: Item) -> str:
    """Return the one figure that belongs on the row."""
    finding = item.record.finding
    if finding.overlap_m2:
        return wording.square_metres(finding.overlap_m2)
    if finding.overlap_m:
        return f"{wording.metres(finding.overlap_m)} in"  # how far through, not how far apart
    return wording.metres(finding.distance_m) if finding.distance_m is not None else ""


def subjects_line(item: Item) -> str:
    """Return the names of the subjects, each kept apart from the direction of the others."""
    names = (isolated(s.name or s.source_id or "without a name") for s in item.record.finding.subjects)
    return "  ·  ".join(names)


def verdict_line(item: Item) -> str:
    """Return the verdict and when it holds, such as "Conflict · in 3 days"; what is settled needs no time."""
    verdict = wording.VERDICTS[item.record.finding.verdict]
    return f"{verdict} · {item.when}" if item.when and item.standing is not Standing.RESOLVED else verdict


class FindingDelegate(QStyledItemDelegate):
    """Three lines of fixed height, so that a list of any length scrolls without measuring its rows."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = parent

    @property
    def height(self) -> int:
        """Height of three lines, in pixels."""
        return 3 * QFontMetrics(self._view.font()).height() + 2 * _GAP + 2 * _PAD

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the height of three lines."""
        return QSize(200, self.height)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the row."""
        item = index.data(FindingsModel.ITEM)
        if not isinstance(item, Item):
            return
        painter.save()
        area, palette = option.rect, option.palette
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.fillRect(area, row_ground(palette, selected))
        chip = severity_chip(item.record.finding.severity, palette)
        painter.fillRect(QRect(area.left(), area.top(), _BAR, area.height() - 1), chip.ground)
        self._lines(painter, area.adjusted(_BAR + _PAD, _PAD, -_PAD, -_PAD), item, palette)
        painter.setPen(palette.color(QPalette.ColorRole.Midlight))
        painter.drawLine(area.left() + _BAR, area.bottom(), area.right(), area.bottom())
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(palette.color(QPalette.ColorRole.Highlight))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area.adjusted(0, 0, -1, -1))
        painter.restore()

    def _lines(self, painter: QPainter, area: QRect, item: Item, palette: QPalette) -> None:
        settled = item.standing is not Standing.OPEN
        strong = palette.color(QPalette.ColorRole.Text)
        faint = mark_colour(GREY, palette)
        line = QFontMetrics(self._view.font()).height()
        first = QRect(area.left(), area.top(), area.width(), line)
        second, third = first.translated(0, line + _GAP), first.translated(0, 2 * (line + _GAP))

        font = QFont(self._view.font())
        first = self._chip(painter, first, item, palette)
        measure = short_measure(item)
        used = elided_text(painter, first, measure, font, faint if settled else strong, _RIGHT)
        font.setBold(True)
        title_area = first.adjusted(0, 0, -(used + _PAD if used else 0), 0)
        elided_text(painter, title_area, item.title, font, faint if settled else strong, _LEFT)
        font.setBold(False)
        elided_text(painter, second, subjects_line(item), font, faint if settled else strong, _LEFT)
        colour = mark_colour(AMBER, palette) if item.standing is Standing.NOT_RETESTED else faint
        if item.standing is Standing.NOT_RETESTED:
            third = _dot(painter, third, colour)
        used = elided_text(painter, third, verdict_line(item), font, faint, _RIGHT)
        elided_text(painter, third.adjusted(0, 0, -used - _PAD, 0), status_line(item), font, colour, _LEFT)

    def _chip(self, painter: QPainter, area: QRect, item: Item, palette: QPalette) -> QRect:
        """Draw the severity word on its colour and return what is left of the line."""
        severity = item.record.finding.severity
        chip = severity_chip(severity, palette)
        font = QFont(self._view.font())
        font.setBold(True)
        word = wording.severity_word(severity)
        width = QFontMetrics(font).horizontalAdvance(word) + 12
        box = QRect(area.left(), area.top(), width, area.height())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if item.standing is Standing.OPEN:
            painter.setBrush(chip.ground)
            colour = chip.text
        else:  # settled or untested: the word stays readable, the fill does not call for action
            painter.setPen(chip.ground)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            colour = chip.ground
        painter.drawRoundedRect(box, 3, 3)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        elided_text(painter, box, word, font, colour, Qt.AlignmentFlag.AlignCenter)
        return area.adjusted(width + _PAD, 0, 0, 0)


def row_ground(palette: QPalette, selected: bool) -> QColor:
    """Return the row's ground: a tint when selected, so that severity colours keep their contrast."""
    base = palette.color(QPalette.ColorRole.Base)
    if not selected:
        return base
    tint = palette.color(QPalette.ColorRole.Highlight)
    mixed = [(4 * getattr(base, part)() + getattr(tint, part)()) // 5 for part in ("red", "green", "blue")]
    return QColor(*mixed)


def _dot(painter: QPainter, area: QRect, colour: QColor) -> QRect:
    """Draw a round mark at the start of a line and return the rest of it."""
    size = 8
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(area.left(), area.center().y() - size // 2 + 1, size, size)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    return area.adjusted(size + 6, 0, 0, 0)


def elided_text(
    painter: QPainter, area: QRect, text: str, font: QFont, colour: QColor, flags: Qt.AlignmentFlag
) -> int:
    """Draw one elided line and return the width it took."""
    metrics = QFontMetrics(font)
    shown = metrics.elidedText(text, _ELIDE, max(area.width(), 0))
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(area, int(flags | Qt.TextFlag.TextSingleLine), shown)
    return metrics.horizontalAdvance(shown)
