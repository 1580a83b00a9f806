"""Draws a neighbour as two lines: name, distance and direction; then what it is and where it stands."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop.panels.finding_colours import GREY, mark_colour
from desktop.panels.finding_delegate import elided_text, row_ground
from desktop.panels.plain_text import isolated, one_line
from desktop.panels.swatches import SIZE, kind_icon
from layers import nearby_words
from layers.kinds import spec_of
from layers.nearby import Neighbour
from layers.words import metres

NEIGHBOUR = Qt.ItemDataRole.UserRole
_PAD, _GAP = 5, 2
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def name_words(neighbour: Neighbour) -> str:
    """Return the name on a row, kept apart from the direction of what follows."""
    feature = neighbour.feature
    return isolated(feature.name or feature.source_id or nearby_words.called(feature))


def measure_words(neighbour: Neighbour) -> str:
    """Return distance and direction for a narrow row; "≈" where the uncertainties are worth a word."""
    if not neighbour.distance_m:
        return "inside"
    about = "≈ " if neighbour.at_most_m - neighbour.distance_m >= 1.0 else ""
    direction = nearby_words.direction_words(neighbour)
    return f"{about}{metres(neighbour.distance_m)} {direction}".strip()


def state_words(neighbour: Neighbour) -> str:
    """Return what it is, and its status, on one line."""
    spec = spec_of(neighbour.feature.kind)
    what = spec.category_label(neighbour.feature.category) or spec.title
    standing, status = nearby_words.standing_words(neighbour), nearby_words.status_words(neighbour)
    return one_line(" · ".join(part for part in (what, status, standing) if part))


class NearbyDelegate(QStyledItemDelegate):
    """Rows of neighbours have two lines; other rows are drawn as usual."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = parent

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the height of two lines."""
        line = QFontMetrics(self._view.font()).height()
        if not isinstance(index.data(NEIGHBOUR), Neighbour):
            return QSize(200, line + 2 * _PAD)
        return QSize(200, 2 * line + _GAP + 2 * _PAD)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the row."""
        neighbour = index.data(NEIGHBOUR)
        if not isinstance(neighbour, Neighbour):
            super().paint(painter, option, index)
            return
        painter.save()
        palette, area = option.palette, option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.fillRect(area, row_ground(palette, selected))
        line = QFontMetrics(self._view.font()).height()
        kind_icon(spec_of(neighbour.feature.kind)).paint(
            painter, QRect(area.left() + _PAD, area.top() + _PAD, SIZE, line)
        )
        first = QRect(area.left() + SIZE + 2 * _PAD, area.top() + _PAD, area.width() - SIZE - 3 * _PAD, line)
        strong, faint = palette.color(QPalette.ColorRole.Text), mark_colour(GREY, palette)
        font = QFont(self._view.font())
        used = elided_text(painter, first, measure_words(neighbour), font, strong, _RIGHT)
        second = first.translated(0, line + _GAP)
        elided_text(painter, second, state_words(neighbour), font, faint, _LEFT)
        font.setBold(True)
        name_area = first.adjusted(0, 0, -used - _PAD, 0)
        elided_text(painter, name_area, name_words(neighbour), font, strong, _LEFT)
        painter.setPen(palette.color(QPalette.ColorRole.Midlight))
        painter.drawLine(area.left(), area.bottom(), area.right(), area.bottom())
        painter.restore()
