"""Files that are no photo's, in a window with the real tools: their levels, their missing values."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from pytestqt.qtbot import QtBot

from desktop_app.core.application import Application
from desktop_app.core.imaging.decoding import END_NOTE
from desktop_app.core.jobs.request import StepRecord
from desktop_app.core.steps.recipes import Recipe, save_recipe
from desktop_app.gui.panels.messages import Message
from desktop_app.gui.shell.window import MainWindow

OpenWindow = Callable[..., MainWindow]
VALUES = np.add.outer(np.arange(40.0), np.arange(50.0)) * 40 - 300


@pytest.fixture
def application(tmp_path: Path) -> Application:
    """Return the program as it is."""
    return Application(tmp_path / "home")


def choose(window: MainWindow, tool: str, qtbot: QtBot) -> None:
    def is_chosen() -> bool:
        window.rooms.steps.choose_tool(tool)
        return window.parts.form.tool is not None and window.parts.form.tool.id == tool

    qtbot.waitUntil(is_chosen, timeout=60_000)


def test_data_open_in_levels_that_the_history_can_change(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "heights.tif"
    tifffile.imwrite(path, VALUES.astype(np.int16))
    window = open_window(path)
    document = window.rooms.workspace.current
    assert document is not None
    qtbot.waitUntil(lambda: "levels -300…3220" in window.parts.messages.text())
    assert [state.title for state in document.states.values()][1:] == ["Levels -300…3220 → 0…1"]
    assert not document.is_modified
    choose(window, "enhance.levels", qtbot)
    window.rooms.steps.change_step(document.cursor)
    assert window.parts.form.intent().request.params == {"low": -300.0, "high": 3220.0, "full_scale": 1.0}
    window.rooms.workspace.save_result(document, document.cursor, tmp_path / "out.tif")
    qtbot.waitUntil(lambda: "Saved" in window.parts.messages.text(), timeout=60_000)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "out.tif"), VALUES.astype(np.int16))


def test_missing_values_are_filled_when_asked_and_the_step_is_done(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    values = (VALUES / 3520 + 0.1).astype(np.float32)
    values[3:9, 4:20] = np.nan
    tifffile.imwrite(tmp_path / "gaps.tif", values)
    window = open_window(tmp_path / "gaps.tif")
    document = window.rooms.workspace.current
    assert document is not None
    offered: list[list[str]] = []
    window.rooms.steps.said.connect(lambda message: offered.append([title for title, _ in message.choices]))
    choose(window, "lowlight.gamma", qtbot)
    window.rooms.steps.apply()
    qtbot.waitUntil(lambda: "NaN" in window.parts.messages.text(), timeout=60_000)
    assert offered[-1] == ["Fill them from their neighbours", "Details"]  # what helps comes first
    window.parts.messages.choose("Fill them from their neighbours")
    qtbot.waitUntil(lambda: len(document.states) == 3, timeout=60_000)
    tools = [state.record.tool for state in document.states.values() if state.record]
    assert tools == ["inpaint.missing", "lowlight.gamma"]
    assert document.states[document.cursor].parent == "s1"
    assert np.isfinite(document.raster(document.cursor).planes()).all()


def test_a_band_of_many_is_shown_when_asked_for(open_window: OpenWindow, tmp_path: Path, qtbot: QtBot) -> None:
    values = np.random.default_rng(0).integers(0, 256, (20, 30, 5)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="minisblack", planarconfig="contig")
    window = open_window(tmp_path / "a.tif")
    workspace, messages = window.rooms.workspace, window.parts.messages
    qtbot.waitUntil(lambda: "5 bands" in messages.text())
    messages.choose("One band…")
    messages.choose("4")
    qtbot.waitUntil(lambda: len(workspace.documents) == 2, timeout=60_000)
    document = workspace.documents[1]
    np.testing.assert_array_equal(document.raster(document.cursor).pixels[..., 0], values[..., 3])
    workspace.save_result(document, document.cursor, tmp_path / "b.tif")
    qtbot.waitUntil(lambda: "Saved" in messages.text(), timeout=60_000)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), values)


def test_each_of_many_bands_can_be_had(open_window: OpenWindow, tmp_path: Path, qtbot: QtBot) -> None:
    values = np.random.default_rng(0).integers(0, 256, (20, 30, 30)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="minisblack", planarconfig="contig")
    window = open_window(tmp_path / "a.tif")
    workspace, messages = window.rooms.workspace, window.parts.messages
    qtbot.waitUntil(lambda: "30 bands" in messages.text())
    for choice in ("One band…", "25–30", "30"):
        messages.choose(choice)
    qtbot.waitUntil(lambda: len(workspace.documents) == 2, timeout=60_000)
    document = workspace.documents[1]
    np.testing.assert_array_equal(document.raster(document.cursor).pixels[..., 0], values[..., 29])


def test_a_recipe_begins_with_what_its_levels_show(open_window: OpenWindow, tmp_path: Path, qtbot: QtBot) -> None:
    values = np.random.default_rng(0).integers(0, 4096, (20, 30, 3)).astype(np.uint16)
    values[0, 0] = 4095
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb")
    window = open_window(tmp_path / "a.tif")
    document = window.rooms.workspace.current
    assert document is not None
    step = StepRecord("lowlight.gamma", "restoration", "Gamma", "lowlight.gamma", "1", {}, 0)
    for levels, parents in ((None, ["s1"]), ((0.0, 3000.0), ["s0", "s3"])):
        save_recipe(tmp_path / "recipe.json", Recipe((step,), "", levels))
        document.jump(document.root)
        count = len(document.states)
        window.rooms.replays.replay(document, tmp_path / "recipe.json")
        qtbot.waitUntil(lambda: "All steps are done" in window.parts.messages.text(), timeout=60_000)
        window.parts.messages.dismiss()
        assert [state.parent for state in document.states.values()][count:] == parents


def test_what_is_to_be_said_of_a_file_stays_in_the_report_when_its_message_is_gone(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((20, 30), np.uint8)).save(buffer, "PNG")
    (tmp_path / "cut.png").write_bytes(buffer.getvalue()[:-12])
    window = open_window(tmp_path / "cut.png")
    qtbot.waitUntil(lambda: "end of the file is missing" in window.parts.messages.text())
    view = window.rooms.viewer.report()
    assert view is not None
    assert view.caveats == (END_NOTE,)
    assert END_NOTE in window.parts.report.text()


@pytest.mark.parametrize(("count", "first", "then"), [
    (12, ["One band…", "Each band"], [str(number) for number in range(1, 13)]),
    (13, ["One band…"], ["1–12", "13–13"]),
    (2, ["One band…", "Each band"], ["1", "2"]),
])  # fmt: skip
def test_bands_are_offered_a_dozen_at_a_time(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot, count: int, first: list[str], then: list[str]
) -> None:
    values = np.random.default_rng(0).integers(0, 256, (20, 30, count)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="minisblack", planarconfig="contig")
    offered: list[Message] = []
    window = open_window()
    window.rooms.workspace.said.connect(lambda told: offered.append(told) if told.topic == "notes" else None)
    window.rooms.workspace.open_files([str(tmp_path / "a.tif")])
    qtbot.waitUntil(lambda: bool(offered), timeout=60_000)
    assert [title for title, _ in offered[-1].choices] == first
    assert offered[-1].waits, "what was asked does not fade"
    window.parts.messages.choose("One band…")
    assert [title for title, _ in offered[-1].choices] == then
    assert offered[-1].text == "Which band?"
    assert {message.document for message in offered} == {window.rooms.workspace.documents[0].id}, "it goes with it"
    window.parts.messages.choose(then[-1])
    if "–" not in then[-1]:
        qtbot.waitUntil(lambda: len(window.rooms.workspace.documents) == 2, timeout=60_000)
        document = window.rooms.workspace.documents[1]
        np.testing.assert_array_equal(document.raster(document.cursor).pixels[..., 0], values[..., -1])
