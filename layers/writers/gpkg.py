"""GeoPackage: one table a layer and shape, and a table `release_information` with marking and caveats.

The file is new, filled once and vacuumed: no free pages, no side files, no trace of an order of work.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.release_reading import read_with_fiona
from layers.released import DECIMALS, ReadBack, Release, ReleasedLayer, iso, plain, require_release

_SHAPES = (
    (0, "", "MultiPoint", "Point"),
    (1, " (lines)", "MultiLineString", ""),
    (2, " (areas)", "MultiPolygon", ""),
)
_INFORMATION = "release_information"
_INFORMATION_SCHEMA = {"geometry": "None", "properties": {"item": "str", "value": "str"}}


class GpkgWriter:
    """Writes and reads back GeoPackages."""

    id = "gpkg"
    title = "GeoPackage"
    extension = ".gpkg"

    def constants(self) -> tuple[str, ...]:
        """Return nothing: all that this format holds is the release's."""
        return ()

    def write(self, release: Release, path: Path) -> None:
        """Write the layers through fiona, then what the product says of itself, and vacuum."""
        release = require_release(release)
        import fiona

        with fiona.Env(OGR_CURRENT_DATE=iso(release.as_of).replace("Z", ".000Z")):
            _write(path, _INFORMATION, "About this release", _INFORMATION_SCHEMA, _information(release))
            for layer in release.layers:
                for table, title, geometry_type, rows in _tables(layer):
                    schema = {"geometry": geometry_type, "properties": _columns(layer)}
                    _write(path, table, title, schema, _records(layer, geometry_type, rows))
        with closing(sqlite3.connect(path)) as database:
            database.execute("VACUUM")

    def read_back(self, path: Path) -> ReadBack:
        """Read features through GDAL, and every text cell of every table through SQLite."""
        layers, vertices = read_with_fiona(path)
        return ReadBack(layers, tuple(_all_texts(path)), vertices)


def _write(
    path: Path, table: str, title: str, schema: dict[str, Any], records: Iterator[dict[str, Any]]
) -> None:
    import fiona

    crs = None if schema["geometry"] == "None" else "EPSG:4326"
    with fiona.open(path, "w", driver="GPKG", layer=table, crs=crs, schema=schema, IDENTIFIER=title) as sink:
        sink.writerecords(records)


def _tables(layer: ReleasedLayer) -> Iterator[tuple[str, str, str, NDArray[np.int64]]]:
    """Yield a table for each dimension, because readers want one geometry type a table."""
    dimension = shapely.get_dimensions(layer.geometry)
    for wanted, words, multi, single in _SHAPES:
        rows = np.flatnonzero(dimension == wanted)
        if not len(rows):
            continue
        mixed = len(rows) != len(layer)
        types = set(shapely.get_type_id(layer.geometry[rows]))
        geometry_type = single if single and types == {0} else multi
        suffix = words.strip(" ()")
        table = f"{layer.id}_{suffix or 'points'}" if mixed else layer.id
        yield table, layer.title + (words if mixed else ""), geometry_type, rows


def _columns(layer: ReleasedLayer) -> dict[str, str]:
    return {column.name: "float" if column.type == "number" else "str" for column in layer.columns}


def _records(layer: ReleasedLayer, geometry_type: str, rows: NDArray[np.int64]) -> Iterator[dict[str, Any]]:
    for i in rows:
        geometry = shapely.transform(layer.geometry[i], lambda points: np.round(points, DECIMALS))
        value = shapely.geometry.mapping(geometry)
        if geometry_type.startswith("Multi") and not value["type"].startswith("Multi"):
            value = {"type": geometry_type, "coordinates": [value["coordinates"]]}
        properties = {column.name: plain(column.values[i]) for column in layer.columns}
        yield {"type": "Feature", "geometry": value, "properties": properties}


def _information(release: Release) -> Iterator[dict[str, Any]]:
    for item, value in release.information().items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield {"type": "Feature", "geometry": None, "properties": {"item": item, "value": text}}


def _all_texts(path: Path) -> Iterator[str]:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name, sql in database.execute("SELECT name, sql FROM sqlite_master"):
            yield name
            yield sql or ""
        for table in tables:
            quoted = table.replace('"', '""')
            for row in database.execute(f'SELECT * FROM "{quoted}"'):  # noqa: S608 - names from this very file
                yield from (value for value in row if isinstance(value, str))


WRITER = GpkgWriter()
