"""A large JPEG is seen at a fraction of its size while all of it is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from desktop_app.gui.shell.window import MainWindow
from tests.support.windows import PATIENCE_MS

OpenWindow = Callable[..., MainWindow]


@pytest.mark.parametrize(("size", "small"), [((4800, 3600), (2400, 1800)), ((480, 360), None)])
def test_a_large_jpeg_is_seen_before_it_is_read(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot, size: tuple[int, int], small: tuple[int, int] | None
) -> None:
    window = open_window()
    may_read, session = Event(), window.application.session
    read = session._read

    def late(*given: Any, **more: Any) -> Any:
        may_read.wait(PATIENCE_MS / 1000)
        return read(*given, **more)

    session._read = late
    path = tmp_path / "photo.jpg"
    Image.new("RGB", size, (10, 200, 30)).save(path)
    seen: list[tuple[int, int]] = []
    window.parts.canvas.viewChanged.connect(
        lambda _view: seen.append(after.size) if (after := window.parts.canvas.scene().after) else None)
    window.rooms.workspace.open_files([str(path)])
    if small is not None:
        qtbot.waitUntil(lambda: window.rooms.heralds.shown == path, timeout=PATIENCE_MS)
        assert window.parts.canvas.scene().after.size == small
        assert window.rooms.workspace.current is None
    may_read.set()
    qtbot.waitUntil(lambda: window.rooms.keeper.picture() is not None, timeout=PATIENCE_MS)
    assert window.parts.canvas.scene().after.size == size
    assert window.rooms.heralds.shown is None
    assert set(seen) <= {size, small}
