"""A window that nobody touches does nothing: no clock of it goes on ticking."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDoubleSpinBox
from pytestqt.qtbot import QtBot

from desktop_app.gui.shell.window import MainWindow
from tests.support.windows import PATIENCE_MS, apply

OpenWindow = Callable[..., MainWindow]


def ticking(window: MainWindow) -> list[QTimer]:
    return [timer for timer in window.findChildren(QTimer) if timer.isActive()]


def test_no_clock_ticks_once_things_have_settled(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    apply(window, qtbot)
    window.parts.form.preview_toggle.setChecked(True)
    qtbot.waitUntil(lambda: window.rooms.keeper.has_preview, timeout=PATIENCE_MS)
    window.parts.form.findChild(QDoubleSpinBox, "param_amount").setValue(30)
    assert ticking(window)  # what the form says is previewed and forecast once it stands
    qtbot.waitUntil(lambda: window.parts.canvas.scene().preview.pixels.max() == 140, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not ticking(window), timeout=PATIENCE_MS)
