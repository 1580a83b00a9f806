import numpy as np
import pytest
import shapely

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


@pytest.mark.parametrize(
    ("line", "pieces"),
    [
        (
            [(179, 0), (181, 2), (179, 0)],
            [[(179, 0), (180, 1)], [(-180, 1), (-179, 2), (-180, 1)], [(180, 1), (179, 0)]],
        ),
        (
            [(178, 0), (181, 0), (181, 1), (180.5, -1)],
            [[(178, 0), (180, 0)], [(-180, 0), (-179, 0), (-179, 1), (-179.5, -1)]],
        ),
        (
            [(-181, 0), (-180, 1), (-180, 2), (-179, 3)],
            [[(179, 0), (180, 1), (180, 2)], [(-180, 2), (-179, 3)]],
        ),
        ([(179, 0), (180, 0), (179, 1)], [[(179, 0), (180, 0), (179, 1)]]),
        ([(179, 0), (180, 0), (180, 0), (181, 1)], [[(179, 0), (180, 0), (180, 0)], [(-180, 0), (-179, 1)]]),
        ([(-190, 0), (190, 38)], [[(170, 0), (180, 1)], [(-180, 1), (180, 37)], [(-180, 37), (-170, 38)]]),
    ],
)
def test_a_line_is_cut_at_180_degrees_alone_in_its_order_with_what_it_runs_twice(line, pieces):
    cut = wgs84.cut_line(shapely.LineString(line))
    assert [list(piece.coords) for piece in cut] == pieces
