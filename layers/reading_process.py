"""The parent's side of reading: start the child, watch it, fetch its answer in a form that runs nothing.

Where the system can copy a process (Linux), the child that has loaded its libraries stays as it is, and a
copy of it reads the file: each file still has a process of its own, which no other file has been near.

This module loads no library itself, so that a child can be started before the program has loaded its own.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

from layers.errors import ReadingError
from layers.progress import Progress

if TYPE_CHECKING:
    from layers.reading import Imported, Limits

ANSWER = "answer.json"
ERROR = "error.json"
PROGRESS = "progress.json"
ENDED = "ended"
"""Files in which the child says what it has read, what is wrong, how far it is, and that a copy has ended."""

_POLL_S = 0.02
_WAIT_S = 0.002
_SPARE_S = 120.0
_CAN_COPY = sys.platform == "linux"
"""Whether a process can be copied safely; macOS has libraries that do not bear it, Windows no such call."""
_ROOT = Path(__file__).resolve().parent.parent

_SKIPPED_DRIVERS = (
    "PCIDSK PDS4 VICAR PDF MBTiles EEDA OGCAPI GDALG MapInfo_File LVBAG S57 DGN OGR_VRT CSV GML GPX "
    "LIBKML KML GeoJSON GeoJSONSeq ESRIJSON TopoJSON OGR_GMT GPKG SQLite WAsP OpenFileGDB DXF FlatGeobuf "
    "GeoRSS VFK PGDUMP OSM GPSBabel OGR_PDS WFS OAPIF EDIGEO Idrisi ODS XLSX XLS Elasticsearch Carto "
    "AmigoCloud SXF Selafin JML PLSCENES CSW VDV MVT NGW MapML GTFS PMTiles JSONFG MiraMonVector ADBC "
    "AVCBin AVCE00 AIVector HTTP PostgreSQL MySQL ODBC MSSQLSpatial Arrow Parquet VRT WMS WCS WMTS DAAS "
    "STACTA STACIT PLMOSAIC"
)
"""Every GDAL driver but the shapefile: OGR_SKIP is read when GDAL loads, so it is set in the environment."""


def child_environment() -> dict[str, str]:
    """Return the environment of the child: our code on its path, no drivers, no network, one thread."""
    environment = dict(os.environ)
    drivers = ",".join(name.replace("_File", " File") for name in _SKIPPED_DRIVERS.split())
    paths = [str(_ROOT), *filter(None, [environment.get("PYTHONPATH", "")])]
    environment.update(
        OGR_SKIP=drivers,
        GDAL_SKIP=drivers,
        GDAL_DRIVER_PATH="disable",
        GDAL_PAM_ENABLED="NO",
        GDAL_HTTP_TIMEOUT="1",
        CPL_VSIL_CURL_ALLOWED_EXTENSIONS=".none",
        PROJ_NETWORK="OFF",
        OPENBLAS_NUM_THREADS="1",
        OMP_NUM_THREADS="1",
        PYTHONPATH=os.pathsep.join(paths),
        PYTHONIOENCODING="utf-8",
        PYTHONDONTWRITEBYTECODE="1",
    )
    return environment


def child_command(home: Path) -> list[str]:
    """Return the command line of the child; a frozen program starts itself with a word it must pass on."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--reading-child", str(home)]
    # -P: never import from the working directory, which holds the partner's bytes.
    return [sys.executable, "-P", "-m", "layers.reading_child", str(home)]


class Child:
    """A child that gets ready in a private folder of its own, and reads a file or has copies read several.

    Attributes
    ----------
    job : Path
        Folder for the next file and what is said of it.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="deconflict-read-", ignore_cleanup_errors=True)
        self._home = Path(self._folder.name)
        self._environment = child_environment()
        self._by_copy = False
        with (self._home / "stderr").open("wb") as errors:
            self.process = subprocess.Popen(
                child_command(self._home),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                cwd=self._home,
                env=self._environment,
                process_group=0 if _CAN_COPY else None,
            )
        self.job = self._new_job(1)

    def _new_job(self, number: int) -> Path:
        job = self._home / str(number)
        job.mkdir(mode=0o700)
        return job

    def is_fit(self) -> bool:
        """Tell whether it waits, and is what would be started now."""
        return (
            self.process.poll() is None
            and self.process.args == child_command(self._home)
            and self._environment == child_environment()
        )

    def begin(self, *, is_last: bool) -> None:
        """Have what lies in the folder read: by the child itself if it is the last file, else by a copy."""
        self._by_copy = _CAN_COPY and not is_last
        order = json.dumps([self.job.name, self._by_copy]) + "\n"
        with suppress(OSError):  # it may have ended, which is seen where it is watched
            if self.process.stdin is not None:
                self.process.stdin.write(order.encode())
                self.process.stdin.flush()
        if not self._by_copy:
            self._leave()

    def code(self) -> int | None:
        """Return the exit code of who reads the file; None while it is at work."""
        if self._by_copy:
            with suppress(OSError):
                return int((self._home / f"{self.job.name}.{ENDED}").read_text(encoding="ascii"))
        return self.process.poll()

    def last_words(self) -> bytes:
        """Return the end of what was written to the standard error stream."""
        said = [path for path in (self.job / "stderr", self._home / "stderr") if path.is_file()]
        return b"".join(path.read_bytes()[-20_000:] for path in said)

    def again(self) -> bool:
        """Get ready for another file, if a copy has read this one; tell whether there can be another."""
        if not self._by_copy or not self.is_fit():
            return False
        rmtree(self.job, ignore_errors=True)
        self.job = self._new_job(int(self.job.name) + 1)
        return True

    def end(self) -> None:
        """End it and its copies, whatever they do, and remove its folder."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                if _CAN_COPY:
                    os.killpg(self.process.pid, signal.SIGKILL)
                else:
                    self.process.kill()
        self._leave()
        self.process.wait()
        self._folder.cleanup()
        rmtree(self._home, ignore_errors=True)  # what a copy wrote while it was ended

    def _leave(self) -> None:
        with suppress(OSError):
            if self.process.stdin is not None:
                self.process.stdin.close()


