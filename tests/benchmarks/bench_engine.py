"""Three checks on one theatre, beside the peers that are installed, in one run.

Workload: sites (points), zones and no-strike areas (polygons), routes (lines) over 500 x 500 km. Stand-off
500 m, shared area of zones and no-strike areas, length of routes inside zones. Data in memory; every engine
is timed with what it projects and indexes on first use ("cold"), and with that kept ("warm"). They alternate.

    python tests/benchmarks/bench_engine.py [--sites 100000] [--zones 10000] [--areas 50000] [--routes 2000]

QGIS and PostGIS are started where they are installed; `--without qgis postgis` leaves them out. The ratios
that follow the table are those of the totals.
"""

import argparse
import platform
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import bench_postgis
import bench_qgis
import numpy as np
import shapely

from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, Workspace, new_feature, new_workspace, table_of
from layers.scene import Scene

STANDOFF_M = 500.0
TASKS = ("standoff", "overlap", "crossing")
WEST, SOUTH, WIDTH, HEIGHT = 24.1, 48.0, 6.8, 4.5


def stars(rng: np.random.Generator, count: int, corners: int, low: float, high: float) -> np.ndarray:
    """Make star-shaped polygons of so many corners; sizes in degrees of latitude."""
    centres = np.column_stack([WEST + rng.uniform(0, WIDTH, count), SOUTH + rng.uniform(0, HEIGHT, count)])
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    radius = rng.uniform(low, high, (count, 1)) * rng.uniform(0.7, 1.0, (count, corners))
    x = centres[:, :1] + radius * np.cos(angles) * 1.55
    y = centres[:, 1:] + radius * np.sin(angles)
    return shapely.polygons(np.stack([x, y], axis=2))


def routes(rng: np.random.Generator, count: int, vertices: int = 120) -> np.ndarray:
    """Make wandering routes of about 80 km."""
    start = np.column_stack([WEST + rng.uniform(0, WIDTH, count), SOUTH + rng.uniform(0, HEIGHT, count)])
    heading = rng.uniform(0, 2 * np.pi, (count, 1)) + np.cumsum(
        rng.normal(0, 0.15, (count, vertices)), axis=1
    )
    steps = 0.006 * np.stack([1.55 * np.cos(heading), np.sin(heading)], axis=2)
    return shapely.linestrings(start[:, None] + np.cumsum(steps, axis=1))


def workspace_of(shapes: dict[Kind, np.ndarray]) -> Workspace:
    """Put shapes into a workspace."""
    workspace = new_workspace("Benchmark", Mode.TEST, datetime(2026, 1, 1, tzinfo=UTC))
    for kind, column in shapes.items():
        features = [new_feature(kind, g, feature_id=f"{kind}-{i}") for i, g in enumerate(column)]
        workspace = workspace.with_layer(
            Layer(kind.value, kind, kind.value, table_of(spec_of(kind), features))
        )
    return workspace


class Ours:
    """This engine: geodesic distances, areas and lengths on the ellipsoid."""

    name = "deconflict (ellipsoid)"

    def __init__(self, workspace: Workspace) -> None:
        self.scene = Scene(workspace)

    def side(self, kind: Kind):
        return self.scene.side(kind)

    def near(self, a: Kind, b: Kind, reach: float):
        side_a, side_b = self.side(a), self.side(b)
        return (
            side_a,
            side_b,
            self.scene.near(side_a, side_b, np.full(len(side_a), reach), np.zeros(len(side_b))),
        )

    def standoff(self) -> int:
        return len(self.near(Kind.HUMANITARIAN_SITE, Kind.MILITARY_ZONE, STANDOFF_M)[2])

    def overlap(self) -> float:
        a, b, pairs = self.near(Kind.MILITARY_ZONE, Kind.NO_STRIKE_AREA, 0.0)
        return float(self.scene.shared_area_m2(a, b, pairs).sum())

    def crossing(self) -> float:
        a, b, pairs = self.near(Kind.MOVEMENT, Kind.MILITARY_ZONE, 0.0)
        return float(self.scene.shared_length_m(a, b, pairs).sum())


class RawShapely:
    """shapely trees in one UTM zone: what a careful script does."""

    name = "raw shapely (UTM 35N)"

    def __init__(self, shapes: dict[Kind, np.ndarray]) -> None:
        from pyproj import Transformer

        transformer = Transformer.from_crs(4326, 32635, always_xy=True)

        def project(points: np.ndarray) -> np.ndarray:
            return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))

        self.flat = {kind: shapely.transform(column, project) for kind, column in shapes.items()}
        self.trees = {kind: shapely.STRtree(column) for kind, column in self.flat.items()}

    def standoff(self) -> int:
        zones = self.flat[Kind.MILITARY_ZONE]
        return self.trees[Kind.HUMANITARIAN_SITE].query(zones, "dwithin", STANDOFF_M).shape[1]

    def overlap(self) -> float:
        zones, areas = self.flat[Kind.MILITARY_ZONE], self.flat[Kind.NO_STRIKE_AREA]
        i, j = self.trees[Kind.NO_STRIKE_AREA].query(zones, "intersects")
        return float(shapely.area(shapely.intersection(zones[i], areas[j])).sum())

    def crossing(self) -> float:
        lines, zones = self.flat[Kind.MOVEMENT], self.flat[Kind.MILITARY_ZONE]
        i, j = self.trees[Kind.MILITARY_ZONE].query(lines, "intersects")
        return float(shapely.length(shapely.intersection(lines[i], zones[j])).sum())


