"""Time from the start of the process to the first painted window, beside a bare PySide6 window, in one run.

Run with `python tests/benchmarks/bench_start.py`. Warm: the first round of each is not counted. Offscreen
unless QT_QPA_PLATFORM says otherwise.
"""

import compileall
import os
import statistics
import subprocess
import sys
import time

BARE = """
import sys, time
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

class Window(QMainWindow):
    def event(self, event):
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, QApplication.instance().quit)
        return super().event(event)

app = QApplication([])
window = Window()
window.setCentralWidget(QLabel("bare"))
window.resize(1280, 720)
window.show()
app.exec()
print(time.time())
"""

OURS = """
import tempfile, time
from desktop.app import make_application
from desktop import theme
from PySide6.QtCore import QEvent, QObject, QSettings, QTimer
from PySide6.QtWidgets import QApplication
from desktop.main_window import MainWindow
from desktop.settings import Settings

class FirstPaint(QObject):
    seen = None

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and self.seen is None:
            self.seen = 0.0
            QTimer.singleShot(0, self.note)
        return False

    def note(self):
        self.seen = time.time()
        print(self.seen, flush=True)
        QApplication.instance().quit()

app = make_application()
settings = Settings(QSettings(tempfile.mktemp(), QSettings.Format.IniFormat))
theme.load_fonts(app)
theme.apply_theme(app, settings.theme)
window = MainWindow(settings)
first = FirstPaint()
window.installEventFilter(first)
window.show()
app.exec()
import os
os._exit(0)
"""


def seconds(program: str) -> float:
    """Start a program and return how long it took until it printed the time of its first paint."""
    begin = time.time()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[0]) - begin


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    compileall.compile_dir("desktop", quiet=1)
    compileall.compile_dir("layers", quiet=1)
    programs = {"bare PySide6 window": BARE, "deconflict": OURS}
    times: dict[str, list[float]] = {name: [] for name in programs}
    for round_ in range(8):
        for name, program in programs.items():
            taken = seconds(program)
            if round_:
                times[name].append(taken)
    bare = statistics.median(times["bare PySide6 window"])
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:24} {median:6.3f} s  {median / bare:5.2f} x bare")


if __name__ == "__main__":
    main()
