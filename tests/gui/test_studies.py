"""The blind comparison over real states: votes by key, kept at once, the result with its interval."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop_app.api.errors import InputError
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import Outcome
from desktop_app.core.lab import preference
from desktop_app.core.lab.preference import load
from desktop_app.gui.panels.study_dialog import StudyDialog
from desktop_app.gui.shell.window import MainWindow
from tests.support.windows import PATIENCE_MS, apply, shown_document

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


def test_states_of_the_shown_ones_size_are_offered_it_and_the_one_before_chosen(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    document = shown_document(window)
    for amount in (10, 20):
        apply(window, qtbot, amount=amount)
    record = document.states["s1"].record
    assert record is not None
    document.commit("s2", Outcome(record, Raster(np.zeros((5, 4, 3), np.uint8))), "Small")
    window.rooms.viewer.jump("s2")
    window.actions_by_id["study"].trigger()
    states = window.findChild(StudyDialog).states
    rows = [states.item(row) for row in range(states.count())]
    assert [(row.text(), row.checkState() == Qt.CheckState.Checked) for row in rows] == [
        ("photo.png", False), ("Light", True), ("Light", True),
    ]  # fmt: skip


def test_a_vote_that_cannot_be_written_is_not_counted(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(photo)
    apply(window, qtbot)
    studies = window.rooms.studies
    window.actions_by_id["study"].trigger()
    dialog = window.findChild(StudyDialog)
    dialog.begin.click()
    qtbot.waitUntil(lambda: dialog.left.pixels is not None, timeout=PATIENCE_MS)
    count = dialog.count.text()

    def full(*_given: object) -> None:
        raise InputError("expected room for the vote, got a full disk; make room")

    monkeypatch.setattr(preference, "save", full)
    qtbot.keyClick(dialog, Qt.Key.Key_1)
    assert "Expected room for the vote" in window.parts.messages.text()
    assert (studies.study.next, dialog.count.text()) == (0, count)
    monkeypatch.undo()
    qtbot.keyClick(dialog, Qt.Key.Key_1)
    assert studies.study.next == 1
