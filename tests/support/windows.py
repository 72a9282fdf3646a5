"""What a user does in a window, waited for."""

from __future__ import annotations

from threading import Barrier

from PySide6.QtWidgets import QDoubleSpinBox
from pytestqt.qtbot import QtBot

from desktop_app.core.document.document import Document
from desktop_app.gui.shell.window import MainWindow

PATIENCE_MS = 60_000


def shown_document(window: MainWindow) -> Document:
    """Return the document that a window shows."""
    document = window.rooms.workspace.current
    assert document is not None
    return document


def apply(window: MainWindow, qtbot: QtBot, tool: str = "denoise.light", amount: float | None = None) -> None:
    """Apply a tool, and wait until its state is shown and saved."""
    document = shown_document(window)
    count = len(document.states)
    window.rooms.steps.choose_tool(tool)
    if amount is not None:
        window.parts.form.findChild(QDoubleSpinBox, "param_amount").setValue(amount)
    window.parts.form.apply_button.click()
    qtbot.waitUntil(lambda: len(document.states) == count + 1 and not window.rooms.runs.is_busy, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: document.states[document.cursor].is_saved, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: len(window.parts.history.states()) == count + 1, timeout=PATIENCE_MS)


def wait_for_background(window: MainWindow, qtbot: QtBot) -> None:
    """Wait until the window's other threads have done what they were at, and the window has been told of it."""
    meeting, told = Barrier(2, timeout=PATIENCE_MS / 1000), list[int]()  # of both threads
    for _ in range(2):
        window.rooms.background.run(meeting.wait, told.append, lambda _error: told.append(0))
    qtbot.waitUntil(lambda: len(told) == 2, timeout=PATIENCE_MS)
