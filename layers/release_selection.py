"""Apply a profile to a workspace: what may leave, what stays and why, and the values that must not be found.

A layer of the release is made per kind, not per layer of the workspace: how an officer sorted and named the
layers is nobody else's business.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.avoid_areas import Grid, cover
from layers.kinds import KINDS
from layers.model import FieldSpec, FieldType, Kind, KindSpec, Layer, Objects, Workspace, geometry_column
from layers.profiles import GeometryRule, KindRule, Profile, TimeRule
from layers.release_text import clean_text, secrets_of_layer
from layers.released import ReleasedColumn, ReleasedLayer, Secret, Style, Withheld, iso
from layers.volume import Window, from_column

AVOID_STYLE = Style(stroke="#8a6100", fill="#e3b23c", hatch="diagonal")
_SHAPES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Selection:
    """What one pass over the workspace gathers."""

    layers: list[ReleasedLayer] = field(default_factory=list)
    withheld: Counter[tuple[str, str]] = field(default_factory=Counter)
    secrets: list[Secret] = field(default_factory=list)
    zones: list[Any] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)

    def withheld_list(self) -> tuple[Withheld, ...]:
        """Return what stays here, in the order it was met."""
        return tuple(Withheld(what, count, why) for (what, why), count in self.withheld.items())


@dataclass(frozen=True)
class _Row:
    """One feature on its way out: its place and the values of the released columns."""

    geometry: Any
    values: dict[str, Any]
    symbol: str


def select(workspace: Workspace, profile: Profile, now: datetime) -> Selection:
    """Return what `profile` lets out of `workspace` at `now` (aware UTC)."""
    selection = Selection()
    for spec in KINDS:
        rule = profile.kinds.get(spec.kind)
        layers = workspace.of_kind(spec.kind)
        if not layers:
            continue
        if rule is None:
            _withhold_kind(selection, spec, layers)
        elif rule.geometry is GeometryRule.AVOID_AREA:
            _release_avoid_areas(selection, profile, rule, spec, layers, now)
        else:
            _release_kind(selection, profile, rule, spec, layers, now)
    return selection


def _withhold_kind(selection: Selection, spec: KindSpec, layers: tuple[Layer, ...]) -> None:
    for layer in layers:
        selection.secrets += secrets_of_layer(layer, spec, frozenset(), frozenset(), None)
        if len(layer.table):
            selection.withheld[spec.title_plural, "This audience does not receive them."] += len(layer.table)


def _reason_to_withhold(profile: Profile, rule: KindRule, spec: KindSpec, layer: Layer, i: int) -> str:
    """Return why a feature may not leave by its label, category or place; "" when it may."""
    table = layer.table
    label = str(table.label[i]).strip()
    if label.casefold() not in profile.labels:
        return f'Labelled "{label}", which this audience may not read.'
    if rule.categories is not None and known_category(spec, table.category[i]) not in rule.categories:
        return "This audience does not receive their category."
    if not _has_place(table.geometry[i]):
        return "They have no usable position."
    return ""


def known_category(spec: KindSpec, category: str) -> str:
    """Return a category of the code list; a partner's own word counts as "other" and never leaves itself."""
    known = {code.id for code in spec.categories}
    if category in known or category == "":
        return category
    return "other" if "other" in known else ""


def _has_place(geometry: Any) -> bool:
    if geometry is None or shapely.is_empty(geometry):
        return False
    west, south, east, north = shapely.bounds(geometry)
    if west == south == east == north == 0.0:
        return False  # "0, 0" is how many systems write "unknown".
    if geometry.geom_type not in _SHAPES:
        return False
    finite = np.isfinite(shapely.get_coordinates(geometry)).all()
    return bool(finite and west >= -360.0 and east <= 360.0 and south >= -90.0 and north <= 90.0)


def _window(layer: Layer, i: int) -> Window:
    """Return the window of a feature; one that contradicts itself tells nothing, so it counts as always."""
    window = Window(from_column(layer.table.valid_from[i]), from_column(layer.table.valid_to[i]))
    return Window() if window.is_reversed else window


def released_window(window: Window, rule: TimeRule, step_hours: int) -> Window:
    """Return the window as the recipient reads it: exact, or rounded outward to whole steps in UTC."""
    if rule is TimeRule.EXACT:
        return window
    step = timedelta(hours=step_hours)
    start, end = window.start, window.end
    if start is not None:
        start = _EPOCH + (start - _EPOCH) // step * step
    if end is not None:
        end = _EPOCH - (_EPOCH - end) // step * step
    return Window(start, end)


