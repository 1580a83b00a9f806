"""The projection clinic: how the place was decided, what else it could be, and where that would be."""

import shapely
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPushButton,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.dialogs.form_rows import FormRows, Note
from desktop.dialogs.import_map import ImportMap, Overlay, Role
from desktop.dialogs.import_reading import Preview, accuracy_words
from desktop.dialogs.import_steps import Step, StepPanel, StepReport, StepState
from desktop.dialogs.import_what import CAPTION_WIDTH, SIDE_WIDTH, scrolled
from desktop.dialogs.typed_choice import TypedChoice
from desktop.panels import wording
from desktop.panels.choice import Choice
from desktop.panels.plain_text import PlainLabel, cell_text, one_line, tooltip
from layers.kinds import spec_of
from layers.landing import Place, system_words, whereabouts
from layers.model import Kind, Workspace
from layers.reading import Imported

_HEADINGS = ("Coordinate system", "Where the rows would lie", "Accuracy")
_ROWS_OF_TEXT = 6
_NO_COLUMNS = (
    "No column looks like a position. Choose the column of the longitude and that of the latitude. "
    "If the file has none, leave it out and ask the partner for positions."
)
_TABLE_FORMATS = ("csv", "xlsx", "xls", "ods", "spreadsheet", "table")


class WherePanel(StepPanel):
    """Coordinate system with its candidates; for tables the columns of the position as well."""

    step = Step.WHERE
    crs_picked = Signal(str)
    axes_picked = Signal(object, object)
    """Columns of longitude and latitude; the second None: the first holds the whole position."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preview: Preview | None = None
        self._has_area = False
        self._places: tuple[Place, ...] = ()
        self.crs = TypedChoice("Coordinate system")
        self.crs.picked.connect(self.crs_picked)
        self.crs_how = Note()
        self.x_field: Choice[str | None] = Choice("Column of the longitude, easting or whole position")
        self.y_field: Choice[str | None] = Choice("Column of the latitude or northing")
        for choice in (self.x_field, self.y_field):
            choice.currentIndexChanged.connect(self._on_axis)
        self.notation = PlainLabel()
        self.notation.setObjectName("muted")
        self.candidates = _candidate_table()
        self.candidates.currentCellChanged.connect(lambda *_: self._show_candidate())
        self.candidates.cellActivated.connect(lambda *_: self._use())
        self.use = QPushButton("&Use this coordinate system")
        self.use.clicked.connect(self._use)
        self.texts = _text_table()
        self.map = ImportMap()
        self._form = FormRows(CAPTION_WIDTH)
        self._lay_out()

    def _lay_out(self) -> None:
        self._form.add("Coordinate &system", self.crs, self.crs_how)
        self._form.add("&Longitude column", self.x_field)
        self._form.add("L&atitude column", self.y_field, self.notation)
        tables = QWidget()
        column = QVBoxLayout(tables)
        column.setContentsMargins(0, 0, 0, 0)
        self._candidates_title = PlainLabel("What it could be, the likeliest first", bold=True)
        self._texts_title = PlainLabel("Positions as the partner wrote them", bold=True)
        for widget in (self._candidates_title, self.candidates, self.use, self._texts_title, self.texts):
            column.addWidget(widget)
        side = scrolled(self._form, below=tables)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.addWidget(side)
        split.addWidget(self.map)
        split.setSizes([SIDE_WIDTH + 160, 500])
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(split, 1)

    # --- content --------------------------------------------------------------------------------

    def show_preview(self, preview: Preview, workspace: Workspace, kind: Kind) -> None:
        """Show where a file that was read lies; signals stay silent."""
        self._preview = preview
        self._has_area = bool(workspace.of_kind(Kind.AREA_OF_OPERATIONS))
        imported = preview.imported
        systems = [(code, system_words(code)) for code in preview.systems]
        self.crs.show_value(imported.crs.value, systems)
        lost = _has_no_position(preview)
        how = _NO_COLUMNS if lost else imported.crs.how + accuracy_words(imported)
        self.crs_how.say(how, doubtful=lost or not imported.crs.certain)
        self._fill_axes(imported)
        self.map.set_workspace(workspace)
        self.show_kind(preview, kind)
        self._fill_candidates(preview)
        self.reported.emit()

    def show_kind(self, preview: Preview, kind: Kind) -> None:
        """Draw the rows as another kind."""
        self.map.set_rows(preview.shapes, spec_of(kind))

    def _fill_axes(self, imported: Imported) -> None:
        shown = is_table(imported)
        chosen = (imported.x_field, imported.y_field)
        none = ("Not in the file", "The other column holds both" if imported.x_field else "Not in the file")
        for choice, field, words in zip((self.x_field, self.y_field), chosen, none, strict=True):
            choice.set_entries([(words, None), *((name, name) for name in imported.columns)])
            choice.blockSignals(True)
            choice.choose(field)
            choice.blockSignals(False)
            self._form.set_shown(choice, shown)
        rows = position_texts(imported) if shown else []
        self.texts.setVisible(bool(rows))
        self._texts_title.setVisible(bool(rows))
        self.texts.setRowCount(len(rows))
        for r, cells in enumerate(rows):
            for c, text in enumerate(cells):
                self.texts.setItem(r, c, _item(text))
        self.notation.setText(uncertainty_words(imported))
        self.notation.setVisible(bool(self.notation.words()))

    def _fill_candidates(self, preview: Preview) -> None:
        self._places = preview.places
        shown = bool(self._places)
        for widget in (self._candidates_title, self.candidates, self.use):
            widget.setVisible(shown)
        self.candidates.blockSignals(True)
        self.candidates.setRowCount(len(self._places))
        for r, place in enumerate(self._places):
            in_use = place.code == preview.imported.crs.value
            name = place.name or system_words(place.code)
            whole = f"{system_words(place.code)}\n{place.note}".strip()
            cells = (
                f"{name} (in use)" if in_use else name,
                whereabouts(place, has_area=self._has_area),
                accuracy(place),
            )
            for c, text in enumerate(cells):
                self.candidates.setItem(r, c, _item(text, whole))
        self.candidates.setCurrentCell(0, 0)
        self.candidates.blockSignals(False)
        line = self.candidates.verticalHeader().defaultSectionSize()
        height = self.candidates.horizontalHeader().sizeHint().height() + 6
        height += line * min(max(len(self._places), 2), _ROWS_OF_TEXT)
        self.candidates.setFixedHeight(height)
        self._show_candidate()

    def _show_candidate(self) -> None:
        """Show where the chosen candidate would put the rows, against the area of operations."""
        row = self.candidates.currentRow()
        if self._preview is None or not 0 <= row < len(self._places):
            self.use.setEnabled(False)
            self.map.set_overlays(())
            return
        place = self._places[row]
        in_use = place.code == self._preview.imported.crs.value
        self.use.setEnabled(not in_use and place.extent is not None)
        if place.extent is None:
            self.map.set_overlays(())
            return
        if in_use:
            self.map.set_overlays(())
            return
        box = shapely.box(*place.extent)
        words = place.name or system_words(place.code)
        self.map.set_overlays([Overlay(box, Role.LANDING, words)], area=True)

    # --- what the user does ---------------------------------------------------------------------

    def _use(self) -> None:
        row = self.candidates.currentRow()
        if self.use.isEnabled() and 0 <= row < len(self._places):
            self.crs_picked.emit(self._places[row].code)

    def _on_axis(self) -> None:
        x, y = self.x_field.value(), self.y_field.value()
        if x is not None or y is None:  # a latitude alone says nothing
            self.axes_picked.emit(x, y)

    # --- state ----------------------------------------------------------------------------------

    def report(self) -> StepReport:
        """Tell how sure the place is; without one there is nothing to import."""
        if self._preview is None:
            return StepReport(StepState.BUSY)
        imported = self._preview.imported
        if not self._preview.placed:
            if is_table(imported) and imported.x_field is None:
                return StepReport(StepState.ANSWER, "Which columns?")
            if not imported.crs.value:
                return StepReport(StepState.ANSWER, "Which coordinate system?")
            return StepReport(StepState.ANSWER, "No row has a position")
        words = system_words(imported.crs.value)
        missing = imported.rows - self._preview.placed
        if not imported.crs.certain:
            return StepReport(StepState.DOUBTS, f"Guessed: {words}")
        if missing:
            return StepReport(StepState.DOUBTS, f"{wording.count(missing, 'row')} without a position")
        return StepReport(StepState.OK, words)

    def look_for_first(self) -> QWidget:
        """Return what has to be decided: the columns of the position, or one of the candidates."""
        if self._preview is None:
            return self.crs
        if _has_no_position(self._preview):
            return self.x_field
        certain = self._preview.imported.crs.certain or not self.candidates.rowCount()
        return self.crs if certain else self.candidates


def _has_no_position(preview: Preview) -> bool:
    """Tell whether no column of a table is known to hold positions."""
    return is_table(preview.imported) and preview.imported.x_field is None and not preview.placed


def is_table(imported: Imported) -> bool:
    """Tell whether positions come from columns."""
    return imported.x_field is not None or imported.format in _TABLE_FORMATS


def _candidate_table() -> QTableWidget:
    table = QTableWidget(0, len(_HEADINGS))
    table.setHorizontalHeaderLabels(list(_HEADINGS))
    table.setAccessibleName("Coordinate systems it could be, the likeliest first")
    _plain_table(table)
    table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
    table.setColumnWidth(0, 190)
    table.setColumnWidth(2, 76)
    return table


def _text_table() -> QTableWidget:
    table = QTableWidget(0, 3)
    table.setHorizontalHeaderLabels(["Row", "As written", "Read as latitude, longitude"])
    table.setAccessibleName("Positions as the partner wrote them and as they were read")
    _plain_table(table)
    table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
    table.setColumnWidth(0, 46)
    table.setColumnWidth(2, 224)
    line = table.verticalHeader().defaultSectionSize()
    table.setFixedHeight(table.horizontalHeader().sizeHint().height() + line * _ROWS_OF_TEXT + 4)
    return table


def _plain_table(table: QTableWidget) -> None:
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setTabKeyNavigation(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(24)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)


def _item(text: str, whole: str = "") -> QTableWidgetItem:
    item = QTableWidgetItem(one_line(text))
    item.setToolTip(tooltip(whole or text))
    return item


def accuracy(place: Place) -> str:
    """Return the accuracy of a candidate in words."""
    if place.accuracy_m is None:
        return "Not known"
    return "Exact" if place.accuracy_m == 0 else f"{place.accuracy_m:g} m"


def position_texts(imported: Imported) -> list[tuple[str, str, str]]:
    """Return for the first rows: the number, the position as written, and as it was read."""
    fields = [f for f in (imported.x_field, imported.y_field) if f is not None and f in imported.columns]
    if not fields:
        return []
    rows = []
    for i in range(min(len(imported.row), _ROWS_OF_TEXT)):
        written = "  |  ".join(cell_text(imported.columns[field][i]) for field in fields)
        shape = imported.geometry[i]
        if shape is None or shape.is_empty:
            read = "No position"
        else:
            read = f"{shape.centroid.y:.5f}, {shape.centroid.x:.5f}{_radius(imported, i)}"
        rows.append((f"{int(imported.row[i]):,}", written, read))
    return rows


def _radius(imported: Imported, i: int) -> str:
    if imported.uncertainty_m is None or not imported.uncertainty_m[i] > 0:
        return ""
    return f" ± {max(float(imported.uncertainty_m[i]), 0.1):,.3g} m"


def uncertainty_words(imported: Imported) -> str:
    """Say what the way of writing implies for the positions; "" where nothing."""
    if imported.uncertainty_m is None:
        return ""
    known = imported.uncertainty_m[imported.uncertainty_m > 0]
    if not len(known):
        return ""
    low, high = float(known.min()), float(known.max())
    words = wording.metres(high) if high >= 1 else "1 m"
    if low < high / 2:
        words = f"{wording.metres(max(low, 1.0))} to {words}"
    return f"The way the positions are written leaves {words} open; that becomes their uncertainty."
