"""Step four: which column means what, beside the rows as the partner wrote them."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QVBoxLayout, QWidget

from desktop.dialogs.import_mapping import MappingForm, unknown_words, with_columns
from desktop.dialogs.import_reading import PREVIEW_ROWS, Preview
from desktop.dialogs.import_rows import RowsModel, fit_columns
from desktop.dialogs.import_steps import Step, StepPanel, StepReport, StepState
from desktop.dialogs.import_what import SIDE_WIDTH, rows_table
from desktop.panels import wording
from desktop.panels.plain_text import PlainLabel
from layers.importing import FieldMapping
from layers.model import KindSpec


@dataclass(frozen=True, eq=False)
class _Waiting:
    """A mapping whose form nobody has looked at yet."""

    preview: Preview
    spec: KindSpec
    mapping: FieldMapping


class ColumnsPanel(StepPanel):
    """The mapping form; the table names under each column what it is used for."""

    step = Step.COLUMNS

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form: MappingForm | None = None
        self._waiting: _Waiting | None = None
        self._kept: dict[str, str] = {}
        self.rows = RowsModel(self)
        self.table = rows_table(self.rows)
        self.title = PlainLabel(bold=True)
        self.unused = PlainLabel()
        self.unused.setObjectName("muted")
        self._place = QVBoxLayout()
        self._place.setContentsMargins(0, 0, 8, 0)
        self._place.addStretch(1)
        inside = QWidget()
        inside.setLayout(self._place)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setMinimumWidth(360)
        self.area.setWidget(inside)
        upper = QWidget()
        column = QVBoxLayout(upper)
        column.setContentsMargins(6, 0, 0, 0)
        column.addWidget(self.title)
        column.addWidget(self.table, 1)
        column.addWidget(self.unused)
        self.words = QScrollArea()
        self.words.setWidgetResizable(True)
        self.words.setFrameShape(QFrame.Shape.NoFrame)
        self.words.setAccessibleName("What the partner's categories mean")
        self.words.setMinimumHeight(120)
        right = QSplitter(Qt.Orientation.Vertical)
        right.addWidget(upper)
        right.addWidget(self.words)
        right.setSizes([360, 240])
        right.setChildrenCollapsible(False)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.addWidget(self.area)
        split.addWidget(right)
        split.setSizes([SIDE_WIDTH + 40, 600])
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(split, 1)

    def show_rows(self, preview: Preview) -> None:
        """Show the first rows of a file that was read."""
        self.rows.show_preview(preview)
        fit_columns(self.table)
        many = preview.imported.rows > PREVIEW_ROWS
        self.title.setText(f"The first {PREVIEW_ROWS} rows" if many else "The rows")

    def show_mapping(
        self, preview: Preview, spec: KindSpec, mapping: FieldMapping, *, keep: bool = True
    ) -> None:
        """Show a mapping; with `keep`, columns that were chosen before stay where they still fit."""
        self.clear()
        if keep:
            mapping = with_columns(mapping, self._kept, preview, spec)
        self._waiting = _Waiting(preview, spec, mapping)
        if self.isVisible():
            self._build()

    @property
    def form(self) -> MappingForm | None:
        """The form of the mapping; None while there is no mapping. It is made when it is first needed."""
        self._build()
        return self._form

    @property
    def mapping(self) -> FieldMapping | None:
        """What the columns mean, as it stands; None while that is not known."""
        if self._waiting is not None:
            return self._waiting.mapping
        return self._form.mapping() if self._form is not None else None

    def showEvent(self, event: QShowEvent) -> None:
        """Make the form after the first paint, now that somebody looks: it has some thirty fields."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self._build)

    def _build(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return
        form = MappingForm(waiting.preview, waiting.spec, waiting.mapping)
        form.changed.connect(self._on_mapping)
        self._form = form
        self._place.insertWidget(0, form)
        self.words.setWidget(form.categories)
        self._say(form)
        fit_columns(self.table)
        QTimer.singleShot(0, form, form.fill_codes)  # after the first paint: each choice takes a while

    def clear(self) -> None:
        """Take the form away, until the guesses for another kind are there."""
        self._waiting = None
        if self._form is not None:
            self._kept = self._form.columns_in_use()
            self._place.removeWidget(self._form)
            self._form.hide()
            self._form.deleteLater()
            self._form = None
            self.words.takeWidget().deleteLater()

    def _on_mapping(self) -> None:
        if self._form is not None:
            self._say(self._form)
            self.reported.emit()

    def _say(self, form: MappingForm) -> None:
        roles = form.roles()
        self.rows.set_roles(roles)
        self.words.setVisible(form.has_words)
        unused = self.rows.columnCount() - len(roles)
        self.unused.setText(
            f"{wording.count(unused, 'column is', 'columns are')} not used for a field; "
            "what stands there is kept with each feature as the partner wrote it."
            if unused
            else ""
        )

    def report(self) -> StepReport:
        """Tell how many columns have a use, and how many words have no code yet."""
        mapping = self.mapping
        if mapping is None:
            return StepReport(StepState.BUSY)
        columns = self.rows.columnCount()
        if not columns:
            return StepReport(StepState.NOTHING, "No columns")
        if self._waiting is not None:
            unknown = unknown_words(self._waiting.preview, self._waiting.spec, mapping)
        else:
            unknown = self._form.unknown_words() if self._form is not None else 0
        if unknown:
            return StepReport(StepState.DOUBTS, f"{wording.count(unknown, 'word')} not in our list")
        base = (mapping.source_id, mapping.name, mapping.category, mapping.valid_from, mapping.valid_to)
        used = {column for column in (*base, *mapping.fields.values()) if column is not None}
        return StepReport(StepState.OK, f"{len(used)} of {wording.count(columns, 'column')} used")

    def look_for_first(self) -> QWidget:
        """Return the first choice of the form."""
        return self._form.rows["source_id"].choice if self._form is not None else self.table
