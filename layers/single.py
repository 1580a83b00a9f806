"""Rules about single features: "is something the matter with this one?"."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.answers import Answers
from layers.checks import Locality, Parameter, Terms
from layers.findings import Severity, Verdict
from layers.gathering import gather, with_others
from layers.model import Kind
from layers.scene import Scene
from layers.sides import Indices, Selection, Side
from layers.volume import Times
from layers.words import feature_words

Floats = NDArray[np.float64]

CLEAR, CONFLICT, POSSIBLE, UNKNOWN = -1, 0, 1, 2
"""What a judge says of a feature."""
VERDICTS = (Verdict.CONFLICT, Verdict.POSSIBLE, Verdict.UNKNOWN)
"""The verdict of each code but `CLEAR`."""


@dataclass(frozen=True, eq=False)
class Judgement:
    """What a rule says of each feature of a side.

    Attributes
    ----------
    code : int8 array (n,)
        `CLEAR`, `CONFLICT`, `POSSIBLE` or `UNKNOWN`.
    sentences : function
        From rows that are not clear and the words for those features to one sentence each.
    distance_m, required_m : arrays (n,), optional
        What was measured and what is required, in metres.
    start, end : datetime64 arrays (n,), optional
        When it matters; by default the window of the feature.
    raised : bool array (n,), optional
        Marks answers that rank one step above the rule's severity.
    matter : array (n,), optional
        What is the matter with each, where the rule gathers: equal values become one finding.
    """

    code: NDArray[np.int8]
    sentences: Callable[[Indices, Sequence[str]], Sequence[str]]
    distance_m: Floats | None = None
    required_m: Floats | None = None
    start: Times | None = None
    end: Times | None = None
    raised: NDArray[np.bool_] | None = None
    matter: NDArray[Any] | None = None


Judge = Callable[[Side, Terms, Scene], Judgement]


@dataclass(frozen=True)
class SingleRule:
    """A rule that judges every feature of a selection by itself.

    Judges look at columns, never at shapes: what only moved is not judged again (`recheck`).
    """

    id: str
    title: str
    question: str
    severity: Severity
    action: str
    a: Selection
    manual: str
    judge: Judge
    parameters: tuple[Parameter, ...] = ()
    gathers: bool = False
    """True where many features of a layer with the same matter are one finding (`gathering`)."""
    b: None = field(default=None, init=False)
    same: bool = field(default=False, init=False)
    without_b: str = field(default="", init=False)
    others: tuple[Kind, ...] = ()

    @property
    def locality(self) -> Locality:
        """Every answer depends on its feature alone, unless it stands for others too."""
        return Locality.EVERYTHING if self.gathers else Locality.SUBJECTS

    def around_m(self, values: object) -> float:
        """Nothing else matters to a feature."""
        return 0.0

    def evaluate(self, scene: Scene, a: Side, b: Side | None, terms: Terms) -> Answers:
        """Judge every feature."""
        return answers_of(a, self.judge(a, terms, scene), gathers=self.gathers)

    def matters(self, scene: Scene, a: Side, terms: Terms) -> list[tuple[str, ...]]:
        """Say what is the matter with each feature, and its name, which the finding of another may tell.

        As long as that stays, what is gathered stays too.
        """
        judged = self.judge(a, terms, scene)
        layers = np.array([layer.id for layer in a.layers], dtype=object)[a.layer_numbers]
        names = np.where(judged.code != CLEAR, a.texts("name"), "")
        columns = [judged.code, judged.raised, judged.matter, layers, names]
        told = [map(str, np.asarray(column).tolist()) for column in columns if column is not None]
        return sorted(zip(a.ids.tolist(), *told, strict=True))


def answers_of(a: Side, judged: Judgement, *, gathers: bool, b: Side | None = None) -> Answers:
    """Make answers from what was judged of every feature of a side."""
    rows = told = np.flatnonzero(judged.code != CLEAR)
    groups = _groups(a, rows, judged) if gathers else None
    if groups is not None:
        told = rows[[int(group[0]) for group in groups]]

    def describe(some: Indices) -> Sequence[str]:
        sentences = judged.sentences(told[some], feature_words(a, told[some]))
        return sentences if groups is None else with_others(a, rows, [groups[i] for i in some], sentences)

    def of_told(column: NDArray[Any] | None) -> NDArray[Any] | None:
        return None if column is None else column[told]

    return answers_about(
        a,
        told,
        [VERDICTS[c] for c in judged.code[told]],
        describe,
        # What one answer stands for counts once, so that it never counts as clear.
        examined=len(a) - len(rows) + len(told),
        b=b,
        distance_m=of_told(judged.distance_m),
        required_m=of_told(judged.required_m),
        start=of_told(judged.start),
        end=of_told(judged.end),
        raised=of_told(judged.raised),
    )


def _groups(a: Side, rows: Indices, judged: Judgement) -> list[Indices]:
    matters: list[NDArray[Any]] = [judged.code[rows]]
    matters += [column[rows] for column in (judged.raised, judged.matter) if column is not None]
    return gather(a, rows, *matters)


def answers_about(
    a: Side,
    rows: Indices,
    verdicts: Sequence[Verdict],
    describe: Callable[[Indices], Sequence[str]],
    *,
    b: Side | None = None,
    distance_m: Floats | None = None,
    required_m: Floats | None = None,
    start: Times | None = None,
    end: Times | None = None,
    raised: NDArray[np.bool_] | None = None,
    examined: int | None = None,
) -> Answers:
    """Make answers about some features of one side; what is not given does not apply.

    Arrays have one value for each of `rows`. The window is that of the feature unless another is given.
    """
    nothing = np.full(len(rows), np.nan)
    return Answers(
        side_a=a,
        side_b=b,
        a=rows,
        b=None,
        verdict=list(verdicts),
        distance_m=nothing if distance_m is None else distance_m,
        required_m=nothing if required_m is None else required_m,
        overlap_m2=nothing,
        overlap_m=nothing,
        start=a.valid_from[rows] if start is None else start,
        end=a.valid_to[rows] if end is None else end,
        places=lambda some: a.geometry[rows[some]],
        describe=describe,
        raised=raised,
        examined=examined,
    )
