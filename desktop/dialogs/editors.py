"""Editors for one value of a form: text, hours, numbers with units, codes, moments, positions."""

import re
from datetime import UTC, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from PySide6.QtCore import QDate, QDateTime, QTime, QTimeZone, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.notices import plain_label
from desktop.panels.plain_text import one_line
from layers.conversion import parse_time
from layers.coordinates import Notation, format_position, parse
from layers.errors import LayersError
from layers.model import Code, FieldSpec, FieldType
from layers.recurrence import HOW_TO_WRITE, hours_words, parse_hours

_LONG_TEXT_LINES = 3
_MOMENT_EXAMPLE = "2026-12-01 08:00"


class Editor(Protocol):
    """What the form needs of an editor."""

    @property
    def widget(self) -> QWidget:
        """The widget to put into the form."""

    def problem(self) -> str:
        """Return what is wrong with what was entered, or ""."""

    def value(self) -> Any:
        """Return the value; only to be asked when there is no problem."""


class TextEditor:
    """One line of text, kept as it was typed."""

    def __init__(self, text: str) -> None:
        self.edit = QLineEdit(text)
        self.edit.setCursorPosition(0)

    @property
    def widget(self) -> QWidget:
        """The line."""
        return self.edit

    def problem(self) -> str:
        """Any text will do."""
        return ""

    def value(self) -> str:
        """Return the text without spaces around it."""
        return self.edit.text().strip()


class EchoedEditor(QWidget):
    """One line of text, and below it what the checks read in it, so that a slip is seen."""

    def __init__(self, text: str, example: str) -> None:
        super().__init__()
        self._given = text.strip()
        self.edit = QLineEdit(text)
        self.edit.setCursorPosition(0)
        self.edit.setPlaceholderText(example)
        self.echo = plain_label(name="muted")
        self.echo.setWordWrap(True)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        box.addWidget(self.edit)
        box.addWidget(self.echo)
        self.setFocusProxy(self.edit)
        self.edit.textChanged.connect(lambda _: self._read())
        self._read()

    @property
    def widget(self) -> QWidget:
        """The editor itself."""
        return self

    @property
    def text(self) -> str:
        """What was entered, without spaces around it."""
        return self.edit.text().strip()

    @property
    def is_touched(self) -> bool:
        """True where that is not what was there before."""
        return self.text != self._given

    def value(self) -> Any:
        """Return the text."""
        return self.text

    def read_back(self, text: str) -> str:
        """Say what is read in a text, or that nothing can be."""
        raise NotImplementedError

    def _read(self) -> None:
        words = self.read_back(self.text) if self.text else ""
        self.echo.setText(words)
        self.echo.setVisible(bool(words))


class HoursEditor(EchoedEditor):
    """Hours that come back; what was there before may stay, however it is written."""

    def __init__(self, text: str) -> None:
        super().__init__(text, "Mo-Fr 22:00-06:00; empty for all the time")

    def problem(self) -> str:
        """Return why hours that were typed here cannot be read, or ""."""
        if not self.is_touched or not self.text or parse_hours(self.text) is not None:
            return ""
        return f"These hours cannot be read. {HOW_TO_WRITE}"

    def read_back(self, text: str) -> str:
        """Say which hours they are."""
        hours = parse_hours(text)
        unread = f"Cannot be read, so checks cannot tell when it holds. {HOW_TO_WRITE}"
        return unread if hours is None else f"= {hours_words(hours)}"


class WrittenMomentEditor(EchoedEditor):
    """A date or a time that is kept as it was written; what was there before may stay."""

    def __init__(self, text: str, zone: ZoneInfo) -> None:
        self._zone = zone
        super().__init__(text, f"such as {_MOMENT_EXAMPLE}")

    def problem(self) -> str:
        """Return why a time that was typed here cannot be read, or ""."""
        if not self.is_touched or not self.text or _moment_words(self.text, self._zone):
            return ""
        return f"This date cannot be read. Write it like {_MOMENT_EXAMPLE}."

    def read_back(self, text: str) -> str:
        """Say which time it is, or which day."""
        said = _moment_words(text, self._zone)
        unread = f"Cannot be read, so checks cannot tell when it is. Write it like {_MOMENT_EXAMPLE}."
        return f"= {said}" if said else unread


