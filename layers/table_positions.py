"""Positions in tables: which columns hold them, and each row read in whatever notation it is written.

One column or two; degrees with decimals, minutes or seconds; UTM, MGRS, `geo:`, WKT; mixed from row to row.
Plain numbers, of which files are full, are read in one go; everything else through `coordinates.parse`.
The written precision of each row becomes its uncertainty.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import crs as systems
from layers.model import Floats, Objects
from layers.position_columns import Chosen, choose, reads_longitude_first
from layers.position_texts import PositionTexts, Reading
from layers.reading import Action, Problem, ReadOptions
from layers.tables import NUMBER, Table
from layers.wgs84 import WGS84

_METRES_PER_DEGREE = 111_694.0
"""Longest degree on WGS 84, as in `coordinates`."""
_LEAST_M = 0.001
_MOST_DEGREES = 360.0
_SWAP = {"swap": True}


@dataclass(frozen=True, eq=False)
class Placed:
    """The shapes of a table's rows in `crs`, with what was decided on the way.

    `options` are those to settle with: where rows were brought to WGS 84 already, the officer's coordinate
    system has been used up.
    """

    geometry: Objects
    uncertainty_m: Floats
    problems: list[Problem]
    options: ReadOptions
    crs: str | None = None
    how: str = ""
    x_field: str | None = None
    y_field: str | None = None


@dataclass(eq=False)
class _Rows:
    """The rows being placed, as plain numbers with their steps or as readings; each once or not at all."""

    count: int
    x: Floats = field(init=False)
    y: Floats = field(init=False)
    x_step: Floats = field(init=False)
    y_step: Floats = field(init=False)
    readings: dict[int, Reading] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.x, self.y, self.x_step, self.y_step = np.full((4, self.count), np.nan)

    @property
    def plain(self) -> NDArray[np.bool_]:
        """Rows that hold two plain numbers."""
        return np.isfinite(self.x) & np.isfinite(self.y)

    @property
    def open(self) -> NDArray[np.bool_]:
        """Rows that are not placed yet."""
        left = ~self.plain
        left[list(self.readings)] = False
        return left

    @property
    def in_metres(self) -> bool:
        """Whether most of the plain numbers cannot be degrees."""
        plain = self.plain
        size = np.maximum(np.abs(self.x[plain]), np.abs(self.y[plain]))
        return bool(plain.any() and (size > _MOST_DEGREES).mean() > 0.5)

    def geometry(self) -> Objects:
        geometry = np.empty(self.count, dtype=object)
        plain = self.plain
        geometry[plain] = shapely.points(self.x[plain], self.y[plain])
        for i, reading in self.readings.items():
            geometry[i] = reading.geometry
        return geometry

    def uncertainty_m(self, *, in_metres: bool) -> Floats:
        """Return what each row's notation implies: the disc that holds all that rounds to it."""
        if in_metres:
            spread = np.hypot(self.x_step, self.y_step) / 2
        else:
            nearest_equator = np.clip(np.abs(self.y) - self.y_step / 2, 0.0, 90.0)
            east_west = self.x_step * np.cos(np.radians(nearest_equator))
            spread = np.hypot(east_west, self.y_step) / 2 * _METRES_PER_DEGREE
        spread = np.maximum(spread, _LEAST_M)
        for i, reading in self.readings.items():
            spread[i] = reading.uncertainty_m
        return spread


