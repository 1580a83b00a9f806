"""Spreadsheets as partners send them; the workbooks are made part by part."""

import base64
import zipfile
import zlib
from pathlib import Path

import pytest
import shapely

from layers.errors import ReadingError
from layers.readers.spreadsheet import SpreadsheetReader
from layers.reading import Action, Limits, ReadOptions, open_any

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
ZAATARI = Path(__file__).resolve().parents[3] / "../shared/data/zaatari"
OLD_XLS = (
    "eNrtWE9IFFEY/72Z2dl10XXX1sANZFnIctNDGOFFZzVNhNysi5lBre4eRNuVzUsdyjKPQdCp6CLYoYvlpT8UZLcOgVFBEAS7daxL"
    "UNBBd/reN7OybgQulKDMb3jf+/68971v3v+ZNyuB3PxSKI8ydEJFwayCXqITlKqKgh9kN03JFnMPJdPBtkKVhwZSd+FZzWu3HEM5"
    "3nkoeKi9JAp8pnQGU4hn0qnwFqKbY0gIGUMHUYG7pPGhgaOqYzrGdBfTB1zyOdMYa24w7aCyOXEaK0Y82m7P4lNKhG0+SL+Puc5H"
    "1hxEPV7JWXzlprDKutCVHU9MbjNDo1aNBdCA9qXSqayUa3EPXmCY0Dow0NrTk0OQBnsBP80w8KO4qpfDjn5r9QKk/7VR7/6L3kOD"
    "WK6/pWjADMxzvEjmUIuIJi1uHJkcT4+PXVhFO69qmWiO9yfJHE+cT6nAscS0pJk02Y5P0VRJ6hC9epse1Q/pXXq/7pU7Pu8Q/g07"
    "RA2vnGqiSWpQ8gFeP34KcfX+97cDo4PGWdbM8KlgnR17ZagwcVXWoMo+tihMXZSizB9geo297mE+xDRIZShvGqy3maOzXOY6W5uo"
    "nTbGO2NfCb+f+LmvJ540zn0xmolf7MtfCi5+MOYRobMsSfXlM4sW0SLu3JZ4ahRzYe8zn5g2/LHneBS/HbtpH5C1WJOrjBBgakmy"
    "d8S6pNh9ZUkqSeq6pJGk2Z5FmefLipd1ATTa5QV7lj2nUl8K9jw0svTiW1MsZmmk99DySLiruTtm1dfonQ6/V9Cp1OERd32s5IT3"
    "woEDBw4cOHDgwMHOhrBv4CrfPq17uM6fD9Z/nTVKBec3yY7FSWTomaaPyl6kKc/iYkXzZzdcouhLbLJO8X+hxBC1nsUERjmOiYrn"
    "L32hidL32XRF/79bQpW2X6gkzv/c/m9le9vx"
)
"""A workbook of Excel 97: one sheet "Clinics" with Id, Name, Lat, Lon, Opened and one row."""
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="170" formatCode="00000"/></numFmts>'
    '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="14"/></cellXfs></styleSheet>'
)


def cell(place, value, style=0):
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}" s="{style}"><v>{value}</v></c>'


def rows_xml(rows, first=1):
    """Write rows of values; a tuple is (value, style), None an empty cell."""
    text = ""
    for i, row in enumerate(rows, start=first):
        cells = [(f"{chr(65 + k)}{i}", v) for k, v in enumerate(row) if v is not None]
        text += (
            f'<row r="{i}">'
            + "".join(cell(place, *v) if isinstance(v, tuple) else cell(place, v) for place, v in cells)
            + "</row>"
        )
    return text


def write_xlsx(path, sheets, *, after="", hidden=()):
    """Write a workbook; `sheets` maps a name to the XML of its rows."""
    listed = "".join(
        f'<sheet name="{n}" sheetId="{i}" r:id="rId{i}" state="{"hidden" if n in hidden else "visible"}"/>'
        for i, n in enumerate(sheets, start=1)
    )
    related = "".join(
        f'<Relationship Id="rId{i}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    styles = f'<Relationship Id="rId99" Type="{OFFICE}/styles" Target="styles.xml"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types"/>')
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships">{related}{styles}</Relationships>',
        )
        archive.writestr("xl/styles.xml", STYLES)
        for i, rows in enumerate(sheets.values(), start=1):
            archive.writestr(
                f"xl/worksheets/sheet{i}.xml",
                f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>',
            )
    return path


def write_ods(path, table, *, before=""):
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'{before}<office:document-content xmlns:office="{names}:office:1.0" xmlns:table="{names}:table:1.0" '
        f'xmlns:text="{names}:text:1.0"><office:body><office:spreadsheet>{table}</office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return path


