"""Histogram, clipping and loupe follow what is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from desktop_app.gui.canvas import Canvas, wishes
from desktop_app.gui.documents import tones
from desktop_app.gui.shell.window import MainWindow
from tests.support.windows import PATIENCE_MS, apply

OpenWindow = Callable[..., MainWindow]


class Hand:
    """Presses keys over a canvas, at a time of its own."""

    def __init__(self, canvas: Canvas, qtbot: QtBot) -> None:
        self._canvas, self._qtbot = canvas, qtbot
        self.now, self.had_loupe = 100.0, False

    @property
    def has_loupe(self) -> bool:
        return self._canvas._stage.frame().lens is not None

    def presses(self, key: Qt.Key, seconds: float) -> None:
        self._canvas.look_at(QPointF(self._canvas.rect().center()))  # the machine's own pointer is anywhere
        self._qtbot.keyPress(self._canvas, key)
        self.had_loupe = self.has_loupe
        self.now += seconds
        self._qtbot.keyRelease(self._canvas, key)


@pytest.fixture
def clipped_photo(tmp_path: Path) -> Path:
    """Return 48 × 32 pixels of grey, a quarter of them white and an eighth black."""
    pixels = np.full((32, 48, 3), 100, np.uint8)
    pixels[:8], pixels[28:] = 255, 0
    Image.fromarray(pixels).save(tmp_path / "clipped.png")
    return tmp_path / "clipped.png"


def test_the_tones_of_a_known_state_are_not_counted_again(
    open_window: OpenWindow, clipped_photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[object] = []

    def count(picture: object) -> object:
        counted.append(picture)
        return counting(picture)

    counting = tones._count
    monkeypatch.setattr(tones, "_count", count)
    window = open_window(clipped_photo)
    view, document = window.parts.histogram, window.rooms.workspace.current
    apply(window, qtbot, amount=20)
    qtbot.waitUntil(lambda: view.tones() is not None and view.tones().channels[0][120] == 0.625, timeout=PATIENCE_MS)
    for state, level in ((document.root, 100), (document.cursor, 120)) * 2:
        document.jump(state)
        qtbot.waitUntil(lambda level=level: view.tones().channels[0][level] == 0.625, timeout=PATIENCE_MS)
    assert len(counted) == len(set(map(id, counted))) == 2


def test_the_histogram_follows_the_shown_state(open_window: OpenWindow, clipped_photo: Path, qtbot: QtBot) -> None:
    window = open_window(clipped_photo)
    view = window.parts.histogram
    qtbot.waitUntil(lambda: view.tones() is not None, timeout=PATIENCE_MS)
    assert (view.tones().lights, view.tones().shadows) == (0.25, 0.125)
    assert view.tones().channels[0][100] == 0.625
    assert "12.50 % of the pixels are clipped in the shadows" in view.accessibleDescription()
    apply(window, qtbot, amount=20)
    qtbot.waitUntil(lambda: view.tones().channels[0][120] == 0.625, timeout=PATIENCE_MS)
    assert view.tones().shadows == 0
    window.actions_by_id["close"].trigger()
    qtbot.waitUntil(lambda: view.tones() is None, timeout=PATIENCE_MS)


def test_clipping_is_marked_on_the_photo_until_it_is_enough(
    open_window: OpenWindow, clipped_photo: Path, qtbot: QtBot
) -> None:
    window = open_window(clipped_photo)
    canvas = window.parts.canvas
    window.actions_by_id["clipping"].trigger()
    qtbot.waitUntil(lambda: canvas.scene().clipping is not None, timeout=PATIENCE_MS)
    marks = canvas.scene().clipping.levels[0]
    assert (marks[0, 0], marks[16, 0], marks[31, 0]) == (2, 0, 1)
    middle = canvas.grab().toImage().pixelColor(canvas.width() // 2, canvas.height() // 2)
    assert middle.red() == middle.green() == 100  # what is not clipped looks as ever
    lamp = window.parts.histogram.lamps()[0].center().toPoint()
    qtbot.mouseClick(window.parts.histogram, Qt.MouseButton.LeftButton, pos=lamp)
    assert canvas.scene().clipping is None


def test_a_loupe_shows_what_is_under_the_pointer(open_window: OpenWindow, tmp_path: Path, qtbot: QtBot) -> None:
    rows, columns = np.mgrid[0:1200, 0:1600]
    Image.fromarray(np.dstack([rows // 5, columns // 7, rows * 0]).astype(np.uint8)).save(tmp_path / "large.png")
    window = open_window(tmp_path / "large.png")
    canvas = window.parts.canvas
    canvas.fit()
    spot = QPoint(canvas.width() // 2 - 37, canvas.height() // 2 + 21)
    qtbot.mouseMove(canvas, spot)
    point = canvas.photo_point(QPointF(spot))
    for action, zoom in (("loupe", 1.0), ("loupe_200", 2.0)):
        window.actions_by_id[action].trigger()
        image, ratio = canvas.grab().toImage(), canvas.devicePixelRatioF()
        for away in (0, 60):
            seen = image.pixelColor(round((spot.x() + away) * ratio), round(spot.y() * ratio))
            x = point.x() + away * ratio / zoom
            assert (seen.red(), seen.green()) == pytest.approx((point.y() // 5, x // 7), abs=1)
    window.actions_by_id["loupe_200"].trigger()
    assert canvas._stage.frame().lens is None


@pytest.fixture
def hand(open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Hand:
    """Return a hand at a window's keys, which are down for as long as the test says, not as the machine is busy."""
    window = open_window(photo)
    window.activateWindow()
    window.parts.canvas.setFocus()
    window.parts.canvas.fit()
    hand = Hand(window.parts.canvas, qtbot)
    monkeypatch.setattr(wishes, "monotonic", lambda: hand.now)
    return hand


def test_a_loupe_that_is_held_goes_when_the_key_is_let_go(hand: Hand) -> None:
    hand.presses(Qt.Key.Key_L, seconds=0.1)
    assert hand.has_loupe  # a short press switches it on
    hand.presses(Qt.Key.Key_L, seconds=0.1)
    assert not hand.has_loupe
    hand.presses(Qt.Key.Key_L, seconds=0.5)
    assert hand.had_loupe
    assert not hand.has_loupe


def test_a_loupe_that_was_tapped_stays_whatever_key_is_let_go_later(hand: Hand) -> None:
    hand.presses(Qt.Key.Key_L, seconds=0.1)
    hand.now += 5.0
    hand.presses(Qt.Key.Key_Plus, seconds=0.5)
    assert hand.has_loupe
