"""GPX, read without GDAL: waypoints, routes and tracks, each a layer; times become the window."""

from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
import shapely

from layers.errors import ReadingError
from layers.gdal import fullest
from layers.model import Objects
from layers.reading import Action, Decided, Imported, Problem, ReadOptions
from layers.settling import Draft, settle
from layers.xml_files import declare_prefixes, local, make_utf8, root_name, walk, whole_preamble

_LAYERS = {"wpt": "waypoints", "rte": "routes", "trk": "tracks"}
_POINTS = ("trkseg", "trkpt", "rtept")
_MOST_FACTS = 400


class _BadShapeError(ValueError):
    """A geometry that cannot be built; the text says why."""


class GpxReader:
    """Reads waypoints, routes and tracks. The first and last time of a track are its `start` and `end`.

    No entity is expanded, no document type accepted, no link followed. Heights are dropped.
    """

    id = "gpx"
    title = "GPX"
    extensions: tuple[str, ...] = (".gpx",)
    has_layers = True

    def sniff(self, head: bytes, path: Path) -> bool:
        """Tell GPX by its root element."""
        return root_name(whole_preamble(head, path)) == "gpx"

    def read(self, path: Path, options: ReadOptions) -> Imported:
        """Read the private copy `path`."""
        if options.encoding is not None:
            raise ReadingError("XML states its own encoding, so none can be chosen.")
        found: dict[str, list[tuple[Any, dict[str, str]]]] = {}
        make_utf8(path)
        declare_prefixes(path)
        for event, element, depth in walk(path):
            if event == "end" and depth == 2:
                layer = _LAYERS.get(local(element))
                if layer is not None:
                    found.setdefault(layer, []).append(_feature(element))
                element.clear()
        if not found:
            raise ReadingError("The GPX file holds no waypoints, routes or tracks.")
        problems: list[Problem] = []
        if options.layer is not None and options.layer not in found:
            raise ReadingError(
                f"There is no layer “{options.layer}” in it.", f"It holds: {', '.join(found)}."
            )
        layer = options.layer or fullest({name: len(rows) for name, rows in found.items()}, problems)
        features = found[layer]
        geometry = np.empty(len(features), dtype=object)
        for i, (shape, _) in enumerate(features):
            if isinstance(shape, _BadShapeError):
                problems.append(Problem(i + 1, Action.SKIPPED, "bad_feature", str(shape)))
            else:
                geometry[i] = shape
        return settle(
            Draft(
                format=self.id,
                layers=tuple(found),
                layer=layer,
                rows=len(features),
                row=np.arange(1, len(features) + 1),
                geometry=geometry,
                columns=_columns([facts for _, facts in features]),
                crs="EPSG:4326",
                crs_how="GPX is longitude and latitude on WGS 84 by its standard.",
                encoding=Decided("utf-8", "XML states its own encoding.", ("utf-8",)),
                problems=problems,
            ),
            options,
        )


def _feature(element: Element) -> tuple[Any, dict[str, str]]:
    """Return the shape (or why there is none) and the facts of a waypoint, route or track."""
    facts = _facts(element)
    segments = [[p for p in part if local(p) == "trkpt"] for part in element if local(part) == "trkseg"]
    segments = segments or [[p for p in element if local(p) in ("rtept", "trkpt")]]
    times = [c.text.strip() for s in segments for p in s for c in p if local(c) == "time" and c.text]
    if times:
        facts["start"], facts["end"] = min(times), max(times)
    try:
        if local(element) == "wpt":
            return shapely.points(*_position(element)), facts
        lines = [[_position(point) for point in segment] for segment in segments if segment]
        return _line(lines), facts
    except _BadShapeError as error:
        return error, facts


def _facts(element: Element) -> dict[str, str]:
    """Return what is said of a feature; links are numbered, extensions keep the names of their values."""
    facts: dict[str, str] = {}
    links = 0
    for child in element:
        name = local(child)
        if name == "link":
            links += 1
            parts = {"href": child.get("href") or "", **{local(c): c.text or "" for c in child}}
            said = {f"link{links}_{key}": value for key, value in parts.items()}
        elif name == "extensions":
            said = {local(c): c.text or "" for c in child.iter() if not len(c) and c is not child}
        else:
            said = {} if name in _POINTS else {name: child.text or ""}
        for key, value in said.items():
            if key and value.strip() and len(facts) < _MOST_FACTS:
                facts.setdefault(key, value.strip())
    return facts


def _position(point: Element) -> tuple[float, float]:
    try:
        return float(point.get("lon") or ""), float(point.get("lat") or "")
    except ValueError as error:
        raise _BadShapeError("A position of it has no longitude or latitude.") from error


def _line(lines: list[list[tuple[float, float]]]) -> Any:
    """Join segments to one line, or several; a lone position stays a point where there is nothing else."""
    long = [line for line in lines if len(line) > 1]
    if len(long) == 1:
        return shapely.LineString(long[0])
    if long:
        return shapely.MultiLineString(long)
    if any(lines):
        return shapely.points(*next(line for line in lines if line)[0])
    raise _BadShapeError("It has no positions.")


def _columns(attributes: list[dict[str, str]]) -> dict[str, Objects]:
    columns: dict[str, Objects] = {}
    for name in dict.fromkeys(name for row in attributes for name in row):
        column = np.empty(len(attributes), dtype=object)
        column[:] = [row.get(name) for row in attributes]
        columns[name] = column
    return columns
