"""Findings that last: four bins, keys that stay, decisions that lapse."""

from dataclasses import replace
from datetime import timedelta

import pytest
import shapely

from layers.check_words import summary
from layers.checks import NO_SUCH_RULE, check
from layers.decisions import absorb, absorb_again, decide, standing
from layers.errors import LayersError
from layers.findings import Change, CoverageState, DecisionType, FindingState, SideCoverage
from layers.inputs import inputs_digest
from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, RuleSettings, new_feature, new_workspace, table_of
from layers.recheck import Kept, recheck
from layers.volume import Window

STANDOFF = "zone_within_standoff_of_site"
KEY = f"{STANDOFF}/clinic/zone"


def layer(kind, name, *features):
    return Layer(name, kind, name, table_of(spec_of(kind), features))


@pytest.fixture
def workspace(now):
    clinic = new_feature(
        Kind.HUMANITARIAN_SITE,
        shapely.Point(24.102, 42.05),
        feature_id="clinic",
        name="Clinic",
        category="health_facility",
        label="partners",
        fields={"contact": "Dr A", "verification": "verified", "consent": "given"},
    )
    zone = new_feature(
        Kind.MILITARY_ZONE,
        shapely.box(24.0, 42.0, 24.1, 42.1),
        feature_id="zone",
        name="Range",
        category="firing",
        window=Window(now),
        fields={"unit": "3 Bn"},
    )
    empty = new_workspace("Test", Mode.TEST, now)
    return empty.with_layer(layer(Kind.HUMANITARIAN_SITE, "Sites", clinic)).with_layer(
        layer(Kind.MILITARY_ZONE, "Zones", zone)
    )


def run(workspace, now, **options):
    return absorb(workspace, check(workspace, now=now, **options))


def edited(workspace, layer_id, feature_id, **changes):
    old = workspace.layer(layer_id)
    feature = old.table.row(old.table.rows_by_id[feature_id], old.kind)
    return workspace.with_layer(
        replace(old, table=old.table.with_features([feature.with_changes(**changes)]))
    )


def test_first_run_is_new_and_an_unchanged_rerun_changes_nothing(workspace, now):
    first, comparison = run(workspace, now)
    assert comparison.new == (KEY,)
    second, comparison = run(first, now + timedelta(hours=1))
    assert comparison.new == comparison.resolved == comparison.not_retested == ()
    assert comparison.persistent == (KEY,)
    assert [r.finding for r in second.findings] == [r.finding for r in first.findings]


def test_a_run_records_what_it_looked_at(workspace, now):
    checked, _ = run(workspace, now)
    assert checked.runs[-1].inputs == inputs_digest(checked)
    moved = edited(checked, "Sites", "clinic", geometry=shapely.Point(30, 42))
    assert inputs_digest(moved) != checked.runs[-1].inputs


def test_a_completed_movement_is_left_out_without_making_the_check_incomplete():
    side = SideCoverage(("movement",), 3, {"completed": 2, "no position": 1})
    assert dict(side.gaps) == {"no position": 1}


@pytest.mark.parametrize("layer_id", ["Sites", "Zones"])
def test_removing_a_layer_makes_its_findings_not_retested_never_resolved(workspace, now, layer_id):
    first, _ = run(workspace, now)
    second, comparison = run(first.without_layer(layer_id), now)
    assert comparison.resolved == ()
    assert comparison.not_retested == ((KEY, f"The layer “{layer_id}” was removed."),)
    _, comparison = run(second, now)
    assert comparison.resolved == () and len(comparison.not_retested) == 1


def test_a_layer_that_comes_back_makes_the_finding_persistent_again(workspace, now):
    first, _ = run(workspace, now)
    without, _ = run(first.without_layer("Zones"), now)
    _, comparison = run(without.with_layer(first.layer("Zones")), now)
    assert comparison.persistent == (KEY,) and comparison.new == ()


