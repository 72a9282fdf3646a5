"""Adapting from the window: a process that says how far it is, stands still when asked, and ends with a verdict."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.setup import adapting as adapting_room
from desktop_app.gui.setup.adapting import Adapting
from desktop_app.gui.viewmodel.adapting import TOOLS, Progress, outcome_of, progress_of, words_of

FINISHED = """
import json, sys
print("noise.jpg is left out, for it cannot be read", file=sys.stderr)
print("adapt 25/100  loss 2.1  niqe 4.2  20 s done, 60 s left", file=sys.stderr, flush=True)
print(json.dumps({"figures": {"verdict": "Better: it is there.", "sentence": "So it is.", "model": "mine",
                              "use": "verilens apply " + " ".join(sys.argv[1:]), "page": "/tmp/sheet.html"}}))
"""
WAITING = """
import sys, time
print("adapt 50/100  loss 2.1  20 s done, 20 s left", file=sys.stderr, flush=True)
time.sleep(60)
"""
REFUSING = """
import sys
print("verilens: expected 6 noisy photos or more, got 3; add some", file=sys.stderr)
sys.exit(3)
"""


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def rooms() -> Iterator[list[Adapting]]:
    made: list[Adapting] = []
    yield made
    for one in made:
        one.cancel()


def adapting(window: QWidget, rooms: list[Adapting], script: str) -> Adapting:
    rooms.append(Adapting(window, (sys.executable, "-c", script)))
    return rooms[-1]


def test_what_is_typed_and_said() -> None:
    assert words_of(TOOLS[0], ["a b", "c"]) == [
        "train", "adapt", "lowlight.enlightengan", "--dark", "a b", "--normal", "c", "--language", "en", "--json",
    ]  # fmt: skip
    assert words_of(TOOLS[1], ["n"], "de")[-3:] == ["--language", "de", "--json"]
    line = "adapt 25/400  loss 2.131  niqe 4.2  light 30.1  20 s done, 3 h 20 min left"
    assert progress_of(line) == Progress(0.0625, "20 s done, 3 h 20 min left")
    assert progress_of("noise.jpg is left out") is None
    assert outcome_of('{"figures": {"better": true}}') == {"better": True}
    for printed in ("", "no JSON", "[]", '{"figures": 1}'):
        assert outcome_of(printed) == {}


def test_a_run_shows_its_verdict_and_brings_a_model(window: QWidget, rooms: list[Adapting], qtbot: QtBot) -> None:
    room = adapting(window, rooms, FINISHED)
    dialog = room.dialog()
    assert not dialog.start.isEnabled()
    dialog.folders[0].setText("dark")
    assert not dialog.start.isEnabled()
    dialog.folders[1].setText("lit")
    with qtbot.waitSignal(room.changed, timeout=30_000):
        dialog.start.click()
        assert room.is_running
        assert not dialog.start.isEnabled()
        assert dialog.cancel.isEnabled()
    assert dialog.said.text().startswith("Better: it is there. So it is.\nverilens apply train adapt lowlight.enl")
    assert dialog.sheet.isEnabled()
    assert dialog.start.isEnabled()
    assert not room.is_running


def test_it_stands_still_goes_on_and_is_cancelled(window: QWidget, rooms: list[Adapting], qtbot: QtBot) -> None:
    room = adapting(window, rooms, WAITING)
    dialog = room.dialog()
    dialog.tool.setCurrentIndex(1)
    assert [row.isHidden() for _, row in dialog._rows] == [False, True]
    dialog.folders[0].setText("noisy")
    dialog.start.click()
    qtbot.waitUntil(lambda: dialog.bar.value() == 500, timeout=30_000)
    assert dialog.said.text() == "20 s done, 20 s left"
    assert room._process is not None
    process = psutil.Process(room._process.processId())
    dialog.pause.click()
    qtbot.waitUntil(lambda: process.status() == psutil.STATUS_STOPPED, timeout=5000)
    dialog.pause.click()
    qtbot.waitUntil(lambda: process.status() != psutil.STATUS_STOPPED, timeout=5000)
    dialog.pause.click()
    dialog.cancel.click()
    assert not room.is_running
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    assert "to go on where it was" in dialog.said.text()
    assert not dialog.sheet.isEnabled()
    room._command = (sys.executable, "-c", FINISHED)
    with qtbot.waitSignal(room.changed, timeout=30_000):
        dialog.start.click()
    assert dialog.said.text().startswith("Better"), "a run after one that was cancelled is not taken for it"


@pytest.mark.parametrize(("script", "sentence"), [
    (REFUSING, "Expected 6 noisy photos or more, got 3; add some"), ("import sys; sys.exit(4)", "ended with 4"),
])  # fmt: skip
def test_what_goes_wrong_is_one_sentence(
    window: QWidget, rooms: list[Adapting], qtbot: QtBot, script: str, sentence: str
) -> None:
    room = adapting(window, rooms, script)
    room.start(TOOLS[1], ["noisy"])
    qtbot.waitUntil(lambda: not room.is_running, timeout=30_000)
    assert room.dialog().said.text().endswith(sentence)


def test_a_program_that_is_not_there_is_told(window: QWidget, qtbot: QtBot, tmp_path: Path) -> None:
    room = Adapting(window, (str(tmp_path / "nothing"),))
    room.start(TOOLS[1], ["noisy"])
    qtbot.waitUntil(lambda: not room.is_running, timeout=5000)
    assert "its program was not found" in room.dialog().said.text()


NO_BETTER = """
import json
print(json.dumps({"figures": {"verdict": "No better.", "sentence": "It stays as it was."}}))
"""


def test_a_run_that_gives_nothing_better_brings_no_model_and_no_sheet(
    window: QWidget, rooms: list[Adapting], qtbot: QtBot
) -> None:
    room = adapting(window, rooms, NO_BETTER)
    with qtbot.assertNotEmitted(room.changed):
        room.start(TOOLS[1], ["noisy"])
        qtbot.waitUntil(lambda: not room.is_running, timeout=30_000)
    assert room.dialog().said.text() == "No better. It stays as it was."
    assert not room.dialog().sheet.isEnabled()


def test_one_run_at_a_time_and_its_sheet_is_shown(
    window: QWidget, rooms: list[Adapting], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(adapting_room.QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    room = adapting(window, rooms, FINISHED)
    with qtbot.waitSignal(room.changed, timeout=30_000):
        room.start(TOOLS[1], ["noisy"])
        process = room._process
        room.start(TOOLS[0], ["dark", "lit"])
        assert room._process is process
    room.dialog().sheet.click()
    assert opened == ["/tmp/sheet.html"]
    room.pause(True)  # nothing is there to stand still, or to be cancelled
    room.cancel()
    assert room.dialog().said.text().startswith("Better")
