"""Positions are read as people write them, with the uncertainty the notation implies, or refused in words."""

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from layers import utm
from layers.coordinates import Notation, all_notations, format_position, parse, parse_copied
from layers.errors import LayersError

GEOD = Geod(ellps="WGS84")
LAT, LON = 32 + 18 / 60 + 15 / 3600, 36 + 19 / 60 + 20 / 3600

LONGITUDES = st.one_of(
    st.floats(-180, 180),
    st.sampled_from([-180.0, 180.0, 179.9999999, -179.9999999, 0.0, -0.0, 3.0, 5.9999, 9.0, 21.0, 33.0]),
    st.integers(-30, 30).map(lambda zone: min(180.0, zone * 6 + 1e-9)),
)
LATITUDES = st.one_of(
    st.floats(-90, 90),
    st.sampled_from([90.0, -90.0, 84.0, -80.0, 83.99999, 84.00001, -80.00001, 0.0, -0.0, 60.5, 78.2]),
    st.integers(-10, 9).map(lambda band: band * 8 + 1e-9),
)


def distance(position, lon, lat):
    return GEOD.inv(lon, lat, position.lon, position.lat)[2]


@pytest.mark.parametrize(
    "text",
    [
        "32°18'15\"N 36°19'20\"E",
        "32° 18′ 15″ N, 36° 19′ 20″ E",
        "32º18’15’’N 36º19’20’’E",
        "N 32°18'15\" E 36°19'20\"",
        "36°19'20\"E 32°18'15\"N",
        "32 18 15 36 19 20",
        "32 18 15 N 036 19 20 E",
        "32-18-15 36-19-20",
        "32:18:15N 36:19:20E",
        "32d18m15sN 36d19m20sE",
        "32 deg 18 min 15 sec N 36 deg 19 min 20 sec E",
        "32d 18m 15s, 36d 19m 20s",
        "321815N0361920E",
        "321815N 0361920E",
        "n321815e0361920",
        "32 18 15 north; 36 19 20 east",
        "٣٢ ١٨ ١٥ ٣٦ ١٩ ٢٠",
        "\u200e32 18 15 N 36 19 20 E\u200f",
    ],
)
def test_degrees_minutes_seconds_are_read_in_every_common_form(text):
    position = parse(text)
    assert position.notation is Notation.DMS
    assert (position.lat, position.lon) == pytest.approx((LAT, LON), abs=1e-12)
    assert 15 < position.uncertainty_m < 31


@pytest.mark.parametrize(
    ("text", "lat", "lon"),
    [
        ("32.3041 36.3223", 32.3041, 36.3223),
        ("32.3041, 36.3223", 32.3041, 36.3223),
        ("32.3041;36.3223", 32.3041, 36.3223),
        ("32,3041 36,3223", 32.3041, 36.3223),
        ("32,3041; 36,3223", 32.3041, 36.3223),
        ("32,3041,36,3223", 32.3041, 36.3223),
        ("32,5 36", 32.5, 36.0),
        ("S32.3041 W36.3223", -32.3041, -36.3223),
        ("36.3223W 32.3041S", -32.3041, -36.3223),
        ("32.3041° N 36.3223° E", 32.3041, 36.3223),
        ("-32.3041 -36.3223", -32.3041, -36.3223),
        ("\u221232.3041, +36.3223", -32.3041, 36.3223),
        ("lat 32.3041 lon 36.3223", 32.3041, 36.3223),
        ("Longitude: 36.3223, Latitude: 32.3041", 32.3041, 36.3223),
        ("٣٢٫٣٠٤١، ٣٦٫٣٢٢٣", 32.3041, 36.3223),
        ("３２.３０４１ ３６.３２２３", 32.3041, 36.3223),
        ("geo:32.3041,36.3223", 32.3041, 36.3223),
        ("geo:32.3041,36.3223,550;crs=wgs84", 32.3041, 36.3223),
        ("0 0", 0.0, 0.0),
        ("90 180", 90.0, 180.0),
    ],
)
def test_decimal_degrees_are_read_in_every_common_form(text, lat, lon):
    position = parse(text)
    assert (position.lat, position.lon, position.notation) == (lat, lon, Notation.DD)


