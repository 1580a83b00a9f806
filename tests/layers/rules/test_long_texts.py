"""Partners paste reports into cells: one long text must not make columns as wide as it is."""

import tracemalloc

import numpy as np
import pytest
import shapely

from layers.checks import check
from layers.decisions import absorb
from layers.kinds import KINDS
from layers.model import Layer, Mode, new_feature, new_workspace, table_of
from layers.p_codes import lowest

LONG = "Report " * 40_000
FEW = 150


@pytest.fixture
def workspace(now):
    workspace = new_workspace("Test", Mode.TEST, now)
    places = np.random.default_rng(1).uniform((20.0, 45.0), (20.05, 45.05), (FEW, 2))
    for spec in KINDS:
        texts = {field.name: LONG for field in spec.fields if not field.is_number}
        features = [
            new_feature(spec.kind, shapely.Point(place), feature_id=f"{spec.kind}-{i}", name=f"{i}")
            for i, place in enumerate(places)
        ]
        features[0] = features[0].with_changes(name=LONG, category=LONG, source_id=LONG, fields=texts)
        table = table_of(spec, features)
        workspace = workspace.with_layer(Layer(spec.kind, spec.kind, spec.kind, table))
    return workspace


def test_a_check_of_features_of_which_one_says_much_takes_no_gigabytes(workspace, now):
    tracemalloc.start()
    try:
        report = check(workspace, now=now)
        checked, _ = absorb(workspace, report)
        for layer in checked.layers:
            assert len(layer.table.fingerprints(np.arange(FEW))) == FEW
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(checked.findings) > FEW
    assert most < FEW * len(LONG) * 3, "a text of numpy's takes four bytes for each character of the longest"


def test_a_code_that_would_lie_in_hundreds_of_areas_is_none():
    assert lowest("SY" + "1" * 38) == "SY" + "1" * 38
    assert lowest("SY" + "1" * 39) == ""
    assert lowest("A1" * 500_000 + "!") == ""
