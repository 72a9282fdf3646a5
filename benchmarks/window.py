"""What a photographer waits for in the window: opening, a jump in the history, a preview, a pan; and what it holds.

The window is real (drawn off screen unless QT_QPA_PLATFORM says otherwise), at 1600 × 1000; the photo is a JPEG of 24
megapixels, the large one has 400 and is panned at 100% in 1920 × 1080. First pixels: from the wish to a picture on the
canvas; all of its pixels: to the whole photo there; in turn with the bare decode, medians. Stalls: the longest of each
opening, and the median of these. Jumps go up and down the history, over states that were shown before. A preview is
timed from a slider's last move to the patch on the photo, the pause after the move included; a draft comes first where
the tool is slow. Memory is what the process holds more with the photo than with a small one to which the same was done,
in photos of 8 bits, and without what is kept for going back (an eighth of what is free for pictures, a quarter for
pixels); the state before is among that, unless a comparison shows it.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
from PIL import Image

from benchmarks.desk import picture
from benchmarks.responsiveness import _later, _wait, _when
from benchmarks.timing import Row
from desktop_app.core.application import Application
from desktop_app.core.document.session import Session
from desktop_app.gui.documents import picture as keeping

_BUFFER = 6000 * 4000 * 3
_LIMIT_MS = 50.0
_OPENINGS = 7
_PREVIEWS = 9


def measure() -> list[Row]:
    """Return a row for each of these."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance() or QApplication([])
    with TemporaryDirectory() as folder:
        jpeg = Path(folder) / "photo.jpg"
        picture(4000, 6000).save(jpeg, quality=92)
        rows = [*_memory(jpeg, Path(folder) / "home-forgetful"), *_of_a_photo(jpeg, Path(folder) / "home")]
        application.processEvents()
        rows += _of_a_large_one(Path(folder))
        application.processEvents()
    return rows


def _of_a_photo(jpeg: Path, home: Path) -> list[Row]:
    window = _window(home, (1600, 1000))
    _rest(1000)
    rows = [*_openings(window, jpeg), *_jumps(window), *_preview(window)]
    _close(window)
    return rows


def _memory(jpeg: Path, home: Path) -> list[Row]:
    """Return what a photo with two steps takes in a window that keeps nothing for going back, and as it is compared.

    What the first photo of all loads is there before: the same was done to a small one.
    """
    small = home.with_suffix(".jpg")
    picture(640, 960).save(small)
    with patch.object(keeping, "_budget", int):
        window = _window(home, (1600, 1000), _Forgetful(home))
        _turned_twice(window, small)
        held = _held()
        _turned_twice(window, jpeg)
        taken = (_held() - held) / _BUFFER
        window.actions_by_id["compare_split"].trigger()
        _wait(lambda done: _when(lambda: window.parts.canvas.scene().before is not None, done))
        _rest(1000)
        compared = (_held() - held) / _BUFFER
        _close(window)
    work = "memory of the photo and two steps, nothing kept for going back"
    return [
        Row(work, taken, None, "–", "≤ 3", "photos"),
        Row("the same while it is compared with the step before", compared, None, "–", "≤ 3", "photos"),
    ]


def _turned_twice(window: Any, jpeg: Path) -> None:
    for document in list(window.rooms.workspace.documents):
        window.rooms.close_document(document)
    _seconds(window, lambda: window.rooms.workspace.open_files([str(jpeg)]))
    _turn(window)
    _rest(3000)


def _turn(window: Any) -> None:
    """Turn the photo to the right, twice, and wait until both steps are on the disk."""
    document = window.rooms.workspace.current
    for _ in range(2):
        count = len(document.states)
        window.rooms.steps.apply_tool("enhance.rotate", {"turn": "right"})
        _wait(lambda done, count=count: _when(lambda: len(document.states) > count and _is_saved(document), done))


