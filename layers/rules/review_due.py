"""A feature must be looked at again soon, or should have been.

Question
    Is the review of any feature due within the set number of days, or overdue?
Method
    The date to review by is compared with the time looked from. Overdue reviews rank one step higher.
Assumptions
    A date without a time means the end of that day in the operation's time zone.
Limits
    Features without a date to review by are no part of the question. A date that cannot be read with
    certainty, such as 03/04/2026, is unknown.
Source
    Practice of no-strike lists and restrictions: entries are reviewed at set dates. The number of days is
    a placeholder of this program; to be set by the operation.
Example
    A no-strike area to be reviewed by 30 November is reported from 16 November on, at 14 days.
"""

from collections.abc import Sequence

import numpy as np

from layers import conversion
from layers.checks import Parameter, Terms
from layers.findings import Severity
from layers.model import Kind, Layer
from layers.scene import Scene
from layers.sides import OVER, Indices, Mask, Selection, Side
from layers.single import CLEAR, CONFLICT, UNKNOWN, Judgement, SingleRule
from layers.volume import NAT, from_column, to_column
from layers.words import moment_words


def _has_review(layer: Layer) -> Mask:
    return np.asarray(layer.table.fields["review_by"] != "")


def _judge(side: Side, terms: Terms, _: Scene) -> Judgement:
    due, unread = conversion.times(side.texts("review_by"), terms.zone, is_end=True)
    now = to_column(terms.as_of)
    soon = now + np.timedelta64(round(terms.values["within_d"] * 86_400), "s")
    overdue = due <= now
    code = np.where(due <= soon, CONFLICT, CLEAR).astype(np.int8)
    code[unread] = UNKNOWN

    def sentences(rows: Indices, names: Sequence[str]) -> list[str]:
        result = []
        for row, name in zip(rows, names, strict=True):
            moment = from_column(due[row])
            if moment is None:
                text = side.texts("review_by")[row]
                result.append(f"When {name} must be reviewed is unknown: “{text}” cannot be read as a date.")
            elif overdue[row]:
                result.append(f"The review of {name} was due by {moment_words(moment)}.")
            else:
                result.append(f"The review of {name} is due by {moment_words(moment)}.")
        return result

    return Judgement(
        code, sentences, start=due, end=np.full(len(side), NAT), raised=overdue, matter=due.astype(np.int64)
    )


RULE = SingleRule(
    id="review_due",
    title="Review due",
    question="Must anything be reviewed soon, or should it have been?",
    severity=Severity.LOW,
    action="Review it with whoever issued it: confirm or change it, and set the next date to review by.",
    a=Selection(
        (
            Kind.HUMANITARIAN_SITE,
            Kind.NO_STRIKE_AREA,
            Kind.MILITARY_ZONE,
            Kind.ARRANGEMENT,
            Kind.PROJECT,
            Kind.HAZARD,
        ),
        also=_has_review,
        set_aside=OVER,
        anywhere=True,
    ),
    manual=__doc__,
    judge=_judge,
    parameters=(Parameter("within_d", "Days ahead", 14.0, "days", 0.0, 365.0, placeholder=True),),
    gathers=True,
)
