"""A site or movement may not be passed on as it is: no label, no consent, or consent refused.

Question
    Does every site and movement say who may read it, and that its owner agreed to pass it on?
Method
    The label and the consent to share of each are looked up. Refused consent ranks one step higher.
Assumptions
    Limited consent counts as consent: its limits are for whoever releases the data to keep.
Limits
    Whether consent was informed cannot be known from the data. A word for consent that is none of the
    known ones is unknown. Cancelled and completed movements are left out.
Source
    IASC operational guidance on data responsibility in humanitarian action; ICRC handbook on data
    protection in humanitarian action.
Example
    A shelter whose owner refused consent is reported until it is left out of what is passed on.
"""

from collections.abc import Sequence

import numpy as np

from layers.checks import Terms
from layers.findings import Severity
from layers.model import Kind
from layers.scene import Scene
from layers.sides import OVER, Indices, Selection, Side
from layers.single import CLEAR, CONFLICT, UNKNOWN, Judgement, SingleRule

_LABEL, _CONSENT, _REFUSED, _UNREAD = 1, 2, 4, 8


def _judge(side: Side, terms: Terms, _: Scene) -> Judgement:
    consent = side.texts("consent")
    matter = np.where(side.texts("label") == "", _LABEL, 0)
    matter |= np.where(consent == "", _CONSENT, 0) | np.where(consent == "refused", _REFUSED, 0)
    matter |= np.where(np.isin(consent, ("", "refused", "given", "limited")), 0, _UNREAD)
    code = np.where(matter > 0, CONFLICT, CLEAR).astype(np.int8)
    code[matter == _UNREAD] = UNKNOWN

    def sentence(row: int, name: str) -> str:
        bits = matter[row]
        label = " It has no label that says who may read it." if bits & _LABEL else ""
        if bits & _REFUSED:
            return f"The owner of {name} refused consent to share it.{label}"
        if bits & _CONSENT:
            return f"{name} states no consent to share.{label}"
        if bits & _UNREAD:
            return f"Whether {name} may be shared is unknown: “{consent[row]}” is no known answer.{label}"
        return f"{name} has no label that says who may read it."

    def sentences(rows: Indices, names: Sequence[str]) -> list[str]:
        return [sentence(int(row), name) for row, name in zip(rows, names, strict=True)]

    return Judgement(code, sentences, raised=(matter & _REFUSED) > 0, matter=matter)


RULE = SingleRule(
    id="no_label_or_consent",
    title="No label or consent",
    question="Does each site and movement say who may read it, and that its owner agreed?",
    severity=Severity.LOW,
    action=(
        "Ask the owner for consent and set a label; leave the feature out of what is passed on until then, "
        "and always where consent was refused."
    ),
    a=Selection((Kind.HUMANITARIAN_SITE, Kind.MOVEMENT), set_aside=OVER, anywhere=True),
    manual=__doc__,
    judge=_judge,
    gathers=True,
)
