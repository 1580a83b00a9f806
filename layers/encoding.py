"""Which encoding a partner's text is in: decided from the bytes, with the reason and the alternatives."""

import codecs
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from layers.encoding_ranking import Ranked, rank
from layers.errors import ReadingError
from layers.reading import Decided

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

_MAX_CANDIDATES = 8
_SAMPLED = 500
"""Values looked at, spread over all, where one look at each would take longer than reading the file."""
_CUT_TAIL_BYTES = 3
_MUCH = 10.0
"""By how much (a logarithm) another reading must be more plausible before a stated encoding is doubted."""
TWICE = "utf-8-twice-"
"""Beginning of the names of encodings for text that was UTF-8, read as something else, and saved as UTF-8."""
_TWICE_THROUGH = ("cp1252", "cp1251", "cp1256", "cp1250")
_TITLES = {
    "utf-8": "Unicode (UTF-8)", "cp1252": "Western European (Windows-1252)",
    "cp1250": "Central European (Windows-1250)", "cp1251": "Cyrillic (Windows-1251)",
    "cp1256": "Arabic (Windows-1256)", "cp1254": "Turkish (Windows-1254)", "cp1253": "Greek (Windows-1253)",
    "cp1255": "Hebrew (Windows-1255)", "cp1257": "Baltic (Windows-1257)", "cp874": "Thai (Windows-874)",
    "cp866": "Cyrillic (DOS 866)", "koi8-r": "Cyrillic (KOI8-R)", "gb18030": "Chinese (GB18030)",
    "big5": "Chinese, traditional (Big5)", "shift_jis": "Japanese (Shift JIS)",
    "cp932": "Japanese (Shift JIS)", "euc_kr": "Korean (EUC-KR)",
    "cp949": "Korean (EUC-KR)", "euc-jp": "Japanese (EUC-JP)",
}  # fmt: skip
_MAX_SAMPLES = 20
_SAMPLE_VALUE_BYTES = 200


def check(name: str) -> str:
    """Return the encoding's plain name; raises `ReadingError` when Python knows no such text encoding."""
    if name.lower().startswith(TWICE):
        _register_twice()
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
    """Tell UTF-8 by what is left when a cut character is taken off; of a Latin "André" nothing is."""
    try:
        texts = [_complete(value).decode("utf-8") for value in values]
    except UnicodeDecodeError:
        return False
    return any(not text.isascii() for text in texts)


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
    foreign = list(dict.fromkeys([v for v in values if not v.isascii()]))
    if not foreign:
        return Decided("utf-8", "All text is plain ASCII, which every encoding reads alike.", ("utf-8",))
    if _reads(foreign, "utf-8"):
        return _decide_utf8(foreign, ((declared, declared_by), (hint, hint_by)))
    ranked = rank(foreign)
    names = tuple(r.encoding for r in ranked)[:_MAX_CANDIDATES] or ("latin-1",)
    if declared and declared != "utf-8" and _reads(foreign, declared):
        return _stated(declared, declared_by, ranked, names, is_firm=True)
    if hint and hint != "utf-8" and _reads(foreign, hint):
        return _stated(hint, hint_by, ranked, names, is_firm=False)
    how = f"Guessed from {len(foreign):,} texts; the file does not say. Look at the names before you go on."
    return Decided(names[0], how, names, certain=False)


def _decide_utf8(foreign: list[bytes], stated: Iterable[tuple[str | None, str]]) -> Decided:
    """Decide on text that is valid UTF-8: taken as such, unless it was made UTF-8 twice."""
    stated = list(stated)
    others = tuple(n for n, _ in stated if n and n != "utf-8" and _reads(foreign, n))
    through = _made_twice(foreign)
    if through:
        how = "The text is garbled: it looks as if it had been turned into UTF-8 twice."
        return Decided("utf-8", how, (TWICE + through, "utf-8", *others), certain=False)
    claims = [f"{by} says {name}, which would garble it" for name, by in stated if name and name != "utf-8"]
    but = "; ".join(claims) or "the file does not say so itself"
    how = f"All text beyond ASCII is valid UTF-8 ({len(foreign):,} different values); {but}."
    declared, declared_by = stated[0]
    if declared == "utf-8":
        how = f"{declared_by.capitalize()} says so, and all text agrees."
    return Decided("utf-8", how, ("utf-8", *others))