# ---------------------------------------------------------------- avoid areas


def _release_avoid_areas(
    selection: Selection,
    profile: Profile,
    rule: KindRule,
    spec: KindSpec,
    layers: tuple[Layer, ...],
    now: datetime,
) -> None:
    by_window: dict[Window, list[tuple[Any, float]]] = {}
    military = spec.kind is Kind.MILITARY_ZONE
    for layer in layers:
        selection.secrets += secrets_of_layer(layer, spec, frozenset(), frozenset(), None, military=military)
        for i in range(len(layer.table)):
            geometry = layer.table.geometry[i]
            if geometry is not None:
                selection.zones.append(geometry)
            why = _reason_to_withhold(profile, rule, spec, layer, i)
            window = _window(layer, i)
            if not why and window.end is not None and window.end <= now:
                why = "They are over."
            if why:
                selection.withheld[spec.title_plural, f"{why} No avoid area stands for them."] += 1
                continue
            selection.withheld[spec.title_plural, "They never leave; avoid areas stand for them."] += 1
            window = released_window(window, rule.time, profile.time_step_hours)
            if window.start is not None and window.start <= now:
                window = Window(None, window.end)  # When an activity began is nobody else's business.
            margin_m = profile.avoid_area.margin_m + max(0.0, _finite(layer.table.uncertainty_m[i]))
            by_window.setdefault(window, []).append((geometry, margin_m))
    rows = [
        _Row(polygon, {"reason": profile.avoid_area.reason, **_window_values(window)}, "")
        for window, sources in by_window.items()
        for polygon in cover(Grid(profile.avoid_area.cell_m), sources)
    ]
    if rows:
        columns = [("reason", "Reason", "text"), *_WINDOW_COLUMNS]
        title = "Avoid areas" if military else f"{spec.title_plural} (areas)"
        words = (
            "Ground to keep away from while the area holds. Drawn in whole grid cells, larger than the cause."
        )
        selection.layers.append(
            _layer(
                "avoid_areas" if military else f"{spec.kind.value}_areas",
                title,
                words,
                columns,
                rows,
                AVOID_STYLE,
            )
        )


_WINDOW_COLUMNS = [("valid_from", "From", "time"), ("valid_to", "Until", "time")]


def _window_values(window: Window) -> dict[str, str]:
    return {
        "valid_from": iso(window.start) if window.start else "",
        "valid_to": iso(window.end) if window.end else "",
    }


# ---------------------------------------------------------------- features that leave as themselves


def _release_kind(
    selection: Selection,
    profile: Profile,
    rule: KindRule,
    spec: KindSpec,
    layers: tuple[Layer, ...],
    now: datetime,
) -> None:
    rows: list[_Row] = []
    for layer in layers:
        leaving = np.zeros(len(layer.table), dtype=bool)
        for i in range(len(layer.table)):
            why = _reason_to_withhold(profile, rule, spec, layer, i)
            window = _window(layer, i)
            if not why and window.end is not None and window.end <= now:
                why = "They are over."
            if why:
                selection.withheld[spec.title_plural, why] += 1
                continue
            leaving[i] = True
            rows.append(_row(profile, rule, spec, layer, i, window))
        selection.sources |= set(layer.table.source[leaving]) - {""}
        allowed = frozenset(rule.fields)
        selection.secrets += secrets_of_layer(layer, spec, allowed, frozenset(rule.attributes), leaving)
        _count_withheld_fields(selection, rule, spec, layer, leaving)
    if rows:
        style = Style(spec.stroke, spec.fill, spec.hatch, spec.dash)
        columns = _columns(rule, spec)
        selection.layers.append(_layer(spec.kind.value, spec.title_plural, spec.help, columns, rows, style))


def _count_withheld_fields(
    selection: Selection, rule: KindRule, spec: KindSpec, layer: Layer, leaving: NDArray[np.bool_]
) -> None:
    title = spec.title_plural
    for name, column in layer.table.fields.items():
        if name in rule.fields:
            continue
        stated = sum(1 for value in column[leaving] if not _is_empty(value))
        if stated:
            label = next((item.label for item in spec.fields if item.name == name), "Other fields")
            selection.withheld[f"{title}: {label.lower()}", "The profile does not name this field."] += stated
    extra = [name for name in layer.table.attributes if name not in rule.attributes]
    if extra and leaving.any():
        why = "Columns of partner files leave only when the profile names them."
        selection.withheld[f"{title}: columns of the partner's file", why] += len(extra)
    if rule.geometry is GeometryRule.GRID and leaving.any():
        selection.withheld[f"{title}: exact positions", "Replaced by cells of a fixed grid."] += int(
            leaving.sum()
        )