def ods_cell(text, **attributes):
    given = "".join(f' {k.replace("__", ":").replace("_", "-")}="{v}"' for k, v in attributes.items())
    return f"<table:table-cell{given}><text:p>{text}</text:p></table:table-cell>"


@pytest.fixture
def read():
    def run(path, **options):
        reader = SpreadsheetReader()
        assert reader.sniff(path.read_bytes()[:4096], path)
        return reader.read(path, ReadOptions(**options))

    return run


HEAD = ["Id", "Name", "Lat", "Lon"]


def test_values_come_as_the_partner_sees_them(read, tmp_path):
    rows = rows_xml([[*HEAD, "Opened", "Open"], [(123, 1), "مستشفى", 32.3041, 36.3223, (46349, 2), 12.0]])
    imported = read(write_xlsx(tmp_path / "a.xlsx", {"Sites": rows}))
    assert {n: c[0] for n, c in imported.columns.items()} == {
        "Id": "00123", "Name": "مستشفى", "Lat": "32.3041", "Lon": "36.3223", "Opened": "2026-11-23",
        "Open": "12",
    }  # fmt: skip
    assert imported.geometry[0].equals(shapely.Point(36.3223, 32.3041))
    assert 5 < imported.uncertainty_m[0] < 8


def test_titles_above_the_names_are_left_out_and_noted(read, tmp_path, problems_of):
    rows = rows_xml([["Health facilities"], [], HEAD, [1, "A", 32.3, 36.3], [2, "B", 32.4, 36.4]], first=2)
    path = write_xlsx(tmp_path / "a.xlsx", {"Sites": rows})
    imported = read(path)
    assert (imported.rows, imported.header_row, list(imported.columns)) == (2, 4, HEAD)
    assert [p.code for p in problems_of(imported, Action.DOUBT)] == ["header_row"]
    assert read(path, header_row=4).rows == 2


def test_a_cell_merged_downwards_holds_for_all_its_rows(read, tmp_path):
    rows = rows_xml(
        [["District", "Lat", "Lon"], ["North", 32.1, 36.1], [None, 32.2, 36.2], ["South", 32.3, 36.3]]
    )
    merged = '<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'
    imported = read(write_xlsx(tmp_path / "a.xlsx", {"Sites": rows}, after=merged))
    assert imported.columns["District"].tolist() == ["North", "North", "South"]


def test_the_sheet_with_positions_is_taken_and_the_others_are_named(read, tmp_path, problems_of):
    notes = rows_xml([["Read me", "Note"], *[["a", "b"]] * 9])
    sites = rows_xml([HEAD, [1, "A", 32.3, 36.3]])
    more = rows_xml([HEAD, [1, "A", 32.3, 36.3], [2, "B", 32.3, 36.3]])
    path = write_xlsx(tmp_path / "a.xlsx", {"Notes": notes, "Sites": sites, "More": more}, hidden=())
    imported = read(path)
    assert (imported.layers, imported.layer) == (("Notes", "Sites", "More"), "More")
    (doubt,) = problems_of(imported, Action.DOUBT)
    assert (doubt.code, "Sites" in doubt.what) == ("other_sheets", True)
    assert read(path, layer="Sites").rows == 1
    with pytest.raises(ReadingError, match="no sheet"):
        read(path, layer="x")
    hidden = write_xlsx(tmp_path / "b.xlsx", {"Sites": sites, "More": more}, hidden=("More",))
    assert read(hidden).layer == "Sites"


def test_a_formula_is_its_saved_value(read, tmp_path):
    rows = rows_xml([HEAD, [1, "A", 32.3, 36.3]]).replace(
        '<c r="A2" s="0"><v>1</v></c>',
        '<c r="A2" t="str"><f>WEBSERVICE("http://127.0.0.1/x")</f><v>seven</v></c>',
    )
    assert read(write_xlsx(tmp_path / "a.xlsx", {"Sites": rows})).columns["Id"].tolist() == ["seven"]


def test_two_cells_in_opposite_corners_do_not_swell(tmp_path):
    rows = f'<row r="1">{cell("A1", "lat")}</row><row r="1048576">{cell("XFD1048576", "lon")}</row>'
    path = write_xlsx(tmp_path / "a.xlsx", {"Sites": rows})
    with pytest.raises(ReadingError, match="stretched over 1,048,576 rows and 16,384 columns"):
        open_any(path, limits=Limits(memory_bytes=1 << 30, seconds=20))


def test_an_excel_97_workbook_is_read(read, tmp_path):
    path = tmp_path / "a.xls"
    path.write_bytes(zlib.decompress(base64.b64decode(OLD_XLS)))
    imported = read(path)
    assert {n: c[0] for n, c in imported.columns.items()} == {
        "Id": "7", "Name": "مستشفى", "Lat": "32.3041", "Lon": "36.3223", "Opened": "2026-11-23",
    }  # fmt: skip


