"""One partner file in the import dialog: how it was read, what it means, and what is in it."""

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCompleter,
    QFrame,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from desktop import theme
from desktop.canvas.small_map import SmallMap
from desktop.dialogs.form_rows import FormRows, Note
from desktop.dialogs.import_mapping import CAPTION_WIDTH, MappingForm
from desktop.dialogs.import_reading import Preview, accuracy_words, encoding_entries, system_words
from desktop.dialogs.import_rows import PREVIEW_ROWS, ProblemTree, RowsModel, fit_columns, problem_counts
from desktop.dialogs.typed_choice import TypedChoice
from desktop.panels import wording
from desktop.panels.choice import Choice
from desktop.panels.plain_text import PlainLabel
from layers.errors import LayersError
from layers.importing import FieldMapping, guess_mapping
from layers.kinds import KINDS, spec_of
from layers.model import Kind
from layers.reading import Imported, ReadOptions


class PageState(Enum):
    """How far a file is."""

    WAITING = "Waiting"
    READING = "Being read"
    READY = "Ready"
    FAILED = "Cannot be read"


@dataclass(frozen=True, eq=False)
class ImportRequest:
    """One file with everything that was decided about it."""

    imported: Imported
    kind: Kind
    mapping: FieldMapping
    layer_name: str
    partner: str


