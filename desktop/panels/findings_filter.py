"""The filters above the list of findings."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLineEdit, QToolButton, QWidget

from desktop.panels import wording
from desktop.panels.choice import Choice
from desktop.panels.findings_model import Filter, Standing
from layers.checks import Rule
from layers.findings import Severity, Verdict
from layers.volume import Outcome

ATTENTION = frozenset({Standing.OPEN, Standing.NOT_RETESTED})
"""What still asks for something to be done."""


_OUTCOMES: tuple[tuple[str, Outcome | None], ...] = (
    ("At any time", None),
    ("Holds now", Outcome.NOW),
    ("Lies ahead", Outcome.FUTURE),
    ("Is over", Outcome.PAST),
)


class FindingsFilter(QWidget):
    """Text, state, severity, verdict, rule, when and "new only"; tells when any of them changes."""

    changed = Signal(object)
    """The `Filter` chosen now."""

    def __init__(self, rules: Sequence[Rule], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QLineEdit()
        self.text.setPlaceholderText("Filter by name or words")
        self.text.setClearButtonEnabled(True)
        self.text.setAccessibleName("Filter by name or words")
        self.standing: Choice[frozenset[Standing]] = Choice(
            "State",
            [
                ("Open and not re-tested", ATTENTION),
                ("Every state", frozenset()),
                *((s.value, frozenset({s})) for s in Standing),
            ],
        )
        severities = sorted(Severity, reverse=True)
        self.severity: Choice[frozenset[Severity]] = Choice(
            "Severity",
            [
                ("Every severity", frozenset()),
                *((wording.severity_word(s), frozenset({s})) for s in severities),
            ],
        )
        self.verdict: Choice[Verdict | None] = Choice(
            "Verdict", [("Every verdict", None), *((wording.VERDICTS[v], v) for v in Verdict)]
        )
        self.rule: Choice[str] = Choice(
            "Rule", [("Every rule", ""), *((rule.title, rule.id) for rule in rules)]
        )
        self.outcome: Choice[Outcome | None] = Choice("When", _OUTCOMES)
        self.new_only = QCheckBox("&New only")
        self.more = QToolButton()
        self.more.setText("Filters")
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setAutoRaise(True)
        self.more.setCheckable(True)
        self._lay_out()
        self.more.toggled.connect(self._on_more)
        self._on_more(False)
        self.text.textChanged.connect(self._tell)
        for combo in (self.standing, *self._choices()):
            combo.currentIndexChanged.connect(self._tell)
        self.new_only.toggled.connect(self._tell)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        grid.addWidget(self.standing, 0, 0)
        grid.addWidget(self.more, 0, 1)
        grid.addWidget(self.text, 1, 0)
        grid.addWidget(self.severity, 1, 1)
        grid.addWidget(self.rule, 2, 0)
        grid.addWidget(self.verdict, 2, 1)
        grid.addWidget(self.outcome, 3, 0)
        grid.addWidget(self.new_only, 3, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)

    def chosen(self) -> Filter:
        """Return the filter as it is set now."""
        return Filter(
            text=self.text.text(),
            severities=self.severity.value(),
            rule=self.rule.value(),
            verdict=self.verdict.value(),
            standings=self.standing.value(),
            outcome=self.outcome.value(),
            new_only=self.new_only.isChecked(),
        )

    def clear(self) -> None:
        """Show every finding, whatever its state."""
        self._set(frozenset())

    def reset(self) -> None:
        """Show what still asks for something to be done, as at first."""
        self._set(ATTENTION)

    def _set(self, standings: frozenset[Standing]) -> None:
        self.blockSignals(True)
        self.text.clear()
        self.standing.choose(standings)
        for combo in self._choices():
            combo.setCurrentIndex(0)
        self.new_only.setChecked(False)
        self.blockSignals(False)
        self._tell()

    def _choices(self) -> tuple[QComboBox, ...]:
        """Return the lists that can be folded away; the first entry of each leaves nothing out."""
        return self.severity, self.rule, self.verdict, self.outcome

    def _on_more(self, shown: bool) -> None:
        for widget in (self.text, *self._choices(), self.new_only):
            widget.setVisible(shown)
        self.more.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)

    def focus_text(self) -> None:
        """Unfold the filters and put the keyboard on the text."""
        self.more.setChecked(True)
        self.text.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _tell(self) -> None:
        chosen = sum(combo.currentIndex() > 0 for combo in self._choices())
        chosen += bool(self.text.text().strip()) + self.new_only.isChecked()
        self.more.setText(f"Filters: {chosen} set" if chosen else "Filters")  # seen also when folded away
        self.changed.emit(self.chosen())