def test_an_opendocument_sheet_is_read(read, tmp_path):
    number = {"office__value_type": "float"}
    table = (
        '<table:table table:name="Sites">\n<table:table-row table:number-rows-repeated="2"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>\n<table:table-row>'
        + "".join(ods_cell(n) for n in HEAD)
        + "</table:table-row><table:table-row>"
        + ods_cell("00123", office__value=123, **number)
        + ods_cell("A", table__number_rows_spanned=2)
        + ods_cell("32.30", office__value="32.3041", **number)
        + ods_cell("36.32", office__value="36.3223", **number)
        + "</table:table-row><table:table-row>"
        + ods_cell("12.00", office__value="12.00", **number)
        + "<table:covered-table-cell/>"
        + ods_cell("32.3", office__value="32.3", **number)
        + ods_cell("36.3", office__value="36.3", **number)
        + '</table:table-row><table:table-row table:number-rows-repeated="1048570"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row></table:table>'
    )
    imported = read(write_ods(tmp_path / "a.ods", table))
    assert imported.rows == 2
    assert imported.columns["Id"].tolist() == ["00123", "12"]
    assert imported.columns["Name"].tolist() == ["A", "A"]
    assert imported.geometry[0].equals(shapely.Point(36.3223, 32.3041))


def test_an_opendocument_sheet_that_repeats_something_without_end_is_refused(read, tmp_path):
    table = (
        '<table:table table:name="S"><table:table-row table:number-rows-repeated="1048576">'
        + ods_cell("x", table__number_columns_repeated=16384)
        + "</table:table-row></table:table>"
    )
    with pytest.raises(ReadingError, match="stretched"):
        read(write_ods(tmp_path / "a.ods", table))
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaa">]>'
    with pytest.raises(ReadingError, match="entities"):
        read(write_ods(tmp_path / "b.ods", table, before=bomb))


def test_damaged_and_foreign_documents_end_in_a_sentence(tmp_path):
    whole = write_xlsx(tmp_path / "a.xlsx", {"Sites": rows_xml([HEAD, [1, "A", 32.3, 36.3]])}).read_bytes()
    for name, data in {
        "protected.xlsx": bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2_000),
        "cut.xlsx": whole[: len(whole) // 2],
    }.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ReadingError):
            open_any(tmp_path / name)
    with zipfile.ZipFile(tmp_path / "letter.docx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    with pytest.raises(ReadingError, match="no spreadsheet"):
        open_any(tmp_path / "letter.docx")


def test_a_workbook_and_its_csv_twin_hold_the_same(tmp_path):
    rows = [
        ["LONGITUDE", "LATITUDE", "NUMBER"],
        [36.3210056911, 32.3043439956, 1],
        [36.3232220002, 32.303664, 2],
    ]
    book = write_xlsx(tmp_path / "a.xlsx", {"Sites": rows_xml(rows)})
    twin = tmp_path / "a.csv"
    twin.write_text("\n".join(",".join(map(str, row)) for row in rows))
    if ZAATARI.is_dir():
        book, twin = ZAATARI / "AssemblyPoints.xlsx", ZAATARI / "AssemblyPoints.csv"
    one, other = open_any(book), open_any(twin)
    assert list(one.columns) == list(other.columns)
    assert one.columns["NUMBER"].tolist() == other.columns["NUMBER"].tolist()
    assert (shapely.distance(one.geometry, other.geometry) < 1e-6).all()


def test_a_row_number_beyond_all_bounds_is_refused_before_memory_is_asked_for(tmp_path):
    rows = f'<row r="1">{cell("A1", "lat")}</row><row r="4000000000"><c><v>1</v></c></row>'
    path = write_xlsx(tmp_path / "a.xlsx", {"Sites": rows})
    with pytest.raises(ReadingError, match=r"stretched|damaged"):
        open_any(path, limits=Limits(memory_bytes=1 << 30, seconds=20))


def test_an_unknown_encoding_inside_costs_a_sentence_or_nothing(read, tmp_path):
    path = write_ods(tmp_path / "a.ods", "", before='<?xml version="1.0" encoding="x-none"?>')
    with pytest.raises(ReadingError, match="damaged"):
        read(path)


def test_parts_that_unpack_beyond_all_bounds_are_not_unpacked(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", {"Sites": rows_xml([HEAD, [1, "A", 32.3, 36.3]])})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"A" * (320 << 20))
    with pytest.raises(ReadingError, match="unpacks to far more"):
        open_any(path)
