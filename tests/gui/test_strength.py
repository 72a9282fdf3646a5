"""The slider below the history: seen while it moves, a branch once it is let go, later steps only where asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.api.errors import InputError
from desktop_app.gui.panels.messages import Message
from desktop_app.gui.shell.window import MainWindow
from desktop_app.gui.steps import strengths
from tests.support.windows import apply, shown_document

OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def window(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> MainWindow:
    """Return a window that shows a photo of 100 made lighter by 40."""
    window = open_window(photo)
    apply(window, qtbot, amount=40)
    return window


def shown(window: MainWindow) -> int:
    """Return the grey of the shown state, in 8-bit levels."""
    document = shown_document(window)
    return round(255 * float(document.raster(document.cursor).planes()[0, 0, 0]))


def jump(window: MainWindow, qtbot: QtBot, state: str) -> None:
    """Go to a state, and wait until the window does."""
    with qtbot.waitSignal(window.rooms.viewer.stateShown):
        window.rooms.viewer.jump(state)


def change(window: MainWindow, qtbot: QtBot, percent: int) -> None:
    """Set the strength, and wait until its state is shown."""
    document, before = shown_document(window), shown_document(window).cursor
    window.parts.strength.slider.setValue(percent)
    qtbot.waitUntil(lambda: document.cursor != before and window.rooms.viewer.state.id == document.cursor)
    qtbot.waitUntil(lambda: window.parts.strength.slider.value() == percent)


def test_the_slider_is_there_for_steps_that_can_be_mixed(window: MainWindow, qtbot: QtBot) -> None:
    row = window.parts.strength
    assert not row.isHidden()
    assert (row.slider.value(), row.box.value()) == (100, 100)
    window.rooms.viewer.jump("s0")
    qtbot.waitUntil(row.isHidden)
    window.rooms.viewer.jump("s1")
    qtbot.waitUntil(lambda: not row.isHidden())
    apply(window, qtbot, "uncertainty.measure")
    assert row.isHidden()


def test_a_strength_is_seen_while_the_slider_moves_and_commits_nothing(window: MainWindow, qtbot: QtBot) -> None:
    canvas, slider = window.parts.canvas, window.parts.strength.slider
    slider.setSliderDown(True)
    for percent, grey in ((50, 120), (200, 180), (0, 100)):
        slider.setValue(percent)
        badge = f"strength {percent} %"
        qtbot.waitUntil(lambda badge=badge: getattr(canvas.scene().preview, "badge", "") == badge)
        assert canvas.scene().preview.pixels.max() == grey
    assert len(shown_document(window).states) == 2
    assert len(window.application.engine.requests) == 1


def test_letting_go_makes_a_branch_without_running_the_tool(window: MainWindow, qtbot: QtBot) -> None:
    document, slider = shown_document(window), window.parts.strength.slider
    slider.setSliderDown(True)
    slider.setValue(50)
    slider.setSliderDown(False)
    qtbot.waitUntil(lambda: len(document.states) == 3)
    state = document.states[document.cursor]
    assert (state.parent, state.title) == ("s0", "Light · 50 %")
    assert shown(window) == 120
    assert len(window.application.engine.requests) == 1
    qtbot.waitUntil(lambda: window.parts.canvas.scene().preview is None)
    assert ("Strength", "50 %") in window.rooms.viewer.report().provenance
    window.rooms.viewer.jump("s1")
    qtbot.waitUntil(lambda: slider.value() == 100)
    assert shown(window) == 140


def test_a_look_elsewhere_meanwhile_is_not_undone(window: MainWindow, qtbot: QtBot) -> None:
    document, slider = shown_document(window), window.parts.strength.slider
    slider.setSliderDown(True)
    slider.setValue(50)
    slider.setSliderDown(False)
    window.rooms.viewer.jump("s0")
    qtbot.waitUntil(lambda: len(document.states) == 3)
    assert document.cursor == "s0"


def test_strengths_that_were_only_tried_leave_the_history_and_come_back(window: MainWindow, qtbot: QtBot) -> None:
    document = shown_document(window)
    change(window, qtbot, 50)
    change(window, qtbot, 150)
    assert shown(window) == 160  # of the full result, not of the mix
    qtbot.waitUntil(lambda: list(document.states) == ["s0", "s1", "s3"])  # tidied once the window has heard of it
    change(window, qtbot, 50)
    assert document.cursor == "s2"  # as it was
    change(window, qtbot, 100)
    assert document.cursor == "s1"
    assert list(document.states) == ["s0", "s1"]
    assert len(document.hidden) == 2


def test_a_strength_that_others_were_made_of_stays(window: MainWindow, qtbot: QtBot) -> None:
    document = shown_document(window)
    change(window, qtbot, 50)
    apply(window, qtbot, amount=10)
    jump(window, qtbot, "s2")
    change(window, qtbot, 100)
    assert "s2" in document.states


def test_later_steps_are_done_again_only_where_that_is_asked_for(window: MainWindow, qtbot: QtBot) -> None:
    document, said = shown_document(window), window.parts.messages
    apply(window, qtbot, amount=10)
    apply(window, qtbot, amount=20)
    jump(window, qtbot, "s1")
    change(window, qtbot, 50)
    qtbot.waitUntil(lambda: any("2 steps that came after" in text for text in said.texts()))
    assert len(document.states) == 5
    said.choose("Do them again here")
    qtbot.waitUntil(lambda: len(document.states) == 7 and not window.rooms.runs.is_busy)
    assert shown(window) == 100 + 20 + 10 + 20
    assert [document.states[name].parent for name in ("s5", "s6")] == ["s4", "s5"]


def test_the_same_step_at_another_strength_is_another_step(window: MainWindow, qtbot: QtBot) -> None:
    document = shown_document(window)
    change(window, qtbot, 50)
    document.delete("s1")
    qtbot.waitUntil(lambda: "s1" not in document.states)
    jump(window, qtbot, "s0")
    apply(window, qtbot, amount=40)
    assert shown(window) == 140


def test_keys_and_numbers_settle_by_themselves(window: MainWindow, qtbot: QtBot) -> None:
    row, document = window.parts.strength, shown_document(window)
    row.box.setValue(80)
    assert row.slider.value() == 80
    qtbot.waitUntil(lambda: len(document.states) == 3)
    assert shown(window) == 132


def test_one_later_step_is_offered_as_one_and_none_is_not_offered(window: MainWindow, qtbot: QtBot) -> None:
    document, said, told = shown_document(window), window.parts.messages, list[Message]()
    window.rooms.strengths.said.connect(told.append)
    change(window, qtbot, 50)
    assert said.texts() == []
    jump(window, qtbot, "s1")
    apply(window, qtbot, amount=10)
    jump(window, qtbot, "s1")
    change(window, qtbot, 150)
    text = "“Light · 150 %” is a branch of its own. The step that came after it is on the old one."
    qtbot.waitUntil(lambda: text in said.texts())
    assert [message.document for message in told] == [document.id], "it goes with its photo"
    said.choose("Do it again here")
    assert text not in said.texts()
    qtbot.waitUntil(lambda: document.states[document.cursor].title == "Light" and not window.rooms.runs.is_busy)
    assert shown(window) == 100 + 60 + 10


def test_a_strength_that_cannot_be_made_is_told_and_the_slider_goes_back(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object) -> None:
        raise InputError("expected the pixels of the step, got none; open the photo again")

    monkeypatch.setattr(strengths, "changed_strength", fail)
    slider = window.parts.strength.slider
    slider.setValue(50)
    qtbot.waitUntil(lambda: "Expected the pixels of the step" in window.parts.messages.text())
    assert slider.value() == 100
    assert len(shown_document(window).states) == 2
    monkeypatch.undo()
    change(window, qtbot, 50)
