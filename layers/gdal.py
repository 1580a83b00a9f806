"""Formats read through GDAL: one named driver for each, in the child process, everything else unplugged."""

import json
import math
import os
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from layers import encoding, wkb
from layers.errors import ReadingError
from layers.model import Objects
from layers.reading import Action, Imported, Problem, ReadOptions
from layers.settling import Draft, settle

_SKIP_VARIABLES = ("OGR_SKIP", "GDAL_SKIP")
ANY_LAYER = ""
"""Stands for the layer of a file that has only one, in `Source.rows` and `Source.unplaced`."""
_OWN_UNITS = ("MapInfo File", "OpenFileGDB")
"""Drivers of formats that describe a coordinate system with units of the partner's choice."""
_MOST_LAYERS = 200
_BYTES = "ISO-8859-1"
"""Text is taken byte for byte, as GDAL recodes what states its encoding and hands out the rest as it is."""
_BROKEN = "The file is damaged at this row or before it, so that it could not be read."
_PART_S = 3.0
"""A file that took longer until its damage showed is not read again and again to find where that begins."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file, or folder, and how it is to be opened.

    `suffix` is what the driver expects a file to be called. `options` are open options of the driver.
    `crs_how` replaces the standard sentence about the coordinate system; `crs` replaces what the driver says.

    Attributes
    ----------
    row_field : str
        Column in which the reader numbered the rows of each layer, from 1; "" where they come in order.
    rows : mapping of str to int
        How many rows a layer holds, where the reader counted them itself: that is believed before the driver.
    unplaced : mapping of str to mapping of int to str
        Rows of a layer whose shape is not to be trusted, and why.
    missing : str
        Why the driver does not hand out a row that is there.
    """

    format: str
    driver: str
    path: Path
    suffix: str
    options: Mapping[str, str]
    crs: str | None = None
    crs_how: str = ""
    row_field: str = ""
    rows: Mapping[str, int] = field(default_factory=dict)
    unplaced: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    missing: str = "The file counts this row but does not hand it out."


def read(source: Source, options: ReadOptions, problems: list[Problem]) -> Imported:
    """Read one layer; the one with most rows, and a note about the others, where the officer names none.

    Raises
    ------
    ReadingError
        When the driver cannot open it, or there is no such layer.
    """
    path = source.path if source.path.suffix == source.suffix else source.path.with_suffix(source.suffix)
    if path != source.path:
        source.path.rename(path)
    _plug_in(source.driver)
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GDAL's own words about details; what is lost is counted below
            layers = _layers(pyogrio, path, source)
            layer = _choose(layers, options, problems)
            (meta, _, shapes, values), is_part = _as_far_as_it_goes(
                lambda most: pyogrio.raw.read(
                    path,
                    layer=layer,
                    datetime_as_string=True,
                    encoding=_BYTES,
                    max_features=most,
                    **source.options,
                ),
                layers[layer],
            )
    except GeometryError as error:
        raise ReadingError(
            "Its shapes are bodies or meshes in space, of a sort that is not read here.",
            "Ask the partner for points, lines or areas.",
        ) from error
    except (DataSourceError, DataLayerError, FeatureError, ValueError, UnicodeDecodeError) as error:
        raise ReadingError(
            "The file is damaged or of a variant that cannot be read.", "Ask the partner to save it again."
        ) from error
    count = len(shapes) if shapes is not None else (len(values[0]) if len(values) else 0)
    columns = dict(zip(map(str, meta["fields"]), map(_column, values), strict=True))
    row = np.arange(1, count + 1)
    if source.row_field in columns:
        row = np.array(columns.pop(source.row_field).tolist(), dtype=np.int64)
    geometry = np.full(count, None, dtype=object)
    if shapes is not None:
        read = wkb.read(shapes)
        geometry[:] = read.geometry
        problems += [replace(p, row=int(row[p.row - 1])) for p in read.problems() if p.row is not None]
    for n, why in source.unplaced.get(layer, source.unplaced.get(ANY_LAYER, {})).items():
        geometry[row == n] = None
        problems.append(Problem(n, Action.SKIPPED, "bad_feature", why))
    stated = source.rows.get(layer, source.rows.get(ANY_LAYER, layers[layer]))
    rows = max(count, stated, int(row.max(initial=0)))
    told = {p.row for p in problems if p.action is Action.SKIPPED}
    lost = sorted(set(range(1, rows + 1)).difference(row.tolist(), told))
    if is_part and not lost:
        what = "The file is damaged behind its last row, or breaks off there; there may have been more."
        problems.append(Problem(None, Action.DOUBT, "cut", what, "Ask the partner to send it again."))
    why = _BROKEN if is_part and not source.row_field else source.missing
    problems += [Problem(n, Action.SKIPPED, "missing", why) for n in lost]
    texts = [c for c in columns.values() if any(isinstance(v, str) for v in c.tolist())]
    raw = [v.encode(_BYTES) for c in texts for v in c.tolist() if isinstance(v, str)]
    decided = encoding.decide(raw, asked=options.encoding)
    if not all(map(bytes.isascii, raw)):
        for column in texts:
            column[:] = [_decoded(v, decided.value) for v in column.tolist()]
    return settle(
        Draft(
            format=source.format,
            layers=tuple(layers),
            layer=layer,
            rows=rows,
            row=row,
            geometry=geometry,
            columns={_decoded(n, decided.value): c for n, c in columns.items()},
            crs=source.crs or _system(path, layer, source, meta["crs"]),
            crs_how=source.crs_how,
            encoding=decided,
            problems=problems,
            encoding_samples=encoding.samples(raw),
        ),
        options,
    )


