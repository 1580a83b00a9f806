"""Which encoding makes the most plausible text of some bytes.

Every encoding that can read the bytes is judged by how likely its reading is in the best of its languages:
the sum over characters of the logarithm of their frequency (`layers.letters`), less what no language does:
change script or go from small to capital letters within a word, use controls, put accents side by side, or
letters into numbers, where degree signs belong.
As every reading accounts for the same bytes, the sums compare like with like, one byte a letter or two.
charset-normalizer, which was used alone before, mistakes short names in cp1252, cp1250, cp874 and East Asian
encodings for each other.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from layers.letters import ENCODINGS, LANGUAGES, Language

SAMPLE_BYTES = 16_384
_SEVERAL_BYTES = frozenset({"gb18030", "big5", "shift_jis", "cp932", "euc-jp", "euc_kr", "cp949"})
_SUPERSETS = {"cp932": "shift_jis", "cp949": "euc_kr"}
"""Left out where the smaller encoding of the same language reads everything."""
_CUT = -10.0
_LETTERS = 0.9
"""Share of a language's own letters in its text, as far as it lies beyond ASCII."""
_LATIN_ACCENTS = 0.1
_OTHERS = 0.03
_ASCII = math.log(1 / 30)
_PUNCTUATION = frozenset("«»“”„‘’–—…·•№°§،؛؟、。・（）「」　ー：，《》\u00a0\u200c\u200d\u200e\u200f")
_LOG = {
    "punctuation": math.log(2e-3),
    "foreign": math.log(2e-5),
    "symbol": math.log(3e-5),
    "never": math.log(1e-9),
}
_WORD = re.compile(r"[^\W\d_]{2,}")
_DEGREES = re.compile(r"(?<=[0-9])°")
_LETTER_OF_NUMBER = re.compile(r"(?<=[0-9])[^\W\d_a-zA-Z](?= ?[0-9])")
"""A letter between two numbers: in a position, a degree sign that was misread."""
_CASE_JUMP = math.log(0.02)
_SCRIPT_JUMP = math.log(0.01)
_ACCENTS_TOGETHER = math.log(0.1)
_AFTER_NUMBER = math.log(0.1) - _LOG["punctuation"]
_IN_NUMBER = math.log(1e-3)
_NEVER = frozenset({"Cc", "Cn", "Co", "Cs"})


@lru_cache(maxsize=8_192)
def _script(character: str) -> str:
    """Return the script of a letter or mark, "" for what belongs to none."""
    if character == "\u0e3f" or unicodedata.category(character)[0] not in "LM":
        return ""
    name = unicodedata.name(character, "").split(" ")[0]
    return _SCRIPTS.get(name, name.title())


_SCRIPTS = {
    "CJK": "Han",
    "HIRAGANA": "Kana",
    "KATAKANA": "Kana",
    "KATAKANA-HIRAGANA": "Kana",
    "FULLWIDTH": "Kana",
}


@lru_cache(maxsize=64)
def _frequencies(name: str) -> dict[str, float]:
    """Return the logarithm of the frequency of each letter of a language."""
    language = LANGUAGES[name]
    letters = list(dict.fromkeys(language.letters))
    weights = [1 / (rank + 2) ** (0.6 if len(letters) > 60 else 1.0) for rank in range(len(letters))]
    share = _LATIN_ACCENTS if language.script == "Latin" else _LETTERS
    total = sum(weights)
    if language.others > 1_000:  # common characters of names make up half of what is written
        share *= 0.6
    return {letter: math.log(share * weight / total) for letter, weight in zip(letters, weights, strict=True)}


