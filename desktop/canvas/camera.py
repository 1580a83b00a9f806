"""Where the map looks: projection, centre, resolution and size in pixels. A frozen value."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PySide6.QtGui import QTransform

from desktop.canvas.projection import Bounds, Floats, Projection, WebMercator, wrap_lon

METRES_PER_INCH = 0.0254
FINEST_M = 0.02
"""World metres a pixel at the closest zoom."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A view of the world.

    Parameters
    ----------
    projection : Projection
        The drawing plane.
    x, y : float
        World metres at the middle of the view.
    resolution : float
        World metres a pixel.
    width, height : int
        Size in logical pixels.
    """

    projection: Projection
    x: float = 0.0
    y: float = 0.0
    resolution: float = 40_000.0
    width: int = 640
    height: int = 480

    @property
    def rect(self) -> Bounds:
        """World bounds of the view: left, bottom, right, top."""
        half_w, half_h = self.width * self.resolution / 2, self.height * self.resolution / 2
        return self.x - half_w, self.y - half_h, self.x + half_w, self.y + half_h

    def to_screen(self, x: Any, y: Any) -> tuple[Floats, Floats]:
        """Convert world metres to pixels (y down)."""
        left, _, _, top = self.rect
        px = (np.asarray(x, dtype=np.float64) - left) / self.resolution
        return np.asarray(px), np.asarray((top - np.asarray(y, dtype=np.float64)) / self.resolution)

    def to_world(self, px: Any, py: Any) -> tuple[Floats, Floats]:
        """Convert pixels to world metres."""
        left, _, _, top = self.rect
        x = left + np.asarray(px, dtype=np.float64) * self.resolution
        return np.asarray(x), np.asarray(top - np.asarray(py, dtype=np.float64) * self.resolution)

    def transform(self, shift: float = 0.0) -> QTransform:
        """World to pixels for the copy of the world that lies `shift` metres to the right."""
        left, _, _, top = self.rect
        s = 1 / self.resolution
        return QTransform(s, 0, 0, -s, (shift - left) * s, top * s)

    def lonlat_to_screen(self, lon: Any, lat: Any) -> tuple[Floats, Floats]:
        """Convert degrees to pixels, on the copy of the world nearest to the middle."""
        x, y = self.projection.forward(lon, lat)
        return self.to_screen(self.nearest_copy(x), y)

    def nearest_copy(self, x: Floats) -> Floats:
        """Move world x by whole worlds so that it lies nearest to the middle of the view."""
        period = self.projection.period_m
        return x if period is None else np.asarray(x - np.round((x - self.x) / period) * period)

    def lonlat_at(self, px: float, py: float) -> tuple[float, float]:
        """Degrees under a pixel; the longitude runs on past 180 where the world repeats."""
        lon, lat = self.projection.inverse(*self.to_world(px, py))
        return float(lon), float(lat)

    @property
    def center(self) -> tuple[float, float]:
        """Longitude (in [-180, 180)) and latitude of the middle."""
        lon, lat = self.projection.inverse(self.x, self.y)
        return float(wrap_lon(lon)), float(lat)

    @property
    def metres_per_pixel(self) -> float:
        """Ground metres a pixel, east-west, at the middle."""
        return self.resolution * float(self.projection.ground_factor(self.center[1]))

    def scale_denominator(self, dots_per_inch: float = 96.0) -> float:
        """The n of a scale of 1:n on a screen of that density."""
        return self.metres_per_pixel * dots_per_inch / METRES_PER_INCH

    @property
    def north_deg(self) -> float:
        """Direction of true north at the middle, degrees clockwise from up."""
        lon, lat = self.projection.inverse(self.x, self.y)
        step = 0.01 if lat < 89 else -0.01
        x, y = self.projection.forward(lon, lat + step)
        turn = 0.0 if step > 0 else 180.0
        return (math.degrees(math.atan2(float(x) - self.x, float(y) - self.y)) + turn) % 360

    def shifts(self) -> tuple[float, ...]:
        """Offsets of the copies of the world that the view touches; (0,) where it does not repeat."""
        period = self.projection.period_m
        if period is None:
            return (0.0,)
        left, _, right, _ = self.rect
        # One copy more on each side: a feature may itself run past 180 degrees.
        first, last = math.floor((left + period / 2) / period), math.floor((right + period / 2) / period)
        return tuple(k * period for k in range(first - 1, last + 2))

    def panned(self, dx: float, dy: float) -> "Camera":
        """Return the view after its content was dragged by pixels."""
        return replace(self, x=self.x - dx * self.resolution, y=self.y + dy * self.resolution).settled()

    def zoomed(self, factor: float, px: float, py: float) -> "Camera":
        """Return the view magnified by `factor`, keeping what lies under the pixel in its place."""
        resolution = self._allowed(self.resolution / factor)
        wx, wy = self.to_world(px, py)
        x = float(wx) - (px - self.width / 2) * resolution
        y = float(wy) + (py - self.height / 2) * resolution
        return replace(self, x=x, y=y, resolution=resolution).settled()

    def resized(self, width: int, height: int) -> "Camera":
        """Return the view with another size and the same middle."""
        return replace(self, width=max(1, width), height=max(1, height)).settled()

    def moved(self, lon: float, lat: float, resolution: float | None = None) -> "Camera":
        """Return the view with a place in its middle."""
        x, y = self.projection.forward(lon, lat)
        wanted = self._allowed(self.resolution if resolution is None else resolution)
        return replace(self, x=float(x), y=float(y), resolution=wanted).settled()

    def fitted(self, bounds: Bounds, margin_px: float = 40.0) -> "Camera":
        """Return the view that shows lon/lat bounds (east may pass 180) with a margin."""
        west, south, east, north = bounds
        lon, lat = np.meshgrid(np.linspace(west, east, 5), np.linspace(south, north, 5))
        x, y = self.projection.forward(lon, lat)
        inner_w, inner_h = max(16.0, self.width - 2 * margin_px), max(16.0, self.height - 2 * margin_px)
        resolution = self._allowed(max(float(np.ptp(x)) / inner_w, float(np.ptp(y)) / inner_h, 1e-9))
        middle_x, middle_y = float(x.min() + x.max()) / 2, float(y.min() + y.max()) / 2
        return replace(self, x=middle_x, y=middle_y, resolution=resolution).settled()

    def with_margin(self, margin: int) -> "Camera":
        """Return the same view with `margin` more pixels on every side."""
        return replace(self, width=self.width + 2 * margin, height=self.height + 2 * margin)

    def settled(self) -> "Camera":
        """Return the view with its middle brought back onto the world."""
        period = self.projection.period_m
        if period is None:
            reach = self.projection.widest_m
            return replace(self, x=min(max(self.x, -reach), reach), y=min(max(self.y, -reach), reach))
        half = period / 2
        return replace(self, x=(self.x + half) % period - half, y=min(max(self.y, -half), half))

    def _allowed(self, resolution: float) -> float:
        return min(max(resolution, FINEST_M), self.projection.widest_m / max(320, self.width))


def world_camera(width: int = 640, height: int = 480) -> Camera:
    """Return a view of the whole world in Web Mercator."""
    return Camera(WebMercator(), width=width, height=height).fitted((-170, -58, 170, 75), 0)
