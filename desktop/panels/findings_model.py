"""The findings of a workspace as a sorted, filterable list model; 100,000 of them stay quick."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from operator import is_
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.finding_columns import VERDICTS, Codes, FindingColumns, Mask, Objects, Rows, columns_of
from desktop.panels import wording
from desktop.panels.plain_text import one_line
from layers.findings import Decision, FindingRecord, FindingState, Severity, Verdict
from layers.rules import RULES_BY_ID
from layers.volume import Outcome, by_outcome

Index = QModelIndex | QPersistentModelIndex

_SLICE_S = 0.02
"""So long findings are read for the text filter before the window has its turn."""
_AT_ONCE = 100


class Standing(Enum):
    """Where a finding stands for the person who works through the list."""

    OPEN = "Open"
    DECIDED = "Decided"
    NOT_RETESTED = "Not re-tested"
    RESOLVED = "Resolved"


_STANDINGS = tuple(Standing)


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list shows; an empty value shows all."""

    text: str = ""
    severities: frozenset[Severity] = frozenset()
    rule: str = ""
    verdict: Verdict | None = None
    standings: frozenset[Standing] = frozenset()
    outcome: Outcome | None = None
    new_only: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One finding with the decision in force."""

    record: FindingRecord
    decision: Decision | None
    standing: Standing
    title: str
    when: str = ""
    """Whether it holds now, lies ahead or is over, in a word or two."""

    @property
    def key(self) -> str:
        """The key of the finding."""
        return self.record.finding.key


def _words(record: FindingRecord) -> str:
    """Return what the text filter looks at."""
    finding = record.finding
    names = (text for s in finding.subjects for text in (s.name, s.source_id, s.layer))
    return " ".join((title_of(finding.rule), finding.sentence, *names)).casefold()


def title_of(rule: str) -> str:
    """Return the title of a rule, also of one that is no longer there."""
    return RULES_BY_ID[rule].title if rule in RULES_BY_ID else wording.words_of_id(rule)


class _Texts:
    """What the text filter looks at; made when a text is first looked for, kept for findings that stay.

    Of 100,000 findings that takes 0.3 s, so it is made in slices: until a finding is read, it passes.
    """

    def __init__(self) -> None:
        self._records: Sequence[FindingRecord] = ()
        self._texts: Objects = np.empty(0, dtype=object)
        self._unread: list[int] = []
        """Rows without a text; the last is read next."""

    def follow(self, records: Sequence[FindingRecord]) -> None:
        """Look at other findings; the texts of those that are the same objects stay."""
        if records is self._records:
            return
        texts = np.full(len(records), "", dtype=object)
        shared = min(len(records), len(self._records))
        stays = np.fromiter(map(is_, self._records, records), dtype=bool, count=shared)
        texts[:shared][stays] = self._texts[:shared][stays]
        self._records, self._texts = records, texts
        self._unread = np.flatnonzero(texts == "").tolist()[::-1]

    def read(self, seconds: float) -> bool:
        """Read on for so long, some at least; tells whether all are read."""
        until = time.perf_counter() + seconds
        while self._unread:
            for row in [self._unread.pop() for _ in range(min(_AT_ONCE, len(self._unread)))]:
                self._texts[row] = _words(self._records[row])
            if time.perf_counter() > until:
                break
        return not self._unread

    def contain(self, words: Sequence[str]) -> Mask:
        """Mark the findings that have all of the words, and those not read yet."""
        found = (not text or all(word in text for word in words) for text in self._texts.tolist())
        return np.fromiter(found, dtype=bool, count=len(self._texts))


class FindingsModel(QAbstractListModel):
    """The findings that pass the filter: the most severe first, in the order of the rules, the nearest first.

    A row's text (for screen readers and type-ahead) is its sentence; `ITEM` holds the `Item`.
    """

    ITEM = int(Qt.ItemDataRole.UserRole)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._findings = columns_of(())
        self._decided: Mapping[str, Decision] = {}
        self._standing: Codes = np.empty(0, dtype=np.int8)
        self._shown: Rows = np.empty(0, dtype=np.intp)
        self._filter = Filter()
        self._now = datetime.now(UTC)
        self._texts = _Texts()
        self._is_narrow = True

    @property
    def is_narrow(self) -> bool:
        """False while findings pass the filter only because their words are not read yet: call `narrow`."""
        return self._is_narrow

    def narrow(self) -> bool:
        """Read on for a moment; once all is read, show what passes, and return True."""
        if not self._texts.read(_SLICE_S):
            return False
        self.beginResetModel()
        self._shown = self._passing()
        self.endResetModel()
        return True

    @property
    def findings(self) -> FindingColumns:
        """All findings, whether shown or not."""
        return self._findings

    @property
    def filter(self) -> Filter:
        """What the list shows."""
        return self._filter

    def show(self, findings: FindingColumns, decided: Mapping[str, Decision], now: datetime) -> None:
        """Show findings as seen at a moment, and the decisions in force by key, through the same filter."""
        self.beginResetModel()
        self._findings, self._decided, self._now = findings, decided, now
        self._standing = _standing(findings, decided)
        self._shown = self._passing()
        self.endResetModel()

    def set_filter(self, chosen: Filter) -> None:
        """Show the findings that pass another filter."""
        if chosen == self._filter:
            return
        self.beginResetModel()
        self._filter = chosen
        self._shown = self._passing()
        self.endResetModel()

    def _passing(self) -> Rows:
        """Return the rows of the findings that pass the filter, in order."""
        chosen, findings = self._filter, self._findings
        passes = np.ones(len(findings), dtype=bool)
        if chosen.severities:
            passes &= np.isin(findings.severity, [int(severity) for severity in chosen.severities])
        if chosen.rule:
            passes &= findings.is_of(chosen.rule)
        if chosen.verdict is not None:
            passes &= findings.verdict == VERDICTS.index(chosen.verdict)
        if chosen.standings:
            passes &= np.isin(self._standing, [_STANDINGS.index(standing) for standing in chosen.standings])
        if chosen.outcome is not None:
            passes &= by_outcome(findings.start, findings.end, self._now)[chosen.outcome]
        if chosen.new_only:
            passes &= findings.is_new
        words = chosen.text.casefold().split()
        if words:
            self._texts.follow(findings.records)
            self._is_narrow = self._texts.read(_SLICE_S)
            passes &= self._texts.contain(words)
        else:
            self._is_narrow = True
        return findings.order[passes[findings.order]]

    def item(self, row: int) -> Item | None:
        """Return the finding in a row, or None when there is no such row."""
        if not 0 <= row < len(self._shown):
            return None
        place = int(self._shown[row])
        record = self._findings.records[place]
        decision = self._decided.get(record.finding.key)
        standing, title = _STANDINGS[self._standing[place]], title_of(record.finding.rule)
        when = wording.short_outcome(record.finding, self._now)
        return Item(record, decision, standing, title, when)

    def row_of(self, key: str) -> int:
        """Return the row of the finding with this key, or -1 when it is not shown."""
        place = self._findings.rows.get(key, -1)
        found = np.flatnonzero(self._shown == place)
        return int(found[0]) if len(found) else -1

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
            stands = ", ".join(filter(None, (verdict, item.when)))
            return one_line(f"{severity}. {stands}. {item.standing.value}. {finding.sentence}")
        return None


def _standing(findings: FindingColumns, decided: Mapping[str, Decision]) -> Codes:
    """Say where each finding stands; what was not re-tested is never shown as settled."""
    standing = np.full(len(findings), _STANDINGS.index(Standing.OPEN), dtype=np.int8)
    standing[findings.mask_of(decided)] = _STANDINGS.index(Standing.DECIDED)
    standing[findings.is_in(FindingState.NOT_RETESTED)] = _STANDINGS.index(Standing.NOT_RETESTED)
    standing[findings.is_in(FindingState.RESOLVED)] = _STANDINGS.index(Standing.RESOLVED)
    return standing
