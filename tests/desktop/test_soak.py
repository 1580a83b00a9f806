"""PySide6 6.12.0 lost a reference to None with every call that returns nothing, and died of it.

Small suites passed with it, so this one makes 100,000 such calls in a process of its own.
"""

import subprocess
import sys

SOAK = """
from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QTableWidget, QTableWidgetItem
import sys

app = QApplication([])

class Source(QObject):
    fired = Signal(int)

image = QImage(64, 64, QImage.Format.Format_ARGB32)
with QPainter(image) as painter:
    for i in range(40_000):
        painter.drawPoint(QPointF(i % 64, i % 61))
        painter.save()
        painter.restore()
table = QTableWidget(100, 10)
for round_ in range(20):
    for row in range(100):
        for column in range(10):
            table.setItem(row, column, QTableWidgetItem(str(round_)))
source, seen = Source(), []
source.fired.connect(seen.append)
for i in range(40_000):
    source.fired.emit(i)
assert len(seen) == 40_000
print("alive", sys.getrefcount(None) > 1000)
"""


def test_a_hundred_thousand_calls_in_one_process():
    done = subprocess.run(
        [sys.executable, "-c", SOAK], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "alive True"
