"""One partner file in the import dialog: read, shown step by step, corrected."""

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QProgressBar, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from desktop.dialogs.import_changes import ChangesPanel
from desktop.dialogs.import_columns import ColumnsPanel
from desktop.dialogs.import_doubts import DoubtsPanel
from desktop.dialogs.import_map import Ground
from desktop.dialogs.import_reading import Preview
from desktop.dialogs.import_steps import Step, StepPanel, StepReport, StepState
from desktop.dialogs.import_study import ImportRequest, Study
from desktop.dialogs.import_text import TextPanel
from desktop.dialogs.import_what import WhatPanel
from desktop.dialogs.import_where import WherePanel
from desktop.panels import wording
from desktop.panels.plain_text import PlainLabel, isolated, one_line
from layers import partners
from layers.errors import LayersError
from layers.fixes import last_source
from layers.kinds import spec_of
from layers.model import PartnerProfile, Workspace
from layers.reading import Problem, ReadOptions

_STUDY_REST_MS = 350
"""Quiet time after a change before what it leads to is worked out."""


class PageState(StrEnum):
    """How far a file is."""

    WAITING = "Waiting"
    READING = "Being read"
    READY = "Ready"
    FAILED = "Cannot be read"


class FilePage(QStackedWidget):
    """Shows a file while it is read, its steps, or why it cannot be read."""

    changed = Signal()
    read_again = Signal(object)
    """The page itself: its `options` are others now."""
    stop_reading = Signal()
    another_layer = Signal(object)
    """The page itself: the user wants another layer of its file too."""
    import_wanted = Signal()
    """Everything is to be imported as soon as it is looked through."""
    study_wanted = Signal(object)
    """The page itself: what it asks for has changed."""

    def __init__(
        self, path: Path, workspace: Workspace, partners: list[str], options: ReadOptions | None = None
    ) -> None:
        super().__init__()
        self.path = path
        self.workspace = workspace
        self.options = options or ReadOptions()
        self.state = PageState.WAITING
        self.preview: Preview | None = None
        self.study: Study | None = None
        self.fixes: tuple[Problem, ...] = ()
        self.profile: PartnerProfile | None = None
        self._offered: PartnerProfile | None = None
        self._target: str | None = None
        self._last_good = self.options
        self._kind_is_users = False
        self._name_is_users = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_STUDY_REST_MS)
        self._rest.timeout.connect(lambda: self.study_wanted.emit(self))
        self._partners, self._step = partners, Step.WHAT
        self._ground: Ground | None = None
        self.steps = QStackedWidget(self)
        self.panels: dict[Step, StepPanel] = {}
        self.addWidget(self._reading_page())
        self.addWidget(self._failed_page())
        # The panels take longer than all else of the dialog: each has a turn of the event loop of its own.
        self._unmade = self._panels_one_by_one()
        self._turn = QTimer(self, interval=0)
        self._turn.timeout.connect(self._make_panel)
        self._turn.start()

    # --- building -------------------------------------------------------------------------------

    def _make_panel(self) -> None:
        """Make the next panel, if one is left."""
        if next(self._unmade, self) is self:
            self._turn.stop()

    def _make_panels(self) -> None:
        """Make the panels that are left: now they are needed."""
        for _ in self._unmade:
            pass

    def _panels_one_by_one(self) -> Iterator[None]:
        # Made inside the stack they end up in: adopting whole trees of widgets later is slow.
        self.what = WhatPanel(self._partners, self.steps)
        yield
        self.where = WherePanel(self.steps)
        yield
        self.text, self.columns = TextPanel(self.steps), ColumnsPanel(self.steps)
        yield
        self.doubts, self.changes = DoubtsPanel(self.steps), ChangesPanel(self.steps)
        yield
        self.panels = {
            panel.step: panel
            for panel in (self.what, self.where, self.text, self.columns, self.doubts, self.changes)
        }
        for panel in self.panels.values():
            panel.reported.connect(self.changed)
        self.what.kind_changed.connect(self._on_kind)
        self.what.partner_changed.connect(self._want_study)
        self.what.name_changed.connect(self._on_name_edited)
        self.what.layer_picked.connect(lambda name: self.read_with(layer=name))
        self.what.header_picked.connect(lambda row: self.read_with(header_row=row))
        self.what.another_layer.connect(lambda: self.another_layer.emit(self))
        self.where.crs_picked.connect(lambda code: self.read_with(crs=code))
        self.where.axes_picked.connect(lambda x, y: self.read_with(x_field=x, y_field=y))
        self.text.encoding_picked.connect(lambda name: self.read_with(encoding=name))
        self.columns.reported.connect(self._want_study)
        self.doubts.apply_asked.connect(self.apply_fixes)
        self.doubts.take_back_asked.connect(self.take_back_fixes)
        self.changes.target_picked.connect(self._on_target)
        self.what.profile_used.connect(self.use_profile)
        self.refused = PlainLabel()
        self.refused.setObjectName("problem")
        self.refused.hide()
        self.addWidget(self._ready_page())
        self.show_step(self._step)
        if self._ground is not None:
            self.set_ground(self._ground)

    def _reading_page(self) -> QWidget:
        page = QWidget()
        self.reading_label = PlainLabel(f"{self.path.name} is waiting to be read.")
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setMaximumWidth(420)
        self.stop = QPushButton("&Stop reading this file")
        self.stop.clicked.connect(self.stop_reading)
        column = QVBoxLayout(page)
        column.addStretch(1)
        for widget in (self.reading_label, self.progress, self.stop):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        return page

    def _failed_page(self) -> QWidget:
        page = QWidget()
        self.error = PlainLabel()
        self.error.setObjectName("problem")
        self.hint = PlainLabel()
        self.retry = QPushButton("&Read it again")
        self.retry.clicked.connect(lambda: self.read_again.emit(self))
        column = QVBoxLayout(page)
        column.setContentsMargins(40, 0, 40, 0)
        column.addStretch(1)
        for label in (self.error, self.hint):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        column.addWidget(self.retry, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        return page

    def _ready_page(self) -> QWidget:
        page = QWidget(self)
        for panel in self.panels.values():
            self.steps.addWidget(panel)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.refused)
        column.addWidget(self.steps, 1)
        return page

    # --- states ---------------------------------------------------------------------------------

    def set_ground(self, ground: Ground) -> None:
        """Draw a base map under the small maps."""
        self._ground = ground
        if self.panels:
            for panel in (self.what, self.where, self.doubts, self.changes):
                panel.map.set_ground(ground)

    def look_for_first(self) -> QWidget:
        """Return what the keyboard should be on in the step that is shown."""
        panel = self.steps.currentWidget()
        return panel.look_for_first() if isinstance(panel, StepPanel) else self

    def is_importable(self) -> bool:
        """Tell whether the file can be imported as it stands."""
        return self.state is PageState.READY and self.overall() not in (StepState.ANSWER, StepState.BUSY)

    def why_not(self) -> str:
        """Return why the file cannot be imported as it stands."""
        if self.state is PageState.FAILED:
            return self.error.words()
        asked = [s.value for s, r in zip(Step, self.reports(), strict=True) if r.state is StepState.ANSWER]
        return f"{one_line(self.path.name)}: the step “{asked[0]}” was not answered." if asked else ""

    def words(self) -> str:
        """Return how the file stands in a few words, for the list of files."""
        if self.state is not PageState.READY:
            return self.state.value
        said = {
            StepState.BUSY: "Being looked through",
            StepState.ANSWER: "Needs an answer",
            StepState.DOUBTS: "Has doubts",
        }
        return said.get(self.overall(), self.state.value)

    def show_step(self, step: Step) -> None:
        """Show a step."""
        self._step = step
        if self.panels:
            self.steps.setCurrentWidget(self.panels[step])

    def reports(self) -> list[StepReport]:
        """Return how every step stands."""
        if self.state is PageState.FAILED:
            failed = StepReport(StepState.FAILED)
            return [failed, *(StepReport(StepState.NOTHING) for _ in range(len(Step) - 1))]
        if self.state is not PageState.READY:
            return [StepReport(StepState.BUSY, self.state.value)] * len(Step)
        return [self.panels[step].report() for step in Step]

    def overall(self) -> StepState:
        """Return how the file stands as a whole: its worst step."""
        states = {report.state for report in self.reports()}
        order = (StepState.FAILED, StepState.BUSY, StepState.ANSWER, StepState.DOUBTS)
        return next((state for state in order if state in states), StepState.OK)

    def show_reading(self) -> None:
        """Show that the file is being read."""
        self.state = PageState.READING
        self.reading_label.setText(f"Reading {one_line(self.path.name)}")
        self.progress.setRange(0, 0)
        self.setCurrentIndex(0)
        self.changed.emit()

    def show_progress(self, done: int, total: int, stage: str) -> None:
        """Show how far reading is."""
        self.progress.setRange(0, 100 if total else 0)
        if total:
            self.progress.setValue(100 * done // total)
        if stage:
            self.reading_label.setText(f"{one_line(self.path.name)}: {stage}")

    def show_error(self, error: LayersError) -> None:
        """Say why the file cannot be read; if it was readable another way before, go back to that."""
        if self.preview is not None:
            self.options = self._last_good
            self._fill(self.preview)
            self.refused.setText(f"It could not be read that way. {error}")
            self.refused.show()
            return
        self.state = PageState.FAILED
        place = f"{error.where}: " if error.where else f"{one_line(self.path.name)}: "
        self.error.setText(place + error.message)
        self.hint.setText(error.hint)
        self.setCurrentIndex(1)
        self.changed.emit()

    def show_preview(self, preview: Preview) -> None:
        """Show what was read; what the user has chosen before stays where it still fits."""
        self._make_panels()
        self._last_good = self.options
        self.preview, self.fixes, self.study = preview, (), None
        self.refused.hide()
        self._fill(preview)

    def _fill(self, preview: Preview) -> None:
        self.state = PageState.READY
        kind = self.what.kind.value() if self._kind_is_users else preview.kind
        self._offer(preview)
        imported = preview.imported
        name = self.what.layer_name.text()
        if not self._name_is_users:
            several = imported.layer if len(imported.layers) > 1 else ""
            name = several or self.path.name.split(".")[0].replace("_", " ")
        self.what.show_preview(preview, self.workspace, kind, name)
        self.where.show_preview(preview, self.workspace, kind)
        self.text.show_preview(preview)
        self.columns.show_rows(preview)
        self.doubts.show_preview(preview, self.workspace, kind)
        if self.profile is None and preview.mapping is not None and kind is preview.kind:
            self.columns.show_mapping(preview, spec_of(kind), preview.mapping)
        else:
            self.columns.clear()
        self.setCurrentIndex(2)
        self._want_study()
        self.changed.emit()

    def show_study(self, study: Study) -> None:
        """Show what the import would do."""
        if self.preview is None:
            return
        self.study = study
        if self.columns.mapping is None:
            self.columns.show_mapping(
                self.preview, spec_of(study.request.kind), study.mapping, keep=self.profile is None
            )
        self.doubts.show_problems(study.groups, len(self.fixes))
        self.changes.show_study(study, self.workspace)
        self.changed.emit()

    def show_study_failure(self, error: LayersError) -> None:
        """Say why it could not be worked out what the import would do."""
        self.study = None
        self.doubts.show_failure(str(error))
        self.changes.show_failure(str(error))
        self.changed.emit()

    # --- what the user does ---------------------------------------------------------------------

    def _on_kind(self) -> None:
        self._kind_is_users = True
        self.profile = self._target = None
        if self.preview is None:
            return
        kind = self.what.kind.value()
        self.what.show_kind(self.preview)
        for panel in (self.where, self.doubts):
            panel.map.set_rows(self.preview.shapes, spec_of(kind))
        self.columns.clear()
        self._want_study()

    def _on_target(self) -> None:
        self._target = self.changes.picked_target()
        self._want_study()

    def _offer(self, preview: Preview) -> None:
        """Offer to do as with the partner's last delivery, where the file looks like it."""
        self._offered = preview.profile if self.profile is None else None
        self.what.offer(self._offered, profile_words(self._offered, self.workspace))

    def use_profile(self, at_once: bool) -> None:
        """Decide everything as for the partner's last delivery; `at_once`: and import."""
        profile = self._offered
        if profile is None:
            return
        self.profile, self._target = profile, None
        self._kind_is_users = self._name_is_users = True
        self.what.take_profile(profile)
        self.what.offer(None, "")
        self.columns.clear()
        options = partners.options_for(profile, self.options)
        if options != self.options:
            self.options = options
            self.read_again.emit(self)
        elif self.preview is not None:
            self._fill(self.preview)
        if at_once:
            self.import_wanted.emit()

    def _on_name_edited(self) -> None:
        self._name_is_users = True
        self.changed.emit()

    def _want_study(self) -> None:
        """Work out anew what the import would do, once the user pauses."""
        if self.state is PageState.READY:
            self.study = None
            self.doubts.set_busy()
            self.changes.set_busy()
            self._rest.start()

    def apply_fixes(self, problems: list[Problem]) -> None:
        """Take over the proposals of these doubts; reading options are read anew."""
        options: dict[str, Any] = {}
        for problem in problems:
            fix = problem.fix or {}
            options |= {name: fix[name] for name in ("crs", "encoding") if name in fix}
        self.fixes = (*self.fixes, *(p for p in problems if not {"crs", "encoding"} & set(p.fix or {})))
        if options:
            self.read_with(**options)
        else:
            self._want_study()

    def take_back_fixes(self) -> None:
        """Forget the proposals that were taken over."""
        self.fixes = ()
        self._want_study()

    def read_with(self, **options: Any) -> None:
        """Read the file again with other options; a system chosen now is no remembered one."""
        if "crs" in options:
            options["crs_is_remembered"] = False
        self.options = replace(self.options, **options)
        self.read_again.emit(self)

    # --- result ---------------------------------------------------------------------------------

    def request(self) -> ImportRequest | None:
        """Return what is to be imported, or None while there is nothing."""
        if self.state is not PageState.READY or self.preview is None:
            return None
        # What was shown holds: the layer that the study found, unless another was picked.
        seen = self.study.update if self.study is not None else None
        return ImportRequest(
            imported=self.preview.imported,
            options=self.options,
            kind=self.what.kind.value(),
            mapping=self.columns.mapping,
            layer_name=self.what.layer_name.text().strip(),
            partner=self.what.partner.text().strip(),
            profile=self.profile,
            fixes=self.fixes,
            target=seen if self._target is None else self._target,
            choices=self.changes.choices(),
        )


def profile_words(profile: PartnerProfile | None, workspace: Workspace) -> str:
    """Say which delivery a file looks like."""
    if profile is None:
        return ""
    layer = next((layer for layer in workspace.layers if layer.id == profile.last_layer), None)
    source = last_source(workspace, layer) if layer is not None else None
    when = f" of {wording.moment(source.imported_at).split(',')[0]}" if source is not None else ""
    return (
        f"Same layout as the delivery{when} from {isolated(profile.partner)} "
        f"({spec_of(profile.kind).title_plural.lower()}). Everything decided then can be used again."
    )
