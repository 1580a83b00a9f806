"""Status bar and marking: where the cursor is, the scale, what runs, and what the workspace is for."""

from PySide6.QtCore import QSize, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QToolButton, QWidget

from desktop.notices import plain_label
from desktop.panels.plain_text import one_line
from desktop.tasks import Tasks
from layers.coordinates import Notation, format_position
from layers.errors import LayersError
from layers.model import Mode, Workspace

MARKING_WORDS = {
    Mode.REAL: "REAL OPERATION",
    Mode.EXERCISE: "EXERCISE EXERCISE EXERCISE",
    Mode.TEST: "TEST DATA",
}
_MODE_WORDS = {Mode.REAL: "Real", Mode.EXERCISE: "Exercise", Mode.TEST: "Test"}


class MarkingBanner(QLabel):
    """A strip across the window that says what the workspace is for; never hidden while one is open."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(plain_label().textFormat())
        self.setObjectName("banner")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_workspace(self, workspace: Workspace | None) -> None:
        """Show the marking and title; nothing while no workspace is open."""
        self.setVisible(workspace is not None)
        if workspace is None:
            return
        self.setText(f"{MARKING_WORDS[workspace.mode]}   ·   {one_line(workspace.title)}")
        self.setProperty("mode", workspace.mode.value)
        self.style().unpolish(self)
        self.style().polish(self)


_EVERY_MS = 100


class TaskIndicator(QWidget):
    """What runs in the background: its name and stage, how far it is, and a button to stop it.

    What is done in less than a tenth of a second is not shown.
    """

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._hint = ""
        self.label = plain_label()
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.bar = QProgressBar()
        self.bar.setFixedWidth(130)
        self.bar.setTextVisible(False)
        self.bar.setMaximumHeight(14)
        self.bar.setAccessibleName("Progress")
        self.stop = QToolButton()
        self.stop.setText("Stop")
        self.stop.setToolTip("Stop this; nothing will be changed")
        self.stop.clicked.connect(tasks.cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 0, 0)
        row.addWidget(self.bar)
        row.addWidget(self.stop)
        row.addWidget(self.label, 1)
        self.setMinimumHeight(self.stop.sizeHint().height())  # the map must not jump when something runs
        # A progress bar paints the window at once whenever it is set: not thirty times in a short check.
        self._soon = QTimer(self, singleShot=True, interval=_EVERY_MS)
        self._soon.timeout.connect(self.refresh)
        tasks.changed.connect(self._refresh_soon)
        tasks.idle.connect(self.refresh)
        self.refresh()

    def _refresh_soon(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def show_hint(self, text: str) -> None:
        """Show what the tool expects, while nothing runs."""
        self._hint = one_line(text)
        self.refresh()

    def refresh(self) -> None:
        """Show the task that runs, else the hint."""
        task = self._tasks.current
        for part in (self.bar, self.stop):
            part.setVisible(task is not None)
        if task is None:
            self.label.setText(self._hint)
            return
        stage = f": {one_line(task.stage)}" if task.stage else ""
        self.label.setText("Stopping…" if task.is_cancelling else f"{one_line(task.label)}{stage}")
        self.bar.setRange(0, max(task.total, 0))  # 0..0 is the busy indicator
        self.bar.setValue(task.done)
        self.stop.setEnabled(task.cancellable and not task.is_cancelling)


class PositionLabel(QLabel):
    """The cursor in MGRS and in latitude and longitude, in a width that does not jump."""

    _LONGEST = "60X WW 00000 00000   89.99999° N 179.99999° W  "

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(plain_label().textFormat())
        self.setToolTip("Position of the cursor: MGRS, then latitude and longitude (WGS 84)")

    def show_position(self, lon: float, lat: float) -> None:
        """Show a position in WGS 84 degrees; outside the earth nothing."""
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            self.clear()
            return
        parts = []
        for notation in (Notation.MGRS, Notation.DD):
            try:
                parts.append(format_position(lon, lat, notation))
            except LayersError:  # MGRS does not reach the poles
                continue
        self.setText("   ".join(parts))

    def sizeHint(self) -> QSize:
        """Return room for the longest position."""
        return QSize(self.fontMetrics().horizontalAdvance(self._LONGEST), super().sizeHint().height())


def scale_words(denominator: float) -> str:
    """Return a scale as a map has it, rounded to two figures."""
    if not denominator > 0:
        return ""
    digits = max(len(str(int(denominator))) - 2, 0)
    return f"1 : {round(denominator / 10**digits) * 10**digits:,}".replace(",", "\u202f")


def mode_words(mode: Mode) -> str:
    """Return a mode as a word."""
    return _MODE_WORDS[mode]
