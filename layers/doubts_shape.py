"""What is odd about the shape of a row: a line that ends where it began is often the outline of an area.

Drawing programs and GPS receivers know no areas. Of a line only the line itself is compared: what lies inside
would be clear.
"""

from typing import Any

import numpy as np
import shapely

from layers.doubted import Doubt, Subjects
from layers.kinds import spec_of
from layers.model import GeometryType, Kind, Objects

_LINES = (1, 5)  # type ids
_WHAT = "Its line ends where it began. Only the line is compared, not the ground inside."
_TAKE, _ASK = "Take the ground inside as well.", "Ask the partner for the area, if it is one."


def doubts(subjects: Subjects) -> list[Doubt]:
    """Return a doubt for each closed line of a kind that has areas as well, but for references (roads).

    An outline that crosses itself, or lies among other lines, has no proposal.
    """
    geometries = spec_of(subjects.kind).geometries
    if subjects.kind is Kind.REFERENCE or not {GeometryType.LINE, GeometryType.POLYGON} <= set(geometries):
        return []
    shapes: Objects = subjects.table.geometry
    lines = np.flatnonzero(np.isin(shapely.get_type_id(shapes), _LINES))
    return [_doubt(int(i), shapes[i]) for i in lines if _surrounds_ground(shapes[i])]


def _doubt(i: int, line: Any) -> Doubt:
    if area_inside(line) is None:
        return Doubt(i, "closed_line", _WHAT, _ASK)
    return Doubt(i, "closed_line", _WHAT, _TAKE, {"area": True})


def _surrounds_ground(line: Any) -> bool:
    """Tell whether any part of a line ends where it began, and is more than the same way back."""
    parts = shapely.get_parts(line)
    closed = parts[shapely.is_closed(parts)]
    return bool((shapely.area(shapely.convex_hull(closed)) > 0).any())


def area_inside(line: Any) -> Any:
    """Return the area whose outline a line is, or whose outlines its parts are; None where it is none."""
    parts = shapely.get_parts(line)
    if not (shapely.is_closed(parts).all() and (shapely.get_num_coordinates(parts) > 3).all()):
        return None
    areas = shapely.polygons([shapely.get_coordinates(part) for part in parts])
    if not (shapely.is_valid(areas).all() and (shapely.area(areas) > 0).all()):
        return None
    return shapely.union_all(areas)
