"""What the map shows and the pictures kept of it: features below, annotations above."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from desktop.canvas.annotations import Annotations, Highlight
from desktop.canvas.background import Background
from desktop.canvas.camera import Camera
from desktop.canvas.drawn import DrawnLayer, Settings, Step
from desktop.canvas.frames import MARGIN_PX, Frame, FrameJob, Part, PartCache
from desktop.canvas.marks import NO_MARKS, FindingMarks, PlacedMarks
from desktop.canvas.painter import LayerPainter
from desktop.canvas.palette import Style, colours
from desktop.canvas.projection import Projection, WebMercator
from layers.basemap import Basemap
from layers.model import Layer


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything to draw for one camera."""

    camera: Camera
    settings: Settings
    painters: tuple[LayerPainter, ...]
    """Visible layers, from the bottom of the map to its top."""


class Picture:
    """The content of a map and its kept pictures.

    Parameters
    ----------
    clock : callable
        Returns the present time, aware: features whose window has ended are drawn as expired.
    style : Style or None
        Drawn instead of each kind's own style (previews of rows that have no kind).
    """

    def __init__(self, clock: Callable[[], datetime], style: Style | None = None) -> None:
        self.dark = False
        self.borders = False
        self.selected: frozenset[str] = frozenset()
        self.highlight: Highlight | None = None
        self.style = style
        self.furniture: tuple[QRectF, ...] = ()
        """What stands on the view in its own pixels (scale bar, legend): labels keep off it."""
        self._clock = clock
        self._projection: Projection = WebMercator()
        self._basemap: Basemap | None = None
        self._background: Background | None = None
        self._layers: list[DrawnLayer] = []
        self._prepared: list[DrawnLayer] = []
        self._marks_given = NO_MARKS
        self._marks = PlacedMarks(NO_MARKS, self._projection)
        self._features: Frame | None = None
        self._over: Frame | None = None
        self._feature_job: FrameJob | None = None
        self._over_job: FrameJob | None = None
        self._plan: Plan | None = None
        self._cache = PartCache()

    # --- content --------------------------------------------------------------------------------------

    @property
    def all_layers(self) -> list[DrawnLayer]:
        """Every layer, hidden ones included, in the order of the workspace."""
        return self._layers

    @property
    def visible_layers(self) -> list[DrawnLayer]:
        """The layers that are drawn and can be hit."""
        return [drawn for drawn in self._layers if drawn.layer.visible]

    @property
    def has_basemap(self) -> bool:
        """True once a base map is there."""
        return self._basemap is not None

    def prepare(self, layers: Sequence[Layer]) -> None:
        """Make new tables ready that `set_layers` will be given soon; on a worker thread, if need be."""
        known = {drawn.layer.id: drawn for drawn in self._layers}
        tables = {id(drawn.layer.table) for drawn in known.values()}
        self._prepared = [
            DrawnLayer(layer, self._projection, known.get(layer.id))
            for layer in layers
            if id(layer.table) not in tables
        ]

    def set_layers(self, layers: Sequence[Layer]) -> None:
        """Take over layers; those whose table is the same object are kept as they are."""
        tables = {id(layer.table) for layer in layers}
        prepared, self._prepared = self._prepared, []
        usable = (drawn for drawn in prepared if id(drawn.layer.table) in tables)
        known = {drawn.layer.id: drawn for drawn in (*self._layers, *usable)}
        self._layers = [self._ready(layer, known.get(layer.id)) for layer in layers]

    def _ready(self, layer: Layer, older: DrawnLayer | None) -> DrawnLayer:
        if older is None or older.layer.kind is not layer.kind:
            return DrawnLayer(layer, self._projection)
        if older.layer.table is layer.table and older.shapes.projection == self._projection:
            older.layer = layer  # only its name, visibility or lock changed
            return older
        return DrawnLayer(layer, self._projection, older)

    def set_basemap(self, basemap: Basemap | None) -> None:
        """Draw a base map under everything, or none."""
        self._basemap = basemap
        self._background = None if basemap is None else Background(basemap, self._projection)

    def share_background(self, basemap: Basemap, background: Background) -> None:
        """Draw a base map that was made ready elsewhere, for the projection in use, under everything."""
        self._basemap, self._background = basemap, background

    def set_projection(self, projection: Projection) -> None:
        """Make everything ready for another projection."""
        self._projection = projection
        self.set_basemap(self._basemap)
        self.set_marks(self._marks_given)
        self.set_layers([drawn.layer for drawn in self._layers])

    def set_marks(self, marks: FindingMarks) -> None:
        """Mark the places of findings."""
        self._marks_given = marks
        self._marks = PlacedMarks(marks, self._projection)

    def finding_at(self, camera: Camera, x: float, y: float) -> str | None:
        """Return the key of the finding whose mark is under a pixel."""
        return self._marks.key_at(camera, x, y)

    # --- drawing --------------------------------------------------------------------------------------

    def plan(self, camera: Camera, ratio: float, *, raster: bool = True) -> Plan:
        """Return what is to be drawn for a camera."""
        settings = Settings(self._clock(), self.dark, ratio, raster)
        ordered = sorted(self.visible_layers, key=lambda drawn: drawn.order)
        painters = tuple(LayerPainter(drawn, camera, settings, self.style) for drawn in ordered)
        for painter in painters:
            painter.beside = painters
        return Plan(camera, settings, painters)

    def parts(self, plan: Plan) -> list[Part]:
        """Return base map, areas, lines and points of a plan, from the bottom to the top."""
        parts = []
        if self._background is not None:
            steps = partial(self._background.steps, plan.camera, plan.settings, borders=self.borders)
            parts.append(Part("base map", 0, steps))
        for phase in ("area_steps", "line_steps", "point_steps"):
            if phase == "point_steps":
                parts.append(Part("placing", 0, partial(_placing, plan.painters)))
            for painter in plan.painters:
                make: Callable[[], Iterator[Step]] = getattr(painter, phase)
                key = (painter.drawn, phase, plan.settings.dark, plan.settings.ratio, painter.expired.sum())
                parts.append(Part(key, painter.cost, make))
        return parts

    def annotation_steps(self, plan: Plan, margin: int = 0) -> Iterator[Step]:
        """Yield the steps that draw selection, highlight, finding marks and labels.

        The view begins `margin` pixels inside the edge; no label crosses its edge.
        """
        notes = Annotations(plan.camera, plan.settings, plan.painters, margin, self.furniture)
        if self.selected:
            yield from notes.selection_steps(self.selected)
        if self.highlight is not None:
            yield from notes.highlight_steps(self.highlight)
        yield from notes.mark_steps(self._marks)
        focus = self.selected | (self.highlight.subjects if self.highlight is not None else frozenset())
        yield from notes.label_steps(self._background, focus)

    def start(self, camera: Camera, ratio: float, *, features: bool = True) -> None:
        """Begin new pictures; with `features` False only what lies over them is drawn again."""
        wide = camera.with_margin(MARGIN_PX)
        same = self._plan is not None and self._plan.camera == wide and self._features is not None
        if features or not same or self._feature_job is not None:
            self._plan = self.plan(wide, ratio)
            self._feature_job = FrameJob(wide, ratio, self.parts(self._plan), self.ground, self._cache)
            self._over_job = None
            return
        self._start_over()

    def _start_over(self) -> None:
        assert self._plan is not None
        steps = partial(self.annotation_steps, self._plan, MARGIN_PX)
        ratio = self._plan.settings.ratio
        self._over_job = FrameJob(self._plan.camera, ratio, [Part("annotations", 0, steps)], None)

    def advance(self, seconds: float) -> tuple[bool, bool]:
        """Draw for about that long; return whether a picture was completed and whether all is done."""
        if self._feature_job is not None:
            if not self._feature_job.advance(seconds):
                return False, False
            self._features = self._feature_job.finish()
            self._feature_job = None
            self._start_over()
            return True, False
        if self._over_job is not None:
            if not self._over_job.advance(seconds):
                return False, False
            self._over = self._over_job.finish()
            self._over_job = None
            return True, True
        return False, True

    def finish(self) -> None:
        """Complete the pictures now."""
        done = False
        while not done:
            _, done = self.advance(60.0)

    @property
    def drawn_camera(self) -> Camera | None:
        """The camera of the picture that is being made or was made last, margins included."""
        return self._plan.camera if self._plan is not None else None

    @property
    def ground(self) -> str:
        """Colour under everything: sea with a base map, plain land without one."""
        theme = colours(self.dark)
        return theme.sea if self.has_basemap else theme.land

    def paint(self, p: QPainter, camera: Camera, rect: QRectF) -> None:
        """Draw the kept pictures where they belong under a camera."""
        p.fillRect(rect, QColor(self.ground))
        for frame in (self._features, self._over):
            if frame is not None:
                frame.paint(p, camera)


def _placing(painters: Sequence[LayerPainter]) -> Iterator[Step]:
    """Yield steps that draw nothing: what markers and symbols depend on is worked out in small pieces."""
    for step in chain.from_iterable(zip(*(painter.placing_steps() for painter in painters), strict=True)):
        yield partial(_done, step)


def _done(work: Callable[[], object], _: QPainter) -> None:
    work()
