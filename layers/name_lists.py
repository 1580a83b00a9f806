"""Names of parties listed in one text field: "OCHA; UNMAS, Ministry of Health".

Partners separate names in several ways and spell the same name in several ways, so names are compared
without case, accents, dots, brackets and repeated blanks. Two names are never guessed to be the same: what
stands in brackets counts where two names differ in nothing else, and where it says that nothing was given.
"""

import re
from collections import Counter
from functools import lru_cache

from layers.conversion import folded
from layers.kinds.common import words

_SEPARATORS = re.compile(r"[;,|/\n\r\t&+،؛、；，]")
_AND = re.compile(r"\s(?:and|et|und|y|e|и|і|та|و)\s", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[][^)\]]{0,200}[)\]]")  # bounded: a text of open ones would take for ever
_NOT_GIVEN = frozenset(
    words(
        "no, not, none, never, nothing, pending, awaiting, awaited, waiting, refused, declined, denied, "
        "unconfirmed, tbc, tbd, outstanding, asked, requested, sent, non, pas, refuse, attente, pendiente, "
        "rechazado, nein, nicht, offen, нет, не, ждем, ожидается, отказ, ні, لا, لم, رفض, معلق"
    )
)
"""Words in brackets behind the name of a party that has not acknowledged: "Air cell (pending)"."""
_MARKS = re.compile(r"[.\"'“”„«»*:]")


@lru_cache(maxsize=10_000)
def names_in(text: str) -> tuple[str, ...]:
    """Return the names listed in a text, as written, without repetition.

    Brackets make a difference only between names that both have some.
    """
    names: list[str] = []
    seen: dict[str, set[tuple[str, ...]]] = {}
    for part in _SEPARATORS.split(text):
        name = " ".join(part.split())
        key, inside = _key(name), _inside_brackets(name)
        there = seen.setdefault(key, set())
        if key and (not there or (inside and () not in there and inside not in there)):
            names.append(name)
            there.add(inside)
    return tuple(names)


@lru_cache(maxsize=10_000)
def missing_names(required: str, given: str) -> tuple[str, ...]:
    """Return the names of `required`, as written there, that are not among those of `given`.

    "A and B" counts as given where it stands so, or where both are given.
    """
    wanted = names_in(required)
    namesakes = Counter(map(_key, wanted))
    there = [part for name in _given(given) for part in (name, *_AND.split(name))]
    keys = set(map(_key, there))
    exact = {(_key(name), _inside_brackets(name)) for name in there}

    def is_given(name: str) -> bool:
        key = _key(name)
        return key in keys and (namesakes[key] < 2 or (key, _inside_brackets(name)) in exact)

    def is_there(name: str) -> bool:
        return is_given(name) or all(is_given(part) for part in _AND.split(name))

    return tuple(name for name in wanted if not is_there(name))


def _given(text: str) -> list[str]:
    """Return the names listed in a text but those whose brackets say that nothing was given."""
    names = (part for part in _SEPARATORS.split(text) if _key(part))
    return [name for name in names if not any(map(_says_not, _inside_brackets(name)))]


def _says_not(inside: str) -> bool:
    return "?" in inside or not _NOT_GIVEN.isdisjoint(re.findall(r"\w+", inside))


def _inside_brackets(name: str) -> tuple[str, ...]:
    return tuple(folded(inside) for inside in _BRACKETS.findall(name))


def _key(name: str) -> str:
    """Return a name for comparison; "" where nothing of it is a letter or figure."""
    plain = folded(_MARKS.sub("", _BRACKETS.sub(" ", name)))
    return plain if any(letter.isalnum() for letter in plain) else ""
