"""The page of limits by category: a matrix edited like a sheet, with the keyboard alone if need be."""

from PySide6.QtCore import QItemSelection, QPoint, QRect, Qt
from PySide6.QtGui import (
    QAction,
    QColor,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPolygon,
)
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from desktop import theme
from desktop.dialogs.rulebook_draft import RulesDraft
from desktop.dialogs.rulebook_matrix_model import WAITS_ROLE, Index, MatrixModel, limit_tables
from desktop.panels.plain_text import PlainLabel
from layers.checks import Parameter, Rule

_CORNER = 8
_NARROWEST = 78
_HEADER_HEIGHT = 58
_HOW = (
    "Bold: set here. Grey: inherited, the most exact that is set counts. Corner: nobody has confirmed it. "
    "Type to set, Delete to inherit again, Ctrl+C and Ctrl+V for blocks."
)


class _CornerDelegate(QStyledItemDelegate):
    """Marks a limit that nobody stands for with a filled corner, so that colour is not alone."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the cell, then its corner."""
        super().paint(painter, option, index)
        if not index.data(WAITS_ROLE):
            return
        box: QRect = option.rect
        corner = box.topLeft()
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.colours().attention))
        painter.drawPolygon(QPolygon([corner, corner + QPoint(_CORNER, 0), corner + QPoint(0, _CORNER)]))
        painter.restore()


class MatrixView(QTableView):
    """A table whose cells are typed into, emptied, copied and pasted like those of a sheet."""

    def __init__(self, model: MatrixModel) -> None:
        super().__init__()
        self._matrix = model
        self.setModel(model)
        self.setItemDelegate(_CornerDelegate(self))
        self.setAccessibleName("Limits by category")
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.AnyKeyPressed | triggers.DoubleClicked | triggers.EditKeyPressed)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)  # arrows move in the table, Tab leaves it
        across, down = self.horizontalHeader(), self.verticalHeader()
        across.setDefaultAlignment(Qt.AlignmentFlag.AlignCenter | Qt.AlignmentFlag(Qt.TextFlag.TextWordWrap))
        across.setFixedHeight(_HEADER_HEIGHT)
        across.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        down.setDefaultSectionSize(30)
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.copy_action = self._action("&Copy", QKeySequence.StandardKey.Copy)
        self.paste_action = self._action("&Paste", QKeySequence.StandardKey.Paste)
        self.reset_action = self._action("&Reset to inherited", QKeySequence.StandardKey.Delete)
        self.copy_action.triggered.connect(self.copy_block)
        self.paste_action.triggered.connect(self.paste_block)
        self.reset_action.triggered.connect(self.reset_block)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        model.modelReset.connect(self._fit)
        self._fit()

    def _action(self, text: str, key: QKeySequence.StandardKey) -> QAction:
        action = QAction(text, self)
        action.setShortcut(key)
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.addAction(action)
        return action

    def _fit(self) -> None:
        """Make the columns wide enough for every word of their headings."""
        self.setCurrentIndex(self._matrix.index(0, 0))
        font = self.font()
        font.setBold(True)  # as that of the current column is
        metrics = QFontMetrics(font)
        across = Qt.Orientation.Horizontal
        labels = [self._matrix.headerData(n, across) for n in range(self._matrix.columnCount())]
        widest = max(metrics.horizontalAdvance(word) for label in labels for word in label.split())
        self.horizontalHeader().setMinimumSectionSize(max(_NARROWEST, widest + 18))

    def block(self) -> list[list[Index]]:
        """Return the selected cells, row by row; the current one where nothing is selected."""
        chosen = self.selectionModel().selectedIndexes() or [self.currentIndex()]
        rows = sorted({index.row() for index in chosen})
        columns = sorted({index.column() for index in chosen})
        return [[self._matrix.index(row, column) for column in columns] for row in rows]

    def copy_block(self) -> None:
        """Put what is set in the block on the clipboard, as lines of cells between tabs."""
        lines = ["\t".join(self._matrix.text_at(index) for index in row) for row in self.block()]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def paste_block(self) -> None:
        """Set the cells of the clipboard from the first selected one on; a single one fills the selection."""
        text = QGuiApplication.clipboard().text().replace("\r\n", "\n").removesuffix("\n")
        if not text:
            return
        pasted = [line.split("\t") for line in text.split("\n")]
        chosen = self.block()
        if len(pasted) == len(pasted[0]) == 1:
            pasted = [pasted[0] * len(chosen[0])] * len(chosen)
        if self._matrix.put(chosen[0][0], pasted):
            first = chosen[0][0]
            last = self._matrix.index(
                first.row() + len(pasted) - 1, first.column() + max(map(len, pasted)) - 1
            )
            choice = QItemSelection(self._matrix.index(first.row(), first.column()), last)
            self.selectionModel().select(choice, self.selectionModel().SelectionFlag.ClearAndSelect)

    def reset_block(self) -> None:
        """Take the limits of the block away."""
        self._matrix.reset([self._matrix.index(i.row(), i.column()) for row in self.block() for i in row])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter begins to edit (and does not press a button of the dialog); Backspace inherits again."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.state() is not QAbstractItemView.State.EditingState:  # else it comes from the editor
                self.edit(self.currentIndex())
        elif event.key() == Qt.Key.Key_Backspace:
            self.reset_block()
        else:
            super().keyPressEvent(event)

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        """After Enter go on one row down."""
        super().closeEditor(editor, hint)
        below = self._matrix.index(self.currentIndex().row() + 1, self.currentIndex().column())
        if hint is QAbstractItemDelegate.EndEditHint.SubmitModelCache and below.isValid():
            self.setCurrentIndex(below)


