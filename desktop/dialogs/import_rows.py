"""What was read from a partner file: its first rows as a table, its problems in groups."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QTableView, QTreeWidget, QTreeWidgetItem, QWidget

from desktop.panels import wording
from desktop.panels.plain_text import one_line, tooltip
from layers.reading import Action, Imported, Problem

PREVIEW_ROWS = 200
_LISTED = 300
"""Problems listed in one group; the rest is counted."""
_CELL = 200
Index = QModelIndex | QPersistentModelIndex

_GROUPS = {
    Action.SKIPPED: "Left out",
    Action.REPAIRED: "Repaired",
    Action.DOUBT: "Doubts: nothing was changed",
}


def cell_text(value: Any) -> str:
    """Return a partner's value as one bounded line; "" where there is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    text = one_line(str(value)[: 2 * _CELL])
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"


class RowsModel(QAbstractTableModel):
    """The first rows of a file, column by column as the partner wrote them.

    A column that is used says under its name what for.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._names: list[str] = []
        self._columns: list[list[str]] = []
        self._rows: list[int] = []
        self._roles: Mapping[str, str] = {}

    def set_imported(self, imported: Imported) -> None:
        """Show the first rows of another file."""
        self.beginResetModel()
        self._rows = [int(n) for n in imported.row[:PREVIEW_ROWS]]
        self._names = list(imported.columns)
        self._columns = [
            [cell_text(value) for value in imported.columns[name][:PREVIEW_ROWS]] for name in self._names
        ]
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


class ProblemTree(QTreeWidget):
    """Problems grouped by what was done about them and what they are, with row numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setHeaderLabels(["Problem", "What could be done"])
        self.setAccessibleName("Problems of the file")
        self.setColumnWidth(0, 400)
        self.setAlternatingRowColors(True)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show the problems of a file; long groups are cut and counted."""
        self.clear()
        for action, title in _GROUPS.items():
            of_action = [problem for problem in problems if problem.action is action]
            if not of_action:
                continue
            group = QTreeWidgetItem(self, [f"{title}: {len(of_action):,}", ""])
            by_code: dict[str, list[Problem]] = {}
            for problem in of_action:
                by_code.setdefault(problem.code, []).append(problem)
            for same in by_code.values():
                self._add_same(group, same)
            group.setExpanded(True)

    def _add_same(self, group: QTreeWidgetItem, same: Sequence[Problem]) -> None:
        """Add problems of one sort: on one line where there is one, under a common line where many."""
        if len(same) == 1:
            group.addChild(_item(same[0]))
            return
        first = same[0]
        rows = wording.count(len(same), "row")
        parent = QTreeWidgetItem(group, [f"{rows}: {one_line(first.what)}", one_line(first.proposal)])
        for problem in same[:_LISTED]:
            parent.addChild(_item(problem))
        if len(same) > _LISTED:
            QTreeWidgetItem(
                parent, [f"and {len(same) - _LISTED:,} more: see the report after the import", ""]
            )


def _item(problem: Problem) -> QTreeWidgetItem:
    place = "Whole file" if problem.row is None else f"Row {problem.row:,}"
    item = QTreeWidgetItem([f"{place}: {one_line(problem.what)}", one_line(problem.proposal)])
    item.setToolTip(0, tooltip(problem.what))
    item.setToolTip(1, tooltip(problem.proposal))
    return item


def fit_columns(table: QTableView) -> None:
    """Give each column the width that its heading and first rows need, within bounds."""
    table.resizeColumnsToContents()
    header = table.horizontalHeader()
    for column in range(table.model().columnCount()):
        wanted = max(header.sectionSizeHint(column), min(table.columnWidth(column), 240))
        table.setColumnWidth(column, min(max(wanted, 60), 320))


def problem_counts(problems: Sequence[Problem]) -> str:
    """Return the counts of problems in words; "" where there are none."""
    words = {Action.SKIPPED: "left out", Action.REPAIRED: "repaired", Action.DOUBT: "in doubt"}
    counts = {action: sum(p.action is action for p in problems) for action in words}
    return ", ".join(f"{n:,} {words[action]}" for action, n in counts.items() if n)
