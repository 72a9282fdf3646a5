"""The window can always be closed, and nothing is lost by it: whatever a plugin is at, whatever waits to be written."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from desktop_app.api import InputError
from desktop_app.core.document.session import Session
from desktop_app.core.jobs.request import Outcome, StepRecord, ToolRequest
from desktop_app.core.steps.step import Step
from desktop_app.gui.shell import dialogs
from desktop_app.gui.shell.window import MainWindow
from desktop_app.gui.steps.branches import Branches
from desktop_app.gui.steps.work import StepTask
from desktop_app.gui.threads.background import Background
from desktop_app.gui.threads.bridge import Bridge
from tests.support.windows import apply, shown_document

OpenWindow = Callable[..., MainWindow]
_PATIENCE_S = 90  # for a whole program on a machine with other work

_PLUGIN = '''
from desktop_app.api import Result, Tool, hookimpl

def flip(images, params, run):
    return Result(image=1 - images)

def endless(images, params, run):
    run.progress(0.5)
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass

@hookimpl
def verilens_tools():
    shared = {"kind": "restoration", "summary": "Of a test.", "version": "1", "reach": 0}
    return [
        Tool(id="closing_plugin.flip", title="Flip", algorithm="closing_plugin:flip", **shared),
        Tool(id="closing_plugin.endless", title="Endless", algorithm="closing_plugin:endless", **shared),
    ]
'''

# A user at the window: applies a step, then one that never ends, cancels that, and closes.
_USER = '''
import sys
from PySide6.QtCore import QTimer
from desktop_app.core.application import Application
from desktop_app.gui import app

Application().host.trust("closing_plugin")
make = app.create_window

def acts(window):
    rooms, document = window.rooms, None
    while rooms.keeper.picture() is None or rooms.plugins.snapshot.tools_by_id.get("closing_plugin.endless") is None:
        yield
    document = rooms.workspace.current
    rooms.steps.choose_tool("closing_plugin.flip")
    rooms.steps.apply()
    while len(document.states) < 2:
        yield
    rooms.steps.choose_tool("closing_plugin.endless")
    rooms.steps.apply()
    while window.parts.status.progress.value() < 400:
        yield
    rooms.steps.cancel()
    for _ in range(20):
        yield
    print(window.parts.status.progress.text(), window.parts.status.progress.isVisible(), flush=True)
    window.close()

def with_user(paths, application=None):
    window = make(paths, application)
    play, timer = acts(window), QTimer(window)
    timer.timeout.connect(lambda: next(play, None))
    timer.start(20)
    return window

app.create_window = with_user
code = app.run(sys.argv[1:])
print("the interpreter ended by itself")
sys.exit(code)
'''


def test_a_tool_that_heeds_no_cancel_cannot_hold_the_program(tmp_path: Path, photo: Path) -> None:
    home = tmp_path / "home"
    (home / "data" / "plugins").mkdir(parents=True)
    (home / "data" / "plugins" / "closing_plugin.py").write_text(_PLUGIN)
    done = subprocess.run(
        [sys.executable, "-c", _USER, str(photo)], capture_output=True, text=True, timeout=_PATIENCE_S, check=False,
        env=os.environ | {"VERILENS_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Endless · still stopping… True\n"  # and the process was ended, not waited for
    session = Session(home / "data" / "session")
    (left,) = session.recoverable()
    assert (left.problem, left.steps) == ("", 1)
    document = session.recover(left)
    assert [round(255 * float(document.raster(state).planes()[0, 0, 0])) for state in document.states] == [100, 155]
    session.close()


def test_what_writes_is_finished_and_what_only_reads_is_dropped(qtbot: QtBot) -> None:
    bridge = Bridge()
    background = Background(bridge, threads=1)
    may_go, done = threading.Event(), list[str]()
    background.run(may_go.wait, lambda _: None, lambda _: None)
    background.run(lambda: done.append("read"), lambda _: None, lambda _: None)
    background.run(lambda: done.append("written"), lambda _: None, lambda _: None, must_finish=True)
    threading.Timer(0.05, may_go.set).start()
    assert background.close(patience=60)
    assert done == ["written"]
    bridge.close()


def _commit(window: MainWindow) -> None:
    document = shown_document(window)
    task = StepTask(document, "s0", Step(ToolRequest("denoise.light")), "Light", "s0")
    record = StepRecord("denoise.light", "restoration", "Light", "test", "1", {}, 0)
    outcome = Outcome(record, document.raster("s0"))
    branches, ignored = Branches(window.rooms.background, window.application.inputs), lambda _: None
    branches.commit(task, outcome, "Light", ignored, ignored)


def _save_mask(window: MainWindow, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window.actions_by_id["mask"].trigger()
    window.parts.mask.inverted.emit()  # all of the photo
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    window.parts.mask.saveAsked.emit()


@pytest.mark.parametrize(
    "what", ["recipe", "report", "picture", "project", "mask", "step", "strength", "recent", "document"]
)
def test_what_the_window_writes_is_finished_though_it_is_closed(
    open_window: OpenWindow, photo: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    window = open_window(photo)
    apply(window, qtbot, amount=40)
    document, rooms, path = shown_document(window), window.rooms, tmp_path / "written.png"
    writes: dict[str, Callable[[], None]] = {
        "recipe": lambda: rooms.replays.save(document, path),
        "report": lambda: rooms.exports.save_report(path),
        "picture": lambda: rooms.workspace.save_result(document, "s1", path),
        "project": lambda: rooms.workspace.save_project(document, path),
        "mask": lambda: _save_mask(window, path, monkeypatch),
        "step": lambda: _commit(window),
        "strength": lambda: rooms.strengths.change(0.5),
        "recent": lambda: rooms.workspace.remember(path),
        "document": lambda: rooms.workspace.close(document),
    }
    may_go = threading.Event()
    for _ in range(2):  # both of its threads are at other work
        rooms.background.run(may_go.wait, lambda _: None, lambda _: None)
    writes[what]()
    threading.Timer(0.05, may_go.set).start()
    assert rooms.background.close(patience=60)
    if what == "recent":
        assert window.application.settings.get("recent")[0] == str(path)
    elif what == "document":
        assert document not in window.application.session.documents
    else:
        assert path.exists() or len(document.states) == 3


def test_work_that_never_ends_is_told_of_and_not_waited_for(qtbot: QtBot) -> None:
    bridge = Bridge()
    background, may_go = Background(bridge, threads=1), threading.Event()
    background.run(may_go.wait, lambda _: None, lambda _: None)
    assert not background.close(patience=0.05)
    may_go.set()
    assert background.close(patience=60)
    bridge.close()


@pytest.mark.parametrize("leaves", [False, True])
def test_what_cannot_be_written_keeps_the_window_open_if_the_user_wants(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, leaves: bool
) -> None:
    window, asked = open_window(photo), list[str]()
    document = window.rooms.workspace.current
    assert document is not None

    def fails() -> None:
        raise InputError("the disk is full; make room")

    def answer(fault: str, _parent: object) -> bool:
        asked.append(fault)
        return leaves

    monkeypatch.setattr(document, "flush", fails)
    monkeypatch.setattr(dialogs, "asks_to_leave", answer)
    window.close()
    assert asked == ["the disk is full; make room"]
    assert window.isHidden() == leaves
    monkeypatch.undo()
    window.close()
    assert window.isHidden()


def test_nothing_begins_once_the_background_is_closed(qtbot: QtBot) -> None:
    bridge = Bridge()
    background = Background(bridge)
    assert background.close()
    begun: list[int] = []
    background.run(lambda: begun.append(1), lambda _none: None, lambda _error: None)  # as a timer does that was set
    assert begun == []
    bridge.close()
