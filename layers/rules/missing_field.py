"""A feature lacks what its kind must state.

Question
    Does every feature state what its kind must state?
Method
    What each kind must state is a table: a site its name and category; a movement also who runs it, whom
    to call and its start; a military zone its name, category and unit or contact; a no-strike area its
    name and who issued it; a project its name, category, who carries it out and its sector; a hazard its
    category and who reported it; an arrangement its name, category and parties; an assessment its
    category and sector; a liaison point whom to call. Lacking whom to call on a movement ranks higher.
Assumptions
    A partner's id is taken for a name where there is none. Words that only fill a cell, such as N/A, unknown,
    TBC or a dash, state nothing.
Limits
    That something is stated does not make it right. Positions are the business of every rule: features
    without one are listed there as not compared. Cancelled and completed features are left out.
Source
    OCHA movement notification forms and 3W templates; practice of this program.
Example
    A convoy without a telephone number cannot be warned: reported.
"""

from collections.abc import Sequence

import numpy as np

from layers.checks import Terms
from layers.conversion import says_nothing
from layers.findings import Severity
from layers.model import Kind
from layers.scene import Scene
from layers.sides import OVER, Indices, Mask, Objects, Selection, Side
from layers.single import CLEAR, CONFLICT, Judgement, SingleRule

_NAME = ("a name", ("name", "source_id"))
_CATEGORY = ("a category", ("category",))
_CONTACT = ("whom to call", ("contact",))

Needed = tuple[str, tuple[str, ...]]
_MUST: dict[Kind, tuple[Needed, ...]] = {
    Kind.HUMANITARIAN_SITE: (_NAME, _CATEGORY),
    Kind.MOVEMENT: (
        _NAME,
        _CATEGORY,
        ("who runs it", ("organisation",)),
        _CONTACT,
        ("its start", ("valid_from",)),
    ),
    Kind.NO_STRIKE_AREA: (_NAME, ("who issued it", ("authority", "contact"))),
    Kind.MILITARY_ZONE: (_NAME, _CATEGORY, ("its unit or a contact", ("unit", "contact"))),
    Kind.PROJECT: (
        _NAME,
        _CATEGORY,
        ("who carries it out", ("actor", "organisation")),
        ("its sector", ("sector",)),
    ),
    Kind.HAZARD: (_CATEGORY, ("who reported it", ("reported_by", "contact"))),
    Kind.ARRANGEMENT: (_NAME, _CATEGORY, ("its parties", ("parties",))),
    Kind.ASSESSMENT: (_CATEGORY, ("its sector", ("sector",))),
    Kind.LIAISON: (_CONTACT,),
}
"""What each kind must state: words for it, and the columns of which one must be filled."""

_ALL = tuple(dict.fromkeys(needed for must in _MUST.values() for needed in must))


def _is_missing(side: Side, columns: Sequence[str]) -> Mask:
    missing = np.ones(len(side), dtype=bool)
    for name in columns:
        missing &= np.isnat(side.valid_from) if name == "valid_from" else _says_nothing(side.texts(name))
    return missing


def _says_nothing(texts: Objects) -> Mask:
    return np.fromiter(map(says_nothing, texts.tolist()), dtype=bool, count=len(texts))


def _judge(side: Side, terms: Terms, _: Scene) -> Judgement:
    matter = np.zeros(len(side), dtype=np.int64)  # one bit for each of _ALL
    kinds = [layer.kind for layer in side.layers]
    for bit, needed in enumerate(_ALL):
        asked = np.array([needed in _MUST[kind] for kind in kinds], dtype=bool)[side.layer_numbers]
        if asked.any():
            matter |= (asked & _is_missing(side, needed[1])).astype(np.int64) << bit
    moving = side.is_of(Kind.MOVEMENT)

    def sentences(rows: Indices, names: Sequence[str]) -> list[str]:
        return [
            f"{name} does not state {_listed(int(matter[row]))}."
            for row, name in zip(rows, names, strict=True)
        ]

    return Judgement(
        np.where(matter > 0, CONFLICT, CLEAR).astype(np.int8),
        sentences,
        raised=moving & ((matter >> _ALL.index(_CONTACT)) & 1 > 0),
        matter=matter,
    )


def _listed(bits: int) -> str:
    words = [needed[0] for bit, needed in enumerate(_ALL) if bits >> bit & 1]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


RULE = SingleRule(
    id="missing_field",
    title="Something is not stated",
    question="Does everything state what its kind must state?",
    severity=Severity.LOW,
    action="Ask the partner for what is missing, and fill it in or import the completed file.",
    a=Selection(tuple(_MUST), set_aside=OVER, anywhere=True),
    manual=__doc__,
    judge=_judge,
    gathers=True,
)
