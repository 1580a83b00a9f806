"""A movement stops close to a military zone.

Question
    Is any stop of a movement, or either end of its route, within the stand-off distance of a military zone
    while both hold?
Method
    Stops are the points of a movement and both ends of every part of its route. The shortest distance over
    the ground from each to the zone is measured on the WGS 84 ellipsoid, to within 1 cm (6 cm at 50 km).
    The times of the movement are widened at both ends for early or late travel. A distance of exactly the
    stand-off is a conflict.
Assumptions
    Stored edges are straight in longitude/latitude. A missing start means already, a missing end until
    further notice; active hours are local times within the window. Without a time to look from, past
    windows count too. The movement may stand at any of its stops at any time of its window. At a stop it is
    on the ground: a flight comes down to it through all heights from its upper limit.
Limits
    Stops between the ends of a route are not known unless they are points of their own. Where a route is
    cut at the antimeridian is no stop. Features without a usable position are listed as not compared. A
    feature that states no heights counts at every height; heights above different datums cannot be
    compared: unknown. Cancelled and completed movements are left out. No public numeric stand-off distance
    exists: 500 m is a placeholder until a named user confirms it.
Source
    Placeholder of this program; to be set by the operation. Practice of movement notification (OCHA):
    start, stops and destination are notified as well as the route.
Example
    A convoy that unloads 320 m from a firing area is a conflict at 500 m, although its road keeps clear of
    the corridor of 250 m.
"""

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.checks import Parameter
from layers.findings import Severity
from layers.model import Kind
from layers.proximity import ProximityRule
from layers.sides import OVER, Selection

Objects = NDArray[np.object_]

_SAME_DEG = 1e-6
"""Latitudes of both sides of a cut may differ by this much (11 cm)."""


def stops_of(shapes: Objects) -> Objects:
    """Return where movements stop: their points, and the ends of the parts of their routes."""
    stops = shapes.copy()
    routes = np.flatnonzero(np.isin(shapely.get_type_id(shapes), (1, 5)))
    if not len(routes):
        return stops
    parts, owner = shapely.get_parts(shapes[routes], return_index=True)
    ends = np.concatenate([shapely.get_point(parts, 0), shapely.get_point(parts, -1)])
    owner = np.r_[owner, owner]
    cut = _are_cuts(ends, owner)
    # A route that lies on the antimeridian as a whole has no other ends.
    cut &= np.bincount(owner[~cut], minlength=len(routes))[owner] > 0
    order = np.argsort(owner[~cut], kind="stable")
    stops[routes] = shapely.multipoints(ends[~cut][order], indices=owner[~cut][order])
    return stops


def _are_cuts(ends: Objects, owner: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Mark ends of parts where a route was cut at 180 degrees: the same route goes on at the other side."""
    x, y = shapely.get_x(ends), shapely.get_y(ends)
    cut = np.zeros(len(ends), dtype=bool)
    at_seam = np.flatnonzero(np.abs(x) == 180.0)
    for route in np.unique(owner[at_seam]):
        here = at_seam[owner[at_seam] == route]
        same_latitude = np.abs(y[here][:, None] - y[here]) <= _SAME_DEG
        cut[here] = (same_latitude & (x[here][:, None] == -x[here])).any(axis=1)
    return cut


RULE = ProximityRule(
    id="movement_stop_near_zone",
    title="Stop of a movement near a zone",
    question="Does a movement start, stop or end within the stand-off distance of a military zone?",
    severity=Severity.HIGH,
    action=(
        "Suspend or move the military activity while the movement stands there, or agree on another place "
        "or time to stop with the movement contact."
    ),
    a=Selection(
        (Kind.MOVEMENT,),
        set_aside=OVER,
        reshape=stops_of,
    ),
    b=Selection((Kind.MILITARY_ZONE,)),
    manual=__doc__,
    touching="{a} stops in or at the rim of {b}; at least {required} is required.",
    near="{a} stops {distance} {direction} of {b}; at least {required} is required.",
    parameters=(
        Parameter(
            "standoff_m",
            "Stand-off distance",
            500.0,
            "m",
            0.0,
            50_000.0,
            placeholder=True,
            by_categories=True,
        ),
        Parameter("slack_min", "Early or late by", 60.0, "min", 0.0, 2_880.0),
    ),
    distance_parameter="standoff_m",
    slack_parameter="slack_min",
    landing=True,
)
