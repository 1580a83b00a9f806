"""A movement runs along a road that is closed or restricted.

Question
    Does the route of any movement run along a road of the reference data that is not open, while both hold?
Method
    Where the route is within the set distance of the road, it is worked out how far it moves on along the
    road. It runs along a road when that is at least the set length, or half of a shorter road; one that
    only crosses the road, even at a narrow angle, does not. The shortest distance is measured on the WGS 84
    ellipsoid. A finding about a closed road ranks one step higher than one about a restricted road.
Assumptions
    Stored edges are straight in longitude/latitude. A missing start means already, a missing end until
    further notice; active hours are local times within the window. Without a time to look from, past
    windows count too. Route and road may be drawn a little apart, as they come from different maps.
Limits
    Movements that are points only, and relief flights, are no part of the question. A road whose status is
    not stated is listed as not compared; one whose status is none of open, restricted and closed: unknown.
    So it is where the position of the route is not known well enough to tell whether it runs along the road.
    Features without a usable position are listed as not compared. Cancelled and completed movements are left
    out.
Source
    Practice of logistics coordination (access constraint maps). The distances are placeholders of this
    program; to be set by the operation.
Example
    A convoy whose route follows a closed road for 3 km is a conflict; one that crosses it is clear.
"""

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo
from layers.checks import Parameter, Terms
from layers.conditions import Condition
from layers.findings import Severity
from layers.meeting import together
from layers.model import Kind, Layer
from layers.proximity import ProximityRule
from layers.road_network import as_lines
from layers.sides import OVER, Indices, Selection, Side
from layers.travel import edges
from layers.volume import Codes, Overlap

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]

_STEP_M = 25.0
_LARGE = 1_000_000
_STATES = ("open", "restricted", "closed")


def _on_the_ground(layer: Layer) -> NDArray[np.bool_]:
    return np.asarray(layer.table.category != "relief_flight", dtype=bool)


def _lines(shapes: Objects) -> Objects:
    """Return the shapes that are lines."""
    lines = shapes.copy()
    lines[~np.isin(shapely.get_type_id(shapes), (1, 5))] = None
    return lines


def _not_open(a: Side, i: Indices, b: Side, j: Indices, _: Terms) -> Codes:
    """Tell whether the road of each pair is not open."""
    status = b.texts("status")[j]
    code = np.where(np.isin(status, _STATES), Overlap.YES.value, Overlap.UNKNOWN.value)
    code[status == "open"] = Overlap.NO.value
    return code.astype(np.int8)


def _runs_along(a: Side, i: Indices, b: Side, j: Indices, terms: Terms) -> Codes:
    """Tell whether the movement of each pair runs along the road; not asked of roads that are open."""
    code = np.full(len(i), Overlap.NO.value, dtype=np.int8)
    asked = np.flatnonzero(b.texts("status")[j] != "open")
    if not len(asked):
        return code
    routes, roads = a.geometry[i[asked]], as_lines(b.geometry[j[asked]])
    needed = np.minimum(terms.values["along_m"], geo.length_m(roads) / 2)
    beside = np.full(len(asked), terms.values["beside_m"])
    uncertain = a.uncertainty_m[i[asked]] + b.uncertainty_m[j[asked]]
    moved, shared = along_m(routes, roads, beside + uncertain)
    maybe = moved >= needed
    again = np.flatnonzero(maybe & (uncertain > 0))
    if len(again):
        moved[again], shared[again] = along_m(routes[again], roads[again], beside[again])
    # Where it is beside the road only if its position is off, that alone makes the finding possible.
    surely = maybe & ((moved >= needed) | (shared == 0))
    code[asked[maybe]] = Overlap.UNKNOWN.value
    code[asked[surely]] = Overlap.YES.value
    return code


