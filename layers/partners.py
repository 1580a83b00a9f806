"""What was decided about a partner's files, kept so that the next one needs no questions.

A profile is recognised by its partner and its columns. A layout that has changed is a doubt, never a guess.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from layers.conversion import match_code, text_of
from layers.guessing import guess_mapping
from layers.kinds import spec_of
from layers.model import FieldMapping, Kind, PartnerProfile, Workspace
from layers.reading import DEFAULT_OPTIONS, Action, Imported, Problem, ReadOptions

_ALIKE = 0.6
_ALIKE_UNNAMED = 0.9
_TARGETS = ("source_id", "name", "category", "valid_from", "valid_to")


def recognise(
    workspace: Workspace, imported: Imported, partner: str = "", kind: Kind | None = None
) -> PartnerProfile | None:
    """Return the profile that a file was probably made for: of its partner, with most of its columns.

    Without a partner's name nearly all columns must be the same. None where there is no such profile.
    """
    wanted = _plain(partner)
    candidates = [
        profile
        for profile in workspace.partners
        if (not wanted or _plain(profile.partner) == wanted) and kind in (None, profile.kind)
    ]
    ranked = [(alike(profile, imported), n, profile) for n, profile in enumerate(candidates)]
    ranked = [item for item in ranked if item[0] >= (_ALIKE if wanted else _ALIKE_UNNAMED)]
    return max(ranked, key=lambda item: item[:2])[2] if ranked else None


def alike(profile: PartnerProfile, imported: Imported) -> float:
    """Return the share of columns that a profile and a file have in common, 0 to 1."""
    mine, theirs = set(profile.columns), set(imported.columns)
    return (
        len(mine & theirs) / len(mine | theirs) if mine | theirs else float(profile.format == imported.format)
    )


def of_partner(workspace: Workspace, partner: str, kind: Kind) -> tuple[PartnerProfile, ...]:
    """Return the profiles of a partner and kind, the latest first."""
    wanted = _plain(partner)
    found = [p for p in workspace.partners if _plain(p.partner) == wanted and p.kind is kind]
    return tuple(reversed(found))


def _plain(partner: str) -> str:
    return " ".join(partner.casefold().split())


def options_for(profile: PartnerProfile, given: ReadOptions = DEFAULT_OPTIONS) -> ReadOptions:
    """Return how to read the partner's next file; what was given now wins."""
    known: dict[str, Any] = {
        "layer": profile.sheet,
        "crs": profile.crs,
        "encoding": profile.encoding,
        "x_field": profile.x_field,
        "y_field": profile.y_field,
        "header_row": profile.header_row,
    }
    if given.x_field is not None:
        known |= {"x_field": None, "y_field": None}
    stated = {name: value for name, value in known.items() if getattr(given, name) is None}
    remembered = given.crs is None and profile.crs is not None
    return replace(given, **stated, crs_is_remembered=remembered or given.crs_is_remembered)


def mapping_for(profile: PartnerProfile, imported: Imported) -> FieldMapping:
    """Return what the columns of the next file mean, as it was decided for the last one.

    A column that is gone is left out. A new one is used only for what nothing was used for, as in a first
    file: a stand-off or an uncertainty that a partner begins to state must not be lost. `layout_doubts` says
    both. Words for categories that are new are matched with the code list.
    """
    there = set(imported.columns)
    mapping = profile.mapping
    begun = _begun(profile, imported)
    chosen = {
        t: getattr(mapping, t) if getattr(mapping, t) in there else begun.pop(t, None) for t in _TARGETS
    }
    fields = {name: column for name, column in mapping.fields.items() if column in there} | begun
    categories = dict(mapping.categories)
    if chosen["category"] is not None:
        codes = spec_of(profile.kind).categories
        for word in dict.fromkeys(text_of(v) for v in imported.columns[chosen["category"]].tolist()):
            code = match_code(word, codes) if word and word not in categories else None
            if code is not None:
                categories[word] = code
    return FieldMapping(**chosen, fields=fields, constants=mapping.constants, categories=categories)


