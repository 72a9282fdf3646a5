"""Windows lie on the screen: the main one with its frame, which is known only when it is shown; dialogs, too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.app import create_window
from desktop_app.gui.panels.placing import give_size, keep_on_screen, within
from desktop_app.gui.shell import window as shell
from tests.gui.conftest import FakeApplication

GUI = Path(__file__).parents[3] / "desktop_app" / "gui"
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


def test_the_first_size_is_kept_on_the_screen_and_one_that_others_chose_is_left_alone(
    application: FakeApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[QWidget] = []
    monkeypatch.setattr(shell, "keep_on_screen", asked.append)
    for chosen in (None, QSize(640, 589)):
        window = create_window([], application)
        qtbot.addWidget(window)
        if chosen is not None:
            window.resize(chosen)
        window.show()
        window.begin()
        assert asked == ([window] if chosen is None else [])
        asked.clear()
        window.close()
    window = create_window([], application)  # whose place was kept
    qtbot.addWidget(window)
    window.begin()
    assert not asked
    window.close()


def test_a_dialog_is_no_larger_than_the_screen(qtbot: QtBot) -> None:
    available = QApplication.primaryScreen().availableSize()
    widget = QWidget()
    qtbot.addWidget(widget)
    give_size(widget, 300, 200)
    assert (widget.width(), widget.height()) == (300, 200)
    give_size(widget, 5000, 200)
    assert available.width() - 40 < widget.width() < available.width()
    give_size(widget, 300, 5000)
    assert available.height() - 100 < widget.height() < available.height()


def test_every_dialog_gets_its_size_so() -> None:
    """A size that is written down is what a large screen has room for."""
    fixed = {
        f"{path.name}: {line.strip()}" for path in GUI.rglob("*.py") for line in path.read_text("utf-8").splitlines()
        if re.search(r"\b(self|dialog)\.resize\(", line)
    }  # fmt: skip
    assert fixed == {"window.py: self.resize(self._first_size)"}
