"""From a read partner file to a layer of the workspace, with a report of every row."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import PurePath
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from layers import collector
from layers.deliveries import DEFAULT_CHOICES, Choices, apply, compare, resulting, with_ids
from layers.delivery_words import delivery_doubts, delivery_json
from layers.doubted import Subjects
from layers.doubts import doubts_of
from layers.doubts_time import DATE_CODES
from layers.errors import LayersError
from layers.guessing import guess_kind, guess_mapping, in_other_units, repeated_id
from layers.import_columns import ColumnDraft
from layers.import_report import ImportReport
from layers.kinds import spec_of
from layers.model import (
    FeatureTable,
    FieldMapping,
    Kind,
    KindSpec,
    Layer,
    Objects,
    Source,
    Workspace,
    object_column,
    stable_id,
    stable_ids,
)
from layers.reading import Action, Imported, Problem

__all__ = ["FieldMapping", "ImportReport", "add_to_workspace", "guess_kind", "guess_mapping"]

_BASE_TARGETS = ("source_id", "name", "category", "valid_from", "valid_to", "label", "uncertainty_m")


@collector.paused()
def add_to_workspace(
    workspace: Workspace,
    imported: Imported,
    kind: Kind,
    mapping: FieldMapping,
    *,
    layer_name: str | None = "",
    partner: str | None = "",
    now: datetime,
    update: str = "",
    choices: Choices = DEFAULT_CHOICES,
    same_reading: bool = True,
    placed_by: Sequence[str] | None = (),
) -> tuple[Workspace, ImportReport]:
    """Make a layer of `kind` from the rows that have a place, or bring one up to date with them.

    Nothing is applied that was only proposed. All partner columns are kept verbatim as attributes. Without
    any usable row only the source and its report are added.

    Parameters
    ----------
    now : datetime
        Aware time of the import.
    update : str
        Id of the layer of the partner's last delivery; "" makes a new layer.
    choices : Choices
        With `update`: what becomes of missing features, and the reasons of big moves.
    same_reading, placed_by
        With `update`: whether the columns mean what they meant for the last delivery, and which of them say
        where a row lies (`deliveries.compare`).

    Raises
    ------
    LayersError
        When `mapping` names a column or field that does not exist, or the layer to update is gone or locked.
    """
    spec = spec_of(kind)
    _check_mapping(mapping, imported, spec)
    target = _target(workspace, update, kind)
    name = target.name if target else _free_name(_layer_name(layer_name, imported), workspace)
    draft = ColumnDraft(imported, spec, mapping)
    draft.keep(draft.fitted())
    draft.problems += _without_ids(imported, mapping) + _in_other_units(imported, spec, mapping)
    source_key = stable_id("source", imported.sha256, imported.layer, name, len(workspace.sources))
    table = _table(workspace, draft, source_key, partner or name, now)
    delivery = None
    if target is not None:
        delivery = compare(workspace, update, table, same_reading=same_reading, placed_by=placed_by)
        delivery = with_ids(delivery, target.table)
        table = resulting(delivery, target.table, choices)
        draft.problems = _still_true(draft.problems, delivery.table, table)
    others = workspace.without_layer(update) if update else workspace
    draft.problems += doubts_of(Subjects(others, kind, table, mapping), draft.problems)
    if delivery is not None and target is not None:
        draft.problems += delivery_doubts(delivery, target.table, choices)
    layer_id = update or (_free_id(workspace, "layer", kind, name, imported.sha256) if draft.count else "")
    report = ImportReport(
        file=imported.file,
        sha256=imported.sha256,
        kind=kind,
        layer=name,
        crs=imported.crs.value,
        crs_how=imported.crs.how,
        encoding=imported.encoding.value,
        encoding_how=imported.encoding.how,
        rows=imported.rows,
        imported=draft.count,
        problems=tuple(draft.problems),
        layer_id=layer_id,
        delivery=delivery_json(delivery, target.table, choices) if delivery and target else None,
    )
    source = _source(source_key, report, imported, partner or "", now)
    added = replace(workspace, sources=(*workspace.sources, source))
    if delivery is not None:
        return apply(added, update, delivery, replace(choices, now=choices.now or now)), report
    return (added.with_layer(Layer(layer_id, kind, name, table)) if draft.count else added), report


def _still_true(problems: list[Problem], said: FeatureTable, held: FeatureTable) -> list[Problem]:
    """Leave out doubts about dates that an officer has put right since the last delivery."""
    same = [
        (getattr(said, name) == getattr(held, name))
        | (np.isnat(getattr(said, name)) & np.isnat(getattr(held, name)))
        for name in ("valid_from", "valid_to")
    ]
    settled = set(said.source_row[~(same[0] & same[1])].tolist())
    return [p for p in problems if p.code not in DATE_CODES or p.row not in settled]


def _without_ids(imported: Imported, mapping: FieldMapping) -> list[Problem]:
    """Say why no column is taken for the partner's ids where one is named so."""
    repeated = None if mapping.source_id or mapping.constants.get("source_id") else repeated_id(imported)
    if repeated is None:
        return []
    name, value = repeated
    what = f"“{name}” is not used as the partner's id: values come again in it, such as “{value[:40]}”."
    proposal = "Ask the partner which row is right, or choose the column all the same."
    return [Problem(None, Action.DOUBT, "duplicate_id", what, proposal)]


def _in_other_units(imported: Imported, spec: KindSpec, mapping: FieldMapping) -> list[Problem]:
    """Say which columns are left alone because their unit is not that of the field they are named like."""
    return [
        Problem(
            None,
            Action.DOUBT,
            "other_unit",
            f"“{column}” is not read as {label}, which is in {unit}.",
            f"Ask the partner for {unit}, or set it in the features' forms.",
        )
        for column, label, unit in in_other_units(imported, spec, mapping)
    ]


