"""Doubts about rows that may be one and the same: identical positions, and probable duplicates."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo, parallel
from layers.doubted import Doubt, Subjects
from layers.model import Kind
from layers.similarity import ALIKE, key_of, marks_of, similarity
from layers.volume import Times

NEAR_M = 150.0
"""Within this distance, two of one category with similar names are probably one."""
_MOST_PAIRS = 100_000
"""Beyond this many neighbours of the same category, only those with the very same name are paired."""
_SAME_DEG = 1e-7
_FEW_WORDS = 1 << 15
_BLOCKS = 8
"""Parts in which the cores look for middles of shapes."""
_CELLS_NORTH = 2_000_000_000
"""More than there are steps of `_SAME_DEG` from pole to pole: two numbers become one."""
_CELLS_EAST = 1 << 20
"""More than there are cells of `NEAR_M` around the equator."""
_COMPARED = frozenset({Kind.HUMANITARIAN_SITE, Kind.PROJECT, Kind.NO_STRIKE_AREA, Kind.HAZARD, Kind.LIAISON})
Rows = NDArray[np.int64]


class _Pool:
    """The rows being imported, and below them what the workspace holds of the same kind."""

    def __init__(self, subjects: Subjects, usable: NDArray[np.bool_]) -> None:
        own = subjects.table
        others = [layer for layer in subjects.workspace.of_kind(subjects.kind) if len(layer.table)]
        tables = [own, *(layer.table for layer in others)]
        self.own = len(own)
        self.id = _joined([t.id for t in tables])
        self.name = _joined([t.name for t in tables])
        self.category = _joined([t.category for t in tables])
        self.start: Times = _joined([t.valid_from for t in tables])
        self.end: Times = _joined([t.valid_to for t in tables])
        self._row = own.source_row
        self._layer = [layer.name for layer in others for _ in range(len(layer.table))]
        shapes = _joined([t.geometry for t in tables])
        self.is_point = shapely.get_type_id(shapes) == 0
        self.centre = _centres(shapes, self.is_point, _joined([t.bounds for t in tables]))
        self.usable = _joined([usable, np.ones(len(shapes) - self.own, dtype=bool)])
        self.usable = self.usable & np.isfinite(self.centre[:, 0]) & np.isfinite(self.centre[:, 1])

    def words(self, j: int) -> str:
        """Say which one `j` is, as the officer would find it."""
        name = f" (“{self.name[j]}”)" if self.name[j] else ""
        if j < self.own:
            return f"row {self._row[j]}{name}"
        return f"one in “{self._layer[j - self.own]}”{name}"


def _joined(columns: list[NDArray[Any]]) -> NDArray[Any]:
    """Join columns; the first one itself where the others are empty."""
    return np.concatenate(columns) if any(map(len, columns[1:])) else columns[0]


def _centres(
    shapes: NDArray[np.object_], is_point: NDArray[np.bool_], bounds: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the centre of every shape, (n, 2) in degrees; NaN for a missing or empty one."""
    centres = bounds[:, :2].copy()  # of a point, and NaN where there is none
    others = np.flatnonzero(~is_point & ~np.isnan(centres[:, 0]))
    if len(others):
        blocks = np.array_split(shapes[others], _BLOCKS)
        middles = np.concatenate(parallel.each(shapely.centroid, blocks, rows=len(others)))
        centres[others] = shapely.bounds(middles)[:, :2]
    return centres


def doubts(subjects: Subjects, usable: NDArray[np.bool_]) -> list[Doubt]:
    """Return a doubt for each row that has a twin further up in the file, or in the workspace."""
    if subjects.kind not in _COMPARED:
        return []
    pool = _Pool(subjects, usable)
    found: dict[int, Doubt] = {}
    for i, j in _same_position(pool):
        found.setdefault(i, _position_doubt(pool, i, j))
    for i, j in _near(pool):
        known = found.get(i)
        if known is not None and known.code == "duplicate":
            continue
        if _alike(pool, i, j):
            found[i] = _duplicate(pool, i, j)
    return [found[i] for i in sorted(found)]


def _same_position(pool: _Pool) -> list[tuple[int, int]]:
    """Pair each point with the first one at the very same position."""
    rows = np.flatnonzero(pool.usable & pool.is_point)
    cells = np.round(pool.centre[rows] / _SAME_DEG).astype(np.int64)
    place = cells[:, 0] * _CELLS_NORTH + cells[:, 1]
    alone = np.sort(place)  # several times as fast as an order of the rows, which few files need
    if not (alone[1:] == alone[:-1]).any():
        return []
    order = np.argsort(place, kind="stable")
    place, rows = place[order], rows[order]
    new = np.r_[True, place[1:] != place[:-1]] if len(rows) else np.empty(0, dtype=bool)
    group = np.cumsum(new) - 1
    first = rows[new][group] if len(rows) else rows
    # What the workspace holds comes last in the pool but was there first.
    last = rows[np.r_[new[1:], True]][group] if len(rows) else rows
    other = np.where((last >= pool.own) & (rows < pool.own), last, first)
    twin = (rows < pool.own) & (other != rows)
    return sorted(zip(rows[twin].tolist(), other[twin].tolist(), strict=True))


def _position_doubt(pool: _Pool, i: int, j: int) -> Doubt:
    same_name = str(pool.name[i]).casefold().split() == str(pool.name[j]).casefold().split()
    if same_name and pool.category[i] == pool.category[j]:
        return _duplicate(pool, i, j)
    if same_name and pool.name[i]:
        what = f"It has exactly the position and the name of {pool.words(j)}, but another category."
        return Doubt(i, "same_position", what, "Ask the partner which category is right.")
    what = f"It has exactly the position of {pool.words(j)}."
    return Doubt(i, "same_position", what, "Ask the partner which of the two lies there.")


