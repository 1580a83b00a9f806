"""Apply what doubts propose, after a click: one new workspace, one undo step, told in the source's report.

The forms of `Problem.fix` (JSON values only):

===============================================  =========================================================
`{"swap": true}`                                 exchange longitude and latitude
`{"flip": "lon" | "lat" | "both"}`               change the sign
`{"area": true}`                                 take the ground inside a closed line as well
`{"uncertainty_m": 790.0}`                       set the uncertainty, in metres
`{"window": {"from": …, "to": …}}`               set the window (UTC, null = open)
`{"day_first": true, "windows": {"day_first":    set the window that the chosen reading gives; with
window, "month_first": window}}`                 `"day_first": false` the other
`{"category": [word, code]}`                     give every row with this word the code; likewise the name of
                                                 any other code field
`{"drop": true}`                                 leave the row out
`{"same_as": feature id}`                        leave the row out, because that feature is the same
`{…, "rows": [row, …]}`                          the same for several rows of the file
`{"each": [{"row": row, …}, …]}`                 a fix of its own for each of several rows
`{"crs": …}`, `{"encoding": …}`                  not applied here: the file must be read again
===============================================  =========================================================
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from layers.doubts_place import moved
from layers.doubts_shape import area_inside
from layers.errors import LayersError
from layers.import_report import ImportReport
from layers.model import Column, FeatureTable, Layer, Source, Workspace
from layers.reading import Action, Problem
from layers.volume import to_column
from layers.workspace_records import optional_time_of

FIXABLE = (
    "swapped_axes",
    "flipped_sign",
    "null_island",
    "equal_lat_lon",
    "in_the_sea",
    "wrong_admin_area",
    "duplicate",
    "coarse_position",
    "reversed_dates",
    "far_dates",
    "ambiguous_date",
    "unknown_category",
    "closed_line",
)
"""Codes of doubts whose proposals can be applied to what was imported."""
_READ_AGAIN = ("crs", "encoding")


def apply_fixes(workspace: Workspace, layer_id: str, doubts: Iterable[Problem]) -> Workspace:
    """Apply the proposals of some doubts about the last file of a layer, all at once.

    Doubts without a fix, about rows that are gone, and those applied before (to exchange twice would undo it)
    change nothing. What was applied is listed as `applied` in the report of the source.

    Raises
    ------
    LayersError
        When the layer is gone, is locked, or a fix is of a form that is not known or needs the file again.
    """
    layer = next((layer for layer in workspace.layers if layer.id == layer_id), None)
    if layer is None:
        raise LayersError("The layer is no longer there.", "Import the file again.")
    if layer.locked:
        raise LayersError("The layer is locked.", "Unlock it first.", layer.name)
    source = last_source(workspace, layer)
    edit = _Edit(layer, source.id if source else "")
    before = source.report.get("applied", ()) if source else ()
    done = {(item["row"], item["code"], item["what"]) for item in before}
    applied = []
    for doubt in doubts:
        again = (doubt.row, doubt.code, doubt.proposal) in done
        changed = edit.apply(_at(doubt)) if doubt.fix and not again else 0
        if changed:
            applied.append(
                {"row": doubt.row, "code": doubt.code, "what": doubt.proposal, "features": changed}
            )
    if not applied:
        return workspace
    result = workspace.with_layer(replace(layer, table=edit.table()))
    if source is None:
        return result
    report = {**source.report, "applied": [*before, *applied]}
    sources = tuple(replace(s, report=report) if s is source else s for s in result.sources)
    return replace(result, sources=sources)


def reported(report: ImportReport, doubts: Iterable[Problem]) -> ImportReport:
    """Return the report of an import after fixes: a row left out is skipped, one put right is repaired."""
    applied = list(doubts)
    kept = [p for p in report.problems if p not in applied]
    skipped = {p.row for p in kept if p.action is Action.SKIPPED}
    before = len(skipped)
    for doubt in applied:
        for row, fix in _rows(doubt):
            if "drop" not in fix and "same_as" not in fix:
                kept.append(
                    Problem(row, Action.REPAIRED, doubt.code, f"{doubt.what} Applied: {doubt.proposal}")
                )
            elif row is not None and row not in skipped:
                skipped.add(row)
                kept.append(Problem(row, Action.SKIPPED, doubt.code, doubt.what))
    left_out = len(skipped) - before
    return replace(report, imported=report.imported - left_out, problems=tuple(kept))


def _rows(doubt: Problem) -> list[tuple[int | None, Mapping[str, Any]]]:
    fix = _at(doubt)
    if "each" in fix:
        return [(int(part["row"]), part) for part in fix["each"]]
    rows: Sequence[int | None] = fix.get("rows", [doubt.row])
    return [(row, fix) for row in rows]


def _at(doubt: Problem) -> Mapping[str, Any]:
    fix = doubt.fix or {}
    return fix if doubt.row is None else {"row": doubt.row, **fix}


def last_source(workspace: Workspace, layer: Layer) -> Source | None:
    """Return the latest file that features of a layer came from; None for what was drawn here."""
    return next((s for s in reversed(workspace.sources) if s.id in layer.table.sources), None)


@dataclass(frozen=True)
class _Step:
    """One fix of one row."""

    index: int
    fix: Mapping[str, Any]


class _Edit:
    """The columns of a layer while fixes are applied; a column is copied when it is first changed."""

    def __init__(self, layer: Layer, source: str) -> None:
        self._before = layer.table
        self._kept = np.ones(len(layer.table), dtype=bool)
        self._columns: dict[str, Column] = {}
        self._fields: dict[str, Column] = {}
        mine = np.flatnonzero(layer.table.source == source)
        self._mine = mine
        self._by_row = {int(layer.table.source_row[i]): int(i) for i in mine}

    def table(self) -> FeatureTable:
        """Return the table as it is after the fixes."""
        fields = {**self._before.fields, **self._fields}
        columns: dict[str, Any] = self._columns
        table = replace(self._before, **columns, fields=fields)
        return table if self._kept.all() else table.take(self._kept)

    def apply(self, fix: Mapping[str, Any]) -> int:
        """Apply one fix; returns how many features it changed."""
        if any(name in fix for name in _READ_AGAIN):
            raise LayersError("This needs the file to be read again.", "Import it again with that choice.")
        codes = [name for name in fix if name == "category" or name in self._before.fields]
        if codes:
            return sum(self._recode(name, fix[name]) for name in codes)
        return sum(self._apply(step) for step in self._steps(fix))

    def _steps(self, fix: Mapping[str, Any]) -> Iterator[_Step]:
        parts: Sequence[Mapping[str, Any]] = fix.get("each", ())
        if not parts:
            rows = fix["rows"] if "rows" in fix else [fix["row"]] if "row" in fix else []
            parts = [{**fix, "row": row} for row in rows]
        for part in parts:
            index = self._by_row.get(int(part["row"]))
            if index is not None and self._kept[index]:
                yield _Step(index, part)

    def _apply(self, step: _Step) -> bool:
        fix, i = step.fix, step.index
        if "swap" in fix or "flip" in fix:
            geometry = self._column("geometry")
            geometry[i] = moved(geometry[i : i + 1], dict(fix))[0]
            return geometry[i] is not None
        if "area" in fix:
            geometry = self._column("geometry")
            area = area_inside(geometry[i])
            geometry[i] = geometry[i] if area is None else area
            return area is not None
        if "uncertainty_m" in fix:
            self._column("uncertainty_m")[i] = float(fix["uncertainty_m"])
            return True
        if "windows" in fix:
            return self._window(i, fix["windows"]["day_first" if fix["day_first"] else "month_first"])
        if "window" in fix:
            return self._window(i, fix["window"])
        if "same_as" in fix:
            return self._merge(i, str(fix["same_as"]))
        if fix.get("drop"):
            self._kept[i] = False
            return True
        known = ", ".join(sorted(set(fix) - {"row", "rows"}))
        raise LayersError(f"There is no such fix: {known}.", "Correct the feature in its form.")

    def _column(self, name: str) -> Any:
        if name not in self._columns:
            self._columns[name] = getattr(self._before, name).copy()
        return self._columns[name]

    def _window(self, i: int, window: Mapping[str, str | None]) -> bool:
        for column, end in (("valid_from", "from"), ("valid_to", "to")):
            self._column(column)[i] = to_column(optional_time_of(window[end]))
        return True

    def _merge(self, i: int, other: str) -> bool:
        """Leave a row out for another feature, unless that one was left out for it before."""
        there = self._before.rows_by_id.get(other)
        if there is not None and (there == i or not self._kept[there]):
            return False
        self._kept[i] = False
        return True

    def _recode(self, name: str, change: Sequence[str]) -> int:
        word, code = change
        current = self._columns.get(name) if name == "category" else self._fields.get(name)
        if current is None:
            current = (self._before.category if name == "category" else self._before.fields[name]).copy()
            (self._columns if name == "category" else self._fields)[name] = current
        rows = self._mine[(current[self._mine] == word) & self._kept[self._mine]]
        current[rows] = code
        return len(rows)
