"""The batch window: every photo once, faults in their place, pause, cancel, and going on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from desktop_app.core.application import Application
from desktop_app.core.batch import process_hands
from desktop_app.core.batch.run import Batch
from desktop_app.gui.panels.batch_dialog import BatchDialog
from desktop_app.gui.shell.window import MainWindow
from desktop_app.gui.steps import batches
from desktop_app.gui.viewmodel.batch import BatchIntent, intent_from
from tests.support.windows import PATIENCE_MS, shown_document

OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def application(tmp_path: Path) -> Application:
    """Return the program with its own tools."""
    return Application(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with four photos of 12 × 8 pixels, one of them damaged."""
    (tmp_path / "photos").mkdir()
    for name in "abd":
        Image.fromarray(np.full((8, 12, 3), 90, np.uint8)).save(tmp_path / "photos" / f"{name}.png")
    (tmp_path / "photos" / "c.png").write_bytes(b"no picture")
    return tmp_path / "photos"


@pytest.fixture
def dialog(open_window: OpenWindow, photo: Path, folder: Path, tmp_path: Path, qtbot: QtBot) -> BatchDialog:
    """Return the dialog over a photo that was turned, filled in but for the start."""
    window = open_window(photo)
    qtbot.waitUntil(lambda: "enhance.rotate" in window.rooms.plugins.snapshot.tools_by_id, timeout=PATIENCE_MS)
    window.actions_by_id["batch"].trigger()
    found = window.findChild(BatchDialog, "batchDialog")
    assert found is not None
    assert not found.begin.isEnabled()
    assert "apply steps" in found.said.text()
    window.actions_by_id["turn_right"].trigger()
    document = shown_document(window)
    qtbot.waitUntil(lambda: len(document.states) == 2 and document.states["s1"].is_saved, timeout=PATIENCE_MS)
    found.add_inputs([str(folder)])
    found.folder.setText(str(tmp_path / "out"))
    found.names.setText("{name}-{number}")
    qtbot.waitUntil(found.begin.isEnabled, timeout=PATIENCE_MS)  # it hears of the step a moment after it is saved
    return found


def ended(window: MainWindow, phase: str) -> Callable[[], bool]:
    return lambda: window.rooms.batches.progress.phase == phase


def window_of(dialog: BatchDialog) -> MainWindow:
    window = dialog.parent()
    assert isinstance(window, MainWindow)
    return window


def test_every_photo_is_done_and_a_fault_stands_in_its_place(
    dialog: BatchDialog, tmp_path: Path, qtbot: QtBot
) -> None:
    window = window_of(dialog)
    dialog.begin.click()
    qtbot.waitUntil(ended(window, "finished"), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not dialog.report.isHidden(), timeout=PATIENCE_MS)
    progress = window.rooms.batches.progress
    assert (progress.written, progress.failed, progress.kept) == (3, 1, 0)
    rows = [dialog.results.topLevelItem(number) for number in range(4)]
    assert [row.text(0) for row in rows] == ["a.png", "b.png", "✕ c.png", "d.png"]
    with Image.open(tmp_path / "out" / "d-0004.png") as turned:
        assert turned.size == (8, 12)
    assert "c.png" in (tmp_path / "out" / "batch.html").read_text(encoding="utf-8")
    dialog.begin.click()  # once more: only the fault is tried again
    qtbot.waitUntil(lambda: window.rooms.batches.progress.kept == 3, timeout=PATIENCE_MS)
    qtbot.waitUntil(ended(window, "finished"), timeout=PATIENCE_MS)
    assert len(shown_document(window).states) == 2  # the shown photo was left alone


