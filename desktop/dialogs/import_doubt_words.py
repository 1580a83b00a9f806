"""Problems of a file in words: what a code is called, and what a click would do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from desktop.panels import wording
from desktop.panels.plain_text import isolated
from layers.doubts_shape import area_inside
from layers.model import Objects
from layers.reading import Action, Problem

GROUPS = {
    Action.DOUBT: "Doubts: nothing was changed",
    Action.SKIPPED: "Left out",
    Action.REPAIRED: "Repaired",
}
_TITLES = {
    "outside_area": "Outside the area of operations",
    "swapped_axes": "Longitude and latitude look swapped",
    "flipped_sign": "A minus sign looks wrong or missing",
    "null_island": "At 0, 0, where nobody filled in a position",
    "equal_lat_lon": "Latitude and longitude are the same number",
    "in_the_sea": "In the sea",
    "wrong_admin_area": "Not in the district that the partner names",
    "same_position": "One position under several names or categories",
    "duplicate": "Perhaps the same place twice",
    "coarse_position": "Position given too coarsely",
    "closed_line": "A closed line, perhaps an area",
    "reversed_dates": "Ends before it starts",
    "reversed_window": "Ends before it starts",
    "far_dates": "Dates far from today",
    "ambiguous_date": "Day and month could be the other way round",
    "unparsable_date": "Dates that cannot be read",
    "bad_time": "Dates that cannot be read",
    "unread_hours": "Hours that cannot be read",
    "bad_number": "Numbers that cannot be used",
    "other_unit": "Columns in another unit",
    "zero_standoff": "Stand-off of 0",
    "zero_height": "Heights that end at 0",
    "duplicate_id": "The same id twice",
    "encoding": "Text encoding not certain",
    "mojibake": "Garbled text",
    "text_cut": "Text cut off",
    "crs": "Coordinate system not certain",
    "crs_units": "Degrees or metres?",
    "datum": "Change of datum",
    "datum_accuracy": "Change of datum",
    "no_geometry": "No position",
    "not_finite": "A coordinate is not a number",
    "crs_unknown": "Coordinate system not known",
    "outside_globe": "Not on the globe",
    "not_on_earth": "Not on the earth in this coordinate system",
    "wrong_shape": "Shape that this kind does not have",
    "invalid_shape": "Invalid shape",
    "mixed_shape": "Mixed shapes",
    "longitude_360": "Longitudes counted to 360",
    "antimeridian": "Across the 180° line",
    "height_dropped": "Heights left out",
    "axis_order": "Longitude and latitude could be the other way round",
    "bad_coordinate": "Position that cannot be read",
    "bad_feature": "Rows that cannot be read",
    "bad_row": "Rows that cannot be read",
    "big_move": "Far from where it was",
    "changed_layout": "Other columns than last time",
    "coordinate_words": "Words among the coordinates",
    "cut": "The file breaks off",
    "external_link": "Other files or addresses, not followed",
    "header_row": "Which line names the columns",
    "layer_unread": "Parts that were not read",
    "lost_blocks": "Symbols that the drawing does not hold",
    "missing": "In the last file, not in this one",
    "names_again": "Columns named again, in another order",
    "no_coordinates": "No columns with positions",
    "no_header": "No line names the columns",
    "other_column": "Placed by other columns",
    "other_layers": "More layers in the file",
    "other_sheets": "More sheets in the file",
    "renumbered": "Ids that were given anew",
    "several_shapes": "Several shapes in one row",
    "short_row": "Rows with too few or too many values",
    "utm_band": "North or south of the equator?",
}


@dataclass(frozen=True)
class Group:
    """Problems of one sort; `problems` are in the order of their rows."""

    action: Action
    code: str
    problems: tuple[Problem, ...]

    @property
    def title(self) -> str:
        """The sort in words, with the number of problems."""
        return f"{code_words(self.code)}: {len(self.problems):,}"

    @property
    def fixable(self) -> tuple[Problem, ...]:
        """The problems that one click could do something about."""
        return tuple(p for p in self.problems if p.action is Action.DOUBT and p.fix)


def grouped(problems: Iterable[Problem]) -> list[Group]:
    """Return problems by what was done about them and what they are: doubts first."""
    found: dict[tuple[Action, str], list[Problem]] = {}
    for problem in problems:
        found.setdefault((problem.action, problem.code), []).append(problem)
    order = list(GROUPS)
    return [
        Group(action, code, tuple(sorted(same, key=lambda p: p.row or 0)))
        for (action, code), same in sorted(found.items(), key=lambda pair: order.index(pair[0][0]))
    ]


def code_words(code: str) -> str:
    """Return what a sort of problem is called."""
    if code in _TITLES:
        return _TITLES[code]
    if code.startswith("unknown_"):
        return f"Words for {code.removeprefix('unknown_').replace('_', ' ')} that are not in our list"
    return wording.words_of_id(code)


def place_words(problem: Problem) -> str:
    """Return which row a problem is about."""
    return "Whole file" if problem.row is None else f"Row {problem.row:,}"


def fix_words(problem: Problem) -> str:
    """Return what one click would do; "" where it can do nothing."""
    fix = problem.fix or {}
    if fix.get("swap"):
        return "Swap longitude and latitude."
    if "flip" in fix:
        which = {"lon": "longitude", "lat": "latitude"}.get(str(fix["flip"]), "both coordinates")
        return f"Change the sign of the {which}." if which != "both coordinates" else "Change both signs."
    if "crs" in fix:
        return f"Read it with {isolated(str(fix['crs']))}."
    if "encoding" in fix:
        return f"Read the text as {isolated(str(fix['encoding']))}."
    if "category" in fix:
        value, code = fix["category"]
        return f"Take {isolated(str(value))} for “{wording.words_of_id(str(code))}”."
    if "same_as" in fix:
        return "Leave it out: it is there already."
    if fix.get("drop"):
        return "Leave the row out."
    if "area" in fix:
        return "Take the ground inside as well."
    if "uncertainty_m" in fix:
        return f"Set the uncertainty to {wording.metres(float(fix['uncertainty_m']))}."
    if "window" in fix:
        return "Change the dates."
    if "day_first" in fix:
        return "Read the day first." if fix["day_first"] else "Read the month first."
    return problem.proposal if fix else ""


def proposal_words(problem: Problem) -> str:
    """Return the proposal; the reader's own words, or what a click would do."""
    return problem.proposal or fix_words(problem)


