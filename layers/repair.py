"""Shapes made fit to check: the antimeridian, longitudes of 0 to 360, invalid polygons; always bounded.

Nothing here decides silently: every function says in words what it did, or why it could not.
"""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely import affinity

from layers.model import Floats
from layers.wgs84 import cut_line

_MAX_REPAIR_VERTICES = 200_000
_SIMPLE_VERTICES = 60
_MAX_MEAN_OVERLAPS = 60.0
_SAMPLED_EDGES = 200
_ROOM_DEG = 1e-9  # for rounding: how far a repair may reach beyond the original
_WORLD = shapely.box(-180, -90, 180, 90)


@dataclass(frozen=True, slots=True)
class Mended:
    """A shape after repair (None = given up) and what was done, or why not."""

    geometry: Any
    what: str


class Budget:
    """Seconds that all repairs of a file may take together."""

    def __init__(self, seconds: float = 20.0) -> None:
        self._end = time.monotonic() + seconds

    @property
    def is_spent(self) -> bool:
        """True when no further repair should be begun."""
        return time.monotonic() > self._end


CLOSED = "An outline that did not end where it began was closed."
STRAIGHTENED = "Its curves were replaced by short straight edges."
FLATTENED = "It is a body in space; its faces were laid on the ground as areas."
TOO_DEEP = "Its geometries are nested too deep."


def make_valid(geometry: Any, budget: Budget) -> Mended:
    """Rebuild an invalid shape so that its inside is well defined.

    Polygons keep every part they enclose (GEOS `make_valid`, structure method). A shape whose edges cross too
    often is given up, as is the rest once the file has used up its repair time: a 2,001-vertex star would
    keep GEOS busy for minutes. So is one whose repair is not valid, or lies elsewhere.
    """
    reason = _in_words(shapely.is_valid_reason(geometry))
    if geometry.geom_type.endswith("LineString"):
        return Mended(None, f"the line has no length ({reason})")
    if budget.is_spent or is_tangled(geometry):
        return Mended(None, f"the shape is too tangled to repair ({reason})")
    fixed = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    parts = _areas(fixed)
    if not parts and _has_holes(geometry):
        # Outlines wound the wrong way: what is called a hole is the outline.
        parts = _areas(shapely.make_valid(geometry, method="linework"))
    if not parts:
        return Mended(None, f"the shape encloses no area ({reason})")
    result = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    if not _is_sound(result, geometry):
        return Mended(None, f"the shape cannot be repaired ({reason})")
    became = "one area" if len(parts) == 1 else f"{len(parts)} areas"
    return Mended(result, f"Invalid shape rebuilt as {became}: {reason}.")


def _areas(geometry: Any) -> list[Any]:
    return [p for p in shapely.get_parts(geometry) if p.geom_type == "Polygon" and p.area > 0]


def _has_holes(geometry: Any) -> bool:
    return bool(shapely.get_num_interior_rings(shapely.get_parts(geometry)).any())


def _is_sound(repaired: Any, original: Any) -> bool:
    """Tell whether a repair is valid and lies where the original did, its holes included.

    GEOS 3.14 returned an invalid shape for an edge back to 0, and areas at 1e202 for a hole that lies there.
    """
    xy, xy_before = shapely.get_coordinates(repaired), shapely.get_coordinates(original)
    within = (xy >= xy_before.min(axis=0) - _ROOM_DEG) & (xy <= xy_before.max(axis=0) + _ROOM_DEG)
    on_globe = np.abs(xy) <= np.array([180.0, 90.0]) + _ROOM_DEG
    return bool(shapely.is_valid(repaired) and within.all() and on_globe.all())


def _in_words(reason: str) -> str:
    """Say the GEOS reason as a person would; coordinates are longitude, latitude."""
    text, _, place = reason.partition("[")
    words = {
        "Self-intersection": "its outline crosses itself",
        "Ring Self-intersection": "its outline touches itself",
        "Hole lies outside shell": "a hole lies outside the outline",
        "Holes are nested": "a hole lies in another hole",
        "Interior is disconnected": "its holes cut it apart",
        "Nested shells": "one part lies inside another",
        "Duplicate Rings": "an outline is given twice",
        "Too few points in geometry component": "it has too few different points",
    }.get(text.strip(), text.strip().lower())
    return f"{words} near {', '.join(place.rstrip(']').split())}" if place else words


def is_tangled(polygon: Any) -> bool:
    """Tell whether so many edges cross that a repair would take minutes.

    The cost of a repair follows the number of crossings, so the edges whose boxes meet are counted, for a
    sample of the edges.
    """
    if shapely.get_num_coordinates(polygon) <= _SIMPLE_VERTICES:
        return False
    if shapely.get_num_coordinates(polygon) > _MAX_REPAIR_VERTICES:
        return True
    rings = shapely.get_rings(shapely.get_parts(polygon))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    inside = ring[1:] == ring[:-1]
    a, b = xy[:-1][inside], xy[1:][inside]
    low, high = np.minimum(a, b), np.maximum(a, b)
    meets = 0
    sample = np.unique(np.linspace(0, len(low) - 1, _SAMPLED_EDGES).astype(int))
    for i in sample:
        meets += int(((low <= high[i]) & (high >= low[i])).all(axis=1).sum())
    return meets / len(sample) > _MAX_MEAN_OVERLAPS


