"""The findings: what was covered, filters, the list, and a card with the decisions for the chosen one."""

from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtCore import QByteArray, QItemSelectionModel, QModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop.dialogs.decision_dialog import Decided, DecisionDialog
from desktop.document import Document
from desktop.panels import wording
from desktop.panels.coverage_line import CoverageLine
from desktop.panels.coverage_words import summarise
from desktop.panels.finding_card import FindingCard
from desktop.panels.finding_list import FindingList
from desktop.panels.findings_filter import FindingsFilter
from desktop.panels.findings_model import Filter, FindingsModel, Item, Standing
from desktop.panels.freshness import Freshness
from desktop.panels.plain_text import ElidedLabel, PlainLabel
from desktop.tasks import Tasks
from layers import decisions
from layers.findings import DecisionType, FindingState
from layers.left_out import told
from layers.model import Workspace
from layers.rules import RULES

_BUTTONS = {
    DecisionType.ACCEPT: "&Accept…",
    DecisionType.MITIGATE: "&Mitigate…",
    DecisionType.REFER: "&Refer…",
    DecisionType.FALSE_ALARM: "&False alarm…",
}
_EXPIRY_CHECK_MS = 60_000
_SHARES = [250, 750]
"""Of the height, for the list and for the card: on a small screen the card must not need scrolling."""


