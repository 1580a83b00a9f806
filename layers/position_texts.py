"""One position as a partner wrote it in a table: any notation of `coordinates`, WKT, or hexadecimal WKB."""

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from layers import coordinates, curved_wkt, wkb
from layers import crs as systems
from layers.angles import normalised
from layers.coordinates import Notation, Position
from layers.errors import LayersError
from layers.reading import Action, Problem
from layers.wgs84 import WGS84

_WKT = re.compile(
    r"\s*(?:SRID=(\d{1,6});)?\s*((?:MULTI)?(?:POINT|LINESTRING|POLYGON|CURVE|SURFACE)|GEOMETRYCOLLECTION"
    r"|CIRCULARSTRING|COMPOUNDCURVE|CURVEPOLYGON|POLYHEDRALSURFACE|TIN|TRIANGLE|LINEARRING)"
    r"\s*(?:Z|M|ZM)?\s*(?:\(|EMPTY)",
    re.IGNORECASE,
)
_WKT_POINT = re.compile(r"POINT\s*(?:Z|M|ZM)?\s*\(\s*(\S+?)\s+([^\s)]+)[^()]*\)", re.IGNORECASE)
_HEX = re.compile(r"(?:0x|\\x)?((?:00|01)(?:[0-9A-F]{2}){20,})", re.IGNORECASE)
_MAX_COLLECTIONS = 16
_POINT_PAIR = r"([+-]?\d+(?:\.\d+)?)\s*°?\s*[,;\s]\s*([+-]?\d+(?:\.\d+)?)\s*°?"
_COMMA_PAIR = r"([+-]?\d+(?:,\d+)?)\s*°?\s*[;\s]\s*([+-]?\d+(?:,\d+)?)\s*°?"
PAIR = re.compile(f"{_POINT_PAIR}|{_COMMA_PAIR}")
"""Two plain numbers, which do not say themselves which is the latitude."""
_SURVEY = re.compile(r"(-?\d+\.\d{3,}) (-?\d+\.\d{3,}) (-?\d+(?:\.\d+)?) (\d+(?:\.\d+)?)")
"""Latitude, longitude, height, accuracy, as survey programs (ODK, KoBo) write a point."""
_LETTER = re.compile(r"(?<![A-Z])[NSEW](?![A-Z])|NORTH|SOUTH|EAST|WEST")
_ZONE = re.compile(r"(?<!\d)(\d{1,2})\s*(NORTH|SOUTH|[C-HJ-NP-X])?(?![A-Z0-9])", re.IGNORECASE)
_ZONE_S = re.compile(r"(?<![0-9])(\d{1,2})\s*S(?![A-Z])", re.IGNORECASE)
_SOUTHERN_LANDS = frozenset({18, 19, 20, 21, 22})
"""UTM zones with land between 50 and 58 south, where "zone S" may well mean the hemisphere."""
_GRIDS = (Notation.UTM, Notation.MGRS)


@dataclass(frozen=True, slots=True)
class Reading:
    """A shape read from text.

    `uncertainty_m` is NaN where the text implies none, `crs` what the text states, `is_grid` that it is a
    grid reference (always WGS 84), `order_assumed` that nothing said which number is the latitude.
    """

    geometry: Any
    uncertainty_m: float
    crs: str = WGS84
    is_grid: bool = False
    order_assumed: bool = False


