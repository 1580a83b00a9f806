"""Kept pictures of the map, drawn in slices so that the window never waits for them."""

import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from desktop.canvas.camera import Camera
from desktop.canvas.drawn import Step

MARGIN_PX = 96
"""Drawn beyond the view on every side, so that a small pan shows no gap."""
KEEP_ABOVE = 1500
"""Parts with at least this many things in view keep their picture, to be reused while they stay the same."""
MOST_KEPT_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """Some steps that belong together; `key` names all they depend on besides the camera."""

    key: Hashable
    cost: int
    steps: Callable[[], Iterator[Step]]


@dataclass(frozen=True, slots=True)
class Frame:
    """A finished picture and the camera that it shows (margins included)."""

    camera: Camera
    image: QImage

    def paint(self, p: QPainter, camera: Camera) -> None:
        """Draw the picture where it belongs under another camera: moved, and scaled while zooming."""
        if camera.projection != self.camera.projection:
            return
        left, _, _, top = self.camera.rect
        scale = self.camera.resolution / camera.resolution
        period = camera.projection.period_m
        if period is not None:
            left += round((camera.x - self.camera.x) / period) * period
        x, y = camera.to_screen(left, top)
        target = QRectF(float(x), float(y), self.camera.width * scale, self.camera.height * scale)
        if abs(scale - 1) < 1e-9:
            p.drawImage(QPointF(round(target.x()), round(target.y())), self.image)
        else:
            p.drawImage(target, self.image, QRectF(self.image.rect()))


class PartCache:
    """Pictures of costly parts for one camera."""

    def __init__(self) -> None:
        self._camera: Camera | None = None
        self._images: dict[Hashable, QImage] = {}

    def use(self, camera: Camera, parts: Iterable[Part]) -> None:
        """Forget what was drawn for another camera, and what is no longer among the parts to draw."""
        wanted = {part.key for part in parts} if camera == self._camera else set()
        self._images = {key: image for key, image in self._images.items() if key in wanted}
        self._camera = camera

    def get(self, key: Hashable) -> QImage | None:
        """Return the picture of a part, or None."""
        return self._images.get(key)

    def put(self, key: Hashable, image: QImage) -> None:
        """Keep a picture while there is room: to drop one for another would in the end keep none."""
        if sum(kept.sizeInBytes() for kept in self._images.values()) < MOST_KEPT_BYTES:
            self._images[key] = image


class FrameJob:
    """A picture in the making.

    Parameters
    ----------
    camera : Camera
        What to show, margins included.
    ratio : float
        Device pixels a logical pixel.
    parts : list of Part
        From the bottom to the top.
    ground : str or None
        Colour to start from; None for a transparent picture.
    cache : PartCache or None
        Where costly parts are kept.
    """

    def __init__(
        self,
        camera: Camera,
        ratio: float,
        parts: list[Part],
        ground: str | None,
        cache: PartCache | None = None,
    ) -> None:
        self.camera = camera
        self._ratio = ratio
        self._image = self._blank()
        if ground is not None:
            self._image.fill(QColor(ground))
        self._cache = cache
        if cache is not None:
            cache.use(camera, parts)
        self._work = self._run(parts)

    def advance(self, seconds: float) -> bool:
        """Draw for about that long; return True when the picture is complete."""
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            if next(self._work, None) is None:
                return True
        return False

    def finish(self) -> Frame:
        """Draw what is left and return the picture."""
        for _ in self._work:
            pass
        return Frame(self.camera, self._image)

    def _blank(self) -> QImage:
        width, height = round(self.camera.width * self._ratio), round(self.camera.height * self._ratio)
        image = QImage(max(1, width), max(1, height), QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(self._ratio)
        image.fill(Qt.GlobalColor.transparent)
        return image

    def _run(self, parts: list[Part]) -> Iterator[bool]:
        """Draw step by step. The painter is never open between steps: one left active crashes Qt at exit."""
        for part in parts:
            cache = self._cache if part.cost >= KEEP_ABOVE else None
            kept = None if cache is None else cache.get(part.key)
            if kept is None:
                target = self._image if cache is None else None
                for step in part.steps():
                    target = target or self._blank()
                    with QPainter(target) as p:
                        step(p)
                    yield True
                if cache is None or target is None:  # what draws nothing needs no picture
                    continue
                kept = target
                cache.put(part.key, kept)
            with QPainter(self._image) as p:
                p.drawImage(0, 0, kept)
            yield True
