"""The first screen: a way in for everybody, gone once a photo is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from desktop_app.gui.documents.start import sample_photos, thumbnail
from desktop_app.gui.shell.window import MainWindow

OpenWindow = Callable[..., MainWindow]


def shown(tiles: dict[str, QToolButton]) -> list[str]:
    return [Path(path).name for path, tile in tiles.items() if tile.isVisible()]


def test_an_empty_window_has_an_open_button(
    open_window: OpenWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window()
    called: list[bool] = []
    monkeypatch.setattr("PySide6.QtWidgets.QFileDialog.getOpenFileNames", lambda *_: called.append(True) or ([], ""))
    assert window.parts.start.open_button.isVisible()
    qtbot.mouseClick(window.parts.start.open_button, Qt.MouseButton.LeftButton)
    assert called == [True]


def test_samples_have_small_pictures_and_open(open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window()
    page = window.parts.start
    names = [path.name for path in sample_photos()]
    qtbot.waitUntil(lambda: shown(page.samples.tiles) == names, timeout=60_000)
    tile = page.samples.tiles[str(sample_photos()[0])]
    small = thumbnail(str(sample_photos()[0]), tile.iconSize())
    assert small is not None
    wanted = small.pixelColor(60, 45).getRgb()

    def has_picture() -> bool:
        seen = tile.icon().pixmap(small.size()).toImage().pixelColor(60, 45).getRgb()
        return all(abs(one - other) <= 2 for one, other in zip(seen, wanted, strict=True))  # levels: pixmaps round

    qtbot.waitUntil(has_picture, timeout=60_000)
    assert tile.icon().availableSizes() == [2 * tile.iconSize()]  # sharp on dense screens, too
    qtbot.mouseClick(tile, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.rooms.keeper.picture() is not None, timeout=60_000)
    qtbot.waitUntil(lambda: not page.isVisible(), timeout=60_000)


def test_what_was_opened_last_is_offered_as_far_as_it_is_there(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    gone = photo.with_name("gone.png")
    gone.write_bytes(photo.read_bytes())
    window = open_window(gone, photo)
    assert not window.parts.start.isVisible()
    gone.unlink()
    for document in tuple(window.rooms.workspace.documents):
        window.rooms.close_document(document)
    qtbot.waitUntil(lambda: shown(window.parts.start.recent.tiles) == ["photo.png"], timeout=60_000)


def test_no_more_files_are_offered_than_there_is_room_for(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window()
    for number in range(10):
        path = photo.with_name(f"{number}.png")
        path.write_bytes(photo.read_bytes())
        window.rooms.workspace.remember(path)
    window.rooms.start.fill()
    newest = [f"{number}.png" for number in range(9, 1, -1)]
    qtbot.waitUntil(lambda: shown(window.parts.start.recent.tiles) == newest, timeout=60_000)


def test_a_file_that_cannot_be_opened_leaves_the_way_in(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window()
    bad = photo.with_name("bad.png")
    bad.write_bytes(b"not a picture")
    window.rooms.workspace.open_files([str(bad)])
    qtbot.waitUntil(lambda: "bad.png" in window.parts.messages.text(), timeout=60_000)
    assert window.parts.start.isVisible()


def test_a_photo_may_be_dropped_on_it(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window()
    content = QMimeData()
    content.setUrls([QUrl.fromLocalFile(str(photo))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.parts.start.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, content, left, none))
    qtbot.waitUntil(lambda: window.rooms.keeper.picture() is not None, timeout=60_000)


@pytest.mark.parametrize("width", [320, 640, 1360])
def test_tiles_stay_within_the_window(open_window: OpenWindow, qtbot: QtBot, width: int) -> None:
    window = open_window()
    window.panels.toggle()
    window.resize(width, 589)
    page = window.parts.start
    qtbot.waitUntil(lambda: len(shown(page.samples.tiles)) == len(sample_photos()), timeout=60_000)
    for tile in page.samples.tiles.values():
        right = tile.mapTo(page, QPoint(tile.width(), 0)).x()
        assert right <= page.viewport().width()


def test_a_small_picture_fills_its_size_and_stands_upright(tmp_path: Path) -> None:
    path = tmp_path / "tall.jpg"
    picture = Image.new("RGB", (40, 90), "white")
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    picture.save(path, exif=exif)
    small = thumbnail(str(path), QSize(24, 18))
    assert small is not None
    assert small.size() == QSize(24, 18)
    assert thumbnail(str(tmp_path / "project.vlens"), QSize(24, 18)) is None
