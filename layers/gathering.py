"""Many features of a layer with the same matter become one finding.

A partner's table of 100,000 sites without a contact is one thing to be told, not 100,000. Up to
`MOST_APART` such features of a layer are told one by one; of more, the first stands for all of them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.sides import Indices, Side

MOST_APART = 10
"""So many features of a layer with the same matter still have a finding each."""
_NAMED = 5


def gather(side: Side, rows: Indices, *matters: NDArray[Any]) -> list[Indices]:
    """Put rows of one layer together that have the same matters.

    Parameters
    ----------
    rows : array (n,)
        Rows of the side.
    matters : arrays (n,)
        What is the matter with each: any values that can be sorted.

    Returns
    -------
    list of arrays
        Positions in `rows`, each in one group; the first of a group stands for it. Groups are in the order
        of their first.
    """
    if not len(rows):
        return []
    key = side.layer_numbers[rows].astype(np.int64)
    for matter in matters:
        values, codes = np.unique(matter, return_inverse=True)
        key = key * len(values) + codes
        key = np.unique(key, return_inverse=True)[1]
    order = np.argsort(key, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(key[order])) + 1)
    apart = [group[[i]] for group in groups if len(group) <= MOST_APART for i in range(len(group))]
    joined = [group for group in groups if len(group) > MOST_APART]
    return sorted(apart + joined, key=lambda group: int(group[0]))


def others_words(side: Side, others: Indices) -> str:
    """Say that the same holds of other rows of a layer; "" where there are none."""
    if not len(others):
        return ""
    layer = side.layer_of(int(others[0]))
    names = [name for name in side.texts("name")[others[: _NAMED * 4]].tolist() if name][:_NAMED]
    rest = len(others) - len(names)
    listed = ", ".join(f"“{name}”" for name in names)
    listed += f"{' and ' if names else ''}{rest:,} more" if rest else ""
    return f" The same holds of {listed} of the layer “{layer.name}”."


def with_others(side: Side, rows: Indices, groups: Sequence[Indices], sentences: Sequence[str]) -> list[str]:
    """Add to the sentence about the first of each group that the same holds of the others."""
    return [
        sentence + others_words(side, rows[group[1:]])
        for sentence, group in zip(sentences, groups, strict=True)
    ]
