"""The columns of an import: a partner's values brought into our fields, with every doubt noted."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import conversion, doubts_time
from layers.doubted import gathered
from layers.kinds.common import UNCERTAINTY
from layers.model import (
    Code,
    Column,
    FieldMapping,
    FieldSpec,
    FieldType,
    Floats,
    GeometryType,
    KindSpec,
    Objects,
    object_column,
    read_only,
)
from layers.reading import Action, Imported, Problem
from layers.recurrence import HOW_TO_WRITE, parse_hours
from layers.settling import joined
from layers.volume import NAT, Times

_DIMENSION = {GeometryType.POINT: 0, GeometryType.LINE: 1, GeometryType.POLYGON: 2}
_SHAPE_WORDS = {0: "points", 1: "lines", 2: "areas"}
_NOTABLE_ACCURACY_M = 5.0


class ColumnDraft:
    """The columns being made, row by kept row, and the problems met on the way."""

    def __init__(self, imported: Imported, spec: KindSpec, mapping: FieldMapping) -> None:
        self.imported = imported
        self.spec = spec
        self.mapping = mapping
        self.problems = list(imported.problems)
        self.rows: NDArray[np.int64] = np.arange(len(imported.row))
        self.geometry: Objects = imported.geometry
        base = ("source_id", "name", "category", "valid_from", "valid_to")
        chosen = {target: getattr(mapping, target) for target in base if getattr(mapping, target)}
        self._columns: Mapping[str, str] = {**mapping.fields, **chosen}

    @property
    def count(self) -> int:
        """Number of rows that are imported."""
        return len(self.rows)

    @property
    def row(self) -> NDArray[np.int64]:
        """Row number in the file of each kept row."""
        return self.imported.row[self.rows]

    def problem(
        self,
        i: int | None,
        action: Action,
        code: str,
        what: str,
        proposal: str = "",
        fix: Mapping[str, Any] | None = None,
    ) -> None:
        """Note something about kept row `i`, or about the file."""
        row = None if i is None else int(self.row[i])
        self.problems.append(Problem(row, action, code, what, proposal, fix))

    def fitted(self) -> Objects:
        """Return the shapes as the kind allows them; the others are skipped."""
        allowed = {_DIMENSION[g] for g in self.spec.geometries}
        geometry = self.geometry.copy()
        for i in np.flatnonzero(shapely.get_type_id(geometry) == 7):
            geometry[i] = self._sorted_out(int(i), geometry[i], allowed)
        words = " or ".join(_SHAPE_WORDS[_DIMENSION[g]] for g in self.spec.geometries)
        dimensions = shapely.get_dimensions(geometry)
        for i in np.flatnonzero((dimensions >= 0) & ~np.isin(dimensions, list(allowed))):
            got = _SHAPE_WORDS[int(dimensions[i])]
            why = f"{self.spec.title_plural} are {words}; this row has {got}."
            self.problem(int(i), Action.SKIPPED, "wrong_shape", why, "Import it as another kind.")
            geometry[i] = None
        return geometry

    def _sorted_out(self, i: int, mix: Any, allowed: set[int]) -> Any:
        """Keep the parts of a mixed shape of the highest dimension that the kind allows."""
        parts = shapely.get_parts(mix)
        while (shapely.get_type_id(parts) >= 4).any():
            parts = shapely.get_parts(parts)
        dimensions = shapely.get_dimensions(parts)
        usable = sorted(allowed & set(dimensions.tolist()))
        if not usable:
            return parts[0]  # refused with the reason by the caller
        kept = parts[dimensions == usable[-1]]
        what = (
            f"A mix of shapes: its {_SHAPE_WORDS[usable[-1]]} were kept ({len(kept)} of {len(parts)} parts)."
        )
        self.problem(i, Action.REPAIRED, "mixed_shape", what)
        return joined(kept)

    def keep(self, geometry: Objects) -> None:
        """Go on with the rows that have a shape."""
        self.rows = np.flatnonzero(~shapely.is_missing(geometry))
        self.geometry = geometry[self.rows]

    def values(self, target: str) -> Objects:
        """Return the partner's values for a field of ours; a constant wins; None where there are none."""
        if target in self.mapping.constants:
            return np.full(self.count, self.mapping.constants[target], dtype=object)
        column = self._columns.get(target)
        if column is None:
            return np.full(self.count, None, dtype=object)
        return self.kept(self.imported.columns[column])

    def kept(self, column: Objects) -> Objects:
        """Return the values of a column in the rows that are kept; the column itself where all are."""
        return column if len(self.rows) == len(column) else column[self.rows]

    def _is_stated(self, target: str) -> bool:
        """Tell whether the partner's columns or a constant say anything of a field."""
        return target in self.mapping.constants or self._columns.get(target) is not None

    def texts(self, target: str) -> Objects:
        """Return a field as text."""
        if not self._is_stated(target):
            return np.asarray(read_only(np.full(self.count, "", dtype=object)))
        values = self.values(target)
        given = values.tolist()
        texts = conversion.texts(given)
        return values if texts == given else object_column(texts)

    def codes(self, target: str, codes: tuple[Code, ...]) -> Objects:
        """Return a field as codes; what is no code is kept as written, and doubted once for each word."""
        texts = self.texts(target)
        if not self._is_stated(target):
            return texts
        given = self.mapping.categories if target == "category" else {}
        listed = texts.tolist()
        counts = Counter(listed)
        known = {t: given.get(t) or conversion.match_code(t, codes) for t in counts if t}
        for text, code in known.items():
            if code is None:
                alike = conversion.resembling_code(text, codes)
                proposal = f"It may mean “{alike.label}”." if alike else "Choose what it means here."
                what = f"“{text}” ({counts[text]:,} rows) is not in the list; it is kept as it was written."
                fix = {target: [text, alike.id]} if alike else None
                self.problem(listed.index(text), Action.DOUBT, f"unknown_{target}", what, proposal, fix)
        stored = {text: known.get(text) or text for text in counts}
        return object_column([stored[text] for text in listed])

    def field(self, item: FieldSpec) -> Column:
        """Return the column of one field of the kind."""
        if item.type is FieldType.CODE:
            return self.codes(item.name, item.codes)
        if item.type is FieldType.HOURS:
            return self.hours(item.name, item.label)
        if not item.is_number:
            return self.texts(item.name)
        return self.number(item)

    def hours(self, target: str, label: str) -> Objects:
        """Return hours that come back, as written; what cannot be read is doubted once for each text."""
        texts = self.texts(target)
        listed = texts.tolist()
        for text, rows in Counter(listed).items():
            if text and parse_hours(text) is None:
                what = (
                    f"{label}: “{text[:60]}” ({rows:,} rows) cannot be read; checks that need it say unknown."
                )
                self.problem(listed.index(text), Action.DOUBT, "unread_hours", what, HOW_TO_WRITE)
        return texts

    def number(self, item: FieldSpec) -> Floats:
        """Return a field as numbers; what is none, or two, or out of its range, is left open and doubted.

        Where the larger is the safer, the most that a text may mean is read, and doubted as well.
        """
        if not self._is_stated(item.name):
            return np.asarray(read_only(np.full(self.count, np.nan)))
        texts = self.values(item.name).tolist()
        is_whole = item.type is FieldType.INTEGER
        result, unread, two_ways = conversion.numbers(texts, item.unit, is_whole=is_whole)

        def doubt(i: int, what: str, proposal: str) -> None:
            self.problem(
                i, Action.DOUBT, "bad_number", f"{item.label}: “{str(texts[i])[:60]}” {what}", proposal
            )

        low = -np.inf if item.minimum is None else item.minimum
        high = np.inf if item.maximum is None else item.maximum
        for i in np.flatnonzero(unread | two_ways).tolist() if item.larger_is_safer else ():
            most = conversion.largest(str(texts[i]), item.unit)
            if low <= most <= high:
                result[i], unread[i], two_ways[i] = most, False, False
                what = f"is read as {most:,g} {item.unit}, the most that it may mean."
                doubt(i, what, "Ask the partner which number it is.")
        for i in np.flatnonzero(two_ways).tolist():
            what = "may be thousands or have decimals, so it is left open."
            doubt(i, what, "Ask the partner which number it is.")
        wrong = unread | (np.isfinite(result) & ((result < low) | (result > high))) | np.isinf(result)
        for i in np.flatnonzero(wrong).tolist():
            what = "is not a usable number, so it is left open."
            doubt(i, what, "Correct it in the feature's form.")
        result[wrong] = np.nan
        return np.asarray(read_only(result))

    def uncertainty(self) -> Floats:
        """Return the stated uncertainty in metres, or what the notation implies; 0 where there is neither."""
        stated = self.number(UNCERTAINTY)
        if self.imported.uncertainty_m is not None:
            stated = np.where(np.isnan(stated), self.imported.uncertainty_m[self.rows], stated)
        accuracy_m = self.imported.accuracy_m
        if accuracy_m is not None and accuracy_m > _NOTABLE_ACCURACY_M and self.count:
            what = (
                f"The change of datum is accurate to {accuracy_m:g} m only; that is not in the uncertainties."
            )
            proposal = f"Set an uncertainty of {accuracy_m:g} m for the layer."
            self.problem(None, Action.DOUBT, "datum_accuracy", what, proposal)
        return np.asarray(read_only(np.nan_to_num(stated, nan=0.0)))

    def windows(self, zone: ZoneInfo, now: datetime) -> dict[str, Times]:
        """Return the two time columns; a time that cannot be read leaves its end open, and is doubted."""
        if not (self._is_stated("valid_from") or self._is_stated("valid_to")):
            return {
                name: np.full(self.count, NAT, dtype="datetime64[us]") for name in ("valid_from", "valid_to")
            }
        windows = doubts_time.read(self.values("valid_from"), self.values("valid_to"), zone, now)
        if windows.note is not None:
            self.problem(None, Action.DOUBT, "ambiguous_date", *windows.note)
        self.problems += gathered(windows.doubts, self.row)
        return {"valid_from": windows.start, "valid_to": windows.end}
