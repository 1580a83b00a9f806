"""How the program looks: Fusion with our own light and dark palette, fonts, and icons in the text colour."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from desktop.settings import ThemeChoice
from resources import resource

_ICON_SIZES = (18, 36)
_OUTLINED = (
    "QCheckBox",
    "QRadioButton",
    "QLineEdit",
    "QAbstractSpinBox",
    "QComboBox",
    "QTreeView",
    "QListView",
)
_TEXT_FONTS = ("Noto Sans", "Segoe UI", "Helvetica Neue", "Arial")


@dataclass(frozen=True, slots=True)
class Colours:
    """One theme; every colour of the window comes from here (those of the map from the kinds)."""

    window: str
    base: str
    alternate: str
    raised: str
    line: str
    outline: str
    """Edges of things to click or fill in; at least 3:1 against what is beside them."""
    text: str
    muted: str
    disabled: str
    accent: str
    on_accent: str
    good: str
    attention: str
    attention_back: str
    bad: str
    bad_back: str
    info_back: str
    real: str
    exercise: str
    test: str


LIGHT = Colours(
    window="#eef0f3",
    base="#ffffff",
    alternate="#f6f7f9",
    raised="#fbfcfd",
    line="#c9cfd8",
    outline="#7b828c",
    text="#1b2330",
    muted="#55606f",
    disabled="#9aa3af",
    accent="#0f5ea8",
    on_accent="#ffffff",
    good="#1f7a3d",
    attention="#8a5a00",
    attention_back="#fdf0d0",
    bad="#b3261e",
    bad_back="#fbe4e2",
    info_back="#e3eefa",
    real="#8c1d18",
    exercise="#1d5f9e",
    test="#5d6673",
)
DARK = Colours(
    window="#20252c",
    base="#181c22",
    alternate="#1e232a",
    raised="#2a3038",
    line="#3d4550",
    outline="#6c757f",
    text="#e4e8ee",
    muted="#a5afbc",
    disabled="#6b7480",
    accent="#5ea8ec",
    on_accent="#0b1622",
    good="#7fce97",
    attention="#f2c061",
    attention_back="#41351b",
    bad="#ff8f86",
    bad_back="#46211f",
    info_back="#1d3349",
    real="#a02a24",
    exercise="#1f69ad",
    test="#566070",
)


def wants_dark(choice: ThemeChoice) -> bool:
    """Tell whether this choice means dark colours on this machine."""
    if choice is ThemeChoice.SYSTEM:
        return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return choice is ThemeChoice.DARK


def is_dark() -> bool:
    """Tell whether the program is dark now."""
    return QGuiApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128


def colours() -> Colours:
    """Return the colours of the theme in use."""
    return DARK if is_dark() else LIGHT


def apply_theme(app: QApplication, choice: ThemeChoice) -> None:
    """Give the whole program its style, palette and style sheet; widgets get a palette change event."""
    scheme = DARK if wants_dark(choice) else LIGHT
    if app.style().objectName().lower() != "fusion":
        app.setStyle("Fusion")
    palette = palette_of(scheme)
    app.setPalette(palette)
    # Fusion draws the edges of these 1.4 times darker than the window colour: invisible on a dark ground.
    # None of them shows the window colour itself, so theirs can be chosen for the edge it gives.
    palette.setColor(QPalette.ColorRole.Window, QColor(scheme.outline).lighter(140))
    for name in _OUTLINED:
        cast(Any, app).setPalette(palette, name)  # takes str; the stubs of PySide 6.11 say bytes
    app.setStyleSheet(style_sheet(scheme))
    _tinted.cache_clear()


def palette_of(c: Colours) -> QPalette:
    """Return the Qt palette of a theme."""
    palette = QPalette()
    role = QPalette.ColorRole
    plain = {
        role.Window: c.window,
        role.WindowText: c.text,
        role.Base: c.base,
        role.AlternateBase: c.alternate,
        role.Text: c.text,
        role.Button: c.raised,
        role.ButtonText: c.text,
        role.BrightText: c.bad,
        role.ToolTipBase: c.raised,
        role.ToolTipText: c.text,
        role.PlaceholderText: c.muted,
        role.Highlight: c.accent,
        role.HighlightedText: c.on_accent,
        role.Link: c.accent,
        role.LinkVisited: c.accent,
        role.Light: c.raised,
        role.Midlight: c.alternate,
        role.Mid: c.line,
        role.Dark: c.line,
        role.Accent: c.accent,
    }
    for target, colour in plain.items():
        palette.setColor(target, QColor(colour))
    for target in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText, role.PlaceholderText):
        palette.setColor(QPalette.ColorGroup.Disabled, target, QColor(c.disabled))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(c.line))
    return palette


def style_sheet(c: Colours) -> str:
    """Return the style sheet of a theme: only what a palette cannot say."""
    return f"""
