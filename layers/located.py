"""Where features are, by position, by P-code or by both, and which of two sides may be at the same place."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from layers.p_codes import lowest_codes, related, several_codes
from layers.scene import Scene
from layers.sides import Indices, Mask, Side

Objects = NDArray[np.object_]

NOWHERE = "neither a usable position nor a P-code"


@dataclass(frozen=True, eq=False)
class Located:
    """Features with what is known of where they are: a usable position, a P-code, or both.

    `several` marks those that state P-codes of different areas: their code is what these have in common.
    """

    side: Side
    placed: Mask
    codes: Objects
    several: Mask

    @classmethod
    def of(cls, side: Side) -> "Located":
        """Look up positions and codes; features that have neither are listed as skipped."""
        placed, codes, several = side.texts("unusable") == "", lowest_codes(side), several_codes(side)
        known = placed | (codes != "")
        skipped = {**side.skipped, **dict.fromkeys(side.ids[~known], NOWHERE)}
        return cls(side.take(np.flatnonzero(known), skipped), placed[known], codes[known], several[known])

    def take(self, rows: Indices) -> "Located":
        """Return some rows, given in ascending order."""
        return Located(self.side.take(rows), self.placed[rows], self.codes[rows], self.several[rows])


@dataclass(frozen=True, eq=False)
class Candidates:
    """Pairs that are near enough or may share an area; `distance_m` is NaN where none was measured."""

    a: Indices
    b: Indices
    distance_m: NDArray[np.float64]


def candidates(scene: Scene, a: Located, b: Located, reach_m: float) -> Candidates:
    """Return the pairs within reach, uncertainties included, and those with the same or nested P-codes."""
    rows_a, rows_b = np.flatnonzero(a.placed), np.flatnonzero(b.placed)
    near_a, near_b = a.side.take(rows_a), b.side.take(rows_b)
    pairs = scene.maybe_near(near_a, near_b, reach_m)
    i, j = related(a.codes, b.codes)
    keys = np.concatenate([rows_a[pairs.a] * len(b.side) + rows_b[pairs.b], i * len(b.side) + j])
    distance = np.concatenate([pairs.distance_m, np.full(len(i), np.nan)])
    keys, first = np.unique(keys, return_index=True)  # the first of equal keys: the one that was measured
    width = max(len(b.side), 1)
    return Candidates(keys // width, keys % width, distance[first])


def within(a: Located, i: Indices, b: Located, j: Indices) -> Mask:
    """Mark the pairs of which the first lies in the area of the second, by P-code."""
    return np.array(
        [bool(outer) and code.startswith(outer) for code, outer in zip(a.codes[i], b.codes[j], strict=True)],
        dtype=bool,
    )
