"""The machine-readable result of a check (DESIGN section 8, `check --json`)."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from json.encoder import encode_basestring
from typing import Any

import shapely

from layers.checks import Report
from layers.decisions import Comparison
from layers.findings import Coverage, Finding, FindingState, SideCoverage
from layers.left_out import told
from layers.model import Workspace


def check_json(workspace: Workspace, report: Report, comparison: Comparison, file: str) -> Iterator[str]:
    """Write the result of a run as JSON, in pieces: of a million sites it has gigabytes.

    What does not apply is null.

    Parameters
    ----------
    workspace : Workspace
        After the run was taken in: its findings are read from there, one after the other.
    file : str
        Name of the workspace file.
    """
    run = told(workspace, report.run)
    about = {
        "id": run.id,
        "at": iso(run.at),
        "as_of": iso(run.as_of),
        "until": iso(report.until),
        "workspace": file,
        "engine": run.engine,
    }
    there = (r for r in workspace.findings if r.state is FindingState.OPEN and r.last_run == run.id)
    findings = (finding_json(record.finding, record.change.value, report.as_of) for record in there)
    untested = ({"key": key, "reason": reason} for key, reason in comparison.not_retested)
    yield '{\n "run": ' + _text(about, 1)
    yield ',\n "coverage": '
    yield from _list(map(coverage_json, run.coverage), 1)
    yield ',\n "findings": '
    yield from _list(findings, 1)
    yield ',\n "since_last": {'
    for name in ("new", "persistent", "resolved"):
        yield f'\n  "{name}": '
        yield from _list(getattr(comparison, name), 2)
        yield ","
    yield '\n  "not_retested": '
    yield from _list(untested, 2)
    yield "\n }\n}"


def _list(values: Iterable[Any], depth: int) -> Iterator[str]:
    """Write a list that stands so deep, value by value."""
    line = "\n" + " " * (depth + 1)
    before = "["
    for value in values:
        yield before + line + _text(value, depth + 1)
        before = ","
    yield "[]" if before == "[" else "\n" + " " * depth + "]"


def _text(value: Any, depth: int) -> str:
    """Write plain values as `json.dumps` with `ensure_ascii=False, indent=1`, in less time."""
    if isinstance(value, str):
        return encode_basestring(value)
    if not value or not isinstance(value, (dict, list)):
        return json.dumps(value)
    line = "\n" + " " * (depth + 1)
    if isinstance(value, list):
        parts = [_text(item, depth + 1) for item in value]
        return "[" + line + f",{line}".join(parts) + "\n" + " " * depth + "]"
    parts = [f"{encode_basestring(name)}: {_text(item, depth + 1)}" for name, item in value.items()]
    return "{" + line + f",{line}".join(parts) + "\n" + " " * depth + "}"


def iso(moment: datetime | None) -> str | None:
    """Write an aware time as RFC 3339 in UTC; None stays None."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def coverage_json(coverage: Coverage) -> dict[str, Any]:
    """Return the coverage of one rule as plain values."""
    return {
        "rule": coverage.rule,
        "state": coverage.state.value,
        "a": _side(coverage.a),
        "b": None if coverage.b is None else _side(coverage.b),
        "pairs_examined": coverage.pairs_examined,
        "clear": coverage.clear,
        "unknown": coverage.unknown,
        "notes": list(coverage.notes),
        "parameters": dict(coverage.parameters),
    }


def _side(side: SideCoverage) -> dict[str, Any]:
    return {"kinds": list(side.kinds), "count": side.count, "skipped": dict(side.skipped)}


def finding_json(finding: Finding, change: str, as_of: datetime) -> dict[str, Any]:
    """Return one finding as plain values; `as_of` is the time looked from."""
    return {
        "key": finding.key,
        "rule": finding.rule,
        "severity": finding.severity.word,
        "verdict": finding.verdict.value,
        "change": change,
        "subjects": [
            {
                "kind": subject.kind,
                "id": subject.id,
                "source_id": subject.source_id or None,
                "name": subject.name,
                "layer": subject.layer,
            }
            for subject in finding.subjects
        ],
        "distance_m": finding.distance_m,
        "required_m": finding.required_m,
        "overlap_m2": finding.overlap_m2,
        "overlap_m": finding.overlap_m,
        "when": finding.window.outcome(as_of),
        "window": {"from": iso(finding.window.start), "to": iso(finding.window.end)},
        "where": None if finding.where is None else json.loads(shapely.to_geojson(finding.where)),
        "sentence": finding.sentence,
    }
