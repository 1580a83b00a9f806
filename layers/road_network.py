"""Roads as a network: pieces that meet at shared vertices or across small gaps, and what hangs together.

Apart from the rule that uses it, because it knows nothing of sites, hazards or times. Found with a union-find
over columns: that is short, and spares a dependency on a library of graphs.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import geo
from layers.meeting import simple_parts
from layers.scene import Scene
from layers.sides import Side

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

_LONGEST_DEG = 0.004  # some 400 m, so that a cut takes no more than that of a road with few vertices
_COLLECTION = 7  # type id
_DECIMALS = 8  # of a degree: vertices that agree to a millimetre are one


@dataclass(frozen=True, eq=False)
class Network:
    """Pieces of roads, as a side with one row a piece, and links between nodes.

    Attributes
    ----------
    pieces : Side
        Lines; a piece is a part of a road, or one segment of a road that is cut somewhere.
    road : index array
        The road that each piece is of.
    length_m : array
        Of each piece.
    count : int
        How many nodes there are: the pieces, then the places where several of them meet.
    i, j : index arrays
        Links between nodes.
    """

    pieces: Side
    road: Indices
    length_m: Floats
    count: int
    i: Indices
    j: Indices

    def without(self, gone: Mask) -> Indices:
        """Return which nodes hang together once the marked pieces are gone: a label for each node."""
        there = np.r_[~gone, np.ones(self.count - len(gone), dtype=bool)]
        keep = there[self.i] & there[self.j]
        return components(self.count, self.i[keep], self.j[keep])


class Islands:
    """A network drawn together to what cuts can part: the pieces that may be cut, and what hangs together.

    Asking again what is reached while some of those pieces are gone then costs no more than there are cuts.
    """

    def __init__(self, network: Network, may_go: Mask) -> None:
        nodes = len(may_go)
        whole = network.without(np.zeros(nodes, dtype=bool))
        self.home = whole[:nodes]
        """The part of the uncut network that each piece is of."""
        island = np.unique(network.without(may_go), return_inverse=True)[1]
        i, j = island[network.i], island[network.j]
        self._i, self._j = i[i != j], j[i != j]
        self._of = island[:nodes]
        self._count = int(island.max(initial=-1)) + 1
        self._length_m = np.bincount(self._of, weights=network.length_m, minlength=self._count)
        self._home = np.zeros(self._count, dtype=np.intp)
        self._home[island] = whole

    def reached(self, gone: Mask, least_share: float) -> Mask:
        """Return the pieces in the longest part that is left of the network each was of.

        There is none where less than `least_share` of the network is left in one part.
        """
        dead = np.zeros(self._count, dtype=bool)
        dead[self._of[gone]] = True
        keep = ~(dead[self._i] | dead[self._j])
        part = components(self._count, self._i[keep], self._j[keep])
        length = np.bincount(part, weights=np.where(dead, -1.0, self._length_m), minlength=self._count)
        order = np.lexsort((length[part], self._home))
        longest = np.zeros(int(self._home.max(initial=-1)) + 1, dtype=np.intp)
        longest[self._home[order]] = part[order]  # the last one assigned to each is the longest
        before = np.bincount(self._home, weights=self._length_m)
        enough = length[longest] >= least_share * before
        return np.asarray(~gone & (part[self._of] == longest[self.home]) & enough[self.home])


def network_of(scene: Scene, roads: Side, in_segments: Mask, gap_m: float) -> Network:
    """Take roads apart and join what meets: at a shared vertex, or an end within `gap_m` of another piece.

    At least one of the roads has a line; points that others have beside their lines are left out.
    Roads marked by `in_segments` become one piece for each segment, of some 400 m at most.
    """
    shapes, road = _pieces(roads.geometry, in_segments)
    pieces = roads.take(road).with_columns(geometry=shapes)
    points, piece = shapely.get_coordinates(shapes, return_index=True)
    # At the antimeridian, 180 and -180 are the same place.
    spots = np.round(points[:, 0] % 360.0, _DECIMALS) + 1j * np.round(points[:, 1], _DECIMALS)
    place = np.unique(spots, return_inverse=True)[1]
    tip = np.flatnonzero(np.r_[True, piece[1:] != piece[:-1]] | np.r_[piece[1:] != piece[:-1], True])
    tips, tip_of, tip_at = shapely.points(points[tip]), piece[tip], place[tip]
    piece, place = np.divmod(np.unique(piece * len(points) + place), max(len(points), 1))
    pieces_at = np.bincount(place)
    loose = pieces_at[tip_at] == 1
    shared = pieces_at[place] > 1
    place = np.unique(place[shared], return_inverse=True)[1]
    ends = _across_gaps(scene, pieces, tips[loose], tip_of[loose], gap_m)
    count = len(shapes) + int(place.max(initial=-1)) + 1
    i = np.concatenate([piece[shared], ends[0]])
    j = np.concatenate([len(shapes) + place, ends[1]])
    return Network(pieces, road, geo.length_m(shapes), count, i, j)


def as_lines(roads: Objects) -> Objects:
    """Return roads as lines: areas as their rims, collections as the lines and rims in them; points stay."""
    wide = shapely.get_dimensions(roads) == 2
    lines = np.where(wide, shapely.boundary(roads), roads)
    for row in np.flatnonzero(shapely.get_type_id(roads) == _COLLECTION):
        lines[row] = _lines_in(roads[row])
    return np.asarray(lines, dtype=object)


def _lines_in(collection: Any) -> Any:
    lines = shapely.get_parts(as_lines(simple_parts(collection)))
    lines = lines[shapely.get_dimensions(lines) == 1]
    return shapely.multilinestrings(lines) if len(lines) else collection


def _pieces(geometry: Objects, in_segments: Mask) -> tuple[Objects, Indices]:
    """Return the lines of roads and the road of each, in order; the marked roads segment by segment."""
    parts, road = shapely.get_parts(as_lines(geometry), return_index=True)
    lines = np.isin(shapely.get_type_id(parts), (1, 2))
    parts, road = parts[lines], road[lines]
    fine = in_segments[road]
    parts[fine] = shapely.segmentize(parts[fine], _LONGEST_DEG)
    points, part = shapely.get_coordinates(parts[fine], return_index=True)
    step = np.flatnonzero(part[1:] == part[:-1])
    segments = shapely.linestrings(np.stack([points[step], points[step + 1]], axis=1))
    shapes, owner = np.r_[parts[~fine], segments], np.r_[road[~fine], road[fine][part[step]]]
    order = np.argsort(owner, kind="stable")
    return shapes[order], owner[order]


def _across_gaps(
    scene: Scene, pieces: Side, tips: Objects, tip_of: Indices, gap_m: float
) -> tuple[Indices, Indices]:
    """Return the pieces with a loose end within a gap of another piece, and those others."""
    pairs = scene.near(pieces.take(tip_of).with_columns(geometry=tips), pieces, gap_m, 0.0)
    other = tip_of[pairs.a] != pairs.b
    return tip_of[pairs.a[other]], pairs.b[other]


def components(count: int, i: Indices, j: Indices) -> Indices:
    """Return for each of `count` nodes the least node that links `i`-`j` connect it with."""
    label = np.arange(count)
    while True:
        a, b = label[i], label[j]
        apart = a != b
        if not apart.any():
            return label
        np.minimum.at(label, np.maximum(a, b)[apart], np.minimum(a, b)[apart])
        while not np.array_equal(label, label[label]):
            label = label[label]
