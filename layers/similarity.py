"""How alike two names are, whatever the script, the spelling and the general words in them.

For proposing duplicates, never for deciding one. A name is brought to Latin letters (a small table for
Arabic, Cyrillic and Greek, accents dropped), its general words ("hospital", "école") are left out, and
the words that are left are compared one by one. Numbers and single letters must be the same: "School 1"
is not "School 2".
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

ALIKE = 0.8
"""From this similarity on, two names may be the same place."""
_WORD_ALIKE = 0.7
_BIGRAM_FLOOR = 0.3
_LEAST_SKELETON = 2

_ARABIC = """
    ا a ب b ت t ث th ج j ح h خ kh د d ذ dh ر r ز z س s ش sh ص s ض d ط t ظ z ع a غ gh ف f ق q ك k ل l م m ن n
    ه h و w ي y ى a ة a أ a إ a آ a ؤ w ئ y پ p چ ch ژ zh گ g ک k ی y
"""
_CYRILLIC = """
    а a б b в v г g д d е e ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts ч ch ш sh
    щ sht ъ a ы y э e ю yu я ya і i є ye ґ g ј j љ lj њ nj ћ c ђ dj џ dzh
"""
_GREEK = """
    α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f χ ch ψ ps ω o
"""
_LATIN = "ß ss ø o æ ae ł l ı i đ d"
_SILENT = "ءь'`\u0640\u2019\u02bb"
_GENERAL_WORDS = """
    vacant unknown unnamed no nr num number the of and for in at de du des la le les el los las del et y en di
    hospital clinic clinique clinica health healthcare centre center centro post facility medical polyclinic
    phc primary secondary basic high elementary school ecole escuela colegio lycee kindergarten
    camp site idp warehouse store depot storage office bureau oficina distribution point water well borehole
    pump station mosque masjid church temple market shop supermarket bakery community
    hopital sante poste entrepot mosquee eglise marche puits eau salud puesto
    bolnica bolnitsa likarnya likarnia bolnytsia bolnytsya shkola uchilishte sklad lager tabir tsentr centar
    poliklinika ambulatoriya ambulatoria zdraven hram detska gradina nosokomeio scholeio
