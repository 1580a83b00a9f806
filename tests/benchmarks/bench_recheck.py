"""One zone moved among 100,000 sites and 50,000 areas: what is near it now, with everything else kept.

Ours is `Scene.near` with a side of one row; geopandas asks its cached index (one row joined), raw shapely
its tree. Zone against sites at 500 m, and zone against no-strike areas with the shared area. Engines
alternate, the median of many moves is printed.

    python tests/benchmarks/bench_recheck.py [--moves 200]
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import shapely
from bench_engine import HEIGHT, SOUTH, STANDOFF_M, WEST, WIDTH, stars, workspace_of

from layers.model import Kind
from layers.scene import Scene
from layers.sides import Selection, side_of


class Ours:
    name = "deconflict (ellipsoid)"

    def __init__(self, sites: np.ndarray, areas: np.ndarray) -> None:
        self.scene = Scene(workspace_of({Kind.HUMANITARIAN_SITE: sites, Kind.NO_STRIKE_AREA: areas}))
        self.sites = self.scene.side(Kind.HUMANITARIAN_SITE)
        self.areas = self.scene.side(Kind.NO_STRIKE_AREA)

    def moved(self, zone: shapely.Polygon) -> object:
        return side_of(workspace_of({Kind.MILITARY_ZONE: np.array([zone])}), Selection((Kind.MILITARY_ZONE,)))

    def near_sites(self, side: object) -> int:
        return len(self.scene.near(self.sites, side, STANDOFF_M, 0.0))

    def near_areas(self, side: object) -> int:
        pairs = self.scene.near(side, self.areas, 0.0, 0.0)
        self.scene.shared_area_m2(side, self.areas, pairs)
        return len(pairs)


class Flat:
    """What both peers share: the theatre in UTM 35N."""

    def __init__(self) -> None:
        from pyproj import Transformer

        self.transformer = Transformer.from_crs(4326, 32635, always_xy=True)

    def project(self, shapes: object) -> object:
        return shapely.transform(
            shapes, lambda p: np.column_stack(self.transformer.transform(p[:, 0], p[:, 1]))
        )


class RawShapely(Flat):
    name = "raw shapely (UTM 35N)"

    def __init__(self, sites: np.ndarray, areas: np.ndarray) -> None:
        super().__init__()
        self.sites = shapely.STRtree(self.project(sites))
        self.flat = self.project(areas)
        self.areas = shapely.STRtree(self.flat)

    def moved(self, zone: shapely.Polygon) -> object:
        return zone

    def near_sites(self, zone: object) -> int:
        return len(self.sites.query(self.project(zone), "dwithin", STANDOFF_M))

    def near_areas(self, zone: object) -> int:
        flat = self.project(zone)
        found = self.areas.query(flat, "intersects")
        shapely.area(shapely.intersection(flat, self.flat[found]))
        return len(found)


def geopandas_peer() -> type | None:
    try:
        import geopandas
    except ImportError:
        return None

    class GeoPandas(Flat):
        name = f"geopandas {geopandas.__version__} (UTM 35N, cached index)"

        def __init__(self, sites: np.ndarray, areas: np.ndarray) -> None:
            super().__init__()
            self.sites, self.areas = (
                geopandas.GeoDataFrame(geometry=self.project(s), crs=32635) for s in (sites, areas)
            )
            _ = self.sites.sindex, self.areas.sindex

        def moved(self, zone: shapely.Polygon) -> object:
            return zone

        def frame(self, zone: object) -> object:
            return geopandas.GeoDataFrame(geometry=[zone], crs=4326).to_crs(32635)

        def near_sites(self, zone: object) -> int:
            frame = self.frame(zone)
            return len(geopandas.sjoin(self.sites, frame, predicate="dwithin", distance=STANDOFF_M))

        def near_areas(self, zone: object) -> int:
            frame = self.frame(zone)
            found = geopandas.sjoin(frame, self.areas, predicate="intersects")
            _ = self.areas.geometry.values[found["index_right"]].intersection(frame.geometry.values[0]).area
            return len(found)

    return GeoPandas


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sites", type=int, default=100_000)
    parser.add_argument("--areas", type=int, default=50_000)
    parser.add_argument("--moves", type=int, default=100)
    options = parser.parse_args()
    rng = np.random.default_rng(2)
    sites = shapely.points(
        WEST + rng.uniform(0, WIDTH, options.sites), SOUTH + rng.uniform(0, HEIGHT, options.sites)
    )
    areas = stars(rng, options.areas, 24, 0.002, 0.008)
    zones = stars(rng, options.moves, 40, 0.004, 0.02)
    makers: list[Callable[..., object]] = [Ours, RawShapely]
    peer = geopandas_peer()
    if peer is not None:
        makers.append(peer)
    engines = [make(sites, areas) for make in makers]
    tasks = ("near_sites", "near_areas")
    for engine in engines:
        for task in tasks:
            getattr(engine, task)(engine.moved(zones[0]))
    seconds: dict[tuple[str, str], list[float]] = {}
    counts: dict[tuple[str, str], int] = {}
    for zone in zones:
        for engine in engines:
            for task in tasks:
                moved = engine.moved(zone)
                begin = time.perf_counter()
                found = getattr(engine, task)(moved)
                seconds.setdefault((engine.name, task), []).append(time.perf_counter() - begin)
                counts[engine.name, task] = counts.get((engine.name, task), 0) + found
    print(f"one zone moved, {options.sites} sites, {options.areas} areas; median of {options.moves}, ms")
    for engine in engines:
        medians = [statistics.median(seconds[engine.name, task]) * 1000 for task in tasks]
        pairs = [counts[engine.name, task] for task in tasks]
        print(f"{engine.name:42} sites {medians[0]:9.3f}  areas {medians[1]:9.3f}  pairs {pairs}")


if __name__ == "__main__":
    main()
