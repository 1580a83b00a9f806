"""Somebody who must acknowledge a feature has not done so.

Question
    Has every party that must acknowledge a movement, arrangement or no-strike area done so?
Method
    The names of the parties that must acknowledge are compared with the names of those that have,
    without regard to case, accents, dots, brackets and blanks. Names may be separated by semicolons,
    commas, bars, slashes or line breaks. Brackets count where parties differ in nothing else, and where they
    say that it was not acknowledged: "Air cell (pending)". What holds already or begins within the set time
    ranks one step higher.
Assumptions
    Both fields list names, spelt alike. An acknowledgement says that the party knows, nothing more.
Limits
    Two spellings of one party (an abbreviation and a full name) count as two. A list in which no name can
    be read is unknown. Features that name no party are no part of the question. Cancelled and completed
    movements are left out.
Source
    Practice of humanitarian notification: sent is not received, and received is not passed on (lessons
    of 2015 and 2024). The number of hours is a placeholder of this program; to be set by the operation.
Example
    A convoy to be acknowledged by "Brigade 3; Air cell" and acknowledged by "brigade 3" lacks Air cell.
"""

from collections.abc import Sequence

import numpy as np

from layers.checks import Parameter, Terms
from layers.conversion import says_nothing
from layers.findings import Severity
from layers.model import Kind, Layer
from layers.name_lists import missing_names
from layers.scene import Scene
from layers.sides import OVER, Indices, Mask, Selection, Side
from layers.single import CLEAR, CONFLICT, UNKNOWN, Judgement, SingleRule
from layers.volume import to_column


def _names_parties(layer: Layer) -> Mask:
    return np.asarray(layer.table.fields["required_parties"] != "")


def _judge(side: Side, terms: Terms, _: Scene) -> Judgement:
    required, given = side.texts("required_parties"), side.texts("acknowledged_by")
    missing = [missing_names(*texts) for texts in zip(required, given, strict=True)]
    unread = np.array([says_nothing(text) for text in required], dtype=bool)
    code = np.array([CONFLICT if names else CLEAR for names in missing], dtype=np.int8)
    code[unread] = UNKNOWN

    def sentences(rows: Indices, names: Sequence[str]) -> list[str]:
        return [
            f"Who must acknowledge {name} is unknown: “{required[row]}” names nobody."
            if unread[row]
            else f"{name} has not been acknowledged by {_listed(missing[row])}."
            for row, name in zip(rows, names, strict=True)
        ]

    matter = np.array(["; ".join(names).casefold() for names in missing], dtype=object)
    return Judgement(code, sentences, raised=_is_near(side, terms), matter=matter)


def _is_near(side: Side, terms: Terms) -> Mask:
    """Mark what holds at the time looked from, or will within the set hours."""
    now = to_column(terms.as_of)
    soon = now + np.timedelta64(round(terms.values["soon_h"] * 3600), "s")
    return ~(side.valid_from > soon) & ~(side.valid_to <= now)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


RULE = SingleRule(
    id="not_acknowledged",
    title="Not acknowledged",
    question="Has everybody who must acknowledge it done so?",
    severity=Severity.MEDIUM,
    action=(
        "Reach the missing parties by voice, confirm that they have the notification and passed it on, and "
        "record who acknowledged; hold the movement until then."
    ),
    a=Selection(
        (Kind.MOVEMENT, Kind.ARRANGEMENT, Kind.NO_STRIKE_AREA),
        also=_names_parties,
        set_aside=OVER,
        anywhere=True,
    ),
    manual=__doc__,
    judge=_judge,
    parameters=(Parameter("soon_h", "Begins within", 48.0, "h", 0.0, 720.0, placeholder=True),),
    gathers=True,
)
