"""Which columns of a table hold positions: by the officer's word, HXL tags, names, and at last by values."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from layers.errors import ReadingError
from layers.model import Objects
from layers.position_texts import PAIR, PositionTexts, Reading
from layers.reading import ReadOptions
from layers.tables import NUMBER

_FAMILIES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        (
            "longitude", "lon", "long", "lng", "longitud", "longitudine", "lon_dd", "gps_longitude", "boylam",
            "längengrad", "laengengrad", "długość", "долгота", "довгота", "خط_الطول", "经度", "経度",
            "decimallongitude", "intptlon", "gps_lon", "gps_long", "gps_e", "خط_طول", "طول_جغرافیایی",
            "קו_אורך", "देशांतर", "ኬንትሮስ",
        ),
        (
            "latitude", "lat", "latitud", "latitudine", "lat_dd", "gps_latitude", "enlem", "breitengrad",
            "szerokość", "широта", "خط_العرض", "دائرة_العرض", "纬度", "緯度",
            "decimallatitude", "intptlat", "gps_lat", "gps_n", "خط_عرض", "عرض_جغرافیایی", "קו_רוחב", "अक्षांश",
            "ኬክሮስ",
        ),
    ),
    (
        ("x", "x_coord", "point_x", "coord_x", "xcoord", "x_coordinate", "lon_x"),
        ("y", "y_coord", "point_y", "coord_y", "ycoord", "y_coordinate", "lat_y"),
    ),
    (
        ("easting", "east", "utm_e", "utm_x", "utm_easting", "eastings", "rechtswert"),
        ("northing", "north", "utm_n", "utm_y", "utm_northing", "northings", "hochwert"),
    ),
)  # fmt: skip
_ZONE = ("zone", "utm_zone", "grid_zone", "gzd", "zona", "zone_utm", "utmzone", "fuseau")
_WHOLE = (
    "mgrs", "coordinates", "coordinate", "coords", "coord", "geopoint", "geolocation", "gps", "latlon",
    "latlong", "lat_lon", "lat_long", "lon_lat", "long_lat", "lonlat", "position", "grid_reference",
    "grid_ref", "gridref", "grid", "utm", "dms", "ddm", "dd", "wkt", "the_geom", "geom", "geometry", "geo",
    "shape", "location",
    "coordonnées", "coordonnees", "coordenadas", "coordinate_gps", "koordinaten", "координаты", "координати",
    "الإحداثيات", "إحداثيات", "الموقع", "坐标",
)  # fmt: skip
_UNMISTAKABLE = frozenset({"mgrs", "utm", "dms", "ddm", "coordinates", "coordinate", "coords", "gps", "wkt"})

_AXIS = {"lat": "y", "latitude": "y", "latitud": "y", "lon": "x", "long": "x", "lng": "x", "longitude": "x"}
_PARTS = {
    "degrees": ("d", "deg", "degs", "degree", "degrees", "grad", "grados"),
    "minutes": ("m", "min", "mins", "minute", "minutes", "minutos"),
    "seconds": ("s", "sec", "secs", "second", "seconds", "segundos"),
    "half": ("h", "hem", "hemi", "hemisphere", "dir", "direction", "ns", "n_s", "ew", "e_w"),
}
_PART_OF = {word: part for part, words in _PARTS.items() for word in words}
_HALF = {"ns": "y", "n_s": "y", "north_south": "y", "ew": "x", "e_w": "x", "east_west": "x"}
"""Columns that say which half of the globe is meant, whatever the others are called."""
_HALVES = {"y": ("N", "S", "NORTH", "SOUTH"), "x": ("E", "W", "EAST", "WEST")}

_Fits = Callable[[Objects], bool]

_SAMPLE = 1_000
_PARSED_SAMPLE = 40
_ANGLE = re.compile(r"[NSEWnsew+\-−]?\s*\d[\d\s.,°ºd'’′\"”″:mMsS+-]*\s*[NSEWnsew]?|.*[°º].*")
_PRECISE_PAIR = re.compile(r"[+-]?\d+[.,]\d{3,}°?\s*[,;\s]\s*[+-]?\d+[.,]\d{3,}°?")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The column of longitudes and that of latitudes, or one column (`y` is None) that holds both.

    `zone` is the column of UTM zones beside eastings and northings. `guessed` tells that nothing but the
    values spoke for this. `x_parts` and `y_parts` are the columns of minutes, of seconds, and of the half of
    the globe (N, S, E, W) that go with `x` and `y`, as far as there are any.
    """

    x: str
    y: str | None = None
    zone: str | None = None
    guessed: bool = False
    x_parts: tuple[str | None, ...] = ()
    y_parts: tuple[str | None, ...] = ()

    @property
    def words(self) -> str:
        """The columns as they are named to a person."""
        return " and ".join(
            ", ".join([name, *filter(None, parts)])
            for name, parts in ((self.x, self.x_parts), (self.y, self.y_parts))
            if name is not None
        )

    @property
    def sentence(self) -> str:
        """What was decided, in words."""
        if self.y is None:
            return f"Column {self.x} holds the positions."
        what = "easting and northing" if self.zone else "longitude and latitude"
        return f"Columns {self.words} hold {what}."