def test_moving_the_zone_away_resolves_and_moving_it_back_reopens(workspace, now):
    first, _ = run(workspace, now)
    away, comparison = run(edited(first, "Zones", "zone", geometry=shapely.box(25, 42, 25.1, 42.1)), now)
    assert comparison.resolved == (KEY,)
    assert away.findings[0].state is FindingState.RESOLVED
    back, comparison = run(edited(away, "Zones", "zone", geometry=shapely.box(24.0, 42.0, 24.1, 42.1)), now)
    assert comparison.reopened == (KEY,)
    assert back.findings[0].change is Change.REOPENED


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rules": {STANDOFF: RuleSettings(enabled=False)}}, "was not run"),
        ({"rules": {STANDOFF: RuleSettings(parameters={"standoff_m": 10.0})}}, "changed from 500 m to 10 m"),
    ],
    ids=["rule disabled", "parameter changed"],
)
def test_what_was_not_asked_again_is_not_resolved(workspace, now, change, reason):
    first, _ = run(workspace, now)
    _, comparison = run(replace(first, **change), now)
    assert comparison.resolved == ()
    assert reason in comparison.not_retested[0][1]


def test_another_rule_alone_leaves_it_not_retested(workspace, now):
    first, _ = run(workspace, now)
    _, comparison = run(first, now, rules=["project_near_site"])
    assert "was not run" in comparison.not_retested[0][1]


def test_a_subject_that_lost_its_position_leaves_it_not_retested(workspace, now):
    first, _ = run(workspace, now)
    _, comparison = run(edited(first, "Sites", "clinic", geometry=None), now)
    assert comparison.resolved == () and comparison.not_retested[0][0] == KEY


def accepted(workspace, now, expires=None):
    first, _ = run(workspace, now)
    return decide(
        first,
        KEY,
        DecisionType.ACCEPT,
        by="Capt B",
        reason="Agreed with the clinic",
        expires=expires,
        now=now,
    )


def test_a_decision_stands_while_nothing_changes(workspace, now):
    decided = accepted(workspace, now)
    again, _ = run(decided, now + timedelta(days=1))
    assert standing(again, now + timedelta(days=1))[KEY].by == "Capt B"


@pytest.mark.parametrize(
    ("layer_id", "feature_id", "changes"),
    [
        ("Sites", "clinic", {"geometry": shapely.Point(24.1021, 42.05)}),
        ("Sites", "clinic", {"name": "Clinic and school"}),
        ("Zones", "zone", {"geometry": shapely.box(24.0, 42.0, 24.1, 42.11)}),
        ("Zones", "zone", {"uncertainty_m": 5.0}),
    ],
)
def test_a_decision_lapses_when_a_subject_changes_and_the_finding_comes_back(
    workspace, now, layer_id, feature_id, changes
):
    changed, comparison = run(edited(accepted(workspace, now), layer_id, feature_id, **changes), now)
    assert comparison.reopened == (KEY,)
    assert standing(changed, now) == {}
    assert "has changed since" in changed.decisions[0].lapsed


def test_a_decision_lapses_with_the_parameters_of_its_rule(workspace, now):
    decided = accepted(workspace, now)
    wider = replace(decided, rules={STANDOFF: RuleSettings(parameters={"standoff_m": 800.0})})
    changed, _ = run(wider, now)
    assert changed.decisions[0].lapsed == "Stand-off distance was changed from 500 m to 800 m."


def categorised(workspace, site="hospital", zone="firing"):
    return edited(edited(workspace, "Sites", "clinic", category=site), "Zones", "zone", category=zone)


def limits(workspace, **cells):
    settings = RuleSettings(
        parameters={f"standoff_m.{name.replace('__', '.')}": v for name, v in cells.items()}
    )
    return replace(workspace, rules={STANDOFF: settings})


def test_a_limit_for_the_categories_of_the_subjects_lapses_a_decision_and_names_them(workspace, now):
    decided = accepted(categorised(workspace), now)
    changed, _ = run(limits(decided, firing__hospital=700.0), now)
    words = "Stand-off distance (firing area, hospital) was changed from 500 m to 700 m."
    assert changed.decisions[0].lapsed == words
    assert standing(changed, now) == {}


