"""A layer made ready for drawing, and what a drawing depends on besides it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QPainter

from desktop.canvas.palette import drawing_order
from desktop.canvas.projection import Floats, Projection
from desktop.canvas.shapes import Rows, Shapes
from layers.kinds import spec_of
from layers.model import Layer
from layers.volume import to_column

Step = Callable[[QPainter], None]
"""A few milliseconds of drawing; a caller may stop between any two."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a drawing depends on besides the camera and the layers.

    `ratio` is device pixels a logical pixel. `raster` is False for PDF, where no pixel images are made.
    """

    now: datetime
    dark: bool = False
    ratio: float = 1.0
    raster: bool = True


class DrawnLayer:
    """A layer with its shapes ready and the flags that change its look."""

    def __init__(self, layer: Layer, projection: Projection, older: "DrawnLayer | None" = None) -> None:
        self.layer = layer
        self.spec = spec_of(layer.kind)
        self.order = drawing_order(layer.kind)
        self.shapes: Shapes
        table = layer.table
        if (
            older is not None
            and older.layer.table.geometry is table.geometry
            and older.shapes.projection == projection
        ):
            self.shapes = older.shapes
        else:
            self.shapes = Shapes(table.geometry, projection)
            if older is not None:
                self.shapes.adopt(older.shapes)
        hollow = table.uncertainty_m > 0
        if "verification" in table.fields:
            hollow = hollow | (table.fields["verification"] == "unverified")
        self.hollow: Mask = hollow
        self._symbols = {code.id: code.symbol for code in self.spec.categories if code.symbol}

    def expired(self, now: datetime) -> Mask:
        """Mark the rows whose window has ended."""
        return np.asarray(self.layer.table.valid_to <= to_column(now))  # NaT compares False

    def symbol(self, row: int) -> str:
        """Return the name of the symbol of a row."""
        return self._symbols.get(self.layer.table.category[row], self.spec.symbol)


@dataclass(frozen=True, slots=True)
class Placed:
    """Features in view and where they are on the screen; what markers and labels are put on."""

    row: Rows
    x: Floats
    y: Floats
    reach: Floats
    """Half the size on the screen, in pixels, of what lies there."""
    is_point: Mask
    """True for what is shown by a marker alone: points, and shapes too small to be recognised."""
