import struct

import numpy as np
import pytest
import shapely

from layers.readers.shapefile import ShapefileReader
from layers.reading import Action, ReadOptions
from tests.fuzz.odd_shapefiles import dbf

POINTS = [shapely.Point(36.0 + i / 100, 32.0) for i in range(22)]
ARABIC = "المستشفى المغربي"


def read(path, **options):
    return ShapefileReader().read(path, ReadOptions(**options))


def test_utf8_text_without_cpg_is_read_right_and_the_report_says_why(write_shapefile):
    path = write_shapefile(POINTS[:2], {"NAME": [ARABIC, "Clinic"]})
    imported = read(path)
    assert imported.columns["NAME"].tolist() == [ARABIC, "Clinic"]
    assert imported.encoding.value == "utf-8"
    assert "valid UTF-8" in imported.encoding.how


def test_utf8_text_wins_over_a_header_that_claims_otherwise(write_shapefile):
    path = write_shapefile(POINTS[:1], {"NAME": [ARABIC]})
    dbf = path.with_suffix(".dbf")
    data = bytearray(dbf.read_bytes())
    data[29] = 0x03  # cp1252
    dbf.write_bytes(data)
    imported = read(path)
    assert imported.columns["NAME"][0] == ARABIC
    assert "cp1252, which would garble it" in imported.encoding.how


def test_utf8_text_wins_over_a_cpg_that_is_wrong(write_shapefile):
    path = write_shapefile(POINTS[:1], {"NAME": [ARABIC]})
    path.with_suffix(".cpg").write_text("ISO-8859-1")
    assert read(path).columns["NAME"][0] == ARABIC


@pytest.mark.parametrize("cpg", ["1256", "cp1256", "windows-1256"])
def test_a_cpg_that_fits_decides(write_shapefile, cpg):
    path = write_shapefile(POINTS[:1], {"NAME": [ARABIC]}, encoding="cp1256")
    path.with_suffix(".cpg").write_text(cpg)
    imported = read(path)
    assert imported.columns["NAME"][0] == ARABIC
    assert imported.encoding.certain


def test_the_language_byte_decides_when_nothing_better_does(write_shapefile):
    path = write_shapefile(POINTS[:1], {"NAME": ["Больница"]}, encoding="cp1251")
    dbf = path.with_suffix(".dbf")
    data = bytearray(dbf.read_bytes())
    data[29] = 0xC9
    dbf.write_bytes(data)
    imported = read(path)
    assert imported.columns["NAME"][0] == "Больница"
    assert imported.encoding.value == "cp1251"


def test_a_guessed_encoding_is_a_doubt_with_candidates(write_shapefile, problems_of):
    words = ["Больница имени святого Николая", "Средняя школа номер четыре", "Склад гуманитарной помощи"]
    path = write_shapefile(POINTS[:3], {"NAME": words}, encoding="cp1251")
    dbf = path.with_suffix(".dbf")
    data = bytearray(dbf.read_bytes())
    data[29] = 0
    dbf.write_bytes(data)
    imported = read(path)
    assert not imported.encoding.certain
    assert "cp1251" in imported.encoding.candidates
    assert [p.code for p in problems_of(imported, Action.DOUBT)] == ["encoding"]
    assert read(path, encoding="cp1251").columns["NAME"].tolist() == words


def test_text_cut_in_mid_character_does_not_upset_the_decision(write_shapefile, problems_of):
    path = write_shapefile(POINTS[:2], {"NAME": ["a" + "م" * 126, "short"]})
    dbf = path.with_suffix(".dbf")
    data = dbf.read_bytes()
    start = data.index("م".encode()) - 1
    cut = data[:start] + b"a" + ("م" * 127).encode()[:253] + data[start + 254 :]
    header = bytearray(cut)
    header[32 + 16] = 254
    imported = None
    if struct.unpack_from("<H", data, 10)[0] == 255:
        dbf.write_bytes(bytes(header))
        imported = read(path)
    else:  # GDAL made the column narrower: rebuild the table around the cut text
        dbf.write_bytes(_table(254, [b"a" + ("م" * 127).encode()[:253], b"short"]))
        imported = read(path)
    assert imported.encoding.value == "utf-8"
    assert imported.columns["NAME"][0] == "a" + "م" * 126
    assert [(p.row, p.code) for p in problems_of(imported, Action.DOUBT)] == [(1, "text_cut")]


