"""Time to the first painted window, from starting Python: ours beside a bare QMainWindow with a label.

napari's viewer is measured by the same script where NAPARI_PYTHON names a Python that has it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from functools import partial
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
        # An installed program has its bytecode; a checkout gets it at its first start, here in a place of its own.
        environment = {**os.environ, "VERILENS_HOME": home, "PYTHONPYCACHEPREFIX": f"{home}/bytecode"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        _warm_the_cache(environment)
        programs = {"bare": (sys.executable, _BARE), "ours": (sys.executable, _OURS)}
        if napari := os.environ.get("NAPARI_PYTHON"):
            programs["napari"] = (napari, _NAPARI)
        runs = {name: partial(_start, *program, environment) for name, program in programs.items()}
        seconds = medians(alternate(runs, count=9))
    rows = [Row("first painted window", seconds["ours"], seconds["bare"], "a bare QMainWindow", "≤ 2")]
    if "napari" in seconds:
        rows.append(Row("first painted window", seconds["ours"], seconds["napari"], "napari's viewer", "≤ 0.2"))
    return rows


def _start(python: str, code: str, environment: dict[str, str]) -> float:
    started = time.perf_counter()
    root = Path(__file__).resolve().parent.parent
    subprocess.run([python, "-c", code + _PAINTED], check=True, env=environment, cwd=root)
    return time.perf_counter() - started


def _warm_the_cache(environment: dict[str, str]) -> None:
    """List the tools once, as any earlier use would have, so that the descriptor cache exists."""
    subprocess.run([sys.executable, "-m", "desktop_app.cli", "tools"], check=True, env=environment, capture_output=True)