@pytest.mark.parametrize(
    "text", ["32 18.25N 036 19.33E", "32°18.25'N 36°19.33'E", "3218.25N03619.33E", "32 18,25 36 19,33"]
)
def test_degrees_and_minutes_are_read_in_every_common_form(text):
    position = parse(text)
    assert position.notation is Notation.DDM
    assert (position.lat, position.lon) == pytest.approx((32 + 18.25 / 60, 36 + 19.33 / 60), abs=1e-12)


@pytest.mark.parametrize(
    "text", ["37SBR4800077000", "37S BR 48000 77000", "37s br 4800077000", "MGRS: 37SBR4800077000"]
)
def test_mgrs_is_the_centre_of_its_square(text):
    position = parse(text)
    assert position.notation is Notation.MGRS
    to_utm = Transformer.from_crs(4326, 32637, always_xy=True)
    assert to_utm.transform(position.lon, position.lat) == pytest.approx((248000.5, 3577000.5), abs=0.002)


@pytest.mark.parametrize(
    ("text", "epsg"),
    [
        ("37N 248000 3577000", 32637),
        ("37 north 248000 3577000", 32637),
        ("37R 248000 3577000", 32637),
        ("UTM zone 37 N 248000mE 3577000mN", 32637),
        ("37N E 248000 N 3577000", 32637),
        ("37S 248000 6577000", 32737),
        ("37 south 248000 3577000", 32737),
        ("36N 812345.5 3577000.25", 32636),
    ],
)
def test_utm_agrees_with_proj(text, epsg):
    position = parse(text)
    numbers = [
        float(word.strip("mENn"))
        for word in text.split()[-3:]
        if word.strip("mEN.").replace(".", "").isdigit()
    ]
    to_lonlat = Transformer.from_crs(epsg, 4326, always_xy=True)
    lon, lat = to_lonlat.transform(*numbers[-2:])
    assert distance(position, lon, lat) < 1e-4
    assert ("southern" if epsg > 32700 else "northern") in position.how


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "no position"),
        ("   ", "no position"),
        ("hello", "not a position"),
        ("32.5", "latitude and a longitude"),
        ("1 2 3", "latitude and a longitude"),
        ("120.5 32.3", "beyond the pole"),
        ("32.3 190", "beyond 180"),
        ("90.001N 36E", "beyond the pole"),
        ("32 60 0 36 0 0", "59"),
        ("32 18 60 36 0 0", "59"),
        ("32.5 18 36.5 19", "last number"),
        ("-32.3 S 36 E", "two ways"),
        ("32,18,36,19", "two ways"),
        ("32N 36N", "one of N or S"),
        ("32N 36", "one of N or S"),
        ("32D18M15S 36D19M20E", "one of N or S"),
        ("32.3 N 36.3 O", "letter O"),
        ("N 32.3 36.3 E", ""),
        ("32'18\"15 36 19 20", ""),
        ("321815N 361920E", "number of digits"),
        ("lat 32 lat 36", "same kind"),
        ("37SBR", "4, 6, 8 or 10"),
        ("37SBR12", "4, 6, 8 or 10"),
        ("37SBR123", "4, 6, 8 or 10"),
        ("37SBR 123 4567", "4, 6, 8 or 10"),
        ("37SBR123456123456", "4, 6, 8 or 10"),
        ("37SIO1234", "no such MGRS square"),
        ("99SBR1234", "no such MGRS square"),
        ("37NBR12341234", "no such MGRS square"),
        ("37S 248000 3577000", "37 south 248000 3577000 or 37 north"),
        ("37I 248000 3577000", "no UTM letter"),
        ("37Q 248000 3577000", "band Q"),
        ("61N 248000 3577000", "no UTM zone"),
        ("37N 48000 3577000", "out of range"),
        ("37N 500000 9900000", "outside the zone"),
        ("geo:32.3,36.3;crs=epsg2154", "WGS 84"),
        ("geo:32.3,36.3;u=x", "uncertainty"),
        ("POINT (36.3 32.3)", "not a position"),
        ("[36.3, 32.3]", "not a position"),
        ("1" * 500, "too long"),
    ],
)
def test_what_is_no_position_or_can_be_read_in_two_ways_is_refused_in_words(text, word):
    with pytest.raises(LayersError) as refusal:
        parse(text)
    assert word in str(refusal.value)
    assert refusal.value.hint


