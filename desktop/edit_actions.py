"""The Edit and Draw menus: undo, draw, move, reshape, edit and delete features."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.canvas.tools import ToolName
from desktop.canvas.view import MapView
from desktop.context import Context
from desktop.map_bar import MapBar
from desktop.map_link import around
from desktop.notices import Question
from desktop.panels.attribute_model import zone_of
from desktop.panels.plain_text import one_line
from desktop.tasks import Tasks
from layers.coordinates import format_position
from layers.errors import LayersError
from layers.findings import Finding, Severity
from layers.kinds import spec_of
from layers.model import Feature, GeometryType, Kind, Layer, Workspace, new_feature, stable_id, table_of

if TYPE_CHECKING:
    from desktop.dialogs.draft_file_dialog import DraftFileDialog
    from desktop.dialogs.feature_form import FeatureForm, FormContext
    from desktop.dialogs.suggestion_dialog import SuggestionDialog
    from layers.suggestions import Suggestion

TOOL_IDS = {
    ToolName.PAN: "tool_pan",
    ToolName.SELECT: "tool_select",
    ToolName.POINT: "tool_point",
    ToolName.LINE: "tool_line",
    ToolName.POLYGON: "tool_polygon",
    ToolName.CIRCLE: "tool_circle",
    ToolName.MOVE: "tool_move",
    ToolName.RESHAPE: "tool_reshape",
}
"""Id of the action that chooses each tool."""

NEEDED_SHAPE = {
    ToolName.POINT: GeometryType.POINT,
    ToolName.LINE: GeometryType.LINE,
    ToolName.POLYGON: GeometryType.POLYGON,
    ToolName.CIRCLE: GeometryType.POLYGON,
}
"""What a kind must allow before a tool may draw it."""


_BESIDE_THE_MAP = (8, 200)
"""Where in the window the suggestions open: over the layers, so that the middle of the map is seen."""


class EditActions:
    """Everything that changes features by hand; each change is one undo step."""

    def __init__(self, context: Context, view: MapView, bar: MapBar) -> None:
        self._c = context
        self._map = view
        self._bar = bar
        self.form: FeatureForm | None = None
        """The form that is open, if any."""
        self.suggestions: SuggestionDialog | None = None
        """The dialog with suggested changes that is open, if any."""
        view.drawn.connect(self.on_drawn)
        view.reshaped.connect(self.on_reshaped)

    # --- steps ----------------------------------------------------------------------------------

    def undo(self) -> None:
        """Take back the last step."""
        self._try_step(self._c.document.undo)

    def redo(self) -> None:
        """Do the step again that was taken back."""
        self._try_step(self._c.document.redo)

    def revert(self) -> None:
        """Go back to the workspace as it was opened."""
        self._try_step(self._c.document.revert)

    def _try_step(self, step: Callable[[Tasks], None]) -> None:
        try:
            step(self._c.tasks)
        except LayersError as error:
            self._c.notices.error(error)

    # --- tools ----------------------------------------------------------------------------------

    def tool_pan(self, _on: bool = True) -> None:
        """Drag the map."""
        self._map.set_tool(ToolName.PAN)

    def tool_select(self, _on: bool = True) -> None:
        """Select by click or box."""
        self._map.set_tool(ToolName.SELECT)

    def tool_point(self, _on: bool = True) -> None:
        """Draw a point."""
        self._map.set_tool(ToolName.POINT)

    def tool_line(self, _on: bool = True) -> None:
        """Draw a line."""
        self._map.set_tool(ToolName.LINE)

    def tool_polygon(self, _on: bool = True) -> None:
        """Draw an area."""
        self._map.set_tool(ToolName.POLYGON)

    def tool_circle(self, _on: bool = True) -> None:
        """Draw a circle."""
        self._map.set_tool(ToolName.CIRCLE)

    def tool_move(self, _on: bool = True) -> None:
        """Move a feature."""
        self._map.set_tool(ToolName.MOVE)

    def tool_reshape(self, _on: bool = True) -> None:
        """Move the corners of a feature."""
        self._map.set_tool(ToolName.RESHAPE)

    # --- add ------------------------------------------------------------------------------------

    def on_drawn(self, geometry: Any) -> None:
        """Open the form for what was drawn, as a feature of the kind chosen in the bar."""
        spec = spec_of(self._bar.kind())
        # MapView takes a new tool for the next shape; a second click must not draw beside the open form.
        self._map.set_tool(ToolName.SELECT)
        feature = new_feature(
            spec.kind, geometry, category=spec.categories[0].id, fields=_not_stated(spec.kind)
        )
        choices = {
            layer.id: layer.name
            for layer in self._c.document.workspace.of_kind(spec.kind)
            if not layer.locked
        }
        drawn = f"New layer: {drawn_name(spec.kind)}"
        own = next((i for i, name in choices.items() if name == drawn_name(spec.kind)), None)
        # What is drawn stays apart from what partners sent, unless asked for.
        first = {"": drawn} if own is None else {own: choices.pop(own)}
        choices = {**first, **choices}
        from desktop.dialogs.feature_form import FeatureForm

        context = self._form_context(spec.kind, layers=choices)
        form = FeatureForm(feature, context, self._c.window, adding=True)
        form.drop_requested.connect(
            lambda: self._ask_to_drop(form, "drawn", "The shape and what was entered are not kept anywhere.")
        )
        self._open(form, lambda: self._add(form.feature(), form.layer_id()))

    def _ask_to_drop(self, form: "FeatureForm", what: str, detail: str) -> None:
        question = Question(
            f"Give up what was {what}?",
            detail,
            yes="Give it up",
            no="Go on with it",
        )
        self._c.notices.ask_meanwhile(question, form.drop, over=form)

    def _add(self, feature: Feature, layer_id: str) -> None:
        workspace = self._c.document.workspace
        added = with_added(workspace, feature, layer_id)
        if self._apply(f"Add {_called(feature)}", added):
            self._c.document.set_selection([feature.id])

    # --- change ---------------------------------------------------------------------------------

    def edit_selected(self) -> None:
        """Open the form of the selected feature."""
        for feature_id in self._c.document.selection:
            self.edit(feature_id)
            return

    def edit(self, feature_id: str) -> None:
        """Open the form of a feature; read-only when its layer is locked."""
        found = self._c.document.workspace.find(feature_id)
        if found is None:
            return
        layer, row = found
        feature = layer.table.row(row, layer.kind)
        context = self._form_context(layer.kind, origin=self._origin(layer, feature), locked=layer.locked)
        from desktop.dialogs.feature_form import FeatureForm

        form = FeatureForm(feature, context, self._c.window)
        form.drop_requested.connect(
            lambda: self._ask_to_drop(form, "changed", "What was entered here is not kept anywhere.")
        )
        self._open(form, lambda: self._change(form.feature(), f"Edit {_called(form.feature())}"))

    def on_reshaped(self, feature_id: str, geometry: Any) -> None:
        """Take over a shape that was moved or reshaped on the map."""
        found = self._c.document.workspace.find(feature_id)
        if found is None:
            return
        layer, row = found
        feature = layer.table.row(row, layer.kind)
        verb = "Move" if _same_shape(feature.geometry, geometry) else "Reshape"
        if not self._change(feature.with_changes(geometry=geometry), f"{verb} {_called(feature)}"):
            self._map.set_workspace(self._c.document.workspace)

    def _change(self, feature: Feature, text: str) -> bool:
        workspace = self._c.document.workspace
        found = workspace.find(feature.id)
        if found is None:
            self._c.notices.warn("This feature is no longer there.", "It was deleted or undone meanwhile.")
            return False
        layer, _ = found
        if layer.locked:
            self._refuse_locked(layer)
            return False
        changed = workspace.with_layer(replace(layer, table=layer.table.with_features([feature])))
        return self._apply(text, changed)

    # --- suggested changes ----------------------------------------------------------------------

    def suggest(self, finding: Finding) -> None:
        """Open the dialog with changes that settle a finding; what is chosen in it is shown on the map."""
        from desktop.dialogs.suggestion_dialog import SuggestionDialog

        if self.suggestions is not None:
            self.suggestions.close()
        dialog = SuggestionDialog(self._c.document, self._c.tasks, finding, self._c.window)
        dialog.previewed.connect(self._preview)
        dialog.finished.connect(dialog.deleteLater)
        dialog.finished.connect(self._forget_suggestions)
        self.suggestions = dialog
        dialog.move(self._c.window.mapToGlobal(QPoint(*_BESIDE_THE_MAP)))
        dialog.show()

    def _forget_suggestions(self) -> None:
        self.suggestions = None

    def _preview(self, suggestion: "Suggestion | None") -> None:
        """Show the shape as it would be, over the map as it is; the map goes to what would be different."""
        if suggestion is None:
            self._map.highlight(None)
            return
        geometry = suggestion.feature.geometry
        self._map.highlight(geometry, [suggestion.feature.id], Severity.INFO)
        found = self._c.document.workspace.find(suggestion.feature.id)
        if geometry is not None and not geometry.is_empty and found is not None:
            seen = what_differs(found[0].table.geometry[found[1]], geometry)
            self._map.zoom_to_extent(*around(seen.bounds))

    # --- delete ---------------------------------------------------------------------------------

    def delete_selected(self) -> None:
        """Delete the selected features; those of locked layers stay, and that is said."""
        workspace, ids = self._c.document.workspace, self._c.document.selection
        changed, deleted, called = workspace, 0, ""
        for layer in workspace.layers:
            rows = [layer.table.rows_by_id[i] for i in ids if i in layer.table.rows_by_id]
            if not rows:
                continue
            if layer.locked:
                self._refuse_locked(layer)
                continue
            keep = np.ones(len(layer.table), dtype=np.bool_)
            keep[rows] = False
            called = _called(layer.table.row(rows[0], layer.kind))
            deleted += len(rows)
            changed = changed.with_layer(replace(layer, table=layer.table.take(keep)))
        if deleted:
            what = called if deleted == 1 else f"{deleted:,} features"
            if self._apply(f"Delete {what}", changed):
                self._c.notices.inform(f"Deleted {what}. Undo brings it back.")

    # --- small ones -----------------------------------------------------------------------------

    def select_none(self) -> None:
        """Forget the selection."""
        self._c.document.set_selection(())

    def copy_position(self) -> None:
        """Put the position of the selected feature on the clipboard, in the preferred notation."""
        for feature_id in self._c.document.selection:
            found = self._c.document.workspace.find(feature_id)
            geometry = found[0].table.geometry[found[1]] if found else None
            if geometry is None or geometry.is_empty:
                self._c.notices.inform("This feature has no position.")
                return
            at = shapely.point_on_surface(geometry)
            text = format_position(at.x, at.y, self._c.settings.notation)
            QGuiApplication.clipboard().setText(text)
            self._c.notices.inform(f"Copied {text}.")
            return

    # --- inside ---------------------------------------------------------------------------------

    def _open(self, form: "FeatureForm", then: Callable[[], object]) -> None:
        self.form = form
        form.accepted.connect(then)
        form.finished.connect(form.deleteLater)
        form.finished.connect(self._forget_form)
        form.open()

    def _forget_form(self) -> None:
        self.form = None

    def _form_context(
        self, kind: Kind, *, layers: dict[str, str] | None = None, origin: str = "", locked: bool = False
    ) -> "FormContext":
        from desktop.dialogs.draft_pane import is_asked_about
        from desktop.dialogs.feature_form import FormContext, profile_labels
        from layers import profiles

        return FormContext(
            zone=zone_of(self._c.document.workspace.time_zone),
            notation=self._c.settings.notation,
            labels=profile_labels(profiles.load_profiles()),
            layers=layers,
            origin=origin,
            locked=locked,
            beside=self._drafts if is_asked_about(kind) and not locked else None,
        )

    def _drafts(self, form: "FeatureForm") -> QWidget:
        """Return what stands beside a form: what the feature would conflict with as it is entered."""
        from desktop.dialogs.draft_pane import Draft, DraftPane, draft_of

        def supply() -> Draft | None:
            return None if form.problems() else draft_of(form.feature())

        return DraftPane(self._c.document, self._c.tasks, supply, form)

    def try_file(self) -> None:
        """Choose a file and say what it would conflict with, without importing it."""
        from desktop.step_actions import import_filter

        name, _ = QFileDialog.getOpenFileName(self._c.window, "Try a file", self._c.folder(), import_filter())
        if name:
            self._c.settings.last_folder = str(Path(name).parent)
            self.try_path(Path(name))

    def try_path(self, path: Path) -> "DraftFileDialog":
        """Open the dialog that tries a file; return it."""
        from desktop.dialogs.draft_file_dialog import DraftFileDialog

        dialog = DraftFileDialog(self._c.document, self._c.tasks, path, self._c.window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def _origin(self, layer: Layer, feature: Feature) -> str:
        source = self._c.document.workspace.source(feature.source)
        where = f"In layer {one_line(layer.name)}"
        if source is None:
            return f"{where}, drawn here."
        partner = f" from {one_line(source.partner)}" if source.partner else ""
        return f"{where}, row {feature.source_row} of {one_line(source.file)}{partner}."

    def _refuse_locked(self, layer: Layer) -> None:
        self._c.notices.warn(f"{one_line(layer.name)} is locked.", "Unlock it in the list of layers first.")

    def _apply(self, text: str, workspace: Workspace) -> bool:
        try:
            self._c.document.apply(text, workspace)
        except LayersError as error:
            self._c.notices.error(error)
            return False
        return True


def drawn_name(kind: Kind) -> str:
    """Return the name of the layer that holds what is drawn of a kind."""
    return f"Drawn {spec_of(kind).title_plural.lower()}"


def with_added(workspace: Workspace, feature: Feature, layer_id: str) -> Workspace:
    """Return the workspace with `feature` in that layer, or in a new "Drawn ..." layer for ""."""
    spec = spec_of(feature.kind)
    table = table_of(spec, [feature])
    if layer_id:
        layer = workspace.layer(layer_id)
        return workspace.with_layer(replace(layer, table=layer.table.append(table)))
    new_id = stable_id(workspace.id, "drawn", feature.kind, feature.id)
    return workspace.with_layer(Layer(new_id, feature.kind, drawn_name(feature.kind), table))


def _not_stated(kind: Kind) -> dict[str, Any]:
    return {spec.name: float("nan") if spec.is_number else "" for spec in spec_of(kind).fields}


def _called(feature: Feature) -> str:
    """Return what to call a feature in an undo step."""
    return one_line(feature.name)[:40] or spec_of(feature.kind).title.lower()


def what_differs(before: Any, after: Any) -> Any:
    """Return the ground on which two shapes differ; all of the second where they are the same.

    A way around is a few hundred metres of a route of a hundred kilometres.
    """
    if before is None or not (before.is_valid and after.is_valid):
        return after
    differs = shapely.symmetric_difference(before, after)
    return after if differs.is_empty else differs


def _same_shape(before: Any, after: Any) -> bool:
    """Tell whether a shape was only shifted: every corner by about the same degrees."""
    old, new = shapely.get_coordinates(before), shapely.get_coordinates(after)
    if old.shape != new.shape or not len(old):
        return False
    shift = new - old
    return bool(np.ptp(shift, axis=0).max() <= 0.05 * np.abs(shift).max() + 1e-9)
