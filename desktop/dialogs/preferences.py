"""The user's preferences: name, colours, notation, what opens at the start."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from desktop.notices import plain_label
from desktop.settings import THEME_WORDS, Settings, ThemeChoice
from layers.coordinates import Notation

_NOTATIONS = (Notation.MGRS, Notation.UTM, Notation.DD, Notation.DDM, Notation.DMS)


class PreferencesDialog(QDialog):
    """Changes are written when the dialog is accepted."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setWindowTitle("Preferences")
        self.setModal(True)
        self.user = QLineEdit(settings.user)
        self.user.setPlaceholderText("Rank and name, as they should stand beside a decision")
        self.theme = QComboBox()
        for choice, words in THEME_WORDS.items():
            self.theme.addItem(words, choice)
        self.theme.setCurrentIndex(self.theme.findData(settings.theme))
        self.notation = QComboBox()
        for notation in _NOTATIONS:
            self.notation.addItem(notation.label, notation)
        self.notation.setCurrentIndex(self.notation.findData(settings.notation))
        self.reopen = QCheckBox("Open the last workspace at the start")
        self.reopen.setChecked(settings.reopen_last)
        hint = plain_label(
            "Your name is written into the log of the workspace. It never leaves in a release."
        )
        hint.setObjectName("muted")
        hint.setWordWrap(True)
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        form.addRow("Your &name", self.user)
        form.addRow("", hint)
        form.addRow("&Colours", self.theme)
        form.addRow("&Positions as", self.notation)
        form.addRow("", self.reopen)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addLayout(form)
        box.addStretch(1)
        box.addWidget(buttons)
        self.setMinimumWidth(480)

    def accept(self) -> None:
        """Write the preferences and close."""
        self._settings.user = self.user.text()
        self._settings.theme = ThemeChoice(self.theme.currentData())
        self._settings.notation = Notation(self.notation.currentData())
        self._settings.reopen_last = self.reopen.isChecked()
        super().accept()