def _system(path: Path, layer: str, source: Source, said: str | None) -> str | None:
    """Return the coordinate system: pyogrio takes UTM counted in feet for that in metres, fiona does not."""
    if source.driver not in _OWN_UNITS or said is None or not said.startswith("EPSG:"):
        return said
    from layers import crs as systems  # it loads PROJ, which hardly any file needs

    if "UTM" not in systems.name_of(said):
        return said
    import fiona
    from fiona.errors import FionaError

    try:
        with fiona.open(path, layer=layer, enabled_drivers=[source.driver]) as file:
            exact = str(file.crs_wkt)
    except (FionaError, AttributeError, ValueError):
        return said
    return exact if exact and not systems.counts_in_metres(exact) else said


def _as_far_as_it_goes(read: Callable[[int | None], Any], count: int) -> tuple[Any, bool]:
    """Read all rows, or where the driver stumbles over one, those before it; tell whether that is so.

    `read` takes the most rows to read, None for all of them.
    """
    from pyogrio.errors import FeatureError, GeometryError

    begin = time.monotonic()
    try:
        return read(None), False
    except (FeatureError, GeometryError):
        if time.monotonic() - begin > _PART_S:
            raise
        found = None
        sound, most = 0, max(count, 0)
        while sound < most:
            middle = (sound + most + 1) // 2
            try:
                found = read(middle)
                sound = middle
            except (FeatureError, GeometryError):
                most = middle - 1
        if found is None:
            raise
        return found, True


def _decoded(value: Any, name: str) -> Any:
    """Decode text that GDAL handed out byte for byte."""
    return encoding.decode(value.encode(_BYTES), name) if isinstance(value, str) else value


def _plug_in(driver: str) -> None:
    """Let GDAL load this driver and no other: what it skips is read from the environment when it loads.

    `reading_process` starts the child with every driver but the shapefile's skipped.
    """
    if "pyogrio" in sys.modules:
        return
    for variable in _SKIP_VARIABLES:
        skipped = os.environ.get(variable, "").split(",")
        os.environ[variable] = ",".join([*(name for name in skipped if name != driver), "ESRI Shapefile"])


def _layers(pyogrio: Any, path: Path, source: Source) -> dict[str, int]:
    """Return the number of rows of each layer; layers without shapes only where there are no others."""
    listed = [(str(n), kind) for n, kind in pyogrio.list_layers(path)[:_MOST_LAYERS]]
    if not listed:
        raise ReadingError("It holds no features.", "Ask the partner whether it was exported whole.")
    shaped = [name for name, kind in listed if kind is not None] or [name for name, _ in listed]
    return {
        name: int(pyogrio.read_info(path, layer=name, force_feature_count=True, **source.options)["features"])
        for name in shaped
    }


def _choose(layers: Mapping[str, int], options: ReadOptions, problems: list[Problem]) -> str:
    if options.layer is not None and options.layer not in layers:
        raise ReadingError(f"There is no layer “{options.layer}” in it.", f"It holds: {', '.join(layers)}.")
    return options.layer or fullest(layers, problems)


def fullest(layers: Mapping[str, int], problems: list[Problem]) -> str:
    """Return the layer with most rows, and note the others that hold any."""
    best = max(layers, key=lambda name: layers[name])
    others = [f"{name} ({layers[name]:,})" for name in layers if name != best and layers[name]]
    if others:
        what = f"Only the layer “{best}” was read; there are others: {', '.join(others)}."
        problems.append(Problem(None, Action.DOUBT, "other_layers", what, "Import the others one by one."))
    return best


def _column(values: Any) -> Objects:
    """Return plain values: None for no number, JSON text for lists, hexadecimal text for raw bytes."""
    plain = values.tolist()
    if values.dtype.kind == "f":
        plain = [None if math.isnan(v) else v for v in plain]
    elif values.dtype.kind == "O":
        plain = [_plain(v) for v in plain]
    elif values.dtype.kind == "M":
        plain = [None if np.isnat(v) else str(v) for v in values]
    column = np.empty(len(plain), dtype=object)
    column[:] = plain
    return column


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, np.ndarray | list | tuple):
        return json.dumps(np.asarray(value).tolist(), ensure_ascii=False)
    return value
