"""One rule as a page: whether it is asked, its limits, who confirmed them, and its manual."""

import inspect
import re

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.dialogs.editors import in_two_ways
from desktop.dialogs.rulebook_draft import RulesDraft
from desktop.panels import wording
from desktop.panels.coverage_line import Mark
from desktop.panels.finding_card import SeverityChip
from desktop.panels.finding_colours import AMBER, GREEN
from desktop.panels.plain_text import PlainLabel, one_line
from layers.checks import Parameter, Rule
from layers.limits import amount


def manual_sections(manual: str) -> list[tuple[str, str]]:
    """Split a rule's manual page into (heading, text); line ends of the source are undone."""
    sections: list[tuple[str, list[str]]] = [("", [])]
    for line in inspect.cleandoc(manual).splitlines():
        if line and not line[0].isspace() and sections[-1][1]:
            sections.append((line, []))
        elif line.strip():
            sections[-1][1].append(line.strip())
    return [(heading, _joined(lines)) for heading, lines in sections if lines]


def _joined(lines: list[str]) -> str:
    """Join lines; a hyphen at the end of one belongs to a compound word, so no space follows it."""
    return " ".join(lines).replace("- ", "-")


_DECIMALS = re.compile(r"\.(?!\d{3}(\D|$))\d")  # a point before anything but three digits


class _Spin(QDoubleSpinBox):
    """A number that the wheel changes only while it has the focus."""

    def __init__(self, parameter: Parameter, value: float) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setRange(parameter.minimum, parameter.maximum)
        self._whole = parameter.default.is_integer()
        self.setSingleStep(50 if parameter.maximum > 1_000 else 5)
        self.setLocale(QLocale.c())  # numbers are written alike everywhere in the program
        self.setGroupSeparatorShown(True)
        self.setSuffix(f" {parameter.unit}" if parameter.unit else "")
        self.show_value(value)
        self.setAccessibleName(parameter.label)
        self.setMinimumWidth(130)

    def validate(self, text: str, pos: int) -> tuple[QValidator.State, str, int]:
        """Never read 2.500 as 2 or 2.5: it becomes 2500; where the value is whole, so does all that is typed.

        Commas are shown between thousands, and taken out as soon as somebody types. What is pasted with
        other decimals where the value is whole is refused.
        """
        typed = text.removesuffix(self.suffix())
        if self.decimals() == 0 or in_two_ways(typed):
            plain = re.sub(r"[.,\s]", "", typed)
            if _DECIMALS.search(typed) or "e" in plain.lower():
                return QValidator.State.Invalid, text, pos
            pos -= len(typed) - len(plain) if pos >= len(typed) else len(re.findall(r"[.,\s]", typed[:pos]))
            text = plain + self.suffix()
        return super().validate(text, pos)

    def show_value(self, value: float) -> None:
        """Show a value that was set elsewhere, with decimals where it has any."""
        blocked = self.blockSignals(True)
        self.setDecimals(0 if self._whole and float(value).is_integer() else 2)
        self.setValue(value)
        self.blockSignals(blocked)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page unless the number is being edited."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ParameterEditor(QWidget):
    """One parameter: its value within its limits, who stands for a placeholder, and the way to its table."""

    table_wanted = Signal(object)
    """The `Parameter` whose table is asked for."""

    def __init__(self, rule: Rule, parameter: Parameter, draft: RulesDraft) -> None:
        super().__init__()
        self.rule, self.parameter, self._draft = rule, parameter, draft
        self.spin = _Spin(parameter, draft.values(rule)[parameter.name])
        self.reset = QPushButton(f"Use {amount(parameter, parameter.default)}")
        low, high = amount(parameter, parameter.minimum), amount(parameter, parameter.maximum)
        self.limits = PlainLabel(f"From {low} to {high}")
        self.limits.setObjectName("muted")
        self.mark = Mark(AMBER)
        self.state = PlainLabel()
        self.table = QPushButton()
        self.table.setVisible(parameter.by_categories)
        self._lay_out()
        self.spin.valueChanged.connect(lambda value: draft.set_values(rule, {parameter.name: value}))
        self.reset.clicked.connect(lambda: draft.set_values(rule, {parameter.name: parameter.default}))
        self.table.clicked.connect(lambda: self.table_wanted.emit(parameter))
        draft.changed.connect(self.refresh)
        self.refresh()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self.spin)
        line.addWidget(self.reset)
        line.addWidget(self.limits, 1, Qt.AlignmentFlag.AlignVCenter)
        box = QFrame()
        box.setFrameShape(QFrame.Shape.StyledPanel)
        inside = QHBoxLayout(box)
        inside.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        inside.addWidget(self.state, 1)
        box.setVisible(self.parameter.placeholder)
        tables = QHBoxLayout()
        tables.addWidget(self.table)
        tables.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line)
        column.addWidget(box)
        column.addLayout(tables)

    def refresh(self) -> None:
        """Show the value of the draft, and who stands for it."""
        name = self.parameter.name
        values = self._draft.values(self.rule)
        if self.spin.value() != values[name]:
            self.spin.show_value(values[name])
        self.reset.setEnabled(values[name] != self.parameter.default)
        cells = [other for other in values if other.startswith(f"{name}.")]
        waiting = len(self._draft.waiting(self.rule).intersection(cells))
        count = f"{wording.count(len(cells), 'limit')} set" if cells else "none set"
        self.table.setText(f"&By category: {count}{f', {waiting} not confirmed' if waiting else ''}…")
        confirmed = self._draft.confirmation(self.rule, name)
        self.mark.set_mark(GREEN if confirmed else AMBER)
        value = amount(self.parameter, values[name])
        if confirmed:
            when = wording.moment(confirmed.at)
            self.state.setText(f"{value} was confirmed by {one_line(confirmed.by)} on {when}.")
        else:
            self.state.setText(
                f"Nobody has confirmed {value} for this operation. No public figure exists, so the number "
                "is a placeholder: a check with it says so until a named person confirms the rules."
            )