class _Glance:
    """Looks at an empty canvas every few milliseconds, and keeps when a picture is first on it."""

    def __init__(self, window: Any) -> None:
        from PySide6.QtCore import QTimer

        self.seconds, self._canvas = 0.0, window.parts.canvas
        self._timer, self._started = QTimer(window), time.perf_counter()
        self._timer.timeout.connect(self._look)
        self._timer.start(2)

    def _look(self) -> None:
        if self._canvas.scene().after is not None:
            self._canvas.repaint()
            self.seconds = time.perf_counter() - self._started
            self._timer.stop()


def _openings(window: Any, jpeg: Path) -> list[Row]:
    """Open a photo several times, in turn with the bare decode; the last one stays."""
    from desktop_app.gui.setup.stall import StallMeter

    workspace = window.rooms.workspace
    bare: list[tuple[float, float]] = []
    opened: list[tuple[float, float]] = []
    stalls, first = [], []
    for _ in range(_OPENINGS):
        for document in list(workspace.documents):
            window.rooms.close_document(document)
        _rest(1000)
        bare.append(_with_cpu(lambda: _decode(jpeg)))
        meter, glance = StallMeter(), _Glance(window)
        opened.append(_with_cpu(lambda: _seconds(window, lambda: workspace.open_files([str(jpeg)]))))
        _rest(1500)
        stalls.append(1000 * meter.stop())
        first.append(glance.seconds)
    stall, longest = statistics.median(stalls), f"of {_OPENINGS}, the longest {max(stalls):.0f} ms"
    ours, our_cpu = map(statistics.median, zip(*opened, strict=True))
    theirs, their_cpu = map(statistics.median, zip(*bare, strict=True))
    note = f"of {_OPENINGS}; CPU {our_cpu:.3g} s against {their_cpu:.3g}"
    return [
        Row("open a JPEG of 24 MP, to first pixels", statistics.median(first), theirs, "Pillow's decode", "≤ 1.5"),
        Row("open a JPEG of 24 MP, to all of its pixels", ours, theirs, "Pillow's decode", "–", note=note),
        Row("the same, longest stall", stall, _LIMIT_MS, "what a user does not feel", "≤ 1", "ms", longest),
    ]


def _jumps(window: Any) -> list[Row]:
    from desktop_app.gui.setup.stall import StallMeter

    document = window.rooms.workspace.current
    _turn(window)
    _rest(1000)
    states = list(document.states)
    meter, times = StallMeter(), []
    for state in [*states[::-1][1:], *states[1:], *states[::-1][1:], *states[1:]]:
        times.append(1000 * _seconds(window, partial(document.jump, state)))
        _rest(300)
    stall = 1000 * meter.stop()
    note = f"of {len(times)}, the slowest {max(times):.0f} ms"
    return [
        Row("jump in the history of 24 MP, to its pixels", statistics.median(times), _LIMIT_MS, "–", "≤ 1", "ms", note),
        Row("the same, longest stall", stall, _LIMIT_MS, "what a user does not feel", "≤ 1", "ms"),
    ]


def _preview(window: Any) -> list[Row]:
    from PySide6.QtWidgets import QDoubleSpinBox

    from desktop_app.gui.steps.work import ROUGH

    window.rooms.steps.choose_tool("denoise.tv")
    _rest(500)
    form, canvas, shown = window.parts.form, window.parts.canvas, list[tuple[float, bool]]()

    def note() -> None:
        shown.append((time.perf_counter(), canvas.scene().preview.label != ROUGH))

    def finished() -> bool:
        return bool(shown) and shown[-1][1]

    window.rooms.steps.previews.appeared.connect(note)
    form.preview_toggle.setChecked(True)
    _wait(lambda done: _when(finished, done))
    first, last = [], []
    for number in range(_PREVIEWS):
        shown.clear()
        started = time.perf_counter()
        form.findChild(QDoubleSpinBox, "param_strength").setValue(0.5 + 0.1 * number)
        _wait(lambda done: _when(finished, done))
        first.append(1000 * (shown[0][0] - started))
        last.append(1000 * (shown[-1][0] - started))
    form.preview_toggle.setChecked(False)
    work, fastest = "preview of denoise.tv after a slider stops", f"the fastest {min(first):.0f} ms"
    return [
        Row(f"{work}, first", statistics.median(first), None, "–", "≤ 150 ms", "ms", fastest),
        Row(f"{work}, as fine as the screen", statistics.median(last), None, "–", "–", "ms"),
    ]


