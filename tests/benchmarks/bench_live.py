"""One moved zone among 100,000 sites: the engine's re-check beside geopandas, and the window's pauses.

    python tests/benchmarks/bench_live.py [--sites 100000] [--zones 10000] [--areas 50000] [--uncertain 0.3]
        [--window]

Engine: `recheck.recheck` with what it keeps, asked the stand-off alone, and every rule that has to do with
zones; times, verdicts and coverage included. Peer: geopandas in UTM with its spatial indexes kept, asked the
stand-off alone, and the five questions of geometry in those rules. With `--window` the whole program runs
offscreen; a timer of 5 ms notes how long its event loop was away.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench_engine import HEIGHT, SOUTH, WEST, WIDTH, stars

from layers.checks import check
from layers.decisions import absorb, absorb_again
from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, Workspace, new_feature, new_workspace, table_of
from layers.recheck import Kept, recheck

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def theatre(options: argparse.Namespace) -> Workspace:
    rng = np.random.default_rng(1)
    lonlat = WEST + rng.uniform(0, WIDTH, options.sites), SOUTH + rng.uniform(0, HEIGHT, options.sites)
    shapes = {
        Kind.HUMANITARIAN_SITE: shapely.points(*lonlat),
        Kind.MILITARY_ZONE: stars(rng, options.zones, 40, 0.004, 0.02),
        Kind.NO_STRIKE_AREA: stars(rng, options.areas, 24, 0.002, 0.008),
    }
    workspace = new_workspace("Benchmark", Mode.TEST, NOW)
    for kind, column in shapes.items():
        share = options.uncertain if kind is Kind.HUMANITARIAN_SITE else 0.0
        blur_m = np.where(np.random.default_rng(5).random(len(column)) < share, 111.0, 0.0).tolist()
        features = [
            new_feature(kind, g, feature_id=f"{kind}-{i}", name=f"{kind} {i}", uncertainty_m=blur_m[i])
            for i, g in enumerate(column)
        ]
        workspace = workspace.with_layer(Layer(kind, kind, kind, table_of(spec_of(kind), features)))
    return workspace


def moved(workspace: Workspace, row: int, rng: np.random.Generator) -> Workspace:
    """Move one zone by some kilometres."""
    layer = workspace.layer(Kind.MILITARY_ZONE)
    old = layer.table.row(row, layer.kind)
    step = rng.uniform(-0.05, 0.05, 2)
    shape = shapely.transform(old.geometry, lambda points: points + step)
    table = layer.table.with_features([old.with_changes(geometry=shape)])
    return workspace.with_layer(Layer(layer.id, layer.kind, layer.name, table))


STANDOFF = "zone_within_standoff_of_site"


def rechecks(workspace: Workspace, options: argparse.Namespace, rules: list[str] | None) -> list[float]:
    """Return the seconds of each re-check after a move."""
    kept = Kept(workspace)
    begin = time.perf_counter()
    report = check(workspace, rules=rules, now=NOW, scene=kept.scene)
    print(f"full check: {time.perf_counter() - begin:.2f} s, {len(report.findings)} findings")
    workspace, _ = absorb(workspace, report)
    rng = np.random.default_rng(2)
    seconds, taken_in = [], []
    for number in range(options.moves + 5):
        before, workspace = workspace, moved(workspace, int(rng.integers(options.zones)), rng)
        begin = time.perf_counter()
        again = recheck(kept, before, workspace, now=NOW)
        middle = time.perf_counter()
        workspace, _ = absorb_again(workspace, again)
        if number >= 5:
            seconds.append(middle - begin)
            taken_in.append(time.perf_counter() - middle)
    print(f"  re-check of one moved zone: {told(seconds)}; taken into the workspace: {told(taken_in)}")
    return seconds


def told(seconds: list[float]) -> str:
    return f"median {statistics.median(seconds) * 1e3:.2f} ms, least {min(seconds) * 1e3:.2f} ms"


def peer(workspace: Workspace, options: argparse.Namespace) -> tuple[list[float], list[float]]:
    """Return the seconds of joining all zones again after a move: the stand-off, and all five questions."""
    try:
        import geopandas
    except ImportError:
        print("geopandas is not installed")
        return [], []
    kinds = (Kind.HUMANITARIAN_SITE, Kind.MILITARY_ZONE, Kind.NO_STRIKE_AREA)
    sites, zones, areas = (
        geopandas.GeoDataFrame(geometry=workspace.layer(kind).table.geometry, crs=4326).to_crs(32635)
        for kind in kinds
    )
    _ = sites.sindex, areas.sindex
    rng = np.random.default_rng(2)
    standoff, everything = [], []
    for _ in range(5):
        zones = zones.copy()
        row = int(rng.integers(options.zones))
        zones.loc[row, "geometry"] = shapely.affinity.translate(zones.geometry.iloc[row], 1000, 500)
        begin = time.perf_counter()
        geopandas.sjoin(sites, zones, predicate="dwithin", distance=500)
        standoff.append(time.perf_counter() - begin)
        for within_m in (1_000, 2_000):
            geopandas.sjoin(sites, zones, predicate="dwithin", distance=within_m)
        geopandas.sjoin(sites, zones, predicate="intersects")
        pairs = geopandas.sjoin(zones, areas, predicate="intersects")
        left = zones.geometry.loc[pairs.index].reset_index(drop=True)
        left.intersection(areas.geometry.loc[pairs["index_right"]].reset_index(drop=True)).area.sum()
        everything.append(time.perf_counter() - begin)
    one = []
    for _ in range(15):
        zone = zones.iloc[[int(rng.integers(options.zones))]]
        begin = time.perf_counter()
        geopandas.sjoin(zone, sites, predicate="dwithin", distance=500)
        one.append(time.perf_counter() - begin)
    print(f"geopandas, all zones joined again, indexes kept: stand-off {told(standoff)}")
    print(f"  all five questions: {told(everything)}; one zone alone, stand-off: {told(one)}")
    return standoff, everything


def window(workspace: Workspace, options: argparse.Namespace) -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QSettings, QTimer

    from desktop.app import make_application
    from desktop.demo import rest
    from desktop.main_window import MainWindow
    from desktop.settings import Settings

    application = make_application()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shown = MainWindow(Settings(QSettings(str(folder / "s.ini"), QSettings.Format.IniFormat)))
        shown.resize(1366, 768)
        shown.show()
        document = shown.document
        document.new(folder / "work.gpkg", "Benchmark", Mode.TEST)
        document.apply("Fill", _with(document.workspace, workspace))
        shown.steps.check()
        while shown.tasks.is_busy or not document.workspace.runs:
            rest(50)
        rest(2_000)
        pauses: list[float] = []
        last = [time.perf_counter()]

        def tick() -> None:
            now = time.perf_counter()
            pauses.append((now - last[0]) * 1e3)
            last[0] = now

        timer = QTimer()
        timer.timeout.connect(tick)
        timer.start(5)
        rng = np.random.default_rng(3)
        worst, applied, latency = [], [], []
        for _ in range(12):
            after = moved(document.workspace, int(rng.integers(options.zones)), rng)
            begin = time.perf_counter()
            document.apply("Move", after)
            applied.append((time.perf_counter() - begin) * 1e3)
            pauses.clear()
            last[0] = time.perf_counter()
            while shown.live_check.is_running:
                rest(5)
            latency.append((time.perf_counter() - begin) * 1e3)
            rest(150)
            worst.append(max(pauses))
        print(f"window: a move applied in {statistics.median(applied):.0f} ms (worst {max(applied):.0f})")
        print(f"        findings follow after {statistics.median(latency):.0f} ms (worst {max(latency):.0f})")
        print(f"        longest pause meanwhile {statistics.median(worst):.0f} ms (worst {max(worst):.0f})")
        document.close()
        shown.tasks.shut_down()
    application.quit()


def _with(empty: Workspace, full: Workspace) -> Workspace:
    for layer in full.layers:
        empty = empty.with_layer(layer)
    return empty


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (("sites", 100_000), ("zones", 10_000), ("areas", 50_000), ("moves", 60)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--uncertain", type=float, default=0.0, help="share of sites known to within 111 m")
    parser.add_argument("--window", action="store_true")
    options = parser.parse_args()
    workspace = theatre(options)
    if options.window:
        window(workspace, options)
        return
    print("stand-off alone")
    alone = rechecks(workspace, options, [STANDOFF])
    print("all rules")
    every = rechecks(workspace, options, None)
    for name, ours, theirs in zip(
        ("stand-off", "all"), (alone, every), peer(workspace, options), strict=True
    ):
        if theirs:
            print(f"{name}: 1/{statistics.median(theirs) / statistics.median(ours):.0f} of geopandas")


if __name__ == "__main__":
    main()
