"""When windows overlap, for many pairs of them."""

import numpy as np
from numpy.typing import NDArray

from layers.kernels import kernel

Integers = NDArray[np.int64]

_NAT = -(2**63)
_NO, _YES, _UNKNOWN = 0, 1, 2


@kernel
def shared_spans(
    windows: Integers, far_past: int, far_future: int, slack: int
) -> tuple[NDArray[np.int8], Integers]:
    """Compare windows pairwise, as `volume.overlaps` says.

    Parameters
    ----------
    windows : (4, n) array
        Start and end of the first, then of the second of each pair, in microseconds; NaT for an open end.
    far_past, far_future : int
        What stands for open ends.
    slack : int
        Widens the first of each pair at both ends.

    Returns
    -------
    code : (n,) array
        0 no, 1 yes, 2 unknown.
    shared : (2, n) array
        Start and end of what they share; NaT where it is open, or nothing is shared.
    """
    count = windows.shape[1]
    code, shared = np.empty(count, np.int8), np.empty((2, count), np.int64)
    for n in range(count):
        start_a, end_a, start_b, end_b = windows[0, n], windows[1, n], windows[2, n], windows[3, n]
        code[n], shared[0, n], shared[1, n] = _NO, _NAT, _NAT
        if _is_reversed(start_a, end_a) or _is_reversed(start_b, end_b):
            code[n] = _UNKNOWN
            continue
        start = max(
            far_past if start_a == _NAT else start_a - slack, far_past if start_b == _NAT else start_b
        )
        end = min(far_future if end_a == _NAT else end_a + slack, far_future if end_b == _NAT else end_b)
        if start < end:
            code[n] = _YES
            if start > far_past:
                shared[0, n] = start
            if end < far_future:
                shared[1, n] = end
    return code, shared


@kernel
def _is_reversed(start: int, end: int) -> bool:
    return bool(_NAT < end <= start)  # NaT is the smallest number


@kernel
def crowds(owner: Integers, windows: Integers, most: int, as_of: int) -> Integers:
    """Find the owners of which more than `most` windows hold together.

    Parameters
    ----------
    owner : (n,) array
        Whose each window is, in order.
    windows : (n, 2) array
        Half-open, in microseconds; no open ends.
    most : int
    as_of : int
        Microseconds.

    Returns
    -------
    (m, 4) array
        For each such owner: itself, how many hold together at most, and start and end of the first span with
        more than `most` together that is not over by `as_of`; of the first of all where all are over.
    """
    found = np.empty((len(owner), 4), np.int64)
    count, first = 0, 0
    while first < len(owner):
        last = first
        while last < len(owner) and owner[last] == owner[first]:
            last += 1
        if last - first > most:
            starts, ends = np.sort(windows[first:last, 0].copy()), np.sort(windows[first:last, 1].copy())
            together, peak, spans, begin = 0, 0, 0, 0
            is_settled = False
            i, j, size = 0, 0, last - first
            while j < size:
                moment = ends[j] if i == size else min(starts[i], ends[j])
                before = together
                while i < size and starts[i] == moment:
                    i, together = i + 1, together + 1
                while j < size and ends[j] == moment:
                    j, together = j + 1, together - 1
                peak = max(peak, together)
                if together > most and before <= most:
                    begin = moment
                if before > most and together <= most and not is_settled:
                    is_settled = moment > as_of
                    if spans == 0 or is_settled:
                        found[count, 2], found[count, 3] = begin, moment
                    spans += 1
            if peak > most:
                found[count, 0], found[count, 1] = owner[first], peak
                count += 1
        first = last
    return found[:count]
