"""Does the window stay responsive while 200,000 rows are imported? Ticks of the event loop, in one run.

Run with `python tests/benchmarks/bench_import_dialog.py [--rows N] [--file points] [--window]`, offscreen or
not. The file is a table, or a shapefile of points or polygons as in `bench_import.py`. A timer
of 5 ms notes how long the event loop was away: while the file is read, while doubts are looked for, at
every step of the dialog, and while it is imported. `own` is the time that the window's own thread was
at work in that pause; the rest it waited for the interpreter or for a core. With `--window`, inside
the whole program.
"""

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSettings, QTimer

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench_import import make_points, make_polygons, write_shapefile

from desktop.app import make_application
from desktop.demo import rest
from desktop.dialogs.import_dialog import ImportDialog
from desktop.dialogs.import_page import PageState
from desktop.dialogs.import_steps import Step, StepState
from desktop.document import Document
from desktop.main_window import MainWindow
from desktop.settings import Settings
from desktop.tasks import Tasks
from layers.model import Mode

NOTED_MS = 50
STALL_MS = 100


class Ticks:
    """Notes pauses of the event loop under the name of what goes on."""

    def __init__(self) -> None:
        self.stage = ""
        self.pauses: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self._at, self._own = time.perf_counter(), time.thread_time()
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(5)

    def _tick(self) -> None:
        at, own = time.perf_counter(), time.thread_time()
        away = (at - self._at) * 1000
        if away > NOTED_MS:
            self.pauses[self.stage].append((away, (own - self._own) * 1000))
        self._at, self._own = at, own

    def report(self) -> None:
        for stage, pauses in self.pauses.items():
            worst = max(pauses)
            over = sum(away > STALL_MS for away, _ in pauses)
            print(
                f"{stage:>10}: worst {worst[0]:4.0f} ms (own {worst[1]:4.0f} ms), over {STALL_MS} ms: {over}"
            )


def make_table(path: Path, rows: int) -> Path:
    rng = np.random.default_rng(1)
    lon, lat = 25 + rng.random(rows), 42 + rng.random(rows)
    words = ("clinic", "school", "bakerey")
    with path.open("w", encoding="utf-8") as file:
        file.write("id,name,type,status,lon,lat\n")
        file.writelines(
            f"S-{n},Site {n},{words[n % 3]},open,{lon[n]:.6f},{lat[n]:.6f}\n" for n in range(rows)
        )
    return path


def make_file(folder: Path, sort: str, rows: int) -> Path:
    if sort == "csv":
        return make_table(folder / "sites.csv", rows)
    path = folder / f"{sort}.shp"
    make, geometry_type = (make_points, "Point") if sort == "points" else (make_polygons, "Polygon")
    write_shapefile(path, make(rows, np.random.default_rng(1)), geometry_type)
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--file", choices=("csv", "points", "polygons"), default="csv")
    parser.add_argument("--window", action="store_true")
    asked = parser.parse_args()
    application = make_application()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        path = make_file(folder, asked.file, asked.rows)
        window = None
        if asked.window:
            ini = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
            window = MainWindow(Settings(ini))
            window.resize(1366, 768)
            window.show()
            document, tasks = window.document, window.tasks
        else:
            document, tasks = Document(journal=folder / "journal"), Tasks()
        document.new(folder / "work.gpkg", "Benchmark", Mode.TEST)
        rest(3_000)
        run(document, tasks, window, path)
        document.close()
        tasks.shut_down()
    application.quit()
    return 0


def run(document: Document, tasks: Tasks, window: MainWindow | None, path: Path) -> None:
    ticks = Ticks()
    ticks.stage = "open"
    dialog = ImportDialog(document, tasks, [path], window)
    dialog.show()
    rest(50)
    ticks.stage = "read"
    while dialog.page.state is not PageState.READY:
        rest(20)
    ticks.stage = "doubts"
    while dialog.page.overall() is StepState.BUSY:
        rest(20)
    ticks.stage = "steps"
    for step in Step:
        dialog.go_to(step)
        rest(400)
    ticks.stage = "import"
    dialog.start_import()
    while not dialog.report.reports:
        rest(20)
    ticks.stage = "afterwards"
    rest(3_000)
    ticks.report()
    dialog.reject()


if __name__ == "__main__":
    sys.exit(main())
