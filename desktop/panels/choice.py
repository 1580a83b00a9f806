"""A combo box that hands back the very value chosen, and that a passing mouse wheel does not change."""

from collections.abc import Iterable
from typing import Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from desktop.panels.plain_text import one_line

T = TypeVar("T")


class Choice(QComboBox, Generic[T]):
    """One of several values, each with its words.

    Qt turns a `StrEnum` that it stores into a bare str; so the values are kept here, by position.
    """

    def __init__(
        self, name: str, entries: Iterable[tuple[str, T]] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._values: list[T] = []
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(8)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.set_entries(entries)

    def set_entries(self, entries: Iterable[tuple[str, T]]) -> None:
        """Offer other values; the first is chosen, and nothing is signalled."""
        self.blockSignals(True)
        self.clear()
        self._values = []
        for words, value in entries:
            self.addItem(one_line(words))
            self._values.append(value)
        self.blockSignals(False)

    def showPopup(self) -> None:
        """Make the list as wide as its words; only now, because making it is slow."""
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 24)
        super().showPopup()

    def value(self) -> T:
        """Return the chosen value; raises IndexError when there is none to choose."""
        return self._values[self.currentIndex()]

    def choose(self, value: T) -> bool:
        """Choose a value; False, and nothing changes, when it is not offered."""
        if value not in self._values:
            return False
        self.setCurrentIndex(self._values.index(value))
        return True

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page unless the box has the focus: a value must not change in passing."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
