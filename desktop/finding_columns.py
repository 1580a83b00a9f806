"""The findings of a workspace in columns: what is counted, sorted, filtered and marked on the map.

Among a hundred thousand findings nothing that runs on the GUI thread may go through them one by one. The
columns are made once; after a change only the rows that differ are made again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache, cached_property
from operator import attrgetter, is_not
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from desktop.canvas.marks import FindingMarks
from layers.findings import Change, FindingRecord, FindingState, Verdict
from layers.model import places_of
from layers.volume import Times, to_columns

Rows = NDArray[np.intp]
Codes = NDArray[np.int8]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Objects = NDArray[np.object_]

STATES = tuple(FindingState)
VERDICTS = tuple(Verdict)
_STATE_CODE = {state: code for code, state in enumerate(STATES)}
_VERDICT_CODE = {verdict: code for code, verdict in enumerate(VERDICTS)}


@dataclass(frozen=True, eq=False)
class FindingColumns:
    """Findings in the order of the workspace, one row each.

    Attributes
    ----------
    records : sequence of FindingRecord
        The findings themselves.
    key : object array
        Keys.
    state, verdict, severity : int8 arrays
        Places in `STATES` and `VERDICTS`; the number of a `Severity`.
    rule : int16 array
        Place of the rule in `RULES`; a rule that is no longer there comes after all others.
    is_new : bool array
        Open findings that the last run found for the first time.
    distance_m : float array
        Infinite where none was measured.
    start, end : datetime64 arrays
        Window, UTC; NaT where it is open.
    lon, lat : float arrays
        Middle of the place; NaN without a place.
    """

    records: Sequence[FindingRecord]
    key: Objects
    state: Codes
    verdict: Codes
    severity: Codes
    rule: NDArray[np.int16]
    is_new: Mask
    distance_m: Floats
    start: Times
    end: Times
    lon: Floats
    lat: Floats

    def __len__(self) -> int:
        return len(self.records)

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """The row of each key."""
        return places_of(self.key.tolist())

    @cached_property
    def order(self) -> Rows:
        """Rows by severity, then by rule (protection before administration), by distance, by place."""
        return np.lexsort((self.distance_m, self.rule, -self.severity))

    def is_in(self, state: FindingState) -> Mask:
        """Mark the findings in a state."""
        return np.asarray(self.state == _STATE_CODE[state])

    def is_of(self, rule: str) -> Mask:
        """Mark the findings of a rule; of one that is no longer there, none."""
        return np.asarray(self.rule == _ranks().get(rule, -1))

    def count(self, state: FindingState) -> int:
        """Count the findings in a state."""
        return int(np.count_nonzero(self.is_in(state)))

    def mask_of(self, keys: Sequence[str] | Mapping[str, object]) -> Mask:
        """Mark the findings with these keys."""
        mask = np.zeros(len(self), dtype=bool)
        mask[[row for key in keys if (row := self.rows.get(key)) is not None]] = True
        return mask

    def record_of(self, key: str) -> FindingRecord | None:
        """Return the finding with this key, or None."""
        row = self.rows.get(key)
        return None if row is None else self.records[row]

    @cached_property
    def marks(self) -> FindingMarks:
        """What is marked on the map: findings that are not resolved."""
        there = np.flatnonzero(~self.is_in(FindingState.RESOLVED))
        return FindingMarks.of(self.lon[there], self.lat[there], self.severity[there], self.key[there])

    def prepared(self) -> "FindingColumns":
        """Return itself, with order, rows by key and marks made already: for the background."""
        _ = self.order, self.rows, self.marks
        return self

    def follow(self, records: Sequence[FindingRecord]) -> "FindingColumns":
        """Return the columns of other findings; rows whose record is the same object are taken over."""
        if records is self.records:
            return self
        shared = min(len(self), len(records))
        differs = np.fromiter(map(is_not, self.records, records), dtype=bool, count=shared)
        changed = np.concatenate([np.flatnonzero(differs), np.arange(shared, len(records))])
        if 2 * len(changed) > len(records):
            return columns_of(records)
        fresh = columns_of([records[row] for row in changed.tolist()])
        columns: dict[str, Any] = {}
        for name in _COLUMNS:
            older = getattr(self, name)
            column = np.empty(len(records), dtype=older.dtype)
            column[:shared] = older[:shared]
            column[changed] = getattr(fresh, name)
            columns[name] = column
        result = FindingColumns(records, **columns)
        result._keep_rows_of(self, changed)
        return result

    def _keep_rows_of(self, older: "FindingColumns", changed: Rows) -> None:
        """Take over which key is where: keys mostly stay in their places."""
        known = vars(older).get("rows")
        if known is None:
            return
        was = older.key[changed[changed < len(older)]].tolist() + older.key[len(self) :].tolist()
        now = self.key[changed].tolist()
        if was != now:
            known = dict(known)
            for key in was:
                del known[key]
            known.update(zip(now, changed.tolist(), strict=True))
        vars(self)["rows"] = known


_COLUMNS = tuple(field.name for field in fields(FindingColumns))[1:]


def columns_of(records: Sequence[FindingRecord]) -> FindingColumns:
    """Make the columns of findings; two seconds for a million, so many are made in the background."""
    records = tuple(records)
    findings = [record.finding for record in records]

    def column(values: Any, kind: Any) -> NDArray[Any]:
        return np.fromiter(values, dtype=kind, count=len(records))

    places = column(map(attrgetter("where"), findings), object)
    middle = shapely.centroid(places)
    state = column((_STATE_CODE[record.state] for record in records), np.int8)
    change = column((record.change is Change.NEW for record in records), bool)
    distances = (np.inf if f.distance_m is None else f.distance_m for f in findings)
    rank = _ranks() if records else {}
    return FindingColumns(
        records=records,
        key=column(map(attrgetter("key"), findings), object),
        state=state,
        verdict=column((_VERDICT_CODE[f.verdict] for f in findings), np.int8),
        severity=column(map(attrgetter("severity"), findings), np.int8),
        rule=column((rank.get(f.rule, len(rank)) for f in findings), np.int16),
        is_new=change & (state == _STATE_CODE[FindingState.OPEN]),
        distance_m=column(distances, np.float64),
        start=to_columns([f.window.start for f in findings]),
        end=to_columns([f.window.end for f in findings]),
        lon=shapely.get_x(middle),
        lat=shapely.get_y(middle),
    )


@cache
def _ranks() -> Mapping[str, int]:
    """Return the place of each rule; the rules come with the check engine, which starts after the window."""
    from layers.rules import RULES

    return {rule.id: place for place, rule in enumerate(RULES)}
