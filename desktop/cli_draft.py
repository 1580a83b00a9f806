"""`deconflict draft`: what a file would conflict with if it were imported."""

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from desktop import cli_import
from desktop.cli_output import ResultFile, say

if TYPE_CHECKING:  # it brings the engine, which other commands do without
    from layers.drafts import DraftCheck


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command: those of an import, as the file is read in the same way."""
    cli_import.add_arguments(parser)


def run(options: argparse.Namespace, constants: Mapping[str, str]) -> int:
    """Read the file, ask the rules, and change nothing."""
    from layers import drafts
    from layers.recheck import Kept
    from layers.workspace_file import read_workspace

    now = datetime.now(UTC)
    with ResultFile(options.json, apart_from=[options.workspace, options.file]) as result:
        before = read_workspace(options.workspace)
        after, report, _ = cli_import.import_file(options, before, constants, now)
        report.refuse_empty()
        check = drafts.check_drafts(Kept(before), before, after, now=now)
        result.stage({"import": report.to_json(), **_json(check, now)})
    if not result.on_stdout:
        lines = [cli_import.report_words(report), "", *drafts.coverage_lines(check), drafts.headline(check)]
        lines += [f"- {f.severity.word.upper()}, {f.verdict.value}: {f.sentence}" for f in check.about]
        lines += [f"- Would come up: {f.sentence}" for f in check.created]
        lines += [f"- Would be settled: {f.sentence}" for f in check.settled]
        say("\n".join([*lines, "Nothing was imported."]))
    return 0


def _json(check: "DraftCheck", now: datetime) -> dict[str, Any]:
    from layers.check_json import coverage_json, finding_json

    return {
        "drafts": sorted(check.ids),
        "coverage": [coverage_json(coverage) for coverage in check.coverage],
        "not_compared": {rule: dict(reasons) for rule, reasons in check.not_compared.items()},
        "about": [finding_json(finding, "new", now) for finding in check.about],
        "created": [finding_json(finding, "new", now) for finding in check.created],
        "settled": [finding_json(finding, "resolved", now) for finding in check.settled],
    }
