"""One rule as a page: whether it is asked, its distances, who confirmed them, and its manual."""

import inspect
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.panels import wording
from desktop.panels.coverage_line import Mark
from desktop.panels.finding_card import SeverityChip
from desktop.panels.finding_colours import AMBER, GREEN
from desktop.panels.plain_text import PlainLabel
from layers.checks import Parameter, Rule
from layers.model import Confirmation, RuleSettings


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


class _Spin(QDoubleSpinBox):
    """A number that the wheel changes only while it has the focus."""

    def __init__(self, parameter: Parameter, value: float) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setRange(parameter.minimum, parameter.maximum)
        self.setDecimals(0 if float(value).is_integer() and parameter.default.is_integer() else 2)
        self.setSingleStep(50 if parameter.maximum > 1_000 else 5)
        self.setGroupSeparatorShown(True)
        self.setSuffix(f" {parameter.unit}" if parameter.unit else "")
        self.setValue(value)
        self.setAccessibleName(parameter.label)
        self.setMinimumWidth(130)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page unless the number is being edited."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ParameterEditor(QWidget):
    """One parameter: its value within its limits and, for a placeholder, who stands for that very value."""

    changed = Signal()

    def __init__(self, parameter: Parameter, settings: RuleSettings, user: str) -> None:
        super().__init__()
        self.parameter = parameter
        self._confirmed = settings.confirmations.get(parameter.name)
        self.spin = _Spin(parameter, settings.parameters.get(parameter.name, parameter.default))
        self.reset = QPushButton(f"Use {_words(parameter, parameter.default)}")
        self.reset.clicked.connect(lambda: self.spin.setValue(parameter.default))
        self.limits = PlainLabel(
            f"From {_words(parameter, parameter.minimum)} to {_words(parameter, parameter.maximum)}"
        )
        self.limits.setObjectName("muted")
        self.mark = Mark(AMBER)
        self.state = PlainLabel()
        self.confirm = QCheckBox()
        self.name = QLineEdit(user)
        self.name.setPlaceholderText("Rank and name")
        self.name.setAccessibleName("Name of the person who confirms")
        self._box = self._confirmation_box()
        self._lay_out()
        self.spin.valueChanged.connect(self._on_value)
        self.confirm.toggled.connect(self._on_confirm)
        self.name.textChanged.connect(self._on_name)
        self._refresh()

    def _confirmation_box(self) -> QFrame:
        box = QFrame()
        box.setFrameShape(QFrame.Shape.StyledPanel)
        grid = QGridLayout(box)
        grid.addWidget(self.mark, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.state, 0, 1)
        grid.addWidget(self.confirm, 1, 1)
        grid.addWidget(self.name, 2, 1)
        grid.setColumnStretch(1, 1)
        box.setVisible(self.parameter.placeholder)
        return box

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self.spin)
        line.addWidget(self.reset)
        line.addWidget(self.limits, 1, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line)
        column.addWidget(self._box)

    def _on_value(self) -> None:
        self.confirm.setChecked(False)  # a confirmation is for one value
        self._refresh()

    def _on_name(self, _: str) -> None:
        self.changed.emit()

    def _on_confirm(self, on: bool) -> None:
        self._refresh()
        if on:
            self.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def _stands(self) -> bool:
        return self._confirmed is not None and self._confirmed.value == self.spin.value()

    def _refresh(self) -> None:
        value = _words(self.parameter, self.spin.value())
        label = self.parameter.label.lower()
        self.reset.setEnabled(self.spin.value() != self.parameter.default)
        confirmed = self._confirmed if self._stands() else None
        self.mark.set_mark(GREEN if confirmed else AMBER)
        if confirmed:
            self.state.setText(f"{value} was confirmed by {confirmed.by} on {wording.moment(confirmed.at)}.")
        else:
            self.state.setText(
                f"Nobody has confirmed {value} for this operation. No public figure exists, so the number "
                "is a placeholder: a check with it says so until a named person stands for it."
            )
        self.confirm.setText(f"I confirm {value} as the {label} for this operation")
        self.confirm.setVisible(confirmed is None)
        self.name.setVisible(confirmed is None and self.confirm.isChecked())
        self.changed.emit()

    def problem(self) -> str:
        """Return what is missing, or ""."""
        if self.parameter.placeholder and self.confirm.isChecked() and not self.name.text().strip():
            return f"Give the name of the person who confirms the {self.parameter.label.lower()}."
        return ""

    def confirmation(self, now: datetime) -> Confirmation | None:
        """Return who stands for the value that is set, or None."""
        if not self.parameter.placeholder:
            return None
        if self._stands():
            return self._confirmed
        if self.confirm.isChecked():
            return Confirmation(self.spin.value(), self.name.text().strip(), now)
        return None


def _words(parameter: Parameter, value: float) -> str:
    return f"{value:,g} {parameter.unit}".strip() if abs(value) < 1e6 else f"{value:,.0f} {parameter.unit}"


class RulePage(QScrollArea):
    """A rule with what this workspace says about it; `settings` hands back what is set on the page."""

    changed = Signal()

    def __init__(self, rule: Rule, settings: RuleSettings, user: str) -> None:
        super().__init__()
        self.rule = rule
        self._settings = settings
        self.enabled = QCheckBox("&Ask this in every check")
        self.enabled.setChecked(settings.enabled)
        self.enabled.toggled.connect(self._on_enabled)
        self.editors = [ParameterEditor(parameter, settings, user) for parameter in rule.parameters]
        for editor in self.editors:
            editor.changed.connect(self.changed)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        self._lay_out(inside)
        self.setWidget(inside)

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

    def _on_enabled(self, _: bool) -> None:
        self.changed.emit()

    def needs_confirmation(self) -> bool:
        """Tell whether a placeholder of this rule is one that nobody stands for."""
        return any(e.parameter.placeholder and e.mark.mark == AMBER for e in self.editors)

    def problem(self) -> str:
        """Return what is missing on the page, or ""."""
        return next((text for editor in self.editors if (text := editor.problem())), "")

    def settings(self, now: datetime) -> RuleSettings:
        """Return what is set; a value equal to the rule's default is not stored."""
        parameters = dict(self._settings.parameters)
        confirmations = dict(self._settings.confirmations)
        for editor in self.editors:
            name, value = editor.parameter.name, editor.spin.value()
            if value == editor.parameter.default:
                parameters.pop(name, None)
            else:
                parameters[name] = value
            confirmation = editor.confirmation(now)
            if confirmation is None:
                confirmations.pop(name, None)
            else:
                confirmations[name] = confirmation
        return RuleSettings(self.enabled.isChecked(), parameters, confirmations)
