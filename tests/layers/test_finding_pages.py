"""Findings packed away: nothing is lost, and nothing that reads them can tell the difference."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import shapely

from layers import finding_pages
from layers.check_json import check_json
from layers.checks import check
from layers.decisions import absorb, decide
from layers.errors import WorkspaceError
from layers.finding_pages import FindingPages
from layers.findings import DecisionType, FindingState
from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, RuleSettings, new_feature, new_workspace, table_of
from layers.workspace_file import WorkspaceFile, read_workspace
from layers.workspace_records import FINDINGS
from tests.layers.earlier_check_json import earlier_form
from tests.layers.workspace_samples import NOW

STANDOFF = "zone_within_standoff_of_site"


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    """Let a theatre of a few findings fill several pages."""
    monkeypatch.setattr(finding_pages, "_PAGE", 7)


@pytest.fixture(scope="module")
def theatre():
    """Make 120 sites and 12 zones, of which many are near each other; names of every sort."""
    rng = np.random.default_rng(4)
    at = rng.uniform((24.0, 42.0), (24.3, 42.2), (120, 2))
    names = ["عيادة", 'The "old" \\ mill\n', "Клиника", "", "é\x7f😀"]
    sites = [
        new_feature(
            Kind.HUMANITARIAN_SITE,
            shapely.Point(*xy),
            feature_id=f"s{i}",
            source_id=f"P/{i}",
            name=names[i % len(names)],
            category="hospital" if i % 2 else "school",
        )
        for i, xy in enumerate(at)
    ]
    corners = rng.uniform((24.0, 42.0), (24.3, 42.2), (12, 2))
    zones = [
        new_feature(
            Kind.MILITARY_ZONE, shapely.box(x, y, x + 0.02, y + 0.02), feature_id=f"z{i}", name=f"Z{i}"
        )
        for i, (x, y) in enumerate(corners)
    ]
    workspace = new_workspace("Theatre", Mode.TEST, NOW)
    for kind, features in ((Kind.HUMANITARIAN_SITE, sites), (Kind.MILITARY_ZONE, zones)):
        workspace = workspace.with_layer(Layer(kind, kind, kind, table_of(spec_of(kind), features)))
    return workspace


def packed(workspace):
    return replace(workspace, findings=FindingPages.of(workspace.findings))


def moved_on(workspace, now):
    """Let the operation go on: a decision that lapses, a zone away, a site renamed, a limit changed."""
    key = next(r.finding.key for r in workspace.findings if r.finding.rule == STANDOFF)
    by = {"by": "Ann", "reason": "Agreed", "now": now}
    workspace = decide(workspace, key, DecisionType.ACCEPT, expires=now + timedelta(minutes=1), **by)
    sites, zones = workspace.layers
    keep = np.arange(len(zones.table)) != 3
    site = sites.table.row(5, sites.kind).with_changes(name="Renamed")
    layers = (
        replace(sites, table=sites.table.with_features([site])),
        replace(zones, table=zones.table.take(np.flatnonzero(keep))),
    )
    return replace(workspace, layers=layers, rules={STANDOFF: RuleSettings(parameters={"standoff_m": 900.0})})


def test_packed_findings_are_the_same_ones_in_order(theatre, now):
    checked, _ = absorb(theatre, check(theatre, now=now))
    pages = FindingPages.of(iter(checked.findings))
    assert len(pages) == len(checked.findings) > 30
    assert tuple(pages) == checked.findings and pages[-1] == checked.findings[-1]
    assert pages[3:17] == checked.findings[3:17] and pages[::-9] == checked.findings[::-9]
    stands = [(r.finding.key, r.state, r.change, r.first_run) for r in checked.findings]
    assert list(pages.standings()) == stands
    with pytest.raises(IndexError):
        pages[len(pages)]
    assert not FindingPages() and list(FindingPages()) == []


def test_a_run_taken_in_packed_says_what_it_says_of_objects(theatre, now):
    plain, small = theatre, packed(theatre)
    for step in range(3):
        report = check(plain, now=now + timedelta(hours=step))
        was = plain
        (plain, told), (small, told_small) = absorb(plain, report), absorb(small, report)
        assert isinstance(small.findings, FindingPages) and tuple(small.findings) == plain.findings
        assert told_small == told and small.decisions == plain.decisions and small.runs == plain.runs
        found = [r.finding.key for r in plain.findings if r.last_run == report.run.id]
        assert found[: report.count] == [f.key for f in report.findings], "those of the run come first"
        if step == 1:
            assert plain.decisions[0].lapsed and told.resolved and told.not_retested
        if step < 2:
            plain = moved_on(plain, now) if step == 0 else replace(was, findings=plain.findings, layers=())
            small = replace(plain, findings=small.findings)
    assert {r.state for r in plain.findings} == {FindingState.RESOLVED, FindingState.NOT_RETESTED}


@pytest.mark.parametrize("hold", [lambda workspace: workspace, packed])
def test_the_result_in_pieces_is_that_of_one_value_with_a_line_for_every_finding(theatre, now, hold):
    workspace = hold(theatre)
    for step in range(3):
        options = {"at": now, "horizon": timedelta(hours=2)} if step == 2 else {}
        report = check(workspace, now=now + timedelta(hours=step), **options)
        workspace, comparison = absorb(workspace, report)
        whole = earlier_form(workspace, report, comparison, "wörk.gpkg")
        assert len(whole["findings"]) > 30
        pieces = list(check_json(workspace, report, comparison, "wörk.gpkg"))
        assert json.loads("".join(pieces)) == whole
        lines = "".join(pieces).splitlines()
        keys = [json.loads(line.rstrip(","))["key"] for line in lines if line.startswith('{"key": ')]
        assert keys[: report.count] == [finding["key"] for finding in whole["findings"]]
        assert max(map(len, pieces)) < 20_000
        workspace = moved_on(workspace, now) if step == 0 else workspace


def test_the_result_of_an_empty_workspace_is_that_of_one_value(now):
    empty = new_workspace("Empty", Mode.TEST, now)
    report = check(empty, now=now)
    checked, comparison = absorb(empty, report)
    whole = earlier_form(checked, report, comparison, "e.gpkg")
    assert json.loads("".join(check_json(checked, report, comparison, "e.gpkg"))) == whole


def test_a_file_written_from_packed_findings_holds_the_same(theatre, now, tmp_path):
    path, other = tmp_path / "packed.gpkg", tmp_path / "plain.gpkg"
    for place in (path, other):
        WorkspaceFile.create(place, theatre).close()
    with WorkspaceFile.open(other) as plain, WorkspaceFile.open(path, packed=True) as file:
        for step in range(3):
            report = check(plain.workspace, now=now + timedelta(hours=step))
            file.commit("Check", absorb(file.workspace, report)[0])
            plain.commit("Check", absorb(plain.workspace, report)[0])
            if step == 0:
                after = moved_on(plain.workspace, now)
                plain.commit("Edit", after)
                file.commit("Edit", replace(after, findings=file.workspace.findings))
        assert [entry.counts for entry in file.log()] == [entry.counts for entry in plain.log()]
    assert read_workspace(path).findings == read_workspace(other).findings == plain.workspace.findings
    with WorkspaceFile.open(path, packed=True) as file:
        assert list(file.workspace.findings.rows()) == list(FindingPages.of(plain.workspace.findings).rows())


def test_a_damaged_finding_is_told_when_it_is_read(theatre, now):
    checked, _ = absorb(theatre, check(theatre, now=now))
    rows = FINDINGS.rows(checked.findings[:3])
    rows[1] = tuple("lost" if cell == "open" else cell for cell in rows[1])
    pages = FindingPages(rows)
    with pytest.raises(WorkspaceError, match="damaged"):
        list(pages)
    with pytest.raises(WorkspaceError, match="damaged"):
        list(pages.standings())
