"""The main window: steps on top, layers left, map in the centre, findings right, attribute table below."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QActionGroup, QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMainWindow, QMenuBar, QStackedWidget, QVBoxLayout, QWidget

from desktop import theme
from desktop.actions import ActionSet, KeyPlace, Needs
from desktop.canvas.tools import ToolName
from desktop.canvas.view import MapView
from desktop.context import Context
from desktop.docks import Docks
from desktop.document import Document
from desktop.edit_actions import TOOL_IDS, EditActions
from desktop.file_actions import FileActions
from desktop.help_actions import HelpActions, LogKeeper
from desktop.map_bar import MapBar
from desktop.map_link import MapLink
from desktop.near_actions import NearActions
from desktop.notices import NoticeBar, Notices, menu_text, plain_label
from desktop.panels.attributes_panel import AttributesPanel
from desktop.panels.layers_panel import LayersPanel
from desktop.panels.plain_text import one_line
from desktop.search import SearchBox
from desktop.settings import Settings
from desktop.status import MarkingBanner, PositionLabel, TaskIndicator, mode_words, scale_words
from desktop.step_actions import StepActions, change_words
from desktop.steps import STEP_IDS, StepBar, StepState
from desktop.tasks import Tasks
from desktop.view_actions import ViewActions
from desktop.welcome import WelcomePage
from layers import basemap
from layers.model import Workspace
from layers.progress import Progress

if TYPE_CHECKING:  # it brings the check engine, which is imported after the first paint
    from desktop.live_check import LiveCheck
    from desktop.panels.findings_panel import FindingsPanel
    from layers.decisions import Comparison

_SIZE = (1280, 720)
_AFTER_PAINT_MS = 100
"""When the base map is read: the first paint must not share the processor with it."""


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
        self._shown_checking = False
        self._step, self._step_words = 0, ""
        self.setWindowTitle("Deconflict")
        self.setAcceptDrops(True)
        self.files = FileActions(self.context)
        self.steps = StepActions(self.context)
        self.help = HelpActions(self.context, keeper)
        self.actions_ = ActionSet(self)
        self._make_parts()
        self.edits = EditActions(self.context, self.map, self.map_bar)
        self.views = ViewActions(self.context, self.map, self.docks.arrange)
        self.near = NearActions(self.context, self.map, self.docks)
        self.link.near_requested.connect(self.near.around_hit)
        self._make_menus()
        self._make_centre()
        self._make_status_bar()
        self._connect()
        self.resize(*_SIZE)
        if settings.geometry is not None:
            self.restoreGeometry(settings.geometry)
        self._show_everything()
        QTimer.singleShot(_AFTER_PAINT_MS, self._after_first_paint)

    @cached_property
    def findings_panel(self) -> "FindingsPanel":
        """The findings; made when the first workspace is shown."""
        from desktop.panels.findings_panel import FindingsPanel

        panel = FindingsPanel(self.document, self.tasks)
        panel.restore_shares(self.settings.findings_shares)
        self.docks.set_panel("findings", panel)
        panel.finding_chosen.connect(self.link.show_finding)
        panel.check_requested.connect(self.steps.check)
        panel.card.change_wanted.connect(self.edits.suggest)
        panel.freshness.changed.connect(self._update_steps)
        return panel

    @cached_property
    def live_check(self) -> "LiveCheck":
        """Checks after every change; made with the findings."""
        from desktop.live_check import LiveCheck

        live = LiveCheck(self.document, self.tasks, self)
        live.set_enabled(self.settings.live_check)
        live.checked.connect(self._say_change)
        self.steps.prepared, self.steps.looking = live.adopt, live.leave
        return live

    def set_live_check(self, on: bool) -> None:
        """Check after every change, or only when asked."""
        self.settings.live_check = on
        self.live_check.set_enabled(on)

    # --- building -------------------------------------------------------------------------------

    def _make_parts(self) -> None:
        self.map = MapView()
        self.search = SearchBox(self.document)
        self.link = MapLink(self.context, self.map, self.search)
        self.map_bar = MapBar(self.actions_)
        self.step_bar = StepBar()
        self.banner = MarkingBanner()
        self.notice_bar = NoticeBar()
        self.welcome = WelcomePage(self.actions_)
        self.layers_panel = LayersPanel(self.document, self.notices)
        self.attributes_panel = AttributesPanel(self.document)
        self.docks = Docks(self, self.settings)
        self.docks.set_panel("layers", self.layers_panel)
        self.docks.set_panel("table", self.attributes_panel)

    def _make_menus(self) -> None:
        bar = QMenuBar()
        bar.setNativeMenuBar(False)  # the marking stays right under the menus on every system
        self.actions_.fill(bar)
        row = QHBoxLayout()
        row.setContentsMargins(0, 2, 8, 2)
        row.addWidget(bar, 1)
        row.addWidget(self.search)
        top = QWidget()
        box = QVBoxLayout(top)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(row)
        box.addWidget(self.banner)
        box.addWidget(self.step_bar)
        self.setMenuWidget(top)
        self.addActions(self.actions_.with_keys_at(KeyPlace.WINDOW))  # they work wherever the menus are
        # To choose a finding selects its subjects: Delete, pressed in the list of findings, must spare them.
        self.map.addActions(self.actions_.with_keys_at(KeyPlace.FEATURES, KeyPlace.MAP))
        for panel in (self.layers_panel, self.attributes_panel):
            panel.addActions(self.actions_.with_keys_at(KeyPlace.FEATURES))
        tools = QActionGroup(self)
        for name in TOOL_IDS.values():
            tools.addAction(self.actions_[name])
        self.actions_[TOOL_IDS[ToolName.PAN]].setChecked(True)
        recent, themes = self.actions_.submenu("recent"), self.actions_.submenu("theme")
        recent.aboutToShow.connect(lambda: self.files.fill_recent(recent))
        themes.aboutToShow.connect(lambda: self.views.fill_themes(themes))
        self.files.fill_recent(recent)
        self.views.fill_themes(themes)
        self.docks.fill(self.actions_.submenu("panels"))

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
        # Methods, not lambdas: Qt drops them by itself when the window goes before the document does.
        document.changed.connect(self._on_changed)
        document.opened.connect(self.notice_bar.hide)  # what was said was about another workspace
        document.opened.connect(self._show_everything)
        document.moved.connect(self._show_title)
        document.selection_changed.connect(self._update_actions)
        document.committing_changed.connect(self._update_actions)
        document.undo_stack.indexChanged.connect(self._update_actions)
        document.undo_stack.indexChanged.connect(self._say_step)
        self.notices.posted.connect(self.notice_bar.show_notice)
        self.notices.withdrawn.connect(self.notice_bar.withdraw)
        self.tasks.failed.connect(self.notices.error)
        self.tasks.cancelled.connect(self._on_cancelled)
        self.tasks.changed.connect(self._on_tasks)
        self.step_bar.chosen.connect(self._on_step)
        view.activated.connect(self.edits.edit)
        view.finding_clicked.connect(self._on_mark)
        view.message.connect(self.indicator.show_hint)
        view.cursor_moved.connect(self.position.show_position)
        view.view_changed.connect(self._on_view_changed)
        view.tool_changed.connect(self._on_tool)
        self.welcome.open_requested.connect(self.files.open)
        self.layers_panel.zoom_requested.connect(self.link.show_extent)
        self.layers_panel.table_requested.connect(self._show_table)
        self.layers_panel.properties_requested.connect(self._show_properties)
        self.attributes_panel.edit_requested.connect(self.edits.edit)
        self.attributes_panel.zoom_requested.connect(view.zoom_to_features)

    def _after_first_paint(self) -> None:
        self._update_theme()
        self.tasks.start("Loading the base map", _load, self._take_basemap, cancellable=False, owner=self)

    def _take_basemap(self, loaded: basemap.Basemap) -> None:
        self.map.set_basemap(loaded)
        self.search.places = loaded.places
        self.tasks.start("Getting ready to check", _get_ready, lambda _: None, cancellable=False, owner=self)

    # --- showing --------------------------------------------------------------------------------

    def _show_everything(self) -> None:
        is_open = self.document.is_open
        if is_open:
            self.findings_panel.show()
            self.actions_["live_check"].setChecked(self.settings.live_check)
            self.live_check.set_enabled(self.settings.live_check)
        else:
            self.welcome.show_files(self.settings.recent, self.document.unnamed_files())
            self.indicator.show_hint("")
            self.position.clear()
        self.pages.setCurrentIndex(int(is_open))
        self.docks.set_shown(is_open)
        self.step_bar.setVisible(is_open)
        self.search.setVisible(is_open)
        self.banner.show_workspace(self.document.workspace if is_open else None)
        self.map.set_borders_visible(self.settings.borders_visible)
        self.actions_["borders"].setChecked(self.settings.borders_visible)
        self.link.show_all()
        self._on_view_changed()
        if is_open:  # on the welcome page no icon is in sight: they are drawn after the first paint
            self._update_theme()
        self._show_title()
        self._update_actions()
        self._update_steps()

    def _say_step(self, index: int) -> None:
        """Say in the status bar what was done or taken back: what was said of an earlier step is over."""
        stack, back = self.document.undo_stack, index < self._step
        self._step = index
        text = one_line(stack.redoText() if back else stack.undoText())
        self._step_words = f"{'Undone' if back else 'Done'}: {text}." if text else ""
        self.indicator.show_hint(self._step_words)

    def _say_change(self, comparison: "Comparison") -> None:
        self.indicator.show_hint(f"{self._step_words} {change_words(comparison)}".strip())

    def _show_title(self) -> None:
        document = self.document
        if not document.is_open or document.path is None:
            self.setWindowTitle("Deconflict")
            self.mode.setText("")
            return
        name = "not yet named" if document.is_unnamed else document.path.name
        self.setWindowTitle(f"{one_line(document.workspace.title)} ({one_line(name)}) – Deconflict")
        self.mode.setText(mode_words(document.workspace.mode))

    def _update_actions(self, *_: object) -> None:
        self.actions_.enable(self._has)
        self.map_bar.update_tools()
        stack = self.document.undo_stack
        self.actions_["undo"].setText(f"&Undo {menu_text(stack.undoText())}".rstrip())
        self.actions_["redo"].setText(f"&Redo {menu_text(stack.redoText())}".rstrip())
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
        if not self.document.is_open:
            return
        from desktop.step_states import step_states

        stale = self.findings_panel.freshness.is_stale
        workspace, findings = self.document.workspace, self.document.findings
        states = step_states(workspace, findings, stale=stale, now=datetime.now(UTC))
        if self.steps.checking:
            states = (states[0], StepState("Checking…"), *states[2:])
        self.step_bar.show_states(states)

    def _update_theme(self) -> None:
        self.map.set_dark(theme.is_dark())
        self.actions_.update_icons()
        self.map_bar.update_icons()

    # --- what happens ---------------------------------------------------------------------------

    def _on_changed(self, before: Workspace, after: Workspace) -> None:
        if (before.title, before.mode) != (after.title, after.mode):
            self.banner.show_workspace(after if self.document.is_open else None)
            self._show_title()
        self._update_steps()

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
        self.actions_[STEP_IDS[number]].trigger()

    def decide(self) -> None:
        """Show the findings and give them the keyboard."""
        self.docks.show("findings")
        self.findings_panel.focus_list()

    def focus_search(self) -> None:
        """Give the search box the keyboard."""
        self.search.setFocus()
        self.search.selectAll()

    def _on_mark(self, key: str) -> None:
        self.docks.show("findings")
        if not self.findings_panel.choose(key):
            self.notices.inform("This finding is not in the list now: the filter hides it.")

    def _show_table(self, layer_id: str) -> None:
        self.docks.show("table")
        self.attributes_panel.show_layer(layer_id)

    def _show_properties(self, layer_id: str) -> None:
        workspace = self.document.workspace
        from desktop.dialogs.layer_properties import LayerPropertiesDialog

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
        """Wait for a running commit, keep the arrangement, write the preferences."""
        if "live_check" in self.__dict__:  # it comes with the check engine
            self.live_check.stop()
        self.tasks.shut_down()
        self.docks.keep()
        if "findings_panel" in self.__dict__:  # it is made with the first workspace
            self.settings.findings_shares = self.findings_panel.shares()
        self.settings.geometry = self.saveGeometry()
        self.settings.sync()
        super().closeEvent(event)


def _dropped_paths(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]


def _load(_progress: Progress) -> basemap.Basemap:
    return basemap.load()


def _get_ready(_progress: Progress) -> None:
    """Load the check engine and its compiled kernels: the first check then starts at once."""
    from layers import checks, decisions  # noqa: F401
    from layers.outlines import compile_kernels

    compile_kernels()
