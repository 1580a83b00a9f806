"""The chosen finding on one card: what, how far, when, whom to call, what next, what was decided."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop.panels import wording
from desktop.panels.coverage_line import Mark
from desktop.panels.finding_colours import AMBER, GREEN, severity_chip
from desktop.panels.findings_model import Item, Standing
from desktop.panels.plain_text import PlainLabel, one_line
from layers.findings import Decision, Finding, Severity, Subject
from layers.kinds import KINDS
from layers.model import Workspace
from layers.suggestions import CHANGEABLE

_KIND_TITLES = {spec.kind.value: spec.title for spec in KINDS}


class SeverityChip(QWidget):
    """The severity in words on its colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._severity = Severity.INFO
        self.set_severity(Severity.INFO)

    def set_severity(self, severity: Severity) -> None:
        """Show another severity."""
        self._severity = severity
        font = self.font()
        font.setBold(True)
        metrics = QFontMetrics(font)
        word = wording.severity_word(severity)
        self.setFixedSize(QSize(metrics.horizontalAdvance(word) + 16, metrics.height() + 4))
        self.setAccessibleName(f"Severity {word.lower()}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the word on its colour."""
        chip = severity_chip(self._severity, self.palette())
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(chip.ground)
            painter.drawRoundedRect(self.rect(), 3, 3)
            font = self.font()
            font.setBold(True)
            painter.setFont(font)
            painter.setPen(chip.text)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, wording.severity_word(self._severity))