def along_m(routes: Objects, roads: Objects, beside_m: Floats) -> tuple[Floats, Floats]:
    """Return how far each route moves on along its road while within `beside_m` of it, in metres.

    And how much of the road is that near to the route. Both are good to a few per cent: each pair is looked
    at in metres about the middle of its road.
    """
    routes, roads = together(routes, roads)
    boxes = shapely.box(*geo.grown(shapely.bounds(roads), beside_m * 1.1 + 1.0).T)
    routes = _lines_of(shapely.intersection(routes, boxes))
    scale = _metres_per_degree(shapely.bounds(roads))
    routes, roads = _scaled(routes, scale), _scaled(roads, scale)
    beside = shapely.intersection(roads, shapely.buffer(routes, beside_m))
    steps = shapely.segmentize(beside, _STEP_M)
    parts, pair = shapely.get_parts(steps, return_index=True)
    lines = shapely.get_type_id(parts) == 1
    parts, pair = parts[lines], pair[lines]
    points, part = shapely.get_coordinates(parts, return_index=True)
    place = _places(routes, pair[part], points)
    same = part[1:] == part[:-1]
    near_m = np.hypot(*np.diff(points, axis=0).T)[same]
    moved_m = np.minimum(np.abs(np.diff(place))[same], near_m)
    pair = pair[part[1:][same]]
    moved, near = (np.bincount(pair, weights=w, minlength=len(roads)) for w in (moved_m, near_m))
    return moved.astype(np.float64), near.astype(np.float64)


def _places(routes: Objects, pair: Indices, points: Floats) -> Floats:
    """Return how far along its route the place nearest to each point lies."""
    spots = shapely.points(points)
    effort = np.bincount(pair, minlength=len(routes)) * shapely.get_num_coordinates(routes)
    large = effort > _LARGE
    place = np.empty(len(spots))
    small = ~large[pair]
    place[small] = shapely.line_locate_point(routes[pair[small]], spots[small])
    for row in np.flatnonzero(large):  # an index of the route spares looking at all of it for every point
        here = np.flatnonzero(pair == row)
        pieces = edges(routes[row])
        length = shapely.length(pieces)
        nearest = shapely.STRtree(pieces).nearest(spots[here])
        begins = np.cumsum(length) - length
        place[here] = begins[nearest] + shapely.line_locate_point(pieces[nearest], spots[here])
    return place


def _lines_of(shapes: Objects) -> Objects:
    """Return the lines of each shape, without points where one only touches."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    lines = shapely.get_type_id(parts) == 1
    empty = np.full(len(shapes), shapely.MultiLineString(), dtype=object)
    return np.asarray(shapely.multilinestrings(parts[lines], indices=owner[lines], out=empty), dtype=object)


def _metres_per_degree(bounds: Floats) -> Floats:
    """Return metres per degree of longitude and latitude in the middle of envelopes, (n, 2)."""
    lon, lat = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    lat = np.clip(lat, -89.9, 89.9)
    east = geo.distance_m(lon - 0.005, lat, lon + 0.005, lat)
    north = geo.distance_m(lon, lat - 0.005, lon, lat + 0.005)
    return np.column_stack([east, north]) * 100.0


def _scaled(shapes: Objects, scale: Floats) -> Objects:
    """Stretch each shape from degrees to metres; straight edges stay straight."""
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    return np.asarray(shapely.set_coordinates(shapes.copy(), points * scale[owner]), dtype=object)


RULE = ProximityRule(
    id="movement_on_closed_road",
    title="Movement on a closed road",
    question="Does a movement run along a road that is closed or restricted?",
    severity=Severity.MEDIUM,
    action=(
        "Tell the movement contact at once; agree on another route, or have the road opened before the "
        "movement starts."
    ),
    a=Selection(
        (Kind.MOVEMENT,),
        also=_on_the_ground,
        set_aside=OVER,
        reshape=_lines,
    ),
    b=Selection(
        (Kind.REFERENCE,), categories=("road",), set_aside=(("status", "", "its status is not stated"),)
    ),
    manual=__doc__,
    touching="{a} runs along {b}, whose status is “{b_status}”.",
    near="{a} runs {distance} beside {b}, whose status is “{b_status}”.",
    parameters=(
        Parameter("beside_m", "Distance between route and road", 25.0, "m", 1.0, 1_000.0),
        Parameter("along_m", "Length along the road", 100.0, "m", 1.0, 20_000.0),
    ),
    distance_parameter="beside_m",
    also=(
        Condition(_not_open, "Whether the road is open is unknown: its status is none of those in use."),
        Condition(_runs_along, "Whether it runs along the road or only crosses it is unknown."),
    ),
    raised_for=("closed",),
    raised_field="status",
)
