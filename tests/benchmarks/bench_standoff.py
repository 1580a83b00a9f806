"""Stand-off check of 20,000 sites against 2,000 zones, beside geopandas in UTM, in one run.

Run with `python tests/benchmarks/bench_standoff.py` where the `benchmark` extra is installed. Both engines
start from the same WGS 84 geometries in memory and answer cold: projecting, indexing and comparing included.
Rounds alternate, and the median of each is printed, with the ratio.
"""

import argparse
import platform
import statistics
import time
from datetime import UTC, datetime

import geopandas
import numpy as np
import shapely

from layers.checks import check
from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, new_feature, new_workspace, table_of

RULE = "zone_within_standoff_of_site"


def theatre(sites: int, zones: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Make points and star-shaped zones in about 300 x 300 km inside one UTM zone (35N)."""
    rng = np.random.default_rng(seed)
    points = shapely.points(25.2 + rng.uniform(0, 3.6, sites), 41.5 + rng.uniform(0, 2.7, sites))
    centres = np.column_stack([25.2 + rng.uniform(0, 3.6, zones), 41.5 + rng.uniform(0, 2.7, zones)])
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    radius = rng.uniform(0.004, 0.03, (zones, 1)) * rng.uniform(0.7, 1.0, (zones, 24))
    x = centres[:, :1] + radius * np.cos(angles) * 1.35
    y = centres[:, 1:] + radius * np.sin(angles)
    return points, shapely.polygons(np.stack([x, y], axis=2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=20_000)
    parser.add_argument("--zones", type=int, default=2_000)
    parser.add_argument("--standoff", type=float, default=500.0, help="metres")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    points, polygons = theatre(arguments.sites, arguments.zones)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    workspace = new_workspace("Benchmark", Mode.TEST, now)
    for kind, shapes in ((Kind.HUMANITARIAN_SITE, points), (Kind.MILITARY_ZONE, polygons)):
        features = [new_feature(kind, g, feature_id=f"{kind}-{i}") for i, g in enumerate(shapes)]
        workspace = workspace.with_layer(
            Layer(kind.value, kind, kind.value, table_of(spec_of(kind), features))
        )
    frame_a = geopandas.GeoDataFrame(geometry=points, crs=4326)
    frame_b = geopandas.GeoDataFrame(geometry=polygons, crs=4326)

    reach_m = arguments.standoff
    overrides = {f"{RULE}.standoff_m": reach_m}

    def engine() -> int:
        report = check(workspace, rules=[RULE], overrides=overrides, now=now)
        return len(report.answers[0][1].a)

    def sentences() -> int:
        return len(check(workspace, rules=[RULE], overrides=overrides, now=now).findings)

    def peer() -> int:
        return len(
            geopandas.sjoin(
                frame_a.to_crs(32635), frame_b.to_crs(32635), predicate="dwithin", distance=reach_m
            )
        )

    peer_name = "geopandas: to_crs(UTM) + sjoin(dwithin), no distances"
    runs = {
        "deconflict: check (pairs, distances, windows, coverage)": engine,
        peer_name: peer,
        "deconflict: check, then a sentence for every finding": sentences,
    }
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    cpu: dict[str, list[float]] = {name: [] for name in runs}
    counts = {name: run() for name, run in runs.items()}
    for _ in range(arguments.rounds):
        for name, run in runs.items():
            begin, busy = time.perf_counter(), time.process_time()
            run()
            seconds[name].append(time.perf_counter() - begin)
            cpu[name].append(time.process_time() - busy)
    print(f"{arguments.sites} sites, {arguments.zones} zones, {reach_m:g} m; median of {arguments.rounds}")
    print(f"Python {platform.python_version()}, geopandas {geopandas.__version__}")
    base = statistics.median(seconds[peer_name])
    base_cpu = statistics.median(cpu[peer_name])
    for name, values in seconds.items():
        median, busy = statistics.median(values), statistics.median(cpu[name])
        print(
            f"{name:56} {median:7.3f} s {median / base:5.2f} x   cpu {busy:7.3f} s {busy / base_cpu:5.2f} x"
        )
    print(f"pairs: {', '.join(str(count) for count in counts.values())}")


if __name__ == "__main__":
    main()
