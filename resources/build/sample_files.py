"""Write features as the files that partners send; the same features always give the same bytes."""

import csv
import io
import json
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pyogrio
import shapely

from resources.build.sample_layout import PLANE, Thing, to_lon_lat

_ZIP_TIME = (2026, 1, 1, 0, 0, 0)
_DBF_LANGUAGE = 29
"""Offset of the byte in a .dbf header that names its code page; 0 = not said."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a shapefile: its name there (10 letters at most), the fact it holds, its type."""

    name: str
    fact: str
    type: str = "text"

    def values(self, things: list[Thing]) -> Any:
        """Return the numpy column that pyogrio writes."""
        facts = [thing.facts.get(self.fact) for thing in things]
        if self.type == "date":
            return np.array([np.datetime64(v or "NaT", "D") for v in facts])
        if self.type in ("number", "integer"):
            return np.array([np.nan if v is None else float(v) for v in facts])
        column = np.empty(len(facts), dtype=object)
        column[:] = facts
        return column


def shapefile_zip(
    path: Path,
    stem: str,
    geometry_type: str,
    things: list[Thing],
    columns: tuple[Column, ...],
    *,
    encoding: str,
    silent: bool = False,
    folder: str = "",
    junk: bool = False,
) -> None:
    """Write a zipped shapefile in the national grid.

    `silent` leaves out everything that names the encoding; `junk` adds what a Mac adds to an archive.
    """
    shapes = [None if t.geometry is None else _rounded(t.geometry) for t in things]
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch, f"{stem}.shp")
        pyogrio.raw.write(
            target,
            np.array(shapely.to_wkb(np.array(shapes, dtype=object)), dtype=object),
            [column.values(things) for column in columns],
            [column.name for column in columns],
            crs=PLANE,
            driver="ESRI Shapefile",
            geometry_type=geometry_type,
            encoding=encoding,
            layer_options={"DBF_DATE_LAST_UPDATE": "2026-01-01", "RESIZE": "YES"},
        )
        suffixes = (".shp", ".shx", ".dbf", ".prj", *(() if silent else (".cpg",)))
        parts = {f"{stem}{suffix}": target.with_suffix(suffix).read_bytes() for suffix in suffixes}
    if silent:
        dbf = bytearray(parts[f"{stem}.dbf"])
        dbf[_DBF_LANGUAGE] = 0
        parts[f"{stem}.dbf"] = bytes(dbf)
    _zip(path, parts, folder, junk)


def _rounded(geometry: Any) -> Any:
    return shapely.transform(geometry, lambda xy: np.round(xy, 2))


def _zip(path: Path, parts: dict[str, bytes], folder: str, junk: bool) -> None:
    prefix = f"{folder}/" if folder else ""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            _add(archive, f"{prefix}{name}", data)
            if junk:
                _add(
                    archive,
                    f"__MACOSX/{prefix}._{name}",
                    b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X" + bytes(16),
                )
        if junk:
            _add(archive, f"{prefix}.DS_Store", b"\x00\x00\x00\x01Bud1" + bytes(24))


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _ZIP_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3  # the same on every system
    archive.writestr(info, data)


def geojson(path: Path, title: str, things: list[Thing]) -> None:
    """Write a GeoJSON collection, one feature a line."""
    lines = []
    for thing in things:
        shape = json.loads(shapely.to_geojson(to_lon_lat(thing.geometry)))
        feature = {"type": "Feature", "properties": thing.facts, "geometry": shape}
        lines.append(json.dumps(feature, ensure_ascii=False))
    text = ",\n".join(lines)
    head = f'{{"type": "FeatureCollection", "name": {json.dumps(title)}, "features": ['
    _write(path, f"{head}\n{text}\n]}}\n")


def kml(path: Path, title: str, things: list[Thing], folder_of: str) -> None:
    """Write lines as KML: one folder for each value of a fact, everything else as extended data."""
    folders: dict[str, list[str]] = {}
    for thing in things:
        line = " ".join(f"{lon},{lat},0" for lon, lat in to_lon_lat(thing.geometry).coords)
        data = "".join(
            f"<Data name={quoteattr(name)}><value>{escape(str(value))}</value></Data>"
            for name, value in thing.facts.items()
            if value is not None and name != "title"
        )
        folders.setdefault(thing.facts[folder_of], []).append(
            f"<Placemark><name>{escape(thing.facts['title'])}</name><description>EXERCISE</description>"
            f"<ExtendedData>{data}</ExtendedData>"
            f"<LineString><tessellate>1</tessellate><coordinates>{line}</coordinates></LineString></Placemark>"
        )
    body = "\n".join(
        f"<Folder><name>{escape(name)}</name>\n" + "\n".join(marks) + "\n</Folder>"
        for name, marks in folders.items()
    )
    _write(
        path,
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f"<name>{escape(title)}</name>\n{body}\n</Document></kml>\n",
    )


def table(path: Path, things: list[Thing], columns: tuple[tuple[str, str], ...]) -> None:
    """Write points as CSV with the byte order mark that a spreadsheet adds; no geometry = empty cells."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(["longitude", "latitude", *(name for name, _ in columns)])
    for thing in things:
        position: tuple[Any, Any] = ("", "")
        if thing.geometry is not None:
            # 0/0 stays what it is: the partner's device had no fix
            nowhere = (thing.geometry.x, thing.geometry.y) == (0, 0)
            point = thing.geometry if nowhere else to_lon_lat(thing.geometry)
            position = (f"{point.x:.6f}", f"{point.y:.6f}")
        facts = ("" if thing.facts.get(fact) is None else thing.facts[fact] for _, fact in columns)
        writer.writerow([*position, *facts])
    _write(path, "\ufeff" + buffer.getvalue())


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8"))
