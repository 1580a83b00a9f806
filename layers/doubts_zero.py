"""What is odd about a 0: it would call things clear, and many programs write it where nothing was entered.

Shapefiles of some programs know no empty numbers at all.
"""

import numpy as np

from layers.doubted import Doubt, Subjects
from layers.model import Floats

_WHY = "Some programs write 0 where nothing was entered."
_STANDOFF = f"It asks for a stand-off of 0 m, so that nothing is too near to it. {_WHY}"
_HEIGHT = f"It ends at a height of 0 m, so that it shares no height with what flies. {_WHY}"
_ASK = "Ask the partner; where 0 is not meant, empty it in the feature's form."


def doubts(subjects: Subjects) -> list[Doubt]:
    """Return a doubt for each stand-off of 0, and for each upper limit of 0 of what does not lie below it."""
    standoff, lower, upper = (_column(subjects, name) for name in ("standoff_m", "lower_m", "upper_m"))
    return [
        *(Doubt(int(i), "zero_standoff", _STANDOFF, _ASK) for i in np.flatnonzero(standoff == 0)),
        *(Doubt(int(i), "zero_height", _HEIGHT, _ASK) for i in np.flatnonzero((upper == 0) & ~(lower < 0))),
    ]


def _column(subjects: Subjects, name: str) -> Floats:
    """Return a column of numbers; NaN where the kind has no such field."""
    column = subjects.table.fields.get(name)
    return np.full(len(subjects), np.nan) if column is None else np.asarray(column, dtype=np.float64)
