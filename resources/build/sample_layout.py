"""Where the things of the exercise are, on a plane in metres: most apart, some in conflict on purpose."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import shapely
from fiona.transform import transform

from resources.build.sample_words import ROADS, TOWNS

PLANE = "EPSG:7801"
"""BGS2005 / CCS2005, the national grid of Bulgaria."""
OUTLINE_LON_LAT = ((24.55, 41.98), (26.62, 41.98), (26.66, 42.82), (25.95, 43.10), (24.60, 43.12))


@dataclass(frozen=True)
class Thing:
    """A geometry in the plane (None = the partner left it out) and what is said of it."""

    geometry: Any
    facts: dict[str, Any] = field(default_factory=dict)


def to_plane(lon: float, lat: float) -> tuple[float, float]:
    """Project one position."""
    x, y = transform("EPSG:4326", PLANE, [lon], [lat])
    return x[0], y[0]


def to_lon_lat(geometry: Any) -> Any:
    """Return a plane geometry in WGS 84, rounded to 0.1 m so that every PROJ writes the same bytes."""

    def back(xy: Any) -> Any:
        lon, lat = transform(PLANE, "EPSG:4326", xy[:, 0].tolist(), xy[:, 1].tolist())
        return [[round(a, 6), round(b, 6)] for a, b in zip(lon, lat, strict=True)]

    return shapely.transform(geometry, back)


def blob(centre: Any, radius: float, random: Random) -> Any:
    """Return an irregular polygon of about that radius."""
    n = random.randint(7, 11)
    points = []
    for i in range(n):
        angle = 2 * math.pi * (i + random.uniform(-0.25, 0.25)) / n
        r = radius * random.uniform(0.8, 1.2)
        points.append((centre.x + r * math.cos(angle), centre.y + r * math.sin(angle)))
    return shapely.Polygon(points)


def beside(area: Any, angle: float, distance: float) -> Any:
    """Return the point that way from the centre of `area`, `distance` outside it (negative: inside)."""
    centre = area.centroid
    low, high = 0.0, 30_000.0
    for _ in range(60):
        middle = (low + high) / 2
        point = shapely.Point(
            centre.x + middle * math.cos(angle),
            centre.y + middle * math.sin(angle),
        )
        gap = -point.distance(area.exterior) if area.covers(point) else point.distance(area)
        low, high = (middle, high) if gap < distance else (low, middle)
    return point


class Ground:
    """The theatre: towns, roads, and free ground that is handed out piece by piece, well apart."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.outline = shapely.Polygon([to_plane(lon, lat) for lon, lat in OUTLINE_LON_LAT])
        self.towns = {name: shapely.Point(to_plane(lon, lat)) for name, lon, lat, _ in TOWNS}
        self.roads = {pair: self._road(*pair) for pair in ROADS}
        self._busy = shapely.union_all(
            [p.buffer(7_000) for p in self.towns.values()] + [r.buffer(4_500) for r in self.roads.values()]
        )
        self._free = self._free_places()

    def _road(self, start: str, end: str) -> Any:
        a, b = self.towns[start], self.towns[end]
        bow = self.random.uniform(-0.06, 0.06) * a.distance(b)
        wave = self.random.uniform(300, 900)
        points = []
        for i in range(13):
            t = i / 12
            off = bow * math.sin(math.pi * t) + wave * math.sin(4 * math.pi * t)
            dx, dy = (b.x - a.x) / a.distance(b), (b.y - a.y) / a.distance(b)
            points.append((a.x + t * (b.x - a.x) - off * dy, a.y + t * (b.y - a.y) + off * dx))
        return shapely.LineString(points)

    def _free_places(self) -> Iterator[Any]:
        taken: list[Any] = []
        inner = self.outline.buffer(-5_000)
        west, south, east, north = inner.bounds
        while True:
            point = shapely.Point(self.random.uniform(west, east), self.random.uniform(south, north))
            if (
                inner.contains(point)
                and not self._busy.contains(point)
                and all(point.distance(other) > 7_500 for other in taken)
            ):
                taken.append(point)
                yield point

    def free(self) -> Any:
        """Return a place in the country, 7.5 km from every other one, off the roads."""
        return next(self._free)

    def route(self, *stops: str) -> Any:
        """Return the road through the towns named."""
        points: list[tuple[float, float]] = []
        for start, end in itertools.pairwise(stops):
            road = self.roads.get((start, end))
            part = list(road.coords) if road else list(self.roads[(end, start)].coords)[::-1]
            points += part if not points else part[1:]
        return shapely.LineString(points)

    def around(self, centre: Any, near: float, far: float, apart: float, others: list[Any]) -> Any:
        """Return a point in a ring around `centre`, at least `apart` from `others`; it is added to them."""
        for _ in range(10_000):
            angle, distance = self.random.uniform(0, 2 * math.pi), self.random.uniform(near, far)
            point = shapely.Point(
                centre.x + distance * math.cos(angle), centre.y + distance * math.sin(angle)
            )
            if all(point.distance(other) >= apart for other in others):
                others.append(point)
                return point
        raise ValueError("no room left around this centre")
