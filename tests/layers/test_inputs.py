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


def test_it_does_not_move_with_what_is_only_shown(workspace):
    layer = replace(workspace.layers[0], visible=False, locked=True, name="Renamed")
    assert inputs_digest(workspace.with_layer(layer)) == inputs_digest(workspace)
    assert inputs_digest(replace(workspace, title="y", id="z")) == inputs_digest(workspace)
