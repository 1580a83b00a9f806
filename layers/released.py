"""What leaves: a dataset built for one audience. Values only; nothing here knows a workspace.

`layers.release` is the only maker of a `Release`: the seal below is imported there and nowhere else
(a test keeps it so), and a `Release` made without it raises.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.errors import ReleaseRefusedError
from layers.model import Mode, Objects

_SEAL = object()

MODE_WORDS = {
    Mode.REAL: "",
    Mode.EXERCISE: "EXERCISE EXERCISE EXERCISE: nothing shown here is real",
    Mode.TEST: "TEST TEST TEST: nothing shown here is real",
}
"""What a product says of the mode of its workspace, beside the marking of the profile."""


@dataclass(frozen=True, slots=True)
class ReleasedColumn:
    """One column: `type` is "text", "number" or "time" (ISO 8601 text, UTC); values str, float or None."""

    name: str
    label: str
    type: str
    values: Objects


@dataclass(frozen=True, slots=True)
class Style:
    """How features are drawn; the words are those of `KindSpec`."""

    stroke: str
    fill: str = ""
    hatch: str = ""
    dash: str = ""


@dataclass(frozen=True, slots=True)
class ReleasedLayer:
    """Features of one kind as the recipient reads them, in the order of their minted ids."""

    id: str
    title: str
    help: str
    columns: tuple[ReleasedColumn, ...]
    geometry: Objects
    """shapely geometries, WGS 84 longitude/latitude."""
    style: Style
    symbols: tuple[str, ...]
    """Name of an SVG in `resources/symbols` for each feature; "" for none."""

    def __len__(self) -> int:
        return len(self.geometry)

    def column(self, name: str) -> ReleasedColumn | None:
        """Return the column called `name`, or None."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class Withheld:
    """What stays here, how much of it, and why; for the officer, never in a product."""

    what: str
    count: int
    why: str


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that no file of the release may contain."""

    text: str
    what: str
    """What it is, for the officer: "the unit of a military zone"."""
    military: bool = False
    """True where even a mention inside an allowed field refuses the release."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What the audit knows and no writer reads."""

    secrets: tuple[Secret, ...]
    zones: Objects
    """Exact geometries of military zones."""
    constants: tuple[str, ...]
    """Texts that the program and the profile put into products; they say nothing about the workspace."""


@dataclass(frozen=True, slots=True)
class Background:
    """Shipped land (polygons) and places (name, longitude, latitude) around what is released."""

    frame: tuple[float, float, float, float] | None
    """West, south, east, north of the ground it covers; None for none."""
    view: tuple[float, float, float, float] | None
    """What a map should show first: the release without features that lie far from all others."""
    land: tuple[Any, ...]
    places: tuple[tuple[str, float, float], ...]
    credit: str


@dataclass(frozen=True)
class Release:
    """A dataset for one audience, and everything a product of it must say.

    Only `layers.release.build` makes one. Times are aware UTC.
    """

    number: str
    supersedes: str
    profile: str
    title: str
    audience: str
    marking: str
    mode: Mode
    as_of: datetime
    valid_until: datetime
    caveats: tuple[str, ...]
    contact: str
    sources: tuple[str, ...]
    formats: tuple[str, ...]
    layers: tuple[ReleasedLayer, ...]
    background: Background
    withheld: tuple[Withheld, ...]
    by: str
    approver_required: bool
    _gate: Gate = field(repr=False)
    _seal: object = field(repr=False)

    def __post_init__(self) -> None:
        if self._seal is not _SEAL:
            raise ReleaseRefusedError(
                "A release can only be made by the release gate.", "Use layers.release.build."
            )

    @property
    def mode_words(self) -> str:
        """The words of the exercise or test banner; "" for a real operation."""
        return MODE_WORDS[self.mode]

    @property
    def extent(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north of everything released, in degrees; None for an empty release."""
        geometry = [item for layer in self.layers for item in layer.geometry]
        if not geometry:
            return None
        west, south, east, north = shapely.total_bounds(geometry)
        return float(west), float(south), float(east), float(north)

    def information(self) -> Mapping[str, Any]:
        """Return what every product carries, as plain JSON values."""
        return {
            "number": self.number,
            "title": self.title,
            "audience": self.audience,
            "marking": self.marking,
            "mode": self.mode.value,
            "mode_words": self.mode_words,
            "as_of": iso(self.as_of),
            "valid_until": iso(self.valid_until),
            "supersedes": self.supersedes,
            "caveats": list(self.caveats),
            "contact": self.contact,
            "sources": list(self.sources),
        }


@dataclass(frozen=True, slots=True)
class ReadableLayer:
    """One layer as a recipient finds it in a file."""

    name: str
    features: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What a recipient can read in a written file.

    `texts` is every text in it, decompressed and unescaped; `vertices` every coordinate pair of its
    features, (n, 2) longitude/latitude in degrees.
    """

    layers: tuple[ReadableLayer, ...]
    texts: tuple[str, ...]
    vertices: NDArray[np.float64]


class Writer(Protocol):
    """Writes one format. A new format is one file in `layers/writers` and one line in its tuple."""

    id: str
    title: str
    extension: str

    def constants(self) -> tuple[str, ...]:
        """Return the long texts that every product of this format holds, such as shipped scripts."""

    def write(self, release: Release, path: Path) -> None:
        """Write the release to a new file at `path`."""

    def read_back(self, path: Path) -> ReadBack:
        """Open the file as a recipient would and return everything that can be read in it."""


def require_release(value: object) -> Release:
    """Return `value` when it is a `Release`; a writer calls this first, so that nothing else is written.

    Raises
    ------
    TypeError
        For a workspace or anything else.
    """
    if not isinstance(value, Release):
        raise TypeError(f"a writer accepts a Release, not {type(value).__name__}")
    return value


def iso(moment: datetime) -> str:
    """Return an aware time as UTC text: 2026-01-31T06:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def vertices_of(geometries: Iterable[Any]) -> NDArray[np.float64]:
    """Return all coordinate pairs of geometries, (n, 2)."""
    items = [item for item in geometries if item is not None]
    return np.asarray(shapely.get_coordinates(items)).reshape(-1, 2)


DECIMALS = 7
"""Decimals of written degrees: 1 cm, finer than any source."""


def plain(value: Any) -> Any:
    """Return a released value as JSON takes it: whole numbers without a fraction, "not stated" as null."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None if value == "" else value


def geometry_json(geometry: Any) -> dict[str, Any]:
    """Return a geometry as GeoJSON members, exterior rings counter-clockwise as RFC 7946 asks."""
    oriented = shapely.orient_polygons(geometry) if shapely.get_dimensions(geometry) == 2 else geometry
    rounded = shapely.transform(oriented, lambda points: np.round(points, DECIMALS))
    value: dict[str, Any] = json.loads(shapely.to_geojson(rounded))
    return value
