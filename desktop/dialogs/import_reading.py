"""Reading a partner file for the import dialog: everything that must not happen on the GUI thread."""

from collections import Counter
from dataclasses import dataclass
from heapq import nsmallest
from itertools import islice
from pathlib import Path

import numpy as np
import shapely

from desktop.panels.plain_text import cell_text
from layers import encoding, partners, wgs84
from layers.conversion import text_of
from layers.importing import FieldMapping, guess_kind, guess_mapping
from layers.kinds import spec_of
from layers.landing import Place, extent_of_work, landing_places, offered
from layers.model import Kind, Objects, PartnerProfile, Workspace
from layers.progress import Progress
from layers.reading import Decided, Imported, ReadOptions, open_any

PREVIEW_ROWS = 200
MAP_SHAPES = 3_000
"""Shapes drawn on the preview map; of more, an even sample."""
_MAP_VERTICES = 300_000
SAMPLES = 3
_VALUES = 500
"""Different words of a column that are kept with their counts; the most frequent."""
ENCODINGS = (
    ("utf-8", "Unicode (UTF-8)"),
    ("utf-8-sig", "Unicode (UTF-8, marked)"),
    ("utf-16", "Unicode (UTF-16)"),
    ("cp1256", "Arabic, Windows (cp1256)"),
    ("cp1251", "Cyrillic, Windows (cp1251)"),
    ("cp866", "Cyrillic, DOS (cp866)"),
    ("cp1125", "Ukrainian, DOS (cp1125)"),
    ("koi8-r", "Cyrillic (koi8-r)"),
    ("koi8-u", "Ukrainian (koi8-u)"),
    ("cp1252", "Western European, Windows (cp1252)"),
    ("cp1250", "Central European, Windows (cp1250)"),
    ("cp1254", "Turkish, Windows (cp1254)"),
    ("cp1253", "Greek, Windows (cp1253)"),
    ("cp1255", "Hebrew, Windows (cp1255)"),
    ("cp1257", "Baltic, Windows (cp1257)"),
    ("cp874", "Thai, Windows (cp874)"),
    ("shift-jis", "Japanese (Shift JIS)"),
    ("cp932", "Japanese, Windows (cp932)"),
    ("euc-kr", "Korean (euc-kr)"),
    ("gb18030", "Chinese (gb18030)"),
    ("big5", "Chinese, traditional (big5)"),
    ("mac-roman", "Western European, Mac (mac-roman)"),
    ("mac-cyrillic", "Cyrillic, Mac (mac-cyrillic)"),
    ("iso8859-2", "Central European (iso8859-2)"),
    ("iso8859-5", "Cyrillic (iso8859-5)"),
    ("iso8859-6", "Arabic (iso8859-6)"),
    ("cp720", "Arabic, DOS (cp720)"),
    ("cp850", "Western European, DOS (cp850)"),
    ("cp852", "Central European, DOS (cp852)"),
    ("cp1258", "Vietnamese, Windows (cp1258)"),
    ("euc-jp", "Japanese (euc-jp)"),
    ("cp949", "Korean, Windows (cp949)"),
    ("latin-1", "Western European (latin-1)"),
)


@dataclass(frozen=True)
class ColumnProfile:
    """What is in a column: enough to choose by, without looking at all of it again."""

    name: str
    filled: int
    samples: tuple[str, ...]
    """Its first different values."""
    values: tuple[tuple[str, int], ...]
    """Its different values with how many rows have each, the most frequent first; bounded."""
    distinct: int


@dataclass(frozen=True, eq=False)
class Preview:
    """What was read, and what the page shows of it."""

    imported: Imported
    kind: Kind
    mapping: FieldMapping | None
    """Guessed for this kind."""
    systems: tuple[str, ...]
    """Coordinate systems to offer, the likeliest first."""
    places: tuple[Place, ...]
    """Where the rows would lie in each of the likeliest systems."""
    columns: tuple[ColumnProfile, ...]
    cells: tuple[tuple[str, ...], ...]
    """The first rows as text, column by column."""
    shapes: Objects
    """What the small map draws: at most `MAP_SHAPES`."""
    placed: int
    """Rows that have a position."""
    profile: PartnerProfile | None = None
    """How the partner's last delivery of this layout was read."""

    def column(self, name: str | None) -> ColumnProfile | None:
        """Return what is in a column, None for none."""
        return next((column for column in self.columns if column.name == name), None)