def choose(
    columns: Mapping[str, Objects], tags: Mapping[str, str], options: ReadOptions, *, named: bool
) -> list[Chosen]:
    """Return the columns that hold positions, the best first; the others fill in where the first is silent.

    Parameters
    ----------
    columns : mapping
        Columns of text, by name.
    tags : mapping
        HXL tag of a column.
    options : ReadOptions
        What the officer says; it settles the matter.
    named : bool
        Whether the table names its columns; if not, two neighbouring ones with fitting numbers are proposed.

    Raises
    ------
    ReadingError
        When the officer names a column that is not there.
    """
    for name in filter(None, (options.x_field, options.y_field)):
        if name not in columns:
            raise ReadingError(f"There is no column “{name}”.", f"There are: {', '.join(columns)}.")
    plain = {name: _folded(name) for name in columns}
    zone = _best(columns, plain, _ZONE, _holds_anything)
    if options.x_field and options.y_field:
        return [Chosen(options.x_field, options.y_field, zone)]
    if options.x_field:
        return [Chosen(options.x_field)]
    found = [*_by_tags(columns, tags), *_pairs(columns, plain, options.y_field, zone)]
    found = _with_parts(columns, plain, found)
    if options.y_field:
        return found[:1]
    found += [Chosen(name) for name in _ranked(columns, plain, _WHOLE, _holds_positions)]
    if not found:
        found = [Chosen(name) for name in columns if _clearly_holds_positions(columns[name])][:1]
    if not found and not named:
        found = _neighbours(columns)
    if not found:
        found = _promised(columns, plain)
    return list(dict.fromkeys(found))


def _folded(name: str) -> str:
    return re.sub(r"[^\w]+", "_", name.casefold()).strip("_")


def _by_tags(columns: Mapping[str, Objects], tags: Mapping[str, str]) -> list[Chosen]:
    def tagged(word: str) -> str | None:
        names = (n for n, tag in tags.items() if tag.startswith("#geo") and word in tag.split("+")[1:])
        return next((n for n in names if _holds_coordinates(columns[n])), None)

    x, y = tagged("lon"), tagged("lat")
    found = [Chosen(x, y)] if x and y else []
    found += [Chosen(n) for n in (tagged("coord"), tagged("coords"), tagged("mgrs")) if n]
    return found


