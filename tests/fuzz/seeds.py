"""Valid files in every main format, made in code: what the mutations start from.

Each maker writes into a folder and returns the file (or folder) that is handed to `open_any`. Text is Arabic,
Cyrillic and Latin, because a byte flipped inside a character is a case of its own.
"""

import io
import json
import shutil
import sqlite3
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyogrio
import shapely

NAMES = ("مستشفى الرقة", "Больница № 4", "Clínica São José", "Clinic 7", "Warehouse", "Schule Süd")
ROWS = 24


def _objects(values) -> np.ndarray:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def points() -> np.ndarray:
    rng = np.random.default_rng(7)
    return shapely.points(36 + rng.uniform(0, 1, ROWS), 33 + rng.uniform(0, 1, ROWS))


def areas() -> np.ndarray:
    shapes = shapely.buffer(points(), 0.01, quad_segs=3)
    shapes[1] = shapes[1].difference(shapely.buffer(shapes[1].centroid, 0.004))
    shapes[2] = shapely.MultiPolygon([shapes[3], shapes[4]])
    return shapes


def lines() -> np.ndarray:
    return np.array([shapely.LineString([(p.x, p.y), (p.x + 0.1, p.y), (p.x, p.y + 0.1)]) for p in points()])


def facts() -> dict[str, np.ndarray]:
    return {
        "ID": _objects([f"S{i:03d}" for i in range(ROWS)]),
        "NAME": _objects([f"{NAMES[i % len(NAMES)]} {i}" for i in range(ROWS)]),
        "PEOPLE": np.arange(ROWS, dtype=np.int32) * 17,
        "SHARE": np.linspace(0, 1, ROWS),
        "SEEN": np.array(["2026-03-14"] * ROWS, dtype="datetime64[D]"),
    }


def _write(path: Path, shapes: np.ndarray, driver: str, columns=None, crs="EPSG:4326", **options) -> Path:
    columns = facts() if columns is None else columns
    return _written(
        path,
        geometry=shapely.to_wkb(shapes),
        field_data=list(columns.values()),
        fields=list(columns),
        geometry_type=options.pop("geometry_type", shapes[0].geom_type),
        crs=crs,
        driver=driver,
        **options,
    )


def _written(path: Path, **what) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # GDAL's advice about fields and coordinate systems
        pyogrio.raw.write(path, **what)
    return path


def shapefile(folder: Path, shapes: Callable[[], np.ndarray] = points, crs: str = "EPSG:4326") -> Path:
    made = shapes()
    return _write(folder / "sites.shp", made, "ESRI Shapefile", crs=crs, encoding="UTF-8")


def shapefile_areas(folder: Path) -> Path:
    return shapefile(folder, areas)


