"""The machine-readable result of a check (DESIGN section 8, `check --json`)."""

import json
from datetime import datetime
from typing import Any

import shapely

from layers.checks import Report
from layers.decisions import Comparison
from layers.findings import Coverage, Finding, SideCoverage
from layers.model import Workspace


def check_json(workspace: Workspace, report: Report, comparison: Comparison, file: str) -> dict[str, Any]:
    """Return the result of a run as plain values; what does not apply is None.

    Parameters
    ----------
    workspace : Workspace
        After the run was taken in.
    file : str
        Name of the workspace file.
    """
    changes = {record.finding.key: record.change.value for record in workspace.findings}
    run = report.run
    return {
        "run": {
            "id": run.id,
            "at": iso(run.at),
            "as_of": iso(run.as_of),
            "until": iso(report.until),
            "workspace": file,
            "engine": run.engine,
        },
        "coverage": [coverage_json(coverage) for coverage in run.coverage],
        "findings": [
            finding_json(finding, changes[finding.key], report.as_of) for finding in report.findings
        ],
        "since_last": {
            "new": list(comparison.new),
            "persistent": list(comparison.persistent),
            "resolved": list(comparison.resolved),
            "not_retested": [{"key": key, "reason": reason} for key, reason in comparison.not_retested],
        },
    }


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
