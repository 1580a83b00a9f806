"""Three checks on one theatre, beside the peers that are installed, in one run.

Workload: sites (points), zones and no-strike areas (polygons), routes (lines) over 500 x 500 km. Stand-off
500 m, shared area of zones and no-strike areas, length of routes inside zones. Data in memory; every engine
is timed with what it projects and indexes on first use ("cold"), and with that kept ("warm"). They alternate.

    python tests/benchmarks/bench_engine.py [--sites 100000] [--zones 10000] [--areas 50000] [--routes 2000]
"""

import argparse
import platform
import resource
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

import bench_postgis
import numpy as np
import shapely

from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, Workspace, new_feature, new_workspace, table_of
from layers.scene import Scene

STANDOFF_M = 500.0
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


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (("sites", 100_000), ("zones", 10_000), ("areas", 50_000), ("routes", 2_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--postgis-share", type=float, default=0.05, help="share of zones for geography")
    options = parser.parse_args()
    rng = np.random.default_rng(1)
    shapes = {
        Kind.HUMANITARIAN_SITE: shapely.points(
            WEST + rng.uniform(0, WIDTH, options.sites), SOUTH + rng.uniform(0, HEIGHT, options.sites)
        ),
        Kind.MILITARY_ZONE: stars(rng, options.zones, 40, 0.004, 0.02),
        Kind.NO_STRIKE_AREA: stars(rng, options.areas, 24, 0.002, 0.008),
        Kind.MOVEMENT: routes(rng, options.routes),
    }
    workspace = workspace_of(shapes)
    makers: list[Callable[[], object]] = [lambda: Ours(workspace), lambda: RawShapely(shapes)]
    peer = geopandas_peer(shapes)
    if peer is not None:
        makers.append(peer)
    tasks = ("standoff", "overlap", "crossing")
    cold: dict[str, list[float]] = {}
    warm: dict[tuple[str, str], list[float]] = {}
    answers: dict[str, list[float]] = {}
    for _ in range(options.rounds):
        for make in makers:
            begin = time.perf_counter()
            engine = make()
            found = [getattr(engine, task)() for task in tasks]
            cold.setdefault(engine.name, []).append(time.perf_counter() - begin)
            answers[engine.name] = found
            for task in tasks:
                begin = time.perf_counter()
                getattr(engine, task)()
                warm.setdefault((engine.name, task), []).append(time.perf_counter() - begin)
    print(f"{options.sites} sites, {options.zones} zones, {options.areas} areas, {options.routes} routes")
    print(f"Python {platform.python_version()}, shapely {shapely.__version__}; median of {options.rounds}")
    print(f"{'engine':36} {'stand-off':>9} {'overlap':>9} {'crossing':>9} {'warm':>9} {'cold':>9}  pairs")
    for name, values in cold.items():
        medians = [statistics.median(warm[name, task]) for task in tasks]
        figures = " ".join(f"{m:9.3f}" for m in (*medians, sum(medians), statistics.median(values)))
        print(
            f"{name:36} {figures}  {answers[name][0]:.0f}, {answers[name][1] / 1e6:.3f} km2, "
            f"{answers[name][2] / 1e3:.3f} km"
        )
    postgis = bench_postgis.table(shapes, options.postgis_share)
    print(postgis or "PostGIS is not installed")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
