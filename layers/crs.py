"""Coordinate systems of partner files: which one it is, and from there to WGS 84 with a stated accuracy.

`layers.geo` measures; this module only brings foreign coordinates in. Coordinates are always x before y
(longitude or easting first), whatever axis order an authority defines.
"""

import re
import warnings
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.enums import PJType, TransformDirection
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import Transformer, TransformerGroup

from layers.errors import ReadingError
from layers.model import Bounds, Floats, Objects
from layers.reading import Decided
from layers.wgs84 import WGS84, extent, looks_like_degrees

TOLERANCE_M = 0.002
"""How far a reprojected edge may stray from the file's own straight edge."""

_PROJ = re.compile(
    r"\+proj=[a-z0-9_]{2,12}(\s+\+(zone|south|datum|ellps|units|to_meter|no_defs|wktext|type|lat_[012]|lat_ts|lon_[012]|k|k_0|x_0|y_0"
    r"|a|b|rf|R|pm|towgs84|over|alpha|gamma|axis)(=[\w.,+-]+)?)*"
)
"""A definition as PROJ writes it, with nothing in it that names a file."""
_MIN_CONFIDENCE = 70
_METRES_PER_DEGREE = 111_320.0
_EARTH_RADIUS_M = 6_371_000.0
_MAX_VERTICES = 20_000_000
_ROUNDS = 4
_ALONG = (0.25, 0.5, 0.75)
_LONLAT_CODES = {"OGC:CRS84", "OGC:CRS84h", "EPSG:4979", "EPSG:4326"}
_WEB_MERCATOR = "EPSG:3857"
_MAX_RANKED = 12
_MAX_AREA_NAME = 60
_MAX_GRIDS = 150
_FAR_OFF_DEG = 10.0
_NOWHERE = 1e9
_UTM_EASTING_M = (100_000, 900_000)


@lru_cache(maxsize=64)
def _parse(text: str) -> pyproj.CRS:
    """Read a code ("EPSG:32637", "32637", an OGC URN) or WKT; raises `CRSError`."""
    text = text.strip()
    if text.isdecimal() and len(text) < 10:
        return pyproj.CRS.from_epsg(int(text))
    if "[" in text:
        return pyproj.CRS.from_wkt(text)
    if _PROJ.fullmatch(text):
        return pyproj.CRS.from_proj4(text)
    if text.startswith(("urn:", "http://www.opengis.net/")):
        return pyproj.CRS.from_user_input(text)
    authority, _, code = text.rpartition(":")
    return pyproj.CRS.from_authority(authority, code)


def _code(crs: pyproj.CRS) -> str:
    """Return the authority code the definition matches with good confidence, else ""."""
    for authority in ("EPSG", "ESRI", "OGC"):
        found = crs.to_authority(authority, min_confidence=_MIN_CONFIDENCE)
        if found:
            code = ":".join(found)
            return WGS84 if code in _LONLAT_CODES else code
    return ""


def name_of(crs: str) -> str:
    """Return the name of a coordinate system in words, "" when it is not known."""
    try:
        return str(_parse(crs).name) if crs else ""
    except CRSError:
        return ""


def counts_in_metres(crs: str) -> bool:
    """Tell whether a code or WKT counts in metres; also where it is not known."""
    try:
        return all(axis.unit_conversion_factor == 1.0 for axis in _parse(crs).axis_info)
    except CRSError:
        return True


def is_known(crs: str) -> bool:
    """Tell whether a code or WKT is a coordinate system that places coordinates on the ground."""
    try:
        return _places_on_earth(_parse(crs))
    except CRSError:
        return False


def is_projected(crs: str) -> bool:
    """Tell whether a coordinate system that `identify` returned counts in metres (or feet), not degrees."""
    return bool(_parse(crs).is_projected)


def check(text: str) -> Decided:
    """Take the officer's word for a coordinate system; raises `ReadingError` when there is none such."""
    try:
        crs = _parse(text)
    except CRSError as error:
        raise ReadingError(
            f"“{text}” is not a coordinate system known here.", "Give a code such as EPSG:32637."
        ) from error
    if not _places_on_earth(crs):
        raise ReadingError(f"“{crs.name}” does not place coordinates on the ground.", "Choose another.")
    code = _code(crs) or text
    return Decided(code, f"You chose it: {crs.name}.", (code,))


