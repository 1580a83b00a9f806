"""Writes a map of a workspace as a PNG or PDF picture, with all that a product must carry."""

import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PySide6.QtCore import QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPageSize, QPaintDevice, QPainter, QPdfWriter, QPen

from desktop import theme
from desktop.canvas.background import ATTRIBUTION
from desktop.canvas.camera import world_camera
from desktop.canvas.furniture import (
    legend_size,
    paint_attribution,
    paint_legend,
    paint_north,
    paint_scale_bar,
)
from desktop.canvas.labels import TextStyle, metrics
from desktop.canvas.marks import FindingMarks
from desktop.canvas.palette import colours
from desktop.canvas.picture import Picture
from desktop.canvas.projection import Bounds
from desktop.canvas.surface import WORLD
from desktop.canvas.words import plain
from desktop.status import MARKING_WORDS
from layers.basemap import Basemap
from layers.errors import LayersError
from layers.findings import Finding, FindingState
from layers.kinds import KINDS
from layers.model import KindSpec, Mode, Workspace
from layers.places import main_extent

BANNER_PX = 26
TITLE_PX = 34
_LINE_PX = 15
FRAME_PX = 10
PDF_DPI = 96
"""One unit of the page is one pixel of the picture; everything but the base map stays vector."""

MARKING_COLOUR = {
    Mode.REAL: theme.LIGHT.real,
    Mode.EXERCISE: theme.LIGHT.exercise,
    Mode.TEST: theme.LIGHT.test,
}
"""Colour of the banner for each mode of a workspace, as on the window."""


def render_map(
    workspace: Workspace,
    path: Path,
    width: int,
    height: int,
    bbox: Bounds | None = None,
    *,
    dark: bool = False,
    findings: Iterable[Finding] | None = None,
    basemap: Basemap | None = None,
    now: datetime | None = None,
    ratio: float = 1.0,
) -> None:
    """Write a map of the visible layers; the caller provides a `QGuiApplication`.

    Parameters
    ----------
    workspace : Workspace
        What to show; its mode is the marking at the top and at the bottom.
    path : Path
        Ends in `.png` or `.pdf`. PDF is vector and never PDF/A, which would paint over what is transparent.
    width, height : int
        Size in pixels (1/96 inch in a PDF).
    bbox : tuple of float, optional
        West, south, east, north in degrees; by default what lies together (`places.main_extent`).
    dark : bool
        Use the dark theme.
    findings : iterable of Finding, optional
        Findings to mark; the open ones of the workspace by default.
    basemap : Basemap, optional
        Drawn under everything.
    now : datetime, optional
        Time on the product, and for what counts as expired.
    ratio : float
        Device pixels a pixel, for PNG.

    Raises
    ------
    LayersError
        When the size or the ending is unsuitable, or the file cannot be written.
    """
    if not (200 <= width <= 20_000 and 200 <= height <= 20_000):
        raise LayersError(
            f"A map of {width} by {height} cannot be made.", "Give 200 to 20,000 pixels a side."
        )
    kind = path.suffix.lower()
    if kind not in (".png", ".pdf"):
        raise LayersError(
            f"A map cannot be written as “{plain(path.suffix)}”.", "Use .png or .pdf.", path.name
        )
    product = _Product(workspace, width, height, bbox, dark, findings, basemap, now or datetime.now(UTC))
    # Beside its place and then put there: a full disk leaves no half a picture, nor destroys an older one.
    draft = path.with_name(f".{uuid.uuid4().hex}{kind}")
    try:
        saved = _write_png(product, draft, ratio) if kind == ".png" else _write_pdf(product, draft)
        if not saved:
            raise LayersError("The map could not be written.", "Check the folder and free space.", path.name)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write_png(product: "_Product", path: Path, ratio: float) -> bool:
    size = (round(product.width * ratio), round(product.height * ratio))
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    product.paint(image, ratio, raster=True)
    saved: bool = image.save(str(path), "PNG")  # type: ignore[call-overload]
    return saved