class FindingsPanel(QWidget):
    """Lists the findings of the document and records what is decided about them.

    Parameters
    ----------
    document : Document
        Read for findings, runs and decisions; decisions go through its `apply`.
    tasks : Tasks
        Finds out in the background whether a workspace that was opened has changed since its last check.
    clock : callable
        Returns the present as an aware time.
    """

    finding_chosen = Signal(object)
    """The `FindingRecord` that the user chose: the window zooms to its place and highlights it."""
    check_requested = Signal()
    """The user asks for a check of the workspace."""

    def __init__(
        self,
        document: Document,
        tasks: Tasks,
        parent: QWidget | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(parent)
        self._document, self._clock = document, clock
        self._by = ""
        self.freshness = Freshness.of(document, tasks)
        self.model = FindingsModel(self)
        self.coverage = CoverageLine(self)
        self.filters = FindingsFilter(RULES, self)
        self.counts = ElidedLabel(self)
        self.counts.setObjectName("muted")
        self.coverage.add_to_foot(self.counts)
        self.list = FindingList(self.model, self)
        self.empty = PlainLabel(parent=self)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.show_all = QPushButton("Sh&ow every finding", self)
        self.card = FindingCard(self)
        self.buttons = {kind: QPushButton(words, self) for kind, words in _BUTTONS.items()}
        self.dialog: DecisionDialog | None = None
        """The decision dialog that is open, or was last."""
        self._unsent = ("", "")
        """Key of a finding, and the reason of a decision about it that was cancelled: it is offered again."""
        self._chosen_key = ""
        self._lost_key = ""
        """Of the chosen finding that a change took from the list; undo brings it back, chosen."""
        self._chosen_top: int | None = None
        """How far below the top of the list the chosen finding stood before a change; None out of sight."""
        self._narrowing = QTimer(self, singleShot=True, interval=0)
        self._lay_out()
        self._connect()
        self.refresh()

    # --- building -------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.list)
        nothing = QWidget()
        column = QVBoxLayout(nothing)
        column.addStretch(1)
        column.addWidget(self.empty)
        column.addWidget(self.show_all, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        self._pages.addWidget(nothing)
        self._detail = QWidget(self)
        row = QHBoxLayout()
        row.setSpacing(4)
        for kind, button in self.buttons.items():
            button.setToolTip(f"{wording.DECIDE[kind]} the chosen finding")
            row.addWidget(button)
        detail = QVBoxLayout(self._detail)
        detail.setContentsMargins(0, 0, 0, 0)
        detail.setSpacing(4)
        detail.addWidget(self.card, 1)
        detail.addLayout(row)
        self.split = split = QSplitter(Qt.Orientation.Vertical, self)
        split.addWidget(self._pages)
        split.addWidget(self._detail)
        split.setChildrenCollapsible(False)
        split.setSizes(_SHARES)  # whatever the two ask for
        for number, share in enumerate(_SHARES):
            split.setStretchFactor(number, share)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(6)
        for widget in (self.coverage, self.filters):
            column.addWidget(widget)
        column.addWidget(split, 1)

    def _connect(self) -> None:
        self.coverage.check_requested.connect(self.check_requested)
        self.filters.changed.connect(self._on_filter)
        self.show_all.clicked.connect(self.filters.clear)
        self.list.selectionModel().currentChanged.connect(self._on_current)
        self.list.activated.connect(lambda _: self._announce())
        self.list.decide.connect(self.decide)
        for kind, button in self.buttons.items():
            button.clicked.connect(lambda _=False, kind=kind: self.decide(kind))
        self._document.changed.connect(self._on_changed)
        self._document.opened.connect(self._on_opened)
        self.freshness.changed.connect(self._show_coverage)
        self._narrowing.timeout.connect(self._narrow)
        timer = QTimer(self)
        timer.timeout.connect(self.refresh)  # a decision may have expired, an outcome moved into the past
        timer.start(_EXPIRY_CHECK_MS)
        self.model.set_filter(self.filters.chosen())

    def shares(self) -> QByteArray:
        """Return how list and card share the height, to be kept until the next start."""
        return self.split.saveState()

    def restore_shares(self, kept: QByteArray | None) -> None:
        """Share the height as it was kept, if it was."""
        if kept is not None:
            self.split.restoreState(kept)

    # --- showing --------------------------------------------------------------------------------

    def _on_changed(self, before: Workspace, after: Workspace) -> None:
        if before.findings is not after.findings or before.decisions is not after.decisions:
            self.refresh()
        elif any(
            getattr(before, part) is not getattr(after, part)
            for part in ("runs", "rules", "layers", "sources")
        ):
            self._show_coverage()
            self._show_counts()
            self._show_card()

    def refresh(self) -> None:
        """Show the document's findings as they stand now, keeping the chosen one."""
        findings, key = self._document.findings, self._key_to_keep()
        now = self._clock()
        decided = decisions.standing(self._document.workspace, now, findings.record_of)
        self._quietly(lambda: self.model.show(findings, decided, now))
        self._show_coverage()
        self._restore(key)
        self._narrow_on()

    def _show_coverage(self) -> None:
        workspace, findings = self._document.workspace, self._document.findings
        run = told(workspace, workspace.runs[-1]) if workspace.runs else None
        summary = summarise(
            run,
            RULES,
            workspace.rules,
            conflicts=findings.count(FindingState.OPEN),
            stale=self.freshness.is_stale,
            not_retested=findings.count(FindingState.NOT_RETESTED),
        )
        self.coverage.show_summary(summary)
        self.coverage.check.setEnabled(self._document.is_open)

    def _key_to_keep(self) -> str:
        return self._chosen_key or self._lost_key

    def _on_filter(self, chosen: Filter) -> None:
        key = self._key_to_keep()
        self._quietly(lambda: self.model.set_filter(chosen))
        self._restore(key)
        if self.chosen() is None:
            self.list.scrollToTop()
        self._narrow_on()

    def _on_opened(self) -> None:
        """Begin at the top, with nothing of what was looked for, or written, in another workspace."""
        self._unsent = ("", "")
        self.filters.reset()
        self.list.scrollToTop()

    def _narrow_on(self) -> None:
        """Go on reading findings for the text filter in the next turns of the event loop."""
        if not self.model.is_narrow:
            self._narrowing.start()

    def _narrow(self) -> None:
        key = self._key_to_keep()
        narrow = False

        def read() -> None:
            nonlocal narrow
            narrow = self.model.narrow()

        self._quietly(read)
        if narrow:
            self._restore(key)
        else:
            self._narrowing.start()

    def _quietly(self, change: Callable[[], None]) -> None:
        """Change the model without taking the reset for a choice of the user."""
        self._chosen_top = self._top_of(self.model.row_of(self._chosen_key)) if self._chosen_key else None
        selection = self.list.selectionModel()
        selection.blockSignals(True)
        change()
        selection.blockSignals(False)

    def _top_of(self, row: int) -> int | None:
        """Return how far below the top of the list a row begins; None where it is out of sight."""
        place = self.list.visualRect(self.model.index(row))
        return place.top() if place.intersects(self.list.viewport().rect()) else None

    def _restore(self, key: str) -> None:
        """Choose a finding again after the list has changed, and keep it where it stood in sight."""
        row = self.model.row_of(key) if key else -1
        selection = self.list.selectionModel()
        selection.blockSignals(True)
        if row >= 0:
            selection.setCurrentIndex(self.model.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect)
        else:
            selection.clear()
        selection.blockSignals(False)
        if row >= 0 and self._chosen_top is not None:
            bar, top = self.list.verticalScrollBar(), self.list.visualRect(self.model.index(row)).top()
            bar.setValue(bar.value() + top - self._chosen_top)
        self.list.viewport().update()
        self._chosen_key, self._lost_key = (key, "") if row >= 0 else ("", key)
        self._show_counts()
        self._show_card()

    def _show_counts(self) -> None:
        shown, total, standings = self.model.rowCount(), len(self.model.findings), self.model.filter.standings
        if standings and Standing.RESOLVED not in standings:
            total -= self.model.findings.count(FindingState.RESOLVED)  # the headline leaves them out, too
        new = int(self.model.findings.is_new.sum())
        looking = "" if self.model.is_narrow else ", still looking for the words"
        self.counts.setText(f"{shown:,} of {total:,} shown" + (f", {new:,} new" if new else "") + looking)
        some = len(self.model.findings) > 0
        self.counts.setVisible(some)
        self.filters.setVisible(some)
        self._pages.setCurrentIndex(0 if shown else 1)
        self.show_all.setVisible(some)
        self.empty.setText(self._empty_words(some))

    def _empty_words(self, some: bool) -> str:
        if some:
            return "No finding passes the filter."
        if not self._document.is_open:
            return "No workspace is open."
        if not self._document.workspace.runs:
            return "Not checked yet. Run a check to see where activities and protected places meet."
        if self.freshness.is_stale:
            return "The last check found nothing, but the workspace has changed since. Check again."
        return "The last check found nothing in what it compared. See above what that was."

    def _show_card(self) -> None:
        item = self.chosen()
        self._detail.setVisible(item is not None)
        self.coverage.set_brief(item is not None)
        if item is None:
            return
        self.card.show_item(item, self._document.workspace, self._clock())
        decidable = item.record.state is not FindingState.RESOLVED
        for button in self.buttons.values():
            button.setEnabled(decidable)

    # --- choosing -------------------------------------------------------------------------------

    def chosen(self) -> Item | None:
        """Return the chosen finding, or None."""
        row = self.model.row_of(self._chosen_key) if self._chosen_key else -1
        return self.model.item(row)

    def choose(self, key: str) -> bool:
        """Choose a finding, as the user would; False when it is not in the list."""
        row = self.model.row_of(key)
        if row < 0:
            return False
        self.list.setCurrentIndex(self.model.index(row))
        self.list.scrollTo(self.model.index(row))
        return True

    def focus_list(self) -> None:
        """Put the keyboard on the list, choosing the first finding when none is chosen."""
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        if self.chosen() is None and self.model.rowCount():
            self.list.setCurrentIndex(self.model.index(0))

    def _on_current(self, current: QModelIndex, _: QModelIndex) -> None:
        item = self.model.item(current.row()) if current.isValid() else None
        self._chosen_key, self._lost_key = item.key if item else "", ""
        selection = self.list.selectionModel()
        if item is not None and not selection.isSelected(current):
            # Qt makes the first row current, not selected, when the list gets the focus.
            selection.select(current, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._show_card()
        if item is not None:
            self.finding_chosen.emit(item.record)

    def _announce(self) -> None:
        item = self.chosen()
        if item is not None:
            self.finding_chosen.emit(item.record)

    # --- deciding -------------------------------------------------------------------------------

    def decide(self, kind: DecisionType) -> None:
        """Ask for a decision about the chosen finding; the dialog does not block the program."""
        item = self.chosen()
        if item is None or item.record.state is FindingState.RESOLVED:
            return
        key, title = item.key, item.title

        def record(decided: Decided) -> None:
            changed = decisions.decide(
                self._document.workspace,
                key,
                decided.type,
                by=decided.by,
                reason=decided.reason,
                expires=decided.expires,
                now=self._clock(),
            )
            self._document.apply(f"{wording.DECIDE[decided.type]}: {title}", changed)
            self._by, self._unsent = decided.by, ("", "")

        self.dialog = DecisionDialog(
            item, kind, by=self._by or self._document.user, now=self._clock(), decide=record, parent=self
        )
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        reason = self.dialog.reason
        if self._unsent[0] == key:
            reason.setPlainText(self._unsent[1])
        self.dialog.rejected.connect(lambda: self._keep_reason(key, reason.toPlainText().strip()))
        row = self.model.row_of(key)
        self.dialog.finished.connect(lambda _: self._on_dialog_closed(row))
        self.dialog.open()

    def _keep_reason(self, key: str, reason: str) -> None:
        """Keep what was written of a decision that was cancelled, by a slip perhaps."""
        if reason:
            self._unsent = (key, reason)

    def _on_dialog_closed(self, row: int) -> None:
        """Go on to the next finding when the decided one has left the list."""
        self.dialog = None
        if self.chosen() is None and self.model.rowCount():
            self.list.setCurrentIndex(self.model.index(min(row, self.model.rowCount() - 1)))
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