class MatrixPage(QWidget):
    """Chooses a table and shows it, with what holds in the current cell in words."""

    def __init__(self, draft: RulesDraft) -> None:
        super().__init__()
        self._draft = draft
        self.tables = limit_tables()
        self.model = MatrixModel(draft)
        self.view = MatrixView(self.model)
        self.choice = QComboBox()
        self.choice.setAccessibleName("Table of limits")
        self.sides = PlainLabel()
        self.cell = PlainLabel()
        self.problem = PlainLabel()
        self.problem.setObjectName("problem")
        self.problem.hide()
        self.reset = QPushButton("Reset to in&herited")
        self.reset_all = QPushButton("Reset &all")
        self._lay_out()
        for table in self.tables:
            self.choice.addItem(table.title)
        self.choice.currentIndexChanged.connect(self._on_choice)
        self.model.refused.connect(self._refuse)
        self.reset.clicked.connect(self.view.reset_block)
        self.reset_all.clicked.connect(self._reset_all)
        self.view.selectionModel().currentChanged.connect(self._show_cell)
        draft.changed.connect(self.refresh)
        self._on_choice(0)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.choice, 1)
        head.addWidget(self.reset)
        head.addWidget(self.reset_all)
        how = PlainLabel(_HOW)
        how.setObjectName("muted")
        column = QVBoxLayout(self)
        column.addLayout(head)
        column.addWidget(self.sides)
        column.addWidget(self.view, 1)
        for label in (self.problem, self.cell, how):
            column.addWidget(label)

    def show_table(self, rule: Rule, parameter: Parameter) -> None:
        """Show the table of a parameter."""
        for number, table in enumerate(self.tables):
            if table.rule.id == rule.id and table.parameter.name == parameter.name:
                self.choice.setCurrentIndex(number)

    def _on_choice(self, number: int) -> None:
        self._refuse("")
        self.model.show_table(self.tables[number])
        self.refresh()

    def refresh(self) -> None:
        """Say again how many tables have limits, and what holds in the current cell."""
        for number, table in enumerate(self.tables):
            prefix = f"{table.parameter.name}."
            n = sum(name.startswith(prefix) for name in self._draft.values(table.rule))
            self.choice.setItemText(number, table.title + (f"  –  {n} set" if n else ""))
        table = self.model.table
        ways = (Qt.Orientation.Vertical, Qt.Orientation.Horizontal)
        down, across = (self.model.headerData(0, way, Qt.ItemDataRole.ToolTipRole) for way in ways)
        self.sides.setText(
            f"Rows: {down.removeprefix('Any ')}. Columns: {across.removeprefix('Any ')}. "
            f"Limits in {table.parameter.unit}."
        )
        self._show_cell()

    def _show_cell(self, *_: object) -> None:
        index = self.view.currentIndex()
        self.cell.setText(self.model.words_at(index) if index.isValid() else "")

    def _reset_all(self) -> None:
        size = self.model.rowCount(), self.model.columnCount()
        cells = [self.model.index(row, column) for row in range(size[0]) for column in range(size[1])]
        self.model.reset([index for index in cells if self.model.is_set(index)])

    def _refuse(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.setVisible(bool(text))
