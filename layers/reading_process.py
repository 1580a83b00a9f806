"""The parent's side of reading: start the child, watch it, fetch its answer in a form that runs nothing."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from layers.errors import ReadingError
from layers.progress import Progress
from layers.reading import Imported, Limits
from layers.reading_exchange import ANSWER, ERROR, PROGRESS, load

_POLL_S = 0.02
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


@contextmanager
def child_in(job: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the child, which gets ready until its input ends; it is ended with the block at the latest."""
    with (job / "stderr").open("wb") as errors:
        child = subprocess.Popen(
            child_command(job),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            cwd=job,
            env=child_environment(),
        )
    try:
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()
        if child.stdin is not None:
            child.stdin.close()


def answer_of(
    child: "subprocess.Popen[bytes]", job: Path, file: str, limits: Limits, end: float, progress: Progress
) -> Imported:
    """Let the child parse the private copy in `job`; return what it read.

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
    if child.stdin is not None:
        child.stdin.close()
    _watch(child, job, file, limits, end, progress)
    return _answer(child.returncode, job, file, limits)


def given_up(file: str, limits: Limits) -> ReadingError:
    """Return the error for a file that takes longer than it may."""
    return ReadingError(
        f"Reading was given up after {limits.seconds:g} seconds.",
        "Ask the partner for a smaller or simpler file.",
        file,
    )


def _watch(
    child: "subprocess.Popen[bytes]", job: Path, file: str, limits: Limits, end: float, progress: Progress
) -> None:
    while True:
        try:
            child.wait(_POLL_S)
        except subprocess.TimeoutExpired:
            progress(*_stage(job))
        else:
            return
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
