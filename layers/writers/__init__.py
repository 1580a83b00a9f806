"""SEAM: one file an export format. A new format is one file and one line in `WRITERS`."""

from layers.released import Writer
from layers.writers import geojson, gpkg, html, kmz

WRITERS: tuple[Writer, ...] = (
    html.WRITER,
    gpkg.WRITER,
    geojson.WRITER,
    kmz.WRITER,
)