def _stated(
    name: str, by: str, ranked: Sequence[Ranked], names: tuple[str, ...], *, is_firm: bool
) -> Decided:
    """Decide on a stated encoding that reads the text: doubted where another reads it far more plausibly.

    A firm statement stays in force all the same, as only the officer may overrule it; a weak one does not.
    """
    score = next((r.score for r in ranked if codecs.lookup(r.encoding) == codecs.lookup(name)), None)
    best = ranked[0] if ranked else None
    if best is None or score is None or best.score - score < _MUCH:
        others = (n for n in names if n != name)
        return Decided(name, f"{by.capitalize()} says so, and all text agrees.", (name, *others))
    rest = tuple(n for n in names if n not in (best.encoding, name))
    how = f"{by.capitalize()} says {name}, but the text looks like {best.language} in {best.encoding}."
    return Decided(
        name if is_firm else best.encoding, how, (best.encoding, name, *rest)[:_MAX_CANDIDATES], certain=False
    )


def _made_twice(foreign: Sequence[bytes]) -> str:
    """Return what UTF-8 was mistaken for when it was turned into UTF-8 again, "" if it was not."""
    sample = foreign[:: len(foreign) // _SAMPLED + 1]
    for through in _TWICE_THROUGH:
        undone = [_undo(value.decode("utf-8", "replace"), through) for value in sample]
        if sum(text is not None for text in undone) > 0.6 * len(sample):
            return through
    return ""


def _undo(text: str, through: str) -> str | None:
    """Undo one turn too many; None where the text did not take it."""
    raw: bytes | bytearray
    try:
        raw = text.encode(through)
    except UnicodeEncodeError as error:
        if ord(text[error.start]) > 0xFF:
            return None
        raw = bytearray()
        for character in text:
            try:
                raw += character.encode(through)
            except UnicodeEncodeError:
                if ord(character) > 0xFF:
                    return None
                raw.append(ord(character))  # bytes the encoding leaves undefined come through as they are
    try:
        undone = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return undone if len(undone) < len(text) else None


def _register_twice() -> None:
    """Make Python know the encodings whose names begin with `TWICE`; doing it again changes nothing."""
    codecs.unregister(_twice_codec)
    codecs.register(_twice_codec)


def _twice_codec(name: str) -> codecs.CodecInfo | None:
    plain = name.replace("_", "-")
    through = plain.removeprefix(TWICE)
    if not plain.startswith(TWICE) or through not in _TWICE_THROUGH:
        return None

    def encode(text: str, errors: str = "strict", /) -> tuple[bytes, int]:
        raise UnicodeEncodeError(plain, text, 0, len(text), "text is only ever read in it")

    def decode(data: "Buffer", errors: str = "strict", /) -> tuple[str, int]:
        text = bytes(data).decode("utf-8", errors)
        undone = (_undo(line, through) or line for line in text.split("\n"))
        return "\n".join(undone), len(bytes(data))

    return codecs.CodecInfo(encode, decode, name=plain)


@dataclass(frozen=True, slots=True)
class Preview:
    """How some values read in one encoding. `garbled` counts those it cannot read without loss."""

    encoding: str
    title: str
    texts: tuple[str, ...]
    garbled: int


def title_of(name: str) -> str:
    """Return the words for an encoding that are shown to a person."""
    if name.startswith(TWICE):
        return "Unicode, garbled once and put right"
    return _TITLES.get(name, _TITLES.get(name.replace("-sig", ""), name))


def previews(values: Sequence[bytes], candidates: Iterable[str]) -> tuple[Preview, ...]:
    """Read the same raw values in several encodings, to be shown side by side; unknown names are left out.

    Parameters
    ----------
    values : sequence of bytes
        `Imported.encoding_samples`.
    candidates : iterable of str
        `Imported.encoding.candidates`, best first.
    """
    result = []
    for name in dict.fromkeys(candidates):
        try:
            check(name)
        except ReadingError:
            continue
        texts = tuple(decode(value, name) for value in values)
        result.append(Preview(name, title_of(name), texts, sum("\ufffd" in text for text in texts)))
    return tuple(result)


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