def _near(pool: _Pool) -> list[tuple[int, int]]:
    """Pair the rows being imported with what lies within reach and has the same category.

    A pair within the file is (later row, earlier row).
    """
    rows = np.flatnonzero(pool.usable)
    groups = _grouped(pool.category[rows].tolist(), rows)
    crowded = sum(_expected_pairs(pool.centre[group]) for group in groups) > _MOST_PAIRS
    pairs: list[tuple[int, int]] = []
    for group in groups:
        # In a crowd only the same name says anything: every tent is near a hundred others.
        parts = _grouped([str(n).lower() for n in pool.name[group]], group) if crowded else [group]
        for part in parts:
            if not crowded or (pool.name[part[0]] and _expected_pairs(pool.centre[part]) < _MOST_PAIRS):
                pairs += _within_reach(pool, part)
    return sorted(pairs)


def _grouped(words: list[str], rows: Rows) -> list[Rows]:
    """Split rows by their word (one for each of them), leaving out words that only one has."""
    numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
    inverse = np.fromiter(map(numbers.__getitem__, words), dtype=np.int64, count=len(words))
    if len(numbers) < _FEW_WORDS:
        inverse = inverse.astype(np.int16)  # sorted in a tenth of the time
    order = np.argsort(inverse, kind="stable")
    ends = np.cumsum(np.bincount(inverse, minlength=1))
    return [part for part in np.split(rows[order], ends[:-1]) if len(part) > 1]


def _expected_pairs(centre: NDArray[np.float64]) -> float:
    """Estimate how many pairs lie within reach, from the numbers in cells of that size."""
    cells = np.floor(centre / (NEAR_M / geo.METRES_PER_DEGREE)).astype(np.int64)
    _, counts = np.unique(cells[:, 0] * 10_000_000 + cells[:, 1], return_counts=True)
    return float((counts.astype(np.float64) ** 2).sum() - len(cells)) * 2


def _within_reach(pool: _Pool, rows: Rows) -> list[tuple[int, int]]:
    mine = rows[rows < pool.own]
    a, b = _neighbours(pool.centre, mine, rows)
    kept = (b >= pool.own) | (b < a)
    a, b = a[kept], b[kept]
    if not len(a):
        return []
    (lon, lat), (other_lon, other_lat) = pool.centre[a].T, pool.centre[b].T
    near = geo.distance_m(lon, lat, other_lon, other_lat) <= NEAR_M
    return list(zip(a[near].tolist(), b[near].tolist(), strict=True))


def _neighbours(centre: NDArray[np.float64], mine: Rows, rows: Rows) -> tuple[Rows, Rows]:
    """Pair each of `mine` with those of `rows` in its own cell and the eight around it.

    Cells are at least `NEAR_M` high and wide: each band of latitude has cells of its own width in degrees.
    """
    band = np.floor(centre[rows, 1] * (geo.METRES_PER_DEGREE / NEAR_M)).astype(np.int64)
    cell = band * _CELLS_EAST + _column_of(centre[rows, 0], band)
    order = np.argsort(cell)
    cell, listed = cell[order], rows[order]
    asking = listed[np.isin(listed, mine)] if len(mine) < len(rows) else listed
    own_band = np.floor(centre[asking, 1] * (geo.METRES_PER_DEGREE / NEAR_M)).astype(np.int64)
    found: list[tuple[Rows, Rows]] = []
    for beside in (own_band - 1, own_band, own_band + 1):
        middle = beside * _CELLS_EAST + _column_of(centre[asking, 0], beside)
        first = np.searchsorted(cell, middle - 1)
        some = np.flatnonzero(cell[np.minimum(first, len(cell) - 1)] <= middle + 1)  # or all lie before
        first, end = first[some], np.searchsorted(cell, middle[some] + 1, side="right")
        counts = np.maximum(end - first, 0)
        step = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        found.append((np.repeat(asking[some], counts), listed[np.repeat(first, counts) + step]))
    mine_found, others = zip(*found, strict=True)
    return np.concatenate(mine_found), np.concatenate(others)


def _column_of(lon: NDArray[np.float64], band: Rows) -> Rows:
    """Return the number of the cell, in a band of latitude, that holds a longitude."""
    lowest = int(band.min(initial=0))
    poleward = (np.abs(np.arange(lowest, int(band.max(initial=0)) + 1)) + 1) * (
        NEAR_M / geo.METRES_PER_DEGREE
    )
    return np.floor(lon / geo.longitude_reach_deg(NEAR_M, poleward)[band - lowest]).astype(np.int64)


def _alike(pool: _Pool, i: int, j: int) -> bool:
    """Tell whether two neighbours may be one: similar names, and not one after the other in time."""
    if pool.end[i] <= pool.start[j] or pool.end[j] <= pool.start[i]:
        return False
    a, b = str(pool.name[i]), str(pool.name[j])
    return marks_of(a) == marks_of(b) and similarity(key_of(a), key_of(b)) >= ALIKE


def _duplicate(pool: _Pool, i: int, j: int) -> Doubt:
    apart = float(geo.distance_m(*pool.centre[i], *pool.centre[j])[0])
    where = f"{apart:,.0f} m away" if apart >= 1 else "at the same position"
    what = f"It is probably the same as {pool.words(j)}, {where}, of the same category."
    proposal = f"Keep {pool.words(j)} and leave this row out."
    return Doubt(i, "duplicate", what, proposal, {"same_as": str(pool.id[j])})