class FilePage(QStackedWidget):
    """Shows a file while it is read, what was read, or why it cannot be read."""

    changed = Signal()
    read_again = Signal(object)
    """The page itself: its `options` are others now."""
    stop_reading = Signal()
    another_layer = Signal(object)
    """The page itself: the user wants another layer of its file too."""

    def __init__(self, path: Path, partners: list[str], options: ReadOptions | None = None) -> None:
        super().__init__()
        self.path = path
        self.options = options or ReadOptions()
        self.state = PageState.WAITING
        self.preview: Preview | None = None
        self.form: MappingForm | None = None
        self._last_good = self.options
        self._kind_is_users = False
        self._name_is_users = False
        self._make_fields(partners)
        self.addWidget(self._reading_page())
        self.addWidget(self._failed_page())
        self.addWidget(self._ready_page())

    # --- building -------------------------------------------------------------------------------

    def _make_fields(self, partners: list[str]) -> None:
        self.kind: Choice[Kind] = Choice("Kind", [(spec.title_plural, spec.kind) for spec in KINDS])
        self.kind.currentIndexChanged.connect(self._on_kind)
        self.file_layer: Choice[str] = Choice("Layer of the file")
        self.file_layer.currentIndexChanged.connect(self._on_file_layer)
        self.more_layers = QPushButton("Import another layer of this file too")
        self.more_layers.clicked.connect(lambda: self.another_layer.emit(self))
        self.layer_name = QLineEdit()
        self.layer_name.textEdited.connect(self._on_name_edited)
        self.partner = QLineEdit()
        self.partner.setPlaceholderText("Who sent it")
        self.partner.setCompleter(QCompleter(partners))
        self.crs = TypedChoice("Coordinate system")
        self.crs.picked.connect(lambda value: self._read_with(crs=value))
        self.encoding = TypedChoice("Text encoding")
        self.encoding.picked.connect(lambda value: self._read_with(encoding=value))
        self.x_field: Choice[str | None] = Choice("Longitude or easting")
        self.y_field: Choice[str | None] = Choice("Latitude or northing")
        for choice in (self.x_field, self.y_field):
            choice.currentIndexChanged.connect(self._on_axis)
        self.crs_how, self.encoding_how = Note(), Note()
        self.refused = PlainLabel()
        self.refused.setObjectName("problem")
        self.refused.hide()
        self.help = PlainLabel()
        self.help.setObjectName("muted")

    def _reading_page(self) -> QWidget:
        page = QWidget()
        self.reading_label = PlainLabel(f"{self.path.name} is waiting to be read.")
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setMaximumWidth(420)
        self.stop = QPushButton("Stop reading this file")
        self.stop.clicked.connect(self.stop_reading)
        column = QVBoxLayout(page)
        column.addStretch(1)
        for widget in (self.reading_label, self.progress, self.stop):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        return page

    def _failed_page(self) -> QWidget:
        page = QWidget()
        self.error = PlainLabel()
        self.error.setObjectName("problem")
        self.hint = PlainLabel()
        self.retry = QPushButton("Read it again")
        self.retry.clicked.connect(lambda: self.read_again.emit(self))
        column = QVBoxLayout(page)
        column.setContentsMargins(40, 0, 40, 0)
        column.addStretch(1)
        for label in (self.error, self.hint):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        column.addWidget(self.retry, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        return page

    def _ready_page(self) -> QWidget:
        self.summary = PlainLabel(bold=True)
        self.map = SmallMap()
        self.map.set_dark(theme.is_dark())
        self.rows = RowsModel(self)
        self.table = QTableView()
        self.table.setModel(self.rows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setAlternatingRowColors(True)
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName("First rows of the file")
        self.table.verticalHeader().setDefaultSectionSize(22)
        self.problems = ProblemTree()
        self.tabs = QTabWidget()
        self.tabs.addTab(self.table, "Rows")
        self.tabs.addTab(self.problems, "Problems")
        look = QSplitter(Qt.Orientation.Vertical)
        look.addWidget(self.map)
        look.addWidget(self.tabs)
        look.setSizes([240, 300])
        look.setChildrenCollapsible(False)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(6, 0, 0, 0)
        column.addWidget(self.summary)
        column.addWidget(look, 1)
        page = QSplitter(Qt.Orientation.Horizontal)
        page.addWidget(self._settings_side())
        page.addWidget(right)
        page.setSizes([400, 640])
        page.setStretchFactor(1, 1)
        page.setChildrenCollapsible(False)
        return page

    def _settings_side(self) -> QScrollArea:
        inside = QWidget()
        self._settings = FormRows(CAPTION_WIDTH)
        add = self._settings.add
        add("Layer of the file", self.file_layer, self.more_layers)
        add("&Kind", self.kind, self.help)
        add("&Layer name", self.layer_name)
        add("&Partner", self.partner)
        add("Coordinate &system", self.crs, self.crs_how)
        add("Text &encoding", self.encoding, self.encoding_how)
        add("Longitude column", self.x_field)
        add("Latitude column", self.y_field)
        self._mapping_place = QVBoxLayout()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(8)
        column.addWidget(self.refused)
        column.addLayout(self._settings)
        column.addSpacing(6)
        column.addWidget(PlainLabel("What the columns mean", bold=True))
        column.addLayout(self._mapping_place)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumWidth(360)
        area.setWidget(inside)
        return area

    # --- states ---------------------------------------------------------------------------------

    def show_reading(self) -> None:
        """Show that the file is being read."""
        self.state = PageState.READING
        self.reading_label.setText(f"Reading {self.path.name}")
        self.progress.setRange(0, 0)
        self.setCurrentIndex(0)
        self.changed.emit()

    def show_progress(self, done: int, total: int, stage: str) -> None:
        """Show how far reading is."""
        self.progress.setRange(0, 100 if total else 0)
        if total:
            self.progress.setValue(100 * done // total)
        if stage:
            self.reading_label.setText(f"{self.path.name}: {stage}")

    def show_error(self, error: LayersError) -> None:
        """Say why the file cannot be read; if it was readable another way before, go back to that."""
        if self.preview is not None:
            self.options = self._last_good
            self.refused.setText(f"It could not be read that way. {error}")
            self._fill(self.preview)
            self.refused.show()
            return
        self.state = PageState.FAILED
        place = f"{error.where}: " if error.where else f"{self.path.name}: "
        self.error.setText(place + error.message)
        self.hint.setText(error.hint)
        self.setCurrentIndex(1)
        self.changed.emit()

    def show_preview(self, preview: Preview) -> None:
        """Show what was read; what the user has chosen before stays where it still fits."""
        self._last_good = self.options
        self.preview = preview
        self.refused.hide()
        self._fill(preview)

    def _fill(self, preview: Preview) -> None:
        self.state = PageState.READY
        imported = preview.imported
        self._fill_how(preview)
        if not self._kind_is_users:
            self.kind.blockSignals(True)
            self.kind.choose(preview.kind)
            self.kind.blockSignals(False)
        if not self._name_is_users:
            name = imported.layer if len(imported.layers) > 1 else ""
            self.layer_name.setText(name or self.path.name.split(".")[0].replace("_", " "))
        self.rows.set_imported(imported)
        self.problems.show_problems(imported.problems)
        counted = problem_counts(imported.problems)
        self.tabs.setTabText(0, f"First {PREVIEW_ROWS} rows" if imported.rows > PREVIEW_ROWS else "Rows")
        self.tabs.setTabText(1, f"Problems: {counted}" if counted else "No problems")
        self._fill_mapping()
        fit_columns(self.table)
        self._summarise(preview)
        self.setCurrentIndex(2)
        self.changed.emit()

    def _fill_how(self, preview: Preview) -> None:
        imported = preview.imported
        systems = [(code, system_words(code)) for code in preview.systems]
        self.crs.show_value(imported.crs.value, systems)
        self.crs_how.say(imported.crs.how + accuracy_words(imported), doubtful=not imported.crs.certain)
        self.encoding.show_value(imported.encoding.value, encoding_entries(imported.encoding))
        self.encoding_how.say(imported.encoding.how, doubtful=not imported.encoding.certain)
        has_encoding = bool(imported.encoding.value or imported.encoding.how)
        self._settings.set_shown(self.encoding, has_encoding)
        self.file_layer.set_entries((name, name) for name in imported.layers)
        self.file_layer.blockSignals(True)
        self.file_layer.choose(imported.layer)
        self.file_layer.blockSignals(False)
        self._settings.set_shown(self.file_layer, len(imported.layers) > 1)
        is_table = imported.format == "csv"
        for choice, field in ((self.x_field, self.options.x_field), (self.y_field, self.options.y_field)):
            entries: list[tuple[str, str | None]] = [("Found by its name", None)]
            choice.set_entries([*entries, *((name, name) for name in imported.columns)])
            choice.blockSignals(True)
            choice.choose(field)
            choice.blockSignals(False)
            self._settings.set_shown(choice, is_table)

    def _fill_mapping(self) -> None:
        if self.preview is None:
            return
        spec = spec_of(self.kind.value())
        self.help.setText(spec.help)
        kept = self.form.columns_in_use() if self.form is not None else {}
        if self.form is not None:
            self._mapping_place.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
        self.form = MappingForm(self.preview.imported, spec, guess_mapping(self.preview.imported, spec))
        for name, column in kept.items():
            if name in self.form.rows:
                self.form.rows[name].choice.choose(column)
        self.form.changed.connect(self._on_mapping)
        self._mapping_place.addWidget(self.form)
        self._on_mapping()
        self.map.set_geometries(self.preview.shapes, spec)

    def _summarise(self, preview: Preview) -> None:
        imported = preview.imported
        counted = problem_counts(imported.problems)
        text = f"{wording.count(imported.rows, 'row')} read, {preview.placed:,} with a position"
        self.summary.setText(f"{text}; {counted}." if counted else f"{text}, no problems.")

    # --- what the user does ---------------------------------------------------------------------

    def _on_kind(self) -> None:
        self._kind_is_users = True
        self._fill_mapping()
        self.changed.emit()

    def _on_name_edited(self) -> None:
        self._name_is_users = True

    def _on_mapping(self) -> None:
        if self.form is not None:
            self.rows.set_roles(self.form.roles())

    def _on_file_layer(self) -> None:
        self._read_with(layer=self.file_layer.value())

    def _on_axis(self) -> None:
        x, y = self.x_field.value(), self.y_field.value()
        if (x is None) == (y is None):  # one without the other says nothing
            self._read_with(x_field=x, y_field=y)

    def _read_with(self, **options: str | None) -> None:
        self.options = replace(self.options, **options)
        self.read_again.emit(self)

    # --- result ---------------------------------------------------------------------------------

    def request(self) -> ImportRequest | None:
        """Return what is to be imported, or None while there is nothing."""
        if self.state is not PageState.READY or self.preview is None or self.form is None:
            return None
        return ImportRequest(
            self.preview.imported,
            self.kind.value(),
            self.form.mapping(),
            self.layer_name.text().strip(),
            self.partner.text().strip(),
        )
