"""A few seconds of mutations; `python -m tests.fuzz.mutate` runs as many as there is time for."""

import pytest

from layers.reading import open_any
from tests.fuzz.mutate import Sacrifice, judge_whole, problems_of, run
from tests.fuzz.seeds import ROWS, SEEDS

PLAIN = ("shapefile", "shapefile_areas", "shapefile_zip", "geojson", "geopackage", "kml", "kmz", "csv")


@pytest.mark.parametrize("name", SEEDS)
def test_the_file_that_is_mutated_is_read_whole(tmp_path, name):
    imported = open_any(SEEDS[name](tmp_path))
    assert imported.rows == sum(g is not None for g in imported.geometry) == ROWS
    assert problems_of(imported) == ""


@pytest.mark.parametrize("group", [PLAIN[:4], PLAIN[4:], ("dxf",), ("flatgeobuf",), ("gml",), ("mapinfo",)])
def test_whatever_the_bytes_there_are_features_or_a_sentence(group):
    summary = run(list(group), 60 if len(group) > 1 else 25, seconds=30.0, seed=20261123, whole_every=30)
    assert summary.failures == []
    assert summary.done > 0


def test_a_child_that_dies_is_noticed_and_replaced(tmp_path, monkeypatch):
    path = SEEDS["csv"](tmp_path)
    sacrifice = Sacrifice()
    try:
        assert sacrifice.judge(path).verdict == "features"
        sacrifice._child.kill()
        sacrifice._child.wait()
        assert sacrifice.judge(path).verdict == "features"
    finally:
        sacrifice.close()


def test_a_file_without_features_is_refused_with_a_sentence(tmp_path):
    path = tmp_path / "x.geojson"
    path.write_bytes(b'{"type": "FeatureCollection", "features": [')
    outcome = judge_whole(path)
    assert outcome.verdict == "refused"
    assert outcome.detail.endswith(".")