def _other(character: str, language: Language) -> float:
    """Return the logarithm of the frequency of a character that a language does not list."""
    if character in _PUNCTUATION:
        return _LOG["punctuation"]
    category = unicodedata.category(character)
    if category in _NEVER or character == "\ufffd":
        return _LOG["never"]
    script = _script(character)
    if not script:
        return _LOG["symbol"]
    belongs = script == language.script or (script == "Han" and language.script in ("Kana", "Hangul"))
    if not belongs or "HALFWIDTH" in unicodedata.name(character, ""):
        return _LOG["foreign"]
    if language.others > 1_000:
        return math.log(0.35 / language.others if script != "Han" or language.script != "Hangul" else 1e-5)
    share = _OTHERS * (_LATIN_ACCENTS if script == "Latin" else 1.0)
    return math.log(share / language.others)


def plausibility(text: str, language: Language) -> float:
    """Return the logarithm of how likely a text is in a language, up to a constant for its bytes."""
    known = _frequencies(language.name)
    total = 0.0
    for character, count in Counter(text).items():
        if character.isascii():
            total += count * (_ASCII if character.isprintable() or character in "\t\r\n" else _LOG["never"])
            continue
        value = known.get(character, known.get(character.lower()))
        total += count * (_other(character, language) if value is None else value)
    return total + _jumps(text, language.script) + _numbers(text)


def _numbers(text: str) -> float:
    """Return what a text gains by degree signs after numbers, and loses by letters within them."""
    letters = (_script(letter) for letter in _LETTER_OF_NUMBER.findall(text))
    odd = sum(script not in ("", "Han", "Kana", "Hangul") for script in letters)
    return len(_DEGREES.findall(text)) * _AFTER_NUMBER + odd * _IN_NUMBER


def _jumps(text: str, script: str) -> float:
    """Return what a text loses by what stands side by side in its words."""
    total = 0.0
    for word in _WORD.findall(text):
        for a, b in pairwise(word):
            if a.isascii() and b.isascii():
                continue
            if a.islower() and b.isupper():
                total += _CASE_JUMP
            one, other = _script(a), _script(b)
            if one != other and {one, other} not in ({"Han", "Kana"}, {"Han", "Hangul"}):
                total += _SCRIPT_JUMP
            elif script == "Latin" and not a.isascii() and not b.isascii():
                total += _ACCENTS_TOGETHER
    return total


@dataclass(frozen=True, slots=True)
class Ranked:
    """An encoding, the language its reading is likeliest in, and how likely that is (a logarithm)."""

    encoding: str
    language: str
    score: float


def rank(values: Iterable[bytes], encodings: Iterable[str] = tuple(ENCODINGS)) -> list[Ranked]:
    """Rank the encodings that read all of the values, the most plausible first.

    Parameters
    ----------
    values : iterable of bytes
        Raw text beyond ASCII; the first 16 kB of it are judged.
    encodings : iterable of str
        Names that `letters.ENCODINGS` knows.
    """
    sample: list[bytes] = []
    size = 0
    for value in dict.fromkeys(values):
        if size > SAMPLE_BYTES:
            break
        sample.append(value[:SAMPLE_BYTES])
        size += len(value)
    ranked: list[Ranked] = []
    for name in encodings:
        if _SUPERSETS.get(name) in {r.encoding for r in ranked}:
            continue
        text, cuts = _read(sample, name)
        if text is not None:
            prior, languages = ENCODINGS[name]
            score, language = max((plausibility(text, LANGUAGES[n]), n) for n in languages)
            ranked.append(Ranked(name, language, score + prior + cuts * _CUT))
    return sorted(ranked, key=lambda r: -r.score)


def _read(sample: Sequence[bytes], encoding: str) -> tuple[str | None, int]:
    """Decode a sample, None where it cannot be; ends cut in mid-character are left out and counted."""
    texts: list[str] = []
    cuts = 0
    for value in sample:
        try:
            texts.append(value.decode(encoding))
        except UnicodeDecodeError as error:
            if encoding not in _SEVERAL_BYTES or error.start < len(value) - 3 or not error.start:
                return None, 0
            texts.append(value[: error.start].decode(encoding))
            cuts += 1
    return "\n".join(texts), cuts
