"""What is near here: asked from the map, the search box or the clipboard, and shown on the map."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import shapely
from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from desktop.actions import MenuLetters
from desktop.canvas.view import MapView
from desktop.context import Context
from desktop.docks import Docks
from desktop.map_link import around
from desktop.notices import Notice, menu_text
from desktop.search import Hit
from layers.coordinates import Notation, Position, format_position
from layers.errors import LayersError
from layers.findings import Severity
from layers.kinds import spec_of
from layers.message_positions import position_in

if TYPE_CHECKING:  # it brings the engine, which is imported when it is first used
    from desktop.panels.nearby_panel import NearbyPanel
    from layers.nearby import Neighbour

_MOST_PASTED = 4_000
_MOST_IN_MENU = 3


class NearActions:
    """Opens the panel on a place, and shows on the map what is chosen in it."""

    def __init__(self, context: Context, view: MapView, docks: Docks) -> None:
        self._c = context
        self._map = view
        self._docks = docks
        self._panel: NearbyPanel | None = None
        self._refusal: Notice | None = None
        """What was said of a clipboard without a position, until a place is asked about."""
        self.menu: QMenu | None = None
        """The menu of the map that was opened last."""
        view.menu_requested.connect(self.show_menu)

    @property
    def panel(self) -> "NearbyPanel":
        """The panel; made when it is first needed."""
        if self._panel is None:
            from desktop.panels.nearby_panel import NearbyPanel

            self._panel = NearbyPanel(self._c.document, self._c.tasks, self._c.settings)
            self._docks.set_panel("near", self._panel)
            self._panel.asked.connect(self._map.mark)
            self._panel.chosen.connect(self._show)
            self._panel.activated.connect(self._go_to)
        return self._panel

    # --- asking ---------------------------------------------------------------------------------

    def here(self) -> None:
        """Look around the selected feature, else the place that was gone to, else the middle of the map."""
        selection = self._c.document.selection
        if len(selection) == 1:
            self.around_feature(next(iter(selection)))
        else:
            self.at(*(self._map.marker or self._map.center))

    def pasted(self) -> None:
        """Look around the position on the clipboard, in any notation, also within a message."""
        text = QGuiApplication.clipboard().text()[:_MOST_PASTED].strip()
        self._withdraw_refusal()
        try:
            position, words = position_in(text)
        except LayersError as error:
            if text:
                said = f"There is no position on the clipboard that can be read. {error.message}"
                self._refusal = self._c.notices.warn(said, error.hint)
            else:
                self._refusal = self._c.notices.warn(
                    "There is no position on the clipboard.",
                    "Copy one in any notation, such as 37S BR 48000 77000, and try again.",
                )
            return
        self._map.go_to(position.lon, position.lat)
        self._open(lambda panel: panel.ask_position(position, words))

    def at(self, lon: float, lat: float) -> None:
        """Look around a place of the map; it is known to one pixel."""
        position = Position(lon, lat, self._map.camera.metres_per_pixel, Notation.DD)
        self._open(lambda panel: panel.ask_position(position))

    def around_feature(self, feature_id: str) -> None:
        """Look around a feature."""
        self._open(lambda panel: panel.ask_feature(feature_id))

    def around_hit(self, hit: Hit) -> None:
        """Look around what was found by the search."""
        if hit.feature_id:
            self.around_feature(hit.feature_id)
        else:
            position = Position(hit.lon, hit.lat, hit.uncertainty_m, Notation.DD)
            self._open(lambda panel: panel.ask_position(position))

    def _withdraw_refusal(self) -> None:
        """Take back that there was no position on the clipboard: another was asked about."""
        if self._refusal is not None:
            self._c.notices.withdraw(self._refusal)
            self._refusal = None

    def _open(self, ask: "Callable[[NearbyPanel], None]") -> None:
        """Show the panel, ask, and put the keyboard on the list that the answer comes into."""
        panel = self.panel
        self._withdraw_refusal()
        self._docks.show("near")
        ask(panel)
        panel.focus_list()

    # --- on the map -----------------------------------------------------------------------------

    def _show(self, neighbour: "Neighbour") -> None:
        """Select a row's feature, and draw the shortest line to it."""
        self._c.document.set_selection([neighbour.feature.id])
        answer = self.panel.answer
        line = None
        if answer is not None and answer.subject is None and neighbour.point and neighbour.distance_m:
            line = shapely.LineString([(answer.lon, answer.lat), neighbour.point])
        self._map.highlight(line, [neighbour.feature.id], Severity.INFO)

    def _go_to(self, neighbour: "Neighbour") -> None:
        self._show(neighbour)
        answer = self.panel.answer
        if answer is None or neighbour.point is None:
            self._map.zoom_to_features([neighbour.feature.id])
            return
        both = shapely.MultiPoint([(answer.lon, answer.lat), neighbour.point])
        self._map.zoom_to_extent(*around(both.bounds))

    def show_menu(self, at: QPoint, lon: float, lat: float, ids: list[str]) -> None:
        """Open the menu of the map at a place."""
        if not self._c.document.is_open:
            return
        menu = QMenu(self._c.window)
        menu.installEventFilter(MenuLetters(menu))
        self._add(menu, "What is &near here?", lambda: self.at(lon, lat))
        for feature_id in ids[:_MOST_IN_MENU]:
            found = self._c.document.workspace.find(feature_id)
            if found is not None:
                layer, row = found
                name = str(layer.table.name[row]) or spec_of(layer.kind).title.lower()
                self._add(
                    menu, f"What is near “{menu_text(name[:40])}”?", _bound(self.around_feature, feature_id)
                )
        menu.addSeparator()
        text = format_position(lon, lat, self._c.settings.notation)
        self._add(menu, f"&Copy {menu_text(text)}", lambda: QGuiApplication.clipboard().setText(text))
        menu.aboutToHide.connect(menu.deleteLater)
        self.menu = menu
        menu.popup(at)

    def _add(self, menu: QMenu, text: str, then: Callable[[], None]) -> None:
        menu.addAction(text).triggered.connect(lambda _=False: then())


def _bound(call: Callable[[str], None], feature_id: str) -> Callable[[], None]:
    return lambda: call(feature_id)