def read_preview(path: Path, options: ReadOptions, workspace: Workspace, progress: Progress) -> Preview:
    """Read a file and prepare what is shown of it.

    Of the coordinate systems that fit a file which names none, those of the area of operations come first.
    """
    extent = extent_of_work(workspace)
    imported = open_any(path, options, progress)
    progress(0, 0, "Looking at the columns")
    kind = guess_kind(imported)
    systems = offered(imported.crs, extent)
    places = landing_places(imported, systems, extent)
    missing = shapely.is_missing(imported.geometry) | shapely.is_empty(imported.geometry)
    return Preview(
        imported=imported,
        kind=kind,
        mapping=guess_mapping(imported, spec_of(kind)),
        systems=tuple(systems),
        places=places,
        columns=tuple(profile_of(name, column) for name, column in imported.columns.items()),
        cells=tuple(
            tuple(cell_text(value) for value in column[:PREVIEW_ROWS].tolist())
            for column in imported.columns.values()
        ),
        shapes=_sample(imported.geometry),
        placed=int((~missing).sum()),
        profile=partners.recognise(workspace, imported),
    )


def profile_of(name: str, column: Objects) -> ColumnProfile:
    """Look through a column once."""
    counts = Counter(text_of(value) for value in column.tolist())
    filled = len(column) - counts.pop("", 0)
    first = tuple(islice(counts, SAMPLES))
    if len(counts) == filled:  # every value is its own: no order by frequency
        values = list(islice(counts.items(), _VALUES))
    else:
        values = nsmallest(_VALUES, counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ColumnProfile(name, filled, first, tuple(values), len(counts))


def accuracy_words(imported: Imported) -> str:
    """Return how accurate the change to WGS 84 is, where the decision does not say so already."""
    if imported.crs.value in ("", wgs84.WGS84) or "accura" in imported.crs.how:
        return ""
    if imported.accuracy_m is None:
        return " How accurate the change to WGS 84 is, is not known."
    return f" The change to WGS 84 is accurate to {max(imported.accuracy_m, 0.01):g} m."


def encoding_words(name: str) -> str:
    """Return an encoding in words."""
    plain = name.lower().replace("_", "-")
    return next((words for known, words in ENCODINGS if known == plain), encoding.title_of(name))


def encoding_entries(decided: Decided) -> list[tuple[str, str]]:
    """Return the encodings to offer: the one in use, those that fit, then the usual ones."""
    names: dict[str, str] = {}
    for name in (decided.value, *decided.candidates, *(known for known, _ in ENCODINGS)):
        if name:
            names.setdefault(encoding_words(name), name)
    return [(name, words) for words, name in names.items()]


def _sample(geometry: Objects) -> Objects:
    """Choose evenly what the small map draws, bounded in shapes and in vertices."""
    chosen = geometry
    if len(chosen) > MAP_SHAPES:
        chosen = chosen[np.linspace(0, len(chosen) - 1, MAP_SHAPES).astype(np.int64)]
    vertices = np.cumsum(shapely.get_num_coordinates(chosen))
    if len(vertices) and vertices[-1] > _MAP_VERTICES:
        extent = wgs84.extent(chosen)
        step = max(extent[2] - extent[0], extent[3] - extent[1]) / 2000 if extent else 0.0
        chosen = shapely.simplify(chosen, step, preserve_topology=False)
        vertices = np.cumsum(shapely.get_num_coordinates(chosen))
        chosen = chosen[vertices <= _MAP_VERTICES]
    return chosen