class FindingCard(QScrollArea):
    """Shows one finding; partner text on it is always plain."""

    change_wanted = Signal(object)
    """The `Finding` for which changes that settle it are wanted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("The chosen finding")
        self.chip = SeverityChip()
        self.verdict = PlainLabel()
        self.verdict.setWordWrap(False)
        self.title = PlainLabel(bold=True)
        self.sentence = PlainLabel()
        self.standing_mark = Mark(AMBER)
        self.standing = PlainLabel()
        self.measured = PlainLabel()
        self.when = PlainLabel()
        self.change = PlainLabel()
        self.action = PlainLabel()
        self.subjects = (_SubjectBlock(), _SubjectBlock())
        self.suggest = QPushButton("Su&ggest a change…")
        self.suggest.setToolTip("Look for the smallest change of the activity that settles this")
        self.suggest.clicked.connect(self._on_suggest)
        self._finding: Finding | None = None
        self.decision = PlainLabel()
        self.history = PlainLabel()
        self.history.setObjectName("muted")
        self._form = self._facts()
        inside = QWidget()
        self._lay_out(inside)
        self.setWidget(inside)

    def _facts(self) -> QFormLayout:
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(10)
        form.setVerticalSpacing(3)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows = (
            ("Measured", self.measured),
            ("Next step", self.action),
            ("When", self.when),
            ("Change", self.change),
            ("Decision", self.decision),
            ("History", self.history),
        )
        for word, label in rows:
            caption = PlainLabel(word, selectable=False)
            caption.setObjectName("muted")
            caption.setWordWrap(False)
            caption.setAlignment(Qt.AlignmentFlag.AlignTop)
            form.addRow(caption, label)
        return form

    def _lay_out(self, inside: QWidget) -> None:
        head = QHBoxLayout()
        head.addWidget(self.chip, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.title, 1, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.verdict, 0, Qt.AlignmentFlag.AlignVCenter)
        standing = QHBoxLayout()
        standing.addWidget(self.standing_mark, 0, Qt.AlignmentFlag.AlignTop)
        standing.addWidget(self.standing, 1)
        column = QVBoxLayout(inside)
        column.setContentsMargins(6, 6, 6, 4)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(standing)
        column.addWidget(self.sentence)
        for block in self.subjects:
            column.addWidget(block)
        column.addWidget(self.suggest, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(self._form)
        column.addStretch(1)

    def show_item(self, item: Item, workspace: Workspace, now: datetime) -> None:
        """Show a finding with the contacts of its subjects and every decision about it."""
        finding = item.record.finding
        self.chip.set_severity(finding.severity)
        resolved = item.standing is Standing.RESOLVED
        self.verdict.setText("Resolved" if resolved else wording.VERDICTS[finding.verdict])
        self.title.setText(item.title)
        self.sentence.setText(finding.sentence)
        self._show_standing(item)
        self._show_facts(finding, item, now)
        for block, subject in zip(self.subjects, (*finding.subjects, None, None), strict=False):
            block.show_subject(subject, workspace)
        self._show_decisions(item, workspace.decisions, now)
        self._finding = finding
        self.suggest.setVisible(item.standing is Standing.OPEN and may_be_changed(finding))
        self.verticalScrollBar().setValue(0)

    def _on_suggest(self) -> None:
        if self._finding is not None:
            self.change_wanted.emit(self._finding)

    def _show_standing(self, item: Item) -> None:
        """Say first what is no longer so: the sentence below is that of the check that found it."""
        resolved = item.standing is Standing.RESOLVED
        reason = one_line(item.record.reason) or "the last check could not look at it again."
        said = "Resolved: both were compared again and it is clear now. This is what was found before:"
        self.standing.setText(said if resolved else f"Not re-tested: {reason}")
        self.standing_mark.set_mark(GREEN if resolved else AMBER)
        for widget in (self.standing, self.standing_mark):
            widget.setVisible(resolved or item.standing is Standing.NOT_RETESTED)

    def _show_facts(self, finding: Finding, item: Item, now: datetime) -> None:
        self._set(self.measured, wording.measured(finding))
        self._set(self.when, wording.when_words(finding, now))
        change = wording.CHANGES[item.record.change]
        self._set(self.change, "Resolved" if item.standing is Standing.RESOLVED else change)
        self._set(self.action, "" if item.standing is Standing.RESOLVED else finding.action)

    def _show_decisions(self, item: Item, decisions: Sequence[Decision], now: datetime) -> None:
        own = [d for d in decisions if d.finding == item.key]
        current = decision_words(item.decision) if item.decision else "None yet"
        if item.decision is None and item.standing is Standing.RESOLVED:
            current = ""
        self._set(self.decision, current)
        earlier = [d for d in reversed(own) if d is not item.decision]
        self._set(self.history, "\n".join(_past(d, now) for d in earlier))

    def _set(self, label: PlainLabel, text: str) -> None:
        label.setText(text)
        self._form.setRowVisible(label, bool(text))


def may_be_changed(finding: Finding) -> bool:
    """Tell whether a finding is about two features of which one is an activity that may be moved."""
    return len(finding.subjects) == 2 and any(subject.kind in CHANGEABLE for subject in finding.subjects)


def decision_words(decision: Decision) -> str:
    """Return who decided what, when, until when, and why."""
    until = f", until {wording.moment(decision.expires)}" if decision.expires else ", until further notice"
    head = (
        f"{wording.DECIDED[decision.type]} by {one_line(decision.by)}, {wording.moment(decision.at)}{until}."
    )
    return f"{head}\n{decision.reason}"


def _past(decision: Decision, now: datetime) -> str:
    if decision.lapsed:
        ended = f"No longer counts: {one_line(decision.lapsed)}"
    elif decision.expires is not None and decision.expires <= now:
        ended = f"Expired {wording.moment(decision.expires)}."
    else:
        ended = "No longer counts."
    return f"{decision_words(decision)}\n{ended}"


class _SubjectBlock(QFrame):
    """One subject: what it is, its name, where it is listed, and whom to call."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.kind = PlainLabel()
        self.kind.setObjectName("muted")
        self.name = PlainLabel(bold=True)
        self.contact = PlainLabel()
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 2, 6, 3)
        column.setSpacing(0)
        for label in (self.kind, self.name, self.contact):
            column.addWidget(label)

    def show_subject(self, subject: Subject | None, workspace: Workspace) -> None:
        """Show a subject as the workspace knows it now; nothing for None."""
        self.setVisible(subject is not None)
        if subject is None:
            return
        kind = _KIND_TITLES.get(subject.kind, wording.words_of_id(subject.kind))
        self.kind.setText(" · ".join(p for p in (kind, subject.layer, subject.source_id) if p))
        self.name.setText(subject.name or "Without a name")
        self.contact.setText(contact_of(subject, workspace))


def contact_of(subject: Subject, workspace: Workspace) -> str:
    """Return whom to call about a subject, as its feature says now."""
    place = workspace.find(subject.id)
    if place is None:
        return "No longer in the workspace"
    layer, row = place
    values = (layer.table.fields[n][row] for n in ("organisation", "contact") if n in layer.table.fields)
    said = [one_line(str(value)) for value in values if str(value).strip()]
    has_contact = "contact" in layer.table.fields and str(layer.table.fields["contact"][row]).strip()
    if not has_contact:
        said.append("no contact recorded")
    return f"Contact: {', '.join(said)}"