class LongTextEditor:
    """Several lines of text."""

    def __init__(self, text: str) -> None:
        self.edit = QPlainTextEdit()
        self.edit.setPlainText(text)
        self.edit.setTabChangesFocus(True)
        self.edit.setFixedHeight(self.edit.fontMetrics().lineSpacing() * _LONG_TEXT_LINES + 12)
        self.edit.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def widget(self) -> QWidget:
        """The text box."""
        return self.edit

    def problem(self) -> str:
        """Any text will do."""
        return ""

    def value(self) -> str:
        """Return the text without spaces around it."""
        return self.edit.toPlainText().strip()


_TWO_WAYS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")


def in_two_ways(text: str) -> str:
    """Say how a typed number can be read in two ways; "" where it cannot.

    Half of the world writes two and a half thousand as 2.500.
    """
    if not _TWO_WAYS.fullmatch(text):
        return ""
    whole, small = text.replace(".", ""), text.rstrip("0").rstrip(".")
    fraction = f"{text}0" if small == text else small
    return f"{text} may be the number {whole} or {small}. Write {whole} or {fraction}."


class NumberEditor:
    """A number with its unit; empty is "not stated" (NaN), or `empty` where one is given."""

    def __init__(self, spec: FieldSpec, number: float, *, empty: float = float("nan")) -> None:
        self._spec = spec
        self._empty = empty
        self.edit = QLineEdit("" if np.isnan(number) else f"{number:.15g}")
        self.edit.setMaximumWidth(140)
        self._given = self.edit.text()
        self._widget = QWidget()
        row = QHBoxLayout(self._widget)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.edit)
        if spec.unit:
            row.addWidget(plain_label(spec.unit))
        row.addStretch(1)
        self._widget.setFocusProxy(self.edit)

    @property
    def widget(self) -> QWidget:
        """The line and its unit."""
        return self._widget

    def problem(self) -> str:
        """Return what is wrong: not a number, not a whole one, too small, too large."""
        text = self.edit.text().strip()
        number = _number(text)
        if not text:
            return ""
        if number is None:
            return f"“{one_line(text)[:20]}” is not a number."
        if text != self._given and in_two_ways(text):
            return in_two_ways(text)
        if self._spec.type is FieldType.INTEGER and number != round(number):
            return "This must be a whole number."
        low, high, unit = self._spec.minimum, self._spec.maximum, f" {self._spec.unit}".rstrip()
        if low is not None and number < low:
            return f"This must be at least {low:,.0f}{unit}."
        if high is not None and number > high:
            return f"This must be at most {high:,.0f}{unit}."
        return ""

    def value(self) -> float:
        """Return the number."""
        number = _number(self.edit.text().strip())
        return self._empty if number is None else number


class CodeEditor:
    """A choice from a code list; a value that is not in the list is kept and shown as it was given."""

    def __init__(self, codes: tuple[Code, ...], current: str, *, optional: bool = True) -> None:
        self.box = QComboBox()
        if optional:
            self.box.addItem("Not stated", "")
        for code in codes:
            self.box.addItem(code.label, code.id)
        if current and self.box.findData(current) < 0:
            self.box.addItem(f"{one_line(current)} (as given)", current)
        self.box.setCurrentIndex(max(self.box.findData(current), 0))

    @property
    def widget(self) -> QWidget:
        """The list."""
        return self.box

    def problem(self) -> str:
        """Every entry of the list will do."""
        return ""

    def value(self) -> str:
        """Return the id of the code."""
        return str(self.box.currentData())


