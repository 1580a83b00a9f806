"""Exercise or test data lie in a real workspace, or real data in one for an exercise.

Question
    Is anything said to be real, or made for an exercise or test, that the workspace is not for?
Method
    What a feature says of itself is compared with the mode of the workspace. Where it says nothing,
    words such as EXERCISE, TEST, учение or تمرين in its name, in the name of its layer or of the file it
    came from make it possible in a real workspace; words such as REAL WORLD in one for an exercise or
    test.
Assumptions
    Exercise and test data are alike made up: they may lie together.
Limits
    A feature that says nothing, with no such word in any of those names, is no part of the question: it is
    not counted as compared. A name may hold such a word for another reason ("Test Street").
Source
    Exercise safety practice: all exercise traffic is marked, and never mixed with real data.
Example
    A no-strike area named "EXERCISE Hospital 3" in a real workspace is possible exercise data.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from layers.answers import Answers
from layers.checks import Terms
from layers.conversion import folded
from layers.findings import Severity
from layers.kinds.common import words
from layers.model import Kind, Mode
from layers.scene import Scene
from layers.sides import Indices, Mask, Objects, Selection, Side
from layers.single import CLEAR, CONFLICT, POSSIBLE, UNKNOWN, Judgement, SingleRule

_MADE_UP = frozenset(
    folded(word)
    for word in words(
        "exercise, exercises, exercice, exercices, ejercicio, ejercicios, exercício, exercícios, "
        "esercitazione, esercitazioni, übung, übungen, uebung, oefening, oefeningen, ćwiczenia, tatbikat, "
        "egzersiz, учение, учения, учений, учебный, учебная, навчальний, exx, test, tests, testdata, тест, "
        "simulation, simulated, fictitious, fictional, notional, mock, "
        "тестовый, тестова, dummy, sample, demo, prueba, essai, تمرين, تمرينات, التمرين, اختبار, تجريبي"
    )
)
_REAL = ("real world", "realworld", "real life", "no exercise", "not an exercise", "live data", "no play")
_WORD = re.compile(r"[^\W\d_]+")
_ABBREVIATED = re.compile(r"(?:^|[\W_])EX(?:[ _:]|$)")
"""EX in capitals; in small letters it is "former" in several languages."""
_FILE_PREFIX = re.compile(r"ex[_ ]", re.IGNORECASE)


@lru_cache(maxsize=100_000)
def _tells(text: str, mode: Mode) -> bool:
    """Tell whether a name holds a word that does not belong in a workspace of this mode."""
    plain = folded(text)
    if mode is not Mode.REAL:
        return any(f" {phrase} " in f" {plain} " for phrase in _REAL)
    return bool(_ABBREVIATED.search(text)) or not _MADE_UP.isdisjoint(_WORD.findall(plain))


def _telling_names(side: Side, scene: Scene, mode: Mode) -> Objects:
    """Return the name, of the feature or what it came in, that does not belong here; "" where none does."""
    found = np.full(len(side), "", dtype=object)
    for number, layer in enumerate(side.layers):
        if _tells(layer.name, mode):
            found[side.layer_numbers == number] = layer.name
    sources = side.texts("source")
    for source in scene.workspace.sources:
        if _tells(source.file, mode) or (mode is Mode.REAL and _FILE_PREFIX.match(source.file)):
            found[sources == source.id] = source.file
    names, categories = side.texts("name"), side.texts("category")
    for row, name in enumerate(names):
        if name and categories[row] != "training" and _tells(name, mode):  # a training area is real
            found[row] = name
    return found


def _is_wrong(side: Side, terms: Terms) -> Mask:
    """Mark what states something that this workspace is not for."""
    real = terms.mode is Mode.REAL
    return np.asarray(np.isin(side.texts("data_status"), ("exercise", "test") if real else ("real",)))


def _judge(side: Side, terms: Terms, scene: Scene) -> Judgement:
    stated = side.texts("data_status")
    telling = _telling_names(side, scene, terms.mode)
    code = np.full(len(side), CLEAR, dtype=np.int8)
    code[(stated == "") & (telling != "")] = POSSIBLE
    code[~np.isin(stated, ("", "real", "exercise", "test"))] = UNKNOWN
    code[_is_wrong(side, terms)] = CONFLICT
    here = f"this is a workspace for {'real data' if terms.mode is Mode.REAL else f'{terms.mode.value} data'}"
    other = "made for an exercise or test" if terms.mode is Mode.REAL else "real"

    def sentences(rows: Indices, names: Sequence[str]) -> list[str]:
        result = []
        for row, name in zip(rows, names, strict=True):
            if code[row] == CONFLICT:
                made = "real" if stated[row] == "real" else f"made for {_purpose(stated[row])}"
                result.append(f"{name} is said to be {made}, and {here}.")
            elif code[row] == POSSIBLE:
                result.append(f"{name} may be {other}, as “{telling[row]}” suggests, and {here}.")
            else:
                result.append(f"Whether {name} is real is unknown: “{stated[row]}” is no known answer.")
        return result

    in_name = telling == side.texts("name")
    matter = np.where(code == POSSIBLE, np.where(in_name, "a name", telling), stated)
    return Judgement(code, sentences, matter=matter)


def _purpose(stated: str) -> str:
    return "an exercise" if stated == "exercise" else "a test"


@dataclass(frozen=True)
class ExerciseMixed(SingleRule):
    """Asks only about features that say something of themselves, by field or by name."""

    def evaluate(self, scene: Scene, a: Side, b: Side | None, terms: Terms) -> Answers:
        """Judge what says something; the rest is no part of the question."""
        says = (a.texts("data_status") != "") | (_telling_names(a, scene, terms.mode) != "")
        return super().evaluate(scene, a.take(np.flatnonzero(says)), b, terms)


RULE = ExerciseMixed(
    id="exercise_mixed_with_real",
    title="Exercise mixed with real",
    question="Is anything real, or made for an exercise or test, that this workspace is not for?",
    severity=Severity.HIGH,
    action=(
        "Find out where it came from; take it out, or state that it belongs here. Decide on nothing and pass "
        "nothing on until that is known."
    ),
    a=Selection(tuple(kind for kind in Kind if kind is not Kind.REFERENCE), anywhere=True),
    manual=__doc__,
    judge=_judge,
    gathers=True,
)
