"""What is near a place: protected objects, and zones, hazards and projects, nearest first.

Distances are those of the checks (`Scene.near`), so the list and the findings never disagree. Which features
are measured at all follows from a bound that is never too long: great circles between envelopes, on the
sphere of the smallest radius of curvature of the ellipsoid.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo
from layers.checks import terms_of
from layers.coordinates import Position
from layers.errors import LayersError
from layers.kinds import spec_of
from layers.model import Feature, Kind, Workspace
from layers.recurrence import parse_hours
from layers.scene import Pairs, Scene
from layers.sides import Indices, Selection, Side
from layers.volume import NAT

Floats = NDArray[np.float64]

PROTECTED = (Kind.HUMANITARIAN_SITE, Kind.NO_STRIKE_AREA, Kind.ARRANGEMENT, Kind.MOVEMENT)
OTHERS = (Kind.MILITARY_ZONE, Kind.HAZARD, Kind.PROJECT)
KINDS = (*PROTECTED, *OTHERS)

RADIUS_M = 5_000.0
NEAREST = 5
MOST = 500
"""Rows of a kind that are listed at most; what is left off is counted."""

FARTHEST_M = 1_000_000.0
"""Nothing farther away is listed, nearest or not: the position is then more likely wrong than interesting."""

_LEAST_RADIUS_M = geo.SEMI_MAJOR_M * (1.0 - geo.ECCENTRICITY_2)
_STATUS = ("status", "verification", "confidence")
_OWNER = ("organisation", "authority", "parties", "unit", "reported_by")
_MOMENT = timedelta(microseconds=1)


class Standing(StrEnum):
    """Whether a feature holds at the time that is looked from."""

    NOW = "now"
    OFF_HOURS = "off_hours"
    """Within its window, outside its active hours."""
    FUTURE = "future"
    OVER = "over"
    UNKNOWN = "unknown"
    """Its window or its active hours cannot be understood."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A feature near the place, with how far it is, where it lies and whom to call.

    Attributes
    ----------
    distance_m : float
        Shortest geodesic between the place and the feature as stored; 0 inside it.
    at_least_m, at_most_m : float
        The same with both uncertainties counted in.
    bearing_deg : float or None
        From the place towards the nearest point of the feature, clockwise from north; None where it is
        inside, or where the uncertainties are so large that it may lie in any direction.
    point : (lon, lat) or None
        The nearest point of the feature; None where shapes share ground.
    statuses : mapping
        What its status fields say, by field: the words of the code, "" = not stated.
    owner, contact : str
        Who answers for it and whom to call, as the partner wrote it; "" where that is not recorded.
    """

    feature: Feature
    layer: str
    distance_m: float
    at_least_m: float
    at_most_m: float
    bearing_deg: float | None
    point: tuple[float, float] | None
    standing: Standing
    statuses: Mapping[str, str]
    owner: str
    contact: str


@dataclass(frozen=True, slots=True)
class Nearby:
    """What was found, and just as plainly what was looked at.

    `looked_at` counts the features with a usable position by kind, `not_listed` those without one by kind and
    reason, `left_off` those within the radius beyond the `MOST` nearest of their kind.
    """

    lon: float
    lat: float
    uncertainty_m: float
    subject: Feature | None
    """The feature whose surroundings these are; None for a position."""
    radius_m: float
    nearest: int
    as_of: datetime
    protected: tuple[Neighbour, ...]
    others: tuple[Neighbour, ...]
    looked_at: Mapping[Kind, int]
    not_listed: Mapping[Kind, Mapping[str, int]]
    left_off: Mapping[Kind, int]


class Surroundings:
    """The features of a workspace, made ready once for any number of questions."""

    def __init__(self, scene: Scene) -> None:
        self._workspace = scene.workspace
        self._zone = terms_of(scene.workspace, {}, scene.workspace.created_at).zone
        self._sides = {kind: scene.select(Selection((kind,))) for kind in KINDS}
        self._boxes = {kind: _Boxes(side.bounds) for kind, side in self._sides.items()}

    @property
    def workspace(self) -> Workspace:
        """What was made ready."""
        return self._workspace

    def of_position(
        self, position: Position, *, now: datetime, radius_m: float = RADIUS_M, nearest: int = NEAREST
    ) -> Nearby:
        """Return everything that may lie within a radius of a position, and the nearest of each kind.

        Parameters
        ----------
        position : Position
            WGS 84; its uncertainty counts: what may lie within the radius is listed.
        now : datetime
            When it is asked; decides what is in force.
        radius_m : float
            Metres on the ellipsoid.
        nearest : int
            How many of each kind are listed beyond that, up to `FARTHEST_M`.
        """
        place = _side(shapely.Point(position.lon, position.lat), position.uncertainty_m)
        return self._around(place, None, now, radius_m, nearest)

    def of_feature(
        self, feature_id: str, *, now: datetime, radius_m: float = RADIUS_M, nearest: int = NEAREST
    ) -> Nearby:
        """Return the same around a feature of the workspace, measured from its outline, without itself.

        Raises
        ------
        LayersError
            When it is not there, or has no position that can be measured from.
        """
        found = self._workspace.find(feature_id)
        if found is None:
            raise LayersError("This feature is no longer there.", "It was deleted or undone meanwhile.")
        layer, row = found
        reason = layer.table.unusable[row]
        if reason:
            raise LayersError(f"What is near this feature cannot be told: {reason}.", "Correct it first.")
        feature = layer.table.row(row, layer.kind)
        return self._around(_side(feature.geometry, feature.uncertainty_m), feature, now, radius_m, nearest)

    def _around(
        self, place: Side, subject: Feature | None, now: datetime, radius_m: float, nearest: int
    ) -> Nearby:
        found: dict[Kind, list[Neighbour]] = {}
        left_off: dict[Kind, int] = {}
        for kind, side in self._sides.items():
            pairs, at_least = self._nearest(place, kind, subject, radius_m, nearest)
            if len(pairs) > MOST:
                left_off[kind] = len(pairs) - MOST
                pairs = pairs.take(np.arange(MOST))
            found[kind] = self._neighbours(place, side, pairs, at_least, now)
        at = shapely.point_on_surface(place.geometry[0])
        sides = self._sides.items()
        return Nearby(
            lon=float(at.x),
            lat=float(at.y),
            uncertainty_m=float(place.uncertainty_m[0]),
            subject=subject,
            radius_m=radius_m,
            nearest=nearest,
            as_of=now,
            protected=_merged(found, PROTECTED),
            others=_merged(found, OTHERS),
            looked_at={
                kind: len(side) - (subject is not None and subject.kind is kind) for kind, side in sides
            },
            not_listed={kind: _counted(side.skipped) for kind, side in sides if side.skipped},
            left_off=left_off,
        )

    def _nearest(
        self, place: Side, kind: Kind, subject: Feature | None, radius_m: float, nearest: int
    ) -> tuple[Pairs, Floats]:
        """Measure as few features of a kind as it takes; return those to list, with their least distances."""
        side = self._sides[kind]
        spread = side.uncertainty_m + place.uncertainty_m[0]
        least = self._boxes[kind].least_m(place.bounds[0]) - spread
        left = np.ones(len(side), dtype=bool)
        if subject is not None and subject.kind is kind:
            left &= side.ids != subject.id
        measured = self._measured(place, side, np.empty(0, np.intp))
        limit = max(radius_m, _at_rank(least[left], nearest))
        left &= least <= FARTHEST_M
        while True:
            rows = np.flatnonzero(left & (least <= limit))
            left[rows] = False
            measured = _joined(measured, self._measured(place, side, rows))
            at_least = np.maximum(measured.distance_m - spread[measured.b], 0.0)
            reached = max(radius_m, _at_rank(at_least, nearest))
            if reached <= limit or not left.any():
                break
            limit = reached
        order = np.lexsort((measured.distance_m, at_least))
        order = order[at_least[order] <= min(reached, FARTHEST_M)]
        return measured.take(order), at_least[order]

    def _measured(self, place: Side, side: Side, rows: Indices) -> Pairs:
        """Measure the place against some rows of a side, however far; `b` are rows of the whole side."""
        # A scene of its own: what it keeps of these few rows is of no use to the next question.
        scene = Scene(replace(self._workspace, layers=()))
        pairs = scene.near(place, side.take(rows), np.array([FARTHEST_M]), np.zeros(len(rows)))
        return replace(pairs, b=rows[pairs.b])

    def _neighbours(
        self, place: Side, side: Side, pairs: Pairs, at_least_m: Floats, now: datetime
    ) -> list[Neighbour]:
        spread = place.uncertainty_m[0] + side.uncertainty_m[pairs.b]
        bearing = geo.azimuth_deg(*pairs.from_.T, *pairs.to.T)
        # Nearer than the uncertainties are large, it may lie in any direction.
        bearing[pairs.distance_m <= spread] = np.nan
        result = []
        for i, row in enumerate(pairs.b.tolist()):
            feature, distance, point = side.feature(row), float(pairs.distance_m[i]), pairs.to[i].tolist()
            result.append(
                Neighbour(
                    feature=feature,
                    layer=side.layer_of(row).name,
                    distance_m=distance,
                    at_least_m=float(at_least_m[i]),
                    at_most_m=distance + float(spread[i]),
                    bearing_deg=None if np.isnan(bearing[i]) else float(bearing[i]),
                    point=None if np.isnan(point[0]) else (point[0], point[1]),
                    standing=standing(feature, now, self._zone),
                    statuses=_statuses(feature),
                    owner=_said(feature, _OWNER),
                    contact=_said(feature, ("contact",)),
                )
            )
        return result


def surroundings(workspace: Workspace) -> Surroundings:
    """Make the features of a workspace ready to be asked about."""
    return Surroundings(Scene(workspace))


def standing(feature: Feature, now: datetime, zone: ZoneInfo) -> Standing:
    """Tell whether a feature holds at a time: its window, and its active hours in local time."""
    window = feature.window
    if window.is_reversed:
        return Standing.UNKNOWN
    if not window.holds_at(now):
        return Standing.FUTURE if window.start is not None and now < window.start else Standing.OVER
    text = str(feature.fields.get("active_hours") or "")
    if not text:
        return Standing.NOW
    hours = parse_hours(text)
    if hours is None:
        return Standing.UNKNOWN
    return Standing.NOW if any(hours.between(now, now + _MOMENT, zone)) else Standing.OFF_HOURS


class _Boxes:
    """Envelopes of features, and how near they may be to another envelope."""

    def __init__(self, bounds: Floats) -> None:
        self._west, self._south, east, self._north = bounds.T
        self._width = east - self._west
        self._cosine = _least_cosine(bounds)

    def least_m(self, bounds: Floats) -> Floats:
        """Return for each envelope a distance, in metres, that nothing in it and in `bounds` falls below."""
        west, south, east, north = bounds
        turn = (self._west - west) / 360.0
        eastward = (turn - np.floor(turn)) * 360.0
        across = np.maximum(np.minimum(eastward - (east - west), 360.0 - eastward - self._width), 0.0)
        along = np.maximum(np.maximum(self._south - north, south - self._north), 0.0)
        cosines = self._cosine * _least_cosine(bounds[None, :])[0]
        haversine = _sine2(along) + cosines * _sine2(across)
        return np.asarray(2.0 * _LEAST_RADIUS_M * np.arcsin(np.sqrt(np.minimum(haversine, 1.0))))


def _least_cosine(bounds: Floats) -> Floats:
    return np.asarray(np.cos(np.radians(np.abs(bounds[:, 1::2]).max(axis=1, initial=0.0))))


def _sine2(degrees: Floats) -> Floats:
    return np.asarray(np.sin(np.radians(degrees) / 2.0) ** 2)


def _side(geometry: Any, uncertainty_m: float) -> Side:
    """Return a side of one shape that belongs to no layer."""
    column = np.empty(1, dtype=object)
    column[0] = geometry
    always = np.array([NAT])
    own = {
        "geometry": column,
        "valid_from": always,
        "valid_to": always,
        "uncertainty_m": np.array([uncertainty_m]),
    }
    return Side((), (), own=own)


def _joined(first: Pairs, second: Pairs) -> Pairs:
    names = ("a", "b", "distance_m", "from_", "to")
    return Pairs(*(np.concatenate([getattr(first, n), getattr(second, n)]) for n in names))


def _at_rank(values: Floats, rank: int) -> float:
    """Return the `rank`-th smallest value; infinity where there are fewer, 0 for no rank."""
    if rank <= 0:
        return 0.0
    if len(values) < rank:
        return float("inf")
    return float(np.partition(values, rank - 1)[rank - 1])


def _merged(found: Mapping[Kind, list[Neighbour]], kinds: tuple[Kind, ...]) -> tuple[Neighbour, ...]:
    every = [neighbour for kind in kinds for neighbour in found[kind]]
    return tuple(sorted(every, key=lambda n: (n.at_least_m, n.distance_m)))


def _counted(reasons: Mapping[str, str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for reason in reasons.values():
        counts[reason] = counts.get(reason, 0) + 1
    return counts


def _statuses(feature: Feature) -> dict[str, str]:
    result = {}
    for spec in spec_of(feature.kind).fields:
        if spec.name in _STATUS:
            value = str(feature.fields.get(spec.name) or "")
            result[spec.name] = next((code.label for code in spec.codes if code.id == value), value)
    return result


def _said(feature: Feature, names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := str(feature.fields.get(name) or "").strip())), "")
