"""Import of 200,000 points and 50,000 polygons beside pyogrio alone on the same shapefiles, in one run.

Run with `python tests/benchmarks/bench_import.py`. The peer is `pyogrio.raw.read` and
`shapely.from_wkb` of every column: it neither validates nor stores. Ours is the whole way: the file
copied, parsed in the child process, settled, mapped to a kind, checked, and committed to a workspace
file on the disk. Rounds alternate, and the median of each stage is printed with its ratio to the peer, and
the same of processor time, the child's included: on a shared machine that ratio is the steadier one.
"""

import argparse
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from layers.guessing import guess_mapping
from layers.importing import add_to_workspace
from layers.kinds import spec_of
from layers.model import Kind, Mode, new_workspace
from layers.reading import open_any
from layers.workspace_file import WorkspaceFile

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = ("clinic", "school", "hospital", "warehouse", "water point")
POLYGON_VERTICES = 24
WEST, SOUTH = 20.0, 45.0
"""Corner of an area without a coast: what lies in the sea is a doubt each, and a report of its own."""


def make_points(count: int, rng: np.random.Generator) -> np.ndarray:
    return shapely.points(WEST + rng.uniform(0, 4, count), SOUTH + rng.uniform(0, 3, count))


def make_polygons(count: int, rng: np.random.Generator) -> np.ndarray:
    centres = np.column_stack([WEST + rng.uniform(0, 4, count), SOUTH + rng.uniform(0, 3, count)])
    angles = np.linspace(0, -2 * np.pi, POLYGON_VERTICES, endpoint=False)
    radius = rng.uniform(0.0005, 0.003, (count, 1)) * rng.uniform(0.7, 1.0, (count, POLYGON_VERTICES))
    x = centres[:, :1] + radius * np.cos(angles)
    y = centres[:, 1:] + radius * np.sin(angles)
    return shapely.polygons(np.stack([x, y], axis=2))


def write_shapefile(path: Path, shapes: np.ndarray, kind: str) -> None:
    n = len(shapes)
    columns = {
        "SITE_ID": np.array([f"S{i:06d}" for i in range(n)], dtype=object),
        "NAME": np.array([f"Site number {i} in Khashm ʿAlī" for i in range(n)], dtype=object),
        "TYPE": np.array([WORDS[i % len(WORDS)] for i in range(n)], dtype=object),
        "PEOPLE": np.arange(n, dtype=np.int32) % 5_000,
    }
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(shapes),
        field_data=list(columns.values()),
        fields=list(columns),
        geometry_type=kind,
        crs="EPSG:4326",
        encoding="UTF-8",
        driver="ESRI Shapefile",
    )


def peer(path: Path) -> int:
    _, _, wkb, _ = pyogrio.raw.read(path)
    return len(shapely.from_wkb(wkb))


Spent = dict[str, list[tuple[float, float]]]
"""Wall and processor seconds of each round, by stage."""


def clocks() -> tuple[float, float]:
    spent = os.times()
    return time.perf_counter(), sum(spent[:4]) + spent_by_living_children()


def spent_by_living_children() -> float:
    """Processor time of children that have not ended, and of their own that have: these read the files."""
    ticks = 0
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    for number in listed.read_text().split() if listed.exists() else ():
        said = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, said[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK") if ticks else 0.0


@contextmanager
def timed(seconds: Spent, stage: str) -> Iterator[None]:
    begin = clocks()
    yield
    end = clocks()
    seconds[stage].append((end[0] - begin[0], end[1] - begin[1]))


def ours(path: Path, kind: Kind, seconds: Spent, folder: Path) -> int:
    target = folder / f"{path.stem}-{time.monotonic_ns()}.gpkg"
    empty = new_workspace("Benchmark", Mode.TEST, NOW)
    with WorkspaceFile.create(target, empty) as file, timed(seconds, "all"):
        with timed(seconds, "open_any"):
            imported = open_any(path)
        with timed(seconds, "add_to_workspace"):
            mapping = guess_mapping(imported, spec_of(kind))
            workspace, done = add_to_workspace(file.workspace, imported, kind, mapping, now=NOW)
        with timed(seconds, "commit"):
            file.commit("Import", workspace)
    target.unlink()
    return done.imported


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=200_000)
    parser.add_argument("--polygons", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cases = (
            ("points", make_points(arguments.points, rng), "Point", Kind.HUMANITARIAN_SITE),
            ("polygons", make_polygons(arguments.polygons, rng), "Polygon", Kind.NO_STRIKE_AREA),
        )
        sums: dict[str, NDArray[np.float64]] = defaultdict(lambda: np.zeros(2))
        for title, shapes, geometry_type, kind in cases:
            path = folder / f"{title}.shp"
            write_shapefile(path, shapes, geometry_type)
            seconds: Spent = defaultdict(list)
            peer(path)
            for _ in range(arguments.rounds):
                with timed(seconds, "peer"):
                    assert peer(path) == len(shapes)
                assert ours(path, kind, seconds, folder) == len(shapes)
            medians = {stage: np.median(values, axis=0) for stage, values in seconds.items()}
            print(f"{len(shapes):,} {title}")
            for stage, median in medians.items():
                sums[stage] += median
                report(stage, median, medians["peer"])
        print("both")
        report("all", sums["all"], sums["peer"])


def report(stage: str, spent: NDArray[np.float64], peer_spent: NDArray[np.float64]) -> None:
    (wall, cpu), (times, cpu_times) = spent, spent / peer_spent
    print(f"  {stage:18} {wall:7.3f} s  {times:5.2f} x peer   cpu {cpu:7.3f} s  {cpu_times:5.2f} x")


if __name__ == "__main__":
    main()
