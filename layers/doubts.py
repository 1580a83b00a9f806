"""What is odd about rows that are about to be kept: flagged with a proposal, never applied.

One doubt a row and subject; where most rows of a file share one, it is a single doubt about the file. What a
click would do is in `Problem.fix`; `layers.fixes` does it.
"""

from collections.abc import Iterable

import numpy as np

from layers import doubts_place, doubts_shape, doubts_twins, doubts_zero, parallel
from layers.doubted import Subjects, gathered
from layers.reading import Problem


def doubts_of(subjects: Subjects, known: Iterable[Problem] = ()) -> list[Problem]:
    """Look at all rows and return the doubts about them.

    Parameters
    ----------
    known : iterable of Problem
        What was said about the rows before: a row at 0, 0 is not also said to lie in the sea.
    """
    if not len(subjects):
        return []
    null = [p.row for p in known if p.code == "null_island" and p.row is not None]
    rows = subjects.table.source_row
    usable = ~np.isin(rows, null)
    place, twins = parallel.both(
        lambda: doubts_place.doubts(subjects, usable),
        lambda: doubts_twins.doubts(subjects, usable),
        rows=len(subjects),
    )
    return gathered(place + twins + doubts_shape.doubts(subjects) + doubts_zero.doubts(subjects), rows)
