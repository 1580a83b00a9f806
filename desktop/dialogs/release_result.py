"""What was handed over: the files with their fingerprints, and what the gate could read in each."""

import json
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from desktop.panels import wording
from desktop.panels.coverage_line import Mark
from desktop.panels.finding_colours import AMBER, GREEN
from desktop.panels.plain_text import PlainLabel, one_line, tooltip
from layers.release import AuditedFile, HandedOver
from layers.writers import WRITERS

_SHORT = 16
_FORMATS = {writer.id: writer.title for writer in WRITERS} | {"manifest": "List of files"}


class ReleaseResult(QWidget):
    """The last page of the release dialog."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._handed: HandedOver | None = None
        self.mark = Mark(GREEN)
        self.head = PlainLabel(bold=True)
        self.files = QTreeWidget()
        self.files.setHeaderLabels(["File", "Format", "SHA-256 (beginning)"])
        self.files.setRootIsDecorated(False)
        self.files.setAccessibleName("Files that were handed over")
        self.audit = QTreeWidget()
        self.audit.setHeaderLabels(["What can be read", "Features", "Fields"])
        self.audit.setAccessibleName("What a recipient can read in each file")
        self.copy = QPushButton("&Copy the record")
        self.copy.setToolTip("Files with full SHA-256, what was withheld, and what can be read, as JSON")
        self.copy.clicked.connect(self.copy_record)
        self.open = QPushButton("&Open the folder")
        self.open.clicked.connect(self._open_folder)
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.mark)
        head.addWidget(self.head, 1)
        row = QHBoxLayout()
        row.addWidget(self.copy)
        row.addWidget(self.open)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(head)
        column.addWidget(PlainLabel("Files", bold=True))
        column.addWidget(self.files, 2)
        column.addWidget(PlainLabel("Opened again as the recipient will, and searched", bold=True))
        column.addWidget(self.audit, 3)
        column.addLayout(row)

    def show_result(self, handed: HandedOver) -> None:
        """Show what left."""
        self._handed = handed
        leaks = sum(len(item.leaks) for item in handed.audit)
        self.mark.set_mark(AMBER if leaks else GREEN)
        self.head.setText(
            f"{handed.release.number} is ready to hand to: {handed.release.audience}. "
            f"{wording.count(len(handed.files), 'file')}, {wording.count(leaks, 'leak')} found."
        )
        self.files.clear()
        for file in handed.files:
            item = QTreeWidgetItem(
                [file.path.name, _FORMATS.get(file.format, one_line(file.format)), f"{file.sha256[:_SHORT]}…"]
            )
            item.setToolTip(2, tooltip(file.sha256))
            self.files.addTopLevelItem(item)
        self.audit.clear()
        for audited in handed.audit:
            self.audit.addTopLevelItem(_audit_item(audited))
        self.audit.expandAll()
        for tree in (self.files, self.audit):
            tree.setColumnWidth(0, 380)
            tree.setColumnWidth(1, 150)

    def copy_record(self) -> None:
        """Put the whole record on the clipboard as JSON."""
        if self._handed is not None:
            text = json.dumps(self._handed.to_json(), ensure_ascii=False, indent=2)
            QGuiApplication.clipboard().setText(text)

    def folder(self) -> Path | None:
        """Return where the files are."""
        return self._handed.files[0].path.parent if self._handed and self._handed.files else None

    def _open_folder(self) -> None:
        folder = self.folder()
        if folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def _audit_item(audited: AuditedFile) -> QTreeWidgetItem:
    leaks = wording.count(len(audited.leaks), "leak")
    item = QTreeWidgetItem([f"{one_line(audited.file)}: {leaks}", "", ""])
    for layer in audited.readable:
        fields = ", ".join(one_line(name) for name in layer.fields)
        child = QTreeWidgetItem(item, [one_line(layer.name), f"{layer.features:,}", fields])
        child.setToolTip(2, tooltip(fields))
    for leak in audited.leaks:
        QTreeWidgetItem(item, [one_line(leak), "", ""])
    return item