class RulePage(QScrollArea):
    """A rule with what this workspace says about it; what is changed here changes the draft."""

    table_wanted = Signal(object, object)
    """The `Rule` and the `Parameter` whose table is asked for."""

    def __init__(self, rule: Rule, draft: RulesDraft) -> None:
        super().__init__()
        self.rule, self._draft = rule, draft
        self.enabled = QCheckBox("&Ask this in every check")
        self.enabled.toggled.connect(lambda on: draft.set_enabled(rule, on))
        self.editors = [ParameterEditor(rule, parameter, draft) for parameter in rule.parameters]
        for editor in self.editors:
            editor.table_wanted.connect(lambda parameter: self.table_wanted.emit(rule, parameter))
        draft.changed.connect(self._refresh)
        self._refresh()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        self._lay_out(inside)
        self.setWidget(inside)
        for widget in (self.viewport(), inside):  # the tab behind has the ground to read on
            widget.setAutoFillBackground(False)

    def _refresh(self) -> None:
        self.enabled.setChecked(self._draft.settings(self.rule).enabled)

    def _lay_out(self, inside: QWidget) -> None:
        chip = SeverityChip()
        chip.set_severity(self.rule.severity)
        head = QHBoxLayout()
        head.addWidget(PlainLabel(self.rule.title, bold=True), 1)
        head.addWidget(chip)
        column = QVBoxLayout(inside)
        column.setContentsMargins(12, 4, 12, 8)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(PlainLabel(self.rule.question))
        column.addWidget(self.enabled)
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for editor in self.editors:
            form.addRow(PlainLabel(editor.parameter.label, bold=True), editor)
        column.addLayout(form)
        # The question already stands at the top, in the words of the rule.
        manual = [part for part in manual_sections(self.rule.manual) if part[0] not in ("", "Question")]
        sections = [*manual, ("Next step", self.rule.action)]
        for heading, text in sections:
            column.addWidget(PlainLabel(heading, bold=True))
            body = PlainLabel(text)
            body.setObjectName("muted")
            column.addWidget(body)
        column.addStretch(1)
