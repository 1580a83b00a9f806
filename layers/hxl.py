"""HXL tags: what a partner itself says that a column holds (https://hxlstandard.org, dictionary 1.1)."""

from collections.abc import Mapping

_RULES: tuple[tuple[str, frozenset[str], frozenset[str], str], ...] = tuple(
    (tag, frozenset(wanted.split()), frozenset(without.split()), target)
    for tag, wanted, without, target in (
        ("#loc", "code", "", "source_id"),
        ("#loc", "id", "", "source_id"),
        ("#activity", "code", "", "source_id"),
        ("#activity", "id", "", "source_id"),
        ("#meta", "id", "", "source_id"),
        ("#event", "id", "", "source_id"),
        ("#loc", "name", "", "name"),
        ("#activity", "name", "", "name"),
        ("#event", "name", "", "name"),
        ("#loc", "type", "", "category"),
        ("#activity", "type", "", "category"),
        ("#event", "type", "", "category"),
        ("#date", "start", "", "valid_from"),
        ("#date", "end", "", "valid_to"),
        ("#loc", "", "type code id name lat lon", "name"),
        ("#activity", "", "type code id name", "name"),
        ("#org", "name", "", "organisation"),
        ("#org", "", "code id type", "organisation"),
        ("#contact", "phone", "", "contact"),
        ("#contact", "", "", "contact"),
        ("#adm4", "code", "", "p_code"),
        ("#adm3", "code", "", "p_code"),
        ("#adm2", "code", "", "p_code"),
        ("#adm1", "code", "", "p_code"),
        ("#status", "", "", "status"),
        ("#operations", "status", "", "status"),
        ("#access", "status", "", "status"),
        ("#sector", "", "code", "sector"),
        ("#affected", "", "f m", "population"),
        ("#population", "", "f m", "population"),
        ("#reached", "", "f m", "population"),
        ("#description", "", "", "remarks"),
        ("#meta", "comments", "", "remarks"),
        ("#meta", "comment", "", "remarks"),
    )
)
"""Tag, attributes that it must have, attributes that it must not have, our field; the first rule wins."""


def targets(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the column for each of our fields that a row of HXL tags names.

    Parameters
    ----------
    tags : mapping
        Column to its tag, such as "#loc +name +ar"; spaces and case do not count.
    """
    parsed = {column: _parts(tag) for column, tag in tags.items()}
    found: dict[str, str] = {}
    for tag, wanted, without, target in _RULES:
        for column, (name, attributes) in parsed.items():
            fits = name == tag and wanted <= attributes and not without & attributes
            if fits and target not in found and column not in found.values():
                found[target] = column
    return found


def _parts(tag: str) -> tuple[str, frozenset[str]]:
    name, *attributes = tag.casefold().replace(" ", "").split("+")
    return name, frozenset(attributes)
