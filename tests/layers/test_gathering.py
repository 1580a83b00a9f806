"""Many features of a layer with the same matter become one finding, and none of them counts as clear."""

import numpy as np
import shapely

from layers.checks import check
from layers.decisions import absorb, absorb_again
from layers.gathering import MOST_APART
from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, new_feature, new_workspace, table_of
from layers.recheck import Kept, recheck


def workspace_of(now, **counts):
    """Make a workspace with so many sites without a category, and one with, in each named layer."""
    workspace = new_workspace("Gathered", Mode.TEST, now)
    for name, count in counts.items():
        features = [
            new_feature(
                Kind.HUMANITARIAN_SITE,
                shapely.Point(24, 42),
                feature_id=f"{name} {i}",
                name=f"{name} {i}",
                category="" if i < count else "hospital",
            )
            for i in range(count + 1)
        ]
        table = table_of(spec_of(Kind.HUMANITARIAN_SITE), features)
        workspace = workspace.with_layer(Layer(name, Kind.HUMANITARIAN_SITE, name, table))
    return workspace


def run(workspace, now):
    report = check(workspace, rules=["missing_field"], now=now)
    return report.findings, report.run.coverage[0]


def test_a_few_are_told_one_by_one(now):
    findings, coverage = run(workspace_of(now, few=MOST_APART), now)
    assert len(findings) == MOST_APART
    assert coverage.clear == 1


def test_many_of_a_layer_are_one_finding_about_the_first_and_none_counts_as_clear(now):
    findings, coverage = run(workspace_of(now, many=MOST_APART + 1, few=2), now)
    gathered, *others = sorted(findings, key=lambda finding: len(finding.sentence), reverse=True)
    assert gathered.key == "missing_field/many 0"
    assert "and 5 more of the layer “many”" in gathered.sentence
    assert {finding.subjects[0].layer for finding in others} == {"few"}
    assert coverage.clear == 2
    assert coverage.a.count == MOST_APART + 1 + 2 + 2


def test_the_finding_keeps_its_key_as_the_layer_grows(now):
    before, _ = run(workspace_of(now, many=MOST_APART), now)
    after, _ = run(workspace_of(now, many=MOST_APART + 30), now)
    assert len(after) == 1
    assert after[0].key in {finding.key for finding in before}


def test_the_finding_tells_the_new_name_of_one_of_the_others_after_a_live_check(now):
    before = workspace_of(now, many=MOST_APART + 1)
    before, _ = absorb(before, check(before, now=now))
    layer = before.layers[0]
    other = layer.table.row(3, layer.kind).with_changes(name="Clinic")
    table = layer.table.with_features([other])
    after = before.with_layer(Layer(layer.id, layer.kind, layer.name, table))
    after, _ = absorb_again(after, recheck(Kept(before), before, after, now=now))
    said = [r.finding.sentence for r in after.findings if r.finding.key == "missing_field/many 0"]
    assert said == [f.sentence for f in check(after, now=now).findings if f.key == "missing_field/many 0"]
    assert "“Clinic”" in said[0]


def test_a_hundred_thousand_are_one_finding(now):
    table = workspace_of(now, many=1).layers[0].table.take(np.zeros(100_000, dtype=np.intp))
    layer = Layer("many", Kind.HUMANITARIAN_SITE, "many", table)
    findings, _ = run(new_workspace("Many", Mode.TEST, now).with_layer(layer), now)
    assert len(findings) == 1
    assert "99,994 more" in findings[0].sentence
