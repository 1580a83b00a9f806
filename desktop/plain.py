"""Untrusted text on its way to the screen: data, never markup (Qt guesses rich text where it can)."""

import html
import unicodedata

# Overrides and isolates can make a name read as another one; marks such as ZWNJ are part of real words.
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(text: object, limit: int = 0) -> str:
    """Return `text` on one line without control and bidirectional-override characters.

    A `limit` above 0 shortens it to that many characters, the last one an ellipsis.
    """
    clean = "".join(_shown(character) for character in str(text))
    if 0 < limit < len(clean):
        return clean[: limit - 1].rstrip() + "…"
    return clean


def tooltip(text: object) -> str:
    """Return `text` as a tooltip that shows it letter by letter: tooltips have no plain-text switch."""
    lines = (html.escape(plain(line)) for line in str(text).splitlines())
    return "<p style='white-space:pre-wrap'>" + "<br>".join(lines) + "</p>" if str(text).strip() else ""


def menu_text(text: object, limit: int = 60) -> str:
    """Return `text` for a menu or button: an ampersand in it is a letter, not a shortcut."""
    return plain(text, limit).replace("&", "&&")


def _shown(character: str) -> str:
    if character in _OVERRIDES:
        return ""
    if unicodedata.category(character) == "Cc":
        return " "
    return character
