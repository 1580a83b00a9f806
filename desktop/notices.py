"""The one door for what the program tells or asks the user: plain text always."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMessageBox, QSizePolicy, QToolButton, QWidget

from desktop.panels.plain_text import clean, one_line
from desktop.tasks import as_layers_error
from layers.errors import CancelledError, LayersError

log = logging.getLogger(__name__)


class Level(IntEnum):
    """How much a notice matters."""

    INFORMATION = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user was told."""

    level: Level
    text: str
    hint: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """Something the user is asked; `yes` and `no` are the words on the buttons."""

    text: str
    detail: str = ""
    yes: str = "Yes"
    no: str = "Cancel"


class Notices(QObject):
    """Tells and asks.

    Information and warnings go to the info bar of the window (signal `posted`) and never interrupt. Errors
    also open a message box that does not block the program. Only `ask` waits for an answer; tests and
    scripts replace `asker`.
    """

    posted = Signal(object)
    """A `Notice`."""
    withdrawn = Signal(object)
    """A `Notice` that no longer holds."""

    def __init__(
        self, parent: QWidget | None = None, *, asker: Callable[[Question], bool] | None = None
    ) -> None:
        super().__init__(parent)
        self._window = parent
        self.asker = asker or self._ask_in_box
        self.box: QMessageBox | None = None
        """The error box that is open, if any."""
        self.question: QMessageBox | None = None
        """The question of `ask_meanwhile` that is open, if any."""

    def inform(self, text: str) -> None:
        """Tell something that needs no answer and no action."""
        self._post(Notice(Level.INFORMATION, text))

    def warn(self, text: str, hint: str = "", where: str = "") -> Notice:
        """Tell something that the user should look at when the present step is done."""
        notice = Notice(Level.WARNING, text, hint, where)
        self._post(notice)
        return notice

    def withdraw(self, notice: Notice) -> None:
        """Take back what was told, for it no longer holds; other notices stay."""
        self.withdrawn.emit(notice)

    def error(self, error: Exception) -> None:
        """Tell what went wrong, where, and what to do; a cancelled task is only information."""
        if isinstance(error, CancelledError):
            self.inform(str(error))
            return
        known: LayersError = as_layers_error(error)
        if known is not error:
            log.error("unexpected error", exc_info=error)
        self._post(Notice(Level.ERROR, known.message, known.hint, known.where))
        self._show_box(known)

    def ask(self, text: str, detail: str = "", *, yes: str = "Yes", no: str = "Cancel") -> bool:
        """Ask before something that cannot be taken back; True only when the user said `yes`."""
        return self.asker(Question(text, detail, yes, no))

    def ask_meanwhile(
        self, question: Question, then: Callable[[], None], over: QWidget | None = None
    ) -> None:
        """Ask over a window or dialog without waiting; `then` is called when the user says `yes`."""
        box = _box(over or self._window, QMessageBox.Icon.Question, question.text, question.detail)
        yes = box.addButton(menu_text(question.yes), QMessageBox.ButtonRole.AcceptRole)
        no = box.addButton(menu_text(question.no), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(no)
        box.setEscapeButton(no)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.question = box

        def finish(_: int) -> None:
            self.question = None
            if box.clickedButton() is yes:
                then()

        box.finished.connect(finish)
        box.open()

    def _post(self, notice: Notice) -> None:
        log.info("%s: %s %s %s", notice.level.name.lower(), notice.where, notice.text, notice.hint)
        self.posted.emit(notice)

    def _show_box(self, error: LayersError) -> None:
        text = f"{error.where}: {error.message}" if error.where else error.message
        if self.box is not None and self.box.isVisible():
            self.box.setText(f"{self.box.text()}\n\n{text}")
            return
        self.box = _box(self._window, QMessageBox.Icon.Warning, text, error.hint)
        self.box.setStandardButtons(QMessageBox.StandardButton.Ok)
        self.box.open()

    def _ask_in_box(self, question: Question) -> bool:
        box = _box(self._window, QMessageBox.Icon.Question, question.text, question.detail)
        yes = box.addButton(menu_text(question.yes), QMessageBox.ButtonRole.AcceptRole)
        no = box.addButton(menu_text(question.no), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(no)
        box.setEscapeButton(no)
        box.exec()
        return box.clickedButton() is yes


def _box(parent: QWidget | None, icon: QMessageBox.Icon, text: str, detail: str) -> QMessageBox:
    box = QMessageBox(parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle("Deconflict")
    box.setIcon(icon)
    box.setText(text)
    # The informative text has no format switch of its own; QMessageBox makes it follow the text's.
    box.setInformativeText(detail)
    for label in box.findChildren(QLabel):
        label.setTextFormat(Qt.TextFormat.PlainText)
    return box


def plain_label(text: str = "", *, name: str = "") -> QLabel:
    """Return a one-line label that shows its text letter by letter; `name` is its style sheet name."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setObjectName(name)
    label.setText(clean(text))
    return label


def menu_text(text: str) -> str:
    """Return text for a menu or button: an ampersand in it is a letter, not a shortcut."""
    return one_line(text).replace("&", "&&")


class NoticeBar(QFrame):
    """A bar above the map for information, warnings and errors; hidden while there is nothing to say."""

    STAYS_MS = 8_000

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("noticeBar")
        self.label = plain_label()
        self.label.setWordWrap(True)
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QToolButton(self)
        close.setText("✕")
        close.setAccessibleName("Close this notice")
        close.setToolTip("Close")
        close.setAutoRaise(True)
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 4, 4)
        row.addWidget(self.label, 1)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self._shown: Notice | None = None
        self.hide()

    def show_notice(self, notice: Notice) -> None:
        """Show a notice; information goes away by itself, the rest stays until closed or replaced."""
        self._shown = notice
        place = f"{notice.where}: " if notice.where else ""
        hint = f" {notice.hint}" if notice.hint else ""
        self.label.setText(clean(f"{place}{notice.text}{hint}"))
        self.setProperty("level", notice.level.name.lower())
        self.style().unpolish(self)
        self.style().polish(self)
        self.show()
        if notice.level is Level.INFORMATION:
            self._timer.start(self.STAYS_MS)
        else:
            self._timer.stop()

    def withdraw(self, notice: Notice) -> None:
        """Hide the bar if it shows just this notice."""
        if self._shown is notice:
            self.hide()
