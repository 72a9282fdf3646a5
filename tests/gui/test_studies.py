"""The blind comparison over real states: votes by key, kept at once, the result with its interval."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop_app.core.lab.preference import load
from desktop_app.gui.panels.study_dialog import StudyDialog
from desktop_app.gui.shell.window import MainWindow
from tests.support.windows import PATIENCE_MS, apply

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
    counts: list[str] = []
    while studies.study.next is not None:  # vote for the lighter one, wherever it stands
        counts.append(dialog.count.text().partition(".")[0])
        is_left = dialog.left.pixels.mean() > dialog.right.pixels.mean()
        qtbot.keyClick(dialog, Qt.Key.Key_1 if is_left else Qt.Key.Key_2)
        assert load(studies.path) == studies.study
    assert counts == ["Pair 1 of 3", "Pair 2 of 3", "Pair 3 of 3"]
    assert "“photo.png” was preferred to “Light” in 0 of 3" in dialog.result_text()
    assert str(studies.path) in dialog.kept.text()
    assert dialog.height() < 400  # a few sentences do not fill the room of two pictures
    qtbot.keyClick(dialog, Qt.Key.Key_Backspace)
    assert studies.study.next == 2
    qtbot.keyClick(dialog, Qt.Key.Key_0)
    assert "1 undecided" in dialog.result_text()
    dialog.trials.setValue(1)
    assert dialog.trials.text() == "1 trial of each pair"
    dialog.close()


def test_a_closed_comparison_is_let_go_and_the_next_one_keeps_votes_of_its_own(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    apply(window, qtbot)
    paths: list[Path | None] = []
    for _ in range(2):
        window.actions_by_id["study"].trigger()
        dialog = window.findChild(StudyDialog)
        dialog.begin.click()
        qtbot.waitUntil(lambda dialog=dialog: dialog.left.pixels is not None, timeout=PATIENCE_MS)
        paths.append(window.rooms.studies.path)
        dialog.close()
        qtbot.waitUntil(lambda: window.findChild(StudyDialog) is None, timeout=PATIENCE_MS)
    first, second = paths
    assert first is not None
    assert first != second
    assert first.name.startswith("photo-")
    assert stat.S_IMODE(first.parent.stat().st_mode) == 0o700
    window.actions_by_id["study"].trigger()
    window.actions_by_id["study"].trigger()  # it takes the place of the one that is open
    qtbot.waitUntil(lambda: len(window.findChildren(StudyDialog)) == 1, timeout=PATIENCE_MS)


def test_one_state_is_not_enough(open_window: OpenWindow, photo: Path) -> None:
    window = open_window(photo)
    window.actions_by_id["study"].trigger()
    assert not window.findChild(StudyDialog).begin.isEnabled()
