"""What a command hands back: words on standard output, and the machine-readable result in a file.

The file is written beside its place before the workspace is changed and put there after: a command that ends
with an error has written nothing, and one that changed the workspace has left its result.
"""

import json
import os
import sys
import uuid
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from layers.errors import LayersError


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
        self._text: str | None = None
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
        self._text = text
        if self._path is None or _is_special(self._path):
            return
        staged = self._path.with_name(f".{self._path.name[:100]}.{uuid.uuid4().hex}.partial")
        self._staged = staged
        staged.write_bytes(_utf8(self._text))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            if self._staged is not None:
                self._staged.unlink(missing_ok=True)
        elif self._text is not None:
            self._publish(self._text)

    def _publish(self, text: str) -> None:
        if self._to_stdout:
            encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
            try:
                text.encode(encoding)
            except UnicodeEncodeError:  # a terminal of another encoding: JSON has escapes for that
                text = json.dumps(json.loads(text), indent=1)
            say(text)
        elif self._staged is not None and self._path is not None:
            self._staged.replace(self._path)
        elif self._path is not None:
            self._path.write_bytes(_utf8(text))


def _utf8(text: str) -> bytes:
    """Encode JSON text; what UTF-8 cannot hold (half a surrogate pair) becomes its JSON escape."""
    return (text + "\n").encode("utf-8", "backslashreplace")


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
        # Python flushes once more at exit, which must not fail either (docs of the signal module).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def accept_any_text() -> None:
    """Let the output carry every script, whatever the encoding of the terminal: the rest is escaped."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None and _is_strict(stream):
            reconfigure(errors="backslashreplace")


def _is_strict(stream: TextIO) -> bool:
    return stream.errors not in ("backslashreplace", "replace")
