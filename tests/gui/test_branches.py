"""A step that is there already is gone to, not made again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox, QTreeWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.shell.window import MainWindow
from tests.support.windows import apply, shown_document

OpenWindow = Callable[..., MainWindow]


def test_an_unchanged_step_is_shown_and_not_made_again(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    document, engine = shown_document(window), window.application.engine
    apply(window, qtbot, amount=20)
    step = document.cursor
    window.rooms.steps.change_step(step)
    window.rooms.steps.apply()
    assert not window.rooms.runs.is_busy
    assert (len(engine.requests), document.cursor, len(document.states)) == (1, step, 2)
    assert "is there already" in window.parts.messages.text()
    window.parts.messages.choose("Apply again")
    qtbot.waitUntil(lambda: len(document.states) == 3 and not window.rooms.runs.is_busy, timeout=60_000)


def test_other_parameters_that_another_branch_has_lead_there(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    document = shown_document(window)
    apply(window, qtbot, amount=20)
    first = document.cursor
    window.rooms.viewer.jump(document.root)
    apply(window, qtbot, amount=30)
    window.rooms.steps.change_step(document.cursor)
    window.parts.form.findChild(QDoubleSpinBox, "param_amount").setValue(20)
    window.rooms.steps.apply()
    assert (document.cursor, len(document.states)) == (first, 3)


def test_another_seed_is_another_step(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    document = shown_document(window)
    apply(window, qtbot, "uncertainty.measure")
    window.rooms.steps.change_step(document.cursor)
    window.rooms.steps.apply()
    assert len(document.states) == 2
    window.rooms.steps.change_step(document.cursor)
    seed = window.parts.form.findChild(QSpinBox, "seed")
    assert seed is not None
    seed.setValue(7)
    window.rooms.steps.apply()
    qtbot.waitUntil(lambda: len(document.states) == 3, timeout=60_000)
    assert len(document.states[document.root].children) == 2


def test_changing_a_step_highlights_its_tool(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    document = shown_document(window)
    apply(window, qtbot)
    qtbot.keyClicks(window.parts.tools.search, "slow")
    window.rooms.steps.choose_tool("denoise.slow")
    window.rooms.steps.change_step(document.cursor)
    tree = window.findChild(QTreeWidget, "toolList")
    assert [item.text(0) for item in tree.selectedItems()] == ["Light"]
    assert window.parts.form.tool is not None
    assert window.parts.form.tool.title == "Light"


def test_another_tool_or_another_state_ends_the_changing_of_a_step(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    document, steps = shown_document(window), window.rooms.steps
    apply(window, qtbot, amount=20)
    steps.change_step("s1")
    apply(window, qtbot, "uncertainty.measure")
    assert document.states["s2"].parent == "s1"  # what was seen, and not beside it
    steps.change_step("s1")
    for state in ("s0", "s1"):
        with qtbot.waitSignal(window.rooms.viewer.stateShown, timeout=60_000):
            window.rooms.viewer.jump(state)
    apply(window, qtbot, amount=30)
    assert document.states["s3"].parent == "s1"


def test_steps_run_on_the_device_that_was_chosen(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    apply(window, qtbot)
    window.rooms.steps.use_device("cpu")
    apply(window, qtbot)
    assert [request.device for request in window.application.engine.requests] == ["auto", "cpu"]
