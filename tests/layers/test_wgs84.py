import numpy as np
import pytest

from layers import crs, wgs84
from layers.reading import Decided

NOWHERE = np.empty(0, dtype=object)


@pytest.mark.parametrize("text", sorted(wgs84._PLAIN))
def test_what_is_known_by_sight_is_what_the_library_says(text):
    said = Decided(wgs84.WGS84, f"The file says so: {wgs84.NAME}.", (wgs84.WGS84,))
    for spelling in (text, f" {text}\n", text.replace(",", ", ")):
        assert wgs84.is_plain(spelling)
        assert crs.identify(spelling, NOWHERE) == said
        assert crs.to_wgs84(NOWHERE, said.value)[1:] == (0.0, "")
        assert crs.misplaced(said.value, (-180.0, -90.0, 180.0, 90.0)) == ""


@pytest.mark.parametrize(
    "text", [None, "", "EPSG:32637", "EPSG:43260", 'GEOGCS["WGS 84"]', 'GEOGCS["WGS 72"]']
)
def test_anything_else_is_left_to_the_library(text):
    assert not wgs84.is_plain(text)
