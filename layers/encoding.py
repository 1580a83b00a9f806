"""Which encoding a partner's text is in: decided from the bytes, with the reason and the alternatives."""

from collections.abc import Iterable

from layers.errors import ReadingError
from layers.reading import Decided

_GUESSABLE = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp866", "cp1125",
    "koi8_r", "koi8_u", "iso8859_2", "iso8859_6", "mac_roman", "mac_cyrillic", "gb18030", "big5",
    "shift_jis", "euc_kr",
)  # fmt: skip
_SAMPLE_BYTES = 32_768
_MAX_CANDIDATES = 8
_CUT_TAIL_BYTES = 3
_MAX_SAMPLES = 20
_SAMPLE_VALUE_BYTES = 200


def check(name: str) -> str:
    """Return the encoding's plain name; raises `ReadingError` when Python knows no such text encoding."""
    try:
        b"a\0\0\0".decode(name)  # nothing at all would be decoded without looking the name up
    except (LookupError, ValueError, TypeError) as error:
        raise ReadingError(
            f"“{name}” is not a text encoding known here.", "Try utf-8, cp1252, cp1251 or cp1256."
        ) from error
    return name.strip().lower().replace("_", "-")


def is_cut(value: bytes) -> bool:
    """Tell whether UTF-8 text stops in the middle of a character."""
    return _complete(value) != value


def _complete(value: bytes) -> bytes:
    """Leave out an unfinished UTF-8 character at the end, if that is all that is wrong with `value`."""
    for back in range(1, _CUT_TAIL_BYTES + 1):
        lead = value[-back] if len(value) >= back else 0
        if lead & 0xC0 == 0x80:
            continue
        wanted = 4 if lead >= 0xF0 else 3 if lead >= 0xE0 else 2 if lead >= 0xC0 else 1
        return value[:-back] if wanted > back else value
    return value


def decode(value: bytes, encoding: str) -> str:
    """Decode one value; what the encoding cannot read becomes the replacement character, never an error."""
    try:
        return value.decode(encoding)
    except UnicodeDecodeError:
        return (_complete(value) if encoding == "utf-8" else value).decode(encoding, "replace")


def _reads(values: list[bytes], encoding: str) -> bool:
    """Tell whether every value decodes without loss, UTF-8 that is cut at the end of a value included."""
    try:
        b"\n".join(values).decode(encoding)
    except LookupError:
        return False
    except UnicodeDecodeError:
        return encoding == "utf-8" and _reads_when_completed(values)
    return True


def _reads_when_completed(values: list[bytes]) -> bool:
    try:
        for value in values:
            _complete(value).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def decide(
    values: Iterable[bytes],
    *,
    asked: str | None = None,
    declared: str | None = None,
    declared_by: str = "",
    hint: str | None = None,
    hint_by: str = "",
) -> Decided:
    """Decide the encoding of raw values.

    In this order: what the officer says; what the file declares, if the bytes agree; UTF-8, which text in
    another encoding practically never happens to be; what the file hints at; a guess, marked as one.

    Parameters
    ----------
    values : iterable of bytes
        Raw text, any number of values; text cut in mid-character at the end of a value is tolerated.
    asked, declared, hint : str, optional
        Python codec names: the officer's, the one beside the text (.cpg), the weaker one inside (.dbf).
    declared_by, hint_by : str
        Where the last two stand, in words.

    Raises
    ------
    ReadingError
        When `asked` is no text encoding.
    """
    if asked is not None:
        return Decided(check(asked), "You chose it.", (check(asked),))
    foreign = list(dict.fromkeys(v for v in values if not v.isascii()))
    if not foreign:
        return Decided("utf-8", "All text is plain ASCII, which every encoding reads alike.", ("utf-8",))
    is_utf8 = _reads(foreign, "utf-8")
    stated = [(declared, declared_by), (hint, hint_by)]
    others = tuple(n for n, _ in stated if n and n != "utf-8" and _reads(foreign, n))
    if is_utf8:
        claims = [
            f"{by} says {name}, which would garble it" for name, by in stated if name and name != "utf-8"
        ]
        but = "; ".join(claims) or "the file does not say so itself"
        how = f"All text beyond ASCII is valid UTF-8 ({len(foreign):,} different values); {but}."
        if declared == "utf-8":
            how = f"{declared_by.capitalize()} says so, and all text agrees."
        return Decided("utf-8", how, ("utf-8", *others))
    for name, by in stated:
        if name and name != "utf-8" and _reads(foreign, name):
            return Decided(
                name, f"{by.capitalize()} says so, and all text agrees.", (name, *_guesses(foreign, name))
            )
    guesses = _guesses(foreign, None)
    how = f"Guessed from {len(foreign):,} texts; the file does not say. Look at the names before you go on."
    return Decided(guesses[0], how, guesses, certain=False)


def _guesses(foreign: list[bytes], but: str | None) -> tuple[str, ...]:
    """Rank encodings that read all of the text, most plausible first; latin-1 reads anything."""
    from charset_normalizer import from_bytes

    sample = bytearray()
    for value in foreign:
        if len(sample) > _SAMPLE_BYTES:
            break
        sample += value[:_SAMPLE_BYTES] + b"\n"
    ranked: list[str] = []
    for match in from_bytes(bytes(sample), cp_isolation=list(_GUESSABLE), threshold=0.5):
        ranked += [match.encoding, *match.could_be_from_charset]
    names = [n.replace("_", "-") if n.startswith("utf") else n for n in ranked]
    usable = [n for n in dict.fromkeys([*names, *_GUESSABLE]) if n != but and _reads(foreign, n)]
    return tuple(usable[:_MAX_CANDIDATES]) or ("latin-1",)


def samples(values: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return up to 20 different raw values beyond ASCII, for previews."""
    found: dict[bytes, None] = {}
    for value in values:
        if not value.isascii():
            found.setdefault(value.strip()[:_SAMPLE_VALUE_BYTES])
            if len(found) == _MAX_SAMPLES:
                break
    return tuple(found)


def decide_text(data: bytes, asked: str | None = None) -> Decided:
    """Decide the encoding of a whole text file; a byte order mark settles it."""
    if asked is None:
        for mark, name, words in (
            (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8"),
            (b"\xff\xfe", "utf-16", "UTF-16"),
            (b"\xfe\xff", "utf-16", "UTF-16"),
        ):
            if data.startswith(mark):
                return Decided(name, f"The file begins with the mark of {words}.", (name,))
    return decide([line for line in data.split(b"\n") if not line.isascii()], asked=asked)
