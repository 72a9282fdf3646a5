"""The blind comparison over real states: votes by key, kept at once, the result with its interval."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop_app.core.lab.preference import load
from desktop_app.gui.panels.study_dialog import StudyDialog
from desktop_app.gui.shell.window import MainWindow

OpenWindow = Callable[..., MainWindow]


def test_votes_by_key_are_kept_and_counted(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    document, studies = window.rooms.workspace.current, window.rooms.studies
    assert document is not None
    window.rooms.steps.choose_tool("denoise.light")
    window.parts.form.apply_button.click()
    qtbot.waitUntil(lambda: len(document.states) == 2, timeout=60_000)
    window.actions_by_id["study"].trigger()
    dialog = window.findChild(StudyDialog)
    dialog.trials.setValue(3)
    dialog.begin.click()
    qtbot.waitUntil(lambda: dialog.left.pixels is not None, timeout=60_000)
    while studies.study.next is not None:  # vote for the lighter one, wherever it stands
        is_left = dialog.left.pixels.mean() > dialog.right.pixels.mean()
        qtbot.keyClick(dialog, Qt.Key.Key_1 if is_left else Qt.Key.Key_2)
        assert load(studies.path) == studies.study
    assert "“photo.png” was preferred to “Light” in 0 of 3" in dialog.result_text()
    assert dialog.height() < 400  # a few sentences do not fill the room of two pictures
    qtbot.keyClick(dialog, Qt.Key.Key_Backspace)
    assert studies.study.next == 2
    qtbot.keyClick(dialog, Qt.Key.Key_0)
    assert "1 undecided" in dialog.result_text()
    dialog.trials.setValue(1)
    assert dialog.trials.text() == "1 trial of each pair"
    dialog.close()


def test_one_state_is_not_enough(open_window: OpenWindow, photo: Path) -> None:
    window = open_window(photo)
    window.actions_by_id["study"].trigger()
    assert not window.findChild(StudyDialog).begin.isEnabled()
