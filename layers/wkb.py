"""Shapes of partners as well-known binary, read so that nothing in it can end the process.

GEOS overflows its stack on collections nested thousands deep, and shapely 2.1 raises for curves and for the
faces of bodies; they are met before GEOS sees them. Remove them from here when shapely reads them.

Source: OGC 06-103r4 (WKB, with faces), ISO 13249-3 (curves).
"""

import struct
from dataclasses import dataclass
from math import atan2, ceil, cos, hypot, pi, sin
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import repair
from layers.model import Objects
from layers.reading import Action, Problem

MAX_NESTING = 16
_STEP_DEG = 1.0
"""Arcs become edges of this many degrees: they stray from the arc by less than 0.004% of its radius."""
_COLLECTION = 7
_CIRCULAR, _COMPOUND, _CURVE_POLYGON, _MULTI_CURVE, _MULTI_SURFACE = 8, 9, 10, 11, 12
_CURVED = (_CIRCULAR, _COMPOUND, _CURVE_POLYGON, _MULTI_CURVE, _MULTI_SURFACE)
_FACES, _TIN, _TRIANGLE = 15, 16, 17
_FACED = (_FACES, _TIN, _TRIANGLE)
_GROUPS: dict[int, Any] = {
    4: shapely.MultiPoint,
    5: shapely.MultiLineString,
    6: shapely.MultiPolygon,
    _MULTI_CURVE: shapely.MultiLineString,
    _MULTI_SURFACE: shapely.MultiPolygon,
    _FACES: shapely.MultiPolygon,
    _TIN: shapely.MultiPolygon,
}
_SIMPLE = (1, 2, 3)
_MULTI = (4, 5, 6)
_LONG = 4_096
"""Bytes below which nothing is nested deep enough to overflow a stack."""

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Shapes:
    """Shapes read from WKB, None where nothing could be read, and the rows where something was done."""

    geometry: Objects
    closed: Rows
    """Rings that did not end where they began were closed."""
    straightened: Rows
    """Curves became lines of short edges."""
    flattened: Rows
    """Faces of a body became areas on the ground."""
    too_deep: Rows
    """Collections in collections beyond `MAX_NESTING`: None."""
    unread: Rows
    """Bytes that are no geometry: None."""

    def problems(self) -> list[Problem]:
        """Say row by row (from 1) what was done, and what could not be read."""
        said = (
            (self.closed, Action.REPAIRED, "open_ring", repair.CLOSED),
            (self.straightened, Action.REPAIRED, "curve", repair.STRAIGHTENED),
            (self.flattened, Action.REPAIRED, "faces", repair.FLATTENED),
            (self.too_deep, Action.SKIPPED, "bad_feature", repair.TOO_DEEP),
            (self.unread, Action.SKIPPED, "bad_feature", "Its geometry is damaged and cannot be read."),
        )
        return [
            Problem(i + 1, action, code, what) for rows, action, code, what in said for i in rows.tolist()
        ]


def read(blobs: Objects) -> Shapes:
    """Read an object array of WKB (bytes or None), ISO or extended."""
    bodies = blobs.copy()
    deep: list[int] = []
    made: dict[int, _Parsed] = {}
    for i, blob in enumerate(blobs.tolist()):
        kind = _kind(blob)
        is_group = kind == _COLLECTION or (kind in _MULTI and len(blob) > _LONG)
        if kind in _CURVED or kind in _FACED or is_group:
            bodies[i] = None
            try:
                parsed = _Parser(blob).geometry(1)
            except (_TooDeepError, RecursionError):
                deep.append(i)
                continue
            except (struct.error, ValueError, TypeError, shapely.errors.ShapelyError):
                continue
            if parsed.is_curved or parsed.is_faced:
                made[i] = parsed
            else:
                bodies[i] = blob
    geometry: Objects = shapely.from_wkb(bodies, on_invalid="ignore")
    given = np.array([blob is not None for blob in bodies.tolist()], dtype=bool)
    lost = np.flatnonzero(shapely.is_missing(geometry) & given)
    if len(lost):
        geometry[lost] = shapely.from_wkb(bodies[lost], on_invalid="fix")
    for i, parsed in made.items():
        geometry[i] = parsed.shape
    unread = shapely.is_missing(geometry) & np.array([b is not None for b in blobs.tolist()], dtype=bool)
    unread[deep] = False
    return Shapes(
        geometry,
        closed=lost[~shapely.is_missing(geometry[lost])],
        straightened=np.array([i for i, p in made.items() if p.is_curved], dtype=np.int64),
        flattened=np.array([i for i, p in made.items() if p.is_faced], dtype=np.int64),
        too_deep=np.array(deep, dtype=np.int64),
        unread=np.flatnonzero(unread),
    )


def _kind(blob: bytes | None) -> int:
    """Return the type of a geometry without its dimensions; 0 for none."""
    if blob is None or len(blob) < 5:
        return 0
    code = int.from_bytes(blob[1:5], "little" if blob[0] else "big") & 0x0FFFFFFF
    return code % 1000


class _TooDeepError(ValueError):
    """Collections are nested beyond what is read."""


@dataclass(frozen=True, slots=True)
class _Parsed:
    shape: Any
    is_curved: bool
    is_faced: bool = False


