"""Which column of a partner file means what, and which of our categories each of its words stands for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from desktop.dialogs.form_rows import FormRows
from desktop.dialogs.import_reading import ColumnProfile, Preview
from desktop.dialogs.import_what import CAPTION_WIDTH
from desktop.panels import wording
from desktop.panels.choice import Choice
from desktop.panels.coverage_line import Mark
from desktop.panels.finding_colours import AMBER
from desktop.panels.plain_text import PlainLabel, cell_text, isolated, one_line, tooltip
from layers import conversion
from layers.importing import FieldMapping
from layers.model import KindSpec

_BASE = (
    ("source_id", "Partner's id"),
    ("name", "Name"),
    ("category", "Category"),
    ("valid_from", "Holds from"),
    ("valid_to", "Holds until"),
)
_EXTRA = (("uncertainty_m", "Uncertainty (m)"), ("label", "Limited to"))
"""Columns that every feature has, but few partners give."""
_MAX_VALUES = 60


@dataclass(frozen=True, slots=True)
class _Constant:
    """Stands for "one value for all rows" among the columns."""


_CONSTANT = _Constant()


class FieldRow(QWidget):
    """The column that a field comes from, with its first values; or one value for all rows."""

    changed = Signal()

    def __init__(self, label: str, preview: Preview, column: str | None, constant: str) -> None:
        super().__init__()
        self._preview = preview
        entries: list[tuple[str, str | _Constant | None]] = [("Not in the file", None)]
        entries += [(profile.name, profile.name) for profile in preview.columns]
        entries.append(("One value for all rows", _CONSTANT))
        self.choice: Choice[str | _Constant | None] = Choice(label, entries)
        self.constant_edit = QLineEdit(constant)
        self.constant_edit.setAccessibleName(f"{label}, one value for all rows")
        self.constant_edit.setPlaceholderText("The value")
        self.choice.choose(_CONSTANT if constant else column)
        self.setFocusProxy(self.choice)
        self.samples = ElidedLabel()
        row = QHBoxLayout()
        row.addWidget(self.choice, 1)
        row.addWidget(self.constant_edit, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(1)
        box.addLayout(row)
        box.addWidget(self.samples)
        self._on_choice()
        self.choice.currentIndexChanged.connect(self._on_choice)
        self.constant_edit.editingFinished.connect(self.changed)

    def _on_choice(self) -> None:
        self.constant_edit.setVisible(isinstance(self.choice.value(), _Constant))
        profile = self._preview.column(self.column)
        self.samples.setVisible(profile is not None)
        if profile is not None:
            self.samples.say(sample_words(profile, len(self._preview.imported)))
        self.changed.emit()

    @property
    def column(self) -> str | None:
        """The chosen column, or None."""
        value = self.choice.value()
        return value if isinstance(value, str) else None

    @property
    def constant(self) -> str:
        """The value for all rows, or ""."""
        is_constant = isinstance(self.choice.value(), _Constant)
        return self.constant_edit.text().strip() if is_constant else ""


class ElidedLabel(QLabel):
    """One muted line of a partner's text, cut with dots where there is no room; whole in the tooltip."""

    def __init__(self, look: str = "muted") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setObjectName(look)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._words = ""

    def say(self, words: str) -> None:
        """Show a line."""
        self._words = words
        self.setToolTip(tooltip(words))
        self._elide()

    def words(self) -> str:
        """Return the whole line."""
        return self._words

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut for the new width."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        elided = self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, self.width())
        self.setText(elided)


def sample_words(profile: ColumnProfile, rows: int) -> str:
    """Return the first values of a column and how well it is filled."""
    if not profile.filled:
        return "Empty in every row"
    values = ", ".join(isolated(cell_text(text)) for text in profile.samples)
    words = f"such as {values}"
    return (
        words
        if profile.filled == rows
        else f"{words}; empty in {wording.count(rows - profile.filled, 'row')}"
    )


