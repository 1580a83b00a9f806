"""Where the rows of a file would lie in each coordinate system that it could be in, the likeliest first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from layers import crs, wgs84
from layers.errors import ReadingError
from layers.geo import distance_m
from layers.model import Kind, Workspace
from layers.places import extent_of
from layers.reading import Decided, Imported

_MOST = 12
_UTM = re.compile(r"EPSG:32([67])(\d\d)")
Extent = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rows would lie in one coordinate system."""

    code: str
    name: str
    extent: Extent | None
    accuracy_m: float | None
    note: str
    away_km: float | None
    """From the area of operations (or the workspace): 0 inside, None where there is nothing to compare."""


def extent_of_work(workspace: Workspace) -> Extent | None:
    """Return where the area of operations lies; without one, where the workspace's features lie."""
    area = [layer.table.bounds for layer in workspace.of_kind(Kind.AREA_OF_OPERATIONS) if len(layer.table)]
    return extent_of(np.concatenate(area)) if area else workspace.extent


def offered(decided: Decided, extent: Extent | None) -> list[str]:
    """Return the coordinate systems to offer: the one in use, those that fit, then longitude/latitude."""
    fitting = list(decided.candidates)
    if extent is not None:
        west, south, east, north = extent
        zone, is_north = int((west + east) / 2 + 180) // 6 + 1, (south + north) / 2 >= 0
        fitting.sort(key=lambda code: _zones_off(code, zone, is_north))
    codes = [decided.value, *fitting, wgs84.WGS84, "EPSG:3857"]
    return list(dict.fromkeys(code for code in codes if code))


def _zones_off(code: str, zone: int, is_north: bool) -> int:
    """Return how many UTM zones a system lies from `zone`; others keep their place in front."""
    match = _UTM.fullmatch(code)
    if match is None:
        return 0
    apart = abs(int(match[2]) - zone)
    return min(apart, 60 - apart) + (0 if (match[1] == "6") == is_north else 100)


def landing_places(imported: Imported, codes: Sequence[str], extent: Extent | None) -> tuple[Place, ...]:
    """Return where the rows would lie in each of the first systems: that in use first, then the nearest."""
    one_column = imported.x_field is not None and imported.y_field is None
    if imported.file_bounds is None or (one_column and imported.crs.certain):
        return ()  # each row says its notation: no other system could be meant
    box = shapely.segmentize(shapely.box(*imported.file_bounds), _box_edge(imported.file_bounds))
    places = [_landing(code, box, extent) for code in codes[:_MOST]]
    in_use = imported.crs.value
    return tuple(
        sorted(
            places,
            key=lambda p: (p.code != in_use, p.extent is None, np.inf if p.away_km is None else p.away_km),
        )
    )


def _box_edge(bounds: Extent) -> float:
    """Return how long the edges of an extent may be before it is reprojected."""
    return max(bounds[2] - bounds[0], bounds[3] - bounds[1], 1e-9) / 8


def _landing(code: str, box: shapely.Polygon, extent: Extent | None) -> Place:
    """Return where the extent of the rows would lie in one system."""
    corners = shapely.points(shapely.get_coordinates(box))
    try:
        moved, accuracy_m, note = crs.to_wgs84(np.asarray(corners, dtype=object), code)
    except ReadingError as error:
        return Place(code, "", None, None, error.message, None)
    bounds = wgs84.extent(moved)
    missing = bool(shapely.is_missing(moved).any())
    if bounds is None or missing or not wgs84.looks_like_degrees(bounds):
        return Place(code, crs.name_of(code), None, accuracy_m, note, None)
    return Place(code, crs.name_of(code), bounds, accuracy_m, note, away_km(bounds, extent))


def away_km(bounds: Extent, extent: Extent | None) -> float | None:
    """Return how far (km) an extent lies from another: 0 where they meet, None where there is no other."""
    if extent is None:
        return None
    a, b = shapely.box(*bounds), shapely.box(*extent)
    if a.intersects(b):
        return 0.0
    near = shapely.get_coordinates(shapely.shortest_line(a, b))
    metres = distance_m(*(np.array([value]) for value in (*near[0], *near[1])))
    return float(metres[0]) / 1000


def whereabouts(place: Place, *, has_area: bool) -> str:
    """Say where the rows would lie: against the area of operations, or the workspace's features."""
    if place.extent is None:
        return "Not on the earth"
    west, south, east, north = place.extent
    if place.away_km is None:
        return f"Around {(south + north) / 2:.2f}°, {(west + east) / 2:.2f}°"
    area = "area of operations" if has_area else "other features"
    if place.away_km == 0:
        return f"In the {area}" if has_area else f"Among the {area}"
    return f"{max(place.away_km, 1):,.0f} km from the {area}"


def system_words(code: str) -> str:
    """Return a coordinate system in words, with its code where it has one.

    A file that names none may fit 120 UTM zones: those are named without a look into the PROJ database.
    """
    utm = _UTM.fullmatch(code)
    if utm is not None and 1 <= int(utm[2]) <= 60:
        return f"WGS 84 / UTM zone {int(utm[2])}{'N' if utm[1] == '6' else 'S'} ({code})"
    name = crs.name_of(code)
    if "[" in code:  # a definition of its own, written out
        return name or "The file's own definition"
    return f"{name} ({code})" if name else code