class _Parser:
    """Reads one geometry from its bytes, curves straightened, heights left out."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def geometry(self, depth: int) -> _Parsed:
        if depth > MAX_NESTING:
            raise _TooDeepError
        start = self._place
        order = "<" if self._data[self._place : self._place + 1] == b"\1" else ">"
        (code,) = struct.unpack_from(f"{order}I", self._data, start + 1)
        self._place += 5
        if code & 0x20000000:  # extended WKB with the number of a coordinate system
            self._place += 4
        dimensions = 2 + (code >> 31) + (code >> 30 & 1)
        code &= 0x0FFFFFFF
        dimensions += (0, 1, 1, 2)[min(code // 1000, 3)]
        kind = code % 1000
        if kind in _SIMPLE or kind in (_CIRCULAR, _TRIANGLE):
            return self._simple(kind, order, dimensions)
        return self._group(kind, order, depth)

    def _count(self, order: str) -> int:
        (count,) = struct.unpack_from(f"{order}I", self._data, self._place)
        self._place += 4
        return int(count)

    def _positions(self, count: int, order: str, dimensions: int) -> NDArray[np.float64]:
        size = count * dimensions * 8
        if self._place + size > len(self._data):
            raise ValueError("cut short")
        values = np.frombuffer(self._data, f"{order}f8", count * dimensions, self._place)
        self._place += size
        return np.asarray(values.reshape(count, dimensions)[:, :2].astype(np.float64))

    def _simple(self, kind: int, order: str, dimensions: int) -> _Parsed:
        if kind == 1:
            return _Parsed(shapely.Point(self._positions(1, order, dimensions)[0]), is_curved=False)
        if kind in (3, _TRIANGLE):
            rings = [
                self._positions(self._count(order), order, dimensions) for _ in range(self._bounded(order))
            ]
            area = shapely.Polygon(rings[0], rings[1:]) if rings else None
            return _Parsed(area, is_curved=False, is_faced=kind == _TRIANGLE)
        xy = self._positions(self._count(order), order, dimensions)
        if kind == _CIRCULAR:
            return _Parsed(shapely.LineString(_straightened(xy)), is_curved=True)
        return _Parsed(shapely.LineString(xy), is_curved=False)

    def _bounded(self, order: str) -> int:
        """Return a count of parts; each takes at least four bytes."""
        count = self._count(order)
        if count * 4 > len(self._data) - self._place:
            raise ValueError("cut short")
        return count

    def _group(self, kind: int, order: str, depth: int) -> _Parsed:
        if kind not in (4, 5, 6, 7, *_CURVED, *_FACED):
            raise ValueError("a geometry of an unknown type")
        parts = [self.geometry(depth + 1) for _ in range(self._bounded(order))]
        shapes = [p.shape for p in parts if p.shape is not None]
        curved = kind in _CURVED or any(p.is_curved for p in parts)
        faced = kind in _FACED or any(p.is_faced for p in parts)
        if not curved and not faced:
            # The whole is read by GEOS; beside a curve, a plain part is wanted here.
            shape = _GROUPS.get(kind, shapely.GeometryCollection)(shapes) if depth > 1 else None
            return _Parsed(shape, is_curved=False)
        if kind in (_COMPOUND, _CURVE_POLYGON):
            lines = [shapely.get_coordinates(s) for s in shapes]
            if kind == _COMPOUND:
                return _Parsed(shapely.LineString(np.concatenate(lines)), is_curved=True)
            return _Parsed(shapely.Polygon(lines[0], lines[1:]) if lines else None, is_curved=True)
        made = _GROUPS.get(kind, shapely.GeometryCollection)(shapes)
        return _Parsed(made, is_curved=curved, is_faced=faced)


def _straightened(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Replace arcs, each given by its start, a place on it, and its end, by short edges."""
    if len(xy) < 3 or len(xy) % 2 == 0:
        raise ValueError("not a row of arcs")
    pieces = [_arc(*xy[i : i + 3]) for i in range(0, len(xy) - 2, 2)]
    return np.concatenate([p[:-1] for p in pieces] + [xy[-1:]])


def _arc(
    start: NDArray[np.float64], middle: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return positions along an arc; three in a row are a straight line, and start = end a whole circle."""
    (bx, by), (cx, cy) = middle - start, end - start
    if (start == end).all():
        centre = np.array([bx / 2, by / 2])
        turn = 2 * pi
    else:
        cross = 2 * (bx * cy - by * cx)
        if not np.isfinite(cross) or abs(cross) < 1e-12 * (hypot(bx, by) + hypot(cx, cy)) ** 2:
            return np.array([start, middle, end])
        b2, c2 = bx * bx + by * by, cx * cx + cy * cy
        centre = np.array([(cy * b2 - by * c2) / cross, (bx * c2 - cx * b2) / cross])
        first, last = atan2(-centre[1], -centre[0]), atan2(cy - centre[1], cx - centre[0])
        turn = (last - first) % (2 * pi) if cross > 0 else -((first - last) % (2 * pi))
    begin = atan2(-centre[1], -centre[0])
    radius = hypot(*centre)
    steps = max(2, ceil(abs(turn) / (_STEP_DEG * pi / 180)))
    angles = [begin + turn * i / steps for i in range(steps + 1)]
    arc = np.array([(centre[0] + radius * cos(a), centre[1] + radius * sin(a)) for a in angles]) + start
    arc[0], arc[-1] = start, end
    return arc
