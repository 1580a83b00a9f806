"""How everything but features is written in a workspace file: one row a record, in plain columns.

What is one value is a column of its own, so that another program can read it; what is a list or a
mapping is JSON text. Every `decode` undoes its `encode` exactly.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from layers.errors import WorkspaceError
from layers.findings import (
    Change,
    Coverage,
    CoverageState,
    Decision,
    DecisionType,
    Finding,
    FindingRecord,
    FindingState,
    RunRecord,
    Severity,
    SideCoverage,
    Subject,
    Verdict,
)
from layers.geopackage import from_blobs, to_blobs
from layers.model import (
    Confirmation,
    FieldMapping,
    Kind,
    PartnerProfile,
    ReleaseRecord,
    RulebookVersion,
    RuleSettings,
    Source,
)
from layers.volume import Window

Row = tuple[Any, ...]
_PIECE = 5_000


@dataclass(frozen=True)
class RecordTable:
    """A table of records in their order: `fid` is the place in the list, from 1."""

    name: str
    title: str
    columns: tuple[tuple[str, str], ...]
    encode: Callable[[Any], Row]
    decode: Callable[[Row], Any]
    encode_all: Callable[[Sequence[Any]], list[Row]] | None = None
    """Encodes many records at once, where that costs less than one by one."""
    decode_all: Callable[[Sequence[Row]], list[Any]] | None = None
    """Decodes many at once, where that costs less."""

    def rows(self, records: Sequence[Any]) -> list[Row]:
        """Return the cells of records, without `fid`."""
        return self.encode_all(records) if self.encode_all else [self.encode(record) for record in records]

    def records(self, rows: Sequence[Row]) -> list[Any]:
        """Return the records that cells, without `fid`, stand for.

        Raises ValueError, TypeError, KeyError, IndexError or AttributeError where another program has broken
        a value.
        """
        return self.decode_all(rows) if self.decode_all else [self.decode(row) for row in rows]

    @property
    def insert(self) -> str:
        """The statement that writes one row: `fid`, then the encoded record."""
        names = ", ".join(f'"{name}"' for name, _ in self.columns)
        marks = ", ".join("?" * (len(self.columns) + 1))
        return f'INSERT OR REPLACE INTO "{self.name}" ("fid", {names}) VALUES ({marks})'  # noqa: S608

    @property
    def sql(self) -> str:
        """The statement that makes the table."""
        columns = ", ".join(f'"{name}" {kind}' for name, kind in self.columns)
        return f'CREATE TABLE "{self.name}" ("fid" INTEGER PRIMARY KEY NOT NULL, {columns})'


def time_text(moment: datetime) -> str:
    """Write an aware time as ISO text in UTC, e.g. `2017-02-01T12:00:00.000Z`."""
    plain = moment.astimezone(UTC).replace(tzinfo=None)
    return plain.isoformat(timespec="microseconds" if plain.microsecond % 1000 else "milliseconds") + "Z"


def time_of(text: str) -> datetime:
    """Read what `time_text` wrote; a time without a zone is UTC."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def optional_time_text(moment: datetime | None) -> str | None:
    """Write a time, or None."""
    return None if moment is None else time_text(moment)


def optional_time_of(text: str | None) -> datetime | None:
    """Read what `optional_time_text` wrote."""
    return None if text is None else time_of(text)


