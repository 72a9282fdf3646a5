"""A large JPEG is seen at a fraction of its size while all of it is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from desktop_app.gui.documents import heralds
from desktop_app.gui.shell.window import MainWindow
from tests.support.windows import PATIENCE_MS, wait_for_background

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
        assert not window.parts.start.isVisible()
    else:  # nothing takes the place of what was seen before
        looked: list[None] = []  # after the look, beside what is still being read
        window.rooms.background.run(lambda: None, looked.append, lambda _error: None)
        qtbot.waitUntil(lambda: looked == [None], timeout=PATIENCE_MS)
        assert window.rooms.heralds.shown is None
        assert window.parts.start.isVisible()
    may_read.set()
    qtbot.waitUntil(lambda: window.rooms.keeper.picture() is not None, timeout=PATIENCE_MS)
    assert window.parts.canvas.scene().after.size == size
    assert window.rooms.heralds.shown is None
    assert set(seen) <= {size, small}


def test_a_small_picture_that_comes_too_late_does_not_cover_the_photo(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window()
    may_look, look = Event(), heralds.small_picture

    def late(path: Path) -> object:
        may_look.wait(PATIENCE_MS / 1000)
        return look(path)

    monkeypatch.setattr(heralds, "small_picture", late)
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (4800, 3600), (10, 200, 30)).save(path)
    window.rooms.workspace.open_files([str(path)])
    qtbot.waitUntil(lambda: window.rooms.keeper.picture() is not None, timeout=PATIENCE_MS)
    may_look.set()
    wait_for_background(window, qtbot)
    assert window.rooms.heralds.shown is None
    assert window.parts.canvas.scene().after.size == (4800, 3600)
