"""Well-known text of the shapes that shapely cannot read: curves, and the faces of bodies.

They are written anew as well-known binary, which `layers.wkb` reads.

Source: OGC 06-103r4 (text, with faces), ISO 13249-3 (curves).
"""

import re
import struct

_CODES = {
    "POINT": 1, "LINESTRING": 2, "POLYGON": 3, "MULTIPOINT": 4, "MULTILINESTRING": 5, "MULTIPOLYGON": 6,
    "GEOMETRYCOLLECTION": 7, "CIRCULARSTRING": 8, "COMPOUNDCURVE": 9, "CURVEPOLYGON": 10, "MULTICURVE": 11,
    "MULTISURFACE": 12, "POLYHEDRALSURFACE": 15, "TIN": 16, "TRIANGLE": 17,
}  # fmt: skip
_LINES = (1, 2, 8)
_RINGS = (3, 17)
_UNNAMED = {4: 1, 5: 2, 6: 3, 9: 2, 10: 2, 11: 2, 12: 3, 15: 3, 16: 17}
"""What a part is that has no word before it."""
_TOKEN = re.compile(r"[(),]|[^\s(),]+")
_MAX_NESTING = 16
ODD = re.compile(
    r"\s*(?:CIRCULARSTRING|COMPOUNDCURVE|CURVEPOLYGON|MULTICURVE|MULTISURFACE|POLYHEDRALSURFACE|TIN|TRIANGLE)\b"
    r"|\s*GEOMETRYCOLLECTION\b.*?\b(?:CIRCULARSTRING|COMPOUNDCURVE|CURVEPOLYGON|MULTICURVE|MULTISURFACE"
    r"|POLYHEDRALSURFACE|TIN|TRIANGLE)\b",
    re.IGNORECASE | re.DOTALL,
)
"""The beginning of a text that must be read here."""


def to_wkb(text: str) -> bytes:
    """Write a shape as two-dimensional WKB, heights left out; ValueError where the text is none."""
    reader = _Reader(_TOKEN.findall(text))
    made = reader.shape(0, 1)
    if reader.peek():
        raise ValueError("something follows the shape")
    return made


class _Reader:
    """Reads tokens one by one."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self.peek()
        self._at += 1
        return token

    def shape(self, unnamed: int, depth: int) -> bytes:
        """Read a shape; `unnamed` is its type where no word says it."""
        if depth > _MAX_NESTING:
            raise ValueError("nested too deep")
        kind = unnamed
        if self.peek() != "(":
            word = self._next().upper()
            kind = _CODES.get(word, _CODES.get(word.rstrip("ZM"), 0))
            if self.peek().upper() in ("Z", "M", "ZM"):
                self._next()
        if not kind:
            raise ValueError("a shape of an unknown type")
        head = struct.pack("<BI", 1, kind)
        if self.peek().upper() == "EMPTY":
            self._next()
            return head + struct.pack("<I", 0)
        if kind in _LINES:
            positions = self._positions()
            return head + (positions[4:] if kind == 1 else positions)
        parts = self._listed(kind, depth)
        return head + struct.pack("<I", len(parts)) + b"".join(parts)

    def _listed(self, kind: int, depth: int) -> list[bytes]:
        parts = []
        self._expect("(")
        while True:
            inner = _UNNAMED.get(kind, 0)
            parts.append(self._positions() if kind in _RINGS else self.shape(inner, depth + 1))
            if self.peek() != ",":
                break
            self._next()
        self._expect(")")
        return parts

    def _positions(self) -> bytes:
        """Read positions in brackets: their number, and the first two numbers of each."""
        self._expect("(")
        numbers: list[float] = []
        count = 0
        while True:
            numbers += [float(self._next()), float(self._next())]
            count += 1
            while self.peek() not in (",", ")", ""):
                float(self._next())
            if self.peek() != ",":
                break
            self._next()
        self._expect(")")
        return struct.pack(f"<I{len(numbers)}d", count, *numbers)

    def _expect(self, token: str) -> None:
        if self._next() != token:
            raise ValueError(f"“{token}” is missing")