@pytest.mark.parametrize(
    "text", ["(32.3041, 36.3223)", "32.3041N, 36.3223E.", " (32.3041 36.3223); ", "32.3041, 36.3223"]
)
def test_what_belongs_to_the_sentence_is_left_out_of_a_copied_position(text):
    found = parse_copied(text)
    assert (found.lat, found.lon) == (32.3041, 36.3223)


@pytest.mark.parametrize("text", ["", ".", "()", "(a)", "[36.3, 32.3]"])
def test_what_holds_no_position_is_refused_when_copied_too(text):
    with pytest.raises(LayersError):
        parse_copied(text)


def test_without_letters_latitude_comes_first_and_the_reader_is_told():
    assert parse("32.3 36.3").how == "latitude first"
    assert parse("32.3N 36.3E").how == ""


@pytest.mark.parametrize(
    ("text", "expected_m"),
    [
        ("0.00 0.00", 787),
        ("0.0000 0.0000", 7.87),
        ("0.00000 0.00000", 0.787),
        ("0 0 0 0 0 0", 21.9),
        ("0 0.0 0 0.0", 131),
        ("31N 500000 0", 0.707),
        ("37SBR4877", 707),
        ("37SBR480770", 70.7),
        ("37SBR48007700", 7.07),
        ("37SBR4800077000", 0.707),
        ("geo:0.0000,0.0000;u=35", 35),
        ("geo:0.00,0.00;u=35", 787),
    ],
)
def test_the_uncertainty_is_half_the_diagonal_of_what_the_notation_implies(text, expected_m):
    assert parse(text).uncertainty_m == pytest.approx(expected_m, rel=0.01)


def test_a_degree_of_longitude_shrinks_towards_the_poles():
    assert parse("60.000 10.000").uncertainty_m < 0.8 * parse("0.000 10.000").uncertainty_m


@settings(max_examples=400)
@given(
    lon=LONGITUDES,
    lat=LATITUDES,
    notation=st.sampled_from([Notation.DD, Notation.DDM, Notation.DMS]),
    decimals=st.integers(0, 9),
)
@example(lon=59.99999999, lat=89.99999999, notation=Notation.DMS, decimals=0)
@example(lon=-0.00000001, lat=-0.00000001, notation=Notation.DD, decimals=4)
def test_angles_are_read_back_within_their_uncertainty_everywhere(lon, lat, notation, decimals):
    text = format_position(lon, lat, notation, decimals)
    position = parse(text)
    assert position.notation is notation
    assert distance(position, lon, lat) <= position.uncertainty_m


@settings(max_examples=400)
@given(lon=LONGITUDES, lat=LATITUDES, digits=st.integers(2, 5), spaces=st.booleans())
@example(lon=4.0, lat=61.0, digits=5, spaces=True)  # Norway: zone 32V is widened
@example(lon=20.0, lat=75.0, digits=5, spaces=True)  # Svalbard: zones 31X, 33X, 35X, 37X
@example(lon=0.0, lat=-1e-10, digits=2, spaces=True)  # a hair south of the equator
@example(lon=3.0, lat=-5e-8, digits=5, spaces=True)
@example(lon=0.0, lat=90.0, digits=5, spaces=True)
@example(lon=0.0, lat=-90.0, digits=2, spaces=False)
def test_mgrs_is_read_back_within_its_uncertainty_everywhere(lon, lat, digits, spaces):
    text = format_position(lon, lat, Notation.MGRS, digits)
    position = parse(text if spaces else text.replace(" ", ""))
    assert position.notation is Notation.MGRS
    assert distance(position, lon, lat) <= position.uncertainty_m


