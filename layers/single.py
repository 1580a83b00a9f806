"""Rules about single features: "is something the matter with this one?"."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from layers.checks import Answers, Locality, Parameter, Terms
from layers.findings import Severity, Verdict
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
    """

    code: NDArray[np.int8]
    sentences: Callable[[Indices, Sequence[str]], Sequence[str]]
    distance_m: Floats | None = None
    required_m: Floats | None = None
    start: Times | None = None
    end: Times | None = None


Judge = Callable[[Side, Terms, Scene], Judgement]


@dataclass(frozen=True)
class SingleRule:
    """A rule that judges every feature of a selection by itself."""

    id: str
    title: str
    question: str
    severity: Severity
    action: str
    a: Selection
    manual: str
    judge: Judge
    parameters: tuple[Parameter, ...] = ()
    b: None = field(default=None, init=False)
    same: bool = field(default=False, init=False)
    without_b: str = field(default="", init=False)
    others: tuple[Kind, ...] = ()

    @property
    def locality(self) -> Locality:
        """Every answer depends on its feature alone."""
        return Locality.SUBJECTS

    def around_m(self, values: object) -> float:
        """Nothing else matters to a feature."""
        return 0.0

    def evaluate(self, scene: Scene, a: Side, b: Side | None, terms: Terms) -> Answers:
        """Judge every feature."""
        judged = self.judge(a, terms, scene)
        rows = np.flatnonzero(judged.code != CLEAR)
        return answers_about(
            a,
            rows,
            [VERDICTS[c] for c in judged.code[rows]],
            lambda: judged.sentences(rows, feature_words(a, rows)),
            distance_m=None if judged.distance_m is None else judged.distance_m[rows],
            required_m=None if judged.required_m is None else judged.required_m[rows],
            start=None if judged.start is None else judged.start[rows],
            end=None if judged.end is None else judged.end[rows],
        )


def answers_about(
    a: Side,
    rows: Indices,
    verdicts: Sequence[Verdict],
    describe: Callable[[], Sequence[str]],
    *,
    b: Side | None = None,
    distance_m: Floats | None = None,
    required_m: Floats | None = None,
    start: Times | None = None,
    end: Times | None = None,
    raised: NDArray[np.bool_] | None = None,
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
        places=lambda: a.geometry[rows],
        describe=describe,
        raised=raised,
    )
