"""The workspace file: one GeoPackage an operation, every change one transaction.

The file is opened with `journal_mode=TRUNCATE` and `synchronous=EXTRA`: what `commit` has returned from
survives a power cut (FACTS, "Keeping and leaking"), there is only one file to copy, and it works on network
shares, where WAL does not. `trusted_schema` stays off and `secure_delete` on: nothing in the file runs, and
what was deleted is not left to be read.
"""

import json
import os
import shutil
import sqlite3
import tempfile
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from layers import workspace_content as content
from layers import workspace_schema as schema
from layers.errors import WorkspaceError
from layers.model import Workspace
from layers.workspace_content import Stored
from layers.workspace_records import time_of

_BUSY_TIMEOUT_S = 2.0
_SQLITE_MAGIC = b"SQLite format 3\x00"
_WAL_VERSION = 2


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One committed change: when (UTC), by whom ("" = not stated), what, and how many rows it touched."""

    number: int
    at: datetime
    by: str
    text: str
    counts: Mapping[str, int]


class WorkspaceFile:
    """An open workspace file.

    Attributes
    ----------
    path : Path
        The file.
    workspace : Workspace
        What the file holds: everything committed so far.

    Notes
    -----
    Calls from several threads are put in sequence. Two processes may have the same file open; the first to
    commit wins, and the other is refused rather than overwriting it.
    """

    def __init__(
        self, path: Path, connection: sqlite3.Connection, workspace: Workspace, stored: Stored
    ) -> None:
        self.path = path
        self.workspace = workspace
        self._connection = connection
        self._stored = stored
        self._seen = _data_version(connection)
        self._lock = threading.RLock()

    @classmethod
    def create(cls, path: str | Path, workspace: Workspace) -> Self:
        """Write `workspace` to a new file and keep it open.

        The file appears at `path` whole or not at all.

        Raises
        ------
        WorkspaceError
            When there is something at `path` already (it is never overwritten), or it cannot be written.
        """
        path = Path(path)
        if path.exists():
            raise _exists(path)
        if _leftover(path):
            # SQLite would take it for the new file's own and roll the new file back with it.
            raise WorkspaceError(
                "The journal of an earlier file of this name is still there.",
                "Choose another name, or bring that file back and open it.",
                path.name,
            )
        draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}.partial")
        with _told(path):
            try:
                stored = _write_new(draft, workspace)
                _publish(draft, path)
            finally:
                draft.unlink(missing_ok=True)
            connection = _connect(path, "rw")
            connection.execute("PRAGMA journal_mode = TRUNCATE")
            return cls(path, connection, workspace, stored)

    @classmethod
    def open(cls, path: str | Path, *, packed: bool = False) -> Self:
        """Open a workspace for reading and writing; bring an older format up to date first.

        With `packed` its findings are not made into objects (`FindingPages`): for who has no need of them, or
        goes through them once. A broken value among them is told when it is read.

        Raises
        ------
        WorkspaceError
            When the file is missing, not a workspace, newer than this program, damaged, holds triggers or
            views of another program, or is in use; one sentence for each.
        """
        path = Path(path)
        with _told(path):
            _check_header(path)
            if not os.access(path, os.W_OK):
                raise WorkspaceError(
                    "The workspace is write-protected.", "Copy it to a folder of your own.", path.name
                )
            with ExitStack() as stack:
                connection = stack.enter_context(closing(_connect(path, "rw")))
                version = _check_content(connection, path.name)
                connection.execute("PRAGMA journal_mode = TRUNCATE")
                if schema.needs_upgrade(connection, version):
                    with schema.transaction(connection):
                        schema.upgrade(connection, version)
                connection.execute("BEGIN")
                opened = cls(path, connection, *_read(connection, path.name, packed=packed))
                connection.execute("COMMIT")
                stack.pop_all()
        return opened

    def commit(self, text: str, workspace: Workspace, by: str = "") -> None:
        """Write the difference between `self.workspace` and `workspace` and one log row, in one transaction.

        When it returns, the change survives a crash and a power cut; when it raises, nothing has changed.

        Parameters
        ----------
        text : str
            What was done, as the log shows it.
        workspace : Workspace
            The new value. What it shares with the old one by identity costs nothing.
        by : str
            Who did it.

        Raises
        ------
        WorkspaceError
            When the file is in use, was changed by another program, the disk is full, or a value cannot be
            stored.
        """
        if workspace.id != self.workspace.id:
            raise WorkspaceError(
                "This file belongs to another workspace.", "Save to a new file.", self.path.name
            )
        with self._lock, _told(self.path):
            with schema.transaction(self._connection):
                if _data_version(self._connection) != self._seen:
                    raise WorkspaceError(
                        "The workspace was changed by another program since it was opened.",
                        "Nothing was saved over it. Open it again and repeat the last step.",
                        self.path.name,
                    )
                stored, counts = content.write(self._connection, self.workspace, workspace, self._stored)
                schema.log(self._connection, text, by, counts)
            self._stored = stored
            self.workspace = workspace

    def log(self) -> tuple[LogEntry, ...]:
        """Return every change ever committed, oldest first."""
        with self._lock, _told(self.path):
            rows = self._connection.execute(
                "SELECT fid, at, by_name, text, counts FROM deconflict_log ORDER BY fid"
            ).fetchall()
        return tuple(
            LogEntry(n, time_of(at), by, text, json.loads(counts)) for n, at, by, text, counts in rows
        )

    def close(self) -> None:
        """Let go of the file; nothing is left to save. Calling it again does nothing."""
        with self._lock:
            try:
                # Removes the empty journal that TRUNCATE leaves, so that there is one file to copy.
                self._connection.execute("PRAGMA journal_mode = DELETE")
            except sqlite3.Error:  # closed already, or another process is using the file and will do it
                pass
            finally:
                self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_workspace(path: str | Path) -> Workspace:
    """Read a workspace without changing anything, in or beside the file.

    A file that another program left in the middle of something (a journal or a write-ahead log beside it) is
    copied to a private folder and completed there. An older format is brought up to date in memory. The file
    is locked for reading while it is read: SQLite's `immutable` would take no lock, and mix two states when
    another process commits meanwhile.

    Raises
    ------
    WorkspaceError
        As `WorkspaceFile.open`.
    """
    path = Path(path)
    with _told(path):
        _check_header(path)
        if not _unfinished(path):
            with closing(_connect(path, "ro")) as connection:
                return _read_only(connection, path.name)
        with tempfile.TemporaryDirectory(prefix="deconflict-") as folder:
            copy = Path(folder) / "workspace.gpkg"
            shutil.copyfile(path, copy)
            for suffix in ("-journal", "-wal"):
                beside = path.with_name(path.name + suffix)
                if beside.exists():
                    shutil.copyfile(beside, copy.with_name(copy.name + suffix))
            with closing(_connect(copy, "rw")) as connection:
                return _read_only(connection, path.name)


def _read_only(connection: sqlite3.Connection, where: str) -> Workspace:
    version = _check_content(connection, where)
    if version == schema.FORMAT_VERSION:
        connection.execute("BEGIN")
        return _read(connection, where)[0]
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
        connection.backup(memory)
        memory.execute("PRAGMA trusted_schema = OFF")
        with schema.transaction(memory):
            schema.upgrade(memory, version)
        return _read(memory, where)[0]


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=_BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,  # opened in a background task, used by the window; `WorkspaceFile` locks
    )
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute("PRAGMA cache_size = -65536")
    return connection


def _data_version(connection: sqlite3.Connection) -> int:
    """Return a number that changes when another connection has committed to the file."""
    version: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return version


def _check_header(path: Path) -> None:
    """Refuse what cannot be a workspace by its first bytes, before SQLite sees it."""
    with path.open("rb") as file:
        head = file.read(100)
    if not head:
        raise WorkspaceError("The file is empty.", "Use a backup copy of the file.", path.name)
    if not head.startswith(_SQLITE_MAGIC):
        raise WorkspaceError(
            "This is not a workspace.", "To use a partner's file, import it into a workspace.", path.name
        )


def _unfinished(path: Path) -> bool:
    """Tell whether the file needs a journal beside it to be read."""
    with path.open("rb") as file:
        head = file.read(20)
    return head[18:20] == bytes([_WAL_VERSION] * 2) or _leftover(path)


def _leftover(path: Path) -> bool:
    """Tell whether a journal or write-ahead log with content lies beside the file."""
    sides = (path.with_name(path.name + suffix) for suffix in ("-journal", "-wal"))
    return any(side.exists() and side.stat().st_size for side in sides)


def _check_content(connection: sqlite3.Connection, where: str) -> int:
    """Prove that the database is a sound workspace; returns its format version."""
    version = schema.read_version(connection, where)
    schema.verify(connection, where)
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise _damaged(where)
    return version


def _write_new(path: Path, workspace: Workspace) -> Stored:
    """Make a new file. Nobody else sees it yet, so it is made durable once, at the end."""
    with closing(_connect(path, "rwc")) as connection:
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("PRAGMA synchronous = OFF")
        with schema.transaction(connection):
            schema.create_schema(connection)
            stored, counts = content.write(connection, None, workspace, {})
            schema.log(connection, "Workspace created", "", counts)
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    return stored


def _publish(draft: Path, path: Path) -> None:
    """Give a finished file its name, never replacing another."""
    try:
        os.link(draft, path)
    except FileExistsError as error:
        raise _exists(path) from error
    except OSError:  # file systems without hard links: reserve the name, then replace our own empty file
        try:
            path.touch(exist_ok=False)
        except FileExistsError as error:
            raise _exists(path) from error
        draft.replace(path)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _read(connection: sqlite3.Connection, where: str, *, packed: bool = False) -> tuple[Workspace, Stored]:
    """Read everything. What another program has broken is told as damage, not as a crash."""
    try:
        return content.read(connection, packed=packed)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise _damaged(where, str(error)) from error


def title_of(path: Path) -> str:
    """Return the title in a workspace file, without opening it as one; "" when it cannot be read."""
    try:
        with closing(_connect(path, "ro")) as connection:
            row = connection.execute("SELECT title FROM deconflict_workspace").fetchone()
    except (sqlite3.Error, OSError):
        return ""
    return str(row[0] or "") if row else ""


def _exists(path: Path) -> WorkspaceError:
    return WorkspaceError(
        "There is a file of this name already; it was not touched.", "Choose another name.", path.name
    )


def _damaged(where: str, what: str = "") -> WorkspaceError:
    detail = f" ({what})" if what else ""
    return WorkspaceError(f"The workspace is damaged{detail}.", "Use a backup copy of the file.", where)


_SENTENCES = {
    "SQLITE_BUSY": ("The workspace is in use by another program.", "Close it there and try again."),
    "SQLITE_LOCKED": ("The workspace is in use by another program.", "Close it there and try again."),
    "SQLITE_FULL": ("The disk is full.", "Nothing was changed. Make room and try again."),
    "SQLITE_READONLY": ("The workspace is write-protected.", "Copy it to a folder of your own."),
    "SQLITE_CANTOPEN": ("The workspace cannot be opened.", "Check that the folder is there and is yours."),
    "SQLITE_IOERR": (
        "The disk reported an error.",
        "Nothing was changed. Check the disk or the network share.",
    ),
    "SQLITE_NOTADB": ("This is not a workspace.", "Choose a Deconflict workspace."),
    "SQLITE_CORRUPT": ("The workspace is damaged.", "Use a backup copy of the file."),
}


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and the file system into sentences."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorname", "")
        key = next((name for name in _SENTENCES if code.startswith(name)), "")
        message, hint = _SENTENCES.get(
            key, (f"The workspace cannot be used: {error}.", "Nothing was changed.")
        )
        raise WorkspaceError(message, hint, path.name) from error
    except UnicodeDecodeError as error:  # a damaged schema garbles SQLite's own message
        raise _damaged(path.name) from error
    except UnicodeEncodeError as error:
        raise WorkspaceError(
            "A text holds a broken character that cannot be stored.",
            "Nothing was changed. Read the file again with another encoding.",
            path.name,
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise WorkspaceError(
            f"The file cannot be used: {reason}.", "Check that the file and its folder are there.", path.name
        ) from error
