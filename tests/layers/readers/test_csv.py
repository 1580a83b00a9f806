import numpy as np
import pytest
import shapely

from layers.errors import ReadingError
from layers.readers.csv import CsvReader
from layers.reading import Action, ReadOptions


@pytest.fixture
def read(tmp_path):
    def run(text, written_as="utf-8", **options):
        path = tmp_path / "table.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(written_as))
        reader = CsvReader()
        assert reader.sniff(path.read_bytes()[:4096], path)
        return reader.read(path, ReadOptions(**options))

    return run


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimiters_and_encodings_are_recognised(read, delimiter, encoding):
    rows = ["name", "LONGITUDE", "Latitude"], ["مستشفى", "36.32", "32.29"]
    imported = read("\r\n".join(delimiter.join(r) for r in rows) + "\r\n", encoding)
    assert imported.columns["name"][0] == "مستشفى"
    assert imported.geometry[0].equals(shapely.Point(36.32, 32.29))


def test_commas_within_an_outline_do_not_count_and_blanks_part_numbers(read):
    outline = "POLYGON((36 33,37 33,37 34,36 33))"
    imported = read(f"id|geom\n1|{outline}\n2|{outline}\n")
    assert imported.columns["id"].tolist() == ["1", "2"]
    assert imported.geometry[1].area == 0.5
    imported = read("lon lat\n36.5 33.5\n36.6 33.6\n")
    assert imported.geometry.tolist() == [shapely.Point(36.5, 33.5), shapely.Point(36.6, 33.6)]


def test_nul_bytes_and_an_end_mark_cost_nothing(read):
    imported = read("name,lon,lat\nA\0B,36,33\n\x1a\0\0")
    assert imported.columns["name"].tolist() == ["A\ufffdB"]
    assert imported.geometry.tolist() == [shapely.Point(36, 33)]


def test_a_first_line_that_the_next_one_counts_on_from_is_a_row(read):
    assert read("1,Clinic,north\n2,School,south\n").columns["column 1"].tolist() == ["1", "2"]
    assert list(read("district,2020\nNorth,5\nSouth,7\n").columns) == ["district", "2020"]


def test_a_decimal_comma_is_read(read):
    imported = read("name;lon;lat\nA;36,5;32,25\n")
    assert imported.geometry[0].equals(shapely.Point(36.5, 32.25))
    assert imported.columns["lon"][0] == "36,5"


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ("GPS Longitude", "GPS Latitude"),
        ("X", "Y"),
        ("long", "lat"),
        ("долгота", "широта"),
        ("lon_site", "lat_site"),
    ],
)
def test_coordinate_columns_are_found_by_name(read, x, y):
    assert read(f"id,{y},{x}\n1,32.2,36.3\n").geometry[0].equals(shapely.Point(36.3, 32.2))


def test_coordinate_columns_can_be_named(read):
    imported = read("a,b\n36.3,32.2\n", x_field="a", y_field="b")
    assert imported.geometry[0].equals(shapely.Point(36.3, 32.2))
    with pytest.raises(ReadingError, match="no column"):
        read("a,b\n1,2\n", x_field="c", y_field="b")


def test_eastings_and_northings_wait_for_a_coordinate_system(read, problems_of):
    text = "id,easting,northing\n1,255000,3577000\n2,256000,3578000\n"
    imported = read(text)
    assert len(problems_of(imported, Action.SKIPPED)) == 2
    assert np.allclose(shapely.get_coordinates(read(text, crs="EPSG:32637").geometry), (36.4, 32.3), atol=0.1)


def test_a_table_without_coordinates_is_readable_and_all_rows_are_skipped(read, problems_of):
    imported = read("name,type\nA,Office\nB,School\n")
    assert [p.code for p in problems_of(imported, Action.SKIPPED)] == ["no_coordinates"] * 2
    assert imported.columns["name"].tolist() == ["A", "B"]
    assert imported.crs.value == ""


def test_rows_whose_coordinates_cannot_be_read_are_skipped_with_the_reason(read, problems_of):
    imported = read("name,lon,lat\nA,36,32\nB,,32\nC,36,n/a\nD,nan,inf\nE,36 X,32\nF,200,32\nG,36,95\n")
    skipped = problems_of(imported, Action.SKIPPED)
    assert [p.row for p in sorted(skipped, key=lambda p: p.row)] == [2, 3, 4, 5, 6, 7]
    assert "lat “n/a” is not a number." in [p.what for p in skipped]


def test_an_open_quotation_mark_costs_its_own_row_only(read, problems_of):
    imported = read('name,lon,lat\nA,36.1,32.1\n"B,36.2,32.2\nC,36.3,32.3\nD,36.4,32.4\n')
    assert imported.rows == 4
    (skipped,) = problems_of(imported, Action.SKIPPED)
    assert (skipped.row, "quotation mark" in skipped.what) == (2, True)
    assert imported.columns["name"].tolist() == ["A", "C", "D"]


def test_a_value_that_is_too_long_costs_its_own_row_only(read, problems_of, monkeypatch):
    monkeypatch.setattr("layers.readers.csv._MAX_VALUE", 1 << 20)
    imported = read("name,lon,lat\nA,36.1,33.5\n" + "x" * (1 << 20) + "x,36.2,33.6\nB,36.3,33.7\n")
    assert imported.columns["name"].tolist() == ["A", "B"]
    (skipped,) = problems_of(imported, Action.SKIPPED)
    assert skipped.what == "Line 3: a value is longer than 1 MB."


