"""The encoding clinic: the same texts of a file in every encoding it could be in, side by side."""

import re
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.dialogs.form_rows import FormRows, Note
from desktop.dialogs.import_mapping import ElidedLabel
from desktop.dialogs.import_reading import Preview, encoding_entries, encoding_words
from desktop.dialogs.import_steps import Step, StepPanel, StepReport, StepState
from desktop.dialogs.import_what import CAPTION_WIDTH
from desktop.dialogs.typed_choice import TypedChoice
from desktop.panels import wording
from desktop.panels.plain_text import PlainLabel, cell_text, isolated
from layers import encoding as encodings
from layers.reading import Decided, Imported

SHOWN_ENCODINGS = 6
SHOWN_TEXTS = 12
_BETWEEN = re.compile(rb"[;,\t\r\n]")
_MOJIBAKE = ("encoding", "mojibake", "text_cut")


class TextPanel(StepPanel):
    """Says how the encoding was decided, and shows the texts in all that it could be."""

    step = Step.TEXT
    encoding_picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._imported: Imported | None = None
        self.buttons: dict[str, QPushButton] = {}
        self.encoding = TypedChoice("Text encoding")
        self.encoding.picked.connect(self.encoding_picked)
        self.encoding_how = Note()
        self.explain = PlainLabel()
        self.explain.setObjectName("muted")
        self._form = FormRows(CAPTION_WIDTH)
        self._form.add("Text &encoding", self.encoding, self.encoding_how)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setAccessibleName("The same texts in each encoding")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._form)
        column.addSpacing(6)
        column.addWidget(self.explain)
        column.addWidget(self.area, 1)

    def show_preview(self, preview: Preview) -> None:
        """Show the texts of a file that was read; signals stay silent."""
        self._imported = imported = preview.imported
        decided = imported.encoding
        self.encoding.show_value(decided.value, encoding_entries(decided))
        self.encoding_how.say(decided.how, doubtful=self._is_doubtful())
        self._form.set_shown(self.encoding, bool(decided.value or decided.how))
        names = candidates_of(decided) if imported.encoding_samples else []
        self.explain.setText(self._explanation(imported, names))
        self._fill(names, imported.encoding_samples)
        self.reported.emit()

    def _is_doubtful(self) -> bool:
        if self._imported is None:
            return False
        noted = any(p.code in _MOJIBAKE for p in self._imported.problems)
        return noted or not self._imported.encoding.certain

    def _explanation(self, imported: Imported, names: Sequence[str]) -> str:
        if not (imported.encoding.value or imported.encoding.how):
            return "The format of this file fixes how text is written: there is nothing to choose."
        if not imported.encoding_samples:
            return "No text of this file depends on the encoding."
        if len(names) == 1:
            return "These texts of the file fit one encoding only."
        return "The same texts of the file in each encoding that can read them. Choose where names are names."

    def _fill(self, names: Sequence[str], samples: Sequence[bytes]) -> None:
        """Lay out one column an encoding: heading, button, then the texts."""
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 4, 8, 0)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(7)
        self.buttons = {}
        for c, preview in enumerate(encodings.previews(texts_of(samples), names)):
            grid.addWidget(PlainLabel(encoding_words(preview.encoding), bold=True), 0, c)
            grid.addWidget(self._button(preview.encoding), 1, c, Qt.AlignmentFlag.AlignLeft)
            for r, text in enumerate(preview.texts):
                label = ElidedLabel("plain")
                label.setMinimumWidth(130)
                label.say(isolated(cell_text(text)))
                grid.addWidget(label, r + 2, c)
            lost = PlainLabel(f"{wording.count(preview.garbled, 'text')} cannot be read")
            lost.setObjectName("problem")
            lost.setVisible(preview.garbled > 0)
            grid.addWidget(lost, SHOWN_TEXTS + 2, c)
            grid.setColumnStretch(c, 1)
        grid.setRowStretch(SHOWN_TEXTS + 3, 1)
        old = self.area.takeWidget()
        if old is not None:
            old.deleteLater()
        self.area.setWidget(inside)

    def _button(self, name: str) -> QPushButton:
        in_use = self._imported is not None and same_encoding(name, self._imported.encoding.value)
        button = QPushButton("In use" if in_use else "Read it as this")
        button.setAccessibleName(f"{encoding_words(name)}: {button.text().lower()}")
        button.setEnabled(not in_use)
        button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda: self.encoding_picked.emit(name))
        self.buttons[name] = button
        return button

    def report(self) -> StepReport:
        """Tell how sure the encoding is."""
        if self._imported is None:
            return StepReport(StepState.BUSY)
        decided = self._imported.encoding
        if not decided.value:
            return StepReport(StepState.OK, "Fixed by the format")
        words = encoding_words(decided.value)
        if not decided.certain:
            return StepReport(StepState.DOUBTS, f"Guessed: {words}")
        return StepReport(StepState.DOUBTS if self._is_doubtful() else StepState.OK, words)

    def look_for_first(self) -> QWidget:
        """Return the first encoding that can be chosen, if any is doubtful."""
        free = [button for button in self.buttons.values() if button.isEnabled()]
        return free[0] if free and self._is_doubtful() else self.encoding


def texts_of(samples: Sequence[bytes]) -> list[bytes]:
    """Return the texts to show: of a line of a table only the cells that depend on the encoding."""
    cells: dict[bytes, None] = {}
    for sample in samples:
        parts = [cell.strip(b'" ') for cell in _BETWEEN.split(sample) if not cell.isascii()]
        cells.update(dict.fromkeys(part for part in parts if part))
    return list(cells)[:SHOWN_TEXTS]


def candidates_of(decided: Decided) -> list[str]:
    """Return the encodings to show side by side: as ranked, with the one in use among them."""
    names: list[str] = []
    ranked = (
        decided.candidates if decided.value in decided.candidates else (decided.value, *decided.candidates)
    )
    for name in ranked:
        if name and not any(same_encoding(name, other) for other in names):
            names.append(name)
    shown = names[:SHOWN_ENCODINGS]
    if decided.value and not any(same_encoding(decided.value, name) for name in shown):
        shown[-1] = decided.value
    return shown


def same_encoding(one: str, other: str) -> bool:
    """Tell whether two names mean one encoding, whatever their case and dashes."""
    return one.lower().replace("_", "-") == other.lower().replace("_", "-")
