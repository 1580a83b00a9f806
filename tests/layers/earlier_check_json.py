"""The result of a check as it was made before it was written in pieces: what the pieces must add up to."""

from layers.check_json import coverage_json, finding_json, iso
from layers.left_out import told


def earlier_form(workspace, report, comparison, file):
    """Return the result of a check as one value, as it was made before it was written in pieces."""
    changes = {record.finding.key: record.change.value for record in workspace.findings}
    run = told(workspace, report.run)
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
        "findings": [finding_json(f, changes[f.key], report.as_of) for f in report.findings],
        "since_last": {
            "new": list(comparison.new),
            "persistent": list(comparison.persistent),
            "resolved": list(comparison.resolved),
            "not_retested": [{"key": key, "reason": reason} for key, reason in comparison.not_retested],
        },
    }