@settings(max_examples=400)
@given(lon=LONGITUDES, lat=LATITUDES, decimals=st.integers(0, 3))
@example(lon=4.0, lat=61.0, decimals=0)
@example(lon=20.0, lat=75.0, decimals=0)
@example(lon=31.0, lat=-0.0000001, decimals=0)
def test_utm_is_read_back_within_its_uncertainty_or_refused_near_the_poles(lon, lat, decimals):
    if not -80 <= lat <= 84:
        with pytest.raises(LayersError, match="MGRS near the poles"):
            format_position(lon, lat, Notation.UTM, decimals)
        return
    position = parse(format_position(lon, lat, Notation.UTM, decimals))
    assert position.notation is Notation.UTM
    assert distance(position, lon, lat) <= position.uncertainty_m + 1e-4


def test_utm_zones_follow_the_exceptions_of_norway_and_svalbard():
    assert format_position(4.0, 61.0, Notation.UTM).startswith("32 north")
    assert format_position(20.0, 75.0, Notation.UTM).startswith("33 north")
    assert format_position(180.0, 0.0, Notation.UTM).startswith("1 north")


@settings(max_examples=60)
@given(lat=st.floats(-80, 84), away=st.floats(-9, 9), zone=st.integers(1, 60))
def test_the_projection_agrees_with_proj_to_a_tenth_of_a_millimetre(lat, away, zone):
    lon = math.remainder(utm.central_meridian(zone) + away, 360)
    there = Transformer.from_crs(4326, 32600 + zone, always_xy=True).transform(lon, lat)
    assert utm.from_lonlat(lon, lat, zone) == pytest.approx(there, abs=1e-4)
    back = utm.to_lonlat(*there, zone)
    assert GEOD.inv(*back, lon, lat)[2] < 1e-4


@settings(max_examples=500)
@given(
    st.one_of(
        st.text(max_size=120),
        st.text(alphabet="0123456789 .,;:-+°'\"NSEWOdmsDMSBRXZgeo:latLON٣٫", max_size=40),
        st.from_regex(r"[0-9]{1,2} ?[A-Z]{1,3} ?[0-9 .]{0,20}", fullmatch=True),
    )
)
def test_any_text_is_a_position_on_earth_or_a_sentence(text):
    try:
        position = parse(text)
    except LayersError as refusal:
        assert refusal.message.endswith(".")
        return
    assert -90 <= position.lat <= 90
    assert -180 <= position.lon <= 180
    assert position.uncertainty_m > 0


@pytest.mark.parametrize("notation", list(Notation))
@pytest.mark.parametrize(("lon", "lat"), [(math.nan, 0.0), (0.0, math.inf), (181.0, 0.0), (0.0, -90.5)])
def test_a_place_that_is_not_on_earth_is_not_written(notation, lon, lat):
    with pytest.raises(LayersError):
        format_position(lon, lat, notation)


def test_positions_are_written_as_officers_expect():
    assert format_position(LON, LAT, Notation.DD) == "32.30417, 36.32222"
    assert format_position(LON, LAT, Notation.DDM) == "32°18.250'N 036°19.333'E"
    assert format_position(-LON, -LAT, Notation.DMS) == "32°18'15.0\"S 036°19'20.0\"W"
    assert format_position(LON, LAT, Notation.MGRS, 4) == "37S BR 4786 7730"
    assert format_position(LON, LAT, Notation.UTM) == "37 north 247868 3577301"


@settings(max_examples=60)
@given(lon=LONGITUDES, lat=LATITUDES)
def test_every_written_form_of_a_place_is_among_those_searched_for(lon, lat):
    texts = set(all_notations(lon, lat))
    for notation, decimals in ((Notation.DD, 4), (Notation.DD, 6), (Notation.DMS, 0), (Notation.DDM, 3)):
        written = format_position(lon, lat, notation, decimals)
        assert written in texts
    mgrs = format_position(lon, lat, Notation.MGRS, 4)
    assert {mgrs, mgrs.replace(" ", "")} <= texts
    if -80 <= lat <= 84:
        assert format_position(lon, lat, Notation.UTM) in texts


def test_a_place_cut_off_instead_of_rounded_is_searched_for_too():
    texts = all_notations(36.322299, 32.304199)
    assert "36.3222, 32.3041" in texts
    assert "36.3223, 32.3042" in texts
    assert "32.3042 36.3223" in texts
