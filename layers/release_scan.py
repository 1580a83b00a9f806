"""Searching bytes and texts for many values at once: words, numbers, coordinates.

Thousands of values against megabytes: the first bytes of every value form a table, numpy looks every
position of the data up in it, and only the few positions that pass are compared.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

_CHUNK = 1 << 22
_DIGEST_BITS = 20
_SHORT, _LONG = 4, 8
"""Bytes that are looked up at once, for short and for longer values."""
_ENOUGH = 200
"""Of a longer value only so many characters are searched for: whoever finds them has found the value."""
BINARY_SHORTEST = _LONG
"""In binary data, shorter values are not searched for: any four bytes turn up in megabytes of doubles."""
_NUMBER = re.compile(rb"-?\d{1,3}\.\d{3,}")
_JOINED_WORDS = 5
"""A longer value is also found by any five of its words in a row: part of a remark is a leak, too."""


def folded(text: str) -> str:
    """Return text as it is compared: without case, with single spaces."""
    return " ".join(text.casefold().split())


class Needles:
    """Values to search bytes for, compared without case (ASCII) and with any of their usual encodings."""

    def __init__(self, values: Sequence[str]) -> None:
        self._tables: dict[int, dict[bytes, dict[int, dict[bytes, set[int]]]]] = {_SHORT: {}, _LONG: {}}
        longest = _LONG
        for number, value in enumerate(values):
            for pattern in _encodings(value[:_ENOUGH]):
                if len(pattern) < _SHORT:
                    continue
                size = _LONG if len(pattern) >= _LONG else _SHORT
                lengths = self._tables[size].setdefault(pattern[:size], {})
                lengths.setdefault(len(pattern), {}).setdefault(pattern, set()).add(number)
                longest = max(longest, len(pattern))
        self._overlap = longest + 1
        self._starts = {
            size: _starts(np.array([int.from_bytes(start, "little") for start in table], dtype=np.uint64))
            for size, table in self._tables.items()
        }

    def in_text(self, text: str) -> set[int]:
        """Return the numbers of the values that occur in a text as whole words."""
        return self._find(folded(text).encode("utf-8", "replace"), (_SHORT, _LONG), whole_words=True)

    def in_bytes(self, data: bytes) -> set[int]:
        """Return the numbers of the values of at least 8 bytes that occur anywhere in `data`."""
        return self._find(data.lower(), (_LONG,), whole_words=False)

    def _find(self, data: bytes, sizes: tuple[int, ...], *, whole_words: bool) -> set[int]:
        found: set[int] = set()
        for start in range(0, len(data), _CHUNK):
            chunk = data[start : start + _CHUNK + self._overlap]
            for size in sizes:
                grams = _grams(chunk, size)
                positions = self._starts[size].hits(grams)
                for same in _by_value(positions, grams[positions]):
                    patterns = self._tables[size][chunk[same[0] : same[0] + size]]
                    self._compare(chunk, same, patterns, found, whole_words=whole_words)
        return found

    @staticmethod
    def _compare(
        chunk: bytes,
        positions: list[int],
        lengths: dict[int, dict[bytes, set[int]]],
        found: set[int],
        *,
        whole_words: bool,
    ) -> None:
        """Add the numbers of the values that stand at positions which share their first bytes."""
        wanted = set().union(*(numbers for patterns in lengths.values() for numbers in patterns.values()))
        for position in positions:
            if wanted <= found:  # text that repeats itself has a hit at every byte
                return
            for length, patterns in lengths.items():
                numbers = patterns.get(chunk[position : position + length])
                if numbers and not numbers <= found and _stands_alone(chunk, position, length, whole_words):
                    found |= numbers


def _encodings(value: str) -> set[bytes]:
    """Return how a value may be written in a file: UTF-8, UTF-16, JSON escapes; and folded, for texts."""
    utf8 = value.encode("utf-8", "replace")
    escaped = value.encode("ascii", "backslashreplace")
    return {
        folded(value).encode("utf-8", "replace"),
        utf8.lower(),
        value.encode("utf-16-le", "replace").lower(),
        escaped.lower(),
    }


def _by_value(positions: NDArray[np.int64], values: NDArray[np.uint64]) -> list[list[int]]:
    """Return the positions grouped by their value, in order within each group."""
    if not len(positions):
        return []
    order = np.argsort(values, kind="stable")
    changes = np.flatnonzero(np.diff(values[order])) + 1
    return [group.tolist() for group in np.split(positions[order], changes)]


def _grams(data: bytes, size: int) -> NDArray[np.uint64]:
    """Return the first `size` bytes at every position as one whole number."""
    raw = np.frombuffer(data, dtype=np.uint8)
    count = len(raw) - size + 1
    if count <= 0:
        return np.empty(0, dtype=np.uint64)
    grams = np.zeros(count, dtype=np.uint64)
    for i in range(size):
        grams |= raw[i : i + count].astype(np.uint64) << np.uint64(8 * i)
    return grams


@dataclass(frozen=True)
class _Starts:
    """Sorted numbers to look for, and a table of a 20-bit digest that most positions of the data fail."""

    values: NDArray[np.uint64]
    table: NDArray[np.bool_]

    def hits(self, grams: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the positions at which one of the values stands."""
        if not len(self.values):
            return np.empty(0, dtype=np.int64)
        maybe = np.flatnonzero(self.table[_digest(grams)])
        place = np.searchsorted(self.values, grams[maybe])
        found = self.values[np.minimum(place, len(self.values) - 1)] == grams[maybe]
        return np.asarray(maybe[found])