def _layer_name(given: str | None, imported: Imported) -> str:
    several = imported.layer if len(imported.layers) > 1 else ""  # a single one is often just “Sheet1”
    return given or several or PurePath(imported.file).stem


def _target(workspace: Workspace, update: str, kind: Kind) -> Layer | None:
    """Return the layer to bring up to date, which must be of the same kind."""
    if not update:
        return None
    layer = next((layer for layer in workspace.layers if layer.id == update), None)
    if layer is None or layer.kind is not kind:
        raise LayersError(
            "The layer of the last delivery is no longer there, or is of another kind.",
            "Import the file as a new layer.",
        )
    if layer.locked:
        raise LayersError("The layer is locked.", "Unlock it first.", layer.name)
    return layer


def _table(
    workspace: Workspace, draft: ColumnDraft, source_key: str, owner: str, now: datetime
) -> FeatureTable:
    spec, imported = draft.spec, draft.imported
    source_ids = draft.texts("source_id")
    return FeatureTable(
        id=_ids(workspace, draft, source_ids, spec.kind, owner),
        source_id=source_ids,
        geometry=draft.geometry,
        name=draft.texts("name"),
        category=draft.codes("category", spec.categories),
        label=draft.texts("label"),
        **draft.windows(_zone(workspace), now),
        uncertainty_m=draft.uncertainty(),
        source=np.full(draft.count, source_key, dtype=object),
        source_row=draft.row,
        fields={item.name: draft.field(item) for item in spec.fields},
        attributes={name: draft.kept(column) for name, column in imported.columns.items()},
    )


def _source(key: str, report: ImportReport, imported: Imported, partner: str, now: datetime) -> Source:
    return Source(
        id=key,
        file=imported.file,
        sha256=imported.sha256,
        partner=partner,
        imported_at=now,
        format=imported.format,
        crs=report.crs,
        crs_how=report.crs_how,
        encoding=report.encoding,
        encoding_how=report.encoding_how,
        rows=report.rows,
        imported=report.imported,
        report=report.to_json(),
    )


def _check_mapping(mapping: FieldMapping, imported: Imported, spec: KindSpec) -> None:
    columns = [mapping.source_id, mapping.name, mapping.category, mapping.valid_from, mapping.valid_to]
    for column in (*columns, *mapping.fields.values()):
        if column is not None and column not in imported.columns:
            raise LayersError(
                f"There is no column “{column}”.",
                f"The columns are: {', '.join(imported.columns)}.",
                imported.file,
            )
    known = {*_BASE_TARGETS, *(item.name for item in spec.fields)}
    for target in (*mapping.fields, *mapping.constants):
        if target not in known:
            raise LayersError(
                f"{spec.title_plural} have no field “{target}”.", f"There are: {', '.join(sorted(known))}."
            )


def _zone(workspace: Workspace) -> ZoneInfo:
    try:
        return ZoneInfo(workspace.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise LayersError(f"The workspace's time zone “{workspace.time_zone}” is not known here.") from error


def _free_name(name: str, workspace: Workspace) -> str:
    taken = {layer.name for layer in workspace.layers}
    unique, number = name, 2
    while unique in taken:
        unique, number = f"{name} ({number})", number + 1
    return unique


def _free_id(workspace: Workspace, *parts: object) -> str:
    taken = {layer.id for layer in workspace.layers}
    number = 0
    while (candidate := stable_id(*parts, number)) in taken:
        number += 1
    return candidate


def _ids(workspace: Workspace, draft: ColumnDraft, source_ids: Objects, kind: Kind, owner: str) -> Objects:
    """Return ids that are the same for the same delivery, and unique in the workspace.

    A partner id makes the id; one that comes twice is kept apart by its occurrence, and doubted.
    """
    taken = {feature_id for old in workspace.layers for feature_id in old.table.rows_by_id}
    imported = draft.imported
    plain = _plain_ids(draft, source_ids, kind, owner)
    if plain is not None and (not taken or taken.isdisjoint(plain)):  # looks at each, whatever is taken
        return object_column(plain)
    seen: Counter[str] = Counter()
    first: dict[str, int] = {}
    result = []
    for i, (source_id, row) in enumerate(zip(source_ids.tolist(), draft.row.tolist(), strict=True)):
        parts: tuple[object, ...]
        if source_id:
            parts = (kind, owner, source_id)
            if source_id in first:
                what = (
                    f"The id “{source_id}” was given to row {first[source_id]} already; both were imported."
                )
                draft.problem(i, Action.DOUBT, "duplicate_id", what, "Ask the partner which one holds.")
            first.setdefault(source_id, row)
        else:
            parts = (imported.sha256, imported.layer, row)
        occurrence = seen[source_id] if source_id else 0
        while (candidate := stable_id(*parts, occurrence)) in taken:
            occurrence += 1
        seen[source_id] = occurrence + 1
        taken.add(candidate)
        result.append(candidate)
    return object_column(result)


def _plain_ids(draft: ColumnDraft, source_ids: Objects, kind: Kind, owner: str) -> list[str] | None:
    """Return the ids of a file in good order, where every row has a partner id of its own or none has one.

    None where it is not so, and rows have to be told apart one by one.
    """
    given = source_ids.tolist()
    distinct = set(given)
    prefix: tuple[object, ...]
    if distinct == {""}:
        prefix, varying = (draft.imported.sha256, draft.imported.layer), draft.row.tolist()
    elif len(distinct) == len(given) and "" not in distinct:
        prefix, varying = (kind, owner), given
    else:
        return None
    made = stable_ids(prefix, varying, (0,))
    return made if len(set(made)) == len(made) else None
