"""A repair is valid and stays where the shape was, or the shape is given up with the reason."""

import pytest
import shapely

from layers.repair import Budget, make_valid

NEARLY_TOUCHING = (
    "POLYGON ((36.88355344539626 33.514117646599516, 36.882213699434104 33.50911764659951, "
    "36.878553445396264 33.505457392561674, 36.87355344539626 33.50411764659952, "
    "36.86855344539626 33.505457392561674, "
    "36.86489319135842 33.50911764659951, 36.86355344539626 33.514117646599516, 36.86489319135842 "
    "33.51911764659952, 36.868553446465995 0, 36.86855344539626 33.505457392561674, 36.86489319135842 "
    "33.50911764659951, 36.86355344539626 33.514117646599516, 36.86489319135842 33.51911764659952, "
    "36.86855344539626 33.52277790063736, 36.87355344539626 33.524117646599514, 36.878553445396264 "
    "33.52277790063736, 36.882213699434104 33.51911764659952, 36.88355344539626 33.514117646599516))"
)
HOLE_FAR_AWAY = (
    "POLYGON ((36 33, 37 33, 37 34, 36 34, 36 33), (36.5 33.5, 36.6 33.6, -4e202 -4e196, 36.5 33.5))"
)


@pytest.mark.filterwarnings("ignore:.*encountered in.*:RuntimeWarning")
@pytest.mark.parametrize("text", [NEARLY_TOUCHING, HOLE_FAR_AWAY])
def test_a_repair_is_valid_and_lies_where_the_shape_lay_or_is_given_up(text):
    shape = shapely.from_wkt(text)
    mended = make_valid(shape, Budget())
    if mended.geometry is None:
        assert "cannot be repaired" in mended.what or "too tangled" in mended.what
    else:
        assert shapely.is_valid(mended.geometry)
        assert shapely.box(30, -1, 40, 40).covers(mended.geometry)
