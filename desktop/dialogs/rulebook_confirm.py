"""Two questions about the rules as a whole: who stands for them, and whether to take in those of a file."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.dialogs.rulebook_draft import RulesDraft
from desktop.dialogs.rulebook_history import DiffView
from desktop.panels import wording
from desktop.panels.plain_text import PlainLabel, isolated, one_line
from layers import rulebook
from layers.checks import parameter_of
from layers.limits import amount, limit_words
from layers.rulebook_text import DiffLine, Rulebook
from layers.rules import RULES


class ConfirmDialog(QDialog):
    """Lists every limit that a person stands for by confirming, what is new first, and asks for a name."""

    def __init__(self, draft: RulesDraft, user: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Confirm the rules")
        limits = sorted(
            rulebook.placeholders(draft.workspace),
            key=lambda limit: draft.confirmation(limit[0], limit[1]) is not None,
        )
        number = len(draft.workspace.rulebook) + 1
        self.words = PlainLabel(
            f"This keeps the rules as version {number}. For {wording.count(len(limits), 'limit')} no public "
            "figure exists: whoever confirms stands for them in this operation. A limit that is changed "
            "later must be confirmed again."
        )
        self.list = _limit_list(draft, limits)
        self.name = QLineEdit(user)
        self.name.setPlaceholderText("Rank and name")
        self.note = QLineEdit()
        self.note.setPlaceholderText("Why, or with whom it was agreed (may be left empty)")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.ok = self.buttons.addButton("I &confirm these rules", QDialogButtonBox.ButtonRole.AcceptRole)
        self.ok.setObjectName("primary")
        self.ok.setDefault(True)
        form = QFormLayout()
        form.addRow("Confirmed &by", self.name)
        form.addRow("&Note", self.note)
        column = QVBoxLayout(self)
        column.addWidget(self.words)
        column.addWidget(self.list, 1)
        column.addLayout(form)
        column.addWidget(self.buttons)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.name.textChanged.connect(self._on_name)
        self._on_name()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self.resize(1000, 520)

    def _on_name(self, *_: object) -> None:
        self.ok.setEnabled(bool(self.name.text().strip()))


def _limit_list(draft: RulesDraft, limits: Sequence[rulebook.Limit]) -> QTreeWidget:
    """Make the list of limits; those that nobody stands for yet are bold."""
    made = QTreeWidget()
    made.setAccessibleName("Limits to confirm")
    made.setHeaderLabels(["Rule", "Limit", "Value", "Until now"])
    made.setRootIsDecorated(False)
    made.setAlternatingRowColors(True)
    bold = QFont(made.font())
    bold.setBold(True)
    for rule, name, value in limits:
        parameter = parameter_of(rule, name)
        confirmed = draft.confirmation(rule, name)
        so_far = f"confirmed by {isolated(confirmed.by)}" if confirmed else "confirmed by nobody"
        shown = amount(parameter, value) if parameter else f"{value:g}"
        item = QTreeWidgetItem([rule.title, limit_words(rule, name), shown, so_far])
        for column in range(4) if confirmed is None else ():
            item.setFont(column, bold)
        item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        made.addTopLevelItem(item)
    made.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    return made


class ImportPreview(QDialog):
    """Shows what a rulebook from a file would change, before it does."""

    def __init__(
        self, file: str, book: Rulebook, changes: Sequence[DiffLine], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Import rules")
        self.words = PlainLabel("\n".join(_about(file, book)))
        self.diff = DiffView("What would change")
        self.diff.show_lines(changes, "The rules of this file are those that are set here.")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.ok = self.buttons.addButton("Set these &limits here", QDialogButtonBox.ButtonRole.AcceptRole)
        self.ok.setObjectName("primary")
        self.ok.setDefault(True)
        self.ok.setEnabled(bool(changes))
        column = QVBoxLayout(self)
        column.addWidget(self.words)
        column.addWidget(self.diff, 1)
        column.addWidget(self.buttons)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.resize(1000, 560)


def _about(file: str, book: Rulebook) -> list[str]:
    """Say whose rules they are, what their confirmation is worth here, and what stays as it is."""
    lines = [f"{one_line(file)}: the rules of {one_line(book.title)}, version {book.version}."]
    if book.by and book.at is not None:
        lines.append(
            f"Confirmed there by {one_line(book.by)} on {wording.moment(book.at)}; that does not count here. "
            "What changes must be confirmed for this operation."
        )
    else:
        lines.append("A draft: nobody stands for it as a whole.")
    left = [rule.title for rule in RULES if rule.id not in book.rules]
    if left:
        lines.append(f"Not in the file, and left as they are: {one_line(', '.join(left))}.")
    return lines
