"""Read a latitude and a longitude from text in degrees, with or without minutes and seconds."""

import re
import unicodedata
from dataclasses import dataclass

from layers.errors import LayersError

EXAMPLE = "Write it like 32.3041, 36.3223 or 32°18'15\"N 36°19'20\"E or 37S BR 48000 77000."
MAX_LENGTH = 100
_WRITTEN_AS = {
    ".": "\u066b",
    ",": "\u060c",
    ";": "\u061b",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2212",
    "'": "\u2018\u2019\u2032\u02b9\u02bc\u00b4`",
    '"': "\u201c\u201d\u2033\u02ba",
    "°": "\u00ba\u02da",
}
_SAME = {ord(other): plain for plain, others in _WRITTEN_AS.items() for other in others}
_NUMBER = r"\d+(?:\.\d+)?"
_PART = re.compile(rf"({_NUMBER})\s*([°'\":-]?)\s*")
_DEGREES = re.compile(rf"[+-]?\s*{_NUMBER}\s*°")
_MARKS = (("°", ":", "-", ""), ("'", ":", "-", ""), ('"', ""))
_COMPACT = {("lat", 4): 2, ("lat", 6): 3, ("lon", 5): 2, ("lon", 7): 3}
"""Number of parts by axis and digits before the point: DDMM, DDMMSS, DDDMM, DDDMMSS."""


@dataclass(frozen=True, slots=True)
class Angle:
    """One coordinate in degrees, the step of its last digit in degrees, and its number of parts (1 to 3)."""

    degrees: float
    step_deg: float
    parts: int


def unreadable(why: str, hint: str = EXAMPLE) -> LayersError:
    """Make the error for a text that is no position; `coordinates.parse` adds the text."""
    return LayersError(why, hint)


def normalised(text: str) -> str:
    """Write a text with plain digits, marks, spaces and capital letters.

    Digits of any script become 0 to 9, primes and typographic quotes `'` and `"`, minus signs `-`;
    invisible direction marks are dropped.

    Raises
    ------
    LayersError
        When the text is empty or far too long.
    """
    if len(text) > MAX_LENGTH:
        raise unreadable("This is too long for a position.")
    plain = "".join(_plain(character) for character in text).translate(_SAME)
    plain = " ".join(plain.replace("''", '"').split())
    if not plain:
        raise unreadable("There is no position here.")
    return plain


def _plain(character: str) -> str:
    if "\uff01" <= character <= "\uff5e":  # full-width forms
        character = unicodedata.normalize("NFKC", character)
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(character) == "Cf":
        return ""
    return character.upper() if character.isascii() else character


def read_angles(text: str) -> tuple[Angle, Angle, bool]:
    """Read normalised text as a latitude and a longitude.

    Returns
    -------
    latitude, longitude : Angle
    lettered : bool
        True when letters or words said which is which; False when the first was taken for the latitude.

    Raises
    ------
    LayersError
        When it cannot be read, can be read in two ways, or lies outside -90..90, -180..180.
    """
    worded, labelled = _without_words(text)
    found: list[tuple[Angle, Angle, bool]] = []
    failure: LayersError | None = None
    for candidate in _comma_readings(worded):
        try:
            pair = _pair(candidate)
        except LayersError as error:
            failure = error
        else:
            if pair not in found:
                found.append(pair)
    if len(found) > 1:
        raise unreadable("The commas can be read in two ways.", "Write decimals with a point: 32.18, 36.19.")
    if found:
        latitude, longitude, lettered = found[0]
        return latitude, longitude, lettered or labelled
    raise failure or unreadable("This is not a position.")


def _comma_readings(text: str) -> list[str]:
    """Return the text as it stands and, when it has no decimal points, with tight commas read as such."""
    if "," not in text or "." in text:
        return [text]
    return [text, re.sub(r"(\d),(\d+)", r"\1.\2", text)]


def _without_words(text: str) -> tuple[str, bool]:
    """Replace words by the letters and marks they stand for; tells whether "lat" and "lon" gave the order."""
    text = re.sub(r"\b(N)ORTH\b|\b(S)OUTH\b|\b(E)AST\b|\b(W)EST\b", lambda m: m.group().strip()[0], text)
    labelled = re.fullmatch(
        r"(LAT|LON|LONG|LNG|LATITUDE|LONGITUDE)\b\s*[:=]?\s*(.+?)[\s,;]*"
        r"\b(LAT|LON|LONG|LNG|LATITUDE|LONGITUDE)\b\s*[:=]?\s*(.+)",
        text,
    )
    if labelled:
        first, one, second, other = labelled.groups()
        if first[:2] == second[:2]:
            raise unreadable("Two coordinates of the same kind are given.")
        text = f"{one};{other}" if first.startswith("LA") else f"{other};{one}"
    text = re.sub(r"(?<=\d)\s*(?:DEGREES?|DEG|D)\b\.?|(?<=\d)\s*D(?=\d)", "°", text)
    minutes = re.sub(r"(?<=\d)\s*(?:MINUTES?|MIN|M)\b\.?|(?<=\d)\s*M(?=\d)", "'", text)
    if minutes != text:  # an S is seconds only where minutes were written with a letter, too
        minutes = re.sub(rf"('\s*{_NUMBER})\s*(?:SECONDS?|SEC\b\.?|S)", r'\1"', minutes)
    return minutes, labelled is not None


