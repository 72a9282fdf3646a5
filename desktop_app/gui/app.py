"""The way into the window. Importing this imports Qt, and neither numpy nor pydantic nor torch."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from desktop_app import __version__
from desktop_app.core.application import Application
from desktop_app.core.system import prepare_libraries
from desktop_app.gui.shell.speech import begin_to_speak
from desktop_app.gui.shell.theme import STYLE_MARK, THEMES, apply_theme
from desktop_app.gui.shell.window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Sequence


def create_window(paths: list[str], application: Application | None = None) -> MainWindow:
    """Return the main window, not yet shown, inside the existing `QApplication`.

    Parameters
    ----------
    paths : list of str
        Photos and projects to open once the window has been painted.
    application : Application, optional
        What it works with; over the user's own folders when none is given.

    Raises
    ------
    RuntimeError
        If there is no `QApplication`.
    """
    running = QApplication.instance()
    if not isinstance(running, QApplication):
        raise RuntimeError("expected a QApplication, got none; make one before the window")
    prepare_libraries(for_window=True)
    application = application or Application()
    begin_to_speak(running, application.settings)
    theme = application.settings.get("theme", "dark")
    window = MainWindow(application, paths)
    apply_theme(running, theme if theme in THEMES else "dark")  # after its widgets are made: they are styled once
    return window


def run(paths: Sequence[str], application: Application | None = None) -> int:
    """Open the window with files, stay until it is closed, and return the exit code; as `create_window` otherwise."""
    import signal

    running = QApplication([*sys.argv[:1], "-style", "Fusion"])
    running.setProperty(STYLE_MARK, "Fusion")
    running.setApplicationName("Verilens")
    running.setApplicationVersion(__version__)
    running.setDesktopFileName("verilens")
    window = create_window(list(paths), application)
    window.show()
    signal.signal(signal.SIGINT, lambda _number, _frame: window.close())
    heartbeat = QTimer()  # lets Python see Ctrl-C while Qt waits
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start(500)
    code = running.exec()
    if not window.has_ended:
        _leave(code)
    return code


def _leave(code: int) -> NoReturn:
    """End the process, whatever a plugin's thread is at: waiting for it could take for ever, and all is saved."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(code)
