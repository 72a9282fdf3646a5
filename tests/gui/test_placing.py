"""At its first start the window lies on the screen with its frame, which is known only when it is shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.shell import window as shell
from desktop_app.gui.shell.placing import keep_on_screen, within
from desktop_app.gui.shell.window import MainWindow

SCREEN = QRect(0, 24, 1280, 776)


@pytest.mark.parametrize(("frame", "wanted"), [
    (QRect(0, 24, 1282, 822), QRect(0, 24, 1280, 776)),
    (QRect(700, 500, 600, 400), QRect(680, 400, 600, 400)),
    (QRect(-40, 0, 600, 400), QRect(0, 24, 600, 400)),
    (QRect(10, 30, 600, 400), QRect(10, 30, 600, 400)),
])  # fmt: skip
def test_a_frame_is_moved_and_made_smaller_until_it_lies_there(frame: QRect, wanted: QRect) -> None:
    assert within(frame, SCREEN) == wanted


def test_a_window_gives_its_frame_room(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    available = QApplication.primaryScreen().availableGeometry()
    widget.setGeometry(available)
    widget.show()
    monkeypatch.setattr(QWidget, "frameGeometry", lambda self: self.geometry().adjusted(-1, -20, 1, 5))
    keep_on_screen(widget)
    assert widget.geometry() == available.adjusted(1, 20, -1, -5)
    keep_on_screen(widget)
    assert widget.geometry() == available.adjusted(1, 20, -1, -5)


def test_a_place_that_was_kept_is_left_alone(
    open_window: Callable[..., MainWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[QWidget] = []
    monkeypatch.setattr(shell, "keep_on_screen", asked.append)
    window = open_window()
    window.begin()
    assert asked == [window]
    window.close()
    again = open_window()
    again.begin()
    assert asked == [window]