@pytest.mark.parametrize(
    "cells",
    [{"training__hospital": 900.0}, {"firing__school": 900.0}, {"firing__hospital": 500.0}],
    ids=["another zone", "another site", "the same value for this pair alone"],
)
def test_a_limit_that_does_not_concern_the_subjects_leaves_the_decision_alone(workspace, now, cells):
    decided = accepted(categorised(workspace), now)
    changed, _ = run(limits(decided, **cells), now)
    assert changed.decisions[0].lapsed == ""
    assert KEY in standing(changed, now)


def test_taking_a_limit_away_leaves_what_it_found_not_retested_with_the_reason(workspace, now):
    near = edited(categorised(workspace), "Sites", "clinic", geometry=shapely.Point(24.108, 42.05))
    first, comparison = run(limits(near, firing__hospital=1000.0), now)
    assert comparison.new == (KEY,)
    _, comparison = run(replace(first, rules={}), now)
    words = "Stand-off distance (firing area, hospital) was changed from 1,000 m to 500 m."
    assert comparison.not_retested == ((KEY, words),)


def test_a_limit_for_others_does_not_keep_a_finding_from_being_resolved(workspace, now):
    first, _ = run(categorised(workspace), now)
    away = edited(first, "Zones", "zone", geometry=shapely.box(25, 42, 25.1, 42.1))
    _, comparison = run(limits(away, training__hospital=900.0), now)
    assert comparison.resolved == (KEY,)


def test_a_decision_lapses_at_its_expiry(workspace, now):
    decided = accepted(workspace, now, expires=now + timedelta(days=2))
    assert KEY in standing(decided, now + timedelta(days=1))
    assert KEY not in standing(decided, now + timedelta(days=2))


@pytest.mark.parametrize(
    "wrong", [{"by": " "}, {"reason": ""}, {"expires": -1}], ids=["no name", "no reason", "expired"]
)
def test_a_decision_needs_a_name_a_reason_and_a_future(workspace, now, wrong):
    first, _ = run(workspace, now)
    values = {"by": "Capt B", "reason": "Agreed", "expires": None, **wrong}
    if values["expires"]:
        values["expires"] = now - timedelta(days=1)
    with pytest.raises(LayersError):
        decide(first, KEY, DecisionType.ACCEPT, now=now, **values)


def test_a_table_that_nobody_has_confirmed_is_one_note(workspace, now):
    cells = {f"firing__{site}": 700.0 for site in ("hospital", "school", "camp")}
    report = check(limits(workspace, **cells), now=now)
    coverage = next(c for c in report.run.coverage if c.rule == STANDOFF)
    assert coverage.notes == ("4 limits of this rule are placeholders that nobody has confirmed.",)


def test_the_placeholder_is_used_and_said_so_until_a_named_user_confirms_it(workspace, now):
    from layers.model import Confirmation

    coverage = next(c for c in check(workspace, now=now).run.coverage if c.rule == STANDOFF)
    assert "placeholder" in coverage.notes[0]
    settings = RuleSettings(confirmations={"standoff_m": Confirmation(500.0, "Maj C", now)})
    confirmed = replace(workspace, rules={STANDOFF: settings})
    coverage = next(c for c in check(confirmed, now=now).run.coverage if c.rule == STANDOFF)
    assert coverage.notes == ()


def test_unknown_rules_parameters_and_values_are_refused_with_a_sentence(workspace, now):
    with pytest.raises(LayersError, match="no rule nonsense"):
        check(workspace, rules=["nonsense"], now=now)
    with pytest.raises(LayersError, match="no rule parameter"):
        check(workspace, overrides={f"{STANDOFF}.nonsense": 1.0}, now=now)
    with pytest.raises(LayersError, match="out of range"):
        check(workspace, overrides={f"{STANDOFF}.standoff_m": -1.0}, now=now)


def test_an_empty_workspace_is_irrelevant_never_done(now):
    report = check(new_workspace("Empty", Mode.TEST, now), now=now)
    assert {c.state.value for c in report.run.coverage} == {"irrelevant"}


