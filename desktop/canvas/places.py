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


def main_extent(bounds: Floats) -> Bounds | None:
    """Return the extent of the boxes that lie together, leaving out the few that lie far away.

    One position at 0 degrees, 0 degrees would otherwise shrink a theatre to a dot. A box is far away when it
    lies more than six times as far from the common middle as nine in ten of the boxes do, and more than
    100 km. At most one box in twenty is left out; if more are far away, nothing is.
    """
    usable = bounds[np.isfinite(bounds).all(axis=1)]
    if len(usable) < 3:
        return extent_of(usable)
    lon, lat = np.radians((usable[:, 0] + usable[:, 2]) / 2), np.radians((usable[:, 1] + usable[:, 3]) / 2)
    # On the unit sphere the antimeridian needs no care, and a median is not drawn towards outliers.
    places = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    distance = np.linalg.norm(places - np.median(places, axis=0), axis=1)
    reach = max(6.0 * float(np.quantile(distance, 0.9)), 100_000.0 / 6_371_000.0)
    far = distance > reach
    return extent_of(usable if far.sum() > max(1, len(usable) // 20) else usable[~far])