def identify(text: str | None, geometries: Objects) -> Decided:
    """Decide the coordinate system of a file.

    Parameters
    ----------
    text : str or None
        What the file says: WKT (also of ESRI), "EPSG:n", an OGC URN; None where it says nothing.
    geometries : object array
        Its shapes, as they stand in the file; looked at only when it says nothing usable.

    Returns
    -------
    Decided
        `value` is "EPSG:n" where the definition matches with good confidence, the WKT otherwise, and "" where
        nothing can be said; then `candidates` ranks what it could be.
    """
    if text and text.strip():
        try:
            crs = _parse(text)
        except CRSError:
            return _undecided("The file's coordinate system cannot be understood", geometries)
        if _places_on_earth(crs):
            code = _code(crs)
            if code:
                return Decided(code, f"The file says so: {crs.name}.{_units(crs)}", (code,))
            how = f"The file defines its own: {crs.name}.{_units(crs)}"
            return Decided(crs.to_wkt(), how, (crs.to_wkt(),))
        return _undecided(
            f"The file's coordinate system “{crs.name}” is {_why_not_on_earth(crs)}", geometries
        )
    return _undecided("The file does not say its coordinate system", geometries)


def _units(crs: pyproj.CRS) -> str:
    """Say in what a projected system counts, where it is not the metre."""
    unit = crs.axis_info[0].unit_name if crs.axis_info else ""
    return "" if not crs.is_projected or unit in ("metre", "meter", "m", "") else f" It counts in {unit}."


def _why_not_on_earth(crs: pyproj.CRS) -> str:
    if crs.is_geocentric:
        return "counted from the centre of the earth, which maps are not"
    if crs.is_engineering or crs.type_name == "Engineering CRS":
        return "a grid of its own, such as of a building site, and not tied to the earth"
    return "not tied to the earth"


def _places_on_earth(crs: pyproj.CRS) -> bool:
    return bool(crs.is_geographic or crs.is_projected) and not crs.is_geocentric


def _undecided(why: str, geometries: Objects) -> Decided:
    bounds = extent(geometries)
    ranked = candidates(bounds)
    if bounds is not None and looks_like_degrees(bounds):
        return Decided(
            WGS84, f"{why}; all coordinates look like longitude and latitude.", ranked, certain=False
        )
    return Decided("", f"{why}.", ranked, certain=False)


