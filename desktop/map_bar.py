"""The bar above the map: tools, and the kind that is drawn."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QComboBox, QToolBar, QWidget

from desktop.actions import ActionSet
from desktop.panels.swatches import kind_icon
from layers.kinds import KINDS, spec_of
from layers.model import GeometryType, Kind

_BEFORE = ("tool_pan", "tool_select")
_SHAPES = {
    "tool_point": GeometryType.POINT,
    "tool_line": GeometryType.LINE,
    "tool_polygon": GeometryType.POLYGON,
    "tool_circle": GeometryType.POLYGON,
}
_AFTER = ("tool_move", "tool_reshape", "edit_feature", "delete")


class MapBar(QToolBar):
    """Only tools that the chosen kind allows can be taken."""

    def __init__(self, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.setAccessibleName("Map tools")
        self.setIconSize(QSize(18, 18))
        self.kinds = QComboBox()
        self.kinds.setAccessibleName("Kind to draw")
        self.kinds.setToolTip("What is drawn: the kind of the next feature")
        self.kinds.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for spec in KINDS:
            self.kinds.addItem(spec.title, spec.kind)  # the pictures come with `update_icons`
        self.kinds.currentIndexChanged.connect(lambda _: self.update_tools())
        for name in _BEFORE:
            self.addAction(actions[name])
        self.addSeparator()
        self.addWidget(self.kinds)
        for name in _SHAPES:
            self.addAction(actions[name])
        self.addSeparator()
        for name in _AFTER:
            self.addAction(actions[name])
        self.addSeparator()
        self.addAction(actions["zoom_all"])
        self.addAction(actions["zoom_selection"])

    def kind(self) -> Kind:
        """Return the kind that is drawn next."""
        return Kind(self.kinds.currentData())

    def set_kind(self, kind: Kind) -> None:
        """Draw this kind next."""
        self.kinds.setCurrentIndex(self.kinds.findData(kind))

    def update_tools(self) -> None:
        """Enable the shapes that the kind allows, while a workspace is open."""
        allowed = spec_of(self.kind()).geometries
        is_open = self._actions["tool_select"].isEnabled()
        for name, shape in _SHAPES.items():
            self._actions[name].setEnabled(is_open and shape in allowed)
            if shape not in allowed and self._actions[name].isChecked():
                self._actions["tool_select"].trigger()

    def update_icons(self) -> None:
        """Draw the pictures of the kinds in the colours of the theme in use."""
        for row, spec in enumerate(KINDS):
            self.kinds.setItemIcon(row, kind_icon(spec))
