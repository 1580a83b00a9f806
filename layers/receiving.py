"""A partner's file from any side: a first one makes a layer, the next ones bring it up to date.

The desktop and the command line both come through here.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from layers import partners
from layers.conversion import text_of
from layers.deliveries import DEFAULT_CHOICES, Choices, Removal
from layers.fixes import last_source
from layers.import_report import ImportReport
from layers.importing import add_to_workspace
from layers.model import FieldMapping, Kind, Layer, PartnerProfile, Source, Workspace
from layers.reading import DEFAULT_OPTIONS, Imported, ReadOptions

_SHARED_IDS = 0.5
_TARGETS = ("source_id", "name", "category", "valid_from", "valid_to")
_NOTHING = {
    "same_file": True, "unchanged": 0, "added": [], "removed": [], "moved": [], "renamed": [], "changed": [],
}  # fmt: skip


@dataclass(frozen=True)
class Known:
    """The layer that a file belongs to: the one that the partner's last delivery filled."""

    layer: Layer
    profile: PartnerProfile | None
    same_file: Source | None
    """The source of the layer if it was this very file."""


def known_layer(
    workspace: Workspace,
    imported: Imported,
    kind: Kind,
    mapping: FieldMapping,
    *,
    partner: str = "",
    layer_name: str = "",
) -> Known | None:
    """Return the layer that a file brings up to date, or None where it makes a new one.

    It is of the same kind and partner and was filled by the very same file, or shares at least half of the
    ids. Where `layer_name` is given, it must have that name.
    """
    candidates = [
        layer
        for layer in reversed(workspace.of_kind(kind))
        if (not layer_name or layer.name == layer_name) and _is_of(workspace, layer, partner)
    ]
    profiles = {p.last_layer: p for p in partners.of_partner(workspace, partner, kind)}
    for layer in candidates:
        source = last_source(workspace, layer)
        if source is not None and source.sha256 == imported.sha256 and _same_part(layer, imported):
            return Known(layer, profiles.get(layer.id), source)
    shares = [(_shared_ids(layer, imported, mapping), -n) for n, layer in enumerate(candidates)]
    if not shares or max(shares)[0] < _SHARED_IDS:
        return None
    layer = candidates[-max(shares)[1]]
    return Known(layer, profiles.get(layer.id), None)


def _is_of(workspace: Workspace, layer: Layer, partner: str) -> bool:
    source = last_source(workspace, layer)
    return source is not None and " ".join(source.partner.casefold().split()) == " ".join(
        partner.casefold().split()
    )


def _same_part(layer: Layer, imported: Imported) -> bool:
    """Tell whether the layer has the columns of this part of the file: another sheet is another delivery."""
    return set(imported.columns) <= set(layer.table.attributes)


def _shared_ids(layer: Layer, imported: Imported, mapping: FieldMapping) -> float:
    """Return the share of ids that a layer and a file have in common, of the smaller number."""
    if mapping.source_id is None:
        return 0.0
    theirs = {str(v).strip() for v in imported.columns[mapping.source_id].tolist() if v is not None}
    mine = {v for v in layer.table.source_id.tolist() if v}
    least = min(len(mine), len(theirs))
    return len(mine & theirs) / least if least else 0.0


def receive(
    workspace: Workspace,
    imported: Imported,
    kind: Kind,
    mapping: FieldMapping,
    *,
    partner: str = "",
    layer_name: str = "",
    options: ReadOptions = DEFAULT_OPTIONS,
    choices: Choices = DEFAULT_CHOICES,
    read_as: PartnerProfile | None = None,
    now: datetime,
) -> tuple[Workspace, ImportReport]:
    """Take a file in: update the layer it belongs to or make one, and remember how it was read.

    The very same file, read in the same way as before, changes nothing but what was left open then and is
    decided now: big moves and missing features. A layer with the name that was asked for, but of other
    features, is left alone: the new one gets a number. Columns other than those of the layer's last file, or
    of the file that a new layer's was read like (`read_as`), are doubted.

    Raises
    ------
    LayersError
        As `importing.add_to_workspace`.
    """
    known = known_layer(workspace, imported, kind, mapping, partner=partner, layer_name=layer_name)
    update = known.layer.id if known else ""
    same_reading = known is not None and _same_reading(known, mapping)
    placed_by = _placed_by(workspace, known, imported, options) if known is not None else ()
    is_same = known is not None and known.same_file is not None and same_reading and placed_by is None
    result, report = add_to_workspace(
        workspace,
        imported,
        kind,
        mapping,
        layer_name=layer_name,
        partner=partner,
        now=now,
        update=update,
        choices=choices,
        same_reading=same_reading,
        placed_by=placed_by if same_reading else (),
    )
    profile = read_as if known is None else known.profile
    if profile is not None:
        report = replace(report, problems=(*report.problems, *partners.layout_doubts(profile, imported)))
    if known is not None and is_same and report.delivery is not None:
        left = {key: report.delivery[key] for key in ("moved", "removed")}
        decided = any(move["accepted"] for move in left["moved"]) or any(
            feature["action"] != Removal.KEEP for feature in left["removed"]
        )
        if not decided:
            same = len(known.layer.table) - len(left["moved"]) - len(left["removed"])
            return workspace, replace(report, delivery={**_NOTHING, **left, "unchanged": same})
    return (
        partners.remember(
            result,
            imported,
            kind,
            mapping,
            partner=partner,
            layer_id=report.layer_id,
            options=options,
        ),
        report,
    )


def _same_reading(known: Known, mapping: FieldMapping) -> bool:
    """Tell whether columns mean what they meant for the last file."""
    if known.profile is None:
        return _would_fill_alike(known.layer, mapping)
    old = known.profile.mapping
    if any(getattr(old, name) != getattr(mapping, name) for name in _TARGETS):
        return False
    words = {word: code for word, code in mapping.categories.items() if word in old.categories}
    same_words = all(old.categories[word] == code for word, code in words.items())
    same_fields = dict(old.fields) == dict(mapping.fields)
    return same_words and same_fields and dict(old.constants) == dict(mapping.constants)


def _would_fill_alike(layer: Layer, mapping: FieldMapping) -> bool:
    """Tell for a layer without a profile whether most of its ids and names came from the same columns."""
    for target in ("source_id", "name"):
        constant = mapping.constants.get(target)
        column = layer.table.attributes.get(getattr(mapping, target) or "")
        mine = getattr(layer.table, target).tolist()
        said = column.tolist() if column is not None else [None] * len(mine)
        same = sum(a == (constant or text_of(b)) for a, b in zip(mine, said, strict=True))
        if same * 2 < len(mine):
            return False
    return True


def _placed_by(
    workspace: Workspace, known: Known, imported: Imported, options: ReadOptions
) -> tuple[str, ...] | None:
    """Return the columns whose text says where a row lies, if they are read as for the last file.

    None for the very same file, read with the same coordinates and characters: all of it is as it was. Empty
    where nobody can tell.
    """
    source, profile = last_source(workspace, known.layer), known.profile
    axes = (options.x_field, options.y_field)
    if profile is not None and (profile.x_field, profile.y_field) != axes:
        return ()
    if known.same_file is not None:
        said = (known.same_file.crs, known.same_file.encoding)
        if said == (imported.crs.value, imported.encoding.value):
            return None
    if profile is None or source is None or source.crs != imported.crs.value or imported.x_field is None:
        return ()
    return (imported.x_field,) if imported.y_field is None else (imported.x_field, imported.y_field)