def _table(width: int, values: list[bytes], deleted: int | None = None) -> bytes:
    header = struct.pack("<BBBBIHH20x", 3, 126, 1, 1, len(values), 65, width + 1)
    column = struct.pack("<11sc4xB15x", b"NAME", b"C", width)
    rows = [(b"*" if i == deleted else b" ") + v.ljust(width) for i, v in enumerate(values)]
    return header + column + b"\r" + b"".join(rows) + b"\x1a"


def test_headers_that_list_8_of_22_rows_are_corrected_and_doubted(write_shapefile, problems_of):
    path = write_shapefile(POINTS)
    shx = path.with_suffix(".shx")
    whole = path.read_bytes()
    shx.write_bytes(shx.read_bytes()[: 100 + 8 * 8])
    header = bytearray(shx.read_bytes())
    struct.pack_into(">i", header, 24, (100 + 64) // 2)
    shx.write_bytes(bytes(header))
    short = bytearray(whole)
    struct.pack_into(">i", short, 24, (100 + 8 * 28) // 2)
    path.write_bytes(bytes(short))
    dbf = path.with_suffix(".dbf")
    table = bytearray(dbf.read_bytes())
    struct.pack_into("<I", table, 4, 8)
    dbf.write_bytes(bytes(table))
    imported = read(path)
    assert imported.rows == 22
    assert sum(g is not None for g in imported.geometry) == 22
    assert imported.geometry[21].equals(POINTS[21])
    (doubt,) = problems_of(imported, Action.DOUBT)
    assert "8 of 22" in doubt.what


def test_a_shp_that_ends_early_says_how_many_of_how_many(write_shapefile, problems_of):
    path = write_shapefile(POINTS)
    path.write_bytes(path.read_bytes()[: 100 + 8 * 28 + 11])
    imported = read(path)
    assert imported.rows == 22
    assert len(problems_of(imported, Action.SKIPPED)) == 14
    assert any("8 of 22" in p.what for p in problems_of(imported, Action.DOUBT))


@pytest.mark.parametrize("lines", [False, True])
def test_a_missing_shx_is_made_again(write_shapefile, problems_of, lines):
    shapes = (
        [shapely.LineString([(36, 32), (36.1, 32 + i / 50), (36.2, 32.3)]) for i in range(5)]
        if lines
        else POINTS
    )
    path = write_shapefile(shapes)
    path.with_suffix(".shx").unlink()
    imported = read(path)
    assert [g.equals(s) for g, s in zip(imported.geometry, shapes, strict=True)] == [True] * len(shapes)
    assert "index_restored" in [p.code for p in problems_of(imported, Action.DOUBT)]


def test_a_missing_dbf_leaves_shapes_without_names(write_shapefile, problems_of):
    path = write_shapefile(POINTS)
    path.with_suffix(".dbf").unlink()
    imported = read(path)
    assert imported.rows == 22
    assert not imported.columns
    assert "no_table" in [p.code for p in problems_of(imported, Action.DOUBT)]


def test_rows_marked_as_deleted_are_counted_and_skipped(write_shapefile, problems_of):
    path = write_shapefile(POINTS[:3], {"NAME": ["a", "b", "c"]})
    path.with_suffix(".dbf").write_bytes(_table(20, [b"a", b"b", b"c"], deleted=1))
    imported = read(path)
    assert imported.rows == 3
    (skipped,) = problems_of(imported, Action.SKIPPED)
    assert (skipped.row, skipped.code) == (2, "deleted")


def test_a_nonsense_count_in_the_table_header_does_not_invent_rows(write_shapefile, problems_of):
    path = write_shapefile(POINTS[:3])
    dbf = path.with_suffix(".dbf")
    table = bytearray(dbf.read_bytes())
    struct.pack_into("<I", table, 4, 4_000_000_000)
    dbf.write_bytes(bytes(table))
    imported = read(path)
    assert imported.rows == 3
    assert not problems_of(imported, Action.SKIPPED)


def test_without_a_prj_degrees_are_taken_for_degrees_but_doubted(write_shapefile, problems_of):
    path = write_shapefile(POINTS)
    path.with_suffix(".prj").unlink()
    imported = read(path)
    assert imported.crs.value == "EPSG:4326"
    assert not imported.crs.certain
    assert "crs" in [p.code for p in problems_of(imported, Action.DOUBT)]


def test_without_a_prj_metres_are_not_placed_until_somebody_says_where(write_shapefile, problems_of):
    shapes = [shapely.Point(255_000 + i, 3_577_000) for i in range(4)]
    path = write_shapefile(shapes, crs="EPSG:32637")
    path.with_suffix(".prj").unlink()
    imported = read(path)
    assert imported.crs.value == ""
    assert "EPSG:32637" in imported.crs.candidates
    skipped = problems_of(imported, Action.SKIPPED)
    assert len(skipped) == 4
    assert "does not say its coordinate system" in skipped[0].what
    told = read(path, crs="EPSG:32637")
    assert told.crs.how.startswith("You chose it")
    assert np.allclose(shapely.get_coordinates(told.geometry)[0], (36.4, 32.3), atol=0.1)


def test_a_remembered_system_never_overrides_what_this_file_states(write_shapefile, problems_of):
    path = write_shapefile([shapely.Point(255_000 + i, 3_577_000) for i in range(4)], crs="EPSG:32637")
    imported = read(path, crs="EPSG:32635", crs_is_remembered=True)
    assert imported.crs.value == "EPSG:32637"
    (doubt,) = [p for p in problems_of(imported, Action.DOUBT) if p.code == "crs"]
    assert doubt.fix == {"crs": "EPSG:32635"} and "35N" in doubt.what
    assert read(path, crs="EPSG:32635").crs.value == "EPSG:32635"  # said of this very file
    path.with_suffix(".prj").unlink()
    assert read(path, crs="EPSG:32635", crs_is_remembered=True).crs.value == "EPSG:32635"


def test_whole_numbers_with_gaps_stay_whole_and_dates_are_iso_text(tmp_path):
    import pyogrio

    path = tmp_path / "facts.shp"
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(np.array(POINTS[:2], dtype=object)),
        field_data=[
            np.array([5, 0], dtype=np.int64),
            np.array(["2026-02-03", "NaT"], dtype="datetime64[D]"),
        ],
        fields=["COUNT", "SINCE"],
        field_mask=[np.array([False, True]), None],
        geometry_type="Point",
        crs="EPSG:4326",
        driver="ESRI Shapefile",
    )
    imported = read(path)
    assert imported.columns["COUNT"].tolist() == [5, None]
    assert isinstance(imported.columns["COUNT"][0], int)
    assert imported.columns["SINCE"].tolist() == ["2026-02-03", None]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        ((b"  7", b"-12", b"   "), [7, -12, None]),
        ((b"007", b"9  ", b" -0"), [7, 9, 0]),
        ((b"1 2", b"  7", b"***"), ["1 2", 7, None]),
        ((b"1-2", b"--1", b"+ 3"), ["1-2", "--1", "+ 3"]),
        ((b"  -", b"+12", b"1_2"), ["-", 12, "1_2"]),
    ],
)
def test_whole_numbers_are_read_as_written(write_shapefile, cells, values):
    path = write_shapefile(POINTS[: len(cells)], {"NAME": ["a"] * len(cells)})
    head = struct.pack("<B3xIHH20x", 3, len(cells), 65, 4)
    field = struct.pack("<11sc4xBB14x", b"COUNT", b"N", 3, 0)
    records = b"".join(b" " + cell for cell in cells)
    path.with_suffix(".dbf").write_bytes(head + field + b"\r" + records)
    assert read(path).columns["COUNT"].tolist() == values