def _columns(rule: KindRule, spec: KindSpec) -> list[tuple[str, str, str]]:
    base = {
        "source_id": ("source_id", "Reference of the source", "text"),
        "name": ("name", "Name", "text"),
        "category": ("category", "Category", "text"),
        "valid_from": _WINDOW_COLUMNS[0],
        "valid_to": _WINDOW_COLUMNS[1],
        "uncertainty_m": ("uncertainty_m", "Position within (m)", "number"),
    }
    columns = []
    for name in rule.fields:
        if name in base:
            columns.append(base[name])
        else:
            item = spec.field(name)
            unit = f" ({item.unit})" if item.unit else ""
            columns.append((name, item.label + unit, "number" if item.is_number else "text"))
    if rule.geometry is GeometryRule.GRID and "uncertainty_m" not in rule.fields:
        columns.append(base["uncertainty_m"])
    taken = {name for name, _, _ in columns}
    return columns + [(name, name, "text") for name in rule.attributes if name not in taken]


def _row(profile: Profile, rule: KindRule, spec: KindSpec, layer: Layer, i: int, window: Window) -> _Row:
    table = layer.table
    category = known_category(spec, table.category[i])
    uncertainty_m = _finite(table.uncertainty_m[i])
    geometry = shapely.force_2d(table.geometry[i])
    if rule.geometry is GeometryRule.GRID:
        geometry, added_m = _on_grid(Grid(profile.avoid_area.cell_m), geometry)
        uncertainty_m = math.ceil((uncertainty_m + added_m) / 10.0) * 10.0
    values: dict[str, Any] = {
        "source_id": clean_text(table.source_id[i]),
        "name": clean_text(table.name[i]),
        "category": spec.category_label(category),
        "uncertainty_m": uncertainty_m or None,
        **_window_values(released_window(window, rule.time, profile.time_step_hours)),
    }
    for name in rule.attributes:
        if name in table.attributes:
            values.setdefault(name, clean_text(table.attributes[name][i]))
    for item in spec.fields:
        values[item.name] = _field_value(item, table.fields[item.name][i])
    symbol = next((code.symbol for code in spec.categories if code.id == category), "")
    return _Row(geometry, values, symbol or spec.symbol)


def _field_value(item: FieldSpec, value: Any) -> Any:
    if item.is_number:
        return float(value) if math.isfinite(value) else None
    if item.type is FieldType.CODE:
        return next((code.label for code in item.codes if code.id == value), "")
    return clean_text(value)


def _on_grid(grid: Grid, geometry: Any) -> tuple[Any, float]:
    """Return the grid's stand-in for a geometry, and the uncertainty that it brings in metres."""
    if geometry.geom_type == "Point":
        lon = (geometry.x + 180.0) % 360.0 - 180.0
        lon, lat, radius_m = grid.centre(grid.cell_at(lon, geometry.y))
        return shapely.Point(lon, lat), radius_m
    parts = cover(grid, [(geometry, 0.0)])
    return (parts[0] if len(parts) == 1 else shapely.multipolygons(parts)), 0.0


def _is_empty(value: Any) -> bool:
    return bool(value == "" or (isinstance(value, float) and math.isnan(value)))


def _finite(value: Any) -> float:
    return float(value) if math.isfinite(value) else 0.0


def _layer(
    layer_id: str,
    title: str,
    words: str,
    columns: list[tuple[str, str, str]],
    rows: list[_Row],
    style: Style,
) -> ReleasedLayer:
    """Mint ids in the order of places, so that neither order nor gaps tell how the source was kept."""
    rows = sorted(rows, key=_place_order)
    geometry = geometry_column(row.geometry for row in rows)
    made = [ReleasedColumn("id", "Id", "text", _objects(str(n + 1) for n in range(len(rows))))]
    for name, label, kind in columns:
        made.append(ReleasedColumn(name, label, kind, _objects(row.values.get(name) for row in rows)))
    return ReleasedLayer(
        layer_id, title, words, tuple(made), geometry, style, tuple(row.symbol for row in rows)
    )


def _place_order(row: _Row) -> tuple[Any, ...]:
    west, south, east, north = shapely.bounds(row.geometry)
    return west, south, east, north, shapely.to_wkb(row.geometry), repr(sorted(row.values.items(), key=str))


def _objects(values: Iterator[Any]) -> Objects:
    return geometry_column(values)
