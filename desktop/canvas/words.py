"""Words on the map: partner text made inert, lengths and areas made readable."""

import unicodedata

_BIDI_CONTROLS = frozenset(
    chr(c) for c in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
)


def plain(text: str, limit: int = 80) -> str:
    """Return one line of harmless text: no control or bidirectional-override characters, cut to `limit`."""
    kept = []
    for character in text[: 4 * limit]:
        if character in _BIDI_CONTROLS:
            continue
        # Control, surrogate, unassigned: nothing a name needs; zero-width joiners (Cf) shape some scripts.
        kept.append(" " if unicodedata.category(character) in ("Cc", "Cs", "Cn", "Zl", "Zp") else character)
    line = " ".join("".join(kept).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def length_text(metres: float) -> str:
    """Write a length with a sensible number of digits."""
    if metres < 1000:
        return f"{metres:.1f} m" if metres < 10 else f"{metres:.0f} m"
    return f"{metres / 1000:.2f} km" if metres < 100_000 else f"{metres / 1000:,.0f} km"


def area_text(square_metres: float) -> str:
    """Write an area with a sensible number of digits."""
    if square_metres < 100_000:
        return f"{square_metres:,.0f} m²"
    square_km = square_metres / 1e6
    return f"{square_km:.2f} km²" if square_km < 1000 else f"{square_km:,.0f} km²"