class MomentEditor:
    """One end of a window in the operation's time zone, or open."""

    def __init__(self, moment: datetime | None, zone: ZoneInfo, open_words: str, now: datetime) -> None:
        self._given = moment
        self._zone = zone
        shown = (moment or now).astimezone(zone)
        self.edit = QDateTimeEdit()
        # A wall clock without gaps: the machine's own summer time must not shift the operation's hours.
        self.edit.setTimeZone(QTimeZone(QTimeZone.Initialization.UTC))
        self.edit.setDateTime(
            QDateTime(
                QDate(shown.year, shown.month, shown.day),
                QTime(shown.hour, shown.minute),
                QTimeZone(QTimeZone.Initialization.UTC),
            )
        )
        self.edit.setDisplayFormat("yyyy-MM-dd HH:mm")
        self.edit.setCalendarPopup(True)
        self.open = QCheckBox(open_words)
        self.open.setChecked(moment is None)
        self.edit.setEnabled(moment is not None)
        self.open.toggled.connect(lambda on: self.edit.setEnabled(not on))
        self._first = self.edit.dateTime()
        self._widget = QWidget()
        row = QHBoxLayout(self._widget)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.edit)
        row.addWidget(self.open)
        row.addStretch(1)

    @property
    def widget(self) -> QWidget:
        """The time and the tick box."""
        return self._widget

    def problem(self) -> str:
        """Any time will do; the form compares both ends."""
        return ""

    def value(self) -> datetime | None:
        """Return the moment in UTC; the given one, seconds and all, when it was not touched."""
        if self.open.isChecked():
            return None
        if self._given is not None and self.edit.dateTime() == self._first:
            return self._given
        day, time = self.edit.date(), self.edit.time()
        local = datetime(day.year(), day.month(), day.day(), time.hour(), time.minute(), tzinfo=self._zone)
        return local.astimezone(UTC)


class PositionEditor(EchoedEditor):
    """The position of a point in any notation, echoed in another."""

    uncertainty_implied = Signal(float)
    """Metres that the notation leaves open, when the user has typed another position."""

    def __init__(self, point: Any, notation: Notation) -> None:
        self._point = point
        self._echo_notation = Notation.DD if notation is not Notation.DD else Notation.MGRS
        super().__init__(format_position(point.x, point.y, notation), "Latitude and longitude, UTM or MGRS")
        self.edit.textChanged.connect(lambda _: self._imply())

    def problem(self) -> str:
        """Return why the text is not a position, or ""."""
        try:
            parse(self.text)
        except LayersError as error:
            return f"{error.message} {error.hint}".strip()
        return ""

    def value(self) -> Any:
        """Return the point in WGS 84; the given one, to its last digit, when the text was not touched."""
        if not self.is_touched:
            return self._point
        position = parse(self.text)
        return shapely.Point(position.lon, position.lat)

    def read_back(self, text: str) -> str:
        """Say which position it is; nothing while it is being typed."""
        try:
            position = parse(text)
        except LayersError:
            return ""
        words = format_position(position.lon, position.lat, self._echo_notation)
        return f"= {words}, exact to about {position.uncertainty_m:,.0f} m"

    def _imply(self) -> None:
        if self.is_touched and not self.problem():
            self.uncertainty_implied.emit(parse(self.text).uncertainty_m)


def field_editor(spec: FieldSpec, value: Any, zone: ZoneInfo) -> Editor:
    """Return the editor of a kind's field; times without an offset are those of the operation's `zone`."""
    if spec.is_number:
        return NumberEditor(spec, float("nan") if value is None or value == "" else float(value))
    text = "" if value is None else str(value)
    if spec.type is FieldType.CODE:
        return CodeEditor(spec.codes, text)
    if spec.type is FieldType.HOURS:
        return HoursEditor(text)
    if spec.type is FieldType.MOMENT:
        return WrittenMomentEditor(text, zone)
    if spec.type is FieldType.LONG_TEXT:
        return LongTextEditor(text)
    return TextEditor(text)


def _moment_words(text: str, zone: ZoneInfo) -> str:
    """Return in words what is read in a written time, "" for nothing; a date alone is the whole day."""
    begin, end = (parse_time(text, zone, is_end=is_end) for is_end in (False, True))
    if begin is None or end is None:
        return ""
    local = begin.astimezone(zone)
    day = f"{local.day} {local:%B %Y}"
    return f"{day}, {local:%H:%M} in {zone.key}" if begin == end else f"the whole of {day} in {zone.key}"


def _number(text: str) -> float | None:
    """Return a number typed with or without thousands separators, or None."""
    try:
        number = float(text.replace("\u202f", "").replace("\u00a0", "").replace(" ", ""))
    except ValueError:
        return None
    return number if np.isfinite(number) else None
