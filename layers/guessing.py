"""First guesses at what a partner file holds; a person sees them and can change every one."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

import shapely

from layers import hxl
from layers.conversion import folded, match_code, text_of, texts
from layers.guessing_values import TARGETS, by_values
from layers.kinds import KINDS
from layers.kinds.common import P_CODE, UNCERTAINTY
from layers.model import FieldMapping, FieldSpec, FieldType, GeometryType, Kind, KindSpec, Objects
from layers.reading import Imported

_ID = (
    "source_id", "site_id", "facility_id", "uuid", "globalid", "id", "code", "pcode", "p_code",
    "identifier", "identifiant", "identificador", "ref", "reference", "id_sitio", "id_site", "kod", "код",
    "идентификатор", "ідентифікатор", "رقم", "المعرف",
)  # fmt: skip
_CODES = ("code", "pcode", "p_code", "ref", "reference", "kod", "код")
"""Those of them that several rows may share: a place, a report."""
_WEAK_ID = ("number", "no", "num", "numero", "nr", "objectid", "gid", "fid")
"""Numbers that a program or a printed list gave; a column such as "zone_id" is better."""
_NAME = (
    "name", "name_en", "title", "site_name", "facility_name", "facility", "site", "nom", "nombre",
    "nome", "label", "name_local", "name_ar", "ar_name", "name_fr", "name_uk", "name_ru", "name_bg",
    "post", "nom_du_site", "nombre_sitio", "lugar", "название", "назва", "наименование", "найменування",
    "име", "имя", "اسم", "الاسم", "اسم_الموقع",
)  # fmt: skip
_CATEGORY = (
    "category", "type", "class", "fclass", "kind", "site_type", "facility_type", "amenity", "zone_type",
    "subtype", "linetype", "categorie", "type_de_site", "categoria", "tipo", "тип", "вид", "категория",
    "категорія", "نوع", "النوع", "الفئة",
)  # fmt: skip
_FROM = (
    "valid_from", "from", "date_from", "open_from", "start", "start_date", "startdate", "begin", "depart",
    "departure", "etd", "dtg_from", "debut", "date_debut", "desde", "fecha_inicio", "du", "von", "от", "с",
    "дата_начала", "початок", "дата_початку", "من", "تاريخ_البدء",
)  # fmt: skip
_DAY = ("date", "fecha", "дата", "تاريخ")
"""The day of an event: for what lasts it says nothing about when it begins."""
_TO = (
    "valid_to", "to", "date_to", "until", "open_until", "end", "end_date", "enddate", "finish", "arrive",
    "arrival", "eta", "dtg_to", "expires", "expiry", "fin", "date_fin", "hasta", "fecha_fin", "au", "bis",
    "до", "по", "дата_окончания", "кінець", "дата_завершення", "إلى", "تاريخ_الانتهاء",
)  # fmt: skip
_COMMON = (
    "uncertainty_m", "uncert_m", "accuracy_m", "gps_accuracy", "uncertainty", "position_uncertainty",
    "accuracy", "position_accuracy", "horizontal_accuracy", "gps_precision",
)  # fmt: skip
_OWN_UNIT = {"m": ("m", "metres", "meters"), "km/h": ("km_h", "kmh", "kph")}
"""How a column's name says that it is in the unit of the field."""
_OTHER_UNITS = {
    "m": ("km", "ft", "feet", "fl", "mi", "miles", "nm", "yd", "yards"),
    "km/h": ("mph", "kn", "kt", "kts", "knots", "mps", "m_s"),
}
_DBF_NAME = 10
_SAMPLE = 5_000
_NEARLY = 0.95
_LONG_LIST = 20
_DIMENSION = {GeometryType.POINT: 0, GeometryType.LINE: 1, GeometryType.POLYGON: 2}


