"""The attribute table of a layer: sort, filter, select both ways with the map, edit through the form."""

import time

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.document import Document
from desktop.notices import plain_label
from desktop.panels.attribute_model import AttributeModel, zone_of
from desktop.panels.plain_text import one_line
from desktop.panels.swatches import kind_icon
from desktop.panels.wording import count
from layers.kinds import spec_of
from layers.model import Layer, Workspace

_WAIT_MS = 200
_MEASURED_ROWS = 20
_FIT_S = 0.008
"""So long columns are fitted before the window has its turn."""
_MOST_RUNS = 1_000
"""Runs of selected rows beyond which they are painted by the model instead of selected in Qt."""


class AttributesPanel(QWidget):
    """One layer at a time; what is selected here is selected on the map and the other way round."""

    edit_requested = Signal(str)
    """Id of the feature to edit."""
    zoom_requested = Signal(object)
    """A list of feature ids to show on the map."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._syncing = False
        self.model = AttributeModel()
        self.layers = QComboBox()
        self.layers.setAccessibleName("Layer of the table")
        self.layers.setMinimumContentsLength(18)
        self.layers.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter rows")
        self.filter.setAccessibleName("Filter rows")
        self.filter.setClearButtonEnabled(True)
        self.count = plain_label(name="muted")
        self.view = self._make_view()
        self._build()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WAIT_MS)
        self._timer.timeout.connect(self.apply_filter)
        self._unfitted: list[int] = []
        self._fit = QTimer(
            self, singleShot=True, interval=0
        )  # some columns a turn: all of them take 20 ms or more
        self._fit.timeout.connect(self._fit_columns)
        self.filter.textChanged.connect(lambda _: self._timer.start())
        self.filter.returnPressed.connect(self.apply_filter)
        self.layers.currentIndexChanged.connect(lambda _: self._on_layer_chosen())
        self.view.selectionModel().selectionChanged.connect(lambda *_: self._on_view_selection())
        self.view.doubleClicked.connect(lambda index: self._edit_row(index.row()))
        self.model.modelReset.connect(lambda: self._mark_selection(self._document.selection))
        document.changed.connect(self._on_changed)
        document.selection_changed.connect(self._on_document_selection)
        self._list_layers()

    def _make_view(self) -> QTableView:
        view = QTableView()
        view.setModel(self.model)
        view.setAccessibleName("Attribute table")
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setTabKeyNavigation(False)  # arrows move in the table, Tab leaves it
        view.setAlternatingRowColors(True)
        view.setWordWrap(False)
        view.setSortingEnabled(True)
        view.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        view.horizontalHeader().setSortIndicatorClearable(True)
        # Each repaint of the headings asks whether whole columns are selected: 1.3 s for 50,000 rows.
        view.horizontalHeader().setSelectionModel(QItemSelectionModel(self.model, view))
        view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        # A fixed row height: measuring 50,000 rows would freeze the window.
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        view.verticalHeader().setDefaultSectionSize(view.fontMetrics().height() + 6)
        view.horizontalHeader().setResizeContentsPrecision(_MEASURED_ROWS)
        for key in ("Return", "Enter"):
            shortcut = QShortcut(QKeySequence(key), view)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(lambda: self._edit_row(view.currentIndex().row()))
        return view

    def _build(self) -> None:
        edit, show = QToolButton(), QToolButton()
        edit.setText("Edit…")
        edit.setToolTip("Edit the feature of the current row (Enter)")
        edit.clicked.connect(lambda: self._edit_row(self.view.currentIndex().row()))
        show.setText("Show on the map")
        show.setToolTip("Fit the selected rows into the map")
        show.clicked.connect(self._show_selected)
        row = QHBoxLayout()
        row.setContentsMargins(6, 4, 6, 4)
        row.setSpacing(6)
        row.addWidget(self.layers, 2)
        row.addWidget(self.filter, 3)
        row.addWidget(edit)
        row.addWidget(show)
        row.addWidget(self.count)
        row.addStretch(1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(row)
        box.addWidget(self.view, 1)

    # --- what is shown --------------------------------------------------------------------------

    def show_layer(self, layer_id: str) -> None:
        """Show the table of this layer."""
        at = self.layers.findData(layer_id)
        if at >= 0:
            self.layers.setCurrentIndex(at)

    def apply_filter(self) -> None:
        """Filter by the text now, without waiting for a pause in typing."""
        self._timer.stop()
        self.model.set_filter(self.filter.text())

    def _list_layers(self) -> None:
        wanted = self.layers.currentData()
        self.layers.blockSignals(True)
        self.layers.clear()
        for layer in self._document.workspace.layers:
            self.layers.addItem(kind_icon(spec_of(layer.kind)), one_line(layer.name), layer.id)
        at = max(self.layers.findData(wanted), 0) if self.layers.count() else -1
        self.layers.setCurrentIndex(at)
        self.layers.setEnabled(self.layers.count() > 0)
        self.layers.blockSignals(False)
        self._on_layer_chosen()

    def _current(self) -> Layer | None:
        layer_id = self.layers.currentData()
        return next((layer for layer in self._document.workspace.layers if layer.id == layer_id), None)

    def _on_layer_chosen(self) -> None:
        layer, shown = self._current(), self.model.layer
        same = layer is not None and shown is not None and layer.id == shown.id
        self.model.show_layer(layer, zone_of(self._document.workspace.time_zone))
        if not same:
            self.view.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
            self._unfitted = list(range(self.model.columnCount()))
            self._fit.start()

    def _fit_columns(self) -> None:
        until = time.perf_counter() + _FIT_S
        while self._unfitted and time.perf_counter() < until:
            column = self._unfitted.pop(0)
            self.view.resizeColumnToContents(column)
            self.view.setColumnWidth(column, min(max(self.view.columnWidth(column) + 8, 60), 240))
        if self._unfitted:
            self._fit.start()

    def _on_changed(self, before: Workspace, after: Workspace) -> None:
        if before.layers is after.layers and before.time_zone == after.time_zone:
            return
        old, new = self.model.layer, self._current()
        if [(x.id, x.name) for x in before.layers] != [(x.id, x.name) for x in after.layers]:
            self._list_layers()
        elif new is None or old is None or new.table is not old.table:
            self._on_layer_chosen()

    def _show_count(self) -> None:
        layer = self.model.layer
        if layer is None:
            self.count.setText("")
            return
        shown, total = self.model.rowCount(), len(layer.table)
        selected = sum(1 for i in self._document.selection if i in layer.table.rows_by_id)
        text = count(total, "feature") if shown == total else f"{shown:,} of {count(total, 'feature')}"
        self.count.setText(f"{text}, {selected:,} selected" if selected else text)

    # --- selection ------------------------------------------------------------------------------

    def _selected_rows(self) -> NDArray[np.intp]:
        selection = self.view.selectionModel().selection()
        ranges = [selection.at(i) for i in range(selection.count())]
        parts = [np.arange(r.top(), r.bottom() + 1) for r in ranges]
        return np.unique(np.concatenate(parts)) if parts else np.arange(0)

    def _on_view_selection(self) -> None:
        if self._syncing:
            return
        self._syncing = True
        self.model.mark(np.arange(0))
        self._document.set_selection(self.model.feature_ids(self._selected_rows()))
        self._syncing = False
        self._show_count()

    def _on_document_selection(self, ids: frozenset[str]) -> None:
        if self._syncing or (ids and not len(self.model.rows_of(ids)) and self._follow(ids)):
            return  # showing the other layer has marked them
        self._mark_selection(ids)

    def _mark_selection(self, ids: frozenset[str]) -> None:
        """Mark what is selected of the layer that is shown; the user may look at another one meanwhile."""
        if self._syncing:
            return
        rows = self.model.rows_of(ids)
        selection = QItemSelection()
        last, runs = self.model.columnCount() - 1, _runs(rows)
        many = len(runs) > _MOST_RUNS
        for first, end in () if many else runs:
            selection.select(self.model.index(first, 0), self.model.index(end, last))
        self.model.mark(rows if many else rows[:0])
        self._syncing = True
        self.view.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if len(rows):
            self.view.selectionModel().setCurrentIndex(
                self.model.index(int(rows[0]), 0), QItemSelectionModel.SelectionFlag.NoUpdate
            )
            self.view.scrollTo(self.model.index(int(rows[0]), 0))
        self._syncing = False
        self._show_count()

    def _follow(self, ids: frozenset[str]) -> bool:
        """Show the layer that the selection is in, when it is not the one on the screen."""
        layer = self.model.layer
        if layer is not None and any(i in layer.table.rows_by_id for i in ids):
            return False  # it is here, but the filter hides it
        found = self._document.workspace.find(next(iter(ids)))
        if found is None:
            return False
        self.show_layer(found[0].id)
        return True

    def _edit_row(self, row: int) -> None:
        if 0 <= row < self.model.rowCount():
            self.edit_requested.emit(self.model.feature_ids(np.array([row]))[0])

    def _show_selected(self) -> None:
        layer = self.model.layer
        ids = [i for i in self._document.selection if layer is not None and i in layer.table.rows_by_id]
        if ids:
            self.zoom_requested.emit(ids)


def _runs(rows: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Return the first and last of each run of neighbouring rows."""
    if not len(rows):
        return []
    cuts = np.flatnonzero(np.diff(rows) > 1)
    firsts = np.concatenate([rows[:1], rows[cuts + 1]])
    lasts = np.concatenate([rows[cuts], rows[-1:]])
    return [(int(a), int(b)) for a, b in zip(firsts, lasts, strict=True)]
