"""Step one of a file: its layer or sheet, its kind, the name of the new layer, and who sent it."""

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCompleter,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from desktop.dialogs.form_rows import FormRows, Note
from desktop.dialogs.import_map import ImportMap
from desktop.dialogs.import_reading import PREVIEW_ROWS, Preview
from desktop.dialogs.import_rows import RowsModel, fit_columns
from desktop.dialogs.import_steps import Step, StepPanel, StepReport, StepState
from desktop.panels import wording
from desktop.panels.choice import Choice
from desktop.panels.plain_text import PlainLabel, isolated, one_line
from layers.kinds import KINDS, spec_of
from layers.model import Kind, PartnerProfile, Workspace

CAPTION_WIDTH = 122
"""Pixels for the captions of the forms, so that their fields stand in one line."""
SIDE_WIDTH = 400
_MAX_HEADER_ROW = 1000


class WhatPanel(StepPanel):
    """The file in a few choices, beside the map and its first rows."""

    step = Step.WHAT
    kind_changed = Signal()
    partner_changed = Signal()
    name_changed = Signal()
    layer_picked = Signal(str)
    header_picked = Signal(int)
    another_layer = Signal()
    profile_used = Signal(bool)
    """The recognised profile is to be used again; True: and the file imported at once."""

    def __init__(self, partners: Iterable[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind: Choice[Kind] = Choice("Kind", [(spec.title_plural, spec.kind) for spec in KINDS])
        self.kind.currentIndexChanged.connect(self._on_kind)
        self.help = PlainLabel()
        self.help.setObjectName("muted")
        self.file_layer: Choice[str] = Choice("Layer of the file")
        self.file_layer.currentIndexChanged.connect(lambda: self.layer_picked.emit(self.file_layer.value()))
        self.more_layers = QPushButton("Import another &one of this file too")
        self.more_layers.clicked.connect(self.another_layer)
        self.header_row = QSpinBox()
        self.header_row.setRange(1, _MAX_HEADER_ROW)
        self.header_row.setKeyboardTracking(False)
        self.header_row.setAccessibleName("Row with the names of the columns")
        self.header_row.valueChanged.connect(self.header_picked)
        self.layer_name = QLineEdit()
        self.layer_name.textEdited.connect(self.name_changed)
        self.partner = QLineEdit()
        self.partner.setPlaceholderText("Who sent it")
        self.partner.setCompleter(QCompleter(sorted(set(partners) - {""})))
        self.partner.editingFinished.connect(self.partner_changed)
        self.summary = PlainLabel(bold=True)
        self.read_notes = Note()
        self.map = ImportMap()
        self.rows = RowsModel(self)
        self.table = rows_table(self.rows)
        self._form = FormRows(CAPTION_WIDTH)
        self._make_strip()
        self._lay_out()

    def _make_strip(self) -> None:
        """Make the offer to do as last time."""
        self.strip = QFrame()
        self.strip.setObjectName("noticeBar")
        self.strip_words = PlainLabel()
        self.again = QPushButton("Import as &last time")
        self.again.setObjectName("primary")
        self.again.clicked.connect(lambda: self.profile_used.emit(True))
        self.use = QPushButton("&Use its settings and look first")
        self.use.setObjectName("secondary")
        self.use.clicked.connect(lambda: self.profile_used.emit(False))
        buttons = QHBoxLayout()
        buttons.addWidget(self.again)
        buttons.addWidget(self.use)
        buttons.addStretch(1)
        column = QVBoxLayout(self.strip)
        column.setContentsMargins(10, 8, 10, 8)
        column.addWidget(self.strip_words)
        column.addLayout(buttons)
        self.strip.hide()

    def _lay_out(self) -> None:
        add = self._form.add
        add("Layer of the &file", self.file_layer, self.more_layers)
        add("&Names in row", self.header_row)
        add("&Kind", self.kind, self.help)
        add("Layer na&me", self.layer_name)
        add("&Partner", self.partner)
        look = QSplitter(Qt.Orientation.Vertical)
        look.addWidget(self.map)
        look.addWidget(self.table)
        look.setSizes([260, 240])
        look.setChildrenCollapsible(False)
        side = scrolled(self._form, below=self.read_notes)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.addWidget(side)
        split.addWidget(look)
        split.setSizes([SIDE_WIDTH, 640])
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.strip)
        column.addWidget(self.summary)
        column.addWidget(split, 1)

    # --- content --------------------------------------------------------------------------------

    def show_preview(self, preview: Preview, workspace: Workspace, kind: Kind, layer_name: str) -> None:
        """Show a file that was read; signals stay silent."""
        imported = preview.imported
        for widget in (self.kind, self.file_layer, self.header_row):
            widget.blockSignals(True)
        self.kind.choose(kind)
        self.file_layer.set_entries((name, name) for name in imported.layers)
        self.file_layer.blockSignals(True)
        self.file_layer.choose(imported.layer)
        self.header_row.setValue(imported.header_row or 1)
        for widget in (self.kind, self.file_layer, self.header_row):
            widget.blockSignals(False)
        self._form.set_shown(self.file_layer, len(imported.layers) > 1)
        self._form.set_shown(self.header_row, imported.header_row is not None)
        self.layer_name.setText(layer_name)
        self.summary.setText(
            f"{wording.count(imported.rows, 'row')}, {preview.placed:,} with a position, "
            f"{wording.count(len(imported.columns), 'column')}."
        )
        general = [one_line(f"{p.what} {p.proposal}") for p in imported.problems if p.row is None]
        self.read_notes.say("\n".join(general[:6]), doubtful=bool(general))
        self.read_notes.setVisible(bool(general))
        self.rows.show_preview(preview)
        fit_columns(self.table)
        self.map.set_workspace(workspace)
        self.show_kind(preview)

    def show_kind(self, preview: Preview) -> None:
        """Draw the rows as their kind, and say what the kind is."""
        spec = spec_of(self.kind.value())
        self.help.setText(spec.help)
        self.map.set_rows(preview.shapes, spec)
        self.reported.emit()

    def offer(self, profile: PartnerProfile | None, words: str) -> None:
        """Offer to do as with the last delivery, or take the offer away."""
        self.strip.setVisible(profile is not None)
        self.strip_words.setText(words)

    def take_profile(self, profile: PartnerProfile) -> None:
        """Show kind, name and partner of a profile; signals stay silent."""
        self.kind.blockSignals(True)
        self.kind.choose(profile.kind)
        self.kind.blockSignals(False)
        self.layer_name.setText(profile.layer_name)
        self.partner.setText(profile.partner)

    def _on_kind(self) -> None:
        self.kind_changed.emit()

    # --- state ----------------------------------------------------------------------------------

    def report(self) -> StepReport:
        """Tell the kind; a file without any row needs another layer or header row."""
        if self.rows.rowCount() == 0:
            return StepReport(StepState.ANSWER, "No rows")
        words = spec_of(self.kind.value()).title_plural
        partner = self.partner.text().strip()
        return StepReport(StepState.OK, f"{words} from {isolated(partner)}" if partner else words)

    def look_for_first(self) -> QWidget:
        """Return the offer where there is one, else the kind."""
        return self.again if self.strip.isVisible() else self.kind


def rows_table(model: RowsModel) -> QTableView:
    """Return a table for the first rows of a file."""
    table = QTableView()
    table.setModel(model)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setAlternatingRowColors(True)
    table.setTabKeyNavigation(False)
    table.setAccessibleName(f"First {PREVIEW_ROWS} rows of the file")
    table.verticalHeader().setDefaultSectionSize(22)
    return table


def scrolled(form: FormRows, *, above: QWidget | None = None, below: QWidget | None = None) -> QScrollArea:
    """Put a form into a column that scrolls when it must."""
    inside = QWidget()
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, 8, 0)
    column.setSpacing(8)
    if above is not None:
        column.addWidget(above)
    column.addLayout(form)
    if below is not None:
        column.addWidget(below)
    column.addStretch(1)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setMinimumWidth(340)
    area.setWidget(inside)
    return area
