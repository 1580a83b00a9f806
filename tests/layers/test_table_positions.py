"""Positions in tables: any notation, one column or two, mixed; each with the uncertainty it implies."""

import itertools

import numpy as np
import pytest
import shapely
from pyproj import Geod

from layers.coordinates import Notation, format_position
from layers.errors import ReadingError
from layers.readers.csv import CsvReader
from layers.reading import Action, ReadOptions

GEOD = Geod(ellps="WGS84")
PLACES = [
    (36.3223, 32.3041),
    (35.5, -17.83),
    (-70.9, -53.16),
    (24.94, 60.17),
    (0.0004, 51.4779),
    (44.0, 33.3),
]


@pytest.fixture
def read(tmp_path):
    def run(text, **options):
        path = tmp_path / "t.csv"
        path.write_text(text, encoding="utf-8")
        return CsvReader().read(path, ReadOptions(**options))

    return run


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


def column(notation, **options):
    rows = [quoted(format_position(lon, lat, notation, **options)) for lon, lat in PLACES]
    return "position\n" + "\n".join(rows) + "\n"


def apart_m(a, b):
    return np.array([GEOD.inv(p.x, p.y, q.x, q.y)[2] for p, q in zip(a, b, strict=True)])


@pytest.mark.parametrize("coarse", [False, True])
def test_the_same_places_in_all_notations_lie_within_their_stated_uncertainties(read, coarse):
    decimals = {Notation.DD: 2, Notation.DDM: 1, Notation.DMS: 0, Notation.UTM: 0, Notation.MGRS: 2}
    imports = {n: read(column(n, decimals=decimals[n] if coarse else None)) for n in Notation}
    for a, b in itertools.combinations(imports.values(), 2):
        assert (apart_m(a.geometry, b.geometry) <= a.uncertainty_m + b.uncertainty_m).all()
    truth = shapely.points(PLACES)
    for imported in imports.values():
        assert (apart_m(imported.geometry, truth) <= imported.uncertainty_m).all()
        assert imported.rows == len(PLACES)


@pytest.mark.parametrize(
    ("text", "least_m", "most_m"),
    [
        ("37SBR4877", 700, 715),
        ("37S BR 480 770", 70, 72),
        ("37SBR48007700", 7, 7.2),
        ("37S BR 48000 77000", 0.7, 0.72),
        ("32°18'15\"N 36°19'20\"E", 15, 31),
        ("32 18.2N 36 19.3E", 92, 185),
        ("geo:32.3041,36.3223;u=35", 35, 35),
        ("32.304112 36.322312 712.3 4.9", 4.9, 4.9),
        ("POINT (36.32 32.30)", 555, 1110),
    ],
)
def test_a_notation_implies_an_uncertainty(read, text, least_m, most_m):
    imported = read(f"name,position\nA,{quoted(text)}\n")
    assert least_m <= imported.uncertainty_m[0] <= most_m
    assert imported.columns["position"][0] == text


@pytest.mark.parametrize(("decimals", "half_step_m"), [(2, 555), (3, 55.5), (4, 5.55), (5, 0.555)])
def test_the_decimals_of_two_columns_imply_an_uncertainty(read, decimals, half_step_m):
    imported = read(f"lat,lon\n{32.12345678:.{decimals}f},{36.12345678:.{decimals}f}\n")
    assert half_step_m < imported.uncertainty_m[0] < 1.45 * half_step_m


def test_a_number_that_lost_its_trailing_zeros_is_as_precise_as_its_pair(read):
    lost, kept = read("lat,lon\n32.3,36.32231\n32.30,36.32231\n").uncertainty_m
    assert lost < 1
    assert kept > 500


def test_notations_can_be_mixed_from_row_to_row(read):
    texts = ["32.3041, 36.3223", "37S BR 48000 77000", "37 north 248000 3577000", "POINT(36.32 32.30)",
             '32°18\'15"N 36°19\'20"E', "N32 18.25 E36 19.33", "321815N0361920E"]  # fmt: skip
    imported = read(
        "name;where\n" + "".join(f"{i};{quoted(t)}\n" for i, t in enumerate(texts)), x_field="where"
    )
    assert [g is not None for g in imported.geometry] == [True] * len(texts)
    assert (apart_m(imported.geometry, shapely.points([PLACES[0]] * len(texts))) < 700).all()
    assert imported.columns["where"].tolist() == texts


