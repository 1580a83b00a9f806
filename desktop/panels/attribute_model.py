"""The columns of a layer as a table for Qt: 50,000 rows without copies, sorted and filtered on demand."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QPalette

from desktop.panels.plain_text import one_line, tooltip
from layers.kinds import spec_of
from layers.model import Column, FieldSpec, FieldType, Layer
from layers.volume import from_column

Index = QModelIndex | QPersistentModelIndex
Rows = NDArray[np.intp]
_CELL_CHARACTERS = 200
_MARK_ROLES: dict[int, QPalette.ColorRole] = {
    Qt.ItemDataRole.BackgroundRole: QPalette.ColorRole.Highlight,
    Qt.ItemDataRole.ForegroundRole: QPalette.ColorRole.HighlightedText,
}


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column on the screen: its heading, its values, and the words for a value."""

    heading: str
    values: Column
    show: Callable[[Any], str]
    is_number: bool = False
    help: str = ""


def columns_of(layer: Layer, zone: ZoneInfo) -> tuple[TableColumn, ...]:
    """Return the columns of a layer: what its kind says first, then what the partner wrote."""
    spec, table = spec_of(layer.kind), layer.table
    moment = _moment_words(zone)
    own = [
        TableColumn("Name", table.name, str),
        TableColumn("Category", table.category, spec.category_label),
        *(
            _field_column(field, table.fields[field.name])
            for field in spec.fields
            if field.name in table.fields
        ),
        TableColumn("From", table.valid_from, moment, help=f"Time zone {zone.key}"),
        TableColumn("To", table.valid_to, moment, help=f"Time zone {zone.key}"),
        TableColumn("Uncertainty (m)", table.uncertainty_m, _number_words, True),
        TableColumn("Partner's id", table.source_id, str),
        TableColumn("Label", table.label, str),
    ]
    partner = [
        TableColumn(one_line(name), values, _partner_words, help=f"As the partner wrote it: {name}")
        for name, values in table.attributes.items()
    ]
    return (*own, *partner)


