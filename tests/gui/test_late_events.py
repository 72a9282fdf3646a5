"""What comes too late is dropped, and what is said or saved beside a picture is not lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from desktop_app.core.document.document import Document
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.memory import Forecast
from desktop_app.gui.documents import picture
from desktop_app.gui.documents.picture import PictureIntent
from desktop_app.gui.documents.pictures import LoadedMap, load_map
from desktop_app.gui.shell.window import MainWindow
from desktop_app.gui.viewmodel.maps import MapChoice
from tests.support.windows import apply, shown_document, wait_for_background

OpenWindow = Callable[..., MainWindow]
_SHORT = "it may fail"


def test_a_result_that_comes_after_a_cancel_is_dropped(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(photo)
    rooms, document = window.rooms, window.rooms.workspace.current
    assert document is not None
    may_go, run = threading.Event(), window.application.engine.run

    def late(*given: Any, **named: Any) -> Any:
        may_go.wait()
        return run(*given, **named)

    monkeypatch.setattr(window.application.engine, "run", late)
    heard: list[object] = []
    rooms.runs.finished.connect(lambda *_: heard.append("finished"))
    rooms.runs.failed.connect(lambda *_: heard.append("failed"))
    rooms.steps.choose_tool("denoise.light")
    rooms.steps.apply()
    rooms.steps.cancel()
    may_go.set()
    with qtbot.waitSignal(rooms.runs.stopped, timeout=60_000):
        assert rooms.runs.stopping == "Light"
    assert heard == []
    assert len(document.states) == 1


@pytest.mark.parametrize("cancels", [1, 2])
def test_the_first_cancel_keeps_what_there_is_and_the_second_drops_it(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, cancels: int
) -> None:
    window = open_window(photo)
    rooms, document = window.rooms, window.rooms.workspace.current
    assert document is not None
    possible, may_go, run = threading.Event(), threading.Event(), window.application.engine.run

    def many_passes(*given: Any, control: JobControl, **named: Any) -> Any:
        control.ends_early()
        possible.set()
        may_go.wait()
        control.check()
        assert control.ends_early()
        return run(*given, control=control, **named)

    monkeypatch.setattr(window.application.engine, "run", many_passes)
    rooms.steps.choose_tool("denoise.light")
    rooms.steps.apply()
    assert possible.wait(60.0)
    rooms.steps.cancel()
    assert rooms.runs.is_busy
    if cancels == 2:
        rooms.steps.cancel()
        assert not rooms.runs.is_busy
    with qtbot.waitSignal(rooms.runs.finished if cancels == 1 else rooms.runs.stopped, timeout=60_000):
        may_go.set()
    qtbot.waitUntil(lambda: len(document.states) == 3 - cancels, timeout=60_000)


@pytest.mark.parametrize("is_newer", [False, True])
def test_a_preview_that_comes_too_late_is_not_shown(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, is_newer: bool
) -> None:
    window = open_window(photo)
    rooms, engine, worker = window.rooms, window.application.engine, window.rooms.runs._worker
    begun, may_go, run = threading.Event(), threading.Event(), engine.run

    def late(*given: Any, **named: Any) -> Any:
        begun.set()
        may_go.wait()
        return run(*given, **named)

    monkeypatch.setattr(engine, "run", late)
    rooms.steps.choose_tool("denoise.light")
    window.parts.form.preview_toggle.setChecked(True)
    qtbot.waitUntil(begun.is_set, timeout=60_000)
    shown: list[object] = []
    rooms.runs.previewed.connect(shown.append)
    asked = rooms.steps._preview_task()
    assert asked is not None
    may_go.set()
    worker.submit(lambda _control: None, title="Next").future.result()  # the answer is there, and not delivered yet
    monkeypatch.setattr(engine, "run", run)
    rooms.runs.preview(asked) if is_newer else window.parts.form.preview_toggle.setChecked(False)
    worker.submit(lambda _control: None, title="Next").future.result()
    heard: list[str] = []
    rooms.bridge.post(lambda: heard.append("all"))
    qtbot.waitUntil(lambda: heard == ["all"], timeout=60_000)
    assert len(shown) == is_newer
    assert (window.parts.canvas.scene().preview is not None) == is_newer


def test_a_map_that_was_asked_for_before_another_does_not_take_its_place(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(photo)
    apply(window, qtbot, "uncertainty.bounds")
    keeper, state, may_go, load = window.rooms.keeper, shown_document(window).cursor, threading.Event(), load_map

    def late(document: Document, name: str, choice: MapChoice, known: LoadedMap | None) -> LoadedMap:
        if choice.name == "lower":
            may_go.wait()
        return load(document, name, choice, known)

    monkeypatch.setattr(picture, "load_map", late)
    for name in ("lower", "upper"):
        keeper.show(shown_document(window), PictureIntent(state, map=MapChoice(name)))
    qtbot.waitUntil(lambda: keeper.shown_map() is not None, timeout=60_000)
    may_go.set()
    wait_for_background(window, qtbot)
    shown = keeper.shown_map()
    assert shown is not None
    assert shown.name == "upper"
    assert window.parts.canvas.scene().overlay is not None


@pytest.mark.parametrize("is_short", [False, True])
def test_short_memory_is_told_before_a_step_and_plenty_is_not(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, is_short: bool
) -> None:
    window = open_window(photo)
    need = 2 if is_short else 1
    forecast = Forecast(need << 30, 3 << 29, None)
    monkeypatch.setattr(window.application.engine, "forecast", lambda *_given, **_named: forecast)
    told: list[str] = []
    window.rooms.runs.noticed.connect(told.append)
    window.rooms.steps.choose_tool("denoise.light")
    with qtbot.waitSignal(window.rooms.runs.finished, timeout=60_000):
        window.rooms.steps.apply()
    assert [_SHORT in sentence for sentence in told] == [True] * is_short


def test_a_saved_result_keeps_the_metadata_of_its_photo(
    open_window: OpenWindow, photo: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    with Image.open(photo) as opened:
        opened.save(tmp_path / "taken.jpg", exif=exif)
    window, target = open_window(tmp_path / "taken.jpg"), tmp_path / "result.jpg"
    document = window.rooms.workspace.current
    assert document is not None
    window.rooms.workspace.save_result(document, document.cursor, target)
    qtbot.waitUntil(lambda: "Saved the result" in window.parts.messages.text(), timeout=60_000)
    with Image.open(target) as saved:
        assert saved.getexif()[0x010F] == "A camera"
