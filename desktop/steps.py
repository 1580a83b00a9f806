"""The task bar of four steps: what is done, what is not, and what has changed since."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.notices import plain_label
from desktop.panels.coverage_words import summarise
from desktop.panels.finding_colours import GREEN
from layers import decisions
from layers.findings import CoverageState, FindingState, Severity
from layers.model import Workspace
from layers.rules import RULES


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
HELP = (
    "Bring in partner files (Ctrl+I), or drop them anywhere on the window.",
    "Look for every conflict in space and time (F5).",
    "Go through the findings and settle each one (F6).",
    "Make an overlay that holds only what its reader is meant to see (Ctrl+E).",
)


def step_states(workspace: Workspace, *, stale: bool, now: datetime) -> tuple[StepState, ...]:
    """Return the state of the four steps.

    `stale` tells that the layers or rules differ from those of the last run. "Not checked" and "nothing
    found" are different words in a different colour, always.
    """
    return (
        _import_state(workspace),
        _check_state(workspace, stale),
        _decide_state(workspace, stale, now),
        _release_state(workspace),
    )


def _import_state(workspace: Workspace) -> StepState:
    count = sum(len(layer.table) for layer in workspace.layers)
    if not workspace.layers:
        return StepState("Nothing imported yet")
    return StepState(f"{_plural(count, 'feature')} in {_plural(len(workspace.layers), 'layer')}", Mood.GOOD)


def _check_state(workspace: Workspace, stale: bool) -> StepState:
    if not workspace.runs:
        return StepState("Not checked yet", Mood.ATTENTION if workspace.layers else Mood.IDLE)
    if stale:
        return StepState("Changed since the last check", Mood.ATTENTION)
    run, mark = workspace.runs[-1], _mark(workspace)
    blocked = sum(1 for c in run.coverage if c.state is CoverageState.BLOCKED)
    done = sum(1 for c in run.coverage if c.state is CoverageState.DONE)
    if blocked:
        return StepState(f"{_plural(blocked, 'rule')} could not run", Mood.ATTENTION)
    if not done:
        return StepState("Nothing here for any rule to compare", Mood.ATTENTION)
    if mark != GREEN:
        return StepState(f"Checked in part {_moment(run.at)}", Mood.ATTENTION)
    return StepState(f"{_plural(done, 'rule')} checked {_moment(run.at)}", Mood.GOOD)


def _mark(workspace: Workspace) -> str:
    """Return what the head of the findings panel would show if there were no findings: both always agree."""
    run = workspace.runs[-1]
    return summarise(run, RULES, workspace.rules, conflicts=0, stale=False).mark


def _decide_state(workspace: Workspace, stale: bool, now: datetime) -> StepState:
    if not workspace.runs:
        return StepState("Not checked yet")
    decided = decisions.standing(workspace, now)
    listed = [r for r in workspace.findings if r.state is not FindingState.RESOLVED]
    waiting = [r for r in listed if r.state is FindingState.OPEN and r.finding.key not in decided]
    untested = sum(1 for r in listed if r.state is FindingState.NOT_RETESTED)
    tail = f", {untested} not re-tested" if untested else ""
    if waiting:
        worst = max(r.finding.severity for r in waiting)
        grave = sum(1 for r in waiting if r.finding.severity == worst)
        words = f"{len(waiting)} to decide, {grave} {worst.word}{tail}"
        return StepState(words, Mood.BAD if worst >= Severity.HIGH else Mood.ATTENTION)
    if stale:
        return StepState(f"Check again first{tail}", Mood.ATTENTION)
    count = len(listed) - untested
    if _mark(workspace) != GREEN:
        found = f"All {count} decided" if count else "None found"
        return StepState(f"{found}, but not all was checked{tail}", Mood.ATTENTION)
    words = f"All {count} decided{tail}" if count else f"No conflict in what was checked{tail}"
    return StepState(words, Mood.ATTENTION if untested else Mood.GOOD)


def _release_state(workspace: Workspace) -> StepState:
    if not workspace.releases:
        return StepState("Nothing released yet")
    last = workspace.releases[-1]
    return StepState(f"Last: {last.number}, {_moment(last.at)}")


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%d %b %H:%M}Z"


class StepButton(QPushButton):
    """A large button with a title and a line on how the step stands."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__()
        self.setObjectName("step")
        self.setToolTip(tip)
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
        for number, (title, tip) in enumerate(zip(TITLES, HELP, strict=True)):
            if number:
                row.addWidget(plain_label("›", name="muted"))
            button = StepButton(title, tip)
            button.clicked.connect(lambda _=False, n=number: self.chosen.emit(n))
            row.addWidget(button, 1)
            self.buttons.append(button)

    def show_states(self, states: tuple[StepState, ...]) -> None:
        """Show how the steps stand."""
        for button, state in zip(self.buttons, states, strict=True):
            button.show_state(state)
