"""From a read partner file to a layer of the workspace, with a report of every row."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import PurePath
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from layers.doubted import Subjects
from layers.doubts import doubts_of
from layers.errors import LayersError
from layers.guessing import guess_kind, guess_mapping
from layers.import_columns import ColumnDraft
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
    stable_id,
    stable_ids,
    text_column,
)
from layers.reading import Action, Imported, Problem

__all__ = ["FieldMapping", "ImportReport", "add_to_workspace", "guess_kind", "guess_mapping"]

_BASE_TARGETS = ("source_id", "name", "category", "valid_from", "valid_to", "label", "uncertainty_m")


@dataclass(frozen=True)
class ImportReport:
    """What became of every row of a partner file; `rows = imported + len(skipped)` always."""

    file: str
    sha256: str
    kind: Kind
    layer: str
    crs: str
    crs_how: str
    encoding: str
    encoding_how: str
    rows: int
    imported: int
    problems: tuple[Problem, ...]
    layer_id: str = field(default="")
    """Id of the new layer; "" when no row could be imported."""

    def of(self, action: Action) -> tuple[Problem, ...]:
        """Return the problems of one sort, in order of rows."""
        found = [p for p in self.problems if p.action is action]
        return tuple(sorted(found, key=lambda p: p.row or 0))

    def to_json(self) -> dict[str, Any]:
        """Return the report as `import --json` writes it (DESIGN, section 8)."""
        return {
            "file": self.file,
            "sha256": self.sha256,
            "kind": self.kind.value,
            "layer": self.layer,
            "crs": {"code": self.crs, "how": self.crs_how},
            "encoding": {"name": self.encoding, "how": self.encoding_how},
            "rows": self.rows,
            "imported": self.imported,
            "repaired": [{"row": p.row, "what": p.what} for p in self.of(Action.REPAIRED)],
            "skipped": [{"row": p.row, "why": p.what} for p in self.of(Action.SKIPPED)],
            "doubts": [
                {"row": p.row, "code": p.code, "what": p.what, "proposal": p.proposal}
                for p in self.of(Action.DOUBT)
            ],
        }

    def summary(self) -> str:
        """Return one sentence: how many of how many rows, and what to look at."""
        sentence = f"{self.file}: {self.imported:,} of {self.rows:,} rows imported"
        notes = []
        for action, word in ((Action.REPAIRED, "repaired"), (Action.SKIPPED, "skipped")):
            count = len(self.of(action))
            if count:
                notes.append(f"{count:,} {word}")
        doubts = len(self.of(Action.DOUBT))
        if doubts:
            notes.append(f"{doubts:,} doubt{'s' if doubts > 1 else ''} to look at")
        first = next(iter(self.of(Action.SKIPPED)), None)
        why = f" First skipped: row {first.row}, {first.what}" if first else ""
        return f"{sentence}{', ' + ', '.join(notes) if notes else ''}.{why}"


def add_to_workspace(
    workspace: Workspace,
    imported: Imported,
    kind: Kind,
    mapping: FieldMapping,
    *,
    layer_name: str | None = "",
    partner: str | None = "",
    now: datetime,
) -> tuple[Workspace, ImportReport]:
    """Make a layer of `kind` from the rows that have a place; nothing is applied that was only proposed.

    All partner columns are kept verbatim as attributes. Without any usable row only the source and its report
    are added.

    Parameters
    ----------
    now : datetime
        Aware time of the import.

    Raises
    ------
    LayersError
        When `mapping` names a column or field that does not exist.
    """
    spec = spec_of(kind)
    _check_mapping(mapping, imported, spec)
    name = _free_name(layer_name or imported.layer or PurePath(imported.file).stem, workspace)
    draft = ColumnDraft(imported, spec, mapping)
    geometry = draft.fitted()
    draft.keep(geometry)
    zone = _zone(workspace)
    source_key = stable_id("source", imported.sha256, imported.layer, name, len(workspace.sources))
    source_ids = draft.texts("source_id")
    table = FeatureTable(
        id=_ids(workspace, draft, source_ids, kind, partner or name, name),
        source_id=source_ids,
        geometry=draft.geometry,
        name=draft.texts("name"),
        category=draft.codes("category", spec.categories),
        label=draft.texts("label"),
        **draft.windows(zone, now),
        uncertainty_m=draft.uncertainty(),
        source=text_column([source_key] * draft.count),
        source_row=draft.row,
        fields={item.name: draft.field(item) for item in spec.fields},
        attributes={n: column[draft.rows] for n, column in imported.columns.items()},
    )
    draft.problems += doubts_of(Subjects(workspace, kind, table, mapping), draft.problems)
    layer_id = _free_id(workspace, "layer", kind, name, imported.sha256) if draft.count else ""
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
    )
    source = _source(source_key, report, imported, partner or "", now)
    added = replace(workspace, sources=(*workspace.sources, source))
    return (added.with_layer(Layer(layer_id, kind, name, table)) if draft.count else added), report


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


def _ids(
    workspace: Workspace, draft: ColumnDraft, source_ids: Objects, kind: Kind, owner: str, layer: str
) -> Objects:
    """Return ids that are the same for the same delivery, and unique in the workspace.

    A partner id makes the id; one that comes twice is kept apart by its occurrence, and doubted.
    """
    taken = {feature_id for old in workspace.layers for feature_id in old.table.rows_by_id}
    imported = draft.imported
    plain = _plain_ids(draft, source_ids, kind, owner)
    if plain is not None and taken.isdisjoint(plain):
        return text_column(plain)
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
    return text_column(result)


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
