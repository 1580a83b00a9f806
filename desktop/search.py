"""The search box over the map: a position in any notation, a feature, or a town."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import shapely
from PySide6.QtCore import QModelIndex, QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView, QWidget

from desktop.document import Document
from desktop.panels.plain_text import one_line
from layers.coordinates import Notation, format_position, parse_copied
from layers.errors import LayersError
from layers.kinds import spec_of
from layers.model import Workspace

_LIMIT = 12
_WAIT_MS = 150
_SHIFT = Qt.KeyboardModifier.ShiftModifier


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: what to show in the list, where it is, and the feature if it is one."""

    words: str
    lon: float
    lat: float
    feature_id: str = ""
    uncertainty_m: float = 0.0
    near: bool = False
    """True where not the place itself is wanted, but what is near it."""


def find(text: str, workspace: Workspace, places: Any = None, limit: int = _LIMIT) -> list[Hit]:
    """Return what `text` may mean, best first: a position, then features by name or id, then towns.

    `places` is `Basemap.places`, or None while the base map is not loaded.
    """
    wanted = " ".join(text.split())
    if not wanted:
        return []
    try:
        position = parse_copied(wanted)
    except LayersError:
        pass
    else:
        shown = format_position(position.lon, position.lat, Notation.MGRS)
        hit = Hit(f"Position {shown}", position.lon, position.lat, "", position.uncertainty_m)
        return [hit, replace(hit, words=f"What is near {shown}?", near=True)]
    needle = wanted.casefold()
    hits = sorted(_features(needle, workspace), key=lambda pair: pair[0])[:limit]
    towns = sorted(_towns(needle, places), key=lambda pair: pair[0])[: limit - len(hits)]
    return [hit for _, hit in [*hits, *towns]]


def _features(needle: str, workspace: Workspace) -> Iterator[tuple[tuple[int, str], Hit]]:
    for layer in workspace.layers:
        table, spec = layer.table, spec_of(layer.kind)
        for row in range(len(table)):
            name, source_id = table.name[row], table.source_id[row]
            rank = _match(needle, name.casefold(), source_id.casefold())
            geometry = table.geometry[row]
            if rank is None or geometry is None or geometry.is_empty:
                continue
            at = shapely.point_on_surface(geometry)
            what = spec.category_label(table.category[row]) or spec.title
            words = f"{one_line(name) or one_line(source_id)}, {one_line(what).lower()}"
            yield (rank, name.casefold()), Hit(words, at.x, at.y, table.id[row])


def _match(needle: str, name: str, source_id: str) -> int | None:
    """Rank a match: the whole name or id, its beginning, somewhere inside; None when there is none."""
    if needle in (name, source_id):
        return 0
    if name.startswith(needle) or source_id.startswith(needle):
        return 1
    return 2 if needle in name else None


def _towns(needle: str, places: Any) -> Iterator[tuple[tuple[int, float], Hit]]:
    if places is None or len(needle) < 2:
        return
    for row in np.arange(len(places.name)):
        rank = _match(needle, places.name[row].casefold(), "")
        if rank is not None:
            words = f"{one_line(places.name[row])}, town"
            hit = Hit(words, float(places.lon[row]), float(places.lat[row]))
            yield (rank, -float(places.population[row])), hit


class SearchBox(QLineEdit):
    """Type and press Enter; the best hit is taken, or one of the list."""

    found = Signal(object)
    """The chosen `Hit`."""
    nothing_found = Signal(str)
    """The text that means nothing here."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.places: Any = None
        self.hits: list[Hit] = []
        self.setPlaceholderText("Go to a position, feature or town")
        self.setToolTip(
            "Latitude and longitude, UTM or MGRS; the name of a feature; a town (Ctrl+F). "
            "Shift+Enter lists what is near it."
        )
        self.setAccessibleName("Go to a position, feature or town")
        self.setClearButtonEnabled(True)
        self.setMinimumWidth(340)
        self._list = QStringListModel(self)
        completer = QCompleter(self._list, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setMaxVisibleItems(_LIMIT)
        # QLineEdit.setCompleter would write the chosen words into the box and search for those.
        completer.setWidget(self)
        # PySide's stubs do not know the overloads of a signal.
        cast(Any, completer.activated)[QModelIndex].connect(lambda index: self._choose(index.row()))
        self._completer = completer
        self._popup = completer.popup() or QListView(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WAIT_MS)
        self._timer.timeout.connect(self._suggest)
        self.textEdited.connect(lambda _: self._timer.start())
        self.returnPressed.connect(self.go)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Shift+Enter as a question for what is near."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers() & _SHIFT:
            self.go(near=True)
        else:
            super().keyPressEvent(event)

    def go(self, *, near: bool = False) -> None:
        """Go to the best hit for the text, or ask what is near it."""
        self._timer.stop()
        self._popup.hide()
        self.hits = find(self.text(), self._document.workspace, self.places)
        if self.hits:
            self.found.emit(replace(self.hits[0], near=near))
        elif self.text().strip():
            self.nothing_found.emit(self.text().strip())

    def _suggest(self) -> None:
        self.hits = find(self.text(), self._document.workspace, self.places)
        self._list.setStringList([hit.words for hit in self.hits])
        if self.hits and self.hasFocus():
            self._completer.complete()
        else:
            self._popup.hide()

    def _choose(self, row: int) -> None:
        if 0 <= row < len(self.hits):
            self.found.emit(self.hits[row])
