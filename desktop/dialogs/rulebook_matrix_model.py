"""The limits of one parameter as a table for Qt: a row and a column for every category, and one for any."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFont

from desktop import theme
from desktop.dialogs.editors import in_two_ways
from desktop.dialogs.rulebook_draft import RulesDraft
from desktop.panels import wording
from desktop.panels.plain_text import one_line, tooltip
from layers.checks import Parameter, Rule
from layers.kinds import spec_of
from layers.limits import ANY, amount, categories_of, cell_name, limit_words
from layers.rules import RULES
from layers.sides import Selection

Index = QModelIndex | QPersistentModelIndex
WAITS_ROLE = Qt.ItemDataRole.UserRole + 1
"""True for a limit that is set here and that nobody stands for."""
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[,\s]\d{3})+(?:\.\d+)?")
_PLAIN = re.compile(r"[+-]?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class LimitTable:
    """A parameter that has a table, and the rule it belongs to."""

    rule: Rule
    parameter: Parameter
    rows: Selection

    @property
    def title(self) -> str:
        """Name it in a list."""
        return f"{self.rule.title}: {self.parameter.label.lower()} ({self.parameter.unit})"


def limit_tables() -> tuple[LimitTable, ...]:
    """Return every table there is, in the order of the rules."""
    return tuple(
        LimitTable(rule, parameter, rule.b)
        for rule in RULES
        for parameter in rule.parameters
        if parameter.by_categories and rule.b is not None
    )


def read_amount(text: str, parameter: Parameter) -> float | None:
    """Read a number that a person typed or pasted, its unit allowed; None for an empty text.

    Raises
    ------
    ValueError
        In words: it is no number, can be read as two, or lies outside the limits of the parameter.
    """
    plain = text.strip().removesuffix(parameter.unit).strip()
    if not plain:
        return None
    if _GROUPED.fullmatch(plain):
        plain = re.sub(r"[,\s]", "", plain)
    if not _PLAIN.fullmatch(plain):
        raise ValueError(f"{one_line(text[:40])} is not a number. Write it as 1500 or 12.5.")
    if in_two_ways(plain):
        raise ValueError(in_two_ways(plain))
    value = float(plain)
    if not parameter.minimum <= value <= parameter.maximum:
        low, high = amount(parameter, parameter.minimum), amount(parameter, parameter.maximum)
        raise ValueError(f"{one_line(text[:40])} is out of range: from {low} to {high}.")
    return value


def _any_words(side: Selection) -> str:
    return f"Any {' or '.join(spec_of(kind).title.lower() for kind in side.kinds)}"


class MatrixModel(QAbstractTableModel):
    """Rows are the categories of the second subject (b), columns those of the first (a), after one for any.

    A limit that is not set shows the one that counts instead, muted.
    """

    refused = Signal(str)
    """Why a value was not taken."""

    def __init__(self, draft: RulesDraft) -> None:
        super().__init__()
        self._draft = draft
        self.table = limit_tables()[0]
        self.rows: tuple[str, ...] = ()
        self.columns: tuple[str, ...] = ()
        self._labels: dict[Qt.Orientation, tuple[str, ...]] = {}
        self._values: Mapping[str, float] = {}
        self.show_table(self.table)
        draft.changed.connect(self.refresh)

    def show_table(self, table: LimitTable) -> None:
        """Show another table."""
        self.beginResetModel()
        self.table = table
        b, a = (categories_of(side) for side in (table.rows, table.rule.a))
        self.rows, self.columns = (ANY, *b), (ANY, *a)
        self._labels = {
            Qt.Orientation.Vertical: (_any_words(table.rows), *b.values()),
            Qt.Orientation.Horizontal: (_any_words(table.rule.a), *a.values()),
        }
        self._values = self._draft.values(table.rule)
        self.endResetModel()

    def refresh(self) -> None:
        """Show what the draft says now."""
        self._values = self._draft.values(self.table.rule)
        last = self.index(len(self.rows) - 1, len(self.columns) - 1)
        self.dataChanged.emit(self.index(0, 0), last)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the words for a category."""
        if role == Qt.ItemDataRole.DisplayRole:
            return self._labels[way][section] if section else "Any"
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._labels[way][section]
        if role == Qt.ItemDataRole.FontRole and section == 0:
            font = QFont()
            font.setItalic(True)
            return font
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Every cell can be edited."""
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def name_at(self, index: Index) -> str:
        """Return the name that a limit set in this cell has."""
        row, column = self.rows[index.row()], self.columns[index.column()]
        name = self.table.parameter.name
        return name if row == column == ANY else cell_name(name, row, column)

    def is_set(self, index: Index) -> bool:
        """Tell whether the limit is set in this very cell; the one for all always is."""
        return self.name_at(index) in self._values

    def value_at(self, index: Index) -> float:
        """Return the limit that counts for this cell."""
        pair = self.rows[index.row()], self.columns[index.column()]
        return self._draft.limit(self.table.rule, self.table.parameter, *pair)[1]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows."""
        is_set = self.is_set(index)
        waits = self.name_at(index) in self._draft.waiting(self.table.rule)
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{self.value_at(index):,.12g}"
        if role == Qt.ItemDataRole.EditRole:
            return f"{self.value_at(index):.12g}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == WAITS_ROLE:
            return waits
        colours = theme.colours()
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(colours.text if is_set else colours.muted)
        if role == Qt.ItemDataRole.BackgroundRole and is_set:
            return QColor(colours.attention_back if waits else colours.info_back)
        if role == Qt.ItemDataRole.FontRole and is_set:
            font = QFont()
            font.setBold(True)
            return font
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(self.words_at(index))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.words_at(index)
        return None

    def words_at(self, index: Index) -> str:
        """Say what counts for a cell, where that comes from, and who stands for it."""
        rule, parameter = self.table.rule, self.table.parameter
        row, column = index.row(), index.column()
        pair = (
            f"{self._labels[Qt.Orientation.Vertical][row]}, {self._labels[Qt.Orientation.Horizontal][column]}"
        )
        name, value = self._draft.limit(rule, parameter, self.rows[row], self.columns[column])
        here = name == self.name_at(index)
        source = "set here" if here else f"from {limit_words(rule, name)}"
        confirmed = self._draft.confirmation(rule, name)
        who = (
            f"Confirmed by {one_line(confirmed.by)} on {wording.moment(confirmed.at)}."
            if confirmed
            else "Nobody has confirmed it."
            if name in self._draft.waiting(rule)
            else ""
        )
        return f"{pair}: {amount(parameter, value)}, {source}. {who}".strip()

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take a typed limit; an empty text takes it away."""
        if role != Qt.ItemDataRole.EditRole:
            return False
        if str(value) == self.data(index, Qt.ItemDataRole.EditRole):
            return False  # opened and left: what is inherited stays so
        return self.put(index, [[str(value)]])

    def put(self, at: Index, block: list[list[str]]) -> bool:
        """Set a block of texts with its first cell at `at`; all of it or, with the reason told, nothing."""
        if at.row() + len(block) > len(self.rows) or at.column() + max(map(len, block)) > len(self.columns):
            self.refused.emit("The block does not fit here. Choose a cell further up or to the left.")
            return False
        changes: dict[str, float | None] = {}
        for down, texts in enumerate(block):
            for right, text in enumerate(texts):
                try:
                    amount_read = read_amount(text, self.table.parameter)
                except ValueError as error:
                    self.refused.emit(str(error))
                    return False
                changes[self.name_at(self.index(at.row() + down, at.column() + right))] = amount_read
        self.refused.emit("")
        self._draft.set_values(self.table.rule, changes)
        return True

    def reset(self, indexes: list[QModelIndex]) -> None:
        """Take limits away: what is less exact counts again; the one for all goes back to its default."""
        self.refused.emit("")
        self._draft.set_values(self.table.rule, {self.name_at(index): None for index in indexes})

    def text_at(self, index: Index) -> str:
        """Return what is copied: the limit where it is set, and nothing where it is inherited."""
        return f"{self.value_at(index):.12g}" if self.is_set(index) else ""
