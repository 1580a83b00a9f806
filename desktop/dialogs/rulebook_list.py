"""The rules under their headings, with a box to find one by its words."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from desktop import theme
from desktop.dialogs.rulebook_draft import RulesDraft
from desktop.panels.plain_text import PlainLabel
from layers.checks import Rule
from layers.rules import GROUPS, RULES, RULES_BY_ID

_RULE = Qt.ItemDataRole.UserRole
WIDTH = 300


class RuleList(QWidget):
    """Shows each rule with what must be known about it: switched off, or waiting for a name."""

    chosen = Signal(object)
    """The `Rule` that is current now."""

    def __init__(self, draft: RulesDraft) -> None:
        super().__init__()
        self._draft = draft
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Find a rule")
        self.filter.setAccessibleName("Find a rule")
        self.filter.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName("Rules")
        self.list.setSpacing(2)
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.nothing = PlainLabel("No rule has these words.")
        self.nothing.setObjectName("muted")
        self.nothing.hide()
        self.items: dict[str, QListWidgetItem] = {}
        self._headings: list[tuple[QListWidgetItem, tuple[Rule, ...]]] = []
        self._fill()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.filter, self.nothing, self.list):
            column.addWidget(widget)
        self.setFixedWidth(WIDTH)
        self.filter.textChanged.connect(self._find)
        self.list.currentItemChanged.connect(self._on_current)
        draft.changed.connect(self.refresh)
        self.refresh()

    def _fill(self) -> None:
        for heading, group in GROUPS.items():
            if not group:
                continue
            title = QListWidgetItem(heading)
            title.setFlags(Qt.ItemFlag.NoItemFlags)  # the arrow keys go from rule to rule
            title.setForeground(QColor(theme.colours().text))
            font = QFont(self.font())
            font.setBold(True)
            title.setFont(font)
            self.list.addItem(title)
            self._headings.append((title, group))
            for rule in group:
                item = QListWidgetItem(rule.title)
                item.setData(_RULE, rule.id)
                self.list.addItem(item)
                self.items[rule.id] = item

    def refresh(self) -> None:
        """Say again what must be known about each rule."""
        for rule in RULES:
            notes = []
            if not self._draft.settings(rule).enabled:
                notes.append("switched off")
            if self._draft.waiting(rule):
                notes.append("not confirmed by anybody")
            text = f"  {rule.title}" + (f"\n      {', '.join(notes)}" if notes else "")
            if self.items[rule.id].text() != text:
                self.items[rule.id].setText(text)

    def choose(self, rule: Rule) -> None:
        """Make a rule the current one; what hides it is cleared."""
        item = self.items[rule.id]
        if item.isHidden():
            self.filter.clear()
        self.list.setCurrentItem(item)
        self.list.scrollToItem(item)

    def _on_current(self, item: QListWidgetItem | None) -> None:
        rule = None if item is None else RULES_BY_ID.get(item.data(_RULE))
        if rule is not None:
            self.chosen.emit(rule)

    def _find(self, text: str) -> None:
        words = text.casefold().split()
        shown = set()
        for rule in RULES:
            said = f"{rule.title} {rule.question} {rule.id}".casefold()
            fits = all(word in said for word in words)
            self.items[rule.id].setHidden(not fits)
            if fits:
                shown.add(rule.id)
        for title, group in self._headings:
            title.setHidden(not any(rule.id in shown for rule in group))
        self.nothing.setVisible(not shown)
        current = self.list.currentItem()
        if shown and (current is None or current.isHidden()):
            self.choose(next(rule for rule in RULES if rule.id in shown))