class PositionTexts:
    """Reads texts, each distinct one once, and collects what had to be taken for granted (`doubts`)."""

    def __init__(self) -> None:
        self.doubts: list[Problem] = []
        self._known: dict[tuple[str, ...], Reading | str] = {}
        self._band_doubted = False
        self._zone_doubted = False

    def read_one(self, text: str, *, longitude_first: bool = False) -> Reading | str:
        """Read a whole position from one text; the reason where it is none."""
        key = ("1" if longitude_first else "0", text)
        if key not in self._known:
            self._known[key] = self._one(text, longitude_first)
        return self._known[key]

    def read_two(self, x_text: str, y_text: str) -> Reading | str:
        """Read a position from a text for each axis; either may hold it whole."""
        key = (x_text, y_text)
        if key not in self._known:
            self._known[key] = self._two(x_text, y_text)
        return self._known[key]

    def read_zoned(self, zone: str, x_text: str, y_text: str) -> Reading | str:
        """Read a UTM zone, an easting and a northing from texts of their own."""
        found = _ZONE.search(zone)
        if found is None:
            return f"“{zone[:20]}” is no UTM zone."
        half = found[2] or ""
        if not half:
            half = "north"
            self._doubt_zone(found[1])
        return self._one(f"{found[1]} {half} {_metres(x_text)} {_metres(y_text)}", longitude_first=False)

    def _one(self, text: str, longitude_first: bool) -> Reading | str:
        if _WKT.match(text):
            return _from_wkt(text)
        if binary := _HEX.fullmatch(text):
            return _from_hex(binary[1])
        if text.startswith("{") and '"coordinates"' in text:
            return _from_geojson(text)
        plain = text.strip("()[] \t").replace("/", ";").replace("|", ";")
        survey = _SURVEY.fullmatch(plain)
        if survey:
            plain = f"{survey[1]}, {survey[2]}"
        pair = PAIR.fullmatch(plain)
        if pair and longitude_first:
            first, second = (pair[1], pair[2]) if pair[1] else (pair[3], pair[4])
            plain = f"{_point(second)}, {_point(first)}"
        try:
            position = self._parse(plain)
        except LayersError as error:
            return error.message
        spread = max(position.uncertainty_m, float(survey[4])) if survey else position.uncertainty_m
        assumed = position.how == "latitude first" and survey is None
        return _reading(position, spread, assumed)

    def _two(self, x_text: str, y_text: str) -> Reading | str:
        if not x_text or not y_text:
            whole = self._one(x_text or y_text, longitude_first=False)
            if isinstance(whole, Reading) and not whole.order_assumed:
                return whole
            return "only one of the two is there."
        reason = "this is not a position."
        for text in (f"{y_text}; {x_text}", _lettered(x_text, y_text)):
            try:
                position = coordinates.parse(text) if text else None
            except LayersError as error:
                reason = error.message
                continue
            if position is not None:
                return _reading(position, position.uncertainty_m, assumed=False)
        wholes = [w for w in (self._one(t, longitude_first=False) for t in (y_text, x_text)) if _is_whole(w)]
        if len(wholes) == 1 or (len(wholes) == 2 and x_text == y_text):
            return wholes[0]
        return reason

    def _parse(self, text: str) -> Position:
        """Parse a position; "37S" is taken for the northern band S where the south would be open ocean."""
        try:
            return coordinates.parse(text)
        except LayersError as error:
            zone = _ZONE_S.search(text)
            if zone is None or "may mean the southern hemisphere" not in error.message:
                raise
            if int(zone[1]) in _SOUTHERN_LANDS:
                raise
            position = coordinates.parse(_ZONE_S.sub(r"\1 north ", text, count=1))
            self._doubt_band(zone[1])
            return position

    def _doubt_band(self, zone: str) -> None:
        if self._band_doubted:
            return
        self._band_doubted = True
        what = (
            f"“{zone}S” was read as the latitude band S (32 to 40 north): in the southern hemisphere it "
            "would lie in the open sea."
        )
        self.doubts.append(
            Problem(None, Action.DOUBT, "utm_band", what, "Ask the partner if it looks wrong.")
        )

    def _doubt_zone(self, zone: str) -> None:
        if self._zone_doubted:
            return
        self._zone_doubted = True
        what = f"UTM zone {zone} is given without hemisphere; north was taken for granted."
        self.doubts.append(Problem(None, Action.DOUBT, "utm_band", what, "Ask the partner if it is south."))


def _is_whole(reading: Reading | str) -> bool:
    return isinstance(reading, Reading) and not reading.order_assumed