def guess_kind(imported: Imported) -> Kind:
    """Guess the kind from words in the file and layer name, the columns, the shapes, and the categories.

    Without any sign the guess is a humanitarian site where the shapes allow it, because that is checked and
    protected, and a reference otherwise.
    """
    dimensions = shapely.get_dimensions(imported.geometry)
    present = dimensions[dimensions >= 0]
    main = int(max(set(present.tolist()), key=present.tolist().count)) if len(present) else None
    scores = {
        spec.kind: _score(spec, imported)
        for spec in KINDS
        if main is None or main in {_DIMENSION[g] for g in spec.geometries}
    }
    best = max(scores, key=lambda kind: scores[kind])
    if scores[best] > 0:
        return best
    return Kind.HUMANITARIAN_SITE if Kind.HUMANITARIAN_SITE in scores else Kind.REFERENCE


def _score(spec: KindSpec, imported: Imported) -> float:
    title = f"{imported.file} {imported.layer}".casefold().replace("-", "_").replace(" ", "_")
    columns = " ".join(imported.columns).casefold()
    words = [w.replace(" ", "_") for w in spec.file_words]
    by_title = max((len(w) for w in words if w in title), default=0)
    by_columns = sum(len(w) > 3 and w in columns for w in words)
    return by_title * 1.0 + by_columns * 0.5 + 4.0 * _matching_categories(spec, imported)


def _matching_categories(spec: KindSpec, imported: Imported) -> float:
    """Return the share of the category column's distinct values that this kind has codes for."""
    column = _by_words(imported, _CATEGORY, set())
    if column is None:
        return 0.0
    values = {text_of(v) for v in imported.columns[column][:_SAMPLE]} - {""}
    matched = sum(match_code(v, [c for c in spec.categories if c.id != "other"]) is not None for v in values)
    return matched / len(values) if values else 0.0


def guess_mapping(imported: Imported, spec: KindSpec) -> FieldMapping:
    """Guess which columns hold what: from HXL tags, then from names, then from the values themselves.

    Each column is used once. Among several name columns the best filled wins, English before others on a
    draw; an id must be unique and filled (a few slips are allowed). What no filled column holds is looked for
    in those that hold nothing yet: the partner's next file may fill them, and is read like this one.
    """
    guess = _Guess(imported, spec)
    tagged = hxl.targets(imported.tags)
    guess.take("source_id", guess.tagged(tagged, "source_id") or _id_column(imported, spec))
    guess.take("name", guess.tagged(tagged, "name") or _fullest(imported, _NAME, guess.used))
    guess.take("category", guess.tagged(tagged, "category") or _category_column(imported, spec, guess.used))
    starts = (*_FROM, *_DAY) if spec.kind is Kind.ASSESSMENT else _FROM
    guess.take("valid_from", guess.tagged(tagged, "valid_from") or _by_words(imported, starts, guess.used))
    guess.take("valid_to", guess.tagged(tagged, "valid_to") or _by_words(imported, _TO, guess.used))
    for item in spec.fields:
        words = _words(item)
        column = guess.tagged(tagged, item.name) or _by_words(imported, words, guess.used)
        if column is not None and _suits(item, imported.columns[column]):
            guess.take(item.name, column)
        elif column is not None:
            guess.used.add(column)  # it is named so, but holds something else
    uncertainty = _with_unit(_COMMON, UNCERTAINTY.unit)
    column = _by_words(imported, uncertainty, guess.used)
    if column is not None and _has_digits(imported.columns[column]):
        guess.take("uncertainty_m", column)
    for target, column in by_values(imported, spec, guess.chosen, guess.used).items():
        guess.take(target, column)
    named: dict[str, tuple[str, ...]] = {"category": _CATEGORY, "valid_from": starts, "valid_to": _TO}
    named |= {item.name: _words(item) for item in spec.fields}
    for target, words in {**named, "uncertainty_m": uncertainty}.items():
        if target not in guess.chosen:
            guess.take(target, _by_words(imported, words, guess.used, filled=False))
    category = guess.chosen.get("category")
    return FieldMapping(
        source_id=guess.chosen.get("source_id"),
        name=guess.chosen.get("name"),
        category=category,
        valid_from=guess.chosen.get("valid_from"),
        valid_to=guess.chosen.get("valid_to"),
        fields={target: column for target, column in guess.chosen.items() if target not in TARGETS},
        categories=_categories(imported, category, spec),
    )


