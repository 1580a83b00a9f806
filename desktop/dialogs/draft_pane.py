"""What a feature would conflict with, told while it is being entered and before it is issued."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from desktop.document import Document
from desktop.panels import wording
from desktop.panels.finding_colours import severity_chip
from desktop.panels.plain_text import PlainLabel, one_line, tooltip
from desktop.tasks import Tasks
from layers import drafts
from layers.findings import Finding
from layers.kinds import spec_of
from layers.model import Feature, Kind, Workspace, table_of
from layers.progress import Progress
from layers.recheck import Kept
from layers.rules import RULES

POLL_MS = 400
_WIDTH = 330
_MOST = 300
_COVERAGE_LINES = 3
_READING_LINES = 4


@dataclass(frozen=True, slots=True)
class Draft:
    """A version of what is drafted, and how the workspace would be with it; `make` runs in the background.

    `make` also returns what must be known of how the draft was read, in sentences.
    """

    version: str
    make: Callable[[Workspace], tuple[Workspace, tuple[str, ...]]]
    of: frozenset[str] = frozenset()
    """Features to tell of even before anything about them is changed."""


def draft_of(feature: Feature) -> Draft:
    """Return a feature as a draft; its version changes whenever anything said of it does."""
    table = table_of(spec_of(feature.kind), [feature])
    version = table.fingerprints(table.source_row * 0)[0]
    ids = frozenset({feature.id})
    return Draft(version, lambda workspace: (drafts.with_drafts(workspace, [feature]), ()), ids)


class DraftPane(QWidget):
    """Looks now and then whether the draft has changed, and asks the rules again in the background."""

    def __init__(
        self,
        document: Document,
        tasks: Tasks,
        supply: Callable[[], Draft | None],
        parent: QWidget | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`supply` returns the draft as entered, or None while something entered is wrong."""
        super().__init__(parent)
        self._document, self._tasks, self._supply, self._clock = document, tasks, supply, clock
        self._kept: Kept | None = None
        self._asked = ""
        """Version that was asked about last."""
        self._busy = False
        self.result: drafts.DraftCheck | None = None
        self.reading = PlainLabel()
        """How the draft was read, where that is not plain."""
        self.headline = PlainLabel(bold=True)
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setAlternatingRowColors(True)
        self.list.setAccessibleName("What it would conflict with")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.coverage = PlainLabel()
        self.coverage.setObjectName("muted")
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(PlainLabel("What would it conflict with?"))
        box.addWidget(self.reading)
        box.addWidget(self.headline)
        box.addWidget(self.list, 1)
        box.addWidget(self.coverage)
        self.setMinimumWidth(_WIDTH)
        self._say("Checking…")
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        QTimer.singleShot(0, self, self.look)

    def look(self) -> None:
        """Ask again if the draft differs from the one asked about last."""
        if self._busy or not self._document.is_open:
            return
        draft = self._supply()
        if draft is None:
            self._asked = ""
            self._say("Not checked: something entered is not right yet.")
            return
        if draft.version != self._asked:
            self._asked = draft.version
            self._ask(draft)

    def _ask(self, draft: Draft) -> None:
        workspace, kept, now = self._document.workspace, self._kept, self._clock()

        def work(progress: Progress) -> tuple[Kept, drafts.DraftCheck, tuple[str, ...]]:
            ready = kept if kept is not None and kept.scene.workspace is workspace else Kept(workspace)
            after, reading = draft.make(workspace)
            check = drafts.check_drafts(ready, workspace, after, now=now, progress=progress, of=draft.of)
            return ready, check, reading

        def done(result: tuple[Kept, drafts.DraftCheck, tuple[str, ...]]) -> None:
            self._busy = False
            self._kept, check, reading = result
            if self._asked == draft.version:
                self._show(check, reading)

        def failed(error: Exception) -> None:
            self._busy, self._kept = False, None
            self._say(f"Not checked: {error}")

        self._busy = True
        if self.result is not None:
            self.headline.setText("Checking again…")
        self._tasks.start("Checking the draft", work, done, failed, owner=self)

    def _say(self, text: str) -> None:
        self.result = None
        self.headline.setText(text)
        self.list.clear()
        self.coverage.setText("")
        self._tell_reading(())

    def _tell_reading(self, lines: tuple[str, ...]) -> None:
        self.reading.setText("\n".join(lines[:_READING_LINES]))
        self.reading.setToolTip(tooltip("\n".join(lines)))
        self.reading.setVisible(bool(lines))

    def _show(self, check: drafts.DraftCheck, reading: tuple[str, ...]) -> None:
        self.result = check
        self._tell_reading(reading)
        self.headline.setText(drafts.headline(check))
        self.coverage.setText("\n".join(drafts.coverage_lines(check, brief=True)[:_COVERAGE_LINES]))
        self.coverage.setToolTip(tooltip("\n".join(drafts.coverage_lines(check))))
        self.list.clear()
        for finding in check.about[:_MOST]:
            verdict = wording.VERDICTS[finding.verdict]
            self._add(finding, f"{wording.severity_word(finding.severity)} · {verdict}")
        for finding in check.created[:_MOST]:
            self._add(finding, f"{wording.severity_word(finding.severity)} · Would come up about others")
        for finding in check.settled[:_MOST]:
            self._add(finding, "Would be settled")
        left = sum(max(len(found) - _MOST, 0) for found in (check.about, check.created, check.settled))
        if left:
            self.list.addItem(f"{left:,} more")

    def _add(self, finding: Finding, heading: str) -> None:
        item = QListWidgetItem(f"{heading}\n{one_line(finding.sentence)}")
        item.setToolTip(tooltip(f"{finding.sentence}\n{finding.action}"))
        if not heading.startswith("Would"):
            item.setIcon(_chip(finding, self))
        self.list.addItem(item)


def _chip(finding: Finding, widget: QWidget) -> QIcon:
    picture = QPixmap(10, 10)
    picture.fill(severity_chip(finding.severity, widget.palette()).ground)
    return QIcon(picture)


def is_asked_about(kind: Kind) -> bool:
    """Tell whether any rule looks at features of a kind."""
    return any(kind in side.kinds for rule in RULES for side in (rule.a, rule.b) if side is not None)