def json_text(value: Any) -> str:
    """Write plain values as JSON; numpy scalars become Python's, mappings may be of any class."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _report_text(report: Mapping[str, Any]) -> str:
    """Write a report as `json_text` does, its lists in pieces.

    There may be a doubt about each of 200,000 rows: written in one call, they keep the interpreter for 70 ms.
    """
    parts = []
    for name, value in report.items():
        text = (
            json_text(value) if not isinstance(value, list | tuple) else f"[{', '.join(_in_pieces(value))}]"
        )
        parts.append(f"{json_text(name)}: {text}")
    return "{" + ", ".join(parts) + "}"


def _in_pieces(values: Sequence[Any]) -> Iterator[str]:
    for start in range(0, len(values), _PIECE):
        yield json_text(values[start : start + _PIECE])[1:-1]


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return dict(value)
    raise WorkspaceError(
        f"A value of the type {type(value).__name__!r} cannot be stored.",
        "Nothing was changed.",
        "attributes",
    )


def _source_row(source: Source) -> Row:
    return (
        source.id,
        source.file,
        source.sha256,
        source.partner,
        time_text(source.imported_at),
        source.format,
        source.crs,
        source.crs_how,
        source.encoding,
        source.encoding_how,
        source.rows,
        source.imported,
        _report_text(source.report),
    )


def _source(row: Row) -> Source:
    values: Row = (*row[:4], time_of(row[4]), *row[5:12], json.loads(row[12]))
    return Source(*values)


SOURCES = RecordTable(
    "deconflict_sources",
    "Sources",
    (
        ("source_id", "TEXT NOT NULL"),
        ("file", "TEXT"),
        ("sha256", "TEXT"),
        ("partner", "TEXT"),
        ("imported_at", "DATETIME"),
        ("format", "TEXT"),
        ("crs", "TEXT"),
        ("crs_how", "TEXT"),
        ("encoding", "TEXT"),
        ("encoding_how", "TEXT"),
        ("rows", "INTEGER"),
        ("imported", "INTEGER"),
        ("report", "TEXT"),
    ),
    _source_row,
    _source,
)


def _rule_row(item: tuple[str, RuleSettings]) -> Row:
    rule, settings = item
    confirmations = {
        name: {"value": c.value, "by": c.by, "at": time_text(c.at)}
        for name, c in settings.confirmations.items()
    }
    return rule, int(settings.enabled), json_text(settings.parameters), json_text(confirmations)


def _rule(row: Row) -> tuple[str, RuleSettings]:
    confirmations = {
        name: Confirmation(c["value"], c["by"], time_of(c["at"])) for name, c in json.loads(row[3]).items()
    }
    return row[0], RuleSettings(bool(row[1]), json.loads(row[2]), confirmations)


RULES = RecordTable(
    "deconflict_rules",
    "Rule settings",
    (
        ("rule", "TEXT NOT NULL"),
        ("enabled", "BOOLEAN"),
        ("parameters", "TEXT"),
        ("confirmations", "TEXT"),
    ),
    _rule_row,
    _rule,
)


def _side_json(side: SideCoverage | None) -> Any:
    if side is None:
        return None
    return {"kinds": list(side.kinds), "count": side.count, "skipped": dict(side.skipped)}


def _side(value: Any) -> SideCoverage:
    return SideCoverage(tuple(value["kinds"]), value["count"], value["skipped"])


def _coverage_json(coverage: Coverage) -> dict[str, Any]:
    return {
        "rule": coverage.rule,
        "state": coverage.state.value,
        "a": _side_json(coverage.a),
        "b": _side_json(coverage.b),
        "pairs_examined": coverage.pairs_examined,
        "clear": coverage.clear,
        "unknown": coverage.unknown,
        "notes": list(coverage.notes),
        "parameters": dict(coverage.parameters),
    }


def _coverage(value: Any) -> Coverage:
    return Coverage(
        rule=value["rule"],
        state=CoverageState(value["state"]),
        a=_side(value["a"]),
        b=None if value["b"] is None else _side(value["b"]),
        pairs_examined=value["pairs_examined"],
        clear=value["clear"],
        unknown=value["unknown"],
        notes=tuple(value["notes"]),
        parameters=value["parameters"],
    )


def _run_row(run: RunRecord) -> Row:
    coverage = json_text([_coverage_json(c) for c in run.coverage])
    times = time_text(run.at), optional_time_text(run.as_of)
    counts = run.new, run.persistent, run.resolved, run.not_retested
    return run.id, *times, run.engine, coverage, *counts, run.inputs


def _run(row: Row) -> RunRecord:
    coverage = tuple(_coverage(value) for value in json.loads(row[4]))
    return RunRecord(row[0], time_of(row[1]), optional_time_of(row[2]), row[3], coverage, *row[5:])


RUNS = RecordTable(
    "deconflict_runs",
    "Check runs",
    (
        ("run_id", "TEXT NOT NULL"),
        ("at", "DATETIME"),
        ("as_of", "DATETIME"),
        ("engine", "TEXT"),
        ("coverage", "TEXT"),
        ("new", "INTEGER"),
        ("persistent", "INTEGER"),
        ("resolved", "INTEGER"),
        ("not_retested", "INTEGER"),
        ("inputs", "TEXT"),
    ),
    _run_row,
    _run,
)

_SUBJECT = ("kind", "id", "source_id", "name", "layer", "fingerprint")


def _finding_rows(records: Sequence[FindingRecord]) -> list[Row]:
    places = np.empty(len(records), dtype=object)
    places[:] = [record.finding.where for record in records]
    return [_finding_row(record, place) for record, place in zip(records, to_blobs(places), strict=True)]


def _finding_row(record: FindingRecord, place: bytearray | None) -> Row:
    finding = record.finding
    return (
        finding.key,
        finding.rule,
        finding.severity.word,
        finding.verdict.value,
        json_text([{name: getattr(s, name) for name in _SUBJECT} for s in finding.subjects]),
        finding.distance_m,
        finding.required_m,
        finding.overlap_m2,
        finding.overlap_m,
        optional_time_text(finding.window.start),
        optional_time_text(finding.window.end),
        place,
        finding.sentence,
        finding.action,
        record.state.value,
        record.change.value,
        record.first_run,
        record.last_run,
        record.reason,
    )


def _findings(rows: Sequence[Row]) -> list[FindingRecord]:
    return [
        _finding(row, place) for row, place in zip(rows, from_blobs([row[11] for row in rows]), strict=True)
    ]


def _finding(row: Row, place: Any) -> FindingRecord:
    finding = Finding(
        key=row[0],
        rule=row[1],
        severity=Severity[row[2].upper()],
        verdict=Verdict(row[3]),
        subjects=tuple(Subject(**{name: s[name] for name in _SUBJECT}) for s in json.loads(row[4])),
        distance_m=row[5],
        required_m=row[6],
        overlap_m2=row[7],
        overlap_m=row[8],
        window=Window(optional_time_of(row[9]), optional_time_of(row[10])),
        where=place,
        sentence=row[12],
        action=row[13],
    )
    return FindingRecord(finding, FindingState(row[14]), Change(row[15]), *row[16:])


FINDINGS = RecordTable(
    "deconflict_findings",
    "Findings",
    (
        ("finding_key", "TEXT NOT NULL"),
        ("rule", "TEXT"),
        ("severity", "TEXT"),
        ("verdict", "TEXT"),
        ("subjects", "TEXT"),
        ("distance_m", "DOUBLE"),
        ("required_m", "DOUBLE"),
        ("overlap_m2", "DOUBLE"),
        ("overlap_m", "DOUBLE"),
        ("valid_from", "DATETIME"),
        ("valid_to", "DATETIME"),
        ("place", "BLOB"),
        ("sentence", "TEXT"),
        ("action", "TEXT"),
        ("state", "TEXT"),
        ("change", "TEXT"),
        ("first_run", "TEXT"),
        ("last_run", "TEXT"),
        ("reason", "TEXT"),
    ),
    lambda record: _finding_rows([record])[0],
    lambda row: _findings([row])[0],
    _finding_rows,
    _findings,
)


def _decision_row(decision: Decision) -> Row:
    return (
        decision.finding,
        decision.type.value,
        decision.by,
        time_text(decision.at),
        decision.reason,
        optional_time_text(decision.expires),
        json_text(list(decision.fingerprints)),
        json_text(decision.parameters),
        decision.lapsed,
    )


def _decision(row: Row) -> Decision:
    return Decision(
        row[0],
        DecisionType(row[1]),
        row[2],
        time_of(row[3]),
        row[4],
        optional_time_of(row[5]),
        tuple(json.loads(row[6])),
        json.loads(row[7]),
        row[8],
    )


DECISIONS = RecordTable(
    "deconflict_decisions",
    "Decisions",
    (
        ("finding_key", "TEXT NOT NULL"),
        ("type", "TEXT"),
        ("by_name", "TEXT"),
        ("at", "DATETIME"),
        ("reason", "TEXT"),
        ("expires", "DATETIME"),
        ("fingerprints", "TEXT"),
        ("parameters", "TEXT"),
        ("lapsed", "TEXT"),
    ),
    _decision_row,
    _decision,
)


def _release_row(release: ReleaseRecord) -> Row:
    return (
        release.number,
        release.profile,
        time_text(release.at),
        release.by,
        release.supersedes,
        json_text(release.files),
        json_text(release.counts),
    )


def _release(row: Row) -> ReleaseRecord:
    return ReleaseRecord(
        row[0], row[1], time_of(row[2]), row[3], row[4], json.loads(row[5]), json.loads(row[6])
    )


RELEASES = RecordTable(
    "deconflict_releases",
    "Releases",
    (
        ("number", "TEXT NOT NULL"),
        ("profile", "TEXT"),
        ("at", "DATETIME"),
        ("by_name", "TEXT"),
        ("supersedes", "TEXT"),
        ("files", "TEXT"),
        ("counts", "TEXT"),
    ),
    _release_row,
    _release,
)

_MAPPED = ("source_id", "name", "category", "valid_from", "valid_to")
_MAPPINGS = ("fields", "constants", "categories")


def _partner_row(profile: PartnerProfile) -> Row:
    mapping = {name: getattr(profile.mapping, name) for name in _MAPPED}
    mapping |= {name: dict(getattr(profile.mapping, name)) for name in _MAPPINGS}
    return (
        profile.partner,
        profile.kind.value,
        profile.format,
        profile.layer_name,
        json_text(mapping),
        profile.crs,
        profile.encoding,
        profile.sheet,
        profile.header_row,
        profile.x_field,
        profile.y_field,
        json_text(list(profile.columns)),
        profile.last_layer,
    )


def _partner(row: Row) -> PartnerProfile:
    known = json.loads(row[4])
    mapping = FieldMapping(**{name: known[name] for name in (*_MAPPED, *_MAPPINGS)})
    columns = tuple(json.loads(row[11]))
    values: Row = (row[0], Kind(row[1]), *row[2:4], mapping, *row[5:11], columns, row[12])
    return PartnerProfile(*values)


PARTNERS = RecordTable(
    "deconflict_partners",
    "Partner profiles",
    (
        ("partner", "TEXT NOT NULL"),
        ("kind", "TEXT NOT NULL"),
        ("format", "TEXT"),
        ("layer_name", "TEXT"),
        ("mapping", "TEXT"),
        ("crs", "TEXT"),
        ("encoding", "TEXT"),
        ("sheet", "TEXT"),
        ("header_row", "INTEGER"),
        ("x_field", "TEXT"),
        ("y_field", "TEXT"),
        ("columns", "TEXT"),
        ("last_layer", "TEXT"),
    ),
    _partner_row,
    _partner,
)


def _version_row(version: RulebookVersion) -> Row:
    return version.number, time_text(version.at), version.by, version.note, version.text


def _version(row: Row) -> RulebookVersion:
    return RulebookVersion(row[0], time_of(row[1]), *row[2:])


RULEBOOK = RecordTable(
    "deconflict_rulebook",
    "Versions of the rules",
    (
        ("version", "INTEGER NOT NULL"),
        ("at", "DATETIME"),
        ("by_name", "TEXT"),
        ("note", "TEXT"),
        ("text", "TEXT"),
    ),
    _version_row,
    _version,
)

RECORD_TABLES = (SOURCES, RULES, RUNS, FINDINGS, DECISIONS, RELEASES, PARTNERS, RULEBOOK)
LATER_TABLES = frozenset({RULEBOOK.name})
"""Tables that a sound file may lack: it was made by a program that did not know them."""
