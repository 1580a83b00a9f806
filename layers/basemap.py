"""The shipped base map: land, coast, borders and places, for orientation only and never an input to a check.

Its accuracy is about 500 m. Sources: Natural Earth through world-atlas, GeoNames (`resources/PROVENANCE.md`).
Borders are one view among several: they stay hidden until the user asks for them.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.errors import LayersError
from layers.model import Floats, Objects, read_only
from resources import resource

_GEOPACKAGE_HEADER = 8
"""Bytes before the WKB in a GeoPackage geometry without envelope, as our own build script writes it."""
_CELL_DEG = 10.0
_OVERLAP_DEG = 0.02
_ON_CUT_DEG = 1e-9


@dataclass(frozen=True, eq=False)
class Places:
    """Towns and cities of more than 15,000 people (and capitals), most prominent first; columns of length n.

    Attributes
    ----------
    name : object array of str
        As GeoNames writes it, in Latin letters.
    lon, lat : float64 arrays
        WGS 84, degrees.
    population : int64 array
    rank : int64 array
        0 (shown on a world map) to 8; places up to rank r are at least 1600 km / 2**r apart, so choosing a
        rank by scale thins labels evenly.
    """

    name: Objects
    lon: Floats
    lat: Floats
    population: NDArray[np.int64]
    rank: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.name)


@dataclass(frozen=True, eq=False)
class Basemap:
    """Shapes to draw under everything else, WGS 84 longitude/latitude, read-only.

    Attributes
    ----------
    land : object array of shapely Polygon
        Cut by a 10-degree grid so that a close view draws little. Pieces overlap by 0.04 degrees: fill them
        without an outline and no seam shows.
    coast : object array of shapely LineString
        The outlines of land without those cuts.
    borders : object array of shapely LineString
        Between countries. They take sides in disputes: hide them by default and say so when they show.
    lakes : object array of shapely Polygon
        Empty: the packages hold none (the Caspian Sea is a hole in the land).
    places : Places
    """

    land: Objects
    coast: Objects
    borders: Objects
    lakes: Objects
    places: Places


@cache
def load() -> Basemap:
    """Read the shipped base map; later calls return the same value.

    Raises
    ------
    LayersError
        When the file is missing or damaged.
    """
    with _opened() as database:
        borders, places = _geometries(database, "borders"), _places(database)
    return Basemap(land(), coast_of(land()), borders, read_only(np.empty(0, dtype=object)), places)


@cache
def land() -> Objects:
    """Read only the land of the base map, as `Basemap.land`; raises `LayersError` as `load` does."""
    with _opened() as database:
        return _geometries(database, "land")


@contextmanager
def _opened() -> Iterator[sqlite3.Connection]:
    try:
        with as_file(resource("basemap.gpkg")) as path:
            database = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
            try:
                yield database
            finally:
                database.close()
    except (FileNotFoundError, sqlite3.Error, shapely.errors.ShapelyError) as error:
        raise LayersError(
            f"The base map cannot be read: {error}.",
            "Install the program again; your own layers are not affected.",
            "basemap.gpkg",
        ) from error


def _geometries(database: sqlite3.Connection, table: str) -> Objects:
    rows = database.execute(f"SELECT geom FROM {table} ORDER BY fid").fetchall()  # noqa: S608 (our own names)
    blobs = np.empty(len(rows), dtype=object)
    blobs[:] = [row[0][_GEOPACKAGE_HEADER:] for row in rows]
    return read_only(shapely.from_wkb(blobs))


def _places(database: sqlite3.Connection) -> Places:
    rows = database.execute("SELECT name, lon, lat, population, rank FROM places ORDER BY fid").fetchall()
    names, lon, lat, population, rank = zip(*rows, strict=True)
    column = np.empty(len(names), dtype=object)
    column[:] = names
    return Places(
        read_only(column),
        read_only(np.array(lon)),
        read_only(np.array(lat)),
        read_only(np.array(population, dtype=np.int64)),
        read_only(np.array(rank, dtype=np.int64)),
    )


def coast_of(land: Objects) -> Objects:
    """Return the outlines of land pieces as lines, without the edges along which they were cut.

    A cut edge is one that runs along a side of a (slightly enlarged) 10-degree cell, or along the end of the
    map at 180 degrees and at the poles.
    """
    rings = shapely.get_rings(land)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same_ring = ring[1:] == ring[:-1]
    cut = np.zeros(len(xy) - 1, dtype=bool)
    for axis, end in ((0, 180.0), (1, 90.0)):
        values = xy[:, axis]
        from_line = np.abs(values - _CELL_DEG * np.round(values / _CELL_DEG))
        on_side = np.abs(from_line - _OVERLAP_DEG) < _ON_CUT_DEG
        on_side |= np.abs(values) > end - _ON_CUT_DEG
        along = np.abs(np.diff(values)) < _ON_CUT_DEG
        cut |= along & on_side[1:] & on_side[:-1]
    edge = same_ring & ~cut
    before = np.concatenate([[False], edge[:-1]])
    after = np.concatenate([edge[1:], [False]])
    first, last = np.flatnonzero(edge & ~before), np.flatnonzero(edge & ~after) + 1
    count = last - first + 1
    run = np.repeat(np.arange(len(first)), count)
    vertices = np.arange(count.sum()) + np.repeat(first - (np.cumsum(count) - count), count)
    return read_only(shapely.linestrings(xy[vertices], indices=run))
