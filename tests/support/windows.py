"""What a user does in a window, waited for."""

from __future__ import annotations

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