def _starts(values: NDArray[np.uint64]) -> _Starts:
    table = np.zeros(1 << _DIGEST_BITS, dtype=bool)
    table[_digest(values)] = True
    return _Starts(np.sort(values), table)


def _digest(grams: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return np.asarray((grams * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _DIGEST_BITS))


def _stands_alone(data: bytes, start: int, length: int, whole_words: bool) -> bool:
    """Tell whether a hit is not merely part of a longer number (or word): "1001" is not in "36.10012"."""
    if length >= _ENOUGH:
        return True
    before = data[start - 1 : start] if start else b""
    after = data[start + length : start + length + 1]
    return not (_joined(before, data[start : start + 1], whole_words)) and not (
        _joined(after, data[start + length - 1 : start + length], whole_words)
    )


def _joined(outer: bytes, inner: bytes, whole_words: bool) -> bool:
    if inner.isdigit():
        return outer.isdigit() or outer == b"." or (whole_words and outer.isalpha())
    if not whole_words:
        return False
    return (inner.isalpha() or inner >= b"\x80") and (outer.isalnum() or outer >= b"\x80" or outer == b"_")


class Phrases:
    """Values to find as words in a short text, whole or (for long ones) by any five words in a row."""

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        """Take pairs of (value, what it is)."""
        self._whats: dict[tuple[str, ...], tuple[str, str]] = {}
        self._lengths: dict[str, set[int]] = {}
        for value, what in values:
            words = _words(value)
            size = min(len(words), _JOINED_WORDS)
            for i in range(len(words) - size + 1 if size else 0):
                part = tuple(words[i : i + size])
                self._whats.setdefault(part, (value, what))
                self._lengths.setdefault(part[0], set()).add(size)

    def first_in(self, text: str) -> tuple[str, str] | None:
        """Return the first value mentioned in `text` and what it is, or None."""
        words = _words(text)
        for i, word in enumerate(words):
            for size in self._lengths.get(word, ()):
                found = self._whats.get(tuple(words[i : i + size]))
                if found:
                    return found
        return None


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


class Positions:
    """Exact positions that must not leave, (n, 2) longitude/latitude in degrees, and how to find them."""

    def __init__(self, points: NDArray[np.float64], allowed: NDArray[np.float64]) -> None:
        """Leave out positions that are released in their own right."""
        keys = position_keys(points)
        secret = ~np.isin(keys, position_keys(allowed)) if len(points) else np.zeros(0, dtype=bool)
        self.points = points[secret]
        self._tree = shapely.STRtree(shapely.points(self.points)) if len(self.points) else None

    def near(self, lon: float, lat: float, distance_deg: float) -> bool:
        """Tell whether a secret position lies within a distance in degrees."""
        if self._tree is None:
            return False
        return bool(len(self._tree.query(shapely.Point(lon, lat), "dwithin", distance=distance_deg)))

    def in_text(self, data: bytes, decimals: int, allowed: NDArray[np.float64]) -> bool:
        """Tell whether two neighbouring decimal numbers, of at least `decimals`, are a secret position.

        Both orders count. A pair that is itself among the `allowed` positions does not.
        """
        if self._tree is None:
            return False
        tokens = [token for token in _NUMBER.findall(data) if len(token.partition(b".")[2]) >= decimals]
        numbers = np.array(tokens, dtype=float) if tokens else np.empty(0)
        if len(numbers) < 2:
            return False
        pairs = np.column_stack([numbers[:-1], numbers[1:]])
        pairs = np.concatenate([pairs, pairs[:, ::-1]])
        tolerance = 1.5 * 10.0**-decimals
        west, south = self.points.min(axis=0) - tolerance
        east, north = self.points.max(axis=0) + tolerance
        inside = (
            (pairs[:, 0] >= west) & (pairs[:, 0] <= east) & (pairs[:, 1] >= south) & (pairs[:, 1] <= north)
        )
        pairs = pairs[inside]
        pairs = pairs[~np.isin(position_keys(pairs), position_keys(allowed))]
        return bool(
            len(pairs) and self._tree.query(shapely.points(pairs), "dwithin", distance=tolerance).size
        )

    def in_binary(self, data: bytes) -> bool:
        """Tell whether a secret position stands in `data` as two doubles, longitude first, any byte order."""
        if not len(self.points):
            return False
        lon, lat = (self.points[:, axis].astype("<f8").copy().view("<u8") for axis in (0, 1))
        pairs = set(zip(lon.tolist(), lat.tolist(), strict=True))
        grams = _grams(data, 8)
        for swap in (False, True):
            for position in _starts(lon.byteswap() if swap else lon).hits(grams).tolist():
                pair = np.frombuffer(data[position : position + 16], dtype=">u8" if swap else "<u8")
                if len(pair) == 2 and (int(pair[0]), int(pair[1])) in pairs:
                    return True
        return False


def position_keys(points: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Return one whole number a position, equal for positions equal to 7 decimals (1 cm)."""
    whole = np.round(np.asarray(points, dtype=float).reshape(-1, 2) * 1e7).astype(np.int64)
    lon, lat = (whole[:, 0] + 3_600_000_000).astype(np.uint64), (whole[:, 1] + 900_000_000).astype(np.uint64)
    return np.asarray((lon << np.uint64(31)) | lat)


def strange_positions(points: NDArray[np.float64], allowed: NDArray[np.float64]) -> int:
    """Return how many of the positions are not among the allowed ones (to 7 decimals)."""
    if not len(points):
        return 0
    return int((~np.isin(position_keys(points), position_keys(allowed))).sum())
