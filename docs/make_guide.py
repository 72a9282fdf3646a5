"""Take the pictures of the user's guide: the real window over a sample photo, and its dialogs.

``python docs/make_guide.py [--theme light] [--output FOLDER]`` writes them to ``docs/images/guide`` by default. With
``QT_SCALE_FACTOR=2`` they are those of a screen of twice the density: for looking, not for the repository.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from desktop_app.core.application import Application
from desktop_app.gui.app import create_window
from desktop_app.gui.documents.start import sample_photos
from desktop_app.gui.panels.batch_dialog import BatchDialog
from desktop_app.gui.shell.window import MainWindow

_WINDOW = (1240, 800)
_PATIENCE_MS = 300_000
_TOOL = "denoise.tv"


def main() -> None:
    """Take all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "images" / "guide")
    given = parser.parse_args()
    given.output.mkdir(parents=True, exist_ok=True)
    running = QApplication(sys.argv[:1])
    with TemporaryDirectory() as home:
        application = Application(Path(home))
        application.settings.set("theme", given.theme)
        photo = next(path for path in sample_photos() if path.stem == "coffee")
        window = create_window([str(photo)], application)
        window.resize(*_WINDOW)
        window.show()
        _wait(lambda: window.rooms.keeper.picture() is not None)
        _wait(lambda: _TOOL in window.rooms.plugins.snapshot.tools_by_id)
        window.rooms.steps.choose_tool(_TOOL)
        window.actions_by_id["turn_right"].trigger()
        _wait(lambda: len(window.rooms.workspace.documents[0].states) == 2)
        _wait(lambda: window.rooms.workspace.documents[0].states["s1"].is_saved)
        _save(window, given.output / "window.png")
        _save(_batch(window), given.output / "batch.png")
        window.close()
        running.processEvents()
        application.close()


def _batch(window: MainWindow) -> BatchDialog:
    """Return the batch window, filled in."""
    window.actions_by_id["batch"].trigger()
    dialog = window.findChild(BatchDialog, "batchDialog")
    if dialog is None:
        raise RuntimeError("expected the batch window, found none")
    dialog.add_inputs(["/photos/2026-05", "/photos/2026-*/*.jpg"])
    dialog.folder.setText("/photos/done")
    dialog.names.setText("{name}-{date}")
    return dialog


def _save(widget: QWidget, path: Path) -> None:
    _wait(lambda: True)
    if not widget.grab().save(str(path)):
        raise OSError(f"expected to write {path}, could not")


def _wait(is_there: Callable[[], bool]) -> None:
    """Let the window work until something is there, and half a second more."""
    loop, left = QEventLoop(), _PATIENCE_MS
    while left > 0:
        QTimer.singleShot(500, loop.quit)
        loop.exec()
        if is_there():
            return
        left -= 500
    raise TimeoutError("expected the window to come to rest, but it did not")


if __name__ == "__main__":
    main()