def candidates(bounds: Bounds | None, near: tuple[float, float] | None = None) -> tuple[str, ...]:
    """Rank the coordinate systems that an extent in unknown units could be in.

    Parameters
    ----------
    bounds : tuple or None
        West, south, east, north as they stand in the file.
    near : tuple, optional
        Longitude and latitude of the operation. Then the grids in use there are considered, too, and what
        puts the data nearest to it comes first; of grids that land within 10 km of each other the usual ones
        (UTM on WGS 84, the web map's, the country's, in this order). Takes about half a second.

    Returns
    -------
    tuple of str
        At most 12 codes where `near` is given, else everything whose numbers fit.
    """
    if bounds is None or looks_like_degrees(bounds):
        return (WGS84,)
    west, south, east, north = bounds
    codes = []
    if west > _UTM_EASTING_M[0] and east < _UTM_EASTING_M[1]:
        if south >= 0 and north < 9_400_000:
            codes += [f"EPSG:{32600 + zone}" for zone in range(1, 61)]
        if south > 1_000_000 and north <= 10_000_000:
            codes += [f"EPSG:{32700 + zone}" for zone in range(1, 61)]
    if max(abs(west), abs(east), abs(south), abs(north)) < 20_040_000:
        codes.append(_WEB_MERCATOR)
    if near is None:
        return tuple(codes)
    zone = int((near[0] + 180) // 6) % 60 + 1
    usual = {f"EPSG:{base + z % 60 + 1}" for base in (32600, 32700) for z in range(zone - 3, zone + 2)}
    tried = [c for c in codes if c in usual or c == _WEB_MERCATOR] + _grids_used_at(*near)
    middle = ((west + east) / 2, (south + north) / 2)
    ranked = sorted((_rank(code, middle, near, usual), code) for code in dict.fromkeys(tried))
    fitting = [code for (_, off, _, _), code in ranked if off < _FAR_OFF_DEG]
    return tuple((fitting or [code for _, code in ranked] or codes)[:_MAX_RANKED])


def _grids_used_at(lon: float, lat: float) -> list[str]:
    """Return the codes of the projected systems whose area of use holds a place."""
    place = AreaOfInterest(lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01)
    found = query_crs_info(
        auth_name="EPSG", pj_types=[PJType.PROJECTED_CRS], area_of_interest=place, contains=True
    )
    codes = [f"EPSG:{info.code}" for info in found if info.area_of_use is not None and _is_local(info)]
    return codes[:_MAX_GRIDS]


def _is_local(info: Any) -> bool:
    """Tell a grid of a country or zone from one of a continent or the world."""
    use = info.area_of_use
    return bool(use.west < use.east and use.east - use.west < 40 and use.north - use.south < 84)


def _rank(
    code: str, middle: tuple[float, float], near: tuple[float, float], usual: Collection[str]
) -> tuple[bool, float, int, float]:
    """Return whether it is outside its use, how far off in steps of 10 km, how unusual, how far exactly."""
    try:
        lon, lat = _to_lonlat(code).transform(*middle)
    except ProjError:
        lon = lat = np.inf
    if not np.isfinite([lon, lat]).all():
        return True, _NOWHERE, 0, _NOWHERE
    off = float(abs((lon - near[0] + 180) % 360 - 180) + abs(lat - near[1]))
    unusual = 0 if code in usual else 1 if code == _WEB_MERCATOR else 2
    return bool(_outside_use(code, (lon, lat, lon, lat))), round(off, 1), unusual, off


@lru_cache(maxsize=512)
def _to_lonlat(code: str) -> Transformer:
    return Transformer.from_crs(code, WGS84, always_xy=True)


@dataclass(frozen=True, slots=True)
class Landing:
    """Where an extent would lie in one coordinate system.

    West, south, east, north in degrees on WGS 84; `accuracy_m` of the change of datum, None where it is not
    known; `note` says what speaks against the system or must be known about it, "" when there is nothing.
    """

    code: str
    name: str
    west: float
    south: float
    east: float
    north: float
    accuracy_m: float | None
    note: str


def landings(bounds: Bounds, codes: Iterable[str]) -> list[Landing]:
    """Say where an extent as it stands in the file would lie, for each coordinate system that can place it.

    Parameters
    ----------
    bounds : tuple
        West, south, east, north in the file's own units, as `Imported.file_bounds`.
    codes : iterable of str
        As `candidates` returns them; those that cannot place the extent are left out.
    """
    xy = np.array([bounds], dtype=np.float64)
    outline = np.array(
        [shapely.segmentize(shapely.box(*xy[0]), max(np.ptp(xy[0][[0, 2]]), 1.0) / 16)], object
    )
    found: list[Landing] = []
    for code in codes:
        try:
            moved, accuracy_m, note = _outline_to_wgs84(outline, code)
        except (ReadingError, CRSError):
            continue
        extent_there = extent(moved)
        if extent_there is not None and looks_like_degrees(extent_there):
            notes = " ".join(filter(None, (_outside_use(code, extent_there), note)))
            found.append(Landing(code, name_of(code), *extent_there, accuracy_m, notes))
    return found


def _outline_to_wgs84(outline: Objects, code: str) -> tuple[Objects, float | None, str]:
    source = _parse(code)
    if _code(source) == WGS84:
        return outline, 0.0, ""
    transformer, accuracy_m, note = _operation(source, outline)
    return shapely.transform(outline, lambda xy: _project(xy, transformer)), accuracy_m, note


def _outside_use(code: str, lonlat: Bounds) -> str:
    """Say that data would lie outside the area that a coordinate system is made for, "" when they do not."""
    use = _parse(code).area_of_use
    if use is None:
        return ""
    west, south, east, north = lonlat
    lon, lat = (west + east) / 2, (south + north) / 2
    width = (use.east - use.west) % 360 or 360.0
    inside = (lon - use.west + 1) % 360 <= width + 2 and use.south - 1 <= lat <= use.north + 1
    where = use.name.rstrip(".")
    where = (
        where
        if len(where) <= _MAX_AREA_NAME
        else where[:_MAX_AREA_NAME].rsplit(" ", 1)[0].rstrip(" -;") + " …"
    )
    return "" if inside else f"It is made for {where}, and the data would lie outside."


def misplaced(crs: str, lonlat: Bounds | None) -> str:
    """Say that data in a stated coordinate system lie outside its area of use, "" when they do not."""
    return "" if lonlat is None or not crs else _outside_use(crs, lonlat)


def to_wgs84(geometries: Objects, crs: str) -> tuple[Objects, float | None, str]:
    """Reproject to WGS 84 longitude/latitude.

    Vertices are added where needed, so that the file's own straight edges stay within 2 mm of the edges that
    come out (perpendicular distance at a quarter, half and three quarters of every edge).

    Parameters
    ----------
    geometries : object array
        Two-dimensional shapes in `crs`, or None.
    crs : str
        A code or WKT that `identify` returned.

    Returns
    -------
    geometries : object array
        None where a coordinate cannot be transformed. Longitudes may still jump across the antimeridian.
    accuracy_m : float or None
        Accuracy that the EPSG data set states for the operation used; 0 for a pure projection of WGS 84,
        None when it is not known.
    note : str
        What the officer must know about the operation; "" when there is nothing.

    Raises
    ------
    ReadingError
        When there is no way from `crs` to WGS 84.
    """
    source = _parse(crs)
    if _code(source) == WGS84:
        return geometries, 0.0, ""
    present = np.flatnonzero(~shapely.is_missing(geometries) & ~shapely.is_empty(geometries))
    if not len(present):
        return geometries, None, ""
    transformer, accuracy_m, note = _operation(source, geometries)
    dense = _densified(geometries[present], transformer)
    moved = shapely.transform(dense, lambda xy: _project(xy, transformer))
    coordinates, owner = shapely.get_coordinates(moved, return_index=True)
    moved[np.unique(owner[~np.isfinite(coordinates).all(axis=1)])] = None
    result = geometries.copy()
    result[present] = moved
    return result, accuracy_m, note


def _operation(source: pyproj.CRS, geometries: Objects) -> tuple[Transformer, float | None, str]:
    """Choose the best operation that is available here for the place where the data lie."""
    group = _operations(source, _area(source, geometries))
    transformer = group.transformers[0]
    if transformer.accuracy >= 0:
        return transformer, float(transformer.accuracy), _note(group, float(transformer.accuracy))
    made_elsewhere = _operations(source, None).transformers[0]
    if made_elsewhere.accuracy < 0:
        return transformer, None, _note(group, None)
    note = "No change of datum is known for where the data lie; one that is made for elsewhere was used."
    return made_elsewhere, None, note


def _operations(source: pyproj.CRS, area: AreaOfInterest | None) -> TransformerGroup:
    """Return the operations to WGS 84 that suit an area (None: any), the best one first."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # "best is not available": said in the note instead
            group = TransformerGroup(
                source,
                WGS84,
                always_xy=True,
                area_of_interest=area,  # type: ignore[arg-type] # pyproj 3.7 types the base class of AreaOfInterest
            )
    except (ProjError, IndexError) as error:  # pyproj 3.7 looks at the first of no operations
        raise ReadingError("There is no known way from this coordinate system to WGS 84.") from error
    if not group.transformers:
        raise ReadingError(f"There is no way from “{source.name}” to WGS 84 on this computer.")
    return group


def _note(group: TransformerGroup, accuracy_m: float | None) -> str:
    stated = "of unknown accuracy" if accuracy_m is None else f"accurate to {accuracy_m:g} m"
    better = [
        u
        for u in group.unavailable_operations
        if 0 <= u.accuracy < (np.inf if accuracy_m is None else accuracy_m)
    ]
    if not group.best_available and better:
        best = min(better, key=lambda u: u.accuracy)
        grids = ", ".join(grid.short_name for grid in best.grids)
        needs = f"{best.accuracy:g} m would need the grid {grids}, which is not installed here"
        return f"The change of datum is {stated}; {needs}."
    return "" if accuracy_m == 0 else f"The change of datum is {stated}."


def _area(source: pyproj.CRS, geometries: Objects) -> AreaOfInterest | None:
    """Return roughly where the data lie, for the choice of operation."""
    bounds = extent(geometries)
    if bounds is None:
        return None
    geodetic = source.geodetic_crs
    if geodetic is None:
        return None
    try:
        rough = Transformer.from_crs(source, geodetic, always_xy=True)
        west, south, east, north = rough.transform_bounds(*bounds)
    except ProjError:
        return None
    usable = np.isfinite([west, south, east, north]).all() and looks_like_degrees((west, south, east, north))
    return AreaOfInterest(west, south, east, north) if usable and west <= east else None


def _project(xy: Floats, transformer: Transformer) -> Floats:
    """Transform coordinates; what cannot be transformed becomes infinite."""
    x, y = transformer.transform(xy[:, 0], xy[:, 1], direction=TransformDirection.FORWARD, errcheck=False)
    return np.column_stack([x, y])


def _densified(geometries: Objects, transformer: Transformer) -> Objects:
    """Split edges until the projected ones stay within the tolerance, round by round."""
    result = geometries.copy()
    todo = np.flatnonzero(shapely.get_dimensions(result) > 0)
    for _ in range(_ROUNDS):
        if not len(todo):
            break
        wanted = _longest_edge(result[todo], transformer)
        long = np.isfinite(wanted)
        todo, wanted = todo[long], wanted[long]
        if not len(todo):
            break
        added = shapely.length(result[todo]) / wanted
        if not np.isfinite(added).all() or added.sum() > _MAX_VERTICES:
            raise ReadingError(
                "Its edges are too long to be placed on the earth precisely.", "Check its coordinate system."
            )
        result[todo] = shapely.segmentize(result[todo], wanted)
    return result


def _longest_edge(geometries: Objects, transformer: Transformer) -> Floats:
    """Return, for each shape, how long its edges may be; infinite where all are within the tolerance.

    The stray of an edge grows with the square of its length, so an edge that strays d may keep the fraction
    sqrt(tolerance / d) of its length.
    """
    lines, owner = _lines(geometries)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    lonlat = _project(xy, transformer)
    edge = np.flatnonzero(line[1:] == line[:-1])
    edge = edge[_may_stray(lonlat[edge], lonlat[edge + 1])]
    stray = _stray_m(xy[edge], xy[edge + 1], lonlat[edge], lonlat[edge + 1], transformer)
    off = stray > TOLERANCE_M
    edge, stray = edge[off], stray[off]
    # Half the tolerance, so that unequal curvature does not ask for another round.
    fit = np.hypot(*(xy[edge + 1] - xy[edge]).T) * np.sqrt(TOLERANCE_M / 2 / stray)
    allowed = np.full(len(geometries), np.inf)
    np.minimum.at(allowed, owner[line[edge]], fit)
    return allowed


def _may_stray(a: Floats, b: Floats) -> NDArray[np.bool_]:
    """Mark edges long enough to stray at all: most edges of most files are too short to be worth measuring.

    A line straight in longitude and latitude bends away from a geodesic by about length^2 tan(latitude) / 8R;
    ten times that is taken as the most that any projection in use makes of it.
    """
    difference = _short_way(b - a)
    middle = np.radians((a[:, 1] + b[:, 1]) / 2)
    with np.errstate(invalid="ignore", over="ignore"):
        length = np.hypot(difference[:, 0] * np.cos(middle), difference[:, 1]) * _METRES_PER_DEGREE
        bend = 10 * length**2 * (1 + np.abs(np.tan(middle))) / (8 * _EARTH_RADIUS_M)
    return np.asarray(bend > TOLERANCE_M)


def _lines(geometries: Objects) -> tuple[Objects, NDArray[np.int64]]:
    """Take shapes apart to their lines and rings; return them and the index of the shape of each."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    while (shapely.get_type_id(parts) >= 4).any():  # parts of a collection can be multipart themselves
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    polygons = shapely.get_type_id(parts) == 3
    rings, inner = shapely.get_rings(parts[polygons], return_index=True)
    straight = ~polygons & (shapely.get_dimensions(parts) == 1)
    lines: Any = np.concatenate([parts[straight], rings])
    return lines, np.concatenate([owner[straight], owner[polygons][inner]])


def _stray_m(start: Floats, end: Floats, a: Floats, b: Floats, transformer: Transformer) -> Floats:
    """Return how far (m) each projected edge lies off the straight line between its projected ends, at most.

    `start` and `end` are in the file's coordinates, `a` and `b` the same in longitude and latitude.
    """
    middle = np.radians((a[:, 1] + b[:, 1]) / 2)
    scale = np.column_stack([np.cos(middle), np.ones(len(a))]) * _METRES_PER_DEGREE
    chord = _short_way(b - a) * scale
    length = np.hypot(chord[:, 0], chord[:, 1])
    worst = np.zeros(len(a))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for share in _ALONG:
            off = _short_way(_project(start + (end - start) * share, transformer) - a) * scale
            across = np.abs(chord[:, 0] * off[:, 1] - chord[:, 1] * off[:, 0]) / length
            worst = np.fmax(worst, np.where(length > 0, across, 0.0))
    return np.where(np.isfinite(worst), worst, 0.0)


def _short_way(difference: Floats) -> Floats:
    """Take longitude differences the short way round."""
    with np.errstate(invalid="ignore"):
        lon = (difference[:, 0] + 180.0) % 360.0 - 180.0
    return np.column_stack([lon, difference[:, 1]])
