"""What a check says to a person in a few lines: coverage first, then the counts."""

from layers.checks import Report, unconfirmed_limits
from layers.decisions import Comparison
from layers.findings import CoverageState
from layers.left_out import told
from layers.model import Workspace
from layers.rules import RULES, title_of
from layers.volume import Outcome
from layers.words import moment_words

_MOST_NAMED = 6

_STATES = {
    CoverageState.DONE: "done",
    CoverageState.IRRELEVANT: "not relevant (nothing to compare)",
    CoverageState.BLOCKED: "COULD NOT RUN",
}
_OUTCOMES = ((Outcome.NOW, "hold now"), (Outcome.FUTURE, "ahead"), (Outcome.PAST, "over"))


def summary(report: Report, comparison: Comparison, workspace: Workspace | None = None) -> str:
    """Return a summary of a run: what was compared, what was not, and only then what was found.

    With the workspace, rows that were left out on import are among what was not compared.
    """
    lines = []
    run = report.run if workspace is None else told(workspace, report.run)
    for coverage in run.coverage:
        sides = [side for side in (coverage.a, coverage.b) if side is not None]
        gaps = sum(sum(side.gaps.values()) for side in sides)
        aside = sum(sum(side.skipped.values()) for side in sides) - gaps
        found = coverage.pairs_examined - coverage.clear
        line = f"{title_of(coverage.rule):34} {_STATES[coverage.state]}"
        if coverage.state is CoverageState.DONE:
            line += f": {' x '.join(str(side.count) for side in sides)} compared, {found} found"
            if coverage.unknown:
                line += f", of these {coverage.unknown} COULD NOT BE EVALUATED"
        if aside:
            line += f", {aside} over or cancelled"
        if gaps:
            line += f", {gaps} NOT COMPARED"
        lines.append(line)
        lines += [f"    {note}" for note in coverage.notes if not unconfirmed_limits(note)]
    lines += [*_not_asked(report), *_looked_from(report)]
    counts = ", ".join(f"{count} {severity.word}" for severity, count in report.severities.items())
    total = f"{report.count} finding{'' if report.count == 1 else 's'}"
    lines.append(f"{total}{f' ({counts})' if counts else ''}.{_outcomes(report)}")
    lines.append(
        f"Since the last check: {len(comparison.new)} new, {len(comparison.persistent)} persistent, "
        f"{len(comparison.resolved)} resolved, {len(comparison.not_retested)} not re-tested."
    )
    return "\n".join((*lines, *_unconfirmed(report)))


def _not_asked(report: Report) -> tuple[str, ...]:
    """Name the rules that are switched off, or were not chosen for this run: nobody looked for that."""
    asked = {coverage.rule for coverage in report.run.coverage}
    titles = [rule.title for rule in RULES if rule.id not in asked]
    if not titles:
        return ()
    more = f" and {len(titles) - _MOST_NAMED} more" if len(titles) > _MOST_NAMED else ""
    rules = f"{len(titles)} rule{'' if len(titles) == 1 else 's'}"
    return (f"NOT ASKED: {rules}: {', '.join(titles[:_MOST_NAMED])}{more}.",)


def _looked_from(report: Report) -> tuple[str, ...]:
    """Say what time the run looked from: what was over by then is not found; pairs of it count as clear."""
    as_of = report.run.as_of
    return () if as_of is None else (f"What was over by {moment_words(as_of)} was left out.",)


def _unconfirmed(report: Report) -> tuple[str, ...]:
    """Say once, at the end, how many limits nobody has confirmed; the coverage names them rule by rule."""
    n = sum(unconfirmed_limits(note) for coverage in report.run.coverage for note in coverage.notes)
    if not n:
        return ()
    are = "limit is a placeholder" if n == 1 else "limits are placeholders"
    return (
        f"{n} {are} that nobody has confirmed. Confirm in the window under Steps, Rules (Ctrl+R), "
        "or with: deconflict rules WORKSPACE --confirm-as NAME",
    )


def _outcomes(report: Report) -> str:
    """Say how many of the findings hold at the time looked from, lie ahead, or are over."""
    found = report.outcomes
    counts = [f"{found[outcome]} {words}" for outcome, words in _OUTCOMES if found.get(outcome)]
    return f" {', '.join(counts)}." if counts else ""
