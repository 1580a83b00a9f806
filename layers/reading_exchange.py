"""How the child hands its result to the parent: JSON, numbers and WKB; never anything that can run code.

Columns go as one block of text or numbers each: a cell at a time would take longer than reading the file.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import collector
from layers.model import Objects, object_column, read_only
from layers.packed import Columns, Packed, packed
from layers.reading import Action, Decided, Imported, Problem
from layers.reading_process import ANSWER

_ARRAYS = "arrays.npy"
_POINT, _POLYGON = 0, 3


def save(imported: Imported, folder: Path) -> None:
    """Write a result; the answer file comes last and whole, so it is there only when the rest is."""
    with (folder / _ARRAYS).open("wb") as file:
        np.save(file, imported.row)
        form = _save_shapes(imported.geometry, file)
        given = imported.columns.packed if isinstance(imported.columns, Columns) else imported.columns
        columns = {name: _save_column(column, file) for name, column in given.items()}
        if imported.uncertainty_m is not None:
            np.save(file, imported.uncertainty_m)
    answer = {
        "format": imported.format,
        "layers": imported.layers,
        "layer": imported.layer,
        "rows": imported.rows,
        "shapes": form,
        "columns": columns,
        "crs": _from_decided(imported.crs),
        "encoding": _from_decided(imported.encoding),
        "accuracy_m": imported.accuracy_m,
        "problems": [[p.row, p.action, p.code, p.what, p.proposal, p.fix] for p in imported.problems],
        "has_uncertainty": imported.uncertainty_m is not None,
        "encoding_samples": [sample.hex() for sample in imported.encoding_samples],
        "header_row": imported.header_row,
        "x_field": imported.x_field,
        "y_field": imported.y_field,
        "tags": dict(imported.tags),
        "file_bounds": imported.file_bounds,
        "before": {str(row): shapely.to_wkb(shape).hex() for row, shape in imported.before.items()},
    }
    write_whole(folder / ANSWER, answer)


def write_whole(path: Path, value: Any) -> None:
    """Write JSON so that who waits for the file never finds half of it."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(json.dumps(value), encoding="utf-8")
    beside.replace(path)


@collector.paused()
def load(folder: Path) -> Imported:
    """Read a result that `save` wrote; `file` and `sha256` are left empty for the parent to fill."""
    answer = json.loads((folder / ANSWER).read_text(encoding="utf-8"))
    with (folder / _ARRAYS).open("rb") as file:
        row = _array(file).astype(np.int64)
        geometry = _load_shapes(answer["shapes"], len(row), file)
        columns = {name: _load_column(saved, file) for name, saved in answer["columns"].items()}
        uncertainty_m = _array(file).astype(np.float64) if answer["has_uncertainty"] else None
    return Imported(
        file="",
        sha256="",
        format=answer["format"],
        layers=tuple(answer["layers"]),
        layer=answer["layer"],
        rows=answer["rows"],
        geometry=np.asarray(read_only(geometry)),
        row=np.asarray(read_only(row)),
        columns=columns,
        crs=_to_decided(answer["crs"]),
        encoding=_to_decided(answer["encoding"]),
        accuracy_m=answer["accuracy_m"],
        problems=tuple(Problem(r, Action(a), *rest) for r, a, *rest in answer["problems"]),
        uncertainty_m=None if uncertainty_m is None else np.asarray(read_only(uncertainty_m)),
        encoding_samples=tuple(bytes.fromhex(sample) for sample in answer["encoding_samples"]),
        header_row=answer["header_row"],
        x_field=answer["x_field"],
        y_field=answer["y_field"],
        tags=MappingProxyType(answer["tags"]),
        file_bounds=None if answer["file_bounds"] is None else tuple(answer["file_bounds"]),
        before=MappingProxyType({int(n): shapely.from_wkb(shape) for n, shape in answer["before"].items()}),
    )


def _array(file: BinaryIO) -> NDArray[Any]:
    return np.asarray(np.load(file, allow_pickle=False))


def _save_shapes(geometry: Objects, file: BinaryIO) -> str:
    """Write shapes: coordinates where all are points, or all plain areas; WKB otherwise. Returns which."""
    present = ~shapely.is_missing(geometry)
    shapes = geometry[present]
    kinds = set(np.unique(shapely.get_type_id(shapes)).tolist())
    np.save(file, present)
    if kinds == {_POINT} and not shapely.has_z(shapes).any():
        np.save(file, shapely.bounds(shapes)[:, :2])  # several times as fast as their coordinates
        return "points"
    if kinds == {_POLYGON} and not (shapely.has_z(shapes) | shapely.is_empty(shapes)).any():
        for array in _ragged(shapes):
            np.save(file, array)
        return "areas"
    blobs = shapely.to_wkb(shapes, include_srid=False).tolist()
    np.save(file, np.fromiter(map(len, blobs), dtype=np.int64, count=len(blobs)))
    np.save(file, np.frombuffer(b"".join(blobs), dtype=np.uint8))
    return "wkb"


def _ragged(areas: Objects) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the coordinates of polygons, where each ring begins in them, and each polygon in the rings."""
    if shapely.get_num_interior_rings(areas).any():
        _, xy, (rings, polygons) = shapely.to_ragged_array(areas)
        return xy, rings, polygons
    # Without holes, a quarter of the time.
    ends = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(areas))])
    return shapely.get_coordinates(areas), ends, np.arange(len(ends))


def _load_shapes(form: str, count: int, file: BinaryIO) -> Objects:
    geometry = np.full(count, None, dtype=object)
    present = _array(file).astype(bool)
    shapes: Any
    if form == "points":
        shapes = shapely.points(_array(file))
    elif form == "areas":
        xy, rings, areas = _array(file), _array(file), _array(file)
        shapes = shapely.from_ragged_array(shapely.GeometryType.POLYGON, xy, (rings, areas))
    else:
        ends, joined = np.cumsum(_array(file)).tolist(), _array(file).tobytes()
        blobs = np.empty(len(ends), dtype=object)
        blobs[:] = [joined[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
        shapes = shapely.from_wkb(blobs)
    geometry[present] = shapes
    return geometry


def _save_column(column: Packed | Objects, file: BinaryIO) -> Any:
    """Write a column as one block; return True, or the values where they are of several types."""
    block = column if isinstance(column, Packed) else packed(column.tolist())
    if block is None:
        return column.tolist()  # type: ignore[union-attr]
    np.save(file, block.stated)
    np.save(file, block.data)
    return True


def _load_column(saved: Any, file: BinaryIO) -> Objects:
    if saved is not True:
        return object_column(saved)
    return Packed(_array(file).astype(bool), _array(file)).unpacked()


def _from_decided(decided: Decided) -> dict[str, Any]:
    return {
        "value": decided.value,
        "how": decided.how,
        "candidates": decided.candidates,
        "certain": decided.certain,
    }


def _to_decided(stored: Mapping[str, Any]) -> Decided:
    return Decided(stored["value"], stored["how"], tuple(stored["candidates"]), stored["certain"])
