"""A position written in MGRS is the square it names: not more, and not less."""

from datetime import UTC, datetime

import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer

from layers.checks import check
from layers.coordinates import parse
from layers.findings import Verdict
from layers.grid_squares import squares
from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, new_feature, new_workspace, table_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GEOD = Geod(ellps="WGS84")
RULE = "zone_within_standoff_of_site"


def square_of(text):
    position = parse(text)
    point = np.array([shapely.Point(position.lon, position.lat)], dtype=object)
    return squares(point, np.array([position.uncertainty_m]))[0], position


@pytest.mark.parametrize(
    ("text", "zone", "size_m"),
    [
        ("35TLG2748", 32635, 1_000),
        ("35TLG274481", 32635, 100),
        ("35TLG27404810", 32635, 10),
        ("34HBH6143", 32734, 1_000),
        ("32VKM9012", 32632, 1_000),  # wider than other zones
        ("01KAB5050", 32701, 1_000),
        ("60KXE5050", 32760, 1_000),
    ],
)
def test_the_square_is_the_one_that_the_text_names(text, zone, size_m):
    square, position = square_of(text)
    project = Transformer.from_crs(4326, zone, always_xy=True).transform
    corners = np.array([project(*corner) for corner in square.exterior.coords])
    east, north = project(position.lon, position.lat)
    assert corners[:, 0].min() == pytest.approx(east - size_m / 2, abs=0.02)
    assert corners[:, 0].max() == pytest.approx(east + size_m / 2, abs=0.02)
    assert corners[:, 1].min() == pytest.approx(north - size_m / 2, abs=0.02)
    assert corners[:, 1].max() == pytest.approx(north + size_m / 2, abs=0.02)
    assert corners[:, 0].min() % size_m == pytest.approx(0, abs=0.02) or corners[:, 0].min() % size_m > (
        size_m - 0.02
    )


@pytest.mark.parametrize("text", ["41.5 25.5", "41 30 00 N 25 30 00 E", "35T 325000 4621000"])
def test_other_notations_are_no_squares(text):
    square, _ = square_of(text)
    assert square is None


def test_a_stated_uncertainty_of_the_same_size_elsewhere_is_no_square():
    _, position = square_of("35TLG2748")
    beside = np.array([shapely.Point(position.lon + 1e-4, position.lat)], dtype=object)
    assert squares(beside, np.array([position.uncertainty_m]))[0] is None


def verdict_of(azimuth, gap_from_centre_m):
    """Check a site known as a 1 km square and a small zone whose rim lies so far from its centre."""
    _, position = square_of("35TLG2748")
    lon, lat, _ = GEOD.fwd(position.lon, position.lat, azimuth, gap_from_centre_m)
    site = new_feature(
        Kind.HUMANITARIAN_SITE,
        shapely.Point(position.lon, position.lat),
        feature_id="site",
        name="Clinic",
        uncertainty_m=position.uncertainty_m,
    )
    zone = new_feature(Kind.MILITARY_ZONE, shapely.Point(lon, lat), feature_id="zone", name="Zone")
    workspace = new_workspace("Squares", Mode.TEST, NOW)
    for feature in (site, zone):
        table = table_of(spec_of(feature.kind), [feature])
        workspace = workspace.with_layer(Layer(feature.kind, feature.kind, feature.kind, table))
    report = check(workspace, rules=[RULE], overrides={f"{RULE}.standoff_m": 500.0}, now=NOW)
    return [finding.verdict for finding in report.findings], report.run.coverage[0]


@pytest.mark.parametrize(
    ("azimuth", "gap_m", "expected"),
    [
        (0, 400, [Verdict.CONFLICT]),
        (0, 990, [Verdict.POSSIBLE]),  # the side lies 500 m from the centre
        (0, 1_050, []),  # within the disc of 707 m, beyond the square
        (45, 1_180, [Verdict.POSSIBLE]),  # towards the corner
        (45, 1_250, []),
    ],
)
def test_only_the_square_is_possible(azimuth, gap_m, expected):
    verdicts, coverage = verdict_of(azimuth, gap_m)
    assert verdicts == expected
    assert coverage.clear == 1 - len(expected)
