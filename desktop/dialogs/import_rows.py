"""What was read from a partner file: its first rows as a table."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QTableView

from desktop.dialogs.import_reading import PREVIEW_ROWS, Preview
from desktop.panels.plain_text import one_line, tooltip

_MEASURED = 25
"""Rows whose text decides how wide a column is."""
Index = QModelIndex | QPersistentModelIndex


class RowsModel(QAbstractTableModel):
    """The first rows of a file, column by column as the partner wrote them.

    A column that is used says under its name what for.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._names: list[str] = []
        self._columns: tuple[tuple[str, ...], ...] = ()
        self._rows: list[int] = []
        self._roles: Mapping[str, str] = {}

    def show_preview(self, preview: Preview) -> None:
        """Show the first rows of another file."""
        self.beginResetModel()
        self._rows = preview.imported.row[:PREVIEW_ROWS].tolist()
        self._names = list(preview.imported.columns)
        self._columns = preview.cells
        self._roles = {}
        self.endResetModel()

    def set_roles(self, roles: Mapping[str, str]) -> None:
        """Say what columns are used for, e.g. {"NOM": "Name"}."""
        self._roles = dict(roles)
        if self._names:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self._names) - 1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return how many rows are shown."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return how many columns the file has."""
        return 0 if parent.isValid() else len(self._names)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell as plain text."""
        if not index.isValid():
            return None
        text = self._columns[index.column()][index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        return tooltip(text) if role == Qt.ItemDataRole.ToolTipRole else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the partner's column name with its use, or the row number in the file."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation is Qt.Orientation.Vertical:
            return str(self._rows[section])
        name = self._names[section]
        used = self._roles.get(name)
        return f"{one_line(name)}\n→ {used}" if used else f"{one_line(name)}\n"


def fit_columns(table: QTableView) -> None:
    """Give each column the width that its heading and first rows need, within bounds."""
    model, metrics = table.model(), table.fontMetrics()
    lines = min(model.rowCount(), _MEASURED)
    for column in range(model.columnCount()):
        texts = str(model.headerData(column, Qt.Orientation.Horizontal) or "").split("\n")
        heading = max(metrics.horizontalAdvance(text) for text in texts) + 18
        cells = (metrics.horizontalAdvance(model.index(row, column).data() or "") for row in range(lines))
        wanted = max(heading, min(max(cells, default=0) + 14, 240))
        table.setColumnWidth(column, min(max(wanted, 60), 320))
