"""The View menu: colours, borders, projection, panels; and the preferences."""

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QApplication, QMenu

from desktop import theme
from desktop.canvas.projection import ProjectionName
from desktop.canvas.view import MapView
from desktop.context import Context
from desktop.settings import THEME_WORDS, ThemeChoice


class ViewActions:
    """What changes how things look, never what they are."""

    def __init__(self, context: Context, view: MapView, arrange: Callable[[], None]) -> None:
        self._c = context
        self._map = view
        self._arrange = arrange

    def zoom_to_selection(self) -> None:
        """Fit the selected features into the map."""
        self._map.zoom_to_features(list(self._c.document.selection))

    def set_local(self, on: bool) -> None:
        """Draw in a local projection around the centre of the view, or in Web Mercator."""
        self._map.set_projection(ProjectionName.LOCAL if on else ProjectionName.WEB_MERCATOR)

    def set_borders(self, on: bool) -> None:
        """Show or hide the borders of the base map."""
        self._c.settings.borders_visible = on
        self._map.set_borders_visible(on)

    def set_theme(self, choice: ThemeChoice) -> None:
        """Take other colours, now and at the next start."""
        self._c.settings.theme = choice
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply_theme(app, choice)

    def fill_themes(self, menu: QMenu) -> None:
        """Put the choices of colours into a menu."""
        menu.clear()
        group = QActionGroup(menu)
        for choice, words in THEME_WORDS.items():
            action = menu.addAction(words, partial(self.set_theme, choice))
            action.setCheckable(True)
            action.setChecked(choice is self._c.settings.theme)
            group.addAction(action)

    def reset_panels(self) -> None:
        """Put the panels back where they were at first."""
        self._arrange()

    def preferences(self) -> None:
        """Open the preferences."""
        from desktop.dialogs.preferences import PreferencesDialog

        dialog = PreferencesDialog(self._c.settings, self._c.window)
        dialog.accepted.connect(self.take_preferences)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def take_preferences(self) -> None:
        """Use what the preferences say."""
        self.set_theme(self._c.settings.theme)
        self._c.document.user = self._c.settings.user
