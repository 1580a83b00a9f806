"""What came of an import, file by file: to read, copy, and keep as JSON."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from desktop.dialogs.import_study import Done
from desktop.panels.plain_text import PlainLabel, clean, one_line

_LISTED = 200


class ReportPage(QWidget):
    """The reports of one import."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.reports: tuple[Done, ...] = ()
        self.head = PlainLabel(bold=True)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName("Import report")
        self.problem = PlainLabel()
        self.problem.setObjectName("problem")
        self.copy = QPushButton("&Copy")
        self.copy.clicked.connect(self.copy_text)
        self.save = QPushButton("&Save as JSON…")
        self.save.clicked.connect(self._choose_and_save)
        row = QHBoxLayout()
        row.addWidget(self.copy)
        row.addWidget(self.save)
        row.addWidget(self.problem, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.head)
        column.addWidget(self.text, 1)
        column.addLayout(row)

    def show_reports(
        self,
        reports: Sequence[Done],
        texts: Sequence[str],
        failed: Sequence[str] = (),
        *,
        changed: bool = True,
    ) -> None:
        """Show reports, each by its `report_text`, and the sentences of files that could not be read.

        `changed` is False when the files brought nothing new.
        """
        self.reports = tuple(reports)
        files = "1 file" if len(reports) == 1 else f"{len(reports):,} files"
        self.head.setText(
            f"{files} imported. One step back undoes all of it."
            if changed
            else "Nothing had to be changed: what the files say was imported before."
        )
        blocks = list(texts)
        if failed:
            blocks.append("Not imported\n" + "\n".join(f"    {clean(sentence)}" for sentence in failed))
        self.text.setPlainText("\n\n".join(blocks))

    def copy_text(self) -> None:
        """Put the report on the clipboard."""
        QGuiApplication.clipboard().setText(self.text.toPlainText())

    def to_json(self) -> list[dict[str, Any]]:
        """Return all reports as `import --json` writes each."""
        return [report.to_json() for report in self.reports]

    def save_json(self, path: Path) -> None:
        """Write the reports; a failure is said on the page."""
        try:
            path.write_text(json.dumps(self.to_json(), ensure_ascii=False, indent=2) + "\n", "utf-8")
        except OSError as error:
            self.problem.setText(f"The report could not be written: {error.strerror}.")
            return
        self.problem.setText("")

    def _choose_and_save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save the report", "import-report.json", "JSON (*.json)")
        if name:
            self.save_json(Path(name))


def report_text(done: Done) -> str:
    """Return one report in words: the summary, how CRS and encoding were decided, then every problem.

    Made in the background: a file may have a doubt about every row.
    """
    data = done.to_json()
    crs, encoding = data["crs"], data["encoding"]
    lines = [
        one_line(done.report.summary()),
        f"    Coordinate system: {one_line(crs['code'] or 'none')}. {one_line(crs['how'])}",
    ]
    if encoding["name"] or encoding["how"]:
        lines.append(f"    Text encoding: {one_line(encoding['name'])}. {one_line(encoding['how'])}")
    lines += _listed("Left out", data["skipped"], "why")
    lines += _listed("Repaired", data["repaired"], "what")
    lines += _listed("Proposals applied", data.get("applied", ()), "what")
    applied = {(item["row"], item["code"]) for item in data.get("applied", ())}
    open_doubts = [item for item in data["doubts"] if (item["row"], item["code"]) not in applied]
    lines += _listed("In doubt", open_doubts, "what")
    return clean("\n".join(lines))


def _listed(title: str, problems: Sequence[dict[str, Any]], key: str) -> list[str]:
    if not problems:
        return []
    lines = [f"    {title}: {len(problems):,}"]
    for problem in problems[:_LISTED]:
        place = "whole file" if problem.get("row") is None else f"row {problem['row']:,}"
        proposal = one_line(str(problem.get("proposal") or ""))
        lines.append(f"        {place}: {one_line(problem[key])} {proposal}".rstrip())
    if len(problems) > _LISTED:
        lines.append(f"        and {len(problems) - _LISTED:,} more, in the JSON report")
    return lines
