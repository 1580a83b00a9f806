"""The parent's side of reading: start the child, watch it, fetch its answer in a form that runs nothing."""

import atexit
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from layers.errors import ReadingError
from layers.progress import Progress
from layers.reading import Imported, Limits
from layers.reading_exchange import ANSWER, ERROR, PROGRESS, load

_POLL_S = 0.02
_WAIT_S = 0.002
_SPARE_S = 120.0
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


def child_command(job: Path) -> list[str]:
    """Return the command line of the child; a frozen program starts itself with a word it must pass on."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--reading-child", str(job)]
    # -P: never import from the working directory, which holds the partner's bytes.
    return [sys.executable, "-P", "-m", "layers.reading_child", str(job)]


class Child:
    """A child that gets ready in a private folder of its own, until its input ends; it reads one file."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="deconflict-read-", ignore_cleanup_errors=True)
        self.job = Path(self._folder.name)
        self._environment = child_environment()
        with (self.job / "stderr").open("wb") as errors:
            self.process = subprocess.Popen(
                child_command(self.job),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                cwd=self.job,
                env=self._environment,
            )

    def is_fit(self) -> bool:
        """Tell whether it waits, and is what would be started now."""
        return (
            self.process.poll() is None
            and self.process.args == child_command(self.job)
            and self._environment == child_environment()
        )

    def begin(self) -> None:
        """Let it read what lies in its folder."""
        if self.process.stdin is not None:
            self.process.stdin.close()

    def end(self) -> None:
        """End it, whatever it does, and remove its folder."""
        if self.process.poll() is None:
            self.process.kill()
        self.begin()
        self.process.wait()
        self._folder.cleanup()


class _Spare:
    """A child started ahead: who reads one file often reads another, and need not wait for the libraries."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: Child | None = None

    def take(self) -> Child | None:
        with self._lock:
            child, self._child = self._child, None
        return child

    def start(self) -> None:
        with self._lock:
            if self._child is None:
                self._child = Child()
                # Anew each time, after the child's folder registered its own end: the last one runs first.
                atexit.unregister(end_ahead)
                atexit.register(end_ahead)
                timer = threading.Timer(_SPARE_S, self._end, [self._child])
                timer.daemon = True
                timer.start()

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
    """Yield a child that is ready or gets ready; it is ended with the block at the latest."""
    child = _spare.take()
    if child is not None and not child.is_fit():
        child.end()
        child = None
    child = child or Child()
    try:
        yield child
    finally:
        child.end()


def start_ahead() -> None:
    """Start the child for the next file; one that nobody wants for two minutes is ended."""
    _spare.start()


def end_ahead() -> None:
    """End the child that was started ahead, if there is one."""
    _spare.drop()


def answer_of(child: Child, file: str, limits: Limits, end: float, progress: Progress) -> Imported:
    """Let the child parse the private copy in its folder; return what it read.

    Parameters
    ----------
    end : float
        When reading is given up, on the clock of `time.monotonic`.

    Raises
    ------
    ReadingError
        With the child's own sentence, or one about its end: hung, swelled, crashed.
    CancelledError
        When `progress` raises it.
    """
    child.begin()
    _watch(child, file, limits, end, progress)
    return _answer(child.process.returncode or 0, child.job, file, limits)


def given_up(file: str, limits: Limits) -> ReadingError:
    """Return the error for a file that takes longer than it may."""
    return ReadingError(
        f"Reading was given up after {limits.seconds:g} seconds.",
        "Ask the partner for a smaller or simpler file.",
        file,
    )


def _watch(child: Child, file: str, limits: Limits, end: float, progress: Progress) -> None:
    told = time.monotonic()
    # The answer is there before the child has given all its memory back.
    while not (child.job / ANSWER).is_file() and child.process.poll() is None:
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


def _answer(code: int, job: Path, file: str, limits: Limits) -> Imported:
    if (job / ERROR).is_file():
        said = json.loads((job / ERROR).read_text(encoding="utf-8"))
        raise ReadingError(str(said["message"]), str(said["hint"]), str(said["where"]) or file)
    if code == 0 and (job / ANSWER).is_file():
        return load(job)
    last_words = (job / "stderr").read_bytes()[-20_000:]
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
