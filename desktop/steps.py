"""The task bar of four steps: what is done, what is not, and what has changed since."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.actions import ACTIONS, tip
from desktop.notices import plain_label


class Mood(StrEnum):
    """How a step stands; the style sheet colours it, the words always say it too."""

    IDLE = "idle"
    GOOD = "good"
    ATTENTION = "attention"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class StepState:
    """The line under a step's title."""

    words: str
    mood: Mood = Mood.IDLE


TITLES = ("1  Import", "2  Check", "3  Decide", "4  Release")
STEP_IDS = ("import", "check", "decide", "release")
"""Id of the action behind each step."""


class StepButton(QPushButton):
    """A large button with a title and a line on how the step stands."""

    def __init__(self, title: str, help_: str) -> None:
        super().__init__()
        self.setObjectName("step")
        self.setToolTip(help_)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._title = plain_label(title, name="stepTitle")
        self._state = plain_label(name="stepState")
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 5, 12, 5)
        box.setSpacing(0)
        for label in (self._title, self._state):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            box.addWidget(label)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def words(self) -> str:
        """The line that is shown."""
        return self._state.text()

    def show_state(self, state: StepState) -> None:
        """Show how the step stands."""
        self._state.setText(state.words)
        self.setAccessibleName(f"{self._title.text()}: {state.words}")
        if self.property("state") != state.mood.value:
            self.setProperty("state", state.mood.value)
            for widget in (self, self._title, self._state):
                widget.style().unpolish(widget)
                widget.style().polish(widget)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the size that its two lines need."""
        return self.layout().sizeHint()  # type: ignore[union-attr]

    def minimumSizeHint(self) -> QSize:
        """Never cut a line."""
        return self.sizeHint()


class StepBar(QFrame):
    """The four steps side by side."""

    chosen = Signal(int)
    """Number of the step, 0 to 3."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("taskBar")
        self.setAccessibleName("Steps")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(4)
        self.buttons: list[StepButton] = []
        tips = {entry.id: tip(entry) for entry in ACTIONS}
        for number, (title, action_id) in enumerate(zip(TITLES, STEP_IDS, strict=True)):
            if number:
                row.addWidget(plain_label("›", name="muted"))
            button = StepButton(title, tips[action_id])
            button.clicked.connect(lambda _=False, n=number: self.chosen.emit(n))
            row.addWidget(button, 1)
            self.buttons.append(button)

    def show_states(self, states: tuple[StepState, ...]) -> None:
        """Show how the steps stand."""
        for button, state in zip(self.buttons, states, strict=True):
            button.show_state(state)
