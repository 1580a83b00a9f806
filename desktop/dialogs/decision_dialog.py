"""What a named person decides about a finding: who, why, and until when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QDateTime, Qt, QTimeZone
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDateTimeEdit,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from desktop.panels import wording
from desktop.panels.choice import Choice
from desktop.panels.findings_model import Item
from desktop.panels.plain_text import PlainLabel
from layers.errors import LayersError
from layers.findings import DecisionType

_EXPLAIN = {
    DecisionType.ACCEPT: "The risk is known and carried. Say on whose authority.",
    DecisionType.MITIGATE: "Something is being done about the activity. Say what, and by when.",
    DecisionType.REFER: "Somebody else has to decide. Say who was asked, and what.",
    DecisionType.FALSE_ALARM: "The finding does not describe the ground. Say what is really there.",
}
_LAPSES = (
    "The decision lapses by itself when one of the subjects moves or changes, when a distance of the rule "
    "changes, or when it expires. The finding then comes back with this decision in its history."
)
_EXPIRIES: tuple[tuple[str, timedelta | None], ...] = (
    ("In 24 hours", timedelta(hours=24)),
    ("In 7 days", timedelta(days=7)),
    ("In 30 days", timedelta(days=30)),
    ("Never by itself", None),
)
_AT_A_TIME = "At a time of my choice"


@dataclass(frozen=True, slots=True)
class Decided:
    """What the person entered."""

    type: DecisionType
    by: str
    reason: str
    expires: datetime | None


class DecisionDialog(QDialog):
    """Asks for name, reason and expiry, then hands them to `decide`; its refusal is shown here.

    Parameters
    ----------
    item : Item
        The finding.
    kind : DecisionType
        What is to be decided.
    by : str
        Name that is filled in at first.
    now : datetime
        Aware time that relative expiries count from.
    decide : callable
        Records the decision; a `LayersError` keeps the dialog open and is shown in it.
    """

    def __init__(
        self,
        item: Item,
        kind: DecisionType,
        *,
        by: str,
        now: datetime,
        decide: Callable[[Decided], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kind, self._now, self._decide = kind, now, decide
        self.setWindowTitle(f"{wording.DECIDE[kind]}: {item.title}")
        self.by = QLineEdit(by)
        self.by.setPlaceholderText("Rank and name")
        self.reason = QPlainTextEdit()
        self.reason.setTabChangesFocus(True)
        self.reason.setPlaceholderText(_EXPLAIN[kind])
        self.reason.setFixedHeight(90)
        self.expiry: Choice[timedelta | datetime | None] = Choice("Expires", [*_EXPIRIES, (_AT_A_TIME, now)])
        self.expiry.setCurrentIndex(1)
        self.at = QDateTimeEdit(QDateTime.fromSecsSinceEpoch(int((now + timedelta(days=7)).timestamp())))
        self.at.setTimeZone(QTimeZone.utc())
        self.at.setDisplayFormat("d MMM yyyy HH:mm 'UTC'")
        self.at.setCalendarPopup(True)
        self.problem = PlainLabel()
        self.problem.setObjectName("problem")
        self.problem.hide()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.ok = self.buttons.addButton(wording.DECIDE[kind], QDialogButtonBox.ButtonRole.AcceptRole)
        self.ok.setObjectName("primary")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.expiry.currentIndexChanged.connect(self._on_expiry)
        self.by.textChanged.connect(self.problem.hide)
        self.reason.textChanged.connect(self.problem.hide)
        self._lay_out(item)
        self._on_expiry()
        QShortcut(QKeySequence("Ctrl+Return"), self, self.accept)
        (self.reason if by else self.by).setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out(self, item: Item) -> None:
        sentence = PlainLabel(item.record.finding.sentence)
        lapses = PlainLabel(_LAPSES)
        lapses.setObjectName("muted")
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Decided &by", self.by)
        form.addRow("&Reason", self.reason)
        form.addRow("&Expires", self.expiry)
        form.addRow("E&xpiry time", self.at)
        self._form = form
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addWidget(sentence)
        column.addLayout(form)
        column.addWidget(lapses)
        column.addWidget(self.problem)
        column.addWidget(self.buttons)
        self.setMinimumWidth(460)

    def _on_expiry(self) -> None:
        self._form.setRowVisible(self.at, self.expiry.currentText() == _AT_A_TIME)

    def expires(self) -> datetime | None:
        """Return the chosen expiry as aware UTC; None for never."""
        if self.expiry.currentText() == _AT_A_TIME:
            return datetime.fromtimestamp(self.at.dateTime().toSecsSinceEpoch(), UTC)
        span = self.expiry.value()
        return self._now + span if isinstance(span, timedelta) else None

    def accept(self) -> None:
        """Record the decision; what is missing is said in the dialog and it stays open."""
        by, reason = self.by.text().strip(), self.reason.toPlainText().strip()
        if not by or not reason:
            missing = self.by if not by else self.reason
            self._refuse("Say who decides." if not by else "Give the reason: the next reader needs it.")
            missing.setFocus()
            return
        try:
            self._decide(Decided(self._kind, by, reason, self.expires()))
        except LayersError as error:
            self._refuse(str(error))
            return
        super().accept()

    def _refuse(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.show()
        self.adjustSize()
