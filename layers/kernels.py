"""Compiled kernels: the decorator, and the exact test of which side of a line a point lies on.

Kernels are Python functions that numba compiles for this machine. What is compiled is kept on disk,
beside this file where that can be written, else in the user's cache. The folder is named after the text of
all kernels: numba itself only notices a change in the file of a function, not in those it calls.

Nothing here may be imported when a program starts: loading numba takes half a second.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Kernel = TypeVar("Kernel", bound=Callable[..., Any])
Floats = NDArray[np.float64]


def _cache_folder() -> Path:
    """Return where compiled kernels are kept; made where it is missing."""
    here = Path(__file__).parent
    text = b"".join(path.read_bytes() for path in sorted(here.glob("kernels*.py")))
    name = f"kernels-{hashlib.sha256(text).hexdigest()[:16]}"
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "deconflict"
    for folder in (here / "__pycache__" / name, user / name):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="deconflict-"))


numba.config.CACHE_DIR = str(_cache_folder())  # type: ignore[attr-defined]


def kernel(function: Kernel) -> Kernel:
    """Compile a function on its first call; keep the result on disk; run it without the interpreter lock."""
    compiled = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=False)(function)
    return cast(Kernel, compiled)


_ROUNDING = 3.3306690738754716e-16  # (3 + 16 u) u with u = 2**-53; Shewchuk 1997, section 4.3
_SPLIT = 134217729.0  # 2**27 + 1; Dekker 1971


@kernel
def side(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> int:
    """Return 1, 0 or -1: the point c lies left of the line from a to b, on it, or right of it. Exact."""
    left = (bx - ax) * (cy - ay)
    right = (by - ay) * (cx - ax)
    det = left - right
    bound = _ROUNDING * (abs(left) + abs(right))
    if det > bound:
        return 1
    if det < -bound:
        return -1
    if (bx == ax and (by == ay or cx == ax)) or (cy == ay and (by == ay or cx == ax)):
        return 0
    return _exact_side(ax, ay, bx, by, cx, cy)


@kernel
def _exact_side(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> int:
    """Sum the six products of the determinant without rounding (Shewchuk 1997, grow-expansion)."""
    first = (bx, -bx, -ax, -by, by, ay)
    second = (cy, ay, cy, cx, ax, cx)
    total = np.zeros(12)
    count = 0
    for k in range(6):
        product = first[k] * second[k]
        for part in (_product_error(first[k], second[k], product), product):
            carry = part
            for i in range(count):
                summed = carry + total[i]
                virtual = summed - carry
                total[i] = (carry - (summed - virtual)) + (total[i] - virtual)
                carry = summed
            total[count] = carry
            count += 1
    for i in range(count - 1, -1, -1):
        if total[i] != 0.0:
            return 1 if total[i] > 0.0 else -1
    return 0


@kernel
def _product_error(a: float, b: float, product: float) -> float:
    """Return a * b - product, exactly (Dekker 1971)."""
    wide = _SPLIT * a
    a_high = wide - (wide - a)
    a_low = a - a_high
    wide = _SPLIT * b
    b_high = wide - (wide - b)
    b_low = b - b_high
    return a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)
