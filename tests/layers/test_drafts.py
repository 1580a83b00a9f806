import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import shapely

from layers import checks
from layers.drafts import check_drafts, coverage_lines, headline, with_drafts
from layers.findings import CoverageState, Verdict
from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, RuleSettings, new_feature, new_workspace, table_of
from layers.recheck import Kept
from layers.volume import Window
from layers.workspace_tables import compare

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
CLINIC = (25.6, 42.4)


def workspace_of(*features):
    workspace = new_workspace("Here", Mode.EXERCISE, NOW)
    for kind in dict.fromkeys(f.kind for f in features):
        some = [f for f in features if f.kind is kind]
        workspace = workspace.with_layer(Layer(kind, kind, kind, table_of(spec_of(kind), some)))
    return workspace


def clinic(**more):
    return new_feature(Kind.HUMANITARIAN_SITE, shapely.Point(*CLINIC), feature_id="clinic", name="Clinic",
                       category="hospital", **more)  # fmt: skip


def zone(east_deg, feature_id="draft", **more):
    west, south = CLINIC[0] + east_deg, CLINIC[1]
    box = shapely.box(west, south - 0.01, west + 0.02, south + 0.01)
    return new_feature(
        Kind.MILITARY_ZONE, box, feature_id=feature_id, name="Range", category="firing", **more
    )


def ask(workspace, *drafts, kept=None):
    return check_drafts(kept or Kept(workspace), workspace, with_drafts(workspace, drafts), now=NOW)


def rules_of(findings):
    return {finding.rule for finding in findings}


def test_a_draft_is_compared_and_the_workspace_is_left_alone():
    workspace = workspace_of(clinic(), zone(0.5, "other"))
    before = workspace.layers
    check = ask(workspace, zone(0.001))
    assert "zone_within_standoff_of_site" in rules_of(check.about)
    assert all(any(s.id == "draft" for s in f.subjects) for f in check.about)
    assert workspace.layers is before
    assert workspace.find("draft") is None
    assert workspace.runs == ()


def test_what_is_said_of_a_draft_is_what_a_check_says_once_it_is_issued():
    workspace = workspace_of(clinic(), zone(0.5, "other"))
    drafted = {(f.key, f.sentence) for f in ask(workspace, zone(0.001)).about}
    report = checks.check(with_drafts(workspace, [zone(0.001)]), now=NOW)
    checked = {(f.key, f.sentence) for f in report.findings if any(s.id == "draft" for s in f.subjects)}
    assert drafted == checked


def test_far_away_nothing_is_found_in_what_was_compared_and_both_are_said():
    check = ask(workspace_of(clinic()), zone(0.5))
    assert all(len(f.subjects) == 1 for f in (*check.about, *check.created))
    assert headline(replace(check, about=())) == "No finding in what was compared."
    assert any(line.startswith("Compared by") and "stand-off" in line for line in coverage_lines(check))


def test_with_nothing_to_compare_with_it_is_not_checked_rather_than_without_conflict():
    check = ask(workspace_of(), zone(0.0))
    assert headline(check).endswith("Not checked against others: no rule had anything to compare it with.")
    assert all(c.state is not CoverageState.DONE for c in check.coverage if c.b is not None)


def test_a_draft_without_a_position_is_named_as_not_compared():
    lost = new_feature(Kind.MILITARY_ZONE, None, feature_id="draft", name="Range")
    check = ask(workspace_of(clinic(), zone(0.5, "other")), lost)
    assert check.not_compared["zone_within_standoff_of_site"] == {"draft": "no position"}
    first = coverage_lines(check, brief=True)[0]
    assert first.startswith("Not compared by") and "no position (1 draft)" in first
    assert "zone within stand-off of a site" in first


def test_an_outline_that_crosses_itself_is_not_compared_although_others_are_and_settles_nothing():
    workspace = workspace_of(clinic(), zone(0.001, "zone"), zone(0.5, "other"))
    crossed = shapely.Polygon([(26.0, 42.4), (26.1, 42.5), (26.1, 42.4), (26.0, 42.5)])
    check = ask(workspace, zone(0.001, "zone").with_changes(geometry=crossed))
    assert "zone_within_standoff_of_site" not in rules_of(check.settled)
    assert re.search(r"Not compared by \d+ rules: its outline crosses itself\.$", headline(check))
    assert check.ids == {"zone"}


def test_a_change_of_time_is_seen_by_the_next_question_with_the_same_indexes():
    pause = Window(NOW + timedelta(1), NOW + timedelta(2))
    workspace = workspace_of(clinic(window=pause), zone(0.5, "other"))
    kept = Kept(workspace)
    during, after = (zone(0.001, window=Window(NOW + timedelta(d), NOW + timedelta(d + 1))) for d in (1, 2))
    for _ in range(2):
        assert "zone_within_standoff_of_site" in rules_of(ask(workspace, during, kept=kept).about)
        assert "zone_within_standoff_of_site" not in rules_of(ask(workspace, after, kept=kept).about)


def test_an_edit_of_a_zone_tells_what_it_settles():
    workspace = workspace_of(clinic(), zone(0.001, "zone"))
    check = ask(workspace, zone(0.5, "zone"))
    assert "zone_within_standoff_of_site" in rules_of(check.settled)
    assert "zone_within_standoff_of_site" not in rules_of(check.about)


def test_findings_about_others_are_told_too():
    area, other = (
        new_feature(Kind.NO_STRIKE_AREA, shapely.Point(lon, 42.4).buffer(0.02), feature_id=feature_id)
        for lon, feature_id in ((CLINIC[0], "draft"), (26.5, "other"))
    )
    check = ask(workspace_of(clinic(), other), area)
    assert "site_not_covered_by_no_strike_area" in rules_of(check.settled)


def test_rules_that_are_switched_off_are_not_asked():
    workspace = workspace_of(clinic())
    object.__setattr__(workspace, "rules", {"site_inside_zone": RuleSettings(enabled=False)})
    assert "site_inside_zone" not in {c.rule for c in ask(workspace, zone(0.0)).coverage}


def test_a_zone_with_the_status_draft_is_reported_and_called_a_draft():
    draft = zone(0.001, "zone", fields={"status": "draft"})
    report = checks.check(workspace_of(clinic(), draft), now=NOW)
    found = next(f for f in report.findings if f.rule == "zone_within_standoff_of_site")
    assert found.verdict is Verdict.CONFLICT
    assert "“Range” (draft)" in found.sentence


@pytest.mark.parametrize("count", [1, 3])
def test_drafts_of_one_kind_go_into_one_layer(count):
    workspace = workspace_of(clinic())
    after = with_drafts(workspace, [zone(0.1 * n, f"d{n}") for n in range(count)])
    (layer,) = after.of_kind(Kind.MILITARY_ZONE)
    assert list(layer.table.id) == [f"d{n}" for n in range(count)]
    sites = Kind.HUMANITARIAN_SITE
    assert not len(compare(workspace.of_kind(sites)[0].table, after.of_kind(sites)[0].table).changed)
