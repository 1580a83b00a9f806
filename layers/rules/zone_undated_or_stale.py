"""A military zone has no dates at all, or has held for long without an end.

Question
    Does any military zone lack every date, or lack an end long after its start?
Method
    A zone without a start and an end is a conflict; so is one without an end whose start lies further
    back than the set number of days.
Assumptions
    A zone that holds until further notice is confirmed from time to time by a new start or an end.
Limits
    A zone whose window ends before it starts is unknown. Whether the activity still goes on cannot be
    known from the data.
Source
    Placeholder of this program; to be set by the operation.
Example
    A firing area from January without an end is reported in June, at 90 days.
"""

from collections.abc import Sequence

import numpy as np

from layers.checks import Parameter, Terms
from layers.findings import Severity
from layers.model import Kind
from layers.scene import Scene
from layers.sides import Indices, Selection, Side
from layers.single import CLEAR, CONFLICT, UNKNOWN, Judgement, SingleRule
from layers.volume import from_column, reversed_windows, to_column
from layers.words import moment_words


def _judge(side: Side, terms: Terms, _: Scene) -> Judgement:
    oldest = to_column(terms.as_of) - np.timedelta64(round(terms.values["stale_d"] * 86_400), "s")
    undated = np.isnat(side.valid_from) & np.isnat(side.valid_to)
    stale = np.isnat(side.valid_to) & (side.valid_from < oldest)
    code = np.where(undated | stale, CONFLICT, CLEAR).astype(np.int8)
    code[reversed_windows(side.valid_from, side.valid_to)] = UNKNOWN

    def sentences(rows: Indices, names: Sequence[str]) -> list[str]:
        result = []
        for row, name in zip(rows, names, strict=True):
            start = from_column(side.valid_from[row])
            if code[row] == UNKNOWN:
                result.append(f"Whether {name} is out of date is unknown: its window ends before it starts.")
            elif start is None:
                result.append(f"{name} has neither a start nor an end.")
            else:
                result.append(f"{name} has held since {moment_words(start)} and has no end.")
        return result

    return Judgement(code, sentences, matter=undated)


RULE = SingleRule(
    id="zone_undated_or_stale",
    title="Zone undated or stale",
    question="Does a military zone lack dates, or has it held for long without an end?",
    severity=Severity.LOW,
    action="Ask the unit whether the zone is still needed, and give it a start and an end.",
    a=Selection((Kind.MILITARY_ZONE,), anywhere=True),
    manual=__doc__,
    judge=_judge,
    parameters=(
        Parameter("stale_d", "Old without an end after", 90.0, "days", 1.0, 3_650.0, placeholder=True),
    ),
    gathers=True,
)
