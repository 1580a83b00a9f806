import warnings

import numpy as np
import pyproj
import pytest
import shapely
from pyproj import Transformer

from layers import crs
from layers.errors import ReadingError

ESRI_UTM37 = (
    'PROJCS["WGS_1984_UTM_Zone_37N",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,'
    '298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",39.0],'
    'PARAMETER["Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)


def column(*shapes):
    values = np.empty(len(shapes), dtype=object)
    values[:] = shapes
    return values


METRES = column(shapely.Point(255_000, 3_577_000))
DEGREES = column(shapely.Point(36, 32))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (ESRI_UTM37, "EPSG:32637"),
        ("EPSG:32637", "EPSG:32637"),
        ("urn:ogc:def:crs:EPSG::32637", "EPSG:32637"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"),
        (pyproj.CRS.from_epsg(4326).to_wkt("WKT1_ESRI"), "EPSG:4326"),
        (pyproj.CRS.from_epsg(27700).to_wkt("WKT1_ESRI"), "EPSG:27700"),
    ],
)
def test_what_a_file_says_is_recognised(text, code):
    decided = crs.identify(text, METRES)
    assert (decided.value, decided.certain) == (code, True)


def test_a_system_of_its_own_is_kept_as_wkt():
    wkt = ESRI_UTM37.replace("39.0", "38.123").replace("WGS_1984_UTM_Zone_37N", "Own grid")
    decided = crs.identify(wkt, METRES)
    assert decided.value.startswith("PROJCRS")
    assert "Own grid" in decided.how


@pytest.mark.parametrize(
    "text", ["", "nonsense", 'LOCAL_CS["Site grid",UNIT["metre",1]]', "unusable crs member", None]
)
def test_nothing_usable_is_undecided_for_metres_and_proposed_for_degrees(text):
    assert crs.identify(text, METRES).value == ""
    degrees = crs.identify(text, DEGREES)
    assert (degrees.value, degrees.certain) == ("EPSG:4326", False)


def test_candidates_are_ranked_by_the_place_of_the_operation():
    ranked = crs.candidates((255_000, 3_577_000, 256_000, 3_578_000), near=(36.3, 32.3))
    assert ranked[0] == "EPSG:32637"


def test_the_officers_word_is_checked():
    assert crs.check("32637").value == "EPSG:32637"
    for wrong in ("EPSG:1", "hello", "EPSG:4978"):
        with pytest.raises(ReadingError):
            crs.check(wrong)


def test_longitude_comes_first_whatever_the_axis_order():
    moved, accuracy_m, _ = crs.to_wgs84(
        column(shapely.Point(500_000, 5_600_000)), "EPSG:31467"
    )  # northing first
    lonlat = shapely.get_coordinates(moved)[0]
    assert not np.isfinite(lonlat).all() or -180 <= lonlat[0] <= 180
    moved, accuracy_m, _ = crs.to_wgs84(column(shapely.Point(3_500_000, 5_600_000)), "EPSG:31467")
    assert np.allclose(shapely.get_coordinates(moved)[0], (9.0, 50.5), atol=0.1)
    assert accuracy_m and accuracy_m > 0


def test_a_pure_projection_of_wgs84_is_exact_and_a_datum_change_states_its_accuracy():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert crs.to_wgs84(METRES, "EPSG:32637")[1:] == (0.0, "")
        _, accuracy_m, note = crs.to_wgs84(column(shapely.Point(530_000, 180_000)), "EPSG:27700")
    assert accuracy_m == 2.0
    assert "OSTN15" in note


def deviation_m(edge, moved, transformer):
    """Brute force: how far the file's own edge lies from the line that came out."""
    shares = np.linspace(0, 1, 2_001)
    start, end = np.array(edge.coords[0]), np.array(edge.coords[1])
    xy = start + (end - start) * shares[:, None]
    lon, lat = transformer.transform(xy[:, 0], xy[:, 1])
    scale = np.cos(np.radians(lat.mean()))
    line = shapely.transform(moved, lambda c: c * [scale, 1])
    return float(shapely.distance(line, shapely.points(lon * scale, lat)).max() * 111_320)


@pytest.mark.parametrize(
    ("code", "edge"),
    [
        ("EPSG:32637", [(200_000, 3_500_000), (800_000, 3_700_000)]),
        ("EPSG:32637", [(200_000, 7_700_000), (800_000, 7_700_000)]),
        ("EPSG:3035", [(3_000_000, 2_000_000), (5_000_000, 4_500_000)]),
        ("EPSG:3857", [(4_000_000, 3_800_000), (4_200_000, 4_000_000)]),
        ("EPSG:3995", [(-500_000, -2_000_000), (1_500_000, -1_000_000)]),
    ],
)
def test_straight_edges_of_the_file_stay_within_two_millimetres(code, edge):
    line = shapely.LineString(edge)
    moved, _, _ = crs.to_wgs84(column(line), code)
    transformer = Transformer.from_crs(code, "EPSG:4326", always_xy=True)
    assert deviation_m(line, moved[0], transformer) < 0.0021
    assert len(moved[0].coords) < 20_000


