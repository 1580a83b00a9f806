"""The list of findings: order, filters, and that 10,000 of them stay quick."""

import time
from dataclasses import replace

import pytest

from desktop.panels.finding_delegate import short_measure
from desktop.panels.findings_model import Filter, FindingsModel, Standing, items_of
from layers.findings import (
    Change,
    Decision,
    DecisionType,
    FindingRecord,
    FindingState,
    Severity,
    Verdict,
)
from layers.model import Mode, new_workspace
from tests.desktop.panels.builders import NOW, make_record

EMPTY = new_workspace("x", Mode.TEST, NOW)
TITLES = {"zone_within_standoff_of_site": "Zone within stand-off of a site"}


def decision(key: str) -> Decision:
    return Decision(key, DecisionType.ACCEPT, "Maj. Novak", NOW, "Known", None, ())


def model_of(*records: FindingRecord, decided: tuple[str, ...] = ()) -> FindingsModel:
    model = FindingsModel()
    model.set_items(items_of(records, {key: decision(key) for key in decided}, TITLES))
    return model


def keys(model: FindingsModel) -> list[str]:
    return [model.item(row).key.split("/")[1] for row in range(model.rowCount())]


@pytest.fixture
def model(qapp) -> FindingsModel:
    return model_of(
        make_record(EMPTY, "far", severity=Severity.HIGH, distance_m=400.0),
        make_record(EMPTY, "near", severity=Severity.HIGH, distance_m=10.0, change=Change.PERSISTENT),
        make_record(EMPTY, "unmeasured", severity=Severity.HIGH, distance_m=None, verdict=Verdict.UNKNOWN),
        make_record(EMPTY, "worst", severity=Severity.CRITICAL, distance_m=450.0),
        make_record(
            EMPTY, "untested", severity=Severity.LOW, state=FindingState.NOT_RETESTED, reason="Gone."
        ),
        make_record(EMPTY, "gone", severity=Severity.LOW, state=FindingState.RESOLVED),
        decided=("zone_within_standoff_of_site/near", "zone_within_standoff_of_site/untested"),
    )


def test_the_most_severe_come_first_then_the_nearest_and_the_unmeasured_last(model):
    assert keys(model) == ["worst", "near", "far", "unmeasured", "gone", "untested"]


def test_a_decided_finding_that_was_not_retested_still_counts_as_not_retested(model):
    standing = {item.key.split("/")[1]: item.standing for item in model.items}
    assert standing["near"] is Standing.DECIDED
    assert standing["untested"] is Standing.NOT_RETESTED
    assert standing["gone"] is Standing.RESOLVED


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (Filter(severities=frozenset({Severity.CRITICAL})), ["worst"]),
        (Filter(verdict=Verdict.UNKNOWN), ["unmeasured"]),
        (Filter(standings=frozenset({Standing.DECIDED})), ["near"]),
        (Filter(standings=frozenset({Standing.NOT_RETESTED})), ["untested"]),
        (Filter(new_only=True), ["worst", "far", "unmeasured"]),
        (Filter(rule="another_rule"), []),
        (Filter(rule="zone_within_standoff_of_site", verdict=Verdict.UNKNOWN), ["unmeasured"]),
    ],
)
def test_filters_leave_what_they_name(model, chosen, expected):
    model.set_filter(chosen)
    assert keys(model) == expected


def test_the_text_filter_finds_names_in_any_script_and_every_word(qapp):
    first = make_record(EMPTY, "one")
    named = replace(first.finding, sentence="Центральна лікарня lies 312 m north of Falcon.")
    model = model_of(FindingRecord(named, first.state, first.change, "r", "r"), make_record(EMPTY, "two"))
    model.set_filter(Filter(text="ЛІКАРНЯ falcon"))
    assert keys(model) == ["one"]
    model.set_filter(Filter(text="лікарня eagle"))
    assert keys(model) == []


def test_a_row_reads_out_its_severity_verdict_and_standing(model):
    text = model.index(0).data()
    assert text.startswith("Critical. Conflict. Open.")


def test_ten_thousand_findings_are_sorted_and_filtered_within_a_second(qapp):
    records = [make_record(EMPTY, f"f{n:05}", distance_m=float(n % 997)) for n in range(10_000)]
    begin = time.perf_counter()
    model = model_of(*records)
    for word in ("f0", "f00", "f000", "f0007"):
        model.set_filter(Filter(text=word))
    elapsed = time.perf_counter() - begin
    assert len(model.items) == 10_000
    assert elapsed < 1.0


def test_a_length_inside_cannot_be_read_as_a_distance_apart():
    record = make_record(EMPTY, "s1", "z1")
    finding = replace(record.finding, overlap_m=1717.0, distance_m=0.0)
    item = items_of((replace(record, finding=finding),), {}, {})[0]
    assert short_measure(item) == "1,717 m in"
