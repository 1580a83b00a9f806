"""The panels around the map: where they are at first, and as the user left them."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QWidget

from desktop.settings import Settings

_LAYOUT_VERSION = 3
_AREAS = {
    "layers": ("Layers", Qt.DockWidgetArea.LeftDockWidgetArea),
    "findings": ("Findings", Qt.DockWidgetArea.RightDockWidgetArea),
    "near": ("What is near", Qt.DockWidgetArea.RightDockWidgetArea),
    "table": ("Attribute table", Qt.DockWidgetArea.BottomDockWidgetArea),
}
_ON_REQUEST = "near"
"""A dock that is shown only when it is asked for, behind the findings."""
_WIDTHS = (250, 380)
_TABLE_HEIGHT = 190


class Docks:
    """The docks; they are hidden on the welcome page and come back as they were."""

    def __init__(self, window: QMainWindow, settings: Settings) -> None:
        self._window = window
        self._settings = settings
        self._shown = False
        self._docks = {name: self._make(name) for name in _AREAS}
        window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)

    def __getitem__(self, name: str) -> QDockWidget:
        return self._docks[name]

    def set_panel(self, name: str, panel: QWidget) -> None:
        """Put a panel into its dock."""
        self._docks[name].setWidget(panel)

    def fill(self, menu: QMenu) -> None:
        """Put the switches of the docks into a menu."""
        for dock in self._docks.values():
            menu.addAction(dock.toggleViewAction())

    def show(self, name: str) -> None:
        """Bring a dock into sight."""
        self._docks[name].show()
        self._docks[name].raise_()

    def set_shown(self, shown: bool) -> None:
        """Hide all on the welcome page, or bring them back as the user had them."""
        if shown == self._shown:
            return
        self.keep()
        self._shown = shown
        if not shown:
            for dock in self._docks.values():
                dock.hide()
            return
        kept = self._settings.docks
        if kept is None or not self._window.restoreState(kept, _LAYOUT_VERSION):
            self.arrange()

    def arrange(self) -> None:
        """Put the docks where they are at first, in their first sizes."""
        for name, (_, area) in _AREAS.items():
            dock = self._docks[name]
            dock.setFloating(False)
            self._window.addDockWidget(area, dock)
            dock.setVisible(name != _ON_REQUEST)
        self._window.tabifyDockWidget(self._docks["findings"], self._docks[_ON_REQUEST])
        self._docks[_ON_REQUEST].hide()
        sides = [self._docks["layers"], self._docks["findings"]]
        self._window.resizeDocks(sides, list(_WIDTHS), Qt.Orientation.Horizontal)
        self._window.resizeDocks([self._docks["table"]], [_TABLE_HEIGHT], Qt.Orientation.Vertical)

    def keep(self) -> None:
        """Remember the arrangement; before the window is on the screen its sizes mean nothing."""
        if self._shown and self._window.isVisible():
            self._settings.docks = self._window.saveState(_LAYOUT_VERSION)

    def _make(self, name: str) -> QDockWidget:
        title, area = _AREAS[name]
        dock = QDockWidget(title)
        dock.setObjectName(name)
        self._window.addDockWidget(area, dock)
        dock.hide()
        return dock
