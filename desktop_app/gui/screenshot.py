"""A picture of the whole window, taken without anybody at it: for the documentation, and where there is no display."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from desktop_app.api.errors import InputError
from desktop_app.core.application import Application
from desktop_app.gui.app import create_window

_SETTLING_MS = 400  # after a photo is shown: the map over it is drawn next
_PATIENCE_MS = 30_000


def take_screenshot(paths: list[str], target: Path, application: Application, size: tuple[int, int]) -> None:
    """Open files in a window, wait until they are shown, and save a picture of it.

    Parameters
    ----------
    paths : list of str
        Photos and projects.
    target : Path
        A PNG file.
    application : Application
        What the window works with.
    size : tuple of int
        The window's width and height in pixels.

    Raises
    ------
    InputError
        If the picture cannot be written.
    """
    running = QApplication.instance() or QApplication(sys.argv[:1])
    window = create_window(paths, application)
    window.resize(*size)
    loop = QEventLoop()
    window.rooms.keeper.shown.connect(lambda _state: QTimer.singleShot(_SETTLING_MS, loop.quit))
    QTimer.singleShot(_PATIENCE_MS, loop.quit)
    window.show()
    loop.exec()
    is_saved = window.grab().save(str(target))
    window.close()
    running.processEvents()
    if not is_saved:
        raise InputError(f"expected a place for the screenshot at {str(target)!r}, could not write it; choose another")
