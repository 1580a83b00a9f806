"""The findings of a workspace as a sorted, filterable list model; 10,000 of them stay quick."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.panels import wording
from desktop.panels.plain_text import one_line
from layers.findings import Change, Decision, FindingRecord, FindingState, Severity, Verdict
from layers.rules import RULES

Index = QModelIndex | QPersistentModelIndex

_RANK = {rule.id: number for number, rule in enumerate(RULES)}


class Standing(Enum):
    """Where a finding stands for the person who works through the list."""

    OPEN = "Open"
    DECIDED = "Decided"
    NOT_RETESTED = "Not re-tested"
    RESOLVED = "Resolved"


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list shows; an empty value shows all."""

    text: str = ""
    severities: frozenset[Severity] = frozenset()
    rule: str = ""
    verdict: Verdict | None = None
    standings: frozenset[Standing] = frozenset()
    new_only: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One finding with the decision in force and what the text filter looks at."""

    record: FindingRecord
    decision: Decision | None
    standing: Standing
    title: str
    haystack: str

    @property
    def key(self) -> str:
        """The key of the finding."""
        return self.record.finding.key


def standing_of(record: FindingRecord, decision: Decision | None) -> Standing:
    """Return where a finding stands; what was not re-tested is never shown as settled."""
    if record.state is FindingState.NOT_RETESTED:
        return Standing.NOT_RETESTED
    if record.state is FindingState.RESOLVED:
        return Standing.RESOLVED
    return Standing.DECIDED if decision else Standing.OPEN


def items_of(
    records: Sequence[FindingRecord], decisions: Mapping[str, Decision], titles: Mapping[str, str]
) -> list[Item]:
    """Make list items, the most severe first, in the order of the rules, the nearest first."""
    items = []
    for record in records:
        finding = record.finding
        decision = decisions.get(finding.key)
        title = titles.get(finding.rule) or wording.words_of_id(finding.rule)
        names = (text for s in finding.subjects for text in (s.name, s.source_id, s.layer))
        haystack = " ".join((title, finding.sentence, *names)).casefold()
        items.append(Item(record, decision, standing_of(record, decision), title, haystack))
    return sorted(items, key=_order)


def _order(item: Item) -> tuple[int, int, float, str]:
    """Order by severity, then by rule (protection before administration), then by distance."""
    finding = item.record.finding
    distance = finding.distance_m if finding.distance_m is not None else float("inf")
    return -finding.severity, _RANK.get(finding.rule, len(_RANK)), distance, finding.key


def _place(items: list[Item], item: Item) -> int:
    """Return where an item is in a sorted list, or belongs."""
    return bisect_left(items, _order(item), key=_order)


def passes(item: Item, chosen: Filter, words: Sequence[str]) -> bool:
    """Tell whether the filter shows an item; `words` are the case-folded words of its text."""
    finding = item.record.finding
    return (
        (not chosen.severities or finding.severity in chosen.severities)
        and (not chosen.rule or finding.rule == chosen.rule)
        and (chosen.verdict is None or finding.verdict is chosen.verdict)
        and (not chosen.standings or item.standing in chosen.standings)
        and (not chosen.new_only or _is_new(item))
        and all(word in item.haystack for word in words)
    )


def _is_new(item: Item) -> bool:
    return item.record.state is FindingState.OPEN and item.record.change is Change.NEW


class FindingsModel(QAbstractListModel):
    """The findings that pass the filter, in order.

    A row's text (for screen readers and type-ahead) is its sentence; `ITEM` holds the `Item`.
    """

    ITEM = int(Qt.ItemDataRole.UserRole)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: list[Item] = []
        self._shown: list[Item] = []
        self._filter = Filter()

    @property
    def items(self) -> Sequence[Item]:
        """All findings, whether shown or not."""
        return self._items

    @property
    def filter(self) -> Filter:
        """What the list shows."""
        return self._filter

    @property
    def new_count(self) -> int:
        """How many findings the last check found for the first time."""
        return sum(_is_new(item) for item in self._items)

    def set_items(self, items: list[Item]) -> None:
        """Show other findings (see `items_of`) through the same filter."""
        self.beginResetModel()
        self._items = items
        self._refill()
        self.endResetModel()

    def replace(self, before: Sequence[Item], after: Sequence[Item]) -> None:
        """Show some findings in the place of others; every other row stays where it is.

        Each of `before` is in the list; the lists need not have the same findings.
        """
        words = self._filter.text.casefold().split()
        for item in before:
            del self._items[_place(self._items, item)]
            row = _place(self._shown, item)
            if row < len(self._shown) and self._shown[row].key == item.key:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self._shown[row]
                self.endRemoveRows()
        for item in after:
            self._items.insert(_place(self._items, item), item)
            if passes(item, self._filter, words):
                row = _place(self._shown, item)
                self.beginInsertRows(QModelIndex(), row, row)
                self._shown.insert(row, item)
                self.endInsertRows()

    def set_filter(self, chosen: Filter) -> None:
        """Show the findings that pass another filter."""
        if chosen == self._filter:
            return
        self.beginResetModel()
        self._filter = chosen
        self._refill()
        self.endResetModel()

    def _refill(self) -> None:
        words = self._filter.text.casefold().split()
        self._shown = [item for item in self._items if passes(item, self._filter, words)]

    def item(self, row: int) -> Item | None:
        """Return the finding in a row, or None when there is no such row."""
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def row_of(self, key: str) -> int:
        """Return the row of the finding with this key, or -1 when it is not shown."""
        return next((row for row, item in enumerate(self._shown) if item.key == key), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return how many findings are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the item or its sentence."""
        item = self.item(index.row()) if index.isValid() else None
        if item is None:
            return None
        if role == self.ITEM:
            return item
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            finding = item.record.finding
            severity, verdict = wording.severity_word(finding.severity), wording.VERDICTS[finding.verdict]
            return one_line(f"{severity}. {verdict}. {item.standing.value}. {finding.sentence}")
        return None
