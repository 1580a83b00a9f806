"""What is near a place: protected objects first, then zones, hazards and projects, nearest first."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.document import Document
from desktop.panels.choice import Choice
from desktop.panels.nearby_delegate import NEIGHBOUR, NearbyDelegate, measure_words, name_words
from desktop.panels.plain_text import PlainLabel, one_line, tooltip
from desktop.settings import Settings
from desktop.status import MARKING_WORDS
from desktop.tasks import Tasks
from layers import nearby_words
from layers.coordinates import Position, format_position
from layers.errors import LayersError
from layers.message_positions import position_in
from layers.model import Kind, Workspace
from layers.nearby import RADIUS_M, Nearby, Neighbour, Surroundings, surroundings
from layers.progress import Progress

_RADII_M = (500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0, 25_000.0, 50_000.0)

_COPY = "&Copy as text"
_SAID_MS = 2_000
_INTERNAL = "INTERNAL: it names military zones, which only a release may pass on as avoid areas."


class NearbyPanel(QWidget):
    """Asks in the background; asks again by itself while it is in sight and the workspace changes."""

    asked = Signal(float, float)
    """Longitude and latitude of the place the list is about."""
    chosen = Signal(object)
    """The `Neighbour` of the current row."""
    activated = Signal(object)
    """A `Neighbour` that Enter or a double click asked to see."""

    def __init__(
        self,
        document: Document,
        tasks: Tasks,
        settings: Settings,
        parent: QWidget | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(parent)
        self._document, self._tasks, self._settings, self._clock = document, tasks, settings, clock
        self._place: Position | str | None = None
        """What is asked about: a position, or the id of a feature."""
        self._around: Surroundings | None = None
        self._busy = self._again = False
        self.answer: Nearby | None = None
        self.position = QLineEdit()
        self.position.setPlaceholderText("Paste a position, then Enter")
        self.position.setToolTip("Latitude and longitude, UTM or MGRS")
        self.position.setAccessibleName("Position to look around")
        self.position.returnPressed.connect(self.ask_typed)
        self.radius = Choice("Radius", [(f"within {nearby_words.radius_words(r)}", r) for r in _RADII_M])
        self.radius.choose(RADIUS_M)
        self.radius.currentIndexChanged.connect(lambda _: self._ask())
        self.heading = PlainLabel(bold=True)
        self.tree = _Tree()
        self.tree.currentItemChanged.connect(self._on_current)
        self.tree.itemActivated.connect(self._on_activated)
        self.detail = PlainLabel()
        self.coverage = PlainLabel()
        self.coverage.setObjectName("muted")
        self.copy = QPushButton(_COPY)
        self.copy.setToolTip("Put the whole answer on the clipboard")
        self.copy.clicked.connect(self.copy_text)
        self._lay_out()
        self._show_nothing()
        document.changed.connect(self._on_changed)
        document.opened.connect(self._on_opened)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.position, 3)
        row.addWidget(self.radius, 2)
        box = QVBoxLayout(self)
        box.setContentsMargins(6, 6, 6, 6)
        box.setSpacing(6)
        box.addLayout(row)
        box.addWidget(self.heading)
        box.addWidget(self.tree, 1)
        box.addWidget(self.detail)
        box.addWidget(self.coverage)
        box.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignRight)

    # --- asking ---------------------------------------------------------------------------------

    def ask_position(self, position: Position, text: str = "") -> None:
        """Look around a position; `text` is how it was written."""
        shown = text or format_position(position.lon, position.lat, self._settings.notation)
        self.position.setText(one_line(shown))
        self._place = position
        self._ask()

    def ask_feature(self, feature_id: str) -> None:
        """Look around a feature, from its outline."""
        self.position.clear()
        self._place = feature_id
        self._ask()

    def ask_typed(self) -> None:
        """Look around what was typed or pasted, in any notation."""
        text = self.position.text().strip()
        if not text:
            return
        try:
            self.ask_position(*position_in(text))
        except LayersError as error:
            self._place = None  # where it looked before is not what stands in the field
            self._show_nothing(f"{error.message} {error.hint}".strip())

    def _ask(self) -> None:
        """Ask in the background; a question that comes meanwhile is asked when the answer is there."""
        if self._place is None or not self._document.is_open:
            return
        if self._busy:
            self._again = True
            return
        self._busy = True
        if self.answer is None:
            self._show_nothing("Looking around…")
        place, radius_m, now = self._place, self.radius.value(), self._clock()
        workspace, around = self._document.workspace, self._around

        def work(progress: Progress) -> tuple[Surroundings, Nearby]:
            progress(0, 1, "")
            ready = around if around is not None and _same(around, workspace) else surroundings(workspace)
            if isinstance(place, str):
                return ready, ready.of_feature(place, now=now, radius_m=radius_m)
            return ready, ready.of_position(place, now=now, radius_m=radius_m)

        def done(result: tuple[Surroundings, Nearby]) -> None:
            self._around, answer = result
            if not self._ended() and self._place == place:
                self._show_answer(answer)

        def failed(error: Exception) -> None:
            if not self._ended() and self._place == place:  # it is kept: undo may bring a feature back
                self._show_nothing(error.message if isinstance(error, LayersError) else str(error))

        self._tasks.start("Looking what is near", work, done, failed, owner=self)

    def _ended(self) -> bool:
        """Note that no question runs; True where another one has come meanwhile and is asked now."""
        self._busy = False
        again, self._again = self._again, False
        if again:
            self._ask()
        return again

    def _on_changed(self, before: Workspace, after: Workspace) -> None:
        if self.isVisible() and before.layers is not after.layers:
            self._ask()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask again: the workspace may have changed, and time has passed, while the panel was closed."""
        super().showEvent(event)
        self._ask()

    def _on_opened(self) -> None:
        self._place = self._around = None
        self.position.clear()
        self._show_nothing()

    # --- showing --------------------------------------------------------------------------------

    def _show_nothing(self, why: str = "") -> None:
        self.answer = None
        self.tree.clear()
        self.heading.setText(why or "No place chosen yet")
        self.detail.hide()
        self.coverage.setText(
            "" if why else "Paste a position above, or click the map with the right button and choose it."
        )
        self.copy.setEnabled(False)

    def _show_answer(self, answer: Nearby) -> None:
        kept = self._current_id()
        self.answer = answer
        self.heading.setText(f"Near {nearby_words.place_words(answer, self._settings.notation)}")
        self.heading.setToolTip(tooltip(nearby_words.scope_words(answer)))
        self.tree.blockSignals(True)
        self.tree.clear()
        groups = (
            (nearby_words.PROTECTED_TITLE, answer.protected),
            (nearby_words.OTHERS_TITLE, answer.others),
        )
        for title, neighbours in groups:
            self._add_group(title, neighbours)
        self.tree.blockSignals(False)
        self.coverage.setText("\n".join(nearby_words.coverage_lines(answer)))
        self.copy.setEnabled(True)
        self.detail.hide()
        self.asked.emit(answer.lon, answer.lat)
        if kept:
            self._choose(kept)

    def _add_group(self, title: str, neighbours: Sequence[Neighbour]) -> None:
        group = QTreeWidgetItem(self.tree, [f"{title} ({len(neighbours):,})"])
        font = group.font(0)
        font.setBold(True)
        group.setFont(0, font)
        for neighbour in neighbours:
            item = QTreeWidgetItem(group, [f"{name_words(neighbour)}, {measure_words(neighbour)}"])
            item.setData(0, NEIGHBOUR, neighbour)
            item.setToolTip(0, tooltip(nearby_words.sentence(neighbour)))
        if not neighbours:
            QTreeWidgetItem(group, ["Nothing is listed"]).setFlags(Qt.ItemFlag.NoItemFlags)
        group.setExpanded(True)

    def focus_list(self) -> None:
        """Give the list the keyboard, or the position where nothing is asked yet."""
        (self.tree if self._place is not None else self.position).setFocus()

    def copy_text(self) -> None:
        """Put the whole answer on the clipboard, marked as every product is; say so on the button."""
        if self.answer is None:
            return
        workspace = self._document.workspace
        lines = [f"{MARKING_WORDS[workspace.mode]} · {one_line(workspace.title)}"]
        named = [self.answer.subject, *(neighbour.feature for neighbour in self.answer.others)]
        if any(feature is not None and feature.kind is Kind.MILITARY_ZONE for feature in named):
            lines.append(_INTERNAL)
        lines.append(nearby_words.as_text(self.answer, self._settings.notation))
        QGuiApplication.clipboard().setText("\n".join(lines))
        self.copy.setText("Copied")
        QTimer.singleShot(_SAID_MS, self, lambda: self.copy.setText(_COPY))

    def _on_current(self, item: QTreeWidgetItem | None) -> None:
        neighbour = _neighbour(item)
        self.detail.setVisible(neighbour is not None)
        if neighbour is not None:
            self.detail.setText(nearby_words.sentence(neighbour))
            self.chosen.emit(neighbour)

    def _on_activated(self, item: QTreeWidgetItem) -> None:
        neighbour = _neighbour(item)
        if neighbour is not None:
            self.activated.emit(neighbour)

    def _current_id(self) -> str:
        neighbour = _neighbour(self.tree.currentItem())
        return neighbour.feature.id if neighbour is not None else ""

    def _choose(self, feature_id: str) -> None:
        """Keep a row current over a new answer, without showing it on the map again."""
        for item in self.tree.rows():
            neighbour = _neighbour(item)
            if neighbour is not None and neighbour.feature.id == feature_id:
                self.tree.blockSignals(True)
                self.tree.setCurrentItem(item)
                self.tree.blockSignals(False)
                self.detail.setText(nearby_words.sentence(neighbour))
                self.detail.show()
                return


class _Tree(QTreeWidget):
    """The two groups; Enter activates a row on every platform."""

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderHidden(True)
        self.setAccessibleName("What is near")
        self.setIndentation(0)
        self.setRootIsDecorated(False)
        self.setItemDelegate(NearbyDelegate(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def rows(self) -> list[QTreeWidgetItem]:
        """Return the rows of all groups."""
        groups = [self.topLevelItem(n) for n in range(self.topLevelItemCount())]
        rows = [group.child(n) for group in groups if group is not None for n in range(group.childCount())]
        return [row for row in rows if row is not None]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show the current row on Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentItem() is not None:
            self.itemActivated.emit(self.currentItem(), 0)
        else:
            super().keyPressEvent(event)


def _neighbour(item: QTreeWidgetItem | None) -> Neighbour | None:
    found = item.data(0, NEIGHBOUR) if item is not None else None
    return found if isinstance(found, Neighbour) else None


def _same(around: Surroundings, workspace: Workspace) -> bool:
    """Tell whether what was made ready holds the very features of a workspace."""
    old = around.workspace
    return (
        len(old.layers) == len(workspace.layers)
        and old.time_zone == workspace.time_zone
        and all(a is b for a, b in zip(old.layers, workspace.layers, strict=True))
    )
