"""``verilens [FILE…]``: the window."""

from __future__ import annotations

import os
from collections.abc import Sequence

from desktop_app.api.errors import VerilensError
from desktop_app.cli.console import Console
from desktop_app.core.system import has_display, qt_fault


def open_window(paths: Sequence[str], console: Console) -> int:
    """Open the window with these files as documents, and return its exit code once it is closed.

    Raises
    ------
    VerilensError
        If there is no display, or Qt cannot be used.
    """
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    fault = qt_fault(off_screen=platform in ("offscreen", "minimal", "vnc")) if has_display() else (
        "expected a display for the window, found none; use the commands, which need none (verilens --help)")
    if fault is not None:
        raise VerilensError(fault)
    from desktop_app.gui.app import run

    return run(list(paths), console.application())