def shapefile_zip(folder: Path) -> Path:
    inner = folder / "inner"
    inner.mkdir()
    shapefile(inner, lines)
    shapefile_areas(_made(inner / "areas"))
    with zipfile.ZipFile(folder / "delivery.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(inner.rglob("*")):
            if path.is_file():
                archive.write(path, f"data/{path.parent.name}_{path.name}")
    shutil.rmtree(inner)
    return folder / "delivery.zip"


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _features() -> list[dict]:
    columns = facts()
    rows = zip(areas(), *(c.astype(object).tolist() for c in columns.values()), strict=True)
    return [
        {
            "type": "Feature",
            "id": i,
            "geometry": json.loads(shapely.to_geojson(shape)),
            "properties": {n: str(v) if n == "SEEN" else v for n, v in zip(columns, values, strict=True)},
        }
        for i, (shape, *values) in enumerate(rows)
    ]


def geojson(folder: Path) -> Path:
    path = folder / "sites.geojson"
    document = {"type": "FeatureCollection", "features": _features()}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def geojson_lines(folder: Path) -> Path:
    path = folder / "sites.geojsonl"
    path.write_text("\n".join(json.dumps(f, ensure_ascii=False) for f in _features()), encoding="utf-8")
    return path


def geopackage(folder: Path) -> Path:
    path = _write(folder / "sites.gpkg", areas(), "GPKG", geometry_type="Unknown", layer="areas")
    return _write(path, points(), "GPKG", layer="points", append=True)


def geopackage_plain(folder: Path) -> Path:
    """A small GeoPackage without an R-tree, so that mutations hit rows rather than indexes."""
    path = geopackage(folder)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    return path


def kml(folder: Path) -> Path:
    path = folder / "sites.kml"
    path.write_bytes(_kml())
    return path


def _kml() -> bytes:
    marks = []
    for i, (shape, name) in enumerate(
        zip([*points()[:8], *areas()[:8], *lines()[:8]], facts()["NAME"], strict=True)
    ):
        parts = [shape] if shape.geom_type in ("Point", "LineString", "Polygon") else list(shape.geoms)
        body = "".join(_kml_shape(part) for part in parts)
        body = f"<MultiGeometry>{body}</MultiGeometry>" if len(parts) > 1 else body
        marks.append(
            f"<Placemark id='p{i}'><name>{name}</name><description><![CDATA[<b>row</b> {i}]]></description>"
            f"<TimeSpan><begin>2026-01-01</begin></TimeSpan><ExtendedData><Data name='people'>"
            f"<value>{i}</value></Data></ExtendedData>{body}</Placemark>"
        )
    return (
        "<?xml version='1.0' encoding='UTF-8'?><kml xmlns='http://www.opengis.net/kml/2.2'><Document>"
        f"<Folder><name>North</name>{''.join(marks[:12])}</Folder>{''.join(marks[12:])}</Document></kml>"
    ).encode()


def _kml_shape(shape) -> str:
    def at(line) -> str:
        return (
            f"<coordinates>{' '.join(f'{x},{y},0' for x, y in shapely.get_coordinates(line))}</coordinates>"
        )

    if shape.geom_type == "Polygon":
        holes = "".join(
            f"<innerBoundaryIs><LinearRing>{at(r)}</LinearRing></innerBoundaryIs>" for r in shape.interiors
        )
        outer = f"<outerBoundaryIs><LinearRing>{at(shape.exterior)}</LinearRing></outerBoundaryIs>"
        return f"<Polygon>{outer}{holes}</Polygon>"
    return f"<{shape.geom_type}>{at(shape)}</{shape.geom_type}>"


def kmz(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "sites.kmz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("files/icon.png", b"\x89PNG\r\n")
        archive.writestr("doc.kml", _kml())
    return folder / "sites.kmz"


def csv(folder: Path) -> Path:
    path = folder / "sites.csv"
    columns = {**facts(), "LON": shapely.get_x(points()), "LAT": shapely.get_y(points())}
    rows = zip(*(c.astype(object).tolist() for c in columns.values()), strict=True)
    text = io.StringIO()
    text.write(",".join(columns) + "\n")
    text.writelines(",".join(f'"{v}"' if isinstance(v, str) else str(v) for v in row) + "\n" for row in rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def xlsx(folder: Path) -> Path:
    return _sheet(folder / "sites.xlsx", "XLSX")


def ods(folder: Path) -> Path:
    return _sheet(folder / "sites.ods", "ODS")


def _sheet(path: Path, driver: str) -> Path:
    columns = {**facts(), "LON": shapely.get_x(points()), "LAT": shapely.get_y(points())}
    data, names = list(columns.values()), list(columns)
    return _written(
        path,
        geometry=None,
        field_data=data,
        fields=names,
        geometry_type=None,
        driver=driver,
        layer="Sites",
    )


def gpx(folder: Path) -> Path:
    columns = {"name": facts()["NAME"], "desc": facts()["ID"]}
    return _write(folder / "sites.gpx", points(), "GPX", columns, layer="waypoints")


def gml(folder: Path) -> Path:
    return _write(folder / "sites.gml", areas(), "GML", geometry_type="Unknown")


def dxf(folder: Path) -> Path:
    return _write(folder / "sites.dxf", lines(), "DXF", {"Layer": _objects(["0"] * ROWS)}, crs=None)


def flatgeobuf(folder: Path) -> Path:
    return _write(folder / "sites.fgb", areas(), "FlatGeobuf", geometry_type="Unknown")


def mapinfo(folder: Path) -> Path:
    return _write(folder / "sites.mif", lines(), "MapInfo File", encoding="UTF-8")


def mapinfo_tab(folder: Path) -> Path:
    return _write(folder / "sites.tab", points(), "MapInfo File")


def geodatabase(folder: Path) -> Path:
    whole = _write(folder / "sites.gdb", points(), "OpenFileGDB", layer="sites")
    with zipfile.ZipFile(folder / "sites.gdb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(whole.iterdir()):
            archive.write(path, f"sites.gdb/{path.name}")
    shutil.rmtree(whole)
    return folder / "sites.gdb.zip"


SEEDS: dict[str, Callable[[Path], Path]] = {
    "shapefile": shapefile,
    "shapefile_areas": shapefile_areas,
    "shapefile_zip": shapefile_zip,
    "geojson": geojson,
    "geojson_lines": geojson_lines,
    "geopackage": geopackage_plain,
    "kml": kml,
    "kmz": kmz,
    "csv": csv,
    "xlsx": xlsx,
    "ods": ods,
    "gpx": gpx,
    "gml": gml,
    "dxf": dxf,
    "flatgeobuf": flatgeobuf,
    "mapinfo": mapinfo,
    "mapinfo_tab": mapinfo_tab,
    "geodatabase": geodatabase,
}