def _write_pdf(product: "_Product", path: Path) -> bool:
    writer = QPdfWriter(str(path))
    writer.setPdfVersion(QPdfWriter.PdfVersion.PdfVersion_1_6)
    writer.setResolution(PDF_DPI)
    inches = QSizeF(product.width / PDF_DPI, product.height / PDF_DPI)
    writer.setPageSize(QPageSize(inches, QPageSize.Unit.Inch))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setTitle(plain(product.workspace.title))
    writer.setCreator("Deconflict")
    return product.paint(writer, 1.0, raster=False)


class _Product:
    """One map on one page: banner, title line, map, banner."""

    def __init__(
        self,
        workspace: Workspace,
        width: int,
        height: int,
        bbox: Bounds | None,
        dark: bool,
        findings: Iterable[Finding] | None,
        basemap: Basemap | None,
        now: datetime,
    ) -> None:
        self.workspace, self.width, self.height, self.dark, self.now = workspace, width, height, dark, now
        self.picture = Picture(lambda: now)
        self.picture.dark = dark
        self.picture.set_basemap(basemap)
        self.picture.set_layers(workspace.layers)
        chosen = _open_findings(workspace) if findings is None else findings
        marked = [finding for finding in chosen if finding.where is not None]
        self.said = check_lines(workspace) if findings is None else _count_lines(marked)
        """What was checked, and only then what was found."""
        self.picture.set_marks(_marks(marked))
        top = BANNER_PX + TITLE_PX
        self.map = QRectF(FRAME_PX, top, width - 2 * FRAME_PX, height - top - BANNER_PX - FRAME_PX)
        self.camera = world_camera(int(self.map.width()), int(self.map.height())).fitted(
            self._extent(bbox), margin_px=24.0
        )

    def _extent(self, bbox: Bounds | None) -> Bounds:
        if bbox is not None:
            west, south, east, north = bbox
            return west, south, east + 360.0 if east < west else east, north
        bounds = [layer.table.bounds for layer in self.workspace.layers if layer.visible]
        west, south, east, north = (main_extent(np.concatenate(bounds)) if bounds else None) or WORLD
        if east - west < 0.01 and north - south < 0.01:  # one point: show its surroundings
            return west - 0.01, south - 0.01, east + 0.01, north + 0.01
        return west, south, east, north

    def paint(self, device: QPaintDevice, ratio: float, *, raster: bool) -> bool:
        """Paint the page; return False when the device refuses."""
        ink = colours(self.dark)
        p = QPainter()
        if not p.begin(device):
            return False
        try:
            p.fillRect(QRectF(0, 0, self.width, self.height), QColor(ink.paper))
            self._paint_map(p, ratio, raster=raster)
            self._paint_frame(p)
        finally:
            ended = p.end()
        return ended

    def _paint_map(self, p: QPainter, ratio: float, *, raster: bool) -> None:
        specs = self._shown_kinds()
        self.picture.furniture = (
            QRectF(0, self.map.height() - 48, 190, 48),
            QRectF(self.map.width() - 60, 0, 60, 60),
            QRectF(self.map.width() - 340, self.map.height() - 22, 340, 22),
            self._legend_rect(specs),
        )
        plan = self.picture.plan(self.camera, ratio, raster=raster)
        p.save()
        p.setClipRect(self.map)
        p.translate(self.map.topLeft())
        p.fillRect(QRectF(0, 0, self.map.width(), self.map.height()), QColor(self.picture.ground))
        for part in self.picture.parts(plan):
            for step in part.steps():
                p.save()
                step(p)
                p.restore()
        for step in self.picture.annotation_steps(plan, margin=2):
            p.save()
            step(p)
            p.restore()
        self._paint_furniture(p, specs, ratio)
        p.restore()

    def _paint_furniture(self, p: QPainter, specs: list[KindSpec], ratio: float) -> None:
        right, bottom = self.map.width(), self.map.height()
        paint_scale_bar(p, self.camera, self.dark, 12, bottom - 12)
        paint_north(p, self.camera, self.dark, right - 30, 30)
        if self.picture.has_basemap:
            paint_attribution(p, ATTRIBUTION, self.dark, right, bottom)
        if specs:
            legend = self._legend_rect(specs)
            paint_legend(p, specs, self.dark, legend.left(), legend.top(), ratio)

    def _legend_rect(self, specs: list[KindSpec]) -> QRectF:
        width, height = legend_size(specs)
        return QRectF(self.map.width() - width - 12, 60, width, height if specs else 0)

    def _shown_kinds(self) -> list[KindSpec]:
        """Return the kinds of which something is in view."""
        plan = self.picture.plan(self.camera, 1.0)
        shown = {painter.drawn.spec.kind for painter in plan.painters if painter.cost}
        return [spec for spec in KINDS if spec.kind in shown]

    def _paint_frame(self, p: QPainter) -> None:
        ink = colours(self.dark)
        p.setPen(QPen(QColor(ink.muted), 1.0))
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.drawRect(self.map)
        text, colour = MARKING_WORDS[self.workspace.mode], MARKING_COLOUR[self.workspace.mode]
        banner = TextStyle(13, "#ffffff", colour, bold=True)
        for top in (0, self.height - BANNER_PX):
            rect = QRectF(0, top, self.width, BANNER_PX)
            p.fillRect(rect, QColor(colour))
            p.setFont(banner.font())
            p.setPen(QColor(banner.colour))
            p.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
        title, small = (
            TextStyle(16, ink.text, ink.paper, bold=True),
            TextStyle(12, ink.muted, ink.paper),
        )
        as_of = f"As of {self.now.astimezone(UTC):%d %b %Y %H:%M} UTC"
        first, second = self.said
        most = 0.7 * self.width
        said = [
            metrics(small).elidedText(line, Qt.TextElideMode.ElideRight, most)
            for line in (first, " · ".join(filter(None, (second, as_of))))
            if line
        ]
        width = max(metrics(small).horizontalAdvance(line) for line in said)
        baseline = BANNER_PX + TITLE_PX / 2 + 6
        p.setFont(small.font())
        p.setPen(QColor(small.colour))
        for number, line in enumerate(said):
            left = self.width - FRAME_PX - metrics(small).horizontalAdvance(line)
            lower = (number - (len(said) - 1) / 2) * _LINE_PX
            p.drawText(QPointF(left, baseline - 1 + lower), line)
        room = self.width - 3 * FRAME_PX - width
        p.setFont(title.font())
        p.setPen(QColor(title.colour))
        name = metrics(title).elidedText(plain(self.workspace.title, 120), Qt.TextElideMode.ElideRight, room)
        p.drawText(QPointF(FRAME_PX, baseline), name)


def _marks(findings: list[Finding]) -> FindingMarks:
    return FindingMarks.at(
        [f.where for f in findings], [f.severity for f in findings], [f.key for f in findings]
    )


def check_lines(workspace: Workspace) -> tuple[str, str]:
    """Say what the last check compared, then what it found: no mark on a map must look like no conflict."""
    from desktop.panels.coverage_words import summarise  # with the rules and their engine
    from layers.inputs import inputs_digest
    from layers.left_out import told
    from layers.rules import RULES

    run = told(workspace, workspace.runs[-1]) if workspace.runs else None
    states = Counter(record.state for record in workspace.findings)
    summary = summarise(
        run,
        RULES,
        workspace.rules,
        conflicts=states[FindingState.OPEN],
        stale=run is not None and bool(run.inputs) and run.inputs != inputs_digest(workspace),
        not_retested=states[FindingState.NOT_RETESTED],
    )
    return summary.tally, summary.headline


def _count_lines(marked: list[Finding]) -> tuple[str, str]:
    return "", f"{len(marked):,} finding{'' if len(marked) == 1 else 's'} marked" if marked else ""


def _open_findings(workspace: Workspace) -> list[Finding]:
    return [record.finding for record in workspace.findings if record.state is FindingState.OPEN]
