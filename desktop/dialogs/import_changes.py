"""Step six: the next delivery of a partner against the last one; missing is not withdrawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHeaderView,
    QLineEdit,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.dialogs.form_rows import FormRows
from desktop.dialogs.import_map import ImportMap, Overlay, Role
from desktop.dialogs.import_reading import MAP_SHAPES
from desktop.dialogs.import_steps import Step, StepPanel, StepReport, StepState
from desktop.dialogs.import_study import Study
from desktop.dialogs.import_what import CAPTION_WIDTH
from desktop.panels import wording
from desktop.panels.choice import Choice
from desktop.panels.plain_text import PlainLabel, cell_text, isolated, one_line
from layers.deliveries import BIG_MOVE_M, Choices, Removal
from layers.kinds import KINDS, spec_of
from layers.model import Kind, Layer, Workspace

LISTED = 300
_ON_MAP = 100
_ENTRY = Qt.ItemDataRole.UserRole
_REMOVALS = (
    ("Keep them: missing is not withdrawn", Removal.KEEP),
    ("End them now; they stay on record", Removal.EXPIRE),
    ("Take them out of the layer", Removal.DROP),
)
_GROUPS = (
    ("moved", "Moved"),
    ("removed", "Missing in this file"),
    ("added", "Added"),
    ("renamed", "Renamed"),
    ("changed", "Changed"),
)
_FIELDS = {
    "uncertainty_m": "Uncertainty",
    "valid_from": "Holds from",
    "valid_to": "Holds until",
    "label": "Limited to",
    "category": "Category",
    "shape": "Shape",
} | {field.name: field.label for spec in KINDS for field in spec.fields}
Entry = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class _Compared:
    """The layer before and as the file has it, to look shapes up in."""

    before: Layer
    after: Layer
    delivery: Mapping[str, Any]


class ChangesPanel(StepPanel):
    """What a file changes in the layer that it brings up to date, and what is to be answered before."""

    step = Step.CHANGES
    target_picked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._busy = True
        self._compared: _Compared | None = None
        self._big: list[QTreeWidgetItem] = []
        self.summary = PlainLabel(bold=True)
        self.target: Choice[str] = Choice("What the file is")
        self.target.currentIndexChanged.connect(self._on_target)
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(["Feature", "What changes"])
        self.tree.setAccessibleName("What changes")
        self.tree.setAlternatingRowColors(True)
        self.tree.setUniformRowHeights(True)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self.tree.header().resizeSection(0, 300)
        self.tree.currentItemChanged.connect(lambda *_: self._show_current())
        self.tree.itemChanged.connect(lambda *_: self._on_answer())
        self.removal: Choice[Removal] = Choice("Features that are missing", _REMOVALS)
        self.reason = QLineEdit()
        self.reason.setAccessibleName("Reason for the big moves that are ticked")
        self.reason.setPlaceholderText("Why the ticked big moves are right")
        self.reason.textChanged.connect(self._on_answer)
        self.leave = QCheckBox("Leave the big moves that are not ticked where they &were")
        self.leave.toggled.connect(self._on_answer)
        self.map = ImportMap()
        self.legend = PlainLabel()
        self.legend.setObjectName("muted")
        self._form = FormRows(CAPTION_WIDTH)
        self._answers = FormRows(CAPTION_WIDTH)
        self._lay_out()

    def _lay_out(self) -> None:
        self._form.add("This file &is", self.target)
        self._answers.add("&Missing ones", self.removal)
        self._answers.add("&Reason", self.reason, self.leave)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._form)
        column.addWidget(self.summary)
        column.addWidget(self.tree, 1)
        column.addLayout(self._answers)
        column.addStretch(0)
        right = QWidget()
        beside = QVBoxLayout(right)
        beside.setContentsMargins(6, 0, 0, 0)
        beside.addWidget(self.map, 1)
        beside.addWidget(self.legend)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.addWidget(left)
        split.addWidget(right)
        split.setSizes([580, 460])
        split.setStretchFactor(0, 1)
        split.setChildrenCollapsible(False)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(split, 1)

    # --- content --------------------------------------------------------------------------------

    def set_busy(self) -> None:
        """Say that the comparison is under way."""
        self._busy = True
        self.summary.setText("Comparing with what is there.")
        self.reported.emit()

    def show_study(self, study: Study, workspace: Workspace) -> None:
        """Show what the file changes; answers that were given stay where they still fit."""
        self._busy = False
        kind = study.request.kind
        entries = [("A new layer", "")]
        entries += [
            (f"The next delivery of {isolated(layer.name)}", layer.id) for layer in workspace.of_kind(kind)
        ]
        self.target.set_entries(entries)
        self.target.blockSignals(True)
        self.target.choose(study.update)
        self.target.blockSignals(False)
        self._compared = self._compare(study, workspace)
        self._fill(study, kind, workspace)
        self._on_answer()

    def show_failure(self, sentence: str) -> None:
        """Say why nothing could be compared."""
        self._busy, self._compared = False, None
        self.tree.clear()
        self.summary.setText(sentence)
        self.reported.emit()

    def _compare(self, study: Study, workspace: Workspace) -> _Compared | None:
        if not study.update or study.layer is None or study.report.delivery is None:
            return None
        return _Compared(workspace.layer(study.update), study.layer, study.report.delivery)

    def _fill(self, study: Study, kind: Kind, workspace: Workspace) -> None:
        ticked = set(self._ticked())
        self.tree.blockSignals(True)
        self.tree.clear()
        self._big = []
        delivery = self._compared.delivery if self._compared is not None else {}
        for key, title in _GROUPS:
            if delivery.get(key):
                self._add_group(key, title, delivery[key], ticked)
        self.tree.blockSignals(False)
        self.summary.setText(summary_words(study))
        self.tree.setVisible(self._compared is not None and self.tree.topLevelItemCount() > 0)
        self._answers.set_shown(self.removal, bool(delivery.get("removed")))
        self._answers.set_shown(self.reason, bool(self._big))
        self.map.set_workspace(workspace)
        self.map.set_rows(_some(study.layer), spec_of(kind))
        self.map.set_overlays((), zoom=False)
        first = self.tree.topLevelItem(0)
        if first is not None:
            self.tree.setCurrentIndex(self.tree.indexFromItem(first))
        self._show_current()

    def _add_group(self, key: str, title: str, entries: Sequence[Entry], ticked: set[str]) -> None:
        if key == "moved":
            entries = sorted(entries, key=lambda entry: -float(entry["metres"]))
        group = QTreeWidgetItem(self.tree, [f"{title}: {len(entries):,}", ""])
        group.setData(0, _ENTRY, (key, tuple(entries[:_ON_MAP])))
        for number, entry in enumerate(entries):
            big = key == "moved" and float(entry["metres"]) > BIG_MOVE_M
            if number >= LISTED and not big:
                QTreeWidgetItem(group, [f"and {len(entries) - number:,} more", ""])
                break
            item = QTreeWidgetItem(group, [entry_name(entry), entry_words(key, entry)])
            item.setData(0, _ENTRY, (key, (entry,)))
            if big:
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                state = Qt.CheckState.Checked if entry["id"] in ticked else Qt.CheckState.Unchecked
                item.setCheckState(0, state)
                self._big.append(item)
        group.setExpanded(len(entries) <= 8 or key == "moved")

    # --- answers --------------------------------------------------------------------------------

    def _ticked(self) -> list[str]:
        """Return the ids of the big moves that are ticked."""
        found = []
        for item in self._big:
            if item.checkState(0) is Qt.CheckState.Checked:
                _, entries = item.data(0, _ENTRY)
                found.append(str(entries[0]["id"]))
        return found

    def choices(self) -> Choices:
        """Return what was answered."""
        reason = self.reason.text().strip()
        return Choices(
            removed=self.removal.value(),
            reasons=MappingProxyType(dict.fromkeys(self._ticked(), reason)),
        )

    def picked_target(self) -> str:
        """Return the id of the layer that was chosen to be brought up to date; "" for a new one."""
        return self.target.value() if self.target.count() else ""

    def _on_target(self) -> None:
        self.target_picked.emit()

    def _on_answer(self) -> None:
        self.leave.setVisible(len(self._ticked()) < len(self._big))
        self.reason.setEnabled(bool(self._ticked()))
        self.reported.emit()

    def _is_answered(self) -> bool:
        """Tell whether every big move has a reason, or is to be left."""
        ticked = self._ticked()
        if ticked and not self.reason.text().strip():
            return False
        return len(ticked) == len(self._big) or self.leave.isChecked()

    # --- the map --------------------------------------------------------------------------------

    def _show_current(self) -> None:
        item = self.tree.currentItem()
        data = item.data(0, _ENTRY) if item is not None else None
        if self._compared is None or data is None:
            self.map.set_overlays(())
            self.legend.setText("")
            return
        key, entries = data
        overlays = [o for entry in entries for o in self._overlays(key, entry, len(entries) == 1)]
        self.map.set_overlays(overlays)
        self.legend.setText(
            "Red, dashed: where it was. Solid: as this file has it." if key == "moved" else ""
        )

    def _overlays(self, key: str, entry: Entry, is_one: bool) -> list[Overlay]:
        assert self._compared is not None
        before, after = (
            _shape(layer, str(entry.get("id", ""))) for layer in (self._compared.before, self._compared.after)
        )
        name = entry_name(entry) if is_one else ""
        if key == "removed":
            return [Overlay(before, Role.BEFORE, name)]
        overlays = [Overlay(after, Role.NOW, name)]
        if key == "moved" and before is not None and after is not None:
            way = shapely.LineString([before.centroid, after.centroid])
            overlays = [Overlay(before, Role.BEFORE), Overlay(way, Role.BEFORE), *overlays]
        return overlays

    # --- state ----------------------------------------------------------------------------------

    def report(self) -> StepReport:
        """Tell what the file changes; big moves need an answer."""
        if self._busy:
            return StepReport(StepState.BUSY, "Comparing")
        if self._compared is None:
            return StepReport(StepState.NOTHING, "A new layer")
        delivery = self._compared.delivery
        if delivery["same_file"]:
            return StepReport(StepState.OK, "Imported before")
        if self._big and not self._is_answered():
            return StepReport(StepState.ANSWER, wording.count(len(self._big), "big move"))
        counted = change_counts(delivery)
        if delivery["removed"] or self._big:
            return StepReport(StepState.DOUBTS, counted)
        return StepReport(StepState.OK, counted or "No changes")

    def look_for_first(self) -> QWidget:
        """Return the tree where there are changes, else the choice of the layer."""
        return self.tree if self.tree.isVisible() else self.target


def summary_words(study: Study) -> str:
    """Say in one sentence what importing the file does to the workspace."""
    delivery = study.report.delivery
    if delivery is None:
        count = wording.count(study.report.imported, "feature")
        return f"A new layer of {count}: nothing that is there already changes."
    if delivery["same_file"]:
        left = change_counts(delivery)
        still = f" Still open: {left}." if left else ""
        return f"This very file was imported before, and read in the same way. Nothing changes.{still}"
    same = f"{delivery['unchanged']:,} unchanged"
    counted = change_counts(delivery)
    return f"{counted[:1].upper()}{counted[1:]}, {same}." if counted else f"Nothing changes: {same}."


def change_counts(delivery: Mapping[str, Any]) -> str:
    """Return the counts of what changes."""
    said = {
        "added": "added",
        "removed": "missing",
        "moved": "moved",
        "renamed": "renamed",
        "changed": "changed",
    }
    return ", ".join(f"{len(delivery[key]):,} {word}" for key, word in said.items() if delivery[key])


def entry_name(entry: Entry) -> str:
    """Return what a feature is called."""
    name, source_id = cell_text(entry.get("name")), cell_text(entry.get("source_id"))
    return (
        f"{isolated(name)} ({isolated(source_id)})"
        if name and source_id
        else name or source_id or "Without a name"
    )


def entry_words(key: str, entry: Entry) -> str:
    """Return what becomes of a feature."""
    if key == "moved":
        metres = float(entry["metres"])
        words = f"by {wording.metres(metres) if metres >= 1 else 'less than 1 m'}"
        return f"{words}: needs a reason" if metres > BIG_MOVE_M else words
    if key == "renamed":
        old, new = (isolated(cell_text(entry[which]) or "no name") for which in ("old", "new"))
        return f"{old} becomes {new}"
    if key == "changed":
        return one_line(", ".join(_FIELDS.get(str(name)) or str(name) for name in entry["fields"]))
    return ""


def _shape(layer: Layer, feature_id: str) -> Any:
    row = layer.table.rows_by_id.get(feature_id)
    return None if row is None else layer.table.geometry[row]


def _some(layer: Layer | None) -> Any:
    """Return an even sample of a layer's shapes for the small map."""
    if layer is None:
        return np.empty(0, dtype=object)
    geometry = layer.table.geometry
    if len(geometry) <= MAP_SHAPES:
        return geometry
    return geometry[np.linspace(0, len(geometry) - 1, MAP_SHAPES).astype(np.int64)]
