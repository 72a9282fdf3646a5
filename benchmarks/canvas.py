"""A 100-megapixel photo in 1920 × 1080: our whole paint beside one bare `drawImage` of the nearest pyramid level.

The bare call has its image ready (level 0 in 24 bits, as the photo is, smaller ones in 32) and knows where to put it;
ours starts at the scene. Both draw into the same 32-bit image, as into a window's backing store.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from benchmarks.timing import Row, alternate, medians

WIDTH, HEIGHT = 11585, 8634
WINDOW = (1920, 1080)
_COUNT = 31


def measure() -> list[Row]:
    """Return a row for each kind of view, and one for the memory of an open photo."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from desktop_app.gui.canvas import CanvasScene, ViewState
    from desktop_app.gui.canvas.geometry import fit

    application = QApplication.instance() or QApplication([])
    picture, memory = _open_photo()
    alone = CanvasScene(picture, picture)
    layered = replace(alone, overlay=_map(), opacity=0.5)
    split, both = replace(alone, compare="split"), replace(layered, compare="split")
    views = {
        "fit": fit((WIDTH, HEIGHT), WINDOW),
        "40%": ViewState(0.4, WIDTH / 2, HEIGHT / 2),
        "70%": ViewState(0.7, WIDTH / 2, HEIGHT / 2),
        "100%": ViewState(1.0, WIDTH / 2, HEIGHT / 2),
        "400%": ViewState(4.0, WIDTH / 2, HEIGHT / 2),
    }
    rows = [_row(f"paint at {name}", alone, view, "≤ 2") for name, view in views.items()]
    rows.append(_row("pan at 100%", alone, views["100%"], "≤ 2", step=7.0))
    rows += [_row(f"map at {name}", layered, views[name], "≤ 4") for name in ("fit", "100%")]
    rows += [_row(f"split at {name}", split, views[name], "≤ 4") for name in ("fit", "100%")]
    rows.append(_row("map and split at fit", both, views["fit"], "–"))
    del application
    return [*rows, memory]


def _open_photo() -> tuple[Any, Row]:
    import numpy as np
    import psutil

    from desktop_app.core.imaging.raster import Raster
    from desktop_app.gui.canvas.images import raster_image

    process = psutil.Process()
    raster_image(Raster(np.zeros((1000, 1000, 3), np.uint8)))  # loads what has to be loaded
    before = process.memory_info().rss
    tile = np.random.default_rng(0).integers(0, 256, (512, 512, 3), dtype=np.uint8)
    pixels = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    for top in range(0, HEIGHT, 512):
        for left in range(0, WIDTH, 512):
            pixels[top : top + 512, left : left + 512] = tile[: HEIGHT - top, : WIDTH - left]
    picture = raster_image(Raster(pixels))
    held = (process.memory_info().rss - before) / 1e6
    return picture, Row("memory of the open photo", held, pixels.nbytes / 1e6, "its 8-bit bytes", "≤ 2.5", "MB")


def _map() -> Any:
    import numpy as np

    from desktop_app.gui.canvas import OverlayImage
    from desktop_app.gui.canvas.overlay import colour_table, index_levels

    ramp = np.linspace(0.0, 1.0, WIDTH, dtype=np.float32)
    values = np.broadcast_to(ramp, (HEIGHT, WIDTH))
    return OverlayImage(index_levels(values, 0.0, 1.0), colour_table("inferno"))


def _row(work: str, scene: Any, view: Any, goal: str, step: float = 0.0) -> Row:
    from PySide6.QtGui import QImage

    screen = QImage(*WINDOW, QImage.Format.Format_RGB32)
    runs = {"bare": _bare(screen, scene, view), "ours": _ours(screen, scene, view, step)}
    seconds = medians(alternate(runs, count=_COUNT, warm_up=3))
    return Row(work, seconds["ours"] * 1e3, seconds["bare"] * 1e3, "bare drawImage", goal, "ms")


def _ours(screen: Any, scene: Any, view: Any, step: float) -> Callable[[], None]:
    from PySide6.QtGui import QColor, QPainter

    from desktop_app.gui.canvas.paint import Style, paint_frame
    from desktop_app.gui.canvas.resolve import resolve

    style = Style(QColor("#1e1e1e"), QColor("#c8c8c8"), QColor("#969696"))
    moved = [view]

    def paint() -> None:
        moved[0] = replace(moved[0], centre_x=moved[0].centre_x + step)
        painter = QPainter(screen)
        paint_frame(painter, resolve(scene, moved[0], WINDOW), style)
        painter.end()

    return paint


def _bare(screen: Any, scene: Any, view: Any) -> Callable[[], None]:
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QImage, QPainter

    from desktop_app.gui.canvas.resolve import resolve

    draw = resolve(replace(scene, compare="off", overlay=None), view, WINDOW).draws[0]
    pixels = scene.after.levels[draw.level]
    form = QImage.Format.Format_RGB888 if pixels.ndim == 3 else QImage.Format.Format_RGB32
    image = QImage(pixels.data.cast("B"), pixels.shape[1], pixels.shape[0], pixels.strides[0], form)
    target, source = QRectF(*draw.target), QRectF(*draw.region)

    def paint() -> None:
        painter = QPainter(screen)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, view.zoom < 1)
        painter.drawImage(target, image, source)
        painter.end()

    return paint
