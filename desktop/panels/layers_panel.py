"""The layers by kind: symbol, count, shown or hidden, locked, renamed, removed."""

from dataclasses import replace
from itertools import groupby

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QMenu,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop import theme
from desktop.document import Document
from desktop.notices import Notices, plain_label
from desktop.panels.plain_text import one_line, tooltip
from desktop.panels.swatches import kind_icon
from layers.errors import LayersError
from layers.kinds import KINDS, spec_of
from layers.model import Kind, Layer, Workspace

_NAME, _COUNT, _LOCK = range(3)
_ID = Qt.ItemDataRole.UserRole
_ICON, _ROW = 18, 24
_LEAST_CHARACTERS = 24
"""Of a name with its tick, count and lock."""


class LayersPanel(QWidget):
    """A tree of kinds and their layers; every change goes through `Document.apply` and can be undone."""

    zoom_requested = Signal(object)
    """An extent: west, south, east, north in degrees."""
    table_requested = Signal(str)
    """Id of the layer whose attribute table is wanted."""
    properties_requested = Signal(str)
    """Id of a layer."""

    def __init__(self, document: Document, notices: Notices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._notices = notices
        self._filling = False
        self._ids: list[str] = []
        self._items: dict[str, QTreeWidgetItem] = {}
        self._collapsed: set[Kind] = set()
        self.tree = self._make_tree()
        self.empty: QLabel = plain_label(
            "No layers yet. Import partner files or draw something.", name="muted"
        )
        self.empty.setWordWrap(True)
        self.empty.setMargin(8)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.empty)
        box.addWidget(self.tree, 1)
        # A narrow window would take all of it, and a wide one not give it back.
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * _LEAST_CHARACTERS)
        document.changed.connect(self._on_changed)
        self.refresh()

    def _make_tree(self) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setColumnCount(3)
        tree.setHeaderHidden(True)
        tree.setAccessibleName("Layers")
        tree.setRootIsDecorated(True)
        tree.setIndentation(12)
        tree.setUniformRowHeights(True)
        tree.setIconSize(QSize(_ICON, _ICON))
        tree.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header = tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(_COUNT, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_LOCK, QHeaderView.ResizeMode.Fixed)
        header.setMinimumSectionSize(20)
        header.resizeSection(_LOCK, 28)
        tree.itemChanged.connect(self._on_item_changed)
        tree.itemClicked.connect(self._on_clicked)
        tree.itemDoubleClicked.connect(self._on_double_clicked)
        tree.itemExpanded.connect(lambda item: self._collapsed.discard(item.data(_NAME, _ID)))
        tree.itemCollapsed.connect(lambda item: self._collapsed.add(item.data(_NAME, _ID)))
        tree.customContextMenuRequested.connect(self._show_menu)
        return tree

    # --- showing --------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the layers of the document."""
        layers = self._document.workspace.layers
        grouped = [layer for spec in KINDS for layer in layers if layer.kind is spec.kind]
        ids = [layer.id for layer in grouped]
        self._filling = True
        # Rows are kept where they can be: an item must not be deleted while its own change is handled.
        if ids != self._ids:
            current = self.current_layer()
            self._rebuild(grouped)
            self._ids = ids
            if current is not None:
                self._select(current)
        for layer in grouped:
            self._show(self._items[layer.id], layer)
        self._filling = False
        self.empty.setVisible(not layers)

    def _rebuild(self, layers: list[Layer]) -> None:
        self.tree.clear()
        self._items.clear()
        for kind, group in groupby(layers, key=lambda layer: layer.kind):
            spec = spec_of(kind)
            parent = QTreeWidgetItem([spec.title_plural, "", ""])
            parent.setData(_NAME, _ID, kind)
            parent.setSizeHint(_NAME, QSize(0, _ROW))
            parent.setToolTip(_NAME, tooltip(spec.help))
            font = parent.font(_NAME)
            font.setBold(True)
            parent.setFont(_NAME, font)
            parent.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            self.tree.addTopLevelItem(parent)
            parent.setFirstColumnSpanned(True)
            for layer in group:
                item = QTreeWidgetItem(parent)
                item.setData(_NAME, _ID, layer.id)
                item.setSizeHint(_NAME, QSize(0, _ROW))
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsUserCheckable)
                item.setTextAlignment(_COUNT, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self._items[layer.id] = item
            parent.setExpanded(kind not in self._collapsed)

    def _show(self, item: QTreeWidgetItem, layer: Layer) -> None:
        item.setText(_NAME, one_line(layer.name))
        item.setText(_COUNT, f"{len(layer.table):,}")
        item.setIcon(_NAME, kind_icon(spec_of(layer.kind)))
        item.setCheckState(_NAME, Qt.CheckState.Checked if layer.visible else Qt.CheckState.Unchecked)
        item.setToolTip(_NAME, tooltip(layer.name))
        self._show_lock(item, layer.locked)

    def _show_lock(self, item: QTreeWidgetItem, locked: bool) -> None:
        picture = theme.icon("lock" if locked else "unlock")
        item.setIcon(_LOCK, picture)
        if picture.isNull():
            item.setText(_LOCK, "🔒" if locked else "·")
        words = "Locked: click to allow changes" if locked else "Can be changed: click to lock"
        item.setToolTip(_LOCK, words)
        item.setData(_LOCK, Qt.ItemDataRole.AccessibleTextRole, "Locked" if locked else "Not locked")

    def current_layer(self) -> str | None:
        """Return the id of the layer that is highlighted, or None."""
        item = self.tree.currentItem()
        value = item.data(_NAME, _ID) if item is not None and item.parent() is not None else None
        return value if isinstance(value, str) else None

    def item_of(self, layer_id: str) -> QTreeWidgetItem | None:
        """Return the row of a layer, or None."""
        return self._items.get(layer_id)

    def changeEvent(self, event: QEvent) -> None:
        """Draw the pictures again in the colours of a new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.refresh()

    def _select(self, layer_id: str) -> None:
        item = self.item_of(layer_id)
        if item is not None:
            self.tree.setCurrentItem(item)

    def _on_changed(self, before: Workspace, after: Workspace) -> None:
        if before.layers is not after.layers:
            self.refresh()

    # --- changing -------------------------------------------------------------------------------

    def set_visible(self, layer_id: str, visible: bool) -> None:
        """Show or hide a layer."""
        layer = self._document.workspace.layer(layer_id)
        verb = "Show" if visible else "Hide"
        self._apply(f"{verb} {one_line(layer.name)}", replace(layer, visible=visible))

    def set_locked(self, layer_id: str, locked: bool) -> None:
        """Lock a layer against changes, or unlock it."""
        layer = self._document.workspace.layer(layer_id)
        verb = "Lock" if locked else "Unlock"
        self._apply(f"{verb} {one_line(layer.name)}", replace(layer, locked=locked))

    def rename(self, layer_id: str, name: str) -> None:
        """Give a layer another name; an empty one is refused and the old name stays."""
        layer = self._document.workspace.layer(layer_id)
        wanted = one_line(name)
        if not wanted or wanted == layer.name:
            self.refresh()
            return
        self._apply(f"Rename {one_line(layer.name)} to {wanted}", replace(layer, name=wanted))

    def remove(self, layer_id: str) -> None:
        """Remove a layer with its features; undo brings it back."""
        workspace = self._document.workspace
        layer = workspace.layer(layer_id)
        if layer.locked:
            self._notices.warn(f"{one_line(layer.name)} is locked.", "Unlock it first, then remove it.")
            return
        if self._try(f"Remove {one_line(layer.name)}", workspace.without_layer(layer_id)):
            self._notices.inform(
                f"{one_line(layer.name)} was removed. Its findings count as not re-tested from the next "
                "check on. Undo brings it back."
            )

    def _apply(self, text: str, layer: Layer) -> None:
        self._try(text, self._document.workspace.with_layer(layer))

    def _try(self, text: str, workspace: Workspace) -> bool:
        try:
            self._document.apply(text, workspace)
        except LayersError as error:
            self.refresh()
            self._notices.error(error)
            return False
        return True

    # --- events ---------------------------------------------------------------------------------

    def _on_item_changed(self, item: QTreeWidgetItem, column: int) -> None:
        layer_id = item.data(_NAME, _ID)
        if self._filling or item.parent() is None or column != _NAME:
            return
        layer = self._document.workspace.layer(layer_id)
        visible = item.checkState(_NAME) == Qt.CheckState.Checked
        if visible != layer.visible:
            self.set_visible(layer_id, visible)
        elif item.text(_NAME) != one_line(layer.name):
            self.rename(layer_id, item.text(_NAME))

    def _on_clicked(self, item: QTreeWidgetItem, column: int) -> None:
        if column == _LOCK and item.parent() is not None:
            layer_id = item.data(_NAME, _ID)
            self.set_locked(layer_id, not self._document.workspace.layer(layer_id).locked)

    def _on_double_clicked(self, item: QTreeWidgetItem, column: int) -> None:
        if column != _LOCK and item.parent() is not None:
            self.zoom_to(item.data(_NAME, _ID))

    def zoom_to(self, layer_id: str) -> None:
        """Ask the map to show a layer; an empty one is said to be empty."""
        extent = self._document.workspace.layer(layer_id).table.extent
        if extent is None:
            self._notices.inform("This layer has no features with a place.")
        else:
            self.zoom_requested.emit(extent)

    def _show_menu(self, at: QPoint) -> None:
        item = self.tree.itemAt(at)
        if item is not None and item.parent() is not None:
            menu = self.menu_for(item.data(_NAME, _ID))
            menu.popup(self.tree.viewport().mapToGlobal(at))

    def menu_for(self, layer_id: str) -> QMenu:
        """Return the menu of a layer."""
        layer = self._document.workspace.layer(layer_id)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Show on the map", lambda: self.zoom_to(layer_id))
        menu.addAction("Show the table", lambda: self.table_requested.emit(layer_id))
        menu.addSeparator()
        menu.addAction("Rename", lambda: self._edit_name(layer_id))
        menu.addAction(
            "Unlock" if layer.locked else "Lock", lambda: self.set_locked(layer_id, not layer.locked)
        )
        menu.addAction("Remove", lambda: self.remove(layer_id)).setEnabled(not layer.locked)
        menu.addSeparator()
        menu.addAction("Where it comes from…", lambda: self.properties_requested.emit(layer_id))
        return menu

    def _edit_name(self, layer_id: str) -> None:
        item = self.item_of(layer_id)
        if item is not None:
            self.tree.editItem(item, _NAME)