def test_two_columns_take_angles_letters_and_whole_positions_row_by_row(read, problems_of):
    text = (
        "id,lat,lon\n1,32.3041,36.3223\n2,32 18.246N,36 19.338E\n"
        '3,"32°18\'15""","36°19\'20"""\n4,N 32.3041,36.3223 E\n5,37SBR4787177296,\n6,32-18-15,36-19-20\n'
        "7,-32.5 S,36\n8,,\n"
    )
    imported = read(text)
    skipped = problems_of(imported, Action.SKIPPED)
    assert [p.row for p in skipped] == [7, 8]
    assert (apart_m(imported.geometry[:6], shapely.points([PLACES[0]] * 6)) < 40).all()
    assert (imported.x_field, imported.y_field) == ("lon", "lat")


def test_southern_and_western_signs_and_letters_agree(read):
    imported = read('lat,lon\n-32 18 15,-36 19 20\n"32°18\'15""S","36°19\'20""W"\n"S 32 18 15",W 36 19 20\n')
    assert (apart_m(imported.geometry, [imported.geometry[0]] * 3) < 0.01).all()
    assert imported.geometry[0].x < 0 > imported.geometry[0].y


def test_a_utm_zone_may_have_a_column_of_its_own(read):
    imported = read(
        "Zone;Easting;Northing\n37N;248000;3577000\n37 North;248 000 m E;3577000 m N\n36R;750000;3400000\n"
    )
    assert (apart_m(imported.geometry[:2], [shapely.Point(36.323698, 32.301482)] * 2) < 1).all()
    assert round(imported.geometry[2].x) == 36


def test_the_band_s_is_not_taken_for_the_south_where_that_is_open_sea(read, problems_of):
    imported = read("utm\n36S 703000 3577000\n")
    assert 32 < imported.geometry[0].y < 33
    assert [p.code for p in problems_of(imported, Action.DOUBT)] == ["utm_band"]
    patagonia = read("utm\n19S 400000 4200000\n")
    assert [p.code for p in problems_of(patagonia, Action.SKIPPED)] == ["bad_coordinate"]


@pytest.mark.parametrize(
    ("name", "first", "second", "doubted"),
    [
        ("coordinates", "32.3041", "36.3223", True),
        ("lon, lat", "36.3223", "32.3041", False),
        ("lat/long", "32.3041", "36.3223", False),
        ("Coordinates (longitude, latitude)", "36.3223", "32.3041", False),
    ],
)
def test_the_order_of_two_numbers_is_told_by_the_name_or_doubted(
    read, problems_of, name, first, second, doubted
):
    imported = read(f'{quoted(name)};note\n"{first}, {second}";x\n')
    assert imported.geometry[0].equals(shapely.Point(36.3223, 32.3041))
    doubts = problems_of(imported, Action.DOUBT)
    assert [(p.code, p.fix) for p in doubts] == ([("axis_order", {"swap": True})] if doubted else [])


def test_a_first_number_beyond_90_tells_the_order(read, problems_of):
    imported = read('coordinates\n"120.5, 14.6"\n"80.1, 13.0"\n')
    assert shapely.get_coordinates(imported.geometry).tolist() == [[120.5, 14.6], [80.1, 13.0]]
    assert not problems_of(imported, Action.DOUBT)


def test_hxl_tags_are_hints_and_no_row(read, problems_of):
    imported = read("Site,A,B\n#loc+name,#geo+lat,#geo+lon\nOne,32.3041,36.3223\nTwo,32.3052,36.3234\n")
    assert (imported.rows, imported.row.tolist()) == (2, [1, 2])
    assert imported.tags == {"Site": "#loc+name", "A": "#geo+lat", "B": "#geo+lon"}
    assert imported.geometry[0].equals(shapely.Point(36.3223, 32.3041))
    assert [p.code for p in problems_of(imported, Action.REPAIRED)] == ["hxl_tags"]