def test_short_edges_get_no_vertices_and_rings_of_one_shape_are_not_joined():
    ring = shapely.Polygon([(0, 0), (50, 0), (50, 50), (0, 50)])
    far = shapely.MultiPolygon([shapely.box(250_000, 3_577_000, 250_050, 3_577_050),
                                shapely.box(750_000, 3_577_000, 750_050, 3_577_050)])  # fmt: skip
    near = shapely.transform(ring, lambda c: c + np.array([255_000, 3_577_000]))
    moved, _, _ = crs.to_wgs84(column(near, far, None), "EPSG:32637")
    assert shapely.get_num_coordinates(moved).tolist() == [5, 10, 0]


def test_what_cannot_be_placed_on_the_earth_comes_back_as_none():
    moved, _, _ = crs.to_wgs84(column(shapely.Point(1e12, 1e12), METRES[0]), "EPSG:32637")
    assert moved[0] is None
    assert moved[1] is not None


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("EPSG:32637", (36.3, 32.3)),
        ("EPSG:3857", (36.3, 32.3)),
        ("EPSG:3066", (35.9, 31.95)),  # Jordan's own
        ("EPSG:22770", (36.3, 33.5)),  # Syria's own
        ("EPSG:27700", (-1.5, 52.5)),
        ("EPSG:32733", (13.2, -8.8)),
        ("EPSG:3435", (-87.7, 41.8)),  # US survey feet
    ],
)
def test_the_true_system_is_among_the_first_candidates_near_the_operation(code, place):
    x, y = Transformer.from_crs("EPSG:4326", code, always_xy=True).transform(*place)
    ranked = crs.candidates((x - 500, y - 500, x + 500, y + 500), near=(place[0] + 0.05, place[1] - 0.05))
    found = crs.landings((x - 500, y - 500, x + 500, y + 500), ranked[:4])
    assert len(ranked) <= 12
    assert code in ranked[:6] or any(
        abs(at.west - place[0]) + abs(at.south - place[1]) < 0.02 for at in found
    )


def test_landings_say_where_how_well_and_what_speaks_against_it():
    codes = ["EPSG:32637", "EPSG:27700", "EPSG:3857", "EPSG:4326", "EPSG:1"]
    found = {at.code: at for at in crs.landings((255_000, 3_577_000, 256_000, 3_578_000), codes)}
    assert set(found) == {"EPSG:32637", "EPSG:27700", "EPSG:3857"}
    utm = found["EPSG:32637"]
    assert (utm.name, utm.accuracy_m, utm.note) == ("WGS 84 / UTM zone 37N", 0.0, "")
    assert 36.3 < utm.west < utm.east < 36.5
    assert 32.2 < utm.south < utm.north < 32.4
    assert "would lie outside" in found["EPSG:27700"].note


def test_feet_and_own_grids_are_named_in_words():
    assert "US survey foot" in crs.identify("EPSG:3435", METRES).how
    site = 'LOCAL_CS["Camp grid",UNIT["metre",1]]'
    assert "“Camp grid” is a grid of its own" in crs.identify(site, METRES).how
    assert "centre of the earth" in crs.identify("EPSG:4978", METRES).how


def test_data_outside_the_use_of_their_system_are_noticed():
    assert "United Kingdom" in crs.misplaced("EPSG:27700", (36, 32, 37, 33))
    assert crs.misplaced("EPSG:32637", (36, 32, 37, 33)) == ""
    assert crs.misplaced("EPSG:4326", (36, 32, 37, 33)) == ""
    assert crs.misplaced("EPSG:32601", (179.9, 10, 179.95, 11)) == ""  # a zone beside the antimeridian


def test_data_outside_the_area_of_their_system_are_still_shifted():
    # Greek Grid for a place in Lebanon: without any change of datum it would lie 300 m off.
    there = Transformer.from_crs("EPSG:4326", "EPSG:2100", always_xy=True).transform(36.1, 33.5)
    moved, accuracy_m, note = crs.to_wgs84(column(shapely.Point(there)), "EPSG:2100")
    assert moved[0].distance(shapely.Point(36.1, 33.5)) < 1e-6
    assert accuracy_m is None
    assert "made for elsewhere" in note


def test_a_definition_of_proj_is_understood_and_one_that_names_a_file_is_not():
    said = crs.identify("+proj=utm +zone=37 +datum=WGS84 +units=m +no_defs\n", METRES)
    assert said.value == "EPSG:32637"
    assert crs.identify("+proj=longlat +nadgrids=/etc/passwd +ellps=intl", METRES).value == ""
