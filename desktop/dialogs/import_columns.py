"""Step four: which column means what, beside the rows as the partner wrote them."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QVBoxLayout, QWidget

from desktop.dialogs.import_mapping import MappingForm
from desktop.dialogs.import_reading import Preview
from desktop.dialogs.import_rows import PREVIEW_ROWS, RowsModel, fit_columns
from desktop.dialogs.import_steps import Step, StepPanel, StepReport, StepState
from desktop.dialogs.import_what import SIDE_WIDTH, rows_table
from desktop.panels import wording
from desktop.panels.plain_text import PlainLabel
from layers.importing import FieldMapping
from layers.model import KindSpec


class ColumnsPanel(StepPanel):
    """The mapping form; the table names under each column what it is used for."""

    step = Step.COLUMNS

    def __init__(self) -> None:
        super().__init__()
        self.form: MappingForm | None = None
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
        split = QSplitter(Qt.Orientation.Horizontal)
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
        self.rows.set_imported(preview.imported)
        fit_columns(self.table)
        many = preview.imported.rows > PREVIEW_ROWS
        self.title.setText(f"The first {PREVIEW_ROWS} rows" if many else "The rows")

    def show_mapping(
        self, preview: Preview, spec: KindSpec, mapping: FieldMapping, *, keep: bool = True
    ) -> None:
        """Show a mapping; with `keep`, columns that were chosen before stay where they still fit."""
        self.clear()
        self.form = MappingForm(preview, spec, mapping)
        for name, column in self._kept.items() if keep else ():
            if name in self.form.rows:
                self.form.rows[name].choice.choose(column)
        self.form.changed.connect(self._on_mapping)
        self._place.insertWidget(0, self.form)
        self.words.setWidget(self.form.categories)
        self._say()
        fit_columns(self.table)

    def clear(self) -> None:
        """Take the form away, until the guesses for another kind are there."""
        if self.form is not None:
            self._kept = self.form.columns_in_use()
            self._place.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
            self.words.takeWidget().deleteLater()

    def _on_mapping(self) -> None:
        self._say()
        self.reported.emit()

    def _say(self) -> None:
        if self.form is None:
            return
        roles = self.form.roles()
        self.rows.set_roles(roles)
        self.words.setVisible(bool(self.form.codes))
        unused = self.rows.columnCount() - len(roles)
        self.unused.setText(
            f"{wording.count(unused, 'column is', 'columns are')} not used for a field; "
            "what stands there is kept with each feature as the partner wrote it."
            if unused
            else ""
        )

    def report(self) -> StepReport:
        """Tell how many columns have a use, and how many words have no code yet."""
        if self.form is None:
            return StepReport(StepState.BUSY)
        unknown = self.form.unknown_words()
        if unknown:
            return StepReport(
                StepState.DOUBTS, wording.count(unknown, "word not in our list", "words not in our list")
            )
        used, columns = len(self.form.roles()), self.rows.columnCount()
        if not columns:
            return StepReport(StepState.NOTHING, "No columns")
        return StepReport(StepState.OK, f"{used} of {wording.count(columns, 'column')} used")

    def look_for_first(self) -> QWidget:
        """Return the first choice of the form."""
        return self.form.rows["source_id"].choice if self.form is not None else self.table
