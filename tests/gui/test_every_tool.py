"""Every tool, as a user tries it who only presses Apply: it makes a step, or says in a sentence what it wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from desktop_app.api.resources import bundled
from desktop_app.core.application import Application
from desktop_app.core.plugins.entries import ToolEntry
from desktop_app.gui.shell.window import MainWindow
from tests.support.windows import PATIENCE_MS, shown_document

OpenWindow = Callable[..., MainWindow]
_PATIENT = ("attack.", "deblur.blind")  # they search for long; one attack stands for all
_ALL_THE_SAME = ("attack.pgd",)


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    made = Application(tmp_path / "home")
    yield made
    made.close()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A small part of a sample."""
    with Image.open(bundled("samples/cat.png")) as sample:
        sample.crop((150, 60, 310, 200)).resize((96, 84)).save(tmp_path / "cat.png")
    return tmp_path / "cat.png"


def is_tried(tool: ToolEntry) -> bool:
    return tool.id in _ALL_THE_SAME or not tool.id.startswith(_PATIENT)


def test_a_press_of_apply_makes_a_step_or_says_what_is_wanted(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    steps, form, said = window.rooms.steps, window.parts.form, window.parts.messages
    qtbot.waitUntil(lambda: "denoise.tv" in window.rooms.plugins.snapshot.tools_by_id, timeout=PATIENCE_MS)
    document, silent = shown_document(window), dict[str, object]()
    tools = [tool.id for tool in window.rooms.plugins.snapshot.tools if is_tried(tool)]
    for tool in tools:
        count = len(document.states)
        steps.choose_tool(tool)
        if not form.apply_button.isEnabled():
            assert form.problem(), tool
            silent[tool] = form.problem()
            continue
        form.apply_button.click()
        qtbot.waitUntil(
            lambda count=count: not window.rooms.runs.is_busy and bool(len(document.states) > count or said.texts()),
            timeout=PATIENCE_MS,
        )  # fmt: skip
        if len(document.states) == count:
            silent[tool] = said.texts()
        else:
            qtbot.waitUntil(lambda: document.states[document.cursor].is_saved, timeout=PATIENCE_MS)
            qtbot.waitUntil(lambda: window.rooms.keeper.picture() is not None, timeout=PATIENCE_MS)
        while said.texts():
            said.dismiss()
        window.rooms.viewer.jump(document.root)
    assert len(tools) > 90
    assert len(silent) < 6, f"only what needs a mask, or chance, makes no step: {silent}"
