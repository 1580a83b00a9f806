"""Odd and broken tables, as text and as workbooks: what spreadsheets, survey tools and people are known to write."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import shapely

Made = tuple[Path, int | None]
HEAD = "name,lon,lat"
TWO = "A,36.1,33.5\nB,36.2,33.6\n"
GOOD = f"{HEAD}\n{TWO}"
POINT_HEX = shapely.to_wkb(shapely.Point(36, 33), hex=True)
EWKB_HEX = shapely.to_wkb(shapely.set_srid(shapely.Point(36, 33), 4326), hex=True, include_srid=True)


def _texts() -> dict[str, tuple[str | bytes, int | None]]:
    """Delimited text, and how many rows must come in."""
    wide = ",".join(f"c{i}" for i in range(1_500))
    return {
        "sep line, commas in names": ("sep=;\nname;lat;lon\nA, B, C;33,5;36,1\n", 1),
        "degrees in parts": (
            "name,lat_d,lat_m,lat_s,lon_d,lon_m,lon_s\nA,33,30,0,36,6,0\nB,33,30,,36,6,\n",
            2,
        ),
        "degrees in parts, decimals in degrees": (
            "name,lat_d,lat_m,lon_d,lon_m\nA,33.5,30,36.1,6\nB,33,30,36,6\n",
            None,
        ),
        "names over two lines": (
            "ID,Name,Position,,Type\n,,Lat,Long,\n1,A,33.5,36.1,x\n2,B,33.6,36.2,y\n",
            2,
        ),
        "groups over names that come again": (
            "Who,Start,,End,\nName,Lat,Long,Lat,Long\nA,33.5,36.1,33,36\n",
            1,
        ),
        "names again below, in another order": (
            "name,lat,lon\nA,33.5,36.1\nname,lon,lat\nB,36.1,33.5\n",
            None,
        ),
        "minutes of 60": ("name,lat_d,lat_m,lon_d,lon_m\nA,33,60,36,6\n", None),
        "halves in columns": ("name,lat,NS,lon,EW\nA,33.5,S,36.1,W\nB,33.5,,36.1,x\n", None),
        "a box in columns": ("name,lat,lon,lat_min,lon_min,lat_max,lon_max\nA,33,36,33,36,34,37\n", 1),
        "GeoJSON in cells": (
            'id;shape\n1;{"type":"Point","coordinates":[36.1,33.5]}\n2;{"type":"Point","coordinates":["a"]}\n3;{"coordinates":\n',
            None,
        ),
        "GeoJSON in cells, deep": (
            "id;shape\n1;" + '{"type":"GeometryCollection","geometries":[' * 5_000 + '"coordinates"\n',
            None,
        ),
        "GBIF": ("gbifID\tdecimalLatitude\tdecimalLongitude\n1\t33.5\t36.1\n", 1),
        "good": (GOOD, 2),
        "semicolons": (GOOD.replace(",", ";"), 2),
        "tabs": (GOOD.replace(",", "\t"), 2),
        "bars": (GOOD.replace(",", "|"), 2),
        "decimal commas": ("name;lon;lat\nA;36,1;33,5\n", 1),
        "decimal commas in quotes": ('name,lon,lat\nA,"36,1","33,5"\n', 1),
        "blanks around": ("name , lon , lat\nA , 36.1 , 33.5\n", 1),
        "blanks between numbers": ("36.1 33.5\n36.2 33.6\n", None),
        "CRLF": (GOOD.replace("\n", "\r\n"), 2),
        "CR only": (GOOD.replace("\n", "\r"), 2),
        "mixed line ends": (HEAD + "\r\nA,36.1,33.5\rB,36.2,33.6\nC,36.3,33.7", 3),
        "line separators of Unicode": (GOOD.replace("B,", "B\u2028b,"), None),
        "vertical tabs": (GOOD.replace("B,", "B\x0bb,"), None),
        "no last line end": (GOOD.rstrip("\n"), 2),
        "blank lines": (GOOD.replace("\n", "\n\n\n"), 2),
        "lines of commas": (GOOD + ",,\n,,\n", 2),
        "BOM": (b"\xef\xbb\xbf" + GOOD.encode(), 2),
        "two BOMs": (b"\xef\xbb\xbf" * 2 + GOOD.encode(), 2),
        "UTF-16": (GOOD.encode("utf-16"), 2),
        "UTF-16 big-endian": (b"\xfe\xff" + GOOD.encode("utf-16-be"), 2),
        "UTF-16 without BOM": (GOOD.encode("utf-16-le"), None),
        "UTF-16 cut in a character": (GOOD.encode("utf-16")[:-1], None),
        "UTF-32": (GOOD.encode("utf-32"), None),
        "cp1251": (GOOD.replace("A", "Больница").encode("cp1251"), 2),
        "cp1256": (GOOD.replace("A", "مستشفى").encode("cp1256"), 2),
        "UTF-7": (GOOD.replace("A", "é").encode("utf-7"), 2),
        "mixed encodings": (GOOD.encode() + "é,36,33\n".encode("cp1252") + "é,36,33\n".encode(), 4),
        "NUL in a value": (GOOD.encode().replace(b"A", b"A\0A"), 2),
        "NUL behind": (GOOD.encode() + bytes(50), 2),
        "control characters": (GOOD.replace("A", "a\x01\x02\x1f"), 2),
        "end of file mark": (GOOD + "\x1a", None),
        "sep line": ("sep=,\n" + GOOD, 2),
        "sep line of semicolons": ("sep=;\n" + GOOD.replace(",", ";"), 2),
        "a comment first": ("# exported by hand\n" + GOOD, 2),
        "titles first": ("Clinics in the north\n\nMarch 2026\n" + GOOD, 2),
        "a total below": (GOOD + "Total,,2\n", 2),
        "the header again": (GOOD + GOOD, 4),
        "header twice": (f"{HEAD}\n{GOOD}", 2),
        "no header": (TWO, None),
        "header only": (HEAD + "\n", 0),
        "one line": (HEAD, None),
        "names twice": ("lon,lat,name,name\n36,33,A,B\n", 1),
        "names empty": (",lon,lat,,\nA,36,33,x,y\n", 1),
        "names with line breaks": ('"na\nme",lon,lat\nA,36,33\n', 1),
        "names of 300 letters": ("n" * 300 + ",lon,lat\nA,36,33\n", None),
        "names in capitals": ("NAME,LONGITUDE,LATITUDE\nA,36,33\n", 1),
        "lat before lon": ("lat,lon,name\n33,36,A\n", 1),
        "X and Y": ("X,Y,name\n36.5,33.5,A\n", 1),
        "names in Arabic": ("الاسم,خط الطول,خط العرض\nA,36.5,33.5\n", 1),
        "names with units": ("name,lon (deg),lat (deg)\nA,36.5,33.5\n", 1),
        "one column of pairs": ('name,coordinates\nA,"33.5123, 36.3123"\n', 1),
        "one column of anything": ("value\n1\n2\n", None),
        "DMS": ('name,lat,lon\nA,"33°30\'00""N","36°18\'00""E"\n', 1),
        "MGRS": ("name,mgrs\nA,37SBR4787177296\n", 1),
        "UTM": ("name,zone,easting,northing\nA,37N,248000,3577000\n", 1),
        "WKT": ('name,wkt\nA,"POINT (36 33)"\n', 1),
        "WKT in small letters": ('name,wkt\nA,"point(36 33)"\n', 1),
        "WKT with Z": ('name,wkt\nA,"POINT Z (36 33 5)"\nB,"POINTZ(36 33 5)"\nC,"POINT ZM (36 33 5 6)"\n', 3),
        "WKT empty": ('name,wkt\nA,"POINT EMPTY"\nB,"POINT (36 33)"\n', 1),
        "WKT cut": ('name,wkt\nA,"POLYGON ((36 33, 37 33"\nB,"POINT (36 33)"\n', 1),
        "WKT open ring": ('name,wkt\nA,"POLYGON ((36 33, 37 33, 37 34))"\nB,"POINT (36 33)"\n', None),
        "WKT of one position": ('name,wkt\nA,"LINESTRING (36 33)"\nB,"POINT (36 33)"\n', 1),
        "WKT nan": ('name,wkt\nA,"POINT (nan nan)"\nB,"POINT (36 33)"\n', 1),
        "WKT with the ring given flat": (
            'name,wkt\nA,"POLYGON (36 33, 37 33, 37 34)"\nB,"POINT (36 33)"\n',
            1,
        ),
        "WKT with semicolons": ("name;wkt\nA;POLYGON((36 33,37 33,37 34,36 33))\n", 1),
        "EWKT": ('name,geom\nA,"SRID=4326;POINT(36 33)"\nB,"SRID=0;POINT(36 33)"\n', 2),
        "EWKT of unknown system": ('name,geom\nA,"SRID=999999;POINT(36 33)"\nB,"POINT(36 33)"\n', 1),
        "WKB in hexadecimal": (f"name,geom\nA,{POINT_HEX}\nB,{EWKB_HEX}\n", 2),
        "WKB with a mark": (f"name,geom\nA,0x{POINT_HEX}\nB,\\x{POINT_HEX}\n", 2),
        "WKB cut": (f"name,geom\nA,{POINT_HEX[:-6]}\nB,{POINT_HEX}\n", 1),
        "GeoJSON in a column": ('name;geom\nA;{"type":"Point","coordinates":[36,33]}\n', None),
        "plus and blanks in numbers": ('name,lon,lat\nA,+36.1," 33.5 "\n', 1),
        "thousands": ('name,x,y\nA,"248,000","3,577,000"\n', 0),
        "numbers with units": ("name,lon,lat\nA,36.1E,33.5N\n", 1),
        "numbers nan": ("name,lon,lat\nA,nan,33\nB,inf,33\nC,NULL,NA\nD,36,33\n", 1),
        "numbers huge": ("name,lon,lat\nA,1e999,33\nB,9" + "9" * 5_000 + ",33\nC,36,33\n", 1),
        "numbers tiny": ("name,lon,lat\nA,1e-999,33\nB,36,33\n", None),
        "numbers in hexadecimal": ("name,lon,lat\nA,0x24,33\nB,36,33\n", 1),
        "numbers with underscores": ("name,lon,lat\nA,3_6,33\nB,36,33\n", 1),
        "Arabic digits": ("name,lon,lat\nA,٣٦.١,٣٣.٥\nB,36,33\n", None),
        "minus of Unicode": ("name,lon,lat\nA,\u221236.1,33.5\nB,36,33\n", None),
        "swapped columns": ("name,lon,lat\nA,33.5,136.1\n", 0),
        "zero zero": ("name,lon,lat\nA,0,0\n", 1),
        "ragged: too few": (GOOD + "C\nD,36\n", 2),
        "ragged: too many": (GOOD + "C,36,33,x,y\n", 2),
        "ragged: empty too many": (GOOD + "C,36,33,,,\n", 3),
        "a quote never closed": (GOOD + '"C,36,33\nD,36,33\n', 3),
        "a quote within": (GOOD + 'C "the big",36,33\n', 3),
        "quotes doubled": (GOOD + '"C ""big""",36,33\n', 3),
        "quotes with backslashes": (GOOD + '"C \\"big\\"",36,33\n', 2),
        "single quotes": ("'name','lon','lat'\n'A','36','33'\n", None),
        "typographic quotes": (GOOD + "“C”,36,33\n", 3),
        "a value over lines": (GOOD + '"C\nc",36,33\n', 3),
        "a formula": (GOOD + "=HYPERLINK(1),36,33\n", 3),
        "a value of a megabyte": (GOOD + "C" * 1_000_000 + ",36,33\n", 3),
        "1,500 columns": (f"lon,lat,{wide}\n36,33" + ",1" * 1_500 + "\n", 1),
        "3,000 columns": (",".join(f"c{i}" for i in range(3_000)) + "\n" + "1," * 2_999 + "1\n", None),
        "100,000 commas": ("," * 100_000 + "\n" + GOOD, None),
        "HXL tags": (f"{HEAD}\n#loc+name,#geo+lon,#geo+lat\n{TWO}", 2),
        "5,000 rows": (HEAD + "\n" + "A,36.1,33.5\n" * 5_000, 5_000),
        "positions in no row": ("name,lon,lat\nA,,\nB,,\n", 0),
        "a CSVT as CSV": ('"Integer","Real","String"\n', None),
        "HTML called CSV": ("<html><body>,</body></html>", None),
        "JSON lines with commas": ('{"a":1},\n{"a":2},\n', None),
        "a letter": ("Dear all,\nplease find the list below.\nRegards,\nM\n", None),
        "a VRT called CSV": ("<OGRVRTDataSource><OGRVRTLayer/></OGRVRTDataSource>", None),
        "rubbish": (bytes(range(256)) * 40, None),
        "empty": (b"", None),
        "blank": (b" \n \n", None),
        "one comma": (b",", None),
        "one byte": (b"x", None),
    }


