"""What a check says: verdicts, findings, coverage, and what people decided about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from layers.volume import Window


class Verdict(StrEnum):
    """The answer of a rule about its subjects; clear answers are counted, never listed."""

    CONFLICT = "conflict"
    POSSIBLE = "possible"
    UNKNOWN = "unknown"


class Severity(IntEnum):
    """How much depends on a finding; larger is worse, so severities compare."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """The lower-case word used in files and on the command line."""
        return self.name.lower()


class CoverageState(StrEnum):
    """Whether a rule could do its work: only `DONE` may ever be shown as good."""

    DONE = "done"
    IRRELEVANT = "irrelevant"
    BLOCKED = "blocked"


class FindingState(StrEnum):
    """Where a finding stands after the last run."""

    OPEN = "open"
    RESOLVED = "resolved"
    NOT_RETESTED = "not_retested"


class Change(StrEnum):
    """How an open finding relates to the runs before."""

    NEW = "new"
    PERSISTENT = "persistent"
    REOPENED = "reopened"


class DecisionType(StrEnum):
    """What a person may decide about a finding."""

    ACCEPT = "accept"
    MITIGATE = "mitigate"
    REFER = "refer"
    FALSE_ALARM = "false_alarm"


@dataclass(frozen=True, slots=True)
class Subject:
    """A feature that a finding is about, as it was in that run; `kind` is a `model.Kind` value."""

    kind: str
    id: str
    source_id: str
    name: str
    layer: str
    """Name of the layer, as the user sees it."""
    fingerprint: str
    """Version of the feature (`FeatureTable.fingerprints`)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict that is not clear, about named subjects, at a place, in a window.

    `distance_m`, `required_m`, `overlap_m` are metres and `overlap_m2` square metres, all on the
    ellipsoid; None where the rule measures no such thing. `where` is a shapely geometry in WGS 84
    longitude/latitude, or None.
    """

    key: str
    rule: str
    severity: Severity
    verdict: Verdict
    subjects: tuple[Subject, ...]
    distance_m: float | None
    required_m: float | None
    overlap_m2: float | None
    overlap_m: float | None
    window: Window
    where: Any
    sentence: str
    action: str
    """The next step: what to do about the activity, never about the protected site."""


SET_ASIDE = frozenset({"cancelled", "completed"})
"""Reasons that are a statement of the partner's, so that leaving the feature out is no gap in the check."""


@dataclass(frozen=True, slots=True)
class SideCoverage:
    """What one side of a rule compared, and what it had to leave out."""

    kinds: tuple[str, ...]
    count: int
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Number of features left out, by reason."""

    @property
    def total(self) -> int:
        """How many features there are, compared or not."""
        return self.count + sum(self.skipped.values())

    @property
    def gaps(self) -> Mapping[str, int]:
        """What should have been compared and could not be, by reason."""
        return {reason: count for reason, count in self.skipped.items() if reason not in SET_ASIDE}


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a rule compared in a run; shown before any count of findings."""

    rule: str
    state: CoverageState
    a: SideCoverage
    b: SideCoverage | None
    pairs_examined: int
    clear: int
    unknown: int
    notes: tuple[str, ...] = ()
    """What the reader must know: unconfirmed placeholders, why it is blocked."""
    parameters: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a named person decided about a finding, bound to the versions of its subjects.

    It lapses when a subject, the rule's parameters or its own expiry moves past it.
    """

    finding: str
    type: DecisionType
    by: str
    at: datetime
    reason: str
    expires: datetime | None
    fingerprints: tuple[str, ...]
    parameters: Mapping[str, float] = field(default_factory=dict)
    lapsed: str = ""
    """Why it no longer counts; "" while it does."""


@dataclass(frozen=True, slots=True)
class FindingRecord:
    """A finding and where it stands; kept after it is resolved, so that its history lasts."""

    finding: Finding
    state: FindingState
    change: Change
    first_run: str
    last_run: str
    reason: str = ""
    """Why it was not re-tested; "" otherwise."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of the checks."""

    id: str
    at: datetime
    as_of: datetime | None
    engine: str
    coverage: tuple[Coverage, ...]
    new: int = 0
    persistent: int = 0
    resolved: int = 0
    not_retested: int = 0
    inputs: str = ""
    """Digest of everything the run looked at (`inputs.inputs_digest`); "" in runs that did not record it."""