def test_hxl_tags_without_names_are_the_names(read):
    imported = read("#loc +name,#geo+lat,#geo+lon\nOne,32.3041,36.3223\n")
    assert imported.columns["#loc+name"].tolist() == ["One"]
    assert imported.geometry[0] is not None


def test_a_title_above_the_names_is_left_out_and_noted(read, problems_of):
    text = "Health facilities;;;\nNovember 2026;;;\n\nNo;Name;Lat;Lon\n1;A;32.3041;36.3223\n2;B;32.3;36.3\n"
    imported = read(text)
    assert (imported.rows, imported.header_row) == (2, 4)
    assert list(imported.columns) == ["No", "Name", "Lat", "Lon"]
    assert [p.code for p in problems_of(imported, Action.DOUBT)] == ["header_row"]
    assert read(text, header_row=4).header_row == 4
    with pytest.raises(ReadingError, match="Line 3"):
        read(text, header_row=3)


def test_a_table_without_names_loses_no_row(read, problems_of):
    imported = read("36.3021,132.3012\n36.3022,132.3013\n")
    assert imported.rows == 2
    assert imported.geometry[0].equals(shapely.Point(132.3012, 36.3021))
    assert {p.code for p in problems_of(imported, Action.DOUBT)} == {"no_header", "axis_order"}


def test_other_columns_place_rows_whose_first_columns_are_empty(read, problems_of):
    imported = read("name,mgrs,latitude,longitude\nA,,32.3041,36.3223\nB,37SBR4787177296,,\n")
    assert [g is not None for g in imported.geometry] == [True, True]
    assert [p.code for p in problems_of(imported, Action.REPAIRED)] == ["other_column"]


def test_outlines_as_text_keep_their_own_coordinate_system(read):
    polygon = "POLYGON((248000 3577000,249000 3577000,249000 3578000,248000 3577000))"
    imported = read(f'name;geom\nA;"SRID=32637;{polygon}"\n')
    assert imported.crs.value == "EPSG:32637"
    assert imported.geometry[0].centroid.distance(shapely.Point(36.33, 32.305)) < 0.01
    assert np.isnan(imported.uncertainty_m[0])
    wkb = shapely.to_wkb(shapely.set_srid(shapely.Point(36.3, 32.3), 4326), hex=True, include_srid=True)
    assert read(f"geom,name\n{wkb},A\n").geometry[0].equals(shapely.Point(36.3, 32.3))


def test_curves_and_faces_as_text_are_read(read, problems_of):
    texts = {
        "CIRCULARSTRING Z (0 0 5, 1 1 5, 2 0 5)": ("LineString", 0.0),
        "CURVEPOLYGON (COMPOUNDCURVE ((0 0, 0 2), CIRCULARSTRING (0 2, 1 1, 0 0)))": ("Polygon", np.pi / 2),
        "MULTICURVE ((0 0, 1 1), CIRCULARSTRING (0 0, 1 1, 2 0))": ("MultiLineString", 0.0),
        "MULTISURFACE (((0 0, 1 0, 1 1, 0 0)), CURVEPOLYGON EMPTY)": ("MultiPolygon", 0.5),
        "TIN (((0 0, 1 0, 1 1, 0 0)), ((0 0, 1 1, 0 1, 0 0)))": ("Polygon", 1.0),
        "GEOMETRYCOLLECTION (TRIANGLE ((0 0 1, 1 0 1, 1 1 1, 0 0 1)))": ("Polygon", 0.5),
    }
    wrong = ("TIN (", "CIRCULARSTRING (0 0)", "CURVEPOLYGON (x)", "TIN ((0 0, 1 1)) x", "MULTICURVE (TIN))")
    imported = read("wkt\n" + "\n".join(f'"{text}"' for text in (*texts, *wrong)) + "\n")
    for shape, (kind, area) in zip(imported.geometry, texts.values(), strict=False):
        assert shape.geom_type == kind
        assert shape.area == pytest.approx(area, rel=1e-3)
    skipped = [p.row for p in problems_of(imported, Action.SKIPPED)]
    assert skipped == [len(texts) + 1 + i for i in range(len(wrong))]


