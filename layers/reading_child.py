"""The child process that parses one partner file; started by `reading_process`, it never imports Qt."""

import gc
import json
import os
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from shutil import rmtree

from layers.archives import unpack
from layers.errors import ReadingError
from layers.reading import Imported, Limits, Reader, ReadOptions
from layers.reading_exchange import save, write_whole
from layers.reading_process import ANSWER, ENDED, ERROR, PROGRESS
from layers.unreadable import refusal

_HEAD_BYTES = 65_536
_SPARE_CPU_S = 5
_SHARED_BYTES = 1 << 30
"""Address space of libraries and mapped files, which takes no memory of its own."""
_MOST_NESTED = 1
_MOST_ARCHIVES = 50
_PARTS = (".shx", ".dbf", ".prj", ".cpg", ".dat", ".map", ".id", ".ind", ".mid")


def main(arguments: list[str]) -> int:
    """Load the libraries, then read the files that the parent names, in folders of our own, `arguments[0]`.

    Each is read by a copy of this process, but for the last, which may be read by this one.
    """
    home = Path(arguments[0])
    _get_ready()
    for order in sys.stdin.buffer:
        name, by_copy = json.loads(order)
        if not by_copy:
            return _answer(home / name)
        reader = os.fork()
        if not reader:
            _leave_original(home / name)
            code = _answer(home / name)
            sys.stderr.flush()
            os._exit(code)
        _, status = os.waitpid(reader, 0)
        ended = home / f"{name}.{ENDED}"
        write_whole(ended, os.waitstatus_to_exitcode(status))
    rmtree(home, ignore_errors=True)
    return 0  # the parent is gone, or has thought better of it


def _get_ready() -> None:
    """Load what every file needs."""
    from layers import readers  # noqa: F401


def _leave_original(job: Path) -> None:
    """Let go, in a copy of this process, of what the original listens and writes to."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    errors = os.open(job / "stderr", os.O_WRONLY | os.O_CREAT, 0o600)
    os.dup2(nothing, 0)
    os.dup2(errors, 2)
    os.chdir(job)


def _answer(job: Path) -> int:
    """Read the file in a folder and write the answer, or a clear error, beside it; returns the exit code."""
    request = json.loads((job / "job.json").read_text(encoding="utf-8"))
    limits = Limits(**request["limits"])
    gc.disable()  # short-lived, and collecting doubles the time of parsing millions of coordinates
    _limit_self(limits)
    try:
        imported = _read(job, request, limits)
        _tell(job, 3, "Handing over")
        save(imported, job)
    except ReadingError as error:
        (job / ANSWER).unlink(missing_ok=True)
        said = {"message": error.message, "hint": error.hint, "where": error.where}
        (job / ERROR).write_text(json.dumps(said), encoding="utf-8")
    return 0


def _limit_self(limits: Limits) -> None:
    """Cap what this process may use, where the system can (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    cpu = int(limits.seconds) + _SPARE_CPU_S
    wanted = {
        resource.RLIMIT_DATA: limits.memory_bytes,
        resource.RLIMIT_AS: limits.memory_bytes + _SHARED_BYTES,
        resource.RLIMIT_CPU: cpu,  # ends us even when the parent is gone
        resource.RLIMIT_CORE: 0,
    }
    for what, value in wanted.items():
        hard = resource.getrlimit(what)[1]
        soft = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (soft, hard))


def _tell(job: Path, done: int, label: str) -> None:
    write_whole(job / PROGRESS, [done, 4, label])


