"""Which questions a check asks, with which distances, and who stands for them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.dialogs.rule_page import RulePage
from desktop.document import Document
from desktop.panels.plain_text import PlainLabel
from layers.errors import LayersError
from layers.model import RuleSettings, Workspace
from layers.rules import RULES


class RulesDialog(QDialog):
    """Every rule with its page; what is changed becomes one undo step.

    Parameters
    ----------
    document : Document
        Its workspace's `rules` are shown and changed.
    clock : callable
        Returns the present as an aware time: a confirmation carries it.
    """

    def __init__(
        self,
        document: Document,
        parent: QWidget | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(parent)
        self._document, self._clock = document, clock
        self.setWindowTitle("Rules")
        self.list = QListWidget()
        self.list.setAccessibleName("Rules")
        self.list.setFixedWidth(270)
        self.list.setSpacing(3)
        self.stack = QStackedWidget()
        self.pages: list[RulePage] = []
        for rule in RULES:
            settings = document.workspace.rules.get(rule.id, RuleSettings())
            page = RulePage(rule, settings, document.user)
            page.changed.connect(self._refresh)
            self.pages.append(page)
            self.stack.addWidget(page)
            self.list.addItem(QListWidgetItem(rule.title))
        self.problem = PlainLabel()
        self.problem.setObjectName("problem")
        self.problem.hide()
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText("Use these rules")
        self.ok.setObjectName("primary")
        self._lay_out()
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.list.currentRowChanged.connect(self.stack.setCurrentIndex)
        self.list.setCurrentRow(self._first())
        self.resize(900, 600)
        self._refresh()

    def _lay_out(self) -> None:
        split = QHBoxLayout()
        split.addWidget(self.list)
        split.addWidget(self.stack, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.problem, 1, Qt.AlignmentFlag.AlignVCenter)
        foot.addWidget(self.buttons, 0)
        column = QVBoxLayout(self)
        column.addLayout(split, 1)
        column.addLayout(foot)

    def _first(self) -> int:
        """Begin with what waits for a name, else with the first rule."""
        return next((n for n, page in enumerate(self.pages) if page.needs_confirmation()), 0)

    def _refresh(self) -> None:
        for number, page in enumerate(self.pages):
            notes = []
            if not page.enabled.isChecked():
                notes.append("switched off")
            if page.needs_confirmation():
                notes.append("not confirmed by anybody")
            self.list.item(number).setText(page.rule.title + (f"\n    {', '.join(notes)}" if notes else ""))

    def changed_rules(self) -> Workspace | None:
        """Return the workspace with what is set here, or None when nothing differs."""
        workspace = self._document.workspace
        rules = dict(workspace.rules)
        for page in self.pages:
            settings = page.settings(self._clock())
            before = rules.get(page.rule.id, RuleSettings())
            if settings != before:
                rules[page.rule.id] = settings
        return None if rules == dict(workspace.rules) else replace(workspace, rules=rules)

    def accept(self) -> None:
        """Apply all pages as one step; what is missing is said here and the dialog stays open."""
        for number, page in enumerate(self.pages):
            if text := page.problem():
                self.list.setCurrentRow(number)
                self._refuse(text)
                return
        changed = self.changed_rules()
        try:
            if changed is not None:
                self._document.apply("Change the rules", changed)
        except LayersError as error:
            self._refuse(str(error))
            return
        super().accept()

    def _refuse(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.show()