def _words(item: FieldSpec) -> tuple[str, ...]:
    """Return what columns for a field are called, with its unit or without."""
    return _with_unit((item.name, item.label, *item.synonyms), item.unit)


def _with_unit(words: tuple[str, ...], unit: str) -> tuple[str, ...]:
    return words + tuple(f"{word}_{own}" for word in words for own in _OWN_UNIT.get(unit, ()))


def in_other_units(imported: Imported, spec: KindSpec, mapping: FieldMapping) -> list[tuple[str, str, str]]:
    """Return filled columns that are named like a field, but in another unit than it has, and not used.

    Returns
    -------
    list of (column, label of the field, unit of the field)
    """
    named = {item.name: (item.label, item.unit, _words(item)) for item in spec.fields}
    named[UNCERTAINTY.name] = (UNCERTAINTY.label, UNCERTAINTY.unit, _with_unit(_COMMON, UNCERTAINTY.unit))
    used = {mapping.source_id, mapping.name, mapping.category, mapping.valid_from, mapping.valid_to}
    used |= {imported.x_field, imported.y_field, *mapping.fields.values()}
    free = {_plain(column): column for column in imported.columns if column not in used}
    return [
        (free[name], label, unit)
        for target, (label, unit, words) in named.items()
        if target not in mapping.fields and target not in mapping.constants
        for name in _in_other_unit(words, unit)
        if name in free and _has_digits(imported.columns[free[name]])
    ]


def _in_other_unit(words: Sequence[str], unit: str) -> list[str]:
    """Return what columns for a field are called whose unit is not that of the field."""
    own = ("", *(f"_{word}" for word in _OWN_UNIT.get(unit, ())))
    plain = dict.fromkeys(_plain(word).removesuffix(end) for word in words for end in own)
    return [f"{word}_{other}" for other in _OTHER_UNITS.get(unit, ()) for word in plain]


class _Guess:
    """The columns chosen so far; each is used once, and those that hold positions never."""

    def __init__(self, imported: Imported, spec: KindSpec) -> None:
        self._imported = imported
        self._fields = {item.name for item in spec.fields}
        self.chosen: dict[str, str] = {}
        self.used: set[str] = {c for c in (imported.x_field, imported.y_field) if c is not None}

    def take(self, target: str, column: str | None) -> None:
        """Use a column for a target, if there is one and the kind has that target."""
        known = target in TARGETS or target in self._fields or target == "uncertainty_m"
        if column is not None and known and column not in self.used:
            self.used.add(column)
            self.chosen[target] = column

    def tagged(self, tagged: Mapping[str, str], target: str) -> str | None:
        """Return the filled column that is tagged so."""
        column = tagged.get(target)
        there = column in self._imported.columns and column not in self.used
        return column if there and column and _filled(self._imported.columns[column]) else None


@lru_cache(maxsize=20_000)
def _plain(name: str) -> str:
    """Return a column name for comparison: lower case, words joined by "_", a counter at the end left out."""
    words = re.sub(r"[^\w]+", "_", folded(name)).strip("_").removeprefix("gis_")
    return re.sub(r"_\d+$", "", words)


def _rank(name: str, words: Sequence[str]) -> int | None:
    """Return the place of the first word that the name is (a .dbf cuts it at ten characters), or None."""
    plain = _plain(name)
    for rank, word in enumerate(words):
        known = _plain(word)
        if plain == known or (len(plain) == _DBF_NAME and known.startswith(plain)):
            return rank
    return None


def _filled(column: Objects) -> int:
    return sum(value is not None and value != "" for value in column[:_SAMPLE].tolist())