def rows_of(problem: Problem, most: int) -> list[tuple[int, Mapping[str, Any]]]:
    """Return the rows that a problem is about, each with its fix; of one about the whole file the first."""
    fix = problem.fix or {}
    if problem.row is not None:
        return [(problem.row, fix)]
    if "each" in fix:
        return [(int(part["row"]), part) for part in fix["each"][:most]]
    return [(int(row), fix) for row in fix.get("rows", ())[:most]]


def proposed_shape(geometry: Any, fix: Mapping[str, Any]) -> Any:
    """Return the shape as a fix would make it (longitude/latitude), None where it would not change it."""
    if geometry is None or geometry.is_empty:
        return None
    if fix.get("swap"):
        moved = shapely.transform(geometry, lambda xy: xy[:, ::-1])
    elif fix.get("flip") in ("lon", "lat", "both"):
        signs = {"lon": (-1, 1), "lat": (1, -1), "both": (-1, -1)}[str(fix["flip"])]
        moved = shapely.transform(geometry, lambda xy: xy * np.array(signs))
    elif fix.get("area"):
        return area_inside(geometry)
    else:
        return None
    west, south, east, north = moved.bounds
    return moved if west >= -180 and east <= 180 and south >= -90 and north <= 90 else None


def shapes_of(rows: Sequence[int], row_numbers: Any, geometry: Objects) -> list[Any]:
    """Return the shape of each row number; None where there is none."""
    order = np.argsort(row_numbers, kind="stable")
    ordered = row_numbers[order]
    found: list[Any] = []
    for row in rows:
        at = int(np.searchsorted(ordered, row))
        known = at < len(ordered) and int(ordered[at]) == row
        found.append(geometry[order[at]] if known else None)
    return found
