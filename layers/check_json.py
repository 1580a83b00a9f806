"""The machine-readable result of a check (DESIGN section 8, `check --json`)."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import shapely

from layers.checks import Report
from layers.decisions import Comparison
from layers.findings import Coverage, Finding, FindingState, SideCoverage
from layers.left_out import told
from layers.model import Workspace

_encode = json.JSONEncoder(ensure_ascii=False).encode


def check_json(workspace: Workspace, report: Report, comparison: Comparison, file: str) -> Iterator[str]:
    """Write the result of a run as JSON, in pieces: of a million sites it has gigabytes.

    Each rule's coverage and each finding is a line of its own. What does not apply is null.

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
    findings = (finding_text(record.finding, record.change.value, report.as_of) for record in there)
    untested = ({"key": key, "reason": reason} for key, reason in comparison.not_retested)
    yield f'{{\n"run": {_encode(about)},\n"coverage": '
    yield from _list(_encode(coverage_json(coverage)) for coverage in run.coverage)
    yield ',\n"findings": '
    yield from _list(findings)
    yield ',\n"since_last": {'
    for name in ("new", "persistent", "resolved"):
        yield f'\n"{name}": '
        yield from _list(map(_encode, getattr(comparison, name)))
        yield ","
    yield '\n"not_retested": '
    yield from _list(map(_encode, untested))
    yield "\n}\n}"


def _list(texts: Iterable[str]) -> Iterator[str]:
    """Write a list of what is JSON already, a line each."""
    before = "["
    for text in texts:
        yield f"{before}\n{text}"
        before = ","
    yield "[]" if before == "[" else "\n]"


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
    values: dict[str, Any] = json.loads(finding_text(finding, change, as_of))
    return values


def finding_text(finding: Finding, change: str, as_of: datetime) -> str:
    """Write one finding as JSON; `as_of` is the time looked from."""
    facts = {
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
    }
    where = "null" if finding.where is None else shapely.to_geojson(finding.where)
    return f'{_encode(facts)[:-1]}, "where": {where}, "sentence": {_encode(finding.sentence)}}}'
