"""Step five: what is doubtful, left out or repaired, row by row; a proposal is applied only when ticked."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QTreeWidgetItemIterator,
    QVBoxLayout,
    QWidget,
)

from desktop.dialogs import import_doubt_words as words
from desktop.dialogs.import_doubt_words import GROUPS, Group
from desktop.dialogs.import_map import ImportMap, Overlay, Role
from desktop.dialogs.import_reading import Preview
from desktop.dialogs.import_steps import Step, StepPanel, StepReport, StepState
from desktop.panels import wording
from desktop.panels.plain_text import PlainLabel, one_line
from layers.kinds import spec_of
from layers.model import Kind, Workspace
from layers.reading import Action, Problem

LISTED = 200
"""Problems of one sort that are listed each; the rest stands on one line, with its own check box."""
_ON_MAP = 100
_PROBLEMS = Qt.ItemDataRole.UserRole
_NOTHING_FOUND = "Nothing is doubtful, nothing was left out, nothing had to be repaired."


class DoubtsPanel(StepPanel):
    """A tree of problems with check boxes on what a click can do, beside the map."""

    step = Step.DOUBTS
    apply_asked = Signal(list)
    """Problems whose fixes are to be applied."""
    take_back_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preview: Preview | None = None
        self._workspace: Workspace | None = None
        self._groups: list[Group] = []
        self._busy = True
        self._applied = 0
        self.summary = PlainLabel(bold=True)
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(["Problem", "Proposal"])
        self.tree.setAccessibleName("Problems of the file")
        self.tree.setAlternatingRowColors(True)
        self.tree.setUniformRowHeights(True)
        header = self.tree.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(0, 340)
        self.tree.currentItemChanged.connect(lambda *_: self._show_current())
        self.tree.itemChanged.connect(lambda *_: self._refresh())
        self.detail = PlainLabel()
        self.map = ImportMap()
        self.legend = PlainLabel()
        self.legend.setObjectName("muted")
        self.apply = QPushButton("&Apply ticked proposals")
        self.apply.clicked.connect(lambda: self.apply_asked.emit(self.ticked()))
        self.take_back = QPushButton("&Take back")
        self.take_back.clicked.connect(self.take_back_asked)
        self.applied = PlainLabel()
        self.applied.setObjectName("muted")
        self._lay_out()
        self._refresh()

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.summary)
        column.addWidget(self.tree, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.apply)
        buttons.addWidget(self.take_back)
        buttons.addWidget(self.applied, 1, Qt.AlignmentFlag.AlignVCenter)
        column.addLayout(buttons)
        right = QWidget()
        beside = QVBoxLayout(right)
        beside.setContentsMargins(6, 0, 0, 0)
        beside.addWidget(self.map, 1)
        beside.addWidget(self.legend)
        beside.addWidget(self.detail)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.addWidget(left)
        split.addWidget(right)
        split.setSizes([600, 440])
        split.setStretchFactor(0, 1)
        split.setChildrenCollapsible(False)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(split, 1)

    # --- content --------------------------------------------------------------------------------

    def show_preview(self, preview: Preview, workspace: Workspace, kind: Kind) -> None:
        """Draw the rows of a file that was read."""
        self._preview, self._workspace = preview, workspace
        self.map.set_workspace(workspace)
        self.map.set_rows(preview.shapes, spec_of(kind))

    def set_busy(self) -> None:
        """Say that the doubts are being looked for."""
        self._busy = True
        self._refresh()
        self.reported.emit()

    def show_problems(self, groups: Sequence[Group], applied: int) -> None:
        """Show all problems in groups; `applied` proposals were taken over already."""
        self._busy, self._groups, self._applied = False, list(groups), applied
        self.tree.blockSignals(True)
        self.tree.clear()
        for action, title in GROUPS.items():
            of_action = [group for group in groups if group.action is action]
            if of_action:
                self._add_action(title, of_action)
        self.tree.setColumnHidden(1, not any(g.action is Action.DOUBT for g in groups))
        self.tree.blockSignals(False)
        self.map.set_overlays((), zoom=False)
        first = self.tree.topLevelItem(0)
        if first is not None:
            self.tree.setCurrentIndex(self.tree.indexFromItem(first.child(0) or first))
        self._show_current()
        self._refresh()
        self.reported.emit()

    def show_failure(self, sentence: str) -> None:
        """Say why the doubts could not be looked for."""
        self._busy = False
        self.tree.clear()
        self._groups = []
        self.summary.setText(sentence)
        self.reported.emit()

    def _add_action(self, title: str, groups: Sequence[Group]) -> None:
        total = sum(len(group.problems) for group in groups)
        top = QTreeWidgetItem(self.tree, [f"{title} ({total:,})", ""])
        top.setFirstColumnSpanned(True)
        for group in groups:
            self._add_group(top, group)
        top.setExpanded(True)

    def _add_group(self, top: QTreeWidgetItem, group: Group) -> None:
        item = QTreeWidgetItem(top, [group.title, one_line(words.proposal_words(group.problems[0]))])
        item.setData(0, _PROBLEMS, group.problems[:_ON_MAP])
        if group.fixable:
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsAutoTristate)
            item.setCheckState(0, Qt.CheckState.Unchecked)
        for problem in group.problems[:LISTED]:
            self._add_line(item, f"{words.place_words(problem)}: {one_line(problem.what)}", (problem,))
        rest = group.problems[LISTED:]
        if rest:
            self._add_line(item, f"and {len(rest):,} more of this sort", rest)
        item.setExpanded(len(groups_lines(group)) <= 6)

    def _add_line(self, parent: QTreeWidgetItem, text: str, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        item = QTreeWidgetItem(parent, [text, one_line(words.proposal_words(first))])
        item.setData(0, _PROBLEMS, problems)
        if any(p.action is Action.DOUBT and p.fix for p in problems):
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(0, Qt.CheckState.Unchecked)

    # --- what is ticked and shown ---------------------------------------------------------------

    def ticked(self) -> list[Problem]:
        """Return the problems whose proposals are ticked."""
        found: list[Problem] = []
        lines = QTreeWidgetItemIterator(self.tree, QTreeWidgetItemIterator.IteratorFlag.Checked)
        while lines.value() is not None:
            item = lines.value()
            if not item.childCount():
                found += [p for p in item.data(0, _PROBLEMS) or () if p.fix]
            lines += 1
        return found

    def _refresh(self) -> None:
        ticked = len(self.ticked())
        self.apply.setEnabled(ticked > 0 and not self._busy)
        count = wording.count(ticked, "ticked proposal") if ticked else "ticked proposals"
        self.apply.setText(f"&Apply {count}")
        self.take_back.setVisible(self._applied > 0)
        self.applied.setText(
            f"{wording.count(self._applied, 'proposal')} applied; the partner's file is unchanged."
            if self._applied
            else ""
        )
        if self._busy:
            self.summary.setText("Looking for doubts.")
        else:
            self.summary.setText(counts(self._groups) or _NOTHING_FOUND)

    def _show_current(self) -> None:
        """Show on the map, and in full words, what the chosen line is about."""
        item = self.tree.currentItem()
        problems: Sequence[Problem] = item.data(0, _PROBLEMS) or () if item is not None else ()
        if self._preview is None or not problems:
            self.detail.setText("Choose a line to see it on the map.")
            self.legend.setText("")
            return
        single = problems[0] if len(problems) == 1 else None
        if single is not None:
            self.detail.setText(
                f"{words.place_words(single)}: {single.what}\n{words.proposal_words(single)}".strip()
            )
        else:
            self.detail.setText("")
        overlays = self._overlays(problems[:_ON_MAP])
        self.map.set_overlays(overlays)
        self.legend.setText(legend(overlays))

    def _overlays(self, problems: Sequence[Problem]) -> list[Overlay]:
        if self._preview is None:
            return []
        imported = self._preview.imported
        lines = [(p, row, fix) for p in problems for row, fix in words.rows_of(p, _ON_MAP)][:_ON_MAP]
        shapes = words.shapes_of([row for _, row, _ in lines], imported.row, imported.geometry)
        overlays: list[Overlay] = []
        for (problem, row, fix), shape in zip(lines, shapes, strict=True):
            is_one = len(lines) == 1
            if problem.action is Action.REPAIRED and row in imported.before:
                overlays.append(Overlay(imported.before[row], Role.BEFORE))
            if shape is not None:
                overlays.append(Overlay(shape, Role.NOW, f"Row {row:,}" if is_one else ""))
            proposed = words.proposed_shape(shape, fix)
            if proposed is not None:
                overlays.append(Overlay(proposed, Role.PROPOSED, "Proposed" if is_one else ""))
            overlays += self._same(fix)
        return overlays

    def _same(self, fix: Mapping[str, Any]) -> list[Overlay]:
        """Return the feature of the workspace that a row repeats."""
        known = str(fix.get("same_as", ""))
        place = self._workspace.find(known) if self._workspace is not None and known else None
        if place is None:
            return []
        layer, row = place
        return [Overlay(layer.table.geometry[row], Role.PROPOSED, "Already there")]

    # --- state ----------------------------------------------------------------------------------

    def report(self) -> StepReport:
        """Tell how much is doubtful."""
        if self._busy:
            return StepReport(StepState.BUSY, "Looking for doubts")
        text = counts(self._groups)
        if not text:
            return StepReport(StepState.OK, "None")
        doubtful = any(g.action is not Action.REPAIRED for g in self._groups)
        return StepReport(StepState.DOUBTS if doubtful else StepState.OK, text)

    def look_for_first(self) -> QWidget:
        """Return the tree."""
        return self.tree


def groups_lines(group: Group) -> Sequence[Problem]:
    """Return the problems of a group that have lines of their own."""
    return group.problems[:LISTED]


def counts(groups: Sequence[Group]) -> str:
    """Return the counts of problems in words; "" where there are none."""
    said = {Action.DOUBT: "in doubt", Action.SKIPPED: "left out", Action.REPAIRED: "repaired"}
    sums = {action: sum(len(g.problems) for g in groups if g.action is action) for action in said}
    return ", ".join(f"{n:,} {said[action]}" for action, n in sums.items() if n)


def legend(overlays: Sequence[Overlay]) -> str:
    """Say what the lines on the map mean."""
    roles = {overlay.role for overlay in overlays}
    said = []
    if Role.NOW in roles:
        said.append("solid: as it comes in")
    if Role.PROPOSED in roles:
        said.append("green, dashed: as proposed")
    if Role.BEFORE in roles:
        said.append("red, dashed: as the partner sent it")
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}." if text else ""
