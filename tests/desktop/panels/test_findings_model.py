"""The list of findings: order, filters, and that 10,000 of them stay quick."""

from dataclasses import replace
from datetime import timedelta

import pytest

from desktop.finding_columns import columns_of
from desktop.panels import findings_model, wording
from desktop.panels.finding_delegate import short_measure
from desktop.panels.findings_model import Filter, FindingsModel, Item, Standing
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
from layers.volume import Outcome, Window
from tests.desktop.panels.builders import NOW, make_record

EMPTY = new_workspace("x", Mode.TEST, NOW)


def decision(key: str) -> Decision:
    return Decision(key, DecisionType.ACCEPT, "Maj. Novak", NOW, "Known", None, ())


def model_of(*records: FindingRecord, decided: tuple[str, ...] = ()) -> FindingsModel:
    model = FindingsModel()
    model.show(columns_of(records), {key: decision(key) for key in decided}, NOW)
    return model


def shown(model: FindingsModel) -> list[Item]:
    return [model.item(row) for row in range(model.rowCount())]


def keys(model: FindingsModel) -> list[str]:
    return [item.key.split("/")[1] for item in shown(model)]


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
    assert keys(model) == ["worst", "near", "far", "unmeasured", "untested", "gone"]


def test_of_equal_severity_protection_comes_before_administration_however_near(qapp):
    def finding_of(rule: str, subject: str, distance_m: float) -> FindingRecord:
        record = make_record(EMPTY, subject, severity=Severity.HIGH, distance_m=distance_m)
        return replace(record, finding=replace(record.finding, rule=rule, key=f"{rule}/{subject}"))

    model = model_of(
        finding_of("verification_too_low", "administration", 0.0),
        finding_of("unheard_of", "unknown rule", 0.0),
        finding_of("zone_within_standoff_of_site", "stand-off", 400.0),
        finding_of("site_inside_zone", "inside", 0.0),
    )
    assert keys(model) == ["inside", "stand-off", "administration", "unknown rule"]


def test_a_decided_finding_that_was_not_retested_still_counts_as_not_retested(model):
    standing = {item.key.split("/")[1]: item.standing for item in shown(model)}
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


def test_what_holds_now_lies_ahead_and_is_over_are_told_apart_as_seen_from_now(qapp):
    day = timedelta(days=1)
    windows = {
        "ahead": Window(NOW + 3 * day, None),
        "now": Window(None, NOW + day),
        "over": Window(NOW - 2 * day, NOW),
        "reversed": Window(NOW + day, NOW - day),
    }
    records = [make_record(EMPTY, name, window=window) for name, window in windows.items()]
    unknown = make_record(EMPTY, "unknown", window=Window(None, None), verdict=Verdict.UNKNOWN)
    assert shown(model_of(unknown))[0].when == ""  # it is not known whether it holds
    assert wording.when_words(unknown.finding, NOW) == "At all times, until further notice."
    model = model_of(*records)
    assert {item.key.split("/")[1]: item.when for item in shown(model)} == {
        "ahead": "in 3 days",
        "now": "now",
        "over": "over",
        "reversed": "",
    }
    for outcome, expected in ((Outcome.NOW, ["now"]), (Outcome.FUTURE, ["ahead"]), (Outcome.PAST, ["over"])):
        model.set_filter(Filter(outcome=outcome))
        assert keys(model) == expected
    model.show(model.findings, {}, NOW + 4 * day)
    assert keys(model) == ["now", "over"]
    model.show(model.findings.follow((*records[1:], *records[:1])), {}, NOW)
    assert keys(model) == ["over"]


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
    assert text.startswith("Critical. Conflict, now. Open.")


def called(name: str, distance_m: float) -> FindingRecord:
    record = make_record(EMPTY, name, distance_m=distance_m)
    return replace(record, finding=replace(record.finding, sentence=f"{name} lies near."))


def test_ten_thousand_findings_are_sorted_and_filtered(qapp):
    records = [called(f"f{n:05}", float(n % 997)) for n in range(10_000)]
    model = model_of(*records)
    distances = [item.record.finding.distance_m for item in shown(model)]
    assert len(distances) == 10_000 and distances == sorted(distances)
    for word, count in (("f0", 10_000), ("f00", 1_000), ("f000", 100), ("f0007", 10)):
        model.set_filter(Filter(text=word))
        while not model.narrow():
            pass
        assert model.rowCount() == count


def test_findings_that_changed_are_found_by_their_new_words_and_no_longer_by_the_old(qtbot):
    records = [called(f"f{n:03}", float(n * 7 % 50)) for n in range(60)]
    model, afresh = model_of(*records), FindingsModel()
    model.set_filter(Filter(text="f00"))
    renamed = replace(records[3].finding, sentence="Somewhere else.", subjects=())
    records[3] = replace(records[3], finding=renamed)
    records[40] = replace(records[40], finding=replace(records[40].finding, sentence="f00 again."))
    records.append(called("f00x", 1.0))
    model.show(model.findings.follow(tuple(records)), {}, NOW)
    afresh.set_filter(model.filter)
    afresh.show(columns_of(records), {}, NOW)
    assert keys(model) == keys(afresh)
    assert {"f040", "f00x"} < set(keys(model)) and "f003" not in keys(model)


def test_a_length_inside_cannot_be_read_as_a_distance_apart():
    record = make_record(EMPTY, "s1", "z1")
    finding = replace(record.finding, overlap_m=1717.0, distance_m=0.0)
    item = Item(replace(record, finding=finding), None, Standing.OPEN, "")
    assert short_measure(item) == "1,717 m in"


def test_until_a_finding_is_read_for_the_text_filter_it_is_shown(qapp, monkeypatch):
    monkeypatch.setattr(findings_model, "_SLICE_S", 0.0)
    monkeypatch.setattr(findings_model, "_AT_ONCE", 2)
    model = model_of(*(called(f"{n} {'crane' if n % 2 else 'heron'}", n) for n in range(7)))
    model.set_filter(Filter(text="crane"))
    assert not model.is_narrow and model.rowCount() == 6, "two are read, of which one passes"
    while not model.narrow():
        assert model.rowCount() == 6
    assert model.is_narrow and sorted(keys(model)) == ["1 crane", "3 crane", "5 crane"]
    model.set_filter(Filter())
    assert model.is_narrow and model.rowCount() == 7
    model.set_filter(Filter(text="heron"))
    assert model.is_narrow and model.rowCount() == 4, "what was read once is known"
    records = [*model.findings.records[:6], called("7 heron", 7), called("8 crane", 8)]
    model.show(columns_of(records), {}, NOW)
    assert model.is_narrow and sorted(keys(model)) == ["0 heron", "2 heron", "4 heron", "7 heron"]
