"""Which questions a check asks, with which limits, in which version, and who stands for them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.dialogs.rule_page import RulePage
from desktop.dialogs.rulebook_confirm import ConfirmDialog, ImportPreview
from desktop.dialogs.rulebook_draft import RulesDraft
from desktop.dialogs.rulebook_history import HistoryPage
from desktop.dialogs.rulebook_list import RuleList
from desktop.dialogs.rulebook_matrix import MatrixPage
from desktop.document import Document
from desktop.panels.coverage_line import Mark
from desktop.panels.finding_colours import AMBER, GREEN
from desktop.panels.plain_text import PlainLabel
from layers import rulebook
from layers.checks import Parameter, Rule
from layers.errors import LayersError
from layers.model import Workspace
from layers.rulebook_reading import read
from layers.rulebook_text import Rulebook, differences
from layers.rules import RULES

FILE_FILTER = "Rules (*.toml)"


class RulesDialog(QDialog):
    """Every rule with its page, the limits by category, and the versions; what is changed is one undo step.

    With something set it does not close by Cancel or Escape: it asks with `drop_requested` and stays open.

    Parameters
    ----------
    document : Document
        Its workspace's rules are shown and changed.
    clock : callable
        Returns the present as an aware time: a confirmation carries it.
    """

    drop_requested = Signal()

    def __init__(
        self,
        document: Document,
        parent: QWidget | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(parent)
        self._document, self._clock = document, clock
        self.draft = RulesDraft(document.workspace)
        self.setWindowTitle("Rules")
        self.rules = RuleList(self.draft)
        self.stack = QStackedWidget()
        self._pages: dict[str, RulePage] = {}
        self.matrix = MatrixPage(self.draft)
        self.history = HistoryPage(self.draft)
        self.tabs = QTabWidget()
        self.mark = Mark(AMBER)
        self.state = PlainLabel()
        self.problem = PlainLabel()
        self.problem.setObjectName("problem")
        self.problem.hide()
        self.said = PlainLabel()
        """What was done, such as where the rules were written to."""
        self.said.hide()
        self.load = QPushButton("&Import…")
        self.save = QPushButton("&Export…")
        self.confirm = QPushButton("Con&firm…")
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText("Use these rules")
        self.ok.setObjectName("primary")
        self.cancel = self.buttons.button(QDialogButtonBox.StandardButton.Cancel)
        self._lay_out()
        self._connect()
        self.rules.choose(self._first())
        self.rules.list.setFocus()
        self.resize(1180, 680)
        self._refresh()
        if self.draft.dropped:
            self._refuse(f"Out of range, and set back: {'; '.join(self.draft.dropped)}.")

    def _lay_out(self) -> None:
        first = QWidget()
        split = QHBoxLayout(first)
        split.addWidget(self.rules)
        split.addWidget(self.stack, 1)
        self.tabs.addTab(first, "&Rules")
        self.tabs.addTab(self.matrix, "Limits by &category")
        self.tabs.addTab(self.history, "&Versions")
        foot = QHBoxLayout()
        foot.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignVCenter)
        foot.addWidget(self.state, 1, Qt.AlignmentFlag.AlignVCenter)
        for button in (self.load, self.save, self.confirm):
            button.setAutoDefault(False)
            foot.addWidget(button)
        foot.addSpacing(12)
        foot.addWidget(self.buttons, 0)
        column = QVBoxLayout(self)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.problem)
        column.addWidget(self.said)
        column.addLayout(foot)

    def _connect(self) -> None:
        self.rules.chosen.connect(self._show_rule)
        self.history.taken.connect(lambda text: self._attempt(lambda: self.draft.take(read(text))))
        self.load.clicked.connect(self._choose_import)
        self.save.clicked.connect(self._choose_export)
        self.confirm.clicked.connect(self._ask_confirmation)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.draft.changed.connect(self._refresh)

    def _first(self) -> Rule:
        """Begin with what waits for a name, else with the first rule."""
        return next((rule for rule in RULES if self.draft.waiting(rule)), RULES[0])

    def page(self, rule: Rule) -> RulePage:
        """Return the page of a rule; it is made when it is first shown."""
        if rule.id not in self._pages:
            made = RulePage(rule, self.draft)
            made.table_wanted.connect(self.show_table)
            self._pages[rule.id] = made
            self.stack.addWidget(made)
            self._put_after_list(made)
        return self._pages[rule.id]

    def _put_after_list(self, made: RulePage) -> None:
        """Let Tab go from the list into a page: what is made later would come after the buttons."""
        before: QWidget = self.rules.list
        for widget in (made, *made.findChildren(QWidget)):
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None:
                self.setTabOrder(before, widget)
                before = widget

    def _show_rule(self, rule: Rule) -> None:
        self.stack.setCurrentWidget(self.page(rule))

    def show_table(self, rule: Rule, parameter: Parameter) -> None:
        """Show the limits by category of a parameter."""
        self.matrix.show_table(rule, parameter)
        self.tabs.setCurrentWidget(self.matrix)
        self.matrix.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _refresh(self) -> None:
        self.problem.hide()
        book = rulebook.current(self.draft.workspace)
        self.mark.set_mark(GREEN if book.by else AMBER)
        waits = any(self.draft.waiting(rule) for rule in RULES)
        more = " Some limits are placeholders that nobody has confirmed." if waits else ""
        self.state.setText(rulebook.state_words(self.draft.workspace, book) + more)
        is_changed = self.changed_rules() is not None
        self.ok.setEnabled(is_changed)  # what is confirmed is in use already
        self.cancel.setText("Cancel" if is_changed else "Close")

    # --- change ---------------------------------------------------------------------------------

    def changed_rules(self) -> Workspace | None:
        """Return the workspace with what is set here, or None when nothing differs."""
        workspace = self._document.workspace
        if dict(self.draft.rules) == dict(workspace.rules):
            return None
        return replace(workspace, rules=self.draft.rules)

    def accept(self) -> None:
        """Apply everything as one step."""
        changed = self.changed_rules()
        if changed is None or self._attempt(lambda: self._document.apply("Change the rules", changed)):
            super().accept()

    def reject(self) -> None:
        """Close without a change; what was set is given up only by `drop`."""
        if self.changed_rules() is None:
            self.drop()
        else:
            self.drop_requested.emit()

    def drop(self) -> None:
        """Close and give up what was set."""
        super().reject()

    def confirm_as(self, name: str, note: str) -> None:
        """Apply what is set here and keep it as a version that a named person stands for, as one step."""
        base = self.changed_rules() or self._document.workspace
        number = len(base.rulebook) + 1

        def work() -> None:
            confirmed = rulebook.confirm(base, name, note, self._clock())
            self._document.apply(f"Confirm the rules, version {number}", confirmed)
            self.draft.start(self._document.workspace)

        self._attempt(work)

    def export_to(self, path: Path) -> None:
        """Write the rules as they are set here."""
        text = rulebook.current_text(self.draft.workspace)
        if self._attempt(lambda: path.write_text(text, encoding="utf-8", newline="\n")):
            self.said.setText(f"The rules as they are set here were written to {path}.")
            self.said.show()

    def preview(self, path: Path) -> ImportPreview | None:
        """Ask whether to take in the rules of a file; None, with the reason shown, where it has none."""
        books: list[Rulebook] = []
        if not self._attempt(lambda: books.append(rulebook.load(path))):
            return None
        after = rulebook.take(self.draft.workspace, books[0])
        texts = (rulebook.current_text(workspace) for workspace in (self.draft.workspace, after))
        question = ImportPreview(path.name, books[0], differences(*texts), self)
        question.accepted.connect(lambda: self.draft.take(books[0]))
        return question

    def _choose_import(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Import rules", str(self._folder()), FILE_FILTER)
        question = self.preview(Path(name)) if name else None
        if question is not None:
            question.open()

    def _choose_export(self) -> None:
        proposed = str(self._folder() / "rules.toml")
        name, _ = QFileDialog.getSaveFileName(self, "Export the rules", proposed, FILE_FILTER)
        if name:
            path = Path(name)
            self.export_to(path if path.suffix else path.with_suffix(".toml"))

    def _folder(self) -> Path:
        """Return where the workspace lies; one that was never named lies where nobody looks."""
        path = self._document.path
        return Path.home() if path is None or self._document.is_unnamed else path.parent

    def _ask_confirmation(self) -> None:
        question = ConfirmDialog(self.draft, self._document.user, self)
        question.accepted.connect(lambda: self.confirm_as(question.name.text(), question.note.text()))
        question.open()

    def _attempt(self, work: Callable[[], object]) -> bool:
        """Do something that may be refused; the reason is shown here and the dialog stays open."""
        self.problem.hide()
        self.said.hide()
        try:
            work()
        except LayersError as error:
            self._refuse(str(error))
            return False
        except OSError as error:
            self._refuse(f"The file cannot be written: {error.strerror or error}.")
            return False
        return True

    def _refuse(self, text: str) -> None:
        self.said.hide()
        self.problem.setText(text)
        self.problem.show()
