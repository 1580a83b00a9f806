"""Words of findings for a person: who, how far, how much."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from layers.kinds import spec_of
from layers.model import Kind
from layers.sides import Side

_MOST_SAID = 100  # characters of a name
_TOLD = frozenset({"draft", "suspended", "completed", "cancelled"})
"""States in which a feature is not in force: where a rule asks about it all the same, findings say so."""


def feature_words(side: Side, rows: NDArray[np.intp]) -> list[str]:
    """Name features for a sentence: category (or kind) and name, or the partner's id where it has no name.

    What is only a draft is called one; so is what is suspended, completed or cancelled.
    """
    words: dict[int, str] = {}
    names, categories, ids = side.texts("name"), side.texts("category"), side.texts("source_id")
    statuses = side.texts("status")
    for i in np.unique(rows):
        spec = spec_of(side.layer_of(int(i)).kind)
        what = spec.category_label(categories[i]) or spec.title
        if what == "Other":
            what = spec.title
        what, called = shortened(what), shortened(names[i] or ids[i])
        told = f" ({statuses[i]})" if statuses[i] in _TOLD else ""
        words[int(i)] = f"{what} “{called}”{told}" if called else f"{what} without a name{told}"
    return [words[int(i)] for i in rows]


def shortened(text: str) -> str:
    """Cut off what is too long for a sentence."""
    return text if len(text) <= _MOST_SAID else f"{text[: _MOST_SAID - 1].rstrip()}…"


def counted(kinds: Sequence[Kind], count: int) -> str:
    """Count features of some kinds: "1 military zone", "3 humanitarian sites or projects"."""
    titles = (spec_of(kind).title if count == 1 else spec_of(kind).title_plural for kind in kinds)
    return f"{count:,} {' or '.join(title.lower() for title in titles)}"


def metres(value: float) -> str:
    """Write a distance for a person: "12 m", "0.4 m", "1.25 km"."""
    if value >= 10_000:
        return f"{value / 1000:.1f} km"
    if value >= 1000:
        return f"{value / 1000:.2f} km"
    return f"{value:.0f} m" if value >= 10 or value == round(value) else f"{value:.1f} m"


def ground_words(area_m2: float, length_m: float) -> str:
    """Write a shared area, else a shared length; "" where neither was measured."""
    if np.isfinite(area_m2):
        if area_m2 >= 100_000:
            return f"{area_m2 / 1e6:.2f} km²"
        return f"{area_m2:,.0f} m²"
    return metres(length_m) if np.isfinite(length_m) else ""


def moment_words(moment: datetime) -> str:
    """Write a time for a person: "1 March 2026 06:00 UTC"."""
    return f"{moment.day} {moment:%B %Y %H:%M} UTC"


def span_words(span: timedelta) -> str:
    """Write a span of time for a person, in whole days or hours, rounded down: "3 days", "1 hour"."""
    hours = int(abs(span).total_seconds() // 3600)
    if hours >= 48:
        return f"{hours // 24:,} days"
    if hours:
        return "1 hour" if hours == 1 else f"{hours} hours"
    return "less than an hour"
