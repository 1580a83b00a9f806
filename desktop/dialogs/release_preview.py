"""What the recipient will read, before anything is written; and what stays here, with the reason."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QListWidget,
    QPlainTextEdit,
    QSplitter,
    QStackedWidget,
    QTableView,
    QTabWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop import theme
from desktop.canvas.small_map import SmallMap
from desktop.dialogs.import_rows import fit_columns
from desktop.panels import wording
from desktop.panels.plain_text import PlainLabel, cell_text, one_line, tooltip
from layers.model import Objects
from layers.released import Release, ReleasedLayer, Withheld

PREVIEW_ROWS = 500
_MAP_SHAPES = 20_000
_EVERYTHING = "#2f7fd1"
Index = QModelIndex | QPersistentModelIndex


class ContentModel(QAbstractTableModel):
    """The first rows of a released layer, exactly as the recipient reads them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._labels: list[str] = []
        self._columns: list[list[str]] = []
        self._rows = 0

    def set_layer(self, layer: ReleasedLayer | None) -> None:
        """Show another layer; None shows nothing."""
        self.beginResetModel()
        columns = layer.columns if layer is not None else ()
        self._labels = [column.label or column.name for column in columns]
        self._columns = [[cell_text(v) for v in column.values[:PREVIEW_ROWS]] for column in columns]
        self._rows = min(len(layer), PREVIEW_ROWS) if layer is not None else 0
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return how many rows are shown."""
        return 0 if parent.isValid() else self._rows

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return how many fields the recipient reads."""
        return 0 if parent.isValid() else len(self._labels)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a value as plain text."""
        if not index.isValid():
            return None
        text = self._columns[index.column()][index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        return tooltip(text) if role == Qt.ItemDataRole.ToolTipRole else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the label of a field, or the number of a row."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._labels[section] if orientation is Qt.Orientation.Horizontal else str(section + 1)


class ReleasePreview(QTabWidget):
    """Two tabs: what leaves, what stays."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._release: Release | None = None
        self.head = PlainLabel()
        self.layers = QListWidget()
        self.layers.setAccessibleName("Layers that the recipient will read")
        self.layers.currentRowChanged.connect(self._show_layer)
        self.map = SmallMap()
        self.map.set_dark(theme.is_dark())
        self.marking = PlainLabel(bold=True)
        self.overview = QPlainTextEdit()
        self.overview.setReadOnly(True)
        self.overview.setAccessibleName("Layers and fields that the recipient will read")
        self.about = PlainLabel()
        self.about.setObjectName("muted")
        self.content = ContentModel(self)
        self.table = QTableView()
        self.table.setModel(self.content)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setAlternatingRowColors(True)
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName("What the recipient will read")
        self.table.verticalHeader().setDefaultSectionSize(22)
        self.withheld = QTreeWidget()
        self.withheld.setHeaderLabels(["What stays here", "How many", "Why"])
        self.withheld.setRootIsDecorated(False)
        self.withheld.setAlternatingRowColors(True)
        self.withheld.setWordWrap(True)
        self.withheld.setAccessibleName("What stays here, and why")
        self.addTab(self._leaves(), "What the recipient will read")
        self.addTab(self.withheld, "What stays here")

    def _leaves(self) -> QWidget:
        page = QWidget()
        top = QSplitter(Qt.Orientation.Horizontal)
        top.addWidget(self.layers)
        top.addWidget(self.map)
        top.setSizes([300, 420])
        top.setChildrenCollapsible(False)
        one = QWidget()
        rows = QVBoxLayout(one)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        rows.addWidget(self.about)
        rows.addWidget(self.table, 1)
        self._detail = QStackedWidget()
        self._detail.addWidget(self.overview)
        self._detail.addWidget(one)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(top)
        split.addWidget(self._detail)
        split.setSizes([230, 220])
        split.setChildrenCollapsible(False)
        column = QVBoxLayout(page)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        column.addWidget(self.marking)
        column.addWidget(self.head)
        column.addWidget(split, 1)
        return page

    def show_release(self, release: Release) -> None:
        """Show another release."""
        self._release = release
        self.marking.setText("\n".join(filter(None, (release.marking, release.mode_words))))
        times = f"As of {wording.moment(release.as_of)}, valid until {wording.moment(release.valid_until)}."
        number = f"Number {release.number}"
        if release.supersedes:
            number += f", replaces {release.supersedes}"
        self.head.setText(f"{number}. {times}\n{' '.join(release.caveats)}")
        self.layers.blockSignals(True)
        self.layers.clear()
        total = sum(len(layer) for layer in release.layers)
        self.layers.addItem(f"Everything: {wording.count(total, 'feature')}")
        for layer in release.layers:
            self.layers.addItem(f"{one_line(layer.title)}: {len(layer):,}")
        self.layers.blockSignals(False)
        self.layers.setCurrentRow(1 if len(release.layers) == 1 else 0)
        self._show_layer(self.layers.currentRow())
        self._show_withheld(release.withheld)

    def _show_layer(self, row: int) -> None:
        if self._release is None or row < 0:
            return
        if row == 0:
            self.content.set_layer(None)
            self._detail.setCurrentIndex(0)
            lines = [f"{layer.title}: {_fields(layer)}" for layer in self._release.layers]
            self.overview.setPlainText("\n".join(lines) or "Nothing leaves with this profile.")
            self.map.set_geometries(_sample([layer.geometry for layer in self._release.layers]), _EVERYTHING)
            return
        layer = self._release.layers[row - 1]
        shown = f" The first {PREVIEW_ROWS} are shown." if len(layer) > PREVIEW_ROWS else ""
        self.about.setText(f"{layer.help}\n{wording.count(len(layer), 'feature')}.{shown}")
        self.content.set_layer(layer)
        self._detail.setCurrentIndex(1)
        fit_columns(self.table)
        self.map.set_geometries(_sample([layer.geometry]), layer.style.stroke)

    def _show_withheld(self, withheld: Sequence[Withheld]) -> None:
        self.withheld.clear()
        for item in withheld:
            row = QTreeWidgetItem([one_line(item.what), f"{item.count:,}", one_line(item.why)])
            row.setTextAlignment(1, Qt.AlignmentFlag.AlignRight)
            for column, text in ((0, item.what), (2, item.why)):
                row.setToolTip(column, tooltip(text))
            self.withheld.addTopLevelItem(row)
        header = self.withheld.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self.withheld.setColumnWidth(0, 330)
        self.withheld.setColumnWidth(1, 80)
        self.setTabText(1, f"What stays here ({len(withheld):,})")


def _fields(layer: ReleasedLayer) -> str:
    names = ", ".join(one_line(column.label or column.name).lower() for column in layer.columns)
    return f"{wording.count(len(layer), 'feature')}, with {names}" if names else f"{len(layer):,}"


def _sample(columns: Sequence[Objects]) -> Objects:
    geometry = np.concatenate(columns) if columns else np.empty(0, dtype=object)
    if len(geometry) <= _MAP_SHAPES:
        return np.asarray(geometry)
    return np.asarray(geometry[np.linspace(0, len(geometry) - 1, _MAP_SHAPES).astype(np.int64)])