def _read(job: Path, request: dict[str, object], limits: Limits) -> Imported:
    members: list[list[str]] = request["members"]  # type: ignore[assignment]
    options = ReadOptions(**request["options"])  # type: ignore[arg-type]
    _tell(job, 1, "Recognising the format")
    candidates = _candidates([(shown, job / name) for shown, name in members], job, limits)
    parts = bool({Path(name).suffix for _, name in members} & {".shx", ".dbf"})
    if not candidates and not parts:
        raise refusal([(shown, job / name) for shown, name in members], str(request["file"]))
    shown, path, reader = _choose(candidates, options, str(request["file"]))
    _tell(job, 2, f"Reading {shown}")
    if len(candidates) > 1:
        imported = reader.read(path, replace(options, layer=None))
        return replace(imported, layers=tuple(name for name, _, _ in candidates), layer=shown)
    if reader.has_layers:
        return reader.read(path, options)
    if options.layer not in (None, shown):
        raise ReadingError(f"There is no layer “{options.layer}” in it.", f"It holds: {shown}.")
    return replace(reader.read(path, options), layers=(shown,), layer=shown)


def _candidates(
    members: list[tuple[str, Path]], job: Path, limits: Limits, depth: int = 0
) -> list[tuple[str, Path, Reader]]:
    """Find the files that a reader recognises by content; archives, and archives in them, taken apart."""
    from layers.readers import READERS

    found: list[tuple[str, Path, Reader]] = []
    refused: ReadingError | None = None
    archives = 0
    for shown, path in members:
        if path.suffix in _PARTS:
            continue
        head = _head(path)
        reader = next((r for r in READERS if r.sniff(head, path)), None)
        if reader is not None:
            found.append((Path(shown).stem, path, reader))
        elif _is_archive(head, path):
            archives += 1
            if depth > _MOST_NESTED or archives > _MOST_ARCHIVES:
                refused = ReadingError(
                    "The archive holds archives that hold archives, or too many of them.",
                    "Ask the partner to send the files themselves.",
                    shown,
                )
                break
            try:
                inner = unpack(path, path.with_name(f"{path.name}.members"), _left(limits, job))
                found += _candidates(inner, job, limits, depth + 1)
            except ReadingError as error:
                refused = error
    if refused is not None and not found:
        raise refused
    return _named_apart(found)


def _is_archive(head: bytes, path: Path) -> bool:
    """Tell an archive, also one with something written before it (a program that unpacks itself)."""
    return head.startswith(b"PK\x03\x04") or (path.is_file() and zipfile.is_zipfile(path))


def _left(limits: Limits, job: Path) -> Limits:
    """Return the limits that are left for one more archive: all of them together share one."""
    unpacked = sum(
        p.stat().st_size for folder in job.glob("*.members") for p in folder.rglob("*") if p.is_file()
    )
    return replace(limits, input_bytes=max(0, limits.input_bytes - unpacked))


def _head(path: Path) -> bytes:
    """Return the first bytes of a file; a folder (an Esri geodatabase) has none."""
    if path.is_dir():
        return b""
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)


def _named_apart(found: list[tuple[str, Path, Reader]]) -> list[tuple[str, Path, Reader]]:
    """Give files of the same name in different folders different layer names."""
    taken: set[str] = set()
    result = []
    for name, path, reader in found:
        unique, number = name, 2
        while unique in taken:
            unique, number = f"{name} ({number})", number + 1
        taken.add(unique)
        result.append((unique, path, reader))
    return result


def _choose(
    candidates: list[tuple[str, Path, Reader]], options: ReadOptions, file: str
) -> tuple[str, Path, Reader]:
    if not candidates:
        raise ReadingError(
            "These are parts of a shapefile, but its .shp, which holds the shapes, is missing.",
            "Ask the partner for all the files, or for one archive of them.",
            file,
        )
    if len(candidates) > 1 and options.layer is not None:
        for candidate in candidates:
            if candidate[0] == options.layer:
                return candidate
        names = ", ".join(name for name, _, _ in candidates)
        raise ReadingError(f"There is no layer “{options.layer}” in it.", f"It holds: {names}.", file)
    return max(candidates, key=lambda c: c[1].stat().st_size)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(
        code
    )  # all is written: to take 200,000 shapes apart one by one would only keep the parent waiting