@pytest.mark.parametrize("prj", ['GEOGCS["broken', "", "\x00\xff rubbish", 'LOCAL_CS["x",UNIT["metre",1]]'])
def test_a_broken_prj_costs_the_coordinate_system_not_the_file(write_shapefile, prj):
    path = write_shapefile(POINTS)
    path.with_suffix(".prj").write_text(prj, encoding="latin-1")
    imported = read(path)
    assert imported.rows == 22
    assert not imported.crs.certain


def test_a_damaged_table_costs_the_names_not_the_shapes(write_shapefile, problems_of):
    path = write_shapefile(POINTS)
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(b"\xff" * 40)
    imported = read(path)
    assert sum(g is not None for g in imported.geometry) == 22
    assert "no_table" in [p.code for p in problems_of(imported, Action.DOUBT)]


def test_a_large_table_is_let_go_of_while_it_is_read(write_shapefile, monkeypatch):
    path = write_shapefile(POINTS, {"NAME": [f"clinic {i}" for i in range(22)], "BEDS": list(range(22))})
    whole = read(path)
    monkeypatch.setattr("layers.shapefile_table._BLOCK_BYTES", 100)
    in_blocks = read(path)
    for name in ("NAME", "BEDS"):
        assert in_blocks.columns[name].tolist() == whole.columns[name].tolist()


