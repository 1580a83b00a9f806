"""Pages of the Help menu: the user guide, shortcuts, the log, and what the program is made of."""

import html
import platform
import re
from collections.abc import Iterable
from pathlib import Path

import PySide6
from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QImage, QTextCursor, QTextDocument
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QPlainTextEdit,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from desktop.actions import shortcut_rows

GUIDE_FOLDER = Path(__file__).resolve().parent.parent / "docs" / "user"
PICTURE_FOLDER = GUIDE_FOLDER.parent / "pictures"
_PICTURE = re.compile(r"(?:\.\./)?pictures/([\w-]+\.png)")
_MARGIN = 24
_LEAST_WIDTH = 480


class OfflineBrowser(QTextBrowser):
    """Shows a page of ours with the pictures of the guide, and loads nothing else: no file, no address."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        # Links are text: with the focus on the first one the page would open scrolled down to it.
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Give a picture of the guide, as wide as the page; refuse every other resource."""
        text = name.toString() if isinstance(name, QUrl) else name
        found = _PICTURE.fullmatch(text)
        if kind != QTextDocument.ResourceType.ImageResource.value or found is None:
            return b""
        picture = QImage(str(PICTURE_FOLDER / found[1]))
        if picture.isNull():
            return b""
        width = min(max(self.viewport().width() - _MARGIN, _LEAST_WIDTH), picture.width())
        return picture.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)


class PageDialog(QDialog):
    """One or several pages of help, with a list to choose from when there are several."""

    def __init__(self, title: str, pages: dict[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self._pages = pages
        self.contents = QListWidget()
        self.contents.addItems(list(pages))
        self.contents.setMaximumWidth(220)
        self.contents.setVisible(len(pages) > 1)
        self.contents.setAccessibleName("Contents")
        self.browser = OfflineBrowser()
        self.contents.currentTextChanged.connect(self._show)
        row = QHBoxLayout()
        row.addWidget(self.contents)
        row.addWidget(self.browser, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addLayout(row, 1)
        box.addWidget(buttons)
        self.contents.setCurrentRow(0)

    def sizeHint(self) -> QSize:
        """Return a comfortable size for reading."""
        return QSize(860, 600)

    def _show(self, title: str) -> None:
        text = self._pages.get(title, "")
        if text.startswith("<"):
            self.browser.setHtml(text)
        else:
            self.browser.document().setMarkdown(text, QTextDocument.MarkdownFeature.MarkdownNoHTML)
        self.browser.moveCursor(QTextCursor.MoveOperation.Start)


class LogDialog(QDialog):
    """The last lines of the program's log."""

    def __init__(self, lines: Iterable[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Log")
        text = QPlainTextEdit("\n".join(lines))
        text.setReadOnly(True)
        text.setAccessibleName("Log")
        text.setPlaceholderText("Nothing was noted down yet.")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addWidget(text, 1)
        box.addWidget(buttons)
        self.resize(860, 480)


def guide_pages() -> dict[str, str]:
    """Return the chapters of the user guide by their titles, in the order of their file names."""
    pages: dict[str, str] = {}
    for path in sorted(GUIDE_FOLDER.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        first = next((line for line in text.splitlines() if line.strip()), path.stem)
        pages[first.lstrip("# ").strip()] = text
    return pages


def shortcuts_page() -> str:
    """Return the table of shortcuts, built from the table of actions."""
    rows, menu_before = [], ""
    for menu, text, key, explanation in shortcut_rows():
        if menu != menu_before:
            rows.append(f"<tr><td colspan='3'><b>{html.escape(menu)}</b></td></tr>")
            menu_before = menu
        cells = "".join(f"<td>{html.escape(cell)}&nbsp;&nbsp;</td>" for cell in (key, text, explanation))
        rows.append(f"<tr>{cells}</tr>")
    return f"<table cellpadding='3'>{''.join(rows)}</table>"


def about_page() -> str:
    """Return version, licences and data credits as Markdown."""
    packages = ("shapely", "numpy", "pyproj", "mgrs", "fiona", "pyogrio", "folium")
    versions = "\n".join(f"- {name} {_version(name)}" for name in packages)
    return f"""# Deconflict {_version("deconflict")}

Lays humanitarian sites, movements and military activity over one map, finds every conflict between them, and
releases overlays that are checked before they leave. It works offline.

What is not on the map may still be there. **The absence of a mark does not mean that a place is
without danger.**

## Made with

- Python {platform.python_version()}
- Qt for Python {PySide6.__version__} (LGPL 3)
{versions}

## Data

- Land and borders: Natural Earth (public domain)
- Towns: GeoNames, https://www.geonames.org (CC BY 4.0)
- The base map is exact to a few hundred metres: for orientation only, never part of a check.
- Borders and names on the map do not express any opinion on the status of a territory.

Licences of all parts are in the folder resources/licences.
"""


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # 20 ms that the first paint can do without

    try:
        return version(package)
    except PackageNotFoundError:
        return ""
