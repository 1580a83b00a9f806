"""Typed preferences of this user on this machine (QSettings); nothing about an operation is kept here."""

from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from layers.coordinates import Notation

_RECENT = 8


class ThemeChoice(StrEnum):
    """Which colours the window has."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


THEME_WORDS = {
    ThemeChoice.SYSTEM: "As the system has it",
    ThemeChoice.LIGHT: "Light",
    ThemeChoice.DARK: "Dark",
}


class Settings:
    """What the user prefers; a missing or damaged value is the default."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store or QSettings()

    @property
    def theme(self) -> ThemeChoice:
        """Colours; the system's by default."""
        text = self._text("view/theme")
        return ThemeChoice(text) if text in ThemeChoice.__members__.values() else ThemeChoice.SYSTEM

    @theme.setter
    def theme(self, value: ThemeChoice) -> None:
        self._store.setValue("view/theme", value.value)

    @property
    def notation(self) -> Notation:
        """How positions are written; MGRS by default."""
        text = self._text("view/notation")
        return next((n for n in Notation if n.name == text), Notation.MGRS)

    @notation.setter
    def notation(self, value: Notation) -> None:
        self._store.setValue("view/notation", value.name)

    @property
    def borders_visible(self) -> bool:
        """Whether the base map shows borders; off by default, for they take sides in disputes."""
        return self._text("view/borders") == "true"

    @borders_visible.setter
    def borders_visible(self, value: bool) -> None:
        self._store.setValue("view/borders", "true" if value else "false")

    @property
    def live_check(self) -> bool:
        """Whether every change is checked at once; on by default."""
        return self._text("check/live") != "false"

    @live_check.setter
    def live_check(self, value: bool) -> None:
        self._store.setValue("check/live", "true" if value else "false")

    @property
    def user(self) -> str:
        """Name written beside decisions and changes; "" until given."""
        return self._text("user/name")

    @user.setter
    def user(self, value: str) -> None:
        self._store.setValue("user/name", value.strip())

    @property
    def reopen_last(self) -> bool:
        """Whether the last workspace opens at the start."""
        return self._text("start/reopen", "true") == "true"

    @reopen_last.setter
    def reopen_last(self, value: bool) -> None:
        self._store.setValue("start/reopen", "true" if value else "false")

    @property
    def last_folder(self) -> str:
        """Folder that file dialogs begin in; "" for the home folder."""
        return self._text("files/folder")

    @last_folder.setter
    def last_folder(self, value: str) -> None:
        self._store.setValue("files/folder", value)

    @property
    def last_workspace(self) -> Path | None:
        """The workspace that was open when the program ended, while it still exists."""
        text = self._text("files/last")
        return Path(text) if text and Path(text).is_file() else None

    @last_workspace.setter
    def last_workspace(self, value: Path | None) -> None:
        self._store.setValue("files/last", str(value) if value else "")

    @property
    def recent(self) -> tuple[Path, ...]:
        """Workspaces opened lately that still exist, newest first."""
        found = [Path(line) for line in self._text("files/recent").split("\n") if line]
        return tuple(path for path in found if path.is_file())

    def add_recent(self, path: Path) -> None:
        """Put a workspace at the head of the recent ones."""
        others = [p for p in self.recent if p != path]
        self._store.setValue("files/recent", "\n".join(str(p) for p in [path, *others][:_RECENT]))

    @property
    def geometry(self) -> QByteArray | None:
        """Place and size of the window, as Qt wrote it."""
        return self._bytes("window/geometry")

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("window/geometry", value)

    @property
    def docks(self) -> QByteArray | None:
        """Arrangement of docks and tool bars, as Qt wrote it."""
        return self._bytes("window/docks")

    @docks.setter
    def docks(self, value: QByteArray) -> None:
        self._store.setValue("window/docks", value)

    @property
    def findings_shares(self) -> QByteArray | None:
        """How the list of findings and the card share their panel, as Qt wrote it."""
        return self._bytes("window/findings")

    @findings_shares.setter
    def findings_shares(self, value: QByteArray) -> None:
        self._store.setValue("window/findings", value)

    def sync(self) -> None:
        """Write to the disk now."""
        self._store.sync()

    def _text(self, key: str, default: str = "") -> str:
        value = self._store.value(key, default)
        return value if isinstance(value, str) else default

    def _bytes(self, key: str) -> QByteArray | None:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) and not value.isEmpty() else None
