"""The administrative area that a row names, against the boundaries loaded as reference polygons."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo
from layers.conversion import text_of
from layers.doubted import Subjects
from layers.model import Column, FeatureTable, Kind, Layer, Objects
from layers.similarity import key_of

_TOLERANCE_M = 1_000.0
"""Boundaries are generalised: nearer than this, nothing is said."""
_SHARED = 0.5
_MOST_VALUES = 20_000


@dataclass(frozen=True, eq=False)
class Misplaced:
    """Rows that name the same area and lie outside it.

    `rows` are row numbers of the table, `there` the names of where each lies ("" = in no known area).
    """

    stated: str
    area: Any
    rows: NDArray[np.int64]
    there: list[str]


def misplaced(subjects: Subjects, usable: NDArray[np.bool_]) -> Iterator[Misplaced]:
    """Yield the rows outside the area that they name, by area.

    A partner's column states areas of a boundary layer if half of its words occur in one of that layer's
    columns (its name, or an attribute such as a P-code). A row is reported once, by the finest layer.
    """
    left = usable.copy()
    layers = [layer for layer in subjects.workspace.of_kind(Kind.REFERENCE) if _has_areas(layer)]
    for layer in sorted(layers, key=lambda layer: -len(layer.table)):
        tree = shapely.STRtree(layer.table.geometry)
        for values, areas, names in _matching(subjects, layer):
            for stated, rows in _outside(subjects.table, values, areas, left):
                left[rows] = False
                there = _names_at(tree, names, subjects.table.geometry[rows])
                yield Misplaced(values[int(rows[0])].said, areas[stated], rows, there)


class _Stated(NamedTuple):
    """What a row says, and the same made comparable."""

    said: str
    plain: str


def _has_areas(layer: Layer) -> bool:
    return bool((shapely.get_dimensions(layer.table.geometry) == 2).any())


def _plain(value: Any) -> str:
    """Return a place name or code for comparison."""
    text = text_of(value)
    key = key_of(text)
    marks = " ".join(sorted(key.marks))
    return f"{key.text} {marks}".strip() or text.casefold()


def _matching(subjects: Subjects, layer: Layer) -> Iterator[tuple[list[_Stated], dict[str, Any], Column]]:
    """Yield (stated value of each row, area by plain value, names shown) for each such column."""
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
            texts = [text_of(v) for v in column.tolist()]
            values = [_Stated(text, plain.get(text, "")) for text in texts]
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
    table: FeatureTable, values: list[_Stated], areas: dict[str, Any], usable: NDArray[np.bool_]
) -> Iterator[tuple[str, NDArray[np.int64]]]:
    rows_of: dict[str, list[int]] = defaultdict(list)
    for i in np.flatnonzero(usable).tolist():
        if values[i].plain in areas:
            rows_of[values[i].plain].append(i)
    for value, group in rows_of.items():
        area, rows = areas[value], np.array(group, dtype=np.int64)
        shapely.prepare(area)
        rows = rows[~shapely.intersects(area, table.geometry[rows])]
        lines = shapely.shortest_line(area, table.geometry[rows])
        ends = shapely.get_coordinates(lines).reshape(-1, 4)
        if not len(rows):
            continue
        far = geo.distance_m(*ends.T) > _TOLERANCE_M + table.uncertainty_m[rows]
        if far.any():
            yield value, rows[far]


def _names_at(tree: shapely.STRtree, names: Column, shapes: Objects) -> list[str]:
    found = [""] * len(shapes)
    points = shapely.point_on_surface(shapes)
    for asked, hit in zip(*tree.query(points, predicate="intersects").tolist(), strict=True):
        found[asked] = found[asked] or text_of(names[hit])
    return found
