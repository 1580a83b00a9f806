"""How this engine grows: time per pair at 100,000 and at 1,000,000 sites in one run, and the peak memory.

The theatre is that of `bench_engine.py` (zones, areas and routes as there). With `--long` instead: a polygon
of 1,000,000 vertices among the zones, and routes of 10,000 vertices each. With `--command`: time and peak
memory of `deconflict check --json` with every rule, in a process of its own, twice: first all findings are
new, then all are known.

    python tests/benchmarks/bench_growth.py [--sites 100000 1000000] [--long | --command]
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import bench_engine
import numpy as np
import shapely
from bench_engine import TASKS, Ours

from layers.model import Kind
from layers.workspace_file import WorkspaceFile


def coastline(vertices: int) -> shapely.Polygon:
    """Make one jagged polygon, some 200 km across, of so many vertices."""
    rng = np.random.default_rng(2)
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    waves = sum(np.sin(k * angle + rng.uniform(0, 6)) / k for k in (3, 7, 19, 101, 1009, 10_007))
    radius = 0.8 + 0.15 * waves
    centre = [bench_engine.WEST + bench_engine.WIDTH / 2, bench_engine.SOUTH + bench_engine.HEIGHT / 2]
    return shapely.Polygon(np.column_stack([radius * np.cos(angle) * 1.55, radius * np.sin(angle)]) + centre)


def measure(shapes: dict[Kind, np.ndarray], rounds: int = 3) -> tuple[float, list[float], list[float]]:
    """Return seconds cold, seconds of each task warm, and their answers."""
    workspace = bench_engine.workspace_of(shapes)
    begin = time.perf_counter()
    engine = Ours(workspace)
    answers = [getattr(engine, task)() for task in TASKS]
    cold = time.perf_counter() - begin
    warm = []
    for task in TASKS:
        took = []
        for _ in range(rounds):
            begin = time.perf_counter()
            getattr(engine, task)()
            took.append(time.perf_counter() - begin)
        warm.append(statistics.median(took))
    return cold, warm, answers


def make(path: Path, sites: int) -> None:
    """Write the theatre to a workspace file."""
    workspace = bench_engine.workspace_of(bench_engine.theatre(sites, 10_000, 50_000, 2_000))
    WorkspaceFile.create(path, workspace).close()


def command(sites: int) -> None:
    """Check a theatre by the command, twice, and show what each took."""
    with tempfile.TemporaryDirectory() as folder:
        path, result = Path(folder) / "theatre.gpkg", Path(folder) / "result.json"
        # Not here: a process that this one starts would count as large as this one is.
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            pool.submit(make, path, sites).result()
        for which in ("all new", "all known"):
            begin = time.perf_counter()
            process = subprocess.Popen(
                [sys.executable, "-m", "desktop", "check", str(path), "--json", str(result)],
                cwd=Path(__file__).parents[2],
                stdout=subprocess.PIPE,
                text=True,
            )
            words = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            if status:
                raise SystemExit(f"the command ended with {status}")
            found = next(line for line in words.splitlines() if " findings" in line).split()[0]
            print(
                f"{f'check, {sites:,} sites, {which}':36} {time.perf_counter() - begin:9.1f} s, "
                f"cpu {usage.ru_utime + usage.ru_stime:.1f} s, peak {usage.ru_maxrss / 1e6:.2f} GB, "
                f"{int(found):,} findings, {result.stat().st_size / 1e6:,.0f} MB of JSON",
                flush=True,
            )


def show(name: str, cold: float, warm: list[float], answers: list[float]) -> None:
    figures = " ".join(f"{value:9.3f}" for value in (*warm, sum(warm), cold))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{name:36} {figures}  {answers[0]:.0f} pairs, {warm[0] / answers[0] * 1e6:.2f} us each, "
        f"peak {peak:.2f} GB",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sites", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--command", action="store_true")
    options = parser.parse_args()
    if options.command:
        for sites in options.sites:
            command(sites)
        return
    print(f"{'':36} {'stand-off':>9} {'overlap':>9} {'crossing':>9} {'warm':>9} {'cold':>9}")
    measure(bench_engine.theatre(100, 10, 50, 5))  # whatever is made once
    if options.long:
        shapes = bench_engine.theatre(100_000, 10_000, 50_000, 2_000)
        show("as it is", *measure(shapes))
        zones = shapes[Kind.MILITARY_ZONE]
        shapes[Kind.MILITARY_ZONE] = np.append(zones, coastline(1_000_000))
        show("+ a zone of 1,000,000 vertices", *measure(shapes))
        lines = bench_engine.routes(np.random.default_rng(3), 200, 10_000)
        shapes |= {Kind.MILITARY_ZONE: zones, Kind.MOVEMENT: np.append(shapes[Kind.MOVEMENT], lines)}
        show("+ 200 routes of 10,000 vertices", *measure(shapes))
        return
    each = []
    for sites in options.sites:
        cold, warm, answers = measure(bench_engine.theatre(sites, 10_000, 50_000, 2_000))
        show(f"{sites:,} sites", cold, warm, answers)
        each.append(warm[0] / answers[0])
    print(f"time per pair: {each[-1] / each[0]:.2f} times that of the first")


if __name__ == "__main__":
    main()
