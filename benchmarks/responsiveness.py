"""The longest time that the window's event loop is held while a tool runs on a photo of 24 megapixels.

The window is real (drawn off screen unless QT_QPA_PLATFORM says otherwise): a timer ticks every 5 ms from the moment
the photo is shown until the step is shown as saved. torch is loaded before the clock starts.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.timing import Row

_HEIGHT, _WIDTH = 4000, 6000
_TOOLS = ("denoise.tv", "denoise.nlm")
_LIMIT_MS = 50.0
_PATIENCE_MS = 400_000


def measure() -> list[Row]:
    """Return a row per tool: the longest stall."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from desktop_app.core.application import Application
    from desktop_app.gui.app import create_window

    application = QApplication.instance() or QApplication([])
    with TemporaryDirectory() as folder:
        photo = _photo(Path(folder) / "photo.tif")
        window = create_window([str(photo)], Application(Path(folder) / "home"))
        window.resize(1600, 1000)
        window.show()
        _wait(lambda done: window.rooms.keeper.shown.connect(lambda _state: done()))
        _wait(lambda done: _later(2000, done))  # torch is loaded in an idle moment after the photo is shown
        rows = [_row(window, tool) for tool in _TOOLS]
        window.close()
        application.processEvents()
    return rows


def _row(window: Any, tool: str) -> Row:
    from desktop_app.gui.setup.stall import StallMeter

    window.rooms.steps.choose_tool(tool)
    _wait(lambda done: _later(500, done))
    meter = StallMeter()
    shown: list[object] = []
    window.rooms.keeper.shown.connect(shown.append)
    window.rooms.steps.apply()
    _wait(lambda done: _when(lambda: not window.rooms.runs.is_busy and bool(shown) and _is_saved(window), done))
    longest = meter.stop() * 1000
    return Row(
        f"{tool} on 24 MP, longest stall", longest, _LIMIT_MS, "what a user does not feel", "≤ 1", unit="ms",
    )


def _is_saved(window: Any) -> bool:
    document = window.rooms.viewer.document
    return document is not None and all(state.is_saved for state in document.states.values())


def _wait(connect: Any) -> None:
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    connect(loop.quit)
    QTimer.singleShot(_PATIENCE_MS, loop.quit)
    loop.exec()


def _later(milliseconds: int, done: Any) -> None:
    from PySide6.QtCore import QTimer

    QTimer.singleShot(milliseconds, done)


def _when(condition: Any, done: Any) -> None:
    from PySide6.QtCore import QTimer

    def look() -> None:
        if condition():
            done()
        else:
            QTimer.singleShot(50, look)

    look()


def _photo(path: Path) -> Path:
    import tifffile

    rows, columns = np.mgrid[0:_HEIGHT, 0:_WIDTH].astype(np.float32)
    base = 0.5 + 0.3 * np.sin(rows / 97) * np.cos(columns / 131)
    noise = np.random.default_rng(0).normal(0, 0.05, (_HEIGHT, _WIDTH, 3)).astype(np.float32)
    tifffile.imwrite(path, np.rint(np.clip(base[..., None] + noise, 0, 1) * 255).astype(np.uint8), photometric="rgb")
    return path