def _pairs(
    columns: Mapping[str, Objects], plain: Mapping[str, str], y_field: str | None, zone: str | None
) -> list[Chosen]:
    """Pair columns by the names of one family; across families only where no family is complete."""
    found: list[Chosen] = []
    ends: list[tuple[str | None, str | None]] = []
    for x_words, y_words in _FAMILIES:
        x = _best(columns, plain, x_words, _holds_coordinates)
        y = y_field or _best(columns, plain, y_words, _holds_coordinates)
        ends.append((x, y))
        if x is not None and y is not None and x != y:
            found.append(Chosen(x, y, zone))
    if not found:
        x = next((x for x, _ in ends if x), None)
        y = next((y for _, y in ends if y), None)
        found = [Chosen(x, y, zone)] if x and y and x != y else []
    return found


def _with_parts(
    columns: Mapping[str, Objects], plain: Mapping[str, str], found: list[Chosen]
) -> list[Chosen]:
    """Add the columns of minutes, seconds and halves of the globe: degrees without them are wrong places."""
    parts: dict[str, dict[str, str]] = {"x": {}, "y": {}}
    if any(re.fullmatch(r"max_?(lat|lon|lng)\w*|(lat|lon|lng)\w*_?max(imum)?", n) for n in plain.values()):
        return found  # "lat_min" is the least latitude there
    for name, folded in plain.items():
        axis, part = _part_of(folded)
        if axis and _fits_part(columns[name], axis, part):
            parts[axis].setdefault(part, name)
    x, y = parts["x"], parts["y"]
    if "minutes" in x and "minutes" in y:
        lon, lat = (p.get("degrees") or p.get("whole") for p in (x, y))
        if lon and lat:
            x_parts, y_parts = ((p["minutes"], p.get("seconds"), p.get("half")) for p in (x, y))
            rest = [c for c in found if not {c.x, c.y} & {lon, lat}]
            return [Chosen(lon, lat, x_parts=x_parts, y_parts=y_parts), *rest]
    if "half" in x or "half" in y:
        halves: list[tuple[str | None, ...]] = [(None, None, p.get("half")) for p in (x, y)]
        return [replace(c, x_parts=halves[0], y_parts=halves[1]) if c.y and not c.zone else c for c in found]
    return found


def _part_of(folded: str) -> tuple[str, str]:
    """Return the axis ("x" or "y") that a column's name speaks of, and which part of an angle; "" if none."""
    if folded in _HALF:
        return _HALF[folded], "half"
    if folded in _AXIS:
        return _AXIS[folded], "whole"
    for axis, which in _AXIS.items():
        for word in (folded.removeprefix(axis).strip("_"), folded.removesuffix(axis).strip("_")):
            if word != folded and word in _PART_OF and (len(word) > 1 or "_" in folded or len(axis) < 5):
                return which, _PART_OF[word]
    return "", ""


def _fits_part(column: Objects, axis: str, part: str) -> bool:
    """Tell whether the values can be that part: minutes and seconds below 60, N or S, E or W."""
    sample = _sample(column, _SAMPLE)
    if part == "half":
        return bool(sample) and all(v.strip(". ").upper() in _HALVES[axis] for v in sample)
    numbers = [v for v in sample if NUMBER.fullmatch(v)]
    if part in ("degrees", "whole"):
        return bool(numbers) and all(float(v.replace(",", ".")).is_integer() for v in numbers)
    return bool(numbers) and all(0 <= float(v.replace(",", ".")) < 60 for v in numbers)


def _best(
    columns: Mapping[str, Objects], plain: Mapping[str, str], words: tuple[str, ...], fits: _Fits
) -> str | None:
    return next(iter(_ranked(columns, plain, words, fits)), None)


def _ranked(
    columns: Mapping[str, Objects], plain: Mapping[str, str], words: tuple[str, ...], fits: _Fits
) -> list[str]:
    """Return the columns whose name is, begins or ends with one of the words, the best first, if they fit."""
    scores: dict[str, int] = {}
    for name, folded in plain.items():
        for rank, word in enumerate(words):
            apart = len(word) > 2 and (folded.startswith(f"{word}_") or folded.endswith(f"_{word}"))
            if folded == word or apart:
                scores[name] = max(scores.get(name, 0), (1_000 if folded == word else 500) - rank)
    return [name for name in sorted(scores, key=lambda n: -scores[n]) if fits(columns[name])]


