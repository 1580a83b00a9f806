"""A choice that can also be typed: coordinate systems and text encodings."""

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QSizePolicy, QWidget

from desktop.panels.plain_text import one_line


class TypedChoice(QComboBox):
    """Values with their words; another value may be typed and is taken with Enter."""

    picked = Signal(str)
    """The user chose or typed a value other than the one in use."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: list[str] = []
        self._current = ""
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.activated.connect(self._on_activated)
        self._line().returnPressed.connect(self._on_return)

    def show_value(self, current: str, entries: Iterable[tuple[str, str]]) -> None:
        """Offer (value, words) and show which is in use; nothing is signalled."""
        self._current = current
        offered = list(entries)
        self.blockSignals(True)
        self.clear()
        self._values = [value for value, _ in offered]
        for _, words in offered:
            self.addItem(one_line(words))
        self.setCurrentIndex(self._values.index(current) if current in self._values else -1)
        if current not in self._values:
            self.setEditText(one_line(current))
        self._line().setCursorPosition(0)
        self.blockSignals(False)

    def showPopup(self) -> None:
        """Make the list as wide as its words; only now, because making it is slow."""
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 24)
        super().showPopup()

    def _line(self) -> QLineEdit:
        line = self.lineEdit()
        if line is None:
            raise TypeError("an editable combo box has a line")
        return line

    def _on_activated(self, row: int) -> None:
        if 0 <= row < len(self._values):
            self._pick(self._values[row])

    def _on_return(self) -> None:
        text = self.currentText().strip()
        row = self.findText(text, Qt.MatchFlag.MatchFixedString)
        self._pick(self._values[row] if 0 <= row < len(self._values) else text)

    def _pick(self, value: str) -> None:
        if value and value != self._current:
            self._current = value
            self.picked.emit(value)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page unless the box has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
