"""The main window: steps on top, layers left, map in the centre, findings right, attribute table below."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QActionGroup, QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMenuBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop import theme
from desktop.actions import ActionSet, Needs
from desktop.canvas.tools import ToolName
from desktop.canvas.view import MapView
from desktop.context import Context
from desktop.dialogs.layer_properties import LayerPropertiesDialog
from desktop.document import Document
from desktop.edit_actions import TOOL_IDS, EditActions
from desktop.file_actions import FileActions
from desktop.help_pages import HelpActions, LogKeeper
from desktop.map_bar import MapBar
from desktop.notices import NoticeBar, Notices, plain_label
from desktop.panels.attributes_panel import AttributesPanel
from desktop.panels.findings_panel import FindingsPanel
from desktop.panels.layers_panel import LayersPanel
from desktop.panels.plain_text import one_line
from desktop.search import Hit, SearchBox
from desktop.settings import Settings
from desktop.status import MarkingBanner, PositionLabel, TaskIndicator, mode_words, scale_words
from desktop.step_actions import StepActions
from desktop.steps import StepBar, StepState, step_states
from desktop.tasks import Tasks
from desktop.view_actions import ViewActions
from desktop.welcome import WelcomePage
from layers import basemap
from layers.findings import FindingRecord
from layers.model import Workspace

_LAYOUT_VERSION = 1
_SIZE = (1280, 720)
_ROOM_DEG = 0.004
"""About 400 m of surroundings at least."""


class MainWindow(QMainWindow):
    """Puts the parts together and passes on what one has to tell another; the work is done in the parts."""

    def __init__(
        self,
        settings: Settings,
        *,
        document: Document | None = None,
        tasks: Tasks | None = None,
        keeper: LogKeeper | None = None,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.document = document or Document()
        self.document.user = settings.user
        self.document.setParent(self)
        self.tasks = tasks or Tasks(self)
        self.notices = Notices(self)
        self.context = Context(self.document, self.tasks, self.notices, settings, self)
        self.setWindowTitle("Deconflict")
        self.setAcceptDrops(True)
        self.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
        )
        self.files = FileActions(self.context)
        self.steps = StepActions(self.context)
        self.help = HelpActions(self.context, keeper)
        self.actions_ = ActionSet(self)
        self._make_parts()
        self.edits = EditActions(self.context, self.map, self.map_bar)
        self.views = ViewActions(self.context, self.map, self.arrange_docks)
        self._make_menus()
        self._make_centre()
        self._make_docks()
        self._make_status_bar()
        self._connect()
        self._restore()
        self._show_everything()
        QTimer.singleShot(0, self._after_first_paint)

    # --- building -------------------------------------------------------------------------------

    def _make_parts(self) -> None:
        self.map = MapView()
        self.map.set_dark(theme.is_dark())
        self.search = SearchBox(self.document)
        self.map_bar = MapBar(self.actions_)
        self.step_bar = StepBar()
        self.banner = MarkingBanner()
        self.notice_bar = NoticeBar()
        self.welcome = WelcomePage(self.actions_)
        self.layers_panel = LayersPanel(self.document, self.notices)
        self.attributes_panel = AttributesPanel(self.document)
        self.findings_panel = FindingsPanel(self.document, self.tasks)

    def _make_menus(self) -> None:
        bar = QMenuBar()
        bar.setNativeMenuBar(False)  # the marking stays right under the menus on every system
        self.actions_.fill(bar)
        top = QWidget()
        box = QVBoxLayout(top)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        row = QHBoxLayout()
        row.setContentsMargins(0, 2, 8, 2)
        row.addWidget(bar, 1)
        row.addWidget(self.search)
        box.addLayout(row)
        box.addWidget(self.banner)
        box.addWidget(self.step_bar)
        self.setMenuWidget(top)
        tools = QActionGroup(self)
        for name in TOOL_IDS.values():
            tools.addAction(self.actions_[name])
        self.actions_[TOOL_IDS[ToolName.PAN]].setChecked(True)
        recent = self.actions_.submenu("recent")
        recent.aboutToShow.connect(lambda: self.files.fill_recent(recent))
        self.files.fill_recent(recent)
        themes = self.actions_.submenu("theme")
        themes.aboutToShow.connect(lambda: self.views.fill_themes(themes))
        self.views.fill_themes(themes)
        self.addActions(self.actions_.all())  # shortcuts work wherever the menus are

    def _make_centre(self) -> None:
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.map_bar)
        box.addWidget(self.map, 1)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(page)
        centre = QWidget()
        outer = QVBoxLayout(centre)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.notice_bar)
        outer.addWidget(self.pages, 1)
        self.setCentralWidget(centre)

    def _make_docks(self) -> None:
        area = Qt.DockWidgetArea
        self.docks = {
            "layers": self._dock("layers", "Layers", self.layers_panel, area.LeftDockWidgetArea),
            "findings": self._dock("findings", "Findings", self.findings_panel, area.RightDockWidgetArea),
            "table": self._dock("table", "Attribute table", self.attributes_panel, area.BottomDockWidgetArea),
        }
        self.setCorner(Qt.Corner.BottomLeftCorner, area.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, area.RightDockWidgetArea)
        panels = self.actions_.submenu("panels")
        for dock in self.docks.values():
            panels.addAction(dock.toggleViewAction())
        self._docks_shown = True
        self._shown_checking = False

    def _dock(self, name: str, title: str, panel: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title)
        dock.setObjectName(name)
        dock.setWidget(panel)
        self.addDockWidget(area, dock)
        return dock

    def arrange_docks(self) -> None:
        """Put the panels where they are at first, in their first sizes."""
        areas = (
            ("layers", Qt.DockWidgetArea.LeftDockWidgetArea),
            ("findings", Qt.DockWidgetArea.RightDockWidgetArea),
            ("table", Qt.DockWidgetArea.BottomDockWidgetArea),
        )
        for name, area in areas:
            self.docks[name].setFloating(False)
            self.addDockWidget(area, self.docks[name])
            self.docks[name].show()
        sides = [self.docks["layers"], self.docks["findings"]]
        self.resizeDocks(sides, [250, 340], Qt.Orientation.Horizontal)
        self.resizeDocks([self.docks["table"]], [190], Qt.Orientation.Vertical)

    def _make_status_bar(self) -> None:
        bar = self.statusBar()
        self.indicator = TaskIndicator(self.tasks)
        self.position = PositionLabel()
        self.scale: QLabel = plain_label()
        self.scale.setToolTip("Scale of the map at its centre")
        self.mode: QLabel = plain_label()
        self.mode.setToolTip("What the workspace is for")
        bar.addWidget(self.indicator, 1)
        for widget in (self.position, self.scale, self.mode):
            bar.addPermanentWidget(widget)

    # --- wiring ---------------------------------------------------------------------------------

    def _connect(self) -> None:
        document, view = self.document, self.map
        document.changed.connect(self._on_changed)
        document.opened.connect(self._on_opened)
        document.selection_changed.connect(self._on_selection)
        # Methods, not lambdas: Qt drops them by itself when the window goes before the document does.
        document.committing_changed.connect(self._update_actions)
        document.undo_stack.indexChanged.connect(self._update_actions)
        self.notices.posted.connect(self.notice_bar.show_notice)
        self.tasks.failed.connect(self.notices.error)
        self.tasks.cancelled.connect(self._on_cancelled)
        self.tasks.changed.connect(self._on_tasks)
        self.step_bar.chosen.connect(self._on_step)
        view.clicked.connect(self._on_map_clicked)
        view.activated.connect(self.edits.edit)
        view.finding_clicked.connect(self._on_mark)
        view.message.connect(self.indicator.show_hint)
        view.selection_requested.connect(self._on_map_selection)
        view.cursor_moved.connect(self.position.show_position)
        view.view_changed.connect(self._on_view_changed)
        view.tool_changed.connect(self._on_tool)
        self.search.found.connect(self._go_to)
        self.search.nothing_found.connect(self._on_nothing_found)
        self.welcome.open_requested.connect(self.files.open)
        self.layers_panel.zoom_requested.connect(self._on_extent)
        self.layers_panel.table_requested.connect(self._show_table)
        self.layers_panel.properties_requested.connect(self._show_properties)
        self.attributes_panel.edit_requested.connect(self.edits.edit)
        self.attributes_panel.zoom_requested.connect(view.zoom_to_features)
        self.findings_panel.finding_chosen.connect(self._on_finding)
        self.findings_panel.check_requested.connect(self.steps.check)
        self.findings_panel.freshness.changed.connect(self._update_steps)

    def _after_first_paint(self) -> None:
        self.tasks.start(
            "Loading the base map",
            lambda _: basemap.load(),
            self._take_basemap,
            cancellable=False,
            owner=self,
        )

    def _take_basemap(self, loaded: basemap.Basemap) -> None:
        self.map.set_basemap(loaded)
        self.search.places = loaded.places

    # --- showing --------------------------------------------------------------------------------

    def _show_everything(self) -> None:
        is_open = self.document.is_open
        self.pages.setCurrentIndex(1 if is_open else 0)
        self._show_docks(is_open)
        self.step_bar.setVisible(is_open)
        self.search.setVisible(is_open)
        self.banner.show_workspace(self.document.workspace if is_open else None)
        if not is_open:
            self.welcome.show_files(self.settings.recent, self.document.unnamed_files())
        self.map.set_workspace(self.document.workspace)
        self._on_view_changed()
        self.map.set_borders_visible(self.settings.borders_visible)
        self.actions_["borders"].setChecked(self.settings.borders_visible)
        self._update_theme()
        self._show_title()
        self._show_marks()
        self._update_actions()
        self._update_steps()

    def _show_docks(self, shown: bool) -> None:
        """Hide the panels on the welcome page, and bring them back as the user had them."""
        if shown == self._docks_shown:
            return
        self._docks_shown = shown
        if not shown:
            self._keep_layout()
            for dock in self.docks.values():
                dock.hide()
        elif self.settings.docks is None or not self.restoreState(self.settings.docks, _LAYOUT_VERSION):
            self.arrange_docks()

    def _keep_layout(self) -> None:
        if self.isVisible():  # before the first paint the sizes mean nothing
            self.settings.docks = self.saveState(_LAYOUT_VERSION)

    def _show_title(self) -> None:
        document = self.document
        if not document.is_open or document.path is None:
            self.setWindowTitle("Deconflict")
            self.mode.setText("")
            return
        name = "not yet named" if document.is_unnamed else document.path.name
        self.setWindowTitle(f"{one_line(document.workspace.title)} ({one_line(name)}) – Deconflict")
        self.mode.setText(mode_words(document.workspace.mode))

    def _show_marks(self) -> None:
        self.map.set_finding_marks(
            [
                (record.finding.where, int(record.finding.severity), record.finding.key)
                for record in self.document.workspace.findings
                if record.state.value != "resolved" and record.finding.where is not None
            ]
        )

    def _update_actions(self, *_: object) -> None:
        self.actions_.enable(self._has)
        self.map_bar.update_tools()
        stack = self.document.undo_stack
        for name, text, verb in (("undo", stack.undoText(), "&Undo"), ("redo", stack.redoText(), "&Redo")):
            self.actions_[name].setText(
                f"{verb} {one_line(text)}".strip().replace("&", "&&").replace("&&", "&", 1)
            )
        self.actions_["check"].setEnabled(self._has(Needs.WORKSPACE) and not self.steps.checking)

    def _has(self, need: Needs) -> bool:
        document, stack = self.document, self.document.undo_stack
        free = not document.is_committing
        answers: dict[Needs, Callable[[], bool]] = {
            Needs.NOTHING: lambda: True,
            Needs.WORKSPACE: lambda: document.is_open and free,
            Needs.SELECTION: lambda: bool(document.selection) and free,
            Needs.ONE_SELECTED: lambda: len(document.selection) == 1 and free,
            Needs.UNDO: lambda: stack.canUndo() and free,
            Needs.REDO: lambda: stack.canRedo() and free,
            Needs.CHANGES: lambda: document.is_open and stack.canUndo() and free,
        }
        return answers[need]()

    def _update_steps(self) -> None:
        stale = self.findings_panel.freshness.is_stale
        states = step_states(self.document.workspace, stale=stale, now=datetime.now(UTC))
        if self.steps.checking:
            states = (states[0], StepState("Checking…"), *states[2:])
        self.step_bar.show_states(states)

    def _update_theme(self) -> None:
        self.map.set_dark(theme.is_dark())
        self.actions_.update_icons()
        self.map_bar.update_icons()

    # --- what happens ---------------------------------------------------------------------------

    def _on_changed(self, before: Workspace, after: Workspace) -> None:
        self.map.set_workspace(after)
        if before.findings is not after.findings:
            self._show_marks()
        if (before.title, before.mode) != (after.title, after.mode):
            self.banner.show_workspace(after if self.document.is_open else None)
            self._show_title()
        self._update_steps()

    def _on_opened(self) -> None:
        self.map.highlight(None)
        self.map.set_selection(())
        self._show_everything()

    def _on_selection(self, ids: frozenset[str]) -> None:
        self.map.set_selection(ids)
        self._update_actions()

    def _on_map_clicked(self, ids: list[str], _lon: float, _lat: float) -> None:
        self.document.set_selection(ids[:1])

    def _on_map_selection(self, ids: frozenset[str], additive: bool) -> None:
        self.document.set_selection(self.document.selection | ids if additive else ids)

    def _on_view_changed(self) -> None:
        self.scale.setText(scale_words(self.map.scale_denominator) if self.document.is_open else "")

    def _on_tool(self, tool: ToolName) -> None:
        self.actions_[TOOL_IDS[tool]].setChecked(True)

    def _on_tasks(self) -> None:
        if self.steps.checking != self._shown_checking:
            self._shown_checking = self.steps.checking
            self._update_steps()
            self._update_actions()

    def _on_cancelled(self, label: str) -> None:
        self.notices.inform(f"{label} was stopped. Nothing was changed.")

    def _on_step(self, number: int) -> None:
        names = ("import", "check", "decide", "release")
        self.actions_[names[number]].trigger()

    def decide(self) -> None:
        """Show the findings and give them the keyboard."""
        self._raise("findings")
        self.findings_panel.focus_list()

    def _raise(self, name: str) -> None:
        self.docks[name].show()
        self.docks[name].raise_()

    def _on_mark(self, key: str) -> None:
        self._raise("findings")
        if not self.findings_panel.choose(key):
            self.notices.inform("This finding is not in the list now: the filter hides it.")

    def _on_finding(self, record: FindingRecord) -> None:
        finding = record.finding
        ids = [subject.id for subject in finding.subjects]
        self.document.set_selection(ids)
        self.map.highlight(finding.where, ids, finding.severity)
        if finding.where is None or finding.where.is_empty:
            self.map.zoom_to_features(ids)
        else:
            self._on_extent(around(finding.where.bounds))

    def _on_extent(self, extent: tuple[float, float, float, float]) -> None:
        self.map.zoom_to_extent(*extent)

    def focus_search(self) -> None:
        """Give the search box the keyboard."""
        self.search.setFocus()
        self.search.selectAll()

    def _go_to(self, hit: Hit) -> None:
        if hit.feature_id:
            self.document.set_selection([hit.feature_id])
            self.map.zoom_to_features([hit.feature_id])
        else:
            self.map.go_to(hit.lon, hit.lat)

    def _on_nothing_found(self, text: str) -> None:
        self.notices.warn(
            f"“{one_line(text)[:60]}” is not a position, and no feature or town has that name.",
            "A position may be given as latitude and longitude, UTM or MGRS.",
        )

    def _show_table(self, layer_id: str) -> None:
        self._raise("table")
        self.attributes_panel.show_layer(layer_id)

    def _show_properties(self, layer_id: str) -> None:
        workspace = self.document.workspace
        dialog = LayerPropertiesDialog(workspace, workspace.layer(layer_id), self)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    # --- Qt -------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change of colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "map_bar"):
            self._update_theme()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files and folders anywhere on the window."""
        if _dropped_paths(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open a dropped workspace, or import dropped partner files."""
        paths = _dropped_paths(event)
        if not paths:
            return
        event.acceptProposedAction()
        # After the drop is over: a dialog within it would keep the other program waiting.
        QTimer.singleShot(0, lambda: self.take_files(paths))

    def take_files(self, paths: list[Path]) -> None:
        """Do with files what the user expects: import them; without a workspace, open one."""
        if not self.document.is_open and len(paths) == 1 and paths[0].suffix.lower() == ".gpkg":
            self.files.open(paths[0])
        else:
            self.steps.import_paths(paths)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Wait for a running commit, keep the arrangement, close the file."""
        self.tasks.shut_down()
        self.settings.geometry = self.saveGeometry()
        if self._docks_shown:
            self._keep_layout()
        self.settings.sync()
        super().closeEvent(event)

    def _restore(self) -> None:
        self.resize(*_SIZE)
        if self.settings.geometry is not None:
            self.restoreGeometry(self.settings.geometry)


def around(bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return bounds with room around them, so that a place of conflict is seen in its surroundings."""
    west, south, east, north = bounds
    room = max(east - west, north - south) * 0.5 + _ROOM_DEG
    return west - room, max(south - room, -90.0), east + room, min(north + room, 90.0)


def _dropped_paths(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