class MappingForm(QWidget):
    """The mapping of one file to one kind; `mapping()` hands it back."""

    changed = Signal()

    def __init__(self, preview: Preview, spec: KindSpec, guess: FieldMapping) -> None:
        super().__init__()
        self._preview, self._spec = preview, spec
        self.rows: dict[str, FieldRow] = {}
        for name, label in _BASE:
            constant = guess.constants.get(name, "")
            self.rows[name] = FieldRow(label, preview, getattr(guess, name), constant)
        for name, label in (*((field.name, field.label) for field in spec.fields), *_EXTRA):
            constant = guess.constants.get(name, "")
            self.rows[name] = FieldRow(label, preview, guess.fields.get(name), constant)
        self._codes: dict[str, Choice[str | None]] = {}
        self._known: Mapping[str, str] | None = guess.categories
        self._codes_title = PlainLabel("What the partner's categories mean", bold=True)
        self.unknown = PlainLabel()
        self._unknown_mark = Mark(AMBER)
        self._codes_more = PlainLabel()
        self._codes_more.setObjectName("muted")
        self._code_rows = FormRows(CAPTION_WIDTH)
        self.categories = QWidget()
        """What the partner's categories mean; the owner of the form puts it where there is room."""
        self._lay_out()
        self._category = self.rows["category"].column
        for row in self.rows.values():
            row.changed.connect(self._on_row)

    def _lay_out(self) -> None:
        form = FormRows(CAPTION_WIDTH)
        labels = dict((*_BASE, *_EXTRA)) | {
            f.name: f"{f.label} ({f.unit})" if f.unit else f.label for f in self._spec.fields
        }
        for name, row in self.rows.items():
            form.add(labels[name], row)
        unknown = QHBoxLayout()
        unknown.addWidget(self._unknown_mark, 0, Qt.AlignmentFlag.AlignTop)
        unknown.addWidget(self.unknown, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(form)
        beside = QVBoxLayout(self.categories)
        beside.setContentsMargins(0, 4, 8, 0)
        beside.addWidget(self._codes_title)
        beside.addLayout(unknown)
        beside.addLayout(self._code_rows)
        beside.addWidget(self._codes_more)
        beside.addStretch(1)

    @property
    def codes(self) -> dict[str, Choice[str | None]]:
        """The choice for each of the partner's words; made when first asked for."""
        self.fill_codes()
        return self._codes

    def fill_codes(self) -> None:
        """Make the choices for the partner's words, unless they are there."""
        known, self._known = self._known, None
        if known is not None:
            self._fill_codes(known)

    @property
    def has_words(self) -> bool:
        """True where the partner has words for categories."""
        profile = self._preview.column(self.rows["category"].column)
        return profile is not None and bool(profile.values)

    def _on_row(self) -> None:
        category = self.rows["category"].column
        if category != self._category:
            self._category, self._known = category, None
            self._fill_codes({})
        self.changed.emit()

    def _fill_codes(self, known: Mapping[str, str]) -> None:
        """List the values of the category column, the most frequent first, each with a code to choose."""
        self._code_rows.clear()
        self._codes = {}
        profile = self._preview.column(self._category)
        values = profile.values if profile is not None else ()
        entries: list[tuple[str, str | None]] = [("As the partner wrote it", None)]
        entries += [(code.label, code.id) for code in self._spec.categories]
        for value, n in values[:_MAX_VALUES]:
            choice: Choice[str | None] = Choice(f"Category for {one_line(value)}", entries)
            choice.choose(known.get(value) or conversion.match_code(value, self._spec.categories))
            choice.currentIndexChanged.connect(self._on_code)
            self._codes[value] = choice
            self._code_rows.add_partner_row(f"{cell_text(value)} ({wording.count(n, 'row')})", choice)
        more = profile.distinct - len(self._codes) if profile is not None else 0
        self._codes_title.setVisible(bool(values))
        self.categories.setVisible(bool(values))
        self._show_unknown()
        self._codes_more.setVisible(more > 0)
        self._codes_more.setText(f"{wording.count(more, 'more value')} will be matched by the words known.")

    def _on_code(self) -> None:
        self._show_unknown()
        self.changed.emit()

    def _show_unknown(self) -> None:
        unknown = self.unknown_words()
        words = wording.count(unknown, "word is", "words are")
        self.unknown.setText(
            f"{words} not in our list. Choose what each means; otherwise it is kept as written and doubted."
        )
        self.unknown.setVisible(unknown > 0)
        self._unknown_mark.setVisible(unknown > 0)

    def unknown_words(self) -> int:
        """Return how many of the listed words stand for no category of ours."""
        return sum(choice.value() is None for choice in self.codes.values())

    def roles(self) -> dict[str, str]:
        """Return what each used column is used for, in words."""
        labels = dict((*_BASE, *_EXTRA)) | {field.name: field.label for field in self._spec.fields}
        used: dict[str, list[str]] = {}
        for name, row in self.rows.items():
            if row.column is not None:
                used.setdefault(row.column, []).append(labels[name])
        return {column: ", ".join(words) for column, words in used.items()}

    def columns_in_use(self) -> dict[str, str]:
        """Return the chosen column of each field that has one."""
        return {name: row.column for name, row in self.rows.items() if row.column is not None}

    def mapping(self) -> FieldMapping:
        """Return what is chosen."""
        base = {name: self.rows[name].column for name, _ in _BASE}
        own = {name for name in self.rows if name not in base}
        return FieldMapping(
            **base,
            fields={name: c for name, c in self.columns_in_use().items() if name in own},
            constants={name: row.constant for name, row in self.rows.items() if row.constant},
            categories=self._chosen_codes(),
        )

    def _chosen_codes(self) -> dict[str, str]:
        """Return the code of each value; a word that the importer would match by itself may be kept too."""
        chosen = {}
        for value, choice in self.codes.items():
            code = choice.value()
            if code is not None:
                chosen[value] = code
            elif conversion.match_code(value, self._spec.categories) is not None:
                chosen[value] = value
        return chosen


def unknown_words(preview: Preview, spec: KindSpec, mapping: FieldMapping) -> int:
    """Return how many of the partner's words for categories stand for none of ours."""
    profile = preview.column(mapping.category)
    values = profile.values[:_MAX_VALUES] if profile is not None else ()
    return sum(
        value not in mapping.categories and conversion.match_code(value, spec.categories) is None
        for value, _ in values
    )


def with_columns(
    mapping: FieldMapping, chosen: Mapping[str, str], preview: Preview, spec: KindSpec
) -> FieldMapping:
    """Return a mapping with columns that were chosen for fields before, as far as both are there."""
    there = {profile.name for profile in preview.columns}
    fits = {name: column for name, column in chosen.items() if column in there}
    base: dict[str, Any] = {name: column for name, column in fits.items() if name in dict(_BASE)}
    own = {field.name for field in spec.fields} | set(dict(_EXTRA))
    fields = {**mapping.fields, **{name: column for name, column in fits.items() if name in own}}
    known = mapping.categories if base.get("category", mapping.category) == mapping.category else {}
    return replace(mapping, **base, fields=fields, categories=known)