class AttributeModel(QAbstractTableModel):
    """Rows of one layer; `order` maps a row on the screen to a row of the table."""

    def __init__(self) -> None:
        super().__init__()
        self._layer: Layer | None = None
        self._columns: tuple[TableColumn, ...] = ()
        self._texts: _Texts | None = None
        self.order: Rows = np.arange(0)
        self._filter = ""
        self._sort: tuple[int, Qt.SortOrder] = (-1, Qt.SortOrder.AscendingOrder)
        self._marked: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)

    @property
    def layer(self) -> Layer | None:
        """The layer that is shown."""
        return self._layer

    @property
    def columns(self) -> tuple[TableColumn, ...]:
        """The columns that are shown."""
        return self._columns

    def show_layer(self, layer: Layer | None, zone: ZoneInfo) -> None:
        """Show another layer, or another version of the same one (order and filter are kept then)."""
        self.beginResetModel()
        if layer is None or self._layer is None or layer.id != self._layer.id:
            self._sort = (-1, Qt.SortOrder.AscendingOrder)
        self._layer = layer
        self._columns = columns_of(layer, zone) if layer is not None else ()
        self._texts = _Texts(self._columns, len(layer.table)) if layer is not None else None
        self._reorder()
        self.endResetModel()

    def set_filter(self, text: str) -> None:
        """Show only rows in which some cell contains every word of `text`, whatever its case."""
        if text == self._filter:
            return
        self.beginResetModel()
        self._filter = text
        self._reorder()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 is the order of the file. What is not stated comes last either way."""
        # A reset, not a layout change: Qt would keep one persistent index for every selected cell (10 s for
        # 25,000 rows). The panel selects again from the document, which knows the selection by id.
        self.beginResetModel()
        self._sort = (column, order)
        self._reorder()
        self.endResetModel()

    def mark(self, rows: Rows) -> None:
        """Paint rows as selected without Qt's selection, which takes seconds for thousands of single rows."""
        if not len(rows) and not len(self._marked):
            return
        self._marked = np.zeros(len(self.order), dtype=np.bool_) if len(rows) else np.zeros(0, dtype=np.bool_)
        self._marked[rows] = True
        if len(self.order):
            last = self.index(len(self.order) - 1, len(self._columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def feature_ids(self, rows: Rows) -> list[str]:
        """Return the ids of the features in these rows of the screen."""
        return [] if self._layer is None else list(self._layer.table.id[self.order[rows]])

    def rows_of(self, ids: frozenset[str]) -> Rows:
        """Return the rows of the screen that show these features, ascending."""
        if self._layer is None or not ids:
            return np.arange(0)
        known = self._layer.table.rows_by_id
        wanted = [known[i] for i in ids if i in known]
        place = np.full(len(self._layer.table), -1, dtype=np.intp)
        place[self.order] = np.arange(len(self.order))
        found = place[wanted]
        return np.sort(found[found >= 0])

    # --- Qt -------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature
        """Return the number of rows that pass the filter."""
        return 0 if parent.isValid() else len(self.order)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the words of a cell, how they are aligned, or the whole text as a tooltip."""
        if not index.isValid():
            return None
        column = self._columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and column.is_number:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role in _MARK_ROLES and len(self._marked) and self._marked[index.row()]:
            return QGuiApplication.palette().brush(_MARK_ROLES[role])
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        words = column.show(column.values[self.order[index.row()]])
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(words) if len(words) > 24 else None
        return one_line(words[:_CELL_CHARACTERS])

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the heading of a column, or the number of a row in its file."""
        if orientation == Qt.Orientation.Horizontal and 0 <= section < len(self._columns):
            if role == Qt.ItemDataRole.DisplayRole:
                return self._columns[section].heading
            if role == Qt.ItemDataRole.ToolTipRole and self._columns[section].help:
                return tooltip(self._columns[section].help)
        elif orientation == Qt.Orientation.Vertical and role == Qt.ItemDataRole.DisplayRole:
            return str(section + 1)
        return None

    # --- inside ---------------------------------------------------------------------------------

    def _reorder(self) -> None:
        self._marked = np.zeros(0, dtype=np.bool_)
        if self._layer is None or self._texts is None:
            self.order = np.arange(0)
            return
        rows = np.arange(len(self._layer.table))
        for word in self._filter.casefold().split():
            rows = rows[self._texts.contain(word, rows)]
        column, direction = self._sort
        if 0 <= column < len(self._columns):
            rank = self._texts.rank(column)[rows]
            stated = rank >= 0
            descending = direction == Qt.SortOrder.DescendingOrder
            keys = np.where(stated, -rank if descending else rank, np.iinfo(np.intp).max)
            rows = rows[np.argsort(keys, kind="stable")]
        self.order = rows


class _Texts:
    """What sorting and searching need of a layer, made once and only when asked for."""

    def __init__(self, columns: tuple[TableColumn, ...], count: int) -> None:
        self._columns = columns
        self._count = count
        self._ranks: dict[int, Rows] = {}

    @cached_property
    def _haystack(self) -> list[str]:
        """All words of each row, in lower case, cells apart."""
        cells = [[column.show(value).casefold() for value in column.values] for column in self._columns]
        return ["\x1f".join(row) for row in zip(*cells, strict=True)] if cells else [""] * self._count

    def contain(self, word: str, rows: Rows) -> NDArray[np.bool_]:
        haystack = self._haystack
        return np.fromiter((word in haystack[i] for i in rows), dtype=np.bool_, count=len(rows))

    def rank(self, column: int) -> Rows:
        """Place of each row in the ascending order of a column; equal values share it, not stated is -1."""
        if column not in self._ranks:
            self._ranks[column] = _rank(self._columns[column])
        return self._ranks[column]


def _rank(column: TableColumn) -> Rows:
    values = column.values
    if values.dtype == object:
        words = [column.show(value).casefold() for value in values]
        numbers = _as_numbers(values)
        if numbers is None:
            order = {word: place for place, word in enumerate(sorted(set(words) - {""}))}
            return np.array([order.get(word, -1) for word in words], dtype=np.intp)
        values = numbers
    missing = np.isnat(values) if values.dtype.kind == "M" else np.isnan(values.astype(np.float64))
    result: Rows = np.unique(values, return_inverse=True)[1].astype(np.intp)
    return np.where(missing, -1, result)


def _as_numbers(values: Column) -> NDArray[np.float64] | None:
    """Return a partner's column as numbers when everything stated in it is one, else None."""
    result = np.full(len(values), np.nan)
    for row, value in enumerate(values):
        if value is None or value == "":
            continue
        if not isinstance(value, int | float):
            return None
        result[row] = value
    return result


def _field_column(field: FieldSpec, values: Column) -> TableColumn:
    heading = f"{field.label} ({field.unit})" if field.unit else field.label
    if field.is_number:
        return TableColumn(heading, values, _number_words, True, field.help)
    if field.type is FieldType.CODE:
        labels = {code.id: code.label for code in field.codes}
        return TableColumn(heading, values, lambda value: labels.get(value, str(value)), help=field.help)
    return TableColumn(heading, values, str, help=field.help)


def _number_words(value: Any) -> str:
    number = float(value)
    if np.isnan(number):
        return ""
    return f"{number:,.0f}" if number == round(number) else f"{number:,.1f}"


def _partner_words(value: Any) -> str:
    return "" if value is None else str(value)


def _moment_words(zone: ZoneInfo) -> Callable[[np.datetime64], str]:
    def words(value: np.datetime64) -> str:
        moment = from_column(value)
        return "" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"

    return words


def zone_of(name: str) -> ZoneInfo:
    """Return the time zone called `name`; UTC when this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