def test_a_batch_that_is_cancelled_before_it_begins_lets_its_folder_go(
    dialog: BatchDialog, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, is_prepared, may_go_on, prepare = window_of(dialog), threading.Event(), threading.Event(), Batch.__init__

    def held_up(batch: Batch, *given: Any, **more: Any) -> None:
        prepare(batch, *given, **more)
        is_prepared.set()
        may_go_on.wait(timeout=PATIENCE_MS / 1000)

    monkeypatch.setattr(Batch, "__init__", held_up)
    dialog.begin.click()
    qtbot.waitUntil(is_prepared.is_set, timeout=PATIENCE_MS)
    lock = tmp_path / "out" / ".verilens-batch.lock"
    assert lock.exists()
    window.rooms.batches.cancel()
    may_go_on.set()
    qtbot.waitUntil(lambda: not lock.exists(), timeout=PATIENCE_MS)
    assert window.rooms.batches.progress.phase == "stopped"


@pytest.mark.parametrize("is_seen", [True, False])
def test_that_a_batch_is_done_is_told_where_its_window_is_not_seen(
    is_seen: bool, dialog: BatchDialog, qtbot: QtBot
) -> None:
    window = window_of(dialog)
    heard: list[str] = []
    window.rooms.batches.said.connect(lambda message: heard.append(message.text))
    dialog.begin.click()
    dialog.setVisible(is_seen)
    qtbot.waitUntil(ended(window, "finished"), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not dialog.report.isHidden(), timeout=PATIENCE_MS)
    assert [text.startswith("The batch is done.") for text in heard] == ([] if is_seen else [True])


def test_a_batch_that_was_cancelled_is_not_told_as_done(dialog: BatchDialog, qtbot: QtBot) -> None:
    window = window_of(dialog)
    heard: list[str] = []
    window.rooms.batches.said.connect(lambda message: heard.append(message.text))
    dialog.begin.click()
    dialog.hide()
    qtbot.waitUntil(ended(window, "running"), timeout=PATIENCE_MS)
    dialog.hold.click()
    qtbot.waitUntil(ended(window, "paused"), timeout=PATIENCE_MS)
    window.rooms.batches.cancel()
    qtbot.waitUntil(lambda: not dialog.report.isHidden(), timeout=PATIENCE_MS)
    assert heard == []


def test_a_batch_waits_and_goes_on(dialog: BatchDialog, qtbot: QtBot) -> None:
    window = window_of(dialog)
    room = window.rooms.batches
    dialog.begin.click()
    qtbot.waitUntil(ended(window, "running"), timeout=PATIENCE_MS)
    dialog.hold.click()
    qtbot.waitUntil(ended(window, "paused"), timeout=PATIENCE_MS)
    done = len(room.progress.rows)
    assert done < 4
    assert dialog.hold.text() == "Go on"
    qtbot.wait(200)
    assert len(room.progress.rows) == done
    dialog.hold.click()
    qtbot.waitUntil(ended(window, "finished"), timeout=PATIENCE_MS)
    assert len(room.progress.rows) == 4


def test_a_batch_that_is_cancelled_says_how_to_go_on(dialog: BatchDialog, tmp_path: Path, qtbot: QtBot) -> None:
    window = window_of(dialog)
    dialog.begin.click()
    qtbot.waitUntil(ended(window, "running"), timeout=PATIENCE_MS)
    dialog.stop.click()
    assert window.rooms.batches.progress.phase == "stopped"
    assert "start it again to go on" in dialog.said.text()
    assert dialog.begin.isEnabled()
    qtbot.waitUntil(lambda: not (tmp_path / "out" / ".verilens-batch.lock").exists(), timeout=PATIENCE_MS)
    dialog.begin.click()
    qtbot.waitUntil(ended(window, "finished"), timeout=PATIENCE_MS)
    assert len(window.rooms.batches.progress.rows) == 4


def test_the_next_day_it_can_be_gone_on_with(
    dialog: BatchDialog, folder: Path, tmp_path: Path, open_window: OpenWindow, qtbot: QtBot
) -> None:
    dialog.kind.setCurrentIndex(dialog.kind.findData(".tif"))
    dialog.deep.setChecked(True)
    dialog.begin.click()
    qtbot.waitUntil(ended(window_of(dialog), "finished"), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not dialog.report.isHidden(), timeout=PATIENCE_MS)
    asked = dialog.intent()
    again = open_window().rooms.batches
    shown = again.dialog()
    assert shown.intent() == replace(asked, recipe=shown.intent().recipe)
    assert shown.recipe.currentText() == "photo.json"  # the steps of the photo that was shown are a recipe now
    qtbot.waitUntil(shown.begin.isEnabled, timeout=PATIENCE_MS)
    shown.begin.click()
    qtbot.waitUntil(lambda: again.progress.phase == "finished", timeout=PATIENCE_MS)
    assert (again.progress.kept, again.progress.failed) == (3, 1)
    qtbot.waitUntil(lambda: not shown.report.isHidden(), timeout=PATIENCE_MS)


@pytest.mark.parametrize("kept", [None, 3, [], {"inputs": 3, "names": 4, "watches": "yes", "old": 1}])
def test_settings_that_hold_something_else_are_as_none(kept: object) -> None:
    assert intent_from(kept) == BatchIntent()


def test_what_cannot_be_begun_is_said(dialog: BatchDialog, folder: Path, qtbot: QtBot) -> None:
    window = window_of(dialog)
    dialog.names.setText("{nobody}")
    dialog.begin.click()
    qtbot.waitUntil(lambda: "{nobody}" in dialog.said.text(), timeout=PATIENCE_MS)
    assert window.rooms.batches.progress.phase == "idle"
    dialog.names.setText("{name}")
    dialog.folder.setText(str(folder))
    dialog.begin.click()
    qtbot.waitUntil(lambda: "beside the inputs" in dialog.said.text(), timeout=PATIENCE_MS)


def threads_of_batches() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "window-batch"]


