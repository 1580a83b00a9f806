"""First guesses at what a partner file holds; a person sees them and can change every one."""

import re
from collections.abc import Sequence

import shapely

from layers.conversion import folded, match_code, text_of
from layers.kinds import KINDS
from layers.model import FieldMapping, FieldSpec, FieldType, GeometryType, Kind, KindSpec, Objects
from layers.reading import Imported

_ID = (
    "source_id", "site_id", "facility_id", "uuid", "globalid", "id", "code", "pcode", "p_code",
    "identifier", "ref", "number", "no", "num", "numero", "kod", "код", "رقم", "objectid", "gid", "fid",
)  # fmt: skip
_NAME = (
    "name", "name_en", "title", "site_name", "facility_name", "facility", "site", "nom", "nombre",
    "nome", "label", "name_local", "name_ar", "ar_name", "name_fr", "name_uk", "name_ru", "name_bg",
    "post", "название", "назва", "наименование", "име", "имя", "اسم", "الاسم",
)  # fmt: skip
_CATEGORY = (
    "category", "type", "class", "fclass", "kind", "site_type", "facility_type", "amenity", "zone_type",
    "subtype", "linetype", "categorie", "catégorie", "tipo", "тип", "вид", "نوع", "النوع",
)  # fmt: skip
_FROM = (
    "valid_from", "from", "date_from", "start", "start_date", "startdate", "begin", "depart",
    "departure", "etd", "dtg_from", "debut", "début", "desde", "du", "von", "от", "с", "من",
)  # fmt: skip
_TO = (
    "valid_to", "to", "date_to", "until", "end", "end_date", "enddate", "finish", "arrive", "arrival",
    "eta", "dtg_to", "expires", "expiry", "fin", "hasta", "au", "bis", "до", "по", "إلى",
)  # fmt: skip
_COMMON = ("uncertainty_m", "uncert_m", "accuracy_m", "gps_accuracy")
_DBF_NAME = 10
_SAMPLE = 5_000
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
    """Guess which columns hold what, from their names and how well they are filled.

    Each column is used once. Among several name columns the best filled wins, English before
    others on a draw; an id must be unique.
    """
    used: set[str] = set()

    def take(column: str | None) -> str | None:
        if column is not None:
            used.add(column)
        return column

    source_id = take(_id_column(imported))
    name = take(_fullest(imported, _NAME, used))
    category = take(_category_column(imported, spec, used))
    valid_from = take(_by_words(imported, _FROM, used))
    valid_to = take(_by_words(imported, _TO, used))
    fields: dict[str, str] = {}
    for item in spec.fields:
        column = take(_by_words(imported, (item.name, item.label, *item.synonyms), used))
        if column is not None and _suits(item, imported.columns[column]):
            fields[item.name] = column
    uncertainty = take(_by_words(imported, _COMMON, used))
    if uncertainty is not None:
        fields["uncertainty_m"] = uncertainty
    return FieldMapping(
        source_id=source_id,
        name=name,
        category=category,
        valid_from=valid_from,
        valid_to=valid_to,
        fields=fields,
        categories=_categories(imported, category, spec),
    )


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


def _by_words(imported: Imported, words: Sequence[str], used: set[str]) -> str | None:
    """Return the filled column whose name comes first in `words`."""
    ranked = [
        (rank, name)
        for name, column in imported.columns.items()
        if name not in used and (rank := _rank(name, words)) is not None and _filled(column)
    ]
    return min(ranked, key=lambda pair: pair[0])[1] if ranked else None


def _fullest(imported: Imported, words: Sequence[str], used: set[str]) -> str | None:
    ranked = [
        (-_filled(column), rank, name)
        for name, column in imported.columns.items()
        if name not in used and (rank := _rank(name, words)) is not None and _filled(column)
    ]
    return min(ranked)[2] if ranked else None


def _id_column(imported: Imported) -> str | None:
    """Return the best-named column that is filled and unique in every row."""
    ranked = []
    for name, column in imported.columns.items():
        rank = _rank(name, _ID)
        if rank is None and _plain(name).endswith(("_id", "_code", "_uuid")):
            rank = len(_ID)
        values = [text_of(v) for v in column.tolist()] if rank is not None else []
        if rank is not None and values and all(values) and len(set(values)) == len(values):
            ranked.append((rank, name))
    return min(ranked)[1] if ranked else None


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
    return any(any(c.isdigit() for c in text_of(v)) for v in column[:_SAMPLE])


def _categories(imported: Imported, column: str | None, spec: KindSpec) -> dict[str, str]:
    if column is None:
        return {}
    values = dict.fromkeys(text_of(v) for v in imported.columns[column])
    matched = {value: match_code(value, spec.categories) for value in values if value}
    return {value: code for value, code in matched.items() if code is not None}