def _reading(position: Position, spread_m: float, assumed: bool) -> Reading:
    point = shapely.points(position.lon, position.lat)
    return Reading(point, spread_m, is_grid=position.notation in _GRIDS, order_assumed=assumed)


def _point(number: str) -> str:
    return number.replace(",", ".")


def _metres(text: str) -> str:
    """Leave the number of an easting or northing: no unit, no blanks or commas between thousands."""
    plain = re.sub(r"\s*m?\s*[EN]?$", "", text.strip(), flags=re.IGNORECASE)
    plain = re.sub(r"(?<=\d)[ ,\u00a0\u202f](?=\d{3}(?:\D|$))", "", plain)
    return _point(plain)


def _lettered(x_text: str, y_text: str) -> str:
    """Write latitude and longitude with the letters that their columns stand for behind each, "" if not."""
    parts = []
    for text, plus, minus in ((y_text, "N", "S"), (x_text, "E", "W")):
        try:
            plain = normalised(text)
        except LayersError:
            return ""
        found = _LETTER.findall(plain)
        if len(found) == 1 and found[0][0] in plus + minus:
            parts.append(f"{_LETTER.sub(' ', plain).strip()} {found[0][0]}")
        elif not found or (len(found) == 1 and found[0] == "S"):  # an S can be that of seconds
            bare = plain.lstrip("+-").strip()
            parts.append(f"{bare} {minus if plain.startswith('-') else plus}")
        else:
            return ""
    return " ".join(part.replace(",", ".") for part in parts)


def _from_wkt(text: str) -> Reading | str:
    found = _WKT.match(text)
    if found is None or text.upper().count("GEOMETRYCOLLECTION") > _MAX_COLLECTIONS:
        return "its shapes are nested too deep."
    body = text[found.start(2) :]
    if curved_wkt.ODD.match(body):
        return _from_odd(body, found[1])
    try:
        with np.errstate(all="ignore"):  # numbers beyond all bounds become infinite, and are refused later
            geometry = shapely.from_wkt(body, on_invalid="ignore")
    except shapely.errors.ShapelyError:  # shapely 2.1 raises for some texts whatever it is told
        geometry = None
    return _stated(geometry, found[1], _WKT_POINT.fullmatch(body.strip()))


def _from_geojson(text: str) -> Reading | str:
    """Read a geometry of GeoJSON, as some programs write it into a cell."""
    if text.count("GeometryCollection") > _MAX_COLLECTIONS:
        return "its shapes are nested too deep."
    with np.errstate(all="ignore"):
        return _stated(shapely.from_geojson(text, on_invalid="ignore"), None, None)


def _from_odd(body: str, srid: str | None) -> Reading | str:
    """Read curves and faces through WKB."""
    blob = np.empty(1, dtype=object)
    try:
        blob[0] = curved_wkt.to_wkb(body)
    except (ValueError, RecursionError):
        return "this is not a shape that can be read."
    return _stated(wkb.read(blob).geometry[0], srid, None)


def _stated(geometry: Any, srid: str | None, point: "re.Match[str] | None") -> Reading | str:
    """Return a shape with the coordinate system that its text states."""
    if geometry is None:
        return "this is not a shape that can be read."
    code = f"EPSG:{srid}" if srid and int(srid) else WGS84
    if not systems.is_known(code):
        return f"there is no coordinate system {code}."
    return Reading(geometry, _wkt_spread(point[1], point[2]) if point else math.nan, code)


def _wkt_spread(x: str, y: str) -> float:
    try:
        return coordinates.parse(f"{y}, {x}").uncertainty_m
    except LayersError:  # metres, or a number with an exponent
        return math.nan


def _from_hex(text: str) -> Reading | str:
    blob = np.empty(1, dtype=object)
    blob[0] = bytes.fromhex(text)
    with np.errstate(all="ignore"):
        geometry = wkb.read(blob).geometry[0]
    srid = str(shapely.get_srid(geometry)) if geometry is not None else None
    return _stated(shapely.set_srid(geometry, 0), srid, None)