def cell(place: str, value: object, kind: str = "") -> str:
    """Write a cell: text inline, anything else as a number, or as `kind` says."""
    if kind:
        return f'<c r="{place}" t="{kind}"><v>{value}</v></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def rows(*values: tuple[object, ...]) -> str:
    return "".join(
        f'<row r="{i}">' + "".join(cell(f"{chr(65 + k)}{i}", v) for k, v in enumerate(row)) + "</row>"
        for i, row in enumerate(values, start=1)
    )


SHEET = rows(("name", "lon", "lat"), ("A", 36.1, 33.5), ("B", 36.2, 33.6))
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PARTS = "http://schemas.openxmlformats.org/package/2006"


def workbook(
    sheets: dict[str, str], *, state: dict[str, str] | None = None, more: dict[str, str | bytes] | None = None
) -> dict[str, str | bytes]:
    """Return the parts of an XLSX of sheets given as rows in XML; `more` replaces or adds parts."""
    state = state or {}
    listed = "".join(
        f'<sheet name="{n}" sheetId="{i}" r:id="rId{i}"{state.get(n, "")}/>' for i, n in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{_LINKED}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PARTS}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PARTS}/relationships"><Relationship Id="rId1" '
        f'Type="{_LINKED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKED}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PARTS}/relationships">{links}</Relationships>',
        **{
            f"xl/worksheets/sheet{i}.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{data}</sheetData></worksheet>'
            for i, data in enumerate(sheets.values(), 1)
        },
        **(more or {}),
    }


