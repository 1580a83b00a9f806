"""How the child hands its result to the parent: JSON, numbers and WKB; never anything that can run code."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely

from layers.model import Objects, geometry_column, read_only
from layers.reading import Action, Decided, Imported, Problem

ANSWER = "answer.json"
ERROR = "error.json"
PROGRESS = "progress.json"
_ARRAYS = "arrays.npz"


def save(imported: Imported, folder: Path) -> None:
    """Write a result; the answer file comes last, so it is there only when the rest is."""
    blobs = shapely.to_wkb(imported.geometry, include_srid=False)
    sizes = np.fromiter((0 if b is None else len(b) for b in blobs), dtype=np.int64, count=len(blobs))
    joined = b"".join(b for b in blobs if b is not None)
    wkb = np.frombuffer(joined, dtype=np.uint8)
    spread = {} if imported.uncertainty_m is None else {"uncertainty_m": imported.uncertainty_m}
    with (folder / _ARRAYS).open("wb") as file:
        np.savez(file, row=imported.row, sizes=sizes, wkb=wkb, **spread)  # type: ignore[arg-type] # taken for allow_pickle
    answer = {
        "format": imported.format,
        "layers": imported.layers,
        "layer": imported.layer,
        "rows": imported.rows,
        "columns": {name: column.tolist() for name, column in imported.columns.items()},
        "crs": _from_decided(imported.crs),
        "encoding": _from_decided(imported.encoding),
        "accuracy_m": imported.accuracy_m,
        "problems": [[p.row, p.action, p.code, p.what, p.proposal, p.fix] for p in imported.problems],
        "encoding_samples": [sample.hex() for sample in imported.encoding_samples],
        "header_row": imported.header_row,
        "x_field": imported.x_field,
        "y_field": imported.y_field,
        "tags": dict(imported.tags),
        "file_bounds": imported.file_bounds,
        "before": {str(row): shapely.to_wkb(shape).hex() for row, shape in imported.before.items()},
    }
    (folder / ANSWER).write_text(json.dumps(answer), encoding="utf-8")


def load(folder: Path) -> Imported:
    """Read a result that `save` wrote; `file` and `sha256` are left empty for the parent to fill."""
    answer = json.loads((folder / ANSWER).read_text(encoding="utf-8"))
    with np.load(folder / _ARRAYS, allow_pickle=False) as arrays:
        row, sizes, wkb = arrays["row"], arrays["sizes"], arrays["wkb"].tobytes()
        uncertainty_m = arrays.get("uncertainty_m")
    ends = np.cumsum(sizes)
    blobs: list[bytes | None] = [
        wkb[end - size : end] if size else None
        for end, size in zip(ends.tolist(), sizes.tolist(), strict=True)
    ]
    return Imported(
        file="",
        sha256="",
        format=answer["format"],
        layers=tuple(answer["layers"]),
        layer=answer["layer"],
        rows=answer["rows"],
        geometry=geometry_column(shapely.from_wkb(np.array(blobs, dtype=object))),
        row=np.asarray(read_only(row.astype(np.int64))),
        columns={name: _objects(values) for name, values in answer["columns"].items()},
        crs=_to_decided(answer["crs"]),
        encoding=_to_decided(answer["encoding"]),
        accuracy_m=answer["accuracy_m"],
        problems=tuple(Problem(r, Action(a), *rest) for r, a, *rest in answer["problems"]),
        uncertainty_m=None if uncertainty_m is None else read_only(uncertainty_m.astype(np.float64)),
        encoding_samples=tuple(bytes.fromhex(sample) for sample in answer["encoding_samples"]),
        header_row=answer["header_row"],
        x_field=answer["x_field"],
        y_field=answer["y_field"],
        tags=MappingProxyType(answer["tags"]),
        file_bounds=None if answer["file_bounds"] is None else tuple(answer["file_bounds"]),
        before=MappingProxyType({int(n): shapely.from_wkb(shape) for n, shape in answer["before"].items()}),
    )


def _from_decided(decided: Decided) -> dict[str, Any]:
    return {
        "value": decided.value,
        "how": decided.how,
        "candidates": decided.candidates,
        "certain": decided.certain,
    }


def _to_decided(stored: Mapping[str, Any]) -> Decided:
    return Decided(stored["value"], stored["how"], tuple(stored["candidates"]), stored["certain"])


def _objects(values: Sequence[Any]) -> Objects:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return np.asarray(read_only(column))