QToolTip {{ color: {c.text}; background: {c.raised}; border: 1px solid {c.line}; padding: 3px; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QMenuBar {{ background: {c.window}; border: 0; }}
QMenuBar::item {{ padding: 4px 9px; background: transparent; border-radius: 4px; }}
QMenuBar::item:selected {{ background: {c.accent}; color: {c.on_accent}; }}
QMainWindow::separator {{ background: {c.line}; width: 3px; height: 3px; }}
QMainWindow::separator:hover {{ background: {c.accent}; }}
QToolBar {{ border: 0; spacing: 2px; padding: 2px 4px; background: {c.window}; }}
QToolBar QToolButton {{ padding: 3px 6px; border: 1px solid transparent; border-radius: 4px; }}
QToolBar QToolButton:hover {{ background: {c.raised}; border-color: {c.line}; }}
QToolBar QToolButton:checked {{ background: {c.info_back}; border-color: {c.accent}; }}
QDockWidget::title {{ padding: 5px 8px; background: {c.window}; text-align: left; }}
QHeaderView::section {{ background: {c.window}; color: {c.text}; padding: 3px 6px; border: 0;
    border-right: 1px solid {c.line}; border-bottom: 1px solid {c.line}; }}
QTreeView, QTableView, QListView, QTextBrowser, QPlainTextEdit {{ border: 1px solid {c.line}; }}
QTableView {{ gridline-color: {c.line}; }}
QLabel#muted {{ color: {c.muted}; }}
QLabel#heading {{ font-weight: 600; }}
QLabel#problem {{ color: {c.bad}; }}
QLabel#muted:disabled, QLabel#heading:disabled, QLabel#problem:disabled {{ color: {c.disabled}; }}
QLabel#banner {{ font-weight: 700; letter-spacing: 1px; padding: 2px 12px; color: #ffffff; }}
QLabel#banner[mode="real"] {{ background: {c.real}; }}
QLabel#banner[mode="exercise"] {{ background: {c.exercise}; }}
QLabel#banner[mode="test"] {{ background: {c.test}; }}
QFrame#noticeBar {{ background: {c.info_back}; border-bottom: 1px solid {c.line}; }}
QFrame#noticeBar[level="warning"] {{ background: {c.attention_back}; }}
QFrame#noticeBar[level="error"] {{ background: {c.bad_back}; }}
QFrame#taskBar {{ background: {c.window}; border-bottom: 1px solid {c.line}; }}
QPushButton#step {{ background: {c.raised}; border: 1px solid {c.line}; border-radius: 6px;
    padding: 6px 12px; text-align: left; }}