def jumps(geometries: Any) -> Any:
    """Mark shapes with an edge that spans more than half the globe (one of exactly 360 degrees does not)."""
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    step = np.abs(np.diff(xy[:, 0]))
    marked = np.zeros(len(geometries), dtype=bool)
    # Jumps between the parts of a shape are no edges; the few shapes marked for them are looked at again.
    marked[owner[1:][(owner[1:] == owner[:-1]) & (step > 180.0)]] = True
    for i in np.flatnonzero(marked):
        marked[i] = any(
            _ring_jumps(shapely.get_coordinates(line)) for line in _rings_and_lines(geometries[i])
        )
    return marked


def _ring_jumps(xy: Floats) -> bool:
    step = np.abs(np.diff(xy[:, 0]))
    return bool(((step > 180.0) & (step < 360.0 - 1e-9)).any())


def _rings_and_lines(geometry: Any) -> list[Any]:
    parts = shapely.get_parts(geometry)
    polygons = shapely.get_type_id(parts) == 3
    return [*parts[~polygons], *shapely.get_rings(parts[polygons])]


CUT = "Cut in two at the 180 degree line, which it crosses."
FROM_360 = "Longitudes counted 0 to 360 were brought to -180 to 180."


def wrap(geometry: Any, what: str) -> Mended:
    """Bring longitudes to -180..180, cutting a shape that crosses 180 degrees (RFC 7946, section 3.1.9).

    Longitudes are unrolled along every ring first. A ring that goes round a pole cannot be unrolled: it is
    given up. `what` says it in words: `CUT` or `FROM_360`.
    """
    parts = []
    for part in shapely.get_parts(geometry):
        unrolled = _unrolled(part)
        if unrolled is None:
            return Mended(
                None, "the shape goes round a pole, which cannot be drawn in longitude and latitude"
            )
        if not unrolled.is_valid and is_tangled(unrolled):
            return Mended(None, "the shape reaches over the 180 degree line and is too tangled to cut there")
        if not unrolled.is_valid and unrolled.geom_type == "Polygon":
            unrolled = shapely.make_valid(unrolled, method="structure", keep_collapsed=False)
        parts += _wrapped(unrolled)
    if not parts:
        return Mended(None, "nothing is left of the shape at the 180 degree line")
    return Mended(_joined(parts), what)


def _unrolled(part: Any) -> Any:
    """Make longitudes continuous, beyond 180 where need be; None when a ring does not close."""
    if part.geom_type == "Point":
        return part
    lines = _rings_and_lines(part)
    turned = []
    for line in lines:
        xy = shapely.get_coordinates(line).copy()
        step = np.diff(xy[:, 0])
        turns = np.where(step > 180.0, -360.0, np.where(step < -180.0, 360.0, 0.0))
        xy[1:, 0] += np.cumsum(turns)
        if part.geom_type == "Polygon" and abs(turns.sum()) > 1.0:
            return None
        turned.append(xy)
    if part.geom_type == "Polygon":
        return shapely.Polygon(turned[0], [_beside(hole, turned[0]) for hole in turned[1:]])
    return shapely.LineString(turned[0])


def _beside(hole: Floats, shell: Floats) -> Floats:
    """Bring a hole to the same turn of the globe as its shell."""
    turn = round((shell[:, 0].mean() - hole[:, 0].mean()) / 360.0) * 360.0
    return np.asarray(hole + np.array([turn, 0.0]))


def _wrapped(unrolled: Any) -> list[Any]:
    """Cut by the turns of the globe it reaches over, and bring each piece back to -180..180."""
    if unrolled.geom_type == "LineString":
        return cut_line(unrolled)
    west, _, east, _ = unrolled.bounds
    pieces = []
    first = int(np.floor((west + 180.0) / 360.0))
    for turn in range(first, max(int(np.ceil((east + 180.0) / 360.0)), first + 1)):
        piece = shapely.intersection(affinity.translate(unrolled, -360.0 * turn), _WORLD)
        same = [
            p for p in shapely.get_parts(piece) if p.geom_type == unrolled.geom_type.removeprefix("Multi")
        ]
        pieces += [p for p in same if not p.is_empty]
    return pieces


def _joined(parts: list[Any]) -> Any:
    if len(parts) == 1:
        return parts[0]
    by_type = {
        "Point": shapely.MultiPoint,
        "LineString": shapely.MultiLineString,
        "Polygon": shapely.MultiPolygon,
    }
    kinds = {p.geom_type for p in parts}
    return by_type[kinds.pop()](parts) if len(kinds) == 1 else shapely.GeometryCollection(parts)
