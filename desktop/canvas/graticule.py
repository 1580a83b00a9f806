"""The graticule: meridians and parallels at round degrees, named at the edge of the map."""

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.canvas.camera import Camera
from desktop.canvas.labels import TextStyle
from desktop.canvas.palette import colours
from desktop.canvas.projection import Floats, wrap_lon
from desktop.canvas.shapes import polygon_of

_STEPS_DEG = (
    30,
    20,
    10,
    5,
    2,
    1,
    0.5,
    1 / 3,
    1 / 6,
    1 / 12,
    1 / 30,
    1 / 60,
    1 / 120,
    1 / 360,
    1 / 720,
    1 / 3600,
)
WANTED_PX = 170


def step_deg(camera: Camera) -> float:
    """Return the round step whose lines lie nearest to 170 pixels apart."""
    shrink = max(float(np.cos(np.radians(camera.center[1]))), 0.05)  # meridians draw together polewards
    degrees = WANTED_PX * camera.metres_per_pixel / 111_320.0 / np.sqrt(shrink)
    return float(min(_STEPS_DEG, key=lambda step: abs(np.log(step / max(degrees, 1e-6)))))


def angle_text(degrees: float, positive: str, negative: str) -> str:
    """Write an angle as degrees, minutes and seconds, leaving out what is zero."""
    seconds = round(abs(degrees) * 3600)
    d, rest = divmod(seconds, 3600)
    m, s = divmod(rest, 60)
    text = f"{d}°" + (f" {m:02d}′" if m or s else "") + (f" {s:02d}″" if s else "")
    return text + (f" {positive if degrees > 0 else negative}" if seconds else "")


def paint_graticule(p: QPainter, camera: Camera, dark: bool) -> None:
    """Draw the lines that cross the view, and name meridians below the top edge, parallels at the left."""
    theme, step = colours(dark), step_deg(camera)
    edge_x = np.concatenate([np.linspace(0, camera.width, 9), np.linspace(0, camera.width, 9)])
    edge_y = np.concatenate([np.zeros(9), np.full(9, camera.height)])
    lon, lat = camera.projection.inverse(*camera.to_world(edge_x, edge_y))
    south, north = max(-85.0, float(lat.min()) - step), min(85.0, float(lat.max()) + step)
    west, east = float(lon.min()) - step, float(lon.max()) + step
    meridians = np.arange(np.ceil(west / step), np.floor(east / step) + 1) * step
    parallels = np.arange(np.ceil(south / step), np.floor(north / step) + 1) * step
    pen = QPen(QColor(theme.graticule), 1.0, Qt.PenStyle.DotLine)
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    p.setFont(TextStyle(10, theme.muted, theme.halo).font())
    for value in meridians.tolist():
        line = _line(camera, np.full(33, value), np.linspace(south, north, 33))
        name = angle_text(float(wrap_lon(value)), "E", "W")
        _draw(p, line, pen, theme.muted, name, _crossing(line, 1, 14.0))
    for value in parallels.tolist():
        line = _line(camera, np.linspace(west, east, 33), np.full(33, value))
        name = angle_text(value, "N", "S")
        _draw(p, line, pen, theme.muted, name, _crossing(line, 0, 6.0))


def _line(camera: Camera, lon: Floats, lat: Floats) -> Floats:
    x, y = camera.projection.forward(lon, lat)
    return np.column_stack(camera.to_screen(x, y))


def _crossing(line: Floats, axis: int, at: float) -> tuple[float, float] | None:
    """Return where a line crosses `x = at` (axis 0) or `y = at` (axis 1)."""
    values = line[:, axis] - at
    change = np.nonzero(np.sign(values[1:]) != np.sign(values[:-1]))[0]
    if not len(change):
        return None
    i = int(change[0])
    share = values[i] / (values[i] - values[i + 1])
    x, y = line[i] + share * (line[i + 1] - line[i])
    return float(x), float(y)


def _draw(
    p: QPainter,
    line: Floats,
    pen: QPen,
    text_colour: str,
    name: str,
    at: tuple[float, float] | None,
) -> None:
    p.setPen(pen)
    p.drawPolyline(polygon_of(line))
    if at is not None:
        p.setPen(QColor(text_colour))
        p.drawText(QPointF(at[0] + 3, at[1] - 3 if at[0] < 10 else at[1]), name)
