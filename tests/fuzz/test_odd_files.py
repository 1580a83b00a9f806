"""Every odd file we know of: features or a clear sentence, every row accounted for, and as many as there are."""

from collections.abc import Iterator

import pytest

from tests.fuzz import (
    odd_deliveries,
    odd_exchange,
    odd_geojson,
    odd_geopackages,
    odd_kml,
    odd_shapefiles,
    odd_tables,
)
from tests.fuzz.mutate import LIMIT_S, Sacrifice, judge_whole

CASES = {
    **odd_shapefiles.cases(),
    **odd_geojson.cases(),
    **odd_geopackages.cases(),
    **odd_kml.cases(),
    **odd_tables.cases(),
    **odd_exchange.cases(),
    **odd_deliveries.cases(),
}
DRIVERS = ("GML", "MIF", "DXF", "FGB", "GDB", "TAB", "Esri")
"""GDAL keeps the one driver that its process was started for, so these need a child each."""


@pytest.fixture(scope="module")
def sacrifices() -> Iterator[dict[str, Sacrifice]]:
    children: dict[str, Sacrifice] = {}
    yield children
    for child in children.values():
        child.close()


@pytest.mark.parametrize("name", CASES)
def test_an_odd_file_gives_its_features_or_a_sentence(tmp_path, sacrifices, name):
    path, wanted = CASES[name](tmp_path)
    driver = next((d for d in DRIVERS if f": {d} " in name), "")
    outcome = sacrifices.setdefault(driver, Sacrifice()).judge(path)
    if outcome.verdict in ("ended", "memory"):
        outcome = judge_whole(path)
    assert outcome.is_fine, f"{outcome.verdict}: {outcome.detail}"
    assert outcome.seconds < LIMIT_S
    if wanted is not None:
        assert (outcome.verdict, outcome.placed) == ("features", wanted), outcome.detail


def test_the_collection_is_large():
    assert len(CASES) > 1_250
