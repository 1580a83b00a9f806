"""The table of user actions: menus, tool bars, shortcuts and the help page on shortcuts are built from it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from operator import attrgetter

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QIcon, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from desktop import theme


class Needs(Enum):
    """What must be there for an action to be available."""

    NOTHING = auto()
    WORKSPACE = auto()
    SELECTION = auto()
    ONE_SELECTED = auto()
    UNDO = auto()
    REDO = auto()
    CHANGES = auto()
    """A workspace that differs from what was opened."""


class KeyPlace(Enum):
    """Where the keyboard must be for the key of an action to work."""

    WINDOW = ""
    FEATURES = "on the map, in the layers and in the table"
    MAP = "on the map"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a user can do.

    `handler` names a method, dotted from the main window (`files.open`); a checkable action passes it a bool.
    A `menu` of "" keeps it out of the menus; "" as `text` is a separator. `shortcut` may name several keys,
    set apart by "; ".
    """

    id: str
    text: str
    menu: str
    handler: str = ""
    shortcut: str = ""
    icon: str = ""
    needs: Needs = Needs.NOTHING
    help: str = ""
    checkable: bool = False
    key_place: KeyPlace = KeyPlace.WINDOW

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key of the action, the one to remember first."""
        return tuple(self.shortcut.split("; ")) if self.shortcut else ()


WORKSPACE, EDIT, VIEW, DRAW, STEPS, HELP = "&Workspace", "&Edit", "&View", "&Draw", "&Steps", "&Help"
MENUS = (WORKSPACE, EDIT, VIEW, DRAW, STEPS, HELP)
_SELECTED, _OPEN = Needs.SELECTION, Needs.WORKSPACE


def _separator(menu: str) -> Action:
    return Action("", "", menu)


ACTIONS: tuple[Action, ...] = (
    Action("new", "&New workspace…", WORKSPACE, "files.new", "Ctrl+N", "new",
           help="Begin an operation: a title, what it is for, and a file."),
    Action("open", "&Open workspace…", WORKSPACE, "files.choose_and_open", "Ctrl+O", "open",
           help="Open a workspace file."),
    Action("recent", "Open &recent", WORKSPACE, help="Workspaces opened lately."),
    Action("exercise", "Open the &exercise", WORKSPACE, "files.open_exercise", icon="map",
           help="Build a complete fictional workspace from sample files, to look around in."),
    _separator(WORKSPACE),
    Action("save_as", "&Keep as…", WORKSPACE, "files.choose_and_save", "Ctrl+Shift+S", "save", _OPEN,
           "Go on in a copy under another name. Every change is saved as it is made: there is no Save."),
    Action("properties", "&Properties…", WORKSPACE, "files.properties", "Alt+Return", "info", _OPEN,
           "Title, what the workspace is for, and its time zone."),
    Action("close", "&Close workspace", WORKSPACE, "files.close", "Ctrl+W", needs=_OPEN,
           help="Close the workspace. Everything is in its file."),
    _separator(WORKSPACE),
    Action("preferences", "Pre&ferences…", WORKSPACE, "views.preferences", "Ctrl+,", "settings",
           help="Your name, colours, and how positions are written."),
    Action("quit", "&Quit", WORKSPACE, "close", "Ctrl+Q", help="Close the program."),
    # --- edit
    Action("undo", "&Undo", EDIT, "edits.undo", "Ctrl+Z", "undo", Needs.UNDO,
           "Take back the last step, also in the file."),
    Action("redo", "&Redo", EDIT, "edits.redo", "Ctrl+Shift+Z", "redo", Needs.REDO,
           "Do the step again that was taken back."),
    Action("revert", "Revert to &opened", EDIT, "edits.revert", needs=Needs.CHANGES,
           help="Go back to the workspace as it was when it was opened. This can be undone."),
    _separator(EDIT),
    Action("edit_feature", "&Edit feature…", EDIT, "edits.edit_selected", "Ctrl+Return", "edit",
           Needs.ONE_SELECTED, "Change what is said of the selected feature."),
    Action("delete", "&Delete", EDIT, "edits.delete_selected", "Delete", "delete", _SELECTED,
           "Delete the selected features. This can be undone.",
           key_place=KeyPlace.FEATURES),
    Action("copy_position", "&Copy position", EDIT, "edits.copy_position", "Ctrl+Shift+C", "copy",
           Needs.ONE_SELECTED, "Put the position of the selected feature on the clipboard."),
    Action("select_none", "Select &nothing", EDIT, "edits.select_none", "Ctrl+Shift+A", needs=_SELECTED,
           help="Forget the selection."),
    Action("find", "&Find a place or feature", EDIT, "focus_search", "Ctrl+F", "search", _OPEN,
           "Go to a position in any notation, or to a feature or town by name."),
    # --- view
    Action("zoom_in", "Zoom &in", VIEW, "map.zoom_in", "Ctrl++", "zoom-in", _OPEN, "Come closer."),
    Action("zoom_out", "Zoom &out", VIEW, "map.zoom_out", "Ctrl+-", "zoom-out", _OPEN, "Move away."),
    Action("zoom_all", "Show &everything", VIEW, "map.zoom_to_all", "Ctrl+0", "zoom-all", _OPEN,
           "Fit all layers into the map."),
    Action("zoom_selection", "Show the &selection", VIEW, "views.zoom_to_selection", "Ctrl+J",
           "zoom-layer", _SELECTED, "Fit the selected features into the map."),
    _separator(VIEW),
    Action("near", "What is &near here?", VIEW, "near.here", "F7", "measure", _OPEN,
           "List the protected objects, zones and hazards near the selected feature, else near the place "
           "that was gone to, else near the middle of the map."),
    Action("near_pasted", "What is near the paste&d position?", VIEW, "near.pasted", "Ctrl+Shift+V", "",
           _OPEN, "List what is near the position on the clipboard, in any notation."),
    _separator(VIEW),
    Action("local_view", "&True distances around here", VIEW, "views.set_local", "", "", _OPEN,
           "Draw the map in a local projection, so that shapes and distances near the centre are true.",
           checkable=True),
    Action("borders", "Show &borders", VIEW, "views.set_borders", "", "", _OPEN,
           "Draw the borders of the base map. They are for orientation only and take no side.",
           checkable=True),
    Action("theme", "&Colours", VIEW, help="Light, dark, or as the system has it."),
    Action("panels", "&Panels", VIEW, help="Show or hide the panels around the map."),
    Action("reset_panels", "&Reset the panels", VIEW, "views.reset_panels",
           help="Put the panels back where they were at first."),
    # --- draw
    Action("tool_pan", "&Move the map", DRAW, "edits.tool_pan", "M", "pan", _OPEN,
           "Drag the map; click a feature to see it.", checkable=True, key_place=KeyPlace.MAP),
    Action("tool_select", "&Select", DRAW, "edits.tool_select", "S", "select", _OPEN,
           "Click, or draw a box around features.", checkable=True, key_place=KeyPlace.MAP),
    _separator(DRAW),
    Action("tool_point", "&Point", DRAW, "edits.tool_point", "P", "add-point", _OPEN,
           "Click where the new feature is.", checkable=True, key_place=KeyPlace.MAP),
    Action("tool_line", "&Line", DRAW, "edits.tool_line", "L", "add-line", _OPEN,
           "Click along the line; double-click ends it.", checkable=True, key_place=KeyPlace.MAP),
    Action("tool_polygon", "Pol&ygon", DRAW, "edits.tool_polygon", "Y", "add-polygon", _OPEN,
           "Click the corners; double-click ends the outline.", checkable=True, key_place=KeyPlace.MAP),
    Action("tool_circle", "&Circle", DRAW, "edits.tool_circle", "C", "add-circle", _OPEN,
           "Press at the centre and drag to the edge.", checkable=True, key_place=KeyPlace.MAP),
    _separator(DRAW),
    Action("tool_move", "Mo&ve feature", DRAW, "edits.tool_move", "V", "move", _OPEN,
           "Drag a feature to another place.", checkable=True, key_place=KeyPlace.MAP),
    Action("tool_reshape", "&Reshape feature", DRAW, "edits.tool_reshape", "R", "reshape", _OPEN,
           "Drag the corners of a feature.", checkable=True, key_place=KeyPlace.MAP),
    # --- steps
    Action("import", "1 &Import files…", STEPS, "steps.choose_and_import", "Alt+1; Ctrl+I", "import", _OPEN,
           "Bring in partner files. They can also be dropped anywhere on the window."),
    Action("try_file", "&Try a file without importing…", STEPS, "edits.try_file", needs=_OPEN,
           help="Say what the zones or routes of a file would conflict with. Nothing is imported."),
    Action("check", "2 &Check now", STEPS, "steps.check", "Alt+2; F5", "check", _OPEN,
           "Look for every conflict in space and time."),
    Action("live_check", "Check as I &work", STEPS, "set_live_check", "", "", _OPEN,
           "After a first check, compare what every change touches at once.", checkable=True),
    Action("rules", "&Rules…", STEPS, "steps.rules", "Ctrl+R", "rules", _OPEN,
           "What is asked, with which distances, and who confirmed them."),
    Action("decide", "3 &Decide", STEPS, "decide", "Alt+3; F6", "decide", _OPEN,
           "Go through the findings and settle each one."),
    Action("release", "4 R&elease…", STEPS, "steps.release", "Alt+4; F8", "release", _OPEN,
           "Make an overlay that holds only what its reader is meant to see."),
    # --- help
    Action("guide", "&User guide", HELP, "help.guide", "F1", "help", help="How to work with the program."),
    Action("shortcuts", "&Keyboard shortcuts", HELP, "help.shortcuts", "Ctrl+F1",
           help="Every key, on one page."),
    Action("log", "Show the &log", HELP, "help.log", help="What the program noted down, for support."),
    Action("about", "&About", HELP, "help.about", help="Version, licences and who made the base map."),
)  # fmt: skip


def shortcut_rows() -> list[tuple[str, str, str, str]]:
    """Return menu, words, keys and help of each action that has a key, in the order of the menus."""
    return [(words(a.menu), words(a.text), key_words(a), a.help) for a in ACTIONS if a.shortcut]


def key_words(entry: Action) -> str:
    """Return the keys of an action as they are called: "Alt+2 or F5", "Delete (on the map)"."""
    keys = " or ".join(entry.keys).replace("Return", "Enter")
    return f"{keys} ({entry.key_place.value})" if entry.key_place is not KeyPlace.WINDOW else keys


def tip(entry: Action) -> str:
    """Return the tooltip of an action: its words, its keys, and what it does."""
    keys = f" ({' or '.join(entry.keys)})" if entry.keys else ""
    return f"{words(entry.text)}{keys}: {entry.help}"


def words(text: str) -> str:
    """Return a menu text without its mnemonic mark and dots."""
    return text.replace("&", "").rstrip("…")


class ActionSet:
    """The `QAction` of each entry, bound to its handler on the window."""

    def __init__(self, window: QObject, actions: Iterable[Action] = ACTIONS) -> None:
        self._table = tuple(actions)
        self._by_id: dict[str, QAction] = {}
        self._submenus: dict[str, QMenu] = {}
        self._letters = MenuLetters(window)
        for entry in self._table:
            if entry.handler:
                self._by_id[entry.id] = _bound(entry, window)

    def __getitem__(self, action_id: str) -> QAction:
        return self._by_id[action_id]

    def all(self) -> list[QAction]:
        """Return every action."""
        return list(self._by_id.values())

    def with_keys_at(self, *places: KeyPlace) -> list[QAction]:
        """Return the actions whose keys work in these places: to be added to the widgets there."""
        return [self._by_id[e.id] for e in self._table if e.handler and e.key_place in places]

    def submenu(self, action_id: str) -> QMenu:
        """Return the menu of an entry that has no handler of its own ("recent", "theme", "panels")."""
        return self._submenus[action_id]

    def fill(self, bar: QMenuBar) -> None:
        """Build the menus in the order of the table."""
        menus = {title: bar.addMenu(title) for title in MENUS}
        for widget in (bar, *menus.values()):
            widget.installEventFilter(self._letters)
        for entry in self._table:
            menu = menus[entry.menu]
            if not entry.id:
                menu.addSeparator()
            elif entry.handler:
                menu.addAction(self._by_id[entry.id])
            else:
                self._submenus[entry.id] = menu.addMenu(entry.text)
                self._submenus[entry.id].installEventFilter(self._letters)

    def enable(self, available: Callable[[Needs], bool]) -> None:
        """Enable each action whose needs are met."""
        answers = {need: available(need) for need in Needs}
        for entry in self._table:
            if entry.handler:
                self._by_id[entry.id].setEnabled(answers[entry.needs])

    def update_icons(self) -> None:
        """Tint the icons for the theme in use."""
        for entry in self._table:
            if entry.handler and entry.icon:
                self._by_id[entry.id].setIcon(theme.icon(entry.icon))


class MenuLetters(QObject):
    """Leaves a letter to the menu that it is typed in.

    While a menu is open the map may have the keyboard, or the menu bar, which holds the actions of the map:
    their keys (C, P, R) came before the underlined letters of the menu (Qt 6.11).
    """

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Accept the override of a plain letter, so that it comes as a key and not as a shortcut."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            modified = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
            if event.text().isalnum() and modified == Qt.KeyboardModifier.NoModifier:
                event.accept()
                return True
        return super().eventFilter(watched, event)


def _bound(entry: Action, window: QObject) -> QAction:
    action = QAction(QIcon(), entry.text, window)
    action.setObjectName(entry.id)
    action.setCheckable(entry.checkable)
    action.setShortcuts([QKeySequence(key) for key in entry.keys])
    if entry.key_place is not KeyPlace.WINDOW:
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    action.setStatusTip(entry.help)
    action.setToolTip(tip(entry))
    handler = attrgetter(entry.handler)

    def trigger(checked: bool) -> None:
        method = handler(window)  # looked up now: the map and the panels are made after the menus
        method(checked) if entry.checkable else method()

    action.triggered.connect(trigger)
    return action
