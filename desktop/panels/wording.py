"""The words in which findings, windows, measures and coverage are put to the user."""

from datetime import UTC, datetime

from layers.findings import Change, CoverageState, DecisionType, Finding, FindingState, Severity, Verdict
from layers.volume import Outcome, Window
from layers.words import span_words

# Not strftime: Qt sets the process locale, and half-translated dates are worse than English ones.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

VERDICTS = {
    Verdict.CONFLICT: "Conflict",
    Verdict.POSSIBLE: "Possible conflict",
    Verdict.UNKNOWN: "Could not be evaluated",
}
STATES = {
    FindingState.OPEN: "Open",
    FindingState.RESOLVED: "Resolved",
    FindingState.NOT_RETESTED: "Not re-tested",
}
CHANGES = {
    Change.NEW: "New in the last check",
    Change.PERSISTENT: "Seen in earlier checks",
    Change.REOPENED: "Came back after it was resolved",
}
COVERAGE = {
    CoverageState.DONE: "Done",
    CoverageState.IRRELEVANT: "Not relevant",
    CoverageState.BLOCKED: "Blocked",
}
DECIDED = {
    DecisionType.ACCEPT: "Accepted",
    DecisionType.MITIGATE: "Being mitigated",
    DecisionType.REFER: "Referred",
    DecisionType.FALSE_ALARM: "False alarm",
}
DECIDE = {
    DecisionType.ACCEPT: "Accept",
    DecisionType.MITIGATE: "Mitigate",
    DecisionType.REFER: "Refer",
    DecisionType.FALSE_ALARM: "False alarm",
}


def severity_word(severity: Severity) -> str:
    """Return the word shown for a severity."""
    return severity.word.capitalize()


def count(n: int, one: str, many: str = "") -> str:
    """Return a number with its noun, e.g. "1 feature", "4,210 features"."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def moment(when: datetime) -> str:
    """Return a time in UTC, e.g. "3 Mar 2026, 14:05 UTC"."""
    at = when.astimezone(UTC)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M} UTC"


def window_words(window: Window) -> str:
    """Return a window in words."""
    if window.start is None and window.end is None:
        return "At all times, until further notice"
    if window.end is None:
        return f"From {moment(window.start)} until further notice" if window.start else ""
    if window.start is None:
        return f"Until {moment(window.end)}"
    return f"From {moment(window.start)} to {moment(window.end)}"


def outcome(window: Window, now: datetime) -> str:
    """Tell whether a window holds now, how far ahead it lies, or how long it has been over."""
    match window.outcome(now):
        case Outcome.NOW:
            return "Holds now"
        case Outcome.FUTURE if window.start is not None:
            return f"In {span_words(window.start - now)}"
        case Outcome.PAST if window.end is not None:
            return f"Over for {span_words(now - window.end)}"
    return "The times contradict each other"


def when_words(finding: Finding, now: datetime) -> str:
    """Say when a finding holds, as seen from now; what could not be evaluated is not said to hold."""
    window, unknown = finding.window, finding.verdict is Verdict.UNKNOWN
    if unknown and window.outcome(now) is Outcome.NOW:
        return f"{window_words(window)}."
    return f"{outcome(window, now)}. {window_words(window)}."


def short_outcome(finding: Finding, now: datetime) -> str:
    """Tell in a word or two whether a finding holds now, how far ahead it lies, or that it is over."""
    window = finding.window
    match window.outcome(now):
        case Outcome.NOW:
            return "" if finding.verdict is Verdict.UNKNOWN else "now"
        case Outcome.FUTURE if window.start is not None:
            return f"in {span_words(window.start - now)}"
        case Outcome.PAST:
            return "over"
    return ""


def metres(value: float) -> str:
    """Return a length in the unit a reader expects, e.g. "312 m", "12.4 km"."""
    return f"{value:,.0f} m" if value < 10_000 else f"{value / 1000:,.1f} km"


def square_metres(value: float) -> str:
    """Return an area, e.g. "1,250 m²", "3.40 km²"."""
    if value < 1:
        return "less than 1 m²"
    return f"{value:,.0f} m²" if value < 1e5 else f"{value / 1e6:,.2f} km²"


def _distinct(value: float, required: float) -> str:
    """Return a distance with as many decimals as keep it visibly different from the required one."""
    for decimals in range(4):
        text = f"{value:,.{decimals}f}"
        if text != f"{required:,.{decimals}f}" or value == required:
            return f"{text} m" if decimals or value < 10_000 else metres(value)
    return f"{value:,.4f} m"


def measured(finding: Finding) -> str:
    """Return what was measured against what is required; "" where a rule measures nothing."""
    parts = []
    if finding.overlap_m2:
        parts.append(f"overlap of {square_metres(finding.overlap_m2)}")
    if finding.overlap_m:
        parts.append(f"{metres(finding.overlap_m)} along the way")
    if finding.distance_m is not None and finding.required_m is not None:
        apart = _distinct(finding.distance_m, finding.required_m)
        # Where they share ground, how much says it all: "0 m" after it would only puzzle.
        shared = bool(parts) and not finding.distance_m
        required = f"at least {metres(finding.required_m)}"
        if not finding.distance_m and not finding.required_m and not parts:
            parts.append("0 m apart: they meet")
        elif not shared:
            parts.append(f"{apart}, {required} required")
        elif finding.required_m:
            parts.append(f"{required} apart required")
    elif finding.distance_m:
        parts.append(f"{metres(finding.distance_m)} apart")
    text = "; ".join(parts)
    return text[:1].upper() + text[1:]


def words_of_id(identifier: str) -> str:
    """Turn an identifier that has no title of its own into words."""
    return identifier.replace("_", " ").strip().capitalize()
