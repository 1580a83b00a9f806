"""The page of versions: who stood for which rules, and what differs between any two."""

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QShowEvent,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextOption,
)
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from desktop import theme
from desktop.dialogs.rulebook_draft import RulesDraft
from desktop.dialogs.rulebook_list import WIDTH
from desktop.panels import wording
from desktop.panels.plain_text import PlainLabel, clean, isolated, tooltip
from layers import rulebook
from layers.model import RulebookVersion
from layers.rulebook_text import DiffLine, differences

NOW_WORDS = "As set here now"


class DiffView(QPlainTextEdit):
    """Shows a comparison: + is only in the later, - only in the earlier; tinted, but not by colour alone."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setReadOnly(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        option = self.document().defaultTextOption()
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        option.setWrapMode(QTextOption.WrapMode.NoWrap)
        self.document().setDefaultTextOption(option)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(self.font().pointSizeF())
        self.setFont(font)

    def show_lines(self, lines: Iterable[DiffLine], nothing: str) -> None:
        """Show a comparison, or `nothing` where there is no difference."""
        self.clear()
        cursor = self.textCursor()
        kept = [line for line in lines if not (line.sign == " " and not line.text)]
        for number, line in enumerate(kept):
            if number:
                cursor.insertBlock()
            words = line.text if line.sign == "@" else f"{line.sign} {line.text}"
            cursor.insertText(clean(words), _format(line.sign))
        if not kept:
            cursor.insertText(nothing, _format("@"))
        self._tint([line.sign for line in kept])
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _tint(self, signs: list[str]) -> None:
        """Colour whole lines, to the edge of the view."""
        colours = theme.colours()
        grounds = {"+": colours.info_back, "-": colours.bad_back}
        selections = []
        for number, sign in enumerate(signs):
            if sign not in grounds:
                continue
            selection = QTextEdit.ExtraSelection()
            selection.format.setBackground(QColor(grounds[sign]))
            selection.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
            selection.cursor = QTextCursor(self.document().findBlockByNumber(number))
            selections.append(selection)
        self.setExtraSelections(selections)


def _format(sign: str) -> QTextCharFormat:
    result = QTextCharFormat()
    if sign == "@":
        result.setFontWeight(QFont.Weight.Bold)
    if sign == " ":
        result.setForeground(QColor(theme.colours().muted))
    return result


class HistoryPage(QWidget):
    """Every version, newest first, under what is set now; the chosen one is compared with another."""

    taken = Signal(str)
    """The text of a version whose limits are to be set here."""

    def __init__(self, draft: RulesDraft) -> None:
        super().__init__()
        self._draft = draft
        self.list = QListWidget()
        self.list.setAccessibleName("Versions")
        self.list.setFixedWidth(WIDTH)
        self.list.setSpacing(3)
        self.against = QComboBox()
        self.against.setAccessibleName("Compare with")
        self.title = PlainLabel(bold=True)
        self.diff = DiffView("Differences")
        self.take = QPushButton("Set these &limits here")
        self._lay_out()
        self.list.currentRowChanged.connect(self._on_version)
        self.against.currentIndexChanged.connect(self._show)
        self.take.clicked.connect(lambda: self.taken.emit(self._text(self.list.currentRow())))
        self.start()
        draft.changed.connect(self._on_draft)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title, 1, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(PlainLabel("compared with", selectable=False), 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.against)
        head.addWidget(self.take)
        right = QVBoxLayout()
        right.addLayout(head)
        right.addWidget(self.diff, 1)
        row = QHBoxLayout(self)
        row.addWidget(self.list)
        row.addLayout(right, 1)

    @property
    def versions(self) -> tuple[RulebookVersion, ...]:
        """The confirmed versions, newest first."""
        return tuple(reversed(self._draft.workspace.rulebook))

    def start(self) -> None:
        """Show the versions that there are, with what is set now before the last of them."""
        for widget in (self.list, self.against):
            widget.blockSignals(True)
            widget.clear()
        self.list.addItem(QListWidgetItem(NOW_WORDS))
        self.against.addItem(NOW_WORDS)
        for version in self.versions:
            note = f"\n{isolated(version.note)}" if version.note else ""
            when = wording.moment(version.at)
            item = QListWidgetItem(f"Version {version.number}, {when}\n{isolated(version.by)}{note}")
            # Room for scripts that are taller than Latin: Qt 6.11 cuts the last line off otherwise.
            tall = self.list.fontMetrics().lineSpacing() * 1.45
            item.setSizeHint(QSize(0, int(tall * (item.text().count("\n") + 1))))
            item.setToolTip(tooltip(f"{version.by}\n{version.note}".strip()))
            self.list.addItem(item)
            self.against.addItem(f"Version {version.number}")
        for widget in (self.list, self.against):
            widget.blockSignals(False)
        self.list.setCurrentRow(0)
        self._on_version(0)

    def _text(self, row: int) -> str:
        return rulebook.text_of(self._draft.workspace, self.versions[row - 1].number if row else None)

    def _on_version(self, row: int) -> None:
        """Compare a version with the one before it."""
        self.take.setEnabled(row > 0)
        before = min(row + 1, self.against.count() - 1)
        if self.against.currentIndex() == before:
            self._show()
        else:
            self.against.setCurrentIndex(before)

    def _on_draft(self) -> None:
        if len(self.versions) + 1 != self.list.count():
            self.start()
        else:
            self._show()

    def showEvent(self, event: QShowEvent) -> None:
        """Compare when the page is looked at; what is set may have changed many times before."""
        super().showEvent(event)
        self._show()

    def _show(self, *_: object) -> None:
        if not self.isVisible():
            return
        row, other = max(self.list.currentRow(), 0), max(self.against.currentIndex(), 0)
        self.title.setText(f"Version {self.versions[row - 1].number}" if row else NOW_WORDS)
        nothing = "There is no difference." if self.versions else "No version has been confirmed yet."
        self.diff.show_lines(differences(self._text(other), self._text(row)), nothing)
