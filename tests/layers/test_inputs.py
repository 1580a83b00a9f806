"""The digest of what a check looks at moves with it, and with nothing else."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import shapely

from layers.inputs import inputs_digest
from layers.kinds import spec_of
from layers.model import (
    Confirmation,
    Kind,
    Layer,
    Mode,
    RuleSettings,
    Workspace,
    new_feature,
    new_workspace,
    table_of,
)
from layers.volume import Window

NOW = datetime(2026, 3, 12, 10, tzinfo=UTC)
RULE = "zone_within_standoff_of_site"


@pytest.fixture
def workspace() -> Workspace:
    features = [
        new_feature(Kind.HUMANITARIAN_SITE, shapely.Point(36, 32), feature_id="a", name="Клиника"),
        new_feature(Kind.HUMANITARIAN_SITE, None, feature_id="b", fields={"standoff_m": 800}),
    ]
    layer = Layer(
        "sites", Kind.HUMANITARIAN_SITE, "Sites", table_of(spec_of(Kind.HUMANITARIAN_SITE), features)
    )
    return replace(new_workspace("x", Mode.TEST, NOW), layers=(layer,))


def changed(workspace: Workspace, **changes) -> Workspace:
    layer = workspace.layers[0]
    feature = layer.table.row(0, layer.kind).with_changes(**changes)
    return workspace.with_layer(replace(layer, table=layer.table.with_features([feature])))


@pytest.mark.parametrize(
    "changes",
    [
        {"geometry": shapely.Point(36, 32.000001)},
        {"geometry": None},
        {"window": Window(start=NOW)},
        {"uncertainty_m": 5.0},
        {"name": "Клиника 2"},
        {"fields": {"standoff_m": 300}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_it_moves_with_what_a_check_looks_at(workspace, changes):
    assert inputs_digest(changed(workspace, **changes)) != inputs_digest(workspace)


def test_it_moves_with_a_layer_added_or_removed(workspace):
    assert inputs_digest(workspace.without_layer("sites")) != inputs_digest(workspace)


@pytest.mark.parametrize(
    "settings",
    [
        RuleSettings(enabled=False),
        RuleSettings(parameters={"standoff_m": 800.0}),
        RuleSettings(confirmations={"standoff_m": Confirmation(500.0, "Maj. Novak", NOW)}),
    ],
)
def test_it_moves_with_the_rules(workspace, settings):
    assert inputs_digest(replace(workspace, rules={RULE: settings})) != inputs_digest(workspace)


def test_it_moves_with_the_time_zone_of_hours_and_with_what_the_workspace_is_for(workspace):
    assert inputs_digest(replace(workspace, time_zone="Europe/Sofia")) != inputs_digest(workspace)
    assert inputs_digest(replace(workspace, mode=Mode.REAL)) != inputs_digest(workspace)


def test_it_does_not_move_with_what_is_only_shown(workspace):
    layer = replace(workspace.layers[0], visible=False, locked=True)
    assert inputs_digest(workspace.with_layer(layer)) == inputs_digest(workspace)
    renamed = workspace.with_layer(replace(layer, name="EXERCISE"))  # findings name it, and a rule reads it
    assert inputs_digest(renamed) != inputs_digest(workspace)
    assert inputs_digest(replace(workspace, title="y", id="z")) == inputs_digest(workspace)


def test_it_is_the_same_after_an_edit_as_of_a_table_made_afresh():
    def sites(names):
        points = [new_feature(Kind.HUMANITARIAN_SITE, shapely.Point(36, 32), name=n) for n in names]
        points = [point.with_changes(id=str(i)) for i, point in enumerate(points)]
        return table_of(spec_of(Kind.HUMANITARIAN_SITE), points)

    def digest(table):
        layer = Layer("sites", Kind.HUMANITARIAN_SITE, "Sites", table)
        return inputs_digest(new_workspace("x", Mode.TEST, NOW).with_layer(layer))

    names = [f"Site {i}" for i in range(1_300)]
    table = sites(names)
    before = digest(table)
    for row in (700, 0, 1_299):
        names[row] = "Another"
        feature = table.row(row, Kind.HUMANITARIAN_SITE).with_changes(name="Another")
        earlier, table = table, table.with_features([feature])
        assert table.made_of is not None and table.made_of[0] is earlier
        assert digest(table) == digest(sites(names)) != before
