"""The smallest shift, shrink or detour that keeps a shape clear of others, in a local conformal plane.

The plane is tangent at the shape, so metres in it are metres on the ground to 1e-6 within 10 km; what is
found is verified by the rules, on the ellipsoid, before anybody sees it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo
from layers.progress import Progress, silent

Floats = NDArray[np.float64]

MOST_M = 20_000.0
"""No shift farther than this is looked for."""
_LEAST_LEFT = 0.2
"""Share of its area that a shrunken zone must keep; less is no zone any more."""
_STEPS_M = np.concatenate([[0.0], np.geomspace(1.0, MOST_M, 60)])
_DIRECTIONS = np.arange(0.0, 360.0, 10.0)
_ROOM_M = 0.01
_SCALE = 1.0 + 2e-6
_PIECE_M = 2_000.0
_DETOUR_ROOM_M = 1.0


@dataclass(frozen=True)
class Obstacle:
    """A shape (WGS 84 longitude/latitude) and the metres to keep from it: more than that is clear."""

    geometry: Any
    keep_m: float


class Ground:
    """A shape and what it must keep clear of, in the plane about the shape."""

    def __init__(self, geometry: Any, obstacles: Sequence[Obstacle]) -> None:
        west, south, east, north = shapely.bounds(geometry)
        self._lonlat = geometry
        self._plane = geo.Plane(float((west + east) / 2), float((south + north) / 2))
        self._flat = self._forward(geometry)
        shapely.prepare(self._flat)
        self._others = [self._forward(obstacle.geometry) for obstacle in obstacles]
        self._keep = [obstacle.keep_m * _SCALE + _ROOM_M for obstacle in obstacles]

    def _forward(self, geometry: Any) -> Any:
        column = np.empty(1, dtype=object)
        column[0] = geometry
        return self._plane.forward(column)[0]

    # --- shift ----------------------------------------------------------------------------------

    def smallest_shift(self, progress: Progress = silent) -> tuple[float, float] | None:
        """Return the direction, in degrees clockwise from north, and the metres of the smallest shift.

        Directions are tried all round, then ever finer about the best. None where none is found.
        """
        best = self._best(_DIRECTIONS, progress)
        span = 10.0
        while best is not None and span > 0.1:
            nearer = self._best(best[0] + np.linspace(-span, span, 9), progress)
            best = min(best, nearer or best, key=lambda found: found[1])
            span /= 4
        return best

    def _best(self, directions: Floats, progress: Progress) -> tuple[float, float] | None:
        ways = np.column_stack([np.sin(np.radians(directions)), np.cos(np.radians(directions))])
        steps = []
        for number, way in enumerate(ways):
            progress(number, len(ways), "Looking for a shift")
            free = ~self._blocked(_STEPS_M[:, None] * way)
            steps.append(int(np.argmax(free)) if free.any() else len(_STEPS_M))
        best: tuple[float, float] | None = None
        for i in np.argsort(steps, kind="stable"):
            step = steps[int(i)]
            if step == len(_STEPS_M) or (best is not None and _STEPS_M[max(step - 1, 0)] >= best[1]):
                break  # the others are farther still
            metres = self._first_free(ways[i], step)
            if best is None or metres < best[1]:
                best = float(directions[i]) % 360.0, metres
        return best

    def _first_free(self, way: Floats, step: int) -> float:
        low, high = float(_STEPS_M[max(step - 1, 0)]), float(_STEPS_M[step])
        while high - low > 0.002:
            inside = np.linspace(low, high, 18)[1:-1]
            blocked = self._blocked(inside[:, None] * way)
            first = int(np.argmin(blocked)) if not blocked.all() else len(inside)
            low, high = (low, *inside, high)[first], (low, *inside, high)[first + 1]
        return high

    def _blocked(self, shifts: Floats) -> NDArray[np.bool_]:
        """Tell for each shift (n, 2) of the shape whether it comes too near to anything."""
        blocked = np.zeros(len(shifts), dtype=bool)
        for other, keep in zip(self._others, self._keep, strict=True):
            left = np.flatnonzero(~blocked)
            if not len(left):
                break
            # To move the other way what is to be kept clear of is the same, and mostly a point.
            blocked[left] = shapely.dwithin(self._flat, _moved(other, -shifts[left]), keep)
        return blocked

    def shifted(self, direction_deg: float, metres: float) -> Any:
        """Return the shape moved; its corners keep their distances."""
        way = np.array([np.sin(np.radians(direction_deg)), np.cos(np.radians(direction_deg))]) * metres
        corners = shapely.get_coordinates(self._lonlat)
        flat = shapely.get_coordinates(self._plane.forward(shapely.points(corners))) + way
        return geo.split_at_antimeridian(
            shapely.set_coordinates(np.array([self._lonlat], dtype=object), self._back(flat))[0]
        )

    # --- shrink ---------------------------------------------------------------------------------

    def smallest_shrink(self) -> float | None:
        """Return by how many metres on all sides an area must shrink; None where too little would be left."""
        if shapely.get_dimensions(self._flat) != 2:
            return None
        low, high = 0.0, float(np.sqrt(shapely.area(self._flat) / np.pi))
        if not self._is_clear(self._eroded(high * 0.999)):
            high = next((s for s in np.linspace(0.9, 0.1, 9) * high if self._is_clear(self._eroded(s))), 0.0)
        if not high:
            return None
        while high - low > 0.002:
            middle = (low + high) / 2
            low, high = (low, middle) if self._is_clear(self._eroded(middle)) else (middle, high)
        left = shapely.area(self._eroded(high))
        return high if left >= _LEAST_LEFT * shapely.area(self._flat) else None

    def _eroded(self, metres: float) -> Any:
        return shapely.buffer(self._flat, -metres, join_style="mitre")

    def _is_clear(self, shape: Any) -> bool:
        return not any(
            shapely.dwithin(shape, other, keep) for other, keep in zip(self._others, self._keep, strict=True)
        )

    def shrunken(self, metres: float) -> Any:
        """Return the area without a rim of so many metres."""
        return self._to_lonlat(self._eroded(metres))

    # --- detour ---------------------------------------------------------------------------------

    def detour(self) -> tuple[Any, float] | None:
        """Return the line led around everything, and how many metres longer it is; None where it cannot be.

        Each stretch that comes too near is led along the rim of what it must keep clear of, on the shorter
        side, and pulled taut from the corner before to the corner after; the rest stays as it is. A line that
        begins or ends too near cannot be helped by a detour.
        """
        blocked = shapely.union_all(
            [
                shapely.buffer(other, (keep + _DETOUR_ROOM_M) / np.cos(np.pi / 64), quad_segs=16)
                for other, keep in zip(self._others, self._keep, strict=True)
            ]
        )
        stated = self._plane.forward(shapely.points(shapely.get_coordinates(self._lonlat)))
        parts = []
        for part in shapely.get_parts(self._flat):
            around = _around(part, blocked, stated)
            if around is None:
                return None
            parts.append(around)
        line = self._to_lonlat(parts[0] if len(parts) == 1 else shapely.multilinestrings(parts))
        longer = geo.length_m(line)[0] - geo.length_m(self._lonlat)[0]
        return line, float(longer)

    def _to_lonlat(self, flat: Any) -> Any:
        """Return a shape of the plane; long edges are cut, so that they stay where they are."""
        return geo.split_at_antimeridian(shapely.transform(shapely.segmentize(flat, _PIECE_M), self._back))

    def _back(self, points: Floats) -> Floats:
        lonlat = self._plane.inverse(points)
        lonlat[:, 0] = (lonlat[:, 0] - self._plane.lon0 + 180.0) % 360.0 - 180.0 + self._plane.lon0
        return lonlat


def _moved(geometry: Any, shifts: Floats) -> NDArray[np.object_]:
    """Return a copy of a shape for each shift (n, 2)."""
    copies = np.full(len(shifts), geometry, dtype=object)
    corners = shapely.get_coordinates(geometry)
    moved = (corners[None, :, :] + shifts[:, None, :]).reshape(-1, 2)
    return np.asarray(shapely.set_coordinates(copies, moved), dtype=object)


def _around(line: Any, blocked: Any, stated: NDArray[np.object_]) -> Any | None:
    """Lead a line of the plane around blocked ground; None where it begins or ends inside.

    `stated` are the corners that the line had before vertices were added to project it.
    """
    ends = shapely.points(shapely.get_coordinates(line)[[0, -1]])
    if shapely.intersects(blocked, ends).any():
        return None
    inside = blocked.buffer(-_DETOUR_ROOM_M / 2)
    for ground in shapely.get_parts(blocked):
        line = _around_one(line, shapely.polygons(shapely.get_exterior_ring(ground)), inside, stated)
    return line


def _around_one(line: Any, ground: Any, inside: Any, stated: NDArray[np.object_]) -> Any:
    """Replace what lies between the first entry into an area and the last exit by the shorter way round."""
    rim = shapely.get_exterior_ring(ground)
    met = shapely.intersection(line, rim)
    if not shapely.intersects(line, ground) or shapely.is_empty(met):
        return line
    along = np.sort(shapely.line_locate_point(line, shapely.points(shapely.get_coordinates(met))))
    enter, leave = along[0], along[-1]
    length = shapely.length(rim)
    start, end = (
        float(shapely.line_locate_point(rim, shapely.line_interpolate_point(line, at)))
        for at in (enter, leave)
    )
    forward = _stretch(rim, start, end, length)
    backward = _stretch(rim, end, start, length)[::-1]
    corners, places = _corners(line)
    turns = shapely.dwithin(shapely.points(corners), shapely.multipoints(stated), 1e-6)
    turns[[0, -1]] = True
    first = int(np.flatnonzero(turns & (places < enter))[-1])
    last = int(np.flatnonzero(turns & (places > leave))[0])
    before, after = corners[: first + 1], corners[last:]
    # From the last corner before to the first one after, so that the route leaves its road in good time.
    ways = [_taut(np.concatenate([before[-1:], way, after[:1]]), inside) for way in (forward, backward)]
    return shapely.linestrings(np.concatenate([before[:-1], min(ways, key=_length), after[1:]]))


def _corners(line: Any) -> tuple[Floats, Floats]:
    """Return the corners of a line, and how far along it each lies."""
    corners = shapely.get_coordinates(line)
    return corners, np.r_[0.0, np.cumsum(np.hypot(*np.diff(corners, axis=0).T))]


def _stretch(rim: Any, start: float, end: float, length: float) -> Floats:
    """Return the corners of a ring from one place on it to another, in its own direction."""
    if end >= start:
        return _cut(rim, start, end)
    return np.concatenate([_cut(rim, start, length), _cut(rim, 0.0, end)])


def _cut(line: Any, start: float, end: float) -> Floats:
    """Return the corners of a line between two places along it, those places included."""
    corners, along = _corners(line)
    ends = shapely.get_coordinates(shapely.line_interpolate_point(line, [start, end]))
    between = corners[(along > start) & (along < end)]
    return np.concatenate([ends[:1], between, ends[1:]])


def _length(corners: Floats) -> float:
    return float(np.hypot(*np.diff(corners, axis=0).T).sum())


def _taut(corners: Floats, blocked: Any) -> Floats:
    """Drop corners while what is left keeps clear: the farthest that is seen from each is the next."""
    corners = corners[np.r_[True, (np.diff(corners, axis=0) != 0).any(axis=1)]]
    shapely.prepare(blocked)
    kept, at = [0], 0
    while at < len(corners) - 1:
        ahead = np.arange(at + 1, len(corners))
        lines = shapely.linestrings(
            np.stack([np.broadcast_to(corners[at], (len(ahead), 2)), corners[ahead]], axis=1)
        )
        seen = ~shapely.intersects(blocked, lines)
        seen[0] = True
        at = int(ahead[np.flatnonzero(seen)[-1]])
        kept.append(at)
    return corners[kept]