BOW_TIE = shapely.Polygon([(24.0, 42.0), (24.1, 42.1), (24.1, 42.0), (24.0, 42.1)])


@pytest.mark.parametrize("rule", ["many_zones_around_site", "verification_too_low"])
@pytest.mark.parametrize(("lost", "reason"), [(None, "no position"), (BOW_TIE, "its outline crosses itself")])
@pytest.mark.parametrize("live", [False, True])
def test_a_zone_that_can_no_longer_be_compared_does_not_settle_what_it_made(now, rule, lost, reason, live):
    """Such findings name the site only: nobody knows whether the zone that lost its place made them."""
    site = new_feature(Kind.HUMANITARIAN_SITE, shapely.Point(24.05, 42.05), feature_id="site", name="Clinic")
    count = 4 if rule.startswith("many") else 1
    box = shapely.box(24.0, 42.0, 24.1, 42.1)
    zones = [new_feature(Kind.MILITARY_ZONE, box, feature_id=f"zone {i}") for i in range(count)]
    zones.append(new_feature(Kind.MILITARY_ZONE, shapely.box(9.0, 9.0, 9.1, 9.1), feature_id="far"))
    start = new_workspace("Test", Mode.TEST, now).with_layer(layer(Kind.HUMANITARIAN_SITE, "Sites", site))
    start = start.with_layer(layer(Kind.MILITARY_ZONE, "Zones", *zones))
    before, _ = run(start, now)
    key, kept = f"{rule}/site", Kept(before)

    def step(workspace, geometry):
        after = edited(workspace, "Zones", "zone 0", geometry=geometry)
        if live:
            return absorb_again(after, recheck(kept, workspace, after, now=now))[0]
        return run(after, now)[0]

    def stands(workspace):
        return next((r.state, r.reason) for r in workspace.findings if r.finding.key == key)

    assert stands(before) == (FindingState.OPEN, "")
    hidden = step(before, lost)
    assert stands(hidden) == (FindingState.NOT_RETESTED, f"1 military zone could not be compared: {reason}.")
    site_moved = edited(hidden, "Sites", "site", geometry=shapely.Point(24.06, 42.05))
    again = absorb_again(site_moved, recheck(kept, hidden, site_moved, now=now))[0] if live else hidden
    assert stands(again)[0] is FindingState.NOT_RETESTED
    away = step(again, shapely.box(30.0, 42.0, 30.1, 42.1))
    assert stands(away) == (FindingState.RESOLVED, "")


FOREIGN = "rule_of_another_program"


def from_another_program(workspace):
    """Return the workspace as a program with another rule leaves it: its run, finding, decision, limits."""

    def renamed(record):
        finding = record.finding
        return replace(record, finding=replace(finding, rule=FOREIGN, key=f"{FOREIGN}/clinic/zone"))

    last = workspace.runs[-1]
    asked = next(coverage for coverage in last.coverage if coverage.rule == STANDOFF)
    return replace(
        workspace,
        findings=(*workspace.findings, *(renamed(r) for r in workspace.findings if r.finding.key == KEY)),
        runs=(replace(last, coverage=(*last.coverage, replace(asked, rule=FOREIGN))),),
        decisions=tuple(replace(d, finding=f"{FOREIGN}/clinic/zone") for d in workspace.decisions),
        rules={**workspace.rules, FOREIGN: RuleSettings(parameters={"standoff_m": 700.0})},
    )


def foreign(workspace):
    coverage = {one.rule: one for one in workspace.runs[-1].coverage}[FOREIGN]
    record = next(r for r in workspace.findings if r.finding.rule == FOREIGN)
    return coverage, record


