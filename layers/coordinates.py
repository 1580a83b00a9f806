"""Read and write positions as people do: DD, DDM, DMS, UTM, MGRS; and the uncertainty each notation implies.

A written coordinate is a cell, not a point: "32.30 N" stands for everything that rounds to it. The implied
uncertainty is the radius in metres, on the ground, of the disc around the position that contains that cell:
half the diagonal of the MGRS square, of the UTM step, or of the step of the last digit in latitude and
longitude (DD, DDM, DMS). It is never less than a millimetre. Checks of distances know the square again
(`grid_squares`).
"""

import math
import re
import warnings
from dataclasses import dataclass
from enum import StrEnum

from mgrs import MGRS
from mgrs.core import MGRSError

from layers import utm
from layers.angles import MAX_LENGTH, Angle, normalised, read_angles, unreadable
from layers.errors import LayersError


class Notation(StrEnum):
    """The ways of writing a position."""

    DD = "dd"
    DDM = "ddm"
    DMS = "dms"
    UTM = "utm"
    MGRS = "mgrs"

    @property
    def label(self) -> str:
        """The words shown to a person."""
        return _LABELS[self]


_LABELS = {
    Notation.DD: "Decimal degrees",
    Notation.DDM: "Degrees and decimal minutes",
    Notation.DMS: "Degrees, minutes, seconds",
    Notation.UTM: "UTM",
    Notation.MGRS: "MGRS",
}
_BY_PARTS = {1: Notation.DD, 2: Notation.DDM, 3: Notation.DMS}
_DEFAULT_DECIMALS = {
    Notation.DD: 5,
    Notation.DDM: 3,
    Notation.DMS: 1,
    Notation.UTM: 0,
    Notation.MGRS: 5,
}


@dataclass(frozen=True, slots=True)
class Position:
    """A place read from text.

    Attributes
    ----------
    lon, lat : float
        WGS 84 degrees.
    uncertainty_m : float
        Radius in metres of the disc that contains everything the text may stand for.
    notation : Notation
        How it was written.
    how : str
        What was taken for granted in reading it, as a phrase for the user; "" when nothing was.
    """

    lon: float
    lat: float
    uncertainty_m: float
    notation: Notation
    how: str = ""


_METRES_PER_DEGREE = 111_694.0
"""Longest degree of latitude, and of longitude over cos(latitude), on WGS 84: a bound for both."""
_UTM_SCALE, _UPS_SCALE = 0.9996, 0.994
"""Smallest grid scale: a grid metre is at most 1 / scale metres on the ground."""
_LEAST_M = 0.001
"""Also covers the millimetre by which `mgrs` 1.6 differs from the exact projection."""
_SOUTH_LIMIT, _NORTH_LIMIT = -80.0, 84.0
_EDGE_DEG = 1e-4
"""Rounding may carry a written coordinate this far over a limit."""
_EQUATOR_DEG = 6e-8
"""mgrs 1.6 names a square that does not exist within 1e-9 radians (6 mm) south of the equator; what lies
there is written as if it lay at their edge, which is in the same square."""
_MAX_FROM_MERIDIAN_DEG = 12.0
_BANDS = "CDEFGHJKLMNPQRSTUVWX"

_CONVERTER = MGRS()
_GEO = re.compile(r"GEO:(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)(?:,-?\d+(?:\.\d+)?)?((?:;[A-Z0-9.=_-]+)*)")
_MGRS = re.compile(r"(?:MGRS:? ?)?(\d{1,2}) ?([A-Z]) ?([A-Z]) ?([A-Z]) ?([\d ]*)")
_POLAR = re.compile(r"(?:MGRS:? ?|UPS:? ?)?([ABYZ]) ?([A-Z]) ?([A-Z]) ?([\d ]*)")
_UTM = re.compile(
    r"(?:UTM:? ?)?(?:ZONE:? ?)?(\d{1,2}) ?(NORTH|SOUTH|[A-Z])[ ,;]*"
    r"(?:E(?:ASTING)?[:=]? ?)?(\d{5,7}(?:\.\d+)?) ?(?:M ?E?|E)?[ ,;]+"
    r"(?:N(?:ORTHING)?[:=]? ?)?(\d{1,8}(?:\.\d+)?) ?(?:M ?N?|N)?"
)