def _begun(profile: PartnerProfile, imported: Imported) -> dict[str, str]:
    """Return, by target, the columns that the last file did not have and that hold what nothing held then.

    Never an id: what is known of features hangs on it, so a person decides.
    """
    known = set(profile.columns)
    if known.issuperset(imported.columns):
        return {}
    taken = {*_by_target(profile.mapping), *profile.mapping.constants, "source_id"}
    guess = _by_target(guess_mapping(imported, spec_of(profile.kind)))
    return {t: column for t, column in guess.items() if column not in known and t not in taken}


def layout_doubts(profile: PartnerProfile, imported: Imported) -> tuple[Problem, ...]:
    """Say which columns are missing or new since the last file, and what could take a missing one's place."""
    there = set(imported.columns)
    gone = [name for name in profile.columns if name not in there]
    new = [name for name in imported.columns if name not in set(profile.columns)]
    problems = []
    guess = _by_target(guess_mapping(imported, spec_of(profile.kind)))
    used = {column: target for target, column in _by_target(profile.mapping).items()}
    for name in gone:
        target = used.get(name)
        instead = guess.get(target, "") if target else ""
        what = f"The column “{name}” of the last delivery is missing."
        if target:
            what += f" It held the {_spoken(target)}, which is now empty."
        proposal = f"Perhaps “{instead}” takes its place; choose it." if instead in new else ""
        problems.append(Problem(None, Action.DOUBT, "changed_layout", what, proposal or "Ask the partner."))
    begun = _begun(profile, imported)
    for target, name in begun.items():
        what = f"The column “{name}” was not in the last delivery. It is read as the {_spoken(target)}."
        problems.append(Problem(None, Action.DOUBT, "changed_layout", what, "Look whether it is that."))
    left = [name for name in new if name not in begun.values()]
    if left:
        what = f"{_listed(left)} {'was' if len(left) == 1 else 'were'} not in the last delivery."
        problems.append(
            Problem(None, Action.DOUBT, "changed_layout", what, "They are kept; choose what they mean.")
        )
    return tuple(problems)


def _by_target(mapping: FieldMapping) -> dict[str, str]:
    chosen = {t: getattr(mapping, t) for t in _TARGETS}
    return {t: column for t, column in {**mapping.fields, **chosen}.items() if column}


def _spoken(target: str) -> str:
    words = {"source_id": "id", "valid_from": "start", "valid_to": "end"}
    return words.get(target, target.removesuffix("_m").replace("_", " "))


def _listed(names: Iterable[str]) -> str:
    quoted = [f"“{name}”" for name in names]
    more = f" and {len(quoted) - 5} more columns" if len(quoted) > 5 else ""
    return ("The columns " if len(quoted) > 1 else "The column ") + ", ".join(quoted[:5]) + more


def remember(
    workspace: Workspace,
    imported: Imported,
    kind: Kind,
    mapping: FieldMapping,
    *,
    partner: str,
    layer_id: str,
    options: ReadOptions = DEFAULT_OPTIONS,
) -> Workspace:
    """Keep what was decided about a file, in the place of what was known of that partner, kind and layer.

    Without a partner's name, or without a layer, nothing is kept.
    """
    layer = next((layer for layer in workspace.layers if layer.id == layer_id), None)
    if not partner.strip() or layer is None:
        return workspace
    profile = PartnerProfile(
        partner=partner,
        kind=kind,
        format=imported.format,
        layer_name=layer.name,
        mapping=mapping,
        crs=options.crs,
        encoding=options.encoding,
        sheet=options.layer,
        header_row=options.header_row,
        x_field=options.x_field,
        y_field=options.y_field,
        columns=tuple(imported.columns),
        last_layer=layer_id,
    )
    same = [p for p in workspace.partners if _is_same(p, profile)]
    others = tuple(p for p in workspace.partners if p not in same)
    return replace(workspace, partners=(*others, profile))


def _is_same(old: PartnerProfile, new: PartnerProfile) -> bool:
    return (
        _plain(old.partner) == _plain(new.partner)
        and old.kind is new.kind
        and (old.last_layer == new.last_layer or old.layer_name == new.layer_name)
    )
