"""Names of parties listed in one text field: "OCHA; UNMAS, Ministry of Health".

Partners separate names in several ways and spell the same name in several ways, so names are compared
without case, accents, dots, brackets and repeated blanks. Two names are never guessed to be the same.
"""

import re
from functools import lru_cache

from layers.conversion import folded

_SEPARATORS = re.compile(r"[;,|/\n\r\t&+،؛、；，]")
_AND = re.compile(r"\s(?:and|et|und|y|e|и|і|та|و)\s", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[][^)\]]*[)\]]")
_MARKS = re.compile(r"[.\"'“”„«»*:]")


@lru_cache(maxsize=10_000)
def names_in(text: str) -> tuple[str, ...]:
    """Return the names listed in a text, as written, without repetition."""
    names: dict[str, str] = {}
    for part in _SEPARATORS.split(text):
        name = " ".join(part.split())
        if _key(name):
            names.setdefault(_key(name), name)
    return tuple(names.values())


@lru_cache(maxsize=10_000)
def missing_names(required: str, given: str) -> tuple[str, ...]:
    """Return the names of `required`, as written there, that are not among those of `given`.

    "A and B" counts as given where it stands so, or where both are given.
    """
    there = {_key(part) for name in names_in(given) for part in (name, *_AND.split(name))}

    def is_there(name: str) -> bool:
        return _key(name) in there or all(_key(part) in there for part in _AND.split(name))

    return tuple(name for name in names_in(required) if not is_there(name))


def _key(name: str) -> str:
    """Return a name for comparison; "" where nothing of it is a letter or figure."""
    plain = folded(_MARKS.sub("", _BRACKETS.sub(" ", name)))
    return plain if any(letter.isalnum() for letter in plain) else ""
