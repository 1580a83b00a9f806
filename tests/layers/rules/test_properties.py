"""What must hold of every rule about pairs, whatever the theatre (metamorphic properties, Hypothesis).

Small theatres of every kind are drawn around a place, so close that features are often near each other and
often touch. A change whose effect is known is made, and the findings before and after are compared.
"""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import cache
from random import Random

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers import outlines
from layers.checks import Locality, evaluate, parameter_values, terms_of
from layers.checks import check as check_rules
from layers.findings import Verdict
from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, new_feature, new_workspace, table_of
from layers.proximity import ProximityRule
from layers.rules import RULES
from layers.scene import Scene
from layers.volume import Window

PAIR_RULES = [rule.id for rule in RULES if rule.b is not None]
SWAPPED = [
    rule
    for rule in RULES
    if isinstance(rule, ProximityRule) and not (rule.also or rule.travelling or rule.slack_parameter)
]
REACH = {"distance_m", "within_m"}
"""Parameters that say how near is too near, where the rule itself does not say which does."""
MET = {"need_without_project", "project_without_need", "no_strike_area_without_its_site"}
"""Rules that report what nothing is near to: a larger reach finds less."""

CATEGORIES = {
    Kind.HUMANITARIAN_SITE: ("hospital", "school", "water_point", "helipad"),
    Kind.MILITARY_ZONE: ("firing", "installation", "airspace", "checkpoint"),
    Kind.NO_STRIKE_AREA: ("no_fire_area",),
    Kind.MOVEMENT: ("convoy", "relief_flight"),
    Kind.PROJECT: ("water", "health", "other"),
    Kind.HAZARD: ("mines",),
    Kind.ARRANGEMENT: ("pause",),
    Kind.ASSESSMENT: ("needs",),
    Kind.REFERENCE: ("place", "infrastructure"),
}
LINES = (Kind.MOVEMENT,)
POINTS = (Kind.HUMANITARIAN_SITE, Kind.PROJECT, Kind.ASSESSMENT)
WEST, SOUTH, STEP_DEG = -10.0, 42.0, 1 / 512
"""A step of about 200 m. Sums of these are exact, so that shapes on the grid touch truly, or not at all."""
DAY = timedelta(days=1)