def _of_a_large_one(folder: Path) -> list[Row]:
    jpeg = folder / "large.jpg"
    tile = np.asarray(picture(4000, 4000))
    Image.fromarray(np.tile(tile, (5, 5, 1))).save(jpeg, quality=85)  # at once: far more memory
    window = _window(folder / "home-large", (1920 + 700, 1080 + 140))
    glance = _Glance(window)
    opened = _seconds(window, lambda: window.rooms.workspace.open_files([str(jpeg)]))
    _rest(1000)
    canvas, times = window.parts.canvas, []
    window.toggle_panels()
    canvas.setFixedSize(1920, 1080)
    canvas.actual_size()
    _rest(500)
    for step in range(200):
        started = time.perf_counter()
        canvas.pan(23 if step % 40 < 20 else -23, 11)
        canvas.repaint()
        times.append(1000 * (time.perf_counter() - started))
    size = canvas.size()
    _close(window)
    p95 = statistics.quantiles(times, n=20)[-1]
    return [
        Row("open a JPEG of 400 MP, to first pixels", glance.seconds, None, "–", "–"),
        Row("open a JPEG of 400 MP, to all of its pixels", opened, None, "–", "–"),
        Row(f"pan 400 MP at 100%, 95th of 100 frames, {size.width()} × {size.height()}", p95, None, "–", "≤ 8 ms", "ms",
            f"median {statistics.median(times):.2g} ms"),
    ]


class _Forgetful(Application):
    """A program whose session keeps no more pixels than are looked at."""

    @property
    def session(self) -> Session:
        return self._part("session", lambda: Session(self.data / "session", cache_bytes=0))


def _window(home: Path, size: tuple[int, int], application: Application | None = None) -> Any:
    from desktop_app.gui.app import create_window

    window = create_window([], application or Application(home))
    window.resize(*size)
    window.show()
    _wait(lambda done: _when(lambda: bool(window.rooms.plugins.snapshot.tools), done))
    return window


def _close(window: Any) -> None:
    window.close()
    window.deleteLater()


def _seconds(window: Any, act: Callable[[], object]) -> float:
    """Return how long it is from a wish until the canvas has the picture, and has drawn it."""
    shown: list[float] = []

    def drawn(_state: str) -> None:
        window.parts.canvas.repaint()
        shown.append(time.perf_counter())

    connection = window.rooms.keeper.shown.connect(drawn)
    started = time.perf_counter()
    act()
    _wait(lambda done: _when(lambda: bool(shown), done))
    window.rooms.keeper.shown.disconnect(connection)
    return shown[0] - started


def _decode(jpeg: Path) -> float:
    started = time.perf_counter()
    with Image.open(jpeg) as image:
        image.load()
    return time.perf_counter() - started


def _with_cpu(measured: Callable[[], float]) -> tuple[float, float]:
    """Return seconds, and those of the process's own clock, which other work on the machine moves less."""
    started = time.process_time()
    return measured(), time.process_time() - started


def _note(times: list[float]) -> None:
    times.append(time.perf_counter())


def _is_saved(document: Any) -> bool:
    return all(state.is_saved for state in document.states.values())


def _held() -> int:
    """Return the bytes of memory that this process holds (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _rest(milliseconds: int) -> None:
    _wait(lambda done: _later(milliseconds, done))
