"""What a command hands back: words on standard output, and the machine-readable result in a file.

The file is written beside its place before the workspace is changed and put there after: a command that ends
with an error has written nothing, and one that changed the workspace has left its result.
"""

import json
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, TextIO

from layers.errors import LayersError

_MOST_HELD = 16_000_000
"""Bytes of a result for standard output that are held; more of it waits in a file of its own."""


class ResultFile:
    """Where `--json` goes: a file, "-" for standard output, or nowhere.

    Used in a `with` block: `stage` takes the result, the end of the block publishes it, an error discards it.
    """

    def __init__(self, target: str | None, *, apart_from: Iterable[Path] = ()) -> None:
        """Refuse a place that cannot be written, before anything else happens.

        Parameters
        ----------
        target : str or None
            As given on the command line.
        apart_from : iterable of Path
            Files that must not be overwritten, and folders that must not receive the result.

        Raises
        ------
        LayersError
            Says what is wrong with the place.
        """
        self._spool: IO[bytes] | None = None
        self._staged: Path | None = None
        self._to_stdout = target == "-"
        self._path: Path | None = None
        if target is None or self._to_stdout:
            return
        path = Path(target).resolve()
        if not target.strip() or path.is_dir():
            raise LayersError("The result needs the name of a file, and this is a folder.", where=target)
        if not path.parent.is_dir():
            raise LayersError("There is no such folder for the result.", "Make it first.", target)
        for other in (item.resolve() for item in apart_from):
            if path == other or other in path.parents or _same(path, other):
                raise LayersError(
                    "The result would overwrite or join what it is about.", "Give another place.", target
                )
        self._path = path

    @property
    def on_stdout(self) -> bool:
        """True where standard output carries the result, so that words must not."""
        return self._to_stdout

    def stage(self, value: Any) -> None:
        """Take the result, and prove that there is room for it."""
        self.stage_text(json.dumps(value, ensure_ascii=False, indent=1))

    def stage_text(self, text: str) -> None:
        """Take a result that is text already."""
        self.stage_parts([text])

    def stage_parts(self, parts: Iterable[str]) -> None:
        """Take a result that is text in parts, of which no more than one need be held."""
        if self._to_stdout or (self._path is not None and _is_special(self._path)):
            self._spool = tempfile.SpooledTemporaryFile(_MOST_HELD)  # noqa: SIM115  # closed when published
            self._spool.writelines(_utf8(parts))
        elif self._path is not None:
            self._staged = self._path.with_name(f".{self._path.name[:100]}.{uuid.uuid4().hex}.partial")
            with self._staged.open("wb") as file:
                file.writelines(_utf8(parts))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            if self._staged is not None:
                self._staged.unlink(missing_ok=True)
        elif self._staged is not None and self._path is not None:
            self._staged.replace(self._path)
        elif self._spool is not None:
            self._spool.seek(0)
            if self._path is None:
                _print(self._spool)
            else:
                with self._path.open("wb") as place:
                    shutil.copyfileobj(self._spool, place)
        if self._spool is not None:
            self._spool.close()


def _utf8(parts: Iterable[str]) -> Iterator[bytes]:
    """Encode JSON text; what UTF-8 cannot hold (half a surrogate pair) becomes its JSON escape."""
    return (part.encode("utf-8", "backslashreplace") for part in chain(parts, "\n"))


def _print(lines: Iterable[bytes]) -> None:
    """Print JSON; what the encoding of the terminal cannot hold becomes its JSON escape."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        for line in lines:
            text = line.decode()
            try:
                text.encode(encoding)
            except UnicodeEncodeError:
                text = "".join(c if c.isascii() else json.dumps(c)[1:-1] for c in text)
            sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go_of_stdout()


def _is_special(path: Path) -> bool:
    """Tell whether a path is a pipe or a device, which is written to rather than replaced."""
    return path.exists() and not path.is_file()


def _same(path: Path, other: Path) -> bool:
    return path.exists() and other.exists() and path.samefile(other)


def say(text: str) -> None:
    """Print words; a reader that went away (`| head -1`) is no error."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        _let_go_of_stdout()


def _let_go_of_stdout() -> None:
    """Python flushes once more at exit, which must not fail either (docs of the signal module)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def accept_any_text() -> None:
    """Let the output carry every script, whatever the encoding of the terminal: the rest is escaped."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None and _is_strict(stream):
            reconfigure(errors="backslashreplace")


def _is_strict(stream: TextIO) -> bool:
    return stream.errors not in ("backslashreplace", "replace")
