"""Reading a partner file for the import dialog: everything that must not happen on the GUI thread."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from layers import crs
from layers.importing import guess_kind
from layers.model import Kind, Objects
from layers.progress import Progress
from layers.reading import Decided, Imported, ReadOptions, open_any

MAP_SHAPES = 20_000
"""Shapes drawn on the preview map; of more, an even sample."""
_UTM = re.compile(r"EPSG:32([67])(\d\d)")

ENCODINGS = (
    ("utf-8", "Unicode (UTF-8)"),
    ("utf-8-sig", "Unicode (UTF-8, marked)"),
    ("cp1256", "Arabic, Windows (cp1256)"),
    ("cp1251", "Cyrillic, Windows (cp1251)"),
    ("cp866", "Cyrillic, DOS (cp866)"),
    ("cp1252", "Western European, Windows (cp1252)"),
    ("cp1250", "Central European, Windows (cp1250)"),
    ("cp1254", "Turkish, Windows (cp1254)"),
    ("cp1253", "Greek, Windows (cp1253)"),
    ("cp1255", "Hebrew, Windows (cp1255)"),
    ("gb18030", "Chinese (gb18030)"),
    ("latin-1", "Western European (latin-1)"),
)


@dataclass(frozen=True, eq=False)
class Preview:
    """What was read, and what the page shows of it."""

    imported: Imported
    kind: Kind
    systems: tuple[str, ...]
    """Coordinate systems to offer, the likeliest first."""
    shapes: Objects
    """What the small map draws: at most `MAP_SHAPES`."""
    placed: int
    """Rows that have a position."""


def read_preview(
    path: Path,
    options: ReadOptions,
    extent: tuple[float, float, float, float] | None,
    progress: Progress,
) -> Preview:
    """Read a file and prepare what is shown of it.

    `extent` is where the workspace lies (west, south, east, north in degrees): of the coordinate systems that
    fit a file which names none, those of that place come first.
    """
    imported = open_any(path, options, progress)
    return Preview(
        imported=imported,
        kind=guess_kind(imported),
        systems=tuple(offered(imported.crs, extent)),
        shapes=_sample(imported.geometry),
        placed=int((~(shapely.is_missing(imported.geometry) | shapely.is_empty(imported.geometry))).sum()),
    )


def offered(decided: Decided, extent: tuple[float, float, float, float] | None) -> list[str]:
    """Return the coordinate systems to offer: the one in use, those that fit, then longitude/latitude."""
    fitting = list(decided.candidates)
    if extent is not None:
        west, south, east, north = extent
        zone, is_north = int((west + east) / 2 + 180) // 6 + 1, (south + north) / 2 >= 0
        fitting.sort(key=lambda code: _zones_off(code, zone, is_north))
    codes = [decided.value, *fitting, crs.WGS84, "EPSG:3857"]
    return list(dict.fromkeys(code for code in codes if code))


def _zones_off(code: str, zone: int, is_north: bool) -> int:
    """Return how many UTM zones a system lies from `zone`; others keep their place in front."""
    match = _UTM.fullmatch(code)
    if match is None:
        return 0
    apart = abs(int(match[2]) - zone)
    return min(apart, 60 - apart) + (0 if (match[1] == "6") == is_north else 100)


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


def accuracy_words(imported: Imported) -> str:
    """Return how accurate the change to WGS 84 is, where the decision does not say so already."""
    if imported.crs.value in ("", crs.WGS84) or "accura" in imported.crs.how:
        return ""
    if imported.accuracy_m is None:
        return " How accurate the change to WGS 84 is, is not known."
    return f" The change to WGS 84 is accurate to {max(imported.accuracy_m, 0.01):g} m."


def encoding_entries(decided: Decided) -> list[tuple[str, str]]:
    """Return the encodings to offer: the one in use, those that fit, then the usual ones."""
    words = dict(ENCODINGS)
    names = dict.fromkeys([decided.value, *decided.candidates, *(name for name, _ in ENCODINGS)])
    return [(name, words.get(name, name)) for name in names if name]


def _sample(geometry: Objects) -> Objects:
    if len(geometry) <= MAP_SHAPES:
        return geometry
    return geometry[np.linspace(0, len(geometry) - 1, MAP_SHAPES).astype(np.int64)]