def test_texts_in_a_memo_file_are_said_to_be_left_out(write_shapefile, problems_of):
    path = write_shapefile(POINTS[:2], {"NAME": ["A", "B"]})
    fields = [(b"NAME", "C", 5, 0), (b"NOTES", "M", 10, 0), (b"EMPTY", "M", 10, 0)]
    path.with_suffix(".dbf").write_bytes(dbf(fields, [[b"A", b"1", b""], [b"B", b"12", b""]], version=0x83))
    imported = read(path)
    assert list(imported.columns) == ["NAME"]
    (doubt,) = [p for p in problems_of(imported, Action.DOUBT) if p.code == "memo"]
    assert "“NOTES” lie in a memo file" in doubt.what


def test_moments_of_visual_foxpro_are_read(write_shapefile):
    path = write_shapefile(POINTS[:2], {"NAME": ["A", "B"]})
    moment = struct.pack("<2i", 2_461_043, 45_296_000)  # Julian day of 2026-01-02, and 12:34:56
    rows = [[b"A", moment], [b"B", bytes(8)]]
    path.with_suffix(".dbf").write_bytes(dbf([(b"NAME", "C", 5, 0), (b"T", "T", 8, 0)], rows, version=0x30))
    assert read(path).columns["T"].tolist() == ["2026-01-02T12:34:56", None]


def test_outlines_wound_the_wrong_way_keep_their_area(write_shapefile, problems_of):
    path = write_shapefile([shapely.box(36, 33, 37, 34)])
    outline, hole = shapely.box(36, 33, 37, 34), shapely.box(36.2, 33.2, 36.4, 33.4)
    rings = [
        shapely.get_coordinates(outline),
        shapely.get_coordinates(hole)[::-1],
    ]  # both against the standard
    assert shapely.is_ccw(shapely.LinearRing(rings[0]))
    body = (
        struct.pack("<i4d2i2i", 5, 36, 33, 37, 34, 2, 10, 0, 5)
        + np.concatenate(rings).astype("<f8").tobytes()
    )
    head = path.read_bytes()[:24] + struct.pack(">i", (108 + len(body)) // 2) + path.read_bytes()[28:100]
    path.write_bytes(head + struct.pack(">2i", 1, len(body) // 2) + body)
    path.with_suffix(".shx").unlink()
    imported = read(path)
    assert imported.geometry[0].area == pytest.approx(0.96)


@pytest.mark.parametrize("order", ["ooo", "oho", "hoo", "oohohho", "h"])
def test_outlines_are_read_wherever_their_records_begin(write_shapefile, order):
    shapes = {
        "o": shapely.box(36, 33, 37, 34),
        "h": shapely.Polygon(
            shapely.box(36, 33, 37, 34).exterior, [shapely.box(36.2, 33.2, 36.4, 33.4).exterior]
        ),
    }
    given = [shapely.transform(shapes[c], lambda xy, i=i: xy + i) for i, c in enumerate(order)]
    imported = read(write_shapefile(given))
    assert all(shapely.equals(a, b) for a, b in zip(imported.geometry, given, strict=True))