def _without(parts: dict[str, str | bytes], *names: str) -> dict[str, str | bytes]:
    return {name: content for name, content in parts.items() if name not in names}


def _workbooks() -> dict[str, tuple[dict[str, str | bytes], int | None]]:
    """Parts of an XLSX, and how many rows must come in."""
    good = workbook({"Sites": SHEET})
    head = rows(("name", "lon", "lat"))
    errors = "".join(
        f'<row r="{i}">{cell(f"A{i}", e, "e")}{cell(f"B{i}", 36)}{cell(f"C{i}", 33)}</row>'
        for i, e in enumerate(("#N/A", "#REF!", "#DIV/0!", "#NAME?"), start=2)
    )
    merged = good["xl/worksheets/sheet1.xml"].replace(  # type: ignore[union-attr, arg-type]
        "</sheetData>",
        '</sheetData><mergeCells count="2"><mergeCell ref="A2:A3"/><mergeCell ref="A1:XFD1048576"/></mergeCells>',
    )
    return {
        "good": (good, 2),
        "no cells": (workbook({"Sites": ""}), None),
        "no sheets": (workbook({}), None),
        "header only": (workbook({"Sites": head}), 0),
        "an empty sheet first": (workbook({"Notes": "", "Sites": SHEET}), 2),
        "a hidden sheet": (workbook({"Old": SHEET * 1, "Sites": SHEET}, state={"Old": ' state="hidden"'}), 2),
        "only a hidden sheet": (workbook({"Old": SHEET}, state={"Old": ' state="veryHidden"'}), 2),
        "two tables": (workbook({"One": SHEET, "Two": SHEET}), 2),
        "sheets of one name": (workbook({"Sites": SHEET}) | {}, 2),
        "a name in Arabic": (workbook({"المواقع": SHEET}), 2),
        "errors in cells": (workbook({"Sites": head + errors}), 4),
        "truth in cells": (workbook({"Sites": head + f'<row r="2">{cell("A2", 1, "b")}{cell("B2", 36)}{cell("C2", 33)}</row>'}), 1),
        "text for numbers": (workbook({"Sites": rows(("name", "lon", "lat"), ("A", "36.1", "33,5"))}), 1),
        "cells without places": (workbook({"Sites": "<row><c><v>1</v></c><c><v>2</v></c></row>"}), None),
        "rows out of order": (workbook({"Sites": SHEET.replace('r="2"', 'r="9"').replace('A2"', 'A9"')}), None),
        "rows of one number": (workbook({"Sites": SHEET.replace('<row r="3">', '<row r="2">')}), None),
        "a place that is none": (workbook({"Sites": SHEET.replace("A2", "?2")}), None),
        "a place beyond": (workbook({"Sites": SHEET + '<row r="1048577"><c r="ZZZ1048577"><v>1</v></c></row>'}), None),
        "two corners": (workbook({"Sites": SHEET + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'}), None),
        "a shared text that is missing": (workbook({"Sites": head + f'<row r="2">{cell("A2", 7, "s")}{cell("B2", 36)}{cell("C2", 33)}</row>'}), None),
        "an unknown kind of cell": (workbook({"Sites": head + f'<row r="2">{cell("A2", 7, "zz")}{cell("B2", 36)}{cell("C2", 33)}</row>'}), None),
        "a date of 1900": (workbook({"Sites": head + f'<row r="2">{cell("A2", "2026-01-31", "d")}{cell("B2", 36)}{cell("C2", 33)}</row>'}), None),
        "numbers beyond": (workbook({"Sites": SHEET.replace("36.1", "1E+999")}), 1),
        "merged cells everywhere": (good | {"xl/worksheets/sheet1.xml": merged}, 2),
        "macros": (good | {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(500)}, 2),
        "links outside": (good | {"xl/externalLinks/externalLink1.xml": "<externalLink/>"}, 2),
        "a DTD": (good | {"xl/workbook.xml": '<!DOCTYPE x [<!ENTITY a "b">]>' + str(good["xl/workbook.xml"])}, None),
        "an entity in a sheet": (good | {"xl/worksheets/sheet1.xml": '<!DOCTYPE x [<!ENTITY a "b">]>' + str(good["xl/worksheets/sheet1.xml"])}, None),
        "a sheet cut": (good | {"xl/worksheets/sheet1.xml": str(good["xl/worksheets/sheet1.xml"])[:300]}, None),
        "a sheet in UTF-16": (good | {"xl/worksheets/sheet1.xml": str(good["xl/worksheets/sheet1.xml"]).encode("utf-16")}, None),
        "a sheet of rubbish": (good | {"xl/worksheets/sheet1.xml": bytes(range(256))}, None),
        "no sheet part": (_without(good, "xl/worksheets/sheet1.xml"), None),
        "no relations": (_without(good, "xl/_rels/workbook.xml.rels"), None),
        "no content types": (_without(good, "[Content_Types].xml"), None),
        "a sheet outside": (good | {"xl/_rels/workbook.xml.rels": str(good["xl/_rels/workbook.xml.rels"]).replace("worksheets/", "../../")}, None),
        "styles of rubbish": (good | {"xl/styles.xml": "<styleSheet"}, None),
        "a bomb": (good | {"xl/media/a.bin": bytes(40 << 20)}, None),
        "a Word document": ({"[Content_Types].xml": "<Types/>", "word/document.xml": "<document/>"}, None),
        "a presentation": ({"[Content_Types].xml": "<Types/>", "ppt/presentation.xml": "<p/>"}, None),
    }  # fmt: skip


_ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def _opened() -> dict[str, tuple[dict[str, str | bytes], int | None]]:
    """Parts of an ODS, and how many rows must come in."""

    def parts(body: str, head: str = "", kind: str = _ODS_TYPE) -> dict[str, str | bytes]:
        names = "".join(
            f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text")
        )
        inner = f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body>"
        return {
            "mimetype": kind,
            "content.xml": f"{head}<office:document-content{names}>{inner}</office:document-content>",
        }

    def text(value: str, more: str = "") -> str:
        return f"<table:table-cell{more}><text:p>{value}</text:p></table:table-cell>"

    def number(value: str) -> str:
        return text(value, f' office:value-type="float" office:value="{value}"')

    def line(*cells: str, more: str = "") -> str:
        return f"<table:table-row{more}>{''.join(cells)}</table:table-row>"

    head = line(text("name"), text("lon"), text("lat"))
    row = line(text("A"), number("36.1"), number("33.5"))

    def table(*lines: str) -> str:
        return f'<table:table table:name="Sites">{"".join(lines)}</table:table>'

    return {
        "good": (parts(table(head, row)), 1),
        "no tables": (parts(""), None),
        "an empty table": (parts(table()), None),
        "a row repeated": (parts(table(head, line(text("A"), number("36"), number("33"), more=' table:number-rows-repeated="3"'))), 3),
        "repeated 5,000 times": (parts(table(head, line(text("A"), more=' table:number-rows-repeated="5000"'))), 0),
        "repeated -1 times": (parts(table(head, row.replace("<table:table-row", '<table:table-row table:number-rows-repeated="-1"'))), 1),
        "cells repeated beyond": (parts(table(head, line(text("A", ' table:number-columns-repeated="99999999"')))), None),
        "a number that is none": (parts(table(head, row, line(text("B"), text("x", ' office:value-type="float" office:value="abc"'), number("33")))), None),
        "a number nan": (parts(table(head, row, line(text("B"), number("NaN"), number("33")))), 1),
        "a number inf": (parts(table(head, row, line(text("B"), number("INF"), number("33")))), 1),
        "line breaks between cells": (parts(table(head.replace("><", ">\n<"), row.replace("><", ">\n<"))), 1),
        "an entity": (parts(table(head, row), head='<!DOCTYPE x [<!ENTITY a "b">]>'), None),
        "cut": ({"mimetype": _ODS_TYPE, "content.xml": str(parts(table(head, row))["content.xml"])[:200]}, None),
        "no content": ({"mimetype": _ODS_TYPE}, None),
        "a text document": (parts(table(head, row), kind="application/vnd.oasis.opendocument.text"), None),
        "tables in tables": (parts(table(head, line(f"<table:table-cell>{table(head, row)}</table:table-cell>"))), None),
    }  # fmt: skip


def _written(data: str | bytes, want: int | None, name: str = "sites.csv") -> Callable[[Path], Made]:
    def make(folder: Path) -> Made:
        content = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        (folder / name).write_bytes(content)
        return folder / name, want

    return make


def _packed(parts: dict[str, str | bytes], want: int | None, name: str) -> Callable[[Path], Made]:
    def make(folder: Path) -> Made:
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for part, content in parts.items():
                archive.writestr(part, content)
        return folder / name, want

    return make


def cases() -> dict[str, Callable[[Path], Made]]:
    """Return every odd table by name."""
    found = {f"CSV {name}": _written(data, want) for name, (data, want) in _texts().items()}
    for name in (
        "sites.tsv",
        "sites.txt",
        "SITES.CSV",
        "sites",
        "sites.xlsx",
        "sites.shp",
        "sites.gpkg",
        "جدول.csv",
    ):
        found[f"CSV called {name}"] = _written(GOOD, 2, name)
    for name, (parts, want) in _workbooks().items():
        found[f"XLSX {name}"] = _packed(parts, want, "sites.xlsx")
    for name, (parts, want) in _opened().items():
        found[f"ODS {name}"] = _packed(parts, want, "sites.ods")
    good = workbook({"Sites": SHEET})
    for name in ("sites.xlsm", "sites.xls", "sites.zip", "sites.csv", "sites.kmz", "sites"):
        found[f"XLSX called {name}"] = _packed(good, 2, name)
    found["XLS of nothing"] = _written(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), None, "sites.xls")
    found["XLS cut"] = _written(bytes.fromhex("d0cf11e0a1b11ae1"), None, "sites.xls")
    return {f"table: {name}": make for name, make in found.items()}