def _promised(columns: Mapping[str, Objects], plain: Mapping[str, str]) -> list[Chosen]:
    """Return columns whose names leave no doubt though no value can be read: each row then says why not."""
    x_words, y_words = _FAMILIES[0]
    x, y = (_best(columns, plain, words, _holds_anything) for words in (x_words, y_words))
    if x and y:
        return [Chosen(x, y)]
    return [Chosen(n) for n in columns if plain[n] in _UNMISTAKABLE and _holds_anything(columns[n])][:1]


def _sample(column: Objects, most: int) -> list[str]:
    return [value for value in column[: _SAMPLE * 10].tolist() if value][:most]


def _holds_anything(column: Objects) -> bool:
    return bool(_sample(column, 1))


def _holds_coordinates(column: Objects) -> bool:
    """Tell whether at least half of the first values are numbers, angles, or whole positions."""
    sample = _sample(column, _SAMPLE)
    fits = sum(bool(NUMBER.fullmatch(v) or _ANGLE.fullmatch(v)) for v in sample)
    return fits * 2 >= len(sample) > 0 or _holds_positions(column)


def _readings(column: Objects) -> list[tuple[str, Reading | str]]:
    texts = PositionTexts()
    return [(v, texts.read_one(v)) for v in _sample(column, _PARSED_SAMPLE)]


def _holds_positions(column: Objects) -> bool:
    """Tell whether at least half of the first values are whole positions, in either order."""
    readings = _readings(column)
    fits = sum(isinstance(r, Reading) or bool(PAIR.fullmatch(v.strip("()[] "))) for v, r in readings)
    return fits * 2 >= len(readings) > 0


def _clearly_holds_positions(column: Objects) -> bool:
    """Tell whether nearly all values can be nothing but positions, whatever the column is called."""
    readings = _readings(column)
    fits = sum(
        (isinstance(r, Reading) and not r.order_assumed) or bool(_PRECISE_PAIR.fullmatch(v.strip("()[] ")))
        for v, r in readings
    )
    return fits >= 0.8 * len(readings) > 0


def _neighbours(columns: Mapping[str, Objects]) -> list[Chosen]:
    """Propose two neighbouring columns of fractions that fit latitude and longitude."""
    names = list(columns)
    for first, second in pairwise(names):
        a, b = _most(columns[first]), _most(columns[second])
        if a is None or b is None or min(a, b) > 90 or max(a, b) > 180:
            continue
        return [Chosen(first, second, guessed=True) if a > 90 else Chosen(second, first, guessed=True)]
    return []


def _most(column: Objects) -> float | None:
    """Return the largest size of a column's numbers; None unless all are numbers, some with a fraction."""
    sample = _sample(column, _SAMPLE)
    if (
        not sample
        or not all(NUMBER.fullmatch(v) for v in sample)
        or not any(set(v) & {".", ","} for v in sample)
    ):
        return None
    return max(abs(float(v.replace(",", "."))) for v in sample)


def reads_longitude_first(name: str, values: list[str | None]) -> tuple[bool, bool]:
    """Tell whether pairs of plain numbers in one column begin with the longitude, and whether that is sure.

    The column's name decides, then a first or second number beyond 90; otherwise the latitude is taken to be
    first, and that is not sure.
    """
    folded = _folded(name)
    if re.search(r"(lon|lng|long|longitude|x)_?(and_)?(lat|latitude|y)", folded):
        return True, True
    if re.search(r"(lat|latitude|y)_?(and_)?(lon|lng|long|longitude|x)", folded):
        return False, True
    pairs = [PAIR.fullmatch(v.strip("()[] ")) for v in values if v]
    sizes = [[abs(float(g.replace(",", "."))) for g in m.groups() if g] for m in pairs if m]
    if any(first > 90 for first, _ in sizes):
        return True, True
    return False, any(second > 90 for _, second in sizes)
