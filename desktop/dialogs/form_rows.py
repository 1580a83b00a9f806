"""Rows of a form whose notes wrap: QFormLayout leaves gaps below wrapped labels (Qt 6.11)."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop.panels.coverage_line import Mark
from desktop.panels.finding_colours import AMBER
from desktop.panels.plain_text import PlainLabel


class Note(QWidget):
    """A remark under a field; one that a person should look at carries the amber mark."""

    def __init__(self) -> None:
        super().__init__()
        self.mark = Mark(AMBER)
        self.label = PlainLabel()
        self.label.setObjectName("muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.label, 1)

    def say(self, text: str, *, doubtful: bool) -> None:
        """Show a remark."""
        self.label.setText(text)
        self.mark.setVisible(doubtful)

    def words(self) -> str:
        """Return what is said."""
        return self.label.words()


class FormRows(QVBoxLayout):
    """A column of rows, each a caption and a field, with a note under some of them.

    A caption with an ampersand gives its field a keyboard mnemonic; captions are our own words, never a
    partner's.
    """

    def __init__(self, caption_width: int) -> None:
        super().__init__()
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(4)
        self._width = caption_width
        self._rows: dict[QWidget, QWidget] = {}

    def add(self, caption: str, field: QWidget, note: QWidget | None = None) -> None:
        """Add a row; `note` stands below the field."""
        label = QLabel(caption)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setFixedWidth(max(self._width, QFontMetrics(label.font()).horizontalAdvance(caption)))
        label.setBuddy(field)
        fields = QVBoxLayout()
        fields.setSpacing(2)
        fields.addWidget(field)
        if note is not None:
            fields.addWidget(note)
        host = QWidget()
        row = QHBoxLayout(host)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(label, 0, Qt.AlignmentFlag.AlignTop)
        label.setMinimumHeight(field.sizeHint().height())
        label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(fields, 1)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        host.setSizePolicy(policy)
        self._rows[field] = host
        self.addWidget(host)

    def add_partner_row(self, caption: str, field: QWidget) -> None:
        """Add a row whose caption is a partner's word: it wraps and is plain text."""
        host = QWidget()
        row = QHBoxLayout(host)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(PlainLabel(caption), 1, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(field, 1)
        self._rows[field] = host
        self.addWidget(host)

    def set_shown(self, field: QWidget, shown: bool) -> None:
        """Show or hide the row of a field."""
        self._rows[field].setVisible(shown)

    def clear(self) -> None:
        """Take all rows away."""
        for host in self._rows.values():
            self.removeWidget(host)
            host.hide()
            host.deleteLater()
        self._rows = {}
