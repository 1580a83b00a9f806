"""The administrative area that a row names, against the boundaries loaded as reference polygons."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo
from layers.conversion import text_of
from layers.doubted import Subjects
from layers.model import Column, FeatureTable, Kind, Layer
from layers.similarity import key_of

_TOLERANCE_M = 1_000.0
"""Boundaries are generalised: nearer than this, nothing is said."""
_SHARED = 0.5
_MOST_VALUES = 20_000


def stated_places(subjects: Subjects, usable: NDArray[np.bool_]) -> Iterator[tuple[int, str, Any, str]]:
    """Yield (row, stated name, stated area, name of where it lies) of rows outside the area they name.

    A partner's column states areas of a boundary layer if half of its words occur in one of that layer's
    columns (its name, or an attribute such as a P-code). A row is reported once, by the finest layer.
    """
    told: set[int] = set()
    layers = [layer for layer in subjects.workspace.of_kind(Kind.REFERENCE) if _has_areas(layer)]
    for layer in sorted(layers, key=lambda layer: -len(layer.table)):
        for values, areas, names in _matching(subjects, layer):
            for i, stated, area in _outside(subjects.table, values, areas, usable):
                if i not in told:
                    told.add(i)
                    yield i, stated, area, _name_at(layer, names, subjects.table.geometry[i])


def _has_areas(layer: Layer) -> bool:
    return bool((shapely.get_dimensions(layer.table.geometry) == 2).any())


def _plain(value: Any) -> str:
    """Return a place name or code for comparison."""
    text = text_of(value)
    key = key_of(text)
    marks = " ".join(sorted(key.marks))
    return f"{key.text} {marks}".strip() or text.casefold()


def _matching(subjects: Subjects, layer: Layer) -> Iterator[tuple[list[str], dict[str, Any], Column]]:
    """Yield (plain value of each row, area by plain value, names shown) for each column that states areas."""
    mine = _texts(subjects.table, {subjects.mapping.name, subjects.mapping.source_id})
    theirs: dict[str, Column] = {"": layer.table.name, **layer.table.attributes}
    index = {name: _areas(layer.table, column) for name, column in theirs.items()}
    for column in mine.values():
        distinct = {text_of(v) for v in column.tolist()} - {""}
        if not 0 < len(distinct) <= _MOST_VALUES:
            continue
        plain = {value: _plain(value) for value in distinct}
        shares = {name: sum(p in areas for p in plain.values()) / len(plain) for name, areas in index.items()}
        best = max(shares, key=lambda name: shares[name])
        if shares[best] >= _SHARED:
            values = [plain.get(text_of(v), "") for v in column.tolist()]
            yield values, index[best], theirs[best]


def _texts(table: FeatureTable, without: set[str | None]) -> dict[str, Column]:
    return {
        name: column
        for name, column in table.attributes.items()
        if name not in without and any(isinstance(v, str) and v for v in column[:200].tolist())
    }


def _areas(table: FeatureTable, column: Column) -> dict[str, Any]:
    """Return the area of each value of a boundary layer's column."""
    parts: dict[str, list[Any]] = defaultdict(list)
    polygons = shapely.get_dimensions(table.geometry) == 2
    for value, shape in zip(column[polygons].tolist(), table.geometry[polygons], strict=True):
        if text_of(value):
            parts[_plain(value)].append(shape)
    return {
        key: shapes[0] if len(shapes) == 1 else shapely.multipolygons(_flat(shapes))
        for key, shapes in parts.items()
    }


def _flat(shapes: list[Any]) -> Any:
    return shapely.get_parts(np.array(shapes, dtype=object))


def _outside(
    table: FeatureTable, values: list[str], areas: dict[str, Any], usable: NDArray[np.bool_]
) -> Iterator[tuple[int, str, Any]]:
    rows_of: dict[str, list[int]] = defaultdict(list)
    for i in np.flatnonzero(usable).tolist():
        if values[i] in areas:
            rows_of[values[i]].append(i)
    for value, rows in rows_of.items():
        area = areas[value]
        shapely.prepare(area)
        here = np.array(rows)
        for i in here[~shapely.intersects(area, table.geometry[here])].tolist():
            line = shapely.get_coordinates(shapely.shortest_line(area, table.geometry[i]))
            apart = float(geo.distance_m(*line[0], *line[1])[0])
            if apart > _TOLERANCE_M + float(table.uncertainty_m[i]):
                yield i, value, area


def _name_at(layer: Layer, names: Column, shape: Any) -> str:
    found = np.flatnonzero(shapely.intersects(layer.table.geometry, shapely.point_on_surface(shape)))
    return text_of(names[found[0]]) if len(found) else ""