def _pair(text: str) -> tuple[Angle, Angle, bool]:
    stray = re.search(r"[^0-9NSEW°'\":.,;+\- ]", text)
    if stray:
        raise _stray(stray.group())
    lettered = bool(re.search("[NSEW]", text))
    first, second = _split_lettered(text) if lettered else _split_plain(text)
    swapped = lettered and bool(re.search("[EW]", first))
    if swapped:
        first, second = second, first
    latitude, longitude = _angle(first, "lat"), _angle(second, "lon")
    if not lettered and latitude.parts != longitude.parts:
        raise unreadable("Latitude and longitude are written in different ways.")
    if abs(latitude.degrees) > 90:
        raise unreadable(
            f"A latitude of {latitude.degrees:g} degrees lies beyond the pole.",
            "Latitude comes first; where longitude does, add the letters: 120.5E 32.3N.",
        )
    if abs(longitude.degrees) > 180:
        raise unreadable(
            f"A longitude of {longitude.degrees:g} degrees lies beyond 180.",
            "Write 170 W for 190 E.",
        )
    return latitude, longitude, lettered


def _stray(character: str) -> LayersError:
    if character == "O":
        return unreadable(
            "The letter O means east in German and west in French and Spanish.",
            "Write E for east or W for west.",
        )
    return unreadable("This is not a position.")


def _split_lettered(text: str) -> tuple[str, str]:
    """Cut at the letters, which stand before both numbers or behind both."""
    letters = [m.start() for m in re.finditer("[NSEW]", text)]
    kinds = "".join("y" if text[i] in "NS" else "x" for i in letters)
    if sorted(kinds) != ["x", "y"]:
        raise unreadable("Give one of N or S and one of E or W, or no letters at all.")
    cut = letters[1] if letters[0] == 0 else letters[0] + 1
    if letters[0] != 0 and letters[1] != len(text) - 1:
        raise unreadable("The letters stand neither before both numbers nor behind both.")
    return text[:cut].strip(" ,;"), text[cut:].strip(" ,;")


def _split_plain(text: str) -> tuple[str, str]:
    """Cut where two coordinates without letters meet; latitude is the first."""
    strong = re.findall(r"[,;]", text)
    if len(strong) == 1:
        first, second = re.split(r"[,;]", text)
        return first.strip(), second.strip()
    if strong and " " not in text and len(set(strong)) == 1:
        text = text.replace(strong[0], " ")
    elif strong:
        raise unreadable("The separators cannot be understood.")
    degrees = list(_DEGREES.finditer(text))
    if len(degrees) == 2:
        return text[: degrees[1].start()].strip(), text[degrees[1].start() :].strip()
    words = text.split()
    if len(words) not in (2, 4, 6) or (degrees and len(words) > 2):
        raise unreadable("A position needs a latitude and a longitude.")
    half = len(words) // 2
    return " ".join(words[:half]), " ".join(words[half:])


def _angle(text: str, axis: str) -> Angle:
    """Read one coordinate: an optional letter or sign, then one to three numbers."""
    letter = "".join(re.findall("[NSEW]", text))
    body = text.strip("NSEW ")
    sign = body[:1] if body[:1] in ("+", "-") else ""
    numbers = _numbers(body[len(sign) :].strip(), axis, compact=bool(letter))
    if sign and letter:
        raise unreadable("A sign and a letter together can be read in two ways.")
    values = [float(number) for number in numbers]
    if any(value >= 60 for value in values[1:]):
        raise unreadable("Minutes and seconds go up to 59.")
    if any("." in number for number in numbers[:-1]):
        raise unreadable("Only the last number can have decimals.")
    size = sum(value / 60**place for place, value in enumerate(values))
    decimals = len(numbers[-1].partition(".")[2])
    step = 10.0**-decimals / 60 ** (len(values) - 1)
    negative = sign == "-" or letter in ("S", "W")
    return Angle(-size if negative else size, step, len(values))


def _numbers(body: str, axis: str, *, compact: bool) -> list[str]:
    """Return degrees, minutes and seconds as they are written."""
    parts = [(m.start(), m.end(), m.group(1), m.group(2)) for m in _PART.finditer(body)]
    ends = [0, *(end for _, end, _, _ in parts)]
    consumed = bool(parts) and ends[-1] == len(body)
    touching = all(start == end for (start, *_), end in zip(parts, ends, strict=False))
    if not consumed or not touching or len(parts) > 3:
        raise unreadable("This is not a position.")
    for place, (_, _, _, mark) in enumerate(parts):
        last_dash = place == len(parts) - 1 and mark in ("-", ":") and mark
        if mark not in _MARKS[place] or last_dash:
            raise unreadable("The marks for degrees, minutes and seconds are out of order.")
    numbers = [number for _, _, number, _ in parts]
    digits = numbers[0].partition(".")[0]
    if compact and len(numbers) == 1 and len(digits) > 3:
        return _compact(numbers[0], axis)
    return numbers


def _compact(number: str, axis: str) -> list[str]:
    """Cut DDMM, DDMMSS (latitude), DDDMM, DDDMMSS (longitude), with or without decimals."""
    digits, point, decimals = number.partition(".")
    parts = _COMPACT.get((axis, len(digits)))
    if parts is None:
        raise unreadable(
            "The number of digits does not fit degrees, minutes and seconds.",
            "Write two digits for degrees of latitude and three for longitude: 321815N0361920E.",
        )
    tail = 2 * (parts - 1)
    pieces = [digits[:-tail], *(digits[len(digits) - tail + 2 * i :][:2] for i in range(parts - 1))]
    pieces[-1] += point + decimals
    return pieces