def _by_words(imported: Imported, words: Sequence[str], used: set[str], *, filled: bool = True) -> str | None:
    """Return the column whose name comes first in `words`, of those that are filled, or of the others."""
    ranked = [
        (rank, name)
        for name, column in imported.columns.items()
        if name not in used and (rank := _rank(name, words)) is not None and bool(_filled(column)) is filled
    ]
    return min(ranked, key=lambda pair: pair[0])[1] if ranked else None


def _fullest(imported: Imported, words: Sequence[str], used: set[str]) -> str | None:
    ranked = [
        (-_filled(column), rank, name)
        for name, column in imported.columns.items()
        if name not in used and (rank := _rank(name, words)) is not None and _filled(column)
    ]
    return min(ranked)[2] if ranked else None


def _id_column(imported: Imported, spec: KindSpec) -> str | None:
    """Return the best-named column that is filled and unique: in every row, or else in nearly all.

    A column that holds a field of the kind (the site that an area protects) is no id, however it is called; a
    P-code is, where there is nothing better.
    """
    fields = [w for item in spec.fields if item.name != P_CODE.name for w in (item.name, *item.synonyms)]
    ranked = []
    for name, column in imported.columns.items():
        rank = _id_rank(name)
        if rank is None or _rank(name, fields) is not None:
            continue
        values = list(filter(None, texts(column.tolist())))
        unique = len(set(values)) / len(column) if len(column) else 0.0
        # One typing slip must not cost the ids of the whole list; a short list has to be right.
        if unique == 1.0 or (unique >= _NEARLY and len(column) >= _LONG_LIST and rank < len(_ID) + 1):
            is_place = spec.kind is not Kind.REFERENCE and _rank(name, P_CODE.synonyms) is not None
            ranked.append((unique < 1.0, is_place, rank, name))
    return min(ranked)[3] if ranked else None


def repeated_id(imported: Imported) -> tuple[str, str] | None:
    """Return a column that is named like an id and filled, but not unique, and a value that comes again.

    None where there is no such column, or half of its values and more come again, as codes of places do.
    """
    for name, column in imported.columns.items():
        is_id = _rank(name, _ID) is not None and _rank(name, _CODES) is None
        values = list(filter(None, texts(column.tolist()))) if is_id else []
        counts = Counter(values)
        if len(values) >= _NEARLY * len(column) and len(values) > len(counts) > len(values) / 2:
            return name, counts.most_common(1)[0][0]
    return None


def _id_rank(name: str) -> int | None:
    rank = _rank(name, _ID)
    if rank is not None:
        return rank
    if _plain(name).endswith(("_id", "_code", "_uuid", "_ref")) or _plain(name).startswith("id_"):
        return len(_ID)
    weak = _rank(name, _WEAK_ID)
    return None if weak is None else len(_ID) + 1 + weak


def _category_column(imported: Imported, spec: KindSpec, used: set[str]) -> str | None:
    """Return the column named like a category; one whose values are mostly codes of the kind comes first."""
    best: tuple[float, str] | None = None
    for name, column in imported.columns.items():
        rank = _rank(name, _CATEGORY)
        if name in used or rank is None or not _filled(column):
            continue
        values = {text_of(v) for v in column[:_SAMPLE]} - {""}
        matched = sum(match_code(v, spec.categories) is not None for v in values)
        score = matched / len(values) - rank / 100
        if best is None or score > best[0]:
            best = (score, name)
    return best[1] if best else None


def _suits(item: FieldSpec, column: Objects) -> bool:
    """Tell whether a column could hold a field's values: a number field wants some digits."""
    if item.type not in (FieldType.INTEGER, FieldType.NUMBER):
        return True
    return _has_digits(column)


def _has_digits(column: Objects) -> bool:
    return any(any(c.isdigit() for c in text_of(v)) for v in column[:_SAMPLE])


def _categories(imported: Imported, column: str | None, spec: KindSpec) -> dict[str, str]:
    if column is None:
        return {}
    values = dict.fromkeys(texts(list(dict.fromkeys(imported.columns[column].tolist()))))
    matched = {value: match_code(value, spec.categories) for value in values if value}
    return {value: code for value, code in matched.items() if code is not None}
