"""Import of 200,000 points and 50,000 polygons beside pyogrio alone on the same shapefiles, in one run.

Run with `python tests/benchmarks/bench_import.py`. The peer is `pyogrio.raw.read` and
`shapely.from_wkb` of every column: it neither validates nor stores. Ours is the whole way: the file
copied, parsed in the child process, settled, mapped to a kind, checked, and committed to a workspace
file on the disk. Rounds alternate, and the median of each stage is printed with its ratio to the peer.
"""

import argparse
import statistics
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

from layers.guessing import guess_mapping
from layers.importing import add_to_workspace
from layers.kinds import spec_of
from layers.model import Kind, Mode, new_workspace
from layers.reading import open_any
from layers.workspace_file import WorkspaceFile

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = ("clinic", "school", "hospital", "warehouse", "water point")
POLYGON_VERTICES = 24


def make_points(count: int, rng: np.random.Generator) -> np.ndarray:
    return shapely.points(25 + rng.uniform(0, 4, count), 41 + rng.uniform(0, 3, count))


def make_polygons(count: int, rng: np.random.Generator) -> np.ndarray:
    centres = np.column_stack([25 + rng.uniform(0, 4, count), 41 + rng.uniform(0, 3, count)])
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


@contextmanager
def timed(seconds: dict[str, list[float]], stage: str) -> Iterator[None]:
    begin = time.perf_counter()
    yield
    seconds[stage].append(time.perf_counter() - begin)


def ours(path: Path, kind: Kind, seconds: dict[str, list[float]], folder: Path) -> int:
    target = folder / f"{path.stem}-{time.monotonic_ns()}.gpkg"
    with WorkspaceFile.create(target, new_workspace("Benchmark", Mode.TEST, NOW)) as file:
        begin = time.perf_counter()
        with timed(seconds, "open_any"):
            imported = open_any(path)
        with timed(seconds, "add_to_workspace"):
            mapping = guess_mapping(imported, spec_of(kind))
            workspace, report = add_to_workspace(file.workspace, imported, kind, mapping, now=NOW)
        with timed(seconds, "commit"):
            file.commit("Import", workspace)
        seconds["all"].append(time.perf_counter() - begin)
    target.unlink()
    return report.imported


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
        sums: dict[str, float] = defaultdict(float)
        for title, shapes, geometry_type, kind in cases:
            path = folder / f"{title}.shp"
            write_shapefile(path, shapes, geometry_type)
            seconds: dict[str, list[float]] = defaultdict(list)
            peer(path)
            for _ in range(arguments.rounds):
                with timed(seconds, "peer"):
                    assert peer(path) == len(shapes)
                assert ours(path, kind, seconds, folder) == len(shapes)
            medians = {stage: statistics.median(values) for stage, values in seconds.items()}
            print(f"{len(shapes):,} {title}")
            for stage, median in medians.items():
                sums[stage] += median
                print(f"  {stage:18} {median:7.3f} s  {median / medians['peer']:5.2f} x peer")
        print(
            f"both: {sums['all']:.3f} s against {sums['peer']:.3f} s, {sums['all'] / sums['peer']:.2f} x peer"
        )


if __name__ == "__main__":
    main()