def test_long_outlines_are_read_and_deep_ones_refused(read, problems_of):
    ring = ", ".join(f"{36 + np.cos(t):.12f} {32 + np.sin(t):.12f}" for t in np.linspace(0, 6.28, 9_000))
    deep = "GEOMETRYCOLLECTION(" * 5_000 + "POINT(1 1)" + ")" * 5_000
    first = ring.split(",")[0]
    imported = read(f'name;geom\nA;"POLYGON(({ring}, {first}))"\nB;{deep}\n')
    assert imported.geometry[0] is not None
    (skipped,) = problems_of(imported, Action.SKIPPED)
    assert "nested too deep" in skipped.what


def test_plain_metres_take_the_officers_system_and_grid_references_stay_what_they_are(read, problems_of):
    text = "id,x,y\n1,248000,3577000\n2,37SBR4800077000,\n"
    unsaid = read(text)
    assert [p.code for p in problems_of(unsaid, Action.SKIPPED)] == ["crs_unknown"]
    said = read(text, crs="EPSG:32637")
    assert (apart_m(said.geometry, [said.geometry[1]] * 2) < 1).all()
    assert not problems_of(said, Action.SKIPPED)


def test_texts_that_are_no_positions_make_no_column_of_positions(read, problems_of):
    imported = read("name,phone,when,code\nA,0791 234567,2026-11-23,12 45\nB,0791 765432,2026-11-24,13 46\n")
    assert [p.code for p in problems_of(imported, Action.SKIPPED)] == ["no_coordinates"] * 2


def test_unnamed_columns_of_positions_are_found_by_their_values(read):
    imported = read("name,ref\nA,37SBR4800077000\nB,37SBR4900077000\n")
    assert imported.x_field == "ref"


@pytest.mark.parametrize(
    "head",
    [
        "Lat Deg,Lat Min,Lat Sec,Lat Dir,Long Deg,Long Min,Long Sec,Long Dir",
        "lat_d,lat_m,lat_s,ns,lon_d,lon_m,lon_s,ew",
        "Latitude,LatitudeMinutes,LatitudeSeconds,LatNS,Longitude,LongitudeMinutes,LongitudeSeconds,LonEW",
    ],
)
def test_degrees_minutes_and_seconds_in_columns_of_their_own_are_put_together(read, head):
    imported = read(f"{head}\n33,30,0,N,36,6,36.0,E\n5,0,36,S,70,30,00,W\n5.0,30,,N,70,15,,E\n")
    xy = shapely.get_coordinates(imported.geometry)
    assert np.allclose(xy, [(36.11, 33.5), (-70.5, -5.01), (70.25, 5.5)], atol=1e-9)


def test_the_half_of_the_globe_may_stand_in_a_column_of_its_own(read):
    imported = read("lat,N/S,lon,E/W\n33.5,S,36.1,W\n33.5,N,36.1,E\n33.5,,36.1,\n")
    assert shapely.get_coordinates(imported.geometry).tolist() == [[-36.1, -33.5], [36.1, 33.5], [36.1, 33.5]]


@pytest.mark.parametrize("words", [("lat_min", "lon_min"), ("lat_m", "lon_m")])
def test_the_corners_of_a_box_and_fractions_are_no_minutes(read, words):
    head = (
        f"lat,lon,{words[0]},{words[1]},lat_max,lon_max\n"
        if "min" in words[0]
        else f"lat,lon,{words[0]},{words[1]}\n"
    )
    row = "33.5,36.5,33,36,34,37\n" if "min" in words[0] else "33.5,36.5,33,36\n"
    assert shapely.get_coordinates(read(head + row).geometry).tolist() == [[36.5, 33.5]]


def test_a_geometry_of_geojson_in_a_cell_is_read(read):
    imported = read(
        'id,shape\n1,"{""type"": ""LineString"", ""coordinates"": [[36, 33], [37, 34]]}"\n2,"{""type"": 1}"\n'
    )
    assert imported.geometry[0].equals(shapely.LineString([(36, 33), (37, 34)]))
    assert imported.geometry[1] is None