def place(table: Table, options: ReadOptions) -> Placed:
    """Find the columns that hold positions, and read them row by row.

    A row without a readable position has no shape, and a problem that quotes what stands there.

    Raises
    ------
    ReadingError
        When `options` name a column or a coordinate system that is not there.
    """
    chosen = choose(table.columns, table.tags, options, named=table.header_row is not None)
    rows = _Rows(len(table.row))
    problems: list[Problem] = []
    if not chosen:
        why = "The table has no columns that hold positions."
        hint = "Choose the column or the two columns that hold them, if there are any."
        problems += [Problem(r, Action.SKIPPED, "no_coordinates", why, hint) for r in table.row.tolist()]
        return Placed(rows.geometry(), rows.x, problems, options)
    texts = PositionTexts()
    for rank, columns in enumerate(chosen):
        before = int(rows.open.sum())
        _read(table, columns, rows, texts)
        taken = before - int(rows.open.sum())
        if rank and taken:
            what = f"Rows placed by {columns.words}, where {chosen[0].words} cannot be read: {taken:,}."
            problems.append(Problem(None, Action.REPAIRED, "other_column", what))
    for i in np.flatnonzero(rows.open).tolist():
        why = rows.failures.get(i, f"{chosen[0].words}: nothing is written there.")
        problems.append(Problem(int(table.row[i]), Action.SKIPPED, "bad_coordinate", why))
    problems += texts.doubts
    if chosen[0].guessed:
        what = f"Nothing but the values says that {chosen[0].words} are longitude and latitude."
        proposal = "Swap them if the places are wrong, or choose other columns."
        problems.append(Problem(None, Action.DOUBT, "axis_order", what, proposal, _SWAP))
    return _in_system(table, rows, chosen[0], problems, options)


def _read(table: Table, columns: Chosen, rows: _Rows, texts: PositionTexts) -> None:
    """Read the rows that are still open from one column or two."""
    if columns.y is None:
        _read_one(table.columns[columns.x].tolist(), columns.x, rows, texts)
        return
    x_text = _whole(table, columns.x, columns.x_parts)
    y_text = _whole(table, columns.y, columns.y_parts)
    zones = [v or "" for v in table.columns[columns.zone].tolist()] if columns.zone else [""] * rows.count
    (x, x_step), (y, y_step) = decimals(x_text), decimals(y_text)
    zoned = (np.abs(x) > _MOST_DEGREES) & np.array([bool(z) for z in zones], dtype=bool)
    take = rows.open & np.isfinite(x) & np.isfinite(y) & ~zoned
    rows.x[take], rows.y[take] = x[take], y[take]
    rows.x_step[take], rows.y_step[take] = _steps(x_text, y_text, x_step, y_step)[:, take]
    for i in np.flatnonzero(rows.open).tolist():
        x_value, y_value = x_text[i] or "", y_text[i] or ""
        if not (x_value or y_value):
            continue
        reading = "" if zoned[i] else texts.read_two(x_value, y_value)
        if isinstance(reading, str) and zones[i] and x_value and y_value:
            reading = texts.read_zoned(zones[i], x_value, y_value)
        if isinstance(reading, Reading):
            rows.readings[i] = reading
        else:
            rows.failures.setdefault(i, _why_not(columns, x_value, y_value, reading))


def _whole(table: Table, name: str, parts: Sequence[str | None]) -> list[str | None]:
    """Return the texts of a column, put together with the minutes, seconds and letters beside it."""
    texts: list[str | None] = table.columns[name].tolist()
    if not any(parts):
        return texts
    beside = [table.columns[p].tolist() if p else [None] * len(texts) for p in parts]
    whole: list[str | None] = []
    for degrees, minutes, seconds, half in zip(texts, *beside, strict=True):
        text = degrees or ""
        if text and minutes:
            text = f"{text.partition('.')[0] if text.endswith('.0') else text}° {minutes}'"
            text += f' {seconds}"' if seconds else ""
        whole.append(f"{text} {half[:1]}" if text and half else text or None)
    return whole


def _why_not(columns: Chosen, x_text: str, y_text: str, reason: str) -> str:
    """Say which of two columns cannot be read; the longitude first, as a person would look."""
    if NUMBER.fullmatch(x_text) or NUMBER.fullmatch(y_text) or not (x_text and y_text):
        fine = NUMBER.fullmatch(x_text) or (x_text and not y_text)
        name, value = (columns.y, y_text) if fine else (columns.x, x_text)
        return f"{name} “{value[:40]}” is not a number.{_own(reason)}" if value else f"{name} is empty."
    return f"{columns.words} “{x_text[:40]}”, “{y_text[:40]}”: {reason}"


def _own(reason: str) -> str:
    """Repeat the reason where it says more than that this is no position."""
    return "" if not reason or "not a position" in reason else f" {reason}"