def test_a_rule_of_another_program_is_blocked_and_its_findings_and_decisions_stay(workspace, now):
    before = from_another_program(accepted(workspace, now))
    after, comparison = run(before, now + timedelta(hours=1))
    coverage, record = foreign(after)
    assert coverage.state is CoverageState.BLOCKED and coverage.clear == coverage.pairs_examined == 0
    assert coverage.notes == (NO_SUCH_RULE,)
    assert record.state is FindingState.NOT_RETESTED and NO_SUCH_RULE in record.reason
    assert after.rules == before.rules and after.decisions == before.decisions
    assert record.finding.key in standing(after, now + timedelta(hours=1))
    assert f"{FOREIGN:34} COULD NOT RUN" in summary(check(after, now=now), comparison)


def test_what_could_not_be_evaluated_is_told_apart_from_what_was_found(workspace, now):
    def lines(seen):
        said = summary(check(seen, now=now), absorb(seen, check(seen, now=now))[1])
        return next(line for line in said.splitlines() if line.startswith("Zone within stand-off"))

    assert lines(workspace).endswith("1 x 1 compared, 1 found")
    unread = edited(workspace, "Zones", "zone", fields={"unit": "3 Bn", "active_hours": "some nights"})
    assert lines(unread).endswith("1 x 1 compared, 1 found, of these 1 COULD NOT BE EVALUATED")


@pytest.mark.parametrize("setting", ["nothing", "off"])
def test_a_rule_of_another_program_does_not_vanish_unsaid_unless_it_is_switched_off(workspace, now, setting):
    before = from_another_program(accepted(workspace, now))
    rules = {FOREIGN: RuleSettings(enabled=False)} if setting == "off" else {}
    only, _ = run(replace(before, rules=rules), now, rules=[STANDOFF])
    after, _ = run(only, now)
    assert (FOREIGN in {coverage.rule for coverage in after.runs[-1].coverage}) is (setting == "nothing")


def test_limits_of_a_rule_of_another_program_that_was_never_asked_are_said(workspace, now):
    after, _ = run(replace(workspace, rules={FOREIGN: RuleSettings(parameters={"distance_m": 5.0})}), now)
    assert after.runs[-1].coverage[-1].rule == FOREIGN
    assert after.runs[-1].coverage[-1].state is CoverageState.BLOCKED


def test_an_edit_beside_a_finding_of_another_program_is_checked_and_that_finding_is_not_retested(
    workspace, now
):
    before = from_another_program(accepted(workspace, now))
    moved = edited(before, "Zones", "zone", geometry=shapely.box(25, 42, 25.1, 42.1))
    after, comparison = absorb_again(moved, recheck(Kept(before), before, moved, now=now))
    assert comparison.resolved == (KEY,)
    coverage, record = foreign(after)
    assert coverage.state is CoverageState.BLOCKED and coverage.clear == coverage.pairs_examined == 0
    assert record.state is FindingState.NOT_RETESTED and NO_SUCH_RULE in record.reason


def test_one_zone_mended_while_another_breaks_settles_nothing(now):
    """As many cannot be compared as before; which of them made the finding is not known."""
    site = new_feature(Kind.HUMANITARIAN_SITE, shapely.Point(24.05, 42.05), feature_id="site", name="Clinic")
    box = shapely.box(24.0, 42.0, 24.1, 42.1)
    places = {"near": box, "far": shapely.box(9.0, 9.0, 9.1, 9.1), "broken": None}
    zones = [new_feature(Kind.MILITARY_ZONE, box, feature_id=i, name=i) for i in places]
    zones = [zone.with_changes(geometry=place) for zone, place in zip(zones, places.values(), strict=True)]
    start = new_workspace("Test", Mode.TEST, now).with_layer(layer(Kind.HUMANITARIAN_SITE, "Sites", site))
    before, _ = run(start.with_layer(layer(Kind.MILITARY_ZONE, "Zones", *zones)), now)
    swapped = edited(before, "Zones", "near", geometry=None)
    swapped = edited(swapped, "Zones", "broken", geometry=shapely.box(9.0, 8.0, 9.1, 8.1))
    full, _ = run(swapped, now)
    live, _ = absorb_again(swapped, recheck(Kept(before), before, swapped, now=now))
    for after in (full, live):
        record = next(r for r in after.findings if r.finding.key == "verification_too_low/site")
        assert record.state is FindingState.NOT_RETESTED