def test_photos_that_come_into_a_watched_folder_are_done(dialog: BatchDialog, folder: Path, qtbot: QtBot) -> None:
    window = window_of(dialog)
    dialog.watches.setChecked(True)
    dialog.begin.click()
    qtbot.waitUntil(lambda: "without {number}" in dialog.said.text(), timeout=PATIENCE_MS)
    dialog.names.setText("{name}")
    dialog.deep.setChecked(True)
    dialog.folder.setText(str(folder / "done"))  # what is written there is no photo that comes
    dialog.begin.click()
    qtbot.waitUntil(lambda: len(window.rooms.batches.progress.rows) == 4, timeout=PATIENCE_MS)
    qtbot.waitUntil(ended(window, "watching"), timeout=PATIENCE_MS)
    assert "Waits for photos to come" in dialog.said.text()
    Image.fromarray(np.full((8, 12, 3), 90, np.uint8)).save(folder / "e.png")
    qtbot.waitUntil((folder / "done" / "e.png").exists, timeout=PATIENCE_MS)
    qtbot.waitUntil(ended(window, "watching"), timeout=PATIENCE_MS)
    assert window.rooms.batches.progress.total == len(window.rooms.batches.progress.rows) == 5
    dialog.hold.click()
    assert window.rooms.batches.progress.phase == "paused"
    dialog.stop.click()
    assert window.rooms.batches.progress.phase == "stopped"
    qtbot.waitUntil(lambda: not threads_of_batches(), timeout=PATIENCE_MS)


def test_processes_share_the_photos(
    dialog: BatchDialog, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_hands, "NICENESS", 0)
    window = window_of(dialog)
    dialog.workers.setCurrentIndex(dialog.workers.findData(2))
    dialog.begin.click()
    qtbot.waitUntil(ended(window, "running"), timeout=PATIENCE_MS)
    dialog.hold.click()
    qtbot.waitUntil(ended(window, "paused"), timeout=10 * PATIENCE_MS)
    dialog.hold.click()
    qtbot.waitUntil(ended(window, "finished"), timeout=10 * PATIENCE_MS)
    progress = window.rooms.batches.progress
    assert (progress.written, progress.failed) == (3, 1)
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == ["a-0001.png", "b-0002.png", "d-0004.png"]
    qtbot.waitUntil(lambda: not threads_of_batches(), timeout=PATIENCE_MS)


def test_the_dialog_counts_the_steps_of_the_shown_photo(dialog: BatchDialog, qtbot: QtBot) -> None:
    window = window_of(dialog)

    def told() -> str:
        return dialog.recipe.itemText(0)

    assert told() == "The step of photo.png"
    window.actions_by_id["turn_right"].trigger()
    qtbot.waitUntil(lambda: told() == "The 2 steps of photo.png", timeout=PATIENCE_MS)
    window.actions_by_id["undo"].trigger()
    window.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: told() == "The shown photo's steps (it has none)", timeout=PATIENCE_MS)
    window.rooms.workspace.close(shown_document(window))
    assert told() == "The shown photo's steps (it has none)"


def test_a_report_has_small_pictures_and_is_not_offered_while_the_next_batch_runs(
    dialog: BatchDialog, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, opened = window_of(dialog), list[str]()
    monkeypatch.setattr(batches.QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    dialog.begin.click()
    qtbot.waitUntil(lambda: not dialog.report.isHidden(), timeout=PATIENCE_MS)
    page = (tmp_path / "out" / "batch.html").read_text(encoding="utf-8")
    assert page.count("<img") == 6, "before and after of what was written"
    dialog.report.click()
    assert opened == [str(tmp_path / "out" / "batch.html")]
    took = window.rooms.batches.progress.seconds
    assert took > 0
    dialog.begin.click()
    assert dialog.report.isHidden()
    qtbot.waitUntil(lambda: not dialog.report.isHidden(), timeout=PATIENCE_MS)
    assert window.rooms.batches.progress.kept == 3
    assert window.rooms.batches.progress.seconds < took, "what is kept took no time now"


def test_what_the_user_applies_goes_before_the_rest_of_a_batch(
    dialog: BatchDialog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, has_begun, may_go, one = window_of(dialog), threading.Event(), threading.Event(), Batch.one
    begun: list[int] = []

    def slow(batch: Batch, *given: Any) -> Any:
        begun.append(len(document.states))
        has_begun.set()
        assert may_go.wait(PATIENCE_MS / 1000)
        return one(batch, *given)

    document = shown_document(window)
    monkeypatch.setattr(Batch, "one", slow)
    dialog.begin.click()
    qtbot.waitUntil(has_begun.is_set, timeout=PATIENCE_MS)
    window.actions_by_id["flip_sides"].trigger()
    assert window.rooms.runs.is_busy
    may_go.set()
    qtbot.waitUntil(ended(window, "finished"), timeout=PATIENCE_MS)
    assert len(document.states) == 3
    assert window.rooms.batches.progress.written == 3
    qtbot.waitUntil(lambda: not dialog.report.isHidden(), timeout=PATIENCE_MS)
