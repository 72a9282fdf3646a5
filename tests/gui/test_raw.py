"""Camera raw in the window: the camera's small picture first, then the photo, with a first step that can be changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.core.application import Application
from desktop_app.core.imaging.development import DEVELOP
from desktop_app.core.jobs.request import Outcome, StepRecord
from desktop_app.core.steps.recipes import Recipe, save_recipe
from desktop_app.gui.shell.window import MainWindow
from tests.support.raws import camera_raw
from tests.support.windows import PATIENCE_MS, shown_document

pytest.importorskip("rawpy", reason="pip install 'verilens[photo]'")
OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def application(tmp_path: Path) -> Application:
    """Return the program as it is."""
    return Application(tmp_path / "home")


@pytest.fixture
def held(application: Application) -> Iterator[Event]:
    """Hold the reading of photos back until this is set."""
    event, session = Event(), application.session
    read = session._read

    def late(*given: Any, **more: Any) -> Any:
        event.wait(PATIENCE_MS / 1000)
        return read(*given, **more)

    session._read = late
    yield event
    event.set()


def test_the_small_picture_is_there_while_the_photo_is_developed(
    open_window: OpenWindow, held: Event, tmp_path: Path, qtbot: QtBot
) -> None:
    window = open_window()
    path = camera_raw(tmp_path / "a.dng", has_preview=True)
    window.rooms.workspace.open_files([str(path)])
    qtbot.waitUntil(lambda: window.rooms.heralds.shown == path, timeout=PATIENCE_MS)
    after = window.parts.canvas.scene().after
    assert after is not None
    assert after.size == (36, 24)
    assert window.parts.start.isHidden()
    assert window.rooms.workspace.current is None
    held.set()
    qtbot.waitUntil(lambda: window.rooms.keeper.picture() is not None, timeout=PATIENCE_MS)
    shown = window.parts.canvas.scene().after
    assert shown is not None
    assert shown.size == (96, 64)
    assert window.rooms.heralds.shown is None


def test_how_it_was_developed_can_be_changed(open_window: OpenWindow, tmp_path: Path, qtbot: QtBot) -> None:
    window = open_window(camera_raw(tmp_path / "a.dng"))
    document = window.rooms.workspace.current
    assert document is not None
    assert [state.title for state in document.states.values()][1:] == ["Developed"]
    assert not document.is_modified

    def is_known() -> bool:
        window.rooms.steps.choose_tool(DEVELOP)
        return window.parts.form.tool is not None and window.parts.form.tool.id == DEVELOP

    qtbot.waitUntil(is_known, timeout=PATIENCE_MS)
    window.rooms.steps.change_step(document.cursor)
    assert window.parts.form.intent().request.params == {
        "exposure": None, "warmth": 0.0, "tint": 0.0, "highlights": 0.3, "demosaic": "AHD",
    }  # fmt: skip


def test_a_file_that_is_none_leaves_what_was_seen(
    open_window: OpenWindow, held: Event, tmp_path: Path, qtbot: QtBot
) -> None:
    window = open_window()
    path = camera_raw(tmp_path / "a.dng", has_preview=True)
    window.rooms.workspace.open_files([str(path)])
    qtbot.waitUntil(lambda: window.rooms.heralds.shown == path, timeout=PATIENCE_MS)
    path.write_bytes(b"no picture")
    held.set()
    qtbot.waitUntil(lambda: window.rooms.heralds.shown is None, timeout=PATIENCE_MS)
    assert window.parts.canvas.scene().after is None
    assert not window.parts.start.isHidden()


@pytest.mark.parametrize(("is_raw", "at", "development", "parents"), [
    (True, "s1", None, ["s1"]), (True, "s0", None, ["s1"]), (True, "s1", {"exposure": 1.0}, ["s0", "s2"]),
    (True, "later", {"exposure": 1.0}, ["s2"]), (False, "s0", {"exposure": 1.0}, ["s0"]),
])  # fmt: skip
def test_a_recipe_develops_camera_raw_as_it_says_where_nothing_was_done_to_it_yet(
    open_window: OpenWindow, tmp_path: Path, photo: Path, qtbot: QtBot, is_raw: bool, at: str,
    development: dict[str, float] | None, parents: list[str],
) -> None:  # fmt: skip
    window = open_window(camera_raw(tmp_path / "a.dng") if is_raw else photo)
    document, told = shown_document(window), window.parts.messages.texts
    turn = StepRecord("enhance.rotate", "restoration", "Turn", "enhance.rotate", "1", {"turn": "right"}, 0)
    if at == "later":
        document.commit("s1", Outcome(turn, document.raster("s1")), "Turn")
    else:
        document.jump(at)
    count, recipe = len(document.states), tmp_path / "recipe.json"
    save_recipe(recipe, Recipe((turn,), development=development))
    window.rooms.replays.replay(document, recipe)
    qtbot.waitUntil(lambda: "All steps are done." in told(), timeout=PATIENCE_MS)
    made = list(document.states.values())[count:]
    assert [state.parent for state in made] == parents
    tools = [state.record.tool for state in made if state.record is not None]
    assert tools == [*[DEVELOP] * (len(parents) - 1), "enhance.rotate"]
