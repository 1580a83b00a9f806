"""Text on its way out: cleaned of what no file format carries, and gathered where it must not be found."""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.model import FieldType, KindSpec, Layer
from layers.released import Secret

SHORTEST = 4
"""Shorter values are not searched for: they occur in anything."""
_DIGITS = 5
"""Numbers with fewer digits are not searched for, for the same reason."""
_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Direction overrides: they make a text read as another one."""


def clean_text(value: Any) -> str:
    """Return a value as text that every format can carry, showing what it says.

    Control characters, direction overrides, lone surrogates and noncharacters are removed; line breaks stay.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).translate(_BIDI)
    return "".join(c for c in text if c in "\n\t" or _is_carried(c)).strip()


def _is_carried(character: str) -> bool:
    if unicodedata.category(character) in ("Cc", "Cs"):
        return False
    return ord(character) & 0xFFFE != 0xFFFE and not 0xFDD0 <= ord(character) <= 0xFDEF


def secrets_of_layer(
    layer: Layer,
    spec: KindSpec,
    fields: frozenset[str],
    attributes: frozenset[str],
    leaving: NDArray[np.bool_] | None,
    *,
    military: bool = False,
) -> list[Secret]:
    """Return the values of a layer that no product may contain.

    Parameters
    ----------
    fields, attributes : frozenset of str
        What may leave of the features that leave.
    leaving : bool array or None
        Which features leave; None for none of them.
    military : bool
        Whether even a mention of a value inside an allowed field refuses the release.
    """
    title = spec.title.lower()
    leaving = np.zeros(len(layer.table), dtype=bool) if leaving is None else leaving
    found: list[Secret] = []
    for what, values, allowed, distinctive in _columns(layer, spec, fields, attributes):
        for i, value in enumerate(values):
            if allowed and leaving[i]:
                continue
            text = searchable(value)
            if text:
                mention = military and distinctive(text)
                found.append(Secret(text, f"{what} of a {title}", mention))
    texts = [(name, f"a column name of the partner's file of a {title}") for name in layer.table.attributes]
    texts = [(name, what) for name, what in texts if name not in attributes]
    texts.append((layer.name, "the name of a layer"))
    return found + [Secret(text, what) for value, what in texts if (text := searchable(value))]


def _columns(
    layer: Layer, spec: KindSpec, fields: frozenset[str], attributes: frozenset[str]
) -> Iterator[tuple[str, Iterable[Any], bool, Any]]:
    """Yield what a column is, its values, whether it may leave, and which of its values tell a zone."""
    table = layer.table
    yield "the internal id", table.id, False, _any
    yield "the partner's id", table.source_id, "source_id" in fields, _any
    yield "the name", table.name, "name" in fields, _any
    yield "the label", table.label, False, _never
    for item in spec.fields:
        if item.is_number:
            continue
        values: Iterable[Any] = table.fields[item.name]
        if item.type is FieldType.CODE:
            known = {code.id for code in item.codes}
            values = ["" if value in known else value for value in values]
            yield f"the {item.label.lower()}", values, False, _never
        else:
            yield f"the {item.label.lower()}", values, item.name in fields, _any
    known_fields = {item.name for item in spec.fields}
    for name, column in table.fields.items():
        if name not in known_fields:
            yield "an unknown field", column, False, _any
    for name, column in table.attributes.items():
        yield "a value in the partner's file", column, name in attributes, _tells


def _any(text: str) -> bool:
    """Tell whether a value can be told from a number that partners count their own things by."""
    return any(c.isalpha() for c in text) or sum(c.isdigit() for c in text) >= 7


def _never(_text: str) -> bool:
    return False


def _tells(text: str) -> bool:
    """Tell whether a partner's value is distinctive: a district or a material shared with others is not."""
    words = any(c.isalpha() for c in text)
    return words and (any(c.isdigit() for c in text) or len(text.split()) >= 3)


def searchable(value: Any) -> str:
    """Return the text to search a product for, or "" for a value too short or too common to mean anything."""
    if isinstance(value, bool):
        return ""
    text = " ".join(clean_text(value).split())
    if len(text) < SHORTEST:
        return ""
    if re.fullmatch(r"[\d\s.,:/+-]+", text) and sum(c.isdigit() for c in text) < _DIGITS:
        return ""
    return text