def _read_one(values: list[str | None], name: str, rows: _Rows, texts: PositionTexts) -> None:
    longitude_first, sure = reads_longitude_first(name, values)
    guessed = 0
    for i in np.flatnonzero(rows.open).tolist():
        value = values[i]
        if not value:
            continue
        reading = texts.read_one(value, longitude_first=longitude_first)
        if isinstance(reading, Reading):
            rows.readings[i] = reading
            guessed += reading.order_assumed and not sure
        else:
            rows.failures.setdefault(i, f"{name} “{value[:60]}”: {reading}")
    if guessed:
        what = f"{name} holds pairs of numbers ({guessed:,} rows); the first was taken for the latitude."
        proposal = "Swap them if the places are wrong."
        texts.doubts.append(Problem(None, Action.DOUBT, "axis_order", what, proposal, _SWAP))


def decimals(values: Sequence[str | None]) -> tuple[Floats, Floats]:
    """Read numbers with a decimal point or comma, and the step of their last digit.

    NaN for what is none (also "nan", "inf" and 1,234.5).
    """
    numbers, steps = np.full((2, len(values)), np.nan)
    match = NUMBER.fullmatch
    for i, value in enumerate(values):
        if value is None or match(value) is None:
            continue
        text = value.replace(",", ".").lower()
        numbers[i] = float(text)
        mantissa, _, exponent = text.partition("e")
        places = len(mantissa.partition(".")[2]) - int(exponent[:5] or 0)
        steps[i] = 10.0 ** -max(-300, min(300, places))
    return numbers, steps


def _steps(x_text: list[str | None], y_text: list[str | None], x_step: Floats, y_step: Floats) -> Floats:
    """Return both steps; a number that has lost its trailing zeros gets that of the other one of its pair.

    Programs that write 36.29871 write 32.30000 as 32.3; a number that ends in 0 was written as it was meant.
    """
    finer = np.fmin(x_step, y_step)
    kept_x, kept_y = (np.array([(v or "").endswith("0") for v in texts]) for texts in (x_text, y_text))
    return np.array([np.where(kept_x, x_step, finer), np.where(kept_y, y_step, finer)])


def _in_system(
    table: Table, rows: _Rows, first: Chosen, problems: list[Problem], options: ReadOptions
) -> Placed:
    """Say in which coordinate system the shapes stand; plain metres wait for the officer to say it."""
    asked = systems.check(options.crs).value if options.crs else None
    in_metres = rows.in_metres or (asked is not None and systems.is_projected(asked))
    placed = Placed(
        rows.geometry(), rows.uncertainty_m(in_metres=in_metres), problems, options,
        x_field=first.x, y_field=first.y,
    )  # fmt: skip
    stated = {reading.crs for reading in rows.readings.values()}
    if not rows.readings:
        how = f"{first.sentence} WGS 84 is assumed."
        return placed if in_metres else replace(placed, crs=WGS84, how=how)
    if len(stated) == 1 and not rows.plain.any() and stated != {WGS84}:
        return replace(placed, crs=stated.pop())
    _bring_together(table, rows, placed, asked)
    how = f"{first.sentence} Each row says its notation; WGS 84 is assumed."
    if asked is not None and asked != WGS84:
        how = f"{first.sentence} You chose {systems.name_of(asked)} for what states none."
    return replace(placed, crs=WGS84, how=how, options=replace(options, crs=None))


def _bring_together(table: Table, rows: _Rows, placed: Placed, asked: str | None) -> None:
    """Bring every row to WGS 84 in place: from what its text states, or else from what the officer says."""
    by_system: dict[str, list[int]] = {}
    for i, reading in rows.readings.items():
        is_settled = reading.is_grid or reading.crs != WGS84 or asked is None
        usable = is_settled or not systems.is_projected(asked or reading.crs)
        by_system.setdefault(reading.crs if is_settled or not usable else str(asked), []).append(i)
    plain = np.flatnonzero(rows.plain).tolist()
    if asked is None and rows.in_metres:
        why = "Its numbers are metres, and no coordinate system is given for them."
        hint = "Ask the partner for it, and import again with it."
        for i in plain:
            placed.geometry[i] = None
            placed.problems.append(Problem(int(table.row[i]), Action.SKIPPED, "crs_unknown", why, hint))
    elif plain:
        by_system.setdefault(asked or WGS84, []).extend(plain)
    for code, indices in by_system.items():
        if code != WGS84:
            placed.geometry[indices] = systems.to_wgs84(placed.geometry[indices], code)[0]
