"""Small pictures with known pixels, and a canvas that shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtWidgets import QApplication

from desktop_app.gui.canvas import Canvas, CanvasScene, PyramidImage

Grab = Callable[[Canvas], NDArray[np.uint8]]


def pyramid_of(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], ...]:
    """Halve by area until a side is odd or small."""
    levels = [pixels]
    while min(levels[-1].shape[:2]) >= 8 and not any(side % 2 for side in levels[-1].shape[:2]):
        height, width, channels = levels[-1].shape
        means = levels[-1].reshape(height // 2, 2, width // 2, 2, channels).mean((1, 3))
        levels.append(np.rint(means).astype(np.uint8))
    return tuple(levels)


@pytest.fixture(scope="session")
def noise() -> NDArray[np.uint8]:
    """Every pixel another colour, 96 high and 128 wide."""
    return np.random.default_rng(7).integers(0, 256, (96, 128, 3), dtype=np.uint8)


@pytest.fixture
def picture(noise: NDArray[np.uint8]) -> PyramidImage:
    return PyramidImage(pyramid_of(noise))


@pytest.fixture
def grab() -> Grab:
    def grabbed(canvas: Canvas) -> NDArray[np.uint8]:
        image = canvas.grab().toImage().convertToFormat(canvas.grab().toImage().Format.Format_RGB888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()

    return grabbed


@pytest.fixture
def canvas(qtbot: Any, picture: PyramidImage) -> Canvas:
    """A canvas of 200 × 150, which shows the noise at 100% in its middle: at (36, 27)."""
    widget = Canvas()
    qtbot.addWidget(widget)
    widget.resize(200, 150)
    widget.show()
    QApplication.processEvents()
    widget.set_scene(CanvasScene(after=picture))
    return widget