def parse(text: str) -> Position:
    """Read a position in any common notation.

    Understood are decimal degrees (`32.3041, 36.3223`; `N32.3041 E36.3223`; `32,3041 36,3223`), degrees and
    minutes (`32 18.25N 036 19.33E`), degrees, minutes and seconds with any marks (`32°18'15"N 36°19'20"E`,
    `32d18m15s N 36d19m20s E`, `32-18-15 36-19-20`), the compact form (`321815N0361920E`), `geo:` URIs, UTM
    (`37N 248000 3577000`, `37 north 248000 3577000`) and MGRS with 4 to 10 digits (`37SBR4800077000`),
    with the digits of any script. Without letters the latitude is the first.

    Parameters
    ----------
    text : str
        What was written.

    Returns
    -------
    Position
        For MGRS the centre of the square. `how` says what was assumed.

    Raises
    ------
    LayersError
        When it is no position, out of range, or can be read in two ways; with an example.
    """
    try:
        return _read(normalised(text))
    except LayersError as error:
        raise LayersError(error.message, error.hint, text[:MAX_LENGTH]) from error


def parse_copied(text: str) -> Position:
    """Read a position that was copied out of a message.

    Round brackets about it, and the marks of the sentence that it ends, do not belong to it. Otherwise as
    `parse`.
    """
    plain = text.strip().rstrip(".,;:").rstrip()
    if plain.startswith("(") and plain.endswith(")"):
        plain = plain[1:-1]
    return parse(plain or text)


def _read(plain: str) -> Position:
    for pattern, read in ((_GEO, _read_geo), (_MGRS, _read_mgrs), (_POLAR, _read_mgrs), (_UTM, _read_utm)):
        match = pattern.fullmatch(plain)
        if match:
            return read(match)
    latitude, longitude, lettered = read_angles(plain)
    how = "" if lettered else "latitude first"
    notation = _BY_PARTS[max(latitude.parts, longitude.parts)]
    return Position(longitude.degrees, latitude.degrees, _spread(latitude, longitude), notation, how)


def _spread(latitude: Angle, longitude: Angle) -> float:
    """Return the radius around a position that contains all that rounds to it."""
    nearest_equator = max(0.0, abs(latitude.degrees) - latitude.step_deg / 2)
    north_south = latitude.step_deg / 2 * _METRES_PER_DEGREE
    east_west = longitude.step_deg / 2 * _METRES_PER_DEGREE * math.cos(math.radians(nearest_equator))
    return max(math.hypot(north_south, east_west), _LEAST_M)


def _read_geo(match: re.Match[str]) -> Position:
    """Read a `geo:` URI (RFC 5870)."""
    parameters = dict(part.partition("=")[::2] for part in match.group(3).split(";") if part)
    if parameters.get("CRS", "WGS84") != "WGS84":
        raise unreadable("Only WGS 84 positions can be read.", "Leave the crs parameter out.")
    latitude, longitude, _ = read_angles(f"{match.group(1)}, {match.group(2)}")
    spread = _spread(latitude, longitude)
    stated = parameters.get("U")
    if stated is not None:
        if not re.fullmatch(r"\d+(\.\d+)?", stated):
            raise unreadable("The uncertainty is not a number.", "Write it like ;u=35.")
        spread = max(spread, float(stated))
    return Position(longitude.degrees, latitude.degrees, spread, Notation.DD)


