"""The dates of a feature contradict each other or cannot be meant.

Question
    Does any window end before it starts, or hold a date that is hardly meant?
Method
    A window is odd when it ends at or before its start; when it is still to begin, although the feature is
    said to be completed, and left out of other rules; when a date lies before 1990; when its start lies
    more than the set number of years ahead; and, for a movement, when it lasts longer than the set number
    of days, or has no end and has lasted so long already. The first two rank one step higher: other rules
    cannot evaluate such features, or leave them out. Of what is completed nothing more is asked.
Assumptions
    Ends far ahead are common for "until further notice" (31 December 2099) and are not odd.
Limits
    Features without any date are no part of the question. A wrong date that looks likely is not found.
    Cancelled features are left out.
Source
    Practice of data cleaning in partners' files. The numbers are placeholders of this program; to be set
    by the operation.
Example
    A convoy from 5 March 2026 to 5 March 2025 is reported, and one that starts in 2206.
"""

from collections.abc import Sequence

import numpy as np

from layers.checks import Parameter, Terms
from layers.findings import Severity
from layers.model import Kind, Layer
from layers.scene import Scene
from layers.sides import Indices, Mask, Selection, Side
from layers.single import CLEAR, CONFLICT, Judgement, SingleRule
from layers.volume import from_column, reversed_windows, to_column
from layers.words import moment_words, span_words

_FIRST = np.datetime64("1990-01-01", "us")
_REVERSED, _EARLY, _AHEAD, _LONG, _TO_COME = 1, 2, 3, 4, 5


def _is_dated(layer: Layer) -> Mask:
    return ~(np.isnat(layer.table.valid_from) & np.isnat(layer.table.valid_to))


def _judge(side: Side, terms: Terms, _: Scene) -> Judgement:
    start, end = side.valid_from, side.valid_to
    days = round(terms.values["ahead_years"] * 365.25)
    moving = side.is_of(Kind.MOVEMENT)
    longest = np.timedelta64(round(terms.values["movement_d"] * 86_400), "s")
    lasting = np.where(np.isnat(end), to_column(terms.as_of), end) - start > longest
    matter = np.zeros(len(side), dtype=np.int8)
    matter[moving & lasting] = _LONG
    matter[start > to_column(terms.as_of) + np.timedelta64(days, "D")] = _AHEAD
    matter[(start < _FIRST) | (end < _FIRST)] = _EARLY
    matter[reversed_windows(start, end)] = _REVERSED
    completed = side.texts("status") == "completed"
    matter[completed] = np.where(start[completed] > to_column(terms.as_of), _TO_COME, 0)

    def sentence(row: int, name: str) -> str:
        begins, ends = from_column(start[row]), from_column(end[row])
        if matter[row] == _REVERSED and begins and ends:
            return (
                f"{name} ends on {moment_words(ends)}, which is not after its start, {moment_words(begins)}."
            )
        if matter[row] == _TO_COME and begins:
            starts = moment_words(begins)
            return (
                f"{name} is to start only on {starts}; rules that leave out what is completed passed it over."
            )
        if matter[row] == _LONG and begins and ends:
            return f"{name} is said to be under way for {span_words(ends - begins)}."
        if matter[row] == _LONG and begins:
            return f"{name} is said to be under way since {moment_words(begins)}, without an end."
        if matter[row] == _AHEAD and begins:
            return f"{name} starts only on {moment_words(begins)}."
        return f"{name} has a date before 1990, which is hardly meant."

    def sentences(rows: Indices, names: Sequence[str]) -> list[str]:
        return [sentence(int(row), name) for row, name in zip(rows, names, strict=True)]

    return Judgement(
        np.where(matter > 0, CONFLICT, CLEAR).astype(np.int8),
        sentences,
        raised=np.isin(matter, (_REVERSED, _TO_COME)),
        matter=matter,
    )


RULE = SingleRule(
    id="odd_dates",
    title="Odd dates",
    question="Do dates contradict each other, or can they hardly be meant?",
    severity=Severity.LOW,
    action="Ask the partner for the right dates or status; correct them here or import the corrected file.",
    a=Selection(
        tuple(kind for kind in Kind if kind not in (Kind.REFERENCE, Kind.LIAISON, Kind.AREA_OF_OPERATIONS)),
        also=_is_dated,
        set_aside=(("status", "cancelled", "cancelled"),),
        anywhere=True,
    ),
    manual=__doc__,
    judge=_judge,
    parameters=(
        Parameter("ahead_years", "Years ahead", 10.0, "years", 0.0, 200.0, placeholder=True),
        Parameter("movement_d", "Longest movement", 366.0, "days", 1.0, 3_660.0, placeholder=True),
    ),
    gathers=True,
)