def test_two_open_quotation_marks_do_not_swallow_what_lies_between(read, problems_of):
    imported = read('name,lon,lat\nA,36.1,32.1\n"B,36.2,32.2\nC,36.3,32.3\n"D,36.4,32.4\nE,36.5,32.5\n')
    assert [p.row for p in problems_of(imported, Action.SKIPPED)] == [2, 4]
    assert imported.columns["name"].tolist() == ["A", "C", "E"]


def test_a_value_over_several_lines_is_one_row(read, problems_of):
    imported = read('name,lon,lat\n"Street 5\nCity",36.1,32.1\nB,36.2,32.2\n')
    assert imported.rows == 2
    assert imported.columns["name"][0] == "Street 5\nCity"
    assert not problems_of(imported, Action.SKIPPED)


def test_a_row_with_too_many_values_is_skipped_and_one_with_too_few_doubted(read, problems_of):
    imported = read("name,lon,lat,note\nA, B,36.1,32.1,x\nC,36.2,32.2\nD,36.3,32.3,y,,\n")
    assert [p.row for p in problems_of(imported, Action.SKIPPED)] == [1]
    assert [p.row for p in problems_of(imported, Action.DOUBT)] == [2]


def test_a_guessed_encoding_is_doubted(read, problems_of):
    text = "name,lon,lat\n" + "".join(f"Больница имени святого Николая {i},36,32\n" for i in range(5))
    imported = read(text, "cp1251")
    assert "encoding" in [p.code for p in problems_of(imported, Action.DOUBT)]
    assert read(text, "cp1251", encoding="cp1251").columns["name"][0].startswith("Больница")


def test_a_position_of_zero_zero_is_doubted_not_dropped(read, problems_of):
    imported = read("name,lon,lat\nA,0,0\nB,36,32\n")
    assert [(p.row, p.code) for p in problems_of(imported, Action.DOUBT)] == [(1, "null_island")]
    assert imported.geometry[0] is not None


def test_markup_json_and_binary_are_no_tables(tmp_path):
    for head in (b"<OGRVRTDataSource a,b>", b'{"a": 1, "b": 2}', b"a,b\0c", b"one line of words", b""):
        assert not CsvReader().sniff(head, tmp_path / "x.csv")


def test_the_line_that_tells_excel_the_delimiter_is_no_row_and_no_title(tmp_path, problems_of):
    path = tmp_path / "a.csv"
    path.write_text("sep=;\nname;lat;lon\nA, B, C and D;33,5;36,1\n")
    imported = CsvReader().read(path, ReadOptions())
    assert imported.columns["name"].tolist() == ["A, B, C and D"]
    assert not problems_of(imported, Action.DOUBT)


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("ID,Name,Coordinates,,Type\n,,Lat,Long,\n", ["ID", "Name", "Lat", "Long", "Type"]),
        ("Site,,GPS,,Kind\nNo,Name,Latitude,Longitude,\n", ["No", "Name", "Latitude", "Longitude", "Kind"]),
        ("No,Who,Start,,End\nNo,Name,Lat,Long,Lat\n", ["No", "Name", "Lat", "Long", "Lat (End)"]),
    ],
)
def test_names_over_two_lines_are_read_together_and_that_is_said(read, problems_of, head, names):
    for title, lines in (("", "Lines 1 and 2"), ("Sites in the camp\n", "Lines 2 and 3")):
        imported = read(f"{title}{head}1,Amber,32.29,36.31,7\n2,Birch,32.30,36.32,8\n")
        assert list(imported.columns) == names
        assert [(g.x, g.y) for g in imported.geometry] == [(36.31, 32.29), (36.32, 32.3)]
        (doubt,) = [p for p in problems_of(imported, Action.DOUBT) if p.code == "header_row"]
        assert doubt.what.startswith(f"{lines} name the columns together.")


@pytest.mark.parametrize(
    "second",
    [
        "Amber,32.29,36.31,note",
        "Amber,tbc,tbc,waiting for positions",
        ",,,a remark",
        "(text),(deg),(deg),",
        "",
    ],
)
def test_a_row_below_the_names_is_no_second_line_of_them(read, problems_of, second):
    imported = read(f"Name,Lat,Long,\n{second}\nBirch,32.30,36.32,\nCedar,32.31,36.33,\n")
    assert list(imported.columns)[:3] == ["Name", "Lat", "Long"]
    assert len(imported) == 2 + bool(second)
    assert not [p for p in problems_of(imported, Action.DOUBT) if p.code == "header_row"]


@pytest.mark.parametrize(
    ("again", "is_doubted"), [("Name,Long,Lat", True), ("Name,Lat,Long", False), ("Lat,x,y", False)]
)
def test_a_second_table_below_with_its_columns_in_another_order_is_doubted(
    read, problems_of, again, is_doubted
):
    imported = read(f"Name,Lat,Long\nAmber,32.29,36.31\n\n{again}\nBirch,36.32,32.30\n")
    doubts = [(p.row, p.code) for p in problems_of(imported, Action.DOUBT)]
    assert doubts == ([(2, "names_again")] if is_doubted else [])
