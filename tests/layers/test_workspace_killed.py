"""SIGKILL at any moment: what was acknowledged is in the file, and of the next step all or nothing."""

import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from layers.model import Mode, new_workspace
from layers.workspace_file import WorkspaceFile, read_workspace

ROOT = Path(__file__).resolve().parents[2]

WRITER = """
import sys
from dataclasses import replace
sys.path[:0] = sys.argv[2:]
from tests_workspace_support import step
from layers.workspace_file import WorkspaceFile
with WorkspaceFile.open(sys.argv[1]) as file:
    for number in range(10_000):
        file.commit(f"step {number}", step(file.workspace, number))
        print(number, flush=True)
"""

SUPPORT = """
from dataclasses import replace
import numpy as np, shapely
from layers.kinds import spec_of
from layers.model import Kind, Layer, new_feature, table_of
SPEC = spec_of(Kind.HUMANITARIAN_SITE)

def table(number):
    features = [
        new_feature(
            SPEC.kind, shapely.Point(i / 1000, 1), feature_id=f"{number}-{i}", name="0", attributes={"a": i}
        )
        for i in range(1500)
    ]
    return table_of(SPEC, features)

def step(workspace, number):
    '''Import a layer, then change all of it four times, then remove the one before.'''
    if number % 5 == 0:
        layer = Layer(f"l{number}", SPEC.kind, "Layer", table(number))
        return replace(workspace, title=str(number), layers=(*workspace.layers[-1:], layer))
    layer = workspace.layers[-1]
    names = np.full(len(layer.table), str(number), dtype=object)
    changed = replace(layer, table=replace(layer.table, name=names))
    return replace(workspace, title=str(number), layers=(*workspace.layers[:-1], changed))
"""


def check(workspace, acknowledged):
    """What is in the file is exactly one whole step: the last acknowledged one or the one after it."""
    reached = int(workspace.title) if workspace.title != "kill" else -1
    assert reached in (acknowledged, acknowledged + 1)
    if reached < 0:
        return
    newest = workspace.layers[-1]
    assert newest.id == f"l{reached - reached % 5}"
    assert len(newest.table) == 1500
    assert set(newest.table.name) == {str(reached) if reached % 5 else "0"}
    assert len(workspace.layers) == (1 if reached < 5 else 2)


def test_a_killed_program_leaves_every_acknowledged_step_and_all_or_none_of_the_next(tmp_path):
    (tmp_path / "tests_workspace_support.py").write_text(SUPPORT, encoding="utf-8")
    chosen = random.Random(20261123)
    start = new_workspace("kill", Mode.TEST, datetime(2026, 11, 23, tzinfo=UTC))
    in_flight = 0
    for attempt in range(12):
        path = tmp_path / f"w{attempt}.gpkg"
        WorkspaceFile.create(path, start).close()
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(ROOT), str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        lines = [writer.stdout.readline() for _ in range(chosen.randrange(1, 12))]
        time.sleep(chosen.uniform(0, 0.03))
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.readlines()
        writer.wait()
        writer.stdout.close()
        journal = path.with_name(path.name + "-journal")
        in_flight += journal.exists() and journal.stat().st_size > 0
        acknowledged = int(lines[-1])
        check(read_workspace(path), acknowledged)
        with WorkspaceFile.open(path) as file:
            check(file.workspace, acknowledged)
            file.commit("life goes on", replace(file.workspace, title="after"))
            texts = [entry.text for entry in file.log()]
        assert texts[: acknowledged + 2] == [
            "Workspace created",
            *(f"step {i}" for i in range(acknowledged + 1)),
        ]
        assert read_workspace(path).title == "after"
    assert in_flight, "no kill hit a transaction: the test shows nothing"
