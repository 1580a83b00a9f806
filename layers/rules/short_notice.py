"""A movement was notified too late, or is about to start without having been.

Question
    Was every movement notified as long before its start as the lead time says?
Method
    The time from notification to start is compared with the lead time, the shorter one for movements
    marked as an emergency. A movement that is still planned and states no time of notification has not
    been notified: it is a conflict once its start is nearer than the lead time. The finding holds from
    when the notification was due.
Assumptions
    A movement that states no urgency, or a word that is none of those in use, is routine. Times without an
    offset are local to the operation. A date of notification without a time may mean any moment of that
    day: where that decides, the finding is possible.
Limits
    A movement without a start, or of any other status without a time of notification that can be read, is
    unknown. Whether a notification was received is not known from the time it was sent. Cancelled and
    completed movements are left out.
Source
    OCHA Yemen, practice of movement notification: 48 hours ahead, 24 hours in an emergency.
Example
    A convoy notified on Monday 20:00 that starts on Wednesday 06:00 has 34 hours: a conflict at 48.
"""

from collections.abc import Sequence

import numpy as np

from layers import conversion
from layers.checks import Parameter, Terms
from layers.findings import Severity
from layers.model import Kind
from layers.scene import Scene
from layers.sides import OVER, Indices, Selection, Side
from layers.single import CLEAR, CONFLICT, POSSIBLE, UNKNOWN, Judgement, SingleRule
from layers.volume import NAT, from_column, reversed_windows, to_column
from layers.words import moment_words, span_words


def _judge(side: Side, terms: Terms, _: Scene) -> Judgement:
    texts = side.texts("notified_at")
    earliest, unread = conversion.times(texts, terms.zone, is_end=False)
    latest, _unread = conversion.times(texts, terms.zone, is_end=True)
    emergency = side.texts("urgency") == "emergency"
    hours = np.where(emergency, terms.values["emergency_h"], terms.values["lead_h"])
    lead = (hours * 3600).round().astype("timedelta64[s]")
    due = side.valid_from - lead
    code = np.full(len(side), CLEAR, dtype=np.int8)
    code[latest > due] = POSSIBLE
    code[earliest > due] = CONFLICT
    to_come = np.isnat(earliest) & ~unread & (side.texts("status") == "planned")
    code[to_come & (due < to_column(terms.as_of))] = CONFLICT
    undated = np.isnat(side.valid_from) | reversed_windows(side.valid_from, side.valid_to)
    unnotified = np.isnat(earliest) & ~to_come
    code[undated | unnotified] = UNKNOWN

    def sentence(row: int, name: str) -> str:
        required = f"{hours[row]:g} hours" + (" in an emergency" if emergency[row] else "")
        if undated[row]:
            why = "it has no start" if np.isnat(side.valid_from[row]) else "its window ends before it starts"
            return f"Whether {name} was notified in time is unknown: {why}."
        if code[row] == UNKNOWN:
            text = f"“{texts[row]}” cannot be read" if texts[row] else "when that was is not stated"
            return f"Whether {name} was notified in time is unknown: {text}; {required} are required."
        if to_come[row]:
            start = from_column(side.valid_from[row])
            when = f"on {moment_words(start)}" if start is not None else ""
            return f"{name}, which starts {when}, has not been notified; {required} are required."
        ahead = side.valid_from[row] - earliest[row]
        if ahead < np.timedelta64(0):
            return f"{name} was notified {span_words(ahead.item())} after its start."
        sentence = (
            f"{name} was notified {span_words(ahead.item())} before its start; {required} are required."
        )
        if code[row] == POSSIBLE:
            sentence += " Only the day of notification is known, so it may have been too late."
        return sentence

    def sentences(rows: Indices, names: Sequence[str]) -> list[str]:
        return [sentence(int(row), name) for row, name in zip(rows, names, strict=True)]

    return Judgement(code, sentences, start=np.where(undated, NAT, due), end=side.valid_to)


RULE = SingleRule(
    id="short_notice",
    title="Movement at short notice",
    question="Was every movement notified early enough?",
    severity=Severity.MEDIUM,
    action=(
        "Notify all parties at once and confirm by voice that they have it; postpone the movement unless "
        "lives depend on it."
    ),
    a=Selection((Kind.MOVEMENT,), set_aside=OVER, anywhere=True),
    manual=__doc__,
    judge=_judge,
    parameters=(
        Parameter("lead_h", "Lead time", 48.0, "h", 0.0, 720.0),
        Parameter("emergency_h", "Lead time in an emergency", 24.0, "h", 0.0, 720.0),
    ),
)