QPushButton#step:hover {{ border-color: {c.accent}; }}
QPushButton#step:focus {{ border: 2px solid {c.accent}; padding: 5px 11px; }}
QPushButton#step QLabel {{ background: transparent; }}
QPushButton#step QLabel#stepTitle {{ font-weight: 600; }}
QPushButton#step QLabel#stepState {{ color: {c.muted}; }}
QPushButton#secondary:disabled, QPushButton#file:disabled {{ color: {c.disabled}; }}
QPushButton#step[state="attention"] {{ background: {c.attention_back}; border-color: {c.attention}; }}
QPushButton#step[state="attention"] QLabel#stepState {{ color: {c.attention}; }}
QPushButton#step[state="good"] QLabel#stepState {{ color: {c.good}; }}
QPushButton#step[state="bad"] QLabel#stepState {{ color: {c.bad}; }}
QPushButton#step:disabled {{ background: {c.window}; border-color: {c.line}; }}
QPushButton#step QLabel#stepTitle:disabled, QPushButton#step QLabel#stepState:disabled {{
    color: {c.disabled}; }}
QLabel#welcomeTitle {{ font-size: 24pt; font-weight: 600; }}
QPushButton#secondary {{ background: {c.raised}; border: 1px solid {c.line}; border-radius: 4px;
    padding: 6px 14px; }}
QPushButton#secondary:hover {{ border-color: {c.accent}; }}
QPushButton#secondary:focus {{ border: 2px solid {c.accent}; padding: 5px 13px; }}
QPushButton#file {{ background: transparent; border: 1px solid transparent; border-radius: 4px;
    padding: 4px 8px; text-align: left; }}
QPushButton#file:hover {{ background: {c.raised}; border-color: {c.line}; }}
QPushButton#file:focus {{ border-color: {c.accent}; }}
QPushButton#primary {{ background: {c.accent}; color: {c.on_accent}; border: 1px solid {c.accent};
    border-radius: 4px; padding: 6px 14px; font-weight: 600; }}
QPushButton#primary:disabled {{ background: {c.line}; border-color: {c.line}; color: {c.disabled}; }}
QPushButton#primary:focus {{ border: 2px solid {c.text}; padding: 5px 13px; }}
"""


def load_fonts(app: QApplication) -> None:
    """Register the fonts that are shipped (Arabic, Cyrillic, ... on machines without them) and use them."""
    try:
        folder = resource("fonts")
    except FileNotFoundError:
        folder = None
    if folder is not None:
        for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if item.name.lower().endswith((".ttf", ".otf")):
                QFontDatabase.addApplicationFontFromData(QByteArray(item.read_bytes()))
    families = set(QFontDatabase.families())
    family = next((name for name in _TEXT_FONTS if name in families), None)
    font = QFont(app.font())
    if family is not None:
        font.setFamilies([family, *(f for f in sorted(families) if f.startswith(f"{family} "))])
    font.setPointSizeF(9.5)
    app.setFont(font)


def icon(name: str) -> QIcon:
    """Return a shipped icon in the text colour of the theme; an empty icon when none has that name."""
    if not name:
        return QIcon()
    c = colours()
    return _tinted(name, c.text, c.disabled)


def pixmap(name: str, colour: str, size: int) -> QPixmap:
    """Return a shipped icon drawn in one colour, `size` pixels square; null when none has that name."""
    data = _svg(name)
    if data is None:
        return QPixmap()
    picture = QPixmap(size, size)
    picture.fill(Qt.GlobalColor.transparent)
    with QPainter(picture) as painter:
        QSvgRenderer(QByteArray(data)).render(painter)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
        painter.fillRect(picture.rect(), QColor(colour))
    return picture


@lru_cache(maxsize=256)
def _tinted(name: str, colour: str, disabled: str) -> QIcon:
    result = QIcon()
    for size in _ICON_SIZES:
        normal = pixmap(name, colour, size)
        if normal.isNull():
            return QIcon()
        result.addPixmap(normal)
        grey = QPixmap(normal)
        with QPainter(grey) as painter:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
            painter.fillRect(grey.rect(), QColor(disabled))
        result.addPixmap(grey, QIcon.Mode.Disabled)
    return result


@lru_cache(maxsize=256)
def _svg(name: str) -> bytes | None:
    try:
        return resource("icons", f"{name}.svg").read_bytes()
    except FileNotFoundError:
        return None
