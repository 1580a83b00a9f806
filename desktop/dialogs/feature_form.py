"""The form of a feature, built from the fields of its kind; used to add and to edit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isnan
from typing import Any
from zoneinfo import ZoneInfo

import shapely
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.dialogs.editors import (
    CodeEditor,
    Editor,
    MomentEditor,
    NumberEditor,
    PositionEditor,
    TextEditor,
    field_editor,
)
from desktop.notices import plain_label
from desktop.panels.plain_text import clean, one_line, tooltip
from layers.coordinates import Notation
from layers.kinds import spec_of
from layers.kinds.common import UNCERTAINTY
from layers.model import Code, Feature, Kind
from layers.volume import Window


@dataclass(frozen=True, slots=True)
class FormContext:
    """What the form must know beside the feature."""

    zone: ZoneInfo
    notation: Notation
    labels: tuple[str, ...] = ()
    """Sharing labels that some release profile knows."""
    layers: Mapping[str, str] | None = None
    """When adding: name of each layer it may go into, by id; "" is the id of a new one."""
    origin: str = ""
    """When editing: the layer, and the file it came from."""
    locked: bool = False
    beside: "Callable[[FeatureForm], QWidget] | None" = None
    """Makes what stands beside the form, such as what the feature would conflict with."""


_ISSUED = (Kind.MILITARY_ZONE, Kind.MOVEMENT)
"""What others act on: until it is issued it is a draft."""


class FeatureForm(QDialog):
    """Add or edit one feature; `feature()` is the result once accepted.

    What was drawn, or changed in a form that edits, is not dropped by Escape or Cancel: the form asks with
    `drop_requested` and stays open.
    """

    drop_requested = Signal()

    def __init__(
        self, feature: Feature, context: FormContext, parent: QWidget | None = None, *, adding: bool = False
    ) -> None:
        super().__init__(parent)
        self._feature = feature
        self._context = context
        self._adding = adding
        self._spec = spec_of(feature.kind)
        self._problems: dict[str, QLabel] = {}
        self.editors: dict[str, Editor] = {}
        self.layer_box = QComboBox()
        title = self._spec.title if adding else one_line(feature.name) or self._spec.title
        verb = "Draft" if adding and feature.kind in _ISSUED else "Add" if adding else "Edit"
        self.setWindowTitle(f"{verb}: {title}")
        self.setModal(True)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        )
        if adding and feature.kind in _ISSUED:
            self.buttons.button(QDialogButtonBox.StandardButton.Save).setText("&Issue")
            self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setText("&Discard")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._build()
        self._at_first = self._entered()
        if context.locked:
            self._make_read_only()
        else:
            self.editors["name"].widget.setFocus()

    # --- the result -----------------------------------------------------------------------------

    def feature(self) -> Feature:
        """Return the feature as entered; only to be asked when `problems()` is empty."""
        value = {name: editor.value() for name, editor in self.editors.items()}
        return self._feature.with_changes(
            name=value["name"],
            category=value["category"],
            source_id=value["source_id"],
            label=value["label"],
            window=Window(value["valid_from"], value["valid_to"]),
            uncertainty_m=value["uncertainty_m"],
            geometry=value.get("position", self._feature.geometry),
            fields={spec.name: value[f"field:{spec.name}"] for spec in self._spec.fields},
        )

    def layer_id(self) -> str:
        """Return the id of the layer to add to; "" for a new one."""
        return str(self.layer_box.currentData() or "")

    def problems(self) -> dict[str, str]:
        """Return what is wrong, by editor; empty when the form can be saved."""
        found = {name: problem for name, e in self.editors.items() if (problem := e.problem())}
        start, end = self.editors["valid_from"].value(), self.editors["valid_to"].value()
        if start is not None and end is not None and end <= start:
            found["valid_to"] = "The end must lie after the start."
        return found

    def accept(self) -> None:
        """Close the form when everything is right, else say beside each field what is not."""
        found = self.problems()
        for name, label in self._problems.items():
            label.setText(clean(found.get(name, "")))
            label.setVisible(name in found)
        if found:
            self.tabs.setCurrentIndex(0)
            first = self.editors[next(iter(found))].widget
            self._area.ensureWidgetVisible(first)
            first.setFocus()
            return
        super().accept()

    def reject(self) -> None:
        """Close a form in which nothing was changed; what was drawn or entered is dropped only by `drop`."""
        if self._adding or self._entered() != self._at_first:
            self.drop_requested.emit()
        else:
            super().reject()

    def drop(self) -> None:
        """Close the form and give up what was drawn or entered."""
        super().reject()

    def _entered(self) -> tuple[object, ...]:
        """Return what each editor holds, or what is wrong with that, to be compared; None for not stated."""
        held = (editor.problem() or editor.value() for editor in self.editors.values())
        return tuple(None if isinstance(value, float) and isnan(value) else value for value in held)

    # --- building -------------------------------------------------------------------------------

    def _build(self) -> None:
        self.tabs = QTabWidget()
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._page = self._details()
        self._area.setWidget(self._page)
        self.tabs.addTab(self._area, "Details")
        if self._feature.attributes:
            self.tabs.addTab(self._partner_table(), "From the partner")
        box = QVBoxLayout(self)
        if self._context.locked:
            notice = plain_label("This layer is locked. Unlock it to change its features.", name="problem")
            box.addWidget(notice)
        self.beside = self._context.beside(self) if self._context.beside is not None else None
        content = QHBoxLayout()
        content.addWidget(self.tabs, 3)
        if self.beside is not None:
            self.tabs.setMinimumWidth(min(self._page.sizeHint().width() + 40, 480))
            content.addWidget(self.beside, 2)
        box.addLayout(content, 1)
        if self._context.origin:
            origin = plain_label(self._context.origin, name="muted")
            origin.setWordWrap(True)
            box.addWidget(origin)
        box.addWidget(self.buttons)

    def _details(self) -> QWidget:
        page = QWidget()
        form = QFormLayout(page)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        feature, now = self._feature, datetime.now(UTC)
        if self._context.layers is not None:
            for layer_id, name in self._context.layers.items():
                self.layer_box.addItem(one_line(name), layer_id)
            form.addRow("Layer", self.layer_box)
        self._add(form, "name", "Name", TextEditor(feature.name))
        self._add(form, "category", "Category", CodeEditor(self._spec.categories, feature.category))
        self._add_place(form)
        zone = self._context.zone
        start = MomentEditor(feature.window.start, zone, "Already", now)
        end = MomentEditor(feature.window.end, zone, "Until further notice", now)
        self._add(form, "valid_from", "From", start, f"Local time of the operation ({zone.key})")
        self._add(form, "valid_to", "To", end, f"Local time of the operation ({zone.key})")
        form.addRow("", plain_label(f"Times are those of {zone.key}.", name="muted"))
        for spec in self._spec.fields:
            editor = field_editor(spec, feature.fields.get(spec.name), zone)
            self._add(form, f"field:{spec.name}", spec.label, editor, spec.help)
        self._add(form, "source_id", "Partner's id", TextEditor(feature.source_id))
        codes = tuple(Code(label, label.capitalize()) for label in self._context.labels if label)
        label = CodeEditor(codes, feature.label)
        label.box.setItemText(0, "As the release profile says")
        self._add(
            form,
            "label",
            "Sharing",
            label,
            "Limits who may read it; a profile that does not name the label withholds it.",
        )
        return page

    def _add_place(self, form: QFormLayout) -> None:
        geometry = self._feature.geometry
        uncertainty = NumberEditor(UNCERTAINTY, self._feature.uncertainty_m, empty=0.0)
        if isinstance(geometry, shapely.Point) and not geometry.is_empty:
            position = PositionEditor(geometry, self._context.notation)
            position.uncertainty_implied.connect(lambda metres: uncertainty.edit.setText(f"{metres:.0f}"))
            self._add(form, "position", "Position", position, "Latitude and longitude, UTM or MGRS")
        else:
            form.addRow("Shape", plain_label(shape_words(geometry)))
        self._add(form, UNCERTAINTY.name, UNCERTAINTY.label, uncertainty, UNCERTAINTY.help)

    def _add(self, form: QFormLayout, name: str, label: str, editor: Editor, hint: str = "") -> None:
        problem = plain_label(name="problem")
        problem.setWordWrap(True)
        problem.hide()
        holder = QWidget()
        box = QVBoxLayout(holder)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        box.addWidget(editor.widget)
        box.addWidget(problem)
        heading = plain_label(label)
        heading.setBuddy(editor.widget)
        editor.widget.setAccessibleName(label)
        if hint:
            editor.widget.setToolTip(tooltip(hint))
            heading.setToolTip(tooltip(hint))
        form.addRow(heading, holder)
        self.editors[name] = editor
        self._problems[name] = problem

    def _partner_table(self) -> QTableWidget:
        items = list(self._feature.attributes.items())
        table = QTableWidget(len(items), 2)
        table.setHorizontalHeaderLabels(["Column", "As the partner wrote it"])
        table.verticalHeader().hide()
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)  # arrows move in the table, Tab leaves it
        table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        for row, (name, value) in enumerate(items):
            words = "" if value is None else str(value)
            for column, text in enumerate((name, words)):
                item = QTableWidgetItem(one_line(text))
                item.setToolTip(tooltip(text))
                table.setItem(row, column, item)
        table.resizeColumnToContents(0)
        return table

    def _make_read_only(self) -> None:
        for editor in self.editors.values():
            editor.widget.setEnabled(False)
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(False)

    def sizeHint(self) -> QSize:
        """Return a size in which the whole form is seen where the screen allows it."""
        content = self._page.sizeHint()
        limit = self.screen().availableSize()
        beside = self.beside.sizeHint().width() if self.beside is not None else 0
        width = min(max(content.width() + 60, 480) + beside, limit.width() - 80)
        return QSize(width, min(content.height() + 150, limit.height() - 100))


def shape_words(geometry: Any) -> str:
    """Say in words what a shape is and how large, in metres on the ellipsoid."""
    if geometry is None or geometry.is_empty:
        return "No position"
    from layers import geo  # pyproj: not needed before the first form

    parts = len(getattr(geometry, "geoms", [geometry]))
    several = f", {parts} parts" if parts > 1 else ""
    if geometry.geom_type.endswith("Polygon"):
        area = float(geo.area_m2([geometry])[0])
        words = f"{area / 1e6:,.2f} km²" if area >= 1e5 else f"{area:,.0f} m²"
        return f"Area of {words}{several}"
    if geometry.geom_type.endswith("LineString"):
        length = float(geo.length_m([geometry])[0])
        words = f"{length / 1e3:,.2f} km" if length >= 1e3 else f"{length:,.0f} m"
        return f"Line of {words}{several}"
    return f"{parts} points" if parts > 1 else "Point"


def profile_labels(profiles: Sequence[Any]) -> tuple[str, ...]:
    """Return the sharing labels that the release profiles know, in order."""
    return tuple(sorted({label for profile in profiles for label in profile.labels if label}))
