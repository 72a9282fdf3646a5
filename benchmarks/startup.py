"""Time to the first painted window, from starting Python: ours beside a bare QMainWindow with a label.

napari's viewer, measured with the same script on a two-core machine, took 13.6 times the bare window (3.4 s to 0.25 s);
where napari is installed it is measured here.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.timing import Row, alternate, medians

_BARE = """
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
app = QApplication([])
window = QMainWindow(); window.setCentralWidget(QLabel("hello"))
"""
_OURS = """
from PySide6.QtWidgets import QApplication
from desktop_app.gui.app import create_window
app = QApplication([])
window = create_window([])
"""
_NAPARI = """
import napari
from PySide6.QtWidgets import QApplication
window = napari.Viewer(show=False).window._qt_window
app = QApplication.instance()
"""
# The process ends as soon as the window has been painted once.
_PAINTED = """
import os
from PySide6.QtCore import QEvent, QObject, QTimer
class Painted(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, lambda: os._exit(0))
        return False
painted = Painted(); window.installEventFilter(painted); window.resize(1280, 800); window.show(); app.exec()
"""


def measure() -> list[Row]:
    """Return the bare window's, ours, and napari's time where it is installed."""
    with TemporaryDirectory() as home:
        environment = {**os.environ, "VERILENS_HOME": home}
        _warm_the_cache(environment)
        programs = {"bare": _BARE, "ours": _OURS}
        if importlib.util.find_spec("napari"):
            programs["napari"] = _NAPARI
        runs = {name: lambda code=code: _start(code, environment) for name, code in programs.items()}
        seconds = medians(alternate(runs, count=9))
    rows = [Row("first painted window", seconds["ours"], seconds["bare"], "a bare QMainWindow", "≤ 2")]
    if "napari" in seconds:
        rows.append(Row("first painted window", seconds["ours"], seconds["napari"], "napari's viewer", "≤ 0.2"))
    return rows


def _start(code: str, environment: dict[str, str]) -> float:
    started = time.perf_counter()
    root = Path(__file__).resolve().parent.parent
    subprocess.run([sys.executable, "-c", code + _PAINTED], check=True, env=environment, cwd=root)
    return time.perf_counter() - started


def _warm_the_cache(environment: dict[str, str]) -> None:
    """List the tools once, as any earlier use would have, so that the descriptor cache exists."""
    subprocess.run([sys.executable, "-m", "desktop_app.cli", "tools"], check=True, env=environment, capture_output=True)
