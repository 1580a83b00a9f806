"""Extents on a round earth: the smallest one may reach across the antimeridian."""

import numpy as np

from desktop.canvas.projection import Bounds, Floats


def extent_of(bounds: Floats) -> Bounds | None:
    """Return the smallest west, south, east, north around (n, 4) lon/lat boxes; east may pass 180.

    Boxes that are not finite are left out; None when nothing is left.
    """
    usable = bounds[np.isfinite(bounds).all(axis=1)]
    if not len(usable):
        return None
    south, north = float(usable[:, 1].min()), float(usable[:, 3].max())
    # The widest gap between the boxes, going round once, is what the extent leaves out.
    west = (usable[:, 0] + 180.0) % 360.0 - 180.0
    east = west + np.minimum(usable[:, 2] - usable[:, 0], 360.0)
    order = np.argsort(west)
    west, reach = west[order], np.maximum.accumulate(east[order])
    gaps = np.append(west[1:], west[0] + 360.0) - reach
    after = int(np.argmax(gaps))
    if gaps[after] <= 0:
        return -180.0, south, 180.0, north
    if after == len(west) - 1:
        return float(west[0]), south, float(reach[-1]), north
    first = float(west[after + 1])
    last = float(max(reach[after] + 360.0, east[order][after + 1 :].max()))
    return first, south, last, north
