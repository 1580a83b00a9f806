"""Whom a release is for, who answers for it, in which formats, and where it goes."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.notices import menu_text
from desktop.panels.plain_text import PlainLabel
from layers.kinds import KINDS
from layers.model import Kind
from layers.profiles import GeometryRule, Profile
from layers.writers import WRITERS

_TITLES = {writer.id: writer.title for writer in WRITERS}


def contents_words(profile: Profile) -> str:
    """Say in one sentence what a profile lets out."""
    plurals = {spec.kind: spec.title_plural.lower() for spec in KINDS}
    exact, coarse = [], []
    for kind, rule in profile.kinds.items():
        if rule.geometry is GeometryRule.EXACT:
            exact.append(plurals[kind])
        elif rule.geometry is GeometryRule.GRID:
            coarse.append(plurals[kind])
    parts = [", ".join(exact)]
    if coarse:
        parts.append(f"{', '.join(coarse)} only to the nearest grid cell")
    if Kind.MILITARY_ZONE in profile.kinds:
        parts.append("avoid areas instead of military zones")
    text = "; ".join(part for part in parts if part)
    return f"{text[:1].upper()}{text[1:]}."


class _Card(QFrame):
    """One profile to choose: its title, its audience and what it contains."""

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.button = QRadioButton(menu_text(profile.title))
        font = self.button.font()
        font.setBold(True)
        self.button.setFont(font)
        audience = PlainLabel(profile.audience, selectable=False)
        contents = PlainLabel(contents_words(profile), selectable=False)
        contents.setObjectName("muted")
        contents.hide()
        self.button.toggled.connect(contents.setVisible)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(2)
        for widget in (self.button, audience, contents):
            column.addWidget(widget)

    def mousePressEvent(self, event: object) -> None:
        """Choose the profile wherever its card is clicked."""
        self.button.setChecked(True)
        self.button.setFocus(Qt.FocusReason.MouseFocusReason)


class ReleaseSettings(QScrollArea):
    """The left side of the release dialog."""

    profile_changed = Signal()
    changed = Signal()

    def __init__(self, profiles: Sequence[Profile], by: str) -> None:
        super().__init__()
        self.profiles = tuple(profiles)
        self.group = QButtonGroup(self)
        self.cards = [_Card(profile) for profile in profiles]
        for number, card in enumerate(self.cards):
            self.group.addButton(card.button, number)
        self.by = QLineEdit(by)
        self.by.setPlaceholderText("Rank and name")
        self.approver = QLineEdit()
        self.approver.setPlaceholderText("Rank and name")
        self.formats: dict[str, QCheckBox] = {}
        self.folder = QLineEdit()
        self.folder.setAccessibleName("Folder for the release")
        self.browse = QPushButton("&Choose…")
        self._folder_is_users = False
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(340)
        inside = QWidget()
        self._lay_out(inside)
        self.setWidget(inside)
        if self.cards:
            self.cards[0].button.setChecked(True)
        self._on_profile()
        self.group.idToggled.connect(lambda _, on: self._on_profile() if on else None)
        self.by.editingFinished.connect(self.profile_changed)
        for line in (self.by, self.approver, self.folder):
            line.textChanged.connect(self._on_text)
        self.folder.textEdited.connect(self._on_folder_edited)
        self.browse.clicked.connect(self._choose_folder)

    def _lay_out(self, inside: QWidget) -> None:
        formats = QWidget()
        self._formats_place = QGridLayout(formats)
        self._formats_place.setContentsMargins(0, 0, 0, 0)
        folder = QWidget()
        where = QHBoxLayout(folder)
        where.setContentsMargins(0, 0, 0, 0)
        where.addWidget(self.folder, 1)
        where.addWidget(self.browse)
        self._form = QFormLayout()
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.addRow("&Released by", self.by)
        self._form.addRow("&Approved by", self.approver)
        self._form.addRow("Formats", formats)
        self._form.addRow("Folder", folder)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(6)
        column.addWidget(PlainLabel("Who is it for?", bold=True))
        for card in self.cards:
            column.addWidget(card)
        column.addLayout(self._form)
        column.addStretch(1)

    @property
    def profile(self) -> Profile:
        """The chosen profile."""
        return self.profiles[max(self.group.checkedId(), 0)]

    def chosen_formats(self) -> list[str]:
        """Return the ids of the formats to write."""
        return [name for name, box in self.formats.items() if box.isChecked()]

    def suggest_folder(self, folder: Path) -> None:
        """Fill in where the files could go, unless the user has chosen a folder."""
        if not self._folder_is_users:
            self.folder.setText(str(folder))
            self.folder.setCursorPosition(0)

    def choose_folder(self, folder: Path) -> None:
        """Take the user's choice of a folder."""
        self._folder_is_users = True
        self.folder.setText(str(folder))

    def problem(self) -> str:
        """Say what is missing before the release can be handed over, or ""."""
        if not self.by.text().strip():
            return "Say who releases."
        if self.profile.approver_required and not self.approver.text().strip():
            return "This audience needs a named person who approves the release."
        if not self.chosen_formats():
            return "Choose at least one format."
        if not self.folder.text().strip():
            return "Choose a folder."
        return ""

    def _on_profile(self) -> None:
        self._form.setRowVisible(self.approver, self.profile.approver_required)
        while (entry := self._formats_place.takeAt(0)) is not None:
            if (widget := entry.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.formats = {}
        for number, name in enumerate(self.profile.formats):
            box = QCheckBox(_TITLES.get(name, name))
            box.setChecked(True)
            box.toggled.connect(self._on_text)
            self.formats[name] = box
            self._formats_place.addWidget(box, number // 2, number % 2)
        self.profile_changed.emit()

    def _on_text(self) -> None:
        self.changed.emit()

    def _on_folder_edited(self) -> None:
        self._folder_is_users = True

    def _choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Folder for the release", self.folder.text())
        if name:
            self.choose_folder(Path(name))