class _Spare:
    """A child kept ready: who reads one file often reads another, and need not wait for the libraries."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._timer = threading.Timer(0.0, self.drop)

    def take(self) -> Child | None:
        with self._lock:
            child, self._child = self._child, None
            self._timer.cancel()
        return child

    def keep(self, child: Child | None) -> None:
        """Keep a child, a new one if none is given; where one is kept already, end it."""
        with self._lock:
            if self._child is None:
                child, self._child = None, child or Child()
                # Anew each time, after the child's folder registered its own end: the last one runs first.
                atexit.unregister(end_ahead)
                atexit.register(end_ahead)
                self._timer = threading.Timer(_SPARE_S, self._end, [self._child])
                self._timer.daemon = True
                self._timer.start()
        if child is not None:
            child.end()

    def _end(self, child: Child) -> None:
        """End a child that nobody wanted."""
        with self._lock:
            wanted, self._child = self._child is not child, None if self._child is child else self._child
        if not wanted:
            child.end()

    def drop(self) -> None:
        child = self.take()
        if child is not None:
            child.end()


_spare = _Spare()


@contextmanager
def child_for_one_file() -> Iterator[Child]:
    """Yield a child that is ready or gets ready; it is ended with the block, or kept for the next file."""
    child = _spare.take()
    if child is not None and not child.is_fit():
        child.end()
        child = None
    child = child or Child()
    try:
        yield child
    except BaseException:
        child.end()
        raise
    if child.again():
        _spare.keep(child)
    else:
        child.end()


def start_ahead() -> None:
    """Have a child ready for the next file; one that nobody wants for two minutes is ended."""
    _spare.keep(None)


def end_ahead() -> None:
    """End the child that is kept ready, if there is one."""
    _spare.drop()


def answer_of(
    child: Child, file: str, limits: "Limits", end: float, progress: Progress, *, is_last: bool
) -> "Imported":
    """Let the child parse the private copy in its folder; return what it read.

    Parameters
    ----------
    end : float
        When reading is given up, on the clock of `time.monotonic`.
    is_last : bool
        The child is not needed for another file.

    Raises
    ------
    ReadingError
        With the child's own sentence, or one about its end: hung, swelled, crashed.
    CancelledError
        When `progress` raises it.
    """
    child.begin(is_last=is_last)
    _watch(child, file, limits, end, progress)
    return _answer(child, file, limits)


def given_up(file: str, limits: "Limits") -> ReadingError:
    """Return the error for a file that takes longer than it may."""
    return ReadingError(
        f"Reading was given up after {limits.seconds:g} seconds.",
        "Ask the partner for a smaller or simpler file.",
        file,
    )


def _watch(child: Child, file: str, limits: "Limits", end: float, progress: Progress) -> None:
    told = time.monotonic()
    # The answer is there before the child has given all its memory back.
    while not (child.job / ANSWER).is_file() and child.code() is None:
        time.sleep(_WAIT_S)
        if time.monotonic() > told + _POLL_S:
            told = time.monotonic()
            progress(*_stage(child.job))
        if time.monotonic() > end:
            raise given_up(file, limits)


def _stage(job: Path) -> tuple[int, int, str]:
    """Return how far the child says it is; it replaces the note whole, so it is never half written."""
    try:
        done, total, label = json.loads((job / PROGRESS).read_text(encoding="utf-8"))
        return int(done), int(total), str(label)
    except (OSError, ValueError):
        return 0, 4, "Opening"


def _answer(child: Child, file: str, limits: "Limits") -> "Imported":
    from layers.reading_exchange import load

    code, job = child.code() or 0, child.job
    if (job / ERROR).is_file():
        said = json.loads((job / ERROR).read_text(encoding="utf-8"))
        raise ReadingError(str(said["message"]), str(said["hint"]), str(said["where"]) or file)
    if code == 0 and (job / ANSWER).is_file():
        return load(job)
    last_words = child.last_words()
    if (
        b"MemoryError" in last_words
        or b"bad_alloc" in last_words
        or b"Cannot allocate" in last_words
        or b"memory allocation of" in last_words
    ):
        allowed = f"{limits.memory_bytes / 2**30:.2g} GB of memory allowed for one file"
        raise ReadingError(
            f"Reading needs more than the {allowed}.",
            "Ask the partner for a smaller or simpler file.",
            file,
        )
    how = "crashed" if code < 0 or code > 128 else "stopped"
    raise ReadingError(
        f"The reader {how} on this file, so nothing of it was taken.",
        "The file may be damaged. Ask the partner to save it again, in another format if need be.",
        file,
    )