"""
_GENERAL_ARABIC_WORDS = (
    "مستشفى مستشفي مركز صحي الصحي مدرسة مدرسه مخيم مستودع بئر مسجد جامع سوق مكتب عيادة نقطة مياه"
)


def _table() -> dict[int, str]:
    items = f"{_ARABIC} {_CYRILLIC} {_GREEK} {_LATIN}".split()
    table = {ord(letter): latin for letter, latin in zip(items[::2], items[1::2], strict=True)}
    table |= dict.fromkeys(map(ord, _SILENT), "")
    # NFKD turns superscripts and full-width digits into plain ones, but not those of Arabic and Persian.
    return table | {start + i: str(i) for start in (0x0660, 0x06F0) for i in range(10)}


_TABLE = _table()
_GENERAL = frozenset(_GENERAL_WORDS.split())
"""General words as they come out of the table; what is only a general word says nothing about identity."""
_GENERAL_LETTERS = frozenset("".join(sorted(word)) for word in _GENERAL if len(word) > 5)
_GENERAL_ARABIC = frozenset(_GENERAL_ARABIC_WORDS.split())
_ARTICLE = re.compile(
    r"^(al|el|ul|as|ash|an|ar|at|ad|az)[- ](?=\w{2})|(?<=\s)(al|el|ul|as|ash|an|ar|at|ad|az)[- ](?=\w{2})"
)
_VOWELS = (
    (re.compile("oo|ou|ow"), "u"),
    (re.compile("ee|ei|iy|ij"), "i"),
    (re.compile("ph"), "f"),
    (re.compile("ck|q"), "k"),
)
_DOUBLED = re.compile(r"(.)\1+")
_WEAK = re.compile("[aeiouwyh]")
_ARABIC_LETTER = re.compile("[\u0600-\u06ff]")
_WORD = re.compile(r"[a-z]+|\d+|[^\W\d_a-z]+")


@dataclass(frozen=True, slots=True)
class NameKey:
    """A name made comparable.

    `words` are its telling words in Latin letters; `marks` its numbers and single letters; `latin` tells
    whether it was written with vowels, so that only its consonants are compared with one that was not.
    """

    text: str
    words: tuple[str, ...]
    marks: frozenset[str]
    skeleton: str
    arabic: bool


@lru_cache(maxsize=500_000)
def key_of(name: str) -> NameKey:
    """Make a name comparable."""
    every = _words(name)
    telling = [w for w in every if len(w) > 1 and not w.isdigit() and not _is_general(w)]
    words = tuple(_plain(w) for w in telling)
    joined = "".join(words)
    skeleton = _DOUBLED.sub(r"\1", _WEAK.sub("", joined))
    return NameKey(
        joined, words, marks_of(name), skeleton, _ARABIC_LETTER.search(name.casefold()) is not None
    )


@lru_cache(maxsize=500_000)
def marks_of(name: str) -> frozenset[str]:
    """Return the numbers and single letters of a name: where these differ, the names do."""
    return frozenset(w.lstrip("0") or "0" for w in _words(name) if w.isdigit() or len(w) == 1)


def _words(name: str) -> list[str]:
    """Return the words and numbers of a name in Latin letters, its articles left out."""
    folded = name.casefold()
    if _ARABIC_LETTER.search(folded):
        folded = " ".join(_without_article(w) for w in folded.split() if w not in _GENERAL_ARABIC)
    if not folded.isascii():
        folded = " ".join([w if w.isascii() else _without_accents(w) for w in folded.split(" ")])
    latin = _ARTICLE.sub("", folded.translate(_TABLE))
    return _WORD.findall(latin)


@lru_cache(maxsize=200_000)
def _without_accents(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word)
    return "".join([c for c in decomposed if not unicodedata.combining(c)]).casefold()


@lru_cache(maxsize=200_000)
def _is_general(word: str) -> bool:
    """Tell a general word, also one with letters exchanged ("hosptial")."""
    return word in _GENERAL or "".join(sorted(word)) in _GENERAL_LETTERS


def _without_article(word: str) -> str:
    return word[2:] if word.startswith("ال") and len(word) > 4 else word


def _plain(word: str) -> str:
    for pattern, letter in _VOWELS:
        word = pattern.sub(letter, word)
    return _DOUBLED.sub(r"\1", word)


def similarity(a: NameKey, b: NameKey) -> float:
    """Return how alike two names are, 0 to 1; 0 where numbers differ or nothing telling is left of one."""
    if a.marks != b.marks:
        return 0.0
    if not a.text or not b.text:
        return 1.0 if a.text == b.text and a.marks else 0.0
    if a.text == b.text:
        return 1.0
    if a.arabic != b.arabic:
        same = a.skeleton == b.skeleton and len(a.skeleton) >= _LEAST_SKELETON
        return 0.9 if same else _ratio(a.skeleton, b.skeleton) * 0.9 if len(a.skeleton) > 3 else 0.0
    if _shared_bigrams(a.text, b.text) < _BIGRAM_FLOOR:
        return 0.0
    whole = _ratio(a.text, b.text)
    return max(_by_words(a.words, b.words), whole if len(a.words) != len(b.words) else 0.0)


def _by_words(a: Sequence[str], b: Sequence[str]) -> float:
    """Pair each word with its best partner; one that has none makes the names differ."""
    few, many = sorted((a, b), key=len)
    left = list(many)
    scores = []
    for word in few:
        best = max(left, key=lambda other: _ratio(word, other))
        score = _ratio(word, best)
        if score < _WORD_ALIKE:
            return 0.0
        left.remove(best)
        scores.append(score * len(word))
    # A word that only one of them has ("North Azraq", "Azraq") tells them apart in proportion to its length.
    missing = sum(len(word) for word in left)
    return sum(scores) / (sum(len(word) for word in few) + missing)


@lru_cache(maxsize=200_000)
def _bigrams(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(len(text) - 1)) or frozenset(text)


def _shared_bigrams(a: str, b: str) -> float:
    one, two = _bigrams(a), _bigrams(b)
    return 2 * len(one & two) / (len(one) + len(two))


@lru_cache(maxsize=200_000)
def _ratio(a: str, b: str) -> float:
    """Return 1 - edit distance / longer length; a swap of neighbours counts one edit."""
    if a == b:
        return 1.0
    if not a or not b:
        return 0.0
    before_last: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before_last[j - 2] + 1)
            row.append(cost)
        before_last, last = last, row
    return 1.0 - last[-1] / max(len(a), len(b))
