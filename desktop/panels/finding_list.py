"""The list of findings on the screen: rows of one height, with keys of its own."""

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from desktop.panels.finding_delegate import FindingDelegate
from desktop.panels.findings_model import FindingsModel
from layers.findings import DecisionType

_KEYS = {
    Qt.Key.Key_A: DecisionType.ACCEPT,
    Qt.Key.Key_M: DecisionType.MITIGATE,
    Qt.Key.Key_R: DecisionType.REFER,
    Qt.Key.Key_F: DecisionType.FALSE_ALARM,
}


class FindingList(QTableView):
    """The list; Enter goes to the finding, A M R F decide about it.

    A table of one column: a QListView asks its model for every row after each change, 0.2 s for 100,000.
    """

    decide = Signal(object)
    """A `DecisionType`."""

    def __init__(self, model: FindingsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self._delegate = FindingDelegate(self)
        self.setItemDelegate(self._delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.horizontalHeader().setStretchLastSection(True)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.hide()
        self._fit_rows()
        self.setAccessibleName("Findings, the most severe first")
        self.setMinimumHeight(90)
        for key, kind in _KEYS.items():
            # A shortcut, not a key event: Qt also finds it where the same key writes Cyrillic or Arabic.
            shortcut = QShortcut(QKeySequence(key), self, context=Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(lambda kind=kind: self._on_key(kind))

    def _on_key(self, kind: DecisionType) -> None:
        if self.currentIndex().isValid():
            self.decide.emit(kind)

    def _fit_rows(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self._delegate.height)

    def changeEvent(self, event: QEvent) -> None:
        """Fit the rows to another font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_delegate"):
            self._fit_rows()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the chosen finding in sight when its card takes room from the list."""
        super().resizeEvent(event)
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Go to the first and the last finding with Home and End, as in a list."""
        ends = {
            QAbstractItemView.CursorAction.MoveHome: 0,
            QAbstractItemView.CursorAction.MoveEnd: self.model().rowCount() - 1,
        }
        if action in ends:
            return self.model().index(ends[action], 0)
        return super().moveCursor(action, modifiers)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle Enter; the arrows stay with the view."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)