theatres = given(seed=st.integers(0, 40))
few = settings(
    max_examples=4,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


LOCAL = (Locality.SUBJECTS, Locality.AROUND)


def shape_of(kind, random):
    x, y = WEST + random.randrange(12) * STEP_DEG, SOUTH + random.randrange(10) * STEP_DEG
    far_x, far_y = x + random.randint(1, 4) * STEP_DEG, y + random.randint(1, 4) * STEP_DEG
    if kind in LINES:
        return shapely.LineString([(x, y), (far_x, far_y), (far_x + STEP_DEG, y)])
    if kind in POINTS and random.random() < 0.7:
        return shapely.Point(x, y)
    return shapely.box(x, y, far_x, far_y)


def window_of(random, now):
    start = now + random.randint(-10, 10) * DAY
    end = start + random.randint(1, 10) * DAY
    return random.choice([Window(), Window(start), Window(None, end), Window(start, end)])


def theatre(seed, now):
    """Make a workspace with three features of every kind."""
    random = Random(seed)
    workspace = new_workspace("Theatre", Mode.TEST, now)
    for kind, categories in CATEGORIES.items():
        known = {field.name for field in spec_of(kind).fields}
        features = []
        for number in range(3):
            fields = {
                "sector": random.choice(["wash", "health", ""]),
                "actor": random.choice(["cimic", "civil", ""]),
                "verification": random.choice(["verified", "reported", ""]),
                "site_id": f"{Kind.HUMANITARIAN_SITE} {number}",
            }
            features.append(
                new_feature(
                    kind,
                    shape_of(kind, random),
                    feature_id=f"{kind} {number}",
                    source_id=f"{kind} {number}",
                    name=f"{kind} {number}",
                    category=random.choice(categories),
                    window=window_of(random, now),
                    uncertainty_m=random.choice([0.0, 0.0, 150.0]),
                    fields={name: value for name, value in fields.items() if name in known},
                )
            )
        workspace = workspace.with_layer(Layer(kind, kind, kind, table_of(spec_of(kind), features)))
    return workspace


def changed(workspace, change):
    """Return the workspace with `change` made to every table."""
    return replace(
        workspace, layers=tuple(replace(layer, table=change(layer.table)) for layer in workspace.layers)
    )


def findings_of(workspace, now, **overrides):
    report = check_rules(workspace, rules=PAIR_RULES, overrides=overrides, now=now)
    return {finding.key: finding for finding in report.findings}


@cache
def plain_findings(seed, now):
    """Return the findings of a theatre as it is; the same seed is drawn by several tests."""
    return findings_of(theatre(seed, now), now)


def facts(finding):
    measured = (finding.distance_m, finding.required_m, finding.overlap_m2, finding.overlap_m)
    return (
        finding.verdict,
        finding.severity,
        finding.window,
        tuple(subject.id for subject in finding.subjects),
        *(None if value is None else round(value, 2) for value in measured),
    )


def said(findings):
    return {key: facts(finding) for key, finding in findings.items()}


def test_the_theatres_give_most_rules_something_to_find(now):
    found = {f.rule for seed in range(12) for f in plain_findings(seed, now).values()}
    assert len(found) >= 22, sorted(set(PAIR_RULES) - found)  # a new rule may need what they do not have


def test_what_is_told_of_some_answers_is_what_is_told_of_them_among_all(now):
    told = set()
    for seed in range(6):
        for rule, answers in check_rules(theatre(seed, now), now=now).answers:
            rows = np.arange(len(answers.a))
            sentences, places = answers.describe(rows), answers.places(rows)
            some = rows[::-2]
            assert list(answers.describe(some)) == [sentences[i] for i in some], rule.id
            assert shapely.to_wkb(answers.places(some)).tolist() == shapely.to_wkb(places[some]).tolist()
            if len(rows) > 1:
                assert list(answers.take(rows[::-1]).describe(rows[:1])) == [sentences[-1]]
                told.add(rule.id)
    assert len(told) >= 20


def test_a_crowd_is_compared_block_after_block_and_gives_the_same_findings(now, monkeypatch):
    rules = [rule.id for rule in RULES if rule.b is not None and rule.locality in LOCAL]
    told = []
    for seed in range(6):
        workspace = theatre(seed, now)
        whole = check_rules(workspace, rules=rules, now=now)
        with monkeypatch.context() as crowded:
            crowded.setattr(outlines, "MOST_PAIRS", 3)
            blocks = check_rules(
                workspace, rules=rules, now=now, progress=lambda _n, _of, title: told.append(title)
            )
        assert blocks.findings == whole.findings
        assert blocks.run.coverage == whole.run.coverage
    cut = {title for title, times in Counter(told).items() if times > 6}
    assert len(cut) >= 6


def test_findings_come_by_severity_rule_distance_and_key_a_page_at_a_time(now, monkeypatch):
    for seed in range(6):
        workspace = theatre(seed, now)
        report = check_rules(workspace, now=now)
        rank = {rule.id: number for number, (rule, _) in enumerate(report.answers)}
        far = np.inf
        order = [
            (-f.severity, rank[f.rule], far if f.distance_m is None else f.distance_m, f.key)
            for f in report.findings
        ]
        assert order == sorted(order) and len(order) == report.count
        assert report.severities == Counter(f.severity for f in report.findings)
        assert list(report.severities) == sorted(report.severities, reverse=True)
        outcomes = Counter(f.window.outcome(report.as_of) for f in report.findings)
        assert {outcome: n for outcome, n in report.outcomes.items() if n} == outcomes
        monkeypatch.setattr("layers.checks._PAGE", 3)
        again = tuple(check_rules(workspace, now=now).each())
        assert [replace(f, where=None) for f in again] == [replace(f, where=None) for f in report.findings]
        monkeypatch.undo()


@theatres
@few
def test_the_order_of_rows_and_layers_changes_nothing(now, seed):
    workspace = theatre(seed, now)
    turned = changed(workspace, lambda table: table.take(np.arange(len(table))[::-1]))
    turned = replace(turned, layers=turned.layers[::-1])
    assert said(findings_of(turned, now)) == said(plain_findings(seed, now))


@theatres
@few
def test_shifting_every_time_shifts_the_findings_and_changes_nothing_else(now, seed):
    workspace = theatre(seed, now)
    shift = np.timedelta64(73, "h")
    later = changed(
        workspace, lambda t: replace(t, valid_from=t.valid_from + shift, valid_to=t.valid_to + shift)
    )
    by = timedelta(hours=73)

    def shifted(finding):
        start, end = finding.window.start, finding.window.end
        window = Window(None if start is None else start + by, None if end is None else end + by)
        return replace(finding, window=window)

    before = {key: facts(shifted(finding)) for key, finding in plain_findings(seed, now).items()}
    assert said(findings_of(later, now + by)) == before


@theatres
@few
def test_a_larger_reach_never_removes_a_finding(now, seed):
    workspace = theatre(seed, now)
    wider = {
        f"{rule.id}.{parameter.name}": parameter.default * 2
        for rule in RULES
        if rule.id in PAIR_RULES and rule.id not in MET
        for parameter in rule.parameters
        if parameter.name == getattr(rule, "distance_parameter", "") or parameter.name in REACH
    }
    before = plain_findings(seed, now)
    after = findings_of(workspace, now, **wider)
    for key, finding in before.items():
        assert key in after
        assert finding.verdict is not Verdict.CONFLICT or after[key].verdict is Verdict.CONFLICT


@theatres
@few
def test_more_uncertainty_never_makes_anything_clear(now, seed):
    workspace = theatre(seed, now)
    vaguer = changed(workspace, lambda t: replace(t, uncertainty_m=t.uncertainty_m + 400.0))
    assert plain_findings(seed, now).keys() <= findings_of(vaguer, now).keys()


@theatres
@few
def test_features_far_away_change_nothing(now, seed):
    workspace = theatre(seed, now)
    more = changed(
        workspace,
        lambda table: table.append(
            replace(
                table,
                id=np.array([f"far {name}" for name in table.id], dtype=object),
                source_id=np.array([f"far {name}" for name in table.source_id], dtype=object),
                geometry=shapely.transform(table.geometry, lambda xy: xy + np.array([7.0, 3.0])),
                fields={
                    name: np.array([f"far {text}" for text in column], dtype=object)
                    if name == "site_id"
                    else column
                    for name, column in table.fields.items()
                },
            )
        ),
    )
    after = {
        key: finding
        for key, finding in findings_of(more, now).items()
        if not any(subject.id.startswith("far ") for subject in finding.subjects)
    }
    assert said(after) == said(plain_findings(seed, now))


def moved(workspace, shift_deg, wrapped):
    """Move everything east; where `wrapped`, what then lies wholly beyond 180 degrees is written as west."""

    def longitudes(shape):
        shape = shapely.transform(shape, lambda xy: xy + np.array([shift_deg, 0.0]))
        if wrapped and shapely.bounds(shape)[0] > 180:
            shape = shapely.transform(shape, lambda xy: xy - np.array([360.0, 0.0]))
        return shape

    def table_of_moved(table):
        geometry = np.empty(len(table), dtype=object)
        geometry[:] = [longitudes(shape) for shape in table.geometry]
        return replace(table, geometry=geometry)

    return changed(workspace, table_of_moved)


@pytest.mark.parametrize(
    ("shift_deg", "wrapped"),
    [(360.0, False), (190.0 - 1 / 64, False), (190.0 - 1 / 64, True)],
    ids=["once around", "onto 180 degrees", "across 180 degrees, written as west"],
)
@given(seed=st.integers(0, 2))
@few
def test_where_on_a_parallel_the_theatre_lies_changes_nothing(now, seed, shift_deg, wrapped):
    workspace = theatre(seed, now)
    before, after = plain_findings(seed, now), findings_of(moved(workspace, shift_deg, wrapped), now)
    assert after.keys() == before.keys()
    for key, finding in before.items():
        there = after[key]
        assert (there.verdict, there.window) == (finding.verdict, finding.window)
        for name, slack in (("distance_m", 0.01), ("overlap_m2", 1.0), ("overlap_m", 0.02)):
            was, is_ = getattr(finding, name), getattr(there, name)
            expected = None if was is None else pytest.approx(was, rel=1e-5, abs=slack)
            assert is_ == expected, (key, name)


@theatres
@few
def test_swapping_the_sides_of_a_rule_changes_no_pair(now, seed):
    workspace = theatre(seed, now)
    for rule in SWAPPED:
        terms = terms_of(workspace, parameter_values(rule, workspace), now)
        plain = replace(rule, override_field="")
        there, back = (
            evaluate(one, Scene(workspace), terms) for one in (plain, replace(plain, a=rule.b, b=rule.a))
        )
        pairs = {(there.side_a.ids[i], there.side_b.ids[j]): n for n, (i, j) in enumerate(_rows(there))}
        turned = {(back.side_b.ids[j], back.side_a.ids[i]): n for n, (i, j) in enumerate(_rows(back))}
        assert pairs.keys() == turned.keys(), rule.id
        for pair, n in pairs.items():
            m = turned[pair]
            assert there.verdict[n] is back.verdict[m]
            assert there.distance_m[n] == pytest.approx(back.distance_m[m], abs=0.01)


def _rows(answers):
    return zip(answers.a.tolist(), answers.b.tolist(), strict=True)
