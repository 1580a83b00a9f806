"""A feature is past its end and still in the workspace as if in force.

Question
    Has any military zone, no-strike area, arrangement or movement ended by the time looked from?
Method
    The end of each is compared with the time looked from. The finding holds from the end on.
Assumptions
    The end is the first moment at which the feature no longer holds.
Limits
    Features without an end are no part of the question. Where a window ends before it starts, it is
    unknown whether it is over. Cancelled and completed movements are left out. Whether the activity has
    in fact ended cannot be known from the data.
Source
    Practice of restriction and notification management: what is over is closed by whoever issued it.
Example
    A training area that ended yesterday, still listed, is reported until it is extended or taken out.
"""

from collections.abc import Sequence

import numpy as np

from layers.checks import Terms
from layers.findings import Severity
from layers.model import Kind, Layer
from layers.scene import Scene
from layers.sides import OVER, Indices, Mask, Selection, Side
from layers.single import CLEAR, CONFLICT, UNKNOWN, Judgement, SingleRule
from layers.volume import NAT, from_column, reversed_windows, to_column
from layers.words import moment_words


def _has_end(layer: Layer) -> Mask:
    return ~np.isnat(layer.table.valid_to)


def _judge(side: Side, terms: Terms, _: Scene) -> Judgement:
    code = np.where(side.valid_to <= to_column(terms.as_of), CONFLICT, CLEAR).astype(np.int8)
    code[reversed_windows(side.valid_from, side.valid_to)] = UNKNOWN

    def sentences(rows: Indices, names: Sequence[str]) -> list[str]:
        result = []
        for row, name in zip(rows, names, strict=True):
            end = from_column(side.valid_to[row])
            if code[row] == UNKNOWN or end is None:
                result.append(f"Whether {name} is over is unknown: its window ends before it starts.")
            else:
                result.append(f"{name} ended on {moment_words(end)} and is still kept as if in force.")
        return result

    return Judgement(
        code, sentences, start=side.valid_to, end=np.full(len(side), NAT), raised=_is_protective(side)
    )


def _is_protective(side: Side) -> Mask:
    """Mark what protects: once it is over, whatever it covered stands open."""
    return side.is_of(Kind.NO_STRIKE_AREA, Kind.ARRANGEMENT)


RULE = SingleRule(
    id="expired",
    title="Past its end",
    question="Is anything over and still kept as if in force?",
    severity=Severity.LOW,
    action="Ask whoever issued it whether it is extended; give it a new end, close it, or take it out.",
    a=Selection(
        (Kind.MILITARY_ZONE, Kind.NO_STRIKE_AREA, Kind.ARRANGEMENT, Kind.MOVEMENT),
        also=_has_end,
        set_aside=OVER,
        anywhere=True,
    ),
    manual=__doc__,
    judge=_judge,
    gathers=True,
)
