"""One edit of each kind of feature among 100,000 sites: the re-check, and taking it into the workspace.

    python tests/benchmarks/bench_edits.py [--sites 100000] [--zones 10000] [--areas 50000] [--edits 6]

Every no-strike area names a site, and there are roads, movements, projects, hazards and assessments beside.
Rules that have to be asked about everything are named.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench_engine import HEIGHT, SOUTH, WEST, WIDTH
from bench_live import NOW, theatre

from layers.checks import check
from layers.decisions import absorb, absorb_again
from layers.kinds import spec_of
from layers.model import Feature, Kind, Layer, Workspace, new_feature, table_of
from layers.recheck import Kept, recheck
from layers.volume import Window

OTHERS = {
    Kind.MOVEMENT: (2_000, "convoy"),
    Kind.PROJECT: (3_000, "water"),
    Kind.HAZARD: (3_000, "mines"),
    Kind.ASSESSMENT: (2_000, "needs"),
    Kind.REFERENCE: (3_000, "road"),
}


def full_theatre(options: argparse.Namespace) -> Workspace:
    rng = np.random.default_rng(9)
    workspace = theatre(options)
    areas = workspace.layer(Kind.NO_STRIKE_AREA)
    named = [
        areas.table.row(i, areas.kind).with_changes(
            fields={"site_id": f"{Kind.HUMANITARIAN_SITE}-{i}", "margin_m": 100.0}
        )
        for i in range(len(areas.table))
    ]
    workspace = workspace.with_layer(
        Layer(areas.id, areas.kind, areas.name, areas.table.with_features(named))
    )
    for kind, (count, category) in OTHERS.items():
        points = np.column_stack([WEST + rng.uniform(0, WIDTH, count), SOUTH + rng.uniform(0, HEIGHT, count)])
        steps = np.cumsum(rng.normal(0, 0.02, (count, 20, 2)), axis=1)
        is_line = kind in (Kind.MOVEMENT, Kind.REFERENCE)
        shapes = shapely.linestrings(points[:, None] + steps) if is_line else shapely.points(points)
        said = {"sector": "wash"} if kind in (Kind.PROJECT, Kind.ASSESSMENT) else {}
        said |= {"status": "open"} if kind is Kind.REFERENCE else {}
        features = [
            new_feature(kind, g, feature_id=f"{kind}-{i}", name=f"{kind} {i}", category=category, fields=said)
            for i, g in enumerate(shapes)
        ]
        workspace = workspace.with_layer(Layer(kind, kind, kind, table_of(spec_of(kind), features)))
    return workspace


def moved(feature: Feature, rng: np.random.Generator) -> Feature:
    step = rng.uniform(-0.05, 0.05, 2)
    return feature.with_changes(geometry=shapely.transform(feature.geometry, lambda points: points + step))


def redated(feature: Feature, rng: np.random.Generator) -> Feature:
    return feature.with_changes(window=Window(NOW, NOW + timedelta(hours=int(rng.integers(1, 10_000)))))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (("sites", 100_000), ("zones", 10_000), ("areas", 50_000), ("edits", 6)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    options.uncertain = 0.0
    workspace = full_theatre(options)
    kept, begin = Kept(workspace), time.perf_counter()
    report = check(workspace, now=NOW, scene=kept.scene)
    print(f"full check: {time.perf_counter() - begin:.2f} s, {report.count:,} findings")
    workspace, _ = absorb(workspace, report)
    print(f"{'median of ' + str(options.edits):40} re-check  taken in  asked about everything")
    kinds = (Kind.MILITARY_ZONE, Kind.NO_STRIKE_AREA, Kind.HUMANITARIAN_SITE, *OTHERS)
    for kind in kinds:
        for words, change in (("moved", moved), ("other dates", redated)):
            workspace = edits(workspace, kept, kind, words, change, options.edits)


def edits(
    workspace: Workspace,
    kept: Kept,
    kind: Kind,
    words: str,
    change: Callable[[Feature, np.random.Generator], Feature],
    count: int,
) -> Workspace:
    """Edit features of a kind one after the other, print what that took, and return the workspace."""
    rng = np.random.default_rng(3)
    seconds, taken_in, whole = [], [], frozenset[str]()
    for _ in range(count + 1):
        layer = workspace.layer(kind)
        old = layer.table.row(int(rng.integers(len(layer.table))), kind)
        table = layer.table.with_features([change(old, rng)])
        before, workspace = workspace, workspace.with_layer(Layer(layer.id, kind, layer.name, table))
        begin = time.perf_counter()
        again = recheck(kept, before, workspace, now=NOW)
        middle = time.perf_counter()
        workspace, _ = absorb_again(workspace, again)
        seconds.append(middle - begin)
        taken_in.append(time.perf_counter() - middle)
        whole = again.whole
    told = [f"{statistics.median(column[1:]) * 1e3:7.1f} ms" for column in (seconds, taken_in)]
    print(f"{f'{kind}, {words}':38} {'  '.join(told)}  {', '.join(sorted(whole))}")
    return workspace


if __name__ == "__main__":
    main()
