"""Where a layer comes from: its files, how CRS and encoding were decided, and what the import reported."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.panels.attribute_model import zone_of
from desktop.panels.plain_text import clean, one_line
from desktop.panels.wording import count
from layers.kinds import spec_of
from layers.model import Layer, Source, Workspace

_MOST_ROWS = 200


class LayerPropertiesDialog(QDialog):
    """Plain text that can be selected and copied."""

    def __init__(self, workspace: Workspace, layer: Layer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Where it comes from: {one_line(layer.name)}")
        self.text = QPlainTextEdit(clean("\n".join(property_lines(workspace, layer))))
        self.text.setReadOnly(True)
        self.text.setAccessibleName("Where the layer comes from")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addWidget(self.text, 1)
        box.addWidget(buttons)
        self.resize(620, 460)


def property_lines(workspace: Workspace, layer: Layer) -> Iterator[str]:
    """Yield what is known of a layer, a line at a time."""
    spec = spec_of(layer.kind)
    yield f"{layer.name}"
    yield f"{spec.title}: {spec.help}"
    yield f"{count(len(layer.table), 'feature')}{', locked' if layer.locked else ''}"
    ids, counts = np.unique(layer.table.source.astype(str), return_counts=True)
    for source_id, number in zip(ids, counts, strict=True):
        yield ""
        source = workspace.source(str(source_id))
        if source is None:
            yield f"{count(int(number), 'feature')} drawn here"
        else:
            yield from _source_lines(source, int(number), workspace.time_zone)


def _source_lines(source: Source, number: int, zone: str) -> Iterator[str]:
    moment = source.imported_at.astimezone(zone_of(zone))
    yield f"{count(number, 'feature')} from {source.file}"
    if source.partner:
        yield f"Partner: {source.partner}"
    yield f"Imported: {moment:%Y-%m-%d %H:%M} ({zone})"
    yield f"Rows in the file: {source.rows:,}, imported: {source.imported:,}"
    yield f"Coordinate system: {source.crs or 'not stated'} ({source.crs_how or 'not stated'})"
    yield f"Text encoding: {source.encoding or 'not stated'} ({source.encoding_how or 'not stated'})"
    yield f"SHA-256: {source.sha256}"
    headings = (
        ("skipped", "why", "Skipped"),
        ("repaired", "what", "Repaired"),
        ("doubts", "what", "Doubtful"),
    )
    for key, what, heading in headings:
        entries = source.report.get(key) or ()
        if not entries:
            continue
        yield f"{heading}: {len(entries):,}"
        yield from (_row_words(entry, what) for entry in entries[:_MOST_ROWS])
        if len(entries) > _MOST_ROWS:
            yield f"    and {len(entries) - _MOST_ROWS:,} more"


def _row_words(entry: Mapping[str, Any], what: str) -> str:
    row = entry.get("row")
    place = f"row {row}" if row is not None else "the file"
    return f"    {place}: {entry.get(what, '')}"
