"""Small values for the tests of panels and dialogs: sites, a zone, findings, coverage, runs."""

from datetime import UTC, datetime, timedelta

import shapely

from layers.findings import (
    Change,
    Coverage,
    CoverageState,
    Finding,
    FindingRecord,
    FindingState,
    RunRecord,
    Severity,
    SideCoverage,
    Subject,
    Verdict,
)
from layers.kinds import spec_of
from layers.model import Kind, Layer, Workspace, new_feature, table_of
from layers.rules import RULES
from layers.volume import Window

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
STANDOFF = "zone_within_standoff_of_site"


def make_layer(kind: Kind, name: str, *features) -> Layer:
    return Layer(id=f"layer-{kind.value}", kind=kind, name=name, table=table_of(spec_of(kind), features))


def site(feature_id: str, name: str, lon: float, lat: float, **fields):
    return new_feature(
        Kind.HUMANITARIAN_SITE,
        shapely.Point(lon, lat),
        feature_id=feature_id,
        source_id=feature_id.upper(),
        name=name,
        category="hospital",
        fields=fields,
    )


def subject_of(workspace: Workspace, feature_id: str) -> Subject:
    found = workspace.find(feature_id)
    if found is None:
        return Subject("humanitarian_site", feature_id, "", "Gone", "Gone", "")
    layer, row = found
    feature = layer.table.row(row, layer.kind)
    version = layer.table.fingerprints([row])[0]
    return Subject(layer.kind.value, feature_id, feature.source_id, feature.name, layer.name, version)


def make_record(
    workspace: Workspace,
    *ids: str,
    rule: str = STANDOFF,
    severity: Severity = Severity.HIGH,
    verdict: Verdict = Verdict.CONFLICT,
    distance_m: float | None = 312.4,
    state: FindingState = FindingState.OPEN,
    change: Change = Change.NEW,
    reason: str = "",
    window: Window | None = None,
) -> FindingRecord:
    subjects = tuple(subject_of(workspace, i) for i in ids)
    names = " lies near ".join(s.name for s in subjects)
    finding = Finding(
        key="/".join((rule, *ids)),
        rule=rule,
        severity=severity,
        verdict=verdict,
        subjects=subjects,
        distance_m=distance_m,
        required_m=500.0,
        overlap_m2=None,
        overlap_m=None,
        window=window or Window(NOW - timedelta(days=1), NOW + timedelta(days=6)),
        where=shapely.LineString([(36.3, 32.3), (36.3045, 32.3)]),
        sentence=f"{names}, 312 m north-east; at least 500 m is required. From 11 March 2026 10:00 UTC.",
        action="Move or shrink the military zone until the stand-off is kept.",
    )
    return FindingRecord(finding, state, change, "run-1", "run-1", reason)


def make_coverage(
    rule: str = STANDOFF,
    state: CoverageState = CoverageState.DONE,
    *,
    sites: int = 2,
    zones: int = 1,
    skipped: dict[str, int] | None = None,
    notes: tuple[str, ...] = (),
) -> Coverage:
    return Coverage(
        rule=rule,
        state=state,
        a=SideCoverage(("humanitarian_site",), sites, skipped or {}),
        b=SideCoverage(("military_zone",), zones),
        pairs_examined=sites * zones,
        clear=max(sites * zones - 1, 0),
        unknown=0,
        notes=notes,
        parameters={p.name: p.default for known in RULES if known.id == rule for p in known.parameters},
    )


def make_run(*coverage: Coverage, run_id: str = "run-1") -> RunRecord:
    return RunRecord(run_id, NOW - timedelta(hours=1), None, "test", coverage)
