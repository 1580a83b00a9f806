"""What the map, the search box, the findings and the document tell one another."""

from PySide6.QtCore import QObject, Qt, Signal

from desktop.canvas.view import MapView
from desktop.context import Context
from desktop.notices import Notice
from desktop.panels.plain_text import one_line
from desktop.search import Hit, SearchBox
from layers.findings import Finding, FindingRecord, FindingState
from layers.model import Workspace

_ROOM_DEG = 0.004
"""About 400 m of surroundings at least."""
Extent = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


class MapLink(QObject):
    """Keeps one selection, and shows on the map what was found or chosen elsewhere."""

    near_requested = Signal(object)
    """A `Hit` of the search whose surroundings are wanted."""

    def __init__(self, context: Context, view: MapView, search: SearchBox) -> None:
        super().__init__(context.window)
        self._document = context.document
        self._notices = context.notices
        self._map = view
        self._not_found: Notice | None = None
        self._shown = ""
        """Key of the finding that is highlighted, or was last."""
        self._document.prepare = view.prepare
        self._document.changed.connect(self._on_changed)
        self._document.opened.connect(self._on_opened)
        self._document.selection_changed.connect(view.set_selection)
        view.clicked.connect(self._on_clicked)
        view.selection_requested.connect(self._on_selection_requested)
        search.found.connect(self._go_to)
        search.nothing_found.connect(self._on_nothing_found)
        search.textChanged.connect(self._forget_search)

    def show_extent(self, extent: Extent) -> None:
        """Fit an extent into the map."""
        self._map.zoom_to_extent(*extent)

    def show_finding(self, record: FindingRecord) -> None:
        """Select the subjects of a finding and show the very place of conflict."""
        finding = record.finding
        ids = [subject.id for subject in finding.subjects]
        self._document.set_selection(ids)
        self._highlight(finding)
        if finding.where is None or finding.where.is_empty:
            self._map.zoom_to_features(ids)
        else:
            self.show_extent(around(finding.where.bounds))

    def show_all(self) -> None:
        """Show the workspace of the document and the marks of its findings."""
        self._map.set_workspace(self._document.workspace)
        self._show_marks()

    def _on_changed(self, before: Workspace, after: Workspace) -> None:
        self._map.set_workspace(after)
        if before.findings is not after.findings:
            self._show_marks()
            self._follow()

    def _highlight(self, finding: Finding) -> None:
        self._shown = finding.key
        self._map.highlight(finding.where, [s.id for s in finding.subjects], finding.severity)

    def _follow(self) -> None:
        """Move the highlight with the place of its finding; it goes when the finding does."""
        if not self._shown:
            return
        record = self._document.findings.record_of(self._shown)
        if record is None or record.state is FindingState.RESOLVED:
            self._shown = ""
            self._map.highlight(None)
        else:
            self._highlight(record.finding)

    def _on_opened(self) -> None:
        self._shown = ""
        self._map.highlight(None)
        self._map.set_selection(())

    def _show_marks(self) -> None:
        self._map.set_finding_marks(self._document.findings.marks)

    def _on_clicked(self, ids: list[str], _lon: float, _lat: float) -> None:
        self._document.set_selection(ids[:1])

    def _on_selection_requested(self, ids: frozenset[str], additive: bool) -> None:
        self._document.set_selection(self._document.selection | ids if additive else ids)

    def _go_to(self, hit: Hit) -> None:
        self._forget_search()
        self._map.setFocus(Qt.FocusReason.OtherFocusReason)  # the next key is meant for what was found
        if hit.feature_id:
            self._document.set_selection([hit.feature_id])
            self._map.zoom_to_features([hit.feature_id])
        else:
            self._map.go_to(hit.lon, hit.lat)
        if hit.near:
            self.near_requested.emit(hit)

    def _forget_search(self) -> None:
        """Take back what was said of a text that is no longer searched for."""
        if self._not_found is not None:
            self._notices.withdraw(self._not_found)
            self._not_found = None

    def _on_nothing_found(self, text: str) -> None:
        self._not_found = self._notices.warn(
            f"“{one_line(text)[:60]}” is not a position, and no feature or town has that name.",
            "A position may be given as latitude and longitude, UTM or MGRS.",
        )


def around(bounds: Extent) -> Extent:
    """Return bounds with room around them, so that a place of conflict is seen in its surroundings."""
    west, south, east, north = bounds
    room = max(east - west, north - south) * 0.5 + _ROOM_DEG
    return west - room, max(south - room, -90.0), east + room, min(north + room, 90.0)
