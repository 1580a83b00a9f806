"""Colours and drawing styles of the map, light and dark."""

from dataclasses import dataclass
from enum import Enum

from PySide6.QtGui import QColor

from layers.findings import Severity
from layers.model import Kind, KindSpec


class Shape(Enum):
    """Backing shape of a marker: kinds differ by it, not by colour alone."""

    CIRCLE = "circle"
    SQUARE = "square"
    TRIANGLE = "triangle"
    DIAMOND = "diamond"
    HEXAGON = "hexagon"
    OCTAGON = "octagon"
    PENTAGON = "pentagon"
    CAPSULE = "capsule"


_SHAPES = {
    Kind.HUMANITARIAN_SITE: Shape.CIRCLE,
    Kind.MOVEMENT: Shape.CAPSULE,
    Kind.NO_STRIKE_AREA: Shape.OCTAGON,
    Kind.MILITARY_ZONE: Shape.PENTAGON,
    Kind.PROJECT: Shape.SQUARE,
    Kind.HAZARD: Shape.TRIANGLE,
    Kind.ARRANGEMENT: Shape.HEXAGON,
    Kind.LIAISON: Shape.DIAMOND,
    Kind.ASSESSMENT: Shape.HEXAGON,
}

_ORDER = (
    Kind.REFERENCE,
    Kind.AREA_OF_OPERATIONS,
    Kind.ARRANGEMENT,
    Kind.MILITARY_ZONE,
    Kind.HAZARD,
    Kind.NO_STRIKE_AREA,
    Kind.ASSESSMENT,
    Kind.PROJECT,
    Kind.MOVEMENT,
    Kind.LIAISON,
    Kind.HUMANITARIAN_SITE,
)
"""From the bottom of the map to its top: what is to be protected is never covered."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a kind is drawn in one theme. Colours are `#rrggbb`; an empty fill paints nothing."""

    stroke: str
    fill: str
    hatch: str
    dash: str
    shape: Shape
    symbol: str
    width: float = 1.6
    arrows: bool = False


@dataclass(frozen=True, slots=True)
class MapColours:
    """Everything on the map that is not a feature."""

    sea: str
    land: str
    coast: str
    border: str
    place: str
    halo: str
    text: str
    muted: str
    graticule: str
    paper: str
    selection: str
    selection_edge: str
    expired: str


LIGHT = MapColours(
    sea="#d6e4ec",
    land="#f6f4ee",
    coast="#a9bac3",
    border="#b09aa8",
    place="#5b6167",
    halo="#ffffff",
    text="#1d2429",
    muted="#5f6a71",
    graticule="#8fa3ad",
    paper="#ffffff",
    selection="#ffd400",
    selection_edge="#1d2429",
    expired="#868d92",
)
DARK = MapColours(
    sea="#131b22",
    land="#222a31",
    coast="#44535d",
    border="#6b5965",
    place="#a3adb4",
    halo="#11171c",
    text="#e8edf0",
    muted="#9aa7af",
    graticule="#4c5c66",
    paper="#1b2228",
    selection="#ffe14d",
    selection_edge="#000000",
    expired="#8a9297",
)

_SEVERITY = {
    Severity.INFO: ("#5b6470", "#b4bcc6"),
    Severity.LOW: ("#2563a8", "#86bdf5"),
    Severity.MEDIUM: ("#8a6100", "#f0c75a"),
    Severity.HIGH: ("#c2410c", "#ffa061"),
    Severity.CRITICAL: ("#a3001a", "#ff7a85"),
}
"""Light and dark; the same as in the list of findings (tested), so that mark and card belong together."""


def colours(dark: bool) -> MapColours:
    """Return the colours of a theme."""
    return DARK if dark else LIGHT


def severity_colour(severity: int, dark: bool = False) -> str:
    """Return the `#rrggbb` of a severity; these colours belong to findings alone."""
    return _SEVERITY[Severity(min(max(severity, 0), 4))][int(dark)]


def drawing_order(kind: Kind) -> int:
    """Return the place of a kind from the bottom of the map; a kind not named here lies in the middle."""
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER) // 2


def style_of(spec: KindSpec, dark: bool) -> Style:
    """Return the style of a kind; the dark theme derives from the declared colours."""
    line = spec.kind is Kind.MOVEMENT
    wide = line or spec.kind is Kind.AREA_OF_OPERATIONS
    return Style(
        stroke=_lifted(spec.stroke) if dark else spec.stroke,
        fill=(_lifted(spec.fill) if dark else spec.fill) if spec.fill else "",
        hatch=spec.hatch,
        dash=spec.dash,
        shape=_SHAPES.get(spec.kind, Shape.CIRCLE),
        symbol=spec.symbol,
        width=2.4 if wide else 1.6,
        arrows=line,
    )


def plain_style(colour: str) -> Style:
    """Return a style of one colour, for previews of rows that have no kind yet."""
    return Style(stroke=colour, fill=colour, hatch="", dash="", shape=Shape.CIRCLE, symbol="")


def _lifted(colour: str) -> str:
    """Make a colour light enough to be seen on a dark ground, keeping its hue."""
    wanted = QColor(colour)
    lifted = QColor.fromHslF(
        max(wanted.hslHueF(), 0.0), min(wanted.hslSaturationF(), 0.6), max(wanted.lightnessF(), 0.62)
    )
    return lifted.name()