def _read_mgrs(match: re.Match[str]) -> Position:
    *letters, digits = match.groups()
    groups = digits.split()
    count = sum(len(group) for group in groups)
    equal = len(groups) == 1 or (len(groups) == 2 and len(groups[0]) == len(groups[1]))
    if not equal or count % 2 or not 4 <= count <= 10:
        raise unreadable(
            "An MGRS position needs 4, 6, 8 or 10 digits, half of them east and half north.",
            "Write it like 37S BR 48000 77000.",
        )
    square = "".join(letters)
    invalid = unreadable("There is no such MGRS square.", "Check the zone and the letters.")
    try:
        with warnings.catch_warnings():
            # mgrs 1.6 warns where the centre of a square at the edge of a band lies in the next band.
            warnings.simplefilter("ignore", RuntimeWarning)
            lat, lon = _CONVERTER.toLatLon(square + "".join(groups))
    except MGRSError as error:
        raise invalid from error
    polar = square[0].isalpha()
    if not polar and not _in_band(lat, square[-3], margin=1.0):
        raise invalid
    size_m = 10.0 ** (5 - count // 2)
    radius_m = utm.square_radius_m(size_m, _UPS_SCALE) if polar else utm.square_radius_m(size_m)
    return Position(lon, lat, radius_m, Notation.MGRS, "centre of the square")


def _in_band(lat: float, band: str, margin: float) -> bool:
    """Tell whether a latitude lies in an MGRS band, or within `margin` degrees of it."""
    if band not in _BANDS:
        return False
    south = -80.0 + 8.0 * _BANDS.index(band)
    north = _NORTH_LIMIT if band == "X" else south + 8.0
    return south - margin <= lat <= north + margin


def _read_utm(match: re.Match[str]) -> Position:
    zone, letter = int(match.group(1)), match.group(2)
    easting, northing = float(match.group(3)), float(match.group(4))
    if not 1 <= zone <= 60:
        raise unreadable(f"There is no UTM zone {zone}.", "Zones go from 1 to 60.")
    if not 100_000 <= easting < 1_000_000 or northing > 10_000_000:
        raise unreadable("The easting or northing is out of range.", "Write it like 37N 248000 3577000.")
    south = _is_south(match, zone, easting, northing)
    lon, lat = utm.to_lonlat(easting, utm.true_northing(northing, south=south), zone)
    away = abs(math.remainder(lon - utm.central_meridian(zone), 360))
    if not _SOUTH_LIMIT - _EDGE_DEG <= lat <= _NORTH_LIMIT + _EDGE_DEG or away > _MAX_FROM_MERIDIAN_DEG:
        raise unreadable(
            "This lies outside the zone.",
            "UTM goes from 80 south to 84 north; use MGRS beyond.",
        )
    if letter in _BANDS and letter not in "NS" and not _in_band(lat, letter, margin=0.5):
        raise unreadable(f"This does not lie in band {letter}.", "Check the letter.")
    how = f"zone {zone}, {'southern' if south else 'northern'} hemisphere"
    decimals = min(len(match.group(i).partition(".")[2]) for i in (3, 4))
    half_m = 10.0**-decimals / 2 / _UTM_SCALE
    return Position(lon, lat, max(math.hypot(half_m, half_m), _LEAST_M), Notation.UTM, how)


def _is_south(match: re.Match[str], zone: int, easting: float, northing: float) -> bool:
    """Tell which hemisphere the letter or word means; refuse an S that may be the band or the hemisphere."""
    letter = match.group(2)
    if letter in ("NORTH", "SOUTH"):
        return letter == "SOUTH"
    if letter not in _BANDS:
        raise unreadable(f"{letter} is no UTM letter.", "Write it like 37N 248000 3577000.")
    if letter == "S":
        if _in_band(utm.to_lonlat(easting, northing, zone)[1], "S", margin=0.0):
            rest = f"{match.group(3)} {match.group(4)}"
            raise unreadable(
                f"{zone}S may mean the southern hemisphere, or the band S, which is in the north.",
                f"Write {zone} south {rest} or {zone} north {rest}.",
            )
        return True
    return letter < "N"


def format_position(lon: float, lat: float, notation: Notation, decimals: int | None = None) -> str:
    """Write a WGS 84 position; `parse` reads it back within the uncertainty it implies.

    Parameters
    ----------
    lon, lat : float
        Degrees, -180..180 and -90..90.
    notation : Notation
        How to write it. UTM hemispheres are words, as "37S" is also the name of a northern band.
    decimals : int, optional
        Of the last number (degrees, minutes, seconds or metres); for MGRS the digits of each half, 2 to 5.

    Raises
    ------
    LayersError
        When the position is not on the earth, or beyond 80 south or 84 north in UTM.
    """
    if not (abs(lat) <= 90 and abs(lon) <= 180):  # also when one of them is NaN
        raise LayersError(
            "This position is not on the earth.", "Latitude goes up to 90, longitude up to 180."
        )
    places = _DEFAULT_DECIMALS[notation] if decimals is None else decimals
    if notation is Notation.MGRS:
        zone, square, east, north = _mgrs_parts(lon, lat, places)
        return f"{zone} {square} {east} {north}"
    if notation is Notation.UTM:
        zone_number, south, easting, northing = _utm_parts(lon, lat)
        half = "south" if south else "north"
        return f"{zone_number} {half} {easting:.{places}f} {northing:.{places}f}"
    if notation is Notation.DD:
        return f"{_plain_zero(lat, places)}, {_plain_zero(lon, places)}"
    parts = 2 if notation is Notation.DDM else 3
    return f"{_marked(lat, 'NS', 2, parts, places)} {_marked(lon, 'EW', 3, parts, places)}"


def _plain_zero(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if not float(text) else text


def _sexagesimal(value: float, parts: int, decimals: int) -> list[str]:
    """Return degrees, minutes (and seconds) of |value| as text; carries so that 60 is never written."""
    unit = 60 ** (parts - 1) * 10**decimals
    whole = round(abs(value) * unit)
    whole, fraction = divmod(whole, 10**decimals)
    pieces = []
    for _ in range(parts - 1):
        whole, piece = divmod(whole, 60)
        pieces.append(f"{piece:02d}")
    texts = [str(whole), *reversed(pieces)]
    if decimals:
        texts[-1] += f".{fraction:0{decimals}d}"
    return texts


def _marked(value: float, letters: str, width: int, parts: int, decimals: int) -> str:
    texts = _sexagesimal(value, parts, decimals)
    texts[0] = texts[0].zfill(width)
    body = "".join(text + mark for text, mark in zip(texts, "°'\"", strict=False))
    return body + letters[value < 0]


def _mgrs_text(lon: float, lat: float, digits: int) -> str:
    if -_EQUATOR_DEG < lat < 0:
        lat = -_EQUATOR_DEG
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        text: str = _CONVERTER.toMGRS(lat, lon, True, digits)
    return text


def _mgrs_parts(lon: float, lat: float, digits: int) -> tuple[str, str, str, str]:
    """Return zone and band (or the polar letter), square, easting and northing digits."""
    if not 2 <= digits <= 5:
        raise LayersError("MGRS is written with 2 to 5 digits for each half.")
    text = _mgrs_text(lon, lat, digits)
    head, east, north = text[: -2 * digits], text[-2 * digits : -digits], text[-digits:]
    return head[:-2], head[-2:], east, north


def _utm_parts(lon: float, lat: float) -> tuple[int, bool, float, float]:
    """Return zone (with the exceptions of Norway and Svalbard), whether south, easting, written northing."""
    if not _SOUTH_LIMIT <= lat <= _NORTH_LIMIT:
        raise LayersError("UTM goes from 80 degrees south to 84 degrees north.", "Use MGRS near the poles.")
    zone = int(_mgrs_text(lon, lat, 1)[:2])
    easting, northing = utm.from_lonlat(lon, lat, zone)
    south = lat < 0
    return zone, south, easting, utm.false_northing(northing, south=south)


def all_notations(lon: float, lat: float) -> tuple[str, ...]:
    """Write a position in every way in which it could leak, for a search through text.

    Decimal degrees with 4 to 6 decimals, rounded and cut off, in both orders and with the usual separators;
    DMS, DDM, UTM and MGRS with 8 and 10 digits, with and without marks and spaces. Each is precise to about
    30 m or better, so that a match is no accident.
    """
    texts = [*_decimal_texts(lon, lat), *_angle_texts(lon, lat)]
    for digits in (4, 5):
        zone, square, east, north = _mgrs_parts(lon, lat, digits)
        texts += [f"{zone} {square} {east} {north}", f"{zone}{square} {east} {north}"]
        texts += [f"{zone}{square}{east}{north}", f"{zone} {square} {east}{north}"]
    if _SOUTH_LIMIT <= lat <= _NORTH_LIMIT:
        zone_number, south, easting, northing = _utm_parts(lon, lat)
        for east_m, north_m in {(round(easting), round(northing)), (int(easting), int(northing))}:
            half = "S" if south else "N"
            words = f"{zone_number} {'south' if south else 'north'}"
            texts += [f"{words} {east_m} {north_m}", f"{zone_number}{half} {east_m} {north_m}"]
            texts += [f"{zone_number}{half}{east_m}{north_m}", f"{east_m} {north_m}", f"{east_m},{north_m}"]
    return tuple(dict.fromkeys(texts))


def _decimal_texts(lon: float, lat: float) -> list[str]:
    texts = []
    for decimals in (4, 5, 6):
        cut = 10**decimals
        for x, y in ((lon, lat), (math.trunc(lon * cut) / cut, math.trunc(lat * cut) / cut)):
            east, north = _plain_zero(x, decimals), _plain_zero(y, decimals)
            for separator in (", ", ",", " ", ";", "; "):
                texts += [f"{north}{separator}{east}", f"{east}{separator}{north}"]
    return texts


def _angle_texts(lon: float, lat: float) -> list[str]:
    texts = []
    for parts, decimals in ((3, 0), (3, 1), (3, 2), (2, 2), (2, 3), (2, 4)):
        notation = _BY_PARTS[parts]
        texts.append(format_position(lon, lat, notation, decimals))
        north, east = _sexagesimal(lat, parts, decimals), _sexagesimal(lon, parts, decimals)
        north[0], east[0] = north[0].zfill(2), east[0].zfill(3)
        ns, ew = "NS"[lat < 0], "EW"[lon < 0]
        texts += [
            f"{''.join(north)}{ns}{''.join(east)}{ew}",
            f"{''.join(north)}{ns} {''.join(east)}{ew}",
            f"{' '.join(north)}{ns} {' '.join(east)}{ew}",
            f"{' '.join(north)} {ns} {' '.join(east)} {ew}",
        ]
    return texts