def geopandas_peer(shapes: dict[Kind, np.ndarray]):
    """Return geopandas in UTM, or None where it is not installed."""
    try:
        import geopandas
    except ImportError:
        return None

    class GeoPandas:
        name = f"geopandas {geopandas.__version__} (UTM 35N)"

        def __init__(self) -> None:
            self.frames = {
                kind: geopandas.GeoDataFrame(geometry=column, crs=4326).to_crs(32635)
                for kind, column in shapes.items()
            }
            for frame in self.frames.values():
                _ = frame.sindex

        def pairs(self, a: Kind, b: Kind, predicate: str, **options):
            return geopandas.sjoin(self.frames[a], self.frames[b], predicate=predicate, **options)

        def shared(self, a: Kind, b: Kind):
            found = self.pairs(a, b, "intersects")
            left = self.frames[a].geometry.values[found.index]
            return left.intersection(self.frames[b].geometry.values[found["index_right"]])

        def standoff(self) -> int:
            return len(self.pairs(Kind.HUMANITARIAN_SITE, Kind.MILITARY_ZONE, "dwithin", distance=STANDOFF_M))

        def overlap(self) -> float:
            return float(self.shared(Kind.MILITARY_ZONE, Kind.NO_STRIKE_AREA).area.sum())

        def crossing(self) -> float:
            return float(self.shared(Kind.MOVEMENT, Kind.MILITARY_ZONE).length.sum())

    return GeoPandas


def theatre(sites: int, zones: int, areas: int, routes_: int) -> dict[Kind, np.ndarray]:
    """Make the shapes of a theatre, always the same for the same numbers."""
    rng = np.random.default_rng(1)
    return {
        Kind.HUMANITARIAN_SITE: shapely.points(
            WEST + rng.uniform(0, WIDTH, sites), SOUTH + rng.uniform(0, HEIGHT, sites)
        ),
        Kind.MILITARY_ZONE: stars(rng, zones, 40, 0.004, 0.02),
        Kind.NO_STRIKE_AREA: stars(rng, areas, 24, 0.002, 0.008),
        Kind.MOVEMENT: routes(rng, routes_),
    }


@dataclass(frozen=True)
class Row:
    """What one engine took for each task and cold (None: not timed), in seconds, and what it answered."""

    name: str
    seconds: list[float]
    cold_s: float | None
    answers: list[float]

    def __str__(self) -> str:
        cold = f"{self.cold_s:9.3f}" if self.cold_s is not None else " " * 9
        figures = " ".join(f"{value:9.3f}" for value in (*self.seconds, sum(self.seconds)))
        pairs, area, length = self.answers
        return f"{self.name:36} {figures} {cold}  {pairs:.0f}, {area / 1e6:.3f} km2, {length / 1e3:.3f} km"


def timed_in_turn(makers: list[Callable[[], Any]], rounds: int) -> list[Row]:
    """Time engines that live in this process, in turn; medians."""
    cold: dict[str, list[float]] = {}
    warm: dict[tuple[str, str], list[float]] = {}
    answers: dict[str, list[float]] = {}
    for _ in range(rounds):
        for make in makers:
            begin = time.perf_counter()
            engine = make()
            answers[engine.name] = [getattr(engine, task)() for task in TASKS]
            cold.setdefault(engine.name, []).append(time.perf_counter() - begin)
            for task in TASKS:
                begin = time.perf_counter()
                getattr(engine, task)()
                warm.setdefault((engine.name, task), []).append(time.perf_counter() - begin)
    return [
        Row(
            name,
            [statistics.median(warm[name, task]) for task in TASKS],
            statistics.median(values),
            answers[name],
        )
        for name, values in cold.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (("sites", 100_000), ("zones", 10_000), ("areas", 50_000), ("routes", 2_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--postgis-share", type=float, default=0.02, help="share of zones for geography")
    parser.add_argument("--without", nargs="*", default=[], choices=["qgis", "postgis"])
    options = parser.parse_args()
    shapes = theatre(options.sites, options.zones, options.areas, options.routes)
    workspace = workspace_of(shapes)
    makers: list[Callable[[], Any]] = [lambda: Ours(workspace), lambda: RawShapely(shapes)]
    peer = geopandas_peer(shapes)
    if peer is not None:
        makers.append(peer)
    print(f"{options.sites} sites, {options.zones} zones, {options.areas} areas, {options.routes} routes")
    print(f"Python {platform.python_version()}, shapely {shapely.__version__}; median of {options.rounds}")
    print(f"{'engine':36} {'stand-off':>9} {'overlap':>9} {'crossing':>9} {'warm':>9} {'cold':>9}  pairs")
    rows = timed_in_turn(makers, options.rounds)
    print(*rows, sep="\n", flush=True)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    others: dict[str, Callable[[], list[tuple[str, list[float], list[float]]] | None]] = {
        "qgis": lambda: bench_qgis.measured(makers[1]().flat),
        "postgis": lambda: bench_postgis.measured(shapes, options.postgis_share),
    }
    for name, measured in others.items():
        if name in options.without:
            continue
        found = measured()
        new = [Row(title, seconds, None, answers) for title, seconds, answers in found or []]
        print(*new or [f"{name} is not installed"], sep="\n", flush=True)
        rows += new
    for row in rows[1:]:
        cold = f", cold {rows[0].cold_s / row.cold_s:.3f}" if rows[0].cold_s and row.cold_s else ""
        print(f"{sum(rows[0].seconds) / sum(row.seconds):.4f} of {row.name}{cold}")


if __name__ == "__main__":
    main()
